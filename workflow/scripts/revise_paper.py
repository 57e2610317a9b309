"""Compare the paper of a cohort with that of the cohort that it follows."""

from pathlib import Path

from crlm.digest import digest
from crlm.files import read_yaml, write_frame
from crlm.mutant import Sources
from crlm.openness import read_ranges
from crlm.pages import render_page
from crlm.problems import reported
from crlm.received import read_raws
from crlm.revision import read_kept, revise

with reported(snakemake.log[0]):
    read, params = snakemake.input, snakemake.params
    common = {
        "literature": read_yaml(read.literature),
        "template": Path(read.template).read_text(encoding="utf-8"),
        "prose": read_yaml(read.prose),
    }
    old = Sources(
        raw=read_raws(read.old_raw, read.old_dictionaries, params.old_codebook).tables,
        codebook=params.old_codebook,
        plan=params.old_plan,
        cohort=params.old_cohort,
        corrections=read_raws(read.old_corrections).tables,
        withdrawn=read_raws(read.old_withdrawn).tables,
        ranges=read_ranges(read.old_ranges, params.old_plan["decimals"]),
        **common,
    )
    new = Sources(
        raw=read_raws(read.raw, read.dictionaries, params.codebook).tables,
        codebook=params.codebook,
        plan=params.plan,
        cohort=params.cohort,
        corrections=read_raws(read.corrections).tables,
        withdrawn=read_raws(read.withdrawn).tables,
        ranges=read_ranges(read.ranges, params.plan["decimals"]),
        **common,
    )
    texts = (
        Path(read.old_qmd[0]).read_text(encoding="utf-8"),
        Path(read.qmd).read_text(encoding="utf-8"),
    )
    revision = revise(old, new, texts, read_kept(read.kept))
    write_frame(revision.changes, snakemake.output.changes)
    write_frame(revision.claims, snakemake.output.claims)
    names = [params.old_name, snakemake.wildcards.cohort]
    shown = digest(revision, names, texts, (read.old_figures, read.figures))
    Path(snakemake.output.page).write_text(render_page(read.page[0], **shown), encoding="utf-8")
