rule audit_consistency:
    """Find the printed cells that can't hold together, and the fewest to give up."""
    input:
        cells="data/published/tables.csv",
        text="data/published/text.csv",
        code=modules_behind("workflow/scripts/audit_consistency.py"),
    output:
        conflicts=update("results/2024/audit/conflicts.csv"),
        corrections=update("results/2024/audit/corrections.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/audit_consistency.done"),
    log:
        "results/2024/logs/audit_consistency.log",
    conda:
        "../../environment.yml"
    params:
        plan={key: plan[key] for key in ("groups", "variables", "tables")},
        columns=codebook["variables"],
        steps=audit["steps"],
        weights=audit["weights"],
    message:
        "Printed paper: look for cells that can't hold together (under a minute)"
    script:
        "../scripts/audit_consistency.py"


rule audit_paper:
    """Judge every number and claim of the 2024 paper by its others, and by what the solver proves."""
    input:
        tables="data/published/tables.csv",
        text="data/published/text.csv",
        statements="data/published/statements.csv",
        plan="config/plan.yaml",
        # Drawn by `make ensemble` in some minutes, and kept here so that this takes none.
        ranges="data/published/ranges.csv",
        conflicts=rules.audit_consistency.output.conflicts,
        corrections=rules.audit_consistency.output.corrections,
        code=modules_behind("workflow/scripts/audit_paper.py"),
    output:
        audit=update("results/2024/audit/audit.csv"),
        omissions=update("results/2024/audit/omissions.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/audit_paper.done"),
    log:
        "results/2024/logs/audit_paper.log",
    conda:
        "../../environment.yml"
    params:
        steps=audit["steps"],
    message:
        "Cohort 2024: judge the printed paper by its own numbers"
    script:
        "../scripts/audit_paper.py"


rule audit_methods:
    """Find which tests give each printed p-value, and whether another choice says otherwise."""
    input:
        cells="data/published/tables.csv",
        text="data/published/text.csv",
        code=modules_behind("workflow/scripts/audit_methods.py"),
    output:
        methods=update("results/2024/audit/methods.csv"),
        choices=update("results/2024/audit/choices.csv"),
        uniformity=update("results/2024/audit/uniformity.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/audit_methods.done"),
    log:
        "results/2024/logs/audit_methods.log",
    conda:
        "../../environment.yml"
    params:
        plan={key: plan[key] for key in ("alpha", "groups", "variables", "tables")},
        named_tests=audit["named_tests"],
    message:
        "Printed paper: look for the tests behind its p-values"
    script:
        "../scripts/audit_methods.py"


rule render_audit:
    """Render the audit for people: a page, which prints on one sheet for an editor."""
    input:
        audit=rules.audit_paper.output.audit,
        omissions=rules.audit_paper.output.omissions,
        tables=rules.audit_paper.input.tables,
        text=rules.audit_paper.input.text,
        statements=rules.audit_paper.input.statements,
        conflicts=rules.audit_consistency.output.conflicts,
        corrections=rules.audit_consistency.output.corrections,
        choices=rules.audit_methods.output.choices,
        uniformity=rules.audit_methods.output.uniformity,
        ranges=rules.audit_paper.input.ranges,
        citation="CITATION.cff",
        page="workflow/pages/audit.html.j2",
        layout=["workflow/pages/layout.html.j2", "manuscript/theme/paper.css"],
        figure="workflow/pages/verdicts.svg.j2",
        code=modules_behind("workflow/scripts/render_audit.py"),
    output:
        page=in_report("results/2024/audit/audit.html", "Audit", "each printed number"),
        # as in clean_cohort
        done=touch("results/2024/logs/render_audit.done"),
    log:
        "results/2024/logs/render_audit.log",
    conda:
        "../../environment.yml"
    params:
        plan=plan,
    message:
        "Printed paper: the audit is in {output.page}"
    script:
        "../scripts/render_audit.py"


rule audit_other_paper:
    """Judge every number that a paper of data/published/<paper>/ prints by its other numbers."""
    input:
        settings="data/published/{paper}/paper.yaml",
        printed=printed_files,
        schema="workflow/schemas/paper.schema.yaml",
        page="workflow/pages/audit_other_paper.html.j2",
        layout=["workflow/pages/layout.html.j2", "manuscript/theme/paper.css"],
        code=modules_behind("workflow/scripts/audit_other_paper.py"),
    output:
        audit=update("results/audit/{paper}/audit.csv"),
        page=update("results/audit/{paper}/audit.html"),
        # as in clean_cohort
        done=touch("results/audit/{paper}/audit.done"),
    log:
        "results/audit/{paper}/audit.log",
    wildcard_constraints:
        paper="[A-Za-z0-9_-]+",
    conda:
        "../../environment.yml"
    message:
        "Paper {wildcards.paper}: the audit is in {output.page}"
    script:
        "../scripts/audit_other_paper.py"
