"""Start a cohort: draft its config from the tables that were received, and say what was guessed."""

import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crlm.additions import codebook_of
from crlm.cohort import clean_cohort, match_columns, parse_cell
from crlm.files import read_yaml
from crlm.identifiers import find_identifiers, require_anonymous
from crlm.problems import InputError
from crlm.proposals import flow
from crlm.received import SUFFIXES, read_raw, read_raws
from crlm.spelling import fold
from crlm.unknowns import columns_as, propose_codebook, unknown_columns

# Shares of understood cells: from which a column is taken that its name speaks for, and from which
# its cells alone are told to speak for it.
NAMED, UNNAMED = 0.5, 0.9
FORMATS = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
RAW = Path("data/raw")

DRAFT = """\
# Cohort {name}, drafted from what was received. Each line with GUESS or TODO waits for a person.
raw: {raw}
dictionaries: {dictionaries}
corrections: []                  # tables of corrected cells: patient_id,column,old,new,reason
withdrawn: []                    # tables of patients who withdrew: patient_id,reason
ranges: []                       # of reconstructed rows: how far the print leaves numbers open
follows: null                    # TODO: the cohort that this one updates ({others}), or null
provenance: original             # TODO: original | reconstructed | synthetic
response_rule: {rule}   # GUESS: one of {rules}
tests: auto                      # auto: by the plan's rule | published: as the plan names them

title: "TODO: the title"
period: {{from: {first}, to: {last}}}   # {period_from}
setting: "TODO: the hospital"
authors:
  - {{name: "TODO: the first author"}}
affiliation: "TODO: the affiliation"
printed_version: null            # citation key of the version of record, if there is one

plan: {{}}                         # what stands in place of entries of config/plan.yaml, or beside

# Columns, levels and spellings of this cohort beside those of config/codebook.yaml. Lines that
# begin with # are suggestions: take the # away from what is right, and from the names above it.
codebook:{codebook}
"""


class Draft(NamedTuple):
    """The text of a cohort's config, the additions to the codebook in it, and what to tell."""

    text: str
    codebook: dict
    told: list[str]


def understood(cells: pd.Series, variable: dict, unit: str | None, codes: list[str]) -> float:
    """Return the share of the cells with content that a variable understands; 0 where none has."""
    known = [cell for cell in cells if fold(cell) not in map(fold, codes)]
    found = 0
    for cell in known:
        try:
            parse_cell(cell, variable, unit, codes)
        except ValueError:
            continue
        found += 1
    return found / len(known) if known else 0.0


def guess_content(cells: pd.Series, codebook: dict, taken: set[str]) -> list[str]:
    """Return the categories, not `taken`, that understand a column's cells; the best ones only."""
    shares = {
        name: understood(cells, variable, None, codebook["missing_codes"])
        for name, variable in codebook["variables"].items()
        if variable["type"] == "category" and name not in taken
    }
    best = max(shares.values(), default=0.0)
    return [name for name, share in shares.items() if share == best >= UNNAMED]


def guess_period(tables: list[tuple], codebook: dict, name: str) -> tuple[int, int, str]:
    """Return first and last year of a cohort, and what they are from: dates, or its name."""
    years = []
    for file, raw, _ in tables:
        for column, (variable, unit) in match_columns(raw, file, codebook)[0].items():
            definition = codebook["variables"][variable]
            if definition["type"] in ("date", "year"):
                for cell in raw[column]:
                    try:
                        value, _ = parse_cell(cell, definition, unit, codebook["missing_codes"])
                    except ValueError:
                        continue
                    years += [int(str(value)[:4])] if value is not None else []
    if years:
        return min(years), max(years), "GUESS: from the years in the tables"
    in_name = re.findall(r"(?:19[5-9]|20)\d\d", name)
    if in_name:
        return int(in_name[0]), int(in_name[-1]), "GUESS: from the cohort's name"
    return 2000, 2000, "TODO: the first and the last year of treatment"


def draft_cohort(
    name: str,
    tables: list[tuple],
    codebook: dict,
    rules: list[str],
    others: list[str],
    dictionaries: list[str],
) -> Draft:
    """Draft the config of a cohort.

    Parameters
    ----------
    name
        The cohort's name.
    tables
        Its raw tables, as `received.read_raws` returns them.
    codebook
        The common codebook.
    rules, others
        The names of the plan's response rules, and of the cohorts there are.
    dictionaries
        The data dictionaries among the files.

    Returns
    -------
    draft
        A column whose name is close to one that the codebook knows is taken for it where the
        variable understands `NAMED` of its cells. What its cells alone speak for, and spellings of
        levels, are comments.
    """
    guesses = unknown_columns(tables, codebook)
    codes, told, accepted, by_content = codebook["missing_codes"], [], {}, []
    for file, raw, _ in tables:
        known = match_columns(raw, file, codebook)[0]
        told.append(f"{file}: {len(raw)} rows; known by name: {', '.join(known) or 'no column'}")
        taken = {variable for variable, _ in known.values()}
        taken |= {guess[0] for column in raw if (guess := guesses.get(column))}
        for column in (c for c in raw.columns if c in guesses):
            guess = guesses[column]
            if guess:
                variable, unit = guess
                share = understood(raw[column], codebook["variables"][variable], unit, codes)
                said = f"by its name; {share:.0%} of its cells are understood"
                if share >= NAMED:
                    accepted[column] = guess
                    told.append(f"  GUESS: {column!r} is {variable}, {said}")
                else:
                    told.append(f"  TODO: {column!r} may be {variable}, {said}; not taken")
                continue
            candidates = guess_content(raw[column], codebook, taken)
            what = f"may be {' or '.join(candidates)}, by its cells" if candidates else "is unknown"
            told.append(f"  TODO: {column!r} {what}; not taken")
            if candidates:
                first = flow({"variables": {candidates[0]: {"columns": {column: None}}}})
                by_content.append(f"# TODO: {column!r} {what}; to take it: {first}")
    proposed = propose_codebook(tables, codebook, accepted)
    lines = [*by_content, *proposed.splitlines()]
    active = any(not line.lstrip().startswith("#") for line in lines)
    first, last, period_from = guess_period(tables, codebook, name)
    text = DRAFT.format(
        name=name, raw=flow([file for file, *_ in tables]), dictionaries=flow(dictionaries),
        others=", ".join(f'"{other}"' for other in others), rule=rules[0], rules=", ".join(rules),
        first=first, last=last, period_from=period_from,
        codebook="".join(["" if active else " {}", *(f"\n  {line}" for line in lines)]),
    )  # fmt: skip
    return Draft(text, columns_as(accepted), told)


def place_files(paths: list[Path]) -> dict[Path, Path]:
    """Return where in data/raw each file belongs: where it is, or under its name without blanks.

    Raises
    ------
    InputError
        Where a file is not there, is of another kind, or its place is taken by another file.
    """
    places, problems = {}, []
    for path in paths:
        inside = path.resolve().is_relative_to(RAW.resolve())
        place = (
            path.resolve().relative_to(Path.cwd()) if inside else RAW / "_".join(path.name.split())
        )
        if not path.is_file():
            problems.append(f"{path}: there is no such file")
        elif path.suffix.lower() not in FORMATS:
            problems.append(f"{path}: expected a file that ends in {', '.join(FORMATS)}")
        elif place.exists() and place.read_bytes() != path.read_bytes():
            problems.append(f"{path}: {place} is there and is another file; rename one of them")
        else:
            places[path] = place
    if problems:
        raise InputError(problems)
    return places


def is_dictionary(path: Path) -> bool:
    """Return whether a file is a REDCap data dictionary, by the name of its first column."""
    frame, problems, _ = read_raw(str(path))
    return not problems and fold(frame.columns[0]).startswith("variable / field name")


def start_cohort(name: str, paths: list[Path]) -> list[str]:
    """Write the draft of a cohort's config, copy its files into data/raw, return what to tell.

    Raises
    ------
    InputError
        Where the config is there already or a file can't be read; nothing is written then.
    """
    config = Path(f"config/cohorts/{name}.yaml")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise InputError([f"{name!r}: expected a name of letters, digits, _ and -"])
    if config.exists():
        raise InputError([f"{config} is there already; nothing was changed"])
    places = place_files(paths)
    redcap = [path for path in places if is_dictionary(path)]
    codebook, plan = read_yaml("config/codebook.yaml"), read_yaml("config/plan.yaml")
    tables, notes = read_raws([path for path in places if path not in redcap], redcap, codebook)
    unreadable = [problem for *_, problems in tables for problem in problems]
    if unreadable:
        raise InputError(unreadable)
    if not tables:
        raise InputError(["expected at least one table of patients"])
    tables = [(places[Path(file)].as_posix(), raw, problems) for file, raw, problems in tables]
    dictionaries = [places[path].as_posix() for path in redcap]
    others = sorted(path.stem for path in config.parent.glob("*.yaml"))
    found = [p for file, raw, _ in tables for p in find_identifiers(raw, file, codebook)]
    identifying = {(p.file, p.column) for p in found} - {
        (file, c) for file, raw, _ in tables for c in match_columns(raw, file, codebook)[0]
    }
    # No cell of theirs gets into the draft.
    safe = [
        (file, raw[[c for c in raw.columns if (file, c) not in identifying]], problems)
        for file, raw, problems in tables
    ]
    draft = draft_cohort(name, safe, codebook, [*plan["response_rules"]], others, dictionaries)
    told = [f"{config} is drafted."]
    said: dict[tuple, list[str]] = {}
    for note in notes:
        said.setdefault((note.file, note.note), []).append(note.column)
    told += [
        f"{file}: {note}" + (f": {', '.join(columns)}" if columns[0] else "")
        for (file, note), columns in said.items()
    ]
    told += draft.told
    for path, place in places.items():
        if not place.exists():
            shutil.copyfile(path, place)
            told.append(
                f"{path} was copied to {place}: look that it names nobody before you commit it."
            )
    config.write_text(draft.text, encoding="utf-8")
    own = codebook_of(codebook, draft.codebook)
    told += [str(p) for file, raw, _ in tables for p in find_identifiers(raw, file, own)]
    try:
        require_anonymous(tables, own)
        clean_cohort(tables, own)
        told.append("The tables pass the cleaning as they are.")
    except InputError as error:
        found = str(error).split(" in the input", 1)[0]
        told.append(
            f"The build will stop with {found}, each with its place and the lines to paste."
        )
    return [*told, f"Next: look at each GUESS and TODO in {config}, then: make paper COHORT={name}"]


def main(name: str = "", *files: str) -> None:
    """Start the cohort `name` from `files`."""
    if not name or not files:
        sys.exit("expected a name and at least one file: make cohort NAME=2025 FROM=file.xlsx")
    try:
        print("\n".join(start_cohort(name, [Path(file) for file in files])))
    except InputError as error:
        sys.exit("\n".join(map(str, error.problems)))


if __name__ == "__main__":
    main(*sys.argv[1:])
