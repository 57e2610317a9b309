"""Recognise cells that say that a value is missing, or that hold what is no value."""

import re
from collections.abc import Collection

from crlm.base.masking import MONTHS
from crlm.base.spelling import fold
from crlm.base.vocabulary import VOCABULARY, vocabulary_words
from crlm.cohort.numerals import LENGTHS, bare, unit_of

# What people type for a missing number: 99, 099, 999, 99.9, 88, 77, 96 to 98, -1, -1001.
CODE = re.compile(r"-?0*(?:9+[6-9]|8{2,}|7{2,}|6{3,})|99+[.,]9+|[89]|-[1-9](?:\d{3})?")
ERROR = re.compile(r"#[\w/¡ .]*[!?]|#(?:GETTING_DATA|EXTERNAL)|(?:Err|Fehler):\d{3}", re.IGNORECASE)
TICKS = "+✓✔✗✘☑☒☐●○■□×√"  # that say something: a yes or a no
# 01-Apr, 1. Mai, Apr-04, 2024-04-01, as spreadsheets make of 1-4 and 1.4.
DATED = re.compile(
    rf"\d{{1,2}}[-./ ]+{MONTHS}\.?(?:[-./ ]+\d+)?|{MONTHS}\.?[-./ ]+\d{{1,4}}|"
    r"(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{2,4})(?:[ t]+[\d:.]+)?"
)
NO_DATE = "; where a spreadsheet made a date of it (01-Apr of 1-4), enter it there as text"
MISSING_WORDS, NOTHING = vocabulary_words("missing"), VOCABULARY["missing"]["nothing"]


def codes_of_missing(codebook: dict) -> set[str]:
    """Return the cells, folded, that a codebook reads as missing: the empty one among them."""
    return {*map(fold, codebook["missing_codes"]), ""}


def says_missing(cell: str) -> bool:
    """Return whether a cell says in a word, or a few, that the value is missing."""
    text = re.sub(r"\s", "", bare(cell))
    return bool({text, re.sub(r"[./#\\<>()\[\]{}]", "", text)} & MISSING_WORDS)


def says_nothing(cell: str, variable: dict) -> bool:
    """Return whether a cell says of what is counted, or has a length, and may be 0, that it is."""
    sized = variable["type"] == "integer" or unit_of(variable.get("unit", "")) in LENGTHS
    return sized and variable["min"] <= 0 and bare(cell) in NOTHING


def hint_of_date(cell: str, variable: dict) -> str:
    """Return what may have made a date of a cell that should hold none; empty where it is none."""
    dated = variable["type"] in ("integer", "number", "category") and DATED.fullmatch(bare(cell))
    return NO_DATE if dated else ""


def is_error(cell: str) -> bool:
    """Return whether a cell holds an error of a spreadsheet: #DIV/0!, #WERT!, Err:502."""
    return bool(ERROR.fullmatch(cell.strip()))


def looks_missing(cell: str) -> bool:
    """Return whether a cell that no level or number explains says that the value is missing."""
    text = bare(cell)
    empty = not re.search(rf"[\w{TICKS}]", text)
    return says_missing(cell) or empty or bool(CODE.fullmatch(text))


def is_missing_word(cell: str, spelt: Collection[str]) -> bool:
    """Return whether a cell looks missing by a word or sign, which means so in all columns.

    `spelt` are the words that are asked column by column, as of `reading.words_apart`.
    """
    return looks_missing(cell) and not CODE.fullmatch(bare(cell)) and bare(cell) not in spelt
