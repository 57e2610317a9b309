"""Compare texts as people write them."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

# Signs without a picture of their own that Unicode does not count as formats (category Cf).
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]")
LOOK_ALIKE = str.maketrans("oil", "011")
# Letters of Greek and Cyrillic that look like Latin ones, in small.
LETTERS = str.maketrans("авекмнорстухіαβεικμνορτυχ", "abekmhopctyxiabeikmnoptyx")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def plain(text: str) -> str:
    """Return `text` in the one form of all those that look the same.

    Composed letters (NFC); no invisible signs (zero-width ones, soft hyphens, marks of byte order
    and direction); any dash and the minus sign as `-`; full-width letters and the digits of any
    script as ASCII; single blanks of one kind, none at the ends.
    """
    if not text.isascii():
        seen = UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(FULL_WIDTH)
        text = "".join(map(plain_sign, seen))
    return " ".join(text.split())


def plain_sign(sign: str) -> str:
    """Return a sign as `plain` writes it."""
    category = unicodedata.category(sign)
    if category == "Cf":
        return ""
    if category == "Pd" or sign in "\u2212\u2043":  # minus, hyphen bullet
        return "-"
    return str(unicodedata.digit(sign)) if category == "Nd" else sign


@lru_cache(1 << 16)
def fold(text: str) -> str:
    """Return `text` in its plain form, without case."""
    return plain(text).casefold()


def id_of(cell: str) -> str:
    """Return the id in a cell: its plain form, and 7 for the 7.0 that a spreadsheet makes of it."""
    return re.sub(r"(?<=\d)\.0+$", "", plain(cell))


def likeness(cell: str) -> str:
    """Return what the ids that a person might take for each other have in common.

    Case, blanks and signs other than those between two digits, leading zeros, the letters O, l and
    I among digits, and the alphabet of letters that look alike make no difference.
    """
    among_digits = r"(?:(?<![a-z])[oil\d]*\d|\d)[oil\d]*"
    folded = id_of(cell).casefold().translate(LETTERS)
    text = re.sub(among_digits, lambda run: run[0].translate(LOOK_ALIKE), folded)
    text = re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def one_of(known: Iterable[str], name: str) -> str:
    """Return what is expected in place of an unknown name: the nearest known one, or all."""
    known = [*known]
    near = get_close_matches(name, known, n=1)
    return f"`{near[0]}`" if near else f"one of {', '.join(known)}"
