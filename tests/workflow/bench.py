"""Measure full and partial rebuilds on this machine, in a copy of the repository: medians.

`make bench`, or `python tests/workflow/bench.py REPEATS CORES`. The yardstick is one Python process
that does the work of all steps: the rules' own scripts, one after the other, as Snakemake wrote
them.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import repository
from repository import change_cell, change_sentence, copy_sources

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


def machine() -> str:
    """Return the machine in a line: processors, system, Python."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    return f"{os.cpu_count()} cores, {cpu}, {platform.system()}, Python {platform.python_version()}"


def main(repeats: int = 5, cores: int = 4) -> None:
    """Measure `repeats` times and print the medians."""
    print(f"{machine()}; snakemake --cores {cores}; medians of {repeats}", flush=True)
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
    medians = {case: statistics.median(run[case] for run in runs) for case in runs[0]}
    yardstick = list(medians.values())[-1]
    print(f"\n{'':38}{'seconds':>8}{'ratio':>8}")
    for case, median in medians.items():
        print(f"{case:38}{median:8.1f}{median / yardstick:8.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
