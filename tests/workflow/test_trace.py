"""The panel of the HTML in a real browser, and the same account in a terminal."""

import csv
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from browsers import IN_BROWSER, opened_alone

COUNT = "responders.cycles_class.ge_6.n_of_percent"
P_VALUE = "test.cycles_class.p"


@pytest.fixture(scope="module")
def results(built):
    return built / "results/2024"


@pytest.fixture(scope="module")
def traced(results):
    return json.loads((results / "manuscript/trace.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def opened_once(browser, results, tmp_path_factory):
    with opened_alone(
        browser, results / "manuscript/paper.html", tmp_path_factory.mktemp("page")
    ) as run:
        yield run()


@pytest.fixture
def page(opened_once):
    """The page, for tests that leave it as it was but for an open panel."""
    yield opened_once
    opened_once.keyboard.press("Escape")
    assert opened_once.get_by_role("dialog").count() == 0


@pytest.fixture
def open_paper(browser, results, tmp_path):
    """Open the page, alone in a folder."""
    with opened_alone(browser, results / "manuscript/paper.html", tmp_path) as run:
        yield run


def number(page, key):
    return page.locator(f'.num[data-key="{key}"]').first


def unfold(page):
    """Open what is folded in the panel."""
    page.locator("dialog summary").click()


@contextmanager
def without_paper(page):
    """The page behind a panel is long to lay out anew with each one that opens: hide it."""
    style = page.add_style_tag(content="body > :not(dialog) { display: none; }")
    yield
    style.evaluate("style => style.remove()")


def focused_key(page):
    return page.evaluate("document.activeElement.dataset.key")


@IN_BROWSER
def test_a_click_opens_a_sentence_and_below_it_the_full_value_and_patients(page, results):
    panel = page.get_by_role("dialog")
    assert panel.count() == 0
    number(page, P_VALUE).click()
    assert "(Fisher's exact test): p = 0.043, below the level" in panel.locator("p").inner_text()
    assert not panel.locator("dt:text-is('Full value')").is_visible()
    unfold(page)
    with (results / "comparison/tests.csv").open(encoding="utf-8") as file:
        rows = {(row["variable"], row["test"]): row for row in csv.DictReader(file)}
    p = rows["cycles_class", "fisher_exact"]["p_value"]
    assert len(p) > 10
    assert panel.locator("dt:text-is('Full value') + dd").inner_text() == p
    assert "Fisher's exact test" in panel.locator("dt:text-is('Computed') + dd").inner_text()
    page.keyboard.press("Escape")

    number(page, COUNT).click()
    unfold(page)
    assert panel.get_by_role("heading").inner_text() == number(page, COUNT).inner_text()
    with (results / "cohort/patients.csv").open(encoding="utf-8") as file:
        many = {r["patient_id"] for r in csv.DictReader(file) if float(r["cycles"] or 0) >= 6}
    with (results / "response/response.csv").open(encoding="utf-8") as file:
        responders = {r["patient_id"] for r in csv.DictReader(file) if r["group"] == "responders"}
    heads = panel.locator("th[scope=rowgroup]").all_inner_texts()
    assert {head.split("\n")[0] for head in heads} == many & responders
    assert panel.locator("dt:text-is('Filter') + dd").inner_text() == (
        "cycles >= 6 and group == 'responders'"
    )


@IN_BROWSER
def test_the_panel_shows_the_cells_of_the_raw_file(page, results, built):
    number(page, "all.regimen_given.xelox.n_percent").click()
    unfold(page)
    with (built / "data/raw/cohort_2024.csv").open(encoding="utf-8", newline="") as file:
        raw = list(csv.reader(file))
    column = raw[0].index("regimen")
    shown = [
        (body.locator("th").inner_text(), body.locator("td").all_inner_texts())
        for body in page.locator("dialog table:has(th[scope=rowgroup]) tbody").all()
    ]
    assert shown
    for head, (name, as_received, clean) in shown:
        patient, row = re.fullmatch(r"(\S+)\nrow (\d+)", head).groups()
        received = raw[int(row) - 1]
        assert (patient, name, as_received) == (received[0], "regimen", received[column])
        assert clean.split("\n")[0] == "xelox"


@IN_BROWSER
def test_the_keyboard_alone_opens_and_closes_it_and_comes_back(open_paper):
    page = open_paper()
    panel = page.get_by_role("dialog")
    for key in ("Enter", " "):
        for _ in range(200):
            page.keyboard.press("Tab")
            if focused_key(page):
                break
        first = focused_key(page)
        assert first
        page.keyboard.press(key)
        assert panel.is_visible()
        assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
        # The page behind is out of reach: the focus goes round in the panel, or to the browser.
        for _ in range(12):
            page.keyboard.press("Tab")
            assert focused_key(page) is None
        page.keyboard.press("Escape")
        assert panel.count() == 0 and focused_key(page) == first
        page.keyboard.press(key)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Close"
        page.keyboard.press("Enter")
        assert panel.count() == 0 and focused_key(page) == first
        page.keyboard.press("Tab")  # to what can be clicked next: a number, or a sentence's sign
        assert page.evaluate("document.activeElement.matches('button, [role=button]')")
        assert focused_key(page) != first


@IN_BROWSER
def test_a_click_beside_the_panel_closes_it(page):
    number(page, COUNT).click()
    page.get_by_role("dialog").get_by_role("heading").click()
    assert page.get_by_role("dialog").is_visible()
    page.mouse.click(100, 400)
    assert page.get_by_role("dialog").count() == 0 and focused_key(page) == COUNT


@IN_BROWSER
def test_every_number_has_its_account_and_nothing_else_has(page, traced):
    spans = page.evaluate(
        "[...document.querySelectorAll('.num')]"
        ".map(n => [n.dataset.key, n.textContent, n.role, n.tabIndex])"
    )
    assert len(spans) > 400
    of_kind = {True: set(), False: set()}
    for key, _, role, tab in spans:
        of_kind[key in traced["accounts"]].add((role, tab))
    assert of_kind[True] == {("button", 0)} and of_kind[False] <= {(None, -1)}
    # what is no number is a word of the plan or of the print: no test, and nothing counted
    words = {text for key, text, *_ in spans if key not in traced["accounts"]}
    assert "XELOX" in words and not [text for text in words if re.search(r"\d", text)]
    assert {*traced["accounts"]} <= {key for key, *_ in spans}


@IN_BROWSER
def test_every_panel_opens(page, traced):
    with without_paper(page):
        entries = page.evaluate(
            """keys => keys.map(key => {
                document.querySelector(`.num[data-key="${key}"]`).click();
                const panel = document.querySelector("dialog[open]");
                const entries = panel.querySelectorAll("dd").length;
                panel.close();
                return [key, entries];
            })""",
            [*traced["accounts"]],
        )
    assert len(entries) > 400 and [key for key, n in entries if n < 7] == []


@IN_BROWSER
def test_a_quoted_number_leads_to_its_reference(page, traced):
    key = next(key for key in traced["accounts"] if key.startswith("lit."))
    number(page, key).click()
    link = page.get_by_role("dialog").get_by_role("link")
    target = f"#ref-{key.split('.')[1]}"
    assert link.get_attribute("href") == target
    link.click()
    assert page.get_by_role("dialog").count() == 0
    assert page.locator(target).is_visible()


@IN_BROWSER
def test_the_panel_fits_a_narrow_screen_and_large_text(open_paper):
    page = open_paper()
    with without_paper(page):
        for width, text in [(360, "100%"), (360, "200%"), (640, "200%")]:
            page.set_viewport_size({"width": width, "height": 640})
            page.add_style_tag(content=f"html {{ font-size: {text} !important; }}")
            for key in (COUNT, P_VALUE, "test.age_years.p_value", "agreement.recist_1_1.kappa"):
                number(page, key).evaluate("n => n.click()")
                panel = page.locator("dialog")
                assert panel.evaluate("p => p.scrollWidth <= p.clientWidth"), (key, width, text)
                for part in (panel, page.get_by_role("button", name="Close")):
                    box = part.bounding_box()
                    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0
                page.keyboard.press("Escape")


@IN_BROWSER
@pytest.mark.parametrize("by", ["sentence", "sign"])
def test_a_sentence_says_why_it_stands_and_what_would_stand_otherwise(page, traced, by):
    sentence = page.locator('.claim[data-claim^="duration_and_response."]')
    if by == "sentence":
        sentence.evaluate("n => n.click()")
    else:
        page.locator(".claim[data-claim^='duration_and_response.'] + button").press("Enter")
    panel = page.get_by_role("dialog")
    assert panel.locator("p").first.inner_text() == sentence.inner_text()
    others = panel.locator(".trace-other")
    assert others.count() == len(traced["claims"]["duration_and_response"]) - 1
    assert "tests with p < 0.05” (1) is at least" in others.first.inner_text()
    assert others.first.locator(".fails").inner_text().endswith("(not so)")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.ariaLabel?.startsWith('Why')", timeout=5000)


@IN_BROWSER
def test_every_claim_opens(page, traced):
    with without_paper(page):
        opened = page.evaluate(
            """[...document.querySelectorAll(".trace-why[aria-label]")].map(sign => {
                sign.click();
                const panel = document.querySelector("dialog[open]");
                const count = what => panel.querySelectorAll(what).length;
                const found = [count("li"), count("h3 + ul .fails")];
                panel.close();
                return found;
            })"""
        )
    # The second are conditions of the sentence that stands.
    assert len(opened) > 15 and all(n and not failing for n, failing in opened)
    shown = page.evaluate("[...document.querySelectorAll('.claim')].map(n => n.dataset.claim)")
    assert len(shown) > 15 and {name.split(".")[0] for name in shown} <= {*traced["claims"]}


@IN_BROWSER
@pytest.mark.parametrize("path", ["manuscript/paper", "cohort/cleaning", "privacy/privacy"])
def test_a_page_fits_a_phone_and_is_dark_where_that_is_asked(browser, results, tmp_path, path):
    with opened_alone(browser, results / f"{path}.html", tmp_path) as run:
        page = run(viewport={"width": 390, "height": 844}, color_scheme="dark")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        paper, ink = page.evaluate(
            "(s => [s.backgroundColor, s.color])(getComputedStyle(document.documentElement))"
        )
        assert (
            max(map(int, re.findall(r"\d+", paper)))
            < 64
            < 192
            < min(map(int, re.findall(r"\d+", ink)))
        )
        page.set_viewport_size({"width": 643, "height": 844})  # A4 less its margins
        page.emulate_media(media="print")
        wide = "e.scrollWidth > 643 || getComputedStyle(e).overflowX == 'auto'"
        cut = f"all => all.filter(e => {wide}).length"
        assert page.eval_on_selector_all(".table, .wide, table, pre", cut) == 0


@IN_BROWSER
def test_print_shows_the_paper_alone(page):
    number(page, COUNT).click()
    seen = {}
    for media in ("screen", "print", "screen"):
        page.emulate_media(media=media)
        seen[media] = page.eval_on_selector_all(
            "dialog, .trace-hint, .trace-why",
            "all => [...new Set(all.filter(e => e.checkVisibility()).map(e => e.className))]",
        )
    assert {*seen["screen"]} == {"trace", "trace-hint", "trace-why"} and seen["print"] == []


@IN_BROWSER
def test_without_scripts_the_paper_reads_as_text(open_paper):
    page = open_paper(java_script_enabled=False)
    assert number(page, COUNT).get_attribute("role") is None
    assert page.locator("dialog, .trace-hint, .trace-why").count() == 0
    assert "cycles >= 6" not in page.locator("body").inner_text()


def test_the_json_is_small(results):
    assert (results / "manuscript/trace.json").stat().st_size < 600_000


def run_trace(folder, key, then=""):
    """Run what `make trace` runs, and what the shell does with it."""
    command = f'"$0" -m crlm.manuscript.trace results/2024 "$1"{then}'
    return subprocess.run(
        ["bash", "-c", command, sys.executable, key], cwd=folder,
        env=os.environ | {"PYTHONPATH": "workflow/scripts", "PYTHONUTF8": "1"},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_terminal_prints_the_same_account(built, traced):
    printed = run_trace(built, P_VALUE)
    assert printed.returncode == 0, printed.stderr
    lines = " ".join(printed.stdout.split())
    account = traced["accounts"][P_VALUE]
    for name, label in traced["labels"]:
        assert name not in account or f"{label} {account[name]}" in lines
    assert all(patient in lines for patient in account["patients"])


def test_the_terminal_names_the_nearest_keys(built):
    refused = run_trace(built, "test.cycle_class.p")
    assert refused.returncode == 2
    assert "test.cycles_class.p" in refused.stderr and "Traceback" not in refused.stderr


def test_the_terminal_may_be_read_in_part(built):
    assert not run_trace(built, P_VALUE, " | true").stderr
