"""Where each item of a checklist is met: section and page, by the anchors of the text.

The items of REMARK stand in checklists.yaml, those of STROBE in manuscript/strobe.yaml.
"""

import re
from pathlib import Path
from typing import NamedTuple

from pypdf import PdfReader

from crlm.base.vocabulary import texts_beside
from crlm.manuscript.alignment import text_of
from crlm.manuscript.rendered import floats_of, pdf_text, without_gaps
from crlm.manuscript.strobe import ITEMS as STROBE

CHECKLISTS = {"strobe": STROBE, "remark": texts_beside(__file__)}
# A heading by its anchor, a figure or table by its name, or the abstract.
ANCHOR = re.compile(r"\[[^]]*\]\(#([\w-]+)\)|@((?:fig|tbl)-[\w-]+)|\b(Abstract)\b")


class Item(NamedTuple):
    """An item of a checklist, where it is met, and what of it is reported nowhere."""

    part: str
    item: str
    asks: str
    sections: str
    pages: str
    lacks: str


def sections_of(blocks: list[dict], qmd: Path) -> dict[str, str]:
    """Return anchor -> what it is called in the paper: a heading, `Figure 1`.

    Parameters
    ----------
    blocks
        The manuscript in pandoc's JSON, its headings numbered.
    qmd
        The same as it was filled.
    """
    headings = (block["c"] for block in blocks if block["t"] == "Header")
    found = {c[1][0]: " ".join(text_of(c[2]).split()) for c in headings}
    return {"Abstract": "Abstract"} | found | {n: label for n, (label, _) in floats_of(qmd).items()}


def pages_of(pdf: Path, qmd: Path) -> dict[str, int]:
    """Return anchor -> its page in the rendered paper, for those that are found there."""
    reader = PdfReader(pdf)
    found = {"Abstract": 1}
    for name, place in reader.named_destinations.items():
        page = reader.get_destination_page_number(place)
        found |= {} if page is None else {name: page + 1}
    text, places = pdf_text(pdf)
    for name, (_, caption) in floats_of(qmd).items():
        at = text.find(without_gaps(caption))
        found |= {} if at < 0 else {name: places[at][0] + 1}
    return found


def fill_checklist(
    items: dict[str, list[dict]], sections: dict[str, str], pages: dict[str, int]
) -> list[Item]:
    """Return a checklist with the section and page of each item.

    Parameters
    ----------
    items
        Part of the checklist -> its items: `item, asks`, and `where` it is met, `why` nothing is
        asked for, what it `lacks`; an item with none of them is met nowhere.
    sections, pages
        Of each anchor; an anchor that the paper does not have is told as lacking.
    """
    rows = []
    for part, of_part in items.items():
        for item in of_part:
            anchors = [
                next(filter(None, a.groups())) for a in ANCHOR.finditer(item.get("where", ""))
            ]
            met = [a for a in anchors if a in sections]
            lacks = [item["lacks"]] if "lacks" in item else []
            lacks += [f"{a} (not in this paper)" for a in anchors if a not in sections]
            if not met and "why" not in item:
                lacks = lacks or ["all of it"]
            on = sorted({pages[a] for a in met if a in pages})
            rows.append(
                Item(
                    part,
                    str(item["item"]),
                    item["asks"],
                    "; ".join(sections[a] for a in met) or item.get("why", ""),
                    ", ".join(map(str, on)),
                    "; ".join(lacks),
                )
            )
    return rows
