"""Compare the response groups: the plan's tables of both, and the tests."""

from crlm.base.files import write_frame, write_frames
from crlm.base.problems import reported
from crlm.comparison import compare_groups
from crlm.description import describe_tables, read_patients
from crlm.ledger import keep_ledger
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    frame = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    tables = describe_tables(frame, plan, snakemake.params.names)
    write_frames(tables, snakemake.output.tables)
    tests, sensitivity = compare_groups(frame, plan, snakemake.params.tests)
    write_frame(tests, snakemake.output.tests)
    write_frame(sensitivity, snakemake.output.sensitivity)
    ledger, effects = keep_ledger(frame, plan, tests)
    write_frame(ledger, snakemake.output.ledger)
    write_frame(effects, snakemake.output.effects)
