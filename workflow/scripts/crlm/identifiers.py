"""Find direct identifiers in raw tables; tell where they stand, but not what they are."""

import re
from collections.abc import Collection, Iterator

import pandas as pd

from crlm.problems import InputError, Problem
from crlm.pseudonyms import PSEUDONYM
from crlm.spelling import fold

DROP = "take the column out of the file, or name it under `dropped` in the codebook"
EXPECTED = {
    "name": f"no name of a person: {DROP}",
    "number": f"no record number: {DROP}",
    "id": "a pseudonym: set `pseudonym: true` for this variable in the codebook",
    "phone": f"no phone number: {DROP}",
    "e-mail": f"no e-mail address: {DROP}",
    "address": f"no postal address: {DROP}",
    "date": "no exact date: declare a variable of it in the codebook (`type: year`, or "
    f"`type: interval` with another date), or {DROP}",
    "text": f"no free text, which may name anybody: {DROP}",
    "age": "no age of 90 or more: set `cap: 90` for this variable in the codebook",
}
# Words in the names of columns, by what such a column holds.
COLUMNS = {
    "name": {
        *("name", "names", "fullname", "surname", "firstname", "lastname", "forename", "initials"),
        *("nom", "prenom", "prénom", "vorname", "nachname", "nombre", "apellido", "apellidos"),
        *("cognome", "surgeon", "physician", "doctor", "consultant", "radiologist"),
        *("pathologist", "oncologist", "nurse", "operator"),
    },
    "number": {"mrn", "ssn", "nhs", "nin", "passport", "insurance"},
    "phone": {"phone", "telephone", "tel", "mobile", "fax", "whatsapp", "telefon", "telefono"},
    "e-mail": {"email", "mail"},
    "address": {"address", "street", "postcode", "zip", "adresse", "direccion", "indirizzo"},
    "date": {"dob", "date", "birthday", "birthdate", "datum", "fecha"},
    "text": {"notes", "note", "comment", "comments", "remarks", "narrative", "freetext"},
}
OWNERS = {"hospital", "record", "national", "file", "case", "medical", "patient", "social"}
NUMBERS = {"number", "no", "num", "nr", "id"}
# What has a name and is no person.
THINGS = {
    *("drug", "regimen", "agent", "hospital", "centre", "center", "site", "file", "event", "form"),
    *("instrument", "study", "trial", "protocol", "gene", "test", "variable", "trade", "brand"),
    *("response", "read", "reading", "type", "procedure", "surgery", "tumour", "tumor", "location"),
    *("status", "histology", "treatment", "therapy", "chemotherapy", "diagnosis", "segment"),
}
DAY, MONTH, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:1[89]|20)\d\d"
MONTHS = (
    r"(?:jan|feb|f[eé]v|mar|m[aä]r|apr|avr|abr|ma[iy]|jun|jui|jul|aug|ao[uû]|ago|sep|o[ck]t|out|"
    r"nov|d[eé]c|de[zi])[^\W\d]*"
)
DATE = re.compile(
    rf"(?<!\d){YEAR}([-/.]){MONTH}\1{DAY}(?!\d)"
    rf"|(?<![\d.]){DAY}([-/.]){DAY}\2(?:{YEAR}|\d\d)(?![\d.])"
    rf"|^{YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
    rf"|\b{DAY}(?:st|nd|rd|th|\.)?[ -]?{MONTHS}[., -]*(?:{YEAR}|\d\d)\b"
    rf"|\b{MONTHS} {DAY}(?:st|nd|rd|th)?,? {YEAR}\b",
    re.IGNORECASE,
)
E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w{2,}")
PHONE = re.compile(r"(?<![\w.,])\+?\(?\d+\)?(?:(?:[ /.-]|(?<=\)))\(?\d{2,}\)?){0,6}(?!\w)")
DECIMAL = re.compile(r"[+-]?\d+[.,]\d+(?:e[+-]?\d+)?", re.IGNORECASE)
ADDRESS = re.compile(
    r"\b\d+\w?,? (?:[^\W\d]+\.? ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|square)\b"
    r"|\b[^\W\d]+(?:stra(?:ß|ss)e|str\.|weg|platz) \d+"
    r"|\b(?:street|rue|calle|via) .*\d|\d.* (?:street|rue|calle|via)\b|\bp\. ?o\. ?box\b",
    re.IGNORECASE,
)
TITLED = re.compile(r"\b(?:Dr|Prof|Mr|Mrs|Ms|Miss|Sheikh|Mme|Herr|Frau)\b\.? *[A-Z]")
WORD = r"[^\W\d_]+(?:[.'’-][^\W\d_]*)*"
PERSON = re.compile(rf"{WORD}(?:,? {WORD}){{1,3}}")
LONG = 7  # digits: more than any measurement has
LONG_ID = 6
WORDS = 8  # different ones in a cell: more than the name of a level has


def digits_in(text: str) -> str:
    """Return how many digits a text has, in words."""
    n = sum(map(str.isdigit, text))
    return "1 digit" if n == 1 else f"{n} digits"


def masked(text: str) -> str:
    """Return the first letter of each word, with dots for the rest."""
    return " ".join(f"{word[0]}…" for word in re.findall(r"[^\W\d_]+", text)[:4]) or digits_in(text)


def looks_like_a_person(text: str, known_words: Collection[str]) -> bool:
    """Return whether a text is two to four capitalised words, none of which the codebook uses."""
    if not PERSON.fullmatch(text) or known_words & set(re.findall(r"\w+", text.casefold())):
        return False
    words = re.findall(r"[^\W\d_]+", text)
    shouted = all(word.isupper() for word in words)  # CT THORAX is none; HASSAN, AHMED is one
    return all(not word[0].islower() for word in words) and (not shouted or "," in text)


def identify(cell: str, longest: int = LONG) -> tuple[str, str] | None:
    """Return the kind of direct identifier that a cell holds, and the cell masked.

    Of the names of persons, which only the column tells from names of levels, those with a title
    are found.

    Parameters
    ----------
    cell
        The text as received.
    longest
        From how many digits on a number is a record number.
    """
    text = re.sub(r"\.0+$", "", " ".join(cell.split()))
    if E_MAIL.search(text):
        return "e-mail", "an e-mail address"
    if DATE.search(text):
        return "date", "a date"
    if DECIMAL.fullmatch(text) or PSEUDONYM.fullmatch(text):
        return None
    if TITLED.search(text):
        return "name", masked(text)
    if ADDRESS.search(text):
        return "address", "a postal address"
    for match in PHONE.finditer(text):
        found = match[0]
        n, grouped = sum(map(str.isdigit, found)), re.search(r"\d[ /.()-]+\d", found)
        if (found.startswith(("+", "0")) and n >= LONG) or (grouped and n >= 9):
            return "phone", f"a number of {n} digits, as of a phone"
    if number := re.search(rf"\d{{{longest},}}", text):
        return "number", f"a number of {digits_in(number[0])}"
    words = set(re.findall(r"[^\W\d_]{2,}", text.casefold()))
    return ("text", f"a text of {len(text.split())} words") if len(words) >= WORDS else None


def words_of(column: str) -> set[str]:
    """Return the words in a column's name, as in patientName, patient_name and Patient Name."""
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", column)
    return set(re.findall(r"[^\W\d_]+", spaced.casefold()))


def concealed(text: str, longest: int = LONG) -> str:
    """Return a text for a message: its mask, where it holds an identifier or looks like a person.

    `longest` is as in `identify`.
    """
    if found := identify(text, longest):
        return found[1]
    return masked(text) if looks_like_a_person(text, set()) else text


def kind_of_column(column: str) -> str:
    """Return what a column's name says that it holds, of the kinds in `COLUMNS`, or nothing."""
    words = words_of(column)
    # Running numbers, as REDCap's record_id: their cells tell whether they are more than that.
    running = not words & (OWNERS - {"patient", "case"}) and words & {"patient", "case"}
    running = running or words == {"record", "id"}
    if (words & OWNERS and words & NUMBERS and not running) or words & COLUMNS["number"]:
        return "number"
    kinds = [kind for kind, names in COLUMNS.items() if words & names]
    return kinds[0] if kinds and not (kinds[0] == "name" and words & THINGS) else ""


def judge_named(cell: str, kind: str) -> tuple[str, str] | None:
    """Return what a cell holds in a column whose name speaks of `kind`."""
    if kind == "date":  # a year alone is none; a spreadsheet may give a date as a number of days
        return ("date", "a date as a number") if re.fullmatch(r"\d{5}(\.\d+)?", cell) else None
    if kind == "text" and len(cell.split()) < 3:
        return None
    if kind == "name" and not re.search(r"[^\W\d_]", cell):  # nombre is a number in French
        return None
    return kind, masked(cell)


def known_words(codebook: dict) -> set[str]:
    """Return the words that the codebook uses, none of which is taken for a name."""
    texts = []
    for name, variable in codebook["variables"].items():
        texts += [name.replace("_", " "), variable["label"]]
        for level, spellings in variable.get("levels", {}).items():
            texts += [level.replace("_", " "), *spellings]
    return set(re.findall(r"\w+", " ".join(texts).casefold()))


def judge_column(
    column: str, cells: pd.Series, variable: dict | None, words: Collection[str]
) -> Iterator[tuple[int, str, str]]:
    """Yield row, kind and mask of each cell of a column that identifies somebody.

    `variable` is its entry in the codebook, or None where the codebook does not read the column.
    `cells` has no missing ones.
    """
    kind = "" if variable else kind_of_column(column)
    of_type = variable["type"] if variable else ""
    levels = (variable or {}).get("levels", {})
    spelt = {fold(s) for level, spellings in levels.items() for s in (level, *spellings)}
    may_name = of_type != "category" and not words_of(column) & THINGS
    once = ~cells.map(fold).duplicated(keep=False)
    for row, cell in cells.items():
        if fold(cell) in spelt:
            continue
        found = identify(cell, LONG_ID if of_type == "id" else LONG)
        if found and found[0] == "text" and not once[row]:
            found = None  # the name of a level
        if not found and kind:
            found = judge_named(cell.strip(), kind)
        nameable = of_type == "id" or (once[row] and may_name)
        if not found and nameable and looks_like_a_person(" ".join(cell.split()), words):
            found = "name", masked(cell)
        if not found and of_type in ("integer", "number") and "cap" not in variable:
            old = variable["unit"] == "years" and re.fullmatch(r"1?\d\d", cell.strip())
            found = ("age", "an age") if old and int(cell) >= 90 else None
        if found:
            yield row, "id" if of_type == "id" else found[0], found[1]


def find_identifiers(raw: pd.DataFrame, file: str, codebook: dict) -> list[Problem]:
    """Find direct identifiers that the codebook does not say how to transform, by name and content.

    Parameters
    ----------
    raw
        A table as received, every cell a text; its index is the row of the file.
    file
        The file's name.
    codebook
        The cohort's codebook. What it drops, turns into years, intervals or pseudonyms is not
        looked at; what it otherwise reads or ignores is.

    Returns
    -------
    list of Problem
        One for each column and kind, at the first row. No cell is shown, only its mask.
    """
    variables = codebook["variables"]
    read = {fold(c): v for v in variables.values() for c in v["columns"]}
    transformed = {
        name
        for name, variable in read.items()
        if variable["type"] in ("year", "interval") or variable.get("pseudonym")
    }
    words, codes = known_words(codebook), set(map(fold, codebook["missing_codes"]))
    problems = []
    for column in raw.columns:
        if fold(column) in transformed | set(map(fold, codebook["dropped"])):
            continue
        cells = raw[column][~raw[column].map(fold).isin(codes)]
        found: dict[str, list] = {}
        for row, kind, mask in judge_column(column, cells, read.get(fold(column)), words):
            found.setdefault(kind, []).append((row, mask))
        for kind, ((row, mask), *others) in found.items():
            noun = "row" if len(others) == 1 else "rows"
            rows = f" (and in {len(others)} more {noun})" if others else ""
            problems.append(Problem(file, row, column, mask + rows, EXPECTED[kind]))
    return problems


def require_anonymous(
    tables: list[tuple[str, pd.DataFrame, list[Problem]]], codebook: dict
) -> None:
    """Refuse raw tables with direct identifiers, before anything else reads, logs or shows a cell.

    `tables` are as `files.read_raws` returns them; the codebook is the cohort's.

    Raises
    ------
    InputError
        With all findings of all tables.
    """
    problems = [p for file, raw, _ in tables for p in find_identifiers(raw, file, codebook)]
    if problems:
        raise InputError(problems)
