"""What comes out of a whole build is verified, and sent to a journal."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from repository import build

from crlm.wings.reproduction import rebuild


def test_a_build_is_held_against_its_record(built, copy, monkeypatch, capsys):
    """A new build would take minutes: it gives what was built before, then with a cell changed."""
    monkeypatch.chdir(copy)
    given = shutil.copytree(built / "results/2024", copy.parent / "given")

    def build_again(folder, cohort, cores):
        shutil.copytree(given, Path(folder) / "results" / cohort)
        return 0

    monkeypatch.setattr(rebuild, "build", build_again)
    assert rebuild.main("record", "2024") == 0
    assert "CRLM-01" not in rebuild.record_of("2024").read_text("utf-8")
    assert rebuild.main("verify", "2024") == 0
    assert "Identical. Files: " in capsys.readouterr().out
    table = given / "tables/table1.csv"
    table.write_text(
        table.read_text("utf-8").replace("sex,male,all,13", "sex,male,all,14"), "utf-8"
    )
    assert rebuild.main("verify", "2024") == 1
    assert re.search(r"Different\. Files: \d+ identical, 1 different\.", capsys.readouterr().out)
    page = (copy / "results/2024/verify/verify.html").read_text("utf-8")
    assert "tables/table1.csv" in page and "sex, male, all, 13" in page


@pytest.mark.long
def test_the_paper_is_sent_to_a_journal(copy):
    build(copy, "--", "results/2024/submission/generic/submission.html")
    folder = copy / "results/2024/submission/generic"
    qmd = (copy / "results/2024/manuscript/paper.qmd").read_text("utf-8")
    drawn = len(re.findall(r"\{#fig-", qmd))
    assert len([*(folder / "figures").iterdir()]) == drawn
    assert len([*(folder / "latex/figures").iterdir()]) == drawn
    cited = {*re.findall(r"@([a-z]+\d{4}[a-z]?)\b", qmd)}
    page = (folder / "submission.html").read_text("utf-8")
    told = re.search(r">References</th><td[^>]*>(\d+)<", page)
    assert told and int(told[1]) == len(cited)
    tables = zipfile.ZipFile(folder / "tables.docx").read("word/document.xml").decode()
    assert tables.count("<w:tbl>") == len(re.findall(r"\{#tbl-table\d", qmd))
