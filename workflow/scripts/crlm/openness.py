"""Mark numbers of a reconstructed cohort that its printed tables leave open, with their ranges."""

import math

import pandas as pd

from crlm.formats import interval_end, p_number

KEPT = {
    "printed": "cohorts that keep the printed cells",
    "plausible": "cohorts that keep the printed cells and the assumptions on plausible rows",
}


def show(key: str, value: float, decimals: dict) -> str:
    """Return a bound as a sentence shows it, by the kind of quantity that its key names."""
    form = key.rsplit(".", 1)[-1]
    if form == "p":
        return p_number(value, decimals["p_value"])
    if form == "n":
        return f"{value:.0f}"
    return interval_end(value, decimals[form if form in ("rho", "kappa") else "mean"])


def of_ranges(ranges: pd.DataFrame, decimals: dict, provenance: str) -> dict[str, dict]:
    """Register how far each open quantity goes among cohorts that keep the printed tables.

    Parameters
    ----------
    ranges
        As `ranges.summarise_draws` returns them.
    decimals
        The plan's decimals.
    provenance
        Of the cohort: nothing is open where it is not `reconstructed`.

    Returns
    -------
    dict
        `range.<key>` (printed cells alone) and `range.<key>.plausible` -> an entry of the registry
        as `numbers.entry` makes it. The ends are proven where a proof is known, else the least and
        greatest of the cohorts that were found, and so within the true range.
    """
    found = {}
    for row in ranges.itertuples() if provenance == "reconstructed" else ():
        proven = not math.isnan(row.proven_low) and row.kept == "printed"
        ends = (row.proven_low, row.proven_high) if proven else (row.min, row.max)
        shown = [show(row.quantity, end, decimals) for end in ends]
        known = "proven" if proven else "as far as cohorts were found; the true range may be wider"
        key = f"range.{row.quantity}" + (".plausible" if row.kept == "plausible" else "")
        found[key] = {
            "value": ends[0],
            "display": " to ".join(dict.fromkeys(shown)),
            "meaning": f"range of {row.quantity} among {KEPT[row.kept]}: {known}",
            "unit": "",
            "rule": "collect_ensemble",
            "module": "crlm.ranges",
            "source": "data/published/ranges.csv",
            "patients": None,
        }
    return found
