"""What can be said of a printed number or statement."""

from collections.abc import Iterable
from typing import NamedTuple

from crlm.wings.audit.transcription import CUT, EXACT, verdict

REPRODUCED = "reproduced"
ROUNDED = "reproduced within rounding or truncation"
TO_CHECK = "to be checked on the page"  # right, if a row, a label or a zero is read otherwise
MISPRINT = "misprint with a plausible intended value"
CONTRADICTED = "contradicted"
OPEN = "not recomputable from what is printed"
CARRIED = "carried"
SHOWN = "direction shown, not significant"
MIXED = "mixed"
DENIED = "denied"
SILENT = "nothing printed speaks to it"
OF_NUMBERS = [REPRODUCED, ROUNDED, TO_CHECK, MISPRINT, CONTRADICTED, OPEN]
OF_CLAIMS = [CARRIED, MIXED, SHOWN, DENIED, SILENT]
VERDICTS = [*OF_NUMBERS, *OF_CLAIMS]
HELD = (REPRODUCED, ROUNDED, CARRIED)


class Finding(NamedTuple):
    """A verdict with its reason, in one sentence."""

    verdict: str
    recomputed: str
    explanation: str
    misprint: str = ""  # what kind of slip
    intended: str = ""


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
    how = verdict(value, cell)
    if how == EXACT:
        return Finding(REPRODUCED, recomputed, f"{words}.")
    if how == CUT:
        return Finding(ROUNDED, recomputed, f"{words}, cut, not rounded, to {cell.text} %.")
    contradicted = Finding(CONTRADICTED, recomputed, f"{words}, not {cell.text}.")
    return next(iter(explanations), contradicted)
