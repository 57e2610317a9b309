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
from invented import PLAN, READ, complete, grow, print_paper, state_claims
from plantings import ERRORS, plant
from scipy.stats import binomtest

from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.judging import FAULTS, audit_paper
from crlm.wings.audit.verdict import Verdict

CLEAN = "no error"
HELD_OUT = 2000  # the first seed that is measured: those below were looked at while this was made


def find_blamed(cells: pd.DataFrame, statements: pd.DataFrame) -> list[set[str]]:
    """Audit a paper and return the ids of what it blames, alone or as one of a set."""
    proofs = find_conflicts(cells, READ, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=20)
    audit, _ = audit_paper(complete(cells), statements, READ, steps=PLAN["steps"], proofs=proofs)
    sets = audit[audit["verdict"] == Verdict.ONE_OF].groupby("explanation")["id"]
    return [{name} for name in audit.loc[audit["verdict"].isin(FAULTS), "id"]] + [
        {*names} for _, names in sets
    ]


def try_planting(task: tuple[str, int]) -> dict:
    """Audit one paper and say whether its error was located, and what else was blamed."""
    kind, seed = task
    if kind == CLEAN:
        rows = grow(np.random.default_rng([seed, 0]))
        cells, statements, changed = print_paper(rows), state_claims(rows), []
    else:
        cells, statements, changed = plant(kind, seed)
    blamed = find_blamed(cells, statements)
    hit = [names for names in blamed if names & {*changed}]
    wrong = [names for names in blamed if names not in hit]
    located = any(len(names) == 1 for names in hit)
    return {"kind": kind, "seed": seed, "located": located, "in_a_set": bool(hit) > located,
            "wrongly": len(wrong), "planted_ids": " ".join(changed),
            "wrong_ids": "; ".join(" ".join(sorted(names)) for names in wrong)}  # fmt: skip


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Count by kind of error where it was located, and what was blamed besides.

    Returns
    -------
    summary
        kind, papers, first_seed, last_seed, located (with its 95 % Wilson interval), in_a_set (it
        is only told to be one of several, one of which is wrong), wrongly (the numbers, statements
        and sets blamed besides), alarms (the papers with any of these).
    """
    lines = []
    for kind, own in trials.groupby("kind", sort=False):
        located, papers = int(own["located"].sum()), len(own)
        low, high = binomtest(located, papers).proportion_ci(method="wilson")
        seeds = own["seed"].min(), own["seed"].max()
        wrong = int(own["wrongly"].sum()), int((own["wrongly"] > 0).sum())
        in_a_set = int(own["in_a_set"].sum())
        lines.append((kind, papers, *seeds, located, low, high, in_a_set, *wrong))
    columns = ["kind", "papers", "first_seed", "last_seed", "located", "ci_low", "ci_high",
               "in_a_set", "wrongly", "alarms"]  # fmt: skip
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
    print("| planted | papers | located, in a set, wrongly blamed |", "| --- " * 3 + "|", sep="\n")
    for row in summary.itertuples():
        found = f"{row.located}, {row.in_a_set}, {row.wrongly}"
        print(f"| {row.kind.replace('_', ' ')} | {row.papers} | {found} |")
    print(f"{len(tasks)} papers in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
