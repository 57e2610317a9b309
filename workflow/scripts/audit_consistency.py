"""Look for printed cells that can't hold together, and for the fewest to give up."""

import logging

import pandas as pd

from crlm.base.files import read_texts, write_frame
from crlm.base.problems import reported
from crlm.plan.analysis import read_plan
from crlm.wings.audit.consistency import find_conflicts

with reported(snakemake.log[0]):
    logging.basicConfig(filename=snakemake.log[0], level=logging.INFO, format="%(message)s")
    params = snakemake.params
    cells = pd.concat([read_texts(snakemake.input.cells), read_texts(snakemake.input.text)])
    plan = read_plan(params.plan)

    conflicts, corrections = find_conflicts(
        cells, plan, params.columns, params.steps, params.weights
    )

    write_frame(conflicts, snakemake.output.conflicts)
    write_frame(corrections, snakemake.output.corrections)
