"""How far the quantities of a cohort differ among the cohorts that keep its printed tables."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from crlm.base.files import read_frame
from crlm.wings.reconstruction.convergence import effective_sample_size, r_hat

COLUMNS = [
    "quantity", "kept", "value", "min", "p5", "median", "p95", "max", "proven_low", "proven_high",
    "r_hat", "ess", "draws",
]  # fmt: skip
KEYS = ["kept", "chain", "draw"]


def read_draws(path: str) -> pd.DataFrame:
    """Read a share of an ensemble, or the whole."""
    frame = read_frame(path, [])
    return frame.astype({c: "int64" if c in KEYS else "float64" for c in frame if c != "kept"})


def collect_draws(shares: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put the shares of an ensemble together, in the order of the draws."""
    return pd.concat(shares).sort_values(KEYS, ignore_index=True)


def summarise_draws(
    draws: pd.DataFrame, values: dict[str, float], bounds: pd.DataFrame
) -> pd.DataFrame:
    """Summarise an ensemble by the quantities that the print leaves open.

    Parameters
    ----------
    draws
        As `collect_draws` returns them.
    values
        The quantities of the reconstructed cohort.
    bounds
        As `prove_bounds` returns them: they hold of both sets of cohorts.

    Returns
    -------
    frame
        A row a quantity that differs between draws, and set of cohorts: the columns `COLUMNS`.
        Quantiles are of the set's own draws, ends of all cohorts known to be in it: a plausible one
        is also one that keeps the printed cells, and so is the reconstructed one. R-hat and the
        effective sample size say how far to trust the quantiles.
    """
    proven = bounds.set_index("quantity")[["low", "high"]].to_dict("index")
    rows = []
    for kept, drawn in draws.groupby("kept"):
        # Every cohort that is known to be of the set, wherever it was met.
        members = draws if kept == "printed" else drawn
        for key in drawn.columns.drop(KEYS):
            chains = drawn.pivot(index="chain", columns="draw", values=key).to_numpy()
            value = values.get(key, math.nan)
            known = chains[np.isfinite(chains)]
            every = pd.Series([*members[key], value]).dropna()
            if known.size == 0 or every.max() - every.min() < 1e-9:
                continue
            p5, median, p95 = np.quantile(known, [0.05, 0.5, 0.95])
            limits = proven.get(key, {"low": math.nan, "high": math.nan})
            rows.append(
                (key, kept, value, every.min(), p5, median, p95, every.max(), *limits.values(),
                 r_hat(chains), effective_sample_size(chains), known.size)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
