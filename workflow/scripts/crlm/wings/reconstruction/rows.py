"""Reconstruct patients from the printed tables.

The rows of the 2024 cohort were never published. Each printed cell is a constraint on them: met
exactly (rounded half up to the printed decimals), by truncation (percentages), or dropped where it
contradicts the others. The solver drops as little weight as it can, then leans towards plausible
rows.
"""

import logging
import math

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import DROPPED, EXACT, binding_cells, named_test, verdict_on
from crlm.wings.reconstruction.judged import compare_with_print, computed_of
from crlm.wings.reconstruction.plausibility import BLOCKS, RULE, Block
from crlm.wings.reconstruction.unknown_rows import UnknownRows, constrain

log = logging.getLogger(__name__)


def distance(unknown: UnknownRows, sketch: pd.DataFrame, rng):
    """Return how far the rows are from the sketch; levels and missing values have random costs."""
    cost = 0
    for column, domain in unknown.domains.items():
        step = domain[max(domain)] / max(domain) if column in sketch else None
        for p in unknown.earlier.index:
            missing = unknown.among(column, p, frozenset([0]))
            cost += int(rng.integers(0, 20)) * missing
            if step is None:
                cost += sum(
                    int(rng.integers(0, 20)) * unknown.among(column, p, frozenset([code]))
                    for code in domain
                )
                continue
            target = round(float(np.clip(sketch.at[p, column] / step, min(domain), max(domain))))
            gap = unknown.model.new_int_var(0, max(domain), f"{column} {p} gap")
            unknown.model.add(gap >= unknown.x[column][p] - target)
            unknown.model.add(gap >= target - unknown.x[column][p]).only_enforce_if(
                missing.negated()
            )
            cost += gap
    return cost


def is_ranked(cell, plan: Plan) -> bool:
    """Tell whether a cell is a p-value that counts alone don't give."""
    return cell.kind == "p_value" and named_test(cell, plan) == "mann_whitney"


def repetition(unknown: UnknownRows, repeats: dict):
    """Return how often numbers occur beyond what is plausible: patients differ."""
    excess = 0
    for column, limits in repeats.items():
        for code, value in unknown.domains.get(column, {}).items():
            most = next(most for low, most in limits if value >= low)
            count = unknown.total(column, "all", frozenset([code]))
            over = unknown.model.new_int_var(0, len(unknown.earlier), f"{column} {value} again")
            unknown.model.add(over >= count - most)
            excess += over
    return excess


def solve(unknown: UnknownRows, what: str, **parameters) -> tuple[cp_model.CpSolver, bool]:
    """Run the solver with one worker, so that the same model and seed give the same answer."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    for name, value in parameters.items():
        setattr(solver.parameters, name, value)
    status = solver.solve(unknown.model)
    if status in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID):
        raise ValueError(
            f"{what}: no rows for {', '.join(unknown.x)} ({solver.status_name(status)})"
        )
    name = solver.status_name(status).lower()
    log.info("  %s: %s, %.1f s", what, name, solver.wall_time)
    return solver, status == cp_model.OPTIMAL


def hint(unknown: UnknownRows, solver: cp_model.CpSolver) -> None:
    """Let the next search start from a solution."""
    unknown.model.clear_hints()
    for i, value in enumerate(solver.response_proto.solution):
        unknown.model.add_hint(unknown.model.get_int_var_from_proto_index(i), value)


def fill_block(block: Block, earlier, cells, plan, codebook, assumed, rng) -> pd.DataFrame:
    """Find the columns of one block for rows whose earlier columns are known.

    First the counts and percentages alone say how much of them can hold together; with that bound
    the solver finds the most of all cells, and then, with that much kept, rows near the sketch.
    """
    ranked = cells[[is_ranked(cell, plan) for cell in cells.itertuples()]]
    cells = cells[cells["statistic"] != "p_value"]
    seed = int(rng.integers(2**31))
    responses = list(earlier["response"])
    counted = cells["statistic"].isin(["n", "percent"])
    log.info("%s: %d printed cells", ", ".join(block.columns), len(cells))

    unknown = UnknownRows(block.columns, codebook, earlier, assumed["ranges"])
    unknown.model.maximize(constrain(unknown, cells[counted], plan))
    counts, _ = solve(unknown, "counts", random_seed=seed, linearization_level=2)

    unknown = UnknownRows(block.columns, codebook, earlier, assumed["ranges"])
    if block.relate:
        block.relate(unknown, responses, plan.response_rules[RULE].parameters, assumed)
    score = constrain(unknown, cells[counted], plan)
    unknown.model.add(score <= round(counts.objective_value))
    score += constrain(unknown, cells[~counted], plan)
    unknown.model.maximize(score)
    # no one setting suits all blocks: the first that gets to the end is taken
    for linear in (2, 0):
        best, proven = solve(
            unknown,
            "cells",
            random_seed=seed,
            optimize_with_core=True,
            linearization_level=linear,
            max_deterministic_time=0.5 if linear else math.inf,
        )
        if proven:
            break

    hint(unknown, best)
    unknown.model.add(score >= round(best.objective_value))
    unknown.model.clear_objective()
    sketch = block.sketch(rng, responses) if block.sketch else pd.DataFrame()
    far = distance(unknown, sketch, rng)
    unknown.model.minimize(far + 30 * repetition(unknown, assumed["repeats"]))
    start, _ = solve(unknown, "start", fix_variables_to_their_hinted_value=True)
    hint(unknown, start)
    found, _ = solve(
        unknown,
        "rows",
        random_seed=seed,
        use_lns_only=True,
        interleave_search=True,
        max_deterministic_time=block.effort,
    )
    rows = decode(unknown, found)
    candidate = earlier.join(rows)
    kept = [
        verdict_on(computed_of(candidate, c, plan), c, up=True) != DROPPED
        for c in cells.itertuples()
    ]
    for p_cell in ranked.itertuples():
        rows = swap(candidate, cells[kept], p_cell, plan, assumed["repeats"], rng)[block.columns]
    return rows


def decode(unknown: UnknownRows, solver: cp_model.CpSolver) -> pd.DataFrame:
    """Read the solved codes as clean values, missing ones as None."""
    return pd.DataFrame(
        {c: [unknown.domains[c].get(solver.value(x)) for x in xs] for c, xs in unknown.x.items()},
        index=unknown.earlier.index,
    )


def swap(rows, cells, p_cell, plan, repeats, rng, tries=20_000) -> pd.DataFrame:
    """Move years (units) between patients of a group until a Mann–Whitney p-value is as printed.

    In the solver this constraint takes minutes. A move keeps the sum; one that loses a cell,
    repeats a value too often or takes the p-value away from the printed one is undone (a little
    way is let pass, so as not to get stuck).

    Raises
    ------
    ValueError
        If so many tries don't give the p-value.
    """
    column = plan.variables[p_cell.variable].source
    most = max(most for _, most in repeats[column])
    gap = math.inf
    for _ in range(tries):
        group = rows.index[rows["group"] == rng.choice(rows["group"].unique())]
        moved = rows.copy()
        moved.loc[rng.choice(group, 2, replace=False), column] += [1, -1]
        p = computed_of(moved, p_cell, plan)
        new_gap = abs(p - float(p_cell.text))
        if new_gap > gap + rng.exponential(0.02) or moved[column].value_counts().max() > most:
            continue
        values = ((computed_of(moved, cell, plan), cell) for cell in cells.itertuples())
        if all(verdict_on(value, cell, up=True) != DROPPED for value, cell in values):
            rows, gap = moved, new_gap
            if verdict_on(p, p_cell, up=True) == EXACT:
                return rows
    raise ValueError(f"{p_cell.place}: no moves give p = {p_cell.text}")


def reconstruct_cohort(cells, text, plan, codebook, assumed, seed):
    """Reconstruct the cohort as a raw table, and judge every printed cell by it.

    Parameters
    ----------
    cells, text
        The transcription of the tables and of the text (`binding_cells`).
    plan, codebook, assumed
        The statistical analysis plan, the codebook, and what is plausible
        (data/published/plausibility.yaml).
    seed
        Of the solver, the sketches and the order of the rows.

    Returns
    -------
    cohort
        Raw table, one row a patient, as text.
    verdicts
        All cells of the tables: id, table, place, printed, reconstructed, verdict.
    """
    rows = reconstruct_rows(binding_cells(cells, text), plan, codebook, assumed, seed)
    verdicts = compare_with_print(cells, rows, plan)
    log.info("%d of %d cells dropped", (verdicts["verdict"] == DROPPED).sum(), len(verdicts))
    return write_sheet(rows, codebook, assumed["spellings"]), verdicts


def reconstruct_rows(cells, plan, codebook, assumed, seed) -> pd.DataFrame:
    """Reconstruct the clean rows, block by block, in random order.

    Returns
    -------
    rows
        One a patient: `response`, `group` and the columns of all blocks, as clean values.
    """
    rng = np.random.default_rng(seed)
    whole = cells[
        (cells["variable"] == "response") & (cells["group"] == "all") & (cells["kind"] == "count")
    ]
    sizes = {cell.level: int(cell.text) for cell in whole.itertuples()}
    rows = pd.DataFrame({"response": [r for r, n in sizes.items() for _ in range(n)]})
    rows["group"] = rows["response"].map(plan.group_of)
    for block in BLOCKS:
        own = cells[cells["variable"].map(plan.sources).isin(block.columns)]
        rows = rows.join(fill_block(block, rows, own, plan, codebook, assumed, rng))
    return rows.iloc[rng.permutation(len(rows))].reset_index(drop=True)


def write_sheet(rows: pd.DataFrame, codebook: dict, spellings: dict) -> pd.DataFrame:
    """Write clean rows as a hospital's sheet has them: its spellings, and pseudonyms.

    The printed tables give one response, so the radiologist's reading equals it by construction.
    """
    written = rows.assign(
        patient_id=[f"CRLM-{i:02d}" for i in range(1, len(rows) + 1)],
        radiologist_response=rows["response"],
    )
    written = written[[c for c in codebook["variables"] if c in written]].replace(spellings)
    return written.map(lambda v: "" if pd.isna(v) else f"{v:g}" if isinstance(v, float) else v)
