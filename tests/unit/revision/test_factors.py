"""Revision: what moved between two papers, by which factor, and what a co-author reads first."""

import copy
import csv
from statistics import mean

import pandas as pd
import pytest
from project import ROOT

from crlm import paper
from crlm.base.files import read_yaml
from crlm.base.pages import render_page
from crlm.base.problems import InputError
from crlm.numbers.undetermined import read_ranges
from crlm.paper import Paper, Sources
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.analysis import read_plan
from crlm.received.tables import read_raws
from crlm.wings.revision import factors
from crlm.wings.revision import page as pages
from crlm.wings.revision.changed_claims import as_read
from crlm.wings.revision.changed_numbers import is_p_value, remark, size_of_move, what_turned
from crlm.wings.revision.factors import FACTORS, differences, fingerprint, revise, unlike
from crlm.wings.revision.page import FIGURE, cards_of, factors_of, in_words

RAW = ROOT / "data/raw/cohort_2024.csv"
SIDES = ["old_value", "new_value"]
PAGE = ROOT / "workflow/pages/revision.html.j2"
TEMPLATE = """\
Of << cohort.n >> patients, aged << all.age_years.mean >>, << responders.sex.male.n_of_percent >>.
<< test.lesions_pre_class.p >> by << test.lesions_pre_class.name >>; << period.to >>.
<% claim size_of_the_cohort %>
<% when cohort.n < 26 %>
A small cohort of << cohort.n >>.
<% when cohort.n >= 26 %>
A larger cohort of << cohort.n >>.
<% endclaim %>
<% claim age %>
<% when all.age_years.mean < 70 %>
Not old.
<% when all.age_years.mean >= 70 %>
Old.
<% endclaim %>
<% if meta.provenance == "synthetic" %>
<% claim only_new %>
<% when cohort.n > 0 %>
Synthetic.
<% endclaim %>
<% endif %>

| | |
|--|--|
| << all.grade.grade_2.n_percent >> | |
"""
with RAW.open(encoding="utf-8", newline="") as file:
    ROWS = {row["patient_id"]: row for row in csv.DictReader(file)}


PAPERS: dict[str, Paper] = {}


def build_paper(sources: Sources) -> Paper:
    """Build a paper, once for all tests."""
    same = fingerprint(sources)
    if same not in PAPERS:
        PAPERS[same] = paper.build_paper(sources)
    return PAPERS[same]


@pytest.fixture(autouse=True, scope="module")
def build_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors, "build_paper", build_paper)
        yield


def table(name: str, rows: list[dict]) -> list[tuple]:
    return [(name, pd.DataFrame(rows, index=range(2, len(rows) + 2), dtype=object), [])]


@pytest.fixture(scope="module")
def old(plan, codebook, literature):
    cohort = read_yaml(ROOT / "config/cohorts/2024.yaml")
    ranges = read_ranges([str(ROOT / path) for path in cohort["ranges"]], read_plan(plan))
    raw = read_raws([str(RAW)]).tables
    return Sources(raw, codebook, plan, cohort, literature, TEMPLATE, {}, ranges=ranges)


@pytest.fixture(scope="module")
def new(old, plan, codebook):
    """One cell corrected, one patient withdrawn, other tests and a regimen more, three patients.

    CRLM-01 was 34 and not 43 years old; CRLM-02 withdrew. The new patients are made after others.
    """
    further = [
        ROWS["CRLM-03"] | {"patient_id": "N-1", "age_years": "60", "regimen": "mFOLFOX6"},
        ROWS["CRLM-04"] | {"patient_id": "N-2", "age_years": "61"},
        ROWS["CRLM-05"] | {"patient_id": "N-3", "age_years": "62"},
    ]
    corrections = [
        {
            "patient_id": "CRLM-01",
            "column": "age_years",
            "old": "43",
            "new": "34",
            "reason": "typo",
        },
        {"patient_id": "N-2", "column": "age_years", "old": "61", "new": "65", "reason": "typo"},
    ]
    given = copy.deepcopy(plan["variables"]["regimen_given"])
    given["levels"]["folfox"] = {"label": "FOLFOX", "values": ["folfox"]}
    combined = copy.deepcopy(plan["variables"]["regimen_class"])
    combined["levels"]["combination"]["values"].append("folfox")
    variables = {"regimen_given": given, "regimen_class": combined}
    looked_up = {"file": "data/raw/new.csv", "column": "age_years", "values": ["62"]}
    own = {
        "answers": [looked_up | {"means": "right", "reason": "looked up"}],
        "variables": {"regimen": {"levels": {"folfox": ["mfolfox6"]}}},
    }
    return old._replace(
        raw=[*old.raw, *table("data/raw/new.csv", further)],
        codebook=codebook_of(codebook, own),
        plan=plan_of(plan, {"variables": variables}),
        cohort=old.cohort
        | {"tests": "auto", "provenance": "synthetic", "period": {"from": 2022, "to": 2025}},
        corrections=table("data/raw/corrections.csv", corrections),
        withdrawn=table("data/raw/withdrawn.csv", [{"patient_id": "CRLM-02", "reason": ""}]),
        ranges={},
    )


@pytest.fixture(scope="module")
def texts(old, new):
    return build_paper(old).text, build_paper(new).text


@pytest.fixture(scope="module")
def revision(old, new, texts):
    return revise(old, new, texts)


@pytest.fixture(scope="module")
def changes(revision):
    return revision.changes.set_index("key")


def test_a_cohort_that_has_none_of_the_earlier_patients_is_compared(old):
    rows = [row | {"patient_id": f"N-{i}"} for i, row in enumerate([*ROWS.values()][:20])]
    cohort = old.cohort | {"provenance": "synthetic"}
    other = old._replace(raw=table("data/raw/new.csv", rows), cohort=cohort, ranges={})
    revision = revise(old, other, (build_paper(old).text, build_paper(other).text))
    assert revision.failed == {"undeclared": "none of the earlier patients is in the new tables"}
    n = revision.changes.set_index("key").loc["cohort.n"]
    assert (n["old_value"], n["new_value"], n["moved_by"]) == (25, 20, "new_patients")


def parts_of(row) -> dict:
    """Return the parts of a row that are not zero."""
    parts = {f: row[f"part_{f}"] for f in FACTORS if f"part_{f}" in row.index}
    return {f: part for f, part in parts.items() if abs(part) > 1e-12}


def test_the_parts_of_every_change_add_up_to_it(changes):
    """Also of numbers that appear or vanish; of texts there are none."""
    parts = changes.filter(like="part_")
    whole = parts.notna().all(axis=1)
    texts = changes.loc[:, SIDES].map(lambda value: isinstance(value, str | list)).any(axis=1)
    assert (whole != texts).all()
    assert whole.sum() > 500
    old, new = (changes.loc[whole, side].fillna(0).astype(float) for side in SIDES)
    moved = new - old
    assert (parts[whole].sum(axis=1) - moved).abs().max() < 1e-9
    assert changes.loc[whole, "change"].astype(float).sub(moved).abs().max() < 1e-9
    counts = whole & changes["unit"].eq("patients")
    assert (parts[counts].sum(axis=1) == moved[counts]).all()


def test_each_factor_is_seen(changes):
    """Against means by hand, over the ages in the raw file."""
    ages = {patient: int(row["age_years"]) for patient, row in ROWS.items()}
    means = [mean(ages.values())]
    ages["CRLM-01"] = 34
    means.append(mean(ages.values()))
    del ages["CRLM-02"]
    means.append(mean(ages.values()))
    ages |= {"N-1": 60, "N-2": 65, "N-3": 62}
    means.append(mean(ages.values()))
    parts = parts_of(changes.loc["all.age_years.mean"])
    assert parts == pytest.approx(
        {
            "corrections": means[1] - means[0],
            "withdrawn": means[2] - means[1],
            "new_patients": means[3] - means[2],
        }
    )
    assert parts["corrections"] == pytest.approx(-9 / 25)
    assert parts_of(changes.loc["cohort.n"]) == {"withdrawn": -1, "new_patients": 3}
    assert parts_of(changes.loc["period.to"]) == {"plan": 1}
    assert changes.loc["all.age_years.mean", "moved_by"] == "corrections withdrawn new_patients"


def test_a_factor_alone_may_do_what_it_does_not_in_the_sequence(changes):
    """The rule of the plan looks at the expected counts: 11 x 11 / 25 = 4.84 in the old cohort.

    That is below 5, so that the rule alone takes Fisher's test; without CRLM-02 it is
    11 x 11 / 24 = 5.04, and the plan's step moves nothing.
    """
    assert "plan" not in parts_of(changes.loc["test.lesions_pre_class.p"])
    # R 4: m <- matrix(c(6, 8, 8, 3), 2); fisher.test(m)$p.value; chisq.test(m, correct = FALSE)
    assert changes.loc["test.lesions_pre_class.p", "alone_plan"] == pytest.approx(
        0.2271571 - 0.1353047, abs=1e-6
    )


def test_new_patients_who_need_the_new_plan_cannot_be_built_alone(revision, changes):
    assert "column regimen: found 'mFOLFOX6'" in revision.failed_alone["new_patients"]
    assert "alone_new_patients" not in changes
    assert revision.failed == {}


def test_keys_of_one_side_are_listed(changes):
    row = changes.loc["all.regimen_given.folfox.n"]
    assert row["old"] is None or row["old"] != row["old"]
    assert row["new"] == "1"
    assert row["moved_by"] == "plan new_patients"
    assert parts_of(row) == {"new_patients": 1}
    assert row["change"] == 1


def test_what_the_config_removes_is_put_down_to_it(changes):
    """The printed ranges, as a number that vanishes: to 0, by the plan's step alone."""
    ranges = changes[changes.index.str.startswith("range.")]
    assert len(ranges) > 50
    # The bounds of an adjusted p-value are of the determined ones too, which patients move.
    of_data = ranges.index.str.startswith("range.ledger.")
    assert set(ranges[of_data]["moved_by"]) == {"plan", "withdrawn plan"}
    ranges = ranges[~of_data]
    assert set(ranges["moved_by"]) == {"plan"}
    moved = ranges[ranges["old_value"] != 0]
    assert (moved["part_plan"] == -moved["old_value"]).all()


def test_what_the_text_prints_comes_first(revision):
    places = [*revision.changes["place"]]
    assert places == sorted(places, key=["text", "table", ""].index)
    assert revision.changes.set_index("key")["place"][
        ["cohort.n", "responders.sex.male.percent", "all.grade.grade_2.n", "test.sex.p"]
    ].tolist() == ["text", "text", "", ""]
    assert "table" in places


def test_an_undeclared_edit_is_told_apart(old, new, texts):
    raw = [(file, frame.copy(), problems) for file, frame, problems in new.raw]
    first = raw[0][1]
    first.loc[first["patient_id"] == "CRLM-10", "age_years"] = "70"
    edited = new._replace(raw=raw)
    result = revise(old, edited, (texts[0], build_paper(edited).text)).changes.set_index("key")
    part = parts_of(result.loc["all.age_years.mean"])["undeclared"]
    assert part == pytest.approx((70 - int(ROWS["CRLM-10"]["age_years"])) / 24)
    assert "undeclared" in factors_of(result)


def test_what_changed_code_moved_is_a_factor_where_a_registry_was_kept(old, new, texts):
    kept = copy.deepcopy(build_paper(old).numbers)
    kept["cohort.n"] |= {"value": 20, "display": "20"}
    row = revise(old, new, texts, kept).changes.set_index("key").loc["cohort.n"]
    assert row["old"] == "20"
    assert parts_of(row) == {"code": 5, "withdrawn": -1, "new_patients": 3}
    assert row["alone_withdrawn"] == -1


def test_a_step_that_cannot_be_built_falls_to_the_next(old, new, texts):
    """A correction of an earlier patient to a level that only the new plan has."""
    extra = {
        "patient_id": "CRLM-03", "column": "regimen", "old": ROWS["CRLM-03"]["regimen"],
        "new": "mFOLFOX6", "reason": "found in the file",
    }  # fmt: skip
    rows = [*new.corrections[0][1].to_dict("records"), extra]
    changed = new._replace(corrections=table("c.csv", rows))
    result = revise(old, changed, (texts[0], build_paper(changed).text))
    assert set(result.failed) == {"corrections", "withdrawn"}
    parts = parts_of(result.changes.set_index("key").loc["all.age_years.mean"])
    assert set(parts) == {"plan", "new_patients"}


def test_papers_that_the_stages_do_not_make_are_refused(old, new, texts):
    with pytest.raises(InputError, match="build it anew"):
        revise(old, new, (texts[0], texts[1] + "Typed."))


def test_what_the_plan_and_config_change_is_listed(old, new):
    assert [*differences(old, new)] == [
        "config, provenance: reconstructed → synthetic",
        "config, tests: published → auto",
        "config, period.to: 2024 → 2025",
        "plan, variables.regimen_given.levels.folfox: nothing → label: FOLFOX, values: folfox",
        "plan, variables.regimen_class.levels.combination.values: xelox, folfiri → "
        "xelox, folfiri, folfox",
        "codebook, answers: none → file: data/raw/new.csv, column: age_years, values: 62, …",
        "codebook, variables.regimen.levels.folfox: nothing → mfolfox6",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("grown by at least 20% in all", "grown by at least 25% in all",
         ("… 20% in all", "… 25% in all")),
        ("grown by at least " + "much " * 20, "grown by at least " + "much " * 20 + "more",
         ("…", "… more")),
        ("Holm's", "[A-Z]", ("Holm's", "[A-Z]")),
    ],
)  # fmt: skip
def test_long_settings_are_told_from_where_they_differ(old, new, told):
    assert [*unlike({"definition": old}, {"definition": new})] == [("definition", *told)]


# --- Claims ---------------------------------------------------------------------------------------


def test_claims_that_turned_are_told_with_conditions_and_sentences(revision):
    claims = revision.claims.set_index("claim")
    assert claims["status"].to_dict() == {
        "size_of_the_cohort": "variant changed", "age": "same", "only_new": "new",
    }  # fmt: skip
    turned = claims.loc["size_of_the_cohort"]
    assert turned.to_dict() == {
        "line": 3, "status": "variant changed", "moved_by": "new_patients",
        "old_variant": 1, "old_condition": "cohort.n < 26", "old_values": "cohort.n = 25",
        "old_text": "A small cohort of 25.",
        "new_variant": 2, "new_condition": "cohort.n >= 26", "new_values": "cohort.n = 27",
        "new_text": "A larger cohort of 27.",
        "on_the_way": "", "single": "", "title": "Abstract: size of the cohort",
    }  # fmt: skip
    assert claims.loc["only_new", "moved_by"] == "plan"
    assert claims.loc["age", "title"] == "Abstract: age (years)"


def test_a_single_correction_that_turns_a_statement_is_named(old):
    """The response of CRLM-23 hangs on a cell: 33 to 40 mm is growth by 21%, 35 to 40 by 14%.

    So 8 of 10 patients with six cycles or more respond, and 3 of 8 with fewer.
    """
    template = """# Results

<% claim cycles %>
<% when test.cycles_class.p < plan.alpha %>
More often (<< test.cycles_class.p_value >>).
<% when test.cycles_class.p >= plan.alpha %>
Open (<< test.cycles_class.p_value >>) [@a; @b].
<% endclaim %>
"""
    cells = [("CRLM-01", "age_years", "43", "34"), ("CRLM-23", "size_pre_mm", "35", "33")]
    lines = [dict(zip(["patient_id", "column", "old", "new"], cell, strict=True)) for cell in cells]
    first = old._replace(template=template)
    second = first._replace(corrections=table("r/c.csv", [r | {"reason": "typo"} for r in lines]))
    result = revise(first, second, (build_paper(first).text, build_paper(second).text))
    name = (
        "correcting one cell, size of the largest metastasis before chemotherapy 35 → 33 mm "
        "(c.csv, row 3)"
    )
    (claim,) = result.claims.to_dict("records")
    assert (claim["moved_by"], claim["single"]) == ("corrections", name)
    assert (claim["old_text"], claim["new_text"]) == ("More often (0.043).", "Open (0.145).")
    assert claim["title"] == "Results: number of cycles"
    # By hand, of C(18, 11) tables those no likelier than C(10, 8) C(8, 3):
    row = result.changes.set_index("key").loc["test.cycles_class.p"]
    assert row["new_value"] == pytest.approx((2520 + 280 + 8 + 1680 + 120) / 31824)
    assert (row["place"], row["turned_by"], row["single"]) == ("text", "corrections", name)
    page = render_page(
        str(PAGE), **pages.describe_revision(result, ["2024", "b"], ("", ""), ([], []))
    )
    assert (
        f"{name[:1].upper()}{name[1:]}, takes the p-value of number of cycles from 0.043 to 0.145, "
        "and 1 statement with it."
    ) in page
    assert "1 of 1 printed p-values came to the other side of 0.05" in page
    assert "Reads otherwise now:\n<del>More often" in page
    assert "CRLM-23" not in page


@pytest.mark.parametrize(
    ("readings", "turned_by", "on_the_way", "single"),
    [
        ("aaa", "", "", ""),
        ("abb", "corrections", "", "one"),
        ("aab", "new_patients", "", ""),  # no correction, and so none is asked
        ("aba", "corrections new_patients", "b after corrections", "one"),
    ],
)
def test_what_turns_and_turns_back_is_told(readings, turned_by, on_the_way, single):
    states = ("old", "corrections", "new_patients")
    told = {s: f"{r} after {s}" for s, r in zip(states, readings, strict=True)}
    found = what_turned(
        dict(zip(states, readings, strict=True)), told, lambda: {"one": "b", "other": "a"}
    )
    assert found == {"turned_by": turned_by, "on_the_way": on_the_way, "single": single}


# --- Single numbers -------------------------------------------------------------------------------


def entry(value, **more):
    return {"value": value, "display": str(value), "unit": "", "module": "crlm.comparison"} | more


@pytest.mark.parametrize(
    ("before", "after", "alpha", "said"),
    [
        (0.04, 0.06, (0.05, 0.05), "crossed alpha"),
        (0.06, 0.04, (0.05, 0.05), "crossed alpha"),
        (0.04, 0.049, (0.05, 0.05), ""),
        (0.04, 0.05, (0.05, 0.05), "crossed alpha"),
        (0.04, None, (0.05, 0.05), "crossed alpha"),
        (0.2, None, (0.05, 0.05), ""),
        (0.04, 0.04, (0.05, 0.01), "crossed alpha"),
    ],
)
def test_a_p_value_that_crosses_alpha_is_remarked(before, after, alpha, said):
    old, new = (
        {"test.sex.p": entry(p), "plan.alpha": entry(a)}
        for p, a in zip((before, after), alpha, strict=True)
    )
    assert remark("test.sex.p", old, new) == said


def test_another_test_is_remarked():
    sides = [{"test.sex.name": entry(name)} for name in ("fisher_exact", "pearson_chi2")]
    assert remark("test.sex.name", *sides) == "other test"
    assert remark("test.sex.name", sides[0], sides[0]) == ""


@pytest.mark.parametrize(
    ("unit", "before", "after", "weight"),
    [("%", 40.0, 60.0, 0.2), ("cm", 4.0, 5.0, 0.2), ("", 0.5, -0.5, 1.0), ("", 0, 0, 0.0)],
)
def test_moves_are_weighed_in_points_or_by_their_share(unit, before, after, weight):
    assert size_of_move(unit, entry(before), entry(after)) == pytest.approx(weight)


# --- The page -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(revision, texts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    paths = [folder / f"{side}/{name}.svg" for side in "ab" for name in ("figure1", "figure2")]
    for path, content in zip(paths, ["<svg/>", "<svg/>", "<svg />", "<svg/>"], strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    shown = pages.describe_revision(revision, ["2024", "2025"], texts, (paths[:2], paths[2:]))
    return render_page(str(PAGE), **shown)


def test_the_page_leads_with_what_was_made_or_broken(page):
    assert "2 of 3 statements that hang on the data read otherwise in 2025 than in 2024" in page
    order = ["A small cohort of 25.", "A larger cohort of 27.", "How a change is", "Every number"]
    assert [*map(page.index, order)] == sorted(map(page.index, order))
    assert page.count("A small cohort of 25.") == 1


@pytest.mark.parametrize(
    "syntax", ["size_of_the_cohort", "size_change_percent", "p_value", "cohort.n", "test.sex", "<<"]
)
def test_the_page_is_in_words(page, syntax):
    assert syntax not in page.partition("<main>")[2].partition("<script>")[0]


def test_what_turned_stands_by_its_causes_the_heaviest_first():
    blank = {"verdict": "", "old": "", "on_the_way": "", "new": "", "single": ""}
    turned = [
        blank | {"title": "Size", "by": "new_patients"},
        blank | {"title": "Sex", "by": "corrections new_patients", "single": "one cell"},
        blank | {"title": "Age (years)", "by": "corrections new_patients", "single": "one cell"},
        blank | {"title": "Results: flow", "by": "plan", "verdict": "new"},
        blank | {"title": "Results: age", "by": "corrections new_patients", "verdict": "gone",
                 "single": "one cell"},
    ]  # fmt: skip
    cards = [
        (c["cause"], [t["title"] for t in c["crossed"] + c["claims"]]) for c in cards_of(turned)
    ]
    assert cards == [
        ("one cell, then new patients", ["Age (years)", "Sex", "Results: age"]),
        ("new patients", ["Size"]),
        ("the cohort's own plan and config", ["Results: flow"]),
    ]


def test_a_claim_that_turned_and_turned_back_is_told(revision, texts):
    claims = revision.claims.copy()
    claims.loc[claims["claim"] == "age", ["moved_by", "on_the_way", "single"]] = [
        "corrections new_patients", "Old.", "one cell"
    ]  # fmt: skip
    shown = pages.describe_revision(revision._replace(claims=claims), ["a", "b"], texts, ([], []))
    (card,) = (card for card in shown["cards"] if card["single"])
    assert card["cause"] == "one cell, then new patients"
    assert [(c["old"], c["new"]) for c in card["claims"]] == [("Not old.", "Old.")]
    page = " ".join(render_page(str(PAGE), **shown).split())
    assert "Said in both papers: Not old. In between it would have read: <ins>Old.</ins>" in page


def test_a_p_value_that_only_one_paper_has_is_shown_without_the_other(revision, texts):
    changes = revision.changes.copy()
    p_values = changes["key"].map(is_p_value) & changes["place"].ne("")
    changes.loc[p_values, ["old", "new", "turned_by"]] = [None, "p < 0.001", "plan"]
    shown = pages.describe_revision(revision._replace(changes=changes), ["a", "b"], texts, ([], []))
    crossed = [(p["old"], p["new"]) for card in shown["cards"] for p in card["crossed"]]
    assert crossed == [("–", "p < 0.001")] * p_values.sum() != []


def test_the_page_says_what_could_not_be_compared(page):
    assert "was not compared" in page
    assert "Can&#39;t be built alone" in page or "Can't be built alone" in page
    assert "undeclared" not in page


def test_figures_that_differ_stand_side_by_side(page):
    assert "<h3>figure1</h3>" in page
    assert "<h3>figure2</h3>" not in page
    assert page.count("<img ") == 2


def test_the_caption_and_the_alternative_text_of_a_figure_are_found():
    text = '![A [1]{.num key="a"}.](figures/flow){#fig-flow fig-alt="Boxes, 25."}'
    assert FIGURE.findall(text) == [('A [1]{.num key="a"}.', "flow", "Boxes, 25.")]


def test_the_parts_of_a_change_are_told_in_words():
    row = {"part_corrections": 1.0, "part_withdrawn": 0.0, "part_new_patients": -3.0}
    row["moved_by"] = "corrections new_patients"
    factors = ["corrections", "withdrawn", "new_patients"]
    assert in_words(row, factors) == "corrected cells +1; new patients −3"
    text = dict.fromkeys(row, float("nan")) | {"moved_by": "corrections new_patients"}
    assert in_words(text, factors) == "corrected cells, new patients"


def test_a_sentence_is_shown_as_it_is_read():
    source = '*Few* ([*p* < 0.001]{.num key="test.a.p"}) of [US&#36;5 &#42;]{.typed}\nanswered.'
    assert as_read(source) == "Few (p < 0.001) of US$5 * answered."
    text = "![A](a){#fig-b}\n![A](a){#fig-a}\n: B {#tbl-a}\n# S {.supplement}\n: C {#tbl-b}"
    read = as_read("All [@a2024; @b] (@fig-a; @tbl-a; @tbl-b).", text)
    assert read == "All (Figure 2; Table 1; Table S1)."
