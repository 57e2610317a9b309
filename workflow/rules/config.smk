"""The config, the plan, the codebook and the cohorts: what is wrong with them stops all, told at once."""

import logging
import re
import shlex
import signal
import sys
from operator import attrgetter
from pathlib import Path
from shutil import which

sys.path.insert(0, str(Path(workflow.basedir, "workflow/scripts")))

from crlm.base.forks import load
from crlm.base.rollback import KEPT, put_back, unlock


def tell_put_back(put_back, told):
    """Return what is told where results were put back, or why they could not be."""
    try:
        return told if put_back() else ""
    except OSError as error:
        return (
            f"Results of before this run could not be put back ({error}): they are in "
            f"{KEPT}, and are put back by the next run that fails."
        )


logging.raiseExceptions = False  # else each line that a full disk has no room for is told in twenty
if workflow.is_main_process and "--unlock" in sys.argv:  # whatever the config may be
    told = "The results of before the run that was killed are put back."
    print(tell_put_back(unlock, told) or "The folder is free.")
    sys.exit()
# Whether rules are running; the rules that failed, with their logs; what the engine said of errors;
# what became of the results of before; the jobs of this run; when what they read was written, and
# what of it was written meanwhile.
run = {"started": False, "failed": {}, "errors": [], "put_back": "", "jobs": []}
run |= {"read": {}, "changed": set()}


def tell_end(kind, error, trace):
    """Tell of Ctrl-C outside of the steps without a traceback, of which Python writes one."""
    if kind is not KeyboardInterrupt:
        sys.__excepthook__(kind, error, trace)
    else:
        told = "." if run["started"] else " before anything was made: nothing was changed."
        print(f"\nStopped{told}", file=sys.stderr)


sys.excepthook = tell_end
if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # as `make` has it till here
    signal.signal(signal.SIGINT, signal.default_int_handler)
if workflow.is_main_process:  # what most steps import, while the config is read here
    load("snakemake.script", "crlm.check", "crlm.paper", "crlm.manuscript.rendered")

from crlm.config.configuration import missing_files, read_configuration
from crlm.base.imports import modules_behind
from crlm.base.problems import MEND
from crlm.plan.analysis import read_plan
from crlm.plan.synonyms import with_readings


class QuotedPath(str):
    """A path that stands in quotation marks where it is put into a command of the shell."""

    def __format__(self, form):
        return shlex.quote(self)


# Snakemake runs scripts by a command with this path, in which the folder's name may have blanks.
sys.executable = QuotedPath(sys.executable)
if re.search(r"[{}]|%[0-9A-Fa-f]{2}", str(Path.cwd())):
    sys.exit(
        "\nThe path of this folder holds {, } or % and two digits, which Snakemake takes for wildcards "
        "and pandoc for a letter. Rename the folder."
    )
if "cohort" in config:  # a year on the command line arrives as a number
    config["cohort"] = str(config["cohort"])
configuration = read_configuration("config", "workflow/schemas", config)
chosen = str(configuration.settings.get("cohort", ""))
# Not in the jobs of a cluster, nor where the tables are in a bucket.
tables_are_here = (
    workflow.is_main_process and not workflow.storage_settings.default_storage_provider
)
if workflow.is_main_process and (others := configuration.faults_of_others(chosen)):
    print(others, file=sys.stderr)
if configuration.faults_of(chosen) or (tables_are_here and missing_files(configuration, chosen)):
    from crlm.check import check_cohort

    sys.exit(f"\n{check_cohort(configuration, chosen)}\n\n{MEND}")


configfile: "config/config.yaml"


plan, codebook, audit, privacy = (
    configuration.common[name] for name in ("plan", "codebook", "audit", "privacy")
)
# The plan's tables of all patients, and those that compare the groups.
described = [name for name, table in plan["tables"].items() if table["groups"] == ["all"]]
compared = [name for name in plan["tables"] if name not in described]
# The sound ones; with what each cohort's own config adds to the codebook and the plan.
cohorts = {
    name: configuration.cohort(name)
    for name in configuration.cohorts
    if not configuration.faults_of(name)
}
codebooks, plans = configuration.codebooks, configuration.plans
# The figures' files, and what figures and tables show.
drawn = [
    f"{name}.{form}"
    for name in [*plan["figures"], "flow", "waterfall"]
    for form in ("svg", "pdf", "png")
]
titles = {name: shown["title"] for name, shown in (plan["figures"] | plan["tables"]).items()}
titles |= {"flow": "flow of the patients", "waterfall": "change in size, patient by patient"}
titles |= {
    name: f"{figure['title']}, specification curve"
    for name, figure in plan["figures"].items()
    if figure["kind"] == "specifications"
}


def in_report(path, category, title):
    """Return an output that `make report` shows, with the caption of its category."""
    # A single label: of two that have two values each, the report shows nothing but an empty page.
    labels = {"what it shows": f"{title}: {path.rsplit('/', 1)[-1]}"}
    caption = f"../report/{category.lower()}.rst"
    # A revision has the figures and tables of two cohorts.
    category += " of {cohort}" if "{cohort}" in path else ""
    return report(update(path), category=category, labels=labels, caption=caption)


def each_in_report(path, category, names):
    """Return outputs, one a name, with the titles that the plan gives; of a figure the SVG is shown."""
    paths = {path.replace("{name}", name): titles[name.partition(".")[0]] for name in names}
    return [
        update(file) if file.endswith((".pdf", ".png")) else in_report(file, category, title)
        for file, title in paths.items()
    ]


# What a stage reads of each cohort's plan: no other change makes it run again.
parts = {
    "classify_response": ("response_rules", "groups"),
    "describe_cohort": ("variables", "tables", "decimals"),
    "compare_groups": ("variables", "tables", "correlations", "family", "decimals", "alpha"),
    "compare_specifications": (
        *("variables", "tables", "groups", "response_rules", "multiverse", "decimals", "alpha"),
    ),
    "plot_figures": (
        *("variables", "tables", "figures", "groups", "response_rules", "multiverse"),
        *("decimals", "alpha", "confidence_level"),
    ),
}
read_by = {
    stage: {name: {part: plans[name][part] for part in names} for name in cohorts}
    for stage, names in parts.items()
}

synonyms = {
    name: with_readings(
        configuration.common["synonyms"], read_plan(plans[name]), cohort["response_rule"]
    )
    for name, cohort in cohorts.items()
}


def followed(wildcards):
    """Return the name of the cohort that a cohort follows."""
    older = cohorts[wildcards.cohort]["follows"]
    if older is None:
        raise WorkflowError(
            f"There is nothing to compare cohort {wildcards.cohort} with: in "
            f"config/cohorts/{wildcards.cohort}.yaml, `follows` is null; expected the name of "
            f"a cohort. Cohorts: {', '.join(cohorts)}. Another cohort: COHORT=<name>"
        )
    return older


def of_cohort(part="", within=cohorts, whose=attrgetter("cohort")):
    """Return a function that looks up what `within` holds of the cohort of a job's wildcards.

    Snakemake's own `lookup` walks through all that `within` holds of all cohorts.
    """

    def look_up(wildcards):
        whole = within[whose(wildcards)]
        return whole.get(part, []) if part else whole

    return look_up


def of_followed(part="", within=cohorts):
    """Return a function that looks up what `within` holds of the cohort that is followed."""
    return of_cohort(part, within, followed)


def of_printed(within=cohorts, part=""):
    """Return a function that looks up what `within` holds of the cohort that was printed."""

    def look_up(wildcards):
        if "2024" not in cohorts:
            raise WorkflowError("This needs cohort 2024. What is wrong: make check COHORT=2024")
        return within["2024"][part] if part else within["2024"]

    return look_up


def printed_files(wildcards):
    """Return the tables and texts in the folder of a paper."""
    folder = Path("data/published", wildcards.paper)
    return sorted(p.as_posix() for p in folder.glob("*") if p.suffix in (".csv", ".md", ".txt"))
