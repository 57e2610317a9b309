"""What a cohort gives that its printed tables may leave open, under the keys of the registry."""

import pandas as pd

from crlm.comparison import compare_variable, correlate
from crlm.description import describe_table
from crlm.plan.analysis import Plan
from crlm.response import measure_change
from crlm.statistics.agreement import cohen_kappa

SHOWN = ("mean", "sd", "median", "min", "max")


def measure_quantities(rows: pd.DataFrame, plan: Plan, rule: str) -> dict[str, float]:
    """Measure what depends on the numbers of a cohort.

    Parameters
    ----------
    rows
        One a patient: clean values, `response`, `group`.
    plan
        The statistical analysis plan.
    rule
        Its response rule, which gives the responses.

    Returns
    -------
    dict
        Key of the number registry -> value: summaries of numbers and of the change in size, counts
        of RECIST 1.1 and its agreement with the response, tests and effects of numbers, rank
        correlations. A quantity that is not defined is missing.

    Raises
    ------
    ValueError
        If the rows' numbers don't give their responses.
    """
    found, frame = {}, measure_change(rows)
    if (plan.response_rules[rule].decide(frame)["response"] != rows["response"]).any():
        raise ValueError(f"the rule {rule} gives other responses")
    recist = plan.response_rules["recist_1_1"].decide(frame)["response"]
    frame = frame.assign(recist_1_1=recist)
    numbers = {*frame.select_dtypes("number")}
    for table in plan.tables.values():
        # a level's count is printed, but for those of RECIST
        open_rows = [
            row
            for row in table.rows
            if row.variable.source == "recist_1_1"
            or (not row.variable.levels and row.variable.source in numbers)
        ]
        described = describe_table(frame, table._replace(rows=open_rows), plan.decimals)
        for row in described.itertuples():
            key = f"{row.group}.{row.variable}"
            if pd.isna(row.level):
                found |= {f"{key}.{form}": getattr(row, form) for form in SHOWN}
            else:
                found[f"{key}.{row.level}.n"] = row.n
        for variable, _, named in open_rows if table.compares else ():
            by_rule = compare_variable(frame, variable, table.groups, None)
            by_name = compare_variable(frame, variable, table.groups, named) if named else by_rule
            for prefix, test in (("test", by_name), ("sensitivity", by_rule)):
                found[f"{prefix}.{variable.name}.p"] = test.get("p_value")
                found[f"{prefix}.{variable.name}.effect"] = test.get("estimate")
    for variable, beside in plan.correlations:
        rank = correlate(frame, variable, beside)
        found[f"correlation.{variable.name}.rho"] = rank.get("estimate")
        found[f"correlation.{variable.name}.p"] = rank.get("p_value")
    found |= measure_agreement(rows["response"], recist, plan)
    return {key: value for key, value in found.items() if value is not None}


def measure_agreement(response: pd.Series, recist: pd.Series, plan: Plan) -> dict[str, float]:
    """Measure how far the response agrees with RECIST 1.1, where both can be told."""
    other = recist.map(plan.response_rules["recist_1_1"].counterpart)
    both = other.notna()
    found: dict[str, float] = {"agreement.recist_1_1.n": int(both.sum())}
    if len({*response[both], *other[both]}) > 1:
        kappa = cohen_kappa(response[both], other[both], [*plan.group_of])
        found["agreement.recist_1_1.observed_percent"] = 100 * kappa.observed
        found["agreement.recist_1_1.kappa"] = kappa.kappa
    return found
