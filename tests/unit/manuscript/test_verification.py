"""A filled manuscript that was edited by hand, or is stale, is found before it is rendered."""

import re

import pytest

from crlm.base.problems import InputError
from crlm.manuscript.verification import (
    check_filled,
    find_blemishes,
    find_foreign,
    require_filled,
)

NUMBERS = {
    "cohort.n": {"value": None, "display": "25"},
    "all.sex.male.n_percent": {"value": None, "display": "13 (52.0%)"},
    "label.sex.male": {"value": None, "display": "Male"},
    "label.t_stage.t2": {"value": None, "display": "T2"},
    "label.morbidity_30d.variable": {"value": None, "display": "Morbidity within 30 days"},
}
FILLED = """\
Of [25]{.num key="cohort.n"} patients, [13 (52.0%)]{.num key="all.sex.male.n_percent"} were men.

|  | All patients (n = [25]{.num key="cohort.n"}) |
| ---- | ----: |
| **[Morbidity within 30 days]{.num key="label.morbidity_30d.variable"}** |  |
| &emsp;[T2]{.num key="label.t_stage.t2"} | [13 (52.0%)]{.num key="all.sex.male.n_percent"} |
"""


def test_what_was_filled_passes():
    assert check_filled(FILLED, NUMBERS) == []
    require_filled(FILLED, NUMBERS, "paper.qmd")


@pytest.mark.parametrize(
    ("old", "new", "line", "found", "expected"),
    [
        ("Of [25]", "Of [26]", 1, "26", "25"),
        ("n = [25]", "n = [52]", 3, "52", "25"),
        ("| [13 (52.0%)]", "| [13 (53.0%)]", 6, "13 (53.0%)", "13 (52.0%)"),
        ("[T2]", "[T3]", 6, "T3", "T2"),
        ('"label.t_stage.t2"', '"label.t_stage.t9"', 6, "T2", "a key of the registry"),
        ("30 days", "31 days", 5, "Morbidity within 31 days", "Morbidity within 30 days"),
        ("** |  |", "** | 7 |", 5, "7", "in a table, numbers of the registry only"),
        ('[25]{.num key="cohort.n"})', "25)", 3, "25", "in a table, numbers of the registry only"),
    ],
)
def test_an_edit_by_hand_is_found(old, new, line, found, expected):
    assert FILLED.count(old) == 1
    (problem,) = check_filled(FILLED.replace(old, new), NUMBERS)
    assert (problem.row, problem.value, problem.expected) == (line, found, expected)


@pytest.mark.parametrize(("part", "found"), [(25, 0), (26, 1), (None, 0)])
def test_a_part_is_no_greater_than_its_whole(part, found):
    numbers = {"a.n": {"value": part, "display": "a"}, "b.n": {"value": 25, "display": "b"}}
    text = 'Known in [a]{.num key="a.n"} of [b]{.num key="b.n"}.'
    assert [p.expected for p in check_filled(text, numbers)] == ["no more than b.n"] * found


def test_a_stale_manuscript_is_refused():
    numbers = NUMBERS | {"cohort.n": {"value": 26, "display": "26"}}
    with pytest.raises(InputError) as caught:
        require_filled(FILLED, numbers, "paper.qmd")
    assert [p.row for p in caught.value.problems] == [1, 3]


ALT = (
    'fig-alt="Bars. T2: 13 (52.0%), all 25." '
    'alt-keys="label.t_stage.t2 all.sex.male.n_percent cohort.n"'
)


@pytest.mark.parametrize("digit", [m.start() for m in re.finditer(r"\d", ALT.split("alt-keys")[0])])
def test_each_digit_of_an_alternative_text_is_held_against_its_key(digit):
    assert check_filled(ALT, NUMBERS) == []
    changed = ALT[:digit] + str((int(ALT[digit]) + 1) % 10) + ALT[digit + 1 :]
    assert check_filled(changed, NUMBERS)


def test_a_number_of_an_alternative_text_without_a_key_is_found():
    assert [p.value for p in check_filled('fig-alt="Bars, 25."', NUMBERS)] == ["25."]


# --- Blemishes ------------------------------------------------------------------------------------


def blemished(text):
    return [(problem.row, problem.expected) for problem in find_blemishes(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The mean was nan years.", "a value, or words that say there is none"),
        ("Age was None on average.", "a value, or words that say there is none"),
        ("It took inf months.", "a value, or words that say there is none"),
        ("Of << cohort.n >> patients.", "no tag of the template"),
        ("Response was rare ().", "something in the brackets"),
        ("Response was rare (, ).", "something in the brackets"),
        ("It was seen in not known.", "words that say what is not known"),
        ('It was [0 of 0]{.num key="a.b"}.', "words that say that there is nobody to count"),
        ('In [1]{.num key="a.b"} patients.', "the singular"),
        ('Here [1 (4.0%)]{.num key="a.b"} were men.', "the singular"),
        ("It took 1 months.", "the singular"),
        ("There no patient were seen.", "the verb's number"),
        ("Here 12 patients was seen.", "the verb's number"),
        ("Two  blanks.", "one blank"),
        ('It is [0.045]{.num key="a.b"}.</span><span class="claim" data-claim="c.1">Between both.',
         "a blank between two sentences"),
        ("A blank , too many.", "no blank beside the punctuation"),
        ("A blank at the end .", "no blank beside the punctuation"),
        ("It is 0.045.Between them it is not.", "a blank between two sentences"),
        ("Two stops..", "one mark of punctuation"),
        ("A gap,, here.", "one mark of punctuation"),
        ("A gap;.", "one mark of punctuation"),
        ("Levels were a, b and.", "the end of the list"),
        ("It was (a, b,).", "the end of the list"),
        ("The response was.", "the end of the list"),
        ("For duration, rho was p = 0.043 (−0.6).", "the p-value in brackets or behind a comma"),
        ("the start is small.", "a capital letter"),
        ("One sentence. another one.", "a capital letter"),
        ("![A caption (n = 3).](figures/a){#fig-a fig-alt=\"Bars. nan percent\"}",
         "a value, or words that say there is none"),
        ("| a | nan |", "a value, or words that say there is none"),
    ],
)  # fmt: skip
def test_each_blemish_is_found_in_its_line(text, expected):
    assert (3, expected) in blemished(f"A line.\n\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        'Of [1 of 1 (100.0%)]{.num key="a.b"}, [1]{.num key="c.d"} had disease (*p* < 0.001).',
        "Others saw this [@guo2021; @chen2021], at 1 and 3 years; they ended after 1 year.",
        "- *progressive*: more metastases than before;",
        "As in a trial by Smith et al. and others (@fig-flow; @tbl-table1).",
        "| &emsp;[None]{.num key=\"label.x.none\"} |  |  |",
        "No patient was seen. One of the **two** was seen.^a^",
        "See https://doi.org/10.1002/bjs.9471, F1000Research, and p.Val600Glu in one.",
        '| [mFOLFOX6]{.num key="label.x.a"} | [4]{.num key="a.b"} |',
        "**[pT3 or less]{.typed}**",
        '[k]{.num key="label.x.k"} [k]{.num key="word.x.k"}\n\n'
        '![A](figures/a){fig-alt="Bars. k: 1."}',
        '![Response (n = 0).](figures/a){#fig-a fig-alt="Bars. None: no patient; Partial: RD 0."}',
        '---\ntitle: "A title"\nlang: en\nformat:\n  html:\n    toc: true\n---\n\nText.',
        '::: {.callout-important title="Synthetic data"}\nThe rows.\n:::',
        "Percentages may go from 0 of 05 to 1.0 months.",
    ],
)  # fmt: skip
def test_what_is_no_blemish_passes(text):
    assert blemished(f"A line.\n\n{text}\n" if not text.startswith("---") else text) == []


def test_a_manuscript_with_a_blemish_is_not_rendered():
    with pytest.raises(InputError, match="expected something in the brackets"):
        require_filled("A gap ().\n", {}, "paper.qmd")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a <b>bold</b> word", "<b>"),
        ('see <img src="/etc/passwd">', '<img src="/etc/passwd">'),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<!-- a comment -->", "<!-- a comment -->"),
        ("![x](/any/file)", "/any/file"),
        ("![x](figures/../../x.png)", "figures/../../x.png"),
        ("![x](https://example.org/x.png)", "https://example.org/x.png"),
        ("[x](/etc/passwd)", "/etc/passwd"),
        ("[x](javascript:alert)", "javascript:alert"),
        ("[x]{onclick='run()'}", 'onclick="run()"'),
        ("<div onclick='run()'>x</div>", 'onclick="run()"'),
        ("| a |\n|---|\n| <i>x</i> |", "<i>"),
        ('`#read("x")`{=typst}', '#read("x")'),
        ('```{=typst}\n#read("x")\n```', '#read("x")'),
        ("\\input{/etc/passwd}", "\\input{/etc/passwd}"),
        ("{{< include /etc/passwd >}}", "{{< include /etc/passwd >}}"),
        ("```{python}\nopen(1)\n```", "```{python}"),
        ("---\ninclude-in-header: /etc/passwd\n---\n", "include-in-header: /etc/passwd"),
        ("---\nbibliography: [../x.bib]\n---\n", "bibliography: [../x.bib]"),
        ("---\nbibliography:\n  - /etc/x.bib\n---\n", "- /etc/x.bib"),
        ("---\ntitle: '<script>x</script>'\n---\n", "<script>x</script>"),
    ],
)
def test_code_and_files_of_elsewhere_are_refused(source, found):
    problems = find_foreign("First.\n\n" * (not source.startswith("---")) + source + "\n")
    assert found in [problem.value for problem in problems]


def test_markdown_and_escaped_signs_are_no_code():
    source = (
        "---\ntitle: 'a &#60;b&#62;'\n"
        "abstract: |\n  See [x &#60;https://x.org]{.typed}\n"
        "include-after-body: trace.html\nauthor: [{name: /x}]\n---\n\n"
        "&#60;b> {#x} *a* [x](https://x.org) @tbl-a $x^2$ ![c](figures/flow){#fig-flow fig-alt='b'}"
    )
    assert find_foreign(source) == []
