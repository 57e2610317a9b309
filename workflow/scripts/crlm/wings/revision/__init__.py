"""What changed since the cohort that this one follows.

changed_numbers  every number from state to state, and the p-values that turned
changed_claims   the sentences that turned
factors          each change, by what moved it: the papers between the two
page             the page about it
tracked          the manuscript with tracked changes
tracking         two documents as one with marks
"""
