"""Judge means, SDs and limits by those of the groups, of all, and by the classes of a number."""

import itertools
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from crlm.wings.audit.grim import possible_sums
from crlm.wings.audit.page import ALL, Page, Quantity, numeral
from crlm.wings.audit.shares import judge_copy
from crlm.wings.audit.transcription import EXACT, printed_range, verdict_on
from crlm.wings.audit.verdict import HELD, Finding, Slip, Verdict, climb, left_open, slipped


def bounds(cell, decimals: int = 0) -> tuple[Fraction, Fraction]:
    """Return between which true values a printed mean or SD was rounded, as `corners_of` says."""
    return printed_range(cell.text, str(max(int(cell.decimals), decimals)))[:2]


def whole_means(cell, groups: dict, page: Page) -> list[Fraction]:
    """Return the means of all that whole steps in the groups can give; none where it is not known.

    So it is where the steps of a number are not, or in how many patients it is known; and where no
    whole steps give the mean of a group.
    """
    unit = page.unit(cell.variable)
    ns = [page.counted(cell.variable, g) for g in groups]
    if cell.statistic != "mean" or unit is None or None in ns:
        return []
    sums = [
        possible_sums(mean.text, int(n), unit)
        for n, (_, mean, _) in zip(ns, groups.values(), strict=True)
    ]
    if not all(sums):
        return []
    totals = range(sum(s.start for s in sums), sum(s.stop - 1 for s in sums) + 1)
    return [unit * total / sum(ns) for total in totals]


def with_zeros(cell, other) -> str:
    """Write a number with the decimals of another."""
    return f"{Decimal(cell.text):.{other.decimals}f}"


def lacking(cell) -> str:
    """Say how a number that may lack its zeros is printed."""
    return "with fewer decimals" if int(cell.decimals) else "without decimals"


def dropped_zero(cell, groups: dict, coarse: list, fine: list, words: str) -> Finding:
    """Say what a mean or SD of all rests on, where a part of it is printed without decimals."""
    parts = " and ".join(c.text for c in coarse)
    meant, needs = (min(fine) + max(fine)) / 2, "another number that rounds to it"
    if len(coarse) == 1 and cell.statistic == "mean":
        more = meant < Fraction(cell.text)
        gap = bounds(cell)[0] - max(fine) if more else bounds(cell)[1] - min(fine)
        share = groups[coarse[0].group][0] / sum(n for n, *_ in groups.values())
        least = bounds(coarse[0], int(cell.decimals))[int(more)] + gap / share
        needs = f"{numeral(least)} or {'more' if more else 'less'}"
    zeros = " and ".join(with_zeros(c, cell) for c in coarse)
    return slipped(
        Slip.ZERO,
        numeral(meant),
        f"{words}; {cell.text} holds only if {parts}, printed {lacking(coarse[0])}, stands for "
        f"{needs}. "
        f"If a zero was dropped ({zeros}), which is likelier, they give {numeral(meant)} "
        f"({numeral(min(fine))} to {numeral(max(fine))}), not {cell.text}.",
        numeral(meant, int(cell.decimals)),
    )


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


def corners_of(groups: dict, needed: int, decimals: int = 0) -> list[tuple]:
    """Return the corners of what the groups' printed means (and SDs) were rounded from.

    To so many decimals at least, as if zeros at their ends had been dropped.
    """
    own = (itertools.product(*(bounds(c, decimals) for c in g[1:needed])) for g in groups.values())
    return [*itertools.product(*own)]


def pool_corners(pool, ns, corners: list[tuple]) -> list:
    """Return what `ns` patients in the groups give together at each corner."""
    return [pool([(n, *p) for n, p in zip(ns, corner, strict=True)]) for corner in corners]


def can_print(values: list, cell) -> bool:
    """Tell whether values between the least and the greatest of some print as a cell."""
    return printed_range(cell.text, cell.decimals).meets(min(values), max(values))


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
    return any(can_print(pool_corners(pool, ns, corners), cell) for ns in itertools.product(*sizes))


def judge_moment(cell, page: Page, found: dict) -> Finding:
    """Judge a mean or SD: of all from the groups, of a group from all and the other group."""
    groups = moments(cell, page)
    needed = 2 if cell.statistic == "mean" else 3
    if not groups or any(part is None for g in groups.values() for part in g[:needed]):
        return judge_copy(cell, page, found)
    if cell.group != ALL:
        return judge_part(cell, page, found)
    ns = [int(n) for n, *_ in groups.values()]
    printed = [[Fraction(c.text) for c in g[1:needed]] for g in groups.values()]
    values = {name: p[-1] for name, p in zip(groups, printed, strict=True)}
    pool = pooled_mean if cell.statistic == "mean" else pooled_sd
    central = pool([(n, *p) for n, p in zip(ns, printed, strict=True)])
    whole = whole_means(cell, groups, page)
    if len(whole) == 1:
        central = whole[0]
    words = " and ".join(
        f"{numeral(v)} of {n} {page.plan.group_label(g)}"
        for (g, v), n in zip(values.items(), ns, strict=True)
    )
    words = f"{words} give {numeral(central)} together"

    def explanations() -> Iterator[Finding]:
        corners = pool_corners(pool, ns, corners_of(groups, needed))
        prints = not whole or any(verdict_on(value, cell) == EXACT for value in whole)
        if can_print(corners, cell) and prints:
            coarse = [c for g in groups.values() for c in g[1:needed] if c.decimals < cell.decimals]
            fine = pool_corners(pool, ns, corners_of(groups, needed, int(cell.decimals)))
            some = len(coarse) < len(groups) * (needed - 1)  # the others have their decimals
            if coarse and some and not can_print(fine, cell):
                yield dropped_zero(cell, groups, coarse, fine, words)
            told = f"from {numeral(min(corners))} to {numeral(max(corners))} as these are"
            told += " rounded" + "".join(f" ({c.text} is printed {lacking(c)})" for c in coarse)
            yield Finding(Verdict.ROUNDED, numeral(central), f"{words}, and {told}.")
        if prints and other_numbers_give(cell, groups, page):
            missing = "in how many of them it is known is not printed, and fewer could give"
            yield left_open(f"{words}; {missing} {cell.text}.")
        meant, unweighted = (
            numeral(central, int(cell.decimals)),
            sum(values.values()) / len(values),
        )
        if cell.statistic == "mean" and verdict_on(unweighted, cell) == EXACT:
            sums = f"({' + '.join(numeral(v) for v in values.values())}) / {len(values)}"
            told = f"{words}; {cell.text} is {sums}, as if the groups were of one size."
            yield slipped(Slip.UNWEIGHTED, numeral(central), told, meant)
        for group, value in values.items():
            if Fraction(cell.text) == value and list(values.values()).count(value) == 1:
                alone = f"that of {page.plan.group_label(group)} alone, unless that is the copy"
                told = f"{words}; {cell.text} is {alone}."
                yield slipped(Slip.COLUMN, numeral(central), told, meant)
        sums = " or ".join(f"{numeral(v * sum(ns))} of {sum(ns)} ({numeral(v)})" for v in whole[:3])
        only = words if prints else f"{words}; whole numbers give only {sums}"
        if 0 <= central - Fraction(cell.text) < Fraction(10) ** -int(cell.decimals):
            told = f"{only}; {cell.text} is that cut off, not rounded."
            yield slipped(Slip.CUT_OFF, numeral(central), told, meant)
        if not prints:
            yield Finding(Verdict.CONTRADICTED, numeral(central), f"{only}, not {cell.text}.")

    return climb(cell, central, words, numeral(central), explanations())


def judge_part(cell, page: Page, found: dict) -> Finding:
    """Judge the mean or SD of a group by that of all: it is as good as what it gives."""
    alls = page.index.get(Quantity(page.source(cell.variable), (), ALL, cell.statistic), [])
    name = "mean" if cell.statistic == "mean" else "SD"
    for whole, its in ((c, found[c.id]) for c in alls):
        if its.verdict in HELD:
            return Finding(its.verdict, cell.text, f"With it, {its.explanation}")
        if its.misprint == Slip.ZERO and cell.decimals < whole.decimals:
            zero = with_zeros(cell, whole)
            return slipped(Slip.ZERO, zero, f"It is a part of this: {its.explanation}", zero)
    if not alls:
        return left_open(f"No {name} of all is printed, so nothing checks that of a group.")
    printed = " and ".join(dict.fromkeys(c.text for c in alls))
    return left_open(f"Only the {name} of all could check it, and that, {printed}, is in doubt.")


# --- Least and greatest values --------------------------------------------------------------------


def judge_limit(cell, page: Page, found: dict) -> Finding:
    """Judge a least or greatest value by the means and classes of the groups, else by its copies.

    As many as are in each class, none beyond the limit, may not have the mean that is printed. What
    is printed without decimals may have been rounded: then it is to be checked.
    """
    for group in page.groups if cell.group == ALL else [cell.group]:
        limits = [Fraction(cell.text), rounded_limit(cell, page)]
        told = [beyond(cell, group, limit, page) for limit in limits]
        if told[0] and not told[1]:
            other = numeral(limits[1])
            words = f"{told[0]}: it holds only if {other} or so was rounded to {cell.text}"
            return slipped(Slip.ROUNDED_LIMIT, other, f"{words}.", other)
        if told[0]:
            return Finding(Verdict.CONTRADICTED, "", f"{told[0]}.")
    return judge_copy(cell, page, found)


def rounded_limit(cell, page: Page) -> Fraction:
    """Return what is farthest out among the values that print as a least or greatest one."""
    unit, (low, high, _) = page.unit(cell.variable), printed_range(cell.text, cell.decimals)
    if unit is None:
        return low if cell.statistic == "min" else high
    if cell.statistic == "min":
        return math.ceil(low / unit) * unit
    return math.floor(high / unit) * unit


def beyond(cell, group: str, limit: Fraction, page: Page) -> str:
    """Say that the mean of a group lies beyond what its classes and a limit allow, or nothing."""
    scale = Fraction(str(page.plan.variable(cell.variable).scale))
    mean = page.index.get(Quantity(page.source(cell.variable), (), group, "mean"), [None])[0]
    side = 1 if cell.statistic == "min" else -1
    end, edge = ("at_least", 1) if side > 0 else ("below", 0)
    for name, variable in page.plan.variables.items():
        levels = variable.levels
        if mean is None or not levels or variable.source != page.source(cell.variable):
            continue
        counts = [page.number(name, level, group) for level in levels]
        if None in counts or not sum(counts):
            continue
        ends = [
            side * max(side * limit, side * Fraction(str(own)) * scale)
            if math.isfinite(own)
            else limit
            for own in (getattr(level, end) for level in levels.values())
        ]
        n, most = sum(counts), bounds(mean)[edge]
        total = sum(k * e for k, e in zip(counts, ends, strict=True))
        if side * total <= side * n * most:
            continue
        known = ", ".join(
            f"{k} with {page.label(name, level)}"
            for k, level in zip(counts, levels, strict=True)
            if k
        )
        least = numeral(total / n)
        return (
            f"{n} {page.plan.group_label(group)} ({known}) have a mean of {mean.text}; with none "
            f"{'below' if side > 0 else 'above'} {numeral(limit)} it would be {least} or "
            f"{'more' if side > 0 else 'less'}"
        )
    return ""
