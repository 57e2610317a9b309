"""Find which tests give the printed p-values, and whether another choice would say otherwise."""

import itertools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from crlm.base.vocabulary import texts_beside
from crlm.plan.analysis import Plan
from crlm.statistics.association import choose_test, compare_counts
from crlm.wings.audit.page import Page, to_compare
from crlm.wings.audit.transcription import named_test, printed_range

TESTS: dict[str, str] = texts_beside(__file__)["tests"]
# Tests that a statistics program may have run unasked; the one-sided and the linear one are listed,
# but no alternative to a two-sided test of association.
TWO_SIDED = ("pearson_chi2", "continuity_corrected_chi2", "likelihood_ratio_chi2", "fisher_exact",
             "fisher_mid_p", "fisher_freeman_halton", "t_pooled", "t_welch")  # fmt: skip


MOST_GROUPS = 6  # whose means are tried at both ends of what they round


class Trial(NamedTuple):
    """One test of the printed values: its p, and the range of p within the inputs' rounding."""

    variable: str
    test: str
    p_value: float = math.nan
    p_low: float = math.nan
    p_high: float = math.nan
    reason: str = ""  # why there is none


def p_by_test(counts: list[list[int]]) -> dict[str, float]:
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


def f_of(means: np.ndarray, sds: np.ndarray, ns: np.ndarray) -> list[tuple]:
    """Compute F of printed means and SDs, one set of them a line: F, df 1, df 2; then Welch's.

    Of two groups its root is Student's t, or Welch's (Welch, Biometrika 1951;38:330–6).

    Parameters
    ----------
    means, sds
        Shape (sets, groups).
    ns
        How many are in each group.
    """
    k, weights = means.shape[1], ns / np.maximum(sds, 1e-9) ** 2
    grand = (ns * means).sum(axis=1, keepdims=True) / ns.sum()
    within = ((ns - 1) * np.maximum(sds, 1e-9) ** 2).sum(axis=1) / (ns.sum() - k)
    pooled = (ns * (means - grand) ** 2).sum(axis=1) / (k - 1) / within
    share = weights / weights.sum(axis=1, keepdims=True)
    middle = (share * means).sum(axis=1, keepdims=True)
    between = (weights * (means - middle) ** 2).sum(axis=1) / (k - 1)
    uneven = ((1 - share) ** 2 / (ns - 1)).sum(axis=1)
    welch = between / (1 + 2 * (k - 2) / (k**2 - 1) * uneven)
    whole = np.full(len(means), float(ns.sum() - k))
    return [(pooled, k - 1, whole), (welch, k - 1, (k**2 - 1) / (3 * uneven))]


def tests_of_means(
    means: Sequence, sds: Sequence, sizes: Sequence[int], statistic: str = "p"
) -> list[tuple[float, float]]:
    """Compute the tests of means and SDs that lie between two ends each: from and to.

    Of two groups the t-test and Welch's, of more the analysis of variance and Welch's.

    Parameters
    ----------
    means, sds
        Pairs of ends, one a group.
    sizes
        Numbers of values, all at least 2.
    statistic
        p, F, or its root (t, z).
    """
    ends, size = np.array(means, float), np.array(sizes, float)
    corners = [*itertools.product(*ends)] if len(ends) <= MOST_GROUPS else [ends.mean(axis=1)]
    level = float((size * ends.mean(axis=1)).sum() / size.sum())
    for _ in range(50):  # the means that are nearest to each other
        near = np.clip(level, ends[:, 0], ends[:, 1])
        level = float((size * near).sum() / size.sum())
    few = len(ends) <= MOST_GROUPS // 2
    spreads = [*itertools.product(*sds)] if few else [*zip(*sds, strict=True)]
    sets = np.array([(*c, *s) for c in (*corners, near) for s in spreads], float)
    found = []
    for f, *df in f_of(sets[:, : len(ends)], sets[:, len(ends) :], size):
        values = f if statistic == "F" else stats.f.sf(f, *df) if statistic == "p" else np.sqrt(f)
        found.append((float(values.min()), float(values.max())))
    return found


def p_of_means(
    means: list[str], sds: list[str], sizes: list[int]
) -> dict[str, tuple[float, float, float]]:
    """Compute the p-value of two printed means and SDs by the t-tests.

    Returns
    -------
    p_values
        Test -> p of the values as printed, and the least and greatest p of what rounds to them.
    """
    at = [(float(text),) * 2 for text in (*means, *sds)]
    ends = [printed_range(text)[:2] for text in (*means, *sds)]
    ends[2:] = [(max(low, Fraction(0)), high) for low, high in ends[2:]]
    exact, found = (tests_of_means(own[:2], own[2:], sizes) for own in (at, ends))
    tests = zip(("t_pooled", "t_welch"), exact, found, strict=True)
    return {test: (p, low, high) for test, (p, _), (low, high) in tests}


def trials_of(cell, page: Page) -> list[Trial]:
    """Run all tests of what is printed under a p-value: of counts, and of means of its column."""
    trials, counts = [], page.table(cell.variable)
    if counts is not None:
        trials = [Trial(cell.variable, t, p, p, p) for t, p in p_by_test(counts).items()]
    why = "needs the patients' values, which means and SDs don't give"
    for name, means, sds, sizes in page.means(page.source(cell.variable)):
        found = p_of_means([c.text for c in means], [c.text for c in sds], sizes)
        trials += [Trial(name, t, *p) for t, p in found.items()]
        trials.append(Trial(name, "mann_whitney", reason=why))
    return trials


def compare_methods(page: Page, named: list[str]):
    """Find which tests give each printed p-value, and what the other choice would give.

    Parameters
    ----------
    page
        The printed numbers, with the plan's `alpha`, below which p is called significant.
    named
        Tests that the printed methods name.

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
        other side).
    uniformity
        One line a test of counts: test, computable (p-values of tables for which it is), gives.
    """
    lines, choices, alpha = [], [], page.plan.alpha
    for cell in (c for c in page.cells if c.statistic == "p_value"):
        trials = trials_of(cell, page)
        given = [printed_range(cell.text).meets(t.p_low, t.p_high) for t in trials]
        for trial, gives in zip(trials, given, strict=True):
            significant = "" if math.isnan(trial.p_value) else yes_or_no(trial.p_value < alpha)
            told = yes_or_no(gives), significant, trial.reason
            lines.append((cell.id, cell.place, cell.text, *trial[:-1], *told))
        choices.append(choice_of_test(cell, page.table(cell.variable), trials, given, named, alpha))
    columns = ["id", "place", "printed", *Trial._fields[:-1], "gives", "significant", "reason"]
    methods = pd.DataFrame(lines, columns=columns)
    choices = pd.DataFrame(choices)
    return methods, choices, uniformity(methods, choices)


def yes_or_no(answer: bool) -> str:
    """Write an answer."""
    return "yes" if answer else "no"


def choice_of_test(
    cell, counts, trials: list[Trial], gives: list[bool], named, alpha: float
) -> dict:
    """Say of one printed p-value which choice of test it shows."""
    own = {t.test: t.p_value for t in trials if t.variable == cell.variable}
    known = {test: p for test, p in own.items() if not math.isnan(p)}
    means = [t.p_value for t in trials if t.variable != cell.variable and t.p_value >= 0]
    given = [t.test for t in itertools.compress(trials, gives) if t.variable == cell.variable]
    hidden = [] if given else [test for test in named if test in own.keys() - known.keys()]
    rule, why = choose_test(counts) if "pearson_chi2" in own else ("", "")
    usual = {test: known[test] for test in TWO_SIDED if test in known}
    least, most = min(usual.values(), default=math.nan), max(usual.values(), default=math.nan)
    crosses, ruled = least < alpha <= most, {*named} & known.keys()
    return {
        "id": cell.id,
        "table": cell.table,
        "place": cell.place,
        "printed": cell.text,
        "given_by": " ".join(given),
        "named": "not to be told" if hidden else yes_or_no(not {*named}.isdisjoint(given)),
        "rule": rule,
        "rule_p": known.get(rule, math.nan),
        "rule_reason": why,
        "follows_rule": yes_or_no(rule in given) if rule else "",
        "breaks_methods": yes_or_no(bool(ruled) and ruled.isdisjoint(given)),
        "p_least": least,
        "p_greatest": most,
        "crosses": yes_or_no(crosses),
        "crosses_beside": yes_or_no(any((p < alpha) != (float(cell.text) < alpha) for p in means)),
    }


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


def read_tests(cells: pd.DataFrame, plan: Plan) -> list[PTest]:
    """Return the printed p-values of counts for which the plan names a test."""
    found = []
    for cell in cells[cells["statistic"] == "p_value"].itertuples():
        test, levels = named_test(cell, plan), plan.variables[cell.variable].levels
        # those of its table; for a p-value of the text, those of all tables
        here = cells["table"].eq(cell.table) | (cell.table == "text")
        own = cells[here & (cells["variable"] == cell.variable) & (cells["statistic"] == "n")]
        counts = {(c.level, c.group): c for c in own.itertuples()}
        rows = [[counts.get((level, group)) for group in plan.groups] for level in levels]
        if test not in (None, "mann_whitney") and to_compare(counts_in(rows)):
            found.append(PTest(cell, test, rows))
    return found


def gives(counts, test: str, printed: str) -> bool:
    """Tell whether a test of a table prints so."""
    try:
        p = compare_counts(counts, test).p_value
    except ValueError:
        return False
    return printed_range(printed).meets(p, p)
