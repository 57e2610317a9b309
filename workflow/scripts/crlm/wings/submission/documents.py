"""The filled manuscript in parts, with and without names, as Word, JATS, LaTeX and ODT."""

import html
import json
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from crlm.base.problems import InputError
from crlm.manuscript.alignment import text_of
from crlm.manuscript.docx import finish_docx, write_reference_docx
from crlm.manuscript.markdown import literal
from crlm.manuscript.pandoc import as_json, citing, nodes_of, run_pandoc

REMOVED = "[removed for review]"
MARKS = {"num", "typed", "claim", "section-number", "author"}  # of spans, for the build alone
APART = re.compile(r"</w:p>|<w:(?:br|tab) ?/>|</dc:\w+>")  # what ends a word in Word's XML
STRAIGHT = str.maketrans("‘’“”", "''\"\"")
WORDS = re.compile(r"\w+")
OF_AUTHORS = ("author", "authors", "byline", "affiliation", "affiliations")  # in the metadata
BACK_MATTER = {"declarations", "references"}  # sections that are not counted as text


def in_latex(letter: str) -> str:
    """Return LaTeX's command for a Greek letter, small or capital: its name in Unicode."""
    name = unicodedata.name(letter).rpartition(" ")[2].replace("LAMDA", "LAMBDA").lower()
    return f"\\{name if letter.islower() else name.capitalize()}"


# Signs that the fonts of LaTeX lack and would leave out, and the commands that draw them.
IN_MATH = {"−": "-", "≥": r"\geq", "≤": r"\leq", "≠": r"\neq", "≈": r"\approx", "→": r"\to"}
IN_MATH |= {letter: in_latex(letter) for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"}
IN_LATEX = str.maketrans(
    {"\u2002": "~", "\u2003": r"\quad{}"} | {s: rf"\ensuremath{{{c}}}" for s, c in IN_MATH.items()}
)
# Captions bear the paper's own numbers, Table S1 too; figures stand where they are: beside one that
# floats, a table of several pages is set beyond the foot of the page.
PREAMBLE = r"\usepackage[labelformat=empty]{caption}\usepackage{float}\floatplacement{figure}{H}"
OWN_FLOATS = {"t": "RawBlock", "c": ["latex", PREAMBLE]}
LATEX_META = {
    "header-includes": {"t": "MetaBlocks", "c": [OWN_FLOATS]},
    "geometry": {"t": "MetaString", "c": "margin=2.5cm"},
}
UNCOUNTED = "<w:p><w:pPr><w:suppressLineNumbers/></w:pPr></w:p>"  # by the numbers of lines
BREAK = '<w:p><w:pPr><w:pStyle w:val="TableSpace"/><w:pageBreakBefore/></w:pPr></w:p>'


class Parts(NamedTuple):
    """A manuscript in parts, in pandoc's JSON.

    `meta`; `main`, all of the paper but its figures, tables and supplement; of that the `text`,
    from the first heading to the conclusion; the entries of `references`; `figures` and `tables` of
    the paper; the `supplement`; `whole`, all of it in its order.
    """

    meta: dict
    main: list[dict]
    text: list[dict]
    references: list[dict]
    figures: list[dict]
    tables: list[dict]
    supplement: list[dict]
    whole: list[dict]


def number_headings(qmd: Path, theme: Path, timestamp: int, text: str = "") -> dict:
    """Return a manuscript in pandoc's JSON with numbered headings, references and citations.

    `text` stands in place of what `qmd` holds, where it is given.
    """
    source = as_json(text or qmd.read_text(encoding="utf-8"))
    options = ("--from", "json", "--to", "json", "--fail-if-warnings")
    options += citing((theme / "crossref.lua").resolve())
    document = json.loads(run_pandoc(options, qmd.parent, timestamp, source))

    def unmark(span: dict) -> list[dict]:
        return [span] if MARKS.isdisjoint(span["c"][0][1]) else span["c"][1]

    if not is_signed(document["meta"]):
        document["meta"].pop("author", None)  # an empty list would print as "true"
    return walk(document, "Span", unmark)


def is_signed(meta: dict) -> bool:
    """Return whether a manuscript bears its authors' names; that of a rebuilt paper does not."""
    return "byline" in meta


def is_table(block: dict) -> bool:
    """Return whether a block is a table in the frame that the filter draws around it."""
    return block["t"] == "Div" and "table" in block["c"][0][1]


def split(document: dict) -> Parts:
    """Return the parts of a resolved manuscript."""
    whole = document["blocks"]
    heads = [(i, b["c"][1]) for i, b in enumerate(whole) if b["t"] == "Header"]
    end = next((i for i, head in heads if "supplement" in head[1]), len(whole))
    start = next((i for i, _ in heads), 0)
    back = next((i for i, head in heads if head[0] in BACK_MATTER), end)
    paper = whole[:end]
    floats = [b for b in paper if b["t"] == "Figure" or is_table(b)]
    entries = [
        entry for b in paper if b["t"] == "Div" and b["c"][0][0] == "refs" for entry in b["c"][1]
    ]
    return Parts(
        meta=document["meta"],
        main=[b for b in paper if b not in floats],
        text=[b for b in paper[start:back] if b not in floats and b["t"] != "Header"],
        references=entries,
        figures=[b for b in floats if b["t"] == "Figure"],
        tables=[b for b in floats if is_table(b)],
        supplement=whole[end:],
        whole=whole,
    )


def legends(figures: list[dict]) -> list[dict]:
    """Return the captions of figures that are files of their own, under a heading."""
    if not figures:
        return []
    head = {"t": "Header", "c": [1, ["legends", [], []], [{"t": "Str", "c": "Figure legends"}]]}
    captions = [caption for f in figures for caption in f["c"][1][1]]
    return [head, *({"t": "Para", "c": caption["c"]} for caption in captions)]


def with_abstract(meta: dict, blocks: list[dict]) -> list[dict]:
    """Return blocks below the abstract: pandoc's ODT would have it outside of any paragraph."""
    head = {"t": "Header", "c": [1, ["abstract", [], []], [{"t": "Str", "c": "Abstract"}]]}
    return [head, *meta["abstract"]["c"], *blocks] if "abstract" in meta else blocks


def between_pages(blocks: list[dict]) -> list[dict]:
    """Return blocks each of which begins a page of a Word document."""
    page = {"t": "RawBlock", "c": ["openxml", BREAK]}
    return [part for b in blocks for part in (page, b)][1:]


def walk(node: Any, kind: str, change: Callable[[dict], list[dict]]) -> Any:
    """Return a part of pandoc's JSON in which nodes of a kind are changed, inner ones first.

    `change` returns the nodes that stand in place of one.
    """
    if isinstance(node, list):
        found = []
        for item in (walk(item, kind, change) for item in node):
            is_one = isinstance(item, dict) and item.get("t") == kind
            found += change(item) if is_one else [item]
        return found
    return {k: walk(v, kind, change) for k, v in node.items()} if isinstance(node, dict) else node


def without_dead_links(blocks: list[dict]) -> list[dict]:
    """Return blocks in which links to what stands in another document are plain text."""
    places = {"Header": 1, "Figure": 0, "Table": 0, "Div": 0, "Span": 0}
    known = {n["c"][places[n["t"]]][0] for n in nodes_of(blocks) if n.get("t") in places}

    def change(link: dict) -> list[dict]:
        to = link["c"][2][0]
        return link["c"][1] if to.startswith("#") and to[1:] not in known else [link]

    return walk(blocks, "Link", change)


def with_images(blocks: list[dict], name_of: Callable[[str], str]) -> list[dict]:
    """Return blocks whose images are those that `name_of` gives for the name of each figure."""

    def change(image: dict) -> list[dict]:
        attributes, caption, (path, title) = image["c"]
        return [{"t": "Image", "c": [attributes, caption, [name_of(Path(path).stem), title]]}]

    return walk(blocks, "Image", change)


def without_frames(blocks: list[dict]) -> list[dict]:
    """Return blocks without the frames around tables and notices, which are for the screen."""
    return walk(blocks, "Div", lambda div: div["c"][1] if is_table(div) else [div])


def styled(blocks: list[dict]) -> list[dict]:
    """Return blocks whose notices have the styles of the theme in Word."""
    styles = {"notice-title": "Callout Title", "notice": "Callout"}

    def change(div: dict) -> list[dict]:
        (name, classes, attributes), content = div["c"]
        own = [["custom-style", style] for class_, style in styles.items() if class_ in classes]
        return [{"t": "Div", "c": [[name, classes, own[:1] or attributes], content]}]

    return walk(blocks, "Div", change)


# --- Without names --------------------------------------------------------------------------------


def names_of(cohort: dict) -> list[str]:
    """Return what tells who wrote a paper, and where: the longest first."""
    own = [a[key] for a in cohort["authors"] for key in ("name", "email", "orcid") if key in a]
    return sorted({*own, cohort["affiliation"], cohort["setting"]}, key=len, reverse=True)


def pattern_of(name: str) -> str:
    """Return a pattern of a name as it may stand in text or Markdown: a sign or its reference."""
    signs = (rf"(?:{re.escape(sign)}|&#{ord(sign)};)" if sign != " " else r"\s+" for sign in name)
    return rf"(?i)(?<!\w){''.join(signs)}(?!\w)"


def anonymous(text: str, names: list[str]) -> str:
    """Return a filled manuscript in which nothing of `names` stands, however it is written.

    Names in a row are removed as one, so that nobody can count them.
    """
    removed = literal(REMOVED)
    for name in names:
        text = re.sub(pattern_of(name), removed, text)
    one = rf"(?:{removed}|\[{removed}\]\{{\.typed\}})"
    return re.sub(rf"{one}(?:(?:,|,? and)? \(?{one}\)?)+", removed, text)


def without_authors(document: dict, own: str | None) -> dict:
    """Return a resolved manuscript without its title block, and without the entry of `own`.

    `own` is the citation key of an earlier version by the same authors, whose reference names them.
    """
    meta = {key: value for key, value in document["meta"].items() if key not in OF_AUTHORS}
    removed = [{"t": "Para", "c": [{"t": "Str", "c": REMOVED}]}]

    def change(div: dict) -> list[dict]:
        return removed if own and div["c"][0][0] == f"ref-{own}" else [div]

    return document | {"meta": meta, "blocks": walk(document["blocks"], "Div", change)}


def require_anonymous(path: Path, names: list[str]) -> None:
    """Stop where a Word document still tells who wrote it, in its text or its properties.

    Raises
    ------
    InputError
        With each name that is found.
    """
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if name.endswith("xml")]
    text = re.sub(r"<[^>]+>", "", APART.sub(" ", " ".join(parts)))
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(STRAIGHT)
    found = [name for name in names if re.search(pattern_of(name.translate(STRAIGHT)), text)]
    if found:
        said = "after all names were removed; expected none in the text, the plan or the references"
        raise InputError([f"{path.name}: found {name!r} {said}" for name in found])


# --- Written --------------------------------------------------------------------------------------


class Writer(NamedTuple):
    """What all documents are written with: `document`, resolved; the theme; its spacing; a date.

    In `folder` are the images; by their paths there, documents tell nothing of this machine.
    """

    document: dict
    folder: Path
    theme: Path
    line_spacing: float
    timestamp: int

    def write(self, path: Path, blocks: list[dict], meta: dict, spaced: bool = False) -> None:
        """Write blocks as a document of the suffix of `path`; `spaced` by the line spacing."""
        blocks = without_dead_links(blocks)
        options: list = ["--resource-path", self.folder.resolve()]
        with tempfile.TemporaryDirectory() as folder:
            if path.suffix == ".docx":
                blocks, reference = styled(without_frames(blocks)), Path(folder, "reference.docx")
                spacing = self.line_spacing if spaced else 0
                parts = spaced_theme(self.theme, Path(folder), spacing, "title" in meta)
                write_reference_docx(reference, parts)
                template = (self.theme / "paper.openxml").resolve()
                options += ["--reference-doc", reference, "--template", template]
            else:
                blocks = without_frames(blocks)
            if path.suffix == ".xml":
                blocks = escaped(blocks)
            if path.suffix == ".tex":
                meta = meta | LATEX_META
            form = {".xml": "jats_publishing", ".tex": "latex"}.get(path.suffix, path.suffix[1:])
            document = self.document | {"meta": meta, "blocks": blocks}
            options += ["--from", "json", "--to", form, "--standalone", "--output", path.resolve()]
            run_pandoc(options, path.parent, self.timestamp, json.dumps(document))
        if path.suffix == ".docx":
            finish_docx(path)
        if path.suffix == ".xml":
            ElementTree.parse(path)  # which fails where it is no XML
        if path.suffix == ".tex":
            path.write_text(path.read_text(encoding="utf-8").translate(IN_LATEX), encoding="utf-8")

    def write_markdown(self, path: Path, text: str) -> None:
        """Write Markdown as a Word document."""
        document = json.loads(as_json(text))
        self.write(path, document["blocks"], document["meta"])


def escaped(blocks: list[dict]) -> list[dict]:
    """Return blocks with XML as alternative texts: pandoc's JATS puts these there as they are."""

    def change(image: dict) -> list[dict]:
        attributes, caption, target = image["c"]
        text = {"t": "Str", "c": html.escape(text_of(caption), quote=False)}
        return [{"t": "Image", "c": [attributes, [text], target]}]

    return walk(blocks, "Image", change)


def spaced_theme(theme: Path, folder: Path, spacing: float, titled: bool) -> Path:
    """Return the parts of the theme's Word document, with lines of a spacing unless it is 0.

    Where a document is not `titled`, no running head has its rule.
    """
    parts = shutil.copytree(theme / "docx", folder / "docx")
    styles, head = parts / "word/styles.xml", parts / "word/header1.xml"
    if not titled:
        text = re.sub("<w:p>.*</w:p>", UNCOUNTED, head.read_text("utf-8"), flags=re.DOTALL)
        head.write_text(text, encoding="utf-8")
    if spacing:
        line = f'w:line="{round(240 * spacing)}"'
        text = re.sub(r'w:line="\d+"', line, styles.read_text("utf-8"))
        all_ = f'<w:pPrDefault><w:pPr><w:spacing {line} w:lineRule="auto"/></w:pPr></w:pPrDefault>'
        styles.write_text(text.replace("<w:pPrDefault/>", all_), encoding="utf-8")
    return parts


def jats_meta(meta: dict, cohort: dict) -> dict:
    """Return the metadata that pandoc's JATS speaks of: title, authors, affiliation, keywords."""

    def text(value: str) -> dict:
        return {"t": "MetaString", "c": value}

    def fields(content: dict[str, Any]) -> dict:
        return {"t": "MetaMap", "c": content}

    kept = {k: v for k, v in meta.items() if k in ("title", "subtitle", "abstract", "lang")}
    kept["tags"] = meta.get("keywords", {"t": "MetaList", "c": []})
    kept["article"] = fields({"type": text("research-article")})
    authors, mails = [], []
    for n, author in enumerate(cohort["authors"] if is_signed(meta) else [], start=1):
        given, _, surname = author["name"].rpartition(" ")
        told = {"surname": text(surname), "given-names": text(given)}
        told["affiliation"] = {"t": "MetaList", "c": [text("1")]}
        if "orcid" in author:
            told["orcid"] = text(f"https://orcid.org/{author['orcid']}")
        roles = [
            fields(
                {"credit": text("-".join(WORDS.findall(role.lower()))), "credit-name": text(role)}
            )
            for role in author.get("roles", [])
        ]
        told |= {"roles": {"t": "MetaList", "c": roles}} if roles else {}
        if "corresponding" in author and "email" in author:
            told["cor-id"] = text(str(n))
            mails.append(fields({"id": text(str(n)), "email": text(author["email"])}))
        authors.append(fields(told))
    if authors:
        place = fields({"id": text("1"), "organization": text(cohort["affiliation"])})
        kept["author"] = {"t": "MetaList", "c": authors}
        kept["affiliation"] = {"t": "MetaList", "c": [place]}
    if mails:
        notes = fields({"corresp": {"t": "MetaList", "c": mails}})
        kept["article"]["c"]["author-notes"] = notes
    return kept
