rule compare_groups:
    """Compare the groups: every test of the plan."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=modules_behind("workflow/scripts/compare_groups.py"),
    output:
        tests=in_report("results/{cohort}/comparison/tests.csv", "Tables", "all tests"),
        sensitivity=update("results/{cohort}/comparison/sensitivity.csv"),
        ledger=in_report(
            "results/{cohort}/comparison/ledger.csv", "Tables", "how far each test holds"
        ),
        effects=update("results/{cohort}/comparison/effects.csv"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/compare_groups.done"),
    log:
        "results/{cohort}/logs/compare_groups.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["compare_groups"]),
        tests=of_cohort("tests"),
    message:
        "Cohort {wildcards.cohort}: the tests"
    script:
        "../scripts/compare_groups.py"
