"""The specification curve: what each combination of choices finds, and which choices those are."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crlm.figures.style import SHADES, WIDTH, wrap
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable

METHODS = {"exact": "exact", "asymptotic": "approximate"}
MISSING = {"left_out": "left out", "below": "below all others", "above": "above all others"}
LEFT, ROW, CURVE, FOOT = 2.1, 0.108, 1.25, 0.05  # inches
DARK, PALE, OWN = SHADES[0]["dark"], "#8C8C8C", SHADES[1]["base"]


def choices_of(
    found: pd.DataFrame, variable: Variable, plan: Plan
) -> dict[str, dict[str, np.ndarray]]:
    """Return choice -> option -> which specifications take it; of choices with several options."""
    grid = plan.multiverse
    unit = f" {variable.unit}"
    cuts = sorted(found["cut_point"].dropna().unique())
    options = {
        ("Response", "rule"): {name: plan.response_rules[name].label for name in grid.rules},
        ("Groups", "grouping"): {name: group.label for name, group in grid.groupings.items()},
        ("Classes", "cut_point"): {cut: f"from {cut:g}{unit}" for cut in cuts},
        ("Test", "method"): METHODS,
        ("Not known", "missing"): MISSING,
    }
    choices = {
        title: {
            wrap(words, 30): (found[column] == code).to_numpy() for code, words in labels.items()
        }
        for (title, column), labels in options.items()
    }
    choices["Classes"]["none: as a number"] = found["cut_point"].isna().to_numpy()
    taken = {
        title: {label: mask for label, mask in labels.items() if mask.any()}
        for title, labels in choices.items()
    }
    return {title: labels for title, labels in taken.items() if len(labels) > 1}


def upright(ax: Any, at: np.ndarray, low: Any, high: Any, **look: Any) -> None:
    """Draw upright lines as one, with gaps: a file holds one path and not hundreds."""
    gap = np.full(len(at), np.nan)
    ends = np.broadcast_arrays(low, high, gap)
    ax.plot(np.repeat(at, 3), np.stack(ends, axis=1).ravel(), solid_capstyle="butt", **look)


def plot_specifications(
    specifications: pd.DataFrame, variable: Variable, title: str, plan: Plan
) -> Figure:
    """Draw the effects of a question's specifications in their order, and the choices below.

    Parameters
    ----------
    specifications
        The rows of `specifications.csv`; those of the variable that allowed a test are drawn, dark
        where p is below the level. The paper's own are marked.
    variable
        The number that is asked for.
    title
        What the effect is of.
    plan
        The plan.
    """
    of_question = specifications[specifications["question"] == variable.name]
    found = of_question.dropna(subset="p_value").sort_values("effect", kind="stable")
    choices = choices_of(found, variable, plan)
    lines = sum(1 + option.count("\n") for options in choices.values() for option in options)
    height = CURVE + ROW * (lines + 0.5 * len(choices)) + FOOT
    drawing = Figure(figsize=(WIDTH, height))
    width = (WIDTH - LEFT - 0.05) / WIDTH
    below = height - CURVE
    curve = drawing.add_axes((LEFT / WIDTH, below / height, width, (CURVE - 0.08) / height))
    ends = (-0.02 * len(found) - 0.5, 1.02 * len(found) - 0.5 + 0.01)
    curve.set(xlim=ends, ylim=(-1.05, 1.05), xticks=[], yticks=[-1, -0.5, 0, 0.5, 1])
    curve.spines["bottom"].set_visible(False)
    curve.tick_params(axis="y", labelsize=7.5)
    groups = [group.label for group in plan.groups.values()]
    named = wrap(title[:1].upper() + title[1:], 30)
    label = f"{named}:\nmore in {groups[0]} (+)\nor in {groups[1]} (−)"
    drawing.text(0, (height - 0.1) / height, label, va="top", fontsize=7.8, linespacing=1.1)
    drawing.text(0, (below + 0.1) / height, "Cliff’s delta and interval", fontsize=7.8)
    curve.axhline(0, color="#555555", linewidth=0.8, linestyle=(0, (4, 3)))
    if not len(found):
        curve.text(0.5, 0.6, "no test possible", transform=curve.transAxes, ha="center")
        return drawing
    at = np.arange(len(found))
    effect, low, high = (found[name].to_numpy() for name in ("effect", "low", "high"))
    is_below = found["p_value"].to_numpy() < plan.alpha
    own = found["is_main"].astype(str).to_numpy() == "True"
    dash = drawing.add_axes((LEFT / WIDTH, FOOT / height, width, (below - FOOT) / height))
    dash.set(xlim=ends, ylim=((below - FOOT) / ROW, 0))
    dash.axis("off")
    for ax in (curve, dash):
        for x in at[own]:
            ax.axvline(x, color=OWN, linewidth=1.2, zorder=0)
    for mask, colour in ((~is_below, PALE), (is_below, DARK)):
        upright(curve, at[mask], low[mask], high[mask], color=colour, linewidth=0.5)
        curve.plot(at[mask], effect[mask], ".", color=colour, markersize=3)
    curve.plot(at[own], effect[own], "D", color=OWN, markeredgecolor="black", markersize=4.5)
    y = 0.5
    strokes: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for name, options in choices.items():
        for i, (option, taken) in enumerate(options.items()):
            for k, line in enumerate(option.split("\n")):
                place = (below - ROW * (y + k + 0.5) - 0.03) / height
                drawing.text(0.65 / WIDTH, place, line, fontsize=7.8, color="#444444")
                if not i and not k:
                    drawing.text(0, place, name, fontsize=7.8)
            for dark, placed in strokes.items():
                x = at[taken & (is_below == dark)]
                placed.append(np.stack([x, np.full(len(x), y)], axis=1))
            y += 1 + option.count("\n")
        y += 0.5
    for dark, placed in strokes.items():
        x, top = np.concatenate([np.empty((0, 2)), *placed]).T
        colour = DARK if dark else PALE
        upright(dash, x, top + 0.12, top + 0.88, color=colour, linewidth=1)
    return drawing
