"""The number registry: every quantity of the paper once, with printed form, meaning, source."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from crlm.base.formats import listing, patients, percent, within
from crlm.description import summary_forms
from crlm.numbers.analyses import (
    register_agreement,
    register_correlations,
    register_methods,
    register_tests,
)
from crlm.numbers.registry import MET, counted, entry
from crlm.plan.conditions import among, join, select
from crlm.plan.variables import in_group, is_known, is_level, is_missing, read_variable


def register_flow(flow: pd.DataFrame) -> dict:
    """Register how many patients were received, withdrawn, excluded and analysed."""
    counts = {s.step: (int(s.patients), s.label) for s in flow.itertuples()}
    received, n = counts.pop("received"), counts.pop("analysed")
    withdrawn = counts.pop("withdrawn", (0, "consent withdrawn"))
    out = received[0] - withdrawn[0] - n[0]
    words, shown = "received", f"{received[0]}"
    if withdrawn[0]:
        words, shown = "received − withdrawn", f"{received[0]} − {withdrawn[0]}"
    # Of those who withdrew nothing is kept, the pseudonym included.
    everybody = "" if withdrawn[0] else "received"
    by_criterion = "patients who meet the criterion, in the order of config/codebook.yaml"
    found = {
        "received": (*received, "rows of {files}", everybody),
        "withdrawn": (*withdrawn, "patients named in the cohort's files of withdrawals", ""),
        "n": (*n, f"{words} − excluded = {shown} − {out}", "analysed"),
        "excluded": (
            out, "patients excluded", f"{words} − analysed = {shown} − {n[0]}", "excluded"
        ),
        **{f"excluded_{step}": (*count, by_criterion, "") for step, count in counts.items()},
    }  # fmt: skip
    rule, source = "clean_cohort", "cohort/flow.csv"
    criteria = listing([label for _, label in counts.values()], "or")
    return {
        f"cohort.{step}{form}": entry(
            count, display, what, "patients", rule, source, computed, {"who": who}
        )
        for step, (count, what, computed, who) in found.items()
        for form, display in (("", f"{count}"), ("_patients", patients(count)))
    } | {
        "cohort.criteria": entry(
            criteria, criteria or "none", "criteria of exclusion", "", rule, source, by_criterion
        )
    }


def constant(
    value: Any,
    display: str,
    meaning: str,
    unit: str,
    place: str,
    about: Mapping = MappingProxyType({}),
) -> dict:
    """Return a quantity that is set at a place of config/plan.yaml."""
    return entry(
        value, display, meaning, unit, "collect_numbers", "config/plan.yaml",
        f"set in config/plan.yaml: {place}", about,
    )  # fmt: skip


def register_plan(plan: dict) -> dict:
    """Register the plan's constants that the text speaks of."""
    alpha, level = plan["alpha"], plan["confidence_level"]
    found = {
        "plan.alpha": constant(alpha, f"{alpha:g}", "two-sided significance level", "", "alpha"),
        "plan.confidence_level": constant(
            level, f"{100 * level:g}%", "confidence level", "", "confidence_level"
        ),
    }
    for name, rule in plan["response_rules"].items():
        place, meaning = f"response_rules, {name}", f"response rule {rule['label']}"
        for parameter, value in rule["parameters"].items():
            unit = {"percent": "%", "mm": " mm"}[parameter.rsplit("_", 1)[1]]
            used = [
                f"{step['response']} ({step['criterion']}) when {step['when']}"
                for step in rule["steps"]
                if f"@{parameter}" in step["when"]
            ]
            found[f"rule.{name}.{parameter}"] = constant(
                value, f"{value:g}{unit}", f"{parameter.replace('_', ' ')}, in the {meaning}",
                unit.strip(), f"{place}, parameters, {parameter}. Used for: {'; '.join(used)}",
            )  # fmt: skip
        for form, words in rule_words(rule).items():
            found[f"rule.{name}.{form}"] = constant(words, words, meaning, "", place)
    return found


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


def register_words(plan: dict, period: dict) -> dict:
    """Register the names of variables and levels, and the period, so that text and tables agree."""
    found = {}
    for name, variable in plan["variables"].items():
        label, place = variable["label"], f"variables, {name}"
        column = {"columns": [variable["source"]]}
        found[f"label.{name}.variable"] = constant(
            label, label, f"{label}: name of the variable", "", f"{place}, label", column
        )
        for kind in ("label", "word"):
            for level, definition in variable.get("levels", {}).items():
                words = shown = definition["label"]
                what = f"name of the {level.replace('_', ' ')}"
                if kind == "word":
                    words = definition.get("in_text", within(shown))
                    what = f"{shown}, in a sentence"
                found[f"{kind}.{name}.{level}"] = constant(
                    words, words, f"{label}: {what}", "", f"{place}, levels, {level}",
                    {"filter": is_level(variable, level), **column},
                )  # fmt: skip
    ends = {end: (year, f"{year}") for end, year in period.items()}
    years = "–".join(dict.fromkeys(display for _, display in ends.values()))
    for end, (year, display) in (ends | {"years": (None, years)}).items():
        found[f"period.{end}"] = entry(
            year, display, f"the study's period: {end}", "year", "collect_numbers",
            "config/cohorts", f"set in the cohort's file: period, {end}",
        )  # fmt: skip
    return found


def register_count(
    row, key: str, what: str, rule: str, source: str, about: dict, of_base: dict, decimals: int
) -> dict:
    """Register a count of the patients `about`, its denominator, those `of_base`, and its share."""
    n, of = int(row.n), int(row.denominator)
    nobody = "not known"  # no patient to count among: not the same as a count of 0
    share = percent(row.percent, decimals) if of else nobody
    divided = f"100 × {n} / {of} = {100 * n / of!r}" if of else "no percentage of nobody"
    shared = f"{MET}; {divided}"
    forms = {
        "n": (n, f"{n}", "patients", MET),
        "n_patients": (n, patients(n), "patients", MET),
        "denominator": (of, f"{of}", "patients", MET),
        "denominator_patients": (of, patients(of), "patients", MET),
        "percent": (row.percent if of else None, share, "%", shared),
        "n_percent": (n, row.text, "patients (%)", shared),
        "n_of": (n, f"{n} of {of}" if of else nobody, "patients", MET),
        "n_of_percent": (n, f"{n} of {of} ({share})" if of else nobody, "patients (%)", shared),
    }
    return {
        f"{key}.{form}": entry(
            value, display, what, unit, rule, source, computed,
            of_base if form.startswith("denominator") else about, count=True,
        )
        for form, (value, display, unit, computed) in forms.items()
    }  # fmt: skip


def register_summary(
    row, key: str, what: str, variable: dict, total: float, rule: str, source: str, about: dict,
    decimals: int,
) -> dict:  # fmt: skip
    """Register the summary of a number; `total` is its sum."""
    n, unit = int(row.n), variable["unit"]
    forms: dict[str, tuple] = {"n": (n, f"{n}"), "n_patients": (n, patients(n))}
    forms |= summary_forms(row._asdict(), decimals)
    # "The number of cycles was 5.6 on average": a label that ends in the unit says it already.
    forms["average"] = average(forms, n, "" if variable["label"].endswith(unit) else f" {unit}")
    mean = f"mean = sum / n = {total:.15g} / {n} = {row.mean!r}"
    sd = f"SD (divisor n − 1 = {n - 1}) = {row.sd!r}" if n > 1 else "no SD of one value"
    ends = f"smallest to largest of {n} values"
    computed = {
        "n": MET,
        "n_patients": MET,
        "mean": mean,
        "sd": sd,
        "median": f"median of {n} values",
        "min": f"smallest of {n} values",
        "max": f"largest of {n} values",
        "range": ends,
        "mean_range": f"{mean}; {ends}",
        "mean_sd": f"{mean}; {sd}",
        "mean_sd_range": f"{mean}; {sd}; {ends}",
        "average": f"{mean}; {sd}; {ends}",
    }
    times = f", times {variable['scale']}" if variable["scale"] != 1 else ""
    read = f"{variable['source']}{times} ({unit})"
    return {
        f"{key}.{form}": entry(
            value, display, f"{what}: {form.replace('_', ', ')}", unit, rule, source,
            f"{read}: {computed[form] if n else 'no value to summarise'}", about,
        )
        for form, (value, display) in forms.items()
    }  # fmt: skip


def average(forms: dict, n: int, unit: str) -> tuple[float | None, str]:
    """Return a number's mean, SD and range as a sentence gives them; of one patient its value."""
    value, text = forms["mean_sd"]
    if n > 1:
        return value, f"{text}{unit} on average (range {forms['range'][1]})"
    return value, f"{forms['min'][1]}{unit}" if n else text


def register_table(
    name: str, table: pd.DataFrame, frame: pd.DataFrame, ask: Callable, plan: dict
) -> dict:
    """Register every cell of a tidy table, and how many patients each variable is known for."""
    own, decimals = plan["tables"][name], plan["decimals"]
    rule = "describe_cohort" if own["groups"] == ["all"] else "compare_groups"
    source, of_level = f"tables/{name}.csv", own["percent_of"] == "level"
    found: dict = {}
    for key in table["variable"].unique():
        variable = plan["variables"][key]
        for form, condition in (("known", is_known(variable)), ("missing", is_missing(variable))):
            about = counted(ask, condition, "", [variable["source"]], variable)
            n, what = len(about["patients"]), f"{variable['label']}: {form}"
            for suffix, display in (("", f"{n}"), ("_patients", patients(n))):
                found[f"all.{key}.{form}{suffix}"] = entry(
                    n, display, what, "patients", rule, source, MET, about, count=True
                )
    for row in table.itertuples():
        variable, group, key = plan["variables"][row.variable], row.group, row.variable
        columns = [variable["source"], *(["group"] if group != "all" else [])]
        known = join(is_known(variable), in_group(group))
        label = "" if group == "all" else f", {plan['groups'][group]['label']}"
        if pd.isna(row.level):
            about = counted(ask, known, known, columns, variable, group)
            values = read_variable(frame, key, variable)
            total = values[frame["group"].eq(group) | (group == "all")].dropna().sum()
            found |= register_summary(
                row, f"{group}.{key}", f"{variable['label']}{label}", variable, total, rule,
                source, about, decimals["mean"],
            )  # fmt: skip
        else:
            level = is_level(variable, row.level)
            base, among_whom = (level, "all") if of_level else (known, group)
            about, of_base = (
                counted(ask, condition, base, columns, variable, among_whom)
                for condition in (join(level, in_group(group)), base)
            )
            what = f"{variable['label']}: {variable['levels'][row.level]['label']}{label}"
            found |= register_count(
                row, f"{group}.{key}.{row.level}", what, rule, source, about, of_base,
                decimals["percent"],
            )  # fmt: skip
    return found


def register_groups(ask: Callable, groups: dict, decimals: int) -> dict:
    """Register the sizes of the groups compared, and their names."""
    found = {}
    for name, group in groups.items():
        about = counted(ask, in_group(name), "", ["group"])
        n, of = len(about["patients"]), len(ask(""))
        about["filter"] += f", which is {among('response', group['responses'])}"
        share, shared = 100 * n / of, f"{MET}; 100 × {n} / {of} = {100 * n / of!r}"
        shown = percent(share, decimals)
        forms = {
            "n": (n, f"{n}", MET),
            "n_patients": (n, patients(n), MET),
            "percent": (share, shown, shared),
            "n_percent": (n, f"{n} ({shown})", shared),
            "n_of_percent": (n, f"{n} of {of} ({shown})", shared),
        }
        for form, (value, display, computed) in forms.items():
            found[f"{name}.{form}"] = entry(
                value, display, group["meaning"], "patients", "classify_response",
                "response/response.csv", computed, about, count=True,
            )  # fmt: skip
        for form in ("label", "meaning"):
            found[f"{name}.{form}"] = constant(
                group[form], group[form], f"{form} of the group {name.replace('_', ' ')}", "",
                f"groups, {name}, {form}",
            )  # fmt: skip
    return found


def register_literature(literature: dict) -> dict:
    """Register the numbers quoted from other studies."""
    return {
        f"lit.{study}.{name}": entry(
            quoted["value"], quoted["display"], quoted["meaning"], "", "collect_numbers",
            f"data/literature.yaml, {study}", "quoted from another study, not computed here",
            {"citation": study},
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
    primary: str,
) -> tuple[dict[str, dict], dict[str, dict]]:
    """Collect every quantity of the paper, each once: its printed form and its account.

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
        The registered ranges of what a reconstructed cohort leaves open, as
        `undetermined.read_ranges` returns them.
    primary
        The response rule that decides.

    Returns
    -------
    numbers
        Key -> `value, display, meaning, unit, rule, module, source, patients`. `value` is at full
        precision, `display` is plain text and the only form that a reader sees.
    accounts
        Key -> how it was computed, and of whom; accounts.schema.yaml describes the parts.
    """
    ask = cache(lambda condition: select(frame, condition))
    found = register_flow(flow) | register_plan(plan) | register_words(plan, period)
    found |= register_groups(ask, plan["groups"], plan["decimals"]["percent"])
    for name, table in tables.items():
        found |= register_table(name, table, frame, ask, plan)
    found |= register_tests("test", tests, frame, ask, plan)
    found |= register_tests("sensitivity", sensitivity, frame, ask, plan)
    found |= register_correlations(tests, ask, plan)
    found |= register_agreement(agreement, frame, ask, plan, primary)
    found |= register_methods(tests, sensitivity) | register_literature(literature) | ranges
    numbers = {
        key: {field: told for field, told in quantity.items() if field != "account"}
        for key, quantity in found.items()
    }
    return numbers, {key: quantity["account"] for key, quantity in found.items()}
