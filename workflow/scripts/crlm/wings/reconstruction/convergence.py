"""Whether random walks agree: split R-hat and effective sample size, after rank normalisation.

Vehtari, Gelman, Simpson, Carpenter & Bürkner, Bayesian Analysis 2021;16:667–718; the split R-hat is
Gelman & Rubin's (Statist Sci 1992;7:457–72) of chains cut in half.
"""

import math

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata


def split_chains(draws: np.ndarray) -> np.ndarray:
    """Cut each chain in half; of an odd number of draws the middle one is left out."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]])


def normalise_ranks(draws: np.ndarray) -> np.ndarray:
    """Replace values by the normal scores of their ranks among all draws (Vehtari, eq. 14)."""
    ranks = rankdata(draws, axis=None).reshape(draws.shape)
    return ndtri((ranks - 3 / 8) / (draws.size + 1 / 4))


def variances_of(draws: np.ndarray) -> tuple[float, float]:
    """Return the mean variance within chains, and the variance estimated from all (eqs. 1–3)."""
    n = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean()
    return float(within), float(within * (n - 1) / n + draws.mean(axis=1).var(ddof=1))


def r_hat(draws: np.ndarray) -> float:
    """Compute the rank-normalised split R-hat: the larger of location's and spread's (section 4).

    Parameters
    ----------
    draws
        Shape (chains, draws), four draws a chain at least.

    Returns
    -------
    float
        Near 1 where the chains agree; infinite where each stands still at its own value; NaN where
        all draws are equal or one is missing.
    """
    split = split_chains(draws)
    if not np.isfinite(draws).all() or np.ptp(split) == 0:
        return math.nan
    folded = np.abs(split - np.median(split))
    found = []
    for values in (split, folded):
        if np.ptp(values) == 0:
            continue
        within, total = variances_of(normalise_ranks(values))
        found.append(math.sqrt(total / within) if within > 1e-12 * total else math.inf)
    return max(found)


def effective_sample_size(draws: np.ndarray) -> float:
    """Compute the bulk effective sample size: of how many independent draws these are worth.

    Autocorrelations are averaged over the split, rank-normalised chains and summed by Geyer's
    initial monotone sequence (Statist Sci 1992;7:473–83; Vehtari, eqs. 10–13).

    Parameters
    ----------
    draws
        Shape (chains, draws), ten draws a chain at least.

    Returns
    -------
    float
        At most the number of draws times its decimal logarithm; NaN as in `r_hat`.
    """
    split = split_chains(draws)
    if not np.isfinite(draws).all() or np.ptp(split) == 0:
        return math.nan
    scores = normalise_ranks(split)
    n, size = scores.shape[1], scores.size
    within, total = variances_of(scores)
    centred = scores - scores.mean(axis=1, keepdims=True)
    lagged = np.array(
        [(centred[:, lag:] * centred[:, : n - lag]).sum(axis=1) / n for lag in range(n)]
    )
    rho = 1 - (within - lagged.mean(axis=1)) / total
    rho[0] = 1
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    last = (n - 3) // 2  # beyond, a lag has too few draws to tell
    kept = min(last, int(np.argmax(pairs < 0)) if (pairs < 0).any() else last)
    tau = 2 * np.minimum.accumulate(pairs[:kept]).sum() - 1
    tau += max(rho[2 * kept], 0)  # as Stan does: half of the next pair
    return float(size / max(tau, 1 / math.log10(size)))
