"""The ensemble as a target, and its quantities against the registry of the paper."""

import json

import pytest
from repository import planned

from crlm.base.files import read_yaml
from crlm.description import read_patients
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.left_open import measure_quantities


def test_the_ensemble_is_planned_in_shares_and_two_sets(built):
    steps = planned(built, "ensemble", "--set-scatter", "ensemble=3")
    assert steps == {
        "reconstruct_start": 2,
        "reconstruct_ensemble": 2 * 3,
        "measure_bounds": 1,
        "collect_ensemble": 1,
        "ensemble": 1,
    }


def test_quantities_are_those_of_the_registry(built):
    results, plan = built / "results/2024", read_plan(read_yaml(built / "config/plan.yaml"))
    numbers = json.loads((results / "numbers/numbers.json").read_text(encoding="utf-8"))
    frame = read_patients(
        str(results / "cohort/patients.csv"),
        str(results / "response/response.csv"),
        plan,
    )
    found = measure_quantities(frame, plan, "number_and_size")
    assert found == {key: pytest.approx(numbers[key]["value"], rel=1e-12) for key in found}
    assert {"test.cycles.p", "correlation.cycles.rho", "agreement.recist_1_1.kappa"} <= set(found)
