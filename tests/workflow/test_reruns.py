"""What is done again after a change: all that depends on it, and nothing else."""

import csv
import os
import shutil
from collections import Counter

import pytest
from repository import build, change_cell, change_sentence, fingerprint, jobs_in, replace, table_in

RENDER = {"render_manuscript": 3}
FILL = {"fill_manuscript": 1} | RENDER
PLOT = {"plot_figures": 1} | RENDER
COLLECT = {"collect_numbers": 1} | FILL
SPECIFY = {"compare_specifications": 1, "collect_specifications": 1} | PLOT | COLLECT
COMPARE = {"compare_groups": 1} | SPECIFY
DESCRIBE = {"describe_cohort": 1, "measure_privacy": 1} | PLOT | COLLECT
CLASSIFY = {"classify_response": 1} | DESCRIBE | COMPARE
CLEAN = {"clean_cohort": 1, "describe_cleaning": 1} | CLASSIFY
PACKAGE = "workflow/scripts/crlm"
DEPENDENTS = {
    "manuscript/theme/paper.css": FILL | {"describe_cleaning": 1, "measure_privacy": 1},
    "manuscript/theme/docx/word/styles.xml": FILL,
    "manuscript/theme/trace.js": FILL,
    "manuscript/references.bib": FILL,
    "data/literature.yaml": COLLECT,
    f"{PACKAGE}/manuscript/rendered.py": RENDER,
    f"{PACKAGE}/manuscript/rendering.py": FILL,
    f"{PACKAGE}/manuscript/template.py": FILL,
    f"{PACKAGE}/manuscript/trace.py": FILL,
    f"{PACKAGE}/figures/style.py": PLOT,
    f"{PACKAGE}/numbers/quantities.py": COLLECT,
    f"{PACKAGE}/multiverse.py": SPECIFY,
    f"{PACKAGE}/statistics/enumeration.py": COMPARE,
    f"{PACKAGE}/response.py": CLASSIFY,
    f"{PACKAGE}/cohort/cleaned.py": CLEAN,
    "data/raw/cohort_2024.csv": CLEAN,
}


def test_what_depends_on_a_file(jobs):
    def dependents(file):
        changed, found = {file}, set()
        while new := {job for job, (reads, _) in jobs.items() if reads & changed} - found:
            found |= new
            changed = set().union(*(jobs[job][1] for job in new))
        return Counter(rule for rule, _ in found)

    assert {file: dependents(file) for file in DEPENDENTS} == DEPENDENTS


def reasons_in(folder, **environment):
    """Return for each rule the reason to run that is its own, and whether it would run."""
    rows = csv.DictReader(table_in(build(folder, "--summary", **environment)), delimiter="\t")
    return {row["rule"]: (row["status"], row["plan"] == "update pending") for row in rows}


def test_a_step_whose_code_changed_is_run_with_what_depends_on_it(copy):
    """Of a file that has another time and the same text, nothing is."""
    (copy / PACKAGE / "response.py").touch()
    for path in (f"{PACKAGE}/wings/privacy/measures.py", "workflow/scripts/plot_figures.py"):
        with (copy / path).open("a", encoding="utf-8") as changed:
            changed.write("\n")
    assert {rule for rule, (_, runs) in reasons_in(copy).items() if runs} == {
        "measure_privacy", "plot_figures", "render_manuscript"
    }  # fmt: skip


@pytest.mark.skipif(bool(shutil.which("quarto")), reason="the first build must be without Quarto")
def test_a_changed_choice_is_a_reason_for_what_reads_it(copy, tmp_path):
    """So is a Quarto that comes, unless the renderer that is built in was chosen."""
    program = tmp_path / "bin/quarto"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 1.9.38\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    told = build(copy, "--dry-run", "--force", "--config", "renderer=embedded", "--",
                 "results/2024/manuscript/paper.html", PATH=path)  # fmt: skip
    assert "render the manuscript as html (renderer: embedded)" in told
    replace(copy / "config/plan.yaml", "\nalpha: 0.05", "\nalpha: 0.01")
    replace(copy / "config/codebook.yaml", '"?", ', '"?", "n.a.", ')
    reasons = reasons_in(copy, PATH=path)
    assert {rule for rule, (why, _) in reasons.items() if why == "params changed"} == {
        "clean_cohort", "describe_cleaning",  # the codebook
        "compare_groups", "collect_numbers", "plot_figures", "fill_manuscript",  # alpha
        "render_manuscript",  # Quarto
    }  # fmt: skip
    assert all(runs for _, runs in reasons.values())  # what depends on these, too


def change_of_files(before, folder):
    """Return the files under `results/` that are not as before."""
    return {path for path, sum_ in fingerprint(folder).items() if sum_ != before.get(path)}


def test_a_new_sentence_is_filled_in_and_rendered_and_no_more(copy):
    before = fingerprint(copy)
    change_sentence(copy)
    told = build(copy, "results/2024/manuscript/paper.html")
    assert jobs_in(told) == FILL | {"render_manuscript": 1}
    assert "A new sentence." in (copy / "results/2024/manuscript/paper.html").read_text("utf-8")
    assert change_of_files(before, copy) == {
        f"2024/manuscript/paper.{form}" for form in ("qmd", "json", "html")
    }


def test_a_new_cell_goes_through_every_stage_into_the_text(copy):
    before = fingerprint(copy)
    change_cell(copy)
    told = build(copy, "results/2024/manuscript/paper.html")
    beside = {"describe_cleaning", "measure_privacy"}
    whole = CLEAN | {"render_manuscript": 1}
    assert jobs_in(told) == {rule: n for rule, n in whole.items() if rule not in beside}
    changed = change_of_files(before, copy)
    assert {
        "2024/cohort/patients.csv",
        "2024/tables/table1.csv",
        "2024/numbers/numbers.json",
        "2024/manuscript/paper.html",
    } <= changed
    assert "2024/response/response.csv" not in changed  # the age is no part of the response
