"""Compare the response groups, each variable by the test that the plan or its rule names."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial

import pandas as pd

from crlm.base.formats import p_phrase
from crlm.plan.variables import read_variable
from crlm.statistics.association import (
    Result,
    choose_test,
    compare_counts,
    fisher_exact,
    fisher_freeman_halton,
    pearson_chi2,
)
from crlm.statistics.enumeration import TooLargeError
from crlm.statistics.ranks import mann_whitney, spearman

__all__ = [
    "COLUMNS", "compare_groups", "fisher_exact", "fisher_freeman_halton", "mann_whitney",
    "pearson_chi2", "spearman",
]  # fmt: skip

COLUMNS = [
    "variable", "test", "statistic", "df", "p_value", "n", "missing", "effect", "estimate",
    "ci_low", "ci_high", "exact", "reason",
]  # fmt: skip


def cross_tabulate(
    values: pd.Series, groups: pd.Series, levels: list, names: list
) -> list[list[int]]:
    """Return the counts of each level (rows) in each group (columns)."""
    return [[int(((values == v) & (groups == g)).sum()) for g in names] for v in levels]


def compare_levels(
    table: list[list[int]], named: dict | None, p_text: Callable
) -> tuple[Result, str]:
    """Test a table of counts by the named test, or by the rule where none is named."""
    chosen, why = choose_test(table)
    if named is None:
        result, instead = test_counts(table, chosen)
        return result, f"by rule: {why}{instead}"
    result, instead = test_counts(table, named["test"])
    if named["test"] == chosen:
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
        return pearson_chi2(table), (
            f"; {error}: Pearson's chi-square test stands in, an approximation that is poor where "
            "expected counts are small"
        )


def compare_numbers(
    samples: list[pd.Series], named: dict | None, p_text: Callable
) -> tuple[Result, str]:
    """Test two samples by Mann–Whitney, as named or by the rule."""
    other = mann_whitney(*samples)
    if named is None:
        why = "ranks, ties as they are; " + (
            "exact: at most 50 values" if other.exact else "normal approximation: over 50 values"
        )
        return other, f"by rule: {why}"
    try:
        result, instead = mann_whitney(samples[0], samples[1], named["method"]), ""
    except TooLargeError as error:
        result, instead = other, f"; {error}: the normal approximation stands in"
    if result.exact == other.exact:
        same = "named in the plan; the rule chooses the same"
        return result, f"named in the plan{instead}" if instead else same
    kind = "exact" if other.exact else "asymptotic"
    return (
        result,
        f"named in the plan; the rule would choose the {kind} {p_text(other.p_value)}",
    )


def compare_variable(
    frame: pd.DataFrame, name: str, variable: dict, groups: list, named: dict | None,
    p_text: Callable = repr,
) -> dict:  # fmt: skip
    """Compare one variable between the two groups; return its row of `tests.csv`.

    Where the data allow no test, `test` and `p_value` are empty and `reason` says why; `p_text`
    writes the p-values that it tells.
    """
    values = read_variable(frame, name, variable)
    row = {"variable": name, "n": int(values.notna().sum()), "missing": int(values.isna().sum())}
    try:
        if "levels" in variable:
            # The first level is the reference: a difference is the later level's share minus its.
            levels = list(variable["levels"])[::-1]
            table = cross_tabulate(values, frame["group"], levels, groups)
            result, reason = compare_levels(table, named, p_text)
        else:
            samples = [values[frame["group"] == g].dropna() for g in groups]
            result, reason = compare_numbers(samples, named, p_text)
    except ValueError as error:
        return row | {"reason": f"no test: {error}"}
    return fill(row, result, reason)


def fill(row: dict, result: Result, reason: str) -> dict:
    """Return the row of a variable with its result, and why there is no interval, if so."""
    return row | asdict(result) | {"reason": "; ".join(filter(None, (reason, result.note)))}


def correlate(frame: pd.DataFrame, name: str, other: str, variables: dict) -> dict:
    """Correlate two numbers by ranks; return the row of `tests.csv`."""
    pairs = pd.DataFrame({n: read_variable(frame, n, variables[n]) for n in (name, other)}).dropna()
    row = {
        "variable": name,
        "test": "spearman",
        "n": len(pairs),
        "missing": len(frame) - len(pairs),
    }
    try:
        result = spearman(pairs[name], pairs[other])
    except ValueError as error:
        return row | {"reason": f"no test: {error}"}
    kind = "exact: at most 9 pairs" if result.exact else "t approximation: over 9 pairs"
    return fill(row, result, f"rank correlation with {other}; {kind}")


def compare_groups(
    frame: pd.DataFrame,
    tables: Iterable[dict],
    variables: dict,
    correlations: list[dict],
    tests: str,
    decimals: int,
    alpha: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the plan's tests.

    Parameters
    ----------
    frame
        One row a patient, with `group`.
    tables
        The plan's tables; each row of those that compare groups is a test.
    variables
        The plan's variables.
    correlations
        The plan's rank correlations: `variable`, `with`.
    tests
        `published`: the test that each row names, else the rule's; `auto`: always the rule's.
    decimals, alpha
        The plan's, of the p-values that a reason tells.

    Returns
    -------
    tests, sensitivity
        The columns of `tests.csv`; `sensitivity` is the same under the rule alone.
    """
    published, by_rule = [], []
    p_text = partial(p_phrase, decimals=decimals, alpha=alpha)
    for table in (table for table in tables if table["groups"] != ["all"]):
        for entry in table["rows"]:
            name = entry["variable"]
            for rows, named in ((published, entry["published"]), (by_rule, None)):
                of_row = name, variables[name], table["groups"], named, p_text
                rows.append(compare_variable(frame, *of_row))
    ranks = [correlate(frame, c["variable"], c["with"], variables) for c in correlations]
    chosen = published if tests == "published" else by_rule
    return tuple(pd.DataFrame(rows + ranks, columns=COLUMNS) for rows in (chosen, by_rule))
