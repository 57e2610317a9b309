"""What was typed in the config stands in the manuscript, and in every document, as typed."""

import html
import json
import re
from pathlib import Path

import pytest
import typst
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from project import parts_of
from pypdf import PdfReader

from crlm.manuscript.captions import figure_block
from crlm.manuscript.letters import FONTS
from crlm.manuscript.markdown import literal, printed, span, typed
from crlm.manuscript.pandoc import MARKDOWN, run_pandoc
from crlm.manuscript.rendering import render
from crlm.manuscript.template import pipe_table

THEME = Path(__file__).parents[3] / "manuscript" / "theme"
PIECES = [
    *"*_^~|<>[]{}$\\`@#-+.:=%&!\"'/() a1é≥µ", "**", "~~", "--", "---", "...", "1. ", "iv) ", "(a) ",
    "<b>", "</b>", "<!--", "{{< include /etc/passwd >}}", "<< x >>", "<% y %>", "![x](/any/file)",
    "[x](y)", "[@key]", "@key", "^[n]", "$x$", "`c`", "`#read(\"x\")`{=typst}", "&amp;", "&#42;",
    ":::", "```", "Mr. ", "e.g. ", "\\alpha", "{.c}", "- [ ] ", "http://x.org", "| - |", "\n",
    "بدون",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12
)


def words(node) -> str:
    """Return the plain text of pandoc's JSON."""
    if isinstance(node, dict):
        if node["t"] in ("Space", "SoftBreak", "LineBreak"):
            return " "
        return node["c"] if node["t"] == "Str" else words(node.get("c", []))
    return "".join(map(words, node)) if isinstance(node, list) else ""


def read(markdown: str) -> list[dict]:
    """Return the blocks that pandoc reads."""
    return json.loads(run_pandoc(["--from", MARKDOWN, "--to", "json"], text=markdown))["blocks"]


def even(text: str) -> str:
    return " ".join(text.split())


# Few examples of many texts: pandoc is started for each. Shrinking them would take minutes.
@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(st.lists(TEXTS.filter(str.strip), min_size=60, max_size=60))
def test_any_text_is_read_as_typed(texts):
    """As a paragraph, in a cell of a table, in a caption and in an attribute."""
    paragraphs = read("\n\n".join(map(literal, texts)))
    assert [block["t"] for block in paragraphs] == ["Para"] * len(texts)
    assert {i["t"] for block in paragraphs for i in block["c"]} <= {"Str", "Space"}
    assert [even(words(block)) for block in paragraphs] == [*map(even, texts)]

    entries = [{"value": text, "display": text} for text in texts]
    rows = [[f"**{span('a.b', e)}**", f"({typed(e['value'])})"] for e in entries]
    (table,) = read(pipe_table(["", ""], rows, [50, 50]) + "\n\n: C. {#tbl-a}")
    cells = [[words(cell[4]) for cell in row[1]] for row in table["c"][4][0][3]]
    assert [even(second) for _, second in cells] == [even(f"({t})") for t in texts]
    assert [even(first) for first, _ in cells] == [*map(even, texts)]

    figures = read("\n\n".join(figure_block("f", typed(t), literal(t)) for t in texts))
    for block, text in zip(figures, texts, strict=True):
        (image,) = block["c"][2][0]["c"]
        assert even(dict(image["c"][0][2])["fig-alt"]) == even(text)
        assert even(words(block["c"][1])) == even(text)


@pytest.mark.parametrize(
    ("entry", "markdown"),
    [
        ({"value": 0.04, "display": "p = 0.040"}, "*p* = 0.040"),
        ({"value": 0.0004, "display": "p < 0.001"}, "*p* < 0.001"),
        ({"value": None, "display": "> 0.999"}, "> 0.999"),
        ({"value": 10, "display": "10 (40.0%)"}, "10 (40.0%)"),
        ({"value": 0.2, "display": "Cramér's V 0.20, 95% CI 0.00 to 0.40"},
         "Cramér's V 0.20, 95% CI 0.00 to 0.40"),
        ({"value": 1.2, "display": "1.2 ± 0.3 10^9/L on average"},
         "1.2 ± 0.3 10&#94;9/L on average"),
        # Words of the config: whatever they look like.
        ({"value": "p = *x*", "display": "p = *x*"}, "p = &#42;x&#42;"),
        ({"value": "Crohn's", "display": "Crohn's"}, "Crohn&#39;s"),
        ({"value": "< 4 cm", "display": "< 4 cm"}, "< 4 cm"),
    ],
)  # fmt: skip
def test_printed_forms(entry, markdown):
    assert printed(entry) == markdown


HOSTILE = [
    "UGT1A1*1/*28", "US$5–US$10", "10^3–10^6/L", "Rectum | anus", "Left <b>colon", "Right [colon]",
    "{{< include /etc/passwd >}}", "<script>alert(1)</script>", "![x](/etc/passwd)", "a -- b ...",
    "it's \"so\"", "1. first", "- second", "-5 \\alpha `c` @key #x ~y~", "&amp; %", "بدون انتكاس",
]  # fmt: skip


@pytest.mark.parametrize("suffix", [".html", ".docx", ".pdf"])
def test_labels_are_text(suffix, tmp_path):
    table = pipe_table(["", "n"], [[typed(t), "1"] for t in HOSTILE], [80, 20])
    title = literal('- A *title* "of" ... \\temp')
    source = f'---\ntitle: "{title}"\n---\n\n{table}\n\n: {typed(HOSTILE[0])} {{#tbl-a}}\n'
    (tmp_path / "paper.qmd").write_text(source, encoding="utf-8")
    out = tmp_path / f"paper{suffix}"
    render(tmp_path / "paper.qmd", out, "embedded", THEME, 1_700_000_000)
    if suffix == ".pdf":
        text = "".join(page.extract_text() for page in PdfReader(out).pages)
    else:
        docx = suffix == ".docx" and parts_of(out)["word/document.xml"].decode()
        page = docx or out.read_text("utf-8")
        text = html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", "", page, flags=re.DOTALL))
    found = re.sub(r"\s|\u200b", "", text)  # where a long word may break
    shown = [*HOSTILE[: -1 if suffix == ".pdf" else None], '- A *title* "of" ... \\temp']
    assert [t for t in shown if re.sub(r"\s", "", t) not in found] == []


def test_letters_of_the_pdf_come_from_the_font_of_the_figures(tmp_path):
    """Arabic is no letter of the PDF's own font: its glyphs are embedded, joined, from ours."""
    (tmp_path / "a.typ").write_text('#set text(font: ("Libertinus Serif", "DejaVu Sans"))\nبدون')
    pdf = typst.compile(tmp_path / "a.typ", font_paths=[FONTS], ignore_system_fonts=True)
    assert b"DejaVuSans" in pdf
