"""The transcription of the printed tables: complete, consistent, and in the plan's terms."""

import csv
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PLAN = yaml.safe_load((ROOT / "config/plan.yaml").read_text(encoding="utf-8"))
KINDS = {"n": "count", **{s: s for s in ("percent", "mean", "sd", "min", "max", "p_value")}}


def read(name):
    with (ROOT / "data/published" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CELLS = read("tables.csv")


def test_every_numeric_cell_of_the_four_tables_is_there_once():
    # counted on the printed pages; Tables 3 and 4 with the two n of their column heads
    assert Counter(cell["table"] for cell in CELLS) == {"1": 94, "2": 26, "3": 77, "4": 66}
    assert len({cell["id"] for cell in CELLS}) == 263
    assert Counter(cell["kind"] for cell in CELLS)["p_value"] == 11


@pytest.mark.parametrize("cell", CELLS + read("text.csv"), ids=lambda cell: cell["id"])
def test_a_cell_is_as_printed_and_speaks_the_plans_language(cell):
    assert Decimal(cell["text"]) == Decimal(cell["value"])
    assert int(cell["decimals"]) == len(cell["text"].partition(".")[2])
    assert cell["kind"] == KINDS[cell["statistic"]]
    assert cell["group"] in ["all", *PLAN["groups"]]
    levels = PLAN["variables"][cell["variable"]].get("levels", {})
    assert cell["level"] in ["", *levels]
    assert bool(cell["level"]) is (
        cell["kind"] in ("count", "percent") and "head" not in cell["place"]
    )
    if cell["table"] != "text" and "head" not in cell["place"]:
        rows = PLAN["tables"][f"table{cell['table']}"]["rows"]
        assert cell["variable"] in [row["variable"] for row in rows]


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
