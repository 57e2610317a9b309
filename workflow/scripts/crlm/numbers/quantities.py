"""The number registry: every quantity of the paper once, with printed form, meaning, source."""

import math

import pandas as pd

from crlm.base.formats import (
    interval,
    interval_end,
    listing,
    p_number,
    p_phrase,
    patients,
    percent,
    within,
)
from crlm.description import summary_forms
from crlm.numbers.registry import entry
from crlm.numbers.words import TEST_NAMES, count_methods, name_methods, reading_name
from crlm.plan.variables import read_variable


def of_cohort(flow: pd.DataFrame) -> dict:
    """Register how many patients were received, withdrawn, excluded and analysed."""
    counts = {s.step: (int(s.patients), s.label) for s in flow.itertuples()}
    received, n = counts.pop("received"), counts.pop("analysed")
    withdrawn = counts.pop("withdrawn", (0, "consent withdrawn"))
    out = received[0] - withdrawn[0] - n[0]
    found = {
        "received": received,
        "withdrawn": withdrawn,
        "n": n,
        "excluded": (out, "patients excluded"),
        **{f"excluded_{step}": count for step, count in counts.items()},
    }
    source = "cohort/flow.csv"
    criteria = listing([label for _, label in counts.values()], "or")
    return {
        f"cohort.{step}{form}": entry(count, display, what, "patients", "clean_cohort", source)
        for step, (count, what) in found.items()
        for form, display in (("", f"{count}"), ("_patients", patients(count)))
    } | {
        "cohort.criteria": entry(
            criteria, criteria or "none", "criteria of exclusion", "", "clean_cohort", source
        )
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
        for form, words in rule_words(rule).items():
            plain[f"rule.{name}.{form}"] = (words, words, f"response rule {rule['label']}", "")
    return {
        key: entry(value, display, meaning, unit, "collect_numbers", "config/plan.yaml")
        for key, (value, display, meaning, unit) in plain.items()
    }


def rule_words(rule: dict) -> dict[str, str]:
    """Return the name of a response rule, and to what its responses are matched in agreement."""
    words = {"label": rule["label"]}
    counterpart = rule.get("counterpart", {})
    matches: dict[str, list[str]] = {}
    for response, other in counterpart.items():
        matches.setdefault(other, []).append(response.replace("_", " "))
    steps = dict.fromkeys(step["response"] for step in rule["steps"])
    if counterpart:
        pairs = [f"{listing(names)} to {other}" for other, names in matches.items()]
        lone = [response.replace("_", " ") for response in steps if response not in counterpart]
        words |= {"matched": listing(pairs), "unmatched": listing(lone, "or") or "none"}
    return words


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
        for level, definition in variable.get("levels", {}).items():
            words = definition.get("in_text", within(definition["label"]))
            found[f"word.{name}.{level}"] = entry(
                words, words, f"{variable['label']}: {definition['label']}, in a sentence", "",
                "collect_numbers", "config/plan.yaml",
            )  # fmt: skip
    ends = {end: (year, f"{year}") for end, year in period.items()}
    years = "–".join(dict.fromkeys(display for _, display in ends.values()))
    for end, (year, display) in (ends | {"years": (None, years)}).items():
        found[f"period.{end}"] = entry(
            year, display, f"the study's period: {end}", "year", "collect_numbers",
            "config/cohorts",
        )  # fmt: skip
    return found


def of_count(
    row, key: str, what: str, rule: str, source: str, ids: list, base: list, decimals: int
) -> dict:
    """Register a count with its denominator, whose patients are `base`, and percentage."""
    n, of = int(row.n), int(row.denominator)
    nobody = "not known"  # no patient to count among: not the same as a count of 0
    share = percent(row.percent, decimals) if of else nobody
    forms = {
        "n": (n, f"{n}", "patients"),
        "n_patients": (n, patients(n), "patients"),
        "denominator": (of, f"{of}", "patients"),
        "denominator_patients": (of, patients(of), "patients"),
        "percent": (row.percent if of else None, share, "%"),
        "n_percent": (n, row.text, "patients (%)"),
        "n_of": (n, f"{n} of {of}" if of else nobody, "patients"),
        "n_of_percent": (n, f"{n} of {of} ({share})" if of else nobody, "patients (%)"),
    }
    found = {}
    for form, (value, display, unit) in forms.items():
        who = base if form.startswith("denominator") else ids
        found[f"{key}.{form}"] = entry(value, display, what, unit, rule, source, who)
    return found


def of_summary(
    row, key: str, what: str, variable: dict, rule: str, source: str, decimals: int
) -> dict:
    """Register the summary of a number."""
    n, unit = int(row.n), variable["unit"]
    forms: dict[str, tuple] = {"n": (n, f"{n}"), "n_patients": (n, patients(n))}
    forms |= summary_forms(row._asdict(), decimals)
    # "The number of cycles was 5.6 on average": a label that ends in the unit says it already.
    forms["average"] = average(forms, n, "" if variable["label"].endswith(unit) else f" {unit}")
    return {
        f"{key}.{form}": entry(
            value, display, f"{what}: {form.replace('_', ', ')}", unit, rule, source
        )
        for form, (value, display) in forms.items()
    }


def average(forms: dict, n: int, unit: str) -> tuple[float | None, str]:
    """Return a number's mean, SD and range as a sentence gives them; of one patient its value."""
    value, text = forms["mean_sd"]
    if n > 1:
        return value, f"{text}{unit} on average (range {forms['range'][1]})"
    return value, f"{forms['min'][1]}{unit}" if n else text


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
            for suffix, display in (("", f"{len(ids)}"), ("_patients", patients(len(ids)))):
                found[f"all.{variable}.{form}{suffix}"] = entry(
                    len(ids), display, what, "patients", rule, source, ids
                )
    for row in table.itertuples():
        variable, values = plan["variables"][row.variable], columns[row.variable]
        in_group = frame["group"].eq(row.group) | (row.group == "all")
        group = "" if row.group == "all" else f", {plan['groups'][row.group]['label']}"
        key = f"{row.group}.{row.variable}"
        if pd.isna(row.level):
            what = f"{variable['label']}{group}"
            decimals = plan["decimals"]["mean"]
            found |= of_summary(row, key, what, variable, rule, source, decimals)
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
            "n_patients": (len(ids), patients(len(ids))),
            "percent": (share, percent(share, decimals)),
            "n_percent": (len(ids), f"{len(ids)} ({percent(share, decimals)})"),
            "n_of_percent": (len(ids), f"{len(ids)} of {len(frame)} ({percent(share, decimals)})"),
        }
        for form, (value, display) in forms.items():
            found[f"{name}.{form}"] = entry(
                value, display, group["meaning"], "patients", "classify_response",
                "response/response.csv", ids,
            )  # fmt: skip
        for form in ("label", "meaning"):
            found[f"{name}.{form}"] = entry(
                group[form], group[form], f"{form} of the group {name.replace('_', ' ')}", "",
                "collect_numbers", "config/plan.yaml",
            )  # fmt: skip
    return found


def show_effect(row, unit: str, level: float, decimals: int) -> str:
    """Return an effect with its interval as a sentence shows it; `decimals` are those of a mean."""
    scale, digits, name, unit = {
        "risk_difference": (100, 1, "difference", " percentage points"),
        "cramers_v": (1, 2, "Cramér's V", ""),
    }.get(row.effect, (1, decimals, "median difference", f" {unit}"))
    mid, low, high = (scale * v for v in (row.estimate, row.ci_low, row.ci_high))
    between = interval(low, high, digits, level, row.p_value)
    return f"{name} {interval_end(mid, digits)}{unit}, {between}"


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
            decimals, of_mean = plan["decimals"]["p_value"], plan["decimals"]["mean"]
            level = plan["confidence_level"]
            effect = show_effect(row, variable.get("unit", ""), level, of_mean)
            forms |= {
                "p": (row.p_value, p_phrase(row.p_value, decimals, plan["alpha"])),
                "p_value": (row.p_value, p_number(row.p_value, decimals, plan["alpha"])),
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
            "n_patients": (int(row.n), patients(int(row.n))),
            "p": (None, "no test possible"),
        }
        forms |= dict.fromkeys(("rho", "rho_ci"), (None, "not defined"))
        if pd.notna(row.p_value):
            rho = interval_end(row.estimate, decimals["rho"])
            ends = interval(row.ci_low, row.ci_high, decimals["rho"], level, row.p_value)
            forms["rho"], forms["rho_ci"] = (row.estimate, rho), (row.estimate, f"{rho}, {ends}")
            forms["p"] = (row.p_value, p_phrase(row.p_value, decimals["p_value"], plan["alpha"]))
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
            "n_patients": (int(row.n), patients(int(row.n))),
            "observed_percent": (None, "not defined"),
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
            what = f"the primary rule against {reading_name(row.reading, plan)}: {form}"
            found[f"agreement.{row.reading}.{form}"] = entry(
                value, display, what, "", "classify_response", "response/agreement.csv"
            )
    return found


def of_methods(tests: pd.DataFrame, sensitivity: pd.DataFrame) -> dict:
    """Register for how many variables each test and measure is used, and the tests' names."""
    counts = count_methods(tests, sensitivity)
    forms: dict[str, tuple] = {name: (n, f"{n}") for name, n in counts.items()}
    forms |= name_methods(counts)
    return {
        f"methods.{form}": entry(
            value, display, f"variables by the test or measure used: {form.replace('_', ' ')}", "",
            "compare_groups", "comparison/tests.csv, comparison/sensitivity.csv",
        )
        for form, (value, display) in forms.items()
    }  # fmt: skip


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
    ranges: dict[str, dict],
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
    ranges
        The registered ranges of what a reconstructed cohort leaves open, as `openness.read_ranges`
        returns them.

    Returns
    -------
    dict
        Key -> `value, display, meaning, unit, rule, module, source, patients`. `value` is at full
        precision, `display` is plain text and the only form that a reader sees.
    """
    found = of_cohort(flow) | of_plan(plan) | of_words(plan, period)
    found |= of_groups(frame, plan["groups"], plan["decimals"]["percent"])
    for name, table in tables.items():
        found |= of_table(name, table, frame, plan)
    found |= of_tests("test", tests, plan) | of_tests("sensitivity", sensitivity, plan)
    found |= of_correlations(tests, plan) | of_agreement(agreement, plan)
    found |= of_methods(tests, sensitivity)
    return found | of_literature(literature) | ranges
