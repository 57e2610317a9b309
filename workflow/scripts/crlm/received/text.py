"""Read a text file (.csv, .tsv, .txt): its encoding and its delimiter follow from its content."""

import csv
import io
import re

from crlm.base.problems import Note, Problem
from crlm.received.limits import LONG_CELL, LONGEST, MANY, MOST_CELLS, TOO_MANY, TOO_WIDE, WIDEST
from crlm.received.workbook import find_header

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# The mark that a file begins with -> its encoding, which the mark is taken from.
ENCODINGS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
HEAD = 1_000_000  # signs of a text that tell its delimiter
TEXT = "text in UTF-8 or Windows-1252 encoding"
QUOTES = "quotation marks in pairs, at the two ends of a cell"
WHOLE_UTF16 = "text in UTF-16 that is whole: get or export the file anew"
# A letter that UTF-8 writes with several bytes; what is in Windows-1252 seldom looks like one.
SEVERAL_BYTES = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
# What Windows-1252 has where Mac and DOS have letters; no word has one within.
WITHIN_WORDS = re.compile(
    r"(?<=[^\W\d_])[€‚ƒ„…†‡ˆ‰‹‘“”•˜™›¡-©«¬®-³¶-¹»-¿](?=[^\W\d_])|(?<=[a-zß-ÿ])[ŠŽŒŸ]"
)
# Line breaks, tabs, and the breaks within a cell that some programs write (\x0b, \x0c), are text;
# \ufffd stands for letters that got lost before.
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")


def read_text(file: str, content: bytes) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of a text file, the encoding and the delimiter found from its content."""
    try:
        text, encoding = decode(content)
    except UnicodeDecodeError as error:
        if error.encoding.startswith("utf-16"):
            odd = len(content) % 2
            found = f"an odd number of bytes ({len(content)})" if odd else "half of a character"
            found = f"UTF-16, which has two bytes a character, with {found}"
            return [], [Problem(file, "", "", found, WHOLE_UTF16)], []
        row = re.sub(rb"\r\n?", b"\n", error.object[: error.start]).count(b"\n") + 1
        found = repr(error.object[error.start : error.end])
        return [], [Problem(file, row, "", found, error.reason)], []
    declared = re.match(r"sep=(.)\n", text, re.IGNORECASE)  # Excel's own line, which it hides
    text = text[declared.end() :] if declared else text
    if CONTROL.search(text):
        problems = [
            Problem(file, row, "", repr(found[0]), "text without control characters")
            for row, line in enumerate(text.split("\n"), start=1)
            if (found := CONTROL.search(line))
        ]
        return [], problems[:MANY], []
    choice = [declared[1]] if declared else DELIMITERS
    head = text if len(text) < HEAD else text[: max(text.rfind("\n", 0, HEAD), 0) or HEAD]
    delimiter = max(choice, key=lambda d: rank(*split_cells(head, d)[:2]))
    if text.count(delimiter) > MOST_CELLS:
        return [], [Problem(file, "", "", f"more than {MOST_CELLS} cells", TOO_MANY)], []
    rows, fault, at = split_cells(text, delimiter)
    if fault:
        return [], [Problem(file, at, "", *fault)], []
    said = f"text in {encoding}, columns separated by {DELIMITERS.get(delimiter, delimiter)}"
    return rows, [], [Note(file, "", "", said)]


def decode(content: bytes) -> tuple[str, str]:
    r"""Return the text with \n at the ends of its lines, and the encoding in words.

    Raises
    ------
    UnicodeDecodeError
        Where it is none of the encodings, or it is not certain which; with what was expected as the
        reason, except of UTF-16.
    """
    marked = next((e for mark, e in ENCODINGS.items() if content.startswith(mark)), None)
    zeros = content[::2].count(0), content[1::2].count(0)
    head = 0 in content[:2] and content[:2] != b"\0\0"
    if not marked and head and sum(zeros) > len(content) / 5 and max(zeros) > 10 * min(zeros):
        # Without a mark: of signs, digits and Latin letters one of the two bytes is 0.
        marked = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        text = content.decode(marked or "utf-8")
        said = marked[:6].upper() if marked and "utf-8" not in marked else "UTF-8"
    except UnicodeDecodeError as error:
        error.reason = TEXT
        if marked or SEVERAL_BYTES.search(content):
            error.reason = "text in UTF-8, as the rest of the file; a program changed this byte"
            raise
        # Nothing in the file says that it is Windows-1252; its letters tell a person whether it is.
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as other:
            other.reason = TEXT
            raise
        if inside := WITHIN_WORDS.search(text):
            place = inside.start(), inside.end()
            reason = f"{TEXT}; it may be one of a Mac or of DOS: save the file as UTF-8"
            raise UnicodeDecodeError("cp1252", content, *place, reason) from None
        letters = " ".join(sorted(c for c in set(text) if ord(c) > 127))
        said = f"Windows-1252 (it is not UTF-8), in which it holds the characters {letters}"
    return re.sub(r"\r\n?", "\n", text), said


def split_cells(
    text: str, delimiter: str
) -> tuple[list[tuple[int, list[str]]], tuple[str, ...], int]:
    """Return the rows that hold anything, up to a fault: what was found, expected, and its row."""
    rows, i = [], 0
    try:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        for i, cells in enumerate(reader, 1):
            if any(map(str.strip, cells)):
                rows.append((i, cells))
            if len(cells) > WIDEST:
                return rows, (f"{len(cells)} cells", TOO_WIDE), i
    except csv.Error as error:
        if "field limit" in str(error):  # of the library, which is above that of a cell
            return rows, (f"a cell of more than {LONGEST} letters", LONG_CELL), i + 1
        return rows, (str(error), QUOTES), i + 1
    return rows, (), 0


def rank(rows: list[tuple[int, list[str]]], fault: tuple[str, ...]) -> tuple[bool, int, int, int]:
    """Return how well a delimiter does: rows alike, or like the header; columns of both."""
    widths = [len(cells) for _, cells in rows] or [0]
    alike = not fault and len({*widths}) == 1 and widths[0] > 1
    header = widths[find_header(rows)]
    return alike, widths.count(header) * (header > 1), header, max(widths)
