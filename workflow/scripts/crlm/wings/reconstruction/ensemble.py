"""Draw cohorts that keep the printed cells: random walks from cohorts that the solver found.

What the print does not pin down differs between them; `ranges` says by how much.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import DROPPED
from crlm.wings.reconstruction.judged import compare_with_print
from crlm.wings.reconstruction.left_open import measure_quantities
from crlm.wings.reconstruction.plausibility import ASSUMED, BLOCKS, LESIONS, RULE, gives_responses
from crlm.wings.reconstruction.totals import conditions_of

# How far a number may move in one step, in codes: short steps and long ones.
STRIDES = np.array([1, 1, 2, 3, 5, 8, 13, 21])
PER_CHAIN = 25  # draws
BURN_IN, THIN = 2000, 100  # sweeps, before the first draw and between draws
PATIENTS = {"shift": 1, "exchange": 2, "twice": 4}  # that a move may give another number
AHEAD = 512  # steps whose random numbers are drawn at once


def domain_of(column: str, codebook: dict, ranges: dict, plausible: bool) -> dict[int, float]:
    """Return code -> value of a column: what is plausible, or what the codebook allows."""
    low, high, step = ranges[column]
    if not plausible:
        entry = codebook["variables"][column]
        low, high = max(entry["min"], step), entry["max"]
    return {i: i * step for i in range(round(low / step), round(high / step) + 1)}


def moves_of(columns: list[str], together: list[list[str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return a sweep: each kind of move with the columns that it moves."""
    single = [(column,) for column in columns]
    groups = single + [tuple(group) for group in together if {*group} <= {*columns}]
    rows = [tuple(c for c in block.columns if c in columns) for block in BLOCKS]
    moves = [(kind, group) for kind in ("shift", "exchange") for group in groups]
    moves += [("twice", group) for group in single]
    return moves + [("swap", group) for group in dict.fromkeys(filter(None, groups + rows))]


def propose_move(kind: str, codes: np.ndarray, chosen: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return codes after a move, which its reverse is as likely to undo.

    Parameters
    ----------
    kind
        shift: a patient's number by some steps; exchange: one patient's up, another's down by as
        much, which keeps the sum; twice: two exchanges at once, which can keep the sum of squares
        too; swap: two patients' values, missing ones too.
    codes
        Shape (cohorts, patients).
    chosen
        Two pairs of patients for each cohort, shape (4, cohorts).
    by
        The steps for each pair, shape (2, cohorts).
    """
    moved, row = codes.copy(), np.arange(len(codes))
    one, other = chosen[:2]
    if kind == "swap":
        moved[row, one], moved[row, other] = codes[row, other], codes[row, one]
        return moved
    steps = [by[0], -by[0], by[1], -by[1]]
    for patient, step in list(zip(chosen, steps, strict=True))[: PATIENTS[kind]]:
        moved[row, patient] += np.where(codes[row, patient] > 0, step, 0)
    return moved


def walk(
    codes: dict[str, np.ndarray],
    keeps: dict[str, list[Callable]],
    domains: dict[str, tuple[int, int]],
    groups: np.ndarray,
    generators: list[np.random.Generator],
    sweeps: int,
    together: list[list[str]],
) -> None:
    """Walk some sweeps from where the cohorts are, each by its own random numbers.

    A move that loses a cell, leaves a column's domain or breaks a relation is not made. All moves
    are as likely as their reverse, so that in the long run each cohort within reach is as likely
    as any other (Metropolis with a uniform target).

    Parameters
    ----------
    codes
        Column -> whole codes, shape (cohorts, patients), 0 where missing; changed in place.
    keeps
        Column -> what is asked of the cohorts when the column has moved.
    domains
        Column -> lowest and highest code.
    groups
        The group of each patient. Numbers are exchanged within a group, whose means are printed;
        values are swapped between any two patients.
    generators
        One a cohort, so that its walk is the same whichever others walk beside it.
    sweeps
        How often each kind of move is tried with each of its columns.
    together
        Columns whose numbers may move together.
    """
    patients = len(groups)
    every = np.arange(patients)
    # Whom a patient may meet, filled up to one length; one met more often is so in the reverse too.
    anyone = np.array([np.resize(np.delete(every, i), patients) for i in every])
    mates = np.array([np.resize(np.flatnonzero(groups == groups[i]), patients) for i in every])
    moves, done = moves_of([*codes], together), 0
    steps = sweeps * len(moves)
    while done < steps:
        size = (min(AHEAD, steps - done), 2)
        ahead = [
            (
                rng.integers(patients, size=size),
                rng.integers(patients, size=size),
                rng.choice(STRIDES, size) * rng.choice([-1, 1], size),
            )
            for rng in generators
        ]
        first, meeting, strides = (
            np.moveaxis(np.array(part), 0, -1) for part in zip(*ahead, strict=True)
        )
        for one, i, by in zip(first, meeting, strides, strict=True):
            kind, columns = moves[done % len(moves)]
            done += 1
            other = (anyone if kind == "swap" else mates)[one, i]
            chosen = np.stack([one[0], other[0], one[1], other[1]])
            # no farther than a quarter of the shortest range of numbers
            farthest = max(1, min(high - low for low, high in map(domains.get, columns)) // 4)
            by = np.clip(by, -farthest, farthest)
            new = {c: propose_move(kind, codes[c], chosen, by) for c in columns}
            kept = np.ones(len(generators), dtype=bool)
            for column in columns if kind != "swap" else ():
                low, high = domains[column]
                moved = new[column] != codes[column]
                kept &= (~moved | ((new[column] >= low) & (new[column] <= high))).all(axis=1)
            if not kept.any():
                continue
            tried = codes | {c: np.where(kept[:, None], new[c], codes[c]) for c in columns}
            for check in dict.fromkeys(check for c in columns for check in keeps[c]):
                kept &= check(tried)
            for column in columns:
                codes[column] = np.where(kept[:, None], new[column], codes[column])


def checks_of(
    met: pd.DataFrame, start: pd.DataFrame, plan: Plan, domains: dict, assumed: dict | None
) -> dict[str, list[Callable]]:
    """Return what is asked of cohorts when a column has moved: column -> functions of the codes.

    The printed cells that are met, the definition of the response, and what is plausible if it is
    `assumed`.
    """
    responses, groups = (start[c].to_numpy(dtype=str) for c in ("response", "group"))
    source = met["variable"].map(plan.sources)

    def printed(column: str) -> Callable:
        keeps = conditions_of(met[source == column], plan, groups, domains[column])
        return lambda codes: keeps(codes[column])

    checks = {column: [printed(column)] for column in domains}
    parameters = plan.response_rules[RULE].parameters
    gives = partial(gives_responses, responses=responses, parameters=parameters)
    related: list[tuple[list[str], Callable]] = [(LESIONS, gives)]
    related += [(columns, make(responses, assumed)) for columns, make in ASSUMED if assumed]
    for columns, check in related:
        for column in columns:
            checks[column].append(check)
    return checks


def draw_cohorts(
    starts: list[pd.DataFrame],
    cells: pd.DataFrame,
    plan: Plan,
    codebook: dict,
    assumed: dict,
    plausible: bool,
    seed: int,
    chains: range,
    draws: int,
) -> Iterator[tuple[int, int, pd.DataFrame]]:
    """Draw cohorts that keep every printed cell that the first start keeps.

    Parameters
    ----------
    starts
        Rows of clean values with `response` and `group`, as `reconstruct_rows` returns them. Chain
        c begins with the (c modulo their number)-th.
    cells
        The transcription.
    plan, codebook, assumed
        The statistical analysis plan, the codebook, and what is plausible
        (data/published/plausibility.yaml).
    plausible
        Whether to keep what is plausible too (ranges of numbers, relations within a row), beyond
        the cells and the definition of the response.
    seed
        With a chain's number it gives the chain's random numbers.
    chains
        The numbers of the chains to walk.
    draws
        How many cohorts each chain gives.

    Yields
    ------
    chain, draw, rows
        Rows as in the starts, sorted by response; levels of other columns are as in the start,
        since no quantity that the print leaves open depends on them.

    Raises
    ------
    ValueError
        If a start does not keep what is asked, or a draw is found to have lost a cell.
    """
    starts = [start.sort_values("response", ignore_index=True) for start in starts]
    groups = starts[0]["group"].to_numpy(dtype=str)
    verdicts, ranges = compare_with_print(cells, starts[0], plan), assumed["ranges"]
    met = cells[(verdicts["verdict"] != DROPPED).to_numpy()]
    source = met["variable"].map(plan.sources)
    domains = {c: domain_of(c, codebook, ranges, plausible) for c in ranges}

    keeps = checks_of(met, starts[0], plan, domains, assumed if plausible else None)
    begun = [starts[chain % len(starts)] for chain in chains]
    codes = {
        c: np.array([(s[c] / ranges[c][2]).fillna(0).round().astype(int) for s in begun])
        for c in domains
    }
    for column, asked in keeps.items():
        for check in asked:
            if not check(codes).all():
                raise ValueError(f"a start does not keep what is asked of {column}")
    generators = [np.random.default_rng([seed, chain]) for chain in chains]
    bounds = {c: (min(domain), max(domain)) for c, domain in domains.items()}
    moved = met[source.isin(domains)]
    for draw in range(draws):
        walk(
            codes, keeps, bounds, groups, generators, THIN if draw else BURN_IN, assumed["together"]
        )
        for i, chain in enumerate(chains):
            rows = begun[i].assign(
                **{c: np.where(x[i] > 0, x[i] * ranges[c][2], np.nan) for c, x in codes.items()}
            )
            lost = compare_with_print(moved, rows, plan).query("verdict == @DROPPED")
            if len(lost):
                raise ValueError(f"chain {chain}, draw {draw}: lost {', '.join(lost['id'])}")
            yield chain, draw, rows


def share_of(chains: int, share: str) -> range:
    """Return the chains of a share of the work: `1-of-4` has the first, the fifth, and so on."""
    number, of = map(int, share.split("-of-"))
    return range(number - 1, chains, of)


def measure_draws(
    starts: list[pd.DataFrame],
    cells: pd.DataFrame,
    plan: Plan,
    codebook: dict,
    assumed: dict,
    kept: str,
    seed: int,
    draws: int,
    share: str,
) -> pd.DataFrame:
    """Draw a share of the cohorts, and measure each.

    A draw depends on the seed and on its chain, never on the share that it is drawn in.

    Parameters
    ----------
    starts, cells, plan, codebook, assumed, seed
        As in `draw_cohorts`.
    kept
        "printed": the cells and the definition of the response alone; "plausible": the assumptions
        too.
    draws
        How many cohorts all shares make together: `PER_CHAIN` of each chain.
    share
        Which share this is, as Snakemake names it: `1-of-4`.

    Returns
    -------
    frame
        A row a cohort: `kept, chain, draw`, and its quantities by their keys.
    """
    chains = share_of(draws // PER_CHAIN, share)
    drawn = draw_cohorts(
        starts, cells, plan, codebook, assumed, kept == "plausible", seed, chains, PER_CHAIN
    )
    return pd.DataFrame(
        [
            {"kept": kept, "chain": chain, "draw": draw, **measure_quantities(rows, plan, RULE)}
            for chain, draw, rows in drawn
        ]
    )
