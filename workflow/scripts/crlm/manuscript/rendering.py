"""Rendering: the filled Quarto manuscript as HTML, PDF and DOCX."""

import re
import shutil
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

import typst

from crlm.base.files import read_text, written_whole
from crlm.base.problems import InputError, refuse
from crlm.manuscript.docx import finish_docx, write_reference_docx
from crlm.manuscript.letters import FONTS
from crlm.manuscript.pandoc import RenderingError, as_json, citing, parse, run_pandoc, run_program

QUARTO_TRIED = ("1.9", "1.10")  # from, and below; environment.yml names the same
QUARTO_FORMAT = {".html": "html", ".pdf": "typst", ".docx": "docx"}
CROSS_REFERENCE = re.compile(r"(fig|tbl|sec|eq|lst|thm)-")
NUMBERED = {"Header": 1, "Figure": 0, "Table": 0}  # pandoc node -> where its attributes stand
IMAGE = {".html": ".svg", ".pdf": ".svg", ".docx": ".png"}
BIB_KEY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*[{(]\s*([^\s,]+)\s*,", re.I | re.M)


def render(qmd: Path, out: Path, renderer: str, theme: Path, timestamp: int) -> str:
    """Render a manuscript to the format that the suffix of `out` names.

    The folder of `qmd` is the whole manuscript (bibliography, citation style, figures). It is
    copied to a temporary folder and rendered there, so that formats may be rendered side by side
    and a failure leaves nothing behind.

    Parameters
    ----------
    qmd : Path
        The filled manuscript, Quarto markdown without executable cells.
    out : Path
        The document to make: `.html`, `.pdf` or `.docx`.
    renderer : str
        `quarto`, `embedded` (pandoc and typst from their wheels), or `auto`: Quarto where it is
        on the PATH, else embedded.
    theme : Path
        Folder of the embedded renderer's templates, styles and filter.
    timestamp : int
        Creation date written into the document, seconds since 1970-01-01 UTC.

    Returns
    -------
    str
        The renderer that ran, `quarto` or `embedded`. That Quarto is of a version with which this
        was never tried is said on the terminal too.

    Raises
    ------
    RenderingError
        If a cross-reference or citation leads nowhere, or a tool refuses the manuscript.
    """
    chosen = _choose(renderer)
    source = qmd.read_text(encoding="utf-8")
    bibliographies = sorted(qmd.parent.glob("*.bib"))
    unresolved = unresolved_references(
        source, "\n".join(bib.read_text(encoding="utf-8") for bib in bibliographies)
    )
    if unresolved:
        raise RenderingError(f"{qmd}: references that lead nowhere: {', '.join(unresolved)}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "manuscript"
        documents = shutil.ignore_patterns(*(qmd.stem + suffix for suffix in QUARTO_FORMAT), ".*")
        shutil.copytree(qmd.parent, work, ignore=documents)
        make = {"quarto": _render_quarto, "embedded": _render_embedded}[chosen]
        made = make(work / qmd.name, out.suffix, theme.resolve(), timestamp)
        if out.suffix == ".docx" and zipfile.is_zipfile(made):
            finish_docx(made, source)
        with written_whole(out) as part:
            shutil.copyfile(made, part)
    return chosen


def unresolved_references(qmd_text: str, bib_text: str) -> list[str]:
    """List the cross-references, citations and links within a manuscript that lead nowhere.

    Pandoc reads the text, so code, e-mail addresses and escaped signs are not taken for references.

    Parameters
    ----------
    qmd_text : str
        Quarto markdown with its front matter.
    bib_text : str
        The bibliography, BibTeX.

    Returns
    -------
    list of str
        The references with their sign (`@fig-x`, `#x`), each once, in order of first use.
    """
    nodes = parse(qmd_text)
    targets = {n["c"][NUMBERED[n["t"]]][0] for n in nodes if n.get("t") in NUMBERED}
    keys = set(BIB_KEY.findall(bib_text)) | {"*"}  # `nocite: "@*"` means every entry
    cited = dict.fromkeys(n["citationId"] for n in nodes if "citationId" in n)
    lost = [f"@{c}" for c in cited if c not in (targets if CROSS_REFERENCE.match(c) else keys)]
    links = dict.fromkeys(n["c"][2][0] for n in nodes if n.get("t") == "Link")
    return lost + [to for to in links if to.startswith("#") and to[1:] not in targets]


def require_references(text: str, template: str, bibliography: str, style: str) -> None:
    """Stop the build where a filled manuscript can't be cited from, before it is written.

    Parameters
    ----------
    text
        The filled manuscript.
    template, bibliography, style
        The files that it is made from.

    Raises
    ------
    InputError
        With file and line: a bibliography or a style that can't be read, an entry that stands
        twice, a reference that leads nowhere.
    """
    entries = read_text(bibliography)
    try:
        _try_references(
            bibliography, style, *(Path(p).stat().st_mtime_ns for p in (bibliography, style))
        )
    except RenderingError as error:
        told = str(error)
        place = re.search(r'Error at "[^"]*" \((line \d+, column \d+)\):\s*(.*)', told)
        said = f"{style}: it can't be read ({told.splitlines()[-1].strip()}); expected a CSL style"
        if place:
            said = (
                f"{bibliography}, {place[1]}: found a fault of BibTeX ({place[2]}); expected "
                "braces in pairs and a comma after each field, here or in the entry above"
            )
        raise InputError([said]) from None
    first, problems = {}, []
    for entry in BIB_KEY.finditer(entries):
        line = entries.count("\n", 0, entry.start(1)) + 1
        if first.setdefault(entry[1], line) != line:
            found = f"the entry {entry[1]} again (also in line {first[entry[1]]})"
            problems.append(f"{bibliography}, line {line}: found {found}; expected it once")
    source = read_text(template)
    for found in unresolved_references(text, entries):
        stands = re.search(rf"{re.escape(found)}(?![\w-])", source)
        line = f", line {source.count(chr(10), 0, stands.start()) + 1}" if stands else ""
        expected = f"an entry of {bibliography}, or a figure, table or section of the text"
        problems.append(
            f"{template}{line}: found {found}, which leads nowhere; expected {expected}"
        )
    refuse(problems)


@lru_cache(maxsize=1)  # once, where many texts are checked
def _try_references(bibliography: str, style: str, *_changed: int) -> None:
    options = ["--from", "bibtex", "--to", "plain", "--citeproc", "--csl", style]
    run_pandoc([*options, bibliography])


def _choose(renderer: str) -> str:
    if renderer == "auto":
        return "quarto" if shutil.which("quarto") else "embedded"
    if renderer not in ("quarto", "embedded"):
        raise RenderingError(f"renderer {renderer!r}: expected auto, quarto or embedded")
    if renderer == "quarto" and not shutil.which("quarto"):
        raise RenderingError("renderer 'quarto' is asked for, but no quarto is on the PATH")
    return renderer


def describe_renderer(renderer: str) -> str:
    """Return a line for the log: the renderer with its version, and whether that was tried."""
    if renderer != "quarto":
        return f"renderer: {renderer}\n"
    version = run_program(["quarto", "--version"]).strip() or "of no known version"
    first, below = QUARTO_TRIED
    if re.match(rf"{re.escape(first)}\b", version):
        return f"renderer: quarto {version}\n"
    return (
        f"renderer: quarto {version}, with which this paper was never tried: look through all "
        f"pages. Supported is {first} or newer, below {below}; `renderer: embedded` in "
        "config/config.yaml does without.\n"
    )


def _render_quarto(qmd: Path, suffix: str, theme: Path, timestamp: int) -> Path:
    """Render by Quarto, which the front matter tells what is in the theme beside the manuscript."""
    told = describe_renderer("quarto")
    if "never tried" in told:
        print(told, end="", file=sys.stderr, flush=True)
    nodes = parse(qmd.read_text(encoding="utf-8"))
    images = [qmd.parent / node["c"][2][0] for node in nodes if node.get("t") == "Image"]
    files = [image if image.suffix else image.with_suffix(IMAGE[suffix]) for image in images]
    if absent := [file.name for file in files if not file.exists()]:  # Quarto would leave them out
        raise RenderingError(f"{qmd.name}: figures that are not there: {', '.join(absent)}")
    made = qmd.with_suffix(suffix)
    command = ["quarto", "render", qmd.name, "--to", QUARTO_FORMAT[suffix], "--output", made.name]
    try:
        run_program([*command, "--quiet"], qmd.parent, timestamp)
    except RenderingError as error:
        if not str(error).endswith("quarto: "):
            raise
        run_program(command, qmd.parent, timestamp)  # which says why
    return made


def _render_embedded(qmd: Path, suffix: str, theme: Path, timestamp: int) -> Path:
    made = qmd.with_suffix(suffix)
    typst_source = qmd.with_suffix(".typ")
    write_document(read_text(qmd), typst_source if suffix == ".pdf" else made, theme, timestamp)
    if suffix == ".pdf":
        try:
            typst.compile(
                typst_source, output=made, font_paths=[FONTS], ignore_system_fonts=True,
                timestamp=timestamp,
            )  # fmt: skip
        except typst.TypstError as error:
            raise RenderingError(f"typst: {error}") from error
    return made


def write_document(text: str, made: Path, theme: Path, timestamp: int, *options: str) -> None:
    """Write a manuscript by pandoc as `made`, in whose folder its figures and bibliography are.

    The suffix of `made` names the format, whose options `options` overrule.
    """
    every = [*citing(theme / "crossref.lua"), *writer_options(made, theme), *options]
    run_pandoc(every, made.parent, timestamp, as_json(text))
    panel = made.with_name("trace.html")  # which pandoc would take long to read
    if made.suffix == ".html" and panel.exists():
        page, end, rest = read_text(made).rpartition("</body>")
        made.write_text(f"{page}{read_text(panel)}{end}{rest}", encoding="utf-8")


def writer_options(made: Path, theme: Path) -> tuple:
    """Return pandoc's options to write its JSON as `made`, by its suffix; files are put beside it.

    Pandoc has to run in the folder of `made`.
    """
    every = ("--from", "json", "--standalone", "--fail-if-warnings", "--output", made)
    if made.suffix == ".docx":
        reference = made.with_name("reference.docx")
        write_reference_docx(reference, theme / "docx")
        as_docx = ("--to", "docx", "--template", theme / "paper.openxml")
        return (*every, *as_docx, "--reference-doc", reference)
    if made.suffix == ".typ":
        return (*every, "--to", "typst-citations", "--template", theme / "paper.typ")
    # By its name alone: in the page a path with quotation marks would end early.
    style = shutil.copyfile(theme / "paper.css", made.with_name("paper.css"))
    as_page = ("--to", "html5", "--template", theme / "paper.html5", "--css", style.name)
    return (*every, *as_page, "--embed-resources", "--mathml", "--toc", "--toc-depth", "3")
