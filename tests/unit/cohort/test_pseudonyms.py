"""Pseudonyms are those of HMAC-SHA256, the same in each cohort; nobody sees the salt."""

import shlex
import subprocess

import pytest

from crlm.base.problems import InputError
from crlm.cohort.pseudonyms import MAKE_ONE, fault_of_pattern, parse_id, pseudonym_of, read_salt

PATTERN = r"([A-Za-z]{1,8}[-_ ]?){0,2}\d{1,5}"
SALTED = {"pseudonym": True, "pattern": PATTERN}


@pytest.fixture
def salt(tmp_path, monkeypatch):
    """Put a salt into a file outside the repository, or only name the file."""

    def put(content, path=tmp_path / "salt.txt"):
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setenv("CRLM_SALT_FILE", str(path))
        read_salt.cache_clear()

    yield put
    read_salt.cache_clear()


def test_the_pseudonym_is_an_hmac():
    # printf 'what do ya want for nothing?' | openssl dgst -sha256 -hmac Jefe, and RFC 4231, case 2:
    # 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843
    assert pseudonym_of(" What do  ya want for nothing?", b"Jefe") == "P-5bdcc146bf60"


def test_another_salt_gives_another_pseudonym():
    assert pseudonym_of("1234567", b"a" * 32) != pseudonym_of("1234567", b"b" * 32)


@pytest.mark.parametrize(
    "cell", ["CRLM-01", "P07", "112", "p 7", "NEW-0060", "P-5bdcc146bf60", " S1 "]
)
def test_a_pseudonym_is_left_and_needs_no_salt(cell, monkeypatch):
    monkeypatch.delenv("CRLM_SALT_FILE", raising=False)
    read_salt.cache_clear()
    assert parse_id(cell, SALTED) == (cell.strip(), "surrounding blanks")


@pytest.mark.parametrize("cell", ["1234567", "123456", "Ahmed Hassan", "AHM-123456", "12/345"])
def test_any_other_id_is_replaced_where_the_codebook_says_so(cell, salt):
    salt(b"0123456789abcdef")
    assert parse_id(cell, SALTED) == (pseudonym_of(cell, b"0123456789abcdef"), "pseudonym")
    with pytest.raises(ValueError, match="a pseudonym, as the `pattern`"):
        parse_id(cell, SALTED | {"pseudonym": False})


def test_the_salt_comes_without_the_line_end(salt):
    salt(b"0123456789abcdef\n")
    assert read_salt() == b"0123456789abcdef"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"short secret\n", "the salt has 12 bytes, 16 are needed"), (None, "can't be read")],
)
def test_a_bad_salt_is_refused_and_not_shown(salt, content, message):
    salt(content)
    with pytest.raises(InputError, match=message) as caught:
        read_salt()
    assert "secret" not in str(caught.value).replace("import secrets; print(secrets", "")


def test_a_salt_in_the_repository_is_refused(salt, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    salt(b"0123456789abcdef")
    with pytest.raises(InputError, match="lies in the repository"):
        read_salt()


def test_no_salt_is_told_with_the_command_that_makes_one(monkeypatch, tmp_path, salt):
    monkeypatch.delenv("CRLM_SALT_FILE", raising=False)
    read_salt.cache_clear()
    with pytest.raises(InputError) as caught:
        parse_id("1234567", SALTED)
    assert MAKE_ONE in str(caught.value)
    assert "1234567" not in str(caught.value)
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        ["bash", "-c", MAKE_ONE + " && echo $CRLM_SALT_FILE"], env=home, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    salt(None, tmp_path / shlex.split(shown.stdout)[0])
    assert len(read_salt()) == 64


# A text of n letters that almost matches (a+)+ is tried in 2^(n-1) ways: the compositions of n.
@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (PATTERN + "|[A-Za-z]", ""),
        (r"CRC\.\d{3}|([A-Z]{1,3}-){1,2}\d+", ""),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}", ""),
        (r"[A-Z]+-\d+-\d+", ""),
        ("(a+)+$", "more than 1,000,000 ways"),
        ("(a|a)*b", "more than 1,000,000 ways"),
        ("(a?){60}a{60}", "more than 1,000,000 ways"),
        ("(.*a){25}", "more than 1,000,000 ways"),
        ("a*a*a*a*b", "more than 1,000,000 ways"),
        ("(?=(a+)+b)a", "more than 1,000,000 ways"),
        ("((((a{1,100}){1,100}){1,100}){1,100})", "more than 1,000,000 ways"),
        ("([", "is no regular expression"),
        (".{0,99999999999}", "is no regular expression"),
        ("(" * 3000 + ")" * 3000, "is no regular expression"),
    ],
)
def test_a_pattern_that_may_never_end_is_refused(pattern, told):
    found = fault_of_pattern(pattern)
    assert told in found if told else not found
