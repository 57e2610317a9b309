"""Tracked changes: two documents, as pandoc reads them, become one with insertions and deletions.

A document is pandoc's JSON. A changed passage stands in a span of class `insertion` or `deletion`,
which pandoc writes as Word's own revision marks.
"""

from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from crlm.manuscript.alignment import (
    HOLDS,
    align,
    is_attributes,
    key_of,
    part_of,
    share_in_common,
    text_of,
    with_part,
)
from crlm.manuscript.pandoc import nodes_of

INSERTION, DELETION = "insertion", "deletion"
# What is no version of another for being alone on its side, as a paragraph of a cell is.
UNPAIRED = ("Table", "Item", "MetaInlines")
SHOWN_META = ["title", "subtitle", "byline", "affiliation", "abstract"]


def merge_node(old: dict | None, new: dict | None) -> list[dict]:
    """Return two versions of a node of one kind as one; without the other, one is marked.

    What can't be marked inside is as in the new version, and left out where that has none.
    """
    node = new or without_identifiers(old)
    if node["t"] not in HOLDS:
        return [new] if new else []
    content = node["c"]
    for holds, *path in HOLDS[node["t"]]:
        versions = [part_of(side["c"], path) if side else [] for side in (old, new)]
        content = with_part(content, path, MERGE[holds](*versions))
    return [{"t": node["t"], "c": content}]


def without_identifiers(node: Any) -> Any:
    """Return a node without identifiers, of which a document may hold each once."""
    if is_attributes(node):
        return ["", *node[1:]]
    if isinstance(node, dict):
        return {key: without_identifiers(value) for key, value in node.items()}
    return [without_identifiers(item) for item in node] if isinstance(node, list) else node


# --- Inlines --------------------------------------------------------------------------------------


def mark(inlines: list[dict], kind: str) -> list[dict]:
    """Return inlines as inserted or deleted.

    The mark goes inside a link, since Word knows no link inside a revision mark.
    """
    marked: list[dict] = []

    def holds_link(inline: dict) -> bool:
        return inline["t"] in HOLDS and any(n.get("t") == "Link" for n in nodes_of(inline))

    for linked, group in groupby(inlines, key=holds_link):
        if not linked:
            marked.append({"t": "Span", "c": [["", [kind], []], [*group]]})
            continue
        for inline in group:
            marked += merge_node(inline, None) if kind == DELETION else merge_node(None, inline)
    return marked


def sentences_of(inlines: list[dict]) -> list[dict]:
    """Return inlines cut at line breaks: the manuscript is written a sentence a line."""
    found: list[dict] = [{"t": "Sentence", "c": []}]
    for inline in inlines:
        found[-1]["c"].append(inline)
        if inline["t"] == "SoftBreak":
            found.append({"t": "Sentence", "c": []})
    return [sentence for sentence in found if sentence["c"]]


def merge_inlines(old: list[dict], new: list[dict]) -> list[dict]:
    """Return the inlines of two versions as one, sentence by sentence and word by word."""
    if not old or not new:
        return mark(old or new, DELETION if old else INSERTION)
    merged: list[dict] = []
    for a, b in align(sentences_of(old), sentences_of(new), key_of, share_in_common):
        if a is None or b is None:
            merged += mark((a or b)["c"], DELETION if b is None else INSERTION)
        elif key_of(a) == key_of(b):
            merged += b["c"]
        else:
            merged += merge_words(a["c"], b["c"])
    return merged


def merge_words(old: list[dict], new: list[dict]) -> list[dict]:
    """Return two versions of a sentence as one; a number or a citation is a word."""
    matcher = SequenceMatcher(None, [*map(key_of, old)], [*map(key_of, new)], autojunk=False)
    changes: list[list[int]] = []  # from, to in the old; from, to in the new
    for tag, *ends in matcher.get_opcodes():
        if tag == "equal":
            continue
        # Words that change side by side are one change, with the blanks between them.
        if changes and not text_of(old[changes[-1][1] : ends[0]]).strip():
            changes[-1] = [changes[-1][0], ends[1], changes[-1][2], ends[3]]
        else:
            changes.append(ends)
    merged, at = [], 0
    for i, to_i, j, to_j in changes:
        merged += new[at:j]
        if is_renumbered(old[i:to_i], new[j:to_j]):
            merged += merge_node(old[i], new[j])
        else:
            merged += mark(old[i:to_i], DELETION) + mark(new[j:to_j], INSERTION)
        at = to_j
    return merged + new[at:]


def is_renumbered(old: list[dict], new: list[dict]) -> bool:
    """Return whether one citation, or one link to the same place, stands for another."""
    kinds = [[inline["t"] for inline in side] for side in (old, new)]
    return kinds in ([["Cite"]] * 2, [["Link"]] * 2) and old[0]["c"][2:] == new[0]["c"][2:]


# --- Blocks ---------------------------------------------------------------------------------------


def merge_nodes(old: list[dict], new: list[dict]) -> list[dict]:
    """Return the nodes of two versions as one; where each has one, they are versions of it."""
    old = [node for node in old if node["t"] in HOLDS]  # of others the new version alone stands
    pairs = align(old, new, key_of, share_in_common)
    if len(old) == len(new) == 1 and old[0]["t"] == new[0]["t"] not in UNPAIRED:
        pairs = [(old[0], new[0])]
    merged: list[dict] = []
    for a, b in pairs:
        merged += [b] if a and b and key_of(a) == key_of(b) else merge_node(a, b)
    return merged


def merge_items(old: list, new: list) -> list:
    """Return the items of two versions of a list as one."""
    versions = ([{"t": "Item", "c": item} for item in side] for side in (old, new))
    return [item["c"] for item in merge_nodes(*versions)]


def merge_of_rows(old: list, new: list) -> list:
    """Return the rows of two versions of a table as one; a row is known by its first cell.

    A row that is inserted or deleted bears the class too; what styles a cell is as in the new.
    """
    merged = []

    def label(row: list) -> str:
        return text_of(row[1][0][4]).strip()

    def alike(a: list, b: list) -> float:
        return share_in_common(*({"t": "Row", "c": row[1][0][4]} for row in (a, b)))

    for a, b in align(old, new, label, alike):
        (identifier, classes, attributes), cells = b or a
        change = [] if a and b else [DELETION if a else INSERTION]
        texts = (
            [styled_as(c[4], own[4]) for own, c in zip(row[1], cells, strict=True)]
            if row
            else [[]] * len(cells)
            for row in (a, b)
        )
        merged.append(
            [
                [identifier, [*classes, *change], attributes],
                [[*c[:4], merge_nodes(x, y)] for c, x, y in zip(cells, *texts, strict=True)],
            ]
        )
    return merged


def styled_as(model: list[dict], blocks: list[dict]) -> list[dict]:
    """Return the blocks of a cell in the division that styles another cell, or in none."""
    styles = [block["t"] for block in model] == ["Div"]
    inner = blocks[0]["c"][1] if [block["t"] for block in blocks] == ["Div"] else blocks
    return [{"t": "Div", "c": [model[0]["c"][0], inner]}] if styles else inner


MERGE = {
    "inlines": merge_inlines,
    "nodes": merge_nodes,
    "items": merge_items,
    "rows": merge_of_rows,
}

# --- Documents ------------------------------------------------------------------------------------


def track(old: dict, new: dict, author: str, date: str) -> dict:
    """Return two versions of a document as one with tracked changes.

    Parameters
    ----------
    old, new
        Pandoc's JSON; citations and cross-references are resolved, so that each side has its own
        numbers. Images that look different have different paths.
    author, date
        Stand at each change; the date as `2024-12-31T00:00:00Z`.

    Returns
    -------
    dict
        The document: a changed word, sentence, cell, row, block or part of the title block stands
        in spans of class `deletion`, then `insertion`. A table whose columns are others is replaced
        as a whole.
    """
    meta = dict(new["meta"])
    for part in SHOWN_META:
        before, after = old["meta"].get(part), new["meta"].get(part)
        if before or after:
            unlike = before and after and before["t"] != after["t"]
            for merged in merge_node(None if unlike else before, after):
                meta[part] = merged
    tracked = new | {"meta": meta, "blocks": merge_nodes(old["blocks"], new["blocks"])}
    for node in nodes_of(tracked):
        if node.get("t") == "Span" and node["c"][0][1] in ([INSERTION], [DELETION]):
            node["c"][0][2] = [["author", author], ["date", date]]
    return tracked
