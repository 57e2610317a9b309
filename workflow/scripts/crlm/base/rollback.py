"""What was made before a run: kept while it runs, put back where it fails.

What is shown together was made together: a late failure leaves no new tables beside an old paper.
"""

import fcntl
import json
import os
import shutil
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

LOCKS = Path(".snakemake/locks")
RUNNING = Path(".snakemake/running")  # locked by whoever runs here, until its process ends
KEPT = Path(".snakemake/last_good")
RECORDS = Path(".snakemake/metadata")  # of how each file was made: else old ones pass for new


def begin() -> bool:
    """Tell others, until this process ends, that it is at work in this folder.

    Returns
    -------
    bool
        False where another one is, so that this one may not be.
    """
    RUNNING.parent.mkdir(exist_ok=True)
    running = os.open(RUNNING, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network disks know no such lock: there Snakemake's own must do.
        return not isinstance(error, BlockingIOError)
    return True


def keep(files: Iterable[str]) -> None:
    """Keep files and folders as they are, with Snakemake's records, until `put_back` or `forget`.

    A folder stands before the files in it. Where a run was killed, what it kept stays: the files
    as they were before that run.

    Raises
    ------
    OSError
        Where they can't be kept; nothing is changed then.
    """
    index = KEPT / "index.json"
    there = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    new = {file: Path(file).exists() for file in map(str, files) if file not in there}
    copies = {Path(f): KEPT / "files" / f for f, is_there in new.items() if is_there}
    if not there:
        forget()
        copies[RECORDS] = KEPT / "records"
    try:
        for file, kept in copies.items():
            kept.parent.mkdir(parents=True, exist_ok=True)
            if file.is_dir():
                copy_folder(file, kept)
            else:
                shutil.copy2(file, kept)
        written = index.with_suffix(".new")
        written.write_text(json.dumps(there | new), encoding="utf-8")
        written.replace(index)
    except OSError:
        if not there:
            forget()  # else a full disk stays full
        raise


def copy_folder(folder: Path, to: Path) -> None:
    """Copy a folder; an error tells why one of its files can't be, not the same of hundreds."""
    try:
        shutil.copytree(folder, to, dirs_exist_ok=True)
    except shutil.Error as error:
        _, _, why = error.args[0][0]
        raise OSError(why) from None


def name_of_record(file: str) -> str:
    """Return how Snakemake names the record of a file (`snakemake.persistence.file`)."""
    return urlsafe_b64encode(file.encode()).decode()


def put_back() -> bool:
    """Put back what was kept, and return whether there was anything.

    Where no file was there before, what the run made stays: it was made together. So does what was
    not among the files kept, with its records.

    Raises
    ------
    OSError
        Where a file can't be put back; it is kept on, and so are those that follow.
    """
    index = KEPT / "index.json"
    there = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    if any(there.values()):
        for file, before in there.items():
            kept = KEPT / "files" / file
            if kept.exists() or not before:  # else put back by a run that was killed meanwhile
                shutil.rmtree(file, ignore_errors=True)
                Path(file).unlink(missing_ok=True)  # no folder
            if kept.exists():
                Path(file).parent.mkdir(parents=True, exist_ok=True)
                shutil.move(kept, file)
            (RECORDS / name_of_record(file)).unlink(missing_ok=True)
        copy_folder(KEPT / "records", RECORDS)
    forget()
    return any(there.values())


def require_no_run() -> None:
    """Begin as `begin` does, or end this process with what to do, where a run is at work."""
    if not begin():
        sys.exit("A build is at work in this folder: nothing was changed. Wait, or end it.")


def unlock() -> bool:
    """Free the folder after a run that was killed, and put back what was made before it.

    Raises
    ------
    SystemExit
        Where a run is at work.
    """
    require_no_run()
    for lock in LOCKS.glob("*"):
        lock.unlink()
    return put_back()


def forget() -> None:
    """Keep nothing any longer."""
    (KEPT / "index.json").unlink(missing_ok=True)  # first: what is left without it is void
    shutil.rmtree(KEPT, ignore_errors=True)


if __name__ == "__main__":
    require_no_run()
