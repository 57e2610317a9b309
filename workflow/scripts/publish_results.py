"""Copy a cohort's results without patients."""

from pathlib import Path

from crlm.base.files import read_texts
from crlm.base.problems import reported
from crlm.manuscript.trace import read_study
from crlm.plan.analysis import read_plan
from crlm.wings.privacy.release import publish_results

with reported(snakemake.log[0]):
    publish_results(
        snakemake.input.files,
        Path(snakemake.input.patients).parents[1],
        Path(snakemake.output[0]).parent,
        read_study(snakemake.input),
        snakemake.input.panel,
        snakemake.params.with_marks,
        snakemake.params.cohort,
        snakemake.params.timestamp,
        read_texts(snakemake.input.findings),
        read_plan(snakemake.params.plan),
        snakemake.params.small_cells,
    )
