"""Draw the figures of a cohort."""

import pandas as pd

from crlm.description import NUMBERS
from crlm.figures import plot_figures, save_figures
from crlm.files import read_frame
from crlm.problems import reported
from crlm.response import NUMBERS as RESPONSE_NUMBERS

with reported(snakemake.log[0]):
    table3 = read_frame(snakemake.input.table3, NUMBERS)
    table4 = read_frame(snakemake.input.table4, NUMBERS)
    drawings = plot_figures(
        read_frame(snakemake.input.flow, ["patients"]),
        read_frame(snakemake.input.response, RESPONSE_NUMBERS),
        pd.concat([table3, table4]),
        snakemake.params.plan,
        snakemake.params.rule,
    )
    save_figures(drawings, snakemake.output.figures)
