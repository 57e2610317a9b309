"""Lines to paste into a cohort's file for what raw tables hold and the codebook does not know."""

import difflib
import re
import textwrap
import unicodedata
from typing import Any

from crlm.additions import codebook_of
from crlm.cohort import match_columns, parse_cell
from crlm.files import fold
from crlm.proposals import flow


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
                    # An empty cell where a value is required is no new level.
                    if fold(cell) not in map(fold, codebook["missing_codes"]):
                        found.setdefault(name, {}).setdefault(fold(cell), " ".join(cell.split()))
    return found


def unknown_columns(tables: list[tuple], codebook: dict) -> dict[str, tuple | None]:
    """Return raw column that the codebook does not know -> the closest `(variable, unit)`, or None.

    A variable that the same file has already is no candidate.
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
        known |= set(map(fold, codebook["ignored"]))
        for column in raw.columns:
            if fold(column) not in known and column not in found:
                found[column] = close_to(column, near)
    return found


def propose_codebook(tables: list[tuple], codebook: dict) -> str:
    """Propose additions to the codebook for what raw tables hold and it does not know.

    Parameters
    ----------
    tables
        The raw tables, as `files.read_raws` returns them.
    codebook
        The cohort's codebook.

    Returns
    -------
    text
        Lines that stand under `codebook:` in the cohort's file, for each unknown column and for
        each unknown cell of a category: the likelier choice as YAML, the other as a comment. Empty
        where everything is known.
    """
    variables = codebook["variables"]
    unread, ignored, lines = unknown_columns(tables, codebook), [], {}
    for column, near in unread.items():
        if near is None:
            ignored.append(column)
            continue
        name, unit = near
        lines.setdefault(name, {}).setdefault("columns", []).extend(
            [
                f"# guessed from the name; if it is another thing: ignored: {flow([column])}",
                flow({column: unit}),
            ]
        )
    guessed = {
        "variables": {
            name: {"columns": {c: unit for c, near in unread.items() if near == (name, unit)}}
            for name, unit in filter(None, unread.values())
        }
    }
    for name, cells in unknown_cells(tables, codebook_of(codebook, guessed)).items():
        levels = variables[name]["levels"]
        spellings = {fold(s): level for level, own in levels.items() for s in (level, *own)}
        new: dict[str, list[str]] = {}
        like: dict[str, list[str]] = {}
        for cell in cells.values():
            near = close_to(cell, spellings)
            if near:
                like.setdefault(near, []).append(cell)
            else:
                new.setdefault(name_level(cell), []).append(cell)
        of_name = lines.setdefault(name, {}).setdefault("levels", [])
        for level, own in like.items():
            other = flow({name_level(own[0]): own})
            of_name += [
                f"# close to {level} in spelling; if it is a new level: {other}",
                flow({level: own}),
            ]
        for level, own in new.items():
            each = ", ".join(levels)
            of_name += [
                f"# a new level; if it is a spelling of one of {each}: for example",
                f"# {flow({next(iter(levels)): own})}",
                flow({level: own}),
            ]
    text = ""
    if ignored:
        one = flow({ignored[0]: None})
        text += "# not used; to use one, take it out and name it and its unit under the variable:\n"
        text += f"# variables: {{<variable>: {{columns: {{{one}}}}}}}\n"
        text += f"ignored: {flow(ignored)}\n"
    if lines:
        text += "variables:\n"
    for name, parts in lines.items():
        text += f"  {name}:\n"
        for part, own in parts.items():
            text += f"    {part}:\n" + textwrap.indent("\n".join(own), 6 * " ") + "\n"
    return text
