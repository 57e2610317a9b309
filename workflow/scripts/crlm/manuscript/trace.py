"""Trace numbers: their accounts with the raw cells behind them, for the paper and the terminal."""

import json
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from crlm.base.files import NUMBERS, read_frame, read_yaml
from crlm.base.problems import InputError
from crlm.cohort.cleaned import as_text
from crlm.description import read_patients
from crlm.numbers.accounts import DERIVED, LABELS, Study, account
from crlm.plan.additions import plan_of

FILES = {
    "numbers": "{folder}/numbers/numbers.json",
    "patients": "{folder}/cohort/patients.csv",
    "response": "{folder}/response/response.csv",
    "cells": "{folder}/cohort/cells.csv",
    "tests": "{folder}/comparison/tests.csv",
    "sensitivity": "{folder}/comparison/sensitivity.csv",
    "references": "manuscript/references.bib",
}
CRITERION = {"response": "criterion", "group": "criterion", "recist_1_1": "recist_criterion"}


def trace(keys: list[str], study: Study) -> dict:
    """Trace numbers to the patients and raw cells that they come from.

    Parameters
    ----------
    keys
        Keys of the registry.
    study
        What the stages wrote.

    Returns
    -------
    dict
        `labels`, the names of an account's texts in their order; `accounts`, by key, as
        `accounts.account` returns them; `patients`, for those whom an account lists: `file`, `row`
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
            wanted.setdefault(patient, set()).update(found.get("shown", []))
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
    return {"labels": list(LABELS.items()), "accounts": accounts, "patients": patients}


def derive(row: dict, column: str) -> str:
    """Return a derived value of a patient, with the criterion that decided it."""
    value, criterion = row[column], row.get(CRITERION.get(column, ""))
    text = as_text(value)
    return f"{text} ({criterion})" if text and isinstance(criterion, str) else text


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
        for column in found.get("shown", []):
            if column in of_patient["cells"]:
                received, raw, clean, rule = of_patient["cells"][column]
                name = column if received == column else f"{column} ({received})"
                source = f"derived: {clean}" if raw is None else repr(raw)
                change = f" -> {clean or 'missing'} ({rule})" if rule else ""
                yield f"      {name:<22} {source}{change}"


def keys_in(qmd: str, numbers: dict) -> list[str]:
    """Return the keys of the registry that the spans of a filled manuscript bear.

    A name from the plan is traced only where it tells a number, as `≥ 6` does.
    """
    return [
        key
        for key in re.findall(r'\bkey="([^"]+)"', qmd)
        if key in numbers
        and (not key.startswith("label.") or re.search(r"\d", numbers[key]["display"]))
    ]


def read_study(files: Mapping[str, str], plan: dict) -> Study:
    """Read what the stages of a cohort wrote, `files` by the names in `FILES`."""
    text = {name: Path(files[name]).read_text("utf-8") for name in ("numbers", "references")}
    return Study(
        numbers=json.loads(text["numbers"]),
        frame=read_patients(files["patients"], files["response"], plan["variables"]),
        cells=read_frame(files["cells"], []).fillna(""),
        tests=read_frame(files["tests"], NUMBERS["tests"]),
        sensitivity=read_frame(files["sensitivity"], NUMBERS["tests"]),
        plan=plan,
        references=text["references"],
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
        own = read_yaml(f"config/cohorts/{Path(folder).name}.yaml")["plan"]
        study = read_study(files, plan_of(read_yaml("config/plan.yaml"), own))
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
