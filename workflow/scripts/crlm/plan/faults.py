"""What is wrong with a plan that fits its schema: names that lead nowhere, levels that overlap."""

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from crlm.base.spelling import one_of
from crlm.plan.analysis import CHANGES
from crlm.plan.conditions import fault
from crlm.plan.variables import Variable, read_variables

Fault = tuple[tuple[str, ...], str, str]  # keys, what was found, what was expected


def values_of(plan: dict, codebook: dict, rule: str) -> dict[str, list[str] | None]:
    """Return column -> the values that it may hold, None of a number, for a plan."""
    rules = plan["response_rules"]
    given = {name: [s["response"] for s in rules.get(name, {}).get("steps", [])] for name in
             (rule, "recist_1_1")}  # fmt: skip
    columns = {
        name: [*variable["levels"]] if variable["type"] == "category" else None
        for name, variable in codebook["variables"].items()
        if variable["type"] != "id"
    }
    derived = {"response": given[rule], "recist_1_1": given["recist_1_1"], "group": plan["groups"]}
    return columns | dict.fromkeys(CHANGES) | {name: [*values] for name, values in derived.items()}


def names_cut_point(words: str, at_least: float, below: float) -> bool:
    """Tell whether a level's words name one of its ends, where they name any number.

    By the digits, which are the same in mm and in cm; counts up to 5 are those below 6.
    """
    ends = [at_least, below]
    ends += [below - 1] * ("<" not in words) + [at_least - 1] * (">" in words)
    digits = {Decimal(str(end)).normalize().as_tuple().digits for end in ends if math.isfinite(end)}
    named = {Decimal(n).normalize().as_tuple().digits for n in re.findall(r"\d+(?:\.\d+)?", words)}
    return not named or bool(digits & named)


def faults_of_variable(variable: Variable, known: dict[str, list[str] | None]) -> Iterator[Fault]:
    """Yield where a variable reads no column or another kind of it, and levels that overlap."""
    place, column, levels = ("variables", variable.name), variable.source, variable.levels
    by_values = any(level.values for level in levels.values())
    if column not in known:
        yield (*place, "source"), f"{column!r}, which is no column", one_of(known, column)
    elif (values := known[column]) is None and by_values:
        said = f"at_least and below: {column} is a number"
        yield (*place, "levels"), "levels by values", said
    elif values is not None and not by_values:
        yield place, "no levels by values", f"`levels`, for {column} is no number"
    elif values is not None:
        held: list[tuple[tuple, Any]] = [((*place, "left_out"), v) for v in variable.left_out]
        held += [((*place, "levels", k, "values"), v) for k in levels for v in levels[k].values]
        first: dict[Any, tuple] = {}
        for keys, value in held:
            if value not in values:
                yield keys, f"{value!r}, which {column} never is", one_of(values, value)
            elif (other := first.setdefault(value, keys)) != keys:
                said = f"{value!r}, which stands under {' > '.join(other[2:])} too"
                yield keys, said, "each value under one level"
    cuts = sorted((v.at_least, v.below, name) for name, v in levels.items() if not v.values)
    for low, high, name in cuts:
        if low >= high:
            said = f"at_least {low} and below {high}"
            yield (*place, "levels", name), said, "at_least to be the smaller one"
    for (_, high, name), (low, _, other) in pairwise(cuts):
        if low < high:
            said = f"at_least {low}, within {name}"
            yield (*place, "levels", other), said, f"{high} or more, where {name} ends"
    for name, level in levels.items():
        for key, words in (("label", level.label), ("in_text", level.in_text)):
            if not level.values and not names_cut_point(words, level.at_least, level.below):
                said = f"{words!r} of at_least {level.at_least} and below {level.below}"
                yield (*place, "levels", name, key), said, "the cut point that the level has"


def faults_of_tables(plan: dict) -> Iterator[Fault]:
    """Yield the rows, figures and correlations of a plan that do not fit its variables."""
    variables, rows = plan["variables"], {}
    for table, content in plan["tables"].items():
        of_groups = content["groups"] != ["all"]
        if of_groups and content["groups"] != [*plan["groups"]]:
            said = ", ".join(plan["groups"])
            yield ("tables", table, "groups"), ", ".join(content["groups"]), f"the groups: {said}"
        for i, row in enumerate(content["rows"]):
            place, name = ("tables", table, "rows", str(i)), row["variable"]
            if name not in variables:
                said = f"{name!r}, no variable of the plan"
                yield (*place, "variable"), said, one_of(variables, name)
                continue
            if (of_groups, name) in rows:
                said = f"{name!r} a second time in tables of {'the groups' if of_groups else 'all'}"
                yield (*place, "variable"), said, "it once: a number is registered once"
            rows[of_groups, name] = content
            numeric = "levels" not in variables[name]
            if numeric != ("show" in row):
                said = (
                    f"no `show` for the number {name}" if numeric else f"`show` for levels, {name}"
                )
                yield place, said, "`show: mean_sd` or another summary" if numeric else "none"
            test = (row.get("published") or {}).get("test")
            if test and numeric != (test == "mann_whitney"):
                kind = "mann_whitney: it is a number" if numeric else "a test of counts"
                yield (*place, "published", "test"), f"{test} for {name}", f"{kind}, or null"
    drawn = [
        name
        for name, variable in variables.items()
        if "levels" in variable and rows.get((True, name), {}).get("percent_of") == "level"
    ]
    compared = [name for name, content in plan["tables"].items() if content["groups"] != ["all"]]
    for figure, content in plan["figures"].items():
        for i, name in enumerate(content.get("tables", [])):
            if name not in compared:
                said = f"{name!r}, no table of the groups"
                yield ("figures", figure, "tables", str(i)), said, one_of(compared, name)
        for i, name in enumerate(content.get("variables", [])):
            if name not in drawn:
                said = f"{name!r}, no row of a table of the groups with percentages of the level"
                expected = "it in one" + (f", or {one_of(drawn, name)}" if drawn else "")
                yield ("figures", figure, "variables", str(i)), said, expected
        question, asked = content.get("question"), [*plan["multiverse"]["questions"]]
        if question and asked and question not in asked:
            said = f"{question!r}, no question of the multiverse"
            yield ("figures", figure, "question"), said, one_of(asked, question)
    for i, name in enumerate(plan["family"]):
        if name not in compared:
            said = f"{name!r}, no table of the groups"
            yield ("family", str(i)), said, one_of(compared, name)
    for i, pair in enumerate(plan["correlations"]):
        for key, name in pair.items():
            if "levels" in variables.get(name, {"levels": {}}):
                numbers = [n for n in variables if "levels" not in variables[n]]
                yield ("correlations", str(i), key), f"{name!r}, no number", one_of(numbers, name)


def faults_of_multiverse(plan: dict) -> Iterator[Fault]:
    """Yield what a multiverse names that is not there, and the responses that it leaves out."""
    grid, rules, groups = plan["multiverse"], plan["response_rules"], [*plan["groups"]]
    for i, name in enumerate(grid["rules"]):
        if name not in rules:
            said = f"{name!r}, no rule of the plan"
            yield ("multiverse", "rules", str(i)), said, one_of(rules, name)
    given = {
        rule["counterpart"].get(step["response"]) if "counterpart" in rule else step["response"]
        for rule in (rules[name] for name in grid["rules"] if name in rules)
        for step in rule["steps"]
    } - {None}  # what has no counterpart is left out
    for name, grouping in grid["groupings"].items():
        place, responses = ("multiverse", "groupings", name, "responses"), grouping["responses"]
        if [*responses] != groups:
            yield place, ", ".join(responses), f"the groups, in their order: {', '.join(groups)}"
        placed = [word for words in responses.values() for word in words]
        if lacking := sorted(given - {*placed}):
            yield place, f"nothing of {', '.join(lacking)}", "each response in one of the groups"
        for word in sorted({word for word in placed if placed.count(word) > 1}):
            yield place, f"{word!r} in both groups", "it in one"
        for word in placed:
            if word not in given:
                said = f"{word!r}, which none of the rules gives"
                yield place, said, one_of(sorted(given), word)
    for name in grid["questions"]:
        if "levels" in plan["variables"].get(name, {"levels": {}}):
            numbers = [n for n, v in plan["variables"].items() if "levels" not in v]
            yield ("multiverse", "questions", name), f"{name!r}, no number", one_of(numbers, name)


def faults_of_plan(plan: dict, codebook: dict, rule: str) -> list[Fault]:
    """Find what is wrong with a plan that fits its schema, as the codebook does.

    `rule` is the name of the primary response rule; where the plan has none of that name, it is
    told of the cohort's file.
    """
    if rule not in plan["response_rules"]:
        return []
    known = values_of(plan, codebook, rule)
    variables = read_variables(plan["variables"]).values()
    given = known["response"] or []
    return [
        *(found for variable in variables for found in faults_of_variable(variable, known)),
        *faults_of_tables(plan),
        *faults_of_multiverse(plan),
        *(
            (("groups", group, "responses", f"{i}"), f"{response!r}, which the rule never gives",
             one_of(given, response))
            for group, content in plan["groups"].items()
            for i, response in enumerate(content["responses"])
            if response not in given
        ),
    ]  # fmt: skip


def faults_of_conditions(plan: dict, columns: dict) -> dict[tuple[str, ...], str]:
    """Return what is wrong with the conditions of a plan, by their places.

    `columns` are the clean ones, each with the levels that it may hold.
    """
    of_steps = {
        ("response_rules", name, "steps", f"{i}", "when"): fault(
            step["when"], columns | dict.fromkeys(CHANGES), rule["parameters"]
        )
        for name, rule in plan["response_rules"].items()
        for i, step in enumerate(rule["steps"], start=1)
    }
    return of_steps | {
        ("variables", name, "unmeasurable", "when"): fault(v["unmeasurable"]["when"], columns)
        for name, v in plan["variables"].items()
        if "unmeasurable" in v
    }
