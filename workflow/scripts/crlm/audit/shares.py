"""Judge printed counts and percentages by each other, by addition, and by what they repeat."""

from fractions import Fraction

from crlm.audit.page import ALL, Page, show, where
from crlm.audit.transcription import CUT, DROPPED, EXACT, verdict
from crlm.audit.verdict import (
    CONTRADICTED,
    MISPRINT,
    OPEN,
    REPRODUCED,
    ROUNDED,
    Finding,
)


def blocks(page: Page) -> list[list[tuple]]:
    """Collect the counts of each table that share a whole, each with its percentage or None."""
    found = {}
    for cell in page.cells:
        if cell.table == "text" or not cell.level or cell.kind not in ("count", "percent"):
            continue
        if cell.printed_as and "." not in cell.printed_as and cell.kind == "percent":
            continue  # beside a row that has no percentage
        of = page.plan["tables"][cell.section]["percent_of"]
        key = cell.section, cell.variable, cell.group if of == "group" else cell.level
        row = found.setdefault(key, {}).setdefault((cell.level, cell.group), {})
        row[cell.kind] = cell
    return [
        [(row["count"], row.get("percent")) for row in rows.values() if "count" in row]
        for rows in found.values()
    ]


def prints(n, of, cell) -> str:
    """Tell how n of so many, in percent, prints as a cell: exactly, cut, or not."""
    return verdict(Fraction(100 * n, of), cell) if of else DROPPED


def judge_block(block: list[tuple], page: Page) -> dict[str, Finding]:
    """Judge counts and percentages that share a whole, against each other."""
    counts = [Fraction(c.text) for c, _ in block]
    of = sum(counts)
    fits = [
        p is None or prints(n, of, p) != DROPPED for n, (_, p) in zip(counts, block, strict=True)
    ]
    if not all(fits) and (repair := find_count(block, counts, page)):
        i, count, whole = repair
        cell, _ = block[i]
        page.repaired[cell.id] = count
        counts[i], of, fits = count, whole, [True] * len(block)
    found = {}
    for i, (cell, percent) in enumerate(block):
        n = counts[i]
        if percent is None:
            continue
        words = f"{n} of {of} is {show(100 * n / of)} %" if of else "of no patients"
        exact = prints(n, of, percent)
        if exact == EXACT:
            found[percent.id] = Finding(REPRODUCED, show(100 * n / of), f"{words}.")
        elif exact == CUT:
            found[percent.id] = Finding(
                ROUNDED, show(100 * n / of), f"{words}, cut, not rounded, to {percent.text} %."
            )
        else:
            found[percent.id] = explain_percent(i, block, counts, of, page)
        if cell.id in page.repaired:
            others = [
                f"{m} ({q.text} %)"
                for m, (c, q) in zip(counts, block, strict=True)
                if c is not cell
                if q
            ]
            found[cell.id] = Finding(
                MISPRINT,
                show(n),
                f"The percentages beside the other counts, {', '.join(others)}, are of {of}, which "
                f"leaves {n} here, the printed {percent.text} %; {cell.text} of {of} would be "
                f"{show(100 * int(cell.text) / of)} %.",
                "count",
                show(n),
            )
        elif found[percent.id].verdict in (REPRODUCED, ROUNDED):
            found[cell.id] = Finding(
                REPRODUCED, show(n), f"{n} of {of} gives the {percent.text} % beside it."
            )
        else:
            found[cell.id] = Finding(
                CONTRADICTED, fitting(percent, of), found[percent.id].explanation
            )
    return found


def find_count(block, counts, page: Page) -> tuple | None:
    """Find the one count that, changed, makes all percentages of a block right, and the whole.

    Where two changes would do, the one that spares a count printed elsewhere too.
    """
    repairs = []
    for i, (cell, percent) in enumerate(block):
        if percent is None or len(block) < 2:
            continue
        others = [(n, p) for k, (n, (_, p)) in enumerate(zip(counts, block, strict=True)) if k != i]
        rest = sum(n for n, _ in others)
        for of in range(int(rest), int(page.size(ALL) or 0) + 1):
            count = of - rest
            known = all(p is not None and prints(n, of, p) != DROPPED for n, p in others)
            if known and count != counts[i] and prints(count, of, percent) == EXACT:
                agreeing = [c for c in page.copies(cell) if c.text == cell.text]
                repairs.append((len(agreeing), i, count, of))
    repairs.sort()
    if len(repairs) > 1 and repairs[0][0] == repairs[1][0]:
        return None
    return repairs[0][1:] if repairs else None


def fitting(percent, of) -> str:
    """Return the count that would print as a percentage of so many, or nothing."""
    return next((str(n) for n in range(int(of) + 1) if prints(n, of, percent) != DROPPED), "")


def explain_percent(i, block, counts, of, page: Page) -> Finding:
    """Say why a percentage of a block is not that of its count."""
    percent, n = block[i][1], counts[i]
    true = Fraction(100 * n, of) if of else Fraction(0)
    words = f"{n} of {of} is {show(true)} %, not {percent.text} %"
    others = [Fraction(p.text) for k, (_, p) in enumerate(block) if k != i and p is not None]
    unit = Fraction(10) ** -int(percent.decimals)
    rest = 100 - sum(others)
    left = len(others) == len(block) - 1 and Fraction(percent.text) == rest
    if left and abs(rest - true) <= unit * len(others):
        return Finding(
            ROUNDED,
            show(true),
            f"{n} of {of} is {show(true)} %; {percent.text} % is what the rounded or cut "
            f"percentages beside it leave of 100 %.",
        )
    for k in (i - 1, i + 1):  # the rows next to it
        if 0 <= k < len(block) and prints(counts[k], of, percent) == EXACT:
            beside = block[k][1]
            if beside is None or prints(counts[k], of, beside) == DROPPED:
                name = page.label(block[k][0].variable, block[k][0].level)
                slip = "row shift" if beside is None else "swapped label"
                return Finding(
                    MISPRINT,
                    show(true),
                    f"{words}; it is right for the row next to it, {name} ({counts[k]} of {of}).",
                    slip,
                    show(true),
                )
    size = page.size(ALL) or 0
    if size and size != of and prints(n, size, percent) == EXACT:
        return Finding(
            MISPRINT,
            show(true),
            f"{words}; it is {n} of all {size}, {size - of} of whom are not in the table.",
            "other denominator",
            show(true),
        )
    would = fitting(percent, of)
    would = f"{percent.text} % would be {would}" if would else "no number of patients gives it"
    return Finding(
        CONTRADICTED, show(true), f"{words}; {would}, and no number tells which is right."
    )


def judge_count(cell, page: Page, found: dict) -> Finding:
    """Judge a count by its percentage (done before), by addition, and by its copies."""
    before = found.get(cell.id)
    if before and before.verdict == MISPRINT:
        return before
    sums = page.sums(*page.quantity(cell)[:3])
    right = [s for s in sums if s.value == Fraction(cell.text)]
    if sums and not right:
        words = " and ".join(s.words for s in sums)
        return Finding(CONTRADICTED, show(sums[0].value), f"Printed {cell.text}, but {words}.")
    if before and before.verdict == REPRODUCED:
        return before
    if right:
        return Finding(REPRODUCED, show(right[0].value), f"{right[0].words}.")
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
        "group": (page.known(cell.variable, group), page.group_label(group)),
        "level": (page.count(source, extent, ALL), name),
    }
    of, named = wholes.pop(cell.percent_of)
    if not of:
        return judge_copy(cell, page, found)
    true = Fraction(100 * n, of)
    words = f"{n} of {of} is {show(true)} %"
    exact = prints(n, of, cell)
    if exact == EXACT and int(cell.decimals) < 0:
        return Finding(ROUNDED, show(true), f"{words}, so “{cell.words}” is near.")
    if exact == EXACT:
        return Finding(REPRODUCED, show(true), f"{words}.")
    if exact == CUT:
        return Finding(ROUNDED, show(true), f"{words}, cut, not rounded, to {cell.text} %.")
    for copy in page.copies(cell):
        if copy.text == cell.text and copy.id in found and found[copy.id].verdict != CONTRADICTED:
            finding = found[copy.id]
            return finding._replace(explanation=f"Repeats {where(copy)}: {finding.explanation}")
    wholes["all"] = page.size(ALL), "all"
    for other, what in wholes.values():
        if other and other not in (of, n) and prints(n, other, cell) == EXACT:
            return Finding(
                MISPRINT,
                show(true),
                f"{cell.text} % is {n} of {other} ({what}), but it is said of {named}: {words}.",
                "other denominator",
                show(true, int(cell.decimals)),
            )
    size = int(page.size(ALL) or of)
    would = [f"{k} of {d}" for d in range(1, size + 1) for k in range(d + 1) if exactly(k, d, cell)]
    would = [f"{fit} of {of}"] if (fit := fitting(cell, of)) else would
    told = (
        f"{cell.text} % would be {would[0]}"
        if would
        else f"no whole number out of {size} or fewer gives it"
    )
    return Finding(CONTRADICTED, show(true), f"{words}, not {cell.text} %; {told}.")


def exactly(n: int, of: int, cell) -> bool:
    """Tell whether n of so many, rounded, prints as a percentage."""
    return prints(n, of, cell) == EXACT


def judge_copy(cell, page: Page, found: dict) -> Finding:
    """Judge a number that nothing but its repetitions can check; those of the tables come first."""
    copies = sorted(page.copies(cell), key=lambda c: c.table == "text")
    if not copies:
        return Finding(OPEN, "", "No other printed number counts the same, or adds up to it.")
    same = [c for c in copies if page.value(c) == Fraction(cell.text)]
    first = copies[0]
    if first.table != "text" and first not in same:
        told = f"{where(first)} has {first.text}, not {cell.text}."
        return Finding(CONTRADICTED, first.text, told)
    if not same:
        others = " and ".join(f"{where(c)} {c.text}" for c in copies)
        return Finding(CONTRADICTED, first.text, f"Printed {cell.text}, elsewhere {others}.")
    if same[0].id in page.repaired:
        told = f"{where(same[0])} has {same[0].text}, but its percentages ask for {cell.text}."
        return Finding(REPRODUCED, cell.text, told)
    return Finding(REPRODUCED, same[0].text, f"{where(same[0])} has the same, {same[0].text}.")
