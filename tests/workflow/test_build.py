"""A build from nothing: the documents, their numbers, and the same bytes each time."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from repository import ROOT, copy_sources, fingerprint, jobs_in, told_of

from crlm.manuscript.markdown import printed

WHOLE = {
    "clean_cohort": 1,
    "classify_response": 1,
    "describe_cohort": 1,
    "compare_groups": 1,
    "compare_specifications": 1,
    "collect_specifications": 1,
    "plot_figures": 1,
    "collect_numbers": 1,
    "fill_manuscript": 1,
    "render_manuscript": 3,
    "describe_cleaning": 1,
    "measure_privacy": 1,
}
NUMBER = re.compile(r'\{\.num key="([^"]+)"\}')


@pytest.fixture(scope="module")
def manuscript(built):
    return built / "results/2024/manuscript"


def test_a_fresh_copy_runs_each_step_once(built):
    assert jobs_in(told_of(built)) == WHOLE


def arrows_in(jobs: dict) -> set[tuple[str, str]]:
    """Return which rule's files which other reads, without what others imply."""
    arrows = {
        (a[0], b[0])
        for a, (_, made) in jobs.items()
        for b, (read, _) in jobs.items()
        if made & read
    }
    after = {a: {y for x, y in arrows if x == a} for pair in arrows for a in pair}

    def follow(name: str) -> set[str]:
        return after[name].union(*map(follow, after[name]))

    return {(a, b) for a, b in arrows if not any(b in follow(c) for c in after[a])}


def test_the_picture_of_the_steps_is_that_of_the_rules(jobs):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", readme, re.DOTALL)
    assert {*re.findall(r"(\w+) --> (\w+)", picture)} == arrows_in(jobs)
    assert {rule for rule, _ in jobs} == set(WHOLE)


def test_arrows_are_read_without_those_that_others_imply():
    jobs = {"a": ({"x"}, {"1"}), "b": ({"1"}, {"2"}), "c": ({"1", "2"}, {"3"})}
    assert arrows_in({(rule, ""): files for rule, files in jobs.items()}) == {
        ("a", "b"),
        ("b", "c"),
    }


def test_the_pdf_has_the_pages_of_a_paper(manuscript):
    content = (manuscript / "paper.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 5


def test_the_docx_has_native_tables_and_images(manuscript):
    with zipfile.ZipFile(manuscript / "paper.docx") as archive:
        document = archive.read("word/document.xml").decode("utf-8")
        images = [name for name in archive.namelist() if name.startswith("word/media/")]
    assert document.count("<w:tbl>") >= 4  # Tables 1-4
    assert len(images) >= 8  # Figures 1-6, flow diagram, waterfall


def test_the_html_loads_nothing_from_elsewhere(manuscript):
    html = (manuscript / "paper.html").read_text(encoding="utf-8")
    tags = re.findall(r"<(?:link|script|img|iframe|source|object|embed)\b[^>]*>", html)
    loaded = [u for tag in tags for u in re.findall(r'(?:src|href|data)="([^"]*)"', tag)]
    assert [url for url in loaded if not url.startswith(("data:", "#"))] == []
    assert re.findall(r"@import|url\(\s*[\"']?(?:https?:)?//", html) == []


def test_every_number_of_the_text_stands_in_the_registry_as_printed(built, manuscript):
    qmd = (manuscript / "paper.qmd").read_text(encoding="utf-8")
    registry = json.loads((built / "results/2024/numbers/numbers.json").read_text("utf-8"))
    numbers = list(NUMBER.finditer(qmd))
    assert len(numbers) > 300
    for number in numbers:
        key = number[1]
        text = qmd[: number.start()]
        assert text.endswith(f"[{printed(registry[key])}]"), key


@pytest.mark.long
def test_elsewhere_in_another_setting_the_same_bytes_are_made(built, tmp_path):
    """In a folder whose name the shell, Make and Snakemake would like to read as something else."""
    there = copy_sources(tmp_path / 'it\'s [a] "second" test $HOME #1 50%' / "Übung")
    setting = {"TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "snakemake", "--cores=1"]
    subprocess.run(command, cwd=there, env=os.environ | setting, check=True)
    assert len(fingerprint(built)) > 40
    assert fingerprint(built) == fingerprint(there)
