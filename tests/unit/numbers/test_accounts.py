"""Accounts of numbers: worked out by hand from eight patients, and checked against every count."""

import json
import re

import pandas as pd
import pytest

from crlm.base.problems import InputError
from crlm.cohort.cleaned import clean_cohort
from crlm.manuscript.trace import (
    Study,
    account,
    cite,
    keys_in,
    lines_of,
    main,
    trace,
    write_trace,
)
from crlm.numbers.quantities import register_flow, register_literature
from crlm.numbers.sentences import known_of, tell_quantity
from crlm.plan.analysis import read_plan
from crlm.plan.conditions import Columns, select

# Eight patients as a hospital's sheet might have them: sizes in cm, spellings, missing codes.
HEAD = ["id", "age", "sex", "cycles", "regimen", "number_pre", "size_pre_cm", "number_post",
        "size_post_cm", "response_read", "pn"]  # fmt: skip
ROWS = [
    ["A", "50", "F", "6", "CAPOX", "1", "4,0", "1", "2.0", "RD", "0"],
    ["B", "60", "M", "8", "xelox", "2", "5.0", "1", "5.0", "RD", "X"],
    ["C", "41", "F", "NA", "other", "1", "3.0", "1", "3.0", "SD", "1"],
    ["D", "45", "F", "4", "XELOX", "1", "3.0", "2", "3.0", "PD", "1"],
    ["E", "70", "M", "3", "Xeloda", "3", "2.0", "3", "4.0", "PD", ""],
    ["F", "55", "M", "7", "folfiri", "2", "6.0", "2", "3.0", "RD", "n1"],
    ["G", "66", "F", "5", "folfiri", "1", "2.0", "2", "2.0", "PD", "n0"],
    ["H", "52", "M", "6", "folfiri", "1", "", "", "", "", "n0"],
]
# A to C and F respond (regressive or, C, stationary), D, E and G progress; H is left out.
REFERENCES = """
@article{lee2020,
  author  = {Lee, A. B. and Roy, C.},
  title   = {Resection of {CRC} metastases},
  journal = {Surgery},
  year    = {2020},
  pages   = {1--2},
}
"""


@pytest.fixture(scope="module")
def study(codebook, run_stages) -> Study:
    raw = pd.DataFrame(ROWS, columns=HEAD, index=range(2, len(ROWS) + 2))
    patients, *_, cells = clean_cohort([("sheet.csv", raw, [])], codebook)
    made = run_stages(patients)
    return with_quantities(
        Study(made.numbers, made.accounts, made.frame, cells, REFERENCES), flow_of(8)
    )


def flow_of(received: int, **steps: int) -> dict:
    """Register a flow that ends with seven patients."""
    counts = {"received": received, **steps, "analysed": 7}
    rows = [(step, step, count) for step, count in counts.items()]
    return register_flow(pd.DataFrame(rows, columns=["step", "label", "patients"]))


def with_quantities(study: Study, quantities: dict) -> Study:
    """Return a study with some quantities in place of its own, or beside them."""
    return study._replace(
        numbers=study.numbers | quantities,
        accounts=study.accounts | {key: told["account"] for key, told in quantities.items()},
    )


# By hand. Six cycles and up: A, B, F, all of whom respond; C is not known. XELOX: A, B, D; FOLFIRI:
# F, G; capecitabine: E; C's regimen is not named. Before chemotherapy 4 + 5 + 3 + 3 + 2 + 6 + 2 cm,
# 25 in all; cycles of A, B, F: 21. Fisher's exact test of 3 and 0 against 0 and 3: two of the 20
# tables are as extreme, p = 0.1; U of 6, 7, 8 against 3, 4, 5 is 9 of 9, again two of 20. A, B and
# F are regressive, C stationary, D, E and G progressive, by the rule and as read.
@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("responders.cycles_class.ge_6.n_of_percent", {
            "printed": "3 of 3 (100.0%)", "value": "3 patients", "rule": "describe_cohort",
            "module": "crlm.description", "source": "tables/table3.csv",
            "computed": "patients who meet the filter; 100 × 3 / 3 = 100.0",
            "filter": "cycles >= 6 and group == 'responders'", "patients": ["A", "B", "F"],
            "denominator": "3 patients: cycles >= 6",
            "missing": "1 of 7 patients (cycles.isna()): C"}),
        ("all.regimen_given.xelox.percent", {
            "computed": f"patients who meet the filter; 100 × 3 / 7 = {300 / 7!r}",
            "value": f"{300 / 7!r} %", "filter": "regimen == 'xelox'",
            "denominator": "7 patients: regimen.notna()", "missing": "none"}),
        ("progressive.regimen_class.combination.denominator", {
            "filter": "regimen in ['xelox', 'folfiri']", "patients": ["A", "B", "D", "F", "G"],
            "missing": "1 of 7 patients (regimen.isna() or regimen == 'other'): C"}),
        ("all.n_stage.missing", {
            "filter": "n_stage.isna() or n_stage == 'nx'", "patients": ["B", "E"]}),
        ("all.n_stage.known", {
            "filter": "n_stage.notna() and n_stage not in ['nx']",
            "patients": ["A", "C", "D", "F", "G"]}),
        ("all.size_pre_cm.mean", {
            "computed": f"size_pre_mm, times 0.1 (cm): mean = sum / n = 25 / 7 = {25 / 7!r}",
            "value": f"{25 / 7!r} cm"}),
        ("responders.cycles.mean_sd", {
            "computed": "cycles (cycles): mean = sum / n = 21 / 3 = 7.0; SD (divisor n − 1 = 2) = "
            "1.0", "filter": "cycles.notna() and group == 'responders'",
            "patients": ["A", "B", "F"], "missing": "1 of 4 patients (cycles.isna()): C"}),
        ("test.cycles_class.p", {
            "computed": r"~Fisher's exact test, exact p-value: p = 0\.(1|10000\d+|09999\d+);",
            "table": [["", "RD + SD", "PD"], ["< 6", "0", "3"], ["≥ 6", "3", "0"]],
            "denominator": "6 patients: cycles.notna()"}),
        ("test.cycles_class.effect", {
            "computed": "~share of RD . SD at ≥ 6 cycles minus at < 6 cycles, with .*: 1.0, 95% "
            "interval "}),
        ("sensitivity.cycles.p", {
            "computed": "~Mann–Whitney test, exact p-value: statistic = 9, p = "
            r"0\.(1|10000\d+|09999\d+);", "table": [
                ["", "RD + SD", "PD"], ["n", "3", "3"],
                ["values (cycles)", "6, 7, 8", "3, 4, 5"]]}),
        ("correlation.cycles.rho_ci", {
            "computed": "~Spearman's rho, with Bonett and Wright's interval",
            "filter": "cycles.notna() and size_change_percent.notna()",
            "denominator": "6 patients: cycles.notna() and size_change_percent.notna()",
            "missing": "1 of 7 patients (cycles.isna() or size_change_percent.isna())",
            "patients": ["A", "B", "D", "E", "F", "G"]}),
        ("agreement.radiologist.kappa", {
            "computed": "~.*observed = 7 / 7", "table": [
                ["primary rule \\ the radiologist's reading", "regressive", "stationary",
                 "progressive"],
                ["regressive", "3", "0", "0"], ["stationary", "0", "1", "0"],
                ["progressive", "0", "0", "3"]]}),
        ("cohort.n", {
            "computed": "received − excluded = 8 − 1", "patients": [*"ABCDEFG"]}),
        ("cohort.received", {"computed": "rows of sheet.csv"}),
        ("cohort.excluded", {"patients": ["H"]}),
        ("progressive.n_percent", {
            "filter": "group == 'progressive', which is response == 'progressive'",
            "denominator": "7 patients: all who are analysed", "patients": ["D", "E", "G"]}),
        ("plan.alpha", {"computed": "set in config/plan.yaml: alpha"}),
        ("rule.number_and_size.shrinkage_percent", {
            "computed": "~.*regressive .shrinkage. when size_change_percent <= "
            "-@shrinkage_percent$"}),
        ("label.cycles_class.ge_6", {
            "computed": "set in config/plan.yaml: variables, cycles_class, levels, ge_6",
            "filter": "cycles >= 6", "patients": None}),
        ("label.cycles_class.variable", {
            "computed": "set in config/plan.yaml: variables, cycles_class, label"}),
        ("period.from", {"computed": "set in the cohort's file: period, from"}),
    ],
)  # fmt: skip
def test_a_number_is_told_by_what_made_it(study, key, parts):
    """A part that begins with ~ is a pattern."""
    found = account(key, study)
    for name, part in parts.items():
        if str(part).startswith("~"):
            assert re.match(part[1:], found[name])
        else:
            assert found.get(name) == part


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (
            "responders.cycles_class.ge_6.n_of_percent",
            "“Number of cycles” is known for 6 of 7 patients; of the 3 with “≥ 6”, 3 had "
            "regressive or stationary disease (100.0%).",
        ),
        (
            "all.regimen_given.xelox.percent",
            "“Type of chemotherapy” is known for all 7 patients; it is “XELOX” in 3 of them "
            "(42.9%).",
        ),
        (
            "all.n_stage.missing",
            "The N stage is known and counted here for 5 of 7 patients; in 2 it is not.",
        ),
        (
            "all.cycles.mean_range",
            "The number of cycles is known for 6 of 7 patients; the mean is 5.5 cycles and the "
            "values go from 3 to 8 cycles.",
        ),
        (
            "responders.cycles.mean_sd",
            "The number of cycles is known for 3 of 4 patients with regressive or stationary "
            "disease; the mean is 7.0 cycles and the standard deviation (the usual distance from "
            "the mean) is 1.0 cycles.",
        ),
        ("ledger.cycles.odds_ratio", "This does not apply to the comparison."),
        (  # its end solves ψ³ = 0.025 (1 + 9ψ + 9ψ² + ψ³)
            "ledger.cycles_class.odds_ratio",
            "Conditional odds ratio of RD + SD, ≥ 6 cycles against < 6 cycles, with the exact "
            "interval: infinite, 95% CI 0.65 to infinite.",
        ),
        ("progressive.n", "With progressive disease, called “PD”: 3 of 7 patients (42.9%)."),
        (
            "test.cycles_class.p",
            "“Number of cycles” (“< 6” or “≥ 6”) of 6 patients is compared between those with "
            "regressive or stationary disease and with progressive disease (Fisher's exact test): "
            "p = 0.100, not below the level of 0.05; no difference is shown, and none is excluded.",
        ),
        (
            "test.cycles_class.effect",
            "How much greater the share with regressive or stationary disease is for “≥ 6” than "
            "for “< 6”: 100.0 percentage points, 95% CI 20.6 to 100.0, by another method than p, "
            "from 6 patients.",
        ),
        (
            "agreement.radiologist.observed_percent",
            "By the primary rule and by the radiologist's reading the response is known for 7 of 7 "
            "patients, and is the same in 100.0% of them.",
        ),
        (
            "correlation.cycles.rho_ci",
            "The number of cycles and the change in the largest metastasis are both known for 6 of "
            "7 patients; their rank correlation is −0.62, 95% CI −0.96 to 0.47, where 0 is none, "
            "at 1 the greater always goes with the greater, and at −1 with the smaller.",
        ),
        (
            "answer.sex.tests",
            "Tests of this question that were possible: 1; of these with p < 0.05: 0.",
        ),
        ("label.cycles_class.ge_6", "“≥ 6” is a name from the plan, not a result."),
        (
            "plan.alpha",
            "Two-sided significance level: 0.05; chosen in the config, not computed from the data.",
        ),
    ],
)
def test_a_number_is_told_in_one_sentence(study, key, sentence):
    """Of the seven, by hand; Newcombe's interval of 3/3 less 0/3: 1 ∓ √2 (1 − 3 / (3 + z²)).

    The change is known with the cycles of A, B, D to G; their ranks give −10 / √(17.5 × 15).
    """
    assert account(key, study)["sentence"] == sentence


@pytest.mark.parametrize(
    ("known", "told"),
    [(1, "1 of 1 patients"), (2, "2 of 2 patients"), (7, "all 7 patients")],
)
def test_all_is_said_of_three_or_more(known, told):
    assert known_of({"known": {"display": f"{known}"}}, "known", "known") == told


def test_those_who_withdrew_are_counted_and_not_named(study, plan):
    amended = with_quantities(study, flow_of(10, withdrawn=2))
    assert account("cohort.excluded", amended)["computed"] == (
        "received − withdrawn − analysed = 10 − 2 − 7"
    )
    assert account("cohort.n", amended)["computed"] == (
        "received − withdrawn − excluded = 10 − 2 − 1"
    )
    assert "patients" not in account("cohort.received", amended)
    assert "patients" not in account("cohort.withdrawn", amended)
    numbers = flow_of(10, withdrawn=2) | {"plan.alpha": study.numbers["plan.alpha"]}
    assert tell_quantity("cohort.n", numbers, read_plan(plan)) == (
        "Of 10 patients in the raw data, 7 are analysed; 1 were excluded and 2 withdrew."
    )


def test_a_quoted_number_is_told_by_its_reference(study):
    quoted = {"share": {"value": 5, "display": "5%", "meaning": "share"}}
    found = account(
        "lit.lee2020.share", with_quantities(study, register_literature({"lee2020": quoted}))
    )
    assert found["reference"] == "Lee et al. Resection of CRC metastases. Surgery 2020 (lee2020)"
    assert found["citation"] == "lee2020"
    assert cite("nobody1999", REFERENCES) == "nobody1999"
    fields = ["author = {R}", "title = {Y?}", "journal = {J}", "date = {2021-07-01}"]
    alone = "@article{roe21,\n" + ",\n".join(fields) + "\n}"
    assert cite("roe21", alone) == "R. Y? J 2021 (roe21)"


def test_a_number_without_an_account_is_told_by_the_registry_alone(study):
    entry = study.numbers["plan.alpha"]
    found = account("new.thing", study._replace(numbers={"new.thing": entry}))
    assert {*found} == {"meaning", "printed", "value", "rule", "module", "source"}


def test_a_key_that_does_not_exist_is_refused_with_the_nearest(study):
    with pytest.raises(InputError, match=r"no number 'test\.cycle\.p'; near it: test\.cycles\.p"):
        account("test.cycle.p", study)


def test_every_number_has_an_account(study):
    for key in study.numbers:
        found = account(key, study)
        # What is computed says how; what the registry counts says of whom.
        assert found["computed"], key
        if study.numbers[key]["patients"]:
            assert found["patients"] == study.numbers[key]["patients"], key


@pytest.mark.parametrize("n", [1, 2, 35])
def test_the_filter_of_every_count_gives_its_patients(make_patients, run_stages, n):
    """The filter is run as it is printed, so it can stand instead of the list."""
    made, checked = run_stages(make_patients(n=n)), 0
    no_cells = pd.DataFrame(columns=["patient_id", "variable", "file"])
    study = Study(made.numbers, made.accounts, made.frame, no_cells, "")
    for key, entry in made.numbers.items():
        sentence = made.accounts[key]["sentence"]
        assert sentence.endswith(".") and not re.search(r"\bnan\b|[{}]", sentence), key
        if entry["patients"] is not None:
            condition = account(key, study)["filter"].split(", which is ")
            for one in condition:
                assert select(Columns(made.frame), one) == entry["patients"], (key, one)
            checked += 1
    assert checked > 300


# --- Raw cells ------------------------------------------------------------------------------------


def test_the_cells_of_a_patient_are_those_of_the_raw_file(study):
    traced = trace(["responders.size_pre_class.ge_4_cm.n"], study)
    assert traced["accounts"]["responders.size_pre_class.ge_4_cm.n"]["patients"] == ["A", "B", "F"]
    assert traced["patients"]["A"] == {
        "file": "sheet.csv",
        "row": "2",
        "cells": {
            "size_pre_mm": ["size_pre_cm", "4,0", "40", "cm to mm"],
            "size_post_mm": ["size_post_cm", "2.0", "20", "cm to mm"],
            "lesions_pre": ["number_pre", "1", "1", ""],
            "lesions_post": ["number_post", "1", "1", ""],
            "group": ["group", None, "responders (shrinkage)", ""],
        },
    }
    for patient, of_patient in traced["patients"].items():
        row = ROWS[int(of_patient["row"]) - 2]
        assert row[0] == patient
        for column, raw, *_ in of_patient["cells"].values():
            assert raw is None or raw == row[HEAD.index(column)]


def test_a_missing_code_is_shown_as_received(study):
    traced = trace(["all.cycles_class.missing"], study)
    assert traced["patients"]["C"]["cells"] == {"cycles": ["cycles", "NA", "", "missing code"]}


def test_a_patient_has_the_cells_that_some_account_shows_and_no_more(study):
    traced = trace(["all.sex.female.n", "all.n_stage.missing"], study)
    shown = {patient: {*of["cells"]} for patient, of in traced["patients"].items()}
    assert shown == {
        **{patient: {"sex"} for patient in "ACDG"}, "B": {"n_stage"}, "E": {"n_stage"},
    }  # fmt: skip


def test_for_a_large_cohort_the_filter_stands_instead_of_the_list(make_patients, run_stages):
    made = run_stages(make_patients(n=402), tests="auto")
    no_cells = pd.DataFrame(columns=["patient_id", "variable", "file"])
    study = Study(made.numbers, made.accounts, made.frame, no_cells, "")
    male, female = (made.numbers[f"all.sex.{sex}.n"]["value"] for sex in ("male", "female"))
    assert male == female == 201
    found = account("all.sex.male.n", study)
    assert "patients" not in found and found["filter"] == "sex == 'male'"
    assert found["unlisted"] == "201, too many to be listed (more than 200)"
    assert made.numbers["all.sex.male.n"]["patients"] is None
    analysed = account("cohort.n", study)
    assert analysed["unlisted"] == "402, too many to be listed (more than 200)"
    few = account("all.t_stage.t2.n", study)
    assert len(few["patients"]) == made.numbers["all.t_stage.t2.n"]["value"] <= 200
    assert "unlisted" not in few
    samples = account("test.age_years.p", study)
    assert samples["table"][1:] == [["n", *samples["table"][1][1:]]]


# --- As text, as HTML -----------------------------------------------------------------------------


def test_an_account_reads_in_a_terminal(study):
    key = "responders.cycles_class.ge_6.n"
    lines = list(lines_of(trace([key], study), key))
    assert lines[0] == key
    assert "  Filter       cycles >= 6 and group == 'responders'" in lines
    assert lines[lines.index("  Patients (3)") + 1 :][:3] == [
        "    A  sheet.csv, row 2",
        "      cycles                 '6'",
        "      group                  derived: responders (shrinkage)",
    ]
    assert "      size_pre_mm (size_pre_cm) '4,0' -> 40 (cm to mm)" in lines
    assert max(map(len, lines)) <= 100


def test_only_the_keys_of_the_registry_are_traced():
    qmd = (
        '[25]{.num key="cohort.n"} of [≥ 6]{.num key="label.a.ge_6"}, [3]{.num key="a.b" x="y"} '
        '[Sex]{.num key="word.b"} [exact]{.num key="test.name"} [2]{.num key="not.registered"}'
    )
    plan, tests = "config/plan.yaml", "comparison/tests.csv"
    shown = {
        "cohort.n": ("25", tests), "label.a.ge_6": ("≥ 6", plan), "a.b": ("3", plan),
        "word.b": ("Sex", plan), "test.name": ("exact", tests), "c.d": ("1", tests),
    }  # fmt: skip
    numbers = {k: {"display": display, "source": of} for k, (display, of) in shown.items()}
    assert keys_in(qmd, numbers) == ["cohort.n", "label.a.ge_6", "a.b", "test.name"]


def test_no_text_of_the_data_ends_the_element_that_holds_it(tmp_path, study):
    raw = "</script><script>alert(1)</script><!-- & -->"
    cells = study.cells.assign(raw=raw)
    for name, text in (("panel.css", "p { }\n"), ("panel.js", "f();\n")):
        (tmp_path / name).write_text(text)
    traced = trace(["all.sex.female.n"], study._replace(cells=cells))
    paths = tmp_path / "trace.json", tmp_path / "trace.html"
    write_trace(traced, [tmp_path / "panel.css", tmp_path / "panel.js"], *paths)
    as_json, as_html = (path.read_text(encoding="utf-8") for path in paths)
    assert as_html.count("</script>") == 2 and "<!--" not in as_html and "alert(1)<" not in as_html
    held = re.search(r'<script type="application/json" id="trace">(.*)</script>\n', as_html)[1]
    assert json.loads(held) == json.loads(as_json)
    assert json.loads(as_json)["patients"]["A"]["cells"]["sex"][1] == raw


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("cohort.n", "2031/numbers/numbers.json is not there: build the paper first"),
        ("", "numbers/numbers.csv"),
    ],
)
def test_what_can_not_be_traced_is_refused_in_a_line(tmp_path, capsys, key, said):
    with pytest.raises(SystemExit) as stop:
        main(str(tmp_path / "2031"), key)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
