"""Measure how many planted errors the audit locates, and what it blames besides.

`make recall` runs `python tests/audit_example/measure.py PLANTINGS FOLDER` with the package on the
path: so many papers with one error of each kind, three times as many without. It writes recall.csv
(a line a paper) and summary.csv (a line a kind) into the folder, and prints the latter.
"""

import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from invented import PLAN, READ, complete, grow, print_paper, rounded, state_claims
from plantings import ERRORS, OF_NUMBERS, plant
from scipy.stats import binomtest

from crlm.base.files import folder_whole
from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.judging import FAULTS, audit_paper
from crlm.wings.audit.verdict import Verdict

CLEAN = "no error"
HELD_OUT = 2000  # the first seed that is measured: those below were looked at while this was made


def find_blamed(cells: pd.DataFrame, statements: pd.DataFrame) -> tuple[list[set[str]], tuple]:
    """Audit a paper; return the ids of what it blames, alone or as one of a set, and the proofs."""
    proofs = find_conflicts(cells, READ, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=20)
    audit, _ = audit_paper(complete(cells), statements, READ, steps=PLAN["steps"], proofs=proofs)
    sets = audit[audit["verdict"] == Verdict.ONE_OF].groupby("explanation")["id"]
    alone = audit.loc[audit["verdict"].isin(FAULTS), "id"]
    return [*({name} for name in alone), *({*names} for _, names in sets)], proofs


def other_repairs(corrections: pd.DataFrame, blamed: set[str], changed: set[str]):
    """Yield what would mend a paper elsewhere than where it errs: id -> another number."""
    for row in corrections.itertuples():
        ids = row.cells.split()
        if row.rest or {*ids} & changed or not {*ids} <= blamed:
            continue
        if row.slip and "?" not in row.meant:
            yield dict(zip(ids, row.meant.split(), strict=True))
        elif not row.slip and row.instead.count("→") == 1:
            yield from (
                dict.fromkeys(ids, x) for x in re.findall(r"(?:→|or) ([\d.]+)", row.instead)
            )


def is_tie(cells, statements, changed: set[str], blamed: set[str], proofs: tuple) -> bool:
    """Tell whether a set is a proven tie: with one more change elsewhere all that is printed holds.

    So it does with the planted error undone, and no printed number tells the two apart.
    """
    for meant in other_repairs(proofs[1], blamed, changed):
        texts = {
            i: rounded(Fraction(meant[i]), int(d))
            for i, d in zip(cells["id"], cells["decimals"], strict=True)
            if i in meant
        }
        mended = cells.assign(text=cells["id"].map(texts).fillna(cells["text"]))
        if not find_blamed(mended, statements)[0]:
            return True
    return False


def try_planting(task: tuple[str, int]) -> dict:
    """Audit one paper and say whether its error was located, and what else was blamed."""
    kind, seed = task
    if kind == CLEAN:
        rows = grow(np.random.default_rng([seed, 0]))
        cells, statements, changed = print_paper(rows), state_claims(rows), []
    else:
        cells, statements, changed = plant(kind, seed)
    blamed, proofs = find_blamed(cells, statements)
    hit = [names for names in blamed if names & {*changed}]
    wrong = [names for names in blamed if names not in hit]
    located = any(len(names) == 1 for names in hit)
    in_a_set = bool(hit) > located
    tie = in_a_set and is_tie(cells, statements, {*changed}, set.union(*hit), proofs)
    hidden = kind in OF_NUMBERS and not blamed and proofs[0].empty
    return {"kind": kind, "seed": seed, "located": located, "in_a_set": in_a_set, "tie": tie,
            "hidden": hidden, "wrongly": len(wrong), "planted_ids": " ".join(changed),
            "wrong_ids": "; ".join(" ".join(sorted(names)) for names in wrong)}  # fmt: skip


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Count by kind of error where it was located, and what was blamed besides.

    Returns
    -------
    summary
        kind, papers, first_seed, last_seed, located (with its 95 % Wilson interval), in_a_set (it
        is only told to be one of several, one of which is wrong), tie (those of these where another
        repair is proven to leave no contradiction), hidden (all that is printed can hold together,
        so that nothing can tell), wrongly (the numbers, statements
        and sets blamed besides), alarms (the papers with any of these).
    """
    lines = []
    for kind, own in trials.groupby("kind", sort=False):
        located, papers = int(own["located"].sum()), len(own)
        low, high = binomtest(located, papers).proportion_ci(method="wilson")
        seeds = own["seed"].min(), own["seed"].max()
        wrong = int(own["wrongly"].sum()), int((own["wrongly"] > 0).sum())
        told = (int(own[name].sum()) for name in ("in_a_set", "tie", "hidden"))
        lines.append((kind, papers, *seeds, located, low, high, *told, *wrong))
    columns = ["kind", "papers", "first_seed", "last_seed", "located", "ci_low", "ci_high",
               "in_a_set", "tie", "hidden", "wrongly", "alarms"]  # fmt: skip
    return pd.DataFrame(lines, columns=columns)


def main(plantings: int = 15, folder: str = "results/recall", first: int = HELD_OUT) -> None:
    """Measure, write, and print a Markdown table."""
    start = time.perf_counter()
    tasks = [(kind, first + i) for kind in ERRORS for i in range(plantings)]
    tasks += [(CLEAN, first + i) for i in range(3 * plantings)]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        trials = pd.DataFrame(pool.map(try_planting, tasks, chunksize=4))
    planted = trials[trials["kind"] != CLEAN].assign(kind="all")
    summary = summarise(pd.concat([trials, planted]))
    with folder_whole(Path(folder)) as new:
        trials.to_csv(new / "recall.csv", index=False, lineterminator="\n")
        summary.to_csv(new / "summary.csv", index=False, lineterminator="\n")
    print("| planted | papers | located | in a proven tie | in another set | hidden | wrongly |")
    print("| --- " * 7 + "|")
    for row in summary.itertuples():
        counts = row.located, row.tie, row.in_a_set - row.tie, row.hidden, row.wrongly
        print("|", " | ".join(map(str, (row.kind.replace("_", " "), row.papers, *counts))), "|")
    print(f"{len(tasks)} papers in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
