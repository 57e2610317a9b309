"""Any printed paper, from a folder: its tables as printed, its text, and what each row holds.

printed         cells as people print them: numbers, marks, shapes
reading         the tables of a folder, with what `paper.yaml` says of them
proposal        a draft of `paper.yaml`, its guesses marked
checks          what one printed number says of others, and who is to blame
counts          counts, percentages and sums, and the tests of counts
measures        means, SDs, quartiles and ranges
means           tests and differences of means
effects         ratios and differences with intervals, test statistics with their p
prose           tests and numbers of the text, against themselves and the tables
auditing        all verdicts of a paper, and its page
"""
