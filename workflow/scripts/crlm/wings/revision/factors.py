"""What moved from one cohort's paper to the next, and why: rebuilt with one factor at a time."""

import json
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crlm.base.formats import in_sentence
from crlm.base.problems import InputError
from crlm.base.spelling import fold, id_of
from crlm.cohort.duplicates import id_column
from crlm.paper import Paper, Sources, build_paper
from crlm.plan.analysis import read_plan
from crlm.wings.revision.changed_claims import compare_claims
from crlm.wings.revision.changed_numbers import compare_quantities

# What the papers of two cohorts can differ by, in the order in which the one is turned into the
# other: first what only mends the older cohort, then the analysis, last the further patients.
FACTORS = {
    "code": "changed code or common plan",
    "corrections": "corrected cells",
    "withdrawn": "withdrawn patients",
    "plan": "the cohort's own plan and config",
    "undeclared": "undeclared edits of earlier rows",
    "new_patients": "new patients",
}
# Keys of a cohort's config that say where its rows are, change the codebook and the plan, or print
# nothing.
SOURCE_KEYS = {"raw", "dictionaries", "corrections", "withdrawn", "codebook", "plan"}
SOURCE_KEYS |= {"follows", "kept_numbers", "publication"}
ABSENT = "nothing"
SINGLES = 20  # corrections and withdrawals that are tried one by one, at most


# --- The sources between the old paper and the new ------------------------------------------------


def ids_of(table: pd.DataFrame, codebook: dict) -> pd.Series:
    """Return the patient's id in each row of a raw or amending table."""
    column = id_column(table, codebook["variables"]["patient_id"])
    return table[column].map(id_of) if column else pd.Series("", index=table.index)


def patients_of(sources: Sources) -> set[str]:
    """Return the ids in the raw tables."""
    return set().union(*(ids_of(table, sources.codebook) for _, table, _ in sources.raw))


def rows_of(
    tables: Iterable[tuple], codebook: dict, patients: Collection[str], among: bool = True
) -> list[tuple]:
    """Return raw or amending tables with the rows of `patients` alone, or with all others."""
    kept = [
        (file, table[ids_of(table, codebook).isin(patients) == among], unreadable)
        for file, table, unreadable in tables
    ]
    return [table for table in kept if len(table[1])]


def steps_of(old: Sources, new: Sources) -> tuple[dict[str, Sources], dict[str, Sources]]:
    """Return what turns the old paper into the new, factor by factor.

    A correction of a new patient belongs to the new patients. Where rows of earlier patients are
    other than the declared corrections and withdrawals make them, that is a factor of its own.

    Returns
    -------
    sequence
        Factor -> the sources with it and all earlier ones changed; the last is `new`.
    alone
        Factor -> the old sources with it alone changed.
    """
    earlier = patients_of(old)

    def rows(table: str, among: bool = True) -> list[tuple]:
        return rows_of(getattr(new, table), new.codebook, earlier, among)

    changes: dict[str, dict] = {
        "corrections": {"corrections": rows("corrections")},
        "withdrawn": {"withdrawn": rows("withdrawn")},
        "plan": {
            f: getattr(new, f)
            for f in ("codebook", "plan", "cohort", "ranges", "printed", "followed")
        },
        "undeclared": {"raw": rows("raw")},
        "new_patients": new._asdict(),
    }
    further = {t: [*getattr(old, t), *rows(t, among=False)] for t in ("raw", "corrections")}
    sources = accumulate(changes.values(), lambda so_far, c: so_far._replace(**c), initial=old)
    sequence = dict(zip(["old", *changes], sources, strict=True))
    alone = changes | {"new_patients": further}
    del alone["undeclared"]  # which may need the new codebook
    return sequence, {factor: old._replace(**change) for factor, change in alone.items()}


def amendments_of(old: Sources, new: Sources) -> dict[str, Sources]:
    """Return each correction and withdrawal of earlier patients, with it alone in the old sources.

    It is called by what it changes and where that is written, never by the patient.
    """
    earlier, found = patients_of(old), {}
    for kind in ("corrections", "withdrawn"):
        for file, table, unreadable in rows_of(getattr(new, kind), new.codebook, earlier):
            for at, line in table.rename(columns=fold).iterrows():
                what = "the withdrawal of one patient"
                if kind == "corrections":
                    label, unit = column_called(line["column"], new)
                    what = f"correcting one cell, {label} {line['old']} → {line['new']} {unit}"
                single: dict = {kind: [*getattr(old, kind), (file, table.loc[[at]], unreadable)]}
                where = f"({Path(file).name}, row {at})"
                found[f"{what.strip()} {where}"] = old._replace(**single)
    return found


def column_called(column: str, sources: Sources) -> tuple[str, str]:
    """Return what the plan, else the codebook, calls a raw column, and its unit."""
    for name, variable in sources.codebook["variables"].items():
        units = {fold(raw): unit or "" for raw, unit in variable["columns"].items()}
        if fold(column) in units:
            of = read_plan(sources.plan).variables.values()
            labels = [v.label for v in of if v.source == name] or [variable["label"]]
            return in_sentence(labels[0]), units[fold(column)]
    return column, ""


def fingerprint(sources: Sources) -> str:
    """Return a text that is the same for the same sources."""
    return json.dumps(sources, default=lambda part: getattr(part, "to_csv", part.__str__)())


def build_each(
    sources: dict[str, Sources], built: dict[str, Paper | str]
) -> tuple[dict[str, Paper], dict[str, str]]:
    """Build a paper from each; return those built, and why the others could not be.

    What was `built` already from the same sources is not built again.
    """
    made = {}
    for name, given in sources.items():
        files = {file for file, *_ in given.raw}  # what was answered of others speaks of nothing
        answers = [a for a in given.codebook["answers"] if a["file"] in files]
        of_name = given._replace(codebook=given.codebook | {"answers": answers})
        same = fingerprint(of_name)
        if not given.raw:
            built[same] = "none of the earlier patients is in the new tables"
        if same not in built:
            try:
                built[same] = build_paper(of_name)
            except InputError as error:
                more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
                built[same] = f"{error.problems[0]}{more}"
        made[name] = built[same]
    papers = {name: paper for name, paper in made.items() if isinstance(paper, Paper)}
    return papers, {name: told for name, told in made.items() if isinstance(told, str)}


# --- All of it ------------------------------------------------------------------------------------


class Revision(NamedTuple):
    """What came of a revision; `failed` and `failed_alone` say why a factor can't be built."""

    changes: pd.DataFrame
    claims: pd.DataFrame
    failed: dict[str, str]
    failed_alone: dict[str, str]
    config: list[str]


def revise(
    old: Sources, new: Sources, filled: tuple[str, str], kept: dict[str, dict] | None = None
) -> Revision:
    """Compare the papers of two cohorts, one of which follows the other.

    Parameters
    ----------
    old, new
        The sources of the two papers.
    filled
        The manuscripts that the workflow made of them.
    kept
        The old registry as it was released, or None. With it, what today's code and common plan
        make of the same cohort is a factor too, `code`.

    Raises
    ------
    InputError
        Where the stages, run here, do not make `filled`.
    """
    sequence, apart = steps_of(old, new)
    built: dict[str, Paper | str] = {}
    papers, failed = build_each(sequence, built)
    ends = [papers[n].text if n in papers else None for n in ("old", "new_patients")]
    if ends != [*filled]:
        raise InputError(["a paper.qmd is not what the stages make of its sources: build it anew"])
    alone, failed_alone = build_each(apart, built)
    registries = {name: paper.numbers for name, paper in papers.items()}
    if kept is not None:
        registries = {"kept": kept, "code": registries.pop("old"), **registries}

    @cache
    def singles() -> dict[str, Paper]:
        return build_each(dict(islice(amendments_of(old, new).items(), SINGLES)), built)[0]

    apart = {factor: paper.numbers for factor, paper in alone.items()}
    changes = compare_quantities(registries, apart, filled, singles)
    claims = compare_claims(papers, singles, new.template)
    return Revision(changes, claims, failed, failed_alone, [*differences(old, new)])


def differences(old: Sources, new: Sources) -> Iterator[str]:
    """Yield what a cohort's own plan and config change, by the names of the entries."""
    parts = {
        "config": (old.cohort, new.cohort),
        "plan": (old.plan, new.plan),
        "codebook": (old.codebook, new.codebook),
    }
    for part, sides in parts.items():
        for path, before, after in unlike(*sides):
            if part != "config" or path.partition(".")[0] not in SOURCE_KEYS:
                yield f"{part}, {path}: {before} → {after}"


def unlike(old: object, new: object, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the entries in which two mappings differ: dotted name, before, after."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            within = f"{path}.{key}".lstrip(".")
            yield from unlike(old.get(key, ABSENT), new.get(key, ABSENT), within)
    elif old != new:
        told = ("none" if value in (None, []) else value for value in (old, new))
        plain = (t if isinstance(t, str) else re.sub(r"[][{}']", "", str(t)) for t in told)
        words = [text.split() for text in plain]
        pairs = enumerate(zip(*words, strict=False))
        same = next((i for i, (a, b) in pairs if a != b), min(map(len, words)))
        ends = [" ".join(["…", *side[same:]] if same > 3 else side) for side in words]
        before, after = (textwrap.shorten(text, 60, placeholder=" …") for text in ends)
        yield path, before, after


def read_released_numbers(path: str) -> dict[str, dict] | None:
    """Read the registry of an earlier release, where the config names one."""
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else None
