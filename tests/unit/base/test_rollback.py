"""A run that fails leaves the files of before, with Snakemake's records of them."""

import errno
import fcntl
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.persistence.file import FilePersistence

from crlm.base.problems import whose_fault
from crlm.base.rollback import (
    KEPT,
    LOCKS,
    RECORDS,
    RUNNING,
    begin,
    forget,
    keep,
    name_of_record,
    put_back,
    unlock,
)  # fmt: skip

FILES = ["results/a.csv", "results/new/b.csv"]
A, B = "cmVzdWx0cy9hLmNzdg==", "cmVzdWx0cy9uZXcvYi5jc3Y="  # echo -n results/a.csv | base64


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with one file, of which Snakemake knows."""
    monkeypatch.chdir(tmp_path)
    RECORDS.mkdir(parents=True)
    write("results/a.csv", "old")
    write(RECORDS / A, "of old")


def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def found():
    return {p.as_posix(): p.read_text() for p in Path().rglob("*") if p.is_file()}


def run(what):
    """Make both files, as a run does."""
    write("results/a.csv", what)
    write("results/new/b.csv", what)
    write(RECORDS / A, f"of {what}")
    write(RECORDS / B, f"of {what}")


def test_a_failed_run_leaves_what_was_there(folder):
    before = found()
    keep(FILES)
    run("new")
    assert put_back()
    assert found() == before


def test_an_old_file_without_a_record_does_not_get_one_of_the_failed_run(folder):
    (RECORDS / A).unlink()
    before = found()
    keep(FILES)
    run("new")
    assert put_back()
    assert found() == before


def test_what_depends_on_nothing_that_is_put_back_stays_with_its_record(folder):
    keep(FILES[:1])
    run("new")
    assert put_back()
    assert found()["results/a.csv"] == "old"
    assert found()["results/new/b.csv"] == "new"
    assert found()[f"{RECORDS}/{B}"] == "of new"


def test_records_are_named_as_snakemake_names_them(folder):
    named = FilePersistence._record_path(
        SimpleNamespace(_fetch_max_len=lambda _: 255), RECORDS, FILES[0]
    )
    assert Path(named).name == name_of_record(FILES[0]) == A


def test_results_that_are_deleted_meanwhile_come_back(folder):
    before = found()
    keep(FILES)
    Path("results/a.csv").unlink()
    Path("results").rmdir()
    assert put_back()
    assert found() == before


def test_a_folder_comes_back_without_what_is_new_in_it(folder):
    before = found()
    keep(["results", *FILES])
    run("new")
    write("results/c.csv", "new")
    assert put_back()
    assert found() == before


def test_what_a_killed_run_kept_is_older_than_what_it_left(folder):
    before = found()
    keep(FILES)
    run("killed")
    keep([*FILES, "results/c.csv"])
    run("next")
    assert put_back()
    assert found() == before


def test_a_copy_that_was_not_finished_counts_for_nothing(folder):
    write(KEPT / "files/results/a.csv", "ol")
    keep(FILES)
    run("new")
    assert put_back()
    assert found()["results/a.csv"] == "old"


def test_a_first_run_leaves_what_it_made(folder):
    Path("results/a.csv").unlink()
    keep(FILES)
    run("new")
    assert not put_back()
    assert found()["results/new/b.csv"] == "new"
    assert not KEPT.exists()


def test_after_a_good_run_nothing_is_kept(folder):
    keep(FILES)
    run("new")
    forget()
    assert not put_back()
    assert (found()["results/a.csv"], KEPT.exists()) == ("new", False)


def test_a_full_disk_changes_nothing_and_is_not_filled_further(folder, monkeypatch):
    before = found()

    def copy(source, target):
        Path(target).write_text("half")
        raise OSError(28, "No space left on device")

    def copy_all(*_, **__):
        raise shutil.Error([("a", "b", "[Errno 28] No space left on device: 'a' -> 'b'")] * 300)

    for of_files, of_folders in ((copy, shutil.copytree), (shutil.copy2, copy_all)):
        monkeypatch.setattr("shutil.copy2", of_files)
        monkeypatch.setattr("shutil.copytree", of_folders)
        with pytest.raises(OSError, match="No space left") as caught:
            keep(FILES)
        told = whose_fault(caught.value)
        assert told.startswith("A full disk") and len(told) < 200
        assert found() == before


def test_the_folder_is_freed_only_where_no_run_is_at_work(folder):
    """One that was killed has let go of its file, as the system does for it."""
    before = found()
    keep(FILES)
    write(LOCKS / "0.output.lock", "results/a.csv")
    run("new")
    with (
        RUNNING.open("w") as other,
        pytest.raises(SystemExit, match="at work in this folder: noth"),
    ):
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not begin()
        unlock()
    assert found()["results/a.csv"] == "new" and [*LOCKS.glob("*")]
    assert unlock()
    assert found() == before | {".snakemake/running": ""}


def test_on_a_disk_that_knows_no_such_locks_a_run_may_begin(folder, monkeypatch):
    """As on Lustre without them: flock(2) tells ENOSYS, or ENOLCK."""

    def refuse(*_):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", refuse)
    assert begin()
