"""Turn dates into what may leave the house: a year, or the time between two of them."""

import re
from collections.abc import Collection
from datetime import date

import pandas as pd

from crlm.base.masking import DATE
from crlm.base.spelling import fold, plain
from crlm.cohort.numerals import TIMES, bare

ORDERS = {"day_month": (2, 1, 0), "month_day": (2, 0, 1)}  # where year, month and day stand
# The time of day, which spreadsheets add, counts for nothing.
TIME = r"(?:[ T][\d:.]+(?: ?[AP]M)?)?"
YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + TIME)
YEAR_FIRST_BARE = re.compile(r"(\d{4})()(\d{2})(\d{2})")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + TIME)
TO = " to "


def read_day(text: str, order: str) -> date:
    """Return the date in a text; `order` says how to read one that ends with the year.

    Raises
    ------
    ValueError
        With what was expected.
    """
    text = text.strip()
    try:
        if match := YEAR_FIRST.fullmatch(text) or YEAR_FIRST_BARE.fullmatch(text):
            year, _, month, day = match.groups()
        elif match := YEAR_LAST.fullmatch(text):
            first, _, second, last = match.groups()
            year, month, day = ((first, second, last)[i] for i in ORDERS[order])
        else:
            raise ValueError
        return date(int(year), int(month), int(day))
    except ValueError:
        written = order.replace("_", "-")
        expected = f"a date that exists, written year-month-day or {written}-year"
        raise ValueError(f"{expected}, the year in four digits") from None


def parse_year(cell: str, variable: dict) -> tuple[float, str]:
    """Return the year of the date in `cell`, or the year that it holds, and the rule applied."""
    year, rule = bare(cell), "number"
    if not re.fullmatch(r"\d{4}", year):
        named = re.search(r"[^\W\d_]{3}", cell) and DATE.fullmatch(plain(cell))  # 5 May 2023
        years, rule = re.findall(r"\d{4}", plain(cell)) if named else [], "date to year"
        year = years[0] if years else read_day(cell, variable["date_order"]).year
    if not variable["min"] <= int(year) <= variable["max"]:
        raise ValueError(f"a year from {variable['min']} to {variable['max']}")
    return float(year), rule


def parse_interval(cell: str, variable: dict) -> tuple[float, str]:
    """Return the time between the two dates in `cell`, in the variable's unit, and the rule.

    Years are completed ones, as ages are told; months have 365.25 / 12 days; weeks and months have
    one decimal, about as exact as the dates are remembered.
    """
    start, end = (read_day(text, variable["date_order"]) for text in cell.split(TO))
    if variable["unit"] == "years":
        time = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    else:
        time = round((end - start).days / TIMES[variable["unit"]], 1)
    if not variable["min"] <= time <= variable["max"]:
        raise ValueError(f"{variable['min']} to {variable['max']} {variable['unit']} between them")
    return float(time), "interval"


def join_dates(
    raw: pd.DataFrame, variables: dict, missing_codes: Collection[str]
) -> tuple[pd.DataFrame, dict]:
    """Put the two dates of each interval of the codebook into one column of a raw table.

    Returns
    -------
    raw
        The table; a date is left only where another variable reads its column. A joined cell is
        empty where a date is missing.
    variables
        The variables, each interval now read from its joined column.
    """
    named = {
        name: {fold(column): end for column, end in variable["columns"].items()}
        for name, variable in variables.items()
    }
    intervals = [name for name, variable in variables.items() if variable["type"] == "interval"]
    read_elsewhere = set().union(*(named[name] for name in named if name not in intervals))
    codes = set(map(fold, missing_codes))
    table, variables = raw, dict(variables)
    for name in intervals:
        ends = {named[name][fold(c)]: c for c in raw.columns if fold(c) in named[name]}
        if len(ends) < 2:
            continue
        joined = TO.join((ends["from"], ends["to"]))
        known = ~raw[[ends["from"], ends["to"]]].map(fold).isin(codes).any(axis=1)
        cells = (raw[ends["from"]] + TO + raw[ends["to"]]).where(known, "")
        used_up = [c for c in ends.values() if c in table and fold(c) not in read_elsewhere]
        table = table.drop(columns=used_up).assign(**{joined: cells})
        variables[name] = variables[name] | {"columns": {joined: None}}
    return table, variables
