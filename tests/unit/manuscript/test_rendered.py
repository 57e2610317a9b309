"""Rendered documents: a digit that nobody injected is found, and a row of a table that is lost."""

import shutil
from pathlib import Path

import pytest
from project import ROOT, parts_of, write_files, zipped

from crlm.base.problems import InputError
from crlm.manuscript.prose import read_rules
from crlm.manuscript.rendered import floats_of, require_injected, require_layout, require_tables
from crlm.manuscript.rendering import render

THEME = ROOT / "manuscript/theme"
RULES = read_rules(ROOT / "manuscript/prose.yaml")
BIB = (
    "@article{a2020, author={A, B}, title={C 12}, journal={J}, year={2020}, volume={3}, pages={4}}"
)
HEAD = """---
title: "Response"
author:
  - name: A B
    email: ab99@example.org
    corresponding: true
abstract: |
  Of [25]{.num key="cohort.n"} patients.
number-sections: true
bibliography: refs.bib
---

"""
CLEAN = """# Results {#sec-results}

Of [25]{.num key="cohort.n"} patients, [9 of 10 (90.0%)]{.num key="x.n"} responded
([*p* = 0.043]{.num key="test.x.p"}), by RECIST 1.1 after 5-FU [@a2020], see @tbl-one and
@sec-results.

| Stage | n |
|:--|--:|
| T2 | [4]{.num key="a.n"} |

: All (n = [25]{.num key="cohort.n"}). {#tbl-one}

# References {.unnumbered}

::: {#refs}
:::
"""


def made(tmp_path: Path, body: str, ending: str, theme: Path = THEME) -> Path:
    write_files(tmp_path, {"paper.qmd": HEAD + body, "refs.bib": BIB})
    document = tmp_path / f"paper{ending}"
    render(tmp_path / "paper.qmd", document, "embedded", theme, 1700000000)
    return document


@pytest.mark.parametrize("ending", [".html", ".docx"])
def test_an_injected_paper_passes(tmp_path, ending):
    require_injected(made(tmp_path, CLEAN, ending), RULES)


@pytest.mark.parametrize("ending", [".html", ".docx"])
@pytest.mark.parametrize(
    ("injected", "typed"),
    [
        ('[9 of 10 (90.0%)]{.num key="x.n"}', "9 of 10 (90.0%)"),
        ('| [4]{.num key="a.n"} |', "| 4 |"),
        (': All (n = [25]{.num key="cohort.n"}).', ": All (n = 25)."),
        ("# Results {#sec-results}", "# Results in 25 patients {#sec-results}"),
        ("[@a2020], see", "[@a2020] in 2019, see"),
        ("[@a2020], see", "[@a2020] as CR2, see"),
    ],
)
def test_a_typed_digit_is_found(tmp_path, ending, injected, typed):
    assert injected in CLEAN
    with pytest.raises(InputError, match="expected an injected number in"):
        require_injected(made(tmp_path, CLEAN.replace(injected, typed), ending), RULES)


def test_a_docx_without_any_mark_is_not_passed_over(tmp_path):
    body = CLEAN.replace(".num ", ".nothing ")
    with pytest.raises(InputError, match="expected an injected number in"):
        require_injected(made(tmp_path, body, ".docx"), RULES)


# The PDF's tables -----------------------------------------------------------------------------

ODD = [
    "fine office, *staffed*, “quoted”", "non-anatomical - or – not", "≥ 4 cm ± 0.5 (12.5%)",
    "x^a^ and H~2~O", "$x^2$ in between", "a citation [@a2020] in it", "Ærø, žluť", "1 000",
    "see @tbl-a", "a\\-soft hyphen\u00adated word", "dot … dot", "`code`", "ذكر",
    "علاج (إضافي) & TACE, 3%", "very " * 40,
]  # fmt: skip


def table(rows: list[str]) -> str:
    body = "".join(f"| {row} | {k} |\n" for k, row in enumerate(rows))
    return f"| Level | n |\n|:--|--:|\n{body}\n: Rows. {{#tbl-a}}\n\n"


LONG = table([f"Row {k}" for k in range(120)])
END = "See @tbl-a.\n\n# References\n\n::: {#refs}\n:::\n"


@pytest.mark.parametrize(
    "body",
    [table(ODD), LONG, "| | |\n|--|--|\n| a | 1 |\n| | |\n\n" + LONG, table(["Yes", "No"] * 60)],
    ids=["odd signs", "over pages", "without head", "rows alike"],
)
def test_every_row_of_every_table_is_read_back(tmp_path, body):
    pdf = made(tmp_path, body + END, ".pdf")
    require_tables(pdf, tmp_path / "paper.qmd")


@pytest.mark.parametrize(
    ("shown", "lost"),
    [
        ("| Row 40 | 40 |\n", "row 42: 'Row 40 \\| 40'"),
        ("| Row 119 | 119 |\n", "row 121: 'Row 119 \\| 119'"),
        ("| Row 0 | 0 |\n", "row 2: 'Row 0 \\| 0'"),
        ("| Level | n |\n", "row 1: 'Level \\| n'"),
    ],
)
def test_a_lost_row_is_found(tmp_path, shown, lost):
    pdf = made(
        tmp_path,
        LONG.replace(shown, shown.replace("Row", "Low").replace("Level", "L")) + END,
        ".pdf",
    )
    (tmp_path / "paper.qmd").write_text(HEAD + LONG + END, encoding="utf-8")
    with pytest.raises(InputError, match=rf"paper\.pdf, Table 1, {lost} can't be read"):
        require_tables(pdf, tmp_path / "paper.qmd")


def test_rows_printed_over_each_other_are_found(tmp_path):
    """What a table becomes that may not break: its last rows lie on one line at the page's foot."""
    theme = shutil.copytree(THEME, tmp_path / "theme")
    look = theme / "paper.typ"
    look.write_text(look.read_text().replace("breakable: true", "breakable: false"))
    pdf = made(tmp_path, LONG + END, ".pdf", theme)
    with pytest.raises(InputError, match=r"paper\.pdf, Table 1, row \d+: 'Row \d+ \| \d+'"):
        require_tables(pdf, tmp_path / "paper.qmd")


# Where figures and tables stand ------------------------------------------------------------------

MENTION, SUPPLEMENT = "See @tbl-a.\n\n", "# Supplement {.unnumbered .supplement}\n\n"
SHORT = table(["Yes", "No"])
OTHER = SHORT.replace("tbl-a", "tbl-b")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (MENTION + SHORT, None),
        ("By @tbl-a: so it is.\n\n" + SHORT, None),
        ("Words.\n\n" * 60 + MENTION + SHORT + "Words.\n\n" * 60, None),
        (MENTION + "See @tbl-b.\n\n" + SHORT + SUPPLEMENT + OTHER, None),
        (
            "Words.\n\n" + SHORT,
            r"Table 1 stands before the text that mentions it, if any; expected @tbl-\w+ in",
        ),
        (MENTION + SHORT + SUPPLEMENT + OTHER + "See @tbl-b.", "Table S1 stands before"),
    ],
)
def test_a_table_stands_after_the_text_that_mentions_it(tmp_path, body, found):
    pdf = made(tmp_path, body, ".pdf")
    if found is None:
        return require_layout(pdf, tmp_path / "paper.qmd")
    with pytest.raises(InputError, match=found):
        require_layout(pdf, tmp_path / "paper.qmd")


def test_a_table_that_goes_on_without_its_head_is_found(tmp_path):
    theme = shutil.copytree(THEME, tmp_path / "theme")
    look = theme / "paper.typ"
    look.write_text("#set table.header(repeat: false)\n" + look.read_text(), encoding="utf-8")
    pdf = made(tmp_path, LONG + END, ".pdf", theme)
    with pytest.raises(InputError, match=r"Table 1, row \d+: .* without its head"):
        require_tables(pdf, tmp_path / "paper.qmd")


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("<w:cantSplit />", "table 1 has rows that a page may cut"),
        ("KeptRow", "table 1 has no rows that stay with the next"),
        ('<w:tblHeader w:val="on" />', "table 1 has no head that is repeated"),
        ("fldSimple", "0 captions have a field, of 2 figures and tables"),
        ("w:lnNumType", "lines have no numbers"),
    ],
)
def test_what_word_would_cut_or_not_number_is_found(tmp_path, part, told):
    docx = made(tmp_path, MENTION + SHORT + SUPPLEMENT + OTHER, ".docx")
    assert floats_of(tmp_path / "paper.qmd") == {
        "tbl-a": ("Table 1", "Table1:Rows."), "tbl-b": ("Table S1", "TableS1:Rows.")
    }  # fmt: skip
    require_layout(docx, tmp_path / "paper.qmd")
    body = parts_of(docx)["word/document.xml"].decode()
    assert part in body
    instead = "w:proofErr" if part[0] == "w" else "" if part[0] == "<" else "smartTag"
    docx.write_bytes(zipped({"word/document.xml": body.replace(part, instead)}))
    with pytest.raises(InputError, match=told):
        require_layout(docx, tmp_path / "paper.qmd")
