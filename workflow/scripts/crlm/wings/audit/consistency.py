"""Find the printed cells that can't hold together, and the fewest to give up.

Cells of one source column are explored together, since only they speak of the same patients'
values; here the findings are put into words.
"""

import itertools
import logging
import math
import time
from fractions import Fraction

import pandas as pd

from crlm.base.formats import interval_end
from crlm.plan.analysis import Plan
from crlm.statistics.association import compare_counts
from crlm.wings.audit.conflicts import TRIES, Block, explore, lightest
from crlm.wings.audit.constraints import COUNTED, MEASURED, scales_of
from crlm.wings.audit.printed_tests import TESTS, counts_in, read_tests
from crlm.wings.audit.slips import Correction, find_slips
from crlm.wings.audit.transcription import ALL, COUNTS, percent_of

log = logging.getLogger(__name__)
CONFLICTS = [
    "set", "leader", "block", "nature", "cells", "repeats", "size", "truncation", "explanation"
]  # fmt: skip
TOLD = 4  # changes of a slip that are told one by one
P_NATURE = "p-value and its table"
CORRECTIONS = ["block", "alternative", "cells", "values", "cut", "instead", "slip", "meant", "rest"]


def broken_arithmetic(cells: list) -> str:
    """Name the arithmetic that a conflict breaks, from what its cells count."""
    statistics = {cell.statistic for cell in cells}
    across = len({cell.group for cell in cells}) > 1
    rows = {(cell.variable, cell.level, cell.group) for cell in cells}
    if len(rows) == 1 and len(cells) > 1:
        if len(statistics) == 1:
            return "one value printed in two ways"
        if statistics <= {*COUNTED}:
            return "count and percentage"
    if "sd" in statistics:
        return "SDs of the groups and of the whole" if across else "SD, mean, range and n"
    if "mean" in statistics:
        return "weighted mean of the groups" if across else "mean, classes, range and n"
    if statistics & {"min", "max"}:
        return "range and classes"
    if across or any(cell.group != ALL for cell in cells):
        return "groups add up to the whole"
    if len(rows) > 1:
        return "levels add up"
    return "percentage of a whole number of patients"


def show_value(cell, numerator: int, denominator: int, value: Fraction) -> str:
    """Write a possible value with its arithmetic."""
    if cell.statistic == "percent":
        return f"{numerator} of {denominator} ({interval_end(value, 2)}%)"
    if cell.statistic == "mean":
        return f"{interval_end(value, 3)} (n = {denominator})"
    if cell.statistic == "sd":
        return interval_end(float(value) ** 0.5, 3)
    return str(numerator)


def cell_place(cell) -> str:
    """Write where a cell stands and what is printed there."""
    unit = "%" if cell.statistic == "percent" else ""
    where = "" if cell.table == "text" else f"Table {cell.table}, "
    return f"[{where}{cell.place}] {cell.text}{unit}"


def explain(block: Block, ids: list[str], odd: str) -> str:
    """Say what the other cells of a conflict leave for the odd one, with the arithmetic."""
    cell, others = block.cells[odd], [block.cells[i] for i in ids if i != odd]
    values = [show_value(cell, *found) for found in block.nearest([c.id for c in others], cell)]
    left = f"can be {' or '.join(values)} at the nearest" if values else "has no possible value"
    if not others:
        return f"{cell_place(cell)} {left}."
    return f"{'; '.join(map(cell_place, others))}: then {cell_place(cell)} {left}."


def group_sizes(block: Block, smallest: list[list[str]]) -> dict[str, tuple[int, int]]:
    """Return the least and greatest size of each group under any of the smallest corrections."""
    kept, sizes = [[i for i in block.cells if i not in c] for c in smallest], {}
    for group in [*block.plan.groups, ALL]:
        ends = [block.extent(ids, lambda t, g=group: t.known(g)) for ids in kept]
        sizes[group] = min(low for low, _ in ends), max(high for _, high in ends)
    return sizes


def describe_conflicts(block: Block, found: list[list[str]], smallest: list[list[str]]) -> list:
    """Write the conflicts of a block as lines (`CONFLICTS`), the shortest first.

    Of those that break the same arithmetic at the same cell, the first is told in full and the
    others refer to it (count and percentage of a row say the same, so that there are many).
    """
    lines, leaders = [], {}
    doubtful = [i for c in smallest for i in c]
    for ids in sorted(found, key=lambda ids: (len(ids), ids)):
        cells = [block.cells[i] for i in ids]
        odd = next((i for i in doubtful if i in ids), ids[0])
        kind, number = broken_arithmetic(cells), f"{block.column} {len(lines) + 1}"
        leader = leaders.setdefault((kind, odd), number)
        repeats = " ".join(j for i in ids for j in block.repeats[i] if j != i)
        cut = "holds" if block.holds(ids, cut=True) else ""
        told = f"As set {leader}, from {'; '.join(map(cell_place, cells))}."
        told = explain(block, ids, odd) if leader == number else told
        line = number, leader, block.column, kind, " ".join(ids), repeats, len(ids), cut, told
        lines.append(line)
    return lines


def count_cut(block: Block, rest: list[str], lacking: list[str]) -> int:
    """Count the cells that hold beside the rest where percentages may be cut off."""
    kept = list(rest)
    for i in lacking:
        kept += [i] if block.holds([*kept, i], cut=True) else []
    return len(kept) - len(rest)


def describe_corrections(block: Block, smallest: list[list[str]]) -> list:
    """Write the smallest corrections of a block as lines (`CORRECTIONS`)."""
    lines = []
    for number, lacking in enumerate(smallest, start=1):
        rest = [i for i in block.cells if i not in lacking]
        instead = []
        for cell in (block.cells[i] for i in lacking):
            values = [show_value(cell, *value) for value in block.nearest(rest, cell)]
            instead.append(f"{cell_place(cell)} → {' or '.join(values) or 'nothing possible'}")
        cells = " ".join(j for i in lacking for j in block.repeats[i])
        cut = count_cut(block, rest, lacking)
        lines.append(
            (block.column, number, cells, len(lacking), cut, "; ".join(instead), "", "", "")
        )
    return lines


def describe_slips(block: Block, slips: list[Correction]) -> list:
    """Write the slips of a block, each one error, as lines (`CORRECTIONS`)."""
    lines = []
    for kind, changes, rest in slips:
        cells, besides = (
            " ".join(j for i in ids for j in block.repeats[i]) for ids in (changes, rest)
        )
        texts = {i: c.text if c else "?" for i, c in changes.items()}
        instead = [
            f"{cell_place(block.cells[i])} → {text.replace('?', 'another')}"
            for i, text in texts.items()
        ]
        told = "; ".join([*instead[:TOLD], *(["and so on"] if len(instead) > TOLD else [])])
        told += "".join(f"; and {cell_place(block.cells[i])} is wrong all the same" for i in rest)
        meant = " ".join(texts[i] for i in changes for _ in block.repeats[i])
        line = block.column, "slip", cells, 1 + len(rest), 0, told, kind, meant, besides
        lines.append(line)
    return lines


def describe_p_conflicts(tests: list, plan: Plan) -> list:
    """Write the p-values that the plan's test does not give as lines (`CONFLICTS`)."""
    lines = []
    for i, test in enumerate((t for t in tests if not t.given_with()), start=1):
        number, counts = f"p {i}", list(itertools.chain(*test.rows))
        ids = [cell.id for cell in (test.cell, *counts)]
        p = interval_end(compare_counts(counts_in(test.rows), test.test).p_value, 4)
        source = plan.variables[test.cell.variable].source
        told = f"{'; '.join(map(cell_place, counts))}: then {cell_place(test.cell)} is {p}"
        told = f"{told} by {TESTS[test.test]}."
        lines.append((number, number, source, P_NATURE, " ".join(ids), "", len(ids), "", told))
    return lines


def find_conflicts(cells, plan: Plan, codebook: dict, steps: dict, weights: dict, tries=TRIES):
    """Find the minimal conflicts between printed cells, and the smallest corrections.

    Parameters
    ----------
    cells
        Transcription: id, table, place, text, decimals, variable, level, group, statistic (and
        percent_of, where a cell differs from its table), as text. What the plan has no variable
        for, and statistics other than counts, percentages, means, SDs, limits and p, are left out.
    plan
        Its groups, variables and tables are asked.
    codebook
        Bounds (`min`, `max`) of the numbers, in the unit of their column.
        # ASSUME: all patients have a value where it is `required`, if the print does not say.
    steps
        Column -> step in which its numbers are recorded.
    weights
        Statistic -> what it costs to give up such a cell.
    tries
        After how many sets of cells to stop looking for more conflicts of a column (`explore`).

    Returns
    -------
    conflicts
        set, leader (the set of the same nature that is told in full), block, nature, cells (ids),
        repeats (ids that print the same), size, truncation ("holds" where the cells can hold
        together if percentages may be cut off), explanation.
    corrections
        block, alternative, cells (to give up, with those that repeat them), values (how many
        these are), cut (how many of them hold where percentages may be cut off), instead (what the
        rest leaves for them); and of a slip that is one error slip (its kind), meant (of each of
        its cells; ?: not to be told) and rest (cells that are to be given up all the same).
    """
    scales, source = scales_of(codebook, steps), cells["variable"].map(plan.sources)
    cells, source = cells[source.notna()], source.dropna()
    own = {name: group.responses for name, group in plan.groups.items()}
    conflicts, corrections, sizes, tests = [], [], None, read_tests(cells, plan)
    # the response first: it gives the sizes of the groups
    for column in ["response", *(c for c in dict.fromkeys(source) if c != "response")]:
        start, scale = time.perf_counter(), scales.get(column)
        usable = {*COUNTED, *MEASURED} if scale else {*COUNTED}
        # a share of all, known or not, says nothing of those in whom it is known
        mine = [
            c
            for c in cells[source == column].itertuples()
            if c.statistic in usable
            and not (c.statistic == "percent" and percent_of(c, plan) == "all")
        ]
        if sizes is None:
            most = sum(math.ceil(Fraction(c.text)) for c in mine if c.statistic in COUNTS)
            free = dict.fromkeys([*plan.groups, ALL], (0, most))
            block = Block(column, mine, plan, scale, free, False, own)
        else:
            complete = codebook.get(column, {}).get("required", False)
            block = Block(column, mine, plan, scale, sizes, complete)
        costs = {i: weights[c.statistic] for i, c in block.cells.items()}
        found, given_up, complete = explore(list(block.cells), block.holds, costs, tries)
        block.fine, smallest = bool(found), lightest(given_up, costs)
        smallest = [c for c in smallest if block.holds({*block.cells} - {*c})] or smallest
        sizes = group_sizes(block, smallest) if sizes is None else sizes
        lines = describe_conflicts(block, found, smallest)
        conflicts += lines
        corrections += describe_corrections(block, smallest) if found else []
        cut = any(line[CONFLICTS.index("truncation")] for line in lines)
        own_tests = [t for t in tests if plan.variables[t.cell.variable].source == column]
        slips = find_slips(block, found, smallest, own_tests, sizes, cut)
        corrections += describe_slips(block, slips)
        told = f"{len(found)} minimal conflicts, {len(smallest[0])} values to give up at least"
        told += "" if complete else f" (stopped after {tries} sets)"
        log.info("%s: %d cells, %s, %.1f s", column, len(mine), told, time.perf_counter() - start)
    conflicts += describe_p_conflicts(tests, plan)
    return (
        pd.DataFrame(conflicts, columns=CONFLICTS),
        pd.DataFrame(corrections, columns=CORRECTIONS),
    )
