"""Adapters hold no logic; rules are named, told, logged, and name the modules that they use."""

import ast
import pydoc
import re
import subprocess
from pathlib import Path

import pytest
import snakemake.report.html_reporter
from project import ROOT

import crlm
from crlm.base.imports import imports_in, modules_behind

SCRIPTS = ROOT / "workflow/scripts"
ADAPTERS = sorted(SCRIPTS.glob("*.py"))
PACKAGE = sorted((SCRIPTS / "crlm").rglob("*.py"))
FOLDERS = [path for path in PACKAGE if path.name == "__init__.py"]
RULE_FILES = sorted((ROOT / "workflow/rules").glob("*.smk"))

VERBS = {
    "verify", "clean", "classify", "describe", "compare", "tabulate", "plot", "collect", "fill",
    "render", "audit", "reconstruct", "revise", "trace", "measure", "publish", "merge",
}  # fmt: skip
# Imports, assignments and calls, and what their arguments are made of.
ALLOWED = (
    ast.Module, ast.Expr, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.With, ast.withitem,
    ast.Call, ast.keyword, ast.Starred, ast.Name, ast.Attribute, ast.Subscript, ast.Constant,
    ast.Tuple, ast.List, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.expr_context,
)  # fmt: skip


def logic_in(script: str) -> list[str]:
    """Return what an adapter holds beside docstring, imports, assignments, calls and one `with`."""
    tree = ast.parse(script)
    found = [type(node).__name__ for node in ast.walk(tree) if not isinstance(node, ALLOWED)]
    found += ["no docstring"] if not ast.get_docstring(tree) else []
    withs = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    return found + ["more than one with"] * (len(withs) > 1)


def modules_in(source: str) -> set[str]:
    """Return the modules of the package that a source imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "crlm":
            names = [f"crlm.{alias.name}" for alias in node.names]
        else:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found |= {name.removeprefix("crlm.") for name in names if name.startswith("crlm.")}
    return found


def read_rules(text: str) -> dict[str, dict[str, ast.Call | str]]:
    """Return rule -> `docstring`, and directive -> its arguments as a call."""
    rules = {}
    for name, body in re.findall(r"^rule (\w+):\n((?:[ \t]+.*\n|\n)*)", text, re.MULTILINE):
        head, *parts = re.split(r"^    (\w+):", body, flags=re.MULTILINE)
        calls = {
            directive: ast.parse(f"{directive}({arguments.strip()}\n)", mode="eval").body
            for directive, arguments in zip(parts[::2], parts[1::2], strict=True)
        }
        rules[name] = calls | {"docstring": ast.literal_eval(head.strip() or "''")}
    assert len(rules) == len(re.findall(r"^\s*(?:rule|checkpoint)\b.*:$", text, re.MULTILINE))
    return rules


def faults_of(name: str, rule: dict) -> list[str]:
    """Return what a rule lacks to be read, found and followed."""
    faults = [f"no {part}" for part in ("docstring", "log", "message") if not rule.get(part)]
    verb, _, what = name.partition("_")
    faults += [f"verb {verb}"] if verb not in VERBS or not what else []
    script = rule.get("script") and ast.literal_eval(rule["script"].args[0])
    code = [ast.unparse(k.value) for k in rule["input"].keywords if k.arg == "code"]
    follows = [f"modules_behind('workflow/scripts/{name}.py')"]
    faults += ["code"] * (code != follows)  # or an edit of a module would rerun nothing
    return faults + [f"script {script}"] * (script != f"../scripts/{name}.py")


def lines_of_code_in(text: str) -> list[str]:
    """Return the lambdas and the `run` blocks of a Snakefile."""
    return re.findall(r"\blambda\b|^\s*run:", text, re.MULTILINE)


RULES = {
    name: rule
    for path in RULE_FILES
    for name, rule in read_rules(path.read_text(encoding="utf-8")).items()
}


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.stem)
def test_an_adapter_holds_no_logic(path):
    assert logic_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("x = 1", "no docstring"),
        ("'A.'\nx = 1 + y", "BinOp"),
        ("'A.'\nif x: f()", "If"),
        ("'A.'\nfor x in y: f(x)", "For"),
        ("'A.'\nwhile x: f()", "While"),
        ("'A.'\ndef f(): pass", "FunctionDef"),
        ("'A.'\nclass A: pass", "ClassDef"),
        ("'A.'\nf(lambda: 1)", "Lambda"),
        ("'A.'\nx = [f(y) for y in z]", "ListComp"),
        ("'A.'\nx = f(y for y in z)", "GeneratorExp"),
        ("'A.'\ntry: f()\nexcept ValueError: g()", "Try"),
        ("'A.'\nx = y if z else 1", "IfExp"),
        ("'A.'\nx = y or z", "BoolOp"),
        ("'A.'\nx = y == z", "Compare"),
        ("'A.'\nx += y", "AugAssign"),
        ("'A.'\nwith f(): x()\nwith g(): y()", "more than one with"),
    ],
)
def test_logic_in_an_adapter_is_found(script, found):
    assert found in logic_in(script)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_named_told_and_logged(name):
    assert faults_of(name, RULES[name]) == []


def test_every_adapter_has_its_rule():
    assert {path.stem for path in ADAPTERS} == set(RULES)


def test_modules_are_imported_in_the_one_way_that_is_followed():
    assert [
        path
        for path in [*ADAPTERS, *PACKAGE]
        if {*imports_in(path)} != modules_in(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.parent.name)
def test_a_folder_itself_holds_no_code(path):
    # A rule names the modules that it uses, not their folders.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [type(node) for node in tree.body] == [ast.Expr]


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.parent.name)
def test_the_map_of_a_folder_names_each_of_its_modules_once(path):
    named = re.findall(r"^(\w+)  +\S", ast.get_docstring(ast.parse(path.read_text("utf-8"))), re.M)
    entries = {entry.stem for entry in path.parent.iterdir() if not entry.stem.startswith("__")}
    assert sorted(named) == sorted(entries)


def test_the_way_of_a_cell_leads_over_functions_that_there_are():
    way = re.findall(r"^([\w.]+\.\w+)  +\S", crlm.__doc__, re.M)
    assert len(way) == 11
    assert [name for name in way if not callable(pydoc.locate(f"crlm.{name}"))] == []


@pytest.mark.parametrize("path", [ROOT / "Snakefile", *RULE_FILES], ids=lambda path: path.name)
def test_rule_files_hold_no_code(path):
    assert lines_of_code_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_the_last_good_results_stay_where_a_rule_fails(path):
    """Snakemake deletes what a failed rule makes, other than `update`; the mark alone is lost."""
    outputs = re.findall(r"^    output:\n((?: {8}.*\n)+)", path.read_text("utf-8"), re.MULTILINE)
    for output in outputs:
        parts = re.findall(r"^ {8}(?:\w+=)?(.*)", output, re.MULTILINE)
        parts = [part for part in parts if re.match(r"[a-z\"]", part)]
        if all(part.startswith("temp(") for part in parts):
            continue
        assert parts.pop().startswith("touch("), output
        assert all(re.match(r"update\(|(each_)?in_report\(", part) for part in parts), output
        assert len(re.findall(r"update\(|in_report\(", output)) == len(parts)


def test_what_the_report_shows_has_one_label_and_a_caption_that_is_there():
    source = (ROOT / "workflow/rules/config.smk").read_text("utf-8")
    shown = {}
    names = {
        "report": lambda path, **told: shown.update({path: told}),
        "update": str,
        "titles": {"figure1": "initial size"},
    }
    exec(source[source.index("def in_report") : source.index("# What a stage reads")], names)
    names["each_in_report"]("{cohort}/{name}", "Figures", ["figure1.svg", "figure1.pdf"])
    assert shown == {
        "{cohort}/figure1.svg": {
            "category": "Figures of {cohort}",
            "labels": {"what it shows": "initial size: figure1.svg"},
            "caption": "../report/figures.rst",
        }
    }
    rules = "".join(path.read_text("utf-8") for path in RULE_FILES)
    categories = re.findall(r"in_report\(\s*\"[^\"]+\",\s*\"(\w+)\"", rules)
    assert len(categories) > 10
    assert all((ROOT / f"workflow/report/{c.lower()}.rst").exists() for c in categories)


def test_a_report_shows_its_pages_whatever_their_size_and_names_what_it_shows():
    """Chromium shows an empty frame for an address (data:) of more than 2 MB."""
    reporter = Path(snakemake.report.html_reporter.__file__).parent
    command = ["sed", "-f", ROOT / "workflow/report/report.sed", *sorted(reporter.rglob("*.js"))]
    changed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert changed.count("contentPath: URL.createObjectURL(new Blob(") == 6
    assert "contentPath: entry" not in changed
    named = {
        "{ alt: ": 2,
        "title: this.props": 1,
        '"aria-label": ': 2,
        'role: "main", tabIndex: 0': 1,
    }
    assert {name: changed.count(name) for name in named} == named
    assert changed.count("vegaEmbed(") == changed.count("{ actions: false }") == 3


def test_the_snakefile_is_short():
    lines = (ROOT / "Snakefile").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 90


def test_every_rule_file_is_included():
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    included = re.findall(r'^include: "workflow/rules/(\w+\.smk)"$', text, re.MULTILINE)
    assert sorted(included) == [path.name for path in RULE_FILES]


GOOD_RULE = '''rule clean_cohort:
    """Clean the raw tables."""
    input:
        raw="data/raw.csv",
        code=modules_behind("workflow/scripts/clean_cohort.py"),
    output:
        "results/patients.csv",
    log:
        "results/clean_cohort.log",
    message:
        "Clean the raw tables"
    script:
        "../scripts/clean_cohort.py"
'''


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("rule clean_cohort", "rule clean_cohort", []),
        ('    """Clean the raw tables."""\n', "", ["no docstring"]),
        ('    log:\n        "results/clean_cohort.log",\n', "", ["no log"]),
        ('    message:\n        "Clean the raw tables"\n', "", ["no message"]),
        (
            "rule clean_cohort",
            "rule make_cohort",
            ["verb make", "code", "script ../scripts/clean_cohort.py"],
        ),
        (
            "rule clean_cohort",
            "rule clean",
            ["verb clean", "code", "script ../scripts/clean_cohort.py"],
        ),
        ("../scripts/clean_cohort", "../scripts/cohort", ["script ../scripts/cohort.py"]),
        ("    script:", "    notebook:", ["script None"]),
        ('scripts/clean_cohort.py"),', 'scripts/cohort.py"),', ["code"]),
        ('        code=modules_behind("workflow/scripts/clean_cohort.py"),\n', "", ["code"]),
    ],
)
def test_a_fault_of_a_rule_is_found(old, new, faults):
    assert old in GOOD_RULE
    ((name, rule),) = read_rules(GOOD_RULE.replace(old, new)).items()
    assert faults_of(name, rule) == faults


# What the code of each step of the paper is made of: an edit of anything else leaves it as it is.
# Folders as a whole, but for those of which a step uses a part.
USES = {
    "clean_cohort": "base cohort plan received",
    "describe_cleaning": "base cohort plan.conditions",
    "classify_response": "base plan response statistics.agreement statistics.confidence",
    "describe_cohort": "base description plan",
    "compare_groups": "base comparison description ledger plan statistics",
    "compare_specifications": "base comparison description multiverse plan statistics",
    "collect_specifications": "base",
    "plot_figures": "base figures manuscript.letters numbers.registry numbers.undetermined plan "
                    "response statistics",
    "collect_numbers": "base comparison description ledger numbers plan response statistics",
    "fill_manuscript": "base cohort.cells description manuscript numbers plan response "
                       "statistics.agreement statistics.confidence",
    "render_manuscript": "base manuscript.alignment manuscript.claims manuscript.docx "
                         "manuscript.letters manuscript.markdown manuscript.pandoc "
                         "manuscript.placement manuscript.prose manuscript.rendered "
                         "manuscript.rendering manuscript.statements manuscript.verification",
    "measure_privacy": "base wings.privacy.measures",
}  # fmt: skip


@pytest.mark.parametrize("step", USES)
def test_a_step_uses_no_other_part_of_the_package(step):
    modules = [
        ".".join(Path(path).relative_to(SCRIPTS / "crlm").with_suffix("").parts)
        for path in modules_behind(str(SCRIPTS / f"{step}.py"))
    ]
    assert {
        next((part for part in USES[step].split() if f"{name}.".startswith(f"{part}.")), name)
        for name in modules
    } == {*USES[step].split()}


def test_the_yaml_of_the_plan_is_looked_up_where_it_is_read_and_checked_alone():
    """All else asks `read_plan`: what a level holds, whose percentages a table gives, …"""
    found = {
        path.relative_to(SCRIPTS).as_posix()
        for path in [*ADAPTERS, *PACKAGE]
        if re.search(r'\bplan(\["|\.get\()', path.read_text(encoding="utf-8"))
    }
    read, checked = "crlm/plan/analysis.py", ("crlm/plan/faults.py", "crlm/config/validity.py")
    assert found == {read, *checked}


def test_imports_are_followed(tmp_path):
    texts = {
        "a": "import os\nfrom crlm.f.b import x",
        "f/b": "def f():\n    from crlm.f.c import g",
        "f/c": "from crlm.a import x",
        "e": "",
    }
    (tmp_path / "crlm/f").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / f"crlm/{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "crlm/f/b.yaml").write_text("words: a", encoding="utf-8")  # which f/b reads
    script = tmp_path / "clean.py"
    script.write_text("from crlm.a import x", encoding="utf-8")
    names = ("a.py", "f/b.py", "f/b.yaml", "f/c.py")
    behind = [(tmp_path / "crlm" / name).as_posix() for name in names]
    assert modules_behind(script.as_posix()) == behind


@pytest.mark.parametrize(
    "source", ["import crlm.d as d", "from crlm import b", "import os, crlm.base.files"]
)
def test_a_module_imported_in_another_way_is_found(source, tmp_path):
    (tmp_path / "a.py").write_text(source, encoding="utf-8")
    assert set(imports_in(tmp_path / "a.py")) != modules_in(source)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("    params:\n        x=lambda wildcards: 1,\n", ["lambda"]),
        ("rule a:\n    run:\n        f()\n", ["    run:"]),
        ("rule a:\n    output:\n        'runs/lambdas.csv'\n", []),
    ],
)
def test_code_in_a_rule_file_is_found(text, found):
    assert lines_of_code_in(text) == found


def test_a_rule_within_a_condition_is_refused():
    with pytest.raises(AssertionError):
        read_rules("if x:\n    rule a:\n        input:\n            'b'\n")
