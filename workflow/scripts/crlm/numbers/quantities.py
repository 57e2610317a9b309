"""The number registry: every quantity of the paper once, with printed form, meaning, source."""

from collections.abc import Callable, Collection, Iterable
from functools import cache, partial
from typing import Any

import pandas as pd

from crlm.base.formats import interval, listing
from crlm.description import shows_median, summary_forms
from crlm.numbers.analyses import (
    describe_samples,
    register_agreement,
    register_correlations,
    register_ledger,
    register_methods,
    register_multiverse,
    register_tests,
)
from crlm.numbers.answers import register_answers
from crlm.numbers.printed import NOTHING_PRINTED, register_printed, told_where
from crlm.numbers.registry import MET, numbered, register, registry_entry, share_forms, whom_counted
from crlm.numbers.sentences import tell_quantity
from crlm.numbers.undetermined import ranges_of
from crlm.numbers.words import FORMULAS
from crlm.plan.analysis import Plan, Rule
from crlm.plan.conditions import Columns, all_of, among, select
from crlm.plan.variables import Variable, in_group
from crlm.statistics.association import wilson_interval

NOTHING = "no value to summarise"


def register_flow(flow: pd.DataFrame) -> dict:
    """Register how many patients were received, withdrawn, excluded and analysed."""
    counts = {s.step: (s.label, int(s.patients)) for s in flow.itertuples()}
    received, analysed = counts.pop("received"), counts.pop("analysed")
    withdrawn = counts.pop("withdrawn", ("consent withdrawn", 0))
    n, out = analysed[1], received[1] - withdrawn[1] - analysed[1]
    words, shown = "received", f"{received[1]}"
    if withdrawn[1]:
        words, shown = "received − withdrawn", f"{received[1]} − {withdrawn[1]}"
    # Of those who withdrew nothing is kept, the pseudonym included.
    everybody = "" if withdrawn[1] else "received"
    by_criterion = "patients who meet the criterion, in the order of config/codebook.yaml"
    excluded = "patients excluded", out
    steps = {
        "received": (*received, "rows of {files}", everybody),
        "withdrawn": (*withdrawn, "patients named in the cohort's files of withdrawals", ""),
        "n": (*analysed, f"{words} − excluded = {shown} − {out}", "analysed"),
        "excluded": (*excluded, f"{words} − analysed = {shown} − {n}", "excluded"),
        **{f"excluded_{step}": (*count, by_criterion, "") for step, count in counts.items()},
    }
    put = partial(register, "cohort", rule="clean_cohort", source="cohort/flow.csv")
    found: dict = {}
    for step, (what, count, computed, who) in steps.items():
        found |= put(what, numbered(step, count, computed), about={"who": who}, unit="patients")
    criteria = listing([label for label, _ in counts.values()], "or")
    forms = {"criteria": (criteria, criteria or "none", by_criterion)}
    return found | put("criteria of exclusion", forms)


def constant(
    value: Any, meaning: str, place: str, display: str = "", unit: str = "", **about: Any
) -> dict:
    """Return a quantity that is set at a place of config/plan.yaml."""
    return registry_entry(
        value, display or value, meaning, unit, "collect_numbers", "config/plan.yaml",
        f"set in config/plan.yaml: {place}", about,
    )  # fmt: skip


def register_plan(plan: Plan) -> dict:
    """Register the plan's constants that the text speaks of."""
    alpha, level = plan.alpha, plan.confidence_level
    found = {
        "plan.alpha": constant(alpha, "two-sided significance level", "alpha", f"{alpha:g}"),
        "plan.confidence_level": constant(
            level, "confidence level", "confidence_level", f"{100 * level:g}%"
        ),
    }
    for name, rule in plan.response_rules.items():
        place, meaning = f"response_rules, {name}", f"response rule {rule.label}"
        for parameter, value in rule.parameters.items():
            unit = {"percent": "%", "mm": " mm"}[parameter.rsplit("_", 1)[1]]
            used = [
                f"{step.response} ({step.criterion}) when {step.when}"
                for step in rule.steps
                if f"@{parameter}" in step.when
            ]
            found[f"rule.{name}.{parameter}"] = constant(
                value, f"{parameter.replace('_', ' ')}, in the {meaning}",
                f"{place}, parameters, {parameter}. Used for: {'; '.join(used)}",
                f"{value:g}{unit}", unit.strip(),
            )  # fmt: skip
        for form, words in rule_words(rule).items():
            found[f"rule.{name}.{form}"] = constant(words, meaning, place)
    return found


def rule_words(rule: Rule) -> dict[str, str]:
    """Return the name of a response rule, and to what its responses are matched in agreement."""
    if not rule.counterpart:
        return {"label": rule.label}
    matches: dict[str, list[str]] = {}
    for response, other in rule.counterpart.items():
        matches.setdefault(other, []).append(response.replace("_", " "))
    pairs = [f"{listing(names)} to {other}" for other, names in matches.items()]
    given = dict.fromkeys(step.response for step in rule.steps)
    lone = [response.replace("_", " ") for response in given if response not in rule.counterpart]
    unmatched = listing(lone, "or") or "none"
    return {"label": rule.label, "matched": listing(pairs), "unmatched": unmatched}


def register_words(plan: Plan, period: dict) -> dict:
    """Register the names of variables and levels, and the period, so that text and tables agree."""
    found = {}
    for name, variable in plan.variables.items():
        label, place, columns = variable.label, f"variables, {name}", [variable.source]
        found[f"label.{name}.variable"] = constant(
            label, f"{label}: name of the variable", f"{place}, label", columns=columns
        )
        for kind, where in {"label": "", "word": ", in a sentence"}.items():
            for key, level in variable.levels.items():
                words = level.in_text if where else level.label
                found[f"{kind}.{name}.{key}"] = constant(
                    words, f"{label}: name of {level.label}{where}", f"{place}, levels, {key}",
                    filter=variable.is_level(key), columns=columns,
                )  # fmt: skip
    years = "–".join(f"{year}" for year in dict.fromkeys(period.values()))
    ends = {end: (year, f"{year}") for end, year in period.items()} | {"years": (None, years)}
    forms = {end: (*year, f"set in the cohort's file: period, {end}") for end, year in ends.items()}
    return found | register(
        "period", "the study's period", forms, "collect_numbers", "config/cohorts", unit="year",
        joint="_",
    )  # fmt: skip


def say_summary(n: int, variable: Variable, forms: dict) -> dict[str, tuple[float | None, str]]:
    """Return what a sentence says of a number of `n` patients, by the forms of its summary.

    `average`, and `typical`: the same, but the median where the plan shows one. Of one patient both
    give the value.
    """
    # "The number of cycles was 5.6 on average": a label that ends in the unit says it already.
    unit = variable.unit if variable.unit == "%" else f" {variable.unit}"
    noun, (mean, said) = "" if variable.label.endswith(unit) else unit, forms["mean_sd"]
    range_ = f"range {forms['range'][1]}" if n else ""
    if n == 1:
        said = f"{forms['min'][1]}{noun}"
        said = said.removesuffix("s") if said == f"1{noun}" else said  # 1 month
    elif n:
        said = f"{said}{noun} on average ({range_})"
    found = dict.fromkeys(("average", "typical"), (mean, said))
    if n > 1 and "iqr" in forms:
        median, middle = forms["median"]
        said = f"a median of {middle}{noun} (IQR {forms['iqr'][1]}, {range_})"
        found["typical"] = median, said
    return found


def number_forms(
    row, variable: Variable, show: tuple[str, ...], total: float, decimals: int
) -> dict:
    """Return the forms of a number's summary, as `show` needs them; `total` is its sum."""
    n, unit, forms = int(row.n), variable.unit, summary_forms(row._asdict(), decimals, show)
    forms |= say_summary(n, variable, forms)
    facts = row._asdict() | {"n": n, "total": total, "divisor": n - 1}
    formulas = {form: told.format_map(facts) for form, told in FORMULAS.items()}
    formulas |= {"sd": "no SD of one value"} if n < 2 else {}
    middle = ("median", "iqr") if shows_median(show) else ("mean", "sd")
    for form, parts in (("average", ("mean", "sd")), ("typical", middle)):
        formulas[form] = "; ".join(formulas[part] for part in (*parts, "range"))
    times = f", times {variable.scale}" if variable.scale != 1 else ""
    read = f"{variable.source}{times} ({unit}): "
    counts = numbered("n", n, read + (MET if n else NOTHING))
    return counts | {
        form: (*shown, read + ("; ".join(formulas[p] for p in form.split("_")) if n else NOTHING))
        for form, shown in forms.items()
    }


def register_level(
    put: Callable, n: int, of: int, held: dict, base: dict, decimals: int
) -> dict[str, dict]:
    """Register the count of a level by `put`, its denominator and its shares.

    `held` and `base` tell of whom, as `whom_counted` does.
    """
    shares = share_forms(n, of, decimals)
    return (
        put(numbered("n", n), about=held)
        | put(numbered("denominator", of), about=base)
        | put(shares, about=held)
    )


def register_table(
    name: str, cells: pd.DataFrame, frame: pd.DataFrame, patients_who: Callable, plan: Plan
) -> dict:
    """Register every cell of a tidy table, and how many patients each variable is known for."""
    table, decimals = plan.tables[name], plan.decimals
    put = partial(register, rule="describe_cohort", source=f"tables/{name}.csv")
    count = partial(put, unit="patients", count=True)
    found: dict = {}
    for variable in (row.variable for row in table.rows):
        forms_of = {"known": variable.known, "missing": variable.missing}
        if variable.unmeasurable:
            forms_of["unmeasurable"] = all_of(variable.missing, variable.unmeasurable["when"])
        for form, condition in forms_of.items():
            about = whom_counted(patients_who, condition, "", [variable.source], variable)
            what, forms = f"{variable.label}: {form}", numbered(form, len(about["patients"]))
            found |= count(f"all.{variable.name}", what, forms, about=about)
    rows = {row.variable.name: row for row in table.rows}
    for row in cells.itertuples():
        (variable, show, _), group, level = rows[row.variable], row.group, row.level
        columns = [variable.source, *(["group"] if group != "all" else [])]
        known = all_of(variable.known, in_group(group))
        label = "" if group == "all" else f", {plan.groups[group].label}"
        if pd.isna(level):
            about = whom_counted(patients_who, known, known, columns, variable, group)
            values = variable.read(frame)[frame["group"].eq(group) | (group == "all")]
            forms = number_forms(row, variable, show, values.dropna().sum(), decimals["mean"])
            what = f"{variable.label}{label}"
            found |= put(
                f"{group}.{variable.name}", what, forms, about=about, unit=variable.unit, joint=", "
            )
            continue
        held, n, of = variable.is_level(level), int(row.n), int(row.denominator)
        among_whom, level_of = table.whole(group, level)
        base = held if level_of else known
        about, of_base = (
            whom_counted(patients_who, condition, base, columns, variable, among_whom)
            for condition in (all_of(held, in_group(group)), base)
        )
        what = f"{variable.label}: {variable.levels[level].label}{label}"
        put_level = partial(count, f"{group}.{variable.name}.{level}", what)
        found |= register_level(put_level, n, of, about, of_base, decimals["percent"])
    return found


def register_joined(keys: Iterable[str], patients_who: Callable, plan: Plan) -> dict:
    """Register the levels that the print counts together: `all.<variable>.<level>_or_<level>`."""
    found: dict = {}
    for name, table in plan.tables.items():
        for variable in (row.variable for row in table.rows if not table.compares):
            of, known = f"all.{variable.name}", variable.known
            told = {key.split(".")[2] for key in keys if key.startswith(f"{of}.")}
            for names in sorted(told - {*variable.levels}):
                if not variable.levels_of(names):
                    continue
                about, base = (
                    whom_counted(patients_who, condition, known, [variable.source], variable)
                    for condition in (variable.is_level(names), known)
                )
                put = partial(
                    register, f"{of}.{names}", f"{variable.label}: {variable.label_of(names)}",
                    rule="describe_cohort", source=f"tables/{name}.csv", unit="patients",
                    count=True,
                )  # fmt: skip
                n, whole = len(about["patients"]), len(base["patients"])
                found |= register_level(put, n, whole, about, base, plan.decimals["percent"])
    return found


def register_followed(frame: pd.DataFrame, followed: Collection[str]) -> dict:
    """Register how many of the patients are of the cohort that this one follows."""
    n = int(frame["patient_id"].isin(followed).sum())
    computed = "pseudonyms that the clean patients of the older cohort have too"
    return register(
        "cohort", "patients of the cohort that this one follows",
        numbered("followed", n, computed), "clean_cohort", "cohort/patients.csv", unit="patients",
    )  # fmt: skip


def register_groups(patients_who: Callable, plan: Plan) -> dict:
    """Register the sizes of the groups compared, and their names."""
    found = {}
    for name, group in plan.groups.items():
        about = whom_counted(patients_who, in_group(name), "", ["group"])
        n, of = len(about["patients"]), len(patients_who(""))
        about["filter"] += f", which is {among('response', group.responses)}"
        forms = numbered("n", n) | {
            form: shown[:3]
            for form, shown in share_forms(n, of, plan.decimals["percent"]).items()
            if form != "n_of"
        }
        ends = [100 * end for end in wilson_interval(n / of, of)]
        ends = interval(ends[0], ends[1], plan.decimals["percent"], plan.confidence_level)
        shown, computed = forms["n_of_percent"][1], f"Wilson's score interval of {n} of {of}"
        forms["n_of_percent_ci"] = (n, f"{shown.removesuffix(')')}, {ends})", computed)
        found |= register(
            name, group.meaning, forms, "classify_response", "response/response.csv", about,
            "patients", count=True,
        )  # fmt: skip
        for form, words in (("label", group.label), ("meaning", group.meaning)):
            what = f"{form} of the group {name.replace('_', ' ')}"
            found[f"{name}.{form}"] = constant(words, what, f"groups, {name}, {form}")
    return found


def register_literature(literature: dict) -> dict:
    """Register the numbers quoted from other studies."""
    return {
        f"lit.{study}.{name}": registry_entry(
            quoted["value"], quoted["display"], quoted["meaning"], "", "collect_numbers",
            f"data/literature.yaml, {study}", "quoted from another study, not computed here",
            {"citation": study},
        )
        for study, numbers in literature.items()
        for name, quoted in numbers.items()
    }  # fmt: skip


def collect_numbers(
    frame: pd.DataFrame,
    flow: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    tests: pd.DataFrame,
    sensitivity: pd.DataFrame,
    ledger: pd.DataFrame,
    effects: pd.DataFrame,
    specifications: pd.DataFrame,
    agreement: pd.DataFrame,
    plan: Plan,
    literature: dict,
    period: dict,
    ranges: dict[str, dict],
    primary: str,
    printed: pd.DataFrame = NOTHING_PRINTED,
    followed: Collection[str] = (),
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Collect every quantity of the paper, each once: its printed form and its account.

    Parameters
    ----------
    frame
        One row a patient, as `description.join_response` returns it.
    flow, tables, tests, sensitivity, ledger, effects, specifications, agreement
        What the stages wrote; `tables` by the plan's names.
    plan
        The plan.
    literature
        `data/literature.yaml`: citation key -> name -> `value, display, meaning`.
    period
        The cohort's first and last year: `from`, `to`.
    ranges
        The registered ranges of what a reconstructed cohort leaves open, as
        `undetermined.read_ranges` returns them.
    primary
        The response rule that decides.
    printed
        What the printed version gives of the same quantities, as `printed.read_printed` returns it.
    followed
        The pseudonyms of the cohort that this one follows.

    Returns
    -------
    numbers
        Key -> `value, display, meaning, unit, rule, module, source, patients`. `value` is at full
        precision, `display` is plain text and the only form that a reader sees.
    accounts
        Key -> how it was computed, and of whom; accounts.schema.yaml describes the parts.
    """
    patients_who = cache(partial(select, Columns(frame)))
    found = register_flow(flow) | register_plan(plan) | register_words(plan, period)
    found |= register_followed(frame, followed) | register_groups(patients_who, plan)
    for name, table in tables.items():
        found |= register_table(name, table, frame, patients_who, plan)
    samples_of = cache(partial(describe_samples, frame=frame, plan=plan))
    found |= register_tests("test", tests, samples_of, patients_who, plan)
    found |= register_tests("sensitivity", sensitivity, samples_of, patients_who, plan)
    found |= register_answers(found, plan) | register_correlations(tests, patients_who, plan)
    found |= register_ledger(ledger, effects, samples_of, patients_who, plan, ranges)
    found |= register_multiverse(specifications, plan)
    found |= register_agreement(agreement, frame, patients_who, plan, primary)
    found |= register_methods(tests, sensitivity) | register_literature(literature) | ranges
    found |= register_joined(printed["key"], patients_who, plan)
    in_print = told_where(printed)
    found |= register_printed(printed, found, in_print, plan)
    for key in in_print.keys() & found.keys():
        found[key]["account"]["in_print"] = in_print[key]
    for key, quantity in found.items():
        quantity["account"]["sentence"] = tell_quantity(key, found, plan)
        if between := ranges_of(key, found):
            quantity["account"]["range"] = between
    numbers = {
        key: {field: told for field, told in quantity.items() if field != "account"}
        for key, quantity in found.items()
    }
    return numbers, {key: quantity["account"] for key, quantity in found.items()}
