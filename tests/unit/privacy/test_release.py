"""What the privacy report doubts is published only after a decision that was made of it."""

import pandas as pd
import pytest

from crlm.wings.privacy.release import unresolved_doubt


@pytest.mark.parametrize(
    ("weights", "decided", "refused"),
    [
        ({"rows": "bad", "tables": "good"}, None, False),  # the rows stay at home
        ({"rows": "good", "tables": "doubt"}, None, True),
        ({"rows": "good", "tables": "doubt"}, "after a decision", False),
        ({"rows": "good", "tables": "doubt", "difference": "bad"}, None, True),
        ({"rows": "good", "tables": "doubt", "difference": "bad"}, "after a decision", True),
        ({"rows": "good", "tables": "doubt", "difference": "bad"}, "no", False),
        ({"tables": "bad"}, "no", False),
    ],
)
def test_the_verdict_binds(weights, decided, refused):
    findings = pd.DataFrame(weights.items(), columns=["release", "weight"])
    cohort = {"publication": {"verdict": decided}} if decided else {}
    told = unresolved_doubt(findings, cohort, "2026")
    assert bool(told) == refused
    assert all("config/cohorts/2026.yaml who decided, and why: publication: " in t for t in told)
