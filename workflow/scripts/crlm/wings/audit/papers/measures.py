"""Means, SDs, quartiles and ranges of a table, by each other."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from crlm.base.formats import interval_end, listing
from crlm.wings.audit.grim import grim, grimmer, nearest_means
from crlm.wings.audit.moments import can_print, corners_of, pool_corners, pooled_mean, pooled_sd
from crlm.wings.audit.page import numeral
from crlm.wings.audit.papers.checks import FAILS, FEWER, HOLDS, NAMES, OPEN, Check, sd_of_error
from crlm.wings.audit.papers.counts import denominator_of
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import COUNTED, Paper, Row, Table
from crlm.wings.audit.verdict import Slip, step

ORDERS = ("min", "q1", "median", "q3", "max"), ("min", "mean", "max")
NUMBERS = 3  # so many lie at most between a quantile by one definition and by another
PARTS = {"min": 1, "max": 1, "median": 2, "q1": 4, "q3": 4}  # of a step, on which they lie


def check_measures(table: Table, paper: Paper) -> Iterator[Check]:
    """Check all means, SDs, quartiles and ranges of a table."""
    for row in table.rows:
        if row.kind in ("heading", "size", *COUNTED):
            continue
        for group in table.every:
            own, n = row.values.get(group, {}), row.sizes[group]
            yield from check_order(own, row)
            yield from check_grains(own, n, row, paper.settings["complete"])
            yield from check_spread(own, n, row)
        yield from check_whole(row, table, paper.settings["complete"])
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
            told = f"{own[name].text} lies outside of {numeral(low)} to {numeral(high)}"
            yield Check(FAILS, [own[name]], told)


def check_grains(own, n: int | None, row: Row, complete: bool) -> Iterator[Check]:
    """Check by GRIM and GRIMMER whether numbers recorded in steps can have a mean and an SD."""
    mean, sd, unit = own.get("mean"), own.get("sd"), Fraction(row.step or 1)
    for name, parts in PARTS.items() if row.step else ():
        if name in own and not own[name].range.parts(parts, unit):
            told = f"numbers in steps of {row.step} can’t have a {NAMES.get(name, name)} of"
            yield Check(FAILS, [own[name]], f"{told} {own[name].text}")
    if not row.step or not n or mean is None:
        return
    sizes = [n] if complete else range(1, n + 1)
    told = f"{n} numbers in steps of {row.step}"
    if not any(grim(mean.text, k, unit) for k in sizes):
        values = nearest_means(mean.text, n, unit)
        near = " or ".join(interval_end(v, int(mean.decimals) + 1) for v in values)
        yield Check(FAILS, [mean], f"{told} can’t have a mean of {mean.text}; the nearest: {near}")
        return
    yield Check(OPEN, [mean], f"{told} can have a mean of {mean.text}")
    if sd is None or n < 2:
        return
    if not any(grimmer(mean.text, sd.text, k, unit) for k in sizes if k > 1):
        told = f"{told} with a mean of {mean.text} can’t have an SD of {sd.text}"
        yield Check(FAILS, [sd, mean], told, main=(sd.id,))


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
    words = f"with a mean of {mean.text} between {numeral(a)} and {numeral(b)}"
    if n and row.step == "1" and [a, b] == [0, 1]:
        values = [math.sqrt(part * end * (1 - end)) for end in (*ends, middle)]
        told = f"{n} zeros and ones with a mean of {mean.text} have an SD of"
        told = f"{told} {numeral(values[0], 3)}"
        held = step(sd.range.meets(min(values), max(values)))
        yield Check(held, [sd, mean], told, {sd.id: numeral(values[0], int(sd.decimals))})
    elif float(sd.range.low) > limit + 1e-9:
        told = f"{words} an SD is at most {numeral(limit)}, not {sd.text}"
        yield Check(FAILS, cells, told, main=(sd.id,))
    elif n and least and most:
        width = float(most.range.low - least.range.high)
        lowest = max(width, 0) / math.sqrt(2 * (n - 1))
        if float(sd.range.high) < lowest - 1e-9:
            told = f"{n} numbers from {least.text} to {most.text} have an SD of {numeral(lowest)}"
            yield Check(FAILS, cells, f"{told} or more, not {sd.text}", main=(sd.id,))


def check_whole(row: Row, table: Table, complete: bool) -> Iterator[Check]:
    """Check what is printed of all by what is printed of the groups."""
    whole, values = row.values.get(table.total, {}), [row.values.get(g, {}) for g in table.groups]
    for statistic, cell in whole.items():
        parts = [own[statistic] for own in values if statistic in own]
        if not parts or len(parts) < len(values):
            continue
        shown = listing([part.text for part in parts])
        if statistic in ("mean", "sd"):
            between = statistic == "sd" or can_print([Fraction(part.text) for part in parts], cell)
            for check in check_pooled(cell, row, table):
                fewer = check.verdict == FAILS and between and not complete
                yield check.excused(FEWER) if fewer else check
        elif statistic in ("min", "max"):
            end = (min if statistic == "min" else max)(parts, key=lambda part: Fraction(part.text))
            held = step(cell.range.holds(Fraction(end.text)))
            told = f"the {statistic} of the groups is {end.text}, of all {cell.text}"
            yield Check(held, [cell, *parts], told, {cell.id: end.text}, (cell.id,))
        elif statistic in ("median", "q1", "q3"):  # a quantile of a mixture lies between its parts'
            low, high = min(p.range.low for p in parts), max(p.range.high for p in parts)
            gap = max(cell.range.low - high, low - cell.range.high)
            slack = slack_of(values, [row.sizes[g] for g in table.groups])
            told = f"the {NAMES.get(statistic, statistic)} of all, {cell.text}, does not lie"
            told = f"{told} between those of the groups, {shown}"
            if gap > (slack or 0):
                check = Check(FAILS, [cell, *parts], told)
                yield check.excused("it may be defined otherwise") if slack is None else check
            else:
                yield Check(OPEN, [cell], f"{cell.text} lies between {shown}, or near them")


def slack_of(values: list[dict[str, Printed]], sizes: list[int | None]) -> Fraction | None:
    """Return by how much definitions of a quantile may differ: some numbers' distance; or None.

    Between the quartiles lie n / 2 numbers, on average so many parts of their range apart.
    """
    if not all({"q1", "q3"} <= own.keys() for own in values) or not all(sizes):
        return None
    ends = [Fraction(own[name].text) for own in values for name in ("q1", "q3")]
    return NUMBERS * (max(ends) - min(ends)) / Fraction(min(n for n in sizes if n), 2)


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
    ends = " to ".join(dict.fromkeys(numeral(end) for end in (min(values), max(values))))
    told = f"{words} give {ends} together"
    if can_print(values, cell):
        yield Check(HOLDS, [cell, *parts], told)
        return
    basis = [part for own in groups.values() for part in own[1:needed]]
    basis += [size for group in groups for size in denominator_of(row, group, table)]
    for group, own in groups.items() if cell.statistic == "sd" else ():
        n, mean, error = own
        sd = sd_of_error(error, n)
        read = groups | {group: (n, mean, error._replace(text=sd))}
        if can_print(pool_corners(pool, ns, corners_of(read, needed)), cell):
            words = f"{told}, not {cell.text}, which follows if {error.text} is an SE"
            yield Check(FAILS, [cell, *basis], words, {error.id: sd}, (error.id,), Slip.SE)
            return
    meant = {cell.id: numeral((min(values) + max(values)) / 2, int(cell.decimals))}
    yield Check(FAILS, [cell, *basis], f"{told}, not {cell.text}", meant)


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
        yield Check(FAILS, cells, told).excused("a row may have been copied")
        for own, its in zip(row.comparisons, other.comparisons, strict=False):
            for a, b in ((own.cells[s], its.cells[s]) for s in own.cells.keys() & its.cells.keys()):
                if a.shown != b.shown:
                    yield Check(FAILS, [a, b], f"{told}, but {b.shown} and {a.shown} as tests")
