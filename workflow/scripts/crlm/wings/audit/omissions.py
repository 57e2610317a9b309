"""List what a paper should have said, by its own numbers, and did not."""

import itertools
import re
from fractions import Fraction

import pandas as pd

from crlm.wings.audit.evidence import FEWEST, p_of_counts, p_words
from crlm.wings.audit.page import ALL, Page, name_place, note_of_reading, numeral, to_compare
from crlm.wings.audit.transcription import percent_of
from crlm.wings.audit.verdict import Verdict

UNTESTED, NO_GROUP = "comparison not tested", "patients in no group"
COLUMNS = ["id", "kind", "variable", "found", "explanation"]


def find_omissions(page: Page, alpha: float, announced: dict) -> pd.DataFrame:
    """List omissions: kind, variable, what was found, and a sentence on it.

    Parameters
    ----------
    page
        The printed numbers.
    alpha
        The paper's level of significance.
    announced
        id -> (words, finding) of what the methods name.
    """
    rows = [
        *untested(page),
        *missing(page),
        *other_denominators(page),
        *no_intervals(page),
        *many_tests(page, alpha),
    ]
    rows += [
        (f"announced_{name}", "announced, not reported", "", words, f"“{words}”: {f.explanation}")
        for name, (words, f) in announced.items()
        if f.verdict == Verdict.SILENT
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def two_way(variable: str, page: Page) -> list[list[int]] | None:
    """Return the counts of a variable in the groups, also where subtraction alone gives them.

    A count of one group gives that of the other, where the variable is known in all.
    """
    sizes = [page.size(g) for g in page.groups]
    if page.known(variable, ALL) != page.size(ALL) or None in sizes:
        return page.table(variable)
    levels = page.levels(variable)
    rows = [[page.number(variable, level, g) for g in page.groups] for level in levels]
    for i, row in enumerate(rows):
        others = [r for k, r in enumerate(rows) if k != i]
        if None in row and not any(None in r for r in others):
            rows[i] = [
                n if n is not None else size - sum(r[k] for r in others)
                for k, (n, size) in enumerate(zip(row, sizes, strict=True))
            ]
    return to_compare(rows)


def untested(page: Page):
    """Yield the comparisons whose counts are printed, and whose p-value is not."""
    tested = {page.source(c.variable) for c in page.cells if c.kind == "p_value"}
    outcome = {page.source(c.variable) for c in page.cells if c.statistic == "n" and not c.level}
    for variable in page.plan.variables:
        source = page.source(variable)
        table = None if source in tested | outcome else two_way(variable, page)
        if table is None or (len(table) == 2 and min(map(sum, table)) < FEWEST):
            continue  # one patient shows nothing
        p, test = p_of_counts(table)
        words = f"{p_words(p)} ({test})"
        counts = ", ".join(
            f"{page.label(variable, level)} {' : '.join(map(str, row))}"
            for level, row in zip(page.levels(variable), table, strict=True)
        )
        how, notes = "", []
        if page.table(variable) is None:
            how = ", in part by subtraction"
            parts = [c for c in page.cells if page.source(c.variable) == source and c.group != ALL]
            notes = list(dict.fromkeys(filter(None, map(note_of_reading, parts))))
        heads = " : ".join(page.plan.group_label(g) for g in page.groups)
        told = f"{page.label(variable)} ({heads}): {counts}{how}; the paper gives no p, they give "
        told += "; ".join([words, *notes])
        yield f"untested_{variable}", UNTESTED, variable, words, f"{told}."


def missing(page: Page):
    """Yield the variables that are not known in all patients, where nothing printed says of whom.

    It is said where another table counts those who are left out, and where there is nothing to
    measure in them.
    """
    size, seen = page.size(ALL), set()
    for variable in page.plan.variables:
        cells = [c for c in page.cells if c.variable == variable and c.kind == "count"]
        known = page.known(variable, ALL) if cells and size else None
        key = page.source(variable), page.extent(variable, "")
        if known is None or key in seen or known + unmeasurable(variable, page) >= size:
            continue  # more than all is an error of number
        seen.add(key)
        whole = whole_variable(variable, page)
        left = size - known - (told_elsewhere(variable, whole, page) if whole else 0)
        if whole and left > 0:
            yield f"group_{variable}", NO_GROUP, variable, *in_no_group(variable, whole, left, page)
        if whole:
            continue
        own = [c for c in cells if c.table != "text" and c.group == ALL]
        printed = sum(int(c.text) for c in own) if page.repaired.keys() & {c.id for c in own} else 0
        words, more = f"{known} of {size}", f"what is missing ({size - known})"
        if printed:
            words = f"{printed} of {size}"
            more = f"their percentages are of {known}; who is missing"
        told = f"{page.label(variable)}: the counts add up to {words}; {more} is not told."
        yield f"missing_{variable}", "missing values not told", variable, words, told


def unmeasurable(variable: str, page: Page):
    """Return in how many patients there is nothing to measure, as the plan says and the print."""
    when = page.plan.variables[variable].unmeasurable.get("when", "")
    named = re.fullmatch(r'(\w+) == "([^"]+)"', when)
    return (page.count(named[1], frozenset([named[2]]), ALL) or 0) if named else 0


def whole_variable(variable: str, page: Page) -> str | None:
    """Return another variable of the same column whose printed levels count all patients."""
    for name, other in page.plan.variables.items():
        if name != variable and other.source == page.source(variable):
            counts = [page.number(name, level, ALL) for level in page.levels(name)]
            if counts and None not in counts and sum(counts) == page.size(ALL):
                return name
    return None


def told_elsewhere(variable: str, whole: str, page: Page):
    """Return how many patients another variable counts in levels that this one leaves out."""
    own = page.extent(variable, "")
    extents = {level: page.extent(whole, level) for level in page.levels(whole)}
    outside = [x for x, e in extents.items() if isinstance(e, frozenset) and not e & {*own}]
    return sum(page.number(whole, level, ALL) for level in outside)


def in_no_group(variable: str, whole: str, left, page: Page) -> tuple[str, str]:
    """Return how many of all are in a level of a variable, and a sentence on those who are in none.

    A level of several values that counts as many as one of these alone holds nobody else.
    """
    places = [
        next(name_place(c) for c in page.cells if c.variable == name and c.kind == "count")
        for name in (whole, variable)
    ]
    size, known = page.size(ALL), page.known(variable, ALL)
    told = (
        f"{page.label(variable)}: {places[0]} counts {size}, {places[1]} {known}, so that {left} "
        "are in none of its groups"
    )
    for level, part in itertools.product(page.levels(variable), page.levels(whole)):
        n, extent = page.number(variable, level, ALL), page.extent(variable, level)
        inside = page.extent(whole, part)
        others = " or ".join(sorted({*map(str, extent)} - {*map(str, inside)}))
        if others and {*inside} < {*extent} and n == page.number(whole, part, ALL):
            told += (
                f"; “{page.label(variable, level)}” has {n}, as many as "
                f"“{page.label(whole, part)}” alone, so that nobody with {others} is in it"
            )
    return f"{known} of {size}", f"{told}."


def other_denominators(page: Page):
    """Yield tables whose percentages are of each row and not of the group, which no head tells."""
    tables = {}
    for cell in page.cells:
        in_table = cell.kind == "percent" and cell.table != "text"
        if in_table and percent_of(cell, page.plan) == "level":
            tables.setdefault(cell.section, []).append(cell)
    for section, cells in tables.items():
        cell = cells[0]
        if len(cells) < 2:
            continue
        n = page.number(cell.variable, cell.level, cell.group)
        of = page.known(cell.variable, cell.group)
        share = numeral(Fraction(100 * n, of), 1)
        told = (
            f"Table {section[5:]} divides by the row, not by the group, and does not say so: "
            f"{cell.place} {cell.text}%; of the group it is {n} of {of}, {share}%."
        )
        many = f"{len(cells)} percentages"
        yield f"denominator_{section}", "denominator not told", "", many, told


def no_intervals(page: Page):
    """Yield that no confidence interval is printed, where none is."""
    if not any(c.statistic in ("ci_low", "ci_high") for c in page.cells):
        told = (
            "No effect has a confidence interval, so it can't be told what the patients rule out."
        )
        yield "confidence_intervals", "no confidence interval", "", "none", told


def many_tests(page: Page, alpha: float):
    """Yield how many tests are printed, and what that makes of the smallest p-value."""
    cells = [c for c in page.cells if c.kind == "p_value" and c.table != "text"]
    if len(cells) < 2:
        return
    least = min(cells, key=lambda c: float(c.text))
    count, chance = len(cells), 1 - (1 - alpha) ** len(cells)
    below = sum(float(c.text) < alpha for c in cells)
    verb = "stays" if float(least.text) < alpha / count else "does not stay"
    found = f"{count} tests, {below} below {alpha}"
    told = (
        f"{count} tests are printed, {below} of them below {alpha}; among so many independent ones "
        f"chance alone makes one so in {numeral(100 * chance, 0)}%, and p = {least.text} "
        f"{verb} below {alpha} / {count} = {numeral(alpha / count, 4)}."
    )
    yield "multiple_testing", "multiple testing", least.variable, found, told
