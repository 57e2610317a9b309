"""What the terminal shows of a failure: what is wrong, last, and nothing of the engine. The log has the rest."""

import atexit
import logging

from snakemake_interface_logger_plugins.common import LogEvent

from snakemake.script import PythonScript

from crlm.base.forks import call, load, run_script
from crlm.base.problems import LOCKED, tell_failures, whose_fault, without_engine
from crlm.base.rollback import KEPT, forget, keep, put_back

engine = logging.getLogger("snakemake.logging")
# Whether rules are running; the rules that failed, with their logs; what the engine said of errors;
# what became of the results of before.
run = {"started": False, "failed": {}, "errors": [], "put_back": ""}


def is_shown(record):
    """Return whether the terminal shows what Snakemake logs, and note which rules fail."""
    if getattr(record, "event", None) == LogEvent.JOB_ERROR:
        run["failed"][record.rule_name] = [*record.log]
    if run["started"]:
        run["errors"] += [record.getMessage()] if record.levelno >= logging.ERROR else []
        return record.levelno < logging.WARNING and not run["errors"]
    if getattr(record, "exception", None):
        locked = record.exception == "LockException"
        print(LOCKED if locked else without_engine(record.getMessage()), file=sys.stderr)
        return False
    return True


def tell_at_exit():
    """Tell what failed, as the last thing on the terminal."""
    if run["errors"]:
        logs = {rule: [Path(log) for log in logs] for rule, logs in run["failed"].items()}
        whole = workflow.logger_manager.get_logfile()
        print(tell_failures(logs, whole, run["errors"][0], run["put_back"]), file=sys.stderr)


if workflow.is_main_process and not workflow.output_settings.verbose:
    for handler in engine.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(is_shown)
    atexit.register(tell_at_exit)


def run_in_fork(_, script, edit=False):
    """Run a script here, in this environment: what Snakemake's own way does in a new process."""
    run_script(script)


onstart:
    load(
        *("snakemake.script", "crlm.check", "crlm.figures.drawings"),
        *("crlm.manuscript.trace", "crlm.manuscript.rendered"),
    )
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        PythonScript.execute_script = run_in_fork
    # Before anything is made: all that is wrong with the input of the cohorts that are read anew.
    read_anew = {
        job.wildcards.cohort
        for job in workflow.dag.needrun_jobs()
        if tables_are_here
        and job.rule.name in ("clean_cohort", "classify_response", "describe_cohort")
    }
    # The rules check large tables themselves, once.
    read_anew = {
        name
        for name in read_anew
        if sum(Path(path).stat().st_size for path in cohorts[name]["raw"]) < 1_000_000
    }
    for name in sorted(read_anew - {cohorts[name]["follows"] for name in read_anew}):
        if found := call("crlm.check", "faults_of_input", configuration, name):
            engine.error(f"\n{found}\n\n{MEND}")
            sys.exit(1)
    run["started"] = True
    if not workflow.storage_settings.default_storage_provider:
        try:
            keep(f for job in workflow.dag.needrun_jobs() for f in job.output)
        except OSError as error:
            engine.error(whose_fault(f"{type(error).__name__}: {error}"))
            sys.exit(1)


onsuccess:
    forget()


onerror:
    try:
        if put_back():
            run["put_back"] = "The results are all as they were before this run."
    except OSError as error:
        run["put_back"] = (
            f"Results of before this run could not be put back ({error}): they are in "
            f"{KEPT}, and are put back by the next run that fails."
        )
