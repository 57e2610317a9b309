"""Write unknown rows, and what the printed cells say of them, as a model for OR-tools CP-SAT.

Means and standard deviations are written as one literal for each admissible integer sum, so that no
square of a sum is needed.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import pandas as pd
from ortools.sat.python import cp_model

from crlm.audit.transcription import CUT, Range, admissible
from crlm.plan.variables import holds, percent_of
from crlm.reconstruction.plausibility import RANGES

# What a dropped cell costs. # ASSUME: counts are copied more safely than percentages, those than
# means; a group's cell says more than the whole's. What the text says is never dropped.
WEIGHTS = {"count": 8, "percent": 5, "mean": 3, "sd": 3, "min": 2, "max": 2}


class Sheet:
    """The unknown rows of one block: for each column and patient an integer code, 0 where missing.

    A code of a number is its multiple of the column's step; that of a category, its place in the
    codebook.
    """

    def __init__(self, columns: list[str], codebook: dict, earlier: pd.DataFrame, ranges=RANGES):
        self.model, self.earlier, self._ranges = cp_model.CpModel(), earlier, ranges
        self._indicators, self._sums = {}, {}
        self.domains = {c: self._domain(c, codebook["variables"][c]) for c in columns}
        self.x = {}
        for column, domain in self.domains.items():
            required = codebook["variables"][column]["required"]
            codes = cp_model.Domain.from_values([*domain] if required else [0, *domain])
            self.x[column] = [
                self.model.new_int_var_from_domain(codes, f"{column}_{p}") for p in earlier.index
            ]

    def _domain(self, column: str, entry: dict) -> dict:
        if "levels" in entry:
            return dict(enumerate(entry["levels"], start=1))
        low, high, step = self._ranges[column]
        return {i: i * step for i in range(round(low / step), round(high / step) + 1)}

    def codes(self, column: str, values: list) -> frozenset[int]:
        """Return the codes of some values of a column; that of a missing one if there are none."""
        return frozenset(c for c, v in self.domains[column].items() if v in values) or frozenset(
            [0]
        )

    def among(self, column: str, p: int, codes: frozenset[int]):
        """Return the literal that is true where the patient's code is among some codes."""
        key = column, p, codes
        if key not in self._indicators:
            literal = self._indicators[key] = self.model.new_bool_var(f"{column}_{p}_among")
            domain = cp_model.Domain.from_values(list(codes))
            x = self.x[column][p]
            self.model.add_linear_expression_in_domain(x, domain).only_enforce_if(literal)
            self.model.add_linear_expression_in_domain(x, domain.complement()).only_enforce_if(
                literal.negated()
            )
        return self._indicators[key]

    def known(self, column: str, p: int):
        """Return the literal that is true where the value is not missing."""
        return self.among(column, p, frozenset(self.domains[column]))

    def square(self, column: str, p: int):
        """Return the square of a code."""
        key = column, p, "square"
        if key not in self._indicators:
            top = max(self.domains[column])
            square = self._indicators[key] = self.model.new_int_var(
                0, top**2, f"{column}_{p}_square"
            )
            self.model.add_multiplication_equality(square, [self.x[column][p]] * 2)
        return self._indicators[key]

    def members(self, group: str) -> list[int]:
        """Return the patients of a group."""
        groups = self.earlier["group"]
        return list(self.earlier.index[(groups == group) | (group == "all")])

    def count(self, column: str, group: str, codes: frozenset[int]):
        """Return how many patients of a group have one of some codes."""
        return self._add_up(
            ("count", column, codes), group, lambda p: self.among(column, p, codes), 1
        )

    def total(self, column: str, group: str, power: int):
        """Return the sum of a group's codes, or of their squares."""
        term = self.square if power == 2 else lambda c, p: self.x[c][p]
        top = max(self.domains[column]) ** power
        return self._add_up(("total", column, power), group, lambda p: term(column, p), top)

    def _add_up(self, key: tuple, group: str, term, top: int):
        # the whole is the sum of its groups: contradictions show in few totals, not 25 rows
        if (key, group) not in self._sums:
            parts = (
                [self._add_up(key, g, term, top) for g in self.earlier["group"].unique()]
                if group == "all"
                else [term(p) for p in self.members(group)]
            )
            total = self.model.new_int_var(0, top * len(self.members(group)), f"{key} {group}")
            self.model.add(total == sum(parts))
            self._sums[key, group] = total
        return self._sums[key, group]


def readings(sheet: Sheet, cell, printed: Range, plan: dict, means: dict) -> Iterator:
    """Yield the ways in which integer totals of the rows can give a value that prints so.

    Each is a list of (linear expression, least, greatest). An SD is read together with its mean,
    whose admissible (known, sum) pairs stand in `means`.
    """
    low, high, _ = printed
    variable = plan["variables"][cell.variable]
    column, group = variable["source"], cell.group
    size = len(sheet.members(group))

    domain = sheet.domains[column]
    if cell.statistic in ("n", "percent"):
        levels = {
            name: frozenset(c for c, v in domain.items() if holds(level, v))
            for name, level in variable["levels"].items()
        }
        part = sheet.count(column, group, levels[cell.level])
        if cell.statistic == "n":
            yield [(part, int(low), int(high))]
            return
        if percent_of(cell, plan) == "group":
            whole, most = sheet.count(column, group, frozenset().union(*levels.values())), size
        else:
            whole, most = sheet.count(column, "all", levels[cell.level]), len(sheet.members("all"))
        for of in range(1, most + 1):
            for n in range(of + 1):
                if printed.holds(Fraction(100 * n, of)):
                    yield [(part, n, n), (whole, of, of)]
        return
    code, value = next(iter(domain.items()))
    step = Fraction(str(value)) / code * Fraction(str(variable["scale"]))
    if cell.statistic in ("min", "max"):
        sought = frozenset(c for c in domain if low <= c * step < high)
        beyond = (
            c for c in domain if (c * step < low if cell.statistic == "min" else c * step >= high)
        )
        beyond = frozenset(beyond)
        yield [
            (sheet.count(column, group, sought), 1, size),
            (sheet.count(column, group, beyond), 0, 0),
        ]
        return
    known = sheet.count(column, group, frozenset(domain))
    total = sheet.total(column, group, 1)
    if cell.statistic == "mean":
        for k in range(1, size + 1):
            for s in range(math.ceil(low * k / step), math.ceil(high * k / step)):
                yield [(known, k, k), (total, s, s)]
        return
    squares = sheet.total(column, group, 2)
    for k, s in means[cell.variable, cell.group]:
        if k > 1:
            least, least_beyond = (
                math.ceil((k - 1) * (bound / step) ** 2 + Fraction(s * s, k))
                for bound in (low, high)
            )
            if least < least_beyond:
                yield [(known, k, k), (total, s, s), (squares, least, least_beyond - 1)]


def constrain(sheet: Sheet, cells: pd.DataFrame, plan: dict):
    """Add the printed cells to a sheet, as soft constraints.

    Returns
    -------
    score
        The weight of the cells that are met, a linear expression.
    """
    score, means = 0, {}
    # a mean before its SD, so that the SD finds the mean's sums
    for cell in cells.sort_values("statistic", key=lambda s: s == "sd", kind="stable").itertuples():
        weight = WEIGHTS[cell.kind] + (cell.group != "all")
        literals = []
        for name, printed in admissible(cell, up=True).items():
            for reading in readings(sheet, cell, printed, plan, means):
                literal = sheet.model.new_bool_var(cell.id)
                for expression, least, most in reading:
                    bounded = sheet.model.add_linear_constraint(expression, least, most)
                    bounded.only_enforce_if(literal)
                literals.append(literal)
                score += (weight - (name == CUT)) * literal
                if cell.statistic == "mean":
                    pair = reading[0][1], reading[1][1]
                    means.setdefault((cell.variable, cell.group), []).append(pair)
        if cell.table == "text":
            sheet.model.add_exactly_one(literals)
        else:
            sheet.model.add_at_most_one(literals)
    return score
