rule audit_paper:
    """Judge every printed number and claim of the 2024 paper by the other numbers that it printed."""
    input:
        tables="data/published/tables.csv",
        text="data/published/text.csv",
        statements="data/published/statements.csv",
        plan="config/plan.yaml",
        code=modules_behind("workflow/scripts/audit_paper.py"),
    output:
        audit="results/2024/audit/audit.csv",
        omissions="results/2024/audit/omissions.csv",
    log:
        "results/2024/logs/audit_paper.log",
    conda:
        "../../environment.yml"
    message:
        "Cohort 2024: judge the printed paper by its own numbers"
    script:
        "../scripts/audit_paper.py"
