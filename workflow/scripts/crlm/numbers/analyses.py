"""Register what the groups' comparison found: tests, effects, correlations, agreement."""

import math
from collections.abc import Callable

import pandas as pd

from crlm.base.formats import interval, interval_end, p_number, p_phrase, patients, percent
from crlm.numbers.registry import LISTED, MET, counted, entry
from crlm.numbers.words import TEST_NAMES, count_methods, name_methods, reading_name
from crlm.plan.conditions import among, join
from crlm.plan.synonyms import READING
from crlm.plan.variables import is_known, is_missing, read_variable
from crlm.response import readings_of

EFFECTS = {
    "risk_difference": "share of {group} at {last} minus at {first}, with Newcombe's interval",
    "cramers_v": "Cramér's V, with an interval from the noncentral chi-square distribution",
    "hodges_lehmann": "Hodges–Lehmann shift: median of all differences, a value of {group} minus "
    "one of {other}, with an interval from the distribution of the rank sum",
    "rho": "Spearman's rho, with Bonett and Wright's interval by Fisher's z",
}


def tell_test(row) -> str:
    """Return a test in words, with its numbers at full precision."""
    if pd.isna(row.p_value):
        return row.reason
    exact = "exact p-value" if str(row.exact) == "True" else "approximate p-value"
    facts = [
        f"{label} = {value!r}".removesuffix(".0")
        for label, value in (("statistic", row.statistic), ("df", row.df), ("p", row.p_value))
        if pd.notna(value)
    ]
    return f"{TEST_NAMES[row.test]}, {exact}: {', '.join(facts)}; {row.reason}"


def tell_effect(row, **names: str) -> str:
    """Return an effect in words; `names` are of the groups and levels that it speaks of."""
    if pd.isna(row.p_value):
        return row.reason
    ends = f"{row.ci_low!r} to {row.ci_high!r}"
    ends = f"not defined ({row.reason})" if pd.isna(row.ci_low) else ends
    return f"{EFFECTS[row.effect].format(**names)}: {row.estimate!r}, 95% interval {ends}"


def show_effect(row, unit: str, level: float, decimals: int) -> str:
    """Return an effect with its interval as a sentence shows it; `decimals` are those of a mean."""
    scale, digits, name, unit = {
        "risk_difference": (100, 1, "difference", " percentage points"),
        "cramers_v": (1, 2, "Cramér's V", ""),
    }.get(row.effect, (1, decimals, "median difference", f" {unit}"))
    mid, low, high = (scale * v for v in (row.estimate, row.ci_low, row.ci_high))
    between = interval(low, high, digits, level, row.p_value)
    return f"{name} {interval_end(mid, digits)}{unit}, {between}"


def table_of_test(variable: dict, samples: dict[str, pd.Series]) -> dict:
    """Return what a test compared, the groups' samples by their labels, as rows of text.

    `table` has the counts; `samples`, where they are not too many, the numbers themselves.
    """
    head = ["", *samples]
    if "levels" in variable:
        counts = {
            level["label"]: [f"{(sample == code).sum()}" for sample in samples.values()]
            for code, level in variable["levels"].items()
        }
        return {"table": [head, *([level, *row] for level, row in counts.items())]}
    table = [head, ["n", *(f"{len(sample)}" for sample in samples.values())]]
    if sum(map(len, samples.values())) > LISTED:
        return {"table": table}
    listed = [", ".join(f"{value:.15g}" for value in sorted(s)) for s in samples.values()]
    return {"table": table, "samples": [[f"values ({variable['unit']})", *listed]]}


def register_tests(
    prefix: str, tests: pd.DataFrame, frame: pd.DataFrame, ask: Callable, plan: dict
) -> dict:
    """Register p-values, names of tests and effects; without values where no test is possible."""
    source = {"test": "comparison/tests.csv", "sensitivity": "comparison/sensitivity.csv"}[prefix]
    decimals, alpha, level = plan["decimals"], plan["alpha"], plan["confidence_level"]
    found = {}
    for row in tests[tests["test"] != "spearman"].itertuples():
        variable, p = plan["variables"][row.variable], row.p_value
        values = read_variable(frame, row.variable, variable)
        samples = {
            group["label"]: values[frame["group"] == name].dropna()
            for name, group in plan["groups"].items()
        }
        about = counted(
            ask, is_known(variable), is_known(variable), [variable["source"], "group"], variable
        ) | table_of_test(variable, samples)
        held = [v["label"] for c, v in variable.get("levels", {}).items() if (values == c).any()]
        names = dict(zip(("group", "other"), samples, strict=True))
        names |= {"first": held[0], "last": held[-1]} if held else {}
        told, effect = tell_test(row), tell_effect(row, **names)
        forms: dict[str, tuple] = {
            "reason": (None, row.reason, told),
            "n": (int(row.n), f"{row.n:.0f}", told),
            "p": (None, "no test possible", told),
            "p_value": (None, "–", told),
            "name": (None, "no test possible", told),
            "effect": (None, "no estimate", effect),
        }
        if pd.notna(p):
            shown = show_effect(row, variable.get("unit", ""), level, decimals["mean"])
            forms |= {
                "p": (p, p_phrase(p, decimals["p_value"], alpha), told),
                "p_value": (p, p_number(p, decimals["p_value"], alpha), told),
                "name": (row.test, TEST_NAMES[row.test], told),
                "effect": (row.estimate, shown, effect),
            }
        for form, (value, display, computed) in forms.items():
            what = f"{variable['label']}, by response group: {form}"
            found[f"{prefix}.{row.variable}.{form}"] = entry(
                value, display, what, "", "compare_groups", source, computed, about
            )
    return found


def register_correlations(tests: pd.DataFrame, ask: Callable, plan: dict) -> dict:
    """Register the rank correlations."""
    found = {}
    decimals, level = plan["decimals"], plan["confidence_level"]
    others = {pair["variable"]: pair["with"] for pair in reversed(plan["correlations"])}
    for row in tests[tests["test"] == "spearman"].itertuples():
        pair = [plan["variables"][name] for name in (row.variable, others[row.variable])]
        known, lacking = join(*map(is_known, pair)), " or ".join(map(is_missing, pair))
        about = counted(ask, known, known, [variable["source"] for variable in pair])
        about["missing"] = f"{int(row.missing)} of {len(ask(''))} patients ({lacking})"
        told, effect = tell_test(row), tell_effect(row)
        forms: dict[str, tuple] = {
            "n": (int(row.n), f"{row.n:.0f}", told),
            "n_patients": (int(row.n), patients(int(row.n)), told),
            "p": (None, "no test possible", told),
            "rho": (None, "not defined", effect),
            "rho_ci": (None, "not defined", effect),
        }
        if pd.notna(row.p_value):
            rho = interval_end(row.estimate, decimals["rho"])
            ends = interval(row.ci_low, row.ci_high, decimals["rho"], level, row.p_value)
            p = p_phrase(row.p_value, decimals["p_value"], plan["alpha"])
            forms |= {
                "p": (row.p_value, p, told),
                "rho": (row.estimate, rho, effect),
                "rho_ci": (row.estimate, f"{rho}, {ends}", effect),
            }
        for form, (value, display, computed) in forms.items():
            what = f"{pair[0]['label']}, {row.reason}: {form}"
            found[f"correlation.{row.variable}.{form}"] = entry(
                value, display, what, "", "compare_groups", "comparison/tests.csv", computed, about
            )
    return found


def register_agreement(
    agreement: pd.DataFrame, frame: pd.DataFrame, ask: Callable, plan: dict, primary: str
) -> dict:
    """Register how far readings of the response agree with the primary rule, and their tables."""
    found = {}
    decimals, level, rules = plan["decimals"], plan["confidence_level"], plan["response_rules"]
    own, readings = readings_of(frame, rules, primary)
    responses = [r for group in plan["groups"].values() for r in group["responses"]]
    responses = [*rules[primary].get("counterpart", {}).values()] or responses
    for row in agreement.itertuples():
        reading, rule = readings[row.reading], rules.get(row.reading)
        column = row.reading if rule else READING
        levels = list(dict.fromkeys([*responses, *own.dropna(), *reading.dropna()]))
        counts = [[((own == a) & (reading == b)).sum() for b in levels] for a in levels]
        same = sum(counts[i][i] for i in range(len(levels)))
        condition = among(column, list(rule["counterpart"]) if rule else levels)
        about = counted(ask, condition, condition, ["response", column]) | {
            "missing": f"{len(frame) - int(row.n)} of {len(frame)} patients have no such reading",
            "table": [
                ["primary rule \\ " + reading_name(row.reading, plan), *levels],
                *([a, *map(str, line)] for a, line in zip(levels, counts, strict=True)),
            ],
        }
        shared = f"same reading: 100 × {same} / {int(row.n)}"
        kappa_of = (
            "Cohen's kappa of the table, unweighted: (observed − chance) / (1 − chance), "
            f"observed = {same} / {int(row.n)}; interval: ± 1.96 standard errors of Fleiss, Cohen "
            "and Everitt"
        )
        forms: dict[str, tuple] = {
            "n": (int(row.n), f"{row.n:.0f}", MET),
            "n_patients": (int(row.n), patients(int(row.n)), MET),
            "observed_percent": (None, "not defined", shared),
            "kappa": (None, "not defined", kappa_of),
        }
        if row.n:
            share = 100 * row.observed
            forms["observed_percent"] = (share, percent(share, decimals["percent"]), shared)
        if not math.isnan(row.kappa):
            kappa = interval_end(row.kappa, decimals["kappa"])
            ends = interval(row.ci_low, row.ci_high, decimals["kappa"], level)
            forms["kappa"] = (row.kappa, f"{kappa}, {ends}", kappa_of)
        for form, (value, display, computed) in forms.items():
            what = f"the primary rule against {reading_name(row.reading, plan)}: {form}"
            found[f"agreement.{row.reading}.{form}"] = entry(
                value, display, what, "", "classify_response", "response/agreement.csv", computed,
                about,
            )  # fmt: skip
    return found


def register_methods(tests: pd.DataFrame, sensitivity: pd.DataFrame) -> dict:
    """Register for how many variables each test and measure is used, and the tests' names."""
    counts = count_methods(tests, sensitivity)
    forms: dict[str, tuple] = {name: (n, f"{n}") for name, n in counts.items()}
    forms |= name_methods(counts)
    return {
        f"methods.{form}": entry(
            value, display, f"variables by the test or measure used: {form.replace('_', ' ')}", "",
            "compare_groups", "comparison/tests.csv, comparison/sensitivity.csv",
            "variables with a p-value by this test or measure, as chosen or by the rule",
        )
        for form, (value, display) in forms.items()
    }  # fmt: skip
