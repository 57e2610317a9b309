rule fill_manuscript:
    """Fill the manuscript's template with the numbers, tables and figures."""
    input:
        template="manuscript/paper.qmd.j2",
        beside=["manuscript/references.bib", "manuscript/vancouver.csl"],
        prose="manuscript/prose.yaml",
        numbers=rules.collect_numbers.output.json,
        patients=rules.clean_cohort.output.patients,
        cells=rules.clean_cohort.output.cells,
        response=rules.classify_response.output.response,
        tests=rules.compare_groups.output.tests,
        sensitivity=rules.compare_groups.output.sensitivity,
        references="manuscript/references.bib",
        panel=multiext("manuscript/theme/trace", ".css", ".js"),
        figures=expand(
            "results/{{cohort}}/figures/{figure}.{format}",
            figure=[*plan["figures"], "flow", "waterfall"],
            format=["svg", "png"],
        ),
        code=multiext(
            "workflow/scripts/crlm/",
            "accounts.py",
            "additions.py",
            "agreement.py",
            "amendments.py",
            "claims.py",
            "cohort.py",
            "conditions.py",
            "description.py",
            "files.py",
            "formats.py",
            "manuscript.py",
            "methods.py",
            "phrases.py",
            "problems.py",
            "proposals.py",
            "prose.py",
            "response.py",
            "spelling.py",
            "trace.py",
            "unknowns.py",
            "verification.py",
        ),
    output:
        qmd=update("results/{cohort}/manuscript/paper.qmd"),
        beside=update(multiext("results/{cohort}/manuscript/", "references.bib", "vancouver.csl")),
        trace=update(multiext("results/{cohort}/manuscript/trace", ".json", ".html")),
        unused=update("results/{cohort}/manuscript/unused.csv"),
        figures=update(
            expand(
                "results/{{cohort}}/manuscript/figures/{figure}.{format}",
                figure=[*plan["figures"], "flow", "waterfall"],
                format=["svg", "png"],
            )
        ),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/fill_manuscript.done"),
    log:
        "results/{cohort}/logs/fill_manuscript.log",
    conda:
        "../../environment.yml"
    params:
        plan=lookup(dpath="{cohort}", within=plans),
        cohort=lookup(dpath="{cohort}", within=cohorts),
    message:
        "Cohort {wildcards.cohort}: fill the manuscript"
    script:
        "../scripts/fill_manuscript.py"


rule render_manuscript:
    """Render the manuscript to one format: by Quarto where it is present, else by pandoc and typst."""
    input:
        qmd=rules.fill_manuscript.output.qmd,
        prose="manuscript/prose.yaml",
        numbers=rules.collect_numbers.output.json,
        beside=rules.fill_manuscript.output.beside,
        trace=rules.fill_manuscript.output.trace,
        figures=rules.fill_manuscript.output.figures,
        theme=expand(
            "manuscript/theme/{part}",
            part=[
                "crossref.lua",
                "paper.css",
                "paper.html5",
                "paper.openxml",
                "paper.typ",
                "docx/[Content_Types].xml",
                "docx/word/_rels/document.xml.rels",
                "docx/word/document.xml",
                "docx/word/footer1.xml",
                "docx/word/styles.xml",
            ],
        ),
        code=multiext(
            "workflow/scripts/crlm/",
            "problems.py",
            "prose.py",
            "rendered.py",
            "rendering.py",
            "verification.py",
        ),
    output:
        report(
            update("results/{cohort}/manuscript/paper.{document}"),
            category="Paper",
            caption="../report/paper.rst",
        ),
        # as in clean_cohort
        touch("results/{cohort}/logs/render_manuscript_{document}.done"),
    log:
        "results/{cohort}/logs/render_manuscript_{document}.log",
    conda:
        "../../environment.yml"
    params:
        renderer=config["renderer"],
        timestamp=config["timestamp"],
    message:
        "Cohort {wildcards.cohort}: render the manuscript as {wildcards.document}"
    script:
        "../scripts/render_manuscript.py"
