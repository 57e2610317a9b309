"""Measure what a release would tell about single patients: row by row, in tables, by difference.

Definitions: k-anonymity, L. Sweeney, Int J Uncertain Fuzz 2002;10:557; l-diversity, distinct and
entropy, A. Machanavajjhala et al., ACM Trans Knowl Discov Data 2007;1:3; small cells and what
follows from them by subtraction, A. Hundepool et al., Statistical Disclosure Control, Wiley 2012.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crlm.base.files import NUMBERS, read_frame
from crlm.base.formats import patients as counted
from crlm.base.problems import InputError

CELL = ["table", "variable", "level", "group"]
FINDINGS = ["release", "kind", "weight", *CELL, "n", "of", "meaning"]


def in_bands(values: pd.Series, cuts: list[float]) -> pd.Series:
    """Return the band that each number lies in, by its ends; a missing one stays missing."""
    return pd.cut(values, [-math.inf, *sorted(cuts), math.inf], right=False).astype(object)


def class_sizes(patients: pd.DataFrame, quasi_identifiers: list[str]) -> pd.Series:
    """Return for each patient how many there are with the same quasi-identifiers, the patient too.

    The patients alike are an equivalence class; a missing value is like other missing ones.
    """
    return patients.groupby(quasi_identifiers, dropna=False)[quasi_identifiers[0]].transform("size")


def diversity(
    patients: pd.DataFrame, quasi_identifiers: list[str], sensitive: str
) -> tuple[float, float]:
    """Return the distinct and the entropy l of a sensitive column, the smallest of any class.

    Distinct l is the number of values in a class; entropy l is exp(−Σ p ln p) over their shares p.
    A missing value protects nobody and is not counted; a class without a known one tells nothing.
    Both are infinite where that is so of every class.
    """
    known = patients[patients[sensitive].notna()]
    if known.empty:
        return math.inf, math.inf
    own = known.groupby(quasi_identifiers, dropna=False).ngroup()
    counts = known.groupby([own, known[sensitive]]).size()
    share = counts / counts.groupby(level=0).transform("sum")
    entropies = -(share * np.log(share)).groupby(level=0).sum()
    return int(counts.groupby(level=0).size().min()), math.exp(entropies.min())


def measure_rows(patients: pd.DataFrame, config: dict) -> list[dict]:
    """Measure k-anonymity and l-diversity of the patients' rows, as they are and in bands."""
    quasi = config["quasi_identifiers"]
    banded = patients.assign(
        **{name: in_bands(patients[name], cuts) for name, cuts in quasi.items() if cuts}
    )
    measured = []
    for form, frame in (("exact values", patients), ("values in bands", banded)):
        sizes = class_sizes(frame, list(quasi))
        measured.append(
            {
                "form": form,
                "k": int(sizes.min()),
                "unique": int((sizes == 1).sum()),
                "few": int((sizes < config["smallest_class"]).sum()),
                "of": len(frame),
                "sizes": sizes.value_counts().sort_index().to_dict(),
                "diversity": {s: diversity(frame, list(quasi), s) for s in config["sensitive"]},
            }
        )
    return measured


def row_findings(measured: list[dict], config: dict) -> list[dict]:
    """Return the findings on the patients' rows."""
    findings = []
    for found in measured:
        few, place = found["k"] < config["smallest_class"], {"table": found["form"]}
        findings.append(
            {
                "kind": "k-anonymity", "weight": "bad" if few else "good", **place,
                "n": found["k"], "of": found["of"],
                "meaning": f"smallest class: {counted(found['k'])}; unlike any other: "
                + counted(found["unique"]),
            }
        )  # fmt: skip
        for sensitive, (distinct, entropy) in found["diversity"].items():
            if distinct < math.inf:
                given_away = distinct < config["smallest_diversity"]
                findings.append(
                    {
                        "kind": "l-diversity", "weight": "bad" if given_away else "good", **place,
                        "variable": sensitive, "n": distinct, "of": None,
                        "meaning": f"distinct l = {distinct}, entropy l = {entropy:.2f}: the "
                        "fewest values among patients alike",
                    }
                )  # fmt: skip
    return [{"release": "rows"} | finding for finding in findings]


def table_findings(tables: pd.DataFrame, smallest: int) -> list[dict]:
    """Return the cells of tables that tell of few patients, or the same of all.

    Parameters
    ----------
    tables
        The tidy tables one below the other, with a column `table`.
    smallest
        Fewer patients than this are few.
    """
    few = tables["level"].notna() & tables["n"].between(1, smallest - 1)
    # Cells that add up to a printed total: the levels of all patients, or the groups of a level.
    line = tables["level"].where(tables["group"] != "all", "all levels")
    alone = few & (few.groupby([tables["table"], tables["variable"], line]).transform("sum") == 1)
    findings = []
    for row in tables.itertuples():
        n, of = int(row.n), row.denominator
        told = [(f"a mean of {counted(n)}", "few")] * (0 < n < smallest)
        told += [("its ends are the values of a patient each", "extreme")] * (n > 0)
        if pd.notna(row.level):
            if few[row.Index]:
                neighbours = "; the line's other cells and its total give it away"
                told = [(counted(n) + neighbours * int(alone[row.Index]), "few")]
            elif n == of > 0:
                told = [(f"all of {of:.0f}: whoever is among them has it", "all")]
            else:
                rest = 0 < of - n < smallest
                whole = f"all but {of - n:.0f} of {of:.0f}" if n else f"none of {of:.0f}"
                told = [(whole, "all but few")] * rest
        findings += [
            {
                "release": "tables", "kind": kind, "weight": "doubt", "meaning": meaning,
                **{name: getattr(row, name) for name in (*CELL, "n")}, "of": of,
            }
            for meaning, kind in told
        ]  # fmt: skip
    return findings


def difference_findings(new: pd.DataFrame, old: pd.DataFrame, smallest: int) -> list[dict]:
    """Return what follows about added and withdrawn patients by subtracting an older release.

    `new` and `old` are the tables of both, as in `table_findings`; a level that only one of them
    has counts nobody in the other.
    """
    both = new.merge(old, on=CELL, how="outer", suffixes=("", "_old"), validate="one_to_one")
    shared = [set(map(tuple, t[["table", "variable", "group"]].to_numpy())) for t in (new, old)]
    findings = []
    for (table, variable, group), line in both.groupby(CELL[:2] + CELL[3:], sort=False):
        if (table, variable, group) not in shared[0] & shared[1]:
            continue
        place = {"table": table, "variable": variable, "group": group}
        change = (line["n"].fillna(0) - line["n_old"].fillna(0)).astype(int)
        total = int(change.sum())
        for row, n in zip(line.itertuples(), change, strict=True):
            if pd.isna(row.level):
                sums = [0 if m == 0 else m * mean for m, mean in
                        ((row.n, row.mean), (row.n_old, row.mean_old))]  # fmt: skip
                if abs(n) == 1:
                    kind, weight = "value", "bad"
                    meaning = f"the value of one patient: {abs(sums[0] - sums[1]):.4g}"
                elif 0 < abs(n) < smallest:
                    kind, weight = "few", "doubt"
                    meaning = f"the mean of {counted(abs(n))}: {(sums[0] - sums[1]) / n:.4g}"
                else:
                    continue
            elif n < 0:
                kind, weight = "gone", "bad"
                meaning = f"{-n} of those who withdrew or were corrected had this"
            elif n == total > 0 and len(line) > 1 and not (change < 0).any():
                kind, weight = "all added", "bad"
                meaning = f"all {n} added patients of whom it is known have this"
            elif 0 < n < smallest:
                kind, weight = "few", "doubt"
                meaning = f"{n} of {total} added patients have this"
            else:
                continue
            level = None if pd.isna(row.level) else row.level
            findings.append(
                {"kind": kind, "weight": weight, **place, "level": level, "n": n, "of": total,
                 "meaning": meaning}
            )  # fmt: skip
    return [{"release": "difference"} | finding for finding in findings]


def measure_privacy(
    patients: pd.DataFrame,
    tables: pd.DataFrame,
    earlier: tuple[pd.DataFrame, pd.DataFrame] | None,
    config: dict,
) -> tuple[pd.DataFrame, dict]:
    """Measure what a cohort's release would tell about single patients.

    Parameters
    ----------
    patients
        One row a patient; the columns that `config` names, numbers as numbers.
    tables
        All tables of the paper, one below the other, with a column `table`.
    earlier
        The same two of the cohort that this one follows; None where there is none.
    config
        `config/privacy.yaml`.

    Returns
    -------
    findings
        The columns `FINDINGS`. `release` is `rows`, `tables` or `difference`; `weight` is `bad`,
        `doubt` or `good`.
    facts
        For the report: `rows`, as `measure_rows` returns it; `added`, `withdrawn`, how many
        patients, or None; `verdict`, the worst weight of the `rows` and of the `tables`, in which
        the difference counts.

    Raises
    ------
    InputError
        Where `config` names a column that the patients don't have.
    """
    named = [*config["quasi_identifiers"], *config["sensitive"]]
    if unknown := [name for name in named if name not in patients]:
        raise InputError([f"config/privacy.yaml: no column {name}" for name in unknown])
    smallest = config["smallest_class"]
    rows = measure_rows(patients, config)
    found = row_findings(rows, config) + table_findings(tables, smallest)
    facts: dict[str, Any] = {"rows": rows, "added": None, "withdrawn": None}
    if earlier:
        before, old_tables = earlier
        found += difference_findings(tables, old_tables, smallest)
        ids, old_ids = set(patients["patient_id"]), set(before["patient_id"])
        facts |= {"added": len(ids - old_ids), "withdrawn": len(old_ids - ids)}
    findings = pd.DataFrame(found, columns=FINDINGS).astype({"n": "float64", "of": "float64"})
    of_rows = findings["release"] == "rows"
    facts["verdict"] = {"rows": worst(findings[of_rows]), "tables": worst(findings[~of_rows])}
    return findings, facts


def worst(findings: pd.DataFrame) -> str:
    """Return the gravest weight among findings."""
    return next((w for w in ("bad", "doubt") if (findings["weight"] == w).any()), "good")


def read_release(
    patients: list[str], tables: list[str], config: dict
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Read a cohort's patients and tables as `measure_privacy` takes them; None where no files."""
    if not patients:
        return None
    (path,) = patients
    numbers = [name for name, cuts in config["quasi_identifiers"].items() if cuts]
    frames = [read_frame(t, NUMBERS["table"]).assign(table=Path(t).stem) for t in tables]
    return read_frame(path, numbers), pd.concat(frames, ignore_index=True)
