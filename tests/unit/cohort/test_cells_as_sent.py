"""Cells as hospitals send them: read where they are certain, asked or refused elsewhere."""

import numpy as np
import pandas as pd
import pytest
import yaml

from crlm.base.problems import InputError, merge_repeated
from crlm.cohort.admission import admit_tables
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.numerals import read_numeral, unit_of
from crlm.cohort.units import nearest_unit
from crlm.plan.additions import codebook_of

HEAD = "patient_id age_years sex lesions_pre size_pre_mm lesions_post size_post_mm"
FILE = "raw.csv"


def number(unit: str, low: float, high: float, kind: str = "number") -> dict:
    return {
        "label": "x", "type": kind, "unit": unit, "min": low, "max": high, "required": False,
    }  # fmt: skip


@pytest.fixture
def own(codebook):
    """Return the codebook with further numbers: platelets, CRP, BMI, a share."""
    return codebook_of(
        codebook,
        {
            "variables": {
                "plt": number("/µL", 0, 2_000_000, "integer") | {"columns": {"plt": "/µL"}},
                "crp": number("mg/L", 0, 2000) | {"columns": {"crp": "mg/L"}},
                "bmi": number("kg/m²", 10, 80) | {"columns": {"bmi": "kg/m²"}},
                "fat": number("%", 0, 100) | {"columns": {"fat": "%"}},
            }
        },
    )


def table(rows: list[str], head: str = HEAD) -> list[tuple]:
    """Return a raw table; cells are divided by bars."""
    cells = [row.split("|") for row in rows]
    frame = pd.DataFrame(cells, index=range(2, len(rows) + 2), columns=head.split(), dtype=object)
    return [(FILE, frame, [])]


def column(name: str, *cells: str) -> list[tuple]:
    """Return a raw table of patients like others, one column of which holds `cells`."""
    usual = [
        {"patient_id": f"P{i:02d}", "age_years": str(50 + i), "sex": "M", "lesions_pre": "2",
         "size_pre_mm": str(33 + i), "lesions_post": "2", "size_post_mm": str(28 + i), name: cell}
        for i, cell in enumerate(cells)
    ]  # fmt: skip
    return [(FILE, pd.DataFrame(usual, index=range(2, len(cells) + 2), dtype=object), [])]


def told(tables: list[tuple], codebook: dict, **more) -> list[tuple]:
    """Return row or rows, column, value, what was expected; nothing where all is read."""
    try:
        clean_cohort(tables, codebook, **more)
    except InputError as error:
        return [tuple(problem[1:]) for problem in merge_repeated(error.problems)]
    return []


def values(tables: list[tuple], codebook: dict, name: str) -> list:
    return clean_cohort(tables, codebook)[0][name].tolist()


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("250 000", 250000), ("250\u00a0000", 250000), ("250\u202f000", 250000),
        ("250'000", 250000), ("250’000", 250000), ("1,250,000", 1250000), ("1.250.000", 1250000),
        ("2,50,000", 250000), ("12,34,567.5", 1234567.5), ("1.250,5", 1250.5), ("1,250.5", 1250.5),
        ("٢٥٠", 250), ("٢٥٠٬٠٠٠", 250000), ("٣٫٥", 3.5), ("２５０", 250),
        ("3,5", 3.5), ("3·5", 3.5),
        ("−5", -5), ("+5", 5), ("\u00a035 ", 35), ("1e3", 1000), ("1.5E2", 150), ("1,5e2", 150),
        ("0.500", 0.5), (".5", 0.5), ("35.", 35), ("12345,678", 12345.678), ("45%", 45),
    ],
)  # fmt: skip
def test_a_number_in_any_writing(cell, number):
    assert {value for value, *_ in read_numeral(cell)[0].values()} == {number}


@pytest.mark.parametrize("cell", ["250,000", "250.000", "1.234", "9,999"])
def test_what_one_separator_divides_is_not_guessed(cell):
    assert len({value for value, *_ in read_numeral(cell)[0].values()}) == 2


@pytest.mark.parametrize(
    "cell",
    [
        "≥ 70",
        "<1",
        "3.5.",
        "> 3",
        "~35",
        "35-40",
        "35?",
        "35²",
        "23 24",
        "4_5",
        "1,23,45",
        "1,2,3",
        "35*",
    ],
)
def test_no_number_is_made_of_what_is_more_than_one(own, cell):
    ((row, _, _, expected),) = told(column("crp", "12", cell), own)
    assert (row, expected) == (3, "a number (mg/L)")


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("plt", ["250,000", "1,310,000"], [250000, 1310000]),
        ("plt", ["250.000", "1.310.000"], [250000, 1310000]),
        ("crp", ["1.234", "5.5"], [1.234, 5.5]),
        ("crp", ["1.234", "5,5"], [1234, 5.5]),
        ("size_pre_mm", ["35.125", "42.000"], [35.125, 42]),  # 35125 mm is no size
        ("bmi", ["23,125", "24"], [23.125, 24]),
    ],
)
def test_the_other_cells_tell_the_separator(own, name, cells, expected):
    assert values(column(name, *cells), own, name) == expected


@pytest.mark.parametrize(
    ("name", "cells", "either"),
    [
        ("plt", ["250,000", "310,000"], "250000 or 250 /µL"),
        ("crp", ["1.234", "5"], "1.234 or 1234 mg/L"),
        ("crp", ["250,000", "5"], "250000 or 250 mg/L"),  # although 250000 is beyond the limit
        ("crp", ["1,234", "1.5", "1,5"], "1234 or 1.234 mg/L"),
    ],
)
def test_where_none_tells_it_is_asked(own, name, cells, either):
    ((_, _, _, expected),) = told(column(name, *cells), own)
    assert expected == f"a number that can be read in one way ({either})"


@pytest.mark.parametrize(
    ("cells", "asked", "whole"),
    [
        ("0.25 0.30 0.284 1", "0.25, 0.30, 0.284, 1", True),  # as Excel stores 25%
        ("25% 30% 0.4 0.22", "0.4, 0.22", False), ("25 30 0.4 35", "0.4", False),
        ("25 30 1 0", "", False), ("0.5 3 12 35", "", False),
        ("5 20 0.5 40 0.05 0.3 60 80", "0.5, 0.05, 0.3", False),  # a part, beside a 5%
        ("0.5 1 2 0.8 3 5 0.2 10", "", False),  # a Ki-67 of less than 1%
    ],
)  # fmt: skip
def test_fractions_in_a_column_of_percents_are_asked(own, cells, asked, whole):
    found = told(column("fat", *cells.split()), own)
    assert [value for _, _, value, _ in found] == ([asked] if asked else [])
    values_of = "all" if whole else asked.split(", ")
    answer = {"file": FILE, "column": "fat", "values": values_of, "means": "fraction"}
    answers = {"answers": [answer | {"reason": "x"}] if asked else []}
    read = values(column("fat", *cells.split()), codebook_of(own, answers), "fat")
    if asked:  # a hundred times
        assert read == [float(c.rstrip("%")) * (100 if float(c.rstrip("%")) <= 1 else 1)
                        for c in cells.split()]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "asked"), [("H M H M", "H, M"), ("V M", "V, M"), ("H M F", ""), ("M m M", ""),
                         ("M male", "")]
)  # fmt: skip
def test_letters_that_all_mean_one_level_are_asked(own, cells, asked):
    """Hombre and mujer: with H among the spellings of male, all are men."""
    codebook = codebook_of(own, {"variables": {"sex": {"levels": {"male": ["h", "v"]}}}})
    found = told(column("sex", *cells.split()), codebook)
    assert [value for _, name, value, _ in found if name == "sex"] == ([asked] if asked else [])


def test_us_thousands(own):
    rows = ["P1|50|M|2|35.5|2|30.5|250,000"]
    assert values(table(rows, f"{HEAD} plt"), own, "plt") == [250000]


@pytest.mark.parametrize(
    ("means", "expected"), [("thousands", [1234, 5]), ("decimals", [1.234, 5])]
)
def test_the_answer_tells_the_separator(own, means, expected):
    answer = {"file": FILE, "column": "crp", "values": "all", "means": means, "reason": "x"}
    codebook = codebook_of(own, {"answers": [answer]})
    assert values(column("crp", "1.234", "5"), codebook, "crp") == expected


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        *(("age_years", cell, 45) for cell in
          ("45y", "45 yrs", "45 jaar", "45 yıl", "45 лет", "45 let", "45 y.o.",
           "45 Jahre", "45 ans", "45 años", "45 سنة", "٤٥ سنة")),
        ("size_pre_mm", "35 Mm", 35), ("size_pre_mm", "3,5 см", 35), ("size_pre_mm", "3,5 cm.", 35),
        ("crp", "12 MG/L", 12), ("bmi", "23.5 kg/m2", 23.5), ("fat", "45 %", 45),
        ("duration_months", "6 mo", 6), ("duration_months", "26 wks", 5.98),
    ],
)  # fmt: skip
def test_units_as_people_write_them(own, name, cell, expected):
    assert values(column(name, cell), own, name) == [expected]


def test_spellings_of_a_unit():
    assert unit_of("µmol/L") == unit_of("μmol/l") == unit_of("umol / L")
    assert unit_of("kg/m²") == unit_of("kg/m^2") != unit_of("kg/m")


@pytest.mark.parametrize("unit", ["inch", "ng/mL", "mg/dL"])
def test_another_unit_is_refused_by_its_name(own, unit):
    ((*_, expected),) = told(column("crp", f"12 {unit}"), own)
    assert expected == f"a number (mg/L), not in {unit.lower()}"


# --- Codes of missing values ----------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["999", "999.0", "999,0", "999.00"])
def test_a_missing_code_with_decimals(own, cell):
    assert pd.isna(values(column("bmi", cell), own, "bmi")[0])


@pytest.mark.parametrize(("means", "expected"), [("right", 999), ("missing", None)])
def test_a_missing_code_that_may_be_a_number_is_asked(own, means, expected):
    ((*_, value, said),) = told(column("crp", "12", "999"), own)
    assert value == "999" and "within the limits" in said
    answer = {"file": FILE, "column": "crp", "values": ["999"], "means": means, "reason": "x"}
    read = values(column("crp", "12", "999"), codebook_of(own, {"answers": [answer]}), "crp")
    assert read[1] == expected or (pd.isna(read[1]) and expected is None)


@pytest.mark.parametrize(
    ("name", "cells", "asked"),
    [
        ("age_years", "50 99", "99"), ("age_years", "50 61 47 98", "98"),
        ("age_years", "50 61 47 88", "88"), ("age_years", "35 70 52 61 88 66", "88"),
        ("age_years", "50 61 47 48", ""), ("age_years", "50 91 99", ""),
        ("age_years", "55 62 71 79 83 88 60", ""),
        ("lesions_pre", "1 2 1 3 9", "9"), ("lesions_pre", "1 4 7 8 9", ""),
        ("lesions_pre", "1 2 3 4 5 6 7 8 9 9 9 1 2 1", "9"), ("lesions_pre", "1 2 3 1 8 9", "8 9"),
        ("lesions_pre", "1 2 3 99", "99"), ("lesions_pre", "1 2 -9", "-9"),
        ("cycles", "4 6 8 9 9 6", ""), ("size_pre_mm", "35 48 22 25 40 99", "99"),
        ("size_pre_mm", "35 48 72 80 91 99", ""), ("size_pre_mm", "7 64 31 55 20 88 42 37", ""),
        ("age_years", "50 61 47 97", "97"), ("size_post_mm", "30 45 20 -1001", "-1001"),
        ("size_pre_mm", "35 48 22 0", "0"), ("cycles", "6 0 4", "0"),
        ("crp", "150 212 310 9999", "9999"), ("crp", "3.5 4.1 2.2 99.9", "99.9"),
        ("size_pre_mm", "40 45 50 60 70 99", "99"), ("size_pre_mm", "40 45 50 60 70 099", "099"),
    ],
)  # fmt: skip
def test_what_looks_like_a_code_and_stands_apart_is_asked(own, name, cells, asked):
    found = told(column(name, *cells.split()), own)
    assert [value for _, _, value, _ in found] == asked.split()


def test_ages_beside_years_of_birth(own):
    """Where 1958 stands for an age, 61 may be one or a year of birth."""
    rows = column("age_years", "1958", "61", "1947", "70", "63")
    assert [value for _, _, value, _ in told(rows, own)] == ["1958", "61, 70, 63", "1947"]
    answer = {"file": FILE, "column": "age_years", "values": ["61", "70", "63"], "means": "right"}
    answered = codebook_of(own, {"answers": [answer | {"reason": "x"}]})
    assert [value for _, _, value, _ in told(rows, answered)] == ["1958", "1947"]


def test_separators_are_no_answer_where_a_number_has_none(own):
    answer = {"file": FILE, "column": "crp", "values": ["12"], "means": "thousands", "reason": "x"}
    found = told(column("crp", "12", "5"), codebook_of(own, {"answers": [answer]}))
    assert [said for *_, said in found] == [
        "a cell that can be read in two ways, as 1.234 or 250,000: `answers` in the cohort's file"
    ]


def test_age99(own):
    rows = ["P1|50|M|2|35|2|30", "P2|99|F|2|48|2|45"]
    with pytest.raises(InputError) as caught:
        clean_cohort(table(rows), own)
    assert caught.value.problems[0][1:4] == (3, "age_years", "99")
    padded = column("age_years", *["050", "048", "051"], "099")
    assert [cell for _, _, cell, _ in told(padded, own)] == ["099"]  # of a fixed width
    answers = yaml.safe_load(caught.value.paste["codebook"].replace("# - ", "- "))["answers"]
    assert [(a["values"], a["means"]) for a in answers] == [(["99"], "missing"), (["99"], "right")]
    right = codebook_of(own, {"answers": answers[1:]})
    assert values(table(rows), right, "age_years") == [50, 90]  # capped, as an age of 99 is
    may_be_missing = {"answers": answers[:1], "variables": {"age_years": {"required": False}}}
    ages = values(table(rows), codebook_of(own, may_be_missing), "age_years")
    assert ages[0] == 50 and pd.isna(ages[1])


WORDS = ["k.A.", "k. A.", "unk", "Unbekannt", "n.a.", "nicht bekannt", "NR", "ND", "missing",
         "desconocido", "inconnu", "غير معروف", "#N/A", ".", "--",
         "<NA>", "NaT", "nan", r"\N", "nicht gemessen", "lost to follow-up", "pas de données",
         "لا توجد بيانات", "n. b.", "ausstehend", "pending", "no aplica",
         "s/d", "No info", "to follow", "folgt noch", "en cours", ".a", "xx"]  # fmt: skip


@pytest.mark.parametrize("name", ["crp", "grade"])
def test_words_for_what_is_missing_are_proposed_as_missing_codes(own, name):
    with pytest.raises(InputError) as caught:
        clean_cohort(column(name, *WORDS), own)
    assert len(caught.value.problems) == len(WORDS)
    lines = caught.value.paste["codebook"]
    assert yaml.safe_load(lines) is None  # nothing guessed is live
    pasted = yaml.safe_load(lines.replace("# GUESS: ", ""))
    assert pasted.keys() == {"missing_codes"}  # and no new level
    clean_cohort(column(name, *WORDS), codebook_of(own, pasted))


def test_a_word_that_is_0_in_one_column_is_no_missing_code_of_all(own):
    """Cycles are one at least; after chemotherapy there may be no lesion."""
    tables = column("cycles", "4", "nil")
    tables[0][1].loc[2, ["lesions_post", "size_post_mm"]] = "nil", ""
    with pytest.raises(InputError) as caught:
        clean_cohort(tables, own)
    assert [(p.row, p.column) for p in caught.value.problems] == [
        (2, "lesions_post"),
        (3, "cycles"),
    ]
    lines = caught.value.paste["codebook"]
    assert "missing_codes" not in lines
    assert "column: cycles, values: [nil], means: missing" in lines


@pytest.mark.parametrize(
    ("name", "cell", "hinted"),
    [("margin", "01-Apr", True), ("margin", "1-5", False), ("duration_months", "1. Mai", True),
     ("duration_months", "4,5 Mo x", False), ("n_stage", "01.02.2024", True),
     ("n_stage", "N1,3", False)],
)  # fmt: skip
def test_what_a_spreadsheet_made_a_date_of_is_told_as_that(own, name, cell, hinted):
    ((*_, expected),) = told(column(name, cell), own)
    assert ("a spreadsheet made a date of it" in expected) is hinted


@pytest.mark.parametrize("signs", ["+ -", "✓ ✗", "☑ ☐", "++ +"])
def test_signs_that_answer_are_no_codes_of_what_is_missing(own, signs):
    with pytest.raises(InputError) as caught:
        clean_cohort(column("comorbidity", *signs.split()), own)
    assert [p.row for p in caught.value.problems] == [2, 3]
    assert "missing_codes" not in caught.value.paste["codebook"]


def test_a_patient_without_an_id_is_no_summary(own):
    """N1 and the first row's own numbers are no words of statistics; Mean is one."""
    rows = ["P1|50|M|2|35|2|30|N0", "|51|F|1|48|2|45|N1", "|Mean|||41|||", "2|||||||"]
    one, *others = (
        expected.split(";")[0] for *_, expected in told(table(rows, f"{HEAD} n_stage"), own)
    )
    assert one == "a value: this variable may not be missing"
    assert others == [
        "a patient, not a summary of the rows above", "a patient, not a number or an id alone"
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["#DIV/0!", "#REF!", "#WERT!", "#¡VALOR!", "#NAME?", "Err:502"])
def test_an_error_of_a_spreadsheet_is_told_as_one(own, cell):
    ((row, _, value, expected),) = told(column("crp", "12", cell), own)
    assert (row, value) == (3, cell) and expected.startswith("a value, not an error")


def test_a_code_in_a_column_of_years_is_asked(own):
    ((row, _, value, expected),) = told(column("surgery_year", "2023", "9999"), own)
    assert (row, value) == (3, "9999") and "code for a missing value" in expected


def test_a_number_among_levels_is_proposed_as_a_missing_code(own):
    with pytest.raises(InputError) as caught:
        clean_cohort(column("grade", "II", "9", "III"), own)
    text = caught.value.paste["codebook"]
    assert "levels" not in text and "column: grade, values: ['9'], means: missing" in text


@pytest.mark.parametrize(
    ("word", "size", "asked"),
    [
        ("ND", "ND", True),  # "not done" of numbers, beside a level that is spelt so
        ("ND", "48", False),  # nothing says that it stands for what is missing
        ("none", "NR", False),  # another word
    ],
)
def test_a_level_spelt_like_what_is_missing_elsewhere_is_asked(own, word, size, asked):
    codebook = codebook_of(own, {"variables": {"comorbidity": {"levels": {"none": [word]}}}})
    rows = ["P1|50|M|2|35|2|30|none", f"P2|61|F|2|{size}|2|45|{word}"]
    found = told(table(rows, f"{HEAD} comorbidity"), codebook)
    assert [name for _, name, *_ in found if name == "comorbidity"] == ["comorbidity"] * asked
    answer = {"file": FILE, "column": "comorbidity", "values": [word], "means": "right"}
    answers = {"answers": [answer | {"reason": "x"}] if asked else [], "missing_codes": [size]}
    codebook = codebook_of(codebook, answers if size != "48" else {})
    assert "comorbidity" not in [name for _, name, *_ in told(
        table(rows, f"{HEAD} comorbidity"), codebook)]  # fmt: skip


# --- Units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cells", "asked"),
    [
        ("size_pre_mm", "35 48 4.5", "4.5"), ("size_pre_mm", "35.0 48.0 4.5", "4.5"),
        ("size_pre_mm", "35 48 40 52 5", "5"), ("size_pre_mm", "35.5 48.2 61.0 4.5", "4.5"),
        ("size_pre_mm", "35 48 25,12 40", "25,12"), ("size_pre_mm", "35 48 25,5 40", ""),
        ("size_pre_mm", "35 4.1 48 5.2 40 3.3", "4.1, 5.2, 3.3"),
        ("size_pre_mm", "35 4 48 5 40 3 61", "4, 5, 3"),
        ("size_pre_mm", "3 5 6 2 4 5 27 40 19 75 33 46", "3, 5, 6, 2, 4"),
        ("size_pre_mm", "3.5 4.8 6 2.2 35", "3.5, 4.8, 6, 2.2"),
        ("size_pre_mm", "3.5 4.8 6 2.2", "3.5, 4.8, 6, 2.2"),
        ("size_pre_mm", "8 12 20 35 40", ""), ("size_pre_mm", "35 48 0.45cm", ""),
        ("size_pre_mm", "35.5 48.2 61.0 1.5", ""),  # 15 mm would be as odd
        ("size_pre_mm", "35.5 48.2 61.0 9.5", ""), ("size_pre_mm", "12.5 31.5 8.5 60", ""),
        ("size_post_mm", "35 0 48", ""),
        ("size_pre_mm", "35 48 61 7 22 54 9 3.5", "3.5"),  # of the small ones one has decimals
        ("size_pre_mm", "3 5 6 2 12 4 1", "3, 5, 6, 2, 12, 4, 1"),  # none is from 20
        ("size_pre_mm", "35 22 48 61 54 3 30 27 41 38 9 33", "3, 9"),  # with one all are asked
        ("size_pre_mm", "35 3 48 4 2 22 15 12 3 61 28 10", "3, 4, 2"),  # many under 5 mm
        ("size_pre_mm", "35 22 48 9 54 4 30 12 41 38 15 33", "9, 4"),  # few have less than 10 mm
        ("size_post_mm", "35 22 48 9 54 4 30 12 41 38 15 33", ""),  # as some have after treatment
        ("size_pathology_mm", "36 93 13 48 7 61 75 9 55", ""),  # some are small, after chemotherapy
    ],
)  # fmt: skip
def test_numbers_in_another_unit_are_asked(own, name, cells, asked):
    rows = column(name, *cells.split())
    rows[0][1]["lesions_post"] = ["0" if c == "0" else "2" for c in rows[0][1]["size_post_mm"]]
    found = told(rows, own)
    assert [value for _, _, value, _ in found] == ([asked] if asked else [])


@pytest.mark.parametrize(
    ("name", "cells", "asked", "other"),
    [
        # a week is 7 days, a month 30.4, a year 365.25
        ("duration_months", "11 3 20 6 20 3 17 5.5 18 6 13 4.5", "11, 20, 17, 18, 13", "weeks"),
        ("duration_months", "2.5 3 4.5 6 4.5 3 17 23 17 26 13 19", "17, 23, 26, 13, 19", "weeks"),
        ("duration_months", "2.5 3 4.5 6 4.5 92 137", "92, 137", "days"),  # none is above 36
        ("duration_months", "3 4 6 5 0.25", "0.25", "years"),
        ("duration_weeks", "13 17 26 20 3 4 6 4.5", "3, 4, 6, 4.5", "months"),
        ("stay", "9 12 7 14 8 1.5 2 1 3", "1.5, 2, 1, 3", "weeks"),
        ("follow_up", "24 36 30 12 1.5 3 2 2.5", "1.5, 3, 2, 2.5", "years"),
        ("follow_up", "14 13 11 1 12 16 15 12", "1", "years"),  # a single one
        ("follow_up", "1 5 60 22 13 40 3", "", ""),  # from short to long
        ("duration_months", "3 4 16 5 3 4", "16", "weeks"),
        ("age_years", "50 61 47 600", "600", "months"),
        # a whole column beyond the limits of 0.5 to 36 months, of 16 to 100 years
        ("duration_months", "92 137 75 150", "92, 137, 75, 150", "days or in weeks"),
        ("duration_months", "0.25 0.4 0.3", "0.25, 0.4, 0.3", "years"),
        ("age_years", "600 732 540", "600, 732, 540", "months"),
        # as in 2024: a few long ones, of which the report asks by their cycles
        ("duration_months", "2.5 2.5 3 3 3.5 4 4.5 5 5.5 6 7 7.5 16 20 21", "", ""),
        ("duration_months", "2 3 4 5 6 8 9 12 15 18", "", ""),
        ("duration_months", "3 4 17", "", ""),
        ("duration_months", "2.5 3 4.5 6 17wk 23wk 17wk 26wk", "", ""),
    ],
)  # fmt: skip
def test_times_in_another_unit_are_asked(own, name, cells, asked, other):
    more = {
        "stay": number("days", 0, 200) | {"columns": {"stay": "days"}},
        "follow_up": number("months", 0, 200) | {"columns": {"follow_up": "months"}},
    }
    found = told(column(name, *cells.split()), codebook_of(own, {"variables": more}))
    assert [value for _, column_of, value, _ in found if column_of == name] == (
        [asked] if asked else []
    )
    assert all(f"or in {other}?" in expected for *_, expected in found)


@pytest.mark.parametrize(
    ("cells", "asked"),
    [("18 12 15 24 21 18 9 15", True), ("18 10 13 5 7 4 6 3.5", False)],  # three had a pause
)
def test_a_column_that_contradicts_another_in_most_rows_is_asked(own, cells, asked):
    """Cycles of three weeks each: 18 weeks in the column of months."""
    rows = column("duration_months", *cells.split())
    rows[0][1]["cycles"] = ["6", "4", "5", "8", "7", "6", "3", "5"]
    found = told(rows, own)
    assert [name for _, name, *_ in found] == ["duration_months"] * asked
    assert all("in months, or in weeks? (" in expected for *_, expected in found)
    answer = {"file": FILE, "column": "duration_months", "values": "all", "means": "right"}
    right = codebook_of(own, {"answers": [answer | {"reason": "x"}]})
    assert told(rows, right) == []


@pytest.mark.parametrize(
    ("name", "cells", "asked"),
    [
        # in thousands, as laboratories write platelets
        ("plt", "250 310000 180000 220000 150000", ["250 x1000"]),
        ("plt", "250 310 180 220 190000", ["190000 /1000"]),
        ("plt", "250 310 190000 220000", []),  # too few to tell
        ("plt", "250 310 280 190000 220000 180000", ["250, 310, 280 x1000",
                                                     "190000, 220000, 180000 /1000"]),
        ("bmi", "24.5 22.1 28 31 3.1", ["3.1 x10"]),
        ("crp", "31 35 42 38 3.6", ["3.6 x10"]),
        ("crp", "310 350 420 380 3.6 4.1", ["3.6, 4.1 x100"]),
        ("crp", "1 2 3 5 8 12 60 90 150", []),  # a long tail
        ("crp", "3 5 4 2 4000", ["4000 /1000"]),
        ("plt", "20000 180000 220000 150000", []),  # few, but not in another unit
        ("lesions_pre", "1 2 3 2 1 30", []),  # counted
    ],
)  # fmt: skip
def test_numbers_of_another_power_of_ten_are_asked(own, name, cells, asked):
    found = told(column(name, *cells.split()), own)
    said = [(value, expected) for *_, value, expected in found if "as they stand, or" in expected]
    assert [f"{v} {e.partition('? ')[0].split()[-1]}" for v, e in said] == asked


@pytest.mark.parametrize(
    ("name", "label", "asked"),
    [
        ("age_years", "Age of partner", "of partner"),
        ("age_years", "Edad de la madre", "of madre"),
        ("age_years", "Age at menarche", "of menarche"), ("grade", "Toxicity grade", "of toxicity"),
        ("cycles", "Adjuvant cycles", "of adjuvant"), ("sex", "Sex of the child", "of child"),
        ("lesions_pre", "Number of lung lesions", "of lung"),
        ("t_stage", "Clinical T stage", "of clinical"),
        ("morbidity_30d", "Morbidity 90 days", "of another time"),
        ("alive_1y", "Alive at 5 years", "of another time"),
        ("alive_1y", "Alive at 12 months", ""), ("alive_1y", "Alive after one year", ""),
        ("cycles", "No. of cycles of neoadjuvant chemotherapy", ""),
        ("age_years", "Patient age", ""),
        ("grade", "Histological grade of primary", ""), ("t_stage", "pT stage (TNM 8)", ""),
        ("age_years", "Year of birth", "of birth"),
        ("grade", "Clavien-Dindo grade", "of clavien"), ("lesions_pre", "Lymph nodes", "of nodes"),
        ("lesions_pre", "Lesion size", "of size_pre_mm"),
        ("duration_months", "Duration of follow-up", "of follow"),
        ("n_stage", "Lymph node stage", ""), ("two_stage", "Two stage (delayed)", ""),
        ("size_pre_mm", "Average of 2 readings (mm)", ""),
        ("size_pre_mm", "Average size", "of average"),
        ("size_post_mm", "Size at minimum 4 weeks", ""),
        ("size_post_mm", "Size on last CT before surgery (mm)", ""),
        ("size_post_mm", "Size on CT before treatment", "of before"),
        ("size_pre_mm", "Tumour size, smallest unit 1 mm", ""),
        ("size_post_mm", "Size after surgery", "of surgery"),
        ("duration_months", "Duration of surgery", "of surgery"),
        ("duration_months", "Duration of chemotherapy until surgery", ""),
        ("age_years", "Age at surgery", ""), ("age_years", "Alter zum Zeitpunkt der Operation", ""),
        ("age_years", "Age > 65", "of >"),
        ("two_stage", "One stage hepatectomy", "of another stage"),
        ("two_stage", "2-stage hepatectomy with a delayed second stage", ""),
        ("lesions_pre", "Lesions resected", "of resected"),
        ("lesions_post", "Lesions that disappeared", "of disappeared"),
        ("surgery_date", "Date of diagnosis", "of diagnosis"),
        ("surgery_date", "Date of liver surgery after chemotherapy", ""),
        ("n_stage", "Number of positive nodes", "of number"),
        ("alive_1y", "Alive at last follow-up", "of last"),
        ("cycles", "Cycles received (planned 6)", ""), ("cycles", "Planned cycles", "of planned"),
    ],
)  # fmt: skip
def test_a_label_that_speaks_of_something_else_is_asked(own, synonyms, name, label, asked):
    tables = column(
        name, *{"sex": "MF", "grade": ["II"], "t_stage": ["T3"], "n_stage": ["N0"]}.get(name, "1")
    )
    if name in ("age_years", "surgery_date"):
        tables[0][1][name] = "50" if name == "age_years" else "2023"
    tables[0][1].attrs["labels"] = {name: label}
    found = told(tables, own, synonyms=synonyms)
    said = [expected.partition("this one speaks ")[2] for *_, expected in found]
    assert [words.partition(". ")[0] for words in said] == ([asked] if asked else [])


def test_the_answer_tells_the_power_of_ten(own):
    answer = {"file": FILE, "column": "plt", "values": ["250"], "means": "x1000", "reason": "x"}
    cells = ["250", "310000", "180000", "220000"]
    read = values(column("plt", *cells), codebook_of(own, {"answers": [answer]}), "plt")
    assert read == [250000, 310000, 180000, 220000]
    ((*_, expected),) = told(column("plt", "250 x1000", *cells[1:]), own)
    assert expected == "a number (/µL)"  # in a cell it may be two numbers, as 35 x10


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        ("3.5 4.8 48", "48"),
        ("25 28 22", "25, 28, 22"),
        ("3.5 4.8 11", ""),
        ("3.5 7.8 11.3", ""),
        ("3.5 7.8 2.2 15", "15"),
        ("3.5 7.8 2.2 1.4 5.1 12.5 11", ""),  # as large with decimals
        ("3.5 7.8 2.2 1.4 5.1 6.6 4.3 8.8 10.5 15", "15"),
        ("3.5 7.5 2 1.5 5 6.5 4.5 9 12 3 2.5 8", ""),  # to half a cm: 12 is no wonder beside 9
    ],
)
def test_millimetres_in_a_column_of_centimetres(own, cells, asked):
    rows = column("size_pre_mm", *cells.split())
    renamed = [(FILE, rows[0][1].rename(columns={"size_pre_mm": "size_pre_cm"}), [])]
    found = told(renamed, own)
    assert [value for _, _, value, _ in found] == ([asked] if asked else [])


@pytest.mark.parametrize("usual", [0, -4])
def test_no_unit_brings_a_number_near_to_nothing_or_less(usual):
    assert nearest_unit(np.float64(30), np.float64(usual), {"cm": 10.0}) == ""


def test_mixed_units(own):
    rows = ["P1|50|M|2|35|2|3.0", "P2|51|F|2|48|2|45", "P3|52|M|2|4.5|2|40"]
    found = told(table(rows), own)
    assert [(row, name, value) for row, name, value, _ in found] == [
        (2, "size_post_mm", "3.0"), (4, "size_pre_mm", "4.5"),
    ]  # fmt: skip


MIXED = [35, 48, 61, 22, 147, 54, 43, 19, 74, 38, 45, 56]


@pytest.mark.parametrize("in_mm", [*({*range(k)} for k in (0, 2, 6, 10)), {0, 3, 5, 7, 8, 11}])
def test_cells_in_cm_are_asked_beside_a_large_one_with_decimals(own, in_mm):
    """14.7 cm looks like mm; it doesn't hide those that are in cm."""
    cells = [str(mm) if i in in_mm else f"{mm / 10:g}" for i, mm in enumerate(MIXED)]
    ((rows, name, *_),) = told(column("size_pre_mm", *cells), own)
    in_cm = {
        i for i in range(len(MIXED)) if i not in in_mm and (i != MIXED.index(147) or not in_mm)
    }
    assert (name, {int(row) - 2 for row in str(rows).split(", ")}) == ("size_pre_mm", in_cm)


@pytest.mark.parametrize(
    "cells",
    [
        ["35", "48.5", "61", "7.5", "22.5", "54", "9.5", "38.5"],  # mm with decimals
        ["35", "48", "61", "7", "22", "54", "9", "38.5"],
        ["1", "2", "5", "3", "10", "8", "20", "2", "12", "5", "1", "15"],  # as of margins
        [
            "56",
            "23",
            "20",
            "52",
            "6",
            "6",
            "18",
            "26",
            "23",
            "27",
            "24",
            "3",
            "17",
            "8",
            "34",
            "33",
        ],  # falling slowly
    ],
)
def test_small_ones_in_mm_are_not_asked(own, cells):
    assert not told(column("size_pre_mm", *cells), own)


def test_all_cm_in_mm(own):
    rows = [
        f"P{i}|{50 + i}|M|2|{pre}|2|{post}"
        for i, (pre, post) in enumerate(
            [("3.5", 3), ("4.8", 4.5), (6, 4), ("2.2", 2), ("3.1", 3), (5, 4)]
        )
    ]
    found = told(table(rows), own)
    assert [name for _, name, *_ in found] == ["size_pre_mm", "size_post_mm"]
    answers = [
        {"file": FILE, "column": name, "values": "all", "means": "cm", "reason": "x"}
        for name in ("size_pre_mm", "size_post_mm")
    ]
    found = values(table(rows), codebook_of(own, {"answers": answers}), "size_pre_mm")
    assert found == [35, 48, 60, 22, 31, 50]


@pytest.mark.parametrize(
    ("name", "cells", "followed", "asked"),
    [
        ("size_pre_mm", "12 15 14", range(110, 150, 4), True),
        ("size_pre_mm", "30 50 40", range(25, 60, 4), False),
        ("duration_months", "22 24 20", [4, 5, 6, 5, 4, 6, 5, 7, 5], True),
        ("duration_months", "7 9 8", [4, 5, 6, 5, 4, 6, 5, 7, 5], False),
    ],
)
def test_a_column_is_held_against_the_cohort_that_is_followed(own, name, cells, followed, asked):
    older = [("patients.csv", pd.DataFrame({name: list(map(str, followed))}), [])]
    found = told(column(name, *cells.split()), own, followed=older)
    assert [value for _, _, value, _ in found] == [", ".join(cells.split())] * asked


def test_a_file_is_held_against_the_others(own):
    sizes = [20, 30, 31, 35, 38, 40, 42, 45, 50]
    ((_, first, _),) = column("size_pre_mm", *map(str, sizes))
    ((_, second, _),) = column("size_pre_mm", *(str(s / 10) for s in sizes))
    second["patient_id"] = [f"Q{i}" for i in range(len(sizes))]
    found = told([("a.csv", first, []), ("b.csv", second, [])], own)
    assert [(value[:8], "median" in expected) for *_, value, expected in found] == [
        ("2.0, 3.0", True)
    ]


def test_an_answer_that_speaks_of_nothing_is_told(own):
    answer = {"file": FILE, "column": "size_pre_mm", "means": "cm", "reason": "x"}
    for wrong in (
        {"values": ["7"]}, {"values": "all", "column": "size"},
        {"values": ["35"], "means": "cmm"}, {"values": ["35"], "means": "fraction"},
        {"column": "sex", "values": ["M"], "means": "female"},
        {"column": "sex", "values": ["M"], "means": "x10"},
        {"values": ["4.5"], "means": "inch"}, {"values": ["999999"], "means": "weeks"},
    ):  # fmt: skip
        codebook = codebook_of(own, {"answers": [answer | wrong]})
        cells = ["35", "48", *({"4.5", "999999"} & {*wrong["values"]})]
        ((*_, expected),) = told(column("size_pre_mm", *cells), codebook)  # once
        assert "`answers`" in expected
    both = [answer | {"values": ["48"], "means": means} for means in ("missing", "right")]
    ((*_, value, _),) = told(column("size_pre_mm", "35", "48"), codebook_of(own, {"answers": both}))
    assert value == "48"


# --- Rows that are no patients --------------------------------------------------------------------

PATIENTS = ["P01|50|M|2|35|2|30", "P02|60|F|4|43|2|36", "P03|70|F|3|50|1|22"]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("Mean|60|M|3|42.7|1.7|29.3", "a summary"), ("Mean ± SD|||3|||", "a summary"),
        ("Total (n=3)|180||9|128|5|88", "a summary"), ("n = 3||||||", "a summary"),
        ("N|3||3|3|3|3", "a summary"), ("SD|10||1|7.5|0.6|7.0", "a summary"),
        ("Summe|180||9|128|5|88", "a summary"), ("Mittelwert|60||3|43|2|29", "a summary"),
        ("Total général|180||9||5|", "a summary"), ("Moyenne|60||3|43|2|29", "a summary"),
        ("Gesamtergebnis|180||9|128|5|88", "a summary"), ("St. Abw.|5||1|4|1|3", "a summary"),
        ("Średnia|60||3|43|2|29", "a summary"), ("Totaal|180||9||5|", "a summary"),
        ("Итого|180||9|128|5|88", "a summary"), ("平均|60||3|43|2|29", "a summary"),
        ("المتوسط|60||3|43|2|29", "a summary"), ("|60|Mittelwert|3|43|2|29", "a summary"),
        ("P04|60|F|3|42.7|1.67|29.3", "the mean, sum or count"),
        ("P04|180||9|128|5|88", "the mean, sum or count"),
        ("P04|3||3|3|3|3", "the mean, sum or count"),
        ("M = male||||||", "a note"), ("* p<0.05||||||", "a note"),
        ("|||||see protocol|", "a note"),
        ("exported on Monday||||||", "a note"), ("Legend|M = male|||||", "a note"),
        (HEAD.replace(" ", "|"), "a second row of names"),
        ("|years||n|mm|n|mm", "the units"),
        ("Patient|Age|Sex|Number|Size|Number|Size", "a second row of names"),
    ],
)  # fmt: skip
def test_rows_that_are_no_patients_are_refused(own, row, what):
    at = 0 if what in ("the units", "a second row of names") else 3
    rows = [*PATIENTS[:at], row, *PATIENTS[at:]]
    ((where, _, _, expected),) = told(table(rows), own)
    assert where == at + 2
    assert what in expected and "delete the row" in expected


@pytest.mark.parametrize("word", ["Mean", "Moyenne", "Итого", "Max"])
def test_totals2(own, word):
    rows = ["P01|50|M|2|35|2|30", "P02|60|F|4|43|2|36", f"{word}|55|M|3|39|2|33"]
    ((row, _, value, _),) = told(table(rows), own)
    assert (row, value) == (4, word)


@pytest.mark.parametrize(
    "rows",
    [
        PATIENTS,
        ["SD-01|50|M|2|35|2|30", "SD-02|60|F|4|43|2|36"],
        ["N1|50|M|2|35|2|30", "N2|60|F|4|43|2|36"],
        ["1|50|M|2|35|2|30", "2|60|F|4|43|2|36"],
        [*PATIENTS, "P04|60|F|3|31|1|20"],  # in two columns the mean
        [f"P0{i}|50|M|2|35|2|30" for i in range(4)],  # all alike
    ],
)
def test_patients_are_no_summaries(own, rows):
    assert told(table(rows), own) == []


def test_all_is_asked_at_once(own):
    rows = [*PATIENTS, "P04|99|x|2|4.5|2|31", "Mean|60|M|3|43|2|30"]
    found = told(table(rows), own)
    assert [(row, name) for row, name, *_ in found] == [
        (5, "sex"), (5, "age_years"), (5, "size_pre_mm"), (6, ""),
    ]  # fmt: skip


def test_what_is_no_table_of_patients_is_told_by_its_first_rows(own):
    """Nothing is said of the 9,000 other rows, and none of their cells is judged."""
    frame = pd.DataFrame(
        {name: [f"{name}{i / 7:.5f}" for i in range(10_000)] for name in HEAD.split()},
        index=range(2, 10_002), dtype=object,
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        admit_tables([(FILE, frame, [])], own)
    first, *others = caught.value.problems
    assert tuple(first[3:]) == ("10000 rows, of which 1000 were read", "these mended first")
    assert max(problem.row for problem in others) == 1001
    assert not any("lesions" in str(problem.value) for problem in others)


def test_large_tables_with_unknown_columns_are_told_by_their_first_rows(own):
    frame = pd.DataFrame({f"c{i}": ["1"] * 600 for i in range(500)}, index=range(2, 602))
    with pytest.raises(InputError) as caught:
        admit_tables([(FILE, frame, [])], own)
    assert caught.value.problems[0].value == "600 rows, of which 400 were read"
    assert "c0" in caught.value.paste["codebook"]
