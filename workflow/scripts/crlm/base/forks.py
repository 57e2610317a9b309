"""Run in forks of one process that has loaded what they import: most of what a step costs."""

import gc
import io
import logging
import multiprocessing
import os
import resource
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from threading import Lock, Thread
from typing import Any

# On other systems than Linux libraries may not survive a fork: there each step loads them anew.
LOADED: Any = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
FORK: Any = multiprocessing.get_context("fork")
gc.set_threshold(100_000)  # a run is short, and little of what it makes goes in circles
# Else it tells at each run that it can't write in the home folder.
logging.getLogger("matplotlib").disabled = True
SOUND: set[bytes] = set()  # digests of what nothing was found wrong with, which each step knows
HELD: list[Callable] = []  # what a fork calls, which needs no name there
LOCK = Lock()  # who starts a step looks after those that ended, and would take their exit codes


def load(*modules: str) -> None:
    """Begin to load modules, beside what else is done."""
    # Else each fork loads the command anew that was called.
    vars(sys.modules["__main__"]).pop("__file__", None)
    LOADED.set_forkserver_preload([__name__, *modules])
    if LOADED.get_start_method() == "forkserver":
        own = os.environ.get("PYTHONPATH", "")
        # Before Python 3.12.8 it finds nothing else, and says nothing.
        os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
        resource_tracker.ensure_running()  # else begun below, where it would let Ctrl-C through
        # Of Ctrl-C this process tells; what is begun here has it blocked, and each step lifts that.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        ensure_running()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.environ["PYTHONPATH"] = own


def run_script(script: str) -> None:
    """Run a script and wait for it.

    Raises
    ------
    subprocess.CalledProcessError
        Where it fails.
    """
    step = LOADED.Process(target=_run, args=(script, SOUND))
    with LOCK:
        step.start()
    wait([step.sentinel])
    with LOCK:
        step.join()
    if step.exitcode:
        raise subprocess.CalledProcessError(step.exitcode, script)


def end_with_parent() -> None:
    """Let this process end where the one that asked for it is killed, and can't tell it to."""

    def wait_for_parent() -> None:
        LOADED.parent_process().join()  # until its end of a pipe is closed
        os._exit(1)

    Thread(target=wait_for_parent, daemon=True).start()


def _run(script: str, sound: set[bytes]) -> None:
    end_with_parent()
    SOUND.update(sound)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.freeze()  # else Python looks once through all that is loaded here, for circles
    try:
        runpy.run_path(script, run_name="__main__")
    except KeyboardInterrupt:
        sys.exit(130)


def call(module: str, function: str, *arguments: Any) -> Any:
    """Return what a function returns, which this process need not import.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        Where the process that runs it is killed.
    """
    # A Pool waits for a worker that was killed.
    with ProcessPoolExecutor(1, LOADED, end_with_parent) as pool:
        return pool.submit(_call, module, function, *arguments).result()


def _call(module: str, function: str, *arguments: Any) -> Any:
    return getattr(import_module(module), function)(*arguments)


def call_within(seconds: int, size: int, function: Callable, *arguments: Any) -> Any:
    """Return what a function returns in a process that may take so many seconds and bytes.

    Raises
    ------
    MemoryError
        Where it needs more, or brings the process down, as a damaged file may.
    """
    if sys.platform != "linux":
        return function(*arguments)  # unlimited: a script that spawns would be run once more
    try:
        with ProcessPoolExecutor(1, FORK, _limit, (seconds, size)) as pool:
            return pool.submit(function, *arguments).result()
    except BrokenProcessPool as error:
        raise MemoryError from error


def _limit(seconds: int, size: int) -> None:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C, at which the step ends
    sys.stderr = io.StringIO()  # how it ended is told by whom it works for
    pages = int(Path("/proc/self/statm").read_text().split()[0])  # a fork has its parent's
    size += pages * resource.getpagesize()
    for what, most in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(what)
        own = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (own, hard))


def side_by_side(function: Callable[[Any], None], *of: Any) -> None:
    """Call a function, which may be a local one, for each argument in a fork of this process."""
    if sys.platform != "linux":
        for one in of:
            function(one)
        return

    def begin() -> None:
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C, at which the step ends
        HELD.append(function)

    with ProcessPoolExecutor(len(of), FORK, begin) as pool:
        list(pool.map(_call_held, of))


def _call_held(one: Any) -> None:
    HELD[-1](one)
