"""Measure what a cohort's release would tell about single patients, and tell people."""

from pathlib import Path

from crlm.base.files import write_frame
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.wings.privacy.measures import measure_privacy, read_release

with reported(snakemake.log[0]):
    config, read = snakemake.params.config, snakemake.input
    findings, facts = measure_privacy(
        *read_release([read.patients], read.tables, config),
        read_release(read.earlier_patients, read.earlier_tables, config),
        config,
    )
    write_frame(findings, snakemake.output.csv)
    page = render_page(
        snakemake.input.page,
        findings=findings.astype(object).fillna("").to_dict("records"),
        facts=facts,
        config=config,
        cohort=snakemake.wildcards.cohort,
        follows=snakemake.params.follows,
        provenance=snakemake.params.provenance,
        variables=snakemake.params.variables,
    )
    Path(snakemake.output.html).write_text(page, encoding="utf-8")
