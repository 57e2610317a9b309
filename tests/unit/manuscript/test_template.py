"""The template filled: numbers as spans with their keys, tables, figures; what is refused."""

import re

import pytest
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.manuscript.captions import forest_figure
from crlm.manuscript.markdown import INDENT, without_spans
from crlm.manuscript.markdown import printed as markdown_of
from crlm.manuscript.supplement import below_classes, departures_table, ledger_table
from crlm.manuscript.template import (
    compare_columns,
    describe_columns,
    fill_template,
    heading,
    pipe_table,
    read_numbers,
    table_rows,
    write_manuscript,
)
from crlm.manuscript.verification import find_blemishes
from crlm.plan.analysis import read_plan

SPAN = re.compile(r'\[([^][]*)\]\{\.num key="([a-z0-9_.]+)"\}')


@pytest.fixture(scope="module")
def cohort():
    config = read_yaml(ROOT / "config/cohorts/2024.yaml")
    return config | {"ranges": []}  # those of 2024 are of its rows


@pytest.fixture(scope="module")
def numbers(make_patients, run_stages):
    return run_stages(make_patients()).numbers


@pytest.fixture
def fill(numbers, plan, cohort):
    def run(template, **meta):
        return fill_template(template, numbers, read_plan(plan), cohort | meta)

    return run


# --- Numbers in the text --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("n = << cohort.n >>.", 'n = [35]{.num key="cohort.n"}.'),
        ("<< label.size_pre_class.ge_4_cm >>", '[≥ 4 cm]{.num key="label.size_pre_class.ge_4_cm"}'),
        ("<< label.sex.variable >>", '[Sex]{.num key="label.sex.variable"}'),
        ("<< cohort.n.value + 1 >>", "36"),
        ("<< cohort.n.display >>", "35"),
        ("<< cohort.n.meaning >>", "patients analysed"),
        ("<% if cohort.n.value > 34 %>many<% else %>few<% endif %>", "many"),
        ("<% if cohort.n.value > 35 %>many<% else %>few<% endif %>", "few"),
        ("<% if test.sex.q is defined %>q<% endif %>", ""),
        ("<% if test.sex.p is defined %>p<% endif %>", "p"),
        ("<< meta.period.from >>–<< meta.period.to >>", "2022–2024"),
        ("<# a comment #>text", "text"),
        ("{#fig-a} {{< include x >}} {% raw %}\n", "{#fig-a} {{< include x >}} {% raw %}\n"),
        ("<% set x = 1 %>\nnext\n", "next\n"),
        ("a & b < c \"d\" 'e'", "a & b < c \"d\" 'e'"),  # nothing is escaped
    ],
)
def test_numbers_in_the_text(fill, template, text):
    assert fill(template) == text


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("one\ntwo << cohort.m >>", "line 2: no such key: cohort.m"),
        ("<< all.cycles.of.what >>", "line 1: no such key: all.cycles.of"),
        ("a\n\n<< nothing >>", "line 3: no such key: 'nothing' is undefined"),
        ("a\n<< nothing.at.all >>", "line 2: no such key: 'nothing' is undefined"),
        ("<% if cohort.m.value > 3 %>x<% endif %>", "line 1: no such key: cohort.m"),
        # A misspelt variable is not merely a variable without a test.
        (
            "<% if test.sexx.p is defined %>x<% endif %>",
            "line 1: no such key: test.sexx; near it: test.sex.",
        ),
        ("<< meta.titel >>", "line 1: no such key: 'dict object' has no attribute 'titel'"),
        ("a\n<% set n = 1 %>\nb\n<< test.sex.q >>", "line 4: no such key: test.sex.q"),
        ("<< table.table9 >>", "line 1: no such key: 'dict object' has no attribute 'table9'"),
        ("a\nb\n<% if cohort.n %>", "line 3: Unexpected end of template"),
        ("a\n<< cohort. >>", "line 2: expected name or number"),
        ("a\n<% no_such_tag %>", "line 2: Encountered unknown tag 'no_such_tag'"),
        # `range` is two numbers: it has a printed form and no value.
        (
            "a\n<% if all.age_years.range.value < 3 %>x<% endif %>",
            "line 2: a number that has no value: '<' not supported",
        ),
        ("a\n<< 1 / 0 >>", "line 2: it can't be computed: division by zero"),
        # A template fills in numbers; it reaches nothing of Python.
        ("<< ''.__class__.__mro__ >>", "line 1: it can't be computed: access to attribute"),
        ('a\n<< each(all.sex, "{m}") >>', "line 2: no such key: 'all.sex.male.m'"),
        ("<< cohort >>", "the manuscript prints cohort, which is no number of the registry"),
        ("<< all.sex.male >>", "the manuscript prints all.sex.male, which is no number"),
    ],
)
def test_faults_of_the_template_name_their_line(fill, template, problem):
    with pytest.raises(InputError) as caught:
        fill(template)
    (found,) = caught.value.problems
    assert found.removeprefix("manuscript/paper.qmd.j2, ").startswith(problem)


def test_texts_of_the_cohort_are_typed_and_names_are_not(fill):
    text = "<< meta.title >>; << meta.affiliation >>; << meta.authors[0].name >>; << meta.tests >>"
    meta = {
        "title": "a *b*",
        "affiliation": "1. <c>",
        "authors": [{"name": '"d"'}],
        "tests": "a__b",
    }
    assert fill(text, **meta) == "[a &#42;b&#42;]{.typed}; 1&#46; &#60;c&#62;; &#34;d&#34;; a__b"


@pytest.mark.parametrize(
    ("own", "name", "text"),
    [
        ({}, "regimen_class", "type of chemotherapy"),
        ({}, "t_stage", "T stage"),
        ({"label": "Drugs given"}, "regimen_class", "drugs given"),
        ({"in_text": "ypT *stage*"}, "t_stage", "ypT &#42;stage&#42;"),
        ({"label": "Size at 6 weeks"}, "sex", "[size at 6 weeks]{.typed}"),
    ],
)
def test_a_variable_is_named_as_the_plan_says(numbers, plan, cohort, own, name, text):
    plan = plan | {"variables": plan["variables"] | {name: plan["variables"][name] | own}}
    assert fill_template(f'<< named("{name}") >>', numbers, read_plan(plan), cohort) == text


# --- Tables ---------------------------------------------------------------------------------------


def cells_of(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows_of(block):
    """Return the head and the body of a pipe table; check its shape and its caption."""
    table, caption = block.split("\n\n")
    head, rule, *body = map(cells_of, table.split("\n"))
    assert all(line.startswith("| ") and line.endswith(" |") for line in table.split("\n"))
    assert re.fullmatch(r":-+", rule[0])
    assert all(re.fullmatch(r"-+:", cell) for cell in rule[1:])
    assert {len(row) for row in (rule, *body)} == {len(head)}
    assert caption.startswith(": ")
    return head, body, caption


def test_pipe_table():
    assert pipe_table(["", "n"], [["a", "1"], ["b", ""]], [4, 3]) == (
        "|  | n |\n| :--- | --: |\n| a | 1 |\n| b |  |"
    )


def test_tables_of_every_cohort_are_well_formed(study, plan, cohort):
    """A row for each variable and level, and each number in it the registry's, under its key."""
    fill_template("", study.numbers, read_plan(plan), cohort)  # builds all blocks
    read = read_plan(plan)
    for name in ("table1", "table2", "table3", "table4"):
        table = read.tables[name]
        make = compare_columns if table.compares else describe_columns
        head, body, caption = rows_of(make(name, study.numbers, read))
        assert len(head) == len(table.groups) + 2
        filled = sum(len(row.variable.levels or row.show) for row in table.rows)
        headed = sum(bool(row.variable.levels) for row in table.rows)
        assert len(body) == headed + filled
        assert caption.endswith(f" {{#tbl-{name}}}")
        for display, key in SPAN.findall(" ".join(cell for row in [head, *body] for cell in row)):
            assert display == markdown_of(study.numbers[key])
        shown = len(SPAN.findall(" ".join(cell for row in body for cell in row[1:])))
        assert shown == len(table.groups) * filled + len(table.rows)


def test_table_1(numbers, plan):
    head, body, caption = rows_of(describe_columns("table1", numbers, read_plan(plan)))
    assert head == ["Variable", 'All patients (n = [35]{.num key="cohort.n"})', "Not known"]
    age, sex, male = body[:3]
    assert without_spans(age[0]) == "**Age (years)**, mean ± SD (range)"
    assert SPAN.fullmatch(age[1])[2] == "all.age_years.mean_sd_range"
    assert sex == [
        '**[Sex]{.num key="label.sex.variable"}**',
        "",
        '[0]{.num key="all.sex.missing"}',
    ]
    assert male == [
        '&emsp;[Male]{.num key="label.sex.male"}',
        '[18 (51.4%)]{.num key="all.sex.male.n_percent"}',
        "",
    ]
    assert without_spans(caption).startswith(
        ": Patients, disease and treatment. Counts are given with"
    )
    # Not known of patients 3, 8, 13 … 33; of these 3 and 23 have a complete response.
    note = "Size of the largest lesion in pathology: not known in 7, 2 of them because no tumour"
    assert note in without_spans(caption)
    # A number under the classes of the same variable is a line below them, with its unit.
    labels = [without_spans(row[0]) for row in body]
    size = labels.index("**Size of the largest metastasis before chemotherapy**")
    assert labels[size + 1 : size + 4] == ["&emsp;< 4 cm", "&emsp;≥ 4 cm", "&emsp;Median (IQR), cm"]
    assert "**Number of cycles** (cycles), mean (range)" not in labels
    assert "**Number of cycles**, mean (range)" in labels


def test_table_3_has_a_letter_for_each_test(numbers, plan):
    head, body, caption = rows_of(compare_columns("table3", numbers, read_plan(plan)))
    assert [without_spans(cell) for cell in head] == [
        "Variable", f"RD + SD (n = {numbers['responders.n']['display']})",
        f"PD (n = {numbers['progressive.n']['display']})", "*p*",
    ]  # fmt: skip
    letters = {}
    for row in body:
        if row[3]:
            key, letter = re.fullmatch(SPAN.pattern + r"\^([a-h])\^", row[3]).groups()[1:]
            name = numbers[key.replace(".p_value", ".name")]["display"]
            assert letters.setdefault(letter, name) == name
    # In the order in which the tests first come: age, sex, duration, type of chemotherapy.
    assert letters == {
        "a": "asymptotic Mann–Whitney test", "b": "Pearson's chi-square test",
        "c": "exact Mann–Whitney test", "d": "Fisher's exact test",
        "e": "Fisher–Freeman–Halton exact test",
    }  # fmt: skip
    for letter, name in letters.items():
        assert f"^{letter}^ {name[0].upper()}{name[1:]}" in caption
    assert "RD + SD, regressive or stationary disease; PD, progressive disease." in without_spans(
        caption
    )


GROUPS = "RD + SD, regressive or stationary disease; PD, progressive disease."
XELOX = "XELOX, capecitabine and oxaliplatin"


@pytest.mark.parametrize(
    ("block", "note"),
    [
        ("table.table1", f"IQR, interquartile range; ± SD, standard deviation; {XELOX}."),
        ("table.table2", "TACE, transarterial chemoembolisation."),
        ("effects_table", "CI, confidence interval."),
        ("figure.figure4", f"{XELOX}; FOLFIRI, folinic acid, fluorouracil and irinotecan."),
        ("figure.forest", f"{GROUPS} CI, confidence interval; {XELOX}"),
        ("figure.curve_cycles", GROUPS),
    ],
)
def test_abbreviations_are_explained_where_they_stand(fill, block, note):
    assert note in without_spans(fill(f"<< {block} >>"))


@pytest.mark.parametrize("mark", ["†", ""])
def test_the_mark_is_explained_where_it_stands(plan, mark):
    entry = {"value": "1", "display": "1"}
    told = dict.fromkeys(("printed.a.what", "printed.a.text", "printed.a.reason"), entry)
    table = departures_table(told | {"a": entry | {"mark": mark}}, read_plan(plan))
    assert ("† Not determined by the printed tables" in table) == bool(mark)


def test_the_ledger_leaves_out_what_was_tried_of_no_test(numbers, plan):
    untried = (".p_without_one", ".flipping")
    many = {k: e | {"display": "–"} if k.endswith(untried) else e for k, e in numbers.items()}
    table = ledger_table(many, read_plan(plan))
    head, _, caption = rows_of(table)
    assert head == ["Variable", "*p*", "Least", "Holm", "B–H", "Filled in"]
    assert "left out" not in caption
    assert list(map(len, cells_of(table.split("\n")[1]))) == [48, 9, 9, 9, 9, 16]


def test_a_number_stands_below_its_classes_and_else_has_its_name():
    heads = ["Age, continuous", "Size", "Size, continuous", "Stage", "Size, continuous"]
    below = [row[0] for row in below_classes([[head, "1"] for head in heads])]
    assert below == [*heads[:2], f"{INDENT}continuous", *heads[3:]]


def test_a_table_without_a_test_shows_a_dash(make_patients, run_stages, plan):
    numbers = run_stages(make_patients(regimen="xelox", cycles=None)).numbers
    _, body, _ = rows_of(compare_columns("table3", numbers, read_plan(plan)))
    by_label = {without_spans(row[0]): row for row in body}
    assert by_label["**Type of chemotherapy**"][1:] == [
        "", "", '[–]{.num key="test.regimen_class.p_value"}'
    ]  # fmt: skip
    assert by_label["&emsp;Mean ± SD, cycles"][1:] == [
        '[not recorded]{.num key="responders.cycles.mean_sd"}',
        '[not recorded]{.num key="progressive.cycles.mean_sd"}',
        '[–]{.num key="test.cycles.p_value"}',
    ]


@pytest.mark.parametrize("order", [("size_class", "size"), ("size", "size_class"), ("size_class",)])
def test_each_variable_shows_what_is_beside_it(order):
    """Classes and number of one label, in either order: the p-value of each is somewhere."""
    size = {"label": "Size", "source": "size"}
    variables = {
        "size_class": size | {"levels": {"small": {"label": "Small"}}},
        "size": size | {"unit": "cm"},
    }
    keys = [
        "all.size_class.small.n_percent", "all.size.mean", "label.size.variable",
        "label.size_class.variable", "label.size_class.small",
    ]  # fmt: skip
    numbers = {key: {"value": 1, "display": "1"} for key in keys}
    rows = [{"variable": v, "show": "mean"} for v in order]
    table = {"groups": ["all"], "percent_of": "group", "rows": rows}
    read = read_plan({"variables": variables, "tables": {"one": table}}).tables["one"]
    rows = list(table_rows(read, numbers, lambda name: [f"p of {name}"]))
    assert [row[-1] for row in rows if row[-1]] == [f"p of {name}" for name in order]


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ({"label": "Age (years)", "unit": "years"}, "Age (years)"),
        ({"label": "Duration", "unit": "months"}, "Duration (months)"),
        ({"label": "Number of cycles", "unit": "cycles"}, "Number of cycles"),
        ({"label": "Sex"}, "Sex"),
    ],
)
def test_heading(variable, text):
    label = {"value": variable["label"], "display": variable["label"]}
    read = read_plan({"variables": {"x": {"source": "x"} | variable}}).variables["x"]
    assert without_spans(heading(read, {"label.x.variable": label})) == f"**{text}**"


# --- Figures --------------------------------------------------------------------------------------

FIGURE = re.compile(r'!\[(.*)\]\(figures/(\w+)\)\{#fig-(\w+) fig-alt="([^"]*)" alt-keys="[^"]*"\}')


def test_figures_of_every_cohort(study, plan, cohort):
    names = [*plan["figures"], "flow", "waterfall"]
    template = "\n\n".join(f"<< figure.{name} >>" for name in names)
    blocks = fill_template(template, study.numbers, read_plan(plan), cohort).split("\n\n")
    for name, block in zip(names, blocks, strict=True):
        caption, file, identifier, alt = FIGURE.fullmatch(block).groups()
        assert file == identifier == name
        assert alt.strip() and "{" not in alt and "nan" not in alt
        for display, key in SPAN.findall(caption):
            assert display == markdown_of(study.numbers[key])


def test_caption_of_a_figure(fill, numbers):
    caption, _, _, alt = FIGURE.fullmatch(fill("<< figure.figure3 >>")).groups()
    p = markdown_of(numbers["test.cycles_class.p"])
    assert without_spans(caption) == (
        "Radiological response by number of cycles of chemotherapy "
        f"(n = 30; Fisher's exact test, {p}). "
        "Whiskers: Wilson's 95% intervals of the share of RD + SD."
    )
    shown = [
        numbers[f"{group}.cycles_class.{level}.n_percent"]["display"]
        for level in ("lt_6", "ge_6")
        for group in ("responders", "progressive")
    ]
    assert alt == (
        "Stacked bars, one a level. < 6: RD + SD {}, PD {}; ≥ 6: RD + SD {}, PD {}.".format(*shown)
    )


def test_the_forest_plot_says_what_it_draws_and_what_it_leaves_out(fill, numbers, plan):
    caption, _, _, alt = FIGURE.fullmatch(fill("<< figure.forest >>")).groups()
    assert "by all factors, RD + SD against PD. Squares" in without_spans(caption)
    assert "Tests as in @tbl-table3 and @tbl-table4." in without_spans(caption)
    open_ = numbers | {"range.test.cycles.p": {"value": 0.01, "display": "0.010 to 0.200"}}
    assert "Tests and ranges of *p* as in" in forest_figure("forest", open_, read_plan(plan))
    for variable in ("cycles_class", "cycles", "alive_1y"):
        for form in ("effect", "p"):
            assert markdown_of(numbers[f"test.{variable}.{form}"]).replace("*", "") in alt
    assert "*" not in alt  # it is read aloud


def test_caption_of_two_panels(fill):
    caption = without_spans(FIGURE.fullmatch(fill("<< figure.figure5 >>"))[1])
    assert re.search(
        r"\(Pathological T stage: n = \d+; .*\. Pathological N stage: n = \d+", caption
    )


def test_caption_without_a_test(make_patients, run_stages, plan, cohort):
    numbers = run_stages(make_patients(cycles=None)).numbers
    block = fill_template("<< figure.figure3 >>", numbers, read_plan(plan), cohort)
    assert without_spans(FIGURE.fullmatch(block)[1]).count("(n = 0).") == 1


@pytest.mark.parametrize(
    ("provenance", "said"), [("reconstructed", True), ("synthetic", False), ("original", False)]
)
def test_waterfall_of_reconstructed_rows_says_so(fill, provenance, said):
    block = fill("<< figure.waterfall >>", provenance=provenance)
    assert ("Drawn from reconstructed rows." in block) == said


def test_caption_says_that_the_waterfall_of_many_is_a_distribution(
    make_patients, run_stages, plan, cohort
):
    few, many = (
        fill_template(
            "<< figure.waterfall >>", run_stages(make_patients(n=n), tests="auto").numbers,
            read_plan(plan), cohort,
        )
        for n in (35, 402)
    )  # fmt: skip
    assert "the distribution of the change is drawn" in many and "Distribution of" in many
    assert "distribution" not in few and "One bar a patient" in few
    caption, _, alternative = many.partition("](figures/waterfall)")  # no number is typed in them
    alternative = re.sub(
        r'alt-keys="all.size_change_percent.typical"|: a median of .*?\)', "", alternative
    )
    assert not re.search("[0-9]", SPAN.sub("", caption) + alternative)


# The items of STROBE for cohort studies, von Elm et al., Lancet 2007;370:1453-7, table.
STROBE = [
    *("1a", "1b", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "11"),
    *("12a", "12b", "12c", "12d", "12e", "13a", "13b", "13c", "14a", "14b", "14c", "15"),
    *("16a", "16b", "16c", "17", "18", "19", "20", "21", "22"),
]


@pytest.mark.parametrize(
    ("printed", "lacking"),
    [("mohamed2024", "Not in the print"), (None, "To be stated by the authors")],
)
def test_the_checklist_names_each_item_and_what_is_reported_nowhere(fill, printed, lacking):
    filled = fill("<< checklist >>", printed_version=printed)
    rows = [[*map(str.strip, line.split("|"))][1:-1] for line in filled.splitlines() if "|" in line]
    items = {row[0].removeprefix("&emsp;"): row[2] for row in rows if "&emsp;" in row[0]}
    assert [without_spans(item) for item in items] == STROBE
    met = {without_spans(item): where for item, where in items.items()}
    assert [item for item in STROBE if met[item] == lacking] == ["9", "10", "12d", "14c", "22"]
    assert met["13c"] == "@fig-flow" and met["6b"] == "Patients were not matched"
    assert met["13a"].endswith(f"; how many were eligible: {lacking.lower()}")


# --- The manuscript itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provenance", "printed", "notice"),
    [
        ("reconstructed", "mohamed2024", "not the version of record"),
        ("synthetic", None, "Synthetic data"),
        ("original", None, None),
    ],
)
def test_the_manuscript_fills(fill, numbers, provenance, printed, notice):
    template = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
    text = fill(template, provenance=provenance, printed_version=printed)
    assert not re.search(r"<<|>>|<%|%>|<#|#>|\bnan\b| object at 0x|\bundefined\b", text)
    assert ("callout-important" in text) == (notice is not None)
    assert notice is None or notice in text
    for display, key in SPAN.findall(text):
        assert display == markdown_of(numbers[key])
    for name in ("table1", "table2", "table3", "table4"):
        assert text.count(f"{{#tbl-{name}}}") == 1


def test_the_text_fits_every_cohort(study, plan, cohort):
    """One patient, all progressive, no cycles known: no sentence lacks its number."""
    template = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
    assert find_blemishes(fill_template(template, study.numbers, read_plan(plan), cohort)) == []


def test_the_folder_of_the_manuscript_stands_alone(tmp_path):
    sources = [tmp_path / name for name in ("references.bib", "figure1.svg")]
    copies = [tmp_path / name for name in ("copy.bib", "copy.svg")]
    for source in sources:
        source.write_bytes(source.name.encode())
    qmd = tmp_path / "paper.qmd"
    write_manuscript("≥ 4 cm\n", str(qmd), [*map(str, sources)], [*map(str, copies)])
    assert qmd.read_bytes() == "≥ 4 cm\n".encode()
    assert [copy.read_bytes() for copy in copies] == [b"references.bib", b"figure1.svg"]
    with pytest.raises(ValueError, match="shorter"):
        write_manuscript("", str(qmd), [*map(str, sources)], [str(copies[0])])


def test_numbers_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text('{"cohort.n": {"value": 25, "display": "25 − 0"}}', encoding="utf-8")
    assert read_numbers(str(path)) == {"cohort.n": {"value": 25, "display": "25 − 0"}}
