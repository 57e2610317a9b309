"""Admit raw tables to a cohort: nobody is named in them, and the codebook knows all they hold."""

from typing import Any

import pandas as pd

from crlm.base.problems import NOT_SHOWN, InputError, Problem, placed
from crlm.base.spelling import fold
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.identifiers import find_identifiers
from crlm.plan.additions import columns_in

MANY, MANY_CELLS = 1000, 200_000  # rows, and cells, of a large table that are read before the rest
MOST_FAULTS = 0.2  # of a row, on average: then something is wrong with a whole column


def admit_tables(
    tables: list[tuple[str, pd.DataFrame, list[Problem]]], codebook: dict, *others: Any
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Clean the raw tables of a cohort, in which there may be no direct identifier.

    The arguments, and what is returned, are those of `cleaned.clean_cohort`; `others` are all that
    follow the codebook.

    Raises
    ------
    InputError
        With all that is wrong with the tables: identifiers, columns, cells, amendments. Of a column
        that holds an identifier no cell is shown, and nothing of it is proposed to be pasted.
    """
    for file, raw, _ in tables:
        refuse_by_first_rows(file, raw, codebook)
    named = [p for file, raw, _ in tables for p in find_identifiers(raw, file, codebook)]
    named = placed(tables, named)
    try:
        cleaned = clean_cohort(tables, codebook, *others)
    except InputError as error:
        if not named:
            raise
        found, paste, clean = error.problems, error.paste, error.clean
    else:
        if not named:
            return cleaned
        patients, _, _, cells = cleaned
        places = cells.drop_duplicates("patient_id").set_index("patient_id")[["file", "row"]]
        found, paste, clean = [], {}, patients.join(places, on="patient_id")
    identifying = {(p.file, p.column) for p in named}
    names = columns_in(codebook)
    hidden = identifying | {(file, names.get(fold(column))) for file, column in identifying}
    told = {(p.file, p.row, p.column) for p in named}
    found = [
        p._replace(value=NOT_SHOWN) if isinstance(p, Problem) and p[:3:2] in hidden else p
        for p in found
        if not isinstance(p, Problem) or (p.file, p.row, p.column) not in told
    ]
    raise InputError(named + found, paste, clean)


def refuse_by_first_rows(file: str, raw: pd.DataFrame, codebook: dict) -> None:
    """Refuse a large table whose first rows have more faults than anybody reads.

    What is wrong in most rows is so told within seconds, without judging each cell of the others.
    """
    first = raw.head(min(MANY, MANY_CELLS // max(1, len(raw.columns))))
    if len(raw) == len(first):
        return
    try:
        clean_cohort([(file, first, [])], codebook)
    except InputError as error:
        # An unknown column is wrong in all its rows, a row that is no patient in all its cells.
        faults = sum(
            len(first) if p.row == 1 else 1 if p.column else len(first.columns)
            for p in error.problems
            if isinstance(p, Problem)
        )
        if faults > MOST_FAULTS * len(first):
            found = f"{len(raw)} rows, of which {len(first)} were read"
            expected = "these mended first"
            rest = Problem(file, "", "", found, expected)
            told = [
                p._replace(value=NOT_SHOWN) if isinstance(p, Problem) else p for p in error.problems
            ]
            named = find_identifiers(first, file, codebook)
            raise InputError([rest, *named, *told], error.paste) from None
