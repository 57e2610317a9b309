"""Read and write the workflow's CSV files without guessing."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd
import yaml

from crlm.problems import InputError

# The columns that hold numbers, in each kind of table that the workflow writes and reads again.
NUMBERS = {
    "flow": {"patients"},
    "response": {
        *("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm"),
        *("lesions_change", "size_change_mm", "size_change_percent"),
    },
    "agreement": {"n", "observed", "kappa", "ci_low", "ci_high"},
    "table": {"n", "denominator", "percent", "mean", "sd", "median", "min", "max"},
    "ranges": {
        *("value", "min", "p5", "median", "p95", "max", "proven_low", "proven_high"),
        *("r_hat", "ess", "draws"),
    },
    "tests": {"statistic", "df", "p_value", "n", "missing", "estimate", "ci_low", "ci_high"},
}


class _UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key that stands twice, of which YAML would silently take the last."""

    def construct_mapping(self, node, deep=False):
        keys = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice: join what is under it",
                    key_node.start_mark,
                )  # fmt: skip
            keys.add(key)
        return super().construct_mapping(node, deep)


# What each kind of plain scalar looks like where people and YAML 1.1 agree on it.
AGREED = {
    "bool": r"true|false",
    "int": r"[-+]?(0|[1-9]\d*)",
    "float": r"[-+]?(\d+\.\d*|\.\d+|\d+)(e[-+]?\d+)?|[-+]?\.inf|\.nan",
    "str": r"(?![-+]?0\d+$)[\s\S]*",
    "null": r"[\s\S]*",
}


def misread(node: yaml.Node | None, key: str = "") -> Iterator[str]:
    """Yield the plain scalars of a YAML document that are read as something else than they look.

    YAML 1.1 reads 010 as 8, 12:30 as 750, 1_000 as 1000, yes, no, on, off as true and false, and
    2024-01-02 as a date.
    """
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            yield from misread(key_node, key)
            yield from misread(value, f"{key}.{key_node.value}" if key else str(key_node.value))
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from misread(item, key)
    elif node is not None and node.style is None:
        kind = node.tag.rsplit(":", 1)[-1]
        if not re.fullmatch(AGREED.get(kind, r"(?!)"), node.value, re.IGNORECASE):
            place = f"line {node.start_mark.line + 1}" + (f", {key}" if key else "")
            yield (
                f"{place}: found {node.value} without quotation marks, which YAML does not read as "
                f'it stands; expected "{node.value}" where it is a text, else true, false or a '
                "number in plain digits"
            )


def read_yaml(path: str) -> dict:
    """Read a YAML file, in which no key may stand twice.

    Raises
    ------
    InputError
        With all plain scalars that are read as something else than they look.
    """
    text = Path(path).read_text(encoding="utf-8")
    with Path(path).open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=_UniqueKeys)
    if problems := [f"{path}, {found}" for found in misread(yaml.compose(text, yaml.SafeLoader))]:
        raise InputError(problems)
    return content


def read_frame(path: str, numbers: Collection[str]) -> pd.DataFrame:
    """Read a CSV file that the workflow wrote.

    Parameters
    ----------
    path
        UTF-8, comma, header.
    numbers
        The columns that hold numbers; all others are text. An empty cell is missing in both.
    """
    frame = pd.read_csv(path, dtype=object, keep_default_na=False, na_values=[""])
    return frame.astype({c: "float64" for c in frame.columns if c in numbers})


def write_frame(frame: pd.DataFrame, path: str) -> None:
    """Write `frame` as UTF-8 CSV with full precision; whole numbers carry no decimals."""
    whole = {
        c: "Int64"
        for c in frame.select_dtypes("float")
        if frame[c].notna().any() and (frame[c].dropna() % 1 == 0).all()
    }
    frame.astype(whole).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
