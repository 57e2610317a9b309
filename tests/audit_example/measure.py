"""Measure how many planted errors the audit finds, and what it says of papers without any.

`make recall` runs `python tests/audit_example/measure.py PLANTINGS FOLDER` with the package on the
path: so many papers with one error of each kind and as many without. It writes recall.csv (one line
a paper), summary.csv (one a kind) and recall.svg, recall.png into the folder.
"""

import math
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from invented import ERRORS, PLAN, grow, plant, print_paper

from crlm.consistency import find_conflicts
from crlm.grim import check_grains
from crlm.printed_tests import compare_methods

CLEAN = "no error"


def audit(cells: pd.DataFrame) -> dict[str, list]:
    """Run all checks on a transcription: what each of them objects to, as lists of ids."""
    conflicts, corrections, known = find_conflicts(
        cells, PLAN, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=20
    )
    grains = check_grains(cells, known, PLAN["variables"], PLAN["steps"])
    _, choices, _ = compare_methods(cells, PLAN, known, PLAN["named_tests"], PLAN["alpha"])
    bad = grains["verdict"] == "impossible"
    tables = {f"table{n}" for n in (1, 2)}
    named = {r["variable"]: r["published"]["test"] for t in tables
             for r in PLAN["tables"][t]["rows"] if r.get("published")}  # fmt: skip
    other = [
        c.id for c in choices.itertuples()
        if named[variable_of(cells, c.id)] not in c.given_by.split()
    ]  # fmt: skip
    return {
        "conflicts": [ids.split() for ids in conflicts["cells"]],
        "repeats": [ids.split() for ids in conflicts["repeats"]],
        "corrections": [ids.split() for ids in corrections["cells"]],
        "grim": [[i] for i in grains.loc[bad, "id"]],
        "methods": [[i] for i in other],
    }


def variable_of(cells: pd.DataFrame, name: str) -> str:
    """Return the variable of a cell."""
    return cells.loc[cells["id"] == name, "variable"].iloc[0]


def try_planting(task: tuple[str, int]) -> dict:
    """Audit one paper and say what was found of its error."""
    kind, seed = task
    start = time.perf_counter()
    if kind == CLEAN:
        cells, changed = print_paper(grow(np.random.default_rng([seed, 0]))), []
    else:
        cells, changed = plant(kind, seed)
    found = audit(cells)
    objections = {
        "conflicts": [c + r for c, r in zip(found["conflicts"], found["repeats"], strict=True)],
        "grim": found["grim"],
        "methods": found["methods"],
    }
    hit = {by: any({*changed} & {*ids} for ids in sets) for by, sets in objections.items()}
    given_up = {i for ids in found["corrections"] for i in ids}
    sets = [ids for by in objections.values() for ids in by]
    return {
        "kind": kind,
        "seed": seed,
        "numbers": len(cells),
        "changed": " ".join(changed),
        "found": any(hit.values()),
        "by": " ".join(by for by, yes in hit.items() if yes),
        # the cell itself is among those to give up, or an objection speaks of it alone
        "pointed_at": bool({*changed} & given_up) or any({*changed} >= {*ids} for ids in sets),
        "false_alarms": sum(not {*changed} & {*ids} for ids in sets),
        "seconds": round(time.perf_counter() - start, 2),
    }


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson, JASA 1927;22:209–12)."""
    z = 1.959964
    centre, half = (
        (k + z**2 / 2) / (n + z**2),
        z * math.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2),
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Count what was found by kind of error."""
    lines = []
    for kind, own in trials.groupby("kind", sort=False):
        low, high = wilson(int(own["found"].sum()), len(own))
        lines.append(
            {"kind": kind, "papers": len(own), "found": int(own["found"].sum()),
             "recall": own["found"].mean(), "ci_low": low, "ci_high": high,
             "pointed_at": int(own["pointed_at"].sum()),
             "papers_with_false_alarms": int((own["false_alarms"] > 0).sum()),
             "seconds_each": own["seconds"].mean()}
        )  # fmt: skip
    return pd.DataFrame(lines)


def draw(summary: pd.DataFrame, folder: Path) -> None:
    """Draw the recall by kind of error, and the false alarms beside it."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "recall"
    kinds = summary[summary["kind"] != CLEAN].iloc[::-1]
    clean = summary[summary["kind"] == CLEAN].iloc[0]
    figure, axes = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
    y = np.arange(len(kinds))
    share = kinds["recall"].to_numpy()
    axes.barh(y, share, color="#3b6ea5", height=0.62, label="found")
    axes.barh(y, kinds["pointed_at"] / kinds["papers"], color="#a9c4de", height=0.28,
              label="cell itself pointed at")  # fmt: skip
    ends = np.abs(kinds[["ci_low", "ci_high"]].to_numpy().T - share)
    axes.errorbar(share, y, xerr=ends, fmt="none", ecolor="black", capsize=2, lw=1)
    for i, line in enumerate(kinds.itertuples()):
        axes.text(1.02, i, f"{line.found} of {line.papers}", va="center", fontsize=9)
    axes.set_yticks(y, [kind.replace("_", " ") for kind in kinds["kind"]])
    axes.set_xlim(0, 1.16)
    axes.set_xticks(np.arange(0, 1.1, 0.2), [f"{v:.0%}" for v in np.arange(0, 1.1, 0.2)])
    axes.set_xlabel("planted errors found (bars: 95 % interval)")
    alarms = kinds["papers_with_false_alarms"].sum() + clean["papers_with_false_alarms"]
    axes.set_title(
        f"{int(kinds['papers'].sum())} papers with one error, {clean['papers']} without; "
        f"papers with a false alarm: {alarms}",
        fontsize=10, loc="left",
    )  # fmt: skip
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, -0.3), ncols=2, frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(folder / "recall.svg", metadata={"Date": None})
    figure.savefig(folder / "recall.png", dpi=150)
    plt.close(figure)


def main(plantings: int = 20, folder: str = "results/recall") -> None:
    """Measure, write and draw."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(kind, seed) for kind in [*ERRORS, CLEAN] for seed in range(plantings)]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        trials = pd.DataFrame(pool.map(try_planting, tasks, chunksize=4))
    summary = summarise(trials)
    trials.to_csv(folder / "recall.csv", index=False, lineterminator="\n")
    summary.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    draw(summary, folder)
    print(summary.round(3).to_string(index=False))


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
