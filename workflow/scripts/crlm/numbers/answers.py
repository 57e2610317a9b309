"""What all the tests of a question say together: those of the variables read from one column."""

from crlm.base.formats import listing, p_phrase
from crlm.numbers.registry import registry_entry
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable


def questions_of(plan: Plan) -> dict[str, list[Variable]]:
    """Return clean column -> the variables read from it that are tested, in the plan's order.

    The number of cycles is one question, asked twice: as a continuous variable, and in classes.
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


def p_values(numbers: dict[str, dict], plan: Plan) -> dict[str, dict[str, float]]:
    """Return question -> variable -> the p-value of its test, where one was possible."""
    return {
        column: {
            v.name: p for v in asked if (p := numbers[f"test.{v.name}.p"]["value"]) is not None
        }
        for column, asked in questions_of(plan).items()
    }


def tested_otherwise(numbers: dict[str, dict], plan: Plan) -> list[Variable]:
    """Return the variables that the plan's rule tests otherwise than the paper does."""

    def of(prefix: str, variable: Variable) -> list:
        return [numbers[f"{prefix}.{variable.name}.{form}"]["value"] for form in ("name", "p")]

    tested = {name for known in p_values(numbers, plan).values() for name in known}
    variables = [v for asked in questions_of(plan).values() for v in asked if v.name in tested]
    return [v for v in variables if of("test", v) != of("sensitivity", v)]


def register_answers(numbers: dict[str, dict], plan: Plan) -> dict[str, dict]:
    """Register of each question how many tests were possible, and how many p are below alpha.

    `numbers` are those of the tests, by which the answers are counted: `answer.<column>.tests` and
    `.below`, by which a sentence on the question is chosen; and how many variables could be tested,
    on how many questions, for how many of them the plan's rule chooses another test than the
    paper's, and for how many it comes to the other side of alpha: `choice.test.possible`,
    `.questions`, `.other` and `.crossing`.
    """
    alpha, decimals = plan.alpha, plan.decimals["p_value"]
    what = {"tests": "tests that were possible", "below": f"tests with p < {alpha:g}"}
    questions, found, possible = questions_of(plan), {}, []
    answers = p_values(numbers, plan)
    for column, known in answers.items():
        told = listing([f"{n}: {p_phrase(p, decimals, alpha)}" for n, p in known.items()])
        label = questions[column][0].label
        possible += known
        counts = {"tests": len(known), "below": sum(p < alpha for p in known.values())}
        for form, count in counts.items():
            found[f"answer.{column}.{form}"] = registry_entry(
                count, f"{count}", f"{label}, by response group: {what[form]}", "tests",
                "compare_groups", "comparison/tests.csv", told or "no test was possible",
            )  # fmt: skip
    other = [v.name for v in tested_otherwise(numbers, plan)]

    def is_below(key: str) -> bool:
        return numbers[f"{key}.p"]["value"] < alpha

    crossing = [n for n in other if is_below(f"test.{n}") != is_below(f"sensitivity.{n}")]
    for form, names, of_them in (
        ("possible", possible, "compared between the groups"),
        (
            "questions",
            [*filter(answers.get, answers)],
            "compared in classes, as a continuous variable or both",
        ),
        ("other", other, "for which the rule chooses another test"),
        ("crossing", crossing, "whose p comes to the other side of alpha by that"),
    ):
        found[f"choice.test.{form}"] = registry_entry(
            len(names), f"{len(names)}", f"variables {of_them}", "variables", "compare_groups",
            "comparison/tests.csv, comparison/sensitivity.csv", listing(names) or "none",
        )  # fmt: skip
    return found
