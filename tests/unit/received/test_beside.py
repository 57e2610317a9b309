"""Who is named in a file beside its cells is refused, told with the place, and not shown."""

import io
import re
import zipfile

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink

from crlm.received.tables import read_raw

PERSONS = ("Ahmed Hassan", "MRN 4711823", "born 12.03.1961", "+20 100 123 4567", "a.h@example.org",
           "12 Tahrir Street, Cairo", "أحمد حسن علي")  # fmt: skip
NOBODY = ("measured by MRI", "CRLM registry 2025", "not in the report; taken from the first CT")


def hint_of(**texts):
    def add(book):
        validation = DataValidation("list", formula1='"M,F"', **texts)
        validation.add("B2:B4")
        book.active.add_data_validation(validation)

    return add


def comment_on(book, cell, text, author="Registry"):
    book.active[cell].comment = Comment(text, author)


def name_cells(book, text):
    book.defined_names["x"] = DefinedName("x", attr_text="Sheet!$A$1", comment=text)


# As openpyxl writes them: what is written where -> what people call the place.
WRITTEN = {
    "the properties of the file": [
        lambda book, text: setattr(book.properties, "title", text),
        lambda book, text: setattr(book.properties, "subject", text),
        lambda book, text: setattr(book.properties, "keywords", text),
        lambda book, text: setattr(book.properties, "description", text),
        lambda book, text: book.custom_doc_props.append(StringProperty(name="Note", value=text)),
    ],
    "a comment at C3": [
        lambda book, text: comment_on(book, "C3", text),
        lambda book, text: comment_on(book, "C3", f"Omar Farouk:\n{text}", "Omar Farouk"),
    ],
    "a comment at AZ70": [lambda book, text: comment_on(book, "AZ70", text)],
    "the name of a sheet": [
        lambda book, text: setattr(book.active, "title", re.sub(r"[/:]", "", text)[:31])
    ],
    "a name of cells": [name_cells],
    "a heading of the printed page": [
        lambda book, text: setattr(book.active.oddHeader.center, "text", text),
        lambda book, text: setattr(book.active.evenFooter.left, "text", f"{text}&P of &N"),
    ],
    "a hint at a cell": [
        lambda book, text: hint_of(prompt=text)(book),
        lambda book, text: hint_of(errorTitle=text)(book),
        lambda book, text: setattr(
            book.active["C3"], "hyperlink", Hyperlink(ref="C3", location="A1", tooltip=text)
        ),
    ],
}
# As Excel writes them, which openpyxl does not: part -> its XML.
PARTS = {
    "a comment at C3": (
        "xl/threadedComments/threadedComment1.xml",
        '<ThreadedComments><threadedComment ref="C3"><text>{}</text></threadedComment>'
        "</ThreadedComments>",
    ),
    "a text box, a picture or a chart": (
        "xl/drawings/drawing9.xml",
        "<xdr:wsDr><xdr:txBody><a:p><a:r><a:rPr/><a:t>See </a:t></a:r><a:r><a:t>{}</a:t></a:r>"
        "</a:p></xdr:txBody></xdr:wsDr>",
    ),
    "what is kept of another workbook": (
        "xl/externalLinks/externalLink1.xml",
        '<externalLink><cell r="A1" t="str"><v>{}</v></cell></externalLink>',
    ),
    "a pivot table": ("xl/pivotCache/pivotCacheRecords1.xml", '<r><s v="{}"/></r>'),
    "a filter or a rule of colours": (
        "xl/tables/table9.xml",
        '<table><autoFilter><filterColumn><filters><filter val="{}"/></filters></filterColumn>'
        "</autoFilter></table>",
    ),
    "the saved changes of a shared file": (
        "xl/revisions/revisionLog1.xml",
        '<revisions><rcc><oc r="B2" t="inlineStr"><is><t>{}</t></is></oc></rcc></revisions>',
    ),
}


def book_with(write=lambda book: None, part=None):
    book, saved = openpyxl.Workbook(), io.BytesIO()
    for row in (["id", "n", "x"], ["P1", 5, 2.5], ["P2", 6, 3.0], ["P3", 6, 3.0]):
        book.active.append(row)
    write(book)
    book.save(saved)
    with zipfile.ZipFile(saved, "a") as archive:
        if part:
            archive.writestr(*part)
    return saved.getvalue()


def spss_with(path, **texts):
    frame = pd.DataFrame({"id": ["P1", "P2"], "sex": [1.0, 2.0]})
    pyreadstat.write_sav(frame, str(path), **texts)
    return path.read_bytes()


def files_with(text, folder):
    """Yield place and file of a table with a text in each place beside the cells."""
    for place, ways in WRITTEN.items():
        for write in ways:
            yield place, ".xlsx", book_with(lambda book, write=write: write(book, text))
    for place, (name, xml) in PARTS.items():
        yield place, ".xlsx", book_with(part=(name, xml.format(text)))
    own = {
        "the label of the file": {"file_label": text},
        "a note of the file": {"note": text},
        "the label of variable 2": {"column_labels": {"sex": text}},
        "a value label of variable 2": {"variable_value_labels": {"sex": {1: "M", 9: text}}},
    }
    for place, of in own.items():
        yield place, ".sav", spss_with(folder / "made.sav", **of)


@pytest.mark.parametrize("text", [*PERSONS, *NOBODY])
def test_who_is_named_beside_the_cells_is_refused_with_the_place(tmp_path, text):
    for place, suffix, content in files_with(text, tmp_path):
        path = tmp_path / f"raw{suffix}"
        path.write_bytes(content)
        frame, problems, notes = read_raw(str(path))
        told = [p.value.partition(" in ")[2] for p in problems]
        assert told == [place] * (text in PERSONS)
        assert len(frame)  # what else is wrong is told with it
        words = [] if text in NOBODY else re.findall(r"\w{3,}", text)
        assert not [word for word in words if word in f"{problems}{notes}".replace("born", "")]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Omar Farouk", False),
        ("o.farouk@example.org", False),
        ("MRN 4711823", True),
        ("+20 100 123 4567", True),
    ],
)
def test_who_made_a_workbook_is_noted_and_only_refused_where_it_is_no_name(tmp_path, text, refused):
    path = tmp_path / "raw.xlsx"
    path.write_bytes(book_with(lambda book: setattr(book.properties, "creator", text)))
    _, problems, notes = read_raw(str(path))
    assert [p.value.endswith("in who made it") for p in problems] == [True] * refused
    assert "say who made it" in str(notes)
    assert not re.search("(?i)omar|farouk|4711|100", str(notes) + str(problems))


@pytest.mark.parametrize(
    ("comment", "refused"),
    [
        *((f"{before}{name}{after}", True) for name in ("Okonkwo", "Jürgen Müllerová", "حسن")
          for before, after in (("", ""), ("", ": no MRI"), ("CT and MRI of ", " in May 2024"),
                                ("patient ", " refused the second CT"), ("siehe Brief von ", ""))),
        *((text, False) for text in (
            "see MRI report", "checked 12.3.", "CT of 3 March: 4 lesions",
            "bitte noch einmal prüfen", "@Radiology please check", "scanner refait",
            "falta el segundo TC", "انظر تقرير الرنين المغناطيسي", "controllare il referto",
            "MDT decision: surgery",
            "dose reduced to 75% after cycle 2", "Rücksprache mit Chirurgie", "Siemens 3T")),
    ],
)  # fmt: skip
def test_a_comment_may_have_a_single_name(tmp_path, comment, refused):
    path = tmp_path / "raw.xlsx"
    path.write_bytes(book_with(lambda book: comment_on(book, "C3", comment)))
    assert bool(read_raw(str(path))[1]) == refused


@pytest.mark.parametrize(
    "text",
    [
        "Page &P of &N, Confidential",
        '&L&"Times New Roman,Regular"&12CRLM registry&R&D',
        "Export 12.03.2024",
        "Seite &P von &N",
        "https://www.example.org/guide",
        "{2B0EC025-287A-42C9-90F3-9FD04AC8F706}",
        "0x0101009F11AC4F9F11AC4F",
    ],
)
def test_what_programs_and_headings_say_is_nobody(tmp_path, text):
    path = tmp_path / "raw.xlsx"
    for part in ("title", "keywords"):
        path.write_bytes(book_with(lambda book, part=part: setattr(book.properties, part, text)))
        assert read_raw(str(path))[1] == []
