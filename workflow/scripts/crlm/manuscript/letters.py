"""Letters that no font of the paper has: refused by name, not drawn as boxes."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from crlm.base.problems import Problem, refuse

# Ships with matplotlib: the figures are drawn in it, and the PDF takes from it what its own lacks.
FONTS = Path(str(distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf")))
# The parts of a cohort's config, of the plan and of the codebook whose texts are printed.
PRINTED = {
    "title", "setting", "affiliation", "authors", "plan", "variables", "groups", "tables",
    "figures", "response_rules", "exclusions",
}  # fmt: skip
# Signs that turn the direction of what follows, so that a text may read otherwise than typed.
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@cache
def letters_of_font() -> set[int]:
    """Return the code points that the font of the figures has a glyph for."""
    return {*TTFont(FONTS / "DejaVuSans.ttf").getBestCmap()}


def texts_of(tree: Any, keys: tuple = ()) -> Iterator[tuple[tuple, str]]:
    """Yield every text of a part of the config with its keys."""
    if isinstance(tree, str):
        yield keys, tree
    if isinstance(tree, list):
        tree = dict(enumerate(tree, start=1))
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield from texts_of(value, (*keys, key))


def find_undrawn(config: dict) -> Iterator[tuple[tuple, str, str]]:
    """Find the printed texts of a config that hold a letter without a glyph.

    Yields
    ------
    tuple
        The keys of the text, the text, and what is expected, with each letter by name.
    """
    for keys, text in texts_of({part: config[part] for part in config if part in PRINTED}):
        lacking = [
            c for c in dict.fromkeys(text)
            if (ord(c) not in letters_of_font() or unicodedata.bidirectional(c) in TURNING)
            and c != "\n"
        ]  # fmt: skip
        if lacking:
            named = ", ".join(f"{c} ({unicodedata.name(c, f'U+{ord(c):04X}')})" for c in lacking)
            yield keys, text, f"letters that the fonts of figures and PDF have; they lack {named}"


def require_letters(configs: dict[str, dict]) -> None:
    """Stop the build where a text that is printed holds a letter without a glyph.

    `configs` are parts of the config by the name of their file.

    Raises
    ------
    InputError
        With each text, its file and keys, and the letters by name.
    """
    problems: list[Problem | str] = [
        Problem(f"{file}, {'.'.join(map(str, keys))}", "", "", text, expected)
        for file, config in configs.items()
        for keys, text, expected in find_undrawn(config)
    ]
    refuse(problems)
