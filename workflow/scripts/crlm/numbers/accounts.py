"""Account for a number: what it means, how it was computed, and of which patients."""

import difflib
import json
import re
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crlm.base.problems import InputError
from crlm.numbers.words import TEST_NAMES, reading_name
from crlm.plan.conditions import among, join, select
from crlm.plan.variables import in_group, is_known, is_level, is_missing, read_variable
from crlm.response import CHANGES, MEASURED

# A number with more patients behind it is given by its filter, not by a list.
LISTED = 200
DERIVED = ("response", "group", "recist_1_1", *CHANGES)
# The parts of an account that are text, in the order in which they are shown.
LABELS = {
    "meaning": "Meaning",
    "printed": "Printed",
    "value": "Full value",
    "computed": "Computed",
    "filter": "Filter",
    "denominator": "Denominator",
    "missing": "Missing",
    "columns": "Columns",
    "reference": "Reference",
    "rule": "Rule",
    "module": "Module",
    "source": "Stands in",
}
EFFECTS = {
    "risk_difference": "share of {group} at {last} minus at {first}, with Newcombe's interval",
    "cramers_v": "Cramér's V, with an interval from the noncentral chi-square distribution",
    "hodges_lehmann": "Hodges–Lehmann shift: median of all differences, a value of {group} minus "
    "one of {other}, with an interval from the distribution of the rank sum",
    "rho": "Spearman's rho, with Bonett and Wright's interval by Fisher's z",
}


class Study(NamedTuple):
    """What the stages of a cohort wrote.

    `numbers` is the registry; `frame` has one row a patient, as `description.join_response` returns
    it; `cells` has one row a raw cell; `tests` and `sensitivity` are as `comparison` wrote them;
    `references` is the text of the bibliography. Patients are listed where they are at most
    `listed`; with more, as with none listed, an account gives their filter alone.
    """

    numbers: dict[str, dict]
    frame: pd.DataFrame
    cells: pd.DataFrame
    tests: pd.DataFrame
    sensitivity: pd.DataFrame
    plan: dict
    references: str
    listed: int = LISTED


def of_patients(count: int, condition: str) -> str:
    """Return a denominator in words."""
    return f"{count} patients: {condition or 'all who are analysed'}"


def missing_among(study: Study, variable: dict, group: str) -> str:
    """Return how many patients of a group have a variable not known, and who they are."""
    ids = select(study.frame, join(is_missing(variable), in_group(group)))
    if not ids:
        return "none"
    named = f": {', '.join(ids)}" if len(ids) <= study.listed else ""
    total = len(select(study.frame, in_group(group)))
    return f"{len(ids)} of {total} patients ({is_missing(variable)}){named}"


def of_cohort(key: str, study: Study) -> dict:
    """Account for a count of the flow of patients."""
    received, gone, out, n = (
        study.numbers[f"cohort.{step}"]["value"]
        for step in ("received", "withdrawn", "excluded", "n")
    )
    words, counts = ("received", f"{received}")
    if gone:
        words, counts = "received − withdrawn", f"{received} − {gone}"
    everybody = study.cells["patient_id"].drop_duplicates().tolist()
    analysed = study.frame["patient_id"].tolist()
    excluded = sorted({*everybody} - {*analysed})
    files = ", ".join(study.cells["file"].unique())
    found = {
        # Of those who withdrew nothing is kept, the pseudonym included.
        "cohort.received": (f"rows of {files}", None if gone else everybody),
        "cohort.withdrawn": ("patients named in the cohort's files of withdrawals", None),
        "cohort.excluded": (f"{words} − analysed = {counts} − {n}", excluded),
        "cohort.n": (f"{words} − excluded = {counts} − {out}", analysed),
    }
    by_criterion = "patients who meet the criterion, in the order of config/codebook.yaml"
    computed, patients = found.get(key, (by_criterion, None))
    return {"computed": computed, "patients": patients}


def of_plan(key: str, study: Study) -> dict:
    """Account for a constant of the plan, and for where a response rule uses it."""
    if key.startswith("plan."):
        return {"computed": f"set in config/plan.yaml: {key.split('.')[1]}"}
    _, name, parameter = key.split(".")
    if parameter not in study.plan["response_rules"][name]["parameters"]:
        return {"computed": f"set in config/plan.yaml: response_rules, {name}"}
    used = [
        f"{step['response']} ({step['criterion']}) when {step['when']}"
        for step in study.plan["response_rules"][name]["steps"]
        if f"@{parameter}" in step["when"]
    ]
    place = f"set in config/plan.yaml: response_rules, {name}, parameters, {parameter}"
    return {"computed": f"{place}. Used for: {'; '.join(used)}"}


def of_word(key: str, study: Study) -> dict:
    """Account for the name of a variable or level, with the level's bounds, or for the period."""
    first, name, *level = key.split(".")
    if first == "period":
        return {"computed": f"set in the cohort's file: period, {name}"}
    variable, place = study.plan["variables"][name], f"set in config/plan.yaml: variables, {name}"
    if level[0] not in variable.get("levels", {}):
        return {"computed": f"{place}, label", "columns": [variable["source"]]}
    return {
        "computed": f"{place}, levels, {level[0]}",
        "filter": is_level(variable, level[0]),
        "columns": [variable["source"]],
    }


def of_group(key: str, study: Study) -> dict:
    """Account for the size of a group, or its name."""
    group, form = key.split(".")
    if form in study.plan["groups"][group]:
        return {"computed": f"set in config/plan.yaml: groups, {group}, {form}"}
    n, of = study.numbers[f"{group}.n"]["value"], len(study.frame)
    share = f"100 × {n} / {of} = {100 * n / of!r}"
    responses = study.plan["groups"][group]["responses"]
    return {
        "computed": "patients who meet the filter" + (f"; {share}" if "percent" in form else ""),
        "filter": f"{in_group(group)}, which is {among('response', responses)}",
        "denominator": of_patients(of, ""),
        "missing": "none",
        "columns": ["group"],
    }


def of_known(key: str, study: Study) -> dict:
    """Account for how many patients a variable is known for, or not."""
    _, name, form = key.split(".")
    variable = study.plan["variables"][name]
    return {
        "computed": "patients who meet the filter",
        "filter": (is_known if form == "known" else is_missing)(variable),
        "denominator": of_patients(len(study.frame), ""),
        "missing": missing_among(study, variable, "all"),
        "columns": [variable["source"]],
    }


def of_count(key: str, study: Study) -> dict:
    """Account for a count of a level with its denominator and percentage."""
    group, name, level, form = key.split(".")
    variable = study.plan["variables"][name]
    table = study.plan["tables"][Path(study.numbers[key]["source"]).stem]
    has_level = is_level(variable, level)
    of_level = table["percent_of"] == "level"
    base = has_level if of_level else join(is_known(variable), in_group(group))
    n, of = (study.numbers[f"{group}.{name}.{level}.{f}"]["value"] for f in ("n", "denominator"))
    share = f"100 × {n} / {of} = {100 * n / of!r}" if of else "no percentage of nobody"
    return {
        "computed": "patients who meet the filter" + (f"; {share}" if "percent" in form else ""),
        "filter": base if form == "denominator" else join(has_level, in_group(group)),
        "denominator": of_patients(of, base),
        "missing": missing_among(study, variable, "all" if of_level else group),
        "columns": [variable["source"], *(["group"] if group != "all" else [])],
    }


def of_summary(key: str, study: Study) -> dict:
    """Account for the summary of a number."""
    group, name, form = key.split(".")
    variable = study.plan["variables"][name]
    column, scale = variable["source"], variable["scale"]
    condition = join(is_known(variable), in_group(group))
    ids = select(study.frame, condition)
    values = read_variable(study.frame, name, variable)[study.frame["patient_id"].isin(ids)]
    n, mean, sd = len(values), float(values.mean()), float(values.std(ddof=1))
    formulas = {
        "n": "patients who meet the filter",
        "mean": f"mean = sum / n = {values.sum():.15g} / {n} = {mean!r}",
        "sd": f"SD (divisor n − 1 = {n - 1}) = {sd!r}" if n > 1 else "no SD of one value",
        "median": f"median of {n} values",
        "min": f"smallest of {n} values",
        "max": f"largest of {n} values",
        "range": f"smallest to largest of {n} values",
    }
    form = "mean_sd_range" if form == "average" else form
    parts = [formulas[part] for part in form.split("_")] if n else ["no value to summarise"]
    unit = f", times {scale} ({variable['unit']})" if scale != 1 else f" ({variable['unit']})"
    return {
        "computed": f"{column}{unit}: {'; '.join(parts)}",
        "filter": condition,
        "denominator": of_patients(n, condition),
        "missing": missing_among(study, variable, group),
        "columns": [column, *(["group"] if group != "all" else [])],
        "patients": ids,
    }


def describe_test(row, form: str, **names: str) -> str:
    """Return a test, or its effect, in words with its numbers at full precision.

    `names` are the labels of the groups and levels compared that `EFFECTS` speaks of.
    """
    if pd.isna(row.p_value):
        return row.reason
    if form in ("effect", "rho", "rho_ci"):
        ends = (
            f"not defined ({row.reason})"
            if pd.isna(row.ci_low)
            else f"{row.ci_low!r} to {row.ci_high!r}"
        )
        return f"{EFFECTS[row.effect].format(**names)}: {row.estimate!r}, 95% interval {ends}"
    exact = "exact p-value" if str(row.exact) == "True" else "approximate p-value"
    facts = [
        f"{label} = {value!r}".removesuffix(".0")
        for label, value in (("statistic", row.statistic), ("df", row.df), ("p", row.p_value))
        if pd.notna(value)
    ]
    return f"{TEST_NAMES[row.test]}, {exact}: {', '.join(facts)}; {row.reason}"


def of_test(key: str, study: Study) -> dict:
    """Account for a test of the groups, with the table of counts or the two samples."""
    prefix, name, form = key.split(".")
    variable, groups = study.plan["variables"][name], study.plan["groups"]
    tests = study.tests if prefix == "test" else study.sensitivity
    row = next(tests[(tests["variable"] == name) & (tests["test"] != "spearman")].itertuples())
    values = read_variable(study.frame, name, variable)
    samples = [values[study.frame["group"] == group].dropna() for group in groups]
    head = [group["label"] for group in groups.values()]
    names, table = dict(zip(("group", "other"), head, strict=True)), [["", *head]]
    if "levels" in variable:
        table += [
            [level["label"], *(str(int((sample == code).sum())) for sample in samples)]
            for code, level in variable["levels"].items()
        ]
        held = [level for level, *counts in table[1:] if any(map(int, counts))]
        names |= {"first": held[0], "last": held[-1]} if held else {}
    else:
        table.append(["n", *(str(len(sample)) for sample in samples)])
        if sum(map(len, samples)) <= study.listed:
            listed = [", ".join(f"{value:.15g}" for value in sorted(s)) for s in samples]
            table.append([f"values ({variable['unit']})", *listed])
    return {
        "computed": describe_test(row, form, **names),
        "table": table,
        "filter": is_known(variable),
        "denominator": of_patients(int(row.n), is_known(variable)),
        "missing": missing_among(study, variable, "all"),
        "columns": [variable["source"], "group"],
        "patients": select(study.frame, is_known(variable)),
    }


def of_correlation(key: str, study: Study) -> dict:
    """Account for a rank correlation."""
    _, name, form = key.split(".")
    other = next(c["with"] for c in study.plan["correlations"] if c["variable"] == name)
    pair = [study.plan["variables"][n] for n in (name, other)]
    tests = study.tests
    row = next(tests[(tests["variable"] == name) & (tests["test"] == "spearman")].itertuples())
    condition = join(*map(is_known, pair))
    lacking = " or ".join(map(is_missing, pair))
    return {
        "computed": describe_test(row, form),
        "filter": condition,
        "denominator": of_patients(int(row.n), condition),
        "missing": f"{int(row.missing)} of {len(study.frame)} patients ({lacking})",
        "columns": [variable["source"] for variable in pair],
        "patients": select(study.frame, condition),
    }


def of_agreement(key: str, study: Study) -> dict:
    """Account for the agreement of two readings, with their table."""
    _, reading, form = key.split(".")
    column = {"recist_1_1": "recist_1_1", "radiologist": "radiologist_response"}[reading]
    counterpart = study.plan["response_rules"]["recist_1_1"]["counterpart"]
    own, other = study.frame["response"], study.frame[column]
    levels = [r for group in study.plan["groups"].values() for r in group["responses"]]
    if reading == "recist_1_1":
        other = other.map(counterpart)
    elif "agreement.recist_1_1.n" not in study.numbers:  # RECIST 1.1 is the primary rule
        own, levels = own.map(counterpart), list(counterpart.values())
    levels = list(dict.fromkeys([*levels, *own.dropna(), *other.dropna()]))
    read_as = counterpart if reading == "recist_1_1" else levels
    counts = [[int(((own == a) & (other == b)).sum()) for b in levels] for a in levels]
    n, same = sum(map(sum, counts)), sum(counts[i][i] for i in range(len(levels)))
    computed = {
        "n": "patients who meet the filter",
        "observed_percent": f"same reading: 100 × {same} / {n}",
        "kappa": f"Cohen's kappa of the table, unweighted: (observed − chance) / (1 − chance), "
        f"observed = {same} / {n}; interval: ± 1.96 standard errors of Fleiss, Cohen and Everitt",
    }[form]
    condition = among(column, list(read_as))
    return {
        "computed": computed,
        "table": [
            ["primary rule \\ " + reading_name(reading, study.plan), *levels],
            *([level, *map(str, row)] for level, row in zip(levels, counts, strict=True)),
        ],
        "filter": condition,
        "denominator": of_patients(n, condition),
        "missing": f"{len(study.frame) - n} of {len(study.frame)} patients have no such reading",
        "columns": ["response", column],
        "patients": select(study.frame, condition),
    }


def of_literature(key: str, study: Study) -> dict:
    """Account for a number quoted from another study."""
    citation = key.split(".")[1]
    return {
        "computed": "quoted from another study, not computed here",
        "reference": cite(citation, study.references),
        "citation": citation,
    }


def cite(key: str, references: str) -> str:
    """Return author, title, journal and year of an entry of a BibTeX bibliography."""
    entry = re.search(rf"^@\w+\{{{re.escape(key)},(.*?)^\}}", references, re.MULTILINE | re.DOTALL)
    if not entry:
        return key
    fields = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", entry[1], re.MULTILINE))
    plain = {name: re.sub(r"[{}]", "", text).replace("--", "–") for name, text in fields.items()}
    authors = plain.get("author", "").split(" and ")
    author = authors[0].split(",")[0] + (" et al." if len(authors) > 1 else "")
    title, journal, year = (plain.get(f, "") for f in ("title", "journal", "year"))
    return f"{author} {title}. {journal} {year} ({key})"


def family(key: str, study: Study):
    """Return the function that accounts for a key, by the key's form."""
    named = {
        "cohort": of_cohort, "plan": of_plan, "rule": of_plan, "test": of_test,
        "sensitivity": of_test, "correlation": of_correlation, "agreement": of_agreement,
        "lit": of_literature, "label": of_word, "word": of_word, "period": of_word,
    }  # fmt: skip
    first, *rest = key.split(".")
    if first in named:
        return named[first]
    if first == "range":
        drawn = (
            "the least and the greatest of many cohorts that keep every printed cell, or a proof"
        )
        return lambda key, study: {"computed": drawn}
    if first == "methods":
        used = "variables with a p-value by this test or measure, as chosen or by the rule"
        return lambda key, study: {"computed": used}
    if first not in ("all", *study.plan["groups"]):
        return lambda key, study: {}
    if len(rest) == 2:
        return of_known if rest[1] in ("known", "missing") else of_summary
    return of_group if len(rest) == 1 else of_count


def account(key: str, study: Study) -> dict:
    """Account for one number.

    Returns
    -------
    dict
        The texts of `LABELS` that apply; `table`, rows of text with a head, the counts or samples
        of a test; `patients`, pseudonyms, where they are at most `LISTED`, and `shown`, the columns
        of theirs that matter; `citation`, the key of the study that is quoted.

    Raises
    ------
    InputError
        Where there is no such key; the nearest ones are named.
    """
    entry = study.numbers.get(key)
    if entry is None:
        near = ", ".join(difflib.get_close_matches(key, study.numbers, n=5, cutoff=0.4))
        raise InputError([f"there is no number {key!r}" + (f"; near it: {near}" if near else "")])
    counted = key.removesuffix("_patients")  # a number with its noun is the number
    value = (
        "none; the printed form is all" if entry["value"] is None else json.dumps(entry["value"])
    )
    found = {
        "meaning": entry["meaning"],
        "printed": entry["display"],
        "value": f"{value} {entry['unit'].removesuffix(' (%)')}".strip(),
        **family(counted, study)(counted, study),
        "rule": entry["rule"],
        "module": entry["module"],
        "source": entry["source"],
    }
    patients = entry["patients"] if entry["patients"] is not None else found.get("patients")
    columns = [
        column
        for name in found.get("columns", [])
        for column in ((name, *MEASURED) if name in DERIVED else (name,))
    ]
    shown = list(dict.fromkeys(columns))
    found |= {"columns": ", ".join(shown), "patients": None}
    if patients and len(patients) <= study.listed:
        found |= {"patients": patients, "shown": shown}
    return {name: part for name, part in found.items() if part}
