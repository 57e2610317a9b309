"""Judge what a paper says in words by all that it prints beside them.

Which sentence claims what is read by a person and is data (`claim`); whether its condition holds is
computed here, from every test that the print allows (`evidence`).
"""

import itertools
import re

from crlm.statistics.association import risk_difference
from crlm.wings.audit.evidence import (
    CORRELATIONS,
    Evidence,
    both_bounds,
    conclude,
    name_level,
    of_levels,
    of_means,
    of_rates,
    p_of_counts,
    p_words,
    places_of,
    printed_p,
    rates_of,
    read_place,
    share_in,
    tell_evidence,
    tests_of_counts,
    weigh,
    write_share,
)
from crlm.wings.audit.page import ALL, Page, numeral, to_compare
from crlm.wings.audit.verdict import Finding, Verdict

ANNOUNCED = {"spearman": CORRELATIONS, "median": ("median", "min", "max")}  # median and range
# ASSUME: percentage points within which two shares count as alike where a paper names no margin.
MARGIN = 10


def judge_statements(rows, page: Page, alpha: float) -> dict[str, Finding]:
    """Judge statements: id -> finding.

    Parameters
    ----------
    rows : pandas.DataFrame
        id, variable, level, against, group, claim (a key of `CLAIMS`), p, needs, note; all as text.
    page
        The printed numbers, and what is proven of their tests.
    alpha
        The paper's level of significance.
    """
    return {row.id: CLAIMS[row.claim](row, page, alpha) for row in rows.itertuples()}


def compared(row, page: Page) -> list[Evidence]:
    """Compare the levels named with the others by counts, and by means where they are an end."""
    variable, level = row.variable, row.level
    if not page.levels(variable):  # a number: its upper class
        source = page.source(variable)
        same = (n for n, column in page.plan.sources.items() if column == source)
        variable = next((n for n in same if page.table(n) is not None), variable)
        level = next(reversed(page.levels(variable)), "")
    levels, named = list(page.levels(variable)), level.split("+")
    others = row.against.split("+") if row.against else [x for x in levels if x not in named]
    found = of_levels(variable, named, others, page) if levels else []
    if not row.against and page.plan.variable(variable).is_number:
        if {*named} == {*levels[-len(named) :]} or not levels:
            found += of_means(variable, True, page, named=bool(found))
        elif {*named} == {*levels[: len(named)]}:
            found += of_means(variable, False, page, named=bool(found))
    return found


def judge_difference(row, page: Page, alpha: float) -> Finding:
    """More of the first group in the levels named than in the others."""
    found = compared(row, page)
    told = re.search(rf"= {re.escape(row.p)}(?!\d)", " ".join(map(tell_evidence, found)))
    return weigh(found, alpha, f"it prints beside it p = {row.p}" if row.p and not told else "")


def judge_correlation(row, page: Page, alpha: float) -> Finding:
    """The more of a number, the more of the first group: by classes, means, a correlation."""
    source = page.source(row.variable)
    printed = [
        Evidence(float(cell.text) > 0, f"{cell.statistic} = {cell.text}")
        for cell in page.cells
        if cell.statistic in CORRELATIONS and page.source(cell.variable) == source
    ]
    remark = row.note if printed else f"no correlation coefficient is printed; {row.note}"
    return weigh(compared(row, page) + printed, alpha, remark.rstrip("; "))


def judge_rate(row, page: Page, alpha: float) -> Finding:
    """A higher share of the level in the group named than in the other."""
    return weigh(of_rates(row, page), alpha)


def judge_slightly(row, page: Page, alpha: float) -> Finding:
    """A share that is higher, and similar: no test tells the two apart."""
    found = of_rates(row, page)
    if not found or not found[0].favours:
        return weigh(found, alpha)
    words, tests = found[0].words, found[0].tests
    told = ", ".join(test.words for test in tests)
    facts = f"{words} ({told})"
    if any(test.high < alpha for test in tests):
        return conclude(Verdict.DENIED, told, facts)
    return conclude(Verdict.CARRIED, told, facts)


def judge_no_effect(row, page: Page, alpha: float) -> Finding:
    """No difference: its 95% interval lies within `MARGIN` percentage points of none."""
    rates = rates_of(row.variable, row.level, row.group, page) or []
    table = [[int(n), int(of - n)] for n, of in rates]
    if to_compare(table) is None:
        return weigh([], alpha)
    effect, (p, test) = risk_difference(table), p_of_counts(table)
    low, high = 100 * effect.ci_low, 100 * effect.ci_high
    between = f"{numeral(low, 0)} to {numeral(high, 0)} percentage points"
    facts = (
        f"{page.label(row.variable)}: {' against '.join(write_share(n, of) for n, of in rates)} "
        f"({test} {p_words(p)}), a difference of {between} (95% interval)"
    )
    if p < alpha:
        return conclude(Verdict.DENIED, between, facts)
    ruled_out = max(-low, high) <= MARGIN
    return conclude(Verdict.CARRIED if ruled_out else Verdict.UNSETTLED, between, facts)


def judge_no_difference(row, page: Page, alpha: float) -> Finding:
    """No difference shown: no test of counts or means is below alpha."""
    tests = tests_of_counts(row.variable, page)
    if page.plan.variable(row.variable).is_number:
        tests += tuple(test for e in of_means(row.variable, True, page) for test in e.tests)
    if not tests:
        return weigh([], alpha)
    told = ", ".join(test.words for test in tests)
    facts = f"{page.label(row.variable)}: {told}"
    if all(test.low >= alpha for test in tests):
        return conclude(Verdict.CARRIED, told, facts)
    shown = all(test.high < alpha for test in tests)
    return conclude(Verdict.DENIED if shown else Verdict.MIXED, told, facts)


def judge_majority(row, page: Page, alpha: float) -> Finding:
    """More than half of the patients in whom it is known; of each level, where several are named.

    A conclusion that something is accepted (`inference`) is taken to hold under the same condition.
    """
    found = [
        Evidence(2 * known[0] > known[1], f"{name_level(place, page)}: {write_share(*known)}")
        for place in places_of(row)
        if (known := share_in(place, row.group, page)) is not None
    ]
    needs = f"it needs {row.needs}" if row.claim == "inference" else ""
    return weigh(found, alpha, "; ".join(filter(None, [needs, row.note])))


def judge_most_common(row, page: Page, alpha: float) -> Finding:
    """More patients than in any other level."""
    levels = page.levels(row.variable)
    counts = {level: page.number(row.variable, level, row.group) for level in levels}
    if None in counts.values():
        return weigh([], alpha)
    words = ", ".join(f"{page.label(row.variable, level)} {n}" for level, n in counts.items())
    first = all(counts[row.level] > n for level, n in counts.items() if level != row.level)
    return weigh([Evidence(first, f"{page.label(row.variable)}: {words}")], alpha)


def judge_announced(row, page: Page, alpha: float) -> Finding:
    """A statistic that the methods name (`note`), and that the results then give."""
    names = ANNOUNCED.get(row.note, (row.note,))
    cells = [cell for cell in page.cells if cell.statistic in names]
    found = [Evidence(True, f"{c.place}: {c.statistic} {c.text}") for c in cells[:1]]
    return weigh(found, alpha, "" if found else "the methods name it, and no result of it follows")


def judge_tested(row, page: Page, alpha: float) -> Finding:
    """A comparison that was announced: its counts in the groups, or its p-value, are printed."""
    tests = tests_of_counts(row.variable, page)
    words = f"{page.label(row.variable)}: {', '.join(test.words for test in tests)}"
    found = [Evidence(True, words)] if tests else []
    told = "" if printed_p(row.variable, page) is not None else "no p is printed"
    return weigh(found, alpha, told)


def judge_joint(row, page: Page, alpha: float) -> Finding:
    """All patients of the level have another one too (`against`: variable.level).

    The print gives each alone; how many have both lies within bounds, group by group.
    """
    places = places_of(row)
    whole, *parts = (both_bounds(places, group, page) for group in (ALL, *page.groups))
    if whole is None:
        return weigh([], alpha, f"it needs {row.needs}")
    low, high = whole
    if parts and None not in parts:  # the groups leave less room
        low, high = max(low, sum(p[0] for p in parts)), min(high, sum(p[1] for p in parts))
    n, m = (page.number(*place, ALL) for place in places)
    first, second = (name_level(place, page) for place in places)
    facts = f"{first}: {n}; {second}: {m}; both: {low} to {high}"
    remark = f" ({row.note})" if row.note else ""
    if low == n or high < n:
        verdict, why = (Verdict.CARRIED, "All") if low == n else (Verdict.DENIED, "Not all")
        told = f"{why} of the {n} can be both, by the counts of each"
        return conclude(verdict, f"{low} to {high}", facts, told + remark)
    why = f"From {low} to {high} of the {n} can be both, by the counts of each"
    return conclude(Verdict.SILENT, f"{low} to {high}", facts, why + remark)


def judge_joint_difference(row, page: Page, alpha: float) -> Finding:
    """More of the group named among the patients with both levels than among all others.

    Judged by the bounds of how many of each group have both.
    """
    places = places_of(row)
    bounds = {g: both_bounds(places, g, page) for g in page.groups}
    if not bounds or None in bounds.values():
        return weigh([], alpha, f"it needs {row.needs}")
    towards = set()
    for counts in itertools.product(*(range(int(a), int(b) + 1) for a, b in bounds.values())):
        inside = dict(zip(bounds, counts, strict=True))
        both, rest = sum(counts), page.size(ALL) - sum(counts)
        if both and rest:
            others = page.size(row.group) - inside[row.group]
            towards.add(inside[row.group] * rest > others * both)
    names = " and ".join(page.label(v, x) for v, x in places)
    told = ", ".join(f"{page.plan.group_label(g)} {a} to {b}" for g, (a, b) in bounds.items())
    found = Evidence(towards.pop() if len(towards) == 1 else None, f"{names}: {told}")
    if found.favours is None:
        why = f"The counts of each alone leave open which way it goes; it needs {row.needs}"
        return conclude(Verdict.SILENT, "", found.words, why)
    return weigh([found], alpha)


def judge_shrinking(row, page: Page, alpha: float) -> Finding:
    """Some patients are of the level named, and what `against` names became rarer.

    `against` has pairs before>after, each variable.level, divided by semicolons.
    """
    found = []
    place = row.variable, row.level
    if (known := share_in(place, ALL, page)) is not None:
        found.append(Evidence(known[0] > 0, f"{name_level(place, page)}: {write_share(*known)}"))
    for pair in filter(None, row.against.split(";")):
        first, second = (read_place(place) for place in pair.split(">"))
        before, after = (share_in(p, ALL, page) for p in (first, second))
        if before is not None and after is not None:
            labels = zip(*(page.label(v).split() for v, _ in (first, second)), strict=False)
            alike = " ".join(a for a, _ in itertools.takewhile(lambda p: p[0] == p[1], labels))
            what = f"{alike or page.label(first[0])}, {page.label(*first)}"
            words = f"{what}: {write_share(*before)}, then {write_share(*after)}"
            found.append(Evidence(after[0] * before[1] < before[0] * after[1], words))
    return weigh(found, alpha, row.note)


CLAIMS = {
    "difference": judge_difference,
    "correlation": judge_correlation,
    "rate": judge_rate,
    "slightly": judge_slightly,
    "no_effect": judge_no_effect,
    "no_difference": judge_no_difference,
    "majority": judge_majority,
    "most_common": judge_most_common,
    "announced": judge_announced,
    "tested": judge_tested,
    "joint": judge_joint,
    "joint_difference": judge_joint_difference,
    "inference": judge_majority,
    "shrinking": judge_shrinking,
}
