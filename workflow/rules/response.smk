rule classify_response:
    """Classify the radiological response by the plan's rules, with a trace for each patient."""
    input:
        patients=rules.clean_cohort.output.patients,
        code=multiext(
            "workflow/scripts/crlm/",
            "additions.py",
            "agreement.py",
            "amendments.py",
            "cohort.py",
            "files.py",
            "problems.py",
            "proposals.py",
            "response.py",
            "spelling.py",
            "unknowns.py",
        ),
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
        rules=lookup(dpath="{cohort}/response_rules", within=plans),
        primary=lookup(dpath="{cohort}/response_rule", within=cohorts),
        groups=lookup(dpath="{cohort}/groups", within=plans),
    message:
        "Cohort {wildcards.cohort}: classify the response"
    script:
        "../scripts/classify_response.py"
