"""Collect the number registry of a cohort."""

from crlm.base.files import NUMBERS, read_frame, read_frames, read_yaml
from crlm.base.problems import reported
from crlm.description import read_ids, read_patients
from crlm.numbers.printed import read_printed
from crlm.numbers.quantities import collect_numbers
from crlm.numbers.registry import write_accounts, write_numbers
from crlm.numbers.undetermined import read_ranges
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    read, plan = snakemake.input, read_plan(snakemake.params.plan)
    numbers, accounts = collect_numbers(
        read_patients(read.patients, read.response, plan),
        read_frame(read.flow, NUMBERS["flow"]),
        read_frames(read.tables, NUMBERS["table"]),
        read_frame(read.tests, NUMBERS["tests"]),
        read_frame(read.sensitivity, NUMBERS["tests"]),
        read_frame(read.ledger, NUMBERS["ledger"]),
        read_frame(read.effects, NUMBERS["effects"]),
        read_frame(read.specifications, NUMBERS["specifications"]),
        read_frame(read.agreement, NUMBERS["agreement"]),
        plan,
        read_yaml(read.literature),
        snakemake.params.period,
        read_ranges(read.ranges, plan),
        snakemake.params.primary,
        read_printed(read.printed),
        read_ids(read.followed),
    )
    write_numbers(numbers, read_yaml(read.schema), snakemake.output.json, snakemake.output.csv)
    write_accounts(accounts, read_yaml(read.form), snakemake.output.accounts)
