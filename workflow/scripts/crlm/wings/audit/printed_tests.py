"""Find which tests give the printed p-values, and whether another choice would say otherwise."""

import itertools
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from crlm.base.formats import interval_end
from crlm.plan.variables import named_test
from crlm.statistics.association import choose_test, compare_counts
from crlm.wings.audit.transcription import printed_range

# Tests that a statistics program may have run unasked; the one-sided and the linear one are listed,
# but no alternative to a two-sided test of association.
TWO_SIDED = ("pearson_chi2", "continuity_corrected_chi2", "likelihood_ratio_chi2", "fisher_exact",
             "fisher_mid_p", "fisher_freeman_halton", "t_pooled", "t_welch")  # fmt: skip


class Trial(NamedTuple):
    """One test of the printed values: its p, and the range of p within the inputs' rounding."""

    variable: str
    test: str
    p_value: float = math.nan
    p_low: float = math.nan
    p_high: float = math.nan
    reason: str = ""  # why there is none


def beside(p_cell, cells: pd.DataFrame, variable: str, groups, statistics=("n",)) -> dict:
    """Return the cells of a variable beside a p-value: (level or statistic, group) -> cell.

    Those of its table; for a p-value of the text, those of all tables.
    """
    here = cells["table"].eq(p_cell.table) | (p_cell.table == "text")
    own = cells[here & (cells["variable"] == variable) & cells["statistic"].isin(statistics)]
    return {(c.level or c.statistic, c.group): c for c in own.itertuples() if c.group in groups}


def counts_of(p_cell, cells: pd.DataFrame, plan: dict) -> tuple[list[list[int]] | None, list]:
    """Return the counts under a p-value, levels by groups, and their cells; None if not printed."""
    levels = plan["variables"][p_cell.variable].get("levels", {})
    found = beside(p_cell, cells, p_cell.variable, plan["groups"])
    rows = [[found.get((level, group)) for group in plan["groups"]] for level in levels]
    if not rows or None in itertools.chain(*rows):
        return None, []
    counts = counts_in(rows)
    return (counts, rows) if None not in itertools.chain(*counts) else (None, [])


def p_of_counts(counts: list[list[int]]) -> dict[str, float]:
    """Compute the p-value of a table of counts by each test that a program may print.

    `linear_by_linear` takes the levels in the order printed: (N - 1) r² on one degree of freedom.
    The mid-p is the two-sided exact p less half the probability of the table itself.

    Parameters
    ----------
    counts
        Levels by groups; empty levels are left out.

    Returns
    -------
    p_values
        Test -> p.
    """
    table = np.array(counts)
    table = table[table.any(axis=1)]
    found = {
        "pearson_chi2": compare_counts(table, "pearson_chi2").p_value,
        "likelihood_ratio_chi2": float(
            stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
        ),
        "linear_by_linear": linear_by_linear(table),
    }
    if table.shape == (2, 2):
        found["continuity_corrected_chi2"] = float(stats.chi2_contingency(table).pvalue)
        found["fisher_exact"] = compare_counts(table, "fisher_exact").p_value
        (a, _), margins = table[0], (table.sum(), table[0].sum(), table[:, 0].sum())
        itself = float(stats.hypergeom.pmf(a, *margins))
        found["fisher_mid_p"] = found["fisher_exact"] - itself / 2
        found["fisher_one_sided"] = min(
            float(stats.fisher_exact(table, alternative=side).pvalue)
            for side in ("less", "greater")
        )
    else:
        found["fisher_freeman_halton"] = compare_counts(table, "fisher_freeman_halton").p_value
    return found


def linear_by_linear(table: np.ndarray) -> float:
    """Compute the p-value of the linear-by-linear association test on ranks 1, 2, …

    Agresti, Categorical Data Analysis, 3rd ed. 2013, section 3.4: M² = (N - 1) r².
    """
    rows, columns = np.indices(table.shape)
    x, y = (np.repeat(v.ravel(), table.ravel()) for v in (rows, columns))
    return float(stats.chi2.sf((len(x) - 1) * np.corrcoef(x, y)[0, 1] ** 2, 1))


def p_of_means(
    means: list[str], sds: list[str], sizes: list[int]
) -> dict[str, tuple[float, float, float]]:
    """Compute the p-value of two printed means and SDs by the t-tests.

    Parameters
    ----------
    means, sds
        As printed, one a group.
    sizes
        Numbers of values, both at least 2.

    Returns
    -------
    p_values
        Test -> p of the values as printed, and the least and greatest p at the ends of what rounds
        to them.
    """
    ranges = [[*map(float, printed_range(text)[:2])] for text in (*means, *sds)]
    ranges[2:] = [[max(low, 1e-9), high] for low, high in ranges[2:]]
    ends = [*itertools.product(*ranges)]
    (low_1, high_1), (low_2, high_2) = ranges[:2]
    same = max(low_1, low_2) <= min(high_1, high_2)  # the means may be equal: p up to 1
    found = {}
    for name, equal in (("t_pooled", True), ("t_welch", False)):
        p = [t_test(v, sizes, equal) for v in ((*map(float, means), *map(float, sds)), *ends)]
        found[name] = p[0], min(p), 1.0 if same else max(p)
    return found


def t_test(means_and_sds: Sequence[float], sizes: Sequence[int], equal: bool) -> float:
    """Compute the p-value of a two-sided t-test from both means, both SDs and both sizes."""
    (mean_1, mean_2, sd_1, sd_2), (n_1, n_2) = means_and_sds, sizes
    return float(
        stats.ttest_ind_from_stats(mean_1, sd_1, n_1, mean_2, sd_2, n_2, equal_var=equal).pvalue
    )


def trials_of(cell, cells: pd.DataFrame, plan: dict, known: dict) -> list[Trial]:
    """Run all tests of what is printed with a p-value: its table, and the means of its column."""
    variables, trials = plan["variables"], []
    counts, _ = counts_of(cell, cells, plan)
    if counts is not None:
        try:
            trials = [Trial(cell.variable, t, p, p, p) for t, p in p_of_counts(counts).items()]
        except ValueError as error:
            trials = [Trial(cell.variable, "", reason=str(error))]
    source, pair = variables[cell.variable]["source"], ("mean", "sd")
    for name in (n for n, v in variables.items() if v["source"] == source and "levels" not in v):
        values = beside(cell, cells, name, plan["groups"], pair)
        printed = [[values.get((s, g)) for g in plan["groups"]] for s in pair]
        if None in itertools.chain(*printed):
            continue
        sizes = [known.get((name, group), (0, 0)) for group in plan["groups"]]
        if all(low == high > 1 for low, high in sizes):
            means, sds = ([c.text for c in row] for row in printed)
            found = p_of_means(means, sds, [n for n, _ in sizes])
            trials += [Trial(name, t, *p) for t, p in found.items()]
        else:
            why = "the numbers of patients with a value are not printed"
            trials += [Trial(name, t, reason=why) for t in ("t_pooled", "t_welch")]
        why = "needs the patients' values, which means and SDs don't give"
        trials.append(Trial(name, "mann_whitney", reason=why))
    return trials


def compare_methods(cells, plan: dict, known: pd.DataFrame, named: list[str], alpha: float):
    """Find which tests give each printed p-value, and what the other choice would give.

    Parameters
    ----------
    cells
        Transcription, as text.
    plan
        `groups`, `variables`, `tables`.
    known
        variable, group, least, greatest: how many patients have a value (`find_conflicts`).
    named
        Tests that the printed methods name.
    alpha
        Level below which p is called significant.

    Returns
    -------
    methods
        One line a p-value and test: id, place, printed, variable (tested), test, p_value, p_low,
        p_high (within rounding of the inputs), gives ("yes" where it rounds to the printed p),
        significant, reason (why there is none).
    choices
        One line a p-value: id, table, place, printed, given_by, named (whether the methods name
        one of them), rule (test that the expected counts call for), rule_p, rule_reason,
        follows_rule, breaks_methods (whether the methods name a test that can be computed and does
        not give it), p_least and p_greatest of the two-sided tests, crosses (whether these lie on
        both sides of alpha), crosses_beside (whether a t-test of the means beside it lies on the
        other side), explanation.
    uniformity
        One line a test of counts: test, computable (p-values of tables for which it is), gives.
    """
    cells = cells[cells["variable"].isin(plan["variables"])]
    lines, choices = [], []
    known = {(k.variable, k.group): (k.least, k.greatest) for k in known.itertuples()}
    for cell in cells[cells["statistic"] == "p_value"].itertuples():
        trials = trials_of(cell, cells, plan, known)
        given = [agrees(cell.text, t.p_low, t.p_high) for t in trials]
        for trial, gives in zip(trials, given, strict=True):
            significant = "" if math.isnan(trial.p_value) else yes(trial.p_value < alpha)
            told = yes(gives), significant, trial.reason
            lines.append((cell.id, cell.place, cell.text, *trial[:-1], *told))
        choices.append(choice(cell, counts_of(cell, cells, plan)[0], trials, given, named, alpha))
    columns = ["id", "place", "printed", *Trial._fields[:-1], "gives", "significant", "reason"]
    methods = pd.DataFrame(lines, columns=columns)
    choices = pd.DataFrame(choices)
    return methods, choices, uniformity(methods, choices)


def yes(answer: bool) -> str:
    """Write an answer."""
    return "yes" if answer else "no"


def choice(cell, counts, trials: list[Trial], gives: list[bool], named, alpha: float) -> dict:
    """Say of one printed p-value which choice of test it shows."""
    own = {t.test: t.p_value for t in trials if t.variable == cell.variable}
    known = {test: p for test, p in own.items() if not math.isnan(p)}
    means = [t for t in trials if t.variable != cell.variable and not math.isnan(t.p_value)]
    given = [t.test for t in itertools.compress(trials, gives) if t.variable == cell.variable]
    hidden = [] if given else [test for test in named if test in own.keys() - known.keys()]
    rule, why = choose_test(counts) if "pearson_chi2" in own else ("", "")
    usual = {test: known[test] for test in TWO_SIDED if test in known}
    least, most = min(usual.values(), default=math.nan), max(usual.values(), default=math.nan)
    crosses, ruled = least < alpha <= most, {*named} & known.keys()
    parts = [
        word_given(cell, given, usual),
        f"it may be that of {', '.join(hidden)}" if hidden else "",
        word_rule(rule, given, known, why),
        f"the choice of test decides whether p is below {alpha:g}" if crosses else "",
        word_means(means),
    ]
    return {
        "id": cell.id,
        "table": cell.table,
        "place": cell.place,
        "printed": cell.text,
        "given_by": " ".join(given),
        "named": "not to be told" if hidden else yes(not {*named}.isdisjoint(given)),
        "rule": rule,
        "rule_p": known.get(rule, math.nan),
        "rule_reason": why,
        "follows_rule": yes(rule in given) if rule else "",
        "breaks_methods": yes(bool(ruled) and ruled.isdisjoint(given)),
        "p_least": least,
        "p_greatest": most,
        "crosses": yes(crosses),
        "crosses_beside": yes(disagree(means, float(cell.text), alpha)),
        "explanation": f"{'; '.join(filter(None, parts))}.",
    }


def disagree(trials: list[Trial], p: float, alpha: float) -> bool:
    """Tell whether one of the tests lies on the other side of alpha than p."""
    return any((t.p_value < alpha) != (p < alpha) for t in trials)


def word_given(cell, given: list[str], usual: dict[str, float]) -> str:
    """Say which tests give a p-value, and what the other usual ones give."""
    others = [f"{t} {interval_end(p, 3)}" for t, p in usual.items() if t not in given]
    if given:
        text = f"{cell.text} is the p of {', '.join(given)}"
    elif usual:
        text = f"{cell.text} is the p of none of the tests that the printed values allow"
    else:
        text = f"{cell.text} can't be recomputed from what is printed"
    return f"{text} (others: {'; '.join(others)})" if others else text


def word_rule(rule: str, given: list[str], known: dict[str, float], why: str) -> str:
    """Say what the test that the expected counts call for gives, if the p is not its own."""
    if not rule or rule in given:
        return ""
    return f"the expected counts call for {rule}: {interval_end(known[rule], 3)} ({why})"


def word_means(trials: list[Trial]) -> str:
    """Say what the means beside a p-value give."""
    told = ", ".join(f"{t.test} {interval_end(t.p_value, 3)}" for t in trials)
    return told and f"the means beside it: {told}"


def uniformity(methods: pd.DataFrame, choices: pd.DataFrame) -> pd.DataFrame:
    """Count for each test how many of the p-values for which it can be computed it gives."""
    printed_in_tables = choices.loc[choices["table"] != "text", "id"]
    tables = methods[methods["p_value"].notna() & ~methods["test"].str.startswith("t_")
                     & methods["id"].isin(printed_in_tables)]  # fmt: skip
    exact = tables["test"].replace("fisher_freeman_halton", "fisher_exact")
    counted = tables.assign(test=exact).groupby("test")["gives"]
    frame = pd.DataFrame(
        {"computable": counted.size(), "gives": counted.apply(lambda g: (g == "yes").sum())}
    )
    frame = frame.rename_axis("test").reset_index()
    ruled = choices[(choices["rule"] != "") & (choices["table"] != "text")]
    frame.loc[len(frame)] = ["as the expected counts call for", len(ruled),
                             (ruled["follows_rule"] == "yes").sum()]  # fmt: skip
    return frame.sort_values(["gives", "test"], ascending=[False, True], ignore_index=True)


class PTest(NamedTuple):
    """A printed p-value, the test that the plan names for it, and the counts under it."""

    cell: Any
    test: str
    rows: list[list]  # cells, levels by groups

    def given_with(self, changes: Mapping = MappingProxyType({})) -> bool:
        """Tell whether the test prints so, with some counts changed (None: not to be told)."""
        rows = [[changes.get(cell.id, cell) for cell in row] for row in self.rows]
        counts = counts_in(rows)
        known = None not in itertools.chain(*counts)
        return known and gives(counts, self.test, self.cell.text)


def counts_in(rows: list[list]) -> list[list]:
    """Read the counts of cells, levels by groups; None for no cell, or no whole number."""
    return [[int(c.text) if c and c.text.isdigit() else None for c in row] for row in rows]


def read_tests(cells: pd.DataFrame, plan: dict) -> list[PTest]:
    """Return the printed p-values of counts for which the plan names a test."""
    found = []
    for cell in cells[cells["statistic"] == "p_value"].itertuples():
        test, (counts, rows) = named_test(cell, plan), counts_of(cell, cells, plan)
        if test not in (None, "mann_whitney") and counts is not None:
            found.append(PTest(cell, test, rows))
    return found


def p_conflicts(tests: list[PTest], sizes: dict) -> list[dict]:
    """Find printed p-values that the plan's test does not give from the printed counts.

    Returns
    -------
    conflicts
        cells (the p-value, and the counts of which none can be left out), test, p.
    """
    found = []
    for cell, test, rows in (t for t in tests if not t.given_with()):
        counts = counts_in(rows)
        needed = needed_counts(counts, test, cell.text, [*sizes.values()])
        p = compare_counts(counts, test).p_value
        found.append({"cells": [cell, *(rows[i][j] for i, j in needed)], "test": test, "p": p})
    return found


def agrees(printed: str, low: float, high: float) -> bool:
    """Tell whether a p between two ends can print so."""
    least, most = (float(end) for end in printed_range(printed)[:2])
    return low <= most + 1e-12 and high >= least - 1e-12


def gives(counts, test: str, printed: str) -> bool:
    """Tell whether a test of a table prints so."""
    try:
        p = compare_counts(counts, test).p_value
    except ValueError:
        return False
    return agrees(printed, p, p)


def needed_counts(counts, test: str, printed: str, sizes: list) -> list:
    """Leave out counts that don't matter: whatever they are, the others don't give the p."""
    places, free = [(i, j) for i, row in enumerate(counts) for j in range(len(row))], []
    for place in places:
        trial = [*free, place]
        if len(trial) > 2:
            break
        tables = (fill(counts, trial, values) for values in
                  itertools.product(*(range(sizes[j][1] + 1) for _, j in trial)))  # fmt: skip
        if not any(gives(table, test, printed) for table in tables):
            free = trial
    return [place for place in places if place not in free]


def fill(counts, places: list, values) -> list[list[int]]:
    """Return a table with other counts at some places."""
    table = [list(row) for row in counts]
    for (i, j), value in zip(places, values, strict=True):
        table[i][j] = value
    return table
