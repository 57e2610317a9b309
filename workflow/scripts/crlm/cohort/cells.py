"""The raw cells of a cohort and what was made of them, as files: each distinct reading once."""

import numpy as np
import pandas as pd

from crlm.base.files import read_frame, write_frame

PLACE = {"patient_id": "patient", "file": "file", "row": "row"}  # as named beside the variables
CELL = ["patient_id", "variable", "file", "row", "column", "raw", "clean", "rule"]
READING = ["variable", "file", "column", "raw", "clean", "rule"]


def pack_cells(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put cells into one table of the distinct readings and one of who has which.

    Parameters
    ----------
    cells
        A row a cell: `patient_id, variable, file, row, column, raw, clean, rule`.

    Returns
    -------
    readings
        `reading, variable, file, column, raw, clean, rule, cells`: how each distinct cell of each
        column was read, numbered from 1, and in how many cells.
    rows
        `patient, file, row`, then each variable: the number of the cell's reading; empty where the
        row has no such cell.
    """
    reading = cells.groupby(READING, sort=False, dropna=False).ngroup().to_numpy()
    place = cells.groupby([*PLACE], sort=False).ngroup().to_numpy()
    variable, names = pd.factorize(cells["variable"])
    _, first, counts = np.unique(reading, return_index=True, return_counts=True)
    readings = cells.iloc[first][READING].assign(cells=counts)
    readings.insert(0, "reading", np.arange(1, len(first) + 1))
    _, first = np.unique(place, return_index=True)
    numbers = np.full((len(first), len(names)), np.nan)
    numbers[place, variable] = reading + 1
    rows = cells.iloc[first][[*PLACE]].rename(columns=PLACE).reset_index(drop=True)
    return readings, rows.join(pd.DataFrame(numbers, columns=names))


def unpack_cells(readings: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that `pack_cells` packed, row by row, in the order of their columns."""
    numbers = rows.drop(columns=PLACE.values()).to_numpy()
    place, variable = np.nonzero(~np.isnan(numbers))
    reading = numbers[place, variable].astype(int) - 1
    column = readings.groupby(["file", "column"], sort=False).ngroup().to_numpy()
    order = np.lexsort((column[reading], place))
    place, reading = place[order], reading[order]
    found = {name: rows[own].to_numpy()[place] for name, own in PLACE.items()}
    found |= {name: readings[name].to_numpy()[reading] for name in READING}
    return pd.DataFrame({name: found[name] for name in CELL}, dtype=object)


def write_cells(cells: pd.DataFrame, rows_path: str, readings_path: str) -> None:
    """Write cells as the two tables of `pack_cells`."""
    readings, rows = pack_cells(cells)
    write_frame(rows, rows_path)
    write_frame(readings, readings_path)


def read_cells(rows_path: str, readings_path: str) -> pd.DataFrame:
    """Read what `write_cells` wrote, every cell as text."""
    readings = read_frame(readings_path, []).fillna("")
    rows = read_frame(rows_path, [])
    numbers = rows.columns.difference([*PLACE.values()], sort=False)
    return unpack_cells(readings, rows.astype(dict.fromkeys(numbers, "float64")))
