"""The form of the registry: its quantities, each with its account, checked and written."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from jsonschema import Draft202012Validator

from crlm.base.files import for_spreadsheets
from crlm.base.formats import n_percent, patients, percent
from crlm.plan.conditions import all_of
from crlm.plan.variables import Variable, in_group

# The code that computes what a rule writes.
MODULES = {
    "clean_cohort": "crlm.cohort.cleaned",
    "classify_response": "crlm.response",
    "describe_cohort": "crlm.description",
    "compare_groups": "crlm.comparison",
    "compare_specifications": "crlm.multiverse",
    "collect_numbers": "crlm.numbers.quantities",
    "collect_ensemble": "crlm.wings.reconstruction.ranges",
}
# Of more patients an account and the registry give the filter and the number, not a list.
LISTED = 200
MET = "patients who meet the filter"


def whom_counted(
    patients_who: Callable[[str], list[str]], condition: str, base: str, columns: list[str],
    variable: Variable | None = None, among: str = "all",
) -> dict:  # fmt: skip
    """Return of whom a quantity tells, by conditions on the clean columns.

    Parameters
    ----------
    patients_who
        Gives the pseudonyms of the patients who meet a condition.
    condition, base
        Who is counted, and among whom.
    columns
        The clean columns that matter.
    variable, among
        The variable that may be missing, and the group in which its missing values matter.
    """
    lacking = patients_who(all_of(variable.missing, in_group(among))) if variable else []
    share = f"{len(lacking)} of {len(patients_who(in_group(among)))} patients"
    return {
        "filter": condition,
        "denominator": f"{len(patients_who(base))} patients: {base or 'all who are analysed'}",
        "missing": f"{share} ({variable.missing})" if variable and lacking else "none",
        "lacking": lacking,
        "columns": columns,
        "patients": patients_who(condition),
    }  # fmt: skip


def tell_unlisted(n: int) -> str:
    """Return what an account says in place of a list of so many patients."""
    return f"{n}, too many to be listed (more than {LISTED})"


def registry_entry(
    value: Any, display: str, meaning: str, unit: str, rule: str, source: str, computed: str,
    about: Mapping = MappingProxyType({}), count: bool = False,
) -> dict:  # fmt: skip
    """Return one quantity: its entry in the registry and, as `account`, where it comes from.

    `computed` says how; `about`, of whom, as `whom_counted` returns it, with the further parts that
    accounts.schema.yaml describes. The registry lists the patients of a `count`.
    """
    if isinstance(value, float) and math.isnan(value):
        value = None
    named = {part: about.get(part, ()) for part in ("patients", "lacking")}
    unlisted = {part for part, ids in named.items() if len(ids) > LISTED}
    account = {part: told for part, told in about.items() if told and part not in unlisted}
    listed = count and "patients" not in unlisted
    if "patients" in unlisted:
        account["unlisted"] = tell_unlisted(len(named["patients"]))
    return {
        "value": value, "display": display, "meaning": meaning, "unit": unit, "rule": rule,
        "module": MODULES[rule],
        "source": source, "patients": account.get("patients", []) if listed else None,
        "account": {"computed": computed, **account},
    }  # fmt: skip


def register(
    key: str, meaning: str, forms: Mapping[str, tuple], rule: str, source: str,
    about: Mapping = MappingProxyType({}), unit: str = "", count: bool = False, joint: str = "",
) -> dict[str, dict]:  # fmt: skip
    """Return the printed forms of a quantity as entries of the registry.

    Parameters
    ----------
    forms
        Name -> value, printed form, how it was computed, and the unit where it is not `unit`.
    joint
        What joins the words of a form's name, where the meaning is to end with it.
    """
    found = {}
    for form, (value, display, computed, *own) in forms.items():
        what = f"{meaning}: {form.replace('_', joint)}" if joint else meaning
        units = own[0] if own else unit
        found[f"{key}.{form}"] = registry_entry(
            value, display, what, units, rule, source, computed, about, count
        )
    return found


def numbered(name: str, n: int, computed: str = MET) -> dict[str, tuple]:
    """Return the forms of a number of patients: alone, and with its noun."""
    return {name: (n, f"{n}", computed), f"{name}_patients": (n, patients(n), computed)}


def share_forms(n: int, of: int, decimals: int) -> dict[str, tuple]:
    """Return the forms of a count with its share; of nobody there is none: not the same as 0."""
    share, nobody = 100 * n / of if of else None, "not known"
    shown = nobody if share is None else percent(share, decimals)
    shared = f"{MET}; " + (f"100 × {n} / {of} = {share!r}" if of else "no percentage of nobody")
    return {
        "percent": (share, shown, shared, "%"),
        "n_percent": (n, n_percent(n, of, decimals), shared, "patients (%)"),
        "n_of": (n, f"{n} of {of}" if of else nobody, MET),
        "n_of_percent": (n, f"{n} of {of} ({shown})" if of else nobody, shared, "patients (%)"),
    }


def is_constant(entry: dict) -> bool:
    """Return whether a quantity comes from the plan or the literature, and so from no patient."""
    return entry["rule"] == "collect_numbers"


def as_json(content: dict, schema: dict) -> str:
    """Return entries that their closed schema accepts as the text of a JSON file.

    The names of their parts are checked in each entry, and each different part once: most entries
    repeat what others say, and a check of all would take ten times as long.
    """
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    content = json.loads(text)
    names_of = {}
    for pattern, of_entry in schema.get("patternProperties", {}).items():
        names_of[pattern] = of_entry | {"properties": dict.fromkeys(of_entry["properties"], True)}
        for part, of_part in of_entry["properties"].items():
            different = {repr(e[part]): e[part] for e in content.values() if part in e}
            of_parts = {"items": of_part, "$defs": schema.get("$defs", {})}
            Draft202012Validator(of_parts).validate([*different.values()])
    Draft202012Validator(schema | {"patternProperties": names_of}).validate(content)
    return text + "\n"


def write_numbers(numbers: dict[str, dict], schema: dict, json_path: str, csv_path: str) -> None:
    """Write the registry as JSON and, flat, as CSV, after checking it against its closed schema."""
    Path(json_path).write_text(as_json(numbers, schema), encoding="utf-8")
    flat = pd.DataFrame.from_dict(numbers, orient="index").rename_axis("key").reset_index()
    flat["patients"] = flat["patients"].map(lambda ids: " ".join(ids) if ids else "")
    for_spreadsheets(flat).to_csv(csv_path, index=False, lineterminator="\n", encoding="utf-8")


def write_accounts(accounts: dict[str, dict], schema: dict, path: str) -> None:
    """Write the accounts as JSON, after checking them against their closed schema."""
    Path(path).write_text(as_json(accounts, schema), encoding="utf-8")
