"""The audit of an invented paper: nothing said of a true one, planted errors found.

`make recall` measures the shares; here stand facts about a few papers, so that they run in seconds.
"""

import numpy as np
import pandas as pd
import pytest
from invented import ERRORS, PLAN, exact_p, grow, plant, print_paper
from measure import CLEAN, try_planting, wilson


@pytest.mark.parametrize("seed", range(3))
def test_a_true_paper_raises_no_alarm(seed):
    found = try_planting((CLEAN, seed))
    assert found["numbers"] > 110
    assert (found["found"], found["false_alarms"]) == (False, 0)


# One paper each; some others hide an error (two levels of equal size swapped, a mean whose n is not
# printed), as `make recall` counts.
@pytest.mark.parametrize(
    "kind",
    ["denominator", "row_shift", "swapped_label", "impossible_mean", "other_test",
     "prose_against_table"],
)  # fmt: skip
def test_a_planted_error_is_found(kind):
    found = try_planting((kind, 0))
    assert found["found"]
    assert found["false_alarms"] == 0


@pytest.mark.parametrize("kind", ERRORS)
def test_a_planting_changes_what_it_names_and_nothing_else(kind):
    cells, changed = plant(kind, 1)
    again, _ = plant(kind, 1)
    assert changed
    assert cells.equals(again)
    assert list(cells["id"]) == list(dict.fromkeys(cells["id"]))
    assert 0 < len(changed) <= 12


def test_the_invented_papers_exact_test_is_fishers():
    # R: fisher.test(matrix(c(3,1,9,7,1,3),3,byrow=TRUE))$p.value = 0.4335326808
    assert exact_p(pd.DataFrame([[3, 1], [9, 7], [1, 3]])) == pytest.approx(0.4335326808)


def test_the_printed_counts_are_those_of_the_rows():
    rows = grow(np.random.default_rng(5))
    cells = print_paper(rows).set_index("id")["text"]
    for sort in PLAN["variables"]["sort"]["levels"]:
        assert int(cells[f"t1_sort_{sort}_all_n"]) == (rows["sort"] == sort).sum()
    assert float(cells["t1_fruits_all_mean"]) == pytest.approx(rows["fruits"].mean(), abs=0.0051)


def test_the_interval_of_a_share():
    # R: prop.test(8, 20, correct=FALSE)$conf.int = 0.2188065 0.6134185
    assert wilson(8, 20) == pytest.approx((0.2188065, 0.6134185), abs=1e-6)
