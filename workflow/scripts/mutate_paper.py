"""Judge a share of the mutants of a cohort's paper."""

from pathlib import Path

from crlm.files import read_yaml, write_frame
from crlm.mutation import Sources, run_trials
from crlm.openness import read_ranges
from crlm.problems import reported
from crlm.received import read_raws

with reported(snakemake.log[0]):
    sources = Sources(
        raw=read_raws(
            snakemake.input.raw, snakemake.input.dictionaries, snakemake.params.codebook
        ).tables,
        codebook=snakemake.params.codebook,
        plan=snakemake.params.plan,
        cohort=snakemake.params.cohort,
        literature=read_yaml(snakemake.input.literature),
        template=Path(snakemake.input.template).read_text(encoding="utf-8"),
        prose=read_yaml(snakemake.input.prose),
        corrections=read_raws(snakemake.input.corrections).tables,
        withdrawn=read_raws(snakemake.input.withdrawn).tables,
        ranges=read_ranges(snakemake.input.ranges, snakemake.params.plan["decimals"]),
    )
    filled = Path(snakemake.input.qmd).read_text(encoding="utf-8")
    write_frame(
        run_trials(sources, filled, snakemake.wildcards.scatteritem), snakemake.output.mutants
    )
