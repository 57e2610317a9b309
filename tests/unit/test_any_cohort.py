"""Any valid cohort gives a manuscript that reads well, whatever its patients are like."""

import html

import pandas as pd
import pytest
import yaml
from cohorts import MEASURED, RESPONSES, Shape, make_raw, plan_for, plan_with_complete
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.config.schemas import violations
from crlm.manuscript.denials import find_denials
from crlm.manuscript.markdown import without_spans
from crlm.manuscript.prose import read_rules
from crlm.manuscript.template import fill_template
from crlm.manuscript.verification import check_filled, find_blemishes, read_as_text
from crlm.numbers.quantities import register_flow
from crlm.paper import Sources, build_paper
from crlm.plan.analysis import read_plan
from crlm.plan.faults import faults_of_plan

CODEBOOK, PLAN, COHORT, LITERATURE = (
    read_yaml(ROOT / path)
    for path in (
        "config/codebook.yaml", "config/plan.yaml", "config/cohorts/2024.yaml",
        "data/literature.yaml",
    )
)  # fmt: skip
COHORT["ranges"] = []  # those of 2024 are of its rows
TEMPLATE = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
PROSE = read_rules("manuscript/prose.yaml")
FREE = [
    name
    for name, variable in CODEBOOK["variables"].items()
    if variable["type"] not in ("id", "year") and name not in (*MEASURED, "size_pathology_mm")
]


def build(shape: Shape, plan: dict = PLAN, **meta):
    """Build the paper of a cohort in this process."""
    raw = [("data/raw/made_up.csv", make_raw(shape, CODEBOOK), [])]
    cohort = COHORT | meta
    if cohort["response_rule"] == "recist_1_1":
        plan = plan_for(plan, "recist_1_1")
    return build_paper(Sources(raw, CODEBOOK, plan, cohort, LITERATURE, TEMPLATE, {}))


def sentences(paper) -> str:
    """Return the paper's text in one line, without its tables, which name every level."""
    lines = [line for line in paper.text.splitlines() if not line.startswith("|")]
    return " ".join(html.unescape(read_as_text(without_spans("\n".join(lines)))).split())


# --- Cohorts at random ----------------------------------------------------------------------------


@st.composite
def columns(draw):
    """Draw for some variables that nobody has them, or that all patients have the same."""
    found = {}
    for name in draw(st.lists(st.sampled_from(FREE), unique=True, max_size=len(FREE))):
        levels = [*CODEBOOK["variables"][name].get("levels", ["7"])]
        found[name] = draw(st.sampled_from(["missing", *levels]))
        if name in ("age_years", "cycles", "duration_months") and found[name] != "missing":
            found[name] = 20
    return found


RULES = st.sampled_from(["number_and_size", "number_and_size", "recist_1_1"])


@pytest.mark.parametrize("examples", [10, pytest.param(60, marks=pytest.mark.long)])
def test_any_cohort_gives_a_paper_or_a_reason(examples):
    @settings(
        max_examples=examples, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        n=st.one_of(st.integers(0, 3), st.integers(4, 40), st.integers(41, 200)),
        responses=st.lists(st.sampled_from(list(RESPONSES)), min_size=1, unique=True),
        known=columns(),
        seed=st.integers(0, 2**32 - 1),
        rule=RULES,
        tests=st.sampled_from(["published", "auto"]),
        provenance=st.sampled_from(["original", "synthetic", "reconstructed"]),
        printed=st.sampled_from([None, "mohamed2024"]),
        years=st.tuples(st.integers(2000, 2026), st.integers(0, 3)),
    )
    def hold(n, responses, known, seed, rule, tests, provenance, printed, years):
        shape = Shape(n, tuple(responses), known, whole=rule == "recist_1_1", seed=seed)
        meta = {
            "response_rule": rule, "tests": tests, "provenance": provenance,
            "printed_version": printed, "period": {"from": years[0], "to": sum(years)},
        }  # fmt: skip
        try:
            paper = build(shape, **meta)
        except InputError as error:
            assert "no patient is left after the exclusions" in str(error)
            assert not n or "excluded" in responses
            return
        assert find_blemishes(paper.text) == []
        assert check_filled(paper.text, paper.numbers) == []
        assert find_denials(paper.text, paper.numbers, read_plan(PLAN), PROSE) == []

    hold()


# --- Cohorts at the edges -------------------------------------------------------------------------

ALL = ("regressive", "stationary", "progressive")
OWN = {"provenance": "original", "printed_version": None, "tests": "auto"}
NOTHING = dict.fromkeys(FREE, "missing")


@pytest.mark.parametrize(
    ("shape", "meta", "said", "not_said"),
    [
        (
            Shape(1, ("progressive",), {}, whole=True, seed=3), OWN,
            ["Of 1 patient analysed, the response by number and size was regressive in no patient, "
             "stationary in no patient and progressive in 1; the responders were 0 of 1",
             "The data of 1 patient were received and analysed; none was excluded",
             "Age was 20 years;", "Nobody responded,",
             "changed by 100% (Figure), where shrinkage is negative", "(kappa not defined)",
             "complete in no patient, partial in no patient, stable in no patient and progressive "
             "in 1. Both readings",
             "could not be compared: no test was possible.", "No comparison was possible.",
             "known before and after chemotherapy in 1 patient."],
            ["Correlations are", "Exact p-values", "names the test", "Newcombe", "Many comparisons",
             "statistically significant", "subtitle"],
        ),
        (
            Shape(12, ("regressive", "stationary", "excluded"), NOTHING, seed=3),
            {"provenance": "synthetic", "printed_version": None, "tests": "published",
             "period": {"from": 2025, "to": 2025}},
            ["Cairo University, 2025)", "Synthetic data, generated",
             "after the exclusion of 4 patients", "Comorbidity was not recorded.",
             "resection in stages was not recorded",
             "recurrence within the first year was not recorded",
             "survival was not recorded.",
             "Nobody had progressive disease,", "The regimen was not recorded.",
             "The number of cycles was not recorded;",
             "The radiologist's reading could be compared in no patient.",
             "Here, nobody had progressive disease.", "The number of cycles could not be compared.",
             "Since all patients are in the same group, these data do not tell"],
            ["2025–2025", "was TACE", "had TACE", "Regimens were not assigned",
             "version of record", "for none", "The comparisons were not adjusted",
             "neither show nor exclude", "no test possible)"],
        ),
        (
            Shape(
                200, ("regressive", "progressive"),
                {"additional_therapy": "none", "n_stage": "n0", "duration_months": "missing"},
                seed=5,
            ), OWN,
            ["Of 200 patients analysed", "by Pearson's chi-square test without continuity "
             "correction; for numerical variables, by the Mann–Whitney test with the normal "
             "approximation, corrected for ties.",
             "Additional therapy before resection was TACE in no patient.",
             "With 200 patients, small differences may still escape detection",
             "A rule of the plan chooses the tests"],
            ["Fisher", "Freeman", "Nx", "moderate differences", "The rule of the plan would",
             "Exact p-values", "reproduces it"],
        ),
        (
            Shape(30, ALL, {}, whole=True, seed=8), OWN | {"response_rule": "recist_1_1"},
            ["- complete: otherwise, disappearance of all metastases;",
             "Patients with complete or partial response or stable disease are called responders",
             "By RECIST 1.1, the response was complete in", "CR + PR + SD", "not evaluable in",
             "stable disease by RECIST 1.1 was seen in"],
            ["Agreement with RECIST", "more metastases than before, or growth of the largest by at "
             "least 20% and at least 5 mm; - regressive", "Both readings"],
        ),
        (
            Shape(30, ALL, {}, whole=True, seed=8),
            {"provenance": "reconstructed", "response_rule": "recist_1_1", "tests": "auto"},
            ["Agreement of the rule with it is given as observed agreement; responses are matched"],
            ["appa"],
        ),
        (
            Shape(40, ("regressive",), {"regimen": "xelox", "cycles": 8}, seed=1), OWN,
            ["The regimen was XELOX in 40 (100.0%).", "The number of cycles was 8.0 ± 0.0 on "
             "average (range 8 to 8);", "stationary in no patient",
             "Regimens could not be compared here."],
            ["8), known in 40", "Cramér"],
        ),
        (
            Shape(2, ("regressive",), {"radiologist_response": "regressive"}, True, seed=1), OWN,
            ["With the radiologist's reading, known in 2 patients,"],
            ["all 2 patients", "adjusted for multiple testing", "the share of responders was"],
        ),
        (
            Shape(30, ("regressive", "progressive"), {"cycles": 8}, seed=1), OWN,
            ["with ≥ 6 cycles (no test possible).", "The number of cycles could not be compared.",
             "adjusted for multiple testing"],
            ["For the number of cycles neither direction"],
        ),
    ],
    ids=["one patient", "nothing known", "two hundred", "RECIST", "RECIST rebuilt", "all alike",
         "two", "one dose"],
)  # fmt: skip
def test_a_cohort_at_the_edge_reads_well(shape, meta, said, not_said):
    paper = build(shape, **meta)
    text = sentences(paper)
    assert [part for part in said if part not in text] == []
    assert [part for part in not_said if part in text] == []
    assert find_blemishes(paper.text) == [] and check_filled(paper.text, paper.numbers) == []
    assert find_denials(paper.text, paper.numbers, read_plan(PLAN), PROSE) == []


def test_a_further_response_is_named_wherever_the_responses_are():
    shape = Shape(40, ALL, {}, whole=True, seed=9)
    raw = make_raw(shape, CODEBOOK).rename(columns={"number_post": "lesions_post"})
    n = (raw["lesions_post"] == "0").sum()
    assert n
    paper = build(shape, plan_with_complete(PLAN), **OWN)
    text = sentences(paper)
    assert f"the response by number and size was complete in {n}, regressive in" in text
    listed = f"complete in {n} ({100 * n / 40:.1f}%), regressive in"
    assert f"By number and size, the response was {listed}" in text
    assert "- complete: disappearance; - progressive: otherwise, more metastases" in text
    assert (
        f"of these complete ({n}), regressive (" in text
    )  # the alternative text of the flow diagram
    assert "(complete, regressive or stationary disease) were compared" in text
    assert "CD + RD + SD, complete, regressive or stationary disease; PD" in text


def test_withdrawn_patients_are_told_where_there_are_any(plan, run_stages, make_patients):
    study = run_stages(make_patients(12))
    flow = study.flow.copy()
    flow.loc[0, "patients"] += 1
    withdrawn = pd.DataFrame([("withdrawn", "consent withdrawn", 1)], columns=flow.columns)
    flow = pd.concat([flow.iloc[:1], withdrawn, flow.iloc[1:]], ignore_index=True)
    numbers = study.numbers | register_flow(flow)
    text = read_as_text(fill_template(TEMPLATE, numbers, read_plan(plan), COHORT | OWN))
    assert (
        "The data of 15 patients were received; after the withdrawal of 1 patient and the "
        "exclusion of 2 patients, the analysis covers 12 patients"
    ) in text
    assert "received (15), withdrawn (1), excluded (2), analysed (12)" in text
    assert find_blemishes(text) == []


# --- A plan that says more ------------------------------------------------------------------------

MORE = """
variables:
  age: {label: Age, source: age_years, unit: years, scale: 1}
  half: &half
    label: Half
    source: age_years
    levels: {a: {label: young, at_least: 0, below: 50}, b: {label: old, at_least: 50, below: .inf}}
  again: *half
tables:
  row: &row
    title: By row
    groups: [responders, progressive]
    percent_of: level
    rows: [{variable: half, published: null}, {variable: age, show: median_iqr, published: null}]
  column: {<<: *row, percent_of: group, rows: [{variable: again, published: null}]}
  of_all: {<<: *row, groups: [all], percent_of: group, rows: [{variable: age, show: median_range}]}
"""
AGES = {"RD": (40, 44, 50, 56, 70), "PD": (30, 48, 61, 75)}  # regressive, progressive


def test_a_table_a_cut_point_and_a_median_are_lines_of_the_plan():
    more = yaml.safe_load(MORE)
    plan = PLAN | {part: PLAN[part] | own for part, own in more.items()}
    schema = read_yaml(ROOT / "workflow/schemas/plan.schema.yaml")
    assert violations(plan, schema, "plan.yaml", {}) == []
    assert [*faults_of_plan(plan, CODEBOOK, "number_and_size")] == []
    columns = "id", "age", "sex", "number_pre", "size_pre_cm", "number_post", "size_post_cm"
    rows = [
        (f"P{age}", f"{age}", "f", "2", "5", {"RD": "1", "PD": "3"}[response], "5")
        for response, ages in AGES.items()
        for age in ages
    ]
    raw = [("sheet.csv", pd.DataFrame(rows, columns=columns, index=range(2, 11)), [])]
    template = "".join(f"<< table.{name} >>\n\n" for name in more["tables"])
    paper = build_paper(Sources(raw, CODEBOOK, plan, COHORT, LITERATURE, template, {}))
    shown = read_as_text(without_spans(paper.text))
    for line in (
        # Of 4 below 50, 2 and 2; of 5 others, 3 and 2. Of the groups, 2 of 5 and 2 of 4.
        "| young | 2 (50.0%) | 2 (50.0%) |", "| old | 3 (60.0%) | 2 (40.0%) |",
        "| young | 2 (40.0%) | 2 (50.0%) |", "| old | 3 (60.0%) | 2 (50.0%) |",
        # R 4.2.2: quantile(c(40,44,50,56,70)), then c(30,48,61,75): 25%, 50% and 75%
        "| Age (years), median (IQR) | 50.0 (44.0 to 56.0) | 54.5 (43.5 to 64.5) |",
        "| Age (years), median (range) | 50.0 (30 to 75) |",
        "percentage of the patients of the row", "patients of the column for whom",
    ):  # fmt: skip
        assert line in shown, shown
    assert paper.numbers["progressive.age.q1"]["value"] == 43.5
    assert paper.numbers["all.age_years.mean"]["value"] == 474 / 9
    assert paper.numbers["test.age.p"]["value"] == paper.numbers["sensitivity.age_years.p"]["value"]
