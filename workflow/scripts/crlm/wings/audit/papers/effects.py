"""Ratios and differences with their intervals, and test statistics with their p-values."""

import math
import re
from collections.abc import Iterator
from itertools import product

from scipy import stats

from crlm.statistics.confidence import Z
from crlm.wings.audit.page import show
from crlm.wings.audit.papers.checks import DOUBT, FAILS, HOLDS, NEAR, Check
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import Row

MIDDLE = 0.1, 0.25  # of half an interval: how far from its middle an estimate is odd, and wrong
OTHER = 0.1, 0.05  # by what, and by which part of it, the z of an interval and of a p may differ
ENDS = 0.05  # of half an interval: by how much its ends may lie beyond those of the usual methods
OTHERS = {"odds ratio": r"\bRR\b|[Rr]isk", "risk ratio": r"\bOR\b|[Oo]dds"}
ADJUSTED = re.compile(r"adjust|multivaria|multiple regression|stratif|matched|hazard|\bHR\b", re.I)


def check_effects(row: Row) -> Iterator[Check]:
    """Check the estimates of a row by their intervals, and those by the p-value beside them."""
    for kind in ("ratio", "difference"):
        cells = {cell.statistic: cell for cell in row.tests.get(kind, ())}
        cells |= {cell.statistic: cell for cell in row.tests.get("p", ())[:1]}
        if {"estimate", "low", "high"} <= cells.keys():
            yield from check_interval(cells, kind == "ratio")


def check_interval(cells: dict[str, Printed], ratio: bool) -> Iterator[Check]:
    """Check an estimate against its 95 % interval, and the interval against its p-value.

    Wald's: the estimate stands in the middle, of a ratio's on the logarithmic scale. Exact and
    profile intervals are not so even, but by less than the limits of `MIDDLE`.
    """
    own = [cells[name] for name in ("estimate", "low", "high")]
    estimate, low, high = (float(cell.text) for cell in own)
    told = f"{own[0].text} with {own[1].text} to {own[2].text}"
    if not float(own[1].range.low) <= float(own[0].range.high) or estimate > float(
        own[2].range.high
    ):
        yield Check(FAILS, own, f"{told}: the estimate lies outside of its interval")
        return
    if low >= high or (ratio and float(own[1].range.low) <= 0):
        return
    scale = math.log if ratio else float
    ends = [[scale(float(end)) for end in cell.range[:2]] for cell in own]
    half = (scale(high) - scale(low)) / 2
    gaps = [e - (a + b) / 2 for e, a, b in product(*ends)]
    off = 0 if min(gaps) <= 0 <= max(gaps) else min(map(abs, gaps)) / half
    middle = (scale(low) + scale(high)) / 2
    meant = show(math.exp(middle) if ratio else middle, int(own[0].decimals))
    words = (
        f"{told}: the middle of the interval{' (of its logarithms)' if ratio else ''} is {meant}"
    )
    outcome = HOLDS if not off else NEAR if off < MIDDLE[0] else DOUBT if off < MIDDLE[1] else FAILS
    yield Check(outcome, own, words, {own[0].id: meant})
    if p := cells.get("p"):
        yield check_p_of_interval(p, ends, own, told)


def check_p_of_interval(p: Printed, ends: list, own: list[Printed], told: str) -> Check:
    """Check a p-value by an interval: by z, the estimate over its standard error."""
    values = [abs(e) / ((b - a) / (2 * Z)) for e, a, b in product(*ends) if b > a]
    least = 0.0 if ends[0][0] <= 0 <= ends[0][1] else min(values)
    low, high = (2 * float(stats.norm.sf(z)) for z in (max(values), least))
    words = f"{told} gives p = {' to '.join(dict.fromkeys(show(end, 4) for end in (low, high)))}"
    if p.reaches(low, high):
        return Check(HOLDS, [p, *own], words, main=p.id)
    widest = max(values) * (1 + OTHER[1]) + OTHER[0], max(least * (1 - OTHER[1]) - OTHER[0], 0)
    near = [2 * float(stats.norm.sf(z)) for z in widest]
    meant = {p.id: show(low, max(int(p.decimals), 3))}
    if p.reaches(*near):
        return Check(NEAR, [p, *own], f"{words}, about {p.shown}", meant, p.id)
    return Check(FAILS, [p, *own], f"{words}, not {p.shown}", meant, p.id)


def check_ratio(
    found: list[Printed], ratios: list[tuple], cells: list[Printed], words: str
) -> list[Check]:
    """Check a printed ratio and its interval by the counts that it may be of.

    The ratio, of odds or of risks, either way round, by which the fewest of the three numbers fail;
    the ends may be Wald's or exact ones, or lie between these.

    Parameters
    ----------
    ratios
        As `counts.ratios_of` returns them.
    """
    own, trials = {cell.statistic: cell for cell in found}, []
    for name, value, error, *exact in ratios if "estimate" in own else ():
        if re.search(OTHERS[name], own["estimate"].column):
            continue
        wald = [value * math.exp(side * Z * error) for side in (-1, 1)]
        told = f"{words} give a {name} of {show(value)} ({show(wald[0])} to {show(wald[1])})"
        slack, checks = math.exp(ENDS * Z * error), []
        for side, *ends in ("estimate", value), *zip(("low", "high"), wald, *exact, strict=True):
            wide = slack if side != "estimate" else 1
            if cell := own.get(side):
                held = NEAR if cell.reaches(min(ends) / wide, max(ends) * wide) else FAILS
                held = HOLDS if cell.reaches(ends[0], ends[0]) else held
                more = f", not {cell.text}" if held == FAILS else ""
                meant = {cell.id: show(ends[0], int(cell.decimals))}
                checks.append(Check(held, [cell, *cells], f"{told}{more}", meant, cell.id))
        trials.append(checks)
    best = min(trials, key=lambda checks: [c.outcome for c in checks].count(FAILS), default=[])
    if len(best) > 1 and [c.outcome for c in best].count(FAILS) > 1:
        adjusted = ADJUSTED.search(own["estimate"].column)
        excuse = f"{best[0].words}; it may be adjusted"
        return [best[0]._replace(outcome=DOUBT, words=excuse)] if adjusted else best
    return best


def p_of_statistic(name: str, value: float, df: list[float]) -> float:
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
    statistic: Printed, p: Printed, df: list[float], one_sided: bool = False
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
    middle = show((low + high) / 2, 4) if low > 1e-4 else f"{low:.1e}"
    words = f"{words} gives p = {middle}"
    if p.reaches(low, high) or (p.text.strip("0.") == "" and low < 0.0005):
        return Check(HOLDS, [p, statistic], words)
    if one_sided and p.reaches(low / 2, high / 2):
        return Check(HOLDS, [p, statistic], f"{words}, one-sided the half")
    meant = {p.id: show((low + high) / 2, max(int(p.decimals), 2))}
    if p.reaches(low / 2, high / 2) and name in ("t", "z", "r"):
        told = f"{words}, not {p.shown}, which is its half; a one-sided test is not told of"
        return Check(FAILS, [p, statistic], told, meant)
    return Check(FAILS, [p, statistic], f"{words}, not {p.shown}", meant)
