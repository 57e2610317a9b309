rule describe_cohort:
    """Describe the patients: the tables of all of them, and what the text needs beside these."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=modules_behind("workflow/scripts/describe_cohort.py"),
    output:
        tables=each_in_report("results/{cohort}/tables/{name}.csv", "Tables", described),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/describe_cohort.done"),
    log:
        "results/{cohort}/logs/describe_cohort.log",
    conda:
        "../../environment.yml"
    params:
        names=described,
        plan=of_cohort(within=read_by["describe_cohort"]),
    message:
        "Cohort {wildcards.cohort}: the tables of all patients"
    script:
        "../scripts/describe_cohort.py"
