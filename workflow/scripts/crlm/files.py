"""Read and write the workflow's CSV files without guessing."""

import csv
import io
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import yaml

from crlm.problems import Problem

# The columns that hold numbers, in each kind of table that the workflow writes and reads again.
NUMBERS = {
    "flow": {"patients"},
    "response": {
        *("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm"),
        *("lesions_change", "size_change_mm", "size_change_percent"),
    },
    "agreement": {"n", "observed", "kappa", "ci_low", "ci_high"},
    "table": {"n", "denominator", "percent", "mean", "sd", "median", "min", "max"},
    "tests": {"statistic", "df", "p_value", "n", "missing", "estimate", "ci_low", "ci_high"},
}


def fold(text: str) -> str:
    """Return `text` without case and without surrounding or repeated blanks."""
    return " ".join(text.split()).casefold()


def read_yaml(path: str) -> dict:
    """Read a YAML file."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def read_frame(path: str, numbers: Collection[str]) -> pd.DataFrame:
    """Read a CSV file that the workflow wrote.

    Parameters
    ----------
    path
        UTF-8, comma, header.
    numbers
        The columns that hold numbers; all others are text. An empty cell is missing in both.
    """
    frame = pd.read_csv(path, dtype=object, keep_default_na=False, na_values=[""])
    return frame.astype({c: "float64" for c in frame.columns if c in numbers})


def write_frame(frame: pd.DataFrame, path: str) -> None:
    """Write `frame` as UTF-8 CSV with full precision; whole numbers carry no decimals."""
    whole = {
        c: "Int64"
        for c in frame.select_dtypes("float")
        if frame[c].notna().any() and (frame[c].dropna() % 1 == 0).all()
    }
    frame.astype(whole).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def read_raws(paths: list[str]) -> list[tuple[str, pd.DataFrame, list[Problem]]]:
    """Read the raw tables of a cohort: for each its name, and what `read_raw` returns."""
    return [(str(path), *read_raw(path)) for path in paths]


def read_raw(path: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table as received: every cell as text, nothing interpreted.

    Returns
    -------
    frame
        Index: the row of the file as a spreadsheet counts it (the header is row 1; a cell may hold
        line breaks); columns as in the file.
    problems
        What stops the file from being read at all (encoding, quoting, delimiter, shape).
    """
    name = str(path)
    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        found = error.object[error.start : error.end]
        return pd.DataFrame(), [Problem(name, row, "", repr(found), "a file in UTF-8 encoding")]
    rows = []
    try:
        for cells in csv.reader(io.StringIO(content), strict=True):
            rows.append(cells)
    except csv.Error as error:
        expected = "quotation marks in pairs, at the two ends of a cell"
        return pd.DataFrame(), [Problem(name, len(rows) + 1, "", str(error), expected)]
    filled = [(i, r) for i, r in enumerate(rows, start=1) if any(cell.strip() for cell in r)]
    if len(filled) < 2:
        return pd.DataFrame(), [Problem(name, 1, "", "", "a header and at least one patient")]
    (header_row, header), *body = filled
    header = [cell.strip() for cell in header]
    if len(header) == 1:
        return pd.DataFrame(), [
            Problem(name, header_row, "", header[0][:60], "columns separated by commas")
        ]
    problems = [
        Problem(
            name, header_row, column or "(no name)", column, "a name for each column, used once"
        )
        for i, column in enumerate(header)
        if not column or column in header[:i]
    ]
    problems += [
        Problem(name, i, "", f"{len(r)} cells", f"{len(header)} cells, as in the header")
        for i, r in body
        if len(r) != len(header)
    ]
    if problems:
        return pd.DataFrame(), problems
    frame = pd.DataFrame([r for _, r in body], index=[i for i, _ in body], columns=header)
    return frame, []
