# What gives the paper its look, by either renderer; it lies beside the manuscript too.
theme = ["crossref.lua", "paper.css", "paper.html5", "paper.openxml", "paper.typ"]


rule fill_manuscript:
    """Fill the manuscript's template with the numbers, tables and figures."""
    input:
        template="manuscript/paper.qmd.j2",
        beside=[
            "manuscript/references.bib",
            "manuscript/vancouver.csl",
            *expand("manuscript/theme/{part}", part=theme),
        ],
        docx=expand(
            "manuscript/theme/docx/{part}",
            part=[
                "[Content_Types].xml",
                "word/_rels/document.xml.rels",
                "word/document.xml",
                "word/footer1.xml",
                "word/header1.xml",
                "word/styles.xml",
            ],
        ),
        prose="manuscript/prose.yaml",
        numbers=rules.collect_numbers.output.json,
        accounts=rules.collect_numbers.output.accounts,
        patients=rules.clean_cohort.output.patients,
        cells=rules.clean_cohort.output.cells,
        readings=rules.clean_cohort.output.readings,
        response=rules.classify_response.output.response,
        references="manuscript/references.bib",
        style="manuscript/vancouver.csl",
        panel=multiext("manuscript/theme/trace", ".css", ".js"),
        code=modules_behind("workflow/scripts/fill_manuscript.py"),
    output:
        qmd=update("results/{cohort}/manuscript/paper.qmd"),
        parsed=update("results/{cohort}/manuscript/paper.json"),
        beside=update(
            expand(
                "results/{{cohort}}/manuscript/{part}",
                part=["references.bib", "vancouver.csl", *expand("theme/{part}", part=theme)],
            )
        ),
        reference=update("results/{cohort}/manuscript/theme/reference.docx"),
        trace=update(multiext("results/{cohort}/manuscript/trace", ".json", ".html")),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/fill_manuscript.done"),
    log:
        "results/{cohort}/logs/fill_manuscript.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=plans),
        cohort=of_cohort(),
    message:
        "Cohort {wildcards.cohort}: fill the manuscript"
    script:
        "../scripts/fill_manuscript.py"


rule render_manuscript:
    """Render the manuscript to one format: by Quarto where it is present, else by pandoc and typst."""
    input:
        qmd=rules.fill_manuscript.output.qmd,
        parsed=rules.fill_manuscript.output.parsed,
        prose="manuscript/prose.yaml",
        numbers=rules.collect_numbers.output.json,
        beside=rules.fill_manuscript.output.beside,
        trace=rules.fill_manuscript.output.trace,
        figures=rules.plot_figures.output.beside,
        reference=rules.fill_manuscript.output.reference,
        theme=[*expand("manuscript/theme/{part}", part=theme), *rules.fill_manuscript.input.docx],
        code=modules_behind("workflow/scripts/render_manuscript.py"),
    output:
        in_report("results/{cohort}/manuscript/paper.{document}", "Paper", "the paper"),
        # as in clean_cohort
        touch("results/{cohort}/logs/render_manuscript_{document}.done"),
    log:
        "results/{cohort}/logs/render_manuscript_{document}.log",
    conda:
        "../../environment.yml"
    params:
        renderer=config["renderer"],
        # A Quarto that comes or goes changes what `auto` stands for, and so the documents: the paper
        # is rendered again, and this parameter is the reason. The choice itself is made where the
        # rule runs, which may be another environment than this.
        found=config["renderer"].replace("auto", "quarto" if which("quarto") else "embedded"),
        timestamp=config["timestamp"],
    message:
        "Cohort {wildcards.cohort}: render the manuscript as {wildcards.document} (renderer: {params.found})"
    script:
        "../scripts/render_manuscript.py"
