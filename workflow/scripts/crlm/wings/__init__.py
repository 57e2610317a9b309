"""What is done beside the paper; nothing of the paper imports it.

privacy         what the results may tell of a patient; `make publish`
reproduction    whether another build gives the same: `make record`, `make verify`
revision        what changed since an older cohort, and why
merging         edits made in Word, led back into the template
submission      what a journal asks for, in one folder
watch           `make watch`: the page anew at each save
audit           the printed paper, held against itself
reconstruction  the rows of 2024, made from the printed tables, and what these leave open
"""
