"""GRIM and GRIMMER: published examples, and all small samples tried one by one."""

import itertools
from fractions import Fraction

import pytest

from crlm.wings.audit.grim import grim, grimmer, nearest_means, possible_squares


@pytest.mark.parametrize(
    ("mean", "n", "possible"),
    [
        ("5.19", 28, False),  # Brown & Heathers 2017, the example of the method
        ("5.18", 28, True),
        ("5.21", 28, True),
        ("3.45", 10, False),  # Allard 2018
        ("5.93", 49, False),  # The Economist, 18 June 2016
        ("3.48", 20, False),  # of twenty dice
    ],
)
def test_grim_gives_the_published_verdicts(mean, n, possible):
    assert grim(mean, n) is possible


# R package scrutiny, grimmer_map(pigs5): mean, SD, n and the verdict. Its twelfth line is left out,
# see below.
PIGS = """7.22 5.30 38 no|4.74 6.55 31 yes|5.23 2.55 35 no|6.77 2.18 33 no
2.68 2.59 34 yes|7.01 6.68 35 no|7.38 3.65 32 yes|3.14 5.32 33 no|6.89 4.18 37 yes
5.00 2.18 31 yes|0.24 6.43 34 yes"""


@pytest.mark.parametrize("line", PIGS.replace("\n", "|").split("|"))
def test_grimmer_gives_the_published_verdicts(line):
    mean, sd, n, possible = line.split()
    assert grimmer(mean, sd, int(n)) is (possible == "yes")


def test_a_sample_proves_possible_what_an_earlier_implementation_refused():
    # scrutiny said no to 2.57 ± 2.57, n = 30. The sum 77 and the sum of squares 389 give
    # 77/30 = 2.567 and sqrt((389 - 77²/30) / 29) = 2.569; this sample has them.
    sample = [0] * 7 + [1] * 5 + [2] * 8 + [3] + [4] * 2 + [5] * 4 + [7] + [9] * 2
    assert (len(sample), sum(sample), sum(x * x for x in sample)) == (30, 77, 389)
    assert grimmer("2.57", "2.57", 30)


def all_sums(n: int) -> set[tuple[int, int]]:
    """Return sum and sum of squares of all samples of n whole numbers from -6 to 12."""
    samples = itertools.combinations_with_replacement(range(-6, 13), n)
    return {(sum(s), sum(x * x for x in s)) for s in samples}


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_sums_of_squares_are_those_of_all_samples(n):
    # From five numbers on GRIMMER's conditions are met by exactly the sums that occur; below, some
    # more meet them. Squares below 36 need no number outside the range tried.
    reached = {(s, q) for s, q in all_sums(n) if 0 <= s <= n and q < 36}
    allowed = {
        (s, q)
        for s in range(n + 1)
        for sd in range(8)
        for q in possible_squares(s, str(sd), n, Fraction(1))
        if q < 36
    }
    assert reached <= allowed
    assert (reached == allowed) is (n >= 5)


def test_a_unit_widens_or_narrows_the_grid():
    # half months: 5.55 · 11 = 61.05, between 61 and 61.5; whole ones: 61/11 = 5.545…, 5.55
    assert grim("5.59", 11, Fraction(1, 2))
    assert not grim("5.59", 11)
    assert nearest_means("5.59", 11, Fraction(1)) == [Fraction(61, 11), Fraction(62, 11)]
