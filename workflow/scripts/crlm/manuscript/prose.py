"""Read the manuscript's source: no typed number, no statement that hangs on data outside a claim."""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from crlm.base.files import read_yaml
from crlm.base.problems import InputError, Problem
from crlm.manuscript.claims import CITED, VALUE, parse, texts_in

FRONT_MATTER = ("title:", "subtitle:", "abstract:", "keywords:")
# What is not prose, by what it looks like, and what stands for it; lines stay.
NOT_PROSE = [
    (re.compile(pattern, re.DOTALL), shown)
    for pattern, shown in (
        (r"```\{=.*?```", ""),  # raw blocks
        (r"(?<![\w.])@(?:fig|tbl|sec)-[\w-]+", "Figure"),  # cross-references
        (r"(?<![\w.])@\w[\w:-]*|(?<=\[)@(?= )", CITED),
        (r"https?://\S+", ""),
        (r"<!--.*?-->|</?\w+>|[*_`~^\\]", ""),  # what may part a word
    )
]
ATTRIBUTES = re.compile(r"\{[#.:][^}]*\}")
QUOTED = re.compile(r'"([^"]* [^"]*)"|"[^"]*"|[^"]+')  # words that are read; other parts
SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\bal\.)(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?![a-z])|\n(?=\s*(?:\n|[#|:>-]|\w+:))"
)
# A word with a letter of another script, which may look like one of ours.
MIXED = r"(?=\w*[^\W\d_\u0000-\u024f\u1e00-\u1eff])[^\W\d_]{2,}"


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


@cache
def pattern_of(words: tuple[str, ...]) -> re.Pattern:
    """Return the pattern of any of `words`, over more blanks than one too."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE)


def find_words(prose: str, words: list[str]) -> list[re.Match]:
    """Return where any of `words` (patterns of whole words, without case) stands."""
    return list(pattern_of(tuple(words)).finditer(prose))


def read_as_prose(source: str, exceptions: list[str]) -> str:
    """Return a template's text as it reads, line by line; signs stand for values and citations."""
    prose = re.sub(r"\[(\w+)\](?=\{)", r"\1", blank_front_matter(source))
    # Of attributes a title or an alternative text is read.
    prose = ATTRIBUTES.sub(
        lambda m: QUOTED.sub(lambda q: f" {q[1]} " if q[1] else "\n" * q[0].count("\n"), m[0]),
        prose,
    )
    for pattern, shown in NOT_PROSE:
        prose = pattern.sub(lambda m: "\n" * m[0].count("\n") + m.expand(shown), prose)
    prose = unicodedata.normalize("NFKC", html.unescape(prose))
    prose = "".join(c for c in prose if unicodedata.category(c) != "Cf")
    return pattern_of(tuple(exceptions)).sub(lambda m: blank(m[0]), prose)


def sentences_in(prose: str, sections: dict) -> Iterator[tuple[int, str, str]]:
    """Yield the sentences of a text: where each starts, the kind of its section, its words.

    A section begins with its heading, in the abstract with its name in bold.
    """
    part, ends = "discussion", [0, *(m.end() for m in SENTENCE_END.finditer(prose)), len(prose)]
    for start, end in pairwise(ends):
        words = prose[start:end].strip()
        name = words.removeprefix("abstract: |").strip(" \n.").removeprefix("# ").split(" ")[0]
        if words.startswith("# ") or (name in sections and words.endswith(f"{name}.")):
            part = sections.get(name, "discussion")
        elif words and not words.startswith("#"):
            yield prose.index(words[:1], start), part, words


def said_of(words: list[str], part: str, rules: dict) -> list[str]:
    """Return the patterns by which a part of the paper says what `words` name."""
    return [rules["verbs"][part].format("|".join(words)), *rules["telling"][part]]


def statement_in(sentence: str, part: str, rules: dict) -> str:
    """Return the words by which a sentence of a part states what hangs on data, or nothing.

    It does not where it cites a study and speaks of no patients of ours. In the results every
    mention of a relation, and every clause without a value, states something; elsewhere a clause
    that says so in its verb, and not one that guesses, asks, demands, or tells what was done.
    """
    if CITED in sentence and not find_words(sentence, rules["own_words"]):
        return ""
    kinds = [word for kind in rules["claims"].values() for word in kind]
    for clause in re.split(rules["clause_end"], sentence):
        done = find_words(clause, rules["procedures"])
        guess = find_words(clause, rules["hedges"])
        if guess:
            clause = clause[: guess[0].start()]
        words = rules["method_words"] + said_of(kinds, part, rules)
        if part == "methods" and done:
            words = rules["method_words"] + rules["telling"][part]
        if not done and VALUE not in sentence and part != "methods":
            words += rules["past"][:1] if guess else rules["past"]
            words += [r"\w+"] if part == "results" and not guess else []
        if found := find_words(clause, words):
            return found[0][0]
    return ""


def check_prose(source: str, file: str, rules: dict) -> list[Problem]:
    """Check the manuscript's source.

    Parameters
    ----------
    source
        The template.
    file
        Its name, for the problems.
    rules
        As `prose.yaml` has them.

    Returns
    -------
    list
        Every typed number, every statement outside a claim that hangs on data, every forbidden
        word.

    Raises
    ------
    InputError
        Where the template is no valid Jinja.
    """
    tree, claims = parse(source)
    shown = [*blank(source)]
    for at, text in texts_in(tree):
        shown[at : at + len(text)] = text
    texts = ["".join(shown)] * 2
    for claim in claims.found:
        claimed = slice(claim.start.at, claim.end)
        shown[claimed] = blank(texts[0][claimed])
    exceptions = [e["pattern"] for e in rules["exceptions"]] + rules["idioms"]
    whole, outside = (read_as_prose(t, exceptions) for t in (texts[0], "".join(shown)))
    problems = [
        Problem(file, line_of(whole, m.start()), "", m[0], "a number of the registry: << key >>")
        for m in find_words(whole, rules["number_words"])
    ]
    problems += [
        Problem(file, line_of(whole, m.start()), "", m[0], "letters of one script")
        for m in find_words(whole, [MIXED])
    ]
    problems += [
        Problem(file, line_of(whole, at), "", m[0], "<< significance(test.<variable>) >>")
        for at, part, sentence in sentences_in(whole, rules["sections"])
        for m in find_words(sentence, rules["forbidden_words"])
        if not (part == "methods" and find_words(sentence, rules["procedures"]))
    ]
    for at, part, sentence in sentences_in(outside, rules["sections"]):
        if words := statement_in(sentence, part, rules):
            expected = f"a claim around the sentence, or the citation of the study: {sentence!r}"
            problems.append(Problem(file, line_of(outside, at), "", words, expected))
    return sorted(problems, key=lambda p: p.row)


def read_rules(path: str) -> dict:
    """Read what may not be typed, and the exceptions."""
    return read_yaml(path)


def require_bound(source: str, file: str, rules: dict) -> None:
    """Stop the build where `check_prose` finds anything.

    Raises
    ------
    InputError
        With all that it found.
    """
    problems = check_prose(source, file, rules)
    if problems:
        raise InputError(problems)
