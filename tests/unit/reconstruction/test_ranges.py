"""Ranges over the draws, and how the registry shows them."""

import math

import numpy as np
import pandas as pd
import pytest
from project import ROOT

from crlm.base.files import read_frame
from crlm.numbers.undetermined import ranges_of, register_ranges
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.ranges import COLUMNS, collect_draws, summarise_draws

DECIMALS = {"percent": 1, "p_value": 3, "mean": 1, "kappa": 2, "rho": 2}
BOUNDS = pd.DataFrame(
    [("test.x.effect", -1.0, 2.5, "reached")], columns=["quantity", "low", "high", "status"]
)


def draws():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        [
            (kept, chain, draw)
            for kept in ("plausible", "printed")
            for chain in range(4)
            for draw in range(10)
        ],
        columns=["kept", "chain", "draw"],
    )
    frame["test.x.p"] = np.tile(np.linspace(0.01, 0.4, 40), 2)
    frame["test.x.effect"] = rng.normal(size=80)
    frame["all.y.mean"] = 4.5  # printed, and the same in all
    frame["agreement.kappa"] = np.where(frame["draw"] == 3, np.nan, rng.random(80))
    return frame


def test_the_ends_are_of_all_cohorts_known_to_be_in_the_set():
    frame = draws()
    frame.loc[frame["kept"] == "plausible", "test.x.p"] /= 10  # from 0.001
    ranges = summarise_draws(frame, {"test.x.p": 0.9}, BOUNDS).set_index(["quantity", "kept"])
    assert [*ranges.loc["test.x.p", "printed"][["min", "max"]]] == pytest.approx([0.001, 0.9])
    assert [*ranges.loc["test.x.p", "plausible"][["min", "max"]]] == pytest.approx([0.001, 0.9])
    assert ranges.loc["test.x.p", "printed"]["median"] == pytest.approx(0.205)
    assert ranges.loc["test.x.p", "plausible"]["median"] == pytest.approx(0.0205)


def test_shares_are_put_in_order_whatever_theirs():
    frame = draws()
    shares = [frame[frame["chain"] % 3 == i].sample(frac=1, random_state=i) for i in (2, 0, 1)]
    pd.testing.assert_frame_equal(collect_draws(shares), frame)


def test_a_range_is_of_the_draws_and_of_what_is_proven():
    ranges = summarise_draws(draws(), {"test.x.p": 0.03}, BOUNDS).set_index(["quantity", "kept"])
    assert "all.y.mean" not in ranges.index.get_level_values(0)
    p = ranges.loc["test.x.p", "printed"]
    # 40 values 0.01 apart from 0.01 to 0.4: quantile q lies at 0.01 + 0.39 q
    assert [p["value"], p["min"], p["max"]] == pytest.approx([0.03, 0.01, 0.4])
    assert [p["p5"], p["median"], p["p95"]] == pytest.approx([0.0295, 0.205, 0.3805])
    assert math.isnan(p["proven_low"])
    assert p["r_hat"] > 1.5  # each chain keeps to its own quarter
    effect = ranges.loc["test.x.effect", "plausible"]
    assert [effect["proven_low"], effect["proven_high"]] == [-1, 2.5]
    assert effect["r_hat"] < 1.2
    kappa = ranges.loc["agreement.kappa", "printed"]
    assert kappa["draws"] == 36
    assert math.isnan(kappa["r_hat"])


def test_the_registry_shows_what_is_proven_or_else_the_draws():
    shown = register_ranges(
        summarise_draws(draws(), {}, BOUNDS), read_plan({"decimals": DECIMALS, "alpha": 0.05})
    )
    assert shown["range.test.x.p"]["display"] == "0.010 to 0.400"
    assert "may be wider" in shown["range.test.x.p"]["meaning"]
    assert shown["range.test.x.effect"]["display"] == "−1.0 to 2.5"
    assert "proven" in shown["range.test.x.effect"]["meaning"]
    assert set(shown["range.test.x.p"]) == {
        "value", "display", "meaning", "unit", "rule", "module", "source", "patients",
        "account",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("decimals", "alpha", "shown"),
    [(4, 0.01, "0.0100 to 0.4000"), (2, 0.05, "0.01 to 0.40")],
)
def test_the_registry_prints_p_as_the_plan_says(decimals, alpha, shown):
    plan = read_plan({"decimals": DECIMALS | {"p_value": decimals}, "alpha": alpha})
    found = register_ranges(summarise_draws(draws(), {}, BOUNDS), plan)
    assert found["range.test.x.p"]["display"] == shown


@pytest.mark.parametrize(
    ("key", "open_"),
    [
        ("all.x.mean_sd", ""),  # no other cohort prints another SD
        ("all.x.median_iqr", "quartiles not known"),
        ("all.x.typical", "quartiles not known"),
        ("all.y.typical", ""),  # the mean and SD
        ("all.z.median_iqr", "sd 1.5 to 1.7"),
        ("all.z.range", ""),
        ("all.w.median_iqr", ""),
    ],
)
def test_what_another_cohort_may_print_otherwise(key, open_):
    numbers = {"range.all.x.sd": "1.6", "range.all.y.sd": "1.6", "range.all.z.sd": "1.5 to 1.7"}
    numbers |= dict.fromkeys(["all.x.iqr", "all.z.iqr", "all.w.iqr"], "2 to 3")
    assert ranges_of(key, {key: {"display": display} for key, display in numbers.items()}) == open_


def test_the_committed_ranges_hold_the_committed_cohort():
    ranges = read_frame(ROOT / "data/published/ranges.csv", COLUMNS[2:])
    assert [*ranges] == COLUMNS
    assert not ranges.duplicated(["quantity", "kept"]).any()
    for low, high in (("proven_low", "proven_high"), ("min", "max")):
        known = ranges.dropna(subset=[low])
        assert len(known)
        outside = (known["value"] < known[low] - 1e-9) | (known["value"] > known[high] + 1e-9)
        assert not outside.any(), known[outside]
    proven = ranges.dropna(subset=["proven_low"])
    assert (proven["proven_low"] <= proven["min"] + 1e-9).all()
    assert (proven["max"] <= proven["proven_high"] + 1e-9).all()
