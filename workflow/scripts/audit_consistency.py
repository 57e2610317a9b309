"""Look for printed cells that can't hold together, and for means and SDs that can't be."""

import logging

import pandas as pd

from crlm.base.files import read_texts, write_frame
from crlm.base.problems import reported
from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.grim import check_grains

with reported(snakemake.log[0]):
    logging.basicConfig(filename=snakemake.log[0], level=logging.INFO, format="%(message)s")
    params = snakemake.params
    cells = pd.concat([read_texts(snakemake.input.cells), read_texts(snakemake.input.text)])
    plan = {"groups": params.groups, "variables": params.variables, "tables": params.tables}

    conflicts, corrections, known = find_conflicts(
        cells, plan, params.columns, params.steps, params.weights
    )

    write_frame(conflicts, snakemake.output.conflicts)
    write_frame(corrections, snakemake.output.corrections)
    write_frame(known, snakemake.output.known)
    write_frame(check_grains(cells, known, params.variables, params.steps), snakemake.output.grains)
