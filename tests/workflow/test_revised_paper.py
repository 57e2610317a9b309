"""`snakemake revision` compares a cohort with the one that it follows, if there is one."""

import csv
import shutil

from repository import build, planned, replace, snakemake

FILES = {"changes.csv", "claims.csv", "revision.html", "tracked.docx"}


def test_a_cohort_is_compared_with_the_one_that_it_follows(copy):
    config = copy / "config/cohorts/2031.yaml"
    shutil.copyfile(copy / "config/cohorts/2024.yaml", config)
    replace(config, "follows: null", 'follows: "2024"')
    replace(config, "corrections: []", "corrections: [data/raw/corrections.csv]")
    with (copy / "data/raw/cohort_2024.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    correction = [first["patient_id"], "age_years", first["age_years"], "80", "typing error"]
    (copy / "data/raw/corrections.csv").write_text(
        f"patient_id,column,old,new,reason\n{','.join(correction)}\n", encoding="utf-8"
    )
    arguments = ("revision", "--config", "cohort=2031")
    build(copy, *arguments)
    folder = copy / "results/2031/revision"
    assert {path.name for path in folder.iterdir()} == FILES
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["key"]: row for row in csv.DictReader(file)}
    moved = float(rows["all.age_years.mean"]["part_corrections"])
    assert abs(moved - (80 - int(first["age_years"])) / 25) < 1e-9
    assert {row["moved_by"] for row in rows.values()} == {"", "corrections"}
    assert planned(copy, *arguments) == {}


def test_a_cohort_that_follows_none_is_refused(copy):
    done = snakemake(copy, "revision")
    assert done.returncode != 0
    assert "There is nothing to compare cohort 2024 with" in done.output
    assert "`follows` is null" in done.output
