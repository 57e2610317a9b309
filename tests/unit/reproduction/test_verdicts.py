"""Two small builds held against each other: identical, equal in value, different, and where."""

import json

import pytest
from project import write_files

from crlm.wings.reproduction.digests import take_record
from crlm.wings.reproduction.verdicts import is_close, summary, verify

NUMBERS = {
    "test.sex.p": {"value": 0.04, "display": "p = 0.040"},
    "cohort.n": {"value": 25, "display": "25"},
}
FILES = {
    "tables/table1.csv": "level,n,mean\nmale,13,45.8\nfemale,12,41.25\n",
    "figures/a.svg": '<svg><!-- (n = 25) --><path d="M 1"/></svg>',
    "figures/a.png": "first",
    "manuscript/paper.qmd": "A sentence.\n\nAnother one.\n",
    "manuscript/x.dat": "bytes",
}


def write(folder, files, numbers):
    files = FILES | {"numbers/numbers.json": json.dumps(numbers)} | files
    return write_files(folder, {name: text for name, text in files.items() if text is not None})


def held(tmp_path, files, numbers=NUMBERS, kept=True):
    """Return what is found of a build with other files or numbers than those recorded."""
    old, new = write(tmp_path / "old", {}, NUMBERS), write(tmp_path / "new", files, numbers)
    records = [take_record(f, {"python": v}) for f, v in ((old, "3.12.1"), (new, "3.12.2"))]
    return verify(*records, new, old if kept else tmp_path / "none")


@pytest.mark.parametrize(
    ("files", "verdict", "of_files"),
    [
        ({}, "identical", {}),
        ({"tables/table1.csv": "level,n,mean\r\nmale,13.0,45.800000000000004\r\nfemale,12,41.25"},
         "equal in value", {"tables/table1.csv": "equal in value"}),
        ({"figures/a.svg": '<svg><!-- (n = 25) --><path d="M 1.000001"/></svg>',
          "figures/a.png": "other"},
         "equal in value", {"figures/a.svg": "equal in value", "figures/a.png": "equal in value"}),
        ({"figures/a.svg": '<svg><!-- (n = 24) --><path d="M 1"/></svg>'},
         "different", {"figures/a.svg": "different"}),
        ({"manuscript/paper.qmd": "A sentence.\r\n\r\nAnother one.\r\n"},
         "equal in value", {"manuscript/paper.qmd": "equal in value"}),
        ({"manuscript/x.dat": "Bytes"}, "different", {"manuscript/x.dat": "different"}),
        ({"tables/table1.csv": None}, "different", {"tables/table1.csv": "missing"}),
        ({"tables/table2.csv": "n\n1\n"}, "different", {"tables/table2.csv": "extra"}),
    ],
)  # fmt: skip
def test_what_becomes_of_files(tmp_path, files, verdict, of_files):
    found = held(tmp_path, files)
    assert found["verdict"] == verdict
    other = {f["name"]: f["verdict"] for f in found["files"] if f["verdict"] != "identical"}
    assert other == of_files
    assert found["numbers"] == []
    assert found["versions"] == [{"name": "python", "recorded": "3.12.1", "here": "3.12.2"}]


ROW = {"tables/table1.csv": "level,n,mean\nmale,13,45.8\nfemale,12,41.5\nother,1,40\n"}
LINE = {"manuscript/paper.qmd": "A sentence.\nAnother word.\n"}


@pytest.mark.parametrize(
    ("files", "kept", "details"),
    [
        (ROW, True, ["row 3 to 4: “female, 12, 41.25” -> “female, 12, 41.5 | other, 1, 40”"]),
        (ROW, False, ["row 3 to 4: what was recorded -> “female, 12, 41.5 | other, 1, 40”"]),
        (LINE, True, ["line 2: “Another one.” -> “Another word.”"]),
        ({"tables/table1.csv": "level,n,mean\nmale,13,45.8\n"}, True,
         ["row 3: “female, 12, 41.25” -> nothing"]),
    ],
)  # fmt: skip
def test_where_a_file_differs(tmp_path, files, kept, details):
    (finding,) = (f for f in held(tmp_path, files, kept=kept)["files"] if f["details"])
    assert (finding["verdict"], finding["details"]) == ("different", details)


@pytest.mark.parametrize(
    ("changed", "verdict", "detail"),
    [
        ({}, "identical", None),
        ({"test.sex.p": {"value": 0.04 + 1e-15, "display": "p = 0.040"}}, "equal in value", None),
        # 0.05 - 0.04 = 0.01, a quarter of 0.04
        ({"test.sex.p": {"value": 0.05, "display": "p = 0.050"}}, "different",
         "recorded p = 0.040 (0.04), here p = 0.050 (0.05), by +0.01 (+25%)"),
        ({"test.sex.p": {"value": 0.04 + 1e-15, "display": "p = 0.041"}}, "different",
         "recorded p = 0.040 (0.04), here p = 0.041 (0.040000000000001), by +"),
        ({"new.n": {"value": 3, "display": "3"}}, "different", "3 (3)"),
    ],
)  # fmt: skip
def test_what_becomes_of_numbers(tmp_path, changed, verdict, detail):
    found = held(tmp_path, {}, NUMBERS | changed)
    assert found["verdict"] == verdict
    told = [d for n in found["numbers"] for d in n["details"]]
    assert [d[: len(detail)] for d in told] == ([detail] if detail else [])
    assert summary(found).startswith(verdict.capitalize() + ". Files: ")


@pytest.mark.parametrize(
    ("a", "b", "close"),
    [
        (1, 1.0, True),
        (0, 1e-13, True),
        (0, 1e-11, False),
        (1e6, 1e6 + 1e-4, True),
        (1e6, 1e6 + 0.01, False),
        (True, 1, False),
        ("a", "a", True),
        (None, 0, False),
        ([30, 50], [30, 50.0], True),
        ([30, 50], [30], False),
    ],
)
def test_which_values_are_the_same(a, b, close):
    assert is_close(a, b) is close
