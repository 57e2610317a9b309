"""Prove by the solver how far the rank tests go in any cohort that keeps the printed tables."""

from functools import partial

from crlm.base.files import read_frame, read_yaml, write_frame
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.plan.analysis import read_plan
from crlm.wings.audit.transcription import binding_cells
from crlm.wings.reconstruction.bounds import prove_bounds

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    rows = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    cells = binding_cells(*map(partial(read_frame, numbers=[]), snakemake.input.cells))
    ranges = read_yaml(snakemake.input.plausibility)["ranges"]
    bounds = prove_bounds(cells, rows, plan, snakemake.params.codebook, ranges)
    write_frame(bounds, snakemake.output.bounds)
