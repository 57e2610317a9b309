"""The forest plot: comparisons side by side, on a common scale where they have one."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from crlm.base.formats import MARK, interval_end, interval_ends, p_number, percent, scale_of
from crlm.figures.style import SHADES, WIDTH, wrap
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable


def forest_row(row, shares: pd.DataFrame, variable: Variable, plan: Plan) -> tuple[str, str]:
    """Return of whom a row of the forest plot tells, and its effect with the interval.

    `row` is that of `tests.csv`; `shares` are the rows of the variable in its table.
    """
    counts = shares.set_index(["level", "group"])
    first, of = next(iter(plan.groups)), "\u00a0of\u00a0"  # on one line
    if variable.levels:
        held = [
            (level.label, f"{counts.n[name, first]:.0f}{of}{counts.denominator[name, first]:.0f}")
            for name, level in variable.levels.items()
            if counts.denominator[name, first] > 0
        ][::-1]  # the first level is the reference
        if row.effect == "risk_difference":
            told = ": ".join(" vs ".join(words) for words in zip(*held, strict=True))
        else:
            told = "; ".join(f"{label}:\u00a0{count}" for label, count in held[::-1])
    else:
        known = (
            f"{n:.0f} in {plan.groups[group].label}"
            for group, n in shares.set_index("group")["n"].items()
        )
        told = f"continuous: {' vs '.join(known)}"
    if pd.isna(row.p_value):
        return told, "no test possible"
    scale, digits = scale_of(row.effect, plan.decimals["mean"])
    mid, low, high = (scale * value for value in (row.estimate, row.ci_low, row.ci_high))
    name = "V = " if row.effect == "cramers_v" else ""
    unit = f" {variable.unit}" * bool(not variable.levels)
    return told, f"{name}{interval_end(mid, digits)}{unit} ({interval_ends(low, high, digits)})"


def plot_forest(
    tests: pd.DataFrame, table: pd.DataFrame, names: list[str], plan: Plan, left_open: Mapping
) -> Figure:
    """Draw the comparisons of some tables, a row each: effect, interval and p-value.

    Differences between two levels are drawn on a common scale, in percentage points; what has
    another scale is written.

    Parameters
    ----------
    tests
        The rows of `tests.csv`.
    table
        Tidy rows of the tables of the groups.
    names
        The tables.
    plan
        The plan.
    left_open
        The ranges by key: where one has two ends, the p-value or the effect bears a mark; an effect
        without a range of its own where the p-value does.
    """
    found = tests[tests["test"] != "spearman"].set_index("variable")
    rows: list[tuple] = []
    y = 0.0  # inches from the top
    for name in names:
        rows.append((y, wrap(plan.tables[name].title, 90), "", "", ("", ""), None))
        y += 0.07 + 0.135 * (1 + rows[-1][1].count("\n"))
        for variable in (row.variable for row in plan.tables[name].rows):
            row = found.loc[variable.name]
            told, effect = forest_row(
                row, table[table["variable"] == variable.name], variable, plan
            )
            of_p, of_effect = (
                left_open.get(f"range.test.{variable.name}.{form}", {}).get("display", "")
                for form in ("p", "effect")
            )
            p, mark = "–", MARK * (" to " in of_p)
            effect += MARK * (" to " in (of_effect or of_p))
            if pd.notna(row.p_value):
                p = p_number(row.p_value, plan.decimals["p_value"], plan.alpha)
            label, told = wrap(variable.label, 54), wrap(told, 52)
            rows.append((y, label, told, effect, (p, mark), row))
            y += 0.06 + 0.135 * (2 + (label + told).count("\n"))
        y += 0.06
    head, foot = 0.26, 0.58
    height = head + y + foot
    drawing = Figure(figsize=(WIDTH, height))
    ax = drawing.add_axes((2.72 / WIDTH, foot / height, 1.5 / WIDTH, y / height))
    drawn = [row for *_, row in rows if row is not None and row.effect == "risk_difference"]
    ends = [100 * end for row in drawn for end in (row.ci_low, row.ci_high)]
    ax.set(xlim=(min([*ends, -50]) - 4, max([*ends, 50]) + 4), ylim=(y, 0), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color="#555555", linewidth=0.8, linestyle=(0, (4, 3)))
    ax.tick_params(axis="x", labelsize=8.5)
    first = next(iter(plan.groups.values())).label
    ax.set_xlabel(f"{wrap(f'Difference in {first}', 32)}\n(percentage points)", linespacing=1)
    place = blended_transform_factory(drawing.transFigure, ax.transData)

    def write(at: float, top: float, text: str, **how: Any) -> None:
        """Write the lines of a text `at` inches from the left."""
        for i, line in enumerate(text.split("\n")):
            height = top + 0.11 + 0.135 * i
            ax.text(at / WIDTH, height, line, transform=place, **{"fontsize": 8.8} | how)

    level = percent(100 * plan.confidence_level, 0)
    heading: dict[str, Any] = {"fontweight": "bold", "backgroundcolor": "white"}
    for at, text in ((0, f"{first}, of those in the level"), (4.35, f"Effect ({level} CI)")):
        write(at, -0.25, text, **heading)
    write(6.2, -0.25, "p", ha="right", fontstyle="italic", **heading)
    for top, label, told, effect, (p, mark), row in rows:
        write(0.1 * (row is not None), top, label, **heading if row is None else {})
        below = top + 0.135 * (1 + label.count("\n"))
        write(0.1, below, told, fontsize=8.3, color="#444444")
        write(4.35, top, effect)
        write(6.2, top, p, ha="right")
        write(6.21, top, mark)
        if row is not None and row.effect == "risk_difference":
            x = [100 * value for value in (row.ci_low, row.estimate, row.ci_high)]
            ax.plot(x[::2], [below] * 2, color=SHADES[0]["base"], linewidth=1.4, marker="|")
            ax.plot(x[1], below, color=SHADES[0]["dark"], marker="s", markersize=5)
    return drawing
