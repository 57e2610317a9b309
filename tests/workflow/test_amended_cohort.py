"""A cohort with corrected cells and withdrawn patients: the paper, nothing left, what it moved."""

import csv
import shutil

import pytest
from repository import build, planned, replace, snakemake

COHORT = "config/cohorts/2024.yaml"
GONE = "CRLM-12"
REVISION = ("revision", "--config", "cohort=2031")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amend(folder, cohort):
    """Correct the age of a patient, and let another withdraw."""
    (folder / "data/raw/corrections.csv").write_text(
        "patient_id,column,old,new,reason\nCRLM-01,age_years,43,44,date of birth read anew\n",
        encoding="utf-8",
    )
    (folder / "data/raw/withdrawn.csv").write_text(
        f"patient_id,reason\n{GONE},\n", encoding="utf-8"
    )
    replace(cohort, "corrections: []", "corrections: [data/raw/corrections.csv]")
    replace(cohort, "withdrawn: []", "withdrawn: [data/raw/withdrawn.csv]")


@pytest.fixture(scope="session")
def amended(built, build_once):
    """Folder in which the cohort 2031, which is that of 2024 amended, was compared with it."""

    def revise(folder):
        cohort = shutil.copytree(built, folder) / "config/cohorts/2031.yaml"
        shutil.copyfile(folder / COHORT, cohort)
        replace(cohort, "follows: null", 'follows: "2024"')
        amend(folder, cohort)
        return build(folder, "results/2031/cohort/cleaning.html", *REVISION)

    return build_once("amended", revise)


@pytest.mark.long
def test_corrections_and_withdrawals_reach_the_paper(amended):
    results = amended / "results/2031"
    counts = {row["step"]: int(row["patients"]) for row in read(results / "cohort/flow.csv")}
    assert counts == {"received": 25, "withdrawn": 1, "no_follow_up_imaging": 0, "analysed": 24}
    (corrected,) = (
        row for row in read(results / "cohort/cleaning_log.csv") if "correction" in row["rule"]
    )
    assert list(corrected.values())[2:] == [
        "age_years", "43", "44", "correction: date of birth read anew"
    ]  # fmt: skip
    qmd = (results / "manuscript/paper.qmd").read_text("utf-8")
    assert (
        'The data of [25 patients]{.num key="cohort.received_patients"} were received; none was '
        'excluded, and after the withdrawal of [1 patient]{.num key="cohort.withdrawn_patients"} '
        'the analysis covers [24 patients]{.num key="cohort.n_patients"}'
    ) in qmd
    page = (results / "cohort/cleaning.html").read_text("utf-8")
    assert "date of birth read anew" in page
    # Nothing is left of the patient who withdrew, in whatever was made of the data.
    made = [p for p in (results / "cohort").iterdir() if p.suffix in (".csv", ".html")]
    made += [results / "response/response.csv", results / "numbers/numbers.json"]
    assert len(made) == 9
    assert [p.name for p in made if GONE in p.read_text("utf-8")] == []


@pytest.mark.long
def test_a_cohort_is_compared_with_the_one_that_it_follows(amended):
    folder = amended / "results/2031/revision"
    made = {"changes.csv", "claims.csv", "revision.html", "tracked.docx"}
    assert {path.name for path in folder.iterdir()} == made
    rows = {row["key"]: row for row in read(folder / "changes.csv")}
    ages = {
        row["patient_id"]: int(row["age_years"])
        for row in read(amended / "data/raw/cohort_2024.csv")
    }
    corrected = sum(ages.values()) + 44 - 43
    parts = [rows["all.age_years.mean"][f"part_{f}"] for f in ("corrections", "withdrawn")]
    assert [*map(float, parts)] == pytest.approx(
        [(44 - 43) / 25, (corrected - ages[GONE]) / 24 - corrected / 25], abs=1e-9
    )
    by_config = {key for key, row in rows.items() if "plan" in row["moved_by"].split()}
    assert by_config == {"cohort.followed", "cohort.followed_patients"}  # 2024 follows none
    factors = {factor for row in rows.values() for factor in row["moved_by"].split()}
    assert factors == {"corrections", "withdrawn", "plan"}
    assert planned(amended, *REVISION) == {}


def test_a_cohort_that_follows_none_is_refused(copy):
    done = snakemake(copy, "revision")
    assert done.returncode != 0
    *_, said = done.output.rstrip().splitlines()
    assert said.startswith("There is nothing to compare cohort 2024 with: in config/cohorts/2024.")
