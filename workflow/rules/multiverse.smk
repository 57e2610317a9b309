# Of the questions: one job, since they take less time than its start. On a cluster: --set-scatter multiverse=3
scattergather:
    multiverse=1,


rule compare_specifications:
    """Compare the groups in all combinations of the choices that could have been made otherwise: a share of the questions."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=modules_behind("workflow/scripts/compare_specifications.py"),
    output:
        specifications=temp("results/{cohort}/multiverse/{scatteritem}.csv"),
    log:
        "results/{cohort}/logs/compare_specifications_{scatteritem}.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["compare_specifications"]),
        primary=of_cohort("response_rule"),
        tests=of_cohort("tests"),
    message:
        "Cohort {wildcards.cohort}: other choices, share {wildcards.scatteritem} of the questions"
    script:
        "../scripts/compare_specifications.py"


rule collect_specifications:
    """Collect what the combinations of choices find, question by question."""
    input:
        shares=gather.multiverse("results/{{cohort}}/multiverse/{scatteritem}.csv"),
        code=modules_behind("workflow/scripts/collect_specifications.py"),
    output:
        specifications=in_report(
            "results/{cohort}/multiverse/specifications.csv", "Tables", "other choices"
        ),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/collect_specifications.done"),
    log:
        "results/{cohort}/logs/collect_specifications.log",
    conda:
        "../../environment.yml"
    message:
        "Cohort {wildcards.cohort}: collect what other choices find"
    script:
        "../scripts/collect_specifications.py"
