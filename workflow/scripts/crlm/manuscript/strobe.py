"""The STROBE checklist of the supplement; its items and where each is met stand in strobe.yaml."""

from crlm.base.vocabulary import texts_beside
from crlm.manuscript.markdown import typed

ITEMS = texts_beside(__file__)


def checklist_rows(lacking: str) -> list[list[str]]:
    """Return the rows of the checklist; `lacking` stands for what is met nowhere."""
    rows = []
    for part, items in ITEMS.items():
        rows.append([f"**{part}**", "", ""])
        for item in items:
            where = item.get("where") or item.get("why") or lacking
            where += f"; {item['lacks']}: {lacking.lower()}" if "lacks" in item else ""
            rows.append([f"&emsp;{typed(str(item['item']))}", item["asks"], where])
    return rows
