"""Conditions on the clean columns, in a small closed language: who is counted, and of whom.

    condition   comparisons joined by `and`, `or`, `not` and parentheses
    comparison  values with ==, !=, <, <=, >, >= between them: `0 < size_post_mm <= 30`;
                a value `in` or `not in` a list: `t_stage in ["t3", "t4"]`;
                `column.isna()`, `column.notna()`: whether it is missing
    value       a column, a number, a text in quotation marks, a parameter (`@growth_mm`),
                sums, differences, products and quotients of them: `0.45 * cycles`;
                a quotient by zero is missing; one side at least speaks of a column

The grammar is a part of Python's, so Python's parser reads it; whatever else it reads is refused,
and nothing is ever executed. Truth has three values (Kleene's strong tables, Introduction to
Metamathematics, 1952, § 64): a comparison with a missing value is neither met nor not met, so that
a missing value meets no condition, negated or not.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np

from crlm.base.masking import shown_text
from crlm.base.spelling import fold, one_of

if TYPE_CHECKING:  # as in `base.files`: to read the config takes none
    import pandas as pd

COMPARED = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.In: operator.eq, ast.NotIn: operator.ne,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
CALCULATED = {
    ast.Add: operator.add, ast.Sub: operator.sub,
    ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
PARAMETER = "_"  # stands for @ where Python's grammar has none; no column begins with it
LONGEST = 60  # letters of a condition that a message shows
NUMBER = re.compile(r"(0|[1-9]\d*)(\.\d*)?([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?", re.ASCII)
TEXT = re.compile(r""""([^"\\]|\\.)*"|'([^'\\]|\\.)*'""")


class ConditionError(ValueError):
    """A condition not of the language: what of it, with its place, and what was expected."""

    def __init__(self, found: str, expected: str):
        super().__init__(f"{found}: expected {expected}")
        self.found, self.expected = found, expected


class Truth(NamedTuple):
    """For each row whether a condition is met, and whether it is not met; neither if unknown."""

    met: np.ndarray
    unmet: np.ndarray


def shown_part(text: str, start: int, end: int) -> str:
    """Return a part of a condition as a message may show it; @ begins a parameter."""
    part = text[start : min(end, start + LONGEST)] + "…" * (end > start + LONGEST)
    return part if shown_text(part.lstrip("@")) == part.lstrip("@") else shown_text(part)


@cache
def parse(text: str) -> ast.expr:
    """Parse a condition, once: the same is asked of many frames."""
    outside = re.sub(TEXT, lambda m: "x" * len(m[0]), text)
    if "#" in outside:  # Python would read no further than here, without a word
        place = outside.index("#")
        raise ConditionError(
            f"{shown_part(text, place, place + 20)!r} (character {place + 1})",
            "no #: put a remark on a line of its own, outside the condition",
        )
    grammar = re.sub(rf"({TEXT.pattern})|@(?=[^\W\d])", lambda m: m[1] or PARAMETER, text)
    try:
        return ast.parse(grammar, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = getattr(error, "offset", 1) or len(text) + 1
        found = repr(shown_part(text, place - 1, place + 19)) if place <= len(text) else "the end"
        raise ConditionError(
            f"{found} (character {place})",
            "comparisons of columns and values (==, !=, <, <=, >, >=, in, not in), joined by "
            "and, or, not",
        ) from None


class Columns(dict):
    """The columns of a frame as arrays, NaN where missing; each made when first asked for."""

    def __init__(self, frame: pd.DataFrame | Mapping):
        self.frame = frame

    def __missing__(self, name: str) -> np.ndarray:
        kind = float if self.frame[name].dtype.kind in "iuf" else None
        self[name] = self.frame[name].to_numpy(kind, na_value=np.nan)
        return self[name]


def is_missing(values: np.ndarray) -> np.ndarray:
    """Return which values are NaN, which alone is not equal to itself."""
    return values != values


class _Condition:
    """One condition over one frame."""

    def __init__(self, text: str, columns: Columns, levels: Mapping, parameters: Mapping):
        self.text = re.sub(r"\s", " ", text.strip())  # one line, as folded YAML is
        self.columns, self.levels, self.parameters = columns, levels, parameters
        self.names = dict.fromkeys([*columns.frame, *columns])
        self.rows = len(columns.frame)
        self.tree = parse(self.text)

    def met(self) -> np.ndarray:
        """Evaluate the whole."""
        try:
            with np.errstate(all="ignore"):
                return self.truth(self.tree).met
        except RecursionError:
            raise ConditionError(
                shown_part(self.text, 0, LONGEST), "fewer parentheses and signs within another"
            ) from None

    def refuse(self, node: ast.expr, expected: str) -> NoReturn:
        """Raise the error for a part of the condition."""
        ends = (node.col_offset, node.end_col_offset)  # in bytes of UTF-8
        start, end = (len(self.text.encode()[:place].decode()) for place in ends)
        raise ConditionError(
            f"{shown_part(self.text, start, end)!r} (character {start + 1})", expected
        )

    def truth(self, node: ast.expr) -> Truth:
        """Evaluate a condition."""
        match node:
            case ast.BoolOp():
                met, unmet = zip(*map(self.truth, node.values), strict=True)
                if isinstance(node.op, ast.And):
                    return Truth(reduce(and_, met), reduce(or_, unmet))
                return Truth(reduce(or_, met), reduce(and_, unmet))
            case ast.UnaryOp(op=ast.Not()):
                return Truth(*reversed(self.truth(node.operand)))
            case ast.Call(
                func=ast.Attribute(value=ast.Name() as column, attr="isna" | "notna" as test),
                args=[],
                keywords=[],
            ):
                missing = is_missing(self.value(column))
                return Truth(missing, ~missing) if test == "isna" else Truth(~missing, missing)
            case ast.Compare():
                return self.compare(node)
        self.refuse(node, "a comparison, or comparisons joined by and, or, not")

    def compare(self, node: ast.Compare) -> Truth:
        """Evaluate a comparison, of two values or more."""
        found = []
        for left, sign, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            if type(sign) not in COMPARED:
                self.refuse(node, "one of ==, !=, <, <=, >, >=, in, not in (or column.isna())")
            items = [right]
            if isinstance(sign, ast.In | ast.NotIn):
                items = right.elts if isinstance(right, ast.List | ast.Tuple) else []
                if not items:
                    self.refuse(right, "a list of values: [a, b]")
            mets, unmets = zip(*(self.pair(left, item, sign) for item in items), strict=True)
            one, other = (or_, and_) if isinstance(sign, ast.In) else (and_, or_)
            found.append((reduce(one, mets), reduce(other, unmets)))
        met, unmet = zip(*found, strict=True)
        return Truth(reduce(and_, met), reduce(or_, unmet))

    def pair(self, left: ast.expr, right: ast.expr, sign: ast.cmpop) -> Truth:
        """Compare two values; neither met nor unmet where one of them is missing."""
        values = self.value(left), self.value(right)
        if not any(
            isinstance(part, ast.Name) and not part.id.startswith(PARAMETER)
            for side in (left, right)
            for part in ast.walk(side)
        ):
            self.refuse(left, "a column, on one side at least, without quotation marks")
        texts = [value.dtype.kind not in "biuf" for value in values]
        if texts[0] != texts[1]:
            told = next((n for n in (right, left) if isinstance(n, ast.Constant)), right)
            self.refuse(
                told, "a number, as on the other side" if texts[(right, left).index(told) == 0]
                else "a text in quotation marks, as on the other side",
            )  # fmt: skip
        if texts[0] and isinstance(sign, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            self.refuse(right, "a number: texts can only be equal (==, in) or not")
        for column, constant in ((left, right), (right, left)):
            if not (isinstance(column, ast.Name) and isinstance(constant, ast.Constant)):
                continue
            levels = self.levels.get(column.id)
            if levels and constant.value not in levels:
                self.refuse(
                    constant, f"a level of {column.id}: {one_of(levels, fold(str(constant.value)))}"
                )
        known = ~(is_missing(values[0]) | is_missing(values[1]))
        met = known.copy()
        met[known] = COMPARED[type(sign)](values[0][known], values[1][known])
        return Truth(met, known & ~met)

    def value(self, node: ast.expr) -> np.ndarray:
        """Evaluate a value for each row."""
        match node:
            case ast.Constant(value=int() | float() | str()) if not isinstance(node.value, bool):
                value = self.constant(node)
                return np.full(self.rows, value, object if isinstance(value, str) else float)
            case ast.Name() if node.id.startswith(PARAMETER):
                if node.id[1:] not in self.parameters:
                    known = [f"@{name}" for name in self.parameters]
                    near = one_of(known, f"@{node.id[1:]}") if known else "there is none"
                    self.refuse(node, f"a parameter: {near}")
                return np.full(self.rows, float(self.parameters[node.id[1:]]))
            case ast.Name():
                if node.id not in self.names:
                    if node.id.casefold() in ("na", "nan", "null"):
                        self.refuse(node, "column.isna() where a value is missing")
                    if any(node.id in (levels or ()) for levels in self.levels.values()):
                        self.refuse(node, f'a column, or the level "{node.id}" in quotation marks')
                    self.refuse(node, f"a column: {one_of(map(str, self.names), node.id)}")
                return self.columns[node.id]
            case ast.UnaryOp(op=ast.USub()):
                return -self.number(node.operand)
            case ast.BinOp() if type(node.op) in CALCULATED:
                left, right = self.number(node.left), self.number(node.right)
                if isinstance(node.op, ast.Div):
                    right = np.where(right == 0, np.nan, right)  # no number: neither met nor unmet
                return CALCULATED[type(node.op)](left, right)
        self.refuse(node, "a column, a number, a text in quotation marks or a parameter (@…)")

    def constant(self, node: ast.Constant) -> str | float:
        """Read a text or a number, written as people write it and not otherwise."""
        written = self.text.encode()[node.col_offset : node.end_col_offset].decode()
        if isinstance(node.value, str):
            if not TEXT.fullmatch(written):
                self.refuse(node, "one text in quotation marks (a comma between two)")
            return node.value
        if not (NUMBER.fullmatch(written) and math.isfinite(float(written))):
            self.refuse(node, "a number in digits, with a point for decimals")
        return float(written)

    def number(self, node: ast.expr) -> np.ndarray:
        """Evaluate a value to calculate with."""
        value = self.value(node)
        if value.dtype.kind not in "iuf":
            self.refuse(node, "a number, to calculate with")
        return value


def meets(frame: pd.DataFrame, condition: str, **parameters: float) -> pd.Series:
    """Return for each row whether it meets `condition`; with a missing value none is met.

    Raises
    ------
    ConditionError
        Where it is not of the language, or speaks of columns or parameters that are not there.
    """
    from pandas import Series

    return Series(_Condition(condition, Columns(frame), {}, parameters).met(), frame.index)


def wrong_with(
    condition: str, columns: Mapping[str, Collection[str] | None], parameters: Collection[str] = ()
) -> tuple[str, str] | None:
    """Return what is wrong with a condition, with its place in it, and what was expected.

    Parameters
    ----------
    columns
        Each column that it may speak of, with the levels that it may hold; None for a number.
    parameters
        The names of the parameters that it may speak of.
    """
    nobody = Columns({})
    nobody |= {c: np.empty(0, float if of is None else object) for c, of in columns.items()}
    try:
        _Condition(condition, nobody, columns, dict.fromkeys(parameters, 1)).met()
    except ConditionError as error:
        return error.found, error.expected
    return None


# --- Conditions that the code makes ---------------------------------------------------------------


def quote(value: str | int) -> str:
    """Return a value as a condition writes it."""
    return "'" + re.sub(r"([\\'])", r"\\\1", value) + "'" if isinstance(value, str) else f"{value}"


def all_of(*conditions: str) -> str:
    """Return a condition that is met where all of those given are; empty ones count for nothing."""
    given = [c for c in conditions if c]
    if len(given) > 1:
        given = [f"({c})" if " or " in c else c for c in given]
    return " and ".join(given)


def among(column: str, values: Sequence[str | int]) -> str:
    """Return the condition that a column holds one of some values."""
    quoted = [quote(value) for value in values]
    return f"{column} == {quoted[0]}" if len(values) == 1 else f"{column} in [{', '.join(quoted)}]"


def select(columns: Columns, condition: str) -> list[str]:
    """Return the pseudonyms of the patients who meet a condition."""
    met = _Condition(condition, columns, {}, {}).met() if condition else ...
    return columns["patient_id"][met].tolist()
