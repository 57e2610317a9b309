"""What each test could have found, what many tests allow, and what single patients could change."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crlm.comparison import both_known, count_levels, samples_of
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable
from crlm.statistics.association import Effect, compare_counts, corrected_cramers_v, odds_ratio
from crlm.statistics.ranks import (
    MANN_WHITNEY_EXACT_AUTO,
    permutation_p_value,
    rank_sum_p_value,
    spearman,
    superiority,
)

COLUMNS = [
    "variable", "test", "n", "p_value", "p_min_attainable", "p_holm", "p_bh",
    "p_leave_one_out_low", "p_leave_one_out_high", "flipping_patients",
    "p_missing_low", "p_missing_high",
]  # fmt: skip
EFFECTS = ["variable", "test", "effect", "estimate", "ci_low", "ci_high", "p_permutation"]
# Beyond so many patients, or ways to fill in what is missing, a cell is empty.
PATIENTS, COMPLETIONS = 200, 2_000
# Random starts of a search, always the same ones; and its rounds, after which little changes.
STARTS, SEED, ROUNDS = 10, 1, 3
# Of more patients the conditional odds ratio is not computed.
ODDS_RATIO = 10_000


class Trial(NamedTuple):
    """What a test of the cohort could have met instead.

    `p_of` gives the p-value of data as the test read them. `extremes` are the data of the same
    margins or values that differ most between the groups; `without` the data with one patient left
    out, with how many patients that is; `completed` those with the missing values filled in.
    """

    p_of: Callable[[Any], float]
    extremes: Iterable[Any]
    without: Iterable[tuple[Any, int]]
    completed: Iterable[Any]
    effects: dict[str, Effect]
    p_permutation: float = math.nan


def most_unequal(table: np.ndarray) -> Iterator[np.ndarray]:
    """Give the tables of the same margins among which the least probable one is.

    How improbable a table of two columns is, and its chi-square, are convex in its first column:
    both are greatest where all levels but one are whole in one of the groups.
    """
    rows, first = table.sum(axis=1), int(table[:, 0].sum())
    for part in range(len(rows)):
        others = [i for i in range(len(rows)) if i != part]
        for chosen in itertools.product([0, 1], repeat=len(others)):
            column = np.zeros(len(rows), int)
            column[others] = rows[others] * chosen
            column[part] = first - column.sum()
            if 0 <= column[part] <= rows[part]:
                yield np.column_stack([column, rows - column])


def compositions(total: int, parts: int) -> Iterator[list[int]]:
    """List the ways to deal a number of patients to so many levels."""
    for cuts in itertools.combinations(range(total + parts - 1), parts - 1):
        edges = [-1, *cuts, total + parts - 1]
        yield [b - a - 1 for a, b in itertools.pairwise(edges)]


def try_counts(table: np.ndarray, missing: list[int], test: str) -> Trial:
    """Set up the trial of a table of counts; `missing` of each group have no level."""
    levels = len(table)
    ways = math.prod(math.comb(m + levels - 1, levels - 1) for m in missing)

    def without() -> Iterator[tuple[np.ndarray, int]]:
        for place in zip(*table.nonzero(), strict=True):
            less = table.copy()
            less[place] -= 1
            yield less, int(table[place])

    def completed() -> Iterator[np.ndarray]:
        for dealt in itertools.product(*(compositions(m, levels) for m in missing)):
            yield table + np.column_stack(dealt)

    effects = {}
    if (table.any(axis=0).sum(), table.any(axis=1).sum()) != (2, 2):
        effects["cramers_v_corrected"] = corrected_cramers_v(table)
    elif table.sum() <= ODDS_RATIO:
        effects["odds_ratio"] = odds_ratio(table)
    return Trial(
        lambda counts: compare_counts(counts, test).p_value,
        most_unequal(table),
        without(),
        completed() if 1 < ways <= COMPLETIONS else (),
        effects,
    )


def fill_to_extremes(
    x: np.ndarray, y: np.ndarray, missing: list[int], p_of: Callable[[Any], float]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Fill in two samples' missing numbers so that the groups differ most, and so that least.

    Sought by the rank test's normal approximation: one missing value after the other goes to where
    it is best, from either end and from random places, some rounds. Where exact tests are
    quick, all that differs in one value from the best by `p_of` is tried too: everything, where a
    single one is missing. Of more, the ends are the furthest found, and may lie a little further.
    """
    known, lacking, first = np.unique(np.concatenate([x, y])), sum(missing), missing[0]
    between = (known[1:] + known[:-1]) / 2
    places = np.concatenate([[known[0] - 1, known[-1] + 1], known, between])
    n = len(x) + len(y) + lacking

    def filled(values: np.ndarray, first: int = first) -> tuple[np.ndarray, np.ndarray]:
        return np.append(x, values[:first]), np.append(y, values[first:])

    def ahead(values: np.ndarray, sample: np.ndarray) -> np.ndarray:
        """Count how many more of a sample are below each value than above it."""
        return np.sign(values[:, None] - sample).sum(axis=1)

    def weigh(values: np.ndarray, i: int) -> np.ndarray:
        """Give the test's z, squared and times a constant, with the i-th value at each place."""
        in_first = i < first
        one, other = filled(np.delete(values, i), first - in_first)
        others, moved = np.append(one, other), ahead(places, other if in_first else one)
        difference = ahead(one, other).sum() + (moved if in_first else -moved)
        ties, equal = np.unique(others, return_counts=True)[1], (places[:, None] == others).sum(1)
        spread = n**3 - n - (ties**3 - ties).sum() - 3 * equal * (equal + 1)
        return difference**2 / np.maximum(1, spread)

    ends = [np.repeat(places[:2][::sign], missing) for sign in (1, -1)]
    apart = [end + np.sign(end - known[0]) * np.arange(lacking) for end in ends]  # none equal
    found = [*ends, *apart]
    for start in [*ends, *np.random.default_rng(SEED).choice(places, (STARTS, lacking))]:
        for best in (np.argmax, np.argmin):
            values = start.copy()
            for i in [*range(lacking)] * ROUNDS:
                values[i] = places[best(weigh(values, i))]
            found.append(values)
    yield from map(filled, found)
    for best_of in (max, min) if n <= MANN_WHITNEY_EXACT_AUTO else ():
        values = best_of(found, key=lambda tried: p_of(filled(tried)))
        for i in {(i < first, value): i for i, value in enumerate(values)}.values():
            for place in places:
                yield filled(np.concatenate([values[:i], [place], values[i + 1 :]]))


def try_samples(x: np.ndarray, y: np.ndarray, missing: list[int], method: str) -> Trial:
    """Set up the trial of two samples; `missing` are the patients without a number, by group."""
    pooled = np.sort(np.concatenate([x, y]))

    def p_of(samples: tuple[np.ndarray, np.ndarray]) -> float:
        return rank_sum_p_value(*samples, method)

    def without() -> Iterator[tuple[tuple, int]]:
        for value, n in zip(*np.unique(x, return_counts=True), strict=True):
            yield (np.delete(x, np.argmax(x == value)), y), int(n)
        for value, n in zip(*np.unique(y, return_counts=True), strict=True):
            yield (x, np.delete(y, np.argmax(y == value))), int(n)

    return Trial(
        p_of,
        [(pooled[: len(x)], pooled[len(x) :]), (pooled[len(y) :], pooled[: len(y)])],
        without(),
        fill_to_extremes(x, y, missing, p_of) if 0 < sum(missing) <= PATIENTS - len(pooled) else (),
        {"superiority": superiority(x, y)},
    )


def try_pairs(x: np.ndarray, y: np.ndarray) -> Trial:
    """Set up the trial of a rank correlation; what its missing pairs could be nothing limits."""
    up, down = np.sort(x), np.sort(y)[::-1]
    return Trial(
        lambda pairs: spearman(*pairs).p_value,
        [(up, down[::-1]), (up, down)],
        (((np.delete(x, i), np.delete(y, i)), 1) for i in range(len(x))),
        (),
        {},
        permutation_p_value(x, y) if len(x) <= PATIENTS else math.nan,
    )


def try_test(
    frame: pd.DataFrame, test: Any, variable: Variable, groups: list, other: Variable | None
) -> Trial:
    """Set up the trial of a row of `tests.csv`; `other` is what the variable is correlated with."""
    if other:
        pairs = both_known(frame, variable, other)
        return try_pairs(*(pairs[v.name].to_numpy(float) for v in (variable, other)))
    samples = samples_of(variable.read(frame), frame["group"], groups)
    missing = [int(s.isna().sum()) for s in samples]
    if variable.levels:
        return try_counts(np.array(count_levels(samples, variable)), missing, test.test)
    x, y = (s.dropna().to_numpy(float) for s in samples)
    return try_samples(x, y, missing, "exact" if test.exact else "asymptotic")


def p_values(p_of: Callable[[Any], float], tried: Iterable[Any]) -> np.ndarray:
    """Give the p-values of those of some data that allow a test, NaN for the others."""
    found = []
    for data in tried:
        try:
            found.append(p_of(data))
        except ValueError:
            found.append(math.nan)
    return np.array(found)


def judge_test(trial: Trial, p_value: float, n: int, alpha: float) -> dict:
    """Return the cells of a test in `ledger.csv` that its own data decide."""
    found = {"p_min_attainable": min(p_values(trial.p_of, trial.extremes))}
    if n <= PATIENTS:
        less, patients = zip(*trial.without, strict=True)
        p = p_values(trial.p_of, less)
        crossed = (p < alpha) != (p_value < alpha)
        found["flipping_patients"] = int(np.array(patients)[crossed & ~np.isnan(p)].sum())
        found |= range_of_p("p_leave_one_out", p)
        found |= range_of_p("p_missing", p_values(trial.p_of, trial.completed))
    return found


def range_of_p(name: str, p: np.ndarray) -> dict:
    """Return the lowest and highest of some p-values, if there are any."""
    p = p[~np.isnan(p)]
    return {f"{name}_low": p.min(), f"{name}_high": p.max()} if len(p) else {}


def adjust(p: pd.Series) -> pd.DataFrame:
    """Adjust a family's p-values by Holm's and by Benjamini and Hochberg's method.

    Holm (Scand J Stat 1979;6:65–70) holds the chance of any false finding, Benjamini and Hochberg
    (J R Stat Soc B 1995;57:289–300) the expected share of false findings.
    """
    p = p.dropna().sort_values()
    rank = np.arange(1, len(p) + 1)
    holm = ((len(p) + 1 - rank) * p).cummax().clip(upper=1)
    bh = (len(p) / rank * p)[::-1].cummin()[::-1].clip(upper=1)
    return pd.DataFrame({"p_holm": holm, "p_bh": bh})


def keep_ledger(
    frame: pd.DataFrame, plan: Plan, tests: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ledger of the tests, and every effect of each.

    Parameters
    ----------
    frame
        One row a patient, with `group`.
    plan
        The plan; `family` names the tables whose tests are adjusted together.
    tests
        As `compare_groups` returns them.

    Returns
    -------
    ledger
        The columns of `ledger.csv`, a row a test that was possible. Empty: what is adjusted, of
        tests that are in no family; leaving one out, beyond 200 patients; what missing values could
        do, where there are none, of correlations, and beyond 200 patients (of numbers, those in
        whom they are missing among them) or 2,000 ways to fill in. `p_missing_high` is 1 where the
        missing values may make the groups alike, as those of some few patients can.
    effects
        The columns of `effects.csv`, a row an effect; `p_permutation` of rank correlations alone.
    """
    groups_of = {
        r.variable.name: t.groups for t in plan.tables.values() if t.compares for r in t.rows
    }
    others = {one.name: other for one, other in plan.correlations}
    in_family = {r.variable.name for t in plan.family for r in plan.tables[t].rows}
    rows, effects = [], []
    for test in tests[tests["p_value"].notna()].itertuples():
        name = test.variable
        other = others[name] if test.test == "spearman" else None
        trial = try_test(frame, test, plan.variables[name], groups_of.get(name, []), other)
        row = {"variable": name, "test": test.test, "n": test.n, "p_value": test.p_value}
        rows.append(row | judge_test(trial, test.p_value, test.n, plan.alpha))
        own = Effect(test.estimate, test.ci_low, test.ci_high)
        for effect, found in ({test.effect: own} | trial.effects).items():
            effects.append(
                {"variable": name, "test": test.test, "effect": effect, **found._asdict()}
                | {"p_permutation": trial.p_permutation}
            )
    ledger = pd.DataFrame(rows, columns=COLUMNS)
    family = ledger["variable"].isin(in_family) & ledger["test"].ne("spearman")
    ledger[["p_holm", "p_bh"]] = adjust(ledger.loc[family, "p_value"])
    return ledger, pd.DataFrame(effects, columns=EFFECTS)
