"""Compare the response groups: Tables 3 and 4 and the tests."""

from crlm.comparison import compare_groups
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
    write_frame(describe_table(frame, tables["table3"], *plan), snakemake.output.table3)
    write_frame(describe_table(frame, tables["table4"], *plan), snakemake.output.table4)
    tests, sensitivity = compare_groups(
        frame,
        [tables["table3"], tables["table4"]],
        variables,
        snakemake.params.correlations,
        snakemake.params.tests,
    )
    write_frame(tests, snakemake.output.tests)
    write_frame(sensitivity, snakemake.output.sensitivity)
