"""Means, SDs, quartiles and ranges of a table, by each other, and the tests of means."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
from scipy import stats

from crlm.base.formats import interval_end, listing
from crlm.wings.audit.grim import grim, grimmer, nearest_means, nearest_sds
from crlm.wings.audit.moments import corners_of, pool_corners, pooled_mean, pooled_sd, reach
from crlm.wings.audit.page import show
from crlm.wings.audit.papers.checks import (
    DOUBT,
    FAILS,
    FITS,
    HOLDS,
    NAMES,
    NEAR,
    POSSIBLE,
    Check,
    check_value,
)
from crlm.wings.audit.papers.effects import check_statistic
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import COUNTED, Paper, Row, Table
from crlm.wings.audit.slips import LOST_DIGITS
from crlm.wings.audit.verdict import Slip

ORDERS = ("min", "q1", "median", "q3", "max"), ("min", "mean", "max")
UNKNOWN = "the text does not say that it is of a t test or an analysis of variance"
FEW = 20  # patients in a group, below which definitions of a quantile differ by more than rounding
WIDEST = 0.05  # of what a test gives, as far as rounding leaves it open, to tell what it shows
MOST_GROUPS = 6  # whose means are tried at both ends of what they round


def check_measures(table: Table, paper: Paper) -> Iterator[Check]:
    """Check all means, SDs, quartiles and ranges of a table, then the tests of means."""
    for row in table.rows:
        if row.kind in ("heading", "size", *COUNTED):
            continue
        for group in table.every:
            own, n = row.values.get(group, {}), row.sizes[group]
            yield from check_order(own, row)
            yield from check_grains(own, n, row, paper.settings["complete"])
            yield from check_spread(own, n, row)
        yield from check_whole(row, table)
        yield from check_tests(row, table, paper)
    yield from check_copies(table)


def check_order(own: dict[str, Printed], row: Row) -> Iterator[Check]:
    """Check that a least value is below a quartile, that below the median, and so on."""
    for order in ORDERS:
        for low, high in pairwise(own[name] for name in order if name in own):
            if low.range.low > high.range.high:
                names = [NAMES.get(cell.statistic, cell.statistic) for cell in (low, high)]
                told = f"the {names[0]}, {low.text}, is above the {names[1]}, {high.text}"
                yield Check(FAILS, [low, high], told)
    for name in ("mean", "median", "min", "max", "q1", "q3"):
        low, high = map(Fraction, map(str, row.bounds or (-(10**9), 10**9)))
        if name in own and not (own[name].range.high >= low and own[name].range.low <= high):
            told = f"{own[name].text} lies outside of {show(low)} to {show(high)}"
            yield Check(FAILS, [own[name]], told)


def check_grains(own, n: int | None, row: Row, complete: bool) -> Iterator[Check]:
    """Check by GRIM and GRIMMER whether numbers recorded in steps can have a mean and an SD."""
    mean, sd = own.get("mean"), own.get("sd")
    if not row.step or not n or mean is None:
        return
    unit = Fraction(row.step)
    sizes = [n] if complete else range(1, n + 1)
    told = f"{n} numbers in steps of {row.step}"
    if not any(grim(mean.text, k, unit) for k in sizes):
        values = nearest_means(mean.text, n, unit)
        near = " or ".join(interval_end(v, int(mean.decimals) + 1) for v in values)
        yield Check(FAILS, [mean], f"{told} can’t have a mean of {mean.text}; the nearest: {near}")
        return
    yield Check(POSSIBLE, [mean], f"{told} can have a mean of {mean.text}")
    if sd is None or n < 2:
        return
    if not any(grimmer(mean.text, sd.text, k, unit) for k in sizes if k > 1):
        near = nearest_sds(mean.text, sd.text, n, unit)
        values = " or ".join(interval_end(v, int(sd.decimals) + 1) for v in near) or "none"
        told = f"{told} with a mean of {mean.text} can’t have an SD of {sd.text}"
        yield Check(FAILS, [sd, mean], f"{told}; the nearest: {values}", main=(sd.id,))


def check_spread(own: dict[str, Printed], n: int | None, row: Row) -> Iterator[Check]:
    """Check an SD by the range of the numbers, and that of zeros and ones by their mean (DEBIT).

    With a mean m between a and b an SD is at most sqrt((m - a)(b - m) n / (n - 1)), which numbers
    have that are all a or b (Bhatia & Davis, Am Math Mon 2000;107:353–7); of zeros and ones it is
    that (Heathers & Brown 2019). Its least is that of one a, one b, and all others in the middle.
    """
    mean, sd, (a, b) = own.get("mean"), own.get("sd"), row.bounds or (None, None)
    least, most = own.get("min"), own.get("max")
    if least and most:
        a, b = float(least.range.low), float(most.range.high)
    if mean is None or sd is None or a is None or n == 1:
        return
    part, cells = (n / (n - 1) if n else 2.0), [c for c in (sd, mean, least, most) if c]
    ends = [min(max(float(end), a), b) for end in mean.range[:2]]
    middle = min(max((a + b) / 2, ends[0]), ends[1])
    limit = math.sqrt(part * (middle - a) * (b - middle))
    words = f"with a mean of {mean.text} between {show(a)} and {show(b)}"
    if n and row.step == "1" and [a, b] == [0, 1]:
        values = [math.sqrt(part * end * (1 - end)) for end in (*ends, middle)]
        told = f"{n} zeros and ones with a mean of {mean.text} have an SD of {show(values[0], 3)}"
        held = HOLDS if sd.reaches(min(values), max(values)) else FAILS
        yield Check(held, [sd, mean], told, {sd.id: show(values[0], int(sd.decimals))})
    elif float(sd.range.low) > limit + 1e-9:
        told = f"{words} an SD is at most {show(limit)}, not {sd.text}"
        yield Check(FAILS, cells, told, main=(sd.id,))
    elif n and least and most:
        width = float(most.range.low - least.range.high)
        lowest = max(width, 0) / math.sqrt(2 * (n - 1))
        if float(sd.range.high) < lowest - 1e-9:
            told = (
                f"{n} numbers from {least.text} to {most.text} have an SD of {show(lowest)} or more"
            )
            yield Check(FAILS, cells, f"{told}, not {sd.text}", main=(sd.id,))


def check_whole(row: Row, table: Table) -> Iterator[Check]:
    """Check what is printed of all by what is printed of the groups."""
    whole, values = row.values.get(table.total, {}), [row.values.get(g, {}) for g in table.groups]
    for statistic, cell in whole.items():
        parts = [own[statistic] for own in values if statistic in own]
        if not parts or len(parts) < len(values):
            continue
        shown = listing([part.text for part in parts])
        if statistic in ("mean", "sd"):
            yield from check_pooled(cell, row, table)
        elif statistic in ("min", "max"):
            end = (min if statistic == "min" else max)(parts, key=lambda part: Fraction(part.text))
            outcome = HOLDS if cell.range.holds(Fraction(end.text)) else FAILS
            told = f"the {statistic} of the groups is {end.text}, of all {cell.text}"
            yield Check(outcome, [cell, *parts], told, {cell.id: end.text}, (cell.id,))
        elif statistic in ("median", "q1", "q3"):  # a quantile of a mixture lies between its parts'
            low, high = min(p.range.low for p in parts), max(p.range.high for p in parts)
            small = min(row.sizes[g] or 0 for g in table.groups) < FEW
            if cell.range.low > high or cell.range.high < low:
                told = f"the {NAMES.get(statistic, statistic)} of all, {cell.text}, does not lie"
                told = f"{told} between those of the groups, {shown}"
                yield Check(DOUBT if small else FAILS, [cell, *parts], told)
            else:
                yield Check(POSSIBLE, [cell], f"{cell.text} lies between {shown}")


def check_pooled(cell: Printed, row: Row, table: Table) -> Iterator[Check]:
    """Check a mean or SD of all by the groups' sizes, means and SDs."""
    needed, pool = (2, pooled_mean) if cell.statistic == "mean" else (3, pooled_sd)
    groups: dict[str, tuple] = {
        g: (row.sizes[g], *(row.values[g].get(s) for s in ("mean", "sd"))) for g in table.groups
    }
    if not all(all(own[:needed]) for own in groups.values()):
        return
    ns = [own[0] for own in groups.values()]
    values = pool_corners(pool, ns, corners_of(groups, needed))
    parts = [own[needed - 1] for own in groups.values()]  # the means hardly change an SD
    words = " and ".join(f"{part.text} of {n}" for part, n in zip(parts, ns, strict=True))
    ends = " to ".join(dict.fromkeys(show(end) for end in (min(values), max(values))))
    held = reach(values, cell)
    told = f"{words} give {ends} together" + ("" if held else f", not {cell.text}")
    meant = {cell.id: show((min(values) + max(values)) / 2, int(cell.decimals))}
    yield Check(NEAR if held else FAILS, [cell, *parts], told, meant)


def check_copies(table: Table) -> Iterator[Check]:
    """Find rows that have the same means and SDs in all groups, and other tests."""
    seen: dict[tuple, Row] = {}
    for row in table.rows:
        cells = [c for own in row.values.values() for c in own.values()]
        key = tuple(c.text for c in cells if c.statistic not in ("n", "percent", "of"))
        other = seen.setdefault(key, row)
        if len(key) < 4 or other is row:
            continue
        told = f"“{row.label}” and “{other.label}” have the same numbers ({', '.join(key)})"
        yield Check(DOUBT, cells, f"{told}; a row may have been copied")
        for own, its in zip(row.comparisons, other.comparisons, strict=False):
            for a, b in ((own.cells[s], its.cells[s]) for s in own.cells.keys() & its.cells.keys()):
                if a.shown != b.shown:
                    yield Check(FAILS, [a, b], f"{told}, but {b.shown} and {a.shown} as tests")


# --- Tests ----------------------------------------------------------------------------------------


def f_of(means, sds, ns) -> dict[str, tuple[np.ndarray, float, np.ndarray]]:
    """Compute F of printed means and SDs, one set of them a line: test -> F, df 1, df 2.

    Of two groups its root is Student's t, or Welch's (Welch, Biometrika 1951;38:330–6).

    Parameters
    ----------
    means, sds
        Shape (sets, groups).
    ns
        How many are in each group.
    """
    k, weights = means.shape[1], ns / np.maximum(sds, 1e-9) ** 2
    grand = (ns * means).sum(axis=1, keepdims=True) / ns.sum()
    within = ((ns - 1) * np.maximum(sds, 1e-9) ** 2).sum(axis=1) / (ns.sum() - k)
    pooled = (ns * (means - grand) ** 2).sum(axis=1) / (k - 1) / within
    share = weights / weights.sum(axis=1, keepdims=True)
    middle = (share * means).sum(axis=1, keepdims=True)
    between = (weights * (means - middle) ** 2).sum(axis=1) / (k - 1)
    uneven = ((1 - share) ** 2 / (ns - 1)).sum(axis=1)
    welch = between / (1 + 2 * (k - 2) / (k**2 - 1) * uneven)
    names = ("the t test", "Welch’s t test") if k == 2 else ("the analysis of variance", "Welch’s")
    whole = np.full(len(means), float(ns.sum() - k))
    return {names[0]: (pooled, k - 1, whole), names[1]: (welch, k - 1, (k**2 - 1) / (3 * uneven))}


def tests_of(means: list[Printed], sds: list[list[float]], ns: list[int]) -> dict[str, tuple]:
    """Return of each test its F and p, from and to, of what rounds to printed means and SDs."""
    ends = np.array([[float(end) for end in cell.range[:2]] for cell in means])
    if len(means) <= MOST_GROUPS:
        corners = [*product(*ends)]
    else:
        corners = [tuple(float(cell.text) for cell in means)]
    size = np.array(ns, float)
    level = float((size * ends.mean(axis=1)).sum() / size.sum())
    for _ in range(50):  # the means that are nearest to each other
        near = np.clip(level, ends[:, 0], ends[:, 1])
        level = float((size * near).sum() / size.sum())
    corners.append(tuple(near))
    spreads = [*product(*sds)] if len(means) <= MOST_GROUPS // 2 else [*zip(*sds, strict=True)]
    sets = np.array([(*c, *s) for c in corners for s in spreads])
    found = {}
    for test, (f, df1, df2) in f_of(sets[:, : len(ns)], sets[:, len(ns) :], size).items():
        p = stats.f.sf(f, df1, df2)
        found[test] = (f.min(), f.max()), (p.min(), p.max())
    return found


def check_tests(row: Row, table: Table, paper: Paper) -> Iterator[Check]:
    """Check p-values and statistics beside means by the tests of them; and each by the other."""
    excuse = UNKNOWN if paper.settings["tests"]["means"] == "unknown" else ""
    own = [row.values.get(group, {}) for group in table.groups]
    ns = [row.sizes[group] for group in table.groups]
    if len(ns) < 2 or not all(n and n > 1 for n in ns):
        return
    for kind, cells in row.comparisons:
        df = {"t": [sum(ns) - len(ns)], "F": [len(ns) - 1, sum(ns) - len(ns)], "z": []}.get(kind)
        pair = {kind, "p"} <= cells.keys() and not cells.keys() & {"df", "df2"}
        if df is not None and pair and (kind != "t" or len(ns) == 2):
            yield check_statistic(cells[kind], cells["p"], df)
    if any("mean" not in v or not v.keys() & {"sd", "se"} for v in own):
        return
    means, spreads = [v["mean"] for v in own], [v.get("sd", v.get("se")) for v in own]
    cells = [cell for pair in zip(means, spreads, strict=True) for cell in pair]
    words = " and ".join(
        f"{mean.text} ± {spread.text} (n = {n})"
        for mean, spread, n in zip(means, spreads, ns, strict=True)
    )
    found = tests_of(means, sds_of(spreads, ns), ns)
    for statistic in ("p", "t", "F", "z"):
        for cell in row.tests(statistic):
            check = check_value(unsigned(cell), trials_of(found, statistic), cells, words, excuse)
            if check.outcome == FAILS and (as_se := standard_errors(cell, means, spreads, ns)):
                yield as_se
                continue
            yield check if check.outcome == FAILS else check._replace(cells=[cell])
            if check.outcome == HOLDS:  # as with many other means and SDs
                heads = [table.heads[g] for g in table.groups if g in table.heads]
                yield Check(FITS, [*cells, *heads], check.words)


def unsigned(cell: Printed) -> Printed:
    """Return a statistic without its sign, which hangs on the order of the groups."""
    return cell._replace(text=cell.text.lstrip("-"))


def trials_of(found: dict[str, tuple], statistic: str) -> list[tuple[str, float, float]]:
    """Return of each test what it gives for a statistic or p, from and to."""
    root = math.sqrt if statistic in ("t", "z") else float
    ends = {test: p if statistic == "p" else f for test, (f, p) in found.items()}
    return [(test, root(low), root(high)) for test, (low, high) in ends.items()]


def sds_of(spreads: list[Printed], ns: list[int]) -> list[list[float]]:
    """Return between which values each SD lies; a standard error is one divided by a root of n."""
    factors = [math.sqrt(n) if c.statistic == "se" else 1 for c, n in zip(spreads, ns, strict=True)]
    return [
        [max(float(end), 0.0) * factor for end in cell.range[:2]]
        for cell, factor in zip(spreads, factors, strict=True)
    ]


def standard_errors(cell: Printed, means, spreads: list[Printed], ns: list[int]) -> Check | None:
    """Say that a test holds if one SD, or all of them, are standard errors; None if none does."""
    if any(spread.statistic == "se" for spread in spreads):
        return None
    for wrong in (spreads, *([spread] for spread in spreads)):
        read = [s._replace(statistic="se") if s in wrong else s for s in spreads]
        for test, low, high in trials_of(tests_of(means, sds_of(read, ns), ns), cell.statistic):
            if unsigned(cell).reaches(low, high) and high - low < WIDEST * max(high, 1):
                sds = [float(s.text) * math.sqrt(n) for s, n in zip(spreads, ns, strict=True)]
                meant = {
                    s.id: show(sd, max(int(s.decimals) - LOST_DIGITS, 0))
                    for s, sd in zip(spreads, sds, strict=True)
                    if s in wrong
                }
                told = f"{cell.statistic} = {cell.shown} follows ({test}) if the SE, not the SD, is"
                told = f"{told} {listing([s.text for s in wrong])}"
                blamed = tuple(meant)
                return Check(FAILS, [*wrong, cell], told, meant, blamed, Slip.SE)
    return None
