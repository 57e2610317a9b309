"""Documents of Word: their XML, read and changed; what pandoc can't write into them."""

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from crlm.base.files import written_whole
from crlm.manuscript.pandoc import digest_of, run_pandoc

TITLE = re.compile(rb'(<w:pStyle w:val="Title" ?/>\s*</w:pPr>)(.*?)(?=</w:p>)', re.DOTALL)
WITHIN = re.compile(rb"(?:(?!<w:t[ >]|</w:tc>).)*<w:t[^>]*>\xe2\x80\x83", re.DOTALL)  # a variable
DOCUMENT = "word/document.xml"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DIGEST = "text_"  # what the name of the bookmark at the title begins with
TEXTS = {DOCUMENT, "word/footnotes.xml", "word/endnotes.xml"}


def read_body(docx: Path) -> ElementTree.Element:
    """Return the text of a document as XML."""
    with zipfile.ZipFile(docx) as archive:
        return ElementTree.fromstring(archive.read(DOCUMENT))


def change_parts(docx: Path, changes: Mapping[str, Callable[[bytes], bytes]]) -> None:
    """Change parts of a document, by their names."""
    with zipfile.ZipFile(docx) as archive:
        parts = [(part, archive.read(part)) for part in archive.infolist()]
    with zipfile.ZipFile(docx, "w") as archive:
        for part, content in parts:
            archive.writestr(part, changes.get(part.filename, bytes)(content))


def finish_docx(docx: Path, source: str = "") -> None:
    """Mark each row of a document's tables, so that no page cuts it, and at the title its text.

    A head, the first row, the two before the last, and a row whose next one is of the same variable
    (it begins with an em space), stay on the page of the next. The room between two tables has no
    line number. Where the document is made from one filled manuscript, `source`, a bookmark at the
    title bears its digest: a copy that comes back tells what it was made from. No option of pandoc
    does these.
    """
    start = f'<w:bookmarkStart w:id="1000000" w:name="{DIGEST}{digest_of(source)}"/>'
    title = rf'\1{start}\2<w:bookmarkEnd w:id="1000000"/>'.encode()

    def finish(xml: bytes) -> bytes:
        rows = re.split(b"(?=<w:tr>)", xml)
        for k, after in enumerate(rows[1:]):
            ends = b"</w:tbl>" in b"".join(rows[k + 1 : k + 3]) and b"</w:tbl>" not in rows[k]
            if k and (b"<w:tblHeader" in rows[k - 1] + rows[k] or WITHIN.match(after) or ends):
                rows[k] = rows[k].replace(b'"Compact"', b'"KeptRow"')
        xml = b"".join(rows).replace(b"<w:tr>", b"<w:tr><w:trPr></w:trPr>")
        xml = xml.replace(b"</w:trPr><w:trPr>", b"")
        xml = xml.replace(b"<w:p />", b'<w:p><w:pPr><w:pStyle w:val="TableSpace" /></w:pPr></w:p>')
        xml = xml.replace(b"<w:trPr>", b"<w:trPr><w:cantSplit />")
        return TITLE.sub(title, xml, count=1) if source else xml

    change_parts(docx, {DOCUMENT: finish})


def keep_sent(docx: Path, qmd: Path, folder: Path) -> None:
    """Keep the text of a document that may be sent to co-authors, under its digest in `folder`.

    Edits that come back are held against it, whatever was built since. Of other formats than DOCX
    nothing is kept.
    """
    if docx.suffix != ".docx":
        return
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{digest_of(qmd.read_text(encoding='utf-8'))}.docx"
    with (
        written_whole(kept) as part,
        zipfile.ZipFile(docx) as whole,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as texts,
    ):
        for name in sorted(TEXTS.intersection(whole.namelist())):
            texts.writestr(zipfile.ZipInfo(name), whole.read(name), zipfile.ZIP_DEFLATED)


def write_reference_docx(path: Path, parts: Path) -> None:
    """Write pandoc's own reference document with the parts that the theme replaces or adds."""
    path = path.resolve()
    run_pandoc(["--output", path, "--print-default-data-file", "reference.docx"], path.parent)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content |= {
        p.relative_to(parts).as_posix(): p.read_bytes() for p in parts.rglob("*") if p.is_file()
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)  # dated 1980, not now
