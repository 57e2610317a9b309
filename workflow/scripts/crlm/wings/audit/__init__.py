"""A printed paper, held against itself.

A *verdict* is one of thirteen words: what can be said of a printed number, or of a claim in words.
*Evidence* is a printed comparison that speaks to a claim, with the p-values that the print allows.
A *proof* is arithmetic that printed numbers break: of a few of them (a sum, a percentage), or a
least set that the solver finds (a *conflict*); a *slip* undone, or the fewest to give up, mends it.
A *finding* is the verdict on one number or claim with its proof; on the page, findings of one
reason are one *point*.

transcription   printed cells, what they admit, and how the plan reads them
page            the printed numbers, by their places
verdict         what can be said of a number or a statement
shares          verdicts on counts and percentages
moments         verdicts on means, spreads and ranges
values          verdicts on all numbers: p-values, cut points, ratios
evidence        what printed numbers say to a claim
statements      verdicts on statements in words
omissions       what was not tested or not said
slips           the slip behind what can't hold together
proofs          one verdict a number, from all that is known of it
judging         all verdicts of a paper
constraints     printed cells as constraints of a solver
conflicts       least sets of cells that can't hold together, and what to give up
consistency     conflicts of a whole paper
grim            means that no whole numbers give
printed_tests   printed p-values against the tests named
explanations    what stands behind a verdict, in words
printed_tables  the printed tables, laid out again
report          the page about the audit; printed, one sheet
papers          any paper, from a folder
"""
