"""Problems as a clinician reads them."""

import pytest

from crlm.masking import masked
from crlm.problems import InputError, Problem, reported


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


def test_reported_ends_with_a_message_instead_of_a_traceback(tmp_path):
    log = tmp_path / "stage.log"
    with pytest.raises(SystemExit) as ended, reported(str(log)):
        raise InputError(["patient P7: no size"])
    # sys.exit(text) prints the text to stderr and ends with code 1.
    assert ended.value.code == log.read_text(encoding="utf-8")
    assert "1 problem in the input:\npatient P7: no size\n" in ended.value.code
    assert "run the same command again" in ended.value.code


def test_reported_empties_the_log_of_the_last_run(tmp_path):
    log = tmp_path / "stage.log"
    log.write_text("old", encoding="utf-8")
    with reported(str(log)):
        pass
    assert log.read_text(encoding="utf-8") == ""


def test_reported_hides_no_fault_of_the_program(tmp_path):
    log = tmp_path / "stage.log"
    with pytest.raises(ZeroDivisionError), reported(str(log)):
        _ = 1 / 0
    assert "ZeroDivisionError: division by zero" in log.read_text(encoding="utf-8")


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
