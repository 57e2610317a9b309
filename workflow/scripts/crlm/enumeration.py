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

    All tables have the margins of `counts`. The rows are shared out to two halves. Each half lists
    the ways to fill its rows, by what they take of the columns' totals; ways of equal probability
    are merged. A whole table is one way of either half with complementary totals, so p is a sum
    over pairs of sorted lists and never over whole tables.

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
    counts = min(counts, counts.T, key=_log_number_of_tables)
    column_totals = counts.sum(axis=0)
    if math.prod(int(total) + 1 for total in column_totals) > 2**62:
        raise _too_large(counts)

    halves = [_Ways(np.array([0]), np.array([0.0]), np.array([1.0]))] * 2
    for row_total in sorted(counts.sum(axis=1), reverse=True):
        halves.sort(key=lambda ways: len(ways.used))
        row = _ways_to_fill(row_total, column_totals, counts)
        halves[0] = _join(halves[0], row, column_totals, counts)
    first, second = halves

    limit = _log_probability(counts, column_totals).sum() + TIE
    all_used = np.ravel_multi_index(column_totals, column_totals + 1)
    extreme = total = 0.0
    values, starts = np.unique(first.used, return_index=True)
    for used, start, end in zip(values, starts, [*starts[1:], len(first.used)], strict=True):
        left, right = np.searchsorted(second.used, [all_used - used, all_used - used + 1])
        log_p = second.log_p[left:right]
        cumulative = np.zeros(len(log_p) + 1)
        np.cumsum(second.number[left:right] * np.exp(log_p), out=cumulative[1:])
        reach = np.searchsorted(log_p, limit - first.log_p[start:end], side="right")
        weight = first.number[start:end] * np.exp(first.log_p[start:end])
        extreme += weight @ cumulative[reach]
        total += weight.sum() * cumulative[-1]
    return float(min(1.0, extreme / total))


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
    """Ways to fill some rows, sorted by the first two fields."""

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


def _ways_to_fill(row_total, column_totals, counts):
    """List all ways to spread one row's total over the columns."""
    cells, left = np.zeros((1, 0), dtype=np.int64), np.array([row_total])
    for column_total in column_totals[:-1]:
        values = np.arange(min(column_total, row_total) + 1)
        if len(left) * len(values) > MAX_PARTIAL_TABLES:
            raise _too_large(counts)
        way, value = np.nonzero(values <= left[:, None])
        cells, left = np.column_stack([cells[way], value]), left[way] - value
    cells = np.column_stack([cells, left])[left <= column_totals[-1]]
    used = np.ravel_multi_index(cells.T, column_totals + 1)
    return _merge(used, _log_probability(cells, column_totals), np.ones(len(used)))


def _join(one, other, column_totals, counts):
    """List all pairs of ways that together fit into the columns' totals."""
    few, many = sorted([one, other], key=lambda ways: len(ways.used))
    if len(few.used) * len(many.used) > MAX_PARTIAL_TABLES:
        raise _too_large(counts)
    radix = column_totals + 1
    room = column_totals[:, None] - np.unravel_index(many.used, radix)
    pairs = []
    for used, log_p, number, cells in zip(
        *few, zip(*np.unravel_index(few.used, radix), strict=True)
    ):
        fits = (np.array(cells)[:, None] <= room).all(axis=0)
        pairs.append((many.used[fits] + used, many.log_p[fits] + log_p, many.number[fits] * number))
    return _merge(*map(np.concatenate, zip(*pairs, strict=True)))


def _merge(used, log_p, number):
    """Sort ways and count equal ones once; log_p of equal ways differs by rounding only."""
    order = np.lexsort((log_p, used))
    used, log_p, number = used[order], log_p[order], number[order]
    new = np.ones(len(used), dtype=bool)
    new[1:] = (np.diff(used) != 0) | (np.diff(log_p) > TIE / 100)
    return _Ways(used[new], log_p[new], np.add.reduceat(number, np.flatnonzero(new)))


def _too_large(counts):
    return ValueError(
        f"a table of {' × '.join(map(str, counts.shape))} cells and {counts.sum()} patients is too "
        f"large for an exact test: more than {MAX_PARTIAL_TABLES:,} partial tables"
    )
