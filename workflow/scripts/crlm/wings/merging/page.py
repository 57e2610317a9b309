"""The page about a reviewed document: every edit and what became of it, every comment."""

from itertools import groupby

from crlm.wings.merging.edits import APPLIED, OPEN, REFUSED
from crlm.wings.merging.review import Review

BASES = {
    "now": "It was made from the text that the template gives now.",
    "kept": "It was made from an older text, which is kept: what has changed in the template since "
    "is left alone.",
    "unknown": "It names no text that is kept here, so that edits without a mark can't be told "
    "from what changed in the paper since it was sent: only tracked changes are applied, all else "
    "is to decide.",
}
# In the order in which they are shown.
TITLES = {OPEN: "To decide", REFUSED: "Refused", APPLIED: "Applied"}


def counts_of(found: Review) -> str:
    """Return how many edits there are and what became of them, in a sentence."""
    counts = {status: sum(e.status == status for e in found.edits) for status in TITLES}
    total, comments = len(found.edits), len(found.comments)
    return (
        f"{total or 'No'} edit{'s' * (total != 1)}: {counts[APPLIED]} applied, "
        f"{counts[REFUSED]} refused, {counts[OPEN]} to decide; "
        f"{comments or 'no'} comment{'s' * (comments != 1)}."
    )


def describe_review(found: Review, cohort: str) -> dict:
    """Return what the page about a reviewed document shows."""
    ordered = sorted(found.edits, key=lambda edit: [*TITLES].index(edit.status))
    return {
        "cohort": cohort,
        "counts": counts_of(found),
        "base": BASES[found.base],
        "unknown": found.base == "unknown",
        "groups": [
            {"title": TITLES[status], "edits": [{"kind": e.change.kind} | e._asdict() for e in own]}
            for status, own in groupby(ordered, key=lambda edit: edit.status)
        ],
        "comments": found.comments,
        "diff": found.diff,
    }
