"""Exact null distributions, enumerated in full: of tables, of rank sums, of rank correlations.

Nothing is drawn at random: the same data give the same p-value.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

# Two tables count as equally probable within this relative tolerance, as in R's fisher.test.
TIE = 1e-7
# Above so many partial tables a list would outgrow memory (some 24 bytes each) and patience.
MAX_PARTIAL_TABLES = 20_000_000


def table_p_value(counts):
    """Sum the probabilities of all tables that are no more probable than this one.

    All tables have the margins of `counts`. Its rows but the last are shared out to two halves.
    Each half lists the ways to fill its rows, by what they take of the columns' totals; ways of
    equal probability are merged. A whole table is one way of the first half, one of the last row,
    and one of the second half that takes what these two leave, so p is a sum over pairs of sorted
    lists and never over whole tables.

    Parameters
    ----------
    counts : ndarray of int, shape (r, c)
        No empty row or column.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are too many tables.
    """
    smaller = min(counts, counts.T, key=_log_number_of_tables)
    column_totals = smaller.sum(axis=0)
    try:
        *rows, last_row = [
            _ways_to_fill(row_total, column_totals)
            for row_total in sorted(smaller.sum(axis=1), reverse=True)
        ]
        halves = [_Ways(np.array([0]), np.array([0.0]), np.array([1.0]))] * 2
        for row in rows:
            halves.sort(key=lambda ways: len(ways.used))
            halves[0] = _merge(_pair(halves[0], row, column_totals))
        limit = _log_probability(smaller, column_totals).sum() + TIE
        return _extreme_share(halves, last_row, column_totals, limit)
    except OverflowError as error:
        size = " × ".join(map(str, counts.shape))
        raise ValueError(
            f"a {size} table of {counts.sum()} is too large for an exact test: "
            f"it needs more than {MAX_PARTIAL_TABLES:,} partial tables"
        ) from error


def rank_sum_tail(ranks, m):
    """Tabulate how far the sum of m of the ranks lies from its mean.

    Parameters
    ----------
    ranks : ndarray of int, shape (n,)
        Doubled midranks, so that ties keep them whole.
    m : int
        Size of the first sample.

    Returns
    -------
    ndarray, shape (m * (n - m) + 1,)
        P(|sum - mean| >= d) at each whole d from 0, over all choices of m ranks.
    """
    n = len(ranks)
    ways = np.zeros((m + 1, int(ranks.sum()) + 1))  # by number of ranks chosen, and their sum
    ways[0, 0] = 1
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank].copy()
    distance = np.abs(np.arange(ways.shape[1]) - m * (n + 1))
    at_distance = np.bincount(distance, weights=ways[m])[: m * (n - m) + 1]
    return np.cumsum(at_distance[::-1])[::-1] / at_distance.sum()


def rank_correlation_p_value(ranks_x, ranks_y):
    """Count the pairings of two rankings that correlate at least as strongly as the observed one.

    Parameters
    ----------
    ranks_x, ranks_y : ndarray of int, shape (n,)
        Doubled midranks; n is at most 9 or so, since all n! pairings are tried.

    Returns
    -------
    float
        Share of the pairings with |rho| no smaller.
    """
    n = len(ranks_x)
    products = np.array(list(itertools.permutations(ranks_y))) @ ranks_x
    strength = np.abs(n * products - ranks_x.sum() * ranks_y.sum())
    observed = abs(n * (ranks_x @ ranks_y) - ranks_x.sum() * ranks_y.sum())
    return float(np.mean(strength >= observed))


class _Ways(NamedTuple):
    """Ways to fill some rows of a table."""

    used: np.ndarray  # what they take of the columns' totals, as one mixed-radix number
    log_p: np.ndarray  # log probability, each row multinomial with the columns' shares
    number: np.ndarray  # how many ways this is


def _log_number_of_tables(counts):
    """Give the logarithm of the number of tables with these row totals, whatever the columns'."""
    columns = counts.shape[1]
    return sum(math.log(math.comb(int(n) + columns - 1, columns - 1)) for n in counts.sum(axis=1))


def _log_probability(cells, column_totals):
    log_shares = np.log(column_totals / column_totals.sum())
    return gammaln(cells.sum(axis=-1) + 1) - gammaln(cells + 1).sum(axis=-1) + cells @ log_shares


def _ways_to_fill(row_total, column_totals):
    """List all ways to spread one row's total over the columns."""
    if math.prod(int(total) + 1 for total in column_totals) > 2**62:
        raise OverflowError  # no whole number could hold _Ways.used
    cells, left = np.zeros((1, 0), dtype=np.int64), np.array([row_total])
    for column_total in column_totals[:-1]:
        values = np.arange(min(column_total, row_total) + 1)
        if len(left) * len(values) > MAX_PARTIAL_TABLES:
            raise OverflowError
        way, value = np.nonzero(values <= left[:, None])
        cells, left = np.column_stack([cells[way], value]), left[way] - value
    cells = np.column_stack([cells, left])[left <= column_totals[-1]]
    used = np.ravel_multi_index(cells.T, column_totals + 1)
    return _Ways(used, _log_probability(cells, column_totals), np.ones(len(used)))


def _pair(one, other, column_totals):
    """Yield, in chunks, all pairs of ways that together fit into the columns' totals."""
    few, many = sorted([one, other], key=lambda ways: len(ways.used))
    if len(few.used) * len(many.used) > MAX_PARTIAL_TABLES:
        raise OverflowError
    radix = column_totals + 1
    room = column_totals[:, None] - np.unravel_index(many.used, radix)
    for used, log_p, number in zip(*few, strict=True):
        fits = (np.array(np.unravel_index(used, radix))[:, None] <= room).all(axis=0)
        yield _Ways(many.used[fits] + used, many.log_p[fits] + log_p, many.number[fits] * number)


def _merge(chunks):
    """Sort ways by use and probability; count ways that differ by rounding only as one."""
    used, log_p, number = map(np.concatenate, zip(*chunks, strict=True))
    order = np.lexsort((log_p, used))
    used, log_p, number = used[order], log_p[order], number[order]
    new = np.ones(len(used), dtype=bool)
    new[1:] = (np.diff(used) != 0) | (np.diff(log_p) > TIE / 100)
    return _Ways(used[new], log_p[new], np.add.reduceat(number, np.flatnonzero(new)))


def _extreme_share(halves, last_row, column_totals, limit):
    """Give the share in probability of the whole tables whose log probability is within limit."""
    first, second = sorted(halves, key=lambda ways: len(ways.used))
    groups, starts = np.unique(second.used, return_index=True)
    ends = np.append(starts[1:], len(second.used))
    cumulative = second.number * np.exp(second.log_p)
    for start, end in zip(starts, ends, strict=True):
        np.cumsum(cumulative[start:end], out=cumulative[start:end])

    # One sorted whole number for each way of the second half: its group, then its log probability
    # in steps well below TIE. What lies 750 below the highest has a probability of 0 in floats.
    step = TIE / 10
    highest = second.log_p.max()
    lowest = max(second.log_p.min(), highest - 750)
    span = int((highest - lowest) / step) + 2

    def place(group, log_p, floor):
        steps = np.clip(np.floor((log_p - lowest) / step) + 1, floor, span - 1)
        return group * span + steps.astype(np.int64)

    places = place(np.repeat(np.arange(len(groups)), ends - starts), second.log_p, 1)

    all_used = np.ravel_multi_index(column_totals, column_totals + 1)
    extreme = total = 0.0
    for used, log_p, number in _pair(first, last_row, column_totals):
        weight = number * np.exp(log_p)
        group = np.searchsorted(groups, all_used - used)
        reach = np.searchsorted(places, place(group, limit - log_p, 0), side="right")
        within = reach > starts[group]
        extreme += weight[within] @ cumulative[reach[within] - 1]
        total += weight @ cumulative[ends[group] - 1]
    return float(min(1.0, extreme / total))
