rule collect_numbers:
    """Collect every quantity of the paper in the number registry, with the account of each."""
    input:
        patients=rules.clean_cohort.output.patients,
        followed=of_cohort(within=clean_followed),
        flow=rules.clean_cohort.output.flow,
        response=rules.classify_response.output.response,
        agreement=rules.classify_response.output.agreement,
        tables=[*rules.describe_cohort.output.tables, *rules.describe_cohort.output.compared],
        tests=rules.compare_groups.output.tests,
        sensitivity=rules.compare_groups.output.sensitivity,
        ledger=rules.compare_groups.output.ledger,
        effects=rules.compare_groups.output.effects,
        specifications=rules.collect_specifications.output.specifications,
        literature="data/literature.yaml",
        ranges=of_cohort("ranges"),
        printed=of_cohort("printed"),
        schema="workflow/schemas/numbers.schema.yaml",
        form="workflow/schemas/accounts.schema.yaml",
        code=modules_behind("workflow/scripts/collect_numbers.py"),
    output:
        json=update("results/{cohort}/numbers/numbers.json"),
        csv=update("results/{cohort}/numbers/numbers.csv"),
        accounts=update("results/{cohort}/numbers/accounts.json"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/collect_numbers.done"),
    log:
        "results/{cohort}/logs/collect_numbers.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_cohort(within=plans),
        period=of_cohort("period"),
        primary=of_cohort("response_rule"),
    message:
        "Cohort {wildcards.cohort}: collect the number registry"
    script:
        "../scripts/collect_numbers.py"
