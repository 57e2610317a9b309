rule collect_numbers:
    """Collect every quantity of the paper in the number registry, with the account of each."""
    input:
        patients=rules.clean_cohort.output.patients,
        followed=lookup(dpath="{cohort}", within=clean_followed),
        flow=rules.clean_cohort.output.flow,
        response=rules.classify_response.output.response,
        agreement=rules.classify_response.output.agreement,
        tables=[*rules.describe_cohort.output.tables, *rules.compare_groups.output.tables],
        tests=rules.compare_groups.output.tests,
        sensitivity=rules.compare_groups.output.sensitivity,
        ledger=rules.compare_groups.output.ledger,
        effects=rules.compare_groups.output.effects,
        specifications=rules.collect_specifications.output.specifications,
        literature="data/literature.yaml",
        ranges=lookup(dpath="{cohort}/ranges", within=cohorts),
        printed=lookup(dpath="{cohort}/printed", within=cohorts, default=[]),
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
        plan=lookup(dpath="{cohort}", within=plans),
        period=lookup(dpath="{cohort}/period", within=cohorts),
        primary=lookup(dpath="{cohort}/response_rule", within=cohorts),
    message:
        "Cohort {wildcards.cohort}: collect the number registry"
    script:
        "../scripts/collect_numbers.py"
