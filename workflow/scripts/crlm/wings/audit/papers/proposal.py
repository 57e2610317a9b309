"""Draft `paper.yaml` from the tables of a folder, with what it guesses marked."""

import json
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from crlm.base.files import written_whole
from crlm.base.problems import InputError, whose_fault
from crlm.base.vocabulary import texts_beside
from crlm.wings.audit.grim import possible_sums
from crlm.wings.audit.papers.counts import NOT_KNOWN, parts_of
from crlm.wings.audit.papers.measures import PARTS
from crlm.wings.audit.papers.printed import cell_shape, is_empty, read_printed
from crlm.wings.audit.papers.reading import SETTINGS, Grid, read_grids

SIZE = re.compile(r"(?:[,(\[]?\s*\bn\s*=\s*|\((?=\d+\)$))(\d+(?:\W\d{3})*)\s*[)\]]?", re.I)
TEXTS = texts_beside(__file__)
HEADS, HOLDS, LABELS = TEXTS["heads"], TEXTS["holds"], TEXTS["labels"]
ROWS = ("count", "percent", "mean_sd", "median_iqr", "median_range", "mean_range", "mean_se",
        "interval")  # fmt: skip
ONE_TO_ANOTHER = re.compile(r"\w ?/ ?(?!n\b|total|patients|all)\w", re.IGNORECASE)
NO_MEASURE = re.compile(
    r"geometric|\bcv(?: ?%|\))|\b(?:person|patient)s?[- ](?:year|month|day)s?\b|\bper 1[ ,]?00",
    re.IGNORECASE,
)
CORRECTED = r"\b(?:bonferroni|holm\b|hochberg|false discovery|multiple (?:comparison|testing))"  # p
NOT_CORRECTED = r"\b(?:no|not|without) (?:correct|adjust)\w+ (?:\w+ ){0,3}for multiple \w+"
WHOLE = re.compile(r"\bage\b|\bnumber\b|\bscore\b|\bdays\b|\byears\b|\bcycles\b", re.IGNORECASE)


class Line(NamedTuple):
    """A row as it is drafted."""

    row: int  # line of the file
    label: str
    block: str  # the heading that it is a level of
    kind: str
    guess: str  # why its kind is one
    cells: list[str]  # of the groups

    def numbers(self, i: int) -> list[str]:
        """Return the numbers of a cell, a count before its share; none of a cell of words."""
        shape, numbers, _ = cell_shape(self.cells[i])
        return numbers[::-1] if shape == "#%(#)" else numbers


def kind_of_head(head: str) -> str:
    """Return what a column seems to hold."""
    bare, sized = SIZE.sub("", head).strip(), SIZE.search(head)
    for kind, pattern in HEADS.items():
        any_case = 0 if kind in ("t", "F", "z", "ratio") else re.IGNORECASE
        if (kind == "total" or not sized) and re.fullmatch(pattern, bare, any_case):
            return kind
    return "group"


def group_of_head(head: str) -> tuple[str, str]:
    """Return the group of a column, and what the column alone holds of it, if that is told."""
    bare = " ".join(SIZE.sub("", head).split()).strip(" ,")
    for kind, pattern in HOLDS.items():
        if found := re.fullmatch(rf"(.*?){pattern}", bare, re.IGNORECASE):
            return found[1] or "patients", kind
    return bare, ""


def kind_of_row(label: str, above: str, cells: list[str]) -> tuple[str, str]:
    """Return what a row seems to hold, and why that is a guess; nothing if it is none.

    That is what its label says, or that of the heading `above` it, and its cells can be read as.
    """
    if all(map(is_empty, cells)):
        return "heading", ""
    if NO_MEASURE.search(f"{above} {label}"):
        return "skip", "a rate, or a geometric mean?"
    told = [cell for cell in cells if re.search(r"\d", cell)]
    if ONE_TO_ANOTHER.search(label) and all(re.fullmatch(r"\d+ ?/ ?\d+", c) for c in told):
        return "skip", "one number to another?"
    able = [kind for kind in ("size", "total", *ROWS) if all(read_printed(c, kind) for c in told)]
    labels = label, f"{above} {label}"
    for kind, pattern in LABELS.items():
        if kind in able and any(re.search(pattern, text, re.IGNORECASE) for text in labels):
            return kind, ""
    able = [kind for kind in ROWS if kind in able and told]
    bracketed = any(re.search(r"[(\[]", cell) for cell in told)
    if "median_iqr" in able and re.search("median", label, re.IGNORECASE):
        return "median_iqr", "or median_range?" if bracketed else ""
    guess = f"or {', '.join(able[1:])}?" if bracketed and able[1:] else ""
    return (able[0], guess) if able else ("skip", "not known")


def draft_lines(grid: Grid, groups: list[int], holds: list[str]) -> list[Line]:
    """Return the rows of a table as they are drafted, those indented as levels of a heading."""
    lines, above, sized = [], "", ""  # the heading under which a row of n stands
    telling = [i for i, held in zip(groups, holds, strict=True) if held not in ("percent", "sd")]
    for row, cells in grid.rows:
        label, own = " ".join(cells[0].split()), [cells[i] for i in groups]
        indented = re.match(r"[\s\u00a0–-]", cells[0])
        block = above if indented or above == sized else ""
        kind, guess = kind_of_row(label, block, [cells[i] for i in telling or groups])
        if kind == "size" and any(map(SIZE.search, grid.heads)):
            block, sized = above, "" if indented else above
        if "mean_sd" in holds and kind in ("count", "percent"):
            kind = "mean_sd"
        block = "" if kind == "heading" else block
        above = label if kind == "heading" else block
        lines.append(Line(row, label, block, kind, guess, own))
    return lines


def with_levels(lines: list[Line], sizes: list[str]) -> list[Line]:
    """Return the rows; those that follow a heading and add up are its levels, indented or not."""
    made = [*lines]
    for i, line in enumerate(lines):
        run = []
        for other in lines[i + 1 :] if line.kind == "heading" else ():
            if other.kind not in ("count", "percent") or other.block:
                break
            run.append(other)
            if add_up(run, sizes):
                guess = f"a level of {line.label}? These rows add up"
                levels = [level._replace(block=line.label, guess=guess) for level in run]
                made[i + 1 : i + 1 + len(run)] = levels
                break
    return made


def with_totals(lines: list[Line]) -> list[Line]:
    """Return the rows; those called a total that add nothing up are counts like others."""
    made: list[Line] = []
    for line in lines:
        if line.kind == "total":
            parts = parts_of(line, [*made, line])
            sizes = [*map(line.numbers, range(len(line.cells)))]
            told = [(i, own[0]) for i, own in enumerate(sizes) if own and own[0].isdigit()]
            held = [adds_up([part.numbers(i) for part in parts], size) for i, size in told]
            guess = "" if all(held) or not any(held) else "or count? Not all of its columns add up"
            line = line._replace(kind="total" if any(held) else "count", guess=guess)
        made.append(line)
    return made


def add_up(levels: list[Line], sizes: list[str]) -> bool:
    """Tell whether the counts of levels add up to all sizes that are known."""
    known = [i for i, size in enumerate(sizes) if size]
    return bool(known) and all(adds_up([own.numbers(i) for own in levels], sizes[i]) for i in known)


def adds_up(cells: list[list[str]], size: str) -> bool:
    """Tell whether the counts of cells add up to a size, or their percentages to 100."""
    if len(cells) < 2 or not all(n and n[0].isdigit() for n in cells):
        return False
    percents = [float(n[-1]) for n in cells if len(n) > 1]
    whole = len(percents) == len(cells) and abs(sum(percents) - 100) <= 1
    return str(sum(int(n[0]) for n in cells)) == size or whole


def percents_of_rows(lines: list[Line], holds: dict[int, str]) -> bool:
    """Tell whether the percentages of each row, of two rows or more, add up to 100.

    Parameters
    ----------
    holds
        What the columns of groups hold, where that is told, by their place among the cells.
    """
    sums = []
    for line in (line for line in lines if line.kind in ("count", "total")):
        numbers = [(line.numbers(i), held) for i, held in holds.items()]
        own = [float(n[-1]) for n, held in numbers if n and (held == "percent" or len(n) == 2)]
        sums += [sum(own)] if len(own) > 1 else []
    return len(sums) > 1 and all(abs(total - 100) < 0.3 for total in sums)


def may_be_whole(line: Line, sizes: list[str]) -> bool:
    """Tell whether what is printed of a number goes with whole ones, but for one error at most."""
    denied = 0
    for i, size in enumerate(sizes):
        numbers, n = line.numbers(i), int(size) if size.isdigit() else 0
        parts = [n] if line.kind.startswith("mean") else [PARTS["q1"]] * 3
        tried = [(x, k) for x, k in zip(numbers, parts, strict=False) if k]
        denied += sum(not possible_sums(x, k, Fraction(1)) for x, k in tried)
    return line.kind.startswith("me") and denied < 2


def draft_table(grid: Grid) -> list[str]:
    """Draft the lines of a table."""
    heads = [re.sub(r"[*_]", "", head) for head in grid.heads]
    kinds = ["label", *map(kind_of_head, heads[1:])]
    groups = [i for i, kind in enumerate(kinds) if kind in ("group", "total")]
    named = {i: group_of_head(heads[i]) for i in groups}
    holds = [named[i][1] for i in groups]
    lines = draft_lines(grid, groups, holds)
    printed = [re.sub(r"\D", "", next(iter(SIZE.findall(heads[i])), "")) for i in groups]
    row_of_sizes = next((line for line in lines if line.kind == "size" and not line.block), None)
    sizes = printed
    if row_of_sizes and not any(sizes):
        sizes = [next(iter(row_of_sizes.numbers(j)), "") for j in range(len(groups))]
    lines = with_totals(with_levels(lines, sizes))
    columns, rows = [], []
    for i, kind in enumerate(kinds):
        own, guess = f"head: {text_of(grid.heads[i])}, is: {kind}", ""
        if i in named:
            name, held = named[i]
            at_head = printed[groups.index(i)]
            name = text_of(name or f"column {i + 1}")
            own += f", group: {name}, n: {at_head or 'null'}"
            own += f", holds: {held}" if held else ""
            guess = "" if at_head or row_of_sizes else "   # GUESS: a group, n not printed"
        columns.append(f"      - {{{own}}}{guess}")
    for line in lines:
        own, guess = f"row: {line.row}, label: {text_of(line.label)}, is: {line.kind}", line.guess
        own += f", of: {text_of(line.block)}" if line.block else ""
        if WHOLE.search(line.label) and may_be_whole(line, sizes):
            own, guess = f"{own}, step: 1", "recorded in whole numbers?"
        rows.append(f"      - {{{own}}}" + (f"   # GUESS: {guess}" if guess else ""))
    blocks = {line.block: [] for line in lines if line.block and line.kind in ("count", "percent")}
    for line in lines:
        blocks.get(line.block, []).extend([line] if line.kind != "total" else [])
    full = [block for block, levels in blocks.items() if add_up(levels, sizes)]
    others = [block for block in blocks if block not in full]
    guess = f"   # GUESS: not {', '.join(others)}, which do not add up" if others else ""
    apart = {j: holds[j] for j, i in enumerate(groups) if kinds[i] == "group"}
    of_row = "row   # GUESS: those of each row add up to 100"
    of = of_row if percents_of_rows(lines, apart) else "column"
    return [f"  {text_of(grid.file)}:", f"    percent_of: {of}",
            f"    add_up: [{', '.join(map(text_of, full))}]{guess}", "    columns:", *columns,
            "    rows:" if rows else "    rows: []", *rows]  # fmt: skip


def text_of(text: str) -> str:
    """Write a text as YAML does in quotation marks."""
    return json.dumps(text, ensure_ascii=False)


def draft_paper(folder: Path) -> list[str]:
    """Write a draft of `paper.yaml` into a folder that has none; return what to tell.

    Raises
    ------
    InputError
        Where the folder is missing or holds no table.
    """
    place = folder / SETTINGS
    if place.exists():
        return []
    grids, text = read_grids(folder) if folder.is_dir() else ([], [])
    if not grids:
        found = "no table" if folder.is_dir() else "no such folder"
        raise InputError([f"{folder}: found {found}; expected CSV or Markdown files with tables"])
    labels = [cells[0] for grid in grids for _, cells in grid.rows]
    heads = [head for grid in grids for head in grid.heads]
    words = " ".join([*(line for *_, line in text), *heads, *labels]).lower()
    words = re.sub(NOT_CORRECTED, "", words)
    tested = re.search(r"\bchi(?![a-rt-z])|χ|fisher", words) and not re.search(CORRECTED, words)
    counts = "independence" if tested else "unknown"
    t = re.search(r"\bt[- ]test|anova|analysis of variance", words)
    ranks = r"\b(?:mann|wilcoxon|kruskal|paired)|(?<!log[ -])\brank"
    other = re.search(rf"{ranks}|transformed|{CORRECTED}", words)
    partly = any(map(NOT_KNOWN.search, labels))
    means = "t" if t and not other else "unknown"
    head = TEXTS["draft"].format(complete=str(not partly).lower(), counts=counts, means=means)
    lines = [line for grid in grids for line in draft_table(grid)]
    with written_whole(place) as part:
        part.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return [f"{place} was drafted; it says what the tables' rows and columns hold.",
            f"Next: decide each GUESS and TODO in it; make audit PAPER={folder.name}"]  # fmt: skip


def main(name: str) -> None:
    """Draft the `paper.yaml` of data/published/<name>, where there is none; 1 if it was drafted."""
    if not re.fullmatch(r"[\w-]+", name):
        sys.exit(f"found {name!r} as the name of a paper; expected letters, digits, _ and -")
    try:
        if told := draft_paper(Path("data/published") / name):
            sys.exit("\n".join(told))
    except InputError as error:
        sys.exit("\n".join(map(str, error.problems)))
    except OSError as error:
        sys.exit(whose_fault(error))


if __name__ == "__main__":
    main(*sys.argv[1:2])
