"""One patient under two ids: ids that look alike, and rows that are alike."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb, log

import numpy as np
import pandas as pd

from crlm.base.masking import masked
from crlm.base.problems import Problem
from crlm.base.proposals import flow
from crlm.base.spelling import confusable, fold, id_of
from crlm.cohort.pseudonyms import is_pseudonym, parse_id

TWO_PATIENTS = "two_patients of the codebook"
MANY = 500  # rows that share a key: too common a one to tell anybody
BY_CHANCE = 1e-6  # expected pairs of rows as alike among patients who are all different


def id_column(raw: pd.DataFrame, variable: dict) -> str | None:
    """Return the column of a raw table that has the patients' ids."""
    names = {"patient_id", *map(fold, variable["columns"])}
    return next((column for column in raw.columns if fold(column) in names), None)


def pairs_told(codebook: dict) -> set[frozenset[str]]:
    """Return the pairs of ids that somebody looked up, and that are two patients."""
    return {frozenset(map(id_of, pair)) for pair in codebook["two_patients"]}


def find_alike_ids(
    tables: list[tuple], codebook: dict, followed: Sequence[tuple] = ()
) -> tuple[list[Problem], list[tuple]]:
    """Find ids that a person may take for each other, in the raw tables of a cohort.

    Equal ids are those of the same plain form (`spelling.id_of`: invisible signs, dashes, blanks at
    the ends, digits of other scripts, 7.0). Ids that only `spelling.confusable` makes equal
    (padding, case, other signs between letters and digits, O for 0) are asked about, since both may
    be patients. `followed` are the patients of the cohort that is followed, who may come again.

    Returns
    -------
    problems
        One for each id that looks like an earlier one.
    pairs
        The ids of each, as `two_patients` takes them; none where they may not be shown.
    """
    variable, first = codebook["variables"]["patient_id"], {}
    told = pairs_told(codebook)
    problems, pairs, seen = [], [], set()
    for file, patients, _ in followed:
        for row, own in patients.get("patient_id", pd.Series()).items():
            first.setdefault(confusable(own), []).append((own, f"{file}, row {row}"))
    for file, raw, _ in tables:
        column = id_column(raw, variable)
        for row, cell in raw[column].items() if column else ():
            own = id_of(cell)
            if own in seen or not own:
                continue
            seen.add(own)
            alike = first.setdefault(confusable(cell), [])
            for other, place in alike:
                names = [name_of(i, variable) for i in (own, other)]
                if own != other and {own, other} not in told and {*names} not in told:
                    fit = all(names)
                    found = names[0] if fit else "an id (not shown)"
                    expected = (
                        f"an id that can't be taken for {names[1] if fit else 'that'} of {place}: "
                        "write it alike where both are one patient"
                    )
                    problems.append(Problem(file, row, column, found, expected))
                    pairs += [(names[1], names[0])] * fit
            alike.append((own, f"{file}, row {row}"))
    return problems, pairs


def find_unknown_pairs(
    clean: pd.DataFrame, codebook: dict, followed: Sequence[tuple] = ()
) -> list[Problem]:
    """Find ids of the codebook's `two_patients` that are those of no patient."""
    known = {
        *clean["patient_id"],
        *(i for _, frame, _ in followed for i in frame.get("patient_id", ())),
    }
    variable = codebook["variables"]["patient_id"]
    expected = "pairs of patients of this cohort, or of the one that it follows"
    ids = dict.fromkeys(own for pair in codebook["two_patients"] for own in map(id_of, pair))
    return [
        Problem(TWO_PATIENTS, "", "patient_id", said, expected)
        for own in ids
        if own not in known
        for said in [own if is_pseudonym(own, variable) else masked(own)]
    ]


def name_of(own: str, variable: dict) -> str:
    """Return the pseudonym of a raw id, or nothing where it has none."""
    return (
        parse_id(own, variable)[0] if is_pseudonym(own, variable) or variable["pseudonym"] else ""
    )


def codes_of(clean: pd.DataFrame, codebook: dict) -> tuple[list[str], np.ndarray]:
    """Return the variables beside the id, and their values as codes: -1 where missing."""
    names = [name for name in codebook["variables"] if name != "patient_id"]
    return names, np.column_stack([pd.factorize(clean[name])[0] for name in names])


def check_duplicates(
    clean: pd.DataFrame, codebook: dict
) -> tuple[list[Problem], list[tuple[str, str]]]:
    """Find patients who come twice: under one id, or in equal rows under two.

    Parameters
    ----------
    clean
        `file`, `row` and the clean variables of all patients.
    codebook
        The cohort's codebook; the pairs of its `two_patients` are not told.

    Returns
    -------
    problems
        One for each row that repeats an earlier one.
    pairs
        The ids of equal rows.
    """
    clean = clean[clean["patient_id"].notna()].reset_index(drop=True)
    names, codes = codes_of(clean, codebook)
    problems, pairs = [], []
    ids = clean["patient_id"]
    first = clean.index.to_series().groupby(ids).transform("first")
    for again in np.flatnonzero(first != clean.index):
        other, row = clean.loc[first[again]], clean.loc[again]
        apart = codes[again] != codes[first[again]]
        differ = [name for name, other in zip(names, apart, strict=True) if other]
        said = f"differs in {', '.join(differ)}" if differ else "the same values"
        expected = f"each patient once; {other['file']}, row {other['row']} has this id too, and "
        problems.append(Problem(row["file"], row["row"], "patient_id", ids[again], expected + said))
    for a, b, alike, _ in rows_alike(clean, codebook, apart=0):
        row = clean.loc[b]
        expected = (
            f"another patient than {ids[a]} ({clean.loc[a, 'file']}, row {clean.loc[a, 'row']}): "
            f"all {len(alike)} values that both have are the same. Take one row out of the table "
            "where both are one patient"
        )
        problems.append(Problem(row["file"], row["row"], "patient_id", ids[b], expected))
        pairs.append((ids[a], ids[b]))
    return problems, pairs


def rows_alike(
    clean: pd.DataFrame, codebook: dict, apart: int
) -> Iterator[tuple[int, int, list[str], list[str]]]:
    """Yield pairs of rows under two ids that agree in more values than different patients would.

    A pair is told where the rows differ in at most `apart` of the values that both have, and fewer
    than `BY_CHANCE` such pairs are expected in all: the number of pairs, times the ways to choose
    what differs, times the probability of each agreement among rows drawn at random. So in small
    tables of few columns nobody is told, nor are the pairs of the codebook's `two_patients`.

    Yields
    ------
    first, second, alike, differing
        The numbers of both rows, and the variables in which they agree and do not.
    """
    names, codes = codes_of(clean, codebook)
    ids, told = clean["patient_id"].to_numpy(), pairs_told(codebook)
    bits = np.array([surprise(own[own >= 0]) for own in codes.T])
    by_chance = log(comb(len(codes), 2) or 1) - log(BY_CHANCE)
    found: dict[tuple[int, int], tuple] = {}
    for first, second in candidates(codes, bits, apart) if bits.sum() > by_chance else ():
        both = (codes[first] >= 0) & (codes[second] >= 0)
        same = both & (codes[first] == codes[second])
        likely = np.flatnonzero((both & ~same).sum(axis=1, dtype=np.int16) <= apart)
        for i, a, b in zip(likely, first[likely].tolist(), second[likely].tolist(), strict=True):
            differ = both[i] & ~same[i]
            ways = log(comb(int(both[i].sum()), int(differ.sum())))
            telling = by_chance + ways < bits[same[i]].sum()
            if telling and ids[a] != ids[b] and {ids[a], ids[b]} not in told:
                found[a, b] = same[i], differ
    for (a, b), parts in sorted(found.items(), key=lambda pair: pair[0]):
        alike, differing = ([names[i] for i in np.flatnonzero(part)] for part in parts)
        yield a, b, alike, differing


def surprise(values: np.ndarray) -> float:
    """Return minus the logarithm of the share of pairs that agree in a variable's values.

    The pair in question is left out and one agreement put in its place, so that the share of few
    values is never 0.
    """
    counts = np.bincount(values).astype(float)
    agreeing, pairs = (counts * (counts - 1)).sum() / 2, comb(len(values), 2)
    return -np.log(max(agreeing, 1) / (pairs + 1))


def candidates(
    codes: np.ndarray, bits: np.ndarray, apart: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of rows that may be alike, without comparing all rows with all.

    The variables are dealt into five shares more than may differ (since up to three values may be
    missing in one row alone), each as telling as the others: such rows agree in all of two of them,
    and so in the sum of what these are hashed to. The first row of a pair is the earlier one.
    """
    order = np.argsort(-bits, kind="stable")
    weights = np.random.default_rng(1).integers(1, 2**62, len(order), dtype=np.int64)
    shares = [order[share :: apart + 5] for share in range(apart + 5)]
    hashes = [codes[:, share] @ weights[share] for share in shares]
    for one, other in combinations(hashes, 2):
        _, group, size = np.unique(one + other, return_inverse=True, return_counts=True)
        several = (size > 1) & (size <= MANY)
        rows = np.argsort(group, kind="stable")
        rows = rows[several[group[rows]]]
        group = group[rows]
        for step in range(1, size[several].max(initial=1)):
            alike = group[step:] == group[:-step]
            yield rows[:-step][alike], rows[step:][alike]


def propose_pairs(pairs: list[tuple[str, str]]) -> str:
    """Return the line of a codebook that says that pairs of ids are two patients each."""
    return f"two_patients: {flow([list(pair) for pair in pairs])}\n" if pairs else ""
