"""Which parts of two documents, in pandoc's JSON, are versions of each other."""

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from difflib import SequenceMatcher
from functools import reduce
from operator import getitem
from typing import Any

ALIKE = 0.5  # share of words from which two sentences or blocks count as versions of one
# Kinds of nodes: what each holds, and where in its content. A list's item stands as a node of its
# own; pandoc's Markdown gives a table one body.
HOLDS: dict[str, tuple] = {
    **dict.fromkeys(
        ("Para", "Plain", "MetaInlines", "Emph", "Strong", "Underline", "Strikeout", "Superscript",
         "Subscript", "SmallCaps"), (("inlines",),),
    ),
    **dict.fromkeys(("Link", "Span", "Cite", "Quoted"), (("inlines", 1),)),
    "Header": (("inlines", 2),),
    **dict.fromkeys(("BlockQuote", "Item", "MetaBlocks", "MetaList"), (("nodes",),)),
    "Div": (("nodes", 1),),
    "BulletList": (("items",),),
    "OrderedList": (("items", 1),),
    "Figure": (("nodes", 1, 1), ("nodes", 2)),
    "Table": (("nodes", 1, 1), ("rows", 3, 1), ("rows", 4, 0, 3), ("rows", 5, 1)),
}  # fmt: skip


def part_of(content: Any, path: list[int]) -> Any:
    """Return the part of a node's content at a path of `HOLDS`."""
    return reduce(getitem, path, content)


def with_part(content: Any, path: list[int], part: Any) -> Any:
    """Return a node's content with another part at a path of `HOLDS`."""
    if not path:
        return part
    at, *rest = path
    return [*content[:at], with_part(content[at], rest, part), *content[at + 1 :]]


# --- What is compared -----------------------------------------------------------------------------


def is_attributes(node: Any) -> bool:
    """Return whether a node of pandoc's JSON is an identifier with classes and attributes."""
    return (
        isinstance(node, list)
        and [*map(type, node)] == [str, list, list]
        and all(isinstance(name, str) for name in node[1])
    )


def bare_node(node: Any) -> Any:
    """Return what a reader sees of a node: without attributes and the places of citations."""
    if isinstance(node, dict):
        if node.get("t") == "Cite":
            return bare_node(node["c"][1])
        if node.get("t") == "Image":
            return node["c"][2][0]
        return {key: bare_node(value) for key, value in node.items()}
    if isinstance(node, list):
        return None if is_attributes(node) else [bare_node(item) for item in node]
    return node


def key_of(node: Any) -> str:
    """Return a text that is the same for nodes that look the same."""
    return json.dumps(bare_node(node), sort_keys=True, ensure_ascii=False)


def text_of(node: Any, gaps: Mapping[str, str] | None = None) -> str:
    """Return the text of a node, with other text in place of some kinds of nodes."""
    if isinstance(node, list):
        return "" if is_attributes(node) else "".join(text_of(item, gaps) for item in node)
    if not isinstance(node, dict):
        return ""
    kind, content = node["t"], node.get("c", "")
    if gaps and kind in gaps:
        return gaps[kind]
    if kind in ("Str", "Code", "Math", "RawInline"):
        return content if isinstance(content, str) else content[-1]
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind == "Cite":
        return text_of(content[1], gaps)
    return text_of(content, gaps) + (" " if kind in ("Para", "Plain", "Header") else "")


def share_in_common(a: dict, b: dict) -> float:
    """Return the share of words that two nodes of one kind have in common; numbers are alike."""
    if a["t"] != b["t"] or a["t"] == "MetaInlines":  # an author is another as a whole
        return 0.0
    if a["t"] == "Table":
        return float(len(a["c"][2]) == len(b["c"][2]))
    words = [Counter(re.sub(r"\d+(\.\d+)?", "#", text_of(node["c"])).split()) for node in (a, b)]
    total = sum(map(Counter.total, words))
    return 2 * (words[0] & words[1]).total() / total if total else 1.0


# --- What belongs to what -------------------------------------------------------------------------


def align(
    old: list, new: list, key: Callable[[Any], Hashable], alike: Callable[[Any, Any], float]
) -> list[tuple]:
    """Pair the items of two lists in their order; None stands for the side that lacks one."""
    pairs: list[tuple] = []
    matcher = SequenceMatcher(None, [*map(key, old)], [*map(key, new)], autojunk=False)
    for tag, i, to_i, j, to_j in matcher.get_opcodes():
        if tag == "equal":
            pairs += zip(old[i:to_i], new[j:to_j], strict=True)
        else:
            pairs += pair_alike(old[i:to_i], new[j:to_j], alike)
    return pairs


def pair_alike(old: list, new: list, alike: Callable[[Any, Any], float]) -> list[tuple]:
    """Pair two lists in their order so that the likeness of the pairs is the largest."""
    best = [[(0.0, "") for _ in range(len(new) + 1)] for _ in range(len(old) + 1)]
    for i in reversed(range(len(old) + 1)):
        for j in reversed(range(len(new) + 1)):
            ways = [(0.0, "")] if i == len(old) and j == len(new) else []
            if i < len(old):
                ways.append((best[i + 1][j][0], "old"))
            if j < len(new):
                ways.append((best[i][j + 1][0], "new"))
            if i < len(old) and j < len(new) and (share := alike(old[i], new[j])) >= ALIKE:
                ways.append((best[i + 1][j + 1][0] + share, "pair"))
            best[i][j] = max(ways, key=lambda way: way[0])
    pairs, i, j = [], 0, 0
    while way := best[i][j][1]:
        pairs.append((old[i] if way != "new" else None, new[j] if way != "old" else None))
        i, j = i + (way != "new"), j + (way != "old")
    return pairs
