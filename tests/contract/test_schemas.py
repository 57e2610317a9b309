"""The schemas are closed and described, and refuse what is misspelt, missing or out of bounds."""

import copy
import math
import re

import pytest
from jsonschema import Draft202012Validator
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.masking import shown_text

TYPO = " typo "  # no name that any schema allows


def read(path: str):
    return read_yaml(ROOT / path)


SCHEMAS = {
    path.name.removesuffix(".schema.yaml"): read(path)
    for path in sorted((ROOT / "workflow/schemas").glob("*.schema.yaml"))
}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
ENTRY = {
    "value": 14, "display": "14 (56.0%)", "meaning": "size at least 4 cm", "unit": "patients (%)",
    "rule": "describe_cohort", "module": "crlm.description", "source": "tables/table1.csv",
    "patients": ["P01", "P02"],
}  # fmt: skip
ACCOUNT = {
    "sentence": "Of 25 patients, 14 (56.0%) had metastases of at least 4 cm.",
    "computed": "patients who meet the filter; 100 × 14 / 25 = 56.0",
    "filter": "size_pre_mm >= 40",
    "denominator": "25 patients: size_pre_mm.notna()",
    "missing": "1 of 26 patients (size_pre_mm.isna())",
    "lacking": ["P03"],
    "patients": ["P01", "P02"],
    "unlisted": "201, too many to be listed (more than 200)",
    "who": "analysed",
    "columns": ["size_pre_mm"],
    "table": [["", "RD + SD"], ["n", "3"]],
    "samples": [["values (cm)", "4, 5, 6"]],
    "in_print": "44 (Table 1); 59.5 (discussion)",
    "range": "mean 4.5 to 4.6",
    "ends": [4.5, 4.6],
    "citation": "lee2020",
}
# What each schema is for. The registry is made, so that an example stands in for it.
CONTENTS = {
    ("config", "config.yaml"): read("config/config.yaml"),
    ("plan", "plan.yaml"): read("config/plan.yaml"),
    ("codebook", "codebook.yaml"): read("config/codebook.yaml"),
    ("synonyms", "synonyms.yaml"): read("config/synonyms.yaml"),
    ("audit", "audit.yaml"): read("config/audit.yaml"),
    ("privacy", "privacy.yaml"): read("config/privacy.yaml"),
    ("plausibility", "plausibility.yaml"): read("data/published/plausibility.yaml"),
    ("literature", "literature.yaml"): read("data/literature.yaml"),
    ("paper", "paper.yaml"): read("tests/audit_example/papers/taste/paper.yaml"),
    ("numbers", "numbers.json"): {"all.size_pre_class.ge_4_cm.n_percent": ENTRY},
    ("accounts", "accounts.json"): {"all.size_pre_class.ge_4_cm.n_percent": ACCOUNT},
} | {
    (kind, path.name): read(path)
    for kind in ("cohort", "journal")
    for path in sorted((ROOT / f"config/{kind}s").glob("*.yaml"))
}
# Keys that belong to some objects only; all others are required wherever they are allowed.
OPTIONAL = {
    "paper": {"add_up", "group", "n", "holds", "of", "step", "bounds"},
    "accounts": {*ACCOUNT} - {"computed", "sentence"},
    "plan": {
        "counterpart", "unit", "scale", "levels", "left_out", "values", "at_least", "below", "show",
        "method", "in_text", "published", "tables", "variables", "unmeasurable", "question",
    },
    "codebook": {
        *("unit", "min", "max", "levels", "cap", "pattern", "pseudonym", "date_order"),
    },
    "cohort": {
        "email", "corresponding", "orcid", "roles", "kept_numbers", "printed", "statements",
        "data_sharing", "funding", "conflicts", "ethics", "acknowledgements", "publication",
        "tables", "difference",
    },
}  # fmt: skip

# Open: what comes of joining them to the common files is checked by the schemas of those.
JOINED = {"cohort": ["/properties/codebook", "/properties/plan"]}


def declarations(schema: dict, path: str = ""):
    """Yield each subschema that declares a value; conditions (if, then, …) only narrow one."""
    yield path or "/", schema
    inner = {
        f"{keyword}/{name}": sub
        for keyword in ("properties", "patternProperties", "$defs")
        for name, sub in schema.get(keyword, {}).items()
    }
    inner |= {k: schema[k] for k in ("items",) if k in schema}
    inner |= {f"oneOf/{i}": sub for i, sub in enumerate(schema.get("oneOf", []))}
    for name, sub in inner.items():
        yield from declarations(sub, f"{path}/{name}")


def open_objects(schema: dict) -> list[str]:
    return [
        path
        for path, sub in declarations(schema)
        if ("object" in sub.get("type", []) or "patternProperties" in sub)
        and sub.get("additionalProperties") is not False
    ]


def undescribed_keys(schema: dict) -> list[str]:
    def described(sub):
        return bool(sub.get("description", "").strip()) or (
            "$ref" in sub and described(schema["$defs"][sub["$ref"].rsplit("/", 1)[1]])
        )

    return [
        f"{path}/{name}"
        for path, sub in declarations(schema)
        for keyword in ("properties", "patternProperties")
        for name, key in sub.get(keyword, {}).items()
        if not described(key)
    ]


def keys_not_required(schema: dict) -> set[str]:
    return {
        name
        for _, sub in declarations(schema)
        for name in sub.get("properties", {})
        if name not in sub.get("required", [])
    }


def defaults(schema: dict) -> list[str]:
    return [path for path, sub in declarations(schema) if "default" in sub]


def test_schemas_are_valid_closed_described_and_make_no_choice():
    def of_each(judge):
        return {name: found for name, schema in SCHEMAS.items() if (found := judge(schema))}

    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert of_each(open_objects) == JOINED
    assert of_each(undescribed_keys) == {}
    assert of_each(keys_not_required) == OPTIONAL
    assert of_each(defaults) == {}


def test_what_is_near_to_a_key_is_known_to_be_misspelt():
    keys = {
        k for s in SCHEMAS.values() for _, sub in declarations(s) for k in sub.get("properties", ())
    }
    assert [key for key in keys if shown_text(key) != key] == []


def test_the_checks_of_schemas_catch_what_they_are_for():
    entry = {"type": "object", "properties": {"unit": {"type": "string", "default": "mm"}}}
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"list": {"description": "A list.", "items": entry}},
    }
    assert open_objects(schema) == ["/properties/list/items"]
    assert undescribed_keys(schema) == ["/properties/list/items/unit"]
    assert keys_not_required(schema) == {"list", "unit"}
    assert defaults(schema) == ["/properties/list/items/properties/unit"]


def test_every_schema_has_a_content():
    assert {schema for schema, _ in CONTENTS} == set(SCHEMAS)


def objects_in(content, path=()):
    """Yield the place of each object of a file."""
    if isinstance(content, dict):
        yield path
    if isinstance(content, dict | list):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in pairs:
            yield from objects_in(value, (*path, key))


def at(content, path):
    for key in path:
        content = content[key]
    return content


def declaration_of(schema: dict, path) -> dict:
    """Return the subschema that declares the value at `path`."""
    sub = schema
    for key in path:
        if isinstance(key, int):
            sub = sub["items"]
        elif key in sub.get("properties", {}) and key != "recist_1_1":
            sub = sub["properties"][key]
        else:
            sub = next(s for p, s in sub["patternProperties"].items() if re.search(p, key))
        if "$ref" in sub:
            sub = schema["$defs"][sub["$ref"].rsplit("/", 1)[1]]
    return sub


def refusal(schema: str, content, declared: dict | None = None) -> str:
    """Return the first message of the schema, the one that is shown; nothing where it accepts.

    Of `declared`, a part of it, where that is given.
    """
    part = declared and Draft202012Validator(declared | {"$defs": SCHEMAS[schema].get("$defs", {})})
    faults = (part or VALIDATORS[schema]).iter_errors(content)
    return next((fault.message for fault in faults), "")


def one_of_each_shape():
    """Return an object of the files for each declaration of one and each set of its keys.

    With the schema, its declaration, its place, and those of its keys that the declaration knows.
    """
    shapes = {}
    for (schema, file), content in CONTENTS.items():
        for path in objects_in(content):
            if schema == "cohort" and path[:1] in {("codebook",), ("plan",)}:
                continue  # as JOINED
            declared, whole = declaration_of(SCHEMAS[schema], path), at(content, path)
            keys = frozenset(whole) & frozenset(declared.get("properties", ()))
            known = keys - {"recist_1_1"}
            shapes[id(declared), file, keys] = schema, declared, (file, *path), whole, known
    return list(shapes.values())


@pytest.mark.parametrize(("schema", "file"), CONTENTS)
def test_a_committed_file_is_accepted(schema, file):
    VALIDATORS[schema].validate(CONTENTS[schema, file])


def test_a_key_too_much_a_missing_one_and_a_misspelt_one_are_named():
    untold, tried = [], 0
    for schema, declared, place, whole, known in one_of_each_shape():
        trials = [(whole | {TYPO: None}, TYPO)]
        trials += [
            ({k: v for k, v in whole.items() if k != key}, f"'{key}' is a required property")
            for key in declared.get("required", [])
        ]
        trials += [
            ({k + "X" * (k == key): v for k, v in whole.items()}, f"'{key}X'") for key in known
        ]
        tried += len(trials)
        untold += [
            (*place, told)
            for changed, told in trials
            if told not in refusal(schema, changed, declared)
        ]
    assert untold == [] and tried > 700


def replaced(content, path: str, value):
    """Return a copy with the value at a dotted path replaced, or deleted where it is Ellipsis."""
    content = copy.deepcopy(content)
    *places, last = (int(k) if k.isdigit() else k for k in path.split("."))
    if value is ...:
        del at(content, places)[last]
    else:
        at(content, places)[last] = value
    return content


REFUSED = [
    ("config", "formats", []),
    ("config", "formats", ["html", "html"]),
    ("config", "timestamp", 315532799),
    ("config", "timestamp", 4354819200),
    ("cohort", "raw", []),
    ("cohort", "raw", ["data/raw/cohort.docx"]),
    ("cohort", "publication.date", "12/3/2026"),
    ("cohort", "publication.findings", {"tables": ["fewer"]}),
    ("cohort", "response_rule", "Number and size"),
    ("cohort", "title", "Two\nlines"),
    ("cohort", "authors", []),
    ("cohort", "authors.0.email", "nowhere"),
    ("cohort", "authors.0.orcid", "0000-0002-1825-009"),
    ("codebook", "variables.patient_id", ...),
    ("codebook", "variables.sex.columns", {}),
    ("codebook", "variables.sex.columns.sex", "mm"),
    ("codebook", "variables.sex.levels", ...),
    ("codebook", "variables.sex.levels", {True: ["m"], False: ["f"]}),
    ("codebook", "variables.sex.unit", "mm"),
    ("codebook", "variables.sex.min", 0),
    ("codebook", "variables.age_years.unit", ...),
    ("codebook", "variables.age_years.min", ...),
    ("codebook", "variables.age_years.columns.age", None),
    ("codebook", "variables.age_years.levels", {"old": []}),
    ("codebook", "variables.surgery_year.type", "date"),
    ("codebook", "variables.surgery_year.type", "interval"),
    ("codebook", "variables.surgery_year.max", "2035"),
    ("codebook", "variables.surgery_year.max", ...),
    ("codebook", "variables.surgery_year.unit", "days"),
    ("codebook", "variables.surgery_year.date_order", ...),
    ("codebook", "variables.patient_id.pseudonym", ...),
    ("codebook", "variables.patient_id.cap", 90),
    ("codebook", "variables.patient_id.levels", {"a": []}),
    ("codebook", "checks.0.columns", []),
    ("codebook", "exclusions.0.name", "received"),
    ("codebook", "exclusions.0.exclude", " "),
    ("literature", "yao2021.age.value", "57.48"),
    ("literature", "yao2021.age.value", [57.48]),
    ("literature", "yao2021.age.display", ""),
    ("literature", "yao2021.mean age", {}),
    ("literature", "guo2021", {}),
    ("privacy", "quasi_identifiers", {}),
    ("privacy", "sensitive", []),
    ("plan", "alpha", 0),
    ("plan", "alpha", 1),
    ("plan", "response_rules.recist_1_1", ...),
    ("plan", "response_rules.recist_1_1.counterpart", ...),
    ("plan", "response_rules.number_and_size.parameters.growth", 20),
    ("plan", "response_rules.number_and_size.parameters.shrinkage_percent", ...),
    ("plan", "response_rules.number_and_size.steps", []),
    ("plan", "groups.progressive", ...),
    ("plan", "groups.cohort", {"label": "a", "meaning": "b", "responses": ["c"]}),
    ("plan", "groups.responders.responses", []),
    ("plan", "variables.Sex", {"label": "Sex", "source": "sex", "unit": "", "scale": 1}),
    ("plan", "variables.n", {"label": "n", "source": "cycles", "unit": "cycles", "scale": 1}),
    ("plan", "variables.sex.unit", "mm"),
    ("plan", "variables.sex.levels", ...),
    ("plan", "variables.sex.levels.known", {"label": "Known", "values": ["male"]}),
    ("plan", "variables.sex.levels.missing", {"label": "Missing", "values": ["male"]}),
    ("plan", "variables.sex.levels.4_cm", {"label": "4 cm", "values": ["male"]}),
    ("plan", "variables.sex.levels.male.at_least", 0),
    ("plan", "variables.sex.levels.other", {"label": "Other", "at_least": 0, "below": 1}),
    ("plan", "variables.sex.left_out", []),
    ("plan", "variables.comorbidity.levels", {True: {"label": "Yes", "values": ["yes"]}}),
    ("plan", "variables.cycles_class.levels.lt_6.below", ...),
    ("plan", "variables.cycles.scale", 0),
    ("plan", "variables.cycles.scale", ...),
    ("plan", "variables.cycles.left_out", [0]),
    ("plan", "variables.size_pathology_class.unmeasurable.in_text", ...),
    ("plan", "tables.table1.groups", ["responders"]),
    ("plan", "tables.table1.percent_of", "level"),
    ("plan", "tables.table1.rows.0.published", None),
    ("plan", "tables.table3.groups", ["all"]),
    ("plan", "tables.table3.rows.0.published", ...),
    ("plan", "tables.table3.rows.0.published", {"test": "mann_whitney"}),
    ("plan", "tables.table3.rows.1.published", {"test": "pearson_chi2", "method": "exact"}),
    ("plan", "figures.flow", {"variables": ["sex"], "title": "sex"}),
    ("plan", "figures.figure1.variables", []),
    ("plan", "figures.forest.variables", ["sex"]),
]


# By the last of its keys, each value that may be any text or number: spellings, labels, limits.
UNLIMITED = {
    "accounts": {"ends", "rows"},
    "codebook": {"missing_codes", "values", "columns", "min", "max", "cap"},
    "cohort": {"follows"},
    "config": {"cohort"},
    "literature": {"value"},
    "numbers": {"value", "unit"},
    "paper": {"head", "label", "bounds"},
    "plan": {"questions", "left_out", "values", "at_least", "below"},
    "plausibility": {
        "where", "levels", "together", "known", "unknown", "sum", "least", "most",
    },
    "privacy": {"quasi_identifiers"},
}  # fmt: skip


def unlimited(schema: dict) -> set[str]:
    """Return the names of the texts and numbers on which a schema sets no limit."""
    limits = {"enum", "pattern", "minLength", "const", "minimum", "exclusiveMinimum"}
    return {
        re.findall(r"(?:properties|\$defs)/(\w+)", path)[-1]
        for path, sub in declarations(schema)
        if re.search("string|integer|number", f"{sub.get('type')}") and not limits & {*sub}
    }


def test_each_value_has_a_kind_and_a_limit_but_for_those_named():
    found = {name: names for name, schema in SCHEMAS.items() if (names := unlimited(schema))}
    assert found == UNLIMITED
    for schema, declared, place, whole, known in one_of_each_shape():
        for key in known - ({"codebook", "plan"} if schema == "cohort" else set()):  # as JOINED
            assert refusal(schema, whole | {key: {TYPO: None}}, declared), (*place, key)


@pytest.mark.parametrize(("schema", "path", "value"), REFUSED)
def test_what_is_out_of_bounds_is_refused(schema, path, value):
    content = next(c for (name, _), c in CONTENTS.items() if name == schema)
    assert refusal(schema, replaced(content, path, value))


@pytest.mark.parametrize("key", ["n", "cohort.N", "cohort..n", "cohort.4_cm", "cohort.n n"])
def test_a_number_has_a_dotted_key(key):
    assert refusal("numbers", {key: ENTRY})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value", {"n": 1}),
        ("value", ["a", "b"]),
        ("display", ""),
        ("display", 14),
        ("meaning", " "),
        ("unit", None),
        ("rule", "crlm.cohort.cleaned"),
        ("module", "workflow/scripts/crlm/cohort/cleaned.py"),
        ("source", ""),
        ("patients", "P01"),
        ("patients", ["P01", "P01"]),
        ("patients", [1]),
    ],
)
def test_an_entry_of_the_registry_is_refused(field, value):
    assert refusal("numbers", {"cohort.n": ENTRY | {field: value}})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("computed", ""),
        ("who", "everybody"),
        ("patients", []),
        ("patients", ["P01", "P01"]),
        ("columns", "size_pre_mm"),
        ("table", [["n", 3]]),
    ],
)
def test_an_account_is_refused(part, value):
    assert refusal("accounts", {"cohort.n": ACCOUNT | {part: value}})


@pytest.mark.parametrize("value", [14, 0.043, "fisher_exact", True, [30, 50], None])
def test_an_entry_of_the_registry_is_accepted(value):
    VALIDATORS["numbers"].validate({"cohort.n": ENTRY | {"value": value}})


@pytest.mark.parametrize(
    "text", ["ng/mL", "mg/dL", "kg/m²", "%", "µmol/L", "10^9/L", "°C", "mL/min/1.73 m²", "10⁹/l"]
)
def test_units_and_titles_are_accepted_as_people_write_them(text):
    codebook = CONTENTS["codebook", "codebook.yaml"]
    numbers = {"unit": text, "columns": {"size": text, "größe (cm)": "cm"}}
    codebook = replaced(
        codebook, "variables.size_pre_mm", codebook["variables"]["size_pre_mm"] | numbers
    )
    VALIDATORS["codebook"].validate(codebook)
    plan = CONTENTS["plan", "plan.yaml"]
    VALIDATORS["plan"].validate(replaced(plan, "variables.age_years.unit", text))
    cohort = CONTENTS["cohort", "2024.yaml"]
    title = f"The \"best\" \\ 'title' of *{text}* <b>"
    VALIDATORS["cohort"].validate(replaced(cohort, "title", title))


def test_infinity_is_accepted_as_yaml_reads_it():
    levels = CONTENTS["plan", "plan.yaml"]["variables"]["cycles_class"]["levels"]
    assert levels["ge_6"]["below"] == math.inf
