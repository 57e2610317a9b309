"""Tracked changes: with all rejected the old document remains, with all accepted the new one."""

import copy
import json

import pytest

from crlm.manuscript.alignment import align, bare_node, share_in_common, text_of
from crlm.manuscript.pandoc import MARKDOWN, run_pandoc
from crlm.wings.revision.tracking import DELETION, INSERTION, track

TABLE = """
| | n | *p* |
|--|--:|--:|
| Sex | | 0.8 |
| Male | 13 (52.0%) | |
| Female | 12 (48.0%) | |
"""


def read(markdown: str) -> dict:
    return json.loads(run_pandoc(["--from", MARKDOWN, "--to", "json"], text=markdown))


def decide(node, kind: str):
    """Return a node without what is marked as `kind`, and without what is left empty by that."""
    if isinstance(node, dict):
        return {key: decide(value, kind) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    kept = []
    for item in node:
        classes = []
        if isinstance(item, dict) and item.get("t") == "Span":
            classes = item["c"][0][1]
        elif isinstance(item, list) and item and isinstance(item[0], list) and len(item) == 2:
            classes = item[0][1] if len(item[0]) == 3 and isinstance(item[0][1], list) else []
        if kind not in classes:
            kept.append(decide(item, kind))
    return kept


def words_of(document: dict) -> list[str]:
    """Return the texts of a document's title and blocks that are not empty."""
    parts = [document["meta"].get("title", {"t": "MetaInlines", "c": []}), *document["blocks"]]
    return [words for part in parts if (words := " ".join(text_of(part).split()))]


CASES = {
    "a word": ("Of 25 patients, few responded.", "Of 26 patients, few responded."),
    "a number with its key": (
        'Of [25]{.num key="cohort.n"} patients.', 'Of [64]{.num key="cohort.n"} patients.'
    ),
    "a sentence in the middle": ("One.\nTwo is short.\nThree.", "One.\nThree."),
    "the last sentence": ("One.\nTwo is short.", "One."),
    "a paragraph": ("First one.\n\nLast one.", "First one.\n\nAn added one.\n\nLast one."),
    "a paragraph that goes": ("First.\n\nGone for good.\n\nLast.", "First.\n\nLast."),
    "all": ("Nothing stays.", "# A heading\n\nEverything differs here."),
    "a heading": ("# Old heading here\n\nText.", "# New heading here\n\nText."),
    "items": ("- one\n- two\n- three", "- one\n- three and more\n- four"),
    "an ordered list": ("1. one\n2. two", "1. one\n2. two\n3. three"),
    "a link": ("See [the old page](https://a.org).", "See [the new page](https://b.org) now."),
    "within emphasis": ("It is *very [old](https://a.org)*.", "It is *quite [new](https://b.org)*."),
    "a quotation": ("> Old words.", "> New words."),
    "a box": ("::: {.callout-note}\nOld words.\n:::", "::: {.callout-note}\nNew words.\n:::"),
    "a box that goes": ("::: {.callout-note}\nOld words.\n:::\n\nText.", "Text."),
    "a title": ("---\ntitle: Old title\n---\n\nText.", "---\ntitle: New title\n---\n\nText."),
    "a title that comes": ("Text.", "---\ntitle: New title\n---\n\nText."),
    "a cell": (TABLE, TABLE.replace("13 (52.0%)", "33 (51.6%)")),
    "a cell that fills": (TABLE, TABLE.replace("| Sex | |", "| Sex | 64 |")),
    "a row": (TABLE, TABLE + "| Not known | 0 (0.0%) | |\n"),
    "a row that goes": (TABLE, TABLE.replace("| Male | 13 (52.0%) | |\n", "")),
    "a column": (
        TABLE, "\n".join(line + " 1 |" if "--" not in line else line + "--|"
                         for line in TABLE.strip().splitlines())
    ),
    "a caption": (TABLE + "\n: Old caption. {#tbl-a}", TABLE + "\n: New caption. {#tbl-a}"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("back", [False, True], ids=["forth", "back"])
def test_accepted_it_is_the_new_document_and_rejected_the_old(case, back):
    old, new = map(read, reversed(CASES[case]) if back else CASES[case])
    tracked = track(old, new, "Revision", "2024-12-31T00:00:00Z")
    assert words_of(decide(copy.deepcopy(tracked), INSERTION)) == words_of(old)
    assert words_of(decide(copy.deepcopy(tracked), DELETION)) == words_of(new)
    assert json.dumps(tracked).count("2024-12-31") >= 1


def test_what_is_the_same_bears_no_mark():
    document = read(f"# One\n\nTwo *three* [4]{{.num}}.\n\n{TABLE}\n- five")
    tracked = track(document, copy.deepcopy(document), "Revision", "2024-12-31T00:00:00Z")
    assert tracked == document


def marked(document: dict) -> list[tuple[str, str]]:
    """Return the changes of a document: kind, text."""
    found = []

    def walk(node):
        if isinstance(node, dict) and node.get("t") == "Span" and node["c"][0][1]:
            found.append((node["c"][0][1][0], text_of(node["c"][1])))
        for child in node.values() if isinstance(node, dict) else node:
            if isinstance(child, dict | list):
                walk(child)

    walk(document["blocks"])
    return found


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        # words side by side are one change, with the blanks between them
        (
            "They were compared by Pearson's chi-square test in each table.",
            "They were compared by Fisher's exact test in each table.",
            [(DELETION, "Pearson’s chi-square"), (INSERTION, "Fisher’s exact")],
        ),
        # the words around a number stay; a number is one word
        (
            "Of those given more, 9 of 10 (90.0%) responded in time.",
            "Of those given more, 20 of 25 (80.0%) responded in time.",
            [(DELETION, "9"), (INSERTION, "20"), (DELETION, "10 (90.0%)"),
             (INSERTION, "25 (80.0%)")],
        ),
        # another sentence is no patchwork of its words
        (
            "Response was more frequent with six cycles.\nThe end.",
            "No relation can be claimed.\nThe end.",
            [(DELETION, "Response was more frequent with six cycles. "),
             (INSERTION, "No relation can be claimed. ")],
        ),
        # a sentence that stays does so where another goes before it
        ("Gone for good.\nOf 9, few came.\nThe end.", "Of 9, few came.\nThe end.",
         [(DELETION, "Gone for good. ")]),
        # a link to the same place stays, as that of a citation with another number
        ("As others [[2](#ref-a)] say.", "As others [[1](#ref-a)] say.",
         [(DELETION, "2"), (INSERTION, "1")]),
        # gaps, which are all the same, hold no heading away from itself
        (
            "Gone for good.\n\n```{=openxml}\n<w:p/>\n```\n\n# A\n\nIn 4.",
            "# A\n\nIn 3.\n\n```{=openxml}\n<w:p/>\n```",
            [(DELETION, "Gone for good."), (DELETION, "4."), (INSERTION, "3.")],
        ),
    ],
)  # fmt: skip
def test_a_change_is_as_large_as_a_reader_needs(old, new, changes):
    assert marked(track(read(old), read(new), "R", "2024-12-31T00:00:00Z")) == changes


def test_the_style_of_a_cell_is_no_change():
    old, new = read(TABLE), read(TABLE.replace("13 (52.0%)", "33 (51.6%)"))
    for row in new["blocks"][0]["c"][4][0][3]:
        for cell in row[1]:
            cell[4] = [{"t": "Div", "c": [["", [], [["custom-style", "Kept"]]], cell[4]]}]
    for sides in ((old, new), (new, old)):
        assert len(marked(track(*sides, "R", "D"))) == 2


def test_a_mark_stands_inside_a_link():
    tracked = track(read("[old](https://a.org)"), read("[new](https://b.org)"), "R", "D")
    (paragraph,) = tracked["blocks"]
    assert [inline["t"] for inline in paragraph["c"]] == ["Link", "Link"]


def test_what_is_deleted_bears_no_identifier():
    tracked = track(read("# Gone {#sec-a}\n\nText."), read("Text.\n\n# New {#sec-a}"), "R", "D")
    headings = [block["c"][1][0] for block in tracked["blocks"] if block["t"] == "Header"]
    assert sorted(headings) == ["", "sec-a"]


def test_items_are_paired_in_order_where_they_are_alike():
    old, new = ["apple pie", "red wine", "bread"], ["new", "red wine, cold", "bread"]
    pairs = align(old, new, str, lambda a, b: float(a[:3] == b[:3]))
    assert [p for p in pairs if None not in p] == [
        ("red wine", "red wine, cold"), ("bread", "bread")
    ]  # fmt: skip
    assert [a for a, _ in pairs if a] == old
    assert [b for _, b in pairs if b] == new


def test_numbers_alone_do_not_make_two_sentences_unlike():
    a, b, c = (read(text)["blocks"][0] for text in ("7 of 12.5 men", "19 of 36 men", "no woman"))
    assert share_in_common(a, b) == 1
    assert share_in_common(a, c) == 0


def test_attributes_and_the_places_of_citations_are_not_compared():
    a, b = (read(f'[5]{{.num key="{key}"}} [@a]')["blocks"] for key in "xy")
    b[0]["c"][-1]["c"][0][0]["citationNoteNum"] = 7
    assert bare_node(a) == bare_node(b)
