"""A build from nothing: the documents, their numbers, and the same bytes each time."""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
from repository import ROOT, build, copy_sources, fingerprint, planned, snakemake

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
def sources(tmp_path_factory):
    return copy_sources(tmp_path_factory.mktemp("sources") / "repository")


@pytest.fixture(scope="module")
def manuscript(built):
    return built / "results/2024/manuscript"


def test_a_dry_run_on_a_fresh_copy_plans_each_step_once(sources):
    assert planned(sources) == WHOLE


def test_snakemake_finds_nothing_to_lint(sources):
    linted = snakemake(sources, "--lint")
    assert linted.returncode == 0, linted.output


def test_every_rule_is_listed_with_its_docstring(sources):
    listed = snakemake(sources, "--list").output
    rules = [
        rule
        for file in ROOT.glob("workflow/rules/*.smk")
        for rule in re.findall(r"^rule (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert set(WHOLE) <= set(rules)
    for rule in rules:
        assert re.search(rf"^{rule} \(.+\)$", listed, re.MULTILINE), rule


def arrows_in(picture: str) -> set[tuple[str, str]]:
    """Return the arrows of a Mermaid picture, by names, without those that others imply."""
    names = dict(re.findall(r"^\s*(\w+)\[(\w+)\]$", picture, re.MULTILINE))
    arrows = [
        (names.get(a, a), names.get(b, b)) for a, b in re.findall(r"(\w+) --> (\w+)", picture)
    ]
    after = {a: {y for x, y in arrows if x == a} for pair in arrows for a in pair}

    def follow(name: str) -> set[str]:
        return after[name].union(*map(follow, after[name]))

    return {(a, b) for a, b in arrows if b != "all" and not any(b in follow(c) for c in after[a])}


def test_the_picture_of_the_steps_is_that_of_the_rules(sources):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"```mermaid\n(.*?)```", readme, re.DOTALL)
    graph = snakemake(sources, "--rulegraph", "mermaid-js").output
    assert set(re.findall(r"(\w+) --> (\w+)", picture)) == arrows_in(graph)
    assert {name for arrow in arrows_in(graph) for name in arrow} == set(WHOLE)


def test_a_picture_is_read_without_the_arrows_that_others_imply():
    graph = "\tid0[all]\n\tid1[a]\n\tid2[b]\n\tid3[c]\n"
    graph += "id1 --> id2\nid2 --> id3\nid1 --> id3\nid3 --> id0\nid1 --> id0\n"
    assert arrows_in(graph) == {("a", "b"), ("b", "c")}


def test_a_second_run_does_nothing(copy):
    assert "Nothing to be done" in build(copy)


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
