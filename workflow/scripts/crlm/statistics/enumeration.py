"""The exact test of a table of counts, by the network algorithm; nothing is drawn at random.

A table with given margins is filled cell by cell, column by column. What can still follow depends
on what is left of the rows' totals alone, in whatever order: these are the nodes of a network whose
paths are the tables (Mehta & Patel, J Am Stat Assoc 1983;78:427–34). A path is followed only while
it is open whether the table counts as no more probable than the observed one; bounds of what can
follow decide that early. Paths of equal probability to the same node are merged, and the network is
worked from both its ends, so that whole tables are never listed. Where there are few, listing them
is quicker: so is done up to FEW_TABLES.

The value of a table is the sum of its cells' -log(n!), which orders tables by their probability.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

# Tables count as equally probable within this relative tolerance, as in R's fisher.test.
TIE = 1e-7
# Digits of p that sums leave right: 1 of 20 is 0.05, not below it, whatever the table's order.
DIGITS = 12
# The most partial tables that a test may look at: some 10 seconds, below 1 GB.
MAX_PARTIAL_TABLES = 20_000_000
# No more tables than these are simply listed.
FEW_TABLES = 20_000
# So many are held at once before they are merged.
CHUNK = 1_000_000
# Values are whole numbers of this part of 1: their sums do not depend on the order.
UNIT = 2.0**-32
# Values no further apart are merged: rounding only, far below TIE.
SAME = 16
# What rounding may add to a bound.
SLACK = round(1e-6 / UNIT)
# Values of larger tables have too few digits left for TIE.
MAX_PATIENTS = 10_000_000


class TooLargeError(ValueError):
    """An exact test that needs more work than is allowed; another method may stand in."""


def table_p_value(counts):
    """Sum the probabilities of all tables that are no more probable than this one.

    All tables have the margins of `counts`. "No more probable" allows for R's relative 1e-7.

    Parameters
    ----------
    counts : ndarray of int, shape (r, c)
        No empty row or column.

    Returns
    -------
    float

    Raises
    ------
    TooLargeError
        If it would need more than MAX_PARTIAL_TABLES partial tables.
    """
    try:
        if counts.shape == (2, 2):
            p = _hypergeometric_p_value(counts)
        elif counts.sum() > MAX_PATIENTS:
            raise OverflowError(f"it has more than {MAX_PATIENTS:,} patients")
        else:
            counts = counts if len(counts) <= len(counts.T) else counts.T
            p = _listed_p_value(counts) if _is_listed(counts) else _network_p_value(counts)
        return float(f"{p:.{DIGITS}g}")
    except OverflowError as error:
        size = " × ".join(map(str, counts.shape))
        raise TooLargeError(
            f"a {size} table of {counts.sum()} is too large for an exact test: {error}"
        ) from error


def _hypergeometric_p_value(counts):
    """Give Fisher's p of a 2 × 2 table by the ratios of neighbouring tables, whatever its size."""
    (a, b), (c, d) = counts.tolist()
    low, high = max(0, a - d), min(a + b, a + c)
    _Work().add(high - low)
    x = np.arange(low, high, dtype=float)  # the upper left cell; each ratio leads to x + 1
    ratios = (a + b - x) / (x + 1) * ((a + c - x) / (d - a + x + 1))
    log_p = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    p = np.exp(log_p - log_p.max())
    return float(min(1.0, p[log_p <= log_p[a - low] + TIE].sum() / p.sum()))


def _is_listed(counts):
    """Tell whether the tables with these margins are few, by what each free cell may hold."""
    rows, columns = (np.sort(counts.sum(axis=axis))[:-1].tolist() for axis in (1, 0))
    tables = math.prod(min(row, column) + 1 for row in rows for column in columns)
    return tables <= min(FEW_TABLES, MAX_PARTIAL_TABLES)


def _listed_p_value(counts):
    """Give p by a list of all tables, to which each cell adds its ways; the largest come last."""
    rows, columns = np.sort(counts.sum(axis=1)), np.sort(counts.sum(axis=0))
    left, value, log_p = rows[None], np.zeros(1, np.int64), np.zeros(1)
    for total in columns[:-1]:
        still = np.full(len(left), total)  # of the column
        for i in range(len(rows)):
            least = np.maximum(0, still - left[:, i + 1 :].sum(axis=1))
            ways = np.minimum(left[:, i], still) - least + 1
            source = np.repeat(np.arange(len(left)), ways)
            cell = np.arange(len(source)) - (np.cumsum(ways) - ways - least)[source]
            left, still, value = left[source], still[source] - cell, value[source] + _value(cell)
            left[:, i] -= cell
            log_p = log_p[source] - _log_factorial(cell)
    value += _value(left).sum(axis=1)
    log_p -= _log_factorial(left).sum(axis=1)
    probability = np.exp(log_p - log_p.max())
    counted = value <= int(_value(counts).sum()) + round(TIE / UNIT)
    return float(probability[counted].sum() / probability.sum())


class _Work:
    """A count of partial tables that stops the test where there are too many."""

    def __init__(self):
        self.done = 0

    def add(self, number):
        self.done += int(number)
        if self.done > MAX_PARTIAL_TABLES:
            raise OverflowError(f"it needs more than {MAX_PARTIAL_TABLES:,} partial tables")


class _Step(NamedTuple):
    """One cell: the steps from nodes before it to nodes after it that leave open what counts."""

    source: np.ndarray
    target: np.ndarray
    value: np.ndarray
    share: np.ndarray  # probability of the step, given its source
    settled: np.ndarray  # by source: probability of the steps after which every table counts
    before: tuple[np.ndarray, np.ndarray]  # by source: least and greatest value of what leads there
    after: tuple[np.ndarray, np.ndarray]  # by step: bounds of the value of what follows it


class _Paths(NamedTuple):
    """Partial tables from the start to nodes, or from nodes to the end; by node, then by value."""

    node: np.ndarray
    value: np.ndarray
    share: np.ndarray  # probability: of the way to the node, or of the way on, given the node
    cumulative: np.ndarray  # share of the node's paths up to this one; 0 at the end
    begin: np.ndarray  # by node: its first path
    extremes: tuple[np.ndarray, np.ndarray]  # by node: least and greatest value
    offset: np.ndarray  # by node: what makes values ascend over all nodes

    def reach(self, node, limit):
        """Give the place after the last path of each node whose value is within each limit."""
        limit = np.clip(limit, self.extremes[0][node] - 1, self.extremes[1][node])
        ascending = self.value + self.offset[self.node]
        return np.searchsorted(ascending, limit + self.offset[node], side="right")

    def share_before(self, node, place):
        """Give the summed share of each node's paths before each place."""
        return np.where(place > self.begin[node], self.cumulative[place - 1], 0.0)


def _network_p_value(counts):
    """Give p of a table with no more rows than columns."""
    work = _Work()
    limit = int(_value(counts).sum()) + round(TIE / UNIT)
    rows, columns = np.sort(counts.sum(axis=1)), np.sort(counts.sum(axis=0))
    steps, last_columns = _build_network(rows, columns, limit, work)
    every = np.arange(len(last_columns))
    heads = _list_paths([(np.zeros(1, int), np.zeros(1, np.int64), np.ones(1))], 1)
    ends = _value(last_columns).sum(axis=1)
    tails = _list_paths([(every, ends, np.ones(len(every)))], len(every))
    p, counted = 0.0, np.zeros(len(every))  # counted, by node: share of ends that count anyway
    while steps:
        if len(heads.node) <= len(tails.node):
            step = steps.pop(0)
            p += (heads.share * step.settled[heads.node]).sum()  # `@` depends on the processor
            heads, sure = _extend(heads, step, step.source, step.target, step.after, limit, work)
            p += sure.sum()
        else:
            step = steps.pop()
            leading = tuple(bound[step.source] for bound in step.before)
            ahead = np.bincount(step.source, counted[step.target] * step.share, len(step.settled))
            tails, sure = _extend(tails, step, step.target, step.source, leading, limit, work)
            counted = step.settled + ahead + sure
    p += (heads.share * counted[heads.node]).sum()
    met = tails.reach(heads.node, limit - heads.value)
    p += (heads.share * tails.share_before(heads.node, met)).sum()
    return float(min(1.0, p))


def _build_network(rows, columns, limit, work):
    """List the steps of every cell but the last row's and last column's, which follow from them.

    Returns
    -------
    steps : list of _Step
    last_columns : ndarray, shape (nodes, rows)
        What the nodes at the end leave for the last column.
    """
    if math.prod(int(total) + 1 for total in rows) > 2**62:
        raise OverflowError("no whole number holds what is left of its rows")
    left, least, most = rows[None], np.zeros(1, np.int64), np.zeros(1, np.int64)
    steps = []
    for j, total in enumerate(columns[:-1]):
        for i in range(len(rows) - 1):
            if not len(left):
                return steps, left
            step, left = _fill_cell(left, i, total, columns[j + 1 :], (least, most), limit, work)
            steps.append(step)
            least = np.full(len(left), np.iinfo(np.int64).max)
            most = -least
            np.minimum.at(least, step.target, step.before[0][step.source] + step.value)
            np.maximum.at(most, step.target, step.before[1][step.source] + step.value)
    return steps, left


def _fill_cell(left, i, total, later, before, limit, work):
    """Fill row i of a column in all possible ways, and with the last but one row the last one.

    Parameters
    ----------
    left : ndarray of int, shape (nodes, rows)
        What is left of the rows' totals; the rows before i are filled.
    i, total, later : int, int, ndarray
        The row, the total of the column, and those of the columns after it.
    before : (ndarray, ndarray)
        Least and greatest value of what leads to each node.

    Returns
    -------
    _Step, ndarray
        The steps, and what is left at the nodes that they lead to.
    """
    column, below = left.sum(axis=1) - later.sum(), left[:, i + 1 :].sum(axis=1)
    low, high = np.maximum(0, column - below), np.minimum(left[:, i], column)
    number = high - low + 1
    work.add(number.sum())
    source = np.repeat(np.arange(len(left)), number)
    first = np.cumsum(number) - number
    cell = np.arange(len(source)) - (first - low)[source]
    rest = left[source, i] - cell
    others, others_rest = column[source] - cell, below[source] - column[source] + cell
    # Hypergeometric: this row's cell against the rows below; the shares of a source add up to 1.
    log_share = -sum(_look_up(_log_factorial, n) for n in (cell, rest, others, others_rest))
    share = np.exp(log_share - np.maximum.reduceat(log_share, first)[source])
    share /= np.add.reduceat(share, first)[source]

    last = i == len(left.T) - 2
    value = _value(cell) + (_value(others) if last else 0)
    # What can follow is bounded row by row: filled rows still spread over the later columns, the
    # others over this one too. Only the rows of this cell depend on the step.
    after = []
    for bound_by in (_lower_bound, _upper_bound):
        filled, unfilled = bound_by(later), bound_by(np.append(total, later))
        bound = np.zeros(len(left))
        for k in range(len(left.T)):
            if k < i or k > i + last:
                bound += _look_up(filled if k < i else unfilled, left[:, k])
        bound = bound[source] + _look_up(filled, rest)
        if last:
            bound += _look_up(filled, others_rest)
        if bound_by is _upper_bound:  # take off again what it adds to the value
            bound -= later @ np.log(later) + others * (0 if last else math.log(total))
        after.append(bound)
    lower, upper = (np.rint(bound / UNIT).astype(np.int64) for bound in after)
    lower, upper = lower - SLACK, upper + SLACK
    settles = before[1][source] + value + upper <= limit
    settled = np.bincount(source[settles], share[settles], len(left))
    stays = np.flatnonzero(~settles & (before[0][source] + value + lower <= limit))

    reached = left[source[stays]]
    reached[:, i] = rest[stays]
    filled_rows = slice(0, i + 1 + last)
    if last:
        reached[:, i + 1] = others_rest[stays]
    reached[:, filled_rows] = np.sort(reached[:, filled_rows], axis=1)
    keys = np.ravel_multi_index(reached.T, left.max(axis=0) + 1)
    _, example, target = np.unique(keys, return_index=True, return_inverse=True)
    step = _Step(
        source[stays], target, value[stays], share[stays], settled, before,
        (lower[stays], upper[stays]),
    )  # fmt: skip
    return step, reached[example]


def _extend(paths, step, start, end, beyond, limit, work):
    """Lead paths over a step.

    Parameters
    ----------
    start, end : ndarray of int
        The nodes of each part of the step, in the direction of the paths.
    beyond : (ndarray, ndarray)
        Between which values all lies that may be added at the end.

    Returns
    -------
    _Paths, ndarray
        The paths that stay open, and by node the share of those with which every table counts.
    """
    nodes = len(step.settled) if end is step.source else int(end.max(initial=-1)) + 1
    order = np.argsort(end, kind="stable")
    start, end, value, share = start[order], end[order], step.value[order], step.share[order]
    least, most = beyond[0][order], beyond[1][order]
    first = paths.reach(start, limit - value - most)
    number = np.maximum(0, paths.reach(start, limit - value - least) - first)
    sure = np.bincount(end, paths.share_before(start, first) * share, nodes)
    work.add(number.sum())
    # Pairs of a path and a step, in chunks that hold all pairs of a node, to be merged in each.
    ends, chunks, begin = np.cumsum(number), [], 0
    while begin < len(end):
        stop = np.searchsorted(ends, ends[begin] - number[begin] + CHUNK, side="right")
        stop = np.searchsorted(end, end[max(stop - 1, begin)], side="right")
        each = np.repeat(np.arange(begin, stop), number[begin:stop])
        path = np.arange(len(each)) + ends[begin] - number[begin] + (first + number - ends)[each]
        chunks.append(
            _merge(end[each], paths.value[path] + value[each], paths.share[path] * share[each])
        )
        begin = stop
    return _list_paths(chunks, nodes), sure


def _merge(node, value, share):
    """Sort paths by node and value, and make one of those that are the same."""
    order = np.lexsort((value, node))
    node, value, share = node[order], value[order], share[order]
    new = np.ones(len(node), dtype=bool)
    new[1:] = (np.diff(node) > 0) | (np.diff(value) > SAME)
    return node[new], value[new], np.bincount(np.cumsum(new) - 1, share)


def _list_paths(chunks, nodes):
    """Put together sorted chunks of paths (node, value, share) to so many nodes."""
    chunks = [(np.zeros(0, int), np.zeros(0, np.int64), np.zeros(0)), *chunks]
    node, value, share = map(np.concatenate, zip(*chunks, strict=True))
    begin = np.searchsorted(node, np.arange(nodes + 1))
    length = np.diff(begin)
    extremes = np.zeros((2, nodes), np.int64)
    extremes[:, length > 0] = value[begin[:-1][length > 0]], value[begin[1:][length > 0] - 1]
    width = extremes[1] - extremes[0] + 2
    if width.sum(dtype=float) > 2**62:
        raise OverflowError("no whole number holds its paths")
    # Within nodes only: a difference of sums over all nodes would lose the small ones.
    cumulative, step = np.append(share, 0.0), 1
    rank = np.arange(len(node)) - begin[node]
    while step < length.max(initial=0):
        cumulative[step:-1] += np.where(rank[step:] >= step, cumulative[: -step - 1], 0.0)
        step *= 2
    offset = np.cumsum(width) - extremes[1]
    return _Paths(node, value, share, cumulative, begin, tuple(extremes), offset)


def _log_factorial(n):
    return gammaln(n + 1.0)


def _value(cells):
    return -np.rint(_log_factorial(cells) / UNIT).astype(np.int64)


def _look_up(function, numbers):
    """Compute a function of whole numbers once for each number in their range."""
    low = numbers.min()
    return function(np.arange(low, numbers.max() + 1))[numbers - low]


def _lower_bound(columns):
    """Bound the value of a row by its total: least where it fills the largest columns first."""
    columns = np.sort(columns)[::-1]
    filled, worth = (
        np.concatenate([[0], np.cumsum(each)]) for each in (columns, _log_factorial(columns))
    )

    def bound(totals):
        full = np.searchsorted(filled, totals, side="right") - 1
        return -worth[full] - _log_factorial(totals - filled[full])

    return bound


def _upper_bound(columns):
    """Bound the value of a row, plus its cells times the logarithms of their columns' totals.

    With these added, which over all rows add up to the same for every table, the best row is the
    mode of a multinomial distribution, and a bound for each row makes a close one for the table.
    """
    logs = np.log(columns)

    def bound(totals):
        cells = np.floor(totals[:, None] * (columns / columns.sum()))  # the mode has no fewer
        for _ in columns:
            short = np.flatnonzero(cells.sum(axis=1) < totals)
            cells[short, np.argmax(logs - np.log(cells[short] + 1), axis=1)] += 1
        return (cells * logs - _log_factorial(cells)).sum(axis=1)

    return bound
