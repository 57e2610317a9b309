"""Render the manuscript of a cohort with what changed in it tracked."""

from pathlib import Path

from crlm.base.problems import reported
from crlm.wings.revision.tracked import render_tracked

with reported(snakemake.log[0]):
    render_tracked(
        Path(snakemake.input.old_qmd[0]),
        Path(snakemake.input.qmd),
        Path(snakemake.output[0]),
        Path(snakemake.input.theme[0]).parent,
        snakemake.params.timestamp,
        [snakemake.params.old_name, snakemake.wildcards.cohort],
    )
