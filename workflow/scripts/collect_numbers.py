"""Collect the number registry of a cohort."""

from crlm import comparison, description
from crlm.description import join_response, number_columns
from crlm.files import read_frame, read_yaml
from crlm.numbers import collect_numbers, write_numbers
from crlm.problems import reported

with reported(snakemake.log[0]):
    read, plan = snakemake.input, snakemake.params.plan
    columns = number_columns(plan["variables"])
    numbers = collect_numbers(
        join_response(read_frame(read.patients, columns), read_frame(read.response, columns)),
        read_frame(read.flow, ["patients"]),
        {
            "table1": read_frame(read.table1, description.NUMBERS),
            "table2": read_frame(read.table2, description.NUMBERS),
            "supplement": read_frame(read.supplement, description.NUMBERS),
            "table3": read_frame(read.table3, description.NUMBERS),
            "table4": read_frame(read.table4, description.NUMBERS),
        },
        read_frame(read.tests, comparison.NUMBERS),
        read_frame(read.sensitivity, comparison.NUMBERS),
        read_frame(read.agreement, ["n", "observed", "kappa", "ci_low", "ci_high"]),
        plan,
        read_yaml(read.literature),
    )
    schema = read_yaml(read.schema)
    write_numbers(numbers, schema, snakemake.output.json, snakemake.output.csv)
