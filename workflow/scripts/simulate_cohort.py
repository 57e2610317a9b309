"""Simulate the synthetic patients of 2025, and write them as their hospitals would."""

from numpy.random import default_rng

from crlm.dialects import write_redcap, write_semicolons, write_spss, write_workbook
from crlm.example import simulate_cohort
from crlm.problems import reported

with reported(snakemake.log[0]):
    hospitals = simulate_cohort(snakemake.params.seed)
    spelling = default_rng(snakemake.params.seed)
    write_semicolons(hospitals["A"], spelling, snakemake.output.a)
    write_workbook(hospitals["B"], spelling, snakemake.output.b)
    write_spss(hospitals["C"], snakemake.output.c)
    write_redcap(hospitals["D"], snakemake.output.d, snakemake.output.dictionary)
