"""What a sentence states, by its words; whether a claim says what its condition does."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from jinja2 import nodes

from crlm.manuscript.claims import CITED, SIDES, VALUE, Claim, key_of

KEY = re.compile(r"<<\s*([\w.]+)\s*>>")
BINDING = re.compile(r"<<(.*?)>>")
COUNTED = (".n_patients", ".known_patients")  # which say that there are none, too
BLOCK = re.compile(r"<%.*?%>")
BRANCHES = re.compile(
    r"<%[-+]? if .*?%>(.*?)(?:<%[-+]? else.*?%>(.*?))?<%[-+]? endif.*?%>", re.DOTALL
)
OF_PLAN = re.compile(r'(?:named\("|label\.)(\w+)')  # names in the plan's words


@cache
def pattern_of(words: tuple[str, ...]) -> re.Pattern:
    """Return the pattern of any of `words`, over more blanks than one too."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


@lru_cache(2**14)  # a sentence is asked again for each claim around it
def found_in(prose: str, words: tuple[str, ...]) -> list[re.Match]:
    """Return what `find_words` does."""
    return list(pattern_of(words).finditer(prose))


def find_words(prose: str, words: list[str]) -> list[re.Match]:
    """Return where any of `words` (patterns of whole words, without case) stands."""
    return found_in(prose, tuple(words))


def by_verb(words: list[str], part: str, rules: dict) -> str:
    """Return the pattern of a clause of a part that says what `words` name by its verb."""
    return rules["verbs"][part].replace("{said}", "|".join(words))


def said_of(words: list[str], part: str, rules: dict) -> list[str]:
    """Return the patterns by which a part of the paper says what `words` name."""
    return [by_verb(words, part, rules), *rules["adverbs"].values(), *rules["telling"][part]]


def clauses_of(sentence: str, rules: dict) -> Iterator[tuple[str, str]]:
    """Yield the clauses of a sentence, whole and up to a guess, a demand or a question."""
    for clause in re.split(rules["clause_end"], sentence):
        guesses = [m.start() for m in find_words(clause, rules["hedges"])]
        yield clause, clause[: min(guesses, default=None)]


def tells_of_others(sentence: str, rules: dict) -> bool:
    """Return whether a sentence cites a study and speaks of no patients of ours."""
    return CITED in sentence and not find_words(sentence, rules["own_words"])


def statement_in(sentence: str, part: str, rules: dict) -> str:
    """Return the words by which a sentence of a part states what hangs on data, or nothing.

    It does not where it tells of others. In the results every mention of a relation, and every
    clause without a value, states something, in a conclusion every clause; elsewhere one that says
    so in its verb; none that guesses, asks or demands. What was done is told in a clause that
    names a procedure: there only what tells by itself states something.
    """
    if tells_of_others(sentence, rules):
        return ""
    kinds = [word for kind in rules["claims"].values() for word in kind]
    made = rules["procedures"] + (rules["passives"] if part != "results" else [])
    past, part = rules["past"][part], "discussion" if part == "conclusion" else part
    told = rules["telling"][part] or said_of(kinds, "discussion", rules)
    sentence = pattern_of(tuple(rules["conditions"][part])).sub(" ", sentence)
    for whole, clause in clauses_of(sentence, rules):
        done = find_words(clause, made)
        said = told if done else said_of(kinds, part, rules)
        if not done and VALUE not in sentence:
            said += past[: None if clause == whole else 1]
        if found := find_words(clause, said) or find_words(whole, rules["method_words"]):
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


@lru_cache(2**12)
def subjects_in(text: str, subjects: tuple[tuple[str, str], ...]) -> list[str]:
    """Return what `named_in` does."""
    return [key for key, words in subjects if re.search(words, text, re.IGNORECASE)]


def named_in(text: str, rules: dict) -> list[str]:
    """Return the patterns of the keys of what a text names: a variable, a correlation."""
    return subjects_in(text, tuple(map(tuple, rules["subjects"])))


def of_subjects(keys: set[str], rules: dict) -> set[str]:
    """Return those of `keys` that are of something that has words."""
    return {k for k in keys if any(re.search(key, k) for key, _ in rules["subjects"])}


def strangers(text: str, keys: Iterable[str], rules: dict) -> list[str]:
    """Return the patterns of what a text names that none of `keys` is of.

    A variable that the plan names, and whose key holds none of the words, stands for itself.
    """
    plain = {name for name in OF_PLAN.findall(text) if not named_in(name, rules)}
    return [
        key for key in (*named_in(text, rules), *plain) if not any(re.search(key, k) for k in keys)
    ]


def bears_out(ways: list[dict], kind: str, said: int, clause: str, rules: dict) -> bool:
    """Return whether `ways` bear out what a clause says of a kind of fact, as far as they tell it.

    It says that it holds (1): some of what is asked for holds in all ways; that it does not (-1):
    in each way some does not; or that it is not known (0). Where the clause names what some of it
    is of (variables, a correlation), the rest is left out, and all of that holds.
    """
    every, any_or_all = {asked for way in ways for asked in way}, any
    if named := named_in(clause, rules):
        of = of_subjects(every, rules)
        own = [{k for k in of if match(re.search(key, k) for key in named)} for match in (all, any)]
        if any(own):  # of the initial size, both; else of age and sex, either
            every, any_or_all = every - (of - (own[0] or own[1])), all
    signs = {
        asked: sign
        for asked in every
        for of_kind, sign, pattern in rules["asked"]
        if of_kind == kind and re.fullmatch(pattern, asked)
    }
    held = [{asked: way[asked] == signs[asked] for asked in signs.keys() & way} for way in ways]
    if said < 0:
        return not signs or all(False in facts.values() for facts in held)
    certain = any_or_all(all(facts.get(asked, True) for facts in held) for asked in signs)
    return not signs or certain == (said > 0)


def compared_in(
    ways: list[dict], pattern: str, existing: bool = False
) -> Iterator[tuple[list[str], list[str], int]]:
    """Yield the pairs of quantities of which the same, or none (0), is above in all ways.

    Or in all in which both exist, if `existing`.
    """
    for asked in filter(re.compile(pattern).fullmatch, ways[0]):
        signs, (a, b) = {way.get(asked) for way in ways}, asked.split(" ? ")
        signs = {s for s in signs if s == s or not existing}
        if found := [sign for sign in (0, 1, -1) if signs <= {0, sign}]:
            yield quantity_of(a), quantity_of(b), found[0]


def first_shown(body: str, quantity: list[str], rules: dict, other: Iterable[str] = ()) -> int:
    """Return where a text first shows a quantity, or the label of its level.

    Else beyond its end, where it first names by `rules` what the quantity is of and `other` is not;
    else at twice its end.
    """
    for at in KEY.finditer(body):
        parts = at[1].split(".")
        if parts[: len(quantity)] == quantity or parts == ["label", *quantity[1:]]:
            return at.start()
    of = {*quantity} - {*other}
    words = [word for word, group in rules["group_words"].items() if group in of]
    words += [said for level, said in rules["level_words"].items() if level in of]
    found = find_words(body, words) if words else []
    return len(body) + (found[0].start() if found else len(body))


def direction_of(clause: str, rules: dict) -> int | None:
    """Return whether a clause says that what it speaks of is above (1), below (-1) or equal (0)."""
    adverbs, kinds = rules["adverbs"], rules["claims"]
    words = [
        (sign, [by_verb([*kinds[of], of], "discussion", rules), adverbs[of]])
        for of, sign in (("above", 1), ("below", -1))
    ]
    found = [
        (m.end(), sign)
        for sign, said in words + rules["directions"]
        for m in find_words(clause, said)
    ]
    end, sign = min(found, default=(0, None))
    return -sign if sign and find_words(clause[:end], ["not", "no", "never", "neither"]) else sign


def said_in(sentence: str, rules: dict) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each clause and what it says of its question: kind of fact -> 1, -1 or 0."""
    kinds = rules["claims"]
    for whole, clause in clauses_of(sentence, rules):
        answers = reversed(rules["answers"])  # of a kind the first counts
        said = {kind: sign for kind, sign, words in answers if find_words(whole, words)}
        if not said:
            if find_words(clause, kinds["denying"]):
                said["relation"] = -1
            elif find_words(clause, kinds["relating"]) or direction_of(clause, rules):
                said["relation"] = 1
        yield whole, said


def unfounded(sentence: str, ways: list[dict], stated: Callable, rules: dict) -> Iterator[str]:
    """Yield what is expected of a clause that the ways that print it do not bear out.

    And of one that names a variable that they do not ask of, or relates something without naming
    any that they do; and of one that states (`stated`) what they do not ask for: it says nothing of
    their kinds of facts or, where they have none, shows none of them.
    """
    every = {asked for way in ways for asked in way}
    kinds = {of for of, _, key in rules["asked"] if any(re.fullmatch(key, a) for a in every)}
    sides = [quantity_of(side) for asked in every for side in asked.split(" ? ")]
    about = of_subjects(every, rules)
    for clause, said in said_in(sentence, rules):
        unnamed = "relation" in said and about and not named_in(sentence, rules)
        tells = about or said or "<<" not in clause or stated(clause)
        if unnamed or (tells and strangers(clause, every, rules)):
            yield "what its condition asks of:"
        elif not all(bears_out(ways, kind, sign, clause, rules) for kind, sign in said.items()):
            yield "what its condition says:"
        shows = not kinds and any(first_shown(clause, s, rules) < 2 * len(clause) for s in sides)
        if not (shows or kinds & said.keys()) and stated(clause):
            yield "what its condition asks for:"


def denied_directions(sentence: str, ways: list[dict], rules: dict) -> Iterator[str]:
    """Yield what is expected of a sentence that says which is above, and not as in all its ways.

    It speaks of what it shows first of two quantities that are compared, else of what it names
    first; where it does neither, of the one that the condition names first. What it tells of
    another group than theirs alone is the reverse of theirs.
    """
    pairs = [*compared_in(ways, rules["compared"])]
    places = [
        (first_shown(sentence, a, rules, b), sign, first_shown(sentence, b, rules, a))
        for a, b, sign in pairs
    ]
    above = [sign if a < b else -sign for a, sign, b in places if a != b]
    above = above or [sign for *_, sign in pairs]
    told = ((c, direction_of(c, rules)) for _, c in clauses_of(sentence, rules))
    clause, said = next((t for t in told if t[1] is not None), ("", None))
    groups = rules["group_words"]
    named = {group for word, group in groups.items() if find_words(clause, [word])}
    if named and any(a[0] == b[0] in groups.values() for a, b, _ in pairs):
        above = [sign if pairs[0][0][0] in named else -sign for sign in above]
    signs = {sign for *_, sign in compared_in(ways, rules["compared"], existing=True)}
    agree = len(signs | {sign for *_, sign in pairs}) == 1 and {*above}
    unseen = r"(?:not|neither \w+ was) (?:shown|found|seen|demonstrated)"
    of_p = find_words(sentence, ["p-values?", unseen])
    if said is not None and not of_p and agree != {said}:
        yield "a condition that compares it so, not"


def contradictions(claim: Claim, stated: Callable, rules: dict) -> Iterator[tuple[int, str, str]]:
    """Yield what a claim says otherwise than its conditions: the line, the words, what is expected.

    A variant is held against all ways in which the data can fall that print it. `stated` gives the
    words by which a clause of the template states something where the claim stands.
    """
    ways = list(ways_of([condition for condition, _ in claim.parts], {}, rules))
    for gap in [s for printed, s in ways if printed < 0 and {*s.values()} <= {-1, 0, 1}][:1]:
        told = [
            asked.replace("?", ("==", ">", "<")[sign]) if sign or "?" in asked else f"not {asked}"
            for asked, sign in gap.items()
        ]
        yield claim.variants[-1][0], claim.name, f"one more `when`, for {' and '.join(told)}"
    texts = [body for _, body in claim.parts]
    for (line, told), (condition, _) in zip(claim.variants, claim.parts, strict=True):
        for node in condition.find_all(nodes.Compare):
            if len({printed for printed, _ in ways_of([node], {}, rules)}) < 2:
                yield line, told, "a condition of which each part hangs on the data"
    for asked in sorted({asked for _, signs in ways for asked in signs}):
        if alike := re.fullmatch(rules["alike"], asked):
            a, b = (side.split(".") for side in alike.groups())
            if len(a) != len(b) or sum(map(str.__ne__, a, b)) != 1:
                yield claim.start, asked, "two quantities of a kind, which differ in one thing"
    for n, ((line, told), body) in enumerate(zip(claim.variants, texts, strict=True)):
        own = [signs for printed, signs in ways if printed == n]
        if not own or (body and body in texts[:n]):
            yield line, told, "a variant that can be printed, with a text of its own"
            continue
        # How the keys begin of which some ways leave no number but that of patients.
        lacking = [asked for way in own for asked, sign in way.items() if sign <= 0]
        found = [re.fullmatch(pattern, asked) for pattern in rules["nil"] for asked in lacking]
        nil = tuple(m[1] for m in found if m)
        for key in KEY.findall(body):
            if key.startswith(nil) and not key.endswith(COUNTED):
                yield line, key, f"a number that there is: {told!r}"
        forms = [BLOCK.sub(" ", BRANCHES.sub(of, body)) for of in (r"\1", r"\2")]
        sentences = (s for form in forms for s in re.split(r"(?<=[.!?])\s+", form))
        for sentence in dict.fromkeys(sentences):
            faults = [*unfounded(sentence, own, stated, rules)]
            faults += denied_directions(sentence, own, rules)
            yield from ((line, sentence, f"{expected} {told!r}") for expected in faults)
