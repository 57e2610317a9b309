"""The audit as a target, and its page in a real browser."""

import csv
import io

import pytest
from browsers import IN_BROWSER, opened_alone
from pypdf import PdfReader
from repository import build, fingerprint, jobs_in, told_of

# By hand, from the printed tables: (14 x 7.8 + 8 x 3.2) / 22 = 6.13, and (7.8 + 3.2) / 2 = 5.5.
MISPRINT, REASON = "t1_duration_months_mean", "5.5 is (7.8 + 3.2) / 2"


def test_the_audit_needs_neither_the_ensemble_nor_the_paper(audited):
    assert jobs_in(told_of(audited)) == {
        "audit_paper": 1,
        "audit_consistency": 1,
        "audit_methods": 1,
        "render_audit": 1,
        "audit": 1,
    }


def test_a_second_build_is_byte_identical(audited):
    first = fingerprint(audited)
    build(audited, "audit", "--forcerun", "render_audit")
    second = fingerprint(audited)
    assert "2024/audit/audit.html" in second
    assert first == second


@pytest.fixture(scope="module")
def page(browser, audited, tmp_path_factory):
    """The page, for tests that leave it as it was."""
    html = audited / "results/2024/audit/audit.html"
    with opened_alone(browser, html, tmp_path_factory.mktemp("page")) as run:
        yield run()


@pytest.fixture
def open_page(browser, audited, tmp_path):
    """Open the page, alone in a folder."""
    with opened_alone(browser, audited / "results/2024/audit/audit.html", tmp_path) as run:
        yield run


def button(page, name):
    return page.locator(f'button.n[popovertarget="why-{name}"]')


@IN_BROWSER
@pytest.mark.parametrize("scripts", [True, False])
def test_a_click_explains_a_number_with_or_without_scripts(open_page, scripts):
    page = open_page(java_script_enabled=scripts)
    why = page.locator(f"#why-{MISPRINT}")
    assert not why.is_visible()
    button(page, MISPRINT).click()
    why.wait_for(state="visible")
    assert REASON in why.inner_text()
    why.get_by_role("button", name="Close").click()
    why.wait_for(state="hidden")


@IN_BROWSER
def test_on_a_phone_no_percentage_lies_beyond_the_edge(open_page):
    table = open_page(viewport={"width": 390, "height": 800}).locator("table.printed").first
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")


@IN_BROWSER
def test_the_keyboard_opens_reads_and_returns(page):
    button(page, MISPRINT).focus()
    page.keyboard.press("Enter")
    focus = page.locator(":focus")
    assert focus.get_attribute("id") == f"why-{MISPRINT}"
    assert focus.get_attribute("role") == "dialog"
    # one explanation at a time: the next closes the first
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Close"
    page.keyboard.press("Escape")
    assert not page.locator(f"#why-{MISPRINT}").is_visible()
    assert page.locator(":focus").get_attribute("popovertarget") == f"why-{MISPRINT}"


@IN_BROWSER
def test_a_screen_reader_hears_number_and_verdict(page):
    name = "5.5 (misprint with a plausible intended value)"
    assert page.get_by_role("button", name=name, exact=True).count() == 3  # table, abstract, text
    figure = page.get_by_role("img", name="Verdicts at a glance")
    assert "Table 2: 26 numbers: 20 reproduced" in figure.locator("desc").text_content()


@IN_BROWSER
def test_it_prints_on_one_sheet_and_by_a_link_as_a_whole(page, audited):
    """The sheet has what matters to a conclusion, the whole every explanation."""
    page.emulate_media(media="print")
    sheet = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(sheet.pages) == 1
    # “longer duration … better”: t tests by hand in tests/unit/statistics
    assert "no impact on disease recurrence" in sheet.pages[0].extract_text()
    assert "−28 to 37 percentage points" in " ".join(sheet.pages[0].extract_text().split())
    page.emulate_media(media="screen")
    page.get_by_role("link", name="the whole").click()
    page.emulate_media(media="print")
    assert len(PdfReader(io.BytesIO(page.pdf())).pages) > 10
    with (audited / "results/2024/audit/audit.csv").open(encoding="utf-8") as file:
        names = [row["id"] for row in csv.DictReader(file)]
    seen = page.eval_on_selector_all(
        ".why", "found => found.filter(e => e.checkVisibility() && e.offsetHeight).map(e => e.id)"
    )
    page.emulate_media(media="screen")
    assert sorted(seen) == sorted(f"why-{name}" for name in names)
    assert len(seen) == len(names) > 400


@IN_BROWSER
def test_no_page_is_wider_than_its_screen(page):
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
