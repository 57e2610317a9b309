"""Scripts and functions in forks of a process that has loaded what they import."""

import os
import subprocess
import sys

import pytest

from crlm.base.forks import call, call_within, run_script, side_by_side

# As Snakemake does, whose own path holds the package only once the rules have put it there.
LOADING = """
import sys
sys.path.append(sys.argv[1])
from crlm.base.forks import call, load
load("crlm.base.formats")
print(call("builtins", "eval", "'crlm.base.formats' in __import__('sys').modules"))
"""

KILLED = """
import sys, time
sys.path.append(sys.argv[1])
from threading import Thread
from crlm.base.forks import call, call_within, run_script
Thread(target=call_within, args=(9, 10**9, time.sleep, 60)).start()
Thread(target=call, args=("time", "sleep", 60)).start()
run_script(sys.argv[2])
"""
STEP = """
import time
from crlm.base.forks import side_by_side
print("begun", flush=True)
side_by_side(time.sleep, 60, 60)
"""


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ("", 0),
        ("raise ValueError", 1),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('told')", 1),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("raise KeyboardInterrupt", 130),
    ],
)
def test_a_script_is_run_and_its_failure_told(tmp_path, last, code):
    script, made = tmp_path / "step.py", tmp_path / "made"
    script.write_text(f"open({str(made)!r}, 'w').write(__name__)\n{last}\n", encoding="utf-8")
    try:
        run_script(str(script))
        found = 0
    except subprocess.CalledProcessError as error:
        found = error.returncode
    assert (found, made.read_text("utf-8")) == (code, "__main__")


def test_a_step_knows_what_was_found_sound_before_it(tmp_path, monkeypatch):
    script, made = tmp_path / "step.py", tmp_path / "made"
    told = f"from crlm.base.forks import SOUND\nopen({str(made)!r}, 'wb').write(SOUND.pop())"
    script.write_text(told, encoding="utf-8")
    monkeypatch.setattr("crlm.base.forks.SOUND", {b"a digest"})
    run_script(str(script))
    assert made.read_bytes() == b"a digest"


def test_a_function_is_called_by_its_names():
    assert call("math", "gcd", 12, 18) == 6
    with pytest.raises(ZeroDivisionError):
        call("operator", "truediv", 1, 0)


def test_what_is_loaded_ahead_is_there_in_a_fork():
    scripts = next(path for path in sys.path if path.endswith("workflow/scripts"))
    command = [sys.executable, "-c", LOADING, scripts]
    done = subprocess.run(command, env={}, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "True\n"


def test_what_a_killed_process_began_ends_too(tmp_path):
    (tmp_path / "step.py").write_text(STEP, encoding="utf-8")
    scripts = next(path for path in sys.path if path.endswith("workflow/scripts"))
    command = [sys.executable, "-c", KILLED, scripts, tmp_path / "step.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as main:
        assert main.stdout.readline() == b"begun\n"
        main.kill()
        main.communicate(timeout=20)  # until the last of them has closed its output


def test_side_by_side_shares_what_is_here_and_tells_what_fails(tmp_path):
    def write(name):
        (tmp_path / name).write_text(str(1 / len(name)), encoding="utf-8")

    side_by_side(write, "ab", "abcd")
    assert [(tmp_path / name).read_text() for name in ("ab", "abcd")] == ["0.5", "0.25"]
    with pytest.raises(ZeroDivisionError):
        side_by_side(write, "a", "")


def test_what_takes_too_much_of_a_process_ends_there():
    assert call_within(9, 10**8, bytes, 5) == bytes(5)
    for function, argument in (
        (bytes, 3 * 10**8),
        (os._exit, 1),
        (eval, "[1 for _ in iter(int, 1)]"),
    ):
        with pytest.raises(MemoryError):
            call_within(1, 10**8, function, argument)
