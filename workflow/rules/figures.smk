rule plot_figures:
    """Draw the figures, the flow diagram and the waterfall, as SVG, PDF and PNG."""
    input:
        flow=rules.clean_cohort.output.flow,
        response=rules.classify_response.output.response,
        tables=rules.describe_cohort.output.compared,
        tests=rules.compare_groups.output.tests,
        specifications=rules.collect_specifications.output.specifications,
        ranges=of_cohort("ranges"),
        code=modules_behind("workflow/scripts/plot_figures.py"),
    output:
        figures=each_in_report("results/{cohort}/figures/{name}", "Figures", drawn),
        # The same beside the manuscript, whose folder stands alone.
        beside=update(
            [
                f"results/{{cohort}}/manuscript/figures/{name}"
                for name in drawn
                if not name.endswith(".pdf")
            ]
        ),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/plot_figures.done"),
    log:
        "results/{cohort}/logs/plot_figures.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["plot_figures"]),
        rule=of_cohort("response_rule"),
    message:
        "Cohort {wildcards.cohort}: draw the figures"
    script:
        "../scripts/plot_figures.py"
