"""Printed forms: half-up rounding, true minus, and nothing that prints as what it is not."""

import math
import random
import statistics
from fractions import Fraction

import pandas as pd
import pytest

from crlm.base.formats import interval, interval_end, p_number, p_phrase, percent
from crlm.description import summarise

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (56.25, 1, "56.3"),  # 9 of 16; Python's own round() gives 56.2
        (62.5, 0, "63"),  # round() gives 62
        (2.675, 2, "2.68"),  # the binary fraction is below the half: round() gives 2.67
        (1.005, 2, "1.01"),
        (0.25, 1, "0.3"),
        (0.35, 1, "0.4"),
        (99.95, 1, "100.0"),
        (45.84, 1, "45.8"),
        (45.85, 1, "45.9"),
        (100 / 3, 1, "33.3"),
        (200 / 3, 1, "66.7"),
        (7, 0, "7"),
        (7, 2, "7.00"),
        (1234567.5, 0, "1234568"),
        (-56.25, 1, "−56.3"),  # away from zero on both sides
        (-0.05, 1, "−0.1"),
        (0, 1, "0.0"),
        (-0.0, 1, "0.0"),  # no minus before a zero
        (1e-7, 7, "0.0000001"),  # no exponent
        (-0.04, 1, "0.0"),  # the end of an interval may print as zero
        (9e-16, 1, "0.0"),
        (0.004, 2, "0.00"),
        (0.005, 2, "0.01"),
    ],
)
def test_numbers_round_halves_away_from_zero(value, decimals, printed):
    assert interval_end(value, decimals) == printed


@pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
def test_what_is_no_number_is_not_printed(value):
    with pytest.raises(ValueError, match="no number to print"):
        interval_end(value, 1)


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (100 * 9 / 16, 1, "56.3%"),
        (100 * 13 / 25, 1, "52.0%"),
        (100 * 23 / 25, 0, "92%"),
        (100, 1, "100.0%"),
        (0, 1, "0.0%"),
        (0.05, 1, "0.1%"),
        (0.049, 1, "< 0.1%"),  # a share is nought only if nobody has it
        (0.4, 0, "< 1%"),
        (100 * 2499 / 2500, 1, "> 99.9%"),  # a share is all only if everybody has it
        (99.95, 1, "> 99.9%"),
        (99.94, 1, "99.9%"),
        (Fraction(9, 16) * 100, 1, "56.3%"),
    ],
)
def test_percent(value, decimals, printed):
    assert percent(value, decimals) == printed


@pytest.mark.parametrize(
    ("p", "number", "phrase"),
    [
        (0.8207, "0.821", "p = 0.821"),
        (0.0426, "0.043", "p = 0.043"),
        (0.0494, "0.049", "p = 0.049"),
        (0.0495, "0.0495", "p = 0.0495"),  # 0.050 would read as not below 0.05
        (0.0499, "0.0499", "p = 0.0499"),
        (0.04996, "< 0.05", "p < 0.05"),  # four decimals would read as 0.05
        (0.05, "0.050", "p = 0.050"),
        (0.1 + 0.2 - 0.25, "0.050", "p = 0.050"),  # 0.05 less the noise of binary fractions
        (0.0501, "0.050", "p = 0.050"),
        (0.0096, "0.010", "p = 0.010"),
        (0.99, "0.990", "p = 0.990"),
        (1 - 0.01 + 1e-15, "0.990", "p = 0.990"),  # 0.99 and the noise of binary fractions
        (0.9901, "> 0.99", "p > 0.99"),
        (0.9996, "> 0.99", "p > 0.99"),  # not 1.000
        (0.001, "0.001", "p = 0.001"),
        (0.00099, "< 0.001", "p < 0.001"),
        (1e-12, "< 0.001", "p < 0.001"),
        (0.0, "< 0.001", "p < 0.001"),
        (1.0, "> 0.99", "p > 0.99"),
    ],
)
def test_p_values(p, number, phrase):
    assert (p_number(p, 3), p_phrase(p, 3)) == (number, phrase)


@pytest.mark.parametrize(
    ("p", "decimals", "alpha", "number"),
    [
        (0.0084, 3, 0.0083, "0.0084"),  # 0.008 would read as below 0.0083 (0.05 / 6)
        (0.0083, 3, 0.0083, "0.0083"),
        (0.00832, 3, 0.0083, "0.0083"),
        (0.0082, 3, 0.0083, "0.008"),
        (0.013, 2, 0.0125, "0.013"),
        (0.0098, 3, 0.01, "0.0098"),
        (0.33333341, 3, 0.3333334, "≥ 0.333333"),
        *((p, 2, 0.05, number) for p, number in
          ((0.005, "< 0.01"), (0.01, "0.01"), (0.994, "> 0.99"), (0.996, "> 0.99"))),
    ],
)  # fmt: skip
def test_p_values_are_on_the_right_side_of_any_alpha(p, decimals, alpha, number):
    assert p_number(p, decimals, alpha) == number


def test_no_p_value_is_printed_for_nan():
    with pytest.raises((ValueError, ArithmeticError)):
        p_number(NAN, 3)


@pytest.mark.parametrize(
    ("low", "high", "decimals", "level", "printed"),
    [
        (0.1, 0.62, 2, 0.95, "95% CI 0.10 to 0.62"),
        (-12.34, -0.56, 1, 0.95, "95% CI −12.3 to −0.6"),
        (-0.7, 0.0, 1, 0.9, "90% CI −0.7 to 0.0"),
        (-0.0001, 0.0001, 1, 0.95, "95% CI 0.0 to 0.0"),
        (NAN, 0.5, 1, 0.95, "95% CI not defined"),
        (0.5, NAN, 1, 0.95, "95% CI not defined"),
        # significant, so that its interval must not read as holding 0
        (0.04, 0.62, 1, 0.95, "95% CI 0.04 to 0.6"),
        (-5.0, -0.0012, 1, 0.95, "95% CI −5.0 to −0.001"),
        (0.0, 0.04, 1, 0.95, "95% CI 0.0 to 0.0"),
        (9e-16, 0.5, 1, 0.95, "95% CI 0.0 to 0.5"),
    ],
)
def test_interval(low, high, decimals, level, printed):
    assert interval(low, high, decimals, level) == printed


def halves_up(exact: Fraction, decimals: int) -> str:
    """Round as by hand: in integers, halves away from zero."""
    units = (abs(exact) * 10**decimals * 2 + 1) // 2
    text = str(units).rjust(decimals + 1, "0")
    text = f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
    return f"−{text}" if exact < 0 and units else text


def test_every_share_of_up_to_400_patients_prints_as_by_hand():
    for n in range(1, 401):
        for k in range(n + 1):
            exact = halves_up(Fraction(100 * k, n), 1)
            if exact != "0.0" and exact != "100.0":
                assert percent(100 * (k / n), 1) == f"{exact}%", (k, n)


def test_halves():
    """Means and medians in cm of sizes in mm, differences of shares: from floats, as by hand."""
    rng = random.Random(2024)
    for _ in range(3000):
        mm = [rng.randrange(1, 2000) for _ in range(rng.randrange(2, 9))]
        cm = pd.Series(mm, dtype=float) * 0.1
        row = summarise(cm, ("mean_sd_range",), 1)
        assert interval_end(row["mean"], 1) == halves_up(Fraction(sum(mm), 10 * len(mm)), 1), mm
        assert interval_end(row["median"], 1) == halves_up(
            Fraction(statistics.median(map(Fraction, mm))) / 10, 1
        ), mm
        (a, b), (c, d) = ((rng.randrange(n + 1), n) for n in (rng.choice([16, 32, 40, 80]),) * 2)
        exact = 100 * (Fraction(a, b) - Fraction(c, d))
        assert interval_end(100 * (a / b - c / d), 1) == halves_up(exact, 1), (a, b, c, d)
