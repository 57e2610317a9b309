"""Config, plan, codebook and what is committed fit each other, where no schema can see it."""

import ast
import copy
import re
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from crlm.base.files import read_yaml
from crlm.plan.additions import codebook_of, plan_of
from crlm.plan.faults import faults_of_multiverse, faults_of_tables

ROOT = Path(__file__).parents[2]


def read(path: str | Path) -> dict:
    return read_yaml(ROOT / path)


PLAN = read("config/plan.yaml")
CODEBOOK = read("config/codebook.yaml")
COHORTS = {path.stem: read(path) for path in sorted((ROOT / "config/cohorts").glob("*.yaml"))}

# Columns that the stage response derives from the clean ones: numbers, and the responses.
CHANGES = {"size_left_mm", "lesions_change", "size_change_mm", "size_change_percent"}
RESPONSES = {"response", "recist_1_1", "group"}

# A folder that belongs to one person or machine.
MACHINE_PATH = re.compile(
    r"(?<![\w.~/-])/(?:home|Users|root|work|mnt|media|scratch)/[\w.-]+|\b[A-Z]:\\\\?\w"
)


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def known_values(column: str, plan: dict, codebook: dict, cohorts: dict) -> set[str]:
    """Return what a column of categories may hold."""
    if column == "group":
        return set(plan["groups"])
    if column in RESPONSES:
        primary = {cohort["response_rule"] for cohort in cohorts.values()}
        rules = {"recist_1_1"} if column == "recist_1_1" else primary & set(plan["response_rules"])
        return {s["response"] for rule in rules for s in plan["response_rules"][rule]["steps"]}
    return set(codebook["variables"][column]["levels"])


def faults_of_cuts(variable: dict, bounds: dict) -> list[str]:
    """Return the gaps and overlaps of levels that are cut from a number."""
    cuts = sorted((level["at_least"], level["below"]) for level in variable["levels"].values())
    faults = [f"{low} is not below {high}" for low, high in cuts if not low < high]
    faults += [
        f"{below} and {at_least} do not meet"
        for (_, below), (at_least, _) in pairwise(cuts)
        if below != at_least
    ]
    for end in (bounds["min"], bounds["max"]):
        held = cuts[0][0] <= end < cuts[-1][1] or end in variable.get("left_out", [])
        faults += [] if held else [f"no level for {end}"]
    return faults


def faults_of_variables(plan: dict, codebook: dict, cohorts: dict) -> list[str]:
    """Return the variables of the plan that do not fit the columns they read."""
    faults = []
    for name, variable in plan["variables"].items():
        column = variable["source"]
        kind = codebook["variables"].get(column, {}).get("type")
        numeric = kind in ("integer", "year", "interval") or column in CHANGES
        kind = "number" if numeric else kind
        kind = "category" if column in RESPONSES else kind
        levels = variable.get("levels", {}).values()
        by_values = any("values" in level for level in levels)
        if kind is None:
            found = [f"no column {column}"]
        elif kind not in ("number", "category") or (kind == "category") != by_values:
            found = [f"column {column} is a {kind}"]
        elif by_values:
            held = Counter(v for level in levels for v in level["values"])
            held.update(variable.get("left_out", []))
            known = known_values(column, plan, codebook, cohorts)
            found = [f"unknown value {v}" for v in held if v not in known]
            found += [f"no level for {v}" for v in sorted(known - set(held))]
            found += [f"two levels for {v}" for v, times in held.items() if times > 1]
        elif levels and column not in CHANGES:
            found = faults_of_cuts(variable, codebook["variables"][column])
        else:
            found = []
        faults += [f"{name}: {fault}" for fault in found]
    return faults


def names_in(condition: str) -> set[str]:
    """Return the names that a condition speaks of; parameters keep their @."""
    tree = ast.parse(condition.replace("@", "PARAMETER_"), mode="eval")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {name.replace("PARAMETER_", "@") for name in names}


def faults_of_rules(plan: dict, cohorts: dict) -> list[str]:
    """Return what does not fit in the response rules and their use."""
    faults = []
    for name, rule in plan["response_rules"].items():
        spoken = set().union(*(names_in(step["when"]) for step in rule["steps"]))
        parameters = {f"@{parameter}" for parameter in rule["parameters"]}
        known = {*CHANGES, "lesions_post"} | parameters
        faults += [f"{name}: unknown {word}" for word in sorted(spoken - known)]
        faults += [f"{name}: unused {word}" for word in sorted(parameters - spoken)]
        given = {step["response"] for step in rule["steps"]}
        faults += [
            f"{name}: no step gives {r}" for r in rule.get("counterpart", {}) if r not in given
        ]
    grouped = Counter(r for group in plan["groups"].values() for r in group["responses"])
    faults += [f"two groups for {response}" for response, times in grouped.items() if times > 1]
    for cohort, content in cohorts.items():
        rule = plan["response_rules"].get(content["response_rule"])
        if rule is None:
            faults.append(f"cohort {cohort}: no rule {content['response_rule']}")
        elif {step["response"] for step in rule["steps"]} != set(grouped):
            faults.append(f"cohort {cohort}: responses and groups")
    counterparts = set(plan["response_rules"]["recist_1_1"]["counterpart"].values())
    return faults + [f"recist_1_1: no group for {r}" for r in sorted(counterparts - set(grouped))]


def faults_of_codebook(codebook: dict) -> list[str]:
    """Return what the codebook leaves ambiguous, and conditions on what it does not know."""
    faults, variables = [], codebook["variables"]
    columns = Counter(fold(column) for v in variables.values() for column in v["columns"])
    faults += [f"two variables for column {c}" for c, times in columns.items() if times > 1]
    for name, variable in variables.items():
        if "min" in variable and not variable["min"] < variable["max"]:
            faults.append(f"{name}: min and max")
        spelt = Counter()
        for level, spellings in variable.get("levels", {}).items():
            spelt.update({fold(spelling) for spelling in (level, *spellings)})
        faults += [f"{name}: two levels for {s}" for s, times in spelt.items() if times > 1]
        missing = {fold(code) for code in codebook["missing_codes"]}
        faults += [f"{name}: {s} is a missing code" for s in spelt if s in missing]
    conditions = [check["impossible"] for check in codebook["checks"]]
    conditions += [doubt["doubtful"] for doubt in codebook["doubts"]]
    conditions += [criterion["exclude"] for criterion in codebook["exclusions"]]
    spoken = set().union(*map(names_in, conditions))
    checks = codebook["checks"] + codebook["doubts"]
    spoken |= {column for check in checks for column in check["columns"]}
    return faults + [f"conditions: unknown {name}" for name in sorted(spoken - set(variables))]


def git(folder: Path, *arguments: str) -> list[str]:
    command = ["git", "-c", "core.quotepath=off", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def made_files(folder: Path) -> list[str]:
    """Return the committed files that are made: under results/, or named in .gitignore."""
    tracked = set(git(folder, "ls-files"))
    results = {path for path in tracked if path.startswith("results/")} - {"results/README.md"}
    return sorted(results | set(git(folder, "ls-files", "-ci", "--exclude-standard")))


def machine_paths(folder: Path) -> list[str]:
    """Return the committed files, with the path, that speak of a folder of one machine."""
    texts = {
        path: (folder / path).read_bytes().decode("utf-8", errors="ignore")
        for path in git(folder, "ls-files")
        if (folder / path).is_file() and not path.endswith((".png", ".jpg", ".pdf", ".docx"))
    }
    return [
        f"{path}: {m.group()}" for path, text in texts.items() for m in MACHINE_PATH.finditer(text)
    ]


def dead_ends(folder: Path, page: str) -> list[str]:
    """Return the links of a page that lead nowhere, and the targets of make that it invents."""
    text, makefile = ((folder / f).read_text(encoding="utf-8") for f in (page, "Makefile"))
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    found = [link for link in links if not (folder / page).parent.joinpath(link).exists()]
    named = re.findall(r"(?:`|^    )make ([a-z]+)", text, re.MULTILINE)
    return found + [t for t in named if not re.search(rf"^{t}:", makefile, re.MULTILINE)]


def test_variables_fit_their_columns():
    assert faults_of_variables(PLAN, CODEBOOK, COHORTS) == []


def test_tables_and_figures_fit_the_variables():
    assert [*faults_of_tables(PLAN), *faults_of_multiverse(PLAN)] == []


def test_response_rules_fit_groups_and_cohorts():
    assert faults_of_rules(PLAN, COHORTS) == []


def test_the_codebook_is_not_ambiguous():
    assert faults_of_codebook(CODEBOOK) == []


@pytest.mark.parametrize("name", COHORTS)
def test_what_a_cohort_adds_fits_too(name):
    cohort = COHORTS[name]
    own = {name: cohort}
    plan, codebook = plan_of(PLAN, cohort["plan"]), codebook_of(CODEBOOK, cohort["codebook"])
    assert faults_of_variables(plan, codebook, own) == []
    assert [*faults_of_tables(plan)] == []
    assert faults_of_rules(plan, own) == []
    assert faults_of_codebook(codebook) == []


@pytest.mark.parametrize("name", COHORTS)
def test_the_files_of_a_cohort_are_there(name):
    named = [COHORTS[name][key] for key in ("raw", "dictionaries", "corrections", "withdrawn")]
    assert [path for paths in named for path in paths if not (ROOT / path).is_file()] == []
    assert COHORTS[name]["follows"] in {None, *COHORTS} - {name}


def test_every_printed_version_is_in_the_bibliography():
    bibliography = (ROOT / "manuscript/references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE))
    assert {c["printed_version"] for c in COHORTS.values()} - {None} <= keys


def test_the_cohort_of_the_config_exists():
    assert str(read("config/config.yaml")["cohort"]) in COHORTS


PAGES = [
    *(path.name for path in ROOT.glob("*.md")),
    *(path.relative_to(ROOT).as_posix() for path in ROOT.glob("[a-z]*/**/README.md")
      if path.relative_to(ROOT).parts[0] not in ("results", "publish")),
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_what_is_there(page):
    assert dead_ends(ROOT, page) == []


def test_a_dead_end_is_found(tmp_path):
    (tmp_path / "Makefile").write_text("paper:\n\ttouch paper\n", encoding="utf-8")
    page = "[a](b.md), [c](Makefile#d), `make paper`\n\n    make tea\n"
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    assert dead_ends(tmp_path, "README.md") == ["b.md", "tea"]


@pytest.mark.parametrize("path", [*ROOT.glob("config/**/*.yaml"), ROOT / "data/literature.yaml"])
def test_an_editor_is_told_the_schema_of_a_file(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    several = path.parent.name in ("cohorts", "journals")
    name = path.parent.name.removesuffix("s") if several else path.stem
    assert schema.resolve() == ROOT / f"workflow/schemas/{name}.schema.yaml"


NO_CLONE = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no clone of the repository")


@NO_CLONE
def test_no_made_file_is_committed():
    assert made_files(ROOT) == []


@NO_CLONE
def test_no_path_of_a_machine_is_committed():
    assert machine_paths(ROOT) == []


WORDS = "groupings.disease_control.responses"


def changed(content: dict, path: str, value) -> dict:
    """Return a copy with the value at a dotted path replaced, or deleted where it is Ellipsis."""
    content = copy.deepcopy(content)
    *places, last = (int(k) if k.isdigit() else k for k in path.split("."))
    place = content
    for key in places:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("sex.source", "gender", "sex: no column gender"),
        ("sex.source", "age_years", "sex: column age_years is a number"),
        ("sex.source", "surgery_year", "sex: column surgery_year is a number"),
        ("cycles.source", "sex", "cycles: column sex is a category"),
        ("sex.levels.male.values", ["man"], "sex: unknown value man"),
        ("sex.levels.male.values", ["man"], "sex: no level for male"),
        ("sex.levels.male.values", ["male", "female"], "sex: two levels for female"),
        ("n_stage.left_out", ..., "n_stage: no level for nx"),
        ("n_stage.left_out", ["nx", "n0"], "n_stage: two levels for n0"),
        ("response.levels.stationary", ..., "response: no level for stationary"),
        ("recist.levels.not_evaluable", ..., "recist: no level for not_evaluable"),
        ("cycles_class.levels.lt_6.below", 5, "cycles_class: 5 and 6 do not meet"),
        ("cycles_class.levels.lt_6.below", 7, "cycles_class: 7 and 6 do not meet"),
        ("cycles_class.levels.lt_6.at_least", 2, "cycles_class: no level for 1"),
        ("cycles_class.levels.ge_6.below", 24, "cycles_class: no level for 24"),
        ("cycles_class.levels.ge_6.below", 6, "cycles_class: 6 is not below 6"),
        ("lesions_post_count.left_out", ..., "lesions_post_count: no level for 0"),
    ],
)
def test_a_variable_that_does_not_fit_is_found(path, value, fault):
    plan = changed(PLAN, f"variables.{path}", value)
    assert fault in faults_of_variables(plan, CODEBOOK, COHORTS)


def test_a_level_that_the_plan_forgets_is_found():
    codebook = changed(CODEBOOK, "variables.regimen.levels.folfox", [])
    faults = faults_of_variables(PLAN, codebook, COHORTS)
    assert faults == ["regimen_given: no level for folfox", "regimen_class: no level for folfox"]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("variables.alive_1y", ..., "table4.rows.6.variable: 'alive_1y', no variable"),
        ("tables.table1.rows.0.show", ..., "table1.rows.0: no `show` for the number age_years"),
        ("tables.table1.rows.1.show", "mean", "table1.rows.1: `show` for levels, sex"),
        ("tables.table3.rows.1.published.test", "mann_whitney", "test: mann_whitney for sex"),
        ("tables.table3.rows.0.published.test", "fisher_exact", "test: fisher_exact for age_years"),
        ("tables.table3.rows.0.variable", "cycles", "table3.rows.9.variable: 'cycles' a second"),
        ("tables.table4.rows.1.variable", "sex", "table4.rows.1.variable: 'sex' a second"),
        ("tables.table3.groups", ["progressive", "responders"], "table3.groups: progressive, resp"),
        ("tables.table3.percent_of", "group", "figure1.variables.0: 'size_pre_class', no row of a"),
        ("figures.figure1.variables", ["margin"], "figure1.variables.0: 'margin', no row"),
        ("figures.figure1.variables", ["cycles"], "figure1.variables.0: 'cycles', no row"),
        ("figures.forest.tables.1", "table1", "forest.tables.1: 'table1', no table of the groups"),
        ("figures.curve_size.question", "age", "curve_size.question: 'age', no question of the"),
        ("correlations.0.with", "sex", "correlations.0.with: 'sex', no number"),
        ("correlations.0.with", "dose", "correlations.0.with: 'dose', no number"),
    ],
)
def test_a_table_that_does_not_fit_is_found(path, value, fault):
    found = faults_of_tables(changed(PLAN, path, value))
    assert any(fault in f"{'.'.join(keys)}: {said}" for keys, said, _ in found)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("rules.1", "recist", "rules.1: 'recist', no rule of the plan"),
        ("questions.sex", [1], "questions.sex: 'sex', no number"),
        ("questions.dose", [1], "questions.dose: 'dose', no number"),
        (f"{WORDS}.responders", ["regressive"], f"{WORDS}: nothing of stationary"),
        (f"{WORDS}.progressive", ["progressive", "stationary"], f"{WORDS}: 'stationary' in both"),
        (f"{WORDS}.progressive", ["progressive", "stable"], f"{WORDS}: 'stable', which none of"),
        (WORDS, {"some": ["regressive"]}, f"{WORDS}: some"),
    ],
)
def test_a_multiverse_that_does_not_fit_is_found(path, value, fault):
    found = faults_of_multiverse(changed(PLAN, f"multiverse.{path}", value))
    assert any(fault in f"{'.'.join(keys[1:])}: {said}" for keys, said, _ in found)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("number_and_size.steps.0.when", "lesions_chnge > 0", "unknown lesions_chnge"),
        ("number_and_size.steps.3.when", "size_change_percent <= -@shrink", "unknown @shrink"),
        ("number_and_size.parameters.shrinkage_mm", 5, "unused @shrinkage_mm"),
        ("recist_1_1.counterpart.mixed", "stationary", "no step gives mixed"),
        ("recist_1_1.counterpart.stable", "same", "no group for same"),
        ("number_and_size.steps.4.response", "stable", "responses and groups"),
        ("number_and_size", ..., "no rule number_and_size"),
    ],
)
def test_a_rule_that_does_not_fit_is_found(path, value, fault):
    faults = faults_of_rules(changed(PLAN, f"response_rules.{path}", value), COHORTS)
    assert any(f.endswith(fault) for f in faults)


def test_a_response_in_two_groups_is_found():
    plan = changed(PLAN, "groups.progressive.responses", ["progressive", "stationary"])
    assert faults_of_rules(plan, COHORTS) == ["two groups for stationary"]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("variables.sex.columns.Age", None, "two variables for column age"),
        ("variables.cycles.max", 1, "cycles: min and max"),
        ("variables.sex.levels.female", ["f", " M "], "sex: two levels for m"),
        ("variables.sex.levels.female", ["f", "unknown"], "sex: unknown is a missing code"),
        ("checks.0.impossible", "lesions.isna()", "conditions: unknown lesions"),
        ("checks.0.columns", ["lesions"], "conditions: unknown lesions"),
        ("doubts.0.doubtful", "duration > 2 * cycles", "conditions: unknown duration"),
        ("doubts.0.columns", ["duration"], "conditions: unknown duration"),
        ("exclusions.0.exclude", "size_post.isna()", "conditions: unknown size_post"),
    ],
)
def test_an_ambiguous_codebook_is_found(path, value, fault):
    assert fault in faults_of_codebook(changed(CODEBOOK, path, value))


def test_committed_files_that_should_not_be_are_found(tmp_path):
    files = {
        ".gitignore": "/results/*\n!/results/README.md\n.venv/\n",
        "results/README.md": "What appears here.",
        "results/2024/numbers.json": "{}",
        ".venv/pyvenv.cfg": "",
        "a.py": "DATA = '" + "/home" + "/ada/data'",
        "b.md": "See https://example.org" + "/home" + "/ada and ./work" + "/x.",
        "c.R": "read.csv('C:" + "\\\\data\\\\x.csv')",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--force", ".")
    assert made_files(tmp_path) == [".venv/pyvenv.cfg", "results/2024/numbers.json"]
    assert [fault.split(":")[0] for fault in machine_paths(tmp_path)] == ["a.py", "c.R"]
