"""Tables as hospitals send them: nothing interpreted, and whatever can't be read is said."""

import datetime
import os
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from openpyxl.styles import PatternFill
from project import parts_of, zipped

from crlm.base.forks import call_within
from crlm.base.problems import InputError, Problem
from crlm.cohort.cleaned import clean_cohort
from crlm.received.tables import kind_of, read_raw, read_raws


def of(file, found):
    """Return problems or notes without the file, which is the same for all."""
    assert all(f.file == str(file) for f in found)
    return [tuple(f[1:]) for f in found]


@pytest.fixture
def raw(tmp_path):
    """Write bytes or text as a raw file and read it."""

    def write_and_read(content, name="raw.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        frame, problems, notes = read_raw(str(path))
        of(path, notes)
        return frame, of(path, problems)

    return write_and_read


def said_of(tmp_path, content):
    """Return how a text file was read."""
    path = tmp_path / "raw.csv"
    path.write_bytes(content)
    (note,) = read_raw(str(path))[2]
    return note.note


# --- Text -----------------------------------------------------------------------------------------


def test_cells_stay_as_received(raw):
    frame, problems = raw("id,age,size\nP1, 45 ,NA\nP2,007,\n")
    assert problems == []
    assert list(frame.columns) == ["id", "age", "size"]
    assert frame.to_dict("index") == {
        2: {"id": "P1", "age": " 45 ", "size": "NA"},
        3: {"id": "P2", "age": "007", "size": ""},
    }


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("id,age\nP1,45\nP2,46\n", [2, 3]),
        ("id,age\nP1,45\nP2,46", [2, 3]),  # no newline at the end
        ("id,age\r\nP1,45\r\nP2,46\r\n", [2, 3]),  # Windows
        ("id,age\rP1,45\rP2,46\r", [2, 3]),  # old Macintosh
        ("\ufeffid,age\nP1,45\nP2,46\n", [2, 3]),  # Excel's "CSV UTF-8" begins with a BOM
        ("id,age\nP1,45\nP2,46\n".encode("utf-16"), [2, 3]),  # Excel's "Unicode text"
        (" id , age \nP1,45\nP2,46\n", [2, 3]),
        ("id;age\nP1;45\nP2;46\n", [2, 3]),
        ("id\tage\nP1\t45\nP2\t46\n", [2, 3]),
        ("id,age\n\nP1,45\n\n\nP2,46\n\n", [3, 6]),  # blank rows count, and are no patients
        ("id,age\n , \nP1,45\n,\nP2,46\n", [3, 5]),
        ("\nid,age\nP1,45\nP2,46\n", [3, 4]),
        ("id,age,,\nP1,45,,\nP2,46,,\n", [2, 3]),  # columns without name and without cells
        (",id,,age\n,P1,,45\n,P2,,46\n", [2, 3]),
        ("id|age\nP1|45\nP2|46\n", [2, 3]),
        ("sep=;\nid;age\nP1;45\nP2;46\n", [2, 3]),  # Excel hides the line
        ("sep=^\nid^age\nP1^45\nP2^46\n", [2, 3]),
        ("id,age\nP1,45\nP2,46\n".encode("utf-16-le"), [2, 3]),  # without a mark
        ("id,age\nP1,45\nP2,46\n".encode("utf-16-be"), [2, 3]),
        ("id,age\nP1,45\nP2,46\n".encode("utf-32"), [2, 3]),
        ("id,age\rP1,45\r\nP2,46\n", [2, 3]),
    ],
)
def test_rows_are_those_of_the_file(raw, content, rows):
    frame, problems = raw(content)
    assert problems == []
    assert list(frame.columns) == ["id", "age"]
    assert list(frame.index) == rows
    assert frame.values.tolist() == [["P1", "45"], ["P2", "46"]]


def test_quoted_cells(raw):
    """Commas, quotation marks and line breaks in a cell; rows count as a spreadsheet shows them."""
    frame, problems = raw('id,note\nP1,"a, b"\nP2,"say ""no"""\nP3,"two\nlines"\nP4,\x0bx\u2028y\n')
    assert problems == []
    assert frame["note"].to_dict() == {
        2: "a, b", 3: 'say "no"', 4: "two\nlines", 5: "\x0bx\u2028y"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "columns", "cells"),
    [
        ("id;size\nP1;4,5\n", ["id", "size"], ["P1", "4,5"]),
        # as many commas as semicolons in each row, or in the header
        ("id;size;post\nP1;4,5;3,5\n", ["id", "size", "post"], ["P1", "4,5", "3,5"]),
        ("id;size, cm;post, cm\nP1;4,5;3\n", ["id", "size, cm", "post, cm"], ["P1", "4,5", "3"]),
        ("id\tnote\nP1\ta; b, c\n", ["id", "note"], ["P1", "a; b, c"]),
        ('"id; pseudonym",age\nP1,45\n', ["id; pseudonym", "age"], ["P1", "45"]),
    ],
)
def test_the_delimiter_follows_from_the_header(raw, content, columns, cells):
    frame, problems = raw(content)
    assert problems == []
    assert list(frame.columns) == columns
    assert frame.values.tolist() == [cells]


def test_the_encoding_is_told(tmp_path):
    text = "id;site\nP1;côlon – gauche\n"
    commas = "columns separated by semicolons"
    assert said_of(tmp_path, text.encode("utf-8")) == f"text in UTF-8, {commas}"
    assert said_of(tmp_path, text.encode("utf-8-sig")) == f"text in UTF-8, {commas}"
    assert said_of(tmp_path, text.encode("utf-16")) == f"text in UTF-16, {commas}"
    assert said_of(tmp_path, text.encode("cp1252")) == (
        f"text in Windows-1252 (it is not UTF-8), in which it holds the characters ô –, {commas}"
    )
    assert read_raw(str(tmp_path / "raw.csv"))[0].loc[2, "site"] == "côlon – gauche"


def test_what_excel_lays_beside_an_open_table_is_told_as_that(tmp_path):
    mark = tmp_path / "~$ward.xlsx"
    mark.write_bytes(b"\x03One" + b" " * 161)
    _, (problem,), _ = read_raw(str(mark))
    assert problem.value == "the mark of an open table"
    assert problem.expected.startswith("the table itself")


HEADER_AND_PATIENT = "a header and at least one patient"
NAMES = "a name for each column, used once"
QUOTES = "quotation marks in pairs, at the two ends of a cell"
COLUMNS = "more than one column; in a text file, separated by commas, semicolons or tabs"
TITLE = "the names of the columns in the first row; remove a title above them"
ENCODING = "text in UTF-8 or Windows-1252 encoding"
CONTROL = "text without control characters"
STRAY = "text in UTF-8, as the rest of the file; a program changed this byte"
MAC_OR_DOS = f"{ENCODING}; it may be one of a Mac or of DOS: save the file as UTF-8"
NO_PATIENT = "; where the row is no patient, remove it"
COMMAS = "; where numbers have a decimal comma, export with semicolons between the columns"
AGAIN = "one table a file: where exports were joined, name each file under `raw`"
BELOW = "; without one, row 2 has a cell in column D"
LONG_CELL = "at most 32767 letters in a cell, as in Excel; a quotation mark may not be closed"
TOO_MANY = "a table of at most 6000000 cells: leave out columns that the paper does not read"
TOO_WIDE = "at most 1500 columns and 1000000 letters a row: leave columns out"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", [(1, "", "", HEADER_AND_PATIENT)]),
        ("\n \n,,\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id,age\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id,age\n\n,\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id:age\nP1:45\n", [(1, "", "one column", COLUMNS)]),
        ("\n\nid\nP1\n", [(3, "", "one column", COLUMNS)]),
        ("Dr Meier\nid,age\nP1,45\n", [(1, "", "1 cell with text", TITLE)]),
        ("Dr Meier;\nid;age\nP1;45\n", [(1, "", "1 cell with text", TITLE)]),
        # more commas in the title than columns in the table
        ("Liver, 2025, A, B\nid;age;sex\nP1;45;m\n", [(1, "", "1 cell with text", TITLE)]),
        ("A;;B\nid;age;sex;n;m;x;y\n1;2;3;4;5;6;7\n", [
            (1, "", "2 cells with text", TITLE),
        ]),
        (b"id,site\nP1,rectum\r\nP2,c\x81lon\n", [(3, "", r"b'\x81'", ENCODING)]),
        (b"id,age\nP1,4\x005\n\x00\x00\n", [
            (2, "", r"'\x00'", CONTROL), (3, "", r"'\x00'", CONTROL),
        ]),
        ("id,site\nP1,c\ufffdlon\n", [(2, "", "'\ufffd'", CONTROL)]),
        # UTF-8 in which one byte, or the mark at its head, says that it is UTF-8
        ("id,site\nP1,côlon\n".encode() + b"P2,c\xf4lon\n", [(3, "", r"b'\xf4'", STRAY)]),
        (b"\xef\xbb\xbfid,site\nP2,c\xf4lon\n", [(2, "", r"b'\xf4'", STRAY)]),
        # Mac Roman and code page 850
        ("id,sex\nP1,männlich\n".encode("mac_roman"), [(2, "", r"b'\x8a'", MAC_OR_DOS)]),
        ("id,sex\nP1,männlich\n".encode("cp850"), [(2, "", r"b'\x84'", MAC_OR_DOS)]),
        (b"id,site\nP1,c\xf4lon\x07\n", [(2, "", r"'\x07'", CONTROL)]),
        ("id,age\nP1\nP2,46,x\nP3,47\n", [
            (2, "", "1 cells", f"2 cells, as in the header{NO_PATIENT}"),
            (3, "", "3 cells", f"2 cells, as in the header{COMMAS}"),
        ]),
        ("id,age\nP1,4,5\nP2,46\nSource: ward\n", [
            (2, "", "3 cells", f"2 cells, as in the header{COMMAS}"),
            (4, "", "1 cells", f"2 cells, as in the header{NO_PATIENT}"),
        ]),
        # two exports joined, with a byte-order mark in between
        ("id,age\nP1,45\n\ufeffid,age\nP2,46\n", [
            (3, "", "the names of the columns again", AGAIN),
        ]),
        ("id,age,n\nP1,45,1\nID,n,Age\nP2,2,46\n", [
            (3, "", "the names of the columns again", AGAIN),
        ]),
        ("id;age\nP1;45;\nP2;46\n", [(2, "", "3 cells", "2 cells, as in the header")]),
        ("id,age,age, ,\nP1,1,2,3,4\n", [
            (1, "age", "age", NAMES), (1, "(no name)", "", f"{NAMES}{BELOW}"),
            (1, "(no name)", "", f"{NAMES}{BELOW}"),
        ]),
        ("id,age,id\nP1\n", [
            (1, "id", "id", NAMES),
            (2, "", "1 cells", f"3 cells, as in the header{NO_PATIENT}"),
        ]),
        ('id,age\nP1,45\n"P2,46\nP3,47\n', [(3, "", "unexpected end of data", QUOTES)]),
        ('id,age\nP1,"4"5\n', [(2, "", "',' expected after '\"'", QUOTES)]),
        # Excel's own limit: 32,767 letters in a cell
        (f"id,note\nP1,{'a' * 32_768}\n", [(2, "2", "32768 letters", LONG_CELL)]),
        (f"id,note\nP1,{'a' * 140_000}\n", [
            (2, "", "a cell of more than 32767 letters", LONG_CELL),
        ]),
        (f"{'a' * 32_768},note\nP1,1\n", [(1, "1", "32768 letters", LONG_CELL)]),
        (f"id,age\nP1{',' * 1500}\n", [(2, "", "1501 cells", TOO_WIDE)]),
        ("a," * 1500 + "a\n", [(1, "", "1501 cells", TOO_WIDE)]),  # a single line
        ("id,age\n" + (f"1{',' * 16_384}\n") * 2, [(2, "", "16385 cells", TOO_WIDE)]),
        (("a" * 1000 + ",") * 1001 + "b\n1\n", [(1, "", "1001001 letters", TOO_WIDE)]),
        (",;|" * 6_000_001, [("", "", "more than 6000000 cells", TOO_MANY)]),
        ("a" * 1_100_000, [(1, "", "a cell of more than 32767 letters", LONG_CELL)]),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(raw, content, problems):
    frame, found = raw(content)
    assert found == problems
    assert not {row for row, *_ in problems} & {*frame.index}


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("Dr Meier\nid,age\nP1,45\n", [3]), ("id;age\nP1;45;\nP2;46\n", [3]),
        ("id,age\nP1,45\nid,age\nP2,46\nTotal\n", [2, 4]),
        ("id,age\nP1\nP2,46,x\nP3,47\n", []),  # most rows are wrong: perhaps the delimiter
        ('id,age\nP1,45\n"P2,46\n', []), ("id,age,age\nP1,1,2\n", []),
    ],
)  # fmt: skip
def test_rows_that_can_be_read_are_checked_further(raw, content, rows):
    frame, problems = raw(content)
    assert problems
    assert [*frame.index] == rows


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf16_odd_byte(raw, encoding):
    """The last character is cut in two, as where a tool adds a line end to UTF-16."""
    content = "id,age\nP1,45\nP2,46".encode(encoding) + b"\n"
    _, ((row, column, found, expected),) = raw(content)
    assert (row, column) == ("", "")
    odd = f"an odd number of bytes ({len(content)})"
    assert found == f"UTF-16, which has two bytes a character, with {odd}"
    assert expected == "text in UTF-16 that is whole: get or export the file anew"


def test_a_long_file_is_not_told_row_by_row(raw):
    """The message would be longer than the file."""
    _, problems = raw("id,age\n" + "P1,4,5\n" * 5000)
    assert 1000 <= len(problems) <= 1010
    _, problems = raw("id,age\n" + "P1,4\x01\n" * 5000)
    assert len(problems) == 1000
    told = str(InputError([Problem("raw.csv", *problem) for problem in problems]))
    assert "rows 2, 3, 4" in told
    assert "and 970 more" in told


def test_blank_rows_by_the_thousand_are_none(raw):
    frame, problems = raw("id,age\nP1,45\n" + ",\n" * 50_000 + "P2,46\n")
    assert (problems, frame.index.tolist()) == ([], [2, 50_003])


def test_an_export_of_labels_with_labelled_columns_is_refused(raw):
    """REDCap's "CSV (labels)": its columns can't be told apart."""
    content = "Record ID,Sex,Drugs (choice=FOLFOX),Complete?,Size,Complete?\n1,Male,Checked,C,2,C\n"
    _, problems = raw(content)
    expected = "the raw data: in REDCap, Data Exports > CSV / Microsoft Excel (raw data)"
    assert problems == [
        (1, "Complete?", "Complete?", NAMES), (1, "", "a REDCap export of labels", expected)
    ]  # fmt: skip


SAVE_AS = "an .xlsx, .csv or .sav file: open it in Excel or LibreOffice and save it as .xlsx"
NO_PASSWORD = "a workbook without a password: in Excel, File > Info > Protect Workbook"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)  # the head of a compound file
BINARY, WORKBOOK = (zipped({f"xl/workbook.{end}": "x"}) for end in ("bin", "xml"))


@pytest.mark.parametrize(
    ("content", "name", "found", "expected"),
    [
        (OLE, "a.xlsx", "an Excel workbook of the old kind (.xls)", SAVE_AS),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx",
         "an Excel workbook with a password", NO_PASSWORD),
        (zipped({"mimetype": "x", "content.xml": "x"}), "a.xlsx",
         "an OpenDocument spreadsheet (.ods)", SAVE_AS),
        (BINARY, "a.xlsx", "an archive or a workbook of another kind", SAVE_AS),
        (WORKBOOK, "a.csv", "an Excel workbook", "a name that ends in .xlsx"),
        (WORKBOOK[:40], "a.xlsx", "a damaged archive or workbook",
         "the file anew from where it came: not all of it has arrived"),
        (b"\n<html><table><tr><td>id", "a.csv", "a web page (HTML or XML), whatever its name says",
         SAVE_AS),
        (b'<?xml version="1.0"?><Workbook', "a.xlsx",
         "a web page (HTML or XML), whatever its name says", SAVE_AS),
        (b"%PDF-1.7", "a.csv", "a PDF", SAVE_AS),
        (b"$FL2@(#) SPSS DATA FILE", "a.csv", "an SPSS file",
         "a name that ends in .sav or .zsav"),
        (b"id,age\nP1,45\n", "a.xlsx", "a text file", "a name that ends in .csv or .tsv or .txt"),
        (b"id,age\nP1,45\n", "a.sav", "a text file", "a name that ends in .csv or .tsv or .txt"),
    ],
    # The bytes of an archive hold the time, which would be in the names of the tests.
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_table_of_its_name_says_what_to_do(raw, content, name, found, expected):
    frame, problems = raw(content, name)
    assert problems == [("", "", found, expected)]
    assert frame.empty


def test_signs_that_mark_text_are_taken_off_and_told(tmp_path):
    """An apostrophe before a cell, or a formula of a text, as programs write numbers as text."""
    path = tmp_path / "raw.csv"
    cells = ["'43", '="43"', "’007", "d'accord", "'", "'a'", "5'", '="4"&"3"', " '8"]
    quoted = [f'P{i},"{cell.replace(chr(34), 2 * chr(34))}"' for i, cell in enumerate(cells)]
    path.write_text("\n".join(["id,n", *quoted]), encoding="utf-8")
    frame, problems, notes = read_raw(str(path))
    assert problems == []
    assert frame["n"].tolist() == ["43", "43", "007", *cells[3:8], "8"]
    said = "read without the sign by which a program marks text: row 2, 3, 4, 10"
    assert of(path, notes)[1:] == [(1, "n", said)]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_text_of_more_rows_than_a_sheet_has_is_refused_before_it_is_read(raw, monkeypatch, end):
    monkeypatch.setattr("crlm.received.tables.MOST", 3)
    assert raw(end.join(["id,age", "P1,45", "P2,46", ""]))[1] == []
    ((row, column, found, _),) = raw(end.join(["id,age", *["P1,45"] * 3, ""]))[1]
    assert (row, column, found) == ("", "", "4 lines")


@pytest.mark.parametrize("name", ["raw.csv", "raw.xlsx", "raw.sav"])
def test_a_huge_file_is_refused_before_it_is_read(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        file.truncate(50_000_000)  # sparse: it takes no room
    _, (problem,), _ = read_raw(str(tmp_path / name))
    assert (problem.value, problem.expected[:25]) == ("50 MB", "a file of at most 40 MB: ")


@pytest.mark.parametrize(
    ("name", "kind"), [("raw.xlsx", "an Excel workbook"), ("raw.sav", "an SPSS file")]
)
def test_a_file_whose_reading_takes_too_much_is_refused(tmp_path, monkeypatch, name, kind):
    """Its reader has a process of its own (`base.forks.call_within`), which it brings down."""
    within = partial(call_within, 9, 10**9, os._exit)
    monkeypatch.setattr("crlm.received.tables.within_limits", lambda *_: within(1))
    frame, path = pd.DataFrame({"id": ["P1", "P2"], "n": 1.0}), tmp_path / name
    frame.to_excel(path) if name == "raw.xlsx" else pyreadstat.write_sav(frame, path)
    _, (problem,), _ = read_raw(str(path))
    assert problem.value == f"{kind}: it is damaged, or needs gigabytes or minutes"


@pytest.mark.parametrize("name", ["raw.csv", "raw.xlsx", "raw.sav"])
def test_a_table_of_too_many_cells_is_refused(tmp_path, monkeypatch, name):
    for module in ("limits", "workbook", "spss"):
        monkeypatch.setattr(f"crlm.received.{module}.MOST_CELLS", 3)
    frame = pd.DataFrame({"id": ["P1", "P2"], "n": [1.0, 2.0]})
    write = {"csv": frame.to_csv, "xlsx": frame.to_excel}.get(name[4:])
    path = tmp_path / name
    write(path, index=False) if write else pyreadstat.write_sav(frame, path)
    _, (problem,), _ = read_raw(str(path))
    assert problem.value.startswith(("3 rows of 2 cells", "more than 3 cells"))


def test_capital_suffixes_are_suffixes(raw):
    assert raw("id,age\nP1,45\n", "A.CSV")[1] == []


def test_raws_come_with_their_names(tmp_path):
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    paths[0].write_text("id,age\nP1,45\n", encoding="utf-8")
    paths[1].write_text("", encoding="utf-8")
    tables, notes = read_raws(paths)
    (one, frame, fine), (two, _, problems) = tables
    assert (one, two) == tuple(map(str, paths))
    assert frame["age"].tolist() == ["45"]
    assert (len(fine), len(problems)) == (0, 1)
    assert of(paths[0], notes) == [("", "", "text in UTF-8, columns separated by commas")]


# --- Excel ----------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    """Write rows as a workbook, `change` it, and read it."""

    def write_and_read(rows, change=lambda book: None, text=()):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        change(book)
        path = tmp_path / "raw.xlsx"
        book.save(path)
        rewrite(path, dict(text))
        frame, problems, notes = read_raw(str(path))
        return frame, of(path, problems), of(path, notes)

    return write_and_read


def rewrite(path, replacements):
    """Replace text in a workbook's sheet, for what its library can't write."""
    parts = parts_of(path)
    name = "xl/worksheets/sheet1.xml"
    for old, new in replacements.items():
        assert old.encode() in parts[name]
        parts[name] = parts[name].replace(old.encode(), new.encode())
    path.write_bytes(zipped(parts))


ROWS = [["id", "n", "x"], ["P1", 5, 2.5], ["P2", 6, 3.0]]
SHEET = ("", "", "Excel, sheet 1")


def test_the_cells_of_a_sheet_are_those_that_people_see(workbook):
    cells = [5, 5.0, 2.5, 0.1 + 0.2, True, False, datetime.datetime(2024, 3, 1), " x ", "007", None,
             datetime.datetime(2024, 3, 1, 8, 30), datetime.date(2024, 3, 1)]  # fmt: skip
    frame, problems, notes = workbook([[f"c{i}" for i in range(len(cells))], cells])
    assert problems == []
    assert frame.index.tolist() == [2]
    assert frame.values.tolist() == [
        ["5", "5", "2.5", "0.3", "TRUE", "FALSE", "2024-03-01", " x ", "007", "",
         "2024-03-01T08:30:00", "2024-03-01"]
    ]  # fmt: skip
    assert notes == [SHEET]


def test_a_percentage_is_read_as_it_is_shown(workbook):
    def change(book):
        book.active["B2"].number_format = "0.0%"

    frame, _, _ = workbook([["id", "share"], ["P1", 0.455]], change)
    assert frame.loc[2, "share"] == "45.5%"


def test_rows_of_a_sheet_are_its_own(workbook):
    def change(book):
        book.active["E9"].fill = PatternFill("solid", "FFFF00")  # a cell with a colour alone

    frame, problems, _ = workbook([[], ROWS[0], [], ROWS[1], [], ROWS[2]], change)
    assert problems == []
    assert list(frame.columns) == ["id", "n", "x"]
    assert frame["id"].to_dict() == {4: "P1", 6: "P2"}


def test_what_a_sheet_hides_is_read_and_told(workbook):
    def change(book):
        book.active.row_dimensions[3].hidden = True
        book.active.column_dimensions.group("B", "C", hidden=True)

    frame, problems, notes = workbook(ROWS, change)
    assert problems == []
    assert frame.values.tolist() == [["P1", "5", "2.5"], ["P2", "6", "3"]]
    said = "hidden in the sheet, read like the others"
    assert notes == [SHEET, (1, "n", said), (1, "x", said), (3, "", said)]


def test_a_formula_counts_by_its_stored_value(workbook):
    rows = [["id", "n", "x"], ["P1", 2, "=B2*2"], ["P2", 1, '=IF(B3=1,"","x")']]
    stored = {
        "<f>B2*2</f><v />": "<f>B2*2</f><v>4</v>",
        '<c r="C3"><f>': '<c r="C3" t="str"><f>',  # a formula whose value is an empty text
    }
    frame, problems, _ = workbook(rows, text=stored)
    assert problems == []
    assert frame["x"].to_dict() == {2: "4", 3: ""}


ONE_SHEET = "one sheet that holds anything: one row of names, then one row a patient"
UNMERGE = "a value in each cell: unmerge them"
ONE_HEAD = "one row of names, one for each column: unmerge them"
NO_ERROR = "a value, not an error of Excel"


def add_sheets(book):
    book.create_sheet("Empty")
    book.create_sheet("Lists")["A1"] = "x"
    book["Lists"].sheet_state = "hidden"


def add_sheets_and_merge(book):
    add_sheets(book)
    for cells in ("B2:C2", "D2:E2"):
        book.active.merge_cells(cells)


@pytest.mark.parametrize(
    ("rows", "change", "found"),
    [
        (ROWS, add_sheets, [("", "", "data in sheets 1, 3 (hidden)", ONE_SHEET)]),
        ([], lambda book: None, [("", "", "empty sheets", ONE_SHEET)]),
        (ROWS[:1], lambda book: None, [(1, "", "", HEADER_AND_PATIENT)]),
        ([["Dr Meier"], *ROWS], lambda book: None, [(1, "", "1 cell with text", TITLE)]),
        (ROWS, lambda book: book.active.merge_cells("B2:B3"),
         [(2, "n", "merged cells B2:B3", UNMERGE)]),
        ([["Dr Meier"], *ROWS], lambda book: book.active.merge_cells("A1:C1"),
         [(1, "id", "merged cells A1:C1", ONE_HEAD), (1, "", "1 cell with text", TITLE)]),
        ([ROWS[0], ["P1", "#N/A", 1], ["P2", 1, "#DIV/0!"]], lambda book: None,
         [(3, "x", "#DIV/0!", NO_ERROR)]),
        ([["id", "n", None], ["P1", 1, "=1+1"]], lambda book: None,
         [(2, "C", "a formula without a value",
           "a formula with its value: open the file in Excel and save it")]),
        # A title, two rows of names, a cell that is an error, a second sheet: all at once.
        ([["Dr Meier"], [None, "before", None, "after"], ["id", "n", "x", "n", "x"],
          ["P1", 1, 2, "#REF!", 3]], add_sheets_and_merge,
         [("", "", "data in sheets 1, 3 (hidden)", ONE_SHEET),
          (2, "n", "merged cells B2:C2", ONE_HEAD), (2, "n", "merged cells D2:E2", ONE_HEAD),
          (4, "n", "#REF!", NO_ERROR), (1, "", "1 cell with text", TITLE),
          (2, "", "2 cells with text", TITLE), (3, "n", "n", NAMES), (3, "x", "x", NAMES)]),
        ([["id", "n", None, "id"], ["P1", 1, 2, 3]], lambda book: None,
         [(1, "(no name)", "", f"{NAMES}; without one, row 2 has a cell in column C"),
          (1, "id", "id", NAMES)]),
        ([["id", "n"], ["P1", 1], ["P2", 2]], lambda book: book.active.cell(1_048_576, 16_384, 1),
         [(1, "(no name)", "", f"{NAMES}; without one, row 1048576 has a cell in column XFD")]),
        ([["id", *range(1500)], ["P1", *range(1500)]], lambda book: None,
         [(1, "", "1501 cells", TOO_WIDE)]),
    ],
)  # fmt: skip
def test_a_sheet_that_is_no_table_is_refused(workbook, rows, change, found):
    frame, problems, _ = workbook(rows, change)
    assert problems == found
    of_rows = {row for row, column, *_ in problems if not column}
    assert frame.empty or not of_rows & {*frame.index}


def test_what_excel_has_for_not_available_is_left_to_the_cleaning_that_asks(workbook, codebook):
    rows = [["patient_id", "age", "sex", "lesions_pre", "size_pre_mm", "lesions_post"],
            ["P1", 50, "m", 2, 35, 1], ["P2", 61, "f", 2, "#N/A", 2]]  # fmt: skip
    frame, problems, _ = workbook(rows)
    assert (problems, frame.at[3, "size_pre_mm"]) == ([], "#N/A")
    with pytest.raises(InputError) as caught:
        clean_cohort([("raw.xlsx", frame, [])], codebook)
    (problem,) = caught.value.problems
    assert problem[1:4] == (3, "size_pre_mm", "#N/A")
    assert "missing_codes: ['#N/A']" in caught.value.paste["codebook"]


def test_a_broken_workbook_is_refused(raw):
    frame, (problem,) = raw(WORKBOOK, "raw.xlsx")
    whole = "a workbook that is whole: save it anew"
    assert problem == ("", "", "a damaged file (KeyError)", whole)
    assert frame.empty


# --- SPSS -----------------------------------------------------------------------------------------


def test_an_spss_file_gives_labels_and_leaves_missing_values_empty(tmp_path):
    path = tmp_path / "raw.sav"
    cases = pd.DataFrame(
        {
            "id": ["P1", "P2", "P3", "P4"],
            "sex": [1.0, 2.0, 9.0, 3.0],
            "size": [2.5, 999.0, None, 4.0],
            "site": ["r", "l", "NA", ""],
            "day": [datetime.date(2024, 3, 1), None, datetime.date(2024, 3, 2), None],
            "hour": pd.to_datetime(
                ["2024-03-01 00:00", None, "2024-03-02 08:30", None], format="%Y-%m-%d %H:%M"
            ),
        }
    )
    pyreadstat.write_sav(
        cases,
        str(path),
        variable_value_labels={"sex": {1: "Male", 2: "Female"}, "site": {"r": "rectum"}},
        missing_ranges={"sex": [9], "size": [{"lo": 900, "hi": 999}], "site": ["NA"]},
    )
    frame, problems, notes = read_raw(str(path))
    assert problems == []
    assert list(frame.columns) == list(cases.columns)
    assert frame.to_dict("list") == {
        "id": ["P1", "P2", "P3", "P4"],
        "sex": ["Male", "Female", "", "3 (no label)"],
        "size": ["2.5", "", "", "4"],
        "site": ["rectum", "l", "", ""],
        "day": ["2024-03-01", "", "2024-03-02", ""],
        "hour": ["2024-03-01", "", "2024-03-02T08:30:00", ""],
    }
    assert frame.index.tolist() == [2, 3, 4, 5]
    labels, missing = (
        "labels of SPSS in place of the values",
        "declared missing in SPSS, read as empty",
    )
    bare = "values without a label among labelled ones, read as they are: row"
    assert of(path, notes) == [
        ("", "", "SPSS"),
        (1, "sex", labels),
        (1, "sex", f"{bare} 5"),
        (1, "sex", f"{missing}: 1"),
        (1, "size", f"{missing}: 1"),
        (1, "site", labels),
        (1, "site", f"{bare} 3"),
        (1, "site", f"{missing}: 1"),
    ]


def sav(tmp_path, columns, name="raw.sav", **settings):
    """Write an SPSS file and read it."""
    path = tmp_path / name
    pyreadstat.write_sav(pd.DataFrame(columns), str(path), **settings)
    frame, problems, notes = read_raw(str(path))
    assert problems == []
    return frame.to_dict("list"), of(path, notes)


def test_spss_date_missing(tmp_path):
    """Of a date, seconds are declared missing: -99, and the first day of 1900."""
    days = [datetime.date(2024, 1, 2), None, datetime.date(1900, 1, 1)]
    first = (days[2] - datetime.date(1582, 10, 14)).days * 86400
    frame, notes = sav(
        tmp_path, {"id": ["P1", "P2", "P3"], "day": days, "other": days},
        missing_ranges={"day": [-99], "other": [first]},
    )  # fmt: skip
    assert frame["day"] == ["2024-01-02", "", "1900-01-01"]
    assert frame["other"] == ["2024-01-02", "", ""]
    assert notes[1:] == [(1, "other", "declared missing in SPSS, read as empty: 1")]


SEEN = [
    ("DATE11", 13923532800, "2024-01-02"), ("EDATE10", 13923532800, "2024-01-02"),
    ("JDATE7", 13923532800, "2024-01-02"), ("MOYR8", 13923446400, "2024-01-01"),
    ("DATETIME20", 13923532800 + 30600, "2024-01-02T08:30:00"),
    ("TIME8", 30600, "08:30:00"), ("DTIME10", 100000, "27:46:40"),
    ("WKDAY9", 1, "Sunday"), ("WKDAY9", 7, "Saturday"), ("MONTH9", 3, "March"),
    ("N4", 7, "0007"), ("PCT6.1", 45.5, "45.5%"), ("DOLLAR8.2", 13, "$13"),
    ("F8.2", 2.5, "2.5"),
]  # fmt: skip


def test_values_of_spss_are_those_that_people_see(tmp_path):
    """A column each, in one file: every file is read by a process of its own."""
    columns = {f"x{i}": [float(value)] for i, (_, value, _) in enumerate(SEEN)}
    formats = {f"x{i}": form for i, (form, *_) in enumerate(SEEN)}
    frame, _ = sav(tmp_path, {"id": ["P1"]} | columns, variable_format=formats)
    assert frame == {"id": ["P1"]} | {f"x{i}": [seen] for i, (*_, seen) in enumerate(SEEN)}


def test_a_code_without_label_among_labelled_ones_is_no_code_of_the_codebook(tmp_path):
    cases = {
        # here 1 is no; else, yes
        "a": ([2, 1, 2, *[2] * 5], {2: "yes"}, ["yes", "1 (no label)", *["yes"] * 6]),
        # stages, of which only the last has a label: 1 may be N0
        "n": ([4, *[1, 2, 3] * 2, 1], {4: "Nx"},
              ["Nx", *[f"{n} (no label)" for n in (1, 2, 3, 1, 2, 3, 1)]]),
        # numbers, of which one has a label
        "b": ([99, *[4, 6] * 3, 4], {99: "k.A."}, ["k.A.", *["4", "6"] * 3, "4"]),
        "c": ([4, 6, *[8] * 6], {99: "many"}, ["4", "6", *["8"] * 6]),
        "d": ([10, *range(1, 8)], {10: "10 or more"}, ["10 or more", *map(str, range(1, 8))]),
        "e": ([0, 1, 2, 3, *[1] * 4], {0: "none"}, ["0", "1", "2", "3", *["1"] * 4]),
    }  # fmt: skip
    frame, _ = sav(
        tmp_path, {name: [*map(float, codes)] for name, (codes, *_) in cases.items()},
        variable_value_labels={name: labels for name, (_, labels, _) in cases.items()},
    )  # fmt: skip
    assert frame == {name: cells for name, (*_, cells) in cases.items()}


def test_missing_and_labelled_values_of_spss(tmp_path):
    """A label without text is none; of texts and numbers, ranges are declared missing."""
    frame, notes = sav(
        tmp_path,
        {"id": ["P1", "P2 ", "P3"], "site": ["NA", "x", "a"], "n": [1.0, -5.0, None]},
        name="raw.zsav", compress=True,
        variable_value_labels={"site": {"a": "colon", "x": " "}, "n": {1: ""}},
        missing_ranges={"site": ["NA"], "n": [{"lo": -1e300, "hi": 0}]},
    )  # fmt: skip
    assert frame == {"id": ["P1", "P2", "P3"], "site": ["", "x", "colon"], "n": ["1", "", ""]}
    assert (1, "n", "labels of SPSS in place of the values") not in notes


@pytest.mark.parametrize(
    ("encoding", "written", "read"),
    [
        (b"windows-1252", b"\xe9\xe8", "éè"),
        (b"windows-1256", b"\xc7\xc8", "اب"),
        (b"UTF-8", b"\xe9\xe8", "éè"),  # it is not: told
    ],
)
def test_encodings_of_spss(tmp_path, encoding, written, read):
    path = tmp_path / "raw.sav"
    pyreadstat.write_sav(pd.DataFrame({"id": ["P1", "xx"], "n": [1.0, 2.0]}), str(path))
    head, tail = path.read_bytes().replace(b"xx", written).split(b"\x05\0\0\0UTF-8")
    path.write_bytes(head + len(encoding).to_bytes(4, "little") + encoding + tail)
    frame, problems, notes = read_raw(str(path))
    assert (frame["id"].tolist(), problems) == (["P1", read], [])
    said = "text in Windows-1252 (not in the encoding that the file names), in which it holds the "
    assert of(path, notes)[1:] == [("", "", f"{said}characters è é")] * (encoding == b"UTF-8")


def test_a_label_of_spss_makes_a_column_known(tmp_path):
    path = tmp_path / "raw.sav"
    columns = ["id", "v12", "v13", "v14", "age"]
    pyreadstat.write_sav(
        pd.DataFrame([["P1", 1.0, 2.0, 3.0, 4.0]], columns=columns),
        str(path),
        column_labels=["Patient", "Age at  Diagnosis", "Meier", "Cycles", "Cycles"],
    )
    names = {"patient_id": "id", "years": "age at diagnosis", "cycles": "cycles"}
    codebook = {
        "variables": {n: {"label": "", "columns": {column: None}} for n, column in names.items()},
        "ignored": [], "dropped": [],
    }  # fmt: skip
    ((_, frame, _),), notes = read_raws([path], [], codebook)
    # of two columns with one label, none is taken
    assert list(frame.columns) == ["id", "Age at  Diagnosis", "v13", "v14", "age"]
    assert of(path, notes)[1:] == [
        (1, "Age at  Diagnosis", "v12 in the file, known by its label in SPSS")
    ]
    assert read_raw(str(path))[0].attrs["labels"]["v13"] == "Meier"  # told nowhere


def test_a_label_that_contradicts_a_known_name_is_asked(tmp_path, monkeypatch, codebook, synonyms):
    """Also where the table is joined with another; an answer for the column settles it."""
    monkeypatch.chdir(tmp_path)
    ids = [f"P{i}" for i in range(3)]
    alive = pd.DataFrame({"id": ids, "alive_1y": [1.0, 0.0, 1.0]})
    labels = ["Patient", "Not alive at 1 year"]
    values = {"alive_1y": {1.0: "yes", 0.0: "no"}}
    pyreadstat.write_sav(alive, "b.sav", column_labels=labels, variable_value_labels=values)
    rows = [
        f"{i},{age},m,2,{size},1,{size}"
        for i, age, size in zip(ids, (50, 61, 47), (30, 41, 52), strict=True)
    ]
    head = "id,age,sex,lesions_pre,size_pre_mm,lesions_post,size_post_mm"
    Path("a.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    tables, _ = read_raws(["a.csv", "b.sav"], [], codebook)
    with pytest.raises(InputError) as caught:
        clean_cohort(tables, codebook, synonyms=synonyms)
    (problem,) = caught.value.problems
    assert problem[:4] == ("b.sav", 1, "alive_1y", "Not alive at 1 year")
    assert "this one turns it round" in problem.expected
    answer = {"file": "b.sav", "column": "alive_1y", "values": "all", "means": "right"}
    own = codebook | {"answers": [answer | {"reason": "looked up"}]}
    patients, *_ = clean_cohort(tables, own, synonyms=synonyms)
    assert patients["alive_1y"].tolist() == ["yes", "no", "yes"]


@pytest.mark.parametrize("damage", [26, 170, 0.6, (80, 0xFF), (194, 1), (200, 0xFF)])
def test_a_broken_spss_file_is_refused(raw, tmp_path, damage):
    """Cut after so many bytes, or so large a part of it; or a byte with other bits."""
    pyreadstat.write_sav(
        pd.DataFrame({"id": ["P1", "P2"], "n": [1.0, 2.0]}), tmp_path / "whole.sav"
    )
    content = bytearray((tmp_path / "whole.sav").read_bytes())
    if isinstance(damage, tuple):
        content[damage[0]] ^= damage[1]
    else:
        del content[int(damage * len(content) if damage < 1 else damage) :]
    frame, ((row, column, _, expected),) = raw(bytes(content), "raw.sav")
    assert (row, column, expected) == ("", "", "an SPSS file that is whole: save it anew")
    assert frame.empty


# --- REDCap ---------------------------------------------------------------------------------------

DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\
"Choices, Calculations, OR Slider Labels"
record_id,baseline,,text,Record ID,
sex,baseline,,radio,Sex,"1, Male | 2, Female"
site,baseline,,dropdown,Site,"1, rectum | 2, colon, left | -9, unknown"
comorbidity,baseline,,yesno,Comorbidity,
staged,baseline,,truefalse,In two stages,
drugs,baseline,,checkbox,Drugs,"1, oxaliplatin | 2, capecitabine | -1, bevacizumab"
bmi,baseline,,calc,BMI,[weight]/[height]
hint,baseline,,descriptive,Please fill in,
scan,baseline,,file,Scan,
size,imaging,,text,Size,
"""
EXPORT = """\
record_id,redcap_event_name,redcap_data_access_group,sex,site,comorbidity,staged,drugs___1,drugs___2,\
drugs____1,bmi,hint,scan,baseline_complete,size,imaging_complete,imaging_timestamp
1,e,a,1,2,1,0,1,0,1,22,,[document],2,45,2,2025-01-01
2,e,a,2,-9,0,1,0,0,0,,,,0,,0,
3,e,a,,,,,,,,,,,0,30,0,
"""


@pytest.fixture
def redcap(tmp_path):
    """Write an export and its dictionary, each changed by a replacement, and read them."""

    def write_and_read(of_export=("", ""), of_dictionary=("", "")):
        paths = tmp_path / "export.csv", tmp_path / "dictionary.csv"
        for path, content, (old, new) in zip(
            paths, (EXPORT, DICTIONARY), (of_export, of_dictionary), strict=True
        ):
            assert old in content
            path.write_text(content.replace(old, new, 1), encoding="utf-8")
        return read_raws(paths[:1], paths[1:])

    return write_and_read


def test_codes_of_a_redcap_export_become_labels(redcap):
    ((file, frame, problems),), notes = redcap()
    assert problems == []
    assert frame.to_dict("index") == {
        2: {"record_id": "1", "sex": "Male", "site": "colon, left", "comorbidity": "Yes",
            "staged": "No", "drugs": "oxaliplatin + bevacizumab", "size": "45"},
        3: {"record_id": "2", "sex": "Female", "site": "unknown", "comorbidity": "No",
            "staged": "Yes", "drugs": "", "size": ""},
        4: {"record_id": "3", "sex": "", "site": "", "comorbidity": "", "staged": "", "drugs": "",
            "size": "30"},
    }  # fmt: skip
    labels = "labels for codes, by the data dictionary"
    boxes = "joined with the other boxes of the field, by the data dictionary"
    status = "left out: a status of REDCap, no data"
    assert of(file, notes) == [
        ("", "", "text in UTF-8, columns separated by commas"),
        ("", "", f"codes read by {file.replace('export.csv', 'dictionary.csv')}"),
        (1, "redcap_event_name", status),
        (1, "redcap_data_access_group", status),
        *((1, column, labels) for column in ("sex", "site", "comorbidity", "staged")),
        *((1, column, boxes) for column in ("drugs___1", "drugs___2", "drugs____1")),
        (1, "bmi", "left out: calculated by REDCap"),
        (1, "hint", "left out: a text"),
        (1, "scan", "left out: an attached file"),
        *((1, c, status) for c in ("baseline_complete", "imaging_complete", "imaging_timestamp")),
    ]


@pytest.mark.parametrize(
    ("of_export", "found"),
    [
        (("1,e,a,1,2", "1,e,a,3,2"), (2, "sex", "3", "one of: 1 (Male), 2 (Female)")),
        (("1,e,a,1,2", "1,e,a,Male,2"), (2, "sex", "Male", "one of: 1 (Male), 2 (Female)")),
        (("1,0,1,22", "1,0,yes,22"),
         (2, "drugs____1", "yes", "one of: 0 (not ticked), 1 (bevacizumab)")),
    ],
)  # fmt: skip
def test_what_the_dictionary_does_not_know_is_refused(redcap, of_export, found):
    ((file, _, problems),), _ = redcap(of_export)
    assert of(file, problems) == [found]


@pytest.mark.parametrize(
    ("of_export", "of_dictionary"),
    [
        (("1,e,a,1,2", "1,e,a,5,2"), ("2, Female", "2, Female | 3, Zebulon Quackenbush")),
        (("hint", "quackenbush_zebulon"), ("hint", "quackenbush_zebulon")),
    ],
)
def test_labels_and_names_of_fields_name_nobody(redcap, of_export, of_dictionary):
    assert "uackenbush" not in str(redcap(of_export, of_dictionary))


def test_a_column_whose_name_may_name_somebody_is_told_by_its_number(tmp_path):
    (tmp_path / "a.csv").write_text("id,Quackenbush\nP1,'5\n")
    book = openpyxl.Workbook()
    book.active.append(["id", "Quackenbush"])
    book.active.append(["P1", "#REF!"])
    book.save(tmp_path / "b.xlsx")
    tables, notes = read_raws([tmp_path / "a.csv", tmp_path / "b.xlsx"])
    assert notes[1].column == "number 2 (11 letters, not shown)"
    assert tables[1][2][0][1:4] == (2, "number 2 (11 letters, not shown)", "#REF!")


@pytest.mark.parametrize("code", ["UNK", "NASK", "NI", "k.A."])
def test_a_code_for_missing_data_is_left_to_the_cleaning_that_asks(redcap, code):
    ((_, frame, problems),), _ = redcap(("1,e,a,1,2", f"1,e,a,{code},2"))
    assert (problems, frame.at[2, "sex"]) == ([], code)


def test_a_dictionary_belongs_to_a_table_or_is_refused(redcap):
    (_, (dictionary, _, problems)), notes = redcap(("size", "sise"))
    expected = "a data dictionary with all columns of a raw table"
    export = dictionary.replace("dictionary.csv", "export.csv")
    names = "number 15 (4 letters, not shown)"  # a name may be anything
    found = f"in {export}, columns that are not in it: {names}"
    assert of(dictionary, problems) == [("", "", found, expected)]
    assert len(notes) == 1  # nothing was decoded


def test_two_dictionaries_of_one_table_are_refused(redcap, tmp_path):
    redcap()
    again = tmp_path / "again.csv"
    again.write_text(DICTIONARY, encoding="utf-8")
    (_, (file, _, problems)), _ = read_raws(
        [tmp_path / "export.csv"], [tmp_path / "dictionary.csv", again]
    )
    found = f"the columns of {tmp_path / 'export.csv'}, as in {tmp_path / 'dictionary.csv'}"
    assert of(file, problems) == [("", "", found, "one data dictionary for a raw table")]


@pytest.mark.parametrize(
    ("of_dictionary", "found"),
    [
        (("Field Type", "Type"),
         (1, "Field Type", "no such column", "a data dictionary as REDCap exports it")),
        (("1, Male | 2, Female", "Male | 2, Female"),
         (3, "Choices, Calculations, OR Slider Labels", "Male | 2, Female",
          "choices as 'code, label', separated by '|'")),
    ],
)  # fmt: skip
def test_what_is_no_dictionary_is_refused(redcap, of_dictionary, found):
    tables, _ = redcap(of_dictionary=of_dictionary)
    ((dictionary, frame, problems),) = [table for table in tables if table[2]]
    assert of(dictionary, problems) == [found]
    assert frame.empty


def test_an_unreadable_table_takes_no_dictionary_with_it(redcap):
    tables, _ = redcap(("record_id,redcap_event_name", "record_id,record_id"))
    assert [of(file, problems) for file, _, problems in tables] == [
        [(1, "record_id", "record_id", NAMES)]
    ]


def test_the_kind_follows_from_the_content(tmp_path):
    book, cases = tmp_path / "a.xlsx", tmp_path / "a.sav"
    openpyxl.Workbook().save(book)
    pyreadstat.write_sav(pd.DataFrame({"id": ["P1"]}), str(cases))
    pyreadstat.write_sav(pd.DataFrame({"id": ["P1"]}), f"{cases}.z", compress=True)
    assert kind_of(book.read_bytes()) == "workbook"
    assert kind_of(cases.read_bytes()) == "spss"
    assert kind_of((tmp_path / "a.sav.z").read_bytes()) == "spss"
    assert kind_of(b"id,age\n") == "text"
