"""Any valid cohort gives a manuscript that reads well, whatever its patients are like."""

from pathlib import Path

import pytest
import yaml
from cohorts import RESPONSES, Shape, make_raw, plan_for, plan_with_complete
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crlm.mutant import Sources, build_paper
from crlm.problems import InputError
from crlm.verification import check_filled, find_blemishes, read_as_text

ROOT = Path(__file__).parents[2]
CODEBOOK, PLAN, COHORT, LITERATURE = (
    yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    for path in (
        "config/codebook.yaml", "config/plan.yaml", "config/cohorts/2024.yaml",
        "data/literature.yaml",
    )
)  # fmt: skip
TEMPLATE = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
FREE = [
    name for name, variable in CODEBOOK["variables"].items()
    if variable["type"] in ("category", "integer", "number") and not name.startswith(("lesions_", "size_p"))
]  # fmt: skip


def build(shape: Shape, plan: dict = PLAN, **meta):
    """Build the paper of a cohort in this process."""
    raw = [("data/raw/made_up.csv", make_raw(shape, CODEBOOK), [])]
    cohort = COHORT | meta
    if cohort["response_rule"] == "recist_1_1":
        plan = plan_for(plan, "recist_1_1")
    return build_paper(Sources(raw, CODEBOOK, plan, cohort, LITERATURE, TEMPLATE, {}))


def sentences(paper) -> str:
    """Return the paper's text in one line."""
    return " ".join(read_as_text(paper.text).split())


# --- Cohorts at random ----------------------------------------------------------------------------


@st.composite
def columns(draw):
    """Draw for some variables that nobody has them, or that all patients have the same."""
    found = {}
    for name in draw(st.lists(st.sampled_from(FREE), unique=True, max_size=len(FREE))):
        levels = [*CODEBOOK["variables"][name].get("levels", ["7"])]
        found[name] = draw(st.sampled_from(["missing", *levels]))
        if name in ("age_years", "cycles", "duration_months") and found[name] != "missing":
            found[name] = 20
    return found


RULES = st.sampled_from(["number_and_size", "number_and_size", "recist_1_1"])


@settings(
    max_examples=60, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    n=st.one_of(st.integers(0, 3), st.integers(4, 40), st.integers(41, 200)),
    responses=st.lists(st.sampled_from(list(RESPONSES)), min_size=1, unique=True),
    known=columns(),
    seed=st.integers(0, 2**32 - 1),
    rule=RULES,
    tests=st.sampled_from(["published", "auto"]),
    provenance=st.sampled_from(["original", "synthetic", "reconstructed"]),
    printed=st.sampled_from([None, "mohamed2024"]),
    years=st.tuples(st.integers(2000, 2026), st.integers(0, 3)),
)
def test_any_cohort_gives_a_paper_or_a_reason(
    n, responses, known, seed, rule, tests, provenance, printed, years
):
    shape = Shape(n, tuple(responses), known, whole=rule == "recist_1_1", seed=seed)
    meta = {
        "response_rule": rule, "tests": tests, "provenance": provenance, "printed_version": printed,
        "period": {"from": years[0], "to": sum(years)},
    }  # fmt: skip
    try:
        paper = build(shape, **meta)
    except InputError as error:
        assert "no patient is left after the exclusions" in str(error)
        assert not n or "excluded" in responses
        return
    assert find_blemishes(paper.text) == []
    assert check_filled(paper.text, paper.numbers) == []
