"""Read the manuscript's source: no typed number, no word that hangs on data outside a claim."""

import re
from bisect import bisect

from crlm.base.files import read_yaml
from crlm.base.problems import InputError, Problem
from crlm.manuscript.claims import parse, texts_in

FRONT_MATTER = ("title:", "subtitle:", "abstract:", "keywords:")
# What is not prose, by what it looks like: it is blanked, so that lines and columns stay.
NOT_PROSE = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"```\{=.*?```",  # raw blocks
        r"(?<![\w.])@[\w:-]+",  # citations and cross-references
        r"https?://\S+",
    )
]
ATTRIBUTES = re.compile(r"\{[#.:][^}]*\}")
QUOTED = re.compile(r'"([^"]* [^"]*)"|"[^"]*"|[^"]+')  # words that are read; other parts
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


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


def find_words(prose: str, words: list[str]) -> list[re.Match]:
    """Return where any of `words` (patterns of whole words, without case) stands."""
    return list(re.finditer(rf"\b(?:{'|'.join(words)})\b", prose, re.IGNORECASE))


def sentence_around(source: str, position: int) -> str:
    """Return the sentence of `source` in which a position lies."""
    ends = [0, *(m.end() for m in SENTENCE_END.finditer(source)), len(source)]
    at = bisect(ends, position)
    return source[ends[at - 1] : ends[at]].strip()


def check_prose(source: str, file: str, rules: dict) -> list[Problem]:
    """Check the manuscript's source.

    Parameters
    ----------
    source
        The template.
    file
        Its name, for the problems.
    rules
        `number_words`, `claim_words`, `method_words`, `forbidden_words`, and `exceptions`: each a
        `pattern` and its `reason`.

    Returns
    -------
    list
        Every typed number, every word outside a claim that hangs on data, every forbidden word.

    Raises
    ------
    InputError
        Where the template is no valid Jinja.
    """
    tree, claims = parse(source)
    shown = [*blank(source)]
    for at, text in texts_in(tree):
        shown[at : at + len(text)] = text
    prose = blank_front_matter("".join(shown))
    for pattern in (*NOT_PROSE, *(e["pattern"] for e in rules["exceptions"])):
        prose = re.sub(pattern, lambda m: blank(m[0]), prose)
    # Of attributes a title or an alternative text is read.
    prose = ATTRIBUTES.sub(
        lambda m: QUOTED.sub(lambda q: f" {q[1]} " if q[1] else blank(q[0]), m[0]), prose
    )
    problems = [
        Problem(file, line_of(source, m.start()), "", m[0], "a number of the registry: << key >>")
        for m in [*re.finditer(r"\d[\d.,]*", prose), *find_words(prose, rules["number_words"])]
    ]
    for word in find_words(prose, rules["claim_words"] + rules["method_words"]):
        sentence = sentence_around(source, word.start())
        if "[@" not in sentence and not any(
            claim.start.at <= word.start() < claim.end for claim in claims.found
        ):
            expected = f"a claim around the sentence, or the citation of the study: {sentence!r}"
            problems.append(Problem(file, line_of(source, word.start()), "", word[0], expected))
    problems += [
        Problem(file, line_of(source, m.start()), "", m[0], "<< significance(test.<variable>) >>")
        for m in find_words(prose, rules["forbidden_words"])
    ]
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
