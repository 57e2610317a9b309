"""The plan of the analysis, as the common config and a cohort's own file have it.

conditions      the closed language of conditions
variables       what variables, levels and tables mean
additions       what a cohort adds to codebook and plan
synonyms        names of columns and levels in seven languages
"""
