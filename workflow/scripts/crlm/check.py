"""Check a cohort's whole input, config and tables, without building: `make check COHORT=2025`."""

import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crlm.base.files import read_text
from crlm.base.formats import patients
from crlm.base.masking import shown_text
from crlm.base.problems import InputError, Problem, whose_fault
from crlm.cohort.admission import admit_tables
from crlm.cohort.duplicates import TWO_PATIENTS
from crlm.cohort.questions import ask
from crlm.config.configuration import (
    Configuration,
    as_list,
    missing_files,
    read_configuration,
    unreadable_table,
)
from crlm.config.schemas import problem_at
from crlm.description import join_response
from crlm.manuscript.letters import find_undrawn
from crlm.plan.analysis import MEASURED, Plan, read_plan
from crlm.plan.conditions import meets
from crlm.plan.faults import faults_of_conditions
from crlm.plan.synonyms import READING, with_readings
from crlm.plan.variables import check_levels
from crlm.received.tables import read_raws
from crlm.response import classify_response
from crlm.texts import CONFIG, SCHEMAS, check_texts

PLACING = ("variables", "groups", "response_rules")  # parts of a plan that place the patients


class Checked(NamedTuple):
    """What is wrong with a cohort's tables, lines to paste; the clean patients if nothing is."""

    problems: Sequence[Problem | str]
    paste: dict[str, str]
    patients: pd.DataFrame | None
    questions: int


def check_tables(
    cohort: dict,
    codebook: dict | None,
    plan: dict | None,
    followed: list[tuple],
    synonyms: dict | None,
    file: str = "",
    counted: bool = True,
) -> Checked:
    """Check the tables that a cohort names, against its codebook and plan.

    Parameters
    ----------
    cohort
        The cohort's file; it need not fit its schema. Tables that can't be read are passed over.
    codebook, plan
        With what the cohort adds; None where they are faulty, so that nothing can be held against
        them.
    followed
        The clean patients of the cohort that this one follows, as a table, where they are known.
    synonyms
        As config/synonyms.yaml has them, for what is proposed; None where they are faulty.
    file
        The cohort's file.
    counted
        Whether the questions that are open are counted.
    """
    raw, dictionaries, corrections, withdrawn = (
        [path for path in as_list(cohort.get(key)) if not unreadable_table(path)]
        for key in ("raw", "dictionaries", "corrections", "withdrawn")
    )
    tables = read_raws(raw, dictionaries, codebook).tables
    amendments = [read_raws(paths).tables for paths in (corrections, withdrawn)]
    unread = [p for group in (tables, *amendments) for *_, faults in group for p in faults]
    undecoded = len(dictionaries) < len(as_list(cohort.get("dictionaries"))) or any(
        p.file in dictionaries for p in unread
    )
    if codebook is None or undecoded or not tables:
        return Checked(unread, {}, None, 0)
    read = read_plan({part: plan[part] for part in PLACING} if plan is not None else {})
    try:
        if synonyms:
            synonyms = with_readings(synonyms, read, str(cohort.get("response_rule")))
        patients, _, _, cells = admit_tables(tables, codebook, *amendments, followed, synonyms)
        problems, paste, clean = [], {}, patients
    except InputError as error:
        problems, paste, patients = error.problems, error.paste, None
        clean = error.clean
        if clean is not None:  # the place of each patient as id, for an id may be a name
            places = [f"of {file}, row {row}" for file, row in clean[["file", "row"]].to_numpy()]
            clean = clean.assign(patient_id=places)
    if len(raw) < len(as_list(cohort.get("raw"))) or any(p.file in raw for p in unread):
        # Who is amended, or told apart, may stand in the table that can't be read.
        others = (*corrections, *withdrawn, TWO_PATIENTS)
        problems = [p for p in problems if p in unread or p[0] not in others]
    if plan is not None and clean is not None and can_be_placed(codebook, plan):
        spoilt = {(p.file, p.row) for p in problems if isinstance(p, Problem)}
        # A column that is not known may be the one by which the response is told.
        for file_of, part in clean.groupby("file") if spoilt else ():
            if (file_of, 1) in spoilt and part[[*MEASURED]].isna().all().any():
                spoilt |= {(file_of, row) for row in part["row"]}
        places = dict.fromkeys(read.variables, "config/plan.yaml")
        own = cohort.get("plan") or {}
        places |= dict.fromkeys(own.get("variables") or (), f"{file}, plan")
        rule = str(cohort.get("response_rule"))
        others = check_plan(clean, spoilt, codebook, read, rule, places)
        problems += [p for error in others for p in error.problems]
        for error in others:
            paste |= {k: f"{paste.get(k, '')}{lines}" for k, lines in error.paste.items()}
    if problems or patients is None:
        return Checked(problems, paste, None, 0)
    return Checked([], {}, patients, len(ask(cells.astype(str), codebook)) if counted else 0)


def can_be_placed(codebook: dict, plan: dict) -> bool:
    """Return whether a codebook has all that the response rules of a plan speak of."""
    known = {*MEASURED, READING} <= codebook["variables"].keys()
    wrong = faults_of_conditions(plan, codebook) if known else ()
    return known and not any(keys[0] == "response_rules" for keys, *_ in wrong)


def check_plan(
    clean: pd.DataFrame, spoilt: set[tuple], codebook: dict, plan: Plan, rule: str, places: dict
) -> list[InputError]:
    """Return what the plan can't place: patients without a response, values without a level.

    Parameters
    ----------
    clean
        The clean values, as far as the cells could be read.
    spoilt
        File and row of the patients some of whose cells could not; their response is not known yet.
    codebook, plan
        The cohort's.
    rule
        The name of the primary response rule.
    places
        Where each variable of the plan stands.
    """
    for criterion in codebook["exclusions"]:
        clean = clean[~meets(clean, criterion["exclude"])]
    rows = zip(clean["file"], clean["row"], strict=True) if spoilt else ()
    sound = clean[[row not in spoilt for row in rows]] if spoilt else clean
    errors, frame = [], clean
    if rule in plan.response_rules and len(sound):
        try:
            response, _ = classify_response(sound, plan, rule)
            frame = join_response(sound, response) if not spoilt else clean
        except InputError as error:
            errors.append(error)
    known = {name: v for name, v in plan.variables.items() if v.source in frame}
    try:
        check_levels(frame, known, places)
    except InputError as error:
        errors.append(error)
    return errors


def check_data(
    configuration: Configuration, name: str, counted: bool = False
) -> tuple[list[Problem | str], dict[str, str], tuple[int, int]]:
    """Check the config and the tables that the paper of a cohort is made from.

    Returns
    -------
    problems, paste
        What is wrong, and lines to paste.
    counts
        How many patients there are and, where these are `counted`, open questions.
    """
    problems: list[Problem | str] = [
        *configuration.faults_of(name), *missing_files(configuration, name)
    ]  # fmt: skip
    printed = configuration.cohorts.get(name, {}) | {"plan": configuration.plans.get(name, {})}
    problems += [
        problem_at(
            configuration.file_of(name), {}, tuple(map(str, keys)), repr(shown_text(text)), expected
        )
        for keys, text, expected in find_undrawn(printed)
    ]
    paste, counts, followed = {}, (0, 0), []
    for n in configuration.needed(name)[::-1]:  # the cohort that is followed first
        own = configuration.codebooks.get(n), configuration.plans.get(n)
        file, synonyms = configuration.file_of(n), configuration.common.get("synonyms")
        try:
            checked = check_tables(
                configuration.cohorts[n], *own, followed, synonyms, file, counted
            )
        except Exception:
            if not problems:
                raise
            # Config may be faulty in any way; what is wrong with it must be told all the same.
            problems.append(f"The tables of cohort {n} can't be checked until this is mended.")
            continue
        problems += [p for p in checked.problems if p not in problems]
        waiting = read_text(file)  # a draft has what is proposed already
        paste |= {
            key: lines
            for key, lines in checked.paste.items()
            if key not in paste and not all(line.strip() in waiting for line in lines.splitlines())
        }
        if checked.patients is not None:
            counts = len(checked.patients), checked.questions
            rows = range(2, len(checked.patients) + 2)  # as the file that a build writes has them
            followed = [(f"cohort {n}", checked.patients.set_axis(rows), [])]
    return problems, paste, counts


def check_cohort(configuration: Configuration, name: str) -> InputError | str:
    """Return all that is wrong with what the paper of a cohort is made from, or that nothing is.

    The text is filled too where nothing is wrong before that.
    """
    problems, paste, (n, asked) = check_data(configuration, name, counted=True)
    problems += check_texts(configuration, name, whole=not problems)
    if problems:
        return InputError(problems, paste)
    open_ = "1 question is open" if asked == 1 else f"{asked} questions are open"
    return (
        f"Nothing wrong with the input of cohort {name}: {patients(n)}. {open_}"
        + f": see results/{name}/cohort/cleaning.html once the paper is built." * bool(asked)
    )


def main(name: str = "") -> None:
    """Print all that is wrong with the input of a cohort; exit code 1 where anything is."""
    configuration = read_configuration(CONFIG, SCHEMAS)
    name = name or str(configuration.settings.get("cohort", ""))
    if warning := configuration.faults_of_others(name):
        print(warning, file=sys.stderr)
    try:
        message = check_cohort(configuration, name)
    except Exception as error:
        said, log = whose_fault(error), Path(f"results/{name}/logs")
        with suppress(OSError):  # where nothing may be written either
            log.mkdir(parents=True, exist_ok=True)
            (log / "check.log").write_text(traceback.format_exc(), encoding="utf-8")
            said += f". Its log: {log / 'check.log'}"
        sys.exit(said)
    sys.exit(f"\n{message.for_terminal()}" if isinstance(message, InputError) else print(message))


if __name__ == "__main__":
    main(*sys.argv[1:])
