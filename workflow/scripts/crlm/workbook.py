"""Read the one sheet of an Excel workbook as people see it, every cell as text."""

import datetime
import io
import warnings

import openpyxl
from openpyxl.utils import get_column_letter

from crlm.problems import Note, Problem


def read_workbook(file: str, content: bytes) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of the sheet that holds anything.

    Returns
    -------
    rows
        The number of the sheet's row and its cells as text, for each row that holds anything.
    problems
        More than one sheet with data, merged cells, errors, formulas without a stored value.
    notes
        The sheet, and its hidden rows and columns, which are read like the others.
    """
    try:
        with warnings.catch_warnings():
            # of features that don't matter for the cells (drop-down lists, styles)
            warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
            stored, written = (
                openpyxl.load_workbook(io.BytesIO(content), data_only=data_only)
                for data_only in (True, False)
            )
    except Exception as error:  # whatever a broken file makes the library raise
        expected = "a workbook that is whole: save it anew"
        return [], [Problem(file, "", "", repr(error), expected)], []
    filled = [s.title for s in written if any(c.value is not None for r in s.rows for c in r)]
    if len(filled) != 1:
        hidden = [t for t in filled if written[t].sheet_state != "visible"]
        found = ", ".join(f"{t} (hidden)" if t in hidden else t for t in filled)
        expected = "one sheet that holds anything: one row of names, then one row a patient"
        return [], [Problem(file, "", "", found or "empty sheets", expected)], []
    (title,) = filled
    return read_sheet(file, stored[title], written[title])


def read_sheet(file, stored, written) -> tuple[list, list[Problem], list[Note]]:
    """Read the rows of a sheet, given as its stored values and as its formulas."""
    pairs = [list(zip(*both, strict=True)) for both in zip(stored.rows, written.rows, strict=True)]
    rows = [
        (cells[0][0].row, [shown(cell) for cell, _ in cells])
        for cells in pairs
        if any(formula.value is not None for _, formula in cells)
    ]
    first, header = rows[0]
    names = {i: cell.strip() or get_column_letter(i) for i, cell in enumerate(header, start=1)}
    problems = [
        Problem(
            file,
            merged.min_row,
            names[merged.min_col],
            f"merged cells {merged.coord}",
            "a value in each cell: unmerge them",
        )
        for merged in written.merged_cells.ranges
        if merged.min_col in names
    ]
    for cell, formula in (pair for cells in pairs for pair in cells):
        place = file, cell.row, names[cell.column]
        if cell.data_type == "e":
            problems.append(Problem(*place, cell.value, "a value, not an error of Excel"))
        elif formula.data_type == "f" and cell.data_type == "n" and cell.value is None:
            expected = "a formula with its value: open the file in Excel and save it"
            problems.append(Problem(*place, "a formula without a value", expected))
    hidden = {
        i
        for dimension in written.column_dimensions.values()
        for i in range(dimension.min, dimension.max + 1)
        if dimension.hidden
    }
    said = "hidden in the sheet, read like the others"
    notes = [Note(file, "", "", f"Excel, sheet {written.title}")]
    notes += [Note(file, first, name, said) for i, name in names.items() if i in hidden]
    notes += [Note(file, row, "", said) for row, _ in rows if written.row_dimensions[row].hidden]
    return rows, problems, notes


def shown(cell) -> str:
    """Return the text that people see in a cell."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        # Excel keeps 15 digits: 0.1 + 0.2 shows as 0.3.
        return f"{100 * value:.15g}%" if "%" in cell.number_format else f"{value:.15g}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
