"""Draw the figures of a cohort."""

import pandas as pd

from crlm.base.files import NUMBERS, read_frame
from crlm.base.problems import reported
from crlm.figures import plot_figures, save_figures
from crlm.manuscript.letters import require_letters

with reported(snakemake.log[0]):
    table3 = read_frame(snakemake.input.table3, NUMBERS["table"])
    table4 = read_frame(snakemake.input.table4, NUMBERS["table"])
    flow = read_frame(snakemake.input.flow, NUMBERS["flow"])
    own = f"config/cohorts/{snakemake.wildcards.cohort}.yaml"
    require_letters(
        {
            f"config/plan.yaml or {own}, plan": snakemake.params.plan,
            f"config/codebook.yaml or {own}, codebook": {"exclusions": flow["label"].tolist()},
        }
    )
    drawings = plot_figures(
        flow,
        read_frame(snakemake.input.response, NUMBERS["response"]),
        pd.concat([table3, table4]),
        snakemake.params.plan,
        snakemake.params.rule,
    )
    save_figures(drawings, snakemake.output.figures)
