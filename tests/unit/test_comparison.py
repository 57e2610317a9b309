"""The group tests run by the plan: the printed p-values, the rule beside them, and data without."""

import math

import pandas as pd
import pytest

from crlm.comparison import COLUMNS, compare_groups
from crlm.plan.analysis import read_plan
from crlm.statistics import enumeration

GROUPS = ["responders", "progressive"]


def frame_of_counts(variable, counts):
    """Patients from a table of counts: a row a level of the plan, responders and progressive."""
    rows = [
        (level.get("values", [level.get("at_least")])[0], group)
        for level, row in zip(variable["levels"].values(), counts, strict=True)
        for group, n in zip(GROUPS, row, strict=True)
        for _ in range(n)
    ]
    number = "at_least" in next(iter(variable["levels"].values()))
    values = pd.Series([v for v, _ in rows], dtype="float64" if number else object)
    return pd.DataFrame({variable["source"]: values, "group": [g for _, g in rows]})


def frame_of_samples(column, responders, progressive):
    groups = ["responders"] * len(responders) + ["progressive"] * len(progressive)
    values = pd.Series([*responders, *progressive], dtype="float64")
    return pd.DataFrame({column: values, "group": groups})


def compare_one(plan, frame, name, tests="published", printed=(3, 0.05), **entry):
    """Run the plan's own row of Table 3 or 4, or `entry`; return its rows of both results."""
    rows = [r for t in ("table3", "table4") for r in plan["tables"][t]["rows"]]
    row = entry or next(r for r in rows if r["variable"] == name)
    table = {"groups": GROUPS, "percent_of": "level", "rows": [{"variable": name} | row]}
    own = {"variables": plan["variables"], "tables": {"one": table}, "alpha": printed[1]}
    own |= {"decimals": {"p_value": printed[0]}}
    results = compare_groups(frame, read_plan(own), tests)
    assert [list(result.columns) for result in results] == [COLUMNS, COLUMNS]
    return [result.iloc[0] for result in results]


SAME = "named in the plan; the rule chooses the same"
OTHER = "named in the plan; the rule would choose "


@pytest.mark.parametrize(
    ("name", "counts", "test", "printed", "reason"),
    [
        ("sex", [[7, 6], [7, 5]], "pearson_chi2", 0.821, SAME),
        # R 4.2.2: fisher.test(matrix(c(4,10,7,4), 2))$p.value is 0.1159947503; 11 × 11/25 = 4.84
        ("size_pre_class", [[4, 7], [10, 4]], "pearson_chi2", 0.080,
         f"{OTHER}fisher_exact, p = 0.116 (smallest expected count 4.84, below 5: exact test)"),
        # fisher.test(matrix(c(6,8,8,3), 2))$p.value is 0.2271570871
        ("lesions_pre_class", [[6, 8], [8, 3]], "pearson_chi2", 0.135,
         f"{OTHER}fisher_exact, p = 0.227 (smallest expected count 4.84, below 5: exact test)"),
        ("duration_class", [[9, 7], [5, 1]], "fisher_exact", 0.351, SAME),
        ("regimen_class", [[7, 6], [4, 1], [3, 2]], "fisher_freeman_halton", 0.843, SAME),
        ("cycles_class", [[3, 5], [9, 1]], "fisher_exact", 0.043, SAME),
        ("t_stage", [[3, 1], [9, 7], [1, 3]], "fisher_freeman_halton", 0.434, SAME),
        ("n_stage", [[7, 3], [5, 7]], "fisher_exact", 0.231, SAME),
        ("size_pathology_class", [[4, 4], [9, 7]], "fisher_exact", 1.000, SAME),
        ("recurrence_1y", [[3, 3], [10, 8]], "fisher_exact", 1.000, SAME),
        # No printed p: by rule. 1 × 10/23 = 0.4348; 13/23 and 10/23 are the two possible tables.
        ("alive_1y", [[12, 10], [1, 0]], "fisher_exact", 1.000,
         "by rule: smallest expected count 0.4348, below 5: exact test"),
        # fisher.test(matrix(c(9,4,1,8,3,0), 3))$p.value is 1; 1 × 11/25 = 0.44
        ("pathological_response", [[9, 8], [4, 3], [1, 0]], "fisher_freeman_halton", 1.000,
         "by rule: smallest expected count 0.44, below 1: exact test"),
    ],
)  # fmt: skip
def test_printed_p_values_come_out_of_the_plan(plan, name, counts, test, printed, reason):
    frame = frame_of_counts(plan["variables"][name], counts)
    result, _ = compare_one(plan, frame, name)
    assert result["test"] == test
    assert round(result["p_value"], 3) == printed
    assert result["reason"] == reason
    assert (result["n"], result["missing"]) == (len(frame), 0)
    assert result["exact"] == (test != "pearson_chi2")
    assert abs(result["estimate"]) <= 1


def test_published_beside_the_rule(plan):
    """Size before chemotherapy: chi-square as printed, Fisher's by the rule, both in R's values.

    chisq.test(matrix(c(4,10,7,4), 2), correct=FALSE)$p.value is 0.07955966097.
    """
    frame = frame_of_counts(plan["variables"]["size_pre_class"], [[4, 7], [10, 4]])
    result, by_rule = compare_one(plan, frame, "size_pre_class")
    assert result["p_value"] == pytest.approx(0.07955966097)
    assert (result["test"], result["df"]) == ("pearson_chi2", 1)
    assert by_rule["p_value"] == pytest.approx(0.1159947503)
    assert by_rule["test"] == "fisher_exact"
    assert by_rule["reason"] == "by rule: smallest expected count 4.84, below 5: exact test"
    auto, also_by_rule = compare_one(plan, frame, "size_pre_class", tests="auto")
    assert auto.equals(by_rule)
    assert also_by_rule.equals(by_rule)


@pytest.mark.parametrize(
    ("printed", "number"),
    # 0.1159947503 as above; at a level that it is just below, the decimals that show it, if four do
    [
        ((4, 0.01), "= 0.1160"),
        ((2, 0.05), "= 0.12"),
        ((2, 0.12), "= 0.116"),
        ((2, 0.116), "< 0.116"),
    ],
)
def test_a_reason_has_the_decimals_and_alpha_of_the_plan(plan, printed, number):
    frame = frame_of_counts(plan["variables"]["size_pre_class"], [[4, 7], [10, 4]])
    result, _ = compare_one(plan, frame, "size_pre_class", printed=printed)
    assert f"would choose fisher_exact, p {number} (smallest" in result["reason"]


def test_direction_of_the_risk_difference_is_one_of_the_two(plan):
    """10/14 − 4/11 = 0.714 − 0.364 = 0.351 of the patients responded more, or less, often."""
    frame = frame_of_counts(plan["variables"]["size_pre_class"], [[4, 7], [10, 4]])
    result, _ = compare_one(plan, frame, "size_pre_class")
    assert result["effect"] == "risk_difference"
    assert abs(result["estimate"]) == pytest.approx(10 / 14 - 4 / 11)
    assert result["ci_low"] < result["estimate"] < result["ci_high"]


X, Y = [3, 6, 6, 8, 9], [3, 4, 4, 5]


@pytest.mark.parametrize(
    ("published", "tests", "exact", "p", "reason"),
    [
        # wilcox.test(c(3,6,6,8,9), c(3,4,4,5), exact=FALSE, correct=FALSE)$p.value: 0.106863715
        # r <- rank(c(3,6,6,8,9,3,4,4,5)); s <- combn(9, 5, function(i) sum(r[i]))
        # mean(abs(s-25) >= abs(sum(r[1:5])-25) - 1e-9): 0.1349206349
        ("asymptotic", "published", False, 0.106863715, f"{OTHER}the exact p = 0.135"),
        ("exact", "published", True, 0.1349206349, SAME),
        ("asymptotic", "auto", True, 0.1349206349,
         "by rule: ranks, ties as they are; exact: at most 50 values"),
        (None, "published", True, 0.1349206349,
         "by rule: ranks, ties as they are; exact: at most 50 values"),
    ],
)  # fmt: skip
def test_numbers_by_mann_whitney(plan, published, tests, exact, p, reason):
    frame = frame_of_samples("age_years", [*X, math.nan], Y)
    named = {"test": "mann_whitney", "method": published} if published else None
    result, by_rule = compare_one(plan, frame, "age_years", tests, published=named)
    assert (result["test"], result["exact"]) == ("mann_whitney", exact)
    assert result["p_value"] == pytest.approx(p)
    assert result["reason"] == reason
    assert (result["n"], result["missing"]) == (9, 1)
    assert by_rule["p_value"] == pytest.approx(0.1349206349)
    # x − y, 20 differences in order: −2 −1 −1 0 1 1 2 2 2 2 | 3 3 3 4 4 4 5 5 5 6: median 2.5
    assert result["estimate"] == 2.5


def test_many_numbers_by_the_rule(plan):
    frame = frame_of_samples("age_years", range(30), range(15, 36))
    result, _ = compare_one(plan, frame, "age_years", "auto")
    assert not result["exact"]
    assert result["reason"].endswith("normal approximation: over 50 values")


NOTHING = "no test: fewer than two rows or columns hold any counts: nothing to compare"
NOBODY = "no test: a group without any values: nothing to compare"


@pytest.mark.parametrize(
    ("name", "counts", "reason"),
    [
        ("sex", [[7, 5], [0, 0]], NOTHING),  # one level
        ("sex", [[7, 0], [5, 0]], NOTHING),  # all responders
        ("sex", [[1, 0], [0, 0]], NOTHING),  # one patient
        ("sex", [[0, 0], [0, 0]], NOTHING),  # nobody
        ("t_stage", [[0, 0], [9, 7], [0, 0]], NOTHING),
        ("cycles_class", [[3, 4], [0, 0]], NOTHING),
    ],
)
@pytest.mark.parametrize("tests", ["published", "auto"])
def test_counts_that_allow_no_test(plan, name, counts, reason, tests):
    frame = frame_of_counts(plan["variables"][name], counts)
    for result in compare_one(plan, frame, name, tests):
        assert result["reason"] == reason
        assert (result["variable"], result["n"]) == (name, len(frame))
        assert result.drop(["variable", "n", "missing", "reason"]).isna().all()


@pytest.mark.parametrize(
    ("name", "column", "n"), [("sex", "sex", 0), ("cycles", "cycles", 0), ("cycles", "cycles", 2)]
)
def test_everything_missing(plan, name, column, n):
    """Missing for all, or known in one group only."""
    values = pd.Series([3.0] * n + [None] * (5 - n), dtype=object if name == "sex" else "float64")
    frame = pd.DataFrame({column: values, "group": ["responders"] * 2 + ["progressive"] * 3})
    for result in compare_one(plan, frame, name):
        assert result["reason"] == (NOTHING if name == "sex" else NOBODY)
        assert (result["n"], result["missing"]) == (n, 5 - n)
        assert pd.isna(result["p_value"])
        assert pd.isna(result["test"])


def test_an_empty_level_is_left_out(plan):
    """Type of chemotherapy without a single agent: fisher.test(matrix(c(7,4,6,1), 2)): 0.5956."""
    frame = frame_of_counts(plan["variables"]["regimen_class"], [[7, 6], [4, 1], [0, 0]])
    result, _ = compare_one(plan, frame, "regimen_class")
    assert round(result["p_value"], 4) == 0.5956
    assert result["effect"] == "risk_difference"


def test_a_test_that_does_not_fit_is_a_reason(plan):
    frame = frame_of_counts(plan["variables"]["t_stage"], [[3, 1], [9, 7], [1, 3]])
    result, by_rule = compare_one(plan, frame, "t_stage", published={"test": "fisher_exact"})
    assert result["reason"] == "no test: fisher_exact is for 2 × 2 tables, not 3 × 2"
    assert pd.isna(result["p_value"])
    assert round(by_rule["p_value"], 3) == 0.434


def test_numbers_that_are_all_equal_allow_no_test(plan):
    for result in compare_one(plan, frame_of_samples("cycles", [6, 6, 6], [6, 6]), "cycles"):
        assert result["reason"] == "no test: all values are equal: nothing to compare"
        assert pd.isna(result["p_value"])


@pytest.mark.parametrize("published", [None, {"test": "fisher_freeman_halton"}])
def test_another_test_stands_in_for_one_that_is_too_large(plan, monkeypatch, published):
    """The rule chooses the exact test, which needs more partial tables than allowed."""
    monkeypatch.setattr(enumeration, "MAX_PARTIAL_TABLES", 10)
    frame = frame_of_counts(plan["variables"]["t_stage"], [[3, 1], [9, 7], [1, 3]])
    result, by_rule = compare_one(plan, frame, "t_stage", published=published)
    for row in (result, by_rule):
        # chisq.test(matrix(c(3,9,1,1,7,3), 3), correct=FALSE)$p.value
        assert row["p_value"] == pytest.approx(0.35030501)
        assert (row["test"], row["exact"]) == ("pearson_chi2", False)
        assert (
            "exact test: it needs more than 10 partial tables: Pearson's chi-square"
            in row["reason"]
        )
    assert result["reason"].startswith("named in the plan" if published else "by rule: ")


def test_the_approximation_stands_in_for_an_exact_mann_whitney_of_many(plan):
    frame = frame_of_samples("age_years", range(150), range(100, 250))
    named = {"test": "mann_whitney", "method": "exact"}
    result, _ = compare_one(plan, frame, "age_years", published=named)
    assert not result["exact"]
    assert result["reason"] == (
        "named in the plan; 300 values are too many for the exact Mann–Whitney test: "
        "the normal approximation stands in"
    )


# --- Correlations ---------------------------------------------------------------------------------

CORRELATION = [{"variable": "cycles", "with": "size_change_percent"}]


@pytest.mark.parametrize(
    ("cycles", "changes", "rho", "p", "n"),
    [
        # R 4.2.2: cor.test(c(3,4,6,8,9), c(20,5,10,-30,-40), method="spearman"): rho −0.9,
        # p 0.08333333333
        ([3, 4, 6, 8, 9, None, 5], [20, 5, 10, -30, -40, 10, None], -0.9, 1 / 12, 5),
        # c(20,5,0,-30,-40): rho −1, p 0.01666666667
        ([3, 4, 6, 8, 9], [20, 5, 0, -30, -40], -1, 1 / 60, 5),
        ([6, 6, 6, 6], [20, 5, 0, -30], None, None, 4),
        ([3, 4], [20, 5], None, None, 2),
        ([None, None, None], [20, 5, 0], None, None, 0),
    ],
)
def test_correlations(plan, cycles, changes, rho, p, n):
    data = {"cycles": cycles, "size_change_percent": changes}
    frame = pd.DataFrame(data, dtype="float64")
    own = {"variables": plan["variables"], "correlations": CORRELATION}
    results = compare_groups(frame, read_plan(own | {"decimals": plan["decimals"]}), "published")
    for result in results:
        row = result.iloc[0]
        assert (row["variable"], row["test"]) == ("cycles", "spearman")
        assert (row["n"], row["missing"]) == (n, len(cycles) - n)
        if rho is None:
            assert row["reason"].startswith("no test: ")
            assert pd.isna(row["p_value"])
        else:
            assert row[["estimate", "p_value"]].tolist() == pytest.approx([rho, p])
            assert row["reason"] == (
                "rank correlation with size_change_percent; exact: at most 9 pairs"
                + "; no 95 % interval: rho is 1 or −1" * (rho == -1)
            )


def test_all_tests_of_the_plan(plan, make_patients, run_stages):
    """A row for each row of Tables 3 and 4, then the correlations, in the plan's order."""
    study = run_stages(make_patients())
    tables = (plan["tables"]["table3"], plan["tables"]["table4"])
    expected = [row["variable"] for table in tables for row in table["rows"]]
    expected += [c["variable"] for c in plan["correlations"]]
    for results in (study.tests, study.sensitivity):
        assert results["variable"].tolist() == expected
        assert results["p_value"].between(0, 1).all()
        assert ((results["n"] + results["missing"]) == len(study.frame)).all()
