"""What changed since the cohort that this one follows.

moves           what moved or turned from state to state
factors         each change, by what moved it
digest          the page about it
tracked         the manuscript with tracked changes
tracking        two documents as one with marks
"""
