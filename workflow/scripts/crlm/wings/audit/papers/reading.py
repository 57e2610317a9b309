"""The tables of a folder as printed, and their numbers as `paper.yaml` tells to read them."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jsonschema import Draft202012Validator

from crlm.base.files import read_marked_yaml, read_text
from crlm.base.problems import InputError, Problem
from crlm.wings.audit.papers.printed import Printed, is_empty, read_printed

SETTINGS = "paper.yaml"
MARK = re.compile(r"#.*\b(GUESS|TODO)\b")
OF_ROWS = ("group", "total")  # columns that are read by the kind of their rows


class Grid(NamedTuple):
    """A table as it stands in a file: the columns' heads, and its rows: line of the file, cells."""

    file: str
    heads: list[str]
    rows: list[tuple[int, list[str]]]


class Row(NamedTuple):
    """A row: its numbers by group and statistic, and those that compare the groups."""

    row: int
    label: str
    block: str  # the heading that it is a level of
    kind: str
    step: str  # in which its numbers were recorded; empty where nobody knows
    bounds: list  # least and greatest possible number, or nothing
    sizes: dict[str, int | None]  # group -> how many it is known of
    values: dict[str, dict[str, Printed]]
    tests: dict[str, list[Printed]]  # kind of number -> its numbers

    def count(self, group: str) -> int | None:
        """Return a printed count; None if there is none."""
        cell = self.values.get(group, {}).get("n")
        return int(cell.text) if cell else None

    def of(self, group: str) -> int | None:
        """Return of how many a count is: as printed with it, else as known of its row."""
        cell = self.values.get(group, {}).get("of")
        return int(cell.text) if cell else self.sizes[group]


class Table(NamedTuple):
    """A table of a paper; `total` is the column of all groups together, empty if there is none."""

    file: str
    groups: list[str]
    total: str
    heads: dict[str, Printed]  # group -> its printed size
    row_percent: bool
    add_up: list[str]  # the headings whose levels exclude each other and leave nobody out
    rows: list[Row]


class Paper(NamedTuple):
    """A paper: its tables, its text by line, and the cells that could not be read."""

    settings: dict
    grids: list[Grid]
    tables: list[Table]
    text: list[tuple[str, int, str]]
    unread: list[Problem]

    def cells(self) -> list[Printed]:
        """Return all printed numbers of the tables, in their order."""
        found = [cell for table in self.tables for cell in table.heads.values()]
        for row in (row for table in self.tables for row in table.rows):
            for values in row.values.values():
                found += values.values()
            for cells in row.tests.values():
                found += cells
        return found


def read_grids(folder: Path) -> tuple[list[Grid], list[tuple[str, int, str]]]:
    """Return the tables of a folder (CSV, Markdown), and the lines of its text."""
    grids, text = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".csv", ".md", ".txt")):
        lines = read_text(path).split("\n")
        if path.suffix == ".csv":
            reader = csv.reader(lines)
            rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
            grids += [grid_of(path.name, rows)] if rows else []
            continue
        rows, tables = [], 0
        for number, line in enumerate([*lines, ""], start=1):
            if line.lstrip().startswith("|"):
                cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
                ruled = all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in cells)
                rows += [] if ruled else [(number, [cell.removeprefix(" ") for cell in cells])]
            elif rows:
                tables += 1
                grids.append(grid_of(path.name if tables == 1 else f"{path.name} ({tables})", rows))
                rows = []
            if line.strip() and not line.lstrip().startswith("|"):
                text.append((path.name, number, line.strip()))
    return grids, text


def grid_of(name: str, rows: list[tuple[int, list[str]]]) -> Grid:
    """Return a table; where its head has two rows, the upper one spans columns to its right."""
    width = max(len(cells) for _, cells in rows)
    rows = [(line, [*cells, *[""] * (width - len(cells))]) for line, cells in rows]
    heads = [cell.strip() for cell in rows[0][1]]
    second = [cell.strip() for cell in rows[1][1]] if len(rows) > 1 else [""]
    if "" in heads[1:] and not any(re.match(r"[\W]*\d", c) for c in second) and any(second[1:]):
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
    marked = read_marked_yaml(path)
    faults = [
        f"{path}, line {n} waits for a decision: {line.strip()}"
        for n, line in enumerate(read_text(path).split("\n"), 1)
        if MARK.search(line)
    ]
    for e in Draft202012Validator(schema).iter_errors(marked.content):
        keys = tuple(map(str, e.absolute_path))
        faults.append(f"{path}, line {marked.lines.get(keys, 1)}, {'.'.join(keys)}: {e.message}")
    if marked.misread or faults:
        raise InputError([*marked.misread, *faults])
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
    if problems:
        raise InputError(problems)
    tables = [read_table(grid, known[grid.file], unread) for grid in grids]
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


def read_table(grid: Grid, said: dict, unread: list[Problem]) -> Table:
    """Read the numbers of a table; what can't be read goes to `unread`."""
    columns, heads = said["columns"], {}
    for i, column in enumerate(columns):
        if column["is"] in OF_ROWS and column.get("n") is not None:
            head = grid.file, 1, grid.heads[i], "number of patients", column["group"]
            name = f"{grid.file}_head_{i + 1}_n"
            heads.setdefault(column["group"], Printed(name, *head, "n", str(column["n"])))
    in_groups = dict.fromkeys(c["group"] for c in columns if c["is"] in OF_ROWS)
    total = next((c["group"] for c in columns if c["is"] == "total"), "")
    sizes = {g: int(heads[g].text) if g in heads else None for g in in_groups}
    told = {row["row"]: row for row in said["rows"]}
    rows = []
    for line, cells in grid.rows:
        if line not in told:
            whole = " | ".join(filter(None, map(str.strip, cells)))
            unread.append(Problem(grid.file, line, "", whole, "a row that paper.yaml names"))
        elif told[line]["is"] != "skip":
            rows.append(read_row(grid, line, cells, told[line], columns, sizes, unread))
    groups, by_row = [g for g in sizes if g != total], said["percent_of"] == "row"
    return Table(grid.file, groups, total, heads, by_row, said.get("add_up", []), rows)


def read_row(grid: Grid, line: int, cells: list[str], row: dict, columns, sizes, unread) -> Row:
    """Read the numbers of a row."""
    values: dict[str, dict[str, Printed]] = {}
    tests: dict[str, list[Printed]] = {}
    label = " ".join(cells[0].split())
    label = f"{row['of']}: {label}" if row.get("of") else label
    for i, (column, head, cell) in enumerate(zip(columns, grid.heads, cells, strict=True)):
        kind, group = column["is"], column.get("group", "")
        reads = column.get("holds", row["is"]) if kind in OF_ROWS else kind
        if reads in ("label", "skip") or is_empty(cell):
            continue
        found = None if reads == "heading" else read_printed(cell, reads)
        if found is None:
            expected = f"a number that reads as {reads.replace('_', ' ')}"
            unread.append(Problem(grid.file, line, head, cell.strip(), expected))
        for statistic, text, sign in found or ():
            name = f"{grid.file}_{line}_{i + 1}_{statistic}"
            place = grid.file, line, head, label, group
            printed = Printed(name, *place, statistic, text, sign, cell.strip())
            if kind in OF_ROWS:
                values.setdefault(group, {})[statistic] = printed
            else:
                tests.setdefault("p" if statistic == "p" else kind, []).append(printed)
    known = dict(zip(sizes, row.get("n", sizes.values()), strict=True))
    step, bounds = str(row.get("step", "")), row.get("bounds", [])
    return Row(line, label, row.get("of", ""), row["is"], step, bounds, known, values, tests)
