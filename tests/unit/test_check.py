"""`make check`: all that is wrong with a cohort's input, in one run."""

import csv
import shutil
from pathlib import Path

import pytest
from project import ROOT, edit

from crlm.check import check_cohort
from crlm.config.configuration import read_configuration
from crlm.draft import start_cohort
from crlm.manuscript import prose

RAW = "data/raw/cohort_2024.csv"
PLAN = (ROOT / "config/plan.yaml").read_text(encoding="utf-8")
FEMALE = 1 + PLAN.partition("label: Female")[0].count("\n")  # its line


CHECK_PROSE, SEEN = prose.check_prose, {}


def check_prose_once(source, file, rules):
    """Check a template as `check_prose` does, each once: most tests leave it as it is."""
    key = source, file, str(rules)
    if key not in SEEN:
        SEEN[key] = CHECK_PROSE(source, file, rules)
    return SEEN[key]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Folder of a copy of the config, its schemas and the data, in which the test stands."""
    monkeypatch.setattr(prose, "check_prose", check_prose_once)
    for part in ("config", "workflow/schemas", "data", "manuscript"):
        shutil.copytree(ROOT / part, tmp_path / part)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(key: str) -> int:
    """Return the line of a key in the cohort's file."""
    text = (ROOT / "config/cohorts/2024.yaml").read_text(encoding="utf-8")
    return 1 + text[: text.index(f"\n{key}") + 1].count("\n")


def set_cells(cells: dict) -> None:
    """Write `cells`, (row of the file, column) -> text, into the raw table."""
    with Path(RAW).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    header = [*rows[0]]
    for (row, column), text in cells.items():
        rows[row - 1][header.index(column)] = text
    with Path(RAW).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def check(name: str = "2024") -> tuple[list[str], str]:
    """Return the problems of a cohort, one a line, and what follows them."""
    message = check_cohort(read_configuration("config", "workflow/schemas"), name)
    faults = len(getattr(message, "problems", ()))
    first, _, rest = str(message).partition("\n")
    problems, _, paste = rest.partition("\n\n")
    assert faults == len(problems.splitlines()), message
    assert first.startswith(f"{faults} problem") or not faults
    return problems.splitlines() if faults else [message], paste


def test_nothing_is_wrong_with_a_cohort_that_follows_another(project):
    (message,), _ = check("2025")
    assert message.startswith("Nothing wrong with the input of cohort 2025: 84 patients")
    assert "questions are open: see results/2025/cohort/cleaning.html" in message


def test_what_a_draft_proposes_already_is_not_proposed_again(project):
    set_cells({(2, "regimen"): "FOLFOX"})
    start_cohort("2027", [Path(RAW)])
    problems, paste = check("2027")
    assert any("waits for a decision: # GUESS: folfox" in problem for problem in problems)
    assert not paste
    set_cells({(3, "grade"): "IV"})
    assert "row 3, grade: (not shown)" in check("2027")[1]


def test_identifiers_columns_cells_amendments_and_config_are_told_in_one_run(project):
    set_cells({
        (1, "regimen"): "drug", (3, "sex"): "x", (4, "patient_id"): "Hassan Ahmed",
        (9, "age_years"): "200", (20, "size_pre_mm"): "large",
    })  # fmt: skip
    Path("data/fixes.csv").write_text(
        "patient_id,column,old,new,reason\nCRLM-77,sex,M,F,typed wrongly\n", encoding="utf-8"
    )
    edit("config/cohorts/2024.yaml", "corrections: []", "corrections: [data/fixes.csv]")
    edit("config/cohorts/2024.yaml", "from: 2022", "from: 22")
    edit("config/plan.yaml", "{label: Female, values: [female]}", "{label: F, values: [woman]}")
    edit("config/config.yaml", "renderer: auto", "renderer: quatro")
    problems, paste = check()
    for place in (
        "config/config.yaml, line 5, renderer: found 'quatro'",
        f"config/cohorts/2024.yaml, line {line_of('period:')}, period > from: found 22",
        f"{RAW}, row 1, column drug: found 'drug'; expected a column that",
        f"{RAW}, row 3, column sex: found 'x'; expected one of: male, female",
        f"{RAW}, row 4, column patient_id: found '(11 letters, not shown)'; expected a",
        f"{RAW}, row 9, column age_years: found '200'; expected 16 to 100 years",
        f"{RAW}, row 20, column size_pre_mm: found 'large'; expected a number (mm)",
        "data/fixes.csv, row 2, column patient_id: found 'CRLM-77'; expected the id of a patient",
        f"config/plan.yaml, line {FEMALE}, variables > sex > levels > female > values: found",
        "config/plan.yaml, variables, sex: no level holds female",
    ):
        assert [p.startswith(place) for p in problems].count(True) == 1, place
    assert len(problems) == 10
    assert "row 3, sex: (not shown), not one of male, female" in paste, paste
    assert "\nplan:\n  variables:\n    sex:" in paste
    assert "Hassan" not in "\n".join([*problems, paste])


def test_a_level_is_missing_where_the_variable_stands(project):
    """Of the cohort's own variables in its file, of the others in the common plan."""
    edit("config/plan.yaml", "{label: Female, values: [female]}", "{label: Second, values: [male]}")
    levels = "{t2: {label: T2, values: [t2]}, t3: {label: T3, values: [t3]}}"
    own = f"{{t_stage: {{label: T stage, source: t_stage, levels: {levels}}}}}"
    edit("config/cohorts/2024.yaml", "plan: {}", f"plan: {{variables: {own}}}")
    problems, _ = check()
    assert {p.split(" (")[0] for p in problems} == {
        f"config/plan.yaml, line {FEMALE}, variables > sex > levels > female > values: found "
        "'male', which stands under levels > male > values too; expected each value under one "
        "level",
        "config/plan.yaml, variables, sex: no level holds female",
        "config/cohorts/2024.yaml, plan, variables, t_stage: no level holds t4",
    }


def test_an_identifier_hides_no_level_that_the_plan_lacks(project):
    set_cells({(4, "patient_id"): "Hassan Ahmed"})
    edit("config/codebook.yaml", "male: [m, man]", "male: [m, man]\n      other: [f2]")
    set_cells({(3, "sex"): "f2"})
    problems, _ = check()
    assert [p.split(":")[0] for p in problems] == [
        f"{RAW}, row 4, column patient_id", "config/plan.yaml, variables, sex",
    ]  # fmt: skip


def test_a_response_that_no_rule_gives_is_told_with_a_level_that_the_plan_lacks(project):
    edit("config/plan.yaml", "{label: Female, values: [female]}", "{label: F, values: [woman]}")
    text = Path("config/codebook.yaml").read_text(encoding="utf-8")
    nobody_is_left_out = text.split("\nexclusions:")[0] + "\nexclusions: []\n"
    Path("config/codebook.yaml").write_text(nobody_is_left_out, encoding="utf-8")
    set_cells({(2, "size_post_mm"): "", (2, "lesions_post"): ""})
    problems, _ = check()
    assert any("the rule 'number_and_size' gives no response" in p for p in problems)
    assert any("no level holds female" in p for p in problems)


def test_a_column_that_is_not_there_is_told_before_the_responses_that_it_leaves_open(project):
    with Path(RAW).open(encoding="utf-8", newline="") as file:
        rows = [*csv.reader(file)]
    left = rows[0].index("lesions_pre")
    with Path(RAW).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*row[:left], *row[left + 1 :]] for row in rows)
    problems, _ = check()
    assert problems[0].startswith("no patient has a value of lesions_pre; expected the name that")
    assert "no response" in problems[1]


@pytest.mark.parametrize("column", ["size_pre_mm", "size_post_mm", "lesions_post"])
def test_a_column_that_is_not_known_leaves_the_response_open(project, column):
    set_cells({(1, column): "tumour seen"})
    problems, _ = check()
    assert [p.split(":")[0] for p in problems] == [f"{RAW}, row 1, column tumour seen"]


def test_columns_that_are_not_known_are_not_told_of_each_row_as_empty(project):
    set_cells({(1, "lesions_pre"): "seen", (1, "size_pre_mm"): "largest"})
    problems, _ = check()
    assert [p.split(":")[0] for p in problems] == [f"{RAW}, row 1, column {c}" for c in
                                                   ("seen", "largest")]  # fmt: skip


def test_a_table_that_can_not_be_read_hides_no_problem_of_another(project):
    Path("data/raw/old.csv").write_bytes(b"")
    edit("config/cohorts/2024.yaml", f"raw: [{RAW}]", f"raw: [{RAW}, data/raw/old.csv, data/x.csv]")
    set_cells({(3, "sex"): "x"})
    problems, _ = check()
    assert [p.split(":")[0] for p in problems] == [
        "config/cohorts/2024.yaml, line 3, raw", f"{RAW}, row 3, column sex",
        "data/raw/old.csv, row 1",
    ]  # fmt: skip


def test_what_is_wrong_with_rows_hides_nothing_of_the_others(project):
    """A title above the names of the columns, totals below, a row that is too short."""
    set_cells({(3, "sex"): "x", (9, "age_years"): "200"})
    text = Path(RAW).read_text(encoding="utf-8")
    totals = "Mean,54" + "," * (text.partition("\n")[0].count(",") - 1)
    Path(RAW).write_text(f"Liver 2024\n{text}CRLM-90,50\n{totals}\n", encoding="utf-8")
    assert [p.split(";")[0] for p in check()[0]] == [
        f"{RAW}, row 1: found '1 cell with text'",
        f"{RAW}, row 4, column sex: found 'x'",
        f"{RAW}, row 10, column age_years: found '200'",
        f"{RAW}, row 28: found '2 cells'",
        f"{RAW}, row 29: found 'Mean'",
    ]


def test_a_table_that_is_named_twice_is_read_once(project):
    edit(OWN, f"raw: [{RAW}]", f"raw: [{RAW}, {RAW}]")
    (problem,), _ = check()
    assert problem.startswith(f"{OWN}, line 3, raw: found '{RAW}' twice; expected each entry once")


def test_a_patient_of_a_table_that_can_not_be_read_may_be_amended(project):
    """Who is corrected may stand in the table that is not there."""
    edit("config/cohorts/2025.yaml", "data/raw/cohort_2024.csv", "data/raw/cohort_2042.csv")
    problems, _ = check("2025")
    assert [p.split(":")[0] for p in problems] == ["config/cohorts/2025.yaml, line 5, raw"]


def test_a_dictionary_that_is_gone_is_not_told_by_codes_that_nobody_can_read(project):
    Path("data/raw/synthetic_2025_d_dictionary.csv").unlink()
    problems, _ = check("2025")
    lost, undecoded = problems
    assert "dictionaries: found 'data/raw/synthetic_2025_d_dictionary.csv'" in lost
    assert "data/raw/synthetic_2025_d_redcap.csv" in undecoded


CODEBOOK, OWN = "config/codebook.yaml", "config/cohorts/2024.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "skipped"),
    [
        (CODEBOOK, "Sex\n    type: category", "Sex\n    type: categry", "sex"),
        (CODEBOOK, "min: 16", "min: sixteen", "age_years"),
        (CODEBOOK, "columns: {grade: null}", "columns: [grade]", ""),
        (CODEBOOK, "columns: {surgery_date: null, ", "column: {surgery_date: null, ", ""),
        (CODEBOOK, "exclude: lesions", "exclud: lesions", ""),
        (OWN, "codebook: {}", "codebook: {variables: {grade: {levels: {grade_2: [2]}}}}", ""),
        ("config/plan.yaml", "{label: Female, values:", "{label: Female, value:", ""),
        (CODEBOOK, "missing_codes:", "missing_code:", ""),
        (CODEBOOK, '"?", ', '"?", 77, ', ""),
        (CODEBOOK, "\ndropped: []", "\ndropped: name", ""),
        (CODEBOOK, "\nchecks:", "\nchcks:", ""),
        (CODEBOOK, "\nignored:", "\nremarks: [a]\nignored:", ""),
        (OWN, "codebook: {}", "codebook: {variabels: {grade: {levels: {grade_2: [two]}}}}", ""),
        # what is no YAML: the entry is lost that holds it
        (CODEBOOK, "label: Sex", "label: Sex: of patient", "sex"),
        (CODEBOOK, "  sex:\n", "  sex:\n    bad: [\n", "sex"),
        (CODEBOOK, "gender: null}", "gender: null", "sex"),
        (CODEBOOK, "    label: Sex\n", "\tlabel: Sex\n", "sex"),
        (CODEBOOK, "male: [m, man]", 'male: ["m, man]', "sex"),
        (CODEBOOK, "label: Any medical", "label: 'Patient's medical", ""),
        (CODEBOOK, 'recorded", "?"', 'recorded, "?"', ""),
        (CODEBOOK, "impossible: lesions_pre.isna()", "impossible: a: lesions_pre.isna()", ""),
        (OWN, "title:", 'title: "Liver', ""),
        (OWN, "response_rule:", "response_rule: recist_1_1\nresponse_rule:", ""),
        (OWN, "codebook: {}", "codebook: {variables: {", "sex age_years"),
        (OWN, "codebook: {}", "codebook:\n  variables:\n    sex:\n      levels: {male: [x}", "sex"),
        ("config/plan.yaml", "label: Sex", "label: Sex: a", ""),
        ("config/synonyms.yaml", "  age: [age,", "  age: [age, [", ""),
        # Of this nobody knows who is meant.
        (CODEBOOK, "pattern: '([", "patern: '([", "sex age_years"),
        (CODEBOOK, "type: id\n", "type: ide\n", "sex age_years"),
    ],
)
def test_a_fault_of_config_hides_no_cell_that_can_be_read(project, file, old, new, skipped):
    """All but what the faulty entry itself says is held against the table."""
    edit(file, old, new)
    set_cells({(3, "sex"): "x", (9, "age_years"): "200"})
    of_config, *of_cells = check()[0]
    assert of_config.startswith(f"{file}, line ")
    cells = {"sex": f"{RAW}, row 3, column sex: found 'x'; expected one of: male, female",
             "age_years": f"{RAW}, row 9, column age_years: found '200'; expected 16 to 100 years",
             }  # fmt: skip
    assert of_cells == [told for name, told in cells.items() if name not in skipped.split()]


def test_two_places_that_are_no_yaml_are_told_in_one_run(project):
    """And of each entry that can't be read nothing else: it is not told as one that is lacking."""
    edit(OWN, "title: ", "title: [")
    edit(OWN, "setting: ", "setting: a: ")
    edit(CODEBOOK, "label: Sex", "label: Sex: of patient")
    problems, _ = check()
    lines = line_of("title:"), line_of("setting:")
    assert [p.split(", column")[0] for p in problems] == [
        f"{CODEBOOK}, line 50", *(f"{OWN}, line {line}" for line in lines)
    ]  # fmt: skip


def test_a_faulty_codebook_hides_no_file_that_can_not_be_read(project):
    edit("config/codebook.yaml", "missing_codes:", "missing_code:")
    Path(RAW).write_bytes(b"PK\x03\x04 no workbook")
    problems, _ = check()
    assert [p.split(",")[0].split(":")[0] for p in problems] == ["config/codebook.yaml", RAW]


TEMPLATE = "manuscript/paper.qmd.j2"


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ([(TEMPLATE, "\n# Disc", "\nWe saw 17 of them.\n\n# Disc"),
          ("manuscript/references.bib", "@article{", "@article{,"),
          ("data/literature.yaml", "    value: 5.3\n", "")],
         ["> overall_survival: found no key", "found '17'", "column 10: found a fault"]),
        ([(TEMPLATE, "<% claim ", "<% clam "),
          ("data/literature.yaml", "zarour2017:", "zarour2017: [")],
         ["data/literature.yaml, line 7", "unknown tag 'clam'"]),
        ([(TEMPLATE, "<< ", "<< nonsense.key >> << ")], ["no such key: 'nonsense'"]),
        ([(TEMPLATE, "\n# Disc", "\nSee @fig-x.\n\n# Disc")], ["@fig-x, which leads nowhere"]),
        ([("manuscript/references.bib", "@article{zarour2017", "@article{z")],
         ["paper.qmd.j2, line"]),
    ],
)  # fmt: skip
def test_the_text_and_what_it_cites_are_checked_without_a_build(project, edits, told):
    for file, old, new in edits:
        edit(file, old, new)
    problems, _ = check()
    assert [part for part in told if not any(part in problem for problem in problems)] == []


def test_the_cohort_that_is_followed_is_checked_too(project):
    set_cells({(3, "sex"): "x"})
    problems, _ = check("2025")
    assert problems == [f"{RAW}, row 3, column sex: found 'x'; expected one of: male, female"]


def test_ids_of_the_cohort_that_is_followed_are_told_by_their_row(project):
    """CRLM-02 stands in row 3 of its file: the names of the columns are row 1."""
    text = Path("data/raw/synthetic_2025_a.csv").read_bytes()
    first = text.splitlines()[1].partition(b";")[0]
    Path("data/raw/synthetic_2025_a.csv").write_bytes(text.replace(first, b"crlm-2", 1))
    problems, _ = check("2025")
    assert "an id that can't be taken for CRLM-02 of cohort 2024, row 3" in "".join(problems)


def test_faulty_config_is_told_whatever_it_does_to_the_check_of_the_tables(project):
    edit("config/cohorts/2024.yaml", "response_rule: number_and_size", "response_rule: [a]")
    problems, _ = check()
    line = line_of("response_rule:")
    assert f"line {line}, response_rule: found a list ([a, b]); expected a text" in problems[0]
    assert problems[1:] in (
        [],
        ["The tables of cohort 2024 can't be checked until this is mended."],
    )
