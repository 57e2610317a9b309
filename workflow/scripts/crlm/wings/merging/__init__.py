"""Edits made in Word, led back into the template.

word             a document of Word: its text, tracked changes and comments
sentences        its words and sentences; what became of each in another document
origins          where each word of a document stands in the template
edits            what an edit of words writes into the template, or why it can't
whole_sentences  what a sentence that was deleted, inserted or moved writes there
judging          each change: applied, refused or to decide, and by whom it is
review           a reviewed document against what was sent: the edits and the diff
page             the page about it
"""
