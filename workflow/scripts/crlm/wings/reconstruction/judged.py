"""Judge rows of patients by the printed cells: what each counts, and whether the rows give it."""

import math
from fractions import Fraction

import pandas as pd

from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable
from crlm.statistics.association import compare_counts
from crlm.statistics.ranks import mann_whitney
from crlm.wings.audit.transcription import ALL, Of, named_test, read_cell, true_range, verdict_on


def known_in(rows: pd.DataFrame, column: str, group: str) -> list:
    """Return the values of a column in a group of the rows that are not missing."""
    values = rows[column].to_numpy()
    inside = pd.notna(values) & ((rows["group"].to_numpy() == group) | (group == ALL))
    return values[inside].tolist()


def p_value(rows: pd.DataFrame, variable: Variable, test: str, groups: list[str]) -> float:
    """Compute the p-value of two groups by the test that the plan names."""
    samples = [known_in(rows, variable.source, group) for group in groups]
    if test == "mann_whitney":
        x, y = samples
        return mann_whitney(x, y, "asymptotic").p_value
    counts = [
        [sum(level.holds(v) for v in sample) for sample in samples]
        for level in variable.levels.values()
    ]
    return compare_counts(counts, test).p_value


def total_of(rows: pd.DataFrame, column: str, group: str, feature):
    """Return what a reading counts of a column's values in a group of the rows."""
    values = known_in(rows, column, group)
    if isinstance(feature, frozenset):
        return Fraction(sum(v in feature for v in values))
    numbers, n = [Fraction(str(v)) for v in values], len(values)
    if feature == Of.SPREAD:
        return n * sum(v * v for v in numbers) - sum(numbers) ** 2
    if feature == Of.PAIRS:
        return n * (n - 1)
    return (sum if feature == Of.SUM else min if feature == Of.LEAST else max)(numbers)


def computed_of(rows: pd.DataFrame, cell, plan: Plan):
    """Compute what a printed cell counts from the rows (clean values, `response`, `group`).

    Returns
    -------
    value
        A Fraction for counts, percentages, means and limits; a float for SDs and p-values.
    """
    variable = plan.variables[cell.variable]
    if cell.statistic == "p_value":
        groups = plan.tables[f"table{cell.table}"].groups
        return p_value(rows, variable, named_test(cell, plan), groups)
    column = variable.source
    domain = {value: value for value in known_in(rows, column, ALL)}
    reading = read_cell(cell, true_range(cell), plan, domain, Fraction(1))
    whole = total_of(rows, column, *reading.whole) if reading.whole else 1
    value = total_of(rows, column, *reading.part) * reading.scale / (whole or 1)
    return math.sqrt(value) if cell.statistic == "sd" else value


def compare_with_print(cells: pd.DataFrame, rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
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
        dropped).
    """
    lines = []
    for cell in cells.itertuples():
        value = computed_of(rows, cell, plan)
        found = verdict_on(value, cell, up=True)
        lines.append((cell.id, cell.table, cell.place, cell.text, f"{float(value):.6g}", found))
    columns = ["id", "table", "place", "printed", "reconstructed", "verdict"]
    return pd.DataFrame(lines, columns=columns)
