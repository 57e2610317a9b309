"""Print an invented paper from known rows: its numbers, and what it says of them in words.

The rows are drawn at random, and all else is computed from them, so that what the paper says is
true.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from crlm.base.files import read_yaml
from crlm.plan.analysis import read_plan

PLAN = read_yaml(Path(__file__).with_name("plan.yaml"))
READ = read_plan(
    {part: PLAN[part] for part in ("alpha", "decimals", "groups", "variables", "tables")}
)
PLANTS = 40
DECIMALS = {"fruits": 2, "height_cm": 1, "weeks": 1}
CLAIMED = ["id", "section", "place", "words", "variable", "level", "against", "group", "claim", "p",
           "needs", "note"]  # fmt: skip
COLUMNS = ["id", "table", "place", "text", "decimals", "variable", "level", "group", "statistic"]


def grow(rng) -> pd.DataFrame:
    """Draw the rows: one a plant, with its response, its group and what is not known of some."""
    response = rng.choice(["strong", "steady", "wilted"], PLANTS, p=[0.4, 0.2, 0.4])
    alive = response != "wilted"
    rows = pd.DataFrame(
        {
            "response": response,
            "group": np.where(alive, "alive", "wilted"),
            "sort": rng.choice(["cherry", "plum", "beef"], PLANTS, p=[0.5, 0.3, 0.2]),
            "bed": rng.choice(["north", "south"], PLANTS),
            "watering": np.where(rng.random(PLANTS) < 0.4 + 0.3 * alive, "daily", "weekly"),
            "spots": rng.choice(["yes", "no"], PLANTS, p=[0.3, 0.7]),
            "fruits": rng.poisson(6 + 4 * alive),
            "height_mm": rng.normal(850 + 120 * alive, 150).round().clip(300, 1500),
            "weeks": (rng.normal(9 + 2 * alive, 2.5) * 2).round().clip(4, 40) / 2,
        }
    )
    for column, missing in {"watering": 4, "spots": 6, "height_mm": 3, "weeks": 5}.items():
        rows[column] = rows[column].astype(object)
        rows.loc[rng.choice(PLANTS, missing, replace=False), column] = None
    return rows


def rounded(value, decimals: int) -> str:
    """Round half up, as a statistics program prints."""
    value = Fraction(value)
    unit = Decimal(1).scaleb(-decimals)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(unit, ROUND_HALF_UP))


def level_of(value, variable: dict) -> str:
    """Return the level that a value is of."""
    return next(
        name
        for name, level in variable["levels"].items()
        if (
            value in level["values"]
            if "values" in level
            else level["at_least"] <= value < level["below"]
        )
    )


def counts_of(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return how many plants of each group (columns) are of each level (rows)."""
    variable = PLAN["variables"][name]
    known = rows.dropna(subset=variable["source"])
    levels = known[variable["source"]].map(lambda v: level_of(v, variable))
    counts = pd.crosstab(levels, known["group"])
    return counts.reindex(
        index=list(variable["levels"]), columns=list(PLAN["groups"]), fill_value=0
    )


def p_of(counts: pd.DataFrame, test: str) -> float:
    """Return the p-value of a table."""
    if test == "pearson_chi2":
        return stats.chi2_contingency(counts, correction=False).pvalue
    if test == "fisher_exact":
        return stats.fisher_exact(counts).pvalue
    return exact_p(counts)


def exact_p(counts: pd.DataFrame) -> float:
    """Return the Fisher–Freeman–Halton p of a table with two columns, by trying all tables."""
    totals, left = counts.sum(axis=1).to_numpy(), int(counts.iloc[:, 0].sum())
    grid = np.array(np.meshgrid(*(np.arange(t + 1) for t in totals))).reshape(len(totals), -1)
    grid = grid[:, grid.sum(axis=0) == left]
    p = np.exp(stats.multivariate_hypergeom.logpmf(grid.T, totals, left))
    own = stats.multivariate_hypergeom.pmf(counts.iloc[:, 0].to_numpy(), totals, left)
    return float(p[p <= own * (1 + 1e-7)].sum())


def print_paper(rows: pd.DataFrame) -> pd.DataFrame:
    """Print the tables and some sentences, as a transcription."""
    cells = []

    def add(table, variable, level, group, statistic, text):
        name = "_".join(filter(None, [f"t{table}", variable, level, group, statistic]))
        decimals = len(text.partition(".")[2])
        place = ", ".join(filter(None, [variable, level, group, statistic]))
        cells.append((name, table, place, text, decimals, variable, level, group, statistic))

    for number, groups in (("1", ["all"]), ("2", list(PLAN["groups"]))):
        for group in groups if number == "2" else []:
            add("2", "response", "", group, "n", str((rows["group"] == group).sum()))
        for row in PLAN["tables"][f"table{number}"]["rows"]:
            name, variable = row["variable"], PLAN["variables"][row["variable"]]
            for group in groups:
                inside = rows if group == "all" else rows[rows["group"] == group]
                if "levels" in variable:
                    print_counts(add, rows, number, name, group)
                else:
                    print_numbers(add, inside, number, row, group)
            if row.get("published"):
                p = p_of(drop_empty(counts_of(rows, name)), row["published"]["test"])
                add("2", name, "", "all", "p_value", rounded(p, 3))
    cells = pd.DataFrame(cells, columns=COLUMNS).astype(str)
    return pd.concat([cells, print_text(cells)], ignore_index=True)


def print_counts(add, rows, number, name, group) -> None:
    """Print a variable's counts and percentages of one column."""
    counts = counts_of(rows, name)
    column = counts.sum(axis=1) if group == "all" else counts[group]
    for level, n in column.items():
        of = column.sum() if number == "1" else counts.loc[level].sum()
        add(number, name, level, group, "n", str(n))
        if of:
            add(number, name, level, group, "percent", rounded(Fraction(100 * int(n), int(of)), 1))


def print_numbers(add, inside, number, row, group) -> None:
    """Print a number's mean, SD and range of one column."""
    variable = PLAN["variables"][row["variable"]]
    values = inside[variable["source"]].dropna().astype(float).to_numpy()
    exact = [Fraction(v) * Fraction(str(variable["scale"])) for v in values]
    found = {
        "mean": sum(exact) / len(exact),
        "sd": Fraction(float(np.std([float(v) for v in exact], ddof=1))),
        "min": min(exact),
        "max": max(exact),
    }
    for statistic in row["show"]:
        decimals = DECIMALS[row["variable"]]
        decimals = 1 if statistic in ("min", "max") and decimals else decimals
        add(number, row["variable"], "", group, statistic, rounded(found[statistic], decimals))


def drop_empty(counts: pd.DataFrame) -> pd.DataFrame:
    """Leave out levels that no plant is of."""
    return counts[counts.sum(axis=1) > 0]


def print_text(cells: pd.DataFrame) -> pd.DataFrame:
    """Repeat some numbers of Table 1 in the text."""
    repeated = (
        cells[
            (cells["table"] == "1")
            & cells["variable"].isin(["response", "sort", "spots", "fruits"])
            & cells["statistic"].isin(["n", "percent", "mean"])
        ]
        .groupby("variable")
        .head(3)
    )
    return repeated.assign(
        table="text", id="text_" + repeated["id"], place="text: " + repeated["place"]
    )


def complete(cells: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that the transcription of a paper has besides."""
    of = {t: PLAN["tables"][f"table{t}"]["percent_of"] for t in ("1", "2")}
    return cells.assign(
        section=["results" if t == "text" else f"table{t}" for t in cells["table"]],
        kind=cells["statistic"].replace({"n": "count"}),
        percent_of=[
            of.get(t, "group") if s == "percent" else ""
            for t, s in zip(cells["table"], cells["statistic"], strict=True)
        ],
        words="", value=cells["text"], printed_as="", counts="", of="", key="", note="",
    )  # fmt: skip


def state_claims(rows: pd.DataFrame) -> pd.DataFrame:
    """Say in words what the rows show: differences where p is below alpha, and majorities.

    A variable of three levels is only said to be commonest in one of them.
    """
    claims = []

    def say(variable, level, claim):
        name = f"says_{variable}_{claim}"
        words = f"{variable} {level} … {claim}".replace("_", " ")
        claims.append(
            dict.fromkeys(CLAIMED, "")
            | {"id": name, "section": "results", "place": "Results", "words": words,
               "variable": variable, "level": level, "group": "all", "claim": claim}
        )  # fmt: skip

    for row in PLAN["tables"]["table2"]["rows"]:
        if not row.get("published"):
            continue
        name, counts = row["variable"], counts_of(rows, row["variable"])
        totals = counts.sum(axis=1)
        if len(counts) > 2:
            if (totals == totals.max()).sum() == 1:
                say(name, totals.idxmax(), "most_common")
            continue
        if 2 * totals.max() > totals.sum():
            say(name, totals.idxmax(), "majority")
        if totals.min() and p_of(counts, row["published"]["test"]) < PLAN["alpha"]:
            say(name, (counts.iloc[:, 0] / totals).idxmax(), "difference")
        else:
            say(name, "", "no_difference")
    return pd.DataFrame(claims, columns=CLAIMED)
