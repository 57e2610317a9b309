"""What a release records of a build: digests of its files, values of its numbers, versions.

Nothing that stands for a single patient is recorded: files with a row a patient are left out.
"""

import csv
import hashlib
import json
import platform
import re
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from crlm.base.files import read_text, written_whole
from crlm.base.problems import refuse
from crlm.manuscript.docx import WORD, read_body
from crlm.manuscript.rendered import Reader, pdf_text

# What is recorded of the results of a cohort.
RECORDED = (
    *("cohort/flow.csv", "response/agreement.csv", "tables/*", "comparison/*", "figures/*"),
    *("multiverse/specifications.csv", "numbers/numbers.*", "manuscript/**/*"),
)
OF_PATIENTS = ("manuscript/trace.json", "manuscript/trace.html")  # name the patients of a number
NUMBERS = ("numbers/numbers.json", "numbers/numbers.csv")  # whose values stand one by one
DRAWN = (".png", ".pdf")  # figures whose value is that of the SVG beside them
LABEL = re.compile(r"<!-- (.*?) -->", re.DOTALL)  # by which matplotlib says what it writes
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)
HEAD = """\
# What the build of cohort {cohort} gives: written by `make record`, read by `make verify`.
# version: what ran. number: key, value, as printed. file: path, SHA-256, digests of its parts.
"""


class Record(NamedTuple):
    """What is recorded of a build.

    `versions`: what ran -> its version. `numbers`: key -> value and printed form. `files`: path
    within the cohort's results -> SHA-256 and, of each part of its value (`parts_of`), the first
    eight digits of that.
    """

    versions: dict[str, str]
    numbers: dict[str, tuple[Any, str]]
    files: dict[str, tuple[str, list[str]]]


def sha256(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


# --- The value of a file --------------------------------------------------------------------------


def canonical(cell: str) -> str:
    """Return a cell with its number, if it is one, to ten digits; less than 1e-12 counts as 0."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return f"{0.0 if abs(number) < 1e-12 else number:.10g}"


def rows_of(path: Path) -> list[str]:
    """Return the rows of a CSV file."""
    rows = csv.reader(read_text(path).splitlines(keepends=True))
    return [", ".join(map(canonical, row)) for row in rows]


class PageTexts(Reader):
    """Collect the texts of a page, a block each, without scripts and styles."""

    def is_left_out(self, tag, facts):
        return tag in ("script", "style")


def blocks_of(path: Path) -> list[str]:
    """Return the texts of an HTML page, a block each."""
    reader = PageTexts()
    reader.feed(read_text(path))
    return reader.blocks


def paragraphs_of(path: Path) -> list[str]:
    """Return the paragraphs of a Word document."""
    return [
        "".join(text.text or "" for text in paragraph.iter(f"{WORD}t"))
        for paragraph in read_body(path).iter(f"{WORD}p")
    ]


def pages_of(path: Path) -> list[str]:
    """Return the text of each page of a PDF, without blanks and hyphens."""
    text, places = pdf_text(path)
    signs = groupby(zip(text, places, strict=True), key=lambda sign: sign[1][0])
    return ["".join(sign for sign, _ in page) for _, page in signs]


def labels_of(path: Path) -> list[str]:
    """Return the texts of a figure, and how many marks of each kind it has."""
    text = read_text(path)
    marks = [f"{text.count(f'<{mark} ')} {mark}" for mark in ("path", "use", "image")]
    return [*LABEL.findall(text), ", ".join(marks)]


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text."""
    return read_text(path).splitlines()


def text_as_one(path: Path) -> list[str]:
    """Return a text as one, whatever ends its lines."""
    return [read_text(path)]


# Suffix -> what a part of such a file is called, and what reads them.
KINDS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    ".csv": ("row", rows_of),
    ".html": ("block", blocks_of),
    ".docx": ("paragraph", paragraphs_of),
    ".pdf": ("page", pages_of),
    ".svg": ("label", labels_of),
    ".qmd": ("line", lines_of),
    **dict.fromkeys(
        (".bib", ".csl", ".css", ".html5", ".lua", ".openxml", ".typ"), ("text", text_as_one)
    ),
}


def parts_of(path: Path) -> list[str]:
    """Return the texts that make the value of a file, without blanks at their ends.

    Of a picture those of the SVG beside it; nothing where a file has no value but its bytes. A
    figure's value are its texts and the number of its marks: what it shows stands in the tables.
    """
    drawn = path.with_suffix(".svg")
    if path.suffix in DRAWN and drawn.exists():
        path = drawn
    if path.suffix not in KINDS:
        return []
    texts = (" ".join(text.split()) for text in KINDS[path.suffix][1](path))
    return [text for text in texts if text]


# --- The record -----------------------------------------------------------------------------------


def find_versions(lock: str, results: Path) -> dict[str, str]:
    """Return what ran with its version: Python, the machine, each package of a lock, the renderer.

    Parameters
    ----------
    lock
        The text of requirements.lock.
    results
        Those of the cohort, whose logs tell the renderer.
    """
    found = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    for log in sorted(results.glob("logs/render_manuscript_*.log")):
        found["renderer"] = log.read_text("utf-8").partition(": ")[2].partition(",")[0].strip()
    for name in sorted(set(PINNED.findall(lock))):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # one for other machines, or conda's under another name
            continue
    return found


def take_record(results: Path, versions: dict[str, str]) -> Record:
    """Return what is recorded of the results of a cohort."""
    registry = json.loads(read_text(results / "numbers/numbers.json"))
    found = {p.relative_to(results).as_posix(): p for g in RECORDED for p in results.glob(g)}
    files = {
        name: (
            sha256(path.read_bytes()),
            [] if name in NUMBERS else [sha256(part)[:8] for part in parts_of(path)],
        )
        for name, path in sorted(found.items())
        if path.is_file() and name not in OF_PATIENTS
    }
    numbers = {key: (entry["value"], entry["display"]) for key, entry in registry.items()}
    return Record(versions, numbers, files)


def write_record(record: Record, path: Path, cohort: str) -> None:
    """Write a record as lines of columns parted by tabs, sorted; whole or not at all."""
    lines = [f"version\t{name}\t{number}" for name, number in record.versions.items()]
    lines += [
        "\t".join(["number", key, *(json.dumps(part, ensure_ascii=False) for part in entry)])
        for key, entry in sorted(record.numbers.items())
    ]
    lines += [
        "\t".join(["file", name, digest, " ".join(parts)])
        for name, (digest, parts) in record.files.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        part.write_text(HEAD.format(cohort=cohort) + "\n".join(lines) + "\n", encoding="utf-8")


def read_record(path: Path) -> Record:
    """Read a record as `write_record` writes it.

    Raises
    ------
    InputError
        With each line that is no line of a record.
    """
    record, problems = Record({}, {}, {}), []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        try:
            match line.split("\t"):
                case ["version", name, found]:
                    record.versions[name] = found
                case ["number", key, value, display]:
                    record.numbers[key] = json.loads(value), json.loads(display)
                case ["file", name, digest, parts] if re.fullmatch("[0-9a-f]{64}", digest):
                    record.files[name] = digest, parts.split()
                case _ if not line.startswith("#"):
                    raise ValueError
        except ValueError:  # of JSON too
            expected = "a line as `make record` writes it (version, number, file)"
            problems.append(f"{path}, line {number}: found {line[:60]!r}; expected {expected}")
    refuse(problems)
    return record
