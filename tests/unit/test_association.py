"""The tests of association against the printed paper, R 4.2.2, textbooks and brute force."""

import dataclasses
import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from crlm import enumeration
from crlm.association import (
    Result,
    choose_test,
    compare_counts,
    cramers_v,
    fisher_exact,
    fisher_freeman_halton,
    mann_whitney,
    pearson_chi2,
    risk_difference,
    spearman,
)


def brute_force_table_p(table):
    """Deal the patients' columns to their rows in every order, and count in whole numbers."""
    cells = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    rows, columns = [i for i, _ in cells], [j for _, j in cells]
    seen = {}
    for dealt in itertools.permutations(columns):
        counts = [[0] * len(table[0]) for _ in table]
        for i, j in zip(rows, dealt, strict=True):
            counts[i][j] += 1
        key = tuple(map(tuple, counts))
        seen[key] = seen.get(key, 0) + 1
    observed = seen[tuple(map(tuple, table))]
    return Fraction(sum(n for n in seen.values() if n <= observed), sum(seen.values()))


def midranks(values):
    return [
        sum(other < value for other in values) + (1 + sum(other == value for other in values)) / 2
        for value in values
    ]


# --- The printed paper ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "table", "printed"),
    [
        ("pearson_chi2", [[7, 5], [7, 6]], 0.821),  # gender
        ("pearson_chi2", [[4, 7], [10, 4]], 0.080),  # initial size
        ("pearson_chi2", [[6, 8], [8, 3]], 0.135),  # initial number
        ("fisher_exact", [[9, 7], [5, 1]], 0.351),  # duration
        ("fisher_exact", [[3, 5], [9, 1]], 0.043),  # cycles
        ("fisher_exact", [[7, 3], [5, 7]], 0.231),  # N stage
        ("fisher_exact", [[4, 4], [9, 7]], 1.000),  # size in pathology
        ("fisher_exact", [[3, 3], [10, 8]], 1.000),  # recurrence
        ("fisher_freeman_halton", [[7, 6], [4, 1], [3, 2]], 0.843),  # type of chemotherapy
        ("fisher_freeman_halton", [[3, 1], [9, 7], [1, 3]], 0.434),  # T stage
    ],
)
def test_printed_p_values_come_from_printed_counts(test, table, printed):
    assert round(compare_counts(table, test).p_value, 3) == printed


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


# --- Tables of counts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "statistic", "df", "p_value"),
    [
        # chisq.test(matrix(c(4,7,10,4), 2, byrow=TRUE), correct=FALSE)
        ([[4, 7], [10, 4]], 3.0738742, 1, 0.0795597),
        # chisq.test(matrix(c(20,10,15,15,5,25), 3, byrow=TRUE), correct=FALSE)
        ([[20, 10], [15, 15], [5, 25]], 15.75, 2, 0.0003801),
    ],
)
def test_pearson_chi2_as_in_r(table, statistic, df, p_value):
    result = pearson_chi2(table)
    assert (result.test, result.df, result.exact) == ("pearson_chi2", df, False)
    assert (result.statistic, result.p_value) == pytest.approx((statistic, p_value), abs=5e-8)


@pytest.mark.parametrize(
    ("table", "p_value"),
    [
        # fisher.test(matrix(c(...), nrow, byrow=TRUE), workspace=2e7)$p.value
        ([[7, 3], [5, 7]], 0.2305311),
        ([[7, 6], [4, 1], [3, 2]], 0.8425091),
        ([[3, 1], [9, 7], [1, 3]], 0.4335327),
        ([[3, 0, 1], [1, 4, 0], [0, 2, 5], [1, 0, 1]], 0.0082194),
        ([[12, 3], [5, 9], [7, 7], [3, 11], [20, 23]], 0.0253415),
        ([[2, 3, 1, 0], [4, 1, 2, 3], [1, 1, 5, 2], [0, 4, 3, 3], [6, 1, 0, 4]], 0.0264614),
    ],
)
def test_fisher_freeman_halton_as_in_r(table, p_value):
    assert fisher_freeman_halton(table) == pytest.approx(p_value, abs=5e-8)


@pytest.mark.parametrize(
    "table",
    [
        [[3, 1], [0, 3]],
        [[0, 3], [1, 1]],
        [[2, 1, 0], [0, 1, 3]],
        [[1, 0, 2], [0, 2, 1], [1, 1, 0]],
        [[2, 0], [1, 1], [0, 2], [1, 1]],
    ],
)
def test_exact_p_value_of_a_table_by_brute_force(table):
    assert fisher_freeman_halton(table) == pytest.approx(float(brute_force_table_p(table)))


def test_two_by_two_by_hand_and_as_in_scipy():
    # Margins 4, 2 and 3, 3: upper left 1, 2, 3 has 4, 12, 4 of 20; [[3, 1], [0, 2]] is 4 + 4 of 20.
    assert fisher_exact([[3, 1], [0, 2]]).p_value == pytest.approx(0.4)
    rng = np.random.default_rng(2024)
    for _ in range(100):
        table = rng.integers(1, 15, (2, 2))
        expected = scipy.stats.fisher_exact(table).pvalue
        assert fisher_freeman_halton(table) == pytest.approx(expected, rel=1e-9)
        assert fisher_exact(table).p_value == fisher_freeman_halton(table)


def test_tiny_p_values_keep_their_digits():
    # fisher.test(matrix(c(33333,20,30,10), 2, byrow=TRUE))$p.value: 5.280657404e-23
    assert fisher_freeman_halton([[33333, 20], [30, 10]]) == pytest.approx(5.280657404e-23)


def test_order_of_rows_and_columns_and_transposition_do_not_matter():
    rng = np.random.default_rng(7)
    for shape in [(2, 2), (4, 2), (3, 3)]:
        table = rng.integers(1, 8, shape)
        turned = rng.permutation(rng.permutation(table, axis=0), axis=1).T
        for test in [fisher_freeman_halton, lambda counts: pearson_chi2(counts).p_value]:
            assert test(turned) == pytest.approx(test(table))
        assert cramers_v(turned) == pytest.approx(cramers_v(table))


def test_frames_and_lists_are_the_same_table_and_empty_rows_and_columns_do_not_count():
    frame = pd.DataFrame({"RD + SD": [7, 0, 4, 3], "PD": [6, 0, 1, 2], "none": 0})
    assert fisher_freeman_halton(frame) == fisher_freeman_halton([[7, 6], [4, 1], [3, 2]])
    assert pearson_chi2(frame) == pearson_chi2([[7, 6], [4, 1], [3, 2]])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, -1], [2, 3]], "whole numbers from 0"),
        ([[1, 1.5], [2, 3]], "whole numbers from 0"),
        ([1, 2, 3], "two dimensions"),
        ([[1, math.nan], [2, 3]], "finite"),
        ([[1, math.inf], [2, 3]], "finite"),
        ([[1, 2], [3]], "regular shape"),
        ([["a", "b"], ["c", "d"]], "must be numbers"),
        ([[3, 0], [4, 0]], "nothing to compare"),
        ([[3, 4], [0, 0]], "nothing to compare"),
        ([[0, 0], [0, 0]], "nothing to compare"),
    ],
)
@pytest.mark.parametrize("test", [fisher_freeman_halton, pearson_chi2, fisher_exact, choose_test])
def test_what_is_no_table_to_compare_is_refused(test, table, message):
    with pytest.raises(ValueError, match=message):
        test(table)


def test_tests_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="for 2 × 2 tables, not 3 × 2"):
        fisher_exact([[7, 6], [4, 1], [3, 2]])
    with pytest.raises(ValueError, match="'t_test' is no test of a table"):
        compare_counts([[7, 5], [7, 6]], "t_test")


def test_hopeless_enumerations_are_refused_by_size(monkeypatch):
    with pytest.raises(ValueError, match="20 × 21 table of 4200 is too large"):
        fisher_freeman_halton(np.full((20, 21), 10))
    table = [[5, 2, 4], [2, 5, 4], [3, 3, 3]]
    assert 0 < fisher_freeman_halton(table) < 1
    monkeypatch.setattr(enumeration, "MAX_PARTIAL_TABLES", 1000)
    with pytest.raises(ValueError, match=r"3 × 3 table of 31 is too large.* more than 1,000"):
        fisher_freeman_halton(table)


@pytest.mark.parametrize(
    ("table", "name", "reason"),
    [
        ([[7, 5], [7, 6]], "pearson_chi2", "smallest expected count 5.28, not below 5"),
        ([[5, 5], [5, 5]], "pearson_chi2", "smallest expected count 5, not below 5"),
        ([[4, 7], [10, 4]], "fisher_exact", "smallest expected count 4.84, below 5"),
        # Two of ten expected counts are 4: exactly 20 %.
        ([[4, 4], *[[10, 10]] * 4], "pearson_chi2", "not below 1, and 20.0% of"),
        # Four of twelve.
        ([[4, 4], [4, 4], *[[10, 10]] * 4], "fisher_freeman_halton", "33.3% of .* more than 20 %"),
        # Two of twelve, but 0.5 each.
        ([[1, 0], [9, 10], *[[10, 10]] * 4], "fisher_freeman_halton", "count 0.5, below 1"),
        ([[4, 7], [10, 4], [0, 0]], "fisher_exact", "smallest expected count 4.84, below 5"),
    ],
)
def test_the_rule_for_the_test_at_and_around_its_limits(table, name, reason):
    chosen, why = choose_test(table)
    assert chosen == name
    assert pd.Series(why).str.contains(reason).item()
    assert compare_counts(table, chosen).test == name


# --- Effects of tables ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "difference", "low", "high"),
    [
        # Newcombe 1998, table II, (a): 56/70 - 48/80, method 10
        ([[56, 14], [48, 32]], 0.2000, 0.0524, 0.3339),
        # Newcombe 1998, table II, (b): 9/10 - 3/10 and (d): 5/56 - 0/29, method 10
        ([[9, 1], [3, 7]], 0.6000, 0.1705, 0.8090),
        ([[5, 51], [0, 29]], 0.0893, -0.0381, 0.1926),
        # Newcombe 1998, table II, (h): 10/10 - 0/10, method 10
        ([[10, 0], [0, 10]], 1.0000, 0.6075, 1.0000),
        # Cycles; R: a <- prop.test(3, 8, correct=FALSE)$conf.int, b <- prop.test(9, 10, ...); d <-
        # 3/8 - .9; c(d - sqrt((3/8-a[1])^2 + (b[2]-.9)^2), d + sqrt((a[2]-3/8)^2 + (.9-b[1])^2))
        ([[3, 5], [9, 1]], -0.5250, -0.7769, -0.0841),
    ],
)
def test_risk_difference_as_published(table, difference, low, high):
    assert risk_difference(table) == pytest.approx((difference, low, high), abs=5e-5)


def test_risk_difference_changes_its_sign_with_the_rows():
    one, other = risk_difference([[3, 5], [9, 1]]), risk_difference([[9, 1], [3, 5]])
    assert other == pytest.approx((-one.estimate, -one.ci_high, -one.ci_low))


@pytest.mark.parametrize("table", [[[0, 0], [1, 2]], [[1, 2], [3, 4], [5, 6]]])
def test_risk_difference_needs_two_rows_with_patients(table):
    with pytest.raises(ValueError, match="a risk difference needs"):
        risk_difference(table)


# R: x <- chisq.test(t, correct=FALSE)$statistic; inv <- function(x, df, q)
#   uniroot(function(l) pchisq(x, df, l) - q, c(0, 200), tol=1e-12)$root
# sqrt(c(x, inv(x, df, .975), inv(x, df, .025)) / (n * (k - 1))); 0 where pchisq(x, df) < q
@pytest.mark.parametrize(
    ("table", "v", "low", "high"),
    [
        ([[20, 10], [15, 15], [5, 25]], 0.4183300, 0.1922018, 0.6139491),
        ([[9, 2, 1], [2, 8, 3], [1, 3, 9]], 0.5436449, 0.2676023, 0.7372231),
        ([[3, 1], [9, 7], [1, 3]], 0.2956562, 0.0, 0.6472002),
        ([[5, 5], [5, 5], [5, 5]], 0.0, 0.0, 0.0),
        ([[30, 0], [0, 30], [30, 0]], 1.0, 0.7871404, 1.0),
    ],
)
def test_cramers_v_as_in_r(table, v, low, high):
    assert cramers_v(table) == pytest.approx((v, low, high), abs=5e-8)


def test_interval_of_cramers_v_holds_v_where_the_chi_square_is_close_to_zero():
    v = cramers_v([[100, 101], [101, 100], [100, 100]])
    assert v.ci_low == 0 < v.estimate == v.ci_high


def test_effect_is_the_risk_difference_of_two_by_two_and_cramers_v_beyond():
    small, large = fisher_exact([[3, 5], [9, 1]]), pearson_chi2([[3, 1], [9, 7], [1, 3]])
    assert (small.effect, large.effect) == ("risk_difference", "cramers_v")
    for result, effect in [
        (small, risk_difference([[3, 5], [9, 1]])),
        (large, cramers_v([[3, 1], [9, 7], [1, 3]])),
    ]:
        assert (result.estimate, result.ci_low, result.ci_high) == effect


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
    # d <- sort(outer(x, y, "-")); t <- table(c(x, y)); c(median(d), d[k], d[64 - k]) with k <-
    # floor(63/2 - qnorm(.975) * sqrt(63/12 * (17 - sum(t^3 - t) / (16 * 15)))), which is 13
    assert (result.estimate, result.ci_low, result.ci_high) == (4, -2, 10)


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
    with pytest.raises(ValueError, match="201 values are too many"):
        mann_whitney(range(100), range(101), method="exact")


@pytest.mark.parametrize("method", ["exact", "asymptotic"])
def test_equal_values_do_not_differ(method):
    result = mann_whitney([5, 5, 5, 5], [5, 5, 5, 5, 5], method)
    assert (result.p_value, result.estimate, result.ci_low, result.ci_high) == (1, 0, 0, 0)


def test_no_interval_where_samples_are_too_small_for_95_percent():
    # Three against three: the extreme differences enclose the shift with 1 - 2/20 = 90 % only.
    result = mann_whitney([1, 2, 3], [4, 5, 6])
    assert result.p_value == pytest.approx(0.1)
    assert math.isnan(result.ci_low) and math.isnan(result.ci_high)
    # Three against four: 1 - 2/35 = 94.3 %; four against four: 1 - 2/70 = 97.1 %.
    assert math.isnan(mann_whitney([1, 2, 3], [4, 5, 6, 7]).ci_low)
    assert mann_whitney([1, 2, 3, 4], [5, 6, 7, 8]).ci_low == -7


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


def test_a_result_fills_its_columns_of_the_table_of_tests():
    columns = {"test", "statistic", "df", "p_value", "n", "exact"}
    columns |= {"effect", "estimate", "ci_low", "ci_high"}
    assert {field.name for field in dataclasses.fields(Result)} == columns
