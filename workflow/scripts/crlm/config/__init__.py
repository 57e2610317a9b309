"""The files of config/, and all that is wrong with them.

configuration   all files, read and judged
schemas         what no schema allows, told with line and key
validity        what no schema can see
"""
