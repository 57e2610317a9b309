"""Reconstruct another cohort from the printed tables: a start for the ensemble."""

import logging

from crlm.base.files import read_texts, read_yaml
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.audit.transcription import binding_cells
from crlm.wings.reconstruction.rows import reconstruct_rows

with reported(snakemake.log[0]):
    logging.basicConfig(filename=snakemake.log[0], level=logging.INFO, format="%(message)s")
    cells = read_texts(snakemake.input.cells)
    text = read_texts(snakemake.input.text)
    plan = read_plan(read_yaml(snakemake.input.plan))
    assumed = read_yaml(snakemake.input.plausibility)
    codebook = read_yaml(snakemake.input.codebook)

    rows = reconstruct_rows(
        binding_cells(cells, text), plan, codebook, assumed, int(snakemake.wildcards.seed)
    )

    rows.to_csv(snakemake.output.rows, index=False, lineterminator="\n")
