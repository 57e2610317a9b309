"""What `make publish` copies has no patients in it; where one is planted, the last copy stays."""

import csv
import json
import re
import shutil
import subprocess
import zipfile

import pytest
from repository import build, replace

from crlm.base.files import read_texts, read_yaml
from crlm.base.problems import InputError
from crlm.manuscript.trace import read_study
from crlm.wings.privacy.release import publish_results

TARGET = ["--", "publish/2024/MANIFEST"]


def read(folder, path):
    return (folder / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def copied(built, build_once):
    """Folder of a copy of `built` in which the results were published; not to be changed."""
    return build_once("copied", lambda folder: build(shutil.copytree(built, folder), *TARGET))


def test_the_copy_has_no_patients_and_is_whole(copied):
    published = copied / "publish/2024"
    with (copied / "results/2024/cohort/patients.csv").open(encoding="utf-8") as file:
        ids = [row["patient_id"] for row in csv.DictReader(file)]
    assert len(ids) == 25
    assert ids[0] in read(copied, "results/2024/manuscript/paper.html")
    for path in filter(lambda p: p.is_file(), published.rglob("*")):
        content = path.read_bytes()
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as archive:
                content = b"".join(map(archive.read, archive.namelist()))
        assert not [i for i in ids if i.encode() in content], path
    names = {path.relative_to(published).as_posix() for path in published.rglob("*")}
    patients = {"cohort/patients.csv", "cohort/cells.csv", "cohort/readings.csv"}
    assert not (patients | {"response/response.csv", "logs"}) & names
    assert "numbers/accounts.json" not in names
    assert {"manuscript/paper.pdf", "tables/table1.csv", "numbers/numbers.json"} <= names
    listed = [line.split("  ")[1] for line in read(published, "MANIFEST").splitlines()]
    assert {*listed, "MANIFEST"} == {n for n in names if (published / n).is_file()}
    subprocess.run(["sha256sum", "--check", "--quiet", "MANIFEST"], cwd=published, check=True)
    assert "no patient is concerned" in read(published, "README.txt")
    assert all(
        "patients" not in n for n in json.loads(read(published, "numbers/numbers.json")).values()
    )
    html = read(published, "manuscript/paper.html")
    traced = json.loads(re.search(r'id="trace">(.*?)</script>', html, re.DOTALL)[1])
    assert len(traced["accounts"]) > 100
    assert traced["patients"] == {}


def test_a_sound_cohort_of_more_patients_is_not_refused(copy):
    """Its PDF, Word and HTML have more numbers among which values might stand by chance."""
    build(copy, "publish/2025/MANIFEST", "--config", "cohort=2025")
    assert (copy / "publish/2025/manuscript/paper.pdf").is_file()


def test_planted_patients_are_refused_together_and_the_last_copy_stays(copied, tmp_path):
    """Of all files that are published those suffice that are searched in a moment."""
    copy = shutil.copytree(copied, tmp_path / "copy")
    results, published = copy / "results/2024", copy / "publish/2024"
    before = {path: path.read_bytes() for path in published.rglob("*.*")}
    replace(results / "manuscript/references.bib", "Nanotechnol Percept}", "of CRLM-07}")
    files = [*results.glob("tables/*.csv"), *results.glob("numbers/numbers.*")]
    files += [*results.glob("manuscript/*.[bjqt]*"), results / "figures/waterfall.svg"]
    made = {
        "numbers": "numbers/numbers.json", "accounts": "numbers/accounts.json",
        "patients": "cohort/patients.csv", "response": "response/response.csv",
        "cells": "cohort/cells.csv", "readings": "cohort/readings.csv",
        "references": "manuscript/references.bib",
    }  # fmt: skip
    study = read_study({name: results / path for name, path in made.items()})
    panel = [copy / f"manuscript/theme/trace.{kind}" for kind in ("css", "js")]
    cohort = read_yaml(copy / "config/cohorts/2024.yaml")
    del cohort["publication"]
    cohort["title"] += ", after the death of CRLM-08"  # also in what describes the release
    rest = 1735603200, read_texts(results / "privacy/privacy.csv"), {}, 0
    with pytest.raises(InputError) as refused:
        publish_results(files, results, published, study, panel, False, cohort, *rest)
    told = [problem.removeprefix("not to be published: ") for problem in refused.value.problems]
    described = ["codecheck.yml", "ro-crate-metadata.json"]
    made = [f"manuscript/{file}" for file in ("references.bib", "trace.html", "trace.json")]
    assert told[:5] == [f"{f}: a patient's pseudonym" for f in [described[0], *made, described[1]]]
    says = "results/2024/privacy/privacy.html doubts 'all but few' in tables, 'extreme' in tables, "
    assert told[5].startswith(f"{says}'few' in tables; expected in config/cohorts/2024.yaml who")
    assert told[6].startswith("manuscript/paper.qmd: figures/waterfall has a mark for each patient")
    assert len(told) == 7
    assert {path: path.read_bytes() for path in published.rglob("*.*")} == before
    assert {path.name for path in published.parent.iterdir()} == {"2024"}
    whole = ["sha256sum", "--check", "--quiet", "MANIFEST"]
    subprocess.run(whole, cwd=published, check=True)


def test_with_small_cells_suppressed_no_count_of_few_is_in_the_copy(copy):
    """Neither in a table nor in any file that would tell it: those are left out by name."""
    published = copy / "publish/2024"
    replace(copy / "config/privacy.yaml", "small_cells: 0", "small_cells: 5")
    build(copy, "--config", "formats=[html]", *TARGET)
    tables = [*csv_rows(published.glob("tables/*.csv"))]
    counts = [float(row["n"]) for row in tables if row["n"]]
    assert counts and not [n for n in counts if 0 < n < 5]
    kept = {row["variable"] for row in tables} - {
        row["variable"] for row in tables if not (row["n"] and row["denominator"])
    }
    tested = {row["variable"] for row in csv_rows(published.glob("comparison/*.csv"))}
    assert "sex" in tested and tested <= kept | {"age_years"}  # a number has no denominator
    names = {p.relative_to(published).as_posix() for p in published.rglob("*") if p.is_file()}
    assert {n.partition("/")[0] for n in names} == {
        "MANIFEST", "README.txt", "codecheck.yml", "ro-crate-metadata.json",
        "cohort", "comparison", "tables",
    }  # fmt: skip
    assert "manuscript/paper.html" in read(published, "README.txt")
    subprocess.run(["sha256sum", "--check", "--quiet", "MANIFEST"], cwd=published, check=True)


def csv_rows(paths):
    """Yield the rows of CSV files."""
    for path in paths:
        with path.open(encoding="utf-8") as file:
            yield from csv.DictReader(file)
