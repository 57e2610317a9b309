"""Audit the printed paper by its own numbers."""

import pandas as pd

from crlm.base.files import NUMBERS, read_frame, read_texts, read_yaml, write_frame
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.audit.judging import audit_paper

with reported(snakemake.log[0]):
    tables = read_texts(snakemake.input.tables)
    text = read_texts(snakemake.input.text)
    statements = read_texts(snakemake.input.statements)
    cells = pd.concat([tables, text], ignore_index=True).fillna("")
    ranges = read_frame(snakemake.input.ranges, NUMBERS["ranges"])
    plan = read_plan(read_yaml(snakemake.input.plan))
    proofs = read_texts(snakemake.input.conflicts), read_texts(snakemake.input.corrections)
    audit, omissions = audit_paper(cells, statements, plan, ranges, snakemake.params.steps, proofs)
    write_frame(audit, snakemake.output.audit)
    write_frame(omissions, snakemake.output.omissions)
