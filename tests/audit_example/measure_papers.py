"""Measure what the audit of any paper finds of planted and of published errors, beside statcheck.

`python tests/audit_example/measure_papers.py FOLDER FIRST LAST [LIBRARY]`, with the package on the
path and R with its package survival: prints a clean paper of the PBC trial (`papers/pbc.R`) for
each seed into the folder, plants one error of a kind in each, and audits them with and without it.
`LIBRARY` is where R finds statcheck; without it, it is left out. Writes trials.csv and prints a
Markdown table.
"""

import csv
import io
import random
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from crlm.base.files import read_yaml
from crlm.wings.audit.papers.auditing import check_paper
from crlm.wings.audit.papers.checks import find_faults
from crlm.wings.audit.papers.reading import read_paper

HERE = Path(__file__).parent
EXAMPLES = HERE / "papers"
SCHEMA = read_yaml(HERE.parents[1] / "workflow/schemas/paper.schema.yaml")
NUMBER = r"\d+(?:\.\d+)?"
STATCHECK = """
library <- commandArgs(TRUE)[1]; .libPaths(c(library, .libPaths())); home <- new.env()
lazyLoad(file.path(library, "statcheck/R/statcheck"), envir = home)
for (n in ls(home)) if (is.function(home[[n]])) environment(home[[n]]) <- home
home$ddply <- plyr::ddply
files <- commandArgs(TRUE)[-1]
texts <- sapply(files, function(f) paste(readLines(f, encoding = "UTF-8"), collapse = " "))
for (i in seq_along(texts)) { found <- home$statcheck(unname(texts[i]), messages = FALSE)
  wrong <- if (is.null(found)) character(0) else found$raw[found$error %in% TRUE]
  cat(i, "\\t", paste(wrong, collapse = "\\t"), "\\n", sep = "") }
"""
# Kind of error -> file, pattern of what it changes (of `x` one that is chosen), and what to.
TABLE, SMALL, RISKS, TEXT = "table1.csv", "table2.csv", "table3.csv", "text.md"
SHARE = rf'"(?P<x>\d+) \({NUMBER}\)"'


def off(text: str, rng: random.Random) -> str:
    """Change one digit, the first one seldom."""
    places = [i for i, sign in enumerate(text) if sign.isdigit()]
    i = rng.choice(places[1:] or places)
    return text[:i] + rng.choice([d for d in "0123456789" if d != text[i]]) + text[i + 1 :]


def transposed(text: str, rng: random.Random) -> str:
    """Let two neighbouring digits change places."""
    pairs = [i for i in range(len(text) - 1) if (text[i] + text[i + 1]).isdigit()]
    i = rng.choice(pairs or [0])
    return text[:i] + text[i : i + 2][::-1] + text[i + 2 :]


def shifted(text: str, rng: random.Random) -> str:
    """Move the decimal point of a p-value by one place."""
    return f"0.0{text[2:-1]}" if rng.random() < 0.5 else f"0.{text[3:]}0"


def standard_error(text: str, rng: random.Random) -> str:
    """Print a standard error of some 156 for an SD."""
    return f"{float(text) / 12.49:.{len(text.partition('.')[2])}f}"


P = r"(?P<x>0\.\d{3})"
PLANTINGS = {
    "count, a digit": (TABLE, SHARE, off),
    "count, transposed digits": (TABLE, SHARE, transposed),
    "percentage, a digit": (TABLE, rf'"\d+ \((?P<x>{NUMBER})\)"', off),
    "cell of the other arm": (TABLE, rf'"\d+ \({NUMBER}\)","(?P<x>\d+ \({NUMBER}\))",', None),
    "size of an arm": (TABLE, r"\(n = (?P<x>15\d)\)", off),
    "p of counts, a digit": (TABLE, rf'\(%\)",.*"{P}"$', off),
    "p of counts, decimal point": (TABLE, rf'\(%\)",.*"{P}"$', shifted),
    "p of means, a digit": (TABLE, rf'SD",.*"{P}"$', off),
    "mean, a digit": (TABLE, rf'"(?P<x>{NUMBER}) ±', off),
    "SD, a digit": (TABLE, rf'± (?P<x>{NUMBER})"', off),
    "standard error for SD": (TABLE, rf'± (?P<x>{NUMBER})"', standard_error),
    "median or quartile, a digit": (TABLE, rf'IQR\)",.*"(?P<x>{NUMBER}) \(', off),
    "odds ratio, a digit": (SMALL, rf'"(?P<x>{NUMBER}) \({NUMBER} to', off),
    "interval, a digit": (SMALL, rf'"{NUMBER} \({NUMBER} to (?P<x>{NUMBER})\)', off),
    "hazard ratio, a digit": (RISKS, rf'"(?P<x>{NUMBER}) \({NUMBER}–', off),
    "p of a hazard ratio, a digit": (RISKS, rf'"{P}"$', off),
    "statistic in the text, a digit": (TEXT, rf"\) = -?(?P<x>{NUMBER}), p", off),
    "p of a test in the text, a digit": (TEXT, rf", p = {P}", off),
    "number of the text, a digit": (TEXT, rf"(?P<x>{NUMBER})(?: ±|%\))", off),
}


def plant(kind: str, folder: Path, target: Path, rng: random.Random) -> list | None:
    """Write a paper with an error, if it has room; return file, line and number of what is new."""
    file, pattern, change = PLANTINGS[kind]
    lines = (folder / file).read_text(encoding="utf-8").split("\n")
    found = [(i, m) for i, line in enumerate(lines) for m in re.finditer(pattern, line)]
    found = [(i, m) for i, m in found if len(m["x"]) > 1]
    if not found:
        return None
    i, match = rng.choice(found)
    new = change(match["x"], rng) if change else lines[i][match.end("x") + 3 :].partition('"')[0]
    start, end = match.span("x")
    same = new == match["x"] or (change is not None and float(new) == float(match["x"]))
    if same or re.match(r"0\d", new):
        return None
    lines[i] = lines[i][:start] + new + lines[i][end:]
    target.mkdir(exist_ok=True)
    settings = (EXAMPLES / "pbc/paper.yaml").read_text(encoding="utf-8")
    if kind == "size of an arm":  # read off the head, as the draft does
        before, _, table = settings.partition('"table1.csv"')
        table = table.replace(f"n: {match['x']}", f"n: {new}", 1)
        settings = f'{before}"table1.csv"{table}'
    (target / "paper.yaml").write_text(settings, encoding="utf-8")
    for name in (TABLE, SMALL, RISKS, TEXT):
        text = "\n".join(lines) if name == file else (folder / name).read_text(encoding="utf-8")
        (target / name).write_text(text, encoding="utf-8")
    return [(file, i + 1, number) for number in re.findall(NUMBER, new)]


def judge(folder: Path) -> list:
    """Return the numbers at fault of a paper, as (file, line, number)."""
    faults = find_faults(check_paper(read_paper(folder, SCHEMA)))
    return [[(c.file, c.row, c.text.lstrip("-")) for c in fault.cells] for fault in faults]


def run_statcheck(library: str, texts: list[Path]) -> list[list[str]]:
    """Return what statcheck objects to in each text."""
    call = ["Rscript", "-e", STATCHECK, library, *map(str, texts)]
    lines = subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()
    return [[t for t in line.split("\t")[1:] if t] for line in lines if re.match(r"\d+\t", line)]


def located(planted: list, faults: list) -> bool:
    """Tell whether a planted number is blamed alone."""
    return any(len(fault) == 1 and fault[0] in planted for fault in faults)


def in_a_set(planted: list, faults: list) -> bool:
    """Tell whether it is only told to be one of several, one of which is wrong."""
    return not located(planted, faults) and any({*planted} & {*fault} for fault in faults)


def wrongly(planted: list, faults: list) -> int:
    """Count the other numbers that are blamed alone, and the sets without a planted one."""
    return sum(not {*planted} & {*fault} for fault in faults)


def measure(folder: Path, first: int, last: int, library: str) -> pd.DataFrame:
    """Audit a clean paper by each seed, and each kind of error in it."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["Rscript", EXAMPLES / "pbc.R", folder, str(first), str(last)], check=True)
    lines, texts = [], []
    for seed in range(first, last + 1):
        clean = folder / str(seed)
        settings = (EXAMPLES / "pbc/paper.yaml").read_text(encoding="utf-8")
        (clean / "paper.yaml").write_text(settings, encoding="utf-8")
        lines.append(("no error", seed, [], judge(clean)))
        texts.append(clean / TEXT)
        for kind in PLANTINGS:
            target = folder / f"{seed} {kind}"
            planted = plant(kind, clean, target, random.Random(f"{seed} {kind}"))
            if planted:
                faults = judge(target)
                lines.append((kind, seed, planted, faults))
                texts.append(target / TEXT)
    trials = pd.DataFrame(lines, columns=["kind", "seed", "planted", "faults"])
    pairs = [*zip(trials["planted"], trials["faults"], strict=True)]
    for name, count in (("located", located), ("in a set", in_a_set), ("wrongly", wrongly)):
        trials[name] = [count(planted, faults) for planted, faults in pairs]
    if library:
        trials["statcheck"] = [bool(found) for found in run_statcheck(library, texts)]
    return trials


def published() -> list[tuple[str, int, int, int, int]]:
    """Hold the audit of two criticised papers against what is known of each of their numbers.

    A mean of whole numbers is wrong if no whole sum, divided by n, rounds to it; that is tried here
    for each, without the audit's code. A test statistic is wrong if the critics say so.
    """
    lines = []
    for paper in ("regret", "taste"):
        folder = EXAMPLES / paper
        settings = read_yaml(folder / "paper.yaml")["tables"]
        blamed = {fault[0] for fault in judge(folder) if len(fault) == 1}
        wrong, right = set(), set()
        for file, table in settings.items():
            rows = list(csv.reader(io.StringIO((folder / file).read_text(encoding="utf-8"))))
            for row in (row for row in table["rows"] if row.get("step") == 1):
                sizes = row.get("n", [c["n"] for c in table["columns"] if c["is"] == "group"])
                for n, cell in zip(sizes, rows[row["row"] - 1][1:], strict=False):
                    mean = cell.split()[0]
                    near = {f"{(round(float(mean) * n) + k) / n:.2f}" for k in (-1, 0, 1)}
                    near |= {f"{(round(float(mean) * n) + k) / n + 1e-9:.2f}" for k in (-1, 0, 1)}
                    (right if mean in near else wrong).add((file, row["row"], mean))
        found, alarms = len(wrong & blamed), len(right & blamed)
        lines.append((paper, len(wrong), found, len(right), alarms))
    return lines


def main(folder: str, first: str, last: str, library: str = "") -> None:
    """Measure, write and print."""
    trials = measure(Path(folder), int(first), int(last), library)
    trials.to_csv(Path(folder) / "trials.csv", index=False)
    parts = ["located", "in a set", "wrongly", *(["statcheck"] if library else [])]
    print("| planted | papers | " + " | ".join(parts) + " |\n" + "| --- " * (len(parts) + 2) + "|")
    for kind, own in trials.groupby("kind", sort=False):
        print(f"| {kind} | {len(own)} | " + " | ".join(str(own[p].sum()) for p in parts) + " |")
    for paper, wrong, found, right, alarms in published():
        print(f"{paper}: {found} of {wrong} impossible means found, {alarms} of {right} others too")


if __name__ == "__main__":
    main(*sys.argv[1:])
