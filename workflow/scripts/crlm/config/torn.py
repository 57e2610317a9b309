"""What can be read of a YAML file that is no YAML in some places."""

import re
from collections.abc import Iterator
from pathlib import Path

from crlm.base.files import LARGEST, Marked, mark_yaml, read_text
from crlm.base.problems import InputError

KEY = re.compile(
    r"(?P<blanks> *)(?P<item>- +)?[\"']?(?P<key>[^\s\"'#:{}\[\],][^\"':#]*)[\"']? *:(\s|$)"
)
ADDED = ("codebook", "plan")  # of a cohort's file, whose entries stand one level deeper
MOST = 20  # places told


def keys_of(lines: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the number of each line that begins a key or an item, and the keys down to it.

    By the indentation alone, since the file can't be parsed.
    """
    above: list[tuple[int, str]] = []
    for n, line in enumerate(lines):
        if not (found := KEY.match(line)):
            continue
        indent = len(found["blanks"])
        above = [(i, key) for i, key in above if i < indent]
        above.append((indent, f"- {n}" if found["item"] else found["key"].strip()))
        yield n, tuple(key for _, key in above)


def cut(lines: list[str], place: int) -> set[int]:
    """Cut the entry (a key, or a named entry of one) out of `lines` in which a line stands.

    In its place stands one that fits no schema, so that nobody takes the entry for absent; that of
    a variable has the names of its columns. Returns the lines, from 0, whose keys it concerns.
    """
    listed = [*keys_of(lines)]
    started = [(n, keys) for n, keys in listed if n <= place]
    if not started:
        return set()
    deepest = 3 if started[-1][1][0] in ADDED else 2
    own = started[-1][1][:deepest]
    starts = [n for n, keys in listed if keys == own]  # several, of a key that stands twice
    ends = [
        next((n for n, keys in listed if n > m and keys[: len(own)] != own), None) for m in starts
    ]
    text = "\n".join(line for m, n in zip(starts, ends, strict=True) for line in lines[m:n])
    named = re.search(r"\bcolumns:\s*(.*(?:\n\s+.*)*?)(?=\n\s*\w+:|\Z)", text)
    columns = re.findall(r"[\w./ -]+(?=[\"']?\s*:)", named[1]) if named else []
    blanks = " " * (len(lines[starts[0]]) - len(lines[starts[0]].lstrip(" ")))
    for m, n in zip(starts, ends, strict=True):
        lines[m:n] = [""] * len(lines[m:n])
    if not own[-1].startswith("- "):
        inner = ", ".join(f'"{column.strip()}": null' for column in columns)
        value = f"{{torn: true, columns: {{{inner}}}}}" if "variables" in own else "torn"
        value = "null" if len(own) == 1 and own[0] not in ADDED else value
        lines[starts[0]] = f'{blanks}"{own[-1]}": {value}'
    return {n for n, keys in listed if n <= place and own[: len(keys)] == keys}


def read_torn_yaml(path: str | Path) -> tuple[Marked, list[str], set[int]]:
    """Return what can be read of a YAML file, what is wrong with the rest, and the lines lost.

    In place of each entry that can't be read stands one that fits no schema.

    Raises
    ------
    InputError
        Where nothing can be read.
    """
    lines = read_text(path, LARGEST, "YAML").split("\n")
    faults: list[str] = []
    lost: set[int] = set()
    while True:
        try:
            return mark_yaml("\n".join(lines), path), faults, lost
        except InputError as error:
            (said,) = error.problems
            place = re.match(rf"{re.escape(str(path))}, line (\d+)", str(said))
            cut_lines = cut(lines, int(place[1]) - 1) if place else set()
            if not cut_lines or len(faults) == MOST:
                raise InputError(faults[:1] or [said]) from None
            faults.append(str(said))
            lost |= {n + 1 for n in cut_lines}
