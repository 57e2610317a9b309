"""Read the rendered documents: no digit that nobody injected, no row lost, all in its place."""

import re
import unicodedata
from bisect import bisect
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2 as pdfium

from crlm.base.problems import Problem, refuse
from crlm.manuscript.alignment import HOLDS, part_of, text_of
from crlm.manuscript.docx import WORD, read_body
from crlm.manuscript.pandoc import parse

# Numbers that the renderer gives: of figures, tables and sections, and where a heading begins.
STRUCTURE = [r"\b(?:Figure|Table|Section)\sS?\d+(?:\.\d+)*", r"^\s*\d+(?:\.\d+)*\s(?=\s*[A-Z])"]
# Classes of what is injected: numbers, texts of the config, the title page.
INJECTED = {"num", "typed", "title", "byline", "affiliation", "quarto-title-meta"}
TITLE_PAGE = {"Title", "Author", "Affiliation", "Bibliography"}  # styles of paragraphs
INLINE = {"a", "b", "code", "em", "i", "span", "strong", "sub", "sup"}  # within a block
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# What a reader of a PDF does not miss (pdfium reads a hyphen at a line's end as x02), and what
# stands there in another order or form: citations, formulas, letters written from right to left.
UNSEEN = re.compile(r"[\s\x02\"'‘’‚‛“”„‟«»‹›\u00ad\u200b-\u200f\u2060\ufeff‐-―-]")
GAP = "\ufffc"
GAPS = {"Math": GAP, "RawInline": ""}
CITED = re.compile(r"@(?:fig|tbl)-[\w-]+|\[[^][]*@[^][]*\]|@[\w:-]+")
# A gap, or all of a cell that holds a sign written from right to left: its parts change places.
WRITTEN_OTHERWISE = re.compile(f".*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc].*|{GAP}+")
NUMBERED_FLOATS = {"Figure": "fig-", "Table": "tbl-"}  # pandoc node -> its identifiers
LINE = 4  # points; a row that stands less below the row before it is printed over it


class Reader(HTMLParser):
    """Collect the text blocks of a page without injected numbers, links, references, scripts."""

    def __init__(self):
        super().__init__()
        self.blocks = [""]
        self._open: list[tuple[str, bool]] = []  # tag, whether its text is left out

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            return
        out = self.is_left_out(tag, {name: value or "" for name, value in attrs})
        self._open.append((tag, out or (bool(self._open) and self._open[-1][1])))
        if tag not in INLINE:
            self.blocks.append("")

    def is_left_out(self, tag: str, facts: dict[str, str]) -> bool:
        """Return whether the text of an element is left out, by its tag and its attributes."""
        return (
            tag in ("script", "style", "title", "nav", "svg")
            or facts.get("id") == "refs"
            or not INJECTED.isdisjoint(facts.get("class", "").split())
            or (tag == "a" and facts.get("href", "").startswith(("#", "mailto:")))
        )

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.blocks.append("")

    def handle_data(self, data):
        self.blocks[-1] += " " if self._open and self._open[-1][1] else data


def html_blocks(path: Path) -> list[str]:
    """Return the text blocks of an HTML document without what was injected."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.blocks


def docx_blocks(path: Path) -> list[str]:
    """Return the paragraphs of a DOCX document without what was injected: of style `Number`."""
    blocks = []
    for paragraph in read_body(path).iter(f"{WORD}p"):
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        if style is not None and style.get(f"{WORD}val") in TITLE_PAGE:
            continue
        linked = {run for link in paragraph.iter(f"{WORD}hyperlink") for run in link}
        text = ""
        for run in paragraph.iter(f"{WORD}r"):
            mark = run.find(f"{WORD}rPr/{WORD}rStyle")
            injected = mark is not None and mark.get(f"{WORD}val") == "Number"
            text += " " if injected or run in linked else "".join(run.itertext())
        blocks.append(text)
    return blocks


def require_injected(path: Path, rules: dict) -> None:
    """Stop the build where a rendered document shows a digit that nobody injected.

    Parameters
    ----------
    path
        The document. A PDF is made from the same source and bears no marks; it is not read.
    rules
        `exceptions`, as for the source.

    Raises
    ------
    InputError
        With each such digit and the text around it.
    """
    readers = {".html": html_blocks, ".docx": docx_blocks}
    if path.suffix not in readers:
        return
    problems: list[Problem | str] = []
    for text in readers[path.suffix](path):
        block = " ".join(text.split())
        names = (rf"(?i)(?<!\w)(?:{e['pattern']})(?!\w)" for e in rules["exceptions"])
        for pattern in (*STRUCTURE, *names):
            block = re.sub(pattern, " ", block)
        problems += [
            Problem(
                path.name, "", "", digit[0], f"an injected number in: {' '.join(block.split())}"
            )
            for digit in re.finditer(r"\d[\d.,]*", block)
        ]
    refuse(problems)


def tables_of(qmd: Path) -> list[list[list[str]]]:
    """Return the cells of each table of a manuscript, row by row, its head first."""
    labels = {f"@{name}": label for name, (label, _) in floats_of(qmd).items()}

    def shown_as(text: str) -> str:
        """Return a text with the labels of figures and tables, and gaps for other citations."""
        return CITED.sub(lambda cited: labels.get(cited[0], GAP), text)

    tables = [node["c"] for node in parse(qmd.read_text("utf-8")) if node.get("t") == "Table"]
    paths = [path for holds, *path in HOLDS["Table"] if holds == "rows"]
    return [
        [
            cells
            for path in paths
            for row in part_of(content, path)
            if without_gaps("".join(cells := [shown_as(text_of(cell, GAPS)) for cell in row[1]]))
        ]
        for content in tables
    ]


def without_gaps(text: str) -> str:
    """Return a text without blanks, quotation marks and hyphens, its ligatures spelt out."""
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def as_drawn(cell: str) -> str:
    """Return the pattern of a cell's text in a PDF."""
    return WRITTEN_OTHERWISE.sub(".{1,299}?", re.escape(without_gaps(cell)))


def pdf_text(path: Path) -> tuple[str, list[tuple[int, float]]]:
    """Return the plain text of a PDF, and of each sign its page and its height on it, in points."""
    return read_pdf(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)  # for both guards
def read_pdf(path: Path, _changed: int) -> tuple[str, list[tuple[int, float]]]:
    """Read a PDF as it was last changed; see `pdf_text`."""
    signs: list[str] = []
    places: list[tuple[int, float]] = []
    for number, page in enumerate(pdfium.PdfDocument(path)):
        text, top = page.get_textpage(), page.get_height()
        for shown in page.get_objects([pdfium.raw.FPDF_PAGEOBJ_TEXT], textpage=text):
            height = shown.get_matrix().f
            if 0 < height < top:
                signs.extend(without_gaps(shown.extract()))
                places.extend([(number, height)] * (len(signs) - len(places)))
    return "".join(signs), places


def rows_read(rows: list[re.Pattern], text: str, places: list, at: int) -> int:
    """Return how many rows of a table stand in a PDF from the sign `at` on, one below the other."""
    above = None
    for n, row in enumerate(rows):
        found = row.match(text, at)
        if above and not found:  # the table goes on on another page, below its head
            head = rows[0].search(text, bisect(places, above[0], key=lambda place: place[0]))
            found = head and row.search(text, head.end())
        if not found:
            return n
        place = places[found.start()]
        if above and place[0] == above[0] and place[1] > above[1] - LINE:
            return n
        above, at = place, found.end()
    return len(rows)


def require_tables(path: Path, qmd: Path) -> None:
    """Stop the build where a reader of the PDF would miss a row of a table.

    Parameters
    ----------
    path
        The document; one that is no PDF is not read, since no page cuts its tables.
    qmd
        The manuscript that it was made from.

    Raises
    ------
    InputError
        With the first row of each table that is lost, or printed over another or off the page, or
        that goes on on a page without the head.
    """
    if path.suffix != ".pdf":
        return
    text, places = pdf_text(path)
    problems = []
    for number, table in enumerate(tables_of(qmd), start=1):
        patterns = [re.compile("".join(map(as_drawn, cells))) for cells in table]
        read = max(
            (rows_read(patterns, text, places, at.start()) for at in patterns[0].finditer(text)),
            default=0,
        )
        if read < len(patterns):
            shown = " | ".join(cell.strip() for cell in table[read])
            problems.append(
                f"{path.name}, Table {number}, row {read + 1}: {shown!r} can't be read: "
                "it is lost, off the page, printed over another row or without its head"
            )
    refuse(problems)


def floats_of(qmd: Path) -> dict[str, tuple[str, str]]:
    """Return the figures and tables of a manuscript by their identifiers.

    Each with its label as the filter numbers it, `Figure S1`, and how its caption begins in plain
    text.
    """
    series, counts, labels = "", dict.fromkeys(NUMBERED_FLOATS, 0), {}
    for node in parse(qmd.read_text("utf-8")):
        kind, content = node.get("t"), node.get("c", [])
        if kind == "Header" and "supplement" in content[1][1]:
            series, counts = "S", dict.fromkeys(NUMBERED_FLOATS, 0)
        elif kind in NUMBERED_FLOATS and content[0][0].startswith(NUMBERED_FLOATS[kind]):
            counts[kind] += 1
            label = f"{kind} {series}{counts[kind]}"
            said = "".join(text_of(block, GAPS) for block in content[1][1]).split(GAP)[0]
            labels[content[0][0]] = label, without_gaps(f"{label}: {CITED.split(said)[0]}")[:30]
    return labels


def misplaced_floats(path: Path, floats: dict[str, tuple[str, str]]) -> list[str]:
    """Return the figures and tables of a PDF that stand before the text that mentions them."""
    text, places = pdf_text(path)
    problems = []
    for key, (label, caption) in floats.items():
        at, name = text.find(caption), re.escape(without_gaps(label))
        mentions = [places[m.start()] for m in re.finditer(name, text) if m.start() != at]
        page, height = places[at]
        if at < 0 or not any((p, -h) < (page, -height) for p, h in mentions):
            problems.append(
                f"{path.name}: {label} stands before the text that mentions it, if any; expected "
                f"@{key} in a paragraph above it"
            )
    return problems


def loose_parts(path: Path, floats: dict[str, tuple[str, str]]) -> list[str]:
    """Return what Word would cut or not number: rows, heads, captions, lines."""
    body = read_body(path)
    problems = [] if body.find(f".//{WORD}lnNumType") is not None else ["lines have no numbers"]
    for number, table in enumerate(body.iter(f"{WORD}tbl"), start=1):
        rows = table.findall(f"{WORD}tr")
        if any(row.find(f"{WORD}trPr/{WORD}cantSplit") is None for row in rows):
            problems.append(f"table {number} has rows that a page may cut")
        if len(rows) > 2 and table.find(f".//{WORD}pStyle[@{WORD}val='KeptRow']") is None:
            problems.append(f"table {number} has no rows that stay with the next")
        if rows[0].find(f"{WORD}trPr/{WORD}tblHeader") is None:
            problems.append(f"table {number} has no head that is repeated")
    fields = len([*body.iter(f"{WORD}fldSimple")])
    if fields != len(floats):
        problems.append(f"{fields} captions have a field, of {len(floats)} figures and tables")
    return [f"{path.name}: {problem}" for problem in problems]


def require_layout(path: Path, qmd: Path) -> None:
    """Stop the build where figures and tables are out of place (PDF) or may come apart (DOCX).

    `qmd` is the manuscript that the document `path` was made from.
    """
    read = {".pdf": misplaced_floats, ".docx": loose_parts}.get(path.suffix)
    refuse(read(path, floats_of(qmd)) if read else [])
