"""What is wrong stops the build with a message, and leaves the last good results as they are."""

import csv

import pytest
from repository import build, fingerprint, planned, replace, snakemake

RAW = "data/raw/cohort_2024.csv"


def read_rows(folder):
    with (folder / RAW).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_rows(folder, rows, delimiter=","):
    with (folder / RAW).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def set_cells(folder, cells):
    """Write `cells`, (row of the file, column) -> text, into the raw table."""
    rows = read_rows(folder)
    for (row, column), text in cells.items():
        rows[row - 1][rows[0].index(column)] = text
    write_rows(folder, rows)


def name_an_unknown_column(folder):
    set_cells(folder, {(1, "regimen"): "drug"})
    return [f"{RAW}, row 1, column drug: found 'drug'; expected a column that"]


def write_no_number(folder):
    set_cells(folder, {(5, "age_years"): "abc"})
    return [
        f"{RAW}, row 5, column age_years: found '(3 letters, not shown)'; expected a number (years)"
    ]


def repeat_an_id(folder):
    first = read_rows(folder)[1][0]
    set_cells(folder, {(7, "patient_id"): first})
    return [f"{RAW}, row 7, column patient_id: found '{first}'; expected each patient once"]


def empty_the_file(folder):
    (folder / RAW).write_text("", encoding="utf-8")
    return [f"{RAW}, row 1: found ''; expected a header and at least one patient"]


def separate_by_bars(folder):
    write_rows(folder, read_rows(folder), delimiter="|")
    return [f"{RAW}, row 1: found 'patient_id|", "separated by commas, semicolons or tabs"]


def make_several_mistakes(folder):
    set_cells(folder, {(3, "sex"): "x", (9, "age_years"): "200", (20, "size_pre_mm"): "large"})
    return [
        "3 problems in the input",
        f"{RAW}, row 3, column sex: found 'x'; expected one of: male, female",
        f"{RAW}, row 9, column age_years: found '200'; expected 16 to 100 years",
        f"{RAW}, row 20, column size_pre_mm: found 'large'; expected a number (mm)",
    ]


def assert_refused(folder, *messages):
    """Assert that the build stops with `messages`, shown as they are and not as a traceback."""
    done = snakemake(folder)
    assert done.returncode != 0
    assert "Traceback" not in done.output
    for message in messages:
        assert message in done.output


@pytest.mark.parametrize(
    "spoil",
    [
        name_an_unknown_column,
        write_no_number,
        repeat_an_id,
        empty_the_file,
        separate_by_bars,
        make_several_mistakes,
    ],
)
def test_a_bad_table_is_refused_and_the_last_results_stay(copy, spoil):
    before = fingerprint(copy)
    messages = spoil(copy)
    assert_refused(copy, *messages, "results/2024/logs/clean_cohort.log")
    assert messages[0] in (copy / "results/2024/logs/clean_cohort.log").read_text("utf-8")
    assert fingerprint(copy) == before


def test_a_bad_table_is_refused_until_it_is_mended(copy):
    good, before = (copy / RAW).read_bytes(), fingerprint(copy)
    messages = write_no_number(copy)
    assert_refused(copy, *messages)
    assert_refused(copy, *messages)  # Snakemake must not take the old results for new ones
    (copy / RAW).write_bytes(good)
    build(copy)
    assert fingerprint(copy) == before
    assert planned(copy) == {}


def test_a_level_without_a_place_in_the_plan_is_refused(copy):
    before = fingerprint(copy)
    replace(
        copy / "config/plan.yaml",
        "{label: Female, values: [female]}",
        "{label: Female, values: [woman]}",
    )
    assert_refused(copy, "female")
    assert_refused(copy, "female")
    assert fingerprint(copy) == before


def test_privacy_typo(copy):
    before = fingerprint(copy)
    replace(copy / "config/privacy.yaml", "age_years: [40", "agee: [40")
    assert_refused(copy, "config/privacy.yaml: no column agee")
    assert_refused(copy, "config/privacy.yaml: no column agee")
    assert fingerprint(copy) == before
    replace(copy / "config/privacy.yaml", "agee: [40", "age_years: [40")
    build(copy)
    assert fingerprint(copy) == before


def test_an_unknown_key_of_the_template_is_refused(copy):
    before = fingerprint(copy)
    template = copy / "manuscript/paper.qmd.j2"
    replace(template, "# Discussion\n", "# Discussion\n\nOf << cohort.members >> patients.\n")
    line = template.read_text("utf-8").split("cohort.members")[0].count("\n") + 1
    message = f"manuscript/paper.qmd.j2, line {line}: no such key: cohort.members"
    assert_refused(copy, message)
    assert_refused(copy, message)
    assert fingerprint(copy) == before


@pytest.mark.parametrize("reference", ["@fig-x", "@nobody2099"])
def test_an_unresolved_reference_is_refused(copy, reference):
    before = fingerprint(copy)
    replace(
        copy / "manuscript/paper.qmd.j2", "# Discussion\n", f"# Discussion\n\nSee {reference}.\n"
    )
    assert_refused(copy, f"references that lead nowhere: {reference}")
    assert_refused(copy, f"references that lead nowhere: {reference}")
    after = fingerprint(copy)
    assert {p for p in after if after[p] != before.get(p)} == {"2024/manuscript/paper.qmd"}
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("file", "old", "new", "typo"),
    [
        ("config/plan.yaml", "\nalpha: ", "\nalhpa: ", "alhpa"),
        ("config/codebook.yaml", "label: Patient\n", "lable: Patient\n", "lable"),
        ("config/config.yaml", "renderer: ", "rendrer: ", "rendrer"),
        ("config/cohorts/2024.yaml", "provenance: ", "provenence: ", "provenence"),
        ("config/cohorts/2024.yaml", "plan: {}", "plan: {variables: {sex: {lable: Sex}}}", "lable"),
    ],
)
def test_a_typo_in_the_configuration_stops_the_dry_run_with_its_name(copy, file, old, new, typo):
    replace(copy / file, old, new)
    done = snakemake(copy, "--dry-run")
    assert done.returncode != 0
    assert typo in done.output


def test_an_unknown_cohort_is_refused_with_the_known_ones(copy):
    done = snakemake(copy, "--config", "cohort=2031")
    assert done.returncode != 0
    assert "There is no config/cohorts/2031.yaml. Cohorts: 2024" in done.output
    assert "Traceback" not in done.output
