"""The sheet of a cohort's mapping: what it asks, and what becomes of it as it comes back."""

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
import yaml
from test_intake import MESSY, ROOT, house, start  # noqa: F401

from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.mapping import AS_PROPOSED, LEAVE_OUT
from crlm.draft import main
from crlm.plan.additions import codebook_of
from crlm.received.tables import read_raws

SHEET = "config/cohorts/2027.mapping.xlsx"
CONFIG = Path("config/cohorts/2027.yaml")


def rows_of(sheet) -> list[dict]:
    """Return the rows of a sheet, each as heading -> cell."""
    head, *rows = sheet.iter_rows()
    return [dict(zip([cell.value for cell in head], row, strict=True)) for row in rows]


def fill(columns: dict | None = None, values: dict | None = None, path: str = SHEET) -> str:
    """Fill in the sheet: what is proposed, else left out or to be corrected, but for what is given.

    `columns` has column -> decision, or decision and unit; `values` value -> decision.
    """
    book = openpyxl.load_workbook(SHEET)
    for row in rows_of(book["Columns"]):
        said = (columns or {}).get(row["Column"].value)
        if row["Decision"].value != "known" and said is None:
            row["Decision"].value = AS_PROPOSED if row["Proposed variable"].value else LEAVE_OUT
        elif said is not None:
            row["Decision"].value, *unit = said if isinstance(said, tuple) else (said,)
            row["Unit"].value = unit[0] if unit else None
    for row in rows_of(book["Values"]):
        proposed = AS_PROPOSED if row["Proposed"].value else "to be corrected"
        row["Decision"].value = (values or {}).get(row["Value"].value, proposed)
    book.save(path)
    return path


def give_back(path: str = SHEET, *files: str) -> None:
    main("2027", *files, "--mapping", path)


def refused(path: str = SHEET) -> str:
    """Give a sheet back that is refused; return what is told. Nothing is changed."""
    before = {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}
    told = start("2027", "--mapping", path)
    assert {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()} == before
    return told


@pytest.fixture(scope="module")
def drafted_once(tmp_path_factory):
    """Folder like the repository with a draft of the messy table, made once."""
    folder = tmp_path_factory.mktemp("drafted") / "repository"
    for part in ("config", "workflow/schemas"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "data/raw").mkdir(parents=True)
    (folder.parent / "from the ward.csv").write_text(MESSY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        main("2027", "../from the ward.csv")
    return folder.parent


@pytest.fixture
def empty(house):  # noqa: F811
    """Go to a folder like the repository without data."""
    shutil.copytree(ROOT / "workflow/schemas", house / "workflow/schemas")


@pytest.fixture
def drafted(drafted_once, tmp_path, monkeypatch):
    """Go to a copy of that folder."""
    shutil.copytree(drafted_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "repository")


def accepted(text: str) -> dict:
    """Return the codebook of a draft all of whose guesses are taken."""
    own = re.sub(r"# (GUESS|TODO): (?!columns that)", "", text[text.index("\ncodebook:\n") :])
    return yaml.safe_load(own)["codebook"]


def test_all_as_proposed_is_the_draft_with_its_guesses_taken(drafted, codebook):
    draft = CONFIG.read_text("utf-8")
    give_back(fill())
    config = CONFIG.read_text("utf-8")
    head = draft[: draft.index("\ncodebook:")]
    assert config.startswith(head)  # what a person wrote above it stays
    assert yaml.safe_load(config)["codebook"] == accepted(draft)


REFUSED = [  # columns, values -> what is told, all at once
    (
        {
            "Side": "",
            "Gender": LEAVE_OUT,
            "Size pre (cm)": ("size_pre_mm", "weeks"),
            "Team": AS_PROPOSED,
        },
        {"FOLFOX": "", "Xelox": "folfiri", "ja": "rectum (primary_site)"},
        [
            "sheet Columns, row 4, column Decision: found 'leave out'; expected `known`: the "
            "codebook reads it as sex",
            "sheet Columns, row 7, column Unit: found 'weeks'; expected one of mm, cm",
            "sheet Columns, row 11, column Decision: found 'as proposed'; expected a choice of the "
            "list: nothing is proposed",
            "sheet Columns, row 12, column Decision: found ''; expected a choice of the list",
            "sheet Values, row 2, column Decision: found ''; expected one of xelox, folfiri",
            "sheet Values, row 3, column Decision: found 'folfiri'; expected `xelox`, as which the "
            "codebook reads it",
        ],
    ),
    (
        {"Team": "comorbidity", "Side": "comorbidity — Any medical comorbidity"},
        {"FOLFOX": "xelobx", "xelos": "rectum (primary_site)"},
        [
            "row 12, column Decision: found 'comorbidity — Any medical comorbidity'; expected",
            "row 2, column Decision: found 'xelobx'; expected `xelox` (of regimen), or `new:` and",
            "row 4, column Decision: found 'rectum (primary_site)'; expected one of xelox, folfiri",
        ],
    ),
    (
        {"Team": "comorbidity", "Side": "Comorbidity"},
        {"FOLFOX": "new: FOLFOX 6", "xelos": "folfiri", "capox": "xelox", "red": "yes"},
        [
            "row 12, column Decision: found 'comorbidity'; expected one column for comorbidity in "
            "a table, which Team is",
            "row 2, column Decision: found 'new: folfox 6'; expected one of",
        ],
    ),
    (
        {"Team": "sex", "Side": ("primary_site", "cm"), "No. of cycles": "duration_months"},
        {"FOLFOX": "new: capox", "red": "male"},
        [
            "row 11, column Decision: found 'sex'; expected one column for sex in a table, which "
            "Gender is",
            "row 10, column Unit: found ''; expected one of months, days, weeks",
            "row 12, column Unit: found 'cm'; expected no unit, which primary_site has not",
            "row 2, column Decision: found 'new: capox'; expected `xelox`, of which capox is a "
            "spelling in the codebook",
        ],
    ),
]


@pytest.mark.parametrize(("columns", "values", "told"), REFUSED)
def test_what_contradicts_is_refused_with_its_row(drafted, columns, values, told):
    said = refused(fill(columns, values))
    assert said.count("2027.mapping.xlsx, sheet ") == len(said.splitlines())
    assert not [words for words in told if words not in said]


def test_a_level_chosen_with_its_variable_is_what_the_codebook_reads(drafted):
    """The list of a column that nothing is known of has the levels of all variables."""
    give_back(fill({"Side": "primary_site"}, {"rectal": "rectum (primary_site)"}))
    assert "primary_site" in read_marked(CONFIG)["codebook"]["variables"]


def test_words_of_missing_values_and_numbers_that_mean_it(empty, codebook):
    """k.A. means so in all columns, 9 where it was said; what is to be corrected is asked again."""
    table = "id,age,sex,regimen,size_pre_cm,size_post_cm,Morbidity,grade,cycles\n"
    rows = ["A,50,f,xelox,4,3,1,2,k.A.", "B,61,m,xelox,3,2,0,9,9", "C,55,f,xelox,4,2,9,3,6"]
    Path("data/raw/ward.csv").write_text(
        table + "\n".join([*rows, "D,57,m,unbekannt,3,3,k.A.,2,6"])
    )
    main("2027", "data/raw/ward.csv")
    give_back(fill(values={"9": "missing"}))
    own = read_marked(CONFIG)["codebook"]
    assert own["missing_codes"] == ["unbekannt", "k.A."]
    assert [(a["column"], a["values"], a["means"]) for a in own["answers"]] == [
        ("Morbidity", ["9"], "missing"), ("grade", ["9"], "missing")
    ]  # fmt: skip
    patients, *_ = clean_cohort(read_raws(["data/raw/ward.csv"]).tables, codebook_of(codebook, own))
    assert patients["morbidity_30d"].fillna("").tolist() == ["yes", "no", "", ""]
    assert patients["grade"].fillna("").tolist() == ["grade_2", "", "grade_3", "grade_2"]
    assert patients["cycles"].fillna(-1).tolist() == [-1, 9, 6, 6]
    give_back(fill(values={"9": "to be corrected", "k.A.": "to be corrected"}))
    assert read_marked(CONFIG)["codebook"]["missing_codes"] == ["unbekannt"]
    assert "answers" not in read_marked(CONFIG)["codebook"]


def read_marked(path: Path) -> dict:
    """Read a config that waits for decisions."""
    return yaml.safe_load(path.read_text("utf-8"))


def test_what_a_sheet_does_not_decide_stays(drafted, capsys):
    give_back(fill())
    text = CONFIG.read_text("utf-8").replace(
        "    regimen:\n", "    regimen:\n      required: true\n"
    )
    answer = "  answers: [{file: f, column: c, values: all, means: right, reason: looked up}]\n"
    text = text.replace("codebook:\n", f"codebook:\n{answer}")
    CONFIG.write_text(f"{text}\n# of the end\nkept_numbers: old.json\n", encoding="utf-8")
    capsys.readouterr()
    give_back(fill({"Side": LEAVE_OUT}))
    told, config = capsys.readouterr().out, read_marked(CONFIG)
    assert config["codebook"]["answers"][0]["reason"] == "looked up"
    assert config["codebook"]["variables"]["regimen"]["required"] is True
    assert config["codebook"]["dropped"] == ["Team", "Side"]
    assert "primary_site" not in config["codebook"]["variables"]
    assert "No longer in config/cohorts/2027.yaml: codebook > variables > primary_site" in told
    assert CONFIG.read_text("utf-8").endswith("\n# of the end\nkept_numbers: old.json\n")


def test_a_sheet_starts_a_cohort_whose_config_is_gone(drafted):
    filled = fill(path="../filled in.xlsx")
    CONFIG.unlink()
    shutil.rmtree("data/raw")
    Path("data/raw").mkdir()
    assert "expected a name and at least one file" in start("2027")
    assert "expected the tables too" in start("2027", "--mapping", filled)
    give_back(filled, "../from the ward.csv")
    assert Path("data/raw/from_the_ward.csv").exists()
    config = read_marked(CONFIG)
    assert config["raw"] == ["data/raw/from_the_ward.csv"]
    assert config["codebook"]["dropped"] == ["Team"]
    assert config["title"] == "TODO: the title"
    Path("data/raw/more.csv").write_text("id,age\nA,1\n", encoding="utf-8")
    told = start("2027", "data/raw/more.csv", "--mapping", filled)
    assert "is of other tables; expected FROM to name data/raw/from_the_ward.csv" in told


def test_a_sheet_saved_by_libreoffice_is_understood(drafted):
    """LibreOffice Calc 7.4 saved the sheet of this table, once `fill` had filled it in."""
    draft = CONFIG.read_text("utf-8")
    give_back(str(Path(__file__).with_name("mapping_by_libreoffice.xlsx")))
    assert accepted(draft) == read_marked(CONFIG)["codebook"]


def test_a_reading_is_a_response_of_the_rule(empty):
    table = "id,age,sex,size_pre_cm,size_post_cm,response_read\nA,50,f,4,3,gone\nB,61,m,3,2,pd\n"
    Path("data/raw/ward.csv").write_text(table, encoding="utf-8")
    main("2027", "data/raw/ward.csv")
    for level in ("complete", "new: complete"):
        told = refused(fill(values={"ward.csv, row 2 (4 letters, not shown)": level}))
        assert f"found '{level}'; expected one of progressive, regressive, stationary" in told
    give_back(fill(values={"ward.csv, row 2 (4 letters, not shown)": "regressive"}))
    levels = read_marked(CONFIG)["codebook"]["variables"]["radiologist_response"]["levels"]
    assert levels == {"regressive": ["gone"]}


def change(sheet: str, change, path: str = "") -> str:
    """Change one sheet of a workbook that was filled in."""
    book = openpyxl.load_workbook(path or fill())
    change(book[sheet])
    book.save(SHEET)
    return SHEET


def sort(sheet) -> None:
    """Sort the rows by their names, put the columns backwards, notes and a title beside them."""
    head, *rows = [[cell.value for cell in row][::-1] for row in sheet.iter_rows()]
    rows.sort(key=str)
    sheet.delete_rows(1, sheet.max_row)
    for row in (["for Mona"], [], ["Notes", *head], *([i, *row] for i, row in enumerate(rows))):
        sheet.append(row)


def test_rows_in_another_order_are_understood(drafted):
    draft = CONFIG.read_text("utf-8")
    change("Columns", lambda sheet: (sheet.delete_rows(4), sort(sheet)))  # a known one is gone
    change("Values", sort, SHEET)
    give_back()
    assert accepted(draft) == read_marked(CONFIG)["codebook"]


def test_rows_that_were_changed_are_told(drafted):
    def columns(sheet):
        sheet.append([cell.value for cell in sheet[5]])
        sheet.append(["Weight", *"abcdefg", "leave out"])
        sheet.delete_rows(12)
        sheet["A10"], sheet["F9"], sheet["I11"] = "Zyklen", "grade", "ask Dr. Mona Zaki"

    def values(sheet):
        sheet.append([cell.value for cell in sheet[5]])
        sheet.append(["Chemo regimen", "G7", 1, "", "", "grade_2"])
        sheet.delete_rows(2)
        sheet["B3"], sheet["F4"] = "Folfox-6", '="x"&"elox"'

    change("Columns", columns)
    told = refused(change("Values", values, SHEET))
    assert "sheet Values, row 4, column Decision: found 'a formula'; expected a text" in told
    book = openpyxl.load_workbook(SHEET)
    book["Values"]["F4"] = "xelox"
    book.save(SHEET)
    told = refused()
    no_column = "expected a column of the raw tables, named as in the sheet when it was written"
    for words in (
        "sheet Columns, row 10, column Column: found 'Zyklen'; " + no_column,
        "sheet Columns, row 11, column Decision: found '(13 letters, not shown)'",
        "sheet Columns, row 12, column Column: found 'Chemo regimen'; expected one row for it, "
        "which row 5 is already",
        "sheet Columns, row 13, column Column: found 'Weight'; " + no_column,
        "sheet Columns, column Column: found 'no row'; expected a row for Side",
        "sheet Values, column Value: found 'no row'; expected a row for FOLFOX of Chemo regimen",
        "found 'Folfox-6'; expected a value of that column that waits for a decision",
        "found 'G7'; expected a value of that column that waits for a decision",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (
            lambda sheet: setattr(sheet["F1"], "value", "Entscheidung"),
            "sheet Values, row 1, column Decision: found 'the heading 0 times'; expected it once",
        ),
        (
            lambda sheet: setattr(sheet, "title", "Werte"),
            "found 'no sheet Values'; expected the sheets Columns and Values",
        ),
    ],
)
def test_another_workbook_is_refused(drafted, done, told):
    assert told in refused(change("Values", done))


def test_tables_that_changed_since_are_told(drafted):
    filled = fill()
    raw = Path("data/raw/from_the_ward.csv")
    raw.write_text(
        raw.read_text("utf-8").replace("Team", "Group").replace(",rectal", ",coecum"), "utf-8"
    )
    told = refused(filled)
    assert (
        "sheet Columns, row 11, column Column: found 'Team'; expected a column of the raw" in told
    )
    assert "sheet Columns, column Column: found 'no row'; expected a row for Group" in told


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"Column,Decision\n", b"", None])
def test_what_is_no_such_workbook_is_refused(drafted, content):
    path = Path("../back.xlsx")
    if content is not None:
        path.write_bytes(content)
    assert "back.xlsx" in refused(str(path))


def test_the_same_table_gives_the_same_bytes(drafted):
    first = Path(SHEET).read_bytes()
    for path in (Path(SHEET), CONFIG):
        path.unlink()
    main("2027", "../from the ward.csv")
    assert Path(SHEET).read_bytes() == first


def test_no_cell_of_a_table_is_a_formula(empty):
    """Nor does LibreOffice or Excel make one of it: it is marked as text."""
    wild = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    rows = [f'A{i},50,f,"{cell}","{cell}"' for cell in wild for i in range(3)]
    Path("data/raw/ward.csv").write_text("\n".join(["id,age,sex,=cmd,regimen", *rows]), "utf-8")
    main("2027", "data/raw/ward.csv")
    book = openpyxl.load_workbook(SHEET)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} == {"s", "n"}
    begun = [c for c in cells if str(c.value)[0] in "=+-@"]
    assert begun and all(c.quotePrefix and c.number_format == "@" for c in begun)


def test_what_may_identify_somebody_is_not_in_the_sheet(empty, capsys):
    """Their places are; a decision does not bring a name into the config either.

    As the sheet comes back, what it does not leave out is told.
    """
    names = ["Fatma Hassan", "Zebulon", "28503121401234", "seen by Dr. Z", "01012345678"]
    rows = [f"A{i},97,f,{n},{n},{n},12.03.1965,8412{i}" for i, n in enumerate(names)]
    head = "id,age,sex,surgery,Free,Hassan score,surgery_date,MRN"
    rows += [f"B{i},50,m,hepatectomy,x,2,01.02.2024,8500{i}" for i in range(4)]
    Path("data/raw/ward.csv").write_text("\n".join([head, *rows]), "utf-8")
    main("2027", "data/raw/ward.csv")
    book = openpyxl.load_workbook(SHEET)
    texts = " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row)
    for secret in (*names, "Hassan", "Fatma", "Dr. Z", "8412", "8500", "1965", "2024", "97"):
        assert secret not in texts
    assert "ward.csv, row 2 (11 letters, not shown)" in texts
    assert "ward.csv, column 6 (11 letters, not shown)" in texts
    hidden = "ward.csv, row 2 (11 letters, not shown)"
    told = refused(fill(values={hidden: "hepatectomy"}))
    assert "expected `to be corrected`, since it may name somebody" in told
    assert "Fatma" not in told
    capsys.readouterr()
    give_back(fill())
    told = capsys.readouterr().out
    assert not [n for n in names if n in CONFIG.read_text("utf-8") + told]
    assert "ward.csv, row 2, column surgery: found '(11 letters, not shown) (and in" in told
    assert "MRN" not in told
