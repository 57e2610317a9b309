"""The audit on one page, as a PDF for an editor."""

import json
from pathlib import Path
from typing import Any

import typst

from crlm.base.files import written_whole
from crlm.wings.audit.omissions import UNTESTED
from crlm.wings.audit.verdict import OF_CLAIMS

POINTS = 8
# the tiers of which an editor has to know
TOLD = ("conclusion", UNTESTED, *OF_CLAIMS[1:-1])
PAGES = "<pages>"  # what the typst source marks with the number of its pages


def brief(report: dict, figure: str) -> dict:
    """Gather what the page says, from `report.describe_audit` and the figure as SVG."""
    kept, verdicts = ("citation", "counts"), {}
    for verdict, look in report["looks"].items():
        verdicts.setdefault(look["sign"], []).append(verdict)
    return {key: report[key] for key in kept} | {
        # what looks alike stands together
        "looks": {" or ".join(own): report["looks"][own[0]] for own in verdicts.values()},
        "fallen": len(report["fallen"]),
        "concluded": report["concluded"],
        "figure": figure,
        "figure_told": ", ".join(
            f"{sum(e['verdict'] == verdict for e in report['entries'])} {verdict}"
            for verdict in report["looks"]
        ),
        "points": [
            {
                "title": point["title"],
                "places": ", ".join(point["places"]),
                "text": point["proofs"][0][0],
            }
            for point in report["points"]
            if point["tier"] in TOLD and (point["is_claim"] or point["tier"] == UNTESTED)
        ],
    }


def render_editor_page(source: str, facts: dict, out: str, timestamp: int) -> int:
    """Write the page; as many points as fit on it, and no more than `POINTS`.

    Parameters
    ----------
    source
        The typst document. It reads `facts` as JSON from its input `facts`, so that nothing in them
        is taken for markup.
    facts
        What the page says (`brief`).
    out
        The PDF.
    timestamp
        Creation date written into it, seconds since 1970-01-01 UTC.

    Returns
    -------
    int
        How many points are on the page.

    Raises
    ------
    ValueError
        If not even the page without points is one.
    """
    for n in range(min(POINTS, len(facts["points"])), -1, -1):
        shown, rest = facts["points"][:n], facts["points"][n:]
        others = [point["title"] for point in rest[:POINTS]]
        others += [f"and {len(rest) - POINTS} more"] if len(rest) > POINTS else []
        told = json.dumps(facts | {"points": shown, "others": others})
        options: dict[str, Any] = {"sys_inputs": {"facts": told}, "ignore_system_fonts": True}
        pages = json.loads(typst.query(source, PAGES, field="value", one=True, **options))
        if pages == 1:
            with written_whole(Path(out)) as part:
                typst.compile(source, output=part, format="pdf", timestamp=timestamp, **options)
            return n
    raise ValueError(f"{source}: more than one page even without points")
