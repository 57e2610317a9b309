"""Printed cells that can't hold together: found minimal, explained, never claimed of true ones."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from crlm.plan.analysis import read_plan
from crlm.wings.audit.conflicts import explore, lightest
from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.constraints import Scale, pieces_of
from crlm.wings.audit.transcription import printed_range, true_range

PLAN = read_plan({
    "groups": {
        "a": {"label": "a", "meaning": "", "responses": ["good"]},
        "b": {"label": "b", "meaning": "", "responses": ["bad"]},
    },
    "variables": {
        "response": {
            "source": "response",
            "levels": {"good": {"values": ["good"]}, "bad": {"values": ["bad"]}},
        },
        "colour": {
            "source": "colour",
            "levels": {
                "red": {"values": ["red"]},
                "blue": {"values": ["blue"]},
                "other": {"values": ["green", "grey"]},
            },
        },
        "colour_class": {
            "source": "colour",
            "levels": {"red": {"values": ["red"]}, "rest": {"values": ["blue", "green"]}},
            "left_out": ["grey"],
        },
        "dose": {"source": "dose", "scale": 1},
        "dose_class": {
            "source": "dose",
            "levels": {
                "low": {"at_least": 0, "below": 4},
                "high": {"at_least": 4, "below": float("inf")},
            },
        },
    },
    "tables": {"table1": {"groups": ["all"], "percent_of": "group", "rows": []},
               "table2": {"groups": ["a", "b"], "percent_of": "level", "rows": []}},
})  # fmt: skip
CODEBOOK = {"dose": {"required": True, "min": 0, "max": 20}}
WEIGHTS = dict.fromkeys(["n", "percent", "of", "known", "mean", "sd", "min", "max"], 1)
SIZES = ["1 response good all n 6", "1 response bad all n 4"]


def transcribe(lines: list[str]) -> pd.DataFrame:
    """Make a transcription of lines: table, variable, level (or -), group, statistic, text."""
    columns = ["table", "variable", "level", "group", "statistic", "text"]
    cells = pd.DataFrame([line.split() for line in lines], columns=columns)
    cells["level"] = cells["level"].replace("-", "")
    cells["decimals"] = cells["text"].map(lambda t: str(len(t.partition(".")[2])))
    ids = [f"c{i}" for i in range(len(lines))]
    return cells.assign(id=ids, place=ids)


def look(*lines: str, steps=None):
    """Return conflicts as sets of texts, with the frames."""
    cells = transcribe([*SIZES, *lines])
    frames = find_conflicts(cells, PLAN, CODEBOOK, steps or {"dose": 1}, WEIGHTS)
    texts = cells.set_index("id")["text"]
    return {frozenset(texts[i] for i in ids.split()) for ids in frames[0]["cells"]}, *frames


@pytest.mark.parametrize(
    ("lines", "conflicts", "nature"),
    [
        # 44 % is 4 of 9; 3 of 7 is 43 %, of 6 50 %
        (["1 colour red all n 3", "1 colour red all percent 44"], [{"3", "44"}],
         "count and percentage"),
        # no share of at most 10 patients prints as 31.1 %
        (["1 colour red all percent 31.1"], [{"31.1"}], "percentage of a whole number of patients"),
        # 5 + 4 + 2 are more than ten patients
        (["1 colour red all n 5", "1 colour blue all n 4", "1 colour other all n 2"],
         [{"5", "4", "2"}], "levels add up"),
        # red in both groups together is not red in all
        (["1 colour red all n 5", "2 colour red a n 3", "2 colour red b n 1"],
         [{"5", "3", "1"}], "groups add up to the whole"),
        # two cuts of one column: what is not red is at least what is blue
        (["1 colour blue all n 5", "1 colour_class rest all n 4"], [{"5", "4"}], "levels add up"),
        # six of mean 3.0 and four of mean 5.0 have the mean 3.8
        (["1 dose - all mean 4.2", "2 dose - a mean 3.0", "2 dose - b mean 5.0"],
         [{"4.2", "3.0", "5.0"}], "weighted mean of the groups"),
        # a sum of whole numbers over 10 has one decimal (GRIM)
        (["1 dose - all mean 4.25"], [{"4.25"}], "mean, classes, range and n"),
        # all below 4 and a mean of 4.0 or more; two of 20 reach 4.0
        (["1 dose_class low all n 10", "1 dose - all mean 4.0"], [{"10", "4.0"}],
         "mean, classes, range and n"),
        # between 3 and 5 the SD of ten is at most sqrt(10/9), if five are at either end
        (["1 dose - all sd 1.2", "1 dose - all min 3", "1 dose - all max 5"],
         [{"1.2", "3", "5"}], "SD, mean, range and n"),
        (["1 dose - all max 9", "text dose - all max 8"], [{"9", "8"}],
         "one value printed in two ways"),
        # one value printed twice
        (["1 dose - all mean 4.2", "text dose - all mean 4.3"], [{"4.2", "4.3"}],
         "one value printed in two ways"),
    ],
)  # fmt: skip
def test_each_arithmetic_is_found_broken(lines, conflicts, nature):
    found, frame, *_ = look(*lines)
    assert found == {frozenset(c) for c in conflicts}
    assert frame["nature"].tolist() == [nature]


@pytest.mark.parametrize(
    "lines",
    [
        ["1 colour red all n 3", "1 colour red all percent 33.3"],  # one is not known
        ["1 colour red all n 5", "1 colour blue all n 3", "1 colour other all n 2"],
        ["1 colour red all n 3", "2 colour red a n 3", "2 colour red b n 0"],
        ["2 colour red a n 3", "2 colour red a percent 75", "1 colour red all n 4"],
        ["1 colour other all n 4", "1 colour_class rest all n 1"],  # three are grey
        ["1 dose - all mean 3.8", "2 dose - a mean 3.0", "2 dose - b mean 5.0"],
        ["1 dose - all sd 1.1", "1 dose - all min 3", "1 dose - all max 5"],
        ["1 dose_class low all n 8", "1 dose - all mean 6.4"],  # 8 · 3 + 2 · 20 = 64
        ["1 dose - all mean 4.2", "text dose - all mean 4.2"],
    ],
)
def test_what_can_hold_together_is_let_be(lines):
    found, _, corrections = look(*lines)
    assert found == set()
    assert corrections.empty


def test_a_step_of_halves_allows_what_whole_numbers_do_not():
    assert look("1 dose - all mean 4.25")[0]
    assert not look("1 dose - all mean 4.25", steps={"dose": 0.5})[0]


def test_the_fewest_are_given_up_and_told_what_the_rest_leaves():
    _, frame, corrections = look(
        "1 colour red all n 3", "1 colour red all percent 44", "1 colour blue all percent 70",
        "1 colour blue all n 7",
    )  # fmt: skip
    assert corrections["cells"].tolist() == ["c3"]
    assert corrections["instead"].tolist() == ["[Table 1, c3] 44% → 3 of 10 (30.00%)"]
    lengths = [len(ids.split()) for ids in frame["cells"]]
    assert frame["size"].tolist() == lengths == sorted(lengths)
    assert "30.00%" in frame["explanation"].str.cat()


def test_a_copy_counts_once():
    _, frame, corrections = look(
        "1 colour red all n 3", "1 colour red all percent 44", "text colour red all percent 44"
    )
    assert frame["repeats"].tolist() == ["c4"]
    assert sorted(corrections["cells"]) == ["c2", "c3 c4"]
    assert corrections["values"].tolist() == [1, 1]


def test_a_truncated_percentage_is_told_from_an_impossible_one():
    # 2 of 3 is 66.67 %
    _, frame, _ = look("1 colour red all percent 66.6", "2 colour blue a percent 31.1")
    assert dict(zip(frame["cells"], frame["truncation"], strict=True)) == {"c2": "holds", "c3": ""}


def test_contradictory_sizes_of_groups_blame_no_other_column():
    _, frame, _ = look("1 response good all percent 50", "1 colour red all n 9")
    assert set(frame["block"]) == {"response"}


def test_true_cells_of_random_cohorts_never_conflict():
    rng = np.random.default_rng(3)
    for _ in range(10):
        response = rng.choice(["good", "bad"], 12)
        dose = rng.integers(0, 20, 12)
        lines = [f"1 response {r} all n {(response == r).sum()}" for r in ("good", "bad")]
        for group, inside in (("all", response != ""), ("a", response == "good")):
            values = dose[inside]
            lines += [
                f"1 dose - {group} mean {values.mean():.2f}",
                f"1 dose - {group} sd {values.std(ddof=1):.2f}",
                f"1 dose - {group} min {values.min()}",
                f"1 dose - {group} max {values.max()}",
                f"1 dose_class low {group} n {(values < 4).sum()}",
            ]
        frames = find_conflicts(transcribe(lines), PLAN, CODEBOOK, {"dose": 1}, WEIGHTS)
        assert frames[0].empty


def brute(ids, holds):
    """Return all minimal sets that don't hold, and all minimal sets whose rest holds."""
    subsets = [set(c) for k in range(len(ids) + 1) for c in itertools.combinations(ids, k)]
    bad = [s for s in subsets if not holds(s)]
    lacking = [set(ids) - s for s in subsets if holds(s)]
    return (
        {frozenset(s) for s in bad if not any(t < s for t in bad)},
        {frozenset(s) for s in lacking if not any(t < s for t in lacking)},
    )


@pytest.mark.parametrize("seed", range(5))
def test_all_minimal_conflicts_and_corrections_are_enumerated(seed):
    rng = np.random.default_rng(seed)
    ids = list("abcdefg")
    forbidden = [set(rng.choice(ids, rng.integers(1, 4), replace=False)) for _ in range(5)]

    def holds(subset):
        return not any(f <= set(subset) for f in forbidden)

    conflicts, corrections, complete = explore(ids, holds, dict.fromkeys(ids, 1))
    expected = brute(ids, holds)
    assert ({frozenset(c) for c in conflicts}, {frozenset(c) for c in corrections}) == expected
    assert complete
    assert len(corrections[0]) == min(map(len, expected[1]))


def test_a_dear_cell_is_kept():
    def holds(subset):
        return not {"a", "b"} <= set(subset)

    weights = {"a": 3, "b": 1, "c": 1}
    _, corrections, _ = explore(["a", "b", "c"], holds, weights)
    assert lightest(corrections, weights) == [["b"]]


def test_a_cell_stands_for_all_values_that_print_so():
    cell = transcribe(["1 colour red all percent 16.6"]).iloc[0]
    assert true_range(cell) == (Fraction("16.55"), Fraction("16.65"), False)
    assert true_range(cell, cut=True) == (Fraction("16.55"), Fraction("16.7"), True)
    assert printed_range("45.80") == (Fraction("45.795"), Fraction("45.805"), False)
    # of two, the sums 3, 4 and 5 have means from 1.5 to 2.5
    assert printed_range("2").parts(2, Fraction(1)) == range(3, 6)
    assert printed_range("2", up=True).parts(2, Fraction(1)) == range(3, 5)


def test_a_number_is_cut_where_any_variable_cuts_it():
    assert pieces_of("dose", PLAN, Scale(Fraction(1, 2), 0, 40)) == [(0, 7), (8, 40)]
    assert pieces_of("colour", PLAN, None) == ["red", "blue", "green", "grey"]
