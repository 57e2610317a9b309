"""Judge many cohorts at once by the printed cells of one column.

Each cell is a condition on whole numbers, exact: totals of a group (of patients, codes, squares of
codes) between two multiples of another total.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from crlm.audit.transcription import interval
from crlm.plan.variables import holds, percent_of


def conditions_of(
    cells: pd.DataFrame, plan: dict, groups: np.ndarray, domain: dict[int, float]
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
    names = ["all", *plan["groups"]]
    within = np.array([(groups == g) | (g == "all") for g in names], dtype=float)
    code, value = next((c, v) for c, v in domain.items() if c)
    step = Fraction(str(value)) / code
    numbers = np.arange(max(domain) + 1)
    features = {"known": numbers > 0, "code": numbers, "square": numbers**2}
    bounds: list[Any] = []  # (total, of which total, least, below)
    ranked = []

    def feature(codes) -> str:
        name = repr(codes := sorted(codes))
        features[name] = np.isin(numbers, codes)
        return name

    for cell in cells.itertuples():
        variable, group = plan["variables"][cell.variable], cell.group
        low, high, _ = interval(cell, cut=True, up=True)
        scale = step * Fraction(str(variable.get("scale", 1)))
        if cell.statistic == "p_value":
            if "levels" not in variable:
                ranked.append((plan["tables"][f"table{cell.table}"]["groups"], low, high))
            continue  # that of a table of counts follows from the counts
        if cell.statistic in ("n", "percent"):
            levels = {
                name: {c for c, v in domain.items() if c and holds(level, v)}
                for name, level in variable["levels"].items()
            }
            part = (group, feature(levels[cell.level]))
            if cell.statistic == "n":
                bounds.append((part, "one", low, high + 1))
                continue
            whole = (
                (group, feature(set().union(*levels.values())))
                if percent_of(cell, plan) == "group"
                else ("all", feature(levels[cell.level]))
            )
            bounds.append((part, whole, low / 100, high / 100))
        elif cell.statistic == "mean":
            bounds.append(((group, "code"), (group, "known"), low / scale, high / scale))
        elif cell.statistic == "sd":
            square = [(max(bound, Fraction(0)) / scale) ** 2 for bound in (low, high)]
            bounds.append((("spread", group), ("pairs", group), *square))
        else:
            inside = {c for c in domain if c and low <= c * scale < high}
            least = cell.statistic == "min"
            outside = {c for c in domain if c and (c * scale < low if least else c * scale >= high)}
            bounds.append(((group, feature(inside)), "one", Fraction(1), Fraction(len(groups) + 1)))
            bounds.append(((group, feature(outside)), "one", Fraction(0), Fraction(1)))

    table = np.array(list(features.values()), dtype=float).T
    places: list[Any] = [(g, f) for g in names for f in features]
    places += [*(("spread", g) for g in names), *(("pairs", g) for g in names), "one"]
    part, whole = (np.array([places.index(b[i]) for b in bounds], dtype=int) for i in (0, 1))
    # Cross-multiplied, so that nothing is divided and every comparison is of whole numbers.
    (low, low_of), (high, high_of) = (
        np.array([b[i].as_integer_ratio() for b in bounds], dtype=float).reshape(-1, 2).T
        for i in (2, 3)
    )

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
        kept = ((number * low_of >= low * of) & (number * high_of < high * of)).all(axis=1)
        for pair, least, below in ranked:
            p = rank_sum_p(*(codes[:, groups == g] for g in pair))
            kept &= (p >= float(least)) & (p < float(below))
        return kept

    return keeps


def rank_sum_p(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Compute the asymptotic Mann–Whitney p of many pairs of samples, as `ranks` does.

    Parameters
    ----------
    x, y
        Whole codes, shapes (cohorts, m) and (cohorts, n); 0 is missing and left out.
    """
    pooled = np.concatenate([x, y], axis=1)
    known = pooled > 0
    m, n = (x > 0).sum(axis=1), (y > 0).sum(axis=1)
    beyond = np.sign(x[:, :, None] - y[:, None, :]) * ((x > 0)[:, :, None] & (y > 0)[:, None, :])
    tied = ((pooled[:, :, None] == pooled[:, None, :]) & known[:, None, :]).sum(axis=2)
    ties = ((tied**2 - 1) * known).sum(axis=1)
    total = m + n
    variance = m * n / 12 * (total + 1 - ties / (total * (total - 1)))
    return 2 * ndtr(-np.abs(beyond.sum(axis=(1, 2))) / 2 / np.sqrt(variance))
