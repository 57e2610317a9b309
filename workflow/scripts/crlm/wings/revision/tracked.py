"""The manuscript of one cohort with tracked changes since that of another, for Word."""

import filecmp
import io
import json
import re
import shutil
import tempfile
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from crlm.base.files import written_whole
from crlm.manuscript.alignment import text_of
from crlm.manuscript.docx import DOCUMENT, WORD, change_parts, finish_docx
from crlm.manuscript.pandoc import MARKDOWN, citing, nodes_of, run_pandoc
from crlm.manuscript.rendering import writer_options
from crlm.wings.revision.tracking import DELETION, INSERTION, track

TAGS = {INSERTION: "ins", DELETION: "del"}
DELETED = {f"{WORD}t": f"{WORD}delText", f"{WORD}instrText": f"{WORD}delInstrText"}


def render_tracked(
    old: Path, new: Path, out: Path, theme: Path, timestamp: int, cohorts: list[str]
) -> None:
    """Render two versions of the manuscript as one document with tracked changes.

    Parameters
    ----------
    old, new : Path
        The filled manuscripts; the folder of each is the whole manuscript.
    out : Path
        The document to make, `.docx`, with Word's own revision marks.
    theme : Path
        Folder of the embedded renderer's templates.
    timestamp : int
        Date of the document and of the changes, seconds since 1970-01-01 UTC.
    cohorts : list of str
        Names of the two cohorts, by which the changes are signed.
    """
    date = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    author = f"Revision {cohorts[0]} to {cohorts[1]}"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        papers = {"old": old, "new": new}
        for name, qmd in papers.items():
            shutil.copytree(qmd.parent, work / name, ignore=shutil.ignore_patterns("trace.*"))
        sides = [
            resolve_citations(work / name / qmd.name, theme.resolve())
            for name, qmd in papers.items()
        ]
        for side, own, other in zip(sides, papers, reversed(papers), strict=True):
            place_images(side, work, own, other)
        merged = track(sides[0], sides[1], author, date)
        style_figures(merged)
        merged["meta"]["pagetitle"] = {"t": "MetaString", "c": author}
        made = work / out.name
        run_pandoc(writer_options(made, theme.resolve()), work, timestamp, json.dumps(merged))
        title = text_of(sides[1]["meta"].get("title", {"t": "MetaInlines", "c": []}))
        finish_docx(made)
        mark_docx(made, author, date, title)
        with written_whole(out) as part:
            shutil.copyfile(made, part)


def resolve_citations(qmd: Path, theme: Path) -> dict:
    """Return a manuscript as pandoc's JSON, with its own numbers of citations and references."""
    told = qmd.with_name("format.lua")
    told.write_text(
        f'FORMAT, TRACKED = "docx", true\ndofile("{theme / "crossref.lua"}")\n', encoding="utf-8"
    )
    options = ["--from", MARKDOWN, "--to", "json", "--fail-if-warnings", *citing(told)]
    pictures = ("--default-image-extension", "png")
    return json.loads(run_pandoc([qmd.name, *options, *pictures], qmd.parent))


def place_images(document: dict, work: Path, own: str, other: str) -> None:
    """Write the images' paths from the common folder, in place; the same image has one path."""
    for node in nodes_of(document):
        if node.get("t") == "Image":
            path = node["c"][2][0]
            twins = [work / folder / path for folder in (own, other)]
            same = twins[1].exists() and filecmp.cmp(twins[0], twins[1], shallow=False)
            node["c"][2][0] = f"{'new' if same else own}/{path}"


def style_figures(document: dict) -> None:
    """Make figures of several images paragraphs, in place, as those of one are.

    Pandoc would put them in a table.
    """
    for node in nodes_of(document):
        if node.get("t") == "Figure" and [i["t"] for i in node["c"][2][0]["c"]] != ["Image"]:
            attributes, (_, caption), content = node["c"]
            parts = (("Captioned Figure", content), ("Image Caption", caption))
            styled = [
                {
                    "t": "Div",
                    "c": [
                        ["", [], [["custom-style", style]]],
                        [{"t": "Para", "c": b["c"]} for b in blocks],
                    ],
                }
                for style, blocks in parts
            ]
            node |= {"t": "Div", "c": [attributes, styled]}


def mark_docx(docx: Path, author: str, date: str, title: str) -> None:
    """Mark inserted and deleted paragraphs and rows, which pandoc's writer leaves unmarked.

    A paragraph outside of tables, or a row, whose every run is inserted (or deleted) is itself.
    Marks side by side become one, each with a number of its own, and deleted text is written as
    such, as Word wants it. The document's properties, which know no marks, get the new title.
    """
    old_title = re.compile(rb"(?<=<dc:title>).*(?=</dc:title>)", re.DOTALL)
    changes = {
        DOCUMENT: lambda xml: mark_document(xml, author, date),
        "docProps/core.xml": lambda xml: old_title.sub(lambda _: escape(title).encode(), xml),
    }
    change_parts(docx, changes)


def mark_document(xml: bytes, author: str, date: str) -> bytes:
    """Mark the paragraphs and rows of `word/document.xml`."""
    for _, (prefix, uri) in ElementTree.iterparse(io.BytesIO(xml), ["start-ns"]):
        ElementTree.register_namespace(prefix, uri)
    document = ElementTree.fromstring(xml)
    in_rows: set = set()
    marked: list[tuple] = []
    for row in document.iter(f"{WORD}tr"):
        in_rows |= set(row.iter(f"{WORD}p"))
        if tag := change_of(row):
            marked.append((tag, first_child(row, "trPr", 0)))
            marked += [(tag, properties_of(p)) for p in row.iter(f"{WORD}p")]
    for paragraph in document.iter(f"{WORD}p"):
        if paragraph not in in_rows and (tag := change_of(paragraph)):
            marked.append((tag, properties_of(paragraph)))
    for tag, properties in marked:  # behind all else of a row's, before all else of a paragraph's
        facts = {f"{WORD}author": author, f"{WORD}date": date}
        at = len(properties) if properties.tag == f"{WORD}trPr" else 0
        properties.insert(at, ElementTree.Element(f"{WORD}{tag}", facts))
    tags = [f"{WORD}{tag}" for tag in TAGS.values()]
    for parent in [*document.iter()]:  # changes side by side are one
        for before, after in [*pairwise(parent)][::-1]:
            if before.tag == after.tag in tags:
                before.extend(after)
                parent.remove(after)
    for deletion in document.iter(f"{WORD}del"):  # what is set raw, as a reference's tab and fields
        for text in deletion.iter():
            text.tag = DELETED.get(text.tag, text.tag)
    # Numbers of their own, beyond those of the bookmarks.
    taken = [int(e.get(f"{WORD}id")) for e in document.iter(f"{WORD}bookmarkStart")]
    changes = [e for e in document.iter() if e.tag in tags]
    for number, change in enumerate(changes, start=max(taken, default=0) + 1):
        change.set(f"{WORD}id", str(number))
    return ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)


def change_of(element: ElementTree.Element) -> str | None:
    """Return `ins` or `del` where all runs of a paragraph or row are, else None."""
    runs = {*element.iter(f"{WORD}r")}
    for tag in TAGS.values():
        inside = {r for e in element.iter(f"{WORD}{tag}") for r in e.iter(f"{WORD}r")}
        if runs and runs == inside:
            return tag
    return None


def first_child(element: ElementTree.Element, name: str, at: int) -> ElementTree.Element:
    """Return the child of that name, made at a place where there is none."""
    child = element.find(f"{WORD}{name}")
    if child is None:
        child = ElementTree.Element(f"{WORD}{name}")
        element.insert(at, child)
    return child


def properties_of(paragraph: ElementTree.Element) -> ElementTree.Element:
    """Return the properties of a paragraph's mark."""
    properties = first_child(paragraph, "pPr", 0)
    return first_child(properties, "rPr", len(properties))
