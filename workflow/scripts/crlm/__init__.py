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
texts           what is wrong with the template, the rules of its prose, its references
check           `make check`: all that is wrong with a cohort's input
draft           `make cohort`: a first config for a new cohort, or one by the sheet
wings           what is done beside the paper: eight uses of it, imported by nothing above

A raw cell on its way to a printed digit:

received.tables.read_raw            a cell, as a text
cohort.admission.admit_tables       its table, refused where it names somebody, else cleaned:
cohort.cleaned.clean_cohort         the patients, a row each; of a table, column by column,
cohort.reading.read_column          each distinct cell is read once
cohort.reading.parse_cell           as its clean value, with the rule by which it is read so
response.classify_response          the response beside them
plan.variables.Variable.read        of each patient the level, or the number in the plan's unit
description.describe_table          the counts and summaries of a table
numbers.quantities.register_table   each of these once, with its printed form
manuscript.template.table_rows      the rows of the printed table
manuscript.rendering.render         the document

A cut point of config/plan.yaml joins it where a level is read (`plan.variables.Level.holds`).
"""
