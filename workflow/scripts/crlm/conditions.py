"""Conditions on the clean columns, in the plan's own language: who is counted, and of whom."""

import pandas as pd

from crlm.cohort import meets


def join(*conditions: str) -> str:
    """Return a condition that is met where all of those given are; empty ones count for nothing."""
    given = [c for c in conditions if c]
    if len(given) > 1:
        given = [f"({c})" if " or " in c else c for c in given]
    return " and ".join(given)


def among(column: str, values: list[str]) -> str:
    """Return the condition that a column holds one of some values."""
    return f"{column} == {values[0]!r}" if len(values) == 1 else f"{column} in {values}"


def is_level(variable: dict, level: str) -> str:
    """Return the condition that a patient belongs to a level of a variable of the plan."""
    column, definition = variable["source"], variable["levels"][level]
    if "values" in definition:
        return among(column, definition["values"])
    least, below = definition["at_least"], definition["below"]
    return f"{column} >= {least}" + (f" and {column} < {below}" if below != float("inf") else "")


def is_known(variable: dict) -> str:
    """Return the condition that a variable of the plan is known."""
    column, left_out = variable["source"], variable.get("left_out")
    return join(f"{column}.notna()", f"{column} not in {left_out}" if left_out else "")


def is_missing(variable: dict) -> str:
    """Return the condition that a variable of the plan is not known, or counts as such."""
    column, left_out = variable["source"], variable.get("left_out")
    return f"{column}.isna()" + (f" or {among(column, left_out)}" if left_out else "")


def in_group(group: str) -> str:
    """Return the condition that a patient belongs to a group; none where it is all patients."""
    return "" if group == "all" else f"group == {group!r}"


def select(frame: pd.DataFrame, condition: str) -> list[str]:
    """Return the pseudonyms of the patients who meet a condition."""
    met = meets(frame, condition) if condition else slice(None)
    return frame.loc[met, "patient_id"].tolist()
