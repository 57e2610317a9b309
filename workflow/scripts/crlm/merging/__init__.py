"""Edits made in Word, led back into the template.

word            a document of Word: its text, tracked changes and comments
sentences       its words and sentences; what became of each in another document
origins         where each word of a document stands in the template
changes         what becomes of each change, and why
review          a reviewed document against what was sent: the diff and the page
patch           the diff, applied to the template
"""
