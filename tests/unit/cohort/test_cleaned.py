"""Cleaning by the codebook: what is understood, what is refused, and every change logged."""

import pandas as pd
import pytest

from crlm.base.problems import InputError, Problem
from crlm.cohort.admission import admit_tables
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.pseudonyms import read_salt
from crlm.cohort.reading import parse_cell
from crlm.plan.additions import codebook_of

# A patient in whom nothing has to be changed.
PATIENT = {
    "patient_id": "P01", "age_years": "45", "sex": "male", "comorbidity": "no",
    "primary_site": "rectum", "lesions_pre": "2", "size_pre_mm": "42.5", "regimen": "xelox",
    "cycles": "6", "duration_months": "4.5", "lesions_post": "1", "size_post_mm": "30",
    "pathological_response": "partial", "size_pathology_mm": "28", "surgery_year": "2023",
}  # fmt: skip


@pytest.fixture
def clean(codebook):
    """Clean raw rows (each the changes to PATIENT; None takes the column away from all)."""

    def run(*changes, file="raw.csv"):
        rows = [PATIENT | {"patient_id": f"P{i:02d}"} | c for i, c in enumerate(changes, start=1)]
        absent = [column for column, cell in rows[0].items() if cell is None]
        frame = pd.DataFrame(rows, index=range(2, len(rows) + 2), dtype=object)
        frame = frame.drop(columns=absent).fillna("")
        return clean_cohort([(file, frame, [])], codebook)

    return run


@pytest.fixture
def refused(clean):
    """Return the problems, without the file, of rows that have to be refused."""

    def run(*changes):
        with pytest.raises(InputError) as caught:
            clean(*changes)
        assert {p.file for p in caught.value.problems} == {"raw.csv"}
        return [tuple(p[1:]) for p in caught.value.problems]

    return run


DATES = "year-month-day or day-month-year, the year in four digits"

# --- Cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit", "cell", "value", "rule"),
    [
        # Units: of the column, or in the cell, which goes before it.
        ("size_pre_mm", "mm", "23", 23, "number"),
        ("size_pre_mm", "cm", "2.3", 23, "cm to mm"),
        ("size_pre_mm", "cm", "1.1", 11, "cm to mm"),  # in binary 1.1 × 10 is not 11
        ("size_pre_mm", "cm", "4.35", 43.5, "cm to mm"),
        ("size_pre_mm", "mm", "2.3 cm", 23, "cm to mm"),
        ("size_pre_mm", "mm", "2,3cm", 23, "cm to mm"),
        ("size_pre_mm", "cm", "23 mm", 23, "number"),
        ("size_pre_mm", "cm", " 23  MM ", 23, "number"),
        ("size_pre_mm", "mm", "23,5", 23.5, "decimal comma"),
        ("size_pre_mm", "mm", "+23.0", 23, "number"),
        # 12 weeks of 7 days, in months of 365.25/12 = 30.4375 days: 84/30.4375 = 2.7598 months.
        ("duration_months", "weeks", "12", 2.76, "weeks to months"),
        ("duration_months", "months", "12 weeks", 2.76, "weeks to months"),
        ("duration_months", "months", "4,5 months", 4.5, "decimal comma"),
        # Whole numbers, ranges: at both bounds.
        ("age_years", "years", "16", 16, "number"),
        ("age_years", "years", "89", 89, "number"),
        # Safe Harbor (45 CFR 164.514): ages over 89 in one category of 90 or older.
        ("age_years", "years", "90", 90, "capped"),
        ("age_years", "years", "100", 90, "capped"),
        ("age_years", "years", "45.0", 45, "number"),
        ("lesions_post", "lesions", "0", 0, "number"),
        ("size_pre_mm", "mm", "300", 300, "number"),
        ("size_pre_mm", "cm", "30", 300, "cm to mm"),
        ("size_pre_mm", "cm", "0.1", 1, "cm to mm"),
        # Levels: with any case and blanks.
        ("sex", None, "male", "male", "spelling"),
        ("sex", None, " M ", "male", "spelling"),
        ("sex", None, "WOMAN", "female", "spelling"),
        ("regimen", None, "Capecitabine  and\n Oxaliplatin", "xelox", "spelling"),
        ("margin", None, "< 1 MM", "lt_1_mm", "spelling"),
        ("comorbidity", None, "none", "no", "spelling"),
        ("additional_therapy", None, "no", "none", "spelling"),
        ("grade", None, "II", "grade_2", "spelling"),
        # Dates, ids.
        ("surgery_year", None, " 2023-05-17 ", 2023, "date to year"),
        ("surgery_year", None, "20230517", 2023, "date to year"),
        ("surgery_year", None, "2024-02-29", 2024, "date to year"),
        ("surgery_year", None, "2024-02-29 00:00:00", 2024, "date to year"),
        ("surgery_year", None, "17.05.2023", 2023, "date to year"),
        ("surgery_year", None, "3/4/2023", 2023, "date to year"),
        ("surgery_year", None, "2000-01-01", 2000, "date to year"),
        ("surgery_year", None, "2035-12-31", 2035, "date to year"),
        ("surgery_year", None, "2023", 2023, "number"),
        ("surgery_year", None, "2023.0", 2023, "number"),  # as pandas writes it
        ("surgery_year", None, "5-Jan-2023", 2023, "date to year"),
        ("surgery_year", None, "12. März 2023", 2023, "date to year"),
        ("surgery_year", None, "5 janv. 2023", 2023, "date to year"),
        ("surgery_year", None, "5/1/2023 12:00:00 AM", 2023, "date to year"),
        ("patient_id", None, " 007 ", "007", "surrounding blanks"),
    ],
)  # fmt: skip
def test_cells_understood(codebook, name, unit, cell, value, rule):
    variable = codebook["variables"][name]
    assert parse_cell(cell, variable, unit, codebook["missing_codes"]) == (value, rule)


@pytest.mark.parametrize(
    ("name", "unit", "cell", "expected"),
    [
        ("age_years", "years", "forty", "a number (years)"),
        ("age_years", "years", "45.5", "a whole number"),
        ("age_years", "years", "15", "16 to 100 years"),
        ("age_years", "years", "101", "16 to 100 years"),
        ("age_years", "years", "-45", "16 to 100 years"),
        ("age_years", "years", "45 months", "a number (years), not in months"),
        ("age_years", "years", "nan", "a number (years)"),
        ("age_years", "years", "inf", "a number (years)"),
        ("age_years", "years", "4_5", "a number (years)"),
        ("lesions_pre", "lesions", "0", "1 to 60 lesions"),
        ("lesions_pre", "lesions", ">3", "a number (lesions)"),
        ("lesions_pre", "lesions", "1,200", "1 to 60 lesions"),
        ("size_pre_mm", "mm", "0.9", "1 to 300 mm"),
        ("size_pre_mm", "mm", "300.1", "1 to 300 mm"),
        ("size_pre_mm", "cm", "30.1", "1 to 300 mm"),
        ("size_pre_mm", "cm", "42", "1 to 300 mm"),  # mm in a column of cm
        ("size_pre_mm", "mm", "2.3 inch", "a number (mm), not in inch"),
        ("size_pre_mm", "mm", "23 24", "a number (mm)"),
        ("size_pre_mm", "cm", "large", "a number (cm)"),
        ("size_pre_mm", "mm", "1,234.5", "1 to 300 mm"),
        ("duration_months", "months", "0.4", "0.5 to 36 months"),
        ("duration_months", "weeks", "2", "0.5 to 36 months"),  # 14/30.4375 = 0.46 months
        ("sex", None, "males", "one of: male, female"),
        ("t_stage", None, "t1", "one of: t2, t3, t4"),
        *(
            ("surgery_year", None, cell, f"a date that exists, written {DATES}")
            for cell in ("2023-02-29", "2023-13-01", "5/17/2023", "2023517", "202305", "1.5.23")
        ),
        ("surgery_year", None, "1999-12-31", "a year from 2000 to 2035"),
        ("surgery_year", None, "2036", "a year from 2000 to 2035"),
    ],
)
def test_cells_refused(codebook, name, unit, cell, expected):
    variable = codebook["variables"][name]
    with pytest.raises(ValueError) as caught:
        parse_cell(cell, variable, unit, codebook["missing_codes"])
    assert str(caught.value) == expected


# The codes are written out: a code that the codebook drops should be noticed.
MISSING = ["", "NA", "N/A", "unknown", "not known", "not recorded", "?", "-", "999"]


@pytest.mark.parametrize("code", [*MISSING, "  ", " na ", "Not   Known", "UNKNOWN"])
@pytest.mark.parametrize("name", ["cycles", "comorbidity", "surgery_year"])
def test_missing_codes(codebook, name, code):
    found = parse_cell(code, codebook["variables"][name], None, codebook["missing_codes"])
    assert found == (None, "missing code")


@pytest.mark.parametrize("code", MISSING)
@pytest.mark.parametrize("name", ["patient_id", "age_years", "sex"])
def test_required_but_missing(codebook, name, code):
    variable = codebook["variables"][name]
    assert variable["required"]
    with pytest.raises(ValueError, match="this variable may not be missing"):
        parse_cell(code, variable, None, codebook["missing_codes"])


# --- Tables ---------------------------------------------------------------------------------------


def test_a_clean_table_passes_unchanged(clean, codebook):
    patients, log, flow, _ = clean({}, {})
    assert list(patients.columns) == list(codebook["variables"])
    known = patients.iloc[1].dropna().map(lambda v: f"{v:g}" if isinstance(v, float) else v)
    assert known.to_dict() == PATIENT | {"patient_id": "P02"}
    assert log.empty
    assert list(log.columns) == ["file", "row", "column", "raw", "clean", "rule"]
    assert flow.values.tolist() == [
        ["received", "patients in the raw data", 2],
        [
            "no_follow_up_imaging",
            "no imaging after chemotherapy (neither number nor size)",
            0,
        ],
        ["analysed", "patients analysed", 2],
    ]


def test_each_changed_cell_is_a_line_of_the_log(clean):
    changes = {
        "sex": " Male", "age_years": "45.0", "size_pre_mm": "2.3 cm", "comorbidity": "NA",
        "duration_months": "4,5", "surgery_year": "2023-05-17", "patient_id": "P02 ",
        "size_post_mm": "123.4567", "size_pathology_mm": " ",
    }  # fmt: skip
    patients, log, *_ = clean({}, changes, {})
    assert log.values.tolist() == [
        ["raw.csv", 3, "patient_id", "P02 ", "P02", "surrounding blanks"],
        ["raw.csv", 3, "age_years", "45.0", "45", "number"],
        ["raw.csv", 3, "sex", " Male", "male", "spelling"],
        ["raw.csv", 3, "comorbidity", "NA", "", "missing code"],
        ["raw.csv", 3, "size_pre_mm", "2.3 cm", "23", "cm to mm"],
        ["raw.csv", 3, "duration_months", "4,5", "4.5", "decimal comma"],
        ["raw.csv", 3, "size_pathology_mm", " ", "", "missing code"],
        ["raw.csv", 3, "surgery_year", "(not shown)", "2023", "date to year"],
    ]  # size_post_mm is kept as it is, whatever its decimals
    assert patients["size_post_mm"].tolist() == [30, 123.4567, 30]


def test_columns_by_other_names_and_units(clean):
    changes = {
        "age_years": None, " Age ": "45", "size_pre_mm": None, "SIZE_PRE_CM": "2.3",
        "duration_months": None, "duration_weeks": "26",
    }  # fmt: skip
    patients, log, *_ = clean(changes)
    # 26 × 7/30.4375 = 5.9795 months
    read = patients[["age_years", "size_pre_mm", "duration_months"]]
    assert read.values.tolist() == [[45, 23.0, 5.98]]
    assert log[["column", "raw", "clean", "rule"]].values.tolist() == [
        ["SIZE_PRE_CM", "2.3", "23", "cm to mm"],
        ["duration_weeks", "26", "5.98", "weeks to months"],
    ]


def test_columns_that_may_be_absent_are_empty(clean):
    patients, log, *_ = clean({"cycles": None, "duration_months": None, "surgery_year": None}, {})
    assert patients[["cycles", "duration_months", "surgery_year"]].isna().all(axis=None)
    assert patients["cycles"].dtype == "float64"
    assert log.empty


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"blood_group": "A"},
            (1, "blood_group", "blood_group", "a column that config/codebook.yaml names"),
        ),
        (
            {"size_pre_cm": "4.25"},
            (1, "size_pre_cm", "size_pre_cm",
             "one column for size_pre_mm, which column size_pre_mm is already"),
        ),
        (
            {"age_years": None},
            (1, "age_years", "no such column", "a column named age_years or age"),
        ),
        ({"t_stage": "T1"}, (2, "t_stage", "T1", "one of: t2, t3, t4")),
        ({"age_years": "15"}, (2, "age_years", "15", "16 to 100 years")),
        ({"sex": ""}, (2, "sex", "", "a value: this variable may not be missing")),
        ({"patient_id": ""}, (2, "patient_id", "", "a value: this variable may not be missing")),
    ],
)  # fmt: skip
def test_what_the_codebook_does_not_know_is_refused(refused, changes, problem):
    assert refused(changes) == [problem]


BASELINE = "the number or the largest size of the metastases before chemotherapy"
NO_SIZE = "no size after chemotherapy where no metastasis is left"
A_SIZE = "a size above 0 mm where metastases are left after chemotherapy"
TWO_WEEKS = "at least two weeks (0.45 months) for each cycle"
NO_TUMOUR = "no tumour to measure where the pathological response is complete"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lesions_pre": "", "size_pre_mm": "NA"}, ("empty, empty", BASELINE)),
        ({"lesions_pre": ""}, None),
        ({"size_pre_mm": ""}, None),
        ({"lesions_post": "0", "size_post_mm": "1"}, ("0, 1", NO_SIZE)),
        ({"lesions_post": "0", "size_post_mm": "0"}, None),
        ({"lesions_post": "0", "size_post_mm": ""}, None),
        ({"lesions_post": "1", "size_post_mm": "0"}, ("0, 1", A_SIZE)),
        ({"lesions_post": "", "size_post_mm": "0"}, None),
        ({"cycles": "10", "duration_months": "4.49"}, ("4.49, 10", TWO_WEEKS)),
        ({"cycles": "10", "duration_months": "4.5"}, None),
        ({"cycles": "10", "duration_months": ""}, None),
        ({"cycles": "", "duration_months": "0.5"}, None),
        ({"pathological_response": "pCR", "size_pathology_mm": "28"}, ("complete, 28", NO_TUMOUR)),
        ({"pathological_response": "pCR", "size_pathology_mm": ""}, None),
        ({"pathological_response": "", "size_pathology_mm": "28"}, None),
    ],
)
def test_combinations_that_cannot_be(clean, refused, changes, problem):
    if problem is None:
        patients, *_ = clean({}, changes)
        assert len(patients) == 2
    else:
        ((row, column, *found),) = refused({}, changes)
        assert row == 3
        assert set(column.split(" and ")) == set(changes)
        assert tuple(found) == problem


def test_every_check_of_the_codebook_has_a_case_here(codebook):
    expected = {check["expected"] for check in codebook["checks"]}
    assert expected == {BASELINE, NO_SIZE, A_SIZE, TWO_WEEKS, NO_TUMOUR}


def test_an_id_that_comes_twice(refused):
    same = {"patient_id": "P01", "sex": "M"}
    other = {"patient_id": " P01", "sex": "F", "cycles": ""}
    expected = "each patient once; raw.csv, row 2 has this id too, and "
    assert refused({}, {}, same, other) == [
        (4, "patient_id", "P01", expected + "the same values"),
        (5, "patient_id", "P01", expected + "differs in sex, cycles"),
    ]


def test_all_problems_at_once_in_order_of_file_and_row(clean, codebook):
    def table(*changes):
        rows = [PATIENT | change for change in changes]
        return pd.DataFrame(rows, index=range(2, len(rows) + 2)).fillna("")

    second = table(
        {"patient_id": "P05", "sex": "x", "nurse": "A"},
        {"patient_id": "P06", "lesions_pre": "", "size_pre_mm": ""},
        {"patient_id": "P01"},
    )
    first = table({"cycles": "0", "age_years": "15"}, {"patient_id": "", "cycles": "12"})
    unreadable = [Problem("c.csv", 4, "", "1 cells", "15 cells, as in the header")]
    tables = [("c.csv", pd.DataFrame(), unreadable), ("b.csv", second, []), ("a.csv", first, [])]
    with pytest.raises(InputError) as caught:
        clean_cohort(tables, codebook)
    assert [tuple(p[:4]) for p in caught.value.problems] == [
        ("a.csv", 2, "age_years", "15"),
        ("a.csv", 2, "patient_id", "P01"),
        ("a.csv", 2, "cycles", "0"),  # which may be a code: a question, after what is wrong
        ("a.csv", 3, "patient_id", ""),
        ("a.csv", 3, "duration_months and cycles", "4.5, 12"),
        ("b.csv", 1, "nurse", "nurse"),
        ("b.csv", 2, "sex", "x"),
        ("b.csv", 3, "lesions_pre and size_pre_mm", "empty, empty"),
        ("c.csv", 4, "", "1 cells"),
    ]
    assert str(caught.value).startswith("9 problems in the input:\na.csv, row 2, column age_years:")


def test_two_raw_files_make_one_cohort(codebook):
    new = pd.DataFrame([PATIENT | {"patient_id": "P03", "sex": "F"}], index=[2])
    old = pd.DataFrame([PATIENT, PATIENT | {"patient_id": "P02"}], index=[2, 5])
    old = old.drop(columns=["cycles", "comorbidity", "surgery_year"])
    tables = [("new.csv", new, []), ("old.csv", old, [])]
    patients, log, flow, cells = clean_cohort(tables, codebook)
    assert patients["patient_id"].tolist() == ["P01", "P02", "P03"]
    assert patients["sex"].tolist() == ["male", "male", "female"]
    assert patients["cycles"].isna().tolist() == [True, True, False]
    assert log.values.tolist() == [["new.csv", 2, "sex", "F", "female", "spelling"]]
    assert flow.iloc[0]["patients"] == 3
    # Every cell is kept, with its place: changed or not, and only where the file has the column.
    of_p02 = cells[(cells["patient_id"] == "P02") & cells["variable"].isin(["sex", "cycles"])]
    assert of_p02.values.tolist() == [
        ["P02", "sex", "old.csv", 5, "sex", PATIENT["sex"], PATIENT["sex"], "spelling"]
    ]
    assert len(cells) == 3 * len(PATIENT) - 2 * 3


def test_patients_are_conserved(clean):
    """Received = excluded by a named criterion + analysed."""
    gone = {"lesions_post": "", "size_post_mm": "NA"}
    patients, log, flow, _ = clean({}, gone, {"size_post_mm": ""}, gone, {"lesions_post": ""})
    counts = dict(zip(flow["step"], flow["patients"], strict=True))
    assert counts == {"received": 5, "no_follow_up_imaging": 2, "analysed": 3}
    assert patients["patient_id"].tolist() == ["P01", "P03", "P05"]
    assert (log["row"] == 3).sum() == 1  # the cells of those left out are logged too: NA


def test_nobody_left_is_refused(clean):
    with pytest.raises(InputError, match="no patient is left after the exclusions"):
        clean({"lesions_post": "", "size_post_mm": ""})


def test_one_patient(clean):
    patients, _, flow, _ = clean({})
    assert len(patients) == 1
    assert flow["patients"].tolist() == [1, 0, 1]


def test_every_spelling_of_the_codebook_gives_its_own_level(codebook):
    """A spelling that stood under two levels would always be read as the first."""
    for name, variable in codebook["variables"].items():
        for level, spellings in variable.get("levels", {}).items():
            for spelling in (level, *spellings):
                found, _ = parse_cell(spelling.upper(), variable, None, codebook["missing_codes"])
                assert found == level, (name, spelling)


# --- What may not leave the house -----------------------------------------------------------------

SECRETS = {
    "patient_id": "EG-29803151401", "age_years": "97", "surgery_year": "17.05.2023",
    "born": "3/4/1926", "name": "Mona Zaki", "first_seen": "2022-05-18",
}  # fmt: skip
INTERVAL = {
    "label": "Time to surgery", "type": "interval", "required": True, "unit": "months",
    "min": 0, "max": 60, "date_order": "day_month",
    "columns": {"first_seen": "from", "surgery_year": "to"},
}  # fmt: skip


@pytest.fixture
def strict(codebook, tmp_path, monkeypatch):
    """A codebook that transforms all of SECRETS."""
    salt = tmp_path / "salt"
    salt.write_text("0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("CRLM_SALT_FILE", str(salt))
    read_salt.cache_clear()
    yield codebook_of(
        codebook,
        {
            "dropped": ["Name"],
            "variables": {
                "patient_id": {"pseudonym": True},
                "months_to_surgery": INTERVAL,
                "born_year": codebook["variables"]["surgery_year"]
                | {"min": 1900, "columns": {"born": None}},
            },
        },
    )
    read_salt.cache_clear()


def test_no_secret_is_in_anything_that_is_made(strict):
    rows = pd.DataFrame([PATIENT | SECRETS], index=[2])
    made = admit_tables([("raw.csv", rows, [])], strict)
    patients, log, _, cells = made
    patient = patients.iloc[0]
    # 2022-05-18 to 2023-05-17 are 364 days; 364/30.4375 = 11.96
    assert patient["months_to_surgery"] == 12.0
    assert patient[["age_years", "surgery_year", "born_year"]].tolist() == [90, 2023, 1926]
    text = "\n".join(frame.to_csv() for frame in made)
    for secret in [*SECRETS.values(), "29803151401", "Zaki"]:
        assert secret not in text
    assert dict(zip(log["column"], log["rule"], strict=True)) == {
        "patient_id": "pseudonym", "age_years": "capped", "surgery_year": "date to year",
        "born": "date to year", "first_seen to surgery_year": "interval",
    }  # fmt: skip
    assert set(log["raw"]) == {"(not shown)"}
    assert set(cells["patient_id"]) == {patient["patient_id"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"born": "31/31/1926"}, f"a date that exists, written {DATES}"),
        ({"born": "17.05.1826"}, "a year from 1900 to 2035"),
        ({"first_seen": "2023-06-17"}, "0 to 60 months between them"),
        ({"first_seen": "?"}, "a value: this variable may not be missing"),
    ],
)
def test_a_message_shows_no_date(strict, changes, expected):
    with pytest.raises(InputError) as caught:
        clean_cohort([("raw.csv", pd.DataFrame([PATIENT | SECRETS | changes], [2]), [])], strict)
    (problem,) = caught.value.problems
    assert problem.expected == expected
    assert not set(filter(str.isdigit, problem.value))


def test_an_id_that_comes_twice_is_named_by_its_pseudonym(strict):
    rows = pd.DataFrame([PATIENT | SECRETS] * 2, index=[2, 3])
    with pytest.raises(InputError) as caught:
        clean_cohort([("raw.csv", rows, [])], strict)
    assert "29803151401" not in str(caught.value)
    assert "each patient once" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("surgery_year", "17.05.2023", "2023"),
        ("surgery_year", "2023-05-17", "2023-05-18"),
        ("age_years", "97", "79"),
    ],
)
def test_a_corrected_cell_shows_no_secret(codebook, column, old, new):
    raw = pd.DataFrame([PATIENT | {column: old}], index=[2])
    line = [["P01", column, old, new, "typing error"]]
    names = ["patient_id", "column", "old", "new", "reason"]
    amended = [("corrections.csv", pd.DataFrame(line, columns=names, index=[2]), [])]
    _, log, _, cells = clean_cohort([("raw.csv", raw, [])], codebook, amended)
    assert log[["column", "raw", "rule"]].values.tolist() == [
        [column, "(not shown)", "correction: typing error"]
    ]
    assert old not in cells.to_csv()


def test_a_correction_that_does_not_fit_shows_no_secret(codebook):
    raw = pd.DataFrame([PATIENT | {"patient_id": "29803151401"}], index=[2])
    lines = [
        ["29803151402", "age_years", "45", "46"],
        ["29803151401", "surgery_year", "17.05.2023", "18.05.2023"],
    ]
    columns = ["patient_id", "column", "old", "new"]
    table = pd.DataFrame(lines, columns=columns, index=[2, 3]).assign(reason="typing error")
    gone = pd.DataFrame({"patient_id": ["29803151403"], "reason": [""]}, index=[2])
    with pytest.raises(InputError) as caught:
        clean_cohort(
            [("raw.csv", raw.assign(surgery_year="16.05.2023"), [])], codebook,
            [("corrections.csv", table, [])], [("withdrawn.csv", gone, [])],
        )  # fmt: skip
    assert len(caught.value.problems) == 4
    assert not any(secret in str(caught.value) for secret in ("298031514", ".05.", "05-"))
