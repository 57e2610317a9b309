paper_tables = [
    rules.describe_cohort.output.table1,
    rules.describe_cohort.output.table2,
    rules.describe_cohort.output.supplement,
    rules.compare_groups.output.table3,
    rules.compare_groups.output.table4,
]
# What the cohort that a cohort follows has released: nothing where it follows none.
earlier = {
    name: {
        "patients": expand(rules.clean_cohort.output.patients, cohort=c["follows"] or []),
        "tables": expand(paper_tables, cohort=c["follows"] or []),
    }
    for name, c in cohorts.items()
}


rule measure_privacy:
    """Measure what the patients' rows, the tables, and the difference to an earlier release tell about single patients."""
    input:
        patients=rules.clean_cohort.output.patients,
        tables=paper_tables,
        earlier_patients=lookup(dpath="{cohort}/patients", within=earlier),
        earlier_tables=lookup(dpath="{cohort}/tables", within=earlier),
        page="workflow/pages/privacy.html.j2",
        layout="workflow/pages/layout.html.j2",
        code=multiext("workflow/scripts/crlm/", "files.py", "pages.py", "privacy.py", "problems.py"),
    output:
        csv="results/{cohort}/privacy/privacy.csv",
        html="results/{cohort}/privacy/privacy.html",
    log:
        "results/{cohort}/logs/measure_privacy.log",
    conda:
        "../../environment.yml"
    params:
        config=privacy,
        follows=lookup(dpath="{cohort}/follows", within=cohorts),
        provenance=lookup(dpath="{cohort}/provenance", within=cohorts),
        variables=lookup(dpath="{cohort}/variables", within=plans),
    message:
        "Cohort {wildcards.cohort}: measure privacy"
    script:
        "../scripts/measure_privacy.py"
