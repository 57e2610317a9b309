"""Join tables that have different columns of the same patients."""

import pandas as pd

from crlm.cohort import parse_cell
from crlm.identifiers import concealed
from crlm.problems import Note, Problem
from crlm.spelling import fold

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
        In place of joined ones a table for each file that has patients whom no file before it has,
        with the columns of all; `attrs["place"]` of its frame tells where a cell was received. Then
        the files with cells that contradict another file's, with these problems.
    notes
        What was joined, and the patients whom only some of the files have.
    """
    ids = set(map(fold, codebook["variables"]["patient_id"]["columns"]))
    known = {
        fold(column): name for name, v in codebook["variables"].items() for column in v["columns"]
    }
    groups: list[list[tuple]] = []  # of file, frame, id -> row, key -> column
    alone: list[tuple] = []
    for file, frame, problems in tables:
        named = [column for column in frame if fold(column) in ids]
        rows = {fold(cell): row for row, cell in frame[named[0]].items()} if named else {}
        if problems or not rows or len(rows) < len(frame):
            alone.append((file, frame, problems))
            continue
        table = file, frame, rows, {known.get(fold(c), f"column {fold(c)}"): c for c in frame}
        for group in groups:
            if any(belong(table, other) for other in group):
                group.append(table)
                break
        else:
            groups.append([table])
    found: dict[str, tuple] = {file: (file, frame, bad) for file, frame, bad in alone}
    conflicts, notes = [], []
    for group in groups:
        if len(group) == 1:
            found[group[0][0]] = (*group[0][:2], [])
            continue
        joined, problems, told = join_group(group, codebook)
        found |= {table[0]: table for table in joined}
        conflicts += [(p.file, pd.DataFrame(), [p]) for p in problems]
        notes += told
    return [found[file] for file, *_ in tables if file in found] + conflicts, notes


def belong(table: tuple, other: tuple) -> bool:
    """Return whether two tables have different columns of the same patients."""
    (_, _, rows, columns), (_, _, other_rows, other_columns) = table, other
    shared = len(rows.keys() & other_rows.keys())
    differ = columns.keys() - other_columns.keys() and other_columns.keys() - columns.keys()
    return bool(differ) and 2 * shared >= min(len(rows), len(other_rows))


def join_group(group: list[tuple], codebook: dict) -> tuple[list[tuple], list[Problem], list[Note]]:
    """Join the tables of a group, each as file, frame, id -> row, key -> column."""
    names = {key: column for *_, columns in reversed(group) for key, column in columns.items()}
    names = {key: names[key] for *_, columns in group for key in columns}
    patients = {patient: None for _, _, rows, _ in group for patient in rows}
    cells: dict[str, dict[str, dict[int, str]]] = {file: {} for file, *_ in group}
    places: dict[tuple, tuple] = {}
    unlike: dict[tuple, list[tuple]] = {}
    for patient in patients:
        own = [table for table in group if patient in table[2]]
        at = own[0][0], own[0][2][patient]
        for key, name in names.items():
            held = [
                (frame.at[rows[patient], columns[key]], (file, rows[patient], columns[key]))
                for file, frame, rows, columns in own
                if key in columns
            ]
            known = [h for h in held if not is_missing(h[0], codebook)] or held
            text, place = known[0] if known else ("", (*at, name))
            for other, where in known[1:]:
                if key != "patient_id" and not alike((text, place), (other, where), key, codebook):
                    first = (place[0], place[2], where[0], where[2])
                    unlike.setdefault(first, []).append((place[1], text, where[1], other))
            cells[at[0]].setdefault(name, {})[at[1]] = with_unit(text, place[2], name, codebook)
            places[(*at, name)] = place

    def placed(file: str, frame: pd.DataFrame) -> tuple:
        frame.attrs["place"] = lambda row, column: places.get(
            (file, row, column), (file, row, column)
        )
        return file, frame, []

    joined = [placed(file, pd.DataFrame(of)) for file, of in cells.items() if of]
    files = ", ".join(file for file, *_ in group)
    notes = []
    for file, _, rows, _ in group:
        absent = sum(patient not in rows for patient in patients)
        some = f"; {absent} of {len(patients)} patients are not in this file" if absent else ""
        lone = [row for p, row in rows.items() if sum(p in other for _, _, other, _ in group) == 1]
        lone_rows = ", ".join(map(str, lone[:LISTED])) + (", …" if len(lone) > LISTED else "")
        some += f"; in this file only: row {lone_rows}" if lone else ""
        notes.append(Note(file, "", "", f"joined by patient: {files}{some}"))
    return joined, list(tell(unlike)), notes


def tell(unlike: dict[tuple, list[tuple]]):
    """Yield a problem for each column whose cells contradict those of another file."""
    for (file, column, other, name), cells in unlike.items():
        shown = ", ".join(repr(concealed(text)) for *_, text in cells[:LISTED])
        rows = ", ".join(str(row) for _, _, row, _ in cells[:LISTED])
        known = ", ".join(f"row {row} {concealed(text)!r}" for row, text, *_ in cells[:LISTED])
        more = f" and {len(cells) - LISTED} more" if len(cells) > LISTED else ""
        expected = (
            f"one value a patient, as {file}, column {column} has it: {known}{more}; or another id "
            "where it is another patient"
        )
        yield Problem(other, rows, name, shown + more, expected)


def is_missing(text: str, codebook: dict) -> bool:
    """Return whether a cell holds nothing or a code for it."""
    return fold(text) in {fold(code) for code in (*codebook["missing_codes"], "")}


def alike(one: tuple, other: tuple, key: str, codebook: dict) -> bool:
    """Return whether two cells, each a text and its place, say the same of a patient."""
    if fold(one[0]) == fold(other[0]):
        return True
    variable = codebook["variables"].get(key)
    if not variable:
        return False
    units = {fold(column): unit for column, unit in variable["columns"].items()}
    try:
        values = [
            parse_cell(text, variable, units[fold(place[2])], codebook["missing_codes"])[0]
            for text, place in (one, other)
        ]
    except (ValueError, KeyError):
        return False
    return values[0] == values[1]


def with_unit(text: str, column: str, name: str, codebook: dict) -> str:
    """Return a cell with the unit of its column, where the column that it comes to has another."""
    units = {
        fold(c): unit for v in codebook["variables"].values() for c, unit in v["columns"].items()
    }
    unit = units.get(fold(column))
    apart = unit and unit != units.get(fold(name)) and text.strip()[-1:].isdigit()
    return f"{text.strip()} {unit}" if apart else text
