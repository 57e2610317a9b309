"""From raw tables to the clean cohort.

identifiers     cells and columns that could tell who a patient is
pseudonyms      ids, and pseudonyms made of them
numerals        numbers as people write them
dates           dates, years, intervals
missing         cells that say that a value is missing, or hold none
misreadings     codes and numbers that may be misread, and are asked
units           numbers that may be in another unit, and are asked
reading         columns: each distinct cell read once
summary_rows    rows that are no patients
duplicates      patients who stand twice
amendments      corrections and withdrawals
unknowns        what the codebook does not know, with lines to paste
mapping         the rows of the sheet that asks for it
decisions       what was decided in that sheet
cells           every raw cell and what was made of it, as files
asked           what is asked of a table's columns, and the answers
cleaned         the clean cohort, and a log of every cell that changed
questions       the cleaning report
admission       all that keeps a raw table out, at once
"""
