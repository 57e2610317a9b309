"""What the results may tell of a patient.

measures        k-anonymity, l-diversity
leaks           patients in what is to be published
crate           a release described to programs
release         `make publish`
"""
