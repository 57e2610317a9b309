"""Rendering: references that must resolve, three formats, fixed bytes, both renderers."""

import base64
import hashlib
import html
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pypandoc
import pytest
import typst
import yaml
from project import parts_of, write_files
from pypdf import PdfReader

from crlm.base.problems import InputError, whose_fault
from crlm.manuscript.docx import finish_docx, keep_sent, write_reference_docx
from crlm.manuscript.pandoc import (
    MARKDOWN,
    RenderingError,
    as_json,
    keep_read,
    run_pandoc,
    run_program,
    take_read,
)
from crlm.manuscript.rendered import pdf_text, require_injected, require_tables
from crlm.manuscript.rendering import (
    QUARTO_TRIED,
    describe_renderer,
    render,
    require_references,
    unresolved_references,
)

MANUSCRIPT = Path(__file__).parents[3] / "manuscript"
THEME = MANUSCRIPT / "theme"
TIMESTAMP = 1_700_000_000  # 2023-11-14T22:13:20Z, as `date -u -d @1700000000` says

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"><path d="M0 0h9v6z"/></svg>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
LONG_KEY_SHA1 = "b9d195a652ba9db7ddb7df605e5cec4c6f992bfe"
BIB = """
@article{halpern2002, author = {Halpern, Scott D. and Ubel, Peter A. and Caplan, Arthur L.},
  title = {Solid-organ transplantation in {HIV}-infected patients}, journal = {N Engl J Med},
  year = {2002}, volume = {347}, number = {4}, pages = {284--287}}
@article{rose2002, author = {Rose, M. E. and Huerbin, M. B. and Melick, J. and Marion, D. W. and
  Palmer, A. M. and Schiding, J. K. and Kochanek, P. M. and Graham, S. H.},
  title = {Regulation of interstitial excitatory amino acid concentrations after cortical
  contusion injury}, journal = {Brain Res}, year = {2002}, volume = {935}, number = {1-2},
  pages = {40--46}}
@book{murray2002, author = {Murray, P. R. and Rosenthal, K. S. and Kobayashi, G. S. and
  Pfaller, M. A.}, title = {Medical microbiology}, edition = {4}, address = {St. Louis},
  publisher = {Mosby}, year = {2002}}
@incollection{meltzer2002, author = {Meltzer, P. S. and Kallioniemi, A. and Trent, J. M.},
  title = {Chromosome alterations in human solid tumors}, editor = {Vogelstein, B. and
  Kinzler, K. W.}, booktitle = {The genetic basis of human cancer}, address = {New York},
  publisher = {McGraw-Hill}, year = {2002}, pages = {93--113}}
"""
QMD = """---
title: "A paper"
subtitle: "A cohort"
author:
  - name: Ada One
    email: ada@example.org
    corresponding: true
    affiliations: [{name: Cairo University}]
  - name: Ben Two
    affiliations: [{name: Cancer Institute}]
abstract: |
  **Methods.** A cohort of [25]{.num key="cohort.n"} patients.
keywords: [liver, "the \\"quoted\\" word"]
lang: en
bibliography: references.bib
csl: vancouver.csl
number-sections: true
---

::: {.callout-important title="Rebuilt *from* tables"}
Read @sec-methods first.
:::

# Introduction {#sec-intro}

Known [@halpern2002; @rose2002; @murray2002] and @meltzer2002.[^n]

[^n]: A note.

# Methods {#sec-methods}

See @fig-second, [@fig-first; @tbl-one]; [13 (52%)]{.num key="table1.male"}; $x^2$.

![The second to be named.](figures/bars){#fig-first fig-alt="Bars, described."}

![The last.](figures/bars){#fig-second fig-alt="More bars."}

| Level | n |
|:------|--:|
| All | 25 |
| &emsp;Male | 13 |

: Patients. {#tbl-one}

# References {.unnumbered}

::: {#refs}
:::
"""
FAKE_QUARTO = """#!/bin/sh
if [ "$1" = --version ]; then echo "$QUARTO_VERSION"; exit; fi
echo "$@" > "$QUARTO_RECORD"
echo "epoch $SOURCE_DATE_EPOCH" >> "$QUARTO_RECORD"
if [ -n "$QUARTO_FAILS" ]; then
  if [ "$7" != --quiet ]; then printf "$QUARTO_FAILS" >&2; fi
  exit 1
fi
echo rendered > "$6"
"""
IN_QUARTO = pytest.mark.skipif(shutil.which("quarto") is None, reason="no quarto on the PATH")


@pytest.fixture
def manuscript(tmp_path):
    return write_manuscript(tmp_path / "manuscript", QMD)


@pytest.fixture
def fake_quarto(tmp_path, monkeypatch):
    """Put a program called quarto on the PATH; return the file where it notes its call."""
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(FAKE_QUARTO)
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("QUARTO_RECORD", str(tmp_path / "called.txt"))
    monkeypatch.setenv("QUARTO_VERSION", "1.9.38")
    return tmp_path / "called.txt"


def write_manuscript(folder: Path, text: str) -> Path:
    figures = {"figures/bars.svg": SVG, "figures/bars.png": PNG}
    write_files(folder, figures | {"references.bib": BIB, "paper.qmd": text})
    shutil.copy(MANUSCRIPT / "vancouver.csl", folder)
    return folder / "paper.qmd"


def embedded(qmd: Path, suffix: str) -> Path:
    out = qmd.with_suffix(suffix)
    assert render(qmd, out, "embedded", THEME, TIMESTAMP) == "embedded"
    return out


def words(markup: str) -> str:
    """Text of an HTML or XML document, white space made plain."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


def test_the_panel_stands_below_the_page_as_it_is(manuscript):
    panel = "<style>\n</style>\n<script>\nif (1 < 2 && 2 > 1) {}\n</script>\n"
    manuscript.with_name("trace.html").write_text(panel)
    page = embedded(manuscript, ".html").read_text(encoding="utf-8")
    assert page.endswith(f"</main>\n{panel}</body>\n</html>\n")


@pytest.mark.parametrize(("text", "said"), [("One.\n", "Two."), ("One, edited.\n", "edited.")])
def test_what_was_read_is_taken_for_the_same_text_alone(tmp_path, text, said):
    kept = tmp_path / "paper.json"
    keep_read("One.\n", str(kept))
    kept.write_text(kept.read_text().replace("One.", "Two."))
    as_json("Of another manuscript.\n")
    take_read(str(kept))
    assert f'"c":"{said}"' in as_json(text)


@pytest.mark.parametrize(
    "mark", ["", "<b>x</b>", "<!-- x -->", "</span>", '<span class="claim" <img src=x>x</span>']
)
def test_raw_html_is_read_where_there_is_any(mark):
    claim = '<span class="claim" data-claim="x.1">*a* < [b]{.num key="c"}</span>'
    text = f"{claim} 1 <2 {mark}\n\n: d\n"
    assert as_json(text) == run_pandoc(["--from", MARKDOWN, "--to", "json"], text=text)
    assert ("RawInline" in as_json(text)) == bool(mark)


# References -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("See @fig-a.\n\n![Cap](x){#fig-a}\n", []),
        ("See @fig-a and @tbl-b; @sec-c.\n", ["@fig-a", "@tbl-b", "@sec-c"]),
        ("# Methods {#sec-c}\n\nSee @sec-c.\n", []),
        ("| a |\n|---|\n| 1 |\n\n: Cap {#tbl-b}\n\nSee @tbl-b.\n", []),
        (
            "Known [@halpern2002; see @nobody1999, p. 3] and [-@nobody2000].\n",
            ["@nobody1999", "@nobody2000"],
        ),
        ("Twice @nobody1999, @nobody1999.\n", ["@nobody1999"]),
        ("Write to a.b@example.org, `@code`, \\@escaped, <https://x.org/@user>.\n", []),
        ("```\n@block\n```\n\n<!-- @comment -->\n", []),
        ("---\nabstract: Known [@nobody1999].\n---\n\nText.\n", ["@nobody1999"]),
        (
            "![Cap @nobody1999](x){#fig-a}\n\nNote.[^1]\n\n[^1]: As @nobody2000.\n",
            ["@nobody1999", "@nobody2000"],
        ),
        ("An [empty span]{#fig-a} is no figure: @fig-a.\n", ["@fig-a"]),
        (
            "# A title\n\nBy [it](#a-title), [another](#a-tittle), [page](https://x.org/#y).\n",
            ["#a-tittle"],
        ),
        ("A key is no figure: @fig-key.\n", ["@fig-key"]),
        ('---\nnocite: "@*"\n---\n\nText.\n', []),
    ],
)
def test_unresolved_references(text, missing):
    assert unresolved_references(text, BIB + "@misc{fig-key, title = {x}}") == missing


CITED = "a @primrose2014\n\nb [@x]\n"


@pytest.mark.parametrize(
    ("bib", "style", "told"),
    [
        ("", "", ["t.j2, line 1: found @primrose2014, which", "t.j2, line 3: found @x, which"]),
        ("@misc{x,\n title = {a}\n}\n@misc{x,\n title = {b}\n}", "",
         ["r.bib, line 4: found the entry x again (also in line 1)", "t.j2, line 1: found @prim"]),
        ("@misc{x,\n title = {{a}\n}\n@misc{y,\n title = {b}\n}", "",
         ["r.bib, line 4, column 1: found a fault of BibTeX (unexpected '@')"]),
        (b"@misc{x,\n title = {\xe9}\n}", "", ["r.bib, line 2: found letters that are not UTF-8"]),
        ("", "hello", ["v.csl: it can't be read (pandoc: CiteprocXMLError"]),
    ],
)  # fmt: skip
def test_a_bibliography_is_judged_before_the_manuscript_is_written(
    tmp_path, monkeypatch, bib, style, told
):
    monkeypatch.chdir(tmp_path)
    Path("t.j2").write_text(CITED)
    Path("r.bib").write_bytes(bib if isinstance(bib, bytes) else bib.encode())
    Path("v.csl").write_text(style or (MANUSCRIPT / "vancouver.csl").read_text(encoding="utf-8"))
    with pytest.raises(InputError) as caught:
        require_references(CITED, "t.j2", "r.bib", "v.csl")
    problems = caught.value.problems
    assert [p[: len(words)] for p, words in zip(problems, told, strict=True)] == told


@pytest.mark.parametrize("renderer", ["embedded", "quarto"])
def test_a_reference_to_nothing_fails_under_both_renderers(manuscript, fake_quarto, renderer):
    manuscript.write_text(QMD + "\nSee @fig-none and [@nobody1999].\n")
    out = manuscript.with_suffix(".html")
    with pytest.raises(RenderingError, match="@fig-none, @nobody1999"):
        render(manuscript, out, renderer, THEME, TIMESTAMP)
    assert not out.exists()
    assert not fake_quarto.exists()


# The embedded renderer ------------------------------------------------------------------------


def test_html_is_one_file_with_numbered_references(manuscript):
    page = embedded(manuscript, ".html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!data:|#|mailto:|https://doi\.org)', page)
    assert "url(" not in page
    text = words(page[page.index("<body>") :])
    # Numbers follow the order of appearance, not of mention: fig-first stands first.
    assert "See Figure 2, Figure 1, Table 1; 13 (52%)" in text
    assert "Read Section 2 first." in text
    assert "Figure 1: The second to be named." in text
    assert "Table 1: Patients." in text
    assert "Known [1–3] and [4]." in text
    assert "Ada One1,*, Ben Two2 1 Cairo University 2 Cancer Institute" in text
    assert "* Correspondence: ada@example.org" in text
    assert '<a href="#fig-second"' in page and '<figure id="fig-second" tabindex="0">' in page
    assert re.search(r'<span class="num"\s+data-key="table1.male">13\s\(52%\)</span>', page)
    assert 'aria-label="Bars, described."' in page or 'alt="Bars, described."' in page
    assert "<math" in page
    assert "Rebuilt <em>from</em> tables" in page


def test_docx_has_native_tables_and_alternative_text(manuscript):
    with zipfile.ZipFile(embedded(manuscript, ".docx")) as archive:
        body = archive.read("word/document.xml").decode()
        core = archive.read("docProps/core.xml").decode()
        years = {entry.date_time[0] for entry in archive.infolist()}
    assert body.count("<w:tbl>") == 1
    assert 'descr="Bars, described."' in body
    assert "footerReference" in body
    text = words(re.sub(r"</w:p>", " ", body))
    assert "See Figure 2, Figure 1, Table 1; 13 (52%)" in text
    assert "Ada One1,*, Ben Two2" in text and "2 Cancer Institute" in text
    assert "2023-11-14T22:13:20Z" in core  # not the time of the run
    assert years <= {1980, 2023}


def test_between_two_tables_no_line_is_numbered(tmp_path):
    made = tmp_path / "tables.docx"
    pypandoc.convert_text("| a |\n|---|\n| b |\n\n" * 2, "docx", "markdown", outputfile=str(made))
    count = [zipfile.ZipFile(made).read("word/document.xml").count(b"<w:p />")]
    finish_docx(made)
    xml = zipfile.ZipFile(made).read("word/document.xml")
    assert [*count, xml.count(b"<w:p />"), xml.count(b"TableSpace")] == [1, 0, 1]


def test_no_row_of_a_table_in_word_stands_alone_on_a_page(tmp_path):
    made = tmp_path / "tables.docx"
    table = "| a |\n|---|\n" + "| b |\n" * 6
    text = f"- c\n- d\n\n{table}\n- e\n\n{table}\n- f\n"
    pypandoc.convert_text(text, "docx", "markdown", outputfile=str(made))
    finish_docx(made)
    xml = zipfile.ZipFile(made).read("word/document.xml").decode()
    rows = [["KeptRow" in row for row in t.split("<w:tr>")[1:]] for t in xml.split("</w:tbl>")[:-1]]
    assert rows == [[True, True, False, False, True, True, False]] * 2
    assert xml.count("KeptRow") == 8


def test_what_begins_a_page_in_word_stands_on_no_other(tmp_path):
    made, by_filter = tmp_path / "s.docx", ["--lua-filter", str(THEME / "crossref.lua")]
    text = "A full page.\n\n# S {.supplement}\n"
    pypandoc.convert_text(text, "docx", "markdown", by_filter, outputfile=str(made))
    xml = zipfile.ZipFile(made).read("word/document.xml")
    assert b"<w:pageBreakBefore/>" in xml and b"<w:br" not in xml


def test_a_number_in_word_stands_in_a_control_with_its_key(tmp_path):
    # Word reads no tag of more than 64 signs; the sums are those of `sha1sum` and `sha256sum`.
    long = "progressive.regimen_class.chemotherapy_and_target.denominator_patients"
    tag = "progressive.regimen_class.chemotherapy_and_target.d~" + LONG_KEY_SHA1[:12]
    qmd = write_manuscript(
        tmp_path / "manuscript", QMD.replace("A note.", f'A [9]{{.num key="{long}"}} note.')
    )
    docx = embedded(qmd, ".docx")
    parts = parts_of(docx)
    body, notes = (parts[f"word/{part}.xml"].decode() for part in ("document", "footnotes"))
    control = r'<w:sdt><w:sdtPr><w:tag w:val="([^"]*)"/></w:sdtPr><w:sdtContent>(.*?)</w:sdt>'
    found = [(key, words(text)) for key, text in re.findall(control, body + notes)]
    assert found == [("cohort.n", "25"), ("table1.male", "13 (52%)"), (tag, "9")]
    sent = tmp_path / "sent"
    keep_sent(docx, qmd, sent)
    keep_sent(qmd.with_suffix(".pdf"), qmd, sent)
    digest = hashlib.sha256(qmd.read_bytes()).hexdigest()[:16]
    assert f'w:name="text_{digest}"' in body
    assert parts_of(sent / f"{digest}.docx")["word/document.xml"].decode() == body
    assert [path.name for path in sent.iterdir()] == [f"{digest}.docx"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler's pdftotext")
def test_pdf_has_the_same_text(manuscript):
    out = embedded(manuscript, ".pdf")
    done = subprocess.run(
        ["pdftotext", out, "-"], capture_output=True, encoding="utf-8", check=True
    )
    text = " ".join(done.stdout.split())
    assert "See Figure 2, Figure 1, Table 1; 13 (52%)" in text
    assert "Figure 1: The second to be named." in text
    assert "Known [1–3] and [4]." in text


def test_the_caption_stands_above_a_table_that_floats(manuscript):
    made = manuscript.with_suffix(".pdf")
    render(manuscript, made, "embedded", THEME, TIMESTAMP)
    text, places = pdf_text(made)
    caption, row = places[text.index("Table1:Patients")], places[text.index("All25")]
    assert caption[0] == row[0]
    assert caption[1] > row[1]


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("[*p* = 0.043]{.num}", '#emph[p]~#"=";~0.043'),
        ("[*p* < 0.001]{.num}", "#emph[p]~\\<~0.001"),
        ("[*p* = −0.5]{.num}", '#emph[p]~#"=";~−0.5'),
        ("so (n = [25]{.num})", 'so (n~#"=";~25)'),
        ("for [≥ 4 cm]{.num}", "for ≥~4~cm"),
        ("so (< 4 cm)", "so (\\<~4~cm)"),
        ("[4.5 ± 1.0]{.num} mm, 4 coma", "4.5~±~1.0~mm, 4 coma"),
        ("[95% CI 1 to 2]{.num}", "95%~CI~1 to 2"),
        ("[9 of 16 (56.3%)]{.num} [14 patients]{.num}", r"9~of~16~\(56.3%) 14~patients"),
        ("of [RD + SD]{.num} or", 'of RD~#"+";~SD or'),
        ("^a^ A test. † Open, 4", "#super[a]~A test. †~Open, 4"),
        ("what = it", 'what #"="; it'),
    ],
)
def test_no_line_of_the_pdf_ends_within_a_comparison(shown, kept):
    by_filter = ["--lua-filter", str(THEME / "crossref.lua")]
    assert pypandoc.convert_text(shown, "typst", "markdown", by_filter).strip() == kept


def test_what_leads_to_a_list_stays_on_its_page(tmp_path):
    """Wherever the list falls, the line before it is on the page of its first item."""
    text = "---\ntitle: T\n---\n\n" + "".join(f"Lead {n}:\n\n- one\n- two\n\n" for n in range(70))
    made = embedded(write_manuscript(tmp_path, text), ".pdf")
    pages = [page.extract_text() for page in PdfReader(made).pages]
    assert len(pages) > 3
    assert not any(re.search(r"Lead \d+:\s*(\d+ / \d+\s*)?$", page) for page in pages)
    word = embedded(made.with_suffix(".qmd"), ".docx")
    assert zipfile.ZipFile(word).read("word/document.xml").count(b"KeptLead") == 70


def test_a_heading_row_is_never_the_last_of_a_page(tmp_path):
    """Of 90 groups of three rows, on several pages: each page begins with a group's first row."""
    group = "| **Head {n}** | |\n| &emsp;one | x |\n| &emsp;two | y |\n"
    rows = "".join(group.format(n=n) for n in range(90))
    text = f"---\ntitle: T\n---\n\n| a | b |\n|:--|--:|\n{rows}\n: C {{#tbl-a}}\n"
    made = embedded(write_manuscript(tmp_path, text), ".pdf")
    pages = [page.extract_text().split("Head ")[0] for page in PdfReader(made).pages]
    assert len(pages) > 3
    assert not any("one" in top or "two" in top for top in pages)


def test_the_first_six_rows_of_a_table_and_the_last_three_stay_together():
    rows = "".join(f"| row {n} | x |\n" for n in range(1, 11))
    text = f"| a | b |\n|:--|--:|\n{rows}\n: C {{#tbl-a}}\n"
    by_filter = ["--lua-filter", str(THEME / "crossref.lua")]
    typst = pypandoc.convert_text(text, "typst", "markdown+table_attributes", by_filter)
    spans = [after.partition("rowspan: ")[2][:1] for after in re.split(r"\[row\s+\d+\]", typst)[1:]]
    assert spans == ["6", *[""] * 6, "3", "", ""]


def test_pdf_has_properties_and_alternative_text(manuscript):
    data = embedded(manuscript, ".pdf").read_bytes()
    assert b"/Alt(Bars, described.)" in data
    assert b"(D:20231114221320Z)" in data  # not the time of the run
    assert b"Ada One" in data


@pytest.mark.parametrize(
    "entry",
    [
        # The sample references of the ICMJE recommendations (US National Library of Medicine),
        # nlm.nih.gov/bsd/uniform_requirements.html
        "1. Halpern SD, Ubel PA, Caplan AL. Solid-organ transplantation in HIV-infected patients. "
        "N Engl J Med. 2002;347(4):284-7.",
        "2. Rose ME, Huerbin MB, Melick J, Marion DW, Palmer AM, Schiding JK, et al. Regulation of "
        "interstitial excitatory amino acid concentrations after cortical contusion injury. "
        "Brain Res. 2002;935(1-2):40-6.",
        "3. Murray PR, Rosenthal KS, Kobayashi GS, Pfaller MA. Medical microbiology. 4th ed. "
        "St. Louis: Mosby; 2002.",
        "4. Meltzer PS, Kallioniemi A, Trent JM. Chromosome alterations in human solid tumors. In: "
        "Vogelstein B, Kinzler KW, editors. The genetic basis of human cancer. New York: "
        "McGraw-Hill; 2002. p. 93-113.",
    ],
)
def test_references_are_in_the_style_of_vancouver(manuscript, entry):
    page = embedded(manuscript, ".html").read_text(encoding="utf-8")
    assert entry in words(page).replace("–", "-")


# Citing Medicine, 2nd ed. (US National Library of Medicine), chapter 1: authors' initials without
# points and hyphens, six of them before "et al"; titles in sentence case, of subtitles too; pages
# and their repeated digits; the DOI with a blank before and a point behind. What stands in no
# printed source that was found is left out, and named here.
NLM = re.compile(
    r"\d+\. (?P<authors>(?:[^.,]+ [A-Z]{1,4}(?: Jr)?(?:, |\. )){1,6}(?:et al\. )?)"
    r"(?P<title>.+?)(?:\.|\?) (?:[A-Z][\w ]+ \([A-Z]{2}\): \w+; \d{4}\.|"  # a book; an article
    r"(?P<journal>[A-Z][\w ]+)\. "
    r"\d{4}(?:;(?P<volume>\d+(?: Suppl \d+)?)(?:\([S\d–]+\))?(?::(?P<pages>[^.-]+))?"
    r"| \w{3} \d+ \[Epub ahead of print\])\.(?P<doi> doi: 10\.\d{4,}/\S+\.)?)"
)
LACKING = {
    "pages": ["Ann Transl Med", "Nanotechnol Percept"],
    "doi": [
        "Ann Gastroenterol Surg", "Ann Surg Oncol", "Ann Surg Oncol", "Ann Transl Med",
        "Eur J Surg Oncol", "J Am Coll Surg", "J Gastrointest Surg", "Nanotechnol Percept",
        "Scand J Stat",  # Holm 1979, which has none
    ],
}  # fmt: skip


def test_the_references_of_the_paper_are_in_the_style_of_nlm():
    options = [f"--csl={MANUSCRIPT / 'vancouver.csl'}", "--citeproc", "--wrap=none"]
    options.append(f"--bibliography={MANUSCRIPT / 'references.bib'}")
    text = pypandoc.convert_text("---\nnocite: '@*'\n---\n", "plain", "markdown", options)
    entries = [line for line in text.splitlines() if line]
    read = [NLM.fullmatch(entry) for entry in entries]
    assert [entry for entry, match in zip(entries, read, strict=True) if not match] == []
    for part, journals in LACKING.items():
        articles = (m for m in read if m["journal"])
        absent = (m["journal"] for m in articles if not m[part] and (part == "doi" or m["volume"]))
        assert sorted(absent) == journals
    for match in read:
        assert not re.search(r"[:?] (?!RECIST|FACS)[A-Z]", match["title"]), match[0]
        for first, last in re.findall(r"(\d+)–(\d+)", match["pages"] or ""):
            whole = first[: len(first) - len(last)] + last
            assert int(whole) > int(first) and (last == whole or last[0] != first[-len(last)])


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".docx"])
def test_same_manuscript_same_bytes(tmp_path, monkeypatch, suffix):
    made = []
    for folder, zone, language in (("a", "UTC", "C"), ("b/deep er", "Asia/Tokyo", "ar_EG.UTF-8")):
        monkeypatch.setenv("TZ", zone)
        monkeypatch.setenv("LANG", language)
        monkeypatch.setenv("LC_ALL", language)
        made.append(embedded(write_manuscript(tmp_path / folder, QMD), suffix).read_bytes())
    assert made[0] == made[1]
    assert len(made[0]) > 5_000


@pytest.mark.parametrize(
    ("suffix", "old", "new", "message"),
    [
        (".html", "figures/bars){#fig-first", "figures/none){#fig-first", "pandoc: .*none.svg"),
        (".docx", "figures/bars){#fig-first", "figures/none){#fig-first", "pandoc: .*none.png"),
        (".pdf", "figures/bars){#fig-first", "figures/none){#fig-first", "typst: .*none.svg"),
    ],
)
def test_what_a_tool_refuses_comes_back_with_its_message(manuscript, suffix, old, new, message):
    assert old in QMD
    manuscript.write_text(QMD.replace(old, new))
    before = sorted(manuscript.parent.rglob("*"))
    with pytest.raises(RenderingError, match=f"(?s){message}"):
        embedded(manuscript, suffix)
    assert sorted(manuscript.parent.rglob("*")) == before  # nothing half-written


# Quarto ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "to"), [(".html", "html"), (".docx", "docx"), (".pdf", "typst")]
)
def test_auto_takes_quarto_where_it_is_on_the_path(manuscript, fake_quarto, capsys, suffix, to):
    out = manuscript.with_suffix(suffix)
    assert render(manuscript, out, "auto", THEME, TIMESTAMP) == "quarto"
    # No include on the command line: it would take the place of those of Quarto's own filters.
    assert fake_quarto.read_text() == (
        f"render paper.qmd --to {to} --output paper{suffix} --quiet\nepoch 1700000000\n"
    )
    assert out.read_text() == "rendered\n"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.9.38", "renderer: quarto 1.9.38\n"),
        ("1.10.2", "renderer: quarto 1.10.2, with which this paper was never tried"),
        ("1.8.25", "Supported is 1.9 or newer, below 1.10"),
        ("", "renderer: quarto of no known version, with which"),
    ],
)
def test_another_quarto_is_told(manuscript, fake_quarto, monkeypatch, capsys, version, told):
    monkeypatch.setenv("QUARTO_VERSION", version)
    assert told in describe_renderer("quarto")
    render(manuscript, manuscript.with_suffix(".html"), "quarto", THEME, TIMESTAMP)
    assert capsys.readouterr().err == ("" if version == "1.9.38" else describe_renderer("quarto"))


def test_environment_names_the_quarto_that_was_tried():
    first, below = QUARTO_TRIED
    environment = (MANUSCRIPT.parent / "environment.yml").read_text(encoding="utf-8")
    assert f"  - quarto >={first},<{below}\n" in environment


SETTINGS = "pandoc --output paper.docx\\n  to: docx\\n  template: x\\nmetadata\\n  title: A\\n\\n"


@pytest.mark.parametrize(
    ("fails", "message"),
    [
        ("ERROR: bad YAML", "quarto: ERROR: bad YAML"),
        ("ERROR: no such table\\nERROR: no such table", "quarto: ERROR: no such table"),
        (
            f"{SETTINGS}\033[91mERROR: no file\033[39m\\nStack trace:\\n  at x",
            "quarto: ERROR: no file",
        ),
    ],
)
def test_failure_of_quarto_comes_back_with_its_message(
    manuscript, fake_quarto, monkeypatch, fails, message
):
    monkeypatch.setenv("QUARTO_FAILS", fails)
    with pytest.raises(RenderingError) as raised:
        render(manuscript, manuscript.with_suffix(".html"), "quarto", THEME, TIMESTAMP)
    assert str(raised.value).splitlines()[1:] == [message]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("run", "told"),
    [
        (lambda: run_pandoc(["--output", "/dev/full"], text="A."), "A full disk.*No space left"),
        (lambda: typst.compile(b"A.", output="/dev/full"), "A full disk.*No space left"),
        (lambda: run_program(["sh", "-c", "kill -9 $$"]), "Ended from outside.*signal 9"),
    ],
)
def test_a_full_disk_and_a_kill_are_no_fault_of_the_manuscript(run, told):
    with pytest.raises(OSError) as raised:
        run()
    assert re.match(told, whose_fault(raised.value))


def test_a_figure_that_quarto_would_leave_out_is_refused(manuscript, fake_quarto):
    (manuscript.parent / "figures/bars.png").unlink()
    render(manuscript, manuscript.with_suffix(".html"), "quarto", THEME, TIMESTAMP)
    with pytest.raises(RenderingError, match=r"not there: bars\.png, bars\.png"):
        render(manuscript, manuscript.with_suffix(".docx"), "quarto", THEME, TIMESTAMP)


def test_auto_without_quarto_is_embedded(manuscript, monkeypatch):
    monkeypatch.setenv("PATH", str(manuscript.parent))
    out = manuscript.with_suffix(".html")
    assert render(manuscript, out, "auto", THEME, TIMESTAMP) == "embedded"
    with pytest.raises(RenderingError, match="no quarto is on the PATH"):
        render(manuscript, out, "quarto", THEME, TIMESTAMP)
    with pytest.raises(RenderingError, match="'latex': expected auto, quarto or embedded"):
        render(manuscript, out, "latex", THEME, TIMESTAMP)


def front_matter() -> str:
    """What the template tells Quarto of the formats."""
    template = (MANUSCRIPT / "paper.qmd.j2").read_text(encoding="utf-8")
    lines = template[template.index("format-links:") :].split("---\n")[0].splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("<#"))


def test_quarto_is_told_of_what_stands_beside_the_manuscript():
    told = yaml.safe_load(front_matter())
    assert told["format-links"] is False
    before_quarto = [{"path": "theme/crossref.lua", "at": "pre-ast"}]
    templates = {"html": "paper.html5", "docx": "paper.openxml", "typst": "paper.typ"}
    assert told["format"].keys() == templates.keys()  # JATS and LaTeX are Quarto's own
    for name, template in templates.items():
        format_ = told["format"][name]
        assert format_["template"] == f"theme/{template}" and (THEME / template).exists()
        assert format_["filters"] == before_quarto
        assert format_["number-sections"] is False
    assert told["format"]["docx"]["reference-doc"] == "theme/reference.docx"
    assert told["format"]["typst"]["citeproc"] is True  # else typst prints its own bibliography
    assert told["format"]["html"]["css"] == "theme/paper.css"


@pytest.fixture(scope="module")
def by_quarto(tmp_path_factory):
    """A manuscript in a folder with all it needs, rendered by the Quarto on the PATH alone."""
    rows = "".join(
        f'| &emsp;[Row {k}]{{.num key="label.{k}"}} | [{k}]{{.num key="row.{k}"}} |\n'
        for k in range(90)
    )
    text = QMD.replace(
        "number-sections: true\n", f"number-sections: true\nlink-citations: true\n{front_matter()}"
    )
    text = text.replace("| &emsp;Male | 13 |\n", f"| &emsp;Male | 13 |\n{rows}")
    qmd = write_manuscript(tmp_path_factory.mktemp("quarto") / "manuscript", text)
    call(ship(qmd).parent, "paper.qmd")
    return qmd


def ship(qmd: Path) -> Path:
    """Put beside a manuscript what the workflow puts there for Quarto."""
    (qmd.parent / "theme").mkdir()
    for part in THEME.glob("*.*"):
        shutil.copy(part, qmd.parent / "theme")
    write_reference_docx(qmd.parent / "theme/reference.docx", THEME / "docx")
    (qmd.parent / "trace.html").write_text("<p>The panel.</p>\n")
    return qmd


def call(folder: Path, *arguments: str) -> None:
    """Run `quarto render` in a folder."""
    subprocess.run(["quarto", "render", *arguments, "--quiet"], cwd=folder, check=True)


def document_text(path: Path) -> str:
    """Text of a document as a reader sees it, white space made plain."""
    if path.suffix == ".pdf":
        pages = (page.extract_text() for page in PdfReader(path).pages)
        return " ".join(" ".join(pages).split())
    if path.suffix == ".html":
        return words(path.read_text(encoding="utf-8").split("<body>")[1])
    return words(re.sub(r"</w:p>", " ", parts_of(path)["word/document.xml"].decode()))


ODD = 'Of "odd" signs: #1, $x$, @a, *b*, <b>c</b>, \\d, ^f^, ~g~, _h_, `i`, [j](k)'


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".docx"])
@pytest.mark.parametrize("renderer", ["embedded", pytest.param("quarto", marks=IN_QUARTO)])
def test_title_with_quotes(tmp_path, renderer, suffix):
    """What the front matter holds as character references reaches the title page as typed."""
    typed = re.sub(r"[^\w ,]|_", lambda sign: f"&#{ord(sign[0])};", ODD)
    text = QMD.replace("number-sections: true\n", f"number-sections: true\n{front_matter()}")
    for old in ('"A paper"', "Ada One", "Cancer Institute", "keywords: [liver"):
        assert old in text
        name = old.strip('"').removeprefix("keywords: [")
        text = text.replace(old, old.replace(name, f'"{name} {typed}"').replace('""', '"'))
    qmd = ship(write_manuscript(tmp_path / "manuscript", text))
    out = qmd.with_suffix(suffix)
    render(qmd, out, renderer, THEME, TIMESTAMP)
    shown = "".join(document_text(out).split())
    for name in ("A paper", "Ada One", "Cancer Institute", "liver"):
        assert "".join(f"{name} {ODD}".split()) in shown, name


@IN_QUARTO
@pytest.mark.parametrize("suffix", [".html", ".docx"])
def test_both_renderers_give_the_same_text(by_quarto, tmp_path, suffix):
    out = tmp_path / f"paper{suffix}"
    assert render(by_quarto, out, "embedded", THEME, TIMESTAMP) == "embedded"
    assert document_text(by_quarto.with_suffix(suffix)) == document_text(out)


@IN_QUARTO
@pytest.mark.parametrize("suffix", [".html", ".pdf", ".docx"])
def test_the_title_page_of_quarto_is_whole(by_quarto, suffix):
    text = document_text(by_quarto.with_suffix(suffix))
    for once in ("Cairo University", "Cancer Institute", "Correspondence: ada@example.org"):
        assert text.count(once) == 1, once
    assert "Keywords: liver, the “quoted” word" in text
    assert "Rebuilt from tables" in text and "See Figure 2, Figure 1, Table 1" in text
    if suffix == ".pdf":
        first, second, *_ = (
            page.extract_text() for page in PdfReader(by_quarto.with_suffix(suffix)).pages
        )
        assert "Rebuilt from tables" in first and second.startswith("A paper")  # the running head


@IN_QUARTO
def test_the_documents_of_quarto_pass_the_guards(by_quarto, tmp_path):
    require_tables(by_quarto.with_suffix(".pdf"), by_quarto)
    for suffix in (".html", ".docx"):
        found = []
        render(by_quarto, tmp_path / f"paper{suffix}", "embedded", THEME, TIMESTAMP)
        for folder in (tmp_path, by_quarto.parent):
            with pytest.raises(InputError, match="expected an injected number") as raised:
                require_injected(folder / f"paper{suffix}", {"exceptions": []})
            found.append([problem.value for problem in raised.value.problems])
        assert found[0] == found[1] and {"25", "13"} <= {*found[0]}  # typed in its table
    body = parts_of(by_quarto.with_suffix(".docx"))["word/document.xml"].decode()
    assert 'descr="Bars, described."' in body and 'w:rStyle w:val="Number"' in body
    assert body.count("<w:tbl>") == 1


@IN_QUARTO
@pytest.mark.parametrize("suffix", [".html", ".pdf", ".docx"])
def test_same_manuscript_same_bytes_by_quarto(by_quarto, tmp_path, suffix):
    made = []
    for k in range(2):
        out = tmp_path / f"{k}{suffix}"
        assert render(by_quarto, out, "quarto", THEME, TIMESTAMP) == "quarto"
        made.append(out.read_bytes())
    assert made[0] == made[1]


@IN_QUARTO
@pytest.mark.parametrize(
    ("to", "file", "expected"),
    [
        (
            "jats",
            "paper.xml",
            [r"<aff id=", r'<xref [^>]*rid="fig-second"', r'<fig id="tbl-one"'],
        ),
        ("latex", "paper.tex", [r"\\label\{fig-first\}", r"\\ref\{tbl-one\}", r"Row 89"]),
    ],
)
def test_other_formats_of_quarto_are_its_own(by_quarto, to, file, expected):
    call(by_quarto.parent, "paper.qmd", "--to", to)
    made = (by_quarto.parent / file).read_text(encoding="utf-8")
    for pattern in expected:
        assert re.search(pattern, made), pattern


@IN_QUARTO
def test_a_project_of_type_manuscript(by_quarto, tmp_path):
    folder = shutil.copytree(by_quarto.parent, tmp_path / "project")
    (folder / "_quarto.yml").write_text(
        "project:\n  type: manuscript\nmanuscript:\n  article: paper.qmd\n"
    )
    call(folder)
    made = folder / "_manuscript"
    assert "See Figure 2, Figure 1, Table 1" in document_text(made / "index.html")
    assert "See Figure 2, Figure 1, Table 1" in document_text(made / "paper.docx")
