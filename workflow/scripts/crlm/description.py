"""Describe the cohort: the plan's variables, counted and averaged, as tidy tables."""

from collections.abc import Iterable

import pandas as pd

from crlm.base.files import NUMBERS, read_frame
from crlm.base.formats import interval_end, n_percent, rounded
from crlm.base.problems import InputError
from crlm.plan.analysis import Plan, Table
from crlm.plan.variables import check_levels

COLUMNS = [
    "variable", "level", "group", "n", "denominator", "percent", "mean", "sd", "median", "min",
    "max", "text",
]  # fmt: skip
# The printed forms of a number: `a_b_c` is a with b and c in words, and has the value of a.
FORMS = ("mean", "median", "min", "max", "range", "mean_range", "sd", "mean_sd", "mean_sd_range")
# Beside them, where a row shows a median. The quartiles are of type 7 of Hyndman and Fan, Sample
# quantiles in statistical packages, The American Statistician 1996; 50: 361, as R's and pandas'.
FORMS_OF_MEDIAN = ("q1", "q3", "iqr", "median_iqr", "median_range")
QUARTILES = {"q1": 0.25, "q3": 0.75}


def join_response(patients: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    """Return one row a patient: the clean variables, the response, the changes from baseline."""
    own = ["patient_id", *response.columns.difference(patients.columns, sort=False)]
    joined = patients.merge(response[own], on="patient_id", validate="one_to_one")
    if len(joined) != len(patients):
        raise InputError(["the cohort and its responses are not the same patients"])
    return joined


def read_patients(patients: str, response: str, plan: Plan) -> pd.DataFrame:
    """Read what the stages cohort and response wrote, joined as `join_response` does.

    Raises
    ------
    InputError
        With all clean values that no level of the plan's variables holds.
    """
    numbers = {*plan.number_columns, *NUMBERS["response"]}
    frame = join_response(read_frame(patients, numbers), read_frame(response, numbers))
    check_levels(frame, plan.variables)
    return frame


def read_ids(paths: Iterable[str]) -> list[str]:
    """Read the pseudonyms in files of clean patients."""
    return [name for path in paths for name in read_frame(path, ())["patient_id"]]


def as_is(value: float, decimals: int) -> str:
    """Return a measured number with the decimals it has, at most those of a mean, or one."""
    most = max(1, decimals)
    enough = (d for d in range(most) if float(rounded(value, d)) == round(value, 9))
    return interval_end(value, next(enough, most))


def shows_median(show: tuple[str, ...]) -> bool:
    """Return whether one of the summaries of a row is of a median."""
    return any(form.startswith("median") for form in show)


def summary_forms(
    row: dict, decimals: int, show: tuple[str, ...]
) -> dict[str, tuple[float | None, str]]:
    """Return the printed forms of a summary, each with the value that it shows.

    `row` holds `n, mean, sd, median, min, max`, and the quartiles where `show` has a median.
    Where no patient has the number, or a single one and so no SD, a form says so and has no value.
    """
    forms = FORMS + FORMS_OF_MEDIAN * shows_median(show)
    if not row["n"]:
        return dict.fromkeys(forms, (None, "not recorded"))
    known = {form: row[form] for form in forms if pd.notna(row.get(form))}
    shown = {"sd": "not defined"} | {
        form: (as_is if form in ("min", "max") else interval_end)(value, decimals)
        for form, value in known.items()
    }
    for range_, (low, high) in {"range": ("min", "max"), "iqr": ("q1", "q3")}.items():
        shown[range_] = f"{shown.get(low)} to {shown.get(high)}"
    found = {}
    for form in forms:
        first, *others = form.split("_") if row["n"] > 1 else form.split("_")[:1]
        beside = (f" ± {shown[o]}" if o == "sd" else f" ({shown[o]})" for o in others)
        found[form] = known.get(first), shown[first] + "".join(beside)
    return found


def summarise(values: pd.Series, show: tuple[str, ...], decimals: int) -> dict:
    """Return the summary of a number over the patients of a column."""
    known = values.dropna()
    row = {"n": len(known)}
    if len(known):
        row |= {"mean": known.mean(), "sd": known.std(ddof=1), "median": known.median()}
        row |= {"min": known.min(), "max": known.max()}
        if shows_median(show):
            row |= {name: known.quantile(share) for name, share in QUARTILES.items()}
    forms = summary_forms(row, decimals, show)
    return row | {"text": "; ".join(dict.fromkeys(forms[form][1] for form in show))}


def share(n: int, of: int, decimals: int) -> dict:
    """Return how a count is shown among its denominator."""
    percent = {"percent": 100 * n / of} if of else {}
    return {"n": n, "denominator": of, **percent, "text": n_percent(n, of, decimals)}


def describe_table(frame: pd.DataFrame, table: Table, decimals: dict) -> pd.DataFrame:
    """Describe the cohort by the rows of one of the plan's tables.

    Parameters
    ----------
    frame
        One row a patient, as `join_response` returns it.
    table
        The plan's table, of all patients or of the groups in column `group`.
    decimals
        The plan's decimals: `percent`, `mean`.

    Returns
    -------
    frame
        Tidy, a row a variable, level and group; the columns `COLUMNS`, and the quartiles where a
        row shows a median. `n` of a number is how many are known.
    """
    rows, members = [], frame["group"].to_numpy()
    groups = {group: (members == group) | (group == "all") for group in [*table.groups, "all"]}
    for variable, show, _ in table.rows:
        values = variable.read(frame)
        held = {None: values.notna()} | {level: values == level for level in variable.levels}
        for level in variable.levels or [None]:
            for group in table.groups:
                counted = ((group, level), table.whole(group, level))
                n, of = (int((groups[among] & held[name]).sum()) for among, name in counted)
                cells = (
                    summarise(values[groups[group]], show, decimals["mean"])
                    if level is None
                    else share(n, of, decimals["percent"])
                )
                rows.append({"variable": variable.name, "level": level, "group": group, **cells})
    medians = any(shows_median(row.show) for row in table.rows)
    return pd.DataFrame(rows, columns=COLUMNS + [*QUARTILES] * medians)


def describe_tables(frame: pd.DataFrame, plan: Plan) -> dict[str, pd.DataFrame]:
    """Return the plan's tables, each as `describe_table` does."""
    return {name: describe_table(frame, of, plan.decimals) for name, of in plan.tables.items()}
