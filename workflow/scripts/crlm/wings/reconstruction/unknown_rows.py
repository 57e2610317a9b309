"""Write unknown rows, and what the printed cells say of them, as a model for OR-tools CP-SAT.

Means and standard deviations are written as one literal for each admissible integer sum, so that no
square of a sum is needed.
"""

from collections.abc import Iterator

import pandas as pd
from ortools.sat.python import cp_model

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import CUT, Of, Range, admissible, read_cell, squares_of

# What a dropped cell costs. # ASSUME: counts are copied more safely than percentages, those than
# means; a group's cell says more than the whole's. What the text says is never dropped.
WEIGHTS = {"count": 8, "percent": 5, "mean": 3, "sd": 3, "min": 2, "max": 2}


class UnknownRows:
    """The unknown rows of one block: for each column and patient an integer code, 0 where missing.

    A code of a number is its multiple of the column's step; that of a category, its place in the
    codebook.
    """

    def __init__(self, columns: list[str], codebook: dict, earlier: pd.DataFrame, ranges: dict):
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

    def total(self, column: str, group: str, feature):
        """Return what a reading counts of a group's codes: how many are in a set, or `Of` them."""
        top = max(self.domains[column])
        if feature == Of.SQUARES:
            return self._add_up((column, feature), group, lambda p: self.square(column, p), top**2)
        if feature == Of.SUM:
            return self._add_up((column, feature), group, lambda p: self.x[column][p], top)
        return self._add_up((column, feature), group, lambda p: self.among(column, p, feature), 1)

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


def readings(unknown: UnknownRows, cell, printed: Range, plan: Plan, means: dict) -> Iterator:
    """Yield the ways in which integer totals of the rows can give a value that prints so.

    Each is a list of (linear expression, least, greatest). An SD is read together with its mean,
    whose admissible (known, sum) pairs stand in `means`.
    """
    column = plan.variables[cell.variable].source
    domain = unknown.domains[column]
    reading = read_cell(cell, printed, plan, domain)
    group, feature = reading.part
    if feature in (Of.LEAST, Of.GREATEST):
        inside, beyond = (unknown.total(column, group, codes) for codes in reading.limits(domain))
        yield [(inside, 1, len(unknown.members(group))), (beyond, 0, 0)]
    elif feature == Of.SPREAD:
        known, total, squares = (
            unknown.total(column, group, f) for f in (frozenset(domain), Of.SUM, Of.SQUARES)
        )
        for k, s in means[cell.variable, group]:
            fits = squares_of(printed.squared().parts(k * (k - 1), reading.scale), s, k)
            if k > 1 and fits:
                yield [(known, k, k), (total, s, s), (squares, fits[0], fits[-1])]
    elif reading.whole is None:
        (n,) = printed.parts(1, reading.scale)
        yield [(unknown.total(column, group, feature), n, n)]
    else:
        counts_first = sorted((reading.part, reading.whole), key=lambda total: total[1] == Of.SUM)
        first, second = (unknown.total(column, *total) for total in counts_first)
        for whole in range(1, len(unknown.members(reading.whole[0])) + 1):
            for part in printed.parts(whole, reading.scale):
                n, m = (whole, part) if feature == Of.SUM else (part, whole)
                yield [(first, n, n), (second, m, m)]


def constrain(unknown: UnknownRows, cells: pd.DataFrame, plan: Plan):
    """Add the printed cells to unknown rows, as soft constraints.

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
            for reading in readings(unknown, cell, printed, plan, means):
                literal = unknown.model.new_bool_var(cell.id)
                for expression, least, most in reading:
                    bounded = unknown.model.add_linear_constraint(expression, least, most)
                    bounded.only_enforce_if(literal)
                literals.append(literal)
                score += (weight - (name == CUT)) * literal
                if cell.statistic == "mean":
                    pair = reading[0][1], reading[1][1]
                    means.setdefault((cell.variable, cell.group), []).append(pair)
        if cell.table == "text":
            unknown.model.add_exactly_one(literals)
        else:
            unknown.model.add_at_most_one(literals)
    return score
