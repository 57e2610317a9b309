"""Compare the paper of a cohort with that of the cohort that it follows."""

from pathlib import Path

from crlm.base.files import write_frame
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.paper import read_sources
from crlm.wings.revision.factors import read_released_numbers, revise
from crlm.wings.revision.page import describe_revision

with reported(snakemake.log[0]):
    read = snakemake.input
    old = read_sources(read, snakemake.params, "old_")
    new = read_sources(read, snakemake.params)
    texts = (
        Path(read.old_qmd[0]).read_text(encoding="utf-8"),
        Path(read.qmd).read_text(encoding="utf-8"),
    )
    revision = revise(old, new, texts, read_released_numbers(read.kept))
    write_frame(revision.changes, snakemake.output.changes)
    write_frame(revision.claims, snakemake.output.claims)
    names = [snakemake.params.old_name, snakemake.wildcards.cohort]
    shown = describe_revision(revision, names, texts, (read.old_figures, read.figures))
    Path(snakemake.output.page).write_text(render_page(read.page[0], **shown), encoding="utf-8")
