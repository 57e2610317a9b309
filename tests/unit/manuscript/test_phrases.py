"""Phrases that follow the data: lists in the plan's order, evidence, criteria, what is missing."""

import pytest

from crlm.base.formats import in_sentence, listing, patients
from crlm.manuscript.markdown import span
from crlm.manuscript.markdown import without_spans as plain
from crlm.manuscript.phrases import (
    all_evidence,
    all_missing,
    criteria,
    each_level,
    each_test,
    evidence,
    most_missing,
    names_above,
    names_below,
    those_below,
)
from crlm.plan.analysis import read_plan


@pytest.fixture(scope="module")
def numbers(make_patients, run_stages):
    """Register eleven patients: 5 regressive, 2 stationary, 4 progressive (conftest.py)."""
    return run_stages(make_patients(11)).numbers


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_listing(words, text):
    assert listing(words, "or") == text


def test_nouns():
    assert [patients(n) for n in (0, 1, 2)] == ["no patient", "1 patient", "2 patients"]


@pytest.mark.parametrize(
    ("label", "word"),
    [("Left colon", "left colon"), ("XELOX or FOLFIRI", "XELOX or FOLFIRI"), ("T2", "T2"),
     ("≥ 4 cm", "≥ 4 cm"), ("II", "II"), ("None", "none"), ("", "")],
)  # fmt: skip
def test_names_within_a_sentence(label, word):
    assert in_sentence(label) == word


def test_levels_are_listed_in_the_order_of_the_plan(numbers, plan):
    def each(*args, **how):
        return plain(each_level(numbers, read_plan(plan), *args, **how))

    assert each("all.response", "{level} in {n}") == (
        "regressive in 5, stationary in 2 and progressive in 4"
    )
    read = read_plan(plan)
    levels = read.variables["response"].levels
    turned = {name: levels[name] for name in ("progressive", "regressive", "stationary")}
    own = read._replace(variables={"response": read.variables["response"]._replace(levels=turned)})
    assert plain(each_level(numbers, own, "all.response", "{n} {level}", last="or")) == (
        "4 progressive, 5 regressive or 2 stationary"
    )
    assert each("all.response", "{level} in {n}", without=("stationary",)) == (
        "regressive in 5 and progressive in 4"
    )
    assert each("word.regimen_class", "{level}") == (
        "XELOX or FOLFIRI, chemotherapy with targeted therapy and a single agent"
    )
    assert each_level(numbers, read_plan(plan), "all.sex", "{n}").startswith(
        span("all.sex.male.n", numbers["all.sex.male.n"])
    )


def test_levels_that_nobody_has(make_patients, run_stages, plan):
    numbers = run_stages(make_patients(8, lesions_pre=1, lesions_post=2, regimen="xelox")).numbers

    def each(*args, **how):
        return plain(each_level(numbers, read_plan(plan), *args, **how))

    assert each("all.response", "{level} in {n_percent}") == "progressive in 8 (100.0%)"
    assert each("all.response", "{level} in {n_percent}", nobody=True) == (
        "regressive in no patient, stationary in no patient and progressive in 8 (100.0%)"
    )
    # A share of nobody is no share; nobody of somebody is one.
    assert each("responders.regimen_class", "{n_of_percent} for {level}") == (
        "0 of 8 (0.0%) for XELOX or FOLFIRI"
    )


def test_a_variable_that_is_not_known(make_patients, run_stages, plan):
    numbers = run_stages(make_patients(regimen=None)).numbers
    for nobody in (False, True):
        how = {"nobody": nobody}
        assert (
            each_level(numbers, read_plan(plan), "all.regimen_given", "{n}", **how)
            == "not recorded"
        )
        assert (
            each_level(numbers, read_plan(plan), "responders.regimen_class", "{n}", **how)
            == "not known"
        )


TESTS = {
    "plan.alpha": {"value": 0.05, "display": "0.05"},
    "test.a.p": {"value": 0.03, "display": "p = 0.030"},
    "test.a.name": {"value": "x", "display": "X test"},
    "test.a.effect": {"value": 1, "display": "difference 3, 95% CI 1 to 5"},
    "test.b.p": {"value": 0.05, "display": "p = 0.050"},
    "test.c.p": {"value": None, "display": "no test possible"},
}


@pytest.mark.parametrize(
    ("key", "forms", "text"),
    [
        ("test.a", (), "*p* = 0.030; difference 3, 95% CI 1 to 5"),
        ("test.a", ("name", "p"), "X test, *p* = 0.030"),
        ("test.a", ("name", "p", "effect"), "X test, *p* = 0.030; difference 3, 95% CI 1 to 5"),
        ("test.c", ("name", "p", "effect"), "no test possible"),
    ],
)
def test_evidence(key, forms, text):
    assert plain(evidence(TESTS, key, *forms)) == text


# Age is asked once, dose twice, size where no test was possible.
LEVEL = {"x": {"label": "X", "values": ["x"]}}
ASKED = read_plan(
    {
        "variables": {
            "a": {"label": "A", "source": "age", "unit": "years"},
            "b": {"label": "B", "source": "dose", "levels": LEVEL},
            "d": {"label": "D", "source": "dose", "unit": "mg"},
            "c": {"label": "C", "source": "size", "levels": LEVEL},
        },
        "tables": {
            "t": {
                "groups": ["x", "y"],
                "percent_of": "level",
                "rows": [{"variable": v} for v in "abdc"],
            }
        },
    }
)
OPEN_AGE = TESTS | {"range.test.a.p": {"value": 0.01, "display": "0.010 to 0.200"}}
BOTH = TESTS | {"test.d.p": {"value": 0.01, "display": "p = 0.010"}}
NEITHER = TESTS | {"test.d.p": {"value": 0.06, "display": "p = 0.060"}}


@pytest.mark.parametrize(
    ("numbers", "questions", "printed", "text"),
    [
        (BOTH, ["age", "dose", "size"], False, "age (*p* = 0.030) and "
         "dose (as a continuous variable, *p* = 0.010; but in classes, *p* = 0.050)"),
        (NEITHER, ["age", "dose"], False, "age (*p* = 0.030)"),  # 0.05 is not below 0.05
        (NEITHER, ["dose", "size"], False, ""),
        (OPEN_AGE | BOTH, ["age"], False, "age (*p* = 0.030)"),
        (OPEN_AGE | BOTH | OPEN_AGE, ["age"], True, ""),
    ],
)  # fmt: skip
def test_those_below(numbers, questions, printed, text):
    named = [(name, name) for name in questions]
    assert plain(those_below(numbers, ASKED, named, printed=printed)) == text


def test_questions_by_name_alone_and_after_adjustment():
    named = [(name, name) for name in ("age", "dose", "size")]
    assert names_below(BOTH, ASKED, named) == "age and dose (not by all of its tests)"
    assert names_above(NEITHER, ASKED, named) == "dose", "size was not tested"
    assert names_above(NEITHER, ASKED, [*named, ("amount", "dose")]) == "dose or amount"
    holm = {
        f"ledger.{n}.p_holm": {"value": p, "display": f"{p}"} for n, p in (("a", 0.04), ("b", 0.2))
    }
    assert plain(those_below(TESTS | holm, ASKED, named, adjusted=True)) == "age (0.04)"


def test_evidence_without_what_the_print_leaves_open():
    numbers = BOTH | {"range.test.d.p": {"value": 0.01, "display": "0.010 to 0.200"}}
    assert plain(all_evidence(numbers, ASKED, "dose", "p", printed=True)) == "*p* = 0.050"


@pytest.mark.parametrize(
    ("column", "own", "text"),
    [
        ("age", {}, "*p* = 0.030"),
        ("dose", {}, "*p* = 0.050; as a continuous variable, *p* = 0.010"),
        (
            "dose",
            {"test.b.p": {"value": None, "display": "-"}},
            "as a continuous variable, *p* = 0.010",
        ),
        ("size", {}, "no test possible"),
    ],
)
def test_all_evidence_of_a_question(column, own, text):
    assert plain(all_evidence(BOTH | own, ASKED, column, "p")) == text


def test_each_test_of_a_question():
    both = BOTH | {"test.b.p": {"value": 0.04, "display": "p = 0.040"}}
    assert plain(each_test(both, ASKED, "dose")) == (
        "in classes, *p* = 0.040; as a continuous variable, *p* = 0.010"
    )
    assert each_test(TESTS, ASKED, "size") == "no test possible"


def test_missing_values():
    numbers = {
        k: {"value": n, "display": f"{n}"}
        for k, n in zip("abcdef", (2, 0, 7, 2, 1, 9), strict=True)
    } | {"cohort.n": {"value": 9}}
    named = [(key.upper(), key) for key in "abcdef"]
    assert all_missing(numbers, named) == "F"
    assert plain(most_missing(numbers, named)) == "C (in 7), A (in 2) and D (in 2)"
    assert most_missing(numbers, named[1:2]) == ""


def test_criteria_of_a_rule(numbers, plan):
    assert plain(criteria(numbers, read_plan(plan), "number_and_size")) == (
        "- *progressive*: more metastases than before, or growth of the largest by at least 20% "
        "and at least 5 mm;\n"
        "- *regressive*: otherwise, loss of metastases, or shrinkage of the largest by at least "
        "30%;\n"
        "- *stationary*: otherwise, if both the number and the size are known."
    )
    steps = [{"response": "complete", "criterion": "disappearance", "when": "lesions_post == 0"}]
    short = {"label": "", "definition": "", "parameters": {}, "steps": steps}
    own = read_plan({"response_rules": {"short": short}})
    assert plain(criteria(numbers, own, "short")) == "- *complete*: disappearance."
