"""Compare the response groups: every test of the plan."""

from crlm.base.files import write_frame
from crlm.base.problems import reported
from crlm.comparison import compare_groups
from crlm.description import read_patients
from crlm.ledger import keep_ledger
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    plan = read_plan(snakemake.params.plan)
    frame = read_patients(snakemake.input.patients, snakemake.input.response, plan)
    tests, sensitivity = compare_groups(frame, plan, snakemake.params.tests)
    write_frame(tests, snakemake.output.tests)
    write_frame(sensitivity, snakemake.output.sensitivity)
    ledger, effects = keep_ledger(frame, plan, tests)
    write_frame(ledger, snakemake.output.ledger)
    write_frame(effects, snakemake.output.effects)
