"""Reading and writing tables: nothing guessed, and whatever can't be read is said."""

import math

import pandas as pd
import pytest
import yaml

from crlm.files import read_frame, read_yaml, write_frame


def test_frames_survive_the_round_trip(tmp_path):
    frame = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "007"],
            "level": ["none", "NA", None],  # a level that pandas would read as missing
            "count": [3.0, math.nan, 12.0],
            "share": [100 / 3, 0.1 + 0.2, 1e-12],
            "empty": [math.nan] * 3,
        }
    )
    path = tmp_path / "frame.csv"
    write_frame(frame, str(path))
    again = read_frame(str(path), ["count", "share", "empty", "not a column"])
    assert again[["count", "share", "empty"]].equals(frame[["count", "share", "empty"]])
    assert again["patient_id"].tolist() == ["P1", "P2", "007"]
    assert again["level"].tolist()[:2] == ["none", "NA"]
    assert pd.isna(again["level"].iloc[2])


def test_written_bytes(tmp_path):
    """UTF-8, comma, \\n; whole numbers without decimals, an empty cell for what is missing."""
    frame = pd.DataFrame({"a": ["é", "x,y"], "n": [3.0, math.nan], "x": [0.1, 2.0]})
    path = tmp_path / "frame.csv"
    write_frame(frame, str(path))
    assert path.read_bytes() == 'a,n,x\né,3,0.1\n"x,y",,2.0\n'.encode()
    assert frame["n"].dtype == "float64"  # the caller's frame is left as it was


def test_a_frame_without_rows_keeps_its_header(tmp_path):
    path = tmp_path / "log.csv"
    write_frame(pd.DataFrame([], columns=["file", "row"]), str(path))
    assert path.read_text(encoding="utf-8") == "file,row\n"
    assert read_frame(str(path), ["row"]).empty


def test_read_yaml(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('levels: {"≥ 4 cm": .inf}\n', encoding="utf-8")
    assert read_yaml(str(path)) == {"levels": {"≥ 4 cm": math.inf}}


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "cohort.yaml"
    path.write_text("codebook:\n  variables: {a: 1}\n  variables: {b: 2}\n", encoding="utf-8")
    with pytest.raises(
        yaml.YAMLError, match=r"'variables' stands twice[\s\S]*cohort\.yaml.*line 3"
    ):
        read_yaml(str(path))
    path.write_text("a: {b: 1}\nc: {b: 1}\n'yes': [x]\n", encoding="utf-8")
    assert read_yaml(str(path)) == {"a": {"b": 1}, "c": {"b": 1}, "yes": ["x"]}
