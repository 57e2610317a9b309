"""Explore which of a column's printed cells can hold together: minimal conflicts and corrections.

A conflict is a minimal unsatisfiable subset: no cohort of any kind has all its cells, and whichever
one is left out, some counts have the others. A correction is a minimal set of cells to give up so
that the rest can hold together.
"""

import itertools
import logging
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from ortools.sat.python import cp_model

from crlm.wings.audit.constraints import Totals
from crlm.wings.audit.transcription import percent_of

log = logging.getLogger(__name__)

# Sets of cells tried at most per block, and the solver's own measure of its effort per question (so
# that the answer is the same on a slow machine); the log says where they were reached.
# ASSUME: what the solver leaves open counts as possible, so that a conflict is always proven.
TRIES, EFFORT = 200, 0.3
UNCHANGED: Mapping = MappingProxyType({})


def solve(model: cp_model.CpModel) -> cp_model.CpSolver | None:
    """Solve a model with one worker; None where there is provably no solution."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = EFFORT
    status = solver.solve(model)
    if status == cp_model.UNKNOWN:
        log.info("  one question left open by the solver")
    return None if status == cp_model.INFEASIBLE else solver


class Block:
    """The printed cells of one source column, and the questions asked of them.

    Cells that print the same of the same patients are one, since a copy proves nothing: `repeats`
    has the ids of all.
    """

    def __init__(self, column, cells, plan, *arguments):
        self.column, self.plan, self.arguments = column, plan, (column, plan, *arguments)
        self.all_cells, self.cells, self.repeats, self.readings, first = cells, {}, {}, {}, {}
        self.fine = False  # whether `holds` looks at each value of a number
        for cell in cells:
            same = (cell.variable, cell.level, cell.group, cell.statistic, cell.text,
                    cell.decimals, percent_of(cell, plan))  # fmt: skip
            kept = first.setdefault(same, cell.id)
            self.repeats.setdefault(kept, []).append(cell.id)
            self.cells.setdefault(kept, cell)

    def totals(self, ids, cut: bool = False, changes: Mapping = UNCHANGED, fine=False) -> Totals:
        """Return the totals of which these cells are demanded, some changed, or not (None)."""
        totals = Totals(*self.arguments, fine=fine)
        if not fine:
            totals.readings = self.readings  # of the same column: each cell is read once
        cells = (changes.get(i, self.cells[i]) for i in ids)
        totals.add([cell for cell in cells if cell is not None], cut)
        return totals

    def holds(self, ids, cut: bool = False, changes: Mapping = UNCHANGED) -> bool:
        """Tell whether some counts, sums and squares have all these cells."""
        looks = (False, True) if self.fine else (False,)
        return all(solve(self.totals(ids, cut, changes, fine).model) for fine in looks)

    def extent(self, ids, expression: Callable) -> tuple[int, int] | None:
        """Return the least and greatest value of an expression of the totals, given these cells."""
        ends = []
        for side in (1, -1):
            totals = self.totals(ids)
            totals.model.minimize(side * expression(totals))
            solver = solve(totals.model)
            if solver is None:
                return None
            ends.append(side * round(solver.best_objective_bound))
        return ends[0], ends[1]

    def nearest(self, ids, cell) -> list[tuple[int, int, Fraction]]:
        """Return the values nearest to a cell, below and above, that other cells leave it.

        Each is numerator, denominator and value (of an SD: the variance).
        """
        if cell.statistic in ("min", "max"):
            return []
        dividing = cell.statistic in ("percent", "mean", "sd")
        denominators = [1]
        if dividing:
            n = self.extent(ids, lambda t: t.read(cell).whole)
            denominators = range(max(1, n[0]), n[1] + 1)
            if cell.statistic == "sd":
                denominators = [
                    k * (k - 1) for k in range(2, n[1] + 1) if n[0] <= k * (k - 1) <= n[1]
                ]
        found = []
        for side in (-1, 1):
            best = []
            for denominator in denominators:
                totals = self.totals(ids)
                reading = totals.read(cell)
                if dividing:
                    totals.model.add(reading.whole == denominator)
                low, high, _ = reading.printed
                totals.bound(reading, low if side < 0 else high, side, strict=True)
                totals.model.minimize(side * reading.part)
                solver = solve(totals.model)
                if solver is not None:
                    numerator = side * round(solver.best_objective_bound)
                    value = reading.scale * Fraction(numerator, denominator)
                    best.append((numerator, denominator, value))
            found += [min(best, key=lambda b: side * b[2])] if best else []
        return found


def explore(ids: list[str], holds: Callable, weights: dict[str, int], tries: int = TRIES):
    """Enumerate minimal conflicts and minimal corrections of a set of cells.

    Each step takes the heaviest subset that is not yet known to hold or to conflict (MARCO:
    Liffiton, Previti, Malik & Marques-Silva, Constraints 2016;21:223–50, with maximal models). If
    it holds, what it lacks is a correction; the first is a lightest one. If not, cells are deleted
    from it as long as the rest conflicts: a conflict is left.

    Parameters
    ----------
    ids
        Of the cells.
    holds
        Tells whether some of them can hold together.
    weights
        What it costs to give up a cell.
    tries
        Number of steps after which to stop, once all lightest corrections are found.

    Returns
    -------
    conflicts, corrections
        Lists of lists of ids; corrections from the lightest on.
    complete
        Whether these are all; the lightest corrections always are.
    """
    map_model = cp_model.CpModel()
    chosen = {i: map_model.new_bool_var(i) for i in ids}
    map_model.maximize(sum(weights[i] * chosen[i] for i in ids))
    conflicts, corrections, holding, best = [], [], [], None

    def possible(subset: list[str]) -> bool:
        if any(known >= {*subset} for known in holding):
            return True
        if holds(subset):
            holding.append({*subset})
            return True
        return False

    for step in itertools.count():
        solver = solve(map_model)
        if solver is None:
            return conflicts, corrections, True
        weight = round(solver.objective_value)
        if step >= tries and best is not None and weight < best:
            return conflicts, corrections, False
        subset = [i for i in ids if solver.value(chosen[i])]
        if possible(subset):
            best = weight if best is None else best
            corrections.append([i for i in ids if i not in subset])
            map_model.add_bool_or([chosen[i] for i in corrections[-1]])
            continue
        for i in list(subset):
            fewer = [j for j in subset if j != i]
            if not possible(fewer):
                subset = fewer
        conflicts.append(subset)
        map_model.add_bool_or([chosen[i].negated() for i in subset])


def lightest(corrections: list[list[str]], weights: dict) -> list[list[str]]:
    """Return the corrections that give up the least weight."""
    costs = [sum(weights[i] for i in c) for c in corrections]
    return [c for c, cost in zip(corrections, costs, strict=True) if cost == min(costs)]
