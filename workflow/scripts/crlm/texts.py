"""What is wrong with what the text is made from; no table is needed but where it is filled."""

from pathlib import Path
from types import SimpleNamespace

from crlm.base.files import read_text
from crlm.base.problems import Told
from crlm.config.configuration import TABLES, Configuration, as_list, read_checked, read_schema
from crlm.manuscript.prose import read_rules, require_bound
from crlm.manuscript.rendering import require_references
from crlm.plan.analysis import read_plan

CONFIG, SCHEMAS = "config", "workflow/schemas"
TEMPLATE, PROSE = "manuscript/paper.qmd.j2", "manuscript/prose.yaml"
LITERATURE = "data/literature.yaml"
REFERENCES = "manuscript/references.bib", "manuscript/vancouver.csl"


def typed_for(configuration: Configuration, name: str) -> dict[str, dict]:
    """Return the configs of a cohort, in which a text may state something, by their files."""
    return {
        configuration.file_of(name): configuration.cohorts.get(name, {}),
        f"{CONFIG}/plan.yaml, as the cohort has it": configuration.plans.get(name, {}),
    }


def check_texts(configuration: Configuration, name: str, whole: bool = False) -> Told:
    """Find what is wrong with the template, the rules of its prose, what it quotes and cites.

    Where nothing is wrong with the rest (`whole`), the text is filled too, so that keys, claims,
    and sentences that deny the tables are told without a build.
    """
    schema = read_schema(Path(SCHEMAS, "literature.schema.yaml"))
    told = Told(read_checked(LITERATURE, schema).faults)
    rules, template = told.by(read_rules, PROSE), told.by(read_text, TEMPLATE)
    if rules and template is not None:
        told.by(require_bound, template, TEMPLATE, rules, typed_for(configuration, name))
    text = ""
    if whole and not told:
        from crlm.manuscript.denials import find_denials
        from crlm.paper import build_paper, read_sources

        cohort, plan = configuration.cohorts[name], configuration.plans[name]
        own = cohort | {"cohort": cohort, "plan": plan, "codebook": configuration.codebooks[name]}
        tables = {key: as_list(cohort.get(key)) for key in TABLES}
        files = SimpleNamespace(**tables, template=TEMPLATE, prose=PROSE, literature=LITERATURE)
        if paper := told.by(lambda: build_paper(read_sources(files, SimpleNamespace(**own)))):
            text = paper.text
            told += find_denials(text, paper.numbers, read_plan(plan), rules)
    told.by(require_references, text, TEMPLATE, *REFERENCES)
    return told
