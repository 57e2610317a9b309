"""What a person has to know of the cleaning: what the data leave open, and what was changed."""

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from crlm.base.formats import as_text
from crlm.base.problems import list_rows
from crlm.cohort.duplicates import pairs_told, rows_alike
from crlm.plan.conditions import meets

FEWEST = 8  # values that it takes to say what is usual
ALIKE = 3  # numbers, beside what each patient must have, that make two patients look like one
ONE_SIDED = 3  # patients with a yes, where no cell says no
SLIPS = 2  # values in which two rows of one patient may differ: slips, or what was read anew
MANY = 1000  # patients: among more, some agree by chance in what look_alike compares first
LISTED = 200  # patients of whom one kind of question is asked by name, before the rest is counted


class Question(NamedTuple):
    """What somebody who can look it up has to decide; nothing was changed or left out for it.

    `values` are the clean ones, as `variable, value`; `row` and `patient` are empty where the
    question is about a whole file; `more` is of how many further patients it could be asked.
    """

    kind: str
    file: str
    row: str
    patient: str
    values: tuple[tuple[str, str], ...]
    question: str
    more: int = 0


def gather(cells: pd.DataFrame, codebook: dict) -> pd.DataFrame:
    """Return one row a patient: `patient_id, file, row` and the clean variables, from their cells.

    Numbers are floats; a variable that the patient's file has no column for is missing.
    """
    cells = cells.assign(row=cells["row"].astype(int))  # so that row 9 comes before row 10
    # A patient of several files stands where the id is read.
    ids = cells[cells["variable"] == "patient_id"].set_index("patient_id")[["file", "row"]]
    wide = cells.pivot(index="patient_id", columns="variable", values="clean")
    wide = ids.join(wide.rename(columns={"patient_id": "id"})).sort_values(["file", "row"])
    wide = wide.reset_index().reindex(columns=["file", "row", *codebook["variables"]])
    wide = wide.astype(object).where(wide.notna() & (wide != ""), None)
    return wide.astype(dict.fromkeys(numbers_of(codebook), "float64"))


def numbers_of(codebook: dict) -> list[str]:
    """Return the variables that are numbers."""
    return [n for n, v in codebook["variables"].items() if v["type"] in ("integer", "number")]


def ask_of_row(kind: str, patient: Mapping, columns: list[str], question: str) -> Question:
    """Return a question about values of one patient, a row of the clean variables."""
    values = tuple((column, as_text(patient[column]) or "missing") for column in columns)
    return Question(
        kind, patient["file"], str(patient["row"]), patient["patient_id"], values, question
    )


def far_out(clean: pd.DataFrame, codebook: dict) -> list[Question]:
    """Ask about numbers beyond Tukey's outer fences (1977): three interquartile ranges away."""
    asked = []
    for name in numbers_of(codebook):
        values = clean[name].dropna()
        low, high = values.quantile(0.25), values.quantile(0.75)
        if len(values) < FEWEST or low == high:
            continue
        reach, unit = 3 * (high - low), codebook["variables"][name]["unit"]
        question = (
            f"Half of the patients have {low:.3g} to {high:.3g} {unit}; this is more than three "
            "times that range away. Is it a slip of the pen?"
        )
        outside = clean[(clean[name] < low - reach) | (clean[name] > high + reach)]
        asked += [
            ask_of_row("far", patient, [name], question) for patient in outside.to_dict("records")
        ]
    return asked


def look_alike(clean: pd.DataFrame, codebook: dict) -> list[Question]:
    """Ask about pairs of ids who agree in all that each patient must have and in every number.

    A number counts where both have it; there must be `ALIKE` of those. Among more than `MANY`
    patients chance alone makes such pairs. Then about those who agree in all values but `SLIPS`
    (`duplicates.rows_alike`, which reckons with chance).
    """
    must = [n for n, v in codebook["variables"].items() if v["required"] and v["type"] != "id"]
    numbers = [name for name in numbers_of(codebook) if name not in must]
    asked, told = [], pairs_told(codebook)
    for _, block in clean.groupby(must) if len(clean) <= MANY else ():
        for a, b in combinations(block.to_dict("records"), 2):
            if {a["patient_id"], b["patient_id"]} in told:
                continue
            both = [n for n in numbers if pd.notna(a[n]) and pd.notna(b[n])]
            if len(both) >= ALIKE and all(a[n] == b[n] for n in both):
                question = (
                    f"The same values as {a['patient_id']} ({a['file']}, row {a['row']}). Is this "
                    "one patient under two ids?"
                )
                asked.append(ask_of_row("alike", b, [*must, *both], question))
    seen = {(q.file, q.row) for q in asked}
    for a, b, alike, differ in rows_alike(clean, codebook, SLIPS):
        first, row = clean.iloc[a], clean.iloc[b]
        if (row["file"], str(row["row"])) not in seen:
            question = (
                f"The same {len(alike)} values as {first['patient_id']} ({first['file']}, row "
                f"{first['row']}), and only these others. Is this one patient under two ids?"
            )
            asked.append(ask_of_row("alike", row, differ, question))
    return asked


def ask_unlikely(clean: pd.DataFrame, codebook: dict) -> list[Question]:
    """Ask what the codebook's doubts ask."""
    return [
        ask_of_row("doubt", patient, doubt["columns"], doubt["question"])
        for doubt in codebook["doubts"]
        for patient in clean[meets(clean, doubt["doubtful"])].to_dict("records")
    ]


def ask_lacking(cells: pd.DataFrame, codebook: dict) -> list[Question]:
    """Ask about the variables that a file has no column for, or no cell that says no."""
    asked = []
    answers = [
        n for n, v in codebook["variables"].items() if {"yes", "no"} <= {*v.get("levels", ())}
    ]
    for file, own in cells.groupby("file"):
        of_patients = cells[cells["patient_id"].isin(own["patient_id"])]  # in whichever file
        there = {*of_patients["variable"].unique()}
        absent = [name for name in codebook["variables"] if name not in there]
        if absent:
            question = (
                f"The file has no column for {', '.join(absent)}: all its patients count as "
                "missing there. Was it not collected?"
            )
            asked.append(Question("column", file, "", "", (), question))
        for name, said in own[own["variable"].isin(answers)].groupby("variable")["clean"]:
            n, empty = int((said == "yes").sum()), int((said == "").sum())
            if n + empty == len(said) and n >= ONE_SIDED and 4 * empty >= len(said):
                question = (
                    f"Of {name}, {n} cells say yes, none says no, and {empty} say nothing: these "
                    f"count as missing, so that all whose answer is known have a yes. Is it a no?"
                )
                asked.append(Question("column", file, "", "", (), question))
    return asked


def ask(cells: pd.DataFrame, codebook: dict) -> list[Question]:
    """Return the questions that a cohort's cells raise."""
    clean = gather(cells, codebook)
    return [
        *look_alike(clean, codebook), *far_out(clean, codebook), *ask_unlikely(clean, codebook),
        *ask_lacking(cells, codebook),
    ]  # fmt: skip


def list_first(questions: list[Question]) -> list[Question]:
    """Return questions without those of a kind and its variables that are too many to be read.

    The last one that is left says of how many `more` patients it could be asked.
    """
    of_kind = [(q.kind, *(name for name, _ in q.values)) for q in questions]
    every, so_far = Counter(of_kind), Counter[tuple]()
    listed = []
    for kind, question in zip(of_kind, questions, strict=True):
        so_far[kind] += 1
        if so_far[kind] <= LISTED:
            more = max(0, every[kind] - LISTED) * (so_far[kind] == LISTED)
            listed.append(question._replace(more=more))
    return listed


def count_missing(cells: pd.DataFrame, codebook: dict) -> list[tuple[str, list[str]]]:
    """Return for each variable, by file and over all, how many patients have no value."""
    empty = cells["clean"].eq("").groupby([cells["variable"], cells["file"]]).sum()
    rows = cells.groupby("file")["row"].nunique()
    everybody = cells["patient_id"].nunique()
    known = cells[cells["clean"] != ""].groupby("variable")["patient_id"].nunique()
    table = []
    for name in codebook["variables"]:
        shown = []
        for file, n in rows.items():
            absent = (name, file) not in empty.index
            missing = int(n if absent else empty[name, file])
            shown.append(f"{missing} of {n}" + (" (no column)" if absent else ""))
        table.append((name, [*shown, f"{everybody - known.get(name, 0)} of {everybody}"]))
    return table


def gather_changes(changed: pd.DataFrame) -> dict[str, list[tuple]]:
    """Return file -> (column, rule, list of raw cell, clean value and rows) of changed cells."""
    found: dict[str, list[tuple]] = {}
    for (file, column), own in changed.groupby(["file", "column"], sort=False):
        for rule, by_rule in own.groupby("rule", sort=False):
            alike = by_rule.groupby(["raw", "clean"], sort=False)["row"].agg(list)
            cells = [(raw, clean, list_rows(rows)) for (raw, clean), rows in alike.items()]
            found.setdefault(file, []).append((column, rule, cells))
    return found


def describe_cleaning(
    cells: pd.DataFrame,
    flow: pd.DataFrame,
    received: pd.DataFrame,
    files: list[str],
    codebook: dict,
) -> dict:
    """Describe the cleaning of a cohort for the people who know its patients.

    Parameters
    ----------
    cells, flow
        What `cleaned.clean_cohort` returned, as text; of withdrawn patients nothing but their
        number is known here, and more is not told.
    received
        `file, row, column, note`: how each file was read.
    files
        The raw files.
    codebook
        The cohort's codebook.

    Returns
    -------
    dict
        `asked`, how many questions there are; `questions` (`Question`), the first of each kind;
        `raws` ((patient, variable) -> raw column and cell of what is asked about), `received`
        (file, how it was read, patients, columns read), `notes` (file, note, columns), `flow`
        (label, patients), `corrections` (file, row, column, raw, clean, reason), `rules` (rule,
        cells), `changes` (as `gather_changes` returns them), `missing_files` and `missing`
        (variable, counts).
    """
    rules = [rule for rule in cells["rule"].unique() if rule.startswith("correction: ")]
    corrected = cells["rule"].isin(rules)
    changed = cells[(cells["raw"] != cells["clean"]) & ~corrected]
    whole = received[received["column"] == ""]
    of_columns = received[received["column"] != ""]
    of_columns = of_columns.groupby(["file", "note"], sort=False)["column"].agg(list)
    questions = ask(cells, codebook)
    shown = list_first(questions)
    asked = {(q.patient, variable) for q in shown for variable, _ in q.values}
    of_asked = cells[cells["patient_id"].isin({patient for patient, _ in asked})]
    by_file = dict(list(cells.groupby("file")))
    return {
        "asked": len(questions),
        "questions": shown,
        "raws": {
            key: (c.column, c.raw)
            for c in of_asked.itertuples()
            if (key := (c.patient_id, c.variable)) in asked
        },
        "received": [
            (file, "; ".join(whole[whole["file"] == file]["note"]), own["row"].nunique(),
             own["column"].nunique())
            for file in files
            for own in [by_file.get(file, cells.iloc[:0])]
        ],
        "notes": [(*key, ", ".join(columns)) for key, columns in of_columns.items()],
        "flow": [(step.label, int(step.patients)) for step in flow.itertuples()],
        "corrections": [
            (c.file, c.row, c.column, c.raw, c.clean, c.rule.removeprefix("correction: "))
            for c in cells[corrected].itertuples()
        ],
        "rules": list(changed["rule"].value_counts().items()),
        "changes": gather_changes(changed),
        "missing_files": [*by_file],
        "missing": count_missing(cells, codebook),
    }  # fmt: skip
