"""What becomes of each change of a reviewed document, and why."""

import re
from itertools import pairwise
from typing import NamedTuple

from crlm.manuscript.claims import Claim
from crlm.wings.merging.origins import Block, Origin
from crlm.wings.merging.sentences import Change, Sentence, Token
from crlm.wings.merging.word import OBJECT

APPLIED, REFUSED, OPEN = "applied", "refused", "to decide"
EMPHASIS = re.compile(r"\*+|(?<!\w)_|_(?!\w)")
# What Markdown or the template may take for more than signs.
SIGNS = re.compile(r"[][\\`*{}~|^$@<>]|&(?=[#\w])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
APOSTROPHES = str.maketrans("‘’", "''")
CONTROL = re.compile(r"<[%#]")
BALANCED = re.compile(r"<%[-+]?\s*(if|for|claim|endif|endfor|endclaim)\b")
CAPTIONS = {"TableCaption": "table", "ImageCaption": "figure"}  # style of paragraphs
CHANGED_SINCE = "the template has changed here since the document was sent"
MEND = "change the data or the plan"
WORDS_OF = {"ref-": "[@{}]", "tbl-": "@tbl-{}", "fig-": "@fig-{}", "sec-": "@sec-{}"}


class Refusal(Exception):  # noqa: N818
    """Why a change can't be written into the template: `status`, and the reason."""

    def __init__(self, status: str, reason: str):
        super().__init__(reason)
        self.status = status


class Edit(NamedTuple):
    """A change and what becomes of it.

    `old` and `new` are the words that differ, `lead` and `trail` what stands around them in their
    sentence; `line` is that of the template, 0 where there is none; `variants` are those of the
    claim around it, condition and text; `pieces` are what is written: from, to, text.
    """

    change: Change
    section: str
    old: str
    new: str
    lead: str
    trail: str
    authors: list[str]
    status: str
    reason: str
    line: int
    variants: list[tuple[str, str]]
    pieces: list[tuple[int, int, str]]


class Sent(NamedTuple):
    """What was sent: its sentences, and of each token its place in the template, if it has any.

    `changed` are the sentences whose text in the template is another by now; `numbers` is the
    registry, `keys` the key of each tag, `labels` the names of the tables in their order; `now` has
    the texts of all sentences of the template as it is filled now, where others were sent; `shared`
    are the places that print several sentences, as a tag or a loop does.
    """

    sentences: list[Sentence]
    places: list[list[Origin | None]]
    changed: set[int]
    template: str
    blocks: list[Block]
    claims: list[Claim]
    numbers: dict[str, dict]
    keys: dict[str, str]
    labels: list[str]
    now: set[str]
    shared: set[Origin]

    def cell_called(self, cell: tuple[int, int, int]) -> str:
        """Return what a cell is called: by its table, row and column."""
        table, row, column = cell
        tables = dict(enumerate(self.labels, start=1))
        name = tables.get(table, f"table {table} of the document")
        return f"{name}, row {row}, column {column}"


# --- Places ---------------------------------------------------------------------------------------


def branches_around(sent: Sent, start: int, end: int) -> list[Block]:
    """Return the blocks around a part of the template, the outer ones first."""
    around = [b for b in sent.blocks if b.start <= start and end <= b.end]
    return sorted(around, key=lambda b: b.start)


def require_no_claim(sent: Sent, start: int, end: int) -> None:
    """Refuse what touches a claim: it has variants, of which the author decides."""
    for claim in sent.claims:
        if (start < claim.end and claim.start.at < end) or claim.start.at < start < claim.end:
            told = f"it stands in the claim {claim.name}, whose variants hang on the data"
            raise Refusal(OPEN, told)


def region_of(sent: Sent, i: int, first: int = 0, last: int | None = None) -> tuple[int, int]:
    """Return where tokens of a sentence stand in the template.

    Raises
    ------
    Refusal
        Where some have no place there.
    """
    places = sent.places[i][first:last]
    known = [p for p in places if p]
    if common := next((p for p in known if p in sent.shared), None):
        came = " ".join(sent.template[common.start : common.end].split())
        if came.startswith("<<"):
            raise Refusal(REFUSED, f"comes from {came}; {MEND}")
        raise Refusal(OPEN, "the template prints these words several times")
    if i in sent.changed and len(known) < len(places):
        raise Refusal(OPEN, CHANGED_SINCE)
    heading = sent.sentences[i].style.startswith("Heading")
    if not known or (len(known) < len(places) and not heading):
        raise Refusal(OPEN, "these words have no place of their own in the template")
    if any(a.start > b.start for a, b in pairwise(known)):
        raise Refusal(OPEN, "these words stand in another order in the template")
    gaps = (sent.template[a.end : b.start] for a, b in pairwise(known) if a != b)
    if i in sent.changed and any(gap and not EMPHASIS.fullmatch(gap) for gap in gaps):
        raise Refusal(OPEN, CHANGED_SINCE)
    return known[0].start, max(p.end for p in known)


def with_emphasis(template: str, start: int, end: int) -> tuple[int, int]:
    """Return a part of the template with the signs of emphasis around it that belong to it."""
    before = re.search(r"\**\Z", template[:start])
    after = re.compile(r"\**").match(template, end)
    left, right = (len(m[0]) if m else 0 for m in (before, after))
    inside = sum(len(m[0]) for m in EMPHASIS.finditer(template[start:end]))
    if left and left == right and inside % 2 == 0:
        return start - left, end + right
    if inside % 2 and left:
        return start - left, end
    return (start, end + right) if inside % 2 and right else (start, end)


def require_whole(template: str, start: int, end: int) -> None:
    """Refuse a part of the template that cuts through a condition or an emphasis."""
    part = template[start:end]
    depth = [1 if tag[0] != "e" else -1 for tag in BALANCED.findall(part)]
    if CONTROL.search(part) and ("\n" in part.strip("\n") or sum(depth) or depth[:1] == [-1]):
        raise Refusal(OPEN, "it goes across a condition of the template")
    if sum(len(m[0]) for m in EMPHASIS.finditer(part)) % 2:
        raise Refusal(OPEN, "it goes across words that are set in italics or bold")


# --- What was typed -------------------------------------------------------------------------------


def source_of(sent: Sent, tokens: list[Token]) -> str:
    """Return tokens of a reviewed document as the template has them: numbers as keys.

    Raises
    ------
    Refusal
        Where a number is not what its key prints, or something is no text.
    """
    parts: list[str] = []
    at = 0
    while at < len(tokens):
        token, to = tokens[at], at + 1
        if OBJECT in token.text:
            raise Refusal(OPEN, "it holds a note, a picture or a formula")
        if token.key.startswith("#"):
            parts.append(reference_of(token.key[1:]))
            if token.key.startswith("#ref-") and parts[-2:-1] == [typed_as("[")]:
                to = end_of_citation(tokens, at)
                keys = [t.key.removeprefix("#ref-") for t in tokens[at : to - 1] if t.key]
                parts[-2:] = [f"[{'; '.join(f'@{key}' for key in keys)}]"]
        elif token.key:
            while to < len(tokens) and tokens[to].key == token.key:
                to += 1
            parts.append(number_of(sent, token.key, "".join(t.text for t in tokens[at:to])))
        else:
            parts.append(typed_as(token.typed))
        at = to
    return "".join(parts)


def reference_of(anchor: str) -> str:
    """Return a reference to a paper, figure, table or section as the template writes it."""
    for kind, written in WORDS_OF.items():
        if anchor.startswith(kind):
            return written.format(anchor.removeprefix(kind))
    raise Refusal(OPEN, f"it holds a link to {anchor}")


def end_of_citation(tokens: list[Token], at: int) -> int:
    """Return the number of the token behind the bracket that closes a citation.

    Raises
    ------
    Refusal
        Where it holds a range, which does not name all of its papers, or goes on otherwise.
    """
    while at < len(tokens) and (
        tokens[at].key.startswith("#ref-") or tokens[at].text in (",", " ")
    ):
        at += 1
    if at == len(tokens) or tokens[at].text != "]":
        raise Refusal(OPEN, "it holds a citation of which not all papers are told")
    return at + 1


def number_of(sent: Sent, tag: str, text: str) -> str:
    """Return a number as the template writes it, where it is what its key prints."""
    key = sent.keys.get(tag, "")
    if not key:
        raise Refusal(OPEN, f"it holds a number of the key {tag}, which the registry does not have")
    shown = "".join(t for t in sent.numbers[key]["display"].split())
    if "".join(text.split()) != shown.replace("’", "'"):
        raise Refusal(REFUSED, told_number(sent, key, sent.numbers[key]["display"], text))
    return f"<< {key} >>"


def typed_as(text: str) -> str:
    """Return a typed text as Markdown that reads so; no markup and no tag is made of it."""
    return SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", text.translate(APOSTROPHES))


def told_number(sent: Sent, key: str, old: str, new: str) -> str:
    """Say that a number was changed, and where it comes from."""
    did = f"changed {old} to {new}" if new else f"deleted {old}"
    meaning = sent.numbers.get(key, {}).get("meaning", "")
    return f"{did}: comes from {key}{f' ({meaning})' * bool(meaning)}; {MEND}"


# --- Words within a sentence ----------------------------------------------------------------------


def require_prose(sent: Sent, change: Change, new: list[Token]) -> None:
    """Refuse a change of what no author types: tables, captions, references, numbers.

    Raises
    ------
    Refusal
        With what it comes from.
    """
    sentence = sent.sentences[change.before or 0]
    first, last = change.old
    tokens, places = sentence.tokens[first:last], sent.places[change.before or 0][first:last]
    old, typed = ("".join(t.typed for t in side).strip() for side in (tokens, new))
    for token in tokens:
        if (key := sent.keys.get(token.key, "")) and sentence.cell[0]:
            raise Refusal(REFUSED, told_number(sent, key, old, typed))
    require_text(sent, sentence)
    whole = {p for p in places if p and p.whole}
    if not tokens:  # an insertion: between the parts of a number?
        beside = sent.places[change.before or 0][max(first - 1, 0) : first + 1]
        if first and len(beside) == 2 and beside[0] and beside[0] == beside[1] and beside[0].whole:
            whole = {beside[0]}
            tokens = sentence.tokens[first - 1 : first]
            old = ""
    counts = [(p, sent.places[change.before or 0].count(p)) for p in whole]
    parted = [p for p, count in counts if count > places.count(p)]
    words = any(
        p and not p.whole and t.text.isalpha() for t, p in zip(tokens, places, strict=False)
    )
    for place in sorted(whole):
        tag = sent.template[place.start : place.end]
        keys = [
            t.key for t, p in zip(tokens, places or [place], strict=False) if p == place and t.key
        ]
        if place not in parted and (
            (words and not new) or {t.key for t in new} >= {*keys} != set()
        ):
            continue
        if tag.startswith("<<"):
            key = next((sent.keys[k] for k in keys if k in sent.keys), "")
            did = f"changed {old} to {typed}" if old and typed else f"deleted {old}{typed}"
            did = did if old else f"put {typed} into it"
            came = f"{did}: comes from {' '.join(tag.split())}; {MEND}"
            raise Refusal(REFUSED, told_number(sent, key, old, typed) if key and old else came)
        raise Refusal(OPEN, f"it changes {' '.join(tag.split())}, a citation or reference")


def require_text(sent: Sent, sentence: Sentence) -> None:
    """Refuse a change of what is no text of the template."""
    if sentence.cell[0]:
        raise Refusal(REFUSED, f"stands in {sent.cell_called(sentence.cell)}: {MEND}")
    if sentence.style in CAPTIONS:
        first = next(s for s in sent.sentences if s.paragraph == sentence.paragraph)
        name = first.shown.partition(":")[0]
        raise Refusal(REFUSED, f"stands in the caption of {name}: comes from config/plan.yaml")
    if sentence.style in ("Author", "Affiliation"):
        raise Refusal(REFUSED, "authors and affiliation come from the cohort's file in config/")
    if sentence.style.startswith("Bibliography"):
        raise Refusal(REFUSED, "the list of references comes from manuscript/references.bib")


def change_words(sent: Sent, change: Change, new: list[Token]) -> list[tuple[int, int, str]]:
    """Return what a change within a sentence writes into the template.

    Raises
    ------
    Refusal
        Where it can't be written, with the reason.
    """
    i = change.before or 0
    first, last = change.old
    require_prose(sent, change, new)
    if first == last:
        start, end = place_between(sent, i, first)
    else:
        start, end = region_of(sent, i, first, last)
        if not new:
            start, end = with_emphasis(sent.template, start, end)
    require_no_claim(sent, start, end)
    require_whole(sent.template, start, end)
    if sent.sentences[i].style.startswith("Heading"):
        raise Refusal(OPEN, "it is a heading, to which links may lead: change these with it")
    return [(start, end, source_of(sent, new))]


def place_between(sent: Sent, i: int, at: int) -> tuple[int, int]:
    """Return the place in the template between two tokens of a sentence, or at its end."""
    places = sent.places[i]
    before, after = places[at - 1] if at else None, places[at] if at < len(places) else None
    if i in sent.changed and not (before and after):
        raise Refusal(OPEN, CHANGED_SINCE)
    if not before and not after:
        raise Refusal(OPEN, "these words have no place of their own in the template")
    if not before or not after:
        at = before.end if before else after.start if after else 0
        return at, at
    gap = sent.template[before.end : after.start]
    if gap and not EMPHASIS.fullmatch(gap):
        raise Refusal(OPEN, "it goes across a condition of the template")
    closing = gap and not sent.template[before.end - 1].isspace()
    return (after.start, after.start) if closing else (before.end, before.end)


def variants_of(sent: Sent, start: int) -> list[tuple[str, str]]:
    """Return the variants of the claim around a place: condition and text as they are written."""
    claim = next((c for c in sent.claims if c.start.at <= start < c.end), None)
    both = zip(claim.variants, claim.parts, strict=True) if claim else ()
    return [(condition, text) for (_, condition), (_, text) in both]
