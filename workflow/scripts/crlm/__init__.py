"""The paper's own code: it knows nothing of Snakemake, paths or config.

Where to begin: the stages of the paper, in the order of the workflow, each with what it alone uses.

cohort          received workbook redcap identifiers dates pseudonyms amendments spelling admission;
                unknowns (lines to paste), cleaning (the report), intake (`make cohort`)
response        agreement
description     proposals (lines to paste)
comparison      association enumeration
figures
numbers         formats methods registry openness
manuscript      phrases claims prose verification; trace accounts conditions (the panel)
rendering       rendered

Beside the paper:

reconstruction  sheet plausibility transcription (the rows of 2024)
ensemble        totals quantities convergence bounds ranges (what the print leaves open)
audit           printed verdicts shares statements omissions finding coverage (verdicts);
                consistency conflicts constraints grim; printed_tests;
                report facsimile evidence editor (the pages)
revision        digest; tracked tracking alignment (tracked changes)
privacy         release leaks (`make publish`)
mutation        mutant wording survivors
example         dialects (the synthetic cohort)

Everywhere: problems (errors for people), files, pages, additions (a cohort's own config), imports;
configuration schemas references (config/ and what is wrong with it), check (`make check`).
"""
