"""What the authors declare, and what the manuscript counts against the limits of a journal."""

import re
from typing import NamedTuple

from crlm.base.vocabulary import texts_beside
from crlm.manuscript.alignment import text_of
from crlm.manuscript.markdown import literal
from crlm.wings.submission.documents import Parts

TEXTS = texts_beside(__file__)
STATEMENTS, LIMITS = TEXTS["statements"], TEXTS["limits"]


class Count(NamedTuple):
    """What is counted, how much there is, how much is allowed (None: any)."""

    what: str
    found: int
    limit: int | None

    @property
    def over(self) -> int:
        """How much there is too much."""
        return 0 if self.limit is None else max(0, self.found - self.limit)


def number_of_words(nodes: object) -> int:
    """Return how many words a text has: what stands between blanks and has a letter or digit."""
    return len(re.findall(r"\S*\w\S*", text_of(nodes)))


def count_limits(parts: Parts, limits: dict[str, int | None]) -> list[Count]:
    """Count a manuscript against the limits of a journal, in the order of `LIMITS`."""
    meta = parts.meta
    found = {
        "title_characters": len(text_of(meta["title"]).strip()),
        "abstract_words": number_of_words(meta.get("abstract", [])),
        "text_words": number_of_words(parts.text),
        "keywords": len(meta.get("keywords", {}).get("c", [])),
        "references": len(parts.references),
        "figures_and_tables": len(parts.figures) + len(parts.tables),
    }
    return [Count(LIMITS[key], found[key], limits[key]) for key in LIMITS]


def declared(cohort: dict) -> tuple[dict[str, str], list[str]]:
    """Return what the authors declare, heading -> Markdown, and what their cohort's file lacks.

    Parameters
    ----------
    cohort
        The cohort's config: `statements`, and of each author `orcid` and `roles` (CRediT).
    """
    given, authors = cohort.get("statements", {}), cohort["authors"]
    texts = {head: literal(given[key]) for key, head in STATEMENTS.items() if key in given}
    missing = [f"{h} (statements.{key})" for key, h in STATEMENTS.items() if key not in given]
    roles = [
        f"{literal(a['name'])}: {', '.join(a['roles']).lower()}" for a in authors if "roles" in a
    ]
    texts |= {"Contributions (CRediT)": "; ".join(roles) + "."} if roles else {}
    for key, what in (("roles", "CRediT roles"), ("orcid", "ORCID")):
        lacking = ", ".join(author["name"] for author in authors if key not in author)
        missing += [f"{what} of {lacking} (authors.{key})"] if lacking else []
    if not any("email" in author and "corresponding" in author for author in authors):
        missing.append("A corresponding author with an address (authors.corresponding, email)")
    return texts, missing


def title_page(cohort: dict, parts: Parts, counts: list[Count], signed: bool) -> str:
    """Return the title page as Markdown: who wrote it, where, what they declare, what was counted.

    `signed` is whether the manuscript bears the authors' names; that of a rebuilt paper does not.
    """
    lines = [f"# {literal(text_of(parts.meta['title']).strip())}", ""]
    if signed:
        for author in cohort["authors"]:
            orcid = f", ORCID {author['orcid']}" if "orcid" in author else ""
            lines += [f"{literal(author['name'])}{orcid}", ""]
        lines += [literal(cohort["affiliation"]), ""]
        of = [a for a in cohort["authors"] if "corresponding" in a and "email" in a]
        lines += [f"Correspondence: {literal(a['name'])}, {literal(a['email'])}" for a in of]
    else:
        lines.append("Rebuilt from a printed paper, whose authors did not write this text.")
    words = ", ".join(
        literal(text_of(word)) for word in parts.meta.get("keywords", {}).get("c", [])
    )
    lines += ["", f"**Keywords.** {words}", ""]
    for head, text in declared(cohort)[0].items() if signed else ():
        lines += [f"**{head}.** {text}", ""]
    lines += ["| | |", "|---|--:|", *(f"| {c.what} | {c.found} |" for c in counts), ""]
    return "\n".join(lines)
