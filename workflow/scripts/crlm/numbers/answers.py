"""What all the tests of a question say together: those of the variables read from one column."""

import pandas as pd

from crlm.base.formats import listing, p_phrase
from crlm.numbers.registry import entry
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable


def questions_of(plan: Plan) -> dict[str, list[Variable]]:
    """Return clean column -> the variables read from it that are tested, in the plan's order.

    The number of cycles is one question, asked twice: as a number, and in classes.
    """
    tested = {
        row.variable.name: row.variable
        for table in plan.tables.values()
        if table.compares
        for row in table.rows
    }
    questions: dict[str, list[Variable]] = {}
    for variable in tested.values():
        questions.setdefault(variable.source, []).append(variable)
    return questions


def register_answers(tests: pd.DataFrame, sensitivity: pd.DataFrame, plan: Plan) -> dict[str, dict]:
    """Register of each question how many tests were possible, and how many p are below alpha.

    `answer.<column>.tests` and `.below`, by which a sentence on the question is chosen; and for how
    many variables the plan's rule (`sensitivity`) chooses another test than the paper's, and comes
    to the other side of alpha: `choice.test.other` and `.crossing`.
    """
    alpha, decimals = plan.alpha, plan.decimals["p_value"]
    p_of = tests[tests["test"] != "spearman"].set_index("variable")["p_value"].dropna()
    found = {}
    for column, variables in questions_of(plan).items():
        known = {v.name: p_of[v.name] for v in variables if v.name in p_of}
        told = listing([f"{n}: {p_phrase(p, decimals, alpha)}" for n, p in known.items()])
        label = variables[0].label
        counts = {"tests": len(known), "below": sum(bool(p < alpha) for p in known.values())}
        for form, count in counts.items():
            what = {
                "tests": "tests that were possible",
                "below": f"of its tests, those with p < {alpha:g}",
            }
            found[f"answer.{column}.{form}"] = entry(
                count, f"{count}", f"{label}, by response group: {what[form]}", "tests",
                "compare_groups", "comparison/tests.csv", told or "no test was possible",
            )  # fmt: skip
    other, crossing = other_tests(tests, sensitivity, alpha)
    for form, names, what in (
        ("other", other, "for which the rule chooses another test"),
        ("crossing", crossing, "whose p comes to the other side of alpha by that"),
    ):
        found[f"choice.test.{form}"] = entry(
            len(names), f"{len(names)}", f"variables {what}", "variables", "compare_groups",
            "comparison/tests.csv, comparison/sensitivity.csv", listing(names) or "none",
        )  # fmt: skip
    return found


def other_tests(
    tests: pd.DataFrame, sensitivity: pd.DataFrame, alpha: float
) -> tuple[list[str], list[str]]:
    """Return the variables that the rule tests otherwise than the paper; those that cross alpha."""
    by_rule = sensitivity[sensitivity["test"] != "spearman"].set_index("variable")
    other, crossing = [], []
    for row in tests[(tests["test"] != "spearman") & tests["p_value"].notna()].itertuples():
        rule = by_rule.loc[row.variable]
        if (row.test, row.p_value) != (rule["test"], rule["p_value"]):
            other.append(row.variable)
            if (row.p_value < alpha) != (rule["p_value"] < alpha):
                crossing.append(row.variable)
    return other, crossing
