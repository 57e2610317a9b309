"""Draw the figures of the plan, the flow diagram and the waterfall."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from crlm.base.files import NUMBERS, read_frame, read_frames
from crlm.figures.forest import plot_forest
from crlm.figures.specifications import plot_specifications
from crlm.figures.style import BAR, LINE, SHADES, STYLE, WIDTH, legend_columns, look, looks_of, wrap
from crlm.plan.analysis import Group, Plan
from crlm.plan.variables import Level, Variable
from crlm.response import BARS, order_of_waterfall
from crlm.statistics.association import wilson_interval

# The bars of a distribution of changes (%); what has grown further is in the last one.
BINS = np.arange(-100, 205, 5)


def plot_response_by_level(
    table: pd.DataFrame, panels: list[Variable], groups: dict[str, Group]
) -> Figure:
    """Draw how many patients of each level responded, as bars of 100 %.

    The whisker is Wilson's 95 % interval of the share of the first group.

    Parameters
    ----------
    table
        Tidy rows of the tables of the groups; percentages are of the level.
    panels
        The variables of the figure.
    groups
        The plan's groups.
    """
    sizes = [len(variable.levels) for variable in panels]
    looks, _ = looks_of(groups)
    names = [wrap(level.label, 36) for variable in panels for level in variable.levels.values()]
    longest = max(len(line) for name in names for line in name.split("\n"))
    room = max(0.4, LINE * (2 + max(name.count("\n") for name in names)) + 0.08)  # of a level
    titles = [wrap(variable.label, min(60, 84 - longest)) for variable in panels]
    labels = [wrap(f"{g.label} ({g.meaning})", 80) for g in groups.values()]
    columns = legend_columns(labels)
    further = LINE * ("".join([*titles, *labels]).count("\n") + len(labels) // columns - 1)
    drawing = Figure(
        figsize=(WIDTH, 0.2 + room * sum(sizes) + 0.62 * len(sizes) + further), layout="constrained"
    )
    axes = drawing.subplots(len(panels), 1, squeeze=False, height_ratios=sizes)[:, 0]
    for ax, title, variable in zip(axes, titles, panels, strict=True):
        rows = table[table["variable"] == variable.name].set_index(["level", "group"])
        ticks = []
        for y, (level, definition) in enumerate(variable.levels.items()):
            left = 0.0
            of = int(rows.loc[(level, next(iter(groups))), "denominator"])
            for group in groups:
                row = rows.loc[(level, group)]
                share = 0.0 if pd.isna(row["percent"]) else row["percent"]
                ax.barh(
                    y, share, left=left, height=BAR / room, edgecolor="white", linewidth=0.8,
                    **looks[group],
                )  # fmt: skip
                if share:
                    colour, above = looks[group]["facecolor"], y - 0.04 / room
                    write_share(ax, left + share / 2, above, share, row["text"], colour)
                if of and not left:
                    ends = [100 * end for end in wilson_interval(share / 100, of)]
                    ax.plot(ends, [y + 0.105 / room] * 2, color="black", linewidth=1, marker="|")
                left += share
            ticks.append(f"{wrap(definition.label, 36)}\n(n = {of})")
        ax.set_yticks(range(len(ticks)), ticks, linespacing=1.0)
        ax.set_ylim(len(ticks) - 0.5, -0.5)
        ax.set_xlim(0, 100)
        if len(panels) > 1:  # the title of a single one is the caption's
            ax.set_title(title, fontsize=9.5, loc="left")
        ax.tick_params(axis="y", length=0)
    axes[-1].set_xlabel("Patients of the level (%)")
    handles = [Rectangle((0, 0), 1, 1, edgecolor="white", **looks[g]) for g in groups]
    drawing.legend(
        handles, labels, loc="outside upper left", ncols=columns, frameon=False,
        fontsize=8.5,
    )  # fmt: skip
    return drawing


def write_share(ax, x: float, y: float, share: float, text: str, colour: str) -> None:
    """Write a count and percentage into its bar; in a narrow one on two lines, on its colour."""
    dark, narrow = colour == SHADES[0]["base"], share <= 14
    x = min(max(x, 6), 94)  # wider than its bar it may be, but within the axis
    ax.text(
        x, y, text.replace(" ", "\n") if narrow else text, ha="center", va="center",
        fontsize=7 if narrow else 8.5, color="white" if dark else "black",
        linespacing=0.9, bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.2}
        if narrow or not dark else None,
    )  # fmt: skip


def plot_waterfall(
    response: pd.DataFrame, levels: dict[str, Level], parameters: dict, groups: dict[str, Group]
) -> Figure:
    """Draw the change in the largest lesion of each patient, from growth to shrinkage.

    Of more than `BARS` patients it is the distribution of the change, with the responses one upon
    the other.

    Parameters
    ----------
    response
        `size_change_percent`, `lesions_change` and `response`, one row a patient.
    levels
        The plan's levels of the response.
    parameters
        The primary rule's `growth_percent` and `shrinkage_percent`: lines across the plot.
    groups
        The plan's groups, whose colours the responses have.
    """
    _, looks = looks_of(groups)
    known = order_of_waterfall(response)
    drawing = Figure(figsize=(WIDTH, 3.7), layout="constrained")
    ax = drawing.subplots()
    changes = known["size_change_percent"].to_numpy()
    many = len(known) > BARS
    handles, below = [], np.zeros(len(BINS) - 1)
    # The handles apart from the bars: a response without patients has its colour too.
    for level in levels.values():
        (at,) = level.holds(known["response"]).to_numpy().nonzero()
        style: dict = {"edgecolor": "white", "linewidth": 0.6}
        style |= looks.get(level.values[0], look("#777777"))
        if many:
            held, _ = np.histogram(changes[at].clip(BINS[0], BINS[-1]), BINS)
            ax.barh(BINS[:-1], held, np.diff(BINS), left=below, align="edge", **style)
            below += held
        else:
            ax.bar(at, changes[at], width=0.8, **style)
        label = wrap(f"{level.label} (n = {len(at)})", 80)
        handles.append(Rectangle((0, 0), 1, 1, label=label, **style))
    low, high = min([*changes, -40.0]), min(max([*changes, 40.0]), BINS[-1])
    span = high - low
    places = max(len(known), 6)  # a few bars are no wider than six would be
    signed = [] if many else zip(changes, known["lesions_change"], strict=True)
    for x, (change, lesions) in enumerate(signed):
        sign = "+" if lesions > 0 else "−" if lesions < 0 else "" if change else "0"
        ax.text(
            x, change + (0.015 if change >= 0 else -0.015) * span, sign, ha="center",
            va="bottom" if change >= 0 else "top", fontsize=min(9, 440 / places),
        )  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    lines = (parameters["growth_percent"], -parameters["shrinkage_percent"])
    for y, va in zip(lines, ("bottom", "top"), strict=True):
        ax.axhline(y, color="#555555", linewidth=0.8, linestyle=(0, (4, 3)))
        label = f"{y:+g}%".replace("-", "−")
        right = places - 0.4 if y > 0 else -0.6
        if many:  # at the right of the bars, where the axis ends
            right, va = ax.get_xlim()[1], "bottom"
        at = y + (0.01 if va == "bottom" else -0.01) * span
        ax.text(right, at, label, ha="right" if y > 0 or many else "left", va=va, fontsize=8)
    ax.set_ylim(low - 0.08 * span, high + 0.08 * span)
    ax.set_ylabel("Change in the largest lesion\nfrom baseline (%)")
    if many:
        ax.set_xlabel(f"Patients ({BINS[1] - BINS[0]} percentage points a bar)")
    else:
        ax.set_xlim(-0.8, places - 0.2)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        signs = f"{'0 no change, ' * (0 in changes)}+ more lesions, − fewer lesions"
        ax.set_xlabel(f"Patients in order of change ({signs})")
    columns = legend_columns([str(handle.get_label()) for handle in handles])
    ax.legend(
        handles=handles, frameon=False, fontsize=8.5, ncols=columns, loc="lower left",
        bbox_to_anchor=(0, 1),
    )  # fmt: skip
    return drawing


def plot_flow(flow: pd.DataFrame, responses: list[tuple[str, int]]) -> Figure:
    """Draw the flow of patients from the raw data to the response.

    Parameters
    ----------
    flow
        `step, label, patients`: received, withdrawn where there is such a step, the exclusions by
        name, analysed.
    responses
        Label and number of patients of each response.
    """
    received, *steps, analysed = flow.itertuples()
    excluded = [step for step in steps if step.step != "withdrawn"]
    gone = [step for step in steps if step.step == "withdrawn"]
    lines = [f"{step.label.capitalize()}: n = {step.patients:.0f}" for step in gone]
    lines += [f"Excluded: n = {sum(e.patients for e in excluded):.0f}"]
    for criterion in excluded:
        lines += wrap(f"{criterion.label}: n = {criterion.patients:.0f}", 32).split("\n")
    # Three responses stand under the analysed; more of them share the whole width.
    gap, centre = (4, 40) if len(responses) <= 3 else (2.5, 50)
    width = min(25, (2 * centre - gap * (len(responses) - 1)) / len(responses))
    texts = [f"{wrap(label, max(8, int(0.78 * width)))}\nn = {n}" for label, n in responses]
    foot = 9 - max(8, 2 + 3.2 * max(text.count("\n") + 1 for text in texts))
    height = 3 + 3.2 * len(lines)
    beside = max(31 - height / 2, 14)  # where the box of the excluded begins, above the responses
    top = max(46, beside + height + 1)
    drawing = Figure(figsize=(WIDTH, 2.9 * (top + 1 - foot) / 46), layout="constrained")
    ax = drawing.subplots()
    ax.set(xlim=(0, 100), ylim=(foot - 1, top))
    ax.axis("off")
    box(ax, 22, 37, 36, 8, f"Received\nn = {received.patients:.0f}")
    box(ax, 22, 17, 36, 8, f"Analysed\nn = {analysed.patients:.0f}")
    box(ax, 63, beside, 36.5, height, "\n".join(lines))
    arrow(ax, (40, 37), (40, 25))
    arrow(ax, (40, 31), (63, 31))
    left = centre - (width * len(responses) + gap * (len(responses) - 1)) / 2
    for i, text in enumerate(texts):
        x = left + i * (width + gap)
        box(ax, x, foot, width, 9 - foot, text)
        ax.plot([40, 40, x + width / 2], [17, 13, 13], color="#333333", linewidth=0.9)
        arrow(ax, (x + width / 2, 13), (x + width / 2, 9))
    return drawing


def box(ax, x: float, y: float, width: float, height: float, text: str) -> None:
    """Draw a box of the flow diagram with its text."""
    look: dict[str, Any] = {"facecolor": "#F3F6F9", "edgecolor": "#333333", "linewidth": 0.9}
    ax.add_patch(Rectangle((x, y), width, height, clip_on=False, **look))  # a line at the very edge
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8)


def arrow(ax, start: tuple, end: tuple) -> None:
    """Draw an arrow of the flow diagram."""
    look: dict[str, Any] = {"color": "#333333", "linewidth": 0.9, "mutation_scale": 9}
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", shrinkA=0, shrinkB=0, **look))


def read_drawn(files: Mapping) -> dict[str, pd.DataFrame]:
    """Read the frames that `plot_figures` takes; `files` are by the names of the rules' inputs."""
    tables = read_frames(files["tables"], NUMBERS["table"])
    names = ("flow", "response", "tests", "specifications")
    frames = {name: read_frame(files[name], NUMBERS[name]) for name in names}
    return frames | {"compared": pd.concat(tables.values())}


def plot_figures(
    flow: pd.DataFrame, response: pd.DataFrame, compared: pd.DataFrame, tests: pd.DataFrame,
    specifications: pd.DataFrame, plan: Plan, rule: str,
    left_open: Mapping = MappingProxyType({}),
) -> dict[str, Figure]:  # fmt: skip
    """Draw all figures of the plan, the flow diagram and the waterfall.

    Parameters
    ----------
    flow, response
        What the stages cohort and response wrote.
    compared
        The tidy rows of the tables of the groups.
    tests, specifications
        The rows of `tests.csv` and `specifications.csv`.
    plan
        The plan.
    rule
        The name of the primary response rule.
    left_open
        The ranges of what the printed tables of a reconstructed cohort leave open, by key.

    Returns
    -------
    dict
        Name of the figure -> drawing.
    """
    levels, parameters = plan.variables["response"].levels, plan.response_rules[rule].parameters
    drawn = {
        "shares": lambda figure: plot_response_by_level(compared, figure.variables, plan.groups),
        "forest": lambda figure: plot_forest(tests, compared, [*figure.tables], plan, left_open),
        "specifications": lambda figure: plot_specifications(
            specifications, figure.variables[0], figure.title, plan
        ),
    }
    counts = [(v.label, int(v.holds(response["response"]).sum())) for v in levels.values()]
    with matplotlib.rc_context(STYLE):
        return {name: drawn[figure.kind](figure) for name, figure in plan.figures.items()} | {
            "flow": plot_flow(flow, counts),
            "waterfall": plot_waterfall(response, levels, parameters, plan.groups),
        }
