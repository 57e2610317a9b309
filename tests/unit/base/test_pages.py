"""Reports in HTML: one look, values escaped, a missing value is an error."""

import shutil

import jinja2
import pytest
from project import ROOT

from crlm.base.pages import render_page

PARTS = ("workflow/pages/layout.html.j2", "manuscript/theme/paper.css")
PAGE = """{% extends "layout.html.j2" %}
{% block title %}Cohort {{ name }}{% endblock %}
{% block lead %}All is well.{% endblock %}
{% block content %}<p>{{ found }}</p>{% endblock %}
"""


@pytest.fixture
def page(tmp_path):
    for part in PARTS:
        shutil.copy(ROOT / part, tmp_path)
    (tmp_path / "page.html.j2").write_text(PAGE, encoding="utf-8")
    return str(tmp_path / "page.html.j2")


def test_a_page_has_title_lead_and_content(page):
    html = render_page(page, name="2025", found="27 cells")
    assert "<title>Cohort 2025</title>" in html
    assert "<h1>Cohort 2025</h1>" in html
    assert '<p class="lead">All is well.</p>' in html
    assert "<p>27 cells</p>" in html


def test_what_comes_from_the_data_is_escaped(page):
    assert "&lt;b&gt;&amp;" in render_page(page, name="2025", found="<b>&")


def test_a_missing_value_is_an_error(page):
    with pytest.raises(jinja2.UndefinedError, match="found"):
        render_page(page, name="2025")


def test_the_layout_loads_nothing_from_outside():
    assert not any("http" in (ROOT / part).read_text(encoding="utf-8") for part in PARTS)


@pytest.mark.parametrize(
    ("n", "of", "printed"),
    [(1, 80, "1.3%"), (2499, 2500, "&gt; 99.9%"), (0, 9, "0.0%"), (1, 16, "6.3%")],
)
def test_percentages_of_a_page_print_as_in_the_paper(tmp_path, n, of, printed):
    (tmp_path / "share.j2").write_text("{{ (100 * n / of) | percent(1) }}", encoding="utf-8")
    assert render_page(str(tmp_path / "share.j2"), n=n, of=of) == printed
