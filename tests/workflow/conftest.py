"""One build of the paper, shared by the tests of the workflow, each of which gets its own copy."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from browsers import BROWSER, QUIET
from playwright.sync_api import sync_playwright
from repository import build, copy_sources


def pytest_collection_modifyitems(items):
    """Put the longest tests, the workflow's, first: at the end no worker waits for one."""
    items.sort(key=lambda item: Path(__file__).parent not in item.path.parents)


@pytest.fixture(scope="session")
def build_once(tmp_path_factory):
    """Return a function that makes a folder by its name once, whichever process needs it first."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of all workers: the first builds, the others wait for it

    def make(name, fill):
        folder, whole = shared / name, shared / f"{name}.whole"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.exists():
                fill(folder)
                whole.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def built(build_once):
    """Folder of a copy of the repository in which the paper was built; not to be changed."""
    return build_once("built", lambda folder: build(copy_sources(folder)))


@pytest.fixture(scope="session")
def audited(build_once):
    """Folder of a copy of the repository in which nothing but the audit was built."""
    return build_once("audited", lambda folder: build(copy_sources(folder), "audit"))


@pytest.fixture
def copy(built, tmp_path):
    """Folder of a copy of `built`, results and Snakemake's memory included, to be changed."""
    return shutil.copytree(built, tmp_path / "copy")


@pytest.fixture(scope="module")
def browser():
    """A running browser, for tests marked `IN_BROWSER`."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=QUIET)
        yield running
        running.close()
