"""What the files of config/ say, for each cohort, and all that is wrong with them."""

import math
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from crlm.base.files import read_text, unreadable
from crlm.base.masking import masked, names_somebody, typed, undecided
from crlm.base.problems import InputError
from crlm.base.spelling import fold
from crlm.base.vocabulary import FAST
from crlm.config.schemas import as_meant, fitting, tell, violations
from crlm.config.torn import read_torn_yaml
from crlm.config.validity import (
    CONDITIONS,
    faults_of_codebook,
    faults_of_cohort,
    faults_of_privacy,
)
from crlm.plan.additions import codebook_of, columns_in, plan_of
from crlm.plan.faults import Fault, faults_of_plan

COMMON = ("config", "plan", "codebook", "audit", "privacy", "synonyms")
# Of codebook and plan, what has entries that nothing but themselves needs.
OF_ENTRIES = ("variables", "checks", "doubts", "exclusions", "tables", "correlations", "figures")
# How a codebook and a plan are joined with what a cohort adds to each.
JOIN = {"codebook": codebook_of, "plan": plan_of}
# What stands in place of a variable's limits that are faulty.
UNBOUND = {"min": -math.inf, "max": math.inf}
WITHOUT = {"pattern": {"pattern": ".*"}, "min": UNBOUND, "cap": UNBOUND}
NAMED = "whose name may tell of somebody: rename the file"
TABLES = ("raw", "dictionaries", "corrections", "withdrawn", "ranges", "printed", "kept_numbers")


class Configuration(NamedTuple):
    """The content of the folder of config files.

    `settings` (config.yaml) and `cohorts` (cohort -> its file) hold whatever can be read; `common`
    (name of a file -> its content) only what nothing is wrong with; `codebooks` and `plans` (cohort
    -> the common one with what it adds) what tables can be held against, which is less where
    something is wrong. `faults`: file -> what is wrong with it, where anything.
    """

    folder: str
    settings: dict
    common: dict[str, dict]
    cohorts: dict[str, dict]
    codebooks: dict[str, dict]
    plans: dict[str, dict]
    faults: dict[str, list[str]]

    def file_of(self, name: str) -> str:
        """Return the path of a cohort's file."""
        return f"{self.folder}/cohorts/{name}.yaml"

    def cohort(self, name: str) -> dict:
        """Return a cohort's config with the provenance of the cohort that it follows, if any."""
        older = self.cohorts.get(str(self.cohorts[name].get("follows")), {})
        return self.cohorts[name] | {"followed_provenance": older.get("provenance")}

    def needed(self, name: str) -> list[str]:
        """Return a cohort and the one that it follows, as far as their files can be read."""
        older = str(self.cohorts.get(name, {}).get("follows"))  # a list, where it is faulty
        return [n for n in dict.fromkeys((name, older)) if n in self.cohorts]

    def files_of(self, name: str) -> list[str]:
        """Return the files that the paper of a cohort depends on: not those of other cohorts."""
        common = [f"{self.folder}/{part}.yaml" for part in COMMON]
        return common + [self.file_of(n) for n in dict.fromkeys((name, *self.needed(name)))]

    def faults_of(self, name: str) -> list[str]:
        """Return all that is wrong with the config of a cohort, as far as its paper needs it."""
        found = [f for file in self.files_of(name) for f in self.faults.get(file, [])]
        faults = [*dict.fromkeys(found)]  # one of a common file may be told of each cohort
        if name and name not in self.cohorts and self.file_of(name) not in self.faults:
            known = ", ".join(self.cohorts)
            faults.append(f"There is no {self.file_of(name)}. Cohorts: {known}.")
        return faults

    def faults_of_others(self, name: str) -> str:
        """Return a warning about the faulty files that a cohort does not need, or nothing."""
        own, told = self.files_of(name), self.faults_of(name)
        others = [f for f, found in self.faults.items() if f not in own and {*found} - {*told}]
        return "\n".join(
            f"Left out, since something is wrong with it: {file} (make check "
            f"COHORT={Path(file).stem})"
            for file in others
        )


def read_configuration(folder: str, schemas: str, overrides: dict | None = None) -> Configuration:
    """Read all files of config/ and find all that is wrong with each.

    Parameters
    ----------
    folder, schemas
        Where the files of config/ stand, and their schemas.
    overrides
        What the command line says in place of config.yaml.
    """
    schema_of = {
        name: read_schema(Path(schemas, f"{name}.schema.yaml")) for name in (*COMMON, "cohort")
    }
    read, common, faults, lost = {}, {}, {}, {}
    lines: dict[str, dict] = {}  # file -> the lines of its keys
    for name in COMMON:
        file, own = f"{folder}/{name}.yaml", overrides if name == "config" else {}
        read[name], lines[file], faults[file], _ = read_checked(file, schema_of[name], own)
        if not faults[file]:
            common[name] = read[name]
    settings = read["config"] if isinstance(read["config"], dict) else dict(overrides or {})
    cohorts, codebooks, plans = {}, {}, {}
    files = {p.stem: p.as_posix() for p in sorted(Path(folder, "cohorts").glob("*.yaml"))}
    for name, file in files.items():
        content, lines[file], found, lost[file] = read_checked(file, schema_of["cohort"])
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            found.append(f"{file}: found the name {name!r}; expected letters, digits, _ and -")
        marks = undecided(read_text(file)) if isinstance(content, dict) else []
        faults[file] = [*(f"{file}, {mark}" for mark in marks), *found]
        if isinstance(content, dict):
            cohorts[name] = content
    fits = {name: fitting(content, schema_of["cohort"])[0] for name, content in cohorts.items()}
    for name, cohort in cohorts.items():
        file, older = files[name], cohort.get("follows")
        for part in JOIN:
            new = faults_of_joined(part, common, cohort, schema_of, file, lines[file])
            faults[file] += without_lines(new, lost[file])
        if isinstance(older, str) and older not in files:
            known = f"a cohort ({', '.join(c for c in files if c != name)})"
            faults[file].append(tell(file, lines[file], ("follows",), repr(typed(older)), known))
        commons, owns, gone, whole = fitting_parts(read, cohort, schema_of)
        names = {*fitting(cohort, schema_of["cohort"])[1]}.union(*gone.values())
        # Which hang on all of a plan.
        names |= {"figures"} if any(gone.values()) else set()
        spoken = re.compile("|".join(rf"\b{re.escape(n)}\b" for n in names) or "(?!)")
        found = contradictions(file, fits, commons, owns, lines)
        faults[file] += [told for told in found if not spoken.search(told.removeprefix(file))]
        if "plan" in whole:
            plans[name] = owns["plan"]
        if "codebook" in whole:
            written = [part for part in (read["codebook"], cohort.get("codebook")) if part]
            codebooks |= applicable(name, owns["codebook"], gone["codebook"], written)
    if {"privacy", "codebook"} <= common.keys() and codebooks:
        file = f"{folder}/privacy.yaml"
        columns = dict.fromkeys(c for codebook in codebooks.values() for c in codebook["variables"])
        found = faults_of_privacy(common["privacy"], [*columns])
        faults[file] = [tell(file, lines[file], *fault) for fault in found]
    faults = {path: told for path, told in faults.items() if told}
    return Configuration(str(folder), settings, common, cohorts, codebooks, plans, faults)


def faults_of_joined(
    part: str, common: dict, cohort: dict, schema_of: dict, file: str, lines: dict
) -> list[str]:
    """Return what the schema of a codebook or plan finds once a cohort's additions are joined."""
    added, schema = cohort.get(part) or {}, schema_of["cohort"]["properties"][part]
    if part not in common or violations(added, schema, file, {}):
        return []  # told of these already
    return violations(JOIN[part](common[part], added), schema_of[part], file, lines, (part,))


def fitting_parts(
    common: dict, cohort: dict, schema_of: dict
) -> tuple[dict[str, dict], dict[str, dict], dict[str, set[str]], set[str]]:
    """Return what of codebook and plan fits the schemas: the common ones, and those of a cohort.

    The third are the names of what does not fit, of which nothing is known. The fourth, which of
    the two lack no more than named entries, so that tables can be held against the rest.
    """
    commons, owns, lost, whole = {}, {}, {}, set()
    for part, join in JOIN.items():
        schema = schema_of["cohort"]["properties"][part]
        written = [as_meant(of.get(part), schema_of[part]) for of in (common, cohort)]
        (commons[part], without), (added, of_own) = map(fitting, written, (schema_of[part], schema))
        owns[part], of_both = fitting(join(commons[part], added), schema_of[part])
        lost[part] = without | of_own | of_both
        if all(lacks_entries_only(*of) for of in zip(written, (commons[part], added), strict=True)):
            whole |= {part} if isinstance(cohort.get(part) or {}, dict) else set()
    return commons, owns, lost, whole


def lacks_entries_only(content: dict, kept: dict) -> bool:
    """Return whether nothing but entries is missing in what is kept of a codebook or plan."""
    return all(
        content.get(key) == of or (key in OF_ENTRIES and type(content.get(key)) is type(of))
        for key, of in kept.items()
    )


def applicable(name: str, codebook: dict, lost: set[str], written: list[dict]) -> dict[str, dict]:
    """Return what can be applied to the tables of the codebook of cohort `name`.

    The columns of variables that are lost are skipped; no condition, pattern or bound is faulty.
    Nothing is returned where the ids, or the columns to be skipped, can't be read.
    """
    parts = [part.get("variables") or {} for part in written]
    entries = [of for part in parts for v, of in part.items() if v in lost]
    named: list[Any] = [of.get("columns") or () if isinstance(of, dict) else None for of in entries]
    variables = {v: of for v, of in codebook["variables"].items() if v not in lost}
    if "patient_id" in lost or not all(isinstance(own, dict | list | tuple) for own in named):
        return {}
    read = columns_in({"variables": variables})
    skipped = [str(c) for columns in named for c in columns if fold(str(c)) not in read]
    kept = codebook | {"variables": variables, "dropped": codebook["dropped"] + skipped}
    for (part, *keys), *_ in faults_of_codebook(codebook):
        if part in CONDITIONS:
            kept[part] = [entry for entry in kept[part] if entry["name"] != keys[0]]
        elif keys[1:] and keys[0] in variables:
            variables[keys[0]] = variables[keys[0]] | WITHOUT.get(keys[1], {})
    return {name: kept}


def contradictions(
    file: str, cohorts: dict[str, dict], commons: dict[str, dict], owns: dict[str, dict],
    lines: dict[str, dict],
) -> list[str]:  # fmt: skip
    """Find what no schema can see in the config of a cohort.

    Parameters
    ----------
    file
        The cohort's file.
    cohorts
        The files of all cohorts, by name.
    commons, owns
        The codebook and plan: the common ones, and those with what the cohort adds. What is wrong
        with a common one already is told of its own file.
    lines
        Of each file the lines of its keys.

    All of them as far as they fit their schemas.
    """
    name, folder = Path(file).stem, Path(file).parents[1].as_posix()
    told = [(file, fault) for fault in faults_of_cohort(name, cohorts, owns["plan"])]
    known = commons["plan"]["tables"]  # of which each is a file that the workflow knows beforehand
    for table in owns["plan"]["tables"] if known else ():
        if table not in known:
            expected = f"one that the common plan has too ({', '.join(known)})"
            fault = Fault(("plan", "tables", table), "a table of one cohort alone", expected)
            told.append((file, fault))
    for part, faults in (
        ("codebook", lambda of: faults_of_codebook(of["codebook"])),
        ("plan", lambda of: faults_of_plan(**of, rule=cohorts[name]["response_rule"])),
    ):
        common = [*faults(commons)]
        for fault in faults(owns):
            told.append(
                (f"{folder}/{part}.yaml", fault) if fault in common
                else (file, fault._replace(keys=(part, *fault.keys)))
            )  # fmt: skip
    return [tell(place, lines[place], *fault) for place, fault in told]


@cache
def read_schema(path: Path) -> dict:
    """Read a schema, by the fast reader: it is part of the program, and has no fault to be told."""
    return yaml.load(path.read_text(encoding="utf-8"), FAST)


def read_checked(
    file: str, schema: dict, overrides: dict | None = None
) -> tuple[Any, dict[tuple, int], list[str], set[int]]:
    """Return the content of a file, the lines of its keys, all that is wrong, and lost lines."""
    try:
        (content, lines, misread), torn, lost = read_torn_yaml(file)
    except InputError as error:
        return None, {}, [*map(str, error.problems)], set()
    if overrides and isinstance(content, dict):
        content = content | overrides
        lines = {path: line for path, line in lines.items() if path[0] not in overrides}
    faults = misread + violations(content, schema, file, lines)
    return content, lines, torn + without_lines(faults, lost), lost


def without_lines(faults: list[str], lost: set[int]) -> list[str]:
    """Return the faults of a file but for those of the lines that can't be read."""
    line = re.compile(r"[^:]*?, line (\d+),")
    return [f for f in faults if not ((at := line.match(f)) and int(at[1]) in lost)]


def missing_files(configuration: Configuration, name: str) -> list[str]:
    """Return the tables that nobody can read, of those that a cohort and the one it follows name.

    Each is told with the cohort's file, the line and the key.
    """
    problems = []
    for n in configuration.needed(name):
        file, cohort = configuration.file_of(n), configuration.cohorts[n]
        lines = read_torn_yaml(file)[0].lines
        for key, table in ((k, t) for k in TABLES for t in as_list(cohort.get(k))):
            said, expected = unreadable_table(table), "the path of a file from the project's folder"
            if said:
                hidden = any(map(names_somebody, Path(table).parts))
                named = f"{masked(table) if hidden else repr(table)}, {said}"
                problems.append(tell(file, lines, (key,), named, expected))
    return problems


def as_list(value: Any) -> list[str]:
    """Return the texts in a list, each once, or a text alone as a list."""
    values = value if isinstance(value, list) else [value]
    return [*dict.fromkeys(v for v in values if isinstance(v, str) and v)]


def unreadable_table(path: str) -> str:
    """Return why a table can't be read, which is named from the project's folder on."""
    if path.startswith("/") or ".." in Path(path).parts:
        return "which is outside of the project's folder"
    if re.search("[<>{}]", path):
        return "with one of < > { } in its path, which the workflow reads as its own"
    if not path.isprintable():
        return "with a sign in its path that can't be seen: rename the file"
    return NAMED if names_somebody(Path(path).stem) else unreadable(path)
