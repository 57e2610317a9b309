"""Intervals between dates, by hand and by the calendar."""

import pandas as pd
import pytest

from crlm.cohort.dates import join_dates, parse_interval

INTERVAL = {
    "type": "interval", "date_order": "day_month", "min": -1000, "max": 100000,
    "columns": {"seen": "from", "first visit": "from", "operated": "to"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "unit", "time"),
    [
        # R: as.Date("2024-03-01") - as.Date("2024-02-01"): 29 days
        ("2024-02-01 to 2024-03-01", "days", 29),
        ("2024-02-01 to 1.3.2024", "weeks", 4.1),  # 29/7 = 4.14
        ("1/2/2024 to 1/3/2024", "months", 1.0),  # 29/30.4375 = 0.953
        ("2024-03-01 to 2024-02-01", "days", -29),
        # Completed years: a birthday on the day counts, one of the next day does not.
        ("1964-05-17 to 2024-05-17", "years", 60),
        ("1964-05-18 to 2024-05-17", "years", 59),
        ("1964-02-29 to 2023-02-28", "years", 58),
        ("1964-02-29 to 2023-03-01", "years", 59),
    ],
)
def test_intervals(cell, unit, time):
    assert parse_interval(cell, INTERVAL | {"unit": unit}) == (time, "interval")


def test_month_first_where_the_codebook_says_so():
    american = INTERVAL | {"unit": "days", "date_order": "month_day"}
    assert parse_interval("3/4/2024 to 3/5/2024", american)[0] == 1
    assert parse_interval("3/4/2024 to 3/5/2024", INTERVAL | {"unit": "days"})[0] == 30


def test_an_interval_outside_its_range_is_refused():
    variable = INTERVAL | {"unit": "days", "min": 0}
    with pytest.raises(ValueError, match="0 to 100000 days between them"):
        parse_interval("2024-03-01 to 2024-02-01", variable)


def test_two_columns_of_dates_become_one():
    raw = pd.DataFrame(
        [["P1", "2024-01-01", "2024-02-01"], ["P2", "?", "2024-02-01"]],
        columns=["id", "First  Visit", "Operated"],
    )
    variables = {"id": {"type": "id", "columns": {"id": None}}, "delay": INTERVAL}
    table, read = join_dates(raw, variables, ["", "?"])
    assert table.to_dict("list") == {
        "id": ["P1", "P2"],
        "First  Visit to Operated": ["2024-01-01 to 2024-02-01", ""],
    }
    assert read["delay"]["columns"] == {"First  Visit to Operated": None}
    year = {"type": "year", "columns": {"operated": None}}
    table, _ = join_dates(raw, variables | {"year": year}, ["", "?"])
    assert list(table) == ["id", "Operated", "First  Visit to Operated"]


def test_one_date_alone_makes_no_interval():
    raw = pd.DataFrame([["P1", "2024-01-01"]], columns=["id", "seen"])
    table, read = join_dates(raw, {"delay": INTERVAL}, [""])
    assert table.equals(raw)
    assert read == {"delay": INTERVAL}
