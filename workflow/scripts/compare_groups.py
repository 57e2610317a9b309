"""Compare the response groups: Tables 3 and 4 and the tests."""

from crlm.base.files import write_frame
from crlm.base.problems import reported
from crlm.comparison import compare_groups
from crlm.description import describe_table, read_patients

with reported(snakemake.log[0]):
    tables, variables = snakemake.params.tables, snakemake.params.variables
    frame = read_patients(snakemake.input.patients, snakemake.input.response, variables)
    plan = variables, snakemake.params.decimals
    write_frame(describe_table(frame, tables["table3"], *plan), snakemake.output.table3)
    write_frame(describe_table(frame, tables["table4"], *plan), snakemake.output.table4)
    tests, sensitivity = compare_groups(
        frame,
        [tables["table3"], tables["table4"]],
        variables,
        snakemake.params.correlations,
        snakemake.params.tests,
        snakemake.params.decimals["p_value"],
        snakemake.params.alpha,
    )
    write_frame(tests, snakemake.output.tests)
    write_frame(sensitivity, snakemake.output.sensitivity)
