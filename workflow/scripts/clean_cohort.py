"""Clean the raw tables of a cohort."""

from crlm.cohort import clean_cohort
from crlm.files import read_raws, write_frame
from crlm.problems import reported

with reported(snakemake.log[0]):
    patients, cleaning_log, flow, cells = clean_cohort(
        read_raws(snakemake.input.raw),
        snakemake.params.codebook,
        read_raws(snakemake.input.corrections),
        read_raws(snakemake.input.withdrawn),
    )
    write_frame(patients, snakemake.output.patients)
    write_frame(cleaning_log, snakemake.output.cleaning_log)
    write_frame(flow, snakemake.output.flow)
    write_frame(cells, snakemake.output.cells)
