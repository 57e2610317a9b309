"""Render the filled manuscript to one format, and log which renderer ran.

The theme is a list of files, the first of them at the top of its folder, so that an edit to any
of them is seen.
"""

from pathlib import Path

from crlm.problems import reported
from crlm.prose import read_rules
from crlm.rendered import require_injected
from crlm.rendering import render

with reported(snakemake.log[0]):
    renderer = render(
        qmd=Path(snakemake.input.qmd),
        out=Path(snakemake.output[0]),
        renderer=snakemake.params.renderer,
        theme=Path(snakemake.input.theme[0]).parent,
        timestamp=snakemake.params.timestamp,
    )
    require_injected(Path(snakemake.output[0]), read_rules(snakemake.input.prose))
    Path(snakemake.log[0]).write_text(f"renderer: {renderer}\n", encoding="utf-8")
