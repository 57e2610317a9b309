"""Read the workflow's YAML and CSV files, and write the latter, without guessing."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from crlm.base.masking import shown_text
from crlm.base.problems import InputError
from crlm.base.vocabulary import FAST, texts_beside

if TYPE_CHECKING:  # half a second, which those who read no table do without
    import pandas as pd

TEXTS = texts_beside(__file__)
# The columns that hold numbers, in each kind of table that the workflow writes and reads again.
NUMBERS: dict[str, list[str]] = TEXTS["numbers"]
# What PyYAML says of a text that is no YAML, and what it means to a person.
FAULTS: dict[str, str] = TEXTS["faults"]
# A text that a spreadsheet would run when it opens a CSV file, since it begins like a formula.
RUNS = re.compile(
    r"'*(?![+-]?[\d.,]+(?:e[+-]?\d+)?%?\Z)[=+\-@＝＋－＠\t\r\n].", re.IGNORECASE | re.DOTALL
)

LARGEST = 250_000  # bytes of a file of YAML: five times the longest
LONGEST = 20_000  # letters of a text in it
DEEPEST = 50  # lists and groups within one another


class _Loader(yaml.SafeLoader):
    """A loader that refuses a key that stands twice, of which YAML would silently take the last.

    Nor does it follow * and & (a few lines can stand for millions) or more than some levels.
    """

    depth = 0

    def compose_node(self, parent, index):
        event = self.peek_event()
        sign = "*" if isinstance(event, yaml.AliasEvent) else "&" if event.anchor else ""
        said = f"a {sign} before a text; expected quotation marks around it, or no {sign}"
        if self.depth > DEEPEST:
            said = f"more than {DEEPEST} levels of keys and brackets; expected a few"
        if long := len(getattr(event, "value", "")) > LONGEST:
            said = f"a text of {len(event.value)} letters; expected at most {LONGEST}"
        if sign or long or self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(None, None, said, event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        keys = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                break  # refused by YAML itself
            if key in keys:
                said = f"the key {shown_text(key_node.value)!r} twice (also in line {keys[key]}); "
                said += "expected it once, with all that is under it"
                raise yaml.MarkedYAMLError(None, None, said, key_node.start_mark)
            keys[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)

    def construct_object(self, node, deep=False):
        try:
            made = super().construct_object(node, deep)
            if isinstance(made, int):
                str(made)  # of more digits than Python writes
            return made
        except (ValueError, OverflowError):  # 2024-13-40, of which YAML would make a date
            said = f"{shown_text(node.value)}, which is no date or number; expected quotation marks"
            said += " around it"
            raise yaml.MarkedYAMLError(None, None, said, node.start_mark) from None


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
    elif node is not None and not node.style:
        kind = node.tag.rsplit(":", 1)[-1]
        if not re.fullmatch(AGREED.get(kind, r"(?!)"), node.value, re.IGNORECASE):
            place = f"line {node.start_mark.line + 1}" + (f", {shown_text(key)}" if key else "")
            yield (
                f"{place}: found {(said := shown_text(node.value))} without quotation marks, "
                f'which YAML does not read as it stands; expected "{said}" where it is a text, '
                "else true, false or a number in plain digits"
            )


def lines_of_keys(node: yaml.Node, path: tuple = ()) -> dict[tuple, int]:
    """Return the path of each key and item under a node of YAML, with the line where it stands."""
    lines, parts = {}, []
    if isinstance(node, yaml.MappingNode):
        parts = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        parts = [(i, value, value) for i, value in enumerate(node.value)]
    for key, marked, value in parts:
        lines[(*path, str(key))] = marked.start_mark.line + 1
        lines |= lines_of_keys(value, (*path, str(key)))
    return lines


def unreadable(path: str | Path, largest: float = math.inf) -> str:
    """Return why an input file can't be read, or nothing where it can.

    A link may not lead out of the project, but for the folder data/raw itself.
    """
    path, folder = Path(path), Path.cwd()
    try:
        within = path.absolute().is_relative_to(folder)
        roots = folder, Path("data/raw")  # which may be a link to where a hospital keeps its data
        if within and not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
            return "which is outside of the project's folder"
        if path.is_dir():
            return "which is a folder"
        if path.exists() and not path.is_file():
            return "which is no file but a device or a pipe"
        with path.open("rb"):
            size = path.stat().st_size
            return f"of {size} bytes, above {largest}" if size > largest else ""
    except PermissionError:
        return "which may not be read (its permissions)"
    except (OSError, ValueError, RuntimeError):
        beside = [p.as_posix() for p in path.parent.glob("*") if p != path]
        near = get_close_matches(str(path), beside, n=1)
        return "which is not there" + (f" (there is {near[0]})" if near else "")


def parse_yaml(text: str) -> yaml.Node | None:
    """Return the document in a text; read by the C library, unless there is something to tell."""
    try:
        depth = 0
        for event in yaml.parse(text, FAST):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            long = len(getattr(event, "value", "")) > LONGEST
            if depth > DEEPEST or long or getattr(event, "anchor", None):
                break
        else:
            return yaml.compose(text, FAST)
    except yaml.YAMLError:
        pass  # of which PyYAML tells more
    return _Loader(text).get_single_node()


class Marked(NamedTuple):
    """What a YAML file holds.

    `content` is None of an empty file. `lines` has the line of each key and item, by its path;
    numbers of items are text, from "0". `misread` tells the plain scalars that are read as
    something else than they look, each with the file's name.
    """

    content: Any
    lines: dict[tuple, int]
    misread: list[str]


def read_text(path: str | Path, largest: float = math.inf, kind: str = "text") -> str:
    """Read a text file of a person, in UTF-8.

    Raises
    ------
    InputError
        With file, line and cause, where it can't be read.
    """
    if said := unreadable(path, largest):
        raise InputError([f"{path}, {said}: expected a file of {kind}"])
    data = Path(path).read_bytes()
    try:
        return re.sub(r"\r\n?", "\n", data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        said = "found letters that are not UTF-8; expected a file saved as UTF-8"
        raise InputError([f"{path}, line {line}: {said}"]) from None


def read_marked_yaml(path: str | Path) -> Marked:
    """Read a YAML file, in which no key may stand twice.

    Raises
    ------
    InputError
        With file, line and cause, where it can't be read.
    """
    return mark_yaml(read_text(path, LARGEST, "YAML"), path)


def mark_yaml(text: str, path: str | Path) -> Marked:
    """Read the text of a YAML file; see `read_marked_yaml`."""
    try:
        node = parse_yaml(text)
        if node is None:
            return Marked(None, {}, [])
        content = _Loader("").construct_document(node)
        return Marked(content, lines_of_keys(node), [f"{path}, {told}" for told in misread(node)])
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        said = f", line {line}: found a control character ({error.character:#04x}); expected text"
    except yaml.MarkedYAMLError as error:
        told = f"{error.context} {error.problem}"
        found = next((w for p, w in FAULTS.items() if re.search(p, told)), error.problem)
        # Where a quotation mark or a bracket was opened: the place where it is missed may be far.
        opened = re.match(r"while (scanning a quoted|parsing a flow)", told)
        mark = error.context_mark if opened else error.problem_mark
        said = f", line {mark.line + 1}, column {mark.column + 1}: found {found}"
    raise InputError([f"{path}{said}"])


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file; see `read_marked_yaml`.

    Raises
    ------
    InputError
        With all plain scalars that are read as something else than they look, too.
    """
    marked = read_marked_yaml(path)
    if marked.misread:
        raise InputError(marked.misread)
    return marked.content


def read_frame(path: str, numbers: Collection[str]) -> pd.DataFrame:
    """Read a CSV file that the workflow wrote.

    Parameters
    ----------
    path
        UTF-8, comma, header.
    numbers
        The columns that hold numbers; all others are text. An empty cell is missing in both.
    """
    from pandas import read_csv

    frame = read_csv(path, dtype=object, keep_default_na=False, na_values=[""])
    frame = change_texts(frame, lambda t: t[1:] if t[0] == "'" and RUNS.match(t[1:]) else t)
    return frame.astype({c: "float64" for c in frame.columns if c in numbers})


def read_texts(path: str | Path) -> pd.DataFrame:
    """Read a CSV file all of whose cells are text, the empty ones too."""
    from pandas import read_csv

    return read_csv(path, dtype=str, keep_default_na=False)


def read_frames(paths: Iterable[str], numbers: Collection[str]) -> dict[str, pd.DataFrame]:
    """Read CSV files as `read_frame` does; name without suffix -> frame."""
    return {Path(path).stem: read_frame(path, numbers) for path in paths}


def change_texts(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return a frame each of whose texts is changed."""
    texts = frame.select_dtypes(exclude="number")
    found = {t for c in texts for t in texts[c].tolist() if isinstance(t, str) and t}
    changed = {text: new for text in found if (new := change(text)) != text}
    return frame.replace(changed) if changed else frame


def for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with a ' before each text that a spreadsheet would run, as before =1+1.

    A line in it ends with a line feed: a lone carriage return would end the row.
    """
    ended = partial(re.sub, r"\r\n?", "\n")
    return change_texts(frame, lambda t: "'" * bool(RUNS.match(ended(t))) + ended(t))


def stamps(paths: Iterable[str | Path]) -> dict[str, tuple]:
    """Return when files were last changed, and their sizes; those that are not there have none."""
    found = {}
    for path in paths:
        try:
            told = Path(path).stat()
        except OSError:
            continue
        found[str(path)] = (told.st_mtime_ns, told.st_size, told.st_ino)
    return found


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give where a file is written anew, beside it: that takes its place once it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def folder_whole(target: Path) -> Iterator[Path]:
    """Give a folder that is written anew: it takes the place of `target` once it is whole.

    Until then it lies where nobody looks for results. Wherever a run is killed, one of both stays.
    """
    aside = Path(".snakemake/unfinished", target.as_posix().replace("/", "-"))
    new, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))

    def settle() -> None:
        if old.exists() and not target.exists():  # killed between two moves
            old.rename(target)
        for left in (aside, new, old):
            shutil.rmtree(left, ignore_errors=True)

    settle()
    (folder := aside / target.name).mkdir(parents=True)
    try:
        yield folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, new)  # to another disk a copy, for which there may be no room
        if target.exists():
            target.rename(old)
        new.rename(target)
    finally:
        settle()


def write_frame(frame: pd.DataFrame, path: str) -> None:
    """Write `frame` as UTF-8 CSV with full precision; whole numbers carry no decimals.

    No text is one that a spreadsheet runs (`for_spreadsheets`); `read_frame` gives it as it was.
    """
    whole = {
        c: "Int64"
        for c in frame.select_dtypes("float")
        if frame[c].notna().any() and (frame[c].dropna() % 1 == 0).all()
    }
    for_spreadsheets(frame.astype(whole)).to_csv(
        path, index=False, lineterminator="\n", encoding="utf-8"
    )


def join_frames(paths: Iterable[str], path: str) -> None:
    """Write the rows of CSV files of the same columns, one below the other."""
    parts = [Path(part).read_text(encoding="utf-8").partition("\n") for part in paths]
    (head,) = {head for head, _, _ in parts}
    rows = [below for _, _, below in parts]
    Path(path).write_text("".join([f"{head}\n", *rows]), encoding="utf-8")


def write_frames(frames: dict[str, pd.DataFrame], paths: Iterable[str]) -> None:
    """Write each frame as `write_frame` does, to the path that bears its name."""
    for path in paths:
        write_frame(frames[Path(path).stem], path)
