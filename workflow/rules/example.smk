rule simulate_cohort:
    """Simulate the synthetic patients of 2025; data/raw/synthetic_2025_* are copies of the result."""
    input:
        code=modules_behind("workflow/scripts/simulate_cohort.py"),
    output:
        a=update("results/2025/example/synthetic_2025_a.csv"),
        b=update("results/2025/example/synthetic_2025_b.xlsx"),
        c=update("results/2025/example/synthetic_2025_c.sav"),
        d=update("results/2025/example/synthetic_2025_d_redcap.csv"),
        dictionary=update("results/2025/example/synthetic_2025_d_dictionary.csv"),
        # as in clean_cohort
        done=touch("results/2025/logs/simulate_cohort.done"),
    log:
        "results/2025/logs/simulate_cohort.log",
    conda:
        "../../environment.yml"
    params:
        seed=2025,
    message:
        "Cohort 2025: simulate the synthetic patients of the example"
    script:
        "../scripts/simulate_cohort.py"
