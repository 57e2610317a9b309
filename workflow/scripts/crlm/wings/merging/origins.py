"""Where each word of a document stands in the template that it was made from."""

import bisect
import html
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from jinja2 import nodes

from crlm.manuscript.claims import Claims
from crlm.manuscript.markdown import without_claims
from crlm.manuscript.prose import blank_front_matter
from crlm.manuscript.template import fill_claims
from crlm.plan.analysis import Plan
from crlm.wings.merging.sentences import QUOTES, WORDS, Sentence

# Signs that no text holds: what a piece of the template begins with (its offset), and its end.
TYPED, FILLED, NEXT, END = "\ue000\ue001\ue002\ue003"
PIECE = re.compile(
    f"{TYPED}(\\d+){NEXT}|{FILLED}(\\d+)-(\\d+){NEXT}|({END})|([^{TYPED}{FILLED}{END}]+)"
)
# What a filled text holds besides its words: markup, which no document shows, and what stands in a
# document in another form. The order matters.
INLINE = re.compile(
    r"(?P<markup>\[(?=[^][]*\]\{\.(?:num|typed))|\]\{\.(?:num|typed)[^}]*\}|\{[#.:][^}]*\}|\*+"
    r"|(?<!\w)_|_(?!\w)|\^(?=\w\^)|(?<=\^\w)\^|\\(?=[^\w\s]))"
    r"|(?P<opaque>\[[^][]*@[^][]*\]|@(?:fig|tbl|sec)-[\w-]+|\[[^][]*\]\(#[\w-]+\))"
    r"|(?P<sign>&\#?\w+;)"
    rf"|(?P<word>{WORDS.pattern})"
)
HEAD = re.compile(r"(?:title|subtitle|abstract): (?:\"|\|)?|#+ |- |:::+ *(?:\{[^}]*title=\")?")
TABULAR = ("|", ": ", "![")  # lines that tags print whole
BLOCK_TAG = re.compile(r"<%[-+]?\s*(claim|if|for|when|elif|else|endclaim|endif|endfor)\b(.*?)%>\n?")


class Origin(NamedTuple):
    """A place in the template, from `start` to `end`; `whole` where it is changed whole or not."""

    start: int
    end: int
    whole: bool


class Filled(NamedTuple):
    """A filled manuscript, and for each of its signs the place in the template that printed it."""

    text: str
    origins: list[Origin]

    def place_of(self, start: int, end: int) -> Origin:
        """Return the place of the signs from `start` to `end`."""
        first, last = self.origins[start], self.origins[end - 1]
        typed = not any(o.whole for o in self.origins[start:end])
        return Origin(
            first.start, last.end, not typed or last.end - first.start != end - start
        )  # what stands in one piece of the template, and what does not


class Block(NamedTuple):
    """A branch of a claim, condition or loop of the template, from `start` to `end`.

    `name` is that of the claim; `branch` is how its tag reads; `outer` is where all of the claim,
    condition or loop begins and ends.
    """

    kind: str
    name: str
    branch: str
    start: int
    end: int
    outer: tuple[int, int]


def mark_sources(tree: nodes.Template, claims: Claims) -> None:
    """Make a parsed template print with each piece of its text or value where that stands in it."""
    starts, ends = [], []
    for place, kind, text in claims.tokens():
        if kind == "variable_begin":
            starts.append(place.at)
        elif kind == "variable_end":
            ends.append(place.at + len(text))
    for output in [*tree.find_all(nodes.Output)]:
        children: list[nodes.Expr] = []
        for child in output.nodes:
            at = getattr(child.lineno, "at", 0)
            if isinstance(child, nodes.TemplateData):
                children.append(nodes.TemplateData(f"{TYPED}{at}{NEXT}{child.data}{END}"))
                continue
            n = bisect.bisect_right(starts, at) - 1
            around = f"{FILLED}{starts[n]}-{ends[n]}{NEXT}" if n >= 0 and at < ends[n] else ""
            both = (nodes.TemplateData(around), nodes.TemplateData(END if around else ""))
            children += [both[0], child, both[1]]
        for child in children:
            child.set_lineno(output.lineno)
        output.nodes = children


def fill_with_origins(template: str, numbers: dict, plan: Plan, cohort: dict) -> Filled:
    """Fill a template as `template.fill_template` does, and keep where each sign comes from."""
    marked, _ = fill_claims(template, numbers, plan, cohort, mark_sources)
    texts, origins = [], []
    open_: list[tuple[int, int | None]] = []  # where what is printed begins and, of a value, ends
    for typed, start, end, over, text in PIECE.findall(without_claims(marked)):
        if over:
            open_.pop()
        elif not text:
            open_.append((int(typed or start), int(end) if end else None))
        else:
            begins, ends = open_[-1]
            texts.append(text)
            if ends is None:
                origins += [Origin(begins + i, begins + i + 1, False) for i in range(len(text))]
                open_[-1] = begins + len(text), None
            else:
                origins += [Origin(begins, ends, True)] * len(text)
    return Filled("".join(texts), origins)


# --- The words of the filled text -----------------------------------------------------------------


class Word(NamedTuple):
    """A word, sign or blank of the filled text, as `Token.text`; `opaque` if shown otherwise."""

    text: str
    start: int
    end: int
    opaque: bool = False


def words_of_block(text: str, start: int, end: int) -> list[Word]:
    """Return the words of a block of filled text."""
    words: list[Word] = []
    for found in INLINE.finditer(text, start, end):
        kind, at = found.lastgroup, (found.start(), found.end())
        if kind == "opaque":
            words.append(Word("", *at, True))
        elif kind == "sign":
            words.append(Word(html.unescape(found[0]).translate(QUOTES), *at))
        elif kind == "word":
            blank = found[0].isspace()
            words.append(Word(" " if blank else found[0].translate(QUOTES), *at))
    return words


def blocks_in(text: str) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs, headings, items and titles of a filled text, from their first word."""
    shown = blank_front_matter(text)
    head = re.match(r"---\n.*?^---\n", text, re.DOTALL | re.MULTILINE)
    body = head.end() if head else 0
    start: int | None = None
    at = 0
    for line in [*shown.splitlines(keepends=True), "\n"]:
        end, lead = at + len(line), HEAD.match(line.lstrip(" "))
        apart = not line.strip() or lead or at < body or line.startswith((":::", *TABULAR))
        if apart and start is not None:
            yield start, at
            start = None
        if line.strip() and not line.startswith(TABULAR):
            begins = at + len(line) - len(line.lstrip(" ")) + (lead.end() if lead else 0)
            start = begins if start is None else start
            if apart:
                quoted = line.startswith(("title:", "subtitle:", ":::")) and '"' in line
                yield start, at + line.rindex('"') if quoted else end
                start = None
        at = end


def letters_of(words: list) -> str:
    """Return the letters of words or tokens but for those of references."""
    told = (w.text for w in words if not (w.opaque if isinstance(w, Word) else w.key[:1] == "#"))
    return re.sub(r"[\W\d_]", "", "".join(told))


def trace_words(filled: Filled, sentences: list[Sentence]) -> list[list[Origin | None]]:
    """Return the place in the template of each token of a document made from it.

    None is what no word of the template printed: the number of a section or table, a reference's
    entry in the list, all of a table.
    """
    blocks = [words_of_block(filled.text, *block) for block in blocks_in(filled.text)]
    places: list[list[Origin | None]] = [[None] * len(s.tokens) for s in sentences]
    numbers = range(len(sentences))
    paragraphs = [[*group] for _, group in groupby(numbers, lambda n: sentences[n].paragraph)]
    paragraphs = [p for p in paragraphs if not sentences[p[0]].cell[0]]
    keys = (
        [letters_of(block) or f"block {i}" for i, block in enumerate(blocks)],
        [letters_of([t for n in p for t in sentences[n].tokens]) for p in paragraphs],
    )
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for i, j, size in matcher.get_matching_blocks():
        for block, paragraph in zip(blocks[i : i + size], paragraphs[j : j + size], strict=True):
            where = [(n, k) for n in paragraph for k in range(len(sentences[n].tokens))]
            for (n, k), place in match_words(filled, block, sentences, where):
                places[n][k] = place
    return places


def match_words(
    filled: Filled, block: list[Word], sentences: list[Sentence], where: list[tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], Origin]]:
    """Yield the places of a paragraph's tokens, which `where` names by sentence and number."""
    # The blank between two sentences is no token: it is matched by none.
    texts = [sentences[n].tokens[k].text for n, k in where]
    matcher = SequenceMatcher(None, [w.text for w in block], texts, autojunk=False)
    for tag, i, to_i, j, to_j in matcher.get_opcodes():
        if tag == "equal":
            for word, at in zip(block[i:to_i], where[j:to_j], strict=True):
                yield at, filled.place_of(word.start, word.end)
        elif opaque := [w for w in block[i:to_i] if w.opaque]:
            first, last = (filled.place_of(w.start, w.end) for w in (opaque[0], opaque[-1]))
            for at in where[j:to_j]:
                yield at, Origin(first.start, last.end, True)


# --- The blocks of the template -------------------------------------------------------------------


def branches_of(template: str) -> list[Block]:
    """Return the branches of all claims, conditions and loops of a template."""
    found: list[Block] = []
    open_: list[tuple[str, str, int, list]] = []  # kind, name, start; its branches: tag, start, end
    for tag in BLOCK_TAG.finditer(template):
        word, rest = tag[1], tag[2].strip(" -+")
        if word in ("claim", "if", "for"):
            open_.append((word, rest if word == "claim" else "", tag.start(), []))
        kind, name, start, branches = open_[-1]
        if branches:
            branches[-1][2] = tag.start()
        if word.startswith("end"):
            open_.pop()
            found += [Block(kind, name, t, a, b, (start, tag.end())) for t, a, b in branches]
        elif word != "claim":
            branches.append([f"{word} {rest}".strip(), tag.end(), 0])
    return found
