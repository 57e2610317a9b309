"""Excel workbooks: what people see is read or refused, and what else a sheet says is told."""

import datetime
import io
import re
import zipfile
from time import process_time

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from crlm.cohort.cleaned import clean_cohort
from crlm.received.cell_formats import as_displayed
from crlm.received.tables import TITLE, table_in
from crlm.received.workbook import read_workbook, without_empty_cells

ROWS = [["id", "n", "x"], ["P1", 5, 2.5], ["P2", 6, 3.0], ["P3", 6, 3.0]]


def bytes_of(book, change=lambda name, part: part):
    """Return a workbook as a file, each part of it changed."""
    saved, content = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return content.getvalue()


def book_of(rows=ROWS):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def add_to_sheet(added):
    """Return a change that writes text behind the last row of a sheet."""

    def change(name, part):
        return part.replace(b"</sheetData>", added) if "worksheets/sheet" in name else part

    return change


# Seen in Excel (en-US), where it is not the number itself.
@pytest.mark.parametrize(
    ("value", "code", "seen", "more"),
    [
        (12, "General", "12", False),
        (0.1 + 0.2, "General", "0.3", False),
        (12, '0" mm"', "12 mm", False),
        (3, r"0\ \m\m", "3 mm", False),
        (12, 'General" mm"', "12 mm", False),
        (3.5, '0.0" cm"', "3.5 cm", False),
        (3.14159, '0.0" cm"', "3.14159 cm", True),
        (3.14159, "0.0", "3.14159", True),
        (2.5, "0", "2.5", True),
        (3, "0.00", "3", False),
        (7, "000", "007", False),
        (7.25, "00.00", "07.25", False),
        (7, '"CRLM-"00', "CRLM-07", False),
        (250000, r"#\ ##0", "250000", False),
        (0.455, "0.0%", "45.5%", False),
        (0.4567, "0%", "45.67%", True),
        (250000, "#,##0", "250000", False),
        (12, r'_-* #,##0_-;\-* #,##0_-;_-* "-"??_-;_-@_-', "12", False),
        (35, r"#,##0.00\ [$€-407]", "35 €", False),
        (12345, "0.00E+00", "12345", True),
        (12300, "0.00E+00", "12300", False),
        (-5, "0", "-5", False),
        (-5, "0.00;[Red]-0.00", "-5", False),
        (-5, "#,##0_);(#,##0)", "-5", False),
        (1, '"yes";;"no"', "yes", False),
        (0, '"yes";;"no"', "no", False),
        (7, "@", "7", False),
        ("007", "@", "007", False),
        (" x ", "_-@_-", " x ", False),
        ("12", '@" mm"', "12 mm", False),
        (True, "General", "TRUE", False),
        (None, '0" mm"', "", False),
        (datetime.datetime(2024, 3, 1), "[$-407]d. mmmm yyyy;@", "2024-03-01", False),
        (datetime.datetime(2024, 3, 1, 8, 30), "m/d/yy h:mm", "2024-03-01T08:30:00", False),
        (datetime.date(2024, 3, 1), "yyyy", "2024", False),
        (datetime.time(8, 30), "h:mm", "08:30:00", False),
        (datetime.timedelta(hours=26, minutes=30), "[h]:mm", "26:30", False),
    ],
)
def test_what_people_see(value, code, seen, more):
    assert as_displayed(value, code) == (seen, more)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (250000, "0,"), (250000, "0.0,,"), (250000, '0,"k"'),  # thousands and millions
        (0, "0;-0;;@"), (0, "#"), (5, ";;;"),  # nothing is shown
        (0.43, '0"%"'), (0.43, '0" mm"'),  # 0%, of 0.43% or 43%; 0 mm
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-'),  # a hyphen is shown
        (-5, "0;[Red]0"),  # the sign is not
        (-5, '[<0]"low";0'), (150, '[>100]"high";0'), (50, '[>100]"high";0'),  # conditions
        (5, "[DBNum1]0"), (5, "0 mm"), (1.5, "000-00"),
        (123456789, "000-00-0000"), (0.5, "# ?/?"),
        (datetime.datetime(2024, 3, 1), "d-mmm"),  # 1-3, as somebody typed
        (datetime.datetime(1954, 3, 1), "yy"), (datetime.datetime(1900, 1, 1, 12), "h:mm"),
        (datetime.datetime(1900, 1, 1, 2), '[h]" h"'), (datetime.timedelta(hours=1), "[mm]:ss"),
        ("x", ";;;"), (1, "0" * 256), (1, "0." + "0" * 254),  # longer than Excel lets it be
        (datetime.datetime(1899, 12, 25), "d.m.yyyy"), (datetime.time(0), "d.m.yyyy"),  # -5 and 0
    ],
)  # fmt: skip
def test_what_shows_something_else_is_refused(value, code):
    with pytest.raises(ValueError, match=r"^a "):
        as_displayed(value, code)


def test_padded_ids_and_xlsx_format():
    book = book_of([["id", "size_cm", "t", "n"], [7, 12, 0, 2.25], [8, 3.5, 1, 2.5]])
    sheet = book.active
    sheet["A2"].number_format, sheet["B2"].number_format = "000", '0" mm"'
    sheet["C2"].number_format, sheet["D2"].number_format = "0;;", "0.0"
    rows, problems, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert rows[1:] == [(2, ["007", "12 mm", "", "2.25"]), (3, ["8", "3.5", "1", "2.5"])]
    expected = "a number format that shows the number itself: in Excel, Format Cells > General"
    assert [p[1:] for p in problems] == [(2, "t", "0;;", expected)]
    assert [n[1:] for n in notes[1:]] == [
        (1, "n", "stored with more digits than are shown; what is stored is read: row 2")
    ]


def test_xlsx_format(codebook):
    """Of a column in cm, a cell that people see as 12 mm is 12 mm."""
    head = ["patient_id", "age", "sex", "lesions_pre", "size_pre_cm", "lesions_post"]
    book = book_of([head, ["P1", 50, "m", 2, 12, 1], ["P2", 51, "f", 2, 3.5, 2]])
    book.active["E2"].number_format = '0" mm"'
    frame, problems = table_in("raw.xlsx", read_workbook("raw.xlsx", bytes_of(book))[0])
    patients, *_ = clean_cohort([("raw.xlsx", frame, problems)], codebook)
    assert patients["size_pre_mm"].tolist() == [12, 35]


def test_a_second_row_of_names_is_the_head_where_its_names_are_known():
    rows = [["who", "what", "before", "after"], ["id", "sex", "n_pre", "n_post"], ["P1", "m", 2, 1]]
    content, known = bytes_of(book_of(rows)), {"id", "sex", "n_pre", "n_post"}
    _, (problem,) = table_in("raw.xlsx", read_workbook("raw.xlsx", content)[0], known)
    assert problem[1:] == (1, "", "4 cells with text", TITLE)
    frame, _ = table_in("raw.xlsx", read_workbook("raw.xlsx", content)[0], {"who"})
    assert list(frame) == rows[0]


def test_dates_count_from_1904_where_the_workbook_says_so():
    book = book_of([["id", "day"], ["P1", datetime.date(2024, 3, 1)]])
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert read_workbook("raw.xlsx", bytes_of(book))[0][1] == (2, ["P1", "2024-03-01"])


# --- What holds nothing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "added",
    [
        b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>',  # far_cell
        b'<row r="9"><c r="A9" s="0"></c>\n <c r="B9" t="n" /></row></sheetData>',
        b'<row r="9" ht="20" customHeight="1"/></sheetData>',
        b'</sheetData><mergeCells><mergeCell ref="D1:XFD1048576"/></mergeCells>',
        b'</sheetData><hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks>',
        b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (i, i) for i in range(5, 100_000))
        + b"</sheetData>",
    ],
    ids=range(6),
)
def test_far_and_many_empty_cells_are_none(added):
    content = bytes_of(book_of(), add_to_sheet(added))
    assert len(without_empty_cells(content)[0]) < 30_000
    rows, problems, notes = read_workbook("raw.xlsx", content)
    assert (problems, len(notes)) == ([], 1)
    assert [row for row, _ in rows] == [1, 2, 3, 4]
    assert rows[3] == (4, ["P3", "6", "3"])


def test_a_cell_that_holds_something_is_kept_however_far_it_is():
    book = book_of()
    book.active["XFD1048576"] = "x"
    rows, _, _ = read_workbook("raw.xlsx", bytes_of(book))
    assert (len(rows), rows[-1][0], len(rows[-1][1]), rows[-1][1][-1]) == (5, 1048576, 16384, "x")


def test_empty_cells_between_others_are_kept():
    """They may be coloured."""
    book = book_of([["id", "n", "x"], ["P1", None, 2], ["P2", 1, 2], ["P3", 1, 2]])
    book.active["B2"].fill = PatternFill("solid", "FFFF00")
    rows, _, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert rows[1] == (2, ["P1", "", "2"])
    assert [note[1:3] for note in notes[1:]] == [(1, "n")]


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("LARGEST", "a huge workbook (0 MB without its compression)"),
        ("LARGEST_LEAN", "a huge workbook (more than 0 MB of XML)"),
        ("MOST_FILLED", "a workbook of more than 10 cells"),
        ("MOST_CELLS", "4 rows of 3 cells, up to C4"),
    ],
)
def test_a_huge_workbook_is_refused(monkeypatch, limit, found):
    monkeypatch.setattr(f"crlm.received.workbook.{limit}", 10)
    rows, (problem,), _ = read_workbook("raw.xlsx", bytes_of(book_of()))
    assert (rows, problem.value) == ([], found)


def test_the_cells_of_a_sheet_count_whatever_its_part_is_called(monkeypatch):
    monkeypatch.setattr("crlm.received.workbook.MOST_FILLED", 10)
    content = bytes_of(book_of(), lambda _, part: part.replace(b"worksheets/sheet1", b"media/x"))
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(new := io.BytesIO(), "w") as to,
    ):
        for name in old.namelist():
            to.writestr(name.replace("worksheets/sheet1", "media/x"), old.read(name))
    _, (problem,), _ = read_workbook("raw.xlsx", new.getvalue())
    assert problem.value == "a workbook of more than 10 cells"


def test_a_sheet_of_blanks_is_read_within_seconds():
    blanks = b"<sheetData>" + b" " * 300_000
    content = bytes_of(book_of(), lambda _, part: part.replace(b"<sheetData>", blanks))
    begun = process_time()
    assert read_workbook("raw.xlsx", content)[1] == []
    assert process_time() - begun < 5


def test_merged_cells_by_the_thousand_are_told_by_their_number(monkeypatch):
    monkeypatch.setattr("crlm.received.workbook.MOST_MERGED", 1)
    book = book_of()
    book.active.merge_cells("A6:B6")
    assert read_workbook("raw.xlsx", bytes_of(book))[1][0].value == "merged cells A6:B6"
    book.active.merge_cells("A7:B7")
    assert read_workbook("raw.xlsx", bytes_of(book))[1][0].value == "2 ranges of merged cells"


def in_part(name, old, new):
    """Return a change of one part of a workbook."""
    return lambda found, part: part.replace(old, new, 1) if found == name else part


@pytest.mark.parametrize(
    ("part", "root"),
    [
        ("xl/worksheets/sheet1.xml", b"<worksheet"), ("xl/workbook.xml", b"<workbook"),
        ("xl/styles.xml", b"<styleSheet"), ("[Content_Types].xml", b"<Types"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',  # billion laughs
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
    ids=["laughs", "file", "net"],
)
def test_a_workbook_that_declares_entities_is_refused_with_the_cause(part, root, declared):
    content = bytes_of(book_of(), in_part(part, root, declared + root))
    rows, (problem,), _ = read_workbook("raw.xlsx", content)
    assert (rows, problem.value) == ([], "a workbook whose XML declares a document type")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_entities_are_seen_in_utf_16_too(encoding):
    def laughs(name, part):
        text = part.decode().replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "ha">]><worksheet')
        return text.encode(encoding) if name == "xl/worksheets/sheet1.xml" else part

    rows, (problem,), _ = read_workbook("raw.xlsx", bytes_of(book_of(), laughs))
    assert (rows, problem.value) == ([], "a workbook whose XML declares a document type")


@pytest.mark.parametrize(
    "added",
    [
        b"<!--" + b"<row " * 300_000 + b"-->",
        b"<!--" + b"<c " * 150_000 + b"-->",
        b"<!--" + b"<hyperlinks>" * 100_000 + b"-->",
        b"<!--" + b"<mergeCell " * 100_000 + b"-->",
    ],
    ids=range(4),
)
def test_what_takes_the_square_of_its_size_in_time_elsewhere_is_read(added):
    rows, problems, _ = read_workbook(
        "raw.xlsx", bytes_of(book_of(), add_to_sheet(b"</sheetData>" + added))
    )
    assert (problems, len(rows)) == ([], 4)


def test_columns_hidden_to_the_end_of_all_numbers_are_those_of_the_table():
    cols = b'<cols><col min="2" max="2147483647" hidden="1" width="9"/></cols><sheetData>'
    change = in_part("xl/worksheets/sheet1.xml", b"<sheetData>", cols)
    _, problems, notes = read_workbook("raw.xlsx", bytes_of(book_of(), change))
    assert (problems, [note.column for note in notes[1:]]) == ([], ["n", "x"])


def test_a_strict_workbook_is_read():
    """ISO/IEC 29500 strict: other namespaces, and dates as ISO 8601."""

    def change(name, part):
        part = part.replace(
            b'<c r="C2" t="n"><v>2.5</v>', b'<c r="C2" s="1" t="d"><v>2024-03-01</v>'
        )
        return re.sub(
            rb"http://schemas.openxmlformats.org/(spreadsheetml|officeDocument|drawingml)/2006/(\w+)",
            rb"http://purl.oclc.org/ooxml/\1/\2", part,
        )  # fmt: skip

    book = book_of()
    book.active["C3"].number_format = "yyyy-mm-dd"
    content = bytes_of(book, change)
    assert b"purl.oclc.org" in content
    rows, problems, _ = read_workbook("raw.xlsx", content)
    assert problems == []
    assert rows[1] == (2, ["P1", "5", "2024-03-01"])


# --- What a sheet says beside its values ----------------------------------------------------------

STRUCK = "struck through in the sheet; read like the others"
COMMENT = "with a comment in the sheet, which is not read"
MADE_BY = "its properties or comments say who made it, which is not read (File > Info > Inspect)"
COLOUR = "in another colour than the rest of the column; colours are not read"


def test_what_is_struck_through_commented_or_coloured_is_told():
    book = book_of()
    sheet = book.active
    sheet["C3"].font = Font(strike=True)
    sheet["A4"] = CellRichText(TextBlock(InlineFont(strike=True), "P3"), " ")
    sheet["B2"].comment = Comment("Dr Meier:\nwas 4 in the letter of 2021", "Dr Meier")
    sheet["C1"].comment = sheet["B9"].comment = Comment("?", "Dr Meier")
    for cell in sheet[1]:  # the header is often coloured
        cell.fill = PatternFill("solid", "DDDDDD")
    for cell in sheet[4]:
        cell.fill = PatternFill("solid", "FF0000")
    sheet["B2"].font = Font(color="FF0000")
    sheet["C2"].font, sheet["C2"].fill = Font(color="FF000000"), PatternFill("solid", "FFFFFF")
    rows, problems, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert problems == []
    assert [row for _, row in rows] == [["id", "n", "x"], ["P1", "5", "2.5"], ["P2", "6", "3"],
                                        ["P3 ", "6", "3"]]  # fmt: skip
    assert [note[1:] for note in notes[1:]] == [
        (1, "id", f"{STRUCK}: row 4"),
        (1, "x", f"{STRUCK}: row 3"),
        (1, "n", f"{COMMENT}: row 2, 9"),
        (1, "x", f"{COMMENT}: row 1"),
        (1, "id", f"{COLOUR}: row 4"),
        (1, "n", f"{COLOUR}: row 2, 4"),
        (1, "x", f"{COLOUR}: row 4"),
        ("", "", MADE_BY),
    ]
    assert "Meier" not in str(notes)


def test_a_text_of_which_a_part_is_struck_through_is_refused():
    book = book_of()
    book.active["A2"] = CellRichText("P1", TextBlock(InlineFont(strike=True), "2"))
    _, (problem,), _ = read_workbook("raw.xlsx", bytes_of(book))
    assert problem[1:] == (
        2, "id", "text struck through in part", "text that counts or text that doesn't"
    )  # fmt: skip


def test_a_raised_sign_is_no_digit():
    book = book_of()
    book.active["A2"] = CellRichText("35", TextBlock(InlineFont(vertAlign="superscript"), "2"))
    rows, problems, _ = read_workbook("raw.xlsx", bytes_of(book))
    assert (rows[1][1][0], problems) == ("35^2", [])


def test_of_many_rows_some_are_named():
    book = book_of([["id", "n"], *(["P", 1] for _ in range(40))])
    for row in range(2, 42):
        book.active.cell(row, 2).font = Font(strike=True)
    _, _, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert notes[1].note.endswith("30, 31 and 10 more")


def test_no_title_of_a_sheet_is_told():
    book = book_of()
    book.active.title = "Dr Meier"
    book.create_sheet("Frau Meier")["A1"] = "x"
    _, problems, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert "Meier" not in str(problems) + str(notes)
    assert problems[0].value == "data in sheets 1, 2"


# --- What a workbook keeps beside its cells -------------------------------------------------------

PIVOT = "xl/pivotCache/pivotCacheRecords1.xml"
NOBODY = "a workbook that has nobody beside its cells"


def with_part(content, text):
    """Return a workbook with the records of a pivot table's cache."""
    added = io.BytesIO(content)
    with zipfile.ZipFile(added, "a") as archive:
        archive.writestr(PIVOT, f"<pivotCacheRecords><r>{text}</r></pivotCacheRecords>")
    return added.getvalue()


@pytest.mark.parametrize(
    ("pivot", "listed", "told"),
    [
        ('<s v="Fatma Hassan"/>', "M,F", NOBODY),
        ('<n v="28503121401234"/>', "M,F", NOBODY),
        ('<s v="xelox"/><n v="43"/><d v="2024-03-01T00:00:00"/>', "M,F", ""),
        ('<s v="P1"/>', "Mona Zaki,Omar Said", NOBODY),
        ("", "M,F", ""),
    ],
)
def test_who_stands_in_a_pivot_table_or_a_list_is_refused_and_not_shown(pivot, listed, told):
    book = book_of()
    validation = DataValidation("list", formula1=f'"{listed}"')
    validation.add("B2:B4")
    book.active.add_data_validation(validation)
    content = bytes_of(book)
    _, problems, notes = read_workbook("raw.xlsx", with_part(content, pivot) if pivot else content)
    assert [p.expected.startswith(told) for p in problems] == [True] * bool(told)
    assert ("pivot" in str(notes)) == (bool(pivot) and not told)
    assert not re.search("Hassan|Mona|28503", str(problems) + str(notes))


@pytest.mark.parametrize(
    ("rows", "state", "named", "read"),
    [
        ([["Sex", "Drug"], ["M", "xelox"], ["F", "folfox"]], "hidden", True, True),
        ([["M"], ["F"]], "veryHidden", True, True),
        ([["M"], ["F"]], "visible", True, False),
        ([["M"], ["F"]], "hidden", False, False),  # nothing refers to it
        ([["id", "sex"], ["P8", "M"], ["P9", "M"]], "hidden", True, False),  # patients
        ([["Mona Zaki"], ["Omar Said"]], "hidden", True, False),  # a list of surgeons
    ],
)
def test_a_hidden_sheet_of_lists_is_no_second_table(rows, state, named, read):
    book = book_of()
    other = book.create_sheet("My lists")
    for row in rows:
        other.append(row)
    other.sheet_state = state
    if named:
        validation = DataValidation("list", formula1="'My lists'!$A$1:$A$2")
        validation.add("B2:B4")
        book.active.add_data_validation(validation)
    _, problems, notes = read_workbook("raw.xlsx", bytes_of(book))
    assert ("drop-down" in str(notes)) is read
    assert [p.value.startswith("data in sheets 1, 2") for p in problems] == [True] * (not read)
    assert not re.search("Mona|My lists", str(problems) + str(notes))
