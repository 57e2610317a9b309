"""What is done again after a change: all that depends on it, and nothing else."""

import csv
import os
import shutil
from collections import Counter, defaultdict

import pytest
from repository import build, change_cell, change_sentence, fingerprint, jobs_in, planned, replace

RENDER = {"render_manuscript": 3}
FILL = {"fill_manuscript": 1} | RENDER
PLOT = {"plot_figures": 1} | RENDER
COLLECT = {"collect_numbers": 1} | FILL
SPECIFY = {"compare_specifications": 1, "collect_specifications": 1} | PLOT | COLLECT
COMPARE = {"compare_groups": 1, "measure_privacy": 1} | SPECIFY
CLASSIFY = {"classify_response": 1, "describe_cohort": 1} | COMPARE
CLEAN = {"clean_cohort": 1, "describe_cleaning": 1} | CLASSIFY
PACKAGE = "workflow/scripts/crlm"


@pytest.fixture(scope="module")
def jobs(built):
    """Return for each job, a rule and its log, what it reads and what it makes."""
    summary = [line for line in build(built, "--detailed-summary").splitlines() if "\t" in line]
    found = defaultdict(lambda: (set(), set()))
    for row in csv.DictReader(summary, delimiter="\t"):
        reads, makes = found[row["rule"], row["log-file(s)"]]
        reads.update(row["input-file(s)"].split(","))
        makes.add(row["output_file"])
    return found


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("manuscript/theme/paper.css", FILL | {"describe_cleaning": 1, "measure_privacy": 1}),
        ("manuscript/theme/docx/word/styles.xml", FILL),
        ("manuscript/theme/trace.js", FILL),
        ("manuscript/references.bib", FILL),
        ("data/literature.yaml", COLLECT),
        (f"{PACKAGE}/manuscript/rendered.py", RENDER),
        (f"{PACKAGE}/manuscript/rendering.py", FILL),
        (f"{PACKAGE}/manuscript/template.py", FILL),
        (f"{PACKAGE}/manuscript/trace.py", FILL),
        (f"{PACKAGE}/figures/style.py", PLOT),
        (f"{PACKAGE}/numbers/quantities.py", COLLECT),
        (f"{PACKAGE}/multiverse.py", SPECIFY),
        (f"{PACKAGE}/statistics/enumeration.py", COMPARE),
        (f"{PACKAGE}/response.py", CLASSIFY),
        (f"{PACKAGE}/cohort/cleaned.py", CLEAN),
        ("data/raw/cohort_2024.csv", CLEAN),
    ],
)
def test_what_depends_on_a_file(jobs, file, expected):
    changed, found = {file}, set()
    while new := {job for job, (reads, _) in jobs.items() if reads & changed} - found:
        found |= new
        changed = set().union(*(jobs[job][1] for job in new))
    assert Counter(rule for rule, _ in found) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [(f"{PACKAGE}/cohort/cleaned.py", CLEAN), ("workflow/scripts/plot_figures.py", PLOT)],
)
def test_a_changed_file_reruns_what_depends_on_it(copy, file, expected):
    with (copy / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")
    assert planned(copy) == expected


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("config/config.yaml", "timestamp: 1735603200", "timestamp: 1735689600", RENDER),
        ("config/plan.yaml", "\nalpha: 0.05", "\nalpha: 0.01", COMPARE),
        ("config/codebook.yaml", '"?", ', '"?", "n.a.", ', CLEAN),
    ],
)
def test_a_changed_choice_reruns_what_reads_it(copy, file, old, new, expected):
    replace(copy / file, old, new)
    assert planned(copy) == expected


@pytest.mark.skipif(bool(shutil.which("quarto")), reason="the first build must be without Quarto")
@pytest.mark.parametrize(("renderer", "expected"), [("auto", RENDER), ("embedded", {})])
def test_a_quarto_that_comes_is_a_reason_to_render(copy, tmp_path, renderer, expected):
    chosen = ("--config", f"renderer={renderer}")
    if renderer != "auto":
        chosen += ("formats=[html]",)  # for all formats alike: it is one rule
        build(copy, *chosen)
    program = tmp_path / "bin/quarto"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 1.9.38\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    told = build(copy, "--dry-run", "--quiet", "host", *chosen, PATH=path)
    assert jobs_in(told) == expected
    assert ("Params have changed since last execution" in told) == bool(expected)


def test_a_touched_file_of_the_same_content_reruns_nothing(copy):
    (copy / f"{PACKAGE}/cohort/cleaned.py").touch()
    assert planned(copy) == {}


def test_a_new_sentence_is_filled_in_and_rendered_and_no_more(copy):
    before = fingerprint(copy)
    change_sentence(copy)
    assert planned(copy) == FILL
    build(copy, "results/2024/manuscript/paper.html")
    assert "A new sentence." in (copy / "results/2024/manuscript/paper.html").read_text("utf-8")
    after = fingerprint(copy)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {f"2024/manuscript/paper.{form}" for form in ("qmd", "json", "html")}


def test_a_new_cell_goes_through_every_stage_into_the_text(copy):
    change_cell(copy)
    assert planned(copy) == CLEAN
    before = fingerprint(copy)
    build(copy, "results/2024/manuscript/paper.html")
    after = fingerprint(copy)
    changed = {path for path in after if after[path] != before.get(path)}
    assert {
        "2024/cohort/patients.csv",
        "2024/tables/table1.csv",
        "2024/numbers/numbers.json",
        "2024/manuscript/paper.html",
    } <= changed
    assert "2024/response/response.csv" not in changed  # the age is no part of the response
