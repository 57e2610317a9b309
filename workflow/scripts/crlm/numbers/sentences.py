"""What a quantity says in one plain sentence of its printed forms; the words: sentences.yaml."""

from crlm.base.formats import listing
from crlm.base.vocabulary import texts_beside
from crlm.numbers.registry import is_constant
from crlm.numbers.words import EFFECTS, reading_name
from crlm.plan.analysis import Plan

TEXTS = texts_beside(__file__)
PARTS, SHARES, SUMMARIES, EFFECT, VERDICTS, KINDS = (
    TEXTS[part] for part in ("parts", "shares", "summaries", "effects", "verdicts", "kinds")
)
OTHERWISE = "otherwise"  # in place of a form that has no sentence of its own


class Shown(dict):
    """What a sentence shows: facts, parts, the printed forms of the quantity, by their names."""

    def __init__(self, quantity: str, numbers: dict[str, dict], facts: dict[str, str]):
        super().__init__(facts)
        self.quantity, self.numbers = quantity, numbers

    def __missing__(self, form: str) -> str:
        if form in PARTS:
            return PARTS[form].format_map(self)
        return self.numbers[f"{self.quantity}.{form}"]["display"]


def known_of(numbers: dict[str, dict], known: str, every: str, whom: str = "patients") -> str:
    """Return for how many something is known: `18 of 25 patients`, `all 25 patients`."""
    n, of = (numbers[key]["display"] for key in (known, every))
    return f"all {of} {whom}" if n == of and of not in ("1", "2") else f"{n} of {of} {whom}"


def tell_count(key: str, numbers: dict[str, dict], plan: Plan) -> tuple[str, dict]:
    """Return the sentence of the size of a group, a share or a summary, and its facts."""
    group, *names, form = key.split(".")
    facts = {"meaning": plan.groups[group].meaning} if group in plan.groups else {}
    if not names:
        return KINDS["group"][OTHERWISE], facts
    variable, quantity = plan.variables[names[0]], key.rpartition(".")[0]
    facts |= {"variable": variable.in_text, "unit": f" {variable.unit}".replace(" %", "%")}
    facts["known_of"] = known_of(numbers, f"all.{variable.name}.known", "cohort.n")
    # a value that no comparison counts is known all the same
    facts["is_known"] = "is known and counted here" if variable.left_out else "is known"
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
        return f"{{KNOWN}}: {{{form}}}", facts
    middle = "median_iqr" if f"{quantity}.iqr" in numbers else "mean_sd"
    told = {"average": "mean_sd_range", "typical": f"{middle}_range"}.get(form, form)
    parts = told.split("_")
    *others, last = [SUMMARIES[part] for part in parts]
    return f"{{KNOWN}}; {listing([*others, last])}", facts


def tell_test(key: str, numbers: dict[str, dict], plan: Plan) -> tuple[str, dict]:
    """Return the sentence of a test or of an effect, and its facts."""
    family, name, form = key.split(".")
    facts = dict(zip(("meaning", "second"), (g.meaning for g in plan.groups.values()), strict=True))
    variable = plan.variables[name]
    levels = listing([f"“{level.label}”" for level in variable.levels.values()], "or")
    facts["variable"] = f"“{variable.label}” ({levels})" if levels else f"the {variable.in_text}"
    if numbers[f"{family}.{name}.p"]["value"] is None:
        return KINDS["test"]["none"], facts
    told = KINDS["test"].get(form, KINDS["test"][OTHERWISE])
    if form == "effect":
        account = numbers[key]["account"]
        effect = next(e for e, words in EFFECTS.items() if account["computed"][:9] == words[:9])
        held = [label for label, *counts in account["table"][1:] if {*counts} != {"0"}]
        facts |= {"first": held[0], "last": held[-1]}
        facts["effect"] = numbers[key]["display"].rpartition(": ")[2]  # what minus what was said
        told = f"{EFFECT[effect]}: {told}"
    return f"by the plan's rule, {told}" if family == "sensitivity" else told, facts


def tell_quantity(key: str, numbers: dict[str, dict], plan: Plan) -> str:
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
    facts |= {"all": numbers["cohort.n"]["display"], "computed": own["account"]["computed"]}
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
        form_told = "none" if own["display"] == "–" else form
        told, more = KINDS[kind].get(form_told, KINDS[kind][OTHERWISE]), {}
        if family == "correlation":
            pair = next(both for both in plan.correlations if both[0].name == name)
            more = dict(zip(("variable", "other"), (v.in_text for v in pair), strict=True))
            told = KINDS[family][OTHERWISE] if p is None else told
        elif family == "agreement":
            more = {"reading": reading_name(name, plan)}
    text = told.format_map(Shown(quantity, numbers, facts | more))
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."
