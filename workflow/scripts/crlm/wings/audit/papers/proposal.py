"""Draft `paper.yaml` from the tables of a folder, with what it guesses marked."""

import json
import re
import sys
from pathlib import Path

from crlm.base.files import written_whole
from crlm.base.problems import InputError, whose_fault
from crlm.wings.audit.papers.printed import is_empty, shape_of
from crlm.wings.audit.papers.reading import SETTINGS, Grid, read_grids

SIZE = re.compile(r"[,(\[]?\s*\bn\s*=\s*([\d,]+)\s*[)\]]?", re.IGNORECASE)
HEADS = {
    "p": r"p\b.*|sig\..*|.*\bp[- ]values?\b.*", "t": r"t\b.*", "F": r"F\b.*", "z": r"z\b.*",
    "chi2": r"(?:χ|chi).*",
    "ratio": r".*\b(?:[aA]?OR|[aA]?HR|RR|[Oo]dds|[Hh]azard|[Rr]isk ratio)\b.*",
    "difference": r".*\bdifference\b.*", "total": r"(?:all|total|overall|whole)\b.*",
}  # fmt: skip
LABELS = {
    "count": r"\bn ?\(%\)|\bno\.? ?\(%\)|\(%\)$|, ?n$", "median_range": r"median.*range",
    "median_iqr": r"\bmedian|\biqr\b|quartile", "mean_se": r"\bsem?\b",
    "mean_sd": r"\bmean|±|\bsd\b",
}  # fmt: skip
SHAPES = {"#±#": "mean_sd", "#(#%)": "count", "#(#–#)": "median_iqr", "#/#": "count",
          "#%": "percent", "#/#(#%)": "count", "#": "count"}  # fmt: skip
WHOLE = re.compile(r"\bage\b|\bnumber\b|\bscore\b|\bdays\b|\byears\b|\bcycles\b", re.IGNORECASE)
DRAFT = """# yaml-language-server: $schema=../../../workflow/schemas/paper.schema.yaml
# Drafted from the tables. What a person has to decide bears a mark: # and a word in capitals. Put
# the value right where it is wrong, and delete the mark; the audit stops as long as one is left.
title: ""          # TODO: author, title, journal, year
complete: true     # GUESS: is everybody known in each row that has no n of its own? true or false
tests:
  counts: {counts}    # GUESS: by the words of the text: independence or unknown
  means: {means}      # GUESS: by the words of the text: t or unknown
tables:
"""


def kind_of_head(head: str) -> str:
    """Return what a column seems to hold."""
    bare, sized = re.sub(r"[*_]", "", SIZE.sub("", head)).strip(), SIZE.search(head)
    for kind, pattern in HEADS.items():
        any_case = re.I if kind in ("p", "total", "chi2", "difference") else 0
        if (kind == "total" or not sized) and re.fullmatch(pattern, bare, any_case):
            return kind
    return "group"


def kind_of_row(label: str, cells: list[str]) -> tuple[str, str]:
    """Return what a row seems to hold, and why that is a guess; nothing if it is none."""
    shapes = {shape_of(cell)[0] for cell in cells if not is_empty(cell)}
    if not shapes:
        return "heading", ""
    told = next((kind for kind, p in LABELS.items() if re.search(p, label, re.I)), "")
    shape = next((SHAPES[s] for s in sorted(shapes) if s in SHAPES), "")
    if told:
        return told, ""
    if "#(#)" in shapes:
        whole = not any("." in shape_of(cell)[1][0] for cell in cells if shape_of(cell)[1])
        return ("count", "count (%) or mean (SD)") if whole else ("mean_sd", "mean (SD) or else")
    if shape == "median_iqr":
        return shape, "median (quartiles), median (range) or mean (range)"
    return (shape or "skip"), "" if shape in ("mean_sd", "count", "percent") else "not known"


def draft_table(grid: Grid) -> list[str]:
    """Draft the lines of a table."""
    columns, groups = [f"      - {{head: {text_of(grid.heads[0])}, is: label}}"], []
    for i, head in enumerate(grid.heads[1:], start=1):
        kind, size = kind_of_head(head), SIZE.search(head)
        own = f"head: {text_of(head)}, is: {kind}"
        if kind in ("group", "total"):
            groups.append(i)
            n = size[1].replace(",", "") if size else "null"
            group = SIZE.sub("", head).strip(" ,*") or f"column {i + 1}"
            own += f", group: {text_of(group)}, n: {n}"
        lacks = kind in ("group", "total") and not size
        guess = "   # GUESS: a group, n not printed" if lacks else ""
        columns.append(f"      - {{{own}}}{guess}")
    rows, blocks, above = [], {}, ""
    for line, cells in grid.rows:
        label, own = " ".join(cells[0].split()), [cells[i] for i in groups]
        kind, guess = kind_of_row(f"{above if cells[0][:1] in ' –-' else ''} {label}", own)
        entry = f"row: {line}, label: {text_of(label)}, is: {kind}"
        if kind == "heading":
            above = label
        elif above and re.match(r"[\s\u00a0–-]", cells[0]):
            entry += f", of: {text_of(above)}"
            blocks.setdefault(above, []).append(own)
        else:
            above = ""
        if kind.startswith("mean") and WHOLE.search(label):
            entry, guess = f"{entry}, step: 1", "recorded in whole numbers?"
        rows.append(f"      - {{{entry}}}" + (f"   # GUESS: {guess}" if guess else ""))
    sizes = [SIZE.search(grid.heads[i]) for i in groups]
    whole = [b for b, own in blocks.items() if own and all(
        size and adds_up([c[i] for c in own], int(size[1].replace(",", "")))
        for i, size in enumerate(sizes))]  # fmt: skip
    others = [block for block in blocks if block not in whole]
    guess = f"   # GUESS: not {', '.join(others)}, which do not add up" if others else ""
    add_up = f"    add_up: [{', '.join(map(text_of, whole))}]{guess}"
    return [f"  {text_of(grid.file)}:", "    percent_of: column", add_up, "    columns:", *columns,
            "    rows:" if rows else "    rows: []", *rows]  # fmt: skip


def adds_up(cells: list[str], size: int) -> bool:
    """Tell whether some cells add up to a size, or their percentages to 100."""
    numbers = [shape_of(cell)[1] for cell in cells]
    if not all(n and n[0].isdigit() for n in numbers):
        return False
    percents = [float(n[1]) for n in numbers if len(n) == 2]
    whole = len(percents) == len(cells) and abs(sum(percents) - 100) <= 1
    return sum(int(n[0]) for n in numbers) == size or whole


def text_of(text: str) -> str:
    """Write a text as YAML does in quotation marks."""
    return json.dumps(text, ensure_ascii=False)


def draft_paper(folder: Path) -> list[str]:
    """Write a draft of `paper.yaml` into a folder that has none; return what to tell.

    Raises
    ------
    InputError
        Where the folder is missing or holds no table.
    """
    place = folder / SETTINGS
    if place.exists():
        return []
    grids, text = read_grids(folder) if folder.is_dir() else ([], [])
    if not grids:
        raise InputError([f"{folder}: found no table; expected CSV or Markdown files with tables"])
    words = " ".join(line for *_, line in text).lower()
    counts = "independence" if re.search(r"chi|χ|fisher", words) else "unknown"
    t, rank = (re.search(p, words) for p in (r"\bt[- ]test|anova|analysis of variance",
                                             r"mann|wilcoxon|kruskal|rank|paired"))  # fmt: skip
    head = DRAFT.format(counts=counts, means="t" if t and not rank else "unknown")
    lines = [line for grid in grids for line in draft_table(grid)]
    with written_whole(place) as part:
        part.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return [f"{place} was drafted; it says what rows and columns of {len(grids)} table(s) hold.",
            f"Next: decide each GUESS and TODO in it; make audit PAPER={folder.name}"]  # fmt: skip


def main(name: str) -> None:
    """Draft the `paper.yaml` of data/published/<name>, where there is none; 1 if it was drafted."""
    if not re.fullmatch(r"[\w-]+", name):
        sys.exit(f"found {name!r} as the name of a paper; expected letters, digits, _ and -")
    try:
        if told := draft_paper(Path("data/published") / name):
            sys.exit("\n".join(told))
    except InputError as error:
        sys.exit("\n".join(map(str, error.problems)))
    except OSError as error:
        sys.exit(whose_fault(f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
