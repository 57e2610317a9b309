"""What a sentence that was deleted, inserted or moved writes into the template."""

import re

from crlm.wings.merging.changes import (
    OPEN,
    Refusal,
    Sent,
    region_of,
    require_no_claim,
    require_text,
    require_whole,
    stack_at,
    with_emphasis,
)
from crlm.wings.merging.origins import Block

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
    sent: Sent,
    written: str,
    before: int | None,
    after: int | None,
    follows: bool,
    precedes: bool,
    further: bool,
    more: bool,
) -> tuple[list[tuple[int, int, str]], str]:
    """Return what an inserted sentence writes into the template, and a remark.

    Parameters
    ----------
    sent
        What was sent.
    written
        The sentence as the template writes it.
    before, after
        The nearest sentences of the document that stand where they did.
    follows, precedes
        Whether it stands in the paragraph of the one before, of the one after.
    further, more
        Whether of its own paragraph another one was inserted before it, behind it.
    """
    template, remark = sent.template, ""
    regions = [usable_region(sent, n) for n in (before, after)]
    first = regions[0] if regions[0] and (follows or not (precedes and regions[1])) else None
    if not first and not regions[1]:
        raise Refusal(OPEN, "beside it stands nothing that the template's author typed")
    own, other = regions if first else regions[::-1]
    own = own or (0, 0)
    inside = stack_at(sent, *own)
    shared = stack_at(sent, *other) if other else []
    apart = [
        block
        for block in inside
        if block not in shared
        and not is_within(template, block, own, bool(first), follows, precedes)
    ]
    head = HEAD.search(template)
    if not (follows or precedes) and head and own[0] < head.end():
        raise Refusal(OPEN, "it is a paragraph of the abstract or title of its own")
    if apart:
        at = apart[0].outer[1 if first else 0]
        remark = f"it stands outside of {apart[0].branch or apart[0].name}"
        lines = template[:at].endswith("\n")
        if first:
            text = f"{written}\n" if lines else f" {written}"
            text = text if follows or further else f"\n{text}"
        else:
            text = written + ("\n" if lines else " ") + "\n" * (lines and not (precedes or more))
    elif first:
        at = own[1]
        joined = "\n" if further or template[at : at + 1] == "\n" else " "
        text = (joined if follows or further else "\n\n") + written
    else:
        at = own[0]
        joined = "\n" if more or template[:at].endswith("\n") else " "
        text = written + (joined if precedes or more else "\n\n")
    require_no_claim(sent, at, at)
    return [(at, at, text)], remark


def is_within(
    template: str, block: Block, own: tuple[int, int], first: bool, follows: bool, precedes: bool
) -> bool:
    """Return whether the paragraph to which a sentence is added ends (or begins) within a block."""
    if first:
        return follows and bool(BREAK.search(template, own[1], block.end))
    return precedes and bool(BREAK.search(template, block.start, own[0]))


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
