"""Agreement of two readings of the same patients."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from crlm.statistics.confidence import CONFIDENCE, Z

SMALLEST_SE = 1e-7  # what rounding leaves of a standard error of 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Observed agreement and Cohen's kappa with its standard error and 95 % interval."""

    n: int
    observed: float
    kappa: float
    se: float
    ci_low: float
    ci_high: float


def cohen_kappa(a, b, levels):
    """Measure the agreement of two readings beyond chance, unweighted.

    The standard error is the large-sample one of Fleiss, Cohen & Everitt (Psychol Bull
    1969;72:323–7, eq. 13) for any kappa, and the interval is kappa ± 1.96 standard errors, cut off
    at -1 and 1. Where that standard error is 0 (the readings agree in every patient or in none, or
    one of them is always the same) it says nothing of the uncertainty. The interval is then that of
    the observed agreement by Clopper & Pearson (Biometrika 1934;26:404–13) put into kappa's
    formula, with chance agreement taken as known as by Cohen (Educ Psychol Meas 1960;20:37–46).

    Parameters
    ----------
    a, b : sequence, shape (n,)
        The two readings, patient by patient, without missing values.
    levels : sequence
        All levels a reading may have.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If the readings are none, differ in number or have a value outside the levels, or if both
        give all patients the same one level, when kappa is not defined.
    """
    a, b, levels = list(a), list(b), list(levels)
    n = len(a)
    if n == 0 or n != len(b):
        raise ValueError(f"readings come in pairs, one or more: got {n} and {len(b)}")
    strange = sorted({repr(value) for value in {*a, *b} if value not in levels})
    if strange:
        raise ValueError(f"readings outside the levels {levels}: {', '.join(strange)}")

    if len({*a, *b}) == 1:
        raise ValueError("both readings give all patients the same level: kappa is not defined")

    counts = np.zeros((len(levels), len(levels)))
    for (one, other), number in Counter(zip(a, b, strict=True)).items():
        counts[levels.index(one), levels.index(other)] = number
    share = counts / n
    share_a, share_b = share.sum(axis=1), share.sum(axis=0)
    agreed = np.diag(share)
    observed = float(np.trace(counts) / n)
    chance = (share_a * share_b).sum()  # `@` depends on the processor
    kappa = float((observed - chance) / (1 - chance))

    on_diagonal = (agreed * (1 - (share_a + share_b) * (1 - kappa)) ** 2).sum()
    # Row i, column j: the share of level i in b and of level j in a.
    crosswise = (share - np.diag(agreed)) * (share_b[:, None] + share_a[None, :]) ** 2
    off_diagonal = (1 - kappa) ** 2 * crosswise.sum()
    variance = on_diagonal + off_diagonal - (kappa - chance * (1 - kappa)) ** 2
    se = float(math.sqrt(max(0.0, variance) / n) / (1 - chance))
    if se > SMALLEST_SE:
        half_width = Z * se
        ci_low, ci_high = kappa - half_width, kappa + half_width
    else:
        agreeing = round(float(np.trace(counts)))
        tail = (1 - CONFIDENCE) / 2
        low = betaincinv(agreeing, n - agreeing + 1, tail) if agreeing else 0.0
        high = betaincinv(agreeing + 1, n - agreeing, 1 - tail) if agreeing < n else 1.0
        ci_low, ci_high = ((float(end) - chance) / (1 - chance) for end in (low, high))
    return Agreement(n, observed, kappa, se, max(-1.0, ci_low), min(1.0, ci_high))
