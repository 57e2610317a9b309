"""List the licence of each locked package, as it states it itself: `make licences`."""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

# What a wheel bundles beside its own code, which its metadata don't tell.
BUNDLED = {
    "pypandoc-binary": "and pandoc, GPL-2.0-or-later, run as a program",
    "pypdfium2": "and PDFium, BSD-3-Clause, with what it is built of, as listed in its wheel",
    "pulp": "and CBC, EPL-2.0, run as a program",
}


def licence_of(name: str) -> str:
    """Return what an installed package states as its licence; nothing where it states none.

    That is its licence expression (PEP 639), its classifiers, its field, or how the text of its
    licence begins.
    """
    found = distribution(name)
    told = [found.metadata.get("License-Expression", "")]
    classifiers = found.metadata.get_all("Classifier", [])
    told += ["; ".join(c.split(" :: ")[-1] for c in classifiers if c.startswith("License :: "))]
    told += [found.metadata.get("License", "").strip().partition("\n")[0]]
    own = re.compile(r"\.dist-info/(licenses/)?licen[cs]e", re.IGNORECASE)
    texts = (file.read_text() for file in found.files or () if own.search(str(file)))
    return next(filter(None, told), "") or " ".join(next(texts, "").split())[:40]


def locked(lock: Path) -> dict[str, str]:
    """Return package -> version of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([\w.]+)", lock.read_text("utf-8"), re.MULTILINE))


def main(*locks: str) -> None:
    for lock in locks:
        print(f"\n{lock}")
        for name, version in locked(Path(lock)).items():
            try:
                told = licence_of(name) or "none stated"
            except PackageNotFoundError:
                told = "not installed on this machine"
            beside = f" ({BUNDLED[name]})" if name in BUNDLED else ""
            print(f"  {name} {version}: {told}{beside}")


if __name__ == "__main__":
    main(*sys.argv[1:])
