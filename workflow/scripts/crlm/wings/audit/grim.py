"""Tell whether a mean and an SD can come from so many numbers recorded in whole steps.

GRIM (Brown & Heathers, Soc Psychol Pers Sci 2017;8:363–9): the sum of n numbers recorded in steps
of a unit is a whole number of units, so that the mean lies on a grid of unit/n. GRIMMER (Anaya,
PeerJ Preprints 2016;4:e2400v1; analytic form: Allard 2018): for such a sum the sum of squares is a
whole number of squared units, too, and of the same parity as the sum, since x² and x are both even
or both odd; the SD must come from one of them.

All is done in fractions; a printed value stands for all that round to it.
"""

import math
from fractions import Fraction

from crlm.wings.audit.transcription import printed_range, squares_of


def possible_sums(mean: str, n: int, unit: Fraction) -> range:
    """Return the sums, in units, of n numbers whose mean prints so (GRIM)."""
    return printed_range(mean).parts(n, unit)


def possible_squares(total: int, sd: str, n: int, unit: Fraction) -> range:
    """Return the sums of squares, in squared units, that go with a sum and an SD (GRIMMER).

    Parameters
    ----------
    total
        Sum of the numbers, in units.
    sd
        As printed, of a sample (divisor n - 1).
    n
        How many numbers, two or more.
    unit
        Step in which the numbers are recorded.
    """
    squares = squares_of(printed_range(sd).squared().parts(n * (n - 1), unit**2), total, n)
    # no sum of squares is below that of numbers as equal as whole numbers can be
    quotient, rest = divmod(total, n)
    least = rest * (quotient + 1) ** 2 + (n - rest) * quotient**2
    first = max(squares.start, least)
    return range(first + (first - total) % 2, squares.stop, 2)


def grim(mean: str, n: int, unit: Fraction = Fraction(1)) -> bool:
    """Tell whether n numbers recorded in steps of `unit` can have a mean that prints so."""
    return len(possible_sums(mean, n, unit)) > 0


def grimmer(mean: str, sd: str, n: int, unit: Fraction = Fraction(1)) -> bool:
    """Tell whether n numbers recorded in steps of `unit` can have a mean and SD that print so."""
    sums = possible_sums(mean, n, unit)
    return n > 1 and any(len(possible_squares(total, sd, n, unit)) for total in sums)


def nearest_means(mean: str, n: int, unit: Fraction) -> list[Fraction]:
    """Return the possible means next to a printed one, below and above (or the one itself)."""
    steps = Fraction(mean) * n / unit
    return [Fraction(s) * unit / n for s in sorted({math.floor(steps), math.ceil(steps)})]
