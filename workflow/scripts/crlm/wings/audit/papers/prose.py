"""Tests and numbers of a paper's text, against themselves and against the tables."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from crlm.wings.audit.page import show
from crlm.wings.audit.papers.checks import FAILS, HOLDS, NEAR, Check
from crlm.wings.audit.papers.effects import check_interval, check_statistic
from crlm.wings.audit.papers.printed import Printed, unmarked
from crlm.wings.audit.papers.reading import Paper, Row
from crlm.wings.audit.shares import prints
from crlm.wings.audit.transcription import DROPPED, EXACT

N = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
P = r"p\s*(?P<p_sign>[=<>])\s*(?P<p>(?:0?\.|[01]\.?)\d*(?:e-?\d+)?)|(?P<ns>n\.?s\.?)\b"
TEST = re.compile(
    rf"\b(?P<name>t|F|r|z|χ2|χ|chi-?squared?|chi2|X2)\s*(?:\(\s*(?P<df>[^()]*)\))?\s*"
    rf"(?P<sign>[=<>])\s*(?P<value>{N})\s*[,;)]?\s*(?:{P})",
    re.IGNORECASE,
)
RATIO = re.compile(
    r"\b(?P<name>OR|RR|HR|(?:odds|risk|hazard|rate) ratio|relative risk|(?:mean )?difference)\b"
    rf"\D{{0,20}}?(?P<estimate>{N})\s*[,;(]*\s*(?:95 ?% ?)?(?:CI|confidence interval)?[:, ]*\(?\s*"
    rf"(?P<low>{N})\s*(?:–|to|-|,)\s*(?P<high>{N})\s*\)?(?:\s*[,;]?\s*(?:{P}))?",
    re.IGNORECASE,
)
SHARE = re.compile(rf"\b(?P<n>\d+)\s*(?:/|of|out of)\s*(?:the |all )?(?P<of>\d+)\b[^().;]{{0,30}}?"
                   rf"\(\s*(?P<percent>{N})\s*%\s*\)", re.IGNORECASE)  # fmt: skip
PAIRS = (
    (("n", "percent"), re.compile(rf"(?<![\d./–])(\d+) ?\(\s*({N}) ?%\s*\)")),
    (("mean", "sd"), re.compile(rf"(?<![\d.])({N})\s*±\s*({N})")),
    (("median", "q1", "q3"), re.compile(rf"(?<![\d.])({N}) \(\s*(?:IQR:? )?({N})–({N})\)")),
)
P_VALUE = re.compile(rf"\b(?:{P})", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(])")
ONE_SIDED = re.compile(r"one[- ](?:tailed|sided)|1-(?:tailed|sided)|directional", re.IGNORECASE)
LABEL = re.compile(r"\s*(?:[,(±]|\bn\b|\bmean\b|\bmedian\b|\byears?\b|$).*", re.IGNORECASE)


class Sentence(NamedTuple):
    """A sentence of the text, in one spelling of numbers."""

    file: str
    row: int
    text: str

    def number(self, at: int, statistic: str, text: str, sign: str = "") -> Printed:
        """Return a number of it; `at` is where what it belongs to begins."""
        text = text.replace("-.", "-0.").rstrip(".")
        text = f"0{text}" if text.startswith(".") else text
        label = f"“{self.text[:90]}{'…' * (len(self.text) > 90)}”"
        place = self.file, self.row, "", label, ""
        raw = f"{self.row}: {self.text}"
        return Printed(
            f"{self.file}_{self.row}_{at}_{statistic}", *place, statistic, text, sign, raw
        )

    def p_of(self, found: re.Match) -> list[Printed]:
        """Return the p-value that was found, if one was."""
        if found["ns"]:
            return [self.number(found.start("ns"), "p", "0.05", ">")]
        sign = (found["p_sign"] or "").replace("=", "")
        return [self.number(found.start("p"), "p", found["p"], sign)] if found["p"] else []


def sentences(paper: Paper) -> Iterator[Sentence]:
    """Yield the sentences of the text."""
    for file, row, line in paper.text:
        text = re.sub(r"(?<=[\d.%])\s*[–—]\s*(?=[-\d.])", "–", line.replace("χ²", "χ2"))
        text = unmarked(text.replace("*", "").replace("#", ""))
        for part in SENTENCE.split(text):
            yield Sentence(file, row, part)


def check_text(paper: Paper) -> Iterator[Check]:
    """Check tests, ratios and shares of the text, and its numbers by the rows that they name."""
    one_sided = any(ONE_SIDED.search(line) for *_, line in paper.text)
    rows = [row for table in paper.tables for row in table.rows if len(word_of(row)) > 2]
    for sentence in sentences(paper):
        for found in TEST.finditer(sentence.text):
            yield from check_test(sentence, found, one_sided)
        for found in RATIO.finditer(sentence.text):
            names = ("estimate", "low", "high")
            cells = {name: sentence.number(found.start(), name, found[name]) for name in names}
            cells |= {cell.statistic: cell for cell in sentence.p_of(found)}
            yield from check_interval(cells, "difference" not in found["name"].lower())
        for found in SHARE.finditer(sentence.text):
            yield from check_share(sentence, found)
        yield from check_repeats(sentence, rows)


def check_test(sentence: Sentence, found: re.Match, one_sided: bool) -> Iterator[Check]:
    """Check the p-value of a test in the text."""
    name = found["name"].lower()[0].replace("c", "χ").replace("x", "χ")
    statistic = {"f": "F", "χ": "chi2"}.get(name, name)
    df = re.sub(r"\bn\s*=\s*\d+", "", found["df"] or "", flags=re.IGNORECASE)
    degrees = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", df)]
    if len(degrees) == {"z": 0, "F": 2}.get(statistic, 1):
        sign = found["sign"].replace("=", "")
        value = sentence.number(found.start(), statistic, found["value"], sign)
        for p in sentence.p_of(found):
            yield check_statistic(value, p, degrees, one_sided)


def check_share(sentence: Sentence, found: re.Match) -> Iterator[Check]:
    """Check "12 of 40 (30 %)"."""
    names = ("percent", "n", "of")
    cells = [sentence.number(found.start(), name, found[name]) for name in names]
    n, of = int(found["n"]), int(found["of"])
    if not of or n > of:
        yield Check(FAILS, cells[1:], f"{n} of only {of}")
        return
    how, true = prints(n, of, cells[0]), Fraction(100 * n, of)
    told = f"{n} of {of} is {show(true)} %"
    if how == DROPPED:
        meant = {cells[0].id: show(true, int(cells[0].decimals))}
        yield Check(FAILS, cells, f"{told}, not {cells[0].text} %", meant)
    else:
        yield Check(HOLDS if how == EXACT else NEAR, cells, told)


# --- The text against the tables ------------------------------------------------------------------


def word_of(row: Row) -> str:
    """Return what a row is called in a text: the first words of its label."""
    return LABEL.sub("", row.label.rpartition(": ")[2]).strip().lower()


def check_repeats(sentence: Sentence, rows: list[Row]) -> Iterator[Check]:
    """Check numbers of a sentence by those of the one row of the tables that it names.

    A pair of numbers, as 14 (8.9 %), is held against the row's if another pair of the sentence is
    printed there, or one of the two and the other differs by a slip; else it may be of others.
    """
    low = sentence.text.lower()
    named = [row for row in rows if re.search(rf"\b{re.escape(word_of(row))}\b", low)]
    if len({word_of(row) for row in named}) != 1:
        return
    for names, pattern in PAIRS:
        found = [
            [sentence.number(m.start(), *pair) for pair in zip(names, m.groups(), strict=True)]
            for m in pattern.finditer(sentence.text)
        ]
        printed = [
            [own[name] for name in names]
            for row in named
            for own in row.values.values()
            if all(name in own for name in names)
        ]
        close = [best_match(pair, printed) for pair in found if printed]
        whole = any(same == len(names) for same, _ in close)
        for pair, (same, other) in zip(found, close, strict=False):
            place = f"{other[0].place} has {' and '.join(c.text for c in other)}"
            for mine, its in zip(pair, other, strict=True):
                if repeats(mine, its):
                    yield Check(HOLDS, [mine, its], place)
                elif whole or (same and alike(mine.text, its.text)):
                    told = f"the text has {mine.text}, but {place}"
                    yield Check(FAILS, [mine, its], told, {mine.id: its.text}, mine.id)
        if any(same for same, _ in close):
            yield from check_repeated_p(sentence, named)


def repeats(mine: Printed, its: Printed) -> bool:
    """Tell whether two numbers can be the same one, printed with more or fewer decimals."""
    return mine.range.low <= its.range.high and its.range.low <= mine.range.high


def alike(text: str, other: str) -> bool:
    """Tell whether one number may be a slip of another: one digit differs, or two are exchanged."""
    apart = sum(a != b for a, b in zip(text, other, strict=False))
    return len(text) == len(other) and (apart == 1 or sorted(text) == sorted(other))


def best_match(pair: list[Printed], printed: list[list[Printed]]) -> tuple[int, list[Printed]]:
    """Return the printed pair that agrees with one of the text in most numbers, and in how many."""
    scores = [sum(map(repeats, pair, other)) for other in printed]
    return max(scores), printed[scores.index(max(scores))]


def check_repeated_p(sentence: Sentence, rows: list[Row]) -> Iterator[Check]:
    """Check the p-values of a sentence, but for those of ratios, by that of the row.

    One that is no slip of it may be of another test.
    """
    printed = [p for row in rows for p in row.tests.get("p", ())]
    others = {found.start("p") for found in RATIO.finditer(sentence.text)}
    for found in P_VALUE.finditer(sentence.text) if printed else ():
        for mine in sentence.p_of(found) if found.start("p") not in others else ():
            held = [its for its in printed if repeats(mine, its)]
            for its in held or [its for its in printed if alike(mine.text, its.text)]:
                told = f"{its.place} has p = {its.shown}"
                words = f"{told}, too" if held else f"the text has p = {mine.shown}, but {told}"
                outcome = HOLDS if held else FAILS
                yield Check(outcome, [mine, its], words, {mine.id: its.text}, mine.id)
