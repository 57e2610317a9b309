"""Find patients in files that are meant for everybody: by pseudonym, or by values."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

from crlm.base.formats import as_text
from crlm.wings.privacy.contents import comparable, texts_of

# So many words of a patient side by side are no chance, nor so many values of a variable in a row.
RUN = 8
NUMBERS = 3  # different ones among them: without, many patients share what is said
VARIED = 5  # different values in a run of a variable's
SPEAKING = 5  # letters and digits of a pseudonym that can't be part of another word
NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Rows:
    """The words of a table with a row a patient, by which parts of it are found in texts.

    Parameters
    ----------
    table
        Any columns, among them `patient_id`, which is left out: no value is found by it.
    """

    def __init__(self, table: pd.DataFrame):
        values = table.drop(columns="patient_id").astype(object)
        texts = {column: [str(as_text(v)) for v in values[column]] for column in values}
        self.rows = [
            Counter(words_of(" ".join(row))) for row in zip(*texts.values(), strict=True)
        ]  # fmt: skip
        self.owners: dict[str, set[int]] = {}
        for i, row in enumerate(self.rows):
            for word in row:
                self.owners.setdefault(word, set()).add(i)
        self.names = {*words_of(" ".join(texts))} - self.owners.keys()
        columns = [words_of(" ".join(filter(None, own))) for own in texts.values()]
        columns = [c for c in columns if all(map(NUMBER.fullmatch, c)) and len({*c}) >= RUN]
        self.columns = [*map(Counter, columns)]
        self.runs = set().union(*map(runs_of_column, columns))

    def are_in(self, words: list[str]) -> bool:
        """Return whether a part of a row, in any order, or of a column stands among words.

        Of a row these are `RUN` words of one patient, with the names of columns between them or
        not, or with any other word between two; of a column of numbers as many in the order of the
        patients, every second, sorted, or the whole column in any order.
        """
        bare = [word for word in words if word not in self.names]
        return any(
            self.has_row(span) or (stream is bare and self.has_column(span))
            for stream in (bare, bare[::2], bare[1::2])
            for span in self.spans(stream)
        )

    def spans(self, words: list[str]) -> Iterator[list[str]]:
        """Yield the words that stand side by side and are all some patient's."""
        marks = "".join(["1" if word in self.owners else "0" for word in words])
        for found in re.finditer(f"1{{{RUN},}}", marks):
            yield words[found.start() : found.end()]

    def has_row(self, span: list[str]) -> bool:
        """Return whether so many words side by side are all one patient's."""
        for part in {*zip(*(span[i:] for i in range(RUN)), strict=False)}:
            if len({w for w in part if NUMBER.fullmatch(w)}) < NUMBERS:
                continue
            owners = sorted((self.owners[w] for w in {*part}), key=len)
            if any(Counter(part) <= self.rows[i] for i in set.intersection(*owners)):
                return True
        return False

    def has_column(self, span: list[str]) -> bool:
        """Return whether a run of a column stands in a span, or the whole column in any order."""
        if not self.runs.isdisjoint(zip(*(span[i:] for i in range(RUN)), strict=False)):
            return True
        return any(
            Counter(span[i : i + column.total()]) == column
            for column in self.columns
            for i in range(len(span) - column.total() + 1)
        )


def runs_of_column(values: list[str]) -> set[tuple]:
    """Return the runs in a column of numbers, those in even steps (as of an axis) left out."""
    ascending = sorted(values, key=float)
    found = set()
    for order in (values, values[::2], values[1::2], ascending, ascending[::-1]):
        for run in zip(*(order[i:] for i in range(RUN)), strict=False):
            steps = {round(float(b) - float(a), 9) for a, b in pairwise(run)}
            found |= {run} if len({*run}) >= VARIED and len(steps) > 1 else set()
    return found


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, whatever stands between them; 21.0 is 21."""
    words = (word.strip(".-+") for word in re.findall(r"[\w.+-]+", text.casefold()))
    return [re.sub(r"\.0+$", "", word) if ".0" in word else word for word in words if word]


def pattern_of(pseudonyms: Iterable[str]) -> re.Pattern:
    """Return a pattern that finds pseudonyms in plain texts.

    Between the letters and digits of one with at least five of them may stand a sign, a blank or
    nothing; other letters may stand beside it, but no further digits. One that is a letter or a
    bare number of up to four digits can't be told from any other: it is looked for in lists of
    texts only.
    """
    parts = []
    for own in sorted({comparable(p).casefold() for p in pseudonyms}):
        pieces = re.findall(r"\d+|[^\W\d_]+", own)
        if re.fullmatch(r"\d{1,4}|[^\W\d_]", own):
            parts.append(rf"[\[,]\s*\"{own}\"\s*[\],]")
        elif len(pieces) > 1 and len("".join(pieces)) >= SPEAKING:
            before = r"(?<!\d)" if pieces[0].isdigit() else ""
            after = r"(?!\d)" if pieces[-1].isdigit() else r"(?![^\W\d_])"
            parts.append(before + r"[\W_]{0,2}".join(map(re.escape, pieces)) + after)
        else:
            parts.append(rf"(?<![\w-]){re.escape(own)}(?![\w-])")
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def search(content: bytes, pseudonym: re.Pattern, tables: list[Rows]) -> Iterator[str]:
    """Yield what is found in the content of a file."""
    try:
        texts = [*map(comparable, texts_of(content))]
    except Exception as error:  # whatever a broken file makes a library raise
        yield f"not searched, since it can't be read ({type(error).__name__})"
        return
    if any(map(pseudonym.search, texts)):
        yield "a patient's pseudonym"
    if any(table.are_in(words) for words in map(words_of, texts) for table in tables):
        yield "a patient's values"


def find_patients(folder: Path, rows: list[pd.DataFrame]) -> list[str]:
    """Find patients in all files of a folder, read as their readers could (`contents.texts_of`).

    Parameters
    ----------
    folder
        What is to be published.
    rows
        Tables with a row a patient and the column `patient_id`, in the order in which the patients
        would stand in a copy of them.

    Returns
    -------
    list of str
        A line for each file and kind of find, and for each file that can't be read. It names no
        patient.
    """
    pseudonym = pattern_of(set().union(*(table["patient_id"] for table in rows)))
    tables, found = [*map(Rows, rows)], []
    told: dict[bytes, list[str]] = {}  # a figure lies in two folders
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if pseudonym.search(comparable(name)):
            found.append(f"{name}: a patient's pseudonym in its name")
        if content not in told:
            told[content] = [*search(content, pseudonym, tables)]
        found += [f"{name}: {kind}" for kind in told[content]]
    return found
