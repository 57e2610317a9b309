"""What the plan's variables, levels and tables mean: nobody else asks what a level holds."""

from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from crlm.base.problems import InputError
from crlm.base.proposals import propose_variables
from crlm.plan.conditions import among, join, quote

# --- Levels and values ----------------------------------------------------------------------------


def holds(level: dict, values: Any) -> Any:
    """Return whether a clean value belongs to a level of the plan; of a Series, for each of it."""
    if "values" not in level:
        return (values >= level["at_least"]) & (values < level["below"])
    held = level["values"]
    return values.isin(held) if isinstance(values, pd.Series) else values in held


def extent(levels: dict, level: str = "") -> frozenset | tuple:
    """Return what levels of a variable hold together ("a", "a+b", or all), so as to be compared.

    The values of a category, the bounds [at_least, below) of a number; where these leave a gap, all
    of them. What the plan has no level for is its name.
    """
    names = [name for name in level.split("+") if name] or list(levels)
    if any(name not in levels for name in names):
        return frozenset(names)
    parts = [levels[name] for name in names]
    if all("values" in part for part in parts):
        return frozenset(value for part in parts for value in part["values"])
    bounds = sorted((part["at_least"], part["below"]) for part in parts)
    joined = all(a[1] == b[0] for a, b in pairwise(bounds))
    return (bounds[0][0], bounds[-1][1]) if joined else frozenset(bounds)


def cut_points(levels: dict) -> set[float]:
    """Return where the levels of a number begin and end."""
    ends = {level[end] for level in levels.values() for end in ("at_least", "below")}
    return {end for end in ends if abs(end) != float("inf")}


def sources(plan: dict) -> dict[str, str]:
    """Return the clean column that each variable of the plan is read from."""
    return {name: variable["source"] for name, variable in plan["variables"].items()}


def number_columns(variables: dict) -> list[str]:
    """Return the clean columns that the plan reads as numbers."""
    return [
        v["source"]
        for v in variables.values()
        if all("at_least" in level for level in v.get("levels", {}).values())
    ]


def read_variable(frame: pd.DataFrame, name: str, variable: dict) -> pd.Series:
    """Read a variable of the plan from the clean columns.

    Returns
    -------
    series
        The level's name, or the number in the variable's unit; missing where not known.

    Raises
    ------
    InputError
        Where a clean value belongs to no level of the plan.
    """
    values = frame[variable["source"]]
    if "levels" not in variable:
        return (values * variable["scale"]).round(9)
    levels = np.full(len(values), None, object)
    for level, definition in variable["levels"].items():
        levels[holds(definition, values)] = level
    if (values.notna() & pd.isna(levels)).any():
        check_levels(frame, {name: variable})
    return pd.Series(levels, values.index, object)


def check_levels(frame: pd.DataFrame, variables: dict, places: Mapping = MappingProxyType({})):
    """Raise an `InputError` with all clean values that no level of a variable holds.

    `places` says where the variables stand, as far as that is known.
    """
    unheld = {}
    for name, variable in variables.items():
        values, levels = frame[variable["source"]], variable.get("levels", {}).values()
        known = values.isna() | values.isin(variable.get("left_out", []))
        for level in levels:
            known |= holds(level, values)
        if levels and not known.all():
            unheld[name] = sorted(values[~known].unique())
    if unheld:
        either = "plan of the cohort's file, or config/plan.yaml"
        problems = [
            f"{places.get(name, either)}, variables, {name}: no level holds "
            f"{', '.join(map(str, values))} (column {variables[name]['source']}); "
            "expected: a level for it, or a mention in left_out"
            for name, values in unheld.items()
        ]
        raise InputError(problems, {"plan": propose_variables(unheld, variables)})


# --- As conditions --------------------------------------------------------------------------------


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
    without = f"{column} not in [{', '.join(map(quote, left_out))}]" if left_out else ""
    return join(f"{column}.notna()", without)


def is_missing(variable: dict) -> str:
    """Return the condition that a variable of the plan is not known, or counts as such."""
    column, left_out = variable["source"], variable.get("left_out")
    return f"{column}.isna()" + (f" or {among(column, left_out)}" if left_out else "")


def in_group(group: str) -> str:
    """Return the condition that a patient belongs to a group; none where it is all patients."""
    return "" if group == "all" else f"group == {quote(group)}"


# --- Tables ---------------------------------------------------------------------------------------


def compared_unprinted(plan: dict) -> list[str]:
    """Return the numbers compared between groups of which no p-value is printed."""
    rows = [r for t in plan["tables"].values() if t["groups"] != ["all"] for r in t["rows"]]
    names = [row["variable"] for row in rows if not row["published"]]
    return [name for name in names if "levels" not in plan["variables"][name]]


def percent_of(cell: Any, plan: dict) -> str:
    """Tell whether a printed percentage is of its `group` or of its `level`.

    Where the cell itself does not say so, as its table's; in the text, of the group.
    """
    own = getattr(cell, "percent_of", "")
    return own or plan["tables"].get(f"table{cell.table}", {}).get("percent_of", "group")


def named_test(cell: Any, plan: dict) -> str | None:
    """Return the test that the plan names for a printed p-value; of the text, in any table."""
    tables = plan["tables"] if cell.table == "text" else [f"table{cell.table}"]
    rows = [row for name in tables for row in plan["tables"].get(name, {}).get("rows", [])]
    named = [r["published"] for r in rows if r["variable"] == cell.variable and r.get("published")]
    return named[0]["test"] if named else None
