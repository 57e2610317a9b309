"""Clean and validate the raw tables by the codebook; log every cell that changes."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from crlm.base.formats import as_text
from crlm.base.problems import NOT_SHOWN, InputError, Problem, place_of, placed
from crlm.base.spelling import fold
from crlm.cohort.amendments import amend, mark_corrected
from crlm.cohort.asked import ask_of_columns, check_answers, doubt_levels, tell_asked
from crlm.cohort.cells import CELL
from crlm.cohort.dates import join_dates
from crlm.cohort.duplicates import (
    check_duplicates,
    find_alike_ids,
    find_unknown_pairs,
    propose_pairs,
)
from crlm.cohort.identifiers import conceal, shown, without_identifiers
from crlm.cohort.misreadings import Doubt, propose_answers
from crlm.cohort.numerals import decimal_signs, is_number, unit_of
from crlm.cohort.reading import Column, doubt_labels, match_columns, may_mean, read_column
from crlm.cohort.summary_rows import find_no_patients
from crlm.cohort.unknowns import propose_codebook, propose_unknown
from crlm.plan.conditions import meets

# Rules that take from a cell what may not leave the house: its raw text is not kept.
TRANSFORMATIONS = {"capped", "date to year", "interval", "pseudonym"}


def identifies(cell: str, variable: dict) -> bool:
    """Return whether the raw text of a variable's cell may not be kept."""
    if variable["type"] in ("year", "interval") or variable.get("pseudonym"):
        return True
    numbers = map(float, re.findall(r"\d+", cell))
    return any(number >= variable.get("cap", math.inf) for number in numbers)


def parse_table(
    raw: pd.DataFrame, file: str, codebook: dict
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem], list[Column]]:
    """Parse one raw table.

    Returns
    -------
    clean
        One row a patient: `file`, `row`, then each variable of the codebook.
    cells
        `CELL` for each cell that the codebook knows.
    problems
        The columns and cells that the codebook does not know.
    columns
        The columns as they were read.
    """
    dropped, place = set(map(fold, codebook["dropped"])), raw.attrs.get("place")
    raw, variables = join_dates(
        raw[[column for column in raw if fold(column) not in dropped]],
        codebook["variables"],
        codebook["missing_codes"],
    )
    codebook = codebook | {"variables": variables}
    matched, problems = match_columns(raw, file, codebook)
    of_numbers = [c for c, (name, _) in matched.items() if is_number(variables[name])]
    signs = decimal_signs(cell for c in of_numbers for cell in raw[c].unique())
    columns = [
        read_column(file, raw[column], name, unit, codebook, signs, place)
        for column, (name, unit) in matched.items()
    ]
    doubt_levels(columns, variables)
    clean = {"file": [file] * len(raw), "row": [*raw.index]}
    clean |= {name: [None] * len(raw) for name in variables}
    for column in columns:
        values = [read.value for read in column.read.values()]
        clean[column.variable] = np.array(values, dtype=object)[column.at]
    known = [pd.DataFrame(columns=CELL)]
    for column in columns:
        problems += problems_of(column, variables[column.variable])
        known.append(known_cells(column, np.asarray(clean["patient_id"], dtype=object)))
    # Row by row, as a person reads the file.
    cells = pd.concat(known).sort_index(kind="stable").reset_index(drop=True)
    cells = cells.astype({"row": "int64"})
    timed = [n for n, v in variables.items() if is_number(v) or v["type"] in ("year", "interval")]
    types = dict.fromkeys(variables, object) | dict.fromkeys(timed, "float64") | {"row": "int64"}
    return pd.DataFrame(clean).astype(types), cells, problems, columns


def known_cells(column: Column, patients: np.ndarray) -> pd.DataFrame:
    """Return `CELL` of those cells of a column that were understood, by the place of their row."""
    read = column.read.items()
    sound = np.flatnonzero(np.array([not of.error for _, of in read], dtype=bool)[column.at])
    texts = [
        (NOT_SHOWN if of.rule in TRANSFORMATIONS else cell, as_text(of.value), of.rule)
        for cell, of in read
    ]
    raw, clean, rule = np.array(texts, dtype=object).reshape(-1, 3)[column.at[sound]].T
    rows = column.cells.index.to_numpy()[sound]
    parts = patients[sound], column.variable, column.file, rows, column.name, raw, clean, rule
    return pd.DataFrame(dict(zip(CELL, parts, strict=True)), index=sound, dtype=object)


def problems_of(column: Column, variable: dict) -> list[Problem]:
    """Return the cells of a column that were not understood, but for those of a refused answer."""
    if not any(read.error for read in column.read.values()):
        return []
    answerable = {"", *map(unit_of, may_mean(variable))}
    secret = variable["type"] in ("year", "interval")
    return [
        Problem(column.file, row, column.name, NOT_SHOWN if secret else cell, error)
        for row, cell in column.cells.items()
        if (error := column.read[cell].error) and unit_of(column.read[cell].answer) in answerable
    ]


def check_patients(clean: pd.DataFrame, codebook: dict, unsure: set[str]) -> list[Problem]:
    """Return the combinations of values that can't be.

    Of a file with columns that are not known (`unsure`) a variable that is empty says nothing.
    """
    problems = []
    empty = {file: clean[clean["file"] == file].isna().all() for file in unsure}
    for check in codebook["checks"]:
        unread = [file for file, columns in empty.items() if columns[check["columns"]].any()]
        found_in = clean[meets(clean, check["impossible"]) & ~clean["file"].isin(unread)]
        for _, patient in found_in.iterrows():
            found = ", ".join(as_text(patient[c]) or "empty" for c in check["columns"])
            place = patient["file"], patient["row"], " and ".join(check["columns"])
            problems.append(Problem(*place, found, check["expected"]))
    return problems


def tell_corrected(problems: list[Problem], corrected: dict) -> list[Problem]:
    """Add to the problems of corrected cells where the correction stands."""
    told = []
    for problem in problems:
        found = corrected.get(problem[:3])
        place = f" (a correction: {found.file}, row {found.row})" if found else ""
        told.append(problem._replace(expected=problem.expected + place))
    return told


def answers_to(asked: list[tuple[Column, Doubt]]) -> str:
    """Return lines to paste that answer what is asked, of cells that may be shown."""
    return propose_answers(
        [
            (*place, doubt._replace(cells=[x for x in doubt.cells if place in c.sources[x]]))
            for c, doubt in asked
            if all(shown(cell) == cell for cell in doubt.cells)
            for place in dict.fromkeys(at for x in doubt.cells for at in c.sources[x])
        ]
    )


def exclude(
    clean: pd.DataFrame, withdrawn: int | None, codebook: dict
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the patients whom no criterion of the codebook excludes, and the flow to them.

    Raises
    ------
    InputError
        Where nobody is left.
    """
    steps = [("received", "patients in the raw data", len(clean) + (withdrawn or 0))]
    if withdrawn is not None:
        steps.append(("withdrawn", "consent withdrawn", withdrawn))
    kept = clean
    for criterion in codebook["exclusions"]:
        out = meets(kept, criterion["exclude"])
        steps.append((criterion["name"], criterion["label"], int(out.sum())))
        kept = kept[~out]
    steps.append(("analysed", "patients analysed", len(kept)))
    if not len(kept):
        left = "; ".join(f"{n} {label}" for _, label, n in steps[:-1])
        needed = " ".join(criterion["exclude"] for criterion in codebook["exclusions"])
        empty = [n for n in codebook["variables"] if n in needed and clean[n].isna().all()]
        expected = "at least one patient who meets none of their conditions"
        if empty:
            expected = f"values of {' or '.join(empty)}: their columns, and of a REDCap project "
            expected += "the rows of all events"
        said = f"no patient is left after the exclusions of the codebook ({left}); expected "
        raise InputError([said + expected])
    return kept, pd.DataFrame(steps, columns=["step", "label", "patients"])


def clean_cohort(
    tables: list[tuple[str, pd.DataFrame, list[Problem]]],
    codebook: dict,
    corrections: Sequence[tuple] = (),
    withdrawn: Sequence[tuple] = (),
    followed: Sequence[tuple] = (),
    synonyms: dict | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Clean the raw tables of a cohort.

    Parameters
    ----------
    tables, corrections, withdrawn
        For each raw file, and each file that amends them, its name and what `tables.read_raws`
        returned.
    codebook
        The cohort's codebook.
    followed
        The clean patients of the cohort that this one follows, as `tables.read_raws` reads them.
    synonyms
        What `synonyms.with_readings` returned, for what is proposed.

    Returns
    -------
    patients
        One row a patient analysed; the variables of the codebook, in its order.
    cleaning_log
        `file, row, column, raw, clean, rule`: one line for each cell that changed or was corrected.
    flow
        `step, label, patients`: received, withdrawn (where the cohort names withdrawals), excluded
        by each named criterion, analysed.
    cells
        `patient_id, variable, file, row, column, raw, clean, rule`: every cell, changed or not, of
        those who did not withdraw.

    Raises
    ------
    InputError
        With all problems of all files, where there is any, and with lines to paste for what the
        codebook does not know, and for what has to be asked.
    """
    tables, gone, corrected, problems = amend(tables, corrections, withdrawn, codebook)
    parts, cells, columns, of_files = [], [], [], []
    for i, (file, raw, unreadable) in enumerate(tables):
        of_files += unreadable
        if len(raw.columns):
            raw = raw.astype(object)  # of which cells are read faster, one by one
            no_patients = find_no_patients(raw, file, codebook)
            raw = raw.drop(index=[problem.row for problem in no_patients])
            tables[i] = (file, raw, unreadable)
            problems += no_patients
            part, part_cells, part_problems, part_columns = parse_table(raw, file, codebook)
            parts.append(part)
            cells.append(part_cells)
            columns += part_columns
            problems += tell_corrected(part_problems, corrected)
            problems += doubt_labels(raw, file, codebook, synonyms) if synonyms else []
    clean = pd.concat(parts, ignore_index=True) if parts else None
    alike, pairs = find_alike_ids(tables, codebook, followed)
    problems += alike
    if clean is not None:
        twice, of_rows = check_duplicates(clean, codebook)
        unsure = {problem.file for problem in problems if problem.row == 1}
        problems += twice + check_patients(clean, codebook, unsure)
        problems += [] if of_files else find_unknown_pairs(clean, codebook, followed)
        pairs += [pair for pair in of_rows if pair not in pairs]
    usual = pd.concat([frame for _, frame, _ in followed]) if followed else pd.DataFrame()
    usual = {name: pd.to_numeric(usual[name], errors="coerce").dropna() for name in usual}
    asked = [*ask_of_columns(columns, clean, codebook, usual)]
    problems = tell_asked(asked, problems)
    if not of_files:
        problems += check_answers(columns, codebook)
    if problems or of_files:
        told = {problem[:3] for problem in of_files}
        problems = [p for p in conceal(problems, codebook) if p[:3] not in told]
        problems = placed(tables, of_files + problems)
        problems.sort(key=lambda p: (p.file, int(re.match(r"\d*", str(p.row))[0] or 0)))
        unknown = propose_unknown(without_identifiers(tables, codebook), codebook, synonyms)
        lines = propose_pairs(pairs) + propose_codebook(unknown, tables, codebook, synonyms)
        raise InputError(problems, {"codebook": lines + answers_to(asked)}, clean)

    kept, flow = exclude(clean, len(gone) if withdrawn else None, codebook)
    every, marked = mark_corrected(pd.concat(cells, ignore_index=True), corrected)
    changed = (every["raw"] != every["clean"]) | marked
    secret = [
        identifies(cell, codebook["variables"][name])
        for cell, name in every.loc[marked, ["raw", "variable"]].to_numpy()
    ]
    every.loc[every.index[marked][secret], "raw"] = NOT_SHOWN
    place = ["file", "row", "column"]
    if any("place" in raw.attrs for _, raw, _ in tables):
        every[place] = [place_of(tables, *cell) for cell in every[place].itertuples(index=False)]
    return (
        kept[list(codebook["variables"])].sort_values("patient_id"),
        every.loc[changed, ["file", "row", "column", "raw", "clean", "rule"]],
        flow,
        every,
    )
