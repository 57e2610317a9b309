"""The manuscript's source: typed numbers and unbound words are found where they stand."""

from pathlib import Path

import pytest

from crlm.base.problems import InputError
from crlm.manuscript.prose import check_prose, read_rules, require_bound

ROOT = Path(__file__).parents[3]
RULES = read_rules(ROOT / "manuscript/prose.yaml")
TEMPLATE = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
FRONT = '---\ntitle: "{}"\nabstract: |\n  {}\n\nformat:\n  typst:\n    papersize: a4\n---\n'


def found(source: str) -> list[tuple[int, str]]:
    return [(p.row, p.value) for p in check_prose(source, "paper.qmd.j2", RULES)]


def test_the_manuscript_itself_is_clean():
    require_bound(TEMPLATE, "paper.qmd.j2", RULES)


@pytest.mark.parametrize(
    "text",
    [
        "Of 25 patients.", "It was 44.5%.", "At twelve months.", "Half of the patients.",
        "One third responded.", "A twofold rise.", "A dozen cases.", "| a | 12 (3.4) |",
        "![Response (n = 25).](figures/figure1){#fig-a}", "A note.^[Since 2019.]", "*p* = .043",
        "ten per cent", "He came twice.", "Forty patients", '<< "seventh" >> of all',
        "<% set x = 'seven' %>", "<< 25 >> men", "<b title='7'>men</b>", "<i>seven</i>",
    ],
)  # fmt: skip
def test_a_typed_number_is_found(text):
    assert found(f"A line.\n\n{text}\n"), text
    assert {row for row, _ in found(f"A line.\n\n{text}\n")} == {3}


def test_typed_numbers_in_title_and_abstract_are_found():
    source = FRONT.format("Response in 25 patients", "Half responded.")
    assert found(source) == [(2, "25"), (4, "Half")]


@pytest.mark.parametrize(
    "text",
    [
        "<< all.sex.male.n >> of << cohort.n >> men.", "<# twelve of 25 #>", "See @fig-figure1.",
        "By RECIST 1.1 [@eisenhauer2009].", "# Methods {#sec-2}", "Stage T2 and N0.",
        "<% set x = test.t_stage %>", "Tests are two-sided.", "```{=typst}\n#set text(9pt)\n```",
        "Someone came alone.", "https://doi.org/10.1000/182",
        '<% if meta.rule == "recist_1_1" %><< named("alive_1y") >><% endif %>',
    ],
)  # fmt: skip
def test_what_is_not_a_typed_number_passes(text):
    assert found(text) == []


def test_words_that_a_tag_prints_are_read():
    assert found('<% set x = ["twelve months", test.a] %>') == [(1, "twelve")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Response was higher after more cycles.", "The majority responded.", "They did better.",
        "Progression was more common in men.", "Recurrence was associated with response.",
        "The groups were similar.", "There was no difference.", "None of the patients died.",
        "Most patients progressed.", "Mortality decreased.",
        "It was seen in only << a.n >> of them.",
    ],
)  # fmt: skip
def test_a_word_that_hangs_on_data_needs_a_claim(sentence):
    assert len(found(sentence)) == 1, sentence
    claim = f"<% claim x %>\n<% when a.n > b.n %>\n<< a.n >>: {sentence}\n<% endclaim %>\n"
    assert found(claim) == []
    assert found(f"{sentence[:-1]} [@guo2021].") == []
    assert found(f"Others saw this [@guo2021]. {sentence}"), "the citation is of another sentence"


@pytest.mark.parametrize(
    "text",
    [
        "Lesions of more than << label.size_pre_class.ge_4_cm >>.", "This is most likely chance.",
        "This is mostly due to chance.", "Response by less than << label.cycles_class.ge_6 >>.",
    ],
)  # fmt: skip
def test_a_cut_point_or_a_guess_needs_no_claim(text):
    assert found(text) == []


def test_more_than_a_number_needs_a_claim():
    assert found("More than << all.a.percent >> responded.") == [(1, "More than")]


@pytest.mark.parametrize("word", ["significant", "Significantly", "insignificant"])
def test_significance_is_never_typed(word):
    assert found(f"<% claim x %>\n<% when a > b %>\nA {word} effect.\n<% endclaim %>") == [
        (3, word)
    ]


def test_all_problems_are_told_at_once_with_line_and_text():
    with pytest.raises(InputError) as stopped:
        require_bound("Of 25 patients.\nMost patients responded.\n", "paper.qmd.j2", RULES)
    message = str(stopped.value)
    assert message.startswith("2 problems in the input:")
    assert (
        "paper.qmd.j2, row 1: found '25'; expected a number of the registry: << key >>" in message
    )
    assert "row 2: found 'Most patients'" in message and "'Most patients responded.'" in message


def test_every_exception_has_a_reason_and_a_use():
    for exception in RULES["exceptions"]:
        assert exception["reason"]
        others = [e for e in RULES["exceptions"] if e is not exception]
        assert check_prose(TEMPLATE, "", RULES | {"exceptions": others}), exception["pattern"]
