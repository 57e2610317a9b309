"""The search of what is published finds patients in whatever form, and none where none is."""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import random
import zlib
from collections.abc import Callable

import pandas as pd
import pytest
import typst
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from project import zipped
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from crlm.wings.privacy.leaks import find_patients, pattern_of

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
    ],
)
def test_a_pseudonym_is_found(search, name, text):
    assert search(name, text) == [f"deep/{name}: a patient's pseudonym"]


def test_a_pseudonym_in_a_name_is_found(search):
    for name in ("CRLM 02.svg", "CRLM%2D02.svg"):
        assert search(name, "<svg/>")[-1] == f"deep/{name}: a patient's pseudonym in its name"


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
    (found,) = search(name, text)
    assert found.startswith(f"deep/{name}: a patient's values (up to line ")


def test_a_row_is_found_in_its_line(search):
    rows = SECOND.to_frame().T.to_csv(index=False, header=False)
    told = "deep/table1.csv: a patient's values (up to line 3 of its text)"
    assert search("table1.csv", f"sex,male,13\nsex,female,12\n{rows}none,0,0\n") == [told]


def packed(*names: str, inner: bytes = b"Patient CRLM-02 died.") -> bytes:
    """Return a zip in a zip, the innermost with a text, which names a patient."""
    content = inner
    for name in names:
        content = zipped({name: content})
    return content


def picture(**chunks) -> bytes:
    """Return a PNG with text chunks: plain, `z` compressed, `i` international."""
    info, made = PngInfo(), io.BytesIO()
    for key, text in chunks.items():
        (info.add_itxt if key[0] == "i" else info.add_text)(key, text, zip=key[0] in "zi")
    Image.new("L", (2, 2)).save(made, "png", pnginfo=info)
    return made.getvalue()


def photograph(text: str) -> bytes:
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = text  # ImageDescription
    Image.new("L", (2, 2)).save(made, "jpeg", exif=exif)
    return made.getvalue()


def document(text: str) -> bytes:
    """Return a PDF whose page shows a text, its letters compressed."""
    return typst.compile(f'#let t = "{text}"\n#t'.encode())


def with_more(add: Callable[[PdfWriter], object]) -> bytes:
    """Return a PDF to which more is added than its page shows."""
    writer, made = PdfWriter(io.BytesIO(document("none"))), io.BytesIO()
    add(writer)
    writer.write(made)
    return made.getvalue()


def with_script(text: str) -> bytes:
    script = DictionaryObject({NameObject("/JS"): TextStringObject(text)})
    return with_more(lambda pdf: pdf.root_object.update({NameObject("/OpenAction"): script}))


def workbook(frame: pd.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.to_excel(made, index=False)
    return made.getvalue()


def word(xml: str) -> bytes:
    return zipped({"word/document.xml": xml})


ID = "CRLM-02"
FIRST, THIRD = (ROWS.iloc[i].drop("patient_id").astype(str) for i in (0, 2))
AGES = [43, 51, 60, 38, 72, 66, 49, 55, 57, 41]
MANY = pd.DataFrame({"patient_id": [f"CRLM-{i:02}" for i in range(1, 11)], "age_years": AGES,
                     "size_mm": [22, 79.5, 41, 30, 18, 64, 25, 33, 12, 90]})  # fmt: skip
rng = random.Random(1)
FEW = pd.DataFrame({"patient_id": [f"B-{i:03}" for i in range(25)],
                    "age_years": rng.sample(range(30, 80), 25), "sex": rng.choices("mf", k=25),
                    "site": rng.choices(["colon", "rectum"], k=25)})  # fmt: skip
FEW["dead"] = ["no"] * 17 + ["yes"] + ["no"] * 7
FEW["lesions"] = rng.choices([1, 2, 3, 5, 7], k=25)
COHORT, FEW = FEW, FEW.drop(columns="patient_id")
POINTS = zip(FEW["age_years"], rng.sample(range(30, 80), 25), strict=True)


def drawing(kind: str) -> bytes:
    """Return a PDF with a point or a bar for each patient, some 3 inches high."""
    figure, made = Figure(), io.BytesIO()
    getattr(figure.add_subplot(), kind)(range(len(FEW)), FEW["age_years"])
    figure.savefig(made, format="pdf")
    return made.getvalue()


WRITTEN = {
    "csv": lambda few: few.to_csv(index=False), "json": lambda few: few.to_json(orient="records"),
    "html": lambda few: few.to_html(index=False), "xlsx": workbook,
}  # fmt: skip
UNDER = base64.b64encode(f"Patient {ID} died.".encode()).decode()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        # the same id in other signs
        *((f"{i}.txt", text, 0) for i, text in enumerate((
            "CRLM\u201102", "CRLM\u201302", "CRLM\u221202", "CRLM 02", "CRLM\u00a002", "CRLM02",
            "CRLM_02", "CRLM.02", "CRLM -02", "CRLM\u00ad-02", "CR\u200bLM-02",
            "patientCRLM-02died",
            "\uff23\uff32\uff2c\uff2d-\uff10\uff12", "CRLM%2D02", "CRLM-2", "CRLM - 02",
            "CRLM**-**02", "CRLM-\u0660\u0662", "C\u0301RLM-02", "CRLM&amp;#45;02", "CRLM%252D02",
            "\u0421RLM-02", "Patient 2 died.", "case 02",  # a C of Cyrillic
            "| CRLM | 02 |", "**CRLM**-**02**", "CRLM$_{02}$", '"CRLM" + "-02"', "CRLM=\n-02",
            "CRLM-0002", ID.encode().hex(), base64.b32encode(f"Patient {ID}".encode()).decode(),
            '{"patients": [2]}', "patient no. 2", "Pt. 2", "paciente 2", "\u202e20-MLRC",
            '<p dir="rtl">20-MLRC</p>',
            '{"patient_id": 2}', '<tr data-patient-id="02">'))),
        # its digest, which is found by trying
        *((f"{kind}.txt", hashlib.new(kind, ID.encode()).hexdigest(), 0)
          for kind in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b")),
        ("echo.txt", hashlib.sha256(f"{ID}\n".encode()).hexdigest(), 0),
        ("short.json", json.dumps([hashlib.sha256(ID.lower().encode()).hexdigest()[:16]]), 0),
        ("cut.csv", f"id\n{hashlib.md5(ID.encode()).hexdigest()[:8]}", 0),
        ("entity.html", "CRLM&#45;02", 0), ("entity.html", "CRLM&hyphen;02", 0),
        ("escape.json", '["CRLM\\u002d02"]', 0),
        ("tag.html", "CRLM-<b>02</b>", 0), ("tag.svg", "<text>CR<tspan>LM-02</tspan></text>", 0),
        ("comment.html", "<p>x</p><!-- CRLM<i>-02 -->", 0), ("remark.html", "CRLM<!-- x -->-02", 0),
        # in what is not text
        ("paper.pdf", document(ID), 0), ("script.pdf", with_script(f"\u4e2d{ID}"), 0),
        ("meta.pdf", with_more(lambda pdf: pdf.add_metadata({"/Subject": ID})), 0),
        ("held.pdf", with_more(lambda pdf: pdf.add_attachment("note.txt", ID.encode())), 0),
        ("apart.pdf", typst.compile(f"#set text(tracking: 8pt)\n{ID}".encode()), 0),
        ("cells.docx", word("<w:tc><w:p>CRLM</w:p></w:tc><w:tc><w:p>02</w:p></w:tc>"), 0),
        ("picture.png", picture(zTitle=ID * 9) + packed("a.txt", inner=b"none"), 0),
        ("run.docx", word("<w:p><w:r><w:t>CRLM-</w:t></w:r><w:r><w:t>02</w:t></w:r></w:p>"), 0),
        ("plain.png", picture(Title=ID), 0), ("zipped.png", picture(zTitle=ID * 9), 0),
        ("itxt.png", picture(iTitle=ID * 9), 0), ("photo.jpg", photograph(ID), 0),
        ("sixteen.txt", ID.encode("utf-16"), 0), ("bare.txt", ID.encode("utf-16-le"), 0),
        ("big.csv", f"id\n{ID}\n".encode("utf-16-be"), 0),
        ("base.txt", base64.b64encode(ID.encode()), 0), ("wide.txt", ID.encode("utf-32"), 0),
        ("packed.txt", base64.b64encode(zlib.compress(ID.encode() * 9)), 0),
        ("behind.png", picture() + ID.encode("utf-16-le"), 0),
        ("twice.txt", base64.b64encode(base64.b64encode(ID.encode())), 0),
        ("wide.html", base64.b64encode(ID.encode("utf-16")), 0),
        ("text.html", f"<a href='data:,{UNDER}'>", 0),
        ("data.html", "data:image/png;base64," + base64.b64encode(picture(zT=ID * 9)).decode(), 0),
        ("zip.zip", packed("a.txt", "b.zip"), 0),
        ("three.docx", packed("a.txt", "b.zip", "c.zip"), 0),
        ("text.svgz", gzip.compress(b"<text>CRLM-02</text>", mtime=0), 0),
        # rows
        ("turned.csv", ",".join(list(FIRST)[::-1]), 1), ("sorted.csv", ",".join(sorted(FIRST)), 1),
        ("second.txt", " ".join(f"{value} x" for value in FIRST), 1),
        ("named.json", THIRD.sort_index().to_json(), 1),
        ("crate.json", json.dumps([{"name": n, "value": v} for n, v in FIRST.items()]), 1),
        ("row.html", "".join(f"<td>{value}</td>" for value in FIRST), 1),
        ("row.docx", word("".join(f"<w:tc><w:p>{v}</w:p></w:tc>" for v in list(THIRD)[::-1])), 1),
        ("row.pdf", document(", ".join(FIRST)), 1),
        ("base.txt", base64.b64encode(", ".join(FIRST).encode()), 1),
        # columns
        ("across.csv", MANY.drop(columns="patient_id").T.to_csv(header=False), 1),
        ("ages.txt", " ".join(map(str, AGES)), 1), ("ages.csv", "\n".join(map(str, AGES)), 1),
        ("ages.json", json.dumps(sorted(AGES)), 1), ("ages.yaml", str(sorted(AGES)[::-1]), 1),
        ("mixed.txt", " ".join(map(str, AGES[5:] + AGES[:5])), 1),
        # columns of a table with few, in the order of the patients or not
        *((f"few.{form}", write(FEW), 1) for form, write in WRITTEN.items()),
        ("sorted.csv", FEW.sort_values("sex").to_csv(index=False), 1),
        ("said.txt", "; ".join(f"one was {age} years old" for age in FEW["age_years"]), 1),
        ("cm.csv", "\n".join(f"x,{age / 10:.2f}" for age in FEW["age_years"]), 1),
        ("words.txt", ", ".join(f"{age}-year-old" for age in FEW["age_years"]), 1),
        # in another unit, from another zero, as points, with decimal commas
        ("weeks.txt", " ".join(f"{4.345 * age:.1f}" for age in FEW["age_years"]), 1),
        ("born.csv", "".join(f"{i},{2024 - age}\n" for i, age in enumerate(FEW["age_years"])), 1),
        ("drawn.svg", "".join(f'<circle r="2" cx="{i}" cy="{300 - 2.5 * age}"/>'
                              for i, age in enumerate(FEW["age_years"])), 1),
        ("comma.csv", "".join(f"x;{age},0\n" for age in FEW["age_years"]), 1),
        ("dead.csv", "".join(f"{i},{dead}\n" for i, dead in enumerate(FEW["dead"])), 1),
        # on other scales, of a group, in another order and unit, as bytes, as labels say it
        ("inverse.svg", "".join(f'<circle r="2.5" cx="{9 * i}" cy="{9999 / age}"/>\n'
                             for i, age in enumerate(FEW["age_years"])), 1),
        ("ranks.csv", "\n".join(f"{rank},7,7,7,7,7,7" for rank in FEW["age_years"].rank()), 1),
        ("group.txt", str([age / 7 for age in FEW["age_years"][FEW["dead"] == "no"][:16]]), 1),
        ("strip.svg", "".join(f'<circle cx="1" cy="{9 * age}"/>'
                              for age in FEW.sort_values("sex")["age_years"]), 1),
        ("plotly.json", f'["{base64.b64encode(bytes(FEW["age_years"])).decode()}"]', 1),
        ("labels.html", "".join(f"<th>{name}</th><td>{value}</td>" for name, value in FIRST.items())
         .replace("_", " "), 1),
        ("list.txt", str([*ID]), 0),
        ("apart.svg", "".join(f"<text x='{9 * i}'>{sign}</text>" for i, sign in enumerate(ID)), 0),
        ("words.csv", FEW[["sex", "site"]].to_csv(index=False), 1),  # none of them a number
        # few values in another unit, a part of a column, its steps, a PDF's points
        ("units.csv", "\n".join(f"{lesions / 2.54:.3f}" for lesions in FEW["lesions"]), 1),
        ("upwards.csv", "\n".join(map(str, 9 - FEW["lesions"][::-1])), 1),
        ("second.csv", "\n".join(map(str, FEW["age_years"][::2])), 1),
        ("men.txt", str([*FEW["age_years"][FEW["sex"] == "m"][:10]]), 1),
        ("steps.csv", "\n".join(map(str, FEW["age_years"].diff()[1:])), 1),
        ("line.svg", "<path d='m 0," + " 9,".join(map(str, FEW["age_years"].diff()[1:])), 1),
        ("scatter.pdf", drawing("scatter"), 1), ("bars.pdf", drawing("bar"), 1),
        ("text.bz2", bz2.compress(ID.encode()), 0),
        ("text.html", base64.b64encode(lzma.compress(ID.encode())), 0),
        ("points.svg", "".join(f'<circle cx="{x}" cy="{y}"/>' for x, y in POINTS), 1),
    ],
    ids=lambda value: "bytes" if isinstance(value, bytes) else None,  # an archive has the time
)  # fmt: skip
def test_a_planted_leak_is_found(tmp_path, name, content, kind):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = find_patients(tmp_path, [ROWS, MANY, COHORT])
    assert found.partition(" (")[0] == f"{name}: a patient's {('pseudonym', 'values')[kind]}"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 nothing more",
        b"PAR1\x15\0\x15\x0cPAR1",  # Parquet, as any format of another program
        b"\x04\x22\x4d\x18" + bytes(range(256)),  # LZ4
        "data = " + base64.b64encode(b"PAR1" + bytes(range(256))).decode(),
        "Patient CRLM-02".encode("cp500"),  # EBCDIC
        packed(*(f"{n}.zip" for n in range(9))),
    ],
    ids=["pdf", "parquet", "lz4", "within", "ebcdic", "deep"],
)
def test_what_cannot_be_read_is_not_published(tmp_path, content):
    (tmp_path / "a").write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = find_patients(tmp_path, [ROWS])
    assert found.startswith("a: not searched, since it can't be read (")


def test_none_and_all_of_few_are_no_patient(tmp_path):
    # of a row of Table 4, as of a patient without a lesion left
    (tmp_path / "table4.csv").write_text("1,100,complete,progressive,0,1,0,0")
    row = {"patient_id": "A-1", "lesions": 1, "left": 0, "mm": 0, "deaths": 0, "percent": 100,
           "pathology": "complete", "course": "progressive", "n": 1, "age": 61}  # fmt: skip
    assert find_patients(tmp_path, [pd.DataFrame([row])]) == []
    # a count and its percentage, which a table has as numbers and as text
    (tmp_path / "table4.csv").write_text("t2,progressive,1,4,25.0,,1 (25.0%),,\nt3,responders,9,16")
    other = {"patient_id": "A-1", "t": "t2", "course": "progressive", "lesions": 1, "left": 1,
             "n": 4, "mm": 25, "size": 25, "stage": "t3"}  # fmt: skip
    assert find_patients(tmp_path, [pd.DataFrame([other])]) == []
    (tmp_path / "table4.csv").write_text("1,61,complete,progressive,0,1,2,0")
    assert find_patients(tmp_path, [pd.DataFrame([row | {"mm": 2}])])


@pytest.mark.parametrize(
    "text",
    [
        "CRLM-020 and CRLM-0245",
        "25 patients with CRLM, 12 of them with 2 metastases",
        "7 of 25 patients, 43 male, 51 female",
        "sex,male,all,13,25,52.0\nsex,female,all,12,25,48.0\ngrade,grade_2,all,17,19,89.5",
        "51 female 2 79.5 21",
        "ages from 40 to 75: 40 45 50 55 60 65 70 75",
        "CRLM <td>0</td><td>2</td> of 5",
        "1 patient (2%), a patient 2 years old, per patient 7.5 months, in pT2 and patients 2",
        "no yes no no said no, and yes " * 9,
        " ".join(str(i * i) for i in range(99)),  # as an axis
        "patients: 2, 7 of 25; the number of patients (2), cases 2",
        hashlib.sha256(b"another").hexdigest(),
        "pT 2, pts 2, pt2, 20-MLRC",
        "",
    ],
)
def test_aggregates_are_no_patients(search, text):
    assert search("table1.csv", text) == []


def test_what_most_patients_have_is_no_patient(tmp_path):
    rows = COHORT.assign(lesions=1).sample(100, replace=True, random_state=1)
    rows["lesions"] = random.Random(1).choices([1, 2, 3], [6, 3, 1], k=100)
    (tmp_path / "axis.txt").write_text("1 " * 99)
    assert find_patients(tmp_path, [rows]) == []


def test_many_small_numbers_hold_the_few_values_of_a_group_by_chance(tmp_path):
    """As the numbers of a PDF's objects hold the cycles of 27 patients, in any order."""
    drawn = random.Random(2)
    cycles, sites = drawn.choices(range(2, 11), k=84), drawn.choices("abc", k=84)
    rows = pd.DataFrame({"patient_id": [*map(str, range(84))], "cycles": cycles, "site": sites})
    (tmp_path / "objects.txt").write_text(" ".join(map(str, drawn.choices(range(2, 11), k=90_000))))
    assert find_patients(tmp_path, [rows]) == []


def test_a_short_pseudonym_is_no_part_of_a_word():
    pattern = pattern_of(["H-A-00001", "H-A-00256", "P-0001"])
    for innocent in ("utils.sha1(key)", "sha256", "alpha 1", "p. 1", "p1", "deputy p-00013"):
        assert not pattern.search(innocent)
    for leak in ("h-a-00001", "ha00256", "h a 256", "the p_0001"):
        assert pattern.search(leak)
