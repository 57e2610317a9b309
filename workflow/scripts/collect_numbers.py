"""Collect the number registry of a cohort."""

from crlm.base.files import NUMBERS, read_frame, read_yaml
from crlm.base.problems import reported
from crlm.description import read_patients
from crlm.numbers.quantities import collect_numbers
from crlm.numbers.registry import write_numbers
from crlm.numbers.undetermined import read_ranges

with reported(snakemake.log[0]):
    read, plan = snakemake.input, snakemake.params.plan
    numbers = collect_numbers(
        read_patients(read.patients, read.response, plan["variables"]),
        read_frame(read.flow, NUMBERS["flow"]),
        {
            "table1": read_frame(read.table1, NUMBERS["table"]),
            "table2": read_frame(read.table2, NUMBERS["table"]),
            "supplement": read_frame(read.supplement, NUMBERS["table"]),
            "table3": read_frame(read.table3, NUMBERS["table"]),
            "table4": read_frame(read.table4, NUMBERS["table"]),
        },
        read_frame(read.tests, NUMBERS["tests"]),
        read_frame(read.sensitivity, NUMBERS["tests"]),
        read_frame(read.agreement, NUMBERS["agreement"]),
        plan,
        read_yaml(read.literature),
        snakemake.params.period,
        read_ranges(read.ranges, plan),
    )
    schema = read_yaml(read.schema)
    write_numbers(numbers, schema, snakemake.output.json, snakemake.output.csv)
