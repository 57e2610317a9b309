"""Simulate a synthetic cohort: invented patients of invented hospitals, to try the workflow on.

No row is a patient. Response follows from burden, regimen and chance; dose, pathology and the
course after surgery follow from the response, so that the tables look like a study's.
"""

import numpy as np
import pandas as pd

HOSPITALS = {"A": 18, "B": 16, "C": 14, "D": 14}
# Regimen: share of patients, weeks of a cycle, effect on the response (in standard deviations).
REGIMENS = {
    "xelox": (0.38, 3, 0.0),
    "folfox": (0.28, 2, 0.1),
    "folfiri": (0.08, 2, 0.0),
    "capecitabine": (0.08, 3, -0.5),
    "chemotherapy_and_target": (0.18, 3, 0.6),
}
# Response: from this score on (standard deviations of the whole), and the change of the largest
# lesion (share of its size) and of the number of lesions.
RESPONSES = {
    "complete": (1.7, (-1.0, -1.0), (-99, -99)),
    "regressive": (0.1, (-0.7, -0.32), (-2, 0)),
    "stationary": (-0.5, (-0.2, 0.12), (0, 0)),
    "progressive": (-np.inf, (0.22, 0.6), (0, 3)),
}
LOST = {  # share of patients in whose records the value is missing
    **{"primary_site": 0.04, "cycles": 0.12, "duration_weeks": 0.08, "grade": 0.15},
    **{"t_stage": 0.04, "radiologist_response": 0.06, "margin": 0.05},
    **{"comorbidity": 0.03, "size_pathology_mm": 0.05},
}
# Pathological response where tumour is left, by whether the disease was progressive.
PATHOLOGICAL = {False: {"none": 0.4, "partial": 0.6}, True: {"none": 0.8, "partial": 0.2}}
# The radiologist reads the films, not the rule: what one patient in seven is taken for.
MISREAD = {
    "complete": "regressive",
    "regressive": "stationary",
    "stationary": "regressive",
    "progressive": "stationary",
}
# Patients whose first imaging after chemotherapy is missing: no response can be told.
NO_FOLLOW_UP = {("A", 7), ("C", 11)}


def simulate_cohort(seed: int) -> dict[str, pd.DataFrame]:
    """Simulate the patients of each hospital.

    Parameters
    ----------
    seed
        Of all draws.

    Returns
    -------
    hospitals
        Hospital -> one row a patient: `patient_id` (SYN-A-01), `response` (by which the others were
        drawn), the variables of the codebook in their levels and units, `duration_weeks` for the
        duration; None where missing.
    """
    rng = np.random.default_rng(seed)
    return {
        hospital: pd.DataFrame([simulate_patient(rng, hospital, i) for i in range(1, n + 1)])
        for hospital, n in HOSPITALS.items()
    }


def simulate_patient(rng: np.random.Generator, hospital: str, number: int) -> dict:
    """Simulate one patient: before, during and after chemotherapy, then surgery and the course."""
    lesions = int(min(1 + rng.negative_binomial(1.2, 0.35), 12))
    size = int(np.clip(rng.lognormal(np.log(38), 0.5), 10, 150))
    regimen = draw(rng, {name: share for name, (share, *_) in REGIMENS.items()})
    _, weeks, effect = REGIMENS[regimen]
    score = rng.normal() + effect - 0.15 * (lesions - 3) - 0.5 * np.log(size / 38)
    response = next(name for name, (least, *_) in RESPONSES.items() if score >= least)
    _, growth, more = RESPONSES[response]
    size_post = int(size * (1 + rng.uniform(*growth)))
    progressive, complete = response == "progressive", response == "complete"
    lesions_post = max(lesions + int(rng.integers(more[0], more[1] + 1)), 0 if complete else 1)
    if progressive:  # by RECIST's 5 mm at the least
        size_post = max(size_post, size + 6)
    if response == "regressive" and lesions > 1 and rng.random() < 0.35:
        # Fewer, though the largest one has hardly shrunk: no partial response by RECIST.
        lesions_post = max(lesions - int(rng.integers(1, 3)), 1)
        size_post = int(size * rng.uniform(0.76, 0.98))
    # Patients who progress stop early; those who respond go on.
    cycles = int(np.clip(rng.normal(4.8 if progressive else 6.4, 1.7), 2, 12))

    gone = complete and rng.random() < 0.6  # no tumour in the specimen either
    left = max(size_post, 8) if complete else size_post
    t_stage = draw(rng, {"t2": 0.2, "t3": 0.6, "t4": 0.35 if progressive else 0.12})
    if not progressive and rng.random() < 0.08:
        t_stage = "t1"
    nodes = rng.random() < {"t1": 0.1, "t2": 0.35, "t3": 0.5, "t4": 0.75}[t_stage]
    large = left >= 50
    surgery = draw(
        rng,
        {
            "non_anatomical": 0.55,
            "hepatectomy": 0.6 if large else 0.15,
            "segmentectomy": 0.12,
            "resection_and_ablation": 0.2 if lesions >= 4 else 0.03,
        },
    )
    hard = surgery == "hepatectomy" and lesions >= 3
    recurrence = rng.random() < 0.4 + 0.2 * progressive + 0.15 * nodes - 0.25 * complete
    patient = {
        "patient_id": f"SYN-{hospital}-{number:02d}",
        "response": response,
        "age_years": int(np.clip(rng.normal(53, 12), 24, 81)),
        "sex": draw(rng, {"male": 0.56, "female": 0.44}),
        "comorbidity": yes(rng.random() < 0.3),
        "primary_site": draw(rng, {"rectum": 0.42, "left_colon": 0.38, "right_colon": 0.2}),
        "lesions_pre": lesions,
        "size_pre_mm": size,
        "regimen": regimen,
        "cycles": cycles,
        "duration_weeks": cycles * weeks + int(rng.integers(0, 5)),
        "lesions_post": lesions_post,
        "size_post_mm": None if complete else size_post,
        "radiologist_response": response,
        "grade": draw(rng, {"grade_1": 0.06, "grade_2": 0.7, "grade_3": 0.24}),
        "t_stage": t_stage,
        "n_stage": "n1_2" if nodes else draw(rng, {"n0": 0.9, "nx": 0.1}),
        "approach": draw(rng, {"colon_first": 0.55, "concomitant": 0.33, "liver_first": 0.12}),
        "surgery": surgery,
        "two_stage": yes(hard and rng.random() < 0.6),
        "additional_therapy": additional_therapy(rng, progressive, surgery),
        "size_pathology_mm": None if gone else max(left + int(rng.integers(-4, 5)), 3),
        "margin": draw(
            rng,
            {
                "lt_1_mm": 0.25 if large else 0.1,
                "mm_1_to_4": 0.45,
                "mm_4_to_9": 0.25,
                "ge_1_cm": 0.15,
            },
        ),
        "pathological_response": "complete" if gone else draw(rng, PATHOLOGICAL[progressive]),
        "morbidity_30d": yes(rng.random() < 0.15 + 0.2 * (surgery == "hepatectomy")),
        "recurrence_1y": yes(recurrence),
        "alive_1y": yes(rng.random() < (0.88 if recurrence else 0.98)),
        "surgery_date": surgery_date(rng),
    }
    if rng.random() < 1 / 7:
        patient["radiologist_response"] = MISREAD[response]
    return patient | dict.fromkeys(lost(rng, patient, hospital, number))


def draw(rng: np.random.Generator, weights: dict[str, float]) -> str:
    """Draw a level by its weight."""
    shares = np.array([*weights.values()])
    return str(rng.choice([*weights], p=shares / shares.sum()))


def yes(condition: bool) -> str:
    """Return the level of a condition."""
    return "yes" if condition else "no"


def additional_therapy(rng: np.random.Generator, progressive: bool, surgery: str) -> str:
    """Draw what was done before the resection: TACE against growth, a vein for a hepatectomy."""
    if progressive:
        return draw(rng, {"none": 0.6, "tace": 0.4})
    if surgery == "hepatectomy":
        return draw(rng, {"none": 0.5, "portal_vein_embolisation": 0.5})
    return "none"


def surgery_date(rng: np.random.Generator) -> str:
    """Draw a working day of 2025."""
    day = pd.Timestamp(2025, 1, 6) + pd.offsets.BDay(int(rng.integers(0, 250)))
    return day.date().isoformat()


def lost(rng: np.random.Generator, patient: dict, hospital: str, number: int) -> list[str]:
    """Draw the variables that a patient's record lacks."""
    names = [name for name, share in LOST.items() if rng.random() < share]
    if (hospital, number) in NO_FOLLOW_UP:
        names += ["lesions_post", "size_post_mm", "radiologist_response"]
    # Many metastases are not counted again, where the size of the largest tells enough.
    elif patient["lesions_pre"] >= 5 and patient["size_post_mm"]:
        change = patient["size_post_mm"] / patient["size_pre_mm"] - 1
        names += ["lesions_post"] if not -0.3 < change < 0.2 else []
    # Who is lost to the question of recurrence is lost to that of survival.
    if rng.random() < 0.1:
        names += ["recurrence_1y", "alive_1y"]
    elif rng.random() < 0.05:
        names += ["alive_1y"]
    return names
