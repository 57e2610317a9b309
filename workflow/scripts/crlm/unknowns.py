"""Lines to paste into a cohort's file for what raw tables hold and the codebook does not know."""

import difflib
import re
import textwrap
import unicodedata
from collections.abc import Collection
from typing import Any

from crlm.additions import codebook_of
from crlm.cohort import match_columns, parse_cell
from crlm.identifiers import HEADINGS, shown
from crlm.misreadings import looks_missing
from crlm.proposals import flow
from crlm.spelling import fold


def name_level(value: str) -> str:
    """Return a name for a new level: small letters, digits and underscores, a letter first."""
    plain = unicodedata.normalize("NFKD", value.replace("<", " lt ").replace(">", " gt "))
    name = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")
    return name if name[:1].isalpha() else f"level_{name}".rstrip("_")


def close_to(text: str, known: dict[str, Any]) -> Any:
    """Return what stands under the key of `known` that is closest to `text`; None where none is.

    Where the digits are others, nothing is close: grade 1 is not a spelling of grade 2.
    """
    alike = [key for key in known if re.findall(r"\d+", key) == re.findall(r"\d+", text)]
    near = difflib.get_close_matches(fold(text), alike, n=1, cutoff=0.8)
    return known[near[0]] if near else None


def within(column: str, known: dict[str, Any]) -> Any:
    """Return what stands under the longest key of `known` whose words a column's name all has."""
    words = set(name_level(column).split("_"))  # without accents
    held = [key for key in known if words >= set(name_level(key).split("_"))]
    return known[max(held, key=len)] if held else None


def unknown_cells(tables: list[tuple], codebook: dict) -> dict[str, dict[str, str]]:
    """Return category -> folded cell -> cell as first met, of cells that no level's spelling is."""
    variables, found = codebook["variables"], {}
    for file, raw, _ in tables:
        columns, _ = match_columns(raw, file, codebook)
        for column, (name, unit) in columns.items():
            if variables[name]["type"] != "category":
                continue
            for cell in raw[column].unique():
                try:
                    parse_cell(cell, variables[name], unit, codebook["missing_codes"])
                except ValueError:
                    # Nor is an empty cell where a value is required a new level, or a code for it.
                    known = map(fold, codebook["missing_codes"])
                    if fold(cell) not in known and not looks_missing(cell):
                        found.setdefault(name, {}).setdefault(fold(cell), " ".join(cell.split()))
    return found


def unknown_columns(tables: list[tuple], codebook: dict) -> dict[str, tuple | None]:
    """Return raw column that the codebook does not know -> the closest `(variable, unit)`, or None.

    A variable that the same file has already, or another column is taken for, is no candidate.
    """
    found = {}
    for file, raw, _ in tables:
        columns, _ = match_columns(raw, file, codebook)
        taken = {name for name, _ in columns.values()}
        near = {
            fold(column): (name, unit)
            for name, variable in codebook["variables"].items()
            for column, unit in {name: variable.get("unit"), **variable["columns"]}.items()
            if name not in taken
        }
        known = {fold(c) for v in codebook["variables"].values() for c in v["columns"]}
        known |= set(map(fold, codebook["ignored"] + codebook["dropped"]))
        for column in raw.columns:
            if fold(column) not in known and column not in found:
                found[column] = within(column, near) or close_to(column, near)
                now = found[column][0] if found[column] else None
                near = {key: guess for key, guess in near.items() if guess[0] != now}
    return found


def propose_codebook(
    tables: list[tuple], codebook: dict, accepted: Collection[str] | None = None
) -> str:
    """Propose additions to the codebook for what raw tables hold and it does not know.

    Parameters
    ----------
    tables
        The raw tables, as `received.read_raws` returns them.
    codebook
        The cohort's codebook.
    accepted
        The raw columns whose guessed variable is taken; all other lines are comments then. None
        takes the likelier choice everywhere.

    Returns
    -------
    text
        Lines that stand under `codebook:` in the cohort's file, for each unknown column and for
        each unknown cell of a category: the likelier choice as YAML, the other as a comment. Empty
        where everything is known.
    """
    guesses = unknown_columns(tables, codebook)
    near = {column: guess for column, guess in guesses.items() if guess}
    ignored = [c for c, guess in guesses.items() if not guess and shown(c, known=HEADINGS) == c]
    guessed = codebook_of(codebook, columns_as(near))
    # Variable -> part of its entry -> lines; a line is taken or left as a comment.
    lines: dict[str, dict[str, list[str]]] = {}
    for column, (name, unit) in near.items():
        taken = accepted is None or column in accepted
        lines.setdefault(name, {}).setdefault("columns", []).extend(
            [
                f"# GUESS: by its name; if it is another thing: ignored: {flow([column])}",
                "# " * (not taken) + flow({column: unit}),
            ]
        )
    for name, cells in unknown_cells(tables, guessed).items():
        taken = accepted is None
        of_levels = propose_levels([*cells.values()], codebook["variables"][name]["levels"])
        lines.setdefault(name, {})["levels"] = [
            line if taken or line.startswith("#") else f"# {line}" for line in of_levels
        ]
    text = ""
    if ignored:
        one = flow({ignored[0]: None})
        text += (
            "# TODO: not used; to use one, take it out, name it and its unit under a variable:\n"
        )
        text += f"# variables: {{<variable>: {{columns: {{{one}}}}}}}\n"
        text += "# " * (accepted is not None) + f"ignored: {flow(ignored)}\n"
    entries = "".join(
        headed(f"{name}:", "".join(headed(f"{part}:", "\n".join(own)) for part, own in of.items()))
        for name, of in lines.items()
    )
    return text + (headed("variables:", entries) if entries else "")


def columns_as(guesses: dict[str, tuple]) -> dict:
    """Return raw column -> `(variable, unit)` as additions to a codebook."""
    additions: dict[str, dict] = {}
    for column, (name, unit) in guesses.items():
        additions.setdefault(name, {"columns": {}})["columns"][column] = unit
    return {"variables": additions}


def propose_levels(cells: list[str], levels: dict[str, list[str]]) -> list[str]:
    """Return YAML lines that make unknown cells of a category spellings of a level, or new levels.

    Each has the other choice in a comment before it.
    """
    spellings = {fold(s): level for level, own in levels.items() for s in (level, *own)}
    new: dict[str, list[str]] = {}
    like: dict[str, list[str]] = {}
    for cell in cells:
        near = close_to(cell, spellings)
        if near:
            like.setdefault(near, []).append(cell)
        else:
            new.setdefault(name_level(cell), []).append(cell)
    lines = []
    for level, own in like.items():
        other = flow({name_level(own[0]): own})
        lines += [f"# GUESS: by its spelling; if it is a new level: {other}", flow({level: own})]
    for level, own in new.items():
        lines += [
            f"# TODO: a new level; if it is a spelling of one of {', '.join(levels)}: for example",
            f"# {flow({next(iter(levels)): own})}",
            flow({level: own}),
        ]
    return lines


def headed(head: str, body: str) -> str:
    """Return indented lines under their head, which is a comment where all of them are."""
    taken = any(not line.lstrip().startswith("#") for line in body.splitlines())
    return f"{'' if taken else '# '}{head}\n{textwrap.indent(body.rstrip(), '  ')}\n"
