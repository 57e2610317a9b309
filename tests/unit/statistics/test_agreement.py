"""Cohen's kappa against an independent delta method in R."""

import math

import pytest

from crlm.statistics.agreement import cohen_kappa


def readings(table):
    """Unfold a table of counts into two readings, patient by patient."""
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


# R 4.2.2, kappa and its standard error by numerical differentiation, not by the closed formula:
# kap <- function(p) { e <- sum(rowSums(p) * colSums(p)); (sum(diag(p)) - e) / (1 - e) }
# se <- function(t) { n <- sum(t); p <- t / n; h <- 1e-6; f <- function(q) kap(q / sum(q)); g <- p
#   for (i in seq_along(p)) { u <- l <- p; u[i] <- u[i] + h; l[i] <- l[i] - h
#                             g[i] <- (f(u) - f(l)) / (2 * h) }
#   sqrt((sum(p * g^2) - sum(p * g)^2) / n) }
# The first table is the example of Fleiss, Levin & Paik (2003), table 18.1, kappa = 0.68.
@pytest.mark.parametrize(
    ("table", "observed", "kappa", "se"),
    [
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.89, 0.676471, 0.087703),
        ([[8, 1, 0], [1, 3, 2], [0, 1, 9]], 0.80, 0.690594, 0.119582),
    ],
)
def test_kappa_as_in_r(table, observed, kappa, se):
    result = cohen_kappa(*readings(table), levels=[0, 1, 2])
    assert result.n == sum(map(sum, table))
    assert result.observed == pytest.approx(observed)
    assert (result.kappa, result.se) == pytest.approx((kappa, se), abs=1e-6)
    assert result.ci_low == pytest.approx(kappa - 1.959964 * se, abs=2e-6)
    assert result.ci_high == pytest.approx(kappa + 1.959964 * se, abs=2e-6)


def test_interval_stays_within_the_range_of_kappa():
    result = cohen_kappa(*readings([[1, 6], [8, 2]]), levels=[0, 1])
    # Same R functions: kappa -0.630137, se 0.191855, so that the plain lower bound is -1.006.
    assert (result.kappa, result.se) == pytest.approx((-0.630137, 0.191855), abs=1e-6)
    assert result.ci_low == -1


def test_readings_may_change_places_and_levels_be_unused_or_in_any_order():
    a, b = ["RD", "PD", "SD", "RD", "PD"], ["RD", "PD", "RD", "RD", "SD"]
    result = cohen_kappa(a, b, levels=["RD", "SD", "PD"])
    assert result.observed == 0.6
    assert cohen_kappa(b, a, levels=["PD", "CR", "SD", "RD"]).kappa == pytest.approx(result.kappa)


@pytest.mark.parametrize(
    ("table", "kappa", "low", "high"),
    [
        # Chance agreement 0.52; binom.test(25, 25)$conf.int: 0.8628148285 to 1
        ([[10, 0], [0, 15]], 1, (0.8628148285 - 0.52) / 0.48, 1),
        # Chance agreement 0.5; binom.test(0, 20)$conf.int: 0 to 0.1684334710
        ([[0, 10], [10, 0]], -1, -1, (0.1684334710 - 0.5) / 0.5),
        # One reading is always the same: chance 0.8; binom.test(16, 20)$conf.int: 0.56 to 0.9426660
        ([[16, 4], [0, 0]], 0, -1, (0.9426660 - 0.8) / 0.2),
    ],
)
def test_where_the_standard_error_is_zero_the_interval_is_that_of_the_agreement(
    table, kappa, low, high
):
    result = cohen_kappa(*readings(table), levels=[0, 1])
    assert result.se == pytest.approx(0, abs=1e-9)
    assert (result.kappa, result.ci_low, result.ci_high) == pytest.approx(
        (kappa, low, high), abs=1e-6
    )


def test_a_hundred_thousand_readings():
    counts = [[40_000, 9_000], [1_000, 50_000]]
    result = cohen_kappa(*readings(counts), levels=[0, 1])
    small = cohen_kappa(*readings([[40, 9], [1, 50]]), levels=[0, 1])
    assert result.kappa == pytest.approx(small.kappa)
    assert result.se == pytest.approx(small.se / math.sqrt(1000))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([], [], "one or more"),
        (["RD"], ["RD", "PD"], "got 1 and 2"),
        (["RD", "XX"], ["RD", None], "outside the levels.*'XX', None"),
        (["RD", "RD"], ["RD", "RD"], "not defined"),
    ],
)
def test_what_has_no_kappa_is_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        cohen_kappa(a, b, levels=["RD", "PD"])
