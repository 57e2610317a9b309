"""What is wrong stops the build with a message, and leaves the last good results as they are."""

import contextlib
import csv
import os
import shutil
import subprocess
import sys
import time

import pytest
from repository import build, change_sentence, fingerprint, planned, replace, snakemake

from crlm.base.rollback import keep

RAW = "data/raw/cohort_2024.csv"
# What Snakemake says of a failure, and nobody but a programmer reads.
NOISE = (
    "Traceback", "CalledProcessError", "RuleException", "WorkflowError", "Cannot restore",
    "Restored previous", "Removing output", "Shutting down", "Exiting because", "Error in rule",
    'File "',
)  # fmt: skip


OF_STEP = "Of what this step makes, nothing was changed. Mend"


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


def assert_refused(folder, *messages, last=None):
    """Assert that the build stops with `messages`, that come last, and nothing of the engine."""
    done = snakemake(folder)
    assert done.returncode == 1
    for noise in NOISE:
        assert noise not in done.output
    for message in messages:
        assert message in done.output
    assert done.output.rstrip().splitlines()[-1].startswith(last or "Nothing was changed. Mend")


def test_a_bad_table_is_refused_until_it_is_mended(copy):
    """All problems at once, before any step; what was made stays, and is not taken for new."""
    good, before = (copy / RAW).read_bytes(), fingerprint(copy)
    set_cells(copy, {(3, "sex"): "x", (9, "age_years"): "200", (20, "size_pre_mm"): "large"})
    label = "{label: Female, values: [female]}"
    replace(copy / "config/plan.yaml", label, label.replace("[female]", "[male]"))
    messages = [
        "5 problems in the input",
        "female > values: found 'male', which stands under levels > male > values too",
        f"{RAW}, row 3, column sex: found 'x'; expected one of: male, female",
        f"{RAW}, row 9, column age_years: found '200'; expected 16 to 100 years",
        f"{RAW}, row 20, column size_pre_mm: found 'large'; expected a number (mm)",
        "config/plan.yaml, variables, sex: no level holds female",
    ]
    assert_refused(copy, *messages)
    replace(copy / "config/plan.yaml", label.replace("[female]", "[male]"), label)
    # Snakemake must not take the old results for new ones.
    assert_refused(copy, "3 problems in the input", *messages[2:5])
    assert fingerprint(copy) == before
    (log,) = sorted((copy / ".snakemake/log").glob("*.log"))[-1:]
    assert messages[2] in log.read_text("utf-8")
    (copy / RAW).write_bytes(good)
    assert "Nothing to be done" in build(copy)
    assert fingerprint(copy) == before


def test_what_a_step_refuses_leaves_all_as_it_was(copy):
    """Which these are: tests/unit/test_check.py.

    New numbers are made before that, and are taken back.
    """
    before = fingerprint(copy)
    replace(copy / "data/literature.yaml", "low end of poor", "end of poor")
    replace(copy / "manuscript/paper.qmd.j2", "# Discussion\n", "# Discussion\n\nSee @fig-x.\n")
    told = (
        "manuscript/paper.qmd.j2, line ",
        "found @fig-x, which leads nowhere",
        "Logs: results/2024/logs/fill_manuscript.log",
        "The results of before this run are all as they were.",
    )
    assert_refused(copy, *told, last=OF_STEP)
    assert fingerprint(copy) == before
    # The old results do not pass for new ones.
    assert planned(copy) == {"collect_numbers": 1, "fill_manuscript": 1, "render_manuscript": 3}


def test_a_faulty_config_stops_the_dry_run(copy):
    """One is privacy_typo: no page is lost. Others: unit/config/test_configuration.py."""
    before = fingerprint(copy)
    replace(copy / "config/plan.yaml", "\nalpha: ", "\nalhpa: ")
    replace(copy / "config/cohorts/2025.yaml", "provenance: ", "provenence: ")
    replace(copy / "config/privacy.yaml", "age_years: [40", "agee: [40")
    replace(
        copy / "config/cohorts/2024.yaml", "codebook: {}",
        "codebook:\n  ignored: [a]\n  ignored: [b]",
    )  # fmt: skip
    done = snakemake(copy, "--dry-run")
    assert done.returncode == 1 and fingerprint(copy) == before
    assert not any(noise in done.output for noise in NOISE)
    assert "config/plan.yaml, line 5, alhpa: found the unknown key 'alhpa'" in done.output
    assert "config/privacy.yaml, " in done.output and "agee" in done.output
    twice = "config/cohorts/2024.yaml, line 19, column 3: found the key 'ignored' twice"
    assert twice in done.output
    assert done.output.count("config/cohorts/2025.yaml (make check COHORT=2025)") == 1


def test_a_raw_table_that_is_gone_is_an_error_though_all_is_up_to_date(copy):
    before = fingerprint(copy)
    (copy / RAW).rename(copy / "data/raw/cohort_2023.csv")
    assert_refused(copy, "config/cohorts/2024.yaml, line 3, raw: found 'data/raw/cohort_2024.csv', "
                   "which is not there (there is data/raw/cohort_2023.csv)")  # fmt: skip
    assert fingerprint(copy) == before


def test_after_a_killed_run_the_lock_is_explained(copy):
    """Snakemake's lock is a file that names what a run makes; a run that is killed leaves it.

    What was made before that run is put back with it.
    """
    locks, page = copy / ".snakemake/locks", copy / "results/2024/manuscript/paper.html"
    before = page.read_bytes()
    with contextlib.chdir(copy):
        keep(["results/2024/manuscript/paper.html"])
    locks.mkdir(exist_ok=True)
    (locks / "0.output.lock").write_text("results/2024/manuscript/paper.html\n", encoding="utf-8")
    page.unlink()
    done = snakemake(copy)
    assert (done.returncode, page.exists()) == (1, False)
    assert not any(noise in done.output for noise in (*NOISE, "LockException"))
    assert "make unlock" in done.output
    assert snakemake(copy, "--unlock").returncode == 0
    assert (page.read_bytes(), [*locks.glob("*")]) == (before, [])


def begin(folder, *arguments):
    """Begin a build in a process of its own, and return that once the steps begin."""
    running = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores=1", *arguments], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
    )  # fmt: skip
    while not (folder / ".snakemake/last_good/index.json").exists():
        assert running.poll() is None
        time.sleep(0.05)
    return running


@pytest.mark.parametrize(
    ("step", "coarse", "code"),
    [("fill_manuscript", False, 1), ("render_manuscript_html", False, 0),
     ("render_manuscript_html", True, 1)],
)  # fmt: skip
def test_what_is_saved_meanwhile_is_neither_lost_nor_mixed(copy, step, coarse, code):
    """The step that reads it would make a file newer than the sentence, but without it.

    Once that has ended, what is saved is of the next run, and takes nothing from this one, unless
    the disk tells times so coarsely that it does not seem to be newer.
    """
    before, page = fingerprint(copy), "results/2024/manuscript/paper.html"
    log = copy / f"results/2024/logs/{step}.log"
    log.unlink()
    running = begin(copy, page, "--forcerun", "fill_manuscript")
    while not log.exists():
        assert running.poll() is None
        time.sleep(0.05)
    change_sentence(copy)
    if coarse:
        shutil.copystat(log.with_name("fill_manuscript.log"), copy / "manuscript/paper.qmd.j2")
    told, _ = running.communicate()
    assert (running.returncode, fingerprint(copy)) == (code, before), told
    last = told.rstrip().splitlines()[-1]
    assert last.startswith("manuscript/paper.qmd.j2 changed while") == bool(code)
    build(copy, page)
    assert "A new sentence." in (copy / page).read_text(encoding="utf-8")


def test_of_two_builds_at_once_the_second_is_refused_and_the_first_not_disturbed(copy):
    """One that makes no file of the first's, too: the results of before are kept for one run."""
    before = fingerprint(copy)
    first = begin(copy, "--forceall")
    for targets in ((), ("audit",)):
        second = snakemake(copy, *targets)
        assert (second.returncode, first.poll()) == (1, None)
        assert "Another build seems to be running" in second.output
    assert "A build is at work" in snakemake(copy, "--unlock").output
    (copy / ".venv").symlink_to(sys.prefix)
    assert "A build is at work" in make(copy, "clean")[1]
    output, _ = first.communicate()
    assert first.returncode == 0, output
    assert fingerprint(copy) == before


def test_where_the_disk_is_full_late_all_is_as_it_was(copy):
    """As far as a limit on the size of each file is a full disk: the page is larger than before."""
    before = fingerprint(copy)
    page = (copy / "results/2024/manuscript/paper.html").stat().st_size
    change_sentence(copy)
    limited = f"import resource as r, runpy; r.setrlimit(r.RLIMIT_FSIZE, ({page},) * 2)"
    done = subprocess.run(
        [sys.executable, "-c", f"{limited}; runpy.run_module('snakemake', run_name='__main__')",
         "--cores=1"], cwd=copy,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "The results of before this run are all as they were." in done.stdout
    assert not any(noise in done.stdout for noise in NOISE), done.stdout
    # What is kept of a document that may have been sent to others lies there under its own digest.
    after = {f: of for f, of in fingerprint(copy).items() if "merge/sent" not in f or f in before}
    assert after == before


def make(folder, *arguments):
    """Run `make` with the environment of the tests in a bare locale; return exit code and output.

    As from a terminal: the variables of `make test` would have this one tell its folder.
    """
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    alone |= {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        ["make", "-o", ".venv/requirements.lock", *arguments], cwd=folder, env=alone,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_make_ends_with_what_matters_in_a_folder_of_any_name(copy, tmp_path):
    folder = copy.rename(tmp_path / 'it\'s [a] "copy" $HOME #1 50%')
    (folder / ".venv").symlink_to(sys.prefix)
    code, output = make(folder, "paper")
    assert (code, "Nothing to be done" in output) == (0, True), output
    *_, where, asked = output.splitlines()
    assert where == "The paper of cohort 2024: results/2024/manuscript/"
    number = asked.split(" question")[0]
    assert f">{number} questions<" in (folder / "results/2024/cohort/cleaning.html").read_text()
    assert asked == f"{number} questions open: results/2024/cohort/cleaning.html"
    code, output = make(folder, "check")
    assert (code, output.count(f"25 patients. {number} questions are open")) == (0, 1)
    set_cells(folder, {(3, "sex"): "x"})
    code, output = make(folder, "check", "COHORT=2025")
    assert (code, "1 problem in the input:" in output, "Traceback" in output) == (2, True, False)
    (folder / "sent.csv").write_text("id,Größe prä\nP1,35\nP2,41\n", encoding="utf-8")
    code, output = make(folder, "cohort", "NAME=x", "FROM=sent.csv")
    assert (code, "'Größe prä', may be size_pre_mm" in output) == (0, True), output
