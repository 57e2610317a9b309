"""Copy the results without anything that stands for a single patient, and prove that none is left.

The copy is made of the files that a rule names, so that one which nobody thought of stays at home.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pandas as pd

from crlm.base.files import folder_whole, read_texts
from crlm.base.problems import InputError
from crlm.base.vocabulary import texts_beside
from crlm.manuscript.trace import Study, keys_in, trace, write_trace
from crlm.plan.analysis import Plan
from crlm.wings.privacy.crate import describe_release
from crlm.wings.privacy.leaks import find_patients
from crlm.wings.privacy.suppression import suppress_release

PANEL = re.compile(r'(<script type="application/json" id="trace">).*?(</script>)', re.DOTALL)
PATIENT_LEVEL_FIGURES = ("waterfall",)  # with a mark for each patient
TEXTS = texts_beside(__file__)
SETTLED = {"few", "extreme", "all but few"}  # kinds of findings on tables, by suppression


def unresolved_doubt(findings: pd.DataFrame, cohort: dict, name: str) -> list[str]:
    """Return what stands against publishing where the privacy report doubts it and nobody decided.

    Parameters
    ----------
    findings
        `release`, `kind` and `weight` of each finding of `measures.measure_privacy`; those of the
        rows, which stay at home, don't count.
    cohort, name
        Its config and its name. What was decided of some kinds of findings holds for no other kind,
        and for any number of the same.
    """
    doubted = findings[(findings["release"] != "rows") & (findings["weight"] != "good")]
    found = {of: sorted({*own["kind"]}) for of, own in doubted.groupby("release", sort=True)}
    decided = cohort.get("publication", {}).get("findings", {})
    new = [
        f"{kind!r} in {of}" for of, kinds in found.items() for kind in kinds
        if kind not in decided.get(of, [])
    ]  # fmt: skip
    if not new:
        return []
    kinds = ", ".join(f"{of}: [{', '.join(own)}]" for of, own in found.items())
    return [
        f"results/{name}/privacy/privacy.html doubts {', '.join(new)}; "
        f"expected in config/cohorts/{name}.yaml who decided of it, and why: publication: "
        f'{{decided_by: …, date: "year-month-day", findings: {{{kinds}}}, reason: …}}'
    ]


def raw_rows(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the raw cells, a row a patient; `cells` is as the stage cohort wrote it."""
    own = cells[cells["variable"] != "patient_id"]
    table = own.pivot_table(index="patient_id", columns="variable", values="raw", aggfunc="first")
    return table[own["variable"].unique()].fillna("").reset_index()


def remove_patients(copy: Path, study: Study, panel: list[str]) -> None:
    """Take the patients out of the registry, the trace and the panel of the paper in a copy."""
    manuscript, json_path = copy / "manuscript", copy / "numbers/numbers.json"
    numbers = json.loads(json_path.read_text(encoding="utf-8"))
    for entry in numbers.values():
        del entry["patients"]
    json_path.write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    flat = json_path.with_suffix(".csv")
    read_texts(flat).drop(columns="patients").to_csv(flat, index=False, lineterminator="\n")
    keys = keys_in((manuscript / "paper.qmd").read_text(encoding="utf-8"), study.numbers)
    json_path = manuscript / "trace.json"
    claims = json.loads(json_path.read_text(encoding="utf-8"))["claims"]
    traced = trace(keys, study._replace(listed=0), claims)
    write_trace(traced, panel, json_path, manuscript / "trace.html")
    paper = manuscript / "paper.html"
    if paper.exists():
        (found,) = PANEL.finditer((manuscript / "trace.html").read_text(encoding="utf-8"))
        html = paper.read_text(encoding="utf-8")
        paper.write_text(PANEL.sub(lambda _: found[0], html), encoding="utf-8")


def publish_results(
    files: list[str],
    results: Path,
    target: Path,
    study: Study,
    panel: list[str],
    with_marks: bool,
    cohort: dict,
    timestamp: int,
    findings: pd.DataFrame,
    plan: Plan,
    small_cells: int,
) -> None:
    """Copy files of a cohort's results without patients, search the copy, and write its MANIFEST.

    Parameters
    ----------
    files
        The files to copy; the registry, the trace and paper.qmd are among them.
    results
        The folder that they lie in; its name is the cohort's.
    target
        Where the copy goes, in place of what was there; that stays where the new one is refused.
    study
        What the stages wrote.
    panel
        Style and script of the trace panel.
    with_marks
        Whether figures with a mark for each patient may be published.
    cohort
        Its config: what the rows are (`provenance`), title and authors.
    timestamp
        The date of the documents, seconds since 1970.
    findings
        Of the privacy report, as in `unresolved_doubt`.
    plan
        The cohort's.
    small_cells
        The smallest count beside 0 that may be published; 0 where any may.

    Raises
    ------
    InputError
        Where a patient is found in the copy (the files are named, not the patient), the privacy
        report doubts what nobody decided, or there are too few patients to hide small counts.
    """
    if small_cells:
        with_marks = False
        settled = (findings["release"] == "tables") & findings["kind"].isin(SETTLED)
        findings = findings[~settled]
    refused = unresolved_doubt(findings, cohort, target.name)
    with folder_whole(target) as copy:
        marks = [file for file in files if Path(file).stem in PATIENT_LEVEL_FIGURES]
        for file in files if with_marks else sorted({*files} - {*marks}):
            place = copy / Path(file).relative_to(results)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
        left_out, text = TEXTS["no_lists"], ""
        if small_cells:
            gone = suppress_release(copy, study.frame, plan, small_cells)
            gone += [Path(file).relative_to(results).as_posix() for file in marks]
            names = "\n".join(f"  {name}" for name in sorted({*gone}))
            left_out = TEXTS["suppressed"].format(most=small_cells - 1, gone=names)
        else:
            remove_patients(copy, study, panel)
            text = (copy / "manuscript/paper.qmd").read_text(encoding="utf-8")
        note = f"With a mark for each patient, but no name: {', '.join(PATIENT_LEVEL_FIGURES)}.\n"
        provenance = TEXTS["provenance"][cohort["provenance"]]
        decided = cohort.get("publication")
        about = TEXTS["about"].format(
            cohort=target.name, provenance=provenance, left_out=left_out, figures=note * with_marks,
            decision=TEXTS["decided"].format(**decided) if decided else "",
        )  # fmt: skip
        (copy / "README.txt").write_text(about, encoding="utf-8")
        first = " ".join(about.partition("\n\n")[0].split())
        describe_release(copy, target.name, cohort, first, timestamp)
        found = [*find_patients(copy, [study.frame, raw_rows(study.cells)]), *refused]
        found += [
            f"manuscript/paper.qmd: figures/{figure} has a mark for each patient, which "
            "config/privacy.yaml does not let be published"
            for figure in PATIENT_LEVEL_FIGURES
            if f"figures/{figure}" in text and not with_marks
        ]
        if found:
            raise InputError([f"not to be published: {line}" for line in found])
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(copy).as_posix()}"
            for path in sorted(copy.rglob("*"))
            if path.is_file()
        ]
        (copy / "MANIFEST").write_text("\n".join([*lines, ""]), encoding="utf-8")
