"""Check the filled manuscript, render it to one format, read it back, log which renderer ran.

The theme is a list of files, the first of them at the top of its folder, so that an edit to any
of them is seen.
"""

import json
from pathlib import Path

from crlm.base.problems import reported
from crlm.manuscript.docx import keep_sent
from crlm.manuscript.pandoc import take_read
from crlm.manuscript.prose import read_rules
from crlm.manuscript.rendered import require_injected, require_layout, require_tables
from crlm.manuscript.rendering import describe_renderer, render
from crlm.manuscript.verification import require_filled

with reported(snakemake.log[0]):
    take_read(snakemake.input.parsed)
    require_filled(
        Path(snakemake.input.qmd).read_text(encoding="utf-8"),
        json.loads(Path(snakemake.input.numbers).read_text(encoding="utf-8")),
        snakemake.input.qmd,
    )
    renderer = render(
        qmd=Path(snakemake.input.qmd),
        out=Path(snakemake.output[0]),
        renderer=snakemake.params.renderer,
        theme=Path(snakemake.input.theme[0]).parent,
        timestamp=snakemake.params.timestamp,
    )
    require_injected(Path(snakemake.output[0]), read_rules(snakemake.input.prose))
    require_tables(Path(snakemake.output[0]), Path(snakemake.input.qmd))
    require_layout(Path(snakemake.output[0]), Path(snakemake.input.qmd))
    keep_sent(
        Path(snakemake.output[0]),
        Path(snakemake.input.qmd),
        Path(snakemake.output[0]).parents[1].joinpath("merge/sent"),
    )
    Path(snakemake.log[0]).write_text(describe_renderer(renderer), encoding="utf-8")
