"""The manuscript.

template        blocks of the template: tables, figures, levels
supplement      its tables: departures from the print, the ledger, effects, STROBE
captions        of the figures, with their alternative texts
claims          the template, parsed: what it may print, its claims
phrases         lists, comparisons and levels in words
statements      what a sentence states; a claim against its condition
placement       keys beside the names of what they are of
prose           what an author may not type
denials         sentences that deny a p-value of the tables
strobe          the STROBE checklist, and where each item is met
verification    the filled text against the registry
markdown        any text as Markdown that prints it as typed
letters         letters that a font lacks
alignment       texts side by side
trace           the panel behind each number, `make trace`
pandoc          pandoc, and the text as it reads it
docx            documents of Word: what pandoc can't write into them
rendering       HTML, PDF, DOCX, by Quarto or pandoc and Typst
rendered        the documents, read back
"""
