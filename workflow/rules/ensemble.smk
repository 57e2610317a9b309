scattergather:
    ensemble=2,


rule reconstruct_start:
    """Reconstruct another cohort from the printed tables, by another seed: a start for the ensemble."""
    input:
        cells=rules.reconstruct_cohort.input.cells,
        text=rules.reconstruct_cohort.input.text,
        plan=rules.reconstruct_cohort.input.plan,
        codebook=rules.reconstruct_cohort.input.codebook,
        plausibility=rules.reconstruct_cohort.input.plausibility,
        code=modules_behind("workflow/scripts/reconstruct_start.py"),
    output:
        rows=update("results/2024/audit/ensemble/start_{seed}.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/reconstruct_start_{seed}.done"),
    log:
        "results/2024/logs/reconstruct_start_{seed}.log",
    conda:
        "../../environment.yml"
    message:
        "Cohort 2024: a start for the ensemble, seed {wildcards.seed} (about a minute)"
    script:
        "../scripts/reconstruct_start.py"


rule reconstruct_ensemble:
    """Draw cohorts that keep the printed tables, and measure what these leave open: a share of the draws."""
    input:
        patients=rules.clean_cohort.output.patients.format(cohort="2024"),
        response=rules.classify_response.output.response.format(cohort="2024"),
        starts=expand(rules.reconstruct_start.output.rows, seed=[1, 2]),
        cells=[rules.reconstruct_cohort.input.cells, rules.reconstruct_cohort.input.text],
        plausibility=rules.reconstruct_cohort.input.plausibility,
        code=modules_behind("workflow/scripts/reconstruct_ensemble.py"),
    output:
        draws=temp("results/2024/audit/ensemble/{kept}_{scatteritem}.csv"),
    log:
        "results/2024/logs/reconstruct_ensemble_{kept}_{scatteritem}.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_printed(plans),
        codebook=of_printed(codebooks),
        seed=2024,
        draws=config["draws"],
    message:
        "Cohort 2024: draw cohorts that keep what is {wildcards.kept}, share {wildcards.scatteritem}"
    script:
        "../scripts/reconstruct_ensemble.py"


rule measure_bounds:
    """Prove by the solver how far the rank tests go in any cohort that keeps the printed tables."""
    input:
        patients=rules.reconstruct_ensemble.input.patients,
        response=rules.reconstruct_ensemble.input.response,
        cells=rules.reconstruct_ensemble.input.cells,
        plausibility=rules.reconstruct_cohort.input.plausibility,
        code=modules_behind("workflow/scripts/measure_bounds.py"),
    output:
        bounds=update("results/2024/audit/bounds.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/measure_bounds.done"),
    log:
        "results/2024/logs/measure_bounds.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_printed(plans),
        codebook=of_printed(codebooks),
    message:
        "Cohort 2024: prove bounds on the rank tests"
    script:
        "../scripts/measure_bounds.py"


rule collect_ensemble:
    """Collect the draws, and tell how far what the print leaves open differs between them."""
    input:
        patients=rules.reconstruct_ensemble.input.patients,
        response=rules.reconstruct_ensemble.input.response,
        shares=expand(
            gather.ensemble("results/2024/audit/ensemble/{{kept}}_{scatteritem}.csv"),
            kept=["printed", "plausible"],
        ),
        bounds=rules.measure_bounds.output.bounds,
        code=modules_behind("workflow/scripts/collect_ensemble.py"),
    output:
        draws=update("results/2024/audit/ensemble.csv"),
        ranges=update("results/2024/audit/ranges.csv"),
        # as in clean_cohort
        done=touch("results/2024/logs/collect_ensemble.done"),
    log:
        "results/2024/logs/collect_ensemble.log",
    conda:
        "../../environment.yml"
    params:
        plan=of_printed(plans),
        rule=of_printed(part="response_rule"),
    message:
        "Cohort 2024: what the print leaves open is in results/2024/audit/ranges.csv"
    script:
        "../scripts/collect_ensemble.py"
