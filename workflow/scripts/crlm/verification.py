"""Check the filled manuscript against the registry before it is rendered."""

import re

from crlm.problems import InputError, Problem

SPAN = re.compile(r'\[([^][]*)\]\{\.num key="([^"]*)"[^}]*\}')
NUMBER = re.compile(r"\d[\d.,]*")


def check_filled(text: str, numbers: dict[str, dict], file: str = "paper.qmd") -> list[Problem]:
    """Compare every number of the filled manuscript with the registry.

    Parameters
    ----------
    text
        The filled manuscript, in which a number is a span that bears its key.
    numbers
        The registry.
    file
        Its name, for the problems.

    Returns
    -------
    list
        Every span whose key the registry does not have or whose text is not its printed form, and
        every number of a table that stands outside a span.
    """
    problems = []
    for line, content in enumerate(text.splitlines(), start=1):
        for shown, key in SPAN.findall(content):
            entry = numbers.get(key)
            if entry is None:
                problems.append(Problem(file, line, key, shown, "a key of the registry"))
            elif shown != entry["display"]:
                problems.append(Problem(file, line, key, shown, entry["display"]))
        if content.startswith("|"):
            loose = NUMBER.findall(SPAN.sub("", content))
            expected = "in a table, numbers of the registry only"
            problems += [Problem(file, line, "", number, expected) for number in loose]
    return problems


def require_filled(text: str, numbers: dict[str, dict], file: str) -> None:
    """Stop the build where a filled manuscript was edited by hand or is stale.

    Raises
    ------
    InputError
        With all that `check_filled` finds.
    """
    problems = check_filled(text, numbers, file)
    if problems:
        raise InputError(problems)
