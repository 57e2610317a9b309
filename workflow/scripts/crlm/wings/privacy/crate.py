"""What describes a release to others' programs: codecheck.yml and ro-crate-metadata.json.

After the CODECHECK configuration 1.0 (https://codecheck.org.uk/spec/config/1.0/) and RO-Crate 1.1
(https://w3id.org/ro/crate/1.1). Who checks adds codechecker, certificate and report.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

CRATE = "ro-crate-metadata.json"
LICENSE = "https://spdx.org/licenses/MIT"
FORMATS = {
    ".bib": "application/x-bibtex", ".csl": "application/vnd.citationstyles.style+xml",
    ".css": "text/css", ".csv": "text/csv", ".html": "text/html", ".json": "application/json",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain",
    ".qmd": "text/markdown", ".yml": "application/yaml",
}  # fmt: skip
# What a check reproduces: of the release, and what it is.
CHECKED = {
    "manuscript/paper.pdf": "the paper",
    "numbers/numbers.csv": "every number of the paper",
    "tables/*.csv": "a table of the paper, as data",
    "comparison/tests.csv": "the tests between the groups",
    "figures/*.pdf": "a figure of the paper",
}


def codecheck(folder: Path, cohort: dict) -> str:
    """Return the codecheck.yml of a release.

    Parameters
    ----------
    folder
        The release.
    cohort
        The cohort's config: `title, authors`; an author may have an `orcid`.
    """
    authors = [
        {"name": a["name"]} | ({"ORCID": a["orcid"]} if "orcid" in a else {})
        for a in cohort["authors"]
    ]
    manifest = [
        {"file": path.relative_to(folder).as_posix(), "comment": comment}
        for pattern, comment in CHECKED.items()
        for path in sorted(folder.glob(pattern))
    ]
    content = {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "paper": {"title": cohort["title"], "authors": authors},
        "manifest": manifest,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, explicit_start=True)


def crate(folder: Path, name: str, cohort: dict, description: str, timestamp: int) -> str:
    """Return the RO-Crate metadata of a release, in JSON-LD.

    Parameters
    ----------
    folder, name
        The release, and the cohort's name.
    cohort
        As in `codecheck`. The authors are named where the text is theirs: not of rebuilt papers.
    description
        What the release holds, for people.
    timestamp
        The date of the documents, seconds since 1970.
    """
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != CRATE]
    parts = [
        {"@id": p.relative_to(folder).as_posix(), "@type": "File", "name": p.name}
        | ({"encodingFormat": FORMATS[p.suffix]} if p.suffix in FORMATS else {})
        for p in files
    ]
    people = [
        {"@id": f"https://orcid.org/{a['orcid']}" if "orcid" in a else f"#author-{n}",
         "@type": "Person", "name": a["name"], "affiliation": cohort["affiliation"]}
        for n, a in enumerate(cohort["authors"], start=1)
        if not (cohort["printed_version"] and cohort["provenance"] == "reconstructed")
    ]  # fmt: skip
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Results of cohort {name}: {cohort['title']}",
        "description": description,
        "datePublished": datetime.fromtimestamp(timestamp, UTC).date().isoformat(),
        "license": {"@id": LICENSE},
        "hasPart": [{"@id": part["@id"]} for part in parts],
    }
    root |= {"author": [{"@id": person["@id"]} for person in people]} if people else {}
    about = {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    terms = {
        "@id": LICENSE,
        "@type": "CreativeWork",
        "name": "MIT License",
        "description": "As in the file LICENSE of the repository that made these results.",
    }
    graph = [about, root, terms, *people, *parts]
    content = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def describe_release(
    folder: Path, name: str, cohort: dict, description: str, timestamp: int
) -> None:
    """Write codecheck.yml and the RO-Crate of a release into its folder; see `crate`."""
    (folder / "codecheck.yml").write_text(codecheck(folder, cohort), encoding="utf-8")
    text = crate(folder, name, cohort, description, timestamp)
    (folder / CRATE).write_text(text, encoding="utf-8")
