"""What is wrong with an input, told to the person who can mend it."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """One finding: where it stands, what was found, what was expected."""

    file: str
    row: int | str
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        place = [self.file]
        place += [f"row {self.row}"] if self.row != "" else []
        place += [f"column {self.column}"] if self.column else []
        return f"{', '.join(place)}: found {self.value!r}; expected {self.expected}"


class Note(NamedTuple):
    """What a reader should know of an input, though nothing is wrong: where, and what."""

    file: str
    row: int | str
    column: str
    note: str


class InputError(Exception):
    """Inputs that stop the build, with all problems found, in the order of the file."""

    def __init__(self, problems: list[Problem | str]):
        self.problems = problems
        noun = "problem" if len(problems) == 1 else "problems"
        super().__init__("\n".join([f"{len(problems)} {noun} in the input:", *map(str, problems)]))


@contextmanager
def reported(log: str) -> Iterator[None]:
    """Turn an `InputError` into a plain message, on the terminal and in `log`, and exit code 1.

    Any other error is a fault of the program: its traceback stands in `log` too.
    """
    Path(log).write_text("", encoding="utf-8")
    try:
        yield
    except InputError as error:
        message = (
            f"\n{error}\n\nNothing was changed. Mend the input and run the same command again.\n"
        )
        Path(log).write_text(message, encoding="utf-8")
        sys.exit(message)
    except Exception:
        Path(log).write_text(traceback.format_exc(), encoding="utf-8")
        raise
