"""Whether the keys of a template stand by the names of what they are of."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

from crlm.manuscript.statements import (
    BINDING,
    BLOCK,
    OF_PLAN,
    find_words,
    named_in,
    of_subjects,
    strangers,
)

COUNT = re.compile(
    r"<<\s*(\w+\.\w+\.\w+\.(?:n|percent|denominator)(?:_\w+)?)\s*>>(?:\s+of\s+<<[^<>]+>>)?"
)
LATE = re.compile(r"(?<=\w{6})\w{3}\Z")  # by what a noun's number, or its adjective, may differ
OF_VARIABLE = re.compile(
    r"\b(?:all|responders|progressive|test|answer|correlation|ledger|(?<!range\.)agreement)\.[\w.]+"
)
TIMED = re.compile(r"all\.(?:size|lesions)_(pre|post|pathology)(?![a-z])")
LISTED = re.compile(r"\[([^\[\],]+), ((?:answer|all)\.[\w.]+)\]")  # in the template's lists
# Where what names a number ends, but for a bracket behind it; what parts it from one that names it.
BOUNDARY = re.compile(r"[][);:]|(?!(?<=\A )\([^()]*\))[(,](?!\s*(?:by)?\s*\Z)")
APPENDED = re.compile(r"\s*[(,;]\s*(?:\w+\s+){0,2}")
NUMBER = re.compile(r"\b(?!(?:label|meta|rule|word)\.)[a-z]\w*(?:\.(?!label|meaning)\w+)+")


def misnamed_in(line: str, level_words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the numbers of levels in a line beside which another level is named, or none: key, why.

    A level is named by its label, the last before its number or else the first behind, or by a
    word between the numbers before and behind; none need be where the line shows another's label.
    """
    before, *parts = COUNT.split(BLOCK.sub(" ", line))
    for key, behind in zip(parts[::2], parts[1::2], strict=True):
        _, variable, level, _ = key.split(".")
        label = re.compile(rf"(?<!than )<<\s*label\.{variable}\.(\w+)")
        beside = label.findall(before)[-1:] or label.findall(behind)[:1]
        word = level_words.get(level, LATE.sub(r"\\w*", level).replace("_", "[ -]"))
        if beside and beside != [level]:
            yield key, f"a key that goes with the name {beside[0]!r} in its line"
        elif f"label.{variable}." not in line and not find_words(f"{before}\n{behind}", [word]):
            yield key, f"the name of {level!r} beside it, or its label"
        before = behind if label.search(before) else label.sub("", behind)


def words_of(key: str, rules: dict) -> set[str]:
    """Return the patterns of the words that name a number: those of the parts of its key."""
    words, of = rules["key_words"], key.split(".")
    parts = {part: part.replace("_", "[_ ]") for part in of}
    parts |= {word: word[:5] for word in re.findall(r"[a-z]+", " ".join(of).replace("_", " "))}
    return {words.get(p, rf"{w}\w*") for p, w in parts.items() if p in words or p[2:]}


def beside_numbers(sentence: str) -> tuple[list[str], list[int], list[str]]:
    """Return the keys of a sentence's numbers, the place of each, and the words between places.

    Both numbers of a share stand in one place. What only a bracket or a comma parts from the number
    before it is named by the key of that, too.
    """
    named = BINDING.sub(lambda m: names_in(m) or m[0], re.sub(r"@[\w-]+", "", sentence))
    words, *parts = BINDING.split(named)
    keys, places, gaps = [], [], [words]
    for bound, behind in zip(parts[::2], parts[1::2], strict=True):
        key = NUMBER.search(re.sub(r'"[^"]*"', "", bound))
        if not key:
            gaps[-1] += behind
            continue
        if keys and gaps[-1].strip() == "of":
            gaps.pop()
        elif keys and APPENDED.fullmatch(gaps[-1]):
            gaps[-1] += "; " + re.split(r"[._]", keys[-1])[1]
        keys.append(key[0])
        places.append(len(gaps) - 1)
        gaps.append(behind)
    return keys, places, gaps


def exchanged_in(sentence: str, rules: dict) -> Iterator[str]:
    """Yield the keys that would leave more of a sentence's words beside a number that they name.

    Those of two of its numbers, exchanged, or another form of one that excludes its own. A word is
    beside the numbers before and behind it, up to a comma or a bracket.
    """
    keys, places, gaps = beside_numbers(sentence)
    forms = [key.rpartition(".")[2].removesuffix("_patients") for key in keys]
    others = [
        (i, f"{key.rpartition('.')[0]}.{other}")
        for i, (key, form) in enumerate(zip(keys, forms, strict=True))
        for kind in rules["forms"]
        for other in kind
        if form in kind and form != other
    ]
    names = {key: words_of(key, rules) for key in [*keys, *(key for _, key in others)]}
    beside = []
    for place, gap in enumerate(gaps):
        ends = [m.start() for m in BOUNDARY.finditer(gap)]
        first, last = min(ends, default=len(gap)), max(ends, default=0)
        for word in set().union(*names.values()):
            for at in {m.start() for m in find_words(gap, [word])}:
                beside.append((word, place - 1 if at < first else -1, place if at >= last else -1))

    def named(keys: list[str]) -> int:
        """Return how many words stand beside a number that they name."""
        own = {(word, at) for key, at in zip(keys, places, strict=True) for word in names[key]}
        return sum((word, a) in own or (word, b) in own for word, a, b in beside)

    changed = [(i, {i: key}) for i, key in others]
    for i, j in combinations(range(len(keys)), 2):
        changed.append((i, {i: keys[j], j: keys[i]}))
    stand = named(keys)
    for i, new in changed:
        if named([new.get(n, key) for n, key in enumerate(keys)]) > stand:
            yield keys[i]


def names_in(bound: re.Match) -> str:
    """Return the variables that a tag names by the plan's words."""
    return " ".join(OF_PLAN.findall(bound[1]))


def unnamed_in(sentence: str, rules: dict, spoken: Iterable[str] = ()) -> list[str]:
    """Return the keys in a sentence that names variables, or a correlation, but not theirs.

    All of them where it names, by the plan's words, what none of them is of; where it names none,
    it is of those `spoken` of before. Nor one of which it names less than of another of its keys
    (N stage, by a test of the T stage), nor a size or number of another time than those it names.
    """
    bound, plans = " ".join(BINDING.findall(sentence)), r'named\("\w+|label\.\w+'
    words = BINDING.sub(names_in, sentence)
    named = named_in(words, rules) or spoken
    keys = of_subjects({*OF_VARIABLE.findall(bound)}, rules)
    if keys and strangers(" ".join(re.findall(plans, sentence)), keys, rules):
        return sorted(keys)
    times = {t for t, of in rules["times"].items() if find_words(sentence, [of])}
    late = {k for k in keys if times and {*TIMED.findall(k)} - times}
    own = {k: {of for of in named if re.search(of, k.removeprefix("correlation."))} for k in keys}
    for key in own.keys() - late:
        own[key] |= {*TIMED.findall(key)} & times
    less = {k for k, o in own.items() if named and (not o or any(o < of for of in own.values()))}
    return sorted(late | less)


def misplaced_in(source: str, rules: dict) -> Iterator[tuple[int, str, str]]:
    """Yield the keys of a template that stand by the name of another level or group.

    A key of a group is of one that its sentence names or, where it names none, the last sentence
    of the section that did; where it names several, of each form in their order. A sentence shows
    no number twice; where it names groups twice it speaks of both, where none its numbers are of a
    single one. A number of a level stands beside its name, one of a variable in a sentence that
    names that, where it names any. Yields the line, the key, and what is expected.
    """
    group_words = rules["group_words"]
    typed, of_group = "|".join(group_words), "|".join({*group_words.values()})
    mentioned = re.compile(rf"\b(?:({typed})\b(?!\.\w)|({of_group})\.([\w.]+))", re.IGNORECASE)
    beside = re.compile(rf"\b({typed})[ (*]{{1,3}}(?:were )?<<\s*({of_group})\.", re.IGNORECASE)
    before = re.compile(rf"({of_group})\.[\w.]+ *>>(?: had)? ({typed})\b", re.IGNORECASE)
    spoken, subjects = set(), []
    for row, line in enumerate(source.splitlines(), start=1):
        for name, key in LISTED.findall(line):
            if unnamed_in(f"{name} << {key} >>", rules):
                yield row, key, f"a key of what is named beside it: {name}"
        for key, why in misnamed_in(line, rules["level_words"]):
            yield row, key, why
        if line.startswith("#"):
            spoken, subjects = set(), []
        for sentence in re.split(r"(?<=[.!?])(?:<%[^%]*%>)*\s+", line):
            bare = BLOCK.sub(" ", sentence)
            same = subjects if find_words(sentence, ["this", "these"]) else ()
            for key in unnamed_in(bare, rules, same):
                yield row, key, f"the name of what it is of in its sentence: {sentence!r}"
            subjects = named_in(BINDING.sub(names_in, bare), rules) or subjects
            for told in exchanged_in(bare, rules):
                yield row, told, f"each number beside its name: {sentence!r}"
            sides = {*re.findall(r"label\.\w+\.([gl])[et]_", sentence)}
            if len(sides) == 1 and find_words(sentence, [rules["rest"][of] for of in sides]):
                yield row, sentence, "the others of the level that it names"
            words, named, shown = [], [], []
            for name, group, form in mentioned.findall(bare):
                if name or form in ("meaning", "label"):
                    named.append(group_words[name.lower()] if name else group)
                    words.append((name or group).lower())
                else:
                    shown.append((group, form))
            spoken = {*named} or spoken
            orders = [[g for g, f in shown if f == form] for _, form in shown]
            if (
                any(spoken and group not in spoken for group, _ in shown)
                or any(len(order) == len(named) and order != named for order in orders)
                or any(group_words[n.lower()] != group for n, group in beside.findall(sentence))
                or any(group_words[n.lower()] != group for group, n in before.findall(sentence))
                or len({*shown}) < len(shown)
                or (len({group for group, _ in shown}) > 1 and not named)
                or len(words) > 1 == len({*words})
            ):
                yield row, sentence, "each number once, beside the name of its group"
