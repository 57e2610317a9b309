"""Look for the tests that give the printed p-values."""

import logging

import pandas as pd

from crlm.base.files import read_texts, write_frame
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.audit.page import Page
from crlm.wings.audit.printed_tests import compare_methods

with reported(snakemake.log[0]):
    logging.basicConfig(filename=snakemake.log[0], level=logging.INFO, format="%(message)s")
    cells = pd.concat([read_texts(snakemake.input.cells), read_texts(snakemake.input.text)])
    page = Page(cells.fillna(""), read_plan(snakemake.params.plan))

    methods, choices, uniformity = compare_methods(page, snakemake.params.named_tests)

    write_frame(methods, snakemake.output.methods)
    write_frame(choices, snakemake.output.choices)
    write_frame(uniformity, snakemake.output.uniformity)
