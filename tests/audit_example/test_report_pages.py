"""The pages of the audit, made for an invented paper with a planted error.

Nothing in them knows the paper that they were first made for.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from invented import PLAN, READ, complete, grow, print_paper
from numpy.random import default_rng
from plantings import plant

from crlm.base.pages import render_page
from crlm.plan.analysis import read_plan
from crlm.wings.audit.consistency import P_NATURE, find_conflicts
from crlm.wings.audit.explanations import NOT_MIXED
from crlm.wings.audit.judging import FAULTS, audit_paper
from crlm.wings.audit.page import Page
from crlm.wings.audit.printed_tests import compare_methods
from crlm.wings.audit.report import (
    LOOKS,
    cite,
    count_errors,
    describe_audit,
    gather_points,
    is_clear,
)
from crlm.wings.audit.verdict import OF_CLAIMS, OF_NUMBERS

REPRODUCED, ROUNDED, TO_CHECK, MISPRINT, CONTRADICTED, ONE_OF, OPEN = OF_NUMBERS
CARRIED, MIXED, SHOWN, UNSETTLED, DENIED, SILENT = OF_CLAIMS
PAGES = Path(__file__).parents[2] / "workflow/pages"
PAPER = {
    "references": [
        {
            "title": "Tomatoes & <wilt>",
            "authors": [{"family-names": "Doe", "given-names": "Jane Ann"}],
            "journal": "J Plants",
            "year": 2024,
            "volume": 7,
        }
    ]
}
CLAIM = {
    "id": "claim", "section": "conclusion", "place": "Conclusion",
    "words": "daily watering … better",
    "variable": "watering", "level": "daily", "against": "", "group": "all", "claim": "difference",
    "p": "", "needs": "a p-value below 0.05 for the comparison", "note": "",
}  # fmt: skip
RANGES = ["quantity", "kept", "min", "max", "proven_low", "proven_high", "r_hat", "ess"]


def examine(cells: pd.DataFrame, claims=(CLAIM,), ranges=()) -> dict:
    """Audit a transcription and gather what the page says."""
    cells, statements = complete(cells), pd.DataFrame(claims, columns=list(CLAIM))
    audit, omissions = audit_paper(cells, statements, READ, steps=PLAN["steps"])
    conflicts, corrections = find_conflicts(
        cells, READ, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=5
    )
    _, *methods = compare_methods(Page(cells, READ), PLAN["named_tests"])
    frames = audit, omissions, conflicts, corrections, *methods
    names = "audit", "omissions", "conflicts", "corrections", "choices", "uniformity"
    found = {n: as_text(f) for n, f in zip(names, frames, strict=True)}
    found |= {"cells": cells, "statements": statements}
    return describe_audit(found | {"ranges": pd.DataFrame(ranges, columns=RANGES)}, READ, PAPER)


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as it is read again from the file that it was written to."""
    return frame.astype(object).map(lambda value: "" if pd.isna(value) else str(value))


def page_of(report: dict) -> str:
    return render_page(str(PAGES / "audit.html.j2"), **report, not_mixed=NOT_MIXED)


def figure_of(report: dict) -> str:
    return render_page(str(PAGES / "verdicts.svg.j2"), **report)


class Reader(HTMLParser):
    """Read the buttons of the numbers, the explanations, and all text of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.buttons, self.whys, self.text, self.tags, self._open = {}, {}, [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        classes = (given.get("class") or "").split()
        if tag == "button" and classes[:1] == ["n"]:
            self._open.append((tag, self.buttons.setdefault(given["popovertarget"], [])))
            self._open[-1][1].append([classes[1], ""])
        elif tag == "div" and classes[:1] == ["why"]:
            assert given["id"] not in self.whys
            self._open.append((tag, [self.whys.setdefault(given["id"], [classes[1], ""])]))

    def handle_data(self, data):
        self.text.append(data)
        for _, found in self._open:
            found[-1][1] += data

    def handle_endtag(self, tag):
        if self._open and self._open[-1][0] == tag:
            self._open.pop()


@pytest.fixture(scope="module")
def planted():
    """A paper, one row of whose percentages is shifted."""
    cells, _, changed = plant("row_shift", 1)
    return examine(cells), changed


def test_each_number_stands_on_the_page_once_with_its_verdict(planted):
    report, changed = planted
    read = Reader(page_of(report))
    names = {f"why-{e['id']}": e for e in report["entries"]}
    assert set(read.buttons) == set(read.whys) == set(names)
    for name, entry in names.items():
        [[slug, text]] = read.buttons[name]
        assert text.startswith(entry["printed"])
        assert entry["verdict"] in text
        assert slug == LOOKS[entry["verdict"]].slug == read.whys[name][0]
        assert entry["explanation"] in read.whys[name][1]
    wrong = {e["id"] for e in report["entries"] if e["verdict"] in FAULTS}
    assert set(changed) <= wrong
    assert {read.buttons[f"why-{name}"][0][0] for name in changed} <= {
        "misprint", "contradicted", "page"
    }  # fmt: skip


def test_the_figure_has_a_square_a_number_and_a_disc_a_claim(planted):
    report, _ = planted
    figure = figure_of(report)
    assert figure.count("<rect") == len(report["entries"])
    assert figure.count("rx=") == 1
    squares = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="(\d+)"', figure)
    assert len(set(squares)) == len(squares)
    (height,) = re.findall(r'viewBox="0 0 \d+ (\d+)"', figure)
    assert max(float(y) + float(side) for _, y, side in squares) <= float(height)


def test_the_answer_counts_what_the_verdicts_are(planted):
    report, _ = planted
    counts = report["counts"]
    verdicts = [e["verdict"] for e in report["entries"] if e["id"] != "claim"]
    assert counts["numbers"] == len(verdicts)
    assert counts["hold"] == sum(v in (REPRODUCED, ROUNDED) for v in verdicts)
    assert counts["wrong"] == sum(v in (MISPRINT, CONTRADICTED) for v in verdicts)
    assert counts["to_check"] == verdicts.count(TO_CHECK)
    assert counts["wrong"] + counts["to_check"] > 0
    parts = (counts[part] for part in ("hold", "wrong", "one_of", "to_check", "open"))
    assert sum(parts) == counts["numbers"]


def test_an_error_that_is_repeated_counts_once():
    cells = pd.DataFrame(
        [(i, "v", level, "all", "n", text) for i, level, text in [
            ("a", "x", "1"), ("a2", "x", "1"), ("b", "y", "2"), ("c", "z", "3"), ("p", "", "4")]],
        columns=["id", "variable", "level", "group", "statistic", "text"],
    )  # fmt: skip
    sets = pd.DataFrame(
        [("a b", "a2", "levels add up"), ("p", "", P_NATURE)],
        columns=["cells", "repeats", "nature"],
    )
    # either of two values to give up, one of which is only cut off
    ways = [("v", "a a2 b", "2", "1"), ("v", "a a2 c", "3", "0")]
    corrections = pd.DataFrame(ways, columns=["block", "cells", "values", "cut"])

    def count(**verdicts):
        entries = [{"id": i, "verdict": verdicts.get(i, REPRODUCED)} for i in cells["id"]]
        found = count_errors(
            {"cells": cells, "conflicts": sets, "corrections": corrections}, entries
        )
        assert (found["sets"], found["give_up"]) == (2, 2)
        return found["errors"], found["cut"]

    assert count(a=CONTRADICTED, a2=CONTRADICTED) == (2, 1)
    assert count(a=TO_CHECK, a2=TO_CHECK) == (1, 1)
    # p is in no set of counts, and neither is c: each is one more
    assert count(p=CONTRADICTED, c=MISPRINT) == (4, 1)


def test_a_claim_that_fails_leads_the_points_and_the_answer(planted):
    report, _ = planted
    # exact p of watering in these rows, by the test of its own printed counts: not below 0.05
    first = report["points"][0]
    assert (first["tier"], first["title"]) == ("conclusion", "“daily watering … better”")
    page = page_of(report)
    assert "Not all conclusions are carried." in page
    assert "No conclusion changes" not in page


def test_a_paper_without_fault_is_said_to_be_so():
    report = examine(print_paper(grow(default_rng([0, 0]))), claims=())
    page = page_of(report)
    assert "No conclusion changes." in page
    assert "0 distinct errors" in page
    assert "0 do not" in page
    assert "Not all conclusions" not in page
    assert report["points"] == [] or all(p["verdict"] == OPEN for p in report["points"])
    assert report["counts"]["sets"] == 0


def test_nothing_on_the_page_is_of_another_paper(planted):
    report, _ = planted
    words = re.compile(r"chemo|metasta|RECIST|liver|lesion|surg|TACE|cycles", re.I)
    text = "".join(Reader(page_of(report)).text).replace("(years, cycles, millimetres)", "")
    assert words.findall(text) == []


NASTY = '<script>alert("1")</script> #panic() $x$ [a] *b* \\ &amp; `c`'


def test_what_comes_from_data_is_text_on_the_page():
    cells, *_ = plant("row_shift", 1)
    cells["place"] = NASTY + ", " + cells["place"]
    report = examine(cells, [CLAIM | {"words": NASTY, "needs": NASTY}])
    page = page_of(report)
    read = Reader(page)
    assert "script" not in read.tags
    assert NASTY in "".join(read.text)
    assert "<script" not in figure_of(report)


def test_two_builds_are_byte_identical(planted):
    report, _ = planted
    assert page_of(report) == page_of(report)


def entry(section, verdict=SHOWN, claim="difference", **more):
    what = {"conclusion": "yes: the conclusion says so"}.get(section, "no: no conclusion says so")
    return {
        "section": section, "place": section, "verdict": verdict, "claim": claim, "look": {},
        "variable": "", "printed": section, "explanation": section, "recomputed": "1",
        "misprint": "", "changes_conclusion": what,
    } | more  # fmt: skip


def test_what_matters_to_a_conclusion_comes_first_and_one_reason_is_one_point():
    entries = [
        entry("results", REPRODUCED),
        entry("results"),
        entry("conclusion", SILENT, recomputed="", printed="unexamined"),
        entry("conclusion", printed="failing"),
        entry("table1", CONTRADICTED, "", variable="a", printed="1", explanation="A."),
        entry("results", CONTRADICTED, "", variable="a", printed="2", explanation="B."),
        entry("methods", CONTRADICTED, "", variable="a", printed="2", explanation="Repeats X: B."),
        entry("table2", TO_CHECK, "", misprint="row shift", variable="a"),
        entry("table2", TO_CHECK, "", misprint="swapped label", variable="b"),
    ]
    untested = [{"variable": "a", "explanation": "p = 0.001."}]
    points = gather_points(
        entries, untested, read_plan({"variables": {"a": {"label": "Age", "source": "a"}}})
    )
    assert [point["title"] for point in points] == [
        "“failing”", "“unexamined”", "Age, never tested", "Age: 1, 2", "“results”",
        "Table 2: 2 numbers of another row",
    ]  # fmt: skip
    assert [(text, len(own)) for text, own in points[3]["proofs"]] == [("A.", 1), ("B.", 2)]


@pytest.mark.parametrize(
    ("found", "clear"),
    [("p = 0.0007 (Fisher’s exact test)", True), ("p = 0.200 (Fisher’s exact test)", False),
     ("mean ± SD of the groups", False)],
)  # fmt: skip
def test_an_untested_comparison_matters_where_its_counts_tell_it(found, clear):
    assert is_clear(found, 0.05) is clear


def test_a_paper_is_cited():
    assert cite(PAPER) == "Doe JA. Tomatoes & <wilt>. J Plants 2024;7."
