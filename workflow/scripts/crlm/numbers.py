"""The number registry: every quantity of the paper once, with printed form, meaning, source."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from crlm.description import read_variable, summary_forms
from crlm.formats import interval, interval_end, p_number, p_phrase, percent

MODULES = {
    "clean_cohort": "crlm.cohort",
    "classify_response": "crlm.response",
    "describe_cohort": "crlm.description",
    "compare_groups": "crlm.comparison",
    "collect_numbers": "crlm.numbers",
}
TEST_NAMES = {
    "pearson_chi2": "Pearson's chi-square test",
    "fisher_exact": "Fisher's exact test",
    "fisher_freeman_halton": "Fisher–Freeman–Halton exact test",
    "mann_whitney": "Mann–Whitney test",
    "spearman": "Spearman's rank correlation",
}
READINGS = {"recist_1_1": "RECIST 1.1", "radiologist": "the radiologist's reading"}


def entry(value: Any, display: str, meaning: str, unit: str, rule: str, source: str, patients=None):
    """Return one entry of the registry; `patients` are the pseudonyms behind a count."""
    if isinstance(value, float) and math.isnan(value):
        value = None
    return {
        "value": value, "display": display, "meaning": meaning, "unit": unit, "rule": rule,
        "module": MODULES[rule], "source": source, "patients": patients,
    }  # fmt: skip


def of_cohort(flow: pd.DataFrame) -> dict:
    """Register how many patients were received, withdrawn, excluded and analysed."""
    source = "cohort/flow.csv"
    rows = {
        s.step: entry(
            int(s.patients), f"{s.patients:.0f}", s.label, "patients", "clean_cohort", source
        )
        for s in flow.itertuples()
    }
    nobody = entry(0, "0", "consent withdrawn", "patients", "clean_cohort", source)
    withdrawn = rows.pop("withdrawn", nobody)
    out = rows["received"]["value"] - withdrawn["value"] - rows["analysed"]["value"]
    return {
        "cohort.received": rows.pop("received"),
        "cohort.withdrawn": withdrawn,
        "cohort.n": rows.pop("analysed"),
        "cohort.excluded": entry(
            out, str(out), "patients excluded", "patients", "clean_cohort", source
        ),
        **{f"cohort.excluded_{step}": row for step, row in rows.items()},
    }


def of_plan(plan: dict) -> dict:
    """Register the plan's constants that the text speaks of."""
    plain = {
        "plan.alpha": (plan["alpha"], f"{plan['alpha']:g}", "two-sided significance level", ""),
        "plan.confidence_level": (
            plan["confidence_level"], f"{100 * plan['confidence_level']:g}%", "confidence level", ""
        ),
    }  # fmt: skip
    for name, rule in plan["response_rules"].items():
        for parameter, value in rule["parameters"].items():
            unit = {"percent": "%", "mm": " mm"}[parameter.rsplit("_", 1)[1]]
            meaning = f"{parameter.replace('_', ' ')}, in the response rule {rule['label']}"
            plain[f"rule.{name}.{parameter}"] = (value, f"{value:g}{unit}", meaning, unit.strip())
    return {
        key: entry(value, display, meaning, unit, "collect_numbers", "config/plan.yaml")
        for key, (value, display, meaning, unit) in plain.items()
    }


def of_words(plan: dict, period: dict) -> dict:
    """Register the names of variables and levels, and the period, so that text and tables agree."""
    found = {}
    for name, variable in plan["variables"].items():
        words = {"variable": variable["label"]}
        words |= {level: d["label"] for level, d in variable.get("levels", {}).items()}
        for level, label in words.items():
            found[f"label.{name}.{level}"] = entry(
                label, label, f"{variable['label']}: name of the {level.replace('_', ' ')}", "",
                "collect_numbers", "config/plan.yaml",
            )  # fmt: skip
    for end, year in period.items():
        found[f"period.{end}"] = entry(
            year, f"{year}", f"the study's period: {end}", "year", "collect_numbers",
            "config/cohorts",
        )  # fmt: skip
    return found


def of_count(
    row, key: str, what: str, rule: str, source: str, patients: list, base: list, decimals: int
) -> dict:
    """Register a count with its denominator, whose patients are `base`, and percentage."""
    n, of = int(row.n), int(row.denominator)
    share = percent(row.percent, decimals) if of else "no patient"
    forms = {
        "n": (n, f"{n}", "patients"),
        "denominator": (of, f"{of}", "patients"),
        "percent": (row.percent if of else None, share, "%"),
        "n_percent": (n, row.text, "patients (%)"),
        "n_of": (n, f"{n} of {of}", "patients"),
        "n_of_percent": (n, f"{n} of {of} ({share})" if of else "0 of 0", "patients (%)"),
    }
    return {
        f"{key}.{form}": entry(
            value, display, what, unit, rule, source, base if form == "denominator" else patients
        )
        for form, (value, display, unit) in forms.items()
    }


def of_summary(row, key: str, what: str, unit: str, rule: str, source: str, decimals: int) -> dict:
    """Register the summary of a number."""
    forms = {"n": (int(row.n), f"{int(row.n)}")} | summary_forms(row._asdict(), decimals)
    return {
        f"{key}.{form}": entry(
            value, display, f"{what}: {form.replace('_', ', ')}", unit, rule, source
        )
        for form, (value, display) in forms.items()
    }


def of_table(name: str, table: pd.DataFrame, frame: pd.DataFrame, plan: dict) -> dict:
    """Register every cell of a tidy table, and how many patients each variable is known for."""
    rule = "describe_cohort" if plan["tables"][name]["groups"] == ["all"] else "compare_groups"
    source = f"tables/{name}.csv"
    found: dict = {}
    columns = {}
    for variable in table["variable"].unique():
        definition = plan["variables"][variable]
        columns[variable] = values = read_variable(frame, variable, definition)
        for form, known in (("known", values.notna()), ("missing", values.isna())):
            ids = frame.loc[known, "patient_id"].tolist()
            what = f"{definition['label']}: {form}"
            found[f"all.{variable}.{form}"] = entry(
                len(ids), f"{len(ids)}", what, "patients", rule, source, ids
            )
    for row in table.itertuples():
        variable, values = plan["variables"][row.variable], columns[row.variable]
        in_group = frame["group"].eq(row.group) | (row.group == "all")
        group = "" if row.group == "all" else f", {plan['groups'][row.group]['label']}"
        key = f"{row.group}.{row.variable}"
        if pd.isna(row.level):
            what = f"{variable['label']}{group}"
            unit, decimals = variable["unit"], plan["decimals"]["mean"]
            found |= of_summary(row, key, what, unit, rule, source, decimals)
        else:
            what = f"{variable['label']}: {variable['levels'][row.level]['label']}{group}"
            counted = in_group & (values == row.level)
            of_level = plan["tables"][name]["percent_of"] == "level"
            base = values == row.level if of_level else in_group & values.notna()
            ids, of_ids = (frame.loc[who, "patient_id"].tolist() for who in (counted, base))
            decimals = plan["decimals"]["percent"]
            found |= of_count(row, f"{key}.{row.level}", what, rule, source, ids, of_ids, decimals)
    return found


def of_groups(frame: pd.DataFrame, groups: dict, decimals: int) -> dict:
    """Register the sizes of the groups compared."""
    found = {}
    for name, group in groups.items():
        ids = frame.loc[frame["group"] == name, "patient_id"].tolist()
        share = 100 * len(ids) / len(frame)
        forms = {
            "n": (len(ids), f"{len(ids)}"),
            "percent": (share, percent(share, decimals)),
            "n_percent": (len(ids), f"{len(ids)} ({percent(share, decimals)})"),
            "n_of_percent": (len(ids), f"{len(ids)} of {len(frame)} ({percent(share, decimals)})"),
        }
        for form, (value, display) in forms.items():
            found[f"{name}.{form}"] = entry(
                value, display, group["meaning"], "patients", "classify_response",
                "response/response.csv", ids,
            )  # fmt: skip
    return found


def show_effect(row, unit: str, level: float) -> str:
    """Return an effect with its interval as a sentence shows it."""
    if row.effect == "risk_difference":
        low, mid, high = (100 * v for v in (row.ci_low, row.estimate, row.ci_high))
        return (
            f"difference {interval_end(mid, 1)} percentage points, {interval(low, high, 1, level)}"
        )
    if row.effect == "cramers_v":
        ends = interval(row.ci_low, row.ci_high, 2, level)
        return f"Cramér's V {interval_end(row.estimate, 2)}, {ends}"
    ends = interval(row.ci_low, row.ci_high, 1, level)
    return f"median difference {interval_end(row.estimate, 1)} {unit}, {ends}"


def of_tests(prefix: str, tests: pd.DataFrame, plan: dict) -> dict:
    """Register p-values, names of tests and effects; without values where no test is possible."""
    source = {"test": "comparison/tests.csv", "sensitivity": "comparison/sensitivity.csv"}[prefix]
    found = {}
    for row in tests[tests["test"] != "spearman"].itertuples():
        variable = plan["variables"][row.variable]
        forms: dict[str, tuple] = {
            "reason": (None, row.reason),
            "n": (int(row.n), f"{row.n:.0f}"),
            "p": (None, "no test possible"),
            "p_value": (None, "–"),
            "name": (None, "no test possible"),
            "effect": (None, "no estimate"),
        }
        if pd.notna(row.p_value):
            decimals = plan["decimals"]["p_value"]
            effect = show_effect(row, variable.get("unit", ""), plan["confidence_level"])
            forms |= {
                "p": (row.p_value, p_phrase(row.p_value, decimals)),
                "p_value": (row.p_value, p_number(row.p_value, decimals)),
                "name": (row.test, TEST_NAMES[row.test]),
                "effect": (row.estimate, effect),
            }
        for form, (value, display) in forms.items():
            what = f"{variable['label']}, by response group: {form}"
            found[f"{prefix}.{row.variable}.{form}"] = entry(
                value, display, what, "", "compare_groups", source
            )
    return found


def of_correlations(tests: pd.DataFrame, plan: dict) -> dict:
    """Register the rank correlations."""
    found = {}
    decimals, level = plan["decimals"], plan["confidence_level"]
    for row in tests[tests["test"] == "spearman"].itertuples():
        forms: dict[str, tuple] = {
            "n": (int(row.n), f"{row.n:.0f}"),
            "p": (None, "no test possible"),
        }
        forms |= dict.fromkeys(("rho", "rho_ci"), (None, "not defined"))
        if pd.notna(row.p_value):
            rho = interval_end(row.estimate, decimals["rho"])
            ends = interval(row.ci_low, row.ci_high, decimals["rho"], level)
            forms["rho"], forms["rho_ci"] = (row.estimate, rho), (row.estimate, f"{rho}, {ends}")
            forms["p"] = (row.p_value, p_phrase(row.p_value, decimals["p_value"]))
        for form, (value, display) in forms.items():
            what = f"{plan['variables'][row.variable]['label']}, {row.reason}: {form}"
            found[f"correlation.{row.variable}.{form}"] = entry(
                value, display, what, "", "compare_groups", "comparison/tests.csv"
            )
    return found


def of_agreement(agreement: pd.DataFrame, plan: dict) -> dict:
    """Register how far the readings of the response agree."""
    found = {}
    decimals, level = plan["decimals"], plan["confidence_level"]
    for row in agreement.itertuples():
        forms: dict[str, tuple] = {
            "n": (int(row.n), f"{row.n:.0f}"),
            "observed_percent": (None, "no share"),
            "kappa": (None, "not defined"),
        }
        if row.n:
            share = 100 * row.observed
            forms["observed_percent"] = (share, percent(share, decimals["percent"]))
        if not math.isnan(row.kappa):
            kappa = interval_end(row.kappa, decimals["kappa"])
            ends = interval(row.ci_low, row.ci_high, decimals["kappa"], level)
            forms["kappa"] = (row.kappa, f"{kappa}, {ends}")
        for form, (value, display) in forms.items():
            what = f"the primary rule against {READINGS[row.reading]}: {form}"
            found[f"agreement.{row.reading}.{form}"] = entry(
                value, display, what, "", "classify_response", "response/agreement.csv"
            )
    return found


def of_literature(literature: dict) -> dict:
    """Register the numbers quoted from other studies."""
    return {
        f"lit.{study}.{name}": entry(
            quoted["value"], quoted["display"], quoted["meaning"], "", "collect_numbers",
            f"data/literature.yaml, {study}",
        )
        for study, numbers in literature.items()
        for name, quoted in numbers.items()
    }  # fmt: skip


def collect_numbers(
    frame: pd.DataFrame,
    flow: pd.DataFrame,
    tables: dict[str, pd.DataFrame],
    tests: pd.DataFrame,
    sensitivity: pd.DataFrame,
    agreement: pd.DataFrame,
    plan: dict,
    literature: dict,
    period: dict,
) -> dict[str, dict]:
    """Collect every quantity of the paper.

    Parameters
    ----------
    frame
        One row a patient, as `description.join_response` returns it.
    flow, tables, tests, sensitivity, agreement
        What the stages wrote; `tables` by the plan's names.
    plan
        `config/plan.yaml`.
    literature
        `data/literature.yaml`: citation key -> name -> `value, display, meaning`.
    period
        The cohort's first and last year: `from`, `to`.

    Returns
    -------
    dict
        Key -> `value, display, meaning, unit, rule, module, source, patients`. `value` is at full
        precision, `display` is Markdown and the only form that a reader sees.
    """
    found = of_cohort(flow) | of_plan(plan) | of_words(plan, period)
    found |= of_groups(frame, plan["groups"], plan["decimals"]["percent"])
    for name, table in tables.items():
        found |= of_table(name, table, frame, plan)
    found |= of_tests("test", tests, plan) | of_tests("sensitivity", sensitivity, plan)
    found |= of_correlations(tests, plan) | of_agreement(agreement, plan)
    return found | of_literature(literature)


def write_numbers(numbers: dict[str, dict], schema: dict, json_path: str, csv_path: str) -> None:
    """Write the registry as JSON and, flat, as CSV, after checking it against its closed schema."""
    text = json.dumps(numbers, ensure_ascii=False, indent=1, allow_nan=False)
    jsonschema.validate(json.loads(text), schema)
    Path(json_path).write_text(text + "\n", encoding="utf-8")
    flat = pd.DataFrame.from_dict(numbers, orient="index").rename_axis("key").reset_index()
    flat["patients"] = flat["patients"].map(lambda ids: " ".join(ids) if ids else "")
    flat.to_csv(csv_path, index=False, lineterminator="\n", encoding="utf-8")
