"""A release describes itself: each of its files, who wrote it, what a check reproduces."""

import json

import pytest
import yaml
from project import write_files

from crlm.wings.privacy.crate import describe_release

COHORT = {
    "title": "Response: é",
    "authors": [{"name": "A. One", "orcid": "0000-0002-1825-0097"}, {"name": "B. Two"}],
    "affiliation": "A hospital",
    "printed_version": None,
    "provenance": "original",
}
REBUILT = {"printed_version": "one2024", "provenance": "reconstructed"}
FILES = [
    "manuscript/paper.pdf",
    "figures/b.pdf",
    "figures/a.pdf",
    "tables/table1.csv",
    "README.txt",
]


@pytest.fixture
def described(tmp_path):
    def describe(**changed):
        write_files(tmp_path, dict.fromkeys(FILES, ""))
        # 2024-12-31 00:00 UTC
        describe_release(tmp_path, "2026", COHORT | changed, "What it is.", 1735603200)
        texts = [
            (tmp_path / n).read_text("utf-8") for n in ("codecheck.yml", "ro-crate-metadata.json")
        ]
        return yaml.safe_load(texts[0]), json.loads(texts[1])["@graph"], texts

    return describe


def test_codecheck_names_paper_and_what_is_reproduced(described):
    content, _, _ = described()
    assert content == {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "paper": {
            "title": "Response: é",
            "authors": [{"name": "A. One", "ORCID": "0000-0002-1825-0097"}, {"name": "B. Two"}],
        },
        "manifest": [
            {"file": "manuscript/paper.pdf", "comment": "the paper"},
            {"file": "tables/table1.csv", "comment": "a table of the paper, as data"},
            {"file": "figures/a.pdf", "comment": "a figure of the paper"},
            {"file": "figures/b.pdf", "comment": "a figure of the paper"},
        ],
    }


@pytest.mark.parametrize(
    ("changed", "authors"),
    [({}, ["https://orcid.org/0000-0002-1825-0097", "#author-2"]), (REBUILT, [])],
)
def test_the_crate_has_all_that_ro_crate_asks_for(described, changed, authors):
    """The root has name, description, date and licence; every reference has its entity."""
    _, graph, _ = described(**changed)
    entities = {entity["@id"]: entity for entity in graph}
    assert len(entities) == len(graph)
    about = entities["ro-crate-metadata.json"]
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = entities[about["about"]["@id"]]
    assert root["@type"] == "Dataset"
    assert root["datePublished"] == "2024-12-31"
    assert root["name"] and root["description"] == "What it is."
    parts = [part["@id"] for part in root["hasPart"]]
    assert parts == sorted([*FILES, "codecheck.yml"])
    assert {*parts, root["license"]["@id"], *authors} <= entities.keys()
    assert [a["@id"] for a in root.get("author", [])] == authors
    assert {e["@id"] for e in graph if e["@type"] == "File"} == {*parts}


def test_the_same_release_is_described_by_the_same_bytes(described):
    assert described()[2] == described()[2]
