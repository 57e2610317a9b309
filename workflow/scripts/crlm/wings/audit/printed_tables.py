"""The printed tables of a paper, laid out again from its transcription.

`place` of a cell names the heading of its rows, its row, its group's heading where the table has
groups, and its column, divided by ", ": "Age, Mean ± SD, Responders, SD".
"""

import pandas as pd

from crlm.plan.analysis import Plan
from crlm.wings.audit.transcription import ALL

NUMBER, PERCENT, P_VALUE = "Number", "Percent", "p value"
COLUMN = {"percent": PERCENT, "p_value": P_VALUE}  # all other statistics stand under Number


def rebuild_tables(cells: pd.DataFrame, entries: list[dict], plan: Plan) -> list[dict]:
    """Lay out the printed tables: the same rows and columns, in each place its audited numbers.

    Parameters
    ----------
    cells
        Transcription: id, table, place, level, group, statistic, in the order printed.
    entries
        As `report.list_entries` returns them.
    plan
        Its groups have labels, for the heading of one whose size no table heads.

    Returns
    -------
    list of dict
        `number`; `groups`: name, label, `size` (an entry or None), `columns`; `has_p`; `blocks`:
        label and `rows`, each with its label and `slots`, (group, column) -> entries.
    """
    by_id = {entry["id"]: entry for entry in entries}
    tables = []
    for number, own in cells[cells["table"] != "text"].groupby("table", sort=False):
        own = list(own.itertuples())
        heads = {c.group: c for c in own if is_head(c)}
        body = [c for c in own if not is_head(c)]
        columns = {}
        for group, column in dict.fromkeys(slot_of(c) for c in body if c.statistic != "p_value"):
            columns.setdefault(group, set()).add(column)
        tables.append(
            {
                "number": number,
                "groups": [
                    {
                        "name": group,
                        "label": label_of(group, heads.get(group), plan),
                        "size": by_id[heads[group].id] if group in heads else None,
                        "columns": [c for c in (NUMBER, PERCENT) if c in shown],
                    }
                    for group, shown in columns.items()
                ],
                "has_p": any(c.statistic == "p_value" for c in body),
                "blocks": blocks_of(body, by_id),
            }
        )
    return tables


def blocks_of(body: list, by_id: dict) -> list[dict]:
    """Lay out the rows of a table under their headings."""
    blocks = {}
    for cell in body:
        block, row = labels_of(cell)
        rows = blocks.setdefault(block, {})
        if cell.statistic == "p_value" and row not in rows and rows:
            row = next(iter(rows))  # beside the first of the rows that it compares
        rows.setdefault(row, {}).setdefault(slot_of(cell), []).append(by_id[cell.id])
    return [
        {"label": block, "rows": [{"label": row, "slots": s} for row, s in rows.items()]}
        for block, rows in blocks.items()
    ]


def is_head(cell) -> bool:
    """Tell whether a cell is the size of a group, which stands in the head of its columns."""
    return cell.statistic == "n" and not cell.level and cell.group != ALL


def slot_of(cell) -> tuple[str, str]:
    """Return the columns of which group, and which of them, a cell stands in."""
    column = COLUMN.get(cell.statistic, NUMBER)
    return ("" if column == P_VALUE else cell.group, column)


def labels_of(cell) -> tuple[str, str]:
    """Return the heading of a cell's rows and the label of its row."""
    parts = cell.place.split(", ")
    if len(parts) > 2 or cell.statistic == "p_value":
        parts = parts[:-1] or parts
    if cell.group != ALL and len(parts) > 1:
        parts = parts[:-1]
    return parts[0], ", ".join(parts[1:])


def label_of(group: str, head, plan: Plan) -> str:
    """Return the heading of a group's columns; none where all patients are one group."""
    if head is not None:
        return head.place.split(", ")[min(1, head.place.count(", "))]
    return "" if group == ALL else plan.group_label(group)
