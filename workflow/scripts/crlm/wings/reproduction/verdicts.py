"""A build held against what a release recorded: identical, equal in value, different."""

import math
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from crlm.wings.reproduction.digests import KINDS, NUMBERS, Record, parts_of, sha256

IDENTICAL, EQUAL, DIFFERENT = "identical", "equal in value", "different"
MISSING, EXTRA = "missing", "extra"
VERDICTS = (IDENTICAL, EQUAL, DIFFERENT, MISSING, EXTRA)
SHOWN = 20  # places that are told of a file
LENGTH = 160  # signs of a place that are shown
CLOSE = 1e-9  # how far two numbers may lie apart, as a share, and be of one value
ZERO = 1e-12  # what counts as nothing beside 0


class FileVerdict(NamedTuple):
    """A file or number, what became of it, and where it differs."""

    name: str
    verdict: str
    details: list[str]


# --- Numbers --------------------------------------------------------------------------------------


def is_close(a: Any, b: Any) -> bool:
    """Return whether two values of the registry are the same, but for the last digits."""
    numbers = [isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b)]
    if all(numbers):
        return math.isclose(a, b, rel_tol=CLOSE, abs_tol=ZERO)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(is_close, a, b))
    return a == b and type(a) is type(b)


def how_far(a: Any, b: Any) -> str:
    """Return by how much a number moved, where both are numbers."""
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in (a, b)):
        return ""
    share = f" ({100 * (b - a) / abs(a):+.3g}%)" if a else ""
    return f", by {b - a:+.6g}{share}"


def compare_registries(recorded: Record, built: Record) -> list[FileVerdict]:
    """Return the numbers that are missing, new, or of another value or printed form."""
    findings = []
    for key in sorted(recorded.numbers.keys() | built.numbers.keys()):
        before, after = recorded.numbers.get(key), built.numbers.get(key)
        if before is None or after is None:
            told = before or after
            verdict = MISSING if after is None else EXTRA
            findings.append(FileVerdict(key, verdict, [f"{told[1]} ({told[0]!r})" if told else ""]))
        elif not is_close(before[0], after[0]) or before[1] != after[1]:
            told_both = f"recorded {before[1]} ({before[0]!r}), here {after[1]} ({after[0]!r})"
            findings.append(FileVerdict(key, DIFFERENT, [told_both + how_far(before[0], after[0])]))
    return findings


# --- Files ----------------------------------------------------------------------------------------


def shown(parts: list[str], start: int, end: int) -> str:
    """Return parts of a file as they are told: the beginning, in quotation marks."""
    text = " | ".join(parts[start:end])
    return f"“{text[:LENGTH]}{'…' * (len(text) > LENGTH)}”" if text else "nothing"


def differences_in(
    name: str, recorded: list[str], built: list[str], texts: list[str], old: list[str]
) -> Iterator[str]:
    """Yield where the parts of a file differ, with what stands there.

    `recorded`, `built` are digests of the parts, `texts` the parts that were built, `old` those
    that were recorded where they are at hand.
    """
    kind = KINDS.get(Path(name).suffix, ("part", None))[0]
    kind = "label" if "figures/" in name else kind
    for tag, i, to_i, j, to_j in SequenceMatcher(None, recorded, built, False).get_opcodes():
        spans = [(i, to_i, j, to_j)]
        if to_i - i == to_j - j:  # one by one
            spans = [
                (a, a + 1, b, b + 1) for a, b in zip(range(i, to_i), range(j, to_j), strict=True)
            ]
        for a, to_a, b, to_b in spans if tag != "equal" else ():
            before = shown(old, a, to_a) if old or a == to_a else "what was recorded"
            place = f"{kind} {b + 1}" + (f" to {to_b}" if to_b > b + 1 else "")
            yield f"{place}: {before} -> {shown(texts, b, to_b)}"


def compare_file(
    name: str, recorded: Record, built: Record, results: Path, kept: Path, same_numbers: bool
) -> FileVerdict:
    """Return what became of a file.

    Parameters
    ----------
    name
        Its path within the results of the cohort.
    results
        Those that were built.
    kept
        The results of an earlier build, which tell what was recorded where they have its bytes.
    same_numbers
        Whether all numbers of the registry are of the recorded value.
    """
    if name not in built.files or name not in recorded.files:
        return FileVerdict(name, MISSING if name in recorded.files else EXTRA, [])
    (before, old_parts), (after, new_parts) = recorded.files[name], built.files[name]
    if before == after:
        return FileVerdict(name, IDENTICAL, [])
    if name in NUMBERS:
        return FileVerdict(name, EQUAL if same_numbers else DIFFERENT, [])
    if old_parts == new_parts and old_parts:
        return FileVerdict(name, EQUAL, [])
    file = kept / name
    old = parts_of(file) if file.is_file() and sha256(file.read_bytes()) == before else []
    places = [*differences_in(name, old_parts, new_parts, parts_of(results / name), old)]
    more = [f"and {len(places) - SHOWN} places more"] * (len(places) > SHOWN)
    said = [] if places else ["other bytes; such a file has no value that could be compared"]
    return FileVerdict(name, DIFFERENT, places[:SHOWN] + more + said)


def compare_versions(recorded: Record, built: Record) -> list[dict[str, str]]:
    """Return all that ran, then and here; what is of another version first."""
    names = [*dict.fromkeys([*recorded.versions, *built.versions])]
    rows = [
        {"name": n, "recorded": recorded.versions.get(n, ""), "here": built.versions.get(n, "")}
        for n in names
    ]
    return sorted(rows, key=lambda row: row["recorded"] == row["here"])


def verify(recorded: Record, built: Record, results: Path, kept: Path) -> dict[str, Any]:
    """Hold a build against a record.

    Parameters
    ----------
    recorded, built
        The two.
    results, kept
        As in `compare_file`.

    Returns
    -------
    dict
        `verdict`: identical, equal in value (some bytes differ, all values are the same) or
        different; `counts` of the files by verdict; `files`, `numbers`: what `FileVerdict` says of
        each file, and of each number that is not the same; `versions`: `name, recorded, here`.
    """
    numbers = compare_registries(recorded, built)
    names = sorted(recorded.files.keys() | built.files.keys())
    files = [compare_file(n, recorded, built, results, kept, not numbers) for n in names]
    counts = Counter(finding.verdict for finding in files)
    verdict = EQUAL if counts[EQUAL] else IDENTICAL
    if numbers or counts.keys() & {DIFFERENT, MISSING, EXTRA}:
        verdict = DIFFERENT
    return {
        "verdict": verdict,
        "counts": {name: counts[name] for name in VERDICTS if counts[name]},
        "numbers": [finding._asdict() for finding in numbers],
        "files": [finding._asdict() for finding in files],
        "versions": compare_versions(recorded, built),
    }


def summary(found: dict[str, Any]) -> str:
    """Return what `verify` found, in a line or two for the terminal."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in found["counts"].items())
    told = [f"{found['verdict'].capitalize()}. Files: {counts}."]
    if found["numbers"]:
        first = found["numbers"][0]
        told.append(
            f"Numbers that are not as recorded: {len(found['numbers'])}; the first is "
            f"{first['name']}: {first['details'][0]}."
        )
    if others := [row["name"] for row in found["versions"] if row["recorded"] != row["here"]]:
        told.append(f"Of another version than recorded: {', '.join(others)}.")
    return "\n".join(told)
