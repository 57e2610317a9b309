"""What is wrong with a plan that fits its schema: names that lead nowhere, levels that overlap."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, pairwise
from typing import Any, NamedTuple

from crlm.base.spelling import fold, one_of
from crlm.plan.analysis import CHANGES
from crlm.plan.conditions import wrong_with
from crlm.plan.variables import Variable, read_variables

# What a level is named by, that it is not: not T4, other than the right colon, < III.
DENIED = re.compile(
    r"(?:\b(?:not|non|no|without|than|below|neither)[ -]|[<>] ?)(\w.*)", re.IGNORECASE
)


class Fault(NamedTuple):
    """What no schema can see: the keys down to it, what was found, what was expected."""

    keys: tuple[str, ...]
    found: str
    expected: str


def unknown(
    place: tuple[str, ...], named: Iterable[tuple], known: Collection[str], what: str
) -> Iterator[Fault]:
    """Yield the names, each with its key below a place, that are none of those known."""
    for key, name in named:
        if name not in known:
            expected = one_of(known, name) if known else "none: there is none"
            yield Fault((*place, f"{key}"), f"{name!r}, {what}", expected)


def levels_of(codebook: dict) -> dict[str, Collection[str] | None]:
    """Return clean column -> the levels that it may hold: none of an id, None of a number."""
    return {
        name: variable.get("levels", ()) if variable["type"] in ("category", "id") else None
        for name, variable in codebook["variables"].items()
    }


def values_of(plan: dict, codebook: dict, rule: str) -> dict[str, dict[str, Collection] | None]:
    """Return column -> the values that it may hold with their spellings, None of a number."""
    groups = dict.fromkeys(plan["groups"], ())
    columns = levels_of(codebook) | dict.fromkeys(CHANGES) | {"group": groups}
    read = columns.get("radiologist_response") or {}  # whose words for a response are known
    for column, name in (("response", rule), ("recist_1_1", "recist_1_1")):
        steps = plan["response_rules"].get(name, {}).get("steps", [])
        columns[column] = {s["response"]: read.get(s["response"], ()) for s in steps}
    return {column: held for column, held in columns.items() if held != ()}


def parts_of(words: str) -> set[str]:
    """Return the words, numbers and signs of comparison in `words`, of T4a the number too."""
    plain = fold(words).replace("≤", "<").replace("≥", ">")
    return {*re.findall(r"[^\W_]+|[<>]", plain), *re.findall(r"\d+", words)}


def names_of_levels(
    variable: Variable, values: dict[str, Collection[str]]
) -> dict[str, Collection[str]]:
    """Return level -> its values and their spellings, and value -> its spellings."""
    names: dict[str, Collection[str]] = {
        value: [*own, re.sub(r"^[a-z]+_?(?=\d$)", "", value)] for value, own in values.items()
    }
    for name, level in variable.levels.items():
        beside = {"yes": "with", "no": "without"}.get(name, name)
        spelled = [text for value in level.values for text in (value, *names.get(value, ()))]
        names[name] = [*names.get(name, ()), *spelled, beside]
    return names


def is_said(name: set[str], said: set[str]) -> bool:
    """Tell whether each word of a name, as of a level, is said, with whatever ending."""
    return all(
        word in said or (len(word) > 4 and any(other.startswith(word[:7]) for other in said))
        for word in name - {"and", "or", "of"}
    )


def named_in(words: str, names: dict[str, Collection[str]]) -> set[str]:
    """Return of which of `names` (each with its spellings) words hold one."""
    said = parts_of(words)
    return {of for of, own in names.items() if any(is_said(parts_of(n), said) for n in (of, *own))}


def names_own(words: str, own: Collection[str], names: dict[str, Collection[str]]) -> bool:
    """Tell whether words name one of their own, where they name any, or what these are not.

    Where they name none, they hold no other numbers than own names that have some. `names` has the
    spellings of each; where some of `own` is none of them, nothing is told.
    """
    if not {*own} <= {*names}:
        return True
    known = set().union(*(parts_of(name) for of in own for name in (of, *names[of])))
    if named := named_in(words, names):
        denied, strange = named_in(" ".join(DENIED.findall(words)), names), {"mm", "cm"} - known
        of_own = named & {*own} and not parts_of(words) & strange
        return bool(denied - {*own} or (of_own and not (denied and re.search(r"[<>] ?\w", words))))
    numbers = {p for p in parts_of(words) if re.fullmatch(r"\d+|[<>]|[mc]m", p)}
    return numbers <= known or not re.search(r"\d", " ".join(own))


def faults_of_variable(variable: Variable, known: dict[str, dict | None]) -> Iterator[Fault]:
    """Yield where a variable reads no column or another kind of it, and levels that overlap."""
    place, column, levels = ("variables", variable.name), variable.source, variable.levels
    by_values = any(level.values for level in levels.values())
    values = known.get(column)
    yield from unknown(place, [("source", column)], known, "which is no column")
    if column in known and values is None and by_values:
        said = f"at_least and below: {column} is a number"
        yield Fault((*place, "levels"), "levels by values", said)
    elif values is not None and not by_values:
        yield Fault(place, "no levels by values", f"`levels`, for {column} is no number")
    elif values is not None:
        held: list[tuple[tuple, Any]] = [((*place, "left_out"), v) for v in variable.left_out]
        held += [((*place, "levels", k, "values"), v) for k in levels for v in levels[k].values]
        first: dict[Any, tuple] = {}
        for keys, value in held:
            if value not in values:
                said = f"{value!r}, which {column} never is"
                yield Fault(keys, said, one_of(values, f"{value}"))
            elif (other := first.setdefault(value, keys)) != keys:
                said = f"{value!r}, which stands under {' > '.join(other[2:])} too"
                yield Fault(keys, said, "each value under one level")
    cuts = sorted((v.at_least, v.below, name) for name, v in levels.items() if not v.values)
    for low, high, name in cuts:
        if low >= high:
            yield Fault(
                (*place, "levels", name), levels[name].bounds, "at_least to be the smaller one"
            )
    for (_, high, name), (low, _, other) in pairwise(cuts):
        if low < high:
            said = f"{levels[other].bounds}, within {name}"
            expected = f"{high} or more, where {name} ends" if high < math.inf else f"{name} to end"
            yield Fault((*place, "levels", other), said, expected)
    times = Counter(value for level in levels.values() for value in level.values)
    names = names_of_levels(variable, values or {})
    for name, level in levels.items():
        if any(times[value] > 1 for value in level.values):
            continue  # as told above
        for key, words in (("label", level.label), ("in_text", level.in_text)):
            if level.values and not names_own(words, {name, *level.values}, names):
                found = f"{words!r} of {', '.join(level.values)}"
                expected = "the name of what the level holds"
                yield Fault((*place, "levels", name, key), found, expected)


def faults_of_tables(plan: dict) -> Iterator[Fault]:
    """Yield the rows of a plan's tables that do not fit its variables."""
    variables, groups, seen = plan["variables"], [*plan["groups"]], set()
    for table, content in plan["tables"].items():
        of_groups = content["groups"] != ["all"]
        if of_groups and content["groups"] != groups:
            said = f"the groups: {', '.join(groups)}"
            yield Fault(("tables", table, "groups"), ", ".join(content["groups"]), said)
        for i, row in enumerate(content["rows"]):
            place, name = ("tables", table, "rows", str(i)), row["variable"]
            yield from unknown(place, [("variable", name)], variables, "no variable of the plan")
            if name not in variables:
                continue
            if (of_groups, name) in seen:
                said = f"{name!r} a second time in tables of {'the groups' if of_groups else 'all'}"
                yield Fault((*place, "variable"), said, "it once: a number is registered once")
            seen.add((of_groups, name))
            numeric = "levels" not in variables[name]
            if numeric and "show" not in row:
                said = "`show: mean_sd` or another summary"
                yield Fault(place, f"no `show` for the number {name}", said)
            elif not numeric and "show" in row:
                yield Fault(place, f"`show` for levels, {name}", "none")
            test = (row.get("published") or {}).get("test")
            if test and numeric != (test == "mann_whitney"):
                kind = "mann_whitney: it is a number" if numeric else "a test of counts"
                found = f"{test} for {name}"
                yield Fault((*place, "published", "test"), found, f"{kind}, or null")


def faults_of_names(plan: dict) -> Iterator[Fault]:
    """Yield what figures, family, correlations and questions name and the plan does not have."""
    compared = {name: t for name, t in plan["tables"].items() if t["groups"] != ["all"]}
    numbers = [name for name, v in plan["variables"].items() if "levels" not in v]
    asked = plan["multiverse"]["questions"]
    drawn = [
        row["variable"]
        for table in compared.values()
        for row in table["rows"]
        if table["percent_of"] == "level" and row["variable"] not in numbers
    ]
    for figure, content in plan["figures"].items():
        place, of_tables = ("figures", figure), enumerate(content.get("tables", ()))
        yield from unknown((*place, "tables"), of_tables, compared, "no table of the groups")
        of_variables = enumerate(content.get("variables", ()))
        said = "no row of a table of the groups with percentages of the level"
        yield from unknown((*place, "variables"), of_variables, drawn, said)
        if asked and "question" in content:
            question = [("question", content["question"])]
            yield from unknown(place, question, asked, "no question of the multiverse")
    yield from unknown(("family",), enumerate(plan["family"]), compared, "no table of the groups")
    for i, pair in enumerate(plan["correlations"]):
        yield from unknown(("correlations", str(i)), pair.items(), numbers, "no number")
    yield from unknown(("multiverse", "questions"), zip(asked, asked, strict=True), numbers,
                       "no number")  # fmt: skip


def faults_of_responses(
    place: tuple[str, ...], responses: dict[tuple, list[str]], given: Collection[str], what: str
) -> Iterator[Fault]:
    """Yield the responses of groups that are not given (then told as `what`), or are of both.

    `responses` has those of a group by the keys that lead to them from `place`.
    """
    for keys, words in responses.items():
        yield from unknown((*place, *keys), enumerate(words), given, what)
    placed = [*chain.from_iterable(responses.values())]
    for word in sorted({word for word in placed if placed.count(word) > 1}):
        yield Fault(place, f"{word!r} in both groups", "it in one")


def faults_of_groupings(plan: dict) -> Iterator[Fault]:
    """Yield the rules of a multiverse that are not there, and the responses that it leaves out."""
    grid, rules, groups = plan["multiverse"], plan["response_rules"], [*plan["groups"]]
    named = enumerate(grid["rules"])
    yield from unknown(("multiverse", "rules"), named, rules, "no rule of the plan")
    given = {
        rule["counterpart"].get(step["response"]) if "counterpart" in rule else step["response"]
        for rule in (rules[name] for name in grid["rules"] if name in rules)
        for step in rule["steps"]
    } - {None}  # what has no counterpart is left out
    for name, grouping in grid["groupings"].items():
        keys, responses = ("multiverse", "groupings", name, "responses"), grouping["responses"]
        if [*responses] != groups:
            said = f"the groups, in their order: {', '.join(groups)}"
            yield Fault(keys, ", ".join(responses), said)
        if lacking := sorted(given - {*chain.from_iterable(responses.values())}):
            said = f"nothing of {', '.join(lacking)}"
            yield Fault(keys, said, "each response in one of the groups")
        placed = {(group,): words for group, words in responses.items()}
        said = "which none of the rules gives"
        yield from faults_of_responses(keys, placed, sorted(given), said)


def faults_of_conditions(plan: dict, codebook: dict) -> Iterator[Fault]:
    """Yield what is wrong with the conditions of a plan."""
    columns = levels_of(codebook)
    measured = columns | dict.fromkeys(CHANGES)
    for name, rule in plan["response_rules"].items():
        for i, step in enumerate(rule["steps"]):
            keys = ("response_rules", name, "steps", f"{i}", "when")
            if wrong := wrong_with(step["when"], measured, rule["parameters"]):
                yield Fault(keys, *wrong)
    for name, variable in plan["variables"].items():
        unmeasurable = variable.get("unmeasurable")
        if unmeasurable and (wrong := wrong_with(unmeasurable["when"], columns)):
            yield Fault(("variables", name, "unmeasurable", "when"), *wrong)


def faults_of_plan(plan: dict, codebook: dict, rule: str) -> Iterator[Fault]:
    """Yield what is wrong with a plan that fits its schema, as the codebook does.

    `rule` is the name of the primary response rule; where the plan has none of that name, it is
    told of the cohort's file. Where a part is empty, nobody knows what others mean by its names.
    """
    parts = ("variables", "response_rules", "groups", "tables")
    if not all([codebook["variables"], *(plan[part] for part in parts)]):
        return
    yield from faults_of_conditions(plan, codebook)
    if rule not in plan["response_rules"]:
        return
    known = values_of(plan, codebook, rule)
    variables = read_variables(plan["variables"]).values()
    yield from chain.from_iterable(faults_of_variable(variable, known) for variable in variables)
    yield from faults_of_tables(plan)
    yield from faults_of_names(plan)
    yield from faults_of_groupings(plan)
    placed = {(group, "responses"): of["responses"] for group, of in plan["groups"].items()}
    given = known["response"] or {}
    yield from faults_of_responses(("groups",), placed, given, "which the rule never gives")
    for group, of in plan["groups"].items():
        for key in ("label", "meaning"):
            named, own = named_in(of[key], given), {*of["responses"]}
            if re.search(r"(?<!complete )(?<!partial )\brespon", of[key], re.IGNORECASE):
                named |= own if named else set()
            denied = named_in(" ".join(DENIED.findall(of[key])), given)
            fits = not named or {r for r in own if given.get(r)} <= named <= own
            said = re.search(r"\b(non-?|no |not |without )?respon(d|se\b)", of[key], re.IGNORECASE)
            if said and "responders" in plan["groups"]:
                fits = fits and bool(said[1]) != (group == "responders")
            if own <= {*given} and not (fits or (denied and denied.isdisjoint(own))):
                found = f"{of[key]!r} of {', '.join(of['responses'])}"
                yield Fault(("groups", group, key), found, "the names of its responses, or none")
