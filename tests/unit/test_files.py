"""Reading and writing tables: nothing guessed, and whatever can't be read is said."""

import math

import pandas as pd
import pytest
import yaml

from crlm.files import read_frame, read_raw, read_raws, read_yaml, write_frame


@pytest.fixture
def raw(tmp_path):
    """Write bytes or text as a raw file and read it."""

    def write_and_read(content):
        path = tmp_path / "raw.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        frame, problems = read_raw(str(path))
        assert all(p.file == str(path) for p in problems)
        return frame, [tuple(p[1:]) for p in problems]

    return write_and_read


def test_cells_stay_as_received(raw):
    frame, problems = raw("id,age,size\nP1, 45 ,NA\nP2,007,\n")
    assert problems == []
    assert list(frame.columns) == ["id", "age", "size"]
    assert frame.to_dict("index") == {
        2: {"id": "P1", "age": " 45 ", "size": "NA"},
        3: {"id": "P2", "age": "007", "size": ""},
    }


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("id,age\nP1,45\nP2,46\n", [2, 3]),
        ("id,age\nP1,45\nP2,46", [2, 3]),  # no newline at the end
        ("id,age\r\nP1,45\r\nP2,46\r\n", [2, 3]),  # Windows
        ("id,age\rP1,45\rP2,46\r", [2, 3]),  # old Macintosh
        ("\ufeffid,age\nP1,45\nP2,46\n", [2, 3]),  # Excel's "CSV UTF-8" begins with a BOM
        (" id , age \nP1,45\nP2,46\n", [2, 3]),
        ("id,age\n\nP1,45\n\n\nP2,46\n\n", [3, 6]),  # blank rows count, and are no patients
        ("id,age\n , \nP1,45\n,\nP2,46\n", [3, 5]),
        ("\nid,age\nP1,45\nP2,46\n", [3, 4]),
    ],
)
def test_rows_are_those_of_the_file(raw, content, rows):
    frame, problems = raw(content)
    assert problems == []
    assert list(frame.columns) == ["id", "age"]
    assert list(frame.index) == rows
    assert frame.values.tolist() == [["P1", "45"], ["P2", "46"]]


def test_quoted_cells(raw):
    """Commas, quotation marks and line breaks in a cell; rows count as a spreadsheet shows them."""
    frame, problems = raw('id,note\nP1,"a, b"\nP2,"say ""no"""\nP3,"two\nlines"\nP4,\x0bx\u2028y\n')
    assert problems == []
    assert frame["note"].to_dict() == {
        2: "a, b", 3: 'say "no"', 4: "two\nlines", 5: "\x0bx\u2028y"
    }  # fmt: skip


HEADER_AND_PATIENT = "a header and at least one patient"
NAMES = "a name for each column, used once"
QUOTES = "quotation marks in pairs, at the two ends of a cell"
COMMAS = "columns separated by commas"
UTF8 = "a file in UTF-8 encoding"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", [(1, "", "", HEADER_AND_PATIENT)]),
        ("\n \n,,\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id,age\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id,age\n\n,\n", [(1, "", "", HEADER_AND_PATIENT)]),
        ("id;age\nP1;45,5\n", [(1, "", "id;age", COMMAS)]),
        ("id\tage\nP1\t45\n", [(1, "", "id\tage", COMMAS)]),
        ("\n\nid;age\nP1;45\n", [(3, "", "id;age", COMMAS)]),
        (b"id,site\nP1,rectum\nP2,c\xf4lon\n", [(3, "", r"b'\xf4'", UTF8)]),  # Windows-1252
        ("id,age\nP1,45\n".encode("utf-16"), [(1, "", r"b'\xff'", UTF8)]),
        ("id,age\nP1\nP2,46,x\nP3,47\n", [
            (2, "", "1 cells", "2 cells, as in the header"),
            (3, "", "3 cells", "2 cells, as in the header"),
        ]),
        ("id,age,age, ,\nP1,1,2,3,4\n", [
            (1, "age", "age", NAMES), (1, "(no name)", "", NAMES), (1, "(no name)", "", NAMES),
        ]),
        ("id,id\nP1\n", [(1, "id", "id", NAMES), (2, "", "1 cells", "2 cells, as in the header")]),
        ('id,age\nP1,45\n"P2,46\nP3,47\n', [(3, "", "unexpected end of data", QUOTES)]),
        ('id,age\nP1,"4"5\n', [(2, "", "',' expected after '\"'", QUOTES)]),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(raw, content, problems):
    frame, found = raw(content)
    assert found == problems
    assert frame.empty


def test_raws_come_with_their_names(tmp_path):
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    paths[0].write_text("id,age\nP1,45\n", encoding="utf-8")
    paths[1].write_text("", encoding="utf-8")
    (one, frame, fine), (two, _, problems) = read_raws(paths)
    assert (one, two) == tuple(map(str, paths))
    assert frame["age"].tolist() == ["45"]
    assert (len(fine), len(problems)) == (0, 1)


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
