"""The transcription of the printed tables: complete, consistent, and in the plan's terms."""

import csv
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from project import ROOT

from crlm.base.files import read_yaml

PLAN = read_yaml(ROOT / "config/plan.yaml")
KINDS = {
    "n": "count",
    **{s: s for s in ("percent", "mean", "sd", "min", "max", "p_value", "ratio", "alpha")},
    **dict.fromkeys(("at_least", "at_most", "above", "below", "from", "to"), "cut_point"),
    **dict.fromkeys(("year_from", "year_to"), "year"),
}
# What the text counts and the plan does not analyse.
BEYOND = {"complication": ["bile_leakage", "other"]}


def read(name):
    with (ROOT / "data/published" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CELLS = read("tables.csv")
TEXT = read("text.csv")
BINDING = {
    "text_age_years_min",
    "text_age_years_max",
    "text_size_post_class_ge_4_cm_n",
    "text_additional_therapy_tace_responders_n",
}


def test_every_numeric_cell_of_the_four_tables_is_there_once():
    # counted on the printed pages; Tables 3 and 4 with the two n of their column heads
    assert Counter(cell["table"] for cell in CELLS) == {"1": 94, "2": 26, "3": 77, "4": 66}
    assert len({cell["id"] for cell in CELLS}) == 263
    assert Counter(cell["kind"] for cell in CELLS)["p_value"] == 11


def levels_of(variable):
    if variable in BEYOND or not variable:
        return BEYOND.get(variable, [])
    return PLAN["variables"][variable].get("levels", {})


def faults_of(cell):
    """Return in which ways a number is not as printed, or does not speak the plan's language."""
    # "half" is a word for a percentage, and so coarser than its digits
    decimals = -1 if cell["words"] == "half" else len(cell["text"].partition(".")[2])
    levels = {level for level in cell["level"].replace("/", "+").split("+") if level}
    of_a_level = cell["kind"] in ("count", "percent", "cut_point", "ratio")
    stands_at = cell["printed_as"].partition(".")
    holds = {
        "value": Decimal(cell["text"]) == Decimal(cell["value"]),
        "decimals": int(cell["decimals"]) == decimals,
        "kind": cell["kind"] == KINDS[cell["statistic"]],
        "group": cell["group"] in ["all", *PLAN["groups"]],
        "level": levels <= {*levels_of(cell["variable"])},
        "levels": bool(levels) is (of_a_level and not is_size_of_a_group(cell)),
        "percent_of": (cell["percent_of"] in ("group", "level", "all"))
        is (cell["kind"] == "percent"),
        "counts": cell["counts"] and (cell["of"] or cell["kind"] in ("cut_point", "year")),
        "key": cell["key"] or "no key: " in cell["note"],
        "printed_as": {stands_at[2]} <= {"", *(levels_of(stands_at[0]))},
    }
    if cell["table"] != "text":
        holds["section"] = cell["section"] == f"table{cell['table']}"
        if not is_size_of_a_group(cell):
            table = PLAN["tables"][cell["section"]]
            holds["row"] = cell["variable"] in [row["variable"] for row in table["rows"]]
            holds["percent_of table"] = cell["percent_of"] in ("", table["percent_of"])
    return [name for name, fine in holds.items() if not fine]


def test_a_number_is_as_printed_and_speaks_the_plans_language():
    assert {cell["id"]: found for cell in CELLS + TEXT if (found := faults_of(cell))} == {}


def is_size_of_a_group(cell):
    return cell["variable"] == "response" and cell["kind"] == "count" and not cell["level"]


def test_ids_are_unique_and_four_statements_bind_the_rows():
    ids = [row["id"] for row in CELLS + TEXT + read("statements.csv")]
    assert len(ids) == len({*ids})
    assert {row["id"] for row in TEXT if row["binding"] == "yes"} == BINDING
    assert {row["binding"] for row in TEXT} == {"yes", "no"}


@pytest.mark.parametrize("row", read("statements.csv"), ids=lambda row: row["id"])
def test_a_statement_speaks_the_plans_language(row):
    levels = [level for level in row["level"].split("+") if level]
    assert {*levels} <= {*levels_of(row["variable"])}
    assert row["group"] in ["all", *PLAN["groups"]]
    assert row["words"] and row["claim"] and row["needs"]
    assert len(row["words"].split()) <= 12  # a few words of place, not the sentence
    beside = [c["text"] for c in TEXT if c["kind"] == "p_value" and c["section"] == row["section"]]
    assert row["p"] in ["", *beside]


def test_the_percentages_of_tables_3_and_4_follow_from_their_counts():
    counts, percents = defaultdict(dict), defaultdict(dict)
    for cell in CELLS:
        if cell["table"] in "34" and cell["level"]:
            kind = {"n": counts, "percent": percents}[cell["statistic"]]
            kind[cell["table"], cell["variable"], cell["level"]][cell["group"]] = cell
    assert len(counts) == len(percents) == 13 + 14
    for row, groups in counts.items():
        total = sum(int(cell["text"]) for cell in groups.values())
        for group, cell in groups.items():
            printed = percents[row][group]
            unit = Decimal(1).scaleb(-int(printed["decimals"]))
            share = Decimal(100 * int(cell["text"])) / total
            assert share.quantize(unit, ROUND_HALF_UP) == Decimal(printed["value"]), row
