"""pyproject.toml, environment.yml and the locks name the same versions; the locks are hashed."""

import re
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError

import pytest
from licences import licence_of, locked
from project import ROOT

from crlm.base.files import read_yaml

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = read_yaml(ROOT / "environment.yml")
# What runs the paper, and with it what develops it.
RUN, DEV = (
    (ROOT / f"requirements{kind}.lock").read_text(encoding="utf-8") for kind in ("", "-dev")
)

# The same software under the name that conda knows it by.
PYPI_NAMES = {"matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}
# What conda brings beside the packages of Python.
CONDA_ALONE = {"python", "pip", "quarto"}

PACKAGE = re.compile(r"([a-z0-9-]+)==([\w.]+)(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
COMMENT = re.compile(r"\s*#.*")


def pinned(requirements: list[str]) -> dict[str, str]:
    """Return package -> version of requirements that are pinned, each once."""
    pairs = [re.fullmatch(r"([a-z0-9-]+) ?==?([\w.]+)", r).groups() for r in requirements]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def of_pyproject(pyproject: dict) -> dict[str, str]:
    """Return package -> version of what runs and what develops the paper."""
    return pinned([*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]])


def of_conda(environment: dict) -> dict[str, str]:
    *packages, of_pip = environment["dependencies"]
    named = [p for p in packages if p.split()[0] not in CONDA_ALONE]
    found = pinned(named) | pinned(of_pip["pip"])
    return {PYPI_NAMES.get(name, name): version for name, version in found.items()}


def of_lock(lock: str) -> dict[str, set[str]]:
    """Return package -> versions; which of several is installed depends on the machine."""
    found: dict[str, set[str]] = {}
    for name, version in PACKAGE.findall(lock):
        found.setdefault(name, set()).add(version)
    return found


def test_conda_has_the_versions_of_pyproject():
    assert of_conda(CONDA) == of_pyproject(PYPROJECT)


@pytest.mark.parametrize(
    ("lock", "named"),
    [(RUN, pinned(PYPROJECT["project"]["dependencies"])), (DEV, of_pyproject(PYPROJECT))],
    ids=["run", "dev"],
)
def test_a_lock_has_the_versions_of_pyproject(lock, named):
    locked = of_lock(lock)
    assert {name: locked.get(name) for name in named} == {n: {v} for n, v in named.items()}


def test_what_develops_the_paper_is_added_to_what_runs_it():
    run, dev = of_lock(RUN), of_lock(DEV)
    assert {name: dev.get(name) for name in run} == run
    assert run.keys().isdisjoint(pinned(PYPROJECT["dependency-groups"]["dev"]))


def test_python_of_conda_is_one_that_pyproject_allows():
    (python,) = (p for p in CONDA["dependencies"] if isinstance(p, str) and p.startswith("python "))
    found = tuple(map(int, re.fullmatch(r"python =(\d+)\.(\d+)", python).groups()))
    least = re.fullmatch(r">=(\d+)\.(\d+)", PYPROJECT["project"]["requires-python"]).groups()
    assert found >= tuple(map(int, least))


@pytest.mark.parametrize("lock", [RUN, DEV], ids=["run", "dev"])
def test_a_lock_is_packages_and_hashes_alone(lock):
    """`pip install --require-hashes` refuses what has none; that nothing else stands here, this."""
    lines = [line for line in lock.splitlines() if not COMMENT.fullmatch(line)]
    assert [line for line in lines if not (PACKAGE.fullmatch(line) or HASH.fullmatch(line))] == []
    assert not re.search(r"http|--index|--extra-index|--find-links|--trusted-host", lock)


def test_another_version_is_found():
    conda = {
        "dependencies": ["python =3.12", "matplotlib-base =3.11.1", {"pip": ["typst==0.15.2"]}]
    }
    pyproject = {
        "project": {"dependencies": ["matplotlib==3.11.2", "typst==0.15.2"]},
        "dependency-groups": {"dev": []},
    }
    assert of_conda(conda) == {"matplotlib": "3.11.1", "typst": "0.15.2"} != of_pyproject(pyproject)


def test_a_requirement_without_a_version_is_refused():
    with pytest.raises(AttributeError):
        pinned(["numpy"])


# Licences under which anybody may use, change and pass on the code; of GPL, docutils offers others.
FREE = re.compile(r"MIT|BSD|Apache|PSF|Python Software|MPL|Mozilla|Public Domain")


def test_every_locked_package_states_a_free_licence():
    told = {}
    for name in locked(ROOT / "requirements-dev.lock"):
        with suppress(PackageNotFoundError):  # what other machines need
            told[name] = licence_of(name)
    assert len(told) > 70
    assert {name: licence for name, licence in told.items() if not FREE.search(licence)} == {}
    assert not FREE.search("GPL-3.0-only")
