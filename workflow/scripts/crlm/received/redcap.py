"""Decode a REDCap export by its data dictionary: codes become labels.

The columns of dictionary and export are described in REDCap's help ("Data Dictionary", "Data
Exports"): a checkbox field is exported as one column for each choice, `<field>___<code>`; a record
has a row for each event of a longitudinal project and each instance of a repeating instrument.
"""

import re
from collections.abc import Collection

import pandas as pd

from crlm.base.masking import shown
from crlm.base.problems import Note, Problem, with_places
from crlm.base.spelling import fold
from crlm.cohort.missing import NOTHING, looks_missing, says_missing
from crlm.cohort.numerals import bare
from crlm.plan.additions import columns_in

NAME, TYPE = "Variable / Field Name", "Field Type"
FORM, CHOICES = "Form Name", "Choices, Calculations, OR Slider Labels"
SAID = ("Field Label", "Field Note", "Field Annotation")  # where people declare a missing code
# Beside the fields, an export has these, and one status (and perhaps a time) for each form.
EVENTS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
ADMINISTRATIVE = (*EVENTS, "redcap_data_access_group", "redcap_survey_identifier")
STATUS = ("_complete", "_timestamp")
ANNOTATION, IDENTIFIER = "Field Annotation", "Identifier?"
# The names of the columns where the dictionary comes from REDCap's API.
API = {
    "field_name": NAME, "form_name": FORM, "field_type": TYPE, "identifier": IDENTIFIER,
    "select_choices_or_calculations": CHOICES, "field_annotation": ANNOTATION,
    "field_label": SAID[0], "field_note": SAID[1],
}  # fmt: skip
# @MISSINGCODES='-99, unknown | -98', Missing: 88
MISSING = re.compile(r"(?:@|\b)MISSING[\w -]{0,40}[=:]\s*[\"']?([^\"'@]+)", re.IGNORECASE)
NUMBER = r"(?<![\w.,])(?P<code>-?\d+(?:[.,]\d+)?)"
WORDS = r"(?P<word>[^\W\d][^\d,;|()\[\]=:]{0,40})"  # no more: each letter of a label begins one
# 99 = unknown, 99 if not known; unknown = 99, unknown: 99.
DECLARED = (
    re.compile(rf"{NUMBER}\s*(?:[=:]|->|→|if|for|when|means|wenn|für|si|pour)\s*{WORDS}"),
    re.compile(rf"{WORDS}\s*(?:[=:]|->|→)\s*{NUMBER}(?![\w.,]*\w)"),
)
OF_PROJECT = re.compile(r"-\d+|[A-Z]{2,5}")
PROJECT = (
    "; where it is a missing data code of the project: {!r} among `missing_codes` of the codebook, "
    "in the cohort's file"
)
WRITTEN_OUT = {kind: {"1": "Yes", "0": "No"} for kind in ("yesno", "truefalse")}
LEFT_OUT = {
    "calc": "calculated by REDCap", "descriptive": "a text", "file": "an attached file",
    "notes": "free text",
}  # fmt: skip
MOST_FIELDS = 100_000  # columns of an export that a dictionary may have
NEVER_READ = ("descriptive", "file")
SUMMARIES = ("max", "min", "count")  # what <field>@max is in the codebook, of a field that repeats
TICKED = {"checked": "1", "unchecked": "0"}  # as an export of labels has it
RAW_DATA = "the raw data: in REDCap, Data Exports > CSV / Microsoft Excel (raw data)"
DICTIONARY = (
    "its data dictionary, named under `dictionaries` (in REDCap: Project Setup > Data Dictionary > "
    "Download); for `make cohort`, among the files after FROM"
)


def looks_exported(frame: pd.DataFrame) -> list[str]:
    """Return the columns by which a table is an export in codes, which needs its dictionary."""
    told = [column for column in frame if column in ADMINISTRATIVE]
    for column in frame:
        if "___" in column or column.endswith("_complete"):
            found = {*map(bare, frame[column].unique())} - {""}
            # 2 is REDCap's code for a form that is complete; 0 and 1 may be a finding's.
            coded = found <= {"0", "1"} if "___" in column else {"2"} <= found <= {"0", "1", "2"}
            told += [column] if coded else []
    return told


def fields_of(
    file: str, dictionary: pd.DataFrame, read: Collection[str] = ()
) -> tuple[dict, list[Problem]]:
    """Return the columns that an export may have, as a data dictionary tells them.

    Parameters
    ----------
    file
        Its name, for the problems.
    dictionary
        As `tables.read_raw` returned it.
    read
        The names of columns, folded, that the codebook reads.

    Returns
    -------
    columns
        Column of the export -> `field`, `choices` (code -> label; empty for free entries),
        `checkbox` (the label that the column stands for, or None), `missing` (the field's codes
        for missing values), `left_out` (why, or None) and `label` (the question).
    problems
        Columns that the dictionary lacks, and choices that can't be read.
    """
    dictionary = dictionary.rename(columns={c: API.get(fold(c), c) for c in dictionary})
    problems = [
        Problem(file, 1, name, "no such column", "a data dictionary as REDCap exports it")
        for name in (NAME, TYPE, FORM, CHOICES)
        if name not in dictionary
    ]
    columns: dict[str, dict] = {}
    if problems:
        return columns, problems
    status = "a status of REDCap, no data"
    plain = {"choices": {}, "checkbox": None, "missing": set(), "left_out": None, "label": ""}
    for row, line in dictionary.iterrows():
        field, kind, text = line[NAME].strip(), line[TYPE].strip(), line[CHOICES]
        choices = WRITTEN_OUT.get(kind, {})
        if kind in ("radio", "dropdown", "checkbox"):
            pairs = [[part.strip() for part in c.split(",", 1)] for c in text.split("|")]
            if not all(len(pair) == 2 and all(pair) for pair in pairs):
                expected = "choices as 'code, label', separated by '|'"
                problems.append(Problem(file, row, CHOICES, shown(text), expected))
                continue
            choices = {code: without_markup(label) for code, label in pairs}
        left_out = LEFT_OUT.get(kind)
        if row != dictionary.index[0] and line.get(IDENTIFIER, "").strip().lower() in ("y", "1"):
            left_out = "marked as an identifier in REDCap"
        if fold(field) in read and kind not in NEVER_READ:
            left_out = None
        entry = plain | {
            "field": field, "choices": choices, "left_out": left_out,
            "missing": missing_codes(line),
            "label": without_markup(line.get(SAID[0], "")),
        }  # fmt: skip
        if len(columns) + len(choices) > MOST_FIELDS:
            found = f"fields of more than {MOST_FIELDS} columns"
            return {}, [Problem(file, row, "", found, "the fields of the raw tables alone")]
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


def without_markup(label: str) -> str:
    """Return a label without the tags of HTML that REDCap shows as such; `< 5 > 2` is none."""
    return " ".join(re.sub(r"</?[A-Za-z][^<>]*>", " ", label).split())


def missing_codes(line: pd.Series) -> set[str]:
    """Return the codes that a line of a data dictionary declares to mean a missing value.

    By its annotation (@MISSINGCODES='-99 | -98'), in words beside its label or in its note (99 =
    unknown), or in a column of missing data codes.
    """
    listed = [found[1] for found in MISSING.finditer(line.get(ANNOTATION, ""))]
    listed += [text for column, text in line.items() if fold(column).startswith("missing")]
    codes = set()
    for part in re.split(r"[|;\n]", "|".join(listed)):
        code, *others = map(str.strip, part.split(","))
        codes |= {code, *(other for other in others if re.fullmatch(r"-?\d+", other))}
    for form in DECLARED:
        for found in form.finditer(" | ".join(line.get(column, "") for column in SAID)):
            word = found["word"].strip(" .-")
            if says_missing(word) and fold(word) not in NOTHING:  # 0 = none is a number
                codes.add(found["code"])
    return codes - {""}


def undeclared_columns(frame: pd.DataFrame, columns: dict) -> list[str]:
    """Return the columns of a raw table that a dictionary does not know."""
    return [column for column in frame.columns if not entry_of(column, columns)]


def entry_of(column: str, columns: dict) -> dict | None:
    """Return what a dictionary tells of a column, None where nothing.

    A checkbox field has a column for each missing data code too, which are the project's and stand
    in no dictionary.
    """
    field, _, code = column.partition("___")
    code = code.replace("_", "-")
    if column in columns or not code or not looks_missing(code):
        return columns.get(column)
    boxes = (of for of in columns.values() if of["field"] == field and of["checkbox"])
    return next((of | {"checkbox": code} for of in boxes), None)


def decode_export(
    file: str, frame: pd.DataFrame, columns: dict, codebook: dict | None = None
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
    codebook
        The cohort's codebook, which says what is read, and what spellings of "missing" there are.

    Returns
    -------
    frame
        One row a record, as `join_records` returns it. The labels of the boxes that are ticked are
        joined by " + ", in the order of the dictionary; where none is, the cell is empty.
        `attrs["labels"]` has the labels of the fields, each with its event.
    problems
        Codes that the dictionary does not know, and those of `join_records`.
    notes
        What was decoded, joined and left out.
    """
    problems: list[Problem] = []
    spellings = {fold(code) for code in codebook["missing_codes"]} if codebook else {""}
    decoded: dict[str, list[str]] = {}
    notes = []
    for column in frame.columns:
        known = entry_of(column, columns)
        field, choices, label = known["field"], known["choices"], known["checkbox"]
        if known["left_out"]:
            notes.append(Note(file, 1, column, f"left out: {known['left_out']}"))
            continue
        missing_here = set(map(bare, known["missing"]))
        cells = frame[column].mask(frame[column].map(bare).isin(missing_here), "")
        if n := int((cells != frame[column]).sum()):
            said = f"missing by the data dictionary, read as empty: {n}"
            notes.append(Note(file, 1, column, said))
        if not choices:
            decoded[field] = list(cells)
            continue
        codes = {"0": "", "1": label} if label else choices
        said = "joined with the other boxes of the field" if label else "labels for codes"
        notes.append(Note(file, 1, column, f"{said}, by the data dictionary"))
        as_code = {bare(code): code for code in codes} | {code: code for code in codes}
        labels = TICKED if label else {fold(text): code for code, text in codes.items()}
        filled = {c.strip() for c in cells if fold(c) not in spellings | {""}}
        coded = {*map(bare, filled)} <= {*map(bare, codes)}
        if not coded and {*map(fold, filled)} <= {*labels}:  # exported as labels
            as_code = {cell: labels[fold(cell)] for cell in filled}
        expected = "one of: " + ", ".join(
            f"{c} ({shown(t) or 'not ticked'})" for c, t in codes.items()
        )
        texts = []
        for row, cell in cells.items():
            # 1.0, as spreadsheets have it, is 1.
            code = as_code.get(cell.strip(), as_code.get(bare(cell)))
            missing = code is None and (not cell.strip() or fold(cell) in spellings)
            # A code for missing data, as UNK, stays as it is: the cleaning asks what it means.
            asked = not label and looks_missing(cell)
            if code is None and not missing and not asked:
                more = PROJECT.format(shown(cell)) if OF_PROJECT.fullmatch(cell.strip()) else ""
                problems.append(Problem(file, row, column, shown(cell), expected + more))
            texts.append("" if code is None and label else codes.get(code, cell))
        before = decoded.get(field, [""] * len(frame))
        decoded[field] = [
            " + ".join(filter(None, both)) for both in zip(before, texts, strict=True)
        ]
    whole = pd.DataFrame(decoded, index=frame.index)
    if not frame.columns.intersection(EVENTS).size or not len(decoded):
        return with_labels(whole, columns), problems, notes
    events = frame.reindex(columns=list(EVENTS), fill_value="")
    joined, faults, told = join_records(file, whole, events, codebook)
    joined = pd.DataFrame() if faults else joined  # its columns are not those to be read
    return with_labels(joined, columns), problems + faults, notes + told


def with_labels(frame: pd.DataFrame, columns: dict) -> pd.DataFrame:
    """Return a decoded table with the labels of its columns."""
    labels = {known["field"]: known["label"] for known in columns.values()}
    parted = {column: column.partition("@") for column in frame}
    frame.attrs["labels"] = {c: f"{labels.get(f, '')}{at}{of}" for c, (f, at, of) in parted.items()}
    return frame


def summarise_records(
    file: str, held: pd.Series, records: pd.Series, first: dict[str, int], how: str
) -> tuple[dict[int, str], list[Problem]]:
    """Return the first row of each record -> the greatest, least or number of a field's values."""
    numbers = pd.to_numeric(held.str.replace(",", "."), errors="coerce")
    if how == "count":
        numbers = pd.Series(1.0, held.index).mask(held.map(says_missing))
    problems = [
        Problem(file, row, str(held.name), shown(held[row]), f"a number, for its {how}")
        for row in numbers.index[numbers.isna()]
    ]
    found = numbers.groupby(records[held.index]).agg(how)
    return {first[record]: f"{number:.15g}" for record, number in found.items()}, problems


def join_records(
    file: str, frame: pd.DataFrame, events: pd.DataFrame, codebook: dict | None
) -> tuple[pd.DataFrame, list[Problem], list[Note]]:
    """Put the rows of each record, one for each event and repeated instrument, into one row.

    Parameters
    ----------
    file
        Its name, for problems and notes.
    frame
        The decoded export; its first column is the record's id.
    events
        Of each row, event, instrument and instance (`EVENTS`).
    codebook
        The cohort's codebook.

    Returns
    -------
    frame
        One row a record, at the record's first row. A field that has one value in a record is a
        column; one that differs between events is a column for each event, `<field>@<event>`.
        `attrs["place"]` tells of a row and column in which row of the file the cell stands.
    problems
        Fields that the codebook reads and that differ between the rows of a record.
    notes
        What was joined, and what was left out because it repeats.
    """
    records = frame.iloc[:, 0].map(fold)
    first = dict(zip(records[::-1], frame.index[::-1], strict=True))
    read = columns_in(codebook)
    if len(first) == len(frame) and not any("@" in column for column in read):
        return frame, [], []
    ignored = set(map(fold, codebook["ignored"] + codebook["dropped"])) if codebook else set()
    record = frame.columns[0]
    joined = {record: {row: frame.at[row, record] for row in first.values()}}
    problems, notes = [], [Note(file, "", "", f"{len(frame)} rows joined to {len(first)} records")]
    places: dict[tuple, tuple] = {}
    codes = {*map(bare, codebook["missing_codes"])} if codebook else set()
    for column in frame.columns[1:]:
        held = frame[column][frame[column].str.strip() != ""]
        if summaries := [how for how in SUMMARIES if fold(f"{column}@{how}") in read]:
            known = held[[bare(cell) not in codes for cell in held]]  # 999 is no greatest one
            for how in summaries:
                joined[f"{column}@{how}"], faults = summarise_records(
                    file, known, records, first, how
                )
                problems += faults
            notes.append(Note(file, 1, column, f"of each record the {' and '.join(summaries)}"))
            continue
        of = pd.DataFrame({"record": records[held.index], "event": events.iloc[:, 0][held.index],
                           "text": held.map(fold)})  # fmt: skip
        differ = of.groupby("record")["text"].nunique().gt(1)
        apart = of.groupby(["record", "event"])["text"].nunique().gt(1)
        within = apart.any()
        names = dict.fromkeys(held.index, column)
        of_event = {row: f"{column}@{event}" for row, event in of["event"].items()}
        wanted = [e for e in dict.fromkeys(events.iloc[:, 0]) if fold(f"{column}@{e}") in read]
        if wanted and not differ.any():
            names = of_event
            joined |= {f"{column}@{event}": {} for event in wanted}
        elif differ.any():
            rows = [*of.index[of["record"] == (apart.idxmax()[0] if within else differ.idxmax())]]
            split = dict.fromkeys(of_event.values())
            if within or fold(column) in ignored:
                said = (
                    "left out: it differs between the rows of a record; the codebook may read "
                    + " or ".join(f"{column}@{how}" for how in SUMMARIES)
                )
                names = {}
            else:
                said = "one column for each event, since it differs between them"
                names = of_event
            notes.append(Note(file, 1, column, said))
            if fold(column) in read or (within and wanted):
                found = f"different values in {shown(frame.at[rows[0], record])}"
                expected = (
                    f"one value a record: under `columns` of the codebook, {column}@max, "
                    f"{column}@min or {column}@count in place of {column}; or in REDCap, a field "
                    f"with the value that counts; or `ignored: [{column}]`"
                    if within
                    else "one value a record: under `columns` of the codebook, name the event's, "
                    f"as {' or '.join(split)}, in place of {column}"
                )
                problems.append(Problem(file, ", ".join(map(str, rows)), column, found, expected))
        else:
            joined[column] = {}  # also where it is empty
        for row, name in names.items():
            at, cells = first[records[row]], joined.setdefault(name, {})
            if at not in cells:
                cells[at], places[file, at, name] = held[row], (file, row, column)
    whole = pd.DataFrame(joined, index=list(first.values()), dtype=object).fillna("")
    return with_places(whole.sort_index(), file, places), problems, notes
