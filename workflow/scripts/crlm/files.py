"""Read and write the workflow's CSV files without guessing."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import yaml

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


def read_yaml(path: str) -> dict:
    """Read a YAML file, in which no key may stand twice."""
    with Path(path).open(encoding="utf-8") as file:
        return yaml.load(file, Loader=_UniqueKeys)


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
