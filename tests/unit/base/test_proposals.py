"""Lines to paste: without their marks, they let the data pass; with them, they add nothing."""

import numpy as np
import pandas as pd
import pytest
import yaml
from cohorts import paste

from crlm.base.masking import undecided_lines
from crlm.base.problems import InputError
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.unknowns import name_level, propose_codebook, propose_unknown, unknown_columns
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.analysis import read_plan
from crlm.plan.variables import check_levels, read_variables
from crlm.response import classify_response

PATIENT = {
    "id": "P1", "age": "50", "sex": "F", "regimen": "xelox", "size_pre_cm": "4", "size_post_cm": "3"
}  # fmt: skip


def tables_of(*rows):
    rows = [PATIENT | {"id": f"P{i}"} | row for i, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(rows, index=range(2, len(rows) + 2), dtype=object)
    frame = frame.drop(columns=[c for c, cell in rows[0].items() if cell is None]).fillna("")
    return [("raw.csv", frame, [])]


def refusal(function, *arguments, **named) -> InputError:
    with pytest.raises(InputError) as caught:
        function(*arguments, **named)
    return caught.value


@pytest.mark.parametrize(
    ("rows", "variable", "clean"),
    [
        ([{"regimen": "FOLFOX-6"}, {"regimen": "Folfox 6"}], "regimen", ["folfox", "folfox"]),
        ([{"regimen": "Capecitabin"}, {}], "regimen", ["capecitabine", "xelox"]),
        ([{"regimen": "Folfiry"}, {}], "regimen", ["folfiri", "xelox"]),  # close in spelling
        ([{"t_stage": "T1"}, {"t_stage": "t1 "}, {"t_stage": "2"}], "t_stage", ["t1", "t1", "t2"]),
        ([{"grade": "1"}, {"grade": "grade 1"}], "grade", ["grade_1", "grade_1"]),
        (
            [{"sex": "weiblich"}, {"sex": "F."}, {"sex": "Mann"}],
            "sex",
            ["female", "female", "male"],
        ),
        ([{"two_stage": "ja"}, {"two_stage": "NEIN"}], "two_stage", ["yes", "no"]),
        ([{"nurse": "A", "No. of visits: all": "3"}, {}], "regimen", ["xelox", "xelox"]),
        ([{"cycle": "6"}, {"cycle": "8"}], "cycles", [6, 8]),
        ([{"Âge (années)": "61", "age": None}], "age_years", [61]),
        ([{"Duration weeks": "26"}], "duration_months", [5.98]),  # 26 × 7 / 30.4375
        ([{"cycles": "k.A.", "margin": "unbekannt"}, {"cycles": "6"}], "cycles", [np.nan, 6]),
        (
            [{("patient cycles " * 12).strip(): "1"}],
            "sex",
            ["female"],
        ),  # a name that YAML would not put before a colon
    ],
)
def test_what_the_codebook_does_not_know_passes_with_the_lines(
    codebook, synonyms, rows, variable, clean
):
    tables = tables_of(*rows)
    error = refusal(clean_cohort, tables, codebook, synonyms=synonyms)
    own = codebook_of(codebook, paste(error, "codebook"))
    patients, *_ = clean_cohort(tables, own)
    np.testing.assert_array_equal(patients[variable], clean)


def test_nothing_that_is_guessed_is_live(codebook, synonyms):
    """Pasted as they are, the lines add what is certain and nothing else."""
    tables = tables_of({"Duration (weeks)": "26", "Zyklen": "6", "sex": "weiblich", "nurse": "A"})
    text = str(refusal(clean_cohort, tables, codebook, synonyms=synonyms))
    own = yaml.safe_load(text[text.index("\ncodebook:\n") :])["codebook"]
    assert own["variables"]["duration_months"] == {"columns": {"Duration (weeks)": "weeks"}}
    assert own["variables"]["cycles"] == {"columns": None}
    merged = codebook_of(codebook, own)
    assert merged["variables"]["cycles"] == codebook["variables"]["cycles"]
    assert merged["variables"]["sex"] == codebook["variables"]["sex"]
    assert merged["ignored"] == codebook["ignored"]
    assert len(undecided_lines(text)) == 3


def test_a_value_that_nothing_knows_is_asked_with_all_levels(codebook, synonyms):
    error = refusal(
        clean_cohort, tables_of(*[{"sex": "not stated other"}] * 3), codebook, synonyms=synonyms
    )
    assert "# TODO: <level>: [not stated other]   # one of male, female, or a new" in str(error)
    own = codebook_of(codebook, paste(error, "codebook", **{"not stated other": "other"}))
    assert own["variables"]["sex"]["levels"]["other"] == ["not stated other"]


@pytest.mark.parametrize(
    "cell", ["Fatma", "Fatma Hassan", "28503121401234", "Xelox (Mona, 0100 123)", "seen by Dr. Z"]
)
def test_identifiers_in_known_columns(codebook, synonyms, cell):
    """What is rare and nothing knows stands in no line, only its place does."""
    tables = tables_of({"regimen": cell}, {})
    proposal = propose_unknown(tables, codebook, synonyms)
    lines = propose_codebook(proposal, tables, codebook, synonyms)
    assert cell not in lines
    assert "# TODO: raw.csv, row 2, regimen: (not shown), not one of xelox, folfiri" in lines


def test_a_name_is_shown_however_often_it_stands(codebook, synonyms):
    tables = tables_of(*[{"surgery": "Fatma Hassan"}] * 4)
    proposal = propose_unknown(tables, codebook, synonyms)
    lines = propose_codebook(proposal, tables, codebook, synonyms)
    assert "Fatma" not in lines


def test_a_value_is_told_once_however_many_rows_hold_it(codebook, synonyms):
    tables = tables_of(*[{"t_stage": "T1"}] * 3, {"t_stage": "T0"})
    error = refusal(clean_cohort, tables, codebook, synonyms=synonyms)
    assert len(error.problems) == 4
    message = str(error)
    assert message.startswith("2 problems in the input:\n")
    assert "raw.csv, rows 2, 3, 4, column t_stage: found 'T1'; expected one of: t2" in message
    assert message.count("# GUESS: t1: [T1]   # a new level") == 1
    assert "# TODO: <level>: [T0]   # one of t2, t3, t4, or a new level, as t0" in message


def test_two_columns_of_one_variable_are_both_asked(codebook, synonyms):
    ((file, frame, _),) = tables_of({"Size post (mm)": "4", "Size post mm": "5"})
    tables = [(file, frame.drop(columns="size_post_cm"), [])]
    guesses = unknown_columns(tables, codebook, synonyms)
    assert [guess.variable for guess in guesses.values()] == ["size_post_mm", "size_post_mm"]
    assert all(guess.why for guess in guesses.values())


def test_cells_alone_speak_for_one_variable_or_for_none(codebook, synonyms):
    def guessed(name, *cells):
        frame = pd.DataFrame({name: cells}, index=range(2, len(cells) + 2))
        return unknown_columns([("raw.csv", frame, [])], codebook, synonyms)[name]

    assert guessed("Where", "rektal?", "Rektum", "left", "?") is None  # 2 of 3
    assert guessed("Where", "rectal", "Rektum", "left", "?").variable == "primary_site"
    assert guessed("Not where", "rectal", "Rektum", "left", "?") is None
    assert guessed("Answer", "yes", "no") is None
    assert guessed("Kind", "2", "3") is None


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
    error = refusal(check_levels, frame, read_variables(variables))
    assert len(error.problems) == 3
    own = plan_of({"variables": variables}, paste(error, "plan"))["variables"]
    check_levels(frame, read := read_variables(own))
    assert read["regimen_class"].read(frame).tolist()[:2] == [
        "folfox", "combination"
    ]  # fmt: skip
    assert own["regimen_class"]["left_out"] == ["other"]
    cuts = [(level["at_least"], level["below"]) for level in own["lesions"]["levels"].values()]
    assert cuts == [(0, 1), (1, 2), (2, 3), (3, 3.5), (3.5, float("inf"))]


def test_a_response_that_no_group_holds_is_put_under_none(plan, make_patients):
    patients = make_patients(
        n=3,
        lesions_pre=2,
        lesions_post=0,
        size_pre_mm=30,
        size_post_mm=0,
        radiologist_response=None,
    )
    error = refusal(classify_response, patients, read_plan(plan), "recist_1_1")
    assert "expected: a response that one of the groups responders, progressive holds" in str(error)
    lines = error.paste["plan"]
    assert "# TODO: complete: which of responders, progressive does it belong to?" in lines
    assert undecided_lines(lines)
    assert yaml.safe_load(lines)["groups"] == plan["groups"]
    own = yaml.safe_load(lines.replace("[regressive,", "[complete, regressive,"))
    response, _ = classify_response(patients, read_plan(plan | own), "recist_1_1")
    assert response["group"].tolist() == ["responders"] * 3


@pytest.mark.parametrize(
    ("text", "name"),
    [("FOLFOX-6 ", "folfox_6"), ("<1 cm", "lt_1_cm"), ("4", "level_4"), ("ذكر", "level")],
)
def test_a_level_has_a_name_that_the_codebook_takes(text, name):
    assert name_level(text) == name
