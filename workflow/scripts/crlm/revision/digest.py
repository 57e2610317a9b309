"""The page about a revision: what a co-author must know, then every change with its causes."""

import base64
import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from crlm.revision.factors import FACTORS, Revision

COLOURS = {
    "code": "#767676", "corrections": "#b34700", "withdrawn": "#a0357a", "plan": "#00735a",
    "undeclared": "#111111", "new_patients": "#0068a8",
}  # fmt: skip
WIDTH, LANE = 120, 5  # of the drawing of a change, in pixels
LARGEST = 15  # moves that are shown apart
ALT = re.compile(r'\(figures/(\w+)\)\{[^}]*?fig-alt="([^"]*)"')


def factors_of(frame: pd.DataFrame) -> list[str]:
    """Return the factors among which the changes are divided, in their order.

    Undeclared edits should not be: they are left out where they moved nothing.
    """
    moved = set(" ".join(frame["moved_by"]).split())
    return [f for f in FACTORS if f"part_{f}" in frame and (f != "undeclared" or f in moved)]


def names_of(moved_by: str) -> str:
    """Return the factors that moved something as words."""
    return ", ".join(FACTORS[factor] for factor in moved_by.split())


def in_words(row: dict, factors: list[str]) -> str:
    """Return the parts of a change as words."""
    parts = {f: row[f"part_{f}"] for f in factors if row[f"part_{f}"] == row[f"part_{f}"]}
    shown = [f"{FACTORS[f]} {part:+.3g}" for f, part in parts.items() if abs(part) > 1e-9]
    shown = [re.sub(r"-(?=\d)", "\N{MINUS SIGN}", part) for part in shown]
    return "; ".join(shown) or names_of(row["moved_by"])


def draw(row: dict, factors: list[str]) -> Markup:
    """Draw how a number moved from the old value to the new: one lane a factor, from left to right.

    Empty where the quantity is no number.
    """
    parts = [row[f"part_{factor}"] for factor in factors]
    if any(part != part or part is None for part in parts) or not any(parts):
        return Markup("")
    ends = [0.0]
    for part in parts:
        ends.append(ends[-1] + part)
    low, span = min(ends), max(ends) - min(ends)
    at = [4 + (WIDTH - 8) * (end - low) / span for end in ends]
    bars = [
        f'<rect x="{min(a, b):.1f}" y="{i * LANE}" width="{max(abs(b - a), 1):.1f}" '
        f'height="{LANE - 1}" fill="{COLOURS[factor]}"/>'
        for i, (factor, a, b) in enumerate(zip(factors, at, at[1:], strict=False))
        if abs(b - a) > 0.05
    ]
    height, label = LANE * len(factors), escape(in_words(row, factors))
    ticks = "".join(
        f'<path d="M{x:.1f} 0V{height}" stroke="#555" stroke-dasharray="{dash}"/>'
        for x, dash in ((at[0], "1 2"), (at[-1], "none"))
    )
    return Markup(
        f'<svg width="{WIDTH}" height="{height}" role="img" aria-label="{label}">'
        f"<title>{label}</title>{ticks}{''.join(bars)}</svg>"
    )


def rows_of(frame: pd.DataFrame, factors: list[str]) -> list[dict]:
    """Return changes as the page shows them."""
    return [
        row | {"parts": in_words(row, factors), "drawing": draw(row, factors)}
        for row in frame.fillna({"old": "–", "new": "–"}).to_dict("records")
    ]


def lead_of(revision: Revision, cohorts: list[str]) -> str:
    """Say in a sentence or two what a co-author must know."""
    claims, changes = revision.claims, revision.changes
    turned = claims[claims["status"] != "same"]["claim"].str.replace("_", " ")
    printed = changes[changes["place"] != ""]
    crossed = int((printed["remark"] == "crossed alpha").sum())
    tests = int((printed["remark"] == "other test").sum())
    moved = int((printed["old"].fillna("") != printed["new"].fillna("")).sum())
    first = (
        f"All {len(claims)} claims of the text hold in {cohorts[1]} as they did in {cohorts[0]}."
    )
    if len(turned):
        read = "reads" if len(turned) == 1 else "read"
        first = (
            f"{len(turned)} of {len(claims)} claims of the text {read} otherwise in {cohorts[1]} "
            f"than in {cohorts[0]}: {', '.join(turned)}."
        )
    return (
        f"{first} Of the printed p-values, {crossed or 'none'} crossed alpha; of the comparisons, "
        f"{tests or 'none'} {'uses' if tests < 2 else 'use'} another test. {moved} of "
        f"{len(printed)} printed quantities changed."
    )


def figure_pairs(olds: list[str], news: list[str], texts: tuple[str, str]) -> Iterator[dict]:
    """Yield the figures whose drawings differ, old and new, each within the page."""
    sides = [{Path(p).stem: Path(p).read_bytes() for p in paths} for paths in (olds, news)]
    alts = [{name: unescape(alt) for name, alt in ALT.findall(text)} for text in texts]
    for name in sorted({*sides[0], *sides[1]}):
        drawings = [side.get(name) for side in sides]
        if drawings[0] != drawings[1]:
            uris = [
                f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}" if drawing else ""
                for drawing in drawings
            ]
            yield {"name": name, "uris": uris, "alts": [alt.get(name, name) for alt in alts]}


def digest(
    revision: Revision,
    cohorts: list[str],
    texts: tuple[str, str],
    figures: tuple[list[str], list[str]],
) -> dict:
    """Return what the page about a revision shows.

    Parameters
    ----------
    revision
        What `factors.revise` returned.
    cohorts
        The names of the two cohorts, the old one first.
    texts
        The filled manuscripts.
    figures
        The paths of the figures as SVG.
    """
    changes, claims = revision.changes, revision.claims
    factors = factors_of(changes)
    changed = changes[changes["moved_by"].ne("") | changes["old"].ne(changes["new"])]
    printed = changed[changed["place"] != ""]
    held = claims["status"] == "same"
    remarked = printed[printed["remark"] != ""]
    numbers = printed[printed["remark"].eq("") & printed["change"].notna()]
    return {
        "cohorts": cohorts,
        "lead": lead_of(revision, cohorts),
        "claims": [
            row | {"factors": names_of(row["moved_by"])}
            for row in claims[~held][::-1].to_dict("records")
        ],
        "between": [
            f"{claim.claim.replace('_', ' ')} ({names_of(claim.moved_by)})"
            for claim in claims[
                claims["status"].eq("same") & claims["moved_by"].ne("")
            ].itertuples()
        ],
        "standing": int(held.sum()),
        "crossed": rows_of(remarked[remarked["remark"] == "crossed alpha"], factors),
        "tests": rows_of(remarked[remarked["remark"] == "other test"], factors),
        "largest": rows_of(numbers.head(LARGEST), factors),
        "every": rows_of(changed, factors),
        "same": len(changes) - len(changed),
        "factors": [
            {
                "name": FACTORS[factor],
                "colour": COLOURS[factor],
                "moved": sum(factor in row.split() for row in changes["moved_by"]),
                "alone": revision.failed_alone.get(factor, ""),
                "failed": revision.failed.get(factor, ""),
            }
            for factor in FACTORS
            if factor in factors or factor in revision.failed
        ],
        "with_code": "code" in factors,
        "undeclared": sum("undeclared" in row.split() for row in changes["moved_by"]),
        "config": revision.config,
        "figures": [*figure_pairs(*figures, texts)],
    }
