rule describe_cohort:
    """Describe the patients: the plan's tables, of all of them and of the groups."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=modules_behind("workflow/scripts/describe_cohort.py"),
    output:
        tables=each_in_report("results/{cohort}/tables/{name}.csv", "Tables", described),
        compared=each_in_report("results/{cohort}/tables/{name}.csv", "Tables", compared),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/describe_cohort.done"),
    log:
        "results/{cohort}/logs/describe_cohort.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["describe_cohort"]),
    message:
        "Cohort {wildcards.cohort}: the tables"
    script:
        "../scripts/describe_cohort.py"
