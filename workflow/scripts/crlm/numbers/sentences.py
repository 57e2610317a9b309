"""What a quantity says, in one plain sentence of the registry's own printed forms."""

from crlm.base.formats import listing
from crlm.numbers.registry import is_constant
from crlm.numbers.words import EFFECTS, reading_name
from crlm.plan.analysis import Plan

# The sentences, by kind of quantity and by form; a name in braces is a printed form of the same
# quantity, or one of the facts that `tell` adds.
KNOWN = "the {variable} is known of {known_of}"
LEVELS = "“{label}” is known of {known_of}"
# A share, by what its table takes the percentages of.
SHARES = {
    "all": f"{LEVELS}; it is “{{level}}” in {{n}} of them ({{percent}})",
    "group": f"{LEVELS}; it is “{{level}}” in {{n}} of the {{denominator}} with {{meaning}} among "
    "them ({percent})",
    "level": f"{LEVELS}; of the {{denominator}} with “{{level}}”, {{n}} had {{meaning}} "
    "({percent})",
    "nobody": f"{LEVELS}; of “{{level}}” there is nobody to count",
}
# The parts that the forms of a number's summary are made of.
SUMMARIES = {
    "mean": "the mean is {mean}{unit}",
    "sd": "the standard deviation (the usual distance from the mean) is {sd}{unit}",
    "median": "half of the values lie up to {median}{unit}, half from there on",
    "min": "the least is {min}{unit}",
    "max": "the greatest is {max}{unit}",
    "range": "the values go from {range}{unit}",
    "q1": "a quarter of the values lie up to {q1}{unit}",
    "q3": "three quarters of the values lie up to {q3}{unit}",
    "iqr": "the middle half of the values goes from {iqr}{unit}",
}
VERDICT = "{p}, {side} the level of {alpha}; {verdict}"
TESTED = "{variable} of {n} patients is compared between those with {meaning} and with {second}"
EFFECT = {
    "risk_difference": "how much greater the share with {meaning} is for “{last}” than for "
    "“{first}”",
    "cramers_v": "how closely {variable} goes with the response, from 0 (not at all) to 1",
    "hodges_lehmann": "how much greater {variable} is with {meaning} than with {second}, over "
    "all pairs of patients",
}
PAIRED = "the {variable} and the {other} are both known of {n} of {all} patients"
RHO = (
    f"{PAIRED}: the greater the one, the {{way}} the other tends to be, with a rank correlation of "
    "{rho_ci}; at 0 they are unrelated, at 1 or −1 one follows from the other"
)
READ = "by the primary rule and by {reading} the response is known of {n} of {all} patients"
KINDS = {
    "number": {
        "known": KNOWN,
        "missing": f"{KNOWN}; it is missing in {{missing}}",
        "unmeasurable": f"{KNOWN}; of the others, {{unmeasurable}} had nothing to measure",
    },
    "group": {"": "{n} of {all} patients ({percent}) had {meaning} and are called “{label}”"},
    "test": {
        "": f"{TESTED} ({{name}})",
        "effect": "{effect}, from {n} patients",
        "p": f"{TESTED} ({{name}}): {VERDICT}",
        "none": "{variable} can't be compared between the groups: {reason}",
    },
    "correlation": {"": PAIRED, "p": f"{PAIRED}: {VERDICT}", "rho": RHO, "rho_ci": RHO},
    "agreement": {
        "": READ,
        "observed_percent": f"{READ}, and is the same in {{observed_percent}} of them",
        "kappa": f"{READ}; beyond chance they agree with a kappa of {{kappa}}, where 0 is no more "
        "than chance and 1 is always",
    },
    "cohort": {
        "": "{about}: {shown}",
        "received": "the raw data hold {received_patients}",
        "n": "of {received_patients} in the raw data, {n} are analysed; {excluded} were excluded",
    },
    "ledger": {
        "": "{about}: {shown}",
        "p_min": "data with the same margins could give no p-value below {shown}",
        "p_holm": "adjusted by Holm's method for all tests of its family, the p-value is {shown}",
        "p_bh": "adjusted by Benjamini and Hochberg's method in its family, the p-value is {shown}",
        "p_without_one": "leaving out one patient after the other, the p-value is {shown}",
        "flipping": "patients who, left out one at a time, take the p-value to the other side of "
        "{alpha}: {shown}",
        "p_filled_in": "over the values that the missing ones could have, the p-value is {shown}",
    },
    "multiverse": {
        "": "{about}: {shown}",
        "n": "the plan lists {shown} ways to ask this that allowed a test",
        "below_of": "of the ways to ask this that the plan lists, {shown} gave p < {alpha}",
        "effects": "over the ways to ask this that the plan lists, the effect goes from {shown}",
    },
    "answer": {"": "{tests} tests of this question were possible; {below} gave p < {alpha}"},
    "methods": {"": "tests and measures used, counted by the variables compared: {shown}"},
    "range": {"": "the printed tables leave this open; among cohorts that keep them it is {shown}"},
    "printed": {"": "of the printed version, held against these rows: {shown}"},
    "lit": {"": "{about}: {shown}; quoted from another study, not computed here"},
    "label": {"": "“{shown}” is a name from the plan, not a result"},
    "set": {"": "{about}: {shown}; chosen in the config, not computed from the data"},
    "other": {"": "{about}: {shown}"},
}
KINDS["test"]["p_value"] = KINDS["test"]["p"]
KINDS["word"] = KINDS["label"]
VERDICTS = {
    "test": (
        "groups that are alike would seldom seem so unlike",
        "no difference is shown, and none is excluded",
    ),
    "correlation": (
        "what is unrelated would seldom seem so related",
        "no relation is shown, and none is excluded",
    ),
}
VERDICTS["sensitivity"] = VERDICTS["test"]


class Shown(dict):
    """What a sentence shows: facts, and the printed forms of the quantity, by their names."""

    def __init__(self, quantity: str, numbers: dict[str, dict], facts: dict[str, str]):
        super().__init__(facts)
        self.quantity, self.numbers = quantity, numbers

    def __missing__(self, form: str) -> str:
        return self.numbers[f"{self.quantity}.{form}"]["display"]


def known_of(numbers: dict[str, dict], known: str, every: str, whom: str = "patients") -> str:
    """Return of how many patients something is known: `18 of 25 patients`, `all 25 patients`."""
    n, of = (numbers[key]["display"] for key in (known, every))
    return f"all {of} {whom}" if n == of else f"{n} of {of} {whom}"


def tell_count(key: str, numbers: dict[str, dict], plan: Plan) -> tuple[str, dict]:
    """Return the sentence of the size of a group, a share or a summary, and its facts."""
    group, *names, form = key.split(".")
    facts = {"meaning": plan.groups[group].meaning} if group in plan.groups else {}
    if not names:
        return KINDS["group"][""], facts
    variable, quantity = plan.variables[names[0]], key.rpartition(".")[0]
    facts |= {"variable": variable.in_text, "unit": f" {variable.unit}".replace(" %", "%")}
    facts["known_of"] = known_of(numbers, f"all.{variable.name}.known", "cohort.n")
    if len(names) > 1:
        facts |= {"label": variable.label, "level": variable.label_of(names[1])}
        if not numbers[f"{quantity}.denominator"]["value"]:
            return SHARES["nobody"], facts
        bases = [
            table.percent_of
            for table in plan.tables.values()
            if group in table.groups and variable in (row.variable for row in table.rows)
        ]
        return SHARES[bases[-1] if group in plan.groups else "all"], facts
    if form in KINDS["number"]:
        return KINDS["number"][form], facts
    if group in plan.groups:
        whom = f"patients with {facts['meaning']}"
        facts["known_of"] = known_of(numbers, f"{quantity}.n", f"{group}.n", whom)
    if form == "n" or numbers[f"{quantity}.n"]["value"] < 2:  # the form says so, or is the value
        return f"{KNOWN}: {{{form}}}", facts
    middle = "median_iqr" if f"{quantity}.iqr" in numbers else "mean_sd"
    told = {"average": "mean_sd_range", "typical": f"{middle}_range"}.get(form, form)
    parts = told.split("_")
    *others, last = [SUMMARIES[part] for part in parts]
    return f"{KNOWN}; {listing([*others, last])}", facts


def tell_test(key: str, numbers: dict[str, dict], plan: Plan) -> tuple[str, dict]:
    """Return the sentence of a test or of an effect, and its facts."""
    family, name, form = key.split(".")
    facts = dict(zip(("meaning", "second"), (g.meaning for g in plan.groups.values()), strict=True))
    variable = plan.variables[name]
    levels = listing([f"“{level.label}”" for level in variable.levels.values()], "or")
    facts["variable"] = f"“{variable.label}” ({levels})" if levels else f"the {variable.in_text}"
    if numbers[f"{family}.{name}.p"]["value"] is None:
        return KINDS["test"]["none"], facts
    told = KINDS["test"].get(form, KINDS["test"][""])
    if form == "effect":
        account = numbers[key]["account"]
        effect = next(e for e, words in EFFECTS.items() if account["computed"][:9] == words[:9])
        held = [label for label, *counts in account["table"][1:] if {*counts} != {"0"}]
        facts |= {"first": held[0], "last": held[-1]}
        facts["effect"] = numbers[key]["display"].rpartition(": ")[2]  # what minus what was said
        told = f"{EFFECT[effect]}: {told}"
    return f"by the plan's rule, {told}" if family == "sensitivity" else told, facts


def tell(key: str, numbers: dict[str, dict], plan: Plan) -> str:
    """Tell in one plain sentence what a quantity says.

    Parameters
    ----------
    key
        Its key in the registry.
    numbers
        The registry; the entry still has its `account`, by which the kind of an effect is told.
    plan
        The plan, which names variables, levels and groups.
    """
    own, alpha = numbers[key], numbers["plan.alpha"]
    quantity, _, form = key.removesuffix("_patients").rpartition(".")
    family, _, name = quantity.partition(".")
    facts = {"about": own["meaning"], "shown": own["display"], "alpha": alpha["display"]}
    facts["all"] = numbers["cohort.n"]["display"]
    p = numbers.get(f"{quantity}.p", {}).get("value")
    if p is not None and family in VERDICTS:
        below = p < alpha["value"]
        facts |= {"side": "below" if below else "not below", "verdict": VERDICTS[family][not below]}
    if family in ("test", "sensitivity"):
        told, more = tell_test(f"{quantity}.{form}", numbers, plan)
    elif family in ("all", *plan.groups) and not is_constant(own):
        told, more = tell_count(f"{quantity}.{form}", numbers, plan)
    else:
        kind = family if family in KINDS else "set" if is_constant(own) else "other"
        told, more = KINDS[kind].get("" if own["value"] is None else form, KINDS[kind][""]), {}
        if family == "correlation":
            pair = next(both for both in plan.correlations if both[0].name == name)
            rho = numbers[f"{quantity}.rho"]["value"] or 0
            more = dict(zip(("variable", "other"), (v.in_text for v in pair), strict=True))
            more["way"] = "greater" if rho > 0 else "smaller"
            told = PAIRED if p is None else told
        elif family == "agreement":
            more = {"reading": reading_name(name, plan)}
    text = told.format_map(Shown(quantity, numbers, facts | more))
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."
