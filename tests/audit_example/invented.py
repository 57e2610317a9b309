"""Print an invented paper from known rows, and plant errors in it.

The rows are drawn at random, and every number is computed from them, so that what the paper says is
true; each planting then changes what a careless author changes.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

PLAN = yaml.safe_load(Path(__file__).with_name("plan.yaml").read_text(encoding="utf-8"))
PLANTS = 40
DECIMALS = {"fruits": 2, "height_cm": 1, "weeks": 1}
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


# --- Errors, each a function of the cells and a generator: the changed cells, or None ------------


def _change(cells: pd.DataFrame, changes: dict) -> pd.DataFrame | None:
    """Return the cells with other texts; None where nothing would be another number."""
    changes = {i: text for i, text in changes.items() if text != cells.at[i, "text"]}
    if not changes:
        return None
    planted = cells.copy()
    for i, text in changes.items():
        planted.at[i, "text"] = text
        planted.at[i, "decimals"] = str(len(text.partition(".")[2]))
    return planted


def _pick(cells: pd.DataFrame, rng, **where) -> int:
    """Return the index of one of the cells with these values."""
    inside = pd.Series(True, index=cells.index)
    for column, values in where.items():
        inside &= cells[column].isin(values)
    return int(rng.choice(cells.index[inside]))


def _value(cells: pd.DataFrame, **where) -> tuple[int, Fraction]:
    """Return index and value of the one cell with these values."""
    i = cells.index[np.logical_and.reduce([cells[c] == v for c, v in where.items()])][0]
    return i, Fraction(cells.at[i, "text"])


def denominator(cells, rng):
    """A variable's percentages of Table 1 are of all plants, though some are not known."""
    name = rng.choice(["watering", "spots", "height_class"])
    own = cells[(cells["table"] == "1") & (cells["variable"] == name)]
    counts = {c.level: int(c.text) for c in own.itertuples() if c.statistic == "n"}
    return _change(
        cells,
        {c.Index: rounded(Fraction(100 * counts[c.level], PLANTS), 1)
         for c in own.itertuples() if c.statistic == "percent"},
    )  # fmt: skip


def row_shift(cells, rng):
    """A variable's percentages of Table 1 stand one row too low, the last one on top."""
    name = rng.choice(["response", "sort", "bed", "watering", "spots", "fruits_class"])
    own = cells[(cells["table"] == "1") & (cells["variable"] == name)
                & (cells["statistic"] == "percent")]  # fmt: skip
    return _change(cells, dict(zip(own.index, np.roll(own["text"], 1), strict=True)))


def swapped_label(cells, rng):
    """Two levels of a variable have each other's counts and percentages in Table 2."""
    name = rng.choice(["sort", "bed", "watering", "spots"])
    own = cells[(cells["table"] == "2") & (cells["variable"] == name) & (cells["level"] != "")]
    one, other = rng.choice(list(PLAN["variables"][name]["levels"]), 2, replace=False)
    texts = own.set_index(["level", "group", "statistic"])["text"]
    swap = {one: other, other: one}
    return _change(
        cells,
        {c.Index: texts.get((swap[c.level], c.group, c.statistic), c.text)
         for c in own.itertuples() if c.level in swap},
    )  # fmt: skip


def transposed_digits(cells, rng):
    """Two digits of a count, percentage or mean change places."""
    i = _pick(cells, rng, statistic=["n", "percent", "mean"], table=["1", "2"])
    text = list(cells.at[i, "text"])
    digits = [k for k, sign in enumerate(text) if sign != "."]
    if len(digits) < 2:
        return None
    k = int(rng.integers(len(digits) - 1))
    a, b = digits[k], digits[k + 1]
    text[a], text[b] = text[b], text[a]
    return _change(cells, {i: "".join(text)})


def wrong_mean(cells, rng):
    """The mean of all plants is that of the larger group."""
    name = rng.choice(["fruits", "height_cm", "weeks"])
    i, _ = _value(cells, table="1", variable=name, statistic="mean")
    j, _ = _value(cells, table="2", variable=name, statistic="mean", group="alive")
    return _change(cells, {i: cells.at[j, "text"]})


def sd_out_of_reach(cells, rng):
    """An SD of Table 1 is larger than half the range allows."""
    name = rng.choice(["fruits", "height_cm"])
    i, _ = _value(cells, table="1", variable=name, statistic="sd")
    (_, low), (_, high) = (
        _value(cells, table="1", variable=name, statistic=s) for s in ("min", "max")
    )
    return _change(cells, {i: rounded((high - low) * Fraction(3, 4), DECIMALS[name])})


def impossible_mean(cells, rng):
    """A group's mean of whole numbers is off by what no sum can give."""
    i = _pick(cells, rng, variable=["fruits"], statistic=["mean"], table=["2"])
    group = cells.at[i, "group"]
    _, n = _value(cells, table="2", variable="response", group=group, statistic="n")
    possible = {rounded(Fraction(s) / n, 2) for s in range(int(60 * n))}
    offsets = [Fraction(k, 100) * sign for k in (1, 2, 3) for sign in (1, -1)]
    texts = [rounded(Fraction(cells.at[i, "text"]) + d, 2) for d in offsets]
    return _change(cells, {i: next((t for t in texts if t not in possible), cells.at[i, "text"])})


def sd_last_digit(cells, rng):
    """A group's SD of whole numbers is off by one in the last digit."""
    i = _pick(cells, rng, variable=["fruits"], statistic=["sd"], table=["2"])
    step = Fraction(int(rng.choice([-1, 1])), 100)
    return _change(cells, {i: rounded(Fraction(cells.at[i, "text"]) + step, 2)})


def other_test(cells, rng):
    """A p-value of Table 2 is Pearson's instead of Fisher's."""
    i = _pick(cells, rng, statistic=["p_value"])
    own = cells[(cells["table"] == "2") & (cells["variable"] == cells.at[i, "variable"])
                & (cells["statistic"] == "n")]  # fmt: skip
    counts = own.assign(n=own["text"].astype(int)).pivot(index="level", columns="group", values="n")
    return _change(cells, {i: rounded(Fraction(p_of(drop_empty(counts), "pearson_chi2")), 3)})


def prose_against_table(cells, rng):
    """A number of the text is not that of Table 1."""
    i = _pick(cells, rng, table=["text"])
    unit = Fraction(1, 10 ** int(cells.at[i, "decimals"]))
    off = unit * int(rng.choice([-3, -2, -1, 1, 2, 3]))
    value = max(Fraction(cells.at[i, "text"]) + off, unit)
    return _change(cells, {i: rounded(value, int(cells.at[i, "decimals"]))})


ERRORS = {
    error.__name__: error
    for error in (denominator, row_shift, swapped_label, transposed_digits, wrong_mean,
                  sd_out_of_reach, impossible_mean, sd_last_digit, other_test, prose_against_table)
}  # fmt: skip


def plant(kind: str, seed: int) -> tuple[pd.DataFrame, list[str]]:
    """Print a paper with one error of a kind.

    Returns
    -------
    cells
        The transcription.
    changed
        Ids of the cells that are not what the rows give.
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    while True:  # some errors can't be made in some papers: counts of one digit, no difference
        cells = print_paper(grow(rng))
        planted = ERRORS[kind](cells, rng)
        if planted is not None:
            return planted, list(cells.loc[cells["text"] != planted["text"], "id"])
