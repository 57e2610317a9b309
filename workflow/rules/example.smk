rule simulate_cohort:
    """Simulate the synthetic patients of 2025; data/raw/synthetic_2025_* are copies of the result."""
    input:
        code=multiext("workflow/scripts/crlm/", "dialects.py", "example.py", "problems.py"),
    output:
        a="results/2025/example/synthetic_2025_a.csv",
        b="results/2025/example/synthetic_2025_b.xlsx",
        c="results/2025/example/synthetic_2025_c.sav",
        d="results/2025/example/synthetic_2025_d_redcap.csv",
        dictionary="results/2025/example/synthetic_2025_d_dictionary.csv",
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
