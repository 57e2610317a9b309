rule revise_paper:
    """Compare every quantity and claim with the cohort that this one follows, and say what moved them."""
    input:
        old_raw=of_followed("raw"),
        old_dictionaries=of_followed("dictionaries"),
        old_corrections=of_followed("corrections"),
        old_withdrawn=of_followed("withdrawn"),
        old_followed=of_followed(within=clean_followed),
        old_qmd=collect("results/{older}/manuscript/paper.qmd", older=followed),
        old_figures=collect(
            "results/{older}/figures/{figure}.svg",
            older=followed,
            figure=[*plan["figures"], "flow", "waterfall"],
        ),
        raw=of_cohort("raw"),
        dictionaries=of_cohort("dictionaries"),
        corrections=of_cohort("corrections"),
        withdrawn=of_cohort("withdrawn"),
        followed=of_cohort(within=clean_followed),
        qmd=rules.fill_manuscript.output.qmd,
        figures=expand(
            "results/{{cohort}}/figures/{figure}.svg",
            figure=[*plan["figures"], "flow", "waterfall"],
        ),
        kept=of_cohort("kept_numbers"),
        literature="data/literature.yaml",
        old_ranges=of_followed("ranges"),
        ranges=of_cohort("ranges"),
        old_printed=of_followed("printed"),
        printed=of_cohort("printed"),
        template="manuscript/paper.qmd.j2",
        prose="manuscript/prose.yaml",
        page=multiext("workflow/pages/", "revision.html.j2", "layout.html.j2"),
        style="manuscript/theme/paper.css",
        code=modules_behind("workflow/scripts/revise_paper.py"),
    output:
        changes=update("results/{cohort}/revision/changes.csv"),
        claims=update("results/{cohort}/revision/claims.csv"),
        page=in_report(
            "results/{cohort}/revision/revision.html", "Revision", "what no longer holds"
        ),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/revise_paper.done"),
    log:
        "results/{cohort}/logs/revise_paper.log",
    conda:
        "../../environment.yml"
    params:
        codebook=of_cohort(within=codebooks),
        plan=of_cohort(within=plans),
        cohort=of_cohort(),
        old_name=followed,
        old_codebook=of_followed(within=codebooks),
        old_plan=of_followed(within=plans),
        old_cohort=of_followed(within=cohorts),
    message:
        "Cohort {wildcards.cohort}: rebuild with one factor at a time since cohort {params.old_name}"
    script:
        "../scripts/revise_paper.py"


rule render_revision:
    """Render the manuscript with tracked changes since the cohort that this one follows."""
    input:
        old_qmd=collect("results/{older}/manuscript/paper.qmd", older=followed),
        old_figures=collect(
            "results/{older}/manuscript/figures/{figure}.png",
            older=followed,
            figure=[*plan["figures"], "flow", "waterfall"],
        ),
        qmd=rules.fill_manuscript.output.qmd,
        beside=rules.fill_manuscript.output.beside,
        figures=rules.plot_figures.output.beside,
        theme=rules.render_manuscript.input.theme,
        code=modules_behind("workflow/scripts/render_revision.py"),
    output:
        update("results/{cohort}/revision/tracked.docx"),
        # as in clean_cohort
        touch("results/{cohort}/logs/render_revision.done"),
    log:
        "results/{cohort}/logs/render_revision.log",
    conda:
        "../../environment.yml"
    params:
        timestamp=config["timestamp"],
        old_name=followed,
    message:
        "Cohort {wildcards.cohort}: tracked changes since cohort {params.old_name}"
    script:
        "../scripts/render_revision.py"
