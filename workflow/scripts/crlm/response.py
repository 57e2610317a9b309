"""Classify the radiological response from sizes and counts by the plan's rules, with a trace."""

import math
from dataclasses import asdict

import pandas as pd

from crlm.base.problems import InputError
from crlm.base.proposals import propose_groups
from crlm.plan.analysis import CHANGES, MEASURED, Plan, Rule, read_rule
from crlm.plan.synonyms import READING


def measure_change(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the changes from baseline that the rules speak of.

    Returns
    -------
    frame
        Beside the columns of `patients`: `lesions_change` (after − before), `size_change_mm` and
        `size_change_percent` (largest lesion, from baseline); missing where either side is; and
        `size_left_mm`, the size after: 0 where no lesion is left (RECIST 1.1: a lesion that has
        disappeared is 0 mm).
    """
    gone = patients["lesions_post"].eq(0) & patients["size_post_mm"].isna()
    size_left = patients["size_post_mm"].mask(gone, 0.0)
    size_change = size_left - patients["size_pre_mm"]
    return patients.assign(
        size_left_mm=size_left,
        lesions_change=patients["lesions_post"] - patients["lesions_pre"],
        # Rounded, so that a change of exactly −30 % is met whatever its binary fraction.
        size_change_mm=size_change.round(6),
        size_change_percent=(100 * size_change / patients["size_pre_mm"]).round(6),
    )


# So many patients have a bar each, as many as can be told apart; of more the distribution is drawn.
BARS = 120


def order_of_waterfall(response: pd.DataFrame) -> pd.DataFrame:
    """Return the patients whose change in size is known, from growth to shrinkage."""
    known = response.dropna(subset="size_change_percent")
    return known.sort_values(["size_change_percent", "patient_id"], ascending=[False, True])


def classify(patients: pd.DataFrame, rule: dict) -> pd.DataFrame:
    """Classify each patient by a rule of the plan.

    Parameters
    ----------
    patients
        Columns `lesions_pre`, `lesions_post` (counts), `size_pre_mm`, `size_post_mm` (largest).
    rule
        `parameters` and `steps`, each with `response`, `criterion` and the condition `when`; the
        first step that is met decides. A comparison with a missing value is not met.

    Returns
    -------
    frame
        Same index: `response` and `criterion`; both missing where no step is met.
    """
    return read_rule(rule).decide(measure_change(patients))


def readings_of(
    response: pd.DataFrame, rules: dict[str, Rule], primary: str
) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Return the primary rule's responses and, by name, the other readings, in the same words."""
    counterpart = rules["recist_1_1"].counterpart
    own, readings = response["response"], {"radiologist": response[READING]}
    if primary == "recist_1_1":  # nothing to compare it with but the radiologist
        return own.map(counterpart), readings
    return own, {"recist_1_1": response["recist_1_1"].map(counterpart)} | readings


def classify_response(
    patients: pd.DataFrame, plan: Plan, primary: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Classify the cohort by the primary rule and by RECIST 1.1, and compare the readings.

    Parameters
    ----------
    patients
        The clean cohort.
    plan
        Its response rules and groups are asked.
    primary
        The name of the rule that decides.

    Returns
    -------
    response
        `patient_id, response, group, criterion`, the values it was decided on, `recist_1_1` with
        its criterion, and `radiologist_response`.
    agreement
        `reading, n, observed, kappa, ci_low, ci_high`: the primary rule against each other
        reading, RECIST 1.1 by its counterparts; missing where not defined.

    Raises
    ------
    InputError
        Where a patient's response can't be decided or belongs to no group, or where the radiologist
        read one that the primary rule does not give, so that the two can't be compared.
    """
    from crlm.statistics.agreement import cohen_kappa

    comparable = plan.responses_of(primary)
    read = patients["radiologist_response"]
    strange = patients[read.notna() & ~read.isin(comparable)]
    if len(strange):
        raise InputError(
            [
                f"patient {p.patient_id}: read as {p.radiologist_response}, which is no response "
                f"of the rule '{primary}'; expected one of: {', '.join(comparable)} (put the "
                f"spelling under one of them, in `codebook`, `variables`, `{READING}`, `levels`)"
                for p in strange.itertuples()
            ]
        )

    changes = measure_change(patients)
    decided = plan.response_rules[primary].decide(changes)
    recist = plan.response_rules["recist_1_1"].decide(changes)
    decided.insert(1, "group", decided["response"].map(plan.group_of))
    recist.columns = ["recist_1_1", "recist_criterion"]
    measured = changes[[*MEASURED, *CHANGES]]
    response = pd.concat([patients["patient_id"], decided, measured, recist, read], axis=1)
    undecided = response[response["group"].isna()]
    if len(undecided):
        needs = "number and size before and after chemotherapy, as far as the rule needs them"
        known = f"a response that one of the groups {', '.join(plan.groups)} holds"
        shown = undecided[[*MEASURED]].map(lambda v: "not known" if pd.isna(v) else f"{v:.15g}")
        problems = [
            f"no patient has a value of {column}; expected the name that its column has in the raw "
            f"tables, in `codebook`, `variables`, `{column}`, `columns`"
            for column in MEASURED
            if patients[column].isna().all()
        ]
        problems += [
            f"patient {p.patient_id}: lesions {p.lesions_pre} -> {p.lesions_post}, largest "
            f"{p.size_pre_mm} -> {p.size_post_mm} mm: the rule '{primary}' gives "
            + (
                f"no response; expected: {needs}"
                if pd.isna(p.response)
                else f"{p.response}, in no group; expected: {known}"
            )
            for p in undecided.assign(**shown).itertuples()
        ]
        new = sorted(undecided["response"].dropna().unique())
        groups = {name: group._asdict() for name, group in plan.groups.items()}
        raise InputError(problems, {"plan": propose_groups(new, groups) if new else ""})
    own, readings = readings_of(response, plan.response_rules, primary)
    agreement = []
    for name, reading in readings.items():
        both = reading.notna() & own.notna()
        # Kappa is not defined where no patient has both readings, or all have the same one.
        row = {"reading": name, "n": int(both.sum()), "observed": 1.0 if both.any() else math.nan}
        if len({*own[both], *reading[both]}) > 1:
            levels = list(dict.fromkeys([*plan.group_of, *own[both], *reading[both]]))
            row |= asdict(cohen_kappa(own[both], reading[both], levels))
        agreement.append(row)
    columns = ["reading", "n", "observed", "kappa", "ci_low", "ci_high"]
    return response, pd.DataFrame(agreement, columns=columns)
