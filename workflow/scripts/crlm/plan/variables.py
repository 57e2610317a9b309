"""What the plan's variables, levels and tables mean: nobody else asks what a level holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crlm.base.formats import either, in_sentence
from crlm.base.problems import InputError
from crlm.base.proposals import propose_variables
from crlm.plan.conditions import all_of, among, quote

if TYPE_CHECKING:
    import pandas as pd


class Level(NamedTuple):
    """A level of a variable: the clean values in it, or the numbers `at_least` … `below`."""

    label: str
    in_text: str = ""  # its name within a sentence
    values: Sequence[str] = ()
    at_least: float = -math.inf
    below: float = math.inf

    @property
    def bounds(self) -> str:
        """The bounds of its numbers, those that it has, as the plan writes them."""
        ends = (("at_least", self.at_least), ("below", self.below))
        return " and ".join(f"{name} {end}" for name, end in ends if math.isfinite(end))

    def holds(self, values: Any) -> Any:
        """Return whether a clean value belongs to it; of a Series or array, for each of it."""
        if not self.values:
            return (values >= self.at_least) & (values < self.below)
        if isinstance(values, np.ndarray):
            return np.isin(values, self.values)
        return values.isin(self.values) if hasattr(values, "isin") else values in self.values


class Variable(NamedTuple):
    """A variable: categorical where it has levels, else a number, shown in `unit`."""

    name: str
    written: dict  # as the plan has it
    label: str
    source: str  # the clean column
    levels: dict[str, Level]
    in_text: str  # its name within a sentence
    unit: str = ""
    scale: float = 1  # from the column's unit to its own
    left_out: Sequence = ()  # clean values that count as missing
    unmeasurable: Mapping[str, str] = MappingProxyType({})  # when there is nothing to measure

    @property
    def is_number(self) -> bool:
        """Whether it is a number, or classes of one."""
        return not any(level.values for level in self.levels.values())

    @property
    def cut_points(self) -> set[float]:
        """Where classes of a number begin and end."""
        ends = {end for level in self.levels.values() for end in (level.at_least, level.below)}
        return {end for end in ends if math.isfinite(end)}

    def extent(self, names: Sequence[str] = ()) -> frozenset | tuple:
        """Return what some of its levels hold together, or all, so as to be compared.

        The values of a category, the bounds [at_least, below) of a number; where these leave a gap,
        all of them. What it has no level for is its name.
        """
        names = names or [*self.levels]
        if not {*names} <= {*self.levels}:
            return frozenset(names)
        parts = [self.levels[name] for name in names]
        if all(part.values for part in parts):
            return frozenset(value for part in parts for value in part.values)
        bounds = sorted((part.at_least, part.below) for part in parts)
        joined = all(one[1] == next_one[0] for one, next_one in pairwise(bounds))
        return (bounds[0][0], bounds[-1][1]) if joined else frozenset(bounds)

    @property
    def known(self) -> str:
        """The condition that it is known."""
        without = ", ".join(map(quote, self.left_out))
        return all_of(
            f"{self.source}.notna()", f"{self.source} not in [{without}]" if without else ""
        )

    @property
    def missing(self) -> str:
        """The condition that it is not known, or counts as such."""
        left_out = f" or {among(self.source, self.left_out)}" if self.left_out else ""
        return f"{self.source}.isna(){left_out}"

    def levels_of(self, names: str) -> list[Level]:
        """Return the levels that a key speaks of: one, or several together (`partial_or_complete`).

        None where the variable has no such level.
        """
        each = [names] if names in self.levels else names.split("_or_")
        return [self.levels[name] for name in each] if {*each} <= {*self.levels} else []

    def label_of(self, names: str) -> str:
        """Return the label of levels, as `levels_of` reads them."""
        return either([level.label for level in self.levels_of(names)])

    def is_level(self, names: str) -> str:
        """Return the condition that a patient belongs to a level, as `levels_of` reads it."""
        column, parts = self.source, []
        for level in self.levels_of(names):
            ends = f"{column} < {level.below}" if level.below < math.inf else ""
            cut = all_of(f"{column} >= {level.at_least}", ends)
            parts.append(among(column, level.values) if level.values else cut)
        return " or ".join(parts)

    def read(self, frame: pd.DataFrame) -> pd.Series:
        """Read it from the clean columns.

        Returns
        -------
        series
            The level's name, or the number in the variable's unit; missing where not known.

        Raises
        ------
        InputError
            Where a clean value belongs to no level.
        """
        from pandas import Series, isna

        values = frame[self.source]
        if not self.levels:
            return (values * self.scale).round(9)
        clean, levels = values.to_numpy(), np.full(len(values), None, object)
        for name, level in self.levels.items():
            levels[level.holds(clean)] = name
        if (isna(levels) & ~isna(clean)).any():
            check_levels(frame, {self.name: self})
        return Series(levels, values.index, object)


def read_variables(variables: dict) -> dict[str, Variable]:
    """Read the plan's variables; what has no label is called by its name."""

    def named(name: str, entry: dict) -> dict:
        entry = {"label": name} | entry
        return {"in_text": in_sentence(entry["label"])} | entry

    read = {}
    for name, entry in variables.items():
        levels = {key: Level(**named(key, own)) for key, own in entry.get("levels", {}).items()}
        read[name] = Variable(name, entry, **named(name, entry) | {"levels": levels})
    return read


def check_levels(
    frame: pd.DataFrame, variables: dict[str, Variable], places: Mapping = MappingProxyType({})
) -> None:
    """Raise an `InputError` with all clean values that no level of a variable holds.

    `places` says where the variables stand, as far as that is known.
    """
    unheld = {}
    for name, variable in variables.items():
        values = frame[variable.source]
        known = values.isna() | values.isin(variable.left_out)
        for level in variable.levels.values():
            known |= level.holds(values)
        if variable.levels and not known.all():
            unheld[name] = sorted(values[~known].unique())
    if unheld:
        either = "plan of the cohort's file, or config/plan.yaml"
        problems = [
            f"{places.get(name, either)}, variables, {name}: no level holds "
            f"{', '.join(map(str, values))} (column {variables[name].source}); "
            "expected: a level for it, or a mention in left_out"
            for name, values in unheld.items()
        ]
        lines = propose_variables(unheld, {name: variables[name].written for name in unheld})
        raise InputError(problems, {"plan": lines})


def in_group(group: str) -> str:
    """Return the condition that a patient belongs to a group; none where it is all patients."""
    return "" if group == "all" else f"group == {quote(group)}"
