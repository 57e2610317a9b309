"""What is wrong with an input, told to the person who can mend it."""

import os
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import EACCES, EDQUOT, EFBIG, ENOSPC, EROFS
from pathlib import Path
from typing import Any, NamedTuple

# What programs say of a disk that is full, or of files that may not be written.
DISK = tuple(map(os.strerror, (EACCES, EFBIG, ENOSPC, EROFS, EDQUOT)))
LISTED = 30  # rows named before the rest is counted
NOT_SHOWN = "(not shown)"  # in place of what may not be kept, or would tell who somebody is


class Problem(NamedTuple):
    """One finding: where it stands, what was found, what was expected."""

    file: str
    row: int | str
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        place = [self.file]
        several = isinstance(self.row, str) and "," in self.row
        place += [f"row{'s' * several} {self.row}"] if self.row != "" else []
        place += [f"column {' '.join(self.column.split())}"] if self.column else []
        return f"{', '.join(place)}: found {self.value!r}; expected {self.expected}"


class Note(NamedTuple):
    """What a reader should know of an input, though nothing is wrong: where, and what."""

    file: str
    row: int | str
    column: str
    note: str


def place_of(
    tables: Sequence[tuple], file: str, row: int | str, column: str
) -> tuple[str, int | str, str]:
    """Return file, row and column where a cell of raw tables was received.

    A table that was joined from several rows or files tells it in `attrs["place"]` of its frame.
    """
    for name, frame, *_ in tables:
        if name == file and "place" in frame.attrs:
            return frame.attrs["place"](row, column)
    return file, row, column


def with_places(frame: Any, file: str, places: dict[tuple, tuple]) -> Any:
    """Return a joined table that knows where its cells, by file, row and column, were received."""
    frame.attrs["place"] = lambda row, column: places.get(at := (file, row, column), at)
    return frame


def placed(tables: Sequence[tuple], problems: Iterable[Problem]) -> list[Problem]:
    """Return problems of raw tables, each where its cell was received (`place_of`)."""
    return [Problem(*place_of(tables, *p[:3]), *p[3:]) for p in problems]


class InputError(Exception):
    """Inputs that stop the build, with all problems found, in the order of the file.

    `paste` has lines for the cohort's file under each of its keys, for data that are right and only
    new. The message tells what stands in several rows once. `clean` is what could be read all the
    same, for further checks.
    """

    def __init__(
        self,
        problems: Sequence[Problem | str],
        paste: dict[str, str] | None = None,
        clean: Any = None,
    ):
        self.problems, self.clean = list(problems), clean
        self.paste = {key: lines for key, lines in (paste or {}).items() if lines}
        told = merge_repeated(problems)
        noun = "problem" if len(told) == 1 else "problems"
        parts = [f"{len(told)} {noun} in the input:", *map(str, told)]
        for key, lines in self.paste.items():
            parts += [
                "",
                "Where the data are right, look through these lines and paste them into "
                f"config/cohorts/<cohort>.yaml, in place of `{key}: {{}}` or under `{key}:`",
                "",
                f"{key}:",
                textwrap.indent(lines, "  ").rstrip(),
            ]
        super().__init__("\n".join(parts))

    def for_terminal(self) -> str:
        """Return the message with what is not shown elsewhere, where a person asked for that.

        That is where CRLM_SHOW=1 is set and somebody sits at the terminal; logs have the message.
        """
        if os.environ.get("CRLM_SHOW") != "1" or not sys.stderr.isatty():
            return str(self)
        bare = [
            p._replace(value=getattr(p.value, "withheld", p.value)) if isinstance(p, Problem) else p
            for p in self.problems
        ]
        return str(InputError(bare, self.paste))


def refuse(problems: Sequence[Problem | str]) -> None:
    """Stop with an `InputError` where there are problems."""
    if problems:
        raise InputError(problems)


class Told(list[Problem | str]):
    """The problems that several steps tell, each once."""

    def by(self, step: Callable, *arguments: Any) -> Any:
        """Return what a step returns; where it raises an `InputError`, keep its problems."""
        try:
            return step(*arguments)
        except InputError as error:
            self.extend(p for p in error.problems if p not in self)


def list_rows(rows: list) -> str:
    """Return rows as text, the first ones named and the rest counted."""
    named = ", ".join(map(str, rows[:LISTED]))
    return named + (f" and {len(rows) - LISTED} more" if len(rows) > LISTED else "")


def merge_repeated(problems: Iterable[Problem | str]) -> list[Problem | str]:
    """Return problems that differ in nothing but the row as one each, with all their rows."""
    rows: dict[Problem | str, list] = {}
    for problem in problems:
        key = problem._replace(row="") if isinstance(problem, Problem) else problem
        rows.setdefault(key, []).append(problem)
    return [
        found[0] if len(found) == 1 or isinstance(key, str) or key == found[0]
        else key._replace(row=list_rows([*dict.fromkeys(p.row for p in found)]))
        for key, found in rows.items()
    ]  # fmt: skip


MEND = "Nothing was changed. Mend the input and run the same command again."
PROTECTED = (
    "they are read-only, or somebody else's. Nothing was changed. Make results/ writable (its "
    "owner can: chmod -R u+w results), or build in a copy of the project."
)
LOCKED = """
Another build seems to be running in this folder. If none is (one that was killed or lost its power
leaves its lock behind, and old results beside new ones), free the folder, which puts back the
results of before it, then run the same command again:

  make unlock
"""


def whose_fault(error: Exception | str) -> str:
    """Return whose fault an error is that no input explains, itself or as Python says it."""
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    fault = "A fault of the program, not of the input"
    if re.match(rf"(Permission|\w+Directory)Error|OSError: .*({'|'.join(DISK)})", said):
        fault = "A full disk, or files that may not be written; nothing is wrong with the input"
    if said.startswith("ChildProcessError"):
        fault = "Ended from outside, as where memory is short; nothing is wrong with the input"
    if re.match(r"FileNotFoundError: .*'(results|\.snakemake)/", said):
        fault = "Results or .snakemake were deleted meanwhile; nothing is wrong with the input"
    return f"{fault} ({said})"


@contextmanager
def reported(log: str) -> Iterator[None]:
    """Write an `InputError` as a plain message into `log`, and exit with code 1.

    Any other error is a fault of the program: its traceback stands in `log` too. What the log says
    before it is for the terminal (`tell_failures`).
    """
    try:
        Path(log).write_text("", encoding="utf-8")
        yield
    except Exception as error:
        said = f"{whose_fault(error)}.\n{traceback.format_exc()}"
        if isinstance(error, InputError):
            said = f"{error}\n\n{MEND.replace('Nothing', 'Of what this step makes, nothing')}\n"
        try:
            Path(log).write_text(said, encoding="utf-8")
        except OSError:  # its folder is gone, or the disk full
            print(said.split("Traceback (most recent call last)")[0].strip(), file=sys.stderr)
        sys.exit(1)


def tell_failures(
    logs: dict[str, list[Path]],
    whole: list[str],
    engine: str = "The log may say why.",
    put_back: str = "",
) -> str:
    """Return where more stands of the steps that failed, and what they said, without tracebacks.

    Parameters
    ----------
    logs
        Step -> its log files.
    whole
        The logs of the whole run.
    engine
        What Snakemake said first, for where no step failed.
    put_back
        What became of the results of before.
    """
    told = [f"Logs: {', '.join([*(str(p) for paths in logs.values() for p in paths), *whole])}"]
    told += [put_back] if put_back else []
    for step, paths in logs.items():
        texts = [path.read_text("utf-8", "replace") for path in paths if path.is_file()]
        said = "\n".join(text.split("Traceback (most recent call last)")[0] for text in texts)
        silent = f"The step {step} ended without a word, as where the disk is full or memory short."
        told.append(said.strip() or silent)
    between = "[Errno" in engine  # what stopped it between two steps
    return "\n" + "\n\n".join(told if logs and not between else [*told, without_engine(engine)])


def without_engine(message: str) -> str:
    """Return an error of Snakemake without the name of its class and the lines of code."""
    if "Traceback (most recent call last)" in message:
        *_, said = message.strip().splitlines()
        return f"{whose_fault(said)}. `snakemake --verbose` says where."
    if raised := re.match(r"(?:\w+:\n)?(\w+Error)\b[^\n]*:\n(\[Errno .*)", message):
        return f"{whose_fault(': '.join(raised.groups()))}."
    text = re.sub(r"\A\w+(Error|Exception)\b[^\n]*:\n(Error:\n +WorkflowError:\n +)?", "", message)
    if text.startswith("Write-protected output files"):
        first = text.split("affected files:")[-1].split()[0]
        return f"{first} and others may not be written: {PROTECTED}"
    if said := re.search(r"^(?:Permission|OS|\w+Directory)Error: .*", text, re.MULTILINE):
        return f"{whose_fault(said[0])}."
    return re.sub(r"(?m)^ *File \".*\n?|^Wildcards:\n(?s:.*)", "", text).rstrip()
