"""Proof by mutation: change the paper's inputs one place at a time, and see what notices."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial

import pandas as pd
from wording import Trial, claims, literals, words

from crlm.base.problems import InputError
from crlm.cohort.amendments import amend
from crlm.cohort.reading import match_columns, parse_cell
from crlm.manuscript.markdown import SPAN, keys_of
from crlm.manuscript.verification import check_filled
from crlm.paper import Paper, Sources, build_paper

COLUMNS = ["kind", "id", "place", "mutant", "outcome", "by", "explanation"]
DIGITS = re.compile(r"\d+(?:\.\d+)?")
NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)")


# --- Every raw cell, changed to another valid value -----------------------------------------------


def other_values(
    cell: str, column: list[str], variable: dict, unit: str | None, missing_codes: list[str]
) -> list[str]:
    """Return other valid values for a raw cell.

    The next level; a step of the last decimal, or a year, up and down; another id; empty.
    An empty cell gets the first level, or the first value that its column has.
    """
    value = parse_cell(cell, variable, unit, missing_codes)[0]
    kind, levels = variable["type"], [*variable.get("levels", [])]
    if kind == "category":
        new = [levels[(levels.index(value) + 1) % len(levels) if value else 0]]
    elif value is None:
        known = [c for c in column if parse_cell(c, variable, unit, missing_codes)[0] is not None]
        new = known[:1]
    elif kind == "id":
        new = [re.sub(r"\d+$", "99999", cell)]
    elif kind == "year":
        new = [f"{value + 1:.0f}", f"{value - 1:.0f}"]
    else:
        digits = NUMBER.match(cell.strip())[1]
        number = Decimal(digits.replace(",", "."))
        step = Decimal(1).scaleb(number.as_tuple().exponent)
        new = [cell.replace(digits, str(n)) for n in (number + step, number - step)]
    valid = []
    for text in [*new, ""] if value is not None else new:
        try:
            parse_cell(text, variable, unit, missing_codes)
        except ValueError:
            continue
        valid.append(text)
    return valid


def cells(sources: Sources, paper: Paper) -> Iterator[Trial]:
    """Yield each raw cell, changed to each of its other valid values.

    A corrected cell has those of its correction; the cells of withdrawn patients are not read.
    """
    codes = sources.codebook["missing_codes"]
    amended, *_ = amend(sources.raw, sources.corrections, sources.withdrawn, sources.codebook)
    for table, (file, raw, _) in enumerate(amended):
        columns, _ = match_columns(raw, file, sources.codebook)
        for row in raw.index:
            for column, (name, unit) in columns.items():
                cell, variable = raw.at[row, column], sources.codebook["variables"][name]
                for new in other_values(cell, [*raw[column]], variable, unit, codes):
                    yield Trial(
                        "cell", f"{file}:{row}:{column}", f"{file}, row {row}, column {column}",
                        f"{cell or 'empty'} -> {new or 'empty'}",
                        partial(judge_cell, sources, paper, table, row, column, name, new),
                    )  # fmt: skip


def judge_cell(
    sources: Sources, paper: Paper, table: int, row: int, column: str, name: str, new: str
) -> tuple[str, str, str]:
    """Judge a changed cell: the build fails, or the paper or a figure changes."""
    raw = [*sources.raw]
    file, frame, problems = raw[table]
    frame = frame.copy()
    frame.at[row, column] = new
    raw[table] = (file, frame, problems)
    try:
        mutated = build_paper(sources._replace(raw=raw))
    except InputError as error:
        return "caught", str(error.problems[0]), ""
    if mutated.text != paper.text:
        printed = {*keys_of(paper.text)}
        moved = [k for k in moved_keys(paper, mutated, "display") if k in printed]
        first = f": {moved[0]} is {mutated.numbers[moved[0]]['display']}" if moved else ""
        return "changed", f"paper.qmd{first}", ""
    figures = [figure for figure, data in paper.drawn.items() if mutated.drawn[figure] != data]
    if figures:
        return "changed", f"figure {figures[0]}", ""
    return "survived", "", explain_cell(paper, mutated, name, sources.plan)


def moved_keys(paper: Paper, mutated: Paper, part: str) -> list[str]:
    """Return the keys whose `part` is another in `mutated`."""
    return [k for k, e in paper.numbers.items() if mutated.numbers[k][part] != e[part]]


def explain_cell(paper: Paper, mutated: Paper, name: str, plan: dict) -> str:
    """Say why a changed cell changes nothing that a reader sees."""
    moved = moved_keys(paper, mutated, "value")
    printed = {*keys_of(paper.text)}
    if shown := [key for key in moved if key in printed]:
        key, others = shown[0], f" (and {len(shown) - 1} more)" if len(shown) > 1 else ""
        before, after = (p.numbers[key] for p in (paper, mutated))
        return (
            f"rounding: {key} moves from {before['value']:.6g} to {after['value']:.6g} and prints "
            f"{after['display']} as before{others}"
        )
    moved = sorted({*moved, *moved_keys(paper, mutated, "display")})
    if moved:
        more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
        return f"moves only numbers that the paper does not print: {moved[0]}{more}"
    counted = moved_keys(paper, mutated, "patients")
    if counted:
        return f"the same counts of other pseudonyms, behind {len(counted)} numbers"
    readers = [v for v, variable in plan["variables"].items() if variable["source"] == name]
    if not readers:
        return "read by no variable of the plan; the responses and readings stay as they are"
    return f"the same level of {', '.join(readers)}; the response stays as it is"


# --- Every number of a printed table, changed in the filled manuscript ----------------------------


def table_cells(_: Sources, paper: Paper) -> Iterator[Trial]:
    """Yield each number in the tables of the filled manuscript, its last digit changed."""
    start, table = 0, 0
    for i, line in enumerate(paper.text.splitlines(keepends=True), start=1):
        table += line.startswith("|") and not paper.text[:start].endswith("|\n")
        spans = [*SPAN.finditer(line)]
        for number in DIGITS.finditer(line) if line.startswith("|") else ():
            (inside,) = [s for s in spans if s.start() < number.start() < s.end()] or [None]
            if inside and number.end() > inside.end(1):
                continue  # a digit of the key
            at = start + number.end() - 1
            digit = str((int(paper.text[at]) + 1) % 10)
            mutated = paper.text[:at] + digit + paper.text[at + 1 :]
            yield Trial(
                "table cell", inside[2] if inside else line.split("|")[1].strip(),
                f"paper.qmd, table {table}, line {i}", f"{number[0]} -> {number[0][:-1]}{digit}",
                partial(judge_filled, mutated, paper.numbers),
            )  # fmt: skip
        start += len(line)


def judge_filled(mutated: str, numbers: dict) -> tuple[str, str, str]:
    """Judge an edited manuscript: the check before rendering must refuse it."""
    problems = check_filled(mutated, numbers)
    if problems:
        return "caught", f"check_filled: {problems[0].value!r}, line {problems[0].row}", ""
    return "survived", "", ""


# --- All of them, and what came of it -------------------------------------------------------------


def run_trials(sources: Sources, filled: str, first: int, step: int) -> pd.DataFrame:
    """Judge every mutant `step` apart, from the `first`.

    Returns
    -------
    frame
        The columns `COLUMNS`, by the place among all mutants; `outcome` is `caught` (the build
        fails), `changed` (the paper does), `survived`, or empty (no mutant could be made).

    Raises
    ------
    InputError
        Where the stages, run here, do not make `filled`, the paper.qmd of the workflow.
    """
    paper = build_paper(sources)
    if paper.text != filled:
        raise InputError(["paper.qmd is not what the stages make of the raw data: build it anew"])
    trials = [
        t for make in (literals, claims, words, cells, table_cells) for t in make(sources, paper)
    ]
    rows = [(*trial[:4], *trial.judge()) for trial in trials[first::step]]
    return pd.DataFrame(rows, columns=COLUMNS, index=range(first, len(trials), step))
