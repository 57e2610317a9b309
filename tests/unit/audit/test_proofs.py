"""One verdict for each printed number: the slip that explains a conflict is blamed, and it alone.

The invented paper has ten patients, whose numbers were added by hand. Doses of group a: 2, 4, 4, 6,
8, 12; of group b: 1, 3, 3, 5. So a has Σx = 36 and Σx² = 280: mean 6.0, SD √(64 / 5) = 3.58; b has
12 and 44: mean 3.0, SD √(8 / 3) = 1.63; all have 48 and 324: mean 4.8, SD √(93.6 / 9) = 3.22.
Fisher's exact p of 1 : 3 and 5 : 1 is (1 + 24 + 15) / 210 = 0.190, Pearson's χ² 3.403, p = 0.065.
"""

import pandas as pd
import pytest

from crlm.plan.analysis import read_plan
from crlm.wings.audit.consistency import find_conflicts
from crlm.wings.audit.judging import FAULTS, audit_paper
from crlm.wings.audit.proofs import explanation_of
from crlm.wings.audit.verdict import OF_NUMBERS, Finding

REPRODUCED, ROUNDED, TO_CHECK, MISPRINT, CONTRADICTED, ONE_OF, OPEN = OF_NUMBERS


def levels(*names: str) -> dict:
    return {name: {"label": name, "values": [name]} for name in names}


PLAN = read_plan(
    {
        "alpha": 0.05,
        "groups": {
            "a": {"label": "a", "meaning": "", "responses": ["good"]},
            "b": {"label": "b", "meaning": "", "responses": ["bad"]},
        },
        "variables": {
            "response": {"source": "response", "levels": levels("good", "bad")},
            "colour": {"source": "colour", "levels": levels("red", "blue", "other")},
            "shape": {"source": "shape", "levels": levels("round", "long")},
            "taste": {"source": "taste", "levels": levels("sweet", "sour")},
            "dose": {"source": "dose", "scale": 1},
            "class": {
                "source": "dose",
                "levels": {
                    "low": {"at_least": 0, "below": 4},
                    "high": {"at_least": 4, "below": float("inf")},
                },
            },
        },
        "tables": {
            "table1": {"groups": ["all"], "percent_of": "group", "rows": []},
            "table2": {
                "groups": ["a", "b"],
                "percent_of": "level",
                "rows": [{"variable": "class", "published": {"test": "fisher_exact"}}],
            },
        },
    }
)
CODEBOOK = {"colour": {"required": True}, "dose": {"required": True, "min": 0, "max": 20}}
WEIGHTS = dict.fromkeys(["n", "percent", "of", "known", "mean", "sd", "min", "max"], 1)
# table, variable, level, group: the statistics, and what is printed
PAPER = """
1 response good all n 6 percent 60
1 response bad all n 4 percent 40
2 response - a n 6
2 response - b n 4
1 colour red all n 5 percent 50
1 colour blue all n 3 percent 30
1 colour other all n 2 percent 20
2 colour red a n 4 percent 80.0
2 colour red b n 1 percent 20.0
2 colour blue a n 2 percent 66.7
2 colour blue b n 1 percent 33.3
2 colour other a n 0 percent 0.0
2 colour other b n 2 percent 100.0
text colour red all n 5
1 shape round all n 6 percent 60
1 shape long all n 4 percent 40
1 taste sweet all n 2 percent 25
1 taste sour all n 6 percent 75
2 taste sweet a n 1 percent 50.0
2 taste sweet b n 1 percent 50.0
2 taste sour a n 4 percent 66.7
2 taste sour b n 2 percent 33.3
1 dose - all mean 4.8 sd 3.22 min 1 max 12
2 dose - a mean 6.0 sd 3.58
2 dose - b mean 3.0 sd 1.63
2 class low a n 1 percent 25.0
2 class low b n 3 percent 75.0
2 class high a n 5 percent 83.3
2 class high b n 1 percent 16.7
2 class - all p_value 0.190
"""


def transcribe() -> dict[str, dict]:
    """Return the cells of the paper by their names: table, variable or level, group, statistic."""
    cells = {}
    for line in PAPER.strip().splitlines():
        table, variable, level, group, *printed = line.split()
        for statistic, text in zip(printed[::2], printed[1::2], strict=True):
            name = "_".join([table, variable if level == "-" else level, group, statistic])
            cells[name] = {
                "id": name, "table": table, "section": f"table{table}".replace("tabletext", "text"),
                "place": name, "text": text, "variable": variable, "level": level.strip("-"),
                "group": group, "statistic": statistic, "kind": statistic.replace("n", "count")
                if statistic == "n" else statistic, "percent_of": "", "printed_as": "",
                "words": "", "note": "", "counts": "", "of": "", "key": "",
            }  # fmt: skip
    return cells


COLUMNS = "id section place words variable level against group claim p needs note"
NO_CLAIMS = pd.DataFrame(columns=COLUMNS.split())


def audit(changes: dict[str, str], claims=NO_CLAIMS, more=None) -> pd.DataFrame:
    """Audit the paper with other texts: of the columns that they stand in, and of the response."""
    cells = transcribe() | (more or {})
    sources = {PLAN.sources[cells[name]["variable"]] for name in changes}
    for name, text in changes.items():
        cells[name]["text"] = text
    kept = [
        cell | {"decimals": str(len(cell["text"].partition(".")[2]))}
        for cell in cells.values()
        if PLAN.sources[cell["variable"]] in {"response", *sources}
    ]
    frame = pd.DataFrame(kept)
    proofs = find_conflicts(frame, PLAN, CODEBOOK, {"dose": 1}, WEIGHTS, tries=10)
    audited, _ = audit_paper(frame, claims, PLAN, steps={"dose": 1}, proofs=proofs)
    return audited.set_index("id")


def test_a_paper_that_holds_is_blamed_for_nothing():
    changes = {name: cell["text"] for name, cell in transcribe().items()}
    assert {*audit(changes)["verdict"]} <= {REPRODUCED, ROUNDED, OPEN}


COLOURS = [f"1_{colour}_all_percent" for colour in ("red", "blue", "other")]
PLANTED = {
    # (6 × 3.0 + 4 × 6.0) / 10 = 4.2, not 4.8
    "group means swapped": (
        {"2_dose_a_mean": "3.0", "2_dose_b_mean": "6.0"}, MISPRINT, "swapped groups", "6.0"
    ),
    # (5 × 1.63² + 3 × 3.58² + 6 × 1.2² + 4 × 1.8²) / 9 = 2.85²
    "group SDs swapped": (
        {"2_dose_a_sd": "1.63", "2_dose_b_sd": "3.58"}, MISPRINT, "swapped groups", "3.58"
    ),
    # only 1 + 2 + 0 of the six of group a would have a colour
    "groups swapped in a row": (
        {"2_red_a_n": "1", "2_red_a_percent": "20.0", "2_red_b_n": "4", "2_red_b_percent": "80.0"},
        MISPRINT, "swapped groups", "4",
    ),
    # 0 + 2 with red, where Table 1 and the text have 5
    "labels swapped": (
        {"2_red_a_n": "0", "2_red_a_percent": "0.0", "2_red_b_n": "2", "2_red_b_percent": "100.0",
         "2_other_a_n": "4", "2_other_a_percent": "80.0", "2_other_b_n": "1",
         "2_other_b_percent": "20.0"},
        TO_CHECK, "swapped label", "4",
    ),
    "percentages one row too low": (
        dict(zip(COLOURS, ("20", "50", "30"), strict=True)), TO_CHECK, "row shift", "50"
    ),
    # 3 of 10 are blue in Table 2
    "row repeated": (
        {"1_blue_all_n": "5", "1_blue_all_percent": "50"}, TO_CHECK, "repeated row", ""
    ),
    "limits swapped": (
        {"1_dose_all_min": "12", "1_dose_all_max": "1"},
        MISPRINT, "minimum and maximum swapped", "1",
    ),
    "mean and SD swapped": (
        {"1_dose_all_mean": "3.22", "1_dose_all_sd": "4.8"}, MISPRINT, "mean and SD swapped", "4.8"
    ),
    "count and percentage swapped": (
        {"2_blue_a_n": "66.7", "2_blue_a_percent": "2"},
        MISPRINT, "count and percentage swapped", "2",
    ),
    "other unit": (
        {"1_dose_all_mean": "48", "1_dose_all_sd": "32.2", "1_dose_all_min": "10",
         "1_dose_all_max": "120"}, MISPRINT, "units", "4.8",
    ),
    # 3.22 / √10 = 1.02
    "SE for SD": ({"1_dose_all_sd": "1.02"}, MISPRINT, "SE for SD", "3.2"),
    # 3.22² = 10.4
    "variance for SD": ({"1_dose_all_sd": "10.40"}, MISPRINT, "variance for SD", "3.22"),
    # four doses, three of them below 4 and none above 12, are 21 together at most, not 24
    "mean copied": ({"2_dose_b_mean": "6.0"}, MISPRINT, "other column", ""),
    "decimal point": ({"2_dose_a_mean": "60"}, MISPRINT, "decimal place", "6.0"),
    "digits transposed": ({"1_dose_all_sd": "2.32"}, MISPRINT, "transposed digits", "3.22"),
    # (6 × 6.0 + 4 × 3.0) / 10 = 4.8
    "mean of a group for all": ({"1_dose_all_mean": "6.0"}, MISPRINT, "other column", "4.8"),
    # 2 and 6 of all ten; two are not known
    "other denominator": (
        {"1_sweet_all_percent": "20", "1_sour_all_percent": "60"},
        MISPRINT, "other denominator", "25",
    ),
    # 2 of the 4 of group b; the 0 % beside it is of any number
    "other denominator beside 0 %": ({"2_other_b_percent": "50.0"}, CONTRADICTED, "", ""),
    # 75 % of four is 3
    "count off by one": ({"2_low_b_n": "2"}, MISPRINT, "count", "3"),
    # 3 of 10 is 30 %
    "digit mistyped": ({"1_blue_all_percent": "35"}, CONTRADICTED, "", ""),
    "digit lost": ({"1_red_all_percent": "0"}, CONTRADICTED, "", ""),
    # 4 of 5 is 80 %
    "rounded wrongly": ({"2_red_a_percent": "80.2"}, CONTRADICTED, "", ""),
    # six whole doses: 36 / 6 = 6.0, 37 / 6 = 6.2
    "impossible mean": ({"2_dose_a_mean": "6.1"}, CONTRADICTED, "", ""),
    # Σx² is even as Σx = 36 is: √(62 / 5) = 3.52, √(64 / 5) = 3.58
    "SD off in its last digit": ({"2_dose_a_sd": "3.57"}, CONTRADICTED, "", ""),
    # no more than half the range, and a little
    "SD out of reach": ({"1_dose_all_sd": "8.00"}, CONTRADICTED, "", ""),
    # with a dose of 16 the five others of group a, 20 together, would have Σx² = 24; they have 80
    "greatest dose out of reach": ({"1_dose_all_max": "16"}, CONTRADICTED, "", ""),
    "a least dose between two whole ones": ({"1_dose_all_min": "1.5"}, CONTRADICTED, "", ""),
    "prose against table": ({"text_red_all_n": "4"}, CONTRADICTED, "", ""),
    "size of a group": ({"2_response_b_n": "7"}, CONTRADICTED, "", ""),
    "p-value mistyped": ({"2_class_all_p_value": "0.390"}, CONTRADICTED, "", ""),
    "p-value of another test": ({"2_class_all_p_value": "0.065"}, CONTRADICTED, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_error_is_blamed_and_nothing_else(kind):
    changes, verdict, misprint, intended = PLANTED[kind]
    audited = audit(changes)
    assert {*audited.index[audited["verdict"].isin(FAULTS)]} == {*changes}
    first = audited.loc[next(iter(changes))]
    assert (first["verdict"], first["misprint"], first["intended"]) == (verdict, misprint, intended)


def test_where_either_of_two_tables_may_have_the_labels_swapped_one_of_them_is_wrong():
    # 2 and 1 are blue in Table 2, 0 and 2 of another colour; Table 1 has 3 and 2 in all
    swapped = {"2_blue_a_n": "0", "2_blue_a_percent": "0.0", "2_blue_b_n": "2",
               "2_blue_b_percent": "100.0", "2_other_a_n": "2", "2_other_a_percent": "66.7",
               "2_other_b_n": "1", "2_other_b_percent": "33.3"}  # fmt: skip
    audited = audit(swapped)
    assert not audited["verdict"].isin(FAULTS).any()
    blamed = audited[audited["verdict"] == ONE_OF]
    assert {*blamed.index} == {*swapped} | {
        f"1_{colour}_all_{what}" for colour in ("blue", "other") for what in ("n", "percent")
    }
    (told,) = {*blamed["explanation"]}  # one finding, with both ways
    assert told.count("a slip undone (swapped label): ") == 2
    # blue has slightly more of a, 2 of 6 against 1 of 4: not so if Table 2 stands as printed
    says = {"id": "says", "variable": "colour", "level": "blue", "group": "a", "claim": "slightly"}
    audited = audit(swapped, pd.DataFrame([dict.fromkeys(COLUMNS.split(), "") | says]))
    assert {*audited.index[audited["verdict"].isin([*FAULTS, ONE_OF])]} == {*swapped}


def test_rows_may_be_swapped_or_the_text_may_have_the_number_of_the_row_beside():
    # either way the same is printed: 4 round, 6 long in the table, and 6 round in the text
    cells = transcribe()
    text = {"table": "text", "section": "text", "place": "text"}
    said = {"text": cells["1_round_all_n"] | text | {"id": "text"}}
    swapped = {"1_round_all_n": "4", "1_round_all_percent": "40", "1_long_all_n": "6",
               "1_long_all_percent": "60"}  # fmt: skip
    audited = audit(swapped, more=said)
    assert not audited["verdict"].isin(FAULTS).any()
    assert {*audited.index[audited["verdict"] == ONE_OF]} == {*swapped, "text"}
    # elsewhere the text says what the table does: then it has one wrong number
    share = cells["1_round_all_percent"] | text | {"id": "share", "text": "40"}
    audited = audit(swapped, more=said | {"share": share})
    assert {*audited.index[audited["verdict"].isin([*FAULTS, ONE_OF])]} == {"text"}


@pytest.mark.parametrize(
    ("slip", "ids", "named", "kept"),
    [
        ("SE for SD", "a", {}, ["a"]),  # √n is far from 1
        (
            "transposed digits",
            "a",
            {},
            ["a", "all", "b"],
        ),  # gives a number nearby, perhaps by chance
        ("transposed digits", "a", {"all": "decimal place"}, ["all"]),
        ("swapped groups", "a b", {}, ["a b"]),
        ("swapped groups", "a b", {"all": "unweighted mean"}, ["a b", "all"]),
        ("", "", {"all": "decimal place"}, ["all"]),
        ("", "", {"all": "other column"}, ["all", "a", "b"]),  # so may the group's be the copy
    ],
)
def test_what_fits_by_chance_decides_nothing_between_single_numbers(slip, ids, named, kept):
    rows = [("all", 1, "", ""), ("a", 1, "", ""), ("b", 1, "", ""), (ids, 1, slip, "")]
    frame = pd.DataFrame(rows[: 4 if slip else 3], columns=["cells", "values", "slip", "rest"])
    found = {i: Finding(REPRODUCED, "", "") for i in ("all", "a", "b")}
    found |= {i: Finding(MISPRINT, "", "", misprint) for i, misprint in named.items()}
    assert explanation_of(frame, found)[0]["cells"].tolist() == kept


def test_a_p_value_of_counts_at_fault_is_left_open():
    # counts of group a and b swapped in one row: 3 : 1 and 5 : 1 give no p = 0.190
    changes = {"2_low_a_n": "3", "2_low_b_n": "1", "2_low_a_percent": "75.0",
               "2_low_b_percent": "25.0"}  # fmt: skip
    for beside in ({}, {"1_dose_all_sd": "8.00"}):  # alone, and beside another error of the column
        audited = audit(changes | beside)
        assert {*audited.index[audited["verdict"].isin(FAULTS)]} == {*changes, *beside}
        assert audited.loc["2_class_all_p_value", "verdict"] == OPEN


def test_a_p_value_of_a_variable_with_one_level_is_left_open():
    none = {f"2_low_{group}_{what}": "0" for group in "ab" for what in ("n", "percent")}
    assert audit(none).loc["2_class_all_p_value", "verdict"] == OPEN


def test_a_share_of_all_of_a_count_at_fault_is_left_open():
    # 2 of ten are 20 %, in the text; Table 1 counts 3 and 5, and Table 2 still 2 and 6
    cell = transcribe()["1_sweet_all_percent"]
    share = cell | {"id": "text", "table": "text", "section": "text", "place": "text",
                    "text": "20", "percent_of": "all"}  # fmt: skip
    changes = {"1_sweet_all_n": "3", "1_sour_all_n": "5"}
    audited = audit(changes, more={"text": share})
    assert {*audited.index[audited["verdict"].isin(FAULTS)]} == {*changes}
    assert audited.loc["text", "verdict"] == OPEN
