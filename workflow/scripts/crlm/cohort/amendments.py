"""What changes raw tables after they were received: corrected cells and withdrawn patients."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from crlm.base.masking import shown, without_strangers
from crlm.base.problems import Problem
from crlm.base.spelling import confusable, fold, id_of, plain
from crlm.cohort.duplicates import id_column
from crlm.cohort.identifiers import judge_reason, known_words, say_column, say_id
from crlm.cohort.missing import codes_of_missing
from crlm.plan.synonyms import name_of

CORRECTION = ["patient_id", "column", "old", "new", "reason"]
WITHDRAWAL = ["patient_id", "reason"]
NO_PERSON = "a reason in words that tell of nobody: no name, date, number or address"


class Correction(NamedTuple):
    """A raw cell that was replaced: what was received, why it was wrong, where that is written.

    `reason` has an ellipsis for each word that may name somebody.
    """

    received: str
    reason: str
    file: str
    row: int


def read_lines(
    amending: Sequence[tuple],
    names: list[str],
    tables: list[tuple],
    gone: list[str],
    codebook: dict,
) -> tuple[list[tuple], list[Problem]]:
    """Read the lines of amending tables, each of which names a patient of the raw tables.

    Parameters
    ----------
    amending, tables
        The amending and the raw tables, as `tables.read_raws` returns them.
    names
        The columns that the amending tables must have, and no others.
    gone
        The ids of patients who are no longer in the raw tables.
    codebook
        The cohort's codebook.

    Returns
    -------
    lines
        File, row, the patient's id and its cell, the places `(table, row)` of the patient in the
        raw tables, and the other cells: trimmed, in the order of `names`.
    problems
        What stops the tables being read; reasons that tell who somebody is; unknown patients.
    """
    variable, words = codebook["variables"]["patient_id"], known_words(codebook)
    places: dict[str, list[tuple]] = {}
    for i, (_, raw, _) in enumerate(tables if amending else ()):
        if column := id_column(raw, variable):
            for row, cell in raw[column].items():
                places.setdefault(id_of(cell), []).append((i, row))
    own = {name_of(name): name for name in names}
    lines, problems = [], []
    for file, table, unreadable in amending:
        problems += unreadable
        if unreadable:
            continue
        table = table.rename(columns=lambda column: own.get(name_of(column), column))
        if sorted(table.columns) != sorted(names):
            found = ",".join(say_column(table, column, codebook) for column in table)
            expected = "the columns " + ",".join(names)
            problems.append(Problem(file, 1, "", found, expected))
            continue
        for row, cells in table[names].iterrows():
            cell, *others = (cell.strip() for cell in cells)
            patient = id_of(cell)
            if said := judge_reason(others[-1], words):
                problems.append(Problem(file, row, "reason", said, NO_PERSON))
            if patient in places:
                lines.append((file, row, patient, cell, places[patient], others))
                continue
            alike = [known for known in places if confusable(known) == confusable(patient)]
            hint = "".join(f" ({say_id(known, variable)} is one)" for known in alike[:1])
            expected = "the id of a patient in the raw files" + hint
            expected = "a patient who has not withdrawn" if patient in gone else expected
            problems.append(Problem(file, row, "patient_id", say_id(cell, variable), expected))
    return lines, problems


def withdraw(
    tables: list[tuple], withdrawn: Sequence[tuple], codebook: dict
) -> tuple[list[tuple], list[str], list[Problem]]:
    """Take the rows of withdrawn patients out of raw tables.

    Parameters
    ----------
    tables, withdrawn
        The raw tables, and those of the withdrawals (`WITHDRAWAL`), as `tables.read_raws` returns
        them. A reason may be empty: nobody owes one.
    codebook
        The cohort's codebook.

    Returns
    -------
    tables
        Without the rows; those given are left as they are.
    patients
        The ids of those who were taken out.
    problems
        Lines that name nobody in the raw tables, or somebody twice; reasons that tell who it is.
    """
    lines, problems = read_lines(withdrawn, WITHDRAWAL, tables, [], codebook)
    out: dict[str, list[tuple]] = {}
    for file, row, patient, cell, places, _ in lines:
        if patient in out:
            who = say_id(cell, codebook["variables"]["patient_id"])
            problems.append(Problem(file, row, "patient_id", who, "each patient once"))
        out[patient] = places
    gone = {place for places in out.values() for place in places}
    kept = [
        (file, raw.drop(index=[row for of, row in gone if of == i]), unreadable)
        for i, (file, raw, unreadable) in enumerate(tables)
    ]
    return kept, [*out], problems


def correct(
    tables: list[tuple], corrections: Sequence[tuple], withdrawn: list[str], codebook: dict
) -> tuple[list[tuple], dict[tuple, Correction], list[Problem]]:
    """Replace raw cells by their corrections.

    Parameters
    ----------
    tables, corrections
        The raw tables, and those of the corrections (`CORRECTION`), as `tables.read_raws` returns
        them. A correction names a patient and a column of the patient's raw file.
    withdrawn
        The ids of patients who are no longer in `tables`.
    codebook
        The cohort's codebook; a correction of a column that it leaves out would do nothing.

    Returns
    -------
    tables
        With the new cells; those given are left as they are.
    corrected
        `(file, row, column)` -> `Correction`.
    problems
        Lines that do not fit: an unknown patient or column, a patient who withdrew, another value
        in the raw file than `old`, the same cell twice, no change, no reason, or one that tells who
        it is.
    """
    lines, problems = read_lines(corrections, CORRECTION, tables, withdrawn, codebook)
    variable, words = codebook["variables"]["patient_id"], known_words(codebook)
    unread = set(map(fold, codebook["ignored"] + codebook["dropped"]))
    missing = codes_of_missing(codebook)  # of joined tables either may do
    corrected: dict[tuple, Correction] = {}
    tables = [(file, raw.copy(), unreadable) for file, raw, unreadable in tables]
    for file, row, _, patient, places, (column, old, new, reason) in lines:

        def refuse(where: str, found: str, expected: str, file=file, row=row) -> None:
            said = say_id(found, variable) if where == "patient_id" else shown(found, None, words)
            problems.append(Problem(file, row, where, said, expected))

        if len(places) > 1:
            refuse("patient_id", patient, "a patient with one row in the raw files")
            continue
        ((i, raw_row),) = places
        raw_file, raw, _ = tables[i]
        names = {fold(c): c for c in raw.columns if fold(c) not in unread}
        if fold(column) not in names:
            known = ", ".join(say_column(raw, c, codebook) for c in names.values())
            refuse("column", column, f"a column of {raw_file}: {known}")
            continue
        place = (raw_file, raw_row, names[fold(column)])
        if place in corrected:
            first = corrected[place]
            refuse("column", column, f"each cell once; {first.file}, row {first.row} has it too")
            continue
        received = raw.at[raw_row, place[2]]
        if plain(received) != plain(old) and not {fold(received), fold(old)} <= missing:
            said = say_column(raw, place[2], codebook)
            refuse("old", old, f"what {raw_file}, row {raw_row}, column {said} holds: "
                   f"{str(shown(received.strip(), None, words))!r}")  # fmt: skip
        elif new == old:
            refuse("new", new, "another value than the old one")
        elif not reason:
            refuse("reason", reason, "why the cell was corrected")
        else:
            raw.at[raw_row, place[2]] = new
            said = without_strangers(reason, words)
            said += f" (in full: {file}, row {row})" * (said != reason)
            corrected[place] = Correction(received, said, file, row)
    return tables, corrected, problems


def amend(
    tables: list[tuple], corrections: Sequence[tuple], withdrawn: Sequence[tuple], codebook: dict
) -> tuple[list[tuple], list[str], dict[tuple, Correction], list[Problem]]:
    """Take withdrawn patients out of raw tables, and replace the corrected cells of the others.

    Returns
    -------
    tables, withdrawn, corrected, problems
        As `withdraw` and `correct` return them.
    """
    tables, gone, problems = withdraw(tables, withdrawn, codebook)
    tables, corrected, others = correct(tables, corrections, gone, codebook)
    return tables, gone, corrected, problems + others


def mark_corrected(
    cells: pd.DataFrame, corrected: dict[tuple, Correction]
) -> tuple[pd.DataFrame, pd.Series]:
    """Show corrected cells as they were received, under the rule `correction: <reason>`.

    Parameters
    ----------
    cells
        Columns `file`, `row`, `column`, `raw`, `rule` and others, one row a cell.
    corrected
        What `correct` returned.

    Returns
    -------
    cells
        The same, with `raw` as received.
    marked
        For each cell whether it was corrected.
    """
    if not corrected:
        return cells, pd.Series(False, index=cells.index)
    keys = list(zip(cells["file"], cells["row"], cells["column"], strict=True))
    found = [corrected.get(key) for key in keys]
    marked = pd.Series([c is not None for c in found], index=cells.index, dtype=bool)
    raw = [c.received if c else cell for c, cell in zip(found, cells["raw"], strict=True)]
    rule = [
        f"correction: {c.reason}" if c else rule
        for c, rule in zip(found, cells["rule"], strict=True)
    ]
    return cells.assign(raw=raw, rule=rule), marked
