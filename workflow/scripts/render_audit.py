"""Render the audit of the printed paper for people."""

from pathlib import Path

import pandas as pd

from crlm.base.files import NUMBERS, read_frame, read_yaml
from crlm.base.pages import render_page
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.audit.explanations import NOT_MIXED
from crlm.wings.audit.report import describe_audit

with reported(snakemake.log[0]):
    read = snakemake.input
    found = {
        "audit": read_frame(read.audit, []).fillna(""),
        "omissions": read_frame(read.omissions, []).fillna(""),
        "cells": pd.concat([read_frame(read.tables, []), read_frame(read.text, [])]).fillna(""),
        "statements": read_frame(read.statements, []).fillna(""),
        "conflicts": read_frame(read.conflicts, []).fillna(""),
        "corrections": read_frame(read.corrections, []).fillna(""),
        "choices": read_frame(read.choices, []).fillna(""),
        "uniformity": read_frame(read.uniformity, []).fillna(""),
        "ranges": read_frame(read.ranges, NUMBERS["ranges"]),
    }
    report = describe_audit(found, read_plan(snakemake.params.plan), read_yaml(read.citation))
    page = render_page(read.page, **report, not_mixed=NOT_MIXED)
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
