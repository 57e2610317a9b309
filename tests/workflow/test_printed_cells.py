"""The rebuilt tables against the cells that the paper printed (data/published/tables.csv)."""

import csv
import json
from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from repository import build

from crlm.base.files import read_texts, read_yaml
from crlm.description import read_patients
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.judged import compare_with_print


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def verdicts(built):
    """Return the cells of the tables, judged by the rows."""
    results = built / "results/2024"
    plan = read_plan(read_yaml(built / "config/plan.yaml"))
    rows = read_patients(results / "cohort/patients.csv", results / "response/response.csv", plan)
    return compare_with_print(read_texts(built / "data/published/tables.csv"), rows, plan)


@pytest.fixture(scope="module")
def rebuilt(built):
    """Return (table, variable, level, group, statistic) -> value, as text at full precision."""
    results = built / "results/2024"
    found = {}
    for k in "1234":
        for row in read_csv(results / f"tables/table{k}.csv"):
            place = row["variable"], row["level"], row["group"]
            for statistic in ("n", "percent", "mean", "sd", "median", "min", "max"):
                found[k, *place, statistic] = row[statistic]
    for row in read_csv(results / "comparison/tests.csv"):
        if row["test"] != "spearman":
            for k in "34":
                found[k, row["variable"], "", "all", "p_value"] = row["p_value"]
    groups = Counter(row["group"] for row in read_csv(results / "response/response.csv"))
    for group, n in groups.items():  # the heads of the columns
        for k in "34":
            found[k, "response", "", group, "n"] = str(n)
    return found


def prints_as(value, cell):
    """Tell whether `value` gives the printed cell, rounded half up or cut off at its decimals."""
    if value == "":
        return False
    unit = Decimal(1).scaleb(-int(cell["decimals"]))
    printed = {Decimal(value).quantize(unit, mode) for mode in (ROUND_HALF_UP, ROUND_DOWN)}
    return Decimal(cell["value"]) in printed


def test_every_printed_cell_that_was_not_given_up_is_met(built, rebuilt, verdicts):
    cells = read_csv(built / "data/published/tables.csv")
    assert len(cells) == 263
    unmet = {
        cell["id"]
        for cell in cells
        if not prints_as(
            rebuilt[
                cell["table"], cell["variable"], cell["level"], cell["group"], cell["statistic"]
            ],
            cell,
        )
    }
    dropped = verdicts[verdicts["verdict"] == "dropped"]
    assert unmet <= {*dropped["id"]}
    # Which they are: CONTRADICTORY and TRUNCATED of tests/unit/reconstruction/test_rows.py.
    counted = Counter(verdicts["verdict"])
    assert len(dropped) == 10
    assert (counted["met exactly"], counted["met by truncation"]) == (263 - 10 - 3, 3)


@pytest.mark.long
def test_the_raw_table_is_what_the_reconstruction_gives(copy, verdicts):
    build(copy, "reconstruct_cohort")
    made = copy / "results/2024/reconstruction"
    raw = (copy / "data/raw/cohort_2024.csv").read_bytes()
    assert (made / "cohort_2024.csv").read_bytes() == raw
    judged = {cell["id"]: cell["verdict"] for cell in read_csv(made / "cells.csv")}
    assert judged == dict(zip(verdicts["id"], verdicts["verdict"], strict=True))


@pytest.mark.parametrize(
    ("value", "text", "decimals", "met"),
    [
        ("56.25", "56.3", "1", True),  # half up
        ("16.666666666666664", "16.6", "1", True),  # cut off
        ("16.666666666666664", "16.7", "1", True),
        ("16.666666666666664", "16.8", "1", False),
        ("13", "12", "0", False),
        ("", "0", "0", False),
    ],
)
def test_a_cell_is_met_by_rounding_or_truncation_alone(value, text, decimals, met):
    assert prints_as(value, {"value": text, "decimals": decimals}) is met


# What the audit says of a number whose key gives it back, and of one whose key doesn't.
HOLDS = {
    "reproduced",
    "reproduced within rounding or truncation",
    "not recomputable from what is printed",
}
# Within rounding of the groups' means, or what cut percentages leave of 100 %; and two counts of
# the site of the primary cancer that only their percentages contradict.
EITHER = {"all.cycles.mean", "all.lesions_post_count.single.percent", "all.alive_1y.no.percent"}
EITHER |= {"all.primary_site.left_colon.n", "all.primary_site.right_colon.n"}
# Of the six of Table 2, five had complications and one died: the text counts the five.
EITHER |= {"all.morbidity_30d.yes.n"}
# Met, unless a zero was dropped, and if 2.5 was rounded to 3: to be checked on the page.
EITHER |= {"all.size_pre_cm.mean", "progressive.size_pre_cm.mean", "all.duration_months.min"}
# One of two equal SDs is a copy of the other: 12.1 of 14 and 15.7 of 11 don't give 15.7 of 25.
EITHER |= {"progressive.age_years.sd"}


def test_the_key_of_a_printed_number_recomputes_it(built, audited):
    registry = json.loads((built / "results/2024/numbers/numbers.json").read_text("utf-8"))
    audit = {row["id"]: row for row in read_csv(audited / "results/2024/audit/audit.csv")}
    published = built / "data/published"
    cells = read_csv(published / "tables.csv") + read_csv(published / "text.csv")
    keyed = [cell for cell in cells if cell["key"]]
    assert len(keyed) > 350
    for cell in keyed:
        row = audit[cell["id"]]
        # a right number under another row's label keeps its value
        holds = row["verdict"] in HOLDS or row["intended"].startswith(f"{cell['text']} as ")
        met = prints_as(str(registry[cell["key"]]["value"]), cell)
        assert met is holds or cell["key"] in EITHER, cell["id"]
