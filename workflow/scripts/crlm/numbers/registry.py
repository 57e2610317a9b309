"""The form of the number registry: its entries, checked against a closed schema and written."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

MODULES = {
    "clean_cohort": "crlm.cohort.cleaned",
    "classify_response": "crlm.response",
    "describe_cohort": "crlm.description",
    "compare_groups": "crlm.comparison",
    "collect_numbers": "crlm.numbers.quantities",
}


def entry(value: Any, display: str, meaning: str, unit: str, rule: str, source: str, ids=None):
    """Return one entry of the registry; `ids` are the pseudonyms of the patients behind a count."""
    if isinstance(value, float) and math.isnan(value):
        value = None
    return {
        "value": value, "display": display, "meaning": meaning, "unit": unit, "rule": rule,
        "module": MODULES[rule], "source": source, "patients": ids,
    }  # fmt: skip


def is_constant(entry: dict) -> bool:
    """Return whether a quantity comes from the plan or the literature, and so from no patient."""
    return entry["rule"] == "collect_numbers"


def write_numbers(numbers: dict[str, dict], schema: dict, json_path: str, csv_path: str) -> None:
    """Write the registry as JSON and, flat, as CSV, after checking it against its closed schema."""
    text = json.dumps(numbers, ensure_ascii=False, indent=1, allow_nan=False)
    jsonschema.validate(json.loads(text), schema)
    Path(json_path).write_text(text + "\n", encoding="utf-8")
    flat = pd.DataFrame.from_dict(numbers, orient="index").rename_axis("key").reset_index()
    flat["patients"] = flat["patients"].map(lambda ids: " ".join(ids) if ids else "")
    flat.to_csv(csv_path, index=False, lineterminator="\n", encoding="utf-8")
