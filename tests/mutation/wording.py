"""Mutants of the manuscript's source: bindings typed, the data of claims and words flipped."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import combinations, islice, product
from typing import NamedTuple

from crlm.base.problems import InputError
from crlm.manuscript.markdown import SPAN, without_spans
from crlm.manuscript.prose import QUOTED, check_prose, find_words, line_of
from crlm.manuscript.template import fill_template
from crlm.numbers.registry import is_constant
from crlm.paper import Paper, Sources

TEMPLATE = "manuscript/paper.qmd.j2"
COMMENT = re.compile(r"<#.*?#>", re.DOTALL)
BINDING = re.compile(r"<<-?\s*(.*?)\s*-?>>", re.DOTALL)
DEFINITIONS = re.compile(
    r"<%-?\s*set\b[^%]*?-?%>|<%-?\s*macro\b.*?<%-?\s*endmacro\s*-?%>", re.DOTALL
)
CLAIM = re.compile(r"<%-?\s*claim\s+(\w+)\s*-?%>.*?<%-?\s*endclaim\s*-?%>", re.DOTALL)
WHEN = re.compile(r"<%-?\s*when\s+(.*?)\s*-?%>", re.DOTALL)
DOTTED = re.compile(r"[a-z_]\w*(?:\.\w+)+")
CONSTANT = re.compile(r"(?<![\w.\[])\d+(?:\.\d+)?")
FIRST, LAST, END = "\ue000", "\ue001", "\ue002"  # around what a binding prints, to find it again
TRIED = 2000  # values of a claim's numbers that are tried at most


class Trial(NamedTuple):
    """A mutant, and how it is judged: outcome, by whom or what, explanation."""

    kind: str
    id: str
    place: str
    mutant: str
    judge: Callable[[], tuple[str, str, str]]


# --- Every binding of the template, replaced by what it prints ------------------------------------


def find_bindings(template: str) -> list[re.Match]:
    """Return the `<< … >>` of a template, comments apart."""
    plain = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), template)
    return list(BINDING.finditer(plain))


def fill(sources: Sources, template: str, numbers: dict) -> str:
    """Fill `template`."""
    return fill_template(template, numbers, sources.plan, sources.cohort)


def definitions(template: str) -> str:
    """Return what a template sets and the macros that it defines."""
    return "".join(DEFINITIONS.findall(template))


def printed_forms(sources: Sources, numbers: dict) -> list[str | None]:
    """Return what each binding prints; a loop's the first time, None where it can't be told."""
    template, bindings = sources.template, find_bindings(sources.template)
    marked, end = "", 0
    for i, binding in enumerate(bindings):
        marked += template[end : binding.start()] + f"{FIRST}{i}{LAST}{binding[0]}{END}{i}{LAST}"
        end = binding.end()
    text = fill(sources, marked + template[end:], numbers)
    forms = []
    for i, binding in enumerate(bindings):
        found = re.search(f"{FIRST}{i}{LAST}(.*?){END}{i}{LAST}", text, re.DOTALL)
        if found:
            forms.append(re.sub(f"[{FIRST}{END}]\\d+{LAST}", "", found[1]))
            continue
        # In a branch not taken a number still has its one form, but not a word that hangs on data.
        try:
            alone = fill(sources, definitions(template) + binding[0], numbers)
        except InputError:
            alone = None
        forms.append(None if "(" in binding[1] else alone)
    return forms


def has_number(text: str, words: list[str]) -> bool:
    """Return whether a text holds a number: digits that do not end a name (T2), or a word."""
    return bool(re.search(r"(?<![^\W_])\d", text) or find_words(text, words))


def literals(sources: Sources, paper: Paper) -> Iterator[Trial]:
    """Yield each binding replaced by its printed literal: numbers, words that hang on them, names.

    A name (of a level, a test, a study) is no number; that it may be typed is no hole.
    """
    forms = printed_forms(sources, paper.numbers)
    for binding, form in zip(find_bindings(sources.template), forms, strict=True):
        place = f"{TEMPLATE}, line {line_of(sources.template, binding.start())}"
        if form is None:
            yield Trial(
                "not printed", binding[1], place, "", lambda: ("", "", "in no branch taken")
            )
            continue
        literal = without_spans(form)
        number = has_number(literal, sources.prose["number_words"])
        words = "(" in binding[1] and not SPAN.search(form)
        kind = "literal" if number or words else "name"
        mutated = sources.template[: binding.start()] + literal + sources.template[binding.end() :]
        shown = " ".join(literal.split())
        shown = shown if len(shown) < 60 else shown[:59] + "…"
        yield Trial(kind, binding[1], place, shown, partial(judge_literal, sources, mutated, kind))


def judge_literal(sources: Sources, mutated: str, kind: str) -> tuple[str, str, str]:
    """Judge a typed literal: the check of the manuscript's source must refuse it."""
    problems = check_prose(mutated, TEMPLATE, sources.prose)
    if problems:
        return "caught", f"check_prose: {problems[0].value!r}, line {problems[0].row}", ""
    return "survived", "", "holds no number: a name may be typed" if kind == "name" else ""


# --- Every claim, and every other word that hangs on numbers: their data flipped ------------------


def keys_in(expression: str, numbers: dict) -> list[str]:
    """Return the registry keys that an expression reads."""
    found = {
        key
        for dotted in DOTTED.findall(expression)
        for key in numbers
        # the key itself; a part of its value; a whole result, as of a test
        if key == dotted or dotted.startswith(f"{key}.") or key.startswith(f"{dotted}.")
    }
    return sorted(found)


def is_number(value) -> bool:
    """Return whether a value, or a text, is a number."""
    return isinstance(value, int | float) or (isinstance(value, str) and value[:1].isdigit())


def assignments(expression: str, numbers: dict) -> Iterator[dict]:
    """Yield other values of the data in a condition: below, amid, above all it compares; the
    constants that it compares with; none.

    First the values as they are, then one key changed, then two …
    """
    read = [numbers[key]["value"] for key in keys_in(expression, numbers)]
    flat = [v for value in read for v in (value if isinstance(value, list) else [value])]
    flat = [float(v) for v in [*flat, *CONSTANT.findall(expression)] if is_number(v)] or [0.0]
    pool = [min(flat) - 1, sum(flat) / len(flat), max(flat) + 1, None]
    pool += sorted({*map(float, CONSTANT.findall(expression))} - {*pool})
    # A constant of the plan or of the literature is no number of the data.
    data = [key for key in keys_in(expression, numbers) if not is_constant(numbers[key])]
    for size in range(len(data) + 1):
        for changed in combinations(data, size):
            for values in product(pool, repeat=size):
                yield dict(zip(changed, values, strict=True))


def search_variants(
    sources: Sources, numbers: dict, expression: str, template: str, wanted: int
) -> dict[str, dict]:
    """Return what `template` prints under other data, each text with the first data for it."""
    found: dict[str, dict] = {}
    for changed in islice(assignments(expression, numbers), TRIED):
        values = {key: numbers[key] | {"value": value} for key, value in changed.items()}
        try:
            printed = fill(sources, template, numbers | values)
        except InputError:
            printed = "the build fails"
        found.setdefault(printed, changed)
        if len(found) >= wanted:
            break
    return found


def claims(sources: Sources, paper: Paper) -> Iterator[Trial]:
    """Yield each variant of each claim, its data so that it no longer holds."""
    template = sources.template
    for claim in CLAIM.finditer(template):
        conditions = WHEN.findall(claim[0])
        expression = " ; ".join(conditions)
        # Each variant prints its number alone.
        marked = f"{definitions(template)}<% claim {claim[1]} %>" + "".join(
            f"<% when {condition} %>variant {i}"
            for i, condition in enumerate(conditions, start=1)
        )  # fmt: skip
        search = cache(
            partial(
                search_variants, sources, paper.numbers, expression,
                f"{marked}<% endclaim %>", len(conditions) + 1,
            )
        )  # fmt: skip
        for i, condition in enumerate(conditions, start=1):
            place = f"{TEMPLATE}, line {line_of(template, claim.start())}"
            yield Trial(
                "claim", f"{claim[1]}, variant {i}", place, f"not ({condition})",
                partial(judge_variant, search, f"variant {i}"),
            )  # fmt: skip


def judge_variant(search: Callable[[], dict], variant: str) -> tuple[str, str, str]:
    """Judge a variant: there are data with which it is printed, and data that end it."""
    found = {text.strip(): changed for text, changed in search().items()}
    if variant not in found:
        return "survived", "", "no data were found with which it is printed"
    others = [text for text in found if text != variant]
    if not others:
        return "survived", "", "no change of the numbers that it reads moves the text"
    changed = found[others[0]]
    shown = ", ".join(f"{k} = {'none' if v is None else f'{v:.3g}'}" for k, v in changed.items())
    outcome = "changed" if others[0].startswith("variant") else "caught"
    return outcome, f"{others[0]}, with {shown or 'the numbers as they are'}", ""


def words(sources: Sources, paper: Paper) -> Iterator[Trial]:
    """Yield each call or macro that prints words, its numbers moved."""
    template, seen = sources.template, set()
    for binding in find_bindings(template):
        if "(" not in binding[1] or binding[1] in seen:
            continue
        seen.add(binding[1])
        names = set(re.findall(r"\w+", QUOTED.sub("", binding[1])))
        sets = re.findall(r"<%-?\s*set\s+(\w+)\s*=([^%]*)", template)
        expression = binding[1] + "".join(value for name, value in sets if name in names)
        if all(is_constant(paper.numbers[k]) for k in keys_in(expression, paper.numbers)):
            continue  # names of the plan, which no data move
        search = partial(
            search_variants, sources, paper.numbers, expression,
            definitions(template) + binding[0], 2,
        )  # fmt: skip
        place = f"{TEMPLATE}, line {line_of(template, binding.start())}"
        yield Trial("word", binding[1], place, "its numbers moved", partial(judge_word, search))


def judge_word(search: Callable[[], dict]) -> tuple[str, str, str]:
    """Judge a word that is computed: some change of its numbers changes it."""
    found = search()
    if len(found) < 2:
        return "survived", "", "no change of the numbers that it reads moves the text"
    changed = [*found.values()][1]
    return "changed", ", ".join(f"{key} = {value}" for key, value in changed.items()), ""
