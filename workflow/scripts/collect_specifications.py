"""Collect the shares of the specifications of a cohort."""

from crlm.base.files import join_frames
from crlm.base.problems import reported

with reported(snakemake.log[0]):
    join_frames(snakemake.input.shares, snakemake.output.specifications)
