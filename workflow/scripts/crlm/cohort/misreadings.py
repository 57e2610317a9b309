"""Ask about cells that may be misread: codes of missing values, two numbers in one."""

import re
import textwrap
from typing import NamedTuple

import pandas as pd
from scipy.special import bdtrc

from crlm.base.proposals import flow
from crlm.cohort.missing import CODE
from crlm.cohort.numerals import bare, fits, unit_of

DOUBLE = "what it means: a code for a missing value, and within the limits of this variable"
NO_ERROR = "a value, not an error of a spreadsheet: mend the formula and export the table anew"
MOSTLY = 0.8  # of the numbers of a column
UNLIKELY = 0.2  # as often as that a column's end looks odd by chance, and is asked about
FEW, FEWEST = 3, 8  # numbers that it takes to say what is usual: roughly, and for a whole column
MISSING, RIGHT = "missing", "right"


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


def usual_range(others: pd.Series, unit: str = "") -> str:
    """Return in words where the other numbers are."""
    low, high = f"{others.min():g}", f"{others.max():g}"
    said = f"the others are {low} to {high}" if low != high else f"all others are {low}"
    return f"{said} {unit}".rstrip()


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
        elif stands_apart(numbers.loc[cell], others, bare(cell).lstrip("0"), variable["unit"]):
            doubts.append(Doubt([cell], f"{expected} ({usual_range(others)})", [MISSING, RIGHT]))
    return doubts


def stands_apart(found: pd.Series, others: pd.Series, code: str, unit: str) -> bool:
    """Return whether a number that looks like a code stands apart from the others of its column.

    `found` is its row of `numbers`. Few reach an age of 90; other numbers are beyond Tukey's fences
    and further, the further the more often the code is a number.
    """
    number = found["number"]
    if others.empty or others.min() <= number <= others.max():
        return False
    oldest = number >= 90 > others.max() or (len(others) >= FEW and number >= others.max() + 13)
    if number < 0 or (unit_of(unit) == "years" and oldest):
        return True
    nines = len(code) > 1 and code.startswith("9")
    if len(others) < FEW:
        return nines and number >= 1.5 * others.max()
    low, high = fences(others)
    far = 2.2 if len(code) == 1 else 1.4 if nines else 1.5
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
    # Of 100 cohorts with 9 for missing lesions it finds 17 more, and asks 5 of 300 others.
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
    told = "answers:   # take the # from the lines that are right, and delete the others\n"
    return told + textwrap.indent("\n".join(lines), "  ") + "\n" if lines else ""
