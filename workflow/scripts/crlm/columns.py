"""Read one column of a raw table by the codebook: each distinct cell once."""

import math
import re
from collections import Counter
from typing import NamedTuple

import pandas as pd

from crlm.dates import parse_interval, parse_year
from crlm.misreadings import CODE, MISSING, RIGHT, Doubt, looks_missing
from crlm.numerals import (
    AmbiguousError,
    bare,
    decimal_sign,
    fits,
    measure,
    plain_signs,
    read_numeral,
)
from crlm.pseudonyms import parse_id

ALL, THOUSANDS, DECIMALS = "all", "thousands", "decimals"
NUMBERS = ["cell", "number", "rows", "own_unit", "decimals", "broken"]
NO_NUMBERS = pd.DataFrame(columns=NUMBERS)


def parse_number(
    cell: str, variable: dict, unit: str | None, decimal: str | None = None
) -> tuple[float, str]:
    """Return the number in `cell` in the unit of `variable`, and the rule that was applied."""
    number, rule, _ = measure(cell, variable, unit, decimal)
    if variable["type"] == "integer" and number % 1:
        raise ValueError("a whole number")
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


class Reading(NamedTuple):
    """How a cell is read: its clean value and the rule, or what was expected instead.

    `answer` is what the codebook's `answers` say that it means, if anything.
    """

    value: float | str | None
    rule: str
    error: str
    answer: str


class Column(NamedTuple):
    """A raw column as it was read.

    `cells` is the column, `read` has each distinct cell. `numbers` is as `misreadings.doubt_units`
    takes it, whatever the limits of the variable. `doubts` are those of single cells.
    """

    file: str
    name: str
    variable: str
    unit: str | None
    cells: pd.Series
    read: dict[str, Reading]
    numbers: pd.DataFrame
    doubts: list[Doubt]


def read_column(
    file: str, cells: pd.Series, name: str, unit: str | None, codebook: dict, signs: set[str]
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
    """
    variable, codes = codebook["variables"][name], codebook["missing_codes"]
    answers = answers_for(file, str(cells.name), codebook)
    rows = Counter(cells)
    numeric = variable["type"] in ("integer", "number")
    decimal = decimal_sign([*rows], signs, variable, unit) if numeric else None
    read, numbers, doubts, either = {}, [], [], []
    for cell, n in rows.items():
        answer = answers.get(bare(cell)) or answers.get(ALL, "")
        meant = settle(cell, unit, decimal, answer)
        text = "" if answer == MISSING else cell
        try:
            value, rule = parse_cell(text, variable, meant[0], ["", *codes], meant[1])
            read[cell] = Reading(value, rule, "", answer)
        except ValueError as error:
            known = [*map(bare, codes)]
            word = (
                bare(cell) not in known and not CODE.fullmatch(bare(cell)) and looks_missing(cell)
            )
            expected = f"{error}; or is it a word for a missing value?" if word else str(error)
            read[cell] = Reading(None, "", expected, answer)
            either += [cell] if isinstance(error, AmbiguousError) else []
            if variable["type"] == "category" and CODE.fullmatch(bare(cell)):
                expected = f"{error}; or is it a code for a missing value?"
                doubts.append(Doubt([cell], expected, [MISSING]))
        if numeric and read[cell].rule != "missing code":
            numbers += measured(text, n, variable, *meant)
    if either:
        doubts.append(Doubt(either, read[either[0]].error, [THOUSANDS, DECIMALS], whole=True))
    numbers = pd.DataFrame(numbers, columns=NUMBERS).set_index("cell") if numeric else NO_NUMBERS
    if numeric and numbers["decimals"].all():  # a program's, not a person's
        numbers["decimals"] = numbers["broken"]
    return Column(file, str(cells.name), name, unit, cells, read, numbers, doubts)


def settle(
    cell: str, unit: str | None, decimal: str | None, answer: str
) -> tuple[str | None, str | None]:
    """Return the unit and the decimal sign by which a cell is read, given the answer about it."""
    if answer in (THOUSANDS, DECIMALS):
        sign = next(iter(re.findall("[.,]", plain_signs(cell))), "")
        return unit, sign if answer == DECIMALS else {",": ".", ".": ","}.get(sign)
    return unit if answer in ("", RIGHT, MISSING) else answer, decimal


def measured(
    cell: str, rows: int, variable: dict, unit: str | None, decimal: str | None
) -> list[tuple]:
    """Return a cell's line of `Column.numbers`, where it holds a number."""
    try:
        number, _, sign = measure(cell, variable, unit, decimal)
    except ValueError:
        return []
    readings, own_unit = read_numeral(cell)
    text = plain_signs(cell)
    return [
        (
            cell,
            number,
            rows,
            bool(own_unit),
            sign in text or "٫" in text,
            bool(readings[sign][0] % 1),
        )
    ]


def answers_for(file: str, column: str, codebook: dict) -> dict[str, str]:
    """Return what the codebook's answers say of a raw column: `bare` cell, or `ALL` -> meaning."""
    return {
        ALL if answer["values"] == ALL else bare(value): answer["means"]
        for answer in codebook["answers"]
        if (answer["file"], bare(answer["column"])) == (file, bare(column))
        for value in ([ALL] if answer["values"] == ALL else answer["values"])
    }
