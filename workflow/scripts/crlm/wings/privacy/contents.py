"""Read a file as its readers could: the texts in it, whatever it is packed, written or drawn in."""

import base64
import bz2
import gzip
import html
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import unquote

import numpy as np
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import IndirectObject, NameObject, StreamObject

from crlm.base.spelling import plain_sign

DEEPEST = 5  # archives and encodings within each other
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16
# What begins so is compressed, and by what it is opened.
COMPRESSED: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress,
    **dict.fromkeys((b"\x78\x01", b"\x78\x9c", b"\x78\xda"), zlib.decompress),
}  # fmt: skip
PACKED = (*PICTURES, *COMPRESSED, b"%PDF", b"PK\x03\x04")
FONTS = (b"wOFF", b"wOF2", b"OTTO", b"\0\1\0\0")
# The numbers that programs write as bytes, plotly and bokeh within a page.
ARRAYS = ("i1", "<i2", "<i4", "<f4", "<f8")
FEWEST, MOST = 16, 10_000  # bytes of one
WRITTEN = re.compile(r"\bBT\b.*?\bET\b|<<.*?>>", re.DOTALL)  # texts and marks in a PDF's drawing
# Marks between two words; all others may stand within one.
BETWEEN = re.compile(
    r"</?(?:p|div|t[dhr]|table|li|[uo]l|br|h\d|option|section|text|g|path|w:(?:p|tc|tr|tbl|br|tab)|"
    r"dt|dd|pre|figcaption|caption)\b[^<>]*>",
    re.IGNORECASE,
)
TAG = re.compile(r"<[^<>]*>")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{4}[\r\n]{0,2}){2,}(?:[A-Za-z0-9+/_-]{2,3}={0,2})?")
LONG = 200  # letters of base64 that no text has: they are no words
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x84\x86-\x9f]")  # signs that no text has
ESCAPES = re.compile(r"&#?\w+;|%[0-9a-fA-F]{2}|\\[ux]")
# Letters and digits one by one, as of a list, or where each stands in an element of its own.
SINGLE = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,11}[^\W_](?![^\W_])){4,}")
ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")


def texts_of(content: bytes, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a file's content: all that a person or a program could read in it.

    These are the text itself, with its entities and escapes resolved, with and without its tags;
    the pages and all other strings of a PDF; the text, also compressed, that a picture carries;
    what base64, base32 and hexadecimal stand for, arrays of numbers too; the rows of a workbook;
    the parts of an archive, and of archives in it.

    Raises
    ------
    ValueError
        Where the content, or a part of it, is of no kind that is read here.
    """
    if depth > DEEPEST:
        raise ValueError(f"archives more than {DEEPEST} deep")
    packed = zipfile.is_zipfile(io.BytesIO(content))  # also one behind a picture
    if packed:
        yield from texts_of_archive(content, depth)
    if unpack := next((way for sign, way in COMPRESSED.items() if content.startswith(sign)), None):
        yield from texts_of(unpack(content), depth + 1)
    elif content.startswith(b"%PDF"):
        yield from texts_of_pdf(content, depth)
        yield printable(content)
    elif content.startswith(PICTURES):
        yield from texts_of_picture(content, depth)
        yield printable(content)
    elif not packed:
        yield from forms_of(decoded(content), depth)


def texts_of_archive(content: bytes, depth: int) -> Iterator[str]:
    """Yield the texts of a zip file: names, notes, parts; of a workbook its rows too."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield archive.comment.decode("utf-8", "replace")
        for part in archive.infolist():
            yield f"{part.filename}\n{part.comment.decode('utf-8', 'replace')}"
            if not part.is_dir():
                yield from texts_of(archive.read(part), depth + 1)
        if "xl/workbook.xml" not in archive.namelist():
            return
    for sheet in load_workbook(io.BytesIO(content), read_only=True, data_only=True):
        yield "\n".join(" | ".join(map(str, row)) for row in sheet.iter_rows(values_only=True))


def printable(content: bytes) -> str:
    """Return what is readable as it stands in a file of another kind than text, in UTF-16 too.

    Parts that don't stand side by side are so far from each other that no pseudonym spans two.
    """
    bare = content.replace(b"\0", b"")
    return "\n-------\n".join(
        part.decode("ascii") for part in re.findall(rb"[ -~\r\n\t]{6,}", bare)
    )


def decoded(content: bytes) -> str:
    """Return a text in UTF-8, in UTF-16 or UTF-32 where it has zeros, or in Latin letters.

    Raises
    ------
    ValueError
        Where it is no text.
    """
    even, odd = content[::2].count(0), content[1::2].count(0)
    if content.startswith(WIDE):
        form = "utf-32" if content[2:4] == b"\0\0" else "utf-16"
    elif even + odd > len(content) / 5:
        form = "utf-16-be" if even > odd else "utf-16-le"
    else:
        form = "utf-8-sig"
    try:
        text = content.decode(form)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if NO_TEXT.search(text):
        raise ValueError("it is of a kind that is not read")
    return text


def forms_of(text: str, depth: int) -> Iterator[str]:
    """Yield a text as it can be read, and what base64, base32 and hexadecimal in it stand for."""
    plain, before = BASE64.sub(lambda b: b[0] if len(b[0]) < LONG else " ", text), ""
    while plain != before and ESCAPES.search(plain):  # what was escaped twice too
        before = plain
        plain = ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), plain)
        plain = unquote(html.unescape(plain))
    yield plain
    bare = TAG.sub(" ", plain)
    if "<" in plain:
        yield TAG.sub("", BETWEEN.sub(" ", plain))
        yield bare
    yield "\n".join(re.sub(r"[\W_]", "", found[0]) for found in SINGLE.finditer(bare))
    for found in BASE64.finditer(text):
        yield from forms_of_code(re.sub(r"\s", "", found[0]), depth)


def forms_of_code(code: str, depth: int) -> Iterator[str]:
    """Yield what base64, base32 or hexadecimal stand for: a text, a file, an array of numbers.

    Raises
    ------
    ValueError
        Where it is too long for a word, no font, and of no kind that is read here.
    """
    letters = code.replace("-", "+").replace("_", "/").rstrip("=")
    long = len(letters) >= LONG and len({*letters}) > 8  # no line of hyphens
    read = not long
    for decode, size in ((base64.b64decode, 4), (base64.b32decode, 8), (bytes.fromhex, 1)):
        with suppress(ValueError, EOFError, zlib.error):  # a word that only looks so
            content = decode(letters + "=" * (-len(letters) % size))
            read |= content.startswith(FONTS)
            if not letters.islower() and FEWEST <= len(content) <= MOST:
                yield from arrays_of(content)
            wide = content.startswith(WIDE) or 2 * content.count(0) >= len(content) - 1
            if long or wide or content.isascii() or content.startswith(PACKED):
                yield from texts_of(content, depth + 1)
                read = True
    if not read:
        raise ValueError("it holds a code that is not read")


def arrays_of(content: bytes) -> Iterator[str]:
    """Yield the numbers that bytes stand for, in each way of writing them."""
    for kind in ARRAYS:
        with suppress(ValueError):  # of another number of bytes
            numbers = np.frombuffer(content, kind)
            if abs(numbers).max() < 10**6:
                yield " ".join(f"{number:.6g}" for number in numbers)


def texts_of_pdf(content: bytes, depth: int) -> Iterator[str]:
    """Yield the text of a PDF's pages, all strings of its objects, its metadata and attachments."""
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        text = page.extract_text()
        yield text
        yield "".join(text.split())  # letters may be set apart
        contents = page.get_contents()
        yield "" if contents is None else drawn_in(contents)
    strings: list[str] = []
    numbers = {number for own in reader.xref.values() for number in own} | {*reader.xref_objStm}
    for number in sorted(numbers):
        held = reader.get_object(IndirectObject(number, 0, reader))
        strings += strings_in(held)
        if isinstance(held, StreamObject) and held.get("/Type") in ("/Metadata", "/EmbeddedFile"):
            yield from texts_of(held.get_data(), depth + 1)
        elif isinstance(held, StreamObject) and held.get("/Subtype") == "/Form":
            yield drawn_in(held)
    yield "\n".join(strings)


def drawn_in(stream: StreamObject) -> str:
    """Return the points and lines of a drawing in a PDF, each on a line, without its texts."""
    drawing = WRITTEN.sub("", stream.get_data().decode("latin-1"))
    return re.sub(r"(?<= [mlc])\n", " ", drawing)


def strings_in(node: object) -> Iterator[str]:
    """Yield the strings in an object of a PDF, but for those of other objects."""
    if isinstance(node, str) and not isinstance(node, NameObject):
        yield node
    elif isinstance(node, dict | list):
        for value in dict.values(node) if isinstance(node, dict) else list.__iter__(node):
            yield from strings_in(value)


def texts_of_picture(content: bytes, depth: int) -> Iterator[str]:
    """Yield what a picture carries beside its points: text chunks, EXIF, XMP, comments."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        exif = picture.getexif()
        held = [*picture.info.items(), *getattr(picture, "text", {}).items(), *exif.items()]
        held += [pair for ifd in (0x8769, 0x8825) for pair in exif.get_ifd(ifd).items()]
    for key, value in held:
        if isinstance(value, bytes):
            with suppress(ValueError):  # where it is no text
                yield from texts_of(value.removeprefix(b"ASCII\0\0\0"), depth + 1)
        elif isinstance(value, str):
            yield from forms_of(f"{key}\n{value}", depth + 1)


def comparable(text: str) -> str:
    """Return a text for comparison: signs and digits alike, any dash a hyphen, none unseen."""
    text = " ".join(text.split())
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text)
    marks = {sign for sign in {*text} if unicodedata.category(sign) == "Mn"}
    return text.translate({ord(s): "" if s in marks else plain_sign(s) for s in {*text}})
