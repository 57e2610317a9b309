"""Find who is named in a file beside its cells: in comments, properties, headings, labels."""

import html
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator

from crlm.base.masking import (
    LONG_TEXT,
    has_date,
    identifier,
    looks_like_a_person,
    masked,
    names_a_person,
    names_within,
    suspected_kind,
    words_in,
)
from crlm.base.problems import Note, Problem
from crlm.base.vocabulary import texts_beside, vocabulary_words
from crlm.cohort.identifiers import BORN, HEADINGS, NUMBERED
from crlm.received.limits import LONGEST

PLACES: dict[str, dict[str, str]] = texts_beside(__file__)["places"]
AUTHOR, COMMENT, PIVOT = "who made it", "a comment", "a pivot table"
FORMULAS = "a formula, a drop-down list or a name"
KNOWN = HEADINGS | vocabulary_words("files")
LITERAL = re.compile(r'"([^"]+)"')
ATTRIBUTE = re.compile(r"\b(?:\w+:)?(\w+)=(?:\"([^\"]*)\"|'([^']*)')")
WITHIN = re.compile(r"<[^<>]*>")
# What programs write: where Excel tells of threads, formats of headings, hosts, ids, pictures, and
# the sign before whom a comment calls.
OF_PROGRAMS = re.compile(
    r"^.*go\.microsoft\.com\S*|&\"[^\"]*\"|&K[0-9A-F]{6}|&\d+|&[A-Z]|(?:https?://|\bwww\.)[^\s/]+"
    r"|\b0x[0-9A-F]+|\{?[0-9A-F]{8}(?:-?[0-9A-F]{4}){3}-?[0-9A-F]{12}\}?|_xlnm\.\w+|\bZ_\w+\.wvu\.\w+"
    r"|\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg)\b|(?<!\S)@(?=\w)",
    re.IGNORECASE | re.DOTALL,
)


def texts_of_workbook(content: bytes) -> Iterator[tuple[str, str]]:
    """Yield place and text of what stands in a workbook beside its cells, and its formulas."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            spots = {
                spot: place
                for place, parts in PLACES.items()
                for part, own in parts.items()
                if name.startswith(part) and name.endswith(".xml")
                for spot in own.split()
            }
            if spots:
                part = archive.read(name)
                marked = part[:2] in (b"\xff\xfe", b"\xfe\xff")
                yield from texts_in(part.decode("utf-16" if marked else "utf-8", "replace"), spots)


def texts_in(part: str, spots: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield place and text of each of the `spots` (spot -> place) in a part of a workbook."""
    tags = "|".join({spot.partition("@")[0] for spot in spots})
    tag = re.compile(
        rf"<(?P<name>(?:[\w-]+:)?(?P<own>{tags}))(?=[\s/>])(?P<attributes>[^<>]*)"
        r"(?:(?<=/)>|>(?=(?P<text>[^<]*(?:<(?!/(?P=name)>)[^<]*)*)))"
    )
    for found in tag.finditer(part):
        own = found["own"]
        written = {name: a or b for name, a, b in ATTRIBUTE.findall(found["attributes"])}
        texts = {own: WITHIN.sub("", found["text"] or "")}
        for spot, text in (texts | {f"{own}@{name}": of for name, of in written.items()}).items():
            if spot in spots and text.strip():
                at = f" at {written['ref']}" if "ref" in written and spots[spot] == COMMENT else ""
                yield spots[spot] + at, html.unescape(text)


def tells_of_somebody(text: str, of_a_cell: bool = False) -> bool:
    """Return whether a text beside the cells has a name, a number or an address of somebody.

    Unless it is `of_a_cell`, as a comment, a name has a capital, and a date is one only where
    somebody is born, or may be: in the 20th century. Others are those of an export.
    A text longer than any cell may name anybody.
    """
    if len(text) > LONGEST:
        return True
    person = looks_like_a_person(text, KNOWN) or names_within(text, KNOWN)
    person = person and (of_a_cell or any(not word.islower() for word in words_in(text)))
    if of_a_cell:  # as in "Hassan: no MRI" and in "no MRI of Hassan"
        first = re.split("[:,;]", text)[0].strip()
        person = person or names_a_person(text, KNOWN) or bool(suspected_kind(first, KNOWN))
    born = BORN.search(text) and re.search(r"\d{4}", text)
    date = (of_a_cell or re.search(r"(?<!\d)19\d\d(?!\d)", text)) and has_date(text)
    if person or born or date or NUMBERED.search(text):
        return True
    # Longer texts than a cell's are judged in parts, between which no number ends.
    parts = [text[i : i + LONG_TEXT] for i in range(0, len(text), LONG_TEXT // 2)]
    kinds = {kind[0] for part in parts if (kind := identifier(part))}
    return bool(kinds - {"text", "date"})


def find_named(
    file: str, texts: Iterable[tuple[str, str]], cells: Collection[str], expected: str
) -> tuple[list[Problem], list[Note]]:
    """Find who is named in what stands in a file beside its cells.

    Who made the file is named in most, and is no patient: of them it is only noted.

    Parameters
    ----------
    file
        Its name.
    texts
        Place and text.
    cells
        Texts that are cells, too, and are judged as these.
    expected
        What is said to whom is told of it.
    """
    found: dict[str, list[str]] = {}
    authors, noted = [], False
    for place, whole in dict.fromkeys(texts):
        if place == AUTHOR:
            kind = identifier(whole)
            noted = noted or looks_like_a_person(whole) or bool(kind)
            authors.append(whole.strip())
            if kind is None or kind[0] in ("name", "e-mail", "text"):
                continue
        parts = LITERAL.findall(whole) if place == FORMULAS else OF_PROGRAMS.split(whole)
        for text in (text for part in parts for text in re.split(r"[\r\n]+|,(?! )", part)):
            # Excel puts the author before a comment.
            text = next((text[len(a) + 1 :] for a in authors if text.startswith(f"{a}:")), text)
            said = text.replace("_", " ").strip()
            if text.strip() not in cells and tells_of_somebody(said, COMMENT in place):
                found.setdefault(place, []).append(said)
    problems = [
        Problem(file, "", "", f"{masked(own[0])}{more} in {place}", expected)
        for place, own in found.items()
        for more in [f" (and {len(own) - 1} more)" if len(own) > 1 else ""]
    ]
    said = "its properties or comments say who made it, which is not read (File > Info > Inspect)"
    return problems, [Note(file, "", "", said)] * noted
