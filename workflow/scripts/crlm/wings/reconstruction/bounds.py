"""Prove by the solver how far a rank test goes in any cohort that keeps the printed cells.

One column at a time: its cells bind each group's values alone, so that patients of a group may be
taken in order of size. Nothing but printed cells and the codebook's limits is kept, so that what is
proven holds of every narrower set of cohorts too.
"""

from itertools import pairwise

import pandas as pd
from ortools.sat.python import cp_model

from crlm.comparison import compare_variable
from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import CUT, DROPPED
from crlm.wings.reconstruction.judged import compare_with_print
from crlm.wings.reconstruction.unknown_rows import WEIGHTS, UnknownRows, constrain

COLUMNS = ["quantity", "low", "high", "status"]
UNKNOWN = "not known"
EFFORT = 20  # for one bound, in the solver's deterministic units, about seconds
MOST = 1000  # pairs of samples that are listed one by one; of more, only bounds are proven


class Column:
    """The unknown values of a column, and a solver's model of the printed cells that bind them."""

    def __init__(self, column: str, cells: pd.DataFrame, rows, plan: Plan, codebook: dict, step):
        entry = codebook["variables"][column]
        limits = {column: (max(entry["min"], step), entry["max"], step)}
        self.step, self.unknown = step, UnknownRows([column], codebook, rows, limits)
        self.model, self.samples = self.unknown.model, []
        score = constrain(self.unknown, cells, plan)
        every = cells["kind"].map(WEIGHTS) + (cells["group"] != "all") - cells["cut"]
        self.model.add(score >= int(every.sum()))
        known = frozenset(self.unknown.domains[column])
        for group in plan.groups:
            values = [self.unknown.x[column][p] for p in self.unknown.members(group)]
            present = int(rows.loc[rows["group"] == group, column].notna().sum())
            self.model.add(self.unknown.total(column, group, known) == present)
            for lower, higher in pairwise(values):
                self.model.add(lower <= higher)
            self.samples.append(values[len(values) - present :])  # missing ones come first

    def frame(self, value) -> pd.DataFrame:
        """Return the samples of a solution as rows: `group` (0 or 1), `value`."""
        return pd.DataFrame(
            [(g, value(x) * self.step) for g, xs in enumerate(self.samples) for x in xs],
            columns=["group", "value"],
        )


class Listing(cp_model.CpSolverSolutionCallback):
    """The distinct pairs of samples among the solutions; the search stops after `MOST`."""

    def __init__(self, column: Column):
        super().__init__()
        self._column, self.found = column, {}

    def on_solution_callback(self):
        frame = self._column.frame(self.value)
        self.found[tuple(frame["value"])] = frame
        if len(self.found) > MOST:
            self.stop_search()


def bound_shift(column: Column, most: bool) -> tuple[float, str]:
    """Return the least or greatest median of all differences, and whether a cohort has it.

    In steps. Of an even number of differences it is the lower or the upper middle one, so that the
    Hodges–Lehmann shift, the mean of the two, lies within.
    """
    first, second = column.samples
    far = max(max(domain) for domain in column.unknown.domains.values())
    median, literals = column.model.new_int_var(-far, far, "median"), []
    for x in first:
        for y in second:
            literal = column.model.new_bool_var("")
            beyond = x - y >= median if most else x - y <= median
            column.model.add(beyond).only_enforce_if(literal)
            literals.append(literal)
    column.model.add(sum(literals) >= (len(literals) + 1) // 2)
    (column.model.maximize if most else column.model.minimize)(median)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # with a fixed effort, the same answer each time
    solver.parameters.max_deterministic_time = EFFORT
    status = solver.solve(column.model)
    told = {cp_model.OPTIMAL: "reached", cp_model.FEASIBLE: "not sharp"}
    return solver.best_objective_bound, told.get(status, UNKNOWN)


def prove_bounds(cells, rows: pd.DataFrame, plan: Plan, codebook: dict, ranges: dict):
    """Prove how far the rank tests of the plan's tables go in any cohort that keeps the print.

    Parameters
    ----------
    cells
        The transcription.
    rows
        The reconstructed cohort: clean values, `response`, `group`. Cells that it loses are not
        asked for.
    plan, codebook
        The statistical analysis plan and the codebook.
    ranges
        Column -> lowest, highest, step of its numbers, of which the step alone is kept.

    Returns
    -------
    frame
        `quantity, low, high, status`. Where few pairs of samples keep the cells, all are listed and
        p and effect (Hodges–Lehmann) are exact; else the effect has bounds, reached or not sharp,
        unless the solver gave up before it knew any.
    """
    verdicts = compare_with_print(cells, rows, plan)["verdict"].to_numpy()
    met = cells.assign(cut=verdicts == CUT)[verdicts != DROPPED]
    met = met[met["statistic"] != "p_value"]
    columns = met["variable"].map(plan.sources)
    found = []
    # Of the other variables, p follows from counts, or is printed.
    for variable in plan.unprinted:
        name, own = variable.name, met[columns == variable.source]

        def make(column=variable.source, own=own):
            return Column(column, own, rows, plan, codebook, ranges[column][2])

        listing = Listing(column := make())
        solver = cp_model.CpSolver()
        solver.parameters.enumerate_all_solutions = True
        status = solver.solve(column.model, listing)
        if status == cp_model.OPTIMAL and len(listing.found) <= MOST:
            tests = [
                compare_variable(f, variable._replace(source="value"), [0, 1], None)
                for f in listing.found.values()
            ]
            for form, key in (("p", "p_value"), ("effect", "estimate")):
                values = [test[key] for test in tests]
                status = f"all {len(tests)} pairs of samples listed"
                found.append((f"test.{name}.{form}", min(values), max(values), status))
            continue
        ends, statuses = zip(*(bound_shift(make(), most) for most in (False, True)), strict=True)
        if UNKNOWN not in statuses:
            low, high = (round(end * column.step * variable.scale, 9) for end in ends)
            found.append((f"test.{name}.effect", low, high, ", ".join(dict.fromkeys(statuses))))
    return pd.DataFrame(found, columns=COLUMNS)
