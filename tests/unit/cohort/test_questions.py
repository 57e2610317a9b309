"""Questions that the data raise: each kind is asked where it should be, and not beside it."""

import pandas as pd
import pytest

from crlm.base.problems import LISTED as ROWS
from crlm.base.problems import list_rows
from crlm.cohort.cleaned import CELL, clean_cohort
from crlm.cohort.questions import (
    LISTED,
    ask,
    count_missing,
    describe_cleaning,
)

SIZES = [20, 30, 31, 35, 38, 40, 42, 45, 50]


def cells_of(codebook, file="a.csv", **columns) -> pd.DataFrame:
    """Return the cells of patients whose clean values stand in `columns`, as the workflow has them.

    Each has an age of their own, so that none looks like another.
    """
    n = max(map(len, columns.values()))
    ages = [str(20 + i) for i in range(n)]
    ids = [f"{file[0]}{i}" for i in range(n)]
    columns = {"patient_id": ids, "age_years": ages, "sex": ["male"] * n} | columns
    shown = {name: ["" if v is None else str(v) for v in own] for name, own in columns.items()}
    return pd.DataFrame(
        [
            (shown["patient_id"][i], name, file, str(i + 2), name, own[i], own[i], "number")
            for i in range(n)
            for name, own in shown.items()
        ],
        columns=CELL,
    )


def asked(codebook, *frames, of=("alike", "far", "doubt")) -> list[tuple]:
    """Return kind, file, row and values of the questions of these kinds."""
    return [(*q[:3], q.values) for q in ask(pd.concat(frames), codebook) if q.kind in of]


def test_nothing_is_asked_of_usual_patients(codebook):
    assert asked(codebook, cells_of(codebook, size_pre_mm=SIZES)) == []


@pytest.mark.parametrize(("size", "told"), [(81, False), (82, True)])
def test_a_number_beyond_the_outer_fence_is_asked_about(codebook, size, told):
    # R: quantile(c(20, 30, 31, 35, 38, 40, 42, 45, 50, 82), c(.25, .75), type = 7) is 32 and 44.25;
    # the fence is 44.25 + 3 * 12.25 = 81.
    frame = cells_of(codebook, size_pre_mm=[*SIZES, size])
    expected = [("far", "a.csv", "11", (("size_pre_mm", str(size)),))]
    assert asked(codebook, frame) == (expected if told else [])


def test_too_few_numbers_say_nothing(codebook):
    assert asked(codebook, cells_of(codebook, size_pre_mm=[30, 31, 32, 33, 34, 35, 299])) == []
    assert asked(codebook, cells_of(codebook, cycles=[6] * 12 + [20])) == []  # no range to speak of


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({}, True),
        ({"lesions_pre": [None]}, True),  # not recorded again
        ({"cycles": [7]}, False),
        ({"age_years": [51]}, False),
        ({"sex": ["female"]}, False),
        ({"lesions_pre": [None], "cycles": [None]}, False),  # two numbers are too few
    ],
)
def test_one_patient_under_two_ids_is_asked_about(codebook, second, told):
    first = {"age_years": [50], "size_pre_mm": [40], "size_post_mm": [30], "lesions_pre": [2],
             "cycles": [6]}  # fmt: skip
    frames = cells_of(codebook, "a.csv", **first), cells_of(codebook, "b.csv", **first | second)
    found = [q for q in ask(pd.concat(frames), codebook) if q.kind == "alike"]
    assert len(found) == told
    if told:
        assert (found[0].file, found[0].patient) == ("b.csv", "b0")
        assert "The same values as a0 (a.csv, row 2)" in found[0].question


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"duration_months": [8], "cycles": [4]}, False),
        ({"duration_months": [8.1], "cycles": [4]}, True),
        ({"duration_months": [8.1], "cycles": [None]}, False),
        ({"size_pathology_mm": [10], "lesions_post": [0]}, True),
        ({"size_pathology_mm": [61], "size_post_mm": [30]}, True),
        ({"size_pathology_mm": [60], "size_post_mm": [30]}, False),
        ({"radiologist_response": ["regressive"], "size_pre_mm": [30], "size_post_mm": [31],
          "lesions_pre": [2], "lesions_post": [2]}, True),
        ({"radiologist_response": ["regressive"], "size_pre_mm": [30], "size_post_mm": [31],
          "lesions_pre": [2], "lesions_post": [1]}, False),
        ({"radiologist_response": ["progressive"], "size_pre_mm": [30], "size_post_mm": [29],
          "lesions_pre": [2], "lesions_post": [2]}, True),
        ({"radiologist_response": ["progressive"], "size_pre_mm": [30], "size_post_mm": [29],
          "lesions_pre": [2], "lesions_post": [3]}, False),
    ],
)  # fmt: skip
def test_what_is_unlikely_together_is_asked_about(codebook, columns, told):
    found = asked(codebook, cells_of(codebook, **columns))
    assert [q[0] for q in found] == ["doubt"] * told
    assert all(dict(q[3]).keys() >= columns.keys() for q in found)


def test_every_doubt_of_the_codebook_has_a_case_here(codebook):
    assert len(codebook["doubts"]) == 5


@pytest.mark.parametrize(
    ("cells", "asked_of"),
    [("yes yes yes _ _", True), ("yes yes yes no _", False), ("yes yes _ _", False),
     ("yes yes yes yes yes yes yes _", False), ("no no no _ _", False)],
)  # fmt: skip
def test_a_column_in_which_nobody_says_no_is_asked_about(codebook, cells, asked_of):
    """As where a form has a tick for yes: an empty cell is a no, or not known."""
    said = [cell.strip("_") for cell in cells.split()]
    frame = cells_of(codebook, "a.csv", comorbidity=said)
    found = [q.question for q in ask(frame, codebook) if "none says no" in q.question]
    assert bool(found) is asked_of
    assert all(f"{said.count('yes')} cells say yes" in question for question in found)


def test_columns_that_a_file_lacks_are_asked_about(codebook):
    everything = {name: ["1"] for name in codebook["variables"]}
    less = {name: ["2"] for name in codebook["variables"] if name not in ("grade", "cycles")}
    frames = cells_of(codebook, "a.csv", **everything), cells_of(codebook, "b.csv", **less)
    (found,) = (q for q in ask(pd.concat(frames), codebook) if q.kind == "column")
    assert found.file == "b.csv"
    assert "no column for cycles, grade: all" in found.question


def test_missing_values_by_variable_and_file(codebook):
    frames = (
        cells_of(codebook, "a.csv", cycles=[6, None, 4]),
        cells_of(codebook, "b.csv", grade=["grade_2", None]),
    )
    missing = dict(count_missing(pd.concat(frames), codebook))
    assert missing["cycles"] == ["1 of 3", "2 of 2 (no column)", "3 of 5"]
    assert missing["grade"] == ["3 of 3 (no column)", "1 of 2", "4 of 5"]
    assert missing["sex"] == ["0 of 3", "0 of 2", "0 of 5"]


def test_changes_and_corrections_are_told_apart(codebook):
    raw = pd.DataFrame(
        {"id": ["P1", "P2", "P3"], "age": ["50", "61", "70"], "sex": ["F", "F", "male"],
         "size_pre_cm": ["4", "5", "3"], "size_post_cm": ["?", "5", "3"]},
        index=[2, 3, 4],
    )  # fmt: skip
    fix = pd.DataFrame(
        [["P1", "age", "50", "51", "typed wrongly"]],
        columns=["patient_id", "column", "old", "new", "reason"],
    )
    gone = pd.DataFrame([["P2", ""]], columns=["patient_id", "reason"])
    _, _, flow, cells = clean_cohort(
        [("a.xlsx", raw, [])], codebook, [("fix.csv", fix, [])], [("gone.csv", gone, [])]
    )
    received = pd.DataFrame(
        [("a.xlsx", "", "", "Excel, sheet 1"), ("a.xlsx", "1", "sex", "hidden"),
         ("a.xlsx", "1", "age", "hidden")],
        columns=["file", "row", "column", "note"],
    )  # fmt: skip
    cells = cells.astype({"row": str})
    found = describe_cleaning(cells, flow, received, ["a.xlsx"], codebook)
    assert found["corrections"] == [("a.xlsx", "2", "age", "50", "51", "typed wrongly")]
    assert found["rules"] == [("cm to mm", 3), ("spelling", 1), ("missing code", 1)]
    assert found["changes"] == {
        "a.xlsx": [
            ("sex", "spelling", [("F", "female", "2")]),
            # the rules of a column stand together
            ("size_pre_cm", "cm to mm", [("4", "40", "2"), ("3", "30", "4")]),
            ("size_post_cm", "missing code", [("?", "", "2")]),
            ("size_post_cm", "cm to mm", [("3", "30", "4")]),
        ]
    }
    assert found["received"] == [("a.xlsx", "Excel, sheet 1", 2, 5)]
    assert found["notes"] == [("a.xlsx", "hidden", "sex, age")]
    assert ("consent withdrawn", 1) in found["flow"]
    assert "P2" not in str(found)


def test_long_lists_of_rows_are_cut():
    assert list_rows([2, 3]) == "2, 3"
    assert list_rows([*range(ROWS + 5)]).endswith(f"{ROWS - 1} and 5 more")


def test_many_questions_of_one_kind_are_counted(codebook):
    n = LISTED + 5
    frame = cells_of(codebook, size_pre_mm=[*range(30, 60)] * 40, cycles=[*range(3, 8)] * 240)
    far = frame["patient_id"].isin([f"a{i}" for i in range(n)]) & (frame["variable"] == "cycles")
    frame.loc[far, ["raw", "clean"]] = "24"
    flow = pd.DataFrame([("received", "received", 1200)], columns=["step", "label", "patients"])
    received = pd.DataFrame(columns=["file", "row", "column", "note"])
    found = describe_cleaning(frame, flow, received, ["a.csv"], codebook)
    asked = [(q.patient, q.more) for q in found["questions"] if q.kind == "far"]
    assert asked == [(f"a{i}", 5 if i == LISTED - 1 else 0) for i in range(LISTED)]
    assert found["asked"] == n + len([q for q in found["questions"] if q.kind != "far"])
