"""Tables of the same patients are joined by id; each cell is told where it was received."""

from time import process_time

import pandas as pd
import pytest

from crlm.base.problems import InputError
from crlm.cohort.admission import admit_tables
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.questions import ask_lacking, count_missing, gather
from crlm.plan.additions import codebook_of
from crlm.received.redcap import missing_codes
from crlm.received.tables import read_raws

BASE = """\
patient_id,age,sex,lesions_pre,size_pre_mm
P1,50,m,2,35
P2,51,f,1,20
P3,52,m,4,60
"""
AFTER = """\
ID,gender,lesions_post,size_post_cm,cycles
P3,male,2,4.5,6
P1,,1,3,?
P2,F,0,0,4
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write tables as raw files, and read them."""
    monkeypatch.chdir(tmp_path)

    def write_and_read(codebook, *tables, dictionaries=(), names=("a.csv", "b.csv", "c.csv")):
        for name, text in zip(names, (*tables, *dictionaries), strict=False):
            (tmp_path / name).write_text(text, encoding="utf-8")
        n = len(tables)
        return read_raws(names[:n], names[n : n + len(dictionaries)], codebook)

    return write_and_read


def problems_of(tables, codebook):
    with pytest.raises(InputError) as error:
        clean_cohort(tables, codebook)
    return [tuple(problem) for problem in error.value.problems]


def test_tables_with_different_columns_are_joined(write, codebook):
    tables, notes = write(codebook, BASE, AFTER)
    patients, log, flow, cells = clean_cohort(tables, codebook)
    patients = patients.set_index("patient_id")
    assert patients["lesions_post"].to_dict() == {"P1": 1, "P2": 0, "P3": 2}
    assert patients["size_post_mm"].to_dict() == {"P1": 30, "P2": 0, "P3": 45}
    assert patients["sex"].to_dict() == {"P1": "male", "P2": "female", "P3": "male"}
    assert flow["patients"].tolist() == [3, 0, 3]
    places = {(c.patient_id, c.variable): (c.file, c.row, c.column) for c in cells.itertuples()}
    assert places["P3", "size_post_mm"] == ("b.csv", 2, "size_post_cm")
    assert places["P3", "sex"] == ("a.csv", 4, "sex")
    assert ("b.csv", 2, "size_post_cm", "4.5", "45", "cm to mm") in log.itertuples(index=False)
    assert [note.note for note in notes if "joined" in note.note] == [
        "joined by patient: a.csv, b.csv"
    ] * 2
    # the report counts each patient once, and no variable that another file has as lacking
    cells = cells.astype(str)
    assert gather(cells, codebook)[["file", "row"]].to_numpy().tolist() == [
        ["a.csv", 2], ["a.csv", 3], ["a.csv", 4]
    ]  # fmt: skip
    assert dict(count_missing(cells, codebook))["cycles"][-1] == "1 of 3"
    assert all("cycles" not in q.question for q in ask_lacking(cells, codebook))


def test_the_id_decides_in_its_plain_form(write, codebook):
    tables, _ = write(codebook, BASE, AFTER.replace("P", "\u200bP"))  # a zero-width space
    assert clean_cohort(tables, codebook)[0]["cycles"].notna().sum() == 2


def test_a_correction_finds_a_cell_of_either_table(write, codebook):
    tables, _ = write(codebook, BASE, AFTER)
    fix = pd.DataFrame([["P3", "cycles", "6", "7", "slip"]], [2],
                       ["patient_id", "column", "old", "new", "reason"])  # fmt: skip
    _, log, _, _ = clean_cohort(tables, codebook, [("fix.csv", fix, [])])
    assert ("b.csv", 2, "cycles", "6", "7", "correction: slip") in log.itertuples(index=False)


def test_cells_that_contradict_each_other_are_refused(write, codebook):
    tables, _ = write(codebook, BASE, AFTER.replace("P3,male,2", "P3,f,2x"))
    assert problems_of(tables, codebook) == [
        ("b.csv", "2", "gender", "f", "one value a patient, as a.csv, column sex has it: row 4 m; "
         "or another id where it is another patient"),
        ("b.csv", 2, "lesions_post", "2x", "a number (lesions)"),
    ]  # fmt: skip


def test_a_contradiction_shows_nothing_that_the_codebook_does_not_know(write, codebook):
    base = BASE.replace("sex", "sex,surname,clerk").replace(",m,", ",m,Meier,Weiss,")
    base = base.replace(",f,", ",f,Huber,Weiss,")
    after = AFTER.replace("cycles", "cycles,surname,clerk").replace("6\n", "6,Mayer,Braun\n")
    after = after.replace("?\n", "?,Meier,Braun\n").replace(",4\n", ",4,Huber,Braun\n")
    tables, _ = write(codebook | {"dropped": ["clerk"]}, base, after)
    ((_, _, (problem,)),) = tables[2:]
    assert problem[:4] == ("b.csv", "2", "surname", "(not shown)")
    assert "row 4 (not shown)" in problem.expected
    assert write(codebook | {"dropped": ["clerk", "surname"]}, base, after)[0][2:] == []


@pytest.mark.parametrize("codes", [["?", "NA", "-", "999"], ["", "?", "NA", "-", "999"]])
def test_what_is_missing_in_several_tables_is_missing_as_one_has_it(write, codebook, codes):
    """999 too, in a column whose unit is another in the table before; a blank says nothing."""
    codebook = codebook | {"missing_codes": codes}
    before = BASE.replace("size_pre_mm", "size_pre_mm,cycles,size_post_mm").replace("5\n", "5,?,\n")
    before = before.replace("0\n", "0,6,40\n")
    after = "id,age,sex,lesions_pre,lesions_post,size_post_cm,cycles\nP1,50,m,2,1,NA,-\n"
    after += "P2,51,f,1,2,4.0,6\nP4,49,m,3,2,999,5\n"
    tables, _ = write(codebook, before, after)
    patients, *_ = clean_cohort(tables, codebook)
    found = patients.set_index("patient_id")[["cycles", "size_post_mm"]].fillna(0)
    assert found.loc[["P1", "P2", "P4"]].to_numpy().tolist() == [[0, 0], [6, 40], [5, 0]]


def test_a_patient_of_one_table_only_is_told(write, codebook):
    """What each patient must have is in the other table; where it is not needed, a note tells."""
    tables, notes = write(codebook, BASE, AFTER.replace("P2", "P7"))
    assert notes[-2].note == (
        "joined by patient: a.csv, b.csv; 1 of 4 patients are not in this file; in this file only: "
        "row 3"
    )
    expected = "these patients in another file too, which has age"
    assert ("b.csv", "4", "ID", "1 id of this file only", expected) in problems_of(tables, codebook)
    tables, notes = write(codebook, BASE, "\n".join(AFTER.splitlines()[:3]))
    assert "in this file only: row 3" in notes[-2].note
    assert len(clean_cohort(tables, codebook)[0]) == 2  # without imaging after chemotherapy


def test_what_identifies_is_told_where_it_stands(write, codebook):
    tables, _ = write(codebook, BASE, AFTER.replace("cycles", "phone").replace("?", "0171 123456"))
    with pytest.raises(InputError) as error:
        admit_tables(tables, codebook)
    assert error.value.problems[0][:3] == ("b.csv", 3, "phone")


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        ("id,cycles\nP1,4\nP2,4\nP3,6\n", True),
        ("id,cycles\nP2,4\nP3,6\nP9,6\n", True),
        ("id,cycles\nP3,4\nP8,4\nP9,6\n", False),  # most are other patients
        ("id,age\nP1,50\nP2,51\nP3,52\n", False),  # nothing new: each patient once
        ("id,cycles\nP1,4\nP1,5\nP2,6\nP3,6\n", False),  # several rows a patient
        ("number,cycles\nP1,4\nP2,4\nP3,6\n", False),
    ],
)
def test_which_tables_are_joined(write, codebook, other, joined):
    tables, notes = write(codebook, BASE, other)
    assert any("joined" in note.note for note in notes) == joined
    assert [file for file, *_ in tables][:2] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    "form",
    ["Patient {}", "p0{}", "{}", "P-0{}", "P O{}"],
    ids=["word", "case", "bare", "dash", "O"],
)
def test_ids_written_otherwise_than_in_another_table_are_told_once(write, codebook, form):
    rows = [f"{form.format(i)},{cycles}" for i, cycles in ((3, 4), (1, 6), (2, 8))]
    tables, _ = write(codebook, BASE, "\n".join(["id,cycles", *rows]))
    ((file, row, column, found, expected), *others) = problems_of(tables, codebook)
    assert (file, row, column) == ("b.csv", "2, 3, 4", "id")
    assert found == "3 ids written otherwise than in a.csv"
    assert "the ids as a.csv has them" in expected
    # what is in a.csv alone: nobody is told as lacking what b.csv has
    assert not others or {other[0] for other in others} == {"a.csv"}


def test_tables_of_other_patients_are_stacked(write, codebook):
    tables, _ = write(codebook, BASE, BASE.replace("P", "Q"), AFTER)
    assert len(clean_cohort(tables, codebook)[2]) == 3
    assert [len(frame) for _, frame, _ in tables] == [3, 3, 0]


# --- REDCap ---------------------------------------------------------------------------------------

DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\
"Choices, Calculations, OR Slider Labels",Identifier?,Field Annotation
record_id,base,,text,ID,,y,
age,base,,text,Age,,,
sex,base,,radio,Sex,"1, Male | 2, Female",,"@MISSINGCODES='-99, unknown | NASK, not asked'"
n_before,base,,text,Number,,,
n_after,fu,,text,Number,,,
size_mm,scan,,text,Size,,,
cycle_no,cycle,,text,Cycle,,,
change,fu,,calc,Change,[a]-[b],,
born,base,,text,Born,,y,
story,base,,notes,Story,,,
"""
EXPORT = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,sex,n_before,n_after,\
size_mm,cycle_no,change,born,story,fu_complete,fu_timestamp
1,base_arm_1,,,50,1,2,,35,,,1970-01-02,long,,
1,base_arm_1,cycle,1,,,,,,1,,,,,
1,base_arm_1,cycle,2,,,,,,2,,,,,
1,fu_arm_1,,,,,,1,30,,-5,,,2,2025-01-01 10:00
2,base_arm_1,,,51,-99,3,,20,,,,,,
2,base_arm_1,cycle,1,,,,,,1,,,,,
2,fu_arm_1,,,,,,3x,25,,5,,,2,
"""


def with_columns(codebook, **columns):
    variables = {
        name: variable | {"columns": variable["columns"] | columns.get(name, {})}
        for name, variable in codebook["variables"].items()
    }
    return codebook | {"variables": variables}


EVENTS = {
    "lesions_pre": {"n_before": "lesions"},
    "lesions_post": {"n_after": "lesions"},
    "size_pre_mm": {"size_mm@base_arm_1": "mm"},
    "size_post_mm": {"size_mm@fu_arm_1": "mm"},
    "cycles": {"cycle_no@max": "cycles"},
}


def test_rc_events_are_joined_by_record(write, codebook):
    own = with_columns(codebook, **EVENTS)
    tables, notes = write(own, EXPORT, dictionaries=[DICTIONARY])
    ((file, frame, problems),) = tables
    assert (file, problems, len(frame)) == ("a.csv", [], 2)
    assert frame.to_dict("list") == {
        "record_id": ["1", "2"], "age": ["50", "51"], "sex": ["Male", ""], "n_before": ["2", "3"],
        "n_after": ["1", "3x"], "size_mm@base_arm_1": ["35", "20"],
        "size_mm@fu_arm_1": ["30", "25"], "cycle_no@max": ["2", "1"],
    }  # fmt: skip
    told = {(note.column, note.note) for note in notes}
    assert told >= {
        ("", "7 rows joined to 2 records"),
        ("size_mm", "one column for each event, since it differs between them"),
        ("cycle_no", "of each record the max"),
        ("change", "left out: calculated by REDCap"),
        ("born", "left out: marked as an identifier in REDCap"),
        ("story", "left out: free text"),
        ("fu_timestamp", "left out: a status of REDCap, no data"),
        ("sex", "missing by the data dictionary, read as empty: 1"),
    }
    # the rows are those of the file
    assert [p[:4] for p in problems_of(tables, own)] == [
        ("a.csv", 6, "sex", ""), ("a.csv", 8, "n_after", "3x")
    ]  # fmt: skip


# As rc.csv: decimal commas, boxes, an unknown regimen, the cycles in an instrument that repeats.
RC_DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\
"Choices, Calculations, OR Slider Labels",Identifier?,Field Note
record_id,baseline,,text,ID,,,
age,baseline,,text,Age,,,
sex,baseline,,radio,Sex,"1, Male | 2, Female",,
comorb,baseline,,checkbox,Comorbidities,"1, Diabetes | 2, Hypertension",,
size,scan,,text,Largest (cm),,,
n,scan,,text,Number,,,9 = not known
regimen,chemo,,dropdown,Regimen,"1, XELOX | 99, Unknown",,
cycle_no,cycle,,text,Cycle,,,
"""
RC = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,sex,comorb___1,comorb___2,\
size,n,regimen,cycle_no,scan_complete
1,before_arm_1,,,51,2,0,1,"3,5",2,99,,2
1,before_arm_1,cycle,1,,,,,,,,1,
1,before_arm_1,cycle,2,,,,,,,,2,
1,after_arm_1,,,,,,,"2,5",9,,,2
2,before_arm_1,,,52,1,1,0,"6,2",3,1,,2
2,before_arm_1,cycle,1,,,,,,,,1,
2,after_arm_1,,,,,,,"5,0",3,,,2
"""


BOXES = ["diabetes", "hypertension"]


def test_rc(write, codebook):
    own = codebook_of(codebook, {"variables": {
        "comorbidity": {"columns": {"comorb": None}, "levels": {"yes": BOXES}},
        "size_pre_mm": {"columns": {"size@before_arm_1": "cm"}},
        "size_post_mm": {"columns": {"size@after_arm_1": "cm"}},
        "lesions_pre": {"columns": {"n@before_arm_1": "lesions"}},
        "lesions_post": {"columns": {"n@after_arm_1": "lesions"}},
        "cycles": {"columns": {"cycle_no@max": "cycles"}},
    }})  # fmt: skip
    tables, _ = write(own, RC, dictionaries=[RC_DICTIONARY])
    patients, *_ = clean_cohort(tables, own)
    names = ["sex", "comorbidity", "regimen", "lesions_pre", "lesions_post", "size_pre_mm",
             "size_post_mm", "cycles"]  # fmt: skip
    found = patients[names].astype(object).fillna("").to_numpy().tolist()
    assert found == [
        ["female", "yes", "", 2, "", 35, 25, 2], ["male", "yes", "xelox", 3, 3, 62, 50, 1]
    ]  # fmt: skip


def declare(of_field: str, more: str = "") -> str:
    """Return a dictionary whose field of the number after chemotherapy is told `of_field`."""
    head, *lines = DICTIONARY.splitlines()
    lines = [f"{line}," for line in lines if not line.startswith("n_after")]
    return "\n".join([f"{head},{more or 'Field Note'}", *lines, of_field]) + "\n"


@pytest.mark.parametrize(
    ("dictionary", "cells"),
    [
        (declare("n_after,fu,,text,Number,,,,9 = unknown"), ["", "0"]),
        (declare("n_after,fu,,text,Number,,,,enter 9 if not known"), ["", "0"]),
        (declare("n_after,fu,,text,Number,,,,Unbekannt: 9"), ["", "0"]),
        (declare("n_after,fu,,text,Number (9 = k.A.),,,,"), ["", "0"]),
        (declare("n_after,fu,,text,Number,,,@MISSING-DATA-CODES='9|8',"), ["", "0"]),
        (declare("n_after,fu,,text,Number,,,\"Missing: 8, 9\","), ["", "0"]),
        (declare('n_after,fu,,text,Number,,,,"9, Not done | 8, Lost"', "Missing Data Codes"),
         ["", "0"]),
        (declare("n_after,fu,,text,Number,,,,0 = none; 9 = nine or more"), ["9", "0"]),
        (declare("n_after,fu,,text,Number,,,@NOMISSING,from 0 to 9: unknown to none"), ["9", "0"]),
    ],
)  # fmt: skip
def test_missing_codes_that_a_dictionary_declares(write, codebook, dictionary, cells):
    export = EXPORT.replace("fu_arm_1,,,,,,1,", "fu_arm_1,,,,,,9,").replace(",3x,", ",0,")
    own = with_columns(codebook, **EVENTS)
    ((_, frame, problems),), notes = write(own, export, dictionaries=[dictionary])
    assert (problems, frame["n_after"].tolist()) == ([], cells)
    told = [note for note in notes if "missing by the data dictionary" in note.note]
    assert ("n_after" in [note.column for note in told]) == (cells[0] == "")


def test_a_dictionary_of_more_fields_than_any_export_has_is_refused(write, codebook, monkeypatch):
    monkeypatch.setattr("crlm.received.redcap.MOST_FIELDS", 5)
    *_, (_, _, (problem,)) = write(codebook, EXPORT, dictionaries=[DICTIONARY])[0]
    assert problem.value == "fields of more than 5 columns"


@pytest.mark.parametrize("text", ["a", "MISSING ", "@MISSING-", "9 = ", "<a"])
def test_a_dictionary_of_long_texts_is_read_within_seconds(text):
    said = text * (32_000 // len(text))
    line = pd.Series({"Field Label": said, "Field Note": said, "Field Annotation": said})
    begun = process_time()
    assert missing_codes(line) == set()
    assert process_time() - begun < 5


def test_a_code_that_no_choice_is_names_the_way_out(write, codebook):
    export = EXPORT.replace(",51,-99,", ",51,-12,")
    ((_, _, (problem,)),), _ = write(
        codebook, export, dictionaries=[DICTIONARY.replace("-99", "9")]
    )
    assert problem[:4] == ("a.csv", 6, "sex", "-12")
    assert problem.expected.endswith(
        "missing data code of the project: '-12' among `missing_codes` of the codebook, in the "
        "cohort's file"
    )
    own = codebook_of(codebook, {"missing_codes": ["-12"]})
    ((_, _, problems),), _ = write(own, export, dictionaries=[DICTIONARY])
    assert problems == []


def test_a_field_that_differs_between_events_names_the_way_out(write, codebook):
    own = with_columns(codebook, **EVENTS | {"size_pre_mm": {"size_mm": "mm"}})
    ((_, _, (problem,)),), _ = write(own, EXPORT, dictionaries=[DICTIONARY])
    assert problem == (
        "a.csv", "2, 5", "size_mm", "different values in 1",
        "one value a record: under `columns` of the codebook, name the event's, as "
        "size_mm@base_arm_1 or size_mm@fu_arm_1, in place of size_mm",
    )  # fmt: skip


def test_an_instrument_that_repeats_names_the_way_out(write, codebook):
    own = with_columns(codebook, **EVENTS | {"cycles": {"cycle_no": "cycles"}})
    ((_, _, (problem,)),), _ = write(own, EXPORT, dictionaries=[DICTIONARY])
    assert problem[1:4] == ("3, 4", "cycle_no", "different values in 1")
    assert "cycle_no@max, cycle_no@min or cycle_no@count in place of cycle_no" in problem.expected
    # where the codebook does not read it, it is left out, and told
    ((_, frame, problems),), notes = write(codebook, EXPORT, dictionaries=[DICTIONARY])
    assert problems == []
    assert not [column for column in frame if column.startswith("cycle_no")]
    assert any(note.note.startswith("left out: it differs") for note in notes)


@pytest.mark.parametrize(("how", "found"), [("max", ["2", "1"]), ("count", ["2", "1"]),
                                            ("min", ["1", "1"])])  # fmt: skip
def test_summaries_of_instruments_that_repeat(write, codebook, how, found):
    own = with_columns(codebook, cycles={f"cycle_no@{how}": "cycles"})
    more = "1,base_arm_1,cycle,3,,,,,,{},,,,,\n"
    for export in (EXPORT, EXPORT + more.format("999")):  # a code of `missing_codes`
        ((_, frame, _),), _ = write(own, export, dictionaries=[DICTIONARY])
        assert frame[f"cycle_no@{how}"].tolist() == found
    ((_, _, (problem,)),), _ = write(own, EXPORT + more.format("NI"), dictionaries=[DICTIONARY])
    assert problem[1:3] == (9, "cycle_no")


def test_an_event_that_is_read_and_holds_two_values_is_told(write, codebook):
    own = with_columns(codebook, **EVENTS)
    again = "1,fu_arm_1,,,,,,1,31,,-5,,,2,2025-01-01 10:00\n"
    ((_, _, (problem,)),), _ = write(own, EXPORT + again, dictionaries=[DICTIONARY])
    assert problem[1:4] == ("2, 5, 9", "size_mm", "different values in 1")


def test_what_the_codebook_reads_is_not_left_out(write, codebook):
    own = with_columns(codebook, size_post_mm={"change": "mm"}, surgery_year={"born": None})
    ((_, frame, _),), _ = write(own, EXPORT, dictionaries=[DICTIONARY])
    assert frame["change"].tolist() == ["-5", "5"]
    assert frame["born"].tolist() == ["1970-01-02", ""]


ONE = """\
record_id,redcap_event_name,age,sex,n_before,n_after,size_mm
1,base_arm_1,50,1.0,2,1,35
2,base_arm_1,51,2.00,3,2,20
"""
PLAIN = {"size_pre_mm": {"size_mm": "mm"}, "size_post_mm": {}}


@pytest.mark.parametrize(
    ("export", "own", "sizes"),
    [
        (ONE, PLAIN, ["35", "20"]),
        (ONE, {}, ["35", "20"]),  # size_mm@base_arm_1, though nothing differs between events
        (ONE.replace("redcap_event_name,", "").replace("base_arm_1,", ""), PLAIN, ["35", "20"]),
        # an instrument that repeats in a project without events
        (ONE.replace("event_name", "repeat_instrument").replace("base_arm_1", "")
         + "1,scan,,,,,36\n1,scan,,,,,38\n", {"size_pre_mm": {"size_mm@max": "mm"}},
         ["38", "20"]),
        # filled in one of two events
        (ONE + "1,fu_arm_1,,,,,\n2,fu_arm_1,,,,,\n", {}, ["35", "20"]),
    ],
    ids=["one event", "one event named", "no events", "repeats", "one event filled"],
)  # fmt: skip
def test_an_export_of_one_event_is_read(write, codebook, export, own, sizes):
    """Its codes may have the decimals that a spreadsheet gives them."""
    own = with_columns(codebook, **EVENTS | own)
    tables, _ = write(own, export, dictionaries=[DICTIONARY])
    patients = clean_cohort(tables, own)[0].set_index("patient_id")
    assert patients["sex"].to_dict() == {"1": "male", "2": "female"}
    assert patients["size_pre_mm"].tolist() == [*map(float, sizes)]


def test_without_the_rows_of_an_event_nobody_is_left_and_the_cause_is_told(write, codebook):
    own = with_columns(codebook, **EVENTS)
    export = ONE.replace(",1,35", ",,35").replace(",2,20", ",,20")
    tables, _ = write(own, export, dictionaries=[DICTIONARY])
    with pytest.raises(InputError) as error:
        clean_cohort(tables, own)
    (told,) = error.value.problems
    assert "expected values of lesions_post or size_post_mm: their columns" in told
    assert "the rows of all events" in told


def test_a_code_for_missing_data_is_asked_where_it_stands(write, codebook):
    own = with_columns(codebook, **EVENTS)
    export = ONE + "1,fu_arm_1,,,,,NASK\n2,fu_arm_1,,,,,-99\n"
    tables, _ = write(own, export, dictionaries=[DICTIONARY])
    assert [p[:4] for p in problems_of(tables, own)] == [
        ("a.csv", 4, "size_mm", "NASK"), ("a.csv", 5, "size_mm", "-99")
    ]  # fmt: skip


@pytest.mark.parametrize(("file", "column"), [("a.csv", "age"), ("b.csv", "cycles")])
def test_answers_name_the_file_in_which_a_cell_was_received(write, codebook, file, column):
    tables, _ = write(codebook, BASE.replace("50,m", "99,m"), AFTER.replace("0,0,4", "0,0,99"))
    places = [p[:3] for p in problems_of(tables, codebook)]
    assert places == [("a.csv", 2, "age"), ("b.csv", 4, "cycles")]
    answer = {"file": file, "column": column, "values": ["99"], "means": "right", "reason": "x"}
    if column == "cycles":
        answer["means"] = "missing"  # 99 are more than there can be
    own = codebook_of(codebook, {"answers": [answer]})
    assert [p[0] for p in problems_of(tables, own)] == [f for f, *_ in places if f != file]


def test_labels_in_place_of_codes(write, codebook):
    """An export of labels is one, where no cell of the column is a code."""
    export = EXPORT.replace(",50,1,", ",50,Male,").replace(",51,-99,", ",51,UNKNOWN,")
    ((_, frame, problems),), _ = write(codebook, export, dictionaries=[DICTIONARY])
    assert (problems, frame["sex"].tolist()) == ([], ["Male", "UNKNOWN"])  # a missing code


def test_the_dictionary_may_come_from_elsewhere(write, codebook):
    """With semicolons and a byte-order mark, or from REDCap's API."""
    for old, new in [(",", ";"), ("Variable / Field Name", "field_name")]:
        head, *lines = DICTIONARY.replace("-99, unknown", "-99").splitlines()
        if old == ",":
            text = "\ufeff" + "\n".join([head, *lines[:2], *lines[3:]]).replace(old, new)
            text = text.replace('"Choices; Calculations; OR', '"Choices, Calculations, OR')
            text += '\nsex;base;;radio;Sex;"1, Male | 2, Female";;"@MISSING=-99"\n'
        else:
            for name, api in [
                ("Variable / Field Name", "field_name"), ("Form Name", "form_name"),
                ("Field Type", "field_type"), ("Identifier?", "identifier"),
                ("Field Annotation", "field_annotation"),
                ('"Choices, Calculations, OR Slider Labels"', "select_choices_or_calculations"),
            ]:  # fmt: skip
                head = head.replace(name, api)
            text = "\n".join([head, *lines])
        ((_, frame, problems),), _ = write(codebook, EXPORT, dictionaries=[text])
        assert (problems, frame["sex"].tolist()) == ([], ["Male", ""])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("record_id,redcap_event_name,age\n1,e,50\n", "redcap_event_name"),
        ("record_id,age,base_complete\n1,50,2\n", "base_complete"),
        ("record_id,drugs___1,drugs___2\n1,0,1\n", "drugs___1, drugs___2"),
    ],
)
def test_redcap_codes_ask_for_the_dictionary(write, codebook, text, told):
    ((_, _, (problem,)),), _ = write(codebook, text)
    assert problem.value == f"a REDCap export ({told})"
    assert problem.expected.startswith("its data dictionary, named under `dictionaries`")


def test_events_in_files_of_their_own_are_joined(write, codebook):
    own = with_columns(codebook, **EVENTS)
    before = "record_id,redcap_event_name,age,sex,n_before\n1,base_arm_1,50,1,2\n2,b,51,2,3\n"
    after = "record_id,redcap_event_name,n_after\n2,fu_arm_1,1\n1,fu_arm_1,4\n"
    tables, _ = write(own, before, after, dictionaries=[DICTIONARY])
    patients, log, _, _ = clean_cohort(tables, own | {"checks": [], "exclusions": []})
    assert patients["lesions_post"].tolist() == [4, 1]
    assert ("a.csv", 3, "sex") in log[["file", "row", "column"]].itertuples(index=False, name=None)


def test_a_table_that_is_none_does_not(write, codebook):
    ((_, _, problems),), _ = write(codebook, "id,age,resection_complete\n1,50,yes\n2,51,no\n")
    assert problems == []
