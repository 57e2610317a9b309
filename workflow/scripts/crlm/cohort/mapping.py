"""The rows of the sheet in which a person says what raw columns and values mean."""

from collections.abc import Collection
from pathlib import PurePath
from typing import Any, NamedTuple

import pandas as pd

from crlm.base.masking import masked
from crlm.base.spelling import fold
from crlm.cohort.misreadings import MISSING
from crlm.cohort.missing import looks_missing
from crlm.cohort.numerals import UNIT_FACTORS, unit_of
from crlm.cohort.reading import columns_read, words_apart
from crlm.cohort.unknowns import KNOWN, Proposal, UnknownValue, may_be_shown, say_name
from crlm.plan.synonyms import is_inverted

# The sheets, with the headings of their columns; which of them name a row, which a person fills in.
SHEETS = {
    "Columns": ("Column", "File", "Holds", "Filled", "Missing", "Proposed variable",
                "Proposed unit", "Why", "Decision", "Unit"),
    "Values": ("Column", "Value", "Patients", "Proposed", "Why", "Decision"),
}  # fmt: skip
NAMED_BY = {"Columns": ("Column",), "Values": ("Column", "Value")}
TO_FILL = ("Decision", "Unit")
AS_PROPOSED, LEAVE_OUT = "as proposed", "leave out"
CORRECT, NEW = "to be corrected", "new:"
GUESSED, OPEN = "guess", "to decide"
TOLD = 6  # values of a column that are told
FEWEST = 8  # numbers, of which it is told where half of them are


class Row(NamedTuple):
    """A row of a sheet.

    `cells` are its texts and counts by heading, `lists` what may be chosen under one. `state` is
    `KNOWN`, `GUESSED` or `OPEN`; `of` is the raw column, or the cell, that it is about.
    """

    cells: dict[str, str | int]
    state: str
    lists: dict[str, tuple[str, ...]]
    of: Any


def make_row(sheet: str, state: str, lists: dict, of: Any, *cells: str | int) -> Row:
    """Return a row of a sheet, given its cells in the order of the headings."""
    return Row(dict(zip(SHEETS[sheet], cells, strict=True)), state, lists, of)


def units_of(variable: dict) -> list[str]:
    """Return the units that a column of a variable may be in, its own first; none of a category."""
    if variable["type"] == "interval":
        return ["from", "to"]
    own = variable.get("unit", "")
    alike = [found for found, to in UNIT_FACTORS if to == unit_of(own) != found]
    return [own, *alike] if own else []


def choice_of(name: str, codebook: dict) -> str:
    """Return a variable as the sheet names it, with its label."""
    return f"{name} — {codebook['variables'][name]['label']}"


def say_cell(cell: UnknownValue) -> str:
    """Return a value as the sheet shows it, or, where it might name somebody, its place."""
    known = cell.level or looks_missing(cell.text) or may_be_shown(cell)
    if known and cell.text.isprintable():
        return cell.text
    return f"{PurePath(cell.file).name}, row {cell.row} {masked(cell.text)}"


def say_contents(cells: pd.Series, variable: dict, shown: Collection[str]) -> str:
    """Return what the cells of a column hold, without what might tell who a patient is.

    Those are values that may be shown, the most frequent first; of many numbers, where half of them
    are. `shown` are folded values that may be shown in any case.
    """
    if variable.get("type") in ("id", "year", "interval"):
        return "(not shown)"
    counts = cells.map(lambda cell: " ".join(cell.split())).value_counts().sort_index()
    counts = counts.sort_values(ascending=False, kind="stable")
    seen = [UnknownValue("", 0, "", "", text, int(n), "", "") for text, n in counts.items()]
    told = [cell.text for cell in seen if fold(cell.text) in shown or may_be_shown(cell)]
    told = [text for text in told if text.isprintable()][:TOLD]
    more = len(counts) - len(told)
    numbers = pd.to_numeric(cells.str.replace(",", "."), errors="coerce").dropna()
    numbers = numbers.clip(upper=variable.get("cap"))
    if (more or "unit" in variable) and 2 * len(numbers) > len(cells):
        low, high = numbers.quantile(0.25), numbers.quantile(0.75)
        return (
            f"numbers, half of them {low:.3g} to {high:.3g}"
            if len(numbers) >= FEWEST
            else "numbers"
        )
    return ", ".join([*told, *([f"{more} more" if told else "(not shown)"] if more else [])])


def propose_column(
    column: str, proposal: Proposal, codebook: dict, synonyms: dict
) -> tuple[str, str | None, str, str] | None:
    """Return the variable that a column may be (or what else), the unit, why, and the row's state.

    Nothing is returned of a column of which nobody is asked.
    """
    known = {fold(name): of for name, of in columns_read(codebook)}
    if fold(column) in known:
        return *known[fold(column)], "known: by its name in the codebook", KNOWN
    if fold(column) in map(fold, codebook["ignored"] + codebook["dropped"]):
        return LEAVE_OUT, "", "known: by its name in the codebook", KNOWN
    if column in proposal.dropped:
        return LEAVE_OUT, "", f"{GUESSED}: it may tell who a patient is", GUESSED
    if column not in proposal.guesses:
        return None
    guess = proposal.guesses[column]
    if guess is None:
        turned = ": its name turns something round" if is_inverted(column, synonyms) else ""
        return "", "", OPEN + turned, OPEN
    unit = "?" if (guess.unit or "").startswith("<") else guess.unit  # <mm or cm>
    if guess.why:
        return guess.variable, unit, f"{GUESSED}: {guess.why}", GUESSED
    return guess.variable, unit, "certain: by its name", AS_PROPOSED


def rows_to_fill(
    tables: list[tuple], proposal: Proposal, codebook: dict, synonyms: dict
) -> dict[str, list[Row]]:
    """Return the rows of each sheet: one a column, and one a value that somebody has to decide.

    Parameters
    ----------
    tables
        The raw tables, with the columns that identify patients, of which only the names are told.
    proposal, codebook, synonyms
        As `unknowns.propose_unknown` returned and took them.
    """
    variables, spelt = codebook["variables"], words_apart(codebook)
    shown = {fold(cell.text) for cell in proposal.cells if say_cell(cell) == cell.text} | spelt
    codes = set(map(fold, codebook["missing_codes"]))
    choices = (LEAVE_OUT, *(choice_of(name, codebook) for name in variables))
    every_unit = tuple(dict.fromkeys(unit for v in variables.values() for unit in units_of(v)))
    named: dict[str, str] = {}  # raw column -> as it is shown
    rows: dict[str, list[Row]] = {sheet: [] for sheet in SHEETS}
    for column in dict.fromkeys(column for _, raw, _ in tables for column in raw.columns):
        proposed = propose_column(column, proposal, codebook, synonyms)
        if proposed is None:
            continue
        variable, unit, why, state = proposed
        own = {file: raw for file, raw, _ in tables if column in raw}
        cells = pd.concat([raw[column] for raw in own.values()])
        filled = cells[[fold(cell) not in codes for cell in cells]]
        said = column if state == KNOWN else say_name(column, synonyms)
        file, raw = next(iter(own.items()))
        if said != column or not said.isprintable():
            said = f"{PurePath(file).name}, column {[*raw].index(column) + 1} {masked(column)}"
        named[column] = " ".join(said.split())
        of = variables.get(variable, {})
        rows["Columns"].append(make_row(
            "Columns", KNOWN if state == AS_PROPOSED else state,
            {} if state == KNOWN else {
                "Decision": (AS_PROPOSED, *choices) if variable else choices,
                "Unit": tuple(units_of(of)) if of else every_unit,
            },
            column, named[column], ", ".join(PurePath(file).name for file in own),
            "(not shown)" if column in proposal.dropped else say_contents(filled, of, shown),
            len(filled), len(cells) - len(filled),
            choice_of(variable, codebook) if of else variable, unit or "", why,
            state if state in (KNOWN, AS_PROPOSED) else "", "",
        ))  # fmt: skip
    everything = [f"{level} ({n})" for n, v in variables.items() for level in v.get("levels", ())]
    for cell in proposal.cells:
        of = variables.get(cell.variable, {})
        new = cell.level not in (*of.get("levels", ()), MISSING, "")
        meant = f"{NEW} {cell.level}" if new else cell.level
        choices = (*of.get("levels", ()), *([meant] if new else ()), CORRECT)
        choices = choices if of.get("required") else (MISSING, *choices)
        choices = (*([AS_PROPOSED] if meant else ()), *choices, *(() if of else everything))
        state = KNOWN if cell.why == KNOWN else GUESSED if meant else OPEN
        rows["Values"].append(make_row(
            "Values", state, {"Decision": choices}, cell,
            named[cell.column], say_cell(cell), cell.rows, meant,
            state if not cell.why or state == KNOWN else f"{state}: {cell.why}",
            AS_PROPOSED if state == KNOWN else "",
        ))  # fmt: skip
    return rows
