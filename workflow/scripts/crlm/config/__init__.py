"""The files of config/, and all that is wrong with them.

configuration   all files, read and judged
schemas         what no schema allows, told with line and key
torn            what can be read of a file that is no YAML in some places
validity        what no schema can see
own_codebook    what a cohort's file adds to the codebook, written anew
"""
