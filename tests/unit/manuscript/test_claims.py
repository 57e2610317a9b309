"""Claims: the variant whose condition holds is printed; where none holds, the build stops."""

import jinja2
import pytest

from crlm.base.problems import InputError
from crlm.manuscript.claims import Outcome, parse, tell_condition, texts_in
from crlm.manuscript.markdown import without_claims
from crlm.manuscript.template import Node
from crlm.manuscript.trace import as_read

TEMPLATE = """\
Before.
<% claim size %>
<% when a.share > b.share and p < 0.05 %>
Larger is more.
<% when a.share <= b.share %>
Larger is not more (<< a.share >>).
<% endclaim %>
After.
"""


def filled(template: str, **values) -> tuple[str, list[Outcome]]:
    root = Node()
    for key, value in values.items():
        root.add(key.split("__"), {"value": value, "display": str(value)})
    tree, claims = parse(template)
    return claims.environment.from_string(tree).render(root._children), claims.outcomes


def fill(template: str, **values) -> str:
    return without_claims(filled(template, **values)[0])


@pytest.mark.parametrize(
    ("a", "b", "p", "text"),
    [
        (60, 40, 0.01, "Larger is more.\n"),
        (40, 60, 0.01, 'Larger is not more ([40]{.num key="a.share"}).\n'),
        (50, 50, 0.01, 'Larger is not more ([50]{.num key="a.share"}).\n'),
        (40, 60, 0.90, 'Larger is not more ([40]{.num key="a.share"}).\n'),
    ],
)
def test_the_variant_that_holds_is_printed(a, b, p, text):
    assert fill(TEMPLATE, a__share=a, b__share=b, p=p) == f"Before.\n{text}After.\n"


@pytest.mark.parametrize(("a", "b", "p"), [(60, 40, 0.05), (60, 40, None), (None, 40, 0.01)])
def test_where_no_variant_holds_the_build_stops(a, b, p):
    """A comparison with a number that has no value does not hold, in either direction."""
    with pytest.raises(InputError) as stopped:
        fill(TEMPLATE, a__share=a, b__share=b, p=p)
    message = str(stopped.value)
    assert "claim size: none of its variants holds (lines 3, 5)" in message
    assert f"a.share = {a}; b.share = {b}; p = {p}" in message


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "<% claim x %>\ntext\n<% when p < 1 %>\na\n<% endclaim %>",
            "text before its first `when`",
        ),
        ("<% claim x %>\n<% endclaim %>", "has no `when`"),
        ("<% claim x %>\n<% when p < 1 %>\na\n", "claim"),
    ],
)
def test_a_claim_that_is_not_whole_is_refused(template, message):
    with pytest.raises(InputError, match=message):
        fill(template, p=0.5)


def test_a_claim_within_another_sees_its_own_values():
    inner = "<% claim inner %><% when q < 1 %>in<% endclaim %>"
    assert fill(f"<% claim outer %><% when p < 1 %>{inner}<% endclaim %>", p=0, q=0) == "in"
    with pytest.raises(InputError, match=r"claim inner.*q = 2"):
        fill(f"<% claim outer %><% when p < 1 %>{inner}<% endclaim %>", p=0, q=2)


def test_an_unknown_key_in_a_condition_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        fill("<% claim x %><% when q < 1 %>a<% endclaim %>", p=0)


def test_the_variant_printed_is_kept():
    """Lines are the template's; the text is what a reader sees."""
    _, (outcome,) = filled(TEMPLATE, a__share=40, b__share=60, p=0.9)
    claim = outcome.claim
    assert (claim.name, claim.start, claim.keys) == ("size", 2, ["a.share", "b.share", "p"])
    assert (outcome.variant, claim.variants[1]) == (2, (5, "a.share <= b.share"))
    assert outcome.text == 'Larger is not more ([40]{.num key="a.share"}).\n'


def test_a_claim_is_found_where_it_stands():
    """Its conditions as they are written, over lines and beside trimmed blanks too."""
    source = "\n  <%- claim c -%>\n<% when a.b > 1\n  and c %>x<%when d %>%><%- endclaim -%>\n"
    _, claims = parse(source)
    ((name, start, end, variants, keys, _),) = claims.found
    assert (name, start, keys) == ("c", 2, ["a.b", "c", "d"])
    assert variants == [(3, "a.b > 1\n  and c"), (4, "d")]
    assert source[start.at : end] == source[source.index("claim c") : source.index("endclaim")]


def test_the_variant_printed_is_marked_by_paragraph():
    template = "<% claim c %><% when p < 1 %>\nOne.\nTwo.\n\n- a list\n\nThree.\n<% endclaim %>"
    mark = '<span class="claim" data-claim="c.1">'
    assert filled(template, p=0)[0] == (
        f"{mark}One.\nTwo.</span>\n\n- a list\n\n{mark}Three.</span>\n"
    )


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("a.n > 0 and p < 1", [("“patients” (3) is above 0", True), ("p is below 1", None)]),
        ("not a.n > 2", [("“patients” (3) is not above 2", False)]),
        ("not (a.n < 1 or a.n >= a.of)",
         [("“patients” (3) is not below 1 and “patients” (3) is not at least “all” (4)", True)]),
        ("a.n.value != 3 or b.n < 1",
         [("“patients” (3) is other than 3 or “nobody” (–) is below 1", False)]),
        ("a.ends[1] <= 9", [("“ends” (2 to 9) is at most 9", True)]),
        ("tested(test.a)", [("a test was possible of “dose”", False)]),
        ("meta.x", [("what else the template asks", None)]),
        ("not names_below(all)",
         [("it is not so that one of these factors has a p-value below the level", None)]),
        ("b.n < 1", [("“nobody” (–) is below 1", False)]),  # a comparison with nothing never holds
    ],
)  # fmt: skip
def test_a_condition_is_told_in_words_with_whether_it_holds(condition, told):
    rows = [("a.n", 3, "3", "patients"), ("a.of", 4, "4", "all"), ("b.n", None, "–", "nobody"),
            ("a.ends", [2, 9], "2 to 9", "ends"), ("test.a.p", None, "–", "dose: p")]  # fmt: skip
    numbers = {k: {"value": v, "display": d, "meaning": m} for k, v, d, m in rows}
    _, claims = parse(f"<% claim c %><% when {condition} %>x<% endclaim %>")
    ((node, text),) = claims.found[0].parts
    assert text == "x"
    assert tell_condition(node, numbers) == told


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ('a << "seventh" >> b', ["a ", "seventh", " b"]),
        ('<# c #>\n<%- set x = ["t" ~ y, 7, true] -%>\n z', ["t", "7", "z"]),
        ('<< f("u", n="v")|default("w") >>', ["¤", "u", "v", "w"]),
        ('<< "p" if q == "r" else "s" >>', ["p", "s"]),
        ('<% if x in ["a"] and y[2] > 1 %>t<% endif %>', ["t"]),
        ('<< named("size_1") >><< each(x, "{n}", without=["no"]) >>', ["¤", "{n}"]),
        ("<< label.a.b >><< all.a.n >><< lit.a.n >>", ["§", "¤"]),
        ("<% claim c %><% when a > 1 %>t<< 2 >><% endclaim %>", ["t", "2"]),
    ],
)
def test_what_a_template_may_print_of_its_own(template, texts):
    tree, _ = parse(template)
    found = sorted(texts_in(tree))
    assert [text for _, text in found] == texts
    assert all(template.startswith(text, at) for at, text in found if text not in "§¤")


@pytest.mark.parametrize(
    ("begins", "ends"), [("%>", "<%"), ("-%>\n  ", "\n<%-"), ("+%>\n", "<%+"), ("%>", "<% ")]
)
def test_the_text_of_a_variant_has_nothing_of_the_tags_around_it(begins, ends):
    _, claims = parse(
        f"<% claim c %><% when a > 1 {begins}> 1, <% if b %>x<% endif %>{ends}endclaim %>"
    )
    assert claims.found[0].parts[0][1] == "> 1, <% if b %>x<% endif %>"


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("Of << cohort.n >>.", "Of 25."),
        ("A <% if x %>b<% if y %>c<% endif %><% else %>d<% endif %>, e [@key].", "A d, e."),
        ("<% if x %>So far, no<% else -%> No<% endif %> difference.", "No difference."),
        (
            "@fig-a has << f >> (<< g >>) as @tbl-a<% if x %> b<% endif %>, c.",
            "The figure has … as the table …, c.",
        ),
        ("Of [2024]{.typed} (@fig-a; @tbl-a).", "Of 2024."),
    ],
)
def test_another_variant_is_told_as_it_would_read(source, read):
    """Of its branches, that of `else` stands for all; what may be missing is not told."""
    assert as_read(source, {"cohort.n": {"display": "25"}}) == read
