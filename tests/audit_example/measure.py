"""Measure how many planted errors the audit finds, and what it says of papers without any.

`make recall` runs `python tests/audit_example/measure.py PLANTINGS FOLDER` with the package on the
path: so many papers with one error of each kind, three times as many without. It writes recall.csv
(a line for each paper and part of the audit), summary.csv (for each kind and part) and recall.svg,
recall.png into the folder.
"""

import math
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from invented import PLAN, complete, grow, print_paper, state_claims
from matplotlib.figure import Figure
from plantings import ERRORS, plant

from crlm.figures.style import STYLE, WIDTH, save_figures
from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.grim import check_grains
from crlm.wings.audit.judging import FAULTS, audit_paper
from crlm.wings.audit.printed_tests import compare_methods

CLEAN = "no error"
HELD_OUT = 2000  # the first seed that is measured: those below were looked at while this was made
PARTS = ("verdicts", "solver", "GRIM", "methods", "any")
DETECTED, LOCATED, ALARM = "#9CCBE8", "#004B76", "#E69F00"


def audit(cells: pd.DataFrame, statements: pd.DataFrame) -> dict[str, tuple[list, set]]:
    """Audit a paper: for each part its objections, as lists of ids, and the ids that it blames."""
    conflicts, corrections, known = find_conflicts(
        cells, PLAN, PLAN["codebook"], PLAN["steps"], PLAN["weights"], tries=20
    )
    proofs = conflicts, corrections
    verdicts, _ = audit_paper(complete(cells), statements, PLAN, steps=PLAN["steps"], proofs=proofs)
    grains = check_grains(cells, known, PLAN["variables"], PLAN["steps"])
    _, choices, _ = compare_methods(cells, PLAN, known, PLAN["named_tests"], PLAN["alpha"])
    named = {r["variable"]: r["published"]["test"] for table in PLAN["tables"].values()
             for r in table["rows"] if r.get("published")}  # fmt: skip
    variables = cells.set_index("id")["variable"]
    alone = {
        "verdicts": verdicts.loc[verdicts["verdict"].isin(FAULTS), "id"],
        "GRIM": grains.loc[grains["verdict"] == "impossible", "id"],
        "methods": [c.id for c in choices.itertuples()
                    if named[variables[c.id]] not in c.given_by.split()],
    }  # fmt: skip
    found = {part: ([[i] for i in ids], set(ids)) for part, ids in alone.items()}
    sets = [f"{c.cells} {c.repeats}".split() for c in conflicts.itertuples()]
    found["solver"] = sets, {i for ids in corrections["cells"] for i in ids.split()}
    found["any"] = (
        [ids for objections, _ in found.values() for ids in objections],
        set().union(*(blamed for _, blamed in found.values())),
    )
    return found


def try_planting(task: tuple[str, int]) -> list[dict]:
    """Audit one paper and say what each part found of its error."""
    kind, seed = task
    if kind == CLEAN:
        rows = grow(np.random.default_rng([seed, 0]))
        cells, statements, changed = print_paper(rows), state_claims(rows), []
    else:
        cells, statements, changed = plant(kind, seed)
    found = audit(cells, statements)
    lines = []
    for part in PARTS:
        objections, blamed = found[part]
        lines.append(
            {"kind": kind, "seed": seed, "part": part,
             "detected": bool(objections),  # in a paper without error: a false alarm
             "located": bool({*changed} & blamed),
             "blamed": len(blamed),
             "elsewhere": sum(not {*changed} & {*ids} for ids in objections),
             "planted_ids": " ".join(changed), "blamed_ids": " ".join(sorted(blamed))}
        )  # fmt: skip
    return lines


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson, JASA 1927;22:209–12)."""
    z = 1.959964
    centre, half = (
        (k + z**2 / 2) / (n + z**2),
        z * math.sqrt(k * (n - k) / n + z**2 / 4) / (n + z**2),
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def summarise(trials: pd.DataFrame) -> pd.DataFrame:
    """Count what each part detected and located, by kind of error; false alarms of clean papers.

    `blamed` is the mean number of cells blamed in a paper, `elsewhere` the number of papers with an
    objection that names no planted cell.
    """
    lines = []
    for (kind, part), own in trials.groupby(["kind", "part"], sort=False):
        detected, located, n = int(own["detected"].sum()), int(own["located"].sum()), len(own)
        low, high = wilson(detected, n)
        lines.append(
            {"kind": kind, "part": part, "papers": n, "first_seed": own["seed"].min(),
             "last_seed": own["seed"].max(), "detected": detected, "ci_low": low, "ci_high": high,
             "located": located, "blamed": own["blamed"].mean(),
             "elsewhere": int((own["elsewhere"] > 0).sum())}
        )  # fmt: skip
    return pd.DataFrame(lines)


def draw(summary: pd.DataFrame) -> Figure:
    """Draw the shares detected and located, a column of bars for each part of the audit."""
    kinds = list(summary["kind"].drop_duplicates())
    y = np.arange(len(kinds))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.27 * len(kinds) + 1.1), layout="constrained")
        for axes, part in zip(figure.subplots(1, len(PARTS), sharey=True), PARTS, strict=True):
            own = summary[summary["part"] == part].set_index("kind").loc[kinds]
            shares = 100 * own["detected"] / own["papers"]
            clean = np.array(kinds) == CLEAN
            wide = axes.barh(y[~clean], shares[~clean], color=DETECTED, height=0.75)
            narrow = axes.barh(
                y[~clean], 100 * own["located"][~clean] / own["papers"][~clean],
                color=LOCATED, height=0.3,
            )  # fmt: skip
            alarm = axes.barh(y[clean], shares[clean], color=ALARM, hatch="///", height=0.75)
            for at, share in zip(y[clean], shares[clean], strict=True):
                axes.text(share + 4, at, f"{share:.2g} %", va="center")
            axes.set_title({"any": "any of them"}.get(part, part), fontsize=9)
            axes.set_yticks(y, [kind.replace("_", " ") for kind in kinds])
            axes.set_xlim(0, 104)
            axes.set_ylim(-0.6, len(kinds) - 0.4)
            axes.set_xticks([0, 50, 100], ["0", "50", "100"])
            axes.get_xticklabels()[0].set_horizontalalignment("left")
            axes.get_xticklabels()[2].set_horizontalalignment("right")
            axes.set_axisbelow(True)
            axes.grid(axis="x", color="#dddddd", lw=0.6)
            axes.tick_params(axis="y", length=0)
        figure.axes[0].invert_yaxis()
        figure.supxlabel("papers (%)", fontsize=9)
        figure.legend(
            [wide, narrow, alarm],
            ["paper objected to", "planted cell blamed", "false alarm: paper without error"],
            loc="outside upper right", ncols=3, frameon=False,
        )  # fmt: skip
    return figure


def tabulate(summary: pd.DataFrame) -> str:
    """Write detected / located of each kind (rows) and part (columns) as a Markdown table."""
    lines = ["| planted | papers | " + " | ".join(PARTS) + " |", "| --- " * (len(PARTS) + 2) + "|"]
    for kind, own in summary.groupby("kind", sort=False):
        cells = [str(c.detected) if kind == CLEAN else f"{c.detected} / {c.located}"
                 for c in own.itertuples()]  # fmt: skip
        cells = [kind.replace("_", " "), str(own["papers"].iloc[0]), *cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(plantings: int = 15, folder: str = "results/recall") -> None:
    """Measure, write and draw."""
    start, folder = time.perf_counter(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [(kind, HELD_OUT + i) for kind in ERRORS for i in range(plantings)]
    tasks += [(CLEAN, HELD_OUT + i) for i in range(3 * plantings)]
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        papers = pool.map(try_planting, tasks, chunksize=4)
        trials = pd.DataFrame([line for lines in papers for line in lines])
    summary = summarise(trials)
    trials.to_csv(folder / "recall.csv", index=False, lineterminator="\n")
    summary.to_csv(folder / "summary.csv", index=False, lineterminator="\n")
    save_figures({"recall": draw(summary)}, [f"{folder}/recall.svg", f"{folder}/recall.png"])
    print(
        tabulate(summary), f"{len(tasks)} papers in {time.perf_counter() - start:.0f} s", sep="\n"
    )


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))
