"""The multiverse: what each combination of choices compares, and which is the paper's."""

import math

import pandas as pd
import pytest

from crlm.base.files import join_frames
from crlm.comparison import compare_groups
from crlm.multiverse import COLUMNS, specify
from crlm.numbers.analyses import register_multiverse
from crlm.plan.analysis import read_plan

GRID = ["rule", "grouping", "cut_point", "method", "missing"]
PRIMARY, RECIST = "number_and_size", "recist_1_1"
CONTROL, OBJECTIVE = "disease_control", "objective_response"
# Response by number and size, change in number and in size (%), cycles. Of RECIST 1.1 the third is
# stable, since its size is, and the fifth not evaluable.
PATIENTS = [
    ("regressive", 0, -50, 8),
    ("regressive", 0, -50, 6),
    ("regressive", -1, -10, 6),
    ("stationary", 0, 0, 4),
    ("regressive", -1, None, None),
    ("progressive", 1, 0, 5),
    ("progressive", 1, 0, 3),
    ("progressive", 1, 0, 2),
    ("progressive", 1, 0, None),
]


@pytest.fixture(scope="module")
def asked(plan):
    """The plan with the number of cycles as its only question."""
    table = {"groups": [*plan["groups"]], "percent_of": "level", "rows": [
        {"variable": "cycles_class", "published": {"test": "pearson_chi2"}},
        {"variable": "cycles", "show": "mean_sd", "published": None},
    ]}  # fmt: skip
    parts = ("variables", "groups", "response_rules", "decimals", "alpha")
    own = {part: plan[part] for part in parts}
    grid = plan["multiverse"] | {"questions": {"cycles": [4, 6, 9]}}
    return read_plan(own | {"tables": {"one": table}, "multiverse": grid})


@pytest.fixture(scope="module")
def frame():
    columns = ["response", "lesions_change", "size_change_percent", "cycles"]
    made = pd.DataFrame(PATIENTS, columns=columns).astype(dict.fromkeys(columns[1:], float))
    made["size_change_mm"] = made["size_change_percent"] / 2
    return made.assign(
        lesions_post=2.0,
        group=made["response"].map(lambda r: "progressive" if r == "progressive" else "responders"),
    )


@pytest.fixture(scope="module")
def found(frame, asked):
    return specify(frame, asked, PRIMARY, "auto")


@pytest.mark.parametrize(
    ("rule", "grouping", "cut", "method", "missing", "n", "effect", "p"),
    [
        # 3 of 4 responders and 0 of 3 others have 6 cycles or more: R 4.2.2,
        # fisher.test(matrix(c(3, 1, 0, 3), 2)), chisq.test(…, correct = FALSE)
        (PRIMARY, CONTROL, 6, "exact", "left_out", 7, 3 / 4, 0.1428571429),
        (PRIMARY, CONTROL, 6, "asymptotic", "left_out", 7, 3 / 4, 0.047220904),
        # One of each group is not known: fisher.test(matrix(c(3, 2, 0, 4), 2)), c(4, 1, 1, 3)
        (PRIMARY, CONTROL, 6, "exact", "below", 9, 3 / 5, 0.1666666667),
        (PRIMARY, CONTROL, 6, "exact", "above", 9, 4 / 5 - 1 / 4, 0.2063492063),
        # The one with stationary disease, of 4 cycles, among the others: c(3, 0, 0, 4)
        (PRIMARY, OBJECTIVE, 6, "exact", "left_out", 7, 1, 0.02857142857),
        # The third is stable by RECIST 1.1: c(2, 0, 1, 4); the fifth is left out, whatever is
        # made of the missing: 2 of 2 against 2 of 6, c(2, 0, 2, 4)
        (RECIST, CONTROL, 6, "exact", "left_out", 7, 3 / 4, 0.1428571429),
        (RECIST, OBJECTIVE, 6, "exact", "left_out", 7, 1 - 1 / 5, 0.1428571429),
        (RECIST, OBJECTIVE, 6, "exact", "above", 8, 1 - 2 / 6, 0.4285714286),
        # 8, 6, 6, 4 against 5, 3, 2: 11 pairs greater, 1 smaller. coin 1.4-2:
        # wilcox_test(v ~ g, distribution = "exact"); R: wilcox.test(…, exact = F, correct = F)
        (PRIMARY, CONTROL, None, "exact", "left_out", 7, 10 / 12, 3 / 35),
        (PRIMARY, CONTROL, None, "asymptotic", "left_out", 7, 10 / 12, 0.07446183142),
    ],
)
def test_a_specification_compares_what_it_says(
    found, rule, grouping, cut, method, missing, n, effect, p
):
    wanted = {"rule": rule, "grouping": grouping, "method": method, "missing": missing}
    of_cut = found[found["cut_point"].isna() if cut is None else found["cut_point"] == cut]
    (row,) = of_cut[(of_cut[[*wanted]] == [*wanted.values()]).all(axis=1)].itertuples()
    assert row.n == n
    assert (row.effect, row.p_value) == pytest.approx((effect, p))
    assert -1 <= row.low <= row.effect <= row.high <= 1


def test_each_combination_is_a_row_and_those_without_a_test_are_empty(found):
    assert list(found.columns) == COLUMNS
    # Rules, groupings, three cut points and the number itself, tests, ways with the missing.
    assert len(found) == 2 * 2 * 4 * 2 * 3 and not found[GRID].duplicated().any()
    nobody = found[(found["cut_point"] == 9) & (found["missing"] != "above")]
    assert len(nobody) == 2 * 2 * 2 * 2 and set(nobody["test"]) == {""}
    assert nobody[["effect", "low", "high", "p_value"]].isna().all(axis=None)
    assert (nobody["n"] >= 7).all()


def test_where_all_is_known_the_missing_are_no_choice(frame, asked):
    known = specify(frame.fillna({"cycles": 7}), asked, PRIMARY, "auto")
    assert set(known["missing"]) == {"left_out"} and len(known) == 2 * 2 * 4 * 2


@pytest.mark.parametrize(("tests", "method"), [("auto", "exact"), ("published", "asymptotic")])
def test_the_paper_s_own_are_those_of_its_tables(frame, asked, tests, method):
    own = specify(frame, asked, PRIMARY, tests)[lambda rows: rows["is_main"]]
    assert own[GRID].astype(object).where(own[GRID].notna(), None).to_numpy().tolist() == [
        [PRIMARY, CONTROL, 6, method, "left_out"],
        [PRIMARY, CONTROL, None, "exact", "left_out"],
    ]
    printed, _ = compare_groups(frame, asked, tests)
    assert own["p_value"].tolist() == printed["p_value"].tolist()
    assert not specify(frame, asked, RECIST, tests)["is_main"].any()  # the groups are others


def test_shares_of_the_questions_make_the_whole(frame, asked, tmp_path):
    questions = {"cycles": [6], "size_change_percent": [0]}
    own = asked._replace(multiverse=asked.multiverse._replace(questions=questions))
    parts = []
    for share in ("1-of-3", "2-of-3", "3-of-3"):  # the last has no question
        parts.append(tmp_path / share)
        specify(frame, own, PRIMARY, "auto", share).to_csv(parts[-1], index=False)
    join_frames(parts, tmp_path / "joined")
    specify(frame, own, PRIMARY, "auto").to_csv(tmp_path / "whole", index=False)
    assert (tmp_path / "joined").read_text() == (tmp_path / "whole").read_text()
    parts[0].write_text("another,head\n")
    with pytest.raises(ValueError):
        join_frames(parts, tmp_path / "joined")


def test_a_plan_without_questions_has_no_specification(frame, asked):
    own = asked._replace(multiverse=asked.multiverse._replace(questions={}))
    found = specify(frame, own, PRIMARY, "auto")
    assert list(found.columns) == COLUMNS and found.empty
    assert register_multiverse(found, own) == {}


def test_what_is_registered_is_counted(asked):
    rows = [  # grouping, effect, p
        (CONTROL, 0.5, 0.01), (CONTROL, 0.4, 0.049), (CONTROL, 0.3, 0.05),
        (OBJECTIVE, -0.25, 0.02), (OBJECTIVE, 0.1, 0.9), (OBJECTIVE, math.nan, math.nan),
    ]  # fmt: skip
    found = pd.DataFrame(rows, columns=["grouping", "effect", "p_value"]).assign(question="cycles")
    numbers = register_multiverse(found, asked)
    assert {key.removeprefix("multiverse.cycles."): e["display"] for key, e in numbers.items()} == {
        "n": "5", "below": "3", "below_of": "3 of 5 (60.0%)", "percent": "60.0%", "upward": "2",
        "downward": "1", "effects": "−0.25 to 0.50",
        f"{CONTROL}.below_of": "2 of 3 (66.7%)", f"{OBJECTIVE}.below_of": "1 of 2 (50.0%)",
    }  # fmt: skip
    nobody = register_multiverse(found[found["p_value"].isna()], asked)
    assert nobody["multiverse.cycles.effects"]["display"] == "not known"
    assert nobody["multiverse.cycles.n"]["value"] == 0
