"""Corrections and withdrawals: what fits is done and logged, what does not is told all at once."""

import pandas as pd
import pytest

from crlm.base.problems import InputError
from crlm.cohort.amendments import CORRECTION, WITHDRAWAL
from crlm.cohort.cleaned import clean_cohort

COLUMNS = ["id", "age", "sex", "cycles", "size_pre_cm", "size_post_cm"]
OLD = [
    ["P01", "45", "M", "6", "4.0", "3.0"],
    [" P02", "51", " F", "", "2.5", "2.5"],
    ["P03", "x", "?", "700", "-", "-"],  # nothing of it would pass
]
NEW = [["P04", "60", "male", "8", "5,5", "2.0"], ["P05", "38", "F", "4", "3.0", ""]]


def table(file: str, rows: list, columns: list) -> tuple:
    frame = pd.DataFrame(rows, columns=columns, index=range(2, len(rows) + 2), dtype=object)
    return file, frame, []


@pytest.fixture
def clean(codebook):
    """Clean the two tables with these lines of corrections and withdrawals."""

    def run(corrections=(), withdrawn=("P03,",)):
        return clean_cohort(
            [table("old.csv", OLD, COLUMNS), table("new.csv", NEW, COLUMNS)],
            codebook,
            [table("fix.csv", [line.split(",") for line in corrections], CORRECTION)],
            [table("gone.csv", [line.split(",") for line in withdrawn], WITHDRAWAL)],
        )

    return run


def test_a_withdrawn_patient_leaves_before_anything_is_checked(clean):
    patients, log, flow, cells = clean()
    assert patients["patient_id"].tolist() == ["P01", "P02", "P04"]
    # Received = withdrawn + excluded (P05: nothing after chemotherapy) + analysed.
    assert flow[["step", "patients"]].values.tolist() == [
        ["received", 5], ["withdrawn", 1], ["no_follow_up_imaging", 1], ["analysed", 3]
    ]  # fmt: skip
    assert "P03" not in set(cells["patient_id"])
    assert not {"x", "700"} & {*log["raw"], *cells["raw"]}


def test_without_withdrawals_there_is_no_such_step(codebook):
    _, _, flow, _ = clean_cohort([table("new.csv", NEW, COLUMNS)], codebook)
    assert "withdrawn" not in set(flow["step"])


def test_a_missing_cell_may_be_quoted_in_any_spelling(clean):
    patients, *_ = clean(["P02,cycles,not known,5,as in the notes"])
    assert patients.set_index("patient_id").loc["P02", "cycles"] == 5


@pytest.mark.parametrize(
    ("columns", "known"),
    [
        (["Patient Id", "Reason"], True),
        (["patient-id", " REASON "], True),
        (["P03", "told by Zebulon"], False),
        (["patient_id", "reason", "Zebulon Quack"], False),
    ],
)
def test_the_headings_of_an_amending_table(codebook, columns, known):
    rows = [["P03", *[""] * (len(columns) - 1)]]
    tables = [table("new.csv", NEW, COLUMNS), table("old.csv", OLD, COLUMNS)]
    arguments = tables, codebook, [], [table("gone.csv", rows, columns)]
    if known:
        assert "P03" not in set(clean_cohort(*arguments)[0]["patient_id"])
        return
    with pytest.raises(InputError) as caught:
        clean_cohort(*arguments)
    told = str(caught.value)
    assert "expected the columns patient_id,reason" in told
    assert "Zebulon" not in told and "Quack" not in told


def test_a_correction_replaces_the_raw_cell_before_it_is_read(clean):
    patients, log, _, cells = clean(
        ["P01,Size_pre_cm, 4.0 ,4.4,read anew", "P02,sex,F,female,as in the notes",
         "P04,cycles,8,,not documented"]
    )  # fmt: skip
    assert patients.set_index("patient_id").loc["P01", "size_pre_mm"] == 44
    assert patients.set_index("patient_id")["cycles"].isna().tolist() == [False, True, True]
    corrected = log[log["rule"].str.startswith("correction")]
    assert corrected.values.tolist() == [
        ["old.csv", 2, "size_pre_cm", "4.0", "44", "correction: read anew"],
        ["old.csv", 3, "sex", " F", "female", "correction: as in the notes"],
        ["new.csv", 2, "cycles", "8", "", "correction: not documented"],
    ]
    of_sex = cells[(cells["patient_id"] == "P02") & (cells["variable"] == "sex")].iloc[0]
    assert (of_sex["raw"], of_sex["clean"]) == (" F", "female")


def test_a_correction_is_logged_where_the_clean_value_is_what_was_received(clean):
    _, log, *_ = clean(["P04,sex,male,M,another spelling"])
    assert ["new.csv", 2, "sex", "male", "male", "correction: another spelling"] in (
        log.values.tolist()
    )


def test_what_was_received_stays_as_it_is(codebook):
    received = table("new.csv", NEW, COLUMNS)
    before = received[1].copy()
    fix = table("fix.csv", [["P04", "cycles", "8", "9", "why"]], CORRECTION)
    gone = table("gone.csv", [["P05", ""]], WITHDRAWAL)
    clean_cohort([received], codebook, [fix], [gone])
    pd.testing.assert_frame_equal(received[1], before)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("P09,cycles,6,5,why", ("patient_id", "P09", "the id of a patient in the raw files")),
        ("P03,cycles,700,7,why", ("patient_id", "P03", "a patient who has not withdrawn")),
        ("P01,dose,6,5,why", ("column", "dose", "a column of old.csv: " + ", ".join(COLUMNS))),
        ("P01,cycles,7,5,why",
         ("old", "7", "what old.csv, row 2, column cycles holds: '6'")),
        ("P01,cycles,6,6,why", ("new", "6", "another value than the old one")),
        ("P01,cycles,6,5, ", ("reason", "", "why the cell was corrected")),
    ],
)  # fmt: skip
def test_a_correction_that_does_not_fit_is_refused(clean, line, problem):
    with pytest.raises(InputError) as caught:
        clean([line])
    assert caught.value.problems == [("fix.csv", 2, *problem)]


def test_a_correction_of_a_column_that_is_not_read_is_refused(codebook):
    raw = table("new.csv", [[*row, "A"] for row in NEW], [*COLUMNS, "nurse"])
    fix = table("fix.csv", [["P04", "nurse", "A", "B", "why"]], CORRECTION)
    own = codebook | {"ignored": ["Nurse"]}
    with pytest.raises(InputError) as caught:
        clean_cohort([raw], own, [fix])
    expected = "a column of new.csv: " + ", ".join(COLUMNS)
    assert caught.value.problems == [("fix.csv", 2, "column", "nurse", expected)]


def test_all_that_does_not_fit_is_told_at_once(clean):
    with pytest.raises(InputError) as caught:
        clean(
            ["P01,cycles,6,5,why", "P01,CYCLES,6,7,why", "P02,age,51,151,typo", "P03,age,x,40,why"],
            ["P03,", "P03,", "P08,moved"],
        )
    assert caught.value.problems == [
        ("fix.csv", 3, "column", "CYCLES", "each cell once; fix.csv, row 2 has it too"),
        ("fix.csv", 5, "patient_id", "P03", "a patient who has not withdrawn"),
        ("gone.csv", 3, "patient_id", "P03", "each patient once"),
        ("gone.csv", 4, "patient_id", "P08", "the id of a patient in the raw files"),
        ("old.csv", 3, "age", "151", "16 to 100 years (a correction: fix.csv, row 4)"),
    ]


def test_a_table_of_another_shape_is_refused(codebook):
    fix = table("fix.csv", [["P04", "cycles"]], ["patient_id", "column"])
    with pytest.raises(InputError, match=r"fix\.csv, row 1: found 'patient_id,column'; expected "):
        clean_cohort([table("new.csv", NEW, COLUMNS)], codebook, [fix])


def test_everybody_withdrew(clean):
    with pytest.raises(InputError, match="no patient is left"):
        clean(withdrawn=[f"P0{i}," for i in range(1, 6)])
