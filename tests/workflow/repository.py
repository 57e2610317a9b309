"""A copy of the repository in a folder of its own: changes to it, builds in it, what they made."""

import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = shutil.ignore_patterns(".*", "__pycache__", "results", "publish")


def copy_sources(folder: Path) -> Path:
    """Copy the repository without what is made from it, and return the copy's folder."""
    return shutil.copytree(ROOT, folder, ignore=MADE)


def snakemake(folder: Path, *arguments: str, cores: int = 2, **environment: str):
    """Run Snakemake in `folder`; return its exit code (`returncode`) and `output`."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", f"--cores={cores}", *arguments],
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    done.output = done.stdout
    return done


def build(folder: Path, *arguments: str, cores: int = 2, **environment: str) -> str:
    """Build the paper in `folder`; return what Snakemake printed, or raise with it."""
    done = snakemake(folder, *arguments, cores=cores, **environment)
    if done.returncode:
        raise RuntimeError(done.output)
    return done.output


def planned(folder: Path, *arguments: str, **environment: str) -> dict[str, int]:
    """Return how many jobs of each rule Snakemake would run; the target `all` is left out."""
    told = build(folder, "--dry-run", *arguments, **environment)
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
