"""Every printed number: registered once, with what it means and whence it comes.

quantities      what is registered: constants, words, counts, summaries
analyses        and tests, correlations, agreement
answers         what all the tests of a question say together
printed         what a rebuilt paper prints of the same quantities
words           names of tests and measures, as a text prints them
registry        the form of an entry and of its account: filter, denominator, missing, formula
sentences       what a quantity says, in one plain sentence
undetermined    what the print leaves open, with its range
"""
