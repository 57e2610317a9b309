"""Mutants of the manuscript's source: bindings typed, the data of claims and words flipped."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import combinations, islice, product
from typing import NamedTuple

from jinja2 import nodes

from crlm.base.problems import InputError
from crlm.manuscript.claims import FILE as TEMPLATE
from crlm.manuscript.claims import keys_in, parse
from crlm.manuscript.markdown import keys_of, without_spans
from crlm.manuscript.prose import check_prose, find_words, line_of
from crlm.manuscript.template import fill_template
from crlm.numbers.registry import is_constant
from crlm.paper import Paper, Sources
from crlm.plan.analysis import read_plan

FIRST, LAST, END = "\ue000", "\ue001", "\ue002"  # around what a binding prints, to find it again
TRIED = 2000  # values of a claim's numbers that are tried at most


class Tag(NamedTuple):
    """A `variable`, `block` or `comment` of the template: where it stands, what it says."""

    kind: str
    start: int
    end: int
    said: str


class Trial(NamedTuple):
    """A mutant, and how it is judged: outcome, by whom or what, explanation."""

    kind: str
    id: str
    place: str
    mutant: str
    judge: Callable[[], tuple[str, str, str]]


# --- Every binding of the template, replaced by what it prints ------------------------------------


def tags_in(source: str) -> Iterator[Tag]:
    """Yield the tags of a template."""
    for place, kind, text in parse(source)[1].tokens():
        name, _, end = kind.rpartition("_")
        if end == "begin":
            start, inner = place.at, place.at + len(text)
        elif end == "end":
            said = source[inner : place.at].strip()
            yield Tag(name, start, place.at + len(text.rstrip()), said)


def find_bindings(template: str) -> list[Tag]:
    """Return the `<< … >>` of a template, comments apart."""
    return [tag for tag in tags_in(template) if tag.kind == "variable"]


def fill(sources: Sources, template: str, numbers: dict) -> str:
    """Fill `template`."""
    return fill_template(template, numbers, read_plan(sources.plan), sources.cohort)


def definitions(template: str) -> str:
    """Return what a template sets and the macros that it defines."""
    found, macro = "", None
    for tag in tags_in(template):
        name = tag.said.partition(" ")[0]
        if name == "macro":
            macro = tag.start
        elif name == "endmacro" or (name == "set" and macro is None):
            found += template[tag.start if macro is None else macro : tag.end]
            macro = None
    return found


def printed_forms(sources: Sources, numbers: dict) -> list[str | None]:
    """Return what each binding prints; a loop's the first time, None where it can't be told."""
    template, bindings = sources.template, find_bindings(sources.template)
    marked, end = "", 0
    for i, binding in enumerate(bindings):
        shown = template[binding.start : binding.end]
        marked += template[end : binding.start] + f"{FIRST}{i}{LAST}{shown}{END}{i}{LAST}"
        end = binding.end
    text = fill(sources, marked + template[end:], numbers)
    forms = []
    for i, binding in enumerate(bindings):
        found = re.search(f"{FIRST}{i}{LAST}(.*?){END}{i}{LAST}", text, re.DOTALL)
        if found:
            forms.append(re.sub(f"[{FIRST}{END}]\\d+{LAST}", "", found[1]))
            continue
        # In a branch not taken a number still has its one form, but not a word that hangs on data.
        try:
            alone = fill(sources, f"{definitions(template)}<< {binding.said} >>", numbers)
        except InputError:
            alone = None
        forms.append(None if "(" in binding.said else alone)
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
        place = f"{TEMPLATE}, line {line_of(sources.template, binding.start)}"
        if form is None:
            yield Trial(
                "not printed", binding.said, place, "", lambda: ("", "", "in no branch taken")
            )
            continue
        literal = without_spans(form)
        number = has_number(literal, sources.prose["number_words"])
        words = "(" in binding.said and not keys_of(form)
        kind = "literal" if number or words else "name"
        mutated = sources.template[: binding.start] + literal + sources.template[binding.end :]
        shown = " ".join(literal.split())
        shown = shown if len(shown) < 60 else shown[:59] + "…"
        yield Trial(
            kind, binding.said, place, shown, partial(judge_literal, sources, mutated, kind)
        )


def judge_literal(sources: Sources, mutated: str, kind: str) -> tuple[str, str, str]:
    """Judge a typed literal: the check of the manuscript's source must refuse it."""
    problems = check_prose(mutated, TEMPLATE, sources.prose)
    if problems:
        return "caught", f"check_prose: {problems[0].value!r}, line {problems[0].row}", ""
    return "survived", "", "holds no number: a name may be typed" if kind == "name" else ""


# --- Every claim, and every other word that hangs on numbers: their data flipped ------------------


def keys_read(expression: nodes.Node, numbers: dict) -> list[str]:
    """Return the registry keys that an expression reads."""
    found = {
        key
        for dotted in keys_in(expression)
        for key in numbers
        # the key itself; a part of its value; a whole result, as of a test
        if key == dotted or dotted.startswith(f"{key}.") or key.startswith(f"{dotted}.")
    }
    return sorted(found)


def is_number(value) -> bool:
    """Return whether a value, or a text, is a number."""
    return isinstance(value, int | float) or (isinstance(value, str) and value[:1].isdigit())


def assignments(expression: nodes.Node, numbers: dict) -> Iterator[dict]:
    """Yield other values of the data in a condition: below, amid, above all it compares; the
    constants that it compares with; none.

    First the values as they are, then one key changed, then two …
    """
    read = [numbers[key]["value"] for key in keys_read(expression, numbers)]
    constants = [const.value for const in expression.find_all(nodes.Const)]
    constants = [float(c) for c in constants if type(c) in (int, float)]
    flat = [v for value in read for v in (value if isinstance(value, list) else [value])]
    flat = [*(float(v) for v in flat if is_number(v)), *constants] or [0.0]
    pool = [min(flat) - 1, sum(flat) / len(flat), max(flat) + 1, None]
    pool += sorted({*constants} - {*pool})
    # A constant of the plan or of the literature is no number of the data.
    data = [key for key in keys_read(expression, numbers) if not is_constant(numbers[key])]
    for size in range(len(data) + 1):
        for changed in combinations(data, size):
            for values in product(pool, repeat=size):
                yield dict(zip(changed, values, strict=True))


def search_variants(
    sources: Sources, numbers: dict, expression: nodes.Node, template: str, wanted: int
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
    for claim in parse(template)[1].found:
        conditions = [condition for _, condition in claim.variants]
        # Each variant prints its number alone.
        marked = f"{definitions(template)}<% claim {claim.name} %>" + "".join(
            f"<% when {condition} %>variant {i}"
            for i, condition in enumerate(conditions, start=1)
        )  # fmt: skip
        expression, _ = parse("".join(f"<< {condition} >>" for condition in conditions))
        search = cache(
            partial(
                search_variants, sources, paper.numbers, expression,
                f"{marked}<% endclaim %>", len(conditions) + 1,
            )
        )  # fmt: skip
        for i, condition in enumerate(conditions, start=1):
            yield Trial(
                "claim", f"{claim.name}, variant {i}", f"{TEMPLATE}, line {claim.start}",
                f"not ({condition})", partial(judge_variant, search, f"variant {i}"),
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
    sets = {
        getattr(s.target, "name", ""): s.node for s in parse(template)[0].find_all(nodes.Assign)
    }
    for binding in find_bindings(template):
        if "(" not in binding.said or binding.said in seen:
            continue
        seen.add(binding.said)
        printed, _ = parse(f"<< {binding.said} >>")
        named = {name.name for name in printed.find_all(nodes.Name)}
        expression = nodes.List([printed, *(sets[name] for name in sets if name in named)])
        if all(is_constant(paper.numbers[k]) for k in keys_read(expression, paper.numbers)):
            continue  # names of the plan, which no data move
        search = partial(
            search_variants, sources, paper.numbers, expression,
            f"{definitions(template)}<< {binding.said} >>", 2,
        )  # fmt: skip
        place = f"{TEMPLATE}, line {line_of(template, binding.start)}"
        yield Trial("word", binding.said, place, "its numbers moved", partial(judge_word, search))


def judge_word(search: Callable[[], dict]) -> tuple[str, str, str]:
    """Judge a word that is computed: some change of its numbers changes it."""
    found = search()
    if len(found) < 2:
        return "survived", "", "no change of the numbers that it reads moves the text"
    changed = [*found.values()][1]
    return "changed", ", ".join(f"{key} = {value}" for key, value in changed.items()), ""
