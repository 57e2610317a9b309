"""Read the rendered documents: every digit was injected, or is a reference or an exception."""

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from crlm.problems import InputError, Problem

# Numbers that the renderer gives: of figures, tables and sections, and where a heading begins.
STRUCTURE = [r"\b(?:Figure|Table|Section)\s\d+(?:\.\d+)*", r"^\s*\d+(?:\.\d+)*\s(?=\s*[A-Z])"]
# Classes of what is injected: numbers, texts of the config, the title page.
INJECTED = {"num", "typed", "title", "byline", "affiliation", "quarto-title-meta"}
TITLE_PAGE = {"Title", "Author", "Affiliation", "Bibliography"}  # styles of paragraphs
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Reader(HTMLParser):
    """Collect the text blocks of a page without injected numbers, links, references, scripts."""

    def __init__(self):
        super().__init__()
        self.blocks = [""]
        self._open: list[tuple[str, bool]] = []  # tag, whether its text is left out

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            return
        facts = {name: value or "" for name, value in attrs}
        out = tag in ("script", "style", "title", "nav", "svg") or facts.get("id") == "refs"
        out |= not INJECTED.isdisjoint(facts.get("class", "").split())
        out |= tag == "a" and facts.get("href", "").startswith(("#", "mailto:"))
        out |= bool(self._open) and self._open[-1][1]
        self._open.append((tag, out))
        if tag not in ("span", "a", "em", "strong", "sup", "sub", "code"):
            self.blocks.append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag not in ("span", "a", "em", "strong", "sup", "sub", "code"):
            self.blocks.append("")

    def handle_data(self, data):
        self.blocks[-1] += " " if self._open and self._open[-1][1] else data


def html_blocks(path: Path) -> list[str]:
    """Return the text blocks of an HTML document without what was injected."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.blocks


def docx_blocks(path: Path) -> list[str]:
    """Return the paragraphs of a DOCX document without what was injected.

    The embedded renderer marks injected numbers by the style `Number`; Quarto's DOCX bears no such
    mark, and nothing in it can be told apart.
    """
    with zipfile.ZipFile(path) as archive:
        document = archive.read("word/document.xml")
    if b'w:rStyle w:val="Number"' not in document:
        return []
    body = ElementTree.fromstring(document)
    blocks = []
    for paragraph in body.iter(f"{WORD}p"):
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
        for pattern in (*STRUCTURE, *(e["pattern"] for e in rules["exceptions"])):
            block = re.sub(pattern, " ", block)
        problems += [
            Problem(
                path.name, "", "", digit[0], f"an injected number in: {' '.join(block.split())}"
            )
            for digit in re.finditer(r"\d[\d.,]*", block)
        ]
    if problems:
        raise InputError(problems)
