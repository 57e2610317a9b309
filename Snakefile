"""Radiological response after neoadjuvant chemotherapy of colorectal liver metastases.

`snakemake --cores 4` builds the paper of the cohort that config/config.yaml names.
"""

from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/config.smk"
include: "workflow/rules/messages.smk"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    cohort="|".join(cohorts),
    document="|".join(["html", "pdf", "docx"]),
    journal="[A-Za-z0-9_-]+",


include: "workflow/rules/cohort.smk"
include: "workflow/rules/response.smk"
include: "workflow/rules/description.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/multiverse.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/numbers.smk"
include: "workflow/rules/manuscript.smk"
include: "workflow/rules/privacy.smk"
include: "workflow/rules/reconstruction.smk"
include: "workflow/rules/revision.smk"
include: "workflow/rules/merging.smk"
include: "workflow/rules/submission.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/ensemble.smk"


rule all:
    default_target: True
    input:
        # The outputs of every rule, so that whatever a failed run has lost is made by the next one.
        expand(
            [
                *rules.clean_cohort.output,
                *rules.describe_cleaning.output,
                *rules.classify_response.output,
                *rules.describe_cohort.output,
                *rules.compare_groups.output,
                *rules.collect_specifications.output,
                *rules.plot_figures.output,
                *rules.collect_numbers.output,
                *rules.fill_manuscript.output,
                *rules.render_manuscript.output,
                *rules.measure_privacy.output,
            ],
            cohort=config["cohort"],
            document=config["formats"],
        ),
    message:
        f"The paper is in results/{config['cohort']}/manuscript/"


rule revision:
    input:
        expand([*rules.revise_paper.output, *rules.render_revision.output], cohort=config["cohort"]),
    message:
        f"What changed is in results/{config['cohort']}/revision/"


rule audit:
    input:
        rules.audit_paper.output,
        rules.audit_consistency.output,
        rules.audit_methods.output,
        rules.render_audit.output,
    message:
        "The audit of the printed paper is in results/2024/audit/"


rule ensemble:
    input:
        rules.collect_ensemble.output,
    message:
        "What the printed tables leave open is in results/2024/audit/"
