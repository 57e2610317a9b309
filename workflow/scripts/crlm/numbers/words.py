"""Which tests, measures and readings the paper uses, and how the text names them."""

from collections import Counter

import pandas as pd

from crlm.base.formats import listing
from crlm.plan.analysis import Plan

TEST_NAMES = {
    "pearson_chi2": "Pearson's chi-square test",
    "fisher_exact": "Fisher's exact test",
    "fisher_freeman_halton": "Fisher–Freeman–Halton exact test",
    "mann_whitney": "Mann–Whitney test",
    "spearman": "Spearman's rank correlation",
}
RANK_TESTS = ("mann_whitney", "spearman")  # of which a p-value is exact or an approximation
# The measures of effect, with their methods.
EFFECTS = {
    "risk_difference": "share of {group} at {last} minus at {first}, with Newcombe's interval",
    "cramers_v": "Cramér's V, with an interval from the noncentral chi-square distribution",
    "hodges_lehmann": "Hodges–Lehmann shift: median of all differences, a value of {group} minus "
    "one of {other}, with an interval from the distribution of the rank sum",
    "rho": "Spearman's rho, with Bonett and Wright's interval by Fisher's z",
}
# The further measures of effect, beside those of the tests.
FURTHER = {
    "odds_ratio": "conditional odds ratio of {group}, {last} against {first}, with the exact "
    "interval",
    "cramers_v_corrected": "Cramér's V without its bias in small samples (Bergsma), without an "
    "interval",
    "superiority": "probability that a value of {group} is above one of {other}, with Newcombe's "
    "interval",
}
# What the methods section says of the tests of categorical and of numerical variables, and of the
# p-values of correlations.
KINDS = {
    "categorical": {
        "pearson_chi2": "Pearson's chi-square test without continuity correction",
        "fisher_exact": "Fisher's exact test",
        "fisher_freeman_halton": "the Fisher–Freeman–Halton exact test for more than two levels",
    },
    "numerical": {
        "mann_whitney_exact": "the exact Mann–Whitney test",
        "mann_whitney_asymptotic": "the Mann–Whitney test by its normal approximation, corrected "
        "for ties",
    },
    "correlations": {
        "spearman_exact": "all permutations",
        "spearman_asymptotic": "the approximation by Student's t distribution",
    },
}


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
