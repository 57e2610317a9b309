"""Copy a cohort's results without patients."""

from crlm.problems import reported
from crlm.release import publish_results
from crlm.trace import read_study

with reported(snakemake.log[0]):
    publish_results(
        snakemake.input.files,
        snakemake.params.results,
        snakemake.params.target,
        read_study(snakemake.input, snakemake.params.plan),
        snakemake.input.panel,
        snakemake.params.with_marks,
        snakemake.params.provenance,
    )
