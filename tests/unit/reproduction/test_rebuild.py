"""What goes into the fresh folder, and what is said where nothing was recorded."""

import subprocess
from pathlib import Path

import pytest
from project import ROOT, write_files

from crlm.wings.reproduction import rebuild

FILES = ["Snakefile", "config/config.yaml", "data/raw/a b é.csv"]
MADE = ["results/2024/a.csv", ".venv/python", "publish/2024/MANIFEST", "x/__pycache__/a.pyc"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    write_files(tmp_path, {name: name for name in [*FILES, *MADE]})
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("by_git", [True, False])
def test_nothing_but_the_sources_is_copied(project, by_git):
    if by_git:
        subprocess.run(["git", "init", "-q"], check=True)
        subprocess.run(["git", "add", *FILES], check=True)
        (project / "stray.txt").touch()
        (project / "config/config.yaml").write_text("edited", encoding="utf-8")
    names = rebuild.tracked_files(project)
    assert sorted(names) == sorted(FILES)
    rebuild.copy_files(names, project, project / "fresh")
    copied = [p for p in (project / "fresh").rglob("*") if p.is_file()]
    assert sorted(p.relative_to(project / "fresh").as_posix() for p in copied) == sorted(FILES)
    text = "edited" if by_git else "config/config.yaml"
    assert (project / "fresh/config/config.yaml").read_text("utf-8") == text


def test_without_a_record_it_says_what_to_run(project, capsys):
    assert rebuild.main("verify", "2024") == 2
    told = capsys.readouterr().err
    assert "There is no data/published/digests/2024.txt" in told
    assert "make record COHORT=2024" in told
    assert not Path("results/2024/verify").exists()


def fake_build(text):
    """Return a stand-in for the build, which writes a table with `text` and what is beside it."""

    def build(folder, cohort, cores):
        if text is None:
            return 1
        if isinstance(text, OSError):
            raise text
        numbers = '{"cohort.n": {"value": 25, "display": "25"}}'
        files = {"tables/table1.csv": text, "numbers/numbers.json": numbers}
        write_files(folder / "results" / cohort, files)
        return 0

    return build


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("n\n25\n", 0, "Identical. Files: 2 identical."),
        ("n\n25.0\n", 0, "Equal in value. Files: 1 identical, 1 equal in value."),
        ("n\n<b>\n", 1, "Different. Files: 1 identical, 1 different."),
        (None, 2, "The build in a fresh folder failed"),
        (OSError(28, "No space left on device"), 2, "A full disk"),
    ],
)
def test_the_exit_code_goes_by_the_verdict(project, monkeypatch, capsys, text, code, told):
    monkeypatch.setattr(rebuild, "PAGE", str(ROOT / rebuild.PAGE))
    monkeypatch.setattr(rebuild, "LOCK", str(ROOT / rebuild.LOCK))
    monkeypatch.setattr(rebuild, "named_files", lambda cohort: ["data/raw/a b é.csv"])
    monkeypatch.setattr(rebuild, "build", fake_build("n\n25\n"))
    assert rebuild.main("record", "2024") == 0
    monkeypatch.setattr(rebuild, "build", fake_build(text))
    assert rebuild.main("verify", "2024") == code
    assert told in "".join(capsys.readouterr())
    page = Path("results/2024/verify/verify.html")
    assert page.exists() == (code < 2)
    if code < 2:
        assert "<b>" not in page.read_text("utf-8")  # what was built is shown as text
        assert str(project) not in Path("results/2024/verify/verify.json").read_text("utf-8")
