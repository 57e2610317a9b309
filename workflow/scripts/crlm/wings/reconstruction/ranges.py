"""How far the quantities of a cohort differ among the cohorts that keep its printed tables."""

import math
import textwrap
from collections.abc import Iterable

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crlm.base.files import read_frame
from crlm.figures.style import STYLE, WIDTH
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.convergence import effective_sample_size, r_hat

COLUMNS = [
    "quantity", "kept", "value", "min", "p5", "median", "p95", "max", "proven_low", "proven_high",
    "r_hat", "ess", "draws",
]  # fmt: skip
KEYS = ["kept", "chain", "draw"]
KEPT = {
    "printed": "printed cells and the definition of the response alone",
    "plausible": "the assumptions on plausible rows too",
}
# Okabe-Ito blue and vermilion, apart in lightness too; one filled, one an outline.
LOOKS = {"printed": ("#D55E00", "step"), "plausible": ("#9CCBE8", "stepfilled")}


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


def panels_of(plan: dict) -> dict[str, str]:
    """Return the quantities that the figure shows, with their labels."""
    read = read_plan(plan)
    panels = {f"test.{v.name}.p": f"Mann–Whitney p: {v.label.lower()}" for v in read.unprinted}
    for pair in read.correlations:
        names = " and ".join(variable.label.lower() for variable in pair)
        panels[f"correlation.{pair[0].name}.rho"] = f"Spearman's rho: {names}"
    panels["agreement.recist_1_1.kappa"] = "Kappa of the response with RECIST 1.1"
    panels["all.recist.partial.n"] = "Partial responses by RECIST 1.1 (patients)"
    return panels


def plot_ensemble(draws: pd.DataFrame, values: dict[str, float], plan: dict) -> Figure:
    """Draw how quantities are distributed among the draws, with the reconstructed cohort marked.

    Parameters
    ----------
    draws
        As `collect_draws` returns them.
    values
        The quantities of the reconstructed cohort.
    plan
        The statistical analysis plan.
    """
    panels = panels_of(plan)
    with matplotlib.rc_context(STYLE):
        drawing = Figure(
            figsize=(WIDTH, 1.55 * math.ceil(len(panels) / 2) + 0.5), layout="constrained"
        )
        axes = drawing.subplots(math.ceil(len(panels) / 2), 2).ravel()
        for ax, (key, label) in zip(axes, panels.items(), strict=False):
            known = draws[key].dropna()
            is_p = key.endswith(".p")
            low, high = (
                (known.min(), known.max()) if np.ptp(known) else (known.min() - 1, known.max() + 1)
            )
            if is_p:
                bins = np.geomspace(low, high, 31)
            elif (known % 1 == 0).all():
                bins = np.arange(low, high + 2) - 0.5
            else:
                bins = np.linspace(low, high, 31)
            for kept, (colour, histtype) in LOOKS.items():
                drawn = draws.loc[draws["kept"] == kept, key].dropna()
                share = np.full(len(drawn), 100 / max(len(drawn), 1))
                ax.hist(
                    drawn, bins, weights=share, color=colour, histtype=histtype, label=KEPT[kept]
                )
            if is_p:
                ax.set_xscale("log")
                ax.xaxis.set_major_formatter("{x:g}")
                level = f"p = {plan['alpha']:g}"
                ax.axvline(plan["alpha"], color="0.5", linewidth=0.8, linestyle=":", label=level)
            ax.axvline(values[key], color="black", linewidth=1.2, label="the cohort of the paper")
            ax.set_title(textwrap.fill(label, 46), fontsize=8, loc="left")
            ax.tick_params(labelsize=7)
        for ax in axes[len(panels) :]:
            ax.remove()
        for ax in axes[::2]:
            ax.set_ylabel("% of draws", fontsize=7)
        handles, labels = axes[0].get_legend_handles_labels()
        drawing.legend(
            handles, labels, loc="outside lower center", ncols=2, fontsize=7, frameon=False
        )
    return drawing
