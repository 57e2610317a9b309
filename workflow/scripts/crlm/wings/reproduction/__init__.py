"""Whether another build gives the same: `make record` and `make verify`.

digests         what a release records of a build
verdicts        a build held against the record
rebuild         the build in a fresh folder, and the two commands
"""
