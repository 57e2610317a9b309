"""Printed cells: which values print so, and what that says of counts, sums and squares."""

import math
from collections.abc import Collection, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

from crlm.plan.analysis import Plan

ALL = "all"
COUNTS = ("n", "of", "known")
NOISE = 1e-9
EXACT, CUT, DROPPED = "met exactly", "met by truncation", "dropped"


class Of(StrEnum):
    """What is counted of a group's codes x, beside how many of them are in a set."""

    SUM = "sum"
    SQUARES = "squares"
    SPREAD = "spread"  # n Σx² - (Σx)², a variance's numerator
    PAIRS = "pairs"  # n (n - 1), its denominator
    LEAST = "min"
    GREATEST = "max"


def binding_cells(tables: pd.DataFrame, text: pd.DataFrame) -> pd.DataFrame:
    """Return the printed cells that rows are made to meet: all of the tables, and four of the text.

    The rest of the text repeats the tables, or contradicts them, and is for the audit.
    """
    return pd.concat([tables, text[text["binding"] == "yes"]]).fillna("")


class Range(NamedTuple):
    """True values that print alike: from `low` to `high`, which may not belong to them."""

    low: Fraction
    high: Fraction
    open: bool = False

    def holds(self, value) -> bool:
        """Tell whether a value (number or Fraction) is one of them."""
        return self.low <= value < self.high or (value == self.high and not self.open)

    def meets(self, low, high) -> bool:
        """Tell whether some value between two ends is one of them, but for noise of computing."""
        slack = NOISE * max(1, abs(low), abs(high))
        return low <= self.high + slack and high >= self.low - slack

    def parts(self, whole: int, scale: Fraction) -> range:
        """Return the whole numbers that, over `whole` and times `scale`, are such a value."""
        low, high = (end * whole / scale for end in (self.low, self.high))
        return range(math.ceil(low), math.ceil(high) if self.open else math.floor(high) + 1)

    def squared(self) -> "Range":
        """Return the variances of these SDs."""
        return Range(max(self.low, Fraction(0)) ** 2, self.high**2, self.open)


def printed_range(text: str, decimals: str | None = None, up: bool = False) -> Range:
    """Return the values that round to a number, as the digits after its point say if nobody does.

    The one convention of rounding: programs differ in what they do with a half, so that it may have
    gone up or down, and both ends belong to the range. With `up` the upper one doesn't: so prints
    this paper (`base.formats`), and so must rows that it is built from.
    """
    places = len(text.partition(".")[2]) if decimals is None else int(decimals)
    half = Fraction(10) ** -places / 2
    return Range(Fraction(text) - half, Fraction(text) + half, open=up)


def admissible(cell, up: bool = False) -> dict[str, Range]:
    """Return the true values that print as the cell, by verdict; `up` as in `printed_range`.

    Of a cell of any paper, which has a sign (< or >), those on the side that it says.
    """
    value, sign = Fraction(cell.text), getattr(cell, "sign", "")
    if sign:
        return {EXACT: Range(Fraction(-1), value) if sign == "<" else Range(value, Fraction(10**9))}
    if cell.statistic in COUNTS:
        return {EXACT: Range(value, value)}
    rounded = printed_range(cell.text, cell.decimals, up)
    if cell.statistic in ("percent", "sd"):
        rounded = rounded._replace(low=max(rounded.low, Fraction(0)))
    if cell.statistic == "percent":
        return {EXACT: rounded, CUT: Range(rounded.high, 2 * rounded.high - value, open=True)}
    return {EXACT: rounded}


def true_range(cell, cut: bool = False, up: bool = False) -> Range:
    """Return the true values that print as the cell, those that are cut to it only on demand."""
    rounded, *further = admissible(cell, up).values()
    return further[0]._replace(low=rounded.low) if cut and further else rounded


def verdict_on(value, cell, up: bool = False) -> str:
    """Judge a value (number or Fraction) by what prints as the cell."""
    return next((name for name, own in admissible(cell, up).items() if own.holds(value)), DROPPED)


class Reading(NamedTuple):
    """What a cell says of totals: part over whole (None: 1), times scale, prints so.

    A total is a group and what is counted of its codes: the set of those that count, or one of
    `Of`. A back end puts its own values or expressions in the totals' places.
    """

    part: Any
    whole: Any
    scale: Fraction
    printed: Range

    def limits(self, codes: Collection[int]) -> tuple[frozenset, frozenset]:
        """Return of a least or greatest value the codes that it may be, and those beyond it."""
        near, least = self.printed.parts(1, self.scale), self.part[1] == Of.LEAST
        beyond = (c for c in codes if (c < near.start if least else c >= near.stop))
        return frozenset(c for c in codes if c in near), frozenset(beyond)


def read_cell(
    cell, printed: Range, plan: Plan, domain: Mapping, step: Fraction | None = None
) -> Reading:
    """Read a cell other than a p-value.

    Parameters
    ----------
    cell
        Transcribed: variable, level ("a+b": of two; "": of any), group, statistic.
    printed
        The values that print as the cell.
    plan
        The statistical analysis plan, or what is like it: its variables and tables.
    domain
        Code -> value of the column, of all that are not missing.
    step
        The value of the code 1; as the domain has it if not given.
    """
    variable, group, every = plan.variables[cell.variable], cell.group, frozenset(domain)
    if cell.statistic == "known":
        return Reading((group, every), None, Fraction(1), printed)
    if cell.statistic in (*COUNTS, "percent"):
        levels = variable.levels

        def held(names) -> frozenset:
            return frozenset(
                c for c, v in domain.items() if any(levels[name].holds(v) for name in names)
            )

        counted = held(levels) if levels else every
        part = group, held(cell.level.split("+")) if cell.level and levels else counted
        whole = (group, counted) if percent_of(cell, plan) == "group" else (ALL, part[1])
        if cell.statistic == "percent":
            return Reading(part, whole, Fraction(100), printed)
        return Reading(part if cell.statistic == "n" else whole, None, Fraction(1), printed)
    if step is None:
        code, value = next(iter(domain.items()))
        step = Fraction(str(value)) / code
    scale = step * Fraction(str(variable.scale))
    if cell.statistic == "mean":
        return Reading((group, Of.SUM), (group, every), scale, printed)
    if cell.statistic == "sd":
        return Reading((group, Of.SPREAD), (group, Of.PAIRS), scale**2, printed.squared())
    return Reading((group, cell.statistic), None, scale, printed)


def squares_of(spreads: range, total: int, n: int) -> range:
    """Return the sums of squares of n numbers of a sum whose n Σx² - (Σx)² is in a range."""
    first, last = spreads.start + total**2, spreads.stop - 1 + total**2
    return range(-(-first // n), last // n + 1)


def percent_of(cell: Any, plan: Plan) -> str:
    """Tell whether a printed percentage is of its `group`, its `level` or of `all` patients.

    Of the group those in whom it is known, of all also the others. Where the cell itself does not
    say so, as its table's; in the text, of the group.
    """
    return getattr(cell, "percent_of", "") or plan.percent_of(f"table{cell.table}")


def named_test(cell: Any, plan: Plan) -> str | None:
    """Return the test that the plan names for a printed p-value; of the text, in any table."""
    tables = plan.tables if cell.table == "text" else [f"table{cell.table}"]
    return plan.named_test(cell.variable, tables)
