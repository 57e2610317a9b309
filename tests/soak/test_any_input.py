"""Cohorts at random: refused with every fault named, or each number as a recount gives it."""

import pandas as pd
import pytest
from cohorts_at_random import KINDS, draw_cohort
from judged import CODEBOOK, search

from crlm import description, response
from crlm.cohort import cleaned, reading

count, measure_change = description.count, response.measure_change


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_planted(kind):
    assert any(draw_cohort(seed, 20, 1, [kind], CODEBOOK).faults for seed in range(20))


@pytest.mark.parametrize("seed", range(4))
def test_cohorts_at_random(seed, tmp_path):
    search(seed, 50, tmp_path)


def missing_counts(values, *others):
    """Count with those who are not known among the denominator."""
    return count(pd.Series(values, dtype=object).fillna("?").to_numpy(), *others)


def one_too_few(*arguments):
    found = count(*arguments)
    return found | {"n": max(0, found["n"] - 1)}


def missing_is_zero(patients):
    """Measure the change as if a size that is not known after chemotherapy were 0 mm."""
    return measure_change(patients.fillna({"size_post_mm": 0.0}))


@pytest.mark.parametrize(
    ("place", "name", "mutant", "kinds", "said"),
    [
        (description, "count", missing_counts, (), "denominator"),
        (description, "count", one_too_few, (), "counted"),
        (response, "measure_change", missing_is_zero, (), "counted"),
        (reading, "parse_number", lambda cell, *_: (40.0, "number"), (), "counted|though sound"),
        (cleaned, "check_patients", lambda *_: [], ("impossible",), "not named: .*impossible"),
        (cleaned, "find_no_patients", lambda *_: [], ("summary",), "not named: .*summary"),
    ],
    ids=["missing counted", "one too few", "missing as 0", "all 40", "no checks", "no summaries"],
)  # fmt: skip
def test_a_mutant_is_caught(monkeypatch, tmp_path, place, name, mutant, kinds, said):
    monkeypatch.setattr(place, name, mutant)
    with pytest.raises(AssertionError, match=said):
        search(1, 100, tmp_path, kinds or ("level",))
    assert [*tmp_path.glob("table_*.csv")]
