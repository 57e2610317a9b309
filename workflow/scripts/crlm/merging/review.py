"""A reviewed document against what was sent: every edit, what became of it, and the diff."""

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher, unified_diff
from hashlib import sha1
from itertools import groupby
from typing import Any, NamedTuple

from crlm.manuscript.claims import FILE, parse
from crlm.manuscript.prose import check_prose
from crlm.merging.changes import (
    APPLIED,
    CAPTIONS,
    OPEN,
    REFUSED,
    Edit,
    Refusal,
    Sent,
    change_words,
    delete_sentence,
    divide_paragraph,
    insert_sentence,
    line_at,
    require_text,
    source_of,
    variants_of,
)
from crlm.merging.origins import Origin, blocks_around, fill_with_origins, trace_words
from crlm.merging.sentences import Change, Sentence, find_changes, paired, sentences_of, tokens_of
from crlm.merging.word import Document

DRIFT = (
    "the document names no text that was kept here: this may be an edit without a mark, or the "
    "paper may have changed since it was sent"
)
THERE = "the template says so already"


class Review(NamedTuple):
    """What became of a reviewed document: the edits, the comments, the new template, the base.

    `comments` have author, date, the words that they are about, their text, section, line of the
    template. `base` says what the document was held against.
    """

    edits: list[Edit]
    comments: list[dict]
    template: str
    diff: str
    base: str


# --- What was sent ------------------------------------------------------------------------------------


def tag_of(key: str) -> str:
    """Return the tag of the control around a number, as `theme/crossref.lua` writes it."""
    return key if len(key) <= 64 else f"{key[:51]}~{sha1(key.encode()).hexdigest()[:12]}"


def units_of(sentence: Sentence) -> list[tuple[str, int, int]]:
    """Return the words of a sentence with a number or reference as one, and where they stand."""
    units, at = [], 0
    for key, group in groupby(sentence.tokens, key=lambda token: token.key):
        size = len([*group])
        if key:
            units.append((f"key {key}", at, at + size))
        else:
            units += [(sentence.tokens[n].text, n, n + 1) for n in range(at, at + size)]
        at += size
    return units


def places_since(
    old: list[Sentence], now: list[Sentence], places: list[list[Origin | None]]
) -> tuple[list[list[Origin | None]], set[int]]:
    """Return the places of what was sent, by those of what the template gives now.

    Returns
    -------
    places
        Of each token of `old`.
    changed
        The sentences of which some or all words have no place any more.
    """
    found: list[list[Origin | None]] = [[None] * len(s.tokens) for s in old]
    changed = set()
    for i, j in paired(old, now):
        if i is None:
            continue
        if j is None:
            changed.add(i)
            continue
        if old[i].text == now[j].text:
            found[i] = places[j]
            continue
        mine, theirs = units_of(old[i]), units_of(now[j])
        words = ([unit[0] for unit in side] for side in (mine, theirs))
        matcher = SequenceMatcher(None, *words, autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            for (_, start, end), (_, at, _) in zip(
                mine[a : a + size], theirs[b : b + size], strict=True
            ):
                found[i][start:end] = [places[j][at]] * (end - start)
        if [unit[0] for unit in mine] != [unit[0] for unit in theirs]:
            changed.add(i)
    return found, changed


# --- What becomes of it --------------------------------------------------------------------------------


class Judge:
    """Judge the changes of a reviewed document, one after the other."""

    def __init__(self, sent: Sent, new: list[Sentence], reviewed: Document, stayed: dict[int, int]):
        self.sent, self.new, self.stayed = sent, new, stayed
        self.deleted = [
            (r.mark.deleted, "".join(t.text for t in tokens_of(r.text)))
            for p in reviewed.paragraphs
            for r in joined_deletions(p.runs)
        ]

    def authors(self, change: Change, old: str) -> list[str]:
        """Return who made a change, as far as it was tracked."""
        names: list[str] = []
        if change.after is not None:
            tokens = self.new[change.after].tokens
            first, last = change.new
            names += [t.inserted for t in tokens[first:last]]
            names += [n for t in tokens[first : last + 1] for n in t.removed if change.kind == "changed"]
        if change.kind in ("deleted", "moved"):
            text = "".join(t.text for t in tokens_of(old))
            names += [
                name
                for name, gone in self.deleted
                if len(gone.strip()) > 3 and (gone.strip() in text or text in gone)
            ]
        return [*dict.fromkeys(filter(None, names))] or ["not tracked"]

    def judge(self, change: Change, inner: list[Change]) -> list[Edit]:
        """Return what becomes of a change, and of the words changed within what moved."""
        sent, i, j = self.sent, change.before, change.after
        before, after = (
            sentences[n] if n is not None else None
            for sentences, n in ((sent.sentences, i), (self.new, j))
        )
        old, new = (
            "".join(t.typed for t in s.tokens[ends[0] : ends[1]]).strip() if s else ""
            for s, ends in ((before, change.old), (after, change.new))
        )
        if change.kind == "divided":
            old = new = ""
        status, reason, pieces = APPLIED, "", []
        try:
            if self.is_there(change):
                reason = THERE
            else:
                pieces, reason = self.pieces_of(change, inner)
        except Refusal as refusal:
            status, reason = refusal.status, str(refusal)
        start = pieces[0][0] if pieces else self.start_of(i)
        edit = Edit(
            change, (after or before).section, old, new,
            before.shown if before else "", after.shown if after else "",
            self.authors(change, old), status, reason,
            line_at(sent.template, start) if start else 0,
            variants_of(sent, start) if start and status == OPEN else [], pieces,
        )  # fmt: skip
        edits = [edit]
        for part in inner:  # written with the sentence that moved, or not
            told = self.judge(part, [])[0]._replace(pieces=[])
            if status != APPLIED and told.status == APPLIED:
                told = told._replace(status=OPEN, reason="it goes with the sentence that moved")
            edits.append(told)
        return edits

    def is_there(self, change: Change) -> bool:
        """Return whether the template, changed since, says already what the reviewer wants."""
        if not self.sent.changed and not self.sent.now:
            return False
        now = self.sent.now
        is_old = change.before is not None and self.sent.sentences[change.before].text in now
        is_new = change.after is not None and self.new[change.after].text in now
        return {"deleted": not is_old, "inserted": is_new, "changed": is_new and not is_old}.get(
            change.kind, False
        )

    def start_of(self, i: int | None) -> int:
        """Return where a sentence of what was sent stands in the template, 0 where it does not."""
        return next((p.start for p in self.sent.places[i] if p), 0) if i is not None else 0

    def pieces_of(self, change: Change, inner: list[Change]) -> tuple[list, str]:
        """Return what a change writes, and a remark; raise a `Refusal` where it can't."""
        sent, i, j = self.sent, change.before, change.after
        if change.kind == "changed":
            tokens = self.new[j].tokens[change.new[0] : change.new[1]]
            return change_words(sent, change, tokens), ""
        if change.kind == "deleted":
            return delete_sentence(sent, i), ""
        if change.kind == "divided":
            return divide_paragraph(sent, i), ""
        own = self.new[j]
        if own.cell[0]:
            raise Refusal(REFUSED, "it stands in a table: tables come from config/plan.yaml")
        if own.style.startswith(("Heading", "Title", "List")) or own.style in CAPTIONS:
            raise Refusal(OPEN, f"it is a paragraph of the style {own.style}")
        if change.kind == "inserted":
            return self.insert(j, source_of(sent, own.tokens))
        require_text(sent, sent.sentences[i])
        gone = delete_sentence(sent, i)
        start, end, _ = gone[0]
        written = sent.template[start:end].strip()
        start = sent.template.index(written, start)
        words = [p for part in inner for p in change_words(
            sent, part, own.tokens[part.new[0] : part.new[1]])]  # fmt: skip
        for a, b, text in sorted(words, reverse=True):
            written = written[: a - start] + text + written[b - start :]
        placed, remark = self.insert(j, written)
        return [*gone, *placed], remark

    def insert(self, j: int, written: str) -> tuple[list, str]:
        """Return what a sentence that was put at the place `j` writes, and a remark."""
        before = next((n for n in range(j - 1, -1, -1) if n in self.stayed), None)
        after = next((n for n in range(j + 1, len(self.new)) if n in self.stayed), None)
        paragraph = self.new[j].paragraph
        follows = before is not None and self.new[before].paragraph == paragraph
        precedes = after is not None and self.new[after].paragraph == paragraph
        # A further sentence of a new paragraph follows the one before it.
        further = j > 0 and self.new[j - 1].paragraph == paragraph and not precedes
        base = (None if n is None else self.stayed[n] for n in (before, after))
        pieces, remark = insert_sentence(self.sent, written, *base, follows, precedes)
        if further and not follows:
            pieces = [(a, b, text.replace("\n\n", "\n", 1)) for a, b, text in pieces]
        return pieces, remark


def joined_deletions(runs: Iterable) -> Iterable:
    """Yield the deleted runs of a paragraph, those of one author side by side as one."""
    for author, group in groupby(runs, key=lambda run: run.mark.deleted):
        parts = [*group]
        if author:
            yield parts[0]._replace(text="".join(run.text for run in parts))


# --- The new template ------------------------------------------------------------------------------------


def write_pieces(template: str, edits: list[Edit]) -> tuple[str, list[tuple[int, int, int]], set]:
    """Return a template with what the applied edits write into it.

    Returns
    -------
    text
        The new template.
    lines
        The number of an edit, and the first and last line of the new template that it touches.
    clashing
        The edits that write where another one does, which are left out.
    """
    ordered = sorted(
        (start, end, n, text)
        for n, edit in enumerate(edits)
        if edit.status == APPLIED
        for start, end, text in edit.pieces
    )
    clashing, reached = set(), 0
    for start, end, n, _ in ordered:
        if start < reached:
            clashing.add(n)
        else:
            reached = end
    parts, at, lines, length = [], 0, [], 0
    for start, end, n, text in ordered:
        if n in clashing:
            continue
        parts += [template[at:start], text]
        at = end
    parts.append(template[at:])
    new, where = "".join(parts), 0
    at = 0
    for start, end, n, text in ordered:
        if n in clashing:
            continue
        length = where + (start - at)
        lines.append((n, line_at(new, length), line_at(new, length + len(text))))
        where, at = length + len(text), end
    return new, lines, clashing


def settle(template: str, edits: list[Edit], rules: dict) -> tuple[list[Edit], str]:
    """Leave out what the house's rules of prose refuse, or what stands at one place twice.

    Returns
    -------
    edits
        Typed numbers are refused, other statements on the data to decide.
    template
        With the edits that are applied.
    """
    known = Counter(p[2:] for p in check_prose(template, FILE, rules))
    while True:
        new, lines, clashing = write_pieces(template, edits)
        refused: dict[int, tuple[str, str]] = {
            n: (OPEN, "another edit stands at the same place") for n in clashing
        }
        problems = check_prose(new, FILE, rules) if not refused else []
        for problem in problems:
            if known[problem[2:]] > 0:
                continue
            at = [n for n, first, last in lines if first <= int(problem.row) <= last]
            own = [n for n in at if str(problem.value) in edits[n].new] or at
            number = problem.expected.startswith("a number")
            for n in own or [n for n, *_ in lines]:
                told = f"typed {problem.value}: expected {problem.expected}"
                refused.setdefault(n, (REFUSED if number else OPEN, told))
        if not refused:
            return edits, new
        for n, (status, reason) in refused.items():
            edits = [*edits]
            edits[n] = edits[n]._replace(status=status, reason=reason, pieces=[])


def review(
    reviewed: Document, now: Document, kept: Document | None, template: str, rules: dict,
    numbers: dict[str, dict], plan: dict, cohort: dict[str, Any],
) -> Review:  # fmt: skip
    """Hold a reviewed document against what was sent, and write its edits into the template.

    Parameters
    ----------
    reviewed
        What came back.
    now
        The document that the template gives now.
    kept
        The document that was sent, where it is kept and is not the one of now.
    template, rules, numbers, plan, cohort
        The template, what may not be typed in it, and what fills it.

    Returns
    -------
    Review
        Each difference once: applied, refused with the reason, or to decide.
    """
    filled = fill_with_origins(template, numbers, plan, cohort)
    present = sentences_of(now)
    places = trace_words(filled, present)
    same = reviewed.digest == now.digest != ""
    known = same or kept is not None
    old = present if same else sentences_of(kept) if kept else sentences_of(reviewed, "rejected")
    changed: set[int] = set()
    if not same:
        own_places, changed = places_since(old, present, places)
    _, claims = parse(template)
    captions = [s.shown for s in present if s.style == "TableCaption" and s.first]
    sent = Sent(
        old, places if same else own_places, changed, template, blocks_around(template),
        claims.found, numbers, {tag_of(key): key for key in numbers},
        [caption.partition(":")[0] for caption in captions],
        set() if same else {s.text for s in present},
    )  # fmt: skip
    new = sentences_of(reviewed)
    changes, stayed = find_changes(old, new)
    judge = Judge(sent, new, reviewed, stayed)
    edits: list[Edit] = []
    for change, inner in with_inner(changes):
        edits += judge.judge(change, inner)
    edits, written = settle(template, edits, rules)
    if not known:
        edits += drift_of(present, old, sent)
    lines = (side.splitlines(keepends=True) for side in (template, written))
    diff = "".join(unified_diff(*lines, f"a/{FILE}", f"b/{FILE}"))
    base = "now" if same else "kept" if kept else "unknown"
    return Review(edits, comments_of(reviewed, judge), written, diff, base)


def with_inner(changes: list[Change]) -> Iterable[tuple[Change, list[Change]]]:
    """Yield the changes, with a sentence that moved the changes of its words."""
    at = 0
    while at < len(changes):
        to = at + 1
        if changes[at].kind == "moved":
            own = changes[at].before, changes[at].after
            while to < len(changes) and (changes[to].before, changes[to].after) == own:
                to += 1
        yield changes[at], changes[at + 1 : to]
        at = to


def drift_of(present: list[Sentence], old: list[Sentence], sent: Sent) -> list[Edit]:
    """Return what differs between the paper and a document of no known base, all to decide."""
    told = []
    for change in find_changes(present, old)[0]:
        before, after = (
            side[n] if n is not None else None
            for side, n in ((present, change.before), (old, change.after))
        )
        words = (
            "".join(t.typed for t in s.tokens[ends[0] : ends[1]]).strip() if s else ""
            for s, ends in ((before, change.old), (after, change.new))
        )
        whole = (s.shown if s else "" for s in (before, after))
        section = (after or before).section
        told.append(Edit(change, section, *words, *whole, ["not tracked"], OPEN, DRIFT, 0, [], []))
    return told


def comments_of(reviewed: Document, judge: Judge) -> list[dict]:
    """Return the comments with the section and the template's line of what they are about."""
    told = []
    for comment in reviewed.comments:
        near = [n for n, s in enumerate(judge.new) if s.paragraph <= comment.paragraph]
        about = re.sub(r"\W+", " ", comment.about)
        paragraph = judge.new[near[-1]].paragraph if near else -1
        own = [n for n in near if judge.new[n].paragraph == paragraph]
        exact = [n for n in own if about and about in re.sub(r"\W+", " ", judge.new[n].shown)]
        at = (exact or own or [None])[0]
        start = judge.start_of(judge.stayed.get(at)) if at is not None else 0
        section = judge.new[at].section if at is not None else ""
        line = line_at(judge.sent.template, start) if start else 0
        told.append(comment._asdict() | {"section": section, "line": line})
    return told
