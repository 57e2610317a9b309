"""Read tables as hospitals send them: every cell as text, nothing interpreted."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyreadstat

from crlm.problems import Note, Problem
from crlm.redcap import decode_export, fields_of, strangers
from crlm.workbook import read_workbook

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# Line breaks, tabs, and the breaks within a cell that some programs write (\x0b, \x0c), are text.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")

SUFFIXES = {"text": (".csv", ".tsv", ".txt"), "workbook": (".xlsx",), "spss": (".sav",)}
# What the first bytes say that a file is.
KINDS = {
    "text": "a text file",
    "workbook": "an Excel workbook",
    "spss": "an SPSS file",
    "old_workbook": "an Excel workbook of the old kind (.xls)",
    "protected": "an Excel workbook with a password",
    "open_document": "an OpenDocument spreadsheet (.ods)",
    "markup": "a web page (HTML or XML), whatever its name says",
    "archive": "an archive or a workbook of another kind",
}
ADVICE = {
    "protected": "a workbook without a password: in Excel, File > Info > Protect Workbook",
    **dict.fromkeys(
        ["old_workbook", "open_document", "markup", "archive"],
        "an .xlsx, .csv or .sav file: open it in Excel or LibreOffice and save it as .xlsx",
    ),
}
NO_PATIENT = "a header and at least one patient"


class Received(NamedTuple):
    """The raw tables of a cohort, and what its reader should know of how they were read."""

    tables: list[tuple[str, pd.DataFrame, list[Problem]]]
    notes: list[Note]


def read_raws(paths: Sequence[str], dictionaries: Sequence[str] = ()) -> Received:
    """Read the raw tables of a cohort.

    Parameters
    ----------
    paths
        Text (.csv, .tsv, .txt), Excel (.xlsx) and SPSS (.sav) files.
    dictionaries
        REDCap data dictionaries (.csv). One belongs to each raw table whose columns are all in it;
        the codes of that table become their labels.

    Returns
    -------
    tables
        For each raw file its name, its frame and its problems, as `read_raw` returns them; then
        each dictionary that has problems.
    notes
        How each file was read, what was hidden, decoded or left out.
    """
    raws = [(path, *read_raw(path)) for path in map(str, paths)]
    books: dict[str, tuple[str, dict]] = {}  # raw table -> its dictionary
    faulty = []
    for dictionary in map(str, dictionaries):
        columns, problems = read_dictionary(dictionary)
        unknown = {f: strangers(frame, columns) for f, frame, bad, _ in raws if not bad}
        own = [f for f, names in unknown.items() if not names]
        taken = [f for f in own if f in books]
        if not problems and taken:
            found = f"the columns of {taken[0]}, as in {books[taken[0]][0]}"
            problems = [Problem(dictionary, "", "", found, "one data dictionary for a raw table")]
        elif not problems and unknown and not own:
            nearest = min(unknown, key=lambda f: len(unknown[f]))
            found = f"in {nearest}, columns that are not in it: {', '.join(unknown[nearest])}"
            expected = "a data dictionary with all columns of a raw table"
            problems = [Problem(dictionary, "", "", found, expected)]
        if problems:
            faulty.append((dictionary, pd.DataFrame(), problems))
        else:
            books |= dict.fromkeys(own, (dictionary, columns))
    tables, notes = [], []
    for file, frame, problems, own_notes in raws:
        notes += own_notes
        if file in books:
            dictionary, columns = books[file]
            frame, problems, decoded = decode_export(file, frame, columns)
            notes += [Note(file, "", "", f"codes read by {dictionary}"), *decoded]
        tables.append((file, frame, problems))
    return Received(tables + faulty, notes)


def read_dictionary(path: str) -> tuple[dict, list[Problem]]:
    """Read a REDCap data dictionary; see `redcap.fields_of`."""
    frame, problems, _ = read_raw(path)
    return ({}, problems) if problems else fields_of(path, frame)


def read_raw(path: str) -> tuple[pd.DataFrame, list[Problem], list[Note]]:
    """Read a table as received.

    Returns
    -------
    frame
        Index: the row of the file as a spreadsheet counts it (the header is row 1; a cell may hold
        line breaks; the first case of an SPSS file is row 2); columns as in the file; cells text.
    problems
        What stops the file from being read (kind, encoding, quoting, delimiter, shape, formulas);
        where there is any, the frame is empty.
    notes
        How the file was read.
    """
    name, suffix = str(path), Path(path).suffix.lower()
    content = Path(path).read_bytes()
    if not content.strip():
        return pd.DataFrame(), [Problem(name, 1, "", "", NO_PATIENT)], []
    kind = kind_of(content)
    if suffix not in SUFFIXES.get(kind, ()):
        expected = ADVICE.get(kind) or f"a name that ends in {' or '.join(SUFFIXES[kind])}"
        return pd.DataFrame(), [Problem(name, "", "", KINDS[kind], expected)], []
    read = {"text": read_text, "workbook": read_workbook, "spss": read_spss}[kind]
    rows, problems, notes = read(name, content)
    if problems:
        return pd.DataFrame(), problems, notes
    frame, problems = shape(name, rows)
    return frame, problems, notes


def kind_of(content: bytes) -> str:
    """Return what a file is by its content, one of `KINDS`."""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = archive.namelist()
        except zipfile.BadZipFile:
            names = []
        office = "open_document" if "mimetype" in names else "archive"
        return "workbook" if "xl/workbook.xml" in names else office
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        return "protected" if encrypted else "old_workbook"
    if content.startswith((b"$FL2", b"$FL3")):
        return "spss"
    return "markup" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "text"


def shape(file: str, rows: list[tuple[int, list[str]]]) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table in `rows`: the first one that holds anything names the columns."""
    filled = [(i, cells) for i, cells in rows if any(cell.strip() for cell in cells)]
    if len(filled) < 2:
        return pd.DataFrame(), [Problem(file, 1, "", "", NO_PATIENT)]
    if len({len(cells) for _, cells in filled}) == 1:  # columns without name and cells are none
        width = max(i + 1 for _, cells in filled for i, c in enumerate(cells) if c.strip())
        filled = [(i, cells[:width]) for i, cells in filled]
    (first, header), *body = filled
    header = [cell.strip() for cell in header]
    if sum(map(bool, header)) == 1:
        expected = "more than one column; in a text file, separated by commas, semicolons or tabs"
        if all(sum(bool(cell.strip()) for cell in cells) > 1 for _, cells in body):
            expected = "the names of the columns in the first row; remove a title above them"
        return pd.DataFrame(), [Problem(file, first, "", "".join(header)[:60], expected)]
    problems = [
        Problem(file, first, column or "(no name)", column, "a name for each column, used once")
        for i, column in enumerate(header)
        if not column or column in header[:i]
    ]
    problems += [
        Problem(file, i, "", f"{len(cells)} cells", f"{len(header)} cells, as in the header")
        for i, cells in body
        if len(cells) != len(header)
    ]
    if problems:
        return pd.DataFrame(), problems
    return pd.DataFrame([c for _, c in body], index=[i for i, _ in body], columns=header), []


# --- Text -----------------------------------------------------------------------------------------


def read_text(file: str, content: bytes) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of a text file, the encoding and the delimiter found from its content."""
    try:
        text, encoding = decode(content)
    except UnicodeDecodeError as error:
        row = re.sub(rb"\r\n?", b"\n", content[: error.start]).count(b"\n") + 1
        found = repr(content[error.start : error.end])
        return [], [Problem(file, row, "", found, "text in UTF-8 or Windows-1252 encoding")], []
    problems = [
        Problem(file, row, "", repr(found[0]), "text without control characters")
        for row, line in enumerate(text.split("\n"), start=1)
        if (found := CONTROL.search(line))
    ]
    if problems:
        return [], problems, []
    delimiter = max(DELIMITERS, key=lambda d: rank(*split_cells(text, d)))
    rows, fault = split_cells(text, delimiter)
    if fault:
        expected = "quotation marks in pairs, at the two ends of a cell"
        return [], [Problem(file, len(rows) + 1, "", fault, expected)], []
    said = f"text in {encoding}, columns separated by {DELIMITERS[delimiter]}"
    return list(enumerate(rows, start=1)), [], [Note(file, "", "", said)]


def decode(content: bytes) -> tuple[str, str]:
    r"""Return the text with \n at the ends of its lines, and the encoding in words.

    Raises
    ------
    UnicodeDecodeError
        Where it is none of the encodings.
    """
    marked = next((e for mark, e in ENCODINGS.items() if content.startswith(mark)), "utf-8")
    try:
        text, said = content.decode(marked), "UTF-16" if marked == "utf-16" else "UTF-8"
    except UnicodeDecodeError:
        # Nothing in the file says that it is Windows-1252; its letters tell a person whether it is.
        text = content.decode("cp1252")
        letters = " ".join(sorted({c for c in text if ord(c) > 127}))
        said = f"Windows-1252 (it is not UTF-8), in which it holds the characters {letters}"
    return re.sub(r"\r\n?", "\n", text), said


def split_cells(text: str, delimiter: str) -> tuple[list[list[str]], str]:
    """Return the cells of each row, up to a fault of the quotation marks, and the fault."""
    rows = []
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True):
            rows.append(cells)
    except csv.Error as error:
        return rows, str(error)
    return rows, ""


def rank(rows: list[list[str]], fault: str) -> tuple[bool, int, int]:
    """Return how well a delimiter does: rows alike, columns of the header, of the widest row."""
    widths = [len(cells) for cells in rows if any(cell.strip() for cell in cells)] or [0]
    alike = not fault and len({*widths}) == 1 and widths[0] > 1
    return alike, widths[0], max(widths)


# --- SPSS -----------------------------------------------------------------------------------------


def read_spss(file: str, content: bytes) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of an SPSS file: labels for labelled values, nothing for missing ones."""
    try:
        frame, meta = pyreadstat.read_sav(io.BytesIO(content), user_missing=True)
    except (pyreadstat.ReadstatError, ValueError, UnicodeError) as error:
        expected = "an SPSS file that is whole: save it anew"
        return [], [Problem(file, "", "", str(error), expected)], []
    columns, notes = [], [Note(file, "", "", "SPSS")]
    for name in frame.columns:
        labels = meta.variable_value_labels.get(name, {})
        ranges = meta.missing_ranges.get(name, [])
        cells = []
        blanked = 0
        for value in frame[name].astype(object):
            declared = value is not None and any(r["lo"] <= value <= r["hi"] for r in ranges)
            blanked += declared
            cells.append("" if declared else labels.get(value, as_text(value)))
        columns.append(cells)
        if labels:
            notes.append(Note(file, 1, name, "labels of SPSS in place of the values"))
        if blanked:
            notes.append(Note(file, 1, name, f"declared missing in SPSS, read as empty: {blanked}"))
    rows = [list(frame.columns), *map(list, zip(*columns, strict=True))]
    return list(enumerate(rows, start=1)), [], notes


def as_text(value: object) -> str:
    """Return a value of an SPSS file as text: dates ISO, whole numbers without decimals."""
    if value is None or value != value:
        return ""
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    if isinstance(value, date | float):
        return f"{value:.15g}" if isinstance(value, float) else value.isoformat()
    return str(value)
