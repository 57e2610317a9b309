"""Measure how many planted errors the audit locates, and what it blames besides.

`make recall` runs `python tests/audit_example/measure.py PLANTINGS FOLDER` with the package on the
path: so many papers with one error of each kind, three times as many without. It writes recall.csv
(a line a paper) and summary.csv (a line a kind) into the folder, and prints the latter.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from invented import PLAN, complete, grow, print_paper, state_claims
from plantings import ERRORS, plant
from scipy.stats import binomtest

from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.judging import FAULTS, audit_paper

CLEAN = "no error"
HELD_OUT = 2000  # the first seed that is measured: those below were looked at while this was made


def find_blamed(cells: pd.DataFrame, statements: pd.DataFrame) -> set[str]:
    """Audit a paper and return the ids of the numbers and statements that it blames."""
    proofs = find_conflicts(cells, PLAN, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=20)
    audit, _ = audit_paper(complete(cells), statements, PLAN, steps=PLAN["steps"], proofs=proofs)
    return {*audit.loc[audit["verdict"].isin(FAULTS), "id"]}


def try_planting(task: tuple[str, int]) -> dict:
    """Audit one paper and say whether its error was located, and what else was blamed."""
    kind, seed = task
    if kind == CLEAN:
        rows = grow(np.random.default_rng([seed, 0]))
        cells, statements, changed = print_paper(rows), state_claims(rows), []
    else:
        cells, statements, changed = plant(kind, seed)
    blamed = find_blamed(cells, statements)
    wrong = blamed - {*changed}
    return {"kind": kind, "seed": seed, "located": bool(blamed - wrong), "wrongly": len(wrong),
            "planted_ids": " ".join(changed), "wrong_ids": " ".join(sorted(wrong))}  # fmt: skip


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Count by kind of error where it was located, and what was blamed besides.

    Returns
    -------
    summary
        kind, papers, first_seed, last_seed, located (with its 95 % Wilson interval), wrongly (the
        numbers and statements blamed besides), alarms (the papers with any of these).
    """
    lines = []
    for kind, own in trials.groupby("kind", sort=False):
        located, papers = int(own["located"].sum()), len(own)
        low, high = binomtest(located, papers).proportion_ci(method="wilson")
        seeds = own["seed"].min(), own["seed"].max()
        wrong = int(own["wrongly"].sum()), int((own["wrongly"] > 0).sum())
        lines.append((kind, papers, *seeds, located, low, high, *wrong))
    columns = ["kind", "papers", "first_seed", "last_seed", "located", "ci_low", "ci_high",
               "wrongly", "alarms"]  # fmt: skip
    return pd.DataFrame(lines, columns=columns)


def main(plantings: int = 15, folder: str = "results/recall", first: int = HELD_OUT) -> None:
    """Measure, write, and print a Markdown table."""
    start, folder = time.perf_counter(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(kind, first + i) for kind in ERRORS for i in range(plantings)]
    tasks += [(CLEAN, first + i) for i in range(3 * plantings)]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        trials = pd.DataFrame(pool.map(try_planting, tasks, chunksize=4))
    planted = trials[trials["kind"] != CLEAN].assign(kind="all")
    summary = summarise(pd.concat([trials, planted]))
    trials.to_csv(folder / "recall.csv", index=False, lineterminator="\n")
    summary.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    print("| planted | papers | located | wrongly blamed |", "| --- " * 4 + "|", sep="\n")
    for row in summary.itertuples():
        located = "" if row.kind == CLEAN else row.located
        print(f"| {row.kind.replace('_', ' ')} | {row.papers} | {located} | {row.wrongly} |")
    print(f"{len(tasks)} papers in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
