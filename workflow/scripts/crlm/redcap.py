"""Decode a REDCap export by its data dictionary: codes become labels.

The columns of dictionary and export are described in REDCap's help ("Data Dictionary", "Data
Exports"): a checkbox field is exported as one column for each choice, `<field>___<code>`.
"""

import re

import pandas as pd

from crlm.problems import Note, Problem

NAME, TYPE = "Variable / Field Name", "Field Type"
FORM, CHOICES = "Form Name", "Choices, Calculations, OR Slider Labels"
# Beside the fields, an export has these, and one status (and perhaps a time) for each form.
EVENTS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
ADMINISTRATIVE = (*EVENTS, "redcap_data_access_group", "redcap_survey_identifier")
STATUS = ("_complete", "_timestamp")
WRITTEN_OUT = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
LEFT_OUT = {"calc": "calculated by REDCap", "descriptive": "a text", "file": "an attached file"}


def fields_of(file: str, dictionary: pd.DataFrame) -> tuple[dict, list[Problem]]:
    """Return the columns that an export may have, as a data dictionary tells them.

    Parameters
    ----------
    file
        Its name, for the problems.
    dictionary
        As `received.read_raw` returned it.

    Returns
    -------
    columns
        Column of the export -> `field`, `choices` (code -> label; empty for free entries),
        `checkbox` (the label that the column stands for, or None) and `left_out` (why, or None).
    problems
        Columns that the dictionary lacks, and choices that can't be read.
    """
    problems = [
        Problem(file, 1, name, "no such column", "a data dictionary as REDCap exports it")
        for name in (NAME, TYPE, FORM, CHOICES)
        if name not in dictionary
    ]
    columns: dict[str, dict] = {}
    if problems:
        return columns, problems
    status = "a status of REDCap, no data"
    plain = {"choices": {}, "checkbox": None, "left_out": None}
    for row, (field, kind, text) in dictionary[[NAME, TYPE, CHOICES]].iterrows():
        choices = WRITTEN_OUT.get(kind, {})
        if kind in ("radio", "dropdown", "checkbox"):
            pairs = [[part.strip() for part in c.split(",", 1)] for c in text.split("|")]
            if not all(len(pair) == 2 and all(pair) for pair in pairs):
                expected = "choices as 'code, label', separated by '|'"
                problems.append(Problem(file, row, CHOICES, text, expected))
                continue
            choices = dict(pairs)
        entry = plain | {"field": field, "choices": choices, "left_out": LEFT_OUT.get(kind)}
        if kind == "checkbox":
            for code, label in choices.items():
                # REDCap writes -1 as ____1 in the name of the column.
                column = f"{field}___{re.sub('[^a-z0-9_]', '_', code.lower())}"
                columns[column] = entry | {"checkbox": label}
        else:
            columns[field] = entry
    for column in [*ADMINISTRATIVE, *(f + s for f in dictionary[FORM].unique() for s in STATUS)]:
        columns.setdefault(column, plain | {"field": column, "left_out": status})
    return columns, problems


def strangers(frame: pd.DataFrame, columns: dict) -> list[str]:
    """Return the columns of a raw table that a dictionary does not know."""
    return [column for column in frame.columns if column not in columns]


def decode_export(
    file: str, frame: pd.DataFrame, columns: dict
) -> tuple[pd.DataFrame, list[Problem], list[Note]]:
    """Put labels in the place of codes, one cell in the place of a checkbox field's columns.

    Parameters
    ----------
    file
        Its name, for problems and notes.
    frame
        The export as received; its first column is the record's id.
    columns
        What `fields_of` returned.

    Returns
    -------
    frame
        One row a record. The labels of the boxes that are ticked are joined by " + ", in the order
        of the dictionary; where none is, the cell is empty.
    problems
        Codes that the dictionary does not know, and records with several rows.
    notes
        What was decoded, joined and left out.
    """
    problems = repeated_records(file, frame)
    decoded: dict[str, list[str]] = {}
    notes = []
    for column in frame.columns:
        known = columns[column]
        field, choices, label = known["field"], known["choices"], known["checkbox"]
        if known["left_out"]:
            notes.append(Note(file, 1, column, f"left out: {known['left_out']}"))
            continue
        if not choices:
            decoded[field] = list(frame[column])
            continue
        codes = {"0": "", "1": label} if label else choices
        said = "joined with the other boxes of the field" if label else "labels for codes"
        notes.append(Note(file, 1, column, f"{said}, by the data dictionary"))
        expected = "one of: " + ", ".join(f"{c} ({t or 'not ticked'})" for c, t in codes.items())
        cells = []
        for row, cell in frame[column].items():
            code = cell.strip()
            if code and code not in codes:
                problems.append(Problem(file, row, column, cell, expected))
            cells.append(codes.get(code, ""))
        before = decoded.get(field, [""] * len(frame))
        decoded[field] = [
            " + ".join(filter(None, both)) for both in zip(before, cells, strict=True)
        ]
    return pd.DataFrame(decoded, index=frame.index), problems, notes


def repeated_records(file: str, frame: pd.DataFrame) -> list[Problem]:
    """Return the records that have several rows because of events or repeated forms."""
    record = frame.columns[0]
    told = [column for column in EVENTS if column in frame]
    if not told:
        return []
    again = frame[frame[record].duplicated(keep=False)]
    expected = "one row a patient: export one event, without repeating instruments"
    return [
        Problem(file, rows.index[0], record, f"{name}, {len(rows)} rows ({kinds})", expected)
        for name, rows in again.groupby(record, sort=False)
        for kinds in [", ".join(dict.fromkeys(c for t in told for c in rows[t] if c))]
    ]
