"""The paper's own code: it knows nothing of Snakemake, paths or config.

Where to begin: the stages, in the order of the workflow, each with what it alone uses.

cohort          received workbook cell_formats spss redcap joining (files);
                dates pseudonyms amendments duplicates spelling;
                columns numerals (cells), misreadings (what is asked), summary_rows (no patients);
                identifiers masking vocabulary (what could tell who a patient is); admission;
                unknowns synonyms (lines to paste), cleaning (the report), intake (`make cohort`)
response        agreement
description     proposals (lines to paste)
comparison      association ranks enumeration
figures
numbers         formats methods registry openness
manuscript      markdown phrases claims prose verification; trace accounts conditions (the panel)
rendering       rendered
paper           (the whole flow on one page: begin here)

Beside the paper:

reconstruction  sheet plausibility transcription (the rows of 2024)
ensemble        totals quantities convergence bounds ranges (what the print leaves open)
audit           printed verdicts shares statements omissions finding coverage (verdicts);
                consistency conflicts constraints grim; printed_tests;
                report facsimile evidence editor (the pages)
revision        digest; tracked tracking alignment (tracked changes)
privacy         release leaks (`make publish`)
mutation        wording survivors
example         dialects (the synthetic cohort)

Everywhere: problems (errors for people), letters (glyphs), files, pages, additions (a cohort's own
config), imports; configuration schemas references validity (config/ and what is wrong with it),
check (`make check`).
"""
