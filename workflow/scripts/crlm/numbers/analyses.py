"""Register what the groups' comparison found: tests, effects, correlations, agreement."""

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

from crlm.base.formats import interval, interval_end, listing, p_number, p_phrase, percent, scale_of
from crlm.ledger import adjust
from crlm.numbers.registry import LISTED, numbered, register, share_forms, whom_counted
from crlm.numbers.undetermined import register_range
from crlm.numbers.words import (
    EFFECTS,
    FURTHER,
    RANK_TESTS,
    TEST_NAMES,
    count_methods,
    is_exact,
    name_methods,
    reading_name,
)
from crlm.plan.analysis import Plan
from crlm.plan.conditions import all_of, among
from crlm.plan.synonyms import READING
from crlm.plan.variables import Variable
from crlm.response import readings_of


def name_test(row) -> str:
    """Return the name of a test as tables show it; of a test of ranks, how its p-value is found."""
    how = "" if row.test not in RANK_TESTS else "exact " if is_exact(row) else "asymptotic "
    return f"{how}{TEST_NAMES[row.test]}"


def test_in_words(row) -> str:
    """Return a test in words, with its numbers at full precision."""
    if pd.isna(row.p_value):
        return row.reason
    exact = "exact p-value" if is_exact(row) else "approximate p-value"
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


def show_effect(row, unit: str, level: float, decimals: int, **names: str) -> str:
    """Return an effect with its interval as a sentence shows it, and which way it goes.

    `decimals` are those of a mean; `names` are those of `tell_effect`.
    """
    scale, digits = scale_of(row.effect, decimals)
    name, unit = {
        "risk_difference": ("{last} minus {first}:", " percentage points"),
        "cramers_v": ("Cramér's V", ""),
    }.get(row.effect, ("{group} minus {other}:", f" {unit}"))
    mid, low, high = (scale * v for v in (row.estimate, row.ci_low, row.ci_high))
    between = interval(low, high, digits, level, row.p_value)
    return f"{name.format(**names)} {interval_end(mid, digits)}{unit}, {between}"


def table_of_test(variable: Variable, samples: dict[str, pd.Series]) -> dict:
    """Return what a test compared, the groups' samples by their labels, as rows of text.

    `table` has the counts; `samples`, where they are not too many, the numbers themselves.
    """
    head = ["", *samples]
    if variable.levels:
        counts = [
            [level.label, *(f"{(sample == code).sum()}" for sample in samples.values())]
            for code, level in variable.levels.items()
        ]
        return {"table": [head, *counts]}
    table = [head, ["n", *(f"{len(sample)}" for sample in samples.values())]]
    if sum(map(len, samples.values())) > LISTED:
        return {"table": table}
    listed = [", ".join(f"{value:.15g}" for value in sorted(s)) for s in samples.values()]
    return {"table": table, "samples": [[f"values ({variable.unit})", *listed]]}


def describe_samples(name: str, frame: pd.DataFrame, plan: Plan) -> tuple[dict, dict]:
    """Return what a test of a variable compares, and how its groups and levels are named.

    The former as of `table_of_test`; of the levels, the first and last that anybody has.
    """
    variable = plan.variables[name]
    values = variable.read(frame)
    samples = {
        group.label: values[frame["group"] == key].dropna() for key, group in plan.groups.items()
    }
    held = [v.in_text for code, v in variable.levels.items() if (values == code).any()]
    names = dict(zip(("group", "other"), samples, strict=True))
    names |= {"first": held[0], "last": held[-1]} if held else {}
    return table_of_test(variable, samples), names


def register_tests(
    prefix: str, tests: pd.DataFrame, samples_of: Callable, patients_who: Callable, plan: Plan
) -> dict:
    """Register p-values, names of tests and effects; without values where no test is possible.

    `samples_of` gives what `describe_samples` does, by the name of a variable.
    """
    source = {"test": "comparison/tests.csv", "sensitivity": "comparison/sensitivity.csv"}[prefix]
    digits, alpha, level = plan.decimals, plan.alpha, plan.confidence_level
    found = {}
    for row in tests[tests["test"] != "spearman"].itertuples():
        variable, p = plan.variables[row.variable], row.p_value
        compared, names = samples_of(variable.name)
        known, columns = variable.known, [variable.source, "group"]
        about = whom_counted(patients_who, known, known, columns, variable) | compared
        told, none, tested = test_in_words(row), "no test possible", pd.notna(p)
        effect = "no estimate"
        if tested:
            effect = show_effect(row, variable.unit, level, digits["mean"], **names)
        forms = {
            "reason": (None, row.reason, told),
            "n": (int(row.n), f"{row.n:.0f}", told),
            "p": (p, p_phrase(p, digits["p_value"], alpha) if tested else none, told),
            "p_value": (p, p_number(p, digits["p_value"], alpha) if tested else "–", told),
            "name": (row.test, name_test(row) if tested else none, told),
            "effect": (row.estimate, effect, tell_effect(row, **names)),
        }
        found |= register(
            f"{prefix}.{variable.name}", f"{variable.label}, by response group", forms,
            "compare_groups", source, about, joint="_",
        )  # fmt: skip
    return found


def register_correlations(tests: pd.DataFrame, patients_who: Callable, plan: Plan) -> dict:
    """Register the rank correlations."""
    found = {}
    digits, level = plan.decimals, plan.confidence_level
    others = {variable.name: other for variable, other in reversed(plan.correlations)}
    for row in tests[tests["test"] == "spearman"].itertuples():
        pair = [plan.variables[row.variable], others[row.variable]]
        known = all_of(*(variable.known for variable in pair))
        lacking = " or ".join(variable.missing for variable in pair)
        about = whom_counted(patients_who, known, known, [variable.source for variable in pair])
        about["missing"] = f"{int(row.missing)} of {len(patients_who(''))} patients ({lacking})"
        told, effect, p = test_in_words(row), tell_effect(row), row.p_value
        shown, rho, ends = "no test possible", "not defined", ""
        if pd.notna(p):
            shown = p_phrase(p, digits["p_value"], plan.alpha)
            rho = interval_end(row.estimate, digits["rho"])
            ends = f", {interval(row.ci_low, row.ci_high, digits['rho'], level, p)}"
        what = f"{pair[0].label}, rank correlation with {pair[1].in_text}"
        forms = numbered("n", int(row.n), told) | {
            "p": (p, shown, told),
            "rho": (row.estimate, rho, effect),
            "rho_ci": (row.estimate, f"{rho}{ends}", effect),
        }
        found |= register(
            f"correlation.{row.variable}", what, forms, "compare_groups", "comparison/tests.csv",
            about, joint="_",
        )  # fmt: skip
    return found


def tell_further(row, level: float) -> str:
    """Return a further measure of effect with its interval, if it has one: `12.5, 95% CI …`."""
    mid, low, high = (
        interval_end(value, 1 if value >= 10 else 2) if np.isfinite(value) else "infinite"
        for value in (row.estimate, row.ci_low, row.ci_high)
    )
    has_none = pd.isna(row.ci_low)
    return mid if has_none else f"{mid}, {percent(100 * level, 0)} CI {low} to {high}"


def ledger_forms(row, effects: pd.DataFrame, names: dict, plan: Plan) -> dict[str, tuple]:
    """Return what the ledger and the further measures tell of a test, as `register` takes it.

    What has no meaning for it has no value. `odds_ratio_low` is the interval's lower end.
    """
    decimals, alpha = plan.decimals["p_value"], plan.alpha

    def p_form(name: str, computed: str) -> tuple:
        values = [getattr(row, name + end, math.nan) for end in ("", "_low", "_high")]
        ends = [value for value in values if pd.notna(value)]
        shown = " to ".join(dict.fromkeys(p_number(p, decimals, alpha) for p in ends))
        return (ends[0] if ends else None, shown or "–", computed)

    flips = row.flipping_patients
    forms = {
        "p_min": p_form("p_min_attainable", "the least p of all data of these margins"),
        "p_holm": p_form("p_holm", "Holm's adjustment in the plan's family of tests"),
        "p_bh": p_form("p_bh", "Benjamini and Hochberg's adjustment in the same family"),
        "p_without_one": p_form("p_leave_one_out", "the least and greatest p without one patient"),
        "p_filled_in": p_form("p_missing", "the least and greatest p found by filling in"),
        "flipping": (
            None if pd.isna(flips) else int(flips), "–" if pd.isna(flips) else f"{flips:.0f}",
            f"patients without any one of whom p is on the other side of {alpha:g}",
        ),
    }  # fmt: skip
    forms |= dict.fromkeys([*FURTHER, "odds_ratio_low"], (None, "–", "none"))
    for further in effects.itertuples():
        words = FURTHER[further.effect].format(**names)
        value = further.estimate if np.isfinite(further.estimate) else None
        forms[further.effect] = (value, tell_further(further, plan.confidence_level), words)
        if further.effect == "odds_ratio":
            forms["odds_ratio_low"] = (further.ci_low, f"{further.ci_low:.3g}", words)
    return forms


def adjusted_ranges(ledger: pd.DataFrame, ranges: dict, plan: Plan) -> dict:
    """Register between which ends the adjusted p-values lie that open tests of the family move.

    Adjusted p-values grow with each p-value of their family, so that the ends of the open ones,
    all together, give theirs.
    """
    p = ledger[ledger["p_holm"].notna()].set_index("variable")["p_value"]
    keys = {name: key for name in p.index if (key := f"range.test.{name}.p") in ranges}
    found, adjusted = {}, []
    for end in (0, 1):
        moved = {name: ranges[key]["account"]["ends"][end] for name, key in keys.items()}
        adjusted.append(adjust(pd.Series(moved, dtype=float).reindex(p.index).fillna(p)))
    for name, form in product(p.index if keys else (), ("p_holm", "p_bh")):
        ends = [table.loc[name, form] for table in adjusted]
        found |= register_range(
            f"ledger.{name}.{form.removeprefix('p_')}", ends,
            [p_number(p, plan.decimals["p_value"], plan.alpha) for p in ends],
            f"bounds of ledger.{name}.{form} among cohorts that keep the print",
            "adjusted with the least and with the greatest p-values that the print allows",
        )  # fmt: skip
    return found


def register_ledger(
    ledger: pd.DataFrame, effects: pd.DataFrame, samples_of: Callable, patients_who: Callable,
    plan: Plan, ranges: dict,
) -> dict:  # fmt: skip
    """Register how far each test of the groups holds, and what survives in its family.

    `ranges` tells which p-values the print of a reconstructed cohort leaves open: `ledger.family`
    counts and names those that survive Holm's adjustment among the others.
    """
    found, survivors, adjusted = adjusted_ranges(ledger, ranges, plan), [], 0
    for row in ledger[ledger["test"] != "spearman"].itertuples():
        variable = plan.variables[row.variable]
        names = samples_of(variable.name)[1]
        about = whom_counted(
            patients_who, variable.known, variable.known, [variable.source, "group"], variable
        )
        # Who they are, the panel of the test itself tells.
        about = {part: told for part, told in about.items() if part not in ("patients", "lacking")}
        own = effects[(effects["variable"] == row.variable) & effects["effect"].isin(FURTHER)]
        found |= register(
            f"ledger.{variable.name}", f"{variable.label}, by response group",
            ledger_forms(row, own, names, plan), "compare_groups", "comparison/ledger.csv",
            about, joint=" ",
        )  # fmt: skip
        is_open = f"range.test.{variable.name}.p" in ranges
        adjusted += pd.notna(row.p_holm)
        if not is_open and row.p_holm < plan.alpha:
            p = p_number(row.p_holm, plan.decimals["p_value"], plan.alpha)
            survivors.append(f"{variable.in_text} ({'in classes, ' if variable.levels else ''}{p})")
    computed = "comparisons below the level after Holm's adjustment, but for those left open"
    forms = {
        "tests": (int(adjusted), f"{adjusted:.0f}", "tests adjusted together"),
        "surviving": (len(survivors), listing(survivors) or "none", computed),
    }
    what = "the plan's family of tests"
    return found | register(
        "ledger.family", what, forms, "compare_groups", "comparison/ledger.csv", joint=" "
    )


def register_multiverse(specifications: pd.DataFrame, plan: Plan) -> dict:
    """Register of each question how many specifications find what, by grouping and in all.

    Of those that allowed a test: how many, how many with a p below alpha, with a greater number in
    the first group (`upward`) and with a smaller one, and from where to where the effects go.
    """
    found = {}
    tested = specifications[specifications["p_value"].notna()]
    for question in plan.multiverse.questions:
        own, label = tested[tested["question"] == question], plan.variables[question].label
        parts = {"": own} | {f".{g}": own[own["grouping"] == g] for g in plan.multiverse.groupings}
        for part, rows in parts.items():
            n, below = len(rows), rows.loc[rows["p_value"] < plan.alpha, "effect"]
            share = share_forms(len(below), n, plan.decimals["percent"])
            ends = rows["effect"].min(), rows["effect"].max()
            between = " to ".join(interval_end(end, plan.decimals["rho"]) for end in ends if n)
            forms = {
                "n": (n, f"{n}"),
                "below": (len(below), f"{len(below)}"),
                "below_of": share["n_of_percent"][:2],
                "percent": share["percent"][:2],
                "upward": (int((below > 0).sum()), f"{(below > 0).sum()}"),
                "downward": (int((below < 0).sum()), f"{(below < 0).sum()}"),
                "effects": (rows["effect"].median(), between or "not known"),
            }
            forms = {form: forms[form] for form in (["below_of"] if part else forms)}
            how = f"rows of {question}{part} with a p_value"
            found |= register(
                f"multiverse.{question}{part}", f"{label}, specifications",
                {form: (*told, how) for form, told in forms.items()}, "compare_specifications",
                "multiverse/specifications.csv", joint=" ",
            )  # fmt: skip
    return found


def register_agreement(
    agreement: pd.DataFrame, frame: pd.DataFrame, patients_who: Callable, plan: Plan, primary: str
) -> dict:
    """Register how far readings of the response agree with the primary rule, and their tables."""
    found = {}
    digits, level, rules = plan.decimals, plan.confidence_level, plan.response_rules
    own, readings = readings_of(frame, rules, primary)
    responses = [*rules[primary].counterpart.values()] or [*plan.group_of]
    for row in agreement.itertuples():
        reading, rule, n = readings[row.reading], rules.get(row.reading), int(row.n)
        column, name = row.reading if rule else READING, reading_name(row.reading, plan)
        levels = list(dict.fromkeys([*responses, *own.dropna(), *reading.dropna()]))
        counts = [[((own == a) & (reading == b)).sum() for b in levels] for a in levels]
        same = sum(counts[i][i] for i in range(len(levels)))
        condition = among(column, list(rule.counterpart) if rule else levels)
        about = whom_counted(patients_who, condition, condition, ["response", column]) | {
            "missing": f"{len(frame) - n} of {len(frame)} patients have no such reading",
            "table": [
                [f"primary rule \\ {name}", *levels],
                *([a, *map(str, line)] for a, line in zip(levels, counts, strict=True)),
            ],
        }
        kappa_of = (
            "Cohen's kappa of the table, unweighted: (observed − chance) / (1 − chance), "
            f"observed = {same} / {n}; interval: ± 1.96 standard errors of Fleiss, Cohen "
            "and Everitt"
        )
        share = 100 * row.observed if n else None
        shown = "not defined" if share is None else percent(share, digits["percent"])
        kappa = "not defined"
        if pd.notna(row.kappa):
            ends = interval(row.ci_low, row.ci_high, digits["kappa"], level)
            kappa = f"{interval_end(row.kappa, digits['kappa'])}, {ends}"
        forms = numbered("n", n) | {
            "observed_percent": (share, shown, f"same reading: 100 × {same} / {n}"),
            "kappa": (row.kappa, kappa, kappa_of),
        }
        found |= register(
            f"agreement.{row.reading}", f"the primary rule against {name}", forms,
            "classify_response", "response/agreement.csv", about, joint="_",
        )  # fmt: skip
    return found


def register_methods(tests: pd.DataFrame, sensitivity: pd.DataFrame) -> dict:
    """Register for how many variables each test and measure is used, and the tests' names."""
    counts = count_methods(tests, sensitivity)
    shown: dict[str, tuple] = {name: (n, f"{n}") for name, n in counts.items()}
    computed = "variables with a p-value by this test or measure, as chosen or by the rule"
    forms = {form: (*told, computed) for form, told in (shown | name_methods(counts)).items()}
    return register(
        "methods", "variables by the test or measure used", forms, "compare_groups",
        "comparison/tests.csv, comparison/sensitivity.csv", joint=" ",
    )  # fmt: skip
