"""Judge a share of the mutants of a cohort's paper."""

from pathlib import Path

from crlm.files import write_frame
from crlm.mutation import run_trials
from crlm.paper import read_sources
from crlm.problems import reported

with reported(snakemake.log[0]):
    sources = read_sources(snakemake.input, snakemake.params)
    filled = Path(snakemake.input.qmd).read_text(encoding="utf-8")
    write_frame(
        run_trials(sources, filled, snakemake.wildcards.scatteritem), snakemake.output.mutants
    )
