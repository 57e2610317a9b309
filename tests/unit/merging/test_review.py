"""Edits made in Word: each is applied, refused by name or to decide; nothing is lost or guessed."""

import re
import shutil
import subprocess
from itertools import groupby
from pathlib import Path

import pytest
from project import ROOT, write_files
from written import comments, docx, save_by_libreoffice

from crlm.base.files import read_yaml
from crlm.base.pages import render_page
from crlm.manuscript.markdown import without_spans
from crlm.manuscript.prose import read_rules
from crlm.manuscript.template import fill_template
from crlm.plan.analysis import read_plan
from crlm.wings.merging.origins import blocks_in, fill_with_origins, letters_of, words_of_block
from crlm.wings.merging.page import counts_of, describe_review
from crlm.wings.merging.review import review
from crlm.wings.merging.sentences import sentences_of
from crlm.wings.merging.word import OBJECT, read_document

TEMPLATE = """---
title: "A cohort"
abstract: |
  **Background.** The liver is often the first site. Chemotherapy guides the decision.
---

# Introduction

The liver is the most common site of metastases [@ismaili2011].
Response is usually judged by size, as in @tbl-table1.
Lesions are *synchronous* where they present together.

After resection the outlook has long been poor.
<% if meta.provenance == "synthetic" %>
The rows are synthetic.
<% endif %>
It asks whether the patients' response was related to treatment\
<% if cohort.n > 0 %>, known in all<% endif %>.

# Results

Of << cohort.n_patients >>, all were analysed at a level of << plan.alpha >>.
By << named("cycles_class") >>, it was judged twice.
<% claim size_told %>
<% when cohort.n > 30 %>
Here, the cohort is larger than others.
<% when not cohort.n > 30 %>
Here, the cohort is small.
<% endclaim %>
The end of the paragraph is plain.
"""
SENT = """
Title: A cohort
Background. The liver is often the first site. Chemotherapy guides the decision.
Heading1: Introduction
The liver is the most common site of metastases [{#ref-ismaili2011|2}]. \
Response is usually judged by size, as in {#tbl-table1|Table 1}. \
Lesions are synchronous where they present together.
After resection the outlook has long been poor. \
It asks whether the patients’ response was related to treatment, known in all.
Heading1: Results
Of {cohort.n_patients|35 patients}, all were analysed at a level of {plan.alpha|0.05}. \
By number of cycles, it was judged twice. Here, the cohort is larger than others. \
The end of the paragraph is plain.
TableCaption: Table 1: Patients.
| Sex | {all.sex.male.n|18} |
Bibliography: 2. Ismaili N. Treatment.
"""
DIGEST = "0123456789abcdef"


@pytest.fixture(scope="module")
def cohort():
    return read_yaml(ROOT / "config/cohorts/2024.yaml") | {"ranges": [], "provenance": "observed"}


@pytest.fixture(scope="module")
def numbers(make_patients, run_stages):
    return run_stages(make_patients()).numbers


@pytest.fixture(scope="module")
def rules():
    return read_rules(ROOT / "manuscript/prose.yaml")


@pytest.fixture
def merge(numbers, plan, cohort, rules, tmp_path):
    """Hold a reviewed text, or file, against what was sent; `kept` is an older text."""

    def run(text, template=TEMPLATE, now=SENT, kept=None, digest=DIGEST, **parts):
        documents = {}
        told = {"reviewed": (text, digest), "now": (now, "f" * 16 if kept else DIGEST)}
        told |= {"kept": (kept, digest)} if kept else {}
        for name, (body, own) in told.items():
            path = body if isinstance(body, Path) else tmp_path / f"{name}.docx"
            if path is not body:
                path.write_bytes(docx(body, own, **(parts if name == "reviewed" else {})))
            documents[name] = read_document(path)
        found = review(
            documents["reviewed"], documents["now"], documents.get("kept"), template, rules,
            numbers, read_plan(plan), cohort,
        )  # fmt: skip
        return found

    return run


def changed(old: str, new: str, text: str = SENT) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def told(found) -> list[tuple]:
    return [(e.change.kind, e.status, e.old, e.new) for e in found.edits]


def paragraphs_of(found, fill) -> list[str]:
    """Return the letters of each paragraph of the new template, as it is filled."""
    filled = fill_with_origins(found.template, *fill)
    return [
        *filter(None, (letters_of(words_of_block(filled.text, *b)) for b in blocks_in(filled.text)))
    ]


def test_what_was_sent_has_no_edit(merge, numbers, plan, cohort):
    found = merge(SENT)
    assert (found.edits, found.diff, found.base) == ([], "", "now")
    # Nor has one whose controls and links a program has dropped.
    assert merge(re.sub(r"\{[^|}]*\|([^}]*)\}", r"\1", SENT)).edits == []
    # The text sent is that of the template, as it is filled.
    filled = without_spans(fill_template(TEMPLATE, numbers, read_plan(plan), cohort))
    shown = re.sub(r"\{[^|}]*\|([^}]*)\}", r"\1", SENT)
    for sentence in ("Of 35 patients, all were analysed at a level of 0.05.",
                     "By number of cycles, it was judged twice.", "known in all."):  # fmt: skip
        assert sentence in filled and sentence in shown


# --- Prose is applied -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "was", "now"),
    [
        ("most common", "commonest", "most common", "commonest"),  # without a mark
        ("usually", "[-usually-Ann][+mostly+Bob]", "is usually", "is mostly"),
        ("is usually judged", "is judged", "is usually judged", "is judged"),
        ("as in", "as shown in", "as in @tbl", "as shown in @tbl"),
        (" Lesions are", "[+ It is an old rule.+Ann] Lesions are", "table1.\n",
         "table1.\nIt is an old rule.\n"),
        ("synchronous", "simultaneous", "*synchronous*", "*simultaneous*"),
        ("are synchronous where", "are where", "are *synchronous* where", "are where"),
        ("are synchronous where", "where", "are *synchronous* where", "where"),
        ("2011|2}].", "2011|2}], it seems.", "2011].", "2011], it seems."),
        ("Of {cohort", "Of all {cohort", "Of << cohort", "Of all << cohort"),
        ("all were analysed", "each was analysed", "all were analysed", "each was analysed"),
        (", known in all.", ", told for all.", "known in all", "told for all"),
        ("patients’ re", "patients’ own re", "patients' re", "patients' own re"),
        ("often the first", "commonly the first", "often the first", "commonly the first"),
        (" Chemotherapy guides", "[+ It is easy to examine.+Ann] Chemotherapy guides", "site. Ch",
         "site. It is easy to examine. Ch"),
        ("has long been poor.", "has long been poor & dim <% x %> << y >>.", "long been poor.",
         "long been poor & dim &#60;% x %&#62; &#60;&#60; y &#62;&#62;."),
        # The abstract is a block of YAML, which a line that begins at the left would end.
        ("the decision.", "the decision. Opinions differ. So do we.", "the decision.",
         "the decision. Opinions differ. So do we."),
        # A sentence of its own, with numbers, goes with them.
        (" By number of cycles, it was judged twice.",
         "[- By number of cycles, it was judged twice.-Cy]",
         'By << named("cycles_class") >>, it was judged twice.\n', ""),
        (" Lesions are synchronous where they present together.", "",
         "Lesions are *synchronous* where they present together.\n", ""),
        # Behind a claim, outside of it.
        (" The end of", "[+ Age may reflect referral.+Ann] The end of", "endclaim %>\n",
         "endclaim %>\nAge may reflect referral.\n"),
        # New words may cite, refer and hold numbers: as the template writes these.
        ("been poor.", "been poor. Others agree [{#ref-ismaili2011|2}] (see {#tbl-table1|Table 1}) "
         "at {plan.alpha|0.05}.", "been poor.\n",
         "been poor.\nOthers agree [@ismaili2011] (see @tbl-table1) at << plan.alpha >>.\n"),
        # A paragraph of its own; one in two; two in one.
        ("Heading1: Results", "This is new text.\nHeading1: Results", "known in all<% endif %>.\n",
         "known in all<% endif %>.\n\nThis is new text.\n"),
        (" Lesions are", "\nLesions are", "table1.\nLes", "table1.\n\nLes"),
        ("together.\nAfter", "together. After", "together.\n\nAfter", "together.\nAfter"),
        ("together.\nAfter", "together.¶-Ann\n[+ +Ann]After", "together.\n\nAf", "together.\nAf"),
        # Also where a new sentence stands between.
        (" Lesions are", "\nIt is new. Lesions are", "table1.\nLes", "table1.\n\nIt is new.\nLes"),
        ("together.\nAfter", "together. It is new. After", "together.\n\nAf",
         "together.\nIt is new.\nAf"),
    ],
)  # fmt: skip
def test_prose_is_written_into_the_template(merge, old, new, was, now):
    found = merge(changed(old, new))
    assert {e.status for e in found.edits} == {"applied"}, told(found)
    assert TEMPLATE.count(was) == 1
    assert found.template == TEMPLATE.replace(was, now)


TWICE = "Heading1: Results", "All are alike. All are alike.\nHeading1: Results"
LOOP = "# Results", "<% for _ in (1, 2) %>\nAll are alike.\n<% endfor %>\n\n# Results"
TAG = "# Results", '<% set two = "All are alike. All are alike." %>\n<< two >>\n\n# Results'
WITHIN = "# Results", "<% if cohort.n > 0 %>\nOne of it. Two of it.\n\n<% endif %>\n# Results"
BEHIND = "# Results", "<% if cohort.n > 0 %>\nOne of it. Two of it.\n<% endif %>\n\n# Results"
IN_IT = "Heading1: Results", "One of it. Two of it.\nHeading1: Results"


@pytest.mark.parametrize(
    ("in_template", "in_sent", "old", "new", "status", "was", "now"),
    [
        # What prints several sentences is not deleted, nor changed, by one of them.
        (TAG, TWICE, "alike.\nHead", "equal.\nHead", "refused", "", ""),
        (LOOP, TWICE, "alike.\nHead", "equal.\nHead", "to decide", "", ""),
        (LOOP, TWICE, " All are alike.\nHead", "\nHead", "to decide", "", ""),
        (TAG, TWICE, " All are alike.\nHead", "\nHead", "refused", "", ""),
        # A paragraph that ends within a condition is added to there.
        (WITHIN, IN_IT, "Two of it.", "Two of it. Others are new.", "applied",
         "Two of it.", "Two of it.\nOthers are new."),
        (BEHIND, IN_IT, "Two of it.", "Two of it. Others are new.", "applied",
         "endif %>\n\n# R", "endif %>\nOthers are new.\n\n# R"),
        # The sentences of a new paragraph stay together.
        (BEHIND, IN_IT, "Two of it.", "Two of it.\nThis is new. So is this.", "applied",
         "endif %>\n\n# R", "endif %>\n\nThis is new.\nSo is this.\n\n# R"),
        # What a tag prints is not jumped over.
        (("# Results", '<% set two = "All are alike. All are alike." %>\n<% if cohort.n > 0 %>\n'
          "One of it.\n<< two >>\n<% endif %>\n\n# Results"),
         ("Heading1: Results", "One of it. All are alike. All are alike.\nHeading1: Results"),
         "One of it.", "One of it. Others are new.", "applied", "of it.\n<<",
         "of it.\nOthers are new.\n<<"),
        (BEHIND, IN_IT, "Introduction", "Introduction\nThis is new. So is this.", "applied",
         "The liver is the", "This is new.\nSo is this.\n\nThe liver is the"),
    ],
)  # fmt: skip
def test_conditions_and_paragraphs_stay_as_they_are(
    merge, in_template, in_sent, old, new, status, was, now
):
    template, sent = TEMPLATE.replace(*in_template), SENT.replace(*in_sent)
    found = merge(changed(old, new, sent), template=template, now=sent)
    assert {e.status for e in found.edits} == {status}, told(found)
    assert found.template == (template.replace(was, now) if was else template)


def test_a_sentence_that_moves_leaves_no_condition(merge):
    line = "One of these is long."
    template = TEMPLATE.replace(
        "# Results", f"<% if cohort.n > 0 %>\n{line}\n<% endif %>\n\n# Results"
    )
    sent = changed("Heading1: Results", f"{line}\nHeading1: Results")
    moved = changed("is plain.", f"is plain. {line}", changed(f"{line}\n", "", sent))
    found = merge(moved, template=template, now=sent)
    assert told(found) == [("moved", "to decide", line, line)] and found.diff == ""
    assert "other conditions of the template: if cohort.n > 0" in found.edits[0].reason


def test_a_moved_sentence_is_moved_with_its_keys(merge):
    of = "Of {cohort.n_patients|35 patients}, all were analysed at a level of {plan.alpha|0.05}."
    moved = changed(f"{of} By", "By").replace("long been poor.", f"long been poor. {of}")
    found = merge(moved)
    assert told(found)[0][:2] == ("moved", "applied") and len(found.edits) == 1
    line = "Of << cohort.n_patients >>, all were analysed at a level of << plan.alpha >>.\n"
    assert found.template == TEMPLATE.replace(line, "").replace(
        "been poor.\n", f"been poor.\n{line}"
    )


def test_a_tracked_move_that_is_edited_too(merge):
    gone = "[<Lesions are synchronous where they present together.<Ann]"
    come = "[>Lesions are synchronous where they present together>Ann][+ at first+Bob][>.>Ann]"
    text = changed(" Lesions are synchronous where they present together.", f" {gone}")
    found = merge(changed("long been poor.", f"long been poor. {come}", text))
    assert [(e.change.kind, e.status, e.authors) for e in found.edits] == [
        ("moved", "applied", ["Ann", "Bob"]), ("changed", "applied", ["Bob"]),
    ]  # fmt: skip
    line = "Lesions are *synchronous* where they present together.\n"
    new = TEMPLATE.replace(line, "").replace("poor.\n", f"poor.\n{line}").replace(
        "together.", "together at first.")  # fmt: skip
    assert found.template == new


def test_what_is_built_next_says_what_the_reviewer_wrote(merge, tmp_path, numbers, plan, cohort):
    text = changed("most common", "commonest")
    text = changed(" Lesions are synchronous where they present together.", "", text)
    text = changed("been poor.", "been poor. [+Age may reflect it.+Ann] It may change.", text)
    text = changed("Heading1: Results", "Lesions are synchronous where they present together.\n"
                   "Heading1: Results", text)  # fmt: skip
    text = changed("often the first", "commonly the first", text)
    found = merge(changed("all were analysed", "each was looked at", text))
    assert {e.status for e in found.edits} == {"applied"}, told(found)
    built = paragraphs_of(found, (numbers, read_plan(plan), cohort))
    wanted = [
        letters_of([t for s in group for t in s.tokens])
        for _, group in groupby(sentences_of(read_document(tmp_path / "reviewed.docx")),
                                key=lambda sentence: sentence.paragraph)
    ]  # fmt: skip
    assert built == wanted[: len(built)]
    assert len(built) == len(wanted) - 4  # the caption, two cells, an entry of the references


# --- Refused by name ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("35 patients}", "36 patients}", "changed 35 to 36: comes from cohort.n_patients (patients "
         "analysed); change the data or the plan"),
        ("{cohort.n_patients|35 patients}", "36 patients", "comes from cohort.n_patients"),
        ("{plan.alpha|0.05}", "[-{plan.alpha|0.05}-Ann][+0.1+Ann]", "changed 0.05 to 0.1: comes"),
        (" of {plan.alpha|0.05}", " of", "comes from plan.alpha"),
        ("number of cycles", "number of courses", 'comes from << named("cycles_class") >>'),
        ("are synchronous", "are [+in 12 cases+Ann] synchronous", "typed 12: expected a number of"),
        ("outlook", "outlook of ten patients", "typed ten: expected a number of the registry"),
        ("|18}", "|19}", "changed 18 to 19: comes from all.sex.male.n"),
        ("| Sex |", "| Gender |", "stands in Table 1, row 1, column 1"),
        ("Patients.", "All patients.", "stands in the caption of Table 1"),
        ("been poor.", "been poor. It is {plan.alpha|0.06}.", "changed 0.05 to 0.06: comes from"),
        ("|35 patients", "|35 or so patients", "put or so into it: comes from << cohort.n"),
        ("Ismaili N.", "Ismaili M.", "the list of references comes from"),
    ],
)  # fmt: skip
def test_what_is_injected_is_refused_by_name(merge, old, new, reason):
    found = merge(changed(old, new))
    assert [e.status for e in found.edits] == ["refused"], told(found)
    assert reason in found.edits[0].reason
    assert found.diff == ""


def test_authors_come_from_the_cohort(merge):
    sent = changed("Title: A cohort\n", "Title: A cohort\nAuthor: Ada One\n")
    found = merge(sent.replace("Ada One", "Ada One, Bob Two"), now=sent)
    assert [e.status for e in found.edits] == ["refused"]
    assert found.edits[0].reason.startswith("authors and affiliation come from")


# --- To decide ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Introduction", "Background and aim", "it is a heading, to which links may lead"),
        (" [{#ref-ismaili2011|2}]", "", "a citation or reference"),
        ("by size, as in {#tbl-table1|Table 1}", "by size, as above", "a citation or reference"),
        ("to treatment, known in all", "to care", "it goes across a condition"),
        ("Heading1: Results", "Heading1: Aims\nHeading1: Results", "of the style Heading1"),
        (" Lesions are", " Women responded more often. Lesions are", "a claim around the sentence"),
        ("been poor.", "been poor. See [{#ref-a|2}, {#ref-b|3}-5].", "not all papers are told"),
        ("been poor.", "been poor. It is {#there|there}.", "it holds a link to there"),
        ("been poor.", "been poor. It is {no.key|so}.", "the key no.key, which the registry does"),
        ("is plain.", f"is plain.{OBJECT}", "a note, a picture or a formula"),
        ("are synchronous", "were simultaneous", "words that are set in italics or bold"),
        ("the decision.", "the decision.\nIt is new.", "a paragraph of the abstract or title"),
        ("poor. It asks", "poor.\nIt asks", "begins elsewhere, across a condition"),
    ],
)  # fmt: skip
def test_what_can_not_be_told_is_to_decide(merge, old, new, reason):
    found = merge(changed(old, new))
    assert {e.status for e in found.edits} == {"to decide"}, told(found)
    assert any(reason in e.reason for e in found.edits), [e.reason for e in found.edits]
    assert found.diff == ""


def test_what_the_build_would_refuse_is_proven_of_the_edit_that_is_blamed(merge):
    template = TEMPLATE.replace("# Results", "Others, who were seen,\nmay come.\n\n# Results")
    sent = changed("Heading1: Results", "Others, who were seen, may come.\nHeading1: Results")
    text = changed("were seen, may come", "were heard, responded more often", sent)
    found = merge(text, template=template, now=sent)
    assert [(e.new, e.status) for e in found.edits] == [
        ("heard", "applied"), ("responded more often", "to decide"),
    ]  # fmt: skip
    text = changed("is often", "is in 12 cases", SENT)  # the same number, typed twice
    text = changed("most common", "commonest", text)
    found = merge(changed("are synchronous", "are in 12 cases synchronous", text))
    assert [e.status for e in found.edits] == ["refused", "applied", "refused"]


def test_no_half_of_an_edit_is_applied_without_the_other(merge):
    old = "Of {cohort.n_patients|35 patients}, all were analysed at a level of {plan.alpha|0.05}."
    found = merge(changed(old, "At a level of 0.05 all 35 patients were analysed."))
    assert [(e.status, e.reason.partition(",")[0]) for e in found.edits[1:]] == [
        ("to decide", "it goes with another edit of the same words"),
    ]  # fmt: skip
    assert found.edits[0].status == "refused" and found.diff == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("larger than others", "larger than most"),
        (" Here, the cohort is larger than others.", ""),
        (" Here, the cohort is larger than others. The end of", " The end of"),
    ],
)
def test_an_edit_in_a_claim_is_shown_beside_all_its_variants(merge, old, new):
    found = merge(changed(old, new))
    assert [e.status for e in found.edits] == ["to decide"]
    assert "claim size_told" in found.edits[0].reason
    assert found.edits[0].variants == [
        ("cohort.n > 30", "Here, the cohort is larger than others."),
        ("not cohort.n > 30", "Here, the cohort is small."),
    ]
    assert (
        found.edits[0].line == TEMPLATE[: TEMPLATE.index("Here, the cohort is la")].count("\n") + 1
    )
    assert found.diff == ""


# --- Older texts ----------------------------------------------------------------------------------


OLDER = SENT.replace("long been poor", "been poor").replace("35 patients", "33 patients")


def test_an_older_document_is_held_against_its_own_text(merge):
    text = changed("most common", "commonest", OLDER).replace(
        "all were analysed", "each was analysed"
    )
    found = merge(text, kept=OLDER)
    assert found.base == "kept"
    assert [(e.status, e.new) for e in found.edits] == [
        ("applied", "commonest"),
        ("applied", "each was"),
    ]
    new = TEMPLATE.replace("most common", "commonest").replace("all were an", "each was an")
    assert found.template == new


def test_a_sentence_that_both_have_changed_is_to_decide(merge):
    found = merge(changed("been poor", "been dim", OLDER), kept=OLDER)
    assert [e.status for e in found.edits] == ["applied"]  # of a word that stands there still
    found = merge(changed("has been", "was", OLDER), kept=OLDER)
    assert [(e.status, e.reason) for e in found.edits] == [
        ("to decide", "the template has changed here since the document was sent")
    ]


def test_what_the_template_says_already_is_told(merge):
    found = merge(changed("been poor", "long been poor", OLDER), kept=OLDER)
    assert [(e.status, e.reason) for e in found.edits] == [
        ("applied", "the template says so already")
    ]
    assert found.diff == ""


def test_a_row_of_a_table_is_never_gone_already(merge):
    row = "| Sex | {all.sex.male.n|18} |"
    found = merge(changed(row, "", OLDER), kept=OLDER)
    assert [(e.status, e.reason.partition(":")[0]) for e in found.edits] == [
        ("refused", "stands in Table 1, row 1, column 1"),
        ("refused", "stands in Table 1, row 1, column 2"),
    ]


def test_without_a_known_text_only_tracked_changes_are_applied(merge):
    text = changed("usually", "[-usually-Ann][+mostly+Ann]", OLDER)
    found = merge(changed("most common", "commonest", text), digest="")
    assert found.base == "unknown"
    assert [(e.status, e.new) for e in found.edits] == [
        ("applied", "mostly"), ("to decide", "commonest"), ("to decide", ""), ("to decide", "33"),
    ]  # fmt: skip
    assert found.template == TEMPLATE.replace("usually", "mostly")


# --- Nothing is lost ------------------------------------------------------------------------------


def test_each_difference_and_comment_is_on_the_page_once(merge):
    notes = comments(("Dee", "Which source?"), ("Ed", "Is <b>all</b> right?"))
    text = changed("most common", "most usual", SENT)
    text = changed("the first site", "[1:the first site:1]", text)
    text = changed("judged twice", "[2:judged twice:2]", text)
    text = changed("35 patients}", "37 patients}", text)
    text = changed("larger than others", "larger than most", text)
    found = merge(text, comments=notes)
    html = render_page(str(ROOT / "workflow/pages/merge.html.j2"), **describe_review(found, "2024"))
    assert counts_of(found) == "3 edits: 1 applied, 1 refused, 1 to decide; 2 comments."
    parts = ("<del>common</del>", "<ins>usual</ins>", "<del>35</del>", "<ins>37</ins>",
             "<del>others</del>", "<ins>most</ins>", "Which source?", "Is &lt;b&gt;all&lt;/b&gt;",
             "On “the first site”", "On “judged twice”", "Dee, 2026-01-03")  # fmt: skip
    assert [html.count(part) for part in parts] == [1] * len(parts)
    assert [c["line"] for c in found.comments] == [4, 22]
    assert [c["section"] for c in found.comments] == ["", "Results"]


# --- As LibreOffice saves it ----------------------------------------------------------------------

NOTE = comments(("Dee", "Which source?"))
TRACKED = """
Title: A cohort
Background. The liver is [1:often:1] the first site. Chemotherapy guides the decision.
Heading1: Introduction
The liver is the [-most common-Ann][+commonest+Ann] site of metastases [{#ref-ismaili2011|2}]. \
Response is [-usually-Ann][+mostly+Bob] judged by size, as in {#tbl-table1|Table 1}. \
[<Lesions are synchronous where they present together. <Bob]
After resection the outlook has long been poor. \
It asks whether the patients’ response was related to treatment, known in all. \
[>Lesions are synchronous where they present together.>Bob]
Heading1: Results
Of [-{cohort.n_patients|35 patients}-Cy][+36 patients+Cy], all were analysed at a level of \
{plan.alpha|0.05}. By number of cycles, it was judged twice. \
Here, the cohort is larger than [-others-Ann][+most+Ann]. The end of the paragraph is plain.
TableCaption: Table 1: Patients.
| Sex | {all.sex.male.n|1[-8-Bob][+9+Bob]} |
Bibliography: 2. Ismaili N. Treatment.
"""
OF_TRACKED = [
    ("changed", "applied", "most common", "commonest", ["Ann"]),
    ("changed", "applied", "usually", "mostly", ["Bob", "Ann"]),
    ("moved", "applied", *["Lesions are synchronous where they present together."] * 2, ["Bob"]),
    ("changed", "refused", "35", "36", ["Cy"]),
    ("changed", "to decide", "others", "most", ["Ann"]),
    ("changed", "refused", "18", "19", ["Bob"]),
]


def with_authors(found) -> list[tuple]:
    return [(*row, edit.authors) for row, edit in zip(told(found), found.edits, strict=True)]


def test_hand_written_marks_of_several_authors(merge):
    assert with_authors(merge(TRACKED, comments=NOTE)) == OF_TRACKED
    found = merge(changed("are synchronous", "[-are -Ann]synchronous"))
    assert with_authors(found) == [("changed", "applied", "are", "", ["Ann"])]


@pytest.mark.parametrize(
    ("name", "edits", "notes"),
    [
        ("tracked.docx", OF_TRACKED, ["Which source?"]),
        ("accepted.docx", [(*row[:4], ["not tracked"]) for row in OF_TRACKED], []),
    ],
)
def test_documents_saved_by_libreoffice(merge, name, edits, notes):
    """`TRACKED`, and the same with all changes accepted, as LibreOffice 7.4 has saved them."""
    found = merge(Path(__file__).parent / name)
    assert (with_authors(found), [c["text"] for c in found.comments]) == (edits, notes)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_there_and_back_through_libreoffice(merge, tmp_path):
    path = tmp_path / "sent_out.docx"
    path.write_bytes(docx(TRACKED, DIGEST, comments=NOTE))
    saved = save_by_libreoffice(path, tmp_path)
    found = merge(saved)
    assert with_authors(found) == OF_TRACKED
    before, after = (sentences_of(read_document(p), "rejected") for p in (path, saved))
    assert [s.text for s in before] == [s.text for s in after]
    here = merge(TRACKED, comments=NOTE)
    assert (found.diff, found.base, found.comments) == (here.diff, "now", here.comments)


@pytest.mark.parametrize("now", ["As it was read.\n", "Edited since.\n"])
def test_what_was_merged_takes_the_place_of_what_was_read_alone(tmp_path, now):
    shutil.copy(ROOT / "Makefile", tmp_path)
    files = {
        "manuscript/paper.qmd.j2": now,
        "results/x/merge/read.qmd.j2": "As it was read.\n",
        "results/x/merge/paper.qmd.j2": "Merged.\n",
        "results/x/logs/merge_review.log": "",
        "reviewed.docx": "",
    }
    write_files(tmp_path, files)
    asked = ("FROM=reviewed.docx", "COHORT=x", "APPLY=1", "SNAKEMAKE=true")
    command = ["make", "-o", ".venv/requirements.lock", "merge", *asked]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    same = now == "As it was read.\n"
    assert (done.returncode == 0, "no longer what was read" in done.stderr) == (same, not same)
    left = [(path.name, path.read_text()) for path in (tmp_path / "manuscript").iterdir()]
    assert left == [("paper.qmd.j2", "Merged.\n" if same else now)]
