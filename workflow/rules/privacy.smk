paper_tables = rules.collect_numbers.input.tables
# What the cohort that a cohort follows has released: nothing where it follows none.
earlier = {
    name: {
        "patients": expand(rules.clean_cohort.output.patients, cohort=c["follows"] or []),
        "tables": expand(paper_tables, cohort=c["follows"] or []),
    }
    for name, c in cohorts.items()
}


rule measure_privacy:
    """Measure what the patients' rows, the tables, and the difference to an earlier release tell about single patients."""
    input:
        patients=rules.clean_cohort.output.patients,
        tables=paper_tables,
        earlier_patients=of_cohort("patients", earlier),
        earlier_tables=of_cohort("tables", earlier),
        page="workflow/pages/privacy.html.j2",
        layout=["workflow/pages/layout.html.j2", "manuscript/theme/paper.css"],
        code=modules_behind("workflow/scripts/measure_privacy.py"),
    output:
        csv=update("results/{cohort}/privacy/privacy.csv"),
        html=in_report("results/{cohort}/privacy/privacy.html", "Data", "what may be published"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/measure_privacy.done"),
    log:
        "results/{cohort}/logs/measure_privacy.log",
    conda:
        "../../environment.yml"
    params:
        config=privacy,
        follows=of_cohort("follows"),
        provenance=of_cohort("provenance"),
        variables=of_cohort("variables", plans),
    message:
        "Cohort {wildcards.cohort}: measure privacy"
    script:
        "../scripts/measure_privacy.py"


rule publish_results:
    """Copy the results without patients to publish/<cohort>/, and refuse if any is found in the copy."""
    input:
        files=[
            rules.clean_cohort.output.flow,
            rules.classify_response.output.agreement,
            *paper_tables,
            rules.compare_groups.output.tests,
            rules.compare_groups.output.sensitivity,
            rules.compare_groups.output.ledger,
            rules.compare_groups.output.effects,
            *rules.plot_figures.output.figures,
            rules.collect_numbers.output.json,
            rules.collect_numbers.output.csv,
            rules.fill_manuscript.output.qmd,
            *rules.fill_manuscript.output.beside,
            *rules.fill_manuscript.output.trace,
            *rules.plot_figures.output.beside,
            *expand(
                rules.render_manuscript.output[0],
                document=config["formats"],
                allow_missing=True,
            ),
        ],
        numbers=rules.collect_numbers.output.json,
        accounts=rules.collect_numbers.output.accounts,
        patients=rules.clean_cohort.output.patients,
        cells=rules.clean_cohort.output.cells,
        readings=rules.clean_cohort.output.readings,
        response=rules.classify_response.output.response,
        references="manuscript/references.bib",
        panel=multiext("manuscript/theme/trace", ".css", ".js"),
        report=rules.measure_privacy.output.html,
        findings=rules.measure_privacy.output.csv,
        code=modules_behind("workflow/scripts/publish_results.py"),
    output:
        whole=update("publish/{cohort}/MANIFEST"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/publish_results.done"),
    log:
        "results/{cohort}/logs/publish_results.log",
    conda:
        "../../environment.yml"
    params:
        cohort=of_cohort(),
        timestamp=config["timestamp"],
        with_marks=privacy["publish_patient_level_figures"],
        plan=lookup(dpath="{cohort}", within=plans),
        small_cells=privacy["small_cells"],
    message:
        "Cohort {wildcards.cohort}: copy the results without patients to publish/{wildcards.cohort}/"
    script:
        "../scripts/publish_results.py"
