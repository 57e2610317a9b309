"""Ask about numbers of a column that may be misread: codes of missing values, other units."""

import math
import re
import textwrap
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from crlm.base.proposals import flow
from crlm.base.vocabulary import VOCABULARY, words_of
from crlm.cohort.numerals import (
    LENGTHS,
    POWERS,
    TIMES,
    UNIT_FACTORS,
    bare,
    fits,
    unit_of,
)

# What people type for a missing number: 99, 999, 99.9, 88, 77, 96 to 98, -1, -1001.
CODE = re.compile(r"-?(?:9+[6-9]|8{2,}|7{2,}|6{3,})|99+[.,]9+|[89]|-[1-9](?:\d{3})?")
ERROR = re.compile(r"#[\w/¡ .]*[!?]|#(?:GETTING_DATA|EXTERNAL)|(?:Err|Fehler):\d{3}", re.IGNORECASE)
DOUBLE = "what it means: a code for a missing value, and within the limits of this variable"
NO_ERROR = "a value, not an error of a spreadsheet: mend the formula and export the table anew"
TICKS = "+✓✔✗✘☑☒☐●○■□×√"  # that say something: a yes or a no
MONTH = (
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|fév|fev|avr|aoû|ene|abr|"
    r"ago|dic|gen|mag|giu|lug|set|ott|out)[a-zéûä]{0,7}\.?"
)
# 01-Apr, 1. Mai, Apr-04, 2024-04-01, as spreadsheets make of 1-4 and 1.4.
DATED = re.compile(
    rf"\d{{1,2}}[-./ ]+{MONTH}(?:[-./ ]+\d+)?|{MONTH}[-./ ]+\d{{1,4}}|"
    r"(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{2,4})(?:[ t]+[\d:.]+)?"
)
NO_DATE = "; where a spreadsheet made a date of it (01-Apr of 1-4), enter it there as text"
NINES = re.compile(r"9[89.,]+")  # of those, what few patients have
FRACTION = "fraction"  # of 1, in a column of %
MOSTLY = 0.8  # of the numbers of a column
UNLIKELY = 0.2  # as often as that a column's end looks odd by chance, and is asked about
FEW, FEWEST = 3, 8  # numbers that it takes to say what is usual: roughly, and for a whole column
CALENDAR = 1850, 2100  # years of births and operations
MISSING, RIGHT = "missing", "right"
MISSING_WORDS, NOTHING = words_of("missing"), VOCABULARY["missing"]["nothing"]


class Doubt(NamedTuple):
    """Cells of a column that are not read before somebody says what they mean.

    `means` are the choices, as a codebook's `answers` write them.
    """

    cells: list[str]
    expected: str
    means: list[str]
    whole: bool = False


def weighted(numbers: pd.DataFrame) -> pd.Series:
    """Return the numbers of a column's distinct cells, each as often as it stands there."""
    return numbers["number"].repeat(numbers["rows"])


def span(others: pd.Series) -> str:
    """Return in words where the other numbers are."""
    low, high = f"{others.min():g}", f"{others.max():g}"
    return f"the others are {low} to {high}" if low != high else f"all others are {low}"


def fences(values: pd.Series, reach: float = 1.5) -> tuple[float, float]:
    """Return Tukey's fences (1977) of numbers: `reach` interquartile ranges from the quartiles."""
    low, high = values.quantile(0.25), values.quantile(0.75)
    return low - reach * (high - low), high + reach * (high - low)


def doubt_codes(numbers: pd.DataFrame, variable: dict) -> list[Doubt]:
    """Doubt numbers that look like codes of missing values and stand apart from the others.

    Parameters
    ----------
    numbers
        One row a distinct cell (the index): `number` in the variable's unit, `rows`, `own_unit`
        (whether it is written in the cell).
    variable
        The variable's entry in the codebook.
    """
    own = numbers.index[~numbers["own_unit"]]
    zeros = {c for c in own if not numbers.at[c, "number"] and variable["min"] > 0}
    codes = [cell for cell in own if CODE.fullmatch(bare(cell)) or cell in zeros]
    alike = [cell for cell in codes if len(bare(cell)) > 1 or cell in zeros]
    eights = [cell for cell in codes if bare(cell) in ("8", "9")]
    doubts = []
    for cell in codes:
        if bare(cell) == "8" and len(eights) < 2:  # it is one beside 9 only
            continue
        number = numbers.at[cell, "number"]
        others = weighted(numbers.drop(index={*alike, *eights, cell}))
        expected = f"an answer: {variable['unit']}, or a code for a missing value?"
        if not fits(number, variable):
            expected = f"{variable['min']} to {variable['max']} {variable['unit']}"
            expected += ", or is it a code for a missing value?"
            doubts.append(Doubt([cell], expected, [MISSING]))
        elif stands_apart(numbers.loc[cell], others, bare(cell), variable["unit"]):
            doubts.append(Doubt([cell], f"{expected} ({span(others)})", [MISSING, RIGHT]))
    return doubts


def stands_apart(found: pd.Series, others: pd.Series, code: str, unit: str) -> bool:
    """Return whether a number that looks like a code stands apart from the others of its column.

    `found` is its row of `numbers`. Few reach an age of 90; other numbers are beyond Tukey's fences
    and further, the further the more often the code is a number.
    """
    number = found["number"]
    if others.empty or others.min() <= number <= others.max():
        return False
    if number < 0:
        return True
    if unit_of(unit) == "years" and (
        number >= 90 > others.max() or (len(others) >= FEW and number >= others.max() + 10)
    ):
        return True
    nines = bool(NINES.fullmatch(code))
    if len(others) < FEW:
        return nines and number >= 1.5 * others.max()
    low, high = fences(others)
    far = 1.8 if len(code) == 1 else 1.25 if nines else 1.5
    if found["rows"] > 1 and len(code) > 1 and number >= 1.1 * others.max():
        return True
    beyond = number > max(high, far * others.max()) or number < min(low, others.min() / far)
    return beyond or crowded(int(found["rows"]), number, others, code)


def crowded(rows: int, number: float, others: pd.Series, code: str) -> bool:
    """Return whether the greatest number stands more often than the end of a tail would.

    In a tail that falls, it is no more frequent than each value just below it (three of counts, a
    tenth of longer ones): its rows among theirs are at most binomial. Only whole numbers as they
    are written are so: sizes in cm are rounded to 9 as they are to 8.
    """
    if number != float(code.replace(",", ".")) or (others % 1 != 0).any():
        return False
    below = 3 if len(code) == 1 else 10 ** (len(code) - 1)
    near = int((others >= number - below).sum())
    return rows > 1 and bdtrc(rows - 1, rows + near, 1 / (below + 1)) < UNLIKELY


def doubt_pairs(numbers: pd.DataFrame, variable: dict) -> list[Doubt]:
    """Doubt cells like 25,12 among whole numbers: one number with decimals, or two numbers."""
    found = numbers[numbers["broken"] & ~numbers["own_unit"]]
    n, every = len(weighted(found)), len(weighted(numbers))
    if n > max(1, (1 - MOSTLY) * every) or every - n < FEW:
        return []
    pairs = {cell: re.fullmatch(r"\d+[.,٫]([1-9]\d)", bare(cell)) for cell in found.index}
    cells = [cell for cell, pair in pairs.items() if pair and fits(float(pair[1]), variable)]
    if len(cells) < len(found):  # others have decimals too
        return []
    asked = f"an answer: one number ({variable['unit']}), or two? (the others are whole)"
    return [Doubt([cell], asked, [RIGHT, MISSING]) for cell in cells]


def doubt_units(
    numbers: pd.DataFrame, variable: dict, unit: str, reference: pd.Series
) -> list[Doubt]:
    """Doubt numbers, or a whole column, that another unit would bring to where the others are.

    Parameters
    ----------
    numbers, variable
        As of `doubt_codes`; also `decimals` (whether a cell has any).
    unit
        The unit of the raw column.
    reference
        The numbers of other files, and of the cohort that this one follows.
    """
    unit = unit_of(unit)
    if unit == unit_of(variable["unit"]) == "%":
        return doubt_fractions(numbers)
    own = numbers[~numbers["own_unit"] & (numbers["number"] > 0)]
    family = next((of for of in (LENGTHS, TIMES) if {unit, unit_of(variable["unit"])} <= {*of}), {})
    factors = {other: UNIT_FACTORS[other, unit] for other in family if other != unit}
    factors = factors or {power: POWERS[power] for power in ("x1000", "/1000")}
    beyond = ~own["number"].between(variable["min"], variable["max"])
    if own.empty:
        return []

    def of_column(found: str, *others: str) -> list[Doubt]:
        asked = f"an answer: in {unit}, or in {' or in '.join(others)}? ({found})"
        right = [] if beyond.all() else [RIGHT]
        return [Doubt([*own.index], asked, [*others, *right], whole=True)]

    few = len(weighted(own)) < FEW
    if not few and len(reference) >= FEWEST:
        usual, expected = weighted(own).median(), reference.median()
        if near := nearest(usual, expected, factors):
            found = f"the median is {usual:g} {variable['unit']}, in other files {expected:g}"
            return of_column(found, near)
    turned = {other: own["number"] * factor for other, factor in factors.items()}
    fitting = [o for o, n in turned.items() if n.between(variable["min"], variable["max"]).all()]
    if not few and fitting and beyond.all() and not own["number"].between(*CALENDAR).all():
        return of_column(f"none is {variable['min']} to {variable['max']}", *fitting)
    if family is TIMES:
        return doubt_times(numbers, variable, unit, factors)
    if not family:
        return doubt_powers(numbers, variable)
    ((other, factor),) = factors.items()
    # In mm, the largest diameter of a metastasis mostly has two digits; in cm, it has one.
    ten = 10 * UNIT_FACTORS[unit, unit_of(variable["unit"])]
    in_mm = unit == "mm"
    suspects = own[(own["number"] < ten) == in_mm]
    rest = numbers[((numbers["number"] >= ten) == in_mm) & (numbers["number"] > 0)]
    moved = suspects["number"] * factor
    allowed = moved.between(variable["min"], variable["max"])
    if rest.empty:
        found = f"every number is {'under' if in_mm else 'from'} 10 {unit}"
        return of_column(found, other) if fitting and not few else []
    usual = weighted(rest)
    typed = typed_otherwise(suspects, rest) if in_mm else typed_otherwise(rest, suspects)
    largest = suspects["number"].where(suspects["decimals"], 0).max()  # 11 is no wonder beside 12.5
    typed = typed & (in_mm | (suspects["number"] > largest))
    under = weighted(suspects).size > MOSTLY * weighted(own).size
    if in_mm and under and fitting and typed.all():
        return of_column(f"most numbers are under 10 {unit} and have decimals", other)
    every = pd.concat([suspects, rest])
    parts = parted(every, 1.5, max(FEW, len(weighted(every)) / 4))
    apart = any(part.index.equals(suspects.index) for part, _ in parts)
    among = allowed & moved.between(usual.min() / 2, usual.max() * 2)
    doubtful = among & (typed | apart | beyond[suspects.index])
    if len(usual) >= FEW:
        low, high = fences(usual, 2)
        below, above = min(low, usual.min() / 3), max(high, usual.max() * 3)
        far = suspects["number"] < below if in_mm else suspects["number"] > above
        doubtful |= allowed & far & moved.between(low, high)
    cells = [*suspects.index[doubtful]]
    asked = f"an answer: in {unit}, or in {other}? ({span(usual)} {variable['unit']})"
    right = [RIGHT] if suspects.loc[cells, "number"].map(lambda n: fits(n, variable)).all() else []
    return [Doubt(cells, asked, [other, *right])] if cells else []


def doubt_times(
    numbers: pd.DataFrame, variable: dict, unit: str, factors: dict[str, float]
) -> list[Doubt]:
    """Doubt times that another unit would bring to where the others of their column are.

    All those beyond the limits of the variable; or else a part of the column, a quarter at least,
    that stands apart: below or above the widest gap between two numbers, by ratio, of a half at
    least and clearly wider than the next.
    """
    inside = numbers["number"].between(max(variable["min"], 1e-9), variable["max"])
    calendar = numbers["number"].between(*CALENDAR) & (unit == "years")
    usual, beyond = numbers[inside], numbers[~inside & (numbers["number"] > 0) & ~calendar]
    spread = weighted(usual)
    parts = [(beyond, usual)] if len(spread) >= FEW else []
    if beyond.empty:
        parts = parted(usual, 1.5, max(FEW, len(spread) / 4))
    for part, rest in parts:
        own = part[~part["own_unit"]]
        if own.empty:
            continue
        value, others = weighted(own).median(), weighted(rest)
        if other := nearest(value, others.median(), factors):
            asked = f"an answer: in {unit}, or in {other}? ({span(others)} {variable['unit']})"
            return [Doubt([*own.index], asked, [other, RIGHT] if beyond.empty else [other])]
    return []


def parted(numbers: pd.DataFrame, least: float, fewest: float) -> list[tuple]:
    """Return the numbers below and above the widest gap between two, by ratio, each with the rest.

    Nothing where the gap is not `least` wide and clearly wider than the next, or one side has less
    than `fewest` numbers.
    """
    ordered = np.sort(weighted(numbers).to_numpy())
    gaps = np.diff(np.log(ordered))
    if not gaps.any():
        return []
    at = int(gaps.argmax())
    apart = gaps[at] > max(math.log(least), 1.4 * np.delete(gaps, at).max(initial=0))
    if not apart or min(at + 1, len(gaps) - at) < fewest:
        return []
    upper = numbers["number"] > ordered[at]
    return [(numbers[~upper], numbers[upper]), (numbers[upper], numbers[~upper])]


def doubt_powers(numbers: pd.DataFrame, variable: dict) -> list[Doubt]:
    """Doubt a part of numbers that another power of ten would bring to where the others are.

    Such are platelets of 250 beside 250,000, and a weight in g beside one in kg. The parts stand
    below and above the widest gap, by ratio; the others spread less than the power, so that a long
    tail is none. Of whole numbers, which may be counts, a thousand alone is tried.
    """
    own = numbers[numbers["number"] > 0]
    for power in (1000,) if variable["type"] == "integer" else (1000, 100, 10):
        doubts = []
        for (part, others), sign in zip(parted(own, power**0.5, 1), "x/", strict=False):
            moved, rest = part["number"] * POWERS[f"{sign}{power}"], weighted(others)
            if (
                len(rest) >= max(FEW, len(weighted(part)))
                and rest.max() / rest.min() <= power**0.75
                and rest.min() / 1.5 <= moved.min() <= moved.max() <= 1.5 * rest.max()
            ):
                usual = f"{span(rest)} {variable['unit']}"
                asked = f"an answer: as they stand, or {sign}{power}? ({usual})"
                right = [RIGHT] if part["number"].map(lambda n: fits(n, variable)).all() else []
                cells = [*part.index[~part["own_unit"]]]
                doubts.append(Doubt(cells, asked, [f"{sign}{power}", *right]))
        if doubts:
            return [doubt for doubt in doubts if doubt.cells]
    return []


def doubt_fractions(numbers: pd.DataFrame) -> list[Doubt]:
    """Doubt numbers of a column of % that Excel stores so where it shows %: 0.25 for 25%.

    All of the column's that are at most 1, where one has decimals; beside others, at least 10.
    """
    own = numbers[~numbers["own_unit"] & numbers["number"].between(0, 1, inclusive="right")]
    rest = numbers.drop(index=own.index)
    rest = rest[rest["number"] > 0]
    if not own["broken"].any() or (len(rest) and rest["number"].min() < 10):
        return []
    found = f"{span(weighted(rest))} %" if len(rest) else "none is above 1"
    asked = f"an answer: in %, or a fraction of 1? ({found})"
    return [Doubt([*own.index], asked, [FRACTION, RIGHT], whole=rest.empty)]


def typed_otherwise(small: pd.DataFrame, large: pd.DataFrame) -> bool:
    """Return whether numbers under 10 have decimals, as cm mostly do, and the others have none.

    A large one in cm, as 14.7, may be among them.
    """
    with_decimals, others = (weighted(n[n["decimals"]]).size for n in (small, large))
    return 2 * with_decimals >= weighted(small).size and with_decimals > MOSTLY * (
        with_decimals + others
    )


def nearest(value: float, usual: float, factors: dict[str, float]) -> str:
    """Return which unit's factor brings a number nearest to what is usual, from far away, by ratio.

    Nothing where none brings it near.
    """
    apart = {unit: abs(math.log(value * factor / usual)) for unit, factor in factors.items()}
    near = {u: of for u, of in apart.items() if of <= 0.3 * abs(math.log(factors[u]))}
    return min(near, key=near.__getitem__, default="")


def says_missing(cell: str) -> bool:
    """Return whether a cell says in a word, or a few, that the value is missing."""
    text = re.sub(r"\s", "", bare(cell))
    return bool({text, re.sub(r"[./#\\<>()\[\]{}]", "", text)} & MISSING_WORDS)


def says_nothing(cell: str, variable: dict) -> bool:
    """Return whether a cell says of what is counted, or has a length, and may be 0, that it is."""
    sized = variable["type"] == "integer" or unit_of(variable.get("unit", "")) in LENGTHS
    return sized and variable["min"] <= 0 and bare(cell) in NOTHING


def hint_of_date(cell: str, variable: dict) -> str:
    """Return what may have made a date of a cell that should hold none; empty where it is none."""
    dated = variable["type"] in ("integer", "number", "category") and DATED.fullmatch(bare(cell))
    return NO_DATE if dated else ""


def is_error(cell: str) -> bool:
    """Return whether a cell holds an error of a spreadsheet: #DIV/0!, #WERT!, Err:502."""
    return bool(ERROR.fullmatch(cell.strip()))


def looks_missing(cell: str) -> bool:
    """Return whether a cell that no level or number explains says that the value is missing."""
    text = bare(cell)
    empty = not re.search(rf"[\w{TICKS}]", text)
    return says_missing(cell) or empty or bool(CODE.fullmatch(text))


def is_missing_word(cell: str, spelt: Collection[str]) -> bool:
    """Return whether a cell looks missing by a word or sign, which means so in all columns.

    `spelt` are the words that are asked column by column, as of `reading.words_apart`.
    """
    return looks_missing(cell) and not CODE.fullmatch(bare(cell)) and bare(cell) not in spelt


def propose_answers(asked: list[tuple[str, str, Doubt]]) -> str:
    """Return lines of `answers` for doubts, each with its file and raw column; nothing is live."""
    lines = []
    for file, column, doubt in asked:
        values = "all" if doubt.whole else doubt.cells
        lines.append(f"# {column} in {file}: {doubt.expected}")
        for means in doubt.means:
            answer = {"file": file, "column": column, "values": values, "means": means}
            answer |= {"reason": "TODO: who looked it up, where"}
            entries = (flow({key: value}) for key, value in answer.items())
            lines.append(f"# - {{{', '.join(entries)}}}")
    told = "answers:   # of what is asked, take the # from the line that is right\n"
    return told + textwrap.indent("\n".join(lines), "  ") + "\n" if lines else ""
