"""Judge many cohorts at once by the printed cells of one column.

Each cell is a condition on whole numbers, exact: totals of a group (of patients, codes, squares of
codes) between two multiples of another total.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import ALL, Of, Range, Reading, read_cell, true_range


def conditions_of(
    cells: pd.DataFrame, plan: Plan, groups: np.ndarray, domain: dict[int, float]
) -> Callable[[np.ndarray], np.ndarray]:
    """Make a function that tells which cohorts keep the printed cells of a column.

    Parameters
    ----------
    cells
        The transcribed cells whose variables are read from the column.
    plan
        The statistical analysis plan.
    groups
        The group of each patient.
    domain
        Code -> value in the column's unit; 0 is a missing one.

    Returns
    -------
    function
        Of codes, whole numbers of shape (cohorts, patients); returns bools of shape (cohorts,). A
        percentage is met by rounding or by truncation, as in `transcription.judge`.
    """
    names = [ALL, *plan.groups]
    within = np.array([(groups == g) | (g == ALL) for g in names], dtype=float)
    numbers = np.arange(max(domain) + 1)
    domain = {code: value for code, value in domain.items() if code}
    features = {frozenset(domain): numbers > 0, Of.SUM: numbers, Of.SQUARES: numbers**2}
    bounds: list[tuple] = []  # (total, of which total, range of their ratio)
    ranked = []
    for cell in cells.itertuples():
        printed = true_range(cell, cut=True, up=True)
        if cell.statistic == "p_value":
            if not plan.variables[cell.variable].levels:
                ranked.append((plan.tables[f"table{cell.table}"].groups, printed))
            continue  # that of a table of counts follows from the counts
        bounds += bounds_of(read_cell(cell, printed, plan, domain), domain, len(groups))
    for feature in [f for b in bounds for _, f in filter(None, b[:2]) if isinstance(f, frozenset)]:
        features.setdefault(feature, np.isin(numbers, [*feature]))

    table = np.array(list(features.values()), dtype=float).T
    places = [(g, f) for g in names for f in features]
    places += [*((g, f) for f in (Of.SPREAD, Of.PAIRS) for g in names), None]
    part, whole = (np.array([places.index(b[i]) for b in bounds], dtype=int) for i in (0, 1))
    # Cross-multiplied, so that nothing is divided and every comparison is of whole numbers.
    (low, low_of), (high, high_of) = (
        np.array([b[2][i].as_integer_ratio() for b in bounds], dtype=float).reshape(-1, 2).T
        for i in (0, 1)
    )
    beyond = np.array(
        [not b[2].open for b in bounds], dtype=float
    )  # a whole number at the end is in

    def keeps(codes: np.ndarray) -> np.ndarray:
        totals = within @ table[codes]
        known, sums, squares = totals[..., 0], totals[..., 1], totals[..., 2]
        every = np.concatenate(
            [
                totals.reshape(len(codes), -1),
                known * squares - sums**2,
                known * (known - 1),
                np.ones((len(codes), 1)),
            ],
            axis=1,
        )
        number, of = every[:, part], every[:, whole]
        kept = ((number * low_of >= low * of) & (number * high_of < high * of + beyond)).all(axis=1)
        for pair, printed in ranked:
            p = rank_sum_p(*(codes[:, groups == g] for g in pair))
            kept &= (p >= float(printed.low)) & (p < float(printed.high))
        return kept

    return keeps


def bounds_of(reading: Reading, domain: dict[int, float], patients: int) -> list[tuple]:
    """Return what a reading asks: (total, of which total, range of their ratio)."""
    group, feature = reading.part
    if feature in (Of.LEAST, Of.GREATEST):
        inside, beyond = reading.limits(domain)
        some, none = Range(Fraction(1), Fraction(patients)), Range(Fraction(0), Fraction(0))
        return [((group, inside), None, some), ((group, beyond), None, none)]
    low, high, open_ = reading.printed
    ratio = Range(low / reading.scale, high / reading.scale, open_)
    return [(reading.part, reading.whole, ratio)]


def rank_sum_p(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the asymptotic Mann–Whitney p of many pairs of samples, as `ranks` does.

    Parameters
    ----------
    x, y
        Whole codes, shapes (cohorts, m) and (cohorts, n); 0 is missing and left out.
    """
    first, second = (np.where(codes > 0, codes, np.nan) for codes in (x, y))
    return mannwhitneyu(
        first, second, axis=1, method="asymptotic", use_continuity=False, nan_policy="omit"
    ).pvalue
