"""Check the filled manuscript against the registry before it is rendered."""

import re

import pandas as pd

from crlm.problems import InputError, Problem

SPAN = re.compile(r'\[([^][]*)\]\{\.num key="([^"]*)"[^}]*\}')
NUMBER = re.compile(r"\d[\d.,]*")
# Families whose keys are quantities of their own; in all others the last part of a key is a form.
FORMLESS = {"cohort", "label", "lit", "period", "plan", "rule"}


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


def quantity_of(key: str) -> str:
    """Return the quantity of a key, without the form (`n`, `percent`, …) in which it is printed."""
    return key if key.split(".")[0] in FORMLESS else key.rsplit(".", 1)[0]


def list_unused(text: str, numbers: dict[str, dict], plan: dict) -> pd.DataFrame:
    """List the registered quantities that no text, table or figure of a filled manuscript shows.

    Returns
    -------
    frame
        `quantity, meaning`, in the order of the registry; `meaning` is that of its first form.
    """
    shown = {quantity_of(key) for _, key in SPAN.findall(text)}
    drawn = {name for figure in plan["figures"].values() for name in figure["variables"]}
    shown |= {
        f"{group}.{name}.{level}"
        for group in plan["groups"]
        for name in drawn
        for level in plan["variables"][name]["levels"]
    }
    unused: dict[str, str] = {}
    for key, entry in numbers.items():
        if quantity_of(key) not in shown:
            unused.setdefault(quantity_of(key), entry["meaning"])
    return pd.DataFrame(unused.items(), columns=["quantity", "meaning"])
