"""Names in the plan and the codebook that lead nowhere, or to the wrong kind of thing."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from crlm.response import CHANGES, MEASURED

# What the stage response derives: numbers, and the columns with the responses.
RESPONSES = ("response", "recist_1_1", "group")
READING = "radiologist_response"

Fault = tuple[tuple[str, ...], str, str]  # keys, what was found, what was expected


def one_of(known: Iterable[str], name: str) -> str:
    """Return what is expected in place of an unknown name: the nearest known one, or all."""
    known = [*known]
    near = get_close_matches(name, known, n=1)
    return f"`{near[0]}`" if near else f"one of {', '.join(known)}"


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


def faults_of_variables(plan: dict, known: dict[str, list[str] | None]) -> Iterator[Fault]:
    """Yield the variables of a plan that read no column, or another kind of column."""
    for name, variable in plan["variables"].items():
        place, column = ("variables", name), variable["source"]
        levels = variable.get("levels", {})
        by_values = any("values" in level for level in levels.values())
        if column not in known:
            yield (*place, "source"), f"{column!r}, which is no column", one_of(known, column)
        elif known[column] is None and by_values:
            yield (
                (*place, "levels"),
                "levels by values",
                f"at_least and below: {column} is a number",
            )
        elif known[column] is not None and not by_values:
            yield place, "no levels by values", f"`levels`, for {column} is no number"
        elif by_values:
            named: list[tuple[tuple, Any]] = [
                ((*place, "levels", k, "values"), v) for k in levels for v in levels[k]["values"]
            ]
            named += [((*place, "left_out"), v) for v in variable.get("left_out", [])]
            for keys, value in named:
                if value not in known[column]:
                    yield keys, f"{value!r}, which {column} never is", one_of(known[column], value)


def faults_of_tables(plan: dict) -> Iterator[Fault]:
    """Yield the rows, figures and correlations of a plan that do not fit its variables."""
    variables, compared = plan["variables"], set()
    for table, content in plan["tables"].items():
        of_groups = content["groups"] != ["all"]
        if of_groups and content["groups"] != [*plan["groups"]]:
            said = ", ".join(plan["groups"])
            yield ("tables", table, "groups"), ", ".join(content["groups"]), f"the groups: {said}"
        for i, row in enumerate(content["rows"]):
            place, name = ("tables", table, "rows", str(i)), row["variable"]
            if name not in variables:
                yield (
                    (*place, "variable"),
                    f"{name!r}, no variable of the plan",
                    one_of(variables, name),
                )
                continue
            numeric = "levels" not in variables[name]
            if numeric != ("show" in row):
                found = (
                    f"no `show` for the number {name}" if numeric else f"`show` for levels, {name}"
                )
                yield place, found, "`show: mean_sd` or another summary" if numeric else "none"
            test = (row.get("published") or {}).get("test")
            if test and numeric != (test == "mann_whitney"):
                kind = "mann_whitney: it is a number" if numeric else "a test of counts"
                yield (*place, "published", "test"), f"{test} for {name}", f"{kind}, or null"
            compared |= {name} if of_groups else set()
    for figure, content in plan["figures"].items():
        for i, name in enumerate(content["variables"]):
            if name not in compared or "levels" not in variables[name]:
                said = f"{name!r}, no row of Table 3 or 4 with levels"
                with_levels = [n for n in variables if n in compared and "levels" in variables[n]]
                yield ("figures", figure, "variables", str(i)), said, one_of(with_levels, name)
    for i, pair in enumerate(plan["correlations"]):
        for key, name in pair.items():
            if "levels" in variables.get(name, {"levels": {}}):
                numbers = [n for n in variables if "levels" not in variables[n]]
                yield ("correlations", str(i), key), f"{name!r}, no number", one_of(numbers, name)


def faults_of_groups(plan: dict, responses: list[str]) -> Iterator[Fault]:
    """Yield the responses of groups that the primary rule never gives."""
    for group, content in plan["groups"].items():
        for i, response in enumerate(content["responses"]):
            if response not in responses:
                said = f"{response!r}, which the rule never gives"
                yield ("groups", group, "responses", str(i)), said, one_of(responses, response)


def faults_of_plan(plan: dict, codebook: dict, rule: str) -> list[Fault]:
    """Find the names in a plan that lead nowhere.

    Parameters
    ----------
    plan, codebook
        Each fits its schema.
    rule
        The name of the primary response rule.
    """
    if rule not in plan["response_rules"]:
        return []  # told of the cohort's file
    known = values_of(plan, codebook, rule)
    return [
        *faults_of_variables(plan, known),
        *faults_of_tables(plan),
        *faults_of_groups(plan, known["response"]),
    ]


def faults_of_codebook(codebook: dict) -> list[Fault]:
    """Find the variables that the response rules need and a codebook has not."""
    return [
        (("variables",), f"no variable {name}", "it, since the response is read from it")
        for name in (*MEASURED, READING)
        if name not in codebook["variables"]
    ]


def faults_of_privacy(privacy: dict, columns: list[str]) -> list[Fault]:
    """Find the columns that the privacy report is to look at and no cohort has."""
    named = [(("quasi_identifiers", name), name) for name in privacy["quasi_identifiers"]]
    named += [(("sensitive", str(i)), name) for i, name in enumerate(privacy["sensitive"])]
    return [
        (keys, f"{name!r}, which is no clean column", one_of(columns, name))
        for keys, name in named
        if name not in columns
    ]
