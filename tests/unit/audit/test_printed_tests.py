"""The tests behind printed p-values, against R, and what is said of the choice between them."""

import pandas as pd
import pytest

from crlm.plan.analysis import read_plan
from crlm.wings.audit.consistency import describe_p_conflicts
from crlm.wings.audit.page import Page
from crlm.wings.audit.printed_tests import (
    compare_methods,
    p_by_test,
    p_of_means,
    read_tests,
)

PLAN = read_plan(
    {
        "alpha": 0.05,
        "groups": {g: {"label": g, "meaning": "", "responses": []} for g in ("a", "b")},
        "variables": {
            "dose_class": {
                "source": "dose",
                "levels": {"low": {"values": ["low"]}, "high": {"values": ["high"]}},
            },
            "dose": {"source": "dose", "scale": 1},
        },
        "tables": {
            "table1": {
                "groups": ["a", "b"],
                "percent_of": "level",
                "rows": [{"variable": "dose_class", "published": {"test": "fisher_exact"}}],
            }
        },
    }
)


def transcribe(p: str, counts=(3, 5, 9, 1)) -> pd.DataFrame:
    """Return a 2 × 2 table with its p-value, and means and SDs beside it."""
    places = [(level, group) for level in ("low", "high") for group in ("a", "b")]
    lines = [
        (f"{level}_{group}", str(n), "dose_class", level, group, "n")
        for (level, group), n in zip(places, counts, strict=True)
    ]
    lines.append(("p", p, "dose_class", "", "all", "p_value"))
    for group, mean, sd in (("a", "6.6", "1.5"), ("b", "3.8", "1.2")):
        lines += [
            (f"mean_{group}", mean, "dose", "", group, "mean"),
            (f"sd_{group}", sd, "dose", "", group, "sd"),
        ]
    columns = ["id", "text", "variable", "level", "group", "statistic"]
    return pd.DataFrame(lines, columns=columns).assign(table="1", place="")


def methods_of(p: str, **columns):
    """Return what is said of the methods of that table."""
    kinds = {"n": "count"}
    cells = transcribe(p).assign(section="table1", printed_as="", percent_of="", **columns)
    cells["kind"] = [kinds.get(s, s) for s in cells["statistic"]]
    return compare_methods(Page(cells, PLAN), ["mann_whitney"])


def test_the_tests_of_a_2_by_2_table_are_those_of_r():
    # t <- matrix(c(3,5,9,1), 2, byrow=TRUE); E <- outer(rowSums(t), colSums(t)) / sum(t)
    expected = {
        "pearson_chi2": 0.01888104016,  # chisq.test(t, correct=FALSE)$p.value
        "continuity_corrected_chi2": 0.06507302878,  # chisq.test(t)$p.value
        "fisher_exact": 0.04298642534,  # fisher.test(t)$p.value
        "fisher_one_sided": 0.03167420814,  # fisher.test(t, alternative="less")$p.value
        "fisher_mid_p": 0.02790346908,  # fisher.test(t)$p.value - dhyper(3, 12, 6, 8) / 2
        "likelihood_ratio_chi2": 0.01577449134,  # pchisq(2*sum(t*log(t/E)), 1, lower=FALSE)
    }
    found = p_by_test([[3, 5], [9, 1]])
    assert {test: found[test] for test in expected} == pytest.approx(expected)
    assert set(found) == {*expected, "linear_by_linear"}


def test_the_tests_of_a_larger_table_are_those_of_r():
    # t <- matrix(c(3,1,9,7,1,3), 3, byrow=TRUE); x <- rep(row(t), t); y <- rep(col(t), t)
    assert p_by_test([[3, 1], [9, 7], [1, 3]]) == pytest.approx(
        {
            "pearson_chi2": 0.3503050093,
            "likelihood_ratio_chi2": 0.3367569561,
            "linear_by_linear": 0.1647507944,  # pchisq((length(x)-1)*cor(x,y)^2, 1, lower=FALSE)
            "fisher_freeman_halton": 0.4335326808,  # fisher.test(t)$p.value
        }
    )


def test_the_t_tests_are_those_of_r():
    # by the formulas of t.test: pooled, and Welch's with Satterthwaite's degrees of freedom
    found = p_of_means(["6.6", "3.8"], ["1.5", "1.2"], [12, 6])
    assert found["t_pooled"][0] == pytest.approx(0.001115790833)
    assert found["t_welch"][0] == pytest.approx(0.000986410487)
    assert all(low < p < high for p, low, high in found.values())


def test_equal_means_may_have_any_p_up_to_1():
    assert p_of_means(["4.5", "4.5"], ["3.5", "1.8"], [13, 11])["t_pooled"][2] == 1


def test_the_test_that_gives_a_p_is_named_and_the_others_told():
    methods, choices, uniformity = methods_of("0.043")
    choice = choices.iloc[0]
    assert (choice["given_by"], choice["named"], choice["follows_rule"]) == (
        "fisher_exact", "no", "yes",
    )  # fmt: skip
    assert choice["crosses"] == "yes"  # with the continuity correction 0.065
    assert list(methods.loc[methods["gives"] == "yes", "test"]) == ["fisher_exact"]
    assert methods.set_index("test").loc["mann_whitney", "reason"]
    assert uniformity.set_index("test").loc["fisher_exact"].tolist() == [1, 1]


@pytest.mark.parametrize(("printed", "given_by"), [("0.019", "pearson_chi2"), ("0.5", "")])
def test_another_test_or_none_gives_the_p(printed, given_by):
    _, choices, _ = methods_of(printed)
    assert choices.loc[0, "given_by"] == given_by
    assert choices.loc[0, "follows_rule"] == "no"


def test_a_p_of_means_whose_n_is_unknown_is_not_computed():
    methods, _, _ = methods_of("0.043", group=["a"] * 5 + ["b"] * 4)  # no count of group b
    assert methods["test"].tolist() == []


def test_a_p_against_its_table_is_a_conflict():
    (given,) = read_tests(transcribe("0.043"), PLAN)
    (other,) = read_tests(transcribe("0.019"), PLAN)
    assert given.given_with() and not other.given_with()
    (line,) = describe_p_conflicts([given, other], PLAN)
    assert "p low_a low_b high_a high_b" in line
    assert line[-1].endswith("is 0.0430 by Fisher’s exact test.")
