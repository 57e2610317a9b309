"""What makes reconstructed rows credible to a clinician, beyond meeting the printed cells.

These are the project's assumptions, not findings of the study: nothing here was printed. Each block
of columns has a sketch (values that a patient might have had, towards which the solver leans) and
relations that its rows must keep. Blocks are solved in the order of `BLOCKS`; later ones see the
columns of the earlier ones.
"""

import numpy as np
import pandas as pd

# Numbers that the solver may choose from: lowest, highest, step (in the units of the columns).
RANGES = {
    "age_years": (20, 80, 1),
    "lesions_pre": (1, 7, 1),
    "size_pre_mm": (14, 150, 1),
    "lesions_post": (1, 8, 1),
    "size_post_mm": (6, 150, 1),
    "size_pathology_mm": (5, 150, 1),
    "cycles": (2, 12, 1),
    "duration_months": (1.5, 24, 0.5),
}

# How many patients may share a number: (from this value on, at most so many), the first that fits.
REPEATS = {
    "age_years": [(0, 2)],
    "size_pre_mm": [(0, 3)],
    "size_post_mm": [(0, 3)],
    "size_pathology_mm": [(0, 3)],
    "duration_months": [(6, 1), (3, 3), (0, 5)],
}

# How a hospital's sheet spells some of the levels; the others are written as the codebook has them.
SPELLINGS = {
    "sex": {"male": "M", "female": "F"},
    "primary_site": {"left_colon": "left sided", "right_colon": "right sided"},
    "regimen": {
        "xelox": "Xelox",
        "capecitabine": "Xeloda",
        "chemotherapy_and_target": "chemotherapy + target",
        "other": "other agents",
    },
    "grade": {"grade_2": "II", "grade_3": "III"},
    "t_stage": {"t2": "T2", "t3": "T3", "t4": "T4"},
    "n_stage": {"nx": "Nx", "n0": "N0", "n1_2": "N1,2"},
    "approach": {"colon_first": "colon first"},
    "surgery": {"non_anatomical": "non-anatomical"},
    "additional_therapy": {"none": "no", "tace": "TACE"},
    "margin": {
        "lt_1_mm": "< 1 mm",
        "mm_1_to_4": "1 mm - 4 mm",
        "mm_4_to_9": "4 mm - 9 mm",
        "ge_1_cm": "> 1 cm",
    },
    "pathological_response": {"none": "no response"},
}

# ASSUME: combinations that no row may have. Where the condition on the columns of earlier blocks
# holds (None: anywhere), these levels of the present block don't stand together. "" is a missing
# value.
FORBIDDEN = [
    # complete pathological response: no tumour to measure, and only then
    ("size_pathology_mm.isna()", {"pathological_response": "none"}),
    ("size_pathology_mm.isna()", {"pathological_response": "partial"}),
    ("size_pathology_mm.notna()", {"pathological_response": "complete"}),
    # the resection suits the disease
    ("lesions_pre < 2 or not lesions_post >= 2", {"two_stage": "yes"}),
    (None, {"two_stage": "yes", "surgery": "non_anatomical"}),
    (None, {"two_stage": "yes", "surgery": "segmentectomy"}),
    ("not (size_pre_mm >= 50 or size_post_mm >= 50)", {"surgery": "hepatectomy"}),
    ("size_pathology_mm >= 80", {"surgery": "non_anatomical"}),
    ("not lesions_post == 1 or size_pathology_mm > 60", {"surgery": "segmentectomy"}),
    (None, {"surgery": "hepatectomy", "approach": "concomitant"}),
    ("size_pathology_mm.isna()", {"margin": "lt_1_mm"}),
    # age, comorbidity and treatment
    ("age_years < 42", {"comorbidity": "yes"}),
    ("age_years < 42", {"regimen": "capecitabine"}),
    # who shrank to less than half shows it under the microscope
    ("size_pathology_mm < 0.45 * size_pre_mm", {"pathological_response": "none"}),
    # the primary: what was not examined is not examined twice; T4 and grade III go with nodes
    (None, {"pathological_response": "complete", "recurrence_1y": ""}),
    (None, {"t_stage": "", "n_stage": "n0"}),
    (None, {"t_stage": "", "n_stage": "n1_2"}),
    (None, {"t_stage": "", "grade": "grade_2"}),
    (None, {"t_stage": "", "grade": "grade_3"}),
    (None, {"t_stage": "t4", "n_stage": "n0"}),
    (None, {"t_stage": "t4", "n_stage": "nx"}),
    (None, {"t_stage": "t2", "grade": "grade_3"}),
    (None, {"n_stage": "n0", "grade": "grade_3"}),
    # who is lost to recurrence is lost to survival; death follows a complication and a recurrence
    (None, {"recurrence_1y": "", "alive_1y": "yes"}),
    (None, {"recurrence_1y": "", "alive_1y": "no"}),
    (None, {"morbidity_30d": "", "recurrence_1y": "yes"}),
    (None, {"morbidity_30d": "", "recurrence_1y": "no"}),
    (None, {"alive_1y": "no", "recurrence_1y": "no"}),
    (None, {"alive_1y": "no", "morbidity_30d": "no"}),
    (None, {"alive_1y": "", "recurrence_1y": "no"}),
    ("age_years < 50", {"alive_1y": "no"}),
]


def sketch_age(rng, responses: list[str]) -> pd.DataFrame:
    """Draw ages in years: younger than in most series, as the paper says."""
    return pd.DataFrame({"age_years": rng.normal(46, 14, len(responses))})


def sketch_nothing(rng, responses: list[str]) -> pd.DataFrame:
    """Draw nothing: levels lean on random costs."""
    return pd.DataFrame()


def sketch_lesions(rng, responses: list[str]) -> pd.DataFrame:
    """Draw numbers and sizes (mm) before and after chemotherapy and in the specimen.

    Half of the sizes are given to the nearest 5 mm, as radiologists often do.
    """
    n, progressive = len(responses), np.array(responses) == "progressive"
    pre = np.where(progressive, rng.lognormal(3.4, 0.4, n), rng.lognormal(3.9, 0.5, n))
    change = {"regressive": (0.45, 0.75), "stationary": (0.85, 1.1), "progressive": (1.15, 1.7)}
    factor = [rng.uniform(*change[r]) for r in responses]
    step = {"regressive": -1, "stationary": 0, "progressive": 1}
    lesions = rng.choice([1, 1, 1, 2, 3, 3, 4, 5, 7], n)
    post = pre * factor
    sizes = pd.DataFrame(
        {
            "size_pre_mm": pre,
            "size_post_mm": post,
            "size_pathology_mm": post + rng.normal(0, 5, n),
        }
    )
    fives = rng.random(sizes.shape) < 0.5
    sizes = sizes.mask(fives, (sizes / 5).round() * 5)
    moved = rng.integers(0, 4, n) * [step[r] for r in responses]
    return sizes.assign(lesions_pre=lesions, lesions_post=np.maximum(lesions + moved, 1))


def sketch_dose(rng, responses: list[str]) -> pd.DataFrame:
    """Draw cycles, and months at some three weeks a cycle; some responders have a long break."""
    n, progressive = len(responses), np.array(responses) == "progressive"
    cycles = np.where(progressive, rng.integers(3, 6, n), rng.integers(4, 10, n))
    pause = np.where(~progressive & (rng.random(n) < 0.25), rng.uniform(4, 14, n), 0)
    return pd.DataFrame(
        {"cycles": cycles, "duration_months": cycles * rng.uniform(0.6, 0.9, n) + pause}
    )


def relate_nothing(sheet, responses: list[str], parameters: dict) -> None:
    """Leave the rows as the cells have them."""


def relate_lesions(sheet, responses: list[str], parameters: dict) -> None:
    """Make each row's number and sizes give its response, and pathology agree with imaging.

    The response rule is the plan's `number_and_size`. Stricter than the rule, no row moves both
    ways: nothing shrinks or disappears in progressive disease, nothing grows in regressive disease.
    """
    model = sheet.model
    growth, millimetres = 100 + parameters["growth_percent"], parameters["growth_mm"]
    shrinkage = 100 - parameters["shrinkage_percent"]
    columns = ["lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm", "size_pathology_mm"]
    for p, response in enumerate(responses):
        n0, n1, before, after, specimen = (sheet.x[c][p] for c in columns)
        counted, measured, examined = (sheet.known(c, p) for c in (columns[1], *columns[3:]))
        model.add(n0 >= 1)
        model.add(before >= 1)
        model.add_bool_or(counted, measured)
        number = model.new_bool_var("")  # the number decides, or the size does
        size = model.new_bool_var("")
        model.add_implication(number, counted)
        model.add_implication(size, measured)
        model.add_bool_or(number, size)
        both = [examined, measured]
        model.add_linear_constraint(specimen - after, -10, 10).only_enforce_if(both)
        if response == "progressive":
            model.add(n1 >= n0 + 1).only_enforce_if(number)
            model.add(100 * after >= growth * before).only_enforce_if(size)
            model.add(after >= before + millimetres).only_enforce_if(size)
            model.add_linear_constraint(n1 - n0, 0, 3).only_enforce_if(counted)
            model.add(after >= before).only_enforce_if(measured)
            model.add(100 * after <= 220 * before).only_enforce_if(measured)
            model.add(specimen >= before)
            model.add(specimen <= 2 * before + 5)
        elif response == "regressive":
            model.add(n1 <= n0 - 1).only_enforce_if(number)
            model.add(100 * after <= shrinkage * before).only_enforce_if(size)
            model.add_linear_constraint(n1 - n0, -4, 0).only_enforce_if(counted)
            model.add(after <= before).only_enforce_if(measured)
            model.add(100 * after >= 20 * before).only_enforce_if(measured)
            model.add(specimen <= before)
            model.add(100 * specimen >= 20 * before).only_enforce_if(examined)
            # complete pathological response, no tumour in the specimen: one small lesion on imaging
            gone = [examined.negated()]
            model.add(n1 == 1).only_enforce_if(gone)
            model.add_linear_constraint(after, 1, 15).only_enforce_if(gone)
        else:
            model.add_bool_and(counted, measured)
            model.add(n1 == n0)
            model.add(100 * after >= 80 * before)
            model.add(100 * after <= 115 * before)
        if response != "regressive":
            model.add(specimen >= 1)


def relate_dose(sheet, responses: list[str], parameters: dict) -> None:
    """Keep some three weeks to two months a cycle, and at most one patient without both numbers."""
    empty = []
    for p in range(len(responses)):
        cycles, half_months = sheet.x["cycles"][p], sheet.x["duration_months"][p]
        known = [sheet.known("cycles", p), sheet.known("duration_months", p)]
        sheet.model.add(10 * half_months >= 13 * cycles).only_enforce_if(known)
        sheet.model.add(half_months <= 4 * cycles).only_enforce_if(known)
        none = sheet.model.new_bool_var("")
        sheet.model.add_bool_or(*known, none)
        empty.append(none)
    sheet.model.add(sum(empty) <= 1)


def relate_levels(sheet, responses: list[str], parameters: dict) -> None:
    """Keep `FORBIDDEN`."""
    for condition, levels in FORBIDDEN:
        rows = sheet.earlier.index if condition is None else sheet.earlier.query(condition).index
        for p in rows:
            sheet.model.add_bool_or(
                sheet.among(column, p, sheet.codes(column, [level] if level else [])).negated()
                for column, level in levels.items()
            )


# (columns, sketch of the numbers, relations, deterministic time for leaning towards the sketch):
# given the response, independent of each other except as `FORBIDDEN` says.
BLOCKS = [
    (["age_years"], sketch_age, relate_nothing, 1.5),
    (
        ["lesions_pre", "size_pre_mm", "lesions_post", "size_post_mm", "size_pathology_mm"],
        sketch_lesions,
        relate_lesions,
        6.0,
    ),
    (["cycles", "duration_months"], sketch_dose, relate_dose, 2.0),
    (
        [
            "sex", "comorbidity", "primary_site", "regimen", "grade", "t_stage", "n_stage",
            "approach", "surgery", "two_stage", "additional_therapy", "margin",
            "pathological_response", "morbidity_30d", "recurrence_1y", "alive_1y",
        ],
        sketch_nothing,
        relate_levels,
        1.5,
    ),
]  # fmt: skip


# --- The same relations for arrays of codes, as a random walk over cohorts asks at each step. A
# test compares each with its relation above, which the solver reads.


def gives_responses(codes: dict, responses: np.ndarray, parameters: dict) -> np.ndarray:
    """Tell whether number and sizes of all rows give their responses by `number_and_size`.

    Parameters
    ----------
    codes
        Column -> whole codes as in `sheet.Sheet` (0: missing), shape (cohorts, patients).
    responses
        Of the patients, the same in all cohorts.
    parameters
        Of the plan's rule.

    Returns
    -------
    ndarray of bool, shape (cohorts,)
    """
    n0, n1, before, after = (
        codes[c] for c in ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
    )
    counted, measured = n1 > 0, after > 0
    growth, millimetres = 100 + parameters["growth_percent"], parameters["growth_mm"]
    grew = (100 * after >= growth * before) & (after >= before + millimetres)
    shrank = measured & (100 * after <= (100 - parameters["shrinkage_percent"]) * before)
    worse = (n1 > n0) | grew
    better = ~worse & ((counted & (n1 < n0)) | shrank)
    given = np.where(worse, responses == "progressive", responses == "stationary")
    given = np.where(better, responses == "regressive", given & (worse | (counted & measured)))
    return given.all(axis=1)


def are_plausible_lesions(codes: dict, responses: np.ndarray, parameters: dict) -> np.ndarray:
    """Tell whether all rows keep what `relate_lesions` asks beyond the response rule."""
    n0, n1, before, after, specimen = (
        codes[c]
        for c in ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm", "size_pathology_mm")
    )
    uncounted, unmeasured, gone = n1 == 0, after == 0, specimen == 0
    more = n1 - n0
    progressive = (
        (uncounted | ((more >= 0) & (more <= 3)))
        & (unmeasured | ((after >= before) & (100 * after <= 220 * before)))
        & (specimen >= before)
        & (specimen <= 2 * before + 5)
    )
    regressive = (
        (uncounted | ((more >= -4) & (more <= 0)))
        & (unmeasured | ((after <= before) & (100 * after >= 20 * before)))
        & (specimen <= before)
        & np.where(gone, (n1 == 1) & (after >= 1) & (after <= 15), 100 * specimen >= 20 * before)
    )
    stationary = ~gone & (more == 0) & (100 * after >= 80 * before) & (100 * after <= 115 * before)
    kept = np.where(responses == "progressive", progressive, stationary)
    kept = np.where(responses == "regressive", regressive, kept)
    kept &= unmeasured | gone | (np.abs(specimen - after) <= 10)
    return kept.all(axis=1)


def are_plausible_doses(codes: dict, responses: np.ndarray, parameters: dict) -> np.ndarray:
    """Tell whether all rows keep what `relate_dose` asks."""
    cycles, half_months = codes["cycles"], codes["duration_months"]
    kept = (10 * half_months >= 13 * cycles) & (half_months <= 4 * cycles)
    empty = (cycles == 0) & (half_months == 0)
    return (kept | (cycles == 0) | (half_months == 0)).all(axis=1) & (empty.sum(axis=1) <= 1)


# Relations by the columns that they bind. The first is the printed definition of the response, the
# others are assumptions.
DEFINED = [(BLOCKS[1][0], gives_responses)]
ASSUMED = [(BLOCKS[1][0], are_plausible_lesions), (BLOCKS[2][0], are_plausible_doses)]

# Columns whose numbers may move together in one step of a random walk.
TOGETHER = [
    ("lesions_pre", "lesions_post"),
    ("size_post_mm", "size_pathology_mm"),
    ("size_pre_mm", "size_post_mm", "size_pathology_mm"),
    ("cycles", "duration_months"),
]
