"""What the terminal shows of a failure: what is wrong, last, and nothing of the engine. The log has the rest."""

import atexit
import gc
import logging
import signal
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from threading import Thread

from snakemake_interface_logger_plugins.common import LogEvent

from snakemake.script import PythonScript

from crlm.base.files import stamps
from crlm.base.forks import call, run_script
from crlm.base.problems import InputError, LOCKED, tell_failures, whose_fault, without_engine
from crlm.base.rollback import begin, forget, keep, put_back
from crlm.texts import check_texts

engine = logging.getLogger("snakemake.logging")


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


def note(files):
    """Note which files are no longer as they were when this run first looked at them."""
    now = stamps(files)
    run["changed"] |= {f for f in files if run["read"].setdefault(f, now.get(f)) != now.get(f)}


def end_run():
    """Put back the results of before, unless the run succeeded, and tell that and what failed, last on the terminal."""
    if run["started"]:
        for job in run["jobs"]:
            # Newer than what they were made from, they would pass for made from what it is now.
            if run["changed"] & {*job.input}:
                for file in job.output:
                    Path(file).unlink(missing_ok=True)
        run["put_back"] = tell_put_back(
            put_back, "The results of before this run are all as they were."
        )
    if run["errors"]:
        logs = {rule: [Path(log) for log in logs] for rule, logs in run["failed"].items()}
        whole = workflow.logger_manager.get_logfile()
        print(tell_failures(logs, whole, run["errors"][0], run["put_back"]), file=sys.stderr)
    elif run["put_back"]:
        print(run["put_back"], file=sys.stderr)


if workflow.is_main_process:
    # Not by `onerror`, which is left out where the engine itself stumbles, as over a folder that is deleted meanwhile.
    atexit.register(gc.freeze)  # else Python looks for circles once more, to free what ends anyway
    atexit.register(end_run)
    for handler in engine.handlers:
        if handler.name == "DefaultStreamHandler" and not workflow.output_settings.verbose:
            handler.addFilter(is_shown)


def run_in_fork(step, script, edit=False):
    """Run a script here, in this environment: what Snakemake's own way does in a new process."""
    note(step.input)
    run_script(script)
    note(step.input)  # what is saved once all who read it have ended is of the next run


def end_early(*_):
    """End once the steps that run have ended: as Snakemake does, but for a lock that this thread may hold."""
    Thread(target=workflow.scheduler.exit_gracefully).start()


onstart:
    signal.signal(signal.SIGTERM, end_early)
    if workflow.local_exec:
        # How many jobs begin in a second is for clusters: a run would end up to a second late, to count them.
        workflow.scheduler.job_rate_limiter = None
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
        with ThreadPoolExecutor(1) as fork:
            tables = fork.submit(call, "crlm.check", "check_data", configuration, name)
            texts = check_texts(configuration, name)  # which needs nothing that is loaded there
        try:
            problems, paste, _ = tables.result()
        except (EOFError, BrokenExecutor):
            engine.error(
                "\nThe check of the input was ended from outside. Nothing was changed."
            )
            sys.exit(1)
        if problems := [*problems, *texts]:
            engine.error(f"\n{InputError(problems, paste)}\n\n{MEND}")
            sys.exit(1)
    try:
        # Snakemake lets two at work that make no file in common; what is kept of before is of one.
        if not begin():
            engine.error(LOCKED)
            sys.exit(1)
        run["started"] = True
        if not workflow.storage_settings.default_storage_provider:
            needed, new = [*workflow.dag.needrun_jobs()], {}
            run["jobs"] = needed
            if PythonScript.execute_script is not run_in_fork:
                made = {f for job in workflow.dag.jobs for f in job.output}
                note({f for job in needed for f in job.input} - made)

            # Not what is new and made from nothing that a failure would put back, as the draws of the ensemble.
            def is_new(job):
                if job not in new:
                    above = [j for j in workflow.dag.job_dependencies(job) if j in needed]
                    new[job] = not any(Path(f).exists() for f in job.output) and all(
                        map(is_new, above)
                    )
                return new[job]

            old = [job for job in needed if not is_new(job)]
            # Of a folder that is written as a whole, one file is named.
            keep(Path(j.output.whole).parent for j in old if "whole" in j.output.keys())
            keep(f for job in old for f in job.output)
    except OSError as error:
        engine.error(f"{whose_fault(error)}. Nothing was changed.")
        sys.exit(1)


onsuccess:
    for job in run["jobs"]:
        made = min((when for when, *_ in stamps(job.output).values()), default=0)
        # What Snakemake will not see, which asks for a time later than that: some disks know seconds alone.
        run["changed"] |= {
            file
            for file, at in stamps(job.input).items()
            if run["read"].get(file, at) != at and at[0] <= made
        }
    if files := ", ".join(sorted(run["changed"])):
        engine.error(
            f"{files} changed while results were made from it, which would be partly of before. "
            "Run the same command again."
        )
        sys.exit(1)
    forget()
