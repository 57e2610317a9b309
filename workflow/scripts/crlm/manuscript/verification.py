"""Check the filled manuscript against the registry before it is rendered."""

import html
import re

from crlm.base.problems import Problem, refuse
from crlm.base.vocabulary import texts_beside
from crlm.manuscript.alignment import is_attributes
from crlm.manuscript.markdown import SPAN, TYPED, printed, without_claims
from crlm.manuscript.pandoc import parse
from crlm.manuscript.prose import blank_front_matter, line_of

NUMBER = re.compile(r"\d[\d.,]*")
SHARE = re.compile(rf"{SPAN.pattern} of {SPAN.pattern}")
ALTERNATIVE = re.compile(r'fig-alt="([^"]*)"(?: alt-keys="([^"]*)")?')
# To a figure, a table, a section or a heading by its anchor.
REFERENCE = re.compile(r"@(?:fig|tbl|sec)-[\w-]+|\(#[\w-]+\)")
# What a reader sees otherwise, and what shows a gap that the data left, beside this module.
MARKUP, BLEMISHES = (
    [(re.compile(pattern, re.DOTALL), told) for pattern, told in texts_beside(__file__)[kind]]
    for kind in ("markup", "blemishes")
)
# What would run, or bring in a file, where Quarto renders the folder: shortcodes and cells of code.
RUNS = re.compile(r"\{\{[<%].*?[>%]\}\}|^`{3,}\s*\{[^.#=}][^}\n]*\}", re.MULTILINE | re.DOTALL)
OWN_IMAGE = re.compile(r"figures/\w+(?:\.(?:svg|png|pdf))?")
OWN_LINK = re.compile(r"https?://|mailto:|#")
LOADING = re.compile(r"on\w+|src\w*|href|style|data|poster|action|formaction|background|include\S*")
ELSEWHERE = re.compile(r"[/~\\]|\.\.|file:|[A-Za-z]:[/\\]")  # a path out of the folder
# Keys of words of the config, alone or within a name of a number.
WORDS = re.compile(r"(?:label|word)\..*|.*\.(?:label|meaning|criteria|what)")


def check_filled(text: str, numbers: dict[str, dict], file: str = "paper.qmd") -> list[Problem]:
    """Compare every number of the filled manuscript with the registry.

    Parameters
    ----------
    text
        The filled manuscript, in which a number is a span that bears its key.
    numbers
        The registry.
    file
        Its name, for the problems.

    Returns
    -------
    list
        Every span whose key the registry does not have or whose text is not its printed form,
        every number of a table that stands outside a span, and every number of an alternative
        text, which can't hold spans, that is not of the keys beside it, in their order; and each
        number that is greater than that of which it is said to be.
    """
    problems = []
    for line, content in enumerate(text.splitlines(), start=1):
        for shown, key in SPAN.findall(content):
            entry = numbers.get(key)
            if entry is None:
                problems.append(Problem(file, line, key, shown, "a key of the registry"))
            elif shown != printed(entry):
                problems.append(Problem(file, line, key, html.unescape(shown), entry["display"]))
        for *_, part, _, whole in SHARE.findall(content):
            a, b = (numbers.get(k, {}).get("value") for k in (part, whole))
            if isinstance(a, int) and isinstance(b, int) and a > b:
                problems.append(Problem(file, line, part, part, f"no more than {whole}"))
        if content.startswith("|"):
            loose = NUMBER.findall(REFERENCE.sub("", TYPED.sub("", SPAN.sub("", content))))
            expected = "in a table, numbers of the registry only"
            problems += [Problem(file, line, "", number, expected) for number in loose]
        for alternative, keys in ALTERNATIVE.findall(content):
            rest = alternative
            for key in keys.split():
                before, _, rest = rest.partition(printed(numbers[key]).replace("*", ""))
                loose = NUMBER.findall(before)
                problems += [Problem(file, line, key, n, numbers[key]["display"]) for n in loose]
            expected = "in an alternative text, numbers of the registry only"
            problems += [Problem(file, line, "", n, expected) for n in NUMBER.findall(rest)]
    return problems


def word_for(text: str, key: str = "") -> str:
    """Return a word in place of one of the config.

    It begins as `text` does, small or not, where that is meant for the middle of a sentence; a
    label stands as typed wherever it is (mFOLFOX6, pT3).
    """
    return "label" if key.startswith("word.") and text[:1].islower() else "Label"


def read_as_text(text: str) -> str:
    """Return the filled manuscript as a reader sees it, line by line.

    What was typed in the config is a word; alternative texts stand where their figures do.
    """
    plain = blank_front_matter(without_claims(text))
    keys = sorted(
        ((m[1], m[2]) for m in SPAN.finditer(text) if WORDS.fullmatch(m[2])), reverse=True
    )
    words = {said: key for said, key in keys if said}  # a label goes before a word
    among = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    word = re.compile(rf"(?<!\w)(?:{among})(?!\w)" if words else "(?!)")
    plain = ALTERNATIVE.sub(
        lambda alt: "} " + word.sub(lambda m: word_for(m[0], words[m[0]]), alt[1]) + " {.alt", plain
    )
    plain = SPAN.sub(lambda m: word_for(m[1], m[2]) if WORDS.fullmatch(m[2]) else m[1], plain)
    plain = TYPED.sub(lambda m: word_for(m[1]), plain)
    for pattern, shown in MARKUP:
        plain = pattern.sub(shown, plain)
    return plain


def find_blemishes(text: str, file: str = "paper.qmd") -> list[Problem]:
    """Find what the data have left broken in the sentences of a filled manuscript.

    Parameters
    ----------
    text
        The filled manuscript.
    file
        Its name, for the problems.

    Returns
    -------
    list
        Missing values, empty brackets, wrong plurals, gaps in punctuation and lists, sentences
        that start with a small letter.
    """
    problems = []
    for line, content in enumerate(read_as_text(text).splitlines(), start=1):
        shown = content.strip()
        if shown.startswith("|"):  # empty cells are no gaps
            shown = " ".join(shown.replace("|", " ").split())
        shown = re.sub(r"^(?:- |: |#+ |title: |subtitle: |abstract: \||keywords: )", "", shown)
        item = content.startswith(("- ", "|"))  # which need not begin as a sentence
        for pattern, expected in BLEMISHES:
            for found in pattern.finditer(shown):
                if item and expected == "a capital letter" and not found.start():
                    continue
                around = shown[max(0, found.start() - 30) : found.end() + 30]
                problems.append(Problem(file, line, "", around, expected))
    return problems


def find_foreign(text: str, file: str = "paper.qmd") -> list[Problem]:
    """Find raw HTML and other code, and paths to files that are not the manuscript's own.

    Parameters
    ----------
    text
        The filled manuscript, as pandoc reads it.
    file
        Its name, for the problems.

    Returns
    -------
    list
        Each piece of raw code, image, link, attribute, shortcode, cell of code and path in the
        front matter that would bring into a document what is not Markdown, or a file of elsewhere.
    """
    found = [(code[0], "no shortcode and no code to run") for code in RUNS.finditer(text)]
    for node in parse(text):
        kind, content = node.get("t"), node.get("c", "")
        if kind in ("RawInline", "RawBlock"):
            found.append((content[1], "Markdown, no raw code"))
        elif kind == "Image" and not OWN_IMAGE.fullmatch(content[2][0]):
            found.append((content[2][0], "a figure of the folder figures/"))
        elif kind == "Link" and not OWN_LINK.match(content[2][0]):
            found.append((content[2][0], "an address of the web, or a place in the text"))
        parts = content if isinstance(content, list) else []
        for name, value in (pair for part in parts if is_attributes(part) for pair in part[2]):
            if LOADING.fullmatch(name):
                found.append((f'{name}="{value}"', "no attribute that runs or loads something"))
    head = re.match(r"---\n(.*?)^---\n", text, re.DOTALL | re.MULTILINE)
    for line in head[1].splitlines() if head else ():
        item = line.strip().removeprefix("- ")
        [(key, value)] = re.findall(r"^(?:([\w-]+):(?: |$))?(.*)$", item)
        if key != "name" and ELSEWHERE.match(value.strip(" [\"'")):
            found.append((line.strip(), "no path out of the manuscript's folder"))
    return [
        Problem(file, line_of(text, max(text.find(code), 0)), "", code, expected)
        for code, expected in dict.fromkeys(found)
    ]


def require_filled(text: str, numbers: dict[str, dict], file: str) -> None:
    """Stop the build where a filled manuscript was edited, is stale, has blemishes or raw code.

    Raises
    ------
    InputError
        With all that `check_filled`, `find_blemishes` and `find_foreign` find.
    """
    problems = check_filled(text, numbers, file) + find_blemishes(text, file)
    problems += find_foreign(text, file)
    refuse(problems)
