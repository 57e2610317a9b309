"""The sheet of a cohort's mapping: what it asks, and what becomes of it as it comes back."""

import re
import shutil
from pathlib import Path

import openpyxl
import pytest
import yaml
from test_intake import ROOT, house, start  # noqa: F401

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


@pytest.fixture
def drafted(house, capsys):  # noqa: F811
    main("2027", "../from the ward.csv")
    capsys.readouterr()
    return house


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


REFUSED = {  # columns, values -> what is told
    "undecided": (
        {"Side": ""},
        {"FOLFOX": ""},
        [
            "sheet Columns, row 12, column Decision: found ''; expected a choice of the list",
            "sheet Values, row 2, column Decision: found ''; expected one of xelox, folfiri",
        ],
    ),
    "two columns of a variable": (
        {"Team": "comorbidity", "Side": "comorbidity"},
        {},
        [
            "sheet Columns, row 12, column Decision: found 'comorbidity'; expected one column for "
            "comorbidity in a table, which Team is"
        ],
    ),
    "a variable that is there": (
        {"Team": "sex"},
        {},
        ["one column for sex in a table, which Gender is"],
    ),
    "no variable": (
        {"Side": "primary_sight"},
        {},
        ["found 'primary_sight'; expected", "`primary_site`"],
    ),
    "no unit of the variable": (
        {"Size pre (cm)": ("size_pre_mm", "weeks"), "Side": ("primary_site", "cm")},
        {},
        [
            "column Unit: found 'weeks'; expected one of mm, cm",
            "column Unit: found 'cm'; expected no unit, which primary_site has not",
        ],
    ),
    "a unit to choose": (
        {"Team": "duration_months"},
        {},
        ["column Unit: found ''; expected one of months, days, weeks"],
    ),
    "no level": ({}, {"FOLFOX": "xelocks"}, ["found 'xelocks'; expected `xelox` (of regimen)"]),
    "level of another variable": (
        {},
        {"FOLFOX": "rectum (primary_site)"},
        ["found 'rectum (primary_site)'; expected one of xelox, folfiri"],
    ),
    "against the codebook": (
        {},
        {"Xelox": "folfiri"},
        ["found 'folfiri'; expected `xelox`, as which the codebook reads it"],
    ),
    "known column": ({"Gender": LEAVE_OUT}, {}, ["expected `known`: the codebook reads it as sex"]),
    "nothing proposed": ({"Team": AS_PROPOSED}, {}, ["expected nothing, which is proposed now"]),
    "no name of a level": (
        {},
        {"FOLFOX": "new: FOLFOX 6"},
        ["found 'new: FOLFOX 6'; expected one of"],
    ),
    "new level that is a spelling": (
        {},
        {"FOLFOX": "new: capox"},
        ["found 'new: capox'; expected `xelox`, of which capox is a spelling in the codebook"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_contradicts_is_refused_with_its_row(drafted, case):
    columns, values, told = REFUSED[case]
    said = refused(fill(columns, values))
    assert said.count("2027.mapping.xlsx, sheet ") == len(said.splitlines())
    for words in told:
        assert words in said


def test_words_of_missing_values_and_numbers_that_mean_it(house, codebook):  # noqa: F811
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
    CONFIG.write_text(f"{text}\n# of the end\nformats: [html]\n", encoding="utf-8")
    capsys.readouterr()
    give_back(fill({"Side": LEAVE_OUT}))
    told, config = capsys.readouterr().out, read_marked(CONFIG)
    assert config["codebook"]["answers"][0]["reason"] == "looked up"
    assert config["codebook"]["variables"]["regimen"]["required"] is True
    assert config["codebook"]["ignored"] == ["Team", "Side"]
    assert "primary_site" not in config["codebook"]["variables"]
    assert "No longer in config/cohorts/2027.yaml: codebook > variables > primary_site" in told
    assert CONFIG.read_text("utf-8").endswith("\n# of the end\nformats: [html]\n")


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
    assert config["codebook"]["ignored"] == ["Team"]
    assert config["title"] == "TODO: the title"
    Path("data/raw/more.csv").write_text("id,age\nA,1\n", encoding="utf-8")
    told = start("2027", "data/raw/more.csv", "--mapping", filled)
    assert "is of other tables; expected FROM to name data/raw/from_the_ward.csv" in told


def change(sheet: str, change, path: str = SHEET) -> str:
    """Change one sheet of a workbook that was filled in."""
    book = openpyxl.load_workbook(fill())
    change(book[sheet])
    book.save(path)
    return path


def rename(sheet, row: int, column: int, text: object) -> None:
    sheet.cell(row, column).value = text


def sort(sheet) -> None:
    """Sort the rows by their names, put the columns backwards, notes and a title beside them."""
    head, *rows = [[cell.value for cell in row][::-1] for row in sheet.iter_rows()]
    rows.sort(key=str)
    sheet.delete_rows(1, sheet.max_row)
    for row in (["for Mona"], [], ["Notes", *head], *([i, *row] for i, row in enumerate(rows))):
        sheet.append(row)


NO_COLUMN = "expected a column of the raw tables, named as in the sheet when it was written"
ROW = "expected one row for it, which row"
CHANGED = {  # a sheet and what is done to it -> what is told, or nothing where it is understood
    "columns sorted": ("Columns", sort, ""),
    "values sorted": ("Values", sort, ""),
    "known column gone": ("Columns", lambda s: s.delete_rows(4), ""),
    "column gone": (
        "Columns",
        lambda s: s.delete_rows(12),
        "found 'no row'; expected a row for Side",
    ),
    "value gone": (
        "Values",
        lambda s: s.delete_rows(2),
        "expected a row for FOLFOX of Chemo regimen",
    ),
    "column twice": (
        "Columns",
        lambda s: s.append([cell.value for cell in s[12]]),
        f"row 13, column Column: found 'Side'; {ROW} 12 is already",
    ),
    "value twice": (
        "Values",
        lambda s: s.append([cell.value for cell in s[2]]),
        f"column Value: found 'FOLFOX'; {ROW} 2 is already",
    ),
    "new column": (
        "Columns",
        lambda s: s.append(["Weight", *"abcdefg", "leave out"]),
        f"row 13, column Column: found 'Weight'; {NO_COLUMN}",
    ),
    "new value": (
        "Values",
        lambda s: s.append(["Side", "links", 1, "", "", "left_colon"]),
        "column Value: found 'links'; expected a value of that column that waits for a decision",
    ),
    "column renamed": (
        "Columns",
        lambda s: rename(s, 12, 1, "Seite"),
        f"row 12, column Column: found 'Seite'; {NO_COLUMN}",
    ),
    "value renamed": (
        "Values",
        lambda s: rename(s, 2, 2, "Folfox-6"),
        "row 2, column Value: found 'Folfox-6'; expected a value of that column",
    ),
    "other proposal": (
        "Columns",
        lambda s: rename(s, 12, 6, "grade"),
        "row 12, column Proposed variable: found 'grade'; expected primary_site — Site of",
    ),
    "formula": (
        "Values",
        lambda s: rename(s, 2, 6, '="x"&"elox"'),
        "row 2, column Decision: found 'a formula'; expected a text",
    ),
    "heading gone": (
        "Values",
        lambda s: rename(s, 1, 6, "Entscheidung"),
        "row 1, column Decision: found 'the heading 0 times'; expected it once",
    ),
    "sheet renamed": (
        "Values",
        lambda s: setattr(s, "title", "Werte"),
        "found 'no sheet Values'; expected the sheets Columns and Values",
    ),
    "name of a person": (
        "Columns",
        lambda s: rename(s, 12, 9, "ask Dr. Mona Zaki"),
        "row 12, column Decision: found '(13 letters, not shown)'",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_sheet_that_was_changed_is_understood_or_refused(drafted, case):
    sheet, done, told = CHANGED[case]
    draft = CONFIG.read_text("utf-8")
    path = change(sheet, done)
    if told:
        assert told in refused(path)
    else:
        give_back(path)
        assert accepted(draft) == {**read_marked(CONFIG)["codebook"]}


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


def test_no_cell_of_a_table_is_a_formula(house):  # noqa: F811
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


def test_what_may_identify_somebody_is_not_in_the_sheet(house):  # noqa: F811
    """Their places are; a decision does not bring a name into the config either."""
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
    give_back(fill())
    assert not [n for n in names if n in CONFIG.read_text("utf-8")]
