"""`make watch`: the page of the paper anew at each save, beside the editor.

preview         the page and the source that editors preview, from the sources as saved
serving         that folder, to a browser of this machine
watching        what was saved; what has to be made anew first
"""
