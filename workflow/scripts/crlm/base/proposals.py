"""Lines to paste into a cohort's file for what its clean data hold and the plan does not know."""

import math
from typing import Any

import yaml


def as_yaml(content: Any) -> str:
    """Return `content` as block YAML whose innermost collections are in flow style."""
    return yaml.safe_dump(
        content, default_flow_style=None, allow_unicode=True, sort_keys=False, width=96
    )


def flow(content: Any) -> str:
    """Return `content` as one line of YAML, without the braces around a mapping."""
    if isinstance(content, dict):  # key by key: YAML would begin a long one with a question mark
        return ", ".join(f"{flow([key])[1:-1]}: {flow([content[key]])[1:-1]}" for key in content)
    return yaml.safe_dump(content, default_flow_style=True, allow_unicode=True, width=10**6).strip()


def propose_variables(unheld: dict[str, list], variables: dict) -> str:
    """Propose definitions of the plan's variables with levels for clean values that none holds.

    Parameters
    ----------
    unheld
        Variable -> the clean values, texts or numbers, that no level of it holds.
    variables
        The plan's variables.

    Returns
    -------
    text
        Lines that stand under `plan:` in the cohort's file: the whole of each variable.
    """
    return as_yaml(
        {
            "variables": {
                name: variables[name] | {"levels": extend(variables[name]["levels"], values)}
                for name, values in unheld.items()
            }
        }
    )


def extend(levels: dict[str, dict], values: list) -> dict[str, dict]:
    """Return `levels` and new ones for `values`: one a text, one a gap between numbers."""
    if all("values" in level for level in levels.values()):
        return levels | {
            value: {"label": value.replace("_", " ").capitalize(), "values": [value]}
            for value in map(str, values)
        }
    starts = [level["at_least"] for level in levels.values()]
    ends = [level["below"] for level in levels.values()]
    found = dict(levels)
    for value in sorted(values):
        below = [end for end in ends if end <= value]
        above = [start for start in starts if start > value]
        start = max(below) if below else math.floor(min(values))
        end = min(above) if above else math.inf
        label = f"{start:g} to < {end:g}" if end < math.inf else f"≥ {start:g}"
        name = f"from_{start:g}".replace(".", "_").replace("-", "minus_")
        found[name] = {"label": label, "at_least": start, "below": end}
    return dict(sorted(found.items(), key=lambda item: item[1]["at_least"]))


def propose_groups(responses: list[str], groups: dict) -> str:
    """Propose the plan's groups, for a person to add the responses to that none of them holds.

    Returns
    -------
    text
        Lines that stand under `plan:` in the cohort's file: each group, whole and as it is, below a
        line for each response whose mark stops the build until it is put under one of them.
    """
    asked = f"which of {', '.join(groups)} does it belong to? Add it to the responses of that one"
    return "".join(f"# TODO: {name}: {asked}\n" for name in responses) + as_yaml({"groups": groups})
