scattergather:
    mutants=4,


rule mutate_paper:
    """Change the paper's inputs one place at a time, and see what notices: a share of the mutants."""
    input:
        raw=lookup(dpath="{cohort}/raw", within=cohorts),
        dictionaries=lookup(dpath="{cohort}/dictionaries", within=cohorts),
        corrections=lookup(dpath="{cohort}/corrections", within=cohorts),
        withdrawn=lookup(dpath="{cohort}/withdrawn", within=cohorts),
        literature="data/literature.yaml",
        ranges=lookup(dpath="{cohort}/ranges", within=cohorts),
        template="manuscript/paper.qmd.j2",
        prose="manuscript/prose.yaml",
        qmd=rules.fill_manuscript.output.qmd,
        code=modules_behind("workflow/scripts/mutate_paper.py"),
    output:
        mutants=temp("results/{cohort}/mutation/{scatteritem}.csv"),
    log:
        "results/{cohort}/logs/mutate_paper_{scatteritem}.log",
    conda:
        "../../environment.yml"
    params:
        codebook=lookup(dpath="{cohort}", within=codebooks),
        plan=lookup(dpath="{cohort}", within=plans),
        cohort=lookup(dpath="{cohort}", within=cohorts),
    message:
        "Cohort {wildcards.cohort}: judge the mutants, share {wildcards.scatteritem}"
    script:
        "../scripts/mutate_paper.py"


rule collect_mutants:
    """Collect the mutants, and count which were caught."""
    input:
        shards=gather.mutants("results/{{cohort}}/mutation/{scatteritem}.csv"),
        code=modules_behind("workflow/scripts/collect_mutants.py"),
    output:
        mutants=update("results/{cohort}/mutation/mutation.csv"),
        summary=update("results/{cohort}/mutation/summary.csv"),
        report=update("results/{cohort}/mutation/mutation.md"),
        # as in clean_cohort
        done=touch("results/{cohort}/logs/collect_mutants.done"),
    log:
        "results/{cohort}/logs/collect_mutants.log",
    conda:
        "../../environment.yml"
    message:
        "Cohort {wildcards.cohort}: what came of the mutants is in results/{wildcards.cohort}/mutation/"
    script:
        "../scripts/collect_mutants.py"
