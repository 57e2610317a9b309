"""What stands behind the verdicts, in words."""

import math

import pandas as pd
import pytest

from crlm.plan.analysis import read_plan
from crlm.wings.audit.explanations import (
    describe_choices,
    describe_ranges,
    judge_range,
    show_range,
)

PLAN = read_plan(
    {
        "alpha": 0.05,
        "decimals": {"p_value": 3},
        "variables": {
            "weight": {"label": "Weight", "source": "weight_kg"},
            "change": {"label": "Change", "source": "change"},
            "stage": {"source": "stage", "levels": {"i": {"label": "Stage I"}}},
        },
    }
)


@pytest.mark.parametrize(
    ("low", "high", "proven", "said"),
    [
        (0.01, 0.2, True, "on both sides of 0.05: nobody can know"),
        (0.01, 0.05, True, "on both sides of 0.05: nobody can know"),  # 0.05 is not below 0.05
        (0.001, 0.049, True, "below 0.05 in every such cohort"),
        (0.001, 0.049, False, "below 0.05 in every such cohort that was found"),
        (0.05, 0.9, False, "not below 0.05 in every such cohort that was found"),
    ],
)
def test_a_range_decides_only_where_it_is_on_one_side(low, high, proven, said):
    assert judge_range(low, high, proven, 0.05) == said


NAN = math.nan
COLUMNS = ["quantity", "kept", "min", "max", "proven_low", "proven_high", "r_hat", "ess"]


def rows_of(*rows):
    found = describe_ranges(pd.DataFrame(rows, columns=COLUMNS), PLAN)
    return {row["label"].split(": ")[1]: row for row in found}


def test_a_range_shows_what_is_proven_and_warns_where_walks_disagree():
    rows = rows_of(
        ("test.weight.p", "printed", 0.02, 0.04, 0.01, 0.06, math.inf, 3.0),
        ("test.weight.p", "plausible", 0.02, 0.03, 0.01, 0.06, 1.02, 700.0),
        ("test.weight.effect", "printed", -1.0, 2.0, NAN, NAN, 1.0, 900.0),
        ("correlation.weight.p", "printed", 0.2, 0.6, NAN, NAN, 1.051, 90.0),
    )
    assert set(rows) == {"comparison", "correlation"}
    p = rows["comparison"]
    assert (p["printed"], p["plausible"], p["proven"]) == (
        "0.0100 to 0.0600",
        "0.0200 to 0.0300",
        True,
    )
    assert p["verdict"] == "on both sides of 0.05: nobody can know"
    assert (p["r_hat"], p["ess"], p["mixed"]) == ("1.02", "700", True)  # of what was drawn alone
    drawn = rows["correlation"]
    assert (drawn["printed"], drawn["plausible"]) == ("0.200 to 0.600", "as the cohort")
    assert (drawn["r_hat"], drawn["ess"], drawn["mixed"]) == ("1.05", "90", False)


@pytest.mark.parametrize(
    ("value", "decimals", "alpha", "shown"),
    [(0.0123, 4, 0.01, "0.01230"), (0.2, 4, 0.01, "0.2000"), (0.0099996, 3, 0.01, "< 0.01"),
     (0.0099996, 3, 0.05, "0.0100")],
)  # fmt: skip
def test_a_p_value_is_shown_as_the_plan_says(value, decimals, alpha, shown):
    assert show_range([value], PLAN._replace(decimals={"p_value": decimals}, alpha=alpha)) == shown


def test_no_draws_are_no_ranges():
    assert describe_ranges(pd.DataFrame(columns=COLUMNS), PLAN) == []


def test_choices_are_those_of_the_tables_and_those_no_test_gives():
    columns = [
        *("table", "place", "printed", "given_by", "named", "rule", "rule_p", "follows_rule"),
        *("p_least", "p_greatest", "crosses", "crosses_beside", "rule_reason"),
    ]
    given = ("fisher_exact pearson_chi2", "no", "fisher_exact", "0.0430", "yes")
    none = ("", "no", "", "", "")
    rest = ("0.0158", "0.0651", "yes", "no", "3 are below 5")
    choices = pd.DataFrame(
        [
            ("3", "Cycles", "0.043", *given, *rest),
            ("text", "Abstract", "0.043", *given, *rest),
            ("text", "Discussion", "0.80", *none, "", "", "no", "no", ""),
        ],
        columns=columns,
    )
    shares = [("as called for", "8", "10"), ("fisher_exact", "7", "10"), ("t_welch", "0", "10")]
    uniformity = pd.DataFrame(shares, columns=["test", "gives", "computable"])
    found = describe_choices(choices, uniformity, PLAN)
    assert [row["place"] for row in found["rows"]] == ["Cycles", "Discussion"]
    first, last = found["rows"]
    assert first["given"] == "Fisher’s exact test or Pearson’s chi-square"
    assert (first["rule_words"], first["ends"]) == (
        "Fisher’s exact test: p = 0.043 (3 are below 5)",
        "0.016 to 0.065",
    )
    assert (last["given"], last["rule_words"], last["ends"]) == ("", "", "")
    assert found["single"] == [("Fisher’s exact test", 7, 10)]
    assert found["chosen"] == [("as called for", 8, 10)]
    assert found["named"] == 0
