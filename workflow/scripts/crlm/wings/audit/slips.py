"""Find the slip behind what can't hold together: what one careless hand does to printed cells.

Two columns are swapped, an SE stands for an SD, digits change places. A slip explains a column's
conflicts where all its cells hold together once it is undone; so does giving up any cell, but that
fits many more prints, so that a slip is the likelier reason.
"""

import itertools
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from crlm.wings.audit.constraints import MEASURED
from crlm.wings.audit.printed_tests import PTest
from crlm.wings.audit.shares import prints_as
from crlm.wings.audit.transcription import ALL, EXACT
from crlm.wings.audit.verdict import MISPLACED, Slip

FIELDS = ("level", "group", "statistic")
FEWER = 6  # patients less than a group has, of whom a number may be known where it is an SE
LOST_DIGITS = 1  # by which an SD is known less exactly than the SE that it is computed from
SWAPS = {
    ("min", "max"): Slip.LIMITS,
    ("mean", "sd"): Slip.MEAN_AND_SD,
    ("n", "percent"): Slip.COUNT_AND_PERCENT,
}


def with_text(cell, text: str):
    """Return the cell with another text."""
    return cell._replace(text=text, decimals=str(len(text.partition(".")[2])))


def slips_of_one(cell, most: int, beside: set[str]) -> Iterator[tuple[Slip, dict]]:
    """Yield the slips of a single cell, each with what was meant (None: not to be told).

    Parameters
    ----------
    most
        How many patients its group has.
    beside
        What is printed in the same place of other groups.
    """
    text = cell.text
    for a, b in itertools.pairwise(k for k, sign in enumerate(text) if sign.isdigit()):
        if text[a] != text[b]:
            signs = [*text]
            signs[a], signs[b] = signs[b], signs[a]
            yield Slip.DIGITS, {cell.id: with_text(cell, "".join(signs))}
    if cell.statistic in (*MEASURED, "percent"):
        for power in (-2, -1, 1, 2):
            yield Slip.DECIMAL, {cell.id: with_text(cell, f"{Decimal(text).scaleb(power):f}")}
    if cell.statistic in ("mean", "sd") and text in beside:
        yield Slip.COLUMN, {cell.id: None}
    if cell.statistic == "sd":
        places = max(int(cell.decimals) - LOST_DIGITS, 0)
        for n in range(most, max(1, most - FEWER), -1):
            yield Slip.SE, {cell.id: with_text(cell, f"{float(text) * math.sqrt(n):.{places}f}")}
        sd = f"{math.sqrt(float(text)):.{cell.decimals}f}"
        yield Slip.VARIANCE, {cell.id: with_text(cell, sd)}


def moves(own: list) -> Iterator[tuple[Slip, str, dict]]:
    """Yield what may be exchanged among the cells of a variable: slip, field, value -> other."""
    levels, groups = (list(dict.fromkeys(getattr(c, f) for c in own)) for f in FIELDS[:2])
    for a, b in itertools.combinations([g for g in groups if g != ALL], 2):
        yield Slip.GROUPS, "group", {a: b, b: a}
    levels = [level for level in levels if level]
    for a, b in itertools.combinations(levels, 2):
        yield Slip.LABELS, "level", {a: b, b: a}
    for row in (levels, levels[::-1]) if len(levels) > 2 else ():
        yield Slip.ROWS, "level", dict(zip(row, row[1:] + row[:1], strict=True))
    for (a, b), kind in SWAPS.items():
        yield kind, "statistic", {a: b, b: a}


def exchanges(own: dict) -> Iterator[tuple[Slip, dict]]:
    """Yield exchanges among cells of a variable, in all or in one level, group or statistic."""
    at = {tuple(str(getattr(c, f)) for f in FIELDS): i for i, c in own.items()}
    for kind, field, to in moves([*own.values()]):
        place = FIELDS.index(field)
        scopes = [dict.fromkeys(["", *(k[j] for k in at)]) for j in range(len(FIELDS))]
        scopes[place] = {"": None}
        for scope in itertools.product(*scopes):
            changes = {}
            for key, i in at.items():
                other = (*key[:place], to.get(key[place], key[place]), *key[place + 1 :])
                inside = all(s in ("", k) for s, k in zip(scope, key, strict=True))
                if inside and other in at and own[at[other]].text != own[i].text:
                    changes[i] = with_text(own[i], own[at[other]].text)
            if len(changes) > 1:
                yield kind, changes


def slips_of_rows(own: dict, whole: int) -> Iterator[tuple[Slip, dict]]:
    """Yield the slips of whole rows or columns of a variable: unit, denominator, repetition."""
    for group in dict.fromkeys(c.group for c in own.values()):
        row = {i: c for i, c in own.items() if c.group == group and c.statistic in MEASURED}
        for power in (-3, -2, -1, 1, 2, 3) if len(row) > 1 else ():
            texts = {i: f"{Decimal(c.text).scaleb(power):f}" for i, c in row.items()}
            yield Slip.UNITS, {i: with_text(row[i], text) for i, text in texts.items()}
    # 0 % is the same of any whole
    shares = {i: c for i, c in own.items() if c.statistic == "percent" and float(c.text)}
    for field in ("group", "level"):
        for name in dict.fromkeys(getattr(c, field) for c in shares.values()):
            column = {i: c for i, c in shares.items() if getattr(c, field) == name}
            counts = [count_beside(c, own) for c in column.values()]
            if len(column) > 1 and None not in counts and of_one_whole(column, counts, whole):
                yield Slip.DENOMINATOR, dict.fromkeys(column)
    rows = {}
    for i, c in own.items():
        if c.statistic in ("n", "percent"):
            rows.setdefault((c.level, c.group), {})[i] = c
    for one, other in itertools.combinations(rows.values(), 2):
        if len(one) > 1 and [c.text for c in one.values()] == [c.text for c in other.values()]:
            yield Slip.REPEATED, dict.fromkeys(one)
            yield Slip.REPEATED, dict.fromkeys(other)


def count_beside(share, own: dict) -> int | None:
    """Return the count that stands beside a percentage, or None."""
    row = share.level, share.group
    texts = (c.text for c in own.values() if c.statistic == "n" and (c.level, c.group) == row)
    return next((int(text) for text in texts if text.isdigit()), None)


def of_one_whole(column: dict, counts: list, whole: int) -> bool:
    """Tell whether all percentages are those of their counts in one number of patients."""
    pairs = [*zip(counts, column.values(), strict=True)]
    wholes = range(1, whole + 1)
    return any(all(prints_as(n, of, share) == EXACT for n, share in pairs) for of in wholes)


def slips_of(block, sizes: dict) -> Iterator[tuple[Slip, dict]]:
    """Yield all slips of a column's cells: kind, and id -> what was meant."""
    tables, texts = {}, {}
    for i, c in block.cells.items():
        tables.setdefault((c.table, c.variable), {})[i] = c
        texts.setdefault((c.variable, c.level, c.statistic), []).append((c.group, c.text))
    for c in block.cells.values():
        same = texts[c.variable, c.level, c.statistic]
        yield from slips_of_one(c, sizes[c.group][1], {t for g, t in same if g != c.group})
    for (table, _), own in tables.items():
        if table != "text":
            yield from exchanges(own)
            yield from slips_of_rows(own, sizes[ALL][1])


class Correction(NamedTuple):
    """A slip undone, which explains conflicts, and what is wrong besides."""

    kind: Slip
    meant: dict  # id -> the cell that was meant, None: not to be told
    rest: list[str]  # ids that are to be given up all the same


def find_slips(
    block, conflicts: list[list[str]], smallest: list[list[str]], tests: list[PTest], sizes, cut
) -> list[Correction]:
    """Return the slips that explain conflicts of a column with the fewest errors.

    A slip stands for what the lightest corrections give up in the conflicts that it touches; the
    rest is given up all the same. Of slips that need as few errors, p-values without their test
    among them, those come first that happened in the fewest rows (what stands in a table and in the
    text alike is no misprint of either), and to no more cells than another one. No rows that the
    text repeats were mixed up where one number that is printed once explains all.

    Parameters
    ----------
    block
        The column's cells.
    conflicts, smallest
        Lists of ids: that can't hold together; the lightest corrections.
    tests
        The column's p-values with their tests and counts.
    sizes
        Least and greatest number of patients of each group.
    cut
        Whether percentages may be cut off.
    """
    at = {j: i for i, ids in block.repeats.items() for j in ids}
    row_of = {c.id: (c.table, c.variable, c.level) for c in block.all_cells}
    if cut:  # what cutting off explains needs no slip
        conflicts = [ids for ids in conflicts if not block.holds(ids, cut)]
        needed = {i for ids in conflicts for i in ids}
        smallest = [[i for i in ids if i in needed] for ids in smallest]
    wrong = [test for test in tests if not test.given_with()]
    broken = conflicts or [[at[c.id] for row in test.rows for c in row] for test in wrong]
    fewest = min(map(len, smallest)) if conflicts else 1
    found, seen = [], set()
    if not broken:
        return []
    for kind, changes in slips_of(block, sizes):
        texts = frozenset((i, cell and cell.text) for i, cell in changes.items())
        untouched = {i for ids in broken if not {*changes} & {*ids} for i in ids}
        rests = [[i for i in ids if i in untouched] for ids in smallest]
        rest = min(rests, key=len)
        if texts in seen or (untouched and not conflicts):
            continue
        seen.add(texts)
        meant = {j: changes[i] for j, i in at.items() if i in changes}
        left = sum(not test.given_with(meant) for test in tests)
        if left >= len(wrong) and (len(rest) >= fewest or not conflicts):
            continue
        if not block.holds([i for i in block.cells if i not in rest], cut, changes):
            continue
        rows = 1 if kind == Slip.COLUMN else len({row_of[j] for j in meant})
        found.append(((len(rest) + left, rows), Correction(kind, changes, rest)))
    least = min((rank for rank, _ in found), default=None)
    best = [slip for rank, slip in found if rank == least]
    repeated = {i for i, ids in block.repeats.items() if len(ids) > 1}
    if any(len(ids) == 1 and not repeated & {*ids} for ids in smallest):
        best = [s for s in best if s.kind not in MISPLACED or not repeated & {*s.meant}]
    return [s for s in best if not any({*other.meant} < {*s.meant} for other in best)]
