"""What a sentence that was deleted, inserted or moved writes into the template."""

import re

from crlm.wings.merging.edits import (
    OPEN,
    Refusal,
    Sent,
    branches_around,
    region_of,
    require_no_claim,
    require_text,
    require_whole,
    with_emphasis,
)
from crlm.wings.merging.origins import Block
from crlm.wings.merging.sentences import Sentence

BREAK = re.compile(r"\n\n|\n:::")  # between two paragraphs
HEAD = re.compile(r"^---\n.*?^---\n", re.DOTALL | re.MULTILINE)


def delete_sentence(sent: Sent, i: int) -> list[tuple[int, int, str]]:
    """Return what the deletion of a sentence writes into the template: its line, or its words."""
    require_text(sent, sent.sentences[i])
    if sent.sentences[i].style.startswith("Heading"):
        raise Refusal(OPEN, "it is a heading, to which links may lead: change these with it")
    start, end = with_emphasis(sent.template, *region_of(sent, i))
    require_no_claim(sent, start, end)
    require_whole(sent.template, start, end)
    template = sent.template
    if template[:start].endswith("\n") and template[end : end + 1] == "\n":
        return [(start, end + 1, "")]
    if template[:start].endswith(" ") and template[end : end + 1] in ("\n", " ", "<"):
        start -= 1
    elif template[end : end + 1] == " ":
        end += 1
    return [(start, end, "")]


def insert_sentence(
    sent: Sent, written: str, new: list[Sentence], j: int, stayed: dict[int, int]
) -> tuple[list[tuple[int, int, str]], str]:
    """Return what an inserted sentence writes into the template, and a remark.

    Parameters
    ----------
    sent
        What was sent.
    written
        The sentence as the template writes it.
    new, j
        The sentences of the reviewed document, and which of them it is.
    stayed
        New sentence -> the one of `sent` that stands there.
    """
    # What Markdown takes for a list, a heading, an attribute, stands there as typed.
    written = re.sub(r"^[-+#:=%]", lambda sign: f"&#{ord(sign[0])};", written)

    def in_paragraph(n: int | None) -> bool:
        inside = n is not None and 0 <= n < len(new)
        return inside and new[n].paragraph == new[j].paragraph

    # The nearest sentences that stand where they did, and whether in the same paragraph. Of a new
    # paragraph the sentences stay together: there may be further ones before it, and more behind.
    before = next((n for n in range(j - 1, -1, -1) if n in stayed), None)
    after = next((n for n in range(j + 1, len(new)) if n in stayed), None)
    follows, precedes = in_paragraph(before), in_paragraph(after)
    own_paragraph = not (follows or precedes)
    further, more = (own_paragraph and in_paragraph(n) for n in (j - 1, j + 1))
    before, after = (None if n is None else stayed[n] for n in (before, after))
    template, remark = sent.template, ""
    regions = [usable_region(sent, n) for n in (before, after)]
    first = regions[0] if regions[0] and (follows or not (precedes and regions[1])) else None
    if not first and not regions[1]:
        raise Refusal(OPEN, "beside it stands nothing that the template's author typed")
    own = first or regions[1] or (0, 0)
    # What stands on the other side may be no text that is changed, but it has a place.
    beyond = span_of(sent, after if first else before)
    shared = branches_around(sent, *beyond) if beyond else []
    apart = [
        block
        for block in branches_around(sent, *own)
        if block not in shared
        and not is_within(template, block, own, bool(first), follows, precedes)
    ]
    head = HEAD.search(template)
    heads = bool(head) and own[0] < head.end()  # where a line that begins at the left ends YAML
    if heads and not (follows or precedes):
        raise Refusal(OPEN, "it is a paragraph of the abstract or title of its own")
    joined = (follows or further) if first else (precedes or more)
    if apart:
        at = apart[0].outer[1 if first else 0]
        remark = f"it stands outside of {apart[0].branch or apart[0].name}"
        text = f" {written}" if first else f"{written} "
        if template[:at].endswith("\n"):
            if heads:
                raise Refusal(OPEN, "it stands beside a condition of the abstract")
            gap = "" if joined else "\n"
            text = f"{gap}{written}\n" if first else f"{written}\n{gap}"
    else:
        at = own[1] if first else own[0]
        beside = template[at : at + 1] if first else template[at - 1 : at]
        line = not heads and (beside == "\n" or (further if first else more))
        gap = ("\n" if line else " ") if joined else "\n\n"
        text = gap + written if first else written + gap
    require_no_claim(sent, at, at)
    return [(at, at, text)], remark


def is_within(
    template: str, block: Block, own: tuple[int, int], first: bool, follows: bool, precedes: bool
) -> bool:
    """Return whether the paragraph to which a sentence is added ends (or begins) within a block."""
    if first:
        return follows and bool(BREAK.search(template, own[1], block.end))
    return precedes and bool(BREAK.search(template, block.start, own[0]))


def span_of(sent: Sent, i: int | None) -> tuple[int, int] | None:
    """Return from where to where the words of a sentence stand, None where they have no place."""
    places = [place for place in sent.places[i] if place] if i is not None else []
    return (places[0].start, max(p.end for p in places)) if places else None


def usable_region(sent: Sent, i: int | None) -> tuple[int, int] | None:
    """Return where a sentence stands in the template, None where it is no text or has no place."""
    if i is None:
        return None
    try:
        require_text(sent, sent.sentences[i])
        if sent.sentences[i].style.startswith(("Heading", "Title", "Subtitle", "CalloutTitle")):
            return None
        return with_emphasis(sent.template, *region_of(sent, i))
    except Refusal:
        return None


def divide_paragraph(sent: Sent, i: int) -> list[tuple[int, int, str]]:
    """Return what a paragraph that begins, or no longer begins, at a sentence writes."""
    before, own = usable_region(sent, i - 1), usable_region(sent, i)
    if not before or not own:
        raise Refusal(OPEN, "a paragraph begins elsewhere")
    gap = sent.template[before[1] : own[0]]
    if gap.strip(" ") not in ("\n", "\n\n"):
        raise Refusal(OPEN, "a paragraph begins elsewhere, across a condition of the template")
    require_no_claim(sent, before[1], own[0])
    return [(before[1], own[0], "\n" if gap == "\n\n" else "\n\n")]
