"""Compare the response groups, each variable by the test that the plan or its rule names."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import pandas as pd

from crlm.base.formats import p_phrase
from crlm.plan.analysis import Plan, Test
from crlm.plan.variables import Variable
from crlm.statistics.association import Result, choose_test, compare_counts, fisher_freeman_halton
from crlm.statistics.enumeration import TooLargeError
from crlm.statistics.ranks import mann_whitney, spearman

# The tests that others may call from here.
__all__ = ["COLUMNS", "compare_groups", "fisher_freeman_halton", "mann_whitney", "spearman"]

COLUMNS = [
    "variable", "test", "statistic", "df", "p_value", "n", "missing", "effect", "estimate",
    "ci_low", "ci_high", "exact", "reason",
]  # fmt: skip


def compare_levels(
    table: list[list[int]], named: Test | None, p_text: Callable
) -> tuple[Result, str]:
    """Test a table of counts by the named test, or by the rule where none is named."""
    chosen, why = choose_test(table)
    if named is None:
        result, instead = test_counts(table, chosen)
        return result, f"by rule: {why}{instead}"
    result, instead = test_counts(table, named.test)
    if named.test == chosen:
        return result, f"named in the plan; the rule chooses the same{instead}"
    other, other_instead = test_counts(table, chosen)
    p = p_text(other.p_value)
    would = f"the rule would choose {chosen}, {p} ({why}{other_instead})"
    return result, f"named in the plan{instead}; {would}"


def test_counts(table: list[list[int]], test: str) -> tuple[Result, str]:
    """Run a test of a table; where it is too large for an exact one, Pearson's, with the reason."""
    try:
        return compare_counts(table, test), ""
    except TooLargeError as error:
        return compare_counts(table, "pearson_chi2"), (
            f"; {error}: Pearson's chi-square test stands in, an approximation that is poor where "
            "expected counts are small"
        )


def compare_numbers(
    samples: list[pd.Series], named: Test | None, p_text: Callable
) -> tuple[Result, str]:
    """Test two samples by Mann–Whitney, as named or by the rule."""
    if all(map(len, samples)) and pd.concat(samples).nunique() == 1:
        raise ValueError("all values are equal: nothing to compare")
    other = mann_whitney(*samples)
    if named is None:
        why = "ranks, ties as they are; " + (
            "exact: at most 50 values" if other.exact else "normal approximation: over 50 values"
        )
        return other, f"by rule: {why}"
    try:
        result, instead = mann_whitney(samples[0], samples[1], named.method), ""
    except TooLargeError as error:
        result, instead = other, f"; {error}: the normal approximation stands in"
    if result.exact == other.exact:
        same = "named in the plan; the rule chooses the same"
        return result, f"named in the plan{instead}" if instead else same
    would = f"the {'exact' if other.exact else 'asymptotic'} {p_text(other.p_value)}"
    return result, f"named in the plan; the rule would choose {would}"


def samples_of(values: pd.Series, group: pd.Series, groups: list) -> list[pd.Series]:
    """Return the values of each of the groups, the missing ones among them."""
    return [values[group == g] for g in groups]


def count_levels(samples: list[pd.Series], variable: Variable) -> list[list[int]]:
    """Count the levels, the last one first: a row each, a column a group.

    The first level is the reference: a difference is the later level's share minus its.
    """
    return [[int((s == v).sum()) for s in samples] for v in [*variable.levels][::-1]]


def both_known(frame: pd.DataFrame, variable: Variable, other: Variable) -> pd.DataFrame:
    """Return two variables of the patients in whom both are known, a column each."""
    return pd.DataFrame({v.name: v.read(frame) for v in (variable, other)}).dropna()


def compare_variable(
    frame: pd.DataFrame, variable: Variable, groups: list, named: Test | None,
    p_text: Callable = repr,
) -> dict:  # fmt: skip
    """Compare one variable between the two groups; return its row of `tests.csv`.

    Where the data allow no test, `test` and `p_value` are empty and `reason` says why; `p_text`
    writes the p-values that it tells.
    """
    values = variable.read(frame)
    samples = samples_of(values, frame["group"], groups)
    missing = int(values.isna().sum())
    row = {"variable": variable.name, "n": len(values) - missing, "missing": missing}
    try:
        if variable.levels:
            return with_result(row, *compare_levels(count_levels(samples, variable), named, p_text))
        return with_result(row, *compare_numbers([s.dropna() for s in samples], named, p_text))
    except ValueError as error:
        return row | {"reason": f"no test: {error}"}


def with_result(row: dict, result: Result, reason: str) -> dict:
    """Return the row of a variable with its result, and why there is no interval, if so."""
    return row | asdict(result) | {"reason": "; ".join(filter(None, (reason, result.note)))}


def correlate(frame: pd.DataFrame, variable: Variable, other: Variable) -> dict:
    """Correlate two numbers by ranks; return the row of `tests.csv`."""
    pairs = both_known(frame, variable, other)
    missing = len(frame) - len(pairs)
    row = {"variable": variable.name, "test": "spearman", "n": len(pairs), "missing": missing}
    try:
        result = spearman(pairs[variable.name], pairs[other.name])
    except ValueError as error:
        return row | {"reason": f"no test: {error}"}
    kind = "exact: at most 9 pairs" if result.exact else "t approximation: over 9 pairs"
    return with_result(row, result, f"rank correlation with {other.name}; {kind}")


def compare_groups(
    frame: pd.DataFrame, plan: Plan, tests: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the plan's tests.

    Parameters
    ----------
    frame
        One row a patient, with `group`.
    plan
        The plan; each row of its tables that compare groups is a test, and each rank correlation.
    tests
        `published`: the test that each row names, else the rule's; `auto`: always the rule's.

    Returns
    -------
    tests, sensitivity
        The columns of `tests.csv`; `sensitivity` is the same under the rule alone.
    """
    p_text = partial(p_phrase, decimals=plan.decimals["p_value"], alpha=plan.alpha)
    compared = [(t.groups, row) for t in plan.tables.values() if t.compares for row in t.rows]
    ranks = [correlate(frame, *pair) for pair in plan.correlations]
    by_rule = [compare_variable(frame, row.variable, of, None, p_text) for of, row in compared]
    chosen = [
        compare_variable(frame, row.variable, groups, row.published, p_text)
        if tests == "published" and row.published
        else ruled
        for (groups, row), ruled in zip(compared, by_rule, strict=True)
    ]
    return tuple(pd.DataFrame(rows + ranks, columns=COLUMNS) for rows in (chosen, by_rule))
