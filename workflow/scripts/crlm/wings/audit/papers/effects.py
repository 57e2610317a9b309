"""Ratios and differences with their intervals, and test statistics with their p-values."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import product

from scipy import stats

from crlm.statistics.confidence import Z
from crlm.wings.audit.page import numeral
from crlm.wings.audit.papers.checks import FAILS, HOLDS, NEAR, Check
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import HAZARD, Row, Table
from crlm.wings.audit.verdict import step

MIDDLE = 0.1, 0.25  # of half an interval: how far from its middle an estimate is odd, and wrong
MIDDLE_OF_HAZARD = 0.02, 0.06  # the same of a hazard ratio, the interval of which is Wald's
OTHER = 0.05, 0.1  # by which part, and by what beyond, the z of an interval and of a p may differ
FEWEST = 4  # degrees of freedom of an interval where these are not known
ENDS = 0.05  # of half an interval: by how much its ends may lie beyond those of the usual methods
NARROW = 0.03  # of an interval: by how much it may be narrower than by Cox's information
SIDES = {"estimate": "of", "low": "with an interval from", "high": "with an interval to"}
OTHERS = {"odds ratio": r"\bRR\b|[Rr]isk", "risk ratio": r"\bOR\b|[Oo]dds"}
LEVEL = re.compile(r"\b(9\d(?:\.\d+)?) ?% ?(?:C\.?I|[Cc]onf)")


def check_effects(row: Row, table: Table, given: set[str]) -> Iterator[Check]:
    """Check estimates by their intervals, and these and statistics by the p-value beside them.

    A p-value that counts or means give (the ids in `given`) need not be that of the interval.
    """
    sizes, left = [row.sizes[group] for group in table.groups], residual_of(table)
    df = sum(sizes) - len(sizes) if sizes and all(sizes) else None
    one_factor = len(sizes) > 1 and row.factors == 1
    of_groups = {"F": [len(sizes) - 1, df] if one_factor else []}
    of_groups["t"] = [df] if len(sizes) == 2 else []
    for kind, cells in row.comparisons:
        if kind in ("ratio", "difference") and {"estimate", "low", "high"} <= cells.keys():
            found = check_interval(cells, kind == "ratio", df)
            yield from (k for k in found if k.verdict != FAILS or not given & {*k.main})
        own = [float(cells[name].text) for name in ("df", "df2") if name in cells]
        own += [left] if kind == "F" and len(own) == 1 and left else []
        if df and "df" not in cells:  # that of the groups
            own = of_groups.get(kind, [])
        if {kind, "p"} <= cells.keys() and len(own) == {"F": 2, "z": 0}.get(kind, 1):
            yield check_statistic(cells[kind], cells["p"], own)


def residual_of(table: Table) -> float | None:
    """Return the residual degrees of freedom of a table of an analysis of variance."""
    for row in table.rows:
        for _, cells in row.comparisons if re.match("resid|error|within", row.label, re.I) else ():
            if "df" in cells:
                return float(cells["df"].text)
    return None


def half_width(cell: Printed) -> float:
    """Return how many standard errors an interval has on each side, by the level that is told."""
    found = LEVEL.search(f"{cell.column} {cell.raw}")
    return float(stats.norm.isf((1 - float(found[1]) / 100) / 2)) if found else Z


def check_interval(
    cells: dict[str, Printed], ratio: bool, df: float | None = None
) -> Iterator[Check]:
    """Check an estimate against its interval, and the interval against its p-value.

    Wald's: the estimate stands in the middle, of a ratio's on the logarithmic scale. Exact and
    profile intervals are not so even, but by less than the limits of `MIDDLE`. That of a difference
    may be of a t distribution, with so many degrees of freedom as `df` where these are known.
    """
    own = [cells[name] for name in ("estimate", "low", "high")]
    low, high = (float(cell.text) for cell in own[1:])
    told = f"{own[0].text} with {own[1].text} to {own[2].text}"
    if own[1].range.low > own[0].range.high or own[0].range.low > own[2].range.high:
        yield Check(FAILS, own, f"{told}: the estimate lies outside of its interval")
        return
    if low >= high or (ratio and min(cell.range.low for cell in own) <= 0):
        return
    scale = math.log if ratio else float
    ends = [[scale(float(end)) for end in cell.range[:2]] for cell in own]
    half = (scale(high) - scale(low)) / 2
    gaps = [e - (a + b) / 2 for e, a, b in product(*ends)]
    off = 0 if min(gaps) <= 0 <= max(gaps) else min(map(abs, gaps)) / half
    middle = (scale(low) + scale(high)) / 2
    meant = numeral(math.exp(middle) if ratio else middle, int(own[0].decimals))
    of_logs = " (of its logarithms)" if ratio else ""
    words = f"{told}: the middle of the interval{of_logs} is {meant}"
    head = f"{own[0].column} {own[0].raw}"
    odd, wrong = MIDDLE_OF_HAZARD if HAZARD.search(head) and ratio else MIDDLE
    if not ratio and "%" in LEVEL.sub("", head) and "difference" not in head.lower():
        odd = wrong = math.inf  # a share: its interval is seldom even
    all_df = (math.inf,) if ratio else (df, math.inf) if df else (FEWEST, math.inf)
    p = cells.get("p")
    check = Check(step(not off, off < odd), own, words, {own[0].id: meant})
    yield check.excused("it may not be Wald’s") if odd <= off < wrong else check
    if p:
        yield check_p_of_interval(p, ends, own, told, all_df)


def check_hazard(cells: dict[str, Printed], events: list[Printed]) -> Iterator[Check]:
    """Check the interval of a hazard ratio by the numbers of events in both groups, a and b.

    The standard error of its logarithm is at least sqrt(1/a + 1/b). Cox's information is the sum
    over the events of w (1 - w), with w the weight of one group among those at risk; these sum up
    to a (Cox, J R Stat Soc B 1972;34:187–220), and such a sum is greatest where all w are the same.
    So it is in a model of several covariates, too.
    """
    a, b = (int(cell.text) for cell in events) if events else (0, 0)
    if not a * b or not {"low", "high"} <= cells.keys():
        return
    low, high = cells["low"], cells["high"]
    if not 0 < low.range.low < high.range.high:
        return
    least = 2 * half_width(low) * math.sqrt(1 / a + 1 / b)
    widest = math.log(high.range.high / low.range.low)
    told = f"with {a} and {b} events the ends of an interval differ by a factor of "
    told += f"{numeral(math.exp(least))} or more"
    own = [cells[name] for name in ("estimate", "low", "high") if name in cells]
    if widest < least * (1 - NARROW):
        told += f", not {numeral(float(high.text) / float(low.text))}"
        yield Check(FAILS, [*own, *events], told, main=tuple(cell.id for cell in own))


def check_p_of_interval(
    p: Printed, ends: list, own: list[Printed], told: str, all_df: Sequence[float]
) -> Check:
    """Check a p-value by an interval: by the estimate over its standard error.

    Parameters
    ----------
    ends
        Between which the estimate and the ends of the interval lie.
    told
        What these are, in words.
    all_df
        Degrees of freedom of the t distributions that the interval may be of.
    """
    tail = float(stats.norm.sf(half_width(own[0])))
    halves = [abs(e) / ((b - a) / 2) for e, a, b in product(*ends) if b > a]
    least = 0.0 if ends[0][0] <= 0 <= ends[0][1] else min(halves)

    def p_values(part: float, beyond: float) -> list[float]:
        """Return p of statistics that are farther from what is printed, or nearer."""
        found = []
        for df in all_df:
            unit = stats.t.isf(tail, df)
            values = max(halves) * unit * (1 + part) + beyond, least * unit * (1 - part) - beyond
            found += [2 * float(stats.t.sf(max(value, 0.0), df)) for value in values]
        return [min(found), max(found)]

    low, high = p_values(0, 0)
    words = f"{told} gives p = {' to '.join(dict.fromkeys(numeral(end, 4) for end in (low, high)))}"
    if p.range.meets(low, high):
        return Check(HOLDS, [p, *own], words, main=(p.id,))
    meant = {p.id: numeral(low, max(int(p.decimals), 3))}
    if p.range.meets(*p_values(*OTHER)):
        return Check(NEAR, [p, *own], f"{words}, about {p.shown}", meant, (p.id,))
    return Check(FAILS, [p, *own], f"{words}, not {p.shown}", meant, (p.id,))


def check_ratio(
    own: dict[str, Printed], ratios: list[tuple], cells: list[Printed], words: str
) -> list[Check]:
    """Check a printed ratio and its interval by the counts that it may be of.

    The ratio, of odds or of risks, either way round, by which the fewest of the three numbers fail;
    it may be Woolf's or the exact one, its ends Wald's or exact ones, or lie between these. Where
    more than one fails, the ratio may be another one.

    Parameters
    ----------
    ratios
        As `counts.ratios_of` returns them.
    """
    if "estimate" not in own or ("low" not in own and float(own["estimate"].text) == 1):
        return []  # that of the reference
    trials = []
    for name, value, error, *exact in ratios:
        if re.search(OTHERS[name], own["estimate"].column):
            continue
        width = half_width(own["estimate"])
        wald = [value * math.exp(side * width * error) for side in (-1, 1)]
        told = f"{words} give {'an' if name[0] == 'o' else 'a'} {name}"
        slack = math.exp(ENDS * width * error)
        for estimate in (value, *(fit[0] for fit in exact)):
            ranges = {"estimate": ((estimate, estimate), (estimate, estimate))}
            for side, *both in zip(("low", "high"), wald, *(fit[1:] for fit in exact), strict=True):
                ranges[side] = (both[0], both[0]), (min(both) / slack, max(both) * slack)
            trials.append((told, ranges))
    best = best_trial(own, trials, {"": cells})
    wrong = [check for check in best if check.verdict == FAILS]
    if len(wrong) > 1:
        return [wrong[0].excused("it may be adjusted, or of other patients")]
    return best


def best_trial(
    own: dict[str, Printed], trials: list[tuple[str, dict]], cells: dict[str, list[Printed]]
) -> list[Check]:
    """Check an estimate and its interval by what may have given them: by what fails least.

    Parameters
    ----------
    trials
        What it gives, in words; and of estimate, low and high between which ends each then lies,
        and between which it may lie.
    cells
        What each is computed from; under "" that of all others.
    """
    made = []
    for told, ranges in trials:
        checks = []
        for side, (exact, near) in ranges.items():
            if cell := own.get(side):
                held = step(cell.range.meets(*exact), cell.range.meets(*near))
                ends = " to ".join(dict.fromkeys(map(numeral, exact)))
                meant = {cell.id: numeral(sum(exact) / 2, int(cell.decimals))}
                words = f"{told} {SIDES[side]} {ends}"
                words += f", not {cell.text}" if held == FAILS else ""
                basis = cells.get(side, cells[""])
                checks.append(Check(held, [cell, *basis], words, meant, (cell.id,)))
        made.append(checks)
    return min(made, key=lambda checks: sum(c.verdict == FAILS for c in checks), default=[])


def p_of_statistic(name: str, value: float, df: Sequence[float]) -> float:
    """Return the two-sided p of a test statistic; of F and χ² that of the upper tail.

    Raises
    ------
    ValueError
        Where a statistic or its degrees of freedom are none.
    """
    if name == "r":
        if abs(value) >= 1 or df[0] <= 0:
            raise ValueError(f"r = {value}")
        name, value = "t", value * math.sqrt(df[0] / (1 - value**2))
    if name == "z":
        return 2 * float(stats.norm.sf(abs(value)))
    if not df or min(df) <= 0:
        raise ValueError(f"degrees of freedom: {df}")
    if name == "t":
        return 2 * float(stats.t.sf(abs(value), df[0]))
    if value < 0:
        raise ValueError(f"{name} = {value}")
    return float(stats.f.sf(value, *df) if name == "F" else stats.chi2.sf(value, df[0]))


def check_statistic(
    statistic: Printed, p: Printed, df: Sequence[float], one_sided: bool = False
) -> Check:
    """Check a p-value by the test statistic before it, as statcheck does (Nuijten et al. 2016).

    Nuijten MB et al., Behav Res Methods 2016;48:1205–26. `one_sided` allows for half of p.
    """
    name, own = statistic.statistic, statistic.range
    told = f"({', '.join(f'{d:g}' for d in df)})" if df else ""
    sign = {"<": "<", ">": ">"}.get(statistic.sign, "=")
    words = f"{name.replace('chi2', 'χ²')}{told} {sign} {statistic.text}"
    try:
        ends = [p_of_statistic(name, max(float(end), 0), df) if name in ("F", "chi2")
                else p_of_statistic(name, float(end), df) for end in own[:2]]  # fmt: skip
    except ValueError as error:
        return Check(FAILS, [statistic], f"{words}: there is no such value ({error})")
    if own.low < 0 < own.high and name not in ("F", "chi2"):
        ends.append(1.0)
    low, high = min(ends), max(ends)
    middle = numeral((low + high) / 2, 4) if low > 1e-4 else f"{low:.1e}"
    words = f"{words} gives p = {middle}"
    if p.range.meets(low, high) or (p.text.strip("0.") == "" and low < 0.0005):
        return Check(HOLDS, [p, statistic], words)
    half = p.range.meets(low / 2, high / 2) and name in ("t", "z", "r")
    if half and one_sided:
        return Check(HOLDS, [p, statistic], f"{words}, one-sided the half")
    meant = {p.id: numeral((low + high) / 2, max(int(p.decimals), 2))}
    told = ", which is its half; a one-sided test is not told of" if half else ""
    return Check(FAILS, [p, statistic], f"{words}, not {p.shown}{told}", meant)
