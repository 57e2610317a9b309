"""Lines to paste: pasted just as they are printed, they let the data pass."""

import pandas as pd
import pytest
import yaml

from crlm.additions import codebook_of, plan_of
from crlm.cohort import clean_cohort
from crlm.description import check_levels, read_variable
from crlm.problems import InputError
from crlm.response import classify_response
from crlm.unknowns import close_to, name_level

COHORT = "codebook: {}\nplan: {}\ntitle: A cohort\n"
PATIENT = {
    "id": "P1", "age": "50", "sex": "F", "regimen": "xelox", "size_pre_cm": "4", "size_post_cm": "3"
}  # fmt: skip


def paste(error: InputError, key: str) -> dict:
    """Return what stands under `key` when the lines of a message are put into a cohort's file."""
    text = str(error)
    lines = text[text.index(f"\n{key}:\n") + 1 :]
    return yaml.safe_load(COHORT.replace(f"{key}: {{}}", lines.rstrip()))[key]


def tables_of(*rows):
    rows = [PATIENT | {"id": f"P{i}"} | row for i, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(rows, index=range(2, len(rows) + 2), dtype=object)
    frame = frame.drop(columns=[c for c, cell in rows[0].items() if cell is None]).fillna("")
    return [("raw.csv", frame, [])]


def refusal(function, *arguments) -> InputError:
    with pytest.raises(InputError) as caught:
        function(*arguments)
    return caught.value


@pytest.mark.parametrize(
    ("rows", "variable", "clean"),
    [
        ([{"regimen": "FOLFOX-6"}, {"regimen": "Folfox 6"}], "regimen", ["folfox_6", "folfox_6"]),
        ([{"regimen": "Xelos"}, {}], "regimen", ["xelox", "xelox"]),  # close in spelling
        ([{"t_stage": "T1"}, {"t_stage": "t1 "}, {"t_stage": "2"}], "t_stage", ["t1", "t1", "t2"]),
        ([{"grade": "1"}, {"grade": "grade 1"}], "grade", ["level_1", "grade_1"]),
        ([{"sex": "männlich: ja, 'x' # y"}], "sex", ["mannlich_ja_x_y"]),
        ([{"nurse": "A", "No. of visits: all": "3"}, {}], "regimen", ["xelox", "xelox"]),
        ([{"cycle": "6"}, {"cycle": "8"}], "cycles", [6, 8]),
        ([{"Âge (années)": "61", "age": None}], "age_years", [61]),
        ([{"Duration weeks": "26"}], "duration_months", [5.98]),  # 26 × 7 / 30.4375
    ],
)
def test_what_the_codebook_does_not_know_passes_with_the_lines(codebook, rows, variable, clean):
    tables = tables_of(*rows)
    error = refusal(clean_cohort, tables, codebook)
    own = codebook_of(codebook, paste(error, "codebook"))
    patients, *_ = clean_cohort(tables, own)
    assert patients[variable].tolist() == clean


def test_levels_of_a_column_that_is_itself_new_are_told_too(codebook):
    ((file, frame, _),) = tables_of({"regimens": "FOLFOX"}, {"regimens": "x"})
    tables = [(file, frame.drop(columns="regimen"), [])]
    own = paste(refusal(clean_cohort, tables, codebook), "codebook")
    assert own["variables"]["regimen"] == {
        "columns": {"regimens": None}, "levels": {"folfox": ["FOLFOX"], "x": ["x"]}
    }  # fmt: skip


def test_a_value_is_told_once_however_many_rows_hold_it(codebook):
    error = refusal(clean_cohort, tables_of(*[{"t_stage": "T1"}] * 3, {"t_stage": "T0"}), codebook)
    assert len(error.problems) == 4
    message = str(error)
    assert message.startswith("2 problems in the input:\n")
    assert "raw.csv, rows 2, 3, 4, column t_stage: found 'T1'; expected one of: t2" in message
    assert message.count("t1: [T1]") == 1
    assert "\n        # t2: [T1]\n" in message  # the other choice


def test_both_choices_can_be_pasted(codebook):
    error = refusal(clean_cohort, tables_of({"t_stage": "T1"}), codebook)
    chosen = str(error).replace("        t1: [T1]", "").replace("# t2: [T1]", "t2: [T1]")
    own = codebook_of(codebook, paste(chosen, "codebook"))
    patients, *_ = clean_cohort(tables_of({"t_stage": "T1"}), own)
    assert patients["t_stage"].tolist() == ["t2"]


def test_a_problem_that_is_nothing_new_has_no_lines(codebook):
    error = refusal(clean_cohort, tables_of({"sex": "", "age": "abc"}), codebook)
    assert error.paste == {}


def test_ignored_columns_are_not_read(codebook):
    own = codebook_of(codebook, {"ignored": ["Nurse"]})
    *_, cells = clean_cohort(tables_of({" nurse ": "A"}), own)
    assert "A" not in set(cells["raw"])


def test_values_that_no_level_holds_pass_with_the_lines(plan):
    frame = pd.DataFrame(
        {"regimen": ["folfox", "xelox", None], "lesions_post": [0.0, 1.0, 3.0],
         "size_pre_mm": [10.0, 50.0, 40.0]}
    )  # fmt: skip
    variables = {
        "regimen_class": plan["variables"]["regimen_class"],
        "regimen_given": plan["variables"]["regimen_given"],
        "lesions": {"label": "Lesions: all", "source": "lesions_post", "levels": {
            "one": {"label": "1", "at_least": 1, "below": 2},
            "three": {"label": "3", "at_least": 3, "below": 3.5}}},
        "size_pre_cm": plan["variables"]["size_pre_cm"],
    }  # fmt: skip
    frame.loc[3] = [None, 2.0, None]
    frame.loc[4] = [None, 7.0, None]
    error = refusal(check_levels, frame, variables)
    assert len(error.problems) == 3
    own = plan_of({"variables": variables}, paste(error, "plan"))["variables"]
    check_levels(frame, own)
    assert read_variable(frame, "regimen_class", own["regimen_class"]).tolist()[:2] == [
        "folfox", "combination"
    ]  # fmt: skip
    assert own["regimen_class"]["left_out"] == ["other"]
    cuts = [(level["at_least"], level["below"]) for level in own["lesions"]["levels"].values()]
    assert cuts == [(0, 1), (1, 2), (2, 3), (3, 3.5), (3.5, float("inf"))]


def test_a_response_that_no_group_holds_passes_with_the_lines(plan, make_patients):
    patients = make_patients(n=3, lesions_pre=2, lesions_post=0, size_pre_mm=30, size_post_mm=0)
    rules = plan["response_rules"]
    error = refusal(classify_response, patients, rules, "recist_1_1", plan["groups"])
    assert "expected: a response that one of the groups responders, progressive holds" in str(error)
    own = plan_of(plan, paste(error, "plan"))
    response, _ = classify_response(patients, rules, "recist_1_1", own["groups"])
    assert response["group"].tolist() == ["responders"] * 3
    assert own["groups"]["progressive"] == plan["groups"]["progressive"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("FOLFOX-6 ", "folfox_6"), ("<1 cm", "lt_1_cm"), ("4", "level_4"), ("ذكر", "level")],
)
def test_a_level_has_a_name_that_the_codebook_takes(text, name):
    assert name_level(text) == name


@pytest.mark.parametrize(
    ("text", "found"), [("regressiv", 1), ("grade 1", None), ("Grade2", 2), ("xyz", None)]
)
def test_a_close_spelling_has_the_same_digits(text, found):
    assert close_to(text, {"regressive": 1, "progressive": 3, "grade_2": 2}) == found
