"""Ratios and differences with their intervals, and test statistics with their p-values."""

import math
import re
from collections.abc import Iterator
from itertools import product

from scipy import stats

from crlm.audit.page import show
from crlm.audit.papers.checks import DOUBT, FAILS, HOLDS, NEAR, Check, check_value
from crlm.audit.papers.printed import Printed
from crlm.audit.papers.reading import Row

Z = 1.959964
MIDDLE = 0.1, 0.25  # of half an interval: how far from its middle an estimate is odd, and wrong
OTHER = 0.1, 0.05  # by what, and by which part of it, the z of an interval and of a p may differ
ENDS = 0.05  # of half an interval: by how much its ends may lie beyond those of the usual methods
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


def check_estimate(
    found: list[Printed], ratios: list[tuple], cells: list[Printed], words: str
) -> Iterator[Check]:  # fmt: skip
    """Check a printed ratio, and its interval, by the counts that it may be of."""
    own = {cell.statistic: cell for cell in found}
    estimate = own.get("estimate")
    if estimate is None or not ratios:
        return
    near = [r for r in ratios if estimate.reaches(r[1], r[1])]
    if not near:
        excuse = (
            "it may be adjusted" if ADJUSTED.search(f"{estimate.column} {estimate.file}") else ""
        )
        trials = [(name, value, value) for name, value, *_ in ratios[:5]]
        yield check_value(estimate, trials, cells, words, excuse)
        return
    checks = [[*check_ends(own, ratio, cells, words)] for ratio in near]
    yield from min(checks, key=lambda found: [c.outcome for c in found].count(FAILS))


def check_ends(own: dict[str, Printed], ratio: tuple, cells: list[Printed], words: str):
    """Yield the checks of a ratio that counts give, and of the ends of its interval.

    Wald's, and of an odds ratio the exact one, between which those of other methods lie.
    """
    name, value, error, *exact = ratio
    wald = [value * math.exp(side * Z * error) for side in (-1, 1)]
    told = f"{words} give a {name} of {show(value)} ({show(wald[0])} to {show(wald[1])})"
    yield Check(HOLDS, [own["estimate"], *cells], told)
    slack = math.exp(ENDS * Z * error)
    for side, *ends in zip(("low", "high"), wald, *exact, strict=True):
        if side in own:
            held = own[side].reaches(min(ends) / slack, max(ends) * slack)
            first = NEAR if held else FAILS
            outcome = HOLDS if own[side].reaches(ends[0], ends[0]) else first
            told = told if held else f"{told}, not {own[side].text}"
            yield Check(
                outcome, [own[side], *cells], told, {own[side].id: show(ends[0])}, own[side].id
            )


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
