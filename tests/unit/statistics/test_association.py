"""The tests of association against the printed paper, R 4.2.2, textbooks and brute force."""

import dataclasses
import functools
import math
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from crlm.statistics import enumeration
from crlm.statistics.association import (
    Result,
    choose_test,
    compare_counts,
    cramers_v,
    fisher_freeman_halton,
    risk_difference,
)
from crlm.statistics.enumeration import TooLargeError


@pytest.fixture(params=[enumeration.FEW_TABLES, 0], ids=["listed where few", "network"])
def _each_way(request, monkeypatch):
    monkeypatch.setattr(enumeration, "FEW_TABLES", request.param)


each_way = pytest.mark.usefixtures("_each_way")
fisher_exact = functools.partial(compare_counts, test="fisher_exact")
pearson_chi2 = functools.partial(compare_counts, test="pearson_chi2")


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
@each_way
def test_fisher_freeman_halton_as_in_r(table, p_value):
    assert fisher_freeman_halton(table) == pytest.approx(p_value, abs=5e-8)


# R 4.2.2: fisher.test(m, workspace=2e8)$p.value, with the seconds it took. R merges probabilities
# that differ by less than 1e-7, which moves its p by as much.
@pytest.mark.parametrize(
    ("rows", "p_value"),
    [
        # 8 × 2, n = 600: 1.7 s
        ("37 18 / 42 22 / 55 25 / 62 30 / 34 19 / 63 40 / 59 29 / 37 28", 0.836359886),
        # 8 × 2, n = 600: 60.8 s
        ("31 37 / 32 56 / 37 29 / 42 54 / 35 42 / 45 43 / 32 50 / 17 18", 0.276885606),
        # 3 × 3, n = 500: 0.7 s
        ("67 69 66 / 41 39 38 / 52 74 54", 0.582157284),
        # 5 × 5, n = 60: 1.0 s
        ("1 6 3 1 4 / 5 2 1 2 4 / 2 5 1 5 2 / 2 1 1 4 0 / 1 2 3 1 1", 0.263539993),
        # 10 × 2, n = 400: 35.5 s
        (
            "15 12 / 36 18 / 22 13 / 19 11 / 17 11 / 38 19 / 28 32 / 23 9 / 13 10 / 33 21",
            0.458089592,
        ),
        # 4 × 4, n = 100: 1.2 s
        ("8 15 4 10 / 6 5 5 11 / 3 6 6 2 / 4 6 3 6", 0.395359973),
        # 6 × 3, n = 200: 0.9 s
        ("9 12 9 / 15 17 19 / 6 6 7 / 8 6 7 / 9 12 16 / 14 15 13", 0.986911937),
        # 3 × 3, n = 1000: 5.6 s
        ("155 124 125 / 97 90 75 / 139 95 100", 0.590187700),
        # 2 × 20, n = 150: 0.5 s
        (
            "2 1 4 5 4 8 2 0 2 4 2 3 6 2 4 5 9 6 5 3 / 1 4 4 5 8 4 1 4 0 1 3 3 8 5 3 3 3 4 6 3",
            0.515780619,
        ),
        # 6 × 4, n = 100: 2.2 s
        ("3 8 2 3 / 2 3 0 3 / 5 6 1 4 / 2 6 2 5 / 4 6 4 6 / 6 7 5 7", 0.976211724),
        # 5 × 2, n = 2000: 0.3 s
        ("181 217 / 106 141 / 233 294 / 179 226 / 194 229", 0.947139651),
    ],
)
@each_way
def test_large_tables_as_in_r(rows, p_value):
    table = [[int(n) for n in row.split()] for row in rows.split("/")]
    assert fisher_freeman_halton(table) == pytest.approx(p_value, abs=2e-7)


def exact_table_p(table):
    """List every table with these margins, and add up probabilities as fractions."""

    def rows(total, columns):
        if len(columns) == 1:
            return [(total,)] if total <= columns[0] else []
        return [
            (n, *rest)
            for n in range(min(total, columns[0]) + 1)
            for rest in rows(total - n, columns[1:])
        ]

    def weights(totals, columns):
        if len(totals) == 1:
            yield Fraction(1, math.prod(map(math.factorial, columns)))
            return
        for row in rows(totals[0], columns):
            here = Fraction(1, math.prod(map(math.factorial, row)))
            left = [c - n for c, n in zip(columns, row, strict=True)]
            for rest in weights(totals[1:], left):
                yield here * rest

    observed = Fraction(1, math.prod(math.factorial(int(n)) for row in table for n in row))
    found = list(weights([int(n) for n in table.sum(axis=1)], [int(n) for n in table.sum(axis=0)]))
    return sum(w for w in found if w <= observed * (1 + Fraction(1, 10**7))) / sum(found)


@each_way
def test_tables_by_fractions():
    ties = ["31/03", "03/11", "210/013", "102/021/110", "20/11/02/11"]  # of equal probabilities
    tables = [np.array([[*map(int, row)] for row in table.split("/")]) for table in ties]
    rng = np.random.default_rng(1983)
    while len(tables) < 255:
        shape = rng.integers(2, 5, 2)
        n = int(rng.integers(3, {4: 30, 5: 20, 6: 14, 7: 11, 8: 9}[shape.sum()]))
        shares = rng.dirichlet(np.full(shape.prod(), rng.choice([0.3, 1, 3])))
        table = rng.multinomial(n, shares).reshape(shape)
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        tables += [table] * (min(table.shape) > 1)
    for table in tables:
        expected = float(exact_table_p(table))
        assert fisher_freeman_halton(table) == pytest.approx(expected, rel=1e-12)


def test_counts_of_billions():
    # phyper(9, 40, 4000000020, 30, lower.tail=FALSE), the other tail holds no table as improbable.
    p = fisher_exact([[4_000_000_000, 20], [30, 10]]).p_value
    assert p == pytest.approx(8.813682175e-74, rel=1e-9)
    # fisher.test(matrix(c(2000000,30,20,3), 2))$p.value
    p = fisher_exact([[2_000_000, 20], [30, 3]]).p_value
    assert p == pytest.approx(7.244736557e-12, rel=1e-9)
    # Fractions: n (ad - bc)² / (products of margins) = 0.99990001...; 64-bit products overflow.
    result = pearson_chi2([[4_000_000_000, 3_999_910_557], [4_000_000_000, 4_000_000_000]])
    a, b = 4_000_000_000, 3_999_910_557
    expected = Fraction((3 * a + b) * (a * a - a * b) ** 2, (a + b) * 2 * a * 2 * a * (a + b))
    assert result.statistic == pytest.approx(float(expected), rel=1e-6)
    assert result.ci_low < result.estimate < result.ci_high
    with pytest.raises(TooLargeError, match=r"3 × 2 table of 4000000070 .* 10,000,000 patients"):
        fisher_freeman_halton([[4_000_000_000, 20], [30, 10], [5, 5]])


def test_two_by_two_by_hand_and_as_in_scipy():
    # Margins 4, 2 and 3, 3: upper left 1, 2, 3 has 4, 12, 4 of 20; [[3, 1], [0, 2]] is 4 + 4 of 20.
    assert fisher_exact([[3, 1], [0, 2]]).p_value == pytest.approx(0.4)
    rng = np.random.default_rng(2024)
    for _ in range(100):
        table = rng.integers(1, 15, (2, 2))
        expected = scipy.stats.fisher_exact(table).pvalue
        assert fisher_freeman_halton(table) == pytest.approx(expected, rel=1e-9)
        assert fisher_exact(table).p_value == fisher_freeman_halton(table)


@pytest.mark.parametrize("table", [[[1, 0], [0, 19]], [[2, 4], [0, 19]], [[1, 1], [0, 38]]])
@each_way
def test_p_of_exactly_0_05_is_not_below_it(table):
    """Its sum came out as 0.04999999999999999 or 0.05000000000000002 by the table's order."""
    a = np.array(table)
    for turned in (a, a[::-1], a[:, ::-1], a[::-1, ::-1], a.T):
        assert fisher_freeman_halton(turned) == 0.05
        assert fisher_exact(turned).p_value == 0.05


@each_way
def test_tiny_p_values_keep_their_digits():
    # fisher.test(matrix(c(33333,20,30,10), 2, byrow=TRUE))$p.value: 5.280657404e-23
    assert fisher_freeman_halton([[33333, 20], [30, 10]]) == pytest.approx(5.280657404e-23)


@each_way
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
    monkeypatch.setattr(enumeration, "MAX_PARTIAL_TABLES", 100)
    with pytest.raises(TooLargeError, match=r"3 × 3 table of 31 is too large.* more than 100 "):
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
        ([[4, 4], [4, 4], *[[10, 10]] * 4], "fisher_freeman_halton", "33.3% of .* more than 20%"),
        # Two of twelve, but 0.5 each.
        ([[1, 0], [9, 10], *[[10, 10]] * 4], "fisher_freeman_halton", "count 0.5, below 1"),
        ([[4, 7], [10, 4], [0, 0]], "fisher_exact", "smallest expected count 4.84, below 5"),
        # 10 · 50004 / 100009 is 4.99995, 10 · 50005 / 100010 is exactly 5.
        ([[5, 49999], [5, 50000]], "fisher_exact", "smallest expected count 4.99995, below 5"),
        ([[5, 50000], [5, 50000]], "pearson_chi2", "smallest expected count 5, not below 5"),
        # 401 and 400 of 2,004 and 2,000 levels.
        (
            [*[[4, 4]] * 401, *[[10, 10]] * 1603],
            "fisher_freeman_halton",
            "^20.01% of expected counts below 5, more than 20%",
        ),
        ([*[[4, 4]] * 400, *[[10, 10]] * 1600], "pearson_chi2", "not below 1, and 20.0% of"),
        ([[60000, 40000], [4 * 10**9, 4 * 10**9]], "pearson_chi2", "count 50,000, not below 5"),
    ],
)
def test_the_rule_for_the_test_at_and_around_its_limits(table, name, reason):
    chosen, why = choose_test(table)
    assert chosen == name
    assert pd.Series(why).str.contains(reason).item()
    if len(table) < 100:
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
        # Upper: sqrt(inv(qchisq(pnorm(-1), 2), 2, .025) / 30), since the chi-square is 0.
        ([[5, 5], [5, 5], [5, 5]], 0.0, 0.0, 0.3662694),
        ([[30, 0], [0, 30], [30, 0]], 1.0, 0.7871404, 1.0),
    ],
)
def test_cramers_v_as_in_r(table, v, low, high):
    assert cramers_v(table) == pytest.approx((v, low, high), abs=5e-8)


def test_interval_of_cramers_v_where_the_chi_square_is_close_to_zero():
    v = cramers_v([[100, 101], [101, 100], [100, 100]])
    # sqrt(inv(qchisq(pnorm(-1), 2), 2, .025) / 602)
    assert (v.ci_low, v.ci_high) == pytest.approx((0, 0.0817642), abs=5e-8)


def test_cramers_v_of_billions():
    # Of proportional tables V is the same, and its interval shrinks with the root of the size.
    table = np.array([[1, 2], [1, 1], [3, 1]])
    small, large = cramers_v(10**4 * table), cramers_v(10**9 * table)
    assert large.estimate == pytest.approx(small.estimate)
    ratio = (small.ci_high - small.ci_low) / (large.ci_high - large.ci_low)
    assert ratio == pytest.approx(math.sqrt(10**5), rel=1e-2)


def test_no_interval_of_a_table_collapses():
    rng = np.random.default_rng(6)
    for _ in range(300):
        table = rng.poisson(rng.choice([0.3, 2, 20]), (rng.integers(2, 5), rng.integers(2, 5)))
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        if min(table.shape) > 1:
            v = cramers_v(table)
            assert 0 <= v.ci_low <= v.estimate <= v.ci_high <= 1
            assert v.ci_low < v.ci_high
    for table in [[0, 9], [0, 7]], [[9, 0], [7, 0]], [[9, 0], [0, 7]], [[1, 0], [1, 0]]:
        difference = risk_difference(table)
        assert difference.ci_low < difference.ci_high
        assert difference.ci_low <= difference.estimate <= difference.ci_high


def test_effect_is_the_risk_difference_of_two_by_two_and_cramers_v_beyond():
    small, large = fisher_exact([[3, 5], [9, 1]]), pearson_chi2([[3, 1], [9, 7], [1, 3]])
    assert (small.effect, large.effect) == ("risk_difference", "cramers_v")
    for result, effect in [
        (small, risk_difference([[3, 5], [9, 1]])),
        (large, cramers_v([[3, 1], [9, 7], [1, 3]])),
    ]:
        assert (result.estimate, result.ci_low, result.ci_high) == effect


def test_a_result_fills_its_columns_of_the_table_of_tests():
    columns = {"test", "statistic", "df", "p_value", "n", "exact"}
    columns |= {"effect", "estimate", "ci_low", "ci_high", "note"}
    assert {field.name for field in dataclasses.fields(Result)} == columns


KERNELS = """
from crlm.statistics.association import odds_ratio
print([odds_ratio([[a, b], [4, 5]]) for a in range(1, 9) for b in range(1, 9)])
"""


def test_an_odds_ratio_is_the_same_whatever_kernel_the_processor_gives():
    path = os.pathsep.join(sys.path)
    given = {
        subprocess.run(
            [sys.executable, "-c", KERNELS], capture_output=True, check=True,
            env={"PYTHONPATH": path, "OPENBLAS_CORETYPE": kernel},
        ).stdout
        for kernel in ("Prescott", "Haswell")
    }  # fmt: skip
    assert len(given) == 1
