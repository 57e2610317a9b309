"""The choices that could have been made otherwise: each question asked in all their combinations.

A question is whether responders have more of a number (of cycles, of months) than the others. A
specification is one way to ask it: by which rule the response is read, with whom stationary disease
counts, as a number or in two classes, by which test, and with what for the missing (Steegen,
Tuerlinckx, Gelman & Vanpaemel, Perspect Psychol Sci 2016;11:702–12).
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from crlm.comparison import compare_variable
from crlm.plan.analysis import Grouping, Multiverse, Plan, Rule
from crlm.plan.variables import Variable
from crlm.statistics.association import compare_counts, risk_difference
from crlm.statistics.ranks import rank_sum_p_value, superiority

COLUMNS = [
    "question", "rule", "grouping", "cut_point", "method", "missing", "n", "test", "effect", "low",
    "high", "p_value", "is_main",
]  # fmt: skip
TESTS = {"exact": "fisher_exact", "asymptotic": "pearson_chi2"}


class Found(NamedTuple):
    """What a specification finds; nothing where its data allow no test.

    `effect` is Cliff's delta (Psychol Bull 1993;114:494–509): the probability that a value of the
    first group is above one of the second, minus that it is below; of two classes the difference of
    the shares of the upper one. So classes and numbers have one scale, from -1 to 1.
    """

    test: str = ""
    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p_value: float = math.nan


@lru_cache(maxsize=10_000)
def compare_classes(above: tuple[int, int], below: tuple[int, int], method: str) -> Found:
    """Compare how many patients of each group are above a cut point; Newcombe's interval."""
    table = np.array([above, below])
    try:
        p_value = compare_counts(table, TESTS[method]).p_value
    except ValueError:  # nobody is on one of the sides, or in one of the groups
        return Found()
    effect, low, high = risk_difference(table.T)
    return Found(TESTS[method], effect, low, high, p_value)


def compare_values(x: np.ndarray, y: np.ndarray, method: str) -> Found:
    """Compare two samples; the interval is that of the probability of superiority."""
    try:
        p_value = rank_sum_p_value(x, y, method)
    except ValueError:  # a group without values, or too many for an exact test
        return Found()
    effect, low, high = (2 * end - 1 for end in superiority(x, y))
    return Found("mann_whitney", effect, low, high, p_value)


def groups_by(rule: Rule, grouping: Grouping) -> dict[str, str]:
    """Return response of the rule -> group; what has no counterpart in the plan's words is in none.

    A rule with counterparts is read by them, any other by its own responses.
    """
    groups = {word: group for group, words in grouping.responses.items() for word in words}
    given = dict.fromkeys(step.response for step in rule.steps)
    words = {response: rule.counterpart.get(response, response) for response in given}
    return {response: groups[word] for response, word in words.items() if word in groups}


def fill_in(values: np.ndarray, missing: str) -> np.ndarray:
    """Return the numbers with the missing ones left out (NaN), below all others or above them."""
    if missing == "left_out" or np.isnan(values).all():
        return values
    end = np.nanmin(values) - 1 if missing == "below" else np.nanmax(values) + 1
    return np.where(np.isnan(values), end, values)


def choices_made(
    frame: pd.DataFrame, plan: Plan, variable: Variable, tests: str
) -> dict[float | None, str]:
    """Return how the paper asks a question: cut point, or None as a number, -> exact or not."""
    made: dict[float | None, str] = {}
    for table in plan.tables.values():
        for row in (row for row in table.rows if table.compares):
            levels = [*row.variable.levels.values()]
            if row.variable.source != variable.source or len(levels) not in (0, 2):
                continue
            cut = round(levels[1].at_least * variable.scale, 9) if levels else None
            named = row.published if tests == "published" else None
            found = compare_variable(frame, row.variable, table.groups, named)
            made[cut] = "exact" if found.get("exact") else "asymptotic"
    return made


def specify_question(
    values: np.ndarray, readings: dict[tuple[str, str], tuple[list[np.ndarray], bool]],
    cut_points: list[float], grid: Multiverse, made: dict[float | None, str],
) -> Iterator[tuple]:  # fmt: skip
    """Yield the specifications of a question, the columns of `COLUMNS` from the second on.

    `readings` has by rule and grouping who is in each of the groups, and whether they are those of
    the paper; `made` is as `choices_made` returns it. Where nothing is missing, no way to fill it
    in is told from another.
    """
    whole = not np.isnan(values).any()
    for (rule, grouping), (groups, own) in readings.items():
        for missing in grid.missing[:1] if whole else grid.missing:
            x, y = (filled[~np.isnan(filled)] for filled in
                    (fill_in(values, missing)[group] for group in groups))  # fmt: skip
            for cut, method in product([*cut_points, None], grid.methods):
                if cut is None:
                    found = compare_values(x, y, method)
                else:
                    above = int((x >= cut).sum()), int((y >= cut).sum())
                    below = len(x) - above[0], len(y) - above[1]
                    found = compare_classes(above, below, method)
                is_main = own and made.get(cut) == method and (whole or missing == "left_out")
                yield (
                    rule, grouping, math.nan if cut is None else cut, method, missing,
                    len(x) + len(y), *found, is_main,
                )  # fmt: skip


def specify(
    frame: pd.DataFrame, plan: Plan, primary: str, tests: str, share: str = "1-of-1"
) -> pd.DataFrame:
    """Ask each question of the plan's multiverse in all combinations of its choices.

    Parameters
    ----------
    frame
        One row a patient, with the clean columns, `response`, `group` and the changes in size.
    plan
        The plan; `multiverse` has the choices and the questions.
    primary
        The name of the response rule that the paper goes by.
    tests
        How the paper's tests are chosen, as of `compare_groups`.
    share
        Which of the questions: of `2-of-3` every third, from the second.

    Returns
    -------
    frame
        The columns of `specifications.csv`, a row a specification. `cut_point` is in the variable's
        unit, from there on a patient is in the upper class; empty where the number itself is
        compared. `n` are the patients compared. Empty from `test` to `p_value` where the data allow
        no such test. `is_main`: the paper's own.
    """
    grid, part, parts = plan.multiverse, *map(int, share.split("-of-"))
    readings = {}
    for name in grid.rules if grid.questions else ():
        rule = plan.response_rules[name]
        response = frame["response"] if name == primary else rule.decide(frame)["response"]
        for key, grouping in grid.groupings.items():
            groups = groups_by(rule, grouping)
            read_as = response.map(groups)
            given = {step.response for step in rule.steps}
            paper = {r: group for r, group in plan.group_of.items() if r in given}
            own = name == primary and groups == paper
            readings[name, key] = [(read_as == group).to_numpy() for group in plan.groups], own
    rows = []
    for question, cut_points in [*grid.questions.items()][part - 1 :: parts]:
        variable = plan.variables[question]
        values = variable.read(frame).to_numpy(float)
        made = choices_made(frame, plan, variable, tests)
        found = specify_question(values, readings, cut_points, grid, made)
        rows += [(question, *row) for row in found]
    return pd.DataFrame(rows, columns=COLUMNS)
