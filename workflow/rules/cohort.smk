rule clean_cohort:
    """Clean and validate the raw tables; log every changed cell; count who is left out."""
    input:
        raw=lookup(dpath="{cohort}/raw", within=cohorts),
        dictionaries=lookup(dpath="{cohort}/dictionaries", within=cohorts),
        code=multiext(
            "workflow/scripts/crlm/",
            "cohort.py",
            "files.py",
            "problems.py",
            "received.py",
            "redcap.py",
            "workbook.py",
        ),
    output:
        patients=update("results/{cohort}/cohort/patients.csv"),
        cleaning_log=update("results/{cohort}/cohort/cleaning_log.csv"),
        flow=update("results/{cohort}/cohort/flow.csv"),
        received=update("results/{cohort}/cohort/received.csv"),
        cells=update("results/{cohort}/cohort/cells.csv"),
        # Where a rule fails, Snakemake puts its last good files (`update`) back and takes them for up to
        # date; only this mark stays lost, so that the next run tries again.
        done=touch("results/{cohort}/logs/clean_cohort.done"),
    log:
        "results/{cohort}/logs/clean_cohort.log",
    conda:
        "../../environment.yml"
    params:
        codebook=lookup(dpath="{cohort}", within=codebooks),
    message:
        "Cohort {wildcards.cohort}: clean and validate the raw tables"
    script:
        "../scripts/clean_cohort.py"
