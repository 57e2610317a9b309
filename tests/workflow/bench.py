"""Measure rebuilds and growth on this machine, in a copy of the repository; write bench.md.

`make bench`, or `python tests/workflow/bench.py REPEATS CORES`. The yardstick is one Python process
that does the work of all steps: the rules' own scripts, one after the other, as Snakemake wrote
them. Then whole papers of drawn cohorts, up to 100,000 patients: seconds, processor seconds and the
largest memory of a step.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

import repository
from repository import change_cell, change_sentence, copy_sources

sys.path.append(str(repository.ROOT / "tests/example"))
from many import draw_raw

SIZES = (25, 1_000, 10_000, 100_000)
build = partial(repository.build, PATH=os.environ["PATH"])  # in new processes, as for people

# Runs the scripts named on the command line in one process and prints the seconds it took. Each
# begins with Snakemake's preamble, whose imports are Snakemake's cost and not the work's: they are
# done before the clock starts.
YARDSTICK = """
import sys, time
import snakemake.iocontainers, snakemake.script
start = time.perf_counter()
for path in sys.argv[1:]:
    exec(compile(open(path).read(), path, "exec"), {"__name__": "__main__", "__file__": path})
print(time.perf_counter() - start)
"""


def seconds(step, *arguments, **options) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    step(*arguments, **options)
    return time.perf_counter() - start


def forget(folder: Path) -> None:
    """Delete what was made in `folder`, Snakemake's memory included."""
    subprocess.run(["rm", "-rf", "results", ".snakemake"], cwd=folder, check=True)


def keep_scripts(folder: Path) -> list[str]:
    """Build from nothing and keep the scripts that Snakemake ran, in their order."""
    forget(folder)
    build(folder, "--skip-script-cleanup")
    scripts = (folder / ".snakemake/scripts").glob("*.py")
    return [str(path) for path in sorted(scripts, key=lambda path: path.stat().st_mtime_ns)]


def run_in_one_process(folder: Path, scripts: list[str]) -> float:
    """Return how long one process needs for the work of `scripts`."""
    done = subprocess.run(
        [sys.executable, "-c", YARDSTICK, *scripts],
        cwd=folder, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def measure(folder: Path, cores: int, scripts: list[str]) -> dict[str, float]:
    """Return the seconds of each case, measured once."""
    times = {}
    forget(folder)
    times["full rebuild"] = seconds(build, folder, cores=cores)
    times["second run, nothing to be done"] = seconds(build, folder, cores=cores)
    change_sentence(folder)
    times["one sentence changed"] = seconds(build, folder, cores=cores)
    change_cell(folder)
    times["one raw cell changed"] = seconds(build, folder, cores=cores)
    times["the same steps in one Python process"] = run_in_one_process(folder, scripts)
    return times


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


def grow(folder: Path, cores: int) -> list[tuple]:
    """Build the paper of each size: patients, seconds, processor seconds, largest memory (MB).

    The memory is that of the largest process so far: the sizes grow.
    """
    measured = []
    for n in SIZES:
        name, before = add_cohort(folder, n), resource.getrusage(resource.RUSAGE_CHILDREN)
        took = seconds(build, folder, "--config", f"cohort={name}", cores=cores)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        measured.append((n, took, spent, after.ru_maxrss / 1024))
        print(f"{n} patients: {took:.1f} s", flush=True)
    return measured


def as_markdown(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown, its numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """Return the machine in a line: processors, system, Python."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    return f"{os.cpu_count()} cores, {cpu}, {platform.system()}, Python {platform.python_version()}"


def main(repeats: int = 5, cores: int = 4) -> None:
    """Measure `repeats` times, print the medians and write them to bench.md."""
    where = f"{machine()}; snakemake --cores {cores}; medians of {repeats}"
    print(where, flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = copy_sources(Path(temporary) / "repository")
        scripts = keep_scripts(folder)
        kept = Path(temporary) / "scripts"
        (folder / ".snakemake/scripts").rename(kept)
        scripts = [str(kept / Path(script).name) for script in scripts]
        runs = []
        for i in range(repeats):
            runs.append(measure(folder, cores, scripts))
            print(f"run {i + 1}: {', '.join(f'{t:.1f}' for t in runs[-1].values())} s", flush=True)
        sizes = grow(folder, cores)
    medians = {case: statistics.median(run[case] for run in runs) for case in runs[0]}
    yardstick = list(medians.values())[-1]
    cases = [[case, f"{t:.1f}", f"{t / yardstick:.2f}"] for case, t in medians.items()]
    first = sizes[0][1]
    grown = [
        [f"{n:,}", f"{took:.1f}", f"{took / first:.2f}", f"{spent:.1f}", f"{memory:.0f}"]
        for n, took, spent, memory in sizes
    ]
    text = (
        f"# Measured on {date.today()}\n\n{where}; sizes once.\n\n"
        + as_markdown(["2024", "s", "ratio"], cases)
        + "\n\nWhole papers of drawn cohorts:\n\n"
        + as_markdown(["patients", "s", "ratio", "processor s", "largest process, MB"], grown)
    )
    print(f"\n{text}")
    Path("bench.md").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
