"""The tables of a folder as printed, and their numbers as `paper.yaml` tells to read them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from crlm.base.files import read_marked_yaml, read_text
from crlm.base.masking import undecided_lines
from crlm.base.problems import Problem, refuse
from crlm.config.schemas import violations
from crlm.wings.audit.papers.printed import STATISTICS, Printed, is_empty, read_printed

SETTINGS = "paper.yaml"
OF_ROWS = ("group", "total")  # columns that are read by the kind of their rows
COUNTED = ("count", "percent", "total")  # rows of patients
# What is no test of the numbers beside it, by its column's head.
HAZARD = re.compile(r"hazard|\bhr\b|log-?rank", re.IGNORECASE)
MODELLED = re.compile(
    rf"{HAZARD.pattern}|adjust|multivaria|multiple regr|stratif|matched|paired|trend|interaction|"
    r"\bLSM?\b|least.squares|covariance|ancova|marginal|peto|mantel|haldane|firth|\ba(?:OR|RR)\b",
    re.IGNORECASE,
)


MARK = r"[*†‡§¶‖#]+|\^\w\^|<sup>\w</sup>"
NOTED = re.compile(rf"({MARK})[ :,]*(p ?[=<>≤] ?[01]?\.\d+)", re.IGNORECASE)  # a p in a footnote
ONE_SIDED = re.compile(r"(?:one|1)[- ](?:tailed|sided)|\bdirectional", re.IGNORECASE)
WITHIN = re.compile(rf"{MODELLED.pattern}|baseline|before|within|pre-?op", re.IGNORECASE)


class Grid(NamedTuple):
    """A table as it stands in a file: the columns' heads, and its rows: line of the file, cells."""

    file: str
    heads: list[str]
    rows: list[tuple[int, list[str]]]


class Comparison(NamedTuple):
    """What compares the groups of a row in one column: an effect, a statistic; with its p-value."""

    kind: str  # of the column
    cells: dict[str, Printed]  # by statistic

    @property
    def head(self) -> str:
        """The heads of its columns."""
        return " ".join(cell.column for cell in self.cells.values())


class Row(NamedTuple):
    """A row: its numbers by group and statistic, and what compares the groups."""

    row: int
    label: str
    block: str  # the heading that it is a level of
    kind: str
    step: str  # in which its numbers were recorded; empty where nobody knows
    bounds: list  # least and greatest possible number, or nothing
    sizes: dict[str, int | None]  # group -> how many it is known of
    values: dict[str, dict[str, Printed]]
    comparisons: list[Comparison]

    def count(self, group: str) -> int | None:
        """Return a printed count; None if there is none."""
        cell = self.values.get(group, {}).get("n")
        return int(cell.text) if cell else None

    def of(self, group: str) -> int | None:
        """Return of how many a count is: as printed with it, else as known of its row."""
        cell = self.values.get(group, {}).get("of")
        return int(cell.text) if cell else self.sizes[group]

    def tests(self, statistic: str) -> list[Printed]:
        """Return the p-values or statistics that may be of the row's numbers, and of no model.

        Beside a hazard ratio a p-value is of the times to the events.
        """
        times = statistic == "p" and any(HAZARD.search(c.head) for c in self.comparisons)
        if times or self.factors > 1:
            return []
        own = [c.cells for c in self.comparisons if not self.is_modelled(c)]
        return [cells[statistic] for cells in own if statistic in cells]

    @property
    def factors(self) -> int:
        """How many F stand beside the groups: more than one are of a design of several factors."""
        return [comparison.kind for comparison in self.comparisons].count("F")

    def is_modelled(self, comparison: Comparison) -> bool:
        """Tell whether a comparison is of a model, by the words of its row and columns."""
        return bool(MODELLED.search(f"{self.block} {self.label} {comparison.head}"))


class Table(NamedTuple):
    """A table of a paper; `total` is the column of all groups together, empty if there is none."""

    file: str
    groups: list[str]
    total: str
    heads: dict[str, Printed]  # group -> its printed size
    row_percent: bool
    add_up: list[str]  # the headings whose levels exclude each other and leave nobody out
    rows: list[Row]

    @property
    def every(self) -> list[str]:
        """The groups, and all of them together where there is such a column."""
        return [*self.groups, *filter(None, [self.total])]


class Paper(NamedTuple):
    """A paper: its tables, its text by line, and the cells that could not be read."""

    settings: dict
    grids: list[Grid]
    tables: list[Table]
    text: list[tuple[str, int, str]]
    unread: list[Problem]

    @property
    def one_sided(self) -> bool:
        """Whether the text tells of one-sided tests."""
        return any(ONE_SIDED.search(line) for *_, line in self.text)

    def cells(self) -> list[Printed]:
        """Return all printed numbers of the tables, in their order."""
        found = [cell for table in self.tables for cell in table.heads.values()]
        for row in (row for table in self.tables for row in table.rows):
            for values in row.values.values():
                found += values.values()
            for comparison in row.comparisons:
                found += comparison.cells.values()
        return found


def read_grids(folder: Path) -> tuple[list[Grid], list[tuple[str, int, str]]]:
    """Return the tables of a folder (CSV, Markdown), and the lines of its text."""
    grids, text = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".csv", ".md", ".txt")):
        lines = read_text(path).split("\n")
        if path.suffix == ".csv":
            rows = rows_of(lines)
            while rows and not any(map(str.strip, rows[0][1][1:])):  # a caption
                line, (caption, *_) = rows.pop(0)
                text.append((path.name, line, caption.strip()))
            grids += [grid_of(path.name, rows)] if rows else []
            continue
        rows, tables = [], 0
        for number, line in enumerate([*lines, ""], start=1):
            if line.lstrip().startswith("|"):
                inner = line.strip().removeprefix("|").removesuffix("|")
                cells = re.split(r"(?<!\\)\|", inner)
                ruled = all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in cells)
                rows += [] if ruled else [(number, [cell.removeprefix(" ") for cell in cells])]
            elif rows:
                tables += 1
                grids.append(grid_of(path.name if tables == 1 else f"{path.name} ({tables})", rows))
                rows = []
            if line.strip() and not line.lstrip().startswith("|"):
                text.append((path.name, number, line.strip()))
    return grids, text


def rows_of(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file, divided by the sign that makes most of the first."""
    found = {}
    for sign in ",;\t":
        reader = csv.reader(lines, delimiter=sign)
        rows = [(reader.line_num, cells) for cells in reader]
        found[sign] = {line: cells for line, cells in rows if any(map(str.strip, cells))}
    for line in sorted(found[","]):
        widths = {sign: len(rows.get(line, ())) for sign, rows in found.items()}
        if max(widths.values()) > 1:
            return [*found[max(widths, key=lambda sign: widths[sign])].items()]
    return [*found[","].items()]


def grid_of(name: str, rows: list[tuple[int, list[str]]]) -> Grid:
    """Return a table; where its head has two rows, the upper one spans columns to its right."""
    width = max(len(cells) for _, cells in rows)
    rows = [(line, [*cells, *[""] * (width - len(cells))]) for line, cells in rows]
    heads = [cell.strip() for cell in rows[0][1]]
    second = [cell.strip() for cell in rows[1][1]] if len(rows) > 1 else [""]
    spans = "" in heads[1:] and not any(re.match(r"[\W]*\d", cell) for cell in second)
    sizes = all(re.match(r"\W?n\s*=", cell, re.IGNORECASE) for cell in second if cell)
    if any(second[1:]) and (spans or sizes):
        for i in range(2, width):
            heads[i] = heads[i] or heads[i - 1]
        heads = [", ".join(filter(None, pair)) for pair in zip(heads, second, strict=True)]
        rows = rows[1:]
    return Grid(name, heads, rows[1:])


def read_settings(path: Path, schema: dict) -> dict:
    """Return what `paper.yaml` says.

    Raises
    ------
    InputError
        With each mark that is left of the draft, and each key that is not as the schema has it.
    """
    marked, name = read_marked_yaml(path), str(path)
    faults = [f"{name}, {mark}" for mark in undecided_lines(read_text(path))]
    faults += [*marked.misread, *violations(marked.content, schema, name, marked.lines)]
    refuse(faults)
    return marked.content


def read_paper(folder: Path, schema: dict) -> Paper:
    """Read a paper of a folder with its `paper.yaml`.

    Raises
    ------
    InputError
        Where `paper.yaml` waits for a decision, or does not fit the tables.
    """
    path = folder / SETTINGS
    settings, (grids, text) = read_settings(path, schema), read_grids(folder)
    known, unread = settings["tables"], []
    problems = [p for grid in grids for p in misfits(path, grid, known.get(grid.file))]
    others = known.keys() - {grid.file for grid in grids}
    problems += [f"{path}: there is no table {name}" for name in sorted(others)]
    refuse(problems)
    tables = [read_table(grid, known[grid.file], notes_of(grid, text), unread) for grid in grids]
    return Paper(settings, grids, tables, text, unread)


def misfits(path: Path, grid: Grid, said: dict | None) -> Iterator[str]:
    """Yield where `paper.yaml` does not fit a table."""
    if said is None:
        yield f"{path}: `tables` has no {grid.file}"
        return
    columns, lines = said["columns"], {line for line, _ in grid.rows}
    if len(columns) != len(grid.heads):
        yield f"{path}: {len(columns)} columns of {grid.file}; expected {len(grid.heads)}"
    if nameless := [c["head"] for c in columns if c["is"] in OF_ROWS and "group" not in c]:
        yield f"{path}: {grid.file}, {', '.join(nameless)}: no group; expected its name"
    groups = len({c["group"] for c in columns if c["is"] in OF_ROWS and "group" in c})
    for row in said["rows"]:
        if row["row"] not in lines:
            yield f"{path}: {grid.file} has no row in line {row['row']}"
        if len(row.get("n", range(groups))) != groups:
            yield f"{path}: {grid.file}, row {row['row']}: n of {len(row['n'])}; expected {groups}"


def notes_of(grid: Grid, text: list[tuple[str, int, str]]) -> dict[str, str]:
    """Return the p-values in the footnotes of a table, by their marks."""
    lines = [line for file, _, line in text if file == grid.file]
    lines += [cells[0] for _, cells in grid.rows]
    own = (line for line in lines if not WITHIN.search(line))
    return {mark: p for line in own for mark, p in NOTED.findall(line)}


def read_table(grid: Grid, said: dict, notes: dict[str, str], unread: list[Problem]) -> Table:
    """Read the numbers of a table; what can't be read goes to `unread`.

    A mark beside one of two groups whose footnote is a p-value compares them.
    """
    columns, heads = said["columns"], {}
    for i, column in enumerate(columns):
        if column["is"] in OF_ROWS and column.get("n") is not None:
            head = grid.file, 1, grid.heads[i], "number of patients", column["group"]
            name = f"{grid.file}_head_{i + 1}_n"
            heads.setdefault(column["group"], Printed(name, *head, "n", str(column["n"])))
    told = {row["row"]: row for row in said["rows"]}
    named = [(line, cells) for line, cells in grid.rows if line in told]
    for line, cells in grid.rows:
        if line not in told:
            whole = " | ".join(filter(None, map(str.strip, cells)))
            unread.append(Problem(grid.file, line, "", whole, "a row that paper.yaml names"))
    groups = dict.fromkeys(c["group"] for c in columns if c["is"] in OF_ROWS)
    sizes = {group: int(heads[group].text) if group in heads else None for group in groups}
    rows, known = [], {}
    for line, cells in sorted(named, key=lambda row: told[row[0]]["is"] != "size"):
        if told[line]["is"] == "skip":
            continue
        own_sizes = sizes | known.get(told[line].get("of", ""), {})
        row = read_row(grid, line, cells, told[line], columns, own_sizes, unread)
        marks = re.findall(MARK, " ".join(cells)) if len(row.values) == 2 else []
        noted = [mark for mark in notes if mark in marks and not row.comparisons]
        for mark in noted[:1]:
            for _, p, sign in read_printed(notes[mark], "p") or []:
                place = f"{grid.file}_{line}_{mark}_p", grid.file, line, f"footnote {mark}"
                cell = Printed(*place, row.label, "", "p", p, sign, notes[mark])
                row.comparisons.append(Comparison("p", {"p": cell}))
        if row.kind == "size" and row.block:  # the number known of what the heading names
            known[row.block] = {group: row.count(group) for group in row.values}
        elif row.kind == "size":
            heads = {g: own["n"] for g, own in row.values.items() if "n" in own} | heads
            sizes = {group: int(heads[group].text) if group in heads else None for group in groups}
        rows.append(row)
    total = next((c["group"] for c in columns if c["is"] == "total"), "")
    by_row, add_up = said["percent_of"] == "row", said.get("add_up", [])
    groups = [g for g in groups if g != total]
    return Table(grid.file, groups, total, heads, by_row, add_up, sorted(rows))


def read_row(grid: Grid, line: int, cells: list[str], row: dict, columns, sizes, unread) -> Row:
    """Read the numbers of a row."""
    values: dict[str, dict[str, Printed]] = {}
    comparisons: list[Comparison] = []
    label = " ".join(cells[0].split())
    label = f"{row['of']}: {label}" if row.get("of") else label
    for i, (column, head, cell) in enumerate(zip(columns, grid.heads, cells, strict=True)):
        kind, group = column["is"], column.get("group", "")
        reads = column.get("holds", row["is"]) if kind in OF_ROWS else kind
        if reads in ("label", "skip") or is_empty(cell):
            continue
        found = None if reads == "heading" else read_printed(cell, reads)
        if found is None and kind in OF_ROWS and row["is"] not in ("heading", reads):
            found = read_printed(cell, row["is"])  # that of several columns, in the first
        if found is None:
            expected = f"a number that reads as {reads.replace('_', ' ')}"
            unread.append(Problem(grid.file, line, head, cell.strip(), expected))
        own = {}
        for statistic, text, sign in found or ():
            name = f"{grid.file}_{line}_{i + 1}_{statistic}"
            place = grid.file, line, head, label, group
            own[statistic] = Printed(name, *place, statistic, text, sign, cell.strip())
        if kind in OF_ROWS:
            values.setdefault(group, {}).update(own)
        elif own:
            add_comparison(comparisons, kind, own)
    known = dict(zip(sizes, row.get("n", sizes.values()), strict=True))
    if row["is"] not in COUNTED:  # in a column of its own
        known |= {group: int(own["n"].text) for group, own in values.items() if "n" in own}
    step, bounds = str(row.get("step", "")), row.get("bounds", [])
    kept = line, label, row.get("of", ""), row["is"], step, bounds
    return Row(*kept, known, values, comparisons)


def add_comparison(comparisons: list[Comparison], kind: str, own: dict[str, Printed]) -> None:
    """Add the numbers of a column; a p-value and degrees of freedom to the statistic beside."""
    last = comparisons[-1] if comparisons else Comparison("", {})
    beside = kind == "p" or (kind == "df" and last.kind in STATISTICS)
    interval = own.keys() == {"low", "high"} and "estimate" in last.cells
    if last.kind == "df" and kind in STATISTICS:
        comparisons[-1] = Comparison(kind, last.cells | own)
    elif comparisons and (beside or interval) and not own.keys() & last.cells.keys():
        last.cells.update(own)
    else:
        comparisons.append(Comparison(kind, own))
