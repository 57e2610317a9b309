"""Compare the groups in all combinations of the plan's choices: a share of the questions."""

from crlm.base.files import write_frame
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.multiverse import specify

with reported(snakemake.log[0]):
    plan = snakemake.params.plan
    frame = read_patients(snakemake.input.patients, snakemake.input.response, plan["variables"])
    specifications = specify(
        frame,
        plan,
        snakemake.params.primary,
        snakemake.params.tests,
        snakemake.wildcards.scatteritem,
    )
    write_frame(specifications, snakemake.output.specifications)
