"""All verdicts of a paper, and its page."""

from collections import Counter
from pathlib import Path

import pandas as pd

from crlm.wings.audit.judging import AUDIT
from crlm.wings.audit.papers.checks import NAMES, Check, Fault, blame, find_faults, verdict_of
from crlm.wings.audit.papers.counts import check_counts
from crlm.wings.audit.papers.effects import check_effects
from crlm.wings.audit.papers.means import check_means
from crlm.wings.audit.papers.measures import check_measures
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.papers.prose import check_text
from crlm.wings.audit.papers.reading import Grid, Paper, read_paper
from crlm.wings.audit.report import LOOKS
from crlm.wings.audit.verdict import HELD, OF_NUMBERS, WRONG, Finding, Verdict, why_harmless

ALPHA = 0.05  # the level at which nearly all papers call a difference significant


def check_paper(paper: Paper) -> list[Check]:
    """Return all checks of a paper's numbers."""
    checks = []
    for table in paper.tables:
        for check_all in (check_counts, check_measures, check_means):
            checks += check_all(table, paper)
        held = [check for check in checks if check.verdict == Verdict.REPRODUCED]
        given = {check.cells[0].id for check in held if len(check.cells) == 1}
        checks += [check for row in table.rows for check in check_effects(row, table, given)]
    return [*checks, *check_text(paper)]


def crosses(cell: Printed, finding: Finding) -> bool:
    """Tell whether a p-value that is at fault lies on the other side of 0.05 than it should."""
    if cell.statistic != "p" or finding.verdict not in WRONG:
        return False
    meant = finding.recomputed
    return bool(meant) and (float(cell.text) < ALPHA or cell.sign == "<") != (float(meant) < ALPHA)


def weight_of(cell: Printed, finding: Finding) -> str:
    """Say whether what is found of a number changes what is significant, and why not."""
    if crosses(cell, finding):
        return f"yes: p is {finding.recomputed}, on the other side of {ALPHA}"
    return why_harmless(finding.verdict) or "no: no p-value changes its side of 0.05 by it"


def audit_folder(folder: Path, schema: dict) -> tuple[pd.DataFrame, dict]:
    """Audit the paper of a folder by its own numbers.

    Parameters
    ----------
    folder
        With tables (CSV, Markdown), text (Markdown, plain) and `paper.yaml`.
    schema
        Of `paper.yaml`.

    Returns
    -------
    audit
        A row for each number, in the columns of `judging.AUDIT`.
    page
        What `workflow/pages/audit_other_paper.html.j2` speaks of.

    Raises
    ------
    InputError
        Where `paper.yaml` waits for a decision, or does not fit the tables.
    """
    paper = read_paper(folder, schema)
    checks = check_paper(paper)
    faults = find_faults(checks)
    cells = {cell.id: cell for cell in paper.cells()}
    by_cell: dict[str, list[Check]] = {}
    for check in checks:
        for cell in check.cells:
            cells.setdefault(cell.id, cell)
            by_cell.setdefault(cell.id, []).append(check)
    found = {name: verdict_of(cell, by_cell.get(name, []), faults) for name, cell in cells.items()}
    rows = []
    for name, cell in cells.items():
        finding, what = found[name], (cell.file, cell.statistic, cell.label, cell.group, "")
        head = name, cell.place, cell.shown, finding.recomputed, finding.verdict
        rows.append((*head, finding.explanation, *what, *finding[3:], weight_of(cell, finding)))
    audit = pd.DataFrame(rows, columns=AUDIT)
    return audit, describe(paper, checks, faults, cells, found)


def describe(paper: Paper, checks: list[Check], faults: list[Fault], cells, found) -> dict:
    """Gather what the page says: faults by weight, doubts, what was not read, the tables."""
    counts = Counter(finding.verdict for finding in found.values())
    told = [tell_fault(fault) for fault in faults]
    told.sort(key=lambda fault: (not fault["crosses"], -fault["checks"]))
    by_row: dict[str, list[dict]] = {}
    for fault in told:
        by_row.setdefault(fault["row"], []).append(fault)
    doubts = {check.words: check.cells[0].place for check in checks if check.asks}
    return {
        "title": paper.settings["title"],
        "looks": {verdict: LOOKS[verdict]._asdict() for verdict in OF_NUMBERS if counts[verdict]},
        "numbers": len(found),
        "counts": counts,
        "hold": sum(counts[verdict] for verdict in HELD),
        "checks": sum(check.verdict not in WRONG for check in checks),
        "faults": told,
        "by_row": by_row,
        "doubts": [{"place": place, "words": words} for words, place in doubts.items()],
        "unread": [problem._asdict() for problem in paper.unread],
        "tables": [lay_out(grid, cells, found) for grid in paper.grids],
        "text": tell_text(cells, found),
    }


def tell_text(cells: dict[str, Printed], found: dict[str, Finding]) -> list[dict]:
    """List the numbers of the text: where they stand, and each with its verdict."""
    places: dict[str, dict] = {}
    for name, cell in cells.items():
        if not cell.column and not cell.group:
            own = places.setdefault(cell.label, {"place": cell.label, "numbers": [], "words": {}})
            own["numbers"].append((cell.shown, LOOKS[found[name].verdict]._asdict()))
            own["words"][found[name].explanation] = None
    return [*places.values()]


def tell_fault(fault: Fault) -> dict:
    """Say of a fault where it is, what is printed, and why it can't be right."""
    findings = [blame(cell, fault) for cell in fault.cells]
    first = findings[0]
    printed = [f"{NAMES.get(c.statistic, c.statistic)} {c.shown}" for c in fault.cells]
    return {
        "row": "; ".join(dict.fromkeys(f"{c.file}: {c.label}" for c in fault.cells)),
        "place": "; ".join(dict.fromkeys(filter(None, (c.group for c in fault.cells)))),
        "printed": ", ".join(printed),
        "look": LOOKS[first.verdict]._asdict(),
        "verdict": first.verdict,
        "slip": first.misprint,
        "intended": first.intended,
        "words": first.explanation[:1].upper() + first.explanation[1:],
        "crosses": any(crosses(c, f) for c, f in zip(fault.cells, findings, strict=True)),
        "checks": len(fault.checks),
    }


def lay_out(grid: Grid, cells: dict, found: dict) -> dict:
    """Return a table as printed: of each cell its text, and the gravest verdict on its numbers."""
    own: dict[tuple[int, str], list[Finding]] = {}
    for name, cell in cells.items():
        if cell.file == grid.file and (cell.raw or cell.statistic != "n"):
            own.setdefault((cell.row, name.split("_")[-2]), []).append(found[name])
    gravity = [*WRONG, *OF_NUMBERS]
    rows = []
    for line, texts in grid.rows:
        shown = []
        for i, text in enumerate(texts, start=1):
            findings = sorted(own.get((line, str(i)), []), key=lambda f: gravity.index(f.verdict))
            shown.append((text, LOOKS[findings[0].verdict]._asdict() if findings else None,
                          " ".join(dict.fromkeys(f.explanation for f in findings))))  # fmt: skip
        rows.append(shown)
    return {"file": grid.file, "heads": grid.heads, "rows": rows}
