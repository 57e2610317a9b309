"""The paper's numbers once more, from the files and the plan, in plain Python.

Nothing here is of the package, nor of a library: what both give was computed twice.
"""

import csv
import io
import math
import re
import statistics
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations, product

FACTORS = {("cm", "mm"): 10, ("weeks", "months"): Fraction(84 * 4, 365 * 4 + 1)}
DELIMITERS, UTF16 = ",;\t|", b"\xff\xfe"
FEW = 4000  # samples that are enumerated


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def value(cell: str, variable: dict, unit: str, codes: list):
    """Return what a cell means: a level, an exact number, None where missing."""
    text = plain(cell)
    for level, spellings in variable.get("levels", {}).items():
        if text in map(plain, (level, *spellings)):
            return level
    if text in map(plain, codes):
        return None
    if variable["type"] in ("id", "year"):
        return text.upper() if variable["type"] == "id" else int(re.search(r"\d{4}", text)[0])
    number, own = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(\D*)", text).groups()
    factor = FACTORS.get((own or unit, variable["unit"]), 1)
    number = Fraction(number.replace(",", ".")) * factor
    return min(round(number, 2) if factor != 1 else number, variable.get("cap", math.inf))


def read(content: bytes, codebook: dict) -> list[dict]:
    """Return the patients of a file: variable -> value."""
    encoding = "utf-16" if content.startswith(UTF16) else "utf-8-sig"
    text = content.decode(encoding)
    delimiter = max(DELIMITERS, key=text.splitlines()[0].count)
    rows = [r for r in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(r)]
    of = {
        plain(c): (n, u) for n, v in codebook["variables"].items() for c, u in v["columns"].items()
    }
    named = [of[plain(column)] for column in rows[0]]
    return [
        dict.fromkeys(codebook["variables"])
        | {
            name: value(cell, codebook["variables"][name], unit, codebook["missing_codes"])
            for cell, (name, unit) in zip(row, named, strict=True)
        }
        for row in rows[1:]
    ]


def changes(patient: dict) -> tuple:
    """Return the change in number, in mm and in percent, None where not known."""
    before, after = patient["size_pre_mm"], patient["size_post_mm"]
    after = 0 if after is None and patient["lesions_post"] == 0 else after
    one, other = patient["lesions_pre"], patient["lesions_post"]
    number = None if one is None or other is None else other - one
    mm = None if before is None or after is None else after - before
    # To six decimals, as the definition of the column says.
    return number, mm, None if mm is None else round(100 * Fraction(mm) / Fraction(before), 6)


def respond(patient: dict, rule: str, limits: tuple = (5, 20, 30)) -> str | None:
    """Return the response by number and size, or by RECIST 1.1: growth in mm and %, shrinkage."""
    number, mm, percent = changes(patient)
    recist, (least, growth, shrinkage) = rule == "recist_1_1", limits
    grown = mm is not None and mm >= least and percent >= growth
    if (number is not None and number > 0) or grown:
        return "progressive"
    if recist and (patient["lesions_post"] == 0 or percent == -100):
        return "complete"
    if (number is not None and number < 0 and not recist) or (
        mm is not None and percent <= -shrinkage
    ):
        return "partial" if recist else "regressive"
    if recist:
        return "not_evaluable" if percent is None else "stable"
    return None if number is None or percent is None else "stationary"


def shown(number, decimals: int = 1) -> str:
    """Return a number rounded once, halves away from zero."""
    number = Fraction(str(round(number, 10)) if isinstance(number, float) else number)
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    printed = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0  # 0 has no sign
    return f"{printed:f}".replace("-", "−")


def percent(share: Fraction, decimals: int) -> str:
    """Return a percentage; neither nobody nor all where it is some."""
    text, one = shown(share, decimals), Decimal(1).scaleb(-decimals)
    if share in (0, 100) or float(text) not in (0, 100):
        return f"{text}%"
    return f"< {one}%" if float(text) == 0 else f"> {100 - one}%"


def level_of(patient: dict, variable: dict):
    """Return the level or number that a patient has, None where not known."""
    found = patient[variable["source"]]
    if found is None or found in variable.get("left_out", []):
        return None
    if "levels" not in variable:
        return Fraction(found) * Fraction(str(variable["scale"]))
    return next(
        key for key, level in variable["levels"].items()
        if found in level.get("values", ()) or level.get("at_least", 1) <= found < level["below"]
    ) if isinstance(found, int | Fraction) else next(
        key for key, level in variable["levels"].items() if found in level["values"]
    )  # fmt: skip


def count(key: str, n: int, of: int, found: dict, decimals: int) -> None:
    share = 100 * Fraction(n, of) if of else None
    text = f" ({percent(share, decimals)})" if of else ""
    found[f"{key}.n"], found[f"{key}.denominator"] = (n, f"{n}"), (of, f"{of}")
    found[f"{key}.percent"] = share, text[2:-1] or "not known"
    found[f"{key}.n_percent"] = n, f"{n}{text}"
    found[f"{key}.n_of"] = n, f"{n} of {of}" if of else "not known"
    found[f"{key}.n_of_percent"] = n, f"{n} of {of}{text}" if of else "not known"


def summarise(key: str, known: list, found: dict, decimals: int) -> None:
    found[f"{key}.n"] = len(known), f"{len(known)}"
    if not known:
        return
    mean, median = statistics.mean(known), statistics.median(known)
    low, _, high = statistics.quantiles(
        known if len(known) > 1 else known * 2, n=4, method="inclusive"
    )
    found[f"{key}.min"], found[f"{key}.max"] = (min(known), None), (max(known), None)
    beside = iqr = ""
    if len(known) > 1:
        sd = math.sqrt(statistics.variance(known))
        found[f"{key}.sd"] = sd, shown(sd, decimals)
        beside, iqr = f" ± {shown(sd, decimals)}", f"{shown(low, decimals)} to "
        iqr += shown(high, decimals)
        found[f"{key}.iqr"] = None, iqr
    for name, number in {"mean": mean, "median": median, "q1": low, "q3": high}.items():
        found[f"{key}.{name}"] = number, shown(number, decimals)
    found[f"{key}.mean_sd"] = mean, shown(mean, decimals) + beside
    found[f"{key}.median_iqr"] = median, shown(median, decimals) + f" ({iqr})" * bool(iqr)


def agree(key: str, pairs: list[tuple], found: dict, plan: dict) -> None:
    """Count in how many patients two readings are the same; kappa of Cohen, 1960."""
    n, same = len(pairs), sum(a == b for a, b in pairs)
    found[f"{key}.n"] = n, f"{n}"
    share = Fraction(100 * same, n) if n else None
    text = percent(share, plan["decimals"]["percent"]) if n else "not defined"
    found[f"{key}.observed_percent"] = share, text
    one, other = zip(*pairs, strict=True) if n else ((), ())
    chance = sum(one.count(r) * other.count(r) for r in {*one})
    kappa = Fraction(same * n - chance, n * n - chance) if n * n > chance else None
    found[f"{key}.kappa"] = kappa, None


def exact_p(table: list) -> float:
    """Return the p-value of two columns of counts: Freeman and Halton 1951, all tables tried."""
    rows, first = [sum(row) for row in table], sum(row[0] for row in table)
    ways = lambda column: math.prod(map(math.comb, rows, column))  # noqa: E731
    tried = [c for c in product(*(range(n + 1) for n in rows)) if sum(c) == first]
    own = ways([row[0] for row in table])
    return sum(w for w in map(ways, tried) if w <= own) / sum(map(ways, tried))


def chi2(table: list) -> float:
    """Return Pearson's chi-square of two columns."""
    n, sums = sum(map(sum, table)), [sum(column) for column in zip(*table, strict=True)]
    cells = [(o, sum(row) * c / n) for row in table for o, c in zip(row, sums, strict=True)]
    return sum((o - e) ** 2 / e for o, e in cells)


def chi2_p(table: list) -> float:
    """Return the p-value of Pearson's chi-square of two columns, of up to four rows."""
    x = chi2(table)
    odd = math.erfc(math.sqrt(x / 2))
    return {
        1: odd, 2: math.exp(-x / 2), 3: odd + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)
    }[len(table) - 1]  # fmt: skip


def effect(table: list, sides: list):
    """Return the difference of shares, Cramér's V (1946), or the shift of Hodges and Lehmann."""
    if not table:
        return statistics.median(a - b for a, b in product(*sides))
    if len(table) > 2:
        return math.sqrt(chi2(table) / sum(map(sum, table)))
    first, last = (Fraction(row[0], sum(row)) for row in table)
    return last - first


def adjusted(p: dict) -> dict:
    """Return p-values of a family by Holm (1979), and by Benjamini and Hochberg (1995)."""
    holm = {
        v: min(1, max(sum(b >= a for b in p.values()) * a for a in p.values() if a <= own))
        for v, own in p.items()
    }
    share = {
        v: min(1, min(len(p) * a / sum(b <= a for b in p.values()) for a in p.values() if a >= own))
        for v, own in p.items()
    }
    return {"p_holm": holm, "p_bh": share}


def ranks_p(one: list, other: list) -> float | None:
    """Return the exact p-value of Mann and Whitney's test, all samples tried; None of too many."""
    every, k = [*one, *other], len(one)
    if math.comb(len(every), k) > FEW:
        return None
    rank = [sum(w < v for w in every) * 2 + every.count(v) + 1 for v in every]  # doubled midranks
    off = [abs(sum(c) - k * (len(every) + 1)) for c in combinations(rank, k)]
    return sum(d >= abs(sum(rank[:k]) - k * (len(every) + 1)) for d in off) / len(off)


def recount(
    files: dict[str, bytes], codebook: dict, plan: dict, name_of: dict, followed: list, rule: str,
    withdrawn: int, most: float,
) -> dict:  # fmt: skip
    """Return key of the registry -> value and printed form (None: not held against it).

    `name_of` has the test chosen for each variable, and its p-value, which is computed anew too.
    `followed` are the ids of the cohort before. Who has more lesions than `most` is excluded.
    """
    found: dict = {}
    decimals = plan["decimals"]
    limits = {
        name: tuple(
            of["parameters"][p] for p in ("growth_mm", "growth_percent", "shrinkage_percent")
        )
        for name, of in plan["response_rules"].items()
    }
    received = [p for content in files.values() for p in read(content, codebook)]
    kept = [p for p in received if (p["lesions_post"], p["size_post_mm"]) != (None, None)]
    unseen, kept = len(received) - len(kept), [p for p in kept if (p["lesions_pre"] or 0) <= most]
    out, of_all = len(received) - len(kept), len(received) + withdrawn
    steps = {
        "received": of_all, "n": len(kept), "excluded": out, "withdrawn": withdrawn,
        "excluded_no_follow_up_imaging": unseen,
    } | ({"excluded_many": out - unseen} if most < math.inf else {})  # fmt: skip
    found |= {f"cohort.{step}": (n, f"{n}") for step, n in steps.items()}
    again = sum(p["patient_id"] in followed for p in kept)
    found["cohort.followed"] = again, f"{again}"
    of_group = {r: name for name, g in plan["groups"].items() for r in g["responses"]}
    for patient in kept:
        patient["response"] = respond(patient, rule, limits[rule])
        patient["recist_1_1"] = respond(patient, "recist_1_1", limits["recist_1_1"])
        patient["group"] = of_group[patient["response"]]
        patient["size_change_percent"] = changes(patient)[2]
    for group in plan["groups"]:
        count(group, sum(p["group"] == group for p in kept), len(kept), found, decimals["percent"])
        del found[f"{group}.denominator"], found[f"{group}.n_of"]
    family: dict = {}
    same = plan["response_rules"]["recist_1_1"]["counterpart"]
    by_rule = [same.get(p["response"]) if rule == "recist_1_1" else p["response"] for p in kept]
    others = (
        {"recist_1_1": [same.get(p["recist_1_1"]) for p in kept]} if rule != "recist_1_1" else {}
    )
    for reading, own in (
        others | {"radiologist": [p["radiologist_response"] for p in kept]}
    ).items():
        pairs = [(a, b) for a, b in zip(by_rule, own, strict=True) if a and b]
        agree(f"agreement.{reading}", pairs, found, plan)
    for table in plan["tables"].values():
        for name, variable in (
            (r["variable"], plan["variables"][r["variable"]]) for r in table["rows"]
        ):
            held = [(level_of(p, variable), p["group"]) for p in kept]
            known = [(v, g) for v, g in held if v is not None]
            found[f"all.{name}.known"] = len(known), f"{len(known)}"
            found[f"all.{name}.missing"] = (gone := len(held) - len(known)), f"{gone}"
            if "unmeasurable" in variable:  # the one that the plan has
                whole = [p for p in kept if p["pathological_response"] == "complete"]
                gone = sum(level_of(p, variable) is None for p in whole)
                found[f"all.{name}.unmeasurable"] = gone, f"{gone}"
            for group in table["groups"]:
                own = [v for v, g in known if group in ("all", g)]
                if "levels" not in variable:
                    summarise(f"{group}.{name}", own, found, decimals["mean"])
                for level in variable.get("levels", ()):
                    of = (
                        [v for v, _ in known if v == level]
                        if table["percent_of"] == "level"
                        else own
                    )
                    digits = decimals["percent"]
                    count(f"{group}.{name}.{level}", own.count(level), len(of), found, digits)
            if len(table["groups"]) == 2:
                sides = [[v for v, g in known if g == group] for group in table["groups"]]
                found[f"test.{name}.n"] = len(known), f"{len(known)}"
                cross = [[s.count(level) for s in sides] for level in variable.get("levels", ())]
                cross = [row for row in cross if any(row)]
                test, p_told = name_of.get(name, (None, None))
                if p_told is not None:
                    family[name] = p_told
                    found[f"test.{name}.effect"] = effect(cross, sides), None
                match test:
                    case "pearson_chi2":
                        found[f"test.{name}.p"] = chi2_p(cross), None
                    case "fisher_exact" | "fisher_freeman_halton":
                        found[f"test.{name}.p"] = exact_p(cross), None
                    case "exact Mann–Whitney test" if p := ranks_p(*sides):
                        found[f"test.{name}.p"] = p, None
    for method, of in adjusted(family).items():
        found |= {f"ledger.{name}.{method}": (p, None) for name, p in of.items()}
    return found
