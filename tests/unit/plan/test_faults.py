"""What is wrong with a plan that fits its schema, told with its keys."""

import copy
import math
from pathlib import Path

import numpy as np
import pytest

from crlm.base.files import read_yaml
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.faults import faults_of_plan
from crlm.plan.variables import read_variables

CONFIG = Path(__file__).parents[3] / "config"
PLAN, CODEBOOK = (read_yaml(CONFIG / f"{name}.yaml") for name in ("plan", "codebook"))
WORDS = "multiverse.groupings.disease_control.responses"


def changed(content: dict, path: str, value) -> dict:
    """Return a copy with the value at a dotted path replaced, or deleted where it is Ellipsis."""
    content = copy.deepcopy(content)
    *places, last = (int(k) if k.isdigit() else k for k in path.split("."))
    place = content
    for key in places:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return content


def test_the_plan_there_is_has_no_fault():
    assert [*faults_of_plan(PLAN, CODEBOOK, "number_and_size")] == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("variables.sex.source", "gender", "sex.source: 'gender', which is no column"),
        ("variables.sex.source", "age_years", "sex.levels: levels by values"),
        ("variables.cycles.source", "sex", "variables.cycles: no levels by values"),
        ("variables.sex.levels.male.values", ["man"], "male.values: 'man', which sex never is"),
        ("variables.sex.levels.male.values", ["male", "female"], "female.values: 'female', which "
         "stands under levels > male > values too"),
        ("variables.n_stage.left_out", ["nx", "n0"], "'n0', which stands under left_out too"),
        ("variables.n_stage.left_out", ["nx", 7], "n_stage.left_out: 7, which n_stage never is"),
        ("variables.cycles_class.levels.lt_6.below", 7, "levels.ge_6: at_least 6, within lt_6"),
        ("variables.cycles_class.levels.lt_6.below", 7, "expected 7 or more, where lt_6 ends"),
        ("variables.cycles_class.levels.lt_6.below", math.inf, "6, within lt_6; expected lt_6 to"),
        ("variables.cycles_class.levels.ge_6.below", 6, "ge_6: at_least 6 and below 6"),
        ("variables.n_stage.levels.n0.label", "Nx", "n0.label: 'Nx' of n0"),
        ("variables.sex.levels.male.in_text", "female patients", "'female patients' of male"),
        ("variables.sex.levels.male.label", "Single agent", ...),
        ("variables.t_stage.levels.t4.label", "T5", "t4.label: 'T5' of t4"),
        ("variables.t_stage.levels.t4.label", "pT4", ...),
        ("variables.t_stage.levels.t4.label", "≥ T4", ...),
        ("variables.t_stage.levels.t4.label", "> 3", ...),
        ("variables.t_stage.levels.t3.label", "< 4", ...),
        ("variables.t_stage.levels.t4.label", "< 4", "'< 4' of t4"),
        ("groups.responders.label", "Responders", ...),
        ("groups.responders.label", "Non-responders", "responders.label: 'Non-responders' of"),
        ("groups.progressive.label", "Without response", ...),
        ("groups.progressive.meaning", "response", "progressive.meaning: 'response' of"),
        ("variables.t_stage.levels.t4.label", "other than T2 or T3", ...),
        ("variables.n_stage.levels.n1_2.label", "N1 (1–3 nodes) or N2 (≥ 4 nodes)", ...),
        ("variables.alive_1y.levels.no.label", "Not alive", ...),
        ("variables.comorbidity.levels.yes.label", "≥ 1", ...),
        ("variables.morbidity_30d.levels.yes.label", "Clavien–Dindo ≥ 3a", ...),
        ("variables.margin.levels.ge_1_cm.label", "R0, ≥ 10 mm", ...),
        ("variables.additional_therapy.levels.none.label", "Without TACE", ...),
        ("groups.responders.meaning", "no progressive disease", ...),
        ("groups.responders.meaning", "regression or stable disease", ...),
        ("groups.responders.meaning", "response or stable disease", ...),
        ("variables.margin.levels.lt_1_mm.label", "≥ 1 mm", "lt_1_mm.label: '≥ 1 mm' of lt_1_mm"),
        ("variables.margin.levels.mm_1_to_4.label", "1–4 cm", "'1–4 cm' of mm_1_to_4"),
        ("variables.regimen_class.levels.combination.label", "Single agent", "of xelox, folfiri"),
        ("variables.regimen_given.levels.xelox.label", "Targeted chemotherapy", "of xelox"),
        ("variables.recurrence_1y.levels.no.in_text", "with recurrence", "'with recurrence' of no"),
        ("groups.responders.label", "RD", "groups.responders.label: 'RD' of regressive, stat"),
        ("groups.responders.label", "RD + SD + PD", "'RD + SD + PD' of regressive, stationary"),
        ("groups.responders.label", "disease control", ...),
        ("groups.responders.meaning", "stable or regressive disease", ...),
        ("groups.progressive.label", "RD + SD", "groups.progressive.label: 'RD + SD'"),
        ("groups.progressive.meaning", "regressive disease", "progressive.meaning: 'regressive"),
        ("variables.alive_1y", ..., "table4.rows.6.variable: 'alive_1y', no variable"),
        ("tables.table1.rows.0.show", ..., "table1.rows.0: no `show` for the number age_years"),
        ("tables.table1.rows.1.show", "mean", "table1.rows.1: `show` for levels, sex"),
        ("tables.table3.rows.1.published.test", "mann_whitney", "test: mann_whitney for sex"),
        ("tables.table3.rows.0.published.test", "fisher_exact", "test: fisher_exact for age_years"),
        ("tables.table3.rows.0.variable", "cycles", "table3.rows.9.variable: 'cycles' a second"),
        ("tables.table4.rows.1.variable", "sex", "table4.rows.1.variable: 'sex' a second"),
        ("tables.table3.groups", ["progressive", "responders"], "table3.groups: progressive, resp"),
        ("tables.table3.percent_of", "group", "figure1.variables.0: 'size_pre_class', no row of a"),
        ("figures.figure1.variables", ["margin"], "figure1.variables.0: 'margin', no row"),
        ("figures.figure1.variables", ["cycles"], "figure1.variables.0: 'cycles', no row"),
        ("figures.forest.tables.1", "table1", "forest.tables.1: 'table1', no table of the groups"),
        ("figures.curve_size.question", "age", "curve_size.question: 'age', no question of the"),
        ("family.0", "table1", "family.0: 'table1', no table of the groups"),
        ("correlations.0.with", "sex", "correlations.0.with: 'sex', no number"),
        ("correlations.0.with", "dose", "correlations.0.with: 'dose', no number"),
        ("multiverse.rules.1", "recist", "rules.1: 'recist', no rule of the plan"),
        ("multiverse.questions.sex", [1], "questions.sex: 'sex', no number"),
        ("multiverse.questions.dose", [1], "questions.dose: 'dose', no number"),
        (f"{WORDS}.responders", ["regressive"], f"{WORDS}: nothing of stationary"),
        (f"{WORDS}.progressive", ["progressive", "stationary"], f"{WORDS}: 'stationary' in both"),
        (f"{WORDS}.progressive", ["progressive", "stable"], "progressive.1: 'stable', which none"),
        (WORDS, {"some": ["regressive"]}, f"{WORDS}: some"),
        ("groups.progressive.responses", ["progression"], "responses.0: 'progression', which the"),
        ("groups.progressive.responses", ["progressive", "stationary"], "'stationary' in both"),
        ("response_rules.number_and_size.steps.0.when", "lesions_chnge > 0", "steps.0.when: "
         "'lesions_chnge' (character 1)"),
        ("response_rules.number_and_size.steps.3.when", "size_change_percent <= -@shrink",
         "steps.3.when: '@shrink' (character 25)"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_is_found(path, value, fault):
    found = [*faults_of_plan(changed(PLAN, path, value), CODEBOOK, "number_and_size")]
    if fault is ...:  # which is none
        assert not found
        return
    told = [f"{'.'.join(keys)}: {said}; expected {expected}" for keys, said, expected in found]
    assert any(fault in text for text in told)


@pytest.mark.parametrize("cohort", ["2024", "2025"])
def test_each_value_that_the_codebook_allows_has_a_level_in_the_plan(cohort):
    """Asked of the files there are alone: elsewhere it is told when a patient has such a value."""
    own = read_yaml(CONFIG / f"cohorts/{cohort}.yaml")
    columns = codebook_of(CODEBOOK, own["codebook"])["variables"]
    for name, variable in read_variables(plan_of(PLAN, own["plan"])["variables"]).items():
        column = columns.get(variable.source, {})
        values = [*column.get("levels", ())]
        if variable.levels and not values and "max" in column:
            values = np.arange(column["min"], column["max"] + 1)
        lacking = [v for v in values if not any(of.holds(v) for of in variable.levels.values())]
        assert {*lacking} <= {*variable.left_out}, name
