"""Read a file as its readers could: the texts in it, whatever it is packed, written or drawn in."""

import base64
import binascii
import gzip
import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from PIL import Image
from pypdf import PdfReader

DEEPEST = 5  # archives and encodings within each other
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
PACKED = (*PICTURES, b"%PDF", b"PK\x03\x04", b"\x1f\x8b")
COMMENT = re.compile(r"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
# Marks between two words; all others may stand within one.
BETWEEN = re.compile(
    r"</?(?:p|div|t[dhr]|table|li|[uo]l|br|h\d|option|section|text|g|path|w:(?:p|tc|tr|tbl|br|tab)|"
    r"dt|dd|pre|figcaption|caption)\b[^<>]*>",
    re.IGNORECASE,
)
TAG = re.compile(r"<[^<>]*>")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{4}[\r\n]{0,2}){2,}(?:[A-Za-z0-9+/_-]{2,3}={0,2})?")
LONG = 200  # letters of base64 that no text has: they are no words
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")


def texts_of(content: bytes) -> list[str]:
    """Return the texts of a file's content: all that a person or a program could read in it.

    These are the text itself, with its entities and escapes resolved, with and without its tags;
    the pages, notes and metadata of a PDF; the text, also compressed, that a picture carries; what
    base64 stands for; the parts of an archive, and of archives in it.
    """
    return list(dict.fromkeys(texts_in(content)))


def texts_in(content: bytes, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a file's content; see `texts_of`."""
    if depth > DEEPEST:
        return
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment.decode("utf-8", "replace")
            for part in archive.infolist():
                yield f"{part.filename}\n{part.comment.decode('utf-8', 'replace')}"
                yield from texts_in(archive.read(part), depth + 1)
    elif content.startswith(b"\x1f\x8b"):
        yield from texts_in(gzip.decompress(content), depth + 1)
    elif content.startswith(b"%PDF"):
        yield from texts_of_pdf(content, depth)
        yield printable(content)
    elif content.startswith(PICTURES):
        yield from texts_of_picture(content, depth)
        yield printable(content)
    else:
        yield from forms_of(decoded(content), depth)


def printable(content: bytes) -> str:
    """Return what is readable as it stands in a file of another kind than text."""
    return "\n".join(part.decode("ascii") for part in re.findall(rb"[ -~\r\n\t]{6,}", content))


def decoded(content: bytes) -> str:
    """Return a text in UTF-8, or in UTF-16 where it has zeros between its letters."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    even, odd = content[::2].count(0), content[1::2].count(0)
    if even + odd > len(content) / 5:
        return content.decode("utf-16-be" if even > odd else "utf-16-le", "replace")
    return content.decode("utf-8-sig", "replace")


def forms_of(text: str, depth: int) -> Iterator[str]:
    """Yield a text in the forms in which it can be read, and what its base64 stands for."""
    bare = BASE64.sub(lambda found: found[0] if len(found[0]) < LONG else " ", text)
    yield bare
    plain = ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), bare)
    plain = unquote(html.unescape(plain)) if {*"&%"} & {*plain} else plain
    if plain != bare:
        yield plain
    if "<" in plain:
        yield TAG.sub("", " ".join(a or b for a, b in COMMENT.findall(plain)))
        shown = COMMENT.sub(lambda found: found[2] or "", plain)
        yield TAG.sub("", BETWEEN.sub(" ", shown))
        yield TAG.sub(" ", shown)
    for found in BASE64.finditer(text):
        letters = re.sub(r"\s", "", found[0]).replace("-", "+").replace("_", "/").rstrip("=")
        try:
            content = base64.b64decode(letters + "=" * (-len(letters) % 4))
        except binascii.Error:
            continue
        if len(letters) >= LONG or content.startswith(PACKED):
            yield from texts_in(content, depth + 1)
        elif content.isascii():
            yield content.decode("ascii")
        elif 2 * content.count(0) >= len(content) - 1:
            yield decoded(content)


def texts_of_pdf(content: bytes, depth: int) -> Iterator[str]:
    """Yield the text of a PDF's pages, its metadata, marks, notes and attachments."""
    reader = PdfReader(io.BytesIO(content))
    yield "\n".join(map(str, (reader.metadata or {}).values()))
    if reader.xmp_metadata:
        yield from forms_of(reader.xmp_metadata.stream.get_data().decode("utf-8", "replace"), depth)
    for page in reader.pages:
        yield page.extract_text()
        for note in page.get("/Annots") or ():
            held = note.get_object()
            yield "\n".join(
                str(held[key]) for key in ("/Contents", "/T", "/A", "/V") if key in held
            )
    yield "\n".join(str(mark.title) for mark in flat(reader.outline))
    for name, files in reader.attachments.items():
        yield name
        for file in files:
            yield from texts_in(file, depth + 1)


def flat(marks: list) -> Iterator:
    """Yield the bookmarks of a PDF, those within others too."""
    for mark in marks:
        yield from flat(mark) if isinstance(mark, list) else [mark]


def texts_of_picture(content: bytes, depth: int) -> Iterator[str]:
    """Yield what a picture carries beside its points: text chunks, EXIF, XMP, comments."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        exif = picture.getexif()
        held = [*picture.info.items(), *getattr(picture, "text", {}).items(), *exif.items()]
        held += [pair for ifd in (0x8769, 0x8825) for pair in exif.get_ifd(ifd).items()]
    for key, value in held:
        if isinstance(value, bytes):
            yield from texts_in(value.removeprefix(b"ASCII\0\0\0"), depth + 1)
        elif isinstance(value, str):
            yield from forms_of(f"{key}\n{value}", depth + 1)


def comparable(text: str) -> str:
    """Return a text for comparison: compatible signs alike, any dash a hyphen, none unseen."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    kinds = {sign: unicodedata.category(sign) for sign in {*text}}
    dashes = {s: "-" for s, kind in kinds.items() if kind == "Pd" or s in "\u2212\u2043"}
    unseen = {s: "" for s, kind in kinds.items() if kind in ("Cf", "Mn")}
    return text.translate({ord(sign): new for sign, new in (dashes | unseen).items()})
