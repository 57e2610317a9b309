"""R-hat and effective sample size, against ArviZ."""

import math

import numpy as np
import pytest

from crlm.wings.reconstruction.convergence import effective_sample_size, r_hat


def walks(seed, chains, n, phi, apart=0):
    """Draw autoregressive chains, `apart` from each other."""
    rng = np.random.default_rng(seed)
    x, noise = np.zeros((chains, n)), rng.normal(size=(chains, n))
    for t in range(1, n):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x + apart * np.arange(chains)[:, None]


# ArviZ 0.23.4: arviz.rhat(x, method="rank"), arviz.ess(x, method="bulk")
@pytest.mark.parametrize(
    ("draws", "rhat", "ess"),
    [
        (walks(1, 4, 50, 0.5), 0.9977333965515227, 130.2633789528401),
        (walks(2, 4, 50, 0.9, apart=1), 1.4716790264379038, 9.181149281720932),
        (walks(3, 3, 25, 0.3), 0.989489233963246, 63.943611434872444),
        (walks(4, 4, 40, 0.5).round(), 1.0503052987708668, 68.77714935240161),  # ties
    ],
)
def test_as_arviz(draws, rhat, ess):
    assert r_hat(draws) == pytest.approx(rhat, rel=1e-9)
    assert effective_sample_size(draws) == pytest.approx(ess, rel=1e-9)


def test_chains_that_stand_still_apart_do_not_agree():
    draws = np.repeat([[1.0], [2.0], [2.0]], 12, axis=1)
    assert r_hat(draws) == math.inf


def test_chains_that_differ_in_spread_alone_do_not_agree():
    draws = walks(5, 4, 100, 0) * np.array([[1], [1], [1], [5]])
    assert r_hat(draws) > 1.05


@pytest.mark.parametrize("value", [3.0, math.nan])
def test_nothing_is_said_of_equal_or_missing_draws(value):
    draws = np.full((4, 12), 3.0)
    draws[1, 2] = value
    assert math.isnan(r_hat(draws))
    assert math.isnan(effective_sample_size(draws))
