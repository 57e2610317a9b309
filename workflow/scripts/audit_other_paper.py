"""Audit a paper of a folder: a table of verdicts, and a page for people."""

from pathlib import Path

from crlm.base.files import read_yaml, write_frame
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.wings.audit.papers.auditing import audit_folder

with reported(snakemake.log[0]):
    schema = read_yaml(snakemake.input.schema)
    audit, found = audit_folder(Path(snakemake.input.settings).parent, schema)
    page = render_page(snakemake.input.page, **found)
    write_frame(audit, snakemake.output.audit)
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
