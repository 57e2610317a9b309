"""The repository's own plan and codebook, and a small made-up cohort run through the stages."""

import gc
from itertools import cycle, islice
from types import SimpleNamespace

import pandas as pd
import pytest
from project import ROOT

from crlm.base.files import read_yaml
from crlm.comparison import compare_groups
from crlm.description import describe_tables, join_response
from crlm.ledger import keep_ledger
from crlm.multiverse import specify
from crlm.numbers.quantities import collect_numbers
from crlm.plan.analysis import read_plan
from crlm.response import classify_response

# Number and size (mm) before and after that the made-up patients have in turn: each response, each
# criterion, each of RECIST's levels, and each criterion once missing.
LESIONS = [
    ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm"),
    (1, 1, 40, 28),
    (2, 3, 39, 50),
    (3, 2, 60, 60),
    (1, None, 25, 40),
    (5, 6, 80, None),
    (2, 1, 55, None),
    (1, 1, 44, 44),
    (4, 0, 30, None),
    (2, 2, 35, 45),
    (1, 1, 50, 30),
    (3, 3, 70, 66),
]
# Lists of other lengths, so that the variables do not run in parallel; levels come in turn too.
NUMBERS = {
    "age_years": [33, 47, 51, 60, 72],
    "cycles": [3, 4, 6, 8, None, 9, 5],
    "duration_months": [3, 4.5, 6, 12, 5.5],
    "size_pathology_mm": [38, 40, None, 45, 20],
    **{name: list(values) for name, *values in zip(*LESIONS, strict=True)},
}

# A number in print, of two levels together.
JOINED = "all.pathological_response.partial_or_complete.n"
PRINTED = pd.DataFrame([{"section": "results", "table": "text", "text": "4", "key": JOINED}])
PRINTED[["place", "printed_as"]] = ""

# Cohorts that a clinician may well have, by the columns that are the same for all.
COHORTS = {
    "complete": {},
    "one patient": {"n": 1},
    "two patients": {"n": 2},
    "all responders": {"lesions_pre": 2, "lesions_post": 1, "size_pre_mm": 40, "size_post_mm": 40},
    "all progressive": {"lesions_pre": 1, "lesions_post": 2},
    "equal sizes": {"size_pre_mm": 43, "size_post_mm": 30, "size_pathology_mm": 43},
    "no cycles": {"cycles": None},
    "no duration, no pathology": {"duration_months": None, "size_pathology_mm": None},
    "no size": {"size_pre_mm": None, "size_post_mm": None, "lesions_pre": 2, "lesions_post": 1},
    "no category known": dict.fromkeys(
        ["comorbidity", "primary_site", "regimen", "radiologist_response", "grade", "t_stage",
         "n_stage", "approach", "surgery", "two_stage", "additional_therapy", "margin",
         "pathological_response", "morbidity_30d", "recurrence_1y", "alive_1y"]
    ),
    "one regimen": {"regimen": "capecitabine"},
}  # fmt: skip


def pytest_collection_finish():
    """Look for garbage seldom, and not among what stays: 3.4 s for 4.3 where tables are cleaned."""
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture(scope="session")
def plan() -> dict:
    return read_yaml(ROOT / "config/plan.yaml")


@pytest.fixture(scope="session")
def codebook() -> dict:
    return read_yaml(ROOT / "config/codebook.yaml")


@pytest.fixture(scope="session")
def synonyms() -> dict:
    return read_yaml(ROOT / "config/synonyms.yaml")


@pytest.fixture(scope="session")
def literature() -> dict:
    return read_yaml(ROOT / "data/literature.yaml")


@pytest.fixture(scope="session")
def make_patients(codebook):
    """Make a clean cohort of `n` patients; `columns` overrides whole columns by one value."""

    def make(n: int = 35, **columns) -> pd.DataFrame:
        patients = {}
        for name, variable in codebook["variables"].items():
            levels = [*variable.get("levels", []), None] if name != "sex" else ["male", "female"]
            values = pd.Series(
                list(islice(cycle(NUMBERS.get(name, levels)), n)),
                dtype="float64" if name in NUMBERS else object,
            )
            patients[name] = values
        frame = pd.DataFrame(patients)
        frame["patient_id"] = [f"P{i:02d}" for i in range(1, n + 1)]
        for name, value in columns.items():
            frame[name] = pd.Series(value, index=frame.index, dtype=frame[name].dtype)
        return frame

    return make


@pytest.fixture(scope="session")
def run_stages(plan, literature):
    """Run a clean cohort through all stages up to the registry, each once: not to be changed."""
    known = {}

    def run(patients: pd.DataFrame, tests: str = "published") -> SimpleNamespace:
        key = patients.to_csv(), tests
        known[key] = known.get(key) or run_anew(patients, tests)
        return known[key]

    def run_anew(patients: pd.DataFrame, tests: str) -> SimpleNamespace:
        read = read_plan(plan)
        response, agreement = classify_response(patients, read, "number_and_size")
        frame = join_response(patients, response)
        tables = describe_tables(frame, read)
        results, sensitivity = compare_groups(frame, read, tests)
        ledger = dict(zip(("ledger", "effects"), keep_ledger(frame, read, results), strict=True))
        ledger["specifications"] = specify(frame, read, "number_and_size", tests)
        n = len(patients)
        flow = pd.DataFrame(
            [
                ("received", "patients in the raw data", n + 2),
                ("no_follow_up_imaging", "no imaging after chemotherapy", 2),
                ("analysed", "patients analysed", n),
            ],
            columns=["step", "label", "patients"],
        )
        numbers, accounts = collect_numbers(
            frame,
            flow,
            tables,
            results,
            sensitivity,
            *ledger.values(),
            agreement,
            read,
            literature,
            {"from": 2022, "to": 2024},
            {},
            "number_and_size",
            PRINTED,
        )
        return SimpleNamespace(
            response=response, agreement=agreement, frame=frame, tables=tables, tests=results,
            sensitivity=sensitivity, ledger=ledger, flow=flow, numbers=numbers, accounts=accounts,
            printed=PRINTED,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session", params=COHORTS)
def study(request, make_patients, run_stages) -> SimpleNamespace:
    """Give the results of each cohort in turn."""
    return run_stages(make_patients(**COHORTS[request.param]))
