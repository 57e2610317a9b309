"""Phrases of the manuscript that follow the data: lists of levels, evidence, criteria."""

import re

from crlm.base.formats import listing
from crlm.base.problems import InputError
from crlm.manuscript.markdown import literal, span, typed
from crlm.numbers.answers import questions_of, tested_otherwise
from crlm.numbers.undetermined import is_open
from crlm.plan.analysis import Plan

FIELD = re.compile(r"\{(\w+)\}")
CUT_OFF = re.compile(r"\{(\w+_(?:percent|mm))\}")
COUNTS = ("n", "n_percent")


def shown(numbers: dict, key: str) -> str:
    """Return a number of the registry as the text shows it."""
    return span(key, numbers[key])


def in_sentence(words: str) -> str:
    """Return a name as a sentence says it, in a span where it holds digits."""
    return (typed if re.search(r"\d", words) else literal)(words)


def each_level(
    numbers: dict, plan: Plan, key: str, pattern: str, nobody: bool = False, last: str = "and",
    without: tuple = (),
) -> str:  # fmt: skip
    """List the levels of a variable, in the plan's order.

    Parameters
    ----------
    numbers, plan
        The registry and the plan.
    key
        `<group>.<variable>`, whose counts are listed, or `word.<variable>` for the names alone.
    pattern
        A level's phrase: `{level}` is its name in a sentence, any other `{form}` its count. Where
        it is not known of all patients, the first `{n_percent}` says of how many: `12 of 24 (50%)`.
    nobody
        Whether levels that no patient has are named too ("stationary in no patient"). Levels
        without a base to compare (a percentage of nobody) are never named.
    last
        The word before the last one.
    without
        Levels that are left out.

    Returns
    -------
    str
        `regressive in 10 (40.0%) and progressive in 15 (60.0%)`; where the variable is known of
        nobody, `not recorded` or, of a group, `not known`.
    """
    group, variable = key.split(".")
    phrases = []
    for level in plan.variables[variable].levels:

        def fill(field: re.Match, level=level) -> str:
            if field[1] == "level":
                return shown(numbers, f"word.{variable}.{level}")
            form, n = field[1], numbers["cohort.n"]["value"]
            if form in COUNTS and not numbers[f"{key}.{level}.n"]["value"]:
                form = "n_patients"
            elif form == "n_percent" and numbers[f"{key}.{level}.denominator"]["value"] < n:
                form = "n_of_percent" if not phrases else form
            return shown(numbers, f"{key}.{level}.{form}")

        if level in without:
            continue
        if group != "word":
            asked = any(field in COUNTS for field in FIELD.findall(pattern))
            base = "n" if asked and not nobody else "denominator"
            if not numbers[f"{key}.{level}.{base}"]["value"]:
                continue
        phrases.append(FIELD.sub(fill, pattern))
    return listing(phrases, last) or ("not recorded" if group == "all" else "not known")


def evidence(numbers: dict, key: str, *forms: str) -> str:
    """Return what a test gave, without brackets: `p = 0.043; difference …`.

    `forms` are those of the test that are shown, its p-value and effect where none is named. Where
    the data allow no test it says so, once.
    """
    if numbers[f"{key}.p"]["value"] is None:
        return shown(numbers, f"{key}.p")
    parts = {form: shown(numbers, f"{key}.{form}") for form in forms or ("p", "effect")}
    effect = parts.pop("effect", None)
    return "; ".join(part for part in (", ".join(parts.values()), effect) if part)


def all_evidence(numbers: dict, plan: Plan, column: str, *forms: str, printed: bool = False) -> str:
    """Return what all tests of a question gave, as `evidence` does: those in classes first.

    `p = 0.351; …; as a continuous variable, p = 0.001; …`; tests that were not possible are named
    where all are. Where `printed`, tests are left out as `sort_tests` does.
    """
    asked = sorted(questions_of(plan)[column], key=lambda variable: not variable.levels)
    asked = [v for v in asked if not (printed and is_open(f"test.{v.name}.p", numbers))]
    done = [v for v in asked if numbers[f"test.{v.name}.p"]["value"] is not None] or asked[:1]
    return "; ".join(
        f"{'' if v.levels or len(asked) == 1 else 'as a continuous variable, '}"
        + evidence(numbers, f"test.{v.name}", *forms)
        for v in done
    )


def sort_tests(
    numbers: dict, plan: Plan, column: str, printed: bool = False, adjusted: bool = False
) -> tuple[list[str], list[str]]:
    """Return the p-values of the tests of a question: those below the level, and the others.

    `in classes, p = 0.043`, `as a continuous variable, p = 0.003`; of a single test its
    p-value alone.

    Parameters
    ----------
    numbers, plan
        The registry and the plan.
    column
        The question, as `answers.questions_of` names it.
    printed
        Whether tests are left out that the print of a reconstructed cohort leaves open.
    adjusted
        Whether the p-values are those of Holm's adjustment: `in classes, 0.043`.
    """
    below, others = [], []
    variables = questions_of(plan)[column]
    for variable in variables:
        name = variable.name
        if printed and is_open(f"test.{name}.p", numbers):
            continue
        key = f"ledger.{name}.p_holm" if adjusted else f"test.{name}.p"
        p = numbers[key]["value"] if key in numbers else None
        if p is None:
            continue
        how = "in classes, " if variable.levels else "as a continuous variable, "
        told = f"{how if len(variables) > 1 else ''}{shown(numbers, key)}"
        (below if p < numbers["plan.alpha"]["value"] else others).append(told)
    return below, others


def each_test(numbers: dict, plan: Plan, column: str, **how: bool) -> str:
    """Return what `sort_tests` does in a sentence's brackets; tests that disagree, with a "but"."""
    both = map("; ".join, sort_tests(numbers, plan, column, **how))
    return "; but ".join(filter(None, both)) or "no test possible"


def those_below(numbers: dict, plan: Plan, questions: list[tuple[str, str]], **how: bool) -> str:
    """List the named questions of which a test is below the level, with all their tests.

    Empty where none is. The arguments are those of `sort_tests`.
    """
    below = [
        f"{name} ({each_test(numbers, plan, column, **how)})"
        for name, column in questions
        if sort_tests(numbers, plan, column, **how)[0]
    ]
    return listing(below)


def names_below(numbers: dict, plan: Plan, questions: list[tuple[str, str]]) -> str:
    """List the names of what `those_below` lists of the print; of a question whose tests disagree,
    that not all of them are below the level.
    """
    told = []
    for name, column in questions:
        below, others = sort_tests(numbers, plan, column, printed=True)
        told += [f"{name} (not by all of its tests)" if others else name] if below else []
    return listing(told)


def names_above(numbers: dict, plan: Plan, questions: list[tuple[str, str]]) -> str:
    """List the names of the questions that have tests, none below the level: `size or dose`."""
    sides = {name: sort_tests(numbers, plan, column) for name, column in questions}
    names = [name for name, (below, others) in sides.items() if others and not below]
    return listing(names, "or")


def other_tests(numbers: dict, plan: Plan) -> str:
    """List the variables that the plan's rule would test otherwise, with its test and p-value."""
    told = []
    for variable in tested_otherwise(numbers, plan):
        words, key = in_sentence(variable.in_text), f"sensitivity.{variable.name}"
        told.append(f"{words} ({evidence(numbers, key, 'name', 'p')})")
    return listing(told)


def by_grouping(numbers: dict, plan: Plan, question: str) -> str:
    """List in how many specifications of a question p is below the level, by grouping."""
    told = [
        f"{shown(numbers, key)} {in_sentence(group.in_text)}"
        for name, group in plan.multiverse.groupings.items()
        if " of " in numbers[key := f"multiverse.{question}.{name}.below_of"]["display"]
    ]
    return listing(told)


def other_curves(numbers: dict, plan: Plan, question: str) -> str:
    """List in how many specifications of the other questions p is below the level."""
    told = [
        f"{shown(numbers, f'multiverse.{other}.below_of')} for the "
        f"{in_sentence(plan.variables[other].in_text)}"
        for other in plan.multiverse.questions
        if other != question and numbers[f"multiverse.{other}.n"]["value"]
    ]
    return listing(told)


def most_missing(numbers: dict, variables: list[tuple[str, str]], count: int = 3) -> str:
    """List the named variables that are missing most often, with the number of patients."""
    missing = [(numbers[key]["value"], name, key) for name, key in variables]
    some = [m for m in missing if 0 < m[0] < numbers["cohort.n"]["value"]]
    some = sorted(some, key=lambda m: -m[0])[:count]
    return listing([f"{name} (in {shown(numbers, key)})" for _, name, key in some])


def all_missing(numbers: dict, variables: list[tuple[str, str]]) -> str:
    """List the named variables that nobody's value is known of."""
    n = numbers["cohort.n"]["value"]
    return listing([name for name, key in variables if numbers[key]["value"] >= n], "or")


def criteria(numbers: dict, plan: Plan, rule: str) -> str:
    """Return the steps of a response rule as a Markdown list, a response an item."""
    items: list[tuple[str, list[str]]] = []
    for step in plan.response_rules[rule].steps:
        text = step.in_text or step.criterion
        unknown = [f for f in CUT_OFF.findall(text) if f"rule.{rule}.{f}" not in numbers]
        if unknown:
            raise InputError(
                [f"the plan, response_rules, {rule}: {text!r} speaks of {{{unknown[0]}}}, which is "
                 "not among its parameters"]
            )  # fmt: skip
        words = "".join(
            shown(numbers, f"rule.{rule}.{part}") if i % 2 else typed(part)
            for i, part in enumerate(CUT_OFF.split(text))
            if part
        )
        if not items or items[-1][0] != step.response:
            items.append((step.response, []))
        items[-1][1].append(words)
    lines = [
        f"- *{response.replace('_', ' ')}*: {'otherwise, ' if i else ''}{', or '.join(words)}"
        for i, (response, words) in enumerate(items)
    ]
    return ";\n".join(lines) + "."
