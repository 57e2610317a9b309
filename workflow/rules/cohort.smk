# The clean patients of the cohort that a cohort follows: what is usual there. None where it follows none.
clean_followed = {
    name: expand("results/{older}/cohort/patients.csv", older=c["follows"] or [])
    for name, c in cohorts.items()
}


rule clean_cohort:
    """Clean and validate the raw tables; log every changed cell; count who is left out."""
    input:
        raw=of_cohort("raw"),
        dictionaries=of_cohort("dictionaries"),
        corrections=of_cohort("corrections"),
        withdrawn=of_cohort("withdrawn"),
        followed=of_cohort(within=clean_followed),
        code=modules_behind("workflow/scripts/clean_cohort.py"),
    output:
        patients=update("results/{cohort}/cohort/patients.csv"),
        cleaning_log=update("results/{cohort}/cohort/cleaning_log.csv"),
        flow=update("results/{cohort}/cohort/flow.csv"),
        received=update("results/{cohort}/cohort/received.csv"),
        cells=update("results/{cohort}/cohort/cells.csv"),
        readings=update("results/{cohort}/cohort/readings.csv"),
        # Where a rule fails, Snakemake puts its last good files (`update`) back and takes them for up to
        # date; only this mark stays lost, so that the next run tries again.
        done=touch("results/{cohort}/logs/clean_cohort.done"),
    log:
        "results/{cohort}/logs/clean_cohort.log",
    conda:
        "../../environment.yml"
    params:
        codebook=of_cohort(within=codebooks),
        synonyms=of_cohort(within=synonyms),
    message:
        "Cohort {wildcards.cohort}: clean and validate the raw tables"
    script:
        "../scripts/clean_cohort.py"


rule describe_cleaning:
    """Describe the cleaning for people: what needs a decision, what was changed, what is missing."""
    input:
        cells=rules.clean_cohort.output.cells,
        readings=rules.clean_cohort.output.readings,
        flow=rules.clean_cohort.output.flow,
        received=rules.clean_cohort.output.received,
        page="workflow/pages/cleaning.html.j2",
        layout=["workflow/pages/layout.html.j2", "manuscript/theme/paper.css"],
        code=modules_behind("workflow/scripts/describe_cleaning.py"),
    output:
        report=in_report(
            "results/{cohort}/cohort/cleaning.html", "Data", "what was received and changed"
        ),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/describe_cleaning.done"),
    log:
        "results/{cohort}/logs/describe_cleaning.log",
    conda:
        "../../environment.yml"
    params:
        files=of_cohort("raw"),
        codebook=of_cohort(within=codebooks),
    message:
        "Cohort {wildcards.cohort}: describe the cleaning"
    script:
        "../scripts/describe_cleaning.py"
