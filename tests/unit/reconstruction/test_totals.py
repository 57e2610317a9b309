"""Conditions on many cohorts at once, against the judge of one."""

import numpy as np
import pandas as pd
import pytest
from published import CELLS, PLAN, ROOT

from crlm.base.files import read_yaml
from crlm.statistics.ranks import mann_whitney
from crlm.wings.audit.transcription import DROPPED, verdict_on
from crlm.wings.reconstruction.judged import computed_of
from crlm.wings.reconstruction.totals import conditions_of, rank_sum_p

STEPS = read_yaml(ROOT / "config/audit.yaml")["steps"]
GROUPS = np.array(["responders"] * 14 + ["progressive"] * 11)


def codes_near_the_print(column, rng, cohorts):
    """Draw codes that meet some of the printed cells in some cohorts, and miss them in others."""
    centre, spread = {"cycles": (5, 2), "duration_months": (10, 7), "age_years": (46, 14)}.get(
        column, (45, 25)
    )
    codes = rng.normal(centre, spread, (cohorts, len(GROUPS))).round().astype(int).clip(3, 140)
    codes[rng.random(codes.shape) < 0.1] = 0
    return codes


@pytest.mark.parametrize(
    "column", ["age_years", "size_pre_mm", "size_post_mm", "cycles", "duration_months"]
)
def test_each_cell_alone_is_judged_as_by_the_judge(column):
    rng, step = np.random.default_rng(1), STEPS[column]
    codes = codes_near_the_print(column, rng, 60)
    domain = {i: i * step for i in range(1, 200)}
    cohorts = [
        pd.DataFrame({"group": GROUPS, column: np.where(row > 0, row * step, np.nan)})
        for row in codes
    ]
    met, cells = 0, CELLS[CELLS["variable"].map(PLAN.sources) == column]
    for i, cell in enumerate(cells.itertuples()):
        if cell.kind == "p_value" and column != "age_years":
            continue  # a p-value of counts follows from the counts
        keeps = conditions_of(cells.iloc[[i]], PLAN, GROUPS, domain)(codes)
        for kept, rows in zip(keeps, cohorts, strict=True):
            assert kept == (verdict_on(computed_of(rows, cell, PLAN), cell, up=True) != DROPPED)
            met += kept
    assert met > 10  # not all were missed


def test_the_rank_sum_p_is_that_of_the_test():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 9, (50, 14)), rng.integers(0, 9, (50, 11))  # many ties; 0 is missing
    expected = [
        mann_whitney(a[a > 0], b[b > 0], method="asymptotic").p_value
        for a, b in zip(x, y, strict=True)
    ]
    assert rank_sum_p(x, y) == pytest.approx(expected, rel=1e-12)
