"""The figures as the manuscript holds them: captions, and alternative texts with their keys."""

import re
from collections.abc import Iterable

from crlm.base.formats import MARK, listing, patients
from crlm.manuscript.markdown import keys_of, typed, without_spans
from crlm.manuscript.phrases import shown
from crlm.numbers.undetermined import ranges_of
from crlm.plan.analysis import Plan
from crlm.plan.variables import Variable
from crlm.response import BARS


def spelled_out(text: str, plan: Plan) -> str:
    """Return what the abbreviations in a text stand for, if it has any."""
    plain = without_spans(text)
    return "; ".join(
        f"{typed(short)}, {typed(words)}"
        for short, words in plan.abbreviations.items()
        if re.search(rf"(?<!\w){re.escape(short)}(?!\w)", plain)
    )


def note_on(body: str, variables: Iterable[Variable], numbers: dict, plan: Plan) -> str:
    """Return what abbreviations and the mark in a table or figure mean, as the end of its caption.

    `body` may bear them; `variables` are those that it compares: of p-values that bear the mark the
    ranges are told.
    """
    told = spelled_out(body, plan)
    note = f" {told}." if told else ""
    if MARK not in body:
        return note
    ranges = [
        f"{shown(numbers, f'label.{v.name}.variable')}, {shown(numbers, f'range.test.{v.name}.p')}"
        for v in variables
        if ranges_of(f"test.{v.name}.p", numbers)
    ]
    told = f"; *p* ranges: {'; '.join(ranges)}" if ranges else ""
    open_ = "Not determined by the printed tables, or not to its last digit"
    return f"{note} {MARK} {open_}: it holds for this reconstruction alone{told}."


def group_meanings(groups: Iterable[str], numbers: dict) -> str:
    """Return what the labels of the groups stand for."""
    return "; ".join(
        ", ".join(shown(numbers, f"{g}.{of}") for of in ("label", "meaning")) for g in groups
    )


def figure_block(name: str, caption: str, alt: str) -> str:
    """Return a figure as Quarto writes it.

    An attribute holds no spans: the keys of the numbers in `alt` stand beside it, in their order;
    nor an emphasis, whose signs would be read aloud.
    """
    keys, alt = " ".join(keys_of(alt)), without_spans(alt).replace("*", "").strip()
    return f'![{caption}](figures/{name}){{#fig-{name} fig-alt="{alt}" alt-keys="{keys}"}}'


def level_figure(name: str, numbers: dict, plan: Plan) -> str:
    """Return a figure of the response by level, with n and the test in its caption."""
    figure = plan.figures[name]
    facts, bars = [], []
    for variable in figure.variables:
        test = f"test.{variable.name}"
        fact = f"n = {shown(numbers, f'all.{variable.name}.known')}"
        if numbers[f"{test}.p"]["value"] is not None:
            fact += f"; {numbers[f'{test}.name']['display']}, {shown(numbers, f'{test}.p')}"
        facts.append((shown(numbers, f"label.{variable.name}.variable"), fact))
        for level in variable.levels:
            keys = {g: f"{g}.{variable.name}.{level}" for g in plan.groups}
            counts = ", ".join(
                f"{shown(numbers, f'{g}.label')} {shown(numbers, f'{key}.n_percent')}"
                for g, key in keys.items()
            )
            base = numbers[f"{next(iter(keys.values()))}.denominator"]["value"]
            label = shown(numbers, f"label.{variable.name}.{level}")
            bars.append(f"{label}: {counts if base else patients(0)}")
    told = [fact if len(facts) == 1 else f"{label}: {fact}" for label, fact in facts]
    first = shown(numbers, f"{next(iter(plan.groups))}.label")
    caption = (
        f"Radiological response by {typed(figure.title)} ({'. '.join(told)}). Whiskers: Wilson's "
        f"{shown(numbers, 'plan.confidence_level')} intervals of the share of {first}."
        + note_on(" ".join(bars), [], numbers, plan)
    )
    return figure_block(name, caption, "Stacked bars, one a level. " + "; ".join(bars) + ".")


DRAWN_EFFECT = "risk_difference"
WRITTEN = {
    "cramers_v": "Cramér's *V* of variables with more than two levels",
    "hodges_lehmann": "the difference between the groups in continuous variables",
}


def forest_figure(name: str, numbers: dict, plan: Plan) -> str:
    """Return the forest plot, with what stands on which scale in its caption."""
    figure = plan.figures[name]
    told = [
        f"{shown(numbers, f'label.{v.name}.variable')}: "
        + "; ".join(shown(numbers, f"test.{v.name}.{form}") for form in ("effect", "p"))
        for v in figure.variables
    ]
    labels = [shown(numbers, f"{group}.label") for group in plan.groups]
    used = [e for e in (DRAWN_EFFECT, *WRITTEN) if numbers[f"methods.{e}"]["value"]]
    caption = f"Radiological response by {typed(figure.title)}, {' against '.join(labels)}."
    if DRAWN_EFFECT in used:
        caption += (
            f" Squares and lines: difference between the levels in the share of {labels[0]}, in "
            f"percentage points, with its {shown(numbers, 'plan.confidence_level')} confidence "
            "interval (Newcombe)."
        )
    if written := [words for effect, words in WRITTEN.items() if effect in used]:
        caption += f" Of another scale, and therefore written and not drawn: {listing(written)}."
    open_ = any(ranges_of(f"test.{v.name}.p", numbers) for v in figure.variables)
    caption += " Tests and ranges of *p* as in " if open_ else " Tests as in "
    caption += f"{listing([f'@tbl-{table}' for table in figure.tables])}."
    caption += f" {group_meanings(plan.groups, numbers)}."
    labels += [level.label for v in figure.variables for level in v.levels.values()]
    caption += note_on(" ".join([*told, *labels]), [], numbers, plan)
    return figure_block(name, caption, f"Forest plot, a row a comparison. {'. '.join(told)}.")


def specification_figure(name: str, numbers: dict, plan: Plan) -> str:
    """Return the specification curve of a question; nothing where the plan does not ask it."""
    figure = plan.figures[name]
    key, n = f"multiverse.{figure.question}", numbers.get(f"multiverse.{figure.question}.n")
    if not n:
        return ""
    caption = f"Specification curve: {typed(figure.title)}. "
    if not n["value"]:
        caption += "No test was possible, whatever is chosen."
        return figure_block(name, caption, "No points.")
    caption += (
        f"Effects by {shown(numbers, f'{key}.n')} combinations of choices, each above the strokes "
        f"that show which. Dark: *p* < {shown(numbers, 'plan.alpha')}. Diamonds: the paper's own "
        f"choices. {group_meanings(plan.groups, numbers)}."
    )
    if ranges_of(f"test.{figure.question}.p", numbers):
        caption += " Not determined by the printed tables: it holds for this reconstruction alone."
    alt = (
        f"Points in the order of their effects, from {shown(numbers, f'{key}.effects')}; dark, "
        f"with p below the level: {shown(numbers, f'{key}.below_of')}. Below each, its choices."
    )
    return figure_block(name, caption, alt)


DRAWN = {"shares": level_figure, "forest": forest_figure, "specifications": specification_figure}


def other_figures(numbers: dict, plan: Plan, cohort: dict) -> dict[str, str]:
    """Return the flow diagram and the waterfall."""
    rule = cohort["response_rule"]
    growth, shrinkage = (f"rule.{rule}.{p}_percent" for p in ("growth", "shrinkage"))
    both = "all.size_change_percent.known_patients"
    responses = ", ".join(
        f"{shown(numbers, f'word.response.{name}')} ({shown(numbers, f'all.response.{name}.n')})"
        for name in plan.variables["response"].levels
    )
    withdrawn = numbers["cohort.withdrawn"]
    gone = f"withdrawn ({shown(numbers, 'cohort.withdrawn')}), " if withdrawn["value"] else ""
    drawn = " Drawn from reconstructed rows." if cohort["provenance"] == "reconstructed" else ""
    waterfall = (
        "Change in the diameter of the largest metastasis from baseline, known before and after "
        f"chemotherapy in {shown(numbers, both)}. Dashed lines: growth by "
        f"{shown(numbers, growth)}, shrinkage by {shown(numbers, shrinkage)}.{drawn}"
    )
    alt = "One bar a patient, in order of change"
    if numbers[both]["value"] > BARS:
        waterfall += (
            " Of so many the distribution of the change is drawn and not a bar a patient; greater "
            "growth is in the last bar."
        )
        alt = "Distribution of the change, a bar for five percentage points"
    changes = shown(numbers, "all.size_change_percent.typical")
    return {
        "flow": figure_block(
            "flow",
            "Flow of the patients from the raw data to the radiological response.",
            f"Boxes: received ({shown(numbers, 'cohort.received')}), {gone}excluded "
            f"({shown(numbers, 'cohort.excluded')}), analysed ({shown(numbers, 'cohort.n')}); "
            f"of these {responses}.",
        ),
        "waterfall": figure_block("waterfall", waterfall, f"{alt}: {changes}."),
    }
