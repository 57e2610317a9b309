"""The config, the plan, the codebook and the cohorts, each checked against its closed schema."""

import sys
from pathlib import Path
from shutil import which

from snakemake.utils import validate

sys.path.insert(0, str(Path(workflow.basedir, "workflow/scripts")))

from crlm.additions import codebook_of, plan_of
from crlm.files import read_yaml
from crlm.imports import modules_behind


def read_config(name, schema):
    """Read a file of config/ and check it."""
    content = read_yaml(f"config/{name}")
    validate(content, f"../schemas/{schema}.schema.yaml", set_default=False)
    return content


if "cohort" in config:  # a year on the command line arrives as a number
    config["cohort"] = str(config["cohort"])
validate(config, "../schemas/config.schema.yaml", set_default=False)
plan = read_config("plan.yaml", "plan")
codebook = read_config("codebook.yaml", "codebook")
audit = read_config("audit.yaml", "audit")
privacy = read_config("privacy.yaml", "privacy")
cohorts = {
    path.stem: read_config(f"cohorts/{path.name}", "cohort")
    for path in sorted(Path("config/cohorts").glob("*.yaml"))
}
# With what each cohort's own config adds to them.
codebooks = {name: codebook_of(codebook, c["codebook"]) for name, c in cohorts.items()}
plans = {name: plan_of(plan, c["plan"]) for name, c in cohorts.items()}
drawn = {
    name: {part: p[part] for part in ("figures", "variables", "groups", "response_rules")}
    for name, p in plans.items()
}
for name in cohorts:
    validate(codebooks[name], "../schemas/codebook.schema.yaml", set_default=False)
    validate(plans[name], "../schemas/plan.schema.yaml", set_default=False)
if config["cohort"] not in cohorts:
    raise WorkflowError(
        f"There is no config/cohorts/{config['cohort']}.yaml. Cohorts: {', '.join(cohorts)}."
    )


def followed(wildcards):
    """Return the name of the cohort that a cohort follows."""
    older = cohorts[wildcards.cohort]["follows"]
    if older not in cohorts:
        raise WorkflowError(
            f"There is nothing to compare cohort {wildcards.cohort} with: in "
            f"config/cohorts/{wildcards.cohort}.yaml, `follows` is {older or 'null'}; expected the name of "
            f"a cohort. Cohorts: {', '.join(cohorts)}. Another cohort: --config cohort=<name>"
        )
    return older


def of_followed(part="", within=cohorts):
    """Return a function that looks up what `within` holds of the cohort that is followed."""

    def look_up(wildcards):
        whole = within[followed(wildcards)]
        return whole[part] if part else whole

    return look_up
