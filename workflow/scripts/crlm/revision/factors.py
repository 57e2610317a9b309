"""What moved from one cohort's paper to the next, and why: rebuilt with one factor at a time."""

import html
import json
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, pairwise
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crlm.base.problems import InputError
from crlm.base.spelling import fold, id_of
from crlm.manuscript.claims import Outcome
from crlm.manuscript.markdown import keys_of, without_spans
from crlm.numbers.registry import is_constant
from crlm.paper import Paper, Sources, build_paper

# What the papers of two cohorts can differ by, in the order in which the one is turned into the
# other: first what only mends the older cohort, then the analysis, last the further patients.
FACTORS = {
    "code": "changed code or common plan",
    "corrections": "corrected cells",
    "withdrawn": "withdrawn patients",
    "plan": "the cohort's own plan and config",
    "undeclared": "undeclared edits of earlier rows",
    "new_patients": "new patients",
}
PLACES = ["text", "table", ""]  # where a number is printed, the most important first
COMPOSITES = ("n_percent", "n_of_percent")  # forms of a count that print its percentage too
COUNTS = ("n", "known", "missing")  # forms that count, whatever their unit
# Keys of a cohort's config that say where its rows are, or change the codebook and the plan.
SOURCE_KEYS = {"raw", "dictionaries", "corrections", "withdrawn", "codebook", "plan"}
SOURCE_KEYS |= {"follows", "kept_numbers"}
PARTS = ("variant", "condition", "values", "text")  # of a claim, on either side
ABSENT = "nothing"
NO_ENTRY = {"value": None, "display": None}  # of a side whose registry lacks the key


# --- The sources between the old paper and the new ------------------------------------------------


def ids_of(table: pd.DataFrame, codebook: dict) -> pd.Series:
    """Return the patient's id in each row of a raw or amending table."""
    names = {"patient_id", *map(fold, codebook["variables"]["patient_id"]["columns"])}
    for column in table.columns:
        if fold(column) in names:
            return table[column].map(id_of)
    return pd.Series("", index=table.index)


def patients_of(sources: Sources) -> set[str]:
    """Return the ids in the raw tables."""
    return set().union(*(ids_of(table, sources.codebook) for _, table, _ in sources.raw))


def rows_of(
    tables: Iterable[tuple], codebook: dict, patients: Collection[str], among: bool = True
) -> list[tuple]:
    """Return raw or amending tables with the rows of `patients` alone, or with all others."""
    kept = [
        (file, table[ids_of(table, codebook).isin(patients) == among], unreadable)
        for file, table, unreadable in tables
    ]
    return [table for table in kept if len(table[1])]


def steps_of(old: Sources, new: Sources) -> tuple[dict[str, Sources], dict[str, Sources]]:
    """Return what turns the old paper into the new, factor by factor.

    A correction of a new patient belongs to the new patients. Where rows of earlier patients are
    other than the declared corrections and withdrawals make them, that is a factor of its own.

    Returns
    -------
    sequence
        Factor -> the sources with it and all earlier ones changed; the last is `new`.
    alone
        Factor -> the old sources with it alone changed; of those after the first.
    """
    earlier = patients_of(old)

    def rows(table: str, among: bool = True) -> list[tuple]:
        return rows_of(getattr(new, table), new.codebook, earlier, among)

    changes: dict[str, dict] = {
        "corrections": {"corrections": rows("corrections")},
        "withdrawn": {"withdrawn": rows("withdrawn")},
        "plan": {"codebook": new.codebook, "plan": new.plan, "cohort": new.cohort},
        "undeclared": {"raw": rows("raw")},
        "new_patients": new._asdict(),
    }
    further = {t: [*getattr(old, t), *rows(t, among=False)] for t in ("raw", "corrections")}
    sources = accumulate(changes.values(), lambda so_far, c: so_far._replace(**c), initial=old)
    sequence = dict(zip(["old", *changes], sources, strict=True))
    alone = {"withdrawn": changes["withdrawn"], "plan": changes["plan"], "new_patients": further}
    return sequence, {factor: old._replace(**change) for factor, change in alone.items()}


def build_each(sources: dict[str, Sources]) -> tuple[dict[str, Paper], dict[str, str]]:
    """Build a paper from each; return those built, and why the others could not be."""
    papers, failed = {}, {}
    for name, of_name in sources.items():
        try:
            papers[name] = build_paper(of_name)
        except InputError as error:
            more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
            failed[name] = f"{error.problems[0]}{more}"
    return papers, failed


# --- The quantities -------------------------------------------------------------------------------


def places_of(text: str) -> dict[str, str]:
    """Return key -> where a filled manuscript prints it, `text` before `table`."""
    found: dict[str, str] = {}
    for line in sorted(text.splitlines(), key=lambda line: not line.startswith("|")):
        found |= dict.fromkeys(keys_of(line), "table" if line.startswith("|") else "text")
    percent = {f"{k.rpartition('.')[0]}.percent": p for k, p in found.items()
               if k.rpartition(".")[2] in COMPOSITES}  # fmt: skip
    return percent | found


def difference(before: dict | None, after: dict | None) -> float | None:
    """Return how far a number moved; None where one side has no number."""
    values = [side["value"] if side else None for side in (before, after)]
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return None
    return values[1] - values[0]


def weigh(unit: str, before: dict | None, after: dict | None) -> float:
    """Return how large a move is, from 0 to 1: in points of a percentage, else relative."""
    change = difference(before, after)
    if change is None:
        return 1.0
    scale = 100 if unit == "%" else max(abs(before["value"]), abs(after["value"]), 1e-300)
    return min(abs(change) / scale, 1.0)


def is_count(key: str, entry: dict) -> bool:
    """Return whether a quantity counts patients, or comes from none of them."""
    counts = entry["unit"].startswith("patients") or key.rpartition(".")[2] in COUNTS
    return counts or is_constant(entry)


def remark(key: str, old: dict[str, dict], new: dict[str, dict]) -> str:
    """Say of a p-value whether it crossed alpha, of a test's name whether it is another test."""
    before, after = old.get(key), new.get(key)
    form = key.rpartition(".")[2]
    if form == "name" and before and after and before["value"] != after["value"]:
        return "other test"
    if form == "p" and before and after:
        low = [
            e["value"] is not None and e["value"] < numbers["plan.alpha"]["value"]
            for e, numbers in ((before, old), (after, new))
        ]
        return "crossed alpha" if low[0] != low[1] else ""
    return ""


def compare_numbers(
    states: dict[str, dict], alone: dict[str, dict], texts: tuple[str, str]
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

    Returns
    -------
    frame
        One row a key: `key, meaning, unit, place, remark, old, new` (as printed), `old_value,
        new_value, change, moved_by`, then `part_<factor>` and `alone_<factor>`. The parts of a row
        add up to `change`; they are empty where a state has no number. `moved_by` names the
        factors at which the value or its printed form moved. Sorted by importance: printed in the
        text, then in a table; crossings of alpha and other tests; the size of the move, counts of
        patients last since they all move with the number of patients.
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


def plain(markdown: str) -> str:
    """Return a sentence as it is read, without spans, emphasis and line breaks."""
    words = without_spans(markdown).replace("*", "")
    return " ".join(html.unescape(words).split())


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


def compare_claims(papers: dict[str, Paper]) -> pd.DataFrame:
    """Compare which variant of each claim is printed, from the first paper to the last.

    Parameters
    ----------
    papers
        The old paper (under any name), then that after each factor in turn.

    Returns
    -------
    frame
        One row a claim, in the order of the template: `claim, line, status` (`same`, `variant
        changed`, `new`, `gone`), `moved_by`, and for `old` and `new` the variant's number, its
        condition, the values that the claim's conditions read, and the sentence.
    """
    found = {name: by_name(paper.claims) for name, paper in papers.items()}
    old, *_, new = papers
    rows = []
    for which in {**found[old], **found[new]}:
        before, after = found[old].get(which), found[new].get(which)
        variants = {name: o[which].variant if which in o else 0 for name, o in found.items()}
        moved = [b for a, b in pairwise(papers) if variants[a] != variants[b]]
        status = (
            "gone" if not after else "new" if not before
            else "same" if before.variant == after.variant else "variant changed"
        )  # fmt: skip
        row = {
            "claim": which[0],
            "line": int((after or before).claim.start),
            "status": status,
            "moved_by": " ".join(moved),
        }
        for side, outcome, paper in (("old", before, papers[old]), ("new", after, papers[new])):
            told = (None, "", "", "")
            if outcome:
                (claim, variant, text), numbers = outcome, paper.numbers
                condition = claim.variants[variant - 1][1]
                told = (variant, condition, values_of(claim.keys, numbers), plain(text))
            row |= dict(zip((f"{side}_{part}" for part in PARTS), told, strict=True))
        rows.append(row)
    columns = ["claim", "line", "status", "moved_by"]
    columns += [f"{side}_{part}" for side in ("old", "new") for part in PARTS]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["line", "claim"], kind="stable")
    return frame.astype({"old_variant": "Int64", "new_variant": "Int64"})


# --- All of it ------------------------------------------------------------------------------------


class Revision(NamedTuple):
    """What came of a revision; `failed` and `failed_alone` say why a factor can't be built."""

    changes: pd.DataFrame
    claims: pd.DataFrame
    failed: dict[str, str]
    failed_alone: dict[str, str]
    config: list[str]


def revise(
    old: Sources, new: Sources, filled: tuple[str, str], kept: dict[str, dict] | None = None
) -> Revision:
    """Compare the papers of two cohorts, one of which follows the other.

    Parameters
    ----------
    old, new
        The sources of the two papers.
    filled
        The manuscripts that the workflow made of them.
    kept
        The old registry as it was released, or None. With it, what today's code and common plan
        make of the same cohort is a factor too, `code`.

    Raises
    ------
    InputError
        Where the stages, run here, do not make `filled`.
    """
    sequence, apart = steps_of(old, new)
    papers, failed = build_each(sequence)
    ends = [papers[n].text if n in papers else None for n in ("old", "new_patients")]
    if ends != [*filled]:
        raise InputError(["a paper.qmd is not what the stages make of its sources: build it anew"])
    alone, failed_alone = build_each(apart)
    if "corrections" in papers:  # the first factor is alone already
        alone = {"corrections": papers["corrections"], **alone}
    else:
        failed_alone = {"corrections": failed["corrections"], **failed_alone}
    registries = {name: paper.numbers for name, paper in papers.items()}
    if kept is not None:
        registries = {"kept": kept, "code": registries.pop("old"), **registries}
    changes = compare_numbers(registries, {f: p.numbers for f, p in alone.items()}, filled)
    claims = compare_claims(papers)
    return Revision(changes, claims, failed, failed_alone, [*differences(old, new)])


def differences(old: Sources, new: Sources) -> Iterator[str]:
    """Yield what a cohort's own plan and config change, by the names of the entries."""
    parts = {
        "config": (old.cohort, new.cohort),
        "plan": (old.plan, new.plan),
        "codebook": (old.codebook, new.codebook),
    }
    for part, sides in parts.items():
        for path, before, after in unlike(*sides):
            if part != "config" or path.partition(".")[0] not in SOURCE_KEYS:
                yield f"{part}, {path}: {before} → {after}"


def unlike(old: object, new: object, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the entries in which two mappings differ: dotted name, before, after."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            within = f"{path}.{key}".lstrip(".")
            yield from unlike(old.get(key, ABSENT), new.get(key, ABSENT), within)
    elif old != new:
        before, after = (textwrap.shorten(str(s), 60, placeholder=" …") for s in (old, new))
        yield path, before, after


def read_kept(path: str) -> dict[str, dict] | None:
    """Read the registry of an earlier release, where the config names one."""
    return json.loads(Path(path).read_text(encoding="utf-8")) if path else None
