"""Read a document of Word: its text, its tracked changes, its comments, and nothing else."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from crlm.base.problems import InputError
from crlm.manuscript.docx import DIGEST, WORD
from crlm.received.workbook import STRICT

LARGEST = 50_000_000  # bytes of a part without its compression
OBJECT = "\ufffc"  # stands for a picture, a formula, a note: what is no text
PARTS = ("document", "comments", "footnotes", "endnotes")
INSERTED = {f"{WORD}ins", f"{WORD}moveTo"}
DELETED = {f"{WORD}del", f"{WORD}moveFrom"}
BLANKS = {f"{WORD}tab", f"{WORD}br", f"{WORD}cr", f"{WORD}ptab"}
NOTES = {f"{WORD}footnoteReference": "footnotes", f"{WORD}endnoteReference": "endnotes"}
OBJECTS = {f"{WORD}{tag}" for tag in ("drawing", "pict", "object", "sym")} | {
    f"{{http://schemas.openxmlformats.org/{name}}}{tag}"
    for name, tag in (
        ("officeDocument/2006/math", "oMath"),
        ("markup-compatibility/2006", "AlternateContent"),
    )
}
# What holds no text of the document, or holds it once more.
SILENT = {
    f"{WORD}{tag}"
    for tag in ("rPr", "sdtPr", "sdtEndPr", "instrText", "delInstrText", "tblPr", "tblGrid",
                "tcPr", "trPr", "sectPr")
}  # fmt: skip
ODD_SIGNS = {"\u2011": "-", "\u00ad": "", "\u200b": "", "\ufeff": ""}


class Mark(NamedTuple):
    """Who inserted or deleted something; empty where nobody did."""

    inserted: str = ""
    deleted: str = ""


class Run(NamedTuple):
    """A piece of text: its key, the tag of its control or `#` and what it links to; its mark."""

    text: str
    key: str
    mark: Mark


class Paragraph(NamedTuple):
    """A paragraph: its runs, its style, its cell (table, row, column; 0 outside), its end's mark.

    `comments` has the numbers of those that begin in it.
    """

    runs: list[Run]
    style: str
    cell: tuple[int, int, int]
    end: Mark
    comments: list[str]


class Comment(NamedTuple):
    """A comment: who wrote it and when, what it says, of which words, in which paragraph."""

    author: str
    date: str
    text: str
    about: str
    paragraph: int


class Document(NamedTuple):
    """A document; `digest` names the filled manuscript that it was made from, where it tells."""

    paragraphs: list[Paragraph]
    comments: list[Comment]
    digest: str


def read_parts(path: Path) -> dict[str, ElementTree.Element]:
    """Return the parts of a DOCX that hold text, parsed.

    Raises
    ------
    InputError
        Where the file is no DOCX, has no text, is damaged, huge or declares what is not its own.
    """
    expected = "a document as Word or LibreOffice saves it (.docx, no password)"
    trees = {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "word/document.xml" not in names:
                raise InputError([f"{path}: found no text of Word in it; expected {expected}"])
            for part in PARTS:
                if f"word/{part}.xml" in names:
                    with archive.open(f"word/{part}.xml") as file:
                        xml = file.read(LARGEST + 1)
                    if len(xml) > LARGEST:
                        size = f"word/{part}.xml of more than {LARGEST // 1_000_000} MB"
                        raise InputError([f"{path}: found {size}; expected {expected}"])
                    xml = STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", xml)
                    if b"<!DOCTYPE" in xml.replace(b"\0", b""):  # in UTF-16 too
                        raise ValueError("it declares a document type, which no Word does")
                    trees[part] = ElementTree.fromstring(xml)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        found = f"{error}" if zipfile.is_zipfile(path) else "no zip file, or a damaged one"
        raise InputError([f"{path}: found {found}; expected {expected}"]) from None
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise InputError([f"{path}: found XML to refuse: {error}; expected {expected}"]) from None
    except OSError as error:
        raise InputError([f"{path}: it can't be read ({error.strerror or error})"]) from None
    return trees


class Reader:
    """Walk a document's body and gather its paragraphs and comments."""

    def __init__(self, trees: dict[str, ElementTree.Element]):
        self.notes = {
            (part, note.get(f"{WORD}id")): text_in(note)
            for part in ("footnotes", "endnotes")
            for note in trees.get(part, ())
        }
        self.paragraphs: list[Paragraph] = []
        self.tables = 0
        self.digest = ""
        self.about: dict[str, list[str]] = {}  # number of a comment -> the words that it is about
        self.at: dict[str, int] = {}  # number of a comment -> its paragraph
        self.open: set[str] = set()

    def blocks(self, parent: ElementTree.Element, cell: tuple, mark: Mark) -> None:
        """Read the paragraphs and tables of a body, cell or control."""
        for child in parent:
            if child.tag == f"{WORD}p":
                self.paragraph(child, cell, mark)
            elif child.tag == f"{WORD}tbl":
                self.table(child, cell, mark)
            elif child.tag in INSERTED | DELETED:
                self.blocks(child, cell, marked(mark, child))
            elif child.tag not in SILENT:
                self.aside(child)
                self.blocks(child, cell, mark)

    def table(self, table: ElementTree.Element, cell: tuple, mark: Mark) -> None:
        """Read a table, cell by cell; one within a cell belongs to that cell."""
        if not cell[0]:
            self.tables += 1
        rows = list(within(table, f"{WORD}tr"))
        for i, row in enumerate(rows, start=1):
            of_row = mark
            for sign in row.findall(f"{WORD}trPr/*"):
                of_row = marked(of_row, sign)
            for j, one in enumerate(within(row, f"{WORD}tc"), start=1):
                self.blocks(one, cell if cell[0] else (self.tables, i, j), of_row)

    def paragraph(self, element: ElementTree.Element, cell: tuple, mark: Mark) -> None:
        """Read a paragraph."""
        style = element.find(f"{WORD}pPr/{WORD}pStyle")
        end = mark
        for sign in element.findall(f"{WORD}pPr/{WORD}rPr/*"):
            end = marked(end, sign)
        own = Paragraph([], "" if style is None else style.get(f"{WORD}val", ""), cell, end, [])
        self.paragraphs.append(own)
        self.runs(element, own, "", mark)

    def runs(self, parent: ElementTree.Element, own: Paragraph, key: str, mark: Mark) -> None:
        """Read the runs below an element of a paragraph."""
        for child in parent:
            tag = child.tag
            if tag in SILENT or tag == f"{WORD}pPr":
                continue
            if tag in (f"{WORD}t", f"{WORD}delText"):
                self.say(own, child.text or "", key, mark)
            elif tag in BLANKS:
                self.say(own, " ", key, mark)
            elif tag == f"{WORD}noBreakHyphen":
                self.say(own, "-", key, mark)
            elif tag in NOTES:
                note = self.notes.get((NOTES[tag], child.get(f"{WORD}id")), "")
                self.say(own, f"{OBJECT}{note}", key, mark)
            elif tag in OBJECTS:
                self.say(own, OBJECT + text_in(child), key, mark)
            elif tag in INSERTED | DELETED:
                self.runs(child, own, key, marked(mark, child))
            elif tag == f"{WORD}sdt":
                name = child.find(f"{WORD}sdtPr/{WORD}tag")
                own_key = key if name is None else name.get(f"{WORD}val", key)
                self.runs(child, own, own_key, mark)
            elif tag == f"{WORD}hyperlink":
                anchor = child.get(f"{WORD}anchor")
                self.runs(child, own, f"#{anchor}" if anchor else key, mark)
            else:
                self.aside(child)
                self.runs(child, own, key, mark)

    def aside(self, element: ElementTree.Element) -> None:
        """Note where a comment begins or ends, and the digest in a bookmark's name."""
        number = element.get(f"{WORD}id", "")
        last = len(self.paragraphs) - 1
        if element.tag == f"{WORD}commentRangeStart":
            self.open.add(number)
            self.about[number] = []
            self.at[number] = last
        elif element.tag == f"{WORD}commentRangeEnd":
            self.open.discard(number)
        elif element.tag == f"{WORD}commentReference":
            self.at.setdefault(number, last)
        elif element.tag == f"{WORD}bookmarkStart":
            name = re.fullmatch(rf"{DIGEST}([0-9a-f]{{16}})", element.get(f"{WORD}name", ""))
            self.digest = self.digest or (name[1] if name else "")

    def say(self, own: Paragraph, text: str, key: str, mark: Mark) -> None:
        """Add text to a paragraph, and to what the open comments are about."""
        for odd, plain in ODD_SIGNS.items():
            text = text.replace(odd, plain)
        own.runs.append(Run(text, key, mark))
        if not mark.deleted:
            for number in self.open:
                self.about[number].append(text)


def marked(mark: Mark, element: ElementTree.Element) -> Mark:
    """Return a mark with what an element adds to it, if it is an insertion or deletion."""
    author = element.get(f"{WORD}author") or "somebody"
    if element.tag in INSERTED:
        return mark._replace(inserted=author)
    return mark._replace(deleted=author) if element.tag in DELETED else mark


def within(parent: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    """Yield the children of a name, also those in a control or a mark around them."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag not in SILENT and child.tag not in (f"{WORD}tc", f"{WORD}p"):
            yield from within(child, tag)


def text_in(element: ElementTree.Element) -> str:
    """Return the text below an element, its paragraphs apart; of alternatives the first."""
    told = []
    for paragraph in element.iter(f"{WORD}p"):
        told.append("".join(t.text or "" for t in paragraph.iter(f"{WORD}t")))
    return " ".join(dict.fromkeys(filter(None, told)))


def read_document(path: Path) -> Document:
    """Read the text of a DOCX, its tracked changes and its comments.

    Returns
    -------
    Document
        In the order of the text. Formats, pictures, headers and footers are not read.

    Raises
    ------
    InputError
        As `read_parts` does.
    """
    trees = read_parts(path)
    body = trees["document"].find(f"{WORD}body")
    if body is None:
        raise InputError([f"{path}: found no text of Word in it; expected a document of Word"])
    reader = Reader(trees)
    try:
        reader.blocks(body, (0, 0, 0), Mark())
    except RecursionError:
        told = "elements too deep within each other; expected a document of Word"
        raise InputError([f"{path}: found {told}"]) from None
    comments = [
        Comment(
            comment.get(f"{WORD}author") or "somebody",
            (comment.get(f"{WORD}date") or "")[:10],
            text_in(comment),
            " ".join("".join(reader.about.get(comment.get(f"{WORD}id", ""), [])).split()),
            reader.at.get(comment.get(f"{WORD}id", ""), -1),
        )
        for comment in trees.get("comments", ())
    ]
    return Document(reader.paragraphs, comments, reader.digest)


def read_sent(folder: Path, digest: str) -> Document | None:
    """Return the document that was sent, by the digest that it bears, where it is kept."""
    kept = folder / f"{digest}.docx"
    return read_document(kept) if digest and kept.is_file() else None
