"""What a rebuilt paper prints of the same quantities, and where the rebuild departs from it."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from crlm.base.files import read_texts
from crlm.base.formats import interval_end, listing, rounded
from crlm.numbers.registry import registry_entry
from crlm.plan.analysis import Plan

COLUMNS = ["section", "table", "text", "key", "place", "printed_as"]
NUMBER = re.compile(r"\d+(?:\.\d+)?")  # what can be compared: no < 0.001, no dash
NOTHING_PRINTED = pd.DataFrame(columns=COLUMNS, dtype=str)


def read_printed(paths: list[str]) -> pd.DataFrame:
    """Read transcriptions of a printed paper: of each number its key, text, and where it stands."""
    frames = [read_texts(path)[COLUMNS] for path in paths]
    cells = pd.concat([NOTHING_PRINTED, *frames])
    return cells[cells["key"] != ""]


def told_where(cells: pd.DataFrame) -> dict[str, str]:
    """Return key -> the texts of the quantity, each once, with where they stand."""
    places: dict[str, dict[str, list[str]]] = {}
    for cell in cells.itertuples():
        where = cell.section if cell.table == "text" else f"Table {cell.table}"
        places.setdefault(cell.key, {}).setdefault(cell.text, []).append(where)
    return {
        key: "; ".join(f"{t} ({listing([*dict.fromkeys(w)])})" for t, w in texts.items())
        for key, texts in places.items()
    }


def decimals_of(text: str) -> int:
    """Return how many decimals a printed number has."""
    return len(text.partition(".")[2])


def prints_as(value: float | Fraction, text: str) -> bool:
    """Return whether a value prints as a text, rounded to its decimals."""
    return rounded(value, decimals_of(text)) == Decimal(text)


def reads_as(value: float | Fraction, text: str) -> bool:
    """Return whether a value prints as a text, or does where it is cut off after its decimals."""
    cut = math.floor(value * 10 ** decimals_of(text)) == int(text.replace(".", ""))
    return cut or prints_as(value, text)


def departs_from_print(cell, value: float) -> bool:
    """Return whether a printed number is not that of the rows, or stands under another label.

    Rounded as it is printed; what is the value of a patient, the least or the greatest, is not.
    """
    if cell.key.endswith((".min", ".max")):
        return Decimal(cell.text) != rounded(value, 9)
    mislabelled = cell.printed_as and not cell.key.endswith(".percent")  # told of its count
    return bool(mislabelled) or not prints_as(value, cell.text)


def reason_for(cell, numbers: dict[str, dict], plan: Plan) -> str:
    """Return why a printed number is not that of the rows, by arithmetic; what else it would be."""
    quantity, _, form = cell.key.rpartition(".")
    value = numbers[cell.key]["value"]
    if prints_as(value, cell.text):
        place = cell.place.removesuffix(", Number")
        shifted = f"printed at “{place}”: the labels have shifted"
        return shifted if cell.printed_as else f"rounds to {cell.text}"
    if reads_as(value, cell.text):
        return f"cut off, not rounded: {interval_end(value, decimals_of(cell.text) + 2)}"
    if form == "percent" and f"{quantity}.denominator" in numbers:
        n, of = (numbers[f"{quantity}.{part}"]["value"] for part in ("n", "denominator"))
        every = numbers["cohort.n"]["value"]
        shares = [(m, of) for m in range(of + 1)] + [(n, k) for k in range(max(n, 1), every + 1)]
        would = [
            f"{m} of {k}" for m, k in shares if k and reads_as(Fraction(100 * m, k), cell.text)
        ]
        told = f"would be {would[0]}" if would else "is no share of these patients"
        return f"{n} of {of}; {cell.text} {told}"
    beside = numbers.get(f"{quantity}.n_of_percent")
    if form == "n" and beside:
        told = "its parts give" if "_or_" in quantity else "the percentage beside it needs"
        return f"{told} {beside['display']}"
    if form in ("mean", "sd") and quantity.startswith("all."):
        name = quantity.removeprefix("all.")
        parts = [
            f"{numbers[f'{g}.label']['display']} {numbers[key]['display']}"
            for g in plan.groups
            if (key := f"{g}.{name}.mean_sd") in numbers
        ]
        if parts:
            return f"the groups as printed give it ({listing(parts)})"
    return "the print's other numbers give it"


def register_printed(
    cells: pd.DataFrame, numbers: dict[str, dict], told: dict[str, str], plan: Plan
) -> dict[str, dict]:
    """Register, of each number that the print gives otherwise than the rows do, its text and why.

    So too where it gives the same under the label of another row.

    Parameters
    ----------
    cells
        As `read_printed` returns them.
    numbers
        The registry, in which the keys of the cells are looked up; others are not compared.
    told
        What `told_where` says of the cells.
    plan
        The plan, whose groups may give what is printed of all.

    Returns
    -------
    dict
        `printed.<key>.what`, `.text` and `.reason`, in the order of print.
    """
    found = {}
    for key, own in cells.groupby("key", sort=False):
        value = numbers.get(key, {}).get("value")
        if value is None:
            continue
        plain = [c for c in own.itertuples() if NUMBER.fullmatch(c.text)]
        other = [c for c in plain if departs_from_print(c, value)]
        if not other:
            continue
        files = "data/published/tables.csv, data/published/text.csv"
        what = numbers[key]["meaning"].replace("p_value", "p-value").replace(": sd", ": SD")
        forms = {"what": what, "text": told[key], "reason": reason_for(other[0], numbers, plan)}
        for form, words in forms.items():
            found[f"printed.{key}.{form}"] = registry_entry(
                words, words, f"{numbers[key]['meaning']}: in the printed version", "",
                "collect_numbers", files, "transcribed from the printed version; held against the "
                "rows, rounded to the printed decimals",
            )  # fmt: skip
    return found
