"""Files as hospitals send them.

tables          any file as a table of texts
text            text files
beside          who is named in a file beside its cells
workbook        Excel
limits          how large a table may be
cell_formats    Excel's formats: a cell as people see it
spss            SPSS
redcap          REDCap, with its dictionary
joining         several tables of the same patients
mapping_sheet   the workbook of a mapping, written and read back
"""
