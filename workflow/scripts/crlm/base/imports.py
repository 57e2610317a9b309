"""Which modules of the package a script imports: Snakemake reruns nothing for others."""

import re
from functools import cache
from pathlib import Path

IMPORT = re.compile(r"^\s*from crlm\.([\w.]+) import ", re.MULTILINE)


@cache
def imports_in(path: Path) -> list[str]:
    """Return the names of the package's modules that a file imports, wherever in it."""
    return IMPORT.findall(path.read_text(encoding="utf-8"))


def file_of(module: str, package: Path) -> Path:
    """Return the file of a module of the package, named by its dots."""
    return package.joinpath(*module.split(".")).with_suffix(".py")


def modules_behind(script: str) -> list[str]:
    """Return the modules that a script imports, those that they import in turn, and their data.

    The data of a module are the YAML file of its name beside it.

    Parameters
    ----------
    script
        The path of a script beside the package; modules are imported as `from crlm.x.y import z`.

    Returns
    -------
    list of str
        Paths of the same form as `script`, sorted.
    """
    package, found = Path(script).parent / "crlm", set()
    new = {*imports_in(Path(script))}
    while new:
        found |= new
        new = {name for known in new for name in imports_in(file_of(known, package))} - found
    files = [file_of(name, package).with_suffix(end) for name in found for end in (".py", ".yaml")]
    return sorted(file.as_posix() for file in files if file.is_file())
