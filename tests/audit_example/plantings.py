"""Plant an error in an invented paper: what a careless author changes.

Each error is a function of the paper and a generator, and returns the changed numbers or
statements, or None where this paper has no room for it.
"""

from fractions import Fraction

import numpy as np
import pandas as pd
from invented import (
    DECIMALS,
    PLAN,
    PLANTS,
    drop_empty,
    grow,
    p_of,
    print_paper,
    rounded,
    state_claims,
)


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


def _exchange(cells, rng, field, one, other, **where):
    """Change two places: what differs in one field alone has each other's text."""
    i = _pick(cells, rng, **{field: [one]}, **where)
    same = [f for f in ("table", "variable", "level", "group", "statistic") if f != field]
    own = cells[(cells[same] == cells.loc[i, same]).all(axis=1)].set_index(field)
    if other not in own.index:
        return None
    texts = {own.at[one, "id"]: own.at[other, "text"], own.at[other, "id"]: own.at[one, "text"]}
    return _change(cells, {cells.index[cells["id"] == i][0]: t for i, t in texts.items()})


def swapped_means(cells, rng):
    """The two groups' means of a variable are swapped."""
    where = {"table": ["2"], "statistic": ["mean"]}
    return _exchange(cells, rng, "group", "alive", "wilted", **where)


def swapped_sds(cells, rng):
    """The two groups' SDs of a variable are swapped."""
    where = {"table": ["2"], "statistic": ["sd"], "variable": ["fruits", "height_cm"]}
    return _exchange(cells, rng, "group", "alive", "wilted", **where)


def swapped_limits(cells, rng):
    """Minimum and maximum of a variable are swapped."""
    return _exchange(cells, rng, "statistic", "min", "max", table=["1"])


def mean_for_sd(cells, rng):
    """Mean and SD of a variable are swapped."""
    return _exchange(cells, rng, "statistic", "sd", "mean", table=["1", "2"])


def count_for_percent(cells, rng):
    """A count and its percentage are swapped."""
    where = {"table": ["1", "2"], "variable": ["sort", "bed", "watering", "spots"]}
    return _exchange(cells, rng, "statistic", "percent", "n", **where)


def swapped_groups(cells, rng):
    """A level's counts and percentages of Table 2 are those of the other group."""
    i = _pick(cells, rng, table=["2"], statistic=["n"], group=["alive"],
              variable=["bed", "sort", "fruits_class", "watering", "spots"])  # fmt: skip
    row = ["table", "variable", "level"]
    own = cells[(cells[row] == cells.loc[i, row]).all(axis=1)]
    texts = own.set_index(["group", "statistic"])["text"]
    other = {"alive": "wilted", "wilted": "alive"}
    return _change(cells, {c.Index: texts.get((other[c.group], c.statistic), c.text)
                           for c in own.itertuples()})  # fmt: skip


def units(cells, rng):
    """Mean, SD and range of all plants are in millimetres, not in centimetres."""
    own = cells[(cells["table"] == "1") & (cells["variable"] == "height_cm")]
    return _change(cells, {c.Index: rounded(Fraction(c.text) * 10, 0) for c in own.itertuples()})


def _number_of(cells, rng, of):
    """Print something else for an SD: what a function of its value and of n gives."""
    i = _pick(cells, rng, statistic=["sd"], variable=["fruits", "height_cm"])
    sizes = {g: _value(cells, table="2", variable="response", group=g)[1] for g in PLAN["groups"]}
    n, decimals = sizes.get(cells.at[i, "group"], PLANTS), int(cells.at[i, "decimals"])
    text = rounded(Fraction(of(float(cells.at[i, "text"]), float(n))), decimals)
    return _change(cells, {i: text}) if Fraction(text) else None


def se_for_sd(cells, rng):
    """The SE of a mean is printed as its SD."""
    return _number_of(cells, rng, lambda sd, n: sd / n**0.5)


def variance_for_sd(cells, rng):
    """A variance is printed as an SD."""
    return _number_of(cells, rng, lambda sd, n: sd**2)


def _copy_of_group(cells, rng, statistic):
    i = _pick(cells, rng, statistic=[statistic], table=["2"], variable=["fruits", "height_cm"])
    other = "alive" if cells.at[i, "group"] == "wilted" else "wilted"
    j, _ = _value(cells, table="2", variable=cells.at[i, "variable"], group=other,
                  statistic=statistic)  # fmt: skip
    return _change(cells, {i: cells.at[j, "text"]})


def copied_sd(cells, rng):
    """A group's SD is a copy of the other group's."""
    return _copy_of_group(cells, rng, "sd")


def copied_mean(cells, rng):
    """A group's mean is a copy of the other group's."""
    return _copy_of_group(cells, rng, "mean")


def decimal_slipped(cells, rng):
    """The decimal point of a mean, SD or percentage is one place off."""
    i = _pick(cells, rng, statistic=["mean", "sd", "percent"], table=["1", "2"])
    value, decimals = Fraction(cells.at[i, "text"]), int(cells.at[i, "decimals"])
    return _change(cells, {i: rounded(value * 10, decimals - 1)}) if value else None


def digit_mistyped(cells, rng):
    """A digit of a count, percentage, mean or SD is another one."""
    i = _pick(cells, rng, statistic=["n", "percent", "mean", "sd"], table=["1", "2"])
    text = list(cells.at[i, "text"])
    k = int(rng.choice([k for k, sign in enumerate(text) if sign != "."]))
    text[k] = str((int(text[k]) + int(rng.integers(1, 10))) % 10)
    return _change(cells, {i: "".join(text)})


def digit_lost(cells, rng):
    """The first digit of a count, percentage or mean is not printed."""
    i = _pick(cells, rng, statistic=["n", "percent", "mean"], table=["1", "2"])
    text = cells.at[i, "text"][1:]
    return _change(cells, {i: text}) if text[:1].isdigit() else None


def count_off_by_one(cells, rng):
    """A count is one more or one less."""
    i = _pick(cells, rng, statistic=["n"], table=["1", "2"])
    return _change(cells, {i: str(max(0, int(cells.at[i, "text"]) + int(rng.choice([-1, 1]))))})


def p_mistyped(cells, rng):
    """A digit of a p-value is another one."""
    i = _pick(cells, rng, statistic=["p_value"])
    value = Fraction(cells.at[i, "text"]) + Fraction(int(rng.integers(1, 9)), 100)
    return _change(cells, {i: rounded(value if value < 1 else value - Fraction(1, 2), 3)})


def size_changed(cells, rng):
    """The size of a group is off by a few plants."""
    i = _pick(cells, rng, table=["2"], variable=["response"], statistic=["n"])
    return _change(cells, {i: str(int(cells.at[i, "text"]) + int(rng.choice([-3, -2, 2, 3])))})


def duplicated_row(cells, rng):
    """A level of Table 1 has the counts and percentages of the one above it."""
    name = rng.choice(["response", "sort", "bed", "watering", "spots", "fruits_class"])
    own = cells[(cells["table"] == "1") & (cells["variable"] == name)]
    above, below = list(PLAN["variables"][name]["levels"])[:2]
    texts = own[own["level"] == above].set_index("statistic")["text"]
    return _change(cells, {c.Index: texts.get(c.statistic, c.text)
                           for c in own.itertuples() if c.level == below})  # fmt: skip


def wrong_rounding(cells, rng):
    """A percentage is off by two in the last digit."""
    i = _pick(cells, rng, statistic=["percent"], table=["1", "2"])
    value = Fraction(cells.at[i, "text"]) + Fraction(int(rng.choice([-2, 2])), 10)
    return _change(cells, {i: rounded(abs(value), 1)})


def statement_against_p(cells, statements, rng):
    """A difference is claimed whose p is not below alpha, or denied where it is."""
    tested = statements[statements["claim"].isin(["difference", "no_difference"])]
    i = int(rng.choice(tested.index))
    if tested.at[i, "claim"] == "difference":
        return _claim(statements, i, claim="no_difference", level="")
    level = best_level(cells, tested.at[i, "variable"])
    return None if level is None else _claim(statements, i, claim="difference", level=level)


def statement_against_counts(cells, statements, rng):
    """What is said of a level is true of another one: the greater share, or the majority."""
    i = int(rng.choice(statements.index[statements["level"] != ""]))
    levels = PLAN["variables"][statements.at[i, "variable"]]["levels"]
    others = [level for level in levels if level != statements.at[i, "level"]]
    return _claim(statements, i, level=str(rng.choice(others)))


def best_level(cells: pd.DataFrame, variable: str) -> str | None:
    """Return the level with the greatest share of the first group; None where two have it."""
    own = cells[(cells["table"] == "2") & (cells["variable"] == variable)
                & (cells["statistic"] == "n")]  # fmt: skip
    counts = own.assign(n=own["text"].astype(int)).pivot(index="level", columns="group", values="n")
    shares = counts[next(iter(PLAN["groups"]))] / counts.sum(axis=1)
    best = shares.index[shares == shares.max()]
    return best[0] if len(best) == 1 and shares.notna().all() else None


def _claim(statements: pd.DataFrame, i: int, **changes) -> pd.DataFrame:
    """Return the statements, one of which says something else."""
    planted = statements.copy()
    planted.loc[i, list(changes)] = list(changes.values())
    return planted


OF_NUMBERS = {
    error.__name__: error
    for error in (denominator, row_shift, swapped_label, transposed_digits, wrong_mean,
                  sd_out_of_reach, impossible_mean, sd_last_digit, other_test, prose_against_table,
                  swapped_means, swapped_sds, swapped_limits, mean_for_sd, count_for_percent,
                  swapped_groups, units, se_for_sd, variance_for_sd, copied_sd, copied_mean,
                  decimal_slipped, digit_mistyped, digit_lost, count_off_by_one, p_mistyped,
                  size_changed, duplicated_row, wrong_rounding)
}  # fmt: skip
OF_STATEMENTS = {error.__name__: error for error in (statement_against_p, statement_against_counts)}
ERRORS = OF_NUMBERS | OF_STATEMENTS


def plant(kind: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Print a paper with one error of a kind.

    Returns
    -------
    cells
        The transcription of its numbers.
    statements
        What it says in words.
    changed
        Ids of the numbers or statements that are not what the rows give.
    """
    rng = np.random.default_rng([seed, *kind.encode()])
    while True:  # some errors can't be made in some papers: counts of one digit, no difference
        rows = grow(rng)
        cells, statements = print_paper(rows), state_claims(rows)
        if kind in OF_NUMBERS:
            planted = OF_NUMBERS[kind](cells, rng)
            if planted is not None:
                return planted, statements, list(cells.loc[cells["text"] != planted["text"], "id"])
        else:
            planted = OF_STATEMENTS[kind](cells, statements, rng)
            if planted is not None:
                changed = (statements != planted).any(axis=1)
                return cells, planted, list(statements.loc[changed, "id"])
