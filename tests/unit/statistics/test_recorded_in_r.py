"""What R 4.2.2 and coin 1.4-2 answered, recorded with the call; R is asked again if installed."""

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from crlm.statistics.association import compare_counts, odds_ratio
from crlm.statistics.ranks import mann_whitney, spearman

with Path(__file__).with_name("recorded_in_r.csv").open(encoding="utf-8") as file:
    RECORDED = [*csv.DictReader(file)]
# R finds an odds ratio by optimisation. Of two equal strata, Mantel and Haenszel's chi-square is
# twice that of one, which is Pearson's times (n - 1) / n.
OURS = {
    "fisher": lambda t: [compare_counts(t, "fisher_freeman_halton").p_value],
    "pearson": lambda t: [compare_counts(t, "pearson_chi2").p_value],
    "odds_ratio": lambda t: [odds_ratio(t).estimate],
    "mantel_haenszel": lambda t: [
        2 * compare_counts(t, "pearson_chi2").statistic * (t.sum() - 1) / t.sum()
    ],
    "exact_with_ties": lambda s: [mann_whitney(*s, "exact").p_value],
    "asymptotic": lambda s: [mann_whitney(*s, "asymptotic").p_value],
    "spearman": lambda s: [spearman(*s).estimate, spearman(*s).p_value],
}
COUNTS = ("fisher", "pearson", "odds_ratio", "mantel_haenszel")


def samples_of(row):
    return [[int(number) for number in row[name].split()] for name in ("x", "y")]


@pytest.mark.parametrize("kind", OURS)
def test_our_answer_is_that_of_r(kind):
    of_kind = [row for row in RECORDED if row["kind"] == kind]
    assert len(of_kind) >= 8
    for row in of_kind:
        x, y = samples_of(row)
        # The call has the same numbers: x and y apart, or one after the other.
        told = [", ".join(map(str, s)) for s in (x, y)]
        assert ", ".join(told) in row["call"] or all(f"c({t})" in row["call"] for t in told)
        data = np.array([x, y]).T if kind in COUNTS else (x, y)
        found = OURS[kind](data)
        expected = [float(number) for number in row["answer"].split()]
        near = 1e-4 if kind == "odds_ratio" else 1e-8
        assert found == pytest.approx(expected, rel=near, abs=1e-4 * near), row["call"]


@pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R")
def test_r_still_answers_so():
    rows = [row for row in RECORDED if "coin" not in row["call"]]
    lines = "".join(f'cat(sprintf("%.12g", {row["call"]}), "\\n")\n' for row in rows)
    done = subprocess.run(
        ["Rscript", "--no-echo", "-"], input=f"options(warn = -1)\n{lines}", text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    answers = [line.split() for line in done.stdout.splitlines()]
    for row, answer in zip(rows, answers, strict=True):
        expected = [float(number) for number in row["answer"].split()]
        assert [float(number) for number in answer] == pytest.approx(expected, rel=1e-6)
