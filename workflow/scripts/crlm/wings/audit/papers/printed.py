"""Cells as people print them: the numbers, what each is, and which sign or mark stands with them.

A cell is read by its shape: "51.4 ± 11.0" is "#±#", "14 (8.9 %)" is "#(#%)". What a shape means
depends on what the row or column holds: its kind.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from crlm.base.vocabulary import texts_beside
from crlm.wings.audit.transcription import Range, true_range

EMPTY = re.compile(
    r"(?:-+|–|—|…|\.\.+|na|n/a|nr|nd|not (?:reported|applicable|tested)|"
    r"(?:1(?:\.0+)? ?)?\(?ref(?:erence|erent)?\.?\)?)?"
)
NOT_SIGNIFICANT = re.compile(r"n\.?s\.?|not significant")
MARKS = re.compile(
    r"<sup>.*?</sup>|\^[^^\s]+\^|[*†‡§¶‖#ᵃᵇᶜᵈ¹²³]+|\\|(?<=[\d)%])\s?[a-f](?:,[a-f])*$|"
    r"(?<=\d)\s*\(?(?:[Nn]\.?[Ss]\.?|H?S|sig\.?)\)?\s*$"  # a word beside a p-value
)
NUMBER = re.compile(r"(?<![\d.])-?(?:\d+(?:\.\d+)?|\.\d+)(?:e-?\d+)?")
WORDS = re.compile(r"(?:9[059] ?%? ?)?\bc\.?i\.?\b[:,]?|"
                   r"\b(?:sd|sem?|iqr|range|median|mean|years?)\b[:,=]?|"
                   r"\b(?:p|n|t|f|z|or|rr|hr) ?(?=[=<>])")  # fmt: skip
STATISTICS = ("t", "F", "chi2", "z")
# Kind -> shape -> what its numbers are. A test statistic stands alone or with its p.
SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    kind: {shape: tuple(of) for shape, of in shapes.items()}
    for kind, shapes in texts_beside(__file__).items()
}
SHAPES |= {"difference": SHAPES["ratio"], "interval": SHAPES["ratio"], "total": SHAPES["count"]}
SHAPES |= {name: {"#": (name,), "#(#)": (name, "p"), "#–#": (name, "p")} for name in STATISTICS}


class Printed(NamedTuple):
    """One printed number and its place."""

    id: str
    file: str
    row: int  # line of the file
    column: str  # its head
    label: str  # of its row, below that of its block
    group: str
    statistic: str
    text: str  # as a number
    sign: str = ""  # < or > before it
    raw: str = ""  # the cell as it stands

    @property
    def decimals(self) -> str:
        """How many digits stand after the point."""
        return str(len(self.text.partition(".")[2]))

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return ", ".join(filter(None, (f"{self.file}: {self.label}", self.group or self.column)))

    @property
    def shown(self) -> str:
        """The number with its sign."""
        return f"{self.sign} {self.text}".strip()

    @property
    def range(self) -> Range:
        """The true values that print so."""
        return true_range(self)


def unmarked(text: str) -> str:
    """Return a cell in one spelling: signs, brackets, separators; no footnote marks."""
    text = re.sub(r"[−‐‑]", "-", text.replace("·", ".").replace("**", "").strip())
    text = re.sub(r"[\u00a0\u2009\u202f]", " ", text)
    text = MARKS.sub("", text).strip().replace("[", "(").replace("]", ")").replace("+/-", "±")
    for thousands in (r" \d{3})+(?!\d)", r",\d{3})+(?![\d,])"):
        found = rf"(?<![\d,.])[1-9]\d{{0,2}}(?:{thousands}"
        text = re.sub(found, lambda m: re.sub("[, ]", "", m[0]), text)
    text = re.sub(r"(?<![\d.])(0(?=,\d+)|\d+(?=,\d\d?(?!\d))),(\d+)(?!,)(?! ,)", r"\1.\2", text)
    text = re.sub(r"(?<=[\d%)])\s*(?:–|—|-(?=[\d .])| to |[;,] )\s*(?=[-\d.(])", "–", text)
    return text.replace("≤", "<").replace("≥", ">")


def is_empty(text: str) -> bool:
    """Tell whether a cell says that there is no number."""
    return EMPTY.fullmatch(unmarked(text).lower()) is not None


def cell_shape(text: str) -> tuple[str, list[str], str]:
    """Return the shape of a cell, its numbers, and the sign before the first."""
    bare = WORDS.sub("", unmarked(text).lower()).replace("=", "").strip()
    sign = bare[:1] if bare[:1] in ("<", ">") else ""
    numbers = [f"{Decimal(n):f}" for n in NUMBER.findall(bare)]
    return re.sub(r"\s+", "", NUMBER.sub("#", bare.lstrip("<> "))), numbers, sign


def read_printed(text: str, kind: str) -> list[tuple[str, str, str]] | None:
    """Read a cell of a kind: statistic, number and sign of each; None where it can't be read.

    "NS" is a p above 0.05, the level that is nearly always meant.
    """
    if is_empty(text):
        return []
    if kind == "p" and NOT_SIGNIFICANT.fullmatch(unmarked(text).lower()):
        return [("p", "0.05", ">")]
    shape, numbers, sign = cell_shape(text.replace("1,0", "1.0") if kind == "p" else text)
    names = SHAPES[kind].get(shape)
    if names is None or (sign and names != ("p",)):
        return None
    read = list(zip(names, numbers, strict=kind != "size"))  # the share of a size is no number here
    whole = all("." not in n and n[0] != "-" for name, n in read if name in ("n", "of"))
    most = {"p": 1} | ({"percent": 100} if kind == "percent" else {})
    chance = all(0 <= Decimal(n) <= most[name] for name, n in read if name in most)
    return [(name, n, sign) for name, n in read] if whole and chance else None
