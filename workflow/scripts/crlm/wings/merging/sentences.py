"""The words and sentences of a document, and what became of each in another document."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from crlm.manuscript.alignment import pair_alike
from crlm.wings.merging.word import Document, Mark, Paragraph, Run

# A word with its apostrophe, a number with its point, blanks, any other sign.
WORDS = re.compile(r"\w+(?:(?<=\d)[.,]\d+)*(?:['’]\w+)*|\s+|[^\w\s]")
QUOTES = str.maketrans("‘’“”", "''\"\"")
ENDS = {".", "!", "?"}
CLOSING = {")", "]", '"', "'", "†"}
ABBREVIATED = {"al", "vs", "e.g", "i.e", "cf", "Fig", "g", "e", "i"}
MOVED = 0.8  # share of words from which a sentence that stands elsewhere counts as moved
ROW = 4  # sentences that stand in a row in both documents, from which they are taken for pairs
LARGEST = 100_000  # pairs of sentences that are compared in one stretch


class Token(NamedTuple):
    """A word, a sign or a blank: as it is compared, as it is typed, its key and who put it there.

    `key` is that of a number, or `#` and what a reference leads to. `removed` names those who
    deleted what stood before it.
    """

    text: str
    typed: str
    key: str = ""
    inserted: str = ""
    removed: tuple[str, ...] = ()


class Sentence(NamedTuple):
    """A sentence: its tokens, its paragraph's number and style, its cell, its heading.

    `tokens` have no blank at their ends.
    """

    tokens: list[Token]
    paragraph: int
    style: str
    cell: tuple[int, int, int]
    section: str

    @property
    def text(self) -> str:
        """The sentence as it is compared."""
        return "".join(token.text for token in self.tokens)

    @property
    def shown(self) -> str:
        """The sentence as it is typed."""
        return "".join(token.typed for token in self.tokens)


class Change(NamedTuple):
    """What differs: `kind`, the sentence before and after by number, the words that differ.

    `kind` is changed, deleted, inserted, moved, divided or joined (from, or with, the paragraph of
    what stayed before it). Of a changed sentence `old` and `new` are the slices of its tokens; of
    others both are all of it.
    """

    kind: str
    before: int | None
    after: int | None
    old: tuple[int, int] = (0, 0)
    new: tuple[int, int] = (0, 0)


def tokens_of(text: str, key: str = "", mark: Mark = Mark()) -> list[Token]:  # noqa: B008
    """Return the tokens of a text with one key and one mark; a reference is one."""
    typed = unicodedata.normalize("NFC", text)
    if key.startswith("#"):
        typed = " ".join(typed.split())
        return [Token(typed, typed, key, mark.inserted)]
    return [
        Token(" ", " ", key, mark.inserted)
        if word[0].isspace()
        else Token(word[0].translate(QUOTES), word[0], key, mark.inserted)
        for word in WORDS.finditer(typed)
    ]


def of_paragraph(runs: Iterable[Run], side: str) -> list[Token]:
    """Return the tokens that a paragraph has once its changes are accepted (or rejected)."""
    tokens: list[Token] = []
    removed: list[str] = []

    def alike(run: Run) -> tuple:
        gone = run.mark.deleted if side == "accepted" else run.mark.inserted
        return run.key, gone, run.mark.inserted

    for (key, gone, inserted), group in groupby(runs, alike):
        text = "".join(run.text for run in group)
        if gone and side == "accepted":
            removed.append(gone)
        if gone or not text:
            continue
        more = tokens_of(text, key, Mark(inserted))
        if tokens and tokens[-1].key == key and tokens[-1].text != " ":
            last = tokens.pop()  # of which a part may have been typed anew
            more = tokens_of(last.typed + text, key, Mark(inserted))
            author = inserted if more[0].typed != last.typed else ""
            more[0] = more[0]._replace(inserted=last.inserted or author, removed=last.removed)
        if removed:
            more[0] = more[0]._replace(removed=(*more[0].removed, *dict.fromkeys(removed)))
            removed = []
        tokens += more
    if removed and tokens:
        tokens[-1] = tokens[-1]._replace(removed=(*tokens[-1].removed, *removed))
    return [
        token
        for i, token in enumerate(tokens)
        if token.text != " " or (i and tokens[i - 1].text != " ")
    ]


def joined(paragraphs: Iterable[Paragraph], side: str) -> Iterator[tuple[int, Paragraph]]:
    """Yield the paragraphs that are left where the ends of some were deleted (or inserted)."""
    open_: tuple[int, Paragraph] | None = None
    for n, paragraph in enumerate(paragraphs):
        if open_ and paragraph.cell == open_[1].cell:
            runs = [*open_[1].runs, *paragraph.runs]
            open_ = open_[0], paragraph._replace(runs=runs)
        else:
            if open_:
                yield open_
            open_ = n, paragraph
        if not (paragraph.end.deleted if side == "accepted" else paragraph.end.inserted):
            yield open_
            open_ = None
    if open_:
        yield open_


def sentences_of(document: Document, side: str = "accepted") -> list[Sentence]:
    """Return the sentences of a document, its changes accepted (or rejected), in their order.

    A cell of a table is divided no further.
    """
    sentences, section = [], ""
    for number, paragraph in joined(document.paragraphs, side):
        tokens = of_paragraph(paragraph.runs, side)
        whole = paragraph.cell[0] or paragraph.style.startswith(("Bibliography", "Heading"))
        parts = [tokens] if whole else [*divided(tokens)]
        if paragraph.style.startswith("Heading"):
            section = "".join(token.typed for token in tokens).strip()
        own = number, paragraph.style, paragraph.cell, section
        sentences += [Sentence(part, *own) for part in map(trimmed, parts) if part]
    return sentences


def divided(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the sentences of a paragraph."""
    start = 0
    for i, token in enumerate(tokens):
        if token.text != " " or not i:
            continue
        last = i - 1
        while last > start and tokens[last].text in CLOSING:
            last -= 1
        following = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if (
            tokens[last].text in ENDS
            and not tokens[last].key.startswith("#")
            and not following[:1].islower()
            and tokens[last - 1].text not in ABBREVIATED
        ):
            yield tokens[start:i]
            start = i
    yield tokens[start:]


def trimmed(tokens: list[Token]) -> list[Token]:
    """Return tokens without blanks at their ends."""
    while tokens and tokens[0].text == " ":
        tokens = tokens[1:]
    while tokens and tokens[-1].text == " ":
        tokens = tokens[:-1]
    return tokens


# --- What became of each --------------------------------------------------------------------------


def words_of_sentence(sentence: Sentence) -> Counter[str]:
    """Return how often each word stands in a sentence; numbers and signs are alike."""
    return Counter(t.text if t.text.isalpha() else "#" for t in sentence.tokens if t.text != " ")


def share_of_words(a: Sentence, b: Sentence) -> float:
    """Return the share of words that two sentences have in common, as `alignment.likeness` does.

    Two cells of a table at the same place are alike, whatever they hold.
    """
    if a.cell[0] or b.cell[0]:
        return float(a.cell == b.cell)
    if a.text == b.text:
        return 1.0
    if a.style.startswith("Heading") != b.style.startswith("Heading"):
        return 0.0
    words = words_of_sentence(a), words_of_sentence(b)
    return 2 * (words[0] & words[1]).total() / max(sum(map(Counter.total, words)), 1)


def paired(old: list[Sentence], new: list[Sentence]) -> list[tuple[int | None, int | None]]:
    """Pair the sentences of two documents in their order, by their numbers.

    Where many stand in a row that are the same in both, they are pairs; between such rows, those
    pairs are taken that have the most in common.
    """
    was, now = ([(s.text, s.cell[0] > 0) for s in side] for side in (old, new))
    pairs: list[tuple[int | None, int | None]] = []
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    rows = [*matcher.get_matching_blocks()]
    at = to = 0
    for i, j, size in rows:
        if size < ROW and (i, j) != (0, 0) and size:
            continue
        a, b = [*range(at, i)], [*range(to, j)]
        if len(a) * len(b) > LARGEST:
            pairs += [(n, None) for n in a] + [(None, n) for n in b]
        else:
            pairs += pair_alike(a, b, lambda n, m: share_of_words(old[n], new[m]))
        pairs += zip(range(i, i + size), range(j, j + size), strict=True)
        at, to = i + size, j + size
    return pairs


def find_changes(old: list[Sentence], new: list[Sentence]) -> tuple[list[Change], dict[int, int]]:
    """Return all that differs between two documents, each difference once, in their order.

    A sentence that moved may be changed too: its changes follow it.

    Returns
    -------
    changes
        In the order of the new document; a deleted sentence stands where it stood.
    stayed
        New sentence -> the old one that stands there, by their numbers.
    """
    pairs = paired(old, new)
    gone = [i for i, j in pairs if j is None]
    come = [j for i, j in pairs if i is None]
    moved = find_moved(old, new, gone, come)
    found: list[Change] = []
    last: tuple[int, int] | None = None  # that stayed
    for i, j in pairs:
        if j is None:
            if i not in moved:
                found.append(Change("deleted", i, None, (0, len(old[i].tokens))))
            continue
        if i is None:
            origin = next((o for o, n in moved.items() if n == j), None)
            kind = "inserted" if origin is None else "moved"
            length = 0 if origin is None else len(old[origin].tokens)
            found.append(Change(kind, origin, j, (0, length), (0, len(new[j].tokens))))
            if origin is not None:
                found += words_changed(old, new, origin, j)
            continue
        before = last or (i, j)
        were = old[before[0]].paragraph == old[i].paragraph
        are = new[before[1]].paragraph == new[j].paragraph
        if were != are:
            found.append(Change("divided" if were else "joined", i, j))
        found += words_changed(old, new, i, j)
        last = (i, j)
    return found, {j: i for i, j in pairs if i is not None and j is not None}


def find_moved(
    old: list[Sentence], new: list[Sentence], gone: list[int], come: list[int]
) -> dict[int, int]:
    """Return which of the deleted sentences stands elsewhere as which of the inserted ones."""
    moved: dict[int, int] = {}
    if len(gone) * len(come) > LARGEST:
        return moved
    shares = sorted(
        (
            (share_of_words(old[i], new[j]) + (old[i].text == new[j].text), -i, -j)
            for i in gone
            for j in come
            if not old[i].cell[0] and not new[j].cell[0] and len(old[i].tokens) > 5
        ),
        reverse=True,
    )
    for share, i, j in shares:
        if share >= MOVED and -i not in moved and -j not in moved.values():
            moved[-i] = -j
    return moved


def words_changed(old: list[Sentence], new: list[Sentence], i: int, j: int) -> list[Change]:
    """Return the changes within a sentence; words side by side, or in a number, are one."""
    a, b = ([token.text for token in side.tokens] for side in (old[i], new[j]))
    keys = [token.key for token in old[i].tokens]
    slices: list[list[int]] = []
    for tag, *ends in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        # A link that a program has dropped is no edit: its words are more tokens, and the same.
        if tag == "equal" or "".join(a[ends[0] : ends[1]]) == "".join(b[ends[2] : ends[3]]):
            continue
        within = {*keys[slices[-1][0] : ends[1]]} if slices else {""}
        number = len(within) == 1 and "" not in within
        if slices and (number or not "".join(a[slices[-1][1] : ends[0]]).strip()):
            slices[-1] = [slices[-1][0], ends[1], slices[-1][2], ends[3]]
        else:
            slices.append(ends)
    return [Change("changed", i, j, (s[0], s[1]), (s[2], s[3])) for s in slices]
