"""Ask what the cells of raw columns mean, and hold the answers against them."""

import re
from collections.abc import Iterator

import pandas as pd

from crlm.base.masking import shown_text
from crlm.base.problems import LISTED, Problem
from crlm.cohort.amendments import NO_PERSON
from crlm.cohort.identifiers import judge_reason, known_words
from crlm.cohort.misreadings import (
    FEWEST,
    MISSING,
    RIGHT,
    Doubt,
    doubt_codes,
    doubt_pairs,
    weighted,
)
from crlm.cohort.missing import says_missing
from crlm.cohort.numerals import bare, is_number, others_of, read_numeral, unit_of
from crlm.cohort.reading import ALL, DECIMALS, THOUSANDS, Column, may_mean
from crlm.cohort.units import ask, doubt_units
from crlm.plan.conditions import meets


def doubt_levels(columns: list[Column], variables: dict) -> None:
    """Doubt levels that their spelling does not tell for certain in these columns.

    One that is spelt as a word that stands for missing numbers of the same table (None), and one
    that several letters of a column mean, where it has no other: of H and M, M is no man.
    """
    words = {
        cell.strip(): column.name
        for column in columns
        if is_number(variables[column.variable])
        for cell, read in column.read.items()
        if says_missing(cell) and (read.error or read.answer == MISSING)
    }
    for column in columns:
        for cell, read in column.read.items() if words else ():
            if read.rule == "spelling" and cell.strip() in words:
                asked = f"an answer: {read.value}, or missing, as in column {words[cell.strip()]}?"
                column.doubts.append(Doubt([cell], asked, [MISSING, RIGHT]))
        minus = [cell for cell in column.read if bare(cell) == "-"]
        if minus and variables[column.variable]["type"] == "category" and "+" in column.read:
            asked = "yes and no in words: beside +, - may be a no, and is read as missing"
            column.doubts.append(Doubt(minus, asked, [MISSING]))
        levels = {r.value for r in column.read.values() if r.rule == "spelling" or r.error}
        letters = {
            bare(cell): cell for cell, read in column.read.items()
            if read.rule == "spelling" and re.fullmatch(r"[^\W\d_]", bare(cell))
        }  # fmt: skip
        if len(levels - {None}) == 1 and len(letters) > 1:
            asked = f"levels apart, or is each of these letters {levels.pop()}? (M is a man beside "
            asked += "F or W, and a woman beside H or V: write the words in the table)"
            column.doubts.append(Doubt([*letters.values()], asked, [RIGHT]))


def ask_of_columns(
    columns: list[Column],
    clean: pd.DataFrame | None,
    codebook: dict,
    followed: dict[str, pd.Series],
) -> Iterator[tuple[Column, Doubt]]:
    """Yield what has to be asked of the columns' cells and no answer of the codebook settles.

    Where that is nothing, columns are asked about beside others. `followed` has the clean numbers
    of the cohort that this one follows.
    """
    variables, clear = codebook["variables"], True
    for column in columns:
        variable, doubts = variables.get(column.variable), [*column.doubts]
        if variable and is_number(variable):
            codes = doubt_codes(column.numbers, variable)
            doubts += codes
            others = [
                weighted(c.numbers)
                for c in columns
                if c.variable == column.variable and c.file != column.file
            ]
            reference = pd.concat([*others, followed.get(column.variable, pd.Series(dtype=float))])
            numbers = column.numbers.drop(index=[cell for code in codes for cell in code.cells])
            units = doubt_units(numbers, variable, column.unit, reference)
            numbers = numbers.drop(index=[cell for unit in units for cell in unit.cells])
            doubts += [*units, *doubt_pairs(numbers, variable)]
        for doubt in doubts:
            cells = [cell for cell in doubt.cells if not column.read[cell].answer]
            if cells:
                clear = False
                yield column, doubt._replace(cells=cells)
    if clear and clean is not None:
        yield from doubt_combinations(columns, clean, codebook)


def doubt_combinations(
    columns: list[Column], clean: pd.DataFrame, codebook: dict
) -> Iterator[tuple[Column, Doubt]]:
    """Yield the columns of times and lengths by which half of a file meets a doubt, which few do.

    That is a number that seldom fits the patient's others, as a duration fits the cycles: with
    most patients, the unit of its column is another one, in which three quarters of them fit.
    """
    for doubt in codebook["doubts"]:
        name, *beside = doubt["columns"]
        known = clean[clean[doubt["columns"]].notna().all(axis=1)]
        same = [c for c in codebook["checks"] if {*c["columns"]} == {*doubt["columns"]}]
        misfits = [doubt["doubtful"], *(check["impossible"] for check in same)]
        for column in (column for column in columns if column.variable == name):
            rows, unit = known[known["file"] == column.file], unit_of(column.unit or "")
            told = any(column.read[cell].answer for cell in column.numbers.index)
            met = meets(rows, doubt["doubtful"])
            if told or len(rows) < FEWEST or met.mean() < 0.5:
                continue
            others = [
                other
                for other, factor in others_of(unit).items()
                if share_met(rows.assign(**{name: rows[name] * factor}), misfits) <= 0.25
            ]
            if others:
                found = f"{met.sum()} of {len(rows)} rows beside {', '.join(beside)}: "
                found += doubt["question"]
                variable = codebook["variables"][name]
                for whole in ask(column.numbers, found, variable, unit, *others, whole=True):
                    yield column, whole


def share_met(rows: pd.DataFrame, conditions: list[str]) -> float:
    """Return the share of rows that meet any of the conditions."""
    return pd.concat([meets(rows, each) for each in conditions], axis=1).any(axis=1).mean()


def tell_asked(asked: list[tuple[Column, Doubt]], problems: list[Problem]) -> list[Problem]:
    """Return the problems with what is asked, in place of what they say of the same cells."""
    told, places = [], set()
    for column, doubt in asked:
        rows = [*column.cells.index[column.cells.isin(doubt.cells)]]
        places |= {(column.file, row, column.name) for row in rows}
        named = ", ".join(dict.fromkeys(cell.strip() for cell in doubt.cells[:LISTED]))
        more = f"; {len(rows)} cells in all" if len(rows) > LISTED else ""
        told += [
            Problem(column.file, row, column.name, named, doubt.expected + more)
            for row in rows[:LISTED]
        ]
    return [problem for problem in problems if problem[:3] not in places] + told


def check_answers(columns: list[Column], codebook: dict) -> list[Problem]:
    """Return the codebook's answers that speak of nothing, or say what its cells can't mean."""
    problems: list[Problem] = []
    means_of: dict[tuple, str] = {}
    for answer in codebook["answers"]:
        file, name, means = answer["file"], answer["column"], answer["means"]

        def refuse(found: str, expected: str, file=file, name=name) -> None:
            expected += ": `answers` in the cohort's file"
            problems.append(Problem(shown_text(file), "", shown_text(name), found, expected))

        held = {
            bare(cell): column
            for column in columns
            for cell, places in column.sources.items()
            if any((at, bare(of)) == (file, bare(name)) for at, of in places)
        }
        values = [ALL] if answer["values"] == ALL else [*map(bare, answer["values"])]
        absent = [v for v in values if v != ALL and v not in held]
        if absent or not held:
            refuse(", ".join(absent) if held else "no such column", "what the raw file holds")
        if held:
            variable = next(iter(held.values())).variable
            known = may_mean(codebook["variables"][variable])
            readings = [read_numeral(cell)[0] for cell in (held if ALL in values else values)]
            two_ways = any(len({*reading.values()}) > 1 for reading in readings)
            if unit_of(means) not in map(unit_of, known):
                refuse(shown_text(means), f"one of {', '.join(known)}, for {variable}")
            elif means in (THOUSANDS, DECIMALS) and not two_ways:
                refuse(
                    ", ".join(values), "a cell that can be read in two ways, as 1.234 or 250,000"
                )
        if [v for v in values if means_of.setdefault((file, bare(name), v), means) != means]:
            refuse(", ".join(values), "one answer for each cell, not two that differ")
        if said := judge_reason(answer["reason"], known_words(codebook)):
            refuse(said, NO_PERSON)
    return problems
