"""What is wrong with what the text is made from, which no table tells."""

from collections.abc import Callable
from pathlib import Path

from crlm.base.files import read_text
from crlm.base.problems import Told
from crlm.config.configuration import Configuration, read_checked, read_schema
from crlm.manuscript.prose import read_rules, require_bound
from crlm.manuscript.rendering import require_references

CONFIG, SCHEMAS = "config", "workflow/schemas"
TEMPLATE, PROSE = "manuscript/paper.qmd.j2", "manuscript/prose.yaml"
LITERATURE = "data/literature.yaml"
REFERENCES = "manuscript/references.bib", "manuscript/vancouver.csl"


def check_texts(
    configuration: Configuration, name: str, fill: Callable[[dict, Told], str] | None = None
) -> Told:
    """Find what is wrong with the template, the rules of its prose, what it quotes and cites.

    Parameters
    ----------
    configuration, name
        The config, and the cohort whose paper it is.
    fill
        Returns the filled text, from the rules, and tells what is wrong with it; called where
        nothing is wrong before.
    """
    schema = read_schema(Path(SCHEMAS, "literature.schema.yaml"))
    told = Told(read_checked(LITERATURE, schema).faults)
    rules, template = told.by(read_rules, PROSE), told.by(read_text, TEMPLATE)
    if rules and template is not None:
        configs = {
            configuration.file_of(name): configuration.cohorts.get(name, {}),
            "config/plan.yaml, as the cohort has it": configuration.plans.get(name, {}),
        }
        told.by(require_bound, template, TEMPLATE, rules, configs)
    text = fill(rules, told) if fill and not told else ""
    told.by(require_references, text, TEMPLATE, *REFERENCES)
    return told
