"""The config, the plan, the codebook and the cohorts, each checked against its closed schema."""

from pathlib import Path

import yaml
from snakemake.utils import validate


def read_config(name, schema):
    """Read a file of config/ and check it."""
    content = yaml.safe_load(Path("config", name).read_text(encoding="utf-8"))
    validate(content, f"../schemas/{schema}.schema.yaml", set_default=False)
    return content


if "cohort" in config:  # a year on the command line arrives as a number
    config["cohort"] = str(config["cohort"])
validate(config, "../schemas/config.schema.yaml", set_default=False)
plan = read_config("plan.yaml", "plan")
codebook = read_config("codebook.yaml", "codebook")
cohorts = {
    path.stem: read_config(f"cohorts/{path.name}", "cohort")
    for path in sorted(Path("config/cohorts").glob("*.yaml"))
}
if config["cohort"] not in cohorts:
    raise WorkflowError(
        f"There is no config/cohorts/{config['cohort']}.yaml. Cohorts: {', '.join(cohorts)}."
    )
