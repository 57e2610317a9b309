"""The closed language of conditions: three-valued truth, every fault told, nothing executed."""

import itertools
from pathlib import Path

import pandas as pd
import pytest

from crlm.base.files import read_yaml
from crlm.config.validity import faults_of_codebook
from crlm.plan.conditions import ConditionError, among, meets, wrong_with
from crlm.plan.faults import faults_of_conditions

FRAME = pd.DataFrame(
    {"t_stage": ["t3", None, "t2"], "cycles": [1.0, None, 3.0], "months": [2.0, 5.0, None]}
).astype({"t_stage": object})
COLUMNS = {"t_stage": ["t2", "t3"], "cycles": None, "months": None, "patient_id": ()}


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        # test_missing_in_conditions: a missing value (the second row) meets none, negated or not
        ('t_stage != "t3"', [False, False, True]),
        ('not t_stage == "t3"', [False, False, True]),
        ('t_stage not in ["t3"]', [False, False, True]),
        ('not t_stage in ["t3", "t2"]', [False, False, False]),
        ("not (cycles > 1)", [True, False, False]),
        ("not (cycles > 1 or cycles <= 1)", [False, False, False]),
        ("cycles != months", [True, False, False]),
        ("cycles - months < 0", [True, False, False]),
        # what does not depend on the missing value is known all the same
        ("cycles > 1 or months == 5", [False, True, True]),
        ("not (cycles == 1 and months == 2)", [False, True, True]),
        ("cycles.isna()", [False, True, False]),
        ("not cycles.notna() or months.isna()", [False, True, True]),
        # arithmetic, chains, parameters, precedence
        ("0.5 * cycles < months", [True, False, False]),
        ("1 <= cycles < 3", [True, False, False]),
        ("cycles <= -@least", [True, False, True]),
        ("-cycles < -1", [False, False, True]),
        ("(cycles + months) / 3 == 1", [True, False, False]),
        ("cycles in [1, 3]", [True, False, True]),
        ("cycles == 1 or cycles == 3 and months == 2", [True, False, False]),
        # a quotient by zero is no number, neither beyond any limit nor within
        ("months / (cycles - 1) > 1", [False, False, False]),
        ("not months / (cycles - 1) > 1", [False, False, False]),
        # signs within a text are text
        ('t_stage != "#1 @least"', [True, False, True]),
        (r"t_stage != '\'# @least'", [True, False, True]),
    ],
)
def test_missing_in_conditions(condition, met):
    assert meets(FRAME, condition, least=-3).tolist() == met


def test_truth_is_kleenes():
    """Each of the nine cells of both strong tables (Kleene 1952, § 64), and negation."""
    value = {True: 1.0, None: None, False: 0.0}
    rows = list(itertools.product([True, None, False], repeat=2))
    frame = pd.DataFrame([[value[a], value[b]] for a, b in rows], columns=["a", "b"], dtype=float)
    for condition, holds in (
        ("a == 1 and b == 1", lambda a, b: a is True and b is True),
        ("not (a == 1 and b == 1)", lambda a, b: a is False or b is False),
        ("a == 1 or b == 1", lambda a, b: a is True or b is True),
        ("not (a == 1 or b == 1)", lambda a, b: a is False and b is False),
    ):
        assert meets(frame, condition).tolist() == [holds(a, b) for a, b in rows], condition


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('t_stage = "t3"', "character 9"),
        ('t_stage != "T3"', "'\"T3\"' (character 12): expected a level of t_stage: `t3`"),
        ('"T3" == t_stage', "'\"T3\"' (character 1): expected a level of"),
        ('t_stage in ["t2", "t5"]', "'\"t5\"' (character 19): expected a level of t_stage"),
        ("stage == 3", "'stage' (character 1): expected a column: `t_stage`"),
        ("weight == 3", "'weight' (character 1): expected a column: one of t_stage, cycles"),
        ("cycles == null", "'null' (character 11): expected column.isna()"),
        ("cycles > 3 and", "the end (character 15): expected"),
        (
            f"t_stage == '{'table ' * 20}'",
            f"{chr(34)}'{'table ' * 9}table…{chr(34)} (character 12): expected a level",
        ),
        (
            "t_stage == t3",
            "'t3' (character 12): expected a column, or the level \"t3\" in quotation",
        ),
        ("month_ > 1", "'month_' (character 1): expected a column: `months`"),
        ("months > 1 and cylces > 2", "'cylces' (character 16): expected a column"),
        ("cycles > 'a'", "\"'a'\" (character 10): expected a number, as on the other side"),
        ("t_stage == 3", "'3' (character 12): expected a text in quotation marks"),
        ("t_stage < 't3'", "expected a number: texts can only be equal"),
        ("t_stage + 1 == 2", "'t_stage' (character 1): expected a number, to calculate with"),
        ("cycles & months", "expected a comparison"),
        ("cycles", "expected a comparison"),
        ("not cycles", "'cycles' (character 5): expected a comparison"),
        ("cycles > @most", "'@most' (character 10): expected a parameter: there is none"),
        ("cycles.isnull()", "expected a comparison"),
        ("cycles in months", "'months' (character 11): expected a list"),
        ("cycles in []", "expected a list"),
        ("cycles is None", "expected one of =="),
        ("cycles == True", "'True' (character 11): expected a column, a number"),
        ("cycles > 010", "character 10"),
        ("cycles ** 2 > 1", "expected a column, a number"),
        ("cycles > 1 and", "expected comparisons"),
        ("é > 1 and cycls > 1", "'é' (character 1)"),
        ("t_stage == 'é' and cycls > 1", "character 12"),
        ("", "expected comparisons"),
        # what Python reads otherwise than people do, or leaves unread
        (
            "cycles > 1 # at least two\n and months > 2",
            "'# at least two  and ' (character 12): expected no #",
        ),
        ('patient_id in ["A-01" "A-02"]', '\'"A-01" "A-02"\' (character 16): expected one text'),
        (
            '"t_stage" == "t3"',
            "'\"t_stage\"' (character 1): expected a column, on one side at least",
        ),
        ("1 < 2", "'1' (character 1): expected a column, on one side"),
        ("months in [250,000]", "'000' (character 16): expected a number in digits"),
        ("cycles > 0x10", "'0x10' (character 10): expected a number in digits"),
        ("cycles > 1_000", "'1_000' (character 10): expected a number in digits"),
        ("cycles > 1e999", "'1e999' (character 10): expected a number in digits"),
        # test_condition_writes_a_file: the condition was executed
        ("months.to_csv('written.csv') == 1", "expected a column"),
        ("@pd.read_pickle('evil.pkl') == 1", "expected a column"),
        ("__import__('os').system('touch written.csv') == 0", "expected a column"),
        ("(lambda: 1)() == 1", "expected a column"),
        ("[c for c in months] == 1", "expected a column"),
        ("f'{months}' == t_stage", "expected a column"),
        ("(months := 3) > 1", "expected a column"),
        ("months.isna.__globals__ == 1", "expected a column"),
        ("months.isna(1)", "expected a comparison"),
        ("cycles[0] == 1", "expected a column"),
        ("(" * 5000 + "cycles > 1" + ")" * 5000, "expected comparisons"),
        ("-" * 3000 + "cycles > 1", "expected"),
    ],
)
def test_faults_are_told_with_their_place(condition, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told in ": expected ".join(wrong_with(condition, COLUMNS))
    if "level" not in told:  # a frame does not know the levels of its columns
        with pytest.raises(ConditionError):
            meets(FRAME, condition)
    assert not list(tmp_path.iterdir())


def test_texts_with_quotation_marks_come_through():
    frame = pd.DataFrame({"site": ["it's", 'a "b"', "c\\d", "@e", None]}, dtype=object)
    for i, value in enumerate(frame["site"].dropna()):
        assert meets(frame, among("site", [value])).tolist() == [j == i for j in range(5)], value


def test_every_condition_of_the_repository_is_of_the_language():
    root = Path(__file__).parents[3] / "config"
    codebook, plan = read_yaml(root / "codebook.yaml"), read_yaml(root / "plan.yaml")
    assert [*faults_of_codebook(codebook), *faults_of_conditions(plan, codebook)] == []
    codebook["exclusions"][0]["exclude"] = 't_stage != "T3"'
    codebook["checks"][0]["columns"] = ["size_pre"]
    plan["response_rules"]["recist_1_1"]["steps"][1]["when"] = "size_change > @growth_percent"
    plan["variables"]["size_pathology_class"]["unmeasurable"]["when"] = 'response == "pCR"'
    assert [keys for keys, *_ in faults_of_codebook(codebook)] == [
        ("checks", "no_baseline", "columns", "0"),
        ("exclusions", codebook["exclusions"][0]["name"], "exclude"),
    ]
    assert [keys for keys, *_ in faults_of_conditions(plan, codebook)] == [
        ("response_rules", "recist_1_1", "steps", "1", "when"),
        ("variables", "size_pathology_class", "unmeasurable", "when"),
    ]
