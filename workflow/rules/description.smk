rule describe_cohort:
    """Describe the patients: Tables 1 and 2, and what the text needs beside them."""
    input:
        patients=rules.clean_cohort.output.patients,
        response=rules.classify_response.output.response,
        code=multiext(
            "workflow/scripts/crlm/",
            "description.py",
            "files.py",
            "formats.py",
            "problems.py",
            "proposals.py",
        ),
    output:
        table1=update("results/{cohort}/tables/table1.csv"),
        table2=update("results/{cohort}/tables/table2.csv"),
        supplement=update("results/{cohort}/tables/supplement.csv"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/describe_cohort.done"),
    log:
        "results/{cohort}/logs/describe_cohort.log",
    conda:
        "../../environment.yml"
    params:
        tables=lookup(dpath="{cohort}/tables", within=plans),
        variables=lookup(dpath="{cohort}/variables", within=plans),
        decimals=lookup(dpath="{cohort}/decimals", within=plans),
    message:
        "Cohort {wildcards.cohort}: Tables 1 and 2"
    script:
        "../scripts/describe_cohort.py"
