"""The project's folder, and what tests write into folders of their own."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a folder, by their paths there, as they are; return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def edit(path: str | Path, old: str, new: str) -> None:
    """Replace the first place of a text file that reads `old`."""
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file of contents by their names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def parts_of(archive: Path | bytes) -> dict[str, bytes]:
    """Return the parts of a zip file, as of a document of Word, by their names."""
    with zipfile.ZipFile(io.BytesIO(archive) if isinstance(archive, bytes) else archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
