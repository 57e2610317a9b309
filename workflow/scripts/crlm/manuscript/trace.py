"""Trace numbers and claims: what stands behind them, for the paper and the terminal."""

import difflib
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import pandas as pd

from crlm.base.files import NUMBERS, read_frame
from crlm.base.formats import as_text, in_sentence
from crlm.base.problems import InputError
from crlm.base.vocabulary import texts_beside
from crlm.cohort.cells import read_cells
from crlm.description import join_response
from crlm.manuscript.claims import Outcome, tell_condition
from crlm.manuscript.markdown import keys_of, without_spans
from crlm.numbers.registry import LISTED, tell_unlisted
from crlm.plan.analysis import CHANGES, MEASURED

FILES = {
    "numbers": "{folder}/numbers/numbers.json",
    "accounts": "{folder}/numbers/accounts.json",
    "patients": "{folder}/cohort/patients.csv",
    "response": "{folder}/response/response.csv",
    "cells": "{folder}/cohort/cells.csv",
    "readings": "{folder}/cohort/readings.csv",
    "references": "manuscript/references.bib",
}
WORDED = ("config/", "data/published/")  # sources of words, beside numbers
DERIVED = ("response", "group", "recist_1_1", *CHANGES)
CRITERION = {"response": "criterion", "group": "criterion", "recist_1_1": "recist_criterion"}
# The parts of an account that are text, in the order in which they are shown.
LABELS: dict[str, str] = texts_beside(__file__)["labels"]


class Study(NamedTuple):
    """What the stages of a cohort wrote.

    `numbers` is the registry, `accounts` what it was registered with; `frame` has one row a
    patient, as `description.join_response` returns it; `cells` has one row a raw cell; `references`
    is the text of the bibliography. Patients are listed where they are at most `listed`; with more,
    as with none listed, an account gives their filter alone.
    """

    numbers: dict[str, dict]
    accounts: dict[str, dict]
    frame: pd.DataFrame
    cells: pd.DataFrame
    references: str
    listed: int = LISTED


def cite(key: str, references: str) -> str:
    """Return author, title, journal and year of an entry of a BibTeX bibliography."""
    entry = re.search(rf"^@\w+\{{{re.escape(key)},(.*?)^\}}", references, re.MULTILINE | re.DOTALL)
    if not entry:
        return key
    fields = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", entry[1], re.MULTILINE))
    plain = {name: re.sub(r"[{}]", "", text).replace("--", "–") for name, text in fields.items()}
    authors = plain.get("author", "").split(" and ")
    author = authors[0].split(",")[0] + (" et al" if len(authors) > 1 else "")
    title, journal, date = (plain.get(f, "") for f in ("title", "journal", "date"))
    year = plain.get("year", date[:4])
    return f"{author}. {title}. {journal} {year} ({key})".replace("?.", "?")


def patients_of_flow(who: str, study: Study) -> list[str]:
    """Return the patients whose rows were received, or of them those excluded or analysed."""
    analysed = study.frame["patient_id"].tolist()
    received = study.cells["patient_id"].drop_duplicates().tolist()
    excluded = sorted({*received} - {*analysed})
    return {"received": received, "excluded": excluded, "analysed": analysed}[who]


def account(key: str, study: Study) -> dict:
    """Account for one number, as it was registered, with what the raw cells and references add.

    Returns
    -------
    dict
        The texts of `LABELS` that apply; `table`, rows of text with a head, the counts or samples
        of a test; `patients`, pseudonyms, where they are at most `listed`; `citation`, the key of
        the study that is quoted.

    Raises
    ------
    InputError
        Where there is no such key; the nearest ones are named.
    """
    entry = study.numbers.get(key)
    if entry is None:
        near = ", ".join(difflib.get_close_matches(key, study.numbers, n=5, cutoff=0.4))
        raise InputError([f"there is no number {key!r}" + (f"; near it: {near}" if near else "")])
    own = dict(study.accounts.get(key, {}))
    patients = own.pop("patients", [])
    if who := own.pop("who", ""):
        patients = patients_of_flow(who, study)
        own |= {"unlisted": tell_unlisted(len(patients))} if len(patients) > LISTED else {}
    samples, lacking = own.pop("samples", []), own.pop("lacking", [])
    if samples and len(patients) <= study.listed:
        own["table"] = own["table"] + samples
    if lacking and len(lacking) <= study.listed:
        own["missing"] += f": {', '.join(lacking)}"
    if "citation" in own:
        own["reference"] = cite(own["citation"], study.references)
    if "{files}" in own.get("computed", ""):
        files = ", ".join(study.cells["file"].unique())
        own["computed"] = own["computed"].replace("{files}", files)
    columns = [
        column
        for name in own.pop("columns", [])
        for column in ((name, *MEASURED) if name in DERIVED else (name,))
    ]
    if patients and len(patients) <= study.listed:
        own["patients"] = patients
    value, none = entry["value"], "none; the printed form is all"
    value = none if value is None else json.dumps(value, ensure_ascii=False)
    found = {
        "meaning": entry["meaning"],
        "printed": entry["display"],
        "value": f"{value} {entry['unit'].removesuffix(' (%)')}".strip(),
        **own,
        "columns": ", ".join(dict.fromkeys(columns)),
        **{part: entry[part] for part in ("rule", "module", "source")},
    }
    return {name: part for name, part in found.items() if part}


def columns_of(found: dict) -> list[str]:
    """Return the columns of its patients that matter to an account."""
    return found.get("columns", "").split(", ")


def trace(keys: list[str], study: Study, claims: Mapping | None = None) -> dict:
    """Trace numbers to the patients and raw cells that they come from.

    Parameters
    ----------
    keys
        Keys of the registry.
    study
        What the stages wrote.
    claims
        As `trace_claims` returns them.

    Returns
    -------
    dict
        `claims`; `labels`, the names of an account's texts in their order; `accounts`, by key, as
        `account` returns them; `patients`, for those whom an account lists: `file`, `row`
        and `cells`, by clean column `[raw column, raw, clean, rule]`. Raw is null where the column
        is derived, and so no cell of a raw file; rule is empty where nothing was changed.

    Raises
    ------
    InputError
        Where there is no such key.
    """
    accounts = {key: account(key, study) for key in sorted(set(keys))}
    wanted: dict[str, set] = {}
    for found in accounts.values():
        for patient in found.get("patients", []):
            wanted.setdefault(patient, set()).update(columns_of(found))
    patients: dict[str, dict] = {}
    for cell in study.cells[study.cells["patient_id"].isin(wanted)].itertuples():
        patient = patients.setdefault(
            cell.patient_id, {"file": cell.file, "row": str(cell.row), "cells": {}}
        )
        if cell.variable in wanted[cell.patient_id]:
            rule = cell.rule if cell.raw != cell.clean else ""
            patient["cells"][cell.variable] = [cell.column, cell.raw, cell.clean, rule]
    for row in study.frame[study.frame["patient_id"].isin(wanted)].to_dict("records"):
        for column in sorted(wanted[row["patient_id"]].intersection(DERIVED)):
            derived = [column, None, derive(row, column), ""]
            patients[row["patient_id"]]["cells"][column] = derived
    return {
        "labels": [*LABELS.items()], "accounts": accounts, "patients": patients,
        "claims": claims or {},
    }  # fmt: skip


def derive(row: dict, column: str) -> str:
    """Return a derived value of a patient, with the criterion that decided it."""
    value, criterion = row[column], row.get(CRITERION.get(column, ""))
    text = as_text(value)
    return f"{text} ({criterion})" if text and isinstance(criterion, str) else text


INNER_IF = re.compile(
    r"<%[-+]?\s*if\b(?:(?!<%[-+]?\s*(?:if|endif)\b).)*?"
    r"(?:<%[-+]?\s*else\s*[-+]?%>((?:(?!<%).)*))?<%[-+]?\s*endif\b.*?%>",
    re.DOTALL,
)


def as_read(source: str, numbers: dict[str, dict]) -> str:
    """Return a piece of the template as a sentence: its numbers filled in, a sign for the rest."""

    def fill(tag: re.Match) -> str:
        if name := re.fullmatch(r'named\("(\w+)"\)', tag[1]):
            return in_sentence(numbers[f"label.{name[1]}.variable"]["display"])
        return numbers[tag[1]]["display"] if tag[1] in numbers else "…"

    text, chosen = source, 1
    while chosen:  # from within: of several texts that of `else`, or else none may stand
        text, chosen = INNER_IF.subn(lambda of: " … " if of[1] is None else of[1], text)
    text = re.sub(r"<([%#]).*?(?:\1>|$)", "", text, flags=re.DOTALL)
    told = without_spans(re.sub(r"<<\s*(.*?)\s*>>", fill, text))
    told = re.sub(r" ?\(@[^)]*\)| ?\[@[^]]*\]|\*", "", told)
    told = re.sub(r"@tbl-[\w-]+", "the table", re.sub(r"@fig-[\w-]+", "the figure", told))
    told = re.sub(r"… (?=[.;,])", "…", " ".join(told.split())).replace(" (…)", "")
    return told[:1].upper() + told[1:]


def trace_claims(outcomes: list[Outcome], numbers: dict[str, dict]) -> dict[str, list]:
    """Tell of each claim that is printed what it might have said instead, and why it does not.

    Returns
    -------
    dict
        Name -> its variants in the order in which they are tried: `text`, and `when`, the parts of
        the condition in words, each with whether it holds (null where that can't be told).
    """
    return {
        outcome.claim.name: [
            {"text": as_read(source, numbers), "when": tell_condition(condition, numbers)}
            for condition, source in outcome.claim.parts
        ]
        for outcome in outcomes
    }


def lines_of(traced: dict, key: str) -> Iterator[str]:
    """Yield the account of a number as lines for a terminal."""
    found = traced["accounts"][key]
    yield key
    for name, label in traced["labels"]:
        if name in found:
            yield from textwrap.wrap(
                f"  {label:<12} {found[name]}", 100, subsequent_indent=15 * " "
            )
    for row in found.get("table", []):
        yield "    " + " | ".join(row)
    if "patients" in found:
        yield f"  Patients ({len(found['patients'])})"
    for patient in found.get("patients", []):
        of_patient = traced["patients"][patient]
        yield f"    {patient}  {of_patient['file']}, row {of_patient['row']}"
        for column in columns_of(found):
            if column in of_patient["cells"]:
                received, raw, clean, rule = of_patient["cells"][column]
                name = column if received == column else f"{column} ({received})"
                source = f"derived: {clean}" if raw is None else repr(raw)
                change = f" -> {clean or 'missing'} ({rule})" if rule else ""
                yield f"      {name:<22} {source}{change}"


def keys_in(qmd: str, numbers: dict) -> list[str]:
    """Return the keys of the registry that the spans of a filled manuscript bear.

    What the config or the print words is traced only where it tells a number, as `≥ 6` does.
    """
    keys = [key for key in keys_of(qmd) if key in numbers]
    worded = {key: numbers[key]["source"].startswith(WORDED) for key in keys}
    return [key for key in keys if not worded[key] or re.search(r"\d", numbers[key]["display"])]


def read_study(files: Mapping[str, str]) -> Study:
    """Read what the stages of a cohort wrote, `files` by the names in `FILES`."""
    return Study(
        numbers=json.loads(Path(files["numbers"]).read_text("utf-8")),
        accounts=json.loads(Path(files["accounts"]).read_text("utf-8")),
        frame=join_response(
            read_frame(files["patients"], []), read_frame(files["response"], NUMBERS["response"])
        ),
        cells=read_cells(files["cells"], files["readings"]),
        references=Path(files["references"]).read_text("utf-8"),
    )


def write_trace(
    traced: dict, panel: list[str], json_path: str | Path, html_path: str | Path
) -> None:
    """Write the traced numbers as JSON, and as a piece of HTML with the panel's style and script.

    `panel` names the two files, the style first.
    """
    text = json.dumps(traced, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    Path(json_path).write_text(text + "\n", encoding="utf-8")
    for sign in "<>&":  # so that no text of the data can end the element that holds it
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    style, script = (Path(part).read_text(encoding="utf-8") for part in panel)
    Path(html_path).write_text(
        f"<style>\n{style}</style>\n"
        f'<script type="application/json" id="trace">{text}</script>\n'
        f"<script>\n{script}</script>\n",
        encoding="utf-8",
    )


def main(folder: str, key: str = "") -> None:
    """Print where a number of the paper in `folder` comes from; `key` is its key.

    Where that can't be told, say why; the exit code is 2.
    """
    if not key:
        refuse(
            [
                "A key is needed, as in `make trace KEY=test.cycles_class.p`. The keys stand in "
                f"{folder}/numbers/numbers.csv, with what each means."
            ]
        )
    files = {name: path.format(folder=folder) for name, path in FILES.items()}
    try:
        study = read_study(files)
        print("\n".join(lines_of(trace([key], study), key)), flush=True)
    except BrokenPipeError:  # read no further, as by `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except FileNotFoundError as error:
        refuse([f"{error.filename} is not there: build the paper first (make paper)."])
    except InputError as error:
        refuse(error.problems)


def refuse(problems: list) -> NoReturn:
    """Print what is wrong with what was asked for; exit code 2."""
    print(*problems, sep="\n", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
