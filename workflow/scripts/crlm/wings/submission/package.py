"""The folder of a submission: all that a journal asks for, whole or not at all."""

import io
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from crlm.base.files import folder_whole
from crlm.base.pages import render_page
from crlm.base.problems import InputError
from crlm.config.configuration import read_checked, read_schema
from crlm.figures.style import STYLE
from crlm.manuscript.markdown import literal, pipe_table
from crlm.manuscript.rendered import floats_of
from crlm.wings.submission.checklists import CHECKLISTS, Item, fill_checklist, pages_of, sections_of
from crlm.wings.submission.documents import (
    Writer,
    anonymous,
    between_pages,
    is_signed,
    jats_meta,
    legends,
    names_of,
    number_headings,
    require_anonymous,
    split,
    with_abstract,
    with_images,
    without_authors,
)
from crlm.wings.submission.title_page import Count, count_limits, declared, title_page


class BuiltPaper(NamedTuple):
    """What a submission is made of.

    `qmd`, `pdf`: the filled manuscript, in whose folder its figures lie, and the rendered paper;
    `drawings`: name of a figure -> drawing; `cohort`: its config; `theme`: the folder of the look;
    `page`: the template of the page; `timestamp`: the date of the documents.
    """

    qmd: Path
    pdf: Path
    drawings: dict[str, Figure]
    cohort: dict
    theme: Path
    page: str
    timestamp: int


def read_profile(path: str, schema: str) -> dict:
    """Read what a journal asks for.

    Raises
    ------
    InputError
        With all that its schema does not allow, by file, line and key.
    """
    profile = read_checked(path, read_schema(Path(schema)))
    if profile.faults:
        raise InputError(profile.faults)
    return profile.content


def save_figure(drawing: Figure, path: Path, dpi: int) -> None:
    """Save a drawing in the format of the suffix of `path`, without a date.

    Pictures of pixels are without transparency, and tell their resolution.
    """
    with matplotlib.rc_context(STYLE):
        data = io.BytesIO()
        if path.suffix == ".pdf":
            drawing.savefig(path, metadata={"CreationDate": None})
            return
        if path.suffix == ".eps":
            drawing.savefig(data, format="eps")
            lines = data.getvalue().splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(b"%%CreationDate")]
            path.write_bytes(b"".join(kept))
            return
        drawing.savefig(data, format="png", dpi=dpi)
    with Image.open(data) as image:
        compression = {"compression": "tiff_lzw"} if path.suffix == ".tiff" else {}
        image.convert("RGB").save(path, dpi=(dpi, dpi), **compression)


def checklist_text(name: str, items: list[Item], paper: str) -> str:
    """Return a filled checklist as Markdown; its pages are those of the file `paper`."""
    rows, part = [], ""
    for item in items:
        if item.part != part:
            part = item.part
            rows.append(["", f"**{part}**", "", "", ""])
        cells = [item.item, item.asks, item.sections, item.pages, item.lacks]
        rows.append([literal(cell) for cell in cells])
    head = ["Item", "Asks for", "Section", "Page", "Not reported"]
    table = pipe_table(head, rows, [8, 30, 30, 10, 22], left=5)
    return f"# {name.upper()} checklist\n\nThe pages are those of {paper}.\n\n{table}\n"


def cover_facts(
    profile: dict, cohort: dict, counts: list[Count], missing: list[str], signed: bool
) -> str:
    """Return the facts for a cover letter as Markdown: what is sent, what is still lacking."""
    lines = ["# Facts for the cover letter", ""]
    lines += [f"- Title: {literal(cohort['title'])}", f"- Journal: {literal(profile['name'])}"]
    lines += [f"- Rows: {cohort['provenance']}; {literal(cohort['setting'])}"]
    if not signed or cohort["provenance"] != "original":
        lines.append("- Not to be sent as it is: the rows are not those of patients.")
    for c in counts:
        allowed = "no limit" if c.limit is None else f"of {c.limit}"
        lines.append(f"- {c.what}: {c.found} ({allowed})" + ", **too many**" * bool(c.over))
    lines += [f"- Still to be stated: {literal(what)}" for what in missing]
    return "\n".join([*lines, ""])


def write_documents(
    folder: Path, built: BuiltPaper, writer: Writer, form: str, labels: dict[str, str]
) -> None:
    """Write manuscript, anonymous manuscript, tables, supplement, JATS, LaTeX and ODT.

    `form` is the format of the figures, `labels` their names by those of the plan.
    """
    parts = split(writer.document)
    drawn = "figures/{}.png".format
    main = [*parts.main, *legends(parts.figures)]
    writer.write(folder / "manuscript.docx", main, parts.meta, spaced=True)
    writer.write(folder / "tables.docx", between_pages(parts.tables), {})
    if parts.supplement:
        writer.write(folder / "supplement.docx", with_images(parts.supplement, drawn), {})
    whole = with_abstract(parts.meta, with_images(parts.whole, drawn))
    titled = {key: value for key, value in parts.meta.items() if key != "abstract"}
    writer.write(folder / "manuscript.odt", whole, titled)
    named = with_images(parts.whole, lambda name: f"figures/{labels[name]}.{form}")
    writer.write(folder / "manuscript.xml", named, jats_meta(parts.meta, built.cohort))
    vector = with_images(parts.whole, lambda name: f"figures/{labels[name]}.pdf")
    writer.write(folder / "latex/manuscript.tex", vector, parts.meta)

    names, own = names_of(built.cohort), built.cohort["printed_version"]
    text = anonymous(built.qmd.read_text("utf-8"), names)
    hidden = without_authors(number_headings(built.qmd, built.theme, built.timestamp, text), own)
    masked = split(hidden)
    blind = folder / "manuscript_anonymous.docx"
    writer.write(blind, [*masked.main, *legends(masked.figures)], masked.meta, spaced=True)
    require_anonymous(blind, names)


def write_submission(built: BuiltPaper, profile: dict, target: Path) -> None:
    """Write the folder of a submission in place of the last one, which stays where this fails.

    Parameters
    ----------
    built
        What it is made of.
    profile
        What the journal asks for, as its file in config/journals/ says.
    target
        The folder; its page, `submission.html`, lists what is in it, counts and gaps.

    Raises
    ------
    InputError
        Where the anonymous manuscript still tells who wrote it.
    """
    with folder_whole(target) as folder:
        (folder / "figures").mkdir(parents=True)
        (folder / "latex/figures").mkdir(parents=True)
        document = number_headings(built.qmd, built.theme, built.timestamp)
        parts, signed = split(document), is_signed(document["meta"])
        labels = {
            name.partition("-")[2]: label.replace(" ", "_")
            for name, (label, _) in floats_of(built.qmd).items()
            if name.startswith("fig-")
        }
        theme, spacing = built.theme, profile["line_spacing"]
        writer = Writer(document, built.qmd.parent, theme, spacing, built.timestamp)
        form, dpi = profile["figures"]["format"], profile["figures"]["dpi"]
        write_documents(folder, built, writer, form, labels)
        for name, label in labels.items():
            save_figure(built.drawings[name], folder / f"figures/{label}.{form}", dpi)
            save_figure(built.drawings[name], folder / f"latex/figures/{label}.pdf", dpi)
        shutil.copyfile(built.pdf, folder / built.pdf.name)
        counts = count_limits(parts, profile["limits"])
        missing = declared(built.cohort)[1]
        page = title_page(built.cohort, parts, counts, signed)
        writer.write_markdown(folder / "title_page.docx", page)
        facts = cover_facts(profile, built.cohort, counts, missing, signed)
        writer.write_markdown(folder / "cover_facts.docx", facts)
        sections = sections_of(parts.whole, built.qmd)
        pages = pages_of(built.pdf, built.qmd)
        filled = {n: fill_checklist(CHECKLISTS[n], sections, pages) for n in profile["checklists"]}
        for name, items in filled.items():
            text = checklist_text(name, items, built.pdf.name)
            writer.write_markdown(folder / f"checklist_{name}.docx", text)
        told: dict[str, Any] = {
            "journal": profile["name"],
            "counts": counts,
            "missing": missing,
            "checklists": filled,
            "provenance": built.cohort["provenance"],
            "files": sorted(
                p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
            ),
        }
        (folder / "submission.html").write_text(render_page(built.page, **told), encoding="utf-8")
