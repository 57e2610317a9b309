"""What all stages use.

files           YAML and CSV, read without guessing
problems        what is wrong, told to people
formats         numbers as they are printed
forks           steps run in forks of one process that has loaded what they import
spelling        texts and ids in one plain form
masking         what a message may show of a text that might name somebody
vocabulary      words by which texts are judged (vocabulary.yaml)
proposals       lines to paste into config
pages           HTML pages from templates
rollback        what was made before a run, put back where it fails
imports         the modules behind a script
"""
