"""What is recorded of results, and what of it is a file's value."""

import json

import pytest
from project import write_files, zipped

from crlm.base.problems import InputError
from crlm.wings.reproduction.digests import (
    Record,
    find_versions,
    parts_of,
    read_record,
    take_record,
    write_record,
)

DOCX = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>Of 25 </w:t></w:r><w:r><w:t>patients.</w:t></w:r></w:p><w:p/></w:body>"
    "</w:document>"
)
# SHA-256 of "abc": FIPS 180-2, appendix B.1.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("a.csv", 'n,p\n5,0.30000000000000004\n"a, b",1e-17\n', ["n, p", "5, 0.3", "a, b, 0"]),
        ("a.csv", "n,p\r\n5,0.3\r\n", ["n, p", "5, 0.3"]),
        ("a.html", "<style>p {}</style><p>Of <b>25</b>\n men<p>one<script>1 < 2</script>",
         ["Of 25 men", "one"]),
        ("a.svg", '<svg><!-- (n = 25) --><path d="M 1"/><path d="M 2"/></svg>',
         ["(n = 25)", "2 path, 0 use, 0 image"]),
        ("a.qmd", "# Methods\n\nA sentence.\n", ["# Methods", "A sentence."]),
        ("a.bib", "@book{a,\r\n}\r\n", ["@book{a, }"]),
        ("a.dat", "unknown", []),
        ("a.docx", zipped({"word/document.xml": DOCX}), ["Of 25 patients."]),
    ],
)  # fmt: skip
def test_the_value_of_a_file(tmp_path, name, content, parts):
    assert parts_of(write_files(tmp_path, {name: content}) / name) == parts


def test_the_value_of_a_picture_is_that_of_the_drawing_beside_it(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert parts_of(tmp_path / "a.png") == []
    (tmp_path / "a.svg").write_text("<svg><!-- Age --></svg>", encoding="utf-8")
    assert parts_of(tmp_path / "a.png") == ["Age", "0 path, 0 use, 0 image"]


def make_results(folder):
    entry = {"value": 0.043, "display": "p = 0.043", "patients": ["CRLM-07"]}
    files = {
        "cohort/flow.csv": "step,patients\nreceived,25\n",
        "cohort/patients.csv": "patient_id,age\nCRLM-07,45\n",
        "numbers/numbers.json": json.dumps({"test.sex.p": entry}),
        "manuscript/trace.json": '{"patients": ["CRLM-07"]}',
        "manuscript/theme/paper.css": "abc",
        "logs/render_manuscript_html.log": "renderer: quarto 1.9.1\n",
    }
    return write_files(folder, files)


def test_no_row_of_a_patient_is_recorded(tmp_path):
    results, path = make_results(tmp_path / "2024"), tmp_path / "digests/2024.txt"
    record = take_record(results, {"python": "3.12.1"})
    files = ["cohort/flow.csv", "manuscript/theme/paper.css", "numbers/numbers.json"]
    assert [*record.files] == files
    assert record.files["manuscript/theme/paper.css"] == (ABC, [ABC[:8]])
    assert record.numbers == {"test.sex.p": (0.043, "p = 0.043")}
    write_record(record, path, "2024")
    assert "CRLM" not in path.read_text("utf-8")
    assert read_record(path) == record
    assert [p.name for p in path.parent.iterdir()] == ["2024.txt"]


def test_versions_are_those_of_the_lock_and_the_renderer(tmp_path):
    lock = "jinja2==3.1.6 \\\n    --hash=sha256:0\nno-such-package-at-all==1 \\\n"
    found = find_versions(lock, make_results(tmp_path))
    assert {*found} == {"python", "platform", "renderer", "jinja2"}
    assert found["renderer"] == "quarto 1.9.1"


@pytest.mark.parametrize(
    "line",
    ["number\ta.n\t1", 'number\ta.n\tone\t"1"', "file\ta.csv\tabc\t", "files", f"file\ta\t{ABC}"],
)
def test_a_broken_record_is_told_with_its_line(tmp_path, line):
    path = tmp_path / "2024.txt"
    path.write_text(f"# a comment\nversion\tpython\t3.12\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"2024\.txt, line 3: found"):
        read_record(path)


def test_texts_of_any_signs_are_read_as_they_were_written(tmp_path):
    texts = {"a.b": ("x\ty\nz", "“é” \\"), "c.d": ([30, 50.5], "–"), "e.f": (None, "no")}
    record = Record({}, texts, {"a b.csv": (ABC, [])})
    write_record(record, tmp_path / "r.txt", "2024")
    assert read_record(tmp_path / "r.txt") == record
