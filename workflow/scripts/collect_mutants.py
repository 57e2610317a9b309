"""Collect the mutants of a cohort's paper, and tell what came of them."""

from pathlib import Path

from crlm.files import write_frame
from crlm.problems import reported
from crlm.survivors import collect_mutants, describe_mutants, read_mutants, summarise_mutants

with reported(snakemake.log[0]):
    mutants = collect_mutants(map(read_mutants, snakemake.input.shards))
    summary = summarise_mutants(mutants)
    write_frame(mutants, snakemake.output.mutants)
    write_frame(summary, snakemake.output.summary)
    Path(snakemake.output.report).write_text(
        describe_mutants(mutants, summary, snakemake.wildcards.cohort), encoding="utf-8"
    )
