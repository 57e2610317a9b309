"""Read tables as hospitals send them: every cell as text, nothing interpreted."""

import io
import re
import zipfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from openpyxl.utils import get_column_letter

from crlm.base.masking import identifier, looks_like_a_person, shown
from crlm.base.problems import Note, Problem, list_rows
from crlm.base.spelling import fold
from crlm.cohort.identifiers import HEADINGS, say_column
from crlm.plan.additions import columns_in
from crlm.received.joining import join_tables
from crlm.received.limits import (
    ALONE,
    MANY,
    MOST,
    MOST_BYTES,
    TOO_COSTLY,
    TOO_LARGE,
    TOO_LONG,
    oversized,
    within_limits,
)
from crlm.received.redcap import (
    DICTIONARY,
    RAW_DATA,
    decode_export,
    fields_of,
    looks_exported,
    undeclared_columns,
)
from crlm.received.spss import name_by_labels, read_spss
from crlm.received.text import read_text
from crlm.received.workbook import UNMERGE, find_header, read_workbook

# How programs mark a cell as text: '43 and ="43".
MARKS = tuple("'’‘`´=")
MARKED = re.compile(r"""^\s*(?:['’‘`´](?=\S)([^'’‘`´]*)|="([^"]*)")\s*$""")

SUFFIXES = {"text": (".csv", ".tsv", ".txt"), "workbook": (".xlsx",), "spss": (".sav", ".zsav")}
# What the first bytes say that a file is.
KINDS = {
    "text": "a text file",
    "workbook": "an Excel workbook",
    "spss": "an SPSS file",
    "old_workbook": "an Excel workbook of the old kind (.xls)",
    "protected": "an Excel workbook with a password",
    "open_document": "an OpenDocument spreadsheet (.ods)",
    "pdf": "a PDF",
    "markup": "a web page (HTML or XML), whatever its name says",
    "archive": "an archive or a workbook of another kind",
    "damaged": "a damaged archive or workbook",
}
ADVICE = {
    "damaged": "the file anew from where it came: not all of it has arrived",
    "protected": "a workbook without a password: in Excel, File > Info > Protect Workbook",
    **dict.fromkeys(
        ["old_workbook", "open_document", "pdf", "markup", "archive"],
        "an .xlsx, .csv or .sav file: open it in Excel or LibreOffice and save it as .xlsx",
    ),
}
NO_PATIENT = "a header and at least one patient"
CLOSED = "the table itself, whose name has no ~$; close it in Excel first"
COLUMNS = "more than one column; in a text file, separated by commas, semicolons or tabs"
NAMES = "a name for each column, used once"
TITLE = "the names of the columns in the first row; remove a title above them"
NOTHING = {"variables": {}, "ignored": [], "dropped": []}
AGAIN = "one table a file: where exports were joined, name each file under `raw`"


class Received(NamedTuple):
    """The raw tables of a cohort, and what its reader should know of how they were read."""

    tables: list[tuple[str, pd.DataFrame, list[Problem]]]
    notes: list[Note]


def read_raws(
    paths: Sequence[str], dictionaries: Sequence[str] = (), codebook: dict | None = None
) -> Received:
    """Read the raw tables of a cohort.

    Parameters
    ----------
    paths
        Text (.csv, .tsv, .txt), Excel (.xlsx) and SPSS (.sav) files.
    dictionaries
        REDCap data dictionaries (.csv). One belongs to each raw table whose columns are all in it;
        the codes of that table become their labels.
    codebook
        The cohort's codebook. A column of an SPSS file whose name it does not know is known by its
        label there; tables of the same patients are joined by their ids.

    Returns
    -------
    tables
        For each raw file its name, its frame and its problems, as `read_raw` returns them; then
        each dictionary that has problems.
    notes
        How each file was read, what was hidden, decoded or left out.
    """
    known = columns_in(codebook)
    raws = [name_by_labels(path, *read_raw(path, known), codebook) for path in map(str, paths)]
    books: dict[str, tuple] = {}  # raw table -> its dictionary
    faulty, unmatched = [], False
    for dictionary in map(str, dictionaries):
        columns, problems = read_dictionary(dictionary, known)
        read = [] if problems else [(f, frame) for f, frame, *_ in raws if len(frame.columns)]
        unknown = {f: undeclared_columns(frame, columns) for f, frame in read}
        own = [f for f, names in unknown.items() if not names]
        unmatched = unmatched or not own
        if taken := [f for f in own if f in books]:
            found = f"the columns of {taken[0]}, as in {books[taken[0]][0]}"
            problems = [Problem(dictionary, "", "", found, "one data dictionary for a raw table")]
        elif unknown and not own:
            nearest = min(unknown, key=lambda f: len(unknown[f]))
            columns = [*dict(read)[nearest]]
            told = (say_column(columns, name, codebook or NOTHING) for name in unknown[nearest])
            found = f"in {nearest}, columns that are not in it: {', '.join(told)}"
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
            frame, faults, decoded = decode_export(file, frame, columns, codebook)
            problems = [*problems, *faults]
            notes += [Note(file, "", "", f"codes read by {dictionary}"), *decoded]
        elif not unmatched and (told := looks_exported(frame)):
            found = f"a REDCap export ({', '.join(told[:4])})"
            frame, problems = pd.DataFrame(), [*problems, Problem(file, 1, "", found, DICTIONARY)]
        tables.append((file, frame, problems))
    tables, joined = join_tables(tables, codebook) if codebook else (tables, [])
    heads = {file: [*frame] for file, frame, *_ in raws}

    def concealed(found: Any) -> Any:
        words = found.column.replace("_", " ")  # a field of a dictionary has a name for everybody
        if found.file in books and not (identifier(words) or looks_like_a_person(words, HEADINGS)):
            return found
        head = heads.get(found.file, [])
        return found._replace(column=say_column(head, found.column, codebook or NOTHING))

    tables = [(file, frame, [*map(concealed, bad)]) for file, frame, bad in tables]
    return Received(tables + faulty, [*map(concealed, notes + joined)])


def read_dictionary(path: str, read: Collection[str] = ()) -> tuple[dict, list[Problem]]:
    """Read a REDCap data dictionary; see `redcap.fields_of`."""
    frame, problems, _ = read_raw(path)
    return ({}, problems) if problems else fields_of(path, frame, read)


def read_raw(
    path: str, known: Collection[str] = ()
) -> tuple[pd.DataFrame, list[Problem], list[Note]]:
    """Read a table as received.

    Parameters
    ----------
    path
        The file.
    known
        The names of columns, folded, that messages may show.

    Returns
    -------
    frame
        Index: the row of the file as a spreadsheet counts it (the header is row 1; a cell may hold
        line breaks; the first case of an SPSS file is row 2); columns as in the file; cells text.
        `attrs["labels"]` has the labels of an SPSS file's variables.
    problems
        What is wrong with the file (kind, encoding, quoting, delimiter, shape, formulas). The frame
        is empty where that stops it from being read; else it has the rows that can be read.
    notes
        How the file was read.
    """
    name, suffix = str(path), Path(path).suffix.lower()
    if (size := Path(path).stat().st_size) > MOST_BYTES:
        return pd.DataFrame(), [Problem(name, "", "", f"{size / 1e6:.0f} MB", TOO_LARGE)], []
    if Path(path).name.startswith("~$"):
        return pd.DataFrame(), [Problem(name, "", "", "the mark of an open table", CLOSED)], []
    content = Path(path).read_bytes()
    if not content.strip():
        return pd.DataFrame(), [Problem(name, 1, "", "", NO_PATIENT)], []
    if (n := max(content.count(b"\n"), content.count(b"\r"))) > MOST and suffix in SUFFIXES["text"]:
        return pd.DataFrame(), [Problem(name, "", "", f"{n} lines", TOO_LONG)], []
    kind = kind_of(content)
    if suffix not in SUFFIXES.get(kind, ()):
        expected = ADVICE.get(kind) or f"a name that ends in {' or '.join(SUFFIXES[kind])}"
        return pd.DataFrame(), [Problem(name, "", "", KINDS[kind], expected)], []
    readers = {"text": read_text, "workbook": read_workbook, "spss": read_spss}
    read: Callable[..., tuple] = readers[kind]
    try:
        found = read(name, content) if kind == "text" else within_limits(read, name, content)
    except MemoryError:
        said = f"{KINDS[kind]}: {TOO_COSTLY}"
        return pd.DataFrame(), [Problem(name, "", "", said, ALONE)], []
    rows, problems, notes, *labels = found
    frame, others = table_in(name, rows, known) if rows or not problems else (pd.DataFrame(), [])
    problems = [*problems, *others]
    if any(problem.expected == UNMERGE for problem in problems):
        frame = pd.DataFrame()  # of whom a merged cell tells is not known
    for column in frame if kind == "text" else ():
        cells = (cell for cell in frame[column].unique() if cell.lstrip()[:1] in MARKS)
        found = {cell: sign for cell in cells if (sign := MARKED.search(cell))}
        if found:
            marked = frame[column].map(found).dropna()
            frame.loc[marked.index, column] = marked.map(lambda found: found[found.lastindex])
            said = "read without the sign by which a program marks text: row "
            said += list_rows([*marked.index])
            notes = [*notes, Note(name, 1, column, said)]
    frame.attrs["labels"] = labels[0] if labels else {}
    return frame, problems, notes


def kind_of(content: bytes) -> str:
    """Return what a file is by its content, one of `KINDS`."""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            return "damaged"
        office = "open_document" if "mimetype" in names else "archive"
        return "workbook" if "xl/workbook.xml" in names else office
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        return "protected" if encrypted else "old_workbook"
    if content.startswith(b"%PDF"):
        return "pdf"
    if content.startswith((b"$FL2", b"$FL3")):
        return "spss"
    return "markup" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "text"


def table_in(
    file: str, rows: list[tuple[int, list[str]]], known: Collection[str] = ()
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table in `rows`, whose header names the columns, and what is wrong with it.

    Columns without name and cells are none, wherever they stand. Titles above the header, and up to
    half of the rows below, may be wrong: the others are the table all the same.
    """
    filled = [(i, cells) for i, cells in rows if any(cell.strip() for cell in cells)]
    used: Sequence[int] = range(max(len(cells) for _, cells in filled))
    if len({len(cells) for _, cells in filled}) == 1:
        used = [i for i in used if any(cells[i].strip() for _, cells in filled)]
        filled = [(row, [cells[i] for i in used]) for row, cells in filled]
    if problems := oversized(file, filled):
        return pd.DataFrame(), problems
    if len(filled) < 2:
        return pd.DataFrame(), [Problem(file, 1, "", "", NO_PATIENT)]
    head = find_header(filled, known)
    titles, (first, header), body = filled[:head], filled[head], filled[head + 1 :]
    header = [cell.strip() for cell in header]
    # Not shown: what stands there may be anything.
    problems = [
        Problem(file, i, "", f"{n} cell{'s' * (n > 1)} with text", TITLE)
        for i, cells in titles
        for n in [sum(bool(cell.strip()) for cell in cells)]
    ]
    if sum(map(bool, header)) == 1:
        return pd.DataFrame(), [*problems, Problem(file, first, "", "one column", COLUMNS)]
    if not body:
        return pd.DataFrame(), [*problems, Problem(file, first, "", "", NO_PATIENT)]
    first_at = {column: i for i, column in reversed([*enumerate(header)])}
    unnamed = [i for i, column in enumerate(header) if not column]
    cells_below = (
        f"; without one, row {row} has a cell in column {get_column_letter(used[i] + 1)}"
        for i in unnamed
        for row, cells in body
        if cells[i : i + 1] and cells[i].strip()
    )
    beside = next(cells_below, "")
    problems += [
        Problem(file, first, said or "(no name)", said, NAMES + (beside if not column else ""))
        for i, column in enumerate(header)
        if not column or first_at[column] < i
        for said in [column if fold(column) in known else shown(column) if column else ""]
    ]  # fmt: skip
    names = {fold(column) for column in header if column}
    if any(name == "complete?" or "(choice=" in name for name in names):
        problems = [*problems, Problem(file, first, "", "a REDCap export of labels", RAW_DATA)]
    sound = {} if len(problems) > len(titles) else dict(body)
    for i, cells in body:
        if len(problems) > MANY:
            break
        if again := is_header(cells, names):
            problems.append(Problem(file, i, "", "the names of the columns again", AGAIN))
        elif len(cells) != len(header):
            expected = f"{len(header)} cells, as in the header{advise(cells, header)}"
            problems.append(Problem(file, i, "", f"{len(cells)} cells", expected))
        if again or len(cells) != len(header):
            sound.pop(i, None)
    if 2 * len(sound) < len(body) or len(problems) > MANY:
        return pd.DataFrame(), problems
    frame = pd.DataFrame([*sound.values()], index=[*sound], columns=header, dtype=object)
    return frame, problems


def is_header(cells: list[str], names: Collection[str]) -> bool:
    """Return whether more than half of a row's cells, and the first of them, are folded names."""
    held = [cell.strip("\ufeff") for cell in cells if cell.strip()]
    if len(held) < 2 or fold(held[0]) not in names:
        return False
    return sum(fold(cell) in names for cell in held) > len(held) / 2


def advise(cells: list[str], header: list[str]) -> str:
    """Return what may be the matter with a row that has more or fewer cells than the header."""
    if sum(bool(cell.strip()) for cell in cells) == 1:
        return "; where the row is no patient, remove it"
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return "; where numbers have a decimal comma, export with semicolons between the columns"
    return ""
