"""What moved between the papers of two states: every number, and the p-values that turned."""

from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pandas as pd

from crlm.manuscript.markdown import keys_of
from crlm.numbers.registry import is_constant
from crlm.paper import Paper

PLACES = ["text", "table", ""]  # where a number is printed, the most important first
# Forms that print a number which has a form of its own: a p-value without its p, a count's share.
SAME = {"p_value": "p", "n_percent": "percent", "n_of_percent": "percent"}
TESTED = ("test", "correlation", "sensitivity")  # the last by the plan's rule
COUNTS = ("n", "known", "missing")  # forms that count, whatever their unit
NO_ENTRY = {"value": None, "display": None}  # of a side whose registry lacks the key


# --- The quantities -------------------------------------------------------------------------------


def where_printed(text: str) -> dict[str, str]:
    """Return key -> where a filled manuscript prints it, `text` before `table`."""
    found: dict[str, str] = {}
    for line in sorted(text.splitlines(), key=lambda line: not line.startswith("|")):
        found |= dict.fromkeys(keys_of(line), "table" if line.startswith("|") else "text")
    return {number_of(key): place for key, place in found.items()} | found


def number_of(key: str) -> str:
    """Return the key of the number that an entry prints: the same for all its forms."""
    stem, _, form = key.rpartition(".")
    return f"{stem}.{SAME.get(form, form)}"


def amount(entry: dict | None) -> float | None:
    """Return the number of an entry, 0 where there is nothing; None where it is a text."""
    value = (entry or NO_ENTRY)["value"]
    if value is None:
        return 0
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def difference(before: dict | None, after: dict | None) -> float | None:
    """Return how far a number moved, from 0 or to it where a side lacks it; None for a text."""
    values = [amount(before), amount(after)]
    return None if None in values else values[1] - values[0]


def size_of_move(unit: str, before: dict | None, after: dict | None) -> float:
    """Return how large a move is, from 0 to 1: in points of a percentage, else relative."""
    change = difference(before, after)
    if change is None:
        return 1.0
    scale = 100 if unit == "%" else max(abs(amount(before)), abs(amount(after)), 1e-300)
    return min(abs(change) / scale, 1.0)


def is_count(key: str, entry: dict) -> bool:
    """Return whether a quantity counts patients, or comes from none of them."""
    counts = entry["unit"].startswith("patients") or key.rpartition(".")[2] in COUNTS
    return counts or is_constant(entry)


def remark(key: str, old: dict[str, dict], new: dict[str, dict]) -> str:
    """Say of a p-value whether it crossed alpha, of a test's name whether it is another test."""
    before, after = old.get(key), new.get(key)
    if key.endswith(".name") and before and after and before["value"] != after["value"]:
        return "other test"
    if is_p_value(key) and before and after and is_below(key, old) != is_below(key, new):
        return "crossed alpha"
    return ""


def is_p_value(key: str) -> bool:
    """Return whether a key names the p-value of a test, and not its range or what was printed."""
    return key.endswith(".p") and key.split(".")[0] in TESTED


def is_below(key: str, numbers: dict[str, dict]) -> bool:
    """Return whether a p-value is known, and below the alpha of its plan."""
    p = numbers.get(key, NO_ENTRY)["value"]
    return p is not None and p < numbers["plan.alpha"]["value"]


def what_turned(readings: dict[str, Any], told: dict[str, str], single: Callable) -> dict[str, Any]:
    """Say by which factors a reading turned, what was told in between, what alone turns it.

    Parameters
    ----------
    readings, told
        Of each state, under the factor that led to it: what is compared, and its printed form.
    single
        Returns the readings with a single correction or withdrawal each, under its name.

    Returns
    -------
    dict
        `turned_by`: factors; `on_the_way`: the printed form after the first of several factors;
        `single`: the corrections and withdrawals that do by themselves what theirs do together.
    """
    turned = [factor for start, factor in pairwise(readings) if readings[start] != readings[factor]]
    before = readings.get("code", next(iter(readings.values())))
    amended = {"corrections", "withdrawn"} & {*turned}
    singles = [name for name, reading in single().items() if reading != before] if amended else []
    return {
        "turned_by": " ".join(turned),
        "on_the_way": told[turned[0]] if turned[1:] else "",
        "single": "; ".join(singles),
    }


def compare_quantities(
    states: dict[str, dict],
    alone: dict[str, dict],
    texts: tuple[str, str],
    singles: Callable[[], dict[str, Paper]],
) -> pd.DataFrame:
    """Compare every quantity of two papers, and divide what it moved among the factors.

    Parameters
    ----------
    states
        The registry in the old state (under any name), then after each factor in turn.
    alone
        Factor -> the registry with it alone changed; measured from the last state before the
        first factor of the cohorts themselves.
    texts
        The filled manuscripts, the old and the new.
    singles
        Builds the old paper with each correction and withdrawal alone.

    Returns
    -------
    frame
        One row a key: `key, meaning, unit, place, remark, old, new` (as printed), `old_value,
        new_value, change, moved_by`, then `part_<factor>` and `alone_<factor>`. The parts of a row
        add up to `change`; nothing counts as 0, and of a text they are empty. `moved_by` names the
        factors at which the value or its printed form moved. Last what `what_turned` says of a
        p-value's side of alpha. Sorted by importance: printed in the text, then in a table;
        crossings of alpha and other tests; the size of the move, counts of patients last since
        they all move with the number of patients.
    """
    first, *_, last = states.values()
    base = states.get("code", first)
    places = where_printed(texts[0])
    places |= {k: p for k, p in where_printed(texts[1]).items() if places.get(k) != "text"}
    rows = []
    for key in {**first, **last}:
        before, after = first.get(key), last.get(key)
        known = after or before
        moves = {
            factor: (states[start].get(key), states[factor].get(key))
            for start, factor in pairwise(states)
        }
        moved = [f for f, (x, y) in moves.items() if value_and_print(x) != value_and_print(y)]
        row = {
            "key": key,
            "meaning": known["meaning"],
            "unit": known["unit"],
            "place": places.get(key, ""),
            "remark": remark(key, first, last),
            "old": (before or NO_ENTRY)["display"],
            "new": (after or NO_ENTRY)["display"],
            "old_value": (before or NO_ENTRY)["value"],
            "new_value": (after or NO_ENTRY)["value"],
            "change": difference(before, after),
            "moved_by": " ".join(moved),
        }
        parts = {f"part_{f}": difference(x, y) for f, (x, y) in moves.items()}
        row |= parts if None not in parts.values() else dict.fromkeys(parts)
        row |= {f"alone_{f}": difference(base.get(key), a.get(key)) for f, a in alone.items()}
        if is_p_value(key):
            row |= what_turned(
                {name: is_below(key, numbers) for name, numbers in states.items()},
                {name: n.get(key, NO_ENTRY)["display"] or "" for name, n in states.items()},
                lambda key=key: {n: is_below(key, p.numbers) for n, p in singles().items()},
            )
        order = (
            PLACES.index(row["place"]),
            value_and_print(before) == value_and_print(after),
            not row["remark"],
            is_count(key, known),
            -size_of_move(known["unit"], before, after),
            key,
        )
        rows.append((order, row))
    return pd.DataFrame([row for _, row in sorted(rows, key=itemgetter(0))])


def value_and_print(entry: dict | None) -> tuple | None:
    """Return what a reader learns from an entry: its value and its printed form."""
    return (entry["value"], entry["display"]) if entry else None
