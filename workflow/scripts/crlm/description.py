"""Describe the cohort: the plan's variables, counted and averaged, as tidy tables."""

from collections.abc import Iterable

import pandas as pd

from crlm.base.files import read_frame
from crlm.base.formats import interval_end, percent, rounded
from crlm.base.problems import InputError
from crlm.plan.variables import check_levels, number_columns, read_variable

COLUMNS = [
    "variable", "level", "group", "n", "denominator", "percent", "mean", "sd", "median", "min",
    "max", "text",
]  # fmt: skip


FORMS = (
    *("mean", "sd", "median", "min", "max"),
    *("range", "mean_range", "mean_sd", "mean_sd_range"),
)


def join_response(patients: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    """Return one row a patient: the clean variables, the response, the changes from baseline."""
    own = ["patient_id", *response.columns.difference(patients.columns, sort=False)]
    joined = patients.merge(response[own], on="patient_id", validate="one_to_one")
    if len(joined) != len(patients):
        raise InputError(["the cohort and its responses are not the same patients"])
    return joined


def read_patients(patients: str, response: str, variables: dict) -> pd.DataFrame:
    """Read what the stages cohort and response wrote, joined as `join_response` does.

    Raises
    ------
    InputError
        With all clean values that no level of `variables` holds.
    """
    numbers = number_columns(variables)
    frame = join_response(read_frame(patients, numbers), read_frame(response, numbers))
    check_levels(frame, variables)
    return frame


def as_is(value: float, decimals: int) -> str:
    """Return a measured number with the decimals it has, at most those of a mean, or one."""
    most = max(1, decimals)
    enough = (d for d in range(most) if float(rounded(value, d)) == round(value, 9))
    return interval_end(value, next(enough, most))


def summary_forms(row: dict, decimals: int) -> dict[str, tuple[float | None, str]]:
    """Return the printed forms of a summary, each with the value that it shows.

    `row` holds `n, mean, sd, median, min, max`. Where no patient has the number, or a single one
    and so no SD, a form says so and has no value.
    """
    if not row["n"]:
        return dict.fromkeys(FORMS, (None, "not recorded"))
    mean, median = interval_end(row["mean"], decimals), interval_end(row["median"], decimals)
    low, high = as_is(row["min"], decimals), as_is(row["max"], decimals)
    forms = {
        "mean": (row["mean"], mean),
        "median": (row["median"], median),
        "min": (row["min"], low),
        "max": (row["max"], high),
        "range": (None, f"{low} to {high}"),
        "mean_range": (row["mean"], f"{mean} ({low} to {high})"),
    }
    if row["n"] == 1:
        forms["sd"] = (None, "not defined")
        forms["mean_range"] = forms["mean_sd"] = forms["mean_sd_range"] = forms["mean"]
    else:
        sd = interval_end(row["sd"], decimals)
        forms["sd"] = (row["sd"], sd)
        forms["mean_sd"] = (row["mean"], f"{mean} ± {sd}")
        forms["mean_sd_range"] = (row["mean"], f"{mean} ± {sd} ({low} to {high})")
    return forms


def summarise(values: pd.Series, show: str, decimals: int) -> dict:
    """Return the summary of a number over the patients of a column."""
    known = values.dropna()
    row = {"n": len(known)}
    if len(known):
        row |= {"mean": known.mean(), "sd": known.std(ddof=1), "median": known.median()}
        row |= {"min": known.min(), "max": known.max()}
    return row | {"text": summary_forms(row, decimals)[show][1]}


def count(
    values: pd.Series, groups: pd.Series, group: str, level: str, percent_of: str, decimals: int
):
    """Return the count of a level in a column, with its denominator."""
    in_column = groups == group
    n = int((in_column & (values == level)).sum())
    of = int(
        (values == level).sum() if percent_of == "level" else (in_column & values.notna()).sum()
    )
    if not of:
        return {"n": n, "denominator": of, "text": str(n)}
    share = 100 * n / of
    return {
        "n": n, "denominator": of, "percent": share, "text": f"{n} ({percent(share, decimals)})"
    }  # fmt: skip


def describe_table(
    frame: pd.DataFrame, table: dict, variables: dict, decimals: dict
) -> pd.DataFrame:
    """Describe the cohort by the rows of one of the plan's tables.

    Parameters
    ----------
    frame
        One row a patient, as `join_response` returns it.
    table
        The plan's table: `groups` (`all`, or the names in column `group`), `percent_of`, `rows`.
    variables
        The plan's variables.
    decimals
        The plan's decimals: `percent`, `mean`.

    Returns
    -------
    frame
        Tidy, a row a variable, level and group; the columns `COLUMNS`. `n` of a number is how many
        are known.
    """
    groups = frame["group"].where(pd.Series(table["groups"] != ["all"], frame.index), "all")
    rows = []
    for entry in table["rows"]:
        name = entry["variable"]
        values = read_variable(frame, name, variables[name])
        for level in variables[name].get("levels", [None]):
            for group in table["groups"]:
                if level is None:
                    shown = values[groups == group]
                    cells = summarise(shown, entry["show"], decimals["mean"])
                else:
                    cells = count(
                        values, groups, group, level, table["percent_of"], decimals["percent"]
                    )
                rows.append({"variable": name, "level": level, "group": group, **cells})
    return pd.DataFrame(rows, columns=COLUMNS)


def describe_tables(
    frame: pd.DataFrame, names: Iterable[str], tables: dict, variables: dict, decimals: dict
) -> dict[str, pd.DataFrame]:
    """Return the plan's tables of some names, each as `describe_table` does."""
    return {name: describe_table(frame, tables[name], variables, decimals) for name in names}
