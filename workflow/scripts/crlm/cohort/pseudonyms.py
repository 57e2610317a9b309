"""Replace patients' ids by salted pseudonyms: the same each time, of no use without the salt."""

import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]

from crlm.base.masking import PSEUDONYM, shown_text
from crlm.base.problems import InputError
from crlm.base.spelling import id_of

VARIABLE = "CRLM_SALT_FILE"
NO_PSEUDONYM = (
    "a pseudonym, as the `pattern` of patient_id in the codebook says (CRLM-01, P07, 112): set "
    "`pseudonym: true` there, or say how your pseudonyms look, in the cohort's file: "
    "codebook: {variables: {patient_id: {pattern: '…'}}}"
)
SHORTEST = 16  # bytes: fewer could be guessed
LONGEST = 100  # letters of a pseudonym
MOST = 1_000_000  # ways to match a text: some seconds
MAKE_ONE = (
    "python3 -c 'import secrets; print(secrets.token_hex(32))' > ~/crlm-salt.txt && "
    f"chmod 600 ~/crlm-salt.txt && export {VARIABLE}=~/crlm-salt.txt"
)


def ways_in(tree: Iterable) -> int:
    """Return in how many ways at most a parsed pattern may match the same text, up to `MOST`."""
    n = 1
    for kind, part in tree:
        match str(kind):
            case "BRANCH":
                n *= sum(map(ways_in, part[1]))
            case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
                n *= ways_in(part[-1])
            case "ATOMIC_GROUP":
                n *= ways_in(part)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, own = min(part[0], LONGEST), min(part[1], LONGEST), ways_in(part[2])
                n *= sum(own**times for times in range(least, most + 1))
            case "GROUPREF_EXISTS":
                n *= sum(ways_in(branch) for branch in part[1:] if branch)
        n = min(n, MOST + 1)
    return n


@cache
def fault_of_pattern(pattern: str) -> str:
    """Return what is wrong with the pattern of ids; empty where nothing is.

    A text that `(a+)+` almost matches is tried in as many ways as there are: 2 to the power of its
    length. What may go on for longer than a person waits is refused.
    """
    try:
        re.compile(pattern)
        many = ways_in(parser.parse(pattern)) > MOST
    except (re.error, OverflowError, RecursionError) as error:
        return f"{shown_text(pattern)!r} is no regular expression: {error}"
    return many * (
        f"{shown_text(pattern)!r} can match a text in more than {MOST:,} ways, so that a check "
        "may never end; expected fewer + and *, and none within another: {1,5} says how often at "
        "most"
    )


def is_pseudonym(cell: str, variable: dict) -> bool:
    """Return whether an id is a pseudonym: as the codebook's `pattern` says, or made here."""
    own = id_of(cell)
    fits = len(own) <= LONGEST and re.fullmatch(variable["pattern"], own)
    return bool(fits or PSEUDONYM.fullmatch(own))


def pseudonym_of(cell: str, salt: bytes) -> str:
    """Return the pseudonym of an id, the same in each cohort that is read with the same salt.

    HMAC-SHA256 (RFC 2104) of the id's plain form (`spelling.id_of`) without case, its first 48
    bits: two of 10,000 patients share one with a probability of 2 in 10 million. Unlike a bare hash
    it can't be undone by trying all record numbers, as long as the salt is secret.
    """
    return "P-" + hmac.new(salt, id_of(cell).casefold().encode(), hashlib.sha256).hexdigest()[:12]


def parse_id(cell: str, variable: dict) -> tuple[str, str]:
    """Return the id in `cell`, or its pseudonym where the codebook asks for one, and the rule.

    Raises
    ------
    ValueError
        With what was expected, where it is no pseudonym and none is asked for.
    """
    if not is_pseudonym(cell, variable):
        if variable["pseudonym"]:
            return pseudonym_of(cell, read_salt()), "pseudonym"
        raise ValueError(NO_PSEUDONYM)
    same = id_of(cell) == " ".join(cell.split())
    return id_of(cell), "surrounding blanks" if same else "the same id in plain signs"


@cache
def read_salt() -> bytes:
    """Return the salt from the file that the environment variable `CRLM_SALT_FILE` names.

    Raises
    ------
    InputError
        Where there is none, it is too short, or it lies inside the repository. No message shows it.
    """
    named, of_file = os.environ.get(VARIABLE, ""), f"the file that {VARIABLE} names"
    again = (
        "To make one:\n  Later cohorts need the same salt: keep it safe, and out of the repository."
    )
    again += f"\n  {MAKE_ONE}"
    path = Path(named).expanduser().resolve()
    try:
        if not named:
            fault = f"the ids need a salt, and {VARIABLE} names no file with one. {again}"
        elif path.is_relative_to(Path.cwd().resolve()):
            fault = f"{of_file} lies in the repository: move it out"
        elif len(salt := path.read_bytes().strip()) < SHORTEST:
            fault = f"the salt has {len(salt)} bytes, {SHORTEST} are needed. {again}"
        else:
            return salt
    except OSError as error:
        fault = f"{of_file} can't be read ({error.strerror})"
    raise InputError([fault])
