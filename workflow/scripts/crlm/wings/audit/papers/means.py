"""What compares the means of groups: tests and differences, by the means, SDs and sizes."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scipy import stats

from crlm.base.formats import listing
from crlm.wings.audit.papers.checks import FAILS, FEWER, Check, check_value, sd_of_error
from crlm.wings.audit.papers.effects import best_trial, half_width
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import COUNTED, Paper, Row, Table
from crlm.wings.audit.printed_tests import tests_of_means
from crlm.wings.audit.verdict import HELD, Slip

UNKNOWN = "the text does not say that it is of a t test or an analysis of variance"
WIDEST = 0.05  # of what a test gives, as far as rounding leaves it open, to tell what it shows
APART = 2  # times an SE of one group, at the least, are the SDs of the others
CHANCE = 0.5  # a p above it goes with nearly any means whose SDs are read as standard errors


class Arm(NamedTuple):
    """What is printed of a group: its size, mean, and SD or standard error."""

    n: int
    mean: Printed
    spread: Printed

    @property
    def sds(self) -> list[float]:
        """Between which values its SD lies."""
        factor = math.sqrt(self.n) if self.spread.statistic == "se" else 1
        return [max(float(end), 0.0) * factor for end in self.spread.range[:2]]

    def with_error(self) -> "Arm":
        """Return it with a standard error for its SD."""
        return self._replace(spread=self.spread._replace(statistic="se"))


def check_means(table: Table, paper: Paper) -> Iterator[Check]:
    """Check tests and differences beside means by these."""
    differences = []
    for row in table.rows:
        arms = arms_of(row, table)
        if arms:
            yield from check_tests(row, arms, table, paper)
        if len(arms) == 2:
            differences += [check_difference(c.cells, arms) for c in row.comparisons
                            if c.kind == "difference" and not row.is_modelled(c)]  # fmt: skip
    # where one difference is that of the means, so are the others, and none is adjusted
    alike = any(checks and not any(c.verdict == FAILS for c in checks) for checks in differences)
    for check in (check for checks in differences for check in checks):
        if check.verdict == FAILS and not alike:
            check = check.excused("it may be adjusted")
        yield check


def arms_of(row: Row, table: Table) -> list[Arm]:
    """Return the groups of a row of means, if there are two or more and all is printed of them."""
    found = []
    for group in table.groups:
        own, n = row.values.get(group, {}), row.sizes[group]
        spread = own.get("sd", own.get("se"))
        if "mean" not in own or not spread or not n or n < 2:
            return []
        found.append(Arm(n, own["mean"], spread))
    return found if len(found) > 1 else []


def tests_of(arms: list[Arm], statistic: str) -> list[tuple[str, float, float]]:
    """Return of each test its p, t, F or z of what rounds to printed means and SDs: from and to.

    A p may be of z for t, and of SDs that were divided by n for the print.
    """
    means, sds = [arm.mean.range[:2] for arm in arms], [arm.sds for arm in arms]
    sizes = [arm.n for arm in arms]
    names = ("the t test", "Welch’s t test")
    if len(arms) > 2:
        names = ("the analysis of variance", "Welch’s")
    found = [*zip(names, tests_of_means(means, sds, sizes, statistic), strict=True)]
    if statistic == "p":
        if len(arms) == 2:
            _, z = tests_of_means(means, sds, sizes, "z")
            found.append(("the z test", (2 * stats.norm.sf(z[1]), 2 * stats.norm.sf(z[0]))))
        wider = [[x * math.sqrt(n / (n - 1)) for x in sd] for sd, n in zip(sds, sizes, strict=True)]
        for name, ends in zip(names, tests_of_means(means, wider, sizes), strict=True):
            found.append((f"{name}, of SDs divided by n", ends))
    return [(name, float(low), float(high)) for name, (low, high) in found]


def check_tests(row: Row, arms: list[Arm], table: Table, paper: Paper) -> Iterator[Check]:
    """Check p-values and statistics beside means by the tests of them."""
    cells = [cell for arm in arms for cell in arm[1:]]
    counted = any(row.kind in COUNTED for row in table.rows)  # which tell what sizes are right
    heads = [table.heads[g] for g in table.groups if g in table.heads] if counted else []
    words = " and ".join(f"{a.mean.text} ± {a.spread.text} (n = {a.n})" for a in arms)
    unknown = paper.settings["tests"]["means"] == "unknown"
    for statistic in ("p", "t", "F", "z"):
        excuse = UNKNOWN if unknown and statistic == "p" else ""
        excuse = excuse or ("" if paper.settings["complete"] else FEWER)
        for cell in row.tests(statistic):
            unsigned = cell._replace(text=cell.text.lstrip("-"))
            trials = tests_of(arms, statistic)
            checks = [*check_value(unsigned, trials, cells, words, excuse, heads, paper.one_sided)]
            if checks[0].verdict not in HELD and (named := standard_errors(unsigned, arms)):
                checks = [named._replace(cells=[*named.cells, *heads])]
            yield from checks


def standard_errors(cell: Printed, arms: list[Arm]) -> Check | None:
    """Say that a test holds if one SD, or all of them, are standard errors; None if none does."""
    for wrong, read in read_as_errors(arms):
        for test, low, high in tests_of(read, cell.statistic):
            by_chance = cell.statistic == "p" and (high > CHANCE or cell.sign == ">")
            if cell.range.meets(low, high) and high - low < WIDEST * max(high, 1) and not by_chance:
                return as_errors(wrong, [cell], f"{cell.statistic} = {cell.shown} follows ({test})")
    return None


def read_as_errors(arms: list[Arm]) -> Iterator[tuple[list[Arm], list[Arm]]]:
    """Yield the groups whose SD may be a standard error, and all groups so read.

    That of one group alone is far smaller than those of the others.
    """
    if any(arm.spread.statistic == "se" for arm in arms):
        return
    for wrong in (arms, *([arm] for arm in arms)):
        ends = [arm.sds[1] for arm in arms if arm not in wrong]
        if not ends or APART * wrong[0].sds[1] < min(ends):
            yield wrong, [arm.with_error() if arm in wrong else arm for arm in arms]


def as_errors(wrong: list[Arm], beside: list[Printed], told: str) -> Check:
    """Say that something holds if the SDs of some groups are standard errors."""
    spreads = [arm.spread for arm in wrong]
    meant = {spread.id: sd_of_error(spread, n) for n, _, spread in wrong}
    told = f"{told} if {listing([spread.text for spread in spreads])} is an SE"
    return Check(FAILS, [*spreads, *beside], told, meant, tuple(meant), Slip.SE)


def check_difference(
    own: dict[str, Printed], arms: list[Arm], as_read: bool = False
) -> list[Check]:
    """Check a printed difference of two means and its interval by these: Student's, or Welch's."""
    trials = []
    first, second = ([float(end) for end in arm.mean.range[:2]] for arm in arms)
    least, most = first[0] - second[1], first[1] - second[0]
    for low, high in ((least, most), (-most, -least)):
        for name, errors in errors_of(arms, own):
            halves = min(errors), max(errors)
            told = " and ".join(f"{arm.mean.text} ± {arm.spread.text}" for arm in arms)
            told = f"{told} have a difference ({name})"
            ranges = {
                "estimate": (low, high),
                "low": (low - halves[1], high - halves[0]),
                "high": (low + halves[0], high + halves[1]),
            }
            trials.append((told, {side: (ends, ends) for side, ends in ranges.items()}))
    means = [arm.mean for arm in arms]
    every = [*means, *(arm.spread for arm in arms)]
    checks = best_trial(own, trials, {"estimate": means, "": every})
    wrong_ends = sum(check.verdict == FAILS for check in checks[1:])
    for wrong, read in read_as_errors(arms) if wrong_ends > 1 and not as_read else ():
        if not any(check.verdict == FAILS for check in check_difference(own, read, True)):
            return [checks[0], as_errors(wrong, [], "the interval of the difference follows")]
    return checks


def errors_of(arms: list[Arm], own: dict[str, Printed]) -> Iterable[tuple[str, list[float]]]:
    """Return half the interval of a difference by each t test, at both ends of the SDs."""
    (n, *_), (m, *_) = arms
    tail = stats.norm.sf(half_width(own["low"])) if "low" in own else 0.025
    found: dict[str, list[float]] = {"the t test": [], "Welch’s t test": []}
    for s, r in zip(*(arm.sds for arm in arms), strict=True):
        pooled = ((n - 1) * s**2 + (m - 1) * r**2) / (n + m - 2)
        a, b = s**2 / n, r**2 / m
        df = (a + b) ** 2 / max(a**2 / (n - 1) + b**2 / (m - 1), 1e-300)
        squares = pooled * (1 / n + 1 / m), a + b
        for name, square, own_df in zip(found, squares, (n + m - 2, max(df, 1.0)), strict=True):
            found[name].append(float(stats.t.isf(tail, own_df)) * math.sqrt(square))
    return found.items()
