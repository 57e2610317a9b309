"""What a sentence states, by its words; whether a claim says what its condition does."""

import re
from collections.abc import Iterator
from functools import cache

from jinja2 import nodes

from crlm.manuscript.claims import CITED, SIDES, VALUE, Claim, key_of

KEY = re.compile(r"<<\s*([\w.]+)\s*>>")
BLOCK = re.compile(r"<%.*?%>")


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
        done, said = find_words(clause, rules["procedures"]), said_of(kinds, part, rules)
        if part == "methods" and find_words(clause, rules["conditions"]):
            said = []
        elif part == "methods":
            said = rules["telling"][part] if done else said + rules["outcome_told"]
        elif not done and VALUE not in sentence:
            said += rules["past"][: 1 if guess else None]
            said += [r"\w+"] if part == "results" and not guess else []
        if found := find_words(clause, rules["method_words"] + said):
            return found[0][0]
    return ""


# --- Claims against their conditions -------------------------------------------------------------


def quantity_of(key: str) -> list[str]:
    """Return the parts of a key but for its form: of a share, its group, variable and level."""
    parts = key.removesuffix(".value").split(".")
    return parts if parts[0] == "lit" else parts[:-1] or parts


def holds(node: nodes.Node, signs: dict[str, int]) -> bool:
    """Return whether a condition holds where what it asks for is as `signs` tells.

    Raises
    ------
    KeyError
        With what it asks for and `signs` does not have.
    """
    match node:
        case nodes.And():
            return holds(node.left, signs) and holds(node.right, signs)
        case nodes.Or():
            return holds(node.left, signs) or holds(node.right, signs)
        case nodes.Not():
            return not holds(node.node, signs)
        case nodes.Compare(expr=left, ops=[nodes.Operand(op=op, expr=right)]) if op in SIDES:
            sides = [s.node if isinstance(s, nodes.Getitem) else s for s in (left, right)]
            names = [key_of(side) or str(getattr(side, "value", side)) for side in sides]
            return SIDES[op][1](signs[" ? ".join(names)], 0)
        case nodes.Call(node=nodes.Name(name=name), args=[of, *_]):
            return signs[f"{name}({key_of(of)})"] > 0
    return signs[key_of(node)] > 0


def ways_of(conditions: list[nodes.Expr], signs: dict, rules: dict) -> Iterator[tuple[int, dict]]:
    """Yield each way in which the data can fall, as far as it decides which variant is printed.

    That is the variant, counted from 0, or -1 for none, and what was asked for: whether it holds,
    and of two that are compared (`a ? b`) whether the first is above (1), below (-1) or equal (0).
    """
    try:
        printed = next((n for n, c in enumerate(conditions) if holds(c, signs)), -1)
    except KeyError as missing:
        asked = missing.args[0]
        for sign in next(s for pattern, s in rules["signs"] if re.fullmatch(pattern, asked)):
            yield from ways_of(conditions, signs | {asked: sign}, rules)
    else:
        yield printed, signs


def facts_of(ways: list[dict[str, int]], sentence: str, rules: dict) -> dict[str, set[int]]:
    """Return what is asked for in `ways`, by its kind: 1 where it holds in all, -1 in none, 0.

    Where a sentence names what some of the tests are of, the others are left out.
    """
    facts: dict[str, set[int]] = {kind: set() for kind, *_ in rules["asked"]}
    every = {asked for way in ways for asked in way}
    tests = {asked for asked in every if asked.startswith(("answer.", "test.", "correlation."))}
    named = {asked for asked in tests if re.search(rf"\b{asked.split('.')[1]}", sentence)}
    for asked in every - tests | (named or tests):
        signs = {way[asked] for way in ways if asked in way}
        for kind, sign, pattern in rules["asked"]:
            if re.fullmatch(pattern, asked):
                facts[kind].add(1 if signs == {sign} else 0 if sign in signs else -1)
    return facts


def compared_in(ways: list[dict], pattern: str) -> Iterator[tuple[list[str], list[str], int]]:
    """Yield the pairs of quantities of which the same is above in all ways, and which it is."""
    for asked in filter(re.compile(pattern).fullmatch, ways[0]):
        signs, (a, b) = {way.get(asked) for way in ways}, asked.split(" ? ")
        for sign in (1, -1):
            if signs <= {0, sign}:
                yield quantity_of(a), quantity_of(b), sign


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


def said_in(sentence: str, rules: dict) -> Iterator[tuple[str, int]]:
    """Yield what a sentence says of its question: the kind of fact; 1, or -1 for its contrary."""
    kinds, said = rules["claims"], {}
    for kind, sign, words in rules["answers"]:
        if kind not in said and find_words(sentence, words):
            said[kind] = sign
    yield from said.items()
    for clause, _ in clauses_of(sentence, rules) if not said.keys() & {"relation", "open"} else ():
        if find_words(clause, kinds["denying"]):
            yield "relation", -1
        elif find_words(clause, kinds["relating"]) or direction_of(clause, rules):
            yield "relation", 1


def denied_facts(sentence: str, ways: list[dict], rules: dict) -> Iterator[str]:
    """Yield what is expected of a sentence that denies what holds in all ways that print it."""
    facts = facts_of(ways, sentence, rules)
    for kind, sign in said_in(sentence, rules):
        if sign and facts[kind] and not facts[kind] & ({1} if sign > 0 else {0, -1}):
            yield "what its condition says:"


def denied_directions(sentence: str, ways: list[dict], rules: dict) -> Iterator[str]:
    """Yield what is expected of a sentence that says which is above, and not as in all its ways.

    It speaks of what it shows first of two quantities that are compared; where it shows neither, of
    the one that the condition names first.
    """
    pairs = [*compared_in(ways, rules["compared"])]
    places = [(first_shown(sentence, a), sign, first_shown(sentence, b)) for a, b, sign in pairs]
    above = [sign if a < b else -sign for a, sign, b in places if a != b]
    above = above or [sign for *_, sign in pairs]
    agree = len({sign for *_, sign in pairs}) == 1 and {*above}
    directions = (direction_of(clause, rules) for clause, _ in clauses_of(sentence, rules))
    said = next(filter(None, directions), 0)
    if said and not find_words(sentence, ["p-values?", "not shown"]) and agree != {said}:
        yield "a condition that compares it so, not"


def contradictions(claim: Claim, rules: dict) -> Iterator[tuple[int, str, str]]:
    """Yield what a claim says otherwise than its conditions: the line, the words, what is expected.

    A variant is held against all ways in which the data can fall that print it.
    """
    ways = list(ways_of([condition for condition, _ in claim.parts], {}, rules))
    for gap in [s for printed, s in ways if printed < 0 and {*s.values()} <= {-1, 0, 1}][:1]:
        told = [
            asked.replace("?", ("==", ">", "<")[sign]) if sign or "?" in asked else f"not {asked}"
            for asked, sign in gap.items()
        ]
        yield claim.variants[-1][0], claim.name, f"one more `when`, for {' and '.join(told)}"
    texts = [body for _, body in claim.parts]
    for n, ((line, told), body) in enumerate(zip(claim.variants, texts, strict=True)):
        own = [signs for printed, signs in ways if printed == n]
        if not own or (body and body in texts[:n]):
            yield line, told, "a variant that can be printed, with a text of its own"
            continue
        for sentence in re.split(r"(?<=[.!?])\s+", BLOCK.sub(" ", body)):
            faults = [*denied_facts(sentence, own, rules), *denied_directions(sentence, own, rules)]
            yield from ((line, sentence, f"{expected} {told!r}") for expected in faults)


def swapped_in(keys: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a line that stand beside the label of another level: key, level.

    The levels of a variable whose labels are shown go with those that are counted: a single level
    with the last before it, or the first behind.
    """
    labels = [key[1:] for key in keys if key[0] == "label" and len(key) == 3]
    for variable in (variable for variable, _ in labels):
        names = [level for v, level in labels if v == variable]
        alone = len(names) == 1
        end = keys.index(["label", variable, *names]) if alone else 0
        alike: dict[tuple, list] = {}
        for key in keys:
            counted = key[0] != "label" and key[-1] not in ("label", "meaning") and len(key) > 3
            if counted and key[1] == variable and (alone or key[2] in names):
                alike.setdefault((key[0], *key[3:]), []).append(key)
        for of_form in alike.values():
            found = [key for key in of_form if keys.index(key) < end][-1:] or of_form
            pairs = zip(names, found, strict=False) if len(names) in (1, len(found)) else ()
            yield from ((".".join(key), name) for name, key in pairs if key[2] != name)


def misplaced_in(source: str, group_words: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    """Yield the keys of a template that stand by the name of another level or group.

    A key of a group is of one that its sentence names or, where it names none, the last sentence
    of the section that did; where it names several, of each form in their order. A sentence shows
    no number twice, and where it names groups twice it speaks of both. `group_words` has the typed
    names of the groups. Yields the line, the key and what is expected.
    """
    typed, of_group = "|".join(group_words), "|".join({*group_words.values()})
    mentioned = re.compile(rf"\b(?:({typed})\b(?!\.\w)|({of_group})\.([\w.]+))", re.IGNORECASE)
    beside = re.compile(rf"\b({typed})[ (*]{{1,3}}(?:were )?<<\s*({of_group})\.", re.IGNORECASE)
    spoken: set[str] = set()
    for row, line in enumerate(source.splitlines(), start=1):
        for key, name in swapped_in([key.split(".") for key in KEY.findall(line)]):
            if not re.search(r"than <<\s*label\.", line):
                yield row, key, f"a key that goes with the name {name!r} in its line"
        spoken = set() if line.startswith("#") else spoken
        for sentence in re.split(r"(?<=[.!?])(?:<%[^%]*%>)*\s+", line):
            named, shown = [], []
            for name, group, form in mentioned.findall(BLOCK.sub(" ", sentence)):
                if name or form in ("meaning", "label"):
                    named.append(group_words[name.lower()] if name else group)
                else:
                    shown.append((group, form))
            spoken = {*named} or spoken
            orders = [[g for g, f in shown if f == form] for _, form in shown]
            if (
                any(spoken and group not in spoken for group, _ in shown)
                or any(len(order) == len(named) and order != named for order in orders)
                or any(group_words[n.lower()] != group for n, group in beside.findall(sentence))
                or len({*shown}) < len(shown)
                or len(named) > 1 == len({*named})
            ):
                yield row, sentence, "each number once, beside the name of its group"
