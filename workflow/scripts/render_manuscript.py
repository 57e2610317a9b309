"""Render the filled manuscript to one format, and log which renderer ran."""

from pathlib import Path

from crlm.rendering import render

renderer = render(
    qmd=Path(snakemake.input.qmd),
    out=Path(snakemake.output[0]),
    renderer=snakemake.params.renderer,
    theme=Path(snakemake.input.theme),
    timestamp=snakemake.params.timestamp,
)
Path(snakemake.log[0]).write_text(f"renderer: {renderer}\n", encoding="utf-8")
