"""Judge printed counts and percentages by each other, by addition, and by what they repeat."""

import math
from collections.abc import Iterator
from fractions import Fraction

from crlm.wings.audit.page import ALL, Page, name_place, numeral
from crlm.wings.audit.transcription import DROPPED, EXACT, percent_of, verdict_on
from crlm.wings.audit.verdict import HELD, Finding, Slip, Verdict, climb, left_open, slipped


def blocks(page: Page) -> list[list[tuple]]:
    """Collect the counts of each table that share a whole, each with its percentage or None."""
    found = {}
    for cell in page.cells:
        if cell.table == "text" or not cell.level or cell.kind not in ("count", "percent"):
            continue
        if cell.printed_as and "." not in cell.printed_as and cell.kind == "percent":
            continue  # beside a row that has no percentage
        of = percent_of(cell, page.plan)
        key = cell.section, cell.variable, cell.group if of == "group" else cell.level
        row = found.setdefault(key, {}).setdefault((cell.level, cell.group), {})
        row[cell.kind] = cell
    return [
        [(row["count"], row.get("percent")) for row in rows.values() if "count" in row]
        for rows in found.values()
    ]


def prints_as(n, of, cell) -> str:
    """Tell how n of so many, in percent, prints as a cell: exactly, cut, or not."""
    return verdict_on(Fraction(100 * n, of), cell) if of else DROPPED


def judge_block(block: list[tuple], page: Page) -> dict[str, Finding]:
    """Judge counts and percentages that share a whole, against each other."""
    counts, found = [page.value(cell) for cell, _ in block], {}
    of = whole_of(block, counts, page)
    for i, (cell, percent) in enumerate(block):
        if percent is None:
            continue
        n = counts[i]
        found[percent.id] = judge_share(i, block, counts, of, page)
        if cell.id in page.repaired:
            beside = [(page.value(c), q) for c, q in block if c is not cell and q]
            others = ", ".join(f"{m} ({q.text}%)" for m, q in beside)
            ways = [
                (other.text, n) for _, _, n, other in repairs_of(block, page) if other is not cell
            ]
            others_too = "".join(f"; or the {m} beside it is to be {k}" for m, k in ways)
            told = (
                f"The percentages beside the other counts, {others}, are of {of}, which leaves {n} "
                f"here, the printed {percent.text}%; {cell.text} of {of} would be "
                f"{numeral(100 * int(cell.text) / of)}%{others_too}."
            )
            found[cell.id] = slipped(Slip.COUNT, numeral(n), told, numeral(n))
        elif found[percent.id].verdict in HELD:
            words = f"{n} of {of} gives the {percent.text}% beside it."
            found[cell.id] = Finding(Verdict.REPRODUCED, numeral(n), words)
        elif found[percent.id].verdict != Verdict.TO_CHECK and (would := fitting(percent, of)):
            found[cell.id] = Finding(Verdict.CONTRADICTED, would, found[percent.id].explanation)
    return found


def whole_of(block: list[tuple], counts: list, page: Page) -> Fraction:
    """Return of how many patients a block is: its sum, if there are so many.

    Else of as many as go with most of its percentages, since a count may be too great.
    """
    total, most = sum(counts), page.size(ALL)
    if most is None or total <= most:
        return total
    shares = [(n, p) for n, (_, p) in zip(counts, block, strict=True) if p is not None]
    wholes = [total, *map(Fraction, range(int(most) + 1))]
    return max(wholes, key=lambda of: sum(prints_as(n, of, p) == EXACT for n, p in shares))


def mend_counts(page: Page) -> Page:
    """Return the page with the counts that its percentages need, where one is misprinted."""
    repaired = dict(filter(None, (find_count(block, page) for block in blocks(page))))
    return page.with_counts(repaired)


def all_print(pairs: list[tuple], of) -> bool:
    """Tell whether all counts of so many print as their percentages, and none lacks its own."""
    return all(p is not None and prints_as(n, of, p) != DROPPED for n, p in pairs)


def find_count(block: list[tuple], page: Page) -> tuple[str, Fraction] | None:
    """Find the one count of a block that, changed, makes all its percentages right: id and count.

    None where they are right, or none can be told. Where two changes would do, the one that spares
    a count printed elsewhere too.
    """
    pairs = [(Fraction(cell.text), percent) for cell, percent in block]
    if len(block) < 2 or all_print(
        [p for p in pairs if p[1] is not None], sum(n for n, _ in pairs)
    ):
        return None
    found = repairs_of(block, page)
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    _, _, count, cell = found[0]
    return cell.id, count


def repairs_of(block: list[tuple], page: Page) -> list[tuple]:
    """Return the counts of a block that could be others: copies of it, place, other count, cell."""
    pairs = [(Fraction(cell.text), percent) for cell, percent in block]
    return sorted(
        (sum(copy.text == cell.text for copy in page.copies(cell)), i, count, cell)
        for i, (cell, percent) in enumerate(block)
        if percent is not None
        for count in counts_between(pairs, i, page)
    )


def counts_between(pairs: list[tuple], i: int, page: Page) -> Iterator[Fraction]:
    """Yield the other values of a count with which all percentages beside it and its own print."""
    others = [pair for k, pair in enumerate(pairs) if k != i]
    rest = sum((n for n, _ in others), Fraction())
    printed, percent = pairs[i]
    for of in range(int(rest), int(page.size(ALL) or 0) + 1):
        count = of - rest
        if count != printed and all_print(others, of) and prints_as(count, of, percent) == EXACT:
            yield count


def fitting(percent, of) -> str:
    """Return the count that would print as a percentage of so many, or nothing."""
    return next((str(n) for n in range(int(of) + 1) if prints_as(n, of, percent) != DROPPED), "")


def judge_share(i, block, counts, of, page: Page) -> Finding:
    """Judge a percentage of a block by its count and the others."""
    percent, n = block[i][1], counts[i]
    true = Fraction(100 * n, of) if of else Fraction(0)
    words = f"{n} of {of} is {numeral(true)}%"

    def explanations() -> Iterator[Finding]:
        others = [Fraction(p.text) for k, (_, p) in enumerate(block) if k != i and p is not None]
        rest, unit = 100 - sum(others), Fraction(10) ** -int(percent.decimals)
        left = len(others) == len(block) - 1 and Fraction(percent.text) == rest
        if left and abs(rest - true) <= unit * len(others):
            leave = "what the rounded or cut percentages beside it leave of 100%"
            yield Finding(Verdict.ROUNDED, numeral(true), f"{words}; {percent.text}% is {leave}.")
        told = f"{words}, not {percent.text}%; it is"
        for k in (i - 1, i + 1):  # the rows next to it
            if not (0 <= k < len(block) and prints_as(counts[k], of, percent) == EXACT):
                continue
            cell, beside = block[k]
            if beside is None or prints_as(counts[k], of, beside) == DROPPED:
                name = page.label(cell.variable, cell.level)
                right = f"{told} right for the row next to it, {name} ({counts[k]} of {of})."
                slip = Slip.ROWS if beside is None else Slip.LABELS
                yield slipped(slip, numeral(true), right, numeral(true))
        size = page.size(ALL) or 0
        if size > of and prints_as(n, size, percent) == EXACT:
            missing = f"{size - of} of whom are not in the table"
            right = f"{told} {n} of all {size}, {missing}."
            yield slipped(Slip.DENOMINATOR, numeral(true), right, numeral(true))
        would = fitting(percent, of)
        would = f"{percent.text}% would be {would}" if would else "no number of patients gives it"
        told = f"{words}, not {percent.text}%; {would}, and no number tells which is right."
        yield Finding(Verdict.CONTRADICTED, numeral(true), told)

    return climb(percent, true if of else math.nan, words, numeral(true), explanations())


def judge_count(cell, page: Page, found: dict) -> Finding:
    """Judge a count by its percentage (done before), by addition, and by its copies."""
    before = found.get(cell.id)
    if before and before.verdict == Verdict.MISPRINT:
        return before
    sums = page.sums(*page.quantity(cell)[:3])
    right = [s for s in sums if s.value == Fraction(cell.text)]
    if sums and not right:
        words = " and ".join(s.words for s in sums)
        return Finding(
            Verdict.CONTRADICTED, numeral(sums[0].value), f"Printed {cell.text}, but {words}."
        )
    if before and before.verdict == Verdict.REPRODUCED:
        return before
    if right:
        return Finding(Verdict.REPRODUCED, numeral(right[0].value), f"{right[0].words}.")
    return before or judge_copy(cell, page, found)


def judge_percent(cell, page: Page, found: dict) -> Finding:
    """Judge a percentage outside the blocks of the tables, by printed counts."""
    if cell.id in found:
        return found[cell.id]
    source, extent, group, *_ = page.quantity(cell)
    n = page.count(source, extent, group)
    if n is None:
        return judge_copy(cell, page, found)
    name = f"{page.label(cell.variable)}: {page.label(cell.variable, cell.level)}"
    wholes = {
        "group": (page.known(cell.variable, group), page.plan.group_label(group)),
        "level": (page.count(source, extent, ALL), name),
        "all": (page.size(ALL), "all"),
    }
    of, named = wholes.pop(percent_of(cell, page.plan))
    if not of:
        return judge_copy(cell, page, found)
    true = Fraction(100 * n, of)
    words = f"{n} of {of} is {numeral(true)}%"
    if prints_as(n, of, cell) == EXACT and int(cell.decimals) < 0:
        return Finding(Verdict.ROUNDED, numeral(true), f"{words}, so “{cell.words}” is near.")

    def explanations() -> Iterator[Finding]:
        for copy in page.cells:
            same = page.quantity(copy)[:4] == page.quantity(cell)[:4] and copy.text == cell.text
            if same and copy.id != cell.id and copy.id in found and found[copy.id].verdict in HELD:
                why = found[copy.id].explanation
                said = f"{name_place(copy)} has {cell.text}% too ({why[:-1]}), but this is said of "
                meant = numeral(true, int(cell.decimals))
                told = f"{said}{named}: {words}."
                yield slipped(Slip.DENOMINATOR, numeral(true), told, meant)
        for other, what in wholes.values():
            if other and other not in (of, n) and prints_as(n, other, cell) == EXACT:
                said = (
                    f"{cell.text}% is {n} of {other} ({what}), but it is said of {named}: {words}."
                )
                meant = numeral(true, int(cell.decimals))
                yield slipped(Slip.DENOMINATOR, numeral(true), said, meant)
        size = int(page.size(ALL) or of)
        sizes = [(k, d) for d in (int(of), *range(1, size + 1)) for k in range(d + 1)]
        fit = next((f"{k} of {d}" for k, d in sizes if prints_as(k, d, cell) == EXACT), "")
        told = f"no whole number out of {size} or fewer gives it"
        told = f"{cell.text}% would be {fit}" if fit else told
        yield Finding(Verdict.CONTRADICTED, numeral(true), f"{words}, not {cell.text}%; {told}.")

    return climb(cell, true, words, numeral(true), explanations())


def judge_copy(cell, page: Page, found: dict) -> Finding:
    """Judge a number that nothing but its repetitions can check; those of the tables come first."""
    copies = sorted(page.copies(cell), key=lambda c: c.table == "text")
    if not copies:
        return left_open("No other printed number counts the same, or adds up to it.")
    same = [c for c in copies if page.value(c) == Fraction(cell.text)]
    first = copies[0]
    if not same or (first.table != "text" and first not in same):
        others = " and ".join(f"{name_place(c)} {c.text}" for c in copies if c not in same)
        told = f"Printed {cell.text}, elsewhere {others}."
        return Finding(Verdict.CONTRADICTED, first.text, told)
    if same[0].id in page.repaired:
        told = f"{name_place(same[0])} has {same[0].text}, but its percentages ask for {cell.text}."
        return Finding(Verdict.REPRODUCED, cell.text, told)
    return Finding(
        Verdict.REPRODUCED, same[0].text, f"{name_place(same[0])} has the same, {same[0].text}."
    )
