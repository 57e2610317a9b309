"""Read an SPSS file as people see it, every cell as text.

The formats of variables are described in IBM SPSS Statistics' command syntax reference ("Variable
Types and Formats"): dates are seconds since 14 October 1582, days of the week begin with Sunday.
"""

import calendar
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from crlm.base.masking import shown
from crlm.base.problems import Note, Problem, list_rows
from crlm.base.spelling import fold
from crlm.cohort.missing import NOTHING, says_missing
from crlm.plan.additions import columns_in
from crlm.received.beside import find_named
from crlm.received.limits import MOST_CELLS, TOO_MANY, damaged

FIRST_DAY = datetime(1582, 10, 14)
DATES = {"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "MOYR", "QYR", "WKYR"}
NAMES = {
    "MONTH": dict(enumerate(calendar.month_name)),
    "WKDAY": dict(enumerate([calendar.day_name[i - 1] for i in range(7)], start=1)),
}
FORMAT = re.compile(r"([A-Z]+)(\d*)")
UNDECLARED = "windows-1252"
CELLS_ALONE = (
    "an SPSS file that has nobody beside its cells: mend it in SPSS (Variable View, "
    "DROP DOCUMENTS, FILE LABEL), or save the table as .csv"
)


def read_spss(file: str, content: bytes) -> tuple[list, list[Problem], list[Note], dict[str, str]]:
    """Read the rows of an SPSS file: labels for labelled values, nothing for missing ones.

    Returns
    -------
    rows, problems, notes
        As those of the other readers in `received`.
    labels
        Variable -> its label, of those that have one.
    """
    notes = [Note(file, "", "", "SPSS")]

    whole = "an SPSS file that is whole: save it anew"
    try:
        try:
            frame, meta = parse(content, None)
        except Exception as error:
            if "requested encoding" not in str(error):
                raise
            frame, meta = parse(content, UNDECLARED)
            texts = [cell for name in frame for cell in frame[name] if isinstance(cell, str)]
            texts += [t for labels in meta.variable_value_labels.values() for t in labels.values()]
            letters = " ".join(sorted({c for text in texts for c in text if ord(c) > 127}))
            said = "text in Windows-1252 (not in the encoding that the file names), in which it "
            notes.append(Note(file, "", "", f"{said}holds the characters {letters}"))
    except Exception as error:
        return [], [damaged(file, error, whole)], [], {}
    given = meta.original_variable_types.items()
    types = {name: FORMAT.match(of) for name, of in given if isinstance(of, str)}
    if not (frame.columns.is_unique and all(map(types.get, frame.columns))):
        return [], [Problem(file, "", "", "a damaged file", whole)], [], {}
    if frame.size > MOST_CELLS:
        return [], [Problem(file, "", "", f"more than {MOST_CELLS} cells", TOO_MANY)], [], {}
    columns = []
    for name in frame.columns:
        labels = meta.variable_value_labels.get(name, {})
        labels = {value: text for value, text in labels.items() if text.strip()}
        ranges = meta.missing_ranges.get(name, [])
        kind, width = types[name].groups()
        held, missing = {}, 0
        for row, value in enumerate(frame[name].astype(object), start=2):
            if value is None or value != value or value == "":
                continue
            if any(r["lo"] <= value <= r["hi"] for r in ranges if type(r["lo"]) is type(value)):
                missing += 1
            else:
                held[row] = value
        bare = [row for row, value in held.items() if labels and value not in labels]
        # Among numbers a few may have a label, as "10 or more", and 0, called none, is one of them;
        # few values are rather codes of a category, of which only some have a label.
        none = fold(labels.get(0, "")) in NOTHING
        values = {held[row] for row in bare}
        counted = 2 * len(bare) > len(held) and len(values) > (2 if none else 6)
        if counted and none:
            del labels[0]
        cells = {
            row: labels.get(value) or spss_text(value, kind, width) for row, value in held.items()
        }
        coded = any(of in labels and not says_missing(labels[of]) for of in held.values())
        for row in bare if coded and not counted else ():
            # A codebook's own code, as 1 for yes, need not be this file's.
            cells[row] += " (no label)" * (not isinstance(held[row], str))
        columns.append([cells.get(row, "") for row in range(2, len(frame) + 2)])
        if labels:
            notes.append(Note(file, 1, name, "labels of SPSS in place of the values"))
        if bare and len(bare) < len(frame) / 2:
            said = "values without a label among labelled ones, read as they are: row "
            said += list_rows(bare)
            notes.append(Note(file, 1, name, said))
        if missing:
            said = f"declared missing in SPSS, read as empty: {missing}"
            notes.append(Note(file, 1, name, said))
    rows = [list(frame.columns), *map(list, zip(*columns, strict=True))]
    labels = {name: text.strip() for name, text in meta.column_names_to_labels.items() if text}
    cells = {cell for row in rows for cell in row}
    problems, told = find_named(file, texts_of_spss(meta), cells, CELLS_ALONE)
    return list(enumerate(rows, start=1)), problems, notes + told, labels


def texts_of_spss(meta: Any) -> Iterator[tuple[str, str]]:
    """Yield place and text of what an SPSS file says beside its cells."""
    yield "the label of the file", meta.file_label or ""
    yield from (("a note of the file", note) for note in meta.notes or ())
    for i, name in enumerate(meta.column_names, start=1):
        yield f"the label of variable {i}", meta.column_names_to_labels[name] or ""
        texts = meta.variable_value_labels.get(name, {}).values()
        yield from ((f"a value label of variable {i}", text) for text in texts)
    for of in meta.mr_sets.values():
        yield "the label of a set of variables", of["label"]


def name_by_labels(
    file: str,
    frame: pd.DataFrame,
    problems: list[Problem],
    notes: list[Note],
    codebook: dict | None,
) -> tuple[str, pd.DataFrame, list[Problem], list[Note]]:
    """Give columns that only their label makes known to the codebook that label as their name."""
    if not codebook or problems:
        return file, frame, problems, notes
    read = columns_in(codebook)
    named = {*read, *map(fold, codebook["ignored"] + codebook["dropped"])}
    labels = frame.attrs["labels"]
    there = [*map(fold, frame.columns), *map(fold, labels.values())]
    found = {
        column: label
        for column, label in labels.items()
        if fold(column) not in named and fold(label) in read and there.count(fold(label)) == 1
    }
    notes = notes + [
        Note(file, 1, label, f"{shown(column)} in the file, known by its label in SPSS")
        for column, label in found.items()
    ]
    return file, frame.rename(columns=found), problems, notes


def parse(content: bytes, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    """Return the columns of an SPSS file and what it says of them.

    Of more cells than are read, not all that a header of some bytes promises.
    """
    import pyreadstat  # takes a while, and is needed for these files alone

    # Without pandas, in half the time.
    how: dict[str, Any] = {"encoding": encoding, "output_format": "dict"}
    _, meta = pyreadstat.read_sav(io.BytesIO(content), metadataonly=True, **how)
    columns, meta = pyreadstat.read_sav(
        io.BytesIO(content),
        user_missing=True,
        disable_datetime_conversion=True,
        row_limit=MOST_CELLS // max(meta.number_columns, 1) + 1,
        **how,
    )
    return pd.DataFrame(columns), meta


def spss_text(value: float | str, kind: str, width: str) -> str:
    """Return a value as SPSS shows it: dates as ISO, other numbers with the digits stored."""
    if isinstance(value, str):
        return value
    if value in NAMES.get(kind, ()):
        return NAMES[kind][int(value)]
    if kind in DATES and abs(value) < 1e11:
        moment = FIRST_DAY + timedelta(seconds=value)
        midnight = moment.time() == datetime.min.time()
        return (moment.date() if midnight else moment.replace(microsecond=0)).isoformat()
    if kind in ("TIME", "DTIME", "MTIME") and 0 <= value < 1e11:
        minutes, seconds = divmod(round(value), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    digits = f"{value:.15g}"
    if kind == "N":  # ids with the zeros before them
        return digits.zfill(int(width or 0))
    return f"{digits}%" if kind == "PCT" else f"${digits}" if kind == "DOLLAR" else digits
