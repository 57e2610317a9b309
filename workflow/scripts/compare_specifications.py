"""Compare the groups in all combinations of the plan's choices: a share of the questions."""

from crlm.base.files import write_frame
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.multiverse import specify
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    frame = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    specifications = specify(
        frame,
        plan,
        snakemake.params.primary,
        snakemake.params.tests,
        snakemake.wildcards.scatteritem,
    )
    write_frame(specifications, snakemake.output.specifications)
