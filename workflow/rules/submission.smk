rule render_submission:
    """Write all that a journal asks for: manuscript, anonymous too, title page, figures, tables, JATS, LaTeX, ODT, checklists."""
    input:
        profile="config/journals/{journal}.yaml",
        schema="workflow/schemas/journal.schema.yaml",
        flow=rules.clean_cohort.output.flow,
        response=rules.classify_response.output.response,
        tables=rules.describe_cohort.output.compared,
        tests=rules.compare_groups.output.tests,
        specifications=rules.collect_specifications.output.specifications,
        ranges=of_cohort("ranges"),
        qmd=rules.fill_manuscript.output.qmd,
        beside=rules.fill_manuscript.output.beside,
        figures=rules.plot_figures.output.beside,
        pdf="results/{cohort}/manuscript/paper.pdf",
        theme=rules.render_manuscript.input.theme,
        page="workflow/pages/submission.html.j2",
        layout=["workflow/pages/layout.html.j2", "manuscript/theme/paper.css"],
        code=modules_behind("workflow/scripts/render_submission.py"),
    output:
        whole=update("results/{cohort}/submission/{journal}/submission.html"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/render_submission_{journal}.done"),
    log:
        "results/{cohort}/logs/render_submission_{journal}.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=read_by["plot_figures"]),
        rule=of_cohort("response_rule"),
        cohort=of_cohort(),
        timestamp=config["timestamp"],
    message:
        "Cohort {wildcards.cohort}: write the submission to {wildcards.journal}"
    script:
        "../scripts/render_submission.py"
