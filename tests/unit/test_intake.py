"""Starting a cohort from a messy table: what is taken, left to a person, or refused."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.masking import undecided_lines
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.unknowns import propose_codebook, propose_unknown, unknown_columns
from crlm.draft import main
from crlm.plan.additions import codebook_of
from crlm.received.tables import read_raws

SCHEMA = read_yaml(ROOT / "workflow/schemas/cohort.schema.yaml")
MESSY = """\
Patient No,Age (years),Gender,Chemo regimen,Number pre,Size pre (cm),number_post,Size post cm,\
No. of cycles,Team,Side
A1,55,F,FOLFOX,2,"4,5",2,3.0,6,red,rectal
A2,61,M,Xelox,1,3.0,1,3.0,8,blue,left-sided
A3,47,m,xelos,3,5.2,4,6.0,4,red,?
A4,70,F,capox,1,2.5,1,2.0,4,red,right
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
    columns = {n: (v or {}).get("columns") for n, v in config["codebook"]["variables"].items()}
    # Whole names of the codebook are taken; all else waits for a person.
    assert {name: own for name, own in columns.items() if own} == {
        "age_years": {"Age (years)": "years"},
        "lesions_pre": {"Number pre": "lesions"},
        "size_pre_mm": {"Size pre (cm)": "cm"},
        "size_post_mm": {"Size post cm": "cm"},
    }
    assert config["codebook"].keys() == {"variables"}
    assert "'Size post cm' is size_post_mm" in told
    assert "GUESS: column 4, 'Chemo regimen', may be regimen, by the meaning of its name" in told
    assert "GUESS: column 11, 'Side', may be primary_site, by its cells; not taken" in told
    assert ", 'Team', is not known" in told
    assert "make check COHORT=2027" in told
    text = (house / "config/cohorts/2027.yaml").read_text("utf-8")
    assert len(undecided_lines(text)) == 15
    assert not undecided_lines("\n".join(text.splitlines()[:5]))  # the head itself waits for nobody


def test_the_suggestions_pass_when_they_are_taken(house, codebook):
    main("2027", "../from the ward.csv")
    text = (house / "config/cohorts/2027.yaml").read_text("utf-8")
    own = re.sub(r"# (GUESS|TODO): (?!columns that)", "", text[text.index("\ncodebook:\n") :])
    additions = yaml.safe_load(own.replace("xelos", "Xelos"))["codebook"]
    assert additions["dropped"] == ["Team"]
    tables = read_raws(["data/raw/from_the_ward.csv"]).tables
    patients, *_ = clean_cohort(tables, codebook_of(codebook, additions))
    assert patients["regimen"].tolist() == ["folfox", "xelox", "xelox", "xelox"]
    assert patients["size_pre_mm"].tolist() == [45, 30, 52, 25]
    assert patients["primary_site"].fillna("").tolist() == [
        "rectum",
        "left_colon",
        "",
        "right_colon",
    ]


FOREIGN = {
    "German": "Pat.-Nr.;Alter;Geschlecht;Anzahl Metastasen vor Chemo;Größe vor Chemo (cm);"
    "Zyklen;Größe nach Chemo (cm);Frei\nA1;55;weiblich;2;4,5;6;1;x\nA2;61;männlich;1;3;k.A.;1;y\n",
    "French": "ID patient;Âge (ans);Sexe;Nombre de lésions avant;Taille avant (cm);"
    "Nombre de cures;Taille après (cm);Note\nA1;55;femme;2;4,5;6;1;x\nA2;61;homme;1;3;n.a.;1;y\n",
    "Spanish": "ID paciente;Edad;Sexo;Número de metástasis antes;Tamaño antes (cm);"
    "Ciclos;Tamaño después (cm);Libre\nA1;55;mujer;2;4,5;6;1;x\nA2;61;hombre;1;3;no consta;1;y\n",
    "Arabic": "رقم المريض;العمر;الجنس;عدد النقائل قبل العلاج;حجم الورم قبل (سم);"
    "عدد الدورات;حجم الورم بعد العلاج (سم);بدون\n"
    "A1;55;أنثى;2;4,5;6;1;x\nA2;61;ذكر;1;3;غير معروف;1;y\n",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_usual_columns_in_other_languages_are_guessed(house, codebook, language):
    Path("ward.csv").write_text(FOREIGN[language], encoding="utf-8")
    main("2027", "ward.csv")
    text = Path("config/cohorts/2027.yaml").read_text("utf-8")
    assert codebook_of(codebook, yaml.safe_load(text)["codebook"]) == codebook
    own = yaml.safe_load(
        re.sub(r"# (GUESS|TODO): (?!columns that)", "", text[text.index("\ncodebook:\n") :])
    )
    tables = read_raws(["data/raw/ward.csv"]).tables
    merged = codebook_of(codebook, own["codebook"])
    patients, *_ = clean_cohort(tables, merged)
    assert patients["sex"].tolist() == ["female", "male"]
    assert patients["age_years"].tolist() == [55, 61]
    assert patients["lesions_pre"].tolist() == [2, 1]
    assert patients["size_pre_mm"].tolist() == [45, 30]
    assert patients["cycles"].isna().tolist() == [False, True]


LABELS = {  # column -> its label, and the guess
    "v1": ("Alter (Jahre)", ("age_years", "years")),
    "v2": ("Geschlecht", ("sex", None)),
    "v3": ("Largest diameter after chemotherapy (cm)", ("size_post_mm", "cm")),
    "size_before": ("Size before chemo (cm)", ("size_pre_mm", "cm")),  # the label tells the unit
    "v4": ("Not alive 1y", None),
    "v5": ("Outcome", ("alive_1y", None)),  # by its cells
}


@pytest.mark.parametrize("kind", ["spss", "redcap"])
def test_columns_are_guessed_by_their_labels(house, kind, codebook, synonyms):
    cells = {"id": ["P1", "P2"], "v1": ["50", "61"], "v2": ["m", "w"], "v3": ["3.5", "2"],
             "size_before": ["4.5", "3"], "v4": ["alive", "dead"],
             "v5": ["alive", "dead"]}  # fmt: skip
    frame = pd.DataFrame(cells)
    if kind == "spss":
        labels = {column: label for column, (label, _) in LABELS.items()}
        pyreadstat.write_sav(frame, "ward.sav", column_labels=labels)
        tables, _ = read_raws(["ward.sav"], [], codebook)
    else:
        head = 'Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR '
        lines = [f"{name},base,text,<b>{label}</b>," for name, (label, _) in LABELS.items()]
        text = "\n".join([f'{head}Slider Labels"', "id,base,text,ID,", *lines])
        Path("dictionary.csv").write_text(text, encoding="utf-8")
        frame.to_csv("ward.csv", index=False)
        tables, _ = read_raws(["ward.csv"], ["dictionary.csv"], codebook)
    guesses = unknown_columns(tables, codebook, synonyms)
    assert {column: guess and guess[:2] for column, guess in guesses.items()} == {
        column: guess for column, (_, guess) in LABELS.items()
    }
    assert all(guess.why for guess in guesses.values() if guess)  # none is certain


@pytest.mark.parametrize(
    "columns",
    [
        ["Not alive 1y", "No recurrence 1y"],  # inverted.csv
        ["Age of partner", "Toxicity grade", "Adjuvant cycles", "duration weeks of adjuvant"],
        ["ohne Rezidiv", "sans récidive", "sin recidiva", "unverheiratet", "dead within a year"],
        ["death 1y", "non-responder", "disease free", "recurrence-free", "بدون انتكاس"],
    ],
    ids=["inverted", "g_within", "others", "more"],
)
def test_what_is_no_match_is_left_open(house, codebook, columns):
    rows = [["patient_id", *columns], ["A", *"1" * len(columns)], ["B", *"2" * len(columns)]]
    yes = [["C", *["yes"] * len(columns)], ["D", *["no"] * len(columns)]]
    Path("ward.csv").write_text("\n".join(map(",".join, rows + yes)), encoding="utf-8")
    main("2027", "ward.csv")
    text = Path("config/cohorts/2027.yaml").read_text("utf-8")
    own = yaml.safe_load(
        re.sub(r"# (GUESS|TODO): (?!columns that)", "", text[text.index("\ncodebook:\n") :])
    )
    # A name that might be somebody's is not written.
    assert own["codebook"].keys() == {"dropped"}
    assert {*own["codebook"]["dropped"]} == {*columns} - {"Age of partner", "unverheiratet"}


def test_a_table_that_is_known_needs_nothing(house, codebook, capsys):
    shutil.copy(ROOT / "data/raw/cohort_2024.csv", "data/raw")
    main("again", "data/raw/cohort_2024.csv")
    told = capsys.readouterr().out
    assert "make check COHORT=again" in told
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
        (
            "2027",
            "../Dr. Zaki.csv",
            "a,b\n1,2",
            "a file whose name holds '(6 letters, not shown)': rename it",
        ),
        ("2027", "../28503121401234.csv", "a,b\n1,2", "holds '(14 digits, not shown)': rename it"),
        ("2027", "../01012345678.csv", "a,b\n1,2", "holds '(11 digits, not shown)': rename it"),
        ("2027", "../Zebulon_Quack.csv", "a,b\n1,2", "holds '(12 letters, not shown)': rename"),
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
    assert "make cohort NAME=2026 FROM=file.xlsx" in start("2027")


def test_a_first_row_of_a_patient_is_no_header(house):
    rows = "Fatma Hassan,28503121401234,43,M\nMona Zaki,28503121401235,44,F\n"
    Path("ward.csv").write_text(rows, encoding="utf-8")
    told = start("2027", "ward.csv")
    assert 'row 1: found "what looks like a patient\'s values"; expected the names of' in told
    assert "Fatma" not in told
    assert not Path("config/cohorts/2027.yaml").exists()


def test_two_files_of_one_name_are_refused(house):
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "ward.csv").write_text(f"id,age\n{folder},50\n", encoding="utf-8")
    assert "another file goes to data/raw/ward.csv too" in start("2027", "a/ward.csv", "b/ward.csv")


def test_identifiers_in_known_columns(house, capsys):
    """A national id, a phone and names in columns that the codebook knows get into no file."""
    cells = ["28503121401234", "Xelox (Mona, 0100 123)", "Fatma Hassan", "Fatma"]
    rows = ["patient_id,grade,regimen,surgery,approach", ",".join(["A", cells[0], f'"{cells[1]}"',
            *cells[2:]]), "B,2,xelox,hepatectomy,concomitant"]  # fmt: skip
    Path("data/raw/ward.csv").write_text("\n".join(rows), encoding="utf-8")
    main("2027", "data/raw/ward.csv")
    told = capsys.readouterr().out + Path("config/cohorts/2027.yaml").read_text("utf-8")
    assert not [cell for cell in (*cells, "Mona", "0100") if cell in told]
    assert "# TODO: data/raw/ward.csv, row 2, surgery: (not shown), not one of" in told


def test_a_problem_in_one_table_is_told_with_its_place(house):
    Path("../bad.csv").write_text("a,b\n1,2,3\n", encoding="utf-8")
    assert "bad.csv, row 2: found '3 cells'; expected 2 cells" in start("2027", "../bad.csv")


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


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("patient name", ["Jane Example", "John Sample"]),
        ("Surgeon", ["Mona Zaki", "Omar Said"]),
        ("MRN", ["4711", "4712"]),
        ("mobile", ["01012345678", "01112345679"]),
        ("Geburtsdatum", ["12.03.1965", "01.11.1958"]),
        ("grade", ["2", "28503121401234"]),
        ("surgery", ["hepatectomy", "Fatma Hassan"]),
    ],
)
def test_a_table_that_identifies_somebody_is_not_copied(house, column, cells):
    """In a column that is known or not; nothing is written, and no cell is shown."""
    rows = [f"{cell},A{i},55" for i, cell in enumerate(cells, start=1)]
    Path("ward.csv").write_text("\n".join([f"{column},id,age", *rows]), encoding="utf-8")
    before = sorted(Path("config/cohorts").iterdir())
    told = start("2027", "../from the ward.csv", "ward.csv")
    row = 2 + (cells[0] in ("2", "hepatectomy"))
    assert told.startswith(f"ward.csv, row {row}, column ")
    assert "Nothing was copied or written" in told
    assert not [cell for cell in cells if len(cell) > 1 and cell in told.split("expected")[0]]
    assert sorted(Path("config/cohorts").iterdir()) == before
    assert not any(Path("data/raw").iterdir())


def test_the_name_of_a_column_that_is_known_by_its_cells_alone_is_not_shown(codebook, synonyms):
    cells = ["rectum", "left colon", "right colon"] * 5
    raw = pd.DataFrame({"patient_id": [f"A{i}" for i in range(15)], "Kowalska": cells})
    tables = [("x.csv", raw, [])]
    proposal = propose_unknown(tables, codebook, synonyms)
    lines = propose_codebook(proposal, tables, codebook, synonyms)
    # Its place is told in place of it, for with the mark taken away this is no column.
    hidden = r"<x.csv, column 2 \(8 letters, not shown\)>\W+null +# by its cells: Site"
    assert re.search(hidden, lines)
    assert "Kowalska" not in lines
