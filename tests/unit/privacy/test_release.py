"""What the privacy report doubts is published only after a decision that was made of it."""

import pandas as pd
import pytest

from crlm.wings.privacy.release import unresolved_doubt


@pytest.mark.parametrize(
    ("found", "decided", "new"),
    [
        ([("rows", "k-anonymity", "bad")], None, []),  # the rows stay at home
        ([("tables", "few", "good")], None, []),
        ([("tables", "few", "doubt")], None, ["'few' in tables"]),
        ([("tables", "few", "doubt")] * 9, {"tables": ["few", "all"]}, []),
        ([("difference", "few", "doubt")], {"tables": ["few"]}, ["'few' in difference"]),
        (
            [("tables", "few", "doubt"), ("difference", "gone", "bad")],
            {"tables": ["few"], "difference": ["few"]},
            ["'gone' in difference"],
        ),
    ],
)
def test_a_decision_holds_for_the_kinds_of_findings_that_it_names(found, decided, new):
    findings = pd.DataFrame(found, columns=["release", "kind", "weight"])
    cohort = {"publication": {"findings": decided}} if decided else {}
    told = unresolved_doubt(findings, cohort, "2026")
    assert len(told) == bool(new)
    for line in told:
        assert line.startswith(f"results/2026/privacy/privacy.html doubts {', '.join(new)}; ")
        kinds = ", ".join(f"{of}: [{kind}]" for of, kind, _ in sorted(found))
        assert f"findings: {{{kinds}}}" in line  # to be copied
