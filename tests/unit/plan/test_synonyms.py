"""Names of columns and values in several languages: what is recognised, what is left alone."""

import pytest

from crlm.cohort.reading import narrowed_by_label
from crlm.plan.analysis import read_plan
from crlm.plan.synonyms import (
    close_to,
    is_inverted,
    label_contradiction,
    name_of,
    spell,
    spellings_of,
    variables_meant,
    with_readings,
)

COLUMNS = {
    "patient_id": ["Patient No", "Pat.-Nr.", "ID patient", "Código paciente", "رقم المريض"],
    "age_years": ["Alter", "Âge (ans)", "Edad", "Alter bei Diagnose", "العمر", "Idade", "Età"],
    "sex": ["Geschlecht", "Sexe", "Sexo", "الجنس", "M/F", "Sesso"],
    "comorbidity": ["Komorbiditäten", "Comorbidités", "Comorbilidad", "الأمراض المصاحبة"],
    "primary_site": ["Lokalisation Primärtumor", "Site primitif", "موقع الورم الأولي"],
    "regimen": ["Chemoschema", "Protocole de chimiothérapie", "Esquema de quimioterapia"],
    "lesions_pre": ["Anzahl Metastasen vor Chemo", "Nombre de lésions avant", "No. of mets pre"],
    "lesions_post": ["Number of lesions after chemotherapy", "عدد النقائل بعد العلاج الكيميائي"],
    "cycles": ["Zyklen", "Nombre de cures", "Número de ciclos", "عدد الدورات", "No. of cycles"],
    "radiologist_response": ["Radiologisches Ansprechen", "Réponse radiologique", "RECIST"],
    "grade": ["Grading", "Differenzierungsgrad", "Grado histológico", "Tumour grade"],
    "t_stage": ["pT-Stadium", "Stade T", "Estadio pT", "T"],
    "n_stage": ["pN-Kategorie", "Stade N", "Estadio N"],
    "approach": ["Strategie", "Séquence", "Estrategia"],
    "surgery": ["Operationsart", "Type de résection", "Tipo de cirugía", "نوع العملية"],
    "two_stage": ["Zweizeitige Resektion", "Hépatectomie en deux temps", "Cirugía en dos tiempos"],
    "additional_therapy": ["Zusatztherapie", "Traitement additionnel", "Tratamiento adicional"],
    "margin": ["Resektionsrand", "Marge de résection", "Margen de resección"],
    "pathological_response": ["Pathologisches Ansprechen", "Réponse pathologique"],
    "morbidity_30d": ["Komplikationen 30 Tage", "Morbidité à 30 jours", "30-day complications"],
    "recurrence_1y": ["Rezidiv (1 Jahr)", "Récidive à 1 an", "Recidiva 12 meses"],
    "alive_1y": [
        "Lebt nach 1 Jahr",
        "Vivant à 1 an",
        "1-year survival",
        "Alive at 1y?",
        "على قيد الحياة",
    ],
    "surgery_year": ["OP-Datum", "Date de la chirurgie", "Fecha de cirugía"],
}
SIZES = {
    "size_pre_mm": ["Größe vor Chemo (cm)", "Taille avant chimio (cm)", "Max. Durchmesser prä cm"],
    "size_post_mm": ["Tamaño después (cm)", "حجم الورم بعد العلاج الكيميائي (سم)", "sizePostCm"],
    "size_pathology_mm": ["Größe Präparat cm", "Taille anapath (cm)", "Tamaño patología cm"],
}


@pytest.mark.parametrize("variable", COLUMNS)
def test_usual_columns_are_recognised_in_several_languages(codebook, synonyms, variable):
    for column in COLUMNS[variable]:
        assert [name for name, _ in variables_meant(column, codebook, synonyms)] == [variable]


@pytest.mark.parametrize(
    ("column", "variable", "unit"),
    [
        ("Sexe (H/F)", "sex", None), ("Alter bei OP", "age_years", "years"),
        ("N.º de lesiones antes", "lesions_pre", "lesions"),
        ("عدد الأورام قبل العلاج الكيماوي", "lesions_pre", "lesions"),
        ("Anzahl der Lebermetastasen posttherapeutisch", "lesions_post", "lesions"),
        ("size_mm@baseline_arm_1", "size_pre_mm", "mm"),  # events of REDCap
        ("size_cm@follow_up_arm_1", "size_post_mm", "cm"),
        ("Age (y)", "age_years", "years"), ("Dauer (Wo.)", "duration_months", "weeks"),
        ("Durée (sem)", "duration_months", "weeks"),
        ("حجم أكبر بؤرة قبل العلاج (مم)", "size_pre_mm", "mm"),
    ],
)  # fmt: skip
def test_a_name_is_recognised(codebook, synonyms, column, variable, unit):
    assert variables_meant(column, codebook, synonyms) == [(variable, unit)]


@pytest.mark.parametrize("variable", SIZES)
def test_a_size_is_recognised_with_its_unit(codebook, synonyms, variable):
    for column in SIZES[variable]:
        assert variables_meant(column, codebook, synonyms) == [(variable, "cm")]
    assert variables_meant("Größe vor Chemo", codebook, synonyms) == [("size_pre_mm", "<mm or cm>")]
    assert variables_meant("Dauer (Wochen)", codebook, synonyms) == [("duration_months", "weeks")]


@pytest.mark.parametrize(
    "column",
    [
        # inverted.csv, g_within.csv
        *("Not alive 1y", "No recurrence 1y", "Age of partner", "Toxicity grade"),
        *("Adjuvant cycles", "duration weeks of adjuvant"),
        # others of the kind
        *("not_alive_1y", "NotAlive", "free of recurrence", "disease free", "recurrence-free 1y"),
        *("dead within a year", "death 1y", "mortality 30d", "non-responder", "ohne Rezidiv"),
        *("rezidivfrei", "kein Rezidiv", "sans récidive", "sin recidiva", "senza recidiva"),
        *("بدون انتكاس", "لا انتكاس", "unverheiratet", "nicht am Leben", "pas de complication"),
        *(
            "alive 5y",
            "recurrence 3 years",
            "complications 90 d",
            "survival months",
            "Mother's age",
        ),
        *("Alter des Partners", "Age at first child", "cT stage", "M stage", "Clavien grade"),
        *("sex of the surgeon", "size of the hospital", "number of children", "cycle length"),
        *("duration of surgery", "Response to treatment of diabetes", "Nombre"),
        *("!alive_1y", "~ recurrence", "¬alive", "Alive (1 = no)", "Absence of recurrence"),
    ],
)
def test_what_narrows_or_turns_a_name_round_is_no_match(codebook, synonyms, column):
    assert variables_meant(column, codebook, synonyms) == []
    names = {c: name for name, v in codebook["variables"].items() for c in v["columns"]}
    assert close_to(column, names) is None
    assert name_of(column) not in {name_of(c) for c in names}


@pytest.mark.parametrize(
    ("name", "unit", "label", "contradicts"),
    [
        ("alive_1y", None, "Not alive at 1 year", "turns"),
        ("alive_1y", None, "Überlebt nicht", "turns"),
        ("alive_1y", None, "Dead within 1 year", "turns"),
        ("alive_1y", None, "décédé à un an", "turns"),
        ("alive_1y", None, "Alive (1 = no)", "says that 1 is no"),
        ("alive_1y", None, "Alive: 0=yes", "says that 0 is yes"),
        ("alive_1y", None, "Recurrence within one year", "speaks of recurrence_1y"),
        ("recurrence_1y", None, "ohne Rezidiv", "turns"),
        ("recurrence_1y", None, "rezidivfrei", "turns"),
        ("recurrence_1y", None, "No recurrence at 12 months", "turns"),
        ("t_stage", None, "T stage (2 = T3)", "says that 2 is T3"),
        ("size_pre_mm", "mm", "Size before chemotherapy (cm)", "is in cm"),
        ("size_pre_mm", "mm", "Largest lesion after chemo", "speaks of size_post_mm"),
        ("duration_months", "weeks", "Duration of chemotherapy (months)", "is in months"),
        ("size_pre_mm", "mm", "Volume of the largest lesion (ml)", "speaks of volume"),
        ("size_pre_mm", "mm", "Durchmesser in cm", "is in cm"),
        ("age_years", "years", "Age in months", "is in months"),
        ("age_years", "years", "Age group", "speaks of group"),
        ("size_pre_mm", "mm", "Total size of all lesions", "speaks of total"),
        ("lesions_pre", "lesions", "Number after chemotherapy", "speaks of after"),
        ("recurrence_1y", None, "Still in remission at 1 year", "speaks of remission"),
        ("morbidity_30d", None, "Uneventful course", "speaks of uneventful"),
        *((name, unit, label, "") for name, unit, label in [
            ("alive_1y", None, "Alive one year after the resection"),
            ("alive_1y", None, "Alive or dead at 1 year"),
            ("alive_1y", None, "Alive (0 = no, 1 = yes)"),
            ("alive_1y", None, "Vital status (0 = dead)"), ("alive_1y", None, "Vivant à un an"),
            ("morbidity_30d", None, "Morbidity or mortality within 30 days"),
            ("comorbidity", None, "Any comorbidity (no/yes)"),
            ("cycles", "cycles", "No. of cycles"),
            ("size_post_mm", "mm", "Largest diameter after chemotherapy, before surgery"),
            ("age_years", "years", "Age (in full years)"),
            ("cycles", "cycles", "Total number of cycles"),
            ("lesions_pre", "lesions", "Number of lesions, total (min 1)"),
            ("duration_months", "months", "Total duration of chemotherapy"),
            ("n_stage", None, "N category"), ("margin", None, "Minimal resection margin"),
            ("regimen", None, "Chemotherapy group"),
            ("pathological_response", None, "Complete remission of metastases"),
            ("size_pre_mm", "mm", "Largest lesion before chemotherapy [mm]"),
            ("size_pre_mm", "cm", "Size before chemotherapy (cm)"), ("age_years", "years", "Age"),
            ("surgery", None, "Anatomical or non-anatomical"), ("sex", None, "Sex (1 = m, 2 = f)"),
        ]),
    ],
)  # fmt: skip
def test_a_label_that_contradicts_the_name(codebook, synonyms, name, unit, label, contradicts):
    variable = codebook["variables"][name]
    found = label_contradiction(label, name, codebook, synonyms) or narrowed_by_label(
        label, variable, unit
    )
    assert found.startswith(contradicts) and bool(found) == bool(contradicts)


def test_a_label_may_name_what_its_column_does_beside_another_of_the_kind(codebook, synonyms):
    width = {"label": "Width", "columns": {}, "type": "number"}
    codebook = codebook | {"variables": codebook["variables"] | {"margin_mm": width}}
    assert not label_contradiction("Resection margin", "margin_mm", codebook, synonyms)
    assert label_contradiction("Number of cycles", "margin_mm", codebook, synonyms)


@pytest.mark.parametrize(
    ("column", "inverted"),
    [("Not alive", True), ("ohne Rezidiv", True), ("rezidivfrei", True), ("sin recidiva", True),
     ("unverheiratet", True), ("بدون انتكاس", True), ("Side", False), ("Alter", False),
     ("No. of metastases", False), ("No recurrence", True)],
)  # fmt: skip
def test_a_name_that_is_turned_round(synonyms, column, inverted):
    assert is_inverted(column, synonyms) is inverted


@pytest.mark.parametrize(
    ("variable", "cells"),
    [
        ("sex", {"weiblich": "female", "F.": "female", "Männlich": "male", "ذكر": "male",
                 "أنثى": "female", "Mujer": "female", "femme": "female", "Frua": None}),
        ("comorbidity", {"ja": "yes", "NEIN": "no", "sí": "yes", "نعم": "yes", "vielleicht": None}),
        ("primary_site", {"Rektum": "rectum", "côlon gauche": "left_colon", "Recto": "rectum"}),
        ("grade", {"G-2": "grade_2", "1": "grade_1", "mäßig differenziert": "grade_2"}),
        ("t_stage", {"pT1": "t1", "T 3": "t3", "cT3": None}),
        ("pathological_response", {"komplett": "complete", "incomplete": None,
                                   "Sin respuesta": "none"}),
        ("surgery", {"nonanatomical": "non_anatomical", "anatomical": None,
                     "Keilresektion": "non_anatomical"}),
        ("recurrence_1y", {"ohne Rezidiv": "no", "kein Rezidiv": "no", "Rezidiv": "yes"}),
        ("alive_1y", {"tot": "no", "vivant": "yes", "not alive": None}),
    ],
)  # fmt: skip
def test_a_value_is_recognised_as_its_level_or_as_none(codebook, synonyms, variable, cells):
    known = spellings_of(variable, codebook["variables"][variable], synonyms)
    found = {cell: known.get(spell(cell)) or close_to(cell, known) for cell in cells}
    assert found == cells


def test_kappa_paste(codebook, plan, synonyms):
    """A reading is proposed as the response rule names it, CR by the counterpart of RECIST."""
    read = dict.fromkeys(["PR", "CR", "Partielle Remission", "RC"], "regressive")
    read |= {"SD": "stationary", "maladie stable": "stationary", "PD": "progressive"}
    rules, variable = plan["response_rules"], codebook["variables"]["radiologist_response"]
    own = with_readings(synonyms, read_plan(plan), "number_and_size")
    known = spellings_of("radiologist_response", variable, own)
    assert {cell: known[spell(cell)] for cell in read} == read
    # A rule that gives a complete response of its own names it.
    step = {"response": "complete", "criterion": "", "when": "lesions_post == 0"}
    own = rules["number_and_size"] | {"steps": [step, *rules["number_and_size"]["steps"]]}
    read = read_plan(plan | {"response_rules": rules | {"own": own}})
    known = spellings_of("radiologist_response", variable, with_readings(synonyms, read, "own"))
    assert known[spell("CR")] == "complete"


def test_each_word_and_name_of_the_synonyms_is_known(codebook, synonyms):
    words = [word for own in synonyms["words"].values() for word in own]
    assert len(words) == len(set(words))  # no word speaks of two things
    assert synonyms["columns"].keys() == codebook["variables"].keys()
    spoken = {
        word
        for of in synonyms["columns"].values()
        for text in (*of["names"], *of["beside"])
        for word in text.split()
    }
    assert spoken <= synonyms["words"].keys()
    assert synonyms["levels"].keys() <= codebook["variables"].keys()
