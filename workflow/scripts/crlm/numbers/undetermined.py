"""Mark numbers of a reconstructed cohort that its printed tables leave open, with their ranges."""

import math
from collections.abc import Sequence

import pandas as pd

from crlm.base.files import NUMBERS, read_frame
from crlm.base.formats import MARK, interval_end, p_number
from crlm.numbers.registry import registry_entry
from crlm.plan.analysis import Plan

# Of what a printed form is made, beside what its name says.
MADE_OF = {
    "range": ("min", "max"),
    "iqr": ("q1", "q3", "sd"),
    "average": ("mean", "sd", "min", "max"),
    "typical": ("median", "sd", "min", "max"),
    "percent": ("n",),
}
# What rests on the rows themselves wherever the p-value of its test does.
RESTING = {"effect", "p_without_one", "p_filled_in", "flipping", "superiority"}


def show_bound(key: str, value: float, plan: Plan) -> str:
    """Return a bound as a sentence shows it, by the kind of quantity that its key names."""
    form, decimals = key.rsplit(".", 1)[-1], plan.decimals
    if form == "p":
        return p_number(value, decimals["p_value"], plan.alpha)
    if form == "n":
        return f"{value:.0f}"
    return interval_end(value, decimals[form if form in ("rho", "kappa") else "mean"])


def register_ranges(ranges: pd.DataFrame, plan: Plan) -> dict[str, dict]:
    """Register how far each quantity goes among the cohorts that keep the print.

    Parameters
    ----------
    ranges
        As `ranges.summarise_draws` returns them; of the two sets the one that keeps the printed
        cells alone is registered.
    plan
        Its decimals and alpha are asked.

    Returns
    -------
    dict
        `range.<key>` -> an entry of the registry as `registry_entry` makes it. The ends are proven
        where a proof is known, else the least and greatest of the cohorts that were found,
        and so within the true range.
    """
    found = {}
    for row in ranges[ranges["kept"] == "printed"].itertuples():
        proven = not math.isnan(row.proven_low)
        ends = (row.proven_low, row.proven_high) if proven else (row.min, row.max)
        known = "proven" if proven else "as far as cohorts were found; the true range may be wider"
        found |= register_range(
            row.quantity, ends, [show_bound(row.quantity, end, plan) for end in ends],
            f"range of {row.quantity} among cohorts that keep the print: {known}",
            "the least and the greatest of many cohorts that keep every printed cell, or a proof",
        )  # fmt: skip
    return found


def register_range(
    key: str, ends: Sequence[float], shown: list[str], meaning: str, computed: str
) -> dict[str, dict]:
    """Register between which ends a quantity lies, as `range.<key>`; `shown` are they in print."""
    return {
        f"range.{key}": registry_entry(
            ends[0], " to ".join(dict.fromkeys(shown)), meaning, "", "collect_ensemble",
            "data/published/ranges.csv", computed, {"ends": [*ends]},
        )
    }  # fmt: skip


def is_open(key: str, numbers: dict[str, dict]) -> bool:
    """Return whether the print leaves a quantity open."""
    return f"range.{key}" in numbers


def ranges_of(key: str, numbers: dict[str, dict]) -> str:
    """Return the ranges of a printed form's parts that another cohort may print otherwise."""
    quantity, _, form = key.rpartition(".")
    parts = [part for said in form.split("_") for part in (said, *MADE_OF.get(said, ()))]
    told = {part: numbers.get(f"range.{quantity}.{part}", {}).get("display", "") for part in parts}
    found = "; ".join(f"{part} {between}" for part, between in told.items() if " to " in between)
    # No range of quartiles is known: they are open where the spread is, by however little.
    quartiles = {"iqr", "typical"} & {*form.split("_")} and f"{quantity}.iqr" in numbers
    if not found and quartiles and is_open(f"{quantity}.sd", numbers):
        found = "quartiles not known"
    if not found and form in RESTING and numbers[key]["value"] is not None:
        found = "not known" if is_open(f"test.{quantity.split('.')[1]}.p", numbers) else ""
    return found


def mark_open(numbers: dict[str, dict]) -> dict[str, dict]:
    """Return the registry with a `mark` at each form that another cohort may print otherwise."""
    if not any(key.startswith("range.") for key in numbers):
        return numbers
    return {
        key: own | {"mark": MARK} if ranges_of(key, numbers) else own
        for key, own in numbers.items()
    }


def read_ranges(paths: list[str], plan: Plan) -> dict[str, dict]:
    """Read the ranges of a cohort that name its open quantities, as `register_ranges` returns."""
    frames = [read_frame(path, NUMBERS["ranges"]) for path in paths]
    return register_ranges(pd.concat(frames), plan) if frames else {}
