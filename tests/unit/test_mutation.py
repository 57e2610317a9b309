"""The proof by mutation finds the holes that are planted: a proof that can't fail is none."""

import pandas as pd
import pytest
from outcomes import dead_cells, describe_mutants, summarise_mutants
from project import ROOT
from trials import COLUMNS, cells, other_values, run_trials, table_cells
from wording import claims, find_bindings, literals, printed_forms, words

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.cohort.amendments import CORRECTION, WITHDRAWAL
from crlm.numbers.undetermined import read_ranges
from crlm.paper import Sources, build_paper
from crlm.plan.analysis import read_plan
from crlm.received.tables import read_raws


@pytest.fixture(scope="module")
def sources(plan, codebook, literature):
    cohort, prose = (
        read_yaml(ROOT / path) for path in ("config/cohorts/2024.yaml", "manuscript/prose.yaml")
    )
    raw = read_raws([ROOT / path for path in cohort["raw"]]).tables
    ranges = read_ranges([str(ROOT / path) for path in cohort["ranges"]], read_plan(plan))
    return Sources(raw, codebook, plan, cohort, literature, "", prose, ranges=ranges)


@pytest.fixture(scope="module")
def paper(sources):
    return build_paper(sources)


@pytest.fixture(scope="module")
def numbers(paper):
    return paper.numbers


@pytest.fixture
def judge(sources, paper):
    """Judge the mutants that `make` finds in a template: id -> outcome."""

    def run(make, template, of="", **changed):
        mutated = sources._replace(template=template, **changed)
        if make is cells:  # the others, which show every variable, would tell of each cell
            figures = {n: f for n, f in sources.plan["figures"].items() if f["kind"] == "shares"}
            mutated = mutated._replace(plan=sources.plan | {"figures": figures})
        own = build_paper(mutated) if make in (cells, table_cells) else paper
        return {(t.kind, t.id): t.judge() for t in make(mutated, own) if t.id.endswith(of)}

    return run


# --- Literals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "kind", "outcome"),
    [
        ("Of << cohort.n >> patients.", "literal", "caught"),
        ("It was << test.cycles_class.p >>.", "literal", "caught"),
        ("A difference that is << significance(test.sex) >>.", "literal", "caught"),
        ("<< table.table1 >>", "literal", "caught"),
        ("<< figure.flow >>", "literal", "caught"),  # its alternative text alone has numbers
        ("<< label.t_stage.t2 >>", "name", "survived"),
        ("<< label.sex.male >>", "name", "survived"),
        # What the check can't see is not caught: a comment and an attribute are no text.
        ("[x]{.n k=<< cohort.n >>}", "literal", "survived"),
    ],
)
def test_a_typed_literal_is_judged(judge, template, kind, outcome):
    ((found, (verdict, by, _)),) = judge(literals, template).items()
    assert (found[0], verdict) == (kind, outcome)
    assert by.startswith("check_prose") == (outcome == "caught")


def test_a_hole_in_the_rules_of_prose_survives(judge, sources):
    # An exception too many, and the number that it lets through is found.
    exceptions = [{"pattern": r"\b\d+ patients", "reason": "planted"}]
    prose = sources.prose | {"exceptions": exceptions}
    found = judge(literals, "Of << cohort.n >> patients, << responders.n >> did.", prose=prose)
    assert [verdict[0] for verdict in found.values()] == ["survived", "caught"]


def test_what_a_binding_prints(sources, numbers):
    template = (
        '<# << no.binding >> #><% set a = "x" %>'
        "<% macro m(n) %>[<< n >>]<% endmacro %>"
        "<< m(cohort.n) >><% for i in [1, 2] %><< i >><% endfor %>"
        "<% if cohort.n.value < 0 %><< responders.n >><< m(cohort.n) >><< i >><% endif %>"
    )
    assert [b.said for b in find_bindings(template)] == [
        "n", "m(cohort.n)", "i", "responders.n", "m(cohort.n)", "i",
    ]  # fmt: skip
    n, responders = (
        f'[{numbers[k]["display"]}]{{.num key="{k}"}}' for k in ("cohort.n", "responders.n")
    )
    forms = printed_forms(sources._replace(template=template), numbers)
    # In the branch not taken: a number has its form, a word that is computed and a loop's have not.
    assert forms == [n, f"[{n}]", "1", responders, None, None]


# --- Claims and words -----------------------------------------------------------------------------

CLAIM = "<% claim c %><% when {} %>\nMore.\n<% when {} %>\nFewer.\n<% endclaim %>"
MORE, FEWER = "responders.n > progressive.n", "responders.n < progressive.n"


@pytest.mark.parametrize(
    ("conditions", "outcomes"),
    [
        ((MORE, FEWER), ["changed", "changed"]),
        ((FEWER, MORE), ["changed", "changed"]),
        ((MORE, "responders.n < 0"), ["caught", "changed"]),  # in between the build fails
        ((MORE, "1 > 2"), ["caught", "survived"]),  # no data print the second
        (("1 < 2", MORE), ["survived", "survived"]),  # ignores its data
        (("cohort.n == cohort.n", MORE), ["survived", "survived"]),
        # A constant of the plan is not moved: it is no number of the data.
        (("plan.alpha < 0.1", "plan.alpha >= 0.1"), ["survived", "survived"]),
    ],
)
def test_a_claim_that_ignores_its_data_survives(judge, conditions, outcomes):
    found = judge(claims, CLAIM.format(*conditions))
    assert [kind_id[1] for kind_id in found] == ["c, variant 1", "c, variant 2"]
    assert [verdict[0] for verdict in found.values()] == outcomes


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("<< significance(test.sex) >>", "changed"),
        ("<% macro f(x) %>fewer<% endmacro %><< f(cohort.n) >>", "survived"),
        (
            "<% set all_of = [cohort.n] %><% macro f(x) %><% for n in x %><% if n > 9 %>many"
            "<% endif %><% endfor %><% endmacro %><< f(all_of) >>",
            "changed",
        ),
    ],
)
def test_a_word_that_ignores_its_numbers_survives(judge, word, outcome):
    ((found, verdict),) = judge(words, word).items()
    assert (found[0], verdict[0]) == ("word", outcome)


# --- Raw cells ------------------------------------------------------------------------------------

NUMBER = {"type": "number", "unit": "mm", "min": 1, "max": 300, "required": False}
INTEGER = NUMBER | {"type": "integer", "required": True}
SEX = {"type": "category", "required": True, "levels": {"male": ["m"], "female": ["f"]}}


@pytest.mark.parametrize(
    ("cell", "variable", "unit", "others"),
    [
        ("40", NUMBER, "mm", ["41", "39", ""]),
        ("3.5", NUMBER, "mm", ["3.6", "3.4", ""]),
        ("3,5", NUMBER, "cm", ["3.6", "3.4", ""]),
        ("3.5 cm", NUMBER, "mm", ["3.6 cm", "3.4 cm", ""]),
        ("300", NUMBER, "mm", ["299", ""]),  # inside its range
        ("1", INTEGER, "mm", ["2"]),  # and not empty where a value is required
        ("NA", NUMBER, "mm", ["20"]),  # the first value of its column
        ("m", SEX, None, ["female"]),
        ("Female", SEX, None, ["male"]),
        ("", SEX | {"required": False}, None, ["male"]),
        ("P1", {"type": "id", "required": True, "pseudonym": False, "pattern": "P\\d+"}, None,
         ["P99999"]),
        (
            "2024-02-29",
            {"type": "year", "required": False, "min": 2000, "max": 2024,
             "date_order": "day_month"},
            None,
            ["2023", ""],
        ),
    ],
)  # fmt: skip
def test_other_valid_values(cell, variable, unit, others):
    assert other_values(cell, ["", "20", "30"], variable, unit, ["", "NA"]) == others


@pytest.fixture
def raw(sources):
    """Three patients of 60 years, responders by the loss of a metastasis, and what they need."""
    ((file, frame, problems),) = sources.raw
    few = frame[["patient_id", "age_years", "sex", "lesions_pre", "lesions_post"]].head(3)
    few = few.assign(age_years="60", sex="M", lesions_pre="2", lesions_post="1")
    return [(file, few, problems)]


@pytest.mark.parametrize(
    ("of", "template", "outcome", "said"),
    [
        # One of three patients, of 61 or 59 instead of 60: the mean is 60.3 or 59.7.
        (":2:age_years", "<< all.age_years.mean >>", "changed", "all.age_years.mean is 59.7"),
        # How many ages are known stays; the mean, which moves, is not printed.
        (":2:age_years", "<< all.age_years.n >>", "survived", "does not print: all.age_years."),
        (":2:sex", "<< all.sex.male.n >>", "changed", "all.sex.male.n is 2"),
        (":2:sex", "<< cohort.n >>", "survived", "does not print: all.sex.female."),
        # Of a cell that may be empty the last mutant is the empty one: no number, and no size.
        (":2:lesions_post", "<< cohort.n >>", "changed", "cohort.n is 2"),
        (":2:lesions_pre", "<< cohort.n >>", "caught", "expected the number or the largest size"),
        (":2:patient_id", "<< cohort.n >>", "survived", "the same counts of other pseudonyms"),
    ],
)
def test_raw_cells_are_judged(judge, raw, of, template, outcome, said):
    *_, (found, by, explanation) = judge(cells, template, of, raw=raw).values()
    assert found == outcome
    assert said in by + explanation


def test_amended_cells_are_judged(judge, raw):
    """Of three patients the first is corrected and the second withdrew."""
    ((file, frame, problems),) = raw
    first, second, _ = frame["patient_id"]
    frame = frame.assign(age_years=["sixty", "x", "60"])
    fix = pd.DataFrame([[first, "age_years", "sixty", "60", "typed in words"]], columns=CORRECTION)
    gone = pd.DataFrame([[second, ""]], columns=WITHDRAWAL)
    verdicts = judge(
        cells, "<< cohort.n >>", ":age_years", raw=[(file, frame, problems)],
        corrections=[("fix.csv", fix, [])], withdrawn=[("gone.csv", gone, [])],
    )  # fmt: skip
    places = [
        (identity.split(":")[1], outcome) for (_, identity), (outcome, *_) in verdicts.items()
    ]
    # A corrected cell must be as it was received; of who withdrew nothing is read.
    assert places == [("2", "caught"), ("4", "survived")]


def test_a_cell_lost_in_rounding_says_so(judge, raw):
    ((file, frame, problems),) = raw
    many = pd.concat([frame.iloc[[0]]] * 21, ignore_index=True)
    many["patient_id"] = [f"P{i}" for i in range(21)]
    (verdict,) = judge(
        cells, "<< all.age_years.mean >>", ":0:age_years", raw=[(file, many, problems)]
    ).values()
    # 20 patients of 60 and one of 59: 1259 / 21 = 59.95238, with one decimal 60.0.
    assert verdict == (
        "survived", "",
        "rounding: all.age_years.mean moves from 60 to 59.9524 and prints 60.0 as before",
    )  # fmt: skip


# --- Tables of the filled manuscript --------------------------------------------------------------


def test_every_number_of_a_table_is_guarded(judge):
    found = judge(table_cells, "<< table.table1 >>\n\n<< table.table3 >>\n")
    assert {verdict[0] for verdict in found.values()} == {"caught"}
    assert ("table cell", "test.cycles_class.p_value") in found
    assert ("table cell", "label.size_pre_class.ge_4_cm") in found


# --- All of them ----------------------------------------------------------------------------------


def test_a_manuscript_from_elsewhere_is_refused(sources):
    with pytest.raises(InputError, match=r"paper\.qmd is not what the stages make"):
        run_trials(sources, "another text", 0, 4)


def mutant(kind, name, outcome, explanation=""):
    return (kind, name, "place", "a -> b", outcome, "", explanation)


def test_mutants_are_counted():
    rows = [
        mutant("literal", "cohort.n", "caught"),
        mutant("literal", "responders.n", "survived"),
        mutant("not printed", "i", ""),
        mutant("cell", "f:2:age", "changed"),
        mutant("cell", "f:2:age", "survived", "rounding: x"),
        mutant("cell", "f:2:size", "survived", "rounding: y"),
        mutant("cell", "f:2:size", "survived", "rounding: z"),
        mutant("cell", "f:2:id", "survived", "the same counts, behind 9 numbers"),
        mutant("cell", "f:3:id", "survived", "the same counts, behind 8 numbers"),
    ]
    mutants = pd.DataFrame(rows, columns=COLUMNS)
    summary = summarise_mutants(mutants)
    assert summary.astype(object).where(summary.notna(), None).to_numpy().tolist() == [
        ["literal", 2, 1, 1, 50.0],
        ["not printed", 1, 0, 0, None],
        ["cell", 6, 1, 5, 16.7],
    ]
    assert dead_cells(mutants).to_numpy().tolist() == [
        ["f:2:size", "size", "rounding: y"],
        ["f:2:id", "id", "the same counts, behind 9 numbers"],
        ["f:3:id", "id", "the same counts, behind 8 numbers"],
    ]
    report = describe_mutants(mutants, summary, "2024")
    assert "## Holes: 1\n" in report and "| literal | responders.n | place |" in report
    assert "## Dead data: 3 of 4 raw cells change nothing" in report
    assert "| size | rounding | 2 |\n| id | the same counts | 2 |" in report
