"""The search of what is published finds patients in whatever form, and none where none is."""

import json
import zipfile

import pandas as pd
import pytest

from crlm.privacy.leaks import find_patients

ROWS = pd.DataFrame(
    {
        "patient_id": ["CRLM-01", "CRLM-02", "7"], "age_years": [43.0, 51.0, 60.0],
        "sex": ["male", "female", "male"], "site": ["left_colon", None, "rectum"],
        "lesions": [1.0, 2.0, 3.0], "size_mm": [22.0, 79.5, 41.0], "cycles": [3.0, None, 6.0],
        "months": [2.5, 21.0, 4.0], "grade": ["grade_3", "grade_2", "grade_2"],
        "margin": ["mm_1_to_4", "ge_1_cm", "lt_1_mm"], "alive": ["yes", "no", "yes"],
    }
)  # fmt: skip
SECOND = ROWS.iloc[1].dropna().drop("patient_id")
VALUES = ["PSEUDONYM", "VALUES"]


@pytest.fixture
def search(tmp_path):
    """Search a folder with one file."""

    def run(name, text):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / name).write_text(text, encoding="utf-8")
        return find_patients(tmp_path, [ROWS])

    return run


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("note.txt", "Patient CRLM-02 died."),
        ("note.txt", "crlm-02"),
        ("numbers.json", json.dumps({"patients": ["CRLM-01", "CRLM-02"]})),
        ("numbers.json", json.dumps({"patients": ["1", "7", "12"]})),  # a bare number, in a list
        ("paper.html", '<td data-id="CRLM-02">x</td>'),
        ("CRLM-02.svg", "<svg/>"),
    ],
)
def test_a_pseudonym_is_found(search, name, text):
    assert search(name, text) == [f"deep/{name}: a patient's pseudonym"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", ROWS.drop(columns="patient_id").to_csv(index=False)),
        ("rows.tsv", SECOND.to_frame().T.to_csv(index=False, header=False, sep="\t")),
        ("rows.json", ROWS.drop(columns="patient_id").to_json(orient="records")),
        ("row.yaml", "\n".join(f"{column}: {value}" for column, value in SECOND.items())),
        ("rows.html", ROWS.drop(columns="patient_id").to_html(index=False)),
        ("part.csv", ROWS.drop(columns=["patient_id", "alive"]).to_csv(index=False)),
    ],
)
def test_a_row_without_its_pseudonym_is_found(search, name, text):
    assert search(name, text) == [f"deep/{name}: a patient's values"]


def test_a_pseudonym_in_an_archive_is_found(tmp_path):
    with zipfile.ZipFile(tmp_path / "paper.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:t>CRLM-02</w:t>" * 99)
    assert find_patients(tmp_path, [ROWS]) == ["paper.docx: a patient's pseudonym"]


@pytest.mark.parametrize(
    "text",
    [
        "CRLM-020 and XCRLM-02",
        "7 of 25 patients, 43 male, 51 female",
        "sex,male,all,13,25,52.0\nsex,female,all,12,25,48.0\ngrade,grade_2,all,17,19,89.5",
        "51 female 2 79.5 21",
        "",
    ],
)
def test_aggregates_are_no_patients(search, text):
    assert search("table1.csv", text) == []
