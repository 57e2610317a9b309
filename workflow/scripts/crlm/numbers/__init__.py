"""Every printed number: registered once, with what it means and whence it comes.

quantities      what is registered
words           names of tests and measures, as a text prints them
registry        the form of an entry
undetermined    what the print leaves open, with its range
accounts        filter, denominator, missing, formula of each
"""
