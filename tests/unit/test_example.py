"""The synthetic cohort of 2025: the committed files, what they hold, and that they can be read."""

from pathlib import Path

import pandas as pd
import pytest
from hospitals import (
    SEMICOLONS,
    SPSS,
    WORKBOOK,
)
from many import draw_raw
from patients import simulate_cohort
from project import ROOT
from simulate import SEED, simulate

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.cohort.admission import admit_tables
from crlm.cohort.cleaned import clean_cohort
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.analysis import read_plan
from crlm.received.tables import read_raw, read_raws
from crlm.response import classify_response

FILES = [
    "synthetic_2025_a.csv",
    "synthetic_2025_b.xlsx",
    "synthetic_2025_c.sav",
    "synthetic_2025_d_redcap.csv",
    "synthetic_2025_d_dictionary.csv",
]


def read_config(name):
    return read_yaml(ROOT / "config" / name)


COHORT = read_config("cohorts/2025.yaml")
CODEBOOK = codebook_of(read_config("codebook.yaml"), COHORT["codebook"])
PLAN = plan_of(read_config("plan.yaml"), COHORT["plan"])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def simulated():
    return pd.concat(simulate_cohort(SEED).values()).set_index("patient_id")


def received():
    paths = [ROOT / path for path in COHORT["raw"]]
    return read_raws(paths, [ROOT / path for path in COHORT["dictionaries"]]).tables


@pytest.fixture(scope="module")
def patients():
    return clean_cohort(received(), CODEBOOK)[0]


@pytest.fixture(scope="module")
def response(patients):
    found, agreement = classify_response(patients, read_plan(PLAN), COHORT["response_rule"])
    return found.set_index("patient_id"), agreement.set_index("reading")


@pytest.mark.parametrize("name", FILES)
def test_the_committed_files_are_the_simulated_ones(written, name):
    frame, problems, notes = read_raw(str(written / name))
    committed, _, as_committed = read_raw(str(ROOT / "data/raw" / name))
    assert problems == []
    pd.testing.assert_frame_equal(frame, committed)
    assert [n[1:] for n in notes] == [n[1:] for n in as_committed]


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(written, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    again.mkdir()
    other.mkdir()
    simulate(again)
    simulate(other, seed=1)
    for name in FILES:
        assert (again / name).read_bytes() == (written / name).read_bytes()
        same = (other / name).read_bytes() == (written / name).read_bytes()
        assert same == (name == "synthetic_2025_d_dictionary.csv")


def test_the_files_are_in_the_formats_that_hospitals_send():
    assert [Path(file).name for file, *_ in received()[1:]] == FILES[:-1]
    first = (ROOT / "data/raw" / FILES[0]).read_bytes()
    with pytest.raises(UnicodeDecodeError):
        first.decode("utf-8")
    rows = [line.split(";") for line in first.decode("cp1252").splitlines()]
    assert {len(row) for row in rows} == {len(SEMICOLONS)}
    sizes = [row[i] for i, name in enumerate(rows[0]) if name.endswith("_cm") for row in rows[1:]]
    assert any("," in size for size in sizes)
    assert any("mm" in size for size in sizes)
    book = read_raw(str(ROOT / "data/raw" / FILES[1]))
    assert {"TRUE", "FALSE"} == set(book[0]["Alive_1y"]) - {"unknown", "NA", "not recorded"}
    assert "999" in set(book[0]["Cycles"])
    assert any(note.column == "Grade" for note in book[2])  # hidden


def test_the_cleaning_gives_back_the_simulated_patients(patients, simulated):
    """Every spelling, code, unit and missing code of each file is understood."""
    clean = patients.set_index("patient_id")
    columns = {
        "A": set(SEMICOLONS),
        "B": set(WORKBOOK) | {"surgery_year"},
        "C": set(SPSS) | {"surgery_year"},
        "D": set(WORKBOOK) - {"grade", "surgery_date"},
    }  # fmt: skip
    expected = simulated.assign(
        duration_months=simulated["duration_weeks"] * 84 / 365.25,
        surgery_year=simulated["surgery_date"].str[:4].astype(float),
    )
    measured = expected[~(expected["lesions_post"].isna() & expected["size_post_mm"].isna())]
    assert len(expected) - len(measured) == 2  # without imaging after chemotherapy: excluded
    assert set(measured.index) == {i for i in clean.index if i.startswith("SYN-")}
    for patient, row in measured.iterrows():
        own = columns[patient[4]] | {"duration_months"}
        for name in CODEBOOK["variables"]:
            if name == "patient_id":
                continue
            found = clean.at[patient, name]
            if name not in own or pd.isna(row[name]):
                assert pd.isna(found), (patient, name)
            elif name == "duration_months":
                assert found == pytest.approx(row[name], abs=0.05), patient
            else:
                assert found == row[name], (patient, name)


def test_the_rule_gives_the_response_that_the_patients_were_drawn_by(response, simulated):
    found = response[0].loc[response[0].index.str.startswith("SYN-"), "response"]
    assert found.to_dict() == simulated.loc[found.index, "response"].to_dict()
    assert set(found) == {"complete", "regressive", "stationary", "progressive"}


def test_the_readings_agree_but_not_wholly(response):
    # Landis and Koch 1977: above 0.6 substantial, 1 perfect
    assert response[1]["kappa"].between(0.6, 0.99).all()


def test_the_common_codebook_does_not_know_all_of_it():
    with pytest.raises(InputError) as error:
        clean_cohort(received(), read_config("codebook.yaml"))
    values = (problem.value for problem in error.value.problems)
    found = {getattr(value, "withheld", value).casefold() for value in values}
    assert {
        "folfox",
        "cr",
        "pt1",
        "liver first",
        "pve",
        "resection + rfa",
        "taille_avant_cm",
    } <= found


def test_some_levels_have_no_progressive_patient(patients, response):
    groups = patients.set_index("patient_id").join(response[0]["group"])
    for name, level in [
        ("t_stage", "t1"),
        ("additional_therapy", "portal_vein_embolisation"),
        ("pathological_response", "complete"),
    ]:
        assert set(groups.loc[groups[name] == level, "group"]) == {"responders"}, name


def test_response_goes_with_dose_and_course(patients, response):
    groups = patients.set_index("patient_id").join(response[0]["group"]).groupby("group")
    cycles = groups["cycles"].mean()
    assert cycles["responders"] > cycles["progressive"]
    recurrence = groups["recurrence_1y"].value_counts(normalize=True).unstack()["yes"]
    assert recurrence["progressive"] > recurrence["responders"]


def test_nothing_passes_for_real(simulated):
    assert COHORT["provenance"] == "synthetic"
    assert simulated.index.str.fullmatch(r"SYN-[ABCD]-\d\d").all()
    assert len(simulated) == 62
    assert all(author["name"].startswith("Example Author") for author in COHORT["authors"])
    assert all("synthetic" in COHORT[key] for key in ("title", "setting", "affiliation"))


def test_the_corrections_and_withdrawals_speak_of_what_is_there():
    table = read_raw(str(ROOT / COHORT["raw"][0]))[0].set_index("patient_id")
    (corrections,) = (read_raw(str(ROOT / path))[0] for path in COHORT["corrections"])
    assert list(corrections.columns) == ["patient_id", "column", "old", "new", "reason"]
    assert len(corrections) == 2
    for cell in corrections.itertuples():
        assert table.at[cell.patient_id, cell.column] == cell.old
        assert cell.new != cell.old
        assert cell.reason
    (withdrawn,) = (read_raw(str(ROOT / path))[0] for path in COHORT["withdrawn"])
    assert list(withdrawn.columns) == ["patient_id", "reason"]
    assert len(withdrawn) == 1
    assert set(withdrawn["patient_id"]) <= set(table.index) - set(corrections["patient_id"])


def test_a_correction_moves_a_response():
    """CRLM-23: 35 to 40 mm is stationary (+14 %), 33 to 40 mm progressive (+21 %, 7 mm)."""
    tables = received()[:1]
    before = clean_cohort(tables, CODEBOOK)[0]
    tables[0][1].loc[tables[0][1]["patient_id"] == "CRLM-23", "size_pre_mm"] = "33"
    after = clean_cohort(tables, CODEBOOK)[0]
    for frame, expected in ((before, "stationary"), (after, "progressive")):
        found = classify_response(frame, read_plan(PLAN), "number_and_size")[0].set_index(
            "patient_id"
        )
        assert found.at["CRLM-23", "response"] == expected


@pytest.mark.parametrize("n", [25, 1000])
def test_drawn_patients_pass_as_they_are(n):
    raw = draw_raw(n)
    raw.index = range(2, n + 2)
    patients, *_ = admit_tables([("drawn.csv", raw, [])], read_config("codebook.yaml"))
    plan = read_plan(read_config("plan.yaml"))
    response, _ = classify_response(patients, plan, "number_and_size")
    assert len(patients) == n and response["group"].nunique() == 2
    pd.testing.assert_frame_equal(draw_raw(n), raw.reset_index(drop=True))
