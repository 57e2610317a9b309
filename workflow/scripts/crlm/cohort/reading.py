"""Match a raw table's columns to the codebook and read each by it: each distinct cell once."""

import math
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from crlm.base.masking import words_in
from crlm.base.problems import Problem, place_of
from crlm.base.spelling import fold
from crlm.base.vocabulary import VOCABULARY
from crlm.cohort.dates import parse_interval, parse_year
from crlm.cohort.identifiers import say_column
from crlm.cohort.misreadings import DOUBLE, MISSING, NO_ERROR, RIGHT, Doubt
from crlm.cohort.missing import CODE, NOTHING, hint_of_date, is_error, looks_missing, says_nothing
from crlm.cohort.numerals import (
    LENGTHS,
    POWERS,
    TIMES,
    UNIT_FACTORS,
    AmbiguousError,
    bare,
    decimal_sign,
    fits,
    is_unit,
    read_measure,
    read_numeral,
    unit_of,
)
from crlm.cohort.pseudonyms import parse_id
from crlm.plan.synonyms import UNTIL_OPERATION, label_contradiction

ALL, THOUSANDS, DECIMALS = "all", "thousands", "decimals"
NUMBERS = {
    "cell": object, "number": float, "rows": int, "own_unit": bool, "decimals": bool, "broken": bool
}  # fmt: skip
WORDED = {"one": "1", "single": "1", "two": "2", "three": "3", "five": "5", "ten": "10"}


def columns_read(codebook: dict) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """Yield each column that a codebook reads, with its variable and unit."""
    for name, variable in codebook["variables"].items():
        for column, unit in variable["columns"].items():
            yield column, (name, unit)


def match_columns(raw: pd.DataFrame, file: str, codebook: dict) -> tuple[dict, list[Problem]]:
    """Return raw column -> (variable, unit), and the columns that don't fit the codebook."""
    variables, ignored = codebook["variables"], set(map(fold, codebook["ignored"]))
    known = {fold(column): of for column, of in columns_read(codebook)}
    columns, problems = {}, []
    for column in (c for c in raw.columns if fold(c) not in ignored):
        name, unit = known.get(fold(column), (None, None))
        if name is None:
            expected = "a column that config/codebook.yaml names"
        elif name in (taken := {n: c for c, (n, _) in columns.items()}):
            expected = f"one column for {name}, which column {taken[name]} is already"
        else:
            columns[column] = (name, unit)
            continue
        problems.append(Problem(file, 1, say_column(raw, column, codebook), column, expected))
    for name, variable in variables.items():
        if variable["required"] and name not in (n for n, _ in columns.values()):
            expected = "a column named " + " or ".join(variable["columns"])
            problems.append(Problem(file, 1, name, "no such column", expected))
    return columns, problems


def doubt_labels(raw: pd.DataFrame, file: str, codebook: dict, synonyms: dict) -> Iterator[Problem]:
    """Yield the columns known by their name whose label in SPSS or REDCap says something else.

    An answer of the codebook for the whole column settles it.
    """
    told = {(a["file"], fold(a["column"])) for a in codebook["answers"] if a["values"] == ALL}
    for column, (name, unit) in match_columns(raw, file, codebook)[0].items():
        label = raw.attrs.get("labels", {}).get(column, "")
        wrong = label and (
            label_contradiction(label, name, codebook, synonyms)
            or narrowed_by_label(label, codebook["variables"][name], unit)
        )
        received, _, own = place_of([(file, raw)], file, 1, column)
        if wrong and (received, fold(own)) not in told:
            expected = (
                f"a label that says the same as the name of the column, which is read as "
                f"{codebook['variables'][name]['label']!r}; this one {wrong}. Where the cells are "
                "right all the same, under `answers` of the codebook: "
                f"{{file: {received}, column: {own}, values: all, means: right, reason: …}}"
            )
            yield Problem(file, 1, column, label.partition("@")[0], expected)  # without the event


def narrowed_by_label(label: str, variable: dict, unit: str | None) -> str:
    """Return how a label speaks of less than its variable, or of another; empty where it does not.

    It names somebody or something else (`Age of partner`, `Toxicity grade`), another measure (`Sum
    of diameters`), unit (`Size (cm)`), or time (`Alive at 5 years`, of one year).
    """
    own = " ".join((variable["label"], *variable["columns"])).replace("_", " ")
    answered, kinds = "yes" in variable.get("levels", ()), VOCABULARY["narrowing"]
    # Words before a number (smallest unit 1 mm) are of something else; what is in brackets may be.
    text = re.sub(r"(?:[^\W\d_]+ )?[^\W\d_]+ \d+ ?[cm]m\b|[^\W\d_]+ \d+", " ", label.casefold())
    outside = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text)
    averaged = VOCABULARY["headings"]["readings"] & {*words_in(text)}
    said = {
        "states": outside if answered else "",
        "measures": outside if unit_of(unit or "") in LENGTHS and not averaged else "",
        "scores": "" if answered else text,
        "numbers": UNTIL_OPERATION.sub(" ", text) if unit else "",
        "counts": text if variable["type"] == "integer" else "",
        "categories": outside if "levels" in variable else "",
        "dates": outside if variable["type"] in ("year", "interval") else "",
        "times": text if unit_of(unit or "") in TIMES else "",
    }
    for kind, words in kinds.items():
        of_others = words - {*words_in(own.casefold())}
        if found := [word for word in words_in(said.get(kind, text)) if word in of_others]:
            return f"speaks of {found[0]}"
    if unit:
        if limit := re.search("[<>≤≥]", outside):
            return f"speaks of {limit[0]}"
        marked = re.findall(r"[(\[]([^()\[\]]+)[)\]]|\bin ([^\W\d_]+)", label)
        in_brackets = {text for found in marked for text in found if is_unit(text)}
        named = {word for word in words_in(label) if (unit_of(word), unit_of(unit)) in UNIT_FACTORS}
        units = {unit_of(text) for text in in_brackets | named if len(text) > 1}
        if units and unit_of(unit) not in units:
            return f"is in {' or '.join(sorted(units))}"
    ours = counts_in(own)
    for noun, theirs in counts_in(label).items():
        if noun in ours and not any(0.9 < a / b < 1.1 for a in ours[noun] for b in theirs):
            return f"speaks of another {noun}"
    return ""


def counts_in(text: str) -> dict[str, list[float]]:
    """Return noun -> its numbers in a text, as of two stages; `time` -> periods in days, as 30d."""
    words = rf"(\d+|{'|'.join(WORDED)})[ -]?([^\W\d_]+)"
    counts: dict[str, list[float]] = {}
    for number, noun in re.findall(words, text.casefold().replace("_", " ")):
        n, days = int(WORDED.get(number, number)), TIMES.get(unit_of(noun))
        if n:
            counts.setdefault("time" if days else noun.rstrip("s"), []).append(n * (days or 1))
    return counts


def parse_number(
    cell: str, variable: dict, unit: str | None, decimal: str | None = None
) -> tuple[float, str]:
    """Return the number in `cell` in the unit of `variable`, and the rule that was applied."""
    number, rule, _ = read_measure(cell, variable, unit, decimal)
    if variable["type"] == "integer" and number % 1:
        found, converted, _ = rule.partition(" to ")
        not_in = f"a number ({variable['unit']}), not in {found}"
        raise ValueError(not_in if converted else "a whole number")
    if not fits(number, variable):
        raise ValueError(f"{variable['min']} to {variable['max']} {variable['unit']}")
    if number >= variable.get("cap", math.inf):
        return float(variable["cap"]), "capped"
    return number, rule


def parse_cell(
    cell: str,
    variable: dict,
    unit: str | None,
    missing_codes: list[str],
    decimal: str | None = None,
) -> tuple:
    """Return the clean value of a raw cell (None where missing) and the rule that was applied.

    Parameters
    ----------
    cell
        The text as received.
    variable
        The variable's entry in the codebook.
    unit
        The unit of the raw column; a unit written in the cell goes before it.
    missing_codes
        Spellings of "missing".
    decimal
        The decimal sign of the column, where it is known (`numerals.decimal_sign`).

    Raises
    ------
    ValueError
        With what was expected, where the codebook does not know the cell.
    """
    known = bare(cell)
    for level, spellings in variable.get("levels", {}).items():
        if known in map(bare, (level, *spellings)):
            return level, "spelling"
    if known in map(bare, missing_codes):
        if variable["required"]:
            raise ValueError("a value: this variable may not be missing")
        return None, "missing code"
    if variable["type"] == "category":
        raise ValueError("one of: " + ", ".join(variable["levels"]))
    parse = {"id": parse_id, "year": parse_year, "interval": parse_interval}.get(variable["type"])
    if parse:
        return parse(cell, variable)
    return parse_number(cell, variable, unit, decimal)


def is_understood(variable: dict, cell: str, unit: str | None, codes: list[str]) -> bool:
    """Return whether a variable of the codebook knows what a cell says; see `parse_cell`."""
    try:
        parse_cell(cell, variable, unit, codes)
    except ValueError:
        return False
    return True


class Reading(NamedTuple):
    """How a cell is read: its clean value and the rule, or what was expected instead.

    `answer` is what the codebook's `answers` say that it means, if anything, be it refused or not.
    """

    value: float | str | None
    rule: str
    error: str
    answer: str


class Column(NamedTuple):
    """A raw column as it was read.

    `cells` is the column, `read` has each distinct cell, `at` which of these each row has.
    `numbers` is as `units.doubt_units` takes it, whatever the limits of the variable.
    `doubts` are those of single cells. `sources` is as `sources_of` returns it.
    """

    file: str
    name: str
    variable: str
    unit: str | None
    cells: pd.Series
    at: np.ndarray
    read: dict[str, Reading]
    numbers: pd.DataFrame
    doubts: list[Doubt]
    sources: dict[str, dict]


def read_column(
    file: str,
    cells: pd.Series,
    name: str,
    unit: str | None,
    codebook: dict,
    signs: set[str],
    place: Callable | None = None,
) -> Column:
    """Read a raw column.

    Parameters
    ----------
    file, cells
        The file and the column; its name is the raw column's.
    name, unit
        The variable that it holds, and its unit.
    codebook
        The cohort's codebook.
    signs
        The decimal signs that the file's cells tell.
    place
        As of `sources_of`.
    """
    variable, codes = codebook["variables"][name], codebook["missing_codes"]
    sources = sources_of(file, cells, place)
    answers, answerable = answers_for(sources, codebook), {*map(unit_of, may_mean(variable))}
    at, held = pd.factorize(cells.to_numpy())
    rows, coded = np.bincount(at, minlength=len(held)).tolist(), {*map(bare, codes)}
    numeric = variable["type"] in ("integer", "number")
    decimal = decimal_sign(held, signs, variable, unit) if numeric else None
    read, numbers, doubts, either = {}, [], [], []
    spelt = words_apart(codebook)
    for cell, n in zip(held, rows, strict=True):
        given = answers.get(cell, "")
        answer = given if unit_of(given) in answerable else ""  # another one is refused
        meant = read_by_answer(cell, unit, decimal, answer)
        text = "" if answer == MISSING else cell
        double = numeric and bare(cell) in coded and is_understood(variable, cell, meant[0], [])
        if double and not answer:
            read[cell] = Reading(None, "", DOUBLE, given)
            doubts.append(Doubt([cell], DOUBLE, [MISSING, RIGHT]))
            continue
        try:
            known = [""] if double and answer == RIGHT else ["", *codes]
            value, rule = parse_cell(text, variable, meant[0], known, meant[1])
            read[cell] = Reading(value, rule, "", given)
        except ValueError as error:
            code = CODE.fullmatch(bare(cell))
            word = not code and looks_missing(cell) and bare(cell) not in coded
            if is_error(cell):
                read[cell] = Reading(None, "", NO_ERROR, given)
                continue
            asked = f"{error}; or is it a {'code' if code else 'word'} for a missing value?"
            said = asked if word else f"{error}{hint_of_date(cell, variable)}"
            if says_nothing(cell, variable):
                word, said = False, f"{error}: 0 where there is none"
            read[cell] = Reading(None, "", said, given)
            either += [cell] if isinstance(error, AmbiguousError) else []
            if (variable["type"] in ("category", "year") and code) or (
                word and bare(cell) in spelt
            ):
                doubts.append(Doubt([cell], asked, [MISSING]))
        if numeric and read[cell].rule != "missing code":
            numbers += line_of_number(text, n, variable, *meant)
    if either:
        doubts.append(Doubt(either, read[either[0]].error, [THOUSANDS, DECIMALS], whole=True))
    numbers = pd.DataFrame(numbers, columns=[*NUMBERS]).astype(NUMBERS).set_index("cell")
    if numbers["decimals"].all():  # a program's, not a person's
        numbers["decimals"] = numbers["broken"]
    return Column(file, str(cells.name), name, unit, cells, at, read, numbers, doubts, sources)


def words_apart(codebook: dict) -> set[str]:
    """Return what is missing in one column and a level, or 0 (none), in another: bare words."""
    levels = (v.get("levels", {}) for v in codebook["variables"].values())
    return {bare(s) for own in levels for level, of in own.items() for s in (level, *of)} | NOTHING


def may_mean(variable: dict) -> list[str]:
    """Return what an answer of the codebook may say that cells of a variable mean."""
    if variable["type"] not in ("integer", "number"):
        return [MISSING, RIGHT]
    own = unit_of(variable["unit"])
    units = dict.fromkeys([own, *(found for found, to in UNIT_FACTORS if to == own)])
    return [MISSING, RIGHT, THOUSANDS, DECIMALS, *units, *POWERS]


def read_by_answer(
    cell: str, unit: str | None, decimal: str | None, answer: str
) -> tuple[str | None, str | None]:
    """Return the unit and the decimal sign by which a cell is read, given the answer about it."""
    if answer in (THOUSANDS, DECIMALS):
        sign = next(iter(re.findall("[.,]", bare(cell))), "")
        return unit, sign if answer == DECIMALS else {",": ".", ".": ","}.get(sign)
    return unit if answer in ("", RIGHT, MISSING) else answer, decimal


def line_of_number(
    cell: str, rows: int, variable: dict, unit: str | None, decimal: str | None
) -> list[tuple]:
    """Return a cell's line of `Column.numbers`, where it holds a number."""
    try:
        number, _, sign = read_measure(cell, variable, unit, decimal)
    except ValueError:
        return []
    readings, own_unit = read_numeral(cell)
    written, _, decimals = readings[sign]
    return [(cell, number, rows, bool(own_unit), decimals > 0, bool(written % 1))]


def sources_of(file: str, cells: pd.Series, place: Callable | None) -> dict[str, dict]:
    """Return cell -> the files and columns from which it was received, as keys `(file, column)`.

    `place` is that of `problems.place_of` where the table was joined, else None. What REDCap's
    events are joined to is named as the codebook names it.
    """
    if place is None:
        return {cell: {(file, str(cells.name)): None} for cell in cells.unique()}
    found: dict[str, dict] = {}
    for row, cell in cells.items():
        at, _, column = place(row, cells.name)
        own = str(cells.name) if at == file and "@" in str(cells.name) else column
        found.setdefault(cell, {})[at, own] = None
    return found


def answers_for(sources: dict[str, dict], codebook: dict) -> dict[str, str]:
    """Return cell -> what the codebook's answers say of it, the same for all its sources."""
    said = {
        (answer["file"], bare(answer["column"]), ALL if answer["values"] == ALL else bare(value)):
        answer["means"]
        for answer in codebook["answers"]
        for value in ([ALL] if answer["values"] == ALL else answer["values"])
    }  # fmt: skip
    answers = {}
    for cell, places in sources.items() if said else ():
        of = [(file, bare(column)) for file, column in places]
        means = {said.get((*at, bare(cell)), said.get((*at, ALL), "")) for at in of}
        answers[cell] = means.pop() if len(means) == 1 else ""
    return answers
