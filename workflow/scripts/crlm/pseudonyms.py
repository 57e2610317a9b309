"""Replace patients' ids by salted pseudonyms: the same each time, of no use without the salt."""

import hashlib
import hmac
import os
import re
from functools import cache
from pathlib import Path

from crlm.masking import PSEUDONYM
from crlm.problems import InputError
from crlm.spelling import id_of

VARIABLE = "CRLM_SALT_FILE"
NO_PSEUDONYM = (
    "a pseudonym, as the `pattern` of patient_id in the codebook says (CRLM-01, P07, 112): set "
    "`pseudonym: true` there, or say how your pseudonyms look, in the cohort's file: "
    "codebook: {variables: {patient_id: {pattern: '…'}}}"
)
SHORTEST = 16  # bytes: fewer could be guessed
MAKE_ONE = (
    "python3 -c 'import secrets; print(secrets.token_hex(32))' > ~/crlm-salt.txt && "
    f"chmod 600 ~/crlm-salt.txt && export {VARIABLE}=~/crlm-salt.txt"
)


def is_pseudonym(cell: str, variable: dict) -> bool:
    """Return whether an id is a pseudonym: as the codebook's `pattern` says, or made here.

    Raises
    ------
    InputError
        Where the pattern is no regular expression.
    """
    try:
        return bool(
            re.fullmatch(variable["pattern"], id_of(cell)) or PSEUDONYM.fullmatch(id_of(cell))
        )
    except re.error as error:
        found = f"the `pattern` of patient_id is no regular expression: {error}"
        raise InputError([f"config/codebook.yaml, or the cohort's file: {found}"]) from None


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
    again = (
        f"Later cohorts need the same salt: keep it safe, and out of the repository.\n  {MAKE_ONE}"
    )
    if not os.environ.get(VARIABLE):
        raise InputError(
            [f"the ids need a salt, and {VARIABLE} names no file with one. To make one:\n  {again}"]
        )
    path = Path(os.environ[VARIABLE]).expanduser().resolve()
    if path.is_relative_to(Path.cwd().resolve()):
        raise InputError([f"the file that {VARIABLE} names lies in the repository: move it out"])
    try:
        salt = path.read_bytes().strip()
    except OSError as error:
        raise InputError(
            [f"the file that {VARIABLE} names can't be read ({error.strerror})"]
        ) from None
    if len(salt) < SHORTEST:
        raise InputError(
            [f"the salt has {len(salt)} bytes, {SHORTEST} are needed. To make one:\n  {again}"]
        )
    return salt
