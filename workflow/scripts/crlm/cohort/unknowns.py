"""Lines to paste into a cohort's file for what raw tables hold and the codebook does not know."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from crlm.base.problems import place_of
from crlm.base.proposals import flow
from crlm.base.spelling import fold
from crlm.cohort.identifiers import HEADINGS, shown
from crlm.cohort.misreadings import MISSING
from crlm.cohort.missing import is_error, is_missing_word, looks_missing
from crlm.cohort.numerals import bare
from crlm.cohort.reading import columns_read, is_understood, match_columns, parse_cell, words_apart
from crlm.plan.additions import codebook_of, columns_in
from crlm.plan.synonyms import (
    NOTHING_KNOWN,
    close_to,
    is_inverted,
    name_of,
    spell,
    spellings_of,
    variables_meant,
)

# What a person has to decide is a comment behind one of these marks, and a cohort's file that bears
# one stops the build. Without its mark, the line is what was guessed.
GUESS, TODO = "# GUESS: ", "# TODO: "
HEAD = """\
# Suggestions. Of a line that is right, take the mark away (the # and the word in capitals with its
# colon); put right or delete the others: the build stops as long as one is left.
"""
CELLS, LABEL, KNOWN = "by its cells", "by the meaning of its label", "known"
SPEAKING = 0.9  # share of understood cells from which a column's cells speak for a variable
PROPOSED = 500  # unknown columns of a table; the others are told, and asked the next time
MANY = 1000  # rows that tell what a column holds
LISTED = 20  # different values, all of which are listed where the variable is not certain
SHOWN_FROM = 3  # patients who share a text that nothing knows: of fewer, it might name one
CODE = re.compile(r"[a-z]{0,2} ?\d[a-z]?", re.IGNORECASE)  # G4, T1a: too short to be anybody's


class Guess(NamedTuple):
    """What a raw column may be: the variable, the unit, and why; nothing where it is certain."""

    variable: str
    unit: str | None
    why: str


class UnknownValue(NamedTuple):
    """A value of a raw column as first met, in how many rows it stands, and what it may mean.

    `variable` is what the column may be, or nothing. `level` is one of its levels or a new one,
    "missing", or nothing; `why` says by what it was guessed, or that the variable knows it.
    """

    file: str
    row: int | str
    column: str
    variable: str
    text: str
    rows: int
    level: str
    why: str


class Proposal(NamedTuple):
    """What raw tables hold and a codebook does not know, and what it may be.

    `guesses` are as `unknown_columns` returns them, `cells` as `cells_to_decide`. `dropped` are
    columns that identify patients, of which no cell is looked at.
    """

    guesses: dict[str, Guess | None]
    cells: list[UnknownValue]
    dropped: list[str]


def name_level(value: str) -> str:
    """Return a name for a new level: small letters, digits and underscores, a letter first."""
    plain = unicodedata.normalize("NFKD", value.replace("<", " lt ").replace(">", " gt "))
    name = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode().lower()).strip("_")
    return name if name[:1].isalpha() else f"level_{name}".rstrip("_")


def propose_unknown(
    tables: list[tuple], codebook: dict, synonyms: dict | None = None, dropped: Sequence[str] = ()
) -> Proposal:
    """Propose what the columns and values of raw tables may be that the codebook does not know.

    Parameters
    ----------
    tables
        The raw tables, as `tables.read_raws` returns them.
    codebook
        The cohort's codebook.
    synonyms
        What `synonyms.with_readings` returned; without them, spellings alone are compared.
    dropped
        Columns that identify patients, none of whose cells are in `tables`.
    """
    synonyms = synonyms or NOTHING_KNOWN
    guesses = unknown_columns(tables, codebook, synonyms)
    return Proposal(guesses, cells_to_decide(tables, codebook, guesses, synonyms), [*dropped])


def cells_to_decide(
    tables: list[tuple], codebook: dict, guesses: dict[str, Guess | None], synonyms: dict
) -> list[UnknownValue]:
    """Return each distinct cell, but missing codes, of which somebody has to say what it means.

    That is what the variable of its column does not understand: of a category, and of others what
    looks missing. Of a column that is guessed to be a category, or not known, all are returned, as
    long as they are few.
    """
    own = codebook_of(codebook, columns_as({c: guess for c, guess in guesses.items() if guess}))
    spelt, codes = words_apart(codebook), set(map(fold, codebook["missing_codes"]))
    found: dict[tuple[str, str], UnknownValue] = {}
    for file, raw, _ in tables:
        known = match_columns(raw, file, own)[0]
        for column in (c for c in raw.columns if c in known or c in guesses):
            guess = guesses.get(column)
            name, unit = guess[:2] if guess else known.get(column, ("", None))
            variable = own["variables"].get(name, {"type": "category", "required": False})
            levels = spellings_of(name, variable, synonyms) if "levels" in variable else {}
            rows = raw[column].value_counts()
            all_told = column in guesses and not (guess and not guess.why) and len(rows) <= LISTED
            for row, cell in raw[column].drop_duplicates().items():
                text = " ".join(cell.split())
                if before := found.get((column, fold(text))):
                    more = before.rows + int(rows[cell])
                    found[column, fold(text)] = before._replace(rows=more)
                    continue
                if fold(cell) in codes or is_error(text) or not (name or all_told):
                    continue
                level, why = "", ""
                if name and is_understood(variable, cell, unit, codebook["missing_codes"]):
                    if variable["type"] != "category" or not all_told:
                        continue
                    level, why = parse_cell(cell, variable, unit, [])[0], KNOWN
                elif variable["type"] != "category" and not looks_missing(text):
                    continue
                elif is_missing_word(text, spelt) and not variable["required"]:
                    level, why = MISSING, "a word for a missing value"
                elif not looks_missing(text):
                    level = levels.get(spell(text)) or close_to(text, levels) or ""
                    new = level not in variable.get("levels", ())
                    why = ("a new level" if new else "by spelling or meaning") if level else ""
                place = place_of(tables, file, row, column)[:2]
                of = UnknownValue(*place, column, name, text, int(rows[cell]), level, why)
                found[column, fold(text)] = of
    return [*found.values()]


def unknown_columns(
    tables: list[tuple], codebook: dict, synonyms: dict = NOTHING_KNOWN
) -> dict[str, Guess | None]:
    """Return raw column that the codebook does not know -> what it may be, or None.

    It is certain where the whole name is one of the codebook's but for case, blanks, underscores,
    accents, brackets and hyphens, and no other column of the file is that variable. All else is a
    guess: by what the name or the label (`attrs["labels"]`) means in other words, by a misspelling,
    by the cells. A variable that the same file has for certain is no candidate.
    """
    names = {name_of(column): of for column, of in columns_read(codebook)}
    read = {*columns_in(codebook), *map(fold, codebook["ignored"] + codebook["dropped"])}
    found: dict[str, Guess | None] = {}
    for file, raw, _ in tables:
        known, _ = match_columns(raw, file, codebook)
        taken = {name for name, _ in known.values()}
        new = [c for c in raw.columns if fold(c) not in read]
        whole = {c: names[name_of(c)] for c in new if name_of(c) in names}
        meant = [name for name, _ in whole.values()]
        free = {name for name in meant if meant.count(name) == 1 and name not in taken}
        certain = {c: of for c, of in whole.items() if of[0] in free}
        taken |= {name for name, _ in certain.values()}
        asked = {*[c for c in new if c not in certain][:PROPOSED]}
        for column in (c for c in new if c not in found and (c in certain or c in asked)):
            if column in certain:
                found[column] = Guess(*certain[column], "")
            else:
                own = raw[column], codebook, synonyms, taken
                found[column] = guess_column(column, *own)
                if label := raw.attrs.get("labels", {}).get(column, ""):
                    found[column] = prefer_label(found[column], label, *own)
    return found


def prefer_label(
    of_name: Guess | None, label: str, cells: pd.Series, codebook: dict, synonyms: dict, *taken: Any
) -> Guess | None:
    """Return what a column may be, given what its name tells, and its label in SPSS or REDCap.

    A label that turns something round leaves it open, whatever its name and cells say.
    """
    if is_inverted(label, synonyms):
        return None
    of_label = guess_column(label, cells, codebook, synonyms, *taken)
    if of_label is None or of_label.why == CELLS:
        return of_name
    if of_name is None or of_name.why == CELLS:
        return of_label._replace(why=LABEL)
    same = of_label.variable == of_name.variable  # the label may tell the unit too
    return of_name._replace(unit=of_label.unit) if same else of_name


def guess_column(
    column: str, cells: pd.Series, codebook: dict, synonyms: dict, taken: set[str]
) -> Guess | None:
    """Return the variable, not `taken`, that a column may be, by its name or else by its cells.

    Nothing is guessed of numbers, most of which the variable would refuse, nor by the cells of a
    column whose name turns something round.
    """
    cells = cells.iloc[:MANY]
    near = {c: of for c, of in columns_read(codebook) if of[0] not in taken}
    meant = [of for of in variables_meant(column, codebook, synonyms) if of[0] not in taken]
    why = "by the meaning of its name"
    if len(meant) != 1:
        close = close_to(column, near)
        meant, why = [close] if close else [], "by the spelling of its name"
    if meant:
        (name, unit), variable = meant[0], codebook["variables"][meant[0][0]]
        numeric = variable["type"] in ("integer", "number") and "<" not in str(unit)
        share = share_understood(cells, name, unit, codebook, synonyms)
        return None if numeric and share < 0.5 else Guess(name, unit, why)
    if is_inverted(column, synonyms):
        return None
    codes = set(map(fold, codebook["missing_codes"]))
    speaking = cells[[len(re.findall(r"[^\W\d_]", c)) > 1 for c in cells]]
    answers = {spell(text) for own in synonyms["answers"].values() for text in own}
    speaking = speaking[[spell(c) not in answers and fold(c) not in codes for c in speaking]]
    shares = {
        name: share_understood(speaking, name, None, codebook, synonyms)
        for name, variable in codebook["variables"].items()
        if variable["type"] == "category" and name not in taken
    }
    best = [name for name, share in shares.items() if share == max(shares.values()) >= SPEAKING]
    return Guess(best[0], None, CELLS) if len(best) == 1 else None


def share_understood(
    cells: pd.Series, name: str, unit: str | None, codebook: dict, synonyms: dict
) -> float:
    """Return the share of the cells with content that a variable understands; 0 where none has."""
    variable, codes = codebook["variables"][name], codebook["missing_codes"]
    spellings = spellings_of(name, variable, synonyms) if "levels" in variable else {}
    known = found = 0
    for cell, n in cells.value_counts().items():
        if fold(cell) in map(fold, codes) or looks_missing(cell):
            continue
        known += n
        found += n * (is_understood(variable, cell, unit, codes) or spell(cell) in spellings)
    return found / known if known else 0.0


def propose_codebook(
    proposal: Proposal, tables: list[tuple], codebook: dict, synonyms: dict | None = None
) -> str:
    """Write what is proposed as additions to the codebook.

    Parameters
    ----------
    proposal
        As `propose_unknown` returns it.
    tables
        With all their columns, by which one is counted whose name is not shown.
    codebook, synonyms
        As `propose_unknown` took them.

    Returns
    -------
    text
        Lines that stand under `codebook:` in the cohort's file, for each unknown column and for
        each unknown value. Only columns that bear a name of the codebook are taken; all else is a
        comment behind `GUESS` or `TODO`. Empty where everything is known.
    """
    guesses, synonyms = proposal.guesses, synonyms or NOTHING_KNOWN
    left = [column for column, guess in guesses.items() if not guess] + proposal.dropped
    hidden = [column for column in left if say_name(column, synonyms) != column]
    left = [column for column in left if column not in hidden]
    places = {c: f"{file}, column {n}" for file, raw, _ in tables for n, c in enumerate(raw, 1)}
    lines: dict[str, dict[str, list[str]]] = {}  # variable -> part of its entry -> lines
    for column, guess in ((c, g) for c, g in guesses.items() if g):
        label = codebook["variables"][guess.variable]["label"]
        told = say_name(column, synonyms, guess)
        told = told if told == column else f"<{places[column]} {told}>"
        line = flow({told: guess.unit})
        line = f"{GUESS}{line}   # {guess.why}: {label}" if guess.why else line
        lines.setdefault(guess.variable, {}).setdefault("columns", []).append(line)
    asked: dict[str, dict[str, UnknownValue]] = {}  # variable -> folded value -> in all its columns
    for cell in proposal.cells:
        levels = codebook["variables"].get(cell.variable, {}).get("levels")
        if levels and cell.why != KNOWN and not looks_missing(cell.text):
            of = asked.setdefault(cell.variable, {})
            rows = of[fold(cell.text)].rows if fold(cell.text) in of else 0
            of[fold(cell.text)] = cell._replace(rows=rows + cell.rows)
    for name, of in asked.items():
        own = propose_levels([*of.values()], codebook["variables"][name]["levels"])
        lines.setdefault(name, {})["levels"] = own
    missing = {bare(c.text): c.text for c in proposal.cells if c.level == MISSING and c.variable}
    text = f"{GUESS}missing_codes: {flow([*missing.values()])}\n" if missing else ""
    if left:
        text += f"{TODO}dropped: {flow(left)}   # to use one, name it under a variable\n"
    if hidden:
        text += (
            f"{TODO}columns that are not known, with names not shown, since they might name "
            f"somebody: under `dropped` or a variable: {'; '.join(places[c] for c in hidden)}\n"
        )
    if turned := [column for column in left if is_inverted(column, synonyms)]:
        text += (
            "# A name that turns something round is taken for nothing; turn the cells round in a "
            f"column of its own: {flow(turned)}\n"
        )
    for name, parts in lines.items():
        inner = "".join(f"{part}:\n{indented(own)}\n" for part, own in parts.items())
        text += "" if "\nvariables:\n" in f"\n{text}" else "variables:\n"
        text += f"  {name}:\n{textwrap.indent(inner, '    ')}"
    return HEAD + text if GUESS in text or TODO in text else text


def say_name(column: str, synonyms: dict, guess: Guess | None = None) -> str:
    """Return a column's name as a message may show it: where it names nobody, or tells a guess."""
    if guess and guess.why not in (CELLS, LABEL):
        return column
    texts = [*synonyms["beside"], *synonyms["inverted"]]
    texts += [
        word for part in ("words", "units") for own in synonyms[part].values() for word in own
    ]
    return shown(column, known=HEADINGS.union(*(text.casefold().split() for text in texts)))


def indented(lines: list[str]) -> str:
    """Return lines of YAML as they stand under a key."""
    return textwrap.indent("\n".join(lines), "  ")


def columns_as(guesses: dict[str, Guess]) -> dict:
    """Return guesses of columns as additions to a codebook."""
    additions: dict[str, dict] = {}
    for column, guess in guesses.items():
        additions.setdefault(guess.variable, {"columns": {}})["columns"][column] = guess.unit
    return {"variables": additions}


def propose_levels(cells: list[UnknownValue], levels: dict[str, list[str]]) -> list[str]:
    """Return YAML lines, all behind a mark, for cells of a category that no level's spelling is.

    What nothing knows is shown only where several patients have it and it names nobody; else its
    place is told. `levels` are those of the codebook.
    """
    choices = f"one of {', '.join(levels)}"
    alike: dict[str, list[str]] = {}
    lines, hidden = [], []
    for cell in cells:
        if cell.level:
            alike.setdefault(cell.level, []).append(cell.text)
        elif may_be_shown(cell):
            new = f"or a new level, as {name_level(cell.text)}"
            lines.append(f"{TODO}{flow({'<level>': [cell.text]})}   # {choices}, {new}")
        else:
            hidden.append(" ".join(f"{cell.file}, row {cell.row}, {cell.column}".split()))
    if hidden:
        more = f" (and {len(hidden) - 5} more)" if len(hidden) > 5 else ""
        lines.append(f"{TODO}{'; '.join(hidden[:5])}{more}: (not shown), not {choices}")
    guessed = [
        f"{GUESS}{flow({level: own})}   # "
        f"{'by spelling or meaning' if level in levels else 'a new level'}"
        for level, own in alike.items()
    ]
    return guessed + lines


def may_be_shown(cell: UnknownValue) -> bool:
    """Return whether a value that nothing knows may stand in a file: whether it names nobody."""
    known = cell.rows >= SHOWN_FROM and shown(cell.text) == cell.text
    return known or bool(CODE.fullmatch(cell.text))
