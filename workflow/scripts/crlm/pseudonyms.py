"""Replace patients' ids by salted pseudonyms: the same each time, of no use without the salt."""

import hashlib
import hmac
import os
import re
from functools import cache
from pathlib import Path

from crlm.problems import InputError
from crlm.spelling import fold

VARIABLE = "CRLM_SALT_FILE"
SHORTEST = 16  # bytes: fewer could be guessed
MAKE_ONE = (
    "python3 -c 'import secrets; print(secrets.token_hex(32))' > ~/crlm-salt.txt && "
    f"chmod 600 ~/crlm-salt.txt && export {VARIABLE}=~/crlm-salt.txt"
)
# What stands for a patient already: a running number, with letters before it or without (CRLM-01,
# P07, 112), or a pseudonym made here. Longer numbers are those of hospitals and registries.
PSEUDONYM = re.compile(r"[A-Za-z]{0,8}[-_ ]?\d{1,5}|P-[0-9a-f]{12}")


def pseudonym_of(cell: str, salt: bytes) -> str:
    """Return the pseudonym of an id, the same in each cohort that is read with the same salt.

    HMAC-SHA256 (RFC 2104) of the id without case and surrounding blanks, its first 48 bits: two of
    10,000 patients share one with a probability of 2 in 10 million. Unlike a bare hash it can't be
    undone by trying all record numbers, as long as the salt is secret.
    """
    return "P-" + hmac.new(salt, fold(cell).encode(), hashlib.sha256).hexdigest()[:12]


def parse_id(cell: str, variable: dict) -> tuple[str, str]:
    """Return the id in `cell`, or its pseudonym where the codebook asks for one, and the rule."""
    if variable["pseudonym"] and not PSEUDONYM.fullmatch(cell.strip()):
        return pseudonym_of(cell, read_salt()), "pseudonym"
    return cell.strip(), "surrounding blanks"


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
