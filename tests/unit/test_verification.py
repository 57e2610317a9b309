"""A filled manuscript that was edited by hand, or is stale, is found before it is rendered."""

import pytest

from crlm.problems import InputError
from crlm.verification import check_filled, list_unused, require_filled

NUMBERS = {
    "cohort.n": {"display": "25"},
    "all.sex.male.n_percent": {"display": "13 (52.0%)"},
    "label.sex.male": {"display": "Male"},
    "label.t_stage.t2": {"display": "T2"},
    "label.morbidity_30d.variable": {"display": "Morbidity within 30 days"},
}
FILLED = """\
Of [25]{.num key="cohort.n"} patients, [13 (52.0%)]{.num key="all.sex.male.n_percent"} were men.

|  | All patients (n = [25]{.num key="cohort.n"}) |
| ---- | ----: |
| **[Morbidity within 30 days]{.num key="label.morbidity_30d.variable"}** |  |
| &emsp;[T2]{.num key="label.t_stage.t2"} | [13 (52.0%)]{.num key="all.sex.male.n_percent"} |
"""


def test_what_was_filled_passes():
    assert check_filled(FILLED, NUMBERS) == []
    require_filled(FILLED, NUMBERS, "paper.qmd")


@pytest.mark.parametrize(
    ("old", "new", "line", "found", "expected"),
    [
        ("Of [25]", "Of [26]", 1, "26", "25"),
        ("n = [25]", "n = [52]", 3, "52", "25"),
        ("| [13 (52.0%)]", "| [13 (53.0%)]", 6, "13 (53.0%)", "13 (52.0%)"),
        ("[T2]", "[T3]", 6, "T3", "T2"),
        ('"label.t_stage.t2"', '"label.t_stage.t9"', 6, "T2", "a key of the registry"),
        ("30 days", "31 days", 5, "Morbidity within 31 days", "Morbidity within 30 days"),
        ("** |  |", "** | 7 |", 5, "7", "in a table, numbers of the registry only"),
        ('[25]{.num key="cohort.n"})', "25)", 3, "25", "in a table, numbers of the registry only"),
    ],
)
def test_an_edit_by_hand_is_found(old, new, line, found, expected):
    assert FILLED.count(old) == 1
    (problem,) = check_filled(FILLED.replace(old, new), NUMBERS)
    assert (problem.row, problem.value, problem.expected) == (line, found, expected)


def test_a_stale_manuscript_is_refused():
    numbers = NUMBERS | {"cohort.n": {"display": "26"}}
    with pytest.raises(InputError) as caught:
        require_filled(FILLED, numbers, "paper.qmd")
    assert [p.row for p in caught.value.problems] == [1, 3]


def test_a_quantity_that_nothing_shows_is_listed_once():
    level = {"levels": {"male": {}, "female": {}}}
    plan = {
        "groups": {"responders": {}},
        "figures": {"figure1": {"variables": ["sex"]}},
        "variables": {"sex": level, "grade": {"levels": {"ii": {}}}},
    }
    keys = {
        "cohort.n": "patients analysed",
        "cohort.received": "patients received",
        "all.sex.male.n": "men",  # shown as n_percent
        "all.grade.ii.n": "grade II",
        "all.grade.ii.percent": "grade II",
        "responders.sex.female.n": "women, responders",  # drawn
        "responders.grade.ii.n": "grade II, responders",
        "label.sex.female": "Female",
        "lit.guo2021.rate": "a rate",
    }
    numbers = {key: {"meaning": meaning} for key, meaning in keys.items()}
    unused = list_unused(FILLED, numbers, plan)
    assert unused["quantity"].tolist() == [
        "cohort.received", "all.grade.ii", "responders.grade.ii", "label.sex.female",
        "lit.guo2021.rate",
    ]  # fmt: skip
    assert unused["meaning"].tolist() == [
        "patients received", "grade II", "grade II, responders", "Female", "a rate"
    ]  # fmt: skip
