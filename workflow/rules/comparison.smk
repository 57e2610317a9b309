rule compare_groups:
    """Compare the groups: the tables of both, and every test of the plan."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=modules_behind("workflow/scripts/compare_groups.py"),
    output:
        tables=each_in_report("results/{cohort}/tables/{name}.csv", "Tables", compared),
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
        names=compared,
        plan=of_cohort(within=read_by["compare_groups"]),
        tests=of_cohort("tests"),
    message:
        "Cohort {wildcards.cohort}: the tables of both groups, and the tests"
    script:
        "../scripts/compare_groups.py"
