"""Write what printed cells say of the counts, sums and squares behind them, as linear constraints.

The unknowns are whole numbers: how many patients of each group have which value, and of numbers the
sum and the sum of squares, counted in the step in which the number is recorded. A percentage, a
mean and an SD are then ratios of two linear expressions, so that a printed cell is an interval
without any rounding error: low · denominator ≤ scale · numerator ≤ high · denominator.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from ortools.sat.python import cp_model

from crlm.audit.transcription import interval
from crlm.plan.variables import holds, percent_of

ALL = "all"
COUNTED = ("n", "percent", "of", "known")
MEASURED = ("mean", "sd", "min", "max")


class Scale(NamedTuple):
    """How a number is recorded: in multiples of `step`, from `least` to `greatest` of them."""

    step: Fraction
    least: int
    greatest: int


class Ratio(NamedTuple):
    """A cell as numerator over denominator (linear expressions, or 1) times `scale`.

    The squares of `low` and `high` stand for an SD, whose numerator and denominator give a
    variance.
    """

    numerator: Any  # a whole number, or an expression of the solver
    denominator: Any
    scale: Fraction
    low: Fraction
    high: Fraction
    open: bool = False


def scales_of(codebook: dict, steps: dict) -> dict[str, Scale]:
    """Return how each column with a declared step is recorded, within the codebook's bounds."""
    scales = {}
    for column, step in steps.items():
        entry, unit = codebook[column], Fraction(str(step))
        least, greatest = (Fraction(str(entry[bound])) / unit for bound in ("min", "max"))
        scales[column] = Scale(unit, math.ceil(least), math.floor(greatest))
    return scales


def pieces_of(column: str, plan: dict, scale: Scale | None) -> list:
    """Cut a column's values into pieces of which all levels of the plan's variables are made.

    Returns
    -------
    pieces
        Of a category its values; of a number pairs of the least and the greatest step.
    """
    variables = [v for v in plan["variables"].values() if v["source"] == column]
    levels = [level for v in variables for level in v.get("levels", {}).values()]
    left_out = [value for v in variables for value in v.get("left_out", [])]
    if scale is None:
        values = [value for level in levels for value in level.get("values", [])]
        return list(dict.fromkeys([*values, *left_out]))
    cuts = {Fraction(level[end]) for level in levels for end in ("at_least", "below")
            if math.isfinite(level[end])}  # fmt: skip
    cuts = {math.ceil(cut / scale.step) for cut in cuts}
    cuts |= {math.floor(Fraction(value) / scale.step) + i for value in left_out for i in (0, 1)}
    inner = sorted(cut for cut in cuts if scale.least < cut <= scale.greatest)
    starts = [scale.least, *inner]
    return list(zip(starts, [*(s - 1 for s in inner), scale.greatest], strict=True))


class Totals:
    """The unknown totals of one column, for each group and for all patients.

    Parameters
    ----------
    column
        A clean column (`source` of the plan's variables).
    plan
        The statistical analysis plan, or what is like it: `groups`, `variables`, `tables`.
    scale
        How the number is recorded; None for a category.
    sizes
        Least and greatest number of patients of each group.
    complete
        Whether all patients have a value.
    own
        The responses of each group, where the column is the response itself.
    """

    def __init__(self, column, plan, scale, sizes, complete=False, own=None):
        self.model, self.plan, self.scale = cp_model.CpModel(), plan, scale
        self.groups, self.sizes = list(plan["groups"]), sizes
        self.pieces = pieces_of(column, plan, scale)
        self._products = {}
        most = {g: sizes[g][1] for g in self.groups}
        self.n = {
            (piece, g): self.model.new_int_var(
                0, most[g] if own is None or piece in own[g] else 0, f"{piece} {g}"
            )
            for piece in self.pieces
            for g in self.groups
        }
        for g in [*self.groups, ALL]:
            least = sizes[g][0] if complete else 0
            self.model.add_linear_constraint(self.known(g), least, sizes[g][1])

    def _sum(self, pieces: Iterable, group: str):
        groups = self.groups if group == ALL else [group]
        return sum(self.n[piece, g] for piece in pieces for g in groups)

    def count(self, variable: dict, level: str, group: str):
        """Return how many patients of a group are of a level ("a+b": of two), or of any ("")."""
        levels = variable.get("levels")
        if levels is None:
            return self.known(group)
        chosen = [levels[name] for name in level.split("+")] if level else list(levels.values())
        firsts = {p: p if self.scale is None else p[0] * self.scale.step for p in self.pieces}
        inside = [p for p, first in firsts.items() if any(holds(c, first) for c in chosen)]
        return self._sum(inside, group)

    def known(self, group: str):
        """Return how many patients of a group have a value in the column."""
        return self._sum(self.pieces, group)

    def moments(self, group: str) -> tuple:
        """Return n, sum, n(n-1) and n·(sum of squares) - sum² of a group, as variables.

        The last two give the variance. Sum and sum of squares keep within what the pieces allow,
        and have the same parity (x² and x have).
        """
        if group in self._products:
            return self._products[group]
        model, (_, least, greatest) = self.model, self.scale
        most = self.sizes[group][1]
        far = max(abs(least), abs(greatest))
        n = model.new_int_var(0, most, f"n {group}")
        total = model.new_int_var(-far * most, far * most, f"sum {group}")
        squares = model.new_int_var(0, far**2 * most, f"squares {group}")
        model.add(n == self.known(group))
        if group == ALL:
            parts = [self.moments(g)[4:] for g in self.groups]
            model.add(total == sum(part[0] for part in parts))
            model.add(squares == sum(part[1] for part in parts))
        model.add(total >= sum(p[0] * self._sum([p], group) for p in self.pieces))
        model.add(total <= sum(p[1] * self._sum([p], group) for p in self.pieces))
        model.add(squares <= (least + greatest) * total - least * greatest * n)
        half = model.new_int_var(-(far**2) * most, far**2 * most, f"parity {group}")
        model.add(squares - total == 2 * half)
        pairs = model.new_int_var(0, most * (most - 1), f"pairs {group}")
        model.add_multiplication_equality(pairs, [n, n - 1])
        whole = model.new_int_var(0, far**2 * most**2, f"n squares {group}")
        model.add_multiplication_equality(whole, [n, squares])
        square = model.new_int_var(0, far**2 * most**2, f"square {group}")
        model.add_multiplication_equality(square, [total, total])
        spread = model.new_int_var(0, far**2 * most**2, f"spread {group}")
        model.add(spread == whole - square)
        # follows from the bounds, but the solver would not see it: at most a quarter of the squared
        # range (Popoviciu 1935)
        model.add(4 * spread <= (greatest - least) ** 2 * (pairs + n))
        self._products[group] = n, total, pairs, spread, total, squares
        return self._products[group]

    def ratio(self, cell, cut: bool = False) -> Ratio:
        """Return what a cell other than a limit says, as a ratio."""
        printed = interval(cell, cut)
        variable = self.plan["variables"][cell.variable]
        if cell.statistic == "known":
            return Ratio(self.known(cell.group), 1, Fraction(1), *printed)
        if cell.statistic in COUNTED:
            part = self.count(variable, cell.level, cell.group)
            if cell.statistic == "n":
                return Ratio(part, 1, Fraction(1), *printed)
            whole = (
                self.count(variable, "", cell.group)
                if percent_of(cell, self.plan) == "group"
                else self.count(variable, cell.level, ALL)
            )
            if cell.statistic == "of":
                return Ratio(whole, 1, Fraction(1), *printed)
            return Ratio(part, whole, Fraction(100), *printed)
        n, total, pairs, spread, *_ = self.moments(cell.group)
        unit = self.scale.step * Fraction(str(variable["scale"]))
        if cell.statistic == "mean":
            return Ratio(total, n, unit, *printed)
        return Ratio(spread, pairs, unit**2, printed.low**2, printed.high**2)

    def add(self, cells: list, cut: bool = False) -> None:
        """Demand that all these cells hold."""
        for cell in cells:
            if cell.statistic in ("min", "max"):
                continue
            ratio = self.ratio(cell, cut)
            if cell.statistic in ("percent", "mean", "sd"):
                self.model.add(ratio.denominator >= 1)
            self.bound(ratio, ratio.low, 1)
            self.bound(ratio, ratio.high, -1, strict=ratio.open)
        self._add_limits([cell for cell in cells if cell.statistic in ("min", "max")])

    def bound(self, ratio: Ratio, bound: Fraction, side: int, strict: bool = False) -> None:
        """Demand that a ratio is at least (`side` 1) or at most (-1) a bound, or beyond it."""
        factor = math.lcm(ratio.scale.denominator, bound.denominator)
        excess = (
            int(ratio.scale * factor) * ratio.numerator - int(bound * factor) * ratio.denominator
        )
        self.model.add(side * excess >= int(strict))

    def _add_limits(self, cells: list) -> None:
        """Demand the least and the greatest values printed, and what follows for sum and squares.

        Values between a and b have (x - a)(b - x) ≥ 0, hence squares ≤ (a + b) sum - n a b
        (Bhatia & Davis, Am Math Mon 2000;107:353–7); the two ends alone have a variance, too.
        """
        whole = [cell for cell in cells if cell.group == ALL]
        for group in [*self.groups, ALL]:
            own = [cell for cell in cells if cell.group == group]
            ends = (
                {"min": (self.scale.least,) * 2, "max": (self.scale.greatest,) * 2} if cells else {}
            )
            for cell in whole + own:
                unit = self.scale.step * Fraction(
                    str(self.plan["variables"][cell.variable]["scale"])
                )
                low, high = (bound / unit for bound in interval(cell)[:2])
                ends[cell.statistic] = (math.ceil(low), math.floor(high))
            if not ends:
                continue
            (least, low), (high, greatest) = ends["min"], ends["max"]
            for piece in self.pieces:
                if piece[1] < least or piece[0] > greatest:
                    self.model.add(self._sum([piece], group) == 0)
            n, total, pairs, spread, _, squares = self.moments(group)
            clipped = {p: (max(p[0], least), min(p[1], greatest)) for p in self.pieces}
            for i, sign in ((0, 1), (1, -1)):
                ends_sum = sum(clipped[p][i] * self._sum([p], group) for p in self.pieces)
                self.model.add(sign * (total - ends_sum) >= 0)
            self.model.add(squares <= (least + greatest) * total - least * greatest * n)
            self.model.add(4 * spread <= (greatest - least) ** 2 * (pairs + n))
            printed = {cell.statistic for cell in own}
            for statistic, (first, last) in (("min", (least, low)), ("max", (high, greatest))):
                if statistic in printed:
                    near = [p for p in self.pieces if p[0] <= last and p[1] >= first]
                    self.model.add(self._sum(near, group) >= 1)
            if "min" in printed:
                self.model.add(total <= greatest * (n - 1) + low)
            if "max" in printed:
                self.model.add(total >= least * (n - 1) + high)
            if printed == {"min", "max"} and high > low:
                self.model.add(n >= 2)
                self.model.add(2 * spread >= (high - low) ** 2 * n)
