"""What is wrong with the files of config/: all of it, with its place, in plain words."""

import os
import shutil
from pathlib import Path

import pytest
from project import ROOT, edit

from crlm.config.configuration import missing_files, read_configuration, unreadable_table
from crlm.draft import place_files

SCHEMAS = ROOT / "workflow/schemas"


@pytest.fixture
def config(tmp_path):
    """Folder of a copy of config/, to be changed."""
    return shutil.copytree(ROOT / "config", tmp_path / "config")


def read(config: Path, **overrides):
    return read_configuration(str(config), SCHEMAS, overrides)


def test_the_files_as_they_are_have_no_fault(config):
    found = read(config)
    assert found.faults == {}
    assert set(found.cohorts) == set(found.plans) == set(found.codebooks) == {"2024", "2025"}
    assert found.faults_of_others("2024") == ""


@pytest.mark.parametrize("nothing", ["", "\n  # deleted", "\n  variables:\n    sex:"])
def test_a_codebook_that_adds_nothing_is_the_common_one(config, nothing):
    edit(config / "cohorts/2024.yaml", "codebook: {}", f"codebook:{nothing}")
    found = read(config)
    assert found.faults == {}
    assert found.codebooks["2024"] == found.common["codebook"]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("plan.yaml", "\nalpha: 0.05", "\nalhpa: 0.05",
         ", line 5, alhpa: found the unknown key 'alhpa'; expected `alpha`"),
        ("plan.yaml", "percent: 1,", "percent: 9,",
         "decimals > percent: found 9; expected at most 3"),
        ("plan.yaml", "label: Female, values: [female]", "label: , values: female",
         "variables > sex > levels > female > label: found nothing; expected a text"),
        ("plan.yaml", "label: Female, values: [female]", "label: Female, values: female",
         "female > values: found 'female'; expected a list"),
        ("plan.yaml", "label: Female, values: [female]", "label: Female, vals: [female]",
         "female > vals: found the unknown key 'vals'; expected `values`"),
        ("plan.yaml", "test: pearson_chi2", "test: pearson", "published > test: found 'pearson'; "
         "expected one of pearson_chi2, fisher_exact, fisher_freeman_halton, mann_whitney"),
        ("plan.yaml", "growth_mm: 5", "growth: 5",
         "parameters > growth: found the unknown key 'growth'; expected a name of the form"),
        ("codebook.yaml", '"yes": [y', "yes: [y",
         "levels > True: found the key true (as YAML reads yes, no, on, off, true and false); "
         "expected a text: put quotation marks around it"),
        ("codebook.yaml", "required: true", "required: ja",
         "required: found 'ja'; expected true or false"),
        ("codebook.yaml", "missing_codes: [", "missing_codes: [999, ",
         "missing_codes > entry 1: found 999; expected a text: put quotation marks around it"),
        ("codebook.yaml", "missing_codes: [", "missing_codes: [2024-01-01, ",
         "missing_codes > entry 1: found the date (8 digits, not shown); expected a text"),
        ("config.yaml", "renderer: auto", "renderer: quatro", "renderer: found 'quatro'; "
         "expected one of auto, quarto, embedded (`quarto`?)"),
        ("config.yaml", "[html, pdf, docx]", "[html, html]",
         "formats: found 'html' twice; expected each entry once"),
        ("privacy.yaml", "smallest_class: 5", "smallest_class: 1", "found 1; expected at least 2"),
        ("privacy.yaml", "{age_years: ", "{agee: ", "quasi_identifiers > agee: found 'agee', "
         "which is no clean column; expected `age_years`"),
        ("privacy.yaml", "[comorbidity, ", "[comorbidty, ", "sensitive > entry 1: found "
         "'comorbidty', which is no clean column; expected `comorbidity`"),
        ("privacy.yaml", "sensitive:", "sensitve:", "found the unknown key 'sensitve'; expected "
         "`sensitive`"),
        ("cohorts/2024.yaml", "from: 2022", "from: 22", "period > from: found 22; expected at "
         "least 1950"),
        ("cohorts/2024.yaml", "plan: {}", "plan: {variables: {sex: {lable: Sex}}}",
         "line 18, plan > variables > sex > lable: found the unknown key 'lable'"),
        ("cohorts/2024.yaml", "plan: {}", "plan: {variable: {}}",
         "plan > variable: found the key 'variable'; expected only variables, response_rules"),
        ("cohorts/2024.yaml", "plan: {}", "plan: {tables: {table9: {title: T, groups: [all], "
         "percent_of: group, rows: [{variable: sex}]}}}",
         "plan > tables > table9: found a table of one cohort alone; expected one that the "
         "common plan has too (table1, "),
        ("cohorts/2024.yaml", "plan: {}", "plan: {tables: []}",
         "plan > tables: found a list ([a, b]); expected keys with values"),
        ("cohorts/2024.yaml", "plan: {}", "plan:", "plan: found nothing; expected keys with"),
        ("cohorts/2024.yaml", "codebook: {}", "codebook: {variables: {sex: {levels: [m]}}}",
         "codebook > variables > sex > levels: found a list ([a, b]); expected keys with values"),
        ("cohorts/2024.yaml", "follows: null", "follows: 2023",
         "follows: found 2023; expected a text: put quotation marks around it"),
        ("cohorts/2024.yaml", "follows: null", 'follows: ["2025"]', "follows: found"),
        ("cohorts/2024.yaml", "follows: null", 'follows: "2019"',
         "follows: found '2019'; expected a cohort (2025)"),
        ("cohorts/2024.yaml", "tests: published ", "# ",
         "found no key tests; expected `tests: …`"),
        ("cohorts/2024.yaml", "response_rule: number_and_size", "response_rule: by_size",
         "response_rule: found 'by_size', which is no rule of the plan; expected one of num"),
        ("cohorts/2024.yaml", "plan: {}", "plan: {variables: {sex: {label: Sex, source: gender, "
         "levels: {male: {label: M, values: [male]}, female: {label: F, values: [female]}}}}}",
         "plan > variables > sex > source: found 'gender', which is no column; expected one of"),
        ("plan.yaml", "{label: Female, values: [female]}", "{label: F, values: [femal]}",
         "sex > levels > female > values: found 'femal', which sex never is; expected `female`"),
        ("plan.yaml", "variable: grade", "variable: grades",
         "rows > entry 14 > variable: found 'grades', no variable of the plan; expected `grade`"),
        ("codebook.yaml", "  size_post_mm:\n", "  size_after_mm:\n",
         "variables: found no variable size_post_mm; expected it, since the response is read from"),
        ("cohorts/2024.yaml", "codebook: {}", "codebook: {variables: {Site: {label: Site}}}",
         "variables > Site: found the unknown key 'Site'; expected a name of small letters"),
        ("cohorts/2024.yaml", "cohort_2024.csv]", "cohort_2024.doc]",
         "found 'data/raw/cohort_2024.doc'; expected the path of a file that ends in .csv, "),
        ("cohorts/2024.yaml", "title: ", "title: [", "found brackets that are not closed"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_key(config, file, old, new, told):
    edit(config / file, old, new)
    faults = read(config).faults_of("2024")
    assert f"{config}/{file}" in {fault.split(",")[0].split(":")[0] for fault in faults}
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "found an empty file; expected the keys cohort, formats, renderer, timestamp, draws"),
        ("# nothing\n", "found an empty file"),
        ("- a\n- b\n", "found a list ([a, b]); expected keys with values"),
        ("text\n", "found 'text'; expected keys with values"),
    ],
)
def test_a_file_that_is_no_mapping_is_told(config, content, told):
    (config / "config.yaml").write_text(content, encoding="utf-8")
    (fault,) = read(config).faults_of("2024")
    assert told in fault


def test_all_faults_of_all_files_are_told_at_once(config):
    edit(config / "config.yaml", "renderer: auto", "renderer: quatro")
    edit(config / "plan.yaml", "\nalpha: 0.05", "\nalpha: 5")
    edit(config / "codebook.yaml", "type: id\n", "type: [\n")
    edit(config / "cohorts/2024.yaml", "provenance: recon", "provenance: decon")
    edit(config / "cohorts/2024.yaml", "from: 2022", "from: 22")
    faults = read(config).faults_of("2024")
    files = [fault.split(",")[0].removeprefix(f"{config}/") for fault in faults]
    assert files == [
        "config.yaml", "plan.yaml", "codebook.yaml", "cohorts/2024.yaml", "cohorts/2024.yaml",
    ]  # fmt: skip


def test_a_faulty_file_of_another_cohort_blocks_none_but_its_own(config):
    edit(config / "cohorts/2025.yaml", "provenance: ", "provenence: ")
    found = read(config)
    assert found.faults_of("2024") == []
    assert found.faults_of_others("2024").count("2025.yaml (make check COHORT=2025)") == 1
    (fault,) = found.faults_of("2025")
    assert "expected `provenance`" in fault
    assert found.faults_of_others("2025") == ""


def test_a_faulty_file_of_the_cohort_that_is_followed_is_told(config):
    edit(config / "cohorts/2024.yaml", "provenance: ", "provenence: ")
    (fault,) = read(config).faults_of("2025")
    assert "cohorts/2024.yaml, line 9, provenence" in fault


def test_a_cohort_that_is_not_there_is_told_with_the_known_ones(config):
    (fault,) = read(config).faults_of("2031")
    assert fault.endswith("cohorts/2031.yaml. Cohorts: 2024, 2025.")


def test_the_command_line_goes_before_the_file(config):
    assert read(config, renderer="embedded").settings["renderer"] == "embedded"
    (fault,) = read(config, renderer="word").faults_of("2024")
    assert "renderer: found 'word'" in fault


M_TWICE = ("codebook.yaml", "female: [f, woman]", "female: [f, woman, m]")
SELF = ("cohorts/2024.yaml", "follows: null", "follows: '2024'")
ABOVE = ("codebook.yaml", "max: 24", "max: 0")


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        # Beside an entry that does not fit its schema the others are held against one another.
        ([("codebook.yaml", "type: id\n", "type: ide\n"), M_TWICE, SELF, ABOVE],
         ["found 'ide'", "2024 follows 2024", "found 'm', a spelling of", "found 1, above max"]),
        ([("plan.yaml", "\nalpha: 0.05", "\nalpha: 5"),
          ("plan.yaml", "source: cycles", "source: cyclez"), M_TWICE],
         ["found 5", "found 'm', a spelling of", "found 'cyclez', which is no column"]),
        ([("cohorts/2024.yaml", "tests: ", "testss: "), SELF, ABOVE],
         ["'testss'", "2024 follows 2024", "min: found 1, above max 0"]),
        ([("plan.yaml", "\nvariables:\n", "\nvariables: []\nvars:\n"), M_TWICE],
         ["found a list", "the unknown key 'vars'", "found 'm', a spelling of"]),
        ([("plan.yaml", "label: stationary with responders", "label: 3"), M_TWICE],
         ["groupings > disease_control > label: found 3", "found 'm', a spelling of"]),
        ([("codebook.yaml", "type: id\n", "type: [\n"), SELF],
         ["brackets that are not closed", "2024 follows 2024"]),
        # What speaks of an entry that does not fit tells nothing new.
        ([("codebook.yaml", "label: Cycles of neo", "labl: Cycles of neo"),
          ("plan.yaml", "cycles: {label:", "cycles: {labl:")],
         ["cycles > labl: found the unknown key 'labl'; expected `label`"] * 2),
    ],
)  # fmt: skip
def test_contradictions_are_told_beside_what_no_schema_allows(config, edits, told):
    for file, *words in edits:
        edit(config / file, *words)
    found = read(config).faults_of("2024")
    assert len(found) == len(told), found
    assert all(any(part in fault for fault in found) for part in told), found


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("data/raw/cohort_2042.csv", "which is not there (there is data/raw/cohort_2024.csv)"),
        ("data/raw.csv", "which is a folder"),
        ("../raw.csv", "which is outside of the project's folder"),
        (
            "data/raw/{a}<b>.csv",
            "with one of < > { } in its path, which the workflow reads as its own",
        ),
        ("data/raw/\u202evsc.csv", "with a sign in its path that can't be seen: rename the file"),
        ("/tmp/raw.csv", "which is outside of the project's folder"),
        ("data/link.csv", "which is outside of the project's folder"),
        ("data/pipe.csv", "which is no file but a device or a pipe"),
    ],
)
def test_a_table_that_nobody_can_read_is_told(config, monkeypatch, path, said):
    monkeypatch.chdir(config.parent)
    Path("data/raw").mkdir(parents=True)
    published = [f"data/published/{table}.csv" for table in ("ranges", "tables", "text")]
    for name in ("data/raw/cohort_2024.csv", *published):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    Path("data/raw.csv").mkdir()
    Path("data/link.csv").symlink_to("/etc/passwd")
    os.mkfifo("data/pipe.csv")
    found = read_configuration("config", SCHEMAS)
    assert missing_files(found, "2024") == []
    edit(config / "cohorts/2024.yaml", "raw: [data/raw/cohort_2024.csv]", f"raw: ['{path}']")
    assert missing_files(read_configuration("config", SCHEMAS), "2024") == [
        f"config/cohorts/2024.yaml, line 3, raw: found {path!r}, {said}; expected the path of a "
        "file from the project's folder"
    ]


def test_the_folder_of_the_raw_tables_may_be_a_link_but_no_file_in_it(config, monkeypatch):
    """A hospital keeps its data on a disk of its own."""
    project, disk = config.parent / "project", config.parent / "disk"
    disk.mkdir()
    (project / "data").mkdir(parents=True)
    monkeypatch.chdir(project)
    Path("data/raw").symlink_to(disk)
    (disk / "a.csv").touch()
    (disk / "b.csv").symlink_to("/etc/passwd")
    assert unreadable_table("data/raw/a.csv") == ""
    assert unreadable_table("data/raw/b.csv") == "which is outside of the project's folder"
    places = place_files([Path("data/raw/a.csv")])
    assert places == {Path("data/raw/a.csv"): Path("data/raw/a.csv")}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zebulon Quackenbush 1", "(28 letters and 1 digit, not shown)"),
        ("01012345678", "(10 letters and 11 digits, not shown)"),
        ("Klinik Nord", None),
        ("CRC_Kinshasa", None),
        ("CRLMProject_DATA_2024-11-02_1530", None),
    ],
)
def test_a_name_of_a_file_may_tell_of_nobody(config, monkeypatch, name, shown):
    monkeypatch.chdir(config.parent)
    edit(config / "cohorts/2024.yaml", "data/raw/cohort_2024.csv", f"data/raw/{name}.csv")
    (told, *_) = missing_files(read_configuration("config", SCHEMAS), "2024")
    assert (name not in told) == bool(shown)
    assert f"found {shown}, whose name may tell of somebody: rename" in told or not shown


def test_a_contradiction_is_told_of_the_file_where_it_stands(config):
    edit(config / "codebook.yaml", "max: 24", "max: 0")
    edit(config / "cohorts/2025.yaml", "period: {from:", "period: {from: 2999, to: 2024}  #")
    added = "{exclusions: [{name: a, label: b, exclude: 't_stage != \"T3\"'}]}   # TODO: is it so?"
    edit(config / "cohorts/2024.yaml", "codebook: {}", f"codebook: {added}")
    found = read(config).faults
    (common,) = {p for told in found.values() for p in told if "codebook.yaml" in p}
    assert f"{config}/codebook.yaml, line 105, variables > cycles > min: found 1, above" in common
    told = "\n".join(found[f"{config}/cohorts/2024.yaml"])
    assert "codebook > exclusions > a > exclude: found '\"T3\"' (character 12)" in told
    assert "waits for a decision: codebook" in told
