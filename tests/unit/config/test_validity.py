"""Contradictions in a cohort's config, and lines that nobody has decided."""

import copy
import math

import pytest
import yaml

from crlm.base.files import read_yaml
from crlm.base.masking import undecided_lines
from crlm.base.problems import InputError
from crlm.config.schemas import problem_at
from crlm.config.validity import (
    faults_of_codebook,
    faults_of_cohort,
    faults_of_labels,
    faults_of_levels,
    says_what_it_holds,
)
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.analysis import read_plan
from crlm.plan.variables import Level, read_variables
from crlm.response import classify_response

COHORT = {
    "period": {"from": 2022, "to": 2024},
    "follows": None,
    "response_rule": "number_and_size",
    "codebook": {},
    "plan": {},
}


def problems_of(codebook, plan, changes):
    """Return what is wrong with the cohort 2026, beside 2024 and 2025, which follows 2026."""
    cohorts = {
        "2024": COHORT,
        "2025": COHORT | {"follows": "2026"},
        "2026": copy.deepcopy(COHORT) | changes,
    }
    own = cohorts["2026"]
    codebook, plan = codebook_of(codebook, own["codebook"]), plan_of(plan, own["plan"])
    faults = [*faults_of_codebook(codebook), *faults_of_cohort("2026", cohorts, plan)]
    return [problem_at("2026", {}, *fault) for fault in faults]


def of_variable(name: str, **entries) -> dict:
    return {"codebook": {"variables": {name: entries}}}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        # same_spelling_two_levels.yaml
        (of_variable("sex", levels={"male": ["f"]}),
         "variables > sex > levels: found 'f', a spelling of male and of female; expected each"),
        (of_variable("sex", levels={"male": [" Female "]}), "'female', a spelling of male and"),
        (of_variable("sex", levels={"other": ["M"]}), "'M', a spelling of male and of other"),
        (of_variable("sex", levels={"other": ["NA"]}), "found 'NA', one of the missing_codes too"),
        ({"codebook": {"missing_codes": ["ABSENT"]}}, "comorbidity > levels > no: found 'absent'"),
        (of_variable("margin", columns={"Grade": None}),
         "variables > margin > columns: found 'Grade', a column of grade too"),
        (of_variable("grade", columns={" GRADE ": None}), "found ' GRADE ', twice; expected each"),
        ({"codebook": {"ignored": ["Sex"]}}, "ignored > entry 1: found 'Sex', a column of sex too"),
        ({"codebook": {"dropped": ["age"]}}, "dropped > entry 1: found 'age', a column of"),
        (of_variable("size_pre_mm", columns={"size_pre_inch": "inch"}),
         "size_pre_mm > columns: found 'size_pre_inch' in inch, not turned into mm; expected "
         "one of mm, cm"),
        (of_variable("cycles", min=30), "variables > cycles > min: found 30, above max 24"),
        (of_variable("duration_months", unit="weeks"), "months > unit: found weeks, not months"),
        (of_variable("age_years", cap=120), "cap: found 120, which caps nothing; expected min 16"),
        ({"period": {"from": 2025, "to": 2022}}, "period > from: found 2025, after 2022"),
        ({"follows": "2026"}, "follows: found 2026 follows 2026"),
        ({"follows": "2025"}, "follows: found 2026 follows 2025 follows 2026"),
        (of_variable("radiologist_response", levels={"pr": ["PR"]}),
         "codebook > variables > radiologist_response > levels > pr: found 'pr', no response of "
         "the rule 'number_and_size', with which the reading is compared; expected one of "
         "progressive, regressive, stationary"),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_with_its_key(codebook, plan, changes, problem):
    (found,) = problems_of(codebook, plan, changes)
    assert problem in found


def test_dates_of_intervals_may_be_read_twice(codebook, plan):
    interval = {"label": "Follow-up", "type": "interval", "unit": "months", "min": 0, "max": 99,
                "date_order": "day_month", "required": False,
                "columns": {"surgery_date": "from", "last_visit": "to"}}  # fmt: skip
    assert problems_of(codebook, plan, of_variable("follow_up", **interval)) == []


def test_a_reading_that_the_rule_does_not_give_is_refused(plan, make_patients):
    patients = make_patients(n=4, radiologist_response="complete")
    with pytest.raises(InputError, match="patient P01: read as complete, which is no response"):
        classify_response(patients, read_plan(plan), "number_and_size")


@pytest.mark.parametrize(
    "line",
    ["title: 'TODO: the title'", "follows: null # TODO", "    # GUESS: Alter: years", "# GUESS"],
)
def test_a_mark_is_found_with_its_line(line):
    (found,) = undecided_lines(f"raw: []\n{line}\n")
    assert found.startswith("line 2 waits for a decision: ")
    assert undecided_lines("# TODO: ask Fatma Hassan, 0100 123 4567")[0].endswith("not shown)")
    assert not undecided_lines("# guess what: a todo list, Guesses and METODO\n")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("period: {from: 010, to: 2024}", "line 1, period.from: found 010"),
        ("a:\n  levels:\n    yes: [y]", "line 3, a.levels: found yes"),
        ("codes: [a,\n  no]", "line 2, codes: found no"),
        # a date or a number that may be somebody's is not shown
        ("a: 2024-01-02", "line 1, a: found (8 digits, not shown)"),
        ("a: 01001234567", "line 1, a: found (11 digits, not shown)"),
        *((f"a: {value}", f"line 1, a: found {value}") for value in
          ("1_000", "12:30", "0x1F", "0b11", "08", "On", "1:30.5", "off")),
    ],
)  # fmt: skip
def test_what_yaml_misreads_is_refused(tmp_path, text, place):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_yaml(str(path))
    assert f"{path}, {place} without quotation marks" in str(caught.value)


def test_what_yaml_reads_as_it_stands_is_read(tmp_path):
    path = tmp_path / "x.yaml"
    text = "{a: 10, b: -1.5, c: 1.0e+3, d: .inf, e: true, f: null, g: ~, h: '010', i: \"no\", j: 0}"
    path.write_text(text, encoding="utf-8")
    assert read_yaml(str(path)) == yaml.safe_load(text)


# What a level's words say, in the column's unit, of numbers from … to below …; whether it is so.
@pytest.mark.parametrize(
    ("words", "unit", "at_least", "below", "right"),
    [
        ("< 4 cm", "mm", 0, 40, True), ("≥ 4 cm", "mm", 0, 40, False),
        ("≥ 4 cm", "mm", 40, math.inf, True), ("< 4 cm", "mm", 40, math.inf, False),
        ("< 4 mm", "mm", 0, 40, False), ("up to 39 mm", "mm", 0, 40, True),
        ("5.0–9.9 cm", "mm", 50, 100, True), ("1 mm to 4 mm", "mm", 1, 4, True),
        ("≤ 5", "cycles", 0, 6, True), (">=6", "cycles", 6, math.inf, True),
        ("≤ 6", "cycles", 0, 6, False),
        ("> 5", "cycles", 6, math.inf, True), ("> 6", "cycles", 6, math.inf, False),
        ("≥ 6 months", "cycles", 6, math.inf, False), ("≥ 6 weeks", "months", 6, math.inf, False),
        ("< 26 weeks", "months", 0, 6, True), ("≥ 2 and < 6", "cycles", 2, 6, True),
        ("Single", "lesions", 1, 2, True), ("Two", "lesions", 1, 2, False),
        ("a single metastasis", "lesions", 1, 2, True), ("Single", "lesions", 3, math.inf, False),
        ("Three or more", "lesions", 3, math.inf, True), ("Three or more", "lesions", 3, 5, True),
        ("Two or more", "lesions", 3, math.inf, False), ("2 or 3", "lesions", 2, 4, True),
        ("None (disappeared)", "mm", 0, 0.1, True), ("None", "lesions", 1, 2, False),
        ("50–59", "years", 50, 60, True), ("older than 64", "years", 65, math.inf, True),
        ("65+", "years", 65, math.inf, True), ("65 and over", "years", 66, math.inf, False),
        ("few", "lesions", 1, 3, True),
        ("6 to 12", "months", 0, 6, False), ("more than two", "lesions", 2, math.inf, False),
        ("4+ cm", "mm", 40, math.inf, True), ("1–5", "cycles", 0, 6, True),
        ("6 to 24 cycles", "cycles", 6, math.inf, True), ("0 to < 6 months", "months", 0, 6, True),
        ("≥ 4 cm (≥ 40 mm)", "mm", 40, math.inf, True), ("≥ 6 of FOLFOX6", "cycles", 6, 25, True),
        ("< 6 cycles (3 months)", "cycles", 0, 6, True), ("2019 or later", "", 2019, 3000, True),
        ("Before 2019", "", 0, 2019, True), ("from 2019 on", "", 2019, math.inf, True),
        ("below the median (35 mm)", "mm", 0, 35, True), ("≤ −30%", "percent", -100, -29.9, True),
        ("Shrinkage by 30% or more", "percent", -100, -29.9, True),
        ("≥ −30%", "", -100, -30, False),
        ("25 kg/m2 and over", "kg/m2", 25, math.inf, True), ("CEA>=5 ug/l", "ng/ml", 5, 99, True),
        ("60 plus", "years", 60, math.inf, True), ("50 mm +", "mm", 50, math.inf, True),
        ("≥ 2,5 cm", "mm", 25, 99, True), ("1,000 ml or more", "ml", 1000, math.inf, True),
        ("< 1 l", "ml", 0, 1000, True), ("< 500 l", "ml", 0, 500, False),
        ("< 4 hours", "min", 0, 240, True), ("< 240 h", "min", 0, 240, False),
        ("< 20 µmol/l", "mg/dl", 0, 1.17, True), ("< 35 g/L", "g/dl", 0, 3.5, True),
        ("2nd tertile (42-57)", "years", 42, 58, True), ("< 12 weeks", "months", 0, 2.76, True),
        ("≥ 150 × 10^9/l", "10^9/l", 150, math.inf, True), ("2: from 2017", "", 2017, 2030, True),
        ("complete (6)", "cycles", 6, math.inf, True), ("complete (6)", "cycles", 7, 9, False),
    ],
)  # fmt: skip
def test_the_numbers_of_a_label_are_those_that_its_level_holds(words, unit, at_least, below, right):
    level = Level(words, at_least=at_least, below=below)
    assert says_what_it_holds(words, level, (at_least, below), unit, unit) == right


@pytest.mark.parametrize(
    ("label", "words", "right"),
    [
        ("Size", ("small", "large"), True), ("Size", ("large", "small"), False),
        ("Time to surgery", ("Late", "Early"), False), ("Size", ("High risk", "Low risk"), True),
        ("Elderly (≥ 70)", ("No", "Yes"), True), ("Elderly (≥ 70)", ("Yes", "No"), False),
        ("Age of 75 or more", ("0", "1"), False), ("Age below 70", ("sí", "no"), True),
        ("Old age", ("No", "Yes"), True),
    ],
)  # fmt: skip
def test_words_of_levels_stand_on_their_side(label, words, right):
    levels = dict(zip(("low", "high"), words, strict=True))
    cuts = {"low": {"at_least": 0, "below": 70}, "high": {"at_least": 70, "below": math.inf}}
    entry = {"levels": {key: cuts[key] | {"label": levels[key]} for key in cuts}}
    (variable,) = read_variables({"n": entry | {"label": label, "source": "n"}}).values()
    found = [*faults_of_levels((), variable, "years", read_yaml("config/synonyms.yaml"))]
    assert (not found) == right


def test_a_label_without_an_upper_end_is_the_highest():
    level = Level("≥ 2", at_least=2, below=6)
    said = [says_what_it_holds("≥ 2", level, (1, end), "", "") for end in (6, 9)]
    assert said == [True, False]


@pytest.mark.parametrize(
    ("variable", "entries", "found"),
    [
        ("age_years", {"unit": "months"}, [("scale",)]),
        ("age_years", {"scale": 10}, [("scale",)]),
        ("size_pre_cm", {"unit": "mm"}, [("scale",)]),
        ("size_pre_cm", {"unit": "mm", "scale": 1}, []),
        ("duration_months", {"unit": "weeks", "scale": 365.25 / 12 / 7}, []),
        ("cycles", {"unit": "months"}, [("scale",)]),
        ("cycles", {"unit": "courses"}, []),
        ("sex", {"levels": {"m": {"label": "weiblich", "values": ["male"]}}},
         [("levels", "m", "label")]),
        ("alive_1y", {"levels": {"a": {"label": "0", "values": ["yes"]}}},
         [("levels", "a", "label")]),
        ("size_change_percent", {"unit": "mm"}, [("scale",)]),
        ("alive_1y", {"label": "Dead one year after surgery"}, [("label",)]),
        ("alive_1y", {"label": "Death within a year", "levels": {
            "dead": {"label": "Died", "values": ["no"]},
            "alive": {"label": "Alive", "values": ["yes"]}}}, []),
        ("recurrence_1y", {"in_text": "no recurrence"}, [("in_text",)]),
        ("size_pre_cm", {"label": "Size of the largest metastasis after chemotherapy"},
         [("label",)]),
        ("size_pre_class", {"label": "Initial size (cm)", "levels": {
            "low": {"label": "< 4", "at_least": 0, "below": 40},
            "high": {"label": "< 4", "in_text": "4 or more", "at_least": 40, "below": math.inf}}},
         [("levels", "high", "label")]),
    ],
)  # fmt: skip
def test_units_and_labels_of_the_plan_are_those_of_its_columns(variable, entries, found):
    plan, codebook, synonyms = (
        read_yaml(f"config/{name}.yaml") for name in ("plan", "codebook", "synonyms")
    )
    assert [*faults_of_labels(plan, codebook, synonyms)] == []
    plan["variables"][variable] |= entries
    keys = [keys for keys, *_ in faults_of_labels(plan, codebook, synonyms)]
    assert keys == [("variables", variable, *of) for of in found]
