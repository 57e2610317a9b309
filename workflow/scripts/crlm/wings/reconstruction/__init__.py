"""The rows of 2024, from the printed tables, and what these leave open.

plausibility    what rows of patients look like
sheet           patients as variables of a solver
rows            the reconstruction
judged          rows against the printed cells
totals          many cohorts at once against the printed cells
drawn           what a drawn cohort gives
ensemble        cohorts that keep the print
bounds          proven ends of what they give
convergence     whether the draws can be relied on
ranges          how far the quantities go
"""
