"""What printed numbers say to a claim: its direction, and the p-values of all tests they allow.

The tests: the p-value printed, tests of printed counts, t-tests of printed means and SDs, and
p-values that are proven for whatever patients stand behind the print.
"""

import math
from typing import NamedTuple

import pandas as pd

from crlm.base.formats import p_number
from crlm.statistics.association import choose_test, compare_counts
from crlm.wings.audit.page import Page, numeral, to_compare
from crlm.wings.audit.printed_tests import TESTS, TWO_SIDED, p_by_test, p_of_means
from crlm.wings.audit.transcription import printed_range
from crlm.wings.audit.verdict import Finding, Verdict

CORRELATIONS = ("rho", "tau", "r")
FEWEST = 2  # patients on each side, below which no direction can be seen
COULD: dict[str, str] = {
    Verdict.SHOWN: "{}; this may be chance",
    Verdict.UNSETTLED: "{}; this neither shows a difference nor rules one out",
    Verdict.MIXED: "{}; so it stays open",
    Verdict.SILENT: "{}; this does not tell",
}


class PValue(NamedTuple):
    """A p-value in words, and between which ends it lies as what it is made from is rounded."""

    words: str
    low: float
    high: float


class Evidence(NamedTuple):
    """A printed comparison: does it point as the claim says, and how surely."""

    favours: bool | None  # None: too few patients to see a direction
    words: str
    tests: tuple[PValue, ...] = ()  # none: a description, which needs none


def weigh(found: list[Evidence], alpha: float, remark: str = "") -> Finding:
    """Judge a claim by all its evidence: by the directions first, then by the p-values.

    Parameters
    ----------
    found
        What the print allows to say.
    alpha
        The paper's level of significance.
    remark
        A sentence without its full stop that is told too.

    Returns
    -------
    Finding
        `recomputed` has the p-values (of descriptions the counts), `explanation` ends with a
        sentence that the authors could have written.
    """
    facts = "; ".join(tell_evidence(e) for e in found)
    towards = {e.favours for e in found} - {None}
    tests = [test for e in found if e.favours is not None for test in e.tests]
    recomputed = ", ".join(dict.fromkeys(t.words for t in tests)) or facts
    if not towards:
        why = "Too few patients to see a direction" if found else "Nothing printed speaks to it"
        return conclude(Verdict.SILENT, "", facts, "; ".join(filter(None, [why, remark])))
    if towards == {False}:
        verdict = Verdict.DENIED
    elif False in towards:
        verdict = Verdict.MIXED
    elif all(test.high < alpha for test in tests):
        verdict = Verdict.CARRIED
    else:
        verdict = Verdict.SHOWN if all(t.low >= alpha for t in tests) else Verdict.MIXED
    return conclude(verdict, recomputed, facts, remark)


def conclude(verdict: str, recomputed: str, facts: str, remark: str = "") -> Finding:
    """Return a finding; its explanation ends with what the authors could have written, quoted.

    The verdict itself says the rest; a remark says what it does not.
    """
    told = [f"{remark[:1].upper()}{remark[1:]}."] if remark else []
    if facts:
        told.append(f"“{COULD.get(verdict, '{}').format(facts)}”.")
    return Finding(verdict, recomputed, " ".join(told))


def tell_evidence(evidence: Evidence) -> str:
    """Write evidence: the comparison, and its tests in brackets."""
    tests = ", ".join(test.words for test in evidence.tests)
    return f"{evidence.words} ({tests})" if tests else evidence.words


def write_share(n, of) -> str:
    """Write a share: count, whole and percentage."""
    return f"{n} of {of} ({numeral(100 * n / of, 1)}%)"


def p_words(p: float, sign: str = "=") -> str:
    """Write a p-value."""
    number = p_number(p, 3 if p >= 0.01 else 4)
    return f"p {number}" if number[0] in "<>" else f"p {sign} {number}"


def p_of_counts(table) -> tuple[float, str]:
    """Return the p-value of counts by the test that their size asks for, and the test's name."""
    test, _ = choose_test(table)
    return compare_counts(table, test).p_value, TESTS[test]


def tests_of_counts(variable: str, page: Page) -> tuple[PValue, ...]:
    """Return the tests of a comparison: as printed in a table, and of the counts where they differ.

    A printed p that some usual test gives speaks for the counts; one that none gives does not.
    """
    table, cell = page.table(variable), printed_p(variable, page)
    computed, usual = (), {}
    if table is not None:
        (p, test), usual = p_of_counts(table), p_by_test(table)
        both = [p for test, p in usual.items() if test in TWO_SIDED]
        ends = min(both), max(both)
        told = told_range(*ends, page, "by the tests in use")
        computed = (PValue(f"by the counts {test} {p_words(p)}{told}", *ends),)
    if cell is None:
        return computed
    given = [p for p in usual.values() if printed_range(cell.text).meets(p, p)]
    ends = given or [float(end) for end in printed_range(cell.text)[:2]]
    own = (PValue(f"p = {cell.text}", min(ends), max(ends)),)
    return own if given else own + computed


def printed_p(variable: str, page: Page):
    """Return the cell of the p-value that a table prints for a variable, or None."""
    cells = (c for c in page.cells if c.kind == "p_value" and c.table != "text")
    return next((c for c in cells if c.variable == variable), None)


def responding(variable: str, levels: list[str], page: Page) -> tuple:
    """Return how many patients of some levels are in the first group, and how many there are."""
    parts = [[page.number(variable, level, group) for group in page.groups] for level in levels]
    if not parts or any(n is None for part in parts for n in part):
        return None, None
    return sum(part[0] for part in parts), sum(map(sum, parts))


def of_levels(variable: str, named: list[str], others: list[str], page: Page) -> list[Evidence]:
    """Compare the share of the first group among patients of some levels with that of others."""
    (n, of), (m, other) = (responding(variable, levels, page) for levels in (named, others))
    if n is None or m is None or not of or not other:
        return []
    tests, pair = tests_of_counts(variable, page), [[n, of - n], [m, other - m]]
    few = min(of, other) < FEWEST or to_compare(pair) is None
    if len(page.levels(variable)) > 2 and not few:  # the printed p is that of all levels
        p, test = p_of_counts(pair)
        every = f", {tests[0].words} for all levels" if tests else ""
        tests = (PValue(f"{test} {p_words(p)} for these{every}", p, p),)
    words = (
        f"{page.label(variable)}: {page.plan.group_label(page.groups[0])} in {write_share(n, of)} "
        f"with {page.label(variable, '+'.join(named))}, {write_share(m, other)} with "
        f"{page.label(variable, '+'.join(others))}"
    )
    return [Evidence(None if few else n * other > m * of, words, () if few else tests)]


def of_means(variable: str, upper: bool, page: Page, named: bool = False) -> list[Evidence]:
    """Compare the groups' printed means of a variable's number: more in the first, or (not) less.

    The number is told unless it was `named` before. By both t-tests, and by the Mann–Whitney test
    where its p is proven for all that fits the print.
    """
    found = []
    for name, means, sds, sizes in page.means(page.source(variable)):
        tests = [
            PValue(f"{TESTS[test]} {p_words(p)}{told_range(low, high, page)}", low, high)
            for test, (p, low, high) in p_of_means(
                [c.text for c in means], [c.text for c in sds], sizes
            ).items()
        ]
        if name in page.proven:
            low, high = page.proven[name]
            words = f"{TESTS['mann_whitney']} {p_words(high, '≤')}, proven"
            tests.append(PValue(words, low, high))
        pair = zip(means, sds, page.groups, strict=True)
        told = ", ".join(f"{m.text} ± {s.text} in {page.plan.group_label(g)}" for m, s, g in pair)
        mean, other = (float(c.text) for c in means)
        favours = (mean - other) * (1 if upper else -1) > 0
        label = page.label(name)
        words = f"mean {told}" if named else f"mean {label[:1].lower()}{label[1:]} {told}"
        found.append(Evidence(favours, words, tuple(tests)))
    return found


def told_range(low: float, high: float, page: Page, why: str = "as rounded") -> str:
    """Tell the ends of a p-value, and why it has two, if alpha is between."""
    if not low < page.plan.alpha <= high:
        return ""
    return f" ({p_number(low, 3)} to {p_number(high, 3)} {why})"


def proven_p(ranges: pd.DataFrame | None) -> dict[str, tuple[float, float]]:
    """Return between which ends a test's p is proven for all that fits the print, by variable.

    Parameters
    ----------
    ranges
        quantity (`test.<variable>.p`), kept, proven_low, proven_high; None where there are none.
    """
    if ranges is None:
        return {}
    found = {}
    for row in ranges[ranges["kept"] == "printed"].itertuples():
        kind, *names = row.quantity.split(".")
        ends = float(row.proven_low), float(row.proven_high)
        if kind == "test" and names[1:] == ["p"] and not any(map(math.isnan, ends)):
            found[names[0]] = ends
    return found


def rates_of(variable: str, level: str, group: str, page: Page) -> list[tuple] | None:
    """Return how many have a level, of how many, in the group named and in the other."""
    groups = [group, *(g for g in page.groups if g != group)][:2]
    rates = [share_in((variable, level), g, page) for g in groups]
    return None if None in rates else rates


def of_rates(row, page: Page) -> list[Evidence]:
    """Compare the shares of a level in the group named and in the other."""
    if (rates := rates_of(row.variable, row.level, row.group, page)) is None:
        return []
    (n, of), (m, other) = rates
    words = (
        f"{page.label(row.variable)}: {write_share(n, of)} of {page.plan.group_label(row.group)}, "
        f"{write_share(m, other)} of the others"
    )
    few = min(of, other) < FEWEST
    tests = () if few else tests_of_counts(row.variable, page)
    return [Evidence(None if few else n * other > m * of, words, tests)]


def read_place(place: str) -> tuple[str, str]:
    """Read variable.level; the level may be missing."""
    variable, _, level = place.partition(".")
    return variable, level


def places_of(row) -> list[tuple[str, str]]:
    """Return what a claim speaks of: its variable and level, and those of `against`."""
    named = [(row.variable, row.level)] if row.variable else []
    return named + [read_place(place) for place in row.against.split(";") if place]


def name_level(place: tuple[str, str], page: Page) -> str:
    """Name a level with its variable."""
    return f"{page.label(place[0])}, {page.label(*place)}"


def share_in(place: tuple[str, str], group: str, page: Page) -> tuple | None:
    """Return how many of a group have a level, of how many in whom it is known; None if unknown."""
    n, of = page.number(*place, group), page.known(place[0], group)
    return (n, of) if n is not None and of else None


def both_bounds(places: list[tuple[str, str]], group: str, page: Page):
    """Return between how many of a group have both of two levels, or None if it can't be told.

    Fréchet's bounds: max(0, n + m - N) and min(n, m) (Ann Univ Lyon A 1951;14:53–77).
    """
    if len(places) != 2:
        return None
    (n, m), of = (page.number(*place, group) for place in places), page.size(group)
    if n is None or m is None or of is None:
        return None
    return max(0, n + m - of), min(n, m)
