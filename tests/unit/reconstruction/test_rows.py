"""The reconstructed cohort: data/raw, the printed cells, the response rule, a clinician's eye."""

import csv
import statistics
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crlm.base.files import read_yaml
from crlm.wings.audit.transcription import verdict
from crlm.wings.reconstruction.judged import statistic
from crlm.wings.reconstruction.plausibility import relate_nothing, sketch_nothing
from crlm.wings.reconstruction.rows import fill_block

ROOT = Path(__file__).parents[3]
COHORT = ROOT / "data/raw/cohort_2024.csv"
PLAN = read_yaml(ROOT / "config/plan.yaml")
CODEBOOK = read_yaml(ROOT / "config/codebook.yaml")
ASSUMED = read_yaml(ROOT / "data/published/plausibility.yaml")

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
CUT = {"t1_t_stage_t2_percent", "t1_t_stage_t4_percent", "t2_alive_1y_yes_percent"}
NUMBERS = ("age_years", "lesions_pre", "size_pre_mm", "cycles", "duration_months", "lesions_post",
           "size_post_mm", "size_pathology_mm")  # fmt: skip


def read_cells(name):
    path = ROOT / "data/published" / name
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_statements():
    return read_cells("text.csv").query("binding == 'yes'")


def clean(column, text):
    if not text:
        return None
    if column in NUMBERS:
        return float(text)
    levels = CODEBOOK["variables"].get(column, {}).get("levels", {})
    spellings = {s.lower(): level for level in levels for s in [level, *levels[level]]}
    return spellings[text.lower()] if levels else text


def read_patients():
    with COHORT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    patients = [{c: clean(c, text) for c, text in row.items()} for row in rows]
    for patient in patients:
        patient["response"] = respond(patient)
        patient["group"] = "progressive" if patient["response"] == "progressive" else "responders"
    return patients


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


def recompute(cell, patients):
    """Compute what a printed cell counts, from the raw rows alone."""
    variable = PLAN["variables"][cell["variable"]]
    inside = [p for p in patients if cell["group"] in ("all", p["group"])]

    def levels_of(rows):
        found = []
        for value in (row[variable["source"]] for row in rows):
            for name, level in variable["levels"].items():
                if value is not None and (
                    value in level["values"]
                    if "values" in level
                    else level["at_least"] <= value < level["below"]
                ):
                    found.append(name)
        return found

    if cell["statistic"] == "n":
        return len(inside) if not cell["level"] else levels_of(inside).count(cell["level"])
    if cell["statistic"] == "percent":
        n = levels_of(inside).count(cell["level"])
        of_level = cell["table"] in "34"
        of = levels_of(patients).count(cell["level"]) if of_level else len(levels_of(inside))
        return Decimal(100 * n) / Decimal(of)
    values = [p[variable["source"]] for p in inside if p[variable["source"]] is not None]
    function = {"mean": statistics.mean, "sd": statistics.stdev, "min": min, "max": max}
    return Decimal(repr(function[cell["statistic"]](values) * variable["scale"]))


# All but the p-values: that of age is tested below, the others follow from the counts.
COUNTED = [
    cell
    for cells in (read_cells("tables.csv"), read_statements())
    for cell in cells.to_dict("records")
    if cell["statistic"] != "p_value"
]


@pytest.fixture(scope="module")
def patients():
    return read_patients()


def is_met(cell, patients):
    unit = Decimal(1).scaleb(-int(cell["decimals"]))
    mode = ROUND_DOWN if cell["id"] in CUT else ROUND_HALF_UP
    return Decimal(recompute(cell, patients)).quantize(unit, mode) == Decimal(cell["text"])


def test_the_committed_rows_give_every_cell_but_the_contradictory(patients):
    assert len(COUNTED) > 250
    assert {cell["id"] for cell in COUNTED if not is_met(cell, patients)} == CONTRADICTORY


def test_age_gives_the_printed_p_value(patients):
    ages = [[p["age_years"] for p in patients if p["group"] == g] for g in PLAN["groups"]]
    test = stats.mannwhitneyu(*ages, method="asymptotic", use_continuity=False)
    # R 4.2: wilcox.test(responders, progressive, exact = FALSE, correct = FALSE)
    assert test.statistic == 86
    assert test.pvalue == pytest.approx(0.6220207061, abs=1e-9)


def test_the_response_follows_from_sizes_and_numbers(patients):
    responses = [p["response"] for p in patients]
    assert [responses.count(r) for r in ("regressive", "stationary", "progressive")] == [10, 4, 11]
    assert responses == [p["radiologist_response"] for p in patients]


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
    block = (["sex"], sketch_nothing, relate_nothing, 0.1)
    rng = np.random.default_rng(1)
    rows = rows.join(fill_block(block, rows, cells, PLAN, CODEBOOK, ASSUMED, rng))
    judged = [c for c in cells.itertuples() if c.statistic != "p_value"]
    return [c.id for c in judged if verdict(statistic(rows, c, PLAN), c, up=True) == "dropped"]


def test_a_changed_count_is_dropped():
    cells = read_cells("tables.csv").query("variable == 'sex'")
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
    assert verdict(value, cell, up=True) == expected  # as this paper prints: half up
    assert verdict(value, cell) == either  # as any program may
