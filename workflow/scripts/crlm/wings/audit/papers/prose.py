"""Tests and numbers of a paper's text, against themselves and against the tables."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from crlm.wings.audit.papers.checks import FAILS, HOLDS, Check
from crlm.wings.audit.papers.counts import check_percent, denominator_of
from crlm.wings.audit.papers.effects import check_interval, check_statistic
from crlm.wings.audit.papers.printed import Printed, unmarked
from crlm.wings.audit.papers.reading import Paper, Row, Table
from crlm.wings.audit.verdict import step

N = r"(?>-?(?:\d+(?:\.\d+)?|\.\d+))"  # whole: no digit of it is left out
SIDED = r"(?:one|1|two|2)[- ](?:tailed|sided)"
P = (rf"(?:{SIDED}\s*)?p\s*(?P<p_sign>[=<>])\s*(?P<p>(?:0?\.|[01]\.?)\d*(?:e-?\d+)?)|"
     r"(?P<ns>n\.?s\.?)\b")  # fmt: skip
TEST = re.compile(
    rf"\b(?P<name>t|F|r|z|χ2|χ|chi-?squared?|chi2|X2)\s*(?:\(\s*(?P<df>[^()]*)\))?\s*"
    rf"(?P<sign>[=<>])\s*(?P<value>{N})\s*[,;)]?\s*"
    rf"(?:\(?(?:df\s*=\s*(?P<df_after>\d+(?:\.\d+)?)|n\s*=\s*(?P<n>\d+))\)?\s*[,;]?\s*)?(?:{P})",
    re.IGNORECASE,
)
EFFECT = r"\b(?:OR|RR|HR|(?:odds|risk|hazard|rate) ratio|relative risk|(?:mean )?difference)\b"
RATIO = re.compile(
    rf"(?P<name>{EFFECT})(?:(?!{EFFECT})\D){{0,40}}?(?P<estimate>{N})\s*(?:[a-zµ%/²]{{1,8}}\s*)?"
    r"[,;(–]*\s*(?:9\d(?:\.\d+)? ?% ?)?(?:CI|confidence interval)?[:, ]*\(?\s*"
    rf"(?P<low>{N})\s*(?:–|to|-|,)\s*(?P<high>{N})\s*\)?(?:\s*[,;]?\s*(?:{P}))?",
    re.IGNORECASE,
)
OF = r"\s*(?:/|of|out of)\s*(?:the |all )?"
SHARE = re.compile(rf"\b(?P<n>\d+){OF}(?P<of>\d+)\b[^().;]{{0,30}}?"
                   rf"\(\s*(?P<percent>{N})\s*%\s*\)", re.IGNORECASE)  # fmt: skip
PAIRS = (
    (("n", "percent"), re.compile(rf"(?<![\d./–])(\d+) ?\(\s*({N}) ?%\s*\)")),
    (("n", "of"), re.compile(rf"(?<![\d./–])(\d+){OF}(\d+)\b(?![./]\d)", re.IGNORECASE)),
    (("mean", "sd"), re.compile(rf"(?<![\d.])({N})\s*±\s*({N})")),
    (("median", "q1", "q3"), re.compile(rf"(?<![\d.])({N}) \(\s*(?:IQR:? )?({N})–({N})\)")),
)
P_VALUE = re.compile(rf"\b(?:{P})", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z(])(?!P\s*[=<>])")
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
        name = f"{self.file}_{self.row}_{at}_{statistic}"
        return Printed(name, *place, statistic, text, sign, raw)

    def numbers(self, found: re.Match, names: tuple[str, ...]) -> dict[str, Printed]:
        """Return the numbers of what was found, by its groups' names."""
        return {name: self.number(found.start(), name, found[name]) for name in names}

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
        text = re.sub(r"\((\d+), ?(\d+)\)", r"(\1; \2)", text)  # degrees of freedom, no decimals
        text = unmarked(text.replace("*", "").replace("#", ""))
        for part in SENTENCE.split(text):
            yield Sentence(file, row, part)


def check_text(paper: Paper) -> Iterator[Check]:
    """Check tests, ratios and shares of the text, and its numbers by the rows that they name."""
    every = [(row, table) for table in paper.tables for row in table.rows]
    named = [of for of in every if len(word_of(of[0])) > 2]
    rows = [of for of in named if of[0].kind not in ("total", "size")]
    for sentence in sentences(paper):
        given: set[str] = set()  # p-values that the statistic before them gives
        for found in TEST.finditer(sentence.text):
            for check in check_test(sentence, found, paper.one_sided):
                yield check
                given |= {cell.id for cell in check.cells if check.verdict == HOLDS}
        for found in RATIO.finditer(sentence.text):
            cells = sentence.numbers(found, ("estimate", "low", "high"))
            cells |= {cell.statistic: cell for cell in sentence.p_of(found)}
            yield from check_interval(cells, "difference" not in found["name"].lower())
        for found in SHARE.finditer(sentence.text):
            n, of, percent = sentence.numbers(found, ("n", "of", "percent")).values()
            if int(of.text) and int(n.text) <= int(of.text):
                yield check_percent(percent, n, int(of.text), of.text, [of])
            else:
                yield Check(FAILS, [n, of], f"{n.text} of only {of.text}")
        yield from check_repeats(sentence, rows, given)


def check_test(sentence: Sentence, found: re.Match, one_sided: bool) -> Iterator[Check]:
    """Check the p-value of a test in the text."""
    name = found["name"].lower()[0].replace("c", "χ").replace("x", "χ")
    statistic = {"f": "F", "χ": "chi2"}.get(name, name)
    told = found["df"] or found["df_after"] or ""
    df = re.sub(r"\bn\s*=\s*\d+", "", told, flags=re.IGNORECASE)
    degrees = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", df)]
    if statistic == "r" and found["n"] and not degrees:
        degrees = [float(found["n"]) - 2]
    if len(degrees) == {"z": 0, "F": 2}.get(statistic, 1):
        sign = found["sign"].replace("=", "")
        value = sentence.number(found.start(), statistic, found["value"], sign)
        for p in sentence.p_of(found):
            yield check_statistic(value, p, degrees, one_sided)


# --- The text against the tables ------------------------------------------------------------------


def word_of(row: Row) -> str:
    """Return what a row is called in a text: the first words of its label."""
    return LABEL.sub("", row.label.rpartition(": ")[2]).strip().lower()


def check_repeats(
    sentence: Sentence, rows: list[tuple[Row, Table]], given: set[str]
) -> Iterator[Check]:
    """Check numbers of a sentence by those of the one row of the tables that it names.

    A pair of numbers, as 14 (8.9 %), is held against the row's if another pair of the sentence is
    printed there, or one of the two and the other differs by a slip; else it may be of others.
    """
    low = sentence.text.lower()
    named = [of for of in rows if re.search(rf"\b{re.escape(word_of(of[0]))}\b", low)]
    if len({word_of(row) for row, _ in named}) != 1:
        return
    values = []
    for row, table in named:
        for group, own in row.values.items():
            size = denominator_of(row, group, table)
            values.append({"of": size[0]} | own if size else own)
    for names, pattern in PAIRS:
        found = [
            [sentence.number(m.start(), *pair) for pair in zip(names, m.groups(), strict=True)]
            for m in pattern.finditer(sentence.text)
        ]
        printed = [[own[s] for s in names] for own in values if all(s in own for s in names)]
        close = [best_match(pair, printed) for pair in found if printed]
        whole = any(same == len(names) for same, _ in close)
        for pair, (same, other) in zip(found, close, strict=False):
            place = f"{other[0].place} has {' and '.join(c.text for c in other)}"
            for mine, its in zip(pair, other, strict=True):
                slip = same > 0 and alike(mine.text, its.text)
                if repeats(mine, its):
                    yield Check(HOLDS, [mine, its], place)
                elif [whole, slip, "of" not in names].count(True) > 1:
                    told = f"the text has {mine.text}, but {place}"
                    yield Check(FAILS, [mine, its], told, {mine.id: its.text}, (mine.id,))
        met = {(other[0].file, other[0].row) for same, other in close if same}
        its_rows = [row for row, table in named if (table.file, row.row) in met]
        yield from check_repeated_p(sentence, its_rows, given)


def repeats(mine: Printed, its: Printed) -> bool:
    """Tell whether two numbers can be the same one, printed with more or fewer decimals."""
    return mine.range.holds(Fraction(its.text)) or its.range.holds(Fraction(mine.text))


def alike(text: str, other: str) -> bool:
    """Tell whether one number may be a slip of another: one digit differs, or two are exchanged."""
    apart = sum(a != b for a, b in zip(text, other, strict=False))
    return len(text) == len(other) and (apart == 1 or sorted(text) == sorted(other))


def best_match(pair: list[Printed], printed: list[list[Printed]]) -> tuple[int, list[Printed]]:
    """Return the printed pair that agrees with one of the text in most numbers, and in how many."""
    scores = [sum(map(repeats, pair, other)) for other in printed]
    return max(scores), printed[scores.index(max(scores))]


def check_repeated_p(sentence: Sentence, rows: list[Row], given: set[str]) -> Iterator[Check]:
    """Check the p-values of a sentence, but for those of ratios, by that of the row.

    One that is no slip of it, or is the next to it, may be of another test; one that the statistic
    before it gives is a question.
    """
    printed = [c.cells["p"] for row in rows for c in row.comparisons if "p" in c.cells]
    others = {found.start("p") for found in RATIO.finditer(sentence.text)}
    for found in P_VALUE.finditer(sentence.text) if printed else ():
        for mine in sentence.p_of(found) if found.start("p") not in others else ():
            held = [its for its in printed if mine.range.meets(*map(float, its.range[:2]))]
            for its in held or [its for its in printed if alike(mine.text, its.text)]:
                told = f"{its.place} has p = {its.shown}"
                words = f"{told}, too" if held else f"the text has p = {mine.shown}, but {told}"
                check = Check(step(bool(held)), [mine, its], words, {mine.id: its.text}, (mine.id,))
                other = check.verdict == FAILS and mine.id in given
                yield check.excused("it may be of another test") if other else check
