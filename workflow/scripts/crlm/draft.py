"""Start a cohort: draft its config from the tables that were received, and say what was guessed."""

import re
import shutil
import sys
from pathlib import Path
from string import Template

from crlm.base.files import read_yaml
from crlm.base.masking import masked, names_somebody
from crlm.base.problems import InputError, Note, Problem, whose_fault
from crlm.base.proposals import flow
from crlm.base.spelling import fold
from crlm.cohort.admission import admit_tables
from crlm.cohort.identifiers import find_identifiers, identify, kind_of_column
from crlm.cohort.misreadings import looks_missing
from crlm.cohort.reading import match_columns, read_column
from crlm.cohort.unknowns import (
    Guess,
    columns_as,
    indented,
    propose,
    propose_codebook,
    say_name,
    unknown_columns,
)
from crlm.plan.additions import codebook_of
from crlm.plan.synonyms import with_readings
from crlm.received.tables import SUFFIXES, read_raw, read_raws

FORMATS = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
RAW = Path("data/raw")
NOT_COPIED = (
    "Nothing was copied or written, since what is in data/raw is kept with the project. Take these "
    "out of the file; or, where it may lie there, put it there yourself and name it so after FROM."
)
DRAFT = Template(Path(__file__).with_suffix(".yaml").read_text("utf-8"))


def guess_period(tables: list[tuple], codebook: dict, name: str) -> tuple[int, int, str]:
    """Return first and last year of a cohort, and what they are from: dates, or its name."""
    years = [
        int(str(read.value)[:4])
        for file, raw, _ in tables
        for column, (variable, unit) in match_columns(raw, file, codebook)[0].items()
        if codebook["variables"][variable]["type"] in ("date", "year")
        for read in read_column(file, raw[column], variable, unit, codebook, set()).read.values()
        if read.value is not None
    ]
    if years:
        return min(years), max(years), "GUESS: from the years in the tables"
    in_name = re.findall(r"(?:19[5-9]|20)\d\d", name)
    if in_name:
        return int(in_name[0]), int(in_name[-1]), "GUESS: from the cohort's name"
    return 2000, 2000, "TODO: the first and the last year of treatment"


def tell_columns(
    tables: list[tuple], codebook: dict, guesses: dict[str, Guess | None], synonyms: dict
) -> list[str]:
    """Return, for each table, what its columns are, may be, and are not known to be."""
    told = []
    for file, raw, _ in tables:
        known = match_columns(raw, file, codebook)[0]
        told.append(f"{file}: {len(raw)} rows; known by name: {', '.join(known) or 'no column'}")
        for column in (c for c in raw.columns if c in guesses):
            guess = guesses[column]
            if guess is None:
                told.append(f"  TODO: {say_name(column, synonyms)!r} is not known")
            elif guess.why:
                told.append(f"  GUESS: {column!r} may be {guess.variable}, {guess.why}; not taken")
            else:
                told.append(f"  {column!r} is {guess.variable}")
    return told


def draft_cohort(
    name: str,
    tables: list[tuple],
    common: tuple[dict, dict, dict],
    others: list[str],
    dictionaries: list[str],
    dropped: list[str],
) -> str:
    """Draft the config of a cohort.

    Parameters
    ----------
    name
        The cohort's name.
    tables
        Its raw tables, as `tables.read_raws` returns them, without columns that identify anybody.
    common
        The common codebook, plan and synonyms.
    others
        The names of the cohorts there are.
    dictionaries
        The data dictionaries among the files.
    dropped
        The columns that identify patients.

    Returns
    -------
    text
        The config. Only columns that bear a name of the codebook are taken for a variable; what is
        guessed is a comment behind a mark, at which the build stops.
    """
    codebook, plan, synonyms = common
    rules = plan["response_rules"]
    rule = next(iter(rules))
    synonyms = with_readings(synonyms, rules, rule)
    first, last, period_from = guess_period(tables, codebook, name)
    proposal = propose(tables, codebook, synonyms, dropped)
    proposed = propose_codebook(proposal, codebook, synonyms)
    return DRAFT.substitute(
        name=name, raw=flow([file for file, *_ in tables]), dictionaries=flow(dictionaries),
        others=", ".join(f'"{other}"' for other in others), rule=rule, rules=", ".join(rules),
        first=first, last=last, period_from=period_from,
        codebook="\n" + indented(proposed.splitlines()) if proposed else " {}",
    )  # fmt: skip


def place_files(paths: list[Path]) -> dict[Path, Path]:
    """Return where in data/raw each file belongs: where it is, or under its name without blanks;
    its ending in small letters.

    Raises
    ------
    InputError
        Where a file is not there, is of another kind, or its place is taken by another file.
    """
    places, problems = {}, []
    for path in paths:
        inside = path.resolve().is_relative_to(RAW.resolve())
        place = path.resolve().relative_to(RAW.resolve()) if inside else "_".join(path.name.split())
        place = (RAW / place).with_suffix(path.suffix.lower())
        if not str(path).isprintable():
            problems.append(f"{str(path)!r}: a name with a sign that can't be seen: rename it")
        elif names_somebody(path.stem):
            problems.append(f"a file whose name holds {masked(path.stem)!r}: rename it")
        elif not path.is_file():
            problems.append(f"{path}: there is no such file")
        elif path.suffix.lower() not in FORMATS:
            problems.append(f"{path}: expected a file that ends in {', '.join(FORMATS)}")
        elif place.exists() and place.read_bytes() != path.read_bytes():
            problems.append(f"{path}: {place} is there and is another file; rename one of them")
        elif place in places.values():
            problems.append(f"{path}: another file goes to {place} too; rename one of them")
        else:
            places[path] = place
    if problems:
        raise InputError(problems)
    return places


def is_dictionary(path: Path) -> bool:
    """Return whether a file is a REDCap data dictionary, by the name of its first column."""
    frame, problems, _ = read_raw(str(path))
    return not problems and fold(frame.columns[0]).startswith("variable / field name")


def read_placed(
    places: dict[Path, Path], codebook: dict
) -> tuple[list[tuple], list[str], list[Note]]:
    """Return the tables under the names of their places, the dictionaries, the reader's notes.

    Raises
    ------
    InputError
        Where one can't be read, or has the first patient where the names of the columns belong.
    """
    redcap = [path for path in places if is_dictionary(path)]
    raws = [path for path in places if path not in redcap]
    tables, notes = read_raws([*map(str, raws)], [*map(str, redcap)], codebook)
    problems = [problem for *_, unreadable in tables for problem in unreadable]
    for file, raw, _ in tables:
        numbers = [column for column in raw.columns if re.fullmatch(r"[\d.,]+", column)]
        direct = [found[0] for found in map(identify, raw.columns) if found]
        if len(numbers) > 1 or {"number", "phone", "e-mail"} & {*direct}:
            expected = "the names of the columns in the first row"
            problems.append(Problem(file, 1, "", "what looks like a patient's values", expected))
    if problems or not tables:
        raise InputError(problems or ["expected at least one table of patients"])
    placed = [(places[Path(file)].as_posix(), raw, []) for file, raw, _ in tables]
    return placed, [places[path].as_posix() for path in redcap], notes


def identifying(
    tables: list[tuple], codebook: dict, guesses: dict[str, Guess | None]
) -> list[Problem]:
    """Return the identifiers in raw tables, read as the guesses say; what looks missing is none."""
    as_guessed = columns_as({c: g for c, g in guesses.items() if g and kind_of_column(c) != "name"})
    cells = {cell for _, raw, _ in tables for column in raw for cell in raw[column].unique()}
    missing = sorted(filter(looks_missing, cells))
    judged = codebook_of(codebook, as_guessed | {"missing_codes": missing})
    return [p for file, raw, _ in tables for p in find_identifiers(raw, file, judged)]


def tell_cleaning(tables: list[tuple], codebook: dict) -> str:
    """Return how many problems a build would find in the tables."""
    try:
        admit_tables(tables, codebook)
    except InputError as error:
        found = str(error).split(" in the input", 1)[0]
        return f"The build will stop with {found}, each with its place."
    return "The tables pass the cleaning as they are."


def start_cohort(name: str, paths: list[Path]) -> list[str]:
    """Write the draft of a cohort's config, copy its files into data/raw, return what to tell.

    Raises
    ------
    InputError
        Where the config is there already, a file can't be read, or one that is not in data/raw yet
        holds what identifies somebody; nothing is written then.
    """
    config = Path(f"config/cohorts/{name}.yaml")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise InputError([f"{name!r}: expected a name of letters, digits, _ and -"])
    if config.exists():
        raise InputError([f"{config} is there already; nothing was changed"])
    places = place_files(paths)
    codebook, plan, synonyms = (
        read_yaml(f"config/{part}.yaml") for part in ("codebook", "plan", "synonyms")
    )
    tables, dictionaries, notes = read_placed(places, codebook)
    others = sorted(path.stem for path in config.parent.glob("*.yaml"))
    guesses = unknown_columns(tables, codebook, synonyms)
    found = identifying(tables, codebook, guesses)
    outside = {place.as_posix(): str(path) for path, place in places.items() if not place.exists()}
    if carried := [p._replace(file=outside[p.file]) for p in found if p.file in outside]:
        raise InputError([*carried, NOT_COPIED])
    known = {(file, c) for file, raw, _ in tables for c in match_columns(raw, file, codebook)[0]}
    dropped = list(dict.fromkeys(p.column for p in found if (p.file, p.column) not in known))
    safe = [  # no cell of theirs gets into the draft
        (file, raw[[c for c in raw.columns if c not in dropped]], []) for file, raw, _ in tables
    ]
    text = draft_cohort(name, safe, (codebook, plan, synonyms), others, dictionaries, dropped)
    told = [f"{config} is drafted."]
    said: dict[tuple, list[str]] = {}
    for note in notes:
        said.setdefault((note.file, note.note), []).append(note.column)
    told += [
        f"{file}: {note}" + (f": {', '.join(columns)}" if columns[0] else "")
        for (file, note), columns in said.items()
    ]
    told += tell_columns(safe, codebook, guesses, synonyms)
    config.write_text(text, encoding="utf-8")
    for path, place in places.items():
        if not place.exists():
            shutil.copyfile(path, place)
            told.append(
                f"{path} was copied to {place}: look that it names nobody before you commit it."
            )
    certain = columns_as({c: guess for c, guess in guesses.items() if guess and not guess.why})
    told += [*map(str, found), tell_cleaning(tables, codebook_of(codebook, certain))]
    return [*told, f"Next: decide each GUESS and TODO in {config}, then: make paper COHORT={name}"]


def main(name: str = "", *files: str) -> None:
    """Start the cohort `name` from `files`."""
    if not name or not files:
        sys.exit("expected a name and at least one file: make cohort NAME=2025 FROM=file.xlsx")
    try:
        print("\n".join(start_cohort(name, [Path(file) for file in files])))
    except InputError as error:
        sys.exit("\n".join(map(str, error.problems)))
    except OSError as error:
        sys.exit(whose_fault(f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
