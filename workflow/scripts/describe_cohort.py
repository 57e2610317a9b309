"""Describe a cohort: the plan's tables, of all patients and of the groups."""

from crlm.base.files import write_frames
from crlm.base.problems import reported
from crlm.description import describe_tables, read_patients
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    frame = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    tables = describe_tables(frame, plan)
    write_frames(tables, [*snakemake.output.tables, *snakemake.output.compared])
