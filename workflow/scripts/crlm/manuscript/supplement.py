"""The tables of the supplement: what departs from the print, the ledger, effects, STROBE."""

from collections.abc import Iterator

from crlm.manuscript.captions import open_note
from crlm.manuscript.markdown import pipe_table
from crlm.manuscript.phrases import shown
from crlm.manuscript.strobe import checklist_rows
from crlm.plan.analysis import Plan


def departures_table(numbers: dict) -> str:
    """Return where the rebuild departs from the print: what is printed, what stands here, and why.

    Empty where it does not, or nothing was printed.
    """
    told = [k for k in numbers if k.startswith("printed.") and k.endswith(".what")]
    rows = []
    for key in (k.removesuffix(".what") for k in told):
        keys = [f"{key}.what", f"{key}.text", key.removeprefix("printed."), f"{key}.reason"]
        rows.append([shown(numbers, k) for k in keys])
    if not rows:
        return ""
    body = pipe_table(["", "Printed", "Here", "Why"], rows, [30, 26, 12, 32], left=4)
    caption = "Where this rebuild departs from the print"
    return f'{body}\n\n: {caption}. {{#tbl-departures tbl-colwidths="[30,26,12,32]"}}'


def tested_variables(numbers: dict, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the variables that the ledger holds, and how its tables name them."""
    for row in (row for table in plan.tables.values() if table.compares for row in table.rows):
        name, kind = row.variable.name, "" if row.variable.levels else ", continuous"
        if f"ledger.{name}.p_min" in numbers:
            yield name, f"{shown(numbers, f'label.{name}.variable')}{kind}"


def ledger_table(numbers: dict, plan: Plan) -> str:
    """Return the ledger: of each test of the groups, how far its p-value holds; empty without."""
    forms = ["p_min", "p_holm", "p_bh", "p_without_one", "flipping", "p_filled_in"]
    rows = []
    for name, label in tested_variables(numbers, plan):
        keys = [f"test.{name}.p_value", *(f"ledger.{name}.{form}" for form in forms)]
        rows.append([label, *(shown(numbers, key) for key in keys)])
    if not rows:
        return ""
    head = ["", "*p*", "Least possible", "Holm", "B–H", "One left out", "Crossing", "Filled in"]
    body = pipe_table(head, rows, [21, 9, 11, 9, 9, 15, 11, 15])
    caption = (
        "How far each p-value holds. Least possible: the smallest that data of the same margins "
        "could give. Holm; B–H: adjusted by the methods of Holm and of Benjamini and Hochberg. One "
        "left out: the range over the cohort without one patient; crossing: how many patients "
        "would, left out, take it to the other side of the level. Filled in: the range found over "
        f"the values that the missing ones could have.{open_note(body, [], numbers)}"
    )
    return f'{body}\n\n: {caption} {{#tbl-ledger tbl-colwidths="[21,9,11,9,9,15,11,15]"}}'


def effects_table(numbers: dict, plan: Plan) -> str:
    """Return the further measures of effect of the tests of the groups; empty without."""
    measures = {
        "odds_ratio": "Odds ratio",
        "cramers_v_corrected": "Cramér's V, corrected",
        "superiority": "Probability of superiority",
    }
    rows = [
        [label, words, shown(numbers, f"ledger.{name}.{measure}")]
        for name, label in tested_variables(numbers, plan)
        for measure, words in measures.items()
        if numbers[f"ledger.{name}.{measure}"]["display"] != "–"
    ]
    if not rows:
        return ""
    body = pipe_table(["", "Measure", "Estimate"], rows, [40, 28, 32], left=2)
    caption = (
        "Further measures of effect. Odds ratio: conditional, with the exact interval, of response "
        "in the last class against the first. Cramér's V: without its bias in small samples. "
        "Probability of superiority: that the value of a responder is above that of a patient of "
        "the other group, ties counting half."
        f"{open_note(body, [], numbers)}"
    )
    return f'{body}\n\n: {caption} {{#tbl-effects tbl-colwidths="[40,28,32]"}}'


def checklist_table(cohort: dict) -> str:
    """Return the STROBE checklist: each item, and where the paper meets it."""
    lacking = "Not in the print" if cohort["printed_version"] else "To be stated by the authors"
    body = pipe_table(["Item", "Asks for", "Where"], checklist_rows(lacking), [20, 36, 44], left=3)
    caption = "STROBE checklist for cohort studies [@vonelm2007]: where each item is met."
    return f'{body}\n\n: {caption} {{#tbl-strobe tbl-colwidths="[20,36,44]"}}'
