"""The transcription against a paper's text: an invented page here, the counts of the real one."""

from pathlib import Path

import pandas as pd
import pytest
from transcribed import (
    compare_numbers,
    count_numbers,
    find_numbers,
    main,
    read_transcription,
    split_sections,
)

PUBLISHED = Path(__file__).parents[3] / "data/published"
PAGE = """A title
Methods: thirty-two patients between 2001 and 2003.
1. Introduction
Cure in 12% (Doe et al, 1999).
3. Results :-
Half of them (16) had T2 or N1 tumours; no one died ($p = 0.80$).
Table 1 :- Patients
Age\tMean \\pm SD\t45.0 \\pm 9.9
Size\t\\geq 4 cm\t7 (3-9)

Later, 2 more.
Figure (1) Age
References
1. Doe J. A journal. 1999;7:1-9.
"""
OWN = [
    ("abstract", "32"), ("abstract", "2001"), ("abstract", "2003"), ("results", "50"),
    ("results", "16"), ("results", "0"), ("results", "0.80"), ("results", "2"), ("table1", "45.0"),
    ("table1", "9.9"), ("table1", "4"), ("table1", "7"), ("table1", "3"), ("table1", "9"),
]  # fmt: skip
OTHERS = [
    ("introduction", "1", "structural", "1"),
    ("introduction", "12", "others", "1"),
    ("introduction", "1999", "structural", "1"),
    ("results", "3", "structural", "1"),
    ("table1", "1", "structural", "1"),
    ("figures", "1", "structural", "1"),
    ("references", "", "structural", "5"),  # 1, 1999, 7, 1, 9
]


def frames(own=OWN, others=OTHERS):
    return (
        pd.DataFrame(own, columns=["section", "text"]),
        pd.DataFrame(others, columns=["section", "text", "about", "count"]),
    )


def test_a_text_is_split_where_its_headings_tables_and_captions_stand():
    sections = split_sections(PAGE)
    assert list(sections) == [
        "abstract", "introduction", "results", "table1", "figures", "references"
    ]  # fmt: skip
    assert "Later, 2 more." in sections["results"] and "45.0" not in sections["results"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("89.47 and 89.5 %", ["89.47", "89.5"]),
        ("(3-9), 45.8±15.7, 10.8–22.7", ["3", "9", "45.8", "15.7", "10.8", "22.7"]),
        (r"\geq 4 cm, $< 4\text{cm}$, >1cm, <6", ["4", "4", "1", "6"]),
        ("T4 N0, S15, FOLFOX4, 5FU", []),  # names
        ("Twenty five, twenty-\nfive, half, no one", ["25", "25", "50", "0"]),
        ("Someone often attends", []),  # no words within words
        ("5-year 1:1 (n=14) 2.", ["5", "1", "1", "14", "2"]),
    ],
)
def test_numbers_are_found_in_digits_and_words(text, numbers):
    assert [number for number, _ in find_numbers(text)] == numbers


def test_a_whole_transcription_leaves_nothing():
    assert compare_numbers(PAGE, *frames()).empty


@pytest.mark.parametrize("missing", range(len(OWN)))
def test_a_number_that_the_transcription_lacks_is_told(missing):
    own = [row for i, row in enumerate(OWN) if i != missing]
    (found,) = compare_numbers(PAGE, *frames(own)).itertuples()
    assert (found.section, found.number) == OWN[missing]
    assert found.text == found.transcribed + 1 and found.places


@pytest.mark.parametrize("added", [("results", "17"), ("table1", "45"), ("methods", "32")])
def test_a_number_that_the_text_lacks_is_told(added):
    (found,) = compare_numbers(PAGE, *frames([*OWN, added])).itertuples()
    assert (found.section, found.number, found.text, found.transcribed) == (*added, 0, 1)


def test_numbers_are_counted_by_section():
    counts = count_numbers(*frames()).set_index("section")
    assert counts.loc["results"].tolist() == [6, 5, 0, 1]
    assert counts.loc["introduction"].tolist() == [3, 0, 1, 2]


def test_the_command_tells_by_its_exit_code(tmp_path, capsys):
    (tmp_path / "page.txt").write_text("Methods: 25 patients.", encoding="utf-8")
    assert main(str(tmp_path / "page.txt"), str(PUBLISHED)) == 1
    assert "results: 60.8 stands 0 times in the text, 1 times in the tran" in capsys.readouterr()[0]


def test_the_recorded_counts_are_those_of_the_transcription():
    recorded = pd.read_csv(PUBLISHED / "coverage.csv")
    counts = count_numbers(*read_transcription(PUBLISHED))
    pd.testing.assert_frame_equal(counts, recorded, check_dtype=False)
    # counted on the printed pages: 263 cells of the four tables, 164 numbers of text and labels
    assert recorded["own"].sum() == 263 + 164
