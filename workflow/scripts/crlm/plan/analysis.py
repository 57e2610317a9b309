"""The plan of the analysis, read from its YAML: groups, response rules, tables, figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crlm.plan.conditions import meets
from crlm.plan.variables import Variable, read_variables

if TYPE_CHECKING:
    import pandas as pd

# The columns that a response is measured by, and what its rules speak of beside them.
MEASURED = ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
CHANGES = ("size_left_mm", "lesions_change", "size_change_mm", "size_change_percent")


class Group(NamedTuple):
    """One of the two groups that are compared, by the responses of its patients."""

    label: str
    meaning: str
    responses: list[str]


class Step(NamedTuple):
    """A step of a response rule."""

    response: str
    criterion: str
    when: str
    in_text: str = ""


class Rule(NamedTuple):
    """A response rule: the first step whose condition is met decides."""

    label: str
    definition: str
    parameters: dict[str, float]
    steps: list[Step]
    counterpart: dict[str, str] = {}  # noqa: RUF012 (a named tuple is not changed)

    def decide(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the response of each patient with its criterion; missing where no step is met."""
        from pandas import DataFrame

        decided = DataFrame(
            None, index=frame.index, columns=["response", "criterion"], dtype=object
        )
        for step in self.steps:
            met = meets(frame, step.when, **self.parameters) & decided["response"].isna()
            decided.loc[met, ["response", "criterion"]] = step.response, step.criterion
        return decided


class Test(NamedTuple):
    """A test that the plan names, and how its p-value is found where that can be chosen."""

    test: str
    method: str = ""


class Row(NamedTuple):
    """A row of a table: the summaries of a number, and the test that the plan names, if any."""

    variable: Variable
    show: tuple[str, ...] = ()
    published: Test | None = None


class Table(NamedTuple):
    """A table of all patients, or of the groups; percentages are of the `group` or the `level`."""

    groups: list[str]
    percent_of: str
    rows: list[Row]
    title: str = ""

    @property
    def compares(self) -> bool:
        """Whether it compares the groups."""
        return self.groups != ["all"]

    def whole(self, group: str, level: str | None) -> tuple[str, str | None]:
        """Return the denominator of a level in a group: a group, and a level of it.

        No level stands for all of the group in whom the variable is known.
        """
        return ("all", level) if level and self.percent_of == "level" else (group, None)


class Figure(NamedTuple):
    """A figure of the groups: of the kind `shares`, the response by the levels of its variables, a
    panel each; of the kind `forest`, the comparisons of its tables, a row each; of the kind
    `specifications`, the curve of a question of the multiverse.
    """

    variables: list[Variable]
    title: str = ""
    kind: str = "shares"
    tables: Sequence[str] = ()
    question: str = ""


class Grouping(NamedTuple):
    """Which responses, in the primary rule's words, are in which of the groups compared."""

    label: str
    in_text: str
    responses: dict[str, list[str]]


class Multiverse(NamedTuple):
    """The choices that could have been made otherwise; questions are numbers -> cut points."""

    rules: Sequence[str] = ()
    groupings: dict[str, Grouping] = {}  # noqa: RUF012
    methods: Sequence[str] = ()
    missing: Sequence[str] = ()
    questions: dict[str, list[float]] = {}  # noqa: RUF012


class Plan(NamedTuple):
    """The plan, or the parts of it that a stage is given."""

    variables: dict[str, Variable]
    groups: dict[str, Group]
    response_rules: dict[str, Rule]
    tables: dict[str, Table]
    correlations: list[tuple[Variable, Variable]]
    figures: dict[str, Figure]
    family: Sequence[str] = ()
    multiverse: Multiverse = Multiverse()
    decimals: dict[str, int] = {}  # noqa: RUF012
    alpha: float = math.nan
    confidence_level: float = math.nan
    abbreviations: dict[str, str] = {}  # noqa: RUF012

    @property
    def unprinted(self) -> list[Variable]:
        """The numbers compared between the groups of which no p-value is printed."""
        rows = [row for table in self.tables.values() if table.compares for row in table.rows]
        return [row.variable for row in rows if not (row.variable.levels or row.published)]

    @property
    def sources(self) -> dict[str, str]:
        """The clean column that each variable is read from."""
        return {name: variable.source for name, variable in self.variables.items()}

    @property
    def number_columns(self) -> list[str]:
        """The clean columns that are read as numbers."""
        return [v.source for v in self.variables.values() if v.is_number]

    def responses_of(self, primary: str) -> list[str]:
        """Return what a reading is compared with by a rule: of RECIST 1.1 the counterparts."""
        rule = self.response_rules[primary]
        named = [step.response for step in rule.steps]
        if primary == "recist_1_1":
            named = [rule.counterpart[name] for name in named if name in rule.counterpart]
        return list(dict.fromkeys(named))

    def variable(self, name: str) -> Variable:
        """Return a variable; of a name that is none, a number that is called so."""
        return self.variables.get(name) or Variable(name, {}, name, name, {}, name)

    def group_label(self, name: str) -> str:
        """Return the label of a group; of a name that is none, the name."""
        return self.groups[name].label if name in self.groups else name

    def percent_of(self, table: str) -> str:
        """Return whose percentages a table gives; of the group where there is no such table."""
        return self.tables[table].percent_of if table in self.tables else "group"

    def named_test(self, variable: str, tables: Collection[str]) -> str | None:
        """Return the test that the first of some tables names for a variable; None without."""
        rows = (r for name, table in self.tables.items() if name in tables for r in table.rows)
        named = (r.published for r in rows if r.variable.name == variable and r.published)
        return next((published.test for published in named), None)

    @property
    def group_of(self) -> dict[str, str]:
        """Response -> the group of its patients."""
        return {r: name for name, group in self.groups.items() for r in group.responses}


def read_rule(rule: dict) -> Rule:
    """Read a response rule."""
    return Rule(**rule | {"steps": [Step(**step) for step in rule["steps"]]})


def read_plan(plan: dict) -> Plan:
    """Read config/plan.yaml, which fits its schema, or some parts of it."""

    def each(part: str, read: Callable[[dict], Any]) -> dict[str, Any]:
        return {name: read(content) for name, content in plan.get(part, {}).items()}

    def read_row(row: dict) -> Row:
        named, show = row.get("published"), row.get("show", ())
        read = {"variable": variables[row["variable"]], "published": named and Test(**named)}
        read["show"] = (show,) if isinstance(show, str) else tuple(show)
        return Row(**row | read)

    def read_figure(figure: dict) -> Figure:
        of_tables = [
            r["variable"] for t in figure.get("tables", ()) for r in plan["tables"][t]["rows"]
        ]
        drawn = [figure["question"]] if "question" in figure else of_tables
        return Figure(
            **figure | {"variables": [variables[v] for v in figure.get("variables", drawn)]}
        )

    variables, grid = read_variables(plan.get("variables", {})), plan.get("multiverse", {})
    groupings = {name: Grouping(**g) for name, g in grid.get("groupings", {}).items()}
    pairs = ((pair["variable"], pair["with"]) for pair in plan.get("correlations", []))
    read = {
        "variables": variables,
        "groups": each("groups", lambda group: Group(**group)),
        "response_rules": each("response_rules", read_rule),
        "tables": each("tables", lambda t: Table(**t | {"rows": [*map(read_row, t["rows"])]})),
        "correlations": [(variables[one], variables[other]) for one, other in pairs],
        "figures": each("figures", read_figure),
        "multiverse": Multiverse(**grid | {"groupings": groupings}),
    }
    return Plan(**plan | read)
