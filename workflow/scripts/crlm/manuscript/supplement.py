"""The tables of the supplement: what departs from the print, the ledger, effects, STROBE."""

from collections.abc import Iterator

from crlm.manuscript.captions import note_on
from crlm.manuscript.markdown import INDENT, pipe_table, without_spans
from crlm.manuscript.phrases import shown
from crlm.manuscript.strobe import checklist_rows
from crlm.plan.analysis import Plan


def departures_table(numbers: dict, plan: Plan) -> str:
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
    body = pipe_table(["Number", "Printed", "Here", "Why"], rows, [30, 26, 12, 32], left=4)
    caption = f"Where this rebuild departs from the print.{note_on(body, [], numbers, plan)}"
    return f"{body}\n\n: {caption} {{#tbl-departures}}"


# What the ledger tells of a test: the head of its column, its width in percent, what it means.
LEDGER = {
    "p_min": ("Least", 9, " Least: the least possible with data of the same margins."),
    "p_holm": ("Holm", 9, ""),
    "p_bh": ("B–H", 9, " Holm; B–H: adjusted as by Holm and by Benjamini and Hochberg."),
    "p_without_one": ("One left out", 16, " One left out: its range without one patient."),
    "flipping": ("Crosses", 10, " Crosses: by how many of these it crosses the level."),
    "p_filled_in": (
        "Filled in", 16, " Filled in: its range over the values that the missing ones could have "
        "(–: none is missing, or too many are).",
    ),
}  # fmt: skip


CONTINUOUS = ", continuous"


def below_classes(rows: list[list[str]]) -> list[list[str]]:
    """Return rows of which that of a number stands below that of its classes, where it follows."""
    heads = [without_spans(label) for label, *_ in rows]
    for above, head, row in zip(heads, heads[1:], rows[1:], strict=False):
        if head == f"{above}{CONTINUOUS}":
            row[0] = f"{INDENT}continuous"
    return rows


def tested_variables(numbers: dict, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the variables that the ledger holds, and how its tables name them."""
    for row in (row for table in plan.tables.values() if table.compares for row in table.rows):
        name, kind = row.variable.name, "" if row.variable.levels else CONTINUOUS
        if f"ledger.{name}.p_min" in numbers:
            yield name, f"{shown(numbers, f'label.{name}.variable')}{kind}"


def ledger_table(numbers: dict, plan: Plan) -> str:
    """Return the ledger: of each test of the groups, how far its p-value holds; empty without."""
    tested = dict(tested_variables(numbers, plan))
    columns = {
        form: column
        for form, column in LEDGER.items()
        if any(numbers[f"ledger.{name}.{form}"]["display"] != "–" for name in tested)
    }
    if not columns:
        return ""
    keys = ["test.{}.p_value", *(f"ledger.{{}}.{form}" for form in columns)]
    rows = [
        [label, *(shown(numbers, k.format(name)) for k in keys)] for name, label in tested.items()
    ]
    widths = [9, *(width for _, width, _ in columns.values())]
    widths.insert(0, 100 - sum(widths))
    heads = ["Variable", "*p*", *(head for head, *_ in columns.values())]
    body = pipe_table(heads, below_classes(rows), widths)
    told = "".join(meaning for *_, meaning in columns.values())
    caption = f"How far each p-value holds.{told}{note_on(body, [], numbers, plan)}"
    return f"{body}\n\n: {caption} {{#tbl-ledger}}"


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
    body = pipe_table(
        ["Variable", "Measure", "Estimate"], below_classes(rows), [40, 28, 32], left=2
    )
    caption = (
        "Further measures of effect. Odds ratio: conditional, with the exact interval, of response "
        "in the last class against the first. Cramér's V: without its bias in small samples. "
        "Probability of superiority: that the value of a responder is above that of a patient of "
        "the other group, ties counting half."
        f"{note_on(body, [], numbers, plan)}"
    )
    return f"{body}\n\n: {caption} {{#tbl-effects}}"


def checklist_table(cohort: dict) -> str:
    """Return the STROBE checklist: each item, and where the paper meets it."""
    lacking = "Not in the print" if cohort["printed_version"] else "To be stated by the authors"
    body = pipe_table(["Item", "Asks for", "Where"], checklist_rows(lacking), [20, 36, 44], left=3)
    caption = "STROBE checklist for cohort studies [@vonelm2007]: where each item is met."
    return f"{body}\n\n: {caption} {{#tbl-strobe}}"
