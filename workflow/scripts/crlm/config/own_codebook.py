"""What a cohort's own file adds to the codebook: read, and written anew with the rest as it is."""

from pathlib import Path
from typing import Any

from crlm.base.files import read_marked_yaml
from crlm.base.problems import InputError
from crlm.base.proposals import flow
from crlm.cohort.decisions import REASON
from crlm.cohort.unknowns import indented
from crlm.config.configuration import read_schema
from crlm.config.schemas import violations
from crlm.plan.additions import codebook_of

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
    content, lines = read_marked_yaml(config)[:2]
    schemas = [read_schema(Path(folder, f"{part}.schema.yaml")) for part in ("cohort", "codebook")]
    wrong = violations(content, schemas[0], str(config), lines)
    if not wrong:
        joined = codebook_of(codebook, content["codebook"])
        wrong = violations(joined, schemas[1], str(config), lines, ("codebook",))
    if wrong:
        raise InputError(wrong)
    return content


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
    keys = sorted((line, path[0]) for path, line in read_marked_yaml(config).lines.items()
                  if len(path) == 1)  # fmt: skip
    first = next((line for line, key in keys if key == "codebook"), len(lines) + 1)
    end = next((line for line, _ in keys if line > first), len(lines) + 1)
    while first + 1 < end and (not lines[end - 2] or lines[end - 2].startswith("#")):
        end -= 1  # what is said of the next key
    written = "codebook:" + under_codebook(additions)
    return "\n".join([*lines[: first - 1], written, *lines[end - 1 :], ""])
