"""Read the one sheet of an Excel workbook as people see it, every cell as text."""

import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial

import openpyxl
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils import get_column_letter, range_boundaries

from crlm.base.masking import shown
from crlm.base.problems import Note, Problem, list_rows
from crlm.base.spelling import fold
from crlm.received.beside import FORMULAS, PIVOT, find_named, tells_of_somebody, texts_of_workbook
from crlm.received.cell_formats import as_displayed
from crlm.received.limits import MOST_CELLS, TOO_MANY, damaged

LARGEST = 150_000_000  # bytes of a workbook without its compression
LARGEST_LEAN = 50_000_000  # without what holds nothing, too
MOST_FILLED = (
    200_000  # cells that hold something: a third of the seconds that a reader may take here
)
MOST_MERGED = 5000  # ranges: in a table of patients is none
# Cells without content, and rows of nothing else: a formatted column has a million.
EMPTY = rb"(?:(?<!\s)\s*+<(?:\w+:)?c(?=[\s/>])[^<>]*(?:/>|>\s*</(?:\w+:)?c>))"
EMPTY_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^<>]*(?:/>|>" + EMPTY + rb"*+\s*</(?:\w+:)?row>)")
EMPTY_CELLS = re.compile(EMPTY + rb"++(\s*</(?:\w+:)?row>)?")  # and what ends their row
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
# What is not read, and takes the library seconds where there is much of it.
UNREAD = re.compile(
    rb"<((?:\w+:)?(?:hyperlinks|conditionalFormatting|dataValidations))\b(?:[^<]|<(?!/?\1\b))*+</\1>"
)
MERGED = re.compile(rb'(<(?:\w+:)?mergeCell\b[^<>]*?ref=")([^"]+)(")')
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
# Signs of a font or filling that are no colour: black letters, no or white filling.
PLAIN = {None, "00000000", "FF000000", "FFFFFFFF", "00FFFFFF", "theme 0", "theme 1", "indexed 64",
         "indexed 65", "indexed 8", "indexed 9"}  # fmt: skip
LEAN = "the table alone in a new workbook, or as .csv"
DECLARED = "a workbook as Excel saves it, without one: copy the table into a new workbook"
ONE_SHEET = "one sheet that holds anything: one row of names, then one row a patient"
UNMERGE = "a value in each cell: unmerge them"
CELLS_ALONE = (
    "a workbook that has nobody beside its cells: take it out (File > Info > Inspect Document), or "
    "copy the cells alone into a new one (Paste Special > Values)"
)
ONE_HEAD = "one row of names, one for each column: unmerge them"


class WorkbookError(Exception):
    """A workbook that is not read: what was found, what was expected."""


def read_workbook(file: str, content: bytes) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of the sheet that holds anything.

    Returns
    -------
    rows
        The number of the sheet's row and its cells as text, for each row that holds anything; where
        several sheets do, those of the fullest.
    problems
        More than one sheet with data, merged cells, errors, formulas without a stored value, cells
        that show something else than they hold.
    notes
        The sheet, and what it says by other means than its cells: hidden rows and columns, text
        struck through, comments, colours.
    """
    try:
        with warnings.catch_warnings():
            # of features that don't matter for the cells (drop-down lists, styles)
            warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
            lean, formulas = without_empty_cells(content)
            load = partial(openpyxl.load_workbook, rich_text=True, keep_links=False)
            stored = load(io.BytesIO(lean), data_only=True)
            written = load(io.BytesIO(lean)) if formulas else stored
    except WorkbookError as error:
        return [], [Problem(file, "", "", *error.args)], []
    except Exception as error:
        return [], [damaged(file, error, "a workbook that is whole: save it anew")], []
    filled = [sum(c.value is not None for c in s._cells.values()) for s in written.worksheets]
    if not any(filled):
        return [], [Problem(file, "", "", "empty sheets", ONE_SHEET)], []
    fullest = filled.index(max(filled))
    rows, problems, notes = read_sheet(
        file, stored.worksheets[fullest], written.worksheets[fullest]
    )
    texts = [*texts_of_workbook(content)]
    cells = {cell for _, held in rows for cell in held}
    named, told = find_named(file, texts, cells, CELLS_ALONE)
    problems, notes = [*named, *problems], [*notes, *told]
    if not named and any(place == PIVOT for place, _ in texts):
        said = "with the stored rows of a pivot table, which are not read"
        notes = [Note(file, "", "", said), *notes]
    sources = [text for place, text in texts if place == FORMULAS]
    for i, sheet in enumerate(written.worksheets):
        if i != fullest and filled[i] and is_list(sheet, sources):
            said = f"sheet {i + 1} (hidden) has the values of drop-down lists; it is not read"
            notes, filled[i] = [Note(file, "", "", said), *notes], 0
    if sum(map(bool, filled)) > 1:
        # Not by their titles, which may name somebody.
        found = ", ".join(
            f"{i}" + (" (hidden)" if sheet.sheet_state != "visible" else "")
            for i, (sheet, n) in enumerate(zip(written.worksheets, filled, strict=True), start=1)
            if n
        )
        problems = [Problem(file, "", "", f"data in sheets {found}", ONE_SHEET), *problems]
    return rows, problems, [Note(file, "", "", f"Excel, sheet {fullest + 1}"), *notes]


def is_list(sheet, sources: Collection[str]) -> bool:
    """Return whether a hidden sheet holds nothing but the values of drop-down lists.

    A list or a name refers to it, no column has a value twice, as one of patients has, and nothing
    in it tells of anybody.
    """
    columns: dict[int, list[str]] = {}
    for (_, column), cell in sheet._cells.items():
        if cell.value is not None:
            columns.setdefault(column, []).append(str(cell.value))
    titles = sheet.title + "!", "'" + sheet.title.replace("'", "''") + "'!"
    return (
        sheet.sheet_state != "visible"
        and any(title in source for source in sources for title in titles)
        and all(len({*own}) == len(own) for own in columns.values())
        and not any(tells_of_somebody(text) for own in columns.values() for text in own)
    )


def without_empty_cells(content: bytes) -> tuple[bytes, bool]:
    """Return a workbook without cells and rows that hold nothing, and whether it has formulas.

    A strict workbook (ISO/IEC 29500) is given the namespaces of the usual, transitional ones.

    Raises
    ------
    RefusedError
        Where it is larger than can be read, or declares entities, a few of which make gigabytes.
    """
    lean, formulas, cells = io.BytesIO(), False, 0
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(lean, "w") as new:
        if (size := sum(part.file_size for part in old.infolist())) > LARGEST:
            found = f"a huge workbook ({size / 1e6:.0f} MB without its compression)"
            raise WorkbookError(found, LEAN)
        for name in dict.fromkeys(old.namelist()):
            with old.open(name) as file:  # no more than it says: the whole would be read at once
                part = file.read(old.getinfo(name).file_size)
            if b"<!DOCTYPE" in part.replace(b"\0", b"") and name.endswith((".xml", ".rels")):
                raise WorkbookError("a workbook whose XML declares a document type", DECLARED)
            if b"purl.oclc.org" in part:
                part = STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", part)
            if b"sheetData" in part:
                part = UNREAD.sub(b"", EMPTY_ROW.sub(b"", part))
                formulas = formulas or bool(FORMULA.search(part))
                part = EMPTY_CELLS.sub(lambda match: match[1] or match[0], part)
                if (n := sum(1 for _ in MERGED.finditer(part))) > MOST_MERGED:
                    raise WorkbookError(f"{n} ranges of merged cells", UNMERGE)
                part = MERGED.sub(crop, part)
                cells += sum(1 for _ in CELL.finditer(part))
            new.writestr(name, part)
            if cells > MOST_FILLED:
                raise WorkbookError(f"a workbook of more than {MOST_FILLED} cells", LEAN)
            if lean.tell() > LARGEST_LEAN:
                size = f"a huge workbook (more than {LARGEST_LEAN // 10**6} MB of XML)"
                raise WorkbookError(size, LEAN)
    return lean.getvalue(), formulas


def crop(match: re.Match) -> bytes:
    """Return a merged range with two cells a side in place of thousands, each of which is kept."""
    left, top, right, bottom = range_boundaries(match[2].decode())
    if (right - left + 1) * (bottom - top + 1) > 1000:
        right, bottom = min(right, left + 1), min(bottom, top + 1)
    cropped = f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
    return match[1] + cropped.encode() + match[3]


def find_header(rows: list[tuple[int, list[str]]], known: Collection[str] = ()) -> int:
    """Return which of the rows names the columns: the first that has half of what any row has.

    Above it stand titles, and upper rows of names; one of the next two rows is it where more than
    half of its cells, and of those more than of the first, are `known` names of columns, folded.
    """
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    enough = max(2, max(filled, default=0) / 2)
    first = next((i for i, n in enumerate(filled) if n >= enough), 0)
    names = [sum(fold(cell) in known for cell in cells) for _, cells in rows[first : first + 3]]
    lower = max(range(len(names)), key=names.__getitem__, default=0)
    return first + lower * (bool(names) and names[lower] > filled[first + lower] / 2)


def read_sheet(file, stored, written) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of a sheet, given as its stored values and as its formulas."""
    held = sorted(key for key, cell in written._cells.items() if cell.value is not None)
    width = max(column for _, column in held)
    if (n := len({row for row, _ in held})) * width > MOST_CELLS:
        column, row = max((column, row) for row, column in held)
        found = f"{n} rows of {width} cells, up to {get_column_letter(column)}{row}"
        return [], [Problem(file, "", "", found, TOO_MANY)], []
    rows: dict[int, list[str]] = {}
    faults, longer = [], []
    formats: dict[int, str] = {}  # by their number: the library is slow
    for key in held:
        row, column = key
        cell, formula = stored._cells[key], written._cells[key]
        found, number = "", cell._style.numFmtId
        if number not in formats:
            formats[number] = cell.number_format
        try:
            text, more = as_displayed(with_superscripts(cell.value), formats[number])
            longer += [key] if more else []
        except ValueError as error:
            text, found, expected = "", shown(formats[number]), str(error)
        if cell.data_type == "e" and cell.value != "#N/A":  # which the codebook may know as missing
            found, expected = str(cell.value), "a value, not an error of Excel"
        elif formula.data_type == "f" and cell.data_type == "n" and cell.value is None:
            found = "a formula without a value"
            expected = "a formula with its value: open the file in Excel and save it"
        elif isinstance(formula.value, CellRichText) and struck(formula) is None:
            found, expected = "text struck through in part", "text that counts or text that doesn't"
        faults += [(row, column, found, expected)] if found else []
        rows.setdefault(row, [""] * width)[column - 1] = text
    listed = list(rows.items())
    first, header = listed[find_header(listed)]
    names = {i: cell.strip() or get_column_letter(i) for i, cell in enumerate(header, start=1)}
    problems = [
        Problem(file, merged.min_row, names[merged.min_col], f"merged cells {merged.coord}",
                ONE_HEAD if merged.min_row <= first else UNMERGE)
        for merged in sorted(written.merged_cells.ranges, key=lambda r: (r.min_row, r.min_col))
        if merged.min_col in names
    ]  # fmt: skip
    problems += [Problem(file, row, names[i], *fault) for row, i, *fault in faults]
    hidden = {
        i
        for dimension in written.column_dimensions.values()
        for i in names
        if dimension.hidden and dimension.min <= i <= dimension.max
    }
    said = "hidden in the sheet, read like the others"
    notes = [Note(file, first, name, said) for i, name in names.items() if i in hidden]
    notes += [Note(file, row, "", said) for row in rows if written.row_dimensions[row].hidden]
    marked = {"stored with more digits than are shown; what is stored is read": longer}
    for said, places in [*marked.items(), *marks_of(written, first).items()]:
        for i in sorted({column for _, column in places} & {*names}):
            of_column = sorted({row for row, column in places if column == i})
            notes.append(Note(file, first, names[i], f"{said}: row {list_rows(of_column)}"))
    return listed, problems, notes


def with_superscripts(value: object) -> object:
    """Return a cell's value with ^ before what is raised in it: 35^2, which is not 352."""
    if not isinstance(value, CellRichText):
        return value
    fonts = [part.font if isinstance(part, TextBlock) else None for part in value]
    signs = ["^" * (font is not None and font.vertAlign == "superscript") for font in fonts]
    return "".join(f"{sign}{part}" for sign, part in zip(signs, value, strict=True))


def struck(cell) -> bool | None:
    """Return whether a cell's text is struck through; None where a part of it is."""
    whole = bool(cell.font and cell.font.strike)
    if not isinstance(cell.value, CellRichText):
        return whole
    parts = {
        bool(part.font.strike) if isinstance(part, TextBlock) else whole
        for part in cell.value
        if str(part).strip()
    }
    return parts.pop() if len(parts) == 1 else None if parts else whole


def marks_of(sheet, first: int) -> dict[str, list[tuple[int, int]]]:
    """Return what a sheet says beside its values -> the cells `(row, column)` that say it.

    A colour says something where most cells of the column, below the header in row `first`, have
    another.
    """
    crossed, commented, coloured = [], [], []
    colours: dict[int, dict[int, tuple]] = {}
    known: dict[tuple, tuple] = {}  # by the numbers of font and filling: the library is slow
    for key, cell in sheet._cells.items():
        style = tuple(getattr(cell._style, part, 0) for part in ("fontId", "fillId"))
        if style not in known:
            known[style] = bool(cell.font and cell.font.strike), tuple(colours_of(cell))
        strikes, colour = known[style]
        if cell.value is not None and (strikes or isinstance(cell.value, CellRichText)):
            crossed += [key] if struck(cell) else []
        commented += [key] if cell.comment else []
        row, column = key
        if row > first:
            colours.setdefault(column, {})[row] = colour
    for column, of_column in colours.items():
        usual = Counter(of_column.values()).most_common(1)[0][0]
        coloured += [(row, column) for row, colour in of_column.items() if colour != usual]
    return {
        "struck through in the sheet; read like the others": crossed,
        "with a comment in the sheet, which is not read": commented,
        "in another colour than the rest of the column; colours are not read": coloured,
    }


def colours_of(cell) -> Iterator[str | None]:
    """Yield the colours of a cell's letters and of its filling; None for the plain ones."""
    filling = cell.fill.fgColor if cell.fill and cell.fill.fill_type else None
    for colour in (cell.font.color if cell.font else None, filling):
        kind = colour.type if colour is not None else ""
        name = getattr(colour, kind) if kind == "rgb" else f"{kind} {getattr(colour, kind, '')}"
        yield None if name.strip() in PLAIN or not kind else name
