"""The printed forms of numbers: every number is rounded here, once, when it is registered."""

from decimal import ROUND_HALF_UP, Decimal

MINUS = "−"


def listing(words: list[str], last: str = "and") -> str:
    """Return words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def patients(n: int) -> str:
    """Return a number of patients with its noun: `no patient`, `1 patient`, `12 patients`."""
    return f"{n or 'no'} patient{'s' if n > 1 else ''}"


def within(label: str) -> str:
    """Return a label as it stands within a sentence; names such as XELOX or T2 stay as they are."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def fixed(value: float, decimals: int) -> str:
    """Return `value` with `decimals` decimals, halves rounded away from zero as people do.

    Raises
    ------
    ValueError
        Where a value other than zero would be printed as zero, or is not finite.
    """
    exact = Decimal(repr(float(value)))
    if not exact.is_finite():
        raise ValueError(f"{value!r} is no number to print")
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    if Decimal(text) == 0:
        if exact != 0:
            raise ValueError(f"{value!r} prints as zero with {decimals} decimals")
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def percent(value: float, decimals: int) -> str:
    """Return a percentage, from 0 on: `56.3%`, `< 0.1%`."""
    if 0 < value < 0.5 * 10**-decimals:
        return f"< {Decimal(1).scaleb(-decimals)}%"
    return f"{fixed(value, decimals)}%"


def p_number(p: float, decimals: int) -> str:
    """Return a p-value as a table shows it: `0.043`, `< 0.001`, `> 0.999`."""
    smallest = Decimal(1).scaleb(-decimals)
    exact = Decimal(repr(float(p)))
    if exact < smallest:
        return f"< {smallest}"
    if 1 > exact > 1 - smallest:
        return f"> {1 - smallest}"
    return fixed(p, decimals)


def p_phrase(p: float, decimals: int) -> str:
    """Return a p-value as a sentence shows it: `p = 0.043`, `p < 0.001`."""
    number = p_number(p, decimals)
    return f"p {number}" if number[0] in "<>" else f"p = {number}"


def interval_end(value: float, decimals: int) -> str:
    """Return an estimate or the end of an interval, which may print as zero."""
    return fixed(0.0 if abs(value) < 0.5 * 10**-decimals else value, decimals)


def interval(low: float, high: float, decimals: int, level: float) -> str:
    """Return a confidence interval: `95% CI 0.10 to 0.62`."""
    if low != low or high != high:
        return f"{percent(100 * level, 0)} CI not defined"
    ends = f"{interval_end(low, decimals)} to {interval_end(high, decimals)}"
    return f"{percent(100 * level, 0)} CI {ends}"
