"""The rows of 2024, from the printed tables, and what these leave open.

plausibility    what rows of patients look like
unknown_rows    patients as variables of a solver, bound by the printed cells
rows            the reconstruction
judged          rows against the printed cells
totals          many cohorts at once against the printed cells
left_open       what a cohort gives that its printed tables may leave open
ensemble        cohorts that keep the printed cells, drawn at random
bounds          what the solver proves of all such cohorts
convergence     whether random walks agree
ranges          the ranges of all of these
"""
