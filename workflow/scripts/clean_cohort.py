"""Clean the raw tables of a cohort."""

from pandas import DataFrame

from crlm.base.files import write_frame
from crlm.base.problems import Note, reported
from crlm.cohort.admission import admit_tables
from crlm.cohort.cells import write_cells
from crlm.received.tables import read_raws

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
    write_cells(cells, snakemake.output.cells, snakemake.output.readings)
