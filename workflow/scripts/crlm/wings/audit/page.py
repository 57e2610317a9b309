"""The printed numbers of a paper by what they count, so that one can be asked about another.

Two printed numbers are compared only where they count the same patients: the same column of the
patients' table, the same values of it, the same group. Names of variables and levels mean nothing
here; the plan says what they stand for.
"""

from collections.abc import Iterator
from copy import copy
from fractions import Fraction
from typing import NamedTuple

import pandas as pd

from crlm.base.formats import either, interval_end
from crlm.plan.analysis import Plan
from crlm.plan.variables import Level
from crlm.wings.audit.transcription import ALL, percent_of
from crlm.wings.audit.verdict import Verdict


class Quantity(NamedTuple):
    """What a printed number counts."""

    source: str  # the column of the patients' table
    extent: frozenset | tuple  # the values meant, or the bounds [low, high); () for all of them
    group: str
    statistic: str
    whole: frozenset | tuple | str = ()  # what a percentage is of


class Sum(NamedTuple):
    """A number found by arithmetic on printed ones, with the arithmetic in words."""

    value: Fraction
    words: str


def numeral(value, decimals: int = 2) -> str:
    """Write a number with no more decimals than it has, and no more than so many."""
    text = interval_end(float(value), decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def name_place(cell) -> str:
    """Name the place of a number in a few words."""
    return f"Table {cell.table}" if cell.table != "text" else cell.section.capitalize()


def note_of_reading(cell) -> str:
    """Return what was noted of how a number was read, but for why no key recomputes it."""
    return cell.note.partition("no key:")[0].strip("; ")


class Page:
    """All transcribed numbers of a paper, in the terms of a plan.

    Parameters
    ----------
    cells
        Transcription: id, section, table, place, text, decimals, kind, variable, level, group,
        statistic, percent_of, printed_as, note; all as text.
    plan
        Its variables, groups and tables are asked.
    """

    def __init__(self, cells: pd.DataFrame, plan: Plan):
        self.plan, self.cells = plan, list(cells.itertuples())
        self.groups = list(plan.groups)
        self.repaired = {}  # id -> the count that its neighbours need
        self.proven: dict[str, tuple[float, float]] = {}  # variable -> ends of a p, proven
        self.steps: dict = {}  # column -> the step in which its numbers were recorded
        self.index = self._by_quantity()

    def _by_quantity(self) -> dict[Quantity, list]:
        found = {}
        for cell in self.cells:
            found.setdefault(self.quantity(cell), []).append(cell)
        return found

    def source(self, variable: str) -> str:
        """Return the column that a variable is read from."""
        return self.plan.variable(variable).source

    def unit(self, variable: str) -> Fraction | None:
        """Return the step in which a number was recorded, in the unit that it is printed in."""
        own = self.plan.variable(variable)
        step = self.steps.get(own.source)
        return Fraction(str(step)) * Fraction(str(own.scale)) if step else None

    def levels(self, variable: str) -> dict[str, Level]:
        """Return the levels of a variable; none of a number."""
        return self.plan.variable(variable).levels

    def label(self, variable: str, level: str = "") -> str:
        """Name a variable, or levels of it, as the plan does."""
        own = self.plan.variable(variable)
        if not level:
            return own.label
        return either([own.levels[x].label if x in own.levels else x for x in level.split("+")])

    def extent(self, variable: str, level: str) -> frozenset | tuple:
        """Return the values that levels ("a" or "a+b") stand for, or their bounds."""
        return self.plan.variable(variable).extent([name for name in level.split("+") if name])

    def quantity(self, cell, printed: bool = False) -> Quantity:
        """Return what a number counts; with `printed`, what the label over it says that it does."""
        variable, level = cell.variable, cell.level
        if printed and cell.printed_as:
            variable, _, level = cell.printed_as.partition(".")
        group = cell.group
        if cell.statistic == "n" and not level:  # the size of a group
            named = self.plan.groups.get(group)
            size = frozenset(named.responses) if named else self.extent(variable, "")
            return Quantity(self.source(variable), size, ALL, "n")
        whole = ()
        if cell.statistic == "percent":
            of = percent_of(cell, self.plan)
            whole = of if of in ("level", "all") else self.extent(variable, "")
        counted = cell.kind in ("count", "percent", "cut_point", "ratio")
        held = self.extent(variable, level) if counted else ()
        source = self.source(variable) if cell.statistic != "p_value" else variable
        return Quantity(source, held, group, cell.statistic, whole)

    def copies(self, cell) -> list:
        """Return the other numbers that count the same."""
        return [c for c in self.index[self.quantity(cell)] if c.id != cell.id]

    def counts(self, source: str, extent, group: str) -> list:
        """Return the printed counts of some patients, those of the tables first."""
        found = self.index.get(Quantity(source, extent, group, "n"), [])
        return sorted(found, key=lambda cell: cell.table == "text")

    def with_counts(self, repaired: dict[str, Fraction]) -> "Page":
        """Return the page with other values of some counts, by their ids."""
        page = copy(self)
        page.repaired = repaired
        return page

    def mended(self, findings: dict) -> "Page":
        """Return the page with what was meant in place of what is at fault, or without it."""
        texts: dict[str, str | None] = {}
        for cell in self.cells:
            found = findings[cell.id]
            doubted = found.verdict in (Verdict.CONTRADICTED, Verdict.ONE_OF)
            if doubted or (found.misprint and not found.intended):
                texts[cell.id] = None
            elif found.misprint and not cell.printed_as:
                texts[cell.id] = found.intended
        return self.with_texts(texts)

    def with_texts(self, texts: dict[str, str | None]) -> "Page":
        """Return the page with some numbers (by id) changed, or left out (None)."""
        page = copy(self)
        pairs = [(cell, texts.get(cell.id, cell.text)) for cell in self.cells]
        page.cells = [cell._replace(text=text) for cell, text in pairs if text is not None]
        page.repaired, page.index = {}, page._by_quantity()
        return page

    def value(self, cell) -> Fraction:
        """Return a printed number, or the count that its neighbours need instead."""
        return self.repaired.get(cell.id, Fraction(cell.text))

    def parts(self, source: str, extent) -> Iterator[list]:
        """Yield the ways to put an extent together from two or more levels of one variable."""
        for name, variable in self.plan.variables.items():
            if variable.source != source or not variable.levels:
                continue
            extents = {level: self.extent(name, level) for level in variable.levels}
            inside = [
                level
                for level, e in extents.items()
                if isinstance(e, frozenset) is isinstance(extent, frozenset)
                and (e <= extent if isinstance(e, frozenset) else _within(e, extent))
            ]
            if len(inside) > 1 and self.extent(name, "+".join(inside)) == extent:
                yield [extents[level] for level in inside]
        unknown = source not in self.plan.sources.values()
        if unknown and isinstance(extent, frozenset) and len(extent) > 1:
            yield [frozenset([name]) for name in sorted(extent)]

    def sums(self, source: str, extent, group: str) -> list[Sum]:
        """Find a count by adding printed counts: of the groups, of the levels, or what is left."""
        found, groups = [], self.groups
        if group == ALL:
            terms = [self.counts(source, extent, g)[:1] for g in groups]
            if groups and all(terms):
                found.append(self._add([t[0] for t in terms]))
        for extents in self.parts(source, extent):
            terms = [self.counts(source, e, group)[:1] for e in extents]
            if all(terms):
                found.append(self._add([t[0] for t in terms]))
        if group in groups:
            others = [self.counts(source, extent, g)[:1] for g in groups if g != group]
            whole = self.counts(source, extent, ALL)[:1]
            if whole and all(others):
                rest = self._add([t[0] for t in others])
                value = self.value(whole[0])
                words = f"{value} in all less {rest.value} = {value - rest.value}"
                found.append(Sum(value - rest.value, f"{words} ({name_place(whole[0])})"))
        return found

    def _add(self, terms: list) -> Sum:
        values = [self.value(cell) for cell in terms]
        words = " + ".join(map(str, values)) + f" = {sum(values)}"
        return Sum(sum(values, Fraction()), f"{words} ({name_place(terms[0])})")

    def count(self, source: str, extent, group: str) -> Fraction | None:
        """Return a count: as the tables print it, else by addition, else as the text prints it."""
        cells = self.counts(source, extent, group)
        if cells and cells[0].table != "text":
            return self.value(cells[0])
        if sums := self.sums(source, extent, group):
            return sums[0].value
        return self.value(cells[0]) if cells else None

    def number(self, variable: str, level: str, group: str) -> Fraction | None:
        """Return how many of a group are of a level of a variable, as `count` does."""
        return self.count(self.source(variable), self.extent(variable, level), group)

    def size(self, group: str) -> Fraction | None:
        """Return the size of a group, or of all, as most places have it."""
        own = (c for c in self.cells if c.statistic == "n" and not c.level and c.group == group)
        if printed := [self.value(cell) for cell in own]:
            return max(printed, key=printed.count)
        sizes = [self.size(g) for g in self.groups] if group == ALL else [None]
        return None if None in sizes else sum(sizes, Fraction())

    def known(self, variable: str, group: str) -> Fraction | None:
        """Return in how many patients of a group a variable is known, by what is printed.

        A number of which no classes are counted is taken to be known in the whole group.
        """
        counted = self.counted(variable, group)
        return self.size(group) if counted is None and not self.levels(variable) else counted

    def counted(self, variable: str, group: str) -> Fraction | None:
        """Return the sum of the counts of a variable's levels, or of the classes made from it."""
        source, levels = self.source(variable), self.levels(variable)
        names = [variable] if levels else []
        names += [n for n, column in self.plan.sources.items() if column == source]
        for name in names:
            counts = [self.number(name, level, group) for level in self.levels(name)]
            if counts and None not in counts:
                return sum(counts, Fraction())
        return None

    def means(self, source: str) -> Iterator[tuple[str, list, list, list[int]]]:
        """Yield the numbers of a column whose means and SDs both groups have: name, cells, sizes.

        The sizes are those in whom it is known, two or more.
        """
        for name in (n for n, column in self.plan.sources.items() if column == source):
            own = {(c.statistic, c.group): c for c in self.cells if c.variable == name}
            means, sds = ([own.get((s, g)) for g in self.groups] for s in ("mean", "sd"))
            sizes = [int(self.known(name, g) or 0) for g in self.groups]
            if len(sizes) == 2 and None not in (*means, *sds) and min(sizes) > 1:
                yield name, means, sds, sizes

    def table(self, variable: str) -> list[list[int]] | None:
        """Return the printed counts of a variable's levels (rows) in the groups (columns).

        None where some are not printed, or where there is nothing to compare.
        """
        rows = [
            [self.number(variable, level, g) for g in self.groups]
            for level in self.levels(variable)
        ]
        return to_compare(rows)


def to_compare(rows: list[list]) -> list[list[int]] | None:
    """Return counts; None if one is not known, or fewer than two rows or columns hold any."""
    if any(n is None for row in rows for n in row):
        return None
    held = [sum(map(any, lines)) for lines in (rows, zip(*rows, strict=True))]
    return [[int(n) for n in row] for row in rows] if min(held) > 1 else None


def _within(inner: tuple, outer: tuple) -> bool:
    return bool(outer) and outer[0] <= inner[0] and inner[1] <= outer[1]
