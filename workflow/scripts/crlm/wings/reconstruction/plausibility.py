"""What makes reconstructed rows credible to a clinician, beyond meeting the printed cells.

These are the project's assumptions, not findings of the study: nothing here was printed. Each block
of columns has a sketch (values that a patient might have had, towards which the solver leans) and
relations that its rows must keep, which are data (data/published/plausibility.yaml: `assumed`).
Blocks are solved in the order of `BLOCKS`; later ones see the columns of the earlier ones.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

RULE = "number_and_size"  # of the printed paper; `relate_lesions` is written for it


def sketch_age(rng, responses: list[str]) -> pd.DataFrame:
    """Draw ages in years: younger than in most series, as the paper says."""
    return pd.DataFrame({"age_years": rng.normal(46, 14, len(responses))})


def sketch_lesions(rng, responses: list[str]) -> pd.DataFrame:
    """Draw numbers and sizes (mm) before and after chemotherapy and in the specimen.

    Half of the sizes are given to the nearest 5 mm, as radiologists often do.
    """
    n, progressive = len(responses), np.array(responses) == "progressive"
    pre = np.where(progressive, rng.lognormal(3.4, 0.4, n), rng.lognormal(3.9, 0.5, n))
    change = {"regressive": (0.45, 0.75), "stationary": (0.85, 1.1), "progressive": (1.15, 1.7)}
    factor = [rng.uniform(*change[r]) for r in responses]
    step = {"regressive": -1, "stationary": 0, "progressive": 1}
    lesions = rng.choice([1, 1, 1, 2, 3, 3, 4, 5, 7], n)
    post = pre * factor
    sizes = pd.DataFrame(
        {"size_pre_mm": pre, "size_post_mm": post, "size_pathology_mm": post + rng.normal(0, 5, n)}
    )
    fives = rng.random(sizes.shape) < 0.5
    sizes = sizes.mask(fives, (sizes / 5).round() * 5)
    moved = rng.integers(0, 4, n) * [step[r] for r in responses]
    return sizes.assign(lesions_pre=lesions, lesions_post=np.maximum(lesions + moved, 1))


def sketch_dose(rng, responses: list[str]) -> pd.DataFrame:
    """Draw cycles, and months at some three weeks a cycle; some responders have a long break."""
    n, progressive = len(responses), np.array(responses) == "progressive"
    cycles = np.where(progressive, rng.integers(3, 6, n), rng.integers(4, 10, n))
    pause = np.where(~progressive & (rng.random(n) < 0.25), rng.uniform(4, 14, n), 0)
    return pd.DataFrame(
        {"cycles": cycles, "duration_months": cycles * rng.uniform(0.6, 0.9, n) + pause}
    )


def relate(unknown, p: int, relations: list[dict]) -> None:
    """Make a patient keep linear relations."""
    for relation in relations:
        least, most = relation["least"], relation["most"]
        unknown.model.add_linear_constraint(
            sum(factor * unknown.x[column][p] for column, factor in relation["sum"].items()),
            cp_model.INT_MIN if least is None else least,
            cp_model.INT_MAX if most is None else most,
        ).only_enforce_if(
            [unknown.known(column, p) for column in relation["known"]]
            + [unknown.known(column, p).negated() for column in relation["unknown"]]
        )


def relate_lesions(unknown, responses: list[str], parameters: dict, assumed: dict) -> None:
    """Make each row's number and sizes give its response by the plan's rule `number_and_size`."""
    model, relations = unknown.model, assumed["relations"]["lesions"]
    growth, millimetres = 100 + parameters["growth_percent"], parameters["growth_mm"]
    shrinkage = 100 - parameters["shrinkage_percent"]
    for p, response in enumerate(responses):
        n0, n1, before, after = (
            unknown.x[c][p] for c in ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
        )
        columns = ("lesions_post", "size_post_mm", "size_pathology_mm")
        counted, measured, _ = (unknown.known(c, p) for c in columns)
        model.add(n0 >= 1)
        model.add(before >= 1)
        model.add_bool_or(counted, measured)
        number = model.new_bool_var("")  # the number decides, or the size does
        size = model.new_bool_var("")
        model.add_implication(number, counted)
        model.add_implication(size, measured)
        model.add_bool_or(number, size)
        relate(unknown, p, relations["any"])
        if response == "progressive":
            model.add(n1 >= n0 + 1).only_enforce_if(number)
            model.add(100 * after >= growth * before).only_enforce_if(size)
            model.add(after >= before + millimetres).only_enforce_if(size)
        elif response == "regressive":
            model.add(n1 <= n0 - 1).only_enforce_if(number)
            model.add(100 * after <= shrinkage * before).only_enforce_if(size)
        else:
            model.add_bool_and(counted, measured)
        relate(unknown, p, relations[response])


def relate_dose(unknown, responses: list[str], parameters: dict, assumed: dict) -> None:
    """Relate cycles and months, and leave at most one patient without both numbers."""
    empty = []
    for p in range(len(responses)):
        known = [unknown.known("cycles", p), unknown.known("duration_months", p)]
        relate(unknown, p, assumed["relations"]["dose"]["any"])
        none = unknown.model.new_bool_var("")
        unknown.model.add_bool_or(*known, none)
        empty.append(none)
    unknown.model.add(sum(empty) <= 1)


def relate_levels(unknown, responses: list[str], parameters: dict, assumed: dict) -> None:
    """Keep forbidden combinations out."""
    for pair in assumed["forbidden"]:
        rows = unknown.earlier if pair["where"] is None else unknown.earlier.query(pair["where"])
        for p in rows.index:
            unknown.model.add_bool_or(
                unknown.among(column, p, unknown.codes(column, [level] if level else [])).negated()
                for column, level in pair["levels"].items()
            )


class Block(NamedTuple):
    """Columns that are solved together.

    `sketch` draws numbers, without which levels lean on random costs; `relate` gives the relations
    of a row; `effort` is the deterministic time for leaning towards the sketch.
    """

    columns: list[str]
    effort: float
    sketch: Callable | None = None
    relate: Callable | None = None


LESIONS = ["lesions_pre", "size_pre_mm", "lesions_post", "size_post_mm", "size_pathology_mm"]
DOSE = ["cycles", "duration_months"]
LEVELS = [
    "sex", "comorbidity", "primary_site", "regimen", "grade", "t_stage", "n_stage", "approach",
    "surgery", "two_stage", "additional_therapy", "margin", "pathological_response",
    "morbidity_30d", "recurrence_1y", "alive_1y",
]  # fmt: skip
# Given the response, independent of each other but for what is forbidden.
BLOCKS = [
    Block(["age_years"], 1.5, sketch_age),
    Block(LESIONS, 6.0, sketch_lesions, relate_lesions),
    Block(DOSE, 2.0, sketch_dose, relate_dose),
    Block(LEVELS, 1.5, relate=relate_levels),
]


# --- The same relations for arrays of codes, as a random walk over cohorts asks at each step. A
# test compares each with its relation above, which the solver reads.


def gives_responses(codes: dict, responses: np.ndarray, parameters: dict) -> np.ndarray:
    """Tell whether number and sizes of all rows give their responses by `number_and_size`.

    Parameters
    ----------
    codes
        Column -> whole codes as in `UnknownRows` (0: missing), shape (cohorts, patients).
    responses
        Of the patients, the same in all cohorts.
    parameters
        Of the plan's rule.

    Returns
    -------
    ndarray of bool, shape (cohorts,)
    """
    n0, n1, before, after = (
        codes[c] for c in ("lesions_pre", "lesions_post", "size_pre_mm", "size_post_mm")
    )
    counted, measured = n1 > 0, after > 0
    growth, millimetres = 100 + parameters["growth_percent"], parameters["growth_mm"]
    grew = (100 * after >= growth * before) & (after >= before + millimetres)
    shrank = measured & (100 * after <= (100 - parameters["shrinkage_percent"]) * before)
    worse = (n1 > n0) | grew
    better = ~worse & ((counted & (n1 < n0)) | shrank)
    given = np.where(worse, responses == "progressive", responses == "stationary")
    given = np.where(better, responses == "regressive", given & (worse | (counted & measured)))
    return given.all(axis=1)


def keeps_relations(relations: dict[str, list[dict]], responses: np.ndarray) -> Callable:
    """Make a function of codes that tells whether all rows keep what `relate` asks.

    `relations` has those of each response, and of `any`.
    """
    flat = [(response, relation) for response, own in relations.items() for relation in own]
    columns = list(dict.fromkeys(column for _, r in flat for column in r["sum"]))
    factors, known, unknown = (
        np.array([[table(r).get(c, 0) for c in columns] for _, r in flat], dtype=float)
        for table in (
            lambda r: r["sum"],
            lambda r: dict.fromkeys(r["known"], 1),
            lambda r: dict.fromkeys(r["unknown"], 1),
        )
    )
    least, most = (
        np.array([end if r[name] is None else r[name] for _, r in flat])[:, None, None]
        for name, end in (("least", -np.inf), ("most", np.inf))
    )
    elsewhere = np.array([(responses != of) & (of != "any") for of, _ in flat])[:, None, :]

    def keeps(codes: dict) -> np.ndarray:
        numbers = np.stack([codes[column] for column in columns])
        total = np.tensordot(factors, numbers, 1)
        void = np.tensordot(known, numbers == 0, 1) + np.tensordot(unknown, numbers > 0, 1)
        return ((void > 0) | elsewhere | ((total >= least) & (total <= most))).all(axis=(0, 2))

    return keeps


def keeps_lesions(responses: np.ndarray, assumed: dict) -> Callable:
    """Make a function that tells whether rows keep what `relate_lesions` asks beyond the rule."""
    return keeps_relations(assumed["relations"]["lesions"], responses)


def keeps_doses(responses: np.ndarray, assumed: dict) -> Callable:
    """Make a function that tells whether all rows keep what `relate_dose` asks."""
    related = keeps_relations(assumed["relations"]["dose"], responses)

    def keeps(codes: dict) -> np.ndarray:
        empty = (codes["cycles"] == 0) & (codes["duration_months"] == 0)
        return related(codes) & (empty.sum(axis=1) <= 1)

    return keeps


# By the columns that they bind.
ASSUMED = [(LESIONS, keeps_lesions), (DOSE, keeps_doses)]
