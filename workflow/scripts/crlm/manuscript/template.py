"""Fill the manuscript's template: numbers, tables and figures from the registry and the plan."""

import json
import operator
import shutil
import traceback
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from crlm.base.formats import listing
from crlm.base.problems import InputError
from crlm.manuscript.captions import DRAWN, group_meanings, note_on, other_figures, spelled_out
from crlm.manuscript.claims import FILE, Claims, Outcome, parse
from crlm.manuscript.markdown import INDENT, literal, pipe_table, span, typed, without_claims
from crlm.manuscript.phrases import (
    all_evidence,
    all_missing,
    by_grouping,
    criteria,
    each_level,
    each_test,
    evidence,
    in_sentence,
    most_missing,
    names_above,
    names_below,
    other_curves,
    other_tests,
    shown,
    those_below,
)
from crlm.manuscript.supplement import (
    checklist_table,
    departures_table,
    effects_table,
    ledger_table,
)
from crlm.numbers.undetermined import mark_open
from crlm.plan.analysis import Plan, Table
from crlm.plan.variables import Variable

SHOWN = {
    "mean": "mean",
    "mean_sd": "mean ± SD",
    "mean_range": "mean (range)",
    "mean_sd_range": "mean ± SD (range)",
    "median_iqr": "median (IQR)",
    "median_range": "median (range)",
}


class Node:
    """A place in the tree of dotted keys; printed, it gives its number as a span with the key.

    `.value` and `.display` give the number itself and its printed form.
    """

    def __init__(self, key: str = ""):
        self._key = key
        self._entry: dict | None = None
        self._children: dict[str, Node] = {}

    def add(self, parts: list[str], entry: dict) -> None:
        """Hang `entry` below this place."""
        if not parts:
            self._entry = entry
            return
        key = f"{self._key}.{parts[0]}" if self._key else parts[0]
        self._children.setdefault(parts[0], Node(key)).add(parts[1:], entry)

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._children:
            return self._children[name]
        if self._entry is not None and name in self._entry:
            text = self._entry[name]
            return literal(text) if isinstance(text, str) else text
        raise AttributeError(f"{self._key}.{name}")

    # In a condition a number stands for its value; where it has none, no comparison holds.
    def __lt__(self, other) -> bool:
        return holds(operator.lt, self, other)

    def __le__(self, other) -> bool:
        return holds(operator.le, self, other)

    def __gt__(self, other) -> bool:
        return holds(operator.gt, self, other)

    def __ge__(self, other) -> bool:
        return holds(operator.ge, self, other)

    def __str__(self) -> str:
        if self._entry is None:
            raise InputError(
                [f"the manuscript prints {self._key}, which is no number of the registry"]
            )
        return span(self._key, self._entry)


def holds(compare: Callable, left: Any, right: Any) -> bool:
    """Return whether a comparison of two numbers holds; false where either has no value."""
    left, right = (side.value if isinstance(side, Node) else side for side in (left, right))
    return left is not None and right is not None and compare(left, right)


class MissingKey(jinja2.StrictUndefined):
    """Jinja's strict undefined, which names the whole key."""

    @property
    def _undefined_message(self) -> str:
        if isinstance(self._undefined_obj, Node):
            return f"{self._undefined_obj._key}.{self._undefined_name}".lstrip(".")
        return super()._undefined_message


def heading(variable: Variable, numbers: dict) -> str:
    """Return a variable's label in bold, with its unit where the label does not say it."""
    unit = "" if variable.unit in variable.label else f" ({typed(variable.unit)})"
    return f"**{shown(numbers, f'label.{variable.name}.variable')}{unit}**"


def table_rows(table: Table, numbers: dict, extra: Callable) -> Iterator[list[str]]:
    """Yield the rows of a table: a heading for each variable, then its levels or its summary.

    `extra(name)` gives the cells right of the groups: what is missing, or the p-value.
    """

    def cells(key: str) -> list[str]:
        return [shown(numbers, f"{group}.{key}") for group in table.groups]

    last = None
    for variable, show, _ in table.rows:
        name, beside = variable.name, extra(variable.name)
        if variable.levels:
            yield [heading(variable, numbers), *[""] * len(table.groups), *beside]
            for level in variable.levels:
                label = shown(numbers, f"label.{name}.{level}")
                yield [f"{INDENT}{label}", *cells(f"{name}.{level}.n_percent"), *[""] * len(beside)]
        for form in () if variable.levels else show:
            words, first = SHOWN[form], f"{heading(variable, numbers)}, {SHOWN[form]}"
            below = f"{INDENT}{words[0].upper()}{words[1:]}, {typed(variable.unit)}"
            yield [below if variable.label == last else first, *cells(f"{name}.{form}"), *beside]
            last, beside = variable.label, [""] * len(beside)
        last = variable.label


def unmeasurable_note(table: Table, numbers: dict) -> str:
    """Return of whom a variable is not known since there is nothing to measure, if of anybody."""
    notes = ""
    for variable, *_ in table.rows:
        missing, without = (f"all.{variable.name}.{of}" for of in ("missing", "unmeasurable"))
        if not variable.unmeasurable or not numbers[without]["value"]:
            continue
        all_of_them = numbers[missing]["value"] == numbers[without]["value"]
        of_them = "" if all_of_them else f" {shown(numbers, without)} of them"
        label, why = f"label.{variable.name}.variable", typed(variable.unmeasurable["in_text"])
        of_them = f"not known in {shown(numbers, missing)},{of_them} because {why}."
        notes += f" {shown(numbers, label)}: {of_them}"
    return notes


def describe_columns(name: str, numbers: dict, plan: Plan) -> str:
    """Return a table of all patients, and for how many a variable is not known."""
    table = plan.tables[name]
    rows = table_rows(table, numbers, lambda name: [shown(numbers, f"all.{name}.missing")])
    n = shown(numbers, "cohort.n")
    body = pipe_table(["Variable", f"All patients (n = {n})", "Not known"], [*rows], [50, 32, 18])
    note = "Counts are given with the percentage of the patients for whom the variable is known."
    note += unmeasurable_note(table, numbers) + note_on(body, [], numbers, plan)
    return f"{body}\n\n: {typed(table.title)}. {note} {{#tbl-{name}}}"


def compare_columns(name: str, numbers: dict, plan: Plan) -> str:
    """Return a table of the two groups side by side, with p and the test as a letter."""
    table = plan.tables[name]
    letters: dict[str, str] = {}

    def p_value(variable: str) -> list[str]:
        key = f"test.{variable}.p_value"
        if numbers[key]["value"] is None:
            return [shown(numbers, key)]
        test = numbers[f"test.{variable}.name"]["display"]
        letter = letters.setdefault(test, "abcdefgh"[len(letters)])
        return [f"{shown(numbers, key)}^{letter}^"]

    rows = list(table_rows(table, numbers, p_value))
    heads = [
        f"{shown(numbers, f'{g}.label')} (n = {shown(numbers, f'{g}.n')})" for g in table.groups
    ]
    body = pipe_table(["Variable", *heads, "*p*"], rows, [47, 22, 18, 13])
    tests = "; ".join(f"^{letter}^ {test[0].upper()}{test[1:]}" for test, letter in letters.items())
    base = {"level": "row", "group": "column for whom the variable is known"}[table.percent_of]
    caption = (
        f"{typed(table.title)}. Counts with the percentage of the patients of the {base}. "
        f"{group_meanings(table.groups, numbers)}. {tests or 'No test was possible'}."
        + unmeasurable_note(table, numbers)
        + note_on(body, [row.variable for row in table.rows], numbers, plan)
    )
    return f"{body}\n\n: {caption} {{#tbl-{name}}}"


def column_of(question: Node) -> str:
    """Return the clean column of a question, of which `answer.<column>` tells."""
    return question._key.split(".")[1]


def columns_of(questions: list[tuple[str, Node]]) -> list[tuple[str, str]]:
    """Return named questions with their clean columns."""
    return [(name, column_of(question)) for name, question in questions]


def phrase_about(phrase: Callable, numbers: dict, plan: Plan, subject: Callable) -> Callable:
    """Return a phrase on what `subject` reads of a node, or of nodes with their names."""
    return lambda of, *forms, **how: phrase(numbers, plan, subject(of), *forms, **how)


def significance(test: Node, alpha: Node) -> str:
    """Say whether a test is significant; the only place that writes the word."""
    if test.p.value is None:
        return "not tested"
    return ("" if test.p < alpha else "not ") + "statistically significant"


def as_markdown(cohort: dict) -> dict:
    """Return a cohort's config whose printed texts are Markdown that reads as they are typed."""
    authors = [
        {name: literal(part) if isinstance(part, str) else part for name, part in author.items()}
        for author in cohort["authors"]
    ]
    texts = {part: typed(cohort[part]) for part in ("title", "setting")}
    texts["affiliation"] = literal(cohort["affiliation"])
    return {"followed_provenance": None} | cohort | texts | {"authors": authors}


@lru_cache(maxsize=8)
def compiled(
    template: str, prepare: Callable[[jinja2.nodes.Template, Claims], None] | None = None
) -> tuple[jinja2.Template, Claims]:
    """Compile a template, once: many papers may be filled from it.

    `prepare` may change its parsed tree before.
    """
    tree, claims = parse.__wrapped__(template) if prepare else parse(template)
    claims.environment.undefined = MissingKey
    if prepare:
        prepare(tree, claims)
    try:
        return claims.environment.from_string(tree), claims
    except jinja2.TemplateSyntaxError as error:  # as of a filter that there is not
        raise InputError([f"{FILE}, line {int(error.lineno)}: {error.message}"]) from error


def fill_template(template: str, numbers: dict, plan: Plan, cohort: dict) -> str:
    """Fill the manuscript's template, as `fill_claims` does; return the text alone, unmarked."""
    return without_claims(fill_claims(template, numbers, plan, cohort)[0])


def fill_claims(
    template: str, numbers: dict, plan: Plan, cohort: dict, prepare: Callable | None = None
) -> tuple[str, list[Outcome]]:
    """Fill the manuscript's template, and tell which variant of each claim it prints.

    Parameters
    ----------
    template
        Quarto Markdown with Jinja, as `claims.parse` reads it.
    numbers
        The registry.
    plan, cohort
        The plan, and the cohort's config (`meta` in the template).
    prepare
        As `compiled` takes it.

    Returns
    -------
    text
        Plain Quarto Markdown, in which a span bears the name and the number of each variant.
    outcomes
        The claims in the order in which they are printed.

    Raises
    ------
    InputError
        Where the template uses a key that does not exist, compares a number that has no value
        (the share of a level that nobody has), divides by zero, or is no valid Jinja.
    """
    numbers = mark_open(numbers)
    root = Node()
    for key, entry in numbers.items():
        root.add(key.split("."), entry)
    blocks = {
        "table": {
            name: (compare_columns if table.compares else describe_columns)(name, numbers, plan)
            for name, table in plan.tables.items()
        },
        "figure": {
            name: DRAWN[figure.kind](name, numbers, plan) for name, figure in plan.figures.items()
        }
        | other_figures(numbers, plan, cohort),
        "curves": [
            name for name, f in plan.figures.items() if f.question in plan.multiverse.questions
        ],
        "departures": departures_table(numbers, plan),
        "ledger_table": ledger_table(numbers, plan),
        "effects_table": effects_table(numbers, plan),
        "checklist": checklist_table(cohort),
        "meta": as_markdown(cohort),
        "significance": lambda test: significance(test, root.plan.alpha),
        "named": lambda name: in_sentence(plan.variables[name].in_text),
        "tested": lambda test: test.p.value is not None,
        "each": lambda node, pattern, **how: each_level(numbers, plan, node._key, pattern, **how),
        "evidence": lambda test, *forms: evidence(numbers, test._key, *forms),
        "spelled_out": lambda text: spelled_out(text, plan),
        "mentioned": lambda figures: listing([f"@fig-{name}" for name in figures]),
        "other_tests": lambda: other_tests(numbers, plan),
        "most_missing": lambda known: most_missing(numbers, [(n, k._key) for n, k in known]),
        "all_missing": lambda known: all_missing(numbers, [(n, k._key) for n, k in known]),
        "criteria": lambda rule: criteria(numbers, plan, rule._key.split(".")[1]),
    }
    for phrase in (all_evidence, each_test, by_grouping, other_curves):
        blocks[phrase.__name__] = phrase_about(phrase, numbers, plan, column_of)
    for phrase in (those_below, names_below, names_above):
        blocks[phrase.__name__] = phrase_about(phrase, numbers, plan, columns_of)
    filling, claims = compiled(template, prepare)
    claims.outcomes = []
    try:
        return filling.render(root._children | blocks), claims.outcomes
    except (jinja2.TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        said = f"it can't be computed: {error}"
        if isinstance(error, TypeError):
            said = f"a number that has no value: {error}"
        elif isinstance(error, jinja2.UndefinedError | KeyError):
            near = get_close_matches(str(error).strip("'"), numbers, 1)
            said = f"no such key: {error}" + "".join(f"; near it: {key}" for key in near)
        frames = traceback.walk_tb(error.__traceback__)
        lines = [n for frame, n in frames if frame.f_code.co_filename == "<template>"]
        raise InputError([f"{FILE}, line {lines[-1]}: {said}"]) from error


def read_numbers(path: str) -> dict[str, dict]:
    """Read the registry."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_manuscript(text: str, qmd: str, sources: list[str], copies: list[str]) -> None:
    """Write the filled manuscript and copy beside it what it needs: its folder stands alone."""
    Path(qmd).write_text(text, encoding="utf-8")
    for source, copy in zip(sources, copies, strict=True):
        shutil.copyfile(source, copy)
