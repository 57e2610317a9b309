"""Describe a cohort: Tables 1 and 2 and the supplement."""

from crlm.base.files import write_frame
from crlm.base.problems import reported
from crlm.description import describe_table, read_patients

with reported(snakemake.log[0]):
    tables, variables = snakemake.params.tables, snakemake.params.variables
    frame = read_patients(snakemake.input.patients, snakemake.input.response, variables)
    plan = variables, snakemake.params.decimals
    write_frame(describe_table(frame, tables["table1"], *plan), snakemake.output.table1)
    write_frame(describe_table(frame, tables["table2"], *plan), snakemake.output.table2)
    write_frame(describe_table(frame, tables["supplement"], *plan), snakemake.output.supplement)
