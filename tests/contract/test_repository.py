"""Config, pages and what is committed lead to what is there, and to no machine of somebody."""

import re
import subprocess
from pathlib import Path

import pytest
from project import ROOT, write_files

from crlm.base.files import read_yaml


def read(path: str | Path) -> dict:
    return read_yaml(ROOT / path)


COHORTS = {path.stem: read(path) for path in sorted((ROOT / "config/cohorts").glob("*.yaml"))}

# A folder that belongs to one person or machine.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/-])/(?:home|Users|root|work|mnt|media|scratch)/[\w.-]+|\b[A-Z]:\\\\?\w"
)


def git(folder: Path, *arguments: str) -> list[str]:
    command = ["git", "-c", "core.quotepath=off", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def made_files(folder: Path) -> list[str]:
    """Return the committed files that are made: under results/, or named in .gitignore."""
    tracked = set(git(folder, "ls-files"))
    results = {path for path in tracked if path.startswith("results/")} - {"results/README.md"}
    return sorted(results | set(git(folder, "ls-files", "-ci", "--exclude-standard")))


def machine_paths(folder: Path) -> list[str]:
    """Return the committed files, with the path, that speak of a folder of one machine."""
    texts = {
        path: (folder / path).read_bytes().decode("utf-8", errors="ignore")
        for path in git(folder, "ls-files")
        if (folder / path).is_file() and not path.endswith((".png", ".jpg", ".pdf", ".docx"))
    }
    return [
        f"{path}: {m.group()}" for path, text in texts.items() for m in MACHINE_PATH.finditer(text)
    ]


def dead_ends(folder: Path, page: str) -> list[str]:
    """Return the links of a page that lead nowhere, and the targets of make that it invents."""
    text, makefile = ((folder / f).read_text(encoding="utf-8") for f in (page, "Makefile"))
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    found = [link for link in links if not (folder / page).parent.joinpath(link).exists()]
    named = re.findall(r"(?:`|^    )make ([a-z]+)", text, re.MULTILINE)
    return found + [t for t in named if not re.search(rf"^{t}:", makefile, re.MULTILINE)]


@pytest.mark.parametrize("name", COHORTS)
def test_the_files_of_a_cohort_are_there(name):
    named = [COHORTS[name][key] for key in ("raw", "dictionaries", "corrections", "withdrawn")]
    assert [path for paths in named for path in paths if not (ROOT / path).is_file()] == []
    assert COHORTS[name]["follows"] in {None, *COHORTS} - {name}


def test_every_printed_version_is_in_the_bibliography():
    bibliography = (ROOT / "manuscript/references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE))
    assert {c["printed_version"] for c in COHORTS.values()} - {None} <= keys


def test_the_cohort_of_the_config_exists():
    assert str(read("config/config.yaml")["cohort"]) in COHORTS


PAGES = [
    *(path.name for path in ROOT.glob("*.md")),
    *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("[a-z]*/**/README.md")
      if path.relative_to(ROOT).parts[0] not in ("results", "publish")),
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_what_is_there(page):
    assert dead_ends(ROOT, page) == []


def test_a_dead_end_is_found(tmp_path):
    (tmp_path / "Makefile").write_text("paper:\n\ttouch paper\n", encoding="utf-8")
    page = "[a](b.md), [c](Makefile#d), `make paper`\n\n    make tea\n"
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    assert dead_ends(tmp_path, "README.md") == ["b.md", "tea"]


@pytest.mark.parametrize("path", [*ROOT.glob("config/**/*.yaml"), ROOT / "data/literature.yaml"])
def test_an_editor_is_told_the_schema_of_a_file(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    several = path.parent.name in ("cohorts", "journals")
    name = path.parent.name.removesuffix("s") if several else path.stem
    assert schema.resolve() == ROOT / f"workflow/schemas/{name}.schema.yaml"


NO_CLONE = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no clone of the repository")


@NO_CLONE
def test_no_made_file_is_committed():
    assert made_files(ROOT) == []


@NO_CLONE
def test_no_path_of_a_machine_is_committed():
    assert machine_paths(ROOT) == []


def test_committed_files_that_should_not_be_are_found(tmp_path):
    files = {
        ".gitignore": "/results/*\n!/results/README.md\n.venv/\n",
        "results/README.md": "What appears here.",
        "results/2024/numbers.json": "{}",
        ".venv/pyvenv.cfg": "",
        "a.py": "DATA = '" + "/home" + "/ada/data'",
        "b.md": "See https://example.org" + "/home" + "/ada and ./work" + "/x.",
        "c.R": "read.csv('C:" + "\\\\data\\\\x.csv')",
    }
    write_files(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--force", ".")
    assert made_files(tmp_path) == [".venv/pyvenv.cfg", "results/2024/numbers.json"]
    assert [fault.split(":")[0] for fault in machine_paths(tmp_path)] == ["a.py", "c.R"]
