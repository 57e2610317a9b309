"""Leave small cells out of a release, and what would give them away.

Counts of 1 to `smallest` − 1 patients are not shown, nor are as many others as it takes that nobody
can tell from all that is shown that one of them is so small: secondary suppression, A. Hundepool et
al., Statistical Disclosure Control, Wiley 2012, chapter 4. What an attacker can tell is computed by
an integer program over the patients of each finest level and group, whose sums the counts are; how
many patients there are in all is taken to be known.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from crlm.base.files import NUMBERS, read_frame, write_frame
from crlm.base.formats import interval_end
from crlm.base.problems import InputError
from crlm.plan.analysis import CHANGES, Plan
from crlm.plan.variables import Variable

NOT_SHOWN = "not shown"
# Columns that follow from others by a rule which no sum of counts tells.
DERIVED = {*CHANGES, "recist_1_1"}
OF_ONE = ["median", "min", "max", "q1", "q3"]  # the values of a patient or two


class Cell(NamedTuple):
    """The patients of a group who have a finest level of a clean column.

    `held` has the level of each of the plan's variables of the column, in their order; None where
    it is not known.
    """

    source: str
    held: tuple
    group: str


Sum = frozenset[Cell]  # a count of a table: that of all patients in these


def held_by(values: pd.Series, variables: list[Variable]) -> list[tuple]:
    """Return for each clean value the level of each variable; of a number, whether it is known."""
    frame = values.to_frame(variables[0].source)
    read = [v.read(frame) if v.levels else values.notna().map({True: "known"}) for v in variables]
    return [tuple(None if pd.isna(x) else x for x in row) for row in zip(*read, strict=True)]


def possible(variables: list[Variable]) -> pd.Series:
    """Return clean values of a column, one of each of its finest levels, and a missing one."""
    levels = [level for variable in variables for level in variable.levels.values()]
    values: list = [value for level in levels for value in level.values]
    values += [level.at_least for level in levels if not level.values]
    values += [value for variable in variables for value in variable.left_out]
    named = any(isinstance(value, str) for value in values)
    return pd.Series([*dict.fromkeys(values or [0.0]), None], dtype=object if named else float)


class Counts:
    """The counts of a release's tables, and what follows from those that are shown.

    `of` has the patients of each cell; `shown` the sums that the tables have; `secret` those that
    nobody may know to be small: beside them the finest levels, and who is not known.
    """

    def __init__(self, tables: dict[str, pd.DataFrame], frame: pd.DataFrame, plan: Plan):
        self.groups, self.of = [*plan.groups], {}
        self.shown: set[Sum] = set()
        rows = [(t, row) for name, t in tables.items() for row in t.itertuples()]
        named = {row.variable for _, row in rows}
        self.variables: dict[str, list[Variable]] = {}
        self.finest: dict[str, list[tuple]] = {}
        for variable in plan.variables.values():
            if variable.name in named and variable.source not in DERIVED:
                self.variables.setdefault(variable.source, []).append(variable)
        for source, own in self.variables.items():
            every = possible(own)
            held = held_by(frame[source].astype(every.dtype), own)
            both = Counter(zip(held, frame["group"], strict=True))
            self.finest[source] = [*dict.fromkeys(held_by(every, own))]
            for level in self.finest[source]:
                for group in self.groups:
                    if source != "response" or plan.group_of.get(level[0]) == group:
                        self.of[Cell(source, level, group)] = both[level, group]
        self.total, self.secret = len(frame), set[Sum]()
        by_group = {
            n for t in plan.tables.values() if t.compares for n in (r.variable.name for r in t.rows)
        }
        for source, own in self.variables.items():
            among = ["all", *self.groups] if {v.name for v in own} & by_group else ["all"]
            self.secret |= {
                self.sum(own[0], group, level) for level in self.finest[source] for group in among
            }
            self.secret |= {self.sum(v, group, missing=True) for v in own for group in among}

    def sum(self, variable: Variable, group: str, level=None, missing: bool = False) -> Sum:
        """Return the cells of a group, or of "all", with a level, or of whom it is known or not.

        `level` is one of the variable's, or what is held of all variables of its column.
        """
        own = self.variables[variable.source]
        place = [v.name for v in own].index(variable.name)

        def counts(held: tuple) -> bool:
            if isinstance(level, tuple):
                return held == level
            return (held[place] is None) == missing if level is None else held[place] == level

        return frozenset(
            cell
            for cell in self.of
            if cell.source == variable.source and group in ("all", cell.group) and counts(cell.held)
        )

    def number(self, cells: Sum) -> int:
        return sum(self.of[cell] for cell in cells)

    def column_of(self, target: Sum) -> Sum:
        """Return all cells of the column that some are of."""
        return frozenset(cell for cell in self.of if cell.source == next(iter(target)).source)

    def most_possible(self, target: Sum, shown: Iterable[Sum], ends: dict[str, tuple]) -> int:
        """Return the most patients that there may be in cells of one column, as far as is shown.

        `ends` has the fewest and the most patients that each group may have.
        """
        column, numbers = self.column_of(target), {s: self.number(s) for s in shown}
        limits = [(s, n, n) for s, n in numbers.items() if s <= column]
        limits += [(column, self.total, self.total)]
        limits += [({c for c in column if c.group == group}, *own) for group, own in ends.items()]
        cells, (sums, low, high) = [*column], zip(*limits, strict=True)
        rows = np.array([[cell in s for cell in cells] for s in sums], dtype=float)
        aim = np.array([cell in target for cell in cells], dtype=float)
        sizes = LinearConstraint(rows, low, high)
        found = milp(-aim, constraints=sizes, integrality=np.ones(len(cells)), bounds=Bounds(0))
        return round(-found.fun)

    def follows(self, target: Sum, shown: Iterable[Sum], ends: dict[str, tuple]) -> bool:
        """Return whether nothing else than the number of a sum is possible, as far as is shown."""
        both = target, self.column_of(target) - target
        return sum(self.most_possible(s, shown, ends) for s in both if s) == self.total

    def ends(self, shown: set[Sum]) -> dict[str, tuple[int, int]]:
        """Return the fewest and the most patients that each group may have, as far as is shown."""
        free = dict.fromkeys(self.groups, (0, self.total))
        most = {
            group: min(
                self.most_possible(
                    frozenset(c for c in self.of if c[::2] == (source, group)), shown, free
                )
                for source in self.variables
            )
            for group in self.groups
        }
        return {g: (self.total - sum(m for o, m in most.items() if o != g), most[g]) for g in most}


def choose_hidden(counts: Counts, smallest: int) -> set[Sum]:
    """Return the sums that may not be shown, so that no secret one can be known to be small.

    What follows from the others anyway is none of them.

    Raises
    ------
    InputError
        Where even without any count some are: there are fewer patients than that.
    """
    shown = {s for s in counts.shown if not 0 < counts.number(s) < smallest}
    small = sorted((s for s in counts.secret if 0 < counts.number(s) < smallest), key=name_of_sum)
    while True:
        ends = counts.ends(shown)
        exposed = [s for s in small if counts.most_possible(s, shown, ends) < smallest]
        if not exposed:
            hidden = counts.shown - shown - {*small}
            return counts.shown - shown - {s for s in hidden if counts.follows(s, shown, ends)}
        for target in exposed:
            near = [s for s in shown if s <= counts.column_of(target)] or [*shown]
            if not near:
                raise InputError([f"too few patients to hide counts below {smallest} among them"])
            near.sort(key=lambda s: (counts.number(s) < smallest, counts.number(s), name_of_sum(s)))
            enough = (
                s for s in near if counts.most_possible(target, shown - {s}, ends) >= smallest
            )
            shown.discard(next(enough, near[0]))
            ends = counts.ends(shown)
            if all(counts.most_possible(s, shown, ends) >= smallest for s in exposed):
                break


def name_of_sum(cells: Sum) -> str:
    return str(sorted(map(str, cells)))


def suppress(
    tables: dict[str, pd.DataFrame], frame: pd.DataFrame, plan: Plan, smallest: int
) -> tuple[dict[str, pd.DataFrame], set[str]]:
    """Suppress the small cells of tables.

    Parameters
    ----------
    tables
        The tidy tables, by name.
    frame
        One row a patient, as `description.join_response` returns it.
    plan
        The plan.
    smallest
        The smallest count that is shown, beside 0.

    Returns
    -------
    tables
        The same; what is not shown is empty, and `text` says so. Of numbers mean and SD are left.
    whole
        The variables of which all is shown.

    Raises
    ------
    InputError
        As `choose_hidden` does.
    """
    counts, sums = Counts(tables, frame, plan), {}
    for name, table in tables.items():
        for row in table.itertuples():
            variable = plan.variables[row.variable]
            if variable.source in DERIVED:
                continue
            level = None if pd.isna(row.level) else row.level
            of = counts.sum(variable, *plan.tables[name].whole(row.group, level))
            sums[name, row.Index] = counts.sum(variable, row.group, level), of
    counts.shown = {s for pair in sums.values() for s in pair}
    counts.secret |= counts.shown
    hidden = choose_hidden(counts, smallest)
    touched = {next(iter(s)).source for s in hidden}
    whole = {v.name for s, own in counts.variables.items() if s not in touched for v in own}
    found = {}
    for name, table in tables.items():
        table = table.astype({"text": object})
        table[table.columns.intersection(OF_ONE)] = np.nan
        for i, row in table.iterrows():
            own, of = sums.get((name, i), (None, None))
            of_number, lost = pd.isna(row["level"]), own is None or own in hidden
            if lost:
                table.loc[i, ["n", "percent"]] = np.nan
            if of is None or of in hidden:
                table.loc[i, ["denominator", "percent"]] = np.nan
                table.loc[i, "text"] = f"{row['n']:.0f}"
            if lost or (of_number and row["variable"] not in whole):
                table.loc[i, ["mean", "sd"]] = np.nan
                table.loc[i, "text"] = NOT_SHOWN
            elif of_number and row["n"]:
                mean, sd = (interval_end(row[k], plan.decimals["mean"]) for k in ("mean", "sd"))
                table.loc[i, "text"] = f"{mean} ± {sd}"
        found[name] = table
    return found, whole


def suppress_release(copy: Path, frame: pd.DataFrame, plan: Plan, smallest: int) -> list[str]:
    """Suppress the small cells of a release, and take out of it what would tell them.

    Tables and the tests of variables of which all is shown are left, and their figures of shares;
    the flow of the patients, if it has no small count.

    Returns
    -------
    list of str
        What was taken out.
    """
    paths = {p.stem: p for p in sorted((copy / "tables").glob("*.csv"))}
    tables = {name: read_frame(str(path), NUMBERS["table"]) for name, path in paths.items()}
    kept, (tables, whole) = {*paths.values()}, suppress(tables, frame, plan, smallest)
    for name, table in tables.items():
        write_frame(table, str(paths[name]))
    for path in (copy / "comparison/tests.csv", copy / "comparison/sensitivity.csv"):
        tests = read_frame(str(path), NUMBERS["tests"])
        write_frame(tests[tests["variable"].isin(whole) & tests["test"].ne("spearman")], str(path))
        kept.add(path)
    flow = copy / "cohort/flow.csv"
    counts = read_frame(str(flow), NUMBERS["flow"])["patients"]
    kept |= {flow} if not counts.between(1, smallest - 1).any() else set()
    for name, figure in plan.figures.items():
        if figure.kind == "shares" and {v.name for v in figure.variables} <= whole:
            kept |= {*(copy / "figures").glob(f"{name}.*")}
    gone = sorted(p for p in copy.rglob("*") if p.is_file() and p not in kept)
    for path in gone:
        path.unlink()
    for folder in sorted((p for p in copy.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return [path.relative_to(copy).as_posix() for path in gone]
