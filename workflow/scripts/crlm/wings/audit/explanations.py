"""What stands behind the verdicts, in words: conflicts, GRIM, tests, and what nobody can know."""

import pandas as pd

from crlm.base.formats import p_number, p_phrase
from crlm.plan.analysis import Plan
from crlm.wings.audit.printed_tests import TESTS

# R-hat above which walks are not said to agree (Vehtari et al. 2021: 1.01 to 1.05)
NOT_MIXED = 1.05


def describe_choices(choices: pd.DataFrame, uniformity: pd.DataFrame, plan: Plan) -> dict:
    """Say which test gives each printed p-value, and what another choice would say.

    The plan's `decimals` and `alpha` tell how p-values are printed.

    Returns
    -------
    dict
        `rows`: those of the tables, and those of the text that no test gives, with names written
        out; `single`: test, how many p-values it gives, of how many; `chosen`: the same where the
        test is chosen for each p-value; `named`: how many a test gives that the methods name.
    """
    kept = choices[(choices["table"] != "text") | (choices["given_by"] == "")]
    rows, printed = [], (plan.decimals["p_value"], plan.alpha)
    for row in kept.to_dict("records"):
        p = p_phrase(float(row["rule_p"]), *printed) if row["rule_p"] else ""
        ends = [p_number(float(row[e]), *printed) for e in ("p_least", "p_greatest") if row[e]]
        rule = f"{TESTS[row['rule']]}: {p} ({row['rule_reason']})" if row["rule"] else ""
        given = " or ".join(TESTS[test] for test in row["given_by"].split())
        ends_words = " to ".join(dict.fromkeys(ends))
        rows.append(row | {"given": given, "rule_words": rule, "ends": ends_words})
    shares = [(row.test, int(row.gives), int(row.computable)) for row in uniformity.itertuples()]
    tables = choices[choices["table"] != "text"]
    return {
        "rows": rows,
        "single": [(TESTS[test], *share) for test, *share in shares if test in TESTS and share[0]],
        "chosen": [(test, *share) for test, *share in shares if test not in TESTS],
        "named": int((tables["named"] == "yes").sum()),
    }


def describe_ranges(ranges: pd.DataFrame, plan: Plan) -> list[dict]:
    """Say how far the p-values go that the printed tables leave open.

    Parameters
    ----------
    ranges
        As `ranges.summarise_draws` returns them; empty where none were drawn.
    plan
        Its alpha, decimals and variables are asked.

    Returns
    -------
    list of dict
        A row a test: `label`, `printed` and `plausible` (ranges), `proven`, `verdict`, `r_hat`
        and `ess` (the worse of the sets that were drawn), `mixed` (whether the walks agreed).
    """
    rows = []
    for quantity, own in ranges.groupby("quantity", sort=False):
        kind, name, *_, form = quantity.split(".")
        sets = own.set_index("kept").to_dict("index")
        if kind not in ("test", "correlation") or form != "p" or "printed" not in sets:
            continue
        first, plausible = sets["printed"], sets.get("plausible")
        proven = pd.notna(first["proven_low"])
        ends = first["proven_low" if proven else "min"], first["proven_high" if proven else "max"]
        inner = (plausible["min"], plausible["max"]) if plausible else ()
        drawn = own if not proven else own[own["kept"] != "printed"]
        r_hat, label = drawn["r_hat"].max(), plan.variable(name).label
        rows.append(
            {
                "label": f"{label}: {'correlation' if kind == 'correlation' else 'comparison'}",
                "printed": show_range(ends, plan),
                "plausible": show_range(inner, plan) or "as the cohort",
                "proven": proven,
                "verdict": judge_range(*ends, proven, plan.alpha),
                "r_hat": f"{r_hat:.2f}".replace("inf", "∞").replace("nan", "–"),
                "ess": f"{drawn['ess'].min():.0f}".replace("nan", "–"),
                "mixed": not r_hat > NOT_MIXED,
            }
        )
    return rows


def judge_range(low: float, high: float, proven: bool, alpha: float) -> str:
    """Say whether all cohorts that keep the print agree on a p-value's side of alpha."""
    if low < alpha <= high:
        return f"on both sides of {alpha}: nobody can know"
    side = "below" if high < alpha else "not below"
    return f"{side} {alpha} in every such cohort{'' if proven else ' that was found'}"


def show_range(ends, plan: Plan) -> str:
    """Write a range of p-values; one where both ends are printed alike.

    A small one has a decimal more, so that its side of alpha can be seen.
    """
    decimals, alpha = plan.decimals["p_value"], plan.alpha
    return " to ".join(dict.fromkeys(p_number(p, decimals + (p < 0.1), alpha) for p in ends))
