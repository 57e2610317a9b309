rule merge_review:
    """Lead the edits of a document that came back from Word into the template, as a diff and a page."""
    input:
        reviewed="results/{cohort}/merge/reviewed.docx",  # `make merge` puts it there
        docx=expand(rules.render_manuscript.output[0], document="docx", allow_missing=True),
        template="manuscript/paper.qmd.j2",
        prose="manuscript/prose.yaml",
        numbers=rules.collect_numbers.output.json,
        page=multiext("workflow/pages/", "merge.html.j2", "layout.html.j2"),
        style="manuscript/theme/paper.css",
        code=modules_behind("workflow/scripts/merge_review.py"),
    output:
        diff=update("results/{cohort}/merge/merge.diff"),
        # The template as it was read, and with the diff applied, which `make merge APPLY=1` puts in its place.
        read=update("results/{cohort}/merge/read.qmd.j2"),
        template=update("results/{cohort}/merge/paper.qmd.j2"),
        page=update("results/{cohort}/merge/merge.html"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/merge_review.done"),
    log:
        "results/{cohort}/logs/merge_review.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=plans),
        cohort=of_cohort(),
    message:
        "Cohort {wildcards.cohort}: lead the edits made in Word back"
    script:
        "../scripts/merge_review.py"
