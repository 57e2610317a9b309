"""What a schema can't see in the files of config/: contradictions, names that lead nowhere."""

import math
import re
from collections.abc import Iterator

from crlm.base.masking import shown_text
from crlm.base.spelling import fold, one_of
from crlm.base.vocabulary import texts_beside
from crlm.cohort.numerals import (
    LENGTHS,
    PARTS,
    TIMES,
    UNIT_FACTORS,
    factor_between,
    is_unit,
    unit_of,
)
from crlm.cohort.pseudonyms import fault_of_pattern
from crlm.plan.analysis import CHANGES, MEASURED, read_plan
from crlm.plan.conditions import wrong_with
from crlm.plan.faults import Fault, levels_of, unknown
from crlm.plan.synonyms import READING, TURNED, label_contradiction, spell, spellings_of
from crlm.plan.variables import Level, Variable, read_variables

# What has conditions in a codebook, and under which key.
CONDITIONS = {"checks": "impossible", "doubts": "doubtful", "exclusions": "exclude"}
# As what a label's words for a number, and for a side of it, are read; what holds there.
WORDS = texts_beside(__file__)
READ_AS = [
    (re.compile(rf"(?:(?<![^\W\d])|(?=[<>+]))(?:{'|'.join(words)})(?![^\W\d])"), sign)
    for sign, words in WORDS["bounds"].items()
]
BOUND = re.compile(
    r"([<≤>≥]?)\s*(?<![\w.])(-?\d+(?:\.\d+)?)\s*([≤≥]?)\s*([^\W\d][\w/^]*|%|)\s*([≤≥]?)(?!\s*\d)"
)


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


def says_what_it_holds(words: str, level: Level, ends: tuple, unit: str, other: str) -> bool:
    """Return whether the numbers that a level's words name are the bounds of what it holds.

    `ends` are where the lowest level begins and the highest ends: nobody lies beyond. A number has
    the unit behind it, else that of the next with one, else the `other` that the variable names,
    else the `unit` of what is held. Words without a number say at most on which side it is.
    """
    words = re.sub(r"[()]", " ", words.casefold().replace("−", "-"))
    words = re.sub(r"(?<=\d),(?=\d)", ".", re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", words))
    for pattern, sign in READ_AS:
        words = pattern.sub(f" {sign} ", words)
    low, high, found, said = level.at_least, level.below, BOUND.findall(words), []
    side = "lowest" if high == ends[1] else "highest" if low == ends[0] else "neither"
    if words.strip() in WORDS["ends"].get(side, ()) and (low, high) != ends:
        return False
    for before, number, plus, behind, after in reversed(found):
        named = unit_of(behind)
        other = named if named in (*LENGTHS, *TIMES) else other
        factor = factor_between(named, unit)
        if not factor and PARTS.keys() & {*named.split("/")}:
            return True  # mg/dl in mmol/l
        if factor := factor or factor_between(other, unit):
            said.append((before or plus or after, float(number) * factor))
    if not found or (low < 0 and not any(n < 0 for _, n in said)):  # shrinkage by 30%
        return True
    plain, signs = [n for sign, n in said[::-1] if not sign], {sign for sign, _ in said}
    if said in ([("", low)], [("", high)]) and re.search(r"[^\W\d]", BOUND.sub("", words)):
        return True  # complete (6): its words tell the side
    fits = {
        "≥": lambda n: round(n, 1) == round(low, 1),
        ">": lambda n: n < low <= n + 1,
        "<": lambda n: round(n, 1) == round(high, 1),
        "≤": lambda n: n < high <= n + 1,
        "": lambda n: round(low, 1) <= round(n, 1) < high or (n == high and plain[1:]),
    }
    above, below = signs & {"≥", ">"}, signs & {"<", "≤"}
    return bool(
        said
        and all(fits[sign](n) for sign, n in said)
        and (high == ends[1] or not above or plain or below)
        and (not plain or above or low in (plain[0], ends[0]))
        and (not plain or below or plain[-1] + 1 >= high or (high == ends[1] and len(said) > 1))
    )


def answers_of(variable: Variable, synonyms: dict) -> list[str | None]:
    """Return of each level whether its label is a word for yes or for no."""
    known = synonyms.get("answers", {})  # nothing of faulty ones
    answers = {spell(text): of for of, own in known.items() for text in own}
    return [answers.get(spell(level.label)) for level in variable.levels.values()]


def faults_of_labels(plan: dict, codebook: dict, synonyms: dict) -> Iterator[Fault]:
    """Yield the units, labels and levels of a plan's variables that their columns deny."""
    variables = codebook["variables"]
    for name, variable in read_variables(plan["variables"]).items():
        keys, column = ("variables", name), variable.source
        own = unit_of(variables.get(column, {}).get("unit", column.rpartition("_")[2]))
        unit = unit_of(variable.unit.replace("%", "percent"))
        factor = factor_between(own, unit) or not is_unit(unit)  # n, courses
        known = column in variables or column in CHANGES
        if variable.unit and known and not math.isclose(factor, variable.scale):
            found = f"{variable.scale:g} from {own} to {shown_text(variable.unit)}"
            yield Fault((*keys, "scale"), found, f"{factor:g}" if factor else f"a unit of {own}")
        yield from faults_of_levels(keys, variable, own, synonyms)
        if column not in variables or not synonyms:
            continue
        spellings = spellings_of(column, {"levels": {}} | variables[column], synonyms)
        for level, held in variable.levels.items():
            said = spellings.get(spell(held.label), *held.values[:1])
            there = {*held.values} & variables[column].get("levels", {}).keys()
            others = [
                v for other in variable.levels.values() if other != held for v in other.values
            ]
            # What two levels hold is told of their values.
            if there and there.isdisjoint(others) and said not in held.values:
                found = f"{held.label!r}, which is {said}"
                yield Fault((*keys, "levels", level, "label"), found, f"{' or '.join(held.values)}")
        answered = {*answers_of(variable, synonyms)} & {"yes", "no"}
        for key in ("label", "in_text"):
            words = variable.written.get(key, "")
            wrong = label_contradiction(words, column, codebook, synonyms)
            if wrong and (answered or wrong != TURNED):  # else its levels say which they are
                yield Fault((*keys, key), f"{words!r}, which {wrong}", f"a name of {column}")


def faults_of_levels(keys: tuple, variable: Variable, unit: str, synonyms: dict) -> Iterator[Fault]:
    """Yield the words of levels of a number that name others than its bounds in `unit`.

    Where all answer yes or no, its label names the bounds of those that answer yes.
    """
    answered = answers_of(variable, synonyms)
    named = [u for word in re.findall(r"\w+", variable.label) if (u := unit_of(word)) in LENGTHS]
    held = variable.levels.values()
    ends = min((v.at_least for v in held), default=0), max((v.below for v in held), default=0)
    levels = zip(variable.levels.items(), answered, strict=True)
    for (name, level), answer in levels if variable.is_number else ():
        for key, words in (("label", level.label), ("in_text", level.in_text)):
            if {*answered} == {"yes", "no"}:
                words = variable.label if answer == "yes" else ""
            if not says_what_it_holds(words, level, ends, unit, (*named, unit)[0]):
                found = f"{words!r} of {level.bounds}"
                expected = "the numbers of what the level holds"
                yield Fault((*keys, "levels", name, key), found, expected)


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
