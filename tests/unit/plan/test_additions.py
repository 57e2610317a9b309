"""What a cohort adds to the common codebook and plan."""

import copy

from crlm.plan.additions import codebook_of, plan_of

CODEBOOK = {
    "missing_codes": ["", "?"],
    "variables": {
        "regimen": {"type": "category", "columns": {"regimen": None},
                    "levels": {"xelox": ["capox"]}},
        "age_years": {"type": "integer", "min": 16, "columns": {"age": "years"}},
    },
}  # fmt: skip
PLAN = {
    "alpha": 0.05,
    "variables": {"sex": {"label": "Sex"}, "t_stage": {"label": "T", "levels": {"t2": 2}}},
}


def test_columns_levels_and_spellings_are_added():
    own = {
        "missing_codes": ["?", "n.a."],
        "variables": {
            "regimen": {"columns": {"chemo": None}, "levels": {"xelox": ["xeliri"], "folfox": []}},
            "age_years": {"min": 18},
            "asa": {"type": "integer"},
        },
    }
    assert codebook_of(CODEBOOK, own) == {
        "missing_codes": ["", "?", "n.a."],
        "variables": {
            "regimen": {
                "type": "category",
                "columns": {"regimen": None, "chemo": None},
                "levels": {"xelox": ["capox", "xeliri"], "folfox": []},
            },
            "age_years": {"type": "integer", "min": 18, "columns": {"age": "years"}},
            "asa": {"type": "integer"},
        },
    }


def test_an_entry_of_the_plan_is_replaced_whole_and_keeps_its_place():
    own = {"variables": {"sex": {"label": "Gender"}, "asa": {"label": "ASA"}}}
    merged = plan_of(PLAN, own)
    assert list(merged["variables"]) == ["sex", "t_stage", "asa"]
    assert merged["variables"]["sex"] == {"label": "Gender"}
    assert merged["variables"]["t_stage"] == PLAN["variables"]["t_stage"]
    assert merged["alpha"] == 0.05


def test_nothing_added_is_nothing_changed_and_the_common_files_stay():
    before = copy.deepcopy((CODEBOOK, PLAN))
    assert codebook_of(CODEBOOK, {}) == CODEBOOK
    assert plan_of(PLAN, {}) == PLAN
    codebook_of(CODEBOOK, {"missing_codes": ["x"], "variables": {"regimen": {"levels": {"a": []}}}})
    plan_of(PLAN, {"variables": {"sex": {}}})
    assert before == (CODEBOOK, PLAN)
