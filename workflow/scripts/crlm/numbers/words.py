"""Which tests, measures and readings the paper uses, and how the text names them (words.yaml)."""

from collections import Counter

import pandas as pd

from crlm.base.formats import listing
from crlm.base.vocabulary import texts_beside
from crlm.plan.analysis import Plan

TEXTS = texts_beside(__file__)
TEST_NAMES, EFFECTS, FURTHER, KINDS, FORMULAS = (
    TEXTS[part] for part in ("tests", "effects", "further", "kinds", "formulas")
)
RANK_TESTS = ("mann_whitney", "spearman")  # of which a p-value is exact or an approximation


def is_exact(row) -> bool:
    """Return whether the p-value of a row of tests.csv is exact."""
    return str(row.exact) == "True"


def reading_name(reading: str, plan: Plan) -> str:
    """Return the name of a reading of the response: a rule of the plan, or a reader."""
    rule = plan.response_rules.get(reading)
    return rule.label if rule else f"the {reading}'s reading"


def count_methods(*results: pd.DataFrame) -> dict[str, int]:
    """Return for how many variables each test and measure is used.

    `results` have the columns of tests.csv; `exact` counts the variables with an exact p-value, and
    `<test>_exact` and `_asymptotic` those of a test of ranks.
    """
    used = {
        (row.variable, name)
        for tests in results
        for row in tests.itertuples()
        if pd.notna(row.p_value)
        for how in ["exact" if is_exact(row) else "asymptotic"]
        for name in (row.test, row.effect, how, f"{row.test}_{how}")
    }
    counts = Counter(name for _, name in used)
    of_ranks = [f"{test}_{how}" for test in RANK_TESTS for how in ("exact", "asymptotic")]
    return {name: counts[name] for name in (*TEST_NAMES, *EFFECTS, *of_ranks, "exact")}


def name_methods(counts: dict[str, int]) -> dict[str, tuple[int, str]]:
    """Return for each kind of variable how many were tested, and the tests as the text lists them.

    `counts` are those of `count_methods`.
    """
    return {
        kind: (
            sum(counts[test] for test in named),
            listing([words for test, words in named.items() if counts[test]], "or") or "no test",
        )
        for kind, named in KINDS.items()
    }
