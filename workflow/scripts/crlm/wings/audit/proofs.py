"""Give each printed number one verdict, from the other numbers and from what the solver proves."""

import pandas as pd

from crlm.plan.variables import percent_of
from crlm.wings.audit.consistency import P_NATURE
from crlm.wings.audit.constraints import COUNTED, MEASURED
from crlm.wings.audit.page import Page
from crlm.wings.audit.slips import MEANING
from crlm.wings.audit.verdict import (
    CONTRADICTED,
    MISPRINT,
    OPEN,
    REPRODUCED,
    ROUNDED,
    TO_CHECK,
    Finding,
    slipped,
)

NAMED, ACCUSED = (MISPRINT, TO_CHECK), (MISPRINT, TO_CHECK, CONTRADICTED)


def settle(found: dict, page: Page, conflicts: pd.DataFrame, corrections: pd.DataFrame) -> dict:
    """Give each number the verdict of all that is known of it: id -> finding.

    Of each column that can't hold together, what explains all of it is at fault: a slip that was
    found by its undoing; else what the other numbers name; else each of the fewest numbers to give
    up. What was blamed beside it is relieved. A percentage that is cut off, or is what the others
    leave of 100 %, is at no fault.

    Parameters
    ----------
    found
        What the printed numbers say of each other (`values.judge_numbers`).
    page
        The printed numbers.
    conflicts, corrections
        As `consistency.find_conflicts` returns them.
    """
    settled = dict(found)
    for block, given_up in corrections.groupby("block", sort=False):
        column = [c for c in page.cells if page.source(c.variable) == block]
        ids = {c.id for c in column if in_solver(c, page)}
        rows = conflicts[[belongs(c, block, column) for c in conflicts.itertuples()]]
        proofs = [c for c in rows.itertuples() if not excused(c, found, page)]
        chosen = explanation_of(given_up, proofs, {i: found[i].verdict for i in ids})
        if not proofs or chosen.empty:
            continue
        slip = bool(chosen["slip"].iloc[0])
        blamed = {
            i: row for row in chosen.itertuples() for i in (*row.cells.split(), *row.rest.split())
        }
        remedy = word_remedy(chosen)
        for i, row in blamed.items():
            kept = NAMED if slip and i not in row.rest.split() else ACCUSED
            if found[i].verdict not in kept:
                settled[i] = accuse(i, row, found[i], f"{proof_of(row, proofs)} {remedy}")
        if not slip and (int(chosen["values"].iloc[0]) > 1 or (rows["truncation"] != "").any()):
            continue  # other numbers may be given up as well
        for cell in column:
            finding = found[cell.id]
            if cell.id in blamed or finding.verdict not in ACCUSED or cell.printed_as:
                continue
            if cell.id in ids:
                settled[cell.id] = Finding(REPRODUCED, cell.text, f"It holds. {remedy}")
            elif cell.kind == "p_value" and counts_under(cell, column) & {*blamed}:
                told = "Only the counts under it could check it, and these are at fault."
                settled[cell.id] = Finding(OPEN, "", f"{told} {remedy}")
    return settled


def in_solver(cell, page: Page) -> bool:
    """Tell whether the solver looks at a cell: not at p-values, nor at shares of all patients."""
    share = cell.statistic == "percent" and percent_of(cell, page.plan) == "all"
    return cell.statistic in (*COUNTED, *MEASURED) and not share


def belongs(conflict, block: str, column: list) -> bool:
    """Tell whether a conflict is one of a column, or of a p-value of its counts."""
    first, *_ = conflict.cells.split()
    return conflict.block == block or (
        conflict.nature == P_NATURE and first in {c.id for c in column}
    )


def excused(conflict, found: dict, page: Page) -> bool:
    """Tell whether a conflict comes from percentages that are cut off or complete 100 %."""
    shares = {c.id for c in page.cells if c.statistic == "percent"}
    near = (found[i].verdict == ROUNDED for i in {*conflict.cells.split()} & shares)
    return conflict.truncation != "" or any(near)


def explanation_of(given_up: pd.DataFrame, proofs: list, verdicts: dict) -> pd.DataFrame:
    """Return the corrections that tell what is at fault; none where the other numbers do.

    These do where they name all that one of the fewest corrections gives up. A single slip explains
    more than what they name of it, or in each conflict.
    """
    slips, fewest = given_up[given_up["slip"] != ""], given_up[given_up["slip"] == ""]
    named = {i for i, verdict in verdicts.items() if verdict in NAMED}
    accused = {i for i, verdict in verdicts.items() if verdict in ACCUSED}
    told = [{*c.split()} for c in fewest["cells"] if {*c.split()} <= accused]
    if any(cells <= named for cells in told):
        return fewest[:0]
    if len(slips):
        return slips
    if any(cells & named for cells in told):
        return fewest[:0]
    sets = [{*f"{c.cells} {c.repeats}".split()} for c in proofs if c.nature != P_NATURE]
    return fewest[:0] if all(named & ids for ids in sets) else fewest


def counts_under(p_cell, column: list) -> set[str]:
    """Return the counts from which a p-value can be computed."""
    what = p_cell.variable, "n"
    return {c.id for c in column if (c.variable, c.statistic) == what}


def word_remedy(chosen: pd.DataFrame) -> str:
    """Say what would let all other numbers hold."""
    ways = [
        f"{'if ' + MEANING[row.slip] + ': ' if row.slip else 'with '}{row.instead}"
        for row in chosen.itertuples()
    ]
    return f"All else holds {'; or '.join(ways)}."


def proof_of(row, proofs: list) -> str:
    """Return the shortest arithmetic that what is given up breaks."""
    ids = {*row.cells.split()}
    broken = [c for c in proofs if ids & {*f"{c.cells} {c.repeats}".split()}]
    shortest = min(broken, key=lambda c: (c.set != c.leader, int(c.size)), default=None)
    return shortest.explanation if shortest else ""


def accuse(name: str, row, before: Finding, explanation: str) -> Finding:
    """Return the finding of a number at fault."""
    if not row.slip or name in row.rest.split():
        return Finding(CONTRADICTED, before.recomputed, explanation)
    meant = dict(zip(row.cells.split(), row.meant.split(), strict=True))[name].replace("?", "")
    return slipped(row.slip, meant, explanation, meant)
