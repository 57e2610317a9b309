"""Which claims another state of the paper makes otherwise, and what each said."""

import html
import re
from collections import Counter
from collections.abc import Callable

import pandas as pd

from crlm.base.formats import in_sentence
from crlm.manuscript.claims import Claim, Outcome
from crlm.manuscript.markdown import without_spans
from crlm.paper import Paper
from crlm.wings.revision.changed_numbers import what_turned

KINDS = {"fig": "Figure", "tbl": "Table"}
PARTS = ("variant", "condition", "values", "text")  # of a claim, on either side


def as_read(markdown: str, text: str = "") -> str:
    """Return a sentence as it is read, without spans, emphasis, citations and line breaks.

    Figures and tables have the numbers of `text`, the whole manuscript; of its supplement with S.
    """
    numbered = {}
    for series, part in zip(("", "S"), text.split(".supplement}"), strict=False):
        counts: Counter = Counter()
        for kind, name in re.findall(r"\{#(fig|tbl)-([\w-]+)", part):
            counts[kind] += 1
            numbered[f"@{kind}-{name}"] = f"{KINDS[kind]} {series}{counts[kind]}"
    words = re.sub(r" ?\[@[^]]*\]", "", without_spans(markdown)).replace("*", "")
    words = re.sub(r"@[\w-]+", lambda sign: numbered.get(sign[0], sign[0]), words)
    return " ".join(html.unescape(words).split())


def title_of(claim: Claim, template: str, numbers: dict[str, dict]) -> str:
    """Return where a claim stands and what it speaks of, in the plan's words where one is told."""
    sections = re.findall(r"^# ([^{\n]*)", template[: claim.start.at], re.MULTILINE)
    names = [f"label.{part}.variable" for key in claim.keys for part in key.split(".")[1:2]]
    labels = {numbers[name]["display"] for name in names if name in numbers}
    section = (sections or ["Abstract"])[-1].strip()
    name = claim.name.removeprefix(f"{section.lower()}_").replace("_", " ")
    return f"{section}: {in_sentence(labels.pop() if len(labels) == 1 else name)}"


def by_name(outcomes: list[Outcome]) -> dict[tuple[str, int], Outcome]:
    """Return (name, which time it is printed) -> outcome."""
    times: Counter = Counter()
    found = {}
    for outcome in outcomes:
        times[outcome.claim.name] += 1
        found[outcome.claim.name, times[outcome.claim.name]] = outcome
    return found


def variant_of(outcome: Outcome | None) -> int:
    """Return the number of the variant that is printed, 0 where the claim is not."""
    return outcome.variant if outcome else 0


def values_of(keys: list[str], numbers: dict) -> str:
    """Return the numbers that the conditions of a claim read."""
    shown = []
    for key in keys:
        name = key if key in numbers else key.rpartition(".")[0]
        if name in numbers:
            value = numbers[name]["value"]
            shown.append(f"{name} = {f'{value:.4g}' if isinstance(value, float) else value}")
    return "; ".join(shown)


def compare_claims(
    papers: dict[str, Paper], singles: Callable[[], dict[str, Paper]], template: str
) -> pd.DataFrame:
    """Compare which variant of each claim is printed, from the first paper to the last.

    Parameters
    ----------
    papers
        The old paper (under any name), then that after each factor in turn.
    singles
        Builds the old paper with each correction and withdrawal alone.
    template
        The manuscript's.

    Returns
    -------
    frame
        One row a claim, in the order of the template: `claim, line, status` (`same`, `variant
        changed`, `new`, `gone`), `moved_by`, and for `old` and `new` the variant's number, its
        condition, the values that the claim's conditions read, and the sentence; `on_the_way` and
        `single` as `what_turned` says them; `title`, its section and subject.
    """
    found = {name: by_name(paper.claims) for name, paper in papers.items()}
    old, *_, new = papers
    labels, rows = {**papers[old].numbers, **papers[new].numbers}, []
    for which in {**found[old], **found[new]}:
        outcomes = {name: of_paper.get(which) for name, of_paper in found.items()}
        before, after = outcomes[old], outcomes[new]
        claim = (after or before).claim
        status = (
            "gone" if not after else "new" if not before
            else "same" if before.variant == after.variant else "variant changed"
        )  # fmt: skip
        turned = what_turned(
            {name: variant_of(o) for name, o in outcomes.items()},
            {name: as_read(o.text, papers[name].text) if o else "" for name, o in outcomes.items()},
            lambda which=which: {
                name: variant_of(by_name(p.claims).get(which)) for name, p in singles().items()
            },
        )
        row = {
            "claim": which[0],
            "line": int(claim.start),
            "status": status,
            "moved_by": turned.pop("turned_by"),
        }
        for side, outcome, paper in (("old", before, papers[old]), ("new", after, papers[new])):
            told = (None, "", "", "")
            if outcome:
                (claim, variant, text), numbers = outcome, paper.numbers
                condition = claim.variants[variant - 1][1]
                values = values_of(claim.keys, numbers)
                told = (variant, condition, values, as_read(text, paper.text))
            row |= dict(zip((f"{side}_{part}" for part in PARTS), told, strict=True))
        rows.append(row | turned | {"title": title_of(claim, template, labels)})
    columns = ["claim", "line", "status", "moved_by"]
    columns += [f"{side}_{part}" for side in ("old", "new") for part in PARTS]
    columns += ["on_the_way", "single", "title"]
    frame = pd.DataFrame(rows, columns=columns).sort_values(["line", "claim"], kind="stable")
    return frame.astype({"old_variant": "Int64", "new_variant": "Int64"})
