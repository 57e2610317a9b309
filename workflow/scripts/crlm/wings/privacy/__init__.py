"""What the results may tell of a patient.

measures        k-anonymity, l-diversity
contents        a file as its readers could read it
leaks           patients in what is to be published
suppression     small cells, and what would give them away
crate           a release described to programs
release         `make publish`
"""
