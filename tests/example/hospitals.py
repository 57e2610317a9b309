"""Write synthetic patients as four hospitals would: each in its own format, names and spellings."""

import re
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat

MONTHS_PER_WEEK = 7 * 12 / 365.25
YES_NO = ("comorbidity", "two_stage", "morbidity_30d", "recurrence_1y", "alive_1y")

# Level -> the spellings that people type, of which each cell has one.
TYPED = {
    "sex": {"male": ["M", "m", "Male"], "female": ["F", "f", "Female"]},
    "primary_site": {
        "rectum": ["rectum", "Rectum", "rectal"],
        "left_colon": ["côlon gauche", "left sided", "Left-sided"],
        "right_colon": ["côlon droit", "Right sided"],
    },
    "regimen": {
        "xelox": ["XELOX", "Xelox", "CAPOX"],
        "folfox": ["FOLFOX", "folfox", "mFOLFOX6"],
        "folfiri": ["FOLFIRI", "Folfiri"],
        "capecitabine": ["Xeloda", "capecitabine"],
        "chemotherapy_and_target": ["chemotherapy + target", "Chemotherapy + bevacizumab"],
    },
    "radiologist_response": {
        "complete": ["CR", "complete response", "Complete Response"],
        "regressive": ["RD", "regressive disease", "PR"],
        "stationary": ["SD", "stable disease", "Stationary"],
        "progressive": ["PD", "progressive disease", "Progressive"],
    },
    "grade": {"grade_1": ["I", "G1"], "grade_2": ["II", "G2", "2"], "grade_3": ["III", "G3", "3"]},
    "t_stage": {
        "t1": ["pT1", "T1"],
        "t2": ["pT2", "T2"],
        "t3": ["pT3", "T3", "3"],
        "t4": ["pT4", "pT4a", "T4b"],
    },
    "n_stage": {
        "nx": ["pNx"],
        "n0": ["pN0", "N0"],
        "n1_2": ["pN1", "pN2", "pN1a", "pN2b", "N1"],
    },
    "approach": {
        "colon_first": ["colon first", "Colon first", "primary first"],
        "concomitant": ["concomitant", "simultaneous"],
        "liver_first": ["liver first", "Liver-first"],
    },
    "surgery": {
        "non_anatomical": ["non-anatomical", "Non anatomical"],
        "hepatectomy": ["hepatectomy", "Hemihepatectomy"],
        "segmentectomy": ["segmentectomy", "Segmentectomy"],
        "resection_and_ablation": ["resection + RFA", "Resection + ablation"],
    },
    "additional_therapy": {
        "none": ["no", "No"],
        "tace": ["TACE"],
        "portal_vein_embolisation": ["PVE", "portal vein embolisation"],
    },
    "margin": {
        "lt_1_mm": ["< 1 mm", "<1mm"],
        "mm_1_to_4": ["1-4 mm", "1 mm - 4 mm"],
        "mm_4_to_9": ["4-9 mm", "4 mm - 9 mm"],
        "ge_1_cm": ["> 1 cm", ">1cm"],
    },
    "pathological_response": {
        "none": ["no response", "No"],
        "partial": ["partial", "Partial response"],
        "complete": ["complete", "pCR"],
    },
    **{name: {"yes": ["yes", "Yes", "y"], "no": ["no", "No", "n"]} for name in YES_NO},
}
# Level -> code and label, as in a form: the codes are the places in this order.
CODED = {
    name: {level: typed[0] for level, typed in levels.items()} for name, levels in TYPED.items()
}
CODED["primary_site"] = {
    "rectum": "Rectum",
    "left_colon": "Left colon",
    "right_colon": "Right colon",
}
CODED["sex"] = {"male": "Male", "female": "Female"}

# Clean variable -> the column's name.
SEMICOLONS = {
    "patient_id": "Patient", "age_years": "Âge", "sex": "Sexe", "comorbidity": "comorbidity",
    "primary_site": "Site_of_primary", "lesions_pre": "number_pre",
    "size_pre_mm": "taille_avant_cm", "regimen": "Chemotherapy", "cycles": "Number_of_cycles",
    "duration_weeks": "duration_weeks", "lesions_post": "number_post",
    "size_post_mm": "taille_après_cm", "radiologist_response": "Response_read", "grade": "Grade",
    "t_stage": "pT", "n_stage": "pN", "approach": "Approach", "surgery": "Type_of_surgery",
    "two_stage": "two_stage", "additional_therapy": "additional_therapy",
    "size_pathology_mm": "size_pathology_cm", "pathological_response": "pathological_response",
    "morbidity_30d": "morbidity_30d", "recurrence_1y": "recurrence_1y", "alive_1y": "alive_1y",
}  # fmt: skip
WORKBOOK = {
    "patient_id": "ID", "age_years": "Age", "sex": "Gender", "comorbidity": "Comorbidity",
    "primary_site": "Primary_Site", "lesions_pre": "Lesions_Pre", "size_pre_mm": "Size_Pre_mm",
    "regimen": "Regimen", "cycles": "Cycles", "duration_months": "Duration_Months",
    "lesions_post": "Lesions_Post", "size_post_mm": "Size_Post_mm",
    "radiologist_response": "Radiologist_Response", "grade": "Grade", "t_stage": "T_Stage",
    "n_stage": "N_Stage", "approach": "Approach", "surgery": "Surgery",
    "surgery_date": "Date_of_Surgery", "two_stage": "Two_Stage",
    "additional_therapy": "Additional_Therapy", "size_pathology_mm": "Size_Pathology_mm",
    "margin": "Margin", "pathological_response": "Pathological_Response",
    "morbidity_30d": "Morbidity_30d", "recurrence_1y": "Recurrence_1y", "alive_1y": "Alive_1y",
}  # fmt: skip
SPSS = {
    "patient_id": "id", "age_years": "age", "sex": "sex", "primary_site": "primary_site",
    "lesions_pre": "number_pre", "size_pre_mm": "size_pre_cm", "regimen": "regimen",
    "cycles": "cycles", "duration_months": "duration_months", "lesions_post": "number_post",
    "size_post_mm": "size_post_cm", "radiologist_response": "response_read", "grade": "grade",
    "t_stage": "t_stage", "n_stage": "n_stage", "approach": "approach", "surgery": "surgery",
    "surgery_date": "surgery_date", "size_pathology_mm": "size_pathology_cm", "margin": "margin",
    "pathological_response": "pathological_response", "morbidity_30d": "morbidity_30d",
    "recurrence_1y": "recurrence_1y", "alive_1y": "alive_1y",
}  # fmt: skip
# The two forms of the REDCap project.
BASELINE = ["age_years", "sex", "comorbidity", "primary_site", "lesions_pre", "size_pre_mm",
            "t_stage", "n_stage"]  # fmt: skip
TREATMENT = ["regimen", "cycles", "duration_months", "lesions_post", "size_post_mm",
             "radiologist_response", "approach", "surgery", "two_stage", "additional_therapy",
             "size_pathology_mm", "margin", "pathological_response", "morbidity_30d",
             "recurrence_1y", "alive_1y"]  # fmt: skip
DICTIONARY = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note",
    "Text Validation Type OR Show Slider Number",
]  # fmt: skip


def in_months(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the patients with the duration in months, to one decimal."""
    return patients.assign(duration_months=(patients["duration_weeks"] * MONTHS_PER_WEEK).round(1))


def typed(rng: np.random.Generator, name: str, level: str) -> str:
    """Draw one of the spellings of a level."""
    return str(rng.choice(TYPED[name][level]))


def write_semicolons(patients: pd.DataFrame, rng: np.random.Generator, path: str) -> None:
    """Write hospital A's table: semicolons, Windows-1252, decimal commas, cm and at times mm."""

    def cell(name: str, value: object) -> str:
        if pd.isna(value):
            return str(rng.choice(["", "unknown", "?", "Unknown"]))
        if name in TYPED:
            return typed(rng, name, value)
        if name.endswith("_mm"):
            in_mm = rng.random() < 0.2
            return f"{value:.0f} mm" if in_mm else f"{value / 10:g}".replace(".", ",")
        return f"{value:.0f}" if isinstance(value, float) else str(value)

    sheet = pd.DataFrame(
        {column: [cell(name, v) for v in patients[name]] for name, column in SEMICOLONS.items()}
    )
    sheet.to_csv(path, sep=";", index=False, encoding="cp1252", lineterminator="\r\n")


def write_workbook(patients: pd.DataFrame, rng: np.random.Generator, path: str) -> None:
    """Write hospital B's workbook: mm, real dates, TRUE and FALSE, 999, a hidden column."""

    def cell(name: str, value: object) -> object:
        if pd.isna(value):
            return 999 if name not in TYPED else rng.choice(["unknown", "not recorded", "NA"])
        if name in YES_NO:
            return value == "yes"
        if name in TYPED:
            return typed(rng, name, value)
        return date.fromisoformat(value) if name == "surgery_date" else value

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Patients (synthetic)"
    sheet.append(list(WORKBOOK.values()))
    for patient in in_months(patients).to_dict("records"):
        sheet.append([cell(name, patient[name]) for name in WORKBOOK])
    hidden = list(WORKBOOK).index("grade") + 1
    sheet.column_dimensions[openpyxl.utils.get_column_letter(hidden)].hidden = True
    book.save(path)
    without_time(path)


def without_time(path: str) -> None:
    """Take the time of writing from a workbook, so that the same cells give the same bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2025-12-31T00:00:00Z", parts[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def write_spss(patients: pd.DataFrame, path: str) -> None:
    """Write hospital C's SPSS file: codes with labels, cm, 999 declared missing for the cycles."""
    patients = in_months(patients)
    sheet, labels = {}, {}
    for name, column in SPSS.items():
        if name in CODED:
            codes = {level: float(i) for i, level in enumerate(CODED[name], start=1)}
            sheet[column] = patients[name].map(codes)
            labels[column] = dict(zip(codes.values(), CODED[name].values(), strict=True))
        elif name.endswith("_mm"):
            sheet[column] = patients[name].astype(float) / 10
        elif name == "surgery_date":
            sheet[column] = [date.fromisoformat(day) for day in patients[name]]
        else:
            sheet[column] = patients[name]
    frame = pd.DataFrame(sheet)
    frame["cycles"] = frame["cycles"].fillna(999)
    pyreadstat.write_sav(
        frame,
        path,
        file_label="Synthetic example, hospital C: no row is a patient",
        variable_value_labels=labels,
        missing_ranges={"cycles": [999]},
    )
    # The head of the file holds date and time of writing at bytes 92-108.
    content = bytearray(Path(path).read_bytes())
    content[92:109] = b"31 Dec 2500:00:00"
    Path(path).write_bytes(content)


def write_redcap(patients: pd.DataFrame, path: str, dictionary_path: str) -> None:
    """Write hospital D's REDCap export, in codes, and the data dictionary that tells them."""
    patients = in_months(patients)
    coded = {n: {level: str(i) for i, level in enumerate(CODED[n], 1)} for n in CODED}
    sheet = {"record_id": patients["patient_id"], "redcap_event_name": "baseline_arm_1"}
    fields = [("record_id", "baseline", "text", "Record ID", "", "")]
    for form, names in (("baseline", BASELINE), ("treatment", TREATMENT)):
        for name in names:
            label, values = name.replace("_", " ").capitalize(), patients[name]
            if name == "comorbidity":
                boxes = ["None", "Diabetes", "Hypertension"]
                choices = " | ".join(f"{i}, {box}" for i, box in enumerate(boxes))
                fields.append((name, form, "checkbox", label, choices, ""))
                # Of the patients with a comorbidity, the older ones have both.
                both = (values == "yes") & (patients["age_years"] > 60)
                ticked = [values == "no", values == "yes", both]
                sheet |= {f"{name}___{i}": t.astype(int) for i, t in enumerate(ticked)}
            elif name in YES_NO:
                fields.append((name, form, "yesno", label, "", ""))
                sheet[name] = values.map({"yes": "1", "no": "0"})
            elif name in coded:
                choices = " | ".join(
                    f"{coded[name][level]}, {text}" for level, text in CODED[name].items()
                )
                # REDCap can't hold an empty cell of a required field: unknown has its own code.
                fields.append((name, form, "radio", label, f"{choices} | 9, Unknown", ""))
                sheet[name] = values.map(coded[name]).fillna("9")
            else:
                kind = "number" if name == "duration_months" else "integer"
                fields.append((name, form, "text", label, "", kind))
                sheet[name] = ["" if pd.isna(v) else f"{v:g}" for v in values]
        sheet[f"{form}_complete"] = "2"
    fields.append(("size_change", "treatment", "calc", "Change of size (mm)",
                   "[size_post_mm]-[size_pre_mm]", ""))  # fmt: skip
    change = patients["size_post_mm"] - patients["size_pre_mm"]
    sheet["size_change"] = ["" if pd.isna(v) else f"{v:g}" for v in change]
    dictionary = pd.DataFrame(
        [(name, form, "", kind, label, choices, "", check)
         for name, form, kind, label, choices, check in fields],
        columns=DICTIONARY,
    )  # fmt: skip
    # As REDCap exports it: the status of a form stands behind its last field.
    order = [c for c in sheet if c != "treatment_complete"] + ["treatment_complete"]
    pd.DataFrame(sheet)[order].to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    dictionary.to_csv(dictionary_path, index=False, lineterminator="\n", encoding="utf-8")
