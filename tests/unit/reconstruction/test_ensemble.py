"""Random walks over cohorts: what they keep, where they go, that shares do not matter."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from published import ASSUMED, CELLS, CODEBOOK, GROUP, PLAN, WRITTEN, read_cohort

from crlm.response import classify
from crlm.wings.audit.transcription import DROPPED
from crlm.wings.reconstruction import ensemble
from crlm.wings.reconstruction.ensemble import draw_cohorts, measure_draws, share_of, walk
from crlm.wings.reconstruction.judged import compare_with_print
from crlm.wings.reconstruction.left_open import measure_quantities
from crlm.wings.reconstruction.plausibility import (
    LESIONS,
    gives_responses,
    keeps_doses,
    keeps_lesions,
    relate_dose,
    relate_lesions,
)
from crlm.wings.reconstruction.rows import solve
from crlm.wings.reconstruction.unknown_rows import UnknownRows

RANGES = ASSUMED["ranges"]
RULE = WRITTEN["response_rules"]["number_and_size"]


@pytest.fixture(scope="module")
def start():
    return read_cohort()


@pytest.fixture
def short(monkeypatch):
    """Walk a little way between draws."""
    monkeypatch.setattr(ensemble, "BURN_IN", 6)
    monkeypatch.setattr(ensemble, "THIN", 2)
    monkeypatch.setattr(ensemble, "PER_CHAIN", 2)


# --- The relations in arrays are those that the solver reads --------------------------------------


def lesions_at_random(rng, cohorts):
    """Draw rows of one patient, around no change, so that about half keep the relations."""
    before = rng.integers(15, 80, cohorts)
    after = (
        before * rng.choice([0.5, 0.75, 1, 1.25, 1.7], cohorts) + rng.integers(-4, 5, cohorts)
    ).astype(int)
    specimen = (after + rng.integers(-12, 13, cohorts)).clip(5)
    n0 = rng.integers(1, 5, cohorts)
    n1 = (n0 + rng.integers(-2, 3, cohorts)).clip(1, 8)
    codes = dict(zip(LESIONS, (n0, before, n1, after.clip(6), specimen), strict=True))
    for column in LESIONS:
        if column not in ("lesions_pre", "size_pre_mm"):
            codes[column] = np.where(rng.random(cohorts) < 0.2, 0, codes[column])
    return {c: x[:, None] for c, x in codes.items()}


@pytest.mark.parametrize("response", list(GROUP))
def test_lesions_keep_what_the_solver_asks(response):
    codes = lesions_at_random(np.random.default_rng(1), 150)
    one = np.array([response])
    kept = gives_responses(codes, one, RULE["parameters"]) & keeps_lesions(one, ASSUMED)(codes)
    for i, expected in enumerate(kept):
        earlier = pd.DataFrame({"response": one, "group": ["all"]})
        unknown = UnknownRows(LESIONS, CODEBOOK, earlier, RANGES)
        relate_lesions(unknown, [response], RULE["parameters"], ASSUMED)
        for column in LESIONS:
            unknown.model.add(unknown.x[column][0] == int(codes[column][i, 0]))
        assert is_feasible(unknown) == expected, {c: int(x[i, 0]) for c, x in codes.items()}
    assert 3 < kept.sum() < 147


def is_feasible(unknown):
    try:
        solve(unknown, "one row")
    except ValueError:
        return False
    return True


def test_doses_keep_what_the_solver_asks():
    rng = np.random.default_rng(2)
    codes = {
        "cycles": rng.integers(2, 9, (150, 2)),
        "duration_months": rng.integers(3, 30, (150, 2)),
    }
    codes = {c: np.where(rng.random(x.shape) < 0.3, 0, x) for c, x in codes.items()}
    kept = keeps_doses(np.array(["stationary"] * 2), ASSUMED)(codes)
    for i, expected in enumerate(kept):
        unknown = UnknownRows([*codes], CODEBOOK, pd.DataFrame({"group": ["all", "all"]}), RANGES)
        relate_dose(unknown, ["stationary"] * 2, {}, ASSUMED)
        for column, x in codes.items():
            for p in (0, 1):
                unknown.model.add(unknown.x[column][p] == int(x[i, p]))
        assert is_feasible(unknown) == expected, {c: x[i].tolist() for c, x in codes.items()}
    assert 10 < kept.sum() < 140


def test_responses_are_those_of_the_rule():
    codes = lesions_at_random(np.random.default_rng(3), 500)
    rows = pd.DataFrame({c: x[:, 0] for c, x in codes.items()}).astype(float)
    given = classify(rows.mask(rows == 0), RULE)["response"]
    for response in GROUP:
        kept = gives_responses(codes, np.array([response]), RULE["parameters"])
        assert (kept == (given == response)).all()
        assert kept.any()


# --- The walk -------------------------------------------------------------------------------------


def test_every_cohort_within_reach_is_as_likely():
    # Three patients with numbers from 1 to 4 with sum 6: (1,1,4), (1,2,3), (2,2,2) in any order:
    # 3 + 6 + 1 = 10 cohorts.
    chains = 400
    codes = {"age_years": np.full((chains, 3), 2)}
    keeps = {"age_years": [lambda codes: codes["age_years"].sum(axis=1) == 6]}
    generators = [np.random.default_rng([5, c]) for c in range(chains)]
    seen = []
    for _ in range(20):
        walk(codes, keeps, {"age_years": (1, 4)}, np.array(["a"] * 3), generators, 30, [])
        seen += map(tuple, codes["age_years"])
    counts = pd.Series(seen).value_counts()
    assert len(counts) == 10
    assert counts.sum() == 8000
    # 800 expected of each; 99.99 % of independent draws would lie within 800 ± 3.9 * sqrt(720)
    assert (counts - 800).abs().max() < 3.9 * 720**0.5


@pytest.mark.parametrize("plausible", [True, False])
def test_draws_keep_all_cells_the_response_and_what_is_assumed(start, short, plausible):
    before = compare_with_print(CELLS, start, PLAN).set_index("id")["verdict"]
    changed = 0
    for _, _, rows in draw_cohorts(
        [start], CELLS, PLAN, CODEBOOK, ASSUMED, plausible, 1, range(3), 2
    ):
        after = compare_with_print(CELLS, rows, PLAN).set_index("id")["verdict"]
        assert (after[before != DROPPED] != DROPPED).all()
        assert (classify(rows, RULE)["response"] == rows["response"]).all()
        if plausible:
            codes = {c: (rows[c] / RANGES[c][2]).fillna(0).to_numpy(int)[None] for c in RANGES}
            responses = rows["response"].to_numpy()
            assert keeps_lesions(responses, ASSUMED)(codes).all()
            assert keeps_doses(responses, ASSUMED)(codes).all()
        changed += any(
            (rows[c] != start.sort_values("response")[c].to_numpy()).any() for c in RANGES
        )
    assert changed == 6


def test_a_start_that_breaks_the_rule_is_refused(start):
    broken = start.copy()
    grown = broken["response"].eq("regressive").idxmax()
    broken.loc[grown, "lesions_post"] = broken.loc[grown, "lesions_pre"] + 1
    with pytest.raises(ValueError, match="a start does not keep what is asked of lesions_p"):
        next(draw_cohorts([start, broken], CELLS, PLAN, CODEBOOK, ASSUMED, False, 1, range(2), 1))


def test_a_start_that_loses_a_cell_is_refused(start):
    broken = start.copy()
    broken.loc[broken["cycles"].idxmax(), "cycles"] = 12
    with pytest.raises(ValueError, match="a start does not keep what is asked of cycles"):
        next(draw_cohorts([start, broken], CELLS, PLAN, CODEBOOK, ASSUMED, False, 1, range(2), 1))


def test_a_draw_that_loses_a_cell_is_refused(start, short, monkeypatch):
    monkeypatch.setattr(
        ensemble, "walk", lambda codes, *_: codes["age_years"].__setitem__((0, 0), 79)
    )
    with pytest.raises(ValueError, match="chain 0, draw 0: lost t"):
        next(draw_cohorts([start], CELLS, PLAN, CODEBOOK, ASSUMED, False, 1, range(1), 1))


def test_the_shares_make_the_same_draws_however_many(start, short):
    measure = partial(measure_draws, [start], CELLS, PLAN, CODEBOOK, ASSUMED, "plausible", 7, 8)
    whole = measure("1-of-1")
    parts = pd.concat([measure(f"{i}-of-3") for i in (1, 2, 3)])
    pd.testing.assert_frame_equal(
        whole.sort_values(["chain", "draw"], ignore_index=True),
        parts.sort_values(["chain", "draw"], ignore_index=True),
        check_exact=True,
    )
    assert whole["chain"].nunique() == 4
    other = measure_draws([start], CELLS, PLAN, CODEBOOK, ASSUMED, "plausible", 8, 2, "1-of-1")
    first = whole[whole["chain"] == 0]
    assert (other["correlation.cycles.rho"] != first["correlation.cycles.rho"].to_numpy()).all()


def test_shares_divide_the_chains():
    assert [[*share_of(7, f"{i}-of-3")] for i in (1, 2, 3)] == [[0, 3, 6], [1, 4], [2, 5]]


# --- The quantities -------------------------------------------------------------------------------


def test_rows_that_give_other_responses_are_refused(start):
    with pytest.raises(ValueError, match="gives other responses"):
        measure_quantities(start.assign(response="progressive"), PLAN, "number_and_size")
