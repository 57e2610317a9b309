"""Cells come back from their files as they were, and a reading is written once."""

import pandas as pd

from crlm.cohort.cells import READING, pack_cells, read_cells, write_cells

# A patient of two files, whose age was read in b.csv; and one raw text with two clean values.
CELLS = pd.DataFrame(
    [
        ("P1", "patient_id", "a.csv", 2, "id", "P1", "P1", "surrounding blanks"),
        ("P1", "sex", "a.csv", 2, "gender", "m", "male", "spelling"),
        ("P1", "age_years", "b.csv", 9, "age", "(not shown)", "90", "capped"),
        ("P2", "patient_id", "a.csv", 3, "id", " P2", "P2", "surrounding blanks"),
        ("P2", "sex", "a.csv", 3, "gender", "m", "male", "spelling"),
        ("P2", "surgery_year", "a.csv", 3, "date", "(not shown)", "2024", "date to year"),
        ("P3", "patient_id", "a.csv", 10, "id", "P3", "P3", "surrounding blanks"),
        ("P3", "sex", "a.csv", 10, "gender", "=1+1", "", "correction: typing error"),
        ("P3", "surgery_year", "a.csv", 10, "date", "(not shown)", "2025", "date to year"),
    ],
    columns=["patient_id", "variable", "file", "row", "column", "raw", "clean", "rule"],
)


def test_cells_come_back_as_text(tmp_path):
    paths = tmp_path / "cells.csv", tmp_path / "readings.csv"
    write_cells(CELLS, *paths)
    assert "'=1+1" in paths[1].read_text()  # no spreadsheet runs it
    pd.testing.assert_frame_equal(
        read_cells(*paths).astype(object), CELLS.astype(str).astype(object), check_dtype=False
    )


def test_a_reading_is_written_once():
    readings, rows = pack_cells(CELLS)
    assert len(readings) == len(CELLS) - 1
    assert not readings.duplicated(READING).any()
    male = readings[readings["clean"] == "male"]
    assert male["cells"].tolist() == [2]
    assert rows["sex"].dropna().tolist() == [*male["reading"], *male["reading"], 7]
    assert rows[["patient", "file", "row"]].to_numpy().tolist() == [
        ["P1", "a.csv", 2], ["P1", "b.csv", 9], ["P2", "a.csv", 3], ["P3", "a.csv", 10]
    ]  # fmt: skip
