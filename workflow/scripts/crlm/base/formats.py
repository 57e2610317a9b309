"""The printed forms of numbers: every number is rounded here, once, when it is registered."""

import math
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

MINUS = "−"
LARGEST_P = 0.99  # above it a p-value is not told apart from 1
MARK = "†"  # behind a printed form that the printed tables of a reconstructed cohort leave open
NOISE = 1e-12  # what arithmetic may leave of a difference that is none


def listing(words: list[str], last: str = "and") -> str:
    """Return words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def patients(n: int) -> str:
    """Return a number of patients with its noun: `no patient`, `1 patient`, `12 patients`."""
    return f"{n or 'no'} patient{'s' if n > 1 else ''}"


def in_sentence(label: str) -> str:
    """Return a label as it stands within a sentence; names such as XELOX or T2 stay as they are."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def either(labels: list[str]) -> str:
    """Return labels joined by `or`; the last may hold one itself: `Two, three or more`."""
    words = [*labels[:1], *map(in_sentence, labels[1:])]
    return ", ".join(words) if " or " in words[-1] else listing(words, "or")


def as_text(value: float | str | None) -> str:
    """Return a clean value as the cleaning log and the account of a number show it."""
    if value is None or value != value:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else value


@lru_cache(maxsize=10_000)  # the same numbers are printed in table, registry and text
def rounded(value: float | Fraction, decimals: int) -> Decimal:
    """Return `value` with `decimals` decimals, halves away from zero, as people round.

    A float stands for the number that was meant: one within 1e-9 of half a unit of the last
    decimal (and 1e-12 of its size) is a half, whatever its binary fraction. This mistakes no number
    that is computed from counts and measurements: a fraction that is no half lies at least one part
    of its denominator off, and denominators stay far below 1e9.

    Raises
    ------
    ValueError
        Where it is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no number to print")
    value = value if isinstance(value, Fraction) else Fraction(float(value))
    units = abs(value) * 10**decimals
    whole, rest = divmod(units, 1)
    noise = Fraction(1, 10**9) + units / 10**12
    count = int(whole) + bool(rest >= Fraction(1, 2) - noise)
    return Decimal(-count if value < 0 else count).scaleb(-decimals)


def interval_end(value: float | Fraction, decimals: int) -> str:
    """Return an estimate or the end of an interval, which may print as zero."""
    return f"{rounded(value, decimals):f}".replace("-", MINUS)


def percent(value: float | Fraction, decimals: int) -> str:
    """Return a percentage, from 0 on: `56.3%`; not all, and not none: `> 99.9%`, `< 0.1%`."""
    unit = Decimal(1).scaleb(-decimals)
    number = rounded(value, decimals)
    if not number and value > 0:
        return f"< {unit}%"
    if number == 100 and 100 - value > NOISE:
        return f"> {100 - unit}%"
    return f"{interval_end(value, decimals)}%"


def n_percent(n: int, of: int, decimals: int) -> str:
    """Return a count with its share: `9 (36.0%)`; of nobody there is no share."""
    return f"{n} ({percent(100 * n / of, decimals)})" if of else f"{n}"


def p_number(p: float, decimals: int, alpha: float = 0.05) -> str:
    """Return a p-value as a table shows it: `0.043`, `< 0.001`, `> 0.99`.

    The largest is `> 0.99`, 1 itself included (AMA Manual of Style, 11th ed., 19.5). A p below the
    level of significance `alpha` never reads as `alpha`, nor one that is not as below it: it takes
    the decimals that it needs, `0.0499`, or is `< 0.05` where four would not do (the same: no
    rounding that makes a p-value appear not significant).
    """
    unit = Decimal(1).scaleb(-decimals)
    if float(unit) - p > NOISE:
        return f"< {unit}"
    if p - LARGEST_P > NOISE:
        return f"> {LARGEST_P}"
    below = alpha - p > NOISE
    if below != (rounded(p, decimals) < Decimal(repr(alpha))):
        sign = "<" if below else "≥"
        return p_number(p, decimals + 1, alpha) if decimals < 4 else f"{sign} {alpha:g}"
    return interval_end(p, decimals)


def p_phrase(p: float, decimals: int, alpha: float = 0.05) -> str:
    """Return a p-value as a sentence shows it: `p = 0.043`, `p < 0.001`."""
    number = p_number(p, decimals, alpha)
    return f"p {number}" if number[0] in "<>≥" else f"p = {number}"


def interval(low: float, high: float, decimals: int, level: float, p: float = math.nan) -> str:
    """Return a confidence interval: `95% CI 0.10 to 0.62`.

    One that does not hold zero never reads as if it did: the end next to it takes the decimals that
    it needs, `0.04 to 0.6`, six at most. Where zero and the p-value printed beside it disagree
    (`p` is below 1 - `level` but zero is held, or the other way round), it says so.
    """
    aside = low > NOISE or high < -NOISE
    unaware = low == low and p == p and aside != (1 - level - p > NOISE)
    other = ", by another method than p" if unaware else ""
    return f"{percent(100 * level, 0)} CI {interval_ends(low, high, decimals)}{other}"


def interval_ends(low: float, high: float, decimals: int) -> str:
    """Return the ends of an interval, as `interval` describes them."""
    if low != low or high != high:
        return "not defined"
    ends = []
    for end in (low, high):
        needed = decimals
        while (low > NOISE or high < -NOISE) and needed < 6 and not rounded(end, needed):
            needed += 1
        ends.append(interval_end(end, needed))
    return " to ".join(ends)


def scale_of(effect: str, decimals: int) -> tuple[int, int]:
    """Return by what an effect is multiplied for print, and its decimals: those of a mean, else."""
    return {"risk_difference": (100, 1), "cramers_v": (1, 2)}.get(effect, (1, decimals))
