"""What a mutant is judged against: the paper made of its sources, in one process."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from crlm.claims import Outcome
from crlm.cohort import clean_cohort
from crlm.comparison import compare_groups
from crlm.description import describe_table, join_response
from crlm.manuscript import fill_claims
from crlm.numbers import collect_numbers
from crlm.response import classify_response


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


class Paper(NamedTuple):
    """What is made: the registry, the filled manuscript, what each figure draws, the claims."""

    numbers: dict[str, dict]
    text: str
    drawn: dict[str, str]
    claims: list[Outcome]


class Trial(NamedTuple):
    """A mutant, and how it is judged: outcome, by whom or what, explanation."""

    kind: str
    id: str
    place: str
    mutant: str
    judge: Callable[[], tuple[str, str, str]]


def build_paper(sources: Sources) -> Paper:
    """Run the stages of the workflow, from the raw tables to the filled manuscript."""
    plan, cohort = sources.plan, sources.cohort
    patients, _, flow, _ = clean_cohort(
        sources.raw, sources.codebook, sources.corrections, sources.withdrawn
    )
    response, agreement = classify_response(
        patients, plan["response_rules"], cohort["response_rule"], plan["groups"]
    )
    frame = join_response(patients, response)
    tables = {
        name: describe_table(frame, table, plan["variables"], plan["decimals"])
        for name, table in plan["tables"].items()
    }
    compared = [table for table in plan["tables"].values() if table["groups"] != ["all"]]
    tests, sensitivity = compare_groups(
        frame, compared, plan["variables"], plan["correlations"], cohort["tests"]
    )
    numbers = collect_numbers(
        frame, flow, tables, tests, sensitivity, agreement, plan, sources.literature,
        cohort["period"], sources.ranges,
    )  # fmt: skip
    text, claims = fill_claims(sources.template, numbers, plan, cohort)
    drawn = drawn_data(flow, response, pd.concat(tables.values()), plan)
    return Paper(numbers, text, drawn, claims)


def drawn_data(
    flow: pd.DataFrame, response: pd.DataFrame, table: pd.DataFrame, plan: dict
) -> dict[str, str]:
    """Return what each figure draws, as CSV: of the waterfall the bars from left to right."""
    bars = response.dropna(subset="size_change_percent")
    bars = bars.sort_values(["size_change_percent", "patient_id"], ascending=[False, True])
    bars = bars.assign(sign=np.sign(bars["lesions_change"]))
    shares = table[table["group"] != "all"]
    return {
        "flow": flow.to_csv(index=False),
        "waterfall": bars[["size_change_percent", "sign", "response"]].to_csv(index=False),
    } | {
        name: shares[shares["variable"].isin(figure["variables"])].to_csv(index=False)
        for name, figure in plan["figures"].items()
    }
