rule fill_manuscript:
    """Fill the manuscript's template with the numbers, tables and figures."""
    input:
        template="manuscript/paper.qmd.j2",
        beside=["manuscript/references.bib", "manuscript/vancouver.csl"],
        numbers=rules.collect_numbers.output.json,
        figures=rules.plot_figures.output.figures,
        code=multiext("workflow/scripts/crlm/", "manuscript.py", "problems.py"),
    output:
        qmd="results/{cohort}/manuscript/paper.qmd",
        beside=multiext("results/{cohort}/manuscript/", "references.bib", "vancouver.csl"),
        figures=directory("results/{cohort}/manuscript/figures"),
    params:
        plan={k: plan[k] for k in ("variables", "groups", "tables", "figures")},
        cohort=lookup(dpath="{cohort}", within=cohorts),
    log:
        "results/{cohort}/logs/fill_manuscript.log",
    message:
        "Cohort {wildcards.cohort}: fill the manuscript"
    script:
        "../scripts/fill_manuscript.py"
