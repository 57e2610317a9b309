"""The sheet of a cohort's mapping: what it asks, and what becomes of it as it comes back."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
import yaml
from test_intake import MESSY, ROOT, house, start  # noqa: F401

from crlm.base.files import read_yaml
from crlm.cohort.cleaned import clean_cohort
from crlm.cohort.mapping import AS_PROPOSED, LEAVE_OUT
from crlm.draft import main
from crlm.plan.additions import codebook_of
from crlm.received.tables import read_raws

SHEET = "config/cohorts/2027.mapping.xlsx"
CONFIG = Path("config/cohorts/2027.yaml")


def rows_of(sheet) -> list[dict]:
    """Return the rows of a sheet, each as heading -> cell."""
    head, *rows = sheet.iter_rows()
    return [dict(zip([cell.value for cell in head], row, strict=True)) for row in rows]


def fill(columns: dict | None = None, values: dict | None = None, path: str = SHEET) -> str:
    """Fill in the sheet: what is proposed, else left out or to be corrected, but for what is given.

    `columns` has column -> decision, or decision and unit; `values` value -> decision.
    """
    book = openpyxl.load_workbook(SHEET)
    for row in rows_of(book["Columns"]):
        said = (columns or {}).get(row["Column"].value)
        if row["Decision"].value != "known" and said is None:
            row["Decision"].value = AS_PROPOSED if row["Proposed variable"].value else LEAVE_OUT
        elif said is not None:
            row["Decision"].value, *unit = said if isinstance(said, tuple) else (said,)
            row["Unit"].value = unit[0] if unit else None
    for row in rows_of(book["Values"]):
        proposed = AS_PROPOSED if row["Proposed"].value else "to be corrected"
        row["Decision"].value = (values or {}).get(row["Value"].value, proposed)
    book.save(path)
    return path


def give_back(path: str = SHEET, *files: str) -> None:
    main("2027", *files, "--mapping", path)


def refused(path: str = SHEET) -> str:
    """Give a sheet back that is refused; return what is told. Nothing is changed."""
    before = {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()}
    told = start("2027", "--mapping", path)
    assert {p: p.read_bytes() for p in Path().rglob("*") if p.is_file()} == before
    return told


@pytest.fixture
def drafted(house, capsys):  # noqa: F811
    main("2027", "../from the ward.csv")
    capsys.readouterr()
    return house


def accepted(text: str) -> dict:
    """Return the codebook of a draft all of whose guesses are taken."""
    own = re.sub(r"# (GUESS|TODO): (?!columns that)", "", text[text.index("\ncodebook:\n") :])
    return yaml.safe_load(own)["codebook"]


def test_all_as_proposed_is_the_draft_with_its_guesses_taken(drafted, codebook):
    draft = CONFIG.read_text("utf-8")
    give_back(fill())
    config = CONFIG.read_text("utf-8")
    head = draft[: draft.index("\ncodebook:")]
    assert config.startswith(head)  # what a person wrote above it stays
    assert yaml.safe_load(config)["codebook"] == accepted(draft)
