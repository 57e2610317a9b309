"""Apply a diff to the template it was made from, to all of it or to nothing."""

import re
import sys
from pathlib import Path

from crlm.base.files import written_whole
from crlm.base.problems import InputError

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@.*")


def apply_diff(text: str, diff: str, file: str) -> str:
    """Return a text with a unified diff applied, each line where the diff says.

    Parameters
    ----------
    text
        The text of `file`, which the message of an error names.
    diff
        As `difflib.unified_diff` makes it; an empty one changes nothing.

    Raises
    ------
    InputError
        Where a line is not what the diff expects: the text has changed since.
    """
    lines, new, at = text.splitlines(keepends=True), [], 0
    for line in diff.splitlines(keepends=True)[2:]:
        if hunk := HUNK.match(line):
            start = int(hunk[1]) - (hunk[2] != "0")
            new += lines[at:start]
            at = start
            continue
        sign, content = line[0], line[1:]
        if sign != "+":
            found = lines[at] if at < len(lines) else ""
            if found != content:
                raise InputError(
                    [
                        f"{file}, line {at + 1}: found {found.strip()!r}; expected "
                        f"{content.strip()!r}. The template has changed since the diff was made: "
                        "run make merge again"
                    ]
                )
            at += 1
        if sign != "-":
            new.append(content)
    return "".join(new + lines[at:])


def main(diff: str, file: str) -> None:
    """Apply a diff to a file; exit code 1, and nothing written, where it does not apply."""
    path = Path(file)
    try:
        text = apply_diff(path.read_text("utf-8"), Path(diff).read_text("utf-8"), file)
    except InputError as error:
        sys.exit(str(error))
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8")
    print(f"Applied to {file}. `make paper` builds it; `git diff` shows it.")


if __name__ == "__main__":
    main(*sys.argv[1:])
