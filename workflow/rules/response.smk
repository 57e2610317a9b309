rule classify_response:
    """Classify the radiological response by the plan's rules, with a trace for each patient."""
    input:
        patients=rules.clean_cohort.output.patients,
        code=modules_behind("workflow/scripts/classify_response.py"),
    output:
        response=update("results/{cohort}/response/response.csv"),
        agreement=update("results/{cohort}/response/agreement.csv"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/classify_response.done"),
    log:
        "results/{cohort}/logs/classify_response.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["classify_response"]),
        primary=of_cohort("response_rule"),
    message:
        "Cohort {wildcards.cohort}: classify the response"
    script:
        "../scripts/classify_response.py"
