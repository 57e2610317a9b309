"""Tracked changes: two documents, as pandoc reads them, become one with insertions and deletions.

A document is pandoc's JSON. A changed passage stands in a span of class `insertion` or `deletion`,
which pandoc writes as Word's own revision marks.
"""

import copy
import json
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from crlm.manuscript.alignment import align, is_attributes, key_of, likeness, text_of

INSERTION, DELETION = "insertion", "deletion"
# Inline elements that hold others, and where; None: the content is the list of them.
WITHIN = {
    "Link": 1, "Span": 1, "Cite": 1, "Quoted": 1, "Emph": None, "Strong": None, "Underline": None,
    "Strikeout": None, "Superscript": None, "Subscript": None, "SmallCaps": None,
}  # fmt: skip
SHOWN_META = ["title", "subtitle", "byline", "affiliation", "abstract"]


# --- Inlines --------------------------------------------------------------------------------------


def mark(inlines: list[dict], kind: str) -> list[dict]:
    """Return inlines as inserted or deleted.

    The mark goes inside a link, since Word knows no link inside a revision mark.
    """
    marked: list[dict] = []

    def holds_link(inline: dict) -> bool:
        return inline["t"] in WITHIN and '"t": "Link"' in json.dumps(inline)

    for linked, group in groupby(inlines, key=holds_link):
        if not linked:
            marked.append({"t": "Span", "c": [["", [kind], []], [*group]]})
            continue
        for inline in group:
            at, inner = WITHIN[inline["t"]], dict(inline)
            if at is None:
                inner["c"] = mark(inline["c"], kind)
            else:
                inner["c"] = [*inline["c"]]
                inner["c"][at] = mark(inline["c"][at], kind)
            marked.append(inner)
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
    merged: list[dict] = []
    for a, b in align(sentences_of(old), sentences_of(new), key_of, likeness):
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
        merged += mark(old[i:to_i], DELETION) + mark(new[j:to_j], INSERTION)
        at = to_j
    return merged + new[at:]


# --- Blocks ---------------------------------------------------------------------------------------


def mark_block(block: dict, kind: str) -> list[dict]:
    """Return a block as inserted or deleted; what can't be deleted visibly is left out."""
    content = block.get("c")
    if kind == DELETION:
        content = without_identifiers(content)
    match block["t"]:
        case "Para" | "Plain":
            content = mark(content, kind)
        case "Header":
            content = [*content[:2], mark(content[2], kind)]
        case "Div" | "BlockQuote":
            inner = mark_blocks(content[1] if block["t"] == "Div" else content, kind)
            content = [content[0], inner] if block["t"] == "Div" else inner
        case "BulletList":
            content = [mark_blocks(item, kind) for item in content]
        case "OrderedList":
            content = [content[0], [mark_blocks(item, kind) for item in content[1]]]
        case "Figure":
            content = [content[0], mark_caption(content[1], kind), mark_blocks(content[2], kind)]
        case "Table":
            attributes, caption, columns, head, bodies, foot = content
            content = [
                attributes,
                mark_caption(caption, kind),
                columns,
                [head[0], [mark_row(row, kind) for row in head[1]]],
                [[*body[:3], [mark_row(row, kind) for row in body[3]]] for body in bodies],
                [foot[0], [mark_row(row, kind) for row in foot[1]]],
            ]
        case _:
            return [] if kind == DELETION else [block]
    return [{"t": block["t"], "c": content}]


def mark_blocks(blocks: list[dict], kind: str) -> list[dict]:
    """Return blocks as inserted or deleted."""
    return [marked for block in blocks for marked in mark_block(block, kind)]


def mark_caption(caption: list, kind: str) -> list:
    """Return a caption as inserted or deleted."""
    return [caption[0], mark_blocks(caption[1], kind)]


def mark_row(row: list, kind: str) -> list:
    """Return a row of a table as inserted or deleted; it bears the class too."""
    (identifier, classes, attributes), cells = row
    marked = [[*cell[:4], mark_blocks(cell[4], kind)] for cell in cells]
    return [[identifier, [*classes, kind], attributes], marked]


def without_identifiers(node: Any) -> Any:
    """Return a node without identifiers, of which a document may hold each once."""
    if is_attributes(node):
        return ["", *node[1:]]
    if isinstance(node, dict):
        return {key: without_identifiers(value) for key, value in node.items()}
    return [without_identifiers(item) for item in node] if isinstance(node, list) else node


def merge_blocks(old: list[dict], new: list[dict]) -> list[dict]:
    """Return the blocks of two versions as one; where each has one, they are versions of it."""
    pairs = align(old, new, key_of, likeness)
    if len(old) == len(new) == 1 and old[0]["t"] == new[0]["t"] != "Table":
        pairs = [(old[0], new[0])]
    merged: list[dict] = []
    for a, b in pairs:
        if a is None or b is None:
            merged += mark_block(a or b, DELETION if b is None else INSERTION)
        elif key_of(a) == key_of(b):
            merged.append(b)
        else:
            merged += merge_block(a, b)
    return merged


def merge_block(old: dict, new: dict) -> list[dict]:
    """Return two versions of a block as one."""
    a, b = old["c"], new["c"]
    match new["t"]:
        case "Para" | "Plain":
            content = merge_inlines(a, b)
        case "Header":
            content = [*b[:2], merge_inlines(a[2], b[2])]
        case "Div":
            content = [b[0], merge_blocks(a[1], b[1])]
        case "BlockQuote":
            content = merge_blocks(a, b)
        case "BulletList":
            content = merge_items(a, b)
        case "OrderedList":
            content = [b[0], merge_items(a[1], b[1])]
        case "Figure":
            content = [b[0], merge_caption(a[1], b[1]), merge_blocks(a[2], b[2])]
        case "Table":
            content = merge_tables(a, b)
        case _:
            return mark_block(old, DELETION) + mark_block(new, INSERTION)
    return [{"t": new["t"], "c": content}]


def merge_items(old: list, new: list) -> list:
    """Return the items of two versions of a list as one."""
    merged = []
    before, after = ([{"t": "Item", "c": item} for item in side] for side in (old, new))
    for a, b in align(before, after, key_of, likeness):
        if a is None or b is None:
            merged.append(mark_blocks((a or b)["c"], DELETION if b is None else INSERTION))
        else:
            merged.append(merge_blocks(a["c"], b["c"]))
    return merged


def merge_caption(old: list, new: list) -> list:
    """Return two versions of a caption as one."""
    return [new[0], merge_blocks(old[1], new[1])]


def merge_tables(old: list, new: list) -> list:
    """Return two versions of a table with the same columns as one, cell by cell."""
    (body, *others), (of_new, *others_new) = old[4], new[4]
    bodies = [[*of_new[:3], merge_rows(body[3], of_new[3])]]
    bodies += [[*b[:3], [mark_row(row, DELETION) for row in b[3]]] for b in others]
    bodies += [[*b[:3], [mark_row(row, INSERTION) for row in b[3]]] for b in others_new]
    return [
        new[0],
        merge_caption(old[1], new[1]),
        new[2],
        [new[3][0], merge_rows(old[3][1], new[3][1])],
        bodies,
        [new[5][0], merge_rows(old[5][1], new[5][1])],
    ]


def merge_rows(old: list, new: list) -> list:
    """Return the rows of two versions of a table as one; a row is known by its first cell."""
    merged = []

    def label(row: list) -> str:
        return text_of(row[1][0][4]).strip()

    def alike(a: list, b: list) -> float:
        return likeness(*({"t": "Row", "c": row[1][0][4]} for row in (a, b)))

    for a, b in align(old, new, label, alike):
        if a is None or b is None:
            merged.append(mark_row(a or b, DELETION if b is None else INSERTION))
        else:
            cells = [[*y[:4], merge_blocks(x[4], y[4])] for x, y in zip(a[1], b[1], strict=True)]
            merged.append([b[0], cells])
    return merged


# --- Documents ------------------------------------------------------------------------------------


def merge_meta(old: dict | None, new: dict | None) -> dict:
    """Return two versions of a part of the title block as one."""
    if old is None or new is None:
        kind = DELETION if new is None else INSERTION
        part = old or new
        match part["t"]:
            case "MetaInlines":
                return {"t": "MetaInlines", "c": mark(part["c"], kind)}
            case "MetaBlocks":
                return {"t": "MetaBlocks", "c": mark_blocks(part["c"], kind)}
            case _:
                items = [merge_meta(*((i, None) if new is None else (None, i))) for i in part["c"]]
                return {"t": "MetaList", "c": items}
    if old["t"] != new["t"]:
        return new
    match new["t"]:
        case "MetaInlines":
            return {"t": "MetaInlines", "c": merge_inlines(old["c"], new["c"])}
        case "MetaBlocks":
            return {"t": "MetaBlocks", "c": merge_blocks(old["c"], new["c"])}
        case "MetaList":
            pairs = align(old["c"], new["c"], key_of, lambda a, b: 0.0)
            return {"t": "MetaList", "c": [merge_meta(a, b) for a, b in pairs]}
    return new


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
    meta = new["meta"] | {
        part: merge_meta(old["meta"].get(part), new["meta"].get(part))
        for part in SHOWN_META
        if part in old["meta"] or part in new["meta"]
    }
    blocks = merge_blocks(old["blocks"], new["blocks"])
    merged = copy.deepcopy(new | {"meta": meta, "blocks": blocks})
    sign(merged, [["author", author], ["date", date]])
    return merged


def sign(node: Any, signature: list) -> None:
    """Write author and date at each change, in place."""
    if isinstance(node, dict):
        if node.get("t") == "Span" and node["c"][0][1] in ([INSERTION], [DELETION]):
            node["c"][0][2] = signature
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        sign(child, signature)
