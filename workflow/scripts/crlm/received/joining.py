"""Join tables that have different columns of the same patients."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from crlm.base.masking import shown
from crlm.base.problems import NOT_SHOWN, Note, Problem, list_rows, place_of, with_places
from crlm.base.spelling import confusable, fold, id_of
from crlm.cohort.missing import codes_of_missing
from crlm.cohort.reading import columns_read, is_understood, parse_cell
from crlm.plan.additions import columns_in

LISTED = 10  # places named before the rest is left out


def join_tables(tables: list[tuple], codebook: dict) -> tuple[list[tuple], list[Note]]:
    """Join the tables that have different columns of the same patients, by the patients' ids.

    Tables are joined where each patient has one row in each, each has a column that the other has
    not, and at least half of the ids of the shorter one are in the other. All other tables stay as
    they are: they are of other patients.

    Parameters
    ----------
    tables
        For each raw file its name, frame and problems.
    codebook
        The cohort's codebook: two names of one variable are one column.

    Returns
    -------
    tables
        In place of each joined one a table of the patients whom no file before it has, with the
        columns of all; `attrs["place"]` of its frame tells where a cell was received. Then the
        files with cells that contradict another file's, with these problems.
    notes
        What was joined, and the patients whom only some of the files have.
    """
    known = columns_in(codebook)
    groups: list[list[tuple]] = []  # of file, frame, id -> row, key -> column
    alone: list[tuple] = []
    faults: dict[str, list] = {}
    whole: dict[str, pd.DataFrame] = {}  # of the tables with several rows of a patient
    for file, frame, problems in tables:
        named = [column for column in frame if known.get(fold(column)) == "patient_id"]
        rows = {id_of(cell): row for row, cell in frame[named[0]][::-1].items()} if named else {}
        rows = dict(reversed(rows.items()))
        faults[file] = problems
        if frame.columns.empty or not rows:
            alone.append((file, frame, problems))
            continue
        if len(rows) < len(frame):
            whole[file], frame = frame, frame.loc[[*rows.values()]]
        table = file, frame, rows, {known.get(fold(c), f"column {fold(c)}"): c for c in frame}
        for group in groups:
            if any(belong_together(table, other) for other in group):
                group.append(table)
                break
        else:
            written = (unlike_ids(table, other) for group in groups for other in group)
            if problem := next(filter(None, written), None):
                alone.append((file, pd.DataFrame(), [*problems, problem]))
            else:
                groups.append([table])
    found: dict[str, tuple] = {file: (file, frame, bad) for file, frame, bad in alone}
    conflicts, notes = [], []
    for group in groups:
        if len(group) == 1:
            file, frame, *_ = group[0]
            found[file] = (file, whole.get(file, frame), faults[file])
            continue
        joined, problems, told = join_group(group, codebook)
        for file, _, _, columns in group:
            problems += faults[file]
            if file in whole:  # the first row of each patient is joined, to check it all the same
                ids_there = whole[file][columns["patient_id"]].map(id_of)
                again = list_rows([*whole[file].index[ids_there.duplicated(keep=False)]])
                expected = "one row a patient, since the files are joined by the patients' ids"
                place = file, again, columns["patient_id"]
                problems.append(Problem(*place, "an id in several rows", expected))
        found |= {table[0]: table for table in joined}
        conflicts += [(p.file, pd.DataFrame(), [p]) for p in problems]
        notes += told if not whole.keys() & {file for file, *_ in group} else []
    return [found[file] for file, *_ in tables if file in found] + conflicts, notes


def belong_together(table: tuple, other: tuple) -> bool:
    """Return whether two tables have different columns of the same patients."""
    (_, _, rows, columns), (_, _, other_rows, other_columns) = table, other
    shared = len(rows.keys() & other_rows.keys())
    differ = columns.keys() - other_columns.keys() and other_columns.keys() - columns.keys()
    return bool(differ) and 2 * shared >= min(len(rows), len(other_rows))


def unlike_ids(table: tuple, other: tuple) -> Problem | None:
    """Return what is wrong with a table whose ids only look like those of another (`likeness`).

    That is where the tables would be joined if they were written alike.
    """
    (file, frame, rows, columns), (of, _, other_rows, other_columns) = table, other
    alike = {confusable(own): own for own in rows}
    others = {confusable(own): own for own in other_rows}
    if not belong_together((file, frame, alike, columns), (of, None, others, other_columns)):
        return None
    pairs = [(own, others[like]) for like, own in alike.items() if like in others]
    differ = [rows[own] for own, twin in pairs if own != twin]
    found = f"{len(differ)} ids written otherwise than in {of}"
    expected = f"the ids as {of} has them, by which tables of the same patients are joined"
    return Problem(file, list_rows(differ), columns["patient_id"], found, expected)


def join_group(group: list[tuple], codebook: dict) -> tuple[list[tuple], list[Problem], list[Note]]:
    """Join the tables of a group, each as file, frame, id -> row, key -> column."""
    names = {key: column for *_, columns in reversed(group) for key, column in columns.items()}
    names = {key: names[key] for *_, columns in group for key in columns}
    codes = codes_of_missing(codebook)
    units = {fold(column): unit for column, (_, unit) in columns_read(codebook)}
    cells: dict[str, dict[str, Any]] = {file: {} for file, *_ in group}
    places: dict[tuple, tuple] = {}
    unlike: dict[tuple, list[tuple]] = {}
    patients = list(dict.fromkeys(patient for _, _, rows, _ in group for patient in rows))
    own = {patient: [table for table in group if patient in table[2]] for patient in patients}
    unread = {f"column {fold(c)}" for c in codebook["dropped"] + codebook["ignored"]}
    for key, name in names.items():
        variable, compared = codebook["variables"].get(key), key not in unread | {"patient_id"}
        texts = {file: frame[of[key]].to_dict() for file, frame, _, of in group if key in of}
        for patient in patients:
            home, _, home_rows, _ = own[patient][0]
            held = [  # the cell, where it was received, and the unit of its column
                (
                    texts[file][rows[patient]],
                    place_of([(file, frame)], file, rows[patient], columns[key]),
                    units.get(fold(columns[key])),
                )
                for file, frame, rows, columns in own[patient]
                if key in columns
            ]
            at = home, home_rows[patient], name
            known = [h for h in held if fold(h[0]) not in codes]
            telling = known or [h for h in held if fold(h[0])]  # not known, before a blank
            text, place, unit = (telling or held or [("", at, None)])[0]
            for other in known[1:] if compared else ():
                if not say_the_same(known[0], other, variable):
                    files = place[0], place[2], other[1][0], other[1][2]
                    told = (tell_cell(*cell, variable) for cell in (known[0], other))
                    unlike.setdefault(files, []).append((place[1], other[1][1], *told))
            if known and unit != units.get(fold(name)) and text.strip()[-1:].isdigit():
                text = f"{text.strip()} {unit}"
            cells[home].setdefault(name, {})[at[1]] = text
            places[at] = place

    empty = {name: [] for name in names.values()}
    labels: dict[str, str] = {}
    for file, frame, _, columns in group:
        of_frame = frame.attrs.get("labels", {})
        for key, column in ((k, c) for k, c in columns.items() if c in of_frame):
            if labels.setdefault(names[key], of_frame[column]) == of_frame[column]:
                places.setdefault((group[0][0], 1, names[key]), (file, 1, column))
    joined = [
        (file, with_places(pd.DataFrame(of or empty, dtype=str), file, places), [])
        for file, of in cells.items()
    ]
    joined[0][1].attrs["labels"] = labels
    files = ", ".join(file for file, *_ in group)
    problems, notes = list(tell_contradictions(unlike)), []
    required = [n for n, variable in codebook["variables"].items() if variable["required"]]
    for file, _, rows, columns in group:
        absent = sum(patient not in rows for patient in patients)
        some = f"; {absent} of {len(patients)} patients are not in this file" if absent else ""
        lone = [row for patient, row in rows.items() if len(own[patient]) == 1]
        some += f"; in this file only: row {list_rows(lone)}" if lone else ""
        notes.append(Note(file, "", "", f"joined by patient: {files}{some}"))
        lacking = [names[n] for n in required if n in names and n not in columns]
        if lone and lacking:
            expected = f"these patients in another file too, which has {', '.join(lacking)}"
            column = columns["patient_id"]
            found = f"{len(lone)} id{'s' * (len(lone) > 1)} of this file only"
            problems.append(Problem(file, list_rows(lone), column, found, expected))
    return joined, problems, notes


def tell_contradictions(unlike: dict[tuple, list[tuple]]) -> Iterator[Problem]:
    """Yield a problem for each column whose cells contradict those of another file."""
    for (file, column, other, name), cells in unlike.items():
        rows = ", ".join(str(row) for _, row, *_ in cells[:LISTED])
        found = ", ".join(text for *_, text in cells[:LISTED])
        known = ", ".join(f"row {row} {text}" for row, _, text, _ in cells[:LISTED])
        more = f" and {len(cells) - LISTED} more" if len(cells) > LISTED else ""
        at = file if fold(column) == fold(name) else f"{file}, column {column}"
        expected = (
            f"one value a patient, as {at} has it: {known}{more}; or another id where it is "
            "another patient"
        )
        yield Problem(other, rows, name, found + more, expected)


def tell_cell(text: str, _: tuple, unit: str | None, variable: dict | None) -> str:
    """Return a cell for a message: itself where the codebook knows it and it identifies nobody."""
    told = variable and variable["type"] in ("category", "integer", "number")
    return shown(text, variable) if told and is_understood(variable, text, unit, []) else NOT_SHOWN


def say_the_same(one: tuple, other: tuple, variable: dict | None) -> bool:
    """Return whether two cells, each as text, place and unit, say the same of a patient."""
    if fold(one[0]) == fold(other[0]):
        return True
    try:
        values = [parse_cell(text, variable or {}, unit, [])[0] for text, _, unit in (one, other)]
    except (ValueError, KeyError):
        return False
    return values[0] == values[1]
