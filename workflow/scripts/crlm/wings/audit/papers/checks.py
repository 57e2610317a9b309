"""What one printed number says of others, and which of them is to blame where they disagree."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from crlm.base.formats import interval_end
from crlm.wings.audit.page import numeral
from crlm.wings.audit.papers.printed import Printed
from crlm.wings.audit.slips import LOST_DIGITS
from crlm.wings.audit.verdict import Finding, Slip, Verdict, left_open, slip_between, slipped, step

# Of numbers together: they follow, go with each other, are not denied, can't all be right.
HOLDS, NEAR, OPEN, FAILS = Verdict.REPRODUCED, Verdict.ROUNDED, Verdict.OPEN, Verdict.CONTRADICTED
FEWER = "it may be of fewer patients, those in whom it is known"
NAMES = {"chi2": "χ²", "sd": "SD", "se": "SE", "percent": "%", "q1": "lower quartile",
         "q3": "upper quartile"}  # fmt: skip
NEARLY = 4  # times less is what is held against a number that explains more checks by one error
USUAL = 3  # the tests that are tried first: only by these a p below 1 vouches for what it is of
SHARP = 0.02  # how far apart what rounding leaves open of a test may be, for it to vouch for a p


class Check(NamedTuple):
    """One piece of arithmetic on printed numbers, in a sentence without a full stop.

    They follow, so that it vouches for each; go with each other, as others would; or fail.
    """

    verdict: Verdict
    cells: list[Printed]
    words: str
    meant: dict[str, str] = {}  # noqa: RUF012 # id -> what the others give in its place
    main: tuple[str, ...] = ()  # the ids of what the others should give
    slip: Slip | None = None  # as which all would hold
    asks: bool = False  # whether it fails, with an excuse: a question to the authors

    def excused(self, why: str) -> "Check":
        """Return a check that fails with what may be behind it: nobody is to blame."""
        return self._replace(verdict=OPEN, words=f"{self.words}; {why}", asks=True)


class Fault(NamedTuple):
    """Numbers, not all of which can be right, and the checks that fail by them."""

    cells: list[Printed]
    checks: list[Check]


def find_faults(checks: list[Check]) -> list[Fault]:
    """Blame the number of most checks that fail for each that holds, until no such check is left.

    Where several explain as much, one by which all would hold through a slip; else one of them is.
    """
    vouched = Counter(c.id for k in checks if k.verdict == HOLDS for c in k.cells)
    left, faults = [check for check in checks if check.verdict == FAILS], []
    while left:
        fails = Counter(cell.id for check in left for cell in check.cells)
        score = {i: n / (1 + vouched[i]) for i, n in fails.items()}
        best = max((score[i], n) for i, n in fails.items())
        first = next(k for k in left if any((score[c.id], fails[c.id]) == best for c in k.cells))
        nearly = {i for i in fails if fails[i] > best[1] and score[i] * NEARLY >= best[0]}
        equal = nearly | {i for i in fails if (score[i], fails[i]) == best}
        tied = [*{cell.id: cell for cell in first.cells if cell.id in equal}.values()]
        told = {i for check in left if check.slip for i in check.main}
        blamed = [cell for cell in tied if cell.id in told] or tied
        slipped = [c for c in blamed for k in left if slip_between(c.text, k.meant.get(c.id, ""))]
        blamed = slipped[:1] if len({cell.id for cell in slipped}) == 1 else blamed
        ids = {cell.id for cell in blamed}
        own = [check for check in left if ids & {cell.id for cell in check.cells}]
        if len(blamed) > 1 == len(own):  # what the others should give may be wrong just as well
            blamed += [cell for cell in own[0].cells if cell.id in {*own[0].main} - ids]
        faults.append(Fault(blamed, own))
        left = [check for check in left if check not in own]
    return faults


def sd_of_error(error: Printed, n: int) -> str:
    """Return as text the SD that a standard error of n numbers is of."""
    return numeral(float(error.text) * math.sqrt(n), max(int(error.decimals) - LOST_DIGITS, 0))


def verdict_of(cell: Printed, checks: list[Check], faults: list[Fault]) -> Finding:
    """Return the verdict on a number from all checks that it is in."""
    for fault in faults:
        if cell.id in {c.id for c in fault.cells}:
            return blame(cell, fault)
    own = [check for check in checks if check.verdict != FAILS]
    own.sort(key=lambda check: ([*Verdict].index(check.verdict), not check.asks))
    if own:
        best, asks = own[0].verdict, own[0].asks
        words = dict.fromkeys(k.words for k in own if (k.verdict, k.asks) == (best, asks))
        value = own[0].meant.get(cell.id, cell.text if best == HOLDS else "")
        return Finding(best, value, ". ".join([*words][:2]) + ".")
    if checks:
        return left_open("Only numbers that are themselves at fault could check it.")
    return left_open("Nothing else that is printed speaks to it.")


def blame(cell: Printed, fault: Fault) -> Finding:
    """Return the verdict on a number that is at fault, alone or with others."""
    several = len(fault.cells) > 1
    own = [check for check in fault.checks if several or cell in check.cells]
    meant = next((check.meant[cell.id] for check in own if check.meant.get(cell.id)), "")
    words = ". ".join([*dict.fromkeys(check.words for check in own)][:2])
    named = next((k.slip for k in own if k.slip and cell.id in k.main), None)
    if several and not named:
        return Finding(Verdict.ONE_OF, meant, f"{words}: one of these is wrong.")
    if slip := named or slip_between(cell.text, meant):
        return slipped(slip, meant, f"{words}.", meant)
    return Finding(Verdict.CONTRADICTED, meant, f"{words}.")


def check_value(
    cell: Printed,
    trials: Iterable[tuple[str, float, float]],
    cells: list[Printed],
    words: str,
    excuse: str = "",
    heads: list[Printed] | None = None,
    one_sided: bool = False,
) -> Iterator[Check]:
    """Check a p-value or a statistic by those that may have given it.

    Parameters
    ----------
    trials
        Name of a test, and what it gives, from and to; computed as far as needed.
    cells
        What it is computed from.
    words
        What that is, in words.
    excuse
        Why a test that can't be computed may have given it; nothing if there is no such test.
    heads
        Of means, the sizes of the groups: many other means and SDs would give the same.
    one_sided
        Whether the paper tells of one-sided tests, so that a p may be half of what a test gives.
    """
    tried, name = [], NAMES.get(cell.statistic, cell.statistic)
    for test, low, high in trials:
        ends = dict.fromkeys(
            numeral(end, 3) if end >= 0.001 else f"{end:.1e}" for end in (low, high)
        )
        told, meant = " to ".join(ends), interval_end((low + high) / 2, max(int(cell.decimals), 1))
        held = cell.range.meets(low, high)
        if not held and cell.statistic == "p" and cell.range.meets(low / 2, high / 2):
            held, test = one_sided, f"{test}, one-sided the half"
        if held:
            told, seldom = f"{words} give {name} = {told} ({test})", len(tried) >= USUAL
            sharp = high - low < SHARP * max(high, 1) and not seldom
            yield Check(step(sharp, near=True), [cell], told)
            weak = cell.sign or heads is not None or seldom or high == 1
            yield Check(step(not weak, near=True), [*cells, *(heads or [])], told)
            return
        tried.append((f"{told} ({test})", meant))
    if not tried:
        yield Check(OPEN, [cell], f"{words} allow no test")
        return
    told = f"{words} give {name} = {'; '.join(t for t, _ in tried[:4])}, not {cell.shown}"
    basis = [cell, *cells, *(heads or [])]
    check = Check(FAILS, basis, told, {cell.id: tried[0][1]}, (cell.id,))
    yield check.excused(excuse) if excuse else check
