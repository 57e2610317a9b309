"""The ledger: what a test could have found, what its family leaves, what single patients change."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crlm.comparison import compare_groups
from crlm.ledger import COLUMNS, EFFECTS, adjust, keep_ledger, most_unequal, try_samples
from crlm.plan.analysis import read_plan
from crlm.statistics.association import compare_counts, corrected_cramers_v, odds_ratio
from crlm.statistics.ranks import mann_whitney, permutation_p_value, superiority


@pytest.mark.parametrize(
    ("table", "estimate", "low", "high"),
    [
        # R 4.2.2, whose ends are found to 1 % only: fisher.test(matrix(c(3, 1, 1, 3), 2))
        ([[3, 1], [1, 3]], 6.408309, 0.2117329, 621.9337505),
        # fisher.test(matrix(c(9, 3, 1, 5), 2)), the cycles of the printed paper
        ([[9, 1], [3, 5]], 12.45927, 0.9072013, 780.7159669),
        # fisher.test(matrix(c(2, 15, 10, 3), 2)), Fisher's convicts
        ([[2, 10], [15, 3]], 0.04693661, 0.003325764, 0.363182271),
        # All or none in a cell: the estimate is at an end, which the interval holds.
        ([[0, 5], [5, 5]], 0.0, 0.0, None),
        ([[5, 5], [0, 5]], math.inf, None, math.inf),
    ],
)
def test_the_odds_ratio_is_that_of_r(table, estimate, low, high):
    found = odds_ratio(table)
    peer = stats.contingency.odds_ratio(table)
    ends = peer.confidence_interval()
    assert found == pytest.approx((peer.statistic, ends.low, ends.high), rel=1e-6)
    for value, expected in zip(found, (estimate, low, high), strict=True):
        assert expected is None or value == pytest.approx(expected, rel=0.01)


def test_cramers_v_is_corrected_for_its_bias():
    # chi² / n = 0.36; 0.36 - 1/19 = 0.30737; 2 - 1/19 - 1 = 0.94737; √(0.30737 / 0.94737)
    assert corrected_cramers_v([[8, 2], [2, 8]]).estimate == pytest.approx(0.5696, abs=1e-4)
    assert corrected_cramers_v([[5, 5], [5, 5]]).estimate == 0


@pytest.mark.parametrize("x, y", [([2, 4, 9], [1, 3]), ([1, 2, 2], [2, 5, 7]), ([8, 9], [1, 2])])
def test_superiority_solves_its_equation(x, y):
    estimate, *ends = superiority(x, y)
    pairs = [(a > b) + (a == b) / 2 for a, b in itertools.product(x, y)]
    assert estimate == pytest.approx(sum(pairs) / len(pairs))
    more = (len(x) + len(y)) / 2 - 1
    for p in (p for p in ends if 0 < p < 1):
        variance = p * (1 - p) * (1 + more * ((1 - p) / (2 - p) + p / (1 + p))) / len(pairs)
        assert abs(p - estimate) == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-5)
    assert all(0 <= p <= 1 for p in ends)


def test_p_values_are_adjusted_as_by_hand():
    # Holm: 5 × 0.01, 4 × 0.02, 3 × 0.03, then never less. B–H: p × 5 / rank, from the greatest on.
    found = adjust(pd.Series([0.03, 0.01, None, 0.05, 0.02, 0.04]))
    assert found["p_holm"].sort_index().tolist() == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])
    assert found["p_bh"].tolist() == pytest.approx([0.05] * 5)


def test_no_table_of_the_same_margins_has_a_smaller_p():
    table = np.array([[4, 3], [2, 5], [1, 4]])
    rows, first = table.sum(axis=1), table[:, 0].sum()
    every = [
        np.column_stack([column, rows - column])
        for column in itertools.product(*(range(n + 1) for n in rows))
        if sum(column) == first
    ]
    for test in ("pearson_chi2", "fisher_freeman_halton"):
        least = min(compare_counts(t, test).p_value for t in every)
        assert min(compare_counts(t, test).p_value for t in most_unequal(table)) == least


def test_a_rank_correlation_is_permuted():
    x, y = [1, 2, 3, 4], [1, 2, 3, 4]
    assert permutation_p_value(x, y) == pytest.approx(2 / 24)  # of all orders: this and its reverse
    far = permutation_p_value(range(12), [*range(12)])
    assert far == 1 / 10_000  # of the drawn ones, the observed alone
    assert far == permutation_p_value(range(12), [*range(12)])


@pytest.fixture(scope="module")
def ledger(plan):
    """Eighteen patients with known cycles as printed, and seven without: 12 + 2 and 6 + 5."""
    cycles = [8.0] * 9 + [3.0] * 3 + [None] * 2 + [8.0] + [3.0] * 5 + [None] * 5
    frame = pd.DataFrame({"cycles": cycles, "group": ["responders"] * 14 + ["progressive"] * 11})
    rows = [{"variable": "cycles_class", "published": {"test": "fisher_exact"}},
            {"variable": "cycles", "show": "mean", "published": None}]  # fmt: skip
    table = {"groups": ["responders", "progressive"], "percent_of": "level", "rows": rows}
    own = {"variables": plan["variables"], "tables": {"one": table}, "family": ["one"]}
    own = read_plan(own | {"alpha": 0.05, "decimals": {"p_value": 3}})
    return keep_ledger(frame, own, compare_groups(frame, own, "published")[0])


def test_one_patient_and_the_missing_ones_are_tried(ledger):
    found, effects = ledger
    assert (list(found.columns), list(effects.columns)) == (COLUMNS, EFFECTS)
    row = found.iloc[0]

    def fisher(a, b, c, d):
        return stats.fisher_exact([[a, b], [c, d]])[1]

    # All six progressive ones among the eight with fewer cycles: C(8,6) / C(18,6) = 28 / 18564.
    assert row["p_min_attainable"] == pytest.approx(28 / 18564)
    less = [fisher(8, 1, 3, 5), fisher(9, 0, 3, 5), fisher(9, 1, 2, 5), fisher(9, 1, 3, 4)]
    ends = [row["p_leave_one_out_low"], row["p_leave_one_out_high"]]
    assert ends == pytest.approx([min(less), max(less)])
    n = sum(of for of, p in zip((9, 1, 3, 5), less, strict=True) if p >= 0.05)
    assert row["flipping_patients"] == n
    filled = [fisher(9 + i, 1 + j, 5 - i, 10 - j) for i in range(3) for j in range(6)]
    assert [row["p_missing_low"], row["p_missing_high"]] == pytest.approx(
        [min(filled), max(filled)]
    )


def test_missing_numbers_go_from_one_end_to_the_other(ledger):
    row = ledger[0].iloc[1]
    x, y, places = [8] * 9 + [3] * 3, [8] + [3] * 5, (2, 5, 9)
    ends = [mann_whitney([*x, 9, 9], [*y, *[2] * 5]), mann_whitney([*x, 2, 2], [*y, *[9] * 5])]
    assert row["p_missing_low"] == min(end.p_value for end in ends)
    every = [
        mann_whitney([*x, *one], [*y, *other]).p_value
        for one in itertools.combinations_with_replacement(places, 2)
        for other in itertools.combinations_with_replacement(places, 5)
    ]
    assert row["p_missing_low"] <= min(every)
    assert row["p_missing_high"] >= max(every)


@pytest.mark.parametrize(
    ("x", "y", "missing", "low", "high"),
    [
        # R with coin, the missing value of x, then of y, at each known one, between and beyond:
        # p <- function(x, y) pvalue(wilcox_test(c(x, y) ~ factor(rep(1:2, lengths(list(x,y)))),
        #   distribution = "exact")); k <- sort(unique(c(x, y)))
        # v <- c(k[1] - 1, k, head(k, -1) + diff(k) / 2, max(k) + 1)
        # range(sapply(v, function(z) p(c(x, z), y))); range(sapply(v, function(z) p(x, c(y, z))))
        ([1, 2, 2, 5], [2, 3, 6, 6], [1, 0], 0.1031746032, 0.5079365079),
        ([1, 2, 2, 5], [2, 3, 6, 6], [0, 1], 0.1031746032, 0.4841269841),
        # range(outer(v, v, Vectorize(function(a, b) p(c(x, a), c(y, b)))))
        ([1, 1, 3, 4, 4], [1, 3, 3, 4], [1, 1], 0.4199134199, 1),
    ],
)
def test_missing_numbers_are_tried_everywhere(x, y, missing, low, high):
    trial = try_samples(np.array(x, float), np.array(y, float), missing, "exact")
    found = [trial.p_of(samples) for samples in trial.completed]
    assert (min(found), max(found)) == pytest.approx((low, high))


@pytest.mark.parametrize(("missing", "is_tried"), [([60, 39], True), ([60, 41], False)])
def test_missing_numbers_are_tried_of_two_hundred_patients_at_most(missing, is_tried):
    x = np.arange(50.0)
    assert (try_samples(x, x + 1, missing, "asymptotic").completed != ()) == is_tried
