"""A reviewed document against what was sent: every edit, what became of it, and the diff."""

import re
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher, unified_diff
from hashlib import sha1
from itertools import groupby
from typing import Any, NamedTuple

from crlm.base.problems import Problem
from crlm.manuscript.claims import FILE, parse
from crlm.manuscript.prose import check_prose, line_of
from crlm.plan.analysis import Plan
from crlm.wings.merging.edits import APPLIED, OPEN, REFUSED, Edit, Sent
from crlm.wings.merging.judging import Judge, words_at
from crlm.wings.merging.origins import Origin, branches_of, fill_with_origins, trace_words
from crlm.wings.merging.sentences import Sentence, find_changes, paired, sentences_of
from crlm.wings.merging.word import Document

SAME_PLACE = "another edit stands at the same place"
WITH_ANOTHER = "it goes with another edit of the same words, which is not applied"
NO_KNOWN_BASE = (
    "the document names no text that was kept here: this may be an edit without a mark, or the "
    "paper may have changed since it was sent"
)


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


# --- What was sent --------------------------------------------------------------------------------


def control_tag(key: str) -> str:
    """Return the tag of the control around a number, as `theme/crossref.lua` writes it."""
    return key if len(key) <= 64 else f"{key[:51]}~{sha1(key.encode()).hexdigest()[:12]}"


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
        # A number or reference that is another by now is the same by its key.
        own, others = (
            [f"key {token.key}" if token.key else token.text for token in sentence.tokens]
            for sentence in (old[i], now[j])
        )
        matcher = SequenceMatcher(None, own, others, autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            found[i][a : a + size] = places[j][b : b + size]
        if own != others:
            changed.add(i)
    return found, changed


# --- The new template -----------------------------------------------------------------------------


def write_pieces(template: str, edits: list[Edit]) -> tuple[str, set[int]]:
    """Return a template with what edits write into it, and those of them that clash.

    These write where another one does, and are left out.
    """
    ordered = sorted(
        (start, end, n, text) for n, edit in enumerate(edits) for start, end, text in edit.pieces
    )
    new, at, clashing = "", 0, set()
    for start, end, n, text in ordered:
        if start < at:
            clashing.add(n)
            continue
        new, at = new + template[at:start] + text, end
    return new + template[at:], clashing


def entangled(edits: list[Edit]) -> set[int]:
    """Return the applied deletions and insertions whose other half is not applied.

    Most words of such a half stand again in one that is refused or to decide: they would be lost,
    or stand there twice.
    """

    def words(text: str) -> Counter:
        return Counter(re.findall(r"\w+", text))

    found = set()
    for n, edit in enumerate(edits):
        if edit.status != APPLIED or not edit.pieces or (edit.old and edit.new):
            continue
        own = words(edit.old or edit.new)
        for other in edits:
            if other.status != APPLIED:
                again = own & words(other.new if edit.old else other.old)
                if 2 * again.total() > own.total():
                    found.add(n)
    return found


def leave_out_refused(template: str, edits: list[Edit], rules: dict) -> tuple[list[Edit], str]:
    """Leave out what the house's rules of prose refuse, or what stands at one place twice.

    Returns
    -------
    edits
        Typed numbers are refused, other statements on the data to decide.
    template
        With the edits that are applied.
    """
    known = [problem[2:] for problem in check_prose(template, FILE, rules)]

    def problems_of(some: list[Edit]) -> list[Problem]:
        problems = check_prose(write_pieces(template, some)[0], FILE, rules)
        return [problem for problem in problems if problem[2:] not in known]

    def refused_by_rules() -> dict[int, tuple[str, str]]:
        """Return edits with which the build would refuse the text, with what becomes of them."""
        found = {}
        for problem in problems_of(edits):
            typed = [n for n, e in enumerate(edits) if e.pieces and str(problem.value) in e.new]
            if len(typed) == 1:
                found.setdefault(typed[0], problem)
            elif not found:  # of the first so many edits the text is fine, with the next it is not
                ends = range(1, len(edits) + 1)
                end = ends[bisect_left(ends, True, key=lambda end: bool(problems_of(edits[:end])))]
                found[end - 1] = problems_of(edits[:end])[0]
        return {
            n: (
                REFUSED if problem.expected.startswith("a number") else OPEN,
                f"typed {problem.value}: expected {' '.join(problem.expected.split())}",
            )
            for n, problem in found.items()
        }

    while True:
        new, clashing = write_pieces(template, edits)
        refused = dict.fromkeys(clashing, (OPEN, SAME_PLACE))
        refused |= dict.fromkeys(entangled(edits), (OPEN, WITH_ANOTHER))
        refused = refused or refused_by_rules()
        if not refused:
            return edits, new
        edits = [*edits]
        for n, (status, reason) in refused.items():
            edits[n] = edits[n]._replace(status=status, reason=reason, pieces=[])


def review(
    reviewed: Document, now: Document, kept: Document | None, template: str, rules: dict,
    numbers: dict[str, dict], plan: Plan, cohort: dict[str, Any],
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
        places, changed = places_since(old, present, places)
    _, claims = parse(template)
    captions = {s.paragraph: s.shown for s in reversed(present) if s.style == "TableCaption"}
    printed = Counter(p for own in places for p in {*own} if p)
    sent = Sent(
        old, places, changed, template, branches_of(template),
        claims.found, numbers, {control_tag(key): key for key in numbers},
        [caption.partition(":")[0] for _, caption in sorted(captions.items())],
        set() if same else {s.text for s in present}, {p for p, n in printed.items() if n > 1},
    )  # fmt: skip
    new = sentences_of(reviewed)
    changes, stayed = find_changes(old, new)
    judge = Judge(sent, new, reviewed, stayed)
    edits: list[Edit] = []
    for _, group in groupby(changes, key=lambda change: (change.before, change.after)):
        first, *others = group
        inner = others if first.kind == "moved" else []
        edits += judge.judge(first, inner)
        edits += [edit for change in others if not inner for edit in judge.judge(change, [])]
    edits, written = leave_out_refused(template, edits, rules)
    if not known:
        edits += drift_of(present, old)
    was, new_lines = (side.splitlines(keepends=True) for side in (template, written))
    diff = "".join(unified_diff(was, new_lines, f"a/{FILE}", f"b/{FILE}"))
    base = "now" if same else "kept" if kept else "unknown"
    return Review(edits, comments_of(reviewed, judge), written, diff, base)


def drift_of(present: list[Sentence], old: list[Sentence]) -> list[Edit]:
    """Return what differs between the paper and a document of no known base, all to decide."""
    told = []
    for change in find_changes(present, old)[0]:
        before, after = (
            side[n] if n is not None else None
            for side, n in ((present, change.before), (old, change.after))
        )
        words, section = words_at(change, before, after), (after or before).section
        told.append(Edit(change, section, *words, ["not tracked"], OPEN, NO_KNOWN_BASE, 0, [], []))
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
        if at is not None and judge.new[at].cell[0]:
            section += f", {judge.sent.cell_called(judge.new[at].cell)}"
        line = line_of(judge.sent.template, start) if start else 0
        told.append(comment._asdict() | {"section": section, "line": line})
    return told
