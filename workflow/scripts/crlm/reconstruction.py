"""Reconstruct patients from the printed tables.

The rows of the 2024 cohort were never published. Each printed cell is a constraint on them: met exactly (rounded half
up to the printed decimals), by truncation (percentages), or dropped where it contradicts the others. The solver drops as
little weight as it can, then leans towards plausible rows. Means and standard deviations are written as one
literal for each admissible integer sum, so that no square of a sum is needed.
"""

import logging
import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from crlm.plausibility import BLOCKS, RANGES, REPEATS, SPELLINGS
from crlm.transcription import (
    CUT,
    DROPPED,
    EXACT,
    admissible,
    belongs,
    judge,
    published_test,
    statistic,
    verdict,
)

log = logging.getLogger(__name__)

# Deterministic time (about seconds) in which the solver leans a block's rows towards the sketch.
EFFORT = 4.0

# What a dropped cell costs. # ASSUME: counts are copied more safely than percentages, those than means; a
# group's cell says more than the whole's. A statement of the text (table "text") is never dropped.
WEIGHTS = {"count": 8, "percent": 5, "mean": 3, "sd": 3, "min": 2, "max": 2}


class Sheet:
    """The unknown rows of one block: for each column and patient an integer code, 0 where missing.

    A code of a number is its multiple of the column's step; that of a category, its place in the codebook.
    """

    def __init__(self, columns: list[str], codebook: dict, earlier: pd.DataFrame):
        self.model, self.earlier = cp_model.CpModel(), earlier
        self._indicators, self._sums = {}, {}
        self.domains = {c: self._domain(c, codebook["variables"][c]) for c in columns}
        self.x = {}
        for column, domain in self.domains.items():
            required = codebook["variables"][column]["required"]
            codes = cp_model.Domain.from_values([*domain] if required else [0, *domain])
            self.x[column] = [
                self.model.new_int_var_from_domain(codes, f"{column}_{p}") for p in earlier.index
            ]

    @staticmethod
    def _domain(column: str, entry: dict) -> dict:
        if "levels" in entry:
            return dict(enumerate(entry["levels"], start=1))
        low, high, step = RANGES[column]
        return {i: i * step for i in range(round(low / step), round(high / step) + 1)}

    def codes(self, column: str, values: list) -> frozenset[int]:
        """Return the codes of some values of a column; that of a missing value if there are none."""
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
        # the whole is the sum of its groups: contradictions then show in a few totals, not among 25 patients
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


def readings(
    sheet: Sheet, cell, low: Fraction, high: Fraction, plan: dict, means: dict
) -> Iterator:
    """Yield the ways in which integer totals of the rows can give a value in [low, high).

    Each is a list of (linear expression, least, greatest). An SD is read together with its mean, whose
    admissible (known, sum) pairs stand in `means`.
    """
    variable = plan["variables"][cell.variable]
    column, group = variable["source"], cell.group
    table = plan["tables"].get(f"table{cell.table}", {"percent_of": "group"})
    size = len(sheet.members(group))

    domain = sheet.domains[column]
    if cell.statistic in ("n", "percent"):
        levels = {
            name: frozenset(c for c, v in domain.items() if belongs(v, level))
            for name, level in variable["levels"].items()
        }
        part = sheet.count(column, group, levels[cell.level])
        if cell.statistic == "n":
            yield [(part, int(low) + 1, int(low) + 1)] if low >= 0 else [(part, 0, 0)]
            return
        if table["percent_of"] == "group":
            whole, most = sheet.count(column, group, frozenset().union(*levels.values())), size
        else:
            whole, most = sheet.count(column, "all", levels[cell.level]), len(sheet.members("all"))
        for of in range(1, most + 1):
            for n in range(of + 1):
                if low <= Fraction(100 * n, of) < high:
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
        for name, low, high in admissible(cell):
            for reading in readings(sheet, cell, low, high, plan, means):
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


def distance(sheet: Sheet, sketch: pd.DataFrame, rng):
    """Return how far the rows are from the sketch; levels and missing values have random costs."""
    cost = 0
    for column, domain in sheet.domains.items():
        step = domain[max(domain)] / max(domain) if column in sketch else None
        for p in sheet.earlier.index:
            missing = sheet.among(column, p, frozenset([0]))
            cost += int(rng.integers(0, 20)) * missing
            if step is None:
                cost += sum(
                    int(rng.integers(0, 20)) * sheet.among(column, p, frozenset([code]))
                    for code in domain
                )
                continue
            target = round(float(np.clip(sketch.at[p, column] / step, min(domain), max(domain))))
            gap = sheet.model.new_int_var(0, max(domain), f"{column} {p} gap")
            sheet.model.add(gap >= sheet.x[column][p] - target)
            sheet.model.add(gap >= target - sheet.x[column][p]).only_enforce_if(missing.negated())
            cost += gap
    return cost


def is_ranked(cell, plan: dict) -> bool:
    """Tell whether a cell is a p-value that counts alone don't give."""
    return cell.kind == "p_value" and published_test(plan, cell) == "mann_whitney"


def repetition(sheet: Sheet):
    """Return how often numbers occur beyond what `REPEATS` allows: patients differ."""
    excess = 0
    for column, limits in REPEATS.items():
        for code, value in sheet.domains.get(column, {}).items():
            most = next(most for low, most in limits if value >= low)
            count = sheet.count(column, "all", frozenset([code]))
            over = sheet.model.new_int_var(0, len(sheet.earlier), f"{column} {value} again")
            sheet.model.add(over >= count - most)
            excess += over
    return excess


def solve(sheet: Sheet, what: str, **parameters) -> tuple[cp_model.CpSolver, bool]:
    """Run the solver with one worker, so that the same model and seed give the same answer."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    for name, value in parameters.items():
        setattr(solver.parameters, name, value)
    status = solver.solve(sheet.model)
    if status in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID) or (
        status == cp_model.UNKNOWN and what == "rows"
    ):
        raise ValueError(f"{what}: no rows for {', '.join(sheet.x)} ({solver.status_name(status)})")
    log.info("  %s: %s, objective %g, %.1f s", what, solver.status_name(status).lower(), solver.objective_value if status != cp_model.UNKNOWN else -1, solver.wall_time)
    return solver, status == cp_model.OPTIMAL


def hint(sheet: Sheet, solver: cp_model.CpSolver) -> None:
    """Let the next search start from a solution."""
    sheet.model.clear_hints()
    for i, value in enumerate(solver.response_proto.solution):
        sheet.model.add_hint(sheet.model.get_int_var_from_proto_index(i), value)


def fill_block(block, earlier, cells, plan, codebook, parameters, rng, effort) -> pd.DataFrame:
    """Find the columns of one block for rows whose earlier columns are known.

    First the counts and percentages alone say how much of them can hold together; with that bound the
    solver finds the most of all cells, and then, with these cells kept, rows near the sketch.
    """
    columns, sketch, relate = block
    ranked = cells[[is_ranked(cell, plan) for cell in cells.itertuples()]]
    cells = cells[cells["statistic"] != "p_value"]
    seed = int(rng.integers(2**31))
    responses = list(earlier["response"])
    counted = cells["statistic"].isin(["n", "percent"])
    log.info("%s: %d printed cells", ", ".join(columns), len(cells))

    sheet = Sheet(columns, codebook, earlier)
    sheet.model.maximize(constrain(sheet, cells[counted], plan))
    counts, _ = solve(sheet, "counts", random_seed=seed, linearization_level=2)

    sheet = Sheet(columns, codebook, earlier)
    relate(sheet, responses, parameters)
    score = constrain(sheet, cells[counted], plan)
    sheet.model.add(score <= round(counts.objective_value))
    score += constrain(sheet, cells[~counted], plan)
    sheet.model.maximize(score)
    for linear in (2, 0):  # no one setting suits all blocks: the first that gets to the end is taken
        best, proven = solve(
            sheet,
            "cells",
            random_seed=seed,
            optimize_with_core=True,
            linearization_level=linear,
            max_deterministic_time=1 if linear else math.inf,
        )
        if proven:
            break

    hint(sheet, best)
    sheet.model.add(score >= round(best.objective_value))
    sheet.model.clear_objective()
    far = distance(sheet, sketch(rng, responses), rng)
    sheet.model.minimize(far + 30 * repetition(sheet))
    start, _ = solve(sheet, "start", fix_variables_to_their_hinted_value=True)
    hint(sheet, start)
    found, _ = solve(
        sheet, "rows", random_seed=seed, interleave_search=True, max_deterministic_time=effort
    )
    rows = decode(sheet, found)
    candidate = earlier.join(rows)
    kept = [verdict(statistic(candidate, c, plan), c) != DROPPED for c in cells.itertuples()]
    for p_cell in ranked.itertuples():
        rows = swap(candidate, cells[kept], p_cell, plan, rng)[columns]
    return rows


def decode(sheet: Sheet, solver: cp_model.CpSolver) -> pd.DataFrame:
    """Read the solved codes as clean values, missing ones as None."""
    return pd.DataFrame(
        {c: [sheet.domains[c].get(solver.value(x)) for x in xs] for c, xs in sheet.x.items()},
        index=sheet.earlier.index,
    )


def swap(rows, cells, p_cell, plan, rng, tries=20_000) -> pd.DataFrame:
    """Move years (units) between patients of a group until a Mann–Whitney p-value is as printed.

    In the solver this constraint takes minutes. A move keeps the sum; one that loses a cell, repeats a value
    too often or takes the p-value away from the printed one is undone (a little way is let pass, so as not to get
    stuck).

    Raises
    ------
    ValueError
        If so many tries don't give the p-value.
    """
    column = plan["variables"][p_cell.variable]["source"]
    most = max(most for _, most in REPEATS[column])
    gap = math.inf
    for _ in range(tries):
        group = rows.index[rows["group"] == rng.choice(rows["group"].unique())]
        moved = rows.copy()
        moved.loc[rng.choice(group, 2, replace=False), column] += [1, -1]
        p = statistic(moved, p_cell, plan)
        new_gap = abs(p - float(p_cell.text))
        if new_gap > gap + rng.exponential(0.02) or moved[column].value_counts().max() > most:
            continue
        values = ((statistic(moved, cell, plan), cell) for cell in cells.itertuples())
        if all(verdict(value, cell) != DROPPED for value, cell in values):
            rows, gap = moved, new_gap
            if verdict(p, p_cell) == EXACT:
                return rows
    raise ValueError(f"{p_cell.place}: no moves give p = {p_cell.text}")


def reconstruct_cohort(cells, statements, plan, codebook, seed, effort=EFFORT):
    """Reconstruct the cohort as a raw table, and judge every printed cell by it.

    Parameters
    ----------
    cells, statements
        The transcription of the tables, and what the text says beyond them (never dropped).
    plan, codebook
        The statistical analysis plan and the codebook.
    seed
        Of the solver, the sketches and the order of the rows.
    effort
        Deterministic time of the solver for the plausible rows of each block.

    Returns
    -------
    cohort
        Raw table, one row a patient, as text.
    verdicts
        All cells of the tables: id, table, place, printed, reconstructed, verdict.
    dropped
        Those that the rows don't give: id, table, place, printed, reconstructed, reason.
    """
    rows = reconstruct_rows(pd.concat([cells, statements]), plan, codebook, seed, effort)
    verdicts = judge(cells, rows, plan)
    dropped = verdicts[verdicts["verdict"] == DROPPED].drop(columns="verdict")
    log.info("%d of %d cells dropped", len(dropped), len(verdicts))
    return write_sheet(rows, codebook), verdicts.drop(columns="reason"), dropped


def reconstruct_rows(cells, plan, codebook, seed, effort=EFFORT) -> pd.DataFrame:
    """Reconstruct the clean rows, block by block, in random order.

    Returns
    -------
    rows
        One a patient: `response`, `group` and the columns of all blocks, as clean values.
    """
    rng = np.random.default_rng(seed)
    parameters = plan["response_rules"]["number_and_size"]["parameters"]
    groups = {r: name for name, g in plan["groups"].items() for r in g["responses"]}
    whole = cells[
        (cells["variable"] == "response") & (cells["group"] == "all") & (cells["kind"] == "count")
    ]
    sizes = {cell.level: int(cell.text) for cell in whole.itertuples()}
    rows = pd.DataFrame({"response": [r for r, n in sizes.items() for _ in range(n)]})
    rows["group"] = rows["response"].map(groups)
    sources = cells["variable"].map({name: v["source"] for name, v in plan["variables"].items()})
    for block in BLOCKS:
        own = cells[sources.isin(block[0])]
        rows = rows.join(fill_block(block, rows, own, plan, codebook, parameters, rng, effort))
    return rows.iloc[rng.permutation(len(rows))].reset_index(drop=True)


def write_sheet(rows: pd.DataFrame, codebook: dict) -> pd.DataFrame:
    """Write clean rows as a hospital's sheet has them: its spellings, pseudonyms, and the radiologist's reading.

    The printed tables give one response, so the reading equals the response by construction.
    """
    written = rows.assign(
        patient_id=[f"CRLM-{i:02d}" for i in range(1, len(rows) + 1)],
        radiologist_response=rows["response"],
    )
    columns = [c for c in codebook["variables"] if c in written]
    return written[columns].apply(
        lambda column: column.map(
            lambda v: (
                ""
                if pd.isna(v)
                else SPELLINGS.get(column.name, {}).get(
                    v, f"{v:g}" if not isinstance(v, str) else v
                )
            )
        )
    )
