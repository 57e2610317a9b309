"""Compare texts as people write them."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from crlm.base.vocabulary import vocabulary_words

# Signs without a picture of their own that Unicode does not count as formats (category Cf).
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f]")
LOOK_ALIKE = str.maketrans("oil", "011")
# Letters of Greek and Cyrillic that look like Latin ones, in small.
LETTERS = str.maketrans("авекмнорстухіαβεικμνορτυχ", "abekmhopctyxiabeikmnoptyx")
# A word that says whose number follows: patient 7, Pat-Nr. 7, P7.
NUMBERED = re.compile(rf"(?:\b(?:{'|'.join(sorted(vocabulary_words('numbered')))})[\W_]*)+(?=\d)")
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
LISTED = 12  # known names that are told where none is near


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


@lru_cache(1 << 18)
def fold(text: str) -> str:
    """Return `text` in its plain form, without case."""
    return plain(text).casefold()


@lru_cache(1 << 18)
def id_of(cell: str) -> str:
    """Return the id in a cell: its plain form, and 7 for the 7.0 that a spreadsheet makes of it."""
    return re.sub(r"(?<=\d)\.0+$", "", plain(cell))


def confusable(cell: str) -> str:
    """Return what the ids that a person might take for each other have in common.

    Case, blanks and signs other than those between two digits, leading zeros, the letters O, l and
    I beside digits, the alphabet of letters that look alike, and words for a patient or a number
    before the number make no difference.
    """
    folded = NUMBERED.sub("", id_of(cell).casefold().translate(LETTERS))
    text = re.sub(r"[oil]*\d[oil\d]*", lambda run: run[0].translate(LOOK_ALIKE), folded)
    text = NUMBERED.sub("", text)
    text = re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def one_of(known: Iterable[str], name: str) -> str:
    """Return what is expected in place of an unknown name: the nearest known ones, or some."""
    known = [*known]
    near = [n for n in known if name in n.split("_")] or get_close_matches(name, known)
    like = [SequenceMatcher(None, name, other).ratio() for other in near]
    nearest = [f"`{n}`" for n, ratio in zip(near, like, strict=True) if ratio > max(like) - 0.05]
    more = f", … ({len(known)} in all)" if len(known) > LISTED else ""
    return " or ".join(nearest) or f"one of {', '.join(known[:LISTED])}{more}"
