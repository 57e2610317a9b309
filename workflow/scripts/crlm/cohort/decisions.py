"""What a person decided in the sheet of a mapping, as additions to the codebook."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from crlm.base.masking import identifier, shown_text, suspected_kind
from crlm.base.problems import InputError, Problem
from crlm.base.spelling import fold, one_of, plain
from crlm.cohort.identifiers import known_words
from crlm.cohort.mapping import (
    AS_PROPOSED,
    CORRECT,
    LEAVE_OUT,
    NAMED_BY,
    NEW,
    Row,
    choice_of,
    say_cell,
    units_of,
)
from crlm.cohort.misreadings import MISSING
from crlm.cohort.missing import is_missing_word
from crlm.cohort.numerals import bare, unit_of
from crlm.cohort.reading import match_columns, parse_cell, sources_of, words_apart
from crlm.cohort.unknowns import KNOWN, Guess, UnknownValue, cells_to_decide, columns_as
from crlm.plan.additions import codebook_of
from crlm.plan.synonyms import READING

Filled = list[tuple[int, dict[str, str]]]  # the number of a row, and its texts by heading
NAME = re.compile(r"[a-z][a-z0-9_]*")
NO_COLUMN = "a column of the raw tables, named as in the sheet when it was written"
NO_VALUE = "a value of that column that waits for a decision, as in the sheet when it was written"
MAY_NAME = f"`{CORRECT}`, since it may name somebody"
REASON = "decided in the mapping sheet"


class DecisionError(Exception):
    """A decision that can't be taken: the heading, what was found, what was expected."""


class Faults(list[tuple]):
    """What is wrong with a sheet: sheet, row, heading, what was found, what was expected."""

    @contextmanager
    def of(self, sheet: str, number: int | str) -> Iterator[None]:
        """Keep what is refused of a row."""
        try:
            yield
        except DecisionError as error:
            self.append((sheet, number, *error.args))

    def each_once(self, sheet: str, filled: Filled) -> Iterator[tuple[int, dict, tuple]]:
        """Yield number, texts and key of each row of a sheet; keep those that stand there twice."""
        rows: dict[tuple, int] = {}
        for number, cells in filled:
            key = tuple(cells[heading] for heading in NAMED_BY[sheet])
            first = rows.setdefault(key, number)
            if first == number:
                yield number, cells, key
            else:
                expected = f"one row for it, which row {first} is already"
                self.append((sheet, number, NAMED_BY[sheet][-1], key[-1], expected))

    def raised(self, file: str) -> InputError:
        """Return all of them as what stops the command."""
        ordered = sorted({*self}, key=lambda fault: (fault[0], str(fault[1]).zfill(7), *fault[2:]))
        return InputError([
            Problem(f"{file}, sheet {sheet}", number, heading, shown_text(found), expected)
            for sheet, number, heading, found, expected in ordered
        ])  # fmt: skip


def decision_in(filled: dict[str, str], heading: str, proposed: str) -> str:
    """Return the decision of a row, folded; where it is as proposed, what is proposed.

    Raises
    ------
    DecisionError
        Where something else is proposed now, or nothing, than the sheet says under `heading`.
    """
    if fold(filled["Decision"]) != AS_PROPOSED:
        return fold(filled["Decision"])
    if not proposed or filled[heading] != proposed:
        if not proposed:
            expected = "a choice of the list: nothing is proposed"
            raise DecisionError("Decision", AS_PROPOSED, expected)
        expected = f"{proposed}, which is proposed now: choose by name"
        raise DecisionError(heading, filled[heading], expected)
    return fold(proposed)


def decide_column(row: Row, filled: dict[str, str], codebook: dict) -> Guess | str:
    """Return what a column is: a variable with its unit, or `LEAVE_OUT`.

    Nothing is returned of what the codebook knows.

    Raises
    ------
    DecisionError
        Where it is not decided, or can't be.
    """
    variables, proposed = codebook["variables"], str(row.cells["Proposed variable"])
    said, unit = filled["Decision"], filled["Unit"]
    if not row.lists:
        if fold(said) in ("", KNOWN, AS_PROPOSED, fold(proposed)) and not unit:
            return ""
        expected = f"`{KNOWN}`: the codebook reads it as {proposed}; else rename it in the table"
        raise DecisionError("Decision", " ".join([said, unit]).strip(), expected)
    decision = decision_in(filled, "Proposed variable", proposed)
    if decision == LEAVE_OUT:
        return decision
    name = decision.split(" ")[0]
    if name not in variables or decision not in (name, fold(choice_of(name, codebook))):
        expected = one_of([f"`{LEAVE_OUT}`", *variables], name)
        raise DecisionError("Decision", said, expected if name else "a choice of the list")
    units = units_of(variables[name])
    if not unit and name == fold(proposed).split(" ")[0]:
        unit = str(row.cells["Proposed unit"])
    unit = unit or (units[0] if len(units) == 1 else "")
    found = [own for own in units if unit_of(own) == unit_of(unit)]
    if not found and (units or unit):
        expected = f"one of {', '.join(units)}" if units else f"no unit, which {name} has not"
        raise DecisionError("Unit", unit, expected)
    return Guess(name, found[0] if found else None, "")


def decide_value(
    decision: str, cell: UnknownValue, unit: str | None, codebook: dict, responses: Sequence[str]
) -> str:
    """Return what a value means: a level, `MISSING`, `CORRECT`; nothing of what is known.

    Parameters
    ----------
    decision
        As `decision_in` returns it.
    cell, unit
        The value, with the variable that its column is, and the unit.
    codebook
        The cohort's codebook.
    responses
        Those of the cohort's rule, with which a reading is compared.

    Raises
    ------
    DecisionError
        Where it is not decided, or can't be.
    """
    variable = codebook["variables"][cell.variable]
    if of_variable := re.fullmatch(rf"(.*) \({cell.variable}\)", decision):
        decision = of_variable[1]
    with suppress(ValueError):
        value = str(parse_cell(cell.text, variable, unit, codebook["missing_codes"])[0])
        if decision in ("", fold(value)):
            return ""
        raise DecisionError("Decision", decision, f"`{value}`, as which the codebook reads it")
    levels = [*responses] if cell.variable == READING else [*variable.get("levels", ())]
    allowed = [*levels, *([] if variable["required"] else [MISSING]), CORRECT]
    may_be_new = bool(levels) and cell.variable != READING
    new = decision.removeprefix(NEW).strip() if may_be_new and decision.startswith(NEW) else ""
    if new not in levels and not NAME.fullmatch(new) and decision not in allowed:
        expected = f"{one_of(allowed, decision)} (of {cell.variable})"
        raise DecisionError(
            "Decision", decision, expected + f", or `{NEW}` and a name" * may_be_new
        )
    if decision != CORRECT and say_cell(cell) != cell.text:
        found = identifier(cell.text)
        if (found and found[0] != "text") or suspected_kind(
            plain(cell.text), known_words(codebook)
        ):
            raise DecisionError("Decision", decision, MAY_NAME)
    return new or decision


def take_decisions(
    filled: dict[str, Filled],
    rows: dict[str, list[Row]],
    tables: list[tuple],
    codebook: dict,
    synonyms: dict,
    responses: Sequence[str],
    name: str,
) -> dict:
    """Return what the decisions in a sheet add to the codebook.

    Parameters
    ----------
    filled
        The rows of the sheets as they came back, in any order.
    rows
        The rows of the same tables as `mapping.rows_to_fill` makes them now.
    tables, codebook, synonyms
        As it took them.
    responses
        Those of the cohort's rule, with which a reading is compared.
    name
        The file of the sheet, for the messages.

    Raises
    ------
    InputError
        With all that is undecided, contradicts, or does not fit the tables: sheet, row, heading.
    """
    faults = Faults()
    said = {row.of: str(row.cells["Column"]) for row in rows["Columns"]}
    about = {(row.cells["Column"],): row for row in rows["Columns"]}
    chosen: dict[str, Guess | str] = {}
    row_of: dict[str, int] = {}
    for number, cells, key in faults.each_once("Columns", filled["Columns"]):
        with faults.of("Columns", number):
            if key not in about:
                raise DecisionError("Column", key[0], NO_COLUMN)
            row_of[about[key].of] = number
            chosen[about[key].of] = decide_column(about[key], cells, codebook)
    faults += [
        ("Columns", "", "Column", "no row", f"a row for {row.cells['Column']}")
        for row in about.values()
        if row.lists and row.of not in row_of
    ]
    guesses = {column: of for column, of in chosen.items() if isinstance(of, Guess)}
    merged = codebook_of(codebook, columns_as(guesses))
    columns: dict[str, Guess] = {}
    for file, raw, _ in tables:
        known = match_columns(raw, file, codebook)[0]
        own = {column: Guess(name, unit, "") for column, (name, unit) in known.items()}
        for column, of in ((c, guesses[c]) for c in raw.columns if c in guesses):
            if other := next((c for c, (v, *_) in own.items() if v == of.variable), ""):
                expected = f"one column for {of.variable} in a table, which {said[other]} is"
                faults.append(("Columns", row_of[column], "Decision", of.variable, expected))
            own[column] = of
        columns |= own
    waiting = cells_to_decide(tables, codebook, guesses, synonyms)
    meant = decide_values(filled, rows, waiting, columns, merged, responses, faults)
    if faults:
        raise faults.raised(name)
    return additions_of(chosen, meant, tables, codebook)


def decide_values(
    filled: dict[str, Filled],
    rows: dict[str, list[Row]],
    waiting: list[UnknownValue],
    columns: dict[str, Guess],
    codebook: dict,
    responses: Sequence[str],
    faults: Faults,
) -> list[tuple[UnknownValue, str]]:
    """Return what each value means that waits for a decision; add to the faults what can't be.

    Parameters
    ----------
    filled, rows, responses
        As of `take_decisions`.
    waiting
        The cells that nothing explains, by what their columns are now.
    columns
        What these are.
    codebook
        With these columns.
    """
    said = {row.of: str(row.cells["Column"]) for row in rows["Columns"]}
    about = {(row.cells["Column"], row.cells["Value"]): row for row in rows["Values"]}
    key_of = {(row.of.column, fold(row.of.text)): key for key, row in about.items()}
    cells_of = {key: row.of for key, row in about.items()}
    for cell in waiting:
        new = said[cell.column], say_cell(cell)
        cells_of.setdefault(key_of.setdefault((cell.column, fold(cell.text)), new), cell)
    owners = {
        (name, fold(text)): (level, "in the codebook")
        for name, variable in codebook["variables"].items()
        for level, own in variable.get("levels", {}).items()
        for text in (level, *own)
    }
    meant, seen = [], set()
    for number, cells, key in faults.each_once("Values", filled["Values"]):
        seen.add(key)
        with faults.of("Values", number):
            if key[0] not in said.values():
                raise DecisionError("Column", key[0], NO_COLUMN)
            cell, row = cells_of.get(key), about.get(key)
            if cell is None and key[0] in map(said.get, columns):
                raise DecisionError("Value", key[1], NO_VALUE)
            if cell is None or cell.column not in columns:
                continue
            of, decision = columns[cell.column], ""
            proposed = row.cells["Proposed"] if row and row.of.variable == of.variable else ""
            if not (row and row.state == KNOWN and fold(cells["Decision"]) == AS_PROPOSED):
                decision = decision_in(cells, "Proposed", str(proposed))
            cell = cell._replace(variable=of.variable)
            meaning = decide_value(decision, cell, of.unit, codebook, responses)
            meant += [(cell, meaning)] if meaning else []
            for text in (cell.text, meaning) if meaning not in ("", MISSING, CORRECT) else ():
                own = meaning, f"in row {number}"
                level, where = owners.setdefault((of.variable, fold(text)), own)
                if level != meaning:
                    spelling = key[1] if text == cell.text else meaning
                    expected = f"`{level}`, of which {spelling} is a spelling {where}"
                    raise DecisionError("Decision", cells["Decision"], expected)
    faults += [
        ("Values", "", "Value", "no row", f"a row for {key[1]} of {key[0]}")
        for key in dict.fromkeys(key_of[cell.column, fold(cell.text)] for cell in waiting)
        if key not in seen
    ]
    return meant


def additions_of(
    chosen: dict[str, Guess | str],
    meant: list[tuple[UnknownValue, str]],
    tables: list[tuple],
    codebook: dict,
) -> dict:
    """Return decisions as additions to the codebook.

    What is missing by a word that is no level's is so in all columns; other values are only where
    it was said.
    """
    variables = columns_as({c: of for c, of in chosen.items() if isinstance(of, Guess)})[
        "variables"
    ]
    meanings: dict[str, set[str]] = {}  # of a folded value, in all columns
    for cell, meaning in meant:
        meanings.setdefault(fold(cell.text), set()).add(meaning)
        if meaning not in (MISSING, CORRECT):
            levels = variables.setdefault(cell.variable, {}).setdefault("levels", {})
            own = levels.setdefault(meaning, [])
            own += [cell.text] if fold(cell.text) not in map(fold, own) else []
    spelt = words_apart(codebook_of(codebook, {"variables": variables}))
    codes: dict[str, str] = {}
    values: dict[tuple[str, str], list[str]] = {}  # file and column -> cells that are missing
    for cell in (cell for cell, meaning in meant if meaning == MISSING):
        if is_missing_word(cell.text, spelt) and len(meanings[fold(cell.text)]) == 1:
            codes.setdefault(bare(cell.text), cell.text)
            continue
        for file, raw, _ in (table for table in tables if cell.column in table[1]):
            for text, places in sources_of(file, raw[cell.column], raw.attrs.get("place")).items():
                for place in places if fold(text) == fold(cell.text) else ():
                    values.setdefault(place, []).append(text)
    additions = {
        "missing_codes": [*codes.values()],
        "dropped": [column for column, of in chosen.items() if of == LEAVE_OUT],
        "answers": [
            {"file": file, "column": column, "values": own, "means": MISSING, "reason": REASON}
            for (file, column), own in values.items()
        ],
        "variables": variables,
    }
    return {key: value for key, value in additions.items() if value}
