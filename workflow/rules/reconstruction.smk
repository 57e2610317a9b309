rule reconstruct_cohort:
    """Reconstruct the 2024 cohort's rows from the printed tables; data/raw/cohort_2024.csv is a copy of the result."""
    input:
        cells="data/published/tables.csv",
        text="data/published/text.csv",
        plan="config/plan.yaml",
        codebook="config/codebook.yaml",
        plausibility="data/published/plausibility.yaml",
        code=modules_behind("workflow/scripts/reconstruct_cohort.py"),
    output:
        cohort=update("results/2024/reconstruction/cohort_2024.csv"),
        cells=update("results/2024/reconstruction/cells.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/reconstruct_cohort.done"),
    log:
        "results/2024/logs/reconstruct_cohort.log",
    conda:
        "../../environment.yml"
    params:
        seed=2024,
    message:
        "Cohort 2024: reconstruct the rows from the printed tables (under a minute)"
    script:
        "../scripts/reconstruct_cohort.py"
