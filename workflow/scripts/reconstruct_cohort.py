"""Reconstruct the 2024 cohort from the printed tables, and say which cells it can't meet."""

import logging

from crlm.base.files import read_texts, read_yaml
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.rows import reconstruct_cohort

with reported(snakemake.log[0]):
    logging.basicConfig(filename=snakemake.log[0], level=logging.INFO, format="%(message)s")
    cells = read_texts(snakemake.input.cells)
    text = read_texts(snakemake.input.text)
    plan = read_plan(read_yaml(snakemake.input.plan))
    assumed = read_yaml(snakemake.input.plausibility)
    codebook = read_yaml(snakemake.input.codebook)

    cohort, verdicts = reconstruct_cohort(
        cells, text, plan, codebook, assumed, snakemake.params.seed
    )

    cohort.to_csv(snakemake.output.cohort, index=False, lineterminator="\n")
    verdicts.to_csv(snakemake.output.cells, index=False, lineterminator="\n")
