"""What the files of config/ say, for each cohort, and all that is wrong with them."""

import math
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from crlm.base.files import read_text, unreadable
from crlm.base.masking import masked, names_somebody, shown_text, undecided_lines
from crlm.base.problems import InputError
from crlm.base.spelling import fold
from crlm.base.vocabulary import FAST
from crlm.config.schemas import as_meant, fitting_parts, found_once, problem_at, violations
from crlm.config.torn import read_torn_yaml
from crlm.config.validity import (
    CONDITIONS,
    faults_of_codebook,
    faults_of_cohort,
    faults_of_labels,
    faults_of_privacy,
)
from crlm.plan.additions import codebook_of, columns_in, plan_of
from crlm.plan.faults import Fault, faults_of_plan

COMMON = ("config", "plan", "codebook", "audit", "privacy", "synonyms")
# Of codebook and plan, what has entries that nothing but themselves needs.
WITH_ENTRIES = ("variables", "checks", "doubts", "exclusions", "tables", "correlations", "figures")
# How a codebook and a plan are joined with what a cohort adds to each.
JOIN = {"codebook": codebook_of, "plan": plan_of}
# What stands in place of a variable's limits that are faulty.
NO_BOUNDS = {"min": -math.inf, "max": math.inf}
REPLACED = {"pattern": {"pattern": ".*"}, "min": NO_BOUNDS, "cap": NO_BOUNDS}
TELLING_NAME = "whose name may tell of somebody: rename the file"
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


class Checked(NamedTuple):
    """A file of YAML: what can be read of it, the lines of its keys, faults, the lines lost."""

    path: str
    content: Any
    lines: dict[tuple, int] = {}  # noqa: RUF012 (a named tuple is not changed)
    faults: list[str] = []  # noqa: RUF012
    lost: set[int] = set()  # noqa: RUF012

    def tell(self, keys: tuple, found: str, expected: str) -> str:
        """Return a fault with its place."""
        return problem_at(self.path, self.lines, keys, found, expected)


class Part(NamedTuple):
    """A codebook or plan, as far as it fits its schema: the common one, and that of a cohort.

    `lost` are the names of entries that do not fit, of which nothing is known; where it is `whole`,
    it lacks no more than such entries, so that tables can be held against the rest. `faults` are
    those of what the cohort adds, once it is joined.
    """

    common: dict
    own: dict
    lost: set[str]
    whole: bool
    faults: list[str]


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
    said = {"config": overrides}
    read = {n: read_checked(f"{folder}/{n}.yaml", schema_of[n], said.get(n)) for n in COMMON}
    files = {p.stem: p.as_posix() for p in sorted(Path(folder, "cohorts").glob("*.yaml"))}
    of_cohorts = {name: read_checked(file, schema_of["cohort"]) for name, file in files.items()}
    common = {name: file.content for name, file in read.items() if not file.faults}
    settings = read["config"].content
    settings = settings if isinstance(settings, dict) else dict(overrides or {})
    faults = {file.path: [*file.faults] for file in (*read.values(), *of_cohorts.values())}
    lines = {file.path: file.lines for file in (*read.values(), *of_cohorts.values())}
    cohorts = {n: file.content for n, file in of_cohorts.items() if isinstance(file.content, dict)}
    fits, lost, codebooks, plans = {}, {}, {}, {}
    for name, cohort in cohorts.items():
        fits[name], lost[name] = fitting_parts(cohort, schema_of["cohort"])
    for name, cohort in cohorts.items():
        file, older = of_cohorts[name], cohort.get("follows")
        marks = [f"{file.path}, {mark}" for mark in undecided_lines(read_text(file.path))]
        faults[file.path] = marks + file.faults
        if isinstance(older, str) and older not in files:
            known = f"a cohort ({', '.join(c for c in files if c != name)})"
            faults[file.path].append(file.tell(("follows",), repr(shown_text(older)), known))
        codebook, plan = (read_part(part, read[part], file, schema_of) for part in JOIN)
        faults[file.path] += codebook.faults + plan.faults
        # Figures hang on all of a plan.
        names = {*codebook.lost, *plan.lost, *(codebook.lost | plan.lost and {"figures"})}
        among = "|".join(map(re.escape, names | lost[name]))
        spoken = re.compile(rf"\b(?:{among})\b" if among else "(?!)")
        found = contradictions(file.path, fits, codebook, plan, lines, common.get("synonyms", {}))
        faults[file.path] += [f for f in found if not spoken.search(f.removeprefix(file.path))]
        if plan.whole:
            plans[name] = plan.own
        if codebook.whole:
            written = [part for part in (read["codebook"].content, cohort.get("codebook")) if part]
            codebooks |= applicable_codebook(name, codebook, written)
    for name, file in files.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            wrong = f"{file}: found the name {name!r}; expected letters, digits, _ and -"
            faults[file].append(wrong)
    if codebooks and {"privacy", "codebook"} <= common.keys():
        held = (common["codebook"], *codebooks.values())
        columns = dict.fromkeys(c for codebook in held for c in codebook["variables"])
        found = faults_of_privacy(common["privacy"], [*columns])
        faults[read["privacy"].path] = [read["privacy"].tell(*fault) for fault in found]
    faults = {path: told for path, told in faults.items() if told}
    return Configuration(str(folder), settings, common, cohorts, codebooks, plans, faults)


def read_part(part: str, common: Checked, cohort: Checked, schema_of: dict) -> Part:
    """Return what of a codebook or plan and of what a cohort adds to it fits the schemas."""
    schemas = schema_of[part], schema_of["cohort"]["properties"][part]
    added = cohort.content.get(part) or {}
    faults = []
    if not common.faults and not violations(added, schemas[1], cohort.path, {}):
        joined = JOIN[part](common.content, added)
        faults = violations(joined, schemas[0], cohort.path, cohort.lines, (part,))
    written = [as_meant(content, schemas[0]) for content in (common.content, added)]
    (kept, without), (own, of_own) = map(fitting_parts, written, schemas)
    both, of_both = fitting_parts(JOIN[part](kept, own), schemas[0])
    whole = isinstance(added, dict) and all(map(lacks_entries_only, written, (kept, own)))
    return Part(kept, both, without | of_own | of_both, whole, without_lines(faults, cohort.lost))


def lacks_entries_only(content: dict, kept: dict) -> bool:
    """Return whether nothing but entries is missing in what is kept of a codebook or plan."""
    return all(
        content.get(key) == of or (key in WITH_ENTRIES and type(content.get(key)) is type(of))
        for key, of in kept.items()
    )


def applicable_codebook(name: str, part: Part, written: list[dict]) -> dict[str, dict]:
    """Return what can be applied to the tables of the codebook of cohort `name`.

    The columns of variables that are lost are skipped; no condition, pattern or bound is faulty.
    Nothing is returned where the ids, or the columns to be skipped, can't be read.
    """
    codebook, lost = part.own, part.lost
    entries = [
        of for each in written for v, of in (each.get("variables") or {}).items() if v in lost
    ]
    named: list[Any] = [of.get("columns") or () if isinstance(of, dict) else None for of in entries]
    variables = {v: of for v, of in codebook["variables"].items() if v not in lost}
    if "patient_id" in lost or not all(isinstance(own, dict | list | tuple) for own in named):
        return {}
    read = columns_in({"variables": variables})
    skipped = [str(c) for columns in named for c in columns if fold(str(c)) not in read]
    kept = codebook | {"variables": variables, "dropped": codebook["dropped"] + skipped}
    for (key, *keys), *_ in faults_of_codebook(codebook):
        if key in CONDITIONS:
            kept[key] = [entry for entry in kept[key] if entry["name"] != keys[0]]
        elif keys[1:] and keys[0] in variables:
            variables[keys[0]] = variables[keys[0]] | REPLACED.get(keys[1], {})
    return {name: kept}


def contradictions(
    file: str, cohorts: dict[str, dict], codebook: Part, plan: Part, lines: dict[str, dict],
    synonyms: dict,
) -> list[str]:  # fmt: skip
    """Find what no schema can see in the config of a cohort.

    Parameters
    ----------
    file
        The cohort's file.
    cohorts
        The files of all cohorts by name, as far as they fit their schema.
    codebook, plan
        What is wrong with a common one is told of its own file.
    lines
        Of each file the lines of its keys.
    synonyms
        As config/synonyms.yaml has them; empty where they are faulty.
    """
    name, folder = Path(file).stem, Path(file).parents[1].as_posix()
    rule, known = cohorts[name]["response_rule"], plan.common["tables"]
    told = [(file, fault) for fault in faults_of_cohort(name, cohorts, plan.own)]
    for table in plan.own["tables"] if known else ():  # which the workflow knows beforehand
        if table not in known:
            expected = f"one that the common plan has too ({', '.join(known)})"
            keys = ("plan", "tables", table)
            told.append((file, Fault(keys, "a table of one cohort alone", expected)))
    judged = {
        "codebook": [found_once(faults_of_codebook, of) for of in codebook[:2]],
        "plan": [
            found_once(faults_of_plan, *of, rule) + found_once(faults_of_labels, *of, synonyms)
            for of in zip(plan[:2], codebook[:2], strict=True)
        ],
    }
    for part, (common, own) in judged.items():
        told += [
            (f"{folder}/{part}.yaml", fault) if fault in common
            else (file, fault._replace(keys=(part, *fault.keys)))
            for fault in own
        ]  # fmt: skip
    return [problem_at(place, lines[place], *fault) for place, fault in told]


@cache
def read_schema(path: Path) -> dict:
    """Read a schema, by the fast reader: it is part of the program, and has no fault to be told."""
    return yaml.load(path.read_text(encoding="utf-8"), FAST)


def read_checked(file: str, schema: dict, overrides: dict | None = None) -> Checked:
    """Read a file, of whose keys some may be overridden, and find all that is wrong with it."""
    try:
        (content, lines, misread), torn, lost = read_torn_yaml(file)
    except InputError as error:
        return Checked(file, None, faults=[*map(str, error.problems)])
    if overrides and isinstance(content, dict):
        content = content | overrides
        lines = {path: line for path, line in lines.items() if path[0] not in overrides}
    faults = misread + violations(content, schema, file, lines)
    return Checked(file, content, lines, torn + without_lines(faults, lost), lost)


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
                problems.append(problem_at(file, lines, (key,), named, expected))
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
    return TELLING_NAME if names_somebody(Path(path).stem) else unreadable(path)
