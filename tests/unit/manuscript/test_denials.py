"""Sentences that deny a p-value of the tables are refused, those that agree with all pass."""

import pytest

from crlm.manuscript.denials import find_denials
from crlm.manuscript.prose import read_rules
from crlm.plan.analysis import read_plan

# The dose is asked in classes and as a number, with opposite answers; N stage and sex once each.
LEVEL = {"x": {"label": "X", "values": ["x"]}}
PLAN = read_plan(
    {
        "alpha": 0.05,
        "decimals": {"p_value": 3},
        "variables": {
            "dose_class": {"source": "dose", "label": "Dose", "levels": LEVEL},
            "dose": {"source": "dose", "label": "Dose", "unit": "mg"},
            "n_stage": {"source": "n_stage", "label": "N stage", "levels": LEVEL},
            "sex": {"source": "sex", "label": "Sex", "levels": LEVEL},
        },
        "tables": {
            "t": {
                "groups": ["a", "b"],
                "percent_of": "level",
                "rows": [{"variable": v} for v in ("dose_class", "dose", "n_stage", "sex")],
            }
        },
    }
)
P = {"dose_class": 0.487, "dose": 0.0001, "n_stage": 0.031, "sex": 0.6}
NUMBERS = {"plan.alpha": {"value": 0.05, "display": "0.05"}} | {
    f"test.{name}.p": {"value": p, "display": f"p = {p}"} for name, p in P.items()
}
# What a discussion must not pass over, and what is told somewhere.
SEX = '# Results\n\n[x]{.num key="test.sex.p"}\n\n'
TOLD = (
    SEX + '# Discussion\n\nSee [x]{.num key="test.dose.p"} and [x]{.num key="test.n_stage.p"}.\n\n'
)
RULES = read_rules("manuscript/prose.yaml")


def denials(text: str, numbers: dict = NUMBERS, told: str = TOLD) -> list:
    """Return what is found in a text whose keys stand in braces."""
    for key in numbers:
        text = text.replace("{" + key + "}", f'[p]{{.num key="{key}"}}')
    abstract = '[x]{.num key="test.dose.p"} [x]{.num key="test.n_stage.p"}'
    return find_denials(f"abstract: |\n  {abstract}\n\n{told}{text}", numbers, PLAN, RULES)


@pytest.mark.parametrize(
    "sentence",
    [
        "No relation was shown with the dose ({test.dose_class.p}).",
        "No relation was shown with the dose.",
        "The dose did not differ between the groups.",
        "Response and N stage were unrelated ({test.n_stage.p}).",
        "Response and N stage were unrelated.",
        "Neither direction can be claimed for the dose (in classes, {test.dose_class.p}).",
        "Response was more frequent in women ({test.sex.p}).",
        "Response was related to sex.",
        "Women responded more often.",
        "A difference by sex was shown.",
        "This points to a relation with sex ({test.sex.p}).",
        "Patients given a larger dose responded more often ({test.dose.p}; {test.dose_class.p}).",
        "The p-value was below the level for the dose ({test.dose.p}).",
        "The p-value was below the level for sex ({test.sex.p}) and N stage ({test.n_stage.p}).",
        "On N stage the tests disagree ({test.n_stage.p}).",
        "No difference by N stage was seen, as others found [@x] ({test.n_stage.p}).",
    ],
)
def test_a_denial_is_refused(sentence):
    assert len(denials(sentence)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "No relation was shown with sex ({test.sex.p}).",
        "Response was more frequent in N stage zero ({test.n_stage.p}).",
        "On the dose the tests disagree (as a number, {test.dose.p}; in classes, "
        "{test.dose_class.p}).",
        "The p-values were below the level for the dose (as a number, {test.dose.p}; but in "
        "classes, {test.dose_class.p}) and the N stage ({test.n_stage.p}).",
        "It asks whether response was related to sex.",
        "The majority had the sex that is named first ({test.sex.p}).",
        "Sex is missing, perhaps for reasons related to the response.",
        "Sex may be related to age, and could differ elsewhere.",
        "Women were older.",
        "Elsewhere the dose did not differ [@x].",
        "By sex, the share of responders was x ({test.sex.p}).",
        "| no difference in sex | {test.dose.p} |",
    ],
)
def test_what_agrees_with_the_tables_passes(sentence):
    assert denials(sentence) == []


@pytest.mark.parametrize("p", [0.04, 0.06])
def test_the_same_sentence_by_the_other_p(p):
    """A sentence that is right of one p-value is refused of the other."""
    numbers = NUMBERS | {"test.sex.p": {"value": p, "display": f"p = {p}"}}
    told = TOLD + 'Sex: [x]{.num key="test.sex.p"}.\n\n'
    said = {
        asserts: [d for d in denials(text, numbers, told) if d.row]
        for asserts, text in (
            (True, "Women responded more often ({test.sex.p})."),
            (False, "A relation with sex was not shown ({test.sex.p})."),
        )
    }
    assert (not said[True], not said[False]) == (p < 0.05, p > 0.05)


def test_a_summary_that_passes_over_a_p_below_the_level_is_refused():
    (problem,) = denials("", told=TOLD.replace("test.n_stage.p", "test.sex.p"))
    assert "n_stage" in problem.expected and "discussion" in problem.expected


def test_a_comparison_of_which_the_text_says_nothing_is_refused():
    assert denials("") == []
    (problem,) = denials("", told=TOLD.removeprefix(SEX))
    assert problem.value == "a comparison of sex in t, of which the text says nothing"
    assert "<< test.sex.p >> in a sentence, and answer.sex in the lists" in problem.expected
    untested = NUMBERS | {"test.sex.p": {"value": None, "display": "not possible"}}
    assert denials("", untested, TOLD.removeprefix(SEX)) == []


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("the dose (not by all of its tests) and the N stage", 0),
        ("the dose and the N stage", 1),  # the tests of the dose disagree
        ("the dose (not by all of its tests) and the N stage (not by all of its tests)", 1),
        ("the dose (not by all of its tests)", 1),  # the N stage is passed over
        ("the dose (not by all of its tests), sex and the N stage", 1),  # p of sex is 0.6
    ],
)
def test_a_list_of_names_in_the_abstract(names, found):
    text = f"abstract: |\n  Of the further factors, responders differed in {names}.\n\n{TOLD}"
    assert len(find_denials(text, NUMBERS, PLAN, RULES)) == found


def test_what_the_print_leaves_open_need_not_stand_in_the_abstract():
    open_dose = NUMBERS | {"range.test.dose.p": {"value": 0.01, "display": "0.01 to 0.2"}}
    text = f'abstract: |\n  [x]{{.num key="test.n_stage.p"}}\n\n{TOLD}'
    assert find_denials(text, open_dose, PLAN, RULES) == []
    assert len(find_denials(text, NUMBERS, PLAN, RULES)) == 1
