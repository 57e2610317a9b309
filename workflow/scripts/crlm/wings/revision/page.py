"""The page about a revision: what it made or broke, then every change with its causes."""

import base64
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pandas as pd

from crlm.base.formats import in_sentence
from crlm.wings.revision.changed_claims import as_read
from crlm.wings.revision.changed_numbers import is_p_value, number_of
from crlm.wings.revision.factors import FACTORS, Revision

TITLE = re.compile(r" \(|[,.]( |$)")  # ends before it, in a caption
FIGURE = re.compile(r'!\[(.*)\]\(figures/(\w+)\)\{[^}]*?fig-alt="([^"]*)"')
VERDICTS = {
    "variant changed": "Reads otherwise now:",
    "gone": "No longer said:",
    "new": "New:",
    "same": "Said in both papers:",
}


def factors_of(frame: pd.DataFrame) -> list[str]:
    """Return the factors among which the changes are divided, in their order.

    Undeclared edits should not be: they are left out where they moved nothing.
    """
    moved = set(" ".join(frame["moved_by"]).split())
    return [f for f in FACTORS if f"part_{f}" in frame and (f != "undeclared" or f in moved)]


# --- What was made or broken ----------------------------------------------------------------------


def printed_of(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of what is printed, but for what the plan's rule alone would give."""
    return changes[changes["place"].ne("") & ~changes["key"].str.startswith("sensitivity.")]


def p_values_of(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes of the printed p-values, each once, with a `title`: what was tested."""
    p_values = printed_of(changes)[lambda printed: printed["key"].map(is_p_value)]
    about = p_values["meaning"].str.split("[:;]|, by response group").str[0].str.replace("_", " ")
    values = changes.set_index("key")
    names = p_values["key"].str.removesuffix("p") + "name"
    tests = values["new_value"].fillna(values["old_value"]).reindex(names).set_axis(names.index)
    kinds = tests.map(lambda test: "continuous" if test == "mann_whitney" else "in classes")
    twice = about.duplicated(keep=False)
    titled = p_values.assign(title=about.where(~twice, about + " (" + kinds + ")"))
    return titled.fillna({"old": "–", "new": "–"})


def turns_of(revision: Revision) -> list[dict]:
    """Return the printed p-values that came to the other side of alpha, and the claims that turned.

    Those that turned and turned back are among them. Claims go from the paper's end to its
    beginning.
    """
    crossed = p_values_of(revision.changes)
    crossed = crossed.assign(verdict="", status="", by=crossed["turned_by"])
    claims = revision.claims[::-1]
    told = claims["status"].eq("variant changed")  # to nothing or from nothing, it may be
    status = claims["status"].mask(told & claims["new_text"].eq(""), "gone")
    status = status.mask(told & claims["old_text"].eq(""), "new")
    claims = claims.assign(
        verdict=status.map(VERDICTS),
        by=claims["moved_by"],
        old=claims["old_text"],
        new=claims["new_text"].where(claims["status"] != "same", claims["on_the_way"]),
    )
    columns = ["title", "verdict", "status", "old", "on_the_way", "new", "by", "single"]
    return [
        row
        for frame in (crossed, claims)
        for row in frame.loc[frame["by"] != "", columns].to_dict("records")
    ]


def cards_of(turned: list[dict]) -> list[dict]:
    """Return what turned by its causes, the heaviest first: p-values, then single amendments.

    The p-values of a card begin with those of which its claims speak.
    """
    cards: dict[tuple, dict] = {}
    for turn in turned:
        first, *others = turn["by"].split()
        cause = turn["single"] or FACTORS[first]
        told = ", then ".join([cause, *(FACTORS[factor] for factor in others)])
        start = {"cause": told, "single": turn["single"], "crossed": [], "claims": []}
        card = cards.setdefault((turn["by"], cause), start)
        card["claims" if turn["verdict"] else "crossed"].append(turn)
    for card in cards.values():
        said = " ".join(claim["title"] for claim in card["claims"])
        card["crossed"].sort(key=lambda p: in_sentence(p["title"]).partition(" (")[0] not in said)
    return sorted(cards.values(), key=lambda card: (not card["crossed"], not card["single"]))


def lead_of(cards: list[dict], cohorts: list[str]) -> str:
    """Say what a single correction or withdrawal did, where one made or broke a statement."""
    if not cards or not (cards[0]["crossed"] and cards[0]["single"]):
        return ""
    single, p, turned = cards[0]["single"], cards[0]["crossed"][0], len(cards[0]["claims"])
    old, came_to, new = (p[side].removeprefix("p = ") for side in ("old", "on_the_way", "new"))
    return (
        f"{single[:1].upper()}{single[1:]}, takes the p-value of {in_sentence(p['title'])} from "
        f"{old} to {came_to if p['on_the_way'] else new}, and {turned or 'no'} "
        f"{'statement' if turned == 1 else 'statements'} with it"
        f"{f'; in {cohorts[1]} it is {new}' if p['on_the_way'] else ''}."
    )


def counts_of(revision: Revision, cohorts: list[str]) -> str:
    """Count what turned and what moved."""
    claims, changes = revision.claims, revision.changes
    printed, p_values = printed_of(changes), p_values_of(changes)
    alpha = changes.set_index("key")["new"]["plan.alpha"]
    crossed = int((p_values["remark"] == "crossed alpha").sum())
    tests = int((printed["remark"] == "other test").sum())
    numbers = printed[printed["change"].notna()]["key"].map(number_of)
    moved = printed["old"].fillna("") != printed["new"].fillna("")
    turned = int((claims["status"] != "same").sum())
    return (
        f"{turned or 'None'} of {len(claims)} statements that hang on the data "
        f"{'reads' if turned < 2 else 'read'} otherwise in {cohorts[1]} than in {cohorts[0]}; "
        f"{crossed or 'none'} of {len(p_values)} printed p-values came to the other side of "
        f"{alpha}; "
        f"{tests or 'no'} {'comparison uses' if tests < 2 else 'comparisons use'} another test; "
        f"{numbers[moved[numbers.index]].nunique()} of {numbers.nunique()} printed numbers changed."
    )


# --- What moved -----------------------------------------------------------------------------------


def in_words(row: dict, factors: list[str]) -> str:
    """Return the parts of a change as words."""
    parts = {f: row[f"part_{f}"] for f in factors if row[f"part_{f}"] == row[f"part_{f}"]}
    shown = [f"{FACTORS[f]} {part:+.3g}" for f, part in parts.items() if abs(part) > 1e-9]
    shown = [re.sub(r"-(?=\d)", "\N{MINUS SIGN}", part) for part in shown]
    return "; ".join(shown) or ", ".join(FACTORS[factor] for factor in row["moved_by"].split())


def rows_of(frame: pd.DataFrame, factors: list[str], meanings: dict[str, str]) -> list[dict]:
    """Return changes as the page shows them, once where several forms print the same number."""
    rows = []
    for row in frame.fillna({"old": "–", "new": "–"}).to_dict("records"):
        of_range = row["key"].removeprefix("range.")  # whose meaning speaks of a key
        title = row["meaning"].replace(of_range, meanings.get(of_range, of_range))
        title = title.removesuffix(": name").replace("_", " ")
        if row["unit"] and row["unit"] not in title:
            title += f" ({row['unit']})"
        if number_of(row["key"]) == row["key"] or number_of(row["key"]) not in meanings:
            rows.append(row | {"title": title, "parts": in_words(row, factors)})
    return rows


def figure_pairs(olds: list[str], news: list[str], texts: tuple[str, str]) -> Iterator[dict]:
    """Yield the figures whose drawings differ, old and new, each within the page."""
    sides = [{Path(p).stem: Path(p).read_bytes() for p in paths} for paths in (olds, news)]
    told = [
        {name: (TITLE.split(as_read(caption))[0], unescape(alt)) for caption, name, alt in found}
        for found in map(FIGURE.findall, texts)
    ]
    for name in sorted({*sides[0], *sides[1]}):
        drawings = [side.get(name) for side in sides]
        if drawings[0] != drawings[1]:
            uris = [
                f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}" if drawing else ""
                for drawing in drawings
            ]
            named = [side.get(name, (name, name)) for side in told]
            yield {"title": named[name in told[1]][0], "uris": uris, "alts": [a for _, a in named]}


def describe_revision(
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
    changes = revision.changes
    factors = factors_of(changes)
    meanings = dict(zip(changes["key"], changes["meaning"], strict=True))
    changed = changes[changes["moved_by"].ne("") | changes["old"].ne(changes["new"])]
    tests = printed_of(changes)[lambda printed: printed["remark"] == "other test"]
    cards = cards_of(turns_of(revision))
    return {
        "cohorts": cohorts,
        "lead": lead_of(cards, cohorts),
        "counts": counts_of(revision, cohorts),
        "cards": cards,
        "tests": rows_of(tests, factors, meanings),
        "every": rows_of(changed, factors, meanings),
        "factors": [
            {
                "name": FACTORS[factor],
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
