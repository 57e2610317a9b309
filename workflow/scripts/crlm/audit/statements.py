"""Judge what a paper says in words by the numbers that it prints beside them.

Which sentence claims what is read by a person and is data (`claim`); whether its condition holds is
computed here.
"""

from crlm.audit.page import Page, show
from crlm.audit.verdict import CONTRADICTED, OPEN, REPRODUCED, UNSUPPORTED, Finding
from crlm.base.formats import p_number
from crlm.statistics.association import choose_test, compare_counts, risk_difference

NOT_PRINTED = Finding(OPEN, "", "The counts are not printed.")
CORRELATIONS = ("rho", "tau", "r")


def judge_statements(rows, page: Page, alpha: float) -> dict[str, Finding]:
    """Judge statements: id -> finding.

    Parameters
    ----------
    rows : pandas.DataFrame
        id, variable, level, against, group, claim (a key of `CLAIMS`), p, needs, note; all as text.
    page
        The printed numbers.
    alpha
        The paper's level of significance.
    """
    return {row.id: CLAIMS[row.claim](row, page, alpha) for row in rows.itertuples()}


def p_of(variable: str, page: Page) -> tuple[float, str] | None:
    """Return the p-value of a comparison: as printed in a table, else from the printed counts."""
    for cell in page.cells:
        if cell.kind == "p_value" and cell.table != "text" and cell.variable == variable:
            return float(cell.text), f"p = {cell.text}"
    if (table := page.table(variable)) is None:
        return None
    p, words = p_of_counts(table)
    return p, f"no p is printed, the counts give {words}"


def p_of_counts(table) -> tuple[float, str]:
    """Return the p-value of counts by the test that their size asks for, and both in words."""
    test, _ = choose_test(table)
    p = compare_counts(table, test).p_value
    number = p_number(p, 3 if p >= 0.01 else 4)
    number = number if number[0] in "<>" else f"= {number}"
    return p, f"p {number} ({test.replace('_', ' ')})"


def responding(variable: str, levels: list[str], page: Page) -> tuple:
    """Return how many patients of some levels are in the first group, and how many there are."""
    parts = [[page.number(variable, level, group) for group in page.groups] for level in levels]
    if any(n is None for part in parts for n in part):
        return None, None
    return sum(part[0] for part in parts), sum(map(sum, parts))


def share(n, of) -> str:
    """Write a share: count, whole and percentage."""
    return f"{n} of {of} ({show(100 * n / of, 1)} %)"


def weigh(above: bool, p: tuple[float, str], alpha: float, shares: str) -> Finding:
    """Judge a difference by its direction, then by its p-value."""
    value, words = p
    if not above:
        return Finding(CONTRADICTED, words, f"The counts say the reverse: {shares}; {words}.")
    if value < alpha:
        return Finding(REPRODUCED, words, f"{shares}; {words}, below {alpha}.")
    return Finding(
        UNSUPPORTED,
        words,
        f"{shares}, but {words}, not below {alpha}: such a difference arises by chance too.",
    )


def judge_difference(row, page: Page, alpha: float) -> Finding:
    """More responders in the levels named than in the others, and significantly so."""
    named = row.level.split("+")
    others = [level for level in page.levels(row.variable) if level not in named]
    others = row.against.split("+") if row.against else others
    (n, of), (m, other) = (responding(row.variable, levels, page) for levels in (named, others))
    p = p_of(row.variable, page)
    if n is None or m is None or p is None or not of or not other:
        return NOT_PRINTED
    if len(page.levels(row.variable)) > 2:  # the printed p is that of all levels
        pair, words = p_of_counts([[n, of - n], [m, other - m]])
        p = pair, f"{p[1]} for all levels, {words} for these two"
    group, rest = page.group_label(page.groups[0]), page.label(row.variable, "+".join(others))
    words = (
        f"{page.label(row.variable)}: {group} in {share(n, of)} with "
        f"{page.label(row.variable, row.level)}, {share(m, other)} with {rest}"
    )
    return weigh(n / of > m / other, p, alpha, words)


def judge_rate(row, page: Page, alpha: float) -> Finding:
    """A higher share of the level in the group named than in the other, and significantly so."""
    rates = rates_of(row, page)
    p = p_of(row.variable, page)
    if rates is None or p is None:
        return NOT_PRINTED
    (n, of), (m, other) = rates
    names = page.group_label(row.group), "the others"
    words = (
        f"{page.label(row.variable)}: {share(n, of)} of {names[0]}, {share(m, other)} of {names[1]}"
    )
    return weigh(n / of > m / other, p, alpha, words)


def rates_of(row, page: Page) -> list[tuple] | None:
    """Return how many have a level, of how many, in the group named and in the other."""
    groups = [row.group, *(g for g in page.groups if g != row.group)][:2]
    of = row.variable, row.level
    rates = [(page.number(*of, g), page.known(row.variable, g)) for g in groups]
    return rates if all(n is not None and of for n, of in rates) else None


def judge_no_effect(row, page: Page, alpha: float) -> Finding:
    """No difference shown, and none of a size that would matter left open by the interval."""
    if (rates := rates_of(row, page)) is None:
        return NOT_PRINTED
    effect = risk_difference([[int(n), int(of - n)] for n, of in rates])
    low, high = show(100 * effect.ci_low, 0), show(100 * effect.ci_high, 0)
    words = " against ".join(share(n, of) for n, of in rates)
    between = f"{low} to {high} percentage points"
    return Finding(
        UNSUPPORTED,
        between,
        "No difference was shown, but none was ruled out: "
        f"{words}, 95 % interval of the difference {between}.",
    )


def judge_no_difference(row, page: Page, alpha: float) -> Finding:
    """A p-value that is not below alpha, for a claim that nothing was shown."""
    if (p := p_of(row.variable, page)) is None:
        return NOT_PRINTED
    value, words = p
    verdict = REPRODUCED if value >= alpha else CONTRADICTED
    return Finding(
        verdict, words, f"Nothing was shown: {words}." if value >= alpha else f"{words}."
    )


def judge_majority(row, page: Page, alpha: float) -> Finding:
    """More than half of the patients in whom it is known."""
    n = page.number(row.variable, row.level, row.group)
    of = page.known(row.variable, row.group)
    if n is None or not of:
        return NOT_PRINTED
    if 2 * n > of:
        return Finding(REPRODUCED, share(n, of), f"{share(n, of)} is more than half.")
    return Finding(CONTRADICTED, share(n, of), f"{share(n, of)} is not more than half.")


def judge_most_common(row, page: Page, alpha: float) -> Finding:
    """More patients than in any other level."""
    levels = page.levels(row.variable)
    counts = {level: page.number(row.variable, level, row.group) for level in levels}
    if None in counts.values():
        return NOT_PRINTED
    words = ", ".join(f"{page.label(row.variable, level)} {n}" for level, n in counts.items())
    first = all(counts[row.level] > n for level, n in counts.items() if level != row.level)
    return Finding(REPRODUCED if first else CONTRADICTED, words, f"{words}.")


def judge_correlation(row, page: Page, alpha: float) -> Finding:
    """A correlation printed for the variable."""
    source = page.source(row.variable)
    for cell in page.cells:
        if cell.statistic in CORRELATIONS and page.source(cell.variable) == source:
            return Finding(REPRODUCED, cell.text, f"{cell.statistic} = {cell.text} is printed.")
    beside = f"; {row.note}" if row.note else ""
    return Finding(
        UNSUPPORTED, "", f"No correlation of {page.label(row.variable).lower()} is printed{beside}."
    )


def judge_announced(row, page: Page, alpha: float) -> Finding:
    """A statistic that the methods name (`note`), and that the results then give."""
    names = CORRELATIONS if row.note == "spearman" else (row.note,)
    if cells := [cell for cell in page.cells if cell.statistic in names]:
        return Finding(REPRODUCED, cells[0].text, f"It is printed: {cells[0].place}.")
    return Finding(UNSUPPORTED, "", "The methods name it; no result of it is printed.")


def judge_tested(row, page: Page, alpha: float) -> Finding:
    """A p-value printed for the comparison."""
    p = p_of(row.variable, page)
    if p and not p[1].startswith("no p"):
        return Finding(REPRODUCED, p[1], f"It is printed: {p[1]}.")
    return Finding(UNSUPPORTED, p[1] if p else "", f"It was announced; {p[1] if p else 'no p'}.")


def judge_joint(row, page: Page, alpha: float) -> Finding:
    """Two features of the same patients, of which the print gives only each alone."""
    return Finding(OPEN, "", f"It needs {row.needs}{'; ' + row.note if row.note else ''}.")


def judge_inference(row, page: Page, alpha: float) -> Finding:
    """A conclusion from something that the paper did not examine."""
    return Finding(
        UNSUPPORTED, "", f"Nothing printed examines it: it needs {row.needs}"
        f"{'; ' + row.note if row.note else ''}."
    )  # fmt: skip


CLAIMS = {
    "difference": judge_difference,
    "rate": judge_rate,
    "no_effect": judge_no_effect,
    "no_difference": judge_no_difference,
    "majority": judge_majority,
    "most_common": judge_most_common,
    "correlation": judge_correlation,
    "announced": judge_announced,
    "tested": judge_tested,
    "joint": judge_joint,
    "inference": judge_inference,
}
