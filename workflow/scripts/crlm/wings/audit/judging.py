"""Audit a printed paper: a verdict on each of its numbers and of its claims in words."""

import pandas as pd

from crlm.plan.analysis import Plan
from crlm.wings.audit.evidence import proven_p
from crlm.wings.audit.omissions import find_omissions
from crlm.wings.audit.page import Page, name_place
from crlm.wings.audit.proofs import ACCUSED, FALLEN, judge_by_proofs
from crlm.wings.audit.shares import mend_counts
from crlm.wings.audit.statements import judge_statements
from crlm.wings.audit.values import judge_numbers
from crlm.wings.audit.verdict import Finding, Verdict, why_harmless

AUDIT = [
    "id", "place", "printed", "recomputed", "verdict", "explanation", "section", "kind", "counts",
    "of", "key", "misprint", "intended", "changes_conclusion",
]  # fmt: skip
FAULTS = (*ACCUSED, *FALLEN)
OF_SHARES = ("majority", "most_common", "rate")  # claims that a printed share is the ground of


def audit_paper(cells, statements, plan: Plan, ranges=None, steps=None, proofs=None):
    """Judge a paper by its own numbers.

    Parameters
    ----------
    cells
        All numbers, of tables and text (data/published/tables.csv and text.csv), all as text.
    statements
        Claims in words (data/published/statements.csv), all as text.
    plan
        Its alpha, variables, groups and tables are asked.
    ranges
        What is proven of the tests of all patients that fit the print (`evidence.proven_p`).
    steps
        Column -> step in which its numbers are recorded, in its own unit.
    proofs
        `conflicts` and `corrections` of the same cells (`consistency.find_conflicts`), if known.

    Returns
    -------
    audit
        A row for each number and each statement, in the order of the inputs: id, place, printed,
        recomputed, verdict, explanation, section, kind, counts, of, key, misprint (what kind of
        slip), intended, changes_conclusion (yes or no, and why).
    omissions
        What the paper should have said: id, kind, variable, found, explanation.
    """
    page = mend_counts(Page(cells, plan))
    page.proven, page.steps = proven_p(ranges), steps or {}
    numbers = judge_numbers(page)
    numbers = judge_by_proofs(numbers, page, statements, *proofs) if proofs else numbers
    claims = judge_claims(statements, page, numbers)
    stated = list(statements.itertuples())
    rows = [number_row(cell, numbers[cell.id], stated, claims, page) for cell in page.cells]
    rows += [statement_row(row, stated, claims) for row in stated]
    announced = {row.id: (row.words, claims[row.id]) for row in stated if row.claim == "announced"}
    omissions = find_omissions(page, plan.alpha, announced)
    return pd.DataFrame(rows, columns=AUDIT), omissions


def judge_claims(statements, page: Page, numbers: dict[str, Finding]) -> dict[str, Finding]:
    """Judge claims by the numbers as printed; none is blamed for a number that is at fault.

    What falls as printed, and is carried at least in part with the numbers mended, is judged by
    these.
    """
    alpha = page.plan.alpha
    claims = judge_statements(statements, page, alpha)
    for name, found in judge_statements(statements, page.mended(numbers), alpha).items():
        if claims[name].verdict in FAULTS and found.verdict in (Verdict.CARRIED, Verdict.MIXED):
            told = f"With the numbers at fault mended or left out: {found.explanation}"
            claims[name] = found._replace(explanation=told)
    return claims


def number_row(cell, finding: Finding, stated: list, claims: dict, page: Page) -> tuple:
    """Return the row of a number, in the order of `AUDIT`."""
    place = cell.place if cell.table == "text" else f"{name_place(cell)}: {cell.place}"
    what = cell.section, cell.kind, cell.counts, cell.of, cell.key
    weight = weigh_number(cell, finding, stated, claims, page)
    head = cell.id, place, cell.words or cell.text, finding.recomputed, finding.verdict
    return (*head, finding.explanation, *what, *finding[3:], weight)


def statement_row(row, stated: list, claims: dict) -> tuple:
    """Return the row of a statement, in the order of `AUDIT`."""
    finding, weight = claims[row.id], weigh_statement(row, claims, stated)
    what = row.section, "statement", row.needs, "", ""
    head = row.id, row.place, row.words, finding.recomputed, finding.verdict
    return (*head, finding.explanation, *what, *finding[3:], weight)


def weigh_number(cell, finding: Finding, stated: list, claims: dict, page: Page) -> str:
    """Tell whether a fault of a number changes a conclusion: one that rests on it, and fails."""
    if why := why_harmless(finding.verdict):
        return why
    if cell.printed_as:
        return "no: the number is right, its label is not"
    alpha = page.plan.alpha
    if cell.kind == "p_value" and (float(cell.text) < alpha) is not (
        float(finding.recomputed) < alpha
    ):
        return f"yes: p is {finding.recomputed}, on the other side of {alpha}"
    what = page.quantity(cell)[:2]
    for row in stated:
        same = page.source(row.variable), page.extent(row.variable, row.level)
        if (
            cell.kind in ("count", "percent")
            and row.claim in OF_SHARES
            and (row.section, same) == (cell.section, what)
            and claims[row.id].verdict == Verdict.DENIED  # the right number turns it
        ):
            concludes = weigh_statement(row, claims, stated).startswith("yes")
            rests = f"“{row.words}” rests on it, and does not hold"
            return f"yes: {rests}" if concludes else f"no: {rests}, but is no conclusion"
    return "no: no statement falls with it"


def is_conclusion(section: str, place: str) -> bool:
    """Tell whether a statement stands in the conclusion, or in that of the abstract."""
    return section == "conclusion" or (section == "abstract" and "conclusion" in place.lower())


def weigh_statement(row, claims: dict, stated: list) -> str:
    """Tell whether a statement is one of the paper's conclusions, and not carried."""
    verdict = claims[row.id].verdict
    if verdict == Verdict.CARRIED:
        return "no: it holds"
    if row.claim in ("announced", "tested"):
        return "no: it announces, it does not conclude"
    for other in (s for s in stated if is_conclusion(s.section, s.place)):
        same = (other.variable, other.claim) == (row.variable, row.claim)
        same &= bool(row.variable) or other.words == row.words
        if same and claims[other.id].verdict != Verdict.CARRIED:
            found = claims[other.id].verdict
            return f"{'yes' if found in FALLEN else 'no'}: the conclusion says so ({found})"
    return "no: no conclusion says so"
