"""Letters that no font of the paper has: refused by name, not drawn as boxes."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from fontTools.ttLib import TTFont

from crlm.problems import InputError, Problem

# Ships with matplotlib: the figures are drawn in it, and the PDF takes from it what its own lacks.
FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
# The parts of a cohort's config, of the plan and of the codebook whose texts are printed.
PRINTED = {
    "title", "setting", "affiliation", "authors", "plan", "variables", "groups", "tables",
    "figures", "response_rules", "exclusions",
}  # fmt: skip


@cache
def letters_of_font() -> set[int]:
    """Return the code points that the font of the figures has a glyph for."""
    return {*TTFont(FONTS / "DejaVuSans.ttf").getBestCmap()}


def texts_of(tree: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a part of the config with its key: `variables.sex.label`."""
    if isinstance(tree, str):
        yield place, tree
    if isinstance(tree, list):
        tree = dict(enumerate(tree, start=1))
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield from texts_of(value, f"{place}.{key}".lstrip("."))


def find_undrawn(config: dict, file: str) -> list[Problem]:
    """Find the printed texts of a config that hold a letter without a glyph."""
    problems = []
    for place, text in texts_of({part: config[part] for part in config if part in PRINTED}):
        lacking = [c for c in dict.fromkeys(text) if ord(c) not in letters_of_font() | {0x0A}]
        if lacking:
            named = ", ".join(f"{c} ({unicodedata.name(c, f'U+{ord(c):04X}')})" for c in lacking)
            expected = f"letters that the fonts of figures and PDF have; they lack {named}"
            problems.append(Problem(file, "", "", text, f"at `{place}` {expected}"))
    return problems


def require_letters(configs: dict[str, dict]) -> None:
    """Stop the build where a text that is printed holds a letter without a glyph.

    `configs` are parts of the config by the name of their file.

    Raises
    ------
    InputError
        With each text, its key in the file and the letters by name.
    """
    problems = [p for file, config in configs.items() for p in find_undrawn(config, file)]
    if problems:
        raise InputError(problems)
