"""Which tests, measures and readings the paper uses, and how the text names them."""

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
# The measures of effect, with their methods.
EFFECTS = {
    "risk_difference": "share of {group} at {last} minus at {first}, with Newcombe's interval",
    "cramers_v": "Cramér's V, with an interval from the noncentral chi-square distribution",
    "hodges_lehmann": "Hodges–Lehmann shift: median of all differences, a value of {group} minus "
    "one of {other}, with an interval from the distribution of the rank sum",
    "rho": "Spearman's rho, with Bonett and Wright's interval by Fisher's z",
}
# What the methods section says of the tests of categorical and of numerical variables.
KINDS = {
    "categorical": {
        "pearson_chi2": "Pearson's chi-square test without continuity correction",
        "fisher_exact": "Fisher's exact test",
        "fisher_freeman_halton": "the Fisher–Freeman–Halton exact test for further levels",
    },
    "numerical": {"mann_whitney": "the Mann–Whitney test"},
}


def reading_name(reading: str, plan: Plan) -> str:
    """Return the name of a reading of the response: a rule of the plan, or a reader."""
    rule = plan.response_rules.get(reading)
    return rule.label if rule else f"the {reading}'s reading"


def count_methods(*results: pd.DataFrame) -> dict[str, int]:
    """Return for how many variables each test and measure is used.

    `results` have the columns of tests.csv; `exact` counts the variables with an exact p-value.
    """
    done = [tests[tests["p_value"].notna()] for tests in results]

    def count(column: str, value: str) -> int:
        rows = [tests.loc[tests[column].astype(str) == value, "variable"] for tests in done]
        return len({name for names in rows for name in names})

    counts = {name: count("test", name) for name in TEST_NAMES}
    counts |= {name: count("effect", name) for name in EFFECTS}
    return counts | {"exact": count("exact", "True")}


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
