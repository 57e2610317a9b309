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
        template="manuscript/paper.qmd.j2",
        prose="manuscript/prose.yaml",
        qmd=rules.fill_manuscript.output.qmd,
        code=multiext(
            "workflow/scripts/crlm/",
            "additions.py",
            "agreement.py",
            "amendments.py",
            "association.py",
            "claims.py",
            "cohort.py",
            "comparison.py",
            "description.py",
            "enumeration.py",
            "files.py",
            "formats.py",
            "manuscript.py",
            "methods.py",
            "mutant.py",
            "mutation.py",
            "numbers.py",
            "phrases.py",
            "problems.py",
            "proposals.py",
            "prose.py",
            "registry.py",
            "received.py",
            "redcap.py",
            "response.py",
            "spelling.py",
            "unknowns.py",
            "verification.py",
            "wording.py",
            "workbook.py",
        ),
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
        code=multiext("workflow/scripts/crlm/", "files.py", "problems.py", "survivors.py"),
    output:
        mutants="results/{cohort}/mutation/mutation.csv",
        summary="results/{cohort}/mutation/summary.csv",
        report="results/{cohort}/mutation/mutation.md",
    log:
        "results/{cohort}/logs/collect_mutants.log",
    conda:
        "../../environment.yml"
    message:
        "Cohort {wildcards.cohort}: what came of the mutants is in results/{wildcards.cohort}/mutation/"
    script:
        "../scripts/collect_mutants.py"
