"""Hold a document that was edited in Word against what was sent; write its edits as a diff."""

import shutil
from pathlib import Path

from crlm.base.files import read_text
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.manuscript.prose import read_rules
from crlm.manuscript.template import read_numbers
from crlm.plan.analysis import read_plan
from crlm.wings.merging.page import counts_of, describe_review
from crlm.wings.merging.review import review
from crlm.wings.merging.word import read_document, read_sent

with reported(snakemake.log[0]):
    shutil.copyfile(snakemake.input.template, snakemake.output.read)
    reviewed = read_document(Path(snakemake.input.reviewed))
    found = review(
        reviewed,
        read_document(Path(snakemake.input.docx[0])),
        read_sent(Path(snakemake.input.reviewed).with_name("sent"), reviewed.digest),
        read_text(snakemake.input.template),
        read_rules(snakemake.input.prose),
        read_numbers(snakemake.input.numbers),
        read_plan(snakemake.params.plan),
        snakemake.params.cohort,
    )
    Path(snakemake.output.diff).write_text(found.diff, encoding="utf-8")
    Path(snakemake.output.template).write_text(found.template, encoding="utf-8")
    shown = describe_review(found, snakemake.wildcards.cohort)
    Path(snakemake.output.page).write_text(
        render_page(snakemake.input.page[0], **shown), encoding="utf-8"
    )
    Path(snakemake.log[0]).write_text(f"{counts_of(found)}\n", encoding="utf-8")
