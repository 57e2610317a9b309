"""The tidy tables: denominators, percentages, levels at their bounds, summaries of few values."""

import math

import pandas as pd
import pytest

from crlm.base.problems import InputError
from crlm.description import COLUMNS, FORMS, describe_table, join_response, summarise, summary_forms
from crlm.plan.analysis import read_plan
from crlm.plan.variables import Level, read_variables

DECIMALS = {"percent": 1, "mean": 1}
VARIABLES = {
    "sex": {
        "label": "Sex",
        "source": "sex",
        "levels": {
            "male": {"label": "Male", "values": ["male"]},
            "female": {"label": "Female", "values": ["female"]},
        },
    },
    "size": {"label": "Size", "source": "size_mm", "unit": "cm", "scale": 0.1},
    "size_class": {
        "label": "Size",
        "source": "size_mm",
        "levels": {
            "lt_4_cm": {"label": "< 4 cm", "at_least": 0, "below": 40},
            "ge_4_cm": {"label": "≥ 4 cm", "at_least": 40, "below": math.inf},
        },
    },
}
ALL = {"groups": ["all"], "percent_of": "group"}
GROUPS = {"groups": ["responders", "progressive"], "percent_of": "level"}
R, P = "responders", "progressive"


def frame_of(**columns):
    numbers = [name for name in columns if name == "size_mm"]
    return pd.DataFrame(columns, dtype=object).astype(dict.fromkeys(numbers, "float64"))


def describe(frame, variable, table, show="mean_sd_range"):
    table = table | {"rows": [{"variable": variable, "show": show}]}
    plan = read_plan({"variables": VARIABLES, "tables": {"one": table}})
    return describe_table(frame, plan.tables["one"], DECIMALS)


def counts(table):
    return table[["level", "group", "n", "denominator", "text"]].values.tolist()


# --- Counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sex", "male", "female"),
    [
        (["male"] * 9 + ["female"] * 7, (9, 16, "9 (56.3%)"), (7, 16, "7 (43.8%)")),  # both halves
        (["male", "male", "female", None], (2, 3, "2 (66.7%)"), (1, 3, "1 (33.3%)")),
        (["male"] * 4, (4, 4, "4 (100.0%)"), (0, 4, "0 (0.0%)")),
        ([None] * 4, (0, 0, "0"), (0, 0, "0")),
        (["female"], (0, 1, "0 (0.0%)"), (1, 1, "1 (100.0%)")),
    ],
)
def test_percent_of_the_patients_known(sex, male, female):
    table = describe(frame_of(sex=sex, group=[R] * len(sex)), "sex", ALL)
    assert list(table.columns) == COLUMNS
    assert counts(table) == [["male", "all", *male], ["female", "all", *female]]
    assert table["percent"].notna().tolist() == [male[1] > 0, female[1] > 0]


@pytest.mark.parametrize(
    ("percent_of", "expected"),
    [
        # Of 14 responders 4 + 10 are known, of 11 progressive 7 + 4: the printed table of size.
        (
            "level",
            [
                ["lt_4_cm", R, 4, 11, "4 (36.4%)"], ["lt_4_cm", P, 7, 11, "7 (63.6%)"],
                ["ge_4_cm", R, 10, 14, "10 (71.4%)"], ["ge_4_cm", P, 4, 14, "4 (28.6%)"],
            ],
        ),
        (
            "group",
            [
                ["lt_4_cm", R, 4, 14, "4 (28.6%)"], ["lt_4_cm", P, 7, 11, "7 (63.6%)"],
                ["ge_4_cm", R, 10, 14, "10 (71.4%)"], ["ge_4_cm", P, 4, 11, "4 (36.4%)"],
            ],
        ),
    ],
)  # fmt: skip
def test_percent_of_level_and_of_group(percent_of, expected):
    sizes = [39] * 4 + [40] * 10 + [39] * 7 + [40] * 4 + [None, None]
    frame = frame_of(size_mm=sizes, group=[R] * 14 + [P] * 11 + [R, P])
    table = describe(frame, "size_class", GROUPS | {"percent_of": percent_of})
    assert counts(table) == expected


def test_an_empty_level_and_an_empty_group():
    frame = frame_of(sex=["male", "male", None], group=[R, R, R])
    assert counts(describe(frame, "sex", GROUPS)) == [
        ["male", R, 2, 2, "2 (100.0%)"], ["male", P, 0, 2, "0 (0.0%)"],
        ["female", R, 0, 0, "0"], ["female", P, 0, 0, "0"],
    ]  # fmt: skip
    assert counts(describe(frame, "sex", GROUPS | {"percent_of": "group"})) == [
        ["male", R, 2, 2, "2 (100.0%)"], ["male", P, 0, 0, "0"],
        ["female", R, 0, 2, "0 (0.0%)"], ["female", P, 0, 0, "0"],
    ]  # fmt: skip


def test_a_share_of_a_registry_does_not_print_as_nobody_or_everybody():
    frame = frame_of(sex=["male"] * 2999 + ["female"], group=[R] * 3000)
    assert describe(frame, "sex", ALL)["text"].tolist() == ["2999 (> 99.9%)", "1 (< 0.1%)"]


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "show", "text"),
    [
        # 20, 30, 70 mm: mean 4 cm, SD = √((2² + 1² + 3²)/2) = √7 = 2.6 cm, median 3 cm.
        ([20, 30, 70, None], "mean", "4.0"),
        ([20, 30, 70, None], "median", "3.0"),
        ([20, 30, 70, None], "mean_sd", "4.0 ± 2.6"),
        ([20, 30, 70, None], "mean_range", "4.0 (2 to 7)"),
        ([20, 30, 70, None], "mean_sd_range", "4.0 ± 2.6 (2 to 7)"),
        ([23.5, 46], "range", "2.4 to 4.6"),  # 2.35 rounds half up
        # R 4.2.2: quantile(c(2, 3, 7)), quantile(c(2.35, 4.6)): types 6 and 2 have other quartiles.
        ([20, 30, 70, None], "median_iqr", "3.0 (2.5 to 5.0)"),
        ([23.5, 46], "median_iqr", "3.5 (2.9 to 4.0)"),
        ([20, 30, 70, None], "median_range", "3.0 (2 to 7)"),
        ([45, None], "median_iqr", "4.5"),
        ([20, 30, 70], ["median_iqr", "mean_sd"], "3.0 (2.5 to 5.0); 4.0 ± 2.6"),
        ([45, None], ["median_iqr", "mean_sd"], "4.5"),
        ([None, None], "median_iqr", "not recorded"),
        # One patient has no SD and no range: what is left is the mean.
        ([45], "mean_sd_range", "4.5"),
        ([45, None], "mean_sd", "4.5"),
        ([45], "mean_range", "4.5"),
        # Equal values: in binary the SD of three times 4.3 is 9e-16.
        ([43, 43, 43], "mean_sd", "4.3 ± 0.0"),
        ([None, None], "mean_sd", "not recorded"),
    ],
)
def test_summaries(sizes, show, text):
    table = describe(frame_of(size_mm=sizes, group=[R] * len(sizes)), "size", ALL, show)
    assert table["text"].tolist() == [text]
    assert table["n"].tolist() == [sum(size is not None for size in sizes)]
    assert table["level"].isna().all()
    assert table["denominator"].isna().all()


@pytest.mark.parametrize(
    ("values", "decimals", "range_"),
    [
        ([0.04, 0.125, 1.0], 2, "0.04 to 1"),
        ([0.04, 0.125], 3, "0.04 to 0.125"),
        ([0.125, 2.5], 2, "0.13 to 2.5"),
        ([0.04, 12.25], 1, "0.0 to 12.3"),
        ([0.5, 12.0], 0, "0.5 to 12"),
    ],
)
def test_ranges_have_the_decimals_of_the_values_up_to_those_of_the_mean(values, decimals, range_):
    row = summarise(pd.Series(values), ("mean",), decimals)
    assert summary_forms(row, decimals, ("mean",))["range"] == (None, range_)


def test_summary_at_full_precision():
    row = describe(frame_of(size_mm=[20, 30, 70], group=[R] * 3), "size", ALL).iloc[0]
    assert row[["mean", "median", "min", "max"]].tolist() == [4, 3, 2, 7]
    assert row["sd"] == pytest.approx(math.sqrt(7))


def test_summaries_by_group():
    frame = frame_of(size_mm=[20, 40, 30, None], group=[R, R, P, P])
    table = describe(frame, "size", GROUPS, "mean_sd")
    # SD of 2 and 4 cm: √2
    assert table[["group", "n", "text"]].values.tolist() == [
        [R, 2, "3.0 ± 1.4"], [P, 1, "3.0"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "mean", "range_"),
    [
        ([0.1, 0.2, -0.3], "0.0", "−0.3 to 0.2"),  # a binary sum of 5.6e-17
        ([-0.04, 0.02], "0.0", "0.0 to 0.0"),
        ([-30, 20], "−5.0", "−30 to 20"),
    ],
)
def test_changes_about_zero(values, mean, range_):
    row = summarise(pd.Series(values), ("mean",), 1)
    assert row["text"] == mean
    assert summary_forms(row, 1, ("mean",))["range"] == (None, range_)


@pytest.mark.parametrize(
    ("n", "mean", "sd", "mean_sd"),
    [
        (0, "not recorded", "not recorded", "not recorded"),
        (1, "4.0", "not defined", "4.0"),
        (2, "4.0", "0.0", "4.0 ± 0.0"),
    ],
)
def test_forms_that_a_number_of_patients_has(n, mean, sd, mean_sd):
    row = summarise(pd.Series([4.0] * n, dtype="float64"), ("mean",), 1)
    forms = summary_forms(row, 1, ("mean",))
    assert [forms[f][1] for f in ("mean", "sd", "mean_sd")] == [mean, sd, mean_sd]
    assert set(forms) == set(FORMS)


# --- Variables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column", "value", "level"),
    [
        ("size_pre_class", "size_pre_mm", 39.9, "lt_4_cm"),
        ("size_pre_class", "size_pre_mm", 40, "ge_4_cm"),
        ("size_pre_class", "size_pre_mm", 40.1, "ge_4_cm"),
        ("cycles_class", "cycles", 5, "lt_6"),
        ("cycles_class", "cycles", 6, "ge_6"),
        ("cycles_class", "cycles", 7, "ge_6"),
        ("duration_class", "duration_months", 5.99, "lt_6_months"),
        ("duration_class", "duration_months", 6, "ge_6_months"),
        ("duration_class", "duration_months", 6.01, "ge_6_months"),
        ("lesions_pre_count", "lesions_pre", 1, "single"),
        ("lesions_pre_count", "lesions_pre", 2, "two"),
        ("lesions_pre_count", "lesions_pre", 3, "multiple"),
        ("lesions_pre_count", "lesions_pre", 60, "multiple"),
        ("lesions_pre_class", "lesions_pre", 2, "multiple"),
        ("lesions_post_count", "lesions_post", 0, None),  # left out: no metastasis to count
        ("n_stage", "n_stage", "n0", "n0"),
        ("n_stage", "n_stage", "nx", None),  # left out: N stage not known
        ("n_stage_recorded", "n_stage", "nx", "nx"),
        ("regimen_given", "regimen", "folfiri", "other"),
        ("regimen_class", "regimen", "folfiri", "combination"),
        ("regimen_class", "regimen", "capecitabine", "single_agent"),
    ],
)
def test_levels_of_the_plan_at_their_bounds(plan, name, column, value, level):
    number = column in read_plan(plan).number_columns
    frame = pd.DataFrame({column: [value, None]}, dtype="float64" if number else object)
    found = read_variables(plan["variables"])[name].read(frame)
    assert [None if pd.isna(v) else v for v in found] == [level, None]


def test_a_level_holds_its_lower_bound_and_not_its_upper():
    values = pd.Series([19.9, 20, 39.9, 40, math.nan])
    assert Level("", at_least=20, below=40).holds(values).tolist() == [
        False, True, True, False, False
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column", "values", "found"),
    [
        ("t_stage", "t_stage", ["t3", "t1", "t0", "t1", None], "no level holds t0, t1 "),
        ("lesions_pre_count", "lesions_pre", [1.0, 0.0, math.nan], "no level holds 0.0 "),
    ],
)
def test_a_value_of_no_level_is_refused(plan, name, column, values, found):
    with pytest.raises(InputError) as caught:
        read_variables(plan["variables"])[name].read(pd.DataFrame({column: values}))
    message = str(caught.value)
    assert f"config/plan.yaml, variables, {name}: {found}(column {column})" in message
    assert "expected: a level for it, or a mention in left_out" in message


def test_numbers_are_scaled_without_binary_dust():
    found = read_variables(VARIABLES)["size"].read(frame_of(size_mm=[3, 43, None]))
    assert found.tolist()[:2] == [0.3, 4.3]  # 3 × 0.1 is 0.30000000000000004
    assert math.isnan(found.iloc[2])


def test_number_columns():
    assert set(read_plan({"variables": VARIABLES}).number_columns) == {"size_mm"}


# --- Joining --------------------------------------------------------------------------------------


def test_join_keeps_each_patient_once():
    patients = pd.DataFrame({"patient_id": ["P1", "P2"], "size_pre_mm": [40.0, 30.0]})
    response = pd.DataFrame(
        {"patient_id": ["P2", "P1"], "group": [P, R], "size_pre_mm": [30.0, 40.0]}
    )
    joined = join_response(patients, response)
    assert list(joined.columns) == ["patient_id", "size_pre_mm", "group"]
    assert joined.values.tolist() == [["P1", 40, R], ["P2", 30, P]]


def test_join_refuses_other_patients():
    patients = pd.DataFrame({"patient_id": ["P1", "P2"]})
    with pytest.raises(InputError, match="not the same patients"):
        join_response(patients, pd.DataFrame({"patient_id": ["P1", "P3"], "group": [R, R]}))
    with pytest.raises(pd.errors.MergeError):
        join_response(patients, pd.DataFrame({"patient_id": ["P1", "P1"], "group": [R, R]}))


def test_all_tables_of_the_plan(plan, make_patients, run_stages):
    """Every level of every row stands in the table, and the levels add up to the patients known."""
    study = run_stages(make_patients())
    for name, table in plan["tables"].items():
        found = study.tables[name]
        expected = [
            (row["variable"], level, group)
            for row in table["rows"]
            for level in plan["variables"][row["variable"]].get("levels", [None])
            for group in table["groups"]
        ]
        keys = found[["variable", "level", "group"]].itertuples(index=False, name=None)
        assert [(v, None if pd.isna(level) else level, g) for v, level, g in keys] == expected
        for variable, rows in found[found["level"].notna()].groupby("variable"):
            known = read_plan(plan).variables[variable].read(study.frame).notna().sum()
            assert rows["n"].sum() == known > 0
