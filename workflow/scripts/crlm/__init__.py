"""The paper's own code: it knows nothing of Snakemake and its paths.

Read `paper` first: the whole flow on one page. Each folder's `__init__.py` lists its modules.
Modules import from the lines above their own, never from below (`make lint` checks it).

base            what all stages use: files, problems for people, formats of numbers, spelling
plan            what the plan means: conditions, levels, tables; synonyms, a cohort's additions
statistics      tests, intervals and agreement, exact where they can be
cohort          what a cell says, what a table holds, what must be asked, the clean cohort
received        files as hospitals send them: text, Excel, SPSS, REDCap
response        the response of each patient, by each rule
description     the descriptive tables
comparison      the tests between the groups
ledger          how far each test holds: what it could find, one patient left out, adjusted
multiverse      each question in all combinations of the choices that could have been others
figures         the figures
numbers         the registry of every printed number, and the account of each
config          the files of config/ and all that is wrong with them
manuscript      the text: filled, checked, traced, rendered
paper           from the sources to the filled manuscript, in one process
check           `make check`: all that is wrong with a cohort's input
draft           `make cohort`: a first config for a new cohort, or one by the sheet
wings           what is done beside the paper: eight uses of it, imported by nothing above
"""
