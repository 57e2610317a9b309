"""What a cohort's own file adds to the codebook: read, and written anew with the rest as it is."""

from pathlib import Path
from typing import Any

from crlm.base.files import read_marked_yaml
from crlm.base.problems import refuse
from crlm.base.proposals import flow
from crlm.cohort.decisions import REASON
from crlm.cohort.unknowns import indented
from crlm.config.configuration import Checked, read_checked, read_part, read_schema

# What a sheet decides, beside columns and levels.
DECIDED = ("missing_codes", "ignored", "dropped", "answers", "variables")


def read_cohort(config: Path, codebook: dict, folder: str) -> dict:
    """Return a cohort's file, which may wait for decisions.

    `codebook` is the common one; the schemas stand in `folder`.

    Raises
    ------
    InputError
        With all that its schemas don't allow.
    """
    parts = ("cohort", "codebook")
    schema_of = {part: read_schema(Path(folder, f"{part}.schema.yaml")) for part in parts}
    cohort, common = read_checked(str(config), schema_of["cohort"]), Checked("", codebook)
    faults = cohort.faults or read_part("codebook", common, cohort, schema_of).faults
    refuse(faults)
    return cohort.content


def kept_of(codebook: dict) -> dict:
    """Return what a cohort's codebook says beside the decisions of a mapping."""
    kept = {key: value for key, value in codebook.items() if key not in DECIDED}
    answers = [answer for answer in codebook.get("answers") or () if answer["reason"] != REASON]
    variables = {
        name: {key: value for key, value in (of or {}).items() if key not in ("columns", "levels")}
        for name, of in (codebook.get("variables") or {}).items()
    }
    variables = {name: of for name, of in variables.items() if of}
    return kept | {k: v for k, v in (("answers", answers), ("variables", variables)) if v}


def entries_of(content: Any, key: str = "codebook") -> list[str]:
    """Return the entries of nested YAML, each with its keys."""
    if isinstance(content, dict):
        return [e for k, of in content.items() for e in entries_of(of, f"{key} > {k}")]
    items = content if isinstance(content, list) else [content]
    return [key if item is None else f"{key}: {flow([item])[1:-1]}" for item in items]


def under_codebook(lines: str) -> str:
    """Return lines as they stand behind `codebook:`."""
    return "\n" + indented(lines.splitlines()) if lines else " {}"


def replace_codebook(config: Path, additions: str) -> str:
    """Return a cohort's file with these lines below `codebook:`, and nothing else changed."""
    lines = config.read_text("utf-8-sig").splitlines()
    line_of = {path[0]: n for path, n in read_marked_yaml(config).lines.items() if len(path) == 1}
    first = line_of.get("codebook", len(lines) + 1)
    end = min((n for n in line_of.values() if n > first), default=len(lines) + 1)
    while first + 1 < end and (not lines[end - 2] or lines[end - 2].startswith("#")):
        end -= 1  # what is said of the next key
    written = "codebook:" + under_codebook(additions)
    return "\n".join([*lines[: first - 1], written, *lines[end - 1 :], ""])
