"""Pandoc, and a manuscript as it reads it: once for all checks and writers."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import pypandoc

from crlm.base.problems import DISK, InputError
from crlm.manuscript.letters import FONTS
from crlm.manuscript.markdown import has_html

MARKDOWN = "markdown+table_attributes"  # captions of pipe tables carry {#tbl-x}, as in Quarto
COLOUR = re.compile(r"\x1b\[[\d;]*m")
# Quarto's settings, which stand before its message, and traces of programs.
AROUND_ERROR = re.compile(r"(?ims)\A *pandoc[^\n]*\n +to: .*?^(?=[^\n]*error)|^ *stack trace.*")
READ: dict[str, str] = {}  # the manuscript that was read last, in pandoc's JSON, by its digest
READING = Lock()  # who needs it while another thread reads it waits, and does not read it too


class RenderingError(InputError):
    """The manuscript cannot be rendered; the message is the one of the tool that refused it."""

    def __init__(self, message: str):
        super().__init__([message])


def as_json(qmd_text: str) -> str:
    """Return a manuscript as pandoc reads it, in its JSON: checks and writers read the same one."""
    digest = digest_of(qmd_text)
    with READING:
        tree = READ.get(digest)
        if tree is None:
            # What is not there need not be looked for at each sign, which takes half of the time.
            form = MARKDOWN if has_html(qmd_text) else f"{MARKDOWN}-raw_html"
            options = ["--from", form, "--to", "json", "--fail-if-warnings"]
            tree = run_pandoc(options, text=qmd_text)
            READ.clear()
            READ[digest] = tree
    return tree


def keep_read(qmd_text: str, path: str) -> None:
    """Write a manuscript as pandoc reads it to a file, for other processes."""
    kept = json.dumps({digest_of(qmd_text): as_json(qmd_text)})
    Path(path).write_text(kept, encoding="utf-8")


def take_read(path: str) -> None:
    """Take what `keep_read` wrote, in place of reading the same manuscript again."""
    READ.update(json.loads(Path(path).read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def parse(qmd_text: str) -> list[dict]:
    """Return the nodes of a manuscript as pandoc reads it, in document order."""
    return list(nodes_of(json.loads(as_json(qmd_text))))


def nodes_of(tree: Any) -> Iterator[dict]:
    """Walk pandoc's JSON in document order."""
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield node
            node = [*node.values()]
        if isinstance(node, list):
            rest.extend(reversed(node))


def digest_of(source: str) -> str:
    """Return the digest by which a document names the filled manuscript that it was made from."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def run_pandoc(
    options: Iterable, folder: Path | None = None, timestamp: int = 0, text: str = ""
) -> str:
    """Run the pandoc that the wheel brings, whatever the machine may have; see `run_program`."""
    program = shutil.which("pandoc", path=str(Path(pypandoc.__file__).parent / "files"))
    if program is None:
        raise RenderingError("the wheel pypandoc_binary, which brings pandoc, is not installed")
    room = ("+RTS", "-A64m", "-RTS")  # else a tenth of its time goes into freeing memory
    return run_program([program, *options, *room], folder, timestamp, text)


def citing(lua: Path) -> tuple:
    """Return pandoc's options to number references by a filter of the theme, and citations."""
    return ("--lua-filter", lua, "--citeproc", "-M", "link-citations=true")


def run_program(
    command: list, folder: Path | None = None, timestamp: int = 0, text: str = ""
) -> str:
    """Run a program under a fixed time, zone and language; return what it prints.

    Raises
    ------
    RenderingError
        Where it refuses the manuscript.
    OSError
        Where it finds no room on the disk, or is ended from outside, as where memory is short.
    """
    fixed = {"SOURCE_DATE_EPOCH": str(timestamp), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    fixed |= {"TYPST_FONT_PATHS": str(FONTS)}
    if folder and not os.access(os.environ.get("HOME", ""), os.W_OK):
        fixed["HOME"] = str(folder)  # where Quarto wants to keep a cache
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=os.environ | fixed,
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    name = Path(command[0]).stem
    of_disk = [line for line in done.stderr.splitlines() if any(said in line for said in DISK)]
    if done.returncode and of_disk:
        raise OSError(of_disk[0])
    if done.returncode < 0:
        raise ChildProcessError(f"{name}, by signal {-done.returncode}")
    if done.returncode != 0:
        told = AROUND_ERROR.sub("", COLOUR.sub("", done.stderr)).strip()
        told = "\n".join(dict.fromkeys(told.splitlines()))  # a filter may say it of each table
        raise RenderingError(f"{name}: {told}")
    return done.stdout
