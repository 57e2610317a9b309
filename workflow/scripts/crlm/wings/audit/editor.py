"""The audit on one page, as a PDF for an editor."""

import json
import re
from pathlib import Path
from typing import Any

import typst

from crlm.base.files import written_whole
from crlm.wings.audit.omissions import UNTESTED
from crlm.wings.audit.verdict import DENIED, MIXED, SHOWN

FINDINGS = 8
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
        "conflicts": sum(c["sets"] for c in report["conflicts"]),
        "give_up": sum(c["least"] for c in report["conflicts"]),
        "figure": figure,
        "figure_told": ", ".join(
            f"{sum(e['verdict'] == verdict for e in report['entries'])} {verdict}"
            for verdict in report["looks"]
        ),
        "findings": choose_findings(report["findings"], report["omissions"], report["alpha"]),
    }


def choose_findings(findings: list[dict], omissions: dict, alpha: float) -> list[dict]:
    """Choose what an editor has to know, the most important first.

    Claims of abstract and conclusion that fail, those with arithmetic before those that nothing
    printed examines; between them, associations in the paper's own counts that it never tested.

    Returns
    -------
    list of dict
        `title`, `places`, `text`.
    """
    fallen = [f for f in findings if f["tier"] == "conclusion" and f["is_claim"]]
    first = [f for f in fallen if f["computed"]]
    ends = (DENIED, SHOWN, MIXED)
    others = [f for f in findings if f["is_claim"] and f["tier"] in ends and f["computed"]]
    leading = [_claim(f) for f in first if f["rank"][1] == 0]
    clear = [_omission(o) for o in omissions.get(UNTESTED, []) if is_clear(o, alpha)]
    rest = [f for f in first if f["rank"][1] != 0] + [f for f in fallen if not f["computed"]]
    return leading + clear + [_claim(f) for f in rest + others]


def _claim(finding: dict) -> dict:
    places = dict.fromkeys(e["section"] for e in finding["entries"])
    return {
        "title": finding["title"],
        "places": ", ".join(places),
        "text": finding["explanations"][0],
    }


def _omission(omission: dict) -> dict:
    return {
        "title": "An association in its own counts that the paper never tested",
        "places": "",
        "text": omission["explanation"],
    }


def is_clear(omission: dict, alpha: float) -> bool:
    """Tell whether a comparison that the paper never tested is below alpha by its own counts."""
    p = re.match(r"p = ([\d.]+)", omission["found"])
    return bool(p) and float(p[1]) < alpha


def render_editor_page(source: str, facts: dict, out: str, timestamp: int) -> int:
    """Write the page; as many findings as fit on it, and no more than `FINDINGS`.

    Parameters
    ----------
    source
        The typst document. It reads `facts` as JSON from its input `facts`, so that nothing in them
        is taken for markup.
    facts
        What the page says; `findings` as `choose_findings` returns them.
    out
        The PDF.
    timestamp
        Creation date written into it, seconds since 1970-01-01 UTC.

    Returns
    -------
    int
        How many findings are on the page.

    Raises
    ------
    ValueError
        If not even the page without findings is one.
    """
    for n in range(min(FINDINGS, len(facts["findings"])), -1, -1):
        shown, rest = facts["findings"][:n], facts["findings"][n:]
        others = [f["title"] for f in rest[:FINDINGS]]
        others += [f"and {len(rest) - FINDINGS} more"] if len(rest) > FINDINGS else []
        told = json.dumps(facts | {"findings": shown, "others": others})
        options: dict[str, Any] = {"sys_inputs": {"facts": told}, "ignore_system_fonts": True}
        pages = json.loads(typst.query(source, PAGES, field="value", one=True, **options))
        if pages == 1:
            with written_whole(Path(out)) as part:
                typst.compile(source, output=part, format="pdf", timestamp=timestamp, **options)
            return n
    raise ValueError(f"{source}: more than one page even without findings")
