"""What a sentence states, by its words; whether a claim says what its condition does."""

import re
from collections.abc import Iterator
from functools import cache

from jinja2 import nodes

from crlm.manuscript.claims import CITED, VALUE, Claim, key_of

TAG = re.compile(r"<<.*?>>|<%.*?%>")
KEY = re.compile(r"<<\s*([\w.]+)\s*>>")
ABOVE = {"gt": 1, "gteq": 1, "lt": -1, "lteq": -1}


@cache
def pattern_of(words: tuple[str, ...]) -> re.Pattern:
    """Return the pattern of any of `words`, over more blanks than one too."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


def find_words(prose: str, words: list[str]) -> list[re.Match]:
    """Return where any of `words` (patterns of whole words, without case) stands."""
    return list(pattern_of(tuple(words)).finditer(prose))


def by_verb(words: list[str], part: str, rules: dict) -> str:
    """Return the pattern of a clause of a part that says what `words` name by its verb."""
    return rules["verbs"][part].replace("{said}", "|".join(words))


def said_of(words: list[str], part: str, rules: dict) -> list[str]:
    """Return the patterns by which a part of the paper says what `words` name."""
    return [by_verb(words, part, rules), *rules["adverbs"].values(), *rules["telling"][part]]


def clauses_of(sentence: str, rules: dict) -> Iterator[tuple[str, bool]]:
    """Yield the clauses of a sentence up to a guess, a demand or a question; if one follows."""
    for clause in re.split(rules["clause_end"], sentence):
        guess = find_words(clause, rules["hedges"])
        yield (clause[: guess[0].start()], True) if guess else (clause, False)


def statement_in(sentence: str, part: str, rules: dict) -> str:
    """Return the words by which a sentence of a part states what hangs on data, or nothing.

    It does not where it cites a study and speaks of no patients of ours. In the results every
    mention of a relation, and every clause without a value, states something; elsewhere a clause
    that says so in its verb, and not one that guesses, asks, demands, or tells what was done.
    """
    if CITED in sentence and not find_words(sentence, rules["own_words"]):
        return ""
    kinds = [word for kind in rules["claims"].values() for word in kind]
    for clause, guess in clauses_of(sentence, rules):
        done = find_words(clause, rules["procedures"])
        words = rules["method_words"] + said_of(kinds, part, rules)
        if part == "methods" and find_words(clause, rules["conditions"]):
            words = rules["method_words"]
        elif part == "methods":
            short = not done and len(sentence.split()) <= rules["short_words"]
            words = words if not done else rules["method_words"] + rules["telling"][part]
            words = words + rules["past"] if short else words
        elif not done and VALUE not in sentence:
            words = words + rules["past"][: 1 if guess else None]
            words += [r"\w+"] if part == "results" and not guess else []
        if found := find_words(clause, words):
            return found[0][0]
    return ""


# --- Claims against their conditions -------------------------------------------------------------


def quantity_of(key: str) -> list[str]:
    """Return the parts of a key but for its form: of a share, its group, variable and level."""
    parts = key.removesuffix(".value").split(".")
    return parts if parts[0] == "lit" else parts[:-1] or parts


def compared_in(node: nodes.Node, sign: int = 1) -> Iterator[tuple[list[str], int, list[str]]]:
    """Yield the pairs of quantities that a condition compares, and which of the two is above."""
    match node:
        case nodes.And():
            yield from compared_in(node.left, sign)
            yield from compared_in(node.right, sign)
        case nodes.Not():
            yield from compared_in(node.node, -sign)
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=op, expr=right)]) if op in ABOVE:
            keys = [key_of(s.node if isinstance(s, nodes.Getitem) else s) for s in (left, right)]
            effect = keys[0].endswith(".effect") and not keys[1]
            if effect or (all(keys) and not any(k.startswith(("plan.", "answer.")) for k in keys)):
                yield quantity_of(keys[0]), sign * ABOVE[op], quantity_of(keys[1])


def related_by(node: nodes.Node) -> int:
    """Return 1 where a condition asks for a p-value below the level, -1 for none, else 0."""
    match node:
        case nodes.Not():
            return -related_by(node.node)
        case nodes.And() | nodes.Or():
            return related_by(node.left) or related_by(node.right)
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=op)]) if op in ABOVE:
            if key_of(left).endswith(".below"):
                return ABOVE[op]
            return -ABOVE[op] if re.fullmatch(r"test\.\w+\.p", key_of(left)) else 0
    return 0


def first_shown(body: str, quantity: list[str]) -> int:
    """Return where a text first shows a quantity, or the label of its level; else its end."""
    for at in KEY.finditer(body):
        parts = at[1].split(".")
        if parts[: len(quantity)] == quantity or parts == ["label", *quantity[1:]]:
            return at.start()
    return len(body)


def direction_of(clause: str, rules: dict) -> int:
    """Return whether a clause says that what it speaks of is above (1), below (-1) or neither."""
    found = [
        (words.end(), sign)
        for sign, kind in ((1, "above"), (-1, "below"))
        for words in find_words(
            clause,
            [by_verb([*rules["claims"][kind], kind], "discussion", rules), rules["adverbs"][kind]],
        )
    ]
    end, sign = min(found, default=(0, 0))
    return -sign if find_words(clause[:end], ["not", "no", "never", "neither"]) else sign


def contradictions(claim: Claim, rules: dict) -> Iterator[tuple[int, str, str]]:
    """Yield what a claim says otherwise than its conditions: the line, the words, what is expected.

    A sentence speaks of what it shows first of two quantities that its condition compares; where it
    shows neither, of the one that the condition names first.
    """
    kinds = rules["claims"]
    related = [*kinds["relating"], *rules["open_words"]]
    for (line, told), (condition, body) in zip(claim.variants, claim.parts, strict=True):
        pairs = list(compared_in(condition))
        for sentence in re.split(r"(?<=[.!?])\s+", body):
            clauses = [clause for clause, _ in clauses_of(sentence, rules)]
            said = next(filter(None, (direction_of(clause, rules) for clause in clauses)), 0)
            places = [
                (first_shown(sentence, a), sign, first_shown(sentence, b)) for a, sign, b in pairs
            ]
            above = [sign if a < b else -sign for a, sign, b in places if a != b]
            above = above or [sign for _, sign, _ in pairs]
            denied = find_words(sentence, kinds["denying"])
            spoken = denied or said or find_words(sentence, related)
            if spoken and related_by(condition) == (1 if denied else -1):
                yield line, sentence, f"what its condition says: {told!r}"
            elif said and not find_words(sentence, ["p-values?"]) and {*above} != {said}:
                yield line, sentence, f"a condition that compares it so, not {told!r}"


def swapped_in(line: str, group_words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a line that stand beside the name of another level or group: key, name.

    The levels of a variable, or the groups, that are named go with those that are counted: a single
    level with the last before it, or the first behind, and a typed group with what stands right
    behind. `group_words` has the typed names of the groups.
    """
    keys = [key.split(".") for key in KEY.findall(line)]
    counted = [k for k in keys if k[0] != "label" and k[-1] not in ("label", "meaning")]
    named = [(2, key[1:2], key[2]) for key in keys if key[0] == "label" and len(key) == 3]
    compared = [*group_words.values()]
    groups = [key[0] for key in keys if key[1:] in (["meaning"], ["label"]) and key[0] in compared]
    typed = [group_words[m[0].lower()] for m in find_words(TAG.sub("", line), [*group_words])]
    named += [(0, [], group) for group in groups or (typed if len(typed) > 1 else [])]
    for place, variable in ((place, variable) for place, variable, _ in named):
        names = [name for p, v, name in named if (p, v) == (place, variable)]
        alike: dict[tuple, list] = {}
        alone = place == 2 and len(names) == 1 and not re.search(r"than <<\s*label\.", line)
        end = keys.index(["label", *variable, *names]) if alone else 0
        for key in counted:
            if len(key) > place + 1 and key[1:place] == variable and (alone or key[place] in names):
                alike.setdefault((*key[:place], *key[place + 1 :]), []).append(key)
        for of_form in alike.values():
            found = [key for key in of_form if keys.index(key) < end][-1:] or of_form
            pairs = zip(names, found, strict=False) if len(names) in (1, len(found)) else ()
            yield from ((".".join(key), name) for name, key in pairs if key[place] != name)
    beside = rf"\b({'|'.join(group_words)})[ (*]{{1,3}}(?:were )?<<\s*((\w+)\.[\w.]+)"
    for name, key, group in re.findall(beside, line, re.IGNORECASE):
        if group in compared and group != group_words[name.lower()]:
            yield key, name
