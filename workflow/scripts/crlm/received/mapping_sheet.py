"""The workbook in which a person says what raw columns and values mean: written, and read back."""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from crlm.base.files import unreadable
from crlm.base.problems import InputError, Problem, refuse
from crlm.base.spelling import fold
from crlm.cohort.decisions import Filled
from crlm.cohort.mapping import GUESSED, KNOWN, LEAVE_OUT, NAMED_BY, OPEN, SHEETS, TO_FILL, Row
from crlm.received.cell_formats import as_displayed
from crlm.received.limits import MOST_BYTES, TOO_COSTLY, TOO_LARGE, damaged, within_limits
from crlm.received.tables import ADVICE, KINDS, kind_of
from crlm.received.workbook import WorkbookError, without_empty_cells

# What the first sheet says, a line each; the first is its title, ## begins a heading.
READ_ME = Path(__file__).with_suffix(".txt")
WIDTHS = {"Column": 24, "File": 18, "Holds": 34, "Filled": 8, "Missing": 9, "Proposed": 20,
          "Proposed variable": 34, "Proposed unit": 11, "Why": 30, "Decision": 38, "Unit": 11,
          "Value": 30, "Patients": 10}  # fmt: skip
INK, HEAD, TO_FILL_HEAD, LINE = "1F2937", "1F3864", "7F6000", "BFBFBF"
COLOURS = {KNOWN: "F2F2F2", GUESSED: "FFF2CC", OPEN: "FCE4D6"}
EMPTY, DONE = "FFD966", "E2EFDA"  # cells to fill
LISTS = "Lists"
TIME = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")
AS_WRITTEN = "the sheets Columns and Values, as `make cohort` wrote them"


def write_mapping(rows: dict[str, list[Row]]) -> bytes:
    """Return a workbook with the rows to fill in, drop-down lists and a page of instructions.

    No text of a table is a formula, whatever it begins with; the same rows give the same bytes.
    """
    book = openpyxl.Workbook()
    write_guide(book.active)
    lists = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    references: dict[tuple[str, ...], str] = {}
    for name, own in rows.items():
        for choices in (choices for row in own for choices in row.lists.values()):
            if choices not in references:
                letter = get_column_letter(len(references) + 1)
                for i, choice in enumerate(choices, start=1):
                    write_cell(lists[f"{letter}{i}"], choice)
                references[choices] = f"{LISTS}!${letter}$1:${letter}${len(choices)}"
        write_rows(book.create_sheet(name, len(book.sheetnames) - 1), name, own, references)
    book.save(written := io.BytesIO())
    timeless = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(timeless, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "docProps/core.xml":
                content = TIME.sub(b"1980-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    return timeless.getvalue()


def write_cell(cell: Any, value: str | int, colour: str = "", **font: Any) -> None:
    """Write a count, or a text, which stays one even where somebody edits the cell."""
    cell.value = value if value != "" else None
    if isinstance(value, str):
        cell.number_format = "@"
        if value:
            cell.data_type, cell.quotePrefix = "s", value[0] in "=+-@'"
    cell.font = Font("Calibri", **{"size": 11, "color": INK} | font)
    place = "left" if isinstance(value, str) else "center"
    cell.alignment = Alignment(place, "top", wrap_text=True)
    if colour:
        cell.fill = PatternFill("solid", colour)


def lay_out(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Set how a sheet is seen and printed: widths in letters, rows as high as their texts."""
    for j, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(j)].width = width
    for i, cells in enumerate(sheet.iter_rows(), start=1):
        lines = [
            -(-len(str(cell.value or "")) * cell.font.size // (12 * width))
            for cell, width in zip(cells, widths, strict=True)
        ]
        sheet.row_dimensions[i].height = 4 + max(1, *lines) * (4 + cells[0].font.size)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def write_guide(sheet: Worksheet) -> None:
    """Write the page of instructions."""
    sheet.title, sheet.sheet_view.showGridLines = "Read me", False
    colours = {f"{state}:": colour for state, colour in COLOURS.items()}
    colours |= {"yellow:": EMPTY, "green:": DONE}
    for i, line in enumerate(READ_ME.read_text("utf-8").splitlines(), start=1):
        look = {"size": 18 if i == 1 else 13, "bold": True, "color": HEAD}
        look = look if i == 1 or line.startswith("## ") else {}
        colour = next((of for word, of in colours.items() if line.startswith(word)), "")
        write_cell(sheet.cell(i, 1), line.removeprefix("## "), colour, **look)
    lay_out(sheet, [120])
    sheet.page_setup.fitToHeight = 1


def write_rows(
    sheet: Worksheet, name: str, rows: list[Row], references: dict[tuple[str, ...], str]
) -> None:
    """Write the rows of a sheet below its headings, with a list for each cell that has one."""
    headings, line = SHEETS[name], Side("thin", LINE)
    validations: dict[tuple, DataValidation] = {}
    for j, heading in enumerate(headings, start=1):
        colour = TO_FILL_HEAD if heading in TO_FILL else HEAD
        write_cell(sheet.cell(1, j), heading, colour, bold=True, color="FFFFFF")
    for i, row in enumerate(rows, start=2):
        for j, heading in enumerate(headings, start=1):
            told = heading.startswith(("Why", "Proposed")) or row.state == KNOWN
            colour = "" if heading in row.lists else COLOURS[row.state if told else KNOWN]
            write_cell(sheet.cell(i, j), row.cells[heading], colour, bold=heading in NAMED_BY[name])
            sheet.cell(i, j).border = Border(line, line, line, line)
            if choices := row.lists.get(heading):
                of = heading, choices
                validations[of] = validations.get(of) or offer_choices(
                    sheet, heading, references[choices]
                )
                validations[of].add(sheet.cell(i, j))
    at = {heading: f"${get_column_letter(j)}" for j, heading in enumerate(headings, start=1)}
    left = f'COUNTIFS(Columns!$A:$A,{at["Column"]}2,Columns!$I:$I,"{LEAVE_OUT}")>0'
    waits = f'LEFT({at["Why"]}2,{len(KNOWN)})<>"{KNOWN}"'
    empty = f'AND({waits},{at["Decision"]}2="",NOT({left}))'
    done = f'AND({waits},{at["Decision"]}2<>"")'
    colour_where(sheet, at["Decision"], len(rows), {empty: EMPTY, done: DONE})
    if "Unit" in at:
        open_unit = f'AND({at["Proposed unit"]}2="?",{at["Unit"]}2="")'
        colour_where(sheet, at["Unit"], len(rows), {open_unit: EMPTY})
    sheet.freeze_panes = f"{get_column_letter(len(NAMED_BY[name]) + 1)}2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(rows) + 1}"
    sheet.print_title_rows = "1:1"
    lay_out(sheet, [WIDTHS[heading] for heading in headings])


def colour_where(sheet: Worksheet, column: str, n: int, formulas: dict[str, str]) -> None:
    """Colour the cells of a column, below its heading, that meet a formula (of row 2)."""
    for formula, colour in formulas.items():
        rule = FormulaRule([formula], fill=PatternFill("solid", bgColor=colour))
        sheet.conditional_formatting.add(
            f"{column}2:{column}{max(n, 1) + 1}".replace("$", ""), rule
        )


def offer_choices(sheet: Worksheet, heading: str, reference: str) -> DataValidation:
    """Add a drop-down list to a sheet, in whose cells something else only stands with a warning."""
    validation = DataValidation("list", formula1=reference, allow_blank=True)
    validation.errorStyle, validation.showErrorMessage = "warning", True
    validation.errorTitle, validation.error = heading, "This is not in the list. Is it meant?"
    sheet.add_data_validation(validation)
    return validation


def read_mapping(path: Path, name: str) -> dict[str, Filled]:
    """Read the rows of a workbook that was filled in, by their headings, in any order.

    `name` is what messages call it.

    Raises
    ------
    InputError
        With all that is no such workbook: its kind, a sheet or heading that is not there, formulas.
    """
    if said := unreadable(path.resolve(), MOST_BYTES):
        raise InputError(
            [f"{name}, {said}: expected {TOO_LARGE if 'above' in said else AS_WRITTEN}"]
        )
    content = path.read_bytes()
    if (kind := kind_of(content)) != "workbook":
        raise InputError([Problem(name, "", "", KINDS[kind], ADVICE.get(kind, AS_WRITTEN))])
    try:
        filled, problems = within_limits(read_sheets, name, content)
    except MemoryError:
        problems = [Problem(name, "", "", f"a workbook: {TOO_COSTLY}", AS_WRITTEN)]
    refuse(problems)
    return filled


def read_sheets(name: str, content: bytes) -> tuple[dict[str, Filled], list[Problem]]:
    """Read the rows of a workbook that was filled in, and what is wrong with it."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(without_empty_cells(content)[0]))
    except WorkbookError as error:
        return {}, [Problem(name, "", "", *error.args)]
    except Exception as error:
        return {}, [damaged(name, error, AS_WRITTEN)]
    problems: list[Problem] = []
    sheets = {fold(sheet.title): sheet for sheet in book.worksheets}
    filled = {}
    for title in SHEETS:
        if sheet := sheets.get(fold(title)):
            filled[title] = read_filled(f"{name}, sheet {title}", sheet, title, problems)
        else:
            problems.append(Problem(name, "", "", f"no sheet {title}", AS_WRITTEN))
    return filled, problems


def read_filled(place: str, sheet: Worksheet, title: str, problems: list[Problem]) -> Filled:
    """Return the rows of a sheet below its headings; add what can't be read to the problems."""
    rows: dict[int, dict[int, str]] = {}
    unread: dict[tuple[int, int], tuple[str, str]] = {}
    for (i, j), cell in sorted(sheet._cells.items()):
        if cell.value is None:
            continue
        try:
            text, _ = as_displayed(cell.value, cell.number_format)
            rows.setdefault(i, {})[j] = " ".join(text.split())
        except ValueError as error:
            unread[i, j] = str(cell.value), str(error)
        if cell.data_type in ("f", "e"):
            unread[i, j] = "a formula" if cell.data_type == "f" else str(cell.value), "a text"
    needed = {fold(heading): heading for heading in SHEETS[title]}
    heads = (
        i for i, of in rows.items() if {*map(fold, NAMED_BY[title])} <= {*map(fold, of.values())}
    )
    head = next(heads, 0)
    read = {j: needed[fold(text)] for j, text in rows.get(head, {}).items() if fold(text) in needed}
    times = Counter(read.values())
    problems += [
        Problem(place, head or 1, heading, f"the heading {times[heading]} times", "it once")
        for heading in needed.values()
        if times[heading] != 1
    ]
    problems += [
        Problem(place, i, read[j], *fault)
        for (i, j), fault in unread.items()
        if j in read and i > head
    ]
    filled = []
    for i, of in rows.items():
        cells = dict.fromkeys(needed.values(), "") | {
            read[j]: t for j, t in of.items() if j in read
        }
        if i > head and any(cells.values()):
            filled.append((i, cells))
    return filled
