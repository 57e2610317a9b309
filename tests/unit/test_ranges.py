"""Ranges over the draws, and how the registry shows them."""

import math

import numpy as np
import pandas as pd
import pytest

from crlm.openness import of_ranges
from crlm.ranges import collect_draws, summarise_draws

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
    shown = of_ranges(summarise_draws(draws(), {}, BOUNDS), DECIMALS)
    assert shown["range.test.x.p"]["display"] == "0.010 to 0.400"
    assert "of 40 draws" in shown["range.test.x.p"]["meaning"]
    assert shown["range.test.x.effect"]["display"] == "−1.0 to 2.5"
    assert "proven" in shown["range.test.x.effect"]["meaning"]
    assert "of 40 draws" in shown["range.test.x.effect.plausible"]["meaning"]
    assert set(shown["range.test.x.p"]) == {
        "value", "display", "meaning", "unit", "rule", "module", "source", "patients"
    }  # fmt: skip
