"""The paper, from its sources to the filled manuscript: the stages of the workflow in one process.

Read this first: the rules run the same stages step by step, with files between them. Revision and
the trials of the tests call them here, many times over.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crlm.base.files import read_text, read_yaml
from crlm.cohort.cleaned import clean_cohort
from crlm.comparison import compare_groups
from crlm.description import describe_tables, join_response, read_ids
from crlm.ledger import keep_ledger
from crlm.manuscript.claims import Outcome
from crlm.manuscript.prose import read_rules
from crlm.manuscript.template import fill_claims
from crlm.multiverse import specify
from crlm.numbers.printed import NOTHING_PRINTED, read_printed
from crlm.numbers.quantities import collect_numbers
from crlm.numbers.undetermined import read_ranges
from crlm.plan.analysis import Plan, read_plan
from crlm.received.tables import read_raws
from crlm.response import classify_response, order_of_waterfall


class Sources(NamedTuple):
    """What the paper is made from."""

    raw: list[tuple]
    codebook: dict
    plan: dict
    cohort: dict
    literature: dict
    template: str
    prose: dict
    corrections: Sequence[tuple] = ()
    withdrawn: Sequence[tuple] = ()
    ranges: dict = {}  # noqa: RUF012 (a named tuple is not changed)
    printed: pd.DataFrame = NOTHING_PRINTED
    followed: Sequence[str] = ()


class Paper(NamedTuple):
    """What is made: the registry, the filled manuscript, what each figure draws, the claims."""

    numbers: dict[str, dict]
    text: str
    drawn: dict[str, str]
    claims: list[Outcome]


def read_sources(files: Any, settings: Any, older: str = "") -> Sources:
    """Read what the paper of a cohort is made from.

    Parameters
    ----------
    files, settings
        A rule's `input` and `params`, with the fields of `Sources` by their names, and the
        `dictionaries` of its raw tables.
    older
        What stands before the names of what belongs to the cohort: `old_` for the one followed.
    """

    def of(place: Any, name: str) -> Any:
        return getattr(place, older + name)

    plan, codebook = of(settings, "plan"), of(settings, "codebook")
    return Sources(
        raw=read_raws(of(files, "raw"), of(files, "dictionaries"), codebook).tables,
        codebook=codebook,
        plan=plan,
        cohort=of(settings, "cohort"),
        literature=read_yaml(files.literature),
        template=read_text(files.template),
        prose=read_rules(files.prose),
        corrections=read_raws(of(files, "corrections")).tables,
        withdrawn=read_raws(of(files, "withdrawn")).tables,
        ranges=read_ranges(of(files, "ranges"), read_plan(plan)),
        printed=read_printed(of(files, "printed")),
        followed=read_ids(getattr(files, f"{older}followed", ())),
    )


def build_paper(sources: Sources) -> Paper:
    """Run the stages of the workflow, from the raw tables to the filled manuscript."""
    plan, cohort = read_plan(sources.plan), sources.cohort
    patients, _, flow, _ = clean_cohort(
        sources.raw, sources.codebook, sources.corrections, sources.withdrawn
    )
    response, agreement = classify_response(patients, plan, cohort["response_rule"])
    frame = join_response(patients, response)
    tables = describe_tables(frame, plan)
    tests, sensitivity = compare_groups(frame, plan, cohort["tests"])
    specifications = specify(frame, plan, cohort["response_rule"], cohort["tests"])
    numbers, _ = collect_numbers(
        frame, flow, tables, tests, sensitivity, *keep_ledger(frame, plan, tests),
        specifications, agreement, plan, sources.literature, cohort["period"], sources.ranges,
        cohort["response_rule"], sources.printed, sources.followed,
    )  # fmt: skip
    text, claims = fill_claims(sources.template, numbers, plan, cohort)
    drawn = drawn_data(flow, response, pd.concat(tables.values()), tests, specifications, plan)
    return Paper(numbers, text, drawn, claims)


def drawn_data(
    flow: pd.DataFrame, response: pd.DataFrame, table: pd.DataFrame, tests: pd.DataFrame,
    specifications: pd.DataFrame, plan: Plan,
) -> dict[str, str]:  # fmt: skip
    """Return what each figure draws, as CSV: of the waterfall the bars from left to right."""
    bars = order_of_waterfall(response)
    bars = bars.assign(sign=np.sign(bars["lesions_change"]))
    shares = table[table["group"] != "all"]
    curves = specifications.rename(columns={"question": "variable"})
    drawn_from = {
        "shares": [shares], "forest": [shares, tests], "specifications": [curves]
    }  # fmt: skip
    return {
        "flow": flow.to_csv(index=False),
        "waterfall": bars[["size_change_percent", "sign", "response"]].to_csv(index=False),
    } | {
        name: "".join(
            frame[frame["variable"].isin([v.name for v in figure.variables])].to_csv(index=False)
            for frame in drawn_from[figure.kind]
        )
        for name, figure in plan.figures.items()
    }
