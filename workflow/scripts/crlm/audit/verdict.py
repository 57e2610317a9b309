"""What can be said of a printed number or statement."""

from typing import NamedTuple

REPRODUCED = "reproduced"
ROUNDED = "reproduced within rounding or truncation"
MISPRINT = "misprint with a plausible intended value"
CONTRADICTED = "contradicted"
UNSUPPORTED = "unsupported statement"
OPEN = "not recomputable from what is printed"
VERDICTS = [REPRODUCED, ROUNDED, MISPRINT, CONTRADICTED, UNSUPPORTED, OPEN]


class Finding(NamedTuple):
    """A verdict with its reason, in one sentence."""

    verdict: str
    recomputed: str
    explanation: str
    misprint: str = ""  # what kind of slip
    intended: str = ""
