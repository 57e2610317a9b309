"""Direct identifiers: each kind is found, told without being shown; clinical tables raise none."""

import time

import pandas as pd
import pytest
import yaml
from project import ROOT

from crlm.base.masking import identifier, names_somebody, shown_text, suspected_kind
from crlm.base.problems import InputError
from crlm.cohort.admission import admit_tables
from crlm.cohort.amendments import CORRECTION
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.identifiers import find_identifiers, judge_reason, shown
from crlm.plan.additions import codebook_of
from crlm.received.tables import read_raws


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        *((c, "date") for c in (
            "١٢/٠٣/١٩٦٥", "12 / 03 / 1965", "12 03 1965", "12.03.1965.", "1965 March 12",
            "12 مارس 1965", "12 de marzo de 1965", "12 Mart 1965", "12 марта 1965", "12-Mar-65",
            "March 1965", "19/10-1983", "10,01,1978", "27_07_1971", "24\\05\\1952",
            "1938年12月30日", "1957년 8월 30일", "57. 12. 11.", "6. maaliskuuta 1937",
            "1938, 8 أغسطس", "30 اکتبر 1983",
            "1957 m. rugpjūčio 30 d.", "26 tháng 7, 1938", "21 जुलाई 1967", "18 października 1985",
            "12-V-1958", "3.XII.1961", "2023-05-17T10:00", "2023-05-17", "17.5.2023", "17/05/23",
            "2023/5/7", "20230517", "3 May 1950",
            "May 12, 2023", "12 mai 1968", "operated 2023-05-17", "2023-05-17 00:00:00")),
        *((c, "phone") for c in (
            "+20 100 123 4567", "01001234567", "(0100) 123-4567", "0033 1 44 55 66 77",
            "tel 0100/1234567", "41 58 68 34", "3396-2172", "+358 5 631 8967", "+64 6 785-7121",
            "576.696.5545x126")),
        *((c, "number") for c in (
            "1234567", "3328180", "29803151401234", "MRN1234567", "1234567.0", "MRN: 4711",
            "HN-123456", "A1234567", "H2019-00345", "2019/00345", "12345/67",
            "AB 12 34 56 C", "RSSMRA85T10A562S", "12345678Z")),
        *((c, "name") for c in ("Dr A. Hassan", "seen by Prof. Omar", "Mrs Zaki")),
        *((c, "e-mail") for c in (
            "a@b.org", "www.x.org/mona", "mona (at) x.org",
            "write to mona.zaki@hospital.example please")),
        *((c, "address") for c in (
            "836 Timothy Lakes, New Robert, GU 47266", "Laakavuorenbulevardi 95, 48906 Taipalsaari",
            "12 Main Street", "Hauptstraße 5", "P.O. Box 7", "3 rue Royale", "Jalan Sukajadi No. 7",
            "1159 Forskningsveien", "PSC 9497, Box 2069")),
        ("came back on day three with fever and went home", "text"),
    ],
)  # fmt: skip
def test_each_kind_is_found_and_masked(cell, kind):
    found, mask = identifier(cell)
    assert found == kind
    assert not set(mask.casefold().split()) & set(cell.casefold().split()) - {"of", "a", "an"}


@pytest.mark.parametrize(
    "cell",
    [
        "45", "42.5", "4,35", "0.0123456789", "-43.037975123", "123456.75", "1.2e-10", "N1,2",
        "1 mm - 4 mm", "2022-2024", "10-20", "100 - 200 - 300", "T3N1M0", "chemotherapy + target",
        "1/2/3", "3.5 cm", "2023", "CRLM-01", "P-123456789012", "7 months", "ypT3 ypN1a (2/17)",
        "second line of a targeted drug", "12,000", "250000", "99.9%", "< 1 mm",
        "Never Smoker", "Right hemihepatectomy", "Segment IVb", "Whipple procedure", "250,000",
        "platelets 250000", "250000000", "1,250,000", "T3N1", "FOLFOX + bevacizumab", "KRAS G12D",
        "Clavien-Dindo IIIa", "CA 19-9 37 U/ml", "7.5 mg/kg q14d", "1 margin 23", "31/12", "120/80",
        "IV/V", "2019-2021", "1000-1500", "3 cycles 2019", "No. 12", "platelets 98765, INR 1.2",
        "1000/20", "seg. IV", "S2021", "G2/2023",
    ],
)  # fmt: skip
def test_clinical_values_are_no_identifiers(cell):
    assert identifier(cell) is None


@pytest.fixture
def found(codebook):
    """Return (row, column, kind of remedy) of what is found in a table given by its columns."""

    def run(columns, **additions):
        frame = pd.DataFrame(columns, dtype=object)
        frame.index = range(2, len(frame) + 2)
        problems = find_identifiers(frame, "raw.csv", codebook_of(codebook, additions))
        return [(p.row, p.column, p.value) for p in problems]

    return run


@pytest.mark.parametrize(
    ("column", "cells", "row", "mask"),
    [
        ("Patient Name", ["", "mona zaki"], 3, "(8 letters, not shown)"),
        ("patientSurname", ["Zaki", "Zaki"], 2, "(4 letters, not shown) (and in 1 more row)"),
        ("Nom", ["Dupont", ""], 2, "(6 letters, not shown)"),
        ("MRN", ["4711", "?"], 2, "(4 digits, not shown)"),
        ("hospital_no", ["4711", "4"], 2, "(4 digits, not shown) (and in 1 more row)"),
        ("Patient record number", ["4711", ""], 2, "(4 digits, not shown)"),
        ("patient hospital id", ["4711", ""], 2, "(4 digits, not shown)"),
        ("Patient No", ["A1", "12345678"], 3, "a number of 8 digits"),
        ("Tel.", ["", "12 34"], 3, "(4 digits, not shown)"),
        ("home address", ["Zamalek", ""], 2, "(7 letters, not shown)"),
        ("DOB", ["", "18333"], 3, "a date as a number"),
        ("dob", ["12.3.1950", "13.3.1950"], 2, "a date (and in 1 more row)"),
        ("Notes", ["called Dr Hassan", ""], 2, "(14 letters, not shown)"),
        ("Bemerkung", ["Pat. Mona telefonisch", ""], 2, "(18 letters, not shown)"),
        ("Wohnort", ["Hürth", ""], 2, "(5 letters, not shown)"),
        ("Fallnummer", ["4711", ""], 2, "(4 digits, not shown)"),
        ("ward", ["Mona Zaki", "3"], 2, "(8 letters, not shown)"),  # by the cell
        ("ward", ["ZAKI, MONA", "3"], 2, "(8 letters, not shown)"),
        ("ward", ["منى زكي", "3"], 2, "(6 letters, not shown)"),
        ("ward", ["Mona", "Zaki", "none"], 2, "(4 letters, not shown) (and in 1 more row)"),
        ("ward", ["none", "none", "3", "王小明"], 5, "(3 letters, not shown)"),
        ("ward", ["none", "nil", "brother of Mona Zaki"], 4, "(17 letters, not shown)"),
        ("size_pre_mm", ["12", "Mona El-Sayed"], 3, "(11 letters, not shown)"),
        ("size_pre_mm", ["12", "2023-05-17"], 3, "a date"),
        ("sex", ["m", "she came with her husband who told us everything"], 3,
         "a text of 9 words"),
        ("patient_id", ["CRLM-01", "Mona Zaki"], 3, "(8 letters, not shown)"),
        ("patient_id", ["CRLM-01", "123456"], 3, "(6 digits, not shown)"),
        ("Patient", ["2023-05-17", "7"], 2, "a date"),
    ],
)  # fmt: skip
def test_an_identifier_is_found_at_its_row(found, column, cells, row, mask):
    assert found({column: cells}) == [(row, column, mask)]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [*((c, "name") for c in (
        "Fatma", "حسن", "عمر حسن", "ايمن", "王小明", "HASSAN", "Benício da Cunha",
        "VAN DER PLOEG ALEX", "KIM TYLER",
        "L. van Engeland", "Puk de Korte",
        # of the most frequent ones of the names-dataset, by the country where they are
        "Mohammed Hassan", "Muhammed Yılmaz", "Khatib", "Al-Khatib, R.", "Morshed", "Danish",
        "Sunday Adeyemi", "Blessing", "Thiombiano", "Salvator", "German", "Poblete", "Merced",
        "PETROVICS, ANNA", "Schumacher", "Mazzone", "Andronic", "Alpha Diallo", "Pickering",
        "Avraamides", "Hadded", "Moursal", "Radonic", "Shin",
        "brother of Ahmed Hassan", "left colon (Aoife Murphy)", "see Petrovics, Anna",
        "زوجة أحمد حسن", "على حسن", "E. Nowak", "Benyamine Traoré")),
     *((c, "address") for c in ("Pepijnbaan 89", "Villagatan 289", "Myklebuststien 75A",
                                "401 Miranda Mission", "489 चोपरा")),
     *((c, "") for c in (
         "Ramucirumab", "Sorafenib", "Pantoprazole", "Hypothyroidism", "RAS", "MSI", "Gleason 7",
         "Segment 4", "aflibercepto", "Oxaliplatine", "enfermedad estable", "due tempi",
         "chimiothérapie néoadjuvante", "Anatomía patológica", "Never Smoker", "Arm B",
         "Myoclonus", "Macrocephaly", "Lagophthalmos", "Phosphoramide", "Headache", "Married",
         "Levothyroxine", "Enzalutamide", "Warfarin", "Increased INR", "South Asia",
         "Strongly disagree", "3 أشهر", "Pediatrics", "Diminished", "Adavosertib", "Epoetin",
         "Hemorrhagic", "Maxillary", "Completed", "Bank Card Number", "RPE mottling",
         "L-Homoserine", "Kasai portoenterostomy of Ladd", "Creutzfeldt-Jakob disease"))],
)  # fmt: skip
def test_what_a_cell_that_stands_once_may_be(cell, kind):
    assert suspected_kind(cell) == kind


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("patient_id", ["CRLM-01", "P07", "112", "12345"]),
        ("sex", ["Male", "M", "Woman", "?"]),
        ("regimen", ["Capecitabine and Oxaliplatin", "Chemotherapy + target", "Other agents", ""]),
        ("regimen", ["Mfolfox Six", "", "", ""]),  # a new level: a question for the author
        ("surgery_date", ["2023-05-17", "17.5.2023", "", "2023"]),
        ("drug name", ["Xeloda Generic", "Folfox Six", "", ""]),
        ("Country of birth", ["Senegal", "Burkina Faso", "Monaco", "Bahrain"]),
        ("redcap_event_name", ["baseline_arm_1"] * 4),
        ("record_id", ["1", "2", "3", "4"]),
        ("Patient No", ["A1", "A2", "A3", "A4"]),
        ("site of tumour", ["Segment Four", "Left Lateral", "", ""]),
        ("lesion", ["Left Colon", "Partial Response", "", ""]),  # words of the codebook
        *(
            ("finding", [said, "x", "y", "z"])
            for said in (
                "mäßig differenziert",
                "nicht erhoben",
                "rechter Leberlappen",
                "gut differenziert",
                "arterielle Hypertonie",
                "offen chirurgisch",
                "linke Flexur",
                "nicht bekannt",
                "réponse partielle",
                "insuffisance rénale",
                "sans objet",
                "marge saine",
                "récidive hépatique",
                "perdu de vue",
                "fuite biliaire",
                "bien différencié",
                "ovarian mets",
                "Dukes C",
                "HBsAg neg",
                "HTN, DM",
            )
        ),
        ("ward", ["North Wing", "North Wing", "East Wing", "East Wing"]),  # names come once
        # a strange word among known ones is none; where most are strange it is (Zaki above)
        ("agent", ["Metformin", "Aspirin", "Diltozan", "Warfarin", "insulin"]),
        ("channel", ["Aquaporin 4", "sodium", "potassium", "calcium"]),
        ("notes", ["none", "nil", "", "?"]),
        ("imaging", ["CT THORAX", "MRI ABDOMEN", "PET CT", ""]),
        ("date of surgery", ["", "2023", "", ""]),  # a year alone
        ("cea_ng_ml", ["12.5", "123456.75", "3,2", "999"]),
        ("age", ["89", "93", "100", "?"]),  # the codebook caps it
        *(
            ("recurrence_1y", ["yes", word, "no", ""])
            for word in (
                "nicht bekannt",
                "Nicht Dokumentiert",
                "Keine Angabe",
                "sin datos",
                "non connu",
            )
        ),
    ],
)
def test_a_clinical_column_is_no_false_alarm(found, column, cells):
    assert found({column: cells}) == []


def test_an_ignored_column_holds_no_text_that_might_name_anybody(found):
    known = ["none", "12.5", "G3", "Never Smoker", "linke Flexur", "linke Flexur"]
    assert found({"finding": known}, ignored=["Finding"]) == []
    for text in ("fatma", "Fatma", "brother of fatma", "Eliquis", "山", "unverheiratet"):
        cells = {"finding": [*known, text]}
        assert [row for row, *_ in found(cells, ignored=["finding"])] == [8]
        assert found(cells, dropped=["finding"]) == []


def test_a_text_under_ignored_is_told_to_move_to_dropped(codebook):
    table = pd.DataFrame({"finding": ["none", "Eliquis"]}, index=[2, 3])
    (problem,) = find_identifiers(table, "raw.csv", codebook_of(codebook, {"ignored": ["finding"]}))
    assert "move it to `dropped`" in problem.expected


@pytest.mark.parametrize("cohort", sorted((ROOT / "config/cohorts").glob("*.yaml")))
def test_the_committed_cohorts_are_no_false_alarm(codebook, cohort):
    cohort = yaml.safe_load(cohort.read_text(encoding="utf-8"))
    tables, _ = read_raws(cohort["raw"], cohort["dictionaries"])
    merged = codebook_of(codebook, cohort["codebook"])
    for file, raw, problems in tables:
        assert not problems
        assert len(raw) > 5
        assert find_identifiers(raw, file, merged) == []


def test_an_age_without_a_cap_is_found(codebook):
    variable = {k: v for k, v in codebook["variables"]["age_years"].items() if k != "cap"}
    bare = codebook | {"variables": codebook["variables"] | {"age_years": variable}}
    raw = pd.DataFrame({"age": ["89", "90"]}, index=[2, 3])
    assert [(p.row, p.value) for p in find_identifiers(raw, "f", bare)] == [(3, "an age")]


def test_what_the_codebook_transforms_is_no_finding(found):
    columns = {"MRN": ["4711"], "patient_id": ["1234567"], "seen": ["2023-05-17"], "ward": ["9"]}
    assert [column for _, column, _ in found(columns)] == ["MRN", "patient_id", "seen"]
    interval = {
        "label": "Delay", "type": "interval", "required": False, "unit": "days", "min": 0,
        "max": 900, "date_order": "day_month", "columns": {"seen": "from", "operated": "to"},
    }  # fmt: skip
    assert (
        found(
            columns,
            dropped=["mrn "],
            variables={"patient_id": {"pseudonym": True}, "delay": interval},
        )
        == []
    )


def test_all_findings_of_all_tables_are_told_at_once(codebook):
    tables = [
        (file, pd.DataFrame({"patient_id": ["1234567"], "phone": ["0100 123 4567"]}, [2]), [])
        for file in ("a.csv", "b.csv")
    ]
    with pytest.raises(InputError) as caught:
        admit_tables(tables, codebook)
    message = str(caught.value)
    assert message.split(" problems in the input:\n")[1].startswith(
        "a.csv, row 2, column patient_id: found"
    )
    assert "set `pseudonym: true` there, or say how your pseudonyms look" in message
    assert not any(text in message for text in ("1234567", "0100", "4567"))


# --- What is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "700", "3.5", "-12", "x", "FOLFOX-6", "pT3", "left lateral", "1-4 mm", "Never smoker",
     "no such column", "45 cells", "an Excel workbook with a password", "portal vein embolisation",
     "lesions@base_arm_1"],
)  # fmt: skip
def test_what_names_nobody_is_shown(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    "text",
    ["Fatma Hassan", "fatma", "حسن", "王小明", "Xelox (Mona, 0100 123)", "left lateral (Hassan)",
     "28503121401234", "1203651", "12.3.1965", "a@b.org", "FH/Hassan3", "hassan_age",
     "332810", "81 26 82"],
)  # fmt: skip
def test_all_else_is_masked(text):
    said = shown(text)
    assert said.startswith("(")
    assert said.endswith(", not shown)")
    assert said.withheld == text
    assert shown(said) == said  # as often as it goes through the gate


@pytest.mark.parametrize(
    ("text", "told"),
    [*((t, False) for t in ("ngozi okonkwo", "Priya", "山田太郎", "حسن", "Oluwaseun Adeyinka",
                            "fatma", "fatma_hassan", "f.hassan", "hassan (")),
     *((t, True) for t in ("alpah", "cycels > 1", "XELOX", "config/cohorts/2025.yaml", "vars",
                           "size_pre_inch", "femle"))],
)  # fmt: skip
def test_a_misspelt_key_is_shown_and_no_name(text, told):
    assert (shown_text(text) == text) == told


def test_a_spelling_of_the_level_is_shown(codebook):
    variable = {"levels": {"other": ["Hassan protocol"]}}
    assert shown("hassan  Protocol", variable) == "hassan  Protocol"
    assert shown("Hassan protocol") == "(14 letters, not shown)"


NAMES = [
    "Fatma Hassan",
    "fatma hassan",
    "HASSAN, FATMA",
    "Hassan F.",
    "فاطمة حسن",
    "Fatma El-Sayed",
]


@pytest.mark.parametrize("name", [*NAMES, "Fatma"])
@pytest.mark.parametrize("column", ["surgery", "age_years", "patient_id", "ward", "regimen"])
def test_name_in_category_cell(codebook, column, name):
    columns = {"patient_id": ["CRLM-01", "CRLM-02"], "age": ["50", "51"], "sex": ["f", "m"]}
    raw = pd.DataFrame(columns | {column: ["", name]}, index=[2, 3], dtype=object)
    for gate in (admit_tables, clean_cohort):
        with pytest.raises(InputError) as caught:
            gate([("raw.csv", raw, [])], codebook)
        told = str(caught.value).casefold()
        if name == "Fatma":  # one word may be a new level: what is pasted is for `proposals`
            told = " ".join(map(str, caught.value.problems)).casefold()
        assert "raw.csv, row" in told
        assert not any(word in told for word in ("fatma", "hassan", "sayed", "فاطمة"))


@pytest.mark.parametrize(
    "column",
    ["Fatma Hassan", "fatma_hassan", "01001234567", "mona@x.org", "MRN 28503121401234", "Fatma"],
)
def test_a_column_is_told_by_its_number_where_its_name_is_not_shown(codebook, column):
    columns = {"patient_id": ["A1"], "age": ["50"], "sex": ["f"], column: ["1"]}
    with pytest.raises(InputError) as caught:
        clean_cohort([("raw.csv", pd.DataFrame(columns, index=[2]), [])], codebook)
    problem = caught.value.problems[0]
    assert problem.column.startswith("number 4 (")
    assert column not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["CRLM-01", "fatma hassan", "CRLM-03"], [3]),
        (["CRLM-01", "OMAR-1", "CRLM-03"], [3]),  # letters of one patient alone: a name
        (["CRLM-01", "FH-1965", "CRLM-03"], [3]),  # initials and a year
        (["FH1", "AM2", "SZ3", "KL4"], [2, 3, 4, 5]),  # initials
        (["01011985", "850312", "12/03/1965", "28503121401234", "123-45-6789"], [2, 3, 4, 5, 6]),
        (["CRLM-01", "X-99", "CRLM-03", "7", "Mean", "N = 25"], []),  # no patients: told elsewhere
        (["A", "B", "C"], []),
        (["CRLM-01", "December 1957", "CRLM-03", "CRLM-04"], [3]),  # as the pattern, but a date
        (["P-5bdcc146bf60", "P-5bdcc146bf61", "P-5bdcc146bf62", "P-abcdefabcdef"], []),
        (["SYN-A-01", "SYN-A-02", "SYN-B-01", "SYN-B-02"], []),
        (["1", "2", "112", "12345"], []),
    ],
)
def test_identifier_as_patient_id(codebook, cells, rows):
    raw = pd.DataFrame({"patient_id": cells}, index=range(2, len(cells) + 2))
    problems = find_identifiers(raw, "raw.csv", codebook)
    first = [p.row for p in problems]
    assert first == rows[:1]
    assert all("codebook: {variables: {patient_id: {pattern:" in p.expected for p in problems)
    more = f"(and in {len(rows) - 1} more row" if len(rows) > 1 else ""
    assert all(more in p.value for p in problems)
    assert not any(cell in p.value for p in problems for cell in cells if len(cell) > 2)


def test_another_scheme_of_pseudonyms_is_one_line(codebook):
    raw = pd.DataFrame({"patient_id": ["CRC.001", "CRC.002"]}, index=[2, 3])
    assert find_identifiers(raw, "raw.csv", codebook)
    own = codebook_of(codebook, {"variables": {"patient_id": {"pattern": r"CRC\.\d{3}"}}})
    assert not find_identifiers(raw, "raw.csv", own)


@pytest.mark.parametrize(
    ("reason", "refused"),
    [
        ("Fatma Hassan said on 12/03/1965 (01001234567), file 28503121401234", True),
        ("read anew by Fatma", True), ("fatma hassan called", True), ("call 0100 123 4567", True),
        ("file 28503121401234", True), ("born 12 مارس 1965", True), ("see a@b.org", True),
        ("typing error: the report of the CT before chemotherapy says 33 mm", False),
        ("recurrence in month 11 came to be known after the 2024 table was closed", False),
        ("date of birth read anew", False), ("cm and mm were mixed up", False),
    ],
)  # fmt: skip
def test_correction_reason_names_patient(codebook, reason, refused):
    columns = {"patient_id": ["A1"], "age": ["50"], "sex": ["f"], "lesions_pre": ["1"],
               "lesions_post": ["1"]}  # fmt: skip
    raw = ("raw.csv", pd.DataFrame(columns, index=[2]), [])
    line = pd.DataFrame([["A1", "age", "50", "51", reason]], columns=CORRECTION, index=[2])
    if not refused:
        assert clean_cohort([raw], codebook, [("fix.csv", line, [])])
        return
    with pytest.raises(InputError, match=r"fix\.csv, row 2, column reason: found") as caught:
        clean_cohort([raw], codebook, [("fix.csv", line, [])])
    assert not any(word in str(caught.value).casefold() for word in ("fatma", "123", "1965", "@b"))


@pytest.mark.parametrize(
    ("file", "named"),
    [("data/raw/Fatma Hassan.csv", True), ("data/raw/Fatma_Hassan.xlsx", True),
     ("Ahmed-Hassan_v2.csv", True), ("kohorte_leber_2025.csv", False),
     ("kappa_paste.csv", False), ("us_thousands.csv", False), ("cairo_nci.csv", False),
     ("data/raw/28503121401234.csv", True), ("data/raw/synthetic_2025_d_redcap.csv", False),
     ("data/raw/export_20240517.csv", False), ("data/raw/cairo.csv", False),
     ("Lyon Sud.csv", False), ("Berlin_Mitte_2025.csv", False),
     ("FATMA HASSAN.csv", True), ("Fatma_Hassan_crlm.csv", True), ("FatmaHassan.csv", True),
     ("LiverCohort2024.csv", False), ("RedcapExport.csv", False), ("Fatma Hassan Lyon.csv", True),
     ("Fatma_Hassan_export.csv", True)],
)  # fmt: skip
def test_a_file_is_named_after_nobody(file, named):
    assert names_somebody(file) == named


def test_running_numbers_are_nobodys(found):
    assert found({"sample": ["1000001", "1000002", "1000003", "1000005", "x"]}) == []
    assert found({"sample": ["1000001", "4711234", "7654321", "3210001", "x"]}) != []


@pytest.mark.parametrize(
    ("reason", "named"),
    [*((r, True) for r in ("geb. 1958", "née en 1958", "مواليد 1958", "王小明", "123456",
                               "Akte 4711", "erreur de Dupont", "relu par Dupont",
                               "the report of thijn hassan says 33 mm", "READ BY OLUFEMI ADEYEMI",
                               "Tippfehler, laut Omar Hassan")),
     *((r, False) for r in ("typing error: 38 for 83", "the report of 2023", "45 µm",
                                "platelets 250000", "erreur de frappe", "error de digitación",
                               "errore di battitura", "vérifié dans le dossier",
                               "im Arztbrief nachgelesen", "Wert lag erst später vor",
                               "valeur lue sur le compte rendu", "misura rifatta dal radiologo",
                               "Se midió de nuevo en la resonancia"))],
)  # fmt: skip
def test_a_reason_tells_of_nobody(reason, named):
    assert bool(judge_reason(reason, ())) == named


def test_of_a_reason_the_words_that_name_nobody_are_kept(codebook):
    reason = "typing error, told by fatma: 33 mm in the T2 scan"
    columns = {"patient_id": ["A1"], "age": ["50"], "sex": ["f"], "lesions_pre": ["1"],
               "lesions_post": ["1"]}  # fmt: skip
    line = pd.DataFrame([["A1", "age", "50", "51", reason]], columns=CORRECTION, index=[2])
    raw = ("raw.csv", pd.DataFrame(columns, index=[2]), [])
    _, log, *_ = clean_cohort([raw], codebook, [("fix.csv", line, [])])
    told = "typing error, told by …: 33 mm in the T2 scan (in full: fix.csv, row 2)"
    assert f"correction: {told}" in [*log["rule"]]


@pytest.mark.parametrize("cell", ["Raucher", "Eliquis", "HASSAN", "fatma", "عمر"])
def test_a_word_that_is_no_level_is_not_called_a_name_but_may_be_one(codebook, cell):
    columns = {"patient_id": ["A1", "A2"], "age": ["50", "51"], "sex": ["f", "m"],
               "regimen": ["xelox", cell]}  # fmt: skip
    with pytest.raises(InputError) as caught:
        admit_tables([("raw.csv", pd.DataFrame(columns, index=[2, 3]), [])], codebook)
    (problem,) = [p for p in caught.value.problems if p.column == "regimen"]
    assert problem.expected.startswith("one of: xelox, ")
    assert problem.expected.endswith("; where it names a person, mend the cell where the table "
                                     "comes from")  # fmt: skip
    assert cell not in str(caught.value)


def test_a_date_among_numbers_may_be_one_that_a_spreadsheet_made(codebook):
    raw = pd.DataFrame({"patient_id": ["P1"], "size_pre_mm": ["2024-04-03"], "seen": "2024-04-03"})
    ends = [
        p.expected.endswith("enter it there as text") for p in find_identifiers(raw, "a", codebook)
    ]
    assert ends == [True, False]


@pytest.mark.parametrize("part", ["a", "A1", "Ab-", "a.", "1 ", "1-2-3 ", "1 may ", "中文", "'"])
def test_a_cell_of_many_letters_is_judged_at_once(part):
    """As one that may name anybody: by their parts, some of these took minutes."""
    cell = (part * 30_000)[:30_000].strip()
    start = time.process_time()
    assert identifier(cell) == ("long text", f"a text of {len(cell)} letters")
    assert "not shown" in shown(cell) and not suspected_kind(f"{cell} 1")
    assert time.process_time() - start < 1


def test_a_long_reason_is_not_read_for_names_but_refused():
    reason = "measured again " * 30 + "0100 123 4567"
    assert judge_reason(reason, ()) == f"a text of {len(reason)} letters"
