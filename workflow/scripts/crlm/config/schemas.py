"""What a file of config/ holds against its schema, told in plain words."""

import datetime
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from crlm.base.masking import shown_text
from crlm.base.vocabulary import texts_beside

TEXTS = texts_beside(__file__)
KINDS, BOUNDS = TEXTS["kinds"], TEXTS["bounds"]
NAME = "^[a-z][a-z0-9_]*$"
NAMES = "a name of small letters, digits and _ that begins with a letter"
UNQUOTED = "a text: put quotation marks around it"


def as_written(value: Any) -> str:
    """Return a value of YAML as a person finds it in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (as YAML reads yes, no, on, off, true and false)"
    if isinstance(value, dict | list):
        return KINDS["object" if isinstance(value, dict) else "array"]
    if isinstance(value, datetime.date):
        return f"the date {shown_text(str(value))}"
    return repr(shown_text(value)) if isinstance(value, str) else shown_text(f"{value}")


def line_of(path: tuple, lines: dict[tuple, int]) -> int:
    """Return the line of a key, or of the nearest one around it that stands in the file, or 0."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)


def is_place(key: str) -> bool:
    """Return whether a key is the number of an entry in a list."""
    return key.isdecimal() and len(key) < 7


def problem_at(file: str, lines: dict[tuple, int], path: tuple, found: str, expected: str) -> str:
    """Return a problem with its place: file, line where it is known, keys from the outermost."""
    line = line_of(path, lines)
    keys = " > ".join(f"entry {int(k) + 1}" if is_place(k) else shown_text(k) for k in path)
    place = [file, f"line {line}" if line else "", keys]
    return f"{', '.join(filter(None, place))}: found {found}; expected {expected}"


def as_text_keys(content: Any, path: tuple = ()) -> tuple[Any, list[tuple]]:
    """Return content with texts for keys, and the path and value of the keys that were none."""
    if isinstance(content, list):
        parts = [(str(i), value) for i, value in enumerate(content)]
    elif isinstance(content, dict):
        parts = [*content.items()]
    else:
        return content, []
    others = [((*path, str(key)), key) for key, _ in parts if not isinstance(key, str)]
    values = []
    for key, value in parts:
        made, found = as_text_keys(value, (*path, str(key)))
        values.append(made)
        others += found
    if isinstance(content, list):
        return values, others
    return {str(key): v for (key, _), v in zip(parts, values, strict=True)}, others


def description_of(schema: dict, error: ValidationError) -> str:
    """Return what the schema says of the value that an error is about, where it says anything."""
    node, said = schema, ""
    for step in error.absolute_schema_path:
        if isinstance(node, dict) and step not in node and "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        node = node[step]
        told = node.get("description") if isinstance(node, dict) else None
        said = told if isinstance(told, str) else said
    return re.sub(r"\A[A-Z](?![A-Z])", lambda first: first[0].lower(), said).rstrip(".")


def faults_of_keys(error: ValidationError) -> Iterator[tuple[tuple, str, str]]:
    """Yield path, what was found and what was expected of the keys that an error is about."""
    path, schema = tuple(map(str, error.absolute_path)), error.schema
    given, known = error.instance, [*schema.get("properties", {})]
    patterns = [*schema.get("patternProperties", {})]
    unknown = [k for k in given if k not in known and not any(re.search(p, k) for p in patterns)]
    if error.validator == "required":
        for key in schema["required"]:
            if key not in given and not any(get_close_matches(key, [u]) for u in unknown):
                yield path, f"no key {key}", f"`{key}: …`"
        return
    for key in unknown:
        near = get_close_matches(key, [k for k in known if k not in given], n=1)
        named = f"one of {', '.join(known)}" if known else ""
        if patterns and re.search(NAME, key) and "(?!" not in patterns[0]:
            named = " or ".join(f"a name of the form {p}" for p in patterns)
        elif patterns:
            reserved = " and is none that the text itself uses" if "(?!" in patterns[0] else ""
            named = (f"{named} or " if named else "") + NAMES + reserved
        expected = named or "no such key here"
        yield (
            (*path, key),
            f"the unknown key {shown_text(key)!r}",
            f"`{near[0]}`" if near else expected,
        )


def faults_of(error: ValidationError, schema: dict) -> Iterator[tuple[tuple, str, str]]:
    """Yield path, what was found and what was expected, in words, of an error of jsonschema."""
    path, keyword = tuple(map(str, error.absolute_path)), error.validator
    wanted = error.validator_value
    found, said = as_written(error.instance), description_of(schema, error)
    if keyword in ("required", "additionalProperties"):
        yield from faults_of_keys(error)
    elif "propertyNames" in error.absolute_schema_path:
        only = f"only {', '.join(wanted)}" if keyword == "enum" else NAMES
        yield (*path, error.instance), f"the key {shown_text(error.instance)!r}", only
    elif keyword == "type":
        kinds = " or ".join(KINDS[k] for k in ([wanted] if isinstance(wanted, str) else wanted))
        text = "string" in wanted and error.instance is not None
        scalar = text and not isinstance(error.instance, dict | list)
        yield path, found, UNQUOTED if scalar else kinds + (f": {said}" if said else "")
    elif keyword == "enum":
        near = get_close_matches(str(error.instance), map(str, wanted), n=1)
        meant = f" (`{near[0]}`?)" if near else ""
        yield path, found, f"one of {', '.join(map(str, wanted))}{meant}"
    elif keyword == "uniqueItems":
        twice = [v for i, v in enumerate(error.instance) if v in error.instance[:i]]
        yield path, f"{as_written(twice[0])} twice", "each entry once"
    elif keyword in BOUNDS:
        counted = len(error.instance) if "I" in keyword or "P" in keyword else None
        bound = BOUNDS[keyword].format(wanted)
        yield path, found if counted is None else str(counted), bound
    elif keyword == "not":
        yield path, found, f"another one than {', '.join(wanted.get('enum', []))}"
    else:
        yield path, found, said or f"what the schema says ({keyword}: {wanted})"


def violations(
    content: Any, schema: dict, file: str, lines: dict[tuple, int], within: tuple = ()
) -> list[str]:
    """Find everything in a file that its schema does not allow.

    Parameters
    ----------
    content, lines
        As `files.read_marked_yaml` returns them.
    schema
        A JSON Schema of draft 2020-12 (https://json-schema.org/draft/2020-12).
    file
        The file's name, for the messages.
    within
        The keys in that file under which the content stands.

    Returns
    -------
    list of str
        File, line, keys, what was found and what was expected, each once, in the order of lines.
    """
    if content is None:
        return [f"{file}: found an empty file; expected the keys {', '.join(schema['required'])}"]
    content, others = as_text_keys(content)
    faults = {(path, ""): (f"the key {as_written(key)}", UNQUOTED) for path, key in others}
    for error in sorted(found_once(errors_in, content, schema), key=is_conditional):
        for path, found, expected in faults_of(error, schema):
            key = path, found if found.startswith("no key") else ""
            around = path[:-1]
            spoilt = is_conditional(error) and any(p[: len(around)] == around for p, _ in faults)
            if not spoilt:
                faults.setdefault(key, (found, expected))
    told = [((*within, *path), *words) for (path, _), words in faults.items()]
    told.sort(key=lambda fault: line_of(fault[0], lines))
    return [problem_at(file, lines, *fault) for fault in told]


def as_meant(content: Any, schema: dict) -> dict:
    """Return a file as somebody will have meant it, for further checks.

    A key that the schema does not know is one that is missing and spelt nearly so, or is left out.
    What stands where a list of texts is expected is one, and a number there a text.
    """
    content = as_text_keys(content)[0] if isinstance(content, dict) else {}
    known = schema.get("properties", {})
    missing = [key for key in known if key not in content]
    near = {key: [key] if key in known else get_close_matches(key, missing, 1) for key in content}
    meant = {near[key][0]: value for key, value in content.items() if near[key]}
    for key, value in meant.items():
        entry = known[key].get("items", {})
        if entry.get("type") == "string" or entry.get("$ref") == "#/$defs/text":
            texts = value if isinstance(value, list) else [] if value is None else [value]
            if not any(isinstance(text, dict | list) for text in texts):
                meant[key] = [str(text) for text in texts]
    return meant


def empty_of(schema: dict) -> dict | list | None:
    """Return what stands for what a schema describes where there is nothing."""
    kind = schema.get("type")
    return {} if kind == "object" else [] if kind == "array" else None


def fitting_parts(content: Any, schema: dict) -> tuple[dict, set[str]]:
    """Return what of a file fits its schema, for further checks, and the names of lost entries.

    An entry of a key, as a variable, is lost as a whole. A key without anything, or within one that
    is there, is empty, or None where it has a single value.
    """
    content = as_text_keys(content)[0] if isinstance(content, dict) else {}
    of_keys = ("required", "additionalProperties", "propertyNames")
    paths = {
        tuple(map(str, error.absolute_path))[:2]
        for error in found_once(errors_in, content, schema)
        if len(error.absolute_path) > 1 or error.validator not in of_keys
    }
    known = schema.get("properties", {})
    kept: dict[str, Any] = {}
    for key, value in content.items():
        if (key,) not in paths and isinstance(value, dict):
            names = "|".join(known.get(key, {}).get("patternProperties", ()))
            paths |= {(key, name) for name in value if not re.search(names, name)}
            kept[key] = {name: of for name, of in value.items() if (key, name) not in paths}
        elif (key,) not in paths and isinstance(value, list):
            kept[key] = [item for i, item in enumerate(value) if (key, str(i)) not in paths]
        elif (key,) not in paths:
            kept[key] = value
    for key in {*schema.get("required", ())} - kept.keys():
        kept[key] = empty_of(known[key])
    for part, asked in ((of, known.get(k, {})) for k, of in kept.items() if isinstance(of, dict)):
        lacking = {*asked.get("required", ())} & {*asked.get("properties", ())} - part.keys()
        nothing = {name: empty_of(asked["properties"][name]) for name in lacking}
        part |= {name: of for name, of in nothing.items() if of is not None}
    return kept, {path[1] for path in paths if path[1:] and not is_place(path[1])}


FOUND: dict[str, list] = {}


def found_once(find: Callable, *of: Any) -> list:
    """Return all that `find` yields, once: a cohort that adds nothing has the common plan."""
    key = repr((find.__name__, of))
    if key not in FOUND:
        FOUND[key] = [*find(*of)]
    return FOUND[key]


def errors_in(content: Any, schema: dict) -> Iterator[ValidationError]:
    """Yield what jsonschema finds."""
    yield from Draft202012Validator(schema).iter_errors(content)


def is_conditional(error: ValidationError) -> bool:
    """Return whether a value is asked for only since others are as they are.

    What a condition asks is told only where all else is right: it may have met a typo.
    """
    return bool({"then", "else"} & {*error.absolute_schema_path})
