"""Read the manuscript's source: no typed number, no statement on the data outside a claim."""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from operator import itemgetter

from crlm.base.files import read_yaml
from crlm.base.forks import SOUND
from crlm.base.problems import Problem, refuse
from crlm.manuscript.claims import LABEL, VALUE, parse, texts_in
from crlm.manuscript.letters import texts_of
from crlm.manuscript.placement import misplaced_in
from crlm.manuscript.statements import (
    by_verb,
    clauses_of,
    contradictions,
    find_words,
    of_subjects,
    pattern_of,
    statement_in,
    strangers,
    tells_of_others,
)

# Parts of a plan or a cohort's config that name what is printed.
NAMED = (
    "title", "setting", "groups", "tables", "figures", "variables", "response_rules", "multiverse",
)  # fmt: skip
FRONT_MATTER = ("title:", "subtitle:", "abstract:", "keywords:")
ATTRIBUTES = re.compile(r"\{[#.:][^}]*\}")
SHOWN = re.compile(r'(?<!width)(?<!widths)(?<!height)(?<!key)="([^"]*)"')  # that are read
SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bal\.)(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?![a-z])"
    r"|\n(?=\s*(?:\n|[#|:>-]|\w+:))"
)
BINDING = re.compile(r"<<\s*(label\.|named\()?.*?>>")
AT = re.compile(r"@(\w+)")  # a parameter in a condition
LISTED = re.compile(r"\{([a-z_]+)\}")
DIGITS = r"\w*\d(?:[\w.,]*\w)?"
# A word with a letter of another script, which may look like one of ours; α in TGFα does not.
MIXED = r"(?=\w*[^\W\d_\u0000-\u024f\u1e00-\u1effα-εζηθκλμξπρστφχψωΓΔΘΛΞΠΣΦΨΩ])[^\W\d_]{2,}"


def blank(text: str) -> str:
    """Return blanks in place of `text`, line breaks kept."""
    return re.sub(r"[^\n]", " ", text)


def blank_front_matter(source: str) -> str:
    """Blank what the front matter says to the renderer, and keep what a reader sees."""
    head = re.search(r"^---\n(.*?)^---\n", source, re.DOTALL | re.MULTILINE)
    if not head:
        return source
    kept, lines = False, []
    for line in head[1].splitlines(keepends=True):
        if line.strip() and not line[0].isspace():
            kept = line.startswith(FRONT_MATTER)
        lines.append(line if kept else blank(line))
    return source[: head.start(1)] + "".join(lines) + source[head.end(1) :]


def line_of(source: str, position: int) -> int:
    """Return the line, from 1, of a position in `source`."""
    return source.count("\n", 0, position) + 1


def read_as_prose(source: str, rules: dict) -> str:
    """Return a template's text as it reads, line by line; signs stand for values and citations."""
    prose = re.sub(r"\[(\w+)\](?=\{)", r"\1", blank_front_matter(source))
    # Of attributes a title or an alternative text is read.
    prose = ATTRIBUTES.sub(
        lambda m: " ".join(["", *SHOWN.findall(m[0])]) + "\n" * m[0].count("\n"), prose
    )
    for pattern, sign in rules["not_prose"]:
        # what spans lines leaves as many
        parts = re.split(f"({pattern})", prose, flags=re.DOTALL)
        prose = "".join(("\n" * p.count("\n") + sign if i % 2 else p) for i, p in enumerate(parts))
    prose = unicodedata.normalize("NFKC", html.unescape(prose))
    prose = prose.translate({ord(c): None for c in {*prose} if unicodedata.category(c) == "Cf"})
    named = [e["pattern"] for e in rules["exceptions"]] + rules["idioms"]
    return pattern_of(tuple(named)).sub(lambda m: blank(m[0]), prose)


def sentences_in(prose: str, sections: dict) -> Iterator[tuple[int, str, str]]:
    """Yield the sentences of a text: where each starts, the kind of its section, its words.

    A section begins with its heading, in the abstract with its name in bold; one of a lower level
    is of the kind of the section that it stands in, unless its name says more.
    """
    part = of = "discussion"
    ends = [0, *(m.end() for m in SENTENCE_END.finditer(prose)), len(prose)]
    for start, end in pairwise(ends):
        words = prose[start:end].strip()
        name = words.removeprefix("abstract: |").lstrip("# \n").partition(" ")[0].rstrip("\n.")
        if words.startswith("# ") or (name in sections and words.endswith(f"{name}.")):
            part = of = sections.get(name, "discussion")
        elif words.startswith("#"):
            part = sections.get(name, of)
        elif words:
            if words.startswith("keywords:"):  # where the abstract and its conclusion end
                part = of = "discussion"
            yield prose.index(words[:1], start), part, words


def stated_in_claims(rules: dict) -> Callable:
    """Return what tells by which words a clause of a claim states something, wherever it stands.

    It is read as one of the discussion; but a test may be named.
    """
    rules = rules | {"method_words": []}

    def stated(clause: str) -> str:
        shown = BINDING.sub(lambda m: {"label.": LABEL, "named(": ""}.get(m[1], VALUE), clause)
        return statement_in(read_as_prose(shown, rules), "discussion", rules)

    return stated


def check_prose(source: str, file: str, rules: dict) -> list[Problem]:
    """Find what may not be typed in a template called `file`, by the `rules` of `prose.yaml`.

    That is each number, each forbidden word, and what states something that hangs on data: outside
    a claim, or in one and not as its condition has it.

    Raises
    ------
    InputError
        Where the template is no valid Jinja.
    """
    tree, claims = parse(source)
    shown = [*blank(source)]
    for at, text in texts_in(tree):
        shown[at : at + len(text)] = text
    whole = read_as_prose(text := "".join(shown), rules)
    found = [*misplaced_in(source, rules)]
    sentences = [*sentences_in(whole, rules["sections"])]
    stated = stated_in_claims(rules)
    for claim in claims.found:
        claimed = slice(claim.start.at, claim.end)
        shown[claimed] = blank(text[claimed])
        found += contradictions(claim, stated, rules)
    outside = read_as_prose("".join(shown), rules)
    number, letters = "a number of the registry: << key >>", "letters of one script"
    for expected, words in (number, [DIGITS, *rules["number_words"]]), (letters, [MIXED]):
        typed = find_words(whole, words)
        found += [(line_of(whole, m.start()), m[0], expected) for m in typed]
    for at, part, sentence in sentences:
        row, free = line_of(whole, at), tells_of_others(sentence, rules)
        free = free or (part == "methods" and not statement_in(sentence, part, rules))
        for _, clause in clauses_of(sentence, rules) if not free else ():
            for m in find_words(clause, rules["forbidden_words"]):
                found.append((row, m[0], "<< significance(test.<variable>) >>"))
        for m in find_words(sentence, rules["order_words"]) if VALUE in sentence else ():
            found.append((row, m[0], "each number beside the name that it is of"))
    for at, part, sentence in sentences_in(outside, rules["sections"]):
        if words := statement_in(sentence, part, rules):
            ways = "a claim around the sentence, the citation of another study, or a word of doubt"
            expected = f"{ways} (may, perhaps): {sentence!r}"
            found.append((line_of(outside, at), words, expected))
    return [Problem(file, row, "", *told) for row, *told in sorted(found, key=itemgetter(0))]


def read_rules(path: str) -> dict:
    """Read what may not be typed, and the exceptions; a name in braces is any of its list."""
    rules = read_yaml(path)
    lists = {name: "|".join(of) for name, of in rules.pop("lists").items()}
    behind = [rf"(?<!\b{word}\s)" for word in rules.pop("not_main")]
    lists["main"] = "".join([r"(?<!\A\s)", *behind])  # nor where "which" opened the clause

    def expand(part):
        match part:
            case dict():
                return {key: expand(of) for key, of in part.items()}
            case list():
                return [expand(of) for of in part]
            case str():
                return LISTED.sub(lambda m: f"(?:{lists.get(m[1], m[0])})", part)
        return part

    return expand(rules)


def misnames(text: str, name: str, part: dict, rules: dict) -> list[str]:
    """Return what a title or label names that is none of the variables of its part of a plan.

    Nothing is told of parts of which no variable has words.
    """
    of = {name, *part, *map(part.get, ("source", "question")), *part.get("variables", ())} - {None}
    of |= {*part.get("groups", ())}
    of |= {row["variable"] for row in part.get("rows", ())}
    return strangers(text, of, rules) if of_subjects(of, rules) else []


def belies(text: str, keys: tuple, config: dict, rules: dict) -> bool:
    """Return whether words deny what they stand for: a step of a response rule, or a grouping."""
    match keys:
        case ("response_rules", rule, "steps", i, "in_text"):
            when = config["response_rules"][rule]["steps"][i - 1]["when"]
            said = (of for of, words in rules["criteria"] if find_words(text, [words]))
            named = {*LISTED.findall(text)}
            return not (all(re.search(of, when) for of in said) and named <= {*AT.findall(when)})
        case ("multiverse", "groupings", name, _):
            held = config["multiverse"]["groupings"][name]["responses"]
            beside = "(?:with|among)(?: the)? "
            words = rules["group_words"].items()
            groups = {of for word, of in words if find_words(text, [beside + word])}
            named = {r for of in held.values() for r in of if find_words(text, [r])}
            return any(not named <= {*held.get(group, named)} for group in groups)
    return False


def check_titles(config: dict, file: str, rules: dict) -> Iterator[Problem]:
    """Yield the titles, labels and names of a plan or a cohort that state what hangs on data.

    A title holds no number either; a label may name a level by one.
    """
    kinds = [word for kind in rules["claims"].values() for word in kind]
    rules = rules | {"subjects": rules["subjects"] + rules["subjects_of_titles"]}
    for keys, text in texts_of({part: config[part] for part in NAMED if part in config}):
        if keys[-1] not in ("title", "setting", "label", "in_text", "meaning"):
            continue
        plain = {"levels", "steps"} & {*keys}  # no more than 5
        words = rules["forbidden_words"] + [by_verb(kinds, "discussion", rules)] * (not plain)
        if keys[0] in ("title", "tables", "figures"):
            words += [*kinds, *rules["telling"]["discussion"], DIGITS, *rules["number_words"]]
        place, wanted = f"{file}, {'.'.join(map(str, keys))}", "a name without number or finding"
        found = [(m[0], wanted) for m in find_words(read_as_prose(text, rules), words)[:1]]
        if keys[0] in ("response_rules", "multiverse"):
            if belies(text, keys, config, rules):
                found.append((text, "what its condition says, or its groups"))
        elif len(keys) > 2:
            bare = re.sub(r"(?<=\w )\(.*?\)", "", text) if "levels" in keys else text
            if misnames(bare, keys[1], config[keys[0]][keys[1]], rules):
                found.append((text, "a name of the variables that it stands for"))
        yield from (Problem(place, "", "", said, f"{why}: {text!r}") for said, why in found)


def require_bound(source: str, file: str, rules: dict, configs: dict[str, dict] = {}) -> None:  # noqa: B006
    """Stop the build where `check_prose`, or `check_titles` of any of `configs`, finds anything.

    What the process that started this step has checked is not checked again.

    Raises
    ------
    InputError
        With all that they found.
    """
    named = [config.get(part) for config in configs.values() for part in NAMED]
    read = sha256(repr((source, rules, named)).encode()).digest()
    if read in SOUND:
        return
    problems = check_prose(source, file, rules)
    for name, config in configs.items():
        problems += check_titles(config, name, rules)
    refuse(problems)
    SOUND.add(read)
