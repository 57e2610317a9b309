"""Find patients in files that are meant for everybody: by pseudonym, or by values."""

import hashlib
import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd

from crlm.base.formats import as_text
from crlm.base.spelling import LETTERS
from crlm.wings.privacy.contents import comparable, texts_of

# So many words of a patient side by side are no chance, nor so many values of a variable in a row.
RUN = 8
NUMBERS = 3  # different ones among them: without, many patients share what is said
NONE_OR_ALL = {"0", "100"}  # not of these: any table of counts and percentages has them
CHANCE = 12  # digits of the odds against the values of a variable in the patients' order, by chance
RARE = 9  # the same, of the order of all of few values, in any unit, or of a group in any order
LEAST = 6  # the same, of a run at least (of many patients more), or of all in any order
SPEAKING = 5  # letters and digits of a pseudonym that can't be part of another word
NUMBER = re.compile(r"\d+(?:\.\d+)?")
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
ALIKE = 0.98  # correlation with a column in its order, which no chance has
NEAR = 0.05  # standard deviations: so near are all of a column's values, in any unit, no others
PEAK = 0.8  # of what sets all values of a column apart: more by one alone
MANY = 200
SHAPE = 16  # values in a row that rise and fall as a variable's do: of 16! ways no chance
RANK = np.dtype(np.int32)
AT_ONCE = 10_000  # of those, for the memory's sake
# All that stands side by side, every second of it, and so on, as in the rows of a table.
STEPS = [(step, i) for step in range(1, 6) for i in range(step)]
# Numbers with zeros that tell nothing, or a power of ten.
UNUSUAL = re.compile(r"0\d+(?:\.\d+)?|\d+\.\d*0|\d+(?:\.\d+)?e[+-]?\d\d?")
EARLIER, LATER = np.triu_indices(SHAPE, 1)
FACTOR = 6364136223846793005  # any odd number, of which there is an inverse
WEIGHTS = np.random.default_rng(0).integers(2**46, size=len(LATER)).astype(float)  # exact sums
PIECE = re.compile(r"<[^<>]*>|[^\n<>\[\]]+")  # an element, a line or a list
DECIMAL = re.compile(r"(-?\d{1,15}(?:\.\d+)?)")
CELLS = re.compile(r" *[,;\t|] *")
# How the number of a patient is written, where it is not that of patients.
PATIENT = (
    r"\b(?:patient(?:in)?|pa[cz]iente?|cas[eo]|subject|participant|p(?:a?t|ts)\.)"
    r"[ _-]?(?:(?:id|no|nr|number|#)\b)?[.\"']*"
    r"\s*[:=#]?\s*[\"']?"
    r"|\bpatients?\"\s*:\s*\[[\s\"]*"  # a list of them
)
# After a number that is none of a patient: of a patient 5 years old.
MEASURED = r"(?![.,]\d| ?%|[- ]?(?:[cm]m|(?:day|week|month|year|cycle|lesion|metastas)\w*)\b)"
HASH = re.compile(r"\b[0-9a-f]{8,128}\b")  # whole or cut
BACKWARDS = re.compile(r"\brtl\b|[\u202b\u202e\u2067]")  # what a browser shows so


class Column:
    """The values of a variable, one word a patient of whom it is known; not all are the same.

    `runs` are those in the order of the patients that are long enough to be no chance, `length`
    words each, also backwards, of every second patient, and of each group; where none is
    (`is_plain`), of many patients all, with no other words between them. `sets` are all its values
    in any order, by how many they are, and those of a group. `form` are its numbers in that order,
    in standard deviations off their mean; None where any axis (they nearly rise or fall by
    themselves) or any peak (one is far from all others) would do.

    Parameters
    ----------
    words
        Of each patient.
    groups
        Where the patients of each group stand.
    """

    def __init__(self, words: list[str], groups: Iterable[np.ndarray]):
        self.size, codes = len(words), codes_of(words)
        odds = odds_of(codes)
        self.kinds = np.unique(codes)
        more = math.log10(max(self.size / 10, 1))  # as many runs could stand there by chance
        self.length = min(self.size, math.ceil((CHANCE + more) / odds.mean()))
        every = np.arange(self.size)
        orders = [every, every[::-1], every[::2], every[1::2], *groups]
        orders = [codes[own] for own in orders if len(own) >= self.length]
        runs = [
            hashed(own, self.length)[rolled(odds_of(own), self.length) > LEAST + more]
            for own in orders
        ]
        self.runs = np.unique(np.concatenate(runs))
        self.is_plain = not self.runs.size and self.size >= 2 * RUN
        if self.is_plain:
            self.length, self.runs = self.size, hashed(codes, self.size)
        self.sets: dict[int, set] = defaultdict(set)
        for own in (every, *groups):
            kinds, n, whole = len({*codes[own]}), len(own), len(own) == self.size
            rare = odds[own].sum() - orders_of(codes[own]) > (LEAST if whole else RARE)
            # Where all are different, those of a group stand on any axis.
            if kinds >= RUN and (rare if n > kinds else whole):
                self.sets[n].add(codes[own].sum())
        self.form = None
        if len(self.kinds) >= RUN and self.size >= 2 * RUN and all(map(is_number, words)):
            form = standardised(np.array([*map(float, words)]))
            rises = abs(np.corrcoef(form, range(self.size))[0, 1]) > 2 * ALIKE - 1
            self.form = None if rises or max(form**2) > PEAK * self.size else form

    def is_in(self, codes: np.ndarray) -> bool:
        """Return whether its values stand among words, others between them or not.

        They do in the order of the patients or, where they are of many kinds, in any.
        """
        own = codes if self.is_plain else codes[are_among(codes, self.kinds)]
        return bool(
            are_among(hashed(own, self.length), self.runs).any()
            or any(
                np.isin(rolled(own, size), [*sums]).any()
                for size, sums in self.sets.items() if size <= len(own)
            )
        )  # fmt: skip

    def is_drawn_in(self, numbers: np.ndarray) -> bool:
        """Return whether numbers are its own in any unit, in its order or in any."""
        if self.form is None or len(numbers) != self.size or not numbers.std():
            return False
        found = standardised(numbers)
        low, own = np.sort(found), np.sort(self.form)
        apart = min(abs(low - own).max(), abs(low + own[::-1]).max())
        return bool(apart < NEAR or abs(np.mean(found * self.form)) > ALIKE)


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
        joined = sorted(w for w in self.names | self.owners.keys() if "_" in w)
        labels = "|".join(joined[::-1]).replace("_", " ") or "(?!)"
        self.labels = re.compile(rf"\b(?:{labels})\b")
        groups = groups_in(values)
        self.columns = []
        for own in texts.values():
            known = np.array([*map(bool, own)])
            words = [*filter(None, own)]
            if len({*words}) > 1 and len(words_of(" ".join(words))) == len(words):
                places = known.cumsum() - 1
                inner = {(*places[g[known[g]]],) for g in groups}
                self.columns.append(Column(words, [np.array(g) for g in sorted(inner) if g]))
        self.known = np.unique(np.concatenate([codes_of([""]), *(c.kinds for c in self.columns)]))
        self.shapes, self.ranks = shapes_in(values, groups)
        self.long = {len(ranks) // RANK.itemsize for ranks in self.ranks}

    def are_in(self, words: list[str], series: dict[int, list], shapes: np.ndarray) -> bool:
        """Return whether a part of a row, in any order, or of a column stands in a text.

        Of a row these are `RUN` words of one patient side by side, with the names of columns
        between them or not, or with up to four other words between two (then a few more); of a
        column its values in the order of the patients, with other words between them or not, or, of
        numbers, all in any order and unit, or `SHAPE` in their order on any scale, or as points.

        Parameters
        ----------
        words, series, shapes
            Those of the text, by `words_of`, `series_of` (by their length) and `shapes_of`.
        """
        words = self.labels.sub(lambda of: of[0].replace(" ", "_"), " ".join(words)).split()
        bare = [word for word in words if word not in self.names]
        marks = "".join(["1" if word in self.owners else "0" for word in bare])
        if any(
            self.has_row(bare[i::step], marks[i::step], RUN + max(step - 2, 0)) for step, i in STEPS
        ):
            return True
        codes, numeric = codes_of(words), {word for word in {*words} if is_number(word)}
        of_numbers = np.array([word in numeric for word in words], bool)
        numbers = codes[of_numbers]
        streams = [codes, codes[~of_numbers], numbers[::2], numbers[1::2]]
        known = [own[are_among(own, self.known)] for own in streams]
        return any(
            column.is_in(own)
            for column in self.columns for own in (streams if column.is_plain else known)
        ) or any(
            column.is_drawn_in(own) for column in self.columns for own in series[column.size]
        ) or any(
            ranks_of(own) in self.ranks for size in self.long for own in series[size]
        ) or bool(are_among(shapes, self.shapes).any())  # fmt: skip

    def has_row(self, words: list[str], marks: str, length: int) -> bool:
        """Return whether so many words side by side are all one patient's, who has all marked."""
        spans = [found.span() for found in re.finditer(f"1{{{length},}}", marks)]
        for part in {p for start, end in spans for p in windows_of(words[start:end], length)}:
            numbers = [word for word in part if is_number(word) and word not in NONE_OR_ALL]
            long = [word for word in numbers if len(word) > 1]
            if len({*numbers}) < NUMBERS or len({*long}) < len(long):
                continue  # also what tables print twice: a percentage
            owners = sorted((self.owners[w] for w in {*part}), key=len)
            if any(Counter(part) <= self.rows[i] for i in set.intersection(*owners)):
                return True
        return False


def is_number(word: str) -> bool:
    """Return whether a word is a number."""
    return bool(NUMBER.fullmatch(word))


def orders_of(values: np.ndarray) -> float:
    """Return how many digits the number of their orders has, alike ones not told apart."""
    ways = [math.lgamma(n + 1) / math.log(10) for n in (len(values), *Counter(values).values())]
    return ways[0] - sum(ways[1:])


def standardised(numbers: np.ndarray) -> np.ndarray:
    """Return numbers in standard deviations off their mean."""
    return (numbers - numbers.mean()) / numbers.std()


def pairs_of(numbers: np.ndarray) -> np.ndarray:
    """Return of each `SHAPE` numbers side by side which are larger than which."""
    windows = np.lib.stride_tricks.sliding_window_view(numbers, SHAPE)
    return np.sign(windows[:, LATER] - windows[:, EARLIER])


def shapes_of(series: list[np.ndarray]) -> np.ndarray:
    """Return the same of all series as one number each, equal for logarithms and opposites."""
    numbers, of = np.concatenate(series), np.repeat(np.arange(len(series)), [*map(len, series)])
    parts = range(0, len(numbers) - SHAPE + 1, AT_ONCE)
    found = (pairs_of(numbers[i : i + AT_ONCE + SHAPE - 1]) @ WEIGHTS for i in parts)
    return abs(np.concatenate([*found]))[of[: 1 - SHAPE] == of[SHAPE - 1 :]]


def ranks_of(numbers: np.ndarray) -> bytes:
    """Return the ranks of numbers, equal for their opposites."""
    ranks = np.unique(numbers, return_inverse=True)[1].astype(RANK)
    return min(ranks.tobytes(), (ranks.max() - ranks).tobytes())


def groups_in(table: pd.DataFrame) -> list[np.ndarray]:
    """Return the places of the patients of each group of a table, by its columns of few values.

    Of many patients they are those among the first `MANY`, with whom any copy begins.
    """
    table = table.head(MANY)
    levels = ((table[c], table[c].unique()) for c in table)
    masks = [column.eq(level) for column, own in levels if len(own) <= RUN for level in own]
    return [np.flatnonzero(mask) for mask in {(*mask,): mask for mask in masks}.values()]


def shapes_in(table: pd.DataFrame, groups: list[np.ndarray]) -> tuple[np.ndarray, set[bytes]]:
    """Return the shapes of a table's numbers, but for those that an axis has, or only few values.

    They are those of all patients, of those of whom another value is known, and of each group; of
    many patients those of the first `MANY`. Beside them the ranks of all their numbers, where these
    tell, as those of few values do.
    """
    numbers = table.head(MANY).apply(pd.to_numeric, errors="coerce")
    places = [*groups, *(np.flatnonzero(numbers[c].notna()) for c in numbers)]
    shapes, ranks = [np.array([])], set()
    for column, place in product(numbers, {(*own,): own for own in places}.values()):
        own = numbers[column].to_numpy(float)[place]
        own = own[~np.isnan(own)]
        if len(own) >= SHAPE:
            pairs = pairs_of(own)
            kinds = [len({*own[i : i + SHAPE]}) for i in range(len(pairs))]
            rises = abs(pairs.sum(axis=1)) > len(LATER) / 2
            shapes.append(shapes_of([own])[(np.array(kinds) >= RUN) & ~rises])
            signs = np.sign(np.subtract.outer(own, own)[np.triu_indices(len(own))])
            if orders_of(own) > RARE and abs(signs.sum()) < abs(signs).sum() / 2:
                ranks |= {ranks_of(own), ranks_of(own[::-1])}
    return np.unique(np.concatenate(shapes)), ranks


def series_of(text: str) -> Iterator[np.ndarray]:
    """Yield the numbers of a text that may be the values of a variable.

    They are those of an element, a line or a list, every second of them, and so on; those in the
    same place of elements or lines that are alike but for their numbers; and those of a column of
    cells.
    """
    found: list = []
    alike: dict[tuple, list] = defaultdict(list)
    for piece in PIECE.findall(text):
        parts = DECIMAL.split(piece)
        if numbers := parts[1::2]:
            alike[(*parts[::2],)].append(numbers)
            if len(numbers) >= SHAPE:
                found += [numbers[i::step] for step, i in STEPS]
        for i, cell in enumerate(CELLS.split(piece)):
            if DECIMAL.fullmatch(cell):
                alike[i,].append([cell])
    for rows in alike.values():
        found += zip(*rows, strict=True)
    for own in (np.array(own, float) for own in found if len(own) >= SHAPE):
        yield own
        if own[1:].min() < 0 < own[1:].max():  # steps from one to the next, as in a drawn line
            yield own.cumsum()


def codes_of(words: list[str]) -> np.ndarray:
    """Return a number for each word."""
    return np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)


def odds_of(codes: np.ndarray) -> np.ndarray:
    """Return the digits of the odds against each code, where all are as frequent as in these."""
    _, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return np.log10(len(codes) / counts)[place]


def are_among(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return which are among known ones, which are sorted."""
    if not known.size:
        return np.zeros(len(found), bool)
    return known[np.minimum(known.searchsorted(found), len(known) - 1)] == found


def rolled(numbers: np.ndarray, length: int) -> np.ndarray:
    """Return the sum of each so many numbers side by side."""
    sums = np.concatenate([[numbers.dtype.type(0)], numbers.cumsum()])
    return sums[length:] - sums[:-length]


def hashed(codes: np.ndarray, length: int) -> np.ndarray:
    """Return a number for each so many codes side by side, which tells their order."""
    powers = np.full(len(codes), FACTOR, np.uint64).cumprod()
    inverse = np.full(len(codes), pow(FACTOR, -1, 2**64), np.uint64).cumprod()
    return rolled(codes * powers, length) * inverse[: max(len(codes) - length + 1, 0)]


def windows_of(words: list[str], length: int) -> Iterator[tuple]:
    """Yield all that stand side by side, so many at a time."""
    return zip(*(words[i:] for i in range(length)), strict=False)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, whatever stands between them; 021.0 is 21."""
    text = re.sub(r"(?<=\d)-?(?=[^\W\d_])(?!e[+-]\d)|__+", " ", text.casefold())  # 43-year-old
    words = (word.strip(".-+") for word in re.findall(r"[\w.+-]+", text))
    return [f"{float(word):.12g}" if UNUSUAL.fullmatch(word) else word for word in words if word]


def pattern_of(pseudonyms: Iterable[str]) -> re.Pattern:
    """Return a pattern that finds pseudonyms in plain texts.

    Between the letters and digits of one with at least five of them may stand up to seven signs and
    blanks; up to two where its digits have more zeros before them or, where five signs are left,
    fewer. Other letters may stand beside it (where it has four of its own, so that sha256 is no
    H-A-256), but no further digits. One that is a letter or a bare number of up to four digits
    can't be told from
    any other: it is looked for in lists of texts, and as the number of a patient.
    """
    parts, numbers = [], set()
    ends: dict[tuple, set[str]] = defaultdict(set)
    for own in sorted({comparable(p).casefold().translate(LETTERS) for p in pseudonyms}):
        pieces = re.findall(r"\d+|[^\W\d_]+", own)
        last = pieces[-1] if pieces else ""
        numbers |= {last.lstrip("0")} if last.isdigit() else set()
        if re.fullmatch(r"\d{1,4}|[^\W\d_]", own):
            parts.append(rf"[\[,]\s*\"{own}\"\s*[\],]")
        elif len(pieces) > 1 and len("".join(pieces)) >= SPEAKING:
            ends[(*pieces[:-1],), last.isdigit()].add(last)
        else:
            parts.append(rf"(?<![\w-]){re.escape(own)}(?![\w-])")
    for (first, digits), lasts in ends.items():
        letters = "".join(first)
        alone = r"(?![^\W_])" if len(letters) < 4 else ""
        before = r"(?<!\d)" if first[0].isdigit() else alone.replace("?!", "?<!")
        after = alone or (r"(?!\d)" if digits else r"(?![^\W\d_])")
        short = {own.lstrip("0") or own for own in lasts}
        short = {own for own in short if len(letters + own) >= SPEAKING}
        for apart, of in ((r"[\W_]{0,2}0*", short), (r"[\W_]{0,7}", lasts)):
            if of:
                parts.append(before + apart.join([*first, f"(?:{'|'.join(sorted(of))})"]) + after)
    if numbers := "|".join(sorted(filter(None, numbers))):
        parts.append(rf"(?:{PATIENT})0*(?:{numbers})\b{MEASURED}")
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def hashes_of(pseudonyms: Iterable[str]) -> set[str]:
    """Return the digests by which a pseudonym could stand, from which it is found by trying."""
    forms = {
        form + end
        for p in pseudonyms
        for form in (p, p.lower(), p.upper(), re.sub(r"\W", "", p))
        for end in ("", "\n")
    }
    kinds = {kind for kind in hashlib.algorithms_guaranteed if "shake" not in kind}
    return {hashlib.new(kind, form.encode()).hexdigest() for kind in kinds for form in forms}


class Search:
    """Search texts for the pseudonyms and the values of patients."""

    def __init__(self, tables: list[pd.DataFrame]):
        pseudonyms = set().union(*(table["patient_id"] for table in tables))
        self.pattern, self.tables = pattern_of(pseudonyms), [*map(Rows, tables)]
        hashes = hashes_of(pseudonyms)  # of which so many digits are no chance
        self.telling = math.ceil(math.log(10**6 * (len(hashes) + 1), 16))
        self.hashes = {digest[: self.telling] for digest in hashes}

    def names_one(self, text: str) -> bool:
        """Return whether a text has a pseudonym, perhaps backwards, or its digest."""
        text += "\n" + text[::-1] if BACKWARDS.search(text) else ""
        text = comparable(text).casefold().translate(LETTERS)
        found = {digest[: self.telling] for digest in HASH.findall(text)}
        return bool(self.pattern.search(text)) or not self.hashes.isdisjoint(found)

    def has_values(self, text: str) -> bool:
        """Return whether a text has the values of a patient, with decimal points or commas."""
        text = "\n".join(map(comparable, text.splitlines())).casefold()
        forms = {text, text if re.search(r"\d\.\d", text) else DECIMAL_COMMA.sub(".", text)}
        for form in forms:
            series, words = [*series_of(form)], words_of(form)
            shapes = shapes_of([np.zeros(SHAPE), *series])
            by_size = defaultdict(list)
            for own in series:
                by_size[len(own)].append(own)
            if any(table.are_in(words, by_size, shapes) for table in self.tables):
                return True
        return False

    def search(self, content: bytes) -> Iterator[str]:
        """Yield what is found in the content of a file."""
        try:
            texts = [*dict.fromkeys(texts_of(content))]
        except Exception as error:  # whatever a broken file makes a library raise
            yield f"not searched, since it can't be read ({type(error).__name__})"
            return
        if any(map(self.names_one, texts)):
            yield "a patient's pseudonym"
        if found := next(filter(self.has_values, texts), ""):
            lines = found.splitlines()
            ends, upto = range(1, len(lines)), lambda n: self.has_values("\n".join(lines[:n]))
            line = bisect_left(ends, True, key=upto) + 1
            yield f"a patient's values (up to line {line} of its text)"


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
    search, found = Search(rows), []
    told = cache(lambda content: [*search.search(content)])  # a figure lies in two folders
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        if search.names_one(unquote(name)):
            found.append(f"{name}: a patient's pseudonym in its name")
        found += [f"{name}: {kind}" for kind in told(content)]
    return found
