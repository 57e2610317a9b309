"""The reconstructed cohort: data/raw, the printed cells, the response rule, a clinician's eye."""

import numpy as np
import pandas as pd
import pytest
from published import ASSUMED, CELLS, CODEBOOK, PLAN, TABLES, read_cohort
from scipy import stats

from crlm.wings.audit.transcription import CUT, DROPPED, verdict_on
from crlm.wings.reconstruction.judged import compare_with_print, computed_of
from crlm.wings.reconstruction.plausibility import Block
from crlm.wings.reconstruction.rows import fill_block

# Cells that contradict the others, by arithmetic on the printed page alone: SD of all from those of
# the groups; 12 + 11 + 1 = 24 sites; 44 % of 25 is 11, not 14; 13 + 7 + 5 = 25 regimens; means of
# all from those of the groups; 9 of 23 is 39.13 %; the text's twelve (60 %) leave 8 of 20; 1 of 23
# is 4.35 %.
CONTRADICTORY = {
    "t1_age_years_sd",
    "t1_primary_site_left_colon_percent",
    "t1_primary_site_right_colon_percent",
    "t1_size_pre_class_ge_4_cm_percent",
    "t1_regimen_given_other_n",
    "t1_cycles_mean",
    "t1_duration_months_mean",
    "t1_lesions_post_count_single_percent",
    "t1_size_post_class_lt_4_cm_n",
    "t2_alive_1y_no_percent",
}
TRUNCATED = {"t1_t_stage_t2_percent", "t1_t_stage_t4_percent", "t2_alive_1y_yes_percent"}


@pytest.fixture(scope="module")
def patients():
    rows = read_cohort().astype(object)
    return rows.where(rows.notna(), None).to_dict("records")


def respond(p):
    """Apply the rule of the paper's definitions with RECIST's thresholds."""
    n0, n1, mm0, mm1 = (
        p[c] for c in ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
    )
    counted, measured = n1 is not None, mm1 is not None
    if (counted and n1 > n0) or (measured and mm1 >= 1.2 * mm0 and mm1 - mm0 >= 5):
        return "progressive"
    if (counted and n1 < n0) or (measured and mm1 <= 0.7 * mm0):
        return "regressive"
    assert counted and measured, p
    return "stationary"


def test_the_committed_rows_give_every_cell_but_the_contradictory():
    """What the tables of the built paper give is held against the print by another hand."""
    judged = compare_with_print(CELLS, read_cohort(), PLAN)
    found = judged.groupby("verdict")["id"].agg(set)
    assert (found[DROPPED], found[CUT]) == (CONTRADICTORY, TRUNCATED)
    assert len(judged) == 263 + 4


def test_age_gives_the_printed_p_value(patients):
    ages = [[p["age_years"] for p in patients if p["group"] == g] for g in PLAN.groups]
    test = stats.mannwhitneyu(*ages, method="asymptotic", use_continuity=False)
    # R 4.2: wilcox.test(responders, progressive, exact = FALSE, correct = FALSE)
    assert test.statistic == 86
    assert test.pvalue == pytest.approx(0.6220207061, abs=1e-9)


def test_the_response_follows_from_sizes_and_numbers(patients):
    responses = [p["response"] for p in patients]
    assert [responses.count(r) for r in ("regressive", "stationary", "progressive")] == [10, 4, 11]
    assert responses == [respond(p) for p in patients]


def test_rows_are_credible(patients):
    assert [p["patient_id"] for p in patients] == [f"CRLM-{i:02d}" for i in range(1, 26)]
    for p in patients:
        after, specimen, before = p["size_post_mm"], p["size_pathology_mm"], p["size_pre_mm"]
        if after and specimen:
            assert abs(after - specimen) <= 15, p
        if p["cycles"] and p["duration_months"]:
            assert p["duration_months"] >= 0.5 * p["cycles"], p
        if p["two_stage"] == "yes":
            assert p["lesions_pre"] >= 2 and p["surgery"] == "hepatectomy", p
        if p["surgery"] == "hepatectomy":
            assert max(before, after or 0) >= 50, p
        if p["additional_therapy"] == "tace":
            assert p["response"] == "progressive", p
        if p["recurrence_1y"] is None:
            assert p["alive_1y"] is None, p
        if p["alive_1y"] == "no":
            assert (p["recurrence_1y"], p["morbidity_30d"]) == ("yes", "yes"), p
        complete = p["pathological_response"] == "complete"
        assert complete is (specimen is None), p
        if complete:
            assert p["response"] == "regressive" and p["lesions_post"] == 1 and after <= 15, p
    for column in ("age_years", "size_pre_mm"):
        assert len({p[column] for p in patients}) >= 17
    sizes = [p["size_pre_mm"] for p in patients]
    assert sum(size % 10 == 0 for size in sizes) <= 8
    assert sum(p["cycles"] is None and p["duration_months"] is None for p in patients) <= 1


def fill_sex(cells):
    """Solve the block of one variable, and return its dropped cells."""
    rows = pd.DataFrame({"response": ["stationary"] * 14 + ["progressive"] * 11})
    rows["group"] = ["responders"] * 14 + ["progressive"] * 11
    block = Block(["sex"], 0.1)
    rng = np.random.default_rng(1)
    rows = rows.join(fill_block(block, rows, cells, PLAN, CODEBOOK, ASSUMED, rng))
    judged = [c for c in cells.itertuples() if c.statistic != "p_value"]
    return [c.id for c in judged if verdict_on(computed_of(rows, c, PLAN), c, up=True) == DROPPED]


def test_a_changed_count_is_dropped():
    cells = TABLES.query("variable == 'sex'")
    assert fill_sex(cells) == []
    changed = cells["id"] == "t3_sex_male_responders_n"
    assert fill_sex(cells.assign(text=cells["text"].mask(changed, "8"))) == [
        "t3_sex_male_responders_n"
    ]


@pytest.mark.parametrize(
    ("value", "text", "statistic", "expected", "either"),
    [
        (56.25, "56.3", "percent", "met exactly", "met exactly"),
        (56.25, "56.2", "percent", "met by truncation", "met exactly"),
        (45, "44", "percent", "dropped", "dropped"),  # cut off, 45 is 45
        (100 * 4 / 24, "16.6", "percent", "met by truncation", "met by truncation"),
        (100 * 9 / 23, "39.2", "percent", "dropped", "dropped"),
        (3.49, "3", "mean", "met exactly", "met exactly"),
        (3.5, "3", "mean", "dropped", "met exactly"),  # truncation is for percentages
        (2.5, "3", "min", "met exactly", "met exactly"),
    ],
)
def test_verdicts_at_the_edges(value, text, statistic, expected, either):
    decimals = str(len(text.partition(".")[2]))
    cell = next(
        pd.DataFrame([{"text": text, "decimals": decimals, "statistic": statistic}]).itertuples()
    )
    assert verdict_on(value, cell, up=True) == expected  # as this paper prints: half up
    assert verdict_on(value, cell) == either  # as any program may
