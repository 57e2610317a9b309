"""The audit of a printed paper for people: the answer, the numbers by section, the findings."""

import re
from collections import Counter
from typing import NamedTuple

import pandas as pd

from crlm.plan.analysis import Plan
from crlm.wings.audit.consistency import P_NATURE
from crlm.wings.audit.explanations import describe_choices, describe_ranges
from crlm.wings.audit.judging import is_conclusion
from crlm.wings.audit.omissions import UNTESTED
from crlm.wings.audit.printed_tables import rebuild_tables
from crlm.wings.audit.verdict import HELD, MISPLACED, OF_CLAIMS, OF_NUMBERS, WRONG, Verdict


class Look(NamedTuple):
    """How a verdict is shown: told apart by sign, and in grey by lightness, not by hue alone."""

    slug: str
    sign: str
    fill: str
    ink: str
    meaning: str


# Tints and shades after Okabe and Ito; each sign is legible on its fill (contrast of 4.5 and more).
HOLDS = "holds", "✓", "#e3edf5", "#2a4d69"
DENIES = "contradicted", "X", "#a83b10", "#ffffff"
TELLS_NOT = "open", "?", "#ffffff", "#444444"
VIOLET = "#7b4b94", "#ffffff"
LOOKS: dict[str, Look] = {
    Verdict.REPRODUCED: Look(*HOLDS, "it follows from other printed numbers"),
    Verdict.ROUNDED: Look("near", "≈", "#a9cbe4", "#12314a", "it does, rounding allowed for"),
    Verdict.TO_CHECK: Look("page", "P", "#fbe7ae", "#3d2c00", "right if a row, label or zero is"),
    Verdict.MISPRINT: Look("misprint", "M", "#f3c94b", "#3d2c00", "what was meant can be told"),
    Verdict.CONTRADICTED: Look(*DENIES, "other printed numbers deny it"),
    Verdict.ONE_OF: Look("set", "≠", "#f3d2c1", "#4a1d05", "a set can’t hold; any of it may err"),
    Verdict.OPEN: Look(*TELLS_NOT, "nothing printed confirms or denies it"),
    Verdict.CARRIED: Look(*HOLDS, "all that is printed of it says so"),
    Verdict.MIXED: Look("mixed", "±", "#dcc8e8", "#33123f", "some of it says so, some does not"),
    Verdict.SHOWN: Look("shown", "→", *VIOLET, "the direction is so; it may be chance"),
    Verdict.UNSETTLED: Look("shown", "∅", *VIOLET, "too few patients to tell"),
    Verdict.DENIED: Look(*DENIES, "all that is printed says otherwise"),
    Verdict.SILENT: Look(*TELLS_NOT, "no printed number can tell"),
}
# From what matters most to what matters least.
TIERS = ["conclusion", UNTESTED, Verdict.DENIED, Verdict.CONTRADICTED, Verdict.MISPRINT,
         Verdict.ONE_OF, Verdict.MIXED, Verdict.SHOWN, Verdict.UNSETTLED, Verdict.TO_CHECK,
         Verdict.SILENT, Verdict.OPEN]  # fmt: skip
CONCLUDING = ("conclusion", "abstract")  # the sections that conclude, the weightier first
POINTS = 8  # with their proofs on the sheet that is printed; the others by their titles
# The severest first.
SEVERE = (Verdict.DENIED, Verdict.CONTRADICTED, Verdict.SHOWN, Verdict.UNSETTLED)


def describe_audit(found: dict, plan: Plan, citation: dict) -> dict:
    """Gather what the page of the audit says.

    Parameters
    ----------
    found
        Frames, all as text but for the last: `audit`, `omissions`, `cells`, `statements`,
        `conflicts`, `corrections`, `choices`, `uniformity`; `ranges`, empty where what
        the print leaves open was not examined.
    plan
        Its alpha, decimals, variables and groups are asked.
    citation
        Of the printed paper: the first of the references of a citation file.

    Returns
    -------
    dict
        What `workflow/pages/audit.html.j2` speaks of.
    """
    entries = list_entries(found["audit"], found["cells"], found["statements"])
    sections, omissions = group_by_section(entries), {}
    for row in found["omissions"].to_dict("records"):
        clear = row["kind"] == UNTESTED and is_clear(row["found"], plan.alpha)
        omissions.setdefault("clear" if clear else row["kind"], []).append(row)
    points = gather_points(entries, omissions.pop("clear", []), plan)
    return {
        "citation": cite(citation),
        "looks": {verdict: look._asdict() for verdict, look in LOOKS.items()},
        "keys": [("Of a number", OF_NUMBERS), ("Of a claim in words", OF_CLAIMS)],
        "tiers": TIERS,
        "alpha": plan.alpha,
        "entries": entries,
        "counts": count_numbers(entries) | count_errors(found, entries),
        "sections": sections,
        "points": points,
        "points_on_sheet": POINTS,
        "fallen": [p for p in points if p["why"].startswith("yes") and p["is_claim"]],
        "held": (held := held_claims(entries, plan)),
        "concluded": Counter(
            p["verdict"]
            for p in [*held, *points]
            if p["is_claim"] and p["tier"] in ("conclusion", Verdict.CARRIED)
        ),
        "omissions": omissions,
        "tables": rebuild_tables(found["cells"], entries, plan),
        "methods": describe_choices(found["choices"], found["uniformity"], plan),
        "ranges": describe_ranges(found["ranges"], plan),
    }


def list_entries(audit: pd.DataFrame, cells: pd.DataFrame, statements: pd.DataFrame) -> list[dict]:
    """Number the audited numbers and statements, and say how each is shown.

    Parameters
    ----------
    audit
        As `judging.audit_paper` returns it.
    cells, statements
        The transcription that was audited.

    Returns
    -------
    list of dict
        The rows of the audit with `number` (from 1), the verdict's `look` and `order`, and of the
        transcription `table`, `variable`, `claim`, `statistic`.
    """
    columns = ["id", "table", "variable", "statistic"]
    told = cells[columns].assign(claim="").set_index("id").to_dict("index")
    for row in statements.itertuples():
        told[row.id] = {"table": "", "variable": row.variable, "claim": row.claim, "statistic": ""}
    return [
        row
        | told[row["id"]]
        | {
            "number": i,
            "look": LOOKS[row["verdict"]]._asdict(),
            "order": [*LOOKS].index(row["verdict"]),
        }
        for i, row in enumerate(audit.to_dict("records"), start=1)
    ]


def name_section(section: str) -> str:
    """Name a section as a heading does: `table1` is Table 1."""
    return re.sub(r"(?<=[a-z])(?=\d)", " ", section).capitalize()


def count_numbers(entries: list[dict]) -> dict:
    """Count the numbers by what became of them."""
    numbers = [e for e in entries if not e["claim"]]
    by = Counter(e["verdict"] for e in numbers)
    return {
        "numbers": len(numbers),
        "statements": len(entries) - len(numbers),
        "hold": sum(by[verdict] for verdict in HELD),
        "wrong": sum(by[verdict] for verdict in WRONG),
        "one_of": by[Verdict.ONE_OF],
        "to_check": by[Verdict.TO_CHECK],
        "open": by[Verdict.OPEN],
    }


def count_errors(found: dict, entries: list[dict]) -> dict:
    """Count the distinct errors of number: a value that is repeated is one, a false sum is one.

    As many as a solver has to give up at the least so that all the rest can hold, but for those
    whose row or label is to be checked on the page; and values that no set of the solver has.

    Returns
    -------
    dict
        `errors`; `cut`, how many of them are percentages that are cut off, not rounded; `sets` of
        the solver, and `give_up`, how many values it has to in all.
    """
    what = ["variable", "level", "group", "statistic", "text"]
    value = {c["id"]: tuple(c[w] for w in what) for c in found["cells"].to_dict("records")}
    verdicts = {e["id"]: e["verdict"] for e in entries}
    errors, cut, give_up = 0, 0, 0
    for _, own in found["corrections"].groupby("block", sort=False):
        alternatives = []
        for row in own.itertuples():
            elsewhere = {value[i] for i in row.cells.split() if verdicts[i] == Verdict.TO_CHECK}
            alternatives.append((max(int(row.values) - len(elsewhere), 0), int(row.cut)))
        errors, cut = errors + min(alternatives)[0], cut + min(alternatives)[1]
        give_up += min(map(int, own["values"]))
    sets = found["conflicts"][found["conflicts"]["nature"] != P_NATURE]
    seen = {i for ids in (*sets["cells"], *sets["repeats"]) for i in ids.split()}
    wrong = (i for i, verdict in verdicts.items() if verdict in WRONG)
    errors += len({value[i] for i in wrong if i in value and i not in seen})
    return {"errors": errors, "cut": cut, "sets": len(found["conflicts"]), "give_up": give_up}


def group_by_section(entries: list[dict]) -> list[dict]:
    """Put numbers and statements into their sections, in the order of the paper."""
    sections = {}
    for entry in entries:
        name = entry["section"]
        part = sections.setdefault(
            name, {"name": name, "title": name_section(name), "numbers": [], "statements": []}
        )
        part["statements" if entry["claim"] else "numbers"].append(entry)
    for part in sections.values():
        part["counts"] = {
            name: {v: sum(entry["verdict"] == v for entry in part[name]) for v in verdicts}
            for name, verdicts in (("numbers", OF_NUMBERS), ("statements", OF_CLAIMS))
        }
    return list(sections.values())


def gather_points(entries: list[dict], untested: list[dict], plan: Plan) -> list[dict]:
    """Put what does not simply hold into points, as a referee numbers them, by importance.

    Statements are one point where they claim the same of the same variable; numbers where they err
    in the same way in the same variable, or stand in another row of the same table.

    Parameters
    ----------
    entries
        As `list_entries` returns them.
    untested
        Comparisons that the paper never tested and that its own counts tell apart (omissions).
    plan
        Its variables have labels.

    Returns
    -------
    list of dict
        `title`, `tier` (of `TIERS`), `look`, `verdict`, `proofs` (each text with its
        entries), `why` (whether a conclusion changes), `is_claim`, `slip`.
    """
    points = _points([e for e in entries if e["verdict"] not in HELD], plan)
    points += [
        {
            "title": f"{plan.variable(row['variable']).label}, never tested",
            "tier": UNTESTED,
            "look": LOOKS[Verdict.OPEN]._asdict(),
            "verdict": "not tested",
            "proofs": [(row["explanation"], [])],
            "why": "no",
            "is_claim": False,
            "slip": "",
            "rank": (),
        }
        for row in untested
    ]
    return sorted(points, key=lambda point: (TIERS.index(point["tier"]), *point["rank"]))


def held_claims(entries: list[dict], plan: Plan) -> list[dict]:
    """Return the claims of the conclusion that the numbers carry, each once."""
    concluding = [e for e in entries if e["claim"] and is_conclusion(e["section"], e["place"])]
    return _points([e for e in concluding if e["verdict"] in HELD], plan)


def is_clear(found: str, alpha: float) -> bool:
    """Tell whether a comparison that the paper never tested is below alpha by its own counts."""
    p = re.match(r"p = ([\d.]+)", found)
    return bool(p) and float(p[1]) < alpha


def _reason(entry: dict) -> tuple:
    first = entry["verdict"], entry["variable"]
    if entry["claim"]:
        return *first, entry["claim"], "" if entry["variable"] else entry["printed"]
    if entry["misprint"] in MISPLACED:
        return entry["verdict"], entry["section"]
    if entry["verdict"] in (Verdict.OPEN, Verdict.ONE_OF):
        return entry["verdict"], _once(entry["explanation"])
    return *first, entry["misprint"]


def _once(explanation: str) -> str:
    """Return an explanation without what is of its place alone: that it repeats another one."""
    return re.sub(r"^Repeats [^:]+: ", "", explanation)


def _title(members: list[dict], plan: Plan) -> str:
    """Name a point: the claims as printed; the numbers and what they are of; a table's rows."""
    first, printed = members[0], list(dict.fromkeys(e["printed"] for e in members))
    if first["claim"]:
        return " / ".join(f"“{text}”" for text in printed)
    if first["misprint"] in MISPLACED:
        many = f"{len(members)} numbers" if len(members) > 1 else "a number"
        return f"{name_section(first['section'])}: {many} of another row"
    known = (e["variable"] for e in members if e["variable"] in plan.variables)
    labels = dict.fromkeys(plan.variables[name].label for name in known)
    label = ", ".join(labels) if first["verdict"] != Verdict.OPEN else ""
    return f"{label}: {', '.join(printed)}" if label else ", ".join(printed)


def _points(entries: list[dict], plan: Plan) -> list[dict]:
    groups, found = {}, []
    for entry in entries:
        groups.setdefault(_reason(entry), []).append(entry)
    for members in groups.values():
        first, places = members[0], list(dict.fromkeys(e["section"] for e in members))
        changing = [e for e in members if "the conclusion says so" in e["changes_conclusion"]]
        changing += [e for e in members if e["changes_conclusion"].startswith("yes")]
        proofs = {}
        for e in members:
            proofs.setdefault(_once(e["explanation"]), []).append(e)
        # claims before numbers; what is computed; those of the conclusion, then of the abstract;
        # contradicted ones first; those made most often
        computed = any(e["recomputed"] for e in members)
        place = next((i for i, s in enumerate(CONCLUDING) if s in places), 2)
        mildness = SEVERE.index(first["verdict"]) if first["verdict"] in SEVERE else len(SEVERE)
        found.append(
            {
                "title": _title(members, plan),
                "tier": "conclusion" if changing else first["verdict"],
                "look": first["look"],
                "verdict": first["verdict"],
                "proofs": list(proofs.items()),
                "why": (changing or members)[0]["changes_conclusion"],
                "is_claim": bool(first["claim"]),
                "slip": first["misprint"],
                "rank": (not first["claim"], not computed, place, mildness, -len(members)),
            }
        )
    return found


def cite(citation: dict) -> str:
    """Cite the printed paper, the first reference of a citation file (CFF 1.2)."""
    paper = citation["references"][0]
    names = [
        f"{a['family-names']} {''.join(name[0] for name in a['given-names'].split())}"
        for a in paper["authors"]
    ]
    issue = f" ({paper['issue']})" if "issue" in paper else ""
    printed_in = f"{paper['journal']} {paper['year']};{paper['volume']}{issue}"
    return f"{', '.join(names)}. {paper['title']}. {printed_in}."
