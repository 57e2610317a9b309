"""Clean and validate the raw tables by the codebook; log every cell that changes."""

import math
import re
from collections.abc import Sequence

import pandas as pd

from crlm.amendments import amend, mark_corrected
from crlm.dates import join_dates, parse_interval, parse_year
from crlm.problems import InputError, Problem
from crlm.pseudonyms import parse_id
from crlm.spelling import fold

# Factors between the units that raw columns or cells may be in.
UNIT_FACTORS = {("cm", "mm"): 10.0, ("weeks", "months"): 7 * 12 / 365.25}
CELL = ["patient_id", "variable", "file", "row", "column", "raw", "clean", "rule"]
# Rules that take from a cell what may not leave the house: its raw text is not kept.
TRANSFORMATIONS = {"capped", "date to year", "interval", "pseudonym"}
NOT_SHOWN = "(not shown)"
NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*([a-z]*)")


def parse_number(cell: str, variable: dict, unit: str | None) -> tuple[float, str]:
    """Return the number in `cell` in the unit of `variable`, and the rule that was applied."""
    match = NUMBER.fullmatch(fold(cell))
    if not match:
        raise ValueError(f"a number ({unit})")
    digits, own_unit = match.groups()
    number, rule = float(digits.replace(",", ".")), "number"
    if "," in digits:
        rule = "decimal comma"
    found, wanted = own_unit or unit, variable["unit"]
    if found != wanted:
        if (found, wanted) not in UNIT_FACTORS:
            raise ValueError(f"a number ({wanted})")
        # Rounded, so that 1.1 cm is 11 mm and not 11.000000000000002.
        number = round(number * UNIT_FACTORS[found, wanted], 2)
        rule = f"{found} to {wanted}"
    if variable["type"] == "integer" and number % 1:
        raise ValueError("a whole number")
    if not variable["min"] <= number <= variable["max"]:
        raise ValueError(f"{variable['min']} to {variable['max']} {wanted}")
    if number >= variable.get("cap", math.inf):
        return float(variable["cap"]), "capped"
    return number, rule


def parse_cell(cell: str, variable: dict, unit: str | None, missing_codes: list[str]) -> tuple:
    """Return the clean value of a raw cell (None where missing) and the rule that was applied.

    Parameters
    ----------
    cell
        The text as received.
    variable
        The variable's entry in the codebook.
    unit
        The unit of the raw column; a unit written in the cell goes before it.
    missing_codes
        Spellings of "missing".

    Raises
    ------
    ValueError
        With what was expected, where the codebook does not know the cell.
    """
    folded = fold(cell)
    for level, spellings in variable.get("levels", {}).items():
        if folded in map(fold, (level, *spellings)):
            return level, "spelling"
    if folded in map(fold, missing_codes):
        if variable["required"]:
            raise ValueError("a value: this variable may not be missing")
        return None, "missing code"
    if variable["type"] == "category":
        raise ValueError("one of: " + ", ".join(variable["levels"]))
    parse = {"id": parse_id, "year": parse_year, "interval": parse_interval}.get(variable["type"])
    if parse:
        return parse(cell, variable)
    return parse_number(cell, variable, unit)


def identifies(cell: str, variable: dict) -> bool:
    """Return whether the raw text of a variable's cell may not be kept."""
    if variable["type"] in ("year", "interval") or variable.get("pseudonym"):
        return True
    numbers = map(float, re.findall(r"\d+", cell))
    return any(number >= variable.get("cap", math.inf) for number in numbers)


def match_columns(raw: pd.DataFrame, file: str, codebook: dict) -> tuple[dict, list[Problem]]:
    """Return raw column -> (variable, unit), and the columns that don't fit the codebook."""
    variables, ignored = codebook["variables"], set(map(fold, codebook["ignored"]))
    known = {
        fold(column): (name, unit)
        for name, variable in variables.items()
        for column, unit in variable["columns"].items()
    }
    columns, problems = {}, []
    for column in (c for c in raw.columns if fold(c) not in ignored):
        name, unit = known.get(fold(column), (None, None))
        if name is None:
            expected = "a column that config/codebook.yaml names"
        elif name in (taken := {n: c for c, (n, _) in columns.items()}):
            expected = f"one column for {name}, which column {taken[name]} is already"
        else:
            columns[column] = (name, unit)
            continue
        problems.append(Problem(file, 1, column, column, expected))
    for name, variable in variables.items():
        if variable["required"] and name not in (n for n, _ in columns.values()):
            expected = "a column named " + " or ".join(variable["columns"])
            problems.append(Problem(file, 1, name, "no such column", expected))
    return columns, problems


def as_text(value: float | str | None) -> str:
    """Return a clean value as the cleaning log shows it."""
    if value is None or value != value:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else value


def parse_table(raw: pd.DataFrame, file: str, codebook: dict) -> tuple[pd.DataFrame, list, list]:
    """Parse one raw table.

    Returns
    -------
    clean
        One row a patient: `file`, `row`, then each variable of the codebook.
    cells
        `CELL` for each cell that the codebook knows.
    problems
        The columns and cells that the codebook does not know.
    """
    dropped = set(map(fold, codebook["dropped"]))
    raw, variables = join_dates(
        raw[[column for column in raw if fold(column) not in dropped]],
        codebook["variables"],
        codebook["missing_codes"],
    )
    columns, problems = match_columns(raw, file, codebook | {"variables": variables})
    clean = {"file": [file] * len(raw), "row": list(raw.index)}
    clean |= {name: [None] * len(raw) for name in variables}
    cells: list[tuple] = []
    for i, (row, raw_cells) in enumerate(raw.iterrows()):
        of_row = []
        for column, (name, unit) in columns.items():
            cell = raw_cells[column]
            try:
                value, rule = parse_cell(cell, variables[name], unit, codebook["missing_codes"])
            except ValueError as error:
                identifying = variables[name]["type"] in ("year", "interval")
                found = NOT_SHOWN if identifying else cell
                problems.append(Problem(file, row, column, found, str(error)))
                continue
            clean[name][i] = value
            cell = NOT_SHOWN if rule in TRANSFORMATIONS else cell
            of_row.append((name, file, row, column, cell, as_text(value), rule))
        cells += [(clean["patient_id"][i], *cell) for cell in of_row]
    numeric = ("integer", "number", "year", "interval")
    types = {n: "float64" if v["type"] in numeric else object for n, v in variables.items()}
    return pd.DataFrame(clean).astype(types), cells, problems


def meets(frame: pd.DataFrame, condition: str, **parameters) -> pd.Series:
    """Return for each row whether it meets `condition`; with a missing value none is met."""
    found = frame.eval(condition, engine="python", local_dict=parameters)
    return found.fillna(False).astype(bool)


def check_patients(clean: pd.DataFrame, codebook: dict) -> list[Problem]:
    """Return what no single cell shows: ids that come twice, combinations that can't be."""
    problems = []
    first = clean.drop_duplicates("patient_id").set_index("patient_id", drop=False)
    known = clean["patient_id"].notna()
    for _, again in clean[known & clean.duplicated("patient_id")].iterrows():
        other = first.loc[again["patient_id"]]
        differ = [n for n in codebook["variables"] if as_text(again[n]) != as_text(other[n])]
        expected = (
            f"each patient once; {other['file']}, row {other['row']} has this id too, and "
            + (f"differs in {', '.join(differ)}" if differ else "the same values")
        )
        problems.append(
            Problem(again["file"], again["row"], "patient_id", again["patient_id"], expected)
        )
    for check in codebook["checks"]:
        for _, patient in clean[meets(clean, check["impossible"])].iterrows():
            found = ", ".join(as_text(patient[c]) or "empty" for c in check["columns"])
            where = " and ".join(check["columns"])
            problems.append(
                Problem(patient["file"], patient["row"], where, found, check["expected"])
            )
    return problems


def tell_corrected(problems: list[Problem], corrected: dict) -> list[Problem]:
    """Add to the problems of corrected cells where the correction stands."""
    told = []
    for problem in problems:
        found = corrected.get(problem[:3])
        place = f" (a correction: {found.file}, row {found.row})" if found else ""
        told.append(problem._replace(expected=problem.expected + place))
    return told


def clean_cohort(
    tables: list[tuple[str, pd.DataFrame, list[Problem]]],
    codebook: dict,
    corrections: Sequence[tuple] = (),
    withdrawn: Sequence[tuple] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Clean the raw tables of a cohort.

    Parameters
    ----------
    tables, corrections, withdrawn
        For each raw file, and each file that amends them, its name and what `received.read_raws`
        returned.
    codebook
        The cohort's codebook.

    Returns
    -------
    patients
        One row a patient analysed; the variables of the codebook, in its order.
    cleaning_log
        `file, row, column, raw, clean, rule`: one line for each cell that changed or was corrected.
    flow
        `step, label, patients`: received, withdrawn (where the cohort names withdrawals), excluded
        by each named criterion, analysed.
    cells
        `patient_id, variable, file, row, column, raw, clean, rule`: every cell, changed or not, of
        those who did not withdraw.

    Raises
    ------
    InputError
        With all problems of all files, where there is any, and with lines to paste for what the
        codebook does not know.
    """
    from crlm.unknowns import propose_codebook

    tables, gone, corrected, problems = amend(tables, corrections, withdrawn, codebook)
    parts, cells = [], []
    for file, raw, unreadable in tables:
        problems += unreadable
        if not unreadable:
            part, part_cells, part_problems = parse_table(raw, file, codebook)
            parts.append(part)
            cells += part_cells
            problems += tell_corrected(part_problems, corrected)
    clean = pd.concat(parts, ignore_index=True) if parts else None
    if clean is not None:
        problems += check_patients(clean, codebook)
    if problems:
        problems.sort(key=lambda p: (p.file, p.row if isinstance(p.row, int) else 0))
        raise InputError(problems, {"codebook": propose_codebook(tables, codebook)}, clean)

    steps = [("received", "patients in the raw data", len(clean) + len(gone))]
    if withdrawn:
        steps.append(("withdrawn", "consent withdrawn", len(gone)))
    kept = clean
    for criterion in codebook["exclusions"]:
        out = meets(kept, criterion["exclude"])
        steps.append((criterion["name"], criterion["label"], int(out.sum())))
        kept = kept[~out]
    steps.append(("analysed", "patients analysed", len(kept)))
    if not len(kept):
        raise InputError(["no patient is left after the exclusions of config/codebook.yaml"])
    every, marked = mark_corrected(pd.DataFrame(cells, columns=CELL), corrected)
    changed = (every["raw"] != every["clean"]) | marked
    secret = [
        identifies(cell, codebook["variables"][name])
        for cell, name in every.loc[marked, ["raw", "variable"]].to_numpy()
    ]
    every.loc[every.index[marked][secret], "raw"] = NOT_SHOWN
    return (
        kept[list(codebook["variables"])].sort_values("patient_id"),
        every.loc[changed, ["file", "row", "column", "raw", "clean", "rule"]],
        pd.DataFrame(steps, columns=["step", "label", "patients"]),
        every,
    )
