"""A cohort with corrected cells and withdrawn patients: the paper, the page and nothing left."""

import csv

from repository import build, replace, snakemake

COHORT = "config/cohorts/2024.yaml"
GONE = "CRLM-12"


def read(folder, path):
    with (folder / "results/2024" / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amend(folder, old="43"):
    """Correct the age of a patient (`old` as received), and let another withdraw."""
    (folder / "data/raw/corrections.csv").write_text(
        f"patient_id,column,old,new,reason\nCRLM-01,age_years,{old},44,date of birth read anew\n",
        encoding="utf-8",
    )
    (folder / "data/raw/withdrawn.csv").write_text(
        f"patient_id,reason\n{GONE},\n", encoding="utf-8"
    )
    replace(folder / COHORT, "corrections: []", "corrections: [data/raw/corrections.csv]")
    replace(folder / COHORT, "withdrawn: []", "withdrawn: [data/raw/withdrawn.csv]")


def test_corrections_and_withdrawals_reach_the_paper(copy):
    amend(copy)
    build(copy, "results/2024/manuscript/paper.qmd", "results/2024/cohort/cleaning.html")
    counts = {row["step"]: int(row["patients"]) for row in read(copy, "cohort/flow.csv")}
    assert counts == {"received": 25, "withdrawn": 1, "no_follow_up_imaging": 0, "analysed": 24}
    (corrected,) = (
        row for row in read(copy, "cohort/cleaning_log.csv") if "correction" in row["rule"]
    )
    assert list(corrected.values())[2:] == [
        "age_years", "43", "44", "correction: date of birth read anew"
    ]  # fmt: skip
    qmd = (copy / "results/2024/manuscript/paper.qmd").read_text("utf-8")
    assert (
        'The data of [25 patients]{.num key="cohort.received_patients"} were received; none was '
        'excluded, and after the withdrawal of [1 patient]{.num key="cohort.withdrawn_patients"} '
        'the analysis covers [24 patients]{.num key="cohort.n_patients"}'
    ) in qmd
    page = (copy / "results/2024/cohort/cleaning.html").read_text("utf-8")
    assert "date of birth read anew" in page
    # Nothing is left of the patient who withdrew, in whatever was made of the data.
    made = [p for p in (copy / "results/2024/cohort").iterdir() if p.suffix in (".csv", ".html")]
    made += [
        copy / "results/2024/response/response.csv",
        copy / "results/2024/numbers/numbers.json",
    ]
    assert len(made) == 8
    assert [p.name for p in made if GONE in p.read_text("utf-8")] == []


def test_a_correction_of_another_value_is_refused(copy):
    amend(copy, old="34")
    done = snakemake(copy)
    assert done.returncode != 0
    assert (
        "data/raw/corrections.csv, row 2, column old: found '34'; expected what "
        "data/raw/cohort_2024.csv, row 2, column age_years holds: '43'"
    ) in done.output


def test_a_key_pasted_twice_is_refused_by_its_name_and_line(copy):
    replace(copy / COHORT, "codebook: {}", "codebook:\n  ignored: [a]\n  ignored: [b]")
    done = snakemake(copy, "--dry-run")
    assert done.returncode != 0
    assert (
        "config/cohorts/2024.yaml, line 14, column 3: found the key 'ignored' twice" in done.output
    )
