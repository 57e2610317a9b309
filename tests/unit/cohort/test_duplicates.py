"""Equal ids are one patient; ids and rows that only look alike are asked about, and only these."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import yaml
from cohorts import RESPONSES, Shape, make_raw, paste
from project import ROOT

from crlm.base.problems import InputError
from crlm.base.spelling import confusable, id_of
from crlm.cohort.admission import admit_tables
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.duplicates import find_alike_ids, rows_alike
from crlm.plan.additions import codebook_of
from crlm.received.tables import read_raws

RAW = ROOT / "data/raw/cohort_2024.csv"


@pytest.fixture
def raw():
    """Return the table of 2024 as received, to be changed."""
    ((_, frame, problems),) = read_raws([RAW]).tables
    assert not problems
    return frame


def build(codebook, *frames, corrections=(), withdrawn=()):
    tables = [(f"{'ab'[i]}.csv", frame, []) for i, frame in enumerate(frames)]
    return admit_tables(tables, codebook, corrections, withdrawn)


def refusal(codebook, *frames, **amending) -> InputError:
    with pytest.raises(InputError) as caught:
        build(codebook, *frames, **amending)
    return caught.value


def repeated(raw, row, patient, **cells):
    """Return the table with a row at its end that repeats another under another id."""
    again = raw.loc[[row]].assign(patient_id=patient, **cells).set_index(pd.Index([len(raw) + 2]))
    return pd.concat([raw, again])


# --- Ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        " CRLM-03 ", "\ufeffCRLM-03", "CRLM\u201003", "CRLM\u201103", "CRLM–03", "CRLM—03",
        "CRLM\u221203", "CRLM\ufe6303", "CR\u200bLM-03", "CRLM\u200d-03", "CRLM-\u00ad03",
        "\u200eCRLM-03\u200f", "CRLM-03\u2069", "CRLM-03\ufe0f", "ＣＲＬＭ－０３",
        "CRLM-٠٣", "CRLM-۰۳",
        "\u00a0CRLM-03\u202f", "CRLM-03.0",
    ],
)  # fmt: skip
def test_an_id_in_other_signs_is_the_same_id(codebook, raw, cell):
    assert id_of(cell) == "CRLM-03"
    raw = raw[["patient_id", "age_years", "sex", "lesions_pre", "lesions_post", "size_pre_mm"]]
    raw = raw.assign(patient_id=raw["patient_id"].mask(raw.index == 4, cell))
    patients, log, _, _ = build(codebook, raw)
    assert patients["patient_id"].tolist()[2] == "CRLM-03"
    rules = log.loc[log["column"] == "patient_id", "rule"].tolist()
    assert rules[0] in ("the same id in plain signs", "surrounding blanks")
    with pytest.raises(InputError, match="each patient once"):
        build(codebook, raw, raw.loc[[5]].assign(patient_id="CRLM-03"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CRLM-03", "crlm-03"), ("CRLM-03", "CRLM 03"), ("CRLM-03", "CRLM_03"), ("P7", "P07"),
        ("CRLM-03", "CRLM03"), ("CRLM-03", "CRLM-3"), ("CRLM-03", "CRLM-003"), ("7", "007"),
        ("CRLM-03", "CRLM-O3"), ("CRLM-10", "CRLM-l0"), ("CRLM-10", "CRLM-1O"), ("12", "I2"),
        ("7.0", "007"), ("CRLM-03", "CRLM/03"), ("P07", "Р07"), ("Α-1", "А-1"),  # Cyrillic, Greek
        ("P01", "PO1"), ("CRLM11", "CRLMI1"), ("7", "Patient 7"), ("7", "P07"), ("7", "Pat.-Nr. 7"),
        ("P07", "patient no. 7"), ("Fall 7", "7"), ("مريض 7", "7"),
    ],
)  # fmt: skip
def test_ids_that_look_alike_are_asked_about(codebook, one, other):
    assert id_of(one) != id_of(other)
    frames = [pd.DataFrame({"id": [i]}, index=[2]) for i in (one, other)]
    tables = [("a.csv", frames[0], []), ("b.csv", frames[1], [])]
    (problem,), _ = find_alike_ids(tables, codebook)
    assert problem[:3] == ("b.csv", 2, "id")
    assert "a.csv, row 2: write it alike where both are one patient" in problem.expected
    told = codebook | {"two_patients": [[other, one]]}
    assert find_alike_ids(tables, told) == ([], [])


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (["CRLM-03", "CRLM-04"], []),
        (["CRLM-03", "CRLM-33"], ["CRLM-33"]),  # a slip
        (["Fatma Hassan", "CRLM-99"], ["(11 letters, not shown)", "CRLM-99"]),
    ],
)
def test_two_patients_are_patients_of_the_cohort(codebook, raw, pair, told):
    known = codebook | {"two_patients": [pair]}
    if not told:
        build(known, raw)
        return
    problems = refusal(known, raw).problems
    assert [p.value for p in problems if p.file == "two_patients of the codebook"] == told


def test_record_numbers_are_told_apart_by_their_pseudonyms(codebook, monkeypatch, tmp_path):
    (tmp_path / "salt").write_text("sixteen bytes at the least", encoding="utf-8")
    monkeypatch.setenv("CRLM_SALT_FILE", str(tmp_path / "salt"))
    own = codebook["variables"]["patient_id"] | {"pseudonym": True}
    known = codebook | {"variables": codebook["variables"] | {"patient_id": own}}
    table = [("a.csv", pd.DataFrame({"id": ["4711823", "004711823"]}, index=[2, 3]), [])]
    problems, pairs = find_alike_ids(table, known)
    assert len(pairs) == 1 and "4711823" not in str(problems) + str(pairs)
    told = known | {"two_patients": [[*pair] for pair in pairs]}
    assert find_alike_ids(table, told) == ([], [])


def test_ids_are_compared_with_those_of_the_cohort_that_is_followed(codebook):
    before = [("patients.csv", pd.DataFrame({"patient_id": ["7", "8"]}, index=[2, 3]), [])]
    table = [("a.csv", pd.DataFrame({"id": ["007", "8"]}, index=[2, 3]), [])]
    (problem,), pairs = find_alike_ids(table, codebook, before)
    assert (problem.value, pairs) == ("007", [("7", "007")])
    assert "taken for 7 of patients.csv, row 2" in problem.expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("CRLM-03", "CRLM-30"), ("A1-2", "A-12"), ("1-12", "11-2"), ("SYN-A-01", "SYN-B-01"),
     ("I-01", "L-01"), ("CRLM-100", "CRLM-10"), ("PO-1", "P-01"), ("A7", "7"),
     ("Patient 7", "Patient 17"), ("P-12ab34cd56ef", "P-12ab34cd56e0")],
)  # fmt: skip
def test_ids_that_differ_are_not_asked_about(one, other):
    assert confusable(one) != confusable(other)


def test_padded_ids(codebook, raw):
    raw["patient_id"] = [f"{i:03d}" for i in range(1, 26)]
    first = raw.iloc[:15].assign(patient_id=[str(i) for i in range(1, 16)])
    again = raw.iloc[[6]].assign(age_years="63")
    error = refusal(codebook, first, pd.concat([again, raw.iloc[15:]]))
    assert "b.csv, row 8, column patient_id: found '007'; expected an id that can't be taken" in (
        str(error)
    )


@pytest.mark.parametrize("cell", ["CRLM–24", "\u200bCRLM-24", "crlm-24", "CRLM-024"])
def test_amendments_name_patients_by_the_same_rule(codebook, raw, cell):
    gone = ("gone.csv", pd.DataFrame({"patient_id": [cell], "reason": [""]}, index=[2]), [])
    if id_of(cell) == "CRLM-24":
        assert len(build(codebook, raw, withdrawn=[gone])[0]) == 24
    else:
        error = refusal(codebook, raw, withdrawn=[gone])
        assert "the id of a patient in the raw files (CRLM-24 is one)" in str(error)


# --- Rows ----------------------------------------------------------------------------------------


def test_same_patient_twice(codebook, raw):
    twice = repeated(repeated(raw, 4, "crlm-03"), 4, "X-99")
    error = refusal(codebook, twice)
    assert [(p.row, p.value) for p in error.problems] == [
        (27, "crlm-03"), (27, "crlm-03"), (28, "X-99"), (28, "X-99")
    ]  # fmt: skip
    assert "another patient than CRLM-03 (a.csv, row 4): all 25 values" in str(error)
    # Where somebody looked it up, the lines of the message let both pass.
    own = codebook_of(codebook, paste(error, "codebook"))
    assert len(build(own, twice)[0]) == 27


@pytest.mark.parametrize(
    "changes",
    [{"size_pre_mm": ""}, {"sex": "male", "regimen": "CAPOX"}, {"age_years": " 44"},
     {"cycles": "", "duration_months": "", "grade": ""}],
)  # fmt: skip
def test_a_row_is_alike_however_it_is_written_and_where_a_value_lacks(codebook, raw, changes):
    error = refusal(codebook, repeated(raw, 4, "X-99", **changes))
    assert [(p.row, p.value) for p in error.problems] == [(27, "X-99")]


def test_a_row_with_another_value_is_left_to_the_cleaning_report(codebook, raw):
    from crlm.cohort.questions import ask

    *_, cells = build(codebook, repeated(raw, 4, "X-99", age_years="45"))
    cells = cells.astype(str)
    asked = [q for q in ask(cells, codebook) if q.kind == "alike"]
    assert [(q.patient, q.values) for q in asked] == [("X-99", (("age_years", "45"),))]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [3, 40])
def test_drawn_cohorts_are_no_false_alarm(codebook, n, seed):
    fixed = {} if seed % 2 else {"sex": "male", "regimen": "xelox", "surgery": "missing"}
    shape = Shape(n, tuple(RESPONSES), fixed, seed=seed)
    raw = make_raw(shape, codebook)
    try:
        build(codebook, raw)
    except InputError as error:
        assert "another patient" not in str(error)
        assert "taken for" not in str(error)


def test_small_tables_of_few_columns_may_have_equal_rows(codebook):
    rows = [["P1", "50", "F", "4", "3"], ["P2", "50", "F", "4", "3"], ["P3", "61", "M", "4", "2"]]
    columns = ["id", "age", "sex", "size_pre_cm", "size_post_cm"]
    assert len(build(codebook, pd.DataFrame(rows, columns=columns, index=[2, 3, 4]))[0]) == 3


@pytest.mark.parametrize("cohort", sorted((ROOT / "config/cohorts").glob("*.yaml")))
def test_the_committed_cohorts_have_nobody_twice(codebook, cohort):
    cohort = yaml.safe_load(cohort.read_text(encoding="utf-8"))
    own = codebook_of(codebook, cohort["codebook"])
    tables = read_raws([ROOT / f for f in cohort["raw"]],
                       [ROOT / f for f in cohort["dictionaries"]]).tables  # fmt: skip
    assert find_alike_ids(tables, own) == ([], [])
    amending = [read_raws([ROOT / f for f in cohort[k]]).tables
                for k in ("corrections", "withdrawn")]  # fmt: skip
    assert len(clean_cohort(tables, own, *amending)[0]) > 20


def test_many_rows_take_no_time_of_all_pairs(codebook):
    from crlm.cohort.duplicates import rows_alike

    rng = np.random.default_rng(1)
    numbers = ["age_years", "size_pre_mm", "size_post_mm", "cycles", "duration_months"]
    names = [n for n in codebook["variables"] if n != "patient_id"]
    clean = pd.DataFrame({n: rng.integers(60 if n in numbers else 3, size=5000) for n in names})
    clean["patient_id"] = [f"P{i}" for i in range(len(clean))]
    clean.loc[4999, names] = clean.loc[5, names]
    assert [pair[:2] for pair in rows_alike(clean, codebook, 0)] == [(5, 4999)]


@pytest.mark.parametrize("apart", [0, 2])
def test_the_same_pairs_are_found_as_by_comparing_all_with_all(codebook, apart):
    rng = np.random.default_rng(5)
    names = [name for name in codebook["variables"] if name != "patient_id"]
    clean = pd.DataFrame({name: rng.integers(0, 6, 120).astype(str) for name in names})
    for a, b, changed, lost in ((3, 90, 0, 0), (4, 8, 2, 0), (50, 7, 0, 3), (60, 61, 1, 2)):
        clean.loc[b] = clean.loc[a]
        clean.loc[b, names[5 : 5 + changed]] = "other"
        clean.loc[b, names[10 : 10 + lost]] = None
    clean["patient_id"] = [f"P{i}" for i in range(120)]
    # Each variable has six levels, so that pairs agree in 25 values with a chance of 1 in 6^25.
    rows = clean.fillna("").to_dict("index")
    differ = [
        (a, b, [n for n in names if one[n] and two[n] and one[n] != two[n]])
        for (a, one), (b, two) in combinations(rows.items(), 2)
    ]
    expected = [(a, b, d) for a, b, d in differ if len(d) <= apart]
    assert [(a, b) for a, b, _ in expected] == [
        pair for pair in ((3, 90), (4, 8), (7, 50), (60, 61))
        if apart or pair in ((3, 90), (7, 50))
    ]  # fmt: skip
    found = rows_alike(clean, codebook, apart)
    assert [(a, b, differing) for a, b, _, differing in found] == expected
