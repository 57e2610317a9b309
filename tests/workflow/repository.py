"""A copy of the repository in a folder of its own: changes to it, builds in it, what they made."""

import atexit
import csv
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from types import SimpleNamespace

from snakemake import cli

ROOT = Path(__file__).parents[2]
cli.get_argument_parser()  # loads the plugins, for all children of this process
MADE = shutil.ignore_patterns(".*", "__pycache__", "results", "publish")


def copy_sources(folder: Path) -> Path:
    """Copy the repository without what is made from it, and return the copy's folder."""
    return shutil.copytree(ROOT, folder, ignore=MADE)


def snakemake(folder: Path, *arguments: str, cores: int = 2, **environment: str):
    """Run Snakemake in `folder`; return its exit code (`returncode`) and `output`.

    It runs in a child of this process, which has Snakemake and pandas loaded already, but nothing
    of the package: that is the folder's own. Where the environment is to be another one, in a new
    process, since much of it is read at the start.
    """
    command = [f"--cores={cores}", *arguments]
    if environment:
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *command], cwd=folder,
            env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
        return SimpleNamespace(returncode=done.returncode, output=done.stdout)
    with tempfile.TemporaryFile() as output:
        with warnings.catch_warnings():  # from Python 3.12 on: the process has threads, all waiting
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            run_in_child(folder, command, output.fileno())
        _, status = os.waitpid(child, 0)
        output.seek(0)
        text = output.read().decode("utf-8")
    return SimpleNamespace(returncode=os.waitstatus_to_exitcode(status), output=text)


def run_in_child(folder: Path, command: list[str], output: int) -> None:
    """Run Snakemake as its command does, and end this process with its exit code."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(fd, mode, encoding="utf-8", buffering=1, closefd=False)
            for fd, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        os.chdir(folder)
        warnings.resetwarnings()  # the tests make them errors
        warnings.simplefilter("ignore")
        logging.root.handlers.clear()
        atexit._clear()  # what the tests have to do at their end
        sys.path[:] = [path for path in sys.path if not path.startswith(str(ROOT / "workflow"))]
        for name in [name for name in sys.modules if name.split(".")[0] == "crlm"]:
            del sys.modules[name]
        cli.main(command)
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        code = int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


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
    """Return how many jobs of each rule a dry run tells; the target `all` is left out."""
    jobs = re.findall(r"^(\w+) +(\d+)$", told, re.MULTILINE)
    return {rule: int(n) for rule, n in jobs if rule not in ("total", "all")}


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
