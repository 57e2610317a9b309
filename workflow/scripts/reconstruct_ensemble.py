"""Draw a share of the cohorts that keep the printed tables, and measure each."""

from functools import partial

from crlm.base.files import read_frame, read_yaml, write_frame
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.plan.analysis import read_plan
from crlm.wings.audit.transcription import binding_cells
from crlm.wings.reconstruction.ensemble import measure_draws

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    first = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    read_start = partial(read_frame, numbers=plan.number_columns)
    cells = binding_cells(*map(partial(read_frame, numbers=[]), snakemake.input.cells))
    draws = measure_draws(
        [first, *map(read_start, snakemake.input.starts)],
        cells,
        plan,
        snakemake.params.codebook,
        read_yaml(snakemake.input.plausibility),
        snakemake.wildcards.kept,
        snakemake.params.seed,
        snakemake.params.draws,
        snakemake.wildcards.scatteritem,
    )
    write_frame(draws, snakemake.output.draws)
