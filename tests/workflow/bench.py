"""Measure rebuilds and growth on this machine, in a copy of the repository; write bench.md.

`make bench`, or `python tests/workflow/bench.py REPEATS CORES LARGEST`. Rebuilds of 2024, beside
one of an older commit where git has it; whole papers of drawn cohorts, up to LARGEST patients; the
description and comparison of a million rows. Of each: seconds, processor seconds, and the largest
memory of a process.
"""

import ctypes
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

import repository
from repository import change_cell, change_sentence, copy_sources

sys.path.append(str(repository.ROOT / "tests/example"))
from many import draw_raw

SIZES = (25, 1_000, 10_000, 100_000)
OLDER = "89459d8"  # before the multiverse
ROWS = 1_000_000
# Describes and compares patients, each of a cohort many times over, from their two files.
COMPARE = """
import sys
sys.path.insert(0, "workflow/scripts")
import pandas as pd
from crlm.comparison import compare_groups
from crlm.config.configuration import read_configuration
from crlm.description import describe_tables, read_patients
from crlm.ledger import keep_ledger
from crlm.plan.analysis import read_plan
name, rows = sys.argv[1], int(sys.argv[2])
plan = read_plan(read_configuration("config", "workflow/schemas").plans[name])
files = [f"results/{name}/{table}.csv" for table in ("cohort/patients", "response/response")]
frame = read_patients(*files, plan)
frame = pd.concat([frame] * (rows // len(frame)), ignore_index=True)
describe_tables(frame, plan)
keep_ledger(frame, plan, compare_groups(frame, plan, "auto")[0])
"""


class Cost(NamedTuple):
    """What a command takes: seconds, those of processors, and MB of its largest process."""

    seconds: float
    processor: float
    memory: float


def run(folder: Path, *command: str) -> Cost:
    """Run Python with arguments as people do, and return what it and all its children took."""
    start, spent, memory = time.perf_counter(), 0.0, 0
    child = subprocess.Popen([sys.executable, *command], cwd=folder, stdout=subprocess.DEVNULL)
    left = True
    while left:
        try:
            pid, status, used = os.wait4(-1, 0)
        except ChildProcessError:  # no more of them
            left = False
            continue
        spent += used.ru_utime + used.ru_stime
        memory = max(memory, used.ru_maxrss)
        if pid == child.pid:
            took = time.perf_counter() - start
            if status:
                raise RuntimeError(f"{' '.join(command)[-200:]}: failed")
    return Cost(took, spent, memory / 1024)


def build(folder: Path, cores: int, *arguments: str) -> Cost:
    """Build a paper."""
    return run(folder, "-m", "snakemake", f"--cores={cores}", *arguments)


def forget(folder: Path) -> None:
    """Delete what was made in `folder`, Snakemake's memory included."""
    subprocess.run(["rm", "-rf", "results", ".snakemake"], cwd=folder, check=True)


def measure(folder: Path, older: Path | None, cores: int) -> dict[str, Cost]:
    """Return what each case takes, measured once."""
    costs = {}
    for case, place in ((f"full rebuild at {OLDER}", older), ("full rebuild", folder)):
        if place:
            forget(place)
            costs[case] = build(place, cores)
    costs["second run, nothing to be done"] = build(folder, cores)
    figure = "results/2024/figures/figure1.svg"
    costs["the figures"] = build(folder, cores, "--force", figure)
    build(folder, cores)
    change_sentence(folder)
    costs["one sentence changed"] = build(folder, cores)
    change_cell(folder)
    costs["one raw cell changed"] = build(folder, cores)
    return costs


def check_out_older(folder: Path) -> Path | None:
    """Return a folder with the files of the older commit, or nothing where git has none."""
    done = subprocess.run(
        ["git", "archive", OLDER], cwd=repository.ROOT, capture_output=True, check=False
    )
    if done.returncode:
        return None
    folder.mkdir()
    subprocess.run(["tar", "-x"], cwd=folder, input=done.stdout, check=True)
    return folder


def add_cohort(folder: Path, n: int) -> str:
    """Add a drawn cohort of `n` patients to a copy of the repository, and return its name."""
    name, raw = f"drawn_{n // 1000}k" if n >= 1000 else f"drawn_{n}", f"data/raw/drawn_{n}.csv"
    raw = raw.replace("000.", "k.")
    draw_raw(n).to_csv(folder / raw, index=False)
    text = (folder / "config/cohorts/2024.yaml").read_text(encoding="utf-8")
    own = {
        "raw": f"[{raw}]", "ranges": "[]", "provenance": "synthetic", "tests": "auto",
        "printed_version": "null", "printed": None,
    }  # fmt: skip
    lines = [
        line if key not in own else f"{key}: {own[key]}"
        for line in text.split("\n")
        for key in [line.partition(":")[0]]
        if own.get(key, "") is not None
    ]
    (folder / f"config/cohorts/{name}.yaml").write_text("\n".join(lines), encoding="utf-8")
    return name


def as_rows(costs: dict[str, Cost], first: str) -> list[list[str]]:
    """Return the lines of a table: case, seconds, their ratio to the first, the rest."""
    one = costs[first].seconds
    return [
        [case, f"{c.seconds:.1f}", f"{c.seconds / one:.2f}", f"{c.processor:.1f}",
         f"{c.memory:.0f}"]
        for case, c in costs.items()
    ]  # fmt: skip


def as_markdown(of: str, rows: list[list[str]]) -> str:
    """Return a table in Markdown, its numbers to the right."""
    head = [of, "s", "ratio", "processor s", "largest process, MB"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Return the machine in a line: processors, what else they do, system, Python."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {cpu}, load {os.getloadavg()[1]:.1f}, {system}"


def main(repeats: int = 3, cores: int = 4, largest: int = SIZES[-1]) -> None:
    """Measure `repeats` times, print the medians and write them to bench.md."""
    if sys.platform == "linux":  # wait for what the commands leave running too
        ctypes.CDLL(None).prctl(36, 1)
    where = f"{machine()}; snakemake --cores {cores}; medians of {repeats}"
    print(where, flush=True)
    runs, sizes, rows = [], {}, {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_sources(Path(temporary) / "repository")
        older = check_out_older(Path(temporary) / "older")
        for i in range(repeats):
            runs.append(measure(folder, older, cores))
            told = ", ".join(f"{cost.seconds:.1f}" for cost in runs[-1].values())
            print(f"run {i + 1}: {told} s", flush=True)
        for n in (n for n in SIZES if n <= largest):
            name = add_cohort(folder, n)
            sizes[f"{n:,}"] = build(folder, cores, "--config", f"cohort={name}")
            print(f"{n} patients: {sizes[f'{n:,}'].seconds:.1f} s", flush=True)
        for n in (largest, ROWS):
            rows[f"{n:,}"] = run(folder, "-c", COMPARE, name, str(n))
    costs = {
        case: Cost(
            *(statistics.median(part) for part in zip(*(r[case] for r in runs), strict=True))
        )
        for case in runs[0]
    }
    text = (
        f"# Measured on {date.today()}\n\n{where}; sizes once.\n\n"
        + as_markdown("2024", as_rows(costs, next(iter(costs))))
        + "\n\nWhole papers of drawn cohorts:\n\n"
        + as_markdown("patients", as_rows(sizes, next(iter(sizes))))
        + "\n\nDescription and comparison alone, start included:\n\n"
        + as_markdown("rows", as_rows(rows, next(iter(rows))))
    )
    print(f"\n{text}")
    Path("bench.md").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
