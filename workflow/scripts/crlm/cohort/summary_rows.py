"""Find the rows of a raw table that are no patients: summaries, legends, footers, second heads."""

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from crlm.base.problems import Problem
from crlm.base.spelling import fold
from crlm.base.vocabulary import VOCABULARY
from crlm.cohort.missing import looks_missing
from crlm.cohort.numerals import is_unit, read_numeral
from crlm.plan.additions import columns_in

STATISTICS, SUBJECTS = (VOCABULARY["summary"][kind] for kind in ("statistics", "subjects"))
SUMMARY_SIGNS = {"%", "∑", "σ", "ø", "x̄", "±", "μ"}
FOOTER = re.compile(
    rf"[*†‡§#¹²]|[^\W\d]*\s*\d*\s*[=:]|.*\s=\s|\(?(?:{'|'.join(VOCABULARY['summary']['footers'])})"
)
ADVICE = "{}; delete the row from the table, which has one row a patient"
USUAL_ID = re.compile(r"[^\W\d_]{0,8}[-_ ]?\d{1,5}")
TABLE = 3  # columns: fewer can't tell a note from a patient
AGREE = 3  # numbers that chance does not make the mean or the sum of those above


def id_shape(text: str) -> str:
    """Return an id with # for its digits, as those of one table have in common."""
    return re.sub(r"\d+", "#", fold(text))


def is_summary(text: str, known: set[str]) -> bool:
    """Return whether a cell says that its row is a summary; `known` are further words."""
    words = set(re.findall(r"[^\W\d_]+", fold(text)))
    of_statistics = words & STATISTICS and words <= STATISTICS | SUBJECTS | known
    return fold(text) in SUMMARY_SIGNS or bool(of_statistics)


def find_no_patients(raw: pd.DataFrame, file: str, codebook: dict) -> list[Problem]:
    """Find the rows of a raw table that are no patients.

    Parameters
    ----------
    raw
        The table as received; its index is the row of the file.
    file
        The file's name.
    codebook
        The cohort's codebook.

    Returns
    -------
    list of Problem
        One a row, with what it is taken for and what to do.
    """
    names = columns_in(codebook)
    types = {name: v["type"] for name, v in codebook["variables"].items()}
    required = {c for c in raw if codebook["variables"].get(names.get(fold(c)), {}).get("required")}
    of_type = {c: types.get(names.get(fold(c))) for c in raw}
    ids = next((c for c, kind in of_type.items() if kind == "id"), None)
    if ids is None or raw.empty:
        return []
    numeric = [c for c, kind in of_type.items() if kind in ("integer", "number")]
    known = {word for c in raw for word in re.findall(r"[^\W\d_]+", fold(c))} - {"id"}
    cells = {c: pd.factorize(raw[c].to_numpy()) for c in raw}
    numbers = {c: cells[c] for c in numeric}
    own = {ids: cells[ids]}
    shapes = pd.Series([*map(id_shape, raw[ids])])
    of_shape = {ids: pd.factorize(shapes.to_numpy())}
    n = count_cells(cells, str.strip)
    # Ids like others, or like a pseudonym.
    several = shapes.duplicated(keep=False).to_numpy()
    others = several & (count_cells(of_shape, lambda shape: "#" in shape) > 0)
    usual = others | (count_cells(own, lambda c: USUAL_ID.fullmatch(c.strip())) > 0)
    joined = others | (count_cells(of_shape, re.compile(r"[^\W\d_]+[-_]?#").fullmatch) > 0)
    summary = (count_cells(of_shape, lambda shape: is_summary(shape, known)) > 0) & ~joined
    nameless = count_cells(of_shape, bool) == 0
    if nameless.any():  # N1 is a stage, and no number of patients
        of_row = count_cells(cells, lambda c: is_summary(c, set()) and not re.search(r"\w\d", c))
        summary |= nameless & (of_row > 0)
    digits = count_cells(numbers, lambda c: re.search(r"\d", c))
    units = count_cells(numbers, lambda c: c.strip() and is_unit(c))
    words = count_cells(numbers, lambda c: not looks_missing(c))
    heads = ~usual & (digits == 0)
    found = {
        "the units of the columns": heads & (units > 0),
        "a summary of the rows above": summary,
        "a second row of names": heads & (words >= 2),
        "a number or an id alone": usual & (n == 1) & (len(required) > 1),
    }
    if len(raw.columns) >= TABLE and not usual.all():
        unusual = raw[~usual].to_numpy()
        noted = np.zeros(len(raw), dtype=bool)
        noted[~usual] = [
            bool(FOOTER.match(fold(next(filter(str.strip, row), "")))) for row in unusual
        ]
        noted &= n <= len(raw.columns) / 2
        found["a note or a legend"] = ~usual & ((n == 1) | noted)
    if numeric:
        patients = ~np.any([*found.values()], axis=0)
        repeated = np.zeros(len(raw), dtype=bool)
        repeated[patients] = repeats_those_above(raw.loc[patients, numeric])
        found["a summary: in each column the mean, sum or count of the rows above"] = repeated
    told: dict[int, str] = {}
    for what, rows in found.items():
        told = dict.fromkeys(raw.index[rows], what) | told
    return [
        Problem(file, row, "", raw.at[row, ids].strip(), ADVICE.format(f"a patient, not {what}"))
        for row, what in sorted(told.items())
    ]


def count_cells(columns: Mapping[str, tuple], of_cell: Callable) -> np.ndarray:
    """Return in how many cells of each row `of_cell` holds, asked once of each in a column.

    `columns` are as `pandas.factorize` returns them: of each row the number of its cell, and the
    distinct cells.
    """
    found = np.zeros((), dtype=int)  # of all rows, where there is no column
    for numbers, held in columns.values():
        found = found + np.fromiter(map(bool, map(of_cell, held)), dtype=bool)[numbers]
    return found


def number_of(cell: str) -> tuple[float, float]:
    """Return the number in a cell, and half a unit of its last decimal; no number where none is."""
    readings, _ = read_numeral(cell)
    number, _, decimals = next(iter(readings.values()), (math.nan, "", 0))
    return number, 0.5 * 10.0**-decimals


def repeats_those_above(raw: pd.DataFrame) -> np.ndarray:
    """Return for each row whether all its numbers are the means, sums or counts of those above.

    At least `AGREE` of them are of columns whose numbers above are not all the same.
    """
    columns = [pd.factorize(raw[c].to_numpy()) for c in raw]
    both = np.stack(
        [np.array([*map(number_of, held)]).reshape(-1, 2)[at] for at, held in columns], axis=1
    )
    numbers, half = both[..., 0], both[..., 1] * (1 + 1e-9)
    before = np.vstack([np.full((1, numbers.shape[1]), np.nan), numbers[:-1]])
    count = np.cumsum(~np.isnan(before), axis=0)
    total = np.cumsum(np.nan_to_num(before), axis=0)
    varied = np.fmax.accumulate(before) > np.fmin.accumulate(before)
    equal = np.zeros(len(raw), dtype=bool)
    mean = total / np.maximum(count, 1)
    for expected, within in ((mean, half), (total, half / 1000), (count, half / 1000)):
        same = np.abs(numbers - expected) <= within
        agree = (same & varied & (count >= 2)).sum(axis=1) >= AGREE
        equal |= agree & (same | np.isnan(numbers)).all(axis=1)
    return equal
