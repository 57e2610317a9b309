"""One build of the paper, shared by the tests of the workflow, each of which gets its own copy."""

import csv
import fcntl
import os
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from browsers import BROWSER, QUIET
from playwright.sync_api import sync_playwright
from repository import build, copy_sources, table_in, told_of


def pytest_collection_modifyitems(items):
    """Put the longest tests, the workflow's, first: at the end no worker waits for one."""
    items.sort(key=lambda item: Path(__file__).parent not in item.path.parents)


@pytest.fixture(scope="session")
def build_once(tmp_path_factory):
    """Return a function that makes a folder by its name once, whichever process needs it first.

    What Snakemake printed meanwhile is kept beside it (`told_of`).
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers: the first builds, the others wait for it

    def make(name, fill):
        folder, told = shared / name, shared / f"{name}.told"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not told.exists():
                told.write_text(fill(folder), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def built(build_once):
    """Folder of a copy of the repository in which the paper was built; not to be changed.

    It was built by somebody who has no home, nor a folder for what is temporary.
    """
    without = dict.fromkeys(("HOME", "TMPDIR"), "/proc/none")
    return build_once("built", lambda folder: build(copy_sources(folder), **without))


@pytest.fixture(scope="session")
def jobs(built, build_once):
    """For each job of the paper, a rule and its log: what it reads and what it makes."""
    summary = build_once("summary", lambda _: build(built, "--detailed-summary"))
    found = defaultdict(lambda: (set(), set()))
    for row in csv.DictReader(table_in(told_of(summary)), delimiter="\t"):
        reads, makes = found[row["rule"], row["log-file(s)"]]
        reads.update(row["input-file(s)"].split(","))
        makes.add(row["output_file"])
    return found


@pytest.fixture(scope="session")
def audited(build_once):
    """Folder of a copy of the repository in which nothing but the audit was built."""
    return build_once("audited", lambda folder: build(copy_sources(folder), "audit"))


@pytest.fixture
def copy(built, tmp_path):
    """Folder of a copy of `built`, results and Snakemake's memory included, to be changed."""
    return shutil.copytree(built, tmp_path / "copy")


@pytest.fixture(scope="session")
def browser():
    """A running browser, for tests marked `IN_BROWSER`."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield running
        running.close()
