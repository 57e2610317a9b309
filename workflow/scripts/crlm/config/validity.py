"""What a schema can't see in the config of a cohort: contradictions, and what nobody has decided.

Each function returns sentences that begin with the key, for the file that the caller knows.
"""

from collections.abc import Collection, Iterator

from crlm.base.masking import typed
from crlm.base.spelling import fold, one_of
from crlm.cohort.numerals import LENGTHS, TIMES, UNIT_FACTORS, unit_of
from crlm.cohort.pseudonyms import fault_of_pattern
from crlm.plan.analysis import MEASURED
from crlm.plan.conditions import fault
from crlm.plan.faults import Fault, faults_of_conditions
from crlm.plan.synonyms import READING, responses_of


def codebook_problems(codebook: dict) -> list[str]:
    """Return the contradictions within a codebook: of spellings, of columns, of bounds."""
    codes = set(map(fold, codebook["missing_codes"]))
    problems, readers = [], {}
    for name, variable in codebook["variables"].items():
        problems += bounds_problems(f"variables.{name}", variable)
        if wrong := fault_of_pattern(variable.get("pattern", "")):
            problems.append(f"variables.{name}.pattern: {wrong}")
        level_of: dict[str, str] = {}
        for level, spellings in variable.get("levels", {}).items():
            for text in (level, *spellings):
                other = level_of.setdefault(fold(text), level)
                if other != level:
                    problems.append(
                        f"variables.{name}.levels: {typed(text)!r} is a spelling of {other} and of "
                        f"{level}; expected each spelling under one level"
                    )
                if fold(text) in codes:
                    problems.append(
                        f"variables.{name}.levels.{level}: {typed(text)!r} is one of the "
                        "missing_codes too; expected one of the two"
                    )
        wanted, named = unit_of(variable.get("unit", "")), name.rpartition("_")[2]
        if wanted and named in (*LENGTHS, *TIMES) and wanted != named:
            problems.append(
                f"variables.{name}.unit: {typed(variable['unit'])} is not {named}, in which the "
                "plan reads it by its name; expected the units of raw columns under `columns` alone"
            )
        for column, unit in variable["columns"].items():
            if wanted and unit and variable["type"] != "interval" and unit_of(unit) != wanted:
                known = [found for found, to in UNIT_FACTORS if to == wanted]
                if unit_of(unit) not in known:
                    expected = ", ".join([variable["unit"], *(u for u in known if u != wanted)])
                    problems.append(
                        f"variables.{name}.columns: {typed(column)!r} is in {typed(unit)}, which "
                        f"is not turned into {variable['unit']}; expected one of {expected}"
                    )
            # The dates of an interval may be read for other variables too.
            if variable["type"] != "interval":
                readers.setdefault(fold(column), []).append((name, column))
    for (name, column), *others in readers.values():
        for other, again in others:
            where = "twice under it" if other == name else f"a column of {name} too"
            problems.append(
                f"variables.{other}.columns: {typed(again)!r} is {where}; expected each column once"
            )
        for part in ("ignored", "dropped"):
            if fold(column) in map(fold, codebook[part]):
                problems.append(
                    f"{part}: {typed(column)!r} is a column of {name} too; expected one of the two"
                )
    return problems


def bounds_problems(key: str, variable: dict) -> Iterator[str]:
    """Yield what is wrong with the bounds of a variable of the codebook."""
    low, high, cap = (variable.get(bound) for bound in ("min", "max", "cap"))
    if low is not None and high is not None and not low <= high:
        yield f"{key}: min {low} is above max {high}"
    elif cap is not None and not low <= cap <= high:
        yield f"{key}: cap {cap} is outside of min {low} to max {high}, so that it caps nothing"


def cohort_problems(name: str, cohorts: dict[str, dict], plan: dict) -> list[str]:
    """Return the contradictions within a cohort's own config.

    Parameters
    ----------
    name
        The cohort.
    cohorts
        The configs of all cohorts by name.
    plan
        The plan of this cohort.
    """
    cohort, problems = cohorts[name], []
    first, last = map(cohort["period"].get, ("from", "to"))
    if first and last and first > last:
        problems.append(f"period: from {first} is after to {last}")
    chain = [name]
    while (older := cohorts[chain[-1]].get("follows")) in cohorts and older not in chain:
        chain.append(older)
    if older in chain:
        circle = " follows ".join([*chain[chain.index(older) :], older])
        problems.append(f"follows: {circle}; expected an older cohort, or null")
    rules, primary = plan["response_rules"], cohort["response_rule"]
    own = cohort["codebook"] or {}
    for key in ("variables", READING, "levels"):  # a key may have nothing under it
        own = own.get(key) or {}
    responses = responses_of(rules, primary) if primary in rules else own
    return problems + [
        f"codebook.variables.{READING}.levels.{level}: is no response of the rule {primary!r}, "
        f"with which the reading is compared; expected one of: {', '.join(responses)}"
        for level in own
        if level not in responses
    ]


def condition_faults(codebook: dict, plan: dict) -> dict[tuple[str, ...], str]:
    """Return what is wrong with the conditions of a codebook and a plan, by their places.

    A place is the way to a key, as `("codebook", "checks", "no_baseline", "impossible")`.
    """
    columns: dict[str, Collection[str] | None] = {
        name: v.get("levels", ()) if v["type"] in ("category", "id") else None
        for name, v in codebook["variables"].items()
    }
    found: dict[tuple, str] = {}
    for part, key in (("checks", "impossible"), ("doubts", "doubtful"), ("exclusions", "exclude")):
        for entry in codebook[part]:
            place = ("codebook", part, entry["name"])
            found[*place, key] = fault(entry[key], columns)
            unknown = [c for c in entry.get("columns", []) if c not in columns]
            told = [f"{c!r}: expected {one_of(columns, c)}" for c in unknown]
            found[*place, "columns"] = "; ".join(told)
    of_plan = faults_of_conditions(plan, columns)
    found |= {("plan", *place): wrong for place, wrong in of_plan.items()}
    return {place: wrong for place, wrong in found.items() if wrong}


def faults_of_codebook(codebook: dict) -> list[Fault]:
    """Find the variables that the response rules need and a codebook has not."""
    return [
        (("variables",), f"no variable {name}", "it, since the response is read from it")
        for name in (*MEASURED, READING)
        if name not in codebook["variables"]
    ]


def faults_of_privacy(privacy: dict, columns: list[str]) -> list[Fault]:
    """Find the columns that the privacy report is to look at and no cohort has."""
    named = [(("quasi_identifiers", name), name) for name in privacy["quasi_identifiers"]]
    named += [(("sensitive", str(i)), name) for i, name in enumerate(privacy["sensitive"])]
    return [
        (keys, f"{name!r}, which is no clean column", one_of(columns, name))
        for keys, name in named
        if name not in columns
    ]
