"""What a journal asks for, made from the filled manuscript: `make submission`.

documents       the manuscript in parts, anonymous too, as Word, JATS, LaTeX and ODT
checklists      where each item of a checklist is met: section and page
title_page      what the authors declare, what is counted against the journal's limits
package         the folder
"""
