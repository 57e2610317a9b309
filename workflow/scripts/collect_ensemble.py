"""Collect the draws, and tell how far what the print leaves open differs between them."""

from crlm.base.files import read_frame, write_frame
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.plan.analysis import read_plan
from crlm.wings.reconstruction.left_open import measure_quantities
from crlm.wings.reconstruction.ranges import collect_draws, read_draws, summarise_draws

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    first = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    values = measure_quantities(first, plan, snakemake.params.rule)
    draws = collect_draws(map(read_draws, snakemake.input.shares))
    ranges = summarise_draws(draws, values, read_frame(snakemake.input.bounds, ["low", "high"]))
    write_frame(draws, snakemake.output.draws)
    write_frame(ranges, snakemake.output.ranges)
