"""Describe the cleaning of a cohort for people."""

from pathlib import Path

from crlm.base.files import NUMBERS, read_frame
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.cohort.cells import read_cells
from crlm.cohort.questions import describe_cleaning

with reported(snakemake.log[0]):
    found = describe_cleaning(
        read_cells(snakemake.input.cells, snakemake.input.readings),
        read_frame(snakemake.input.flow, NUMBERS["flow"]),
        read_frame(snakemake.input.received, []).fillna(""),
        snakemake.params.files,
        snakemake.params.codebook,
    )
    page = render_page(snakemake.input.page, cohort=snakemake.wildcards.cohort, **found)
    Path(snakemake.output.report).write_text(page, encoding="utf-8")
