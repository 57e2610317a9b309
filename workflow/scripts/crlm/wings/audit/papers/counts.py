"""Counts, percentages and sums of a table, by each other, and the tests that rest on them."""

import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from scipy import stats

from crlm.base.formats import interval_end, listing
from crlm.statistics.association import odds_ratio
from crlm.wings.audit.page import numeral
from crlm.wings.audit.papers.checks import FAILS, FEWER, HOLDS, NEAR, OPEN, Check, check_value
from crlm.wings.audit.papers.effects import check_hazard, check_ratio
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.reading import COUNTED, HAZARD, Paper, Row, Table
from crlm.wings.audit.printed_tests import TESTS, p_by_test
from crlm.wings.audit.shares import fitting, prints_as
from crlm.wings.audit.transcription import DROPPED, EXACT
from crlm.wings.audit.verdict import step

LARGEST = 60, 5000, 400  # cells, patients, and patients for tests of each table, that are tried
EVENTS = r"event|death|died|dead|deceased|progress|relaps|recur"
NOT_KNOWN = re.compile(r"unknown|missing|\bnot (known|available|reported|recorded)|^\s*n/?a$", re.I)
WEIGHTED = re.compile(r"(?<!\bt[12][ -])(?<!\bnon[ -])(?<!diffusion[ -])\bweighted", re.I)
MANY = 3  # p-values by usual tests, beside which one by another test is a question
ALONE = "no other p here is of so seldom a test"
UNKNOWN = "the text does not say that it is a test of independence"


def check_counts(table: Table, paper: Paper) -> Iterator[Check]:
    """Check all counts and percentages of a table, then sums and tests that rest on them."""
    complete, blocks = paper.settings["complete"], blocks_of(table)
    for block in blocks:
        for group in table.every:
            for row in block:
                yield from check_share(row, block, group, table, complete)
            yield from check_levels(block, group, table, complete)
    tests = [check for block in blocks for check in check_tests(block, table, paper)]
    held = [check for check in tests if len(check.cells) == 1]
    seldom = [check for check in held if check.verdict == NEAR]
    alone = len(seldom) == 1 and sum(check.verdict == HOLDS for check in held) >= MANY
    for check in tests:
        yield check.excused(ALONE) if alone and check in seldom else check
    heads = {group: {"n": cell} for group, cell in table.heads.items()}
    for values in (heads, *(row.values for row in table.rows if row.kind in ("size", *COUNTED))):
        for name in ("n", "of"):
            parts = [values.get(group, {}).get(name) for group in table.groups]
            yield from check_sum(parts, values.get(table.total, {}).get(name), "in that of all")
    for row in table.rows:
        for group in table.every if row.kind == "total" else ():
            parts = [part.values.get(group, {}).get("n") for part in parts_of(row, table.rows)]
            yield from check_sum(parts, row.values.get(group, {}).get("n"), "in the row of totals")
        for group, own in row.values.items() if row.kind == "size" and not row.block else ():
            yield from check_sum([own.get("n")], table.heads.get(group), "at the head")


def blocks_of(table: Table) -> list[list[Row]]:
    """Return the rows of counts; those together that are all levels of one heading or total."""
    totalled = {}
    for row in (row for row in table.rows if row.kind == "total"):
        totalled |= {part.row: f"line {row.row}" for part in parts_of(row, table.rows)}
    found: dict[str, list[Row]] = {}
    for row in table.rows:
        if row.kind in COUNTED:
            own = f"line {row.row}"
            together = row.block if row.block in table.add_up else totalled.get(row.row, own)
            found.setdefault(own if row.kind == "total" else f"of {together}", []).append(row)
    return [*found.values()]


def parts_of(total, rows: list) -> list:
    """Return what a row of a total adds up: of its heading; else subtotals, if any; else all.

    That is all above it that no other such row adds up.
    """
    others = [r.row for r in rows if r.kind == "total" and r.block == total.block]
    start = max((row for row in others if row < total.row), default=0)
    above = [r for r in rows if r.kind in COUNTED and start < r.row < total.row]
    subtotals = [row for row in above if row.kind == "total"]
    return subtotals or [row for row in above if not total.block or row.block == total.block]


def counts_of(block: list[Row], group: str) -> list[int] | None:
    """Return the counts of a block in a group, if all are printed."""
    counts = [n for row in block if (n := row.count(group)) is not None]
    return counts if len(counts) == len(block) else None


def denominator_of(row: Row, group: str, table: Table) -> list[Printed]:
    """Return the printed number that a count of a row is of: beside it, else the group's size."""
    if of := row.values.get(group, {}).get("of"):
        return [of]
    cell = table.heads.get(group)
    return [cell] if cell and row.sizes[group] == int(cell.text) else []


def likely_wholes(
    row: Row, block, group: str, table: Table
) -> list[tuple[int, str, list[Printed]]]:
    """Return what a percentage may be of, the likeliest first: number, words, printed numbers."""
    if of := row.values[group].get("of"):
        return [(int(of.text), of.text, [of])]
    if table.row_percent:
        whole = row.values.get(table.total, {}).get("n")
        parts = [row.count(g) for g in table.groups]
        if whole:
            return [(int(whole.text), f"{whole.text} of the row", [whole])]
        if None in parts:
            return []
        cells = [row.values[g]["n"] for g in table.groups if g != group]
        return [(sum(parts), f"{sum(parts)} of the row", cells)]
    found, size = [], row.sizes[group]
    if size:
        found.append((size, f"{size} ({group})", denominator_of(row, group, table)))
    counts = counts_of(block, group)
    if counts and len(block) > 1 and sum(counts) != size:
        found.append((sum(counts), f"the {sum(counts)} that the rows add up to", []))
    return [whole for whole in found if whole[0]]


def check_percent(
    percent: Printed, n: Printed, whole: int, words: str, cells: list[Printed]
) -> Check:
    """Check a count by its percentage of a number of patients, which is so told and so printed."""
    how, true = prints_as(int(n.text), whole, percent), Fraction(100 * int(n.text), whole)
    told = f"{n.text} of {words} is {numeral(true)}%"
    if how != DROPPED:
        return Check(step(how == EXACT, near=True), [percent, n, *cells], told)
    would = fitting(percent, whole)
    more = f"{percent.text}% would be {would}" if would else "no whole number gives it"
    meant = {percent.id: interval_end(true, int(percent.decimals)), n.id: would}
    told = f"{told}, not {percent.text}%; {more}"
    return Check(FAILS, [percent, *([n] if would else []), *cells], told, meant)


def check_share(row: Row, block, group: str, table: Table, complete: bool) -> Iterator[Check]:
    """Check a count and its percentage by each other, and by the number of patients."""
    own = row.values.get(group, {})
    n, percent, of = own.get("n"), own.get("percent"), own.get("of")
    if n and (limit := row.of(group)) is not None and int(n.text) > limit:
        yield Check(FAILS, [n, *denominator_of(row, group, table)], f"{n.text} of only {limit}")
        return
    if of and (size := table.heads.get(group)) and of.text == size.text:
        yield from check_sum([of], size, "at the head")
    weighted = percent and WEIGHTED.search(f"{row.label} {percent.column}")
    found = likely_wholes(row, block, group, table) if percent and not weighted else []
    if not found:
        return
    whole, words, cells = found[0]
    if n is None:
        if would := fitting(percent, whole):
            yield Check(OPEN, [percent], f"{would} of {words} give {percent.text}%")
        elif complete:
            told = f"no whole number out of {words} is {percent.text}%"
            yield Check(FAILS, [percent, *cells], told, main=(percent.id,))
        return
    checks = [check_percent(percent, n, *whole) for whole in found]
    check = next((check for check in checks if check.verdict != FAILS), checks[0])
    parent = parent_of(row, table) if check.verdict == FAILS else None
    if parent and (whole := parent.count(group)):
        told = f"{whole} ({parent.label})"
        check = check_percent(percent, n, whole, told, [parent.values[group]["n"]])
    if check.verdict == FAILS:
        count = int(n.text)
        if not complete and n not in check.cells:  # so that another one may be of fewer
            check = check._replace(cells=[*check.cells, n])
        fewer = [d for d in range(max(count, 1), whole) if prints_as(count, d, percent) == EXACT]
        if fewer and not complete and not of:
            check = check.excused(f"it is of {fewer[-1]}, if so many are known")
        for name in table.every:
            size = row.sizes[name] if name != group else None
            if size and prints_as(count, size, percent) == EXACT:
                check = check._replace(words=f"{check.words}; it is of {size} ({name})")
    yield check


def parent_of(row: Row, table: Table) -> Row | None:
    """Return the row above that most percentages of a row are of, if more than of the groups."""

    def held(whole_of: Callable) -> int:
        own = [(row.count(g), whole_of(g), v.get("percent")) for g, v in row.values.items()]
        return sum(prints_as(n, of, p) != DROPPED for n, of, p in own if n is not None and p)

    above = [other for other in table.rows if other.row < row.row and other.kind == "count"]
    best = max(above, key=lambda other: held(other.count), default=row)
    return best if len(row.values) > 1 and held(best.count) > held(row.of) else None


def check_sum(
    parts: list[Printed | None], whole: Printed | None, where: str, size: int | None = None
) -> Iterator[Check]:
    """Check whether counts add up to another one, or to a size that is not printed, if all are."""
    counts, heads = [int(part.text) for part in parts if part], [whole] if whole else []
    size = int(whole.text) if whole else size
    if size is None or not counts or None in parts or parts == heads:
        return
    told = " + ".join(map(str, counts)) + (f" = {sum(counts)}" if len(counts) > 1 else "")
    left = size - sum(counts)
    meant = {p.id: str(n + left) for p, n in zip(parts, counts, strict=True) if p}
    meant |= {cell.id: str(sum(counts)) for cell in heads}
    told += f", not {size} as {where}" if left else f", as {where}"
    yield Check(step(not left), [*heads, *filter(None, parts)], told, meant)


def check_levels(block: list[Row], group: str, table: Table, complete: bool) -> Iterator[Check]:
    """Check whether the levels of a heading add up to the number of patients."""
    counts = counts_of(block, group)
    size = block[0].of(group) if counts else None
    if len(block) < 2 or not size:
        return
    cells = [row.values[group]["n"] for row in block]
    percents = [row.values[group].get("percent") for row in block]
    pairs, total = [*zip(counts, percents, strict=True)], sum(counts)
    of_known = all(p and prints_as(n, total, p) != DROPPED for n, p in pairs)
    whole = next(iter(denominator_of(block[0], group, table)), None)
    for check in check_sum(cells, whole, f"in {group}", size):
        fewer = total < size and (of_known or not complete)
        yield check.excused(f"{size - total} are not told of") if fewer else check


# --- Tests ----------------------------------------------------------------------------------------


def tables_under(block, table: Table, row: Row) -> Iterator[tuple[list[list[int]], list[Printed]]]:
    """Yield the counts that a p may be of: all levels; those that are known; a row and others."""
    known = [r for r in block if not NOT_KNOWN.search(r.label)]
    for levels in (block, known) if known != block else (block,):
        if len(levels) > 1 and all(counts_of(levels, group) for group in table.groups):
            cells = [r.values[group]["n"] for r in levels for group in table.groups]
            yield [[r.count(group) for group in table.groups] for r in levels], cells
    if row.kind != "heading":
        yield from rows_against(row, reference_level(row, table), table)


def reference_level(row: Row, table: Table) -> Row | None:
    """Return the level of a heading that the others are compared with: it has no interval."""
    levels = [r for r in table.rows if r.block and r.block == row.block and r.kind in COUNTED]
    without = [r for r in levels if not any("low" in c.cells for c in r.comparisons)]
    return without[0] if len(without) == 1 and len(levels) > 1 and without != [row] else None


def rows_against(
    row: Row, reference: Row | None, table: Table
) -> Iterator[tuple[list[list[int]], list[Printed]]]:
    """Yield the counts of a row and of the rest of the groups; of a row and of its reference."""
    counts, sizes = ([f(group) for group in table.groups] for f in (row.count, row.of))
    if None in counts or row.kind == "percent":
        return
    cells = [row.values[group]["n"] for group in table.groups]
    if None not in sizes and len(counts) > 1:
        rest = [n - c for n, c in zip(sizes, counts, strict=True)]
        heads = [c for group in table.groups for c in denominator_of(row, group, table)]
        if min(rest) >= 0:
            yield [counts, rest], [*cells, *heads]
    others = [reference.count(group) for group in table.groups] if reference else []
    if not reference or None in others:
        return
    cells += [reference.values[group]["n"] for group in table.groups]
    if len(counts) > 1:
        yield [counts, others], cells
        return
    wholes = row.of(*table.groups), reference.of(*table.groups)
    rest = [(of or 0) - n for of, n in zip(wholes, (*counts, *others), strict=True)]
    if min(rest) >= 0:
        yield [[*counts, *others], rest], cells


def tests_of(counts: list[list[int]]) -> Iterator[tuple[str, float, float]]:
    """Yield the tests in use of a table of counts: name, p (twice); none where there is nothing."""
    array = np.array([line for line in counts if any(line)])
    if array.ndim < 2 or min(array.shape) < 2 or not array.any(axis=0).all():
        return
    p = float(stats.chi2_contingency(array, correction=False).pvalue)
    yield TESTS["pearson_chi2"], p, p
    if array.size <= LARGEST[0] and array.sum() <= LARGEST[1]:
        try:
            found = p_by_test(array.tolist())
        except ValueError:
            found = {}
        first = ("continuity_corrected_chi2", "fisher_exact", "fisher_freeman_halton")
        for test in sorted(found.keys() - {"pearson_chi2"}, key=lambda t: (t not in first, t)):
            yield TESTS[test], found[test], found[test]
    for name, ratio, error, *_ in ratios_of(array.tolist()) if array.shape == (2, 2) else ():
        p = 2 * float(stats.norm.sf(abs(math.log(ratio)) / error))
        yield f"Wald’s test of the {name}", p, p
    if array.shape == (2, 2) and array.all():
        for name, p in tests_of_shares(array).items():
            yield name, p, p
    if len(array) > 2:
        samples = [np.repeat(np.arange(len(array)), column) for column in array.T]
        p = float(stats.kruskal(*samples).pvalue)
        yield "the rank test of the levels in their order", p, p


def tests_of_shares(table: np.ndarray) -> dict[str, float]:
    """Return p of two shares (columns) by tests that are seldom done, or not meant for counts."""
    first, second = (np.repeat((1, 0), column) for column in table.T)
    p, q = first.mean(), second.mean()
    error = math.sqrt(p * (1 - p) / len(first) + q * (1 - q) / len(second))
    ranks = stats.mannwhitneyu(first, second, method="asymptotic")
    found = {
        "z of the shares": 2 * stats.norm.sf(abs(p - q) / error),
        "the t test of zeros and ones": stats.ttest_ind(first, second).pvalue,
        "Welch’s of zeros and ones": stats.ttest_ind(first, second, equal_var=False).pvalue,
        "the rank-sum test of zeros and ones": ranks.pvalue,
    }
    if table.sum() <= LARGEST[2]:
        tails = (stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater"))
        found["twice Fisher’s one-sided p"] = min(1.0, 2 * min(tails))
        found["Barnard’s exact test"] = stats.barnard_exact(table).pvalue
        found["Boschloo’s exact test"] = stats.boschloo_exact(table).pvalue
    return {name: float(p) for name, p in found.items()}


def check_tests(block: list[Row], table: Table, paper: Paper) -> Iterator[Check]:
    """Check p-values, χ² and ratios beside counts."""
    known = len(block) > 1 or all("of" in own for own in block[0].values.values())
    excuse = "" if known or paper.settings["complete"] else FEWER
    excuse = UNKNOWN if paper.settings["tests"]["counts"] == "unknown" else excuse
    headings = [r for r in table.rows if r.kind == "heading" and r.label == block[0].block]
    for row in [*(headings if len(block) > 1 else []), *block]:
        under = [*tables_under(block, table, row)][::-1] if row.comparisons else []
        found = [(own, of, listing([" : ".join(map(str, n)) for n in own])) for own, of in under]
        if not found:
            continue
        counts, cells, words = found[0]
        for statistic, tests in (("p", tests_of), ("chi2", chi2_of)):
            for cell in row.tests(statistic) if len(table.groups) > 1 else ():
                every = [
                    [*check_value(cell, tests(n), of, told, excuse, one_sided=paper.one_sided)]
                    for n, of, told in found
                ]
                best = min(every, key=lambda k: (k[0].verdict == FAILS, k[0].asks))
                if best[0].verdict == FAILS:  # whichever it is of
                    basis = {c.id: c for own in every for c in own[0].cells}
                    best = [best[0]._replace(cells=[*basis.values()])]
                yield from best
        ratios = [c for c in row.comparisons if c.kind == "ratio"]
        for ratio in ratios if len(counts) == len(counts[0]) == 2 else ():
            if HAZARD.search(ratio.head):
                yield from check_hazard(ratio.cells, events_of(row, cells, table))
            elif not row.is_modelled(ratio):
                yield from check_ratio(ratio.cells, ratios_of(counts), cells, words)


def events_of(row: Row, cells: list[Printed], table: Table) -> list[Printed]:
    """Return the two numbers of events that a hazard ratio is of, where it is known that they are.

    So it is where of how many is printed with them, or where they are called so.
    """
    one = len(table.groups) == 1
    if not one and reference_level(row, table):
        return []
    of = all("of" in own for own in row.values.values())
    called = f"{row.label} {cells[0].column if one else ''}"
    return cells[:2] if of or re.search(EVENTS, called, re.IGNORECASE) else []


def chi2_of(counts: list[list[int]]) -> Iterator[tuple[str, float, float]]:
    """Yield Pearson's χ², the corrected one and that of the likelihood ratio."""
    array = np.array(counts)
    if array.any(axis=1).all() and array.any(axis=0).all():
        for test, corrected, power in (
            ("pearson_chi2", False, "pearson"),
            ("continuity_corrected_chi2", True, "pearson"),
            ("likelihood_ratio_chi2", False, "log-likelihood"),
        ):
            value = stats.chi2_contingency(array, correction=corrected, lambda_=power).statistic
            yield TESTS[test], float(value), float(value)


def ratios_of(counts: list[list[int]]) -> list[tuple]:
    """Return what compares two groups: name, ratio, error of its logarithm, exact ones.

    Woolf's of the odds ratio, also with 0.5 added to each count (Haldane's), Katz's of the risk
    ratio (Rothman, Modern Epidemiology, 3rd ed. 2008, chapter 14); each with its reciprocal, and of
    the rows as of the columns.
    """
    (a, b), (c, d) = counts
    if not a * b * c * d:
        return []
    exact = [*odds_ratio(counts)]
    found: list[tuple] = []
    for more in (0, 0.5):
        e, f, g, h = (n + more for n in (a, b, c, d))
        error = math.sqrt(1 / e + 1 / f + 1 / g + 1 / h)
        found.append(("odds ratio", e * h / (f * g), error, *([] if more else [exact])))
    for w, x, y, z in ((a, c, b, d), (a, b, c, d), (c, a, d, b), (b, a, d, c)):
        error = math.sqrt(1 / w - 1 / (w + x) + 1 / y - 1 / (y + z))
        found.append(("risk ratio", w * (y + z) / (y * (w + x)), error))
    return found + [
        (name, 1 / ratio, error, *([1 / own[0], 1 / own[2], 1 / own[1]] for own in exact))
        for name, ratio, error, *exact in found
    ]
