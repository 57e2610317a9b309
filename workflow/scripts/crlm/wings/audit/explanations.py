"""What stands behind the verdicts, in words: conflicts, GRIM, tests, and what nobody can know."""

import re

import pandas as pd

from crlm.base.formats import interval_end, p_number, p_phrase

TESTS = {
    "pearson_chi2": "Pearson’s chi-square",
    "continuity_corrected_chi2": "chi-square with continuity correction",
    "likelihood_ratio_chi2": "likelihood-ratio chi-square",
    "linear_by_linear": "linear-by-linear association",
    "fisher_exact": "Fisher’s exact test",
    "fisher_mid_p": "Fisher’s mid-p",
    "fisher_one_sided": "one-sided Fisher’s test",
    "fisher_freeman_halton": "Fisher–Freeman–Halton test",
    "t_pooled": "t test, equal variances",
    "t_welch": "Welch’s t test",
    "mann_whitney": "Mann–Whitney test",
    "spearman": "Spearman’s correlation",
}
CODE = re.compile("|".join(name.replace("_", "[_ ]") for name in sorted(TESTS, reverse=True)))
STATISTICS = {
    "p": "p-value", "effect": "estimated difference", "rho": "Spearman’s rho", "n": "patients",
    "kappa": "kappa", "observed_percent": "agreement, %", "sd": "SD",
    "min": "least", "max": "greatest",
}  # fmt: skip
DECIMALS = {"rho": 2, "kappa": 2}
NOT_MIXED = (
    1.05  # R-hat above which walks are not said to agree (Vehtari et al. 2021: 1.01 to 1.05)
)


def name_tests(text: str) -> str:
    """Write the tests' names out: `pearson_chi2` is Pearson’s chi-square."""
    return CODE.sub(lambda found: TESTS[found[0].replace(" ", "_")], text)


def describe_choices(choices: pd.DataFrame, uniformity: pd.DataFrame, plan: dict) -> dict:
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
    rows, printed = [], (plan["decimals"]["p_value"], plan["alpha"])
    for row in kept.to_dict("records"):
        given = [TESTS.get(t, t) for t in row["given_by"].split()]
        rule = TESTS.get(row["rule"], row["rule"])
        p = p_phrase(float(row["rule_p"]), *printed) if row["rule_p"] else ""
        ends = [p_number(float(row[e]), *printed) for e in ("p_least", "p_greatest") if row[e]]
        rows.append(
            row
            | {
                "given": " or ".join(given),
                "rule_words": f"{rule}: {p} ({row['rule_reason']})" if rule else "",
                "ends": " to ".join(dict.fromkeys(ends)),
            }
        )
    shares = [(row.test, int(row.gives), int(row.computable)) for row in uniformity.itertuples()]
    tables = choices[choices["table"] != "text"]
    return {
        "rows": rows,
        "single": [(TESTS[test], *share) for test, *share in shares if test in TESTS and share[0]],
        "chosen": [(test, *share) for test, *share in shares if test not in TESTS],
        "named": int((tables["named"] == "yes").sum()),
    }


def describe_ranges(ranges: pd.DataFrame, plan: dict) -> list[dict]:
    """Say how far the tests and agreements go that the printed tables leave open.

    Parameters
    ----------
    ranges
        As `ranges.summarise_draws` returns them; empty where none were drawn.
    plan
        `alpha`, `decimals`, `variables`, `groups` and, if any, `correlations`.

    Returns
    -------
    list of dict
        A row a quantity: `label`, `printed` and `plausible` (ranges), `proven`, `verdict`, `r_hat`
        and `ess` (the worse of the sets that were drawn), `mixed` (whether the walks agreed).
    """
    rows = []
    for quantity, own in ranges.groupby("quantity", sort=False):
        label, form = label_of_quantity(quantity, plan)
        sets = own.set_index("kept").to_dict("index")
        if not label or "printed" not in sets:
            continue
        first = sets["printed"]
        proven = pd.notna(first["proven_low"])
        ends = first["proven_low" if proven else "min"], first["proven_high" if proven else "max"]
        plausible = sets.get("plausible")
        drawn = own if not proven else own[own["kept"] != "printed"]
        r_hat = drawn["r_hat"].max()
        rows.append(
            {
                "label": label,
                "printed": show_range(*ends, form, plan),
                "plausible": show_range(plausible["min"], plausible["max"], form, plan)
                if plausible
                else "as the cohort",
                "proven": proven,
                "verdict": judge_range(*ends, proven, plan["alpha"]) if form == "p" else "",
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


def show(value: float, form: str, plan: dict) -> str:
    """Write a value by what it is."""
    if pd.isna(value):
        return "–"
    if form == "p":
        # A small one with a decimal more, so that its side of alpha can be seen.
        return p_number(value, plan["decimals"]["p_value"] + (value < 0.1), plan["alpha"])
    return f"{value:.0f}" if form == "n" else interval_end(value, DECIMALS.get(form, 1))


def show_range(low: float, high: float, form: str, plan: dict) -> str:
    """Write a range; one value where both ends are printed alike."""
    return " to ".join(dict.fromkeys(show(end, form, plan) for end in (low, high)))


def label_of_quantity(quantity: str, plan: dict) -> tuple[str, str]:
    """Name a quantity of the registry that a table of tests and agreements shows; else nothing."""
    kind, *names, form = quantity.split(".")
    variables = plan["variables"]
    name = variables.get(names[0], {}).get("label", names[0])
    statistic = STATISTICS.get(form, form)
    if kind == "test":
        return f"{name}: {statistic} of the comparison", form
    if kind == "correlation":
        pairs = {p["variable"]: p["with"] for p in plan.get("correlations", [])}
        other = variables.get(pairs.get(names[0]), {}).get("label", "")
        return f"{name} and {other.lower()}: {statistic}", form
    if kind == "agreement":
        rule = plan.get("response_rules", {}).get(names[0], {}).get("label", names[0])
        return f"Agreement of the response with {rule}: {statistic}", form
    if form == "n" and len(names) == 2:
        level = variables.get(names[0], {}).get("levels", {}).get(names[1], {})
        return f"{name}: {level.get('label', names[1])}, {statistic}", form
    return "", form
