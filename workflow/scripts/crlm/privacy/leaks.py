"""Find patients in files that are meant for everybody: by pseudonym, or by a row of values."""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from crlm.base.formats import as_text

TAG = re.compile(r"<[^<>]*>")
# So many words of a patient's row in the same order are no chance: 8 values, or 4 with their names.
RUN = 8


def texts_of(path: Path) -> list[str]:
    """Return what can be searched in a file: its text, and that of an archive's parts."""
    if not zipfile.is_zipfile(path):
        return [path.read_bytes().decode("utf-8", "replace")]
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, whatever stands between them; 21.0 is 21."""
    words = (word.strip(".-+") for word in re.findall(r"[\w.+-]+", text.casefold()))
    return [re.sub(r"\.0+$", "", word) for word in words if word]


def runs_of(words: list[str]) -> set[tuple]:
    """Return the runs of words in a text; a text that is shorter than a run is none."""
    return set(zip(*(words[i:] for i in range(RUN)), strict=False))


def runs_of_patients(rows: pd.DataFrame) -> set[tuple]:
    """Return the runs of words in patients' rows, with the names of the columns and without."""
    found = set()
    for row in rows.drop(columns="patient_id").astype(object).to_dict("records"):
        known = {column: as_text(value) for column, value in row.items() if as_text(value)}
        found |= runs_of(words_of(" ".join(known.values())))
        found |= runs_of(words_of(" ".join(map(" ".join, known.items()))))
    return found


def pattern_of(pseudonyms: Iterable[str]) -> re.Pattern:
    """Return a pattern that finds pseudonyms.

    One that is a bare number of up to four digits can't be told from any other number: it is looked
    for in lists of texts only.
    """
    bare = {p for p in pseudonyms if re.fullmatch(r"\d{1,4}", p)}
    parts = [rf"(?<![\w-]){re.escape(p)}(?![\w-])" for p in sorted({*pseudonyms} - bare)]
    parts += [rf"[\[,]\s*\"{p}\"\s*[\],]" for p in sorted(bare)]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def find_patients(folder: Path, rows: list[pd.DataFrame]) -> list[str]:
    """Find patients in all files of a folder.

    Parameters
    ----------
    folder
        What is to be published.
    rows
        Tables with a row a patient and the column `patient_id`, in the order of the columns that a
        copy of them would have.

    Returns
    -------
    list of str
        A line for each file and kind of find. It names no patient.
    """
    pseudonym = pattern_of(set().union(*(table["patient_id"] for table in rows)))
    runs = set().union(*map(runs_of_patients, rows))
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, texts = path.relative_to(folder).as_posix(), texts_of(path)
        if any(map(pseudonym.search, [name, *texts])):
            found.append(f"{name}: a patient's pseudonym")
        if any(runs & runs_of(words_of(form)) for t in texts for form in (t, TAG.sub(" ", t))):
            found.append(f"{name}: a patient's values")
    return found
