"""`make watch`: a page at each save, what is wrong above the last good one, served to no other."""

import http.client
import io
import json
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from project import ROOT, edit

from crlm.base.problems import InputError
from crlm.manuscript.trace import Study
from crlm.wings.watch import watching
from crlm.wings.watch.preview import read_config, write_page
from crlm.wings.watch.serving import serve
from crlm.wings.watch.watching import Watch, changed, stamps

TEMPLATE, CONFIG = "manuscript/paper.qmd.j2", "config/cohorts/2024.yaml"
TEXT = """\
---
title: "<< meta.title >>"
bibliography: references.bib
csl: vancouver.csl
---

# Introduction

The liver is often the first site of metastases [@ismaili2011].

# Methods

We read the records of << cohort.n >> patients.
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Folder of a copy of the config and the manuscript, with a short text, where the test is."""
    for part in ("config", "workflow/schemas", "workflow/pages", "manuscript"):
        shutil.copytree(ROOT / part, tmp_path / part)
    monkeypatch.chdir(tmp_path)
    Path(TEMPLATE).write_text(TEXT, encoding="utf-8")
    Path("page").mkdir()
    return tmp_path


@pytest.fixture(scope="session")
def written(make_patients, run_stages) -> Study:
    """What the stages wrote of two made-up patients with one response: nothing is compared."""
    made = run_stages(make_patients(n=2, lesions_pre=1, lesions_post=2))
    cells = pd.DataFrame(columns=["patient_id", "file", "row", "column", "variable", "raw"])
    return Study(made.numbers, made.accounts, made.frame, cells, "")


def test_a_save_gives_a_page_and_a_source_with_values_in_place_of_keys(project, written):
    write_page("2024", read_config("2024"), written, Path("page"))
    edit(TEMPLATE, "We read", "The surgeons read")
    edit(CONFIG, "\ntitle: ", "\ntitle: Another ")
    edit("manuscript/references.bib", "{{Treatment", "{{Renamed treatment")
    write_page("2024", read_config("2024"), written, Path("page"))
    page = Path("page/paper.html").read_text(encoding="utf-8")
    for part in ("The surgeons read", "Another Radiological", "Renamed", 'data-key="cohort.n'):
        assert part in page
    source = Path("page/preview.qmd").read_text(encoding="utf-8")
    assert "The surgeons read the records of 2 patients." in source
    assert not {*Path("page").iterdir()} & {Path("page/next-paper.html")}


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (TEMPLATE, "We read", "In 25 we read", [f"{TEMPLATE}, row 13: found '25'"]),
        (
            TEMPLATE, "We read", "<< cohort.m >> [@nobody] 7 were",
            [f"{TEMPLATE}, line 13: no such key: cohort.m", f"{TEMPLATE}, row 13: found '7'"],
        ),
        (TEMPLATE, "@ismaili2011", "@nobody", [f"{TEMPLATE}, line 9: found @nobody"]),
        (TEMPLATE, "We read", "Ye (<< >>)", [f"{TEMPLATE}, line 13"]),
        (TEMPLATE, "cohort.n ", "cohort.n | nofilter ", [f"{TEMPLATE}, line 13: No filter named"]),
        (TEMPLATE, TEXT, "", [f"{TEMPLATE}: found nothing in it"]),
        (TEMPLATE, " patients.", " patients ( ).", ["page/preview.qmd, row 13", "no blank"]),
        ("manuscript/references.bib", "{ismaili2011,", "{ismaili2011", ["references.bib, line"]),
        (TEMPLATE, "We read", "<b>We</b> read", ["page/preview.qmd, row 13: found '<b>'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_line_and_the_page_stays(
    project, written, file, old, new, told
):
    write_page("2024", read_config("2024"), written, Path("page"))
    before = Path("page/paper.html").read_bytes()
    edit(file, old, new)
    with pytest.raises(InputError) as error:
        write_page("2024", read_config("2024"), written, Path("page"))
    for part in told:
        assert part in str(error.value)
    assert Path("page/paper.html").read_bytes() == before
    assert not Path("page/next-paper.html").exists()


def ask(address: str, path: str, method: str = "GET", host: str = "") -> tuple[int, str]:
    """Return status and text of what the server of `address` answers."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")


def test_only_the_folder_is_served_and_only_to_who_knows_the_address(tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    (tmp_path / "patients.csv").write_text("secret", encoding="utf-8")
    (folder / "out").symlink_to(tmp_path / "patients.csv")
    (folder / "paper.html").write_text("<p>The paper</p>", encoding="utf-8")
    (folder / "paper.css").write_text("p {}", encoding="utf-8")
    server, address = serve(folder, "paper.html")
    at = urlsplit(address).path
    assert server.server_address[0] == "127.0.0.1"
    assert ask(address, at) == (200, "<p>The paper</p>")
    assert ask(address, f"{at}paper.css") == (200, "p {}")
    port = server.server_address[1]
    for path, method, host, refused in (
        (at, "GET", f"evil.example:{port}", 404),
        (at, "GET", "evil.example", 404),
        (at, "HEAD", "evil.example", 404),
        ("/", "GET", "", 404),
        ("/paper.html", "GET", "", 404),
        (f"{at}../patients.csv", "GET", "", 404),
        (f"{at}%2e%2e/patients.csv", "GET", "", 404),
        (f"{at}/{tmp_path}/patients.csv", "GET", "", 404),
        (f"{at}out", "GET", "", 404),
        (f"{at}.", "GET", "", 404),
        (at, "POST", "", 501),
    ):
        status, text = ask(address, path, method, host)
        assert (status, "secret" in text) == (refused, False), (path, method, host)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("change", "files"),
    [
        (lambda folder: None, set()),
        (lambda folder: (folder / "a").write_text("other", "utf-8"), {"a"}),
        (lambda folder: (folder / "a").unlink(), {"a"}),
        (lambda folder: (folder / "b").write_text("", "utf-8"), {"b"}),
    ],
)
def test_a_file_that_is_new_gone_or_changed_is_seen(tmp_path, monkeypatch, change, files):
    monkeypatch.chdir(tmp_path)
    Path("a").write_text("", encoding="utf-8")
    before = stamps(["a", "b"])
    change(tmp_path)
    assert changed(before, stamps(["a", "b"])) == files


class Workflow:
    """Stands for Snakemake, which ends with the exit code that is next."""

    codes, run = [], []

    def __init__(self, command, **_):
        self.run.append(command)
        said = "Building DAG of jobs...\n\n\n2 problems in the input:\nthe plan is wrong\n"
        self.stdout = io.StringIO(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.returncode = self.codes.pop(0)


def test_saves_are_followed_until_it_is_ended(project, written, monkeypatch, capsys):
    (project / "results/2024/manuscript/figures").mkdir(parents=True)
    Workflow.codes[:], Workflow.run[:] = [0, 1, 0, 0], []
    monkeypatch.setattr(watching, "Popen", Workflow)
    monkeypatch.setattr(watching, "read_study", lambda files: written)
    watch, seen = Watch("2024"), {}
    numbers = project / watch.made["numbers"]
    numbers.parent.mkdir()
    numbers.touch()
    page, state = (project / "results/2024/watch" / name for name in ("paper.html", "state.json"))

    def look(saved, *edited):
        """Note what is shown, then save an edit."""
        seen[saved] = json.loads(state.read_text(encoding="utf-8"))
        assert f'data-page="{seen[saved]["page"]}"' in page.read_text(encoding="utf-8")
        edit(*edited) if edited else None

    steps = [
        lambda: look("numbers made", TEMPLATE, "We read", "We saw 25 and read"),
        lambda: look("a typed number", TEMPLATE, "We saw 25 and read", "We surely read"),
        lambda: look("mended", CONFIG, "\ntitle: ", "\ntitle: Other "),
        lambda: look("numbers not made", CONFIG, "\ntitle: Other ", "\ntitel: "),
        lambda: look("faulty config", CONFIG, "\ntitel: ", "\ntitle: "),
        lambda: look("numbers made again", TEMPLATE, "We surely read", "We soon read"),
        lambda: (
            look("numbers there", TEMPLATE, "We soon read", "We surely read") or numbers.unlink()
        ),
        lambda: look("numbers gone"),
    ]

    def sleep(seconds):
        if seconds == watching.EVERY:
            if not steps:
                raise KeyboardInterrupt
            steps.pop(0)()

    monkeypatch.setattr(time, "sleep", sleep)
    watch.run()
    assert {saved: (shown["page"], shown["kind"]) for saved, shown in seen.items()} == {
        "numbers made": (1, ""), "a typed number": (1, "wrong"), "mended": (2, ""),
        "numbers not made": (2, "wrong"), "faulty config": (2, "wrong"),
        "numbers made again": (3, ""), "numbers there": (4, ""), "numbers gone": (5, ""),
    }  # fmt: skip
    assert f"{TEMPLATE}, row 13: found '25'" in seen["a typed number"]["told"]
    assert seen["numbers not made"]["told"] == "2 problems in the input:\nthe plan is wrong"
    assert CONFIG in seen["faulty config"]["told"] and "titel" in seen["faulty config"]["told"]
    assert "We surely read" in page.read_text(encoding="utf-8")
    assert capsys.readouterr().out.endswith("Ended.\n")
    assert [command[-3:] for command in Workflow.run] == [
        ["--", "results/2024/numbers/numbers.json", "results/2024/manuscript/figures/flow.svg"]
    ] * 4
