"""The files of config/, and all that is wrong with them.

configuration   all files, read and judged
schemas         what no schema allows, told with line and key
references      names that lead nowhere
validity        what no schema can see
"""
