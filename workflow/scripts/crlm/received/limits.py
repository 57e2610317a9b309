"""How large a received table may be, so that it is read, or refused, within seconds."""

from functools import partial

from crlm.base.forks import call_within
from crlm.base.problems import Problem

MOST_BYTES = 40_000_000  # of a file: some 200,000 patients
MOST = 250_000  # rows: more than a cohort
MOST_COLUMNS = 1500  # each is asked about in some milliseconds
WIDEST = 16_384  # cells of a row, as in Excel, which may write empty ones
MOST_CELLS = 6_000_000
MOST_LETTERS = 1_000_000  # of a row: each name of a column is judged word by word
LONGEST = 32_767  # letters of a cell, as in Excel
MANY = 1000  # rows with something wrong: enough said
TOO_LARGE = f"a file of at most {MOST_BYTES // 10**6} MB: split it, and name each part under `raw`"
TOO_LONG = f"a table of at most {MOST} rows, one a patient"
TOO_WIDE = f"at most {MOST_COLUMNS} columns and {MOST_LETTERS} letters a row: leave columns out"
TOO_MANY = f"a table of at most {MOST_CELLS} cells: leave out columns that the paper does not read"
SECONDS, SIZE = 10, 700_000_000  # what a reader may take of a process, beside this program
TOO_COSTLY = "it is damaged, or needs gigabytes or minutes"
ALONE = "the table alone in a new file, or as .csv"
LONG_CELL = f"at most {LONGEST} letters in a cell, as in Excel; a quotation mark may not be closed"

# A library that reads what others made, in a process of its own, which a file may bring down.
within_limits = partial(call_within, SECONDS, SIZE)


def oversized(file: str, rows: list[tuple[int, list[str]]]) -> list[Problem]:
    """Return what is too large in the rows of a table, each with its number and its cells."""
    width = max((len(cells) for _, cells in rows), default=0)
    for row, cells in rows:
        if len(cells) > MOST_COLUMNS:
            return [Problem(file, row, "", f"{len(cells)} cells", TOO_WIDE)]
        if (letters := sum(map(len, cells))) > MOST_LETTERS:
            return [Problem(file, row, "", f"{letters} letters", TOO_WIDE)]
    if len(rows) * width > MOST_CELLS:
        return [Problem(file, "", "", f"{len(rows)} rows of {width} cells", TOO_MANY)]
    return [
        Problem(file, row, str(i), f"{len(cell)} letters", LONG_CELL)
        for row, cells in rows
        for i, cell in enumerate(cells, start=1)
        if len(cell) > LONGEST
    ][:MANY]


def damaged(file: str, error: Exception, expected: str) -> Problem:
    """Return what is said of whatever a broken file makes a library raise.

    Raises
    ------
    MemoryError
        Where that is what it raised: the file may be whole, and larger than is read.
    """
    if isinstance(error, MemoryError):
        raise error
    return Problem(file, "", "", f"a damaged file ({type(error).__name__})", expected)
