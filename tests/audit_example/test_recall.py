"""The audit of an invented paper: nothing said of a true one, planted errors found.

`make recall` measures the shares; here stand facts about a few papers, so that they run in seconds.
"""

import numpy as np
import pandas as pd
import pytest
from invented import PLAN, counts_of, exact_p, grow, print_paper, state_claims
from measure import CLEAN, summarise, try_planting
from plantings import ERRORS, plant


@pytest.mark.parametrize("seed", range(3))
def test_a_true_paper_raises_no_alarm(seed):
    assert try_planting((CLEAN, seed))["wrong_ids"] == ""


# One paper each; some others hide an error (two levels of equal size swapped, a mean whose n is not
# printed), as `make recall` counts.
@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("denominator", 0),
        ("swapped_label", 0),
        ("impossible_mean", 0),
        ("other_test", 0),
        ("prose_against_table", 88000),  # the number of the row beside it
        # a category; of 0 and 5 the classes of a number don't differ, but its means do: mixed
        ("statement_against_p", 3),
        ("statement_against_counts", 0),
    ],
)
def test_a_planted_error_is_located(kind, seed):
    assert try_planting((kind, seed))["located"]


@pytest.mark.long
@pytest.mark.parametrize("kind", ERRORS)
def test_a_planting_changes_what_it_names_and_nothing_else(kind):
    cells, statements, changed = plant(kind, 1)
    again, said, _ = plant(kind, 1)
    names = [*cells["id"], *statements["id"]]
    assert cells.equals(again)
    assert statements.equals(said)
    assert len(names) == len(set(names))
    assert 0 < len(changed) <= 12
    assert set(changed) <= set(names)


@pytest.mark.parametrize("seed", range(5))
def test_what_a_paper_says_is_so_and_a_planted_claim_is_not(seed):
    def holds(claim, rows):
        counts = counts_of(rows, claim.variable)
        totals, p = counts.sum(axis=1), exact_p(counts)
        if claim.claim == "no_difference":
            return p >= 0.05
        if claim.claim == "difference":
            return p < 0.05 and counts["alive"][claim.level] / totals[claim.level] > max(
                (counts["alive"] / totals).drop(claim.level)
            )
        others = totals.drop(claim.level)
        best = others.sum() if claim.claim == "majority" else others.max()
        return totals[claim.level] > best

    rows = grow(np.random.default_rng([seed, 0]))
    claims = state_claims(rows)
    assert len(claims) >= 6
    assert all(holds(claim, rows) for claim in claims.itertuples())
    rows = grow(np.random.default_rng([seed, *b"statement_against_p"]))
    _, statements, changed = plant("statement_against_p", seed)
    false = [c.id for c in statements.itertuples() if not holds(c, rows)]
    assert false == changed


def test_the_summary_counts_papers():
    # by hand: one of two papers located, of the other a set known, three numbers blamed besides in
    # one; one false alarm
    lines = [("row_shift", 7, True, False, False, False, 3),
             ("row_shift", 8, False, True, True, False, 0),
             (CLEAN, 7, False, False, False, False, 0),
             (CLEAN, 8, False, False, False, False, 1)]  # fmt: skip
    columns = ["kind", "seed", "located", "in_a_set", "tie", "hidden", "wrongly"]
    trials = pd.DataFrame(lines, columns=columns)
    summary = summarise(trials).set_index("kind")
    counts = [
        "papers",
        "first_seed",
        "last_seed",
        "located",
        "in_a_set",
        "tie",
        "wrongly",
        "alarms",
    ]
    assert summary.loc["row_shift", counts].tolist() == [2, 7, 8, 1, 1, 1, 3, 1]
    assert summary.loc[CLEAN, counts].tolist() == [2, 7, 8, 0, 0, 0, 1, 1]
    # R: prop.test(1, 2, correct=FALSE)$conf.int = 0.09453121 0.90546879
    assert summary.loc["row_shift", ["ci_low", "ci_high"]].tolist() == pytest.approx(
        [0.09453121, 0.90546879], abs=1e-6
    )


def test_the_invented_papers_exact_test_is_fishers():
    # R: fisher.test(matrix(c(3,1,9,7,1,3),3,byrow=TRUE))$p.value = 0.4335326808
    assert exact_p(pd.DataFrame([[3, 1], [9, 7], [1, 3]])) == pytest.approx(0.4335326808)


def test_the_printed_counts_are_those_of_the_rows():
    rows = grow(np.random.default_rng(5))
    cells = print_paper(rows).set_index("id")["text"]
    for sort in PLAN["variables"]["sort"]["levels"]:
        assert int(cells[f"t1_sort_{sort}_all_n"]) == (rows["sort"] == sort).sum()
    assert float(cells["t1_fruits_all_mean"]) == pytest.approx(rows["fruits"].mean(), abs=0.0051)
