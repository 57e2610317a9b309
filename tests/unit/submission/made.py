"""A hand-made manuscript with all that a submission takes apart, and its cohort's file."""

from pathlib import Path

from matplotlib.figure import Figure
from project import ROOT

from crlm.manuscript.rendering import render
from crlm.wings.submission.package import BuiltPaper

THEME = ROOT / "manuscript/theme"
COHORT = {
    "title": "Response & number",
    "authors": [
        {"name": "Ada Maria One", "email": "ada_one@example.org", "corresponding": True,
         "orcid": "0000-0002-1825-0097", "roles": ["Writing – original draft", "Software"]},
        {"name": "Bo Two"},
    ],
    "affiliation": "Surgery, St. A's Hospital",
    "setting": "St. A's Hospital",
    "printed_version": "one2020",
    "provenance": "original",
    "statements": {"funding": "None."},
}  # fmt: skip
QMD = """\
---
title: "Response & number"
author:
  - name: "Ada Maria One"
    email: "ada_one@example.org"
    corresponding: true
    affiliations:
      - ref: department
  - name: "Bo Two"
    affiliations:
      - ref: department
affiliations:
  - id: department
    name: "Surgery, St. A's Hospital"
abstract: |
  **Background.** Of [25]{.num key="cohort.n"} patients, most responded.
keywords: [liver, response]
lang: en
bibliography: references.bib
csl: vancouver.csl
link-citations: true
number-sections: true
---

::: {.callout-important title="A notice"}
Not counted.
:::

# Introduction

Patients of [St. A&#39;s Hospital]{.typed} were seen by ADA MARIA ONE (@fig-a; @tbl-t),
as before [@one2020; @two2021].

# Methods

## Design

Here two words.

|  | n |
| :--- | ---: |
| Sex | 25 |

: The patients. {#tbl-t}

![Shares, *p* < 0.05.](figures/a){#fig-a fig-alt="Bars: < 4 cm & more." alt-keys=""}

# Declarations {.unnumbered}

None of these is counted.

# References {.unnumbered}

::: {#refs}
:::

# Supplement {.unnumbered .supplement}

## More {.unnumbered}

See @fig-b.

![Flow.](figures/b){#fig-b fig-alt="Boxes." alt-keys=""}
"""
BIB = """\
@article{one2020, author = {One, Ada Maria and Two, Bo}, title = {Before},
  journal = {J}, year = {2020}}
@article{two2021, author = {Three, C}, title = {Elsewhere}, journal = {K}, year = {2021}}
"""


def draw() -> Figure:
    """Return a drawing of two bars."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().bar([0, 1], [1, 2])
    return figure


def make_sources(folder: Path, text: str = QMD, cohort: dict = COHORT) -> BuiltPaper:
    """Write the manuscript with all beside it into a folder, rendered as PDF."""
    qmd = folder / "paper.qmd"
    qmd.write_text(text, encoding="utf-8")
    (folder / "references.bib").write_text(BIB, encoding="utf-8")
    style = (ROOT / "manuscript/vancouver.csl").read_text("utf-8")
    (folder / "vancouver.csl").write_text(style, encoding="utf-8")
    (folder / "figures").mkdir()
    drawings = {"a": draw(), "b": draw()}
    for name, drawing in drawings.items():
        drawing.savefig(folder / f"figures/{name}.png")
        drawing.savefig(folder / f"figures/{name}.svg")
    pdf = folder / "paper.pdf"
    render(qmd, pdf, "embedded", THEME, 1735603200)
    page = str(ROOT / "workflow/pages/submission.html.j2")
    return BuiltPaper(qmd, pdf, drawings, cohort, THEME, page, 1735603200)
