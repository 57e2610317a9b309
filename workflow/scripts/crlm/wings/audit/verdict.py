"""What can be said of a printed number or statement."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from crlm.wings.audit.transcription import CUT, DROPPED, EXACT, verdict_on


class Verdict(StrEnum):
    """What can be said of a number (the first seven), or of a claim in words."""

    REPRODUCED = "reproduced"
    ROUNDED = "reproduced within rounding or truncation"
    TO_CHECK = "to be checked on the page"  # right, if a row, a label or a zero is read otherwise
    MISPRINT = "misprint with a plausible intended value"
    CONTRADICTED = "contradicted"
    ONE_OF = "one of several is wrong"  # no printed number tells which
    OPEN = "not recomputable from what is printed"
    CARRIED = "carried"
    MIXED = "mixed"
    SHOWN = "direction shown, not significant"
    UNSETTLED = "neither shown nor ruled out"  # of no effect
    DENIED = "denied"
    SILENT = "nothing printed speaks to it"


OF_NUMBERS, OF_CLAIMS = [*Verdict][:7], [*Verdict][7:]
HELD = (Verdict.REPRODUCED, Verdict.ROUNDED, Verdict.CARRIED)
WRONG = (Verdict.MISPRINT, Verdict.CONTRADICTED)


class Slip(StrEnum):
    """What a careless hand does to printed numbers."""

    GROUPS = "swapped groups"
    LABELS = "swapped label"
    ROWS = "row shift"
    REPEATED = "repeated row"
    UNITS = "units"
    DENOMINATOR = "other denominator"
    COLUMN = "other column"
    DECIMAL = "decimal place"
    DIGITS = "transposed digits"
    SE = "SE for SD"
    VARIANCE = "variance for SD"
    LIMITS = "minimum and maximum swapped"
    MEAN_AND_SD = "mean and SD swapped"
    COUNT_AND_PERCENT = "count and percentage swapped"
    COUNT = "count"
    UNWEIGHTED = "unweighted mean"
    CUT_OFF = "cut off"
    ZERO = "dropped zero"
    ROUNDED_LIMIT = "rounded limit"


MISPLACED = (Slip.LABELS, Slip.ROWS, Slip.REPEATED)  # a number of another row
COARSE = (Slip.ZERO, Slip.ROUNDED_LIMIT)  # a number that can hold, by the decimals it lacks alone
# What near numbers fit by chance.
CHANCY = (Slip.DIGITS, Slip.COLUMN, Slip.LABELS, Slip.ROWS, Slip.UNWEIGHTED)


class Finding(NamedTuple):
    """A verdict on a number or a claim with its proof, in one or two sentences."""

    verdict: str
    recomputed: str
    explanation: str
    misprint: str = ""  # a `Slip`, if it is one
    intended: str = ""


def why_harmless(verdict: str) -> str:
    """Say why a number of a verdict changes no conclusion; nothing where it may be at fault."""
    if verdict == Verdict.OPEN:
        return "no: nothing printed contradicts it"
    return "no: it holds" if verdict in HELD else ""


def left_open(why: str) -> Finding:
    """Return the finding of a number that nothing printed can check, and why."""
    return Finding(Verdict.OPEN, "", why)


def slipped(slip: Slip, recomputed: str, explanation: str, intended: str) -> Finding:
    """Return the finding of a known slip: a misprint, if the page can't have been read wrongly."""
    return Finding(
        Verdict.TO_CHECK if slip in (*MISPLACED, *COARSE) else Verdict.MISPRINT,
        recomputed,
        explanation,
        slip,
        intended,
    )


def slip_between(text: str, meant: str) -> Slip | None:
    """Name the slip that makes one number of another: of the decimal point, or of two digits."""
    printed, other = (re.sub(r"\D", "", t) for t in (text, meant))
    if not other or printed == other == "":
        return None
    if printed.strip("0") == other.strip("0"):
        return Slip.DECIMAL
    if sorted(printed) == sorted(other) and len(printed) == len(other):
        return Slip.DIGITS
    return None


def step(follows: bool, near: bool = False) -> Verdict:
    """Return how far up the ladder a number comes: it follows, or goes with others, or can't be."""
    if follows:
        return Verdict.REPRODUCED
    return Verdict.ROUNDED if near else Verdict.CONTRADICTED


def climb(
    cell, value, words: str, recomputed: str, explanations: Iterable[Finding] = ()
) -> Finding:
    """Judge a printed number by what others give: the first step of a ladder that holds counts.

    The value rounds to what is printed: reproduced. It is cut off to it: within truncation. Else
    the first of the explanations, from the innocent on: within the rounding of what it is computed
    from, open, or a known slip. Else it is contradicted.

    Parameters
    ----------
    words
        The arithmetic, without a full stop.
    recomputed
        The value as it is shown.
    explanations
        Made one after the other, as far as needed.
    """
    how = verdict_on(value, cell)
    more = {EXACT: "", CUT: f", cut, not rounded, to {cell.text}%", DROPPED: f", not {cell.text}"}
    found = Finding(step(how == EXACT, how == CUT), recomputed, f"{words}{more[how]}.")
    return found if how != DROPPED else next(iter(explanations), found)
