"""Find direct identifiers in raw tables; tell where they stand, but not what they are."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from crlm.base.masking import (
    DECIMAL,
    LONG_TEXT,
    MONTHS,
    PSEUDONYM,
    UNCASED,
    has_date,
    identifier,
    looks_like_a_person,
    masked,
    names_a_person,
    shown,
    suspected_kind,
    unknown_words,
    words_in,
)
from crlm.base.problems import Problem
from crlm.base.spelling import fold, id_of, plain
from crlm.base.vocabulary import VOCABULARY, names_nobody, vocabulary_words
from crlm.cohort.missing import hint_of_date, is_error, looks_missing, says_missing
from crlm.cohort.pseudonyms import NO_PSEUDONYM, is_pseudonym
from crlm.cohort.summary_rows import find_no_patients, is_summary
from crlm.plan.additions import columns_in

SHORTEST = 5  # digits: as long may a record number be in a reason, which tells of no measurement
# A birth and a record in the languages of config/synonyms.yaml, as in "geb. 1958", "Akte 4711".
BORN = re.compile(
    r"\b(?:geb|geboren\w*|geburts\w*|jahrgang|born|birth\w*|dob|yob|née?s?|naissance|"
    r"nacid[oa]|nacimiento|nascid[oa]|nascimento|nat[oa]|nascita)\b|مواليد|ميلاد|ولد|\*\s*(?=\d)",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\b(?:mrn|pid|records?|charts?|case|file|pat(?:ient(?:in)?)?|akten?|fall|fallnummer|dossier|"
    r"expediente|historia|prontuário|processo|cartella|ملف|سجل)\b[\W_]*(?:(?:no|nr|num|number|id|n)\b)?"
    r"[\W_]*(?!(?:19|20)\d\d(?!\d))\d{4,}",
    re.IGNORECASE,
)
FEW = 3  # ids, or numbers, that tell nothing of how the others look
# What a date in digits has, so that of other ids nobody asks.
DAY_AND_YEAR = re.compile(r"\d\D+\d|\d{6}")
HAS_MONTH = re.compile(MONTHS)

DROP = (
    "mend the cell where the table comes from, take the column out of the file, or name it under "
    "`dropped` in the codebook"
)
EXPECTED = {
    "name": f"no name of a person: {DROP}",
    "number": f"no record number: {DROP}",
    "id": NO_PSEUDONYM,
    "phone": f"no phone number: {DROP}",
    "e-mail": f"no e-mail address: {DROP}",
    "address": f"no postal address: {DROP}",
    "date": "no exact date: declare a variable of it in the codebook (`type: year`, or "
    f"`type: interval` with another date), or {DROP}",
    "text": f"no free text, which may name anybody: {DROP}",
    "unknown": "under `ignored` only numbers, repeated values, known words: move it to `dropped`",
    "long text": f"a text of at most {LONG_TEXT} letters, since more may name anybody: {DROP}",
    "age": "no age of 90 or more: set `cap: 90` for this variable in the codebook",
}
NOBODY = "; where it names a person, mend the cell where the table comes from"
# Words in the names of columns, by what such a column holds; THINGS have a name and are no person.
COLUMNS = VOCABULARY["columns"]
OWNERS, NUMBERS, THINGS = (VOCABULARY["headings"][kind] for kind in ("owners", "numbers", "things"))
HEADINGS = vocabulary_words("columns") | vocabulary_words("headings")


def words_in_name(column: str) -> set[str]:
    """Return the words in a column's name, as in patientName, patient_name and Patient Name."""
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", column)
    return set(re.findall(r"[^\W\d_]+", spaced.casefold()))


def kind_of_column(column: str) -> str:
    """Return what a column's name says that it holds, of the kinds in `COLUMNS`, or nothing."""
    words = words_in_name(column)
    # Running numbers, as REDCap's record_id: their cells tell whether they are more than that.
    running = not words & (OWNERS - {"patient", "case"}) and words & {"patient", "case"}
    running = running or words == {"record", "id"}
    if (words & OWNERS and words & NUMBERS and not running) or words & COLUMNS["number"]:
        return "number"
    kind = next((kind for kind, names in COLUMNS.items() if words & names), "")
    return "" if kind == "name" and words & THINGS else kind


def judge_named(cell: str, kind: str) -> tuple[str, str] | None:
    """Return what a cell holds in a column whose name speaks of `kind`."""
    if kind == "date":  # a year alone is none; a spreadsheet may give a date as a number of days
        return ("date", "a date as a number") if re.fullmatch(r"\d{5}(\.\d+)?", cell) else None
    few = kind == "text" and len(cell.split()) < 3
    number = kind == "name" and not words_in(cell)  # nombre is a number in French
    return None if few or number else (kind, masked(cell))


def known_words(codebook: dict) -> set[str]:
    """Return the words that the codebook uses, none of which is taken for a name."""
    texts = []
    for name, variable in codebook["variables"].items():
        texts += [name, variable["label"], *variable["columns"]]
        for level, spellings in variable.get("levels", {}).items():
            texts += [level, *spellings]
    return set(words_in(" ".join(texts).casefold()))


def say_column(raw: Collection[str], column: str, codebook: dict) -> str:
    """Return a name among those of raw columns as a message may show it, or else its number."""
    known = {*columns_in(codebook), *map(fold, codebook["ignored"] + codebook["dropped"])}
    if fold(column) in known:
        return column
    spaced = " ".join(words_in_name(column)) if column.isalpha() else column  # patientName
    said = shown(spaced, known=HEADINGS | known_words(codebook))
    said = column if said == spaced else masked(column)
    return f"number {[*raw].index(column) + 1} {said}" if said != column in raw else said


def conceal(problems: list[Problem], codebook: dict) -> list[Problem]:
    """Return problems whose values are shown as far as the codebook knows them."""
    variable, words = codebook["variables"]["patient_id"], known_words(codebook)
    of_id = {"patient_id", *map(fold, variable["columns"])}

    def say(p: Problem) -> Problem:
        known = fold(p.column) in of_id and p.value and is_pseudonym(p.value, variable)
        known = known or (not p.column and is_summary(p.value, set()))
        if known or looks_missing(p.value) or is_error(p.value):
            return p
        value = said[p.value]
        a_word = value != p.value and p.row and p.column and not re.search(r"\d", p.value)
        return p._replace(value=value, expected=p.expected + NOBODY * bool(a_word))

    said = {value: shown(value, known=words) for value in {p.value for p in problems}}
    return [say(problem) for problem in problems]


def without_identifiers(tables: list[tuple], codebook: dict) -> list[tuple]:
    """Return raw tables whose cells that identify somebody are empty, for what is proposed.

    Of ids, each another one, nothing is.
    """
    words, ids = known_words(codebook), {*map(fold, codebook["variables"]["patient_id"]["columns"])}

    def tells(cell: str) -> bool:
        person = identifier(cell) or looks_like_a_person(plain(cell), words)
        return bool(person) and not says_missing(cell)

    def safe(column: pd.Series) -> pd.Series:
        told = [] if fold(str(column.name)) in ids else [*filter(tells, column.unique())]
        return column.mask(column.isin(told), "")

    return [(file, raw.apply(safe), unreadable) for file, raw, unreadable in tables]


def judge_reason(reason: str, words: Collection[str]) -> str | None:
    """Return what is said in place of a reason that tells who a patient is; None of any other."""
    found, text = identifier(reason, SHORTEST), plain(reason)
    if found and found[0] != "text":
        return found[1]
    born = BORN.search(text) and re.search(r"(?<!\d)(?:1[89]|20|'\d)\d?\d(?!\d)", text)
    told = names_a_person(text, words) or NUMBERED.search(text) or born
    return masked(reason) if told else None


def judge_ids(cells: pd.Series, variable: dict) -> Iterator[tuple[int, str, str]]:
    """Yield row, kind and mask of each id that is no pseudonym.

    That is what does not meet the codebook's pattern (the word Total, which tells of nobody, is
    left to those who read the table); and letters that no other id has, where they may be a name
    (OMAR-1), the initials of somebody born in that year (FH1965), or each patient has others
    (initials). Letters that the pattern itself names are none of these.
    """
    ids = cells.map(id_of)
    fit = np.array([is_pseudonym(own, variable) for own in ids], dtype=bool)
    for row, own in ids[~fit].items():
        if not variable["pseudonym"] and shown(own) != own:
            yield row, "id", say_id(own, variable)
    ids = ids[fit]
    ids = ids[~ids.str.fullmatch(PSEUDONYM).to_numpy(bool)]
    letters = ids.map(lambda own: "".join(words_in(own)).casefold())
    of_letters = ids.groupby(letters).nunique()
    once = {own for own in of_letters.index[of_letters == 1] if own}
    once = {own for own in once if own not in variable["pattern"].casefold()}
    initials = {own for own in once if len(own) > 1}
    initials = initials if 2 * len(initials) > len(of_letters) > FEW else set()
    months = {own for own in of_letters.index if HAS_MONTH.search(own)}
    for row, own, own_letters in zip(ids.index, ids, letters, strict=True):
        if len(ids) < FEW or not own_letters:
            continue
        if (own_letters in months or DAY_AND_YEAR.search(own)) and has_date(own):
            yield row, "id", "a date"
        elif own_letters in once:
            name = re.search("[aeiouy]", own_letters) and len(own_letters) > 2
            name = name and not any(map(names_nobody, words_in(own)))
            if own_letters in initials or name or re.search(r"(?<!\d)(?:19|20)\d\d$", own):
                yield row, "id", masked(own)


def say_id(cell: str, variable: dict) -> str:
    """Return an id as a message may show it: itself where it is a pseudonym."""
    own = id_of(cell)
    if is_pseudonym(own, variable):
        return own
    found = identifier(own)
    return found[1] if found and found[0] != "text" else shown(own)


def is_running(numbers: Collection[int]) -> bool:
    """Return whether long numbers are a table's own count, as 1000001, 1000002, 1000004."""
    return len(numbers) > FEW and max(numbers) - min(numbers) <= 3 * len(numbers)


def judge_column(
    column: str,
    cells: pd.Series,
    variable: dict | None,
    words: Collection[str],
    ignored: bool = False,
) -> Iterator[tuple[int, str, str]]:
    """Yield row, kind and mask of each cell of a column that identifies somebody.

    Each distinct cell is judged once. One word alone, or with a number, is a name or an address
    where most texts of its column may be that: a rare drug among known ones is none. Where the
    codebook reads the column it is a question for those who read it, for it is no level.

    `variable` is its entry in the codebook, or None where the codebook does not read the column.
    `cells` has no missing ones. In an `ignored` column each that stands once and has an unknown
    word is one.
    """
    kind = "" if variable else kind_of_column(column)
    of_type = variable["type"] if variable else ""
    if of_type == "id":
        yield from judge_ids(cells, variable)
        return
    levels = (variable or {}).get("levels", {})
    spelt = {fold(s) for level, spellings in levels.items() for s in (level, *spellings)}
    folded = Counter(map(fold, cells))
    forms = {cell: plain(cell) for cell in cells.unique()}
    running = is_running({int(t) for t in forms.values() if re.fullmatch(r"\d{1,15}", t)})
    thing = words_in_name(column) & THINGS and not variable
    suspicions = {cell: suspected_kind(cell, words) for cell in forms.values() if words_in(cell)}
    of_people = 2 * sum(map(bool, suspicions.values())) > len(suspicions)
    judged: dict[str, tuple[str, str]] = {}
    for received, cell in forms.items():
        once = folded[fold(received)] == 1
        said = fold(cell) in spelt or (not kind and bool(DECIMAL.fullmatch(cell)))
        if said or (not kind and says_missing(cell)):
            continue
        found = identifier(cell)
        if found and (
            (found[0] == "text" and not once)  # the name of a level
            or (found[0] == "number" and running and cell.isdigit() and not kind)
        ):
            found = None
        if not found and kind:
            found = judge_named(cell, kind)
        if not found and once and not thing and (suspicion := suspicions.get(cell)):
            alone = not variable and (of_people or words_in(cell)[0] > UNCASED)
            certain = alone or looks_like_a_person(cell, words)
            found = (suspicion, masked(cell)) if certain else None
        if not found and of_type in ("integer", "number") and "cap" not in variable:
            old = variable["unit"] == "years" and re.fullmatch(r"1?\d\d", cell)
            found = ("age", "an age") if old and int(cell) >= 90 else None
        if not found and ignored and once and unknown_words(cell, words):
            found = "unknown", masked(cell)
        if found:
            judged[received] = found
    for row, cell in cells[cells.isin([*judged])].items():
        yield row, *judged[cell]


def find_identifiers(raw: pd.DataFrame, file: str, codebook: dict) -> list[Problem]:
    """Find direct identifiers that the codebook does not say how to transform, by name and content.

    Parameters
    ----------
    raw
        A table as received, every cell a text; its index is the row of the file.
    file
        The file's name.
    codebook
        The cohort's codebook. What it drops, or turns into years or intervals, is not looked at;
        what it otherwise reads is. What it ignores may hold only what names nobody for certain.

    Returns
    -------
    list of Problem
        One for each column and kind, at the first row. No cell is shown, only its mask.
    """
    problems = judge_table(raw, file, codebook)
    # A footer or a legend is no patient: the cleaning tells it by its row.
    no_patients = [p.row for p in find_no_patients(raw, file, codebook)] if problems else []
    return judge_table(raw.drop(index=no_patients), file, codebook) if no_patients else problems


def judge_table(raw: pd.DataFrame, file: str, codebook: dict) -> list[Problem]:
    """Return what `find_identifiers` does, of all rows of a table."""
    read = {c: codebook["variables"][name] for c, name in columns_in(codebook).items()}
    unread = {name for name, v in read.items() if v["type"] in ("year", "interval")}
    unread |= set(map(fold, codebook["dropped"]))
    words, codes = known_words(codebook), set(map(fold, codebook["missing_codes"]))
    ignored = set(map(fold, codebook["ignored"]))
    problems = []
    for column in (c for c in raw.columns if fold(c) not in unread):
        cells = raw[column][[fold(cell) not in codes for cell in raw[column]]]
        found: dict[str, list] = {}
        variable = read.get(name := fold(column))
        for row, kind, mask in judge_column(column, cells, variable, words, name in ignored):
            found.setdefault(kind, []).append((row, mask))
        for kind, ((row, mask), *others) in found.items():
            rows = f" (and in {len(others)} more row{'s' * (len(others) > 1)})" if others else ""
            said = say_column(raw, column, codebook)
            hint = hint_of_date(raw.at[row, column], variable or {"type": ""})
            problems.append(Problem(file, row, said, mask + rows, EXPECTED[kind] + hint))
    return problems
