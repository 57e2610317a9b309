"""Write all that a journal asks for into one folder."""

from pathlib import Path

from crlm.base.problems import reported
from crlm.figures.drawings import plot_figures, read_drawn
from crlm.numbers.undetermined import read_ranges
from crlm.plan.analysis import read_plan
from crlm.wings.submission.package import BuiltPaper, read_profile, write_submission

with reported(snakemake.log[0]):
    profile = read_profile(snakemake.input.profile, snakemake.input.schema)
    plan = read_plan(snakemake.params.plan)
    drawings = plot_figures(
        **read_drawn(snakemake.input),
        plan=plan,
        rule=snakemake.params.rule,
        left_open=read_ranges(snakemake.input.ranges, plan),
    )
    built = BuiltPaper(
        qmd=Path(snakemake.input.qmd),
        pdf=Path(snakemake.input.pdf),
        drawings=drawings,
        cohort=snakemake.params.cohort,
        theme=Path(snakemake.input.theme[0]).parent,
        page=snakemake.input.page,
        timestamp=snakemake.params.timestamp,
    )
    write_submission(built, profile, Path(snakemake.output[0]).parent)
