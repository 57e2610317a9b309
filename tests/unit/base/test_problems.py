"""Problems as a clinician reads them."""

import pytest

from crlm.base.masking import masked
from crlm.base.problems import InputError, Problem, reported, tell_failures, without_engine


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            Problem("raw.csv", 7, "age", "forty", "a number (years)"),
            "raw.csv, row 7, column age: found 'forty'; expected a number (years)",
        ),
        (
            Problem("raw.csv", 7, "", "3 cells", "4 cells"),
            "raw.csv, row 7: found '3 cells'; expected 4 cells",
        ),
        (Problem("raw.csv", "", "", "", "a table"), "raw.csv: found ''; expected a table"),
    ],
)
def test_a_problem_names_its_place(problem, text):
    assert str(problem) == text


@pytest.mark.parametrize(
    ("problems", "text"),
    [
        (["one"], "1 problem in the input:\none"),
        (
            ["one", Problem("a", 1, "b", "c", "d")],
            "2 problems in the input:\none\na, row 1, column b: found 'c'; expected d",
        ),
        (
            [Problem("a", row, "b", "c", "d") for row in (3, 7, 12)],
            "1 problem in the input:\na, rows 3, 7, 12, column b: found 'c'; expected d",
        ),
    ],
)
def test_an_error_lists_all_problems(problems, text):
    assert str(InputError(problems)) == text


def test_reported_writes_a_message_instead_of_a_traceback(tmp_path):
    log = tmp_path / "stage.log"
    with pytest.raises(SystemExit) as ended, reported(str(log)):
        raise InputError(["patient P7: no size"])
    assert ended.value.code == 1
    told = tell_failures({"stage": [log]}, ["whole.log"])
    assert "1 problem in the input:\npatient P7: no size\n" in told
    assert told.startswith(f"\nLogs: {log}, whole.log\n\n")
    assert told.endswith("Mend the input and run the same command again.")


def test_reported_empties_the_log_of_the_last_run(tmp_path):
    log = tmp_path / "stage.log"
    log.write_text("old", encoding="utf-8")
    with reported(str(log)):
        pass
    assert log.read_text(encoding="utf-8") == ""


def test_a_fault_of_the_program_is_told_in_a_line_and_traced_in_the_log(tmp_path):
    log = tmp_path / "stage.log"
    with pytest.raises(SystemExit) as ended, reported(str(log)):
        _ = 1 / 0
    assert ended.value.code == 1
    assert 'Traceback (most recent call last):\n  File "' in log.read_text(encoding="utf-8")
    told = tell_failures({"stage": [log]}, ["whole.log"])
    assert "A fault of the program, not of the input (ZeroDivisionError: division by zero)" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "A full disk, or files that may not be written"),
        (FileNotFoundError(2, "No such file", "results/a.csv"), "Results or .snakemake were"),
        (FileNotFoundError(2, "No such file", ".snakemake/metadata"), "Results or .snakemake were"),
    ],
)
def test_where_no_log_can_be_written_the_terminal_tells(tmp_path, capsys, monkeypatch, error, told):
    def write(*_, **__):
        raise error

    monkeypatch.setattr("pathlib.Path.write_text", write)
    with pytest.raises(SystemExit) as ended, reported(str(tmp_path / "stage.log")):
        pass
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert told in said and "Traceback" not in said


@pytest.mark.parametrize(("wanted", "terminal"), [("1", True), ("1", False), ("", True)])
def test_a_masked_value_is_shown_on_a_terminal_alone_and_only_where_asked(
    monkeypatch, tmp_path, wanted, terminal
):
    monkeypatch.setenv("CRLM_SHOW", wanted)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    error = InputError([Problem("raw.csv", 5, "surgery", masked("Fatma Hassan"), "a level")])
    assert ("Fatma Hassan" in error.for_terminal()) == (wanted == "1" and terminal)
    with pytest.raises(SystemExit), reported(str(tmp_path / "log")):
        raise error
    assert "(11 letters, not shown)" in (tmp_path / "log").read_text("utf-8")
    assert "Fatma" not in str(error)


def test_a_step_that_was_killed_is_told(tmp_path):
    told = tell_failures({"stage": [tmp_path / "none.log"]}, ["whole.log"])
    assert "The step stage ended without a word, as where the disk is full" in told
    deleted = "FileNotFoundError in file x.smk, line 9:\n[Errno 2] No file: '.snakemake/scripts'"
    told = tell_failures({"stage": [tmp_path / "none.log"]}, ["whole.log"], deleted)
    assert "Results or .snakemake were deleted meanwhile" in told.splitlines()[-1]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            'WorkflowError in file "/a b/config.smk", line 44:\nNothing to compare.\n'
            '  File "/a b/workflow/rules/config.smk", line 48, in followed',
            "Nothing to compare.",
        ),
        ("MissingRuleException:\nNo rule to produce x.\n", "No rule to produce x."),
        ("plain: text", "plain: text"),
        (
            "RuleException:\nOSError in file x.smk, line 9:\n[Errno 28] No space left on device",
            "A full disk, or files that may not be written; nothing is wrong with the input ("
            "OSError: [Errno 28] No space left on device).",
        ),
        (
            "WorkflowError:\nFailed to create output directory results/2024.\n"
            "PermissionError: [Errno 13] Permission denied: 'results/2024'",
            "A full disk, or files that may not be written; nothing is wrong with the input ("
            "PermissionError: [Errno 13] Permission denied: 'results/2024').",
        ),
        (
            "Traceback (most recent call last):\nOSError: [Errno 28] No space left on device",
            "A full disk, or files that may not be written; nothing is wrong with the input ("
            "OSError: [Errno 28] No space left on device). `snakemake --verbose` says where.",
        ),
        (
            "IsADirectoryError: [Errno 21] Is a directory: 'results/2024/tables/table1.csv'",
            "A full disk, or files that may not be written; nothing is wrong with the input ("
            "IsADirectoryError: [Errno 21] Is a directory: 'results/2024/tables/table1.csv').",
        ),
        (
            "Traceback (most recent call last):\n\n  x = y['z']\n\nKeyError: 'z'\n\n",
            "A fault of the program, not of the input (KeyError: 'z'). `snakemake --verbose` says "
            "where.",
        ),
    ],
)
def test_an_error_of_the_engine_is_shown_without_its_code(message, shown):
    assert without_engine(message) == shown
    assert tell_failures({}, ["whole.log"], message) == f"\nLogs: whole.log\n\n{shown}"


def test_results_that_may_not_be_written_are_told_without_the_engine():
    """As Snakemake 9 says it."""
    said = (
        "ProtectedOutputException in rule clean_cohort in file x.smk, line 9:\n"
        "Write-protected output files for rule clean_cohort:\n    output: results/a.csv\n"
        "    affected files:\n        results/a.csv\n        results/b.csv"
    )
    told = without_engine(said)
    assert told.startswith("results/a.csv and others may not be written: they are read-only, or")
    assert "Nothing was changed." in told
    assert "\n" not in told


def test_what_became_of_the_results_is_told_before_the_cause(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("the cause")
    told = tell_failures({"a": [log]}, [], put_back="All is as before.").split("\n\n")
    assert told[1:] == ["All is as before.", "the cause"]
