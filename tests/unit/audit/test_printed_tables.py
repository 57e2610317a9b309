"""The printed tables, laid out again."""

from types import SimpleNamespace

import pandas as pd
import pytest
from project import ROOT

from crlm.plan.analysis import read_plan
from crlm.wings.audit.printed_tables import NUMBER, PERCENT, labels_of, rebuild_tables, slot_of


def cell(place, statistic="n", group="all", level="x"):
    return SimpleNamespace(place=place, statistic=statistic, group=group, level=level)


@pytest.mark.parametrize(
    ("of", "labels", "slot"),
    [
        (cell("Sex, Male, Number"), ("Sex", "Male"), ("all", NUMBER)),
        (cell("Sex, Male, Percent", "percent"), ("Sex", "Male"), ("all", PERCENT)),
        (cell("Age, Mean ± SD, SD", "sd"), ("Age", "Mean ± SD"), ("all", NUMBER)),
        (cell("Cycles, Mean", "mean"), ("Cycles", "Mean"), ("all", NUMBER)),
        (cell("N, N1,2, Good, Number", group="good"), ("N", "N1,2"), ("good", NUMBER)),
        (cell("Age, Mean, Good, SD", "sd", "good"), ("Age", "Mean"), ("good", NUMBER)),
        (cell("Sex, p value", "p_value"), ("Sex", ""), ("", "p value")),
        (cell("Alive, No, p value", "p_value"), ("Alive", "No"), ("", "p value")),
        (cell("Age", "mean"), ("Age", ""), ("all", NUMBER)),
    ],
)
def test_a_place_names_rows_row_and_column(of, labels, slot):
    assert labels_of(of) == labels
    assert slot_of(of) == slot


@pytest.fixture(scope="module")
def printed():
    """Give the four printed tables, each cell as an entry that has only its id."""
    cells = pd.read_csv(ROOT / "data/published/tables.csv", dtype=str, keep_default_na=False)
    entries = [{"id": name} for name in cells["id"]]
    return cells, {t["number"]: t for t in rebuild_tables(cells, entries, read_plan({}))}


def test_each_cell_stands_in_its_table_once(printed):
    cells, tables = printed
    for number, table in tables.items():
        slots = [
            e for b in table["blocks"] for r in b["rows"] for s in r["slots"].values() for e in s
        ]
        heads = [group["size"] for group in table["groups"] if group["size"]]
        found = sorted(entry["id"] for entry in slots + heads)
        assert found == sorted(cells.loc[cells["table"] == number, "id"])


# Counted on the printed pages: headings, rows. One of Table 2, "No (recurrence)", has no number.
@pytest.mark.parametrize(
    ("number", "headings", "rows"), [("1", 19, 48), ("2", 6, 14 - 1), ("3", 7, 17), ("4", 6, 15)]
)
def test_rows_are_those_printed(printed, number, headings, rows):
    blocks = printed[1][number]["blocks"]
    assert len(blocks) == headings
    assert sum(len(block["rows"]) for block in blocks) == rows


def test_groups_head_their_columns_with_their_sizes(printed):
    groups = printed[1]["3"]["groups"]
    assert [(g["label"], g["size"]["id"]) for g in groups] == [
        ("RD + SD", "t3_response_responders_n"),
        ("PD", "t3_response_progressive_n"),
    ]
    assert all(g["columns"] == [NUMBER, PERCENT] for g in groups)
    assert printed[1]["3"]["has_p"]
    assert not printed[1]["1"]["has_p"]


def test_a_p_value_stands_beside_the_first_of_the_rows_that_it_compares(printed):
    block = next(b for b in printed[1]["3"]["blocks"] if b["label"] == "Gender")
    assert [r["label"] for r in block["rows"]] == ["Female", "Male"]
    assert block["rows"][0]["slots"]["", "p value"] == [{"id": "t3_sex_p_value"}]


def test_mean_and_sd_stand_in_one_place_in_the_order_printed(printed):
    row = printed[1]["1"]["blocks"][0]["rows"][0]
    assert [e["id"] for e in row["slots"]["all", NUMBER]] == [
        "t1_age_years_mean",
        "t1_age_years_sd",
    ]
