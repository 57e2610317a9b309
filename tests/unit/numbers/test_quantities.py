"""The number registry: complete, well-formed, its counts backed by patients."""

import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import ValidationError

from crlm.base.files import NUMBERS, read_frame, read_yaml, write_frame
from crlm.numbers.analyses import adjusted_ranges, show_effect
from crlm.numbers.quantities import collect_numbers, register_flow
from crlm.numbers.registry import MODULES, as_json, registry_entry, write_numbers
from crlm.numbers.undetermined import mark_open, ranges_of
from crlm.plan.analysis import read_plan

SCHEMAS = Path(__file__).parents[3] / "workflow/schemas"
PLAN = read_yaml(SCHEMAS.parents[1] / "config/plan.yaml")
FIELDS = ["value", "display", "meaning", "unit", "rule", "module", "source", "patients"]


def test_entries_are_well_formed(study):
    for key, found in study.numbers.items():
        assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", key)
        assert list(found) == FIELDS, key
        assert found["display"] and found["meaning"] and found["source"], key
        counted = found["source"].startswith("tables/")
        assert found["module"] == ("crlm.description" if counted else MODULES[found["rule"]])
        if not key.startswith("label."):  # a level may be called None
            assert not re.search(r"\b(nan|None|inf|NaN)\b", found["display"]), key


def test_patients_listed_are_those_counted(study):
    ids = set(study.frame["patient_id"])
    listed = {k: n for k, n in study.numbers.items() if n["patients"] is not None}
    for key, found in listed.items():
        assert set(found["patients"]) <= ids
        assert len(set(found["patients"])) == len(found["patients"])
        if not key.endswith(".percent"):
            assert len(found["patients"]) == found["value"], key


def test_no_key_is_a_branch_of_another(study):
    """A number that other numbers hang from: `x` and `x.value` would mean two things."""
    keys = set(study.numbers)
    prefixes = {k.rsplit(".", i)[0] for k in keys for i in range(1, k.count(".") + 1)}
    assert not keys & prefixes


def test_every_cell_of_the_tables_is_registered(plan, study):
    for name, table in study.tables.items():
        for row in table.itertuples():
            parts, forms = [row.group, row.variable], [""]
            if pd.notna(row.level):
                parts += [row.level, "n_percent"]
            else:
                parts.append("")
                rows = read_plan(plan).tables[name].rows
                forms = next(r.show for r in rows if r.variable.name == row.variable)
            shown = [study.numbers[".".join(parts) + form]["display"] for form in forms]
            assert row.text == "; ".join(dict.fromkeys(shown)), (name, parts)


def test_a_test_has_its_p_value_or_its_reason(study):
    for row in study.tests[study.tests["test"] != "spearman"].itertuples():
        key = f"test.{row.variable}"
        assert study.numbers[f"{key}.reason"]["display"] == row.reason
        possible = not row.reason.startswith("no test: ")
        for form in ("p", "p_value", "name", "effect"):
            assert (study.numbers[f"{key}.{form}"]["value"] is not None) == possible


def test_the_registry_is_the_same_from_the_files(study, plan, literature, tmp_path):
    """The stages hand over CSV files: what is missing, whole or true must survive them."""

    def through(frame, numbers):
        write_frame(frame, str(tmp_path / "frame.csv"))
        return read_frame(str(tmp_path / "frame.csv"), numbers)

    again = collect_numbers(
        through(study.frame, read_plan(plan).number_columns),
        through(study.flow, ["patients"]),
        {name: through(table, NUMBERS["table"]) for name, table in study.tables.items()},
        through(study.tests, NUMBERS["tests"]),
        through(study.sensitivity, NUMBERS["tests"]),
        *(through(frame, NUMBERS[name]) for name, frame in study.ledger.items()),
        through(study.agreement, NUMBERS["agreement"]),
        read_plan(plan),
        literature,
        {"from": 2022, "to": 2024},
        {},
        "number_and_size",
        study.printed,
    )
    assert again == (study.numbers, study.accounts)


@pytest.mark.parametrize("part", ["numbers", "accounts"])
def test_registry_and_accounts_meet_their_schemas(study, part):
    as_json(getattr(study, part), read_yaml(SCHEMAS / f"{part}.schema.yaml"))


# --- Values, by hand from the made-up cohort ------------------------------------------------------


@pytest.fixture(scope="module")
def small(make_patients, run_stages):
    """Register eleven patients, one of each kind of lesions in conftest.py.

    5 are regressive, 2 stationary, 4 progressive.

    Cycles 3 4 6 8 – 9 5 3 4 6 8: ten known, mean 56/10.
    """
    return run_stages(make_patients(11)).numbers


def test_who_withdrew_is_not_counted_as_excluded():
    rows = [("received", "in", 14), ("withdrawn", "consent withdrawn", 1), ("a", "A", 2),
            ("analysed", "out", 11)]  # fmt: skip
    numbers = register_flow(pd.DataFrame(rows, columns=["step", "label", "patients"]))
    nouns = {key: n["display"] for key, n in numbers.items() if key.endswith("_patients")}
    assert nouns["cohort.withdrawn_patients"] == "1 patient"
    assert nouns["cohort.excluded_patients"] == "2 patients"
    assert numbers["cohort.criteria"]["display"] == "A"
    assert {k: n["value"] for k, n in numbers.items() if k not in (*nouns, "cohort.criteria")} == {
        "cohort.received": 14, "cohort.withdrawn": 1, "cohort.excluded": 2, "cohort.n": 11,
        "cohort.excluded_a": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "display"),
    [
        ("cohort.received", 13, "13"),
        ("cohort.withdrawn", 0, "0"),
        ("cohort.excluded", 2, "2"),
        ("cohort.excluded_no_follow_up_imaging", 2, "2"),
        ("cohort.n", 11, "11"),
        ("plan.alpha", 0.05, "0.05"),
        ("plan.confidence_level", 0.95, "95%"),
        ("rule.number_and_size.growth_percent", 20, "20%"),
        ("rule.number_and_size.growth_mm", 5, "5 mm"),
        ("rule.recist_1_1.shrinkage_percent", 30, "30%"),
        ("responders.n", 7, "7"),
        ("responders.n_of_percent", 7, "7 of 11 (63.6%)"),
        # R: prop.test(7, 11, correct = FALSE)$conf.int is 0.3538, 0.8483
        ("responders.n_of_percent_ci", 7, "7 of 11 (63.6%, 95% CI 35.4 to 84.8)"),
        ("cohort.followed", 0, "0"),
        ("progressive.percent", 400 / 11, "36.4%"),
        ("all.response.regressive.n_percent", 5, "5 (45.5%)"),
        ("all.response.stationary.n_of", 2, "2 of 11"),
        ("all.cycles.known", 10, "10"),
        ("all.cycles.missing", 1, "1"),
        # Sizes in pathology lack of patients 3, who has a complete response, and 8.
        ("all.size_pathology_class.missing", 2, "2"),
        ("all.size_pathology_class.unmeasurable", 1, "1"),
        # Known of all but 4 and 8; partial or complete: 2, 3, 6, 7, 10, 11.
        ("all.pathological_response.partial_or_complete.n_of_percent", 6, "6 of 9 (66.7%)"),
        ("all.cycles.mean", 5.6, "5.6"),
        ("all.cycles.range", None, "3 to 9"),
        # Cycles of the progressive, patients 2, 4, 5, 9: 4, 8, –, 4.
        ("progressive.cycles.n", 3, "3"),
        ("progressive.cycles.mean", 16 / 3, "5.3"),
        # At least 6 cycles: patients 3, 4, 6, 10, 11; of these 4 progressed.
        ("progressive.cycles_class.ge_6.n_of_percent", 1, "1 of 5 (20.0%)"),
        ("responders.cycles_class.ge_6.denominator", 5, "5"),
        ("lit.yao2021.age", [57.48, 9.55], "57.48 ± 9.55"),
        # As sentences need them.
        ("cohort.n_patients", 11, "11 patients"),
        ("all.cycles.missing_patients", 1, "1 patient"),
        ("all.recist.complete.n_patients", 1, "1 patient"),  # patient 8: 4 lesions, then 0
        ("all.margin.ge_1_cm.denominator_patients", 9, "9 patients"),  # each fifth not known
        ("responders.n_patients", 7, "7 patients"),
        ("progressive.meaning", "progressive disease", "progressive disease"),
        ("period.years", None, "2022–2024"),
        ("word.regimen_class.single_agent", "a single agent", "a single agent"),
        ("word.primary_site.left_colon", "left colon", "left colon"),
        ("word.regimen_given.xelox", "XELOX", "XELOX"),
        # Squares of the ten cycles sum to 356: SD = √((356 − 56²/10) / 9) = 2.2.
        ("all.cycles.average", 5.6, "5.6 ± 2.2 on average (range 3 to 9)"),
        ("all.cycles.typical", 5.6, "5.6 ± 2.2 on average (range 3 to 9)"),  # the plan: no median
        # 3, 3, 3, 4.5, 4.5, 5.5, 5.5, 6, 6, 12, 12: quartiles halfway to the fourth and the ninth.
        ("all.duration_months.typical", 5.5,
         "a median of 5.5 months (IQR 3.8 to 6.0, range 3 to 12)"),
        # -100, -40, -30, -5.7, 0, 0, 28.2, 28.6, 60: quartiles are the third and the seventh.
        ("all.size_change_percent.typical", 0.0,
         "a median of 0.0% (IQR −30.0 to 28.2, range −100 to 60)"),
        ("test.cycles.name", "mann_whitney", "exact Mann–Whitney test"),
        ("rule.recist_1_1.matched", "complete and partial to regressive, stable to stationary and "
         "progressive to progressive", "complete and partial to regressive, stable to stationary "
         "and progressive to progressive"),
        ("rule.recist_1_1.unmatched", "not evaluable", "not evaluable"),
    ],
)  # fmt: skip
def test_values_by_hand(small, key, value, display):
    assert small[key]["value"] == (pytest.approx(value) if isinstance(value, float) else value)
    assert small[key]["display"] == display


def test_patients_behind_a_count(small):
    assert small["progressive.n"]["patients"] == ["P02", "P04", "P05", "P09"]
    assert small["progressive.cycles_class.ge_6.n"]["patients"] == ["P04"]
    assert small["progressive.cycles_class.ge_6.denominator"]["patients"] == [
        "P03", "P04", "P06", "P10", "P11"
    ]  # fmt: skip
    assert small["all.cycles.missing"]["patients"] == ["P05"]


def test_a_level_that_nobody_has(make_patients, run_stages):
    numbers = run_stages(make_patients(regimen="xelox")).numbers
    key = "responders.regimen_class.single_agent"
    expected = registry_entry(
        None, "not known", "Type of chemotherapy: Single agent, RD + SD", "%", "describe_cohort",
        "tables/table3.csv", "patients who meet the filter; no percentage of nobody",
    )  # fmt: skip
    registered = numbers[f"{key}.percent"] | {"patients": None}
    assert registered | {"account": expected["account"]} == expected
    assert numbers[f"{key}.n_of_percent"]["display"] == "not known"
    assert numbers[f"{key}.n_percent"]["display"] == "0"


def test_a_column_that_nobody_has(make_patients, run_stages):
    numbers = run_stages(make_patients(cycles=None)).numbers
    assert numbers["all.cycles.mean"]["display"] == "not recorded"
    assert numbers["all.cycles.missing"]["value"] == 35
    assert numbers["all.cycles.mean"]["value"] is None
    assert numbers["test.cycles.p"]["display"] == "no test possible"
    assert numbers["correlation.cycles.rho"]["display"] == "not defined"


# --- Parts ----------------------------------------------------------------------------------------


NAMES = {"group": "RD", "other": "PD", "first": "young", "last": "old"}


def effect_row(effect, estimate, low, high, p=0.05):
    columns = ["effect", "estimate", "ci_low", "ci_high", "p_value"]
    return next(pd.DataFrame([(effect, estimate, low, high, p)], columns=columns).itertuples())


@pytest.mark.parametrize(
    ("effect", "unit", "printed"),
    [
        (("risk_difference", 0.35065, -0.034, 0.632), "",
         "old minus young: 35.1 percentage points, 95% CI −3.4 to 63.2"),
        (("risk_difference", 0, -0.5, 0.5), "",
         "old minus young: 0.0 percentage points, 95% CI −50.0 to 50.0"),
        (("cramers_v", 0.125, 0, 0.5555), "", "Cramér's V 0.13, 95% CI 0.00 to 0.56"),
        (("cramers_v", 0.125, 0, 0.5555, 0.049), "",
         "Cramér's V 0.13, 95% CI 0.00 to 0.56, by another method than p"),
        (("risk_difference", 0.5, 0.001, 0.9, 0.06), "",
         "old minus young: 50.0 percentage points, 95% CI 0.1 to 90.0, by another method than p"),
        (("hodges_lehmann", -1.25, -4, 0), "cm", "RD minus PD: −1.3 cm, 95% CI −4.0 to 0.0"),
        (("hodges_lehmann", 2, math.nan, math.nan), "cm",
         "RD minus PD: 2.0 cm, 95% CI not defined"),
    ],
)  # fmt: skip
def test_effects_as_a_sentence_shows_them(effect, unit, printed):
    assert show_effect(effect_row(*effect), unit, 0.95, 1, **NAMES) == printed


def test_differences_of_numbers_have_the_decimals_of_means():
    row = effect_row("hodges_lehmann", 0.04, 0.03, 0.12, 0.04)
    printed = "RD minus PD: 0.04 mg/L, 95% CI 0.03 to 0.12"
    assert show_effect(row, "mg/L", 0.95, 2, **NAMES) == printed


def test_adjusted_p_values_that_an_open_test_moves():
    """By hand: beside 0.01 it is 0.04 × 1, beside 0.4494 it is 0.04 × 2; 0.995 stays > 0.99.

    It is 0.4494 that is adjusted, not what is printed of it: b is 0.01 × 3 or 0.4494 × 2.
    """
    p = {"a": 0.04, "b": 0.02, "c": 0.995}
    ledger = pd.DataFrame({"variable": [*p], "p_value": p.values(), "p_holm": 1.0})
    open_b = {"range.test.b.p": {"account": {"ends": [0.01, 0.4494]}, "display": "0.010 to 0.449"}}
    plan = read_plan(PLAN)
    assert adjusted_ranges(ledger, {}, plan) == {}
    found = adjusted_ranges(ledger[:2], open_b, plan)
    shown = {key: own["display"] for key, own in found.items()}
    assert shown["range.ledger.a.holm"] == "0.040 to 0.080"
    assert shown["range.ledger.b.bh"] == "0.020 to 0.449"
    assert (
        adjusted_ranges(ledger, open_b, plan)["range.ledger.b.holm"]["display"] == "0.030 to 0.899"
    )
    kept = {f"ledger.c.{form}": {"value": 1, "display": "> 0.99"} for form in ("p_holm", "p_bh")}
    marked = mark_open(adjusted_ranges(ledger, open_b, plan) | kept)
    assert not any("mark" in own for own in marked.values())


@pytest.mark.parametrize(
    ("key", "value", "between"),
    [
        ("ledger.b.p_without_one", 0.1, "not known"),
        ("test.b.effect", 2, "not known"),
        ("ledger.b.p_filled_in", None, ""),  # nothing to fill in
        ("ledger.a.p_without_one", 0.1, ""),
        ("ledger.b.p_min", 0.1, ""),
    ],
)
def test_what_rests_on_rows_that_the_print_leaves_open(key, value, between):
    numbers = {key: {"value": value, "display": "x"}, "range.test.b.p": {"display": "0.1 to 0.5"}}
    assert ranges_of(key, numbers) == between


@pytest.mark.parametrize(("value", "kept"), [(math.nan, None), (0.5, 0.5), (0, 0), ("x", "x")])
def test_nan_is_registered_as_null(value, kept):
    assert registry_entry(value, "x", "x", "", "clean_cohort", "x", "x")["value"] == kept


def test_registry_is_written_as_json_and_flat(small, tmp_path):
    paths = [str(tmp_path / name) for name in ("numbers.json", "numbers.csv")]
    write_numbers(small, {"type": "object"}, *paths)
    assert json.loads(Path(paths[0]).read_text(encoding="utf-8")) == small
    flat = pd.read_csv(paths[1], dtype=str, keep_default_na=False)
    assert list(flat.columns) == ["key", *FIELDS]
    assert flat["key"].tolist() == list(small)
    row = flat.set_index("key").loc["progressive.n"]
    assert (row["value"], row["display"], row["patients"]) == ("4", "4", "P02 P04 P05 P09")


def test_nothing_is_written_that_the_schema_refuses(small, tmp_path):
    path = tmp_path / "numbers.json"
    schema = {"patternProperties": {".": {"required": ["value", "colour"], "properties": {}}}}
    with pytest.raises(ValidationError, match="colour"):
        write_numbers(small, schema, str(path), str(tmp_path / "numbers.csv"))
    with pytest.raises(ValueError, match="JSON"):
        write_numbers({"x": {"value": math.nan}}, {}, str(path), str(tmp_path / "numbers.csv"))
    assert not path.exists()
