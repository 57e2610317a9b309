"""Judge rows of patients by the printed cells: what each counts, and whether the rows give it."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from crlm.base.formats import interval_end
from crlm.plan.variables import holds, named_test, percent_of
from crlm.statistics.association import compare_counts
from crlm.statistics.ranks import mann_whitney

COUNTS = ("n", "of", "known")
EXACT, CUT, DROPPED = "met exactly", "met by truncation", "dropped"


def binding_cells(tables: pd.DataFrame, text: pd.DataFrame) -> pd.DataFrame:
    """Return the printed cells that rows are made to meet: all of the tables, and four of the text.

    The rest of the text repeats the tables, or contradicts them, and is for the audit.
    """
    return pd.concat([tables, text[text["binding"] == "yes"]]).fillna("")


class Range(NamedTuple):
    """True values that print alike: from `low` to `high`, which may not belong to them."""

    low: Fraction
    high: Fraction
    open: bool = False

    def holds(self, value) -> bool:
        """Tell whether a value (number or Fraction) is one of them."""
        return self.low <= value < self.high or (value == self.high and not self.open)


def printed_range(text: str, decimals: str | None = None, up: bool = False) -> Range:
    """Return the values that round to a number, as the digits after its point say if nobody does.

    The one convention of rounding: programs differ in what they do with a half, so that it may have
    gone up or down, and both ends belong to the range. With `up` the upper one doesn't: so prints
    this paper (`base.formats`), and so must rows that it is built from.
    """
    places = len(text.partition(".")[2]) if decimals is None else int(decimals)
    half = Fraction(10) ** -places / 2
    return Range(Fraction(text) - half, Fraction(text) + half, open=up)


def admissible(cell, up: bool = False) -> dict[str, Range]:
    """Return the true values that print as the cell, by verdict; `up` as in `printed_range`."""
    value = Fraction(cell.text)
    if cell.statistic in COUNTS:
        return {EXACT: Range(value, value)}
    rounded = printed_range(cell.text, cell.decimals, up)
    if cell.statistic in ("percent", "sd"):
        rounded = rounded._replace(low=max(rounded.low, Fraction(0)))
    if cell.statistic == "percent":
        return {EXACT: rounded, CUT: Range(rounded.high, 2 * rounded.high - value, open=True)}
    return {EXACT: rounded}


def interval(cell, cut: bool = False, up: bool = False) -> Range:
    """Return the true values that print as the cell, those that are cut to it only on demand."""
    rounded, *further = admissible(cell, up).values()
    return further[0]._replace(low=rounded.low) if cut and further else rounded


def verdict(value, cell, up: bool = False) -> str:
    """Judge a value (number or Fraction) by what prints as the cell."""
    return next((name for name, own in admissible(cell, up).items() if own.holds(value)), DROPPED)


def p_value(rows: pd.DataFrame, variable: dict, test: str, groups: list[str]) -> float:
    """Compute the p-value of two groups by the test that the plan names."""
    samples = [rows.loc[rows["group"] == g, variable["source"]].dropna() for g in groups]
    if test == "mann_whitney":
        x, y = samples
        return mann_whitney(x, y, "asymptotic").p_value
    counts = [
        [sum(holds(level, v) for v in sample) for sample in samples]
        for level in variable["levels"].values()
    ]
    return compare_counts(counts, test).p_value


def statistic(rows: pd.DataFrame, cell, plan: dict):
    """Compute what a printed cell counts from the rows (clean values, `response`, `group`).

    Returns
    -------
    value
        A Fraction for counts, percentages, means and limits; a float for SDs and p-values.
    """
    variable = plan["variables"][cell.variable]
    if cell.statistic == "p_value":
        groups = plan["tables"][f"table{cell.table}"]["groups"]
        return p_value(rows, variable, named_test(cell, plan), groups)
    inside = (rows["group"] == cell.group) | (cell.group == "all")
    values, here = rows.loc[inside, variable["source"]].dropna(), {}
    if cell.statistic in ("n", "percent", "of"):
        levels = variable["levels"]
        here = {name: sum(holds(level, v) for v in values) for name, level in levels.items()}
        n = here[cell.level] if cell.level else sum(here.values())
        if cell.statistic == "n":
            return Fraction(n)
        everywhere = sum(holds(levels[cell.level], v) for v in rows[variable["source"]].dropna())
        of = sum(here.values()) if percent_of(cell, plan) == "group" else everywhere
        return Fraction(of) if cell.statistic == "of" else Fraction(100 * n, of or 1)
    if cell.statistic == "known":
        return Fraction(len(values))
    scale = Fraction(str(variable["scale"]))
    numbers = [Fraction(str(v)) * scale for v in values]
    if cell.statistic == "sd":
        return float(np.std([float(v) for v in numbers], ddof=1))
    if cell.statistic == "mean":
        return sum(numbers) / len(numbers)
    return min(numbers) if cell.statistic == "min" else max(numbers)


def judge(cells: pd.DataFrame, rows: pd.DataFrame, plan: dict) -> pd.DataFrame:
    """Compare every transcribed cell with the rows.

    Parameters
    ----------
    cells
        Transcription (data/published/): id, table, place, text, decimals, kind, variable, level,
        group, statistic, note; all as text.
    rows
        One a patient, clean values, with `response` and `group`.

    Returns
    -------
    verdicts
        id, table, place, printed, reconstructed, verdict (met exactly | met by truncation |
        dropped) and, for a dropped cell, the reason.
    """
    lines = []
    for cell in cells.itertuples():
        value = statistic(rows, cell, plan)
        found = verdict(value, cell, up=True)
        why = explain(cell, value, rows, plan) if found == DROPPED else ""
        lines.append(
            (cell.id, cell.table, cell.place, cell.text, f"{float(value):.6g}", found, why)
        )
    columns = ["id", "table", "place", "printed", "reconstructed", "verdict", "reason"]
    return pd.DataFrame(lines, columns=columns)


def explain(cell, value, rows: pd.DataFrame, plan: dict) -> str:
    """Say in a sentence, with the arithmetic, why a cell can't be as printed."""
    note = f" (the cell {cell.note})" if cell.note.startswith("stands") else ""
    if cell.kind == "percent":
        n = statistic(rows, cell._replace(statistic="n"), plan)
        known = statistic(rows, cell._replace(statistic="of"), plan)
        others = [
            f"{m} of {of}"
            for of in dict.fromkeys([known, Fraction(len(rows))])
            if of
            for m in range(int(of) + 1)
            if verdict(100 * m / of, cell, up=True) != DROPPED
        ]
        would = f"would be {others[0]}" if others else f"is no number of patients out of {known}"
        return f"{n} of {known} is {interval_end(value, 2)} %; {cell.text} % {would}{note}."
    if cell.kind == "count":
        share = statistic(rows, cell._replace(statistic="percent"), plan)
        known = statistic(rows, cell._replace(statistic="of"), plan)
        would = Fraction(100 * int(cell.text)) / max(known, 1)
        return (
            f"The percentages beside it need {value} of {known} ({interval_end(share, 1)} %); "
            f"{cell.text} of {known} would be {interval_end(would, 1)} %{note}."
        )
    parts = []
    for group in plan["groups"]:
        n, mean, sd = (
            statistic(rows, cell._replace(group=group, level="", statistic=s), plan)
            for s in ("known", "mean", "sd")
        )
        mean, sd = interval_end(mean, 2), interval_end(sd, 2)
        parts.append(f"{plan['groups'][group]['label']} n = {n}, mean {mean}, SD {sd}")
    both = interval_end(value, 2)
    return f"The groups as printed ({'; '.join(parts)}) give {both} together{note}."
