"""What a cohort's own config adds to the common codebook and plan."""

from typing import Any

from crlm.base.spelling import fold


def codebook_of(common: Any, additions: Any) -> Any:
    """Return the codebook of a cohort: the common one with the cohort's columns, levels, spellings.

    Mappings are joined, lists are appended without what they already hold, and any other value of
    `additions` stands in place of the common one; a key of theirs with nothing under it adds
    nothing. What stands within is joined alike. Neither argument is changed.
    """
    if additions is None and isinstance(common, dict | list):
        return common
    if isinstance(common, dict) and isinstance(additions, dict):
        return common | {
            key: codebook_of(common[key], own) if key in common else own
            for key, own in additions.items()
        }
    if isinstance(common, list) and isinstance(additions, list):
        return common + [item for item in additions if item not in common]
    return additions


def columns_in(codebook: dict | None) -> dict[str, str]:
    """Return the columns that a codebook reads, folded -> variable; none where there is none."""
    variables = codebook["variables"] if codebook else {}
    return {fold(column): name for name, v in variables.items() for column in v["columns"]}


def plan_of(common: dict, additions: dict) -> dict:
    """Return the plan of a cohort: its named entries stand in place of the common ones or beside.

    An entry (a variable, a response rule, a group, a table) replaces the whole entry of its name,
    so that the order of its levels is the order in which they are written. Neither argument is
    changed.
    """
    return common | {
        part: common.get(part, {}) | (named or {}) for part, named in additions.items()
    }
