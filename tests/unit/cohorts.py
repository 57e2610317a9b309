"""Raw tables of made-up cohorts, in the codebook's own spellings, and the plans they may have."""

import copy
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from crlm.base.problems import InputError

COHORT = "codebook: {}\nplan: {}\ntitle: A cohort\n"
# What the two examinations of a patient show: number and size before and after, each row a kind by
# which the rule of number and size decides. None is not known.
RESPONSES = {
    "progressive": [(1, 3, 40, 40), (2, 2, 30, 60), (2, 3, None, 35), (3, 5, 55, None),
                    (1, None, 25, 40)],
    "regressive": [(3, 1, 60, 60), (1, 1, 50, 20), (4, 2, 30, None), (2, 1, None, 41),
                   (None, 1, 44, 10), (3, 0, 70, None), (2, 0, 35, 0)],
    "stationary": [(1, 1, 40, 38), (2, 2, 62, 65), (5, 5, 80, 80)],
    "excluded": [(2, None, 40, None)],
}  # fmt: skip
MEASURED = ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
RECIST = {  # the groups and levels of a cohort whose primary rule is RECIST 1.1
    "responders": {
        "label": "CR + PR + SD", "meaning": "complete or partial response or stable disease",
        "responses": ["complete", "partial", "stable"],
    },
    "progressive": {
        "label": "PD", "meaning": "progressive disease", "responses": ["progressive"]
    },
}  # fmt: skip


# What may be asked is not drawn: a lone 4.5 mm (cm?), a lone 8, 9 or 77 (a missing value's code?).
SMALLEST, LARGEST, CODES = 10, 70, (8, 9)


class Shape(NamedTuple):
    """A cohort: how many patients, which responses they have, what is known of them.

    `columns` gives for a variable "any" (levels at random, some cells missing), "missing", or a
    level or number that all patients have; a variable that is not named is "any".
    """

    n: int
    responses: tuple[str, ...]
    columns: dict[str, str]
    whole: bool = False
    seed: int = 0


def spell(value, variable: dict, rng: np.random.Generator) -> str:
    """Return a clean value in one of its raw spellings."""
    if variable["type"] == "category":
        text = str(rng.choice([value, *variable["levels"][value]]))
        return f"{rng.choice(['', ' '])}{rng.choice([text, text.upper(), text.capitalize()])}"
    return str(value) if variable["type"] == "integer" else f"{value:g}".replace(
        ".", str(rng.choice([".", ","]))
    )  # fmt: skip


def draw(variable: dict, rng: np.random.Generator):
    """Return a clean value of a variable, any that the codebook allows."""
    match variable["type"]:
        case "category":
            return str(rng.choice(list(variable["levels"])))
        case "integer":
            value = int(rng.integers(variable["min"], min(variable["max"], LARGEST) + 1))
            return value + 2 if value in CODES else value
        case "number":
            least = max(variable["min"], SMALLEST if variable["unit"] == "mm" else 0)
            value = float(rng.integers(2 * least, 2 * min(variable["max"], LARGEST) + 1) / 2)
            return value + 2 if value in CODES else value
        case "year":
            return str(rng.integers(variable["min"], variable["max"] + 1))


def make_raw(shape: Shape, codebook: dict) -> pd.DataFrame:
    """Return the raw table of a cohort: valid, every cell as text, rows numbered as in a file."""
    rng = np.random.default_rng(shape.seed)
    variables = codebook["variables"]
    rows = []
    for i in range(shape.n):
        kinds = RESPONSES[str(rng.choice(shape.responses))]
        if shape.whole:
            kinds = [kind for kind in kinds if None not in kind[:2] + kind[2:3]] or kinds
            kinds = [kind for kind in kinds if kind[3] is not None] or kinds
        row = {"patient_id": f"P{i:03d}"}
        row |= dict(zip(MEASURED, kinds[rng.integers(len(kinds))], strict=True))
        for name, variable in variables.items():
            if name in row:
                continue
            how = shape.columns.get(name, "any")
            lacking = how == "missing" or (how == "any" and rng.random() < 0.15)
            if lacking and not variable["required"]:
                row[name] = None
            else:
                row[name] = draw(variable, rng) if how in ("any", "missing") else how
        # What the codebook's checks refuse.
        if row["cycles"] is not None and row["duration_months"] is not None:
            row["cycles"] = int(row["cycles"])
            row["duration_months"] = max(float(row["duration_months"]), 0.5 * row["cycles"])
        if row["pathological_response"] == "complete":
            row["size_pathology_mm"] = None
        rows.append(row)
    columns = {}
    for name, variable in variables.items():
        column = str(rng.choice(list(variable["columns"])))
        unit = variable["columns"][column]
        scale = 0.1 if unit == "cm" else 365.25 / 84 if unit == "weeks" else 1
        if name == "duration_months":
            column, scale = "duration_months", 1
        cells = []
        for row in rows:
            value = row[name]
            if value is None:
                cells.append(str(rng.choice(codebook["missing_codes"])))
            elif variable["type"] in ("id", "year"):
                cells.append(value)
            else:
                value = round(value * scale, 3) if scale != 1 else value
                cells.append(spell(value, variable, rng))
        columns[column] = cells
    return pd.DataFrame(columns, index=range(2, shape.n + 2), dtype=object)


def plan_for(plan: dict, rule: str) -> dict:
    """Return the plan of a cohort whose primary rule is `rule`."""
    if rule != "recist_1_1":
        return plan
    own = copy.deepcopy(plan)
    own["groups"] = copy.deepcopy(RECIST)
    own["variables"]["response"] = own["variables"]["recist"] | {"source": "response"}
    return own


def plan_with_complete(plan: dict) -> dict:
    """Return the plan with a further response: complete, where no metastasis is left."""
    own = copy.deepcopy(plan)
    step = {"response": "complete", "criterion": "disappearance", "when": "lesions_post == 0"}
    own["response_rules"]["number_and_size"]["steps"].insert(0, step)
    own["response_rules"]["recist_1_1"]["counterpart"]["complete"] = "complete"
    own["groups"]["responders"] |= {
        "label": "CD + RD + SD", "meaning": "complete, regressive or stationary disease",
        "responses": ["complete", "regressive", "stationary"],
    }  # fmt: skip
    levels = own["variables"]["response"]["levels"]
    own["variables"]["response"]["levels"] = {
        "complete": {"label": "Complete", "values": ["complete"]}
    } | levels
    return own


def paste(error: InputError, key: str, **choices: str) -> dict:
    """Return what stands under `key` when the lines of a message are put into a cohort's file.

    All marks are taken away, and for `<level>` stands what `choices` has under the spelling.
    """
    text = str(error)
    lines = re.sub("# (GUESS|TODO): ", "", text[text.index(f"\n{key}:\n") + 1 :])
    for spelling, level in choices.items():
        lines = lines.replace(f"<level>: [{spelling}]", f"{level}: [{spelling}]")
    return yaml.safe_load(COHORT.replace(f"{key}: {{}}", lines.rstrip()))[key]
