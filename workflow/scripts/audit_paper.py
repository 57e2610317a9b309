"""Audit the printed paper by its own numbers."""

import pandas as pd

from crlm.audit.judging import audit_paper
from crlm.base.files import read_yaml, write_frame
from crlm.base.problems import reported

with reported(snakemake.log[0]):
    tables = pd.read_csv(snakemake.input.tables, dtype=str, keep_default_na=False)
    text = pd.read_csv(snakemake.input.text, dtype=str, keep_default_na=False)
    statements = pd.read_csv(snakemake.input.statements, dtype=str, keep_default_na=False)
    cells = pd.concat([tables, text], ignore_index=True).fillna("")
    audit, omissions = audit_paper(cells, statements, read_yaml(snakemake.input.plan))
    write_frame(audit, snakemake.output.audit)
    write_frame(omissions, snakemake.output.omissions)
