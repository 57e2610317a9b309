"""Rank tests: two samples by Mann–Whitney, two rankings by Spearman, each with its effect.

Exact p-values are full enumerations with ties as they are, for samples of any size without a list
of all pairs.
"""

import functools
import itertools
import math
from bisect import bisect_left

import numpy as np
from scipy.special import ndtr, stdtr

from crlm.statistics.association import Effect, Result, finite_numbers
from crlm.statistics.confidence import ALPHA, Z
from crlm.statistics.enumeration import TooLargeError

# Mann–Whitney is exact up to AUTO patients unasked, up to MAX if asked; Spearman up to n = 9.
MANN_WHITNEY_EXACT_AUTO = 50
MANN_WHITNEY_EXACT_MAX = 200
SPEARMAN_EXACT = 9
# So many random pairings stand for all of more pairs, always the same ones.
PAIRINGS, SEED = 9_999, 1
# So many pairs are listed to select one of their differences.
LISTED_PAIRS = 1_000_000


def mann_whitney(x, y, method="auto"):
    """Compare two samples by the Mann–Whitney (Wilcoxon rank-sum) test, two-sided.

    Exact: p is the share of all ways to deal the pooled midranks, ties as they are, into samples of
    these sizes whose rank sum is at least as far from its mean; without ties this is R's
    `wilcox.test(exact=TRUE)`. Asymptotic: the normal approximation with the variance corrected for
    ties and no continuity correction, as SPSS prints it ("Asymp. Sig. (2-tailed)").

    The effect is the Hodges–Lehmann shift x - y, the median of all differences. Its interval runs
    from the k-th smallest to the k-th largest difference, where k is the least U that the test does
    not reject by the distribution used for p (Hollander, Wolfe & Chicken, Nonparametric Statistical
    Methods, 3rd ed. 2014, section 4.3). It holds 0 if and only if p is not below 0.05: where ties
    between the samples make 0 itself an end that the test rejects, it ends at the next difference.

    Parameters
    ----------
    x, y : array_like of float, shapes (m,) and (n,)
        Without missing values.
    method : {"auto", "exact", "asymptotic"}
        "auto" is exact up to 50 values in all.

    Returns
    -------
    Result
        `statistic` is U of x: in how many pairs x is the greater, ties counting half. There is no
        interval where samples of these sizes without ties give no p below 0.05 (nothing bounds the
        shift; ties may still give one), or where ties leave it no width; `note` says which.

    Raises
    ------
    ValueError
        If a sample is empty or has missing values.
    TooLargeError
        If "exact" is asked for more than 200 values.
    """
    distance, exact, p_of = _null_distribution(x, y, method)
    m, n = len(x), len(y)
    p_value = p_of(abs(distance))
    least = 2 / math.comb(m + n, m) if exact else p_of(m * n)
    k = 0
    if least < ALPHA:
        k = bisect_left(range(m * n // 2 + 1), ALPHA, key=lambda u: p_of(m * n - 2 * u))
    effect = _hodges_lehmann(x, y, k, distance if p_value < ALPHA else 0)
    note = ""
    if math.isnan(effect.ci_low):
        why = "so many values are equal that it has no width"
        if k == 0:
            why = f"{m} and {n} values without ties give no p below {min(1, least):.2g}"
        note = f"no 95 % interval: {why}"
    return Result(
        test="mann_whitney",
        statistic=(m * n + distance) / 2,
        p_value=p_value,
        n=m + n,
        exact=exact,
        effect="hodges_lehmann",
        note=note,
        **effect._asdict(),
    )


def rank_sum_p_value(x, y, method="auto"):
    """Give the p-value of `mann_whitney` alone, in half its time; arguments and errors are its."""
    distance, _, p_of = _null_distribution(x, y, method)
    return p_of(abs(distance))


def _null_distribution(x, y, method):
    """Tell how far U lies from its mean, and how probable that is by the ranks alone.

    Returns
    -------
    int, bool, function
        Twice the distance; whether the distribution is exact; the p-value of any such distance.
    """
    x, y = _sample(x), _sample(y)
    m, n = len(x), len(y)
    total = m + n
    if m == 0 or n == 0:
        raise ValueError("a group without any values: nothing to compare")
    if method not in {"auto", "exact", "asymptotic"}:
        raise ValueError(f'method is "auto", "exact" or "asymptotic", not {method!r}')
    exact = method == "exact" or (method == "auto" and total <= MANN_WHITNEY_EXACT_AUTO)
    if exact and total > MANN_WHITNEY_EXACT_MAX:
        raise TooLargeError(f"{total} values are too many for the exact Mann–Whitney test")
    ranks = _doubled_midranks(np.concatenate([x, y]))
    distance = int(ranks[:m].sum()) - m * (total + 1)
    if exact:
        return distance, exact, _rank_sum_tail(ranks, m).item
    # In floats, since the squares of many ranks outgrow whole numbers.
    variance = m * n / (total * max(1, total - 1)) * np.sum((ranks - total - 1.0) ** 2) / 4
    sd = math.sqrt(variance)
    return distance, exact, lambda d: float(2 * ndtr(-d / 2 / sd) if sd else d == 0)


def superiority(x, y):
    """Estimate the probability that a value of x is above one of y, ties counting half.

    The interval solves for the probabilities that are 1.96 standard errors from the estimate, the
    error that of exponential samples of one mean size (Newcombe, Stat Med 2006;25:559–73, method
    5): it means something where the samples don't overlap. It is no inverse of the Mann–Whitney
    test, so that the two may disagree where p is close to 0.05.

    Parameters
    ----------
    x, y : array_like of float, shapes (m,) and (n,)
        Without missing values.

    Returns
    -------
    Effect
    """
    x, y = _sample(x), _sample(y)
    m, n = len(x), len(y)
    ranks = _doubled_midranks(np.concatenate([x, y]))
    estimate = (int(ranks[:m].sum()) - m * (m + 1)) / (2 * m * n)

    def error(p):
        more = ((m + n) / 2 - 1) * ((1 - p) / (2 - p) + p / (1 + p))
        return math.sqrt(p * (1 - p) * (1 + more) / (m * n))

    def end(limit):
        inside, outside = estimate, limit
        for _ in range(60):
            middle = (inside + outside) / 2
            near = abs(middle - estimate) <= Z * error(middle)
            inside, outside = (middle, outside) if near else (inside, middle)
        return inside

    return Effect(estimate, end(0.0), end(1.0))


def permutation_p_value(x, y):
    """Test a rank correlation by pairing the ranks at random, two-sided.

    All n! pairings up to n = 9; beyond, 9,999 drawn with a fixed seed, the observed one counted
    among them (Phipson & Smyth, Stat Appl Genet Mol Biol 2010;9:39). x and y as for `spearman`.
    """
    x, y = _doubled_midranks(_sample(x)), _doubled_midranks(_sample(y))
    if len(x) <= SPEARMAN_EXACT:
        return _rank_correlation_p_value(x, y)
    draw = np.random.default_rng(SEED)
    centred = y - (len(y) + 1)
    strengths = abs(draw.permuted(np.tile(x, (PAIRINGS, 1)), axis=1) @ centred)
    return (1 + int((strengths >= abs(x @ centred)).sum())) / (1 + PAIRINGS)


def _hodges_lehmann(x, y, k, direction):
    """Give the median of all differences x - y, and the k-th smallest and largest as its interval.

    `direction` is above 0 where the test finds x greater, below 0 where it finds y greater, and 0
    where it finds neither.
    """
    whole, scale = _scale_decimals(np.concatenate([_sample(x), _sample(y)]))
    x, y = (np.unique(part, return_counts=True) for part in np.split(whole, [len(x)]))
    pairs = int(x[1].sum()) * int(y[1].sum())
    middle = [_select_difference(x, y, place) for place in ((pairs + 1) // 2, pairs // 2 + 1)]
    estimate = sum(middle) / 2
    if k == 0:
        return Effect(estimate / scale, math.nan, math.nan)
    low, high = (_select_difference(x, y, place) for place in (k, pairs - k + 1))
    if direction and low <= 0 <= high:
        if direction > 0:
            low = _select_difference(x, y, _count_differences(x, y, 0, "left") + 1)
        else:
            high = _select_difference(x, y, _count_differences(x, y, 0, "right"))
    if low == high or not low <= estimate <= high:  # so many ties that no shift describes the data
        low = high = math.nan
    return Effect(estimate / scale, low / scale, high / scale)


def _scale_decimals(values):
    """Multiply values of few decimals to whole numbers, whose differences have no rounding."""
    for scale in 10.0 ** np.arange(10):
        whole = np.rint(values * scale)
        if np.array_equal(whole / scale, values) and np.abs(whole).max() < 2**52:
            return whole, float(scale)
    return values, 1.0


def _places(x, y, difference, side):
    """Give, for each value of x, from which value of y on its differences are not above this one.

    With the side "right" those from which they are below it. Samples are distinct values, counts.
    """
    return np.searchsorted(y[0], x[0] - difference, side=side)


def _count_differences(x, y, difference, side):
    at_least = np.append(np.cumsum(y[1][::-1])[::-1], 0)  # values of y from each place on
    return int(x[1] @ at_least[_places(x, y, difference, side)])


def _select_difference(x, y, place):
    """Give the difference x - y at a place, from 1, in the order of all of them.

    Halves the range of differences until few enough are left to be listed, so that time and memory
    grow with m + n and not with m * n.
    """
    below, above = np.full(len(x[0]), len(y[0])), np.zeros(len(x[0]), int)  # places known to be so
    low, high = x[0][0] - y[0][-1], x[0][-1] - y[0][0]
    while int((below - above).sum()) > LISTED_PAIRS:
        middle = low + (high - low) / 2
        if _count_differences(x, y, middle, "left") < place:
            low, below = middle, np.maximum(above, _places(x, y, middle, "left"))
        elif _count_differences(x, y, middle, "right") >= place:
            high, above = middle, np.minimum(below, _places(x, y, middle, "right"))
        else:  # all that are left are equal to the middle
            below, above = (_places(x, y, middle, side) for side in ("right", "left"))
            break
    number = below - above
    i = np.repeat(np.arange(len(number)), number)
    j = np.arange(len(i)) + (above - np.cumsum(number) + number)[i]
    difference, weight = x[0][i] - y[0][j], x[1][i] * y[1][j]
    order = np.argsort(difference)
    at_least = np.append(np.cumsum(y[1][::-1])[::-1], 0)
    so_many = int(x[1] @ at_least[below]) + np.cumsum(weight[order])
    return float(difference[order][np.searchsorted(so_many, place)])


def spearman(x, y):
    """Correlate two variables by Spearman's rho on midranks, two-sided.

    Exact up to n = 9, ties as they are: p is the share of all n! pairings with |rho| no smaller.
    Beyond, rho * sqrt((n - 2) / (1 - rho²)) is referred to t with n - 2 degrees of freedom. The
    interval is Fisher's z with the standard error sqrt((1 + rho² / 2) / (n - 3)) of Bonett & Wright
    (Psychometrika 2000;65:23–8), a method other than the test's, so that the two may disagree where
    p is close to 0.05; there is none for n = 3 or |rho| = 1.

    Parameters
    ----------
    x, y : array_like of float, shape (n,)
        Pairs without missing values.

    Returns
    -------
    Result
        Both `statistic` and `estimate` are rho.

    Raises
    ------
    ValueError
        If the pairs do not match, are fewer than three or incomplete, or x or y is constant.
    """
    x, y = _sample(x), _sample(y)
    n = len(x)
    if n != len(y) or n < 3:
        raise ValueError(f"a correlation needs three or more pairs, not {n} and {len(y)} values")
    x, y = _doubled_midranks(x), _doubled_midranks(y)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise ValueError("all values of a variable are equal: no correlation is defined")

    # Whole numbers of any size up to the last step, so that a perfect correlation is exactly 1.
    dx, dy = x - (n + 1), y - (n + 1)
    sum_xy, squares = _dot(dx, dy), _dot(dx, dx) * _dot(dy, dy)
    perfect = sum_xy**2 == squares
    rho = math.copysign(1.0, sum_xy) if perfect else sum_xy / math.sqrt(squares)
    exact = n <= SPEARMAN_EXACT
    if exact:
        p_value = _rank_correlation_p_value(x, y)
    else:
        t = math.inf if perfect else abs(rho) * math.sqrt((n - 2) / (1 - rho**2))
        p_value = float(2 * stdtr(n - 2, -t))
    ends, note = (math.nan, math.nan), ""
    if n == 3 or perfect:
        note = f"no 95 % interval: {'rho is 1 or −1' if perfect else 'three pairs alone'}"
    else:
        half_width = Z * math.sqrt((1 + rho**2 / 2) / (n - 3))
        ends = np.tanh(math.atanh(rho) + np.array([-half_width, half_width])).tolist()
    return Result(
        test="spearman",
        statistic=rho,
        df=math.nan if exact else n - 2,
        p_value=p_value,
        n=n,
        exact=exact,
        effect="rho",
        note=note,
        **Effect(rho, *ends)._asdict(),
    )


def _sample(values):
    sample = finite_numbers(values, "values")
    if sample.ndim != 1:
        raise ValueError("a sample is one column of values")
    return sample


def _doubled_midranks(values):
    """Rank values from 1, ties at their mean rank, times 2 to keep them whole."""
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    return (2 * np.cumsum(size) - size + 1)[group]


def _dot(one, other, chunk=1000):
    """Sum the products of whole numbers without overflow."""
    edges = range(0, len(one), chunk)
    return sum(int(one[i : i + chunk] @ other[i : i + chunk]) for i in edges)


def _rank_sum_tail(ranks, m):
    """Tabulate how far the sum of m of the ranks lies from its mean.

    Parameters
    ----------
    ranks : ndarray of int, shape (n,)
        Doubled midranks, so that ties keep them whole.
    m : int
        Size of the first sample.

    Returns
    -------
    ndarray, shape (m * (n - m) + 1,)
        P(|sum - mean| >= d) at each whole d from 0, over all choices of m ranks.
    """
    n = len(ranks)
    ways = np.zeros((m + 1, int(ranks.sum()) + 1))  # by number of ranks chosen, and their sum
    ways[0, 0] = 1
    for i, (rank, end) in enumerate(zip(ranks, np.cumsum(ranks) + 1, strict=True)):
        # So many may be chosen by now, of whom m can still come, with sums up to here.
        for chosen in range(min(m, i + 1), max(0, m - n + i), -1):
            ways[chosen, rank:end] += ways[chosen - 1, : end - rank]
    distance = np.abs(np.arange(ways.shape[1]) - m * (n + 1))
    at_distance = np.bincount(distance, weights=ways[m])[: m * (n - m) + 1]
    return np.cumsum(at_distance[::-1])[::-1] / at_distance.sum()


@functools.cache
def _permutations(n):
    """List all orders of n places, shape (n!, n)."""
    return np.array([*itertools.permutations(range(n))], np.int8)


def _rank_correlation_p_value(ranks_x, ranks_y):
    """Count the pairings of two rankings that correlate at least as strongly as the observed one.

    Parameters
    ----------
    ranks_x, ranks_y : ndarray of int, shape (n,)
        Doubled midranks; n is at most 9 or so, since all n! pairings are tried.

    Returns
    -------
    float
        Share of the pairings with |rho| no smaller.
    """
    n = len(ranks_x)
    products = ranks_y[_permutations(n)] @ ranks_x
    strength = np.abs(n * products - ranks_x.sum() * ranks_y.sum())
    observed = abs(n * (ranks_x @ ranks_y) - ranks_x.sum() * ranks_y.sum())
    return float(np.mean(strength >= observed))
