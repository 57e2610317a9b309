"""Describe a cohort: Tables 1 and 2 and the supplement."""

from crlm.description import describe_table, join_response, number_columns
from crlm.files import read_frame, write_frame
from crlm.problems import reported

with reported(snakemake.log[0]):
    tables, variables = snakemake.params.tables, snakemake.params.variables
    numbers = number_columns(variables)
    frame = join_response(
        read_frame(snakemake.input.patients, numbers), read_frame(snakemake.input.response, numbers)
    )
    plan = variables, snakemake.params.decimals
    write_frame(describe_table(frame, tables["table1"], *plan), snakemake.output.table1)
    write_frame(describe_table(frame, tables["table2"], *plan), snakemake.output.table2)
    write_frame(describe_table(frame, tables["supplement"], *plan), snakemake.output.supplement)
