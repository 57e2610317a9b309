"""Read the manuscript's source: no typed number, no word that hangs on data outside a claim."""

import re
from bisect import bisect

from crlm.base.files import read_yaml
from crlm.base.problems import InputError, Problem

FRONT_MATTER = ("title:", "subtitle:", "abstract:", "keywords:")
# What is not prose, by what it looks like: it is blanked, so that lines and columns stay.
NOT_PROSE = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"<#.*?#>",  # comments
        r"```\{=.*?```",  # raw blocks
        r"(?<![\w.])@[\w:-]+",  # citations and cross-references
        r"https?://\S+",
    )
]
ATTRIBUTES = re.compile(r"\{[#.:][^}]*\}")
TAG = re.compile(r"<%.*?%>|<<.*?>>", re.DOTALL)
QUOTED = re.compile(r'"([^"]*)"')
CLAIM = re.compile(r"<%-?\s*claim\b.*?<%-?\s*endclaim", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


def blank(text: str) -> str:
    """Return blanks in place of `text`, line breaks kept."""
    return re.sub(r"[^\n]", " ", text)


def blank_tag(tag: re.Match) -> str:
    """Blank a tag but for words that it may print: what stands in quotes and has a blank in it.

    A tag that prints the name of a level or variable leaves the sign §.
    """
    if re.match(r"<<\s*label\.", tag[0]):
        return "§" + " " * (len(tag[0]) - 1)
    kept = [m.span(1) for m in QUOTED.finditer(tag[0]) if " " in m[1]]
    return "".join(
        c if c == "\n" or any(a <= i < b for a, b in kept) else " " for i, c in enumerate(tag[0])
    )


def blank_front_matter(source: str) -> str:
    """Blank what the front matter says to the renderer, and keep what a reader sees."""
    head = re.search(r"^---\n(.*?)^---\n", source, re.DOTALL | re.MULTILINE)
    if not head:
        return source
    kept, lines = False, []
    for line in head[1].splitlines(keepends=True):
        if line.strip() and not line[0].isspace() and not line.startswith("<"):
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
    """
    prose = blank_front_matter(source)
    for pattern in NOT_PROSE:
        prose = pattern.sub(lambda m: blank(m[0]), prose)
    prose = ATTRIBUTES.sub(blank_tag, prose)  # a title or an alternative text is read
    prose = TAG.sub(blank_tag, prose)
    for exception in rules["exceptions"]:
        prose = re.sub(exception["pattern"], lambda m: blank(m[0]), prose)
    problems = [
        Problem(file, line_of(source, m.start()), "", m[0], "a number of the registry: << key >>")
        for m in [*re.finditer(r"\d[\d.,]*", prose), *find_words(prose, rules["number_words"])]
    ]
    claims = [m.span() for m in CLAIM.finditer(source)]
    for word in find_words(prose, rules["claim_words"] + rules["method_words"]):
        sentence = sentence_around(source, word.start())
        if "[@" not in sentence and not any(a <= word.start() < b for a, b in claims):
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
