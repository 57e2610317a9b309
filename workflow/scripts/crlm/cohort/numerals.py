"""Read numbers as people write them: digits of any script, separators of any country, units."""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache

from crlm.base.spelling import fold
from crlm.base.vocabulary import VOCABULARY, vocabulary_words

# Signs of other scripts and keyboards that stand for a separator; ' is of thousands only.
SIGNS = str.maketrans("’ʼ`´٬·", "'''''.")
NUMERAL = re.compile(
    r"([+-]?)(\d*(?:(?:[.,'٫]| (?=\d{3}(?!\d)))\d+)*)(?:e([+-]?\d+)(?!\w))?\s*(.*)", re.DOTALL
)
KNOWN_AS = {name: unit for unit, names in VOCABULARY["units"].items() for name in (unit, *names)}
ATOMS = vocabulary_words("atoms")  # of which units are made that are no more than named
LENGTHS, TIMES = {"mm": 1.0, "cm": 10.0}, {
    "days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25
}  # fmt: skip
SHARES = {"%": 1.0, "fraction": 100.0}
# Factors between the units that raw columns or cells may be in.
UNIT_FACTORS = {
    (found, wanted): of[found] / of[wanted]
    for of in (LENGTHS, TIMES, SHARES)
    for found in of
    for wanted in of
}
# Of what other units are made: of which quantity each is, and of how much of it.
PREFIXES = {"": 1.0, "k": 1e3, "d": 0.1, "c": 0.01, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}
PARTS = {f"{p}{unit}": (unit, n) for unit in ("g", "l", "mol") for p, n in PREFIXES.items()}
PARTS |= {"h": ("s", 3600.0), "min": ("s", 60.0), "s": ("s", 1.0)}
# What an answer may call numbers that another power of ten would bring to where the others are.
POWERS = {"x1000": 1000.0, "x100": 100.0, "x10": 10.0, "/10": 0.1, "/100": 0.01, "/1000": 0.001}


def form_of(decimal: str, thousands: str) -> re.Pattern:
    """Return the form of a number with these separators: in groups of three, or as in India."""
    groups = rf"[1-9]\d{{0,2}}(?P<sign>[{thousands}' ])\d{{3}}(?:(?P=sign)\d{{3}})*"
    indian = rf"[1-9]\d?(?:\{thousands}\d\d)+\{thousands}\d{{3}}"
    return re.compile(rf"(?P<whole>\d*|{groups}|{indian})(?:[{decimal}٫](?P<decimals>\d+))?")


FORMS = {".": form_of(".", ","), ",": form_of(",", ".")}


class AmbiguousError(ValueError):
    """A number that may be read in two ways, with what was expected."""


@lru_cache(1 << 16)
def bare(cell: str) -> str:
    """Return a folded cell with ASCII separators, and 999 where it holds 999.0 or 999,0."""
    return re.sub(r"^([+-]?\d+)[.,]0{1,2}$", r"\1", fold(cell).translate(SIGNS))


def read_numeral(cell: str) -> tuple[dict[str, tuple[float, str, int]], str]:
    """Return the readings of the number in a cell, and the unit written behind it.

    Returns
    -------
    readings
        Decimal sign (`.` or `,`) -> the number, the rule by which it is read so, and how many
        decimals it has. Both where the sign makes no difference (12), or a difference that the cell
        can't tell (250,000); none where the cell holds no number.
    unit
        As written, folded; empty where there is none.
    """
    sign, digits, power, unit = NUMERAL.fullmatch(fold(cell).translate(SIGNS)).groups()
    readings = {}
    for decimal, form in FORMS.items():
        match = form.fullmatch(digits) if digits else None
        if not match or (power and not match["whole"].isdigit()):
            continue
        if unit == "." and not digits.isdigit():  # 3.5. is a day
            continue
        whole, decimals = re.sub(r"\D", "", match["whole"]), match["decimals"]
        rule = "decimal comma" if decimal == "," and decimals else "number"
        rule = rule if whole == match["whole"] else "thousands separator"
        number = float(f"{sign}{whole or 0}.{decimals or 0}e{power or 0}")
        readings[decimal] = number, rule, len(decimals or "")
    return readings, unit


def unit_of(text: str) -> str:
    """Return a unit in the one spelling of its kind: mm for Mm and mm., years for yrs and Jahre."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("μ", "u").replace("×", "x")
    plain = re.sub(r"[\s.^()\[\]]", "", plain)
    return KNOWN_AS.get(plain, plain)


def factor_between(found: str, wanted: str) -> float | None:
    """Return what turns numbers in a unit into those of another; None where nothing does."""
    if found == wanted or (found, wanted) in UNIT_FACTORS:
        return UNIT_FACTORS.get((found, wanted), 1.0)
    of, to = ([PARTS.get(part, ("", 0.0)) for part in unit.split("/")] for unit in (found, wanted))
    if [unit for unit, _ in of] != [unit for unit, _ in to] or ("", 0.0) in of:
        return None
    (one, other), *below = zip((n for _, n in of), (n for _, n in to), strict=True)
    return one / other / math.prod(n / m for n, m in below)


def others_of(unit: str) -> dict[str, float]:
    """Return the other units of a length or time, each with the factor from it to this one."""
    family = next((of for of in (LENGTHS, TIMES) if unit in of), {})
    return {other: UNIT_FACTORS[other, unit] for other in family if other != unit}


def is_unit(text: str) -> bool:
    """Return whether a text is a unit, as far as this module knows any."""
    parts = re.split(r"[/*]", unit_of(text))
    return all(part in KNOWN_AS or part in ATOMS for part in parts)


def decimal_signs(cells: Iterable[str]) -> set[str]:
    """Return the decimal signs of the cells whose own form tells it."""
    readings = (read_numeral(cell)[0] for cell in cells)
    return {sign for found in readings if len(found) == 1 for sign in found}


def decimal_sign(
    cells: Collection[str], of_file: set[str], variable: dict, unit: str | None
) -> str | None:
    """Return the decimal sign of a column, as `read_measure` takes it; None where nothing tells it.

    The column's own cells tell it, or those of its file (`of_file`), or that the other reading is
    none that the variable may have.
    """
    told = decimal_signs(cells) or of_file
    if not told:
        for cell in cells:
            try:
                *_, sign = read_measure(cell, variable, unit)
            except ValueError:
                continue
            if len(set(read_numeral(cell)[0].values())) > 1:
                told = told | {sign}
    return next(iter(told)) if len(told) == 1 else None


def is_number(variable: dict) -> bool:
    """Return whether a variable of the codebook is a number."""
    return variable["type"] in ("integer", "number")


def fits(number: float, variable: dict) -> bool:
    """Return whether a number is one that a variable may have."""
    whole = variable["type"] != "integer" or not number % 1
    return whole and variable["min"] <= number <= variable["max"]


def read_measure(
    cell: str, variable: dict, unit: str | None, decimal: str | None = None
) -> tuple[float, str, str]:
    """Return the number in a cell in the unit of its variable, the rule, and the decimal sign.

    Parameters
    ----------
    cell, variable, unit
        As of `reading.parse_cell`.
    decimal
        The decimal sign of the column, where other cells tell it. Where none does, of two readings
        (1.234) the one is taken that the variable may have, if it may not have the other.

    Raises
    ------
    ValueError
        With what was expected, where it is no number in a known unit; `AmbiguousError` where it is
        one that can be read in two ways.
    """
    readings, own = read_numeral(cell)
    if not readings:
        raise ValueError(f"a number ({unit})")
    found, wanted = unit_of(own) or unit_of(unit or ""), unit_of(variable["unit"])
    factor = 1.0 if found == wanted else UNIT_FACTORS.get((found, wanted))
    factor = POWERS.get(found) if factor is None and not own else factor
    if factor is None:
        named = f", not in {own}" if is_unit(own) else ""
        raise ValueError(f"a number ({variable['unit']}){named}")
    # Rounded, so that 1.1 cm is 11 mm and not 11.000000000000002.
    numbers = {s: n if factor == 1 else round(n * factor, 2) for s, (n, *_) in readings.items()}
    fitting = [s for s, number in numbers.items() if fits(number, variable)]
    chosen = next(iter(numbers))
    if len({*numbers.values()}) > 1:
        # Of 250,000 no range tells that it is 250.
        told = len(fitting) == 1 and (
            readings[fitting[0]][0] % 1 or readings[fitting[0]][1] == "thousands separator"
        )
        if decimal in fitting or not fitting:
            chosen = decimal or chosen
        elif decimal is None and told:
            chosen = fitting[0]
        else:
            either = " or ".join(f"{number:.15g}" for number in numbers.values())
            raise AmbiguousError(
                f"a number that can be read in one way ({either} {variable['unit']})"
            )
    rule = readings[chosen][1] if factor == 1 else f"{found} to {wanted}"
    return numbers[chosen], rule, chosen
