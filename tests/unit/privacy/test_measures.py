"""k-anonymity and l-diversity by the examples of their authors; cells and differences by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.description import describe_tables, join_response
from crlm.plan.analysis import read_plan
from crlm.response import classify_response
from crlm.wings.privacy.measures import (
    FINDINGS,
    class_sizes,
    difference_findings,
    diversity,
    in_bands,
    measure_privacy,
    table_findings,
)

CONFIG = read_yaml(ROOT / "config/privacy.yaml")

# Sweeney 2002, Figure 2: "Example of k-anonymity, where k=2 and QI={Race, Birth, Gender, ZIP}".
SWEENEY = pd.DataFrame(
    [
        *[("black", 1965, "m", "0214*")] * 2, *[("black", 1965, "f", "0213*")] * 2,
        *[("black", 1964, "f", "0213*")] * 2, *[("white", 1964, "m", "0213*")] * 3,
        *[("white", 1967, "m", "0213*")] * 2,
    ],
    columns=["race", "birth", "gender", "zip"],
)  # fmt: skip
# Machanavajjhala et al. 2007, Figures 2 (4-anonymous) and 3 (3-diverse).
HEART, VIRAL, CANCER = "heart disease", "viral infection", "cancer"
FIGURE_2 = {
    "130**, < 30": [HEART, HEART, VIRAL, VIRAL],
    "1485*, >= 40": [CANCER, HEART, VIRAL, VIRAL],
    "130**, 3*": [CANCER] * 4,
}
FIGURE_3 = {
    "1305*, <= 40": [HEART, VIRAL, CANCER, CANCER],
    "1485*, > 40": [CANCER, HEART, VIRAL, VIRAL],
    "1306*, <= 40": [HEART, VIRAL, CANCER, CANCER],
}


def microdata(blocks):
    rows = [(block, value) for block, values in blocks.items() for value in values]
    return pd.DataFrame(rows, columns=["block", "condition"])


def test_classes_of_sweeneys_example():
    assert class_sizes(SWEENEY, list(SWEENEY)).tolist() == [2] * 6 + [3] * 3 + [2] * 2
    # By race and gender alone: black m 2, black f 4, white m 5.
    assert class_sizes(SWEENEY, ["race", "gender"]).tolist() == [2] * 2 + [4] * 4 + [5] * 5


def test_missing_values_are_alike():
    frame = pd.DataFrame({"a": ["x", None, None], "b": [1, 1, 1]})
    assert class_sizes(frame, ["a", "b"]).tolist() == [1, 2, 2]


def test_diversity_is_the_least_of_all_classes():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.integers(0, 4, 90).astype(str) for name in "abc"})
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    found = []
    for _, own in frame[frame["c"].notna()].groupby(["a", "b"], dropna=False)["c"]:
        shares = own.value_counts(normalize=True)
        found.append((len(shares), math.exp(-sum(p * math.log(p) for p in shares))))
    distinct, entropies = zip(*found, strict=True)
    expected = min(distinct), pytest.approx(min(entropies))
    assert diversity(frame, ["a", "b"], "c") == expected


def test_diversity_of_the_authors_examples():
    assert diversity(microdata(FIGURE_2), ["block"], "condition") == (1, 1)
    distinct, entropy = diversity(microdata(FIGURE_3), ["block"], "condition")
    assert distinct == 3
    # Shares 1/4, 1/4, 1/2 in each block: exp(H) = 4^(1/4) 4^(1/4) 2^(1/2) = 2.828
    assert entropy == pytest.approx(math.sqrt(8))


def test_a_missing_value_protects_nobody():
    frame = microdata({"a": [HEART, None], "b": [HEART, VIRAL], "c": [None, None]})
    assert diversity(frame, ["block"], "condition") == (1, 1)
    nothing = microdata({"a": [None]})
    assert diversity(nothing, ["block"], "condition") == (math.inf, math.inf)


def test_bands_begin_at_their_cut_points():
    bands = in_bands(pd.Series([39.0, 40, 49.9, 50, None]), [50, 40])
    assert bands.nunique() == 3
    assert bands[1] == bands[2] != bands[0]
    assert bands.isna().tolist() == [False] * 4 + [True]


def tables(*rows):
    columns = ["table", "variable", "level", "group", "n", "denominator", "mean"]
    return pd.DataFrame(rows, columns=columns)


def told(findings):
    levels = [f["level"] if pd.notna(f["level"]) else None for f in findings]
    return [
        (f["kind"], level, f["group"], f["n"]) for f, level in zip(findings, levels, strict=True)
    ]


def test_cells_that_tell_of_few():
    frame = tables(
        ("table1", "site", "rectum", "all", 12, 24, None),
        ("table1", "site", "left", "all", 11, 24, None),
        ("table1", "site", "right", "all", 1, 24, None),  # 24 - 12 - 11
        ("table1", "grade", "ii", "all", 17, 19, None),
        ("table1", "grade", "iii", "all", 2, 19, None),
        ("table1", "margin", "narrow", "all", 4, 26, None),
        ("table1", "margin", "wide", "all", 4, 26, None),
        ("table1", "margin", "none", "all", 18, 26, None),
        ("table1", "tace", "yes", "all", 25, 25, None),
        ("table1", "tace", "no", "all", 0, 25, None),
        ("table1", "age", None, "all", 25, None, 46.0),
        ("table1", "dose", None, "all", 3, None, 46.0),
        ("table1", "dose2", None, "all", 0, None, None),
        ("table3", "site", "left", "responders", 7, 10, None),
        ("table3", "site", "left", "progressive", 3, 10, None),
        ("table4", "size", "large", "progressive", 0, 4, None),
    )
    findings = table_findings(frame, 5)
    assert told(findings) == [
        ("few", "right", "all", 1),
        ("all but few", "ii", "all", 17),
        ("few", "iii", "all", 2),
        ("few", "narrow", "all", 4),
        ("few", "wide", "all", 4),
        ("all", "yes", "all", 25),
        ("extreme", None, "all", 25),
        ("few", None, "all", 3),
        ("extreme", None, "all", 3),
        ("all but few", "left", "responders", 7),
        ("few", "left", "progressive", 3),
        ("all but few", "large", "progressive", 0),
    ]
    assert findings[-1]["meaning"] == "none of 4"
    # Two small cells of a line hide each other; a single one follows from the rest.
    alone = [f["level"] for f in findings if "give it away" in f["meaning"]]
    assert alone == ["right", "iii", "left"]
    assert findings[0]["meaning"].startswith("1 patient;")


OLD = tables(
    ("table1", "sex", "male", "all", 13, 25, None),
    ("table1", "sex", "female", "all", 12, 25, None),
    ("table1", "regimen", "xelox", "all", 13, 25, None),
    ("table1", "age", None, "all", 25, None, 46.0),
)


def test_one_withdrawn_patient_follows_by_subtraction():
    new = tables(
        ("table1", "sex", "male", "all", 13, 24, None),
        ("table1", "sex", "female", "all", 11, 24, None),
        ("table1", "regimen", "xelox", "all", 13, 24, None),
        ("table1", "age", None, "all", 24, None, 45.0),
    )
    findings = difference_findings(new, OLD, 5)
    assert told(findings) == [("value", None, "all", -1), ("gone", "female", "all", -1)]
    assert findings[0]["meaning"] == "the value of one patient: 70"  # 25 × 46 − 24 × 45
    assert {f["weight"] for f in findings} == {"bad"}


def test_added_patients_who_are_all_the_same_follow_by_subtraction():
    new = tables(
        ("table1", "sex", "male", "all", 33, 45, None),
        ("table1", "sex", "female", "all", 12, 45, None),
        ("table1", "regimen", "xelox", "all", 30, 45, None),
        ("table1", "regimen", "folfox", "all", 3, 45, None),  # a new level
        ("table1", "age", None, "all", 27, None, 50.0),
    )
    findings = difference_findings(new, OLD, 5)
    assert told(findings) == [
        ("few", None, "all", 2),
        ("few", "folfox", "all", 3),
        ("all added", "male", "all", 20),
    ]
    # (27 × 50 − 25 × 46) / 2 = 100
    assert findings[0]["meaning"] == "the mean of 2 patients: 100"


def test_the_same_release_again_tells_nothing():
    assert difference_findings(OLD, OLD, 5) == []


def test_the_whole_is_judged(make_patients, plan):
    def release(n):
        patients, read = make_patients(n), read_plan(plan)
        response, _ = classify_response(patients, read, "number_and_size")
        parts = describe_tables(join_response(patients, response), read).items()
        return patients, pd.concat([t.assign(table=k) for k, t in parts], ignore_index=True)

    new, old = release(37), release(35)
    findings, facts = measure_privacy(*new, old, CONFIG)
    assert list(findings) == FINDINGS
    assert facts["verdict"] == {"rows": "bad", "tables": "bad"}
    assert (facts["added"], facts["withdrawn"]) == (2, 0)
    assert set(findings["release"]) == {"rows", "tables", "difference"}
    assert not findings.duplicated(["release", "kind", "table", "variable", "level", "group"]).any()
    findings, facts = measure_privacy(*new, None, CONFIG)
    assert facts["verdict"]["tables"] == "doubt"
    with pytest.raises(InputError, match="no column hair"):
        measure_privacy(*new, None, CONFIG | {"sensitive": ["hair"]})


def test_many_patients_alike_may_be_published_row_by_row():
    patients = pd.DataFrame(
        {"patient_id": map(str, range(20)), "sex": ["m", "f"] * 10, "ill": ["y", "y", "n", "n"] * 5}
    )
    config = CONFIG | {"quasi_identifiers": {"sex": []}, "sensitive": ["ill"]}
    _, facts = measure_privacy(patients, tables(), None, config)
    assert facts["verdict"] == {"rows": "good", "tables": "good"}
    assert facts["rows"][0] | {"diversity": None} == {
        "form": "exact values", "k": 10, "unique": 0, "few": 0, "of": 20, "sizes": {10: 20},
        "diversity": None,
    }  # fmt: skip
    assert facts["rows"][0]["diversity"]["ill"] == (2, pytest.approx(2))
