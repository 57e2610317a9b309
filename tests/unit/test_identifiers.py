"""Direct identifiers: each kind is found, told without being shown; clinical tables raise none."""

import pandas as pd
import pytest
import yaml
from conftest import ROOT

from crlm.additions import codebook_of
from crlm.identifiers import find_identifiers, identify, require_anonymous
from crlm.problems import InputError
from crlm.received import read_raws


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *((c, "date") for c in (
            "2023-05-17", "17.5.2023", "17/05/23", "2023/5/7", "20230517", "3 May 1950",
            "May 12, 2023", "12 mai 1968", "operated 2023-05-17", "2023-05-17 00:00:00")),
        *((c, "phone") for c in (
            "+20 100 123 4567", "01001234567", "(0100) 123-4567", "0033 1 44 55 66 77",
            "tel 0100/1234567")),
        *((c, "number") for c in ("1234567", "29803151401234", "MRN1234567", "1234567.0")),
        *((c, "name") for c in ("Dr A. Hassan", "seen by Prof. Omar", "Mrs Zaki")),
        *((c, "e-mail") for c in ("a@b.org", "www.x.org/mona", "mona (at) x.org")),
        ("write to mona.zaki@hospital.example please", "e-mail"),
        *((c, "address") for c in (
            "12 Main Street", "Hauptstraße 5", "P.O. Box 7", "3 rue Royale")),
        ("came back on day three with fever and went home", "text"),
    ],
)  # fmt: skip
def test_each_kind_is_found_and_masked(cell, kind):
    found, mask = identify(cell)
    assert found == kind
    assert not set(mask.casefold().split()) & set(cell.casefold().split()) - {"of", "a", "an"}


@pytest.mark.parametrize(
    "cell",
    [
        "45", "42.5", "4,35", "0.0123456789", "-43.037975123", "123456.75", "1.2e-10", "N1,2",
        "1 mm - 4 mm", "2022-2024", "10-20", "100 - 200 - 300", "T3N1M0", "chemotherapy + target",
        "1/2/3", "3.5 cm", "2023", "CRLM-01", "P-123456789012", "7 months", "ypT3 ypN1a (2/17)",
        "second line of a targeted drug", "12,000", "250000", "99.9%", "< 1 mm",
    ],
)  # fmt: skip
def test_clinical_values_are_no_identifiers(cell):
    assert identify(cell) is None


@pytest.fixture
def found(codebook):
    """Return (row, column, kind of remedy) of what is found in a table given by its columns."""

    def run(columns, **additions):
        frame = pd.DataFrame(columns, dtype=object)
        frame.index = range(2, len(frame) + 2)
        problems = find_identifiers(frame, "raw.csv", codebook_of(codebook, additions))
        return [(p.row, p.column, p.value) for p in problems]

    return run


@pytest.mark.parametrize(
    ("column", "cells", "row", "mask"),
    [
        ("Patient Name", ["", "mona zaki"], 3, "(8 letters, not shown)"),
        ("patientSurname", ["Zaki", "Zaki"], 2, "(4 letters, not shown) (and in 1 more row)"),
        ("Nom", ["Dupont", ""], 2, "(6 letters, not shown)"),
        ("MRN", ["4711", "?"], 2, "(4 digits, not shown)"),
        ("hospital_no", ["4711", "4"], 2, "(4 digits, not shown) (and in 1 more row)"),
        ("Patient record number", ["4711", ""], 2, "(4 digits, not shown)"),
        ("patient hospital id", ["4711", ""], 2, "(4 digits, not shown)"),
        ("Patient No", ["A1", "12345678"], 3, "a number of 8 digits"),
        ("Tel.", ["", "12 34"], 3, "(4 digits, not shown)"),
        ("home address", ["Zamalek", ""], 2, "(7 letters, not shown)"),
        ("DOB", ["", "18333"], 3, "a date as a number"),
        ("dob", ["12.3.1950", "13.3.1950"], 2, "a date (and in 1 more row)"),
        ("Notes", ["called Dr Hassan", ""], 2, "(14 letters, not shown)"),
        ("ward", ["Mona Zaki", "3"], 2, "(8 letters, not shown)"),  # by the cell
        ("ward", ["ZAKI, MONA", "3"], 2, "(8 letters, not shown)"),
        ("ward", ["منى زكي", "3"], 2, "(6 letters, not shown)"),
        ("size_pre_mm", ["12", "Mona El-Sayed"], 3, "(11 letters, not shown)"),
        ("size_pre_mm", ["12", "2023-05-17"], 3, "a date"),
        ("sex", ["m", "she came with her husband who told us everything"], 3,
         "a text of 9 words"),
        ("patient_id", ["CRLM-01", "Mona Zaki"], 3, "(8 letters, not shown)"),
        ("patient_id", ["CRLM-01", "123456"], 3, "(6 digits, not shown)"),
        ("Patient", ["2023-05-17", "7"], 2, "a date"),
    ],
)  # fmt: skip
def test_an_identifier_is_found_at_its_row(found, column, cells, row, mask):
    assert found({column: cells}) == [(row, column, mask)]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("patient_id", ["CRLM-01", "P07", "112", "12345"]),
        ("sex", ["Male", "M", "Woman", "?"]),
        ("regimen", ["Capecitabine and Oxaliplatin", "Chemotherapy + target", "Other agents", ""]),
        ("regimen", ["Mfolfox Six", "", "", ""]),  # a new level: a question for the author
        ("surgery_date", ["2023-05-17", "17.5.2023", "", "2023"]),
        ("drug name", ["Xeloda Generic", "Folfox Six", "", ""]),
        ("redcap_event_name", ["baseline_arm_1"] * 4),
        ("record_id", ["1", "2", "3", "4"]),
        ("Patient No", ["A1", "A2", "A3", "A4"]),
        ("site of tumour", ["Segment Four", "Left Lateral", "", ""]),
        ("lesion", ["Left Colon", "Partial Response", "", ""]),  # words of the codebook
        ("ward", ["North Wing", "North Wing", "East Wing", "East Wing"]),  # names come once
        ("notes", ["none", "nil", "", "?"]),
        ("imaging", ["CT THORAX", "MRI ABDOMEN", "PET CT", ""]),
        ("date of surgery", ["", "2023", "", ""]),  # a year alone
        ("cea_ng_ml", ["12.5", "123456.75", "3,2", "999"]),
        ("age", ["89", "93", "100", "?"]),  # the codebook caps it
    ],
)
def test_a_clinical_column_is_no_false_alarm(found, column, cells):
    assert found({column: cells}) == []


@pytest.mark.parametrize("cohort", sorted((ROOT / "config/cohorts").glob("*.yaml")))
def test_the_committed_cohorts_are_no_false_alarm(codebook, cohort):
    cohort = yaml.safe_load(cohort.read_text(encoding="utf-8"))
    tables, _ = read_raws(cohort["raw"], cohort["dictionaries"])
    merged = codebook_of(codebook, cohort["codebook"])
    for file, raw, problems in tables:
        assert not problems
        assert len(raw) > 5
        assert find_identifiers(raw, file, merged) == []


def test_an_age_without_a_cap_is_found(codebook):
    variable = {k: v for k, v in codebook["variables"]["age_years"].items() if k != "cap"}
    bare = codebook | {"variables": codebook["variables"] | {"age_years": variable}}
    raw = pd.DataFrame({"age": ["89", "90"]}, index=[2, 3])
    assert [(p.row, p.value) for p in find_identifiers(raw, "f", bare)] == [(3, "an age")]


def test_what_the_codebook_transforms_is_no_finding(found):
    columns = {"MRN": ["4711"], "patient_id": ["1234567"], "seen": ["2023-05-17"], "ward": ["9"]}
    assert [column for _, column, _ in found(columns)] == ["MRN", "patient_id", "seen"]
    interval = {
        "label": "Delay", "type": "interval", "required": False, "unit": "days", "min": 0,
        "max": 900, "date_order": "day_month", "columns": {"seen": "from", "operated": "to"},
    }  # fmt: skip
    assert (
        found(
            columns,
            dropped=["mrn "],
            variables={"patient_id": {"pseudonym": True}, "delay": interval},
        )
        == []
    )


def test_all_findings_of_all_tables_are_told_at_once(codebook):
    tables = [
        (file, pd.DataFrame({"patient_id": ["1234567"], "phone": ["0100 123 4567"]}, [2]), [])
        for file in ("a.csv", "b.csv")
    ]
    with pytest.raises(InputError) as caught:
        require_anonymous(tables, codebook)
    message = str(caught.value)
    assert message.startswith("4 problems in the input:\na.csv, row 2, column patient_id: found")
    assert "set `pseudonym: true` there, or say how your pseudonyms look" in message
    assert not any(text in message for text in ("1234567", "0100", "4567"))
