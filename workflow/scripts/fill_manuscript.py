"""Fill the manuscript of a cohort."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crlm.base.files import read_text
from crlm.base.problems import refuse, reported
from crlm.manuscript.denials import find_denials
from crlm.manuscript.docx import write_reference_docx
from crlm.manuscript.letters import require_letters
from crlm.manuscript.pandoc import as_json, keep_read
from crlm.manuscript.prose import read_rules, require_bound
from crlm.manuscript.rendering import require_references
from crlm.manuscript.template import fill_claims, read_numbers, write_manuscript
from crlm.manuscript.trace import keys_in, read_study, trace, trace_claims, write_trace
from crlm.plan.analysis import read_plan

with reported(snakemake.log[0]), ThreadPoolExecutor(1) as pandoc:
    own = f"config/cohorts/{snakemake.wildcards.cohort}.yaml"
    configs = {
        own: snakemake.params.cohort,
        "config/plan.yaml, as the cohort has it": snakemake.params.plan,
    }
    require_letters(configs)
    template = read_text(snakemake.input.template)
    rules = read_rules(snakemake.input.prose)
    numbers, plan = read_numbers(snakemake.input.numbers), read_plan(snakemake.params.plan)
    text, claims = fill_claims(template, numbers, plan, snakemake.params.cohort)
    pandoc.submit(as_json, text)  # while the template and the text are checked and traced here
    require_bound(template, snakemake.input.template, rules, configs)
    refuse(find_denials(text, numbers, plan, rules, snakemake.output.qmd))
    study = read_study(snakemake.input)
    traced = trace(keys_in(text, study.numbers), study, trace_claims(claims, numbers))
    require_references(
        text, snakemake.input.template, snakemake.input.references, snakemake.input.style
    )
    write_manuscript(text, snakemake.output.qmd, snakemake.input.beside, snakemake.output.beside)
    keep_read(text, snakemake.output.parsed)
    write_reference_docx(Path(snakemake.output.reference), Path(snakemake.input.docx[0]).parent)
    write_trace(traced, snakemake.input.panel, *snakemake.output.trace)
