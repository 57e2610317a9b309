"""Draw a cohort of any size from the rows of 2024, to see how the workflow grows with it.

What belongs together (lesions, dose, responses) is drawn as one; all else column by column. Sizes,
cycles and ages vary a little, so that few rows are alike. No row is a patient.
"""

from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
TOGETHER = [
    *("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm", "size_pathology_mm"),
    *("regimen", "cycles", "duration_months", "radiologist_response", "pathological_response"),
]
SIZES = ("size_pre_mm", "size_post_mm", "size_pathology_mm")
SEED = 1


def draw_raw(n: int, seed: int = SEED) -> pd.DataFrame:
    """Draw the raw table of `n` patients, every cell a text, as data/raw/cohort_2024.csv has it."""
    rng = np.random.default_rng(seed)
    known = pd.read_csv(ROOT / "data/raw/cohort_2024.csv", dtype=str, keep_default_na=False)
    rows = rng.integers(0, len(known), n)
    raw = pd.DataFrame(
        {
            name: known[name].to_numpy()[
                rows if name in TOGETHER else rng.integers(0, len(known), n)
            ]
            for name in known
        }
    )
    raw["patient_id"] = [f"H-{chr(65 + i // 90_000)}-{i % 90_000 + 1:05d}" for i in range(n)]
    raw["age_years"] = rng.normal(53, 12, n).round().clip(24, 85).astype(int).astype(str)
    numbers = {
        name: pd.to_numeric(raw[name], errors="coerce")
        for name in (*SIZES, "cycles", "duration_months")
    }
    factor = rng.lognormal(0, 0.3, n)
    for name in SIZES:
        sizes = numbers[name] * factor * rng.uniform(0.95, 1.05, n)
        numbers[name] = sizes.round().clip(10, 200)
    numbers["cycles"] = (numbers["cycles"] + rng.integers(-1, 2, n)).clip(lower=2)
    shortest = numbers["cycles"].fillna(0) / 2
    numbers["duration_months"] = numbers["duration_months"].clip(lower=shortest)
    for name, values in numbers.items():
        raw[name] = ["" if np.isnan(value) else f"{value:g}" for value in values]
    # Where the size alone does not tell the response, the number of lesions is known.
    growth = numbers["size_post_mm"] - numbers["size_pre_mm"]
    share = growth / numbers["size_pre_mm"]
    told = (share <= -0.35) | ((share >= 0.25) & (growth >= 6))
    unclear = (raw["lesions_post"] == "") & ~told
    raw["lesions_post"] = raw["lesions_post"].mask(unclear, raw["lesions_pre"])
    return raw
