"""Judge each change of a reviewed document: applied, refused or to decide, and by whom it is."""

from collections.abc import Iterable
from itertools import groupby

from crlm.manuscript.prose import line_of
from crlm.wings.merging.edits import (
    APPLIED,
    CAPTIONS,
    OPEN,
    REFUSED,
    Edit,
    Refusal,
    Sent,
    branches_around,
    change_words,
    require_text,
    source_of,
    variants_of,
)
from crlm.wings.merging.sentences import Change, Sentence, tokens_of
from crlm.wings.merging.whole_sentences import delete_sentence, divide_paragraph, insert_sentence
from crlm.wings.merging.word import Document

SAID_ALREADY = "the template says so already"


class Judge:
    """Judge the changes of a reviewed document, one after the other."""

    def __init__(self, sent: Sent, new: list[Sentence], reviewed: Document, stayed: dict[int, int]):
        self.sent, self.new, self.stayed = sent, new, stayed
        self.deleted = [
            (n, r.mark.deleted, "".join(t.text for t in tokens_of(r.text)))
            for n, p in enumerate(reviewed.paragraphs)
            for r in joined_deletions(p.runs)
        ]

    def authors(self, change: Change, old: str) -> list[str]:
        """Return who made a change, as far as it was tracked."""
        names: list[str] = []
        if change.after is not None:
            tokens = self.new[change.after].tokens
            first, last = change.new
            names += [t.inserted for t in tokens[first:last]]
            behind = last + 2 if tokens[last:] and tokens[last].text == " " else last + 1
            names += [
                n for t in tokens[first:behind] for n in t.removed if change.kind == "changed"
            ]
        if change.kind in ("deleted", "moved") or (old and not any(names)):
            text = "".join(t.text for t in tokens_of(old))
            own = None if change.kind != "changed" else self.new[change.after].paragraph
            names += [
                name
                for n, name, gone in self.deleted
                if own in (None, n)
                and len(gone.strip()) > 3
                and (gone.strip() in text or text in gone)
            ]
        return [*dict.fromkeys(filter(None, names))] or ["not tracked"]

    def judge(self, change: Change, inner: list[Change]) -> list[Edit]:
        """Return what becomes of a change, and of the words changed within what moved."""
        sent, i, j = self.sent, change.before, change.after
        before, after = (
            sentences[n] if n is not None else None
            for sentences, n in ((sent.sentences, i), (self.new, j))
        )
        old, new, lead, trail = words_at(change, before, after)
        status, reason, pieces = APPLIED, "", []
        try:
            if self.is_there(change):
                reason = SAID_ALREADY
            else:
                pieces, reason = self.pieces_of(change, inner)
        except Refusal as refusal:
            status, reason = refusal.status, str(refusal)
        start = pieces[0][0] if pieces else self.start_of(i)
        edit = Edit(
            change, (after or before).section, old, new, lead, trail,
            self.authors(change, old), status, reason,
            line_of(sent.template, start) if start else 0,
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
        now = self.sent.now
        old = None if change.before is None else self.sent.sentences[change.before]
        new = None if change.after is None else self.new[change.after]
        if not now or not all(is_prose(sentence) for sentence in (old, new) if sentence):
            return False
        is_old, is_new = (s is not None and s.text in now for s in (old, new))
        if change.kind == "deleted":
            return not is_old and not any(self.sent.places[change.before or 0])
        return change.kind in ("inserted", "changed") and is_new and not is_old

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
        if change.kind in ("divided", "joined"):
            return divide_paragraph(sent, i), ""
        own = self.new[j]
        if own.cell[0]:
            raise Refusal(REFUSED, "it stands in a table: tables come from config/plan.yaml")
        if own.style.startswith(("Heading", "Title", "List")) or own.style in CAPTIONS:
            raise Refusal(OPEN, f"it is a paragraph of the style {own.style}")
        if change.kind == "inserted":
            return insert_sentence(sent, source_of(sent, own.tokens), self.new, j, self.stayed)
        require_text(sent, sent.sentences[i])
        gone = delete_sentence(sent, i)
        start, end, _ = gone[0]
        written = sent.template[start:end].strip()
        start = sent.template.index(written, start)
        words = [p for part in inner for p in change_words(
            sent, part, own.tokens[part.new[0] : part.new[1]])]  # fmt: skip
        for a, b, text in sorted(words, reverse=True):
            written = written[: a - start] + text + written[b - start :]
        placed, remark = insert_sentence(sent, written, self.new, j, self.stayed)
        left = branches_around(sent, *gone[0][:2])
        if left != (entered := branches_around(sent, *placed[0][:2])):
            under = " and ".join(
                b.branch for b in (*left, *entered) if b not in left or b not in entered
            )
            raise Refusal(OPEN, f"it would stand under other conditions of the template: {under}")
        return [*gone, *placed], remark


def is_prose(sentence: Sentence) -> bool:
    """Return whether a sentence is text of the template: no cell, caption or reference."""
    of_tags = sentence.style in CAPTIONS or sentence.style.startswith("Bibliography")
    return not sentence.cell[0] and not of_tags


def words_at(
    change: Change, before: Sentence | None, after: Sentence | None
) -> tuple[str, str, str, str]:
    """Return the words that differ, old and new, and what stands before and behind them."""
    old, new = (
        "".join(t.typed for t in s.tokens[ends[0] : ends[1]]).strip() if s else ""
        for s, ends in ((before, change.old), (after, change.new))
    )
    if change.kind == "changed" and after:
        start, end = change.new
        around = (after.tokens[:start], after.tokens[end:])
        lead, trail = ("".join(t.typed for t in side).strip() for side in around)
        return old, new, lead, trail
    if change.kind in ("divided", "joined") and after:
        return *(("", "¶") if change.kind == "divided" else ("¶", "")), "", after.shown
    return old, new, "", ""


def joined_deletions(runs: Iterable) -> Iterable:
    """Yield the deleted runs of a paragraph, those of one author side by side as one."""
    for author, group in groupby(runs, key=lambda run: run.mark.deleted):
        parts = [*group]
        if author:
            yield parts[0]._replace(text="".join(run.text for run in parts))
