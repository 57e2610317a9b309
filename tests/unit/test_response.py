"""The response rules at, below and above every cut-off, their precedence, and their agreement."""

import math

import pandas as pd
import pytest

from crlm.base.problems import InputError
from crlm.plan.analysis import read_plan
from crlm.response import classify, classify_response, measure_change

MEASURED = ["lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm"]


def classify_one(plan, rule, *measured):
    frame = pd.DataFrame([measured], columns=MEASURED, dtype="float64")
    found = classify(frame, plan["response_rules"][rule]).iloc[0]
    return tuple(None if pd.isna(value) else value for value in found)


def patients_of(rows, **columns):
    """Patients from (lesions before, after, size before, after, radiologist's reading)."""
    frame = pd.DataFrame(rows, columns=[*MEASURED, "radiologist_response"])
    frame = frame.astype(dict.fromkeys(MEASURED, "float64") | {"radiologist_response": object})
    return frame.assign(patient_id=[f"P{i}" for i in range(1, len(frame) + 1)], **columns)


def classify_cohort(plan, rows):
    return classify_response(patients_of(rows), read_plan(plan), "number_and_size")


MORE, GROWTH = ("progressive", "more lesions"), ("progressive", "growth")
FEWER, SHRINKAGE = ("regressive", "fewer lesions"), ("regressive", "shrinkage")
NEITHER, UNDECIDED = ("stationary", "neither"), (None, None)
NEW = ("progressive", "new lesions")
GONE, PARTIAL = ("complete", "disappearance"), ("partial", "shrinkage")
STABLE, NOT_EVALUABLE = ("stable", "neither"), ("not_evaluable", "no size after chemotherapy")


@pytest.mark.parametrize(
    ("measured", "number_and_size", "recist"),
    [
        # Shrinkage, cut at −30 %: 21/30 = 70 %.
        ((1, 1, 30, 21), SHRINKAGE, PARTIAL),
        ((1, 1, 30, 21.1), NEITHER, STABLE),
        ((1, 1, 30, 20.9), SHRINKAGE, PARTIAL),
        # −30 % where neither 0.7 nor 30.1 is a binary fraction: 100 × (30.1 − 43)/43 is above −30.
        ((1, 1, 43, 30.1), SHRINKAGE, PARTIAL),
        ((1, 1, 43, 30.2), NEITHER, STABLE),
        ((1, 1, 1.1, 0.77), SHRINKAGE, PARTIAL),
        # Growth, cut at +20 % where 5 mm are passed: 50 mm + 20 % = 60 mm.
        ((1, 1, 50, 60), GROWTH, GROWTH),
        ((1, 1, 50, 59.9), NEITHER, STABLE),
        ((1, 1, 50, 60.1), GROWTH, GROWTH),
        # Growth, cut at +5 mm where 20 % are passed: 5/20 = 25 %.
        ((1, 1, 20, 25), GROWTH, GROWTH),
        ((1, 1, 20, 24.9), NEITHER, STABLE),
        ((1, 1, 20, 25.1), GROWTH, GROWTH),
        ((1, 1, 11.4, 16.4), GROWTH, GROWTH),  # in binary 16.4 − 11.4 is 4.999999999999998
        ((1, 1, 25, 30), GROWTH, GROWTH),  # both at the cut: 5 mm, 20 %
        ((1, 1, 10, 14), NEITHER, STABLE),  # 40 %, but 4 mm
        ((1, 1, 100, 110), NEITHER, STABLE),  # 10 mm, but 10 %
        # Number, cut at one lesion.
        ((2, 3, 40, 40), MORE, NEW),
        ((2, 2, 40, 40), NEITHER, STABLE),
        ((2, 1, 40, 40), FEWER, STABLE),
        # Precedence: progression before regression, number before size.
        ((1, 2, 40, 20), MORE, NEW),
        ((1, 2, 40, 60), MORE, NEW),
        ((3, 1, 40, 60), GROWTH, GROWTH),
        ((3, 1, 40, 20), FEWER, PARTIAL),
        ((1, 1, 40, 20), SHRINKAGE, PARTIAL),
        # Disappearance.
        ((3, 0, 40, None), FEWER, GONE),
        ((1, 0, 40, 0), FEWER, GONE),
        ((None, None, 40, 0), SHRINKAGE, GONE),
        ((None, 0, 40, None), SHRINKAGE, GONE),  # none is left: 0 mm
        # One criterion missing: it is not met, and stationary needs both.
        ((1, 2, None, None), MORE, NEW),
        ((2, 1, None, None), FEWER, NOT_EVALUABLE),
        ((2, 2, 40, None), UNDECIDED, NOT_EVALUABLE),
        ((2, 2, None, 40), UNDECIDED, NOT_EVALUABLE),
        ((None, 2, 50, 60), GROWTH, GROWTH),
        ((2, None, 50, 35), SHRINKAGE, PARTIAL),
        ((2, None, 50, 50), UNDECIDED, STABLE),
        ((None, None, None, None), UNDECIDED, NOT_EVALUABLE),
    ],
)
def test_rules(plan, measured, number_and_size, recist):
    assert classify_one(plan, "number_and_size", *measured) == number_and_size
    assert classify_one(plan, "recist_1_1", *measured) == recist


def test_parameters_move_the_cut_offs(plan):
    rule = plan["response_rules"]["number_and_size"]
    frame = pd.DataFrame([(1, 1, 30, 21), (1, 1, 50, 60)], columns=MEASURED, dtype="float64")
    strict = {"growth_percent": 20.1, "growth_mm": 5, "shrinkage_percent": 30.1}
    assert list(classify(frame, rule)["response"]) == ["regressive", "progressive"]
    assert list(classify(frame, rule | {"parameters": strict})["response"]) == ["stationary"] * 2


def test_changes_from_baseline():
    rows = [(3, 1, 40, 28, None), (1, None, 30, 45, None), (2, 0, 30, None, None)]
    changes = measure_change(patients_of(rows))
    assert list(changes["size_left_mm"]) == [28, 45, 0]
    assert list(changes["size_change_mm"]) == [-12, 15, -30]
    assert list(changes["size_change_percent"]) == [-30, 50, -100]
    assert changes["lesions_change"].iloc[0] == -2
    assert math.isnan(changes["lesions_change"].iloc[1])


def test_response_has_group_and_trace(plan):
    rows = [(1, 1, 30, 21, None), (2, 2, 40, 40, None), (1, 2, 40, 20, "stationary")]
    response, _ = classify_cohort(plan, rows)
    columns = ["patient_id", "response", "group", "criterion"]
    assert list(response.columns[:4]) == columns
    assert response[columns].values.tolist() == [
        ["P1", "regressive", "responders", "shrinkage"],
        ["P2", "stationary", "responders", "neither"],
        ["P3", "progressive", "progressive", "more lesions"],
    ]
    assert response.loc[2, ["size_change_percent", "lesions_change"]].tolist() == [-50, 1]
    assert response["recist_1_1"].tolist() == ["partial", "stable", "progressive"]
    assert response["radiologist_response"].fillna("").tolist() == ["", "", "stationary"]


def test_undecided_patients_are_all_named(plan):
    rows = [
        (1, 1, 30, 21, None),
        (2, 2, 40, None, "regressive"),  # the radiologist's reading does not fill in
        (None, None, 40, 40, None),
        (1, None, None, 30, None),
    ]
    with pytest.raises(InputError) as caught:
        classify_cohort(plan, rows)
    assert [str(p).split(":")[0] for p in caught.value.problems] == [
        "patient P2", "patient P3", "patient P4"
    ]  # fmt: skip
    assert "lesions 2 -> 2, largest 40 -> not known mm" in str(caught.value)
    assert "number and size before and after chemotherapy" in str(caught.value)


def test_a_response_in_no_group_is_refused(plan):
    groups = {name: dict(group) for name, group in plan["groups"].items()}
    groups["responders"]["responses"] = ["regressive"]
    patients = patients_of([(1, 1, 40, 40, None)])
    with pytest.raises(InputError, match=r"P1.*stationary, in no group"):
        classify_response(patients, read_plan(plan | {"groups": groups}), "number_and_size")


def test_agreement_by_hand(plan):
    """Kappa = (observed − chance) / (1 − chance).

    Rule: regressive 2, stationary 1, progressive 1. RECIST: partial, stable, stable, progressive,
    that is regressive 1, stationary 2, progressive 1: observed 3/4, chance (2·1 + 1·2 + 1·1)/16 =
    5/16, kappa (12 − 5)/(16 − 5) = 7/11. The radiologist read three of them, all as the rule:
    observed 1, kappa 1.
    """
    rows = [
        (1, 1, 30, 21, "regressive"),
        (2, 1, 40, 40, None),
        (2, 2, 40, 40, "stationary"),
        (1, 2, 40, 40, "progressive"),
    ]
    _, agreement = classify_cohort(plan, rows)
    assert list(agreement["reading"]) == ["recist_1_1", "radiologist"]
    assert list(agreement["n"]) == [4, 3]
    assert list(agreement["observed"]) == [0.75, 1]
    assert list(agreement["kappa"]) == pytest.approx([7 / 11, 1])
    assert agreement["ci_low"].iloc[0] < 7 / 11 < agreement["ci_high"].iloc[0]


def test_not_evaluable_by_recist_is_left_out_of_the_agreement(plan):
    rows = [(2, 1, 40, None, None), (1, 1, 30, 21, None), (1, 2, 40, 40, None)]
    _, agreement = classify_cohort(plan, rows)
    assert agreement.set_index("reading")["n"].to_dict() == {"recist_1_1": 2, "radiologist": 0}


@pytest.mark.parametrize(
    ("rows", "n", "observed"),
    [
        ([(1, 1, 30, 21, None)] * 3, 0, None),  # nobody has both readings
        ([(1, 1, 30, 21, "regressive")] * 3, 3, 1),  # all patients the same, by both readings
        ([(1, 1, 30, 21, "regressive")], 1, 1),  # one patient
    ],
)
def test_agreement_without_kappa(plan, rows, n, observed):
    _, agreement = classify_cohort(plan, rows)
    row = agreement.set_index("reading").loc["radiologist"]
    assert row["n"] == n
    assert math.isnan(row["observed"]) if observed is None else row["observed"] == observed
    assert row[["kappa", "ci_low", "ci_high"]].isna().all()
