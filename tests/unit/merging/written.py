"""Documents of Word, written by hand for the tests."""

import re
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from project import zipped

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
# {key|text} is a number in its control, {#anchor|text} a link, [+text+Ann] and [-text-Ann] a
# tracked change, [>text>Ann] and [<text<Ann] the ends of a tracked move, [n:text:n] what comment n
# is on.
MARKED = re.compile(
    r"\{(?P<key>[^|{}]*)\|(?P<text>[^}]*)\}"
    r"|\[(?P<sign>[-+<>])(?P<changed>.*?)(?P=sign)(?P<author>\w+)\]"
    r"|\[(?P<note>\d):(?P<about>.*?):(?P=note)\]"
)
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMES = {"Heading1": "heading 1", "Title": "Title", "Author": "Author",
         "Bibliography": "Bibliography", "TableCaption": "Table Caption",
         "ImageCaption": "Image Caption"}  # fmt: skip
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/></w:style>'
    for style, name in NAMES.items()
)
TRACKED = {"+": "ins", "-": "del", ">": "moveTo", "<": "moveFrom"}


def type_of(part: str) -> str:
    """Return the type of a part of a document."""
    main = f"{part}.main" if part == "document" else part
    return f"application/vnd.openxmlformats-officedocument.wordprocessingml.{main}+xml"


def run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{escape(text)}</w:{tag}></w:r>' if text else ""


def runs(text: str, tag: str = "t") -> str:
    """Return the runs of a text in which marks are as `MARKED` says."""
    out, at = "", 0
    for found in MARKED.finditer(text):
        out += run(text[at : found.start()], tag)
        at = found.end()
        if key := found["key"]:
            own = runs(found["text"], tag)
            if key.startswith("#"):
                out += f'<w:hyperlink w:anchor="{key[1:]}">{own}</w:hyperlink>'
            else:
                control = f'<w:sdtPr><w:tag w:val="{key}"/></w:sdtPr>'
                out += f"<w:sdt>{control}<w:sdtContent>{own}</w:sdtContent></w:sdt>"
        elif sign := found["sign"]:
            name, deleted = TRACKED[sign], sign in "-<"
            told = f'w:id="1" w:author="{found["author"]}" w:date="2026-01-02T00:00:00Z"'
            inner = runs(found["changed"], "delText" if deleted else tag)
            out += f"<w:{name} {told}>{inner}</w:{name}>"
        else:
            note = found["note"]
            out += f'<w:commentRangeStart w:id="{note}"/>{run(found["about"])}'
            out += f'<w:commentRangeEnd w:id="{note}"/>'
            out += f'<w:r><w:commentReference w:id="{note}"/></w:r>'
    return out + run(text[at:], tag)


def paragraph(text: str) -> str:
    """Return a paragraph; `Style: ` may stand before its text, `¶+Ann` or `¶-Ann` at its end."""
    style = re.match(r"(Heading1|TableCaption|ImageCaption|Bibliography|Title|Author): ", text)
    end = re.search(r"¶([-+])(\w+)$", text)
    shown = text[style.end() if style else 0 : end.start() if end else None]
    properties = f'<w:pStyle w:val="{style[1]}"/>' if style else ""
    if end:
        properties += f'<w:rPr><w:{TRACKED[end[1]]} w:id="2" w:author="{end[2]}"/></w:rPr>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs(shown)}</w:p>"


def body(text: str) -> str:
    """Return a document's body: a line a paragraph; `| a | b |` is the row of a table."""
    out, rows = "", ""
    for line in [*filter(None, map(str.strip, text.splitlines())), ""]:
        if line.startswith("|"):
            cells = (f"<w:tc>{paragraph(cell.strip())}</w:tc>" for cell in line[2:-2].split(" | "))
            rows += f"<w:tr>{''.join(cells)}</w:tr>"
            continue
        out += f"<w:tbl>{rows}</w:tbl>" if rows else ""
        rows = ""
        out += paragraph(line) if line else ""
    return out


def docx(text: str, digest: str = "", **others: str) -> bytes:
    """Return a document of a text, as `body` reads it; other parts by name, as XML."""
    name = f'<w:bookmarkStart w:id="0" w:name="text_{digest}"/>' if digest else ""
    end = '<w:bookmarkEnd w:id="0"/>' if digest else ""
    inner = body(text).replace("</w:pPr>", f"</w:pPr>{name}{end}", 1)
    parts = {"document": f"<w:body>{inner}</w:body>", "styles": STYLES, **others}
    types, relations = "", ""
    for n, part in enumerate(parts):
        types += f'<Override PartName="/word/{part}.xml" ContentType="{type_of(part)}"/>'
        if n:
            of = f"{RELATIONS}/{part}"
            relations += f'<Relationship Id="r{n}" Type="{of}" Target="{part}.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r0" '
        f'Type="{RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f"{relations}</Relationships>",
    } | {
        f"word/{part}.xml": f'<w:{part} xmlns:w="{WORD}">{content}</w:{part}>'
        for part, content in parts.items()
    }
    return zipped(files)


def save_by_libreoffice(path: Path, folder: Path) -> Path:
    """Open a document in LibreOffice and save it anew in `folder`; return that file."""
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
    command += ["--convert-to", "docx", "--outdir", str(folder / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "saved" / path.name


def comments(*told: tuple[str, str]) -> str:
    """Return the part with the comments, numbered from 1: author and text of each."""
    return "".join(
        f'<w:comment w:id="{n}" w:author="{author}" w:date="2026-01-03T00:00:00Z">'
        f"{paragraph(text)}</w:comment>"
        for n, (author, text) in enumerate(told, start=1)
    )
