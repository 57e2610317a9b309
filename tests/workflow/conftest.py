"""One build of the paper, shared by the tests of the workflow, each of which gets its own copy."""

import shutil

import pytest
from repository import build, copy_sources


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Folder of a copy of the repository in which the paper was built; not to be changed."""
    folder = copy_sources(tmp_path_factory.mktemp("built") / "repository")
    build(folder)
    return folder


@pytest.fixture
def copy(built, tmp_path):
    """Folder of a copy of `built`, results and Snakemake's memory included, to be changed."""
    return shutil.copytree(built, tmp_path / "copy")
