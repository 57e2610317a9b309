"""What moved between the papers of two states, and what turned: numbers, p-values and claims."""

import html
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pandas as pd

from crlm.base.formats import within
from crlm.manuscript.claims import Claim, Outcome
from crlm.manuscript.markdown import keys_of, without_spans
from crlm.numbers.registry import is_constant
from crlm.paper import Paper

PLACES = ["text", "table", ""]  # where a number is printed, the most important first
# Forms that print a number which has a form of its own: a p-value without its p, a count's share.
SAME = {"p_value": "p", "n_percent": "percent", "n_of_percent": "percent"}
TESTED = ("test", "correlation", "sensitivity")  # the last by the plan's rule
COUNTS = ("n", "known", "missing")  # forms that count, whatever their unit
KINDS = {"fig": "Figure", "tbl": "Table"}
PARTS = ("variant", "condition", "values", "text")  # of a claim, on either side
NO_ENTRY = {"value": None, "display": None}  # of a side whose registry lacks the key


# --- The quantities -------------------------------------------------------------------------------


def places_of(text: str) -> dict[str, str]:
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


def weigh(unit: str, before: dict | None, after: dict | None) -> float:
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


def turning(readings: dict[str, Any], told: dict[str, str], single: Callable) -> dict[str, Any]:
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


def compare_numbers(
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
        factors at which the value or its printed form moved. Last what `turning` says of a
        p-value's side of alpha. Sorted by importance: printed in the text, then in a table;
        crossings of alpha and other tests; the size of the move, counts of patients last since
        they all move with the number of patients.
    """
    first, *_, last = states.values()
    base = states.get("code", first)
    places = places_of(texts[0])
    places |= {k: p for k, p in places_of(texts[1]).items() if places.get(k) != "text"}
    rows = []
    for key in {**first, **last}:
        before, after = first.get(key), last.get(key)
        known = after or before
        moves = {
            factor: (states[start].get(key), states[factor].get(key))
            for start, factor in pairwise(states)
        }
        moved = [f for f, (x, y) in moves.items() if told(x) != told(y)]
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
            row |= turning(
                {name: is_below(key, numbers) for name, numbers in states.items()},
                {name: n.get(key, NO_ENTRY)["display"] or "" for name, n in states.items()},
                lambda key=key: {n: is_below(key, p.numbers) for n, p in singles().items()},
            )
        order = (
            PLACES.index(row["place"]),
            told(before) == told(after),
            not row["remark"],
            is_count(key, known),
            -weigh(known["unit"], before, after),
            key,
        )
        rows.append((order, row))
    return pd.DataFrame([row for _, row in sorted(rows, key=itemgetter(0))])


def told(entry: dict | None) -> tuple | None:
    """Return what a reader learns from an entry: its value and its printed form."""
    return (entry["value"], entry["display"]) if entry else None


# --- The claims -----------------------------------------------------------------------------------


def as_read(markdown: str, text: str = "") -> str:
    """Return a sentence as it is read, without spans, emphasis, citations and line breaks.

    Figures and tables have the numbers of `text`, the whole manuscript; of its supplement with S.
    """
    numbered = {}
    for series, part in zip(("", "S"), text.split(".supplement}"), strict=False):
        counts: Counter = Counter()
        for kind, name in re.findall(r"\{#(fig|tbl)-([\w-]+)", part):
            counts[kind] += 1
            numbered[f"@{kind}-{name}"] = f"{KINDS[kind]} {series}{counts[kind]}"
    words = re.sub(r" ?\[@[^]]*\]", "", without_spans(markdown)).replace("*", "")
    words = re.sub(r"@[\w-]+", lambda sign: numbered.get(sign[0], sign[0]), words)
    return " ".join(html.unescape(words).split())


def title_of(claim: Claim, template: str, numbers: dict[str, dict]) -> str:
    """Return where a claim stands and what it speaks of, in the plan's words where one is told."""
    sections = re.findall(r"^# ([^{\n]*)", template[: claim.start.at], re.MULTILINE)
    names = [f"label.{part}.variable" for key in claim.keys for part in key.split(".")[1:2]]
    labels = {numbers[name]["display"] for name in names if name in numbers}
    section = (sections or ["Abstract"])[-1].strip()
    name = claim.name.removeprefix(f"{section.lower()}_").replace("_", " ")
    return f"{section}: {within(labels.pop() if len(labels) == 1 else name)}"


def by_name(outcomes: list[Outcome]) -> dict[tuple[str, int], Outcome]:
    """Return (name, which time it is printed) -> outcome."""
    times: Counter = Counter()
    found = {}
    for outcome in outcomes:
        times[outcome.claim.name] += 1
        found[outcome.claim.name, times[outcome.claim.name]] = outcome
    return found


def values_of(keys: list[str], numbers: dict) -> str:
    """Return the numbers that the conditions of a claim read."""
    shown = []
    for key in keys:
        name = key if key in numbers else key.rpartition(".")[0]
        if name in numbers:
            value = numbers[name]["value"]
            shown.append(f"{name} = {f'{value:.4g}' if isinstance(value, float) else value}")
    return "; ".join(shown)


def compare_claims(
    papers: dict[str, Paper], singles: Callable[[], dict[str, Paper]], template: str
) -> pd.DataFrame:
    """Compare which variant of each claim is printed, from the first paper to the last.

    Parameters
    ----------
    papers
        The old paper (under any name), then that after each factor in turn.
    singles
        Builds the old paper with each correction and withdrawal alone.
    template
        The manuscript's.

    Returns
    -------
    frame
        One row a claim, in the order of the template: `claim, line, status` (`same`, `variant
        changed`, `new`, `gone`), `moved_by`, and for `old` and `new` the variant's number, its
        condition, the values that the claim's conditions read, and the sentence; `on_the_way` and
        `single` as `turning` says them; `title`, its section and subject.
    """
    found = {name: by_name(paper.claims) for name, paper in papers.items()}

    def variant_of(which: tuple[str, int], outcomes: dict) -> int:
        return outcomes[which].variant if which in outcomes else 0

    old, *_, new = papers
    rows = []
    for which in {**found[old], **found[new]}:
        before, after = found[old].get(which), found[new].get(which)
        claim = (after or before).claim
        status = (
            "gone" if not after else "new" if not before
            else "same" if before.variant == after.variant else "variant changed"
        )  # fmt: skip
        turned = turning(
            {name: variant_of(which, outcomes) for name, outcomes in found.items()},
            {
                name: as_read(o[which].text, papers[name].text) if which in o else ""
                for name, o in found.items()
            },
            lambda which=which: {
                name: variant_of(which, by_name(paper.claims)) for name, paper in singles().items()
            },
        )
        row = {
            "claim": which[0],
            "line": int(claim.start),
            "status": status,
            "moved_by": turned.pop("turned_by"),
        }
        for side, outcome, paper in (("old", before, papers[old]), ("new", after, papers[new])):
            told = (None, "", "", "")
            if outcome:
                (claim, variant, text), numbers = outcome, paper.numbers
                condition = claim.variants[variant - 1][1]
                values = values_of(claim.keys, numbers)
                told = (variant, condition, values, as_read(text, paper.text))
            row |= dict(zip((f"{side}_{part}" for part in PARTS), told, strict=True))
        labels = {**papers[old].numbers, **papers[new].numbers}
        rows.append(row | turned | {"title": title_of(claim, template, labels)})
    columns = ["claim", "line", "status", "moved_by"]
    columns += [f"{side}_{part}" for side in ("old", "new") for part in PARTS]
    columns += ["on_the_way", "single", "title"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["line", "claim"], kind="stable")
    return frame.astype({"old_variant": "Int64", "new_variant": "Int64"})
