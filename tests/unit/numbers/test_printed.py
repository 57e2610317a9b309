"""Where a rebuild departs from the print: what is printed, and the arithmetic that tells why."""

import pandas as pd
import pytest

from crlm.numbers.printed import COLUMNS, read_printed, register_printed, told_where
from crlm.plan.analysis import read_plan

# 25 patients: 14 of 25 (56.0%), 11 of 24 (45.8333%), 22 of 23 (95.6522%), 1 of 23 (4.3478%), and
# a p-value. Of 24: 10 would be 41.67%, 2 would be 8.33%.
NUMBERS = {
    "cohort.n": 25,
    "all.size.big.n": 14,
    "all.size.big.denominator": 25,
    "all.size.big.percent": 56.0,
    "all.site.left.n": 11,
    "all.site.left.denominator": 24,
    "all.site.left.percent": 1100 / 24,
    "all.alive.yes.n": 22,
    "all.alive.yes.denominator": 23,
    "all.alive.yes.percent": 2200 / 23,
    "all.alive.no.n": 1,
    "all.alive.no.denominator": 23,
    "all.alive.no.percent": 100 / 23,
    "all.age.sd": 13.4774,
    "all.months.min": 2.5,
    "all.months.max": 21.0,
    "responders.age.mean_sd": 45.9,
    "progressive.age.mean_sd": 45.7,
    "all.nobody.yes.n": 0,
    "all.nobody.yes.denominator": 0,
    "all.nobody.yes.percent": 0.0,
    "responders.percent": 58.3,  # of all patients: 14 of 24
    "responders.label": "RD",
    "progressive.label": "PD",
    "test.size.p_value": 0.0796,
    "test.alive.p": None,
}
REGISTRY = {
    key: {"value": value, "display": f"<{value}>", "meaning": key} for key, value in NUMBERS.items()
}
REGISTRY["all.size.big.n_of_percent"] = {"value": 14, "display": "14 of 25 (56.0%)", "meaning": "x"}


# The groups are the plan's, whatever they are called.
GROUP = {"label": "x", "meaning": "x", "responses": []}
PLAN = read_plan({"groups": {"responders": GROUP, "progressive": GROUP}})


def cells(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([row + ("",) * (len(COLUMNS) - len(row)) for row in rows], columns=COLUMNS)


def register(rows: pd.DataFrame) -> dict:
    return register_printed(rows, REGISTRY, told_where(rows), PLAN)


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("all.size.big.percent", "44", "14 of 25; 44 would be 11 of 25"),
        ("all.size.big.percent", "59.5", "14 of 25; 59.5 is no share of these patients"),
        ("all.site.left.percent", "41.6", "11 of 24; 41.6 would be 10 of 24"),
        ("all.alive.yes.percent", "95.6", "cut off, not rounded: 95.652"),
        ("all.alive.no.percent", "4.4", "1 of 23; 4.4 is no share of these patients"),
        ("all.size.big.n", "10", "the percentage beside it needs 14 of 25 (56.0%)"),
        ("all.age.sd", "15.7", "the groups as printed give it (<RD> <45.9> and <PD> <45.7>)"),
        ("test.size.p_value", "0.80", "the print's other numbers give it"),
        ("all.months.min", "3", "rounds to 3"),
        ("all.nobody.yes.percent", "7", "0 of 0; 7 is no share of these patients"),
        ("responders.percent", "60", "the print's other numbers give it"),
    ],
)
def test_a_departure_with_its_reason(key, text, reason):
    found = register(cells(("table1", "1", text, key)))
    assert found[f"printed.{key}.reason"]["display"] == reason
    assert found[f"printed.{key}.text"]["display"] == f"{text} (Table 1)"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("all.size.big.percent", "56"),
        ("all.site.left.percent", "45.8"),
        ("test.size.p_value", "0.080"),
        ("test.size.p_value", "0.08"),
        ("test.alive.p", "1.000"),  # not computed here
        ("all.months.max", "21"),
        ("test.size.p_value", "< 0.001"),
        ("test.size.p_value", "–"),
        ("no.such.key", "7"),
    ],
)
def test_what_agrees_or_is_not_here_is_no_departure(key, text):
    assert register(cells(("table1", "1", text, key))) == {}


def test_a_number_under_the_label_of_another_row_is_told_once():
    rows = cells(
        ("table2", "2", "22", "all.alive.yes.n", "DFS, No, Number", "dfs.no"),
        ("table2", "2", "95.65", "all.alive.yes.percent", "DFS, No, Percent", "dfs.no"),
    )
    reasons = {key: n["display"] for key, n in register(rows).items() if key.endswith(".reason")}
    assert reasons == {
        "printed.all.alive.yes.n.reason": "printed at “DFS, No”: the labels have shifted"
    }


def test_all_that_is_printed_of_a_quantity_is_told_with_its_places():
    rows = cells(
        ("table1", "1", "44", "k"), ("table1", "1", "56", "k"), ("results", "text", "56", "k")
    )
    assert told_where(rows) == {"k": "44 (Table 1); 56 (Table 1 and results)"}


def test_nothing_printed_is_no_departure():
    assert read_printed([]).empty and register(read_printed([])) == {}


def test_the_print_of_2024_is_read():
    read = read_printed(["data/published/tables.csv", "data/published/text.csv"])
    assert len(read) > 300 and (read["key"] != "").all()
