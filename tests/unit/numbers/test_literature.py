"""The bibliography, the numbers quoted from it, and their use in the manuscript belong together."""

import re

import pytest
from project import ROOT

from crlm.base.files import read_yaml

BIBLIOGRAPHY = (ROOT / "manuscript/references.bib").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
LITERATURE = read_yaml(ROOT / "data/literature.yaml")

# The reference list of the printed paper, in its order (first author and year).
PRINTED = """
    zarour2017 primrose2014 pathak2018 beppu2014 guo2021 nordlinger2013 fong1999 roberts2014
    shindoh2012 egger2013 benoist2006 yao2021 gaujoux2011 vigano2022 zhou2022 welsh2007 chen2021
    masi2011 noda2023 ismaili2011 ma2021 martin2020 brouquet2020 berardi2018
"""
NUMBER_WORDS = {"one": 1, "three": 3, "five": 5, "seven": 7, "eight": 8}
QUOTED = [
    pytest.param(quoted, id=f"{study}.{name}")
    for study, numbers in LITERATURE.items()
    for name, quoted in numbers.items()
]


def keys_of(bibliography: str) -> list[str]:
    return re.findall(r"^@\w+\{(\w+),", bibliography, flags=re.MULTILINE)


def cited_in(template: str) -> set[str]:
    groups = re.findall(r"\[(@[^\]<]+)\]", template)
    return {key for group in groups for key in re.findall(r"@(\w+)", group)}


def quoted_in(template: str) -> set[str]:
    return set(re.findall(r"\blit\.([a-z]+\d{4}\.[a-z0-9_]+)", template))


def numbers_in(display: str) -> list[float]:
    """Return the numbers of a printed form in order; a confidence level is no result."""
    plain = display.replace("95% CI", "").replace("–", " ")
    if plain in NUMBER_WORDS:
        return [NUMBER_WORDS[plain]]
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", plain)]


def test_the_bibliography_lists_no_key_twice():
    keys = keys_of(BIBLIOGRAPHY)
    assert len(keys) == len(set(keys))


def test_every_reference_of_the_printed_paper_is_cited():
    printed = PRINTED.split()
    assert len(printed) == 24
    assert set(printed) - cited_in(TEMPLATE) == set()


def test_citations_and_bibliography_match():
    # The printed paper is cited by the key that the cohort's config names, STROBE by its table.
    cohort = read_yaml(ROOT / "config/cohorts/2024.yaml")
    filler = (ROOT / "workflow/scripts/crlm/manuscript/supplement.py").read_text(encoding="utf-8")
    assert cited_in(TEMPLATE + filler) | {cohort["printed_version"]} == set(keys_of(BIBLIOGRAPHY))


def test_quoted_numbers_and_list_match():
    listed = {f"{study}.{name}" for study, numbers in LITERATURE.items() for name in numbers}
    assert quoted_in(TEMPLATE) == listed


def test_a_number_is_quoted_beside_the_citation_of_its_study():
    for paragraph in TEMPLATE.split("\n\n"):
        studies = {key.split(".")[0] for key in quoted_in(paragraph)}
        assert studies <= cited_in(paragraph)


@pytest.mark.parametrize("quoted", QUOTED)
def test_the_printed_form_shows_the_value(quoted):
    value = quoted["value"] if isinstance(quoted["value"], list) else [quoted["value"]]
    assert numbers_in(quoted["display"]) == value
