"""Judge each printed number of a paper by the others that it printed.

Only printed numbers count as evidence, and only those of the same patients: a percentage is held
against counts, the mean of all against those of the groups, a p-value against the counts under it,
a number of the text against the cell that it repeats. What no other number can check stays open.
"""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction

from crlm.audit.page import ALL, Page, Quantity, remark, show, where
from crlm.audit.printed_tests import TWO_SIDED, p_of_counts
from crlm.audit.shares import blocks, judge_block, judge_copy, judge_count, judge_percent
from crlm.audit.transcription import DROPPED, EXACT, printed_range, verdict
from crlm.audit.verdict import (
    CONTRADICTED,
    HELD,
    MISPRINT,
    OPEN,
    REPRODUCED,
    ROUNDED,
    TO_CHECK,
    Finding,
    climb,
)
from crlm.base.formats import interval_end
from crlm.plan.variables import named_test
from crlm.statistics.association import choose_test, compare_counts


def judge_numbers(page: Page) -> dict[str, Finding]:
    """Judge every number of a page: id -> finding.

    The counts of the tables come first, since other numbers rest on them; the text comes after
    them, since it repeats them.
    """
    found = {}
    for block in blocks(page):
        found |= judge_block(block, page)
    # the moments of the groups come last: they are as good as those of all that they give
    for cell in sorted(page.cells, key=lambda c: (is_moment_of_group(c), c.table == "text")):
        finding = JUDGES.get(cell.kind, judge_copy)(cell, page, found)
        finding = judge_label(cell, finding, page) if cell.printed_as else finding
        if remark(cell) and finding.verdict in (CONTRADICTED, OPEN):
            finding = finding._replace(explanation=f"{finding.explanation[:-1]} ({remark(cell)}).")
        found[cell.id] = finding
    return found


def is_moment_of_group(cell) -> bool:
    """Tell whether a number is the mean or SD of one group."""
    return cell.kind in ("mean", "sd") and cell.group != ALL


def judge_label(cell, finding: Finding, page: Page) -> Finding:
    """Judge a number that stands under the label of another row."""
    if finding.verdict not in HELD:
        return finding
    variable, _, level = cell.printed_as.partition(".")
    meant = page.label(cell.variable)
    meant += f": {page.label(cell.variable, cell.level)}" if cell.level else ""
    against = ""
    if level and cell.kind == "count":
        sums = page.sums(*page.quantity(cell, printed=True)[:3])
        sums = [s.words for s in sums if s.value != Fraction(cell.text)]
        against = f", where {sums[0]} would stand" if sums else ""
    return Finding(
        TO_CHECK,
        finding.recomputed,
        f"Stands at “{cell.place}”{against}; it is right as {meant}: {finding.explanation}",
        "swapped label" if level and variable == cell.variable else "row shift",
        f"{cell.text} as {meant}",
    )


# --- Means and standard deviations ----------------------------------------------------------------


def bounds(cell) -> tuple[Fraction, Fraction]:
    """Return between which true values a printed mean or SD was rounded to what it is."""
    return printed_range(cell.text, cell.decimals)[:2]


def moments(cell, page: Page) -> dict[str, tuple]:
    """Return group -> (n, cell of the mean, cell of the SD) of the variable of a cell."""
    source, found = page.source(cell.variable), {}
    for group in page.groups:
        cells = [page.index.get(Quantity(source, (), group, s), [None])[0] for s in ("mean", "sd")]
        found[group] = (page.known(cell.variable, group), *cells)
    return found


def pooled_mean(groups: list[tuple]) -> Fraction:
    """Return the mean of all from (n, mean) of the groups."""
    return sum(n * mean for n, mean in groups) / sum(n for n, _ in groups)


def pooled_sd(groups: list[tuple]) -> float:
    """Return the SD of all from (n, mean, SD) of the groups: within them and between them."""
    whole = pooled_mean([(n, mean) for n, mean, _ in groups])
    squares = sum((n - 1) * sd**2 + n * (mean - whole) ** 2 for n, mean, sd in groups)
    return math.sqrt(squares / (sum(n for n, _, _ in groups) - 1))


def corners_of(groups: dict, needed: int) -> list[tuple]:
    """Return the corners of what the groups' printed means (and SDs) were rounded from."""
    own = (itertools.product(*map(bounds, g[1:needed])) for g in groups.values())
    return [*itertools.product(*own)]


def pool_corners(pool, ns, corners: list[tuple]) -> list:
    """Return what `ns` patients in the groups give together at each corner."""
    return [pool([(n, *p) for n, p in zip(ns, corner, strict=True)]) for corner in corners]


def reach(values: list, cell) -> bool:
    """Tell whether values between the least and the greatest of some print as a cell."""
    low, high = bounds(cell)
    return min(values) <= high and low <= max(values)


def other_numbers_give(cell, groups: dict, page: Page) -> bool:
    """Return whether a mean or SD of all follows from the groups' with fewer patients in them.

    So it may where a value is missing for some and in how many it is known is not printed.
    """
    needed, pool = (2, pooled_mean) if cell.statistic == "mean" else (3, pooled_sd)
    sizes = [
        [int(n)] if page.counted(cell.variable, g) is not None else range(needed - 1, int(n) + 1)
        for g, (n, *_) in groups.items()
    ]
    corners = corners_of(groups, needed)
    return any(reach(pool_corners(pool, ns, corners), cell) for ns in itertools.product(*sizes))


def judge_moment(cell, page: Page, found: dict) -> Finding:
    """Judge a mean or SD: of all from the groups, of a group from all and the other group."""
    groups = moments(cell, page)
    needed = 2 if cell.statistic == "mean" else 3
    if not groups or any(part is None for g in groups.values() for part in g[:needed]):
        return judge_copy(cell, page, found)
    if cell.group != ALL:
        return judge_part(cell, groups, page, found)
    ns = [int(n) for n, *_ in groups.values()]
    printed = [[Fraction(c.text) for c in g[1:needed]] for g in groups.values()]
    values = {name: p[-1] for name, p in zip(groups, printed, strict=True)}
    pool = pooled_mean if cell.statistic == "mean" else pooled_sd
    central = pool([(n, *p) for n, p in zip(ns, printed, strict=True)])
    words = " and ".join(
        f"{show(v)} of {n} {page.group_label(g)}"
        for (g, v), n in zip(values.items(), ns, strict=True)
    )
    words = f"{words} give {show(central)} together"

    def explanations() -> Iterator[Finding]:
        corners = pool_corners(pool, ns, corners_of(groups, needed))
        if reach(corners, cell):
            told = f"from {show(min(corners))} to {show(max(corners))} as these are rounded"
            coarse = [c for g in groups.values() for c in g[1:needed] if c.decimals < cell.decimals]
            told += "".join(f" ({c.text} is printed without decimals)" for c in coarse)
            yield Finding(ROUNDED, show(central), f"{words}, and {told}.")
        if other_numbers_give(cell, groups, page):
            missing = "in how many of them it is known is not printed, and fewer could give"
            yield Finding(OPEN, "", f"{words}; {missing} {cell.text}.")
        meant, unweighted = show(central, int(cell.decimals)), sum(values.values()) / len(values)
        if cell.statistic == "mean" and verdict(unweighted, cell) == EXACT:
            sums = f"({' + '.join(show(v) for v in values.values())}) / {len(values)}"
            told = f"{words}; {cell.text} is {sums}, as if the groups were of one size."
            yield Finding(MISPRINT, show(central), told, "unweighted mean", meant)
        for group, value in values.items():
            if Fraction(cell.text) == value and list(values.values()).count(value) == 1:
                told = f"{words}; {cell.text} is that of {page.group_label(group)} alone."
                yield Finding(MISPRINT, show(central), told, "other column", meant)

    return climb(cell, central, words, show(central), explanations())


def judge_part(cell, groups: dict, page: Page, found: dict) -> Finding:
    """Judge the mean or SD of a group by that of all and of the other groups."""
    alls = page.index.get(Quantity(page.source(cell.variable), (), ALL, cell.statistic), [])
    name = "mean" if cell.statistic == "mean" else "SD"
    if not alls:
        return Finding(OPEN, "", f"No {name} of all is printed, so nothing checks that of a group.")
    if cell.statistic == "sd" and found[alls[0].id].verdict in HELD:
        whole = found[alls[0].id]
        return Finding(whole.verdict, cell.text, f"With it, {whole.explanation}")
    total = sum(n for n, *_ in groups.values())
    n, *_ = groups[cell.group]
    others = {g: v for g, v in groups.items() if g != cell.group}
    for whole in alls if cell.statistic == "mean" else []:
        values = [
            (total * w - sum(m * v for (m, *_), v in zip(others.values(), corner, strict=True))) / n
            for w in bounds(whole)
            for corner in itertools.product(*(bounds(c) for _, c, _ in others.values()))
        ]
        rest = sum(m * Fraction(c.text) for m, c, _ in others.values())
        central = (total * Fraction(whole.text) - rest) / n
        words = (
            f"The {whole.text} of all {total} ({where(whole)}) and the mean of the others leave "
            f"{show(central)} for these {n}"
        )
        told = f"from {show(min(values))} to {show(max(values))} as these are rounded"
        near = [Finding(ROUNDED, show(central), f"{words}, {told}.")] if reach(values, cell) else []
        finding = climb(cell, central, words, show(central), near)
        if finding.verdict in HELD:
            return finding
    printed = " and ".join(dict.fromkeys(c.text for c in alls))
    return Finding(
        OPEN, "", f"Only the {name} of all could check it, and that, {printed}, is itself at fault."
    )


# --- p-values, cut points, ratios -----------------------------------------------------------------


def judge_p_value(cell, page: Page, found: dict) -> Finding:
    """Judge a p-value by the counts under it, with the test that is named for it.

    If none is, any usual test that gives it is taken for the one that was done.
    """
    table = page.table(cell.variable)
    if table is None:
        return Finding(OPEN, "", "It needs the values of the patients; no counts are printed.")
    test = named_test(cell, page.plan) or choose_test(table)[0]
    p = compare_counts(table, test).p_value
    if named_test(cell, page.plan) is None:
        usual = p_of_counts(table).items()
        given = [(t, v) for t, v in usual if t in TWO_SIDED and verdict(v, cell) == EXACT]
        test, p = given[0] if given else (test, p)
    rows = " and ".join(" : ".join(map(str, row)) for row in table)
    words = f"{rows} give p = {interval_end(p, 4)} ({test.replace('_', ' ')})"
    slips = (
        Finding(
            MISPRINT,
            interval_end(p, 4),
            f"{words}; {cell.text} has the decimal point in the wrong place.",
            "decimal place",
            interval_end(p, 3),
        )
        for power in (1, 2, -1)
        if verdict(Fraction(p) * Fraction(10) ** power, cell) == EXACT
    )
    return climb(cell, p, words, interval_end(p, 4), slips)


SIDES = {
    "at_least": "≥", "at_most": "≤", "above": ">", "below": "<", "from": "from", "to": "to"
}  # fmt: skip
# The side of a cut point; a printed range does not tell whether its ends belong to it.
UPPER, RANGE = ("below", "at_most", "to"), ("from", "to")


def judge_cut_point(cell, page: Page, found: dict) -> Finding:
    """Judge a cut point by the labels of the tables, else by the other places that name it."""
    upper, what = cell.statistic in UPPER, page.quantity(cell)[:2]
    others = [
        c
        for c in page.cells
        if c.kind == "cut_point"
        and c.id != cell.id
        and page.quantity(c)[:2] == what
        and (c.statistic in UPPER) is upper
    ]
    labels = [c for c in others if c.section.startswith("table")]
    if labels and not cell.section.startswith("table"):
        others = labels
    if not others:
        return Finding(OPEN, "", "No other place names this cut point.")
    same = [
        c
        for c in others
        if Fraction(c.text) == Fraction(cell.text)
        and (c.statistic == cell.statistic or {c.statistic, cell.statistic} & {*RANGE})
    ]
    other = (same or [c for c in others if Fraction(c.text) == Fraction(cell.text)] or others)[0]
    place = other.section.replace("table", "Table ").capitalize()
    side = f"{SIDES[other.statistic]} {other.text}"
    if same:
        return Finding(REPRODUCED, side, f"{place} has the same cut point, {side}.")
    if Fraction(other.text) == Fraction(cell.text):
        told = f"{place} has {side}: the same cut point, in words that differ for just {cell.text}."
        return Finding(REPRODUCED, side, told)
    if cell.section.startswith("table") and not labels:
        return Finding(OPEN, "", f"It is the table's own label; {place} has {side}.")
    mine = f"{SIDES[cell.statistic]} {cell.text}"
    return Finding(CONTRADICTED, side, f"{place} has {side}, not {mine}.")


def judge_ratio(cell, page: Page, found: dict) -> Finding:
    """Judge a ratio of two levels by their counts."""
    counts = [page.number(cell.variable, level, cell.group) for level in cell.level.split("/")]
    if None in counts or not counts[1]:
        return Finding(OPEN, "", "The counts are not printed.")
    ratio = counts[0] / counts[1]
    words = f"{counts[0]} : {counts[1]} is {show(ratio)} : 1"
    near = verdict(ratio, cell) != DROPPED
    return Finding(ROUNDED if near else CONTRADICTED, show(ratio), f"{words}.")


JUDGES = {
    "count": judge_count,
    "percent": judge_percent,
    "mean": judge_moment,
    "sd": judge_moment,
    "p_value": judge_p_value,
    "cut_point": judge_cut_point,
    "ratio": judge_ratio,
}
