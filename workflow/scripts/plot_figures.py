"""Draw the figures of a cohort."""

from crlm.base.problems import reported
from crlm.figures.drawings import plot_figures, read_drawn
from crlm.figures.style import save_figures
from crlm.manuscript.letters import require_letters
from crlm.numbers.undetermined import read_ranges
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]):
    frames, plan = read_drawn(snakemake.input), read_plan(snakemake.params.plan)
    own = f"config/cohorts/{snakemake.wildcards.cohort}.yaml"
    exclusions = {"exclusions": frames["flow"]["label"].tolist()}
    require_letters(
        {
            f"config/plan.yaml or {own}, plan": snakemake.params.plan,
            f"config/codebook.yaml or {own}, codebook": exclusions,
        }
    )
    drawings = plot_figures(
        **frames,
        plan=plan,
        rule=snakemake.params.rule,
        left_open=read_ranges(snakemake.input.ranges, plan),
    )
    save_figures(drawings, snakemake.output.figures, snakemake.output.beside)
