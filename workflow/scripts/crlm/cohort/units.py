"""Ask about numbers of a column that may be in another unit than the others."""

import math

import numpy as np
import pandas as pd

from crlm.cohort.misreadings import FEW, FEWEST, MOSTLY, RIGHT, Doubt, fences, usual_range, weighted
from crlm.cohort.numerals import LENGTHS, POWERS, TIMES, UNIT_FACTORS, fits, others_of, unit_of

FRACTION = "fraction"  # of 1, in a column of %
CALENDAR = 1850, 2100  # years of births and operations


def doubt_units(
    numbers: pd.DataFrame, variable: dict, unit: str, reference: pd.Series
) -> list[Doubt]:
    """Doubt numbers, or a whole column, that another unit would bring to where the others are.

    And ages, where years of birth are a quarter of the numbers at least.

    Parameters
    ----------
    numbers, variable
        As of `misreadings.doubt_codes`; also `decimals` (whether a cell has any).
    unit
        The unit of the raw column.
    reference
        The numbers of other files, and of the cohort that this one follows.
    """
    unit = unit_of(unit)
    if unit == unit_of(variable["unit"]) == "%":
        return doubt_fractions(numbers, variable)
    own = numbers[~numbers["own_unit"] & (numbers["number"] > 0)]
    family = next((of for of in (LENGTHS, TIMES) if {unit, unit_of(variable["unit"])} <= {*of}), {})
    factors = others_of(unit) if family else {power: POWERS[power] for power in ("x1000", "/1000")}
    births = own[own["number"].between(*CALENDAR) & (unit == "years")]
    numbers, own = numbers.drop(index=births.index), own.drop(index=births.index)
    if own.empty:
        return []
    if 3 * weighted(births).size >= weighted(own).size:
        asked = "an age, where others are years of birth: or is it such a year, without 19 or 20?"
        return [Doubt([*own.index], asked, [RIGHT])]

    few = len(weighted(own)) < FEW
    if not few and len(reference) >= FEWEST:
        usual, expected = weighted(own).median(), reference.median()
        if near := nearest_unit(usual, expected, factors):
            found = f"the median is {usual:g} {variable['unit']}, in other files {expected:g}"
            return ask(own, found, variable, unit, near, whole=True)
    turned = {other: own["number"] * factor for other, factor in factors.items()}
    fitting = [o for o, n in turned.items() if n.between(variable["min"], variable["max"]).all()]
    if not few and fitting and not own["number"].between(variable["min"], variable["max"]).any():
        found = f"none is {variable['min']} to {variable['max']}"
        return ask(own, found, variable, unit, *fitting, whole=True)
    if not family:
        counted = variable["type"] == "integer"  # a tenth or a hundredth may be another count
        powers = {o: f for o, f in POWERS.items() if "1000" in o or not counted}
        return doubt_few(numbers, variable, "", powers)
    if family is LENGTHS and not few and fitting and (found := tell_lengths(own, variable, unit)):
        return ask(own, found, variable, unit, *fitting, whole=True)
    doubts = doubt_part(numbers, variable, unit, factors)
    if family is LENGTHS:
        return doubts or doubt_lengths(numbers, variable, unit)
    return doubts or doubt_few(numbers, variable, unit, factors)


def ask(
    own: pd.DataFrame, found: str, variable: dict, unit: str, *others: str, whole: bool = False
) -> list[Doubt]:
    """Return the doubt whether numbers are in other units, or powers; none without any."""
    units = f"in {unit}, or in" if unit else "as they stand, or"
    asked = f"an answer: {units} {' or in '.join(others)}? ({found})"
    right = [RIGHT] if own["number"].map(lambda number: fits(number, variable)).all() else []
    return [Doubt([*own.index], asked, [*others, *right], whole)] if len(own) else []


def doubt_part(
    numbers: pd.DataFrame, variable: dict, unit: str, factors: dict[str, float]
) -> list[Doubt]:
    """Doubt a part of a column that another unit would bring to where the others are.

    It is a quarter of the numbers at least, and stands below or above the widest gap between two,
    by ratio, of a half at least and clearly wider than the next. Of lengths, it is not about 10 mm
    or 10 cm.
    """
    within = numbers[numbers["number"].between(max(variable["min"], 1e-9), variable["max"])]
    parts = parted_at_gap(within, 1.5, max(FEW, len(weighted(within)) / 4))
    ten, found = 10 * UNIT_FACTORS[unit, unit_of(variable["unit"])], []
    for part, rest in parts:
        own, usual, others = part[~part["own_unit"]], weighted(part).median(), weighted(rest)
        if own.empty or (unit in LENGTHS and ten / 2 < usual < 2 * ten):
            continue
        if other := nearest_unit(usual, others.median(), factors):
            apart = abs(math.log(usual * factors[other] / others.median()))
            found.append(
                (apart, ask(own, usual_range(others, variable["unit"]), variable, unit, other))
            )
    return min(found, key=lambda doubt: doubt[0])[1] if found else []


def tell_lengths(own: pd.DataFrame, variable: dict, unit: str) -> str:
    """Return by what all numbers of a column seem to be in cm in place of mm, or the other way.

    In mm, the largest diameter of a metastasis mostly has two digits; in cm, it has one.
    """
    ten = 10 * UNIT_FACTORS[unit, unit_of(variable["unit"])]
    small = weighted(own[own["number"] < ten]).size
    if unit == "cm":
        return "" if small else "every number is from 10 cm"
    most = small > MOSTLY * weighted(own).size and (own["number"] < 2 * ten).all()
    return "most numbers are under 10 mm, and none is from 20" if most else ""


def doubt_lengths(numbers: pd.DataFrame, variable: dict, unit: str) -> list[Doubt]:
    """Doubt single numbers under 10 mm, or from 10 cm, that are in the other unit by all signs.

    In that unit they are among the others, and in their own they are beyond the limits, typed
    otherwise, or all of them where one is far off (beyond Tukey's fences of the logarithms, and
    from the nearest; or under 5 mm, where few are from 5 to 10 mm and a metastasis can't be gone),
    or where a quarter of the column is under 5 mm, as is hardly ever measured.
    """
    ((other, factor),) = others_of(unit).items()
    ten, in_mm = 10 * UNIT_FACTORS[unit, unit_of(variable["unit"])], unit == "mm"
    numbers = numbers[numbers["number"] > 0]
    small, large = numbers[numbers["number"] < ten], numbers[numbers["number"] >= ten]
    suspects, rest = (small, large) if in_mm else (large, small)
    if rest.empty:
        return []
    usual, found, moved = weighted(rest), suspects["number"], suspects["number"] * factor
    typed = typed_otherwise(small, large)
    if not in_mm:  # 11 cm is no wonder, nor 17 beside 12.5
        sure = max(usual.max(), found.where(suspects["decimals"], 0).max())
        typed = typed.all() & (found > max(1.4 * sure, 1.4 * ten))
    others = usual if weighted(suspects).size == 1 else weighted(numbers)
    low, high = np.exp(fences(np.log(others), 2))
    far = found < min(low, usual.min() / 3) if in_mm else found > max(high, usual.max() * 2)
    far &= moved.between(low, high) & (len(usual) >= FEW)
    tiny = weighted(small[small["number"] < ten / 2]).size if in_mm else 0
    if variable["min"] > 0 and 5 * (weighted(small).size - tiny) <= len(weighted(numbers)):
        far |= in_mm & (found < ten / 2)
    together = far.any() or tiny >= max(FEW, len(weighted(numbers)) / 4)
    near = moved.between(usual.min() / 2, usual.max() * 2)
    few = not in_mm or weighted(small).size < FEW
    together &= few or (tiny >= 0.6 * weighted(small).size and near.all())
    inside = found.between(variable["min"], variable["max"])
    doubtful = near & (typed | together | ~inside)
    doubtful &= moved.between(variable["min"], variable["max"]) & ~suspects["own_unit"]
    return ask(suspects[doubtful], usual_range(usual, variable["unit"]), variable, unit, other)


def parted_at_gap(numbers: pd.DataFrame, least: float, fewest: float) -> list[tuple]:
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


def doubt_few(numbers: pd.DataFrame, variable: dict, unit: str, factors: dict) -> list[Doubt]:
    """Doubt a part of numbers, or one, that a factor would bring to where the others are.

    Such are platelets of 250 beside 250,000, a weight in g beside one in kg, a year beside 11 to 16
    months. The parts stand below and above the widest gap, a ratio of 3 at least; the others spread
    less than the factor, so that a long tail is none.
    """
    positive, doubts = numbers[numbers["number"] > 0], dict[float, list[Doubt]]()
    for other, factor in factors.items():
        reach = round(abs(math.log(factor)), 6)  # the same there and back
        for part, others in parted_at_gap(positive, max(3, math.exp(reach / 2)), 1):
            moved, rest = part["number"] * factor, weighted(others)
            if (
                len(rest) >= max(FEW, len(weighted(part)))
                and math.log(rest.max() / rest.min()) <= reach * 2 / 3
                and rest.min() / 1.5 <= moved.min() <= moved.max() <= 1.5 * rest.max()
            ):
                own, found = part[~part["own_unit"]], usual_range(rest, variable["unit"])
                doubts[reach] = doubts.get(reach, []) + ask(own, found, variable, unit, other)
    return doubts[max(doubts)] if doubts else []


def doubt_fractions(numbers: pd.DataFrame, variable: dict) -> list[Doubt]:
    """Doubt numbers of a column of % that Excel stores so where it shows %: 0.25 for 25%.

    All of the column's that are at most 1, where one has decimals; beside others, at least 10, or 3
    where a quarter of the column is fractions.
    """
    own = numbers[~numbers["own_unit"] & numbers["number"].between(0, 1, inclusive="right")]
    rest = numbers[(numbers["number"] > 0) & ~numbers.index.isin(own.index)]
    part = weighted(own[own["broken"]]).size >= max(FEW, weighted(numbers).size / 4)
    if not own["broken"].any() or (len(rest) and rest["number"].min() < (3 if part else 10)):
        return []
    found = usual_range(weighted(rest), "%") if len(rest) else "none is above 1"
    return ask(own, found, variable, "%", FRACTION, whole=rest.empty)


def typed_otherwise(small: pd.DataFrame, large: pd.DataFrame) -> pd.Series:
    """Return which numbers under 10 seem to be in cm, since they have decimals and others have not.

    Those that have some, or all where most have. A large one in cm, as 14.7, may be among the
    others.
    """
    with_decimals, others = (weighted(n[n["decimals"]]).size for n in (small, large))
    apart = with_decimals > MOSTLY * (with_decimals + others)
    most = 2 * with_decimals >= weighted(small).size
    return apart & (small["decimals"] | most)


def nearest_unit(value: float, usual: float, factors: dict[str, float]) -> str:
    """Return which unit's factor brings a number nearest to what is usual, from far away, by ratio.

    Nothing where none brings it near, as where nothing, or less, is usual.
    """
    if usual <= 0:
        return ""
    apart = {unit: abs(math.log(value * factor / usual)) for unit, factor in factors.items()}
    near = {u: of for u, of in apart.items() if of <= 0.3 * abs(math.log(factors[u]))}
    return min(near, key=near.__getitem__, default="")
