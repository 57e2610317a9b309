"""Start a cohort: draft its config from the tables that were received, and say what was guessed.

A sheet asks the same of whoever knows no YAML; as it comes back, it makes the config's codebook.
"""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from string import Template

from crlm.base.files import read_yaml, written_whole
from crlm.base.masking import identifier, masked, names_somebody, undecided_lines
from crlm.base.problems import InputError, Note, Problem, merge_repeated, refuse, whose_fault
from crlm.base.proposals import as_yaml, flow
from crlm.base.spelling import fold
from crlm.cohort.decisions import take_decisions
from crlm.cohort.identifiers import find_identifiers, kind_of_column, say_column
from crlm.cohort.mapping import rows_to_fill
from crlm.cohort.missing import looks_missing
from crlm.cohort.reading import match_columns
from crlm.cohort.unknowns import (
    Guess,
    columns_as,
    propose_codebook,
    propose_unknown,
    say_name,
    unknown_columns,
)
from crlm.config.own_codebook import (
    entries_of,
    kept_of,
    read_cohort,
    replace_codebook,
    under_codebook,
)
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.analysis import read_plan
from crlm.plan.synonyms import with_readings
from crlm.received.mapping_sheet import read_mapping, write_mapping
from crlm.received.tables import SUFFIXES, read_raw, read_raws

FORMATS = tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
RAW, SCHEMAS = Path("data/raw"), "workflow/schemas"
NOT_COPIED = (
    "Nothing was copied or written, since what is in data/raw is kept with the project. Take these "
    "out of the file; or, where it may lie there, put it there yourself and name it so after FROM."
)
DRAFT = Template(Path(__file__).with_suffix(".yaml").read_text("utf-8"))


def tell_columns(
    tables: list[tuple], codebook: dict, guesses: dict[str, Guess | None], synonyms: dict
) -> list[str]:
    """Return, for each table, what its columns are, may be, and are not known to be."""
    told = []
    for file, raw, _ in (table for table in tables if len(table[1])):  # not joined to another
        known = match_columns(raw, file, codebook)[0]
        told.append(f"{file}: {len(raw)} rows; known by name: {', '.join(known) or 'no column'}")
        for column in (c for c in raw.columns if c in guesses):
            guess, said = guesses[column], say_name(column, synonyms, guesses[column])
            place = f"column {[*raw].index(column) + 1}, {said!r},"
            if guess is None:
                told.append(f"  TODO: {place} is not known")
            elif guess.why:
                told.append(f"  GUESS: {place} may be {guess.variable}, {guess.why}; not taken")
            else:
                told.append(f"  {column!r} is {guess.variable}")
    return told


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
            problems.append(f"{path}: there is no such file (with blanks: FROM=\"'a table.csv'\")")
        elif path.suffix.lower() not in FORMATS:
            problems.append(f"{path}: expected a file that ends in {', '.join(FORMATS)}")
        elif place.exists() and place.read_bytes() != path.read_bytes():
            problems.append(f"{path}: {place} is there and is another file; rename one of them")
        elif place in places.values():
            problems.append(f"{path}: another file goes to {place} too; rename one of them")
        else:
            places[path] = place
    refuse(problems)
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
        direct = [found[0] for found in map(identifier, raw.columns) if found]
        if len(numbers) > 1 or {"number", "phone", "e-mail"} & {*direct}:
            expected = "the names of the columns in the first row"
            problems.append(Problem(file, 1, "", "what looks like a patient's values", expected))
    if problems or not tables:
        raise InputError(problems or ["expected at least one table of patients"])
    placed = [(places[Path(file)].as_posix(), raw, []) for file, raw, _ in tables]
    return placed, [places[path].as_posix() for path in redcap], notes


def identifying(
    tables: list[tuple], codebook: dict, guesses: dict[str, Guess | None]
) -> tuple[list[Problem], list[str]]:
    """Return the identifiers in raw tables, and in which columns that the codebook does not know.

    The tables are read as the guesses say; what looks missing is no identifier.
    """
    as_guessed = columns_as({c: g for c, g in guesses.items() if g and kind_of_column(c) != "name"})
    cells = {cell for _, raw, _ in tables for column in raw for cell in raw[column].unique()}
    missing = sorted(filter(looks_missing, cells))
    judged = codebook_of(codebook, as_guessed | {"missing_codes": missing})
    problems = [p for file, raw, _ in tables for p in find_identifiers(raw, file, judged)]
    found = {(problem.file, problem.column) for problem in problems}
    columns = {
        column: None
        for file, raw, _ in tables
        for column in raw.columns
        if (file, say_column(raw, column, judged)) in found
        and column not in match_columns(raw, file, codebook)[0]
    }
    return problems, [*columns]


def places_of(paths: list[Path], config: Path, cohort: dict) -> dict[Path, Path]:
    """Return where in data/raw each file belongs; with no `paths`, those that `config` names.

    Raises
    ------
    InputError
        Where there is no file, the config of the `cohort` names others, or one can't be placed.
    """
    named = [Path(table) for key in ("raw", "dictionaries") for table in cohort.get(key, ())]
    if not paths and not named:
        example = f"make cohort NAME={config.stem} FROM=… MAPPING=…"
        raise InputError([f"expected the tables too: {example}"])
    places = place_files(paths or named)
    if cohort and {*places.values()} != {*named}:
        expected = ", ".join(path.as_posix() for path in named)
        raise InputError([f"{config} is of other tables; expected FROM to name {expected}"])
    return places


def first_config(
    config: Path, tables: list[tuple], dictionaries: list[str], rules: dict, own: str
) -> str:
    """Return the first draft of a cohort's config, with its own codebook as lines of YAML."""
    others = sorted(path.stem for path in config.parent.glob("*.yaml") if path != config)
    return DRAFT.substitute(
        name=config.stem,
        raw=flow([file for file, *_ in tables]),
        dictionaries=flow(dictionaries),
        others=", ".join(f'"{other}"' for other in others),
        rule=next(iter(rules)),
        rules=", ".join(rules),
        codebook=under_codebook(own),
    )


def start_cohort(name: str, paths: list[Path], mapping: Path | None = None) -> list[str]:
    """Write a cohort's config and the sheet of its mapping, or the config by that as it came back.

    Its files are copied into data/raw. Returns what to tell. Where the config is there already, the
    sheet changes its codebook alone.

    Raises
    ------
    InputError
        Where the config is there and no sheet, a file can't be read, one that is not in data/raw
        yet holds what identifies somebody, or something is wrong with the sheet; nothing is written
        then.
    """
    config, sheet = (Path(f"config/cohorts/{name}{end}") for end in (".yaml", ".mapping.xlsx"))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise InputError([f"{name!r}: expected a name of letters, digits, _ and -"])
    if there := [path for path in (config, sheet) if path.exists() and not mapping]:
        raise InputError([f"{path} is there already; nothing was changed" for path in there])
    codebook, plan, synonyms = (
        read_yaml(f"config/{part}.yaml") for part in ("codebook", "plan", "synonyms")
    )
    cohort = read_cohort(config, codebook, SCHEMAS) if config.exists() else {}
    old = cohort.get("codebook") or {}
    places, kept = places_of(paths, config, cohort), kept_of(old)
    codebook = codebook_of(codebook, kept)
    rules = plan_of(plan, cohort.get("plan") or {})["response_rules"]
    plan = read_plan({"response_rules": rules})
    rule = cohort.get("response_rule", next(iter(rules)))
    synonyms = with_readings(synonyms, plan, rule)
    tables, dictionaries, notes = read_placed(places, codebook)
    found, dropped = identifying(tables, codebook, unknown_columns(tables, codebook, synonyms))
    outside = {place.as_posix(): str(path) for path, place in places.items() if not place.exists()}
    if carried := [p._replace(file=outside[p.file]) for p in found if p.file in outside]:
        raise InputError([*carried, NOT_COPIED])
    safe = [  # no cell of theirs gets into the draft
        (file, raw[[c for c in raw.columns if c not in dropped]], []) for file, raw, _ in tables
    ]
    proposal = propose_unknown(safe, codebook, synonyms, dropped)
    rows = rows_to_fill(tables, proposal, codebook, synonyms)
    written = {place: path.read_bytes() for path, place in places.items() if not place.exists()}
    told = tell_notes(notes)
    if mapping:
        by = masked(mapping.name) if names_somebody(mapping.name) else mapping.name
        first, after = f"{config} is written by {by}.", f", make paper COHORT={name}"
        filled, responses = read_mapping(mapping, by), plan.responses_of(rule)
        additions = take_decisions(filled, rows, tables, codebook, synonyms, responses, by)
        own = codebook_of(kept, additions)
        judged = codebook_of(codebook, additions)
        found = [p for file, raw, _ in tables for p in find_identifiers(raw, file, judged)]
        held = "\n".join(entries_of(own))
        told += [
            f"No longer in {config}: {entry}"
            for entry in entries_of(old)
            if entry not in held and not entry.endswith((" > columns", " > levels"))  # empty ones
        ]
        lines = as_yaml(own) if own else ""
    else:
        first = f"{config} is drafted; {sheet} asks the same in a workbook."
        after = f"\nOr fill in {sheet}, then: make cohort NAME={name} MAPPING={sheet}"
        told += tell_columns(tables, codebook, proposal.guesses, synonyms)
        lines = propose_codebook(proposal, tables, codebook, synonyms)
        written[sheet] = write_mapping(rows)
    text = (
        replace_codebook(config, lines)
        if cohort
        else first_config(config, tables, dictionaries, rules, lines)
    )
    with ExitStack() as stack:  # none takes its place before all are whole; the config is the last
        for path, content in ({config: text.encode()} | written).items():
            stack.enter_context(written_whole(path)).write_bytes(content)
    copied = [
        f"{path} was copied to {place}: look that it names nobody before you commit it. Columns "
        "that are left out are not searched; elsewhere a name in small letters may be missed."
        for path, place in places.items()
        if place in written
    ]
    waiting = f"decide each GUESS and TODO in {config}, then: " if undecided_lines(text) else ""
    closing = f"Next: {waiting}make check COHORT={name}{after}"
    return [first, *told, *copied, *map(str, found), closing]


def tell_notes(notes: list[Note]) -> list[str]:
    """Return how the files were read, a note of several columns once."""
    said: dict[tuple, list[str]] = {}
    for note in notes:
        said.setdefault((note.file, note.note), []).append(note.column)
    return [
        f"{file}: {note}" + (f": {', '.join(columns)}" if columns[0] else "")
        for (file, note), columns in said.items()
    ]


def main(name: str = "", *files: str) -> None:
    """Start the cohort `name` from `files`; behind `--mapping`, by the sheet that follows it."""
    *paths, mapping = files if "--mapping" in files[-2:-1] else (*files, "")
    if not name or not (mapping or paths):
        sys.exit("expected a name and at least one file: make cohort NAME=2026 FROM=file.xlsx")
    try:
        sources = [Path(file) for file in paths if file != "--mapping"]
        print("\n".join(start_cohort(name, sources, Path(mapping) if mapping else None)))
    except InputError as error:
        sys.exit("\n".join(map(str, merge_repeated(error.problems))))
    except OSError as error:
        sys.exit(whose_fault(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
