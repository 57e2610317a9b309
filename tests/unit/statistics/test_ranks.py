"""The rank tests against the printed paper, R 4.2.2, textbooks and brute force."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import crlm.statistics.ranks
from crlm.statistics.enumeration import TooLargeError
from crlm.statistics.ranks import mann_whitney, spearman


def midranks(values):
    return [
        sum(other < value for other in values) + (1 + sum(other == value for other in values)) / 2
        for value in values
    ]


# --- The printed paper ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("u", "y"),
    [
        (68, [0.1, 0.2, 0.3, 0.4, 2.5, 21, 22, 23, 24, 25, 26]),  # below 14 x each: 4; below 12: 1
        (86, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 12.5, 23, 24, 25, 26]),  # below 14 each: 6; below 2: 1
    ],
)
def test_printed_p_value_of_age_comes_from_its_u(u, y):
    result = mann_whitney(range(1, 15), y, method="asymptotic")
    assert (result.statistic, result.n, result.exact) == (u, 25, False)
    assert round(result.p_value, 3) == 0.622


# --- Mann–Whitney ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "u", "p_value", "shift", "low", "high"),
    [
        # Hollander & Wolfe 1973, p. 69, as in R's help:
        # wilcox.test(x, y, exact=TRUE, conf.int=TRUE)
        (
            [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
            [1.15, 0.88, 0.90, 0.74, 1.21],
            *(35, 0.2544123, 0.305, -0.15, 0.76),
        ),
        ([1.1, 2.2, 3.3, 4.4], [2.5, 3.5, 5.5, 6.5, 7.5], 3, 0.1111111, -2.3, -5.4, 0.9),
        (
            [61, 45, 38, 52, 70, 33, 48, 57, 41, 66, 29, 54, 44, 59],
            [50, 36, 63, 47, 40, 55, 31, 68, 43, 39, 58],
            *(84, 0.7267353, 2, -9, 13),
        ),
    ],
)
def test_exact_mann_whitney_without_ties_as_in_r(x, y, u, p_value, shift, low, high):
    result = mann_whitney(x, y)
    assert result.exact
    assert result.statistic == u
    assert result.p_value == pytest.approx(p_value, abs=5e-8)
    assert (result.estimate, result.ci_low, result.ci_high) == pytest.approx((shift, low, high))


def test_asymptotic_mann_whitney_with_ties_as_in_r():
    x, y = [12, 15, 15, 18, 20, 20, 20, 25, 31], [10, 12, 12, 15, 16, 20, 22]
    result = mann_whitney(x, y, method="asymptotic")
    assert not result.exact
    # wilcox.test(x, y, exact=FALSE, correct=FALSE)
    assert result.statistic == 44.5
    assert result.p_value == pytest.approx(0.16312192, abs=5e-9)
    # The same with conf.int=TRUE: 4.000036775730, -1.000000139691 to 9.000011772284; from coin 1.4
    # wilcox_test(v ~ g, distribution="exact", conf.int=TRUE): p 0.17229021, 4, -1 to 9
    assert (result.estimate, result.ci_low, result.ci_high) == (4, -1, 9)
    exact = mann_whitney(x, y, method="exact")
    assert exact.p_value == pytest.approx(0.17229021, abs=5e-9)
    assert (exact.estimate, exact.ci_low, exact.ci_high) == (4, -1, 9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 2, 3], [2, 3, 3, 5, 5]),
        ([4, 4, 4], [1, 4, 7, 7]),
        ([1, 1, 1, 2], [1, 1, 2, 2, 2, 2]),
        ([3, 8, 5], [9, 12, 10, 11]),
        ([5], [1, 2, 2]),
    ],
)
def test_exact_mann_whitney_by_brute_force(x, y):
    ranks = midranks(x + y)
    mean = len(x) * (len(x + y) + 1) / 2
    distances = [abs(sum(chosen) - mean) for chosen in itertools.combinations(ranks, len(x))]
    observed = abs(sum(ranks[: len(x)]) - mean)
    expected = sum(distance >= observed for distance in distances) / len(distances)
    result = mann_whitney(x, y, method="exact")
    assert result.p_value == pytest.approx(expected)
    assert result.statistic == sum((a > b) + (a == b) / 2 for a in x for b in y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 2, 3, 7, 9], [2, 3, 3, 5, 5, 8, 11]),
        ([1, 2, 2, 4, 4], [2, 4, 4, 6, 8, 9]),
        ([1, 1, 3, 6], [1, 3, 3, 7, 8]),
    ],
)
def test_exact_interval_with_ties_by_brute_force(x, y):
    ranks = midranks(x + y)
    middle = len(x) * len(y) / 2
    lowest = len(x) * (len(x) + 1) / 2
    us = [sum(chosen) - lowest for chosen in itertools.combinations(ranks, len(x))]
    k = 0
    while sum(abs(u - middle) >= middle - k for u in us) <= 0.05 * len(us):
        k += 1
    differences = sorted(a - b for a in x for b in y)
    result = mann_whitney(x, y)
    assert (result.ci_low, result.ci_high) == (differences[k - 1], differences[-k])


@pytest.mark.parametrize("method", ["exact", "asymptotic"])
def test_mann_whitney_is_mirrored_when_samples_change_places(method):
    x, y = [1, 2, 2, 3, 7, 9], [2, 3, 3, 5, 5, 8, 11]
    one, other = mann_whitney(x, y, method), mann_whitney(y, x, method)
    assert other.statistic == len(x) * len(y) - one.statistic
    assert other.p_value == pytest.approx(one.p_value)
    assert (other.estimate, other.ci_low, other.ci_high) == (
        *(-one.estimate, -one.ci_high, -one.ci_low),
    )


def test_mann_whitney_is_exact_up_to_fifty_values_unasked():
    assert mann_whitney(range(25), range(25)).exact
    assert not mann_whitney(range(25), range(26)).exact
    assert mann_whitney(range(25), range(26), method="exact").exact
    with pytest.raises(TooLargeError, match="201 values are too many"):
        mann_whitney(range(100), range(101), method="exact")


NO_WIDTH = "so many values are equal that it has no width"


@pytest.mark.parametrize(
    ("x", "y", "method", "p", "why"),
    [
        ([5] * 4, [5] * 5, "exact", 1, NO_WIDTH),
        ([5] * 4, [5] * 5, "asymptotic", 1, NO_WIDTH),
        ([0] * 6, [0] * 6 + [1], "exact", 1, NO_WIDTH),
        # Three against three: the least p is 2/20.
        ([1, 2, 3], [4, 5, 6], "exact", 2 / 20, "3 and 3 values without ties give no p below 0.1"),
        # Of the 21 ways to deal seven values, 2 are the extremes; with these ties a single one is
        # as extreme as that which was met.
        ([0, 0], [1] * 5, "exact", 1 / 21, "2 and 5 values without ties give no p below 0.095"),
        # U = 0, mean 2, variance 1 × 4 × (6 − 60/20)/12 = 1: 2 × pnorm(−2)
        ([0], [1] * 4, "asymptotic", 0.0455002639, NO_WIDTH),
        ([1], [2, 3], "exact", 2 / 3, "1 and 2 values without ties give no p below 0.67"),
        # The extreme differences enclose the shift with 1 - 2/35 = 94.3 % only.
        (
            [1, 2, 3],
            range(4, 8),
            "exact",
            2 / 35,
            "3 and 4 values without ties give no p below 0.057",
        ),
    ],
)
def test_where_there_is_no_interval_the_note_says_why(x, y, method, p, why):
    result = mann_whitney(x, y, method)
    assert result.p_value == pytest.approx(p)
    assert math.isnan(result.ci_low) and math.isnan(result.ci_high)
    assert result.note == f"no 95 % interval: {why}"
    assert not mann_whitney(range(9), range(3, 12)).note
    assert mann_whitney(range(1, 5), range(5, 9)).ci_low == -7  # of 1 - 2/70 = 97.1 %


@pytest.mark.parametrize(
    ("x", "y", "method", "message"),
    [
        ([], [1, 2], "auto", "without any values"),
        ([1, 2], [], "auto", "without any values"),
        ([1, math.nan], [1, 2], "auto", "none missing"),
        ([1, None], [1, 2], "auto", "none missing"),
        (pd.Series([1, pd.NA], dtype="Int64"), [1, 2], "auto", "none missing"),
        ([1, 2], [1, math.inf], "auto", "finite"),
        ([[1, 2]], [1, 2], "auto", "one column"),
        ([1, 2], [1, 2], "monte carlo", "not 'monte carlo'"),
    ],
)
def test_mann_whitney_refuses_what_it_cannot_compare(x, y, method, message):
    with pytest.raises(ValueError, match=message):
        mann_whitney(x, y, method)


@pytest.mark.parametrize("method", ["auto", "asymptotic"])
def test_interval_holds_zero_if_and_only_if_p_is_not_below_alpha(method):
    rng = np.random.default_rng(2024)
    significant = 0
    for draw in range(400):
        m, n = rng.integers(2, 35, 2)
        scale, shift = [(1, 0), (1, 1), (3, 2), (10, 8)][draw % 4]
        x = np.round(rng.normal(shift, scale, m), draw % 3)
        y = np.round(rng.normal(0, scale, n), draw % 2)
        result = mann_whitney(x, y, method)
        differences = np.subtract.outer(x, y)
        assert result.estimate == pytest.approx(np.median(differences), abs=1e-12)
        if not math.isnan(result.ci_low):
            holds_zero = result.ci_low <= 0 <= result.ci_high
            assert holds_zero == (result.p_value >= 0.05)
            assert result.ci_low <= result.estimate <= result.ci_high
        significant += result.p_value < 0.05
    assert 100 < significant < 300


def test_an_end_at_zero_that_the_test_rejects_is_the_next_difference():
    # Of 64 differences 3 are negative and 13 are 0: below 0 lie 3 + 13 / 2, too few, just above it
    # 16, enough. R says so by wilcox.test(x, y, exact=FALSE, correct=FALSE, conf.int=TRUE):
    # 1.999992792363 in 0.000080080222 to 3.000049377306. The differences above 0 begin with 1.
    x, y = [3, 4, 4, 4, 4, 5, 6, 6], [1, 1, 2, 2, 3, 4, 4, 4]
    result = mann_whitney(x, y, "asymptotic")
    # wilcox.test(x, y, exact=FALSE, correct=FALSE)$p.value
    assert result.p_value == pytest.approx(0.013335931095)
    assert (result.estimate, result.ci_low, result.ci_high) == (2, 1, 3)


def test_differences_of_decimals_have_no_rounding():
    # In binary 0.3 - 0.1 is 0.19999999999999998.
    assert mann_whitney([0.3], [0.1]).estimate == 0.2
    assert mann_whitney([0.3, 0.3], [0.1, 0.0]).estimate == 0.25


@pytest.mark.parametrize("decimals", [0, 1, 3, 15])
def test_differences_are_selected_as_if_all_were_sorted(monkeypatch, decimals):
    rng = np.random.default_rng(decimals)
    monkeypatch.setattr(crlm.statistics.ranks, "LISTED_PAIRS", 10)
    for _ in range(30):
        x, y = np.round(rng.normal(size=40), decimals), np.round(rng.normal(size=31), decimals)
        samples = (np.unique(sample, return_counts=True) for sample in (x, y))
        selected = list(samples)
        differences = np.sort(np.subtract.outer(x, y), axis=None)
        for place in (1, 2, 300, 620, 621, 1000, 1239, 1240):
            found = crlm.statistics.ranks._select_difference(*selected, place)
            assert found == pytest.approx(differences[place - 1], abs=1e-15)


@pytest.mark.parametrize("decimals", [1, 15])
def test_two_groups_of_a_hundred_thousand(decimals):
    # 10,000,000,000 pairs. SciPy 1.17.1 gives p; the shift is 0.1 by construction.
    rng = np.random.default_rng(1)
    y = np.round(rng.normal(size=100_000), decimals)
    x = np.round(rng.normal(0.1, 1, 100_000), decimals)
    result = mann_whitney(x, y)
    expected = scipy.stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
    assert (result.statistic, result.n) == (expected.statistic, 200_000)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-6)
    assert result.estimate == pytest.approx(0.1, abs=0.02)
    assert result.ci_low == pytest.approx(result.estimate, abs=0.02) or math.isnan(result.ci_low)


# --- Spearman -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "rho", "p_value"),
    [
        # Hollander & Wolfe 1973, p. 187, as in R's help: cor.test(x, y, method="spearman")
        (
            [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1],
            [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8],
            *(0.6, 0.0967978),
        ),
        ([1, 2, 3, 4, 5, 6, 7], [2, 1, 4, 3, 7, 5, 6], 0.82142857, 0.0341270),
    ],
)
def test_exact_spearman_as_in_r(x, y, rho, p_value):
    result = spearman(x, y)
    assert (result.exact, result.n) == (True, len(x))
    assert (result.statistic, result.p_value) == pytest.approx((rho, p_value), abs=5e-8)


def test_interval_of_spearman_by_bonett_and_wright():
    x = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    result = spearman(x, [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8])
    # R: tanh(atanh(.6) + c(-1, 1) * qnorm(.975) * sqrt((1 + .6^2 / 2) / (9 - 3)))
    assert (result.ci_low, result.ci_high) == pytest.approx((-0.1742441, 0.9157979), abs=5e-8)


def test_asymptotic_spearman_with_ties_as_in_r():
    x = [44, 45, 41, 53, 44, 44, 50, 45, 60, 48, 52]
    y = [2.6, 3.1, 2.5, 5, 3.6, 4, 3.2, 2.8, 3.8, 2.9, 2.5]
    result = spearman(x, y)
    assert (result.exact, result.df) == (False, 9)
    # cor.test(x, y, method="spearman", exact=FALSE)
    assert (result.estimate, result.p_value) == pytest.approx((0.34102831, 0.30473453), abs=5e-9)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 2, 3, 5], [2, 1, 1, 4, 4]),
        ([1, 1, 1, 2, 3, 3], [5, 4, 4, 3, 2, 9]),
        ([1, 2, 3], [1, 3, 2]),
    ],
)
def test_exact_spearman_by_brute_force(x, y):
    ranks_x, ranks_y = midranks(x), midranks(y)
    mean = (len(x) + 1) / 2

    def covariance(one, other):
        return sum((a - mean) * (b - mean) for a, b in zip(one, other, strict=True))

    observed = covariance(ranks_x, ranks_y)
    strengths = [abs(covariance(ranks_x, dealt)) for dealt in itertools.permutations(ranks_y)]
    expected = sum(strength >= abs(observed) for strength in strengths) / len(strengths)
    spread = covariance(ranks_x, ranks_x) * covariance(ranks_y, ranks_y)
    result = spearman(x, y)
    assert result.p_value == pytest.approx(expected)
    assert result.estimate == pytest.approx(observed / math.sqrt(spread))
    assert spearman(y, x).p_value == pytest.approx(expected)


@pytest.mark.parametrize("n", [5, 12])
def test_perfect_correlation_has_no_interval(n):
    result = spearman(range(n), [-value for value in range(n)])
    assert result.estimate == -1
    assert math.isnan(result.ci_low) and math.isnan(result.ci_high)
    # Of the 5! orders only two are perfect; t is infinite beyond n = 9.
    assert result.p_value == pytest.approx({5: 2 / 120, 12: 0}[n])


@pytest.mark.parametrize("n", [2088, 2089, 5000, 100_000])
def test_spearman_of_large_samples_as_in_scipy(n):
    # From n = 2,089 on the product of two sums of squared ranks is no 64-bit whole number.
    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    y = np.round(x / 20 + rng.normal(size=n), 1)
    result, expected = spearman(x, y), scipy.stats.spearmanr(x, y)
    assert result.estimate == pytest.approx(expected.statistic, rel=1e-12)
    assert result.p_value == pytest.approx(expected.pvalue, rel=1e-6)
    assert result.ci_low < result.estimate < result.ci_high
    assert spearman(x, -x).estimate == -1


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], [1, 2], "three or more pairs, not 2 and 2"),
        ([1, 2, 3], [1, 2], "not 3 and 2"),
        ([1, 2, 3], [4, 4, 4], "all values of a variable are equal"),
        ([1, 2, math.nan], [1, 2, 3], "none missing"),
    ],
)
def test_spearman_refuses_what_has_no_correlation(x, y, message):
    with pytest.raises(ValueError, match=message):
        spearman(x, y)
