"""Cohorts at random: refused with every fault named, or each number as a recount gives it."""

from pathlib import Path

import pytest
from cohorts_at_random import KINDS, draw_cohort
from judged import CODEBOOK, search

from crlm import description, paper, response
from crlm.cohort import cleaned, reading

share, measure_change = description.share, response.measure_change


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_planted(kind):
    assert any(draw_cohort(seed, 20, 1, [kind], CODEBOOK).faults for seed in range(20))


def test_files_of_every_form_are_drawn():
    names = {
        Path(name) for seed in range(20) for name in draw_cohort(seed, 20, 1, [], CODEBOOK).files
    }
    assert {".csv", ".xlsx", ".sav"} == {name.suffix for name in names}
    stems = {"table_1", "table_1_b", "dictionary_1", "corrections", "withdrawn"}
    assert stems == {name.stem for name in names}


@pytest.mark.parametrize("seed", range(4))
def test_cohorts_at_random(seed, tmp_path):
    search(seed, 50, tmp_path)


def one_among_too_many(n, of, decimals):
    return share(n, of + 1, decimals)


def one_too_few(n, of, decimals):
    return share(max(0, n - 1), of, decimals)


def missing_is_zero(patients):
    """Measure the change as if a size that is not known after chemotherapy were 0 mm."""
    return measure_change(patients.fillna({"size_post_mm": 0.0}))


def not_amended(tables, codebook, *_):
    return cleaned.clean_cohort(tables, codebook)


@pytest.mark.parametrize(
    ("place", "name", "mutant", "kinds", "said"),
    [
        (description, "share", one_among_too_many, (), "denominator"),
        (description, "share", one_too_few, (), "counted"),
        (response, "measure_change", missing_is_zero, (), "counted"),
        (paper, "clean_cohort", not_amended, (), "counted|though sound"),
        (reading, "parse_number", lambda cell, *_: (40.0, "number"), (), "counted|though sound"),
        (cleaned, "check_patients", lambda *_: [], ("impossible",), "not named: .*impossible"),
        (cleaned, "find_no_patients", lambda *_: [], ("summary",), "not named: .*summary"),
    ],
    ids=[
        "one too many", "one too few", "missing as 0", "not amended", "all 40", "no checks",
        "no summaries",
    ],
)  # fmt: skip
def test_a_mutant_is_caught(monkeypatch, tmp_path, place, name, mutant, kinds, said):
    monkeypatch.setattr(place, name, mutant)
    with pytest.raises(AssertionError, match=said):
        search(1, 100, tmp_path, kinds or ("level",))
    assert [*tmp_path.glob("table_*")]
