"""`make record` and `make verify`: a build in a fresh folder, recorded or held against that."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crlm.base.files import folder_whole, read_text
from crlm.base.pages import render_page
from crlm.base.problems import InputError, whose_fault
from crlm.config.configuration import TABLES, as_list, read_configuration
from crlm.wings.reproduction.digests import find_versions, read_record, take_record, write_record
from crlm.wings.reproduction.verdicts import DIFFERENT, summary, verify

CONFIG, SCHEMAS, LOCK = "config", "workflow/schemas", "requirements.lock"
PAGE = "workflow/pages/verify.html.j2"
MADE = re.compile(r"\..*|__pycache__|results|publish")  # never part of a release
NOT_VERIFIED = 2  # the exit code where there is nothing to compare


def record_of(cohort: str) -> Path:
    """Return where the record of a cohort stands."""
    return Path(f"data/published/digests/{cohort}.txt")


def tracked_files(folder: Path) -> list[str]:
    """Return the files that git tracks in a project; without git, all but what is made."""
    command = ["git", "-C", str(folder), "ls-files", "-z"]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):  # no git, or an archive of a release
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return sorted(p.as_posix() for p in paths if not any(map(MADE.fullmatch, p.parts)))
    return [name for name in done.stdout.split("\0") if name and (folder / name).is_file()]


def named_files(cohort: str) -> list[str]:
    """Return the files that a cohort, and the one it follows, names: they need not be tracked."""
    configuration = read_configuration(CONFIG, SCHEMAS)
    if cohort not in configuration.cohorts:
        raise InputError(configuration.faults_of(cohort))
    needed = {name: configuration.cohorts[name] for name in configuration.needed(cohort)}
    tables = [t for c in needed.values() for key in TABLES for t in as_list(c.get(key))]
    files = [*map(configuration.file_of, needed), *map(str, tables)]
    return [file for file in files if Path(file).is_file()]


def copy_files(files: list[str], source: Path, target: Path) -> None:
    """Copy files of a project, by their paths there, to a fresh folder."""
    for name in files:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, place)


def build(folder: Path, cohort: str, cores: str) -> int:
    """Build a cohort's paper in a folder by this interpreter; its steps are told as they run."""
    command = [sys.executable, "-m", "snakemake", "--cores", cores, "--config", f"cohort={cohort}"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


@contextmanager
def fresh_build(cohort: str, cores: str) -> Iterator[tuple[Path, list[str]]]:
    """Build a cohort anew from nothing but its sources; give its results while they are there.

    Parameters
    ----------
    cohort, cores
        Which one, and how many steps at a time.

    Yields
    ------
    results, others
        The fresh folder's results of the cohort; the sources that git does not track.

    Raises
    ------
    InputError
        Where the build failed.
    """
    tracked = tracked_files(Path())
    others = sorted({*named_files(cohort)} - {*tracked})
    with tempfile.TemporaryDirectory(prefix="verify-") as fresh:
        print(f"Building cohort {cohort} from its {len(tracked) + len(others)} sources, anew.")
        sys.stdout.flush()
        copy_files([*tracked, *others], Path(), Path(fresh))
        if build(Path(fresh), cohort, cores):
            raise InputError(["The build in a fresh folder failed, as told above"])
        yield Path(fresh, "results", cohort), others


def record(cohort: str, cores: str) -> int:
    """Build a cohort in a fresh folder and record what it gives; return the exit code."""
    target = record_of(cohort)
    with fresh_build(cohort, cores) as (results, others):
        write_record(take_record(results, find_versions(read_text(LOCK), results)), target, cohort)
    print(f"\nRecorded in {target}, which belongs to the release: commit it.")
    if others:
        print(f"Not tracked, so that only who has them can verify: {', '.join(others)}")
    return 0


def hold_against_record(cohort: str, cores: str) -> int:
    """Build a cohort in a fresh folder and hold it against its record; return the exit code.

    0 where it is identical or equal in value, 1 where it is different.

    Raises
    ------
    InputError
        Where that can't be told.
    """
    if not record_of(cohort).exists():
        raise InputError(
            [
                f"There is no {record_of(cohort)}, so that there is nothing to compare with; "
                f"expected what `make record COHORT={cohort}` writes before a release"
            ]
        )
    recorded, kept = read_record(record_of(cohort)), Path("results", cohort)
    with fresh_build(cohort, cores) as (results, others):
        built = take_record(results, find_versions(read_text(LOCK), results))
        found = {"cohort": cohort} | verify(recorded, built, results, kept) | {"untracked": others}
    target = kept / "verify"
    text = json.dumps(found, ensure_ascii=False, indent=1)
    with folder_whole(target) as folder:
        (folder / "verify.json").write_text(f"{text}\n", encoding="utf-8")
        (folder / "verify.html").write_text(render_page(PAGE, **found), encoding="utf-8")
    print(f"\n{summary(found)}\nEach file: {target / 'verify.html'}")
    return int(found["verdict"] == DIFFERENT)


def main(command: str, cohort: str, cores: str = "4") -> int:
    """Run `record` or `verify` for a cohort; return the exit code."""
    try:
        return {"record": record, "verify": hold_against_record}[command](cohort, cores)
    except InputError as error:
        print(error.for_terminal(), file=sys.stderr)
    except OSError as error:
        print(whose_fault(error), file=sys.stderr)
    return NOT_VERIFIED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
