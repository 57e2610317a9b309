"""The same random data given to R, where it is installed: p-values, odds ratios, adjustments."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from crlm.ledger import adjust
from crlm.statistics.association import compare_counts, odds_ratio
from crlm.statistics.ranks import mann_whitney, spearman

TABLES = 250  # 2,000 agreed too, in half a minute
pytestmark = pytest.mark.skipif(not shutil.which("Rscript"), reason="needs R")

# `wilcox.test` is exact without ties alone, `cor.test` too; the asymptotic one has no continuity
# correction here. R finds the ends of an odds ratio to about 1 %.
SCRIPT = """
lines <- readLines(file("stdin"))
number <- function(text) as.numeric(strsplit(text, " ")[[1]])
for (line in lines) {
  part <- strsplit(line, ";")[[1]]
  x <- number(part[2]); y <- if (length(part) > 2) number(part[3]) else NULL
  told <- switch(part[1],
    table = { t <- matrix(x, ncol = 2)
      f <- fisher.test(t, workspace = 2e7)
      c(f$p.value, suppressWarnings(chisq.test(t, correct = FALSE)$p.value),
        if (nrow(t) == 2) c(f$estimate, f$conf.int) else NULL) },
    exact = wilcox.test(x, y, exact = TRUE)$p.value,
    asymptotic = suppressWarnings(wilcox.test(x, y, exact = FALSE, correct = FALSE)$p.value),
    rho = { r <- cor.test(x, y, method = "spearman", exact = TRUE); c(r$estimate, r$p.value) },
    adjust = c(p.adjust(x, "holm"), p.adjust(x, "BH")))
  cat(sprintf("%.17g", told), "\\n")
}
"""


def ask_r(lines):
    done = subprocess.run(
        ["Rscript", "-e", SCRIPT], input="\n".join(lines) + "\n", text=True, capture_output=True,
        check=True,
    )  # fmt: skip
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]


def told(kind, *samples):
    return ";".join([kind, *(" ".join(f"{value:.17g}" for value in s) for s in samples)])


@pytest.fixture
def draw():
    return np.random.default_rng(20261129)


def test_tables_of_counts(draw):
    tables = [draw.integers(0, 12, (draw.integers(2, 5), 2)) for _ in range(TABLES)]
    tables = [t for t in tables if t.sum(axis=0).all() and t.sum(axis=1).all()]
    answers = ask_r([told("table", t.T.ravel()) for t in tables])
    for table, (fisher, chi2, *odds) in zip(tables, answers, strict=True):
        assert compare_counts(table, "fisher_freeman_halton").p_value == pytest.approx(fisher)
        assert compare_counts(table, "pearson_chi2").p_value == pytest.approx(chi2)
        if odds:
            found = odds_ratio(table)
            assert found.estimate == pytest.approx(odds[0], rel=1e-3, abs=1e-3)
            assert found[1:] == pytest.approx(odds[1:], rel=0.03, abs=1e-3)


def test_two_samples(draw):
    without = [
        np.split(draw.permutation(40)[: m + n], [m]) for m, n in draw.integers(2, 12, (300, 2))
    ]
    tied = [
        (draw.integers(0, 6, m), draw.integers(0, 6, n)) for m, n in draw.integers(4, 60, (300, 2))
    ]
    answers = ask_r([told("exact", *s) for s in without] + [told("asymptotic", *s) for s in tied])
    pairs = zip([*without, *tied], ["exact"] * 300 + ["asymptotic"] * 300, answers, strict=True)
    for samples, method, (p,) in pairs:
        assert mann_whitney(*samples, method).p_value == pytest.approx(p), (samples, method)


def test_rank_correlations(draw):
    pairs = [(draw.permutation(n), draw.permutation(n)) for n in draw.integers(4, 8, 200)]
    for (x, y), (rho, p) in zip(pairs, ask_r([told("rho", *pair) for pair in pairs]), strict=True):
        found = spearman(x, y)
        assert (found.estimate, found.p_value) == pytest.approx((rho, p))


def test_adjusted_p_values(draw):
    families = [np.round(draw.random(n) ** 2, 3) for n in draw.integers(2, 30, 100)]
    for p, answer in zip(families, ask_r([told("adjust", p) for p in families]), strict=True):
        found = adjust(pd.Series(p)).sort_index()
        assert [*found["p_holm"], *found["p_bh"]] == pytest.approx(answer)
