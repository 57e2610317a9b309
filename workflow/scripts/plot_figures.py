"""Draw the figures of a cohort."""

from crlm.base.files import NUMBERS, read_frame
from crlm.base.problems import reported
from crlm.figures.drawings import draw_cohort
from crlm.figures.style import save_figures
from crlm.manuscript.letters import require_letters
from crlm.numbers.undetermined import read_ranges

with reported(snakemake.log[0]):
    flow = read_frame(snakemake.input.flow, NUMBERS["flow"])
    own = f"config/cohorts/{snakemake.wildcards.cohort}.yaml"
    require_letters(
        {
            f"config/plan.yaml or {own}, plan": snakemake.params.plan,
            f"config/codebook.yaml or {own}, codebook": {"exclusions": flow["label"].tolist()},
        }
    )
    drawings = draw_cohort(
        snakemake.input,
        snakemake.params.plan,
        snakemake.params.rule,
        read_ranges(snakemake.input.ranges, snakemake.params.plan),
    )
    save_figures(drawings, snakemake.output.figures, snakemake.output.beside)
