"""Clean the raw tables of a cohort."""

from pandas import DataFrame

from crlm.admission import admit_tables
from crlm.files import write_frame
from crlm.problems import Note, reported
from crlm.received import read_raws

with reported(snakemake.log[0]):
    tables, notes = read_raws(
        snakemake.input.raw, snakemake.input.dictionaries, snakemake.params.codebook
    )
    patients, cleaning_log, flow, cells = admit_tables(
        tables,
        snakemake.params.codebook,
        read_raws(snakemake.input.corrections).tables,
        read_raws(snakemake.input.withdrawn).tables,
        read_raws(snakemake.input.followed).tables,
        snakemake.params.synonyms,
    )
    write_frame(DataFrame(notes, columns=Note._fields), snakemake.output.received)
    write_frame(patients, snakemake.output.patients)
    write_frame(cleaning_log, snakemake.output.cleaning_log)
    write_frame(flow, snakemake.output.flow)
    write_frame(cells, snakemake.output.cells)
