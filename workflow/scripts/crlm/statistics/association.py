"""Single tests of association, each with its effect and 95 % interval.

Exact p-values are full enumerations, so the same data give the same p. What cannot be computed is
refused with a ValueError whose message reads as a reason.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, chdtri, chndtr, chndtrinc, gammaln, ndtr, ndtri

from crlm.statistics.confidence import CONFIDENCE, Z
from crlm.statistics.enumeration import table_p_value

LARGE_CHI2 = 1e6  # from here on the root of a noncentral chi-square is normal, with SD 1


@dataclass(frozen=True, slots=True)
class Result:
    """One test and its effect, in the columns of tests.csv; NaN where a field does not apply.

    `note` says why there is no interval, where there is none.
    """

    test: str
    p_value: float
    n: int
    exact: bool
    effect: str
    estimate: float
    ci_low: float
    ci_high: float
    statistic: float = math.nan
    df: float = math.nan
    note: str = ""


class Effect(NamedTuple):
    """An effect with its 95 % interval; NaN bounds where n is too small to have one."""

    estimate: float
    ci_low: float
    ci_high: float


# --- Tables of counts: rows are the levels of a variable, columns the groups compared ------------


def choose_test(table):
    """Choose the test of a table of counts by its expected counts alone.

    2 × 2: Pearson's chi-square where all expected counts are at least 5, else Fisher's exact test.
    Larger: Pearson's chi-square under Cochran's rule (Biometrics 1954;10:417–51: none below 1, at
    most 20% below 5), else the Fisher–Freeman–Halton exact test.

    Returns
    -------
    (str, str)
        Name of the test, and the reason in words.
    """
    counts = _nonempty(table).astype(object)  # whole numbers of any size, compared as fractions
    total = counts.sum()
    expected = [Fraction(r * c, total) for r in counts.sum(axis=1) for c in counts.sum(axis=0)]
    limit = 5 if counts.shape == (2, 2) else 1
    smallest = f"smallest expected count {_tell(min(expected), limit, '.4g')}"
    if counts.shape == (2, 2):
        if min(expected) < 5:
            return "fisher_exact", f"{smallest}, below 5: exact test"
        return "pearson_chi2", f"{smallest}, not below 5: chi-square test"
    percent_below_5 = Fraction(100 * sum(count < 5 for count in expected), len(expected))
    below_5 = f"{_tell(percent_below_5, 20, '.1f')}% of expected counts below 5"
    if min(expected) < 1:
        return "fisher_freeman_halton", f"{smallest}, below 1: exact test"
    if percent_below_5 > 20:
        return "fisher_freeman_halton", f"{below_5}, more than 20%: exact test"
    return "pearson_chi2", f"{smallest}, not below 1, and {below_5}: chi-square test"


def _tell(value, limit, form):
    """Print a fraction, with further digits where it would else look to be at a limit it is not."""
    if value >= 1000:
        return f"{float(value):,.0f}"
    for digits in range(int(form[1]), 17):
        text = f"{float(value):.{digits}{form[2]}}"
        if (Fraction(text) < limit, Fraction(text) > limit) == (value < limit, value > limit):
            return text
    return str(value)


def compare_counts(table, test):
    """Run the named test on a table of counts.

    Parameters
    ----------
    table : array_like of int, shape (levels, groups)
        Empty rows and columns are left out.
    test : {"pearson_chi2", "fisher_exact", "fisher_freeman_halton"}
        Pearson's chi-square is without continuity correction; Fisher's exact test is two-sided and
        for 2 × 2 (Fisher, J R Stat Soc 1935;98:39–82), where it and Freeman and Halton's are one.

    Returns
    -------
    Result
        Effect: `risk_difference` of a 2 × 2 table, `cramers_v` of a larger one.

    Raises
    ------
    ValueError
        If the counts are no counts, fewer than two rows or columns hold any, the test is unknown
        or not for tables of this size.
    """
    counts = _nonempty(table)
    statistic = df = math.nan
    match test:
        case "pearson_chi2":
            statistic = _chi2(counts)
            df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
            p_value = float(chdtrc(df, statistic))
        case "fisher_exact" if counts.shape != (2, 2):
            raise ValueError(
                f"fisher_exact is for 2 × 2 tables, not {len(counts)} × {len(counts.T)}"
            )
        case "fisher_exact" | "fisher_freeman_halton":
            p_value = fisher_freeman_halton(counts)
        case _:
            raise ValueError(f"{test!r} is no test of a table of counts")
    effect = risk_difference if counts.shape == (2, 2) else cramers_v
    return Result(
        test=test,
        statistic=statistic,
        df=df,
        p_value=p_value,
        n=int(counts.sum()),
        exact=test != "pearson_chi2",
        effect=effect.__name__,
        **effect(counts)._asdict(),
    )


def fisher_freeman_halton(table):
    """Compute the exact p-value of an r × c table given its margins.

    p is the summed probability of all tables with the same margins that are no more probable than
    the observed one (Freeman & Halton, Biometrika 1951;38:141–9); for 2 × 2 it is Fisher's.

    Parameters
    ----------
    table : array_like of int, shape (r, c)
        Empty rows and columns are left out.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the counts are no counts, fewer than two rows or columns hold any, or the table is too
        large to enumerate.
    """
    return table_p_value(_nonempty(table))


def risk_difference(table):
    """Compare the share of column 1 between two rows (row 1 minus row 2).

    The interval is Newcombe's hybrid of two Wilson score intervals (Statist Med 1998;17:873–90,
    method 10), which means something for shares of 0 % and 100 % too. It is not the inverse of the
    test printed beside it, so that the two may disagree where p is close to 0.05.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)

    Returns
    -------
    Effect

    Raises
    ------
    ValueError
        If the table is not 2 × 2 or a row is empty.
    """
    counts = _counts(table)
    n = counts.sum(axis=1).astype(float)
    if counts.shape != (2, 2) or 0 in n:
        raise ValueError("a risk difference needs two columns and two rows that are not empty")
    share = counts[:, 0] / n
    low, high = wilson_interval(share, n)
    difference = share[0] - share[1]
    return Effect(
        float(difference),
        float(difference - math.hypot(share[0] - low[0], high[1] - share[1])),
        float(difference + math.hypot(high[0] - share[0], share[1] - low[1])),
    )


def wilson_interval(share, n):
    """Return the ends of Wilson's score intervals of shares of n (J Am Stat Assoc 1927;22:209)."""
    centre = share + Z**2 / (2 * n)
    half_width = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return (centre - half_width) / (1 + Z**2 / n), (centre + half_width) / (1 + Z**2 / n)


def cramers_v(table):
    """Measure the association in an r × c table by Cramér's V, from 0 to 1.

    The interval inverts the noncentral chi-square distribution (Smithson, Confidence Intervals,
    2003): its bounds are the V of the two noncentralities under which the observed chi-square is
    the upper and the lower 2.5 % quantile. The lower is 0 where there is none: unless p of the
    chi-square test is below 0.025, whatever p of an exact test is. The upper would shrink to 0
    where the chi-square happens to be close to 0; it is never below that of a chi-square one
    standard deviation under what independence makes likely, its quantile of 16 % (Cowan, Cranmer,
    Gross & Vitells, Power-constrained limits, 2011, arXiv:1105.3166), and never below V itself.

    Returns
    -------
    Effect

    Raises
    ------
    ValueError
        If fewer than two rows or columns hold any counts.
    """
    counts = _nonempty(table)
    chi2 = _chi2(counts)
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)

    low_side, high_side = (1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2

    def noncentrality(chi2, probability):
        if chi2 > LARGE_CHI2:
            return (math.sqrt(chi2) - ndtri(probability)) ** 2
        return chndtrinc(chi2, df, probability) if chndtr(chi2, df, 0) > probability else 0.0

    low = noncentrality(chi2, low_side)
    high = noncentrality(max(chi2, chdtri(df, 1 - ndtr(-1))), high_side)
    largest = counts.sum() * (min(counts.shape) - 1)
    values = [chi2, low, max(high, chi2)]
    return Effect(*(min(1.0, math.sqrt(value / largest)) for value in values))


def corrected_cramers_v(table):
    """Estimate Cramér's V without its bias, which is large in small samples (Bergsma, J Korean Stat
    Soc 2013;42:323–8). It has no interval; 0 where the chi-square is not above its mean by chance.
    """
    counts = _nonempty(table)
    n, shape = counts.sum(), np.array(counts.shape)
    by_chance = (shape - 1).prod() / (n - 1)
    smaller = min(shape - 1 - (shape - 1) ** 2 / (n - 1))  # 0 where each patient is a level
    squared = max(0.0, _chi2(counts) / n - by_chance)
    value = math.sqrt(squared / smaller) if smaller > 0 else 0.0
    return Effect(min(1.0, value), math.nan, math.nan)


def odds_ratio(table):
    """Estimate the odds ratio of a 2 × 2 table given its margins: column 1 in row 1 against row 2.

    The estimate is the conditional maximum likelihood's and the interval is exact: its ends are the
    odds ratios under which the observed table or a more extreme one has a probability of 2.5 %
    (Cornfield, Proc Third Berkeley Symp 1956;4:135–48), as R's `fisher.test` gives both. It is no
    inverse of Fisher's two-sided test, so that it may hold 1 where p is below 0.05. SciPy gives the
    same by `scipy.stats`, whose import takes longer than all tests of the paper.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)

    Returns
    -------
    Effect
        From 0 to infinity, both included.

    Raises
    ------
    ValueError
        If the table is not 2 × 2, or a row or column is empty.
    """
    counts = _nonempty(table)
    if counts.shape != (2, 2):
        raise ValueError("an odds ratio needs two rows and two columns")
    first, (row, other), column = int(counts[0, 0]), counts.sum(axis=1), counts[:, 0].sum()
    x = np.arange(max(0, column - other), min(row, column) + 1)
    ways = -sum(gammaln(1 + n) for n in (x, row - x, column - x, other - column + x))

    def under(log_odds, what):
        chances = ways + x * log_odds
        chances = np.exp(chances - chances.max())
        return float((what * chances).sum() / chances.sum())  # `@` depends on the processor

    def solve(what, value):
        low, high = -800.0, 800.0  # the logarithms of the smallest and largest numbers there are
        for _ in range(64):
            middle = (low + high) / 2
            low, high = (middle, high) if under(middle, what) < value else (low, middle)
        return math.exp(min(low, 709.0))

    least, most = first == x[0], first == x[-1]
    tail = (1 - CONFIDENCE) / 2
    return Effect(
        0.0 if least else math.inf if most else solve(x, first),
        0.0 if least else solve(1.0 * (x >= first), tail),
        math.inf if most else solve(1.0 * (x > first), 1 - tail),
    )


def _counts(table):
    counts = finite_numbers(table, "counts")
    if counts.ndim != 2 or (counts < 0).any() or (counts != np.floor(counts)).any():
        raise ValueError("a table of counts has two dimensions and whole numbers from 0 on")
    return counts.astype(np.int64)


def _nonempty(table):
    counts = _counts(table)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    if min(counts.shape) < 2:
        raise ValueError("fewer than two rows or columns hold any counts: nothing to compare")
    return counts


def _chi2(counts):
    # In floats, since a product of large totals is no 64-bit whole number.
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0) / counts.sum())
    return float(((counts - expected) ** 2 / expected).sum())


def finite_numbers(values, what):
    """Give values as an array of finite floats; a ValueError says of what others are."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} must be numbers in a regular shape, none missing") from error
    if not np.isfinite(array).all():
        raise ValueError(f"{what} must be finite, none missing")
    return array
