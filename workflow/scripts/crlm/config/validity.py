"""What a schema can't see in the files of config/: contradictions, names that lead nowhere."""

from collections.abc import Iterator

from crlm.base.masking import shown_text
from crlm.base.spelling import fold, one_of
from crlm.cohort.numerals import LENGTHS, TIMES, UNIT_FACTORS, unit_of
from crlm.cohort.pseudonyms import fault_of_pattern
from crlm.plan.analysis import MEASURED, read_plan
from crlm.plan.conditions import wrong_with
from crlm.plan.faults import Fault, levels_of, unknown
from crlm.plan.synonyms import READING

# What has conditions in a codebook, and under which key.
CONDITIONS = {"checks": "impossible", "doubts": "doubtful", "exclusions": "exclude"}


def faults_of_codebook(codebook: dict) -> Iterator[Fault]:
    """Yield the contradictions within a codebook, and what it lacks."""
    for name, variable in codebook["variables"].items():
        keys = ("variables", name)
        yield from faults_of_limits(keys, variable)
        yield from faults_of_spellings((*keys, "levels"), variable, codebook)
        yield from faults_of_units(keys, variable)
    yield from faults_of_columns(codebook)
    if not codebook["variables"]:
        return  # what conditions mean by them is not known
    for name in (*MEASURED, READING):
        if name not in codebook["variables"]:
            expected = "it, since the response is read from it"
            yield Fault(("variables",), f"no variable {name}", expected)
    columns = levels_of(codebook)
    for part, key in CONDITIONS.items():
        for entry in codebook[part]:
            keys = (part, entry["name"])
            if wrong := wrong_with(entry[key], columns):
                yield Fault((*keys, key), *wrong)
            named = enumerate(entry.get("columns", ()))
            yield from unknown((*keys, "columns"), named, columns, "which is no clean column")


def faults_of_limits(keys: tuple, variable: dict) -> Iterator[Fault]:
    """Yield what is wrong with the bounds of a variable, or with the pattern of ids."""
    low, high, cap = (variable.get(bound) for bound in ("min", "max", "cap"))
    if low is not None and high is not None and not low <= high:
        yield Fault((*keys, "min"), f"{low}, above max {high}", "the smaller one")
    elif cap is not None and not low <= cap <= high:
        yield Fault((*keys, "cap"), f"{cap}, which caps nothing", f"min {low} to max {high}")
    if wrong := fault_of_pattern(variable.get("pattern", "")):
        found, _, expected = wrong.partition("; expected ")
        yield Fault((*keys, "pattern"), found, expected or "one")


def faults_of_spellings(keys: tuple, variable: dict, codebook: dict) -> Iterator[Fault]:
    """Yield the spellings of a level that are those of another, or codes of what is missing."""
    codes, level_of = {*map(fold, codebook["missing_codes"])}, {}
    for level, spellings in variable.get("levels", {}).items():
        for text in (level, *spellings):
            if (other := level_of.setdefault(fold(text), level)) != level:
                said = f"{shown_text(text)!r}, a spelling of {other} and of {level}"
                yield Fault(keys, said, "each spelling under one level")
            if fold(text) in codes:
                said = f"{shown_text(text)!r}, one of the missing_codes too"
                yield Fault((*keys, level), said, "it in one of the two")


def faults_of_units(keys: tuple, variable: dict) -> Iterator[Fault]:
    """Yield units that are not the one in the variable's name, or can't be turned into its own."""
    wanted, named = unit_of(variable.get("unit", "")), keys[-1].rpartition("_")[2]
    if wanted and named in (*LENGTHS, *TIMES) and wanted != named:
        said = (
            f"{shown_text(variable['unit'])}, not {named}, in which the plan reads it by its name"
        )
        yield Fault((*keys, "unit"), said, "the units of raw columns under `columns` alone")
    if not wanted or variable["type"] == "interval":
        return
    known = [found for found, to in UNIT_FACTORS if to == wanted]
    for column, unit in variable["columns"].items():
        if unit and unit_of(unit) not in (wanted, *known):
            said = f"{shown_text(column)!r} in {shown_text(unit)}"
            said += f", not turned into {variable['unit']}"
            among = ", ".join([variable["unit"], *(u for u in known if u != wanted)])
            yield Fault((*keys, "columns"), said, f"one of {among}")


def faults_of_columns(codebook: dict) -> Iterator[Fault]:
    """Yield the columns that stand in two places: of a variable, ignored, dropped."""
    first: dict[str, str] = {}
    for name, variable in codebook["variables"].items():
        # The dates of an interval may be read for other variables too.
        for column in variable["columns"] if variable["type"] != "interval" else ():
            other = first.get(fold(column))
            if other:
                where = "twice" if other == name else f"a column of {other} too"
                said = f"{shown_text(column)!r}, {where}"
                yield Fault(("variables", name, "columns"), said, "each column once")
            first.setdefault(fold(column), name)
    for part in ("ignored", "dropped"):
        for i, column in enumerate(codebook[part]):
            if other := first.get(fold(column)):
                said = f"{shown_text(column)!r}, a column of {other} too"
                yield Fault((part, f"{i}"), said, "it in one of the two")


def faults_of_cohort(name: str, cohorts: dict[str, dict], plan: dict) -> Iterator[Fault]:
    """Yield the contradictions within a cohort's own config, beside codebook and plan.

    Parameters
    ----------
    name, cohorts
        The cohort, and the configs of all cohorts by name.
    plan
        The plan of this cohort.
    """
    cohort, rules = cohorts[name], plan["response_rules"]
    first, last = map(cohort["period"].get, ("from", "to"))
    if first and last and first > last:
        yield Fault(("period", "from"), f"{first}, after {last}", "the earlier year")
    chain = [name]
    while (older := cohorts[chain[-1]].get("follows")) in cohorts and older not in chain:
        chain.append(older)
    if older in chain:
        circle = " follows ".join([*chain[chain.index(older) :], older])
        yield Fault(("follows",), circle, "an older cohort, or null")
    primary, own = cohort["response_rule"], cohort["codebook"] or {}
    if primary and rules and primary not in rules:
        said = f"{shown_text(primary)!r}, which is no rule of the plan"
        yield Fault(("response_rule",), said, one_of(rules, primary))
    for key in ("variables", READING, "levels"):  # a key may have nothing under it
        own = own.get(key) or {}
    responses = (
        read_plan({"response_rules": rules}).responses_of(primary) if primary in rules else own
    )
    keys = ("codebook", "variables", READING, "levels")
    said = f"no response of the rule {primary!r}, with which the reading is compared"
    yield from unknown(keys, zip(own, own, strict=True), responses, said)


def faults_of_privacy(privacy: dict, columns: list[str]) -> Iterator[Fault]:
    """Yield the columns that the privacy report is to look at and no cohort has."""
    for part in ("quasi_identifiers", "sensitive"):
        named = privacy[part]
        keyed = zip(named, named, strict=True) if isinstance(named, dict) else enumerate(named)
        yield from unknown((part,), keyed, columns, "which is no clean column")
