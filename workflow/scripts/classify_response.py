"""Classify the radiological response of a cohort."""

from crlm.base.files import NUMBERS, read_frame, write_frame
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.response import classify_response

with reported(snakemake.log[0]):
    response, agreement = classify_response(
        read_frame(snakemake.input.patients, NUMBERS["response"]),
        read_plan(snakemake.params.plan),
        snakemake.params.primary,
    )
    write_frame(response, snakemake.output.response)
    write_frame(agreement, snakemake.output.agreement)
