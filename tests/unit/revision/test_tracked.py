"""Documents with tracked changes: Word's own marks, which give either version back."""

import hashlib
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from project import ROOT, parts_of

from crlm.manuscript.rendering import render
from crlm.wings.revision.tracked import mark_document, render_tracked

THEME = ROOT / "manuscript/theme"
TIMESTAMP = 1_735_603_200  # 2024-12-31T00:00:00Z, as `date -u -d @1735603200` says
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"

OLD = """---
title: "Old title"
abstract: |
  Of [25]{.num key="cohort.n"} patients.
bibliography: references.bib
---

# Introduction

As one says [@b], and another [@a].
A sentence that goes.

A paragraph that goes.

::: {.callout-important title="Reconstructed"}
These rows are no patients.
:::

| | n | *p* |
|:--|--:|--:|
| Sex | | 0.8^a^ |
| Male | 13 (52.0%) | |
| Level that goes | 1 (4.0%) | |

: Patients (n = 25). {#tbl-one}

| | n |
|:--|--:|
| A | 1 |

: Columns. {#tbl-two}

![Bars (n = 25).](figures/one){#fig-one fig-alt="bars"}

![Same.](figures/two){#fig-two fig-alt="same"}

See @tbl-one and @fig-one.

# References

::: {#refs}
:::
"""
CHANGES = {
    "Old title": "New title",
    "As one says [@b], and another [@a].\nA sentence that goes.": "As another says [@a].",
    "A paragraph that goes.": "# A new heading\n\nA new paragraph.\n\n- a new item",
    '::: {.callout-important title="Reconstructed"}\nThese rows are no patients.\n:::\n': "",
    "25": "64",
    "13 (52.0%)": "33 (51.6%)",
    "| Level that goes | 1 (4.0%) | |": "| A new level | 5 (7.8%) | |\n| Not known | 0 (0.0%) | |",
    "| | n |\n|:--|--:|\n| A | 1 |": "| | n | m |\n|:--|--:|--:|\n| A | 1 | 2 |",
}
BIB = """@book{a, author = {Able, A.}, title = {First}, publisher = {P}, year = {2001}}
@book{b, author = {Baker, B.}, title = {Second}, publisher = {P}, year = {2002}}
"""


def svg(width: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="6"><path d="M0 0"/></svg>'
    )


def png(grey: int) -> bytes:
    """Return an image of one grey dot, as a PNG that Pillow writes."""
    out = io.BytesIO()
    Image.new("L", (1, 1), grey).save(out, "png")
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder of two manuscripts, rendered apart and as one."""
    folder = tmp_path_factory.mktemp("tracked")
    new = OLD
    for before, after in CHANGES.items():
        assert before in new
        new = new.replace(before, after)
    for side, text, shade in (("old", OLD, 10), ("new", new, 200)):
        (folder / side / "figures").mkdir(parents=True)
        (folder / side / "paper.qmd").write_text(text, encoding="utf-8")
        (folder / side / "references.bib").write_text(BIB, encoding="utf-8")
        for figure, grey in (("one", shade), ("two", 50)):
            (folder / side / f"figures/{figure}.svg").write_text(svg(grey), encoding="utf-8")
            (folder / side / f"figures/{figure}.png").write_bytes(png(grey))
        render(folder / side / "paper.qmd", folder / f"{side}.docx", "embedded", THEME, TIMESTAMP)
    for name in ("tracked.docx", "again.docx"):
        make(folder, name)
    return folder


def make(folder, name):
    render_tracked(
        folder / "old/paper.qmd", folder / "new/paper.qmd", folder / name, THEME,
        TIMESTAMP, ["2024", "2025"],
    )  # fmt: skip


def document_of(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(parts_of(path)["word/document.xml"])


def decided(path: Path, keep: str) -> tuple[list[tuple], list[int]]:
    """Return the paragraphs and the rows of each table once changes are decided.

    All are accepted where `keep` is `ins`, rejected where it is `del`. As ISO/IEC 29500-1, 17.13.5
    has it: the other runs go; so does a row marked by the other kind; a paragraph whose mark is of
    the other kind joins the next. A style stands before each text, an image as its digest.
    """
    drop = {"ins": "del", "del": "ins"}[keep]
    root = document_of(path)
    parts = parts_of(path)
    images = {
        link.get("Id"): hashlib.sha256(parts[f"word/{link.get('Target')}"]).hexdigest()
        for link in ElementTree.fromstring(parts["word/_rels/document.xml.rels"])
        if "media/" in link.get("Target")
    }
    for parent in [*root.iter()]:
        for row in parent.findall(f"{WORD}tr"):
            if row.find(f"{WORD}trPr/{WORD}{drop}") is not None:
                parent.remove(row)
        for change in parent.findall(f"{WORD}{drop}"):
            if parent.tag != f"{WORD}rPr":
                parent.remove(change)
    texts, open_text = [], ""
    for paragraph in root.iter(f"{WORD}p"):
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        for node in paragraph.iter():
            if node.tag in (f"{WORD}t", f"{WORD}delText"):
                open_text += node.text or ""
            elif node.tag == BLIP:
                open_text += f"<{images[node.get(EMBED)]}>"
        if paragraph.find(f"{WORD}pPr/{WORD}rPr/{WORD}{drop}") is None:
            named = style.get(f"{WORD}val") if style is not None else ""
            # Which rows are the last of a table hangs on the decision.
            texts += [(named.replace("KeptRow", "Compact"), open_text)]
            open_text = ""
    rows = [len(table.findall(f"{WORD}tr")) for table in root.iter(f"{WORD}tbl")]
    return [(style, text) for style, text in texts if text.strip()], [n for n in rows if n]


@pytest.mark.parametrize(("keep", "side"), [("ins", "new"), ("del", "old")])
def test_accepted_it_is_the_new_paper_and_rejected_the_old(folder, keep, side):
    """Text, rows of tables, numbers of citations and references, and images."""
    assert decided(folder / "tracked.docx", keep) == decided(folder / f"{side}.docx", "ins")


def test_the_two_papers_differ(folder):
    assert decided(folder / "old.docx", "ins") != decided(folder / "new.docx", "ins")


def test_word_can_read_the_marks(folder):
    """Each has a number of its own; none holds a link; deleted text is written as such."""
    document = document_of(folder / "tracked.docx")
    marks = [e for kind in ("ins", "del") for e in document.iter(f"{WORD}{kind}")]
    numbers = [mark.get(f"{WORD}id") for mark in marks]
    assert len(numbers) == len(set(numbers)) > 20
    assert {mark.get(f"{WORD}author") for mark in marks} == {"Revision 2024 to 2025"}
    assert {mark.get(f"{WORD}date") for mark in marks} == {"2024-12-31T00:00:00Z"}
    assert not [link for mark in marks for link in mark.iter(f"{WORD}hyperlink")]
    deleted = {t for d in document.iter(f"{WORD}del") for t in d.iter(f"{WORD}delText")}
    assert deleted == set(document.iter(f"{WORD}delText"))
    assert not [t for d in document.iter(f"{WORD}del") for t in d.iter(f"{WORD}t")]
    names = [mark.get(f"{WORD}name") for mark in document.iter(f"{WORD}bookmarkStart")]
    assert len(names) == len(set(names))


def test_the_properties_have_the_new_title(folder):
    core = parts_of(folder / "tracked.docx")["docProps/core.xml"]
    assert b"<dc:title>New title</dc:title>" in core


def test_the_same_manuscripts_give_the_same_bytes(folder):
    first, again = ((folder / f"{name}.docx").read_bytes() for name in ("tracked", "again"))
    assert first == again


@pytest.mark.parametrize(
    ("given", "marked"),
    [
        # a paragraph is itself inserted where all of it is, not in part
        ("<p><r><t>a</t></r><ins><r><t>b</t></r></ins></p>",
         '<p><r><t>a</t></r><ins i="1"><r><t>b</t></r></ins></p>'),
        ("<p><ins><r><t>c</t></r></ins></p>",
         '<p><pPr><rPr><ins i="1"/></rPr></pPr><ins i="2"><r><t>c</t></r></ins></p>'),
        # marks side by side are one; deleted text is written as such, wherever it comes from
        ("<p><r/><del><r><delText>a</delText></r></del><del><r><t>b</t></r></del></p>",
         '<p><r/><del i="1"><r><delText>a</delText></r><r><delText>b</delText></r></del></p>'),
        # a row's mark comes behind its properties, the numbers behind those of the bookmarks
        ('<tr><trPr><cantSplit/></trPr><tc><p><ins><r/></ins></p></tc></tr><bookmarkStart i="7"/>',
         '<tr><trPr><cantSplit/><ins i="8"/></trPr><tc><p><pPr><rPr><ins i="9"/></rPr></pPr>'
         '<ins i="10"><r/></ins></p></tc></tr><bookmarkStart i="7"/>'),
    ],
)  # fmt: skip
def test_marks_stand_as_word_wants_them(given, marked):
    """ISO/IEC 29500-1, 17.13.5.14 (`del`), 17.4.82 (`trPr`), and transitional schema, CT_TrPr."""
    xml = re.sub(r"<(/?)(\w)", r"<\1w:\2", given).replace(" i=", " w:id=")
    made = mark_document(f'<d xmlns:w="{WORD[1:-1]}">{xml}</d>'.encode(), "R", "D").decode()
    plain = re.sub(r' w:(author|date)="."| xmlns:w="[^"]*"', "", made).replace(" w:id=", " i=")
    assert plain.replace("w:", "").replace(" />", "/>").partition("<d>")[2] == f"{marked}</d>"
