"""The plan of the analysis, as the common config and a cohort's own file have it.

conditions      the closed language of conditions
variables       what variables and levels mean
analysis        what groups, response rules, tables and figures mean: `read_plan`
faults          what is wrong with a plan that fits its schema
additions       what a cohort adds to codebook and plan
synonyms        names of columns and levels in seven languages
"""
