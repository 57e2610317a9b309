"""Where the items of a checklist are met; what is counted; what the authors have still to state."""

import copy

import pytest
from made import COHORT, THEME

from crlm.manuscript.strobe import ITEMS as STROBE
from crlm.wings.submission.checklists import (
    ANCHOR,
    CHECKLISTS,
    fill_checklist,
    pages_of,
    sections_of,
)
from crlm.wings.submission.documents import number_headings, split
from crlm.wings.submission.title_page import count_limits, declared, title_page

SECTIONS = {"Abstract": "Abstract", "design": "2.1 Design", "fig-a": "Figure 1"}
PAGES = {"Abstract": 1, "design": 3, "fig-a": 2}


@pytest.mark.parametrize(
    ("item", "sections", "pages", "lacks"),
    [
        ({"where": "[Design](#design); @fig-a"}, "2.1 Design; Figure 1", "2, 3", ""),
        ({"where": "Abstract"}, "Abstract", "1", ""),
        ({"where": "@fig-a", "lacks": "bounds"}, "Figure 1", "2", "bounds"),
        ({"where": "@fig-a; @tbl-x"}, "Figure 1", "2", "tbl-x (not in this paper)"),
        ({"where": "[Gone](#gone)"}, "", "", "gone (not in this paper)"),
        ({"why": "Not matched"}, "Not matched", "", ""),
        ({}, "", "", "all of it"),
    ],
)
def test_an_item_has_section_and_page_or_is_named_as_lacking(item, sections, pages, lacks):
    items = {"Methods": [{"item": 4, "asks": "Design"} | item]}
    (row,) = fill_checklist(items, SECTIONS, PAGES)
    assert (row.part, row.item, row.asks) == ("Methods", "4", "Design")
    assert (row.sections, row.pages, row.lacks) == (sections, pages, lacks)


@pytest.fixture(scope="module")
def parts(sources):
    return split(number_headings(sources.qmd, THEME, 0))


def test_anchors_have_their_names_and_pages_in_the_paper(sources, parts):
    sections, pages = sections_of(parts.whole, sources.qmd), pages_of(sources.pdf, sources.qmd)
    assert sections["design"] == "2.1 Design"
    assert (sections["fig-a"], sections["tbl-t"]) == ("Figure 1", "Table 1")
    assert sections["fig-b"] == "Figure S1"
    assert pages["introduction"] == 1
    assert pages["supplement"] == pages["fig-b"] == 2  # on a page of its own


def test_counts_are_those_of_a_reader(parts):
    limits = dict.fromkeys(
        ("title_characters", "abstract_words", "text_words", "keywords", "references",
         "figures_and_tables")
    )  # fmt: skip
    found = {c.what: (c.found, c.over) for c in count_limits(parts, limits | {"keywords": 1})}
    # By hand. Title: "Response & number". Abstract: Background. Of 25 patients, most responded.
    # Text: Patients of St. A's Hospital were seen by ADA MARIA ONE (Figure 1; Table 1), as before
    # [1,2]. Here two words.
    assert found == {
        "Characters of the title": (17, 0),
        "Words of the abstract": (6, 0),
        "Words of the text": (21, 0),
        "Keywords": (2, 1),
        "References": (2, 0),
        "Figures and tables": (2, 0),
    }


def test_what_is_declared_stands_on_the_title_page_and_the_rest_is_named(parts):
    texts, missing = declared(COHORT)
    assert texts == {
        "Funding": "None&#46;",  # as Markdown
        "Contributions (CRediT)": "Ada Maria One: writing – original draft, software.",
    }
    assert missing == [
        "Data sharing (statements.data_sharing)",
        "Conflicts of interest (statements.conflicts)",
        "Ethics approval and consent (statements.ethics)",
        "Acknowledgements (statements.acknowledgements)",
        "CRediT roles of Bo Two (authors.roles)",
        "ORCID of Bo Two (authors.orcid)",
    ]
    page = title_page(COHORT, parts, [], True)
    assert "Ada Maria One, ORCID 0000-0002-1825-0097" in page
    assert "Correspondence: Ada Maria One" in page
    assert "Ada" not in title_page(COHORT, parts, [], False)


def test_without_a_correspondent_that_is_named():
    cohort = copy.deepcopy(COHORT)
    del cohort["authors"][0]["email"]
    assert "A corresponding author with an address" in declared(cohort)[1][-1]


@pytest.mark.parametrize("items", [STROBE, CHECKLISTS["remark"]], ids=["strobe", "remark"])
def test_a_place_that_meets_an_item_is_an_anchor(items):
    for item in (item for part in items.values() for item in part):
        assert "where" not in item or ANCHOR.search(item["where"]), item
        assert not ("where" in item and "why" in item), item


def test_remark_has_its_twenty_items():
    assert [i["item"] for part in CHECKLISTS["remark"].values() for i in part] == [*range(1, 21)]
