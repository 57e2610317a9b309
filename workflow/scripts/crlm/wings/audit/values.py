"""Judge each printed number of a paper by the others that it printed.

Only printed numbers count as evidence, and only those of the same patients: a percentage is held
against counts, the mean of all against those of the groups, a p-value against the counts under it,
a number of the text against the cell that it repeats. What no other number can check stays open.
"""

from fractions import Fraction

from crlm.base.formats import interval_end
from crlm.statistics.association import choose_test, compare_counts
from crlm.wings.audit.moments import judge_limit, judge_moment
from crlm.wings.audit.page import ALL, Page, note_of_reading, numeral
from crlm.wings.audit.printed_tests import TESTS, TWO_SIDED, p_by_test
from crlm.wings.audit.shares import blocks, judge_block, judge_copy, judge_count, judge_percent
from crlm.wings.audit.transcription import DROPPED, EXACT, named_test, verdict_on
from crlm.wings.audit.verdict import HELD, Finding, Slip, Verdict, climb, left_open, slipped


def judge_numbers(page: Page) -> dict[str, Finding]:
    """Judge every number of a page: id -> finding.

    The counts of the tables come first, since other numbers rest on them; the text comes after
    them, since it repeats them.
    """
    found = {}
    for block in blocks(page):
        found |= judge_block(block, page)
    # the moments of the groups come last: they are as good as those of all that they give
    groups = {c.id for c in page.cells if c.kind in ("mean", "sd") and c.group != ALL}
    for cell in sorted(page.cells, key=lambda c: (c.id in groups, c.table == "text")):
        finding = JUDGES.get(cell.kind, judge_copy)(cell, page, found)
        finding = judge_label(cell, finding, page) if cell.printed_as else finding
        if note_of_reading(cell) and finding.verdict in (Verdict.CONTRADICTED, Verdict.OPEN):
            finding = finding._replace(
                explanation=f"{finding.explanation[:-1]} ({note_of_reading(cell)})."
            )
        found[cell.id] = finding
    return found


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
    slip = Slip.LABELS if level and variable == cell.variable else Slip.ROWS
    told = f"Stands at “{cell.place}”{against}; it is right as {meant}: {finding.explanation}"
    return slipped(slip, finding.recomputed, told, f"{cell.text} as {meant}")


# --- p-values, cut points, ratios -----------------------------------------------------------------


def judge_p_value(cell, page: Page, found: dict) -> Finding:
    """Judge a p-value by the counts under it, with the test that is named for it.

    If none is, any usual test that gives it is taken for the one that was done.
    """
    table = page.table(cell.variable)
    if table is None:
        return left_open("It needs the values of the patients; no counts are printed.")
    test = named_test(cell, page.plan) or choose_test(table)[0]
    p = compare_counts(table, test).p_value
    if named_test(cell, page.plan) is None:
        usual = p_by_test(table).items()
        given = [(t, v) for t, v in usual if t in TWO_SIDED and verdict_on(v, cell) == EXACT]
        test, p = given[0] if given else (test, p)
    rows = " and ".join(" : ".join(map(str, row)) for row in table)
    words = f"{rows} give p = {interval_end(p, 4)} ({TESTS[test]})"
    slips = (
        slipped(
            Slip.DECIMAL,
            interval_end(p, 4),
            f"{words}; {cell.text} has the decimal point in the wrong place.",
            interval_end(p, 3),
        )
        for power in (1, 2, -1)
        if verdict_on(Fraction(p) * Fraction(10) ** power, cell) == EXACT
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
        return left_open("No other place names this cut point.")
    ranges = (cell.statistic, *RANGE)
    equal = [c for c in others if Fraction(c.text) == Fraction(cell.text)]
    same = [c for c in equal if c.statistic in ranges or cell.statistic in RANGE]
    other = (same or equal or others)[0]
    place = other.section.replace("table", "Table ").capitalize()
    side = f"{SIDES[other.statistic]} {other.text}"
    if equal:
        words = "" if same else f", in words that differ for just {cell.text}"
        return Finding(Verdict.REPRODUCED, side, f"{place} has the same cut point, {side}{words}.")
    if cell.section.startswith("table") and not labels:
        return left_open(f"It is the table's own label; {place} has {side}.")
    mine = f"{SIDES[cell.statistic]} {cell.text}"
    return Finding(Verdict.CONTRADICTED, side, f"{place} has {side}, not {mine}.")


def judge_ratio(cell, page: Page, found: dict) -> Finding:
    """Judge a ratio of two levels by their counts."""
    counts = [page.number(cell.variable, level, cell.group) for level in cell.level.split("/")]
    if None in counts or not counts[1]:
        return left_open("The counts are not printed.")
    ratio = counts[0] / counts[1]
    words = f"{counts[0]} : {counts[1]} is {numeral(ratio)} : 1"
    near = verdict_on(ratio, cell) != DROPPED
    return Finding(Verdict.ROUNDED if near else Verdict.CONTRADICTED, numeral(ratio), f"{words}.")


JUDGES = {
    "count": judge_count,
    "percent": judge_percent,
    "min": judge_limit,
    "max": judge_limit,
    "mean": judge_moment,
    "sd": judge_moment,
    "p_value": judge_p_value,
    "cut_point": judge_cut_point,
    "ratio": judge_ratio,
}
