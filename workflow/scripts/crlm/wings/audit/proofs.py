"""Give each printed number one verdict, from the other numbers and from what the solver proves."""

import pandas as pd

from crlm.wings.audit.consistency import P_NATURE
from crlm.wings.audit.constraints import COUNTED, MEASURED
from crlm.wings.audit.page import Page
from crlm.wings.audit.statements import judge_statements
from crlm.wings.audit.transcription import percent_of
from crlm.wings.audit.verdict import CHANCY, COARSE, Finding, Verdict, left_open, slipped

NAMED = (Verdict.MISPRINT, Verdict.TO_CHECK)
ACCUSED = (*NAMED, Verdict.CONTRADICTED)
FALLEN = (Verdict.DENIED, Verdict.SHOWN, Verdict.UNSETTLED)


def judge_by_proofs(found: dict, page: Page, statements, conflicts, corrections) -> dict:
    """Give each number the verdict of all that is known of it: id -> finding.

    Of each column that can't hold together, what explains all of it is at fault: a slip that was
    found by its undoing; else what the other numbers name; else the fewest numbers to give up.
    Where several ways explain as much, those are taken by which the fewest claims in words fall;
    what they share is at fault, and of the others it is said that one is. What was blamed beside
    it is relieved. A percentage that is cut off, or is what the others leave of 100 %, is at no
    fault.

    Parameters
    ----------
    found
        What the printed numbers say of each other (`values.judge_numbers`).
    page, statements
        The printed numbers, and the claims in words.
    conflicts, corrections
        As `consistency.find_conflicts` returns them.
    """
    settled = dict(found)
    shares = [c for c in page.cells if c.statistic == "percent"]
    # cut off, or the rest to 100 %
    near = {c.id for c in shares if found[c.id].verdict == Verdict.ROUNDED}
    for block, given_up in corrections.groupby("block", sort=False):
        column = [c for c in page.cells if page.source(c.variable) == block]
        ids = {c.id for c in column if in_solver(c, page)}
        rows = conflicts[[belongs(c, block, column) for c in conflicts.itertuples()]]
        proofs = [c for c in rows.itertuples() if not (c.truncation or near & {*c.cells.split()})]
        if not proofs:
            continue
        chosen, told = explanation_of(given_up, {i: found[i] for i in ids})
        by_claims = fewest_fall(chosen, page, statements)
        chosen = chosen[by_claims]
        blamed = {i: row for row in chosen.itertuples() for i in given_up_by(row)}
        rest = word_remedy(chosen, also="" if all(by_claims) else ", the claims in words too,")
        remedy = f"All {rest}"
        shared = set.intersection(*(given_up_by(row) for row in chosen.itertuples()))
        one_of = f"{proof_of(chosen.iloc[0], proofs)} One of these is wrong: all {rest}"
        for i, row in blamed.items():
            kept = NAMED if row.slip and i not in row.rest.split() else ACCUSED
            if i in near:
                continue
            if i not in shared:
                settled[i] = Finding(Verdict.ONE_OF, "", one_of)
            elif not told and found[i].verdict not in kept:
                settled[i] = accuse(i, row, found[i], f"{proof_of(row, proofs)} {remedy}")
        # where there are other ways, or percentages are cut off, others may be given up as well
        single = int(chosen["values"].iloc[0]) == 1
        cut = any(c.truncation and int(c.size) == 1 for c in rows.itertuples())
        sure = ((single or len(chosen) == 1) and not cut) or bool(chosen["slip"].iloc[0])
        for cell in column:
            finding = found[cell.id]
            if cell.id in blamed or finding.verdict not in ACCUSED or cell.printed_as:
                continue
            if not sure or (finding.misprint in COARSE and not single):
                continue
            if cell.id in ids:
                settled[cell.id] = Finding(Verdict.REPRODUCED, cell.text, f"It holds. {remedy}")
            elif counts_under(cell, column) & {*blamed}:
                why = "Only the counts under it could check it, and these are at fault."
                settled[cell.id] = left_open(f"{why} {remedy}")
    return settled


def fewest_fall(chosen: pd.DataFrame, page: Page, statements) -> list[bool]:
    """Tell which corrections let the fewest claims in words fall.

    What a correction gives up is read as it was meant, or left out where that is not told.
    """
    falling = []
    for row in chosen.itertuples():
        texts = dict.fromkeys(given_up_by(row))
        texts |= {
            i: t for i, t in zip(row.cells.split(), row.meant.split(), strict=False) if t != "?"
        }
        claims = judge_statements(statements, page.with_texts(texts), page.plan.alpha).values()
        falling.append(sum(claim.verdict in FALLEN for claim in claims))
    return [n == min(falling) for n in falling]


def given_up_by(row) -> set[str]:
    """Return the ids that a correction gives up."""
    return {*row.cells.split(), *row.rest.split()}


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


def explanation_of(given_up: pd.DataFrame, found: dict):
    """Return the corrections that tell what is at fault, and whether the other numbers tell it.

    These do where they name all that one of the fewest corrections gives up. A single slip explains
    more than what they name of it, or in each conflict. Of corrections that give up as much, those
    are taken that give up most of what is named. What near numbers fit by chance decides nothing
    where giving up one number explains as much.
    """
    accused = {i for i, finding in found.items() if finding.verdict in ACCUSED}
    named = {i for i in accused if found[i].verdict in NAMED}
    by_chance = {i for i in named if found[i].misprint in CHANCY}
    share = pd.Series(
        [len((named - by_chance) & given_up_by(row)) for row in given_up.itertuples()]
    )
    best = given_up[share.to_numpy() == share.max()]
    slips, fewest = best[best["slip"] != ""], given_up[given_up["slip"] == ""]
    slips = slips if len(slips) else given_up[given_up["slip"] != ""]
    chancy, alone = slips["slip"].isin(CHANCY).all(), fewest[fewest["values"] == 1]
    by_others = fewest[[{*cells.split()} <= accused for cells in fewest["cells"]]]
    part = by_others[[bool({*cells.split()} & (named - by_chance)) for cells in by_others["cells"]]]
    if len(part) and (slips.empty or (chancy and len(alone))):
        return part, True
    if slips.empty:
        return best, False
    undone = set.union(*(given_up_by(row) for row in slips.itertuples()))
    others = [{*cells.split()} - undone for cells in alone["cells"]]
    rivals = alone[[bool(ids if chancy else ids & by_chance) for ids in others]]
    return pd.concat([slips, rivals]), False


def counts_under(cell, column: list) -> set[str]:
    """Return the counts from which a p-value, or a share of all patients, can be computed."""
    what, every = (cell.variable, "n"), cell.kind == "p_value"
    own = [c for c in column if (c.variable, c.statistic) == what]
    return {c.id for c in own if every or (cell.kind == "percent" and c.level == cell.level)}


def word_remedy(chosen: pd.DataFrame, also: str) -> str:
    """Say, behind an "all", what would let all other numbers hold, and what `also` names."""
    ways = [
        f"with {f'a slip undone ({row.slip}): ' if row.slip else ''}{row.instead}"
        for row in chosen.itertuples()
    ]
    return f"else{also} holds {'; or '.join(ways)}."


def proof_of(row, proofs: list) -> str:
    """Return the shortest arithmetic that what is given up breaks."""
    ids = {*row.cells.split()}
    broken = [c for c in proofs if ids & {*f"{c.cells} {c.repeats}".split()}]
    shortest = min(broken, key=lambda c: (c.set != c.leader, int(c.size)), default=None)
    return shortest.explanation if shortest else ""


def accuse(name: str, row, before: Finding, explanation: str) -> Finding:
    """Return the finding of a number at fault."""
    if not row.slip or name in row.rest.split():
        return Finding(Verdict.CONTRADICTED, before.recomputed, explanation)
    meant = dict(zip(row.cells.split(), row.meant.split(), strict=True))[name].replace("?", "")
    return slipped(row.slip, meant, explanation, meant)
