"""A copy of the repository in a folder of its own: changes to it, builds in it, what they made."""

import atexit
import csv
import gc
import hashlib
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import thread
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[2]
# A process that has loaded what Snakemake and the rules import, but nothing of the package. Each
# run of Snakemake is a fork of it, and each step one of that: imports are most of what they cost.
# No library was used yet; some of them (Typst's) then have threads, which a fork has not.
LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(
    ["snakemake.cli", "snakemake.script", "scipy.stats", "pandas", "matplotlib.figure", "openpyxl",
     "jinja2", "jsonschema", "pypdfium2", "typst", "ortools.sat.python.cp_model"]
)  # fmt: skip
MADE = shutil.ignore_patterns(".*", "__pycache__", "results", "publish")


def copy_sources(folder: Path) -> Path:
    """Copy the repository without what is made from it, and return the copy's folder."""
    return shutil.copytree(ROOT, folder, ignore=MADE)


def snakemake(folder: Path, *arguments: str, cores: int = 2, **environment: str):
    """Run Snakemake in `folder`; return its exit code (`returncode`) and `output`."""
    with tempfile.NamedTemporaryFile() as output:
        command = [f"--cores={cores}", *arguments]
        child = LOADED.Process(target=run_here, args=(folder, command, output.name, environment))
        child.start()
        child.join()
        return SimpleNamespace(returncode=child.exitcode, output=output.read().decode("utf-8"))


def run_here(folder: Path, command: list[str], output: str, environment: dict[str, str]) -> None:
    """Run Snakemake as its command does, with its output in a file; its steps are forks of it."""
    os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(1, 2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", line_buffering=True)
    os.chdir(folder)
    sys.argv = ["snakemake", *command]
    os.environ.update(environment)
    sys.path.insert(0, str(Path("workflow/scripts").resolve()))
    sys.dont_write_bytecode = False  # what a step has compiled, the next ones need not
    gc.set_threshold(100_000)  # as the forks of a build do
    from snakemake import cli  # which the tests themselves don't need

    from crlm.base import forks

    forks.LOADED = multiprocessing.get_context("fork")
    # A step is the fork of a thread, which must not wait at its end for the threads beside it.
    os.register_at_fork(after_in_child=thread._threads_queues.clear)
    try:
        cli.main(command)
    finally:
        atexit._run_exitfuncs()  # which a process of `multiprocessing` leaves out


def build(folder: Path, *arguments: str, cores: int = 2, **environment: str) -> str:
    """Build the paper in `folder`; return what Snakemake printed, or raise with it."""
    done = snakemake(folder, *arguments, cores=cores, **environment)
    if done.returncode:
        raise RuntimeError(done.output)
    return done.output


def planned(folder: Path, *arguments: str, **environment: str) -> dict[str, int]:
    """Return how many jobs of each rule Snakemake would run, as `jobs_in` does."""
    return jobs_in(build(folder, "--dry-run", *arguments, **environment))


def jobs_in(told: str) -> dict[str, int]:
    """Return how many jobs of each rule a run tells; the target `all` is left out."""
    jobs = re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE)
    return {rule: int(n) for rule, n in jobs if rule not in ("total", "all")}


def told_of(folder: Path) -> str:
    """Return what Snakemake printed while a folder was made that tests share."""
    return folder.with_name(f"{folder.name}.told").read_text(encoding="utf-8")


def table_in(told: str) -> list[str]:
    """Return the lines of a summary that Snakemake printed among others."""
    return [line for line in told.splitlines() if "\t" in line]


def fingerprint(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file under `results/` outside logs, by its path there."""
    results = folder / "results"
    return {
        path.relative_to(results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and "logs" not in path.parts
    }


def replace(file: Path, old: str, new: str) -> None:
    """Replace the one place of `file` that reads `old`."""
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file.name} has {text.count(old)} places with {old!r}, not one")
    file.write_text(text.replace(old, new), encoding="utf-8")


def change_cell(folder: Path) -> None:
    """Make the first patient a year older or younger."""
    path = folder / "data/raw/cohort_2024.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, first, *others = csv.reader(file)
    column = header.index("age_years")
    first[column] = str(int(first[column]) + (1 if int(first[column]) < 60 else -1))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, first, *others])


def change_sentence(folder: Path) -> None:
    """Add a sentence to the manuscript."""
    replace(
        folder / "manuscript/paper.qmd.j2", "# Discussion\n", "# Discussion\n\nA new sentence.\n"
    )
