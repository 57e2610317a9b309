"""What changed since the cohort that this one follows.

factors         each change, by what moved it
digest          the page about it
tracked         the manuscript with tracked changes
tracking        two documents as one with marks
"""
