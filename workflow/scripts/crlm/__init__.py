"""The paper's own code: one module a stage, which knows nothing of Snakemake, paths or config."""
