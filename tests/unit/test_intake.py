"""Starting a cohort from a messy table: what is taken, left to a person, or refused."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from crlm.additions import codebook_of
from crlm.cohort import clean_cohort
from crlm.intake import draft_cohort, guess_content, guess_period, main, understood
from crlm.received import read_raws

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/cohort.schema.yaml").read_text("utf-8"))
MESSY = """\
Patient No,Age (years),Gender,Chemo regimen,Number pre,Size pre (cm),number_post,Size post cm,\
No. of cycles,Team,Side
A1,55,F,FOLFOX,2,"4,5",2,3.0,6,Ann,rectal
A2,61,M,Xelox,1,3.0,1,3.0,8,Bob,left-sided
A3,47,m,xelos,3,5.2,4,6.0,4,Ann,?
A4,70,F,capox,1,2.5,1,2.0,4,Ann,right
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Folder like the repository, with a messy table beside it."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "config", folder / "config")
    (folder / "data/raw").mkdir(parents=True)
    (tmp_path / "from the ward.csv").write_text(MESSY, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def start(*arguments) -> str:
    """Run the command; return what it exits with where it does not succeed."""
    with pytest.raises(SystemExit) as ended:
        main(*map(str, arguments))
    assert ended.value.code  # a text: printed to stderr, exit code 1
    return ended.value.code


def test_a_messy_table_starts_a_cohort(house, codebook, capsys):
    main("2027", "../from the ward.csv")
    told = capsys.readouterr().out
    config = yaml.safe_load((house / "config/cohorts/2027.yaml").read_text("utf-8"))
    assert config.keys() == set(SCHEMA["required"])
    assert config["raw"] == ["data/raw/from_the_ward.csv"]
    assert (house / config["raw"][0]).read_text("utf-8") == MESSY
    assert config["provenance"] == "original"
    assert config["period"] == {"from": 2027, "to": 2027}
    columns = {n: v["columns"] for n, v in config["codebook"]["variables"].items()}
    assert columns == {
        "patient_id": {"Patient No": None},
        "age_years": {"Age (years)": "years"},
        "regimen": {"Chemo regimen": None},
        "lesions_pre": {"Number pre": "lesions"},
        "size_pre_mm": {"Size pre (cm)": "cm"},
        "size_post_mm": {"Size post cm": "cm"},
        "cycles": {"No. of cycles": "cycles"},
    }
    # Levels and what the cells alone speak for are never taken without a person.
    assert all(v.keys() == {"columns"} for v in config["codebook"]["variables"].values())
    assert "GUESS: 'Chemo regimen' is regimen, by its name; 50% of its cells are underst" in told
    assert "TODO: 'Side' may be primary_site, by its cells; not taken" in told
    assert "TODO: 'Team' is unknown; not taken" in told
    assert "The build will stop with 4 problems" in told  # FOLFOX, xelos, Team, Side


def test_the_suggestions_pass_when_they_are_taken(house, codebook):
    main("2027", "../from the ward.csv")
    text = (house / "config/cohorts/2027.yaml").read_text("utf-8")
    _, own = text.split("\ncodebook:\n")
    lines = [line for line in own.splitlines() if "TODO" not in line and "GUESS" not in line]
    taken = [
        line.replace("# ", "", 1)
        for line in lines
        if "<variable>" not in line and "# xelox: [FOLFOX]" not in line
    ]
    additions = yaml.safe_load("\n".join(["codebook:", *taken]))["codebook"]
    assert additions["ignored"] == ["Team", "Side"]
    tables = read_raws(["data/raw/from_the_ward.csv"]).tables
    patients, *_ = clean_cohort(tables, codebook_of(codebook, additions))
    assert patients["regimen"].tolist() == ["folfox", "xelox", "xelox", "xelox"]
    assert patients["size_pre_mm"].tolist() == [45, 30, 52, 25]


def test_a_table_that_is_known_needs_nothing(house, codebook, capsys):
    shutil.copy(ROOT / "data/raw/cohort_2024.csv", "data/raw")
    main("again", "data/raw/cohort_2024.csv")
    told = capsys.readouterr().out
    assert "The tables pass the cleaning as they are." in told
    assert "copied" not in told
    config = yaml.safe_load(Path("config/cohorts/again.yaml").read_text("utf-8"))
    assert config["codebook"] == {}
    assert "TODO: the first and the last year" in Path("config/cohorts/again.yaml").read_text(
        "utf-8"
    )


def test_what_is_there_is_not_overwritten(house):
    main("2027", "../from the ward.csv")
    before = Path("config/cohorts/2027.yaml").read_bytes()
    assert "config/cohorts/2027.yaml is there already" in start("2027", "../from the ward.csv")
    assert Path("config/cohorts/2027.yaml").read_bytes() == before
    Path("data/raw/from_the_ward.csv").write_text("another", encoding="utf-8")
    assert "is there and is another file" in start("2028", "../from the ward.csv")
    assert Path("data/raw/from_the_ward.csv").read_text("utf-8") == "another"


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        ("2027", "../absent.csv", None, "../absent.csv: there is no such file"),
        ("2027", "../letter.pdf", "%PDF", "expected a file that ends in .csv, .tsv"),
        ("2027", "../empty.csv", "", "a header and at least one patient"),
        ("a/b", "../from the ward.csv", None, "expected a name of letters, digits"),
    ],
)
def test_what_can_not_be_read_is_refused_and_nothing_is_written(
    house, name, file, content, message
):
    if content is not None:
        Path(file).write_text(content, encoding="utf-8")
    before = sorted(Path("config/cohorts").iterdir())
    assert message in start(name, "../from the ward.csv", file)
    assert sorted(Path("config/cohorts").iterdir()) == before
    assert not any(Path("data/raw").iterdir())


def test_a_command_without_files_says_what_is_expected():
    assert "make cohort NAME=2025 FROM=file.xlsx" in start("2027")


def test_the_share_of_cells_that_a_variable_understands(codebook):
    cells = pd.Series(["4", "x", "", "?", "5 cm", "400"])
    size = codebook["variables"]["size_pre_mm"]
    # 4 and 5 cm of four that hold something; 400 mm is not believed.
    assert understood(cells, size, "mm", codebook["missing_codes"]) == 2 / 4
    assert understood(pd.Series(["", "?"]), size, "mm", codebook["missing_codes"]) == 0


def test_what_cells_alone_speak_for(codebook):
    margins = pd.Series(["< 1 mm", "1-4 mm", "?"])
    assert guess_content(margins, codebook, set()) == ["margin"]
    assert guess_content(margins, codebook, {"margin"}) == []
    answers = guess_content(pd.Series(["yes", "no"]), codebook, {"comorbidity"})
    assert {"two_stage", "morbidity_30d", "recurrence_1y"} <= set(answers)


def test_the_period_is_guessed_from_dates_before_the_name(codebook):
    dates = pd.DataFrame({"date_of_surgery": ["2024-03-01", "soon", "2026-01-01", ""]})
    assert guess_period([("a.csv", dates, [])], codebook, "2030")[:2] == (2024, 2026)
    assert guess_period([], codebook, "2022_2025")[:2] == (2022, 2025)
    assert guess_period([], codebook, "x")[2].startswith("TODO")


def test_no_variable_is_guessed_twice_in_a_file(codebook):
    frame = pd.DataFrame({"Size pre cm": ["4"], "Size pre cm, CT": ["5"]}, index=[2])
    draft = draft_cohort("x", [("a.csv", frame, [])], codebook, ["rule"], [], [])
    assert draft.codebook == {"variables": {"size_pre_mm": {"columns": {"Size pre cm": "cm"}}}}


def test_a_problem_in_one_table_is_told_with_its_place(house):
    Path("../bad.csv").write_text("a,b\n1,2,3\n", encoding="utf-8")
    assert "bad.csv, row 2: found '3 cells'; expected 2 cells" in start("2027", "../bad.csv")


def test_an_identifier_is_told_and_gets_into_no_draft(house, capsys):
    table = MESSY.replace("Team,Side", "Surgeon,Side").replace(",Ann,", ",Mona Zaki,")
    (house / "ward.csv").write_text(table, encoding="utf-8")
    main("2027", "ward.csv")
    told = capsys.readouterr().out
    assert (
        "column Surgeon: found '(8 letters, not shown) (and in 3 more rows)'; expected no name"
        in told
    )
    assert "Zaki" not in told + (house / "config/cohorts/2027.yaml").read_text("utf-8")


def test_columns_that_identify_patients_are_told_without_showing_them(house, capsys):
    table = "id,age,sex,patient name,lesions_pre\nA1,55,F,Jane Example,2\nA2,61,M,John Sample,1\n"
    (house / "data/raw/named.csv").write_text(table, encoding="utf-8")
    main("2027", "data/raw/named.csv")
    told = capsys.readouterr().out
    assert (
        "column patient name: found '(11 letters, not shown) (and in 1 more row)'; expected no name"
        in told
    )
    assert "Jane" not in told + (house / "config/cohorts/2027.yaml").read_text("utf-8")
