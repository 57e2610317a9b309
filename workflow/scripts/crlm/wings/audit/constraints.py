"""Write what printed cells say of the counts, sums and squares behind them, as linear constraints.

The unknowns are whole numbers: how many patients of each group have which value, and of numbers the
sum and the sum of squares, counted in the step in which the number is recorded. A percentage, a
mean and an SD are then ratios of two linear expressions, so that a printed cell is an interval
without any rounding error: low · denominator ≤ scale · numerator ≤ high · denominator.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from ortools.sat.python import cp_model

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import ALL, COUNTS, Of, Reading, read_cell, true_range

COUNTED = (*COUNTS, "percent")
MEASURED = ("mean", "sd", Of.LEAST, Of.GREATEST)
FEW = 25  # values of a number, each of which can be a piece of its own


class Scale(NamedTuple):
    """How a number is recorded: in multiples of `step`, from `least` to `greatest` of them."""

    step: Fraction
    least: int
    greatest: int


def scales_of(codebook: dict, steps: dict) -> dict[str, Scale]:
    """Return how each column with a declared step is recorded, within the codebook's bounds."""
    scales = {}
    for column, step in steps.items():
        entry, unit = codebook[column], Fraction(str(step))
        least, greatest = (Fraction(str(entry[bound])) / unit for bound in ("min", "max"))
        scales[column] = Scale(unit, math.ceil(least), math.floor(greatest))
    return scales


def pieces_of(column: str, plan: Plan, scale: Scale | None, fine: bool = False) -> list:
    """Cut a column's values into pieces of which all levels of the plan's variables are made.

    If `fine`, each of `FEW` values of a number is a piece.

    Returns
    -------
    pieces
        Of a category its values; of a number pairs of the least and the greatest step.
    """
    variables = [v for v in plan.variables.values() if v.source == column]
    left_out = [value for v in variables for value in v.left_out]
    if scale is None:
        values = [value for v in variables for own in v.levels.values() for value in own.values]
        return list(dict.fromkeys([*values, *left_out]))
    cuts = {math.ceil(Fraction(cut) / scale.step) for v in variables for cut in v.cut_points}
    cuts |= {math.floor(Fraction(value) / scale.step) + i for value in left_out for i in (0, 1)}
    if fine and scale.greatest - scale.least < FEW:
        cuts |= {*range(scale.least, scale.greatest + 1)}
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
        The statistical analysis plan, or what is like it: its groups, variables and tables.
    scale
        How the number is recorded; None for a category.
    sizes
        Least and greatest number of patients of each group.
    complete
        Whether all patients have a value.
    own
        The responses of each group, where the column is the response itself.
    fine
        Whether each value is looked at by itself, where there are few (this takes longer).
    """

    def __init__(self, column, plan, scale, sizes, complete=False, own=None, *, fine=False):
        self.model, self.plan, self.scale = cp_model.CpModel(), plan, scale
        self.groups, self.sizes = list(plan.groups), sizes
        self.pieces = pieces_of(column, plan, scale, fine)
        self._products, self.readings = {}, {}
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

    def known(self, group: str):
        """Return how many patients of a group have a value in the column."""
        return self._sum(self.pieces, group)

    def total(self, group: str, feature):
        """Return what a reading counts of a group."""
        if isinstance(feature, frozenset):
            return self._sum([piece for piece in self.pieces if piece in feature], group)
        _, total, _, pairs, spread = self.moments(group)
        return {Of.SUM: total, Of.PAIRS: pairs, Of.SPREAD: spread}[feature]

    def moments(self, group: str) -> tuple:
        """Return n, Σx, Σx², n (n - 1) and n Σx² - (Σx)² of a group, as variables.

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
            parts = [self.moments(g) for g in self.groups]
            model.add(total == sum(part[1] for part in parts))
            model.add(squares == sum(part[2] for part in parts))
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
        self._products[group] = n, total, squares, pairs, spread
        self._keep_within(group, least, greatest)
        return self._products[group]

    def _keep_within(self, group: str, least: int, greatest: int) -> None:
        """Demand what follows for a group's sums if all its values lie between two ends.

        The values of each piece have a sum of their own. Between a and b they have
        (x - a)(b - x) ≥ 0, hence squares ≤ (a + b) sum - n a b (Bhatia & Davis, Am Math Mon
        2000;107:353–7); for whole numbers (x - a)(x - a - 1) ≥ 0. The variance is at
        most a quarter of the squared range (Popoviciu 1935): that follows, but the solver would not
        see it.
        """
        n, total, squares, pairs, spread = self.moments(group)
        far = max(abs(least), abs(greatest)) * self.sizes[group][1]
        sums, fewest, most = [], 0, 0
        for piece in self.pieces:
            a, b = max(piece[0], least), min(piece[1], greatest)
            count, own = self._sum([piece], group), self.model.new_int_var(-far, far, f"{piece}")
            self.model.add(own >= a * count)
            self.model.add(own <= max(a, b) * count)
            sums.append(own)
            most += (a + b) * own - a * b * count
            fewest += (2 * a + 1) * own - a * (a + 1) * count
        self.model.add(total == sum(sums))
        self.model.add(squares <= most)
        self.model.add(squares >= fewest)
        self.model.add(4 * spread <= (greatest - least) ** 2 * (pairs + n))

    def read(self, cell, cut: bool = False) -> Reading:
        """Return what a cell says, with expressions of the solver as its totals."""
        if (cell, cut) not in self.readings:
            step = self.scale and self.scale.step
            domain = {p: p if step is None else p[0] * step for p in self.pieces}
            found = read_cell(cell, true_range(cell, cut), self.plan, domain, step)
            self.readings[cell, cut] = found
        reading = self.readings[cell, cut]
        if cell.statistic in (Of.LEAST, Of.GREATEST):
            return reading
        whole = self.total(*reading.whole) if reading.whole else 1
        return reading._replace(part=self.total(*reading.part), whole=whole)

    def add(self, cells: list, cut: bool = False) -> None:
        """Demand that all these cells hold."""
        limits: dict[tuple[str, str], range] = {}
        for cell in cells:
            reading = self.read(cell, cut)
            if cell.statistic in (Of.LEAST, Of.GREATEST):
                near, key = reading.printed.parts(1, reading.scale), (cell.group, cell.statistic)
                other = limits.get(key, near)  # printed in two ways: none if they do not meet
                limits[key] = range(max(near.start, other.start), min(near.stop, other.stop))
                continue
            if cell.statistic not in COUNTS:
                self.model.add(reading.whole >= 1)
            low, high, open_ = reading.printed
            self.bound(reading, low, 1)
            self.bound(reading, high, -1, strict=open_)
        if limits:
            self._add_limits(limits)

    def bound(self, reading: Reading, bound: Fraction, side: int, strict: bool = False) -> None:
        """Demand that a ratio is at least (`side` 1) or at most (-1) a bound, or beyond it."""
        factor = math.lcm(reading.scale.denominator, bound.denominator)
        excess = int(reading.scale * factor) * reading.part - int(bound * factor) * reading.whole
        self.model.add(side * excess >= int(strict))

    def _add_limits(self, limits: dict[tuple[str, str], range]) -> None:
        """Demand the least and the greatest values printed, and what follows for sum and squares.

        The two ends alone have a variance, too.
        """
        for group in [*self.groups, ALL]:
            ends: dict[str, tuple] = {
                Of.LEAST: (self.scale.least,) * 2,
                Of.GREATEST: (self.scale.greatest,) * 2,
            }
            for of in dict.fromkeys((ALL, group)):
                own = {s: near for (g, s), near in limits.items() if g == of}
                ends |= {s: (near.start, near.stop - 1) for s, near in own.items()}
            (least, low), (high, greatest) = ends[Of.LEAST], ends[Of.GREATEST]
            for piece in self.pieces:
                if piece[1] < least or piece[0] > greatest:
                    self.model.add(self._sum([piece], group) == 0)
            self._keep_within(group, least, greatest)
            n, total, _, _, spread = self.moments(group)
            printed = {statistic for g, statistic in limits if g == group}
            for statistic in sorted(printed):
                first, last = ends[statistic]
                near = [p for p in self.pieces if max(p[0], first) <= min(p[1], last)]
                self.model.add(self._sum(near, group) >= 1)
            if Of.LEAST in printed:
                self.model.add(total <= greatest * (n - 1) + low)
            if Of.GREATEST in printed:
                self.model.add(total >= least * (n - 1) + high)
            if len(printed) == 2 and high > low:
                self.model.add(n >= 2)
                self.model.add(2 * spread >= (high - low) ** 2 * n)
