"""Rendered documents: a digit that nobody injected is found, in HTML and in DOCX."""

from pathlib import Path

import pytest

from crlm.problems import InputError
from crlm.prose import read_rules
from crlm.rendered import require_injected
from crlm.rendering import render

ROOT = Path(__file__).parents[2]
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
([*p* = 0.043]{.num key="test.x.p"}), by RECIST 1.1 [@a2020], see @tbl-one and @sec-results.

| Stage | n |
|:--|--:|
| T2 | [4]{.num key="a.n"} |

: All (n = [25]{.num key="cohort.n"}). {#tbl-one}

# References {.unnumbered}

::: {#refs}
:::
"""


def made(tmp_path: Path, body: str, ending: str) -> Path:
    (tmp_path / "paper.qmd").write_text(HEAD + body, encoding="utf-8")
    (tmp_path / "refs.bib").write_text(BIB, encoding="utf-8")
    document = tmp_path / f"paper{ending}"
    render(tmp_path / "paper.qmd", document, "embedded", ROOT / "manuscript/theme", 1700000000)
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
    ],
)
def test_a_typed_digit_is_found(tmp_path, ending, injected, typed):
    assert injected in CLEAN
    with pytest.raises(InputError, match="expected an injected number in"):
        require_injected(made(tmp_path, CLEAN.replace(injected, typed), ending), RULES)
