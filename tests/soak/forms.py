"""A table of texts as the files in which hospitals send it: a workbook, SPSS, REDCap, two texts."""

import csv
import io
import re
import tempfile
from datetime import date
from pathlib import Path
from random import Random

import openpyxl
import pandas as pd
import pyreadstat

NUMBER, DAY = re.compile(r"0|[1-9]\d*(\.\d+)?"), re.compile(r"\d{4}-\d\d-\d\d")
DICTIONARY = [
    "Variable / Field Name", "Form Name", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels",
]  # fmt: skip
Columns = list[tuple[str, str, str | None]]  # name, variable, unit
Rows = list[list[str]]  # the texts in these columns


def as_typed(text: str) -> object:
    """Return what a spreadsheet makes of a text that is typed into a cell."""
    if DAY.fullmatch(text):
        return date.fromisoformat(text)
    return float(text) if NUMBER.fullmatch(text) else text or None


def in_csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def in_workbook(columns: Columns, rows: Rows, blank: set[int]) -> bytes:
    """Return a workbook with the table in its only sheet; an empty row before each of `blank`."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append([name for name, *_ in columns])
    for i, row in enumerate(rows):
        for cells in [[]] * (i in blank) + [[*map(as_typed, row)]]:
            book.active.append(cells)
    book.save(file)
    return file.getvalue()


def in_spss(columns: Columns, rows: Rows, variables: dict) -> bytes:
    """Return an SPSS file: of categories codes with labels, numbers where all cells are some."""
    sheet, labels = {}, {}
    for (name, of, _), cells in zip(columns, zip(*rows, strict=True), strict=True):
        held = [*dict.fromkeys(cell for cell in cells if cell.strip())]
        if variables[of]["type"] == "category" and held:
            labels[name.strip()] = dict(enumerate(held, start=1))
            cells = [held.index(cell) + 1 if cell.strip() else None for cell in cells]
        elif held and all(map(NUMBER.fullmatch, held)):
            cells = [float(cell) if cell.strip() else None for cell in cells]
        sheet[name.strip()] = cells
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.sav")
        pyreadstat.write_sav(pd.DataFrame(sheet), path, variable_value_labels=labels)
        return path.read_bytes()


def in_redcap(columns: Columns, rows: Rows, variables: dict, rng: Random) -> tuple[bytes, bytes]:
    """Return an export in codes, a record a row or, of two events, two rows; and its dictionary."""
    fields, export = [["record_id", "form", "text", "Record", ""]], [*zip(*rows, strict=True)][:1]
    for (name, of, _), cells in zip(columns[1:], [*zip(*rows, strict=True)][1:], strict=True):
        held, field = [*dict.fromkeys(c for c in cells if c.strip())], name.strip().lower()
        coded = variables[of]["type"] == "category" and held
        pairs = " | ".join(f"{i}, {text}" for i, text in enumerate(held)) if coded else ""
        fields.append([field, "form", "radio" if coded else "text", of.replace("_", " "), pairs])
        export.append([str(held.index(c)) if coded and c.strip() else c for c in cells])
    names, lines = [field for field, *_ in fields], [*map(list, zip(*export, strict=True))]
    if rng.random() < 0.5:
        first = len(names) // 2
        names.insert(1, "redcap_event_name")
        lines = [
            [line[0], event, *(c if (i <= first) == (event == "one") else "" for i, c in held)]
            for line in lines
            for held in [[*enumerate(line)][1:]]
            for event in ("one", "two")
        ]
    return in_csv([names, *lines]), in_csv([DICTIONARY, *fields])


def in_two(columns: Columns, rows: Rows, rng: Random) -> tuple[bytes, bytes]:
    """Return two text files, each with the ids and some of the other columns; rows in any order.

    One column is in both, and each of its cells in the one, the other or both.
    """
    others, files = [*range(1, len(columns))], []
    rng.shuffle(others)
    shared, lacking = others[0], [rng.randrange(3) for _ in rows]
    for k, part in enumerate((others[::2], [*others[1::2], shared])):
        lines = [[columns[i][0] for i in (0, *part)]] + [
            ["" if i == shared and lacking[n] == k else rows[n][i] for i in (0, *part)]
            for n in rng.sample(range(len(rows)), len(rows))
        ]
        files.append(in_csv(lines))
    return files[0], files[1]
